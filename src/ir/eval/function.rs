//! The values of functions.

use super::{Value, as_number, as_text, list, order, text, time};
use crate::ir::{Comparison, Constant, Function, Number};

impl From<&Constant> for Value {
    /// Points in time are text in ISO 8601; lengths of time are numbers of seconds.
    fn from(constant: &Constant) -> Self {
        match constant {
            Constant::Null => Self::Null,
            Constant::Text(text) | Constant::Timestamp(text) => Self::Text(text.to_string()),
            Constant::Number(number) => Self::Number(*number),
            Constant::Boolean(boolean) => Self::Boolean(*boolean),
            Constant::Duration(duration) => Number::real(duration.seconds()).map_or(Self::Null, Self::Number),
            Constant::List(values) => Self::List(values.iter().map(Self::from).collect()),
            Constant::Object(members) => Self::Object(
                members.iter().map(|(name, value)| (name.to_string(), Self::from(value))).collect(),
            ),
        }
    }
}

impl Value {
    /// A member of an object; null without one.
    #[must_use]
    pub fn member(self, name: &str) -> Self {
        match self {
            Self::Object(mut members) => members.swap_remove(name).unwrap_or(Self::Null),
            _ => Self::Null,
        }
    }

    /// An element of a list, from the end if negative; null without one.
    #[must_use]
    pub fn element(self, index: i64) -> Self {
        let Self::List(mut values) = self else { return Self::Null };
        let index = if index < 0 { index + i64::try_from(values.len()).unwrap_or(i64::MAX) } else { index };
        match usize::try_from(index) {
            Ok(index) if index < values.len() => values.swap_remove(index),
            _ => Self::Null,
        }
    }
}

/// Whether two values compare so: as numbers where both read as numbers, else as text.
pub(super) fn compares(left: &Value, comparison: Comparison, right: &Value) -> bool {
    match (as_number(left), as_number(right)) {
        (Some(left), Some(right)) => comparison.holds(&left, &right),
        _ => match (as_text(left), as_text(right)) {
            (Some(left), Some(right)) => comparison.holds(&left, &right),
            _ => false,
        },
    }
}

impl Function {
    /// The function's value for these arguments; null where it has none. The clock is no part of an event: `now` and
    /// `ago` have no value.
    pub fn value(self, arguments: &[Value]) -> Value {
        let tables = [conversion, number, text::value, list::value, time::value];
        tables.iter().find_map(|table| table(self, arguments)).unwrap_or(Value::Null)
    }
}

fn conversion(function: Function, arguments: &[Value]) -> Option<Value> {
    use Function as F;
    let first = arguments.first();
    Some(match function {
        F::ToText => Value::Text(match first? {
            list @ (Value::List(_) | Value::Object(_)) => list.to_json().to_string(),
            other => as_text(other).unwrap_or_default(),
        }),
        F::ToInteger => {
            let number = as_number(first?)?;
            Value::Number(if number.is_integer() { number } else { Number::real(number.to_f64().trunc())? })
        }
        F::ToReal | F::ToDuration => Value::Number(as_number(first?)?),
        F::ToBoolean => match first? {
            Value::Boolean(value) => Value::Boolean(*value),
            Value::Number(number) => Value::Boolean(*number != Number::from(0)),
            other => match as_text(other)?.to_ascii_lowercase().as_str() {
                "true" => Value::Boolean(true),
                "false" => Value::Boolean(false),
                text => Value::Boolean(Number::parse(text)? != Number::from(0)),
            },
        },
        F::Coalesce => {
            let is_there = |value: &&Value| !matches!(value, Value::Null) && **value != Value::from("");
            arguments.iter().find(is_there)?.clone()
        }
        F::Least => arguments.iter().filter(|it| **it != Value::Null).min_by(|a, b| order(a, b))?.clone(),
        F::Greatest => arguments.iter().filter(|it| **it != Value::Null).max_by(|a, b| order(a, b))?.clone(),
        _ => return None,
    })
}

fn number(function: Function, arguments: &[Value]) -> Option<Value> {
    use Function as F;
    let real = |index: usize| arguments.get(index).and_then(as_number).map(Number::to_f64);
    if let (F::Add | F::Subtract | F::Bin, [left, right]) = (function, arguments)
        && let Some(value) = time::arithmetic(function, left, right)
    {
        return Some(value);
    }
    let both_whole = || arguments.iter().all(|it| as_number(it).is_some_and(Number::is_integer));
    let value = match function {
        F::Add => real(0)? + real(1)?,
        F::Subtract => real(0)? - real(1)?,
        F::Multiply => real(0)? * real(1)?,
        F::Divide if both_whole() => (real(0)? / real(1)?).trunc(),
        F::Divide => real(0)? / real(1)?,
        F::Modulo => real(0)? % real(1)?,
        F::Absolute => real(0)?.abs(),
        F::Round => {
            let scale = 10_f64.powf(real(1).unwrap_or(0.0));
            (real(0)? * scale).round() / scale
        }
        F::Floor => real(0)?.floor(),
        F::Ceiling => real(0)?.ceil(),
        F::Bin => (real(0)? / real(1)?).floor() * real(1)?,
        F::Logarithm => real(0)?.ln(),
        F::Power => real(0)?.powf(real(1)?),
        F::SquareRoot => real(0)?.sqrt(),
        _ => return None,
    };
    Some(Number::real(value).map_or(Value::Null, Value::Number))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(function: Function, arguments: &[Value]) -> Value {
        function.value(arguments)
    }

    #[test]
    fn whole_numbers_divide_to_whole_ones() {
        assert_eq!(of(Function::Divide, &[7.into(), 2.into()]), 3.into());
        assert_eq!(
            of(Function::Divide, &["7.0".into(), Value::Number(Number::real(2.5).unwrap())]),
            Value::Number(Number::real(2.8).unwrap())
        );
        assert_eq!(of(Function::Divide, &[7.into(), 0.into()]), Value::Null);
    }

    #[test]
    fn what_is_empty_is_not_there() {
        assert_eq!(of(Function::Coalesce, &["".into(), Value::Null, "x".into()]), "x".into());
        assert_eq!(of(Function::ToText, &[Value::Null]), "".into());
        assert_eq!(of(Function::ToInteger, &["1.9".into()]), 1.into());
        assert_eq!(of(Function::ToInteger, &["x".into()]), Value::Null);
    }

    #[test]
    fn arguments_that_are_missing_make_the_value_missing() {
        assert_eq!(of(Function::Lower, &[Value::Null]), Value::Null);
        assert_eq!(of(Function::Add, &[Value::Null, 1.into()]), Value::Null);
    }

    fn real(value: f64) -> Value {
        Value::Number(Number::real(value).unwrap())
    }

    #[test]
    fn numbers_are_computed_with() {
        assert_eq!(of(Function::Modulo, &[7.into(), 4.into()]), 3.into());
        assert_eq!(of(Function::Absolute, &[(-7).into()]), 7.into());
        assert_eq!(of(Function::Round, &[real(2.345), 1.into()]), real(2.3));
        assert_eq!(of(Function::Round, &[real(2.5)]), 3.into());
        assert_eq!(of(Function::Floor, &[real(-1.5)]), (-2).into());
        assert_eq!(of(Function::Ceiling, &[real(1.5)]), 2.into());
        assert_eq!(of(Function::Bin, &[17.into(), 5.into()]), 15.into());
        assert_eq!(of(Function::Logarithm, &[1.into()]), 0.into());
        assert_eq!(of(Function::Power, &[2.into(), 10.into()]), 1024.into());
        assert_eq!(of(Function::SquareRoot, &[9.into()]), 3.into());
    }

    #[test]
    fn texts_and_numbers_are_taken_as_what_they_say() {
        assert_eq!(of(Function::ToReal, &["2.5".into()]), real(2.5));
        let truth = |value: Value| of(Function::ToBoolean, &[value]);
        for value in [Value::Boolean(true), 2.into(), "TRUE".into(), "-1".into()] {
            assert_eq!(truth(value.clone()), Value::Boolean(true), "{value:?}");
        }
        for value in [Value::Boolean(false), 0.into(), "False".into(), "0".into()] {
            assert_eq!(truth(value.clone()), Value::Boolean(false), "{value:?}");
        }
        assert_eq!(truth("yes".into()), Value::Null);
    }

    #[test]
    fn the_least_and_the_greatest_are_among_what_is_there() {
        let values = [10.into(), Value::Null, 9.into(), 11.into()];
        assert_eq!(of(Function::Least, &values), 9.into());
        assert_eq!(of(Function::Greatest, &values), 11.into());
    }

    #[test]
    fn elements_count_from_either_end() {
        let list = || Value::List(vec!["a".into(), "b".into(), "c".into()]);
        assert_eq!([0, 2, -1, -3].map(|at| list().element(at)), ["a", "c", "c", "a"].map(Value::from));
        assert_eq!([3, -4].map(|at| list().element(at)), [Value::Null, Value::Null]);
    }

    #[test]
    fn values_compare_as_numbers_where_both_are() {
        let is_less = |left: Value, right: Value| compares(&left, Comparison::Less, &right);
        assert!(is_less("9".into(), 10.into()));
        assert!(is_less("10".into(), "9a".into()));
        assert!(!is_less("b".into(), "a".into()));
        assert!(!is_less(Value::Null, 1.into()));
    }
}

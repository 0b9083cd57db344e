//! The values of functions.

use super::{Value, as_number, as_text};
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
    /// The function's value for these arguments.
    pub fn value(self, arguments: &[Value]) -> Value {
        let text = |index: usize| arguments.get(index).and_then(as_text);
        match self {
            Self::Lower => text(0).map_or(Value::Null, |text| Value::Text(text.to_lowercase())),
            Self::Upper => text(0).map_or(Value::Null, |text| Value::Text(text.to_uppercase())),
            _ => Value::Null,
        }
    }
}

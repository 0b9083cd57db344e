//! Computed values → expressions.

use super::{
    ast::{Expr, Literal, Operator},
    column,
    columns::{Kind, Path, Place},
    function,
    write::{Asks, Writer},
};
use crate::{
    diag::{Code, Diagnostic, Effect, Note},
    ir::{Comparison, Condition, Constant, Duration, Expression, Field, Function},
};

impl Writer<'_> {
    /// A value as an expression.
    pub(super) fn value(&mut self, value: &Expression) -> Result<Expr, Diagnostic> {
        Ok(match value {
            Expression::Field(field) if self.columns.has(field) => Expr::Column(field.name.clone()),
            Expression::Field(field) => {
                return Err(
                    self.refused(format!("ES|QL has no objects and lists of them, as `{field}` is one"))
                );
            }
            Expression::Constant(constant) => self.constant(constant)?,
            Expression::Call(function, arguments) => self.call(*function, arguments)?,
            Expression::Case(cases, otherwise) => {
                let mut arguments = Vec::new();
                for (condition, value) in cases {
                    arguments.push(self.computed_condition(condition)?);
                    arguments.push(self.value(value)?);
                }
                arguments.push(self.value(otherwise)?);
                Expr::Call("CASE", arguments)
            }
            Expression::Holds(condition) => self.computed_condition(condition)?,
            Expression::Member(_, name) => {
                let message = format!("ES|QL cannot read the member `{name}` of a computed value");
                self.placed(value)?.ok_or_else(|| self.refused(message))?
            }
            Expression::Element(of, index) => {
                if let Some(expr) = self.placed(value)? {
                    return Ok(expr);
                }
                let index = Expr::Literal(Literal::Number((*index).into()));
                Expr::Call("MV_SLICE", vec![self.value(of)?, index])
            }
            Expression::Join { fields, separator } => joined(fields, separator),
            Expression::Host(url) => function::host(&column::text(url)),
            Expression::XmlData { .. }
            | Expression::JsonMember { .. }
            | Expression::KeyValue { .. }
            | Expression::Choice { .. } => {
                return Err(self.refused("ES|QL has no function for a part of a text".to_owned()));
            }
        })
    }

    pub(super) fn refused(&self, message: String) -> Diagnostic {
        Diagnostic::new(Code::Unsupported, self.span, message)
    }

    /// What a path of members leads to.
    fn placed(&mut self, value: &Expression) -> Result<Option<Expr>, Diagnostic> {
        match self.columns.place(value) {
            Some(Place::Field(path)) => Ok(Some(self.path(path))),
            Some(Place::Value(value)) => {
                let value = value.clone();
                self.value(&value).map(Some)
            }
            Some(Place::Object(_)) => Err(self.refused("ES|QL has no objects".to_owned())),
            None => Ok(None),
        }
    }

    /// A member of an object, as the field that it is indexed as.
    pub(super) fn path(&mut self, path: Path) -> Expr {
        if let Some(json) = path.json {
            let message =
                format!("members of the JSON in `{json}` are read as fields of their own (`{json}.…`)");
            self.notes.push(Note::new(Code::FieldApproximated, Effect::None, self.span, message));
        }
        Expr::Column(path.name)
    }

    fn constant(&self, constant: &Constant) -> Result<Expr, Diagnostic> {
        let listed = |values: &[Constant]| {
            let values: Option<Vec<Expr>> = values.iter().map(literal).collect();
            values.filter(|values| !values.is_empty()).map(Expr::List)
        };
        let written = match constant {
            Constant::List(values) => listed(values),
            other => literal(other),
        };
        written
            .ok_or_else(|| self.refused("ES|QL has no constants of objects and of lists in lists".to_owned()))
    }

    fn call(&mut self, function: Function, arguments: &[Expression]) -> Result<Expr, Diagnostic> {
        let kinds: Vec<Kind> = arguments.iter().map(|argument| self.columns.kind(argument)).collect();
        let takes_several = function::takes_several(function);
        if kinds.contains(&Kind::Element) && !takes_several {
            let message =
                format!("`{}` takes one value in ES|QL, and the field may have several", function.name());
            return Err(self.refused(message));
        }
        if let (Function::ToText, [only]) = (function, arguments)
            && let Some(expr) = self.placed_member(only)?
        {
            return Ok(Expr::Call("TO_STRING", vec![expr]));
        }
        let mut written = Vec::with_capacity(arguments.len());
        for argument in arguments {
            written.push(self.value(argument)?);
        }
        if let Some(expr) = function::of_times(function, &kinds, arguments, &written) {
            return Ok(expr);
        }
        function::scalar(function, written)
            .map_err(|lack| self.refused(format!("`{}` cannot be written: {lack}", function.name())))
    }

    /// What a path leads to that goes through text of JSON, or into it.
    fn placed_member(&mut self, value: &Expression) -> Result<Option<Expr>, Diagnostic> {
        match value {
            Expression::Member(..) | Expression::Element(..) => self.placed(value),
            _ => Ok(None),
        }
    }

    /// A condition inside a value, where the index is not asked.
    fn computed_condition(&mut self, condition: &Condition) -> Result<Expr, Diagnostic> {
        let asks = std::mem::replace(&mut self.asks, Asks::Nothing);
        let written = self.condition(condition, true);
        self.asks = asks;
        written
    }

    /// A test against a computed value; null is false below a negation.
    pub(super) fn compared(
        &mut self,
        left: Expr,
        kind: Kind,
        comparison: Comparison,
        right: &Expression,
        positive: bool,
    ) -> Result<Expr, Diagnostic> {
        let milliseconds = function::milliseconds(right).filter(|_| kind == Kind::Duration);
        let right = match milliseconds {
            Some(number) => number,
            None => self.value(right)?,
        };
        Ok(closed(Expr::binary(left, column::comparison(comparison), right), positive))
    }
}

/// A test that may be null, as one that is false there where a negation stands around it.
pub(super) fn closed(test: Expr, positive: bool) -> Expr {
    let is_never_null = matches!(test, Expr::IsNull(_) | Expr::IsNotNull(_) | Expr::Literal(_))
        || matches!(test, Expr::Call("COALESCE", _));
    if positive || is_never_null { test } else { Expr::Call("COALESCE", vec![test, Expr::boolean(false)]) }
}

fn literal(constant: &Constant) -> Option<Expr> {
    Some(Expr::Literal(match constant {
        Constant::Null => Literal::Null,
        Constant::Text(text) => Literal::Text(text.to_string()),
        Constant::Number(number) => Literal::Number(*number),
        Constant::Boolean(value) => Literal::Boolean(*value),
        Constant::Duration(duration) => Literal::Timespan(timespan(*duration)),
        Constant::Timestamp(text) => return Some(Expr::Call("TO_DATETIME", vec![Expr::text(instant(text))])),
        Constant::List(_) | Constant::Object(_) => return None,
    }))
}

/// A point in time in the one form that `TO_DATETIME` reads; what is none stays.
fn instant(text: &str) -> String {
    let (date, time) = text.split_once(['T', ' ']).unwrap_or((text, ""));
    let is_date = date.len() == 10 && date.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
    let time = time.trim_end_matches('Z');
    let (clock, fraction) = time.split_once('.').unwrap_or((time, ""));
    let is_clock = clock.len() <= 8 && clock.bytes().all(|byte| byte.is_ascii_digit() || byte == b':');
    if !is_date || !is_clock || !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return text.to_owned();
    }
    let clock = format!("{clock}{}", &"00:00:00"[clock.len()..]);
    let milliseconds: String = fraction.chars().chain("000".chars()).take(3).collect();
    format!("{date}T{clock}.{milliseconds}Z")
}

/// A length of time in ES|QL's words: `1 day`, `90 minutes`.
pub(super) fn timespan(duration: Duration) -> String {
    let (count, unit) = match duration.whole() {
        Some((count, 'd')) => (count, "day"),
        Some((count, 'h')) => (count, "hour"),
        Some((count, 'm')) => (count, "minute"),
        Some((count, _)) => (count, "second"),
        None => (duration.0 / Duration::MILLISECOND, "millisecond"),
    };
    format!("{count} {unit}{}", if count == 1 { "" } else { "s" })
}

/// The non-empty values with the separator between; null counts as empty, and an empty part brings no separator.
fn joined(fields: &[Field], separator: &str) -> Expr {
    let part = |field: &Field| Expr::Call("COALESCE", vec![column::text(field), Expr::text("")]);
    let mut parts = Vec::with_capacity(2 * fields.len());
    for (index, field) in fields.iter().enumerate() {
        if index > 0 {
            let before = match &fields[..index] {
                [only] => part(only),
                several => Expr::Call("CONCAT", several.iter().map(part).collect()),
            };
            let empty = [before, part(field)].map(|text| Expr::binary(text, Operator::Equal, Expr::text("")));
            let between = vec![Expr::any(empty), Expr::text(""), Expr::text(separator)];
            parts.push(Expr::Call("CASE", between));
        }
        parts.push(part(field));
    }
    if parts.len() == 1 { parts.swap_remove(0) } else { Expr::Call("CONCAT", parts) }
}

#[cfg(test)]
mod tests {
    use super::instant;

    #[test]
    fn points_in_time_have_one_form() {
        assert_eq!(instant("2018-07-15 19:51:00"), "2018-07-15T19:51:00.000Z");
        assert_eq!(instant("2018-07-15"), "2018-07-15T00:00:00.000Z");
        assert_eq!(instant("2018-07-15T19:51:00.1234567Z"), "2018-07-15T19:51:00.123Z");
        assert_eq!(instant("{{StartTimeISO}}"), "{{StartTimeISO}}");
    }

    #[test]
    fn what_is_no_point_in_time_without_a_zone_stays() {
        for text in ["2018-07-15T19:51:00+02:00", "15.07.2018 19:51", "2018-07-15T19:51:00.x"] {
            assert_eq!(instant(text), text);
        }
    }
}

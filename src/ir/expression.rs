//! Computed values.

use std::sync::Arc;

use super::{Condition, Field, Function, Number};

/// A computed value. A value that cannot be computed (of a missing field, of text that is no number) is missing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Expression {
    /// The value of a field.
    Field(Field),
    /// The same value for every event.
    Constant(Constant),
    /// A function of values.
    Call(Function, Vec<Expression>),
    /// The value of the first condition that holds; the last value where none does.
    Case(Vec<(Condition, Expression)>, Box<Expression>),
    /// Whether a condition holds.
    Holds(Box<Condition>),
    /// A member of a JSON object.
    Member(Box<Expression>, Arc<str>),
    /// An element of a list, from 0; from the end if negative.
    Element(Box<Expression>, i64),
    /// The non-empty values of these fields with the separator between them. Where all are empty, so is it.
    Join {
        /// What is joined, in order.
        fields: Vec<Field>,
        /// What stands between.
        separator: String,
    },
    /// The text of the `<Data Name="…">` element of Windows event XML, with its escapes; empty without one.
    XmlData {
        /// The XML.
        xml: Field,
        /// The element's name.
        name: String,
    },
    /// A member of the JSON object that a text holds, as text; empty without one.
    JsonMember {
        /// The JSON.
        json: Field,
        /// The names that lead to it, with dots between.
        path: String,
    },
    /// The value of `name=value` or `name="value"` in a text; empty without one.
    KeyValue {
        /// The text.
        text: Field,
        /// What stands before `=`.
        name: String,
    },
    /// One value where a field has one of some constants, another elsewhere.
    Choice {
        /// The field.
        of: Field,
        /// The constants, compared with their case.
        constants: Vec<String>,
        /// The value there.
        then: Box<Expression>,
        /// The value elsewhere.
        otherwise: Box<Expression>,
    },
    /// The host of a URL, without scheme, port, path, query and fragment; a bare host name is itself.
    Host(Field),
}

/// A value that does not depend on the event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Constant {
    /// No value.
    Null,
    /// Text.
    Text(Arc<str>),
    /// A number.
    Number(Number),
    /// True or false.
    Boolean(bool),
    /// A length of time.
    Duration(Duration),
    /// A point in time, in ISO 8601.
    Timestamp(Arc<str>),
    /// Several values.
    List(Vec<Constant>),
    /// A JSON object, in order.
    Object(Vec<(Arc<str>, Constant)>),
}

/// A length of time in ticks of 100 nanoseconds, as Kusto counts it; negative ones look ahead.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Duration(pub i64);

impl Duration {
    /// Ticks in a millisecond.
    pub const MILLISECOND: i64 = 10_000;
    /// Ticks in a second.
    pub const SECOND: i64 = 1_000 * Self::MILLISECOND;
    /// Ticks in a minute.
    pub const MINUTE: i64 = 60 * Self::SECOND;
    /// Ticks in an hour.
    pub const HOUR: i64 = 60 * Self::MINUTE;
    /// Ticks in a day.
    pub const DAY: i64 = 24 * Self::HOUR;

    /// In seconds.
    #[expect(clippy::cast_precision_loss, reason = "a fraction of a second in many years")]
    pub fn seconds(self) -> f64 {
        self.0 as f64 / Self::SECOND as f64
    }

    /// The longest unit of which it is a whole number, and that number: 90 minutes are `(90, 'm')`. Units are `d`, `h`,
    /// `m`, `s`; `None` for lengths below a second.
    pub fn whole(self) -> Option<(i64, char)> {
        [(Self::DAY, 'd'), (Self::HOUR, 'h'), (Self::MINUTE, 'm'), (Self::SECOND, 's')]
            .into_iter()
            .find(|(ticks, _)| self.0 != 0 && self.0 % ticks == 0)
            .map(|(ticks, unit)| (self.0 / ticks, unit))
    }
}

impl Expression {
    /// A text constant.
    pub fn text(text: impl Into<Arc<str>>) -> Self {
        Self::Constant(Constant::Text(text.into()))
    }

    /// A whole number.
    pub fn number(number: i64) -> Self {
        Self::Constant(Constant::Number(number.into()))
    }

    /// The fields that it reads, those of conditions inside it included.
    pub fn fields(&self) -> Vec<&Field> {
        let mut fields = Vec::new();
        self.visit_fields(&mut |field| fields.push(field));
        fields
    }

    fn visit_fields<'a>(&'a self, visit: &mut impl FnMut(&'a Field)) {
        match self {
            Self::Constant(_) => {}
            Self::Call(_, arguments) => {
                for argument in arguments {
                    argument.visit_fields(visit);
                }
            }
            Self::Case(cases, otherwise) => {
                for (condition, value) in cases {
                    condition
                        .predicates()
                        .into_iter()
                        .flat_map(super::Predicate::fields)
                        .for_each(&mut *visit);
                    value.visit_fields(visit);
                }
                otherwise.visit_fields(visit);
            }
            Self::Holds(condition) => {
                condition.predicates().into_iter().flat_map(super::Predicate::fields).for_each(visit);
            }
            Self::Member(of, _) | Self::Element(of, _) => of.visit_fields(visit),
            Self::Join { fields, .. } => fields.iter().for_each(visit),
            Self::Field(field)
            | Self::Host(field)
            | Self::XmlData { xml: field, .. }
            | Self::JsonMember { json: field, .. }
            | Self::KeyValue { text: field, .. } => visit(field),
            Self::Choice { of, then, otherwise, .. } => {
                visit(of);
                then.visit_fields(visit);
                otherwise.visit_fields(visit);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_told_in_their_longest_whole_unit() {
        assert_eq!(Duration(90 * Duration::MINUTE).whole(), Some((90, 'm')));
        assert_eq!(Duration(14 * Duration::DAY).whole(), Some((14, 'd')));
        assert_eq!(Duration(Duration::MILLISECOND).whole(), None);
    }
}

//! Predicates: one test of one subject.

use ipnet::IpNet;

use super::{Expression, Field, Number, Pattern, Pipeline, Regex, TermPart};
use crate::diag::{Code, Diagnostic, Span};

/// Whether letter case counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Case {
    /// `A` and `a` are different.
    Sensitive,
    /// `A` and `a` are the same.
    Insensitive,
}

/// What a predicate looks at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subject {
    /// The values of a field.
    Field(Field),
    /// A computed value.
    Computed(Box<Expression>),
    /// The values of all fields and the event's raw text: a keyword search.
    Anywhere,
}

/// How two numbers are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Comparison {
    /// Equal.
    Equal,
    /// Less.
    Less,
    /// Less or equal.
    LessOrEqual,
    /// Greater.
    Greater,
    /// Greater or equal.
    GreaterOrEqual,
}

impl Comparison {
    /// Whether `left` compares to `right` this way.
    pub fn holds<T: PartialOrd>(self, left: &T, right: &T) -> bool {
        match self {
            Self::Equal => left == right,
            Self::Less => left < right,
            Self::LessOrEqual => left <= right,
            Self::Greater => left > right,
            Self::GreaterOrEqual => left >= right,
        }
    }

    /// `<`, `<=`, `>`, `>=`, or none for equality, which every language spells its own way.
    pub fn order_symbol(self) -> Option<&'static str> {
        match self {
            Self::Equal => None,
            Self::Less => Some("<"),
            Self::LessOrEqual => Some("<="),
            Self::Greater => Some(">"),
            Self::GreaterOrEqual => Some(">="),
        }
    }
}

/// A part of a timestamp, as Sigma's `minute` to `year` modifiers name it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TimePart {
    /// 0 to 59.
    Minute,
    /// 0 to 23.
    Hour,
    /// Day of the month, 1 to 31.
    Day,
    /// ISO week of the year, 1 to 53.
    Week,
    /// 1 to 12.
    Month,
    /// The calendar year.
    Year,
}

impl TimePart {
    /// Sigma's name of it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Minute => "minute",
            Self::Hour => "hour",
            Self::Day => "day",
            Self::Week => "week",
            Self::Month => "month",
            Self::Year => "year",
        }
    }
}

/// How the value of one field relates to the value of another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FieldRelation {
    /// The values are equal.
    Equals,
    /// This field's value holds the other's.
    Contains,
    /// This field's value starts with the other's.
    StartsWith,
    /// This field's value ends with the other's.
    EndsWith,
}

impl ExternalList {
    /// Whether it is about parts of values.
    pub fn is_of_parts(&self) -> bool {
        self.relation != FieldRelation::Equals
    }
}

/// A column of rows that a rule refers to and does not hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExternalList {
    /// The rows.
    pub table: super::ExternalTable,
    /// Which of its columns; the first one without.
    pub column: Option<std::sync::Arc<str>>,
    /// How a value relates to an element: it is one, or holds one.
    pub relation: FieldRelation,
}

/// A test of one value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Test {
    /// The value, as text, matches the whole pattern.
    Text(Pattern, Case),
    /// The regex is found in the value, as text.
    Regex(Regex),
    /// The value is a number, or text that reads as one, and compares to this number so.
    Number(Comparison, Number),
    /// The value is this boolean, or the text `true` or `false`.
    Boolean(bool),
    /// The value is an IP address in this network.
    Cidr(IpNet),
    /// A part of the value, a timestamp, compares to this number so.
    TimePart(TimePart, Comparison, Number),
    /// The value relates so to the value of another field of the same event; false where either is absent.
    FieldRef(FieldRelation, Field, Case),
    /// The text holds this one so that its ends are ends of terms.
    Term(TermPart, std::sync::Arc<str>, Case),
    /// The value compares to a computed one so; numbers, points in time, lengths of time.
    Compare(Comparison, Box<Expression>),
    /// The value is in the first column of these rows.
    Among(Box<Pipeline>, Case),
    /// The value is in a list that the rule does not hold, or holds an element of it.
    Listed(ExternalList, Case),
    /// The field has no value: it is absent, or null.
    Null,
    /// The field is there, whatever its value, null included.
    Exists,
}

impl Test {
    /// The value equals `text`, whatever its case.
    pub fn text(text: &str) -> Self {
        Self::Text(Pattern::exact(text), Case::Insensitive)
    }

    /// The value holds `text`, whatever its case.
    pub fn contains(text: &str) -> Self {
        Self::Text(Pattern::contains(text), Case::Insensitive)
    }

    /// The value starts with `text`, whatever its case.
    pub fn starts_with(text: &str) -> Self {
        Self::Text(Pattern::starts_with(text), Case::Insensitive)
    }

    /// The value ends with `text`, whatever its case.
    pub fn ends_with(text: &str) -> Self {
        Self::Text(Pattern::ends_with(text), Case::Insensitive)
    }

    /// The value equals `number`.
    pub fn number(number: i64) -> Self {
        Self::Number(Comparison::Equal, number.into())
    }

    /// The refusal of a language that has nothing for it.
    pub fn unsupported(&self, language: &str, span: Span) -> Diagnostic {
        let what = match self {
            Self::Term(..) => "term searches",
            Self::Compare(..) => "comparisons with computed values",
            Self::Among(..) => "tests against the rows of another query",
            Self::Listed(..) => "lists kept outside of the rule",
            _ => "this test",
        };
        let diagnostic =
            Diagnostic::new(Code::Unsupported, span, format!("{language} cannot express {what}"));
        match self {
            Self::Listed(list, _) => {
                let name = &list.table.name;
                diagnostic.help(format!("give the values of the list: `--list {name}=FILE`"))
            }
            _ => diagnostic,
        }
    }

    /// Whether it can be true of a field that is absent or null.
    pub fn holds_without_value(&self) -> bool {
        matches!(self, Self::Null | Self::Exists)
    }
}

/// A test of a subject, and the place in the rule that asks for it.
#[derive(Debug, Clone)]
pub struct Predicate {
    /// What is looked at.
    pub subject: Subject,
    /// The test.
    pub test: Test,
    /// The value in the source, or the field where there is no value of its own. Predicates that rulec adds (an
    /// event predicate) carry the log source's span.
    pub span: Span,
}

impl Predicate {
    /// A test of a field.
    pub fn new(field: Field, test: Test, span: Span) -> Self {
        Self { subject: Subject::Field(field), test, span }
    }

    /// A keyword search: a [`Test::Text`] or [`Test::Regex`] on any value or the raw event.
    pub fn anywhere(test: Test, span: Span) -> Self {
        Self { subject: Subject::Anywhere, test, span }
    }

    /// The field it looks at; `None` for a keyword.
    pub fn field(&self) -> Option<&Field> {
        match &self.subject {
            Subject::Field(field) => Some(field),
            Subject::Computed(_) | Subject::Anywhere => None,
        }
    }

    /// The refusal of a language that has nothing for it.
    pub fn unsupported(&self, language: &str) -> Diagnostic {
        if let Subject::Computed(_) = self.subject {
            let message = format!("{language} cannot test a computed value");
            return Diagnostic::new(Code::Unsupported, self.span, message);
        }
        self.test.unsupported(language, self.span)
    }

    /// Every field that it reads, those of other pipelines apart.
    pub fn fields(&self) -> Vec<&Field> {
        let mut fields = match &self.subject {
            Subject::Field(field) => vec![field],
            Subject::Computed(expression) => expression.fields(),
            Subject::Anywhere => Vec::new(),
        };
        match &self.test {
            Test::FieldRef(_, other, _) => fields.push(other),
            Test::Compare(_, expression) => fields.extend(expression.fields()),
            _ => {}
        }
        fields
    }
}

/// Two predicates are equal if they mean the same, wherever they stand.
impl PartialEq for Predicate {
    fn eq(&self, other: &Self) -> bool {
        self.subject == other.subject && self.test == other.test
    }
}

impl Eq for Predicate {}

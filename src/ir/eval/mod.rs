//! The meaning of a condition, executable: is it true on this event?
//!
//! This is the reference that readers, rewrites and writers are tested against. It favours clarity over speed.

mod function;
mod list;
mod stage;
mod text;
mod time;
mod window;

use std::net::IpAddr;

use indexmap::IndexMap;

use super::{
    Case, Condition, Expression, Field, FieldRelation, Number, Pattern, Piece, Predicate, Subject, Test,
    TimePart, term_regex,
};
use function::compares;
pub use stage::{Rows, Unevaluated};
use time::days;
pub use time::{is_timestamp, text_of as time_text};

/// A value of an event's field.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// There, without a value.
    Null,
    /// Text; timestamps and addresses are text too.
    Text(String),
    /// A number.
    Number(Number),
    /// A boolean.
    Boolean(bool),
    /// Several values.
    List(Vec<Value>),
    /// Values by name.
    Object(IndexMap<String, Value>),
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.into())
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Number(number.into())
    }
}

/// An event: fields in order, by exact name.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Event(pub IndexMap<String, Value>);

impl<K: Into<String>, V: Into<Value>> FromIterator<(K, V)> for Event {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(fields: I) -> Self {
        Self(fields.into_iter().map(|(name, value)| (name.into(), value.into())).collect())
    }
}

impl Condition {
    /// Whether the condition holds on `event`.
    pub fn holds_on(&self, event: &Event) -> bool {
        match self {
            Self::Always => true,
            Self::Never => false,
            Self::All(terms) => terms.iter().all(|term| term.holds_on(event)),
            Self::Any(terms) => terms.iter().any(|term| term.holds_on(event)),
            Self::Not(inner) => !inner.holds_on(event),
            Self::Is(predicate) => predicate.holds_on(event),
        }
    }
}

impl Predicate {
    /// Whether the predicate holds on `event`.
    pub fn holds_on(&self, event: &Event) -> bool {
        match &self.subject {
            Subject::Computed(expression) => match (&self.test, expression.value_on(event)) {
                (Test::Null, value) => value == Value::Null,
                (Test::Exists, value) => value != Value::Null,
                (test, value) => holds_on_value(test, &value, event),
            },
            Subject::Anywhere => event.0.values().any(|value| holds_on_value(&self.test, value, event)),
            Subject::Field(field) => match (&self.test, event.0.get(&*field.name)) {
                (Test::Null, value) => value.is_none_or(|value| *value == Value::Null),
                (Test::Exists, value) => value.is_some(),
                (test, Some(value)) => holds_on_value(test, value, event),
                (_, None) => false,
            },
        }
    }
}

impl Expression {
    /// The computed value.
    pub fn value_on(&self, event: &Event) -> Value {
        let text = |field: &Field| event.0.get(&*field.name).and_then(as_text).unwrap_or_default();
        Value::Text(match self {
            Self::Field(field) => return event.0.get(&*field.name).cloned().unwrap_or(Value::Null),
            Self::Constant(constant) => return Value::from(constant),
            Self::Call(function, arguments) => {
                let values: Vec<Value> = arguments.iter().map(|argument| argument.value_on(event)).collect();
                return function.value(&values);
            }
            Self::Case(cases, otherwise) => {
                let case = cases.iter().find(|(condition, _)| condition.holds_on(event));
                return case.map_or(&**otherwise, |(_, value)| value).value_on(event);
            }
            Self::Holds(condition) => return Value::Boolean(condition.holds_on(event)),
            Self::Member(of, name) => return of.value_on(event).member(name),
            Self::Element(of, index) => return of.value_on(event).element(*index),
            Self::Join { fields, separator } => {
                let is_absent = |field: &Field| event.0.get(&*field.name).is_none_or(|it| *it == Value::Null);
                if fields.iter().all(is_absent) {
                    return Value::Null;
                }
                let parts = fields.iter().map(text).filter(|part| !part.is_empty());
                parts.collect::<Vec<_>>().join(separator)
            }
            Self::Host(url) => {
                let url = text(url);
                let rest = url.split_once("://").map_or(url.as_str(), |(_, rest)| rest);
                rest.split(['/', ':', '?', '#']).next().unwrap_or("").to_owned()
            }
            Self::XmlData { xml, name } => xml_data(&text(xml), name).unwrap_or_default().to_owned(),
            Self::Choice { of, constants, then, otherwise } => {
                let value = if constants.contains(&text(of)) { then } else { otherwise };
                return value.value_on(event);
            }
            Self::JsonMember { json, path } => json_member(&text(json), path).unwrap_or_default(),
            Self::KeyValue { text: whole, name } => {
                key_value(&text(whole), name).unwrap_or_default().to_owned()
            }
        })
    }
}

fn xml_data<'t>(xml: &'t str, name: &str) -> Option<&'t str> {
    let (_, after) =
        ['"', '\''].iter().find_map(|quote| xml.split_once(&format!("Name={quote}{name}{quote}>")))?;
    after.split('<').next()
}

fn json_member(json: &str, path: &str) -> Option<String> {
    let object: serde_json::Value = serde_json::from_str(json).ok()?;
    let member = path.split('.').try_fold(&object, |object, name| object.get(name))?;
    Some(match member {
        serde_json::Value::Null => String::new(),
        serde_json::Value::String(text) => text.clone(),
        other => other.to_string(),
    })
}

fn key_value<'t>(text: &'t str, name: &str) -> Option<&'t str> {
    let key = format!("{name}=");
    let is_start =
        |at: &usize| !text[..*at].ends_with(|before: char| before.is_alphanumeric() || before == '_');
    let (at, _) = text.match_indices(&key).find(|(at, _)| is_start(at))?;
    let value = &text[at + key.len()..];
    match value.strip_prefix('"').and_then(|inner| inner.split_once('"')) {
        Some((inner, _)) => Some(inner),
        None => value.split_whitespace().next().map(|value| value.trim_matches('"')),
    }
}

fn holds_on_value(test: &Test, value: &Value, event: &Event) -> bool {
    if let Value::List(values) = value {
        return values.iter().any(|value| holds_on_value(test, value, event));
    }
    let Some(text) = as_text(value) else { return false };
    match test {
        Test::Text(pattern, case) => pattern.matches(&text, *case),
        Test::Regex(regex) => regex.is_match(&text),
        Test::Number(comparison, number) => {
            as_number(value).is_some_and(|value| comparison.holds(&value, number))
        }
        Test::Boolean(expected) => text.eq_ignore_ascii_case(if *expected { "true" } else { "false" }),
        Test::Cidr(network) => text.parse::<IpAddr>().is_ok_and(|address| network.contains(&address)),
        Test::TimePart(part, comparison, number) => {
            time_part(&text, *part).is_some_and(|actual| comparison.holds(&Number::from(actual), number))
        }
        Test::FieldRef(relation, other, case) => {
            event.0.get(&*other.name).is_some_and(|other| relates(&text, *relation, other, *case))
        }
        Test::Term(part, term, case) => term_regex(*part, term, *case).is_match(&text),
        Test::Compare(comparison, other) => compares(value, *comparison, &other.value_on(event)),
        // Rows of other queries and lists from outside are not part of an event.
        Test::Among(..) | Test::Listed(..) | Test::Null => false,
        Test::Exists => true,
    }
}

fn as_text(value: &Value) -> Option<String> {
    match value {
        Value::Null | Value::List(_) | Value::Object(_) => None,
        Value::Text(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Boolean(boolean) => Some(boolean.to_string()),
    }
}

/// The order of two values: numbers and what reads as numbers by size, else as text.
fn order(left: &Value, right: &Value) -> std::cmp::Ordering {
    match (as_number(left), as_number(right)) {
        (Some(left), Some(right)) => left.partial_cmp(&right).unwrap_or(std::cmp::Ordering::Equal),
        _ => as_text(left).cmp(&as_text(right)),
    }
}

fn as_number(value: &Value) -> Option<Number> {
    match value {
        Value::Number(number) => Some(*number),
        Value::Text(text) => Number::parse(text),
        _ => None,
    }
}

fn relates(text: &str, relation: FieldRelation, other: &Value, case: Case) -> bool {
    if let Value::List(values) = other {
        return values.iter().any(|value| relates(text, relation, value, case));
    }
    let Some(other) = as_text(other) else { return false };
    let pattern = match relation {
        FieldRelation::Equals => Pattern::exact(other),
        FieldRelation::Contains => Pattern::contains(other),
        FieldRelation::StartsWith => Pattern::starts_with(other),
        FieldRelation::EndsWith => Pattern::ends_with(other),
    };
    pattern.matches(text, case)
}

/// A part of an ISO 8601 timestamp, in the zone it is written in.
fn time_part(text: &str, part: TimePart) -> Option<i64> {
    time::parse(text)?;
    let number = |range: std::ops::Range<usize>| text.trim().get(range)?.parse::<i64>().ok();
    let (year, month, day) = (number(0..4)?, number(5..7)?, number(8..10)?);
    match part {
        TimePart::Year => Some(year),
        TimePart::Month => Some(month),
        TimePart::Day => Some(day),
        TimePart::Hour => number(11..13),
        TimePart::Minute => number(14..16),
        TimePart::Week => Some(iso_week(year, month, day)),
    }
}

/// The ISO 8601 week number of a date.
fn iso_week(year: i64, month: i64, day: i64) -> i64 {
    let today = days(year, month, day);
    let thursday = today - (today + 3).rem_euclid(7) + 3;
    let year_of_thursday = if thursday < days(year, 1, 1) {
        year - 1
    } else if thursday >= days(year + 1, 1, 1) {
        year + 1
    } else {
        year
    };
    (thursday - days(year_of_thursday, 1, 1)) / 7 + 1
}

impl Pattern {
    /// Whether the whole of `text` matches.
    pub fn matches(&self, text: &str, case: Case) -> bool {
        let fold = |text: &str| match case {
            Case::Sensitive => text.to_owned(),
            Case::Insensitive => text.to_lowercase(),
        };
        let folded = self.map_literals(fold);
        matches_pieces(folded.pieces(), &fold(text).chars().collect::<Vec<_>>())
    }
}

/// Greedy matching with one point to come back to: linear in practice, quadratic at worst.
fn matches_pieces(pieces: &[Piece], text: &[char]) -> bool {
    #[derive(Clone, Copy)]
    enum Unit {
        Char(char),
        One,
        Run,
    }
    let units: Vec<Unit> = pieces
        .iter()
        .flat_map(|piece| match piece {
            Piece::Literal(literal) => literal.chars().map(Unit::Char).collect(),
            Piece::AnyOne => vec![Unit::One],
            Piece::AnyRun => vec![Unit::Run],
        })
        .collect();
    let (mut unit, mut at) = (0, 0);
    let mut retry: Option<(usize, usize)> = None;
    while at < text.len() {
        match units.get(unit) {
            Some(Unit::Run) => {
                retry = Some((unit + 1, at));
                unit += 1;
            }
            Some(Unit::One) => {
                unit += 1;
                at += 1;
            }
            Some(Unit::Char(c)) if *c == text[at] => {
                unit += 1;
                at += 1;
            }
            _ => {
                let Some((after_run, from)) = retry else { return false };
                retry = Some((after_run, from + 1));
                unit = after_run;
                at = from + 1;
            }
        }
    }
    units[unit..].iter().all(|unit| matches!(unit, Unit::Run))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{diag::Span, ir::Field};

    fn is(field: &str, test: Test) -> Condition {
        Condition::is(Predicate::new(Field::new(field), test, Span::default()))
    }

    #[test]
    fn predicates_on_absent_fields_are_false_and_their_negation_true() {
        let event = Event::from_iter([("a", "x")]);
        assert!(!is("b", Test::text("x")).holds_on(&event));
        assert!(Condition::not(is("b", Test::text("x"))).holds_on(&event));
        assert!(is("b", Test::Null).holds_on(&event));
        assert!(!is("b", Test::Exists).holds_on(&event));
    }

    #[test]
    fn null_empty_and_absent_are_three_things() {
        let mut event = Event::from_iter([("empty", "")]);
        event.0.insert("null".into(), Value::Null);
        assert!(is("null", Test::Null).holds_on(&event) && is("null", Test::Exists).holds_on(&event));
        assert!(!is("empty", Test::Null).holds_on(&event) && is("empty", Test::text("")).holds_on(&event));
        assert!(!is("null", Test::text("")).holds_on(&event));
    }

    #[test]
    fn lists_match_by_any_element() {
        let mut event = Event::default();
        event.0.insert("a".into(), Value::List(vec!["x".into(), "y".into()]));
        assert!(is("a", Test::text("Y")).holds_on(&event));
        assert!(!is("a", Test::text("z")).holds_on(&event));
    }

    #[test]
    fn patterns_match_whole_values() {
        let pattern = |text: &str| {
            Pattern::new(text.chars().map(|c| match c {
                '*' => Piece::AnyRun,
                '?' => Piece::AnyOne,
                c => Piece::Literal(c.to_string()),
            }))
        };
        for (shape, text, expected) in [
            ("a*b", "aXXb", true),
            ("a*b", "aXXbc", false),
            ("a?b", "ab", false),
            ("a?b", "aéb", true),
            ("*a*a*", "banana", true),
            ("*ab*ab", "xabab", true),
            ("", "", true),
            ("*", "", true),
            ("?*", "", false),
        ] {
            assert_eq!(pattern(shape).matches(text, Case::Insensitive), expected, "{shape} on {text}");
        }
        assert!(pattern("É").matches("é", Case::Insensitive));
        assert!(!pattern("A").matches("a", Case::Sensitive));
    }

    #[test]
    fn the_host_of_a_url_is_a_bare_host_too() {
        let host = |url: &str| Expression::Host(Field::new("u")).value_on(&Event::from_iter([("u", url)]));
        for url in ["a.example", "https://a.example/b.example/", "http://a.example:80", "a.example/x?y"] {
            assert_eq!(host(url), "a.example".into(), "{url}");
        }
        assert_eq!(host(""), "".into());
    }

    #[test]
    fn values_stand_in_xml_and_in_key_value_text() {
        let event = Event::from_iter([
            ("xml", r#"<Data Name="A">x y</Data><Data Name="B"></Data>"#),
            ("text", r#"type=PATH name="/etc/x y" mode=0100 rename=z"#),
        ]);
        let xml = |name: &str| Expression::XmlData { xml: Field::new("xml"), name: name.into() };
        let value = |name: &str| Expression::KeyValue { text: Field::new("text"), name: name.into() };
        assert_eq!(xml("A").value_on(&event), Value::from("x y"));
        assert_eq!(
            (xml("B").value_on(&event), xml("C").value_on(&event)),
            (Value::from(""), Value::from(""))
        );
        assert_eq!(value("name").value_on(&event), Value::from("/etc/x y"));
        assert_eq!(value("mode").value_on(&event), Value::from("0100"));
        assert_eq!(value("absent").value_on(&event), Value::from(""));
        let event = Event::from_iter([("json", r#"{"a": {"b": "x", "c": 5}}"#)]);
        let json = |path: &str| Expression::JsonMember { json: Field::new("json"), path: path.into() };
        assert_eq!(
            (json("a.b").value_on(&event), json("a.c").value_on(&event)),
            (Value::from("x"), Value::from("5"))
        );
        assert_eq!(json("a.b.c").value_on(&event), Value::from(""));
    }

    #[test]
    fn numbers_compare_with_numbers_written_as_text() {
        let event = Event::from_iter([("id", "4624")]);
        assert!(is("id", Test::number(4624)).holds_on(&event));
        assert!(!is("id", Test::number(4625)).holds_on(&event));
    }

    #[test]
    fn time_parts_of_iso_timestamps() {
        let part = |part| time_part("2024-12-30T18:05:00Z", part).unwrap();
        assert_eq!(
            (part(TimePart::Year), part(TimePart::Month), part(TimePart::Day), part(TimePart::Hour)),
            (2024, 12, 30, 18)
        );
        assert_eq!((part(TimePart::Minute), part(TimePart::Week)), (5, 1));
        assert_eq!(iso_week(2021, 1, 1), 53);
        assert_eq!(iso_week(2026, 11, 23), 48);
        assert_eq!(iso_week(2026, 1, 1), 1);
    }

    #[test]
    fn keys_in_a_text_are_whole_words() {
        let value = Expression::KeyValue { text: Field::new("m"), name: "user".into() };
        let event = Event::from_iter([("m", "xuser=1 a_user=2 user=3")]);
        assert_eq!(value.value_on(&event), "3".into());
    }
}

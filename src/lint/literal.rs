//! What one test says about another one of the same field.

use std::collections::HashMap;

use super::glob::Glob;
use crate::{
    diag::Span,
    ir::{Case, Comparison, Condition, Number, Predicate, Subject, Test},
};

/// A test, prepared for comparisons.
#[derive(Debug)]
pub(super) struct Literal<'r> {
    /// The test in the rule.
    pub(super) predicate: &'r Predicate,
    /// Which of the rule's fields; `None` for a keyword and for computed values.
    field: Option<usize>,
    /// The pattern without case, and with it where case counts.
    text: Option<(Glob, Option<Glob>)>,
}

/// A condition with its tests prepared.
#[derive(Debug)]
pub(super) enum Tree<'r> {
    /// True, or false, on every event.
    Constant(bool),
    /// A test.
    Is(Literal<'r>),
    /// Not this.
    Not(Box<Tree<'r>>),
    /// All of them.
    All(Vec<Tree<'r>>),
    /// One of them.
    Any(Vec<Tree<'r>>),
}

/// How surely two tests exclude each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Certainty {
    /// Unless the field holds several values at once.
    SingleValued,
    /// On every event.
    Sure,
}

impl<'r> Tree<'r> {
    /// The condition with its tests prepared.
    pub(super) fn new(condition: &'r Condition) -> Self {
        Self::with(condition, &mut HashMap::new())
    }

    fn with(condition: &'r Condition, fields: &mut HashMap<&'r str, usize>) -> Self {
        match condition {
            Condition::Always => Self::Constant(true),
            Condition::Never => Self::Constant(false),
            Condition::Is(predicate) => Self::Is(Literal::new(predicate, fields)),
            Condition::Not(inner) => Self::Not(Box::new(Self::with(inner, fields))),
            Condition::All(terms) => Self::All(terms.iter().map(|term| Self::with(term, fields)).collect()),
            Condition::Any(terms) => Self::Any(terms.iter().map(|term| Self::with(term, fields)).collect()),
        }
    }

    /// Where its first and last tests stand.
    pub(super) fn span(&self) -> Span {
        match self {
            Self::Constant(_) => Span::default(),
            Self::Is(literal) => literal.predicate.span,
            Self::Not(inner) => inner.span(),
            Self::All(terms) | Self::Any(terms) => {
                terms.iter().map(Self::span).reduce(Span::to).unwrap_or_default()
            }
        }
    }

    /// How many tests it has.
    pub(super) fn count(&self) -> usize {
        match self {
            Self::Constant(_) => 0,
            Self::Is(_) => 1,
            Self::Not(inner) => inner.count(),
            Self::All(terms) | Self::Any(terms) => terms.iter().map(Self::count).sum(),
        }
    }
}

impl<'r> Literal<'r> {
    fn new(predicate: &'r Predicate, fields: &mut HashMap<&'r str, usize>) -> Self {
        let next = fields.len();
        let field = match &predicate.subject {
            Subject::Field(field) => Some(*fields.entry(&field.name).or_insert(next)),
            Subject::Anywhere | Subject::Computed(_) => None,
        };
        let text = match &predicate.test {
            Test::Text(pattern, case) => {
                let counts = *case == Case::Sensitive && pattern.has_letters();
                Some((Glob::new(pattern, true), counts.then(|| Glob::new(pattern, false))))
            }
            _ => None,
        };
        Self { predicate, field, text }
    }

    fn is_of_same_subject(&self, other: &Self) -> bool {
        match (self.field, other.field) {
            (Some(field), Some(other)) => field == other,
            (None, None) => self.predicate.subject == other.predicate.subject,
            _ => false,
        }
    }

    /// Whether the other one holds wherever this one does. Sound on lists: the element that satisfies this one
    /// satisfies the other.
    pub(super) fn implies(&self, other: &Self) -> bool {
        self.is_of_same_subject(other)
            && match (&self.text, &other.text) {
                (Some(text), Some(other)) => is_within(text, other),
                _ => implies(&self.predicate.test, &other.predicate.test, other),
            }
    }

    /// Whether the two never hold together, and how surely; on a list each may hold of another element.
    pub(super) fn excludes(&self, other: &Self) -> Option<Certainty> {
        if self.field.is_none() || self.field != other.field {
            return None;
        }
        let (test, against) = (&self.predicate.test, &other.predicate.test);
        let has_value = |test: &Test| !test.holds_without_value();
        match (test, against) {
            (Test::Null, against) if has_value(against) => return Some(Certainty::Sure),
            (test, Test::Null) if has_value(test) => return Some(Certainty::Sure),
            _ => {}
        }
        let excluded = match (&self.text, &other.text) {
            (Some((text, None)), Some((against, _))) | (Some((text, _)), Some((against, None))) => {
                text.excludes(against)
            }
            (Some((_, Some(text))), Some((_, Some(against)))) => text.excludes(against),
            _ => excludes(test, against),
        };
        excluded.then_some(Certainty::SingleValued)
    }
}

fn is_within(text: &(Glob, Option<Glob>), other: &(Glob, Option<Glob>)) -> bool {
    match other {
        (other, None) => text.0.is_within(other),
        // What takes any case is not within what does not.
        (_, Some(other)) => text.1.as_ref().is_some_and(|text| text.is_within(other)),
    }
}

fn implies(test: &Test, against: &Test, other: &Literal<'_>) -> bool {
    match (test, against) {
        (test, against) if test == against => true,
        (Test::Null, _) => false,
        (_, Test::Exists) => true,
        (
            Test::Text(..) | Test::Number(..) | Test::Boolean(_) | Test::Regex(_) | Test::Cidr(_),
            Test::Text(..),
        ) => other.text.as_ref().is_some_and(|(text, _)| text.is_anything()),
        (Test::Number(comparison, number), Test::Number(against, bound)) => {
            Interval::new(*comparison, *number).is_within(&Interval::new(*against, *bound))
        }
        (Test::TimePart(part, comparison, number), Test::TimePart(other, against, bound)) => {
            part == other && Interval::new(*comparison, *number).is_within(&Interval::new(*against, *bound))
        }
        (Test::Cidr(network), Test::Cidr(against)) => against.contains(network),
        _ => false,
    }
}

fn excludes(test: &Test, against: &Test) -> bool {
    match (test, against) {
        (Test::Number(comparison, number), Test::Number(against, bound)) => {
            Interval::new(*comparison, *number).excludes(&Interval::new(*against, *bound))
        }
        (Test::TimePart(part, comparison, number), Test::TimePart(other, against, bound)) => {
            part == other && Interval::new(*comparison, *number).excludes(&Interval::new(*against, *bound))
        }
        (Test::Number(..), Test::Text(pattern, _)) | (Test::Text(pattern, _), Test::Number(..)) => {
            pattern.as_exact().is_some_and(|text| Number::parse(text.trim()).is_none())
        }
        (Test::Boolean(value), Test::Boolean(against)) => value != against,
        (Test::Cidr(network), Test::Cidr(against)) => {
            !network.contains(against) && !against.contains(network)
        }
        _ => false,
    }
}

/// The numbers that a comparison holds of, each end with whether it belongs to them.
struct Interval {
    from: Option<(Number, bool)>,
    to: Option<(Number, bool)>,
}

impl Interval {
    fn new(comparison: Comparison, number: Number) -> Self {
        let (from, to) = match comparison {
            Comparison::Equal => (Some((number, true)), Some((number, true))),
            Comparison::Less => (None, Some((number, false))),
            Comparison::LessOrEqual => (None, Some((number, true))),
            Comparison::Greater => (Some((number, false)), None),
            Comparison::GreaterOrEqual => (Some((number, true)), None),
        };
        Self { from, to }
    }

    fn is_within(&self, other: &Self) -> bool {
        let from = match (self.from, other.from) {
            (_, None) => true,
            (None, Some(_)) => false,
            (Some((from, closed)), Some((bound, includes))) => {
                from > bound || (from == bound && (includes || !closed))
            }
        };
        let to = match (self.to, other.to) {
            (_, None) => true,
            (None, Some(_)) => false,
            (Some((to, closed)), Some((bound, includes))) => {
                to < bound || (to == bound && (includes || !closed))
            }
        };
        from && to
    }

    fn excludes(&self, other: &Self) -> bool {
        let is_before = |left: &Self, right: &Self| match (left.to, right.from) {
            (Some((to, includes)), Some((from, closed))) => {
                to < from || (to == from && !(includes && closed))
            }
            _ => false,
        };
        is_before(self, other) || is_before(other, self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ir::{Field, Pattern};

    fn number(comparison: Comparison, number: i64) -> Test {
        Test::Number(comparison, number.into())
    }

    fn compared(left: Test, right: Test) -> (bool, Option<Certainty>) {
        let predicate = |test| Predicate::new(Field::new("f"), test, Span::default());
        let (left, right) = (predicate(left), predicate(right));
        let mut fields = HashMap::new();
        let (left, right) = (Literal::new(&left, &mut fields), Literal::new(&right, &mut fields));
        (left.implies(&right), left.excludes(&right))
    }

    fn implied(left: Test, right: Test) -> bool {
        compared(left, right).0
    }

    fn excluded(left: Test, right: Test) -> Option<Certainty> {
        compared(left, right).1
    }

    #[test]
    fn ranges_contain_and_exclude_one_another() {
        use Comparison::{Equal, Greater, GreaterOrEqual, Less, LessOrEqual};
        assert!(implied(number(Equal, 5), number(GreaterOrEqual, 5)));
        assert!(implied(number(Less, 5), number(LessOrEqual, 5)));
        assert!(!implied(number(LessOrEqual, 5), number(Less, 5)));
        assert!(!implied(number(Greater, 5), number(Less, 9)));
        assert_eq!(excluded(number(Less, 5), number(Greater, 5)), Some(Certainty::SingleValued));
        assert_eq!(excluded(number(LessOrEqual, 5), number(GreaterOrEqual, 5)), None);
        assert_eq!(excluded(number(Greater, 5), Test::text("x")), Some(Certainty::SingleValued));
        assert_eq!(excluded(number(Equal, 5), Test::text("5")), None);
    }

    #[test]
    fn case_counts_only_where_it_does() {
        let cased = |text: &str| Test::Text(Pattern::exact(text), Case::Sensitive);
        assert!(implied(cased("a"), Test::text("A")));
        assert!(!implied(Test::text("a"), cased("a")));
        assert!(implied(Test::text("5"), cased("5")));
        assert_eq!(excluded(cased("a"), cased("A")), Some(Certainty::SingleValued));
        assert_eq!(excluded(cased("a"), Test::text("A")), None);
    }

    #[test]
    fn a_value_is_there_and_not_null() {
        assert!(implied(Test::text("a"), Test::Exists));
        assert!(!implied(Test::Exists, Test::text("a")));
        assert_eq!(excluded(Test::Null, Test::text("a")), Some(Certainty::Sure));
        assert_eq!(excluded(Test::Null, Test::Exists), None);
    }

    #[test]
    fn networks_hold_smaller_ones() {
        let cidr = |text: &str| Test::Cidr(text.parse().unwrap());
        assert!(implied(cidr("10.1.0.0/16"), cidr("10.0.0.0/8")));
        assert!(!implied(cidr("10.0.0.0/8"), cidr("10.1.0.0/16")));
        assert_eq!(excluded(cidr("10.0.0.0/8"), cidr("192.168.0.0/16")), Some(Certainty::SingleValued));
    }
}

//! A form of conditions in which those of the same meaning are equal, however their terms are grouped and ordered.

use std::collections::BTreeSet;

use rulec::ir::{Condition, Subject};

/// A condition without negated junctions, its terms in an order of their own, each once.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Normal {
    /// All hold.
    All(BTreeSet<Normal>),
    /// One holds.
    Any(BTreeSet<Normal>),
    /// A predicate holds, or does not.
    Is(bool, String),
}

/// The normal form of a condition.
pub(crate) fn normal(condition: &Condition) -> Normal {
    signed(condition, true)
}

fn signed(condition: &Condition, positive: bool) -> Normal {
    match condition {
        Condition::Always | Condition::Never => Normal::Is(positive, format!("{condition:?}")),
        Condition::Not(inner) => signed(inner, !positive),
        Condition::All(terms) => junction(terms, positive, positive),
        Condition::Any(terms) => junction(terms, positive, !positive),
        Condition::Is(predicate) => {
            let subject = match &predicate.subject {
                Subject::Field(field) => &*field.name,
                _ => "",
            };
            Normal::Is(positive, format!("{subject} {:?}", predicate.test))
        }
    }
}

fn junction(terms: &[Condition], positive: bool, is_all: bool) -> Normal {
    let mut flat = BTreeSet::new();
    for term in terms {
        match (signed(term, positive), is_all) {
            (Normal::All(inner), true) | (Normal::Any(inner), false) => flat.extend(inner),
            (other, _) => {
                flat.insert(other);
            }
        }
    }
    match (flat.len(), is_all) {
        (1, _) => flat.pop_first().expect("one term"),
        (_, true) => Normal::All(flat),
        (_, false) => Normal::Any(flat),
    }
}

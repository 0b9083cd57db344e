//! Sites: the predicates of a condition, each with the way that leads to it.

use super::Forms;
use crate::ir::{Condition, Field, Predicate, Subject};

/// A predicate in its place.
#[derive(Debug, Clone)]
pub(super) struct Site {
    /// Which term to take at each junction.
    pub(super) path: Vec<usize>,
    pub(super) predicate: Predicate,
    /// Whether it stands under an even number of negations.
    pub(super) positive: bool,
}

impl Site {
    /// The field whose value decides the predicate.
    pub(super) fn field(&self, forms: &dyn Forms) -> Option<Field> {
        subject_field(&self.predicate, forms)
    }
}

/// The field whose value decides a predicate; none if several do.
pub(super) fn subject_field(predicate: &Predicate, forms: &dyn Forms) -> Option<Field> {
    match &predicate.subject {
        Subject::Field(field) => Some(field.clone()),
        Subject::Anywhere => Some(forms.keywords()),
        Subject::Computed(expression) => match expression.fields().as_slice() {
            [field] => Some((*field).clone()),
            _ => None,
        },
    }
}

/// All predicates, in the author's order.
pub(super) fn sites(condition: &Condition) -> Vec<Site> {
    let mut found = Vec::new();
    collect(condition, true, &mut Vec::new(), &mut found);
    found
}

fn collect(condition: &Condition, positive: bool, path: &mut Vec<usize>, found: &mut Vec<Site>) {
    match condition {
        Condition::Always | Condition::Never => {}
        Condition::Is(predicate) => {
            found.push(Site { path: path.clone(), predicate: predicate.clone(), positive });
        }
        Condition::Not(inner) => collect(inner, !positive, path, found),
        Condition::All(terms) | Condition::Any(terms) => {
            for (index, term) in terms.iter().enumerate() {
                path.push(index);
                collect(term, positive, path, found);
                path.pop();
            }
        }
    }
}

/// The condition of events on which the predicate at the end of a path holds and everything beside it is as the rule
/// wants it. A negation on the way falls: these are events that the rule excludes.
pub(super) fn focused(condition: &Condition, path: &[usize]) -> Condition {
    match condition {
        Condition::Not(inner) => focused(inner, path),
        Condition::Any(terms) => match path.split_first() {
            Some((index, rest)) => focused(&terms[*index], rest),
            None => condition.clone(),
        },
        Condition::All(terms) => match path.split_first() {
            Some((at, rest)) => {
                let focus = |(index, term): (usize, &Condition)| {
                    if index == *at { focused(term, rest) } else { term.clone() }
                };
                Condition::all(terms.iter().enumerate().map(focus))
            }
            None => condition.clone(),
        },
        Condition::Always | Condition::Never | Condition::Is(_) => condition.clone(),
    }
}

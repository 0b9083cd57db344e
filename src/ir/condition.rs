//! Conditions: predicates joined by and, or, not; always in normal shape.

use std::sync::Arc;

use super::{Field, Predicate};

/// A condition in normal shape: no empty or single junction, no junction directly inside one of its kind, no
/// double negation, no constant inside a junction or negation. Only the constructors make one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Condition {
    /// True on every event.
    Always,
    /// False on every event.
    Never,
    /// All of the terms hold.
    All(Terms),
    /// At least one of the terms holds.
    Any(Terms),
    /// The condition does not hold.
    Not(Box<Condition>),
    /// A predicate holds.
    Is(Predicate),
}

/// Two or more conditions in the author's order. Cheap to clone: rules share what a filter adds to all of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Terms(Arc<Vec<Condition>>);

impl std::ops::Deref for Terms {
    type Target = [Condition];

    fn deref(&self) -> &[Condition] {
        &self.0
    }
}

impl IntoIterator for Terms {
    type Item = Condition;
    type IntoIter = std::vec::IntoIter<Condition>;

    fn into_iter(self) -> Self::IntoIter {
        Arc::unwrap_or_clone(self.0).into_iter()
    }
}

impl<'a> IntoIterator for &'a Terms {
    type Item = &'a Condition;
    type IntoIter = std::slice::Iter<'a, Condition>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.iter()
    }
}

impl Condition {
    /// All of `terms`; [`Condition::Always`] for none.
    pub fn all(terms: impl IntoIterator<Item = Condition>) -> Self {
        let mut flat = Vec::new();
        for term in terms {
            match term {
                Self::Always => {}
                Self::Never => return Self::Never,
                Self::All(inner) => flat.extend(inner),
                other => flat.push(other),
            }
        }
        match flat.len() {
            0 => Self::Always,
            1 => flat.swap_remove(0),
            _ => Self::All(Terms(Arc::new(flat))),
        }
    }

    /// At least one of `terms`; [`Condition::Never`] for none.
    pub fn any(terms: impl IntoIterator<Item = Condition>) -> Self {
        let mut flat = Vec::new();
        for term in terms {
            match term {
                Self::Never => {}
                Self::Always => return Self::Always,
                Self::Any(inner) => flat.extend(inner),
                other => flat.push(other),
            }
        }
        match flat.len() {
            0 => Self::Never,
            1 => flat.swap_remove(0),
            _ => Self::Any(Terms(Arc::new(flat))),
        }
    }

    /// The complement.
    #[expect(clippy::should_implement_trait, reason = "an associated constructor like `all` and `any`")]
    pub fn not(condition: Condition) -> Self {
        match condition {
            Self::Always => Self::Never,
            Self::Never => Self::Always,
            Self::Not(inner) => *inner,
            other => Self::Not(Box::new(other)),
        }
    }

    /// A predicate.
    pub fn is(predicate: Predicate) -> Self {
        Self::Is(predicate)
    }

    /// The predicates, in the author's order.
    pub fn predicates(&self) -> Vec<&Predicate> {
        let mut found = Vec::new();
        self.visit(true, &mut |predicate, _| found.push(predicate));
        found
    }

    /// Calls `visit` on every predicate in order, with whether it stands under an even number of negations.
    pub fn visit<'a>(&'a self, positive: bool, visit: &mut impl FnMut(&'a Predicate, bool)) {
        match self {
            Self::Always | Self::Never => {}
            Self::Is(predicate) => visit(predicate, positive),
            Self::Not(inner) => inner.visit(!positive, visit),
            Self::All(terms) | Self::Any(terms) => terms.iter().for_each(|term| term.visit(positive, visit)),
        }
    }

    /// The condition with each predicate replaced. `change` gets the predicate and whether it stands under an
    /// even number of negations.
    ///
    /// # Errors
    /// The first error that `change` returns.
    pub fn try_map<E>(
        &self,
        positive: bool,
        change: &mut impl FnMut(&Predicate, bool) -> Result<Condition, E>,
    ) -> Result<Condition, E> {
        match self {
            Self::Always => Ok(Self::Always),
            Self::Never => Ok(Self::Never),
            Self::Is(predicate) => change(predicate, positive),
            Self::Not(inner) => inner.try_map(!positive, change).map(Self::not),
            Self::All(terms) => {
                let terms: Result<Vec<_>, E> =
                    terms.iter().map(|term| term.try_map(positive, change)).collect();
                terms.map(Self::all)
            }
            Self::Any(terms) => {
                let terms: Result<Vec<_>, E> =
                    terms.iter().map(|term| term.try_map(positive, change)).collect();
                terms.map(Self::any)
            }
        }
    }

    /// The terms that must all hold: those of an [`Condition::All`], or the condition itself.
    pub fn conjuncts(&self) -> &[Condition] {
        match self {
            Self::All(terms) => terms,
            other => std::slice::from_ref(other),
        }
    }

    /// The terms of which one must hold: those of an [`Condition::Any`], or the condition itself.
    pub fn disjuncts(&self) -> &[Condition] {
        match self {
            Self::Any(terms) => terms,
            other => std::slice::from_ref(other),
        }
    }

    /// The one field that every predicate looks at, if there is one and no keyword.
    pub fn only_field(&self) -> Option<&Field> {
        let mut only = None;
        let mut mixed = false;
        self.visit(true, &mut |predicate, _| match (predicate.field(), only) {
            (Some(field), None) => only = Some(field),
            (Some(field), Some(first)) if field == first => {}
            _ => mixed = true,
        });
        only.filter(|_| !mixed)
    }
}

/// A run of neighbouring terms that a writer may print as one: see [`alternatives`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Alternatives<'a> {
    /// Predicates on one field, two or more, adjacent in the author's order.
    SameField(&'a Field, Vec<&'a Predicate>),
    /// Any other term, or a predicate alone with its field.
    Single(&'a Condition),
}

/// Groups adjacent predicates on the same field, so that `f = a or f = b or g = c` can be written with a list.
/// Serves the terms of an [`Condition::Any`] (lists) and of an [`Condition::All`] (`contains|all`) alike.
pub fn alternatives(terms: &[Condition]) -> Vec<Alternatives<'_>> {
    let mut groups = Vec::with_capacity(terms.len());
    let mut rest = terms;
    while let [first, tail @ ..] = rest {
        let Some((field, first_predicate)) = field_predicate(first) else {
            groups.push(Alternatives::Single(first));
            rest = tail;
            continue;
        };
        let same =
            |term| field_predicate(term).filter(|(other, _)| *other == field).map(|(_, predicate)| predicate);
        let run: Vec<&Predicate> =
            std::iter::once(first_predicate).chain(tail.iter().map_while(same)).collect();
        rest = &rest[run.len()..];
        groups.push(if run.len() == 1 {
            Alternatives::Single(first)
        } else {
            Alternatives::SameField(field, run)
        });
    }
    groups
}

fn field_predicate(term: &Condition) -> Option<(&Field, &Predicate)> {
    match term {
        Condition::Is(predicate) => predicate.field().map(|field| (field, predicate)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{diag::Span, ir::Test};

    fn is(field: &str, value: &str) -> Condition {
        Condition::is(Predicate::new(Field::new(field), Test::text(value), Span::default()))
    }

    #[test]
    fn junctions_are_flat_and_never_empty_or_single() {
        assert_eq!(Condition::all([]), Condition::Always);
        assert_eq!(Condition::any([]), Condition::Never);
        assert_eq!(Condition::all([is("a", "1")]), is("a", "1"));
        let nested = Condition::all([is("a", "1"), Condition::all([is("b", "2"), is("c", "3")])]);
        assert_eq!(nested.conjuncts().len(), 3);
        let mixed = Condition::any([is("a", "1"), Condition::all([is("b", "2"), is("c", "3")])]);
        assert_eq!(mixed.disjuncts().len(), 2);
    }

    #[test]
    fn constants_are_absorbed() {
        assert_eq!(Condition::all([is("a", "1"), Condition::Never]), Condition::Never);
        assert_eq!(Condition::any([is("a", "1"), Condition::Always]), Condition::Always);
        assert_eq!(Condition::any([is("a", "1"), Condition::Never]), is("a", "1"));
        assert_eq!(Condition::not(Condition::not(is("a", "1"))), is("a", "1"));
        assert_eq!(Condition::not(Condition::Always), Condition::Never);
    }

    #[test]
    fn neighbours_on_one_field_group_in_order() {
        let condition = Condition::any([is("a", "1"), is("a", "2"), is("b", "3"), is("a", "4")]);
        let groups = alternatives(condition.disjuncts());
        assert!(
            matches!(&groups[0], Alternatives::SameField(field, run) if &*field.name == "a" && run.len() == 2)
        );
        assert_eq!(groups.len(), 3);
    }
}

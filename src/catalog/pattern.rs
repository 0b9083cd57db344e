//! Which events a rule needs together.

use std::collections::BTreeSet;

use serde::Serialize;

use super::event::Event;
use crate::ir::JoinKind;

/// More alternatives than this are not told one by one.
const MAX_ALTERNATIVES: usize = 16;

/// Events that have to come together for a rule to match: of each set, one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Pattern(pub Vec<BTreeSet<Event>>);

impl std::fmt::Display for Pattern {
    /// `A AND (B OR C)`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let several = self.0.len() > 1;
        for (index, any) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_str(" AND ")?;
            }
            let names: Vec<String> = any.iter().map(ToString::to_string).collect();
            if several && names.len() > 1 {
                write!(f, "({})", names.join(" OR "))?;
            } else {
                f.write_str(&names.join(" OR "))?;
            }
        }
        Ok(())
    }
}

/// The same over legs, while a rule is read: alternatives of legs that are needed together, each one of several.
#[derive(Debug, Clone)]
pub(super) struct Patterns(Vec<Vec<BTreeSet<usize>>>);

impl Patterns {
    /// One leg.
    pub(super) fn of(leg: usize) -> Self {
        Self(vec![vec![BTreeSet::from([leg])]])
    }

    /// No events at all.
    pub(super) fn none() -> Self {
        Self(vec![Vec::new()])
    }

    /// Rows of these together with those of others.
    pub(super) fn join(&mut self, right: Self, kind: JoinKind) {
        match kind {
            // What must be missing is not needed; what may be missing is not either.
            JoinKind::LeftAnti | JoinKind::LeftOuter => {}
            JoinKind::RightAnti | JoinKind::RightOuter => *self = right,
            JoinKind::FullOuter => self.union(right),
            JoinKind::Inner | JoinKind::InnerUnique | JoinKind::LeftSemi | JoinKind::RightSemi => {
                let pairs = self.0.iter().flat_map(|left| {
                    right.0.iter().map(|right| left.iter().chain(right).cloned().collect::<Vec<_>>())
                });
                self.0 = pairs.take(MAX_ALTERNATIVES).collect();
            }
        }
    }

    /// Rows of these or of others.
    pub(super) fn union(&mut self, others: Self) {
        for other in others.0 {
            if let (Some([mine]), [more]) = (self.0.last_mut().map(Vec::as_mut_slice), other.as_slice()) {
                mine.extend(more);
            } else if self.0.len() < MAX_ALTERNATIVES {
                self.0.push(other);
            }
        }
        self.0.retain(|needed| !needed.is_empty());
    }

    /// The patterns of events, with what each leg reads.
    pub(super) fn resolve(self, events: impl Fn(usize) -> Vec<Event>) -> Vec<Pattern> {
        let mut patterns: Vec<Pattern> = Vec::new();
        for alternative in self.0 {
            let mut needed: Vec<BTreeSet<Event>> =
                alternative.iter().map(|legs| legs.iter().flat_map(|leg| events(*leg)).collect()).collect();
            needed.sort();
            needed.dedup();
            needed.retain(|any: &BTreeSet<Event>| !any.is_empty());
            let pattern = Pattern(needed);
            if !pattern.0.is_empty() && !patterns.contains(&pattern) {
                patterns.push(pattern);
            }
        }
        patterns
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(patterns: Patterns) -> Vec<String> {
        let name = |leg: usize| vec![Event::any(["A", "B", "C"][leg])];
        patterns.resolve(name).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn joins_need_both_sides_and_unions_one() {
        let mut patterns = Patterns::of(0);
        patterns.join(Patterns::of(1), JoinKind::Inner);
        assert_eq!(shown(patterns.clone()), ["A/any AND B/any"]);
        patterns.union(Patterns::of(2));
        assert_eq!(shown(patterns), ["A/any AND B/any", "C/any"]);
        let mut either = Patterns::of(0);
        either.union(Patterns::of(1));
        either.join(Patterns::of(2), JoinKind::LeftSemi);
        assert_eq!(shown(either), ["(A/any OR B/any) AND C/any"]);
    }

    #[test]
    fn what_must_or_may_be_missing_is_not_needed() {
        for kind in [JoinKind::LeftAnti, JoinKind::LeftOuter] {
            let mut patterns = Patterns::of(0);
            patterns.join(Patterns::of(1), kind);
            assert_eq!(shown(patterns), ["A/any"]);
        }
    }
}

//! Which leg's column a name stands for, while a rule's rows pass its stages.

use std::{collections::BTreeMap, sync::Arc};

use super::draft::path;
use crate::ir::{Expression, ExtractPart, Field, Join, Stage};

/// A column of one leg's events.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Source {
    pub(super) leg: usize,
    pub(super) column: Arc<str>,
    /// Whether the rule has put it in lower or upper case.
    pub(super) folds: bool,
}

/// What a name stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Column {
    /// Columns of events: several after a union.
    Of(Vec<Source>),
    /// A value that the rule computes.
    Computed,
}

/// The columns of rows.
#[derive(Debug, Clone, Default)]
pub(super) struct Scope {
    known: BTreeMap<Arc<str>, Column>,
    /// Legs whose columns are all there, by the names that they have: those of a union in one group, those of a join in
    /// groups one after the other.
    open: Vec<Vec<usize>>,
}

/// Whether a leg's table has a column, as far as that is known.
pub(super) type HasColumn<'a> = dyn Fn(usize, &str) -> bool + 'a;

impl Scope {
    /// All columns of a leg.
    pub(super) fn of_leg(leg: usize) -> Self {
        Self { known: BTreeMap::new(), open: vec![vec![leg]] }
    }

    /// The legs whose rows these are, all of them.
    pub(super) fn legs(&self) -> Vec<usize> {
        let mut legs: Vec<usize> = self.open.iter().flatten().copied().collect();
        for column in self.known.values() {
            if let Column::Of(sources) = column {
                legs.extend(sources.iter().map(|source| source.leg));
            }
        }
        legs.sort_unstable();
        legs.dedup();
        legs
    }

    /// What a name, perhaps of a member of a column, stands for.
    pub(super) fn find(&self, name: &str, has: &HasColumn<'_>) -> Column {
        let outer = |end: usize| self.known.get(&name[..end]).map(|column| (column, &name[end..]));
        let dots = name.rmatch_indices('.').map(|(dot, _)| dot);
        if let Some((column, member)) = std::iter::once(name.len()).chain(dots).find_map(outer) {
            return match column {
                Column::Computed => Column::Computed,
                Column::Of(sources) => Column::Of(
                    sources
                        .iter()
                        .map(|it| Source { column: format!("{}{member}", it.column).into(), ..it.clone() })
                        .collect(),
                ),
            };
        }
        let of = |legs: Vec<usize>| {
            let source = |leg| Source { leg, column: name.into(), folds: false };
            Column::Of(legs.into_iter().map(source).collect())
        };
        let having =
            |group: &Vec<usize>| group.iter().copied().filter(|leg| has(*leg, name)).collect::<Vec<_>>();
        match self.open.iter().map(having).find(|legs| !legs.is_empty()) {
            Some(legs) => of(legs),
            None => self.open.first().map_or(Column::Computed, |group| of(group.clone())),
        }
    }

    /// What an expression stands for: the column that it hands on, or something computed.
    fn value(&self, expression: &Expression, has: &HasColumn<'_>) -> Column {
        let Some((name, folds)) = path(expression) else { return Column::Computed };
        match self.find(&name, has) {
            Column::Of(mut sources) => {
                for source in &mut sources {
                    source.folds |= folds;
                }
                Column::Of(sources)
            }
            Column::Computed => Column::Computed,
        }
    }

    /// The columns after a stage that is no join and no union.
    pub(super) fn pass(&mut self, stage: &Stage, has: &HasColumn<'_>) {
        match stage {
            Stage::Extend(field, value) => self.set(field, self.value(value, has)),
            Stage::Project(project) => {
                let columns: Vec<_> =
                    project.columns.iter().map(|(name, value)| (name, self.value(value, has))).collect();
                self.become_only(columns);
            }
            Stage::Rename(pairs, _) => {
                let columns: Vec<_> =
                    pairs.iter().map(|(new, old)| (new, self.find(&old.name, has))).collect();
                for (new, column) in columns {
                    self.set(new, column);
                }
            }
            Stage::Summarize(summarize) => {
                let by = summarize.by.iter().map(|(name, value)| (name, self.value(value, has)));
                let computed = summarize.aggregates.iter().map(|(name, _)| (name, Column::Computed));
                self.become_only(by.chain(computed).collect());
            }
            Stage::Pick(pick) => {
                let by = pick.by.iter().map(|(name, value)| (name, self.value(value, has)));
                let name = std::iter::once((&pick.name, self.value(&pick.of, has)));
                let columns = pick.columns.iter().flatten();
                let columns = columns.map(|(name, value)| (name, self.value(value, has)));
                let computed = pick.aggregates.iter().map(|(name, _)| (name, Column::Computed));
                let all: Vec<_> = by.chain(name).chain(columns).chain(computed).collect();
                if pick.columns.is_some() {
                    self.become_only(all);
                } else {
                    for (name, column) in all {
                        self.set(name, column);
                    }
                }
            }
            Stage::Slide(slide) => {
                let by = slide.by.iter().map(|(name, value)| (name, self.value(value, has)));
                let computed = slide.aggregates.iter().map(|(name, _)| (name, Column::Computed));
                for (name, column) in by.chain(computed).collect::<Vec<_>>() {
                    self.set(name, column);
                }
            }
            Stage::Chain(chain) => {
                let by: Vec<_> =
                    chain.by.iter().map(|(name, value)| (name, self.value(value, has))).collect();
                for (name, column) in by {
                    self.set(name, column);
                }
            }
            Stage::Expand(expand) => {
                self.set(&expand.output, self.value(&expand.list, has));
                if let Some(index) = &expand.index {
                    self.set(index, Column::Computed);
                }
            }
            Stage::Extract(extract) => {
                for part in &extract.parts {
                    if let ExtractPart::Column(column) = part {
                        self.set(column, Column::Computed);
                    }
                }
            }
            Stage::Drop(..)
            | Stage::Filter(_)
            | Stage::Sort(..)
            | Stage::Limit(..)
            | Stage::Unread(_)
            | Stage::Join(_)
            | Stage::Union(..) => {}
        }
    }

    /// The columns of pairs of rows, these on the left.
    pub(super) fn join(&mut self, join: &Join, right: Scope, has: &HasColumn<'_>) {
        if !join.kind.keeps_right() {
            return;
        }
        if !join.kind.keeps_left() {
            *self = right;
            return;
        }
        for (old, new) in &join.renamed {
            self.set(new, right.find(&old.name, has));
        }
        for (name, column) in right.known {
            self.known.entry(name).or_insert(column);
        }
        self.open.extend(right.open);
    }

    /// The columns of the rows of several scopes.
    pub(super) fn union(&mut self, others: Vec<Scope>, has: &HasColumn<'_>) {
        let all: Vec<Scope> = std::iter::once(std::mem::take(self)).chain(others).collect();
        let names: std::collections::BTreeSet<Arc<str>> =
            all.iter().flat_map(|scope| scope.known.keys().cloned()).collect();
        for name in names {
            let mut sources = Vec::new();
            for scope in &all {
                if let Column::Of(of) = scope.find(&name, has) {
                    let is_there = |it: &Source| scope.known.contains_key(&name) || has(it.leg, &it.column);
                    sources.extend(of.into_iter().filter(is_there));
                }
            }
            let column = if sources.is_empty() { Column::Computed } else { Column::Of(sources) };
            self.known.insert(name, column);
        }
        let mut open: Vec<usize> =
            all.iter().flat_map(|scope| scope.open.iter().flatten().copied()).collect();
        open.dedup();
        self.open = if open.is_empty() { Vec::new() } else { vec![open] };
    }

    fn set(&mut self, field: &Field, column: Column) {
        self.known.insert(field.name.clone(), column);
    }

    fn become_only(&mut self, columns: Vec<(&Field, Column)>) {
        self.known = columns.into_iter().map(|(field, column)| (field.name.clone(), column)).collect();
        self.open.clear();
    }
}

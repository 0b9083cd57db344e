//! What is known of a table's columns while a query is read.

use std::{
    collections::{BTreeMap, HashSet},
    sync::Arc,
};

use crate::ir::{Expression, Field};

/// The columns of the rows so far.
#[derive(Debug, Clone, Default)]
pub(super) struct Columns {
    /// Columns that the query computes, with the computation where reading it instead is as good.
    computed: BTreeMap<Arc<str>, Option<Expression>>,
    /// All columns, where the query has said which; else those of the source and the computed ones.
    pub(super) all: Option<Vec<Arc<str>>>,
    /// Columns of the source, as far as its schema is known.
    pub(super) of_source: HashSet<Arc<str>>,
    /// Whether there are columns of rows kept outside of which nothing is known: what the source does not have is
    /// theirs.
    pub(super) is_open: bool,
}

impl Columns {
    /// Those of a table.
    pub(super) fn of(source: Vec<Arc<str>>) -> Self {
        Self { of_source: source.into_iter().collect(), ..Self::default() }
    }

    /// Those of rows kept outside: what is said of them, or nothing. No schema has names for them.
    pub(super) fn of_external(columns: &[Arc<str>]) -> Self {
        let computed = columns.iter().map(|name| (name.clone(), None)).collect();
        let all = (!columns.is_empty()).then(|| columns.to_vec());
        Self { computed, all, is_open: columns.is_empty(), ..Self::default() }
    }

    /// The column of a name.
    pub(super) fn field(&self, name: &str) -> Field {
        let field = Field::new(name);
        let is_theirs = self.is_open && !self.of_source.is_empty() && !self.of_source.contains(name);
        if self.is_computed(name) || is_theirs { field.computed() } else { field }
    }

    /// Whether the query computes it.
    pub(super) fn is_computed(&self, name: &str) -> bool {
        self.computed.contains_key(name)
    }

    /// What to read instead of a computed column.
    pub(super) fn alias(&self, name: &str) -> Option<&Expression> {
        self.computed.get(name).and_then(Option::as_ref)
    }

    /// Whether nothing is known of which there are.
    pub(super) fn are_unknown(&self) -> bool {
        self.all.is_none() && self.of_source.is_empty()
    }

    /// Whether a column is known to be there.
    pub(super) fn has(&self, name: &str) -> bool {
        match &self.all {
            Some(all) => all.iter().any(|it| **it == *name),
            None => self.is_computed(name) || self.of_source.contains(name),
        }
    }

    /// Adds a computed column, or replaces one.
    pub(super) fn compute(&mut self, name: &Field, value: &Expression) {
        let alias = is_thin(value).then(|| value.clone());
        self.forget_readers(&name.name);
        self.computed.insert(name.name.clone(), alias);
        if let Some(all) = &mut self.all
            && !all.contains(&name.name)
        {
            all.push(name.name.clone());
        }
    }

    /// The columns are these and no others, each with what it is.
    pub(super) fn replace(&mut self, columns: &[(Field, Expression)]) {
        let mut computed = BTreeMap::new();
        for (name, value) in columns {
            match value {
                Expression::Field(field) if field.name == name.name => {
                    if let Some(before) = self.computed.get(&name.name) {
                        computed.insert(name.name.clone(), before.clone());
                    }
                }
                value => {
                    computed.insert(name.name.clone(), is_thin(value).then(|| value.clone()));
                }
            }
        }
        self.computed = computed;
        self.all = Some(columns.iter().map(|(name, _)| name.name.clone()).collect());
        self.drop_lost_aliases();
    }

    /// The columns are these, all computed, and nothing of before can be read any more.
    pub(super) fn grouped(&mut self, keys: &[(Field, Expression)], others: impl Iterator<Item = Field>) {
        self.replace(keys);
        for other in others {
            self.computed.insert(other.name.clone(), None);
            if let Some(all) = &mut self.all {
                all.push(other.name);
            }
        }
    }

    /// Takes columns away.
    pub(super) fn remove(&mut self, names: &[Field]) {
        for name in names {
            self.forget_readers(&name.name);
            self.computed.remove(&name.name);
            self.of_source.remove(&name.name);
            if let Some(all) = &mut self.all {
                all.retain(|it| *it != name.name);
            }
        }
        self.drop_lost_aliases();
    }

    /// What is computed of a column that is no longer what it was has to be read itself.
    fn forget_readers(&mut self, changed: &str) {
        for alias in self.computed.values_mut() {
            if alias.as_ref().is_some_and(|value| value.fields().iter().any(|field| &*field.name == changed))
            {
                *alias = None;
            }
        }
    }

    fn drop_lost_aliases(&mut self) {
        let Some(all) = &self.all else { return };
        let is_there = |field: &&Field| all.contains(&field.name);
        for alias in self.computed.values_mut() {
            if alias.as_ref().is_some_and(|value| !value.fields().iter().all(is_there)) {
                *alias = None;
            }
        }
    }

    /// Adds what the columns of another table bring: those that a join puts beside these.
    pub(super) fn join(&mut self, right: &Columns, renamed: &[(Field, Field)]) {
        let new_name = |name: &Arc<str>| {
            renamed
                .iter()
                .find(|(old, _)| old.name == *name)
                .map_or_else(|| name.clone(), |(_, new)| new.name.clone())
        };
        for name in right.computed.keys().map(new_name) {
            self.computed.entry(name).or_insert(None);
        }
        for (_, new) in renamed {
            self.computed.insert(new.name.clone(), None);
        }
        match (&mut self.all, &right.all) {
            (Some(all), Some(others)) => {
                for other in others.iter().map(new_name) {
                    if !all.contains(&other) {
                        all.push(other);
                    }
                }
            }
            _ => self.all = None,
        }
        self.of_source.extend(right.of_source.iter().cloned());
        self.is_open |= right.is_open;
    }
}

/// Whether reading the computation is as good as reading the column: a column under another name, or a member of one.
fn is_thin(value: &Expression) -> bool {
    use crate::ir::Function;
    match value {
        Expression::Field(_) => true,
        Expression::Member(of, _) | Expression::Element(of, _) => is_thin(of),
        Expression::Call(
            Function::ToText | Function::Lower | Function::Upper | Function::ParseJson,
            arguments,
        ) => arguments.iter().all(is_thin),
        _ => false,
    }
}

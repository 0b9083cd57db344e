//! The syntax tree of a `query_string` query.

use std::sync::Arc;

use crate::ir::{Number, Pattern};

/// A query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Query {
    /// Every document.
    Everything,
    /// No document.
    Nothing,
    /// All of two or more.
    All(Vec<Query>),
    /// One of two or more.
    Any(Vec<Query>),
    /// All documents but these.
    Not(Box<Query>),
    /// Documents where a field has a value like this; without a field, where any has.
    Match(Option<Arc<str>>, Value),
    /// Documents where a field has values like all, or like one, of two or more.
    List(Arc<str>, Join, Vec<Value>),
    /// Documents where a field has a value.
    Exists(Arc<str>),
}

/// How a list is joined.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Join {
    /// All of the list.
    And,
    /// One of the list.
    Or,
}

/// What a value is compared with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// This text: a whole value, or words in a row where the field is analysed.
    Text(String),
    /// A pattern with wildcards.
    Wildcard(Pattern),
    /// A whole-value regular expression in Lucene's syntax.
    Regex(String),
    /// Numbers below or above: `>`, `>=`, `<`, `<=`.
    Order(&'static str, Number),
}

impl Query {
    /// All of these; neighbours on one field become a list.
    pub(super) fn all(terms: impl IntoIterator<Item = Query>) -> Self {
        let mut flat = Vec::new();
        for term in terms {
            match term {
                Self::Everything => {}
                Self::Nothing => return Self::Nothing,
                Self::All(inner) => flat.extend(inner),
                other => merge(&mut flat, other, Join::And),
            }
        }
        match flat.len() {
            0 => Self::Everything,
            1 => flat.swap_remove(0),
            _ => Self::All(flat),
        }
    }

    /// One of these; neighbours on one field become a list.
    pub(super) fn any(terms: impl IntoIterator<Item = Query>) -> Self {
        let mut flat = Vec::new();
        for term in terms {
            match term {
                Self::Nothing => {}
                Self::Everything => return Self::Everything,
                Self::Any(inner) => flat.extend(inner),
                other => merge(&mut flat, other, Join::Or),
            }
        }
        match flat.len() {
            0 => Self::Nothing,
            1 => flat.swap_remove(0),
            _ => Self::Any(flat),
        }
    }

    /// All documents but these.
    pub(super) fn not(query: Query) -> Self {
        match query {
            Self::Everything => Self::Nothing,
            Self::Nothing => Self::Everything,
            Self::Not(inner) => *inner,
            other => Self::Not(Box::new(other)),
        }
    }

    /// How many comparisons it comes to.
    pub(super) fn clauses(&self) -> usize {
        match self {
            Self::Everything | Self::Nothing | Self::Match(..) | Self::Exists(_) => 1,
            Self::All(terms) | Self::Any(terms) => terms.iter().map(Self::clauses).sum(),
            Self::Not(inner) => inner.clauses(),
            Self::List(_, _, values) => values.len(),
        }
    }

    /// A field with a value like this.
    pub(super) fn field(name: &Arc<str>, value: Value) -> Self {
        Self::Match(Some(Arc::clone(name)), value)
    }
}

/// Appends a term, into the list before it where that is on the same field.
fn merge(terms: &mut Vec<Query>, term: Query, join: Join) {
    let (name, values) = match term {
        Query::Match(Some(name), value) => (name, vec![value]),
        Query::List(name, its, values) if its == join => (name, values),
        other => return terms.push(other),
    };
    match terms.last_mut() {
        Some(Query::List(last, its, list)) if *last == name && *its == join => list.extend(values),
        Some(last @ Query::Match(Some(_), _)) => match last.clone() {
            Query::Match(Some(other), first) if other == name => {
                *last = Query::List(name, join, std::iter::once(first).chain(values).collect());
            }
            _ => terms.push(listed(name, join, values)),
        },
        _ => terms.push(listed(name, join, values)),
    }
}

fn listed(name: Arc<str>, join: Join, mut values: Vec<Value>) -> Query {
    if values.len() == 1 {
        Query::Match(Some(name), values.swap_remove(0))
    } else {
        Query::List(name, join, values)
    }
}

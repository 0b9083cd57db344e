//! The table of indicators: what of a corpus is asked for, in order.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{
    corpus::{Corpus, Rules, Triple},
    flatten::Role,
    kind::Kind,
};

/// What is asked for; nothing for everything.
#[derive(Debug, Clone, Default)]
pub struct Query {
    /// Events by name, see [`super::Event::is_named`]: one of them.
    pub events: Vec<String>,
    /// Fields, by canonical or by the provider's name, whatever the case: one of them.
    pub fields: Vec<String>,
    /// Text that the value holds, whatever the case: one of them.
    pub values: Vec<String>,
    /// Kinds: one of them.
    pub kinds: Vec<Kind>,
    /// Vendors: only their rules count.
    pub vendors: Vec<String>,
    /// Roles: one of them; indicators alone if none is named.
    pub roles: Vec<Role>,
    /// The least number of rules.
    pub min_rules: usize,
    /// The most rows.
    pub limit: Option<usize>,
}

/// A row of the table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Row {
    /// The canonical field.
    pub field: String,
    /// How the value is looked for.
    pub kind: Kind,
    /// The value.
    pub value: String,
    /// What it is to the rules.
    pub role: Role,
    /// How many of the rules asked for look for it.
    pub rules: usize,
    /// The vendors of all rules that do.
    pub vendors: Vec<&'static str>,
}

/// The rows of a corpus that a query asks for, those of most rules first, and how many there are without its limit.
pub fn rows(corpus: &Corpus, query: &Query) -> (Vec<Row>, usize) {
    let mut rows: Vec<Row> = counted(corpus, query)
        .into_iter()
        .filter_map(|(place, rules)| {
            let (triple, all) = corpus.triple(place)?;
            let is_asked = asked(triple, query) && rules.len() >= query.min_rules.max(1);
            is_asked.then(|| row(corpus, triple, rules.len(), all))
        })
        .collect();
    rows.sort_by(|a, b| {
        let key = |row: &Row| (row.field.clone(), row.kind, row.value.clone(), row.role);
        b.rules.cmp(&a.rules).then_with(|| key(a).cmp(&key(b)))
    });
    let found = rows.len();
    rows.truncate(query.limit.unwrap_or(usize::MAX));
    (rows, found)
}

/// A triple as a row.
pub(super) fn row(corpus: &Corpus, triple: &Triple, rules: usize, all: &Rules) -> Row {
    Row {
        field: triple.field.to_string(),
        kind: triple.kind,
        value: triple.value.to_string(),
        role: triple.role,
        rules,
        vendors: corpus.vendors(all).into_iter().collect(),
    }
}

/// The rules that count, by triple.
fn counted(corpus: &Corpus, query: &Query) -> BTreeMap<usize, Rules> {
    let is_vendor = |rule: &usize| {
        let vendor = corpus.members()[*rule].vendor;
        query.vendors.is_empty() || query.vendors.iter().any(|it| it.eq_ignore_ascii_case(vendor))
    };
    let kept = |rules: &Rules| rules.iter().filter(|rule| is_vendor(rule)).copied().collect::<Rules>();
    if query.events.is_empty() {
        return corpus.triples().values().map(kept).enumerate().collect();
    }
    let mut counted: BTreeMap<usize, Rules> = BTreeMap::new();
    for (event, count) in corpus.events() {
        if query.events.iter().any(|name| event.is_named(name)) {
            for (place, rules) in &count.triples {
                counted.entry(*place).or_default().extend(kept(rules));
            }
        }
    }
    counted
}

fn asked(triple: &Triple, query: &Query) -> bool {
    let value = || triple.value.to_lowercase();
    let is_field =
        query.fields.is_empty() || query.fields.iter().any(|it| it.eq_ignore_ascii_case(&triple.field));
    let is_kind = query.kinds.is_empty() || query.kinds.contains(&triple.kind);
    let is_value =
        query.values.is_empty() || query.values.iter().any(|it| value().contains(&it.to_lowercase()));
    let is_role =
        if query.roles.is_empty() { triple.role == Role::Match } else { query.roles.contains(&triple.role) };
    is_role && is_field && is_kind && is_value
}

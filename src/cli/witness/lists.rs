//! Lists of events for rules about several, and what is found in each.

use std::fmt::Write as _;

use indexmap::IndexMap;
use serde::Serialize;

use super::{Entry, Tried, columns, head, is_false, language, row_json};
use crate::{
    cli::args::Format,
    diag::Source,
    ir::ColumnType,
    sigma::Reading,
    trial::{Found, ListRow, ListTrial, OwnLists, TrialList},
};

/// Lists, and the query that is to be tried on them.
pub(super) struct Listed {
    of: Option<Tried>,
    time: String,
    groups: Vec<String>,
    types: IndexMap<String, ColumnType>,
    lists: Vec<TrialList>,
}

impl Listed {
    pub(super) fn own(own: OwnLists) -> Self {
        Self { of: None, time: own.time, groups: own.groups, types: IndexMap::new(), lists: own.lists }
    }

    pub(super) fn of(trial: ListTrial) -> Option<Self> {
        let ListTrial { conversion, time, groups, types, lists } = trial;
        let of = Some(Tried::of(conversion)?);
        (!lists.is_empty()).then_some(Self { of, time, groups, types, lists })
    }
}

/// What is written of lists.
pub(super) fn entry(listed: &Listed, format: Format, reading: &Reading, source: &Source) -> Entry {
    Entry {
        events: listed.lists.len(),
        matching: listed.lists.iter().filter(|list| !list.found.is_empty()).count(),
        text: match format {
            Format::Json => json(listed, reading, source),
            Format::Text => text(listed, reading, source),
        },
    }
}

/// A trial as one JSON object.
#[derive(Serialize)]
struct Record<'a> {
    path: &'a str,
    rule: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    target: Option<&'a str>,
    language: &'static str,
    query: &'a str,
    #[serde(skip_serializing_if = "is_false")]
    may_match_more: bool,
    #[serde(skip_serializing_if = "is_false")]
    may_match_less: bool,
    #[serde(skip_serializing_if = "IndexMap::is_empty")]
    columns: IndexMap<&'a str, &'static str>,
    time: &'a str,
    groups: &'a [String],
    lists: Vec<List<'a>>,
}

#[derive(Serialize)]
struct List<'a> {
    matches: bool,
    why: &'a str,
    from: &'a str,
    until: &'a str,
    found: Vec<serde_json::Value>,
    rows: Vec<Row<'a>>,
}

impl<'a> List<'a> {
    fn of(list: &'a TrialList, listed: &Listed, nests: bool) -> Self {
        let row = |it: &'a ListRow| Row { table: it.table.as_deref(), row: row_json(&it.row, nests) };
        Self {
            matches: !list.found.is_empty(),
            why: &list.why,
            from: &list.from,
            until: &list.until,
            found: list.found.iter().map(|found| found_json(found, listed)).collect(),
            rows: list.rows.iter().map(row).collect(),
        }
    }
}

#[derive(Serialize)]
struct Row<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    table: Option<&'a str>,
    row: serde_json::Value,
}

fn json(listed: &Listed, reading: &Reading, source: &Source) -> String {
    let tried = listed.of.as_ref();
    let nests = tried.is_some_and(Tried::nests);
    let record = Record {
        path: source.name(),
        rule: &reading.metadata.title,
        target: tried.map(|tried| tried.target.name),
        language: tried.map_or("sigma", |tried| language(tried.target.language)),
        query: tried.map_or_else(|| source.slice(reading.span), |tried| &tried.query),
        may_match_more: tried.is_some_and(|tried| tried.may_match_more),
        may_match_less: tried.is_some_and(|tried| tried.may_match_less),
        columns: columns(&listed.types, nests),
        time: &listed.time,
        groups: &listed.groups,
        lists: listed.lists.iter().map(|list| List::of(list, listed, nests)).collect(),
    };
    serde_json::to_string(&record).expect("invariant: a record has no failing serializer")
}

/// What is found, by the names of the columns that tell it.
fn found_json(found: &Found, listed: &Listed) -> serde_json::Value {
    let of_group = listed.groups.iter().zip(&found.group);
    let columns = std::iter::once((&listed.time, &found.time)).chain(of_group);
    let members = columns.map(|(name, value)| (name.clone(), value.to_json()));
    members.collect::<serde_json::Map<String, serde_json::Value>>().into()
}

fn text(listed: &Listed, reading: &Reading, source: &Source) -> String {
    let mut text = head(listed.of.as_ref(), reading, source);
    for list in &listed.lists {
        let sign = if list.found.is_empty() { '-' } else { '+' };
        let _ = writeln!(text, "{sign} {}", list.why);
        for row in &list.rows {
            let table = row.table.as_deref().map(|table| format!("{table} ")).unwrap_or_default();
            let _ = writeln!(text, "  {table}{}", row_json(&row.row, false));
        }
        for found in &list.found {
            let _ = writeln!(text, "  found: {}", found_json(found, listed));
        }
    }
    text.push('\n');
    text
}

//! Commands besides `WHERE`: a clause a line where there are several.

use std::sync::Arc;

use super::{inline, line, quote};
use crate::elastic::esql::ast::{Aggregate, Command, Expr, Sort};

/// Longer lists stand on lines of their own.
const WIDTH: usize = 100;
const INDENT: usize = 4;

pub(super) fn print(out: &mut String, command: &Command) {
    match command {
        // Printed where the query is.
        Command::Where(_) | Command::Eval(..) => {}
        Command::Keep(names) => listed(out, "KEEP", names),
        Command::Drop(names) => listed(out, "DROP", names),
        Command::Rename(pairs) => {
            let pairs = pairs.iter().map(|(old, new)| format!("{} AS {}", name(old), name(new)));
            clauses(out, "RENAME", &pairs.collect::<Vec<_>>());
        }
        Command::Stats { inline, aggregates, by } => stats(out, *inline, aggregates, by),
        Command::Sort(keys) => clauses(out, "SORT", &keys.iter().map(sorted).collect::<Vec<_>>()),
        Command::Limit(count) => out.extend(["\n| LIMIT ", &count.to_string()]),
        Command::MvExpand(column) => out.extend(["\n| MV_EXPAND ", &name(column)]),
        Command::Dissect(column, pattern) => {
            out.extend(["\n| DISSECT ", &name(column), " "]);
            inline(out, &Expr::text(pattern.as_str()));
        }
    }
}

fn name(of: &str) -> String {
    let mut out = String::new();
    quote::name(&mut out, of);
    out
}

fn listed(out: &mut String, word: &str, names: &[Arc<str>]) {
    clauses(out, word, &names.iter().map(|it| name(it)).collect::<Vec<_>>());
}

fn clauses(out: &mut String, word: &str, clauses: &[String]) {
    let on_one_line = clauses.join(", ");
    if on_one_line.chars().count() + word.len() + INDENT <= WIDTH {
        out.extend(["\n| ", word, " ", &on_one_line]);
        return;
    }
    out.extend(["\n| ", word]);
    for (index, clause) in clauses.iter().enumerate() {
        line(out, INDENT);
        out.push_str(clause);
        if index + 1 < clauses.len() {
            out.push(',');
        }
    }
}

fn assigned(column: &str, value: &Expr) -> String {
    if *value == Expr::Column(column.into()) {
        return name(column);
    }
    let mut out = name(column);
    out.push_str(" = ");
    inline(&mut out, value);
    out
}

fn stats(out: &mut String, keeps_rows: bool, aggregates: &[Aggregate], by: &[(Arc<str>, Expr)]) {
    let computed: Vec<String> = aggregates
        .iter()
        .map(|aggregate| {
            let mut text = assigned(&aggregate.name, &aggregate.value);
            if let Some(filter) = &aggregate.filter {
                text.push_str(" WHERE ");
                inline(&mut text, filter);
            }
            text
        })
        .collect();
    let word = if keeps_rows { "INLINE STATS" } else { "STATS" };
    let keys: Vec<String> = by.iter().map(|(column, value)| assigned(column, value)).collect();
    if computed.is_empty() {
        out.extend(["\n| ", word, " BY "]);
        out.push_str(&keys.join(", "));
        return;
    }
    clauses(out, word, &computed);
    if !keys.is_empty() {
        line(out, INDENT);
        out.push_str("BY ");
        out.push_str(&keys.join(", "));
    }
}

fn sorted(key: &Sort) -> String {
    let mut text = String::new();
    inline(&mut text, &key.value);
    text.push_str(if key.ascending { " ASC" } else { " DESC" });
    // Nulls come last in ascending order and first in descending order, unless said otherwise.
    if key.nulls_first == key.ascending {
        text.push_str(if key.nulls_first { " NULLS FIRST" } else { " NULLS LAST" });
    }
    text
}

//! `rulec indicators`: what rules look for, counted across vendors.

use std::{
    fmt::Write as _,
    io::{self, IsTerminal, Write},
};

use super::{
    args::{IndicatorFormat, IndicatorsArgs},
    corpus::gather,
    mappings,
    run::Plan,
    status::{Failure, Status, say},
};
use crate::{
    catalog::{Corpus, Query, Row, Telemetry, rows, site::code},
    wrap::one_line,
};

const HEADINGS: [&str; 5] = ["field", "kind", "value", "rules", "vendors"];

/// The widest cell of text, in characters.
const WIDEST: usize = 80;

pub(super) fn run(args: &IndicatorsArgs) -> Result<Status, Failure> {
    let mapping = mappings::table(&args.mapping.mappings)?;
    let telemetry = Telemetry::of(&mapping).map_err(|fault| Failure::Message(fault.to_string()))?;
    let plan = Plan { jobs: args.jobs.jobs, progress: !args.quiet && !io::stdout().is_terminal() };
    let rules = gather(&args.input, &args.placeholders, plan, args.quiet, &telemetry)?;
    let query = args.query();
    refuse_unknown(&rules.corpus, &query)?;
    let (found, all) = rows(&rules.corpus, &query);
    io::stdout().lock().write_all(show(&found, args.format)?.as_bytes())?;
    if !args.quiet {
        say(&summary(&found, all, &rules.corpus, rules.failed));
    }
    Ok(if rules.trouble { Status::Trouble } else { Status::Fine })
}

/// A name that no rule has is a slip more often than a question.
fn refuse_unknown(corpus: &Corpus, query: &Query) -> Result<(), Failure> {
    if corpus.is_empty() {
        return Ok(());
    }
    for name in &query.events {
        if !corpus.events().keys().any(|event| event.is_named(name)) {
            let known = corpus.events().keys().flat_map(|event| {
                let table = event.provider.rsplit('-').next().unwrap_or_default();
                [table, &*event.provider, event.name()]
            });
            return Err(unknown("event", name, known));
        }
    }
    for name in &query.fields {
        let known = || corpus.triples().keys().map(|triple| &*triple.field);
        if !known().any(|field| field.eq_ignore_ascii_case(name)) {
            return Err(unknown("field", name, known()));
        }
    }
    Ok(())
}

fn unknown<'k>(what: &str, name: &str, known: impl Iterator<Item = &'k str>) -> Failure {
    let near =
        crate::diag::did_you_mean(name, known).map_or_else(String::new, |near| format!("; one is `{near}`"));
    Failure::Message(format!("no rule is about {what} `{name}`{near}"))
}

fn show(rows: &[Row], format: IndicatorFormat) -> Result<String, Failure> {
    let cells = |row: &Row| {
        let vendors = row.vendors.join(", ");
        [row.field.clone(), row.kind.as_str().to_owned(), row.value.clone(), row.rules.to_string(), vendors]
    };
    let records: Vec<Record> = rows.iter().map(cells).collect();
    match format {
        IndicatorFormat::Json => {
            let mut text = serde_json::to_string_pretty(rows).expect("invariant: rows are plain data");
            text.push('\n');
            Ok(text)
        }
        IndicatorFormat::Csv => csv(&records),
        IndicatorFormat::Markdown => Ok(markdown(&records)),
        IndicatorFormat::Text => Ok(text(&records)),
    }
}

type Record = [String; 5];

/// Aligned columns. A value stands on one line, and a very long one is cut short.
fn text(records: &[Record]) -> String {
    let short = |cell: &String| {
        let line = one_line(cell);
        if line.chars().count() <= WIDEST {
            line
        } else {
            line.chars().take(WIDEST - 1).chain(['…']).collect()
        }
    };
    let lines: Vec<Vec<String>> = std::iter::once(HEADINGS.map(str::to_uppercase).to_vec())
        .chain(records.iter().map(|record| record.iter().map(short).collect()))
        .collect();
    let width = |column: usize| lines.iter().map(|line| line[column].chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..HEADINGS.len()).map(width).collect();
    let mut out = String::new();
    for line in &lines {
        let cells = line.iter().zip(&widths).enumerate().map(|(column, (cell, width))| {
            // Numbers stand to the right.
            if column == 3 { format!("{cell:>width$}") } else { format!("{cell:width$}") }
        });
        out.push_str(cells.collect::<Vec<_>>().join("  ").trim_end());
        out.push('\n');
    }
    out
}

fn markdown(records: &[Record]) -> String {
    let mut out = format!("| {} |\n|---|---|---|--:|---|\n", HEADINGS.join(" | "));
    for [field, kind, value, rules, vendors] in records {
        let line = [code(field), kind.clone(), code(value), rules.clone(), vendors.clone()];
        let _ = writeln!(out, "| {} |", line.join(" | "));
    }
    out
}

fn csv(records: &[Record]) -> Result<String, Failure> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    let cannot = |error: csv::Error| Failure::Message(format!("cannot write CSV: {error}"));
    writer.write_record(HEADINGS).map_err(cannot)?;
    for record in records {
        writer.write_record(record).map_err(cannot)?;
    }
    let bytes =
        writer.into_inner().map_err(|error| Failure::Message(format!("cannot write CSV: {error}")))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

fn summary(found: &[Row], all: usize, corpus: &Corpus, failed: usize) -> String {
    let of = if found.len() < all { format!(" of {all}") } else { String::new() };
    let failed = if failed == 0 { String::new() } else { format!(", {failed} could not be read") };
    format!("{}{of} rows from {} rules{failed}\n", found.len(), corpus.len())
}

//! `rulec targets`: what can be converted to, and what each target can say.

use std::{
    fmt::Write as _,
    io::{self, Write},
};

use serde::Serialize;

use super::{
    args::{Format, TargetsArgs, flatten},
    status::{Failure, Status},
};
use crate::{
    target::{Feature, Support, TARGETS, Target},
    wrap::{self, ENVELOPES, Envelope},
};

pub(super) fn run(args: &TargetsArgs) -> Result<Status, Failure> {
    let chosen = flatten(&args.targets);
    let all: Vec<&'static Target> = TARGETS.iter().collect();
    let text = match (args.format, chosen.is_empty()) {
        (Format::Json, true) => json(&all),
        (Format::Json, false) => json(&chosen),
        (Format::Text, true) => overview(&all),
        (Format::Text, false) => chosen.iter().map(|target| detail(target)).collect::<Vec<_>>().join("\n"),
    };
    io::stdout().lock().write_all(text.as_bytes())?;
    Ok(Status::Fine)
}

/// Side by side: the targets, then a row per feature.
fn overview(targets: &[&Target]) -> String {
    let header = ["TARGET", "GROUP", "LANGUAGE", "SCHEMA", "FILES"].map(str::to_owned).to_vec();
    let row = |target: &&Target| {
        let language = target.language.name().to_owned();
        let files = format!(".{}", target.extension);
        vec![target.name.to_owned(), target.group.to_owned(), language, target.schema.to_owned(), files]
    };
    let list = table(&std::iter::once(header).chain(targets.iter().map(row)).collect::<Vec<_>>());

    let languages = one_of_each_language(targets);
    let header = std::iter::once(String::new())
        .chain(languages.iter().map(|target| target.language.short_name().to_owned()));
    let row = |feature: &Feature| {
        let cells = languages.iter().map(|target| word(support(target, *feature)).to_owned());
        std::iter::once(feature.title().to_owned()).chain(cells).collect()
    };
    let matrix =
        table(&std::iter::once(header.collect()).chain(Feature::ALL.iter().map(row)).collect::<Vec<_>>());

    let header = ["ENVELOPE", "FOR", "FILES"].map(str::to_owned).to_vec();
    let row = |envelope: &Envelope| {
        let takes = envelope.targets.join(", ");
        let takes = if takes.is_empty() { "every target".to_owned() } else { takes };
        vec![envelope.name.to_owned(), takes, format!(".{}", envelope.extension)]
    };
    let envelopes = table(&std::iter::once(header).chain(ENVELOPES.iter().map(row)).collect::<Vec<_>>());

    let mut text = format!("{list}\n{envelopes}\n{matrix}");
    text.push_str(
        "
native      by an operator or function of the language's own
rewrite     exactly, in other words
nearly      approximately; each query says so
-           not at all; such a rule fails with the reason

`rulec targets NAME` shows how.
",
    );
    text
}

/// The first target of each language: what a target can say is its language's affair.
fn one_of_each_language<'t>(targets: &[&'t Target]) -> Vec<&'t Target> {
    let mut found: Vec<&Target> = Vec::new();
    for target in targets {
        if found.iter().all(|known| known.language != target.language) {
            found.push(target);
        }
    }
    found
}

/// One target with what stands behind each feature.
fn detail(target: &Target) -> String {
    let mut text = String::new();
    let schema = match target.fallback {
        Some(fallback) => format!("{}, or {fallback} where it lacks what a rule needs", target.schema),
        None => target.schema.to_owned(),
    };
    let envelopes: Vec<_> = wrap::of_target(target).map(|envelope| envelope.name).collect();
    let envelopes = envelopes.join(", ");
    let rows: [(&str, &str); 7] = [
        ("target", target.name),
        ("group", target.group),
        ("product", target.product),
        ("language", target.language.name()),
        ("schema", &schema),
        ("files", target.extension),
        ("envelopes", &envelopes),
    ];
    let rows = rows.map(|(name, value)| vec![name.to_owned(), value.to_owned()]);
    text.push_str(&table(&rows));
    text.push('\n');
    let row = |feature: &Feature| {
        let support = support(target, *feature);
        vec![feature.title().to_owned(), word(support).to_owned(), how(support).to_owned()]
    };
    text.push_str(&table(&Feature::ALL.iter().map(row).collect::<Vec<_>>()));
    text
}

fn support(target: &Target, feature: Feature) -> Support {
    target.language.capabilities().support(feature)
}

fn word(support: Support) -> &'static str {
    match support {
        Support::Native(_) => "native",
        Support::Rewritten(_) => "rewrite",
        Support::Approximate(_) => "nearly",
        Support::Unsupported(_) => "-",
    }
}

fn how(support: Support) -> &'static str {
    match support {
        Support::Native(how)
        | Support::Rewritten(how)
        | Support::Approximate(how)
        | Support::Unsupported(how) => how,
    }
}

/// Columns as wide as their widest cell, two blanks apart.
fn table(rows: &[Vec<String>]) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| {
        rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let mut text = String::new();
    for row in rows {
        let mut line = String::new();
        for (cell, width) in row.iter().zip(&widths) {
            write!(line, "{cell:width$}  ").expect("invariant: a string takes any text");
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

#[derive(Serialize)]
struct JsonTarget {
    name: &'static str,
    group: &'static str,
    product: &'static str,
    language: &'static str,
    schema: &'static str,
    fallback: Option<&'static str>,
    extension: &'static str,
    envelopes: Vec<&'static str>,
    features: Vec<JsonFeature>,
}

#[derive(Serialize)]
struct JsonFeature {
    feature: &'static str,
    support: &'static str,
    how: &'static str,
}

fn json(targets: &[&'static Target]) -> String {
    let feature = |target: &Target, feature: &Feature| {
        let support = support(target, *feature);
        let word = match support {
            Support::Native(_) => "native",
            Support::Rewritten(_) => "rewrite",
            Support::Approximate(_) => "approximate",
            Support::Unsupported(_) => "unsupported",
        };
        JsonFeature { feature: feature.title(), support: word, how: how(support) }
    };
    let targets: Vec<JsonTarget> = targets
        .iter()
        .map(|target| JsonTarget {
            name: target.name,
            group: target.group,
            product: target.product,
            language: target.language.name(),
            schema: target.schema,
            fallback: target.fallback,
            extension: target.extension,
            envelopes: wrap::of_target(target).map(|envelope| envelope.name).collect(),
            features: Feature::ALL.iter().map(|one| feature(target, one)).collect(),
        })
        .collect();
    let json = serde_json::to_string_pretty(&targets);
    json.expect("invariant: targets have no maps and no failing serializer") + "\n"
}

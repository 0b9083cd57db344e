//! The report: a rule and its queries for all targets, in markdown.

use serde::Serialize;

use super::{
    Wrapped, clean,
    facts::{NoteFact, title},
    template,
    threat::Threat,
};
use crate::{
    Conversion,
    diag::{Diagnostic, Effect, Fidelity},
    ir::Rule,
};

#[derive(Serialize)]
struct Report {
    title: String,
    /// Rows of the table: a name and a value, both fit for a cell.
    particulars: Vec<(&'static str, String)>,
    description: String,
    false_positives: Vec<String>,
    references: Vec<String>,
    results: Vec<Outcome>,
}

#[derive(Serialize)]
struct Outcome {
    target: &'static str,
    language: &'static str,
    product: &'static str,
    fidelity: Fidelity,
    /// The query between fences, if there is one.
    block: Option<String>,
    notes: Vec<String>,
    error: Option<String>,
}

/// The report of a rule. `path` is its file, for people.
///
/// # Errors
/// A template that does not render, which is a defect.
pub fn report(rule: &Rule, conversions: &[Conversion], path: &str) -> Result<Wrapped, Diagnostic> {
    let metadata = &rule.metadata;
    let texts = |texts: &[String]| texts.iter().map(|text| markdown(&clean::line(text))).collect();
    let report = Report {
        title: markdown(&title(metadata)),
        particulars: particulars(rule, path),
        description: metadata.description.as_deref().map(prose).unwrap_or_default(),
        false_positives: texts(&metadata.false_positives),
        references: texts(&metadata.references),
        results: conversions.iter().map(outcome).collect(),
    };
    let text = template::builtin("report.md", &report)?;
    Ok(Wrapped { text: text.trim_end().to_owned() + "\n", key: None, notes: Vec::new() })
}

fn particulars(rule: &Rule, path: &str) -> Vec<(&'static str, String)> {
    let metadata = &rule.metadata;
    let threat = Threat::of(&metadata.tags);
    let tactics: Vec<String> =
        threat.tactics.iter().map(|tactic| format!("[{}]({})", tactic.name, tactic.url)).collect();
    let techniques: Vec<String> = threat
        .techniques
        .iter()
        .map(|technique| match (technique.name, &technique.url) {
            (Some(name), Some(url)) => format!("[{} {name}]({url})", technique.id),
            _ => markdown(&technique.id),
        })
        .collect();
    let others: Vec<String> =
        threat.others.iter().map(|other| format!("{} {}", other.id, other.name)).collect();
    let line = |text: &Option<String>| text.as_deref().map(|text| markdown(&clean::line(text)));
    let rows = [
        ("Rule", Some(markdown(&clean::line(path)))),
        ("Id", line(&metadata.id)),
        ("Author", line(&metadata.author)),
        ("Date", line(&metadata.date)),
        ("Modified", line(&metadata.modified)),
        ("Status", metadata.status.map(|status| status.as_str().to_owned())),
        ("Level", metadata.level.map(|level| level.as_str().to_owned())),
        ("Tactics", Some(tactics.join(", "))),
        ("Techniques", Some(techniques.join(", "))),
        ("ATT&amp;CK", Some(others.join(", "))),
    ];
    rows.into_iter()
        .filter_map(|(name, value)| Some((name, value.filter(|value| !value.is_empty())?)))
        .collect()
}

fn outcome(conversion: &Conversion) -> Outcome {
    let target = conversion.target;
    let note = |note: &crate::diag::Note| {
        let fact = NoteFact::of(note);
        let effect = match fact.effect {
            Effect::More => ", matches more",
            Effect::Less => ", matches less",
            Effect::Either => ", matches otherwise",
            Effect::None => "",
        };
        format!("`{}`{effect}: {}", fact.code, markdown(&fact.message))
    };
    Outcome {
        target: target.name,
        language: target.language.name(),
        product: target.product,
        fidelity: conversion.fidelity,
        block: conversion.query.as_deref().map(|query| fenced(query, target.extension)),
        notes: conversion.notes.iter().map(note).collect(),
        error: conversion
            .error
            .as_ref()
            .map(|error| format!("`{}`: {}", error.code, markdown(&clean::line(&error.message)))),
    }
}

/// A query between fences that are longer than any in it.
fn fenced(query: &str, info: &str) -> String {
    let longest = query.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest.max(2) + 1);
    format!("{fence}{info}\n{query}\n{fence}")
}

/// A line of text that is no markup: each character that may begin some has a backslash.
pub(super) fn markdown(line: &str) -> String {
    let mut text = String::with_capacity(line.len());
    for c in line.chars() {
        match c {
            '<' => text.push_str("&lt;"),
            '&' => text.push_str("&amp;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '#' | '|' | '~' | '!' | '>' | '$' => text.extend(['\\', c]),
            c => text.push(c),
        }
    }
    // At the start of a line these begin lists and headings.
    if text.starts_with(['-', '+', '=']) { format!("\\{text}") } else { text }
}

/// Paragraphs.
fn prose(text: &str) -> String {
    clean::prose(text).lines().map(|line| markdown(line.trim())).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_is_markup() {
        assert_eq!(markdown("<b>[x](y) `z` a|b"), "&lt;b\\>\\[x\\](y) \\`z\\` a\\|b");
        assert_eq!(markdown("- x"), "\\- x");
    }

    #[test]
    fn a_fence_is_longer_than_those_in_the_query() {
        assert_eq!(fenced("a ``` b", "kql"), "````kql\na ``` b\n````");
        assert_eq!(fenced("a", "kql"), "```kql\na\n```");
    }
}

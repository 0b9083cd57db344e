//! What the sections of a markdown file say about its queries.

use std::ops::Range;

use serde_json::Value;

use super::{
    super::{attack, bare::link, metadata::Collector, span_in},
    blocks::{Document, Section},
};
use crate::ir::Metadata;

/// Collects what the sections of a part say. Those that a query stands in are its own ([`own`]).
pub(super) fn part(document: &Document<'_>, part: Range<usize>, text: &str) -> Collector {
    let mut collector = Collector::default();
    let start = part.start;
    for index in part {
        let section = &document.sections[index];
        let name = section.title().to_lowercase();
        if index == start {
            describe(section, &mut collector.metadata);
        } else if !section.has_code || is_about_rule(&name) {
            take(&name, section, text, &mut collector);
        }
        for (key, value) in section.fields() {
            field(key, value, &mut collector);
        }
    }
    collector
}

/// Adds what a query's own section says about it, unless the section is that of the whole part.
pub(super) fn own(section: &Section<'_>, metadata: &mut Metadata) {
    if section.level > 1 && section.fields().next().is_none() {
        describe(section, metadata);
    }
}

/// Whether a heading tells a query from no other.
pub(super) fn is_generic(title: &str) -> bool {
    let title = title.to_lowercase();
    matches!(&*title, "query" | "queries" | "kql" | "kql query" | "detection" | "hunt details")
        || is_about_rule(&title)
}

fn is_about_rule(name: &str) -> bool {
    is_attack(name)
        || matches!(name, "description" | "risk" | "references" | "author" | "category" | "query information")
}

fn is_attack(name: &str) -> bool {
    name.contains("mitre") || name.contains("att&ck")
}

fn take(name: &str, section: &Section<'_>, text: &str, collector: &mut Collector) {
    let metadata = &mut collector.metadata;
    match name {
        "description" | "detection description" | "technical description of the attack" => {
            describe(section, metadata);
        }
        "references" | "see also" | "reference" => metadata.references.extend(links(section)),
        "author" | "authors" => {
            let named = section.fields().any(|(key, _)| key.eq_ignore_ascii_case("name"));
            if !named && metadata.author.is_none() {
                metadata.author =
                    section.prose().lines().next().map(|line| line.trim_matches(['-', '*', ' ']).to_owned());
            }
        }
        "category" => covered(section, collector),
        "false positives" => {
            let prose = section.prose();
            metadata.false_positives.extend(Some(prose).filter(|prose| !prose.is_empty()));
        }
        name if is_attack(name) => techniques(section, text, collector),
        "contributor info"
        | "contributors info"
        | "version history"
        | "metadata"
        | "hunt tags"
        | "utilized data sources" => {}
        _ => {
            let prose = section.prose();
            if !prose.is_empty() {
                let name = section.title().to_owned();
                metadata.custom.insert(name, Value::String(prose));
            }
        }
    }
}

/// `**Key:** value`.
fn field(key: &str, value: &str, collector: &mut Collector) {
    let metadata = &mut collector.metadata;
    let value = value.trim_matches(['<', '>', ' ']);
    if value.is_empty() {
        return;
    }
    match &*key.to_lowercase() {
        "id" => metadata.id = Some(value.to_owned()),
        "name" | "author" | "contributor" if metadata.author.is_none() => {
            metadata.author = Some(value.to_owned());
        }
        "references" => metadata.references.extend(link(value)),
        "os" | "license" | "fp rate" => {
            metadata.custom.insert(key.to_owned(), Value::String(value.to_owned()));
        }
        "tactic" | "technique" => {
            for tag in attack::techniques_in(value) {
                collector.tag(tag);
            }
        }
        _ => {}
    }
}

/// Adds a section's prose to the description.
fn describe(section: &Section<'_>, metadata: &mut Metadata) {
    let prose = section.prose();
    if prose.is_empty() {
        return;
    }
    match &mut metadata.description {
        Some(description) => {
            description.push_str("\n\n");
            description.push_str(&prose);
        }
        None => metadata.description = Some(prose),
    }
}

fn links(section: &Section<'_>) -> impl Iterator<Item = String> {
    section.lines.iter().filter_map(|line| link(line.text))
}

/// The rows of a table of tactics with a mark in their second column.
fn covered(section: &Section<'_>, collector: &mut Collector) {
    for row in section.rows() {
        let is_covered =
            row.get(1).is_some_and(|cell| cell.len() == 1 && cell.chars().all(char::is_alphabetic));
        if let (true, Some(attack::Tactic::Tag(tag))) =
            (is_covered, row.first().map(|cell| attack::tactic(cell)))
        {
            collector.tag(tag);
        }
    }
}

/// The rows of a table of techniques, in one column or with tactics and sub-techniques in others.
fn techniques(section: &Section<'_>, text: &str, collector: &mut Collector) {
    for row in section.rows() {
        // `TA0002 - Execution`
        let tactic =
            row.first().and_then(|cell| cell.strip_prefix("TA")).and_then(|cell| cell.split_once('-'));
        if let Some((_, tactic)) = tactic {
            collector.tactics(tactic.trim(), span_in(text, tactic.trim()));
        }
        for (index, cell) in row.iter().enumerate() {
            let sub =
                row.get(index + 1).filter(|sub| sub.len() == 3 && sub.bytes().all(|b| b.is_ascii_digit()));
            let tags = attack::techniques_in(cell);
            match (tags.as_slice(), sub) {
                ([tag], Some(sub)) => collector.tag(format!("{tag}.{sub}")),
                (tags, _) => tags.iter().for_each(|tag| collector.tag(tag.clone())),
            }
        }
    }
    for line in section.lines.iter().filter(|line| !line.text.trim_start().starts_with('|')) {
        for tag in attack::techniques_in(line.text) {
            collector.tag(tag);
        }
    }
}

//! Queries in markdown, each with what the sections around it say.

mod about;
mod blocks;

use std::sync::Arc;

use super::{Dialect, QueryText, dialect_of, metadata::Collector, recognize};
use crate::{
    diag::{Source, Span},
    ir::Metadata,
};
use blocks::{Block, Document, Section};

/// Whether a text has a query in it.
pub(super) fn has_queries(text: &str) -> bool {
    queries(&Document::parse(text)).next().is_some()
}

/// Takes every query out of a text.
pub(super) fn read(source: &Source) -> Vec<QueryText> {
    let document = Document::parse(source.text());
    let found: Vec<&Block<'_>> = queries(&document).collect();
    let read = |block: &&Block<'_>| {
        let part = document.part(block.section);
        let section = &document.sections[block.section];
        let Collector { mut metadata, schedule, diagnostics } =
            about::part(&document, part.clone(), source.text());
        metadata.title = title(&document, block, &found, source.name());
        about::own(section, &mut metadata);
        let (text, positions) = block.text();
        let dialect = dialect(&document, block.section).unwrap_or_else(|| dialect_of(&text));
        QueryText {
            metadata: Arc::<Metadata>::new(metadata),
            schedule,
            positions,
            span: span(block),
            dialect,
            diagnostics,
            text,
        }
    };
    found.iter().map(read).collect()
}

fn span(block: &Block<'_>) -> Span {
    Span::new(block.start, block.end)
}

/// The blocks that hold queries.
fn queries<'d, 't>(document: &'d Document<'t>) -> impl Iterator<Item = &'d Block<'t>> {
    document.blocks.iter().filter(|block| {
        let text = block.raw();
        match tag(block.info) {
            Tag::Kusto => recognize::is_query(text) || recognize::is_expression(text),
            Tag::Perhaps => recognize::is_query(text),
            Tag::Other => false,
        }
    })
}

/// What the info string of a fence says of the language.
enum Tag {
    Kusto,
    /// Nothing, or a language whose colours suit Kusto.
    Perhaps,
    Other,
}

fn tag(info: &str) -> Tag {
    let word = info.split([' ', '{', '}', ',']).find(|word| !word.is_empty()).unwrap_or("");
    let word = word.trim_start_matches('.').to_ascii_lowercase();
    match &*word {
        "" | "c#" | "csharp" | "cs" | "txt" | "text" | "query" => Tag::Perhaps,
        word if word.starts_with("kql") || word.starts_with("kusto") || word == "kkql" => Tag::Kusto,
        _ => Tag::Other,
    }
}

/// The heading of the part, and where the part has several queries, that of the query's own section, or a number.
fn title(document: &Document<'_>, block: &Block<'_>, all: &[&Block<'_>], name: &str) -> String {
    let part = document.part(block.section);
    let heading = document.sections[part.start].title();
    let base = if heading.is_empty() { super::bare::stem(name) } else { heading };
    let siblings: Vec<&&Block<'_>> = all.iter().filter(|other| part.contains(&other.section)).collect();
    if siblings.len() < 2 {
        return base.to_owned();
    }
    let label = |block: &Block<'_>| {
        let is_own =
            block.section != part.start && !about::is_generic(document.sections[block.section].title());
        if is_own { document.sections[block.section].title() } else { "" }
    };
    let own = label(block);
    let earlier = siblings.iter().filter(|other| other.start < block.start && label(other) == own).count();
    match (own, earlier) {
        ("", 0) => base.to_owned(),
        ("", earlier) => format!("{base} ({})", earlier + 1),
        (own, 0) => format!("{base} ({own})"),
        (own, earlier) => format!("{base} ({own}, {})", earlier + 1),
    }
}

/// What the nearest heading, or the heading above that, says about the product.
fn dialect(document: &Document<'_>, section: usize) -> Option<Dialect> {
    let mut level = usize::MAX;
    for section in document.sections[..=section].iter().rev() {
        if section.level >= level {
            continue;
        }
        level = section.level;
        if let Some(dialect) = dialect_in(section) {
            return Some(dialect);
        }
    }
    None
}

fn dialect_in(section: &Section<'_>) -> Option<Dialect> {
    let platform =
        section.fields().find(|(key, _)| key.eq_ignore_ascii_case("platform")).map(|(_, value)| value);
    let said = platform.unwrap_or(section.title()).to_ascii_lowercase();
    let is_short = platform.is_some() || section.level > 1 || said.split_whitespace().count() < 4;
    let is_sentinel = said.contains("sentinel") || said.contains("log analytics");
    let is_defender = ["defender", "m365", "advanced hunting", "xdr", "365 security"]
        .iter()
        .any(|name| said.contains(name));
    match (is_short, is_sentinel, is_defender) {
        (true, true, false) => Some(Dialect::Sentinel),
        (true, false, true) => Some(Dialect::Defender),
        _ => None,
    }
}

//! Queries in markdown, each with what the sections around it say.

mod about;
mod blocks;

use std::{collections::HashMap, sync::Arc};

use super::{Dialect, QueryText, dialect_of, recognize};
use crate::{
    diag::{Code, Diagnostic, Source, Span},
    ir::Metadata,
};
use blocks::{Block, Document, Section};

/// How much text queries may take over from the sections around them, in bytes.
const MAX_COPIED_BYTES: usize = 64 << 20;

/// Whether a text has a query in it.
pub(super) fn has_queries(text: &str) -> bool {
    queries(&Document::parse(text)).next().is_some()
}

/// Takes every query out of a text. What a part of it says is said of each of its queries.
pub(super) fn read(source: &Source) -> Vec<QueryText> {
    let document = Document::parse(source.text());
    let dialects = dialects(&document);
    let mut blocks = queries(&document).peekable();
    let (mut queries, mut copied) = (Vec::new(), 0);
    while let Some(first) = blocks.peek() {
        let part = document.part(first.section);
        let mut of_part = Vec::new();
        while let Some(block) = blocks.next_if(|block| part.contains(&block.section)) {
            of_part.push(block);
        }
        copied += of_part.len() * document.sections[part.clone()].iter().map(Section::size).sum::<usize>();
        if copied > MAX_COPIED_BYTES {
            let message = "the queries of this file have too much text in common";
            queries.push(QueryText::failed(Diagnostic::new(Code::YamlLimit, Span::default(), message)));
            return queries;
        }
        let about = about::part(&document, part.clone(), source.text());
        let titles = titles(&document, part.start, &of_part, source.name());
        for (block, title) in of_part.into_iter().zip(titles) {
            let mut metadata = Metadata { title, ..about.metadata.clone() };
            about::own(&document.sections[block.section], &mut metadata);
            let (text, positions) = block.text();
            queries.push(QueryText {
                metadata: Arc::new(metadata),
                schedule: None,
                positions,
                span: span(block),
                dialect: dialects[block.section].unwrap_or_else(|| dialect_of(&text)),
                diagnostics: about.diagnostics.clone(),
                text,
            });
        }
    }
    queries
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

/// The heading of the part for each of its queries, and where there are several, that of the query's own section, or
/// a number.
fn titles(document: &Document<'_>, start: usize, blocks: &[&Block<'_>], name: &str) -> Vec<String> {
    let heading = document.sections[start].title();
    let base = if heading.is_empty() { super::bare::stem(name) } else { heading };
    let mut seen: HashMap<&str, usize> = HashMap::new();
    let title = |block: &&Block<'_>| {
        let section = &document.sections[block.section];
        let is_own = block.section != start && !about::is_generic(section.title()) && blocks.len() > 1;
        let own = if is_own { section.title() } else { "" };
        let count = seen.entry(own).or_default();
        *count += 1;
        match (own, *count) {
            ("", 1) => base.to_owned(),
            ("", count) => format!("{base} ({count})"),
            (own, 1) => format!("{base} ({own})"),
            (own, count) => format!("{base} ({own}, {count})"),
        }
    };
    blocks.iter().map(title).collect()
}

/// What each section's heading, or else the heading above that, says about the product.
fn dialects(document: &Document<'_>) -> Vec<Option<Dialect>> {
    let mut by_level: [Option<Dialect>; 7] = [None; 7];
    let dialect = |section: &Section<'_>| {
        let above = section.level.checked_sub(1).and_then(|level| by_level[level]);
        let dialect = dialect_in(section).or(above);
        by_level[section.level..].fill(dialect);
        dialect
    };
    document.sections.iter().map(dialect).collect()
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

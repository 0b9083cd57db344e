//! Sigma: detection rules in YAML, specification 2.1.
//!
//! [`crate::yaml`] gives nodes; `parse` makes them the tree of a detection section (`ast`); `rule` and `item`
//! read that tree as an [`ir::Rule`](crate::ir::Rule). [`write()`] makes a rule of any origin a [`SigmaRule`], and [`print()`] the
//! text of it.

pub(crate) mod ast;
mod collection;
pub(crate) mod condition;
pub mod correlation;
mod encode;
mod filter;
mod item;
mod link;
mod metadata;
pub(crate) mod modifiers;
mod parse;
mod print;
mod reading;
mod rule;
mod value;
pub mod write;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use indexmap::IndexMap;

use crate::{
    diag::{Code, Diagnostic, Source, Span},
    ir::Keeper,
    list::Lists,
    yaml::{self, Node},
};
use collection::{Collection, Member};
pub use filter::Filter;
pub use link::{Index, Place, link};
pub use print::print;
pub use reading::{Document, Reading};
pub use write::{SigmaRule, Taxonomy, WriteOptions, write};

/// How many diagnostics of one document are kept.
const MAX_DIAGNOSTICS: usize = 100;

/// What reading a rule needs besides its text.
#[derive(Debug, Clone, Default)]
pub struct ReadOptions {
    /// Values of the placeholders that `expand` resolves, by name without the percent signs. They are in Sigma's
    /// own notation: `*` and `?` are wildcards, `\` escapes them.
    pub placeholders: IndexMap<String, Vec<String>>,
    /// Who keeps the list that a placeholder without values stands for, under its name: a lookup or a watchlist, or a
    /// macro. Nobody where that is a fault.
    pub keeper: Option<Keeper>,
    /// Lists that rules refer to and do not hold.
    pub lists: Lists,
    /// Whether a part of a query is read where its end cannot be.
    pub partial: bool,
}

/// Reads every rule of a source, one [`Reading`] a document. Documents that only share parts with others
/// (`action: global`) have none, nor have empty ones.
pub fn read(source: &Source, options: &ReadOptions) -> Vec<Reading> {
    read_and_show(source, options, &mut |_, _| {})
}

/// A document as it is written.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Written<'a, 's> {
    /// The document, completed with what it shares with others.
    pub(crate) root: &'a Node<'s>,
    /// Its detection section, if it is a rule and the section has its form.
    pub(crate) section: Option<&'a ast::DetectionSection<'a, 's>>,
}

/// Reads as [`read`] does, and shows every document that is one as it is written, with its place among the readings.
pub(crate) fn read_and_show(
    source: &Source,
    options: &ReadOptions,
    show: &mut dyn FnMut(usize, (Written<'_, '_>, &Reading)),
) -> Vec<Reading> {
    let documents = yaml::parse(source);
    let mut collection = Collection::of(&documents);
    let mut readings = Vec::new();
    for document in documents {
        match document {
            Err(diagnostic) => readings.push(Reading::broken(diagnostic)),
            Ok(document) => match collection.add(document.root) {
                Member::Shared => {}
                Member::TooLarge(span) => readings.push(Reading::broken(Diagnostic::new(
                    Code::YamlLimit,
                    span,
                    "the documents of this collection repeat too much of each other",
                ))),
                Member::Rule(root) => {
                    let place = readings.len();
                    let show =
                        &mut |written: Written<'_, '_>, reading: &Reading| show(place, (written, reading));
                    readings.push(read_document(&root, document.diagnostics, source, options, show));
                }
                Member::Unknown(action) => {
                    let text = action.as_text().map_or("", |text| text);
                    let diagnostic =
                        Diagnostic::new(Code::NotARule, action.span, format!("there is no action `{text}`"))
                            .help("an action is `global`, `reset` or `repeat`");
                    readings.push(Reading::broken(diagnostic));
                }
            },
        }
    }
    readings
}

fn read_document(
    root: &Node<'_>,
    mut diagnostics: Vec<Diagnostic>,
    source: &Source,
    options: &ReadOptions,
    show: &mut dyn FnMut(Written<'_, '_>, &Reading),
) -> Reading {
    let metadata = Arc::new(metadata::read(root, &mut diagnostics));
    let mut section = None;
    let document = match kind(root) {
        Ok(Kind::Rule) => {
            let (rule, detection) = rule::read(root, &metadata, source, options, &mut diagnostics);
            section = detection;
            rule.into()
        }
        Ok(Kind::Correlation) => match correlation::parse(root, &metadata, source, &mut diagnostics) {
            Some(correlation) => Document::Correlation(Box::new(correlation)),
            None => Document::Broken,
        },
        Ok(Kind::Filter(key)) => filter::read(root, key, &metadata, source, options, &mut diagnostics)
            .map_or(Document::Broken, |filter| Document::Filter(Box::new(filter))),
        Err(diagnostic) => {
            diagnostics.push(diagnostic);
            Document::Broken
        }
    };
    let reading = Reading::new(root.span, metadata, document, ordered(diagnostics));
    show(Written { root, section: section.as_ref() }, &reading);
    reading
}

/// Diagnostics in the order of their places. Of very many only the first are kept, errors before warnings, and
/// the last one says so.
fn ordered(mut diagnostics: Vec<Diagnostic>) -> Vec<Diagnostic> {
    let excess = diagnostics.len().saturating_sub(MAX_DIAGNOSTICS);
    if excess > 0 {
        diagnostics.sort_by_key(|diagnostic| (!diagnostic.is_error(), diagnostic.span));
        diagnostics.truncate(MAX_DIAGNOSTICS);
    }
    diagnostics.sort_by_key(|diagnostic| diagnostic.span);
    if let Some(last) = diagnostics.last_mut().filter(|_| excess > 0) {
        last.message = format!("{} (and {excess} more problems in this document)", last.message);
    }
    diagnostics
}

/// What a document says it is; the places are those of the keys that say so.
enum Kind {
    Rule,
    Correlation,
    Filter(Span),
}

/// What a document is; the keys at its top level decide.
fn kind(root: &Node<'_>) -> Result<Kind, Diagnostic> {
    let Some(entries) = root.as_map() else {
        let message = format!("a rule is a map, not {}", root.type_name());
        return Err(Diagnostic::new(Code::NotARule, root.span, message));
    };
    let key = |name: &str| entries.iter().find(|(key, _)| key.as_text().is_some_and(|text| text == name));
    if key("detection").is_some() {
        return Ok(Kind::Rule);
    }
    if key("correlation").is_some() {
        return Ok(Kind::Correlation);
    }
    if let Some((key, _)) = key("filter") {
        return Ok(Kind::Filter(key.span));
    }
    if key("logsource").is_some() || key("title").is_some() {
        return Err(Diagnostic::new(Code::MissingKey, root.span, "the rule has no `detection`")
            .help("add `detection:` with search identifiers and a condition"));
    }
    Err(Diagnostic::new(Code::NotARule, root.span, "the document is not a Sigma rule")
        .help("a rule has `title`, `logsource` and `detection`"))
}

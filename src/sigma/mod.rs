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
                    readings.push(read_document(&root, document.diagnostics, source, options));
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

/// Shows every document of a source as it is written: its place among the readings of [`read`], its root, and its
/// detection section if it has one in form.
pub(crate) fn inspect(
    source: &Source,
    visit: &mut dyn FnMut(usize, &Node<'_>, Option<&ast::DetectionSection<'_, '_>>),
) {
    let documents = yaml::parse(source);
    let mut collection = Collection::of(&documents);
    let mut index = 0;
    for document in documents {
        let Ok(document) = document else {
            index += 1;
            continue;
        };
        match collection.add(document.root) {
            Member::Shared => continue,
            Member::TooLarge(_) | Member::Unknown(_) => {}
            Member::Rule(root) => {
                let mut diagnostics = Vec::new();
                let section = root.get("detection").and_then(|node| {
                    let mut parser = parse::Parser { source, diagnostics: &mut diagnostics };
                    parser.section(node, node.span, parse::Section::Detection)
                });
                visit(index, &root, section.as_ref());
            }
        }
        index += 1;
    }
}

fn read_document(
    root: &Node<'_>,
    mut diagnostics: Vec<Diagnostic>,
    source: &Source,
    options: &ReadOptions,
) -> Reading {
    let metadata = Arc::new(metadata::read(root, &mut diagnostics));
    let document = match kind(root) {
        Ok(Kind::Rule) => rule::read(root, &metadata, source, options, &mut diagnostics).into(),
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
    Reading { span: root.span, metadata, document, is_part: false, diagnostics: ordered(diagnostics) }
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

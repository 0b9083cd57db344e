//! Sigma: detection rules in YAML, specification 2.1.
//!
//! [`crate::yaml`] gives nodes; `parse` makes them the tree of a detection section (`ast`); `rule` and `item`
//! read that tree as an [`ir::Rule`](crate::ir::Rule).

mod ast;
mod collection;
mod condition;
mod encode;
mod item;
mod metadata;
mod modifiers;
mod parse;
mod rule;
mod value;

use std::sync::Arc;

use indexmap::IndexMap;

use crate::{
    diag::{Code, Diagnostic, Source, Span},
    ir::{Metadata, Rule},
    yaml::{self, Node},
};
use collection::{Collection, Member};

/// What reading a rule needs besides its text.
#[derive(Debug, Clone, Default)]
pub struct ReadOptions {
    /// Values of the placeholders that `expand` resolves, by name without the percent signs. They are in Sigma's
    /// own notation: `*` and `?` are wildcards, `\` escapes them.
    pub placeholders: IndexMap<String, Vec<String>>,
}

/// What came of one YAML document.
#[derive(Debug)]
pub struct Reading {
    /// The document.
    pub span: Span,
    /// What could be read of its metadata; shared with the rule.
    pub metadata: Arc<Metadata>,
    /// The rule; `None` if a diagnostic is an error.
    pub rule: Option<Rule>,
    /// Errors and warnings, in the order of their places.
    pub diagnostics: Vec<Diagnostic>,
}

/// Reads every rule of a source, one [`Reading`] a document. Documents that only share parts with others
/// (`action: global`) have none, nor have empty ones.
pub fn read(source: &Source, options: &ReadOptions) -> Vec<Reading> {
    let mut collection = Collection::default();
    let mut readings = Vec::new();
    for document in yaml::parse(source) {
        match document {
            Err(diagnostic) => readings.push(Reading::failed(diagnostic)),
            Ok(document) => match collection.add(document.root) {
                Member::Shared => {}
                Member::Rule(root) => {
                    readings.push(read_document(&root, document.diagnostics, source, options))
                }
                Member::Unknown(action) => {
                    let text = action.as_text().map_or("", |text| text);
                    let diagnostic =
                        Diagnostic::new(Code::NotARule, action.span, format!("there is no action `{text}`"))
                            .help("an action is `global`, `reset` or `repeat`");
                    readings.push(Reading::failed(diagnostic));
                }
            },
        }
    }
    readings
}

impl Reading {
    fn failed(diagnostic: Diagnostic) -> Self {
        let span = diagnostic.span.unwrap_or_default();
        Self { span, metadata: Arc::default(), rule: None, diagnostics: vec![diagnostic] }
    }
}

fn read_document(
    root: &Node<'_>,
    mut diagnostics: Vec<Diagnostic>,
    source: &Source,
    options: &ReadOptions,
) -> Reading {
    let metadata = Arc::new(metadata::read(root, &mut diagnostics));
    let rule = match kind(root) {
        Ok(()) => rule::read(root, &metadata, source, options, &mut diagnostics),
        Err(diagnostic) => {
            diagnostics.push(diagnostic);
            None
        }
    };
    diagnostics.sort_by_key(|diagnostic| diagnostic.span);
    Reading { span: root.span, metadata, rule, diagnostics }
}

/// Whether a document is a detection rule; the key at its top level decides.
fn kind(root: &Node<'_>) -> Result<(), Diagnostic> {
    let Some(entries) = root.as_map() else {
        let message = format!("a rule is a map, not {}", root.type_name());
        return Err(Diagnostic::new(Code::NotARule, root.span, message));
    };
    if root.get("detection").is_some() {
        return Ok(());
    }
    let key = |name: &str| entries.iter().find(|(key, _)| key.as_text().is_some_and(|text| text == name));
    let not_yet = |what: &str, (key, _): &yaml::Entry<'_>| {
        Diagnostic::new(Code::NotYetConverted, key.span, format!("{what} are not converted yet"))
    };
    if let Some(entry) = key("correlation") {
        return Err(not_yet("correlation rules", entry));
    }
    if let Some(entry) = key("filter") {
        return Err(not_yet("filter rules", entry));
    }
    if key("logsource").is_some() || key("title").is_some() {
        return Err(Diagnostic::new(Code::MissingKey, root.span, "the rule has no `detection`")
            .help("add `detection:` with search identifiers and a condition"));
    }
    Err(Diagnostic::new(Code::NotARule, root.span, "the document is not a Sigma rule")
        .help("a rule has `title`, `logsource` and `detection`"))
}

//! Renderers: diagnostics and notes as terminal text, and in the forms that programs read, one file each.

pub mod github;
pub mod json;
#[cfg(feature = "cli")]
pub mod junit;
pub mod sarif;
#[cfg(feature = "cli")]
pub mod terminal;

use super::{Diagnostic, Source};

/// A diagnostic, and what it is about: what every renderer of findings takes.
#[derive(Debug, Clone, Copy)]
pub struct Finding<'a> {
    /// What was found.
    pub diagnostic: &'a Diagnostic,
    /// Where.
    pub source: &'a Source,
    /// The path to show; the source's name unless said otherwise.
    pub path: &'a str,
    /// The title of the rule, if it is about one that has a title.
    pub title: Option<&'a str>,
    /// The rule's id.
    pub id: Option<&'a str>,
}

impl<'a> Finding<'a> {
    /// A finding about no rule in particular.
    pub fn new(diagnostic: &'a Diagnostic, source: &'a Source) -> Self {
        Self { diagnostic, source, path: source.name(), title: None, id: None }
    }

    /// The same, about a rule; an empty title is none.
    #[must_use]
    pub fn of_rule(self, title: &'a str, id: Option<&'a str>) -> Self {
        Self { title: Some(title).filter(|title| !title.is_empty()), id, ..self }
    }

    /// The same, at a path of another spelling: relative to the repository's root, say.
    #[must_use]
    pub fn at_path(self, path: &'a str) -> Self {
        Self { path, ..self }
    }

    /// What is wrong and what to do, in one line each.
    fn text(&self) -> String {
        match &self.diagnostic.help {
            Some(help) => format!("{}\n{help}", self.diagnostic.message),
            None => self.diagnostic.message.clone(),
        }
    }
}

/// Findings for the tests of the renderers.
#[cfg(test)]
pub(in crate::diag::render) mod cases {
    use crate::diag::{Code, Diagnostic, Fix, Severity, Source, Span};

    pub(in crate::diag::render) fn source() -> Source {
        Source::new("rules/a, b%.yml", "title: é x\nb: c: d\n")
    }

    pub(in crate::diag::render) fn diagnostics() -> [Diagnostic; 3] {
        let colon = Diagnostic::new(Code::YamlSyntax, Span::new(15, 16), "100% wrong: `c`,\r\nreally")
            .help("quote it")
            .related(Span::new(7, 9), "as here")
            .fix(Fix::replace(Span::new(15, 19), "'c: d'", "quote the value"));
        let whole = Diagnostic::without_span(Code::NotUtf8, "not text").severity(Severity::Info);
        let lines = Diagnostic::new(Code::UnusedSelection, Span::new(7, 16), "two lines");
        [colon, whole, lines]
    }
}

//! What reading a document gives.

use std::sync::Arc;

use super::{correlation::Correlation, filter::Filter};
use crate::{
    diag::{Code, Diagnostic, Span},
    ir::{Metadata, Rule},
};

/// What came of one document: of a YAML document, or of a query of another language.
#[derive(Debug)]
pub struct Reading {
    /// The document.
    pub span: Span,
    /// What could be read of its metadata; shared with the rule.
    pub metadata: Arc<Metadata>,
    /// What it is.
    pub document: Document,
    /// The correlations that are made of it, where none of them asks for it on its own.
    pub part_of: Vec<Arc<Metadata>>,
    /// The rules that are converted only as parts of it, because it is a correlation that does not ask for them.
    pub parts: Vec<Arc<Metadata>>,
    /// Errors and warnings, in the order of their places.
    pub diagnostics: Vec<Diagnostic>,
}

/// What a document is.
///
/// [`link()`](super::link()) makes rules of documents that are about others, or breaks them: after it there are rules,
/// filters and broken documents only.
#[derive(Debug)]
pub enum Document {
    /// A rule that can be converted.
    Rule(Box<Rule>),
    /// A correlation of rules.
    Correlation(Box<Correlation>),
    /// A filter of rules; linking puts it into the rules that it is for.
    Filter(Box<Filter>),
    /// What the run is not about by itself, if perhaps by what refers to it: it was not asked for.
    Aside,
    /// Nothing that can be used: one of the diagnostics is an error.
    Broken,
}

impl Reading {
    /// A document of which nothing could be read, and why.
    pub fn broken(diagnostic: Diagnostic) -> Self {
        let span = diagnostic.span.unwrap_or_default();
        Self::new(span, Arc::default(), Document::Broken, vec![diagnostic])
    }
    /// A document that nothing refers to yet.
    pub(crate) fn new(
        span: Span,
        metadata: Arc<Metadata>,
        document: Document,
        diagnostics: Vec<Diagnostic>,
    ) -> Self {
        Self { span, metadata, document, part_of: Vec::new(), parts: Vec::new(), diagnostics }
    }

    /// Makes it a broken one, for this reason.
    pub(super) fn give_up(&mut self, reason: Diagnostic) {
        self.document = Document::Broken;
        self.tell(reason);
    }

    /// Adds a diagnostic in the order of its place.
    pub(super) fn tell(&mut self, diagnostic: Diagnostic) {
        self.diagnostics.push(diagnostic);
        self.diagnostics.sort_by_key(|diagnostic| diagnostic.span);
    }

    /// Whether it is a sound filter.
    pub fn is_filter(&self) -> bool {
        matches!(self.document, Document::Filter(_))
    }

    /// Whether it is only what correlations are made of.
    pub fn is_part(&self) -> bool {
        !self.part_of.is_empty()
    }

    /// Whether nothing has to come of it by itself: filters, what only correlations are made of, and what was set aside.
    pub fn is_aside(&self) -> bool {
        self.is_part() || matches!(self.document, Document::Filter(_) | Document::Aside)
    }

    /// Takes it out of the run, with all that was found in it. Once documents are linked, those that are about it keep
    /// what they have of it.
    pub fn set_aside(&mut self) {
        self.document = Document::Aside;
        self.diagnostics.clear();
    }

    /// The rule, if the document is one that can be converted.
    pub fn rule(&self) -> Option<&Rule> {
        match &self.document {
            Document::Rule(rule) => Some(rule),
            Document::Correlation(_) | Document::Filter(_) | Document::Aside | Document::Broken => None,
        }
    }

    /// The rule without what was found of its document.
    pub fn into_rule(self) -> Option<Rule> {
        match self.document {
            Document::Rule(rule) => Some(*rule),
            Document::Correlation(_) | Document::Filter(_) | Document::Aside | Document::Broken => None,
        }
    }

    /// The rule, or why there is none.
    ///
    /// # Errors
    /// The first of the document's errors.
    pub fn usable(&self) -> Result<&Rule, Diagnostic> {
        self.rule().ok_or_else(|| {
            let error = self.diagnostics.iter().find(|diagnostic| diagnostic.is_error());
            let silent = || Diagnostic::new(Code::Internal, self.span, "not read, and no reason given");
            error.cloned().unwrap_or_else(silent)
        })
    }
}

impl From<Option<Rule>> for Document {
    /// Without a rule, the document is broken.
    fn from(rule: Option<Rule>) -> Self {
        rule.map_or(Self::Broken, |rule| Self::Rule(Box::new(rule)))
    }
}

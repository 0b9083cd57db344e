//! Sigma: detection rules in YAML, specification 2.1.

use std::sync::Arc;

use indexmap::IndexMap;

use crate::{
    diag::{Diagnostic, Source, Span},
    ir::{Metadata, Rule},
};

/// What reading a rule needs besides its text.
#[derive(Debug, Clone, Default)]
pub struct ReadOptions {
    /// Values of the placeholders that `expand` resolves, by name without the percent signs.
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

/// Reads every rule of a source, one [`Reading`] a document.
pub fn read(_source: &Source, _options: &ReadOptions) -> Vec<Reading> {
    Vec::new()
}

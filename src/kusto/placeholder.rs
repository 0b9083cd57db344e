//! Stands in for the parser until it is merged, and is replaced by it.

use super::ast::Script;
use crate::diag::{Code, Diagnostic, Positions};

/// What came of a text.
#[derive(Debug)]
pub struct Parsed {
    /// The tree; where there are faults, of what could be understood.
    pub script: Script,
    /// The faults, in the order of their places.
    pub diagnostics: Vec<Diagnostic>,
}

/// Refuses every text.
pub fn parse(text: &str, positions: &Positions) -> Parsed {
    let message = "rulec does not parse Kusto queries yet";
    let diagnostic = Diagnostic::new(Code::NotYetConverted, positions.span(0, text.len()), message);
    Parsed { script: Script::default(), diagnostics: vec![diagnostic] }
}

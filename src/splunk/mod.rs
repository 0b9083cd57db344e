//! The splunk language.

use crate::{
    diag::{Diagnostic, Note},
    ir::Rule,
};

/// A query's syntax tree.
#[derive(Debug, Clone, PartialEq)]
pub struct Query;

/// Writes a legalized rule as a query.
pub fn write(_rule: &Rule, _notes: &mut Vec<Note>) -> Result<Query, Diagnostic> {
    Ok(Query)
}

/// Prints a query.
pub fn print(_query: &Query) -> String {
    String::new()
}

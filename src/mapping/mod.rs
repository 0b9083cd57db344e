//! The cross-vendor mapping table: event classes, canonical fields, and what each schema calls them.

use crate::{
    diag::{Diagnostic, Note},
    ir::Rule,
};

/// The mapping table.
#[derive(Debug)]
pub struct Mapping;

impl Mapping {
    /// The table that is built into rulec.
    pub fn builtin() -> &'static Self {
        &Self
    }
}

/// Rewrites a rule from its source's names and values to canonical ones, and its log source to an event class.
pub fn normalize(rule: &Rule, _mapping: &Mapping) -> Result<Rule, Diagnostic> {
    Ok(rule.clone())
}

/// Rewrites a normalized rule to a schema's table or index, names and values.
pub fn localize(
    rule: &Rule,
    _schema: &str,
    _mapping: &Mapping,
    _notes: &mut Vec<Note>,
) -> Result<Rule, Diagnostic> {
    Ok(rule.clone())
}

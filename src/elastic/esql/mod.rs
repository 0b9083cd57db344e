//! ES|QL: Elasticsearch's piped query language.
//!
//! Queries need Elasticsearch 8.19 or 9.1, where the match operator (`:`) and `QSTR` are generally available and
//! may stand in any condition. Those with `INLINE STATS` (joins, tests against the rows of another query, one row of
//! each group) need 9.2.

mod ast;
mod column;
mod columns;
mod function;
mod inline;
mod join;
mod later;
mod objects;
mod print;
mod quote;
mod regex;
mod stage;
#[cfg(test)]
mod tests;
mod union;
mod value;
mod window;
mod write;

pub use ast::{Command, Expr, Literal, Operator, Query};

use crate::{
    diag::{Diagnostic, Note},
    ir::Rule,
};

/// Writes a legalized rule as a query.
///
/// # Errors
/// A test that ES|QL cannot express.
pub fn write(rule: &Rule, notes: &mut Vec<Note>) -> Result<Query, Diagnostic> {
    write::query(rule, notes)
}

/// Prints a query.
pub fn print(query: &Query) -> String {
    print::query(query)
}

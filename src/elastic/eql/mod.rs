//! EQL, Elastic's Event Query Language.

mod ast;
mod print;
mod quote;
mod sequence;
#[cfg(test)]
mod tests;
mod window;
mod write;

pub use ast::{Argument, Comparator, Event, Expr, ListOperator, Literal, Operand, Query, Sequence};

use crate::{
    diag::{Diagnostic, Note},
    ir::Rule,
};

/// Writes a legalized rule as an event query, or a join as events that belong together.
///
/// # Errors
/// What EQL cannot express, at its place in the rule.
pub fn write(rule: &Rule, notes: &mut Vec<Note>) -> Result<Query, Diagnostic> {
    write::query(rule, notes)
}

/// Prints a query.
pub fn print(query: &Query) -> String {
    print::query(query)
}

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
    diag::{Code, Diagnostic, Effect, Note},
    ir::Rule,
};

/// The longest query that the parser takes (`EsqlParser.MAX_LENGTH`), in UTF-16 code units.
const MAX_LENGTH: usize = 1_000_000;

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

/// Records that a printed query is longer than Elasticsearch takes.
pub(crate) fn note_length(query: &str, notes: &mut Vec<Note>) {
    let length = query.encode_utf16().count();
    if length > MAX_LENGTH {
        let message = format!("the query has {length} characters, and Elasticsearch takes 1,000,000");
        notes.push(Note::whole_rule(Code::QueryLimit, Effect::None, message));
    }
}

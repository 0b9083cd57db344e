//! Lucene's `query_string` syntax, as Elasticsearch reads it.

mod ast;
mod print;
mod quote;
mod text;
mod write;

pub use ast::{Join, Query, Value};
pub use print::print;
pub use write::write;

/// How letter case is handled on `keyword` fields, which compare exactly.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum CaseMode {
    /// Case-insensitive tests stay so, by regular expressions such as `/[cC][mM][dD]/`.
    #[default]
    Exact,
    /// Plain terms and wildcards, for indices whose fields have a lowercase normalizer.
    AsIndexed,
}

#[cfg(test)]
mod tests;

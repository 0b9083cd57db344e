//! Kusto Query Language, as Defender XDR's advanced hunting takes it.
//!
//! [`files`] takes queries out of the files that hold them.

pub mod ast;
mod column;
pub mod files;
mod function;
mod hoist;
mod lex;
mod parameters;
mod parse;
mod print;
mod quote;
mod read;
mod regex;
mod write;

pub use ast::Query;
pub use parse::{Parsed, parse};
pub use print::{format, print};
pub use read::{Context, read};
pub use write::write;

#[cfg(test)]
mod tests;

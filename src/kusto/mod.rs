//! Kusto Query Language, as Defender XDR's advanced hunting takes it.

pub mod ast;
mod column;
mod hoist;
mod parameters;
mod placeholder;
mod print;
mod quote;
mod regex;
mod write;

pub use ast::Query;
pub use placeholder::{Parsed, parse};
pub use print::{format, print};
pub use write::write;

#[cfg(test)]
mod tests;

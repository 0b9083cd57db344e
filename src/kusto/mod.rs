//! Kusto Query Language, as Defender XDR's advanced hunting takes it.

pub mod ast;
mod column;
mod parameters;
mod print;
mod quote;
mod regex;
mod write;

pub use ast::Query;
pub use print::print;
pub use write::write;

#[cfg(test)]
mod tests;

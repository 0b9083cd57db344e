//! Splunk's SPL: an indexed search first, then `where` for what search cannot say.

mod ast;
mod print;
mod quote;
mod residual;
mod split;
mod write;

pub use ast::{Command, Eval, Query, Search};
pub use print::print;
pub use write::write;

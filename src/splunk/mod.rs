//! Splunk's SPL: an indexed search first, then `where` for what search cannot say.

mod ast;
mod print;
mod quote;
mod residual;
mod split;
mod tstats;
mod write;

pub use ast::{Base, Command, Eval, Query, Search, Tstats};
pub use print::print;
pub use write::write;

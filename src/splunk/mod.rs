//! Splunk's SPL: an indexed search first, then `where` for what search cannot say, then a command for each stage.

mod ast;
mod command;
mod expression;
mod function;
mod join;
mod membership;
mod pipeline;
mod print;
mod quote;
mod reads;
mod regex;
mod residual;
mod scope;
mod simplify;
mod split;
mod stage;
mod summarize;
#[cfg(test)]
mod tests;
mod time;
mod tstats;
mod window;
mod write;

pub use ast::{Base, Command, Direction, Eval, Join, Query, Rex, Search, Stats, StatsFunction, Tstats};
pub use function::describe;
pub use print::print;
pub use write::write;

use crate::diag::{Code, Effect};

/// Notes that a time is taken in the zone of the search.
fn note_zone(scope: &mut scope::Scope<'_>, message: &str) {
    scope.note(Code::TimeZone, Effect::None, message);
}

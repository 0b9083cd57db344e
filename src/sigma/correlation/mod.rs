//! Correlations: rules about several events that come together.
//!
//! Sigma specification 2.1, "Sigma Correlation Rules". `parse` makes a document the tree of `ast`; [`resolve`] puts the
//! rules that it names into it. A correlation then is a rule like any other: the events of its rules, a window that slides
//! over them ([`crate::ir::Slide`]) or an order ([`crate::ir::Chain`]), and a test of what the window holds.

mod ast;
mod link;
mod parse;
mod part;
mod resolve;

pub use ast::Correlation;
pub(super) use link::correlate;
pub(super) use parse::parse;
pub use part::Referred;
pub(super) use resolve::combined;
pub use resolve::{Resolved, resolve};

//! What rules look for, across vendors: each rule flattened into triples of canonical field, kind and value
//! ([`flatten()`]), bound to the events of their own branch and join leg ([`Telemetry`] knows them from the mapping
//! table), and counted over many rules ([`Corpus`]). It works on rules as read, whatever language they came from.

mod corpus;
mod draft;
mod event;
mod flatten;
mod kind;
mod leg;
mod naming;
mod pattern;
mod query;
mod scope;
pub mod site;
mod telemetry;

#[cfg(test)]
mod tests;

pub use corpus::{Corpus, EventCount, Member, Rules, Triple};
pub use draft::ANY_FIELD;
pub use event::Event;
pub use flatten::{Flat, Indicator, Role, flatten};
pub use kind::{Kind, Relation};
pub use pattern::Pattern;
pub use query::{Query, Row, rows};
pub use telemetry::Telemetry;

//! Elastic's query languages.

mod address;
pub mod eql;
pub mod esql;
mod list;
pub mod lucene;
pub(crate) mod regex;

//! Elastic's query languages.

pub mod eql;
pub mod esql;
pub mod lucene;
pub(crate) mod regex;

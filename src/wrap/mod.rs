//! Envelopes: what surrounds a finished query. A template places a query, it never builds one, so nothing is
//! escaped and nothing optional: an unknown variable is an error.

mod text;

pub use text::{Entry, one_line, text};

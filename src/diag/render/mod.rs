//! Renderers: diagnostics and notes as terminal text and as JSON, one file each.

pub mod json;
#[cfg(feature = "cli")]
pub mod terminal;

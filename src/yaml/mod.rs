//! YAML with exact spans.

//! Facts of each format.

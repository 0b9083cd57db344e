//! The command line: the only place that touches the world.

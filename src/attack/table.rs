//! The embedded table, parsed.

use super::{Kind, Matrix, Named, State, Tactic, Technique};

/// What `attack.tsv` holds.
#[derive(Debug, Default)]
pub(super) struct Table {
    pub(super) tactics: Vec<Tactic>,
    /// Sorted by id.
    pub(super) techniques: Vec<Technique>,
    pub(super) named: Vec<Named>,
}

/// Parses lines of kind, id, name, tactics and state, with tabs between them. A test counts what comes out.
pub(super) fn parse(text: &'static str) -> Table {
    let mut table = Table::default();
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let mut cells = line.split('\t');
        let mut cell = || cells.next().unwrap_or("");
        let (kind, id, name, tactics, state) = (cell(), cell(), cell(), cell(), state(cell()));
        let named = |kind| Named { kind, id, name, state: state.clone() };
        let tactic = |matrix| Tactic { id, name, slug: tactics, matrix, state: state.clone() };
        match kind {
            "tactic" => table.tactics.push(tactic(Matrix::Enterprise)),
            "ics-tactic" => table.tactics.push(tactic(Matrix::Ics)),
            "technique" => table.techniques.push(Technique { id, name, tactics: list(tactics), state }),
            "group" => table.named.push(named(Kind::Group)),
            "software" => table.named.push(named(Kind::Software)),
            _ => table.named.push(named(Kind::Campaign)),
        }
    }
    table.techniques.sort_by_key(|technique| technique.id);
    table
}

fn list(cell: &'static str) -> Vec<&'static str> {
    cell.split(',').filter(|part| !part.is_empty()).collect()
}

fn state(cell: &'static str) -> State {
    match cell.split_once(':') {
        Some((_, by)) => State::Revoked(list(by)),
        None if cell.is_empty() => State::Current,
        None => State::Deprecated,
    }
}

//! Why a rule finds an event or not: its condition, with what holds on the event.

use std::fmt::Write as _;

use crate::ir::{Condition, Predicate, Show, eval::Event};

/// Terms of a junction that are shown one by one; of longer ones those that decide, and how many there are.
const SHOWN: usize = 12;

/// The condition as a tree, `+` before what holds on the event and `-` before what does not.
pub(super) fn text(condition: &Condition, event: &Event) -> String {
    let mut out = String::new();
    write(condition, event, 0, &mut out);
    out
}

fn write(condition: &Condition, event: &Event, depth: usize, out: &mut String) {
    let holds = condition.holds_on(event);
    let sign = if holds { '+' } else { '-' };
    let indent = "  ".repeat(depth);
    let (word, terms) = match condition {
        Condition::Is(predicate) => {
            let _ = writeln!(out, "{indent}{sign} {}{}", Show(predicate), actual(predicate, event));
            return;
        }
        Condition::Always => ("always", &[][..]),
        Condition::Never => ("never", &[][..]),
        Condition::All(terms) => ("all of", &terms[..]),
        Condition::Any(terms) => ("any of", &terms[..]),
        Condition::Not(inner) => ("not", std::slice::from_ref(&**inner)),
    };
    let _ = writeln!(out, "{indent}{sign} {word}");
    let decides = |term: &&Condition| term.holds_on(event) == holds;
    let is_long = terms.len() > SHOWN;
    let shown: Vec<&Condition> =
        if is_long { terms.iter().filter(decides).take(SHOWN).collect() } else { terms.iter().collect() };
    for term in &shown {
        write(term, event, depth + 1, out);
    }
    if is_long {
        let _ = writeln!(out, "{indent}    … {} terms in all", terms.len());
    }
}

/// What the event has in the field.
fn actual(predicate: &Predicate, event: &Event) -> String {
    match predicate.field().map(|field| event.0.get(&*field.name)) {
        None => String::new(),
        Some(None) => " (the event has none)".to_owned(),
        Some(Some(value)) => format!(" (it is {})", value.to_json()),
    }
}

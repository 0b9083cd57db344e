//! Splits a condition into what the indexed search can say and what a later `where` has to test.

use std::convert::Infallible;

use crate::ir::{Case, Condition, Pattern, Piece, Predicate, Subject, Test};

/// A base condition that the search can say and that the whole implies, and the residual: base and residual
/// together mean the whole.
pub(super) fn split(condition: &Condition) -> (Condition, Condition) {
    let (mut base, mut residual) = (Vec::new(), Vec::new());
    for term in condition.conjuncts() {
        if term.predicates().into_iter().all(is_searchable) {
            base.push(term.clone());
        } else {
            base.push(necessary(term));
            residual.push(term.clone());
        }
    }
    (Condition::all(base), Condition::all(residual))
}

/// Whether a search term means exactly this predicate.
fn is_searchable(predicate: &Predicate) -> bool {
    match &predicate.test {
        Test::Text(pattern, case) => {
            (*case == Case::Insensitive || !pattern.has_letters())
                && !pattern.pieces().contains(&Piece::AnyOne)
                && !pattern.any_literal_char(is_unsayable)
        }
        Test::Number(..) | Test::Boolean(_) | Test::Null | Test::Exists => true,
        Test::Cidr(network) => network.addr().is_ipv4(),
        Test::Regex(_) | Test::TimePart(..) | Test::FieldRef(..) => false,
    }
}

/// Search has no escape for a literal `*`, and control characters do not survive in a query's text.
fn is_unsayable(c: char) -> bool {
    c == '*' || c.is_control()
}

/// A searchable condition that holds wherever `condition` does.
fn necessary(condition: &Condition) -> Condition {
    let widened = condition.try_map(true, &mut |predicate, positive| {
        Ok::<_, Infallible>(if is_searchable(predicate) {
            Condition::is(predicate.clone())
        } else if positive {
            widen(predicate)
        } else {
            Condition::Never
        })
    });
    match widened {
        Ok(condition) => condition,
        Err(never) => match never {},
    }
}

fn widen(predicate: &Predicate) -> Condition {
    let pattern = match &predicate.test {
        Test::Text(pattern, _) => Pattern::new(pattern.pieces().iter().flat_map(widen_piece)),
        _ => Pattern::anything(),
    };
    let pattern =
        pattern.widened(predicate.subject == Subject::Anywhere, predicate.subject == Subject::Anywhere);
    if predicate.subject == Subject::Anywhere && pattern == Pattern::anything() {
        return Condition::Always;
    }
    Condition::is(Predicate { test: Test::Text(pattern, Case::Insensitive), ..predicate.clone() })
}

fn widen_piece(piece: &Piece) -> Vec<Piece> {
    match piece {
        Piece::AnyRun | Piece::AnyOne => vec![Piece::AnyRun],
        Piece::Literal(text) => {
            let parts = text.split(is_unsayable).map(|part| Piece::Literal(part.to_owned()));
            parts.flat_map(|part| [Piece::AnyRun, part]).skip(1).collect()
        }
    }
}

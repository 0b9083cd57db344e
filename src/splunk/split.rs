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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{
        diag::Span,
        ir::{Field, Regex, RegexFlags, eval::Event},
    };

    fn test() -> impl Strategy<Value = Test> {
        let piece =
            prop_oneof!["[aA*?\n]{1,2}".prop_map(Piece::Literal), Just(Piece::AnyRun), Just(Piece::AnyOne)];
        let text = (proptest::collection::vec(piece, 0..4), any::<bool>()).prop_map(|(pieces, cased)| {
            Test::Text(Pattern::new(pieces), if cased { Case::Sensitive } else { Case::Insensitive })
        });
        let regex = "[aA.]{1,2}".prop_filter_map("valid", |source| {
            Regex::parse(&source, RegexFlags::default()).ok().map(Test::Regex)
        });
        prop_oneof![4 => text, 1 => regex, 1 => Just(Test::Null), 1 => Just(Test::Exists)]
    }

    fn condition() -> impl Strategy<Value = Condition> {
        let leaf = (test(), 0..3).prop_map(|(test, which)| {
            Condition::is(match which {
                0 if !test.holds_without_value() => Predicate::anywhere(test, Span::default()),
                1 => Predicate::new(Field::new("g"), test, Span::default()),
                _ => Predicate::new(Field::new("f"), test, Span::default()),
            })
        });
        leaf.prop_recursive(4, 16, 3, |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 1..4).prop_map(Condition::all),
                proptest::collection::vec(inner.clone(), 1..4).prop_map(Condition::any),
                inner.prop_map(Condition::not),
            ]
        })
    }

    fn event() -> impl Strategy<Value = Event> {
        let value = || proptest::option::of("[aA*?b\n]{0,3}");
        (value(), value()).prop_map(|(f, g)| {
            let fields = [("f", f), ("g", g)];
            fields.iter().filter_map(|(name, value)| Some((*name, value.as_deref()?))).collect()
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]
        #[test]
        fn base_and_residual_together_mean_the_whole(condition in condition(), event in event()) {
            let (base, residual) = split(&condition);
            prop_assert!(base.predicates().into_iter().all(is_searchable));
            let whole = condition.holds_on(&event);
            prop_assert!(!whole || base.holds_on(&event), "{base:?}");
            prop_assert_eq!(whole, base.holds_on(&event) && residual.holds_on(&event));
        }
    }
}

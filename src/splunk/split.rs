//! Splits a condition into what the indexed search can say and what a later `where` has to test.

use std::convert::Infallible;

use regex_syntax::ast::Ast;

use crate::ir::{Case, Condition, Field, Pattern, Piece, Predicate, Regex, Subject, Test};

/// The command that a condition is split for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Start {
    /// `search`.
    Search,
    /// The `WHERE` clause of `tstats`. It takes what `search` takes, but networks and orders are documented for
    /// `search` alone.
    Tstats,
}

impl Start {
    /// Whether the command says exactly what a predicate does.
    fn says(self, predicate: &Predicate) -> bool {
        is_searchable(predicate) && (self == Self::Search || !matches!(predicate.test, Test::Cidr(_)))
    }
}

/// A base condition that the first command can say and that the whole implies, and the residual: base and residual
/// together mean the whole.
pub(super) fn split(condition: &Condition, start: Start) -> (Condition, Condition) {
    let (mut base, mut residual) = (Vec::new(), Vec::new());
    for term in condition.conjuncts().iter().flat_map(|term| apart(term, start)) {
        if is_sayable(&term, start) {
            base.push(term);
        } else {
            base.push(necessary(&term, start));
            residual.push(term);
        }
    }
    (Condition::all(distinct(&base)), Condition::all(residual))
}

/// Whether the command says exactly what a condition does.
pub(super) fn is_sayable(condition: &Condition, start: Start) -> bool {
    condition.predicates().into_iter().all(|predicate| start.says(predicate))
}

/// `not (a or b)` as `not a` and `not b`, where only one of them has to be tested later.
fn apart(term: &Condition, start: Start) -> Vec<Condition> {
    match term {
        Condition::Not(inner) => {
            let (sayable, others): (Vec<_>, Vec<_>) =
                inner.disjuncts().iter().cloned().partition(|part| is_sayable(part, start));
            let parts = [sayable, others].into_iter().filter(|part| !part.is_empty());
            parts.map(|part| Condition::not(Condition::any(part))).collect()
        }
        other => vec![other.clone()],
    }
}

/// Without terms that stand twice, and without `field=*` beside a test that the field has to pass anyway.
fn distinct(terms: &[Condition]) -> Vec<Condition> {
    let mut kept: Vec<Condition> = Vec::with_capacity(terms.len());
    for (index, term) in terms.iter().enumerate() {
        let needless = presence(term).is_some_and(|field| {
            let others = terms.iter().enumerate().filter(|(other, _)| *other != index);
            others.into_iter().any(|(_, other)| presence(other).is_none() && requires(other, field))
        });
        if !needless && !kept.contains(term) {
            kept.push(term.clone());
        }
    }
    kept
}

/// The field, if the term only asks that it has a value.
fn presence(term: &Condition) -> Option<&Field> {
    match term {
        Condition::Is(Predicate { subject: Subject::Field(field), test: Test::Text(pattern, _), .. })
            if *pattern == Pattern::anything() =>
        {
            Some(field)
        }
        _ => None,
    }
}

/// Whether a term is true only where the field has a value.
pub(super) fn requires(term: &Condition, field: &Field) -> bool {
    match term {
        Condition::Is(predicate) => predicate.field() == Some(field) && !predicate.test.holds_without_value(),
        Condition::Any(terms) => terms.iter().all(|term| requires(term, field)),
        Condition::All(terms) => terms.iter().any(|term| requires(term, field)),
        Condition::Not(_) | Condition::Always | Condition::Never => false,
    }
}

/// Whether a search term means exactly this predicate.
fn is_searchable(predicate: &Predicate) -> bool {
    if matches!(predicate.subject, Subject::Computed(_)) {
        return false;
    }
    match &predicate.test {
        Test::Text(pattern, case) => {
            (*case == Case::Insensitive || !pattern.has_letters())
                && !pattern.pieces().contains(&Piece::AnyOne)
                && !pattern.any_literal_char(is_unsayable)
        }
        // Text that is no number is compared as text by an order.
        Test::Number(comparison, _) => comparison.order_symbol().is_none(),
        Test::Boolean(_) | Test::Null | Test::Exists => true,
        Test::Cidr(network) => network.addr().is_ipv4(),
        Test::Listed(list, _) => list.table.is_macro(),
        Test::Regex(_)
        | Test::TimePart(..)
        | Test::FieldRef(..)
        | Test::Term(..)
        | Test::Compare(..)
        | Test::Among(..) => false,
    }
}

/// Search has no escape for a literal `*`, and control characters do not survive in a query's text.
fn is_unsayable(c: char) -> bool {
    c == '*' || c.is_control()
}

/// A searchable condition that holds wherever `condition` does.
fn necessary(condition: &Condition, start: Start) -> Condition {
    let widened = condition.try_map(true, &mut |predicate, positive| {
        Ok::<_, Infallible>(if start.says(predicate) {
            Condition::is(predicate.clone())
        } else if positive {
            widen(predicate, start)
        } else {
            Condition::Never
        })
    });
    match widened {
        Ok(condition) => condition,
        Err(never) => match never {},
    }
}

fn widen(predicate: &Predicate, start: Start) -> Condition {
    if matches!(predicate.subject, Subject::Computed(_)) {
        return Condition::Always;
    }
    let pattern = match &predicate.test {
        Test::Number(..) if start == Start::Search => return Condition::is(predicate.clone()),
        // Every event has a time.
        Test::TimePart(..) | Test::Compare(..)
            if predicate.field().is_some_and(|field| &*field.name == "_time") =>
        {
            return Condition::Always;
        }
        Test::Text(pattern, _) => Pattern::new(pattern.pieces().iter().flat_map(widen_piece)),
        Test::Regex(regex) => mandatory(regex).map_or_else(Pattern::anything, Pattern::contains),
        Test::Term(_, term, _) => {
            Pattern::new(Pattern::contains(&**term).pieces().iter().flat_map(widen_piece))
        }
        _ => Pattern::anything(),
    };
    let pattern =
        pattern.widened(predicate.subject == Subject::Anywhere, predicate.subject == Subject::Anywhere);
    if predicate.subject == Subject::Anywhere && pattern == Pattern::anything() {
        return Condition::Always;
    }
    Condition::is(Predicate { test: Test::Text(pattern, Case::Insensitive), ..predicate.clone() })
}

/// The longest text of three characters or more that every match of an expression holds, whatever its case.
fn mandatory(regex: &Regex) -> Option<String> {
    let ast = regex.ast();
    let Ast::Concat(concat) = &ast else { return None };
    let mut longest = String::new();
    let mut run = String::new();
    for item in &concat.asts {
        match item {
            Ast::Literal(literal) if literal.c.is_ascii() && !is_unsayable(literal.c) => run.push(literal.c),
            _ => run.clear(),
        }
        if run.len() > longest.len() {
            longest.clone_from(&run);
        }
    }
    (longest.len() >= 3).then_some(longest)
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
        ir::{RegexFlags, eval::Event},
    };

    fn test() -> impl Strategy<Value = Test> {
        let piece =
            prop_oneof!["[aA*?\n]{1,2}".prop_map(Piece::Literal), Just(Piece::AnyRun), Just(Piece::AnyOne)];
        let text = (proptest::collection::vec(piece, 0..4), any::<bool>()).prop_map(|(pieces, cased)| {
            Test::Text(Pattern::new(pieces), if cased { Case::Sensitive } else { Case::Insensitive })
        });
        let regex = "([aA.]|aAa|b?){1,3}".prop_filter_map("valid", |source| {
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

    #[test]
    fn a_regex_leaves_its_longest_literal_to_the_search() {
        let text = |source: &str| mandatory(&Regex::parse(source, RegexFlags::default()).unwrap());
        assert_eq!(text(r"\s-enc\s+[A-Z]"), Some("-enc".into()));
        assert_eq!(text("abcd?e"), Some("abc".into()));
        assert_eq!(text("abc|def"), None);
        assert_eq!(text("a.b"), None);
        assert_eq!(text("abécde\\*fg"), Some("cde".into()));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]
        #[test]
        fn base_and_residual_together_mean_the_whole(
            condition in condition(), event in event(), start in prop_oneof![Just(Start::Search), Just(Start::Tstats)],
        ) {
            let (base, residual) = split(&condition, start);
            prop_assert!(is_sayable(&base, start));
            let whole = condition.holds_on(&event);
            prop_assert!(!whole || base.holds_on(&event), "{base:?}");
            prop_assert_eq!(whole, base.holds_on(&event) && residual.holds_on(&event));
        }
    }
}

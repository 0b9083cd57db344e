//! Data that has a word where an event lacks a value, as the data models of the Common Information Model have
//! `unknown`: tests that tell the word from a value.
//!
//! The models compute `if(isnull(f) OR f="","unknown",f)` for most of their text fields (Splunk's "Common
//! Information Model add-on", calculated fields). So an empty value is the same as none there, and a value that is
//! the word cannot be told from none.

use std::convert::Infallible;

use crate::ir::term_regex;
use crate::{
    diag::{Code, Effect, Note},
    ir::{Condition, Expression, Field, FieldRelation, Predicate, Test},
};

/// Of this many terms, each is compared with all others.
const COMPARED: usize = 64;

/// Rewrites a condition on a schema's columns so that the word is no value: what holds on a value is false on the
/// word, and what holds where there is none is true on it. Computed columns stay as they are.
pub(super) fn told_apart(
    condition: &Condition,
    word: &str,
    computed: &[(Field, Expression)],
    notes: &mut Vec<Note>,
) -> Condition {
    let is_computed = |field: &Field| computed.iter().any(|(column, _)| column == field);
    let changed = condition.try_map(true, &mut |predicate, positive| {
        Ok::<_, Infallible>(match predicate.field() {
            Some(field) if !is_computed(field) => one_told_apart(predicate, field, word, positive, notes),
            _ => Condition::is(predicate.clone()),
        })
    });
    match changed {
        Ok(condition) => once(condition),
        Err(never) => match never {},
    }
}

/// Terms that became the same are one.
fn once(condition: Condition) -> Condition {
    let distinct = |terms: Vec<Condition>| {
        let mut kept: Vec<Condition> = Vec::with_capacity(terms.len());
        for term in terms {
            // Of long lists, which are values of one field, none became the same.
            if kept.len() > COMPARED || !kept.contains(&term) {
                kept.push(term);
            }
        }
        kept
    };
    match condition {
        Condition::All(terms) => Condition::all(distinct(terms.into_iter().map(once).collect())),
        Condition::Any(terms) => Condition::any(distinct(terms.into_iter().map(once).collect())),
        Condition::Not(inner) => Condition::not(once(*inner)),
        other => other,
    }
}

fn one_told_apart(
    predicate: &Predicate,
    field: &Field,
    word: &str,
    positive: bool,
    notes: &mut Vec<Note>,
) -> Condition {
    let test = &predicate.test;
    let same = || Condition::is(predicate.clone());
    let is_word =
        |field: &Field| Condition::is(Predicate::new(field.clone(), Test::text(word), predicate.span));
    let unless_word = |field: &Field| Condition::all([same(), Condition::not(is_word(field))]);
    match test {
        Test::Null => Condition::any([same(), is_word(field)]),
        // Equal values are the word both or neither.
        Test::Exists | Test::FieldRef(FieldRelation::Equals, ..) => unless_word(field),
        Test::FieldRef(_, other, _) => Condition::all([unless_word(field), Condition::not(is_word(other))]),
        _ if asks_for(test, word) => {
            let message = format!("`{field}` is `{word}` too where an event lacks it");
            let effect = if positive { Effect::More } else { Effect::More.negated() };
            notes.push(Note::new(Code::ValueApproximated, effect, predicate.span, message));
            same()
        }
        _ => {
            let on_word = holds_on(test, word);
            let on_empty = holds_on(test, "");
            if on_empty {
                let message = format!("an empty `{field}` is `{word}`, as is a missing one");
                notes.push(Note::new(Code::NullAsEmpty, Effect::None, predicate.span, message));
            }
            match (on_word, on_empty) {
                (true, _) => unless_word(field),
                (false, true) => Condition::any([same(), is_word(field)]),
                (false, false) => same(),
            }
        }
    }
}

/// Whether a test is for the word itself, not for what the word has in common with other values.
fn asks_for(test: &Test, word: &str) -> bool {
    matches!(test, Test::Text(pattern, _) if pattern.as_exact().is_some_and(|text| text.eq_ignore_ascii_case(word)))
}

fn holds_on(test: &Test, text: &str) -> bool {
    match test {
        Test::Text(pattern, case) => pattern.matches(text, *case),
        Test::Regex(regex) if text.is_empty() => regex.matches_empty(),
        Test::Regex(regex) => regex.is_match(text),
        Test::Number(..)
        | Test::Boolean(_)
        | Test::Cidr(_)
        | Test::TimePart(..)
        | Test::FieldRef(..)
        | Test::Compare(..)
        | Test::Among(..)
        | Test::Listed(..)
        | Test::Null
        | Test::Exists => false,
        Test::Term(part, term, case) => term_regex(*part, term, *case).is_match(text),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{
        diag::Span,
        ir::{Case, Pattern, Piece, Regex, RegexFlags, eval::Event},
        mapping::fixture::{is, show_condition},
    };

    fn told(condition: &Condition) -> (String, Vec<(Code, Effect)>) {
        let mut notes = Vec::new();
        let condition = told_apart(condition, "unknown", &[], &mut notes);
        (show_condition(&condition), notes.iter().map(|note| (note.code, note.effect)).collect())
    }

    fn same(other: &str, relation: FieldRelation) -> Test {
        Test::FieldRef(relation, Field::new(other), Case::Insensitive)
    }

    #[test]
    fn what_asks_for_a_value_does_not_take_the_word_for_one() {
        assert_eq!(told(&is("f", Test::Exists)).0, "(f exists and not f=unknown)");
        assert_eq!(told(&is("f", Test::contains("know"))).0, "(f=*know* and not f=unknown)");
        assert_eq!(told(&is("f", Test::contains("cmd"))).0, "f=*cmd*");
    }

    #[test]
    fn what_asks_for_none_takes_the_word() {
        assert_eq!(told(&is("f", Test::Null)).0, "(f null or f=unknown)");
    }

    #[test]
    fn two_missing_fields_are_not_equal() {
        assert_eq!(told(&is("f", same("g", FieldRelation::Equals))).0, "(f=$g and not f=unknown)");
        let ends = told(&is("f", same("g", FieldRelation::EndsWith))).0;
        assert!(ends.ends_with("and not f=unknown and not g=unknown)"), "{ends}");
    }

    #[test]
    fn an_empty_value_is_the_word_and_the_reader_is_told() {
        assert_eq!(
            told(&is("f", Test::text(""))),
            ("(f= or f=unknown)".into(), vec![(Code::NullAsEmpty, Effect::None)])
        );
        let anything = is("f", Test::Text(Pattern::anything(), Case::Insensitive));
        assert_eq!(told(&anything).1, [(Code::NullAsEmpty, Effect::None)]);
    }

    #[test]
    fn no_test_for_the_word_stands_twice() {
        let condition = Condition::any([is("f", Test::Null), is("f", Test::text(""))]);
        assert_eq!(told(&condition).0, "(f null or f=unknown or f=)");
    }

    #[test]
    fn the_word_itself_cannot_be_told_from_a_missing_value() {
        assert_eq!(
            told(&is("f", Test::text("Unknown"))),
            ("f=Unknown".into(), vec![(Code::ValueApproximated, Effect::More)])
        );
        let negated = Condition::not(is("f", Test::text("unknown")));
        assert_eq!(told(&negated).1, [(Code::ValueApproximated, Effect::Less)]);
    }

    #[test]
    fn computed_columns_never_are_the_word() {
        let computed = [(Field::new("f"), Expression::Host(Field::new("g")))];
        let condition = is("f", Test::Exists);
        assert_eq!(told_apart(&condition, "unknown", &computed, &mut Vec::new()), condition);
    }

    fn condition() -> impl Strategy<Value = Condition> {
        let piece =
            prop_oneof!["[kno]{1,2}".prop_map(Piece::Literal), Just(Piece::AnyRun), Just(Piece::AnyOne)];
        let text = proptest::collection::vec(piece, 1..4)
            .prop_map(|pieces| Test::Text(Pattern::new(pieces), Case::Insensitive));
        let regex = "([kn.]|n|o?){1,3}".prop_filter_map("valid", |source| {
            Regex::parse(&source, RegexFlags::default()).ok().map(Test::Regex)
        });
        let relation = prop_oneof![
            Just(FieldRelation::Equals),
            Just(FieldRelation::Contains),
            Just(FieldRelation::StartsWith),
            Just(FieldRelation::EndsWith)
        ];
        let test = prop_oneof![
            3 => text, 2 => regex, 1 => Just(Test::Null), 1 => Just(Test::Exists),
            2 => relation.prop_map(|relation| same("g", relation)),
        ];
        let leaf =
            test.prop_map(|test| Condition::is(Predicate::new(Field::new("f"), test, Span::default())));
        leaf.prop_recursive(3, 8, 3, |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 1..4).prop_map(Condition::all),
                proptest::collection::vec(inner.clone(), 1..4).prop_map(Condition::any),
                inner.prop_map(Condition::not),
            ]
        })
    }

    proptest! {
        #[test]
        fn a_missing_value_and_the_word_mean_the_same(
            condition in condition(),
            values in (proptest::option::of("[kno]{1,3}"), proptest::option::of("[kno]{1,3}")),
            word_for: (bool, bool),
        ) {
            let fields = [("f", values.0, word_for.0), ("g", values.1, word_for.1)];
            let event: Event = fields.iter().filter_map(|(name, value, _)| Some((*name, value.as_deref()?))).collect();
            let in_model: Event = fields
                .iter()
                .filter_map(|(name, value, word)| Some((*name, value.as_deref().or(word.then_some("unknown"))?)))
                .collect();
            let told = told_apart(&condition, "unknown", &[], &mut Vec::new());
            prop_assert_eq!(condition.holds_on(&event), told.holds_on(&in_model), "{:?}", told);
        }
    }
}

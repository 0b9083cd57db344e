//! Writes a rule as a query, and conditions in the language of `search`.

use super::{
    ast::{Query, Search},
    pipeline::{self, Source},
    residual::empty,
    scope::Scope,
};
use crate::{
    diag::{Code, Diagnostic, Effect, Note},
    ir::{
        Alternatives, Condition, Dataset, Origin, Pattern, Piece, Predicate, Rule, Subject, Test,
        alternatives,
    },
};

/// Writes a legalized rule as a query: over a data model if its dataset names one, else over raw events.
///
/// # Errors
/// A test, stage or function that SPL cannot express.
pub fn write(rule: &Rule, notes: &mut Vec<Note>) -> Result<Query, Diagnostic> {
    let mut scope = Scope::new(notes);
    scope.span = rule.span;
    let source = Source { origin: &rule.origin, stages: &rule.stages, look_back: rule.look_back };
    pipeline::write_source(source, &mut scope).map(|written| written.query)
}

/// The search after the macro that the dataset names, if it does.
pub(super) fn after_macro(origin: &Origin, search: Search) -> Search {
    let Origin::Dataset(Dataset { search_macro: Some(name), .. }) = origin else { return search };
    after(Search::Macro(name.to_string()), search)
}

/// Both terms, the first one in front.
pub(super) fn after(first: Search, search: Search) -> Search {
    match search {
        Search::And(others) => Search::And(std::iter::once(first).chain(others).collect()),
        Search::Everything => first,
        other => Search::And(vec![first, other]),
    }
}

/// A keyword is looked for anywhere in the raw event; one that has to be a whole value is found inside others too.
pub(super) fn note_keyword_scope(condition: &Condition, notes: &mut Vec<Note>) {
    condition.visit(true, &mut |predicate, positive| {
        let Test::Text(pattern, _) = &predicate.test else { return };
        if predicate.subject == Subject::Anywhere && pattern.clone().widened(true, true) != *pattern {
            let effect = if positive { Effect::More } else { Effect::More.negated() };
            let message =
                format!("the keyword `{}` is searched anywhere in the raw event", pattern.to_sigma());
            notes.push(Note::new(Code::KeywordScope, effect, predicate.span, message));
        }
    });
}

pub(super) fn note_time_zone(condition: &Condition, notes: &mut Vec<Note>) {
    for predicate in condition.predicates() {
        if let (Test::TimePart(part, ..), Some(field)) = (&predicate.test, predicate.field()) {
            let message =
                format!("the {} of `{field}` is taken in the time zone of the search", part.as_str());
            notes.push(Note::new(Code::TimeZone, Effect::None, predicate.span, message));
        }
    }
}

pub(super) fn search(condition: &Condition) -> Search {
    match condition {
        Condition::Always => Search::Everything,
        Condition::Never => Search::Not(Box::new(Search::Everything)),
        Condition::Not(inner) => match empty(inner) {
            Some(Subject::Field(field)) => {
                let empty = Search::Equals(field.name.to_string(), String::new());
                Search::And(vec![Search::Present(field.name.to_string()), Search::Not(Box::new(empty))])
            }
            _ => match search(inner) {
                Search::Not(inner) => *inner,
                other => Search::Not(Box::new(other)),
            },
        },
        Condition::All(terms) => Search::And(
            terms
                .iter()
                .map(search)
                .flat_map(|term| match term {
                    Search::And(terms) => terms,
                    other => vec![other],
                })
                .collect(),
        ),
        Condition::Any(terms) => any(terms),
        Condition::Is(predicate) => term(predicate),
    }
}

fn any(terms: &[Condition]) -> Search {
    let mut out = Vec::new();
    for group in alternatives(terms) {
        match group {
            Alternatives::Single(condition) => out.push(search(condition)),
            Alternatives::SameField(field, run) => {
                let values: Option<Vec<String>> =
                    run.iter().map(|predicate| list_value(&predicate.test)).collect();
                match values {
                    Some(values) => out.push(Search::In(field.name.to_string(), values)),
                    None => out.extend(run.into_iter().map(term)),
                }
            }
        }
    }
    let mut distinct: Vec<Search> = Vec::with_capacity(out.len());
    for each in out {
        if !distinct.contains(&each) {
            distinct.push(each);
        }
    }
    if distinct.len() == 1 { distinct.swap_remove(0) } else { Search::Or(distinct) }
}

fn list_value(test: &Test) -> Option<String> {
    match test {
        Test::Text(pattern, _) if !matches!(pattern.pieces(), [] | [Piece::AnyRun]) => Some(glob(pattern)),
        Test::Number(comparison, number) if comparison.order_symbol().is_none() => Some(number.to_string()),
        _ => None,
    }
}

fn term(predicate: &Predicate) -> Search {
    let name = match (&predicate.subject, &predicate.test) {
        (Subject::Field(field), _) => field.name.to_string(),
        (Subject::Anywhere, Test::Text(pattern, _)) => {
            return Search::Keyword(glob(&pattern.clone().widened(true, true)));
        }
        // The splitter leaves no computed value to the search.
        (Subject::Anywhere | Subject::Computed(_), _) => "_raw".to_owned(),
    };
    match &predicate.test {
        Test::Text(pattern, _) if *pattern == Pattern::anything() => Search::Present(name),
        Test::Text(pattern, _) => Search::Equals(name, glob(pattern)),
        Test::Number(comparison, number) => {
            Search::Compare(name, comparison.order_symbol().unwrap_or("="), number.to_string())
        }
        Test::Boolean(value) => Search::Equals(name, value.to_string()),
        Test::Cidr(network) => Search::Equals(name, network.to_string()),
        Test::Null => Search::Not(Box::new(Search::Present(name))),
        Test::Listed(list, _) if list.table.is_macro() => Search::Call(list.table.name.to_string(), name),
        // The splitter leaves only the presence of the field to the search for all others.
        Test::Exists
        | Test::Regex(_)
        | Test::TimePart(..)
        | Test::FieldRef(..)
        | Test::Term(..)
        | Test::Compare(..)
        | Test::Among(..)
        | Test::Listed(..) => Search::Present(name),
    }
}

fn glob(pattern: &Pattern) -> String {
    let parts = pattern.pieces().iter().map(|piece| match piece {
        Piece::Literal(text) => text.as_str(),
        Piece::AnyRun | Piece::AnyOne => "*",
    });
    parts.collect()
}

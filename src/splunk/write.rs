//! Writes a rule as a pipeline.

use super::{
    ast::{Base, Command, Eval, Query, Search},
    residual,
    split::{self, Start},
    tstats::{self, Place},
};
use crate::{
    diag::{Code, Diagnostic, Effect, Note},
    ir::{
        Alternatives, Condition, Dataset, Expression, Field, Origin, Pattern, Piece, Predicate, Rule, Stage,
        Subject, Test, alternatives,
    },
};

/// Writes a legalized rule as a query: over a data model if its dataset names one, else over raw events.
///
/// # Errors
/// A test that SPL cannot express.
pub fn write(rule: &Rule, notes: &mut Vec<Note>) -> Result<Query, Diagnostic> {
    let first_extend = rule.stages.iter().position(|stage| matches!(stage, Stage::Extend(..)));
    let (before, after) = rule.stages.split_at(first_extend.unwrap_or(rule.stages.len()));
    let condition = Condition::all(before.iter().filter_map(Stage::condition).cloned());
    note_keyword_scope(&condition, notes);
    note_time_zone(&condition, notes);
    let mut commands = Vec::new();
    let base = if let Some(place) = Place::of(rule) {
        Base::Tstats(tstats::write(rule, place, &condition, &mut commands, notes)?)
    } else {
        let search = filter(&condition, notes, &mut commands);
        Base::Search(after_macro(rule, search))
    };
    for stage in after {
        match stage {
            Stage::Filter(condition) => {
                note_time_zone(condition, notes);
                let mut later = Vec::new();
                let search = filter(condition, notes, &mut later);
                commands.push(Command::Search(search));
                commands.append(&mut later);
            }
            Stage::Extend(field, Expression::Join { fields, separator }) => {
                commands.push(Command::Eval(field.name.to_string(), join(fields, separator)));
            }
            Stage::Extend(
                field,
                Expression::Host(_)
                | Expression::Choice { .. }
                | Expression::XmlData { .. }
                | Expression::JsonMember { .. }
                | Expression::KeyValue { .. },
            ) => {
                let message = format!("`{field}`, a part of another field's text, is not written in SPL yet");
                return Err(Diagnostic::new(Code::Unsupported, rule.span, message));
            }
            other => return Err(other.unsupported("SPL", rule.span)),
        }
    }
    Ok(Query { base, commands })
}

/// The search after the macro that the dataset names, if it does.
pub(super) fn after_macro(rule: &Rule, search: Search) -> Search {
    let Origin::Dataset(Dataset { search_macro: Some(name), .. }) = &rule.origin else { return search };
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

/// What a search can say of a condition; the rest is tested by a command after it.
fn filter(condition: &Condition, notes: &mut Vec<Note>, later: &mut Vec<Command>) -> Search {
    let (base, rest) = split::split(condition, Start::Search);
    test_later(&rest, notes, later);
    search(&base)
}

/// Tests what the first command cannot say in a command after it.
pub(super) fn test_later(rest: &Condition, notes: &mut Vec<Note>, later: &mut Vec<Command>) {
    if *rest != Condition::Always {
        let span = rest.predicates().first().map(|predicate| predicate.span).unwrap_or_default();
        let message = "what the search cannot say is tested after it";
        notes.push(Note::new(Code::SeparateStage, Effect::None, span, message));
        later.push(Command::Where(residual::write(rest)));
    }
}

/// A keyword is looked for anywhere in the raw event; one that has to be a whole value is found inside others too.
fn note_keyword_scope(condition: &Condition, notes: &mut Vec<Note>) {
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

fn note_time_zone(condition: &Condition, notes: &mut Vec<Note>) {
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
        Condition::Not(inner) => Search::Not(Box::new(search(inner))),
        Condition::All(terms) => Search::And(terms.iter().map(search).collect()),
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

/// The non-empty values with the separator between them, folded from the left.
fn join(fields: &[Field], separator: &str) -> Eval {
    let text = |value: &str| Eval::Text(value.to_owned());
    let or_empty =
        |field: &Field| Eval::Call("coalesce", vec![Eval::Field(field.name.to_string()), text("")]);
    let is_empty = |value: &Eval| Eval::Binary(Box::new(value.clone()), "=", Box::new(text("")));
    let concat = |left: Eval, right: Eval| Eval::Binary(Box::new(left), ".", Box::new(right));
    let joined = fields.iter().map(or_empty).reduce(|left, right| {
        let both = concat(concat(left.clone(), text(separator)), right.clone());
        let right_or_both = Eval::Call("if", vec![is_empty(&left), right.clone(), both]);
        Eval::Call("if", vec![is_empty(&right), left, right_or_both])
    });
    joined.unwrap_or_else(|| text(""))
}

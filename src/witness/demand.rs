//! From a condition to an event on which it holds: what is demanded of which field, then a value for each.

use fastrand::Rng;
use indexmap::IndexMap;

use super::{Forms, site::subject_field, value::value_for};
use crate::{
    ir::{
        Condition, Field, FieldRelation, Predicate, Test,
        eval::{Event, Value},
    },
    mapping::Form,
};

/// A test, and whether it has to hold.
pub(super) type Demand<'c> = (&'c Test, bool);

/// An event on which the condition holds; `None` if the choices made on the way led to none.
pub(super) fn event_for(condition: &Condition, forms: &dyn Forms, rng: &mut Rng) -> Option<Event> {
    let mut demands = Vec::new();
    demand(condition, true, rng, &mut demands);
    let mut by_field: IndexMap<String, (Field, Vec<Demand<'_>>)> = IndexMap::new();
    for (predicate, holds) in demands {
        let Some(field) = subject_field(predicate, forms) else { continue };
        let entry = by_field.entry(field.name.to_string()).or_insert_with(|| (field, Vec::new()));
        entry.1.push((&predicate.test, holds));
    }
    let mut event = forms.usual();
    for (name, (field, demands)) in &by_field {
        // Tests of elements are tests of text: the value is made as text.
        match value_for(demands, &forms.form(field), rng) {
            Some(value) => drop(event.0.insert(name.clone(), value)),
            None => drop(event.0.shift_remove(name)),
        }
    }
    for (name, (_, demands)) in &by_field {
        relate(name, demands, &mut event);
    }
    fill(condition, forms, &mut event);
    condition.holds_on(&event).then_some(event)
}

/// Predicates that have to hold, or not, for the condition to be `wanted`; where one of several suffices, any.
fn demand<'c>(
    condition: &'c Condition,
    wanted: bool,
    rng: &mut Rng,
    demands: &mut Vec<(&'c Predicate, bool)>,
) {
    match (condition, wanted) {
        (Condition::Always | Condition::Never, _) => {}
        (Condition::Is(predicate), _) => demands.push((predicate, wanted)),
        (Condition::Not(inner), _) => demand(inner, !wanted, rng, demands),
        (Condition::All(terms), true) | (Condition::Any(terms), false) => {
            terms.iter().for_each(|term| demand(term, wanted, rng, demands));
        }
        (Condition::All(terms), false) | (Condition::Any(terms), true) => {
            demand(&terms[rng.usize(..terms.len())], wanted, rng, demands);
        }
    }
}

/// Makes a field's value relate to another's as demanded.
fn relate(name: &str, demands: &[Demand<'_>], event: &mut Event) {
    for (test, holds) in demands {
        let Test::FieldRef(relation, other, _) = test else { continue };
        if !holds {
            continue;
        }
        if !event.0.contains_key(&*other.name) {
            event.0.insert(other.name.to_string(), Value::from("same"));
        }
        let Some(Value::Text(text)) = event.0.get(&*other.name) else { continue };
        let value = match relation {
            FieldRelation::Equals => text.clone(),
            FieldRelation::Contains => format!("a{text}b"),
            FieldRelation::StartsWith => format!("{text}b"),
            FieldRelation::EndsWith => format!("a{text}"),
        };
        event.0.insert(name.to_owned(), Value::Text(value));
    }
}

/// Gives each field of the condition that nothing was demanded of a value on which nothing depends, where values are
/// from a list: real events have one.
fn fill(condition: &Condition, forms: &dyn Forms, event: &mut Event) {
    for predicate in condition.predicates() {
        let Some(field) = predicate.field() else { continue };
        if let Form::OneOf(values) = forms.form(field)
            && !event.0.contains_key(&*field.name)
            && !matches!(predicate.test, Test::Null)
        {
            let mut filled = event.clone();
            for value in values {
                filled.0.insert(field.name.to_string(), Value::Text(value.to_string()));
                if condition.holds_on(&filled) {
                    *event = filled;
                    break;
                }
            }
        }
    }
}

//! What a leg's columns are called in every vendor's words: the canonical names.

use std::{collections::BTreeSet, sync::Arc};

use super::{
    leg::Leg,
    telemetry::{Recording, Telemetry, is_windows_log},
};
use crate::ir::{Condition, Predicate, Test};

/// The ids of events that are left, where tests tell.
type Left<'a> = Option<&'a BTreeSet<Arc<str>>>;

/// A test of a leg's column in canonical names: by the class of the events that are left, else by another class of the
/// table; as it is, where none has a name for it. Several conditions are alternatives.
pub(super) fn canonical(
    telemetry: &Telemetry<'_>,
    leg: &Leg,
    left: Left<'_>,
    native: &Predicate,
) -> Vec<Condition> {
    let mut condition = Condition::is(native.clone());
    let (Some(provider), Some(schema)) = (&leg.provider, &leg.schema) else { return vec![condition] };
    // A Windows log in a table of Sentinel's: first the log's own names, then those of the event.
    let mut schemas: Vec<&str> = vec![schema];
    if is_windows_log(provider) && &**schema == "sentinel" {
        schemas.extend(["windows_security", "sysmon"]);
    }
    for schema in schemas {
        let Condition::Is(predicate) = &condition else { break };
        let classes = candidates(telemetry, leg, left, schema);
        let by_class = classes.iter().find_map(|class| {
            let renamed = telemetry.mapping.canonical_test(class, schema, predicate)?;
            Some(telemetry.mapping.with_last_elements(class, leg.product.as_deref(), &renamed))
        });
        let by_name = || by_name(telemetry, &classes, schema, predicate);
        condition = by_class.or_else(by_name).unwrap_or(condition);
    }
    match condition {
        Condition::Any(terms) => terms.into_iter().collect(),
        other => vec![other],
    }
}

/// The same test of the canonical field, where that has no name for the value.
fn by_name(
    telemetry: &Telemetry<'_>,
    classes: &[&Arc<str>],
    schema: &str,
    predicate: &Predicate,
) -> Option<Condition> {
    let exists = Predicate { test: Test::Exists, ..predicate.clone() };
    let mut named =
        classes.iter().filter_map(|class| telemetry.mapping.canonical_test(class, schema, &exists));
    match named.next()? {
        Condition::Is(named) => {
            Some(Condition::is(Predicate { subject: named.subject, ..predicate.clone() }))
        }
        _ => None,
    }
}

/// The classes whose names a leg's columns may have, the likeliest first: those of the events that are left, then those
/// of all the provider's events, then those of most.
fn candidates<'t>(
    telemetry: &'t Telemetry<'_>,
    leg: &Leg,
    left: Left<'_>,
    schema: &str,
) -> Vec<&'t Arc<str>> {
    let fits = |it: &&Recording| *it.schema == *schema;
    let events = leg.events(left);
    let known = events.iter().filter(|event| event.id.is_some());
    let of_events = known.flat_map(|event| telemetry.classes_of(event)).filter(fits);
    let provider = leg.provider.as_deref().unwrap_or_default();
    let mut others: Vec<&Recording> = telemetry.classes_of_provider(provider).iter().filter(fits).collect();
    others.sort_by_key(|it| if it.ids.is_empty() { 0 } else { usize::MAX - it.ids.len() });
    let mut classes: Vec<&Arc<str>> = Vec::new();
    for recording in of_events.chain(others) {
        if !classes.contains(&&recording.class) {
            classes.push(&recording.class);
        }
    }
    classes
}

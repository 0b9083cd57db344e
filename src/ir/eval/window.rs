//! What sliding windows and chains make of rows.

use super::{Event, Unevaluated, Value, as_text, stage::columns, time};
use crate::ir::{Chain, Expression, Field, Slide};

/// A row's group and its time in ticks.
struct Key {
    group: Event,
    time: i64,
}

/// The group and the time of each row; nothing for a row without a time.
fn keys(by: &[(Field, Expression)], time: &Field, events: &[Event]) -> Vec<Option<Key>> {
    let of = |event: &Event| {
        let text = event.0.get(&*time.name).and_then(as_text)?;
        Some(Key { group: columns(by, event), time: time::parse(&text)? })
    };
    events.iter().map(of).collect()
}

/// The rows, each with what is computed of its window.
pub(super) fn slid(slide: &Slide, events: &[Event]) -> Result<Vec<Event>, Unevaluated> {
    let keys = keys(&slide.by, &slide.time, events);
    let mut rows = Vec::with_capacity(events.len());
    for (event, key) in events.iter().zip(&keys) {
        let mut row = event.clone();
        if let Some(key) = key {
            let is_in = |other: &Option<Key>| {
                other.as_ref().is_some_and(|other| {
                    (0..=slide.length.0).contains(&(key.time - other.time)) && other.group == key.group
                })
            };
            let window: Vec<&Event> =
                events.iter().zip(&keys).filter(|(_, other)| is_in(other)).map(|(event, _)| event).collect();
            row.0.extend(key.group.0.clone());
            for (name, aggregate) in &slide.aggregates {
                row.0.insert(name.name.to_string(), aggregate.value_on(&window)?);
            }
        }
        rows.push(row);
    }
    Ok(rows)
}

/// The rows that end a chain.
pub(super) fn chained(chain: &Chain, events: &[Event]) -> Vec<Event> {
    let keys = keys(&chain.by, &chain.time, events);
    // For each row, the latest time at which a chain can have begun that the row ends, of the kinds so far.
    let mut begun: Vec<Option<i64>> = keys.iter().map(|key| key.as_ref().map(|key| key.time)).collect();
    for (step, kind) in chain.order.iter().enumerate() {
        let is_of_kind =
            |event: &Event| event.0.get(&*chain.kind.name) == Some(&Value::Text(kind.to_string()));
        let latest = |key: &Key| {
            let before = keys.iter().zip(&begun).filter_map(|(other, begun)| {
                let is_before = |other: &&Key| other.time <= key.time && other.group == key.group;
                other.as_ref().filter(is_before).and(*begun)
            });
            before.max()
        };
        let next = events.iter().zip(&keys).map(|(event, key)| {
            let key = key.as_ref().filter(|_| is_of_kind(event))?;
            let start = if step == 0 { Some(key.time) } else { latest(key) };
            start.filter(|start| key.time - start <= chain.length.0)
        });
        begun = next.collect();
    }
    let ends = events.iter().zip(&keys).zip(&begun).filter(|(_, begun)| begun.is_some());
    ends.filter_map(|((event, key), _)| {
        let mut row = event.clone();
        row.0.extend(key.as_ref()?.group.0.clone());
        Some(row)
    })
    .collect()
}

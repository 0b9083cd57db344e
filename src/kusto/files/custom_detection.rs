//! Custom detection rules of Defender XDR, as Microsoft Graph has them (`security/rules/detectionRules`).

use super::{Dialect, QueryText, Schedule, Timespan, metadata::Collector};
use crate::{
    diag::Source,
    yaml::{Kind, Node},
};

/// How far rules look back, by how often they run, both in hours.
const LOOK_BACK: [(u64, u64); 4] = [(1, 4), (3, 12), (12, 48), (24, 30 * 24)];

/// Reads a node, if it is such a rule.
pub(super) fn read(node: &Node<'_>, source: &Source) -> Option<QueryText> {
    let query = node.get("queryCondition")?.get("queryText");
    let mut collector = Collector::default();
    for (key, value) in node.as_map().unwrap_or(&[]) {
        match key.as_text().map(|key| &**key) {
            Some("queryCondition") | None => {}
            Some("schedule") => schedule(value, &mut collector),
            Some("detectionAction") => action(value, &mut collector),
            Some("createdBy") => collector.take("author", value),
            Some("createdDateTime") => collector.metadata.date = day(value),
            Some("lastModifiedDateTime") => collector.metadata.modified = day(value),
            Some(key) => collector.take(key, value),
        }
    }
    Some(QueryText { dialect: Dialect::Defender, ..collector.finish(query, node, source) })
}

/// A period of `0` means continuously; others fix how far the rule looks back.
fn schedule(node: &Node<'_>, collector: &mut Collector) {
    collector.keep("schedule", node);
    let Some(period) = node.get("period") else { return };
    let text = period.as_text().map_or("", |text| text.trim());
    if text == "0" {
        collector.schedule = Some(Schedule::default());
    } else if let Some(frequency) = collector.timespan("period", text, period.span) {
        let hours = LOOK_BACK.iter().find(|(hours, _)| hours * 3600 == frequency.seconds());
        let period = hours.map(|(_, hours)| Timespan::from_seconds(hours * 3600));
        collector.schedule = Some(Schedule { frequency: Some(frequency), period, ..Schedule::default() });
    }
}

/// What the alert says; what it does is kept as it is.
fn action(node: &Node<'_>, collector: &mut Collector) {
    for (key, value) in node.as_map().unwrap_or(&[]) {
        match (key.as_text().map(|key| &**key), &value.kind) {
            (Some("alertTemplate"), Kind::Map(entries)) => {
                for (key, value) in entries {
                    template(key.as_text().map_or("", |key| key), value, collector);
                }
            }
            (Some(key), _) => collector.keep(key, value),
            (None, _) => {}
        }
    }
}

fn template(key: &str, value: &Node<'_>, collector: &mut Collector) {
    match key {
        "title" if collector.metadata.title.is_empty() => collector.take("name", value),
        "category" => collector.take("tactics", value),
        "mitreTechniques" => collector.take("techniques", value),
        "description" | "severity" => collector.take(key, value),
        _ => collector.keep(key, value),
    }
}

/// The day of a point in time.
fn day(node: &Node<'_>) -> Option<String> {
    let text = node.as_text().filter(|_| !node.is_null())?;
    Some(text.split('T').next().unwrap_or(text).to_owned())
}

//! Rules that look at several events: they count, or join.

use crate::ir::{
    Origin, Pipeline, Stage, TIME, Test,
    eval::{Event, Rows, Unevaluated, Value},
};

/// Whether what a pipeline says of an event depends on others.
pub(super) fn is_about_several(stages: &[Stage]) -> bool {
    stages.iter().any(|stage| match stage {
        Stage::Summarize(_) | Stage::Slide(_) | Stage::Chain(_) | Stage::Pick(_) | Stage::Join(_) => true,
        Stage::Union(others, _) => others.iter().any(|other| is_about_several(&other.stages)),
        Stage::Filter(condition) => {
            condition.predicates().into_iter().any(|it| matches!(it.test, Test::Among(..)))
        }
        _ => false,
    })
}

/// Events of one shape, wherever a rule looks.
pub(super) struct Events<'e>(pub(super) Vec<&'e Event>);

impl Events<'_> {
    /// The rows that a pipeline makes of them.
    ///
    /// # Errors
    /// What has no evaluation, or what the events do not hold.
    pub(super) fn rows(&self, pipeline: &Pipeline) -> Result<Vec<Event>, String> {
        pipeline.rows_on(self).map_err(|Unevaluated(why)| why)
    }
}

impl Rows for Events<'_> {
    /// Those of a table, where an event tells its own (`Type` in Log Analytics); what else a rule asks of an event
    /// decides for the others.
    fn rows_of(&self, origin: &Origin) -> Result<Vec<Event>, Unevaluated> {
        let names: Vec<&str> = match origin {
            Origin::Table(table) => vec![&table.name],
            Origin::Dataset(dataset) => dataset.names.iter().map(|name| &**name).collect(),
            Origin::External(table) => {
                return Err(Unevaluated(format!("the rows of `{}` are not among the events", table.name)));
            }
            Origin::LogSource(_) | Origin::Class { .. } | Origin::Unmapped => Vec::new(),
        };
        let is_of_table = |event: &Event| match event.0.get("Type") {
            Some(Value::Text(own)) => names.is_empty() || names.contains(&own.as_str()),
            _ => true,
        };
        Ok(self.0.iter().filter(|event| is_of_table(event)).map(|event| timed(event)).collect())
    }
}

/// What recordings call the time of an event.
const TIMES: [&str; 7] =
    ["TimeCreated", "SystemTime", "@timestamp", "TimeGenerated", "Timestamp", "_time", "timestamp"];

/// The event with its time under the name that rules have for it.
fn timed(event: &Event) -> Event {
    let mut event = event.clone();
    let time = TIMES.iter().find_map(|name| event.0.get(*name)).cloned();
    if let (false, Some(time)) = (event.0.contains_key(TIME), time) {
        event.0.insert(TIME.to_owned(), time);
    }
    event
}

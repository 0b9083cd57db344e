//! A rule made ready for events, whosever names they have.

use indexmap::IndexMap;

use super::{
    shape::{Shape, channel},
    together::{Events, is_about_several},
};
use crate::{
    diag::Diagnostic,
    ir::{Condition, Pipeline, Predicate, Rule, Stage, eval::Event},
    mapping::{Mapping, channels, localize, normalize, selection},
};

/// Where Sysmon writes.
const SYSMON: &str = "microsoft-windows-sysmon/operational";

/// What a rule says of an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// The rule finds it.
    Fires,
    /// It does not.
    Silent,
    /// It is of a kind that the rule is not about, or lacks names in this schema: why.
    Inapplicable(String),
}

/// A rule in the names of every kind of event that it was asked about.
#[derive(Debug)]
pub struct Detector<'m> {
    rule: &'m Rule,
    normalized: Option<Rule>,
    mapping: &'m Mapping,
    prepared: IndexMap<Shape, Vec<Prepared>>,
}

/// A rule in one schema's names.
#[derive(Debug)]
struct Prepared {
    /// In which of these channels, in lower case, its events are; in any if there is none.
    channels: Vec<String>,
    rule: Result<Plan, String>,
}

#[derive(Debug)]
enum Plan {
    /// Nothing but conditions.
    Condition(Condition),
    /// Stages of which each says of an event what it says.
    Each(Box<Pipeline>),
    /// Stages that count events, or join them.
    Several(Box<Pipeline>),
}

impl<'m> Detector<'m> {
    /// A rule, with the table that leads to other names.
    pub fn new(rule: &'m Rule, mapping: &'m Mapping) -> Self {
        let normalized = normalize(rule, mapping, &mut Vec::new()).ok();
        Self { rule, normalized, mapping, prepared: IndexMap::new() }
    }

    /// Makes the rule ready for events of these shapes.
    pub fn prepare(&mut self, shapes: impl IntoIterator<Item = Shape>) {
        for shape in shapes {
            if !self.prepared.contains_key(&shape) {
                let prepared = self.in_shape(shape);
                self.prepared.insert(shape, prepared);
            }
        }
    }

    /// Whether the rule counts events or joins them, so that [`Self::rows`] are its answer, and no event has a verdict
    /// of its own.
    pub fn is_about_several(&self) -> bool {
        is_about_several(&self.rule.stages)
    }

    /// The rows that the rule makes of all events together, each in the names of its shape.
    ///
    /// # Errors
    /// Why nobody can tell, if that is so for every shape.
    pub fn rows(&self, events: &[(Event, Shape)]) -> Result<Vec<Event>, String> {
        let (mut rows, mut why, mut is_answered) = (Vec::new(), None, false);
        for (shape, prepared) in &self.prepared {
            for one in prepared {
                let of_shape = events.iter().filter(|(event, own)| own == shape && one.is_in_channel(event));
                let found = Events(of_shape.map(|(event, _)| event).collect());
                match one.rule.as_ref().map_err(Clone::clone).and_then(|plan| plan.rows(&found)) {
                    Ok(found) => {
                        is_answered = true;
                        rows.extend(found);
                    }
                    Err(reason) => why = Some(reason),
                }
            }
        }
        match why {
            Some(why) if !is_answered => Err(why),
            _ => Ok(rows),
        }
    }

    /// What the rule says of an event of a shape that it is ready for.
    pub fn verdict(&self, event: &Event, shape: Shape) -> Verdict {
        let Some(prepared) = self.prepared.get(&shape) else {
            return Verdict::Inapplicable(format!("the rule is not ready for events of {}", shape.name()));
        };
        let mut why = None;
        let mut is_silent = false;
        for one in prepared {
            match &one.rule {
                _ if !one.is_in_channel(event) => is_silent = true,
                Ok(plan) => match plan.finds(event) {
                    Ok(true) => return Verdict::Fires,
                    Ok(false) => is_silent = true,
                    Err(reason) => why = why.or(Some(reason)),
                },
                Err(reason) => why = why.or(Some(reason.clone())),
            }
        }
        match why {
            Some(why) if !is_silent => Verdict::Inapplicable(why),
            _ => Verdict::Silent,
        }
    }

    /// The condition in the names of a shape's events, if the rule is one.
    pub fn condition(&self, shape: Shape) -> Option<&Condition> {
        self.prepared.get(&shape)?.iter().find_map(|prepared| match &prepared.rule {
            Ok(Plan::Condition(condition)) => Some(condition),
            _ => None,
        })
    }

    fn in_shape(&self, shape: Shape) -> Vec<Prepared> {
        let product = self.rule.metadata.log_source.product.as_deref();
        if shape == Shape::Windows && product.is_some_and(|product| product != "windows") {
            let rule = Err("its log source is none of Windows's".to_owned());
            return vec![Prepared { channels: Vec::new(), rule }];
        }
        match (shape, &self.normalized) {
            (Shape::Own, _) | (_, None) => vec![self.own(Vec::new())],
            (Shape::Schema(schema), Some(rule)) => vec![self.in_schema(rule, schema, Vec::new())],
            (Shape::Windows, Some(rule)) => {
                let sysmon = self.in_sysmon(rule);
                let security = self.in_schema(rule, "windows_security", vec!["security".to_owned()]);
                let security = Some(security).filter(|prepared| prepared.rule.is_ok());
                let mut found: Vec<Prepared> = sysmon.into_iter().chain(security).collect();
                if found.is_empty() {
                    let channels = channels(rule, self.mapping);
                    found.push(if channels.is_empty() {
                        let reason = "its log source is none of Windows's".to_owned();
                        Prepared { channels, rule: Err(reason) }
                    } else {
                        self.own(channels)
                    });
                }
                found
            }
        }
    }

    /// The rule in its author's names.
    fn own(&self, channels: Vec<String>) -> Prepared {
        Prepared { channels, rule: Ok(Plan::of(self.rule)) }
    }

    /// The rule in Sysmon's names, which are those of its author, with what selects the events of its class.
    fn in_sysmon(&self, rule: &Rule) -> Option<Prepared> {
        let selection = selection(rule, "sysmon", self.mapping)?;
        let channels = if says_channel(&selection) { Vec::new() } else { vec![SYSMON.to_owned()] };
        let stages = std::iter::once(Stage::Filter(selection)).chain(self.rule.stages.iter().cloned());
        let own = Rule { stages: stages.collect(), ..self.rule.clone() };
        Some(Prepared { channels, rule: Ok(Plan::of(&own)) })
    }

    fn in_schema(&self, rule: &Rule, schema: &str, channels: Vec<String>) -> Prepared {
        let local = localize(rule, schema, self.mapping, &mut Vec::new());
        // A class that says itself in which channels its events are knows better.
        let says = |rule: &Rule| rule.stages.iter().filter_map(Stage::condition).any(says_channel);
        let channels = if local.as_ref().is_ok_and(says) { Vec::new() } else { channels };
        Prepared {
            channels,
            rule: local.map(|local| Plan::of(&local)).map_err(|error: Diagnostic| error.message),
        }
    }
}

fn says_channel(condition: &Condition) -> bool {
    let is_channel = |predicate: &Predicate| predicate.field().is_some_and(|field| *field.name == *"Channel");
    condition.predicates().into_iter().any(is_channel)
}

impl Plan {
    fn of(rule: &Rule) -> Self {
        let conditions: Option<Vec<Condition>> =
            rule.stages.iter().map(|stage| stage.condition().cloned()).collect();
        if let Some(conditions) = conditions {
            return Self::Condition(Condition::all(conditions));
        }
        let (origin, stages) = (rule.origin.clone(), rule.stages.clone());
        let pipeline = Box::new(Pipeline { origin, stages, look_back: None });
        if is_about_several(&rule.stages) { Self::Several(pipeline) } else { Self::Each(pipeline) }
    }

    /// Whether it finds an event, on its own.
    fn finds(&self, event: &Event) -> Result<bool, String> {
        match self {
            Self::Condition(condition) => Ok(condition.holds_on(event)),
            Self::Each(pipeline) => Events(vec![event]).rows(pipeline).map(|rows| !rows.is_empty()),
            Self::Several(_) => Err("it is about several events together".to_owned()),
        }
    }

    fn rows(&self, events: &Events<'_>) -> Result<Vec<Event>, String> {
        match self {
            Self::Condition(condition) => {
                let found = events.0.iter().filter(|event| condition.holds_on(event));
                Ok(found.map(|event| (*event).clone()).collect())
            }
            Self::Each(pipeline) | Self::Several(pipeline) => events.rows(pipeline),
        }
    }
}

impl Prepared {
    /// Whether an event may be one of the rule's by its channel.
    fn is_in_channel(&self, event: &Event) -> bool {
        self.channels.is_empty() || channel(event).is_none_or(|it| self.channels.contains(&it))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{diag::Source, events::read, sigma};

    fn verdict(rule: &str, json: &str) -> Verdict {
        let source = Source::new("r.yml", rule);
        let readings = sigma::read(&source, &sigma::ReadOptions::default());
        let rule = readings[0].rule().unwrap();
        let event = read(json).0.remove(0);
        let shape = Shape::of(&event);
        let mut detector = Detector::new(rule, Mapping::builtin());
        detector.prepare([shape]);
        detector.verdict(&event, shape)
    }

    const WHOAMI: &str = "title: t\nlogsource: {category: process_creation, product: windows}\ndetection:\n  a:\n    Image|endswith: '\\whoami.exe'\n  condition: a\n";

    #[test]
    fn one_rule_finds_the_event_in_every_products_names() {
        for json in [
            r#"{"Image": "C:\\x\\whoami.exe"}"#,
            r#"{"EventID": 1, "Channel": "Microsoft-Windows-Sysmon/Operational", "Image": "C:\\x\\whoami.exe"}"#,
            r#"{"EventID": 4688, "Channel": "Security", "NewProcessName": "C:\\x\\whoami.exe"}"#,
            r#"{"ActionType": "ProcessCreated", "FileName": "whoami.exe"}"#,
            r#"{"event": {"category": "process", "type": "start"}, "process": {"name": "whoami.exe"}}"#,
        ] {
            assert_eq!(verdict(WHOAMI, json), Verdict::Fires, "{json}");
        }
    }

    #[test]
    fn events_of_other_kinds_are_passed_over() {
        for json in [
            r#"{"EventID": 1, "Channel": "System", "Image": "C:\\x\\whoami.exe"}"#,
            r#"{"EventID": 5, "Channel": "Microsoft-Windows-Sysmon/Operational", "Image": "C:\\x\\whoami.exe"}"#,
            r#"{"ActionType": "FileCreated", "FileName": "whoami.exe"}"#,
        ] {
            assert_eq!(verdict(WHOAMI, json), Verdict::Silent, "{json}");
        }
    }

    #[test]
    fn a_rule_about_other_systems_says_so() {
        let rule =
            WHOAMI.replace("category: process_creation, product: windows", "product: okta, service: okta");
        let json = r#"{"EventID": 1, "Channel": "System"}"#;
        assert!(matches!(verdict(&rule, json), Verdict::Inapplicable(_)));
    }
}

//! Windows event logs as dumpers of EVTX files write them, made of a rule's witnesses.

#![allow(clippy::unwrap_used, reason = "a test that panics is a test that fails")]

use std::path::Path;

use rulec::{
    events::{self, Detector, Shape, Verdict},
    ir::{
        Field, Rule,
        eval::{Event, Value},
    },
    mapping::{self, Form, Mapping, Recorder},
    trial,
    witness::{Forms, Wanted, witnesses},
};
use serde_json::{Value as Json, json};

const SYSMON: &str = "Microsoft-Windows-Sysmon/Operational";

/// What stands in an event's header, in Sigma's names.
const HEADER: &[&str] =
    &["EventID", "Channel", "Computer", "Level", "Keywords", "Task", "Opcode", "EventRecordID"];

/// What came of a rule's events.
#[derive(Debug, Default)]
pub struct Tried {
    pub events: usize,
    pub found: usize,
    pub wrong: Vec<String>,
}

/// Puts a rule's witnesses into dumps of event logs, and has the rule find them there. None for a rule about other
/// events.
pub fn try_rule(rule: &Rule, path: &Path) -> Option<Tried> {
    let table = Mapping::builtin();
    let normalized = mapping::normalize(rule, table, &mut Vec::new()).ok()?;
    if rule.metadata.log_source.product.as_deref() != Some("windows") {
        return None;
    }
    let sysmon = Recorder::of(&normalized, "sysmon", table).ok().flatten();
    let channels = mapping::channels(&normalized, table);
    if sysmon.is_none() && channels.is_empty() {
        return None;
    }
    let mut detector = Detector::new(rule, table);
    detector.prepare([Shape::Windows]);
    let mut tried = Tried::default();
    let condition = trial::condition(rule).ok()?;
    for witness in witnesses(&condition, &Known(sysmon.as_ref()), Wanted::default()) {
        // Sysmon's names are the author's; what selects the events of a class is what Sysmon writes.
        let selected = sysmon.as_ref().and_then(|recorder| recorder.row(&Event::default()).ok());
        let selected = selected.map(|recorded| recorded.row).unwrap_or_default();
        let mut flat = witness.event;
        let is_of_class = selected.0.iter().all(|(name, value)| {
            let own = flat.0.insert(name.clone(), value.clone());
            own.is_none_or(|own| own.to_json().to_string().eq_ignore_ascii_case(&value.to_json().to_string()))
        });
        if !is_of_class {
            continue;
        }
        let expected = condition.holds_on(&flat);
        let channel = match selected.0.get("Channel") {
            Some(Value::Text(own)) => own.as_str(),
            _ if sysmon.is_some() => SYSMON,
            _ => &channels[0],
        };
        let is_elsewhere =
            matches!(flat.0.get("Channel"), Some(Value::Text(own)) if !own.eq_ignore_ascii_case(channel));
        if is_elsewhere || flat.0.values().any(|value| *value == Value::Null) {
            continue;
        }
        let dumped = dump(&flat, channel);
        let (read, faults) = events::read(&dumped.to_string());
        assert!(faults.is_empty() && read.len() == 1, "{dumped}");
        let found = detector.verdict(&read[0], Shape::of(&read[0])) == Verdict::Fires;
        tried.events += 1;
        tried.found += usize::from(found);
        if found != expected {
            tried.wrong.push(format!("{}: {}: found {found}: {dumped}", path.display(), witness.why));
        }
    }
    Some(tried)
}

/// `{"Event": {"System": …, "EventData": …}}`.
fn dump(event: &Event, channel: &str) -> Json {
    let mut system = json!({
        "Provider": {"#attributes": {"Name": "Any"}},
        "EventID": {"#attributes": {"Qualifiers": 0}, "#text": 0},
        "TimeCreated": {"#attributes": {"SystemTime": "2026-11-24T10:00:00.000000Z"}},
        "Channel": channel,
        "Computer": "host.example.org",
    });
    let mut data = serde_json::Map::new();
    for (name, value) in &event.0 {
        match name.as_str() {
            "Provider_Name" => system["Provider"]["#attributes"]["Name"] = value.to_json(),
            name if HEADER.contains(&name) => system[name] = value.to_json(),
            name => drop(data.insert(name.to_owned(), value.to_json())),
        }
    }
    json!({"Event": {"#attributes": {}, "System": system, "EventData": data}})
}

struct Known<'r>(Option<&'r Recorder<'r>>);

impl Forms for Known<'_> {
    fn form(&self, field: &Field) -> Form {
        self.0.map_or(Form::Free, |recorder| recorder.form(&field.name))
    }
}

//! Whose names an event has.

use crate::ir::eval::{Event, Value};

/// Whose names an event has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Shape {
    /// The rule's own.
    Own,
    /// A Windows event's, with its channel where it is known: Sysmon's and the Security log's among them.
    Windows,
    /// A schema's of the mapping table.
    Schema(&'static str),
}

impl Shape {
    /// The schemas that can be named, beside `own` and `windows`.
    pub const SCHEMAS: [&'static str; 4] = ["defender", "sentinel", "ecs", "splunk_ta"];

    /// The shape of this name.
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "own" => Some(Self::Own),
            "windows" => Some(Self::Windows),
            _ => Self::SCHEMAS.iter().find(|schema| **schema == name).map(|schema| Self::Schema(schema)),
        }
    }

    /// What it is called.
    pub fn name(self) -> &'static str {
        match self {
            Self::Own => "own",
            Self::Windows => "windows",
            Self::Schema(schema) => schema,
        }
    }

    /// The shape of an event, by fields that no event of another has.
    pub fn of(event: &Event) -> Self {
        let has = |name: &str| event.0.contains_key(name);
        let is_ecs = |name: &str| {
            let parts = ["event.", "process.", "winlog.", "agent.", "host.", "ecs."];
            parts.iter().any(|part| name.starts_with(part))
        };
        if has("EventID") && !has("TimeGenerated") && !has("sourcetype") {
            Self::Windows
        } else if has("sourcetype") || has("_raw") || has("EventCode") {
            Self::Schema("splunk_ta")
        } else if has("TimeGenerated") || has("TenantId") {
            Self::Schema("sentinel")
        } else if has("ActionType") {
            Self::Schema("defender")
        } else if event.0.keys().any(|name| is_ecs(name)) {
            Self::Schema("ecs")
        } else {
            Self::Own
        }
    }
}

/// The channel of a Windows event, in lower case.
pub(super) fn channel(event: &Event) -> Option<String> {
    match event.0.get("Channel") {
        Some(Value::Text(channel)) => Some(channel.to_lowercase()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_tell_whose_names_they_have() {
        let shape = |fields: &[&str]| Shape::of(&fields.iter().map(|name| (*name, "x")).collect::<Event>());
        assert_eq!(shape(&["Image", "CommandLine"]), Shape::Own);
        assert_eq!(shape(&["EventID", "Channel", "Image"]), Shape::Windows);
        assert_eq!(shape(&["Timestamp", "ActionType", "FileName"]), Shape::Schema("defender"));
        assert_eq!(shape(&["TimeGenerated", "EventID", "Account"]), Shape::Schema("sentinel"));
        assert_eq!(shape(&["@timestamp", "process.name"]), Shape::Schema("ecs"));
        assert_eq!(shape(&["sourcetype", "EventCode"]), Shape::Schema("splunk_ta"));
    }
}

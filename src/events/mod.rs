//! Events from files, and which rules find them.
//!
//! Events come as JSON, one or many, in the names of any schema of the mapping table: Sysmon's and the Windows logs',
//! rows of Defender, documents of ECS, Splunk's fields. A rule is put into the names of the event, never the event into
//! those of the rule.

mod detector;
mod shape;
mod together;
mod windows;

use indexmap::IndexMap;

use crate::{
    diag::{Code, Diagnostic, Span},
    ir::eval::{Event, Value},
};

pub use detector::{Detector, Verdict};
pub use shape::Shape;

/// Reads the events of a text: JSON values one after another (NDJSON among them), or a list of them. What does not parse
/// is reported with its place, and the lines after it still count.
pub fn read(text: &str) -> (Vec<Event>, Vec<Diagnostic>) {
    match serde_json::from_str::<serde_json::Value>(text) {
        Ok(serde_json::Value::Array(values)) => (values.into_iter().filter_map(event).collect(), Vec::new()),
        Ok(value) => (event(value).into_iter().collect(), Vec::new()),
        Err(_) => lines(text),
    }
}

/// A JSON value a line.
fn lines(text: &str) -> (Vec<Event>, Vec<Diagnostic>) {
    let (mut events, mut faults) = (Vec::new(), Vec::new());
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let content = line.trim();
        if !content.is_empty() {
            match serde_json::from_str(content) {
                Ok(value) => events.extend(event(value)),
                Err(error) => {
                    // Its columns are bytes.
                    let column = error.column().saturating_sub(1).min(line.trim_end().len());
                    let within = (0..=column).rev().find(|at| line.is_char_boundary(*at)).unwrap_or(0);
                    let at = start + within;
                    let message = format!("this line is no JSON: {}", plain(&error));
                    faults.push(Diagnostic::new(Code::InvalidValue, Span::new(at, at), message));
                }
            }
        }
        start += line.len();
    }
    (events, faults)
}

/// What is wrong, without the line and column that its place tells.
fn plain(error: &serde_json::Error) -> String {
    let text = error.to_string();
    text.split(" at line ").next().unwrap_or(&text).to_owned()
}

/// An event of a JSON value; none of one that is no object. What exports put around an event is taken off.
pub fn event(value: serde_json::Value) -> Option<Event> {
    let serde_json::Value::Object(mut members) = value else { return None };
    for wrapper in ["_source", "result"] {
        if members.get(wrapper).is_some_and(serde_json::Value::is_object) {
            return event(members.remove(wrapper)?);
        }
    }
    if let Some(windows) = members.get("Event").and_then(windows::event) {
        return Some(windows);
    }
    let mut flat = IndexMap::new();
    flatten(members, "", &mut flat);
    Some(Event(flat))
}

/// Members of objects under dotted names, each object itself left out.
fn flatten(
    members: serde_json::Map<String, serde_json::Value>,
    prefix: &str,
    flat: &mut IndexMap<String, Value>,
) {
    for (name, value) in members {
        let name = format!("{prefix}{name}");
        match value {
            serde_json::Value::Object(inner) => flatten(inner, &format!("{name}."), flat),
            other => drop(flat.insert(name, Value::from_json(other))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(json: &str) -> Event {
        read(json).0.remove(0)
    }

    #[test]
    fn lists_lines_and_single_objects_are_read() {
        assert_eq!(read(r#"[{"a": 1}, {"a": 2}]"#).0.len(), 2);
        assert_eq!(read("{\"a\": 1}\n\n{\"a\": 2}\n").0.len(), 2);
        assert_eq!(read("{\"a\":\n 1}").0.len(), 1);
    }

    #[test]
    fn a_broken_line_is_told_and_the_others_count() {
        let (events, faults) = read("{\"a\": 1}\n{\"a\": }\n{\"a\": 3}\n");
        assert_eq!(events.len(), 2);
        assert_eq!(faults.len(), 1);
        assert_eq!(faults[0].span, Some(Span::new(15, 15)));
    }

    #[test]
    fn members_are_found_by_dotted_names_however_they_are_nested() {
        let nested = one(r#"{"process": {"name": "a", "parent": {"name": "b"}}}"#);
        let flat = one(r#"{"process.name": "a", "process.parent.name": "b"}"#);
        assert_eq!(nested, flat);
    }

    #[test]
    fn what_exports_put_around_an_event_is_taken_off() {
        assert_eq!(one(r#"{"_index": "x", "_source": {"a": 1}}"#), one(r#"{"a": 1}"#));
    }
}

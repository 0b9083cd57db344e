//! Windows events as dumpers of event logs write them: `{"Event": {"System": …, "EventData": …}}`.

use indexmap::IndexMap;
use serde_json::Value as Json;

use crate::ir::eval::{Event, Value};

/// The event with Sigma's names: those of its data, and of its header `EventID`, `Channel`, `Provider_Name`, `Computer`,
/// `EventRecordID`, `Level`, `Keywords`, `Task`, `Opcode` and `UtcTime`. None for what is no such event.
pub(super) fn event(json: &Json) -> Option<Event> {
    let system = json.get("System")?.as_object()?;
    let mut fields = IndexMap::new();
    for (name, value) in system {
        match name.as_str() {
            "Provider" => insert(&mut fields, "Provider_Name", attribute(value, "Name")),
            "TimeCreated" => insert(&mut fields, "UtcTime", attribute(value, "SystemTime")),
            "Provider_attributes" => insert(&mut fields, "Provider_Name", value.get("Name")),
            "TimeCreated_attributes" => insert(&mut fields, "UtcTime", value.get("SystemTime")),
            "EventID" => insert(&mut fields, name, Some(content(value))),
            "Correlation" | "Execution" | "Security" | "Version" => {}
            _ if name.ends_with("_attributes") => {}
            _ => insert(&mut fields, name, Some(content(value))),
        }
    }
    if let Some(Value::Text(id)) = fields.get("EventID")
        && let Ok(number) = id.parse::<i64>()
    {
        fields.insert("EventID".to_owned(), number.into());
    }
    for part in ["EventData", "UserData"] {
        data(json.get(part), &mut fields);
    }
    Some(Event(fields))
}

fn insert(fields: &mut IndexMap<String, Value>, name: &str, value: Option<&Json>) {
    if let Some(value) = value.filter(|value| !value.is_null()) {
        fields.insert(name.to_owned(), Value::from_json(value.clone()));
    }
}

/// An attribute, in the spellings of several dumpers.
fn attribute<'j>(element: &'j Json, name: &str) -> Option<&'j Json> {
    let direct = element.get(name).or_else(|| element.get(format!("@{name}")));
    direct.or_else(|| element.get("#attributes").and_then(|attributes| attributes.get(name)))
}

/// The text of an element that may have attributes beside it.
fn content(element: &Json) -> &Json {
    element.get("#text").unwrap_or(element)
}

/// The data's names and values: members of an object, or a list of elements with a name each. What has no name is
/// `Data`.
fn data(part: Option<&Json>, fields: &mut IndexMap<String, Value>) {
    let Some(Json::Object(members)) = part else { return };
    for (name, value) in members {
        match value {
            Json::Array(elements) if name == "Data" => elements.iter().for_each(|it| element(it, fields)),
            _ if name == "Data" => element(value, fields),
            _ if name.starts_with('#') || name.ends_with("_attributes") => {}
            // User data has one element around its own.
            Json::Object(_) if value.get("#text").is_none() => data(Some(value), fields),
            _ => insert(fields, name, Some(content(value))),
        }
    }
}

fn element(element: &Json, fields: &mut IndexMap<String, Value>) {
    match attribute(element, "Name").and_then(Json::as_str) {
        Some(name) => insert(fields, name, Some(content(element))),
        None => add_unnamed(content(element), fields),
    }
}

fn add_unnamed(content: &Json, fields: &mut IndexMap<String, Value>) {
    match content {
        Json::Null => {}
        Json::Array(several) => several.iter().for_each(|one| add_unnamed(one, fields)),
        one => {
            let value = Value::from_json(one.clone());
            match fields.get_mut("Data") {
                Some(Value::List(values)) => values.push(value),
                Some(first) => *first = Value::List(vec![first.clone(), value]),
                None => drop(fields.insert("Data".to_owned(), value)),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flat(json: &str) -> String {
        let event = event(&serde_json::from_str(json).unwrap()).unwrap();
        Value::Object(event.0).to_json().to_string()
    }

    #[test]
    fn header_and_data_get_sigmas_names() {
        let json = r##"{"System": {"Provider": {"#attributes": {"Name": "P"}}, "EventID": "1", "Channel": "C", "Computer": "H",
            "TimeCreated": {"#attributes": {"SystemTime": "2026-01-01T00:00:00Z"}}, "Execution": {}},
            "EventData": {"Image": "a.exe", "#attributes": {"Name": "x"}}}"##;
        assert_eq!(
            flat(json),
            r#"{"Provider_Name":"P","EventID":1,"Channel":"C","Computer":"H","UtcTime":"2026-01-01T00:00:00Z","Image":"a.exe"}"#
        );
    }

    #[test]
    fn data_may_be_a_list_of_named_elements() {
        let json = r##"{"System": {"EventID": {"#text": 4688, "#attributes": {"Qualifiers": 0}}},
            "EventData": {"Data": [{"@Name": "A", "#text": "x"}, {"#attributes": {"Name": "B"}, "#text": "y"}]}}"##;
        assert_eq!(flat(json), r#"{"EventID":4688,"A":"x","B":"y"}"#);
    }

    #[test]
    fn data_without_names_is_a_list() {
        for data in [r#"["a", "b"]"#, r##"{"#text": ["a", "b"]}"##, r##"[{"#text": "a"}, {"#text": "b"}]"##] {
            let json = format!(r#"{{"System": {{"EventID": 400}}, "EventData": {{"Data": {data}}}}}"#);
            assert_eq!(flat(&json), r#"{"EventID":400,"Data":["a","b"]}"#);
        }
        assert_eq!(flat(r#"{"System": {}, "EventData": {"Data": "a"}}"#), r#"{"Data":"a"}"#);
    }

    #[test]
    fn user_data_has_an_element_around_its_own() {
        let json = r#"{"System": {"EventID": 104}, "UserData": {"LogFileCleared": {"Channel": "System"}}}"#;
        assert_eq!(flat(json), r#"{"EventID":104,"Channel":"System"}"#);
    }
}

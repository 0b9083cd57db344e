//! A row in the making: values in the columns that hold them, in the form that each has there.

use indexmap::IndexMap;

use super::Recorded;
use crate::{
    ir::{
        ColumnType, Expression, Field, Number, Test,
        eval::{Event, Value, is_timestamp},
    },
    mapping::{cell::Base, class::Constraint, transforms::xml, values::holds_on_text},
};

/// A row in the making.
#[derive(Debug, Default)]
pub(super) struct Row {
    pub(super) columns: IndexMap<String, (ColumnType, Value)>,
    /// Values that stand within a column's text.
    within: IndexMap<String, Vec<(Within, String)>>,
    /// The event.
    pub(super) event: IndexMap<String, Value>,
}

/// How a value stands in a text.
#[derive(Debug)]
enum Within {
    Xml(String),
    KeyValue(String),
    Json(String),
}

impl Row {
    /// An empty row for an event.
    pub(super) fn of(event: &Event) -> Self {
        Self { event: event.0.clone(), ..Self::default() }
    }

    /// Puts a value where its field is.
    pub(super) fn put(&mut self, base: &Base, value: &Value) -> Result<(), String> {
        match base {
            Base::Column(column) => self.set(column, value),
            Base::Any(columns) => columns.first().map_or(Ok(()), |column| self.set(column, value)),
            Base::All(columns) => columns.iter().try_for_each(|column| self.set(column, value)),
            Base::Computed { expression, .. } => self.take_apart(expression, value),
        }
    }

    /// Sets the columns that a value is computed of.
    fn take_apart(&mut self, expression: &Expression, value: &Value) -> Result<(), String> {
        let text = text(value).unwrap_or_default();
        match expression {
            Expression::Join { fields, separator } => {
                // The last part is a name, the one before it a path.
                let (first, others) = fields.split_first().ok_or("nothing is joined")?;
                let mut rest = text.as_str();
                for field in others.iter().rev() {
                    let (before, part) =
                        rest.rsplit_once(separator.as_str()).ok_or("not in as many parts")?;
                    if part.is_empty() {
                        return Err("a part without text is joined without its separator".into());
                    }
                    self.set(field, &part.into())?;
                    rest = before;
                }
                self.set(first, &rest.into())
            }
            Expression::Choice { otherwise, .. } => self.take_apart(otherwise, value),
            Expression::Host(url) if text.contains(['/', ':', '?', '#']) || text.is_empty() => {
                Err(format!("`{text}` is no host of a `{url}`"))
            }
            Expression::Host(url) => self.set(url, &Value::Text(format!("https://{text}/"))),
            Expression::XmlData { .. } if text.is_empty() => {
                Err("what is extracted of a text is empty where nothing is".into())
            }
            Expression::XmlData { xml, name } => {
                self.within(xml, Within::Xml(name.clone()), text);
                Ok(())
            }
            Expression::KeyValue { text: column, name }
                if !text.contains(['"', '\n']) && !text.is_empty() =>
            {
                self.within(column, Within::KeyValue(name.clone()), text);
                Ok(())
            }
            Expression::JsonMember { json, path } => {
                self.within(json, Within::Json(path.clone()), text);
                Ok(())
            }
            _ => Err("a value that cannot be taken apart".into()),
        }
    }

    fn within(&mut self, column: &Field, how: Within, text: String) {
        self.within.entry(column.name.to_string()).or_default().push((how, text));
    }

    /// Sets a column to a value, as its type has it.
    pub(super) fn set(&mut self, column: &Field, value: &Value) -> Result<(), String> {
        let typed = typed(column, value)?;
        match self.columns.get_mut(&*column.name) {
            Some((_, known)) if column.multivalued && *known != typed => {
                match known {
                    Value::List(values) => values.push(typed),
                    one => *one = Value::List(vec![one.clone(), typed]),
                }
                Ok(())
            }
            Some((_, known)) if *known != typed => Err(format!("`{column}` would have two values")),
            _ => {
                self.columns.insert(column.name.to_string(), (column.ty, typed));
                Ok(())
            }
        }
    }

    /// Whether a constraint holds, or may be made to.
    pub(super) fn allows(&self, constraint: &Constraint) -> bool {
        match self.columns.get(&*constraint.column.name) {
            None => true,
            Some((_, value)) => {
                let text = text(value).unwrap_or_default();
                constraint.tests.iter().any(|test| holds_on_text(test, &text))
            }
        }
    }

    pub(super) fn satisfy(&mut self, constraint: &Constraint) {
        if self.columns.contains_key(&*constraint.column.name) {
            return;
        }
        let mut constants: Vec<Value> = constraint.tests.iter().filter_map(constant).collect();
        if constants.is_empty() {
            return;
        }
        let value = if constraint.every { Value::List(constants) } else { constants.swap_remove(0) };
        let typed = typed(&constraint.column, &value).unwrap_or(value);
        self.columns.insert(constraint.column.name.to_string(), (constraint.column.ty, typed));
    }

    pub(super) fn finish(self) -> Recorded {
        let types = self.columns.iter().map(|(name, (ty, _))| (name.clone(), *ty)).collect();
        let mut row = Event(self.columns.into_iter().map(|(name, (_, value))| (name, value)).collect());
        for (column, values) in self.within {
            row.0.insert(column, Value::Text(written(&values)));
        }
        Recorded { row, types }
    }
}

/// The text that holds the values.
fn written(values: &[(Within, String)]) -> String {
    let mut members = serde_json::Map::new();
    let mut text = Vec::new();
    let mut is_xml = false;
    for (how, value) in values {
        match how {
            Within::Xml(name) => {
                is_xml = true;
                text.push(format!("<Data Name=\"{name}\">{}</Data>", xml::entities(value, false)));
            }
            Within::KeyValue(name) => text.push(format!("{name}=\"{value}\"")),
            Within::Json(path) => insert(&mut members, path, value),
        }
    }
    if is_xml {
        format!("<EventData>{}</EventData>", text.concat())
    } else if members.is_empty() {
        text.join(" ")
    } else {
        serde_json::Value::Object(members).to_string()
    }
}

fn insert(members: &mut serde_json::Map<String, serde_json::Value>, path: &str, value: &str) {
    match path.split_once('.') {
        None => drop(members.insert(path.to_owned(), value.into())),
        Some((first, rest)) => {
            let inner = members.entry(first).or_insert_with(|| serde_json::Map::new().into());
            if let Some(inner) = inner.as_object_mut() {
                insert(inner, rest, value);
            }
        }
    }
}

/// The constant that a test asks for.
pub(super) fn constant(test: &Test) -> Option<Value> {
    match test {
        Test::Text(pattern, _) => pattern.as_exact().map(Value::from),
        Test::Number(_, number) => Some(Value::Number(*number)),
        Test::Boolean(boolean) => Some(Value::Boolean(*boolean)),
        _ => None,
    }
}

pub(super) fn text(value: &Value) -> Option<String> {
    match value {
        Value::Text(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Boolean(boolean) => Some(boolean.to_string()),
        Value::Null | Value::List(_) | Value::Object(_) => None,
    }
}

/// The value as a column of this type has it.
fn typed(column: &Field, value: &Value) -> Result<Value, String> {
    let text = match value {
        Value::List(values) => {
            return values
                .iter()
                .map(|value| typed(column, value))
                .collect::<Result<_, _>>()
                .map(Value::List);
        }
        value => text(value).unwrap_or_default(),
    };
    let no = |what: &str| format!("`{column}` holds {what}, which `{text}` is not");
    match column.ty {
        ColumnType::Integer => match Number::parse(&text) {
            Some(number @ Number::Integer(_)) => Ok(Value::Number(number)),
            _ => Err(no("whole numbers")),
        },
        ColumnType::Real => Number::parse(&text).map(Value::Number).ok_or_else(|| no("numbers")),
        ColumnType::Boolean => match text.to_ascii_lowercase().as_str() {
            "true" | "1" => Ok(Value::Boolean(true)),
            "false" | "0" => Ok(Value::Boolean(false)),
            _ => Err(no("true and false")),
        },
        ColumnType::Ip => match text.parse::<std::net::IpAddr>() {
            Ok(_) => Ok(Value::Text(text)),
            Err(_) => Err(no("addresses")),
        },
        ColumnType::Timestamp if !is_timestamp(&text) => Err(no("points in time")),
        ColumnType::String | ColumnType::Wildcard | ColumnType::Caseless | ColumnType::Text => {
            Ok(Value::Text(text))
        }
        ColumnType::Timestamp | ColumnType::Unknown | ColumnType::Dynamic => Ok(value.clone()),
    }
}

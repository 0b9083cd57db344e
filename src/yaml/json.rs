//! Nodes as JSON.

use serde_json::Value;

use super::{Kind, Node, Plain};

impl Node<'_> {
    /// The node as JSON. Numbers keep their value where JSON can hold it, and their spelling as text otherwise.
    pub fn to_json(&self) -> Value {
        match &self.kind {
            Kind::Scalar(scalar) => match scalar.resolve() {
                Plain::Null => Value::Null,
                Plain::Boolean(boolean) => Value::Bool(boolean),
                Plain::Number => scalar
                    .text
                    .parse::<serde_json::Number>()
                    .map_or_else(|_| Value::String(scalar.text.to_string()), Value::Number),
                Plain::Text | Plain::Ambiguous(_) => Value::String(scalar.text.to_string()),
            },
            Kind::Seq(nodes) => Value::Array(nodes.iter().map(Node::to_json).collect()),
            Kind::Map(entries) => Value::Object(
                entries
                    .iter()
                    .map(|(key, value)| {
                        let key =
                            key.as_text().map_or_else(|| key.to_json().to_string(), ToString::to_string);
                        (key, value.to_json())
                    })
                    .collect(),
            ),
        }
    }
}

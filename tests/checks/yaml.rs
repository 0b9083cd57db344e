//! The YAML reader against another reader of YAML.

use rulec::{
    diag::Source,
    yaml::{self, Kind, Node, Plain},
};
use serde_yaml::Value;

/// Places lie in the text, and a document that both readers accept has the same shape and texts.
pub fn check(data: &[u8]) {
    let Some(text) = super::text(data) else { return };
    let source = Source::new("fuzz.yml", text);
    let documents = yaml::parse(&source);
    for document in &documents {
        match document {
            Ok(document) => {
                assert_places(&document.root, &source);
                super::assert_places(&document.diagnostics, &source);
            }
            Err(diagnostic) => super::assert_place(diagnostic, &source),
        }
    }
    // The other one reads YAML 1.1: anchors and tags may hold less there, and `?` is a sign inside of a flow. A document that
    // is one block scalar may start at the margin in YAML 1.2 alone.
    if !text.contains(['&', '*', '!', '?'])
        && let [Ok(document)] = documents.as_slice()
        && document.diagnostics.is_empty()
        && !matches!(document.root.kind, Kind::Scalar(_))
        && let Ok(other) = serde_yaml::from_str::<Value>(text)
    {
        assert_same(&document.root, &other);
    }
}

fn assert_places(node: &Node<'_>, source: &Source) {
    assert!(source.text().get(node.span.range()).is_some(), "{:?} is no place", node.span);
    match &node.kind {
        Kind::Scalar(_) => {}
        Kind::Seq(nodes) => nodes.iter().for_each(|node| assert_places(node, source)),
        Kind::Map(entries) => entries.iter().for_each(|(key, value)| {
            assert_places(key, source);
            assert_places(value, source);
        }),
    }
}

/// Scalars are compared where both take them as text: how a plain one resolves is a matter of the schema, and Sigma's
/// differs.
fn assert_same(node: &Node<'_>, other: &Value) {
    match (&node.kind, other) {
        (Kind::Scalar(scalar), Value::String(text)) => {
            if scalar.resolve() == Plain::Text {
                assert_eq!(scalar.text.as_ref(), text.as_str());
            }
        }
        (_, Value::Tagged(_)) | (Kind::Scalar(_), Value::Null | Value::Bool(_) | Value::Number(_)) => {}
        (Kind::Seq(nodes), Value::Sequence(others)) => {
            assert_eq!(nodes.len(), others.len());
            nodes.iter().zip(others).for_each(|(node, other)| assert_same(node, other));
        }
        (Kind::Map(entries), Value::Mapping(others)) => {
            assert_eq!(entries.len(), others.len());
            for ((key, value), (other_key, other_value)) in entries.iter().zip(others) {
                assert_same(key, other_key);
                assert_same(value, other_value);
            }
        }
        (kind, other) => panic!("{kind:?} is {other:?} elsewhere"),
    }
}

//! Nodes to the tree of a detection section.

use super::ast::{ConditionText, Detection, DetectionSection, Item, Search, Value, ValueKind};
use super::condition;
use super::modifiers::Modifier;
use crate::{
    diag::{Code, Diagnostic, Source, Span},
    ir::Number,
    yaml::{Entry, Kind, Node, Plain},
};

/// Parses detections; what is wrong with them is collected, and left out of the tree.
pub(super) struct Parser<'a> {
    /// The source, for places inside scalars.
    pub(super) source: &'a Source,
    /// What was found so far.
    pub(super) diagnostics: &'a mut Vec<Diagnostic>,
}

impl Parser<'_> {
    /// The detection section of a rule, if it has the right form at all.
    pub(super) fn section<'n, 's>(
        &mut self,
        node: &'n Node<'s>,
        key: Span,
    ) -> Option<DetectionSection<'n, 's>> {
        let Some(entries) = node.as_map() else {
            self.wrong_type("`detection`", "a map of search identifiers and a condition", node);
            return None;
        };
        let mut section = DetectionSection { searches: Vec::new(), conditions: Vec::new() };
        let mut has_condition = false;
        for (name, value) in entries {
            match name.as_text().map(|text| &**text) {
                Some("condition") => {
                    has_condition = true;
                    self.conditions(value, &mut section.conditions);
                }
                Some("timeframe") => self.report(
                    Diagnostic::new(
                        Code::InvalidMetadata,
                        name.span,
                        "`timeframe` has no effect in a detection rule",
                    )
                    .help("write a correlation rule with a `timespan`"),
                ),
                Some(text) => {
                    if let Some(detection) = self.detection(value) {
                        section.searches.push(Search { name: text, name_span: name.span, detection });
                    } else {
                        // The name stays known, so that the condition is not blamed for the detection's fault.
                        let detection = Detection::OneOf(Vec::new());
                        section.searches.push(Search { name: text, name_span: name.span, detection });
                    }
                }
                None => self.wrong_type("a search identifier", "text", name),
            }
        }
        if !has_condition {
            self.report(
                Diagnostic::new(Code::MissingKey, key, "`detection` has no `condition`")
                    .help("add `condition:` with the search identifiers that have to match"),
            );
        }
        Some(section)
    }

    fn conditions<'n, 's>(&mut self, node: &'n Node<'s>, out: &mut Vec<ConditionText<'n, 's>>) {
        match &node.kind {
            Kind::Seq(nodes) if nodes.is_empty() => {
                self.report(Diagnostic::new(Code::MissingKey, node.span, "`condition` is an empty list"));
            }
            Kind::Seq(nodes) => nodes.iter().for_each(|node| self.condition(node, out)),
            Kind::Scalar(_) | Kind::Map(_) => self.condition(node, out),
        }
    }

    fn condition<'n, 's>(&mut self, node: &'n Node<'s>, out: &mut Vec<ConditionText<'n, 's>>) {
        let Some(text) = node.as_text().filter(|_| !node.is_null()) else {
            self.wrong_type("a condition", "text", node);
            return;
        };
        match condition::parse(text) {
            Ok(expression) => out.push(ConditionText { node, expression }),
            Err(error) => {
                let span = node.locate(self.source, error.range);
                let diagnostic = Diagnostic::new(Code::ConditionSyntax, span, error.message);
                self.report(match error.help {
                    Some(help) => diagnostic.help(help),
                    None => diagnostic,
                });
            }
        }
    }

    /// `None` where something was wrong with it.
    fn detection<'n, 's>(&mut self, node: &'n Node<'s>) -> Option<Detection<'n, 's>> {
        match &node.kind {
            Kind::Map(entries) => {
                self.refuse_empty(entries.is_empty(), node)?;
                let items: Vec<_> = entries.iter().map(|entry| self.item(entry)).collect();
                items.into_iter().collect::<Option<_>>().map(Detection::Items)
            }
            Kind::Seq(nodes) => {
                self.refuse_empty(nodes.is_empty(), node)?;
                let elements: Vec<_> = nodes.iter().map(|node| self.detection(node)).collect();
                elements.into_iter().collect::<Option<_>>().map(Detection::OneOf)
            }
            Kind::Scalar(_) => self.value(node).map(Detection::Keyword),
        }
    }

    fn refuse_empty(&mut self, is_empty: bool, node: &Node<'_>) -> Option<()> {
        if is_empty {
            let message = format!("{} without elements matches nothing that could be said", node.type_name());
            self.report(
                Diagnostic::new(Code::EmptyDetection, node.span, message).help("add a value, or remove it"),
            );
            return None;
        }
        Some(())
    }

    fn item<'n, 's>(&mut self, (key, value): &'n Entry<'s>) -> Option<Item<'n, 's>> {
        let Some(text) = key.as_text() else {
            self.wrong_type("a field", "text", key);
            return None;
        };
        let (field, field_span, modifiers) = self.key(key, text);
        let values = match &value.kind {
            Kind::Seq(nodes) => {
                self.refuse_empty(nodes.is_empty(), value)?;
                let values: Vec<_> = nodes.iter().map(|node| self.value(node)).collect();
                values.into_iter().collect::<Option<Vec<_>>>()
            }
            Kind::Scalar(_) | Kind::Map(_) => self.value(value).map(|value| vec![value]),
        };
        Some(Item { field, field_span, modifiers: modifiers?, values: values? })
    }

    /// Splits a key into the field, its place, and the modifiers (`None` if one of them is unknown).
    fn key<'n>(
        &mut self,
        key: &Node<'_>,
        text: &'n str,
    ) -> (Option<&'n str>, Span, Option<Vec<(Modifier, Span)>>) {
        let Some((field, rest)) = text.split_once('|') else {
            return ((!text.is_empty()).then_some(text), key.span, Some(Vec::new()));
        };
        let mut modifiers = Some(Vec::new());
        let mut start = field.len() + 1;
        for name in rest.split('|') {
            let span = key.locate(self.source, start..start + name.len());
            start += name.len() + 1;
            match Modifier::parse(name, span) {
                Ok(modifier) => {
                    if let Some(modifiers) = &mut modifiers {
                        modifiers.push((modifier, span));
                    }
                }
                Err(diagnostic) => {
                    self.report(diagnostic);
                    modifiers = None;
                }
            }
        }
        if field.is_empty() {
            return (None, key.span, modifiers);
        }
        (Some(field), key.locate(self.source, 0..field.len()), modifiers)
    }

    fn value<'n, 's>(&mut self, node: &'n Node<'s>) -> Option<Value<'n, 's>> {
        let Some(scalar) = node.as_scalar() else {
            self.wrong_type("a value", "text, a number, a boolean or null", node);
            return None;
        };
        let text: &'n str = &scalar.text;
        let kind = match scalar.resolve() {
            Plain::Null => ValueKind::Null,
            Plain::Boolean(boolean) => ValueKind::Boolean(boolean),
            Plain::Number => ValueKind::Number(self.number(text, node.span)?),
            Plain::Text => ValueKind::Text,
            Plain::Ambiguous(reading) => {
                let message =
                    format!("`{text}` is text here, but {} to other YAML readers", reading.as_str());
                self.report(
                    Diagnostic::new(Code::AmbiguousScalar, node.span, message)
                        .help(format!("quote it: `'{text}'`")),
                );
                ValueKind::Text
            }
        };
        Some(Value { node, text, kind })
    }

    fn number(&mut self, text: &str, span: Span) -> Option<Number> {
        let number = Number::parse(text);
        let is_integer = !text.contains('.');
        if number.is_none_or(|number| is_integer && !number.is_integer()) {
            let message = format!("the number `{text}` does not fit into 64 bits");
            self.report(
                Diagnostic::new(Code::InvalidValue, span, message).help("quote it to compare it as text"),
            );
            return None;
        }
        number
    }

    fn wrong_type(&mut self, what: &str, expected: &str, node: &Node<'_>) {
        let message = format!("{what} must be {expected}, not {}", node.type_name());
        self.report(Diagnostic::new(Code::InvalidType, node.span, message));
    }

    fn report(&mut self, diagnostic: Diagnostic) {
        self.diagnostics.push(diagnostic);
    }
}

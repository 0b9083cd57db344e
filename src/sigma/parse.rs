//! Nodes to the tree of a detection section.

use super::ast::{ConditionText, Detection, DetectionSection, Item, Search, Value, ValueKind};
use super::condition;
use super::modifiers::Modifier;
use crate::{
    diag::{Code, Diagnostic, Source, Span},
    ir::Number,
    yaml::{Entry, Kind, Node, Plain},
};

/// How many search identifiers a rule may have.
const MAX_SEARCHES: usize = 1000;
/// The longest field with its modifiers, in bytes.
const MAX_KEY: usize = 1024;
/// The longest value, in bytes.
const MAX_VALUE: usize = 1 << 20;

/// What a key says: the field, its place, and the modifiers.
type Key<'n> = (Option<&'n str>, Span, Vec<(Modifier, Span)>);

/// Which section of a document detections stand in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Section {
    /// `detection` of a rule.
    Detection,
    /// `filter`, which names rules too.
    Filter,
}

impl Section {
    fn key(self) -> &'static str {
        match self {
            Self::Detection => "detection",
            Self::Filter => "filter",
        }
    }
}

/// Parses detections; what is wrong with them is collected, and left out of the tree.
pub(super) struct Parser<'a> {
    /// The source, for places inside scalars.
    pub(super) source: &'a Source,
    /// What was found so far.
    pub(super) diagnostics: &'a mut Vec<Diagnostic>,
}

impl Parser<'_> {
    /// The section of detections, if it has the right form at all.
    pub(super) fn section<'n, 's>(
        &mut self,
        node: &'n Node<'s>,
        key: Span,
        which: Section,
    ) -> Option<DetectionSection<'n, 's>> {
        let Some(entries) = node.as_map() else {
            let what = format!("`{}`", which.key());
            self.wrong_type(&what, "a map of search identifiers and a condition", node);
            return None;
        };
        if entries.len() > MAX_SEARCHES {
            let message = format!("`{}` has more than {MAX_SEARCHES} entries", which.key());
            self.report(Diagnostic::new(Code::InvalidValue, key, message));
            return None;
        }
        let mut section =
            DetectionSection { searches: Vec::new(), conditions: Vec::new(), is_complete: true };
        for (name, value) in entries {
            match name.as_text().map(|text| &**text) {
                Some("rules") if which == Section::Filter => {}
                Some("condition") => self.conditions(value, &mut section),
                Some("timeframe") => self.timeframe(name.span, which),
                Some(text) => {
                    let detection = self.detection(value);
                    section.searches.push(Search { name: text, name_span: name.span, detection });
                }
                None => self.wrong_type("a search identifier", "text", name),
            }
        }
        if node.get("condition").is_none() {
            self.report(
                Diagnostic::new(Code::MissingKey, key, format!("`{}` has no `condition`", which.key()))
                    .help("add `condition:` with the search identifiers that have to match"),
            );
            section.is_complete = false;
        }
        Some(section)
    }

    fn timeframe(&mut self, span: Span, which: Section) {
        let message = match which {
            Section::Detection => "`timeframe` has no effect in a detection rule",
            Section::Filter => "`timeframe` has no effect in a filter",
        };
        self.report(
            Diagnostic::new(Code::InvalidMetadata, span, message)
                .help("write a correlation rule with a `timespan`"),
        );
    }

    fn conditions<'n, 's>(&mut self, node: &'n Node<'s>, section: &mut DetectionSection<'n, 's>) {
        let nodes = node.as_seq().unwrap_or(std::slice::from_ref(node));
        if nodes.is_empty() {
            self.report(Diagnostic::new(Code::MissingKey, node.span, "`condition` is an empty list"));
        }
        let parsed: Vec<_> = nodes.iter().filter_map(|node| self.condition(node)).collect();
        section.is_complete = parsed.len() == nodes.len() && !nodes.is_empty();
        section.conditions = parsed;
    }

    fn condition<'n, 's>(&mut self, node: &'n Node<'s>) -> Option<ConditionText<'n, 's>> {
        let Some(text) = node.as_text().filter(|_| !node.is_null()) else {
            self.wrong_type("a condition", "text", node);
            return None;
        };
        match condition::parse(text) {
            Ok(expression) => Some(ConditionText { node, expression }),
            Err(error) => {
                let span = node.locate(self.source, error.range);
                let mut diagnostic = Diagnostic::new(Code::ConditionSyntax, span, error.message);
                diagnostic.help = error.help;
                self.report(diagnostic);
                None
            }
        }
    }

    /// `None` where nothing of it could be parsed.
    fn detection<'n, 's>(&mut self, node: &'n Node<'s>) -> Option<Detection<'n, 's>> {
        match &node.kind {
            Kind::Map(entries) => {
                self.refuse_empty(entries.is_empty(), node)?;
                Some(Detection::Items(entries.iter().filter_map(|entry| self.item(entry)).collect()))
            }
            Kind::Seq(nodes) => {
                self.refuse_empty(nodes.is_empty(), node)?;
                Some(Detection::OneOf(nodes.iter().filter_map(|node| self.detection(node)).collect()))
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
        let parsed = self.key(key, text);
        let nodes = value.as_seq().unwrap_or(std::slice::from_ref(value));
        self.refuse_empty(nodes.is_empty(), value)?;
        let values: Vec<_> = nodes.iter().filter_map(|node| self.value(node)).collect();
        let (field, field_span, modifiers) = parsed?;
        (!values.is_empty()).then_some(Item { field, field_span, modifiers, values })
    }

    /// Splits a key; `None` if one of its modifiers is unknown.
    fn key<'n>(&mut self, key: &Node<'_>, text: &'n str) -> Option<Key<'n>> {
        if text.len() > MAX_KEY {
            let message = format!("a field is longer than {MAX_KEY} bytes");
            self.report(Diagnostic::new(Code::InvalidValue, key.span, message));
            return None;
        }
        let Some((field, rest)) = text.split_once('|') else {
            return Some(((!text.is_empty()).then_some(text), key.span, Vec::new()));
        };
        let mut modifiers = Vec::new();
        let mut is_known = true;
        let mut start = field.len() + 1;
        for name in rest.split('|') {
            let span = key.locate(self.source, start..start + name.len());
            start += name.len() + 1;
            match Modifier::parse(name, span) {
                Ok(modifier) => modifiers.push((modifier, span)),
                Err(diagnostic) => {
                    self.report(diagnostic);
                    is_known = false;
                }
            }
        }
        let field = (!field.is_empty()).then_some(field);
        let span = field.map_or(key.span, |field| key.locate(self.source, 0..field.len()));
        is_known.then_some((field, span, modifiers))
    }

    fn value<'n, 's>(&mut self, node: &'n Node<'s>) -> Option<Value<'n, 's>> {
        let Some(scalar) = node.as_scalar() else {
            self.wrong_type("a value", "text, a number, a boolean or null", node);
            return None;
        };
        let text: &'n str = &scalar.text;
        if text.len() > MAX_VALUE {
            let message = format!("the value is longer than {} MiB", MAX_VALUE >> 20);
            self.report(Diagnostic::new(Code::InvalidValue, node.span, message));
            return None;
        }
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

//! A Sigma rule as written, every word with its place.

use super::condition::Expression;
use super::modifiers::Modifier;
use crate::diag::Span;
use crate::yaml::Node;

/// The detection section of a rule.
#[derive(Debug)]
pub(super) struct DetectionSection<'n, 's> {
    /// The search identifiers in order.
    pub(super) searches: Vec<Search<'n, 's>>,
    /// The conditions, of which one has to hold.
    pub(super) conditions: Vec<ConditionText<'n, 's>>,
    /// Whether every condition could be parsed.
    pub(super) is_complete: bool,
}

/// A condition and the scalar it stands in.
#[derive(Debug)]
pub(super) struct ConditionText<'n, 's> {
    /// The scalar; the expression's spans count from the start of its text.
    pub(super) node: &'n Node<'s>,
    /// The parsed condition.
    pub(super) expression: Expression,
}

/// A named detection.
#[derive(Debug)]
pub(super) struct Search<'n, 's> {
    /// The search identifier.
    pub(super) name: &'n str,
    /// Where the identifier stands.
    pub(super) name_span: Span,
    /// What it stands for; `None` where that could not be parsed.
    pub(super) detection: Option<Detection<'n, 's>>,
}

/// What a search identifier stands for.
#[derive(Debug)]
pub(super) enum Detection<'n, 's> {
    /// A map: all of its items have to match.
    Items(Vec<Item<'n, 's>>),
    /// A list: one of its elements has to match.
    OneOf(Vec<Detection<'n, 's>>),
    /// A scalar alone: a keyword.
    Keyword(Value<'n, 's>),
}

/// An item of a map: `field|modifier|…: values`.
#[derive(Debug)]
pub(super) struct Item<'n, 's> {
    /// The field's name; `None` for a keyword search with modifiers.
    pub(super) field: Option<&'n str>,
    /// Where the field, or the whole key of a keyword search, stands.
    pub(super) field_span: Span,
    /// The modifiers in order.
    pub(super) modifiers: Vec<(Modifier, Span)>,
    /// The values; never empty.
    pub(super) values: Vec<Value<'n, 's>>,
}

/// A scalar value.
#[derive(Debug, Clone, Copy)]
pub(super) struct Value<'n, 's> {
    /// The scalar.
    pub(super) node: &'n Node<'s>,
    /// Its text as spelled.
    pub(super) text: &'n str,
    /// What it resolves to.
    pub(super) kind: ValueKind,
}

/// What a value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ValueKind {
    /// No value.
    Null,
    /// `true` or `false`.
    Boolean(bool),
    /// A number.
    Number(crate::ir::Number),
    /// Text.
    Text,
}

impl Value<'_, '_> {
    /// Where it stands.
    pub(super) fn span(&self) -> Span {
        self.node.span
    }
}

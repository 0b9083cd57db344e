//! A Sigma rule as written, every word with its place.

use super::condition::Expression;
use super::modifiers::Modifier;
use crate::diag::Span;
use crate::yaml::Node;

/// The detection section of a rule.
#[derive(Debug)]
pub(crate) struct DetectionSection<'n, 's> {
    /// The search identifiers in order.
    pub(crate) searches: Vec<Search<'n, 's>>,
    /// The conditions, of which one has to hold.
    pub(crate) conditions: Vec<ConditionText<'n, 's>>,
    /// Whether every condition could be parsed.
    pub(crate) is_complete: bool,
}

/// A condition and the scalar it stands in.
#[derive(Debug)]
pub(crate) struct ConditionText<'n, 's> {
    /// The scalar; the expression's spans count from the start of its text.
    pub(crate) node: &'n Node<'s>,
    /// The parsed condition.
    pub(crate) expression: Expression,
}

/// A named detection.
#[derive(Debug)]
pub(crate) struct Search<'n, 's> {
    /// The search identifier.
    pub(crate) name: &'n str,
    /// Where the identifier stands.
    pub(crate) name_span: Span,
    /// What it stands for; `None` where that could not be parsed.
    pub(crate) detection: Option<Detection<'n, 's>>,
}

/// What a search identifier stands for.
#[derive(Debug)]
pub(crate) enum Detection<'n, 's> {
    /// A map: all of its items have to match.
    Items(Vec<Item<'n, 's>>),
    /// A list: one of its elements has to match.
    OneOf(Vec<Detection<'n, 's>>),
    /// A scalar alone: a keyword.
    Keyword(Value<'n, 's>),
}

/// An item of a map: `field|modifier|…: values`.
#[derive(Debug)]
pub(crate) struct Item<'n, 's> {
    /// The field's name; `None` for a keyword search with modifiers.
    pub(crate) field: Option<&'n str>,
    /// Where the field, or the whole key of a keyword search, stands.
    pub(crate) field_span: Span,
    /// The modifiers in order.
    pub(crate) modifiers: Vec<(Modifier, Span)>,
    /// The values; never empty.
    pub(crate) values: Vec<Value<'n, 's>>,
}

/// A scalar value.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Value<'n, 's> {
    /// The scalar.
    pub(crate) node: &'n Node<'s>,
    /// Its text as spelled.
    pub(crate) text: &'n str,
    /// What it resolves to.
    pub(crate) kind: ValueKind,
}

/// What a value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ValueKind {
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
    pub(crate) fn span(&self) -> Span {
        self.node.span
    }
}

//! The syntax tree of EQL event queries ("EQL syntax reference", Elasticsearch).

use std::sync::Arc;

use crate::ir::{Comparison, Field, Number};

/// A query.
#[derive(Debug, Clone, PartialEq)]
pub enum Query {
    /// Single events.
    Event(Event),
    /// Events that belong together.
    Sequence(Sequence),
}

/// `sequence by key [ … ] [ … ]`, or `sample by key [ … ] [ … ]`.
#[derive(Debug, Clone, PartialEq)]
pub struct Sequence {
    /// Whether the events have an order: `sequence`; a `sample` has none.
    pub is_ordered: bool,
    /// How far apart the first and the last may be, in milliseconds.
    pub max_span: Option<i64>,
    /// The events, each with its keys; the keys of all are equal.
    pub steps: Vec<(Event, Vec<Field>)>,
    /// How many events of each step there have to be, one after the other.
    pub runs: u64,
}

/// An event query: `category where condition`.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// The event category; `any` without one.
    pub category: Option<Arc<str>>,
    /// What the events satisfy.
    pub condition: Expr,
}

/// A condition.
#[derive(Debug, Clone, PartialEq)]
pub enum Expr {
    /// `true` or `false`.
    Constant(bool),
    /// `a or b`.
    Or(Vec<Expr>),
    /// `a and b`.
    And(Vec<Expr>),
    /// `not a`.
    Not(Box<Expr>),
    /// `f == 1`, `f != null`.
    Compare(Operand, Comparator, Literal),
    /// `f : "a*"`, `f in ("a", "b")`; the values are one or more.
    List(Operand, ListOperator, Vec<Literal>),
    /// `cidrMatch(f, "10.0.0.0/8")`.
    Call(&'static str, Vec<Argument>),
}

/// What stands left of an operator.
#[derive(Debug, Clone, PartialEq)]
pub enum Operand {
    /// A field.
    Field(Field),
    /// `string(f)`: the value as text.
    AsText(Field),
}

/// An operator between an operand and one literal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparator {
    /// `==`, `<`, `<=`, `>`, `>=`; equality of text counts case.
    Is(Comparison),
    /// `!=`.
    IsNot,
}

/// An operator that takes a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ListOperator {
    /// `:`, wildcards without case.
    Colon,
    /// `like`, wildcards with case.
    Like,
    /// `in`, whole values with case.
    In,
    /// `in~`, whole text without case, where `*` and `?` are themselves.
    InInsensitive,
    /// `regex`, whole values.
    Regex,
    /// `regex~`, whole values without case.
    RegexInsensitive,
}

/// A literal.
#[derive(Debug, Clone, PartialEq)]
pub enum Literal {
    /// A missing value.
    Null,
    /// `true` or `false`.
    Boolean(bool),
    /// A number.
    Number(Number),
    /// Text, wildcards of the operator included.
    Text(String),
    /// A regular expression in Lucene's syntax.
    Regex(String),
}

/// An argument of a function.
#[derive(Debug, Clone, PartialEq)]
pub enum Argument {
    /// A field, or its text.
    Operand(Operand),
    /// A literal.
    Literal(Literal),
}

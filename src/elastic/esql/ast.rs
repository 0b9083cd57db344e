//! The syntax tree of a query.

use std::sync::Arc;

use crate::ir::Number;

/// `FROM` and the commands after it.
#[derive(Debug, Clone, PartialEq)]
pub struct Query {
    /// Index patterns.
    pub from: Vec<Arc<str>>,
    /// What the rows pass, in order.
    pub commands: Vec<Command>,
}

/// A processing command.
#[derive(Debug, Clone, PartialEq)]
pub enum Command {
    /// `WHERE`: keeps the rows on which the condition is true.
    Where(Expr),
    /// `EVAL`: adds a computed column.
    Eval(Arc<str>, Expr),
}

/// An expression.
#[derive(Debug, Clone, PartialEq)]
pub enum Expr {
    /// A column, its name unquoted.
    Column(Arc<str>),
    /// A constant.
    Literal(Literal),
    /// A function.
    Call(&'static str, Vec<Expr>),
    /// Two operands.
    Binary(Box<Expr>, Operator, Box<Expr>),
    /// `IN` a list.
    In(Box<Expr>, Vec<Expr>),
    /// `IS NULL`.
    IsNull(Box<Expr>),
    /// `IS NOT NULL`.
    IsNotNull(Box<Expr>),
    /// `NOT`.
    Not(Box<Expr>),
    /// `AND` of two or more.
    And(Vec<Expr>),
    /// `OR` of two or more.
    Or(Vec<Expr>),
}

/// A constant.
#[derive(Debug, Clone, PartialEq)]
pub enum Literal {
    /// Text, unquoted.
    Text(String),
    /// A number.
    Number(Number),
    /// `true` or `false`.
    Boolean(bool),
    /// A span of time, in ES|QL's own words (`1 week`).
    Timespan(&'static str),
}

/// An operator between two operands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operator {
    /// `==`
    Equal,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
    /// `LIKE`: the whole value, with `*` and `?`.
    Like,
    /// `RLIKE`: the whole value, a Lucene regular expression.
    Rlike,
    /// `:`: any value of a field, by the index.
    Match,
    /// `+`
    Add,
    /// `/`
    Divide,
}

impl Operator {
    /// The spelling.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Equal => "==",
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
            Self::Like => "LIKE",
            Self::Rlike => "RLIKE",
            Self::Match => ":",
            Self::Add => "+",
            Self::Divide => "/",
        }
    }
}

impl Expr {
    pub(super) fn text(text: impl Into<String>) -> Self {
        Self::Literal(Literal::Text(text.into()))
    }

    pub(super) fn boolean(value: bool) -> Self {
        Self::Literal(Literal::Boolean(value))
    }

    pub(super) fn binary(left: Self, operator: Operator, right: Self) -> Self {
        Self::Binary(Box::new(left), operator, Box::new(right))
    }

    /// All of the terms, flat.
    pub(super) fn all(terms: impl IntoIterator<Item = Self>) -> Self {
        let mut flat = Vec::new();
        for term in terms {
            match term {
                Self::And(inner) => flat.extend(inner),
                other => flat.push(other),
            }
        }
        if flat.len() == 1 { flat.swap_remove(0) } else { Self::And(flat) }
    }

    /// Any of the terms, flat.
    pub(super) fn any(terms: impl IntoIterator<Item = Self>) -> Self {
        let mut flat = Vec::new();
        for term in terms {
            match term {
                Self::Or(inner) => flat.extend(inner),
                other => flat.push(other),
            }
        }
        if flat.len() == 1 { flat.swap_remove(0) } else { Self::Or(flat) }
    }

    /// The negation, for an operand that is never null.
    pub(super) fn negated(self) -> Self {
        match self {
            Self::IsNull(operand) => Self::IsNotNull(operand),
            Self::IsNotNull(operand) => Self::IsNull(operand),
            Self::Literal(Literal::Boolean(value)) => Self::boolean(!value),
            Self::Not(inner) => *inner,
            other => Self::Not(Box::new(other)),
        }
    }
}

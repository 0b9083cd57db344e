//! Scalar expressions.

use super::{BinaryOperator, InOperator, Name, Place, Query, RowSchema};
use crate::diag::Span;

/// A scalar expression, or a tabular one where the language takes both.
#[derive(Debug, Clone, PartialEq)]
pub enum Expression {
    /// A constant.
    Literal(Literal, Place),
    /// `dynamic(…)`.
    Dynamic(Dynamic, Place),
    /// A column, a table, or what a `let` has bound.
    Name(Name),
    /// A name with `*` in it, which stands for several: `Device*`.
    Pattern(Name),
    /// `*`: any column, all columns, all tables.
    Star(Place),
    /// A property of a dynamic value, or a table of another database: `AdditionalFields.PipeName`.
    Member(Box<Expression>, Name),
    /// An element of a dynamic value: `Fields["a b"]`, `Entities[0]`.
    Index(Box<Expression>, Box<Expression>),
    /// `$left.X`, `$right.X` are members of this.
    Side(Name),
    /// Two operands.
    Binary(Box<Expression>, BinaryOperator, Box<Expression>),
    /// A test with a list, whose elements stand in parentheses; a table is one element.
    In(Box<Expression>, InOperator, Vec<Expression>, Place),
    /// `x between (from .. to)`; negated with `!between`.
    Between {
        /// What is tested.
        value: Box<Expression>,
        /// Whether it is `!between`.
        negated: bool,
        /// The least, included.
        from: Box<Expression>,
        /// The greatest, included; a timespan counts from `from`.
        to: Box<Expression>,
        /// All of it.
        place: Place,
    },
    /// `-x`, `+x`.
    Signed {
        /// Whether the sign is `-`.
        negative: bool,
        /// What it stands before.
        value: Box<Expression>,
        /// All of it.
        place: Place,
    },
    /// A function's call.
    Call(Call),
    /// `and` of two or more.
    And(Vec<Expression>),
    /// `or` of two or more.
    Or(Vec<Expression>),
    /// A query as a value: in parentheses, or as an argument of `materialize`, `toscalar` and the like.
    Query(Box<Query>),
    /// `datatable (a: string) [ … ]`, row by row.
    DataTable(RowSchema, Vec<Expression>, Place),
    /// `externaldata (a: string) [ … ] with (…)`.
    ExternalData {
        /// What the rows hold.
        schema: RowSchema,
        /// Where they are.
        uris: Vec<Expression>,
        /// How they are written: `format="csv"`, `ignoreFirstRecord=true`.
        properties: Vec<(Name, Expression)>,
        /// All of it.
        place: Place,
    },
}

/// A call of a function: `f(x)`, or of one inside another: `cluster("c").database("d")`.
#[derive(Debug, Clone, PartialEq)]
pub struct Call {
    /// What it is a member of.
    pub on: Option<Box<Expression>>,
    /// Which function.
    pub function: Name,
    /// Its arguments.
    pub arguments: Vec<Argument>,
    /// All of it.
    pub place: Place,
}

/// An argument.
#[derive(Debug, Clone, PartialEq)]
pub struct Argument {
    /// The parameter, where the call names it.
    pub name: Option<Name>,
    /// What it is.
    pub value: Expression,
}

/// A constant.
#[derive(Debug, Clone, PartialEq)]
pub enum Literal {
    /// Text, whatever its quotes; adjacent ones are one.
    String(String),
    /// `h"…"`: text that logs hide.
    Hidden(String),
    /// `true` or `false`.
    Bool(bool),
    /// A signed 64-bit integer.
    Long(i64),
    /// `int(…)`.
    Int(i64),
    /// A double.
    Real(f64),
    /// An integer that needs more than 64 bits with a sign.
    Decimal(i128),
    /// `decimal(1.5)`, as written.
    DecimalText(String),
    /// A length of time in ticks of 100 ns.
    Timespan {
        /// How long.
        ticks: i64,
        /// As written (`1d`, `24h`, `time(1.02:03:04)`); empty where rulec wrote it.
        spelling: String,
    },
    /// What stands in `datetime(…)`, without quotes; `null` for none.
    Datetime(String),
    /// What stands in `guid(…)`, without quotes.
    Guid(String),
    /// `int(null)`, `datetime(null)`, …: no value of this type.
    Null(&'static str),
}

/// A JSON value, as `dynamic(…)` takes it.
#[derive(Debug, Clone, PartialEq)]
pub enum Dynamic {
    /// `null`.
    Null,
    /// A scalar; besides JSON's also `datetime(…)` and `timespan(…)`.
    Literal(Literal),
    /// `[…]`.
    Array(Vec<Dynamic>),
    /// `{…}`, in order.
    Bag(Vec<(String, Dynamic)>),
}

impl Expression {
    /// A text constant.
    pub fn text(text: impl Into<String>) -> Self {
        Self::Literal(Literal::String(text.into()), Place::default())
    }

    /// A constant.
    pub fn literal(literal: Literal) -> Self {
        Self::Literal(literal, Place::default())
    }

    /// A column.
    pub fn name(name: impl Into<Name>) -> Self {
        Self::Name(name.into())
    }

    /// A call with arguments by position.
    pub fn call(function: &str, arguments: impl IntoIterator<Item = Self>) -> Self {
        let arguments = arguments.into_iter().map(|value| Argument { name: None, value });
        Self::Call(Call {
            on: None,
            function: function.into(),
            arguments: arguments.collect(),
            place: Place::default(),
        })
    }

    /// A binary operation.
    pub fn binary(left: Self, operator: BinaryOperator, right: Self) -> Self {
        Self::Binary(Box::new(left), operator, Box::new(right))
    }

    /// A test with a list.
    pub fn list(left: Self, operator: InOperator, values: Vec<Self>) -> Self {
        Self::In(Box::new(left), operator, values, Place::default())
    }

    /// The complement, with a negated operator where there is one, else `not(…)`. The expression must not be null.
    #[must_use]
    pub fn negated(self) -> Self {
        match self {
            // `* !contains "x"` asks for *one* column without it.
            Self::Binary(left, operator, right) if !matches!(*left, Self::Star(_)) => {
                match operator.negated() {
                    Some(operator) => Self::Binary(left, operator, right),
                    None => Self::call("not", [Self::Binary(left, operator, right)]),
                }
            }
            Self::In(left, operator, values, place) => match operator.negated() {
                Some(operator) => Self::In(left, operator, values, place),
                None => Self::call("not", [Self::In(left, operator, values, place)]),
            },
            Self::Literal(Literal::Bool(value), place) => Self::Literal(Literal::Bool(!value), place),
            Self::Call(call) => match call.complement() {
                Some(function) => Self::Call(Call { function: function.into(), ..call }),
                None => Self::call("not", [Self::Call(call)]),
            },
            other => Self::call("not", [other]),
        }
    }

    /// Where it stands: from its first word to its last.
    pub fn span(&self) -> Span {
        match self {
            Self::Literal(_, place)
            | Self::Dynamic(_, place)
            | Self::Star(place)
            | Self::In(.., place)
            | Self::Between { place, .. }
            | Self::Signed { place, .. }
            | Self::DataTable(.., place)
            | Self::ExternalData { place, .. } => place.0,
            Self::Call(call) => call.place.0,
            Self::Name(name) | Self::Pattern(name) | Self::Side(name) => name.place.0,
            Self::Member(object, name) => object.span().to(name.place.0),
            Self::Index(object, index) => object.span().to(index.span()),
            Self::Binary(left, _, right) => left.span().to(right.span()),
            Self::And(terms) | Self::Or(terms) => match (terms.first(), terms.last()) {
                (Some(first), Some(last)) => first.span().to(last.span()),
                _ => Span::default(),
            },
            Self::Query(query) => query.span(),
        }
    }
}

impl Call {
    /// The arguments, if it is a plain call of this function.
    pub fn of(&self, function: &str) -> Option<&[Argument]> {
        (self.on.is_none() && self.function.text == function).then_some(&*self.arguments)
    }

    /// The function that is true exactly where this one is not.
    fn complement(&self) -> Option<&'static str> {
        match &*self.function.text {
            _ if self.on.is_some() => None,
            "isempty" => Some("isnotempty"),
            "isnotempty" => Some("isempty"),
            "isnull" => Some("isnotnull"),
            "isnotnull" => Some("isnull"),
            _ => None,
        }
    }
}

impl Query {
    /// Where it stands.
    pub fn span(&self) -> Span {
        let start = match &self.source {
            super::Source::Expression(expression) => expression.span(),
            super::Source::Operator(step) => step.place.0,
        };
        self.operators.last().map_or(start, |last| start.to(last.place.0))
    }
}

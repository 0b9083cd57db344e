//! The syntax tree of the Kusto Query Language: one tree for queries that are read and queries that are written.
//!
//! A tree is printed as it stands: a junction directly inside one of its own kind keeps its parentheses. Two trees
//! are equal if they mean the same text, wherever that text stood: places do not count.

mod expression;
mod operator;
mod symbol;

pub use expression::{Argument, Call, Dynamic, Expression, Literal};
pub use operator::{
    Aggregation, Column, Join, MakeSeries, MvApply, MvExpand, MvItem, Nulls, Operator, Ordered, Parameter,
    Parse, ParsePart, Partition, RowSchema, Scan, ScanStep, Search, TopNested,
};
pub use symbol::{BinaryOperator, InOperator};

use crate::diag::Span;

/// Where a node stands in its source. Nodes that rulec writes stand nowhere: `Place::default()`. All places are equal,
/// so that trees compare by what they say.
#[derive(Debug, Clone, Copy, Default)]
pub struct Place(pub Span);

impl PartialEq for Place {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Place {}

/// A text of statements. The value of the last tabular expression is the query's result.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Script {
    /// What it says, in order.
    pub statements: Vec<Statement>,
    /// What stands between, in order of place.
    pub comments: Vec<Comment>,
}

/// `// …` up to the end of its line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comment {
    /// With its slashes, without trailing space.
    pub text: String,
    /// Where it stands.
    pub place: Place,
}

/// What ends with `;`, or with the text.
#[derive(Debug, Clone, PartialEq)]
pub enum Statement {
    /// `let name = value;`
    Let(Name, LetValue),
    /// `set option = value;`; without a value, the option alone.
    Set(Name, Option<Expression>),
    /// `declare query_parameters(…);`
    DeclareParameters(Vec<FunctionParameter>),
    /// `alias database name = …;`
    AliasDatabase(Name, Expression),
    /// `restrict access to (…);`
    Restrict(Vec<Expression>),
    /// The result, or one of several.
    Tabular(Query),
}

/// What a `let` binds.
#[derive(Debug, Clone, PartialEq)]
pub enum LetValue {
    /// A scalar, a list, a table's name or a tabular expression; only the binder can tell.
    Expression(Expression),
    /// `view () { … }` or `(a: string, T: (*)) { … }`.
    Function(Function),
}

/// A function that a query defines.
#[derive(Debug, Clone, PartialEq)]
pub struct Function {
    /// Whether `view` stands before it, so that `union *` finds it.
    pub is_view: bool,
    /// What it takes.
    pub parameters: Vec<FunctionParameter>,
    /// What it says; the last statement is its value. A scalar body is a [`Query`] of that expression alone.
    pub body: Vec<Statement>,
    /// All of it.
    pub place: Place,
}

/// A parameter of a function, or of a query.
#[derive(Debug, Clone, PartialEq)]
pub struct FunctionParameter {
    /// What it is called.
    pub name: Name,
    /// What it takes.
    pub ty: ParameterType,
    /// What it is where the caller says nothing.
    pub default: Option<Expression>,
}

/// What a parameter takes.
#[derive(Debug, Clone, PartialEq)]
pub enum ParameterType {
    /// A scalar of this type, by its name (`string`, `long`, …).
    Scalar(Name),
    /// A table with at least these columns; `(*)` has none.
    Table(RowSchema),
}

/// A tabular expression: a source and the operators that its rows pass. A scalar on its own is a query without
/// operators.
#[derive(Debug, Clone, PartialEq)]
pub struct Query {
    /// Where the rows come from.
    pub source: Source,
    /// What they pass, in order.
    pub operators: Vec<Step>,
}

/// The start of a query.
#[derive(Debug, Clone, PartialEq)]
pub enum Source {
    /// A table's name, a call, `datatable`, a query in parentheses, or any other expression.
    Expression(Expression),
    /// An operator that needs no rows before it: `union`, `print`, `range`, `search`, `find`, `evaluate`.
    Operator(Box<Step>),
}

/// An operator and where it stands, from its first word to its end.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// What it does.
    pub operator: Operator,
    /// Where it stands.
    pub place: Place,
}

/// The name of a table, column, function or property, unquoted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Name {
    /// Without brackets and quotes.
    pub text: String,
    /// Where it stands, brackets and quotes included.
    pub place: Place,
}

impl From<&str> for Name {
    fn from(name: &str) -> Self {
        Self { text: name.to_owned(), place: Place::default() }
    }
}

impl From<String> for Name {
    fn from(text: String) -> Self {
        Self { text, place: Place::default() }
    }
}

impl From<Operator> for Step {
    fn from(operator: Operator) -> Self {
        Self { operator, place: Place::default() }
    }
}

//! The syntax tree: a search expression and an eval expression are two languages.

/// A pipeline: where its rows come from, then commands.
#[derive(Debug, Clone, PartialEq)]
pub struct Query {
    /// The start.
    pub base: Base,
    /// What follows, each after a pipe.
    pub commands: Vec<Command>,
}

/// The start of a pipeline.
#[derive(Debug, Clone, PartialEq)]
pub enum Base {
    /// The implicit first `search` over raw events.
    Search(Search),
    /// `| tstats` over a data model.
    Tstats(Tstats),
}

/// Counts the events of a data model's dataset by some of its fields, which stand without the dataset's prefix here.
#[derive(Debug, Clone, PartialEq)]
pub struct Tstats {
    /// The data model: `Endpoint`.
    pub model: String,
    /// Its root dataset, which prefixes every field: `Processes`.
    pub dataset: String,
    /// Which events.
    pub filter: Search,
    /// The fields that survive, one row for each of their combinations.
    pub by: Vec<String>,
}

/// A command after the base search.
#[derive(Debug, Clone, PartialEq)]
pub enum Command {
    /// `| search …`
    Search(Search),
    /// `| rename Dataset.* AS *`
    Unprefix(String),
    /// `| where …`
    Where(Eval),
    /// `| eval field=…`
    Eval(String, Eval),
}

/// A search expression: `NOT` binds tightest, then `OR`, then `AND`.
#[derive(Debug, Clone, PartialEq)]
pub enum Search {
    /// `*`: every event.
    Everything,
    /// A search macro, which stands between backquotes.
    Macro(String),
    /// Juxtaposed terms.
    And(Vec<Search>),
    /// Terms joined by `OR`.
    Or(Vec<Search>),
    /// `NOT term`.
    Not(Box<Search>),
    /// `"text"`: a quoted keyword, in which `*` is a wildcard.
    Keyword(String),
    /// `field=*`.
    Present(String),
    /// `field="value"`, in which `*` is a wildcard.
    Equals(String, String),
    /// `field IN ("value", …)`, in which `*` is a wildcard.
    In(String, Vec<String>),
    /// `field>5`, and `field=5` for the symbol `=`.
    Compare(String, &'static str, String),
}

/// An eval expression: `NOT` binds tightest, then `AND`, then `OR`.
#[derive(Debug, Clone, PartialEq)]
pub enum Eval {
    /// Operands joined by `AND`.
    And(Vec<Eval>),
    /// Operands joined by `OR`.
    Or(Vec<Eval>),
    /// `NOT operand`.
    Not(Box<Eval>),
    /// `left=right`, by its symbol (`=`, `<`, `.` and so on).
    Binary(Box<Eval>, &'static str, Box<Eval>),
    /// `name(arguments)`.
    Call(&'static str, Vec<Eval>),
    /// A field.
    Field(String),
    /// A string.
    Text(String),
    /// A number, as printed.
    Number(String),
}

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
    /// `| inputlookup name`: the rows of a lookup table.
    Inputlookup(String),
    /// `| multisearch [search …] [search …]`: the rows of several streaming searches.
    Multisearch(Vec<Query>),
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
    /// `| eval field=…, field=…`, each of which reads what those before it computed.
    Eval(Vec<(String, Eval)>),
    /// `| table field, …`
    Table(Vec<String>),
    /// `| fields field, …`
    Fields(Vec<String>),
    /// `| fields - field, …`
    FieldsRemoved(Vec<String>),
    /// `| rename old AS new, …`
    Rename(Vec<(String, String)>),
    /// `| stats …` or `| eventstats …`
    Stats(Stats),
    /// `| streamstats …` of the rows so far, or of those of the last so long (`5m`).
    Streamstats(Option<String>, Stats),
    /// `| dedup field …`
    Dedup(Vec<String>),
    /// `| sort 0 …` of all rows, by fields that ascend or not.
    Sort(Vec<(String, Direction)>),
    /// `| head 10`
    Head(u64),
    /// `| join …`
    Join(Join),
    /// `| append [search …]`
    Append(Query),
    /// `| mvexpand field`
    Mvexpand(String),
    /// `| rex …`
    Rex(Rex),
    /// `| fillnull value="" field …`
    Fillnull(Vec<String>),
    /// `| bin field span=1h AS output`
    Bin {
        /// The field whose values are put into bins.
        field: String,
        /// How long a bin is: `1h`.
        span: String,
        /// Where the start of the bin goes, if not into the field itself.
        output: Option<String>,
    },
    /// `| lookup table column AS field OUTPUT column AS output`
    Lookup {
        /// The lookup table.
        table: String,
        /// Its column that is compared.
        column: String,
        /// The field that it is compared with.
        field: String,
        /// The field that is there where a row was found.
        output: String,
    },
}

/// Which way rows are sorted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// The least first.
    Ascending,
    /// The greatest first.
    Descending,
}

/// Aggregates of groups.
#[derive(Debug, Clone, PartialEq)]
pub struct Stats {
    /// Whether the rows stay and get the aggregates as fields (`eventstats`).
    pub keeps_rows: bool,
    /// The aggregates.
    pub functions: Vec<StatsFunction>,
    /// What the rows of a group have in common.
    pub by: Vec<String>,
}

/// `function(argument) AS output`.
#[derive(Debug, Clone, PartialEq)]
pub struct StatsFunction {
    /// `dc`, `perc95`.
    pub name: String,
    /// What it is computed of; nothing for `count`.
    pub argument: Option<Eval>,
    /// The field it goes to.
    pub output: String,
}

/// The rows of a subsearch beside those of the search.
#[derive(Debug, Clone, PartialEq)]
pub struct Join {
    /// Whether rows without a counterpart stay (`type=left`).
    pub is_left: bool,
    /// How many counterparts a row gets: 0 for all.
    pub max: u64,
    /// Whether fields that both sides have are taken from the subsearch.
    pub overwrites: bool,
    /// The fields that must be equal.
    pub on: Vec<String>,
    /// The other rows.
    pub with: Box<Query>,
}

/// Fields taken out of a text by the named groups of a regular expression.
#[derive(Debug, Clone, PartialEq)]
pub struct Rex {
    /// The text.
    pub field: String,
    /// The expression.
    pub regex: String,
    /// Whether all matches are taken, not the first one alone.
    pub all: bool,
}

/// A search expression: `NOT` binds tightest, then `OR`, then `AND`.
#[derive(Debug, Clone, PartialEq)]
pub enum Search {
    /// `*`: every event.
    Everything,
    /// A search macro, which stands between backquotes.
    Macro(String),
    /// A search macro that tests a field: `` `name(field)` ``.
    Call(String, String),
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
    /// `[search …]`: the rows of a subsearch as alternatives of `field="value"`.
    Subsearch(Box<Query>),
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
    /// `left+right`, by its symbol (`+`, `-`, `*`, `/`, `%`).
    Arithmetic(Box<Eval>, &'static str, Box<Eval>),
    /// `a.b.c`: texts one after the other.
    Concat(Vec<Eval>),
    /// `name(arguments)`.
    Call(&'static str, Vec<Eval>),
    /// A field.
    Field(String),
    /// A string.
    Text(String),
    /// A number, as printed.
    Number(String),
}

impl Eval {
    /// A field.
    pub(super) fn field(name: &str) -> Self {
        Self::Field(name.to_owned())
    }

    /// A string.
    pub(super) fn text(text: &str) -> Self {
        Self::Text(text.to_owned())
    }

    /// A number.
    pub(super) fn number(number: impl std::fmt::Display + Copy) -> Self {
        Self::Number(format!("{number}"))
    }

    /// `null()`
    pub(super) fn null() -> Self {
        Self::Call("null", vec![])
    }

    /// `name(arguments)`
    pub(super) fn call<const N: usize>(name: &'static str, arguments: [Eval; N]) -> Self {
        Self::Call(name, arguments.into())
    }

    /// `left=right`, by its symbol.
    pub(super) fn binary(left: Eval, symbol: &'static str, right: Eval) -> Self {
        Self::Binary(Box::new(left), symbol, Box::new(right))
    }

    /// `left+right`, by its symbol.
    pub(super) fn arithmetic(left: Eval, symbol: &'static str, right: Eval) -> Self {
        Self::Arithmetic(Box::new(left), symbol, Box::new(right))
    }

    /// `if(condition, then, otherwise)`; a condition that is null does not hold.
    pub(super) fn choose(condition: Eval, then: Eval, otherwise: Eval) -> Self {
        Self::call("if", [condition, then, otherwise])
    }
}

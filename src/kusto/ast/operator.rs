//! Tabular operators.

use super::{Call, Expression, Name, Query};

/// A tabular operator. Legacy spellings (`filter`, `limit`, `order by`, `mvexpand`) are those of today.
#[derive(Debug, Clone, PartialEq)]
pub enum Operator {
    /// `as T`: names the rows so far.
    As(Vec<Parameter>, Name),
    /// `assert-schema (…)`.
    AssertSchema(RowSchema),
    /// `consume`: no rows.
    Consume(Vec<Parameter>),
    /// `count`: one row with the number of rows.
    Count,
    /// `distinct`: the different rows of these columns; `*` for all.
    Distinct(Vec<Parameter>, Vec<Expression>),
    /// `evaluate plugin(…)`, and the columns that it is said to return.
    Evaluate(Vec<Parameter>, Call, Option<RowSchema>),
    /// `extend`: adds computed columns, or replaces some.
    Extend(Vec<Column>),
    /// `facet by … with (…)`.
    Facet(Vec<Expression>, Option<Box<Query>>),
    /// `find`: rows of many tables.
    Find(Search),
    /// `fork (…) (…)`, each branch with a name or none.
    Fork(Vec<(Option<Name>, Vec<super::Step>)>),
    /// `getschema`.
    GetSchema,
    /// `graph-match`, `make-graph` and their like: the operator's word, and the rest as written.
    Graph(&'static str, String),
    /// `invoke f(…)`: the rows go to a function.
    Invoke(Call),
    /// `join`.
    Join(Join),
    /// `lookup`.
    Lookup(Join),
    /// `make-series`.
    MakeSeries(Box<MakeSeries>),
    /// `mv-apply`.
    MvApply(Box<MvApply>),
    /// `mv-expand`.
    MvExpand(MvExpand),
    /// `parse`, or `parse-where`, which keeps only rows that match.
    Parse(Parse),
    /// `parse-kv text as (a: string) with (…)`.
    ParseKv(Expression, RowSchema, Vec<Parameter>),
    /// `partition by`.
    Partition(Partition),
    /// `print`: one row.
    Print(Vec<Column>),
    /// `project`: these columns and no others.
    Project(Vec<Column>),
    /// `project-away`: all but these; names may have wildcards.
    ProjectAway(Vec<Expression>),
    /// `project-by-names`.
    ProjectByNames(Vec<Expression>),
    /// `project-keep`: only these, in the table's order.
    ProjectKeep(Vec<Expression>),
    /// `project-rename new = old`.
    ProjectRename(Vec<Column>),
    /// `project-reorder`: these first.
    ProjectReorder(Vec<Ordered>),
    /// `range x from a to b step c`.
    Range {
        /// The column.
        column: Name,
        /// Its first value.
        from: Expression,
        /// The bound.
        to: Expression,
        /// The distance.
        step: Expression,
    },
    /// `reduce by …`.
    Reduce(Vec<Parameter>, Expression, Vec<Parameter>),
    /// `render chart with (…)`.
    Render(Name, Vec<Parameter>),
    /// `sample n`.
    Sample(Expression),
    /// `sample-distinct n of column`.
    SampleDistinct(Expression, Expression),
    /// `scan`.
    Scan(Box<Scan>),
    /// `search`: a text in any column.
    Search(Search),
    /// `serialize`, with computed columns.
    Serialize(Vec<Column>),
    /// `sort by`.
    Sort(Vec<Parameter>, Vec<Ordered>),
    /// `summarize`.
    Summarize(Aggregation),
    /// `take n`.
    Take(Expression),
    /// `top n by …`.
    Top(Vec<Parameter>, Expression, Vec<Ordered>),
    /// `top-hitters n of x by y`.
    TopHitters(Expression, Expression, Option<Expression>),
    /// `top-nested …`, level by level.
    TopNested(Vec<TopNested>),
    /// `union`: the rows before it, if any, and those of these tables.
    Union(Vec<Parameter>, Vec<Expression>),
    /// `where`: keeps the rows on which the predicate is true.
    Where(Vec<Parameter>, Expression),
}

impl Operator {
    /// The word that it starts with, in today's spelling.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Graph(word, _) => word,
            Self::Parse(parse) if parse.only_matching => "parse-where",
            Self::Parse(_) => "parse",
            Self::As(..) => "as",
            Self::AssertSchema(..) => "assert-schema",
            Self::Consume(..) => "consume",
            Self::Count => "count",
            Self::Distinct(..) => "distinct",
            Self::Evaluate(..) => "evaluate",
            Self::Extend(..) => "extend",
            Self::Facet(..) => "facet",
            Self::Find(..) => "find",
            Self::Fork(..) => "fork",
            Self::GetSchema => "getschema",
            Self::Invoke(..) => "invoke",
            Self::Join(..) => "join",
            Self::Lookup(..) => "lookup",
            Self::MakeSeries(..) => "make-series",
            Self::MvApply(..) => "mv-apply",
            Self::MvExpand(..) => "mv-expand",
            Self::ParseKv(..) => "parse-kv",
            Self::Partition(..) => "partition",
            Self::Print(..) => "print",
            Self::Project(..) => "project",
            Self::ProjectAway(..) => "project-away",
            Self::ProjectByNames(..) => "project-by-names",
            Self::ProjectKeep(..) => "project-keep",
            Self::ProjectRename(..) => "project-rename",
            Self::ProjectReorder(..) => "project-reorder",
            Self::Range { .. } => "range",
            Self::Reduce(..) => "reduce",
            Self::Render(..) => "render",
            Self::Sample(..) => "sample",
            Self::SampleDistinct(..) => "sample-distinct",
            Self::Scan(..) => "scan",
            Self::Search(..) => "search",
            Self::Serialize(..) => "serialize",
            Self::Sort(..) => "sort",
            Self::Summarize(..) => "summarize",
            Self::Take(..) => "take",
            Self::Top(..) => "top",
            Self::TopHitters(..) => "top-hitters",
            Self::TopNested(..) => "top-nested",
            Self::Union(..) => "union",
            Self::Where(..) => "where",
        }
    }
}

/// `kind=inner`, `hint.strategy=shuffle`, `isfuzzy=true`.
#[derive(Debug, Clone, PartialEq)]
pub struct Parameter {
    /// With its dots.
    pub name: Name,
    /// A word is a [`Expression::Name`].
    pub value: Expression,
}

/// `name = value`, `(a, b) = value`, or a value alone, whose name the language chooses.
#[derive(Debug, Clone, PartialEq)]
pub struct Column {
    /// The names given.
    pub names: Vec<Name>,
    /// Whether they stand in parentheses, one for each column that the value has.
    pub is_tuple: bool,
    /// What it is.
    pub value: Expression,
}

/// What rows are ordered by.
#[derive(Debug, Clone, PartialEq)]
pub struct Ordered {
    /// The value.
    pub value: Expression,
    /// `asc` is true; nothing for the operator's own order.
    pub ascending: Option<bool>,
    /// Where nulls go.
    pub nulls: Option<Nulls>,
}

/// Where nulls go in an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Nulls {
    /// `nulls first`.
    First,
    /// `nulls last`.
    Last,
}

/// The columns of a table with their types: `(a: string, b: long)`; `(*)` is any.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct RowSchema {
    /// Whether other columns may be there: `*` stands among them.
    pub is_open: bool,
    /// Names and types.
    pub columns: Vec<(Name, Name)>,
}

/// The rows before it together with those of another query.
#[derive(Debug, Clone, PartialEq)]
pub struct Join {
    /// `kind=…`, `hint.…=…`.
    pub parameters: Vec<Parameter>,
    /// The right side.
    pub right: Box<Expression>,
    /// What must be equal: a column of both, or `$left.a == $right.b`.
    pub on: Vec<Expression>,
}

/// Groups and what is computed of each.
#[derive(Debug, Clone, PartialEq)]
pub struct Aggregation {
    /// `hint.…=…`.
    pub parameters: Vec<Parameter>,
    /// The aggregates.
    pub aggregates: Vec<Column>,
    /// The groups' keys; `None` without `by`.
    pub by: Option<Vec<Column>>,
}

/// `make-series`.
#[derive(Debug, Clone, PartialEq)]
pub struct MakeSeries {
    /// `kind=nonempty`.
    pub parameters: Vec<Parameter>,
    /// The series, each with its default value.
    pub aggregates: Vec<(Column, Option<Expression>)>,
    /// The axis.
    pub on: Expression,
    /// Where it starts.
    pub from: Option<Expression>,
    /// Where it ends.
    pub to: Option<Expression>,
    /// `in range(from, to, step)`, the older form of the three.
    pub in_range: Option<(Expression, Expression, Expression)>,
    /// The distance of its points.
    pub step: Option<Expression>,
    /// What there is a series for each of.
    pub by: Vec<Column>,
}

/// An array to expand.
#[derive(Debug, Clone, PartialEq)]
pub struct MvItem {
    /// The column or value.
    pub column: Column,
    /// `to typeof(…)`.
    pub ty: Option<Name>,
}

/// `mv-expand`.
#[derive(Debug, Clone, PartialEq)]
pub struct MvExpand {
    /// `kind=array`, `bagexpansion=…`, `with_itemindex=…`.
    pub parameters: Vec<Parameter>,
    /// What is expanded, in parallel.
    pub items: Vec<MvItem>,
    /// `limit n`.
    pub limit: Option<Expression>,
}

/// `mv-apply … on (…)`.
#[derive(Debug, Clone, PartialEq)]
pub struct MvApply {
    /// `with_itemindex=…`.
    pub parameters: Vec<Parameter>,
    /// What is expanded.
    pub items: Vec<MvItem>,
    /// `limit n`.
    pub limit: Option<Expression>,
    /// What each row's elements pass.
    pub on: Vec<super::Step>,
}

/// `parse` and `parse-where`.
#[derive(Debug, Clone, PartialEq)]
pub struct Parse {
    /// Whether rows that do not match are dropped.
    pub only_matching: bool,
    /// `kind=regex`, `flags=…`.
    pub parameters: Vec<Parameter>,
    /// The text.
    pub text: Expression,
    /// What it is made of.
    pub pattern: Vec<ParsePart>,
}

/// A part of a pattern of `parse`.
#[derive(Debug, Clone, PartialEq)]
pub enum ParsePart {
    /// `*`: anything.
    Any,
    /// A constant, or in `kind=regex` a regex.
    Text(String),
    /// A column, and its type where it is not a string.
    Column(Name, Option<Name>),
}

/// `partition hint.… by column ( … )`.
#[derive(Debug, Clone, PartialEq)]
pub struct Partition {
    /// `hint.…=…`.
    pub parameters: Vec<Parameter>,
    /// The key.
    pub by: Expression,
    /// What each part passes: operators, or with `{ … }` a whole query.
    pub query: Box<Query>,
    /// Whether it stands in braces.
    pub in_braces: bool,
}

/// `scan`.
#[derive(Debug, Clone, PartialEq)]
pub struct Scan {
    /// `with_match_id=…`.
    pub parameters: Vec<Parameter>,
    /// `order by`.
    pub order: Vec<Ordered>,
    /// `partition by`.
    pub partition: Vec<Expression>,
    /// `declare (…)`, with defaults.
    pub declared: Vec<super::FunctionParameter>,
    /// The steps.
    pub steps: Vec<ScanStep>,
}

/// A step of `scan`.
#[derive(Debug, Clone, PartialEq)]
pub struct ScanStep {
    /// What it is called.
    pub name: Name,
    /// `optional`.
    pub is_optional: bool,
    /// `output=all`, …
    pub output: Option<Name>,
    /// Which rows match.
    pub condition: Expression,
    /// What is set then.
    pub assignments: Vec<Column>,
}

/// `search` and `find`.
#[derive(Debug, Clone, PartialEq)]
pub struct Search {
    /// `kind=case_sensitive`, `withsource=…`.
    pub parameters: Vec<Parameter>,
    /// `in (…)`: which tables; nothing for all.
    pub tables: Vec<Expression>,
    /// What is looked for.
    pub predicate: Box<Expression>,
    /// `project` of `find`.
    pub project: Option<Vec<Expression>>,
}

/// A level of `top-nested`.
#[derive(Debug, Clone, PartialEq)]
pub struct TopNested {
    /// How many; all without.
    pub count: Option<Expression>,
    /// Of what.
    pub of: Column,
    /// `with others = …`.
    pub others: Option<Expression>,
    /// By what.
    pub by: Column,
    /// `asc` is true.
    pub ascending: Option<bool>,
}

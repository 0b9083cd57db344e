//! Rules: metadata, where the events come from, and the stages they pass.

use std::sync::Arc;

use super::{Constant, Duration, Stage};
use crate::diag::{Note, Span};

/// A detection rule.
#[derive(Debug, Clone)]
pub struct Rule {
    /// What it is called and said to be. Shared, not copied, between the steps of a conversion.
    pub metadata: Arc<Metadata>,
    /// Where its events come from.
    pub origin: Origin,
    /// What the events pass, in order. A plain detection has one filter.
    pub stages: Vec<Stage>,
    /// How far back in time events are looked for, where the rule itself says so.
    pub look_back: Option<Duration>,
    /// What was decided about it before any conversion, and every conversion has to tell.
    pub notes: Vec<Note>,
    /// The span of the whole document in its source.
    pub span: Span,
}

/// Where a rule's events come from, more exactly with each step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// As the author wrote it; field names are the author's.
    LogSource(LogSource),
    /// An event class of the mapping table; field names are canonical.
    Class {
        /// The class's name (`process_creation`).
        class: Arc<str>,
        /// The log source that led to it.
        log_source: LogSource,
    },
    /// A vendor's table, as a query names it; field names are the table's columns.
    Table(Table),
    /// A target's table or indices; field names are the target's.
    Dataset(Dataset),
    /// Rows that are kept outside of the events; field names are those rows' columns.
    External(ExternalTable),
    /// Nothing is known, and nothing is to be added: `--no-mapping`.
    Unmapped,
}

/// Rows that a rule refers to and does not hold: a lookup table by another word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExternalTable {
    /// What the rule calls it.
    pub name: Arc<str>,
    /// Where the rows are.
    pub keeper: Keeper,
    /// Where it stands.
    pub span: Span,
}

impl ExternalTable {
    /// A watchlist.
    pub fn watchlist(name: impl Into<Arc<str>>, span: Span) -> Self {
        Self { name: name.into(), keeper: Keeper::Watchlist, span }
    }

    /// Whether nobody but a macro knows its rows.
    pub fn is_macro(&self) -> bool {
        self.keeper == Keeper::Macro
    }
}

/// Who keeps rows that a rule does not hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Keeper {
    /// The product, under the table's name: Sentinel's watchlists.
    Watchlist,
    /// A macro of the table's name that tests a field, whatever its author makes of it: Splunk's search macros. A list of
    /// that name where there are none.
    Macro,
    /// Files behind addresses: Kusto's `externaldata`.
    Files {
        /// Where they are.
        addresses: Vec<Arc<str>>,
        /// Their columns, each with Kusto's name of its type.
        columns: Vec<(Arc<str>, Arc<str>)>,
        /// How they are written (`format`, `ignoreFirstRecord`).
        properties: Vec<(Arc<str>, Constant)>,
    },
}

/// A table that a query reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// The schema that has it (`defender`, `sentinel`, `asim`); nothing for a table of the customer's own.
    pub schema: Option<Arc<str>>,
    /// What it is called.
    pub name: Arc<str>,
    /// Where it stands.
    pub span: Span,
}

/// A target's table or indices, as its schema's mapping names them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Dataset {
    /// Kusto tables (one) or Elastic index patterns; empty where the event predicate alone selects (Splunk).
    pub names: Vec<Arc<str>>,
    /// The event category, for languages that start with one (EQL: `process`).
    pub category: Option<Arc<str>>,
    /// A search macro that selects the events, beside the event predicate (Splunk), without its backquotes.
    pub search_macro: Option<Arc<str>>,
    /// The columns that every result shows, for languages in which a query has to name what it returns (SPL's
    /// `tstats`); empty for others.
    pub shown: Vec<Arc<str>>,
    /// Filtering parameters, where the name is that of a function, each with the column that it filters.
    pub parameters: Option<Parameters>,
    /// The column of the events' time, where the schema tells.
    pub time: Option<Arc<str>>,
}

/// Filtering parameters of a function that is used as a table, each with the column that it filters.
pub type Parameters = Arc<[(Arc<str>, Arc<str>)]>;

/// A Sigma-style log source.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LogSource {
    /// `process_creation`, …
    pub category: Option<Arc<str>>,
    /// `windows`, …
    pub product: Option<Arc<str>>,
    /// `security`, …
    pub service: Option<Arc<str>>,
    /// Where it stands.
    pub span: Span,
}

impl std::fmt::Display for LogSource {
    /// `product/category/service`, with `-` for what is absent.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let part = |part: &Option<Arc<str>>| part.as_deref().unwrap_or("-").to_owned();
        write!(f, "{}/{}/{}", part(&self.product), part(&self.category), part(&self.service))
    }
}

/// How bad a match is, by the author's judgement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// For enrichment only.
    Informational,
    /// Notable, rarely an incident.
    Low,
    /// Should be reviewed.
    Medium,
    /// Must be reviewed promptly.
    High,
    /// An incident.
    Critical,
}

impl Level {
    /// All levels, lowest first.
    pub const ALL: [Level; 5] =
        [Level::Informational, Level::Low, Level::Medium, Level::High, Level::Critical];

    /// Sigma's spelling.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Informational => "informational",
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }
}

/// How mature a rule is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// Cannot be used in its current state.
    Unsupported,
    /// Replaced or no longer useful.
    Deprecated,
    /// New, may be noisy.
    Experimental,
    /// Mostly stable.
    Test,
    /// For production.
    Stable,
}

impl Status {
    /// All statuses, least mature first.
    pub const ALL: [Status; 5] =
        [Status::Unsupported, Status::Deprecated, Status::Experimental, Status::Test, Status::Stable];

    /// Sigma's spelling.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Unsupported => "unsupported",
            Self::Deprecated => "deprecated",
            Self::Experimental => "experimental",
            Self::Test => "test",
            Self::Stable => "stable",
        }
    }
}

/// How a rule stands to another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Relation {
    /// It was made from the other one, which may still be in use.
    Derived,
    /// It takes the place of the other one.
    Obsolete,
    /// It holds what the other one did, and more.
    Merged,
    /// It had the other one's id before.
    Renamed,
    /// It looks for the same in another way or place.
    Similar,
}

impl Relation {
    /// All relations, in the specification's order.
    pub const ALL: [Relation; 5] =
        [Relation::Derived, Relation::Obsolete, Relation::Merged, Relation::Renamed, Relation::Similar];

    /// Sigma's spelling.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Derived => "derived",
            Self::Obsolete => "obsolete",
            Self::Merged => "merged",
            Self::Renamed => "renamed",
            Self::Similar => "similar",
        }
    }
}

/// Another rule that a rule names.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Related {
    /// The other one's id.
    pub id: String,
    /// How this one stands to it.
    #[serde(rename = "type")]
    pub relation: Relation,
}

/// What a rule says about itself, in any source language.
#[derive(Debug, Clone, Default)]
pub struct Metadata {
    /// The title; every rule has one.
    pub title: String,
    /// A UUID, usually.
    pub id: Option<String>,
    /// A handle that other documents use.
    pub name: Option<String>,
    /// Prose.
    pub description: Option<String>,
    /// Comma-separated names, by convention.
    pub author: Option<String>,
    /// Day of creation, as written.
    pub date: Option<String>,
    /// Day of the last change, as written.
    pub modified: Option<String>,
    /// Maturity.
    pub status: Option<Status>,
    /// Severity.
    pub level: Option<Level>,
    /// `attack.t1059.001`, `cve.2021-44228`, …
    pub tags: Vec<String>,
    /// Links.
    pub references: Vec<String>,
    /// Known benign causes.
    pub false_positives: Vec<String>,
    /// Fields worth showing with a match.
    pub fields: Vec<String>,
    /// Other rules that it takes the place of, or stands beside.
    pub related: Vec<Related>,
    /// An SPDX identifier, by convention.
    pub license: Option<String>,
    /// Kinds of systems that it is for.
    pub scope: Vec<String>,
    /// Whose field names it has, if not Sigma's.
    pub taxonomy: Option<String>,
    /// The log source, as written.
    pub log_source: LogSource,
    /// Every other key of the document, in order.
    pub custom: indexmap::IndexMap<String, serde_json::Value>,
}

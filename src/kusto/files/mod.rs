//! Files that hold Kusto queries: Sentinel's and Defender's rules in YAML, ARM templates and exports in JSON, Graph's
//! custom detections, markdown, and bare queries.
//!
//! [`recognize`] says what a text is, [`read`] takes the queries out of it, each with what its file says about it
//! and with the place of every byte. What the queries mean is not asked here.

mod arm;
mod attack;
mod bare;
mod custom_detection;
mod markdown;
mod metadata;
mod recognize;
mod rule_yaml;
#[cfg(test)]
mod tests;
mod timespan;

use std::{ops::Range, sync::Arc};

use crate::{
    diag::{Diagnostic, Positions, Source, Span},
    ir::Metadata,
};

pub use recognize::recognize;
pub use timespan::Timespan;

/// What a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// A Sentinel analytic rule in YAML, scheduled or near real time.
    SentinelAnalytic,
    /// A Sentinel hunting query in YAML.
    SentinelHunting,
    /// A Defender XDR hunting query in YAML.
    DefenderHunting,
    /// JSON with Sentinel rules: an ARM template, nested ones included, or an export.
    Arm,
    /// JSON with custom detection rules of Defender XDR, as Microsoft Graph has them.
    CustomDetection,
    /// Markdown with queries in fences.
    Markdown,
    /// A query, perhaps below comments that describe it.
    Query,
}

/// Whose tables and columns a query names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Dialect {
    /// Defender XDR's advanced hunting; events have a `Timestamp`.
    Defender,
    /// Sentinel's workspace; events have `TimeGenerated`.
    Sentinel,
    /// The file does not say.
    #[default]
    Unknown,
}

/// When a rule runs, over what, and when it alerts. A rule that runs continuously (NRT) has an empty one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Schedule {
    /// How often it runs.
    pub frequency: Option<Timespan>,
    /// How far it looks back.
    pub period: Option<Timespan>,
    /// How the number of results is compared with the threshold.
    pub operator: Option<TriggerOperator>,
    /// The number of results that is compared with.
    pub threshold: Option<u64>,
}

/// How the number of a query's results is compared with a rule's threshold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TriggerOperator {
    /// `gt`, `GreaterThan`.
    GreaterThan,
    /// `lt`, `LessThan`.
    LessThan,
    /// `eq`, `Equal`.
    Equal,
    /// `ne`, `NotEqual`.
    NotEqual,
}

/// A query and what its file says about it.
#[derive(Debug, Clone)]
pub struct QueryText {
    /// What it is called and said to be.
    pub metadata: Arc<Metadata>,
    /// When it runs; `None` for hunting queries.
    pub schedule: Option<Schedule>,
    /// The query, escapes and indentation undone; empty where there is none, for which an error is the reason.
    pub text: String,
    /// Where each byte of the query stands in the source.
    pub positions: Positions,
    /// The document, resource or block it comes from.
    pub span: Span,
    /// Whose tables and columns it names.
    pub dialect: Dialect,
    /// What is wrong with the file's statements about it, or why there is no query.
    pub diagnostics: Vec<Diagnostic>,
}

/// Takes every query out of a source of this kind.
pub fn read(source: &Source, kind: Kind) -> Vec<QueryText> {
    match kind {
        Kind::SentinelAnalytic | Kind::SentinelHunting => rule_yaml::read(source, Dialect::Sentinel),
        Kind::DefenderHunting => rule_yaml::read(source, Dialect::Defender),
        Kind::Arm | Kind::CustomDetection => arm::read(source),
        Kind::Markdown => markdown::read(source),
        Kind::Query => bare::read(source),
    }
}

impl QueryText {
    /// A part of it as a query of its own, for files that hold several with nothing but empty lines between them; only
    /// a parser can tell. The range is in bytes of the text; one that is not within it gives an empty part.
    #[must_use]
    pub fn part(&self, range: Range<usize>) -> Self {
        let text = self.text.get(range.clone()).unwrap_or("").to_owned();
        let span = self.positions.span(range.start, range.end);
        Self { text, positions: self.positions.after(range.start), span, ..self.clone() }
    }

    /// Where the query's code begins: its first line that is more than a comment.
    pub fn code_span(&self) -> Span {
        match recognize::code_lines(&self.text).next() {
            Some(line) => {
                let start = line.as_ptr() as usize - self.text.as_ptr() as usize;
                self.positions.span(start, start + line.len())
            }
            None => self.span,
        }
    }

    fn failed(diagnostic: Diagnostic) -> Self {
        Self::without_text(diagnostic.span.unwrap_or_default(), vec![diagnostic])
    }

    fn without_text(span: Span, diagnostics: Vec<Diagnostic>) -> Self {
        Self {
            metadata: Arc::default(),
            schedule: None,
            text: String::new(),
            positions: Positions::default(),
            span,
            dialect: Dialect::Unknown,
            diagnostics,
        }
    }
}

impl TriggerOperator {
    const NAMES: [(&str, &str, TriggerOperator); 4] = [
        ("gt", "GreaterThan", TriggerOperator::GreaterThan),
        ("lt", "LessThan", TriggerOperator::LessThan),
        ("eq", "Equal", TriggerOperator::Equal),
        ("ne", "NotEqual", TriggerOperator::NotEqual),
    ];

    /// Reads the short or the long name; case does not count.
    pub fn parse(text: &str) -> Option<Self> {
        let is = |name: &str| name.eq_ignore_ascii_case(text.trim());
        Self::NAMES.iter().find(|(short, long, _)| is(short) || is(long)).map(|(.., operator)| *operator)
    }
}

/// The dialect that a query's own text suggests: only one of the two names for the time of an event is in it.
fn dialect_of(query: &str) -> Dialect {
    match (query.contains("Timestamp"), query.contains("TimeGenerated")) {
        (true, false) => Dialect::Defender,
        (false, true) => Dialect::Sentinel,
        _ => Dialect::Unknown,
    }
}

/// Where a part of a text stands in the text.
fn span_in(text: &str, part: &str) -> Span {
    let start = (part.as_ptr() as usize).saturating_sub(text.as_ptr() as usize);
    Span::new(start, start + part.len())
}

//! A Sigma rule to be printed: what the documents hold, in Sigma's own terms.
//!
//! Sigma specification 2.1, "Sigma Rules" and "Sigma Correlation Rules".

use std::sync::Arc;

use super::formula::Formula;
use crate::ir::{Level, LogSource, Number, Related, Status};

/// A rule as Sigma has it: detections, and where events are counted or put together, a correlation of them.
#[derive(Debug, Clone, PartialEq)]
pub struct SigmaRule {
    /// The detection rules; one, unless the correlation needs more.
    pub rules: Vec<DetectionRule>,
    /// What correlates them.
    pub correlation: Option<CorrelationRule>,
}

/// A document with a detection section.
#[derive(Debug, Clone, PartialEq)]
pub struct DetectionRule {
    /// What it says about itself.
    pub header: Header,
    /// Where its events come from.
    pub log_source: LogSource,
    /// How to enable that log, where the rule says so.
    pub definition: Option<String>,
    /// What it finds.
    pub detection: DetectionSection,
}

/// A document with a correlation section.
#[derive(Debug, Clone, PartialEq)]
pub struct CorrelationRule {
    /// What it says about itself.
    pub header: Header,
    /// What it correlates.
    pub correlation: Correlation,
}

/// The metadata of a document; nothing is printed of what is empty.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Header {
    /// At most 256 characters.
    pub title: String,
    /// A UUID.
    pub id: Option<String>,
    /// What correlations call it.
    pub name: Option<String>,
    /// Other rules, and how this one stands to them.
    pub related: Vec<Related>,
    /// Whose field names these are, if not Sigma's.
    pub taxonomy: Option<String>,
    /// Maturity.
    pub status: Option<Status>,
    /// Prose.
    pub description: Option<String>,
    /// An SPDX identifier.
    pub license: Option<String>,
    /// Links.
    pub references: Vec<String>,
    /// Comma-separated names.
    pub author: Option<String>,
    /// `YYYY-MM-DD`.
    pub date: Option<String>,
    /// `YYYY-MM-DD`.
    pub modified: Option<String>,
    /// `namespace.name`.
    pub tags: Vec<String>,
    /// Kinds of systems.
    pub scope: Vec<String>,
    /// Fields worth showing.
    pub fields: Vec<String>,
    /// Known benign causes.
    pub false_positives: Vec<String>,
    /// Severity.
    pub level: Option<Level>,
}

/// Search identifiers and the condition over them.
#[derive(Debug, Clone, PartialEq)]
pub struct DetectionSection {
    /// What each search identifier stands for, in order.
    pub searches: Vec<(String, Detection)>,
    /// What has to hold.
    pub condition: Formula,
}

/// What a search identifier stands for.
#[derive(Debug, Clone, PartialEq)]
pub enum Detection {
    /// A map: all items have to match.
    Items(Vec<Item>),
    /// A list of maps: one of them has to match.
    OneOf(Vec<Vec<Item>>),
    /// A list of values without a field: one of them has to be found anywhere.
    Keywords(Vec<Value>),
}

/// An item of a map: `field|modifier|…: values`.
#[derive(Debug, Clone, PartialEq)]
pub struct Item {
    /// The field; `None` for keywords with modifiers.
    pub field: Option<Arc<str>>,
    /// The modifiers, in order.
    pub modifiers: Vec<&'static str>,
    /// The values; never empty.
    pub values: Vec<Value>,
}

impl Item {
    /// The key, as it is written.
    pub fn key(&self) -> String {
        let mut key = self.field.as_deref().unwrap_or_default().to_owned();
        for modifier in &self.modifiers {
            key.push('|');
            key.push_str(modifier);
        }
        key
    }
}

/// A value of an item.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// No value.
    Null,
    /// True or false.
    Boolean(bool),
    /// A number.
    Number(Number),
    /// Text in the notation that its modifiers ask for: with wildcards and escapes, a regular expression, a network.
    Text(String),
}

/// What a correlation does with the events of its rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CorrelationType {
    /// Counts events.
    EventCount,
    /// Counts the different values of a field.
    ValueCount,
    /// Adds up the values of a field.
    ValueSum,
    /// Takes the mean of the values of a field.
    ValueAvg,
    /// Takes a percentile of the values of a field.
    ValuePercentile,
    /// Takes the value in the middle of those of a field.
    ValueMedian,
    /// Looks for events of all rules.
    Temporal,
    /// Looks for events of all rules, in their order.
    TemporalOrdered,
}

impl CorrelationType {
    /// Sigma's name of it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::EventCount => "event_count",
            Self::ValueCount => "value_count",
            Self::ValueSum => "value_sum",
            Self::ValueAvg => "value_avg",
            Self::ValuePercentile => "value_percentile",
            Self::ValueMedian => "value_median",
            Self::Temporal => "temporal",
            Self::TemporalOrdered => "temporal_ordered",
        }
    }
}

/// The correlation section.
#[derive(Debug, Clone, PartialEq)]
pub struct Correlation {
    /// What it does.
    pub kind: CorrelationType,
    /// The names of the rules.
    pub rules: Vec<String>,
    /// What the events of a group have in common; none for all events together.
    pub group_by: Vec<String>,
    /// How far apart the events of a group may be: `5m`.
    pub timespan: String,
    /// Names for fields that the rules call differently: the name, and each rule with its field.
    pub aliases: Vec<(String, Vec<(String, String)>)>,
    /// Which fields' values count.
    pub fields: Vec<String>,
    /// Which percentile of the values.
    pub percentile: Option<Number>,
    /// What the count or value is compared with: `gte` and so on.
    pub criteria: Vec<(&'static str, Number)>,
    /// Which rules have to occur, in place of criteria.
    pub formula: Option<Formula>,
}

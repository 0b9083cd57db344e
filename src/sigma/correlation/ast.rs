//! A correlation as written, every word with its place.

use std::sync::Arc;

use crate::{
    diag::Span,
    ir::{Comparison, Duration, Metadata, Number},
};

/// A word of the document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Word {
    pub(super) text: String,
    pub(super) span: Span,
}

/// A correlation rule. What it refers to is not looked at yet.
#[derive(Debug, Clone)]
pub struct Correlation {
    pub(super) metadata: Arc<Metadata>,
    /// The document.
    pub(super) span: Span,
    pub(super) kind: Kind,
    pub(super) kind_span: Span,
    /// The rules that it is of, by ids and names; never empty, none twice.
    pub(super) rules: Vec<Word>,
    pub(super) aliases: Vec<Alias>,
    pub(super) group_by: Vec<Word>,
    pub(super) timespan: Duration,
    /// Nothing where all rules have to occur.
    pub(super) condition: Option<Condition>,
    /// Whether the rules that it is of count on their own as well.
    pub(super) generate: bool,
}

/// What is asked of the events that come together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// How many there are.
    EventCount,
    /// How many different values a field has.
    ValueCount,
    /// Which rules they are of.
    Temporal,
    /// Which rules they are of, in the rules' order.
    TemporalOrdered,
    /// The sum of a field.
    ValueSum,
    /// The mean of a field.
    ValueAvg,
    /// A percentile of a field.
    ValuePercentile,
    /// The median of a field.
    ValueMedian,
}

impl Kind {
    /// All of them, by the names that rules use.
    pub(super) const ALL: [(&'static str, Kind); 8] = [
        ("event_count", Kind::EventCount),
        ("value_count", Kind::ValueCount),
        ("temporal", Kind::Temporal),
        ("temporal_ordered", Kind::TemporalOrdered),
        ("value_sum", Kind::ValueSum),
        ("value_avg", Kind::ValueAvg),
        ("value_percentile", Kind::ValuePercentile),
        ("value_median", Kind::ValueMedian),
    ];

    pub(super) fn name(self) -> &'static str {
        Self::ALL.iter().find(|(_, kind)| *kind == self).map_or("", |(name, _)| name)
    }

    pub(super) fn is_temporal(self) -> bool {
        matches!(self, Self::Temporal | Self::TemporalOrdered)
    }

    /// Whether it is about the values of a field.
    pub(super) fn is_of_field(self) -> bool {
        !self.is_temporal() && self != Self::EventCount
    }
}

/// One name for fields that different rules call differently.
#[derive(Debug, Clone)]
pub(super) struct Alias {
    pub(super) name: Word,
    /// The rules, each with its field.
    pub(super) fields: Vec<(Word, Word)>,
}

/// What has to hold of the events that come together.
#[derive(Debug, Clone)]
pub(super) enum Condition {
    /// Numbers that a count or another aggregate is compared with.
    Criteria(Criteria),
    /// Which rules have to occur.
    Formula(Formula, Span),
}

#[derive(Debug, Clone)]
pub(super) struct Criteria {
    pub(super) span: Span,
    /// What is aggregated; several fields count by the combinations of their values.
    pub(super) fields: Vec<Word>,
    pub(super) percentile: Option<Number>,
    /// All have to hold; never empty.
    pub(super) tests: Vec<(Criterion, Number)>,
}

/// A comparison with a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Criterion {
    Is(Comparison),
    IsNot,
}

impl Criterion {
    pub(super) const ALL: [(&'static str, Criterion); 6] = [
        ("gt", Criterion::Is(Comparison::Greater)),
        ("gte", Criterion::Is(Comparison::GreaterOrEqual)),
        ("lt", Criterion::Is(Comparison::Less)),
        ("lte", Criterion::Is(Comparison::LessOrEqual)),
        ("eq", Criterion::Is(Comparison::Equal)),
        ("neq", Criterion::IsNot),
    ];
}

/// A boolean combination of rules that occur.
#[derive(Debug, Clone)]
pub(super) enum Formula {
    /// The rule of this number occurs.
    Rule(usize),
    Not(Box<Formula>),
    And(Vec<Formula>),
    Or(Vec<Formula>),
}

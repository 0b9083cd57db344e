//! Correlations: events that are counted, and events that come together.
//!
//! Sigma specification 2.1, "Sigma Correlation Rules".

use super::{
    assemble::rule_name,
    metadata::{owned, referred},
    stage::{Partner, Threshold},
    tree::{Correlation, CorrelationRule, CorrelationType, DetectionRule, SigmaRule},
};
use crate::ir::{AggregateFunction, Duration};

/// Rules whose events are counted together, and the correlation that does so. The correlation has the rule's metadata.
pub(super) fn counted(mut bases: Vec<DetectionRule>, threshold: Threshold) -> SigmaRule {
    let header = bases.first().map(|base| base.header.clone()).unwrap_or_default();
    let name = rule_name(&header.title);
    let mut names = Vec::with_capacity(bases.len());
    let several = bases.len() > 1;
    for (at, base) in bases.iter_mut().enumerate() {
        let (name, end) = if several {
            (format!("{name}_event_{}", at + 1), format!("Event {}", at + 1))
        } else {
            (format!("{name}_event"), "Event".to_owned())
        };
        base.header = referred(&header, name.clone(), &end);
        names.push(name);
    }
    let kind = match threshold.function {
        AggregateFunction::CountDistinct | AggregateFunction::CountDistinctAbout => {
            CorrelationType::ValueCount
        }
        AggregateFunction::Sum => CorrelationType::ValueSum,
        AggregateFunction::Average => CorrelationType::ValueAvg,
        AggregateFunction::Percentile => CorrelationType::ValuePercentile,
        AggregateFunction::Median => CorrelationType::ValueMedian,
        _ => CorrelationType::EventCount,
    };
    let correlation = Correlation {
        kind,
        rules: names,
        group_by: threshold.group_by.iter().map(|field| owned(&field.name)).collect(),
        timespan: timespan(threshold.timespan),
        aliases: Vec::new(),
        fields: threshold.fields.iter().map(|field| owned(&field.name)).collect(),
        percentile: threshold.percentile,
        criteria: threshold.criteria,
        formula: None,
    };
    SigmaRule { rules: bases, correlation: Some(CorrelationRule { header, correlation }) }
}

/// Two rules whose events have to come together, and the correlation that says so.
pub(super) fn together(mut left: DetectionRule, mut right: DetectionRule, partner: &Partner) -> SigmaRule {
    let header = left.header.clone();
    let name = rule_name(&header.title);
    let names = [format!("{name}_first"), format!("{name}_second")];
    left.header = referred(&header, names[0].clone(), "First Event");
    right.header = referred(&header, names[1].clone(), "Second Event");
    let named = |(ours, theirs): &(crate::ir::Field, crate::ir::Field)| {
        let fields = vec![(names[0].clone(), owned(&ours.name)), (names[1].clone(), owned(&theirs.name))];
        (owned(&ours.name), fields)
    };
    let aliases = partner.on.iter().filter(|(ours, theirs)| ours != theirs).map(named).collect();
    let correlation = Correlation {
        kind: CorrelationType::Temporal,
        rules: names.to_vec(),
        group_by: partner.on.iter().map(|(ours, _)| owned(&ours.name)).collect(),
        timespan: timespan(partner.timespan),
        aliases,
        fields: Vec::new(),
        percentile: None,
        criteria: Vec::new(),
        formula: None,
    };
    SigmaRule { rules: vec![left, right], correlation: Some(CorrelationRule { header, correlation }) }
}

/// A length of time as a number and its unit.
fn timespan(duration: Duration) -> String {
    duration.whole().map_or_else(String::new, |(number, unit)| format!("{number}{unit}"))
}

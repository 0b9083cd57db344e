//! Columns of the right side in the result.

use super::side::Link;
use crate::{
    elastic::esql::later,
    ir::{self, AggregateFunction, Condition, Expression, Field, Project, Stage},
};

/// The right side's columns in the result: their names there and on their side.
pub(in crate::elastic::esql) fn right_names(link: &Link<'_>) -> Vec<(Field, Field)> {
    let own = link.right.made.columns().iter().map(|(name, _)| name);
    let aggregated = link.right.aggregates.iter().map(|(name, _)| name);
    let after = link.right.after.iter().filter_map(|stage| match stage {
        Stage::Extend(name, _) => Some(name),
        _ => None,
    });
    let renamed = |name: &Field| {
        let new = link.join.renamed.iter().find(|(old, _)| old == name).map(|(_, new)| new.clone());
        (new.unwrap_or_else(|| name.clone()), name.clone())
    };
    let mut names: Vec<(Field, Field)> = own.chain(aggregated).chain(after).map(renamed).collect();
    // Columns of events that the left side has too.
    let of_events = link.join.renamed.iter().filter(|(old, _)| !old.is_computed).map(|(old, new)| (new, old));
    for (new, old) in of_events {
        if !link.right.made.is_all && !names.iter().any(|(name, _)| name == new) {
            names.push((new.clone(), old.clone()));
        }
    }
    names
}

/// The right side's columns that a result has and later stages read, each as an aggregate; all aggregates that its
/// own conditions read.
pub(in crate::elastic::esql) fn carried(link: &Link<'_>, post: &[Stage]) -> Vec<(Field, ir::Aggregate)> {
    let is_shown = link.join.kind.keeps_right();
    let read = if is_shown { later::read(post) } else { Vec::new() };
    let shows_all = is_shown && !later::names_columns(post);
    let mut carried: Vec<(Field, ir::Aggregate)> = Vec::new();
    for (new, own) in right_names(link) {
        let is_key = link.join.on.iter().any(|(left, right)| *right == own && *left == new);
        let aggregate = link.right.aggregates.iter().find(|(name, _)| *name == own);
        // All that events have is shown of the left one.
        let is_made = aggregate.is_some()
            || link.right.after.iter().any(|stage| matches!(stage, Stage::Extend(name, _) if *name == own))
            || link.right.made.columns().iter().any(|(name, _)| *name == own);
        let is_read = shows_all && is_made
            || read.contains(&new)
            || aggregate.is_some() && !link.right.after.is_empty();
        if is_key || !is_read {
            continue;
        }
        match (aggregate, link.right.made.field(&own)) {
            // Conditions of the side itself call it by its own name.
            (Some((name, aggregate)), _) if !link.right.after.is_empty() => {
                carried.push((name.clone(), aggregate.clone()));
            }
            (Some((_, aggregate)), _) => carried.push((new, aggregate.clone())),
            (None, Some(value)) => {
                let is_one = link.keys.iter().any(|(_, key)| *key == value);
                let function =
                    if is_one { AggregateFunction::AnyValue } else { AggregateFunction::CollectSet };
                carried.push((
                    new,
                    ir::Aggregate { function, arguments: vec![value], filter: Condition::Always },
                ));
            }
            (None, None) => {}
        }
    }
    carried
}

/// The stages, of which those before a join hand on the columns of its right side.
pub(in crate::elastic::esql) fn with_carried(stages: &[Stage], links: &[Link<'_>]) -> Vec<Stage> {
    let mut stages = stages.to_vec();
    for link in links {
        let read = later::read(&stages[link.at..]);
        let shows_all = !later::names_columns(&stages[link.at..]);
        let names: Vec<(Field, AggregateFunction)> = carried(link, &stages[link.at..])
            .into_iter()
            .filter(|(name, _)| link.join.kind.keeps_right() && (shows_all || read.contains(name)))
            .map(|(name, aggregate)| match aggregate.function {
                AggregateFunction::CollectSet | AggregateFunction::CollectList => {
                    (name, AggregateFunction::CollectSet)
                }
                _ => (name, AggregateFunction::AnyValue),
            })
            .collect();
        for stage in &mut stages[..link.at] {
            hand_on(stage, &names);
        }
    }
    stages
}

pub(in crate::elastic::esql) fn hand_on(stage: &mut Stage, names: &[(Field, AggregateFunction)]) {
    let itself = |name: &Field| (name.clone(), Expression::Field(name.clone()));
    let aggregates = || {
        names.iter().map(|(name, function)| {
            let arguments = vec![Expression::Field(name.clone())];
            (name.clone(), ir::Aggregate { function: *function, arguments, filter: Condition::Always })
        })
    };
    match stage {
        Stage::Project(Project { columns, .. }) => columns.extend(names.iter().map(|(name, _)| itself(name))),
        Stage::Summarize(summarize) => summarize.aggregates.extend(aggregates()),
        Stage::Pick(pick) => {
            if let Some(columns) = &mut pick.columns {
                columns.extend(names.iter().map(|(name, _)| itself(name)));
            }
        }
        _ => {}
    }
}

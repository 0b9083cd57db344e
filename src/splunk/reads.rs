//! The fields that stages read, for what has to be known before they are written.

use crate::ir::{Aggregate, Condition, Expression, Field, Pick, Stage};

/// The fields that a condition reads, in its order.
pub(super) fn of_condition(condition: &Condition) -> Vec<&Field> {
    condition.predicates().into_iter().flat_map(crate::ir::Predicate::fields).collect()
}

fn of_columns(columns: &[(Field, Expression)]) -> Vec<&Field> {
    columns.iter().flat_map(|(_, value)| value.fields()).collect()
}

/// The fields that aggregates read.
pub(super) fn of_aggregates(aggregates: &[(Field, Aggregate)]) -> Vec<&Field> {
    aggregates
        .iter()
        .flat_map(|(_, aggregate)| {
            let arguments = aggregate.arguments.iter().flat_map(Expression::fields);
            arguments.chain(of_condition(&aggregate.filter))
        })
        .collect()
}

fn of_pick(pick: &Pick) -> Vec<&Field> {
    let mut fields = pick.of.fields();
    fields.extend(pick.columns.iter().flat_map(|columns| of_columns(columns)));
    fields.extend(of_columns(&pick.by));
    fields.extend(of_aggregates(&pick.aggregates));
    fields
}

/// The fields that a stage reads, those of other pipelines apart.
pub(super) fn of_stage(stage: &Stage) -> Vec<&Field> {
    match stage {
        Stage::Filter(condition) => of_condition(condition),
        Stage::Extend(_, expression) => expression.fields(),
        Stage::Project(project) => of_columns(&project.columns),
        Stage::Drop(..) | Stage::Limit(..) | Stage::Union(..) | Stage::Unread(_) => Vec::new(),
        Stage::Rename(pairs, _) => pairs.iter().map(|(_, old)| old).collect(),
        Stage::Summarize(summarize) => {
            let mut fields = of_aggregates(&summarize.aggregates);
            fields.extend(of_columns(&summarize.by));
            fields
        }
        Stage::Slide(slide) => {
            let mut fields = of_aggregates(&slide.aggregates);
            fields.extend(of_columns(&slide.by));
            fields.push(&slide.time);
            fields
        }
        Stage::Chain(chain) => {
            let mut fields = of_columns(&chain.by);
            fields.extend([&chain.kind, &chain.time]);
            fields
        }
        Stage::Pick(pick) => of_pick(pick),
        Stage::Sort(keys, _) => keys.iter().flat_map(|key| key.value.fields()).collect(),
        Stage::Join(join) => join.on.iter().map(|(left, _)| left).collect(),
        Stage::Expand(expand) => expand.list.fields(),
        Stage::Extract(extract) => extract.text.fields(),
    }
}

/// Whether a stage names the columns that stay.
fn names_columns(stage: &Stage) -> bool {
    match stage {
        Stage::Project(_) | Stage::Summarize(_) => true,
        Stage::Pick(pick) => pick.columns.is_some(),
        _ => false,
    }
}

/// Whether rows have the columns alone that stages name, and not all fields of events.
pub(super) fn have_named_columns(stages: &[Stage]) -> bool {
    let mut are_named = false;
    for stage in stages {
        match stage {
            Stage::Join(join) if join.kind.keeps_right() => {
                are_named = have_named_columns(&join.right.stages) && (are_named || !join.kind.keeps_left());
            }
            Stage::Union(others, _) => {
                are_named &= others.iter().all(|other| have_named_columns(&other.stages));
            }
            stage => are_named |= names_columns(stage),
        }
    }
    are_named
}

/// Whether a stage reads the field, or a pipeline around them may: they are those of a nested one, and no stage of it
/// names its columns.
pub(super) fn may_be_read(field: &Field, later: &[Stage], is_nested: bool) -> bool {
    later.iter().any(|stage| of_stage(stage).contains(&field))
        || is_nested && !later.iter().any(names_columns)
}

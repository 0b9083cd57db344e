//! How far back a query looks: a filter on the events' time that only says so is no logic.

use crate::ir::{
    Comparison, Condition, Constant, Duration, Expression, Function, Join, Pipeline, Predicate, Stage,
    Subject, Test,
};

/// Columns that hold the time of an event, or of its arrival.
const TIMES: &[&str] = &["TimeGenerated", "Timestamp", "_TimeReceived"];

/// The pipeline with filters such as `TimeGenerated > ago(1d)` taken out of its first filter, those of its joins and
/// unions too, as its look-back.
pub(super) fn recognized(mut pipeline: Pipeline) -> Pipeline {
    if let Some(Stage::Filter(condition)) = pipeline.stages.first() {
        let mut look_back: Option<Duration> = None;
        let rest: Vec<Condition> = condition
            .conjuncts()
            .iter()
            .filter(|term| match length(term) {
                None if is_of_portal(term) => false,
                Some(length) => {
                    // Of several, all hold: the shortest says it.
                    look_back = Some(look_back.map_or(length, |before| before.min(length)));
                    false
                }
                None => true,
            })
            .cloned()
            .collect();
        if rest.len() < condition.conjuncts().len() {
            pipeline.look_back = look_back;
            pipeline.stages[0] = Stage::Filter(Condition::all(rest));
        }
    }
    for stage in &mut pipeline.stages {
        match stage {
            Stage::Join(Join { right, .. }) => **right = recognized((**right).clone()),
            Stage::Union(others, _) => {
                for other in others {
                    *other = recognized(other.clone());
                }
            }
            _ => {}
        }
    }
    pipeline.stages.retain(|stage| *stage != Stage::Filter(Condition::Always));
    pipeline
}

/// Whether a test compares an event's time with what the portal puts in: `datetime({{StartTimeISO}})`. The search's own
/// time range says the same.
fn is_of_portal(term: &Condition) -> bool {
    let Condition::Is(Predicate { subject: Subject::Field(field), test: Test::Compare(_, bound), .. }) = term
    else {
        return false;
    };
    let is_put_in = |value: &Expression| matches!(value, Expression::Constant(Constant::Timestamp(text)) if text.starts_with("{{") && text.ends_with("}}"));
    TIMES.contains(&&*field.name) && is_put_in(bound)
}

/// How far back `time > ago(length)` looks.
fn length(term: &Condition) -> Option<Duration> {
    let Condition::Is(Predicate { subject: Subject::Field(field), test, .. }) = term else { return None };
    if !TIMES.contains(&&*field.name) {
        return None;
    }
    let Test::Compare(Comparison::Greater | Comparison::GreaterOrEqual, bound) = test else { return None };
    match &**bound {
        Expression::Call(Function::Ago, arguments) => match arguments.as_slice() {
            [Expression::Constant(Constant::Duration(length))] => Some(*length),
            _ => None,
        },
        _ => None,
    }
}

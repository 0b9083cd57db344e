//! How far back a query looks: a filter on the events' time that only says so is no logic.

use std::convert::Infallible;

use crate::ir::{
    Comparison, Condition, Constant, Duration, Expression, Function, Join, Pipeline, Predicate, Stage,
    Subject, Test,
};

/// Columns that hold the time of an event.
const TIMES: &[&str] = &["TimeGenerated", "Timestamp"];

/// The pipeline with filters such as `TimeGenerated > ago(1d)` taken out, those of its joins and unions too, as its
/// look-back. Filters count as long as the rows are the events themselves.
pub(super) fn recognized(mut pipeline: Pipeline) -> Pipeline {
    let events =
        pipeline.stages.iter().position(|stage| !keeps_events(stage)).unwrap_or(pipeline.stages.len());
    let mut look_back = pipeline.look_back;
    for stage in &mut pipeline.stages[..events] {
        if let Stage::Filter(condition) = stage {
            let rest = condition.conjuncts().iter().filter(|term| !is_range(term, &mut look_back));
            *condition = Condition::all(rest.cloned().collect::<Vec<_>>());
        }
    }
    pipeline.look_back = look_back;
    for stage in &mut pipeline.stages {
        match stage {
            Stage::Join(Join { right, .. }) => **right = recognized((**right).clone()),
            Stage::Union(others, _) => {
                for other in others {
                    *other = recognized(other.clone());
                }
            }
            Stage::Filter(condition) => *condition = with_recognized_members(condition),
            _ => {}
        }
    }
    pipeline.stages.retain(|stage| *stage != Stage::Filter(Condition::Always));
    pipeline
}

/// Whether every row stays an event, with its time.
fn keeps_events(stage: &Stage) -> bool {
    match stage {
        Stage::Filter(_) | Stage::Sort(..) | Stage::Extract(_) | Stage::Expand(_) => true,
        Stage::Extend(name, _) => !TIMES.contains(&&*name.name),
        Stage::Project(project) => project
            .columns
            .iter()
            .any(|(name, value)| TIMES.contains(&&*name.name) && *value == Expression::Field(name.clone())),
        Stage::Drop(names, _) => !names.iter().any(|name| TIMES.contains(&&*name.name)),
        _ => false,
    }
}

/// Whether a term only bounds the time of the search; the shortest look-back is kept.
fn is_range(term: &Condition, look_back: &mut Option<Duration>) -> bool {
    match length(term) {
        Some(length) => {
            *look_back = Some(look_back.map_or(length, |before| before.min(length)));
            true
        }
        None => is_of_portal(term) || is_until_now(term),
    }
}

/// The filters of other rows, which are searches of their own.
fn with_recognized_members(condition: &Condition) -> Condition {
    let changed = condition.try_map(true, &mut |predicate, _| {
        let test = match &predicate.test {
            Test::Among(pipeline, case) => Test::Among(Box::new(recognized((**pipeline).clone())), *case),
            other => other.clone(),
        };
        Ok::<_, Infallible>(Condition::is(Predicate { test, ..predicate.clone() }))
    });
    match changed {
        Ok(condition) => condition,
        Err(never) => match never {},
    }
}

/// Whether a test says that an event is not of the future.
fn is_until_now(term: &Condition) -> bool {
    let Condition::Is(Predicate {
        subject: Subject::Field(field),
        test: Test::Compare(comparison, bound),
        ..
    }) = term
    else {
        return false;
    };
    TIMES.contains(&&*field.name)
        && matches!(comparison, Comparison::Less | Comparison::LessOrEqual)
        && matches!(&**bound, Expression::Call(Function::Now, none) if none.is_empty())
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
        // `now() - 1d`, `now(-1d)`
        Expression::Call(function @ (Function::Subtract | Function::Add), both) => match both.as_slice() {
            [Expression::Call(Function::Now, none), Expression::Constant(Constant::Duration(length))]
                if none.is_empty() =>
            {
                let back = if *function == Function::Subtract { length.0 } else { -length.0 };
                (back > 0).then_some(Duration(back))
            }
            _ => None,
        },
        _ => None,
    }
}

//! Windows over events as sequences: so many events of a group, or events in an order, within a length of time.
//!
//! `with runs` repeats an event; a sequence that goes on with a later event takes the latest one before it, so that some
//! sequence is found where there is one within `maxspan` ("EQL search", on sequences and their state machine).

use super::{
    ast::Sequence,
    sequence::{Side, side, tell},
    write::event,
};
use crate::{
    diag::{Code, Diagnostic, Note, Span},
    ir::{
        Aggregate, AggregateFunction, Chain, Comparison, Condition, Constant, Duration, Expression, Field,
        Origin, Predicate, Rule, Slide, Stage, Subject, Test,
    },
};

/// The most events that `with runs` repeats ("EQL syntax reference").
const MOST_RUNS: u64 = 100;

/// Writes a rule whose stages are filters and a count of their events, or rules in an order.
///
/// # Errors
/// What is neither.
pub(super) fn query(rule: &Rule, notes: &mut Vec<Note>) -> Result<Sequence, Diagnostic> {
    if let Some(span) = inner_window(&rule.stages) {
        return Err(of_correlations(span));
    }
    let sequence = match rule.stages.as_slice() {
        [before @ .., Stage::Slide(slide), Stage::Filter(test)] => {
            let runs = runs(slide, test)?;
            if before.iter().any(|stage| matches!(stage, Stage::Union(..))) {
                return Err(refusal(slide.span, "these are of several kinds"));
            }
            let side = side(before, rule.span)?;
            let keys = keys(&slide.by, &side, slide.span)?;
            let event = event(&rule.origin, &side.filter, notes)?;
            let max_span = Some(slide.length.0 / Duration::MILLISECOND);
            Sequence { is_ordered: true, max_span, steps: vec![(event, keys)], runs }
        }
        [first @ .., Stage::Union(others, _), Stage::Chain(chain)] => {
            let firsts = std::iter::once((&rule.origin, first));
            let parts = firsts.chain(others.iter().map(|other| (&other.origin, &*other.stages)));
            in_order(&parts.collect::<Vec<_>>(), chain, rule.span, notes)?
        }
        stages => {
            let is_window = |stage: &&Stage| matches!(stage, Stage::Slide(_) | Stage::Chain(_));
            let stage = stages.iter().find(is_window).unwrap_or(&stages[0]);
            return Err(refusal(stage.span().unwrap_or(rule.span), "more than one of them are looked at"));
        }
    };
    tell(&sequence, rule.span, notes);
    Ok(sequence)
}

/// Where the window of a correlation stands that another one is of.
fn inner_window(stages: &[Stage]) -> Option<Span> {
    let is_window = |stage: &&Stage| matches!(stage, Stage::Slide(_) | Stage::Chain(_));
    let in_union = stages.iter().filter_map(|stage| match stage {
        Stage::Union(others, _) => others.iter().flat_map(|other| &other.stages).find(is_window),
        _ => None,
    });
    let windows: Vec<&Stage> = stages.iter().filter(is_window).collect();
    let first = windows.first().copied().filter(|_| windows.len() > 1);
    first.into_iter().chain(in_union).next().and_then(Stage::span)
}

fn of_correlations(span: Span) -> Diagnostic {
    let message = "EQL has sequences of events, and this correlation is a part of another one";
    Diagnostic::new(Code::Unsupported, span, message).help(
        "Kusto and SPL look at the matches of correlations; ES|QL does where they are of one correlation, and \
         `--allow-narrowing` accepts its windows",
    )
}

fn refusal(span: Span, why: &str) -> Diagnostic {
    let message =
        format!("EQL counts events of one kind up to a number, and finds events in an order: {why}");
    Diagnostic::new(Code::Unsupported, span, message).help("ES|QL, Kusto and SPL compute windows of events")
}

/// What events have in common; those without it are a group too, which a key is for that may be missing ("EQL syntax
/// reference", on optional by fields).
fn keys(by: &[(Field, Expression)], side: &Side, span: Span) -> Result<Vec<Field>, Diagnostic> {
    let of = |value: &Expression| match value {
        Expression::Field(field) => side.key(field, span).map(|key| Field { optional: true, ..key }),
        _ => Err(refusal(span, "what they have in common is computed")),
    };
    by.iter().map(|(_, value)| of(value)).collect()
}

/// How many events there have to be.
fn runs(slide: &Slide, test: &Condition) -> Result<u64, Diagnostic> {
    let [(name, Aggregate { function: AggregateFunction::Count, filter: Condition::Always, .. })] =
        slide.aggregates.as_slice()
    else {
        return Err(refusal(slide.span, "this looks at their values, or at several kinds in any order"));
    };
    let Condition::Is(Predicate {
        subject: Subject::Field(field),
        test: Test::Number(comparison, number),
        span,
    }) = test
    else {
        return Err(refusal(slide.span, "this is more than a least number"));
    };
    let number = number.to_string().parse::<u64>().ok().filter(|_| field == name);
    let least = match comparison {
        Comparison::Greater => number.and_then(|number| number.checked_add(1)),
        Comparison::GreaterOrEqual => number,
        _ => None,
    };
    let Some(least) = least else { return Err(refusal(*span, "this is no least number")) };
    match least {
        0 | 1 => Err(refusal(*span, "a single event is no sequence")),
        2..=MOST_RUNS => Ok(least),
        _ => Err(refusal(*span, "it counts to 100 at most")),
    }
}

fn in_order(
    parts: &[(&Origin, &[Stage])],
    chain: &Chain,
    rule: Span,
    notes: &mut Vec<Note>,
) -> Result<Sequence, Diagnostic> {
    let mut steps = Vec::with_capacity(chain.order.len());
    for kind in &chain.order {
        let Some((origin, stages)) = parts.iter().find(|(_, stages)| is_of_kind(stages, chain, kind)) else {
            return Err(Diagnostic::new(Code::Internal, chain.span, format!("nothing is of `{kind}`")));
        };
        let side = side(stages, rule)?;
        let keys = keys(&chain.by, &side, chain.span)?;
        steps.push((event(origin, &side.filter, notes)?, keys));
    }
    let max_span = Some(chain.length.0 / Duration::MILLISECOND);
    Ok(Sequence { is_ordered: true, max_span, steps, runs: 1 })
}

fn is_of_kind(stages: &[Stage], chain: &Chain, kind: &str) -> bool {
    stages.iter().any(|stage| match stage {
        Stage::Project(project) => project.columns.iter().any(|(name, value)| {
            let is_kind = matches!(value, Expression::Constant(Constant::Text(text)) if **text == *kind);
            *name == chain.kind && is_kind
        }),
        _ => false,
    })
}

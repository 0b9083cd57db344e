//! Windows that slide over events, as longer ones that overlap.
//!
//! ES|QL groups events, and has nothing that looks from one event at others. Each event counts in the window of twice the
//! length that begins in its slot of time, and in the one that begins in the slot before. Whatever lies within the length
//! lies within one of these, so that nothing is missed which more events cannot undo.

use crate::{
    diag::{Code, Diagnostic, Effect, Note, Span},
    ir::{
        Aggregate, AggregateFunction as A, Case, Chain, Comparison, Condition, Constant, Duration, Expand,
        Expression, Field, Function, Pattern, Predicate, Slide, Stage, Summarize, Test,
    },
};

/// The stages without windows that slide and orders of events.
///
/// # Errors
/// A condition that may hold of a short window, and not of a longer one.
pub(super) fn lowered(stages: &[Stage], notes: &mut Vec<Note>) -> Result<Vec<Stage>, Diagnostic> {
    if let Some(span) = window_of_part(stages) {
        return Err(of_correlations(span));
    }
    let mut lowered = Vec::with_capacity(stages.len());
    let is_window = |stage: &&Stage| matches!(stage, Stage::Slide(_) | Stage::Chain(_));
    if let [first, _, ..] = stages.iter().filter(is_window).collect::<Vec<_>>().as_slice() {
        let span = first.span().unwrap_or_default();
        let message = "the inner correlation has a match for each window, at the time of its last event, and not for \
                       each event as in Kusto and SPL";
        notes.push(Note::new(Code::WindowWidened, Effect::Either, span, message));
    }
    for (at, stage) in stages.iter().enumerate() {
        match stage {
            Stage::Slide(slide) => {
                let condition = stages.get(at + 1).and_then(Stage::condition);
                if !condition.is_some_and(|condition| slide.grows_into(condition)) {
                    return Err(refusal(slide.span));
                }
                widened(slide, &mut lowered);
                tell(slide.length, slide.span, notes);
            }
            Stage::Chain(chain) => {
                ordered(chain, &mut lowered);
                tell(chain.length, chain.span, notes);
                if chain.order.len() > 2 {
                    let message =
                        "of more than two events each pair has to be in order, not all of them at once";
                    notes.push(Note::new(Code::WindowWidened, Effect::More, chain.span, message));
                }
            }
            other => lowered.push(other.clone()),
        }
    }
    Ok(lowered)
}

/// Where a window stands in one of the parts that a union puts together.
fn window_of_part(stages: &[Stage]) -> Option<Span> {
    let is_window = |stage: &&Stage| matches!(stage, Stage::Slide(_) | Stage::Chain(_));
    let (at, others) = stages.iter().enumerate().find_map(|(at, stage)| match stage {
        Stage::Union(others, _) => Some((at, others)),
        _ => None,
    })?;
    let of_parts = stages[..at].iter().chain(others.iter().flat_map(|other| &other.stages));
    of_parts.into_iter().find(is_window).and_then(Stage::span)
}

fn of_correlations(span: Span) -> Diagnostic {
    let message = "ES|QL reads the events of several rules at once, and one of these is a correlation";
    Diagnostic::new(Code::Unsupported, span, message)
        .help("Kusto and SPL put the matches of correlations together with those of rules")
}

fn refusal(span: Span) -> Diagnostic {
    let message =
        "ES|QL has no windows that slide over events, and more events in longer ones could undo this";
    Diagnostic::new(Code::Unsupported, span, message).help(
        "`--window tumbling` counts in windows that follow one another; Kusto and SPL have sliding ones",
    )
}

fn tell(length: Duration, span: Span, notes: &mut Vec<Note>) {
    let (once, twice) = (super::value::timespan(length), super::value::timespan(twice(length)));
    let message = format!("events count together in overlapping windows of {twice}, one for each {once}");
    notes.push(Note::new(Code::WindowWidened, Effect::More, span, message));
}

fn twice(length: Duration) -> Duration {
    Duration(length.0.saturating_mul(2))
}

/// The column of the window that a row counts in.
fn window() -> Field {
    Field::new("window").computed()
}

/// A row for each of the two windows that an event is in.
fn spread(time: &Field, length: Duration, span: Span, stages: &mut Vec<Stage>) {
    let size = || Expression::Constant(Constant::Duration(length));
    let slot = Field::new("slot").computed();
    let start = Expression::Call(Function::Bin, vec![Expression::Field(time.clone()), size()]);
    stages.push(Stage::Extend(slot.clone(), start));
    let slot = Expression::Field(slot);
    let before = Expression::Call(Function::Subtract, vec![slot.clone(), size()]);
    let both = Expression::Call(Function::List, vec![slot, before]);
    stages.push(Stage::Extend(window(), both));
    stages.push(Stage::Expand(Expand {
        list: Expression::Field(window()),
        output: window(),
        index: None,
        members_as_lists: false,
        span,
    }));
}

/// The groups and windows of rows, with the time of their last one.
fn grouped(
    mut aggregates: Vec<(Field, Aggregate)>,
    by: &[(Field, Expression)],
    time: &Field,
    span: Span,
) -> Stage {
    let last = Aggregate {
        function: A::Maximum,
        arguments: vec![Expression::Field(time.clone())],
        filter: Condition::Always,
    };
    aggregates.push((time.clone(), last));
    let by = by.iter().cloned().chain([(window(), Expression::Field(window()))]).collect();
    Stage::Summarize(Summarize { aggregates, by, span })
}

fn widened(slide: &Slide, stages: &mut Vec<Stage>) {
    spread(&slide.time, slide.length, slide.span, stages);
    let (aggregates, counts) = with_values(&slide.aggregates);
    stages.push(grouped(aggregates, &slide.by, &slide.time, slide.span));
    stages.extend(counts);
}

/// The aggregates with lists of different values in place of their estimated numbers, and what counts the lists.
pub(super) fn with_values(aggregates: &[(Field, Aggregate)]) -> (Vec<(Field, Aggregate)>, Vec<Stage>) {
    let mut counts = Vec::new();
    let each = |(name, aggregate): &(Field, Aggregate)| {
        if aggregate.function != A::CountDistinct {
            return (name.clone(), aggregate.clone());
        }
        let values = Field::new(format!("{name}_of")).computed();
        let number = Expression::Call(Function::ListLength, vec![Expression::Field(values.clone())]);
        counts.push(Stage::Extend(name.clone(), number));
        (values, Aggregate { function: A::CollectSet, ..aggregate.clone() })
    };
    (aggregates.iter().map(each).collect(), counts)
}

/// The first and the last time of each kind in a window: of any two kinds, the earlier one's first comes before the later
/// one's last.
fn ordered(chain: &Chain, stages: &mut Vec<Stage>) {
    spread(&chain.time, chain.length, chain.span, stages);
    let extreme = |function, kind: &str| {
        let is_of = Test::Text(Pattern::exact(kind), Case::Sensitive);
        let filter = Condition::is(Predicate::new(chain.kind.clone(), is_of, chain.span));
        Aggregate { function, arguments: vec![Expression::Field(chain.time.clone())], filter }
    };
    let name = |what: &str, step: usize| Field::new(format!("{what}_{}", step + 1)).computed();
    let mut aggregates = Vec::new();
    let steps = chain.order.len();
    for (step, kind) in chain.order.iter().enumerate() {
        if step + 1 < steps || steps == 1 {
            aggregates.push((name("first", step), extreme(A::Minimum, kind)));
        }
        if step > 0 {
            aggregates.push((name("last", step), extreme(A::Maximum, kind)));
        }
    }
    stages.push(grouped(aggregates, &chain.by, &chain.time, chain.span));
    let pairs = (0..steps).flat_map(|one| (one + 1..steps).map(move |other| (one, other)));
    let terms = pairs.map(|(one, other)| {
        let first = Box::new(Expression::Field(name("first", one)));
        let test = Test::Compare(Comparison::GreaterOrEqual, first);
        Condition::is(Predicate::new(name("last", other), test, chain.span))
    });
    let terms: Vec<Condition> = if steps == 1 {
        vec![Condition::not(Condition::is(Predicate::new(name("first", 0), Test::Null, chain.span)))]
    } else {
        terms.collect()
    };
    stages.push(Stage::Filter(Condition::all(terms)));
}

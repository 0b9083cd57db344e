//! Writes windows that slide over events, and orders of events: `streamstats` over events in the order of their time.
//!
//! `streamstats` reads rows one after the other; with `time_window` it looks at those of the last so long, for which they
//! have to be in the order of `_time` ("streamstats", on `time_window`).

use super::{
    ast::{Command, Direction, Eval, Stats, StatsFunction},
    reads,
    scope::{Kind, Scope},
    stage::assign,
    summarize::{Aggregates, keys},
    time,
    tstats::TIME,
};
use crate::{
    diag::{Code, Diagnostic, Effect},
    ir::{Chain, Field, Slide, Stage},
};

type Commands = Vec<Command>;

/// `streamstats time_window=…`, after the keys are computed.
///
/// # Errors
/// Another time than the events', or an aggregate that `streamstats` has no function for.
pub(super) fn slide(
    slide: &Slide,
    later: &[Stage],
    scope: &mut Scope<'_>,
    commands: &mut Commands,
) -> Result<(), Diagnostic> {
    check_time(&slide.time, scope)?;
    let window = time::modifier(slide.length)
        .ok_or_else(|| scope.refuse("`streamstats` has no windows of parts of a second"))?;
    let read = reads::of_aggregates(&slide.aggregates);
    let keys = keys(&slide.by, &read, scope, commands)?;
    let functions = Aggregates::of(&slide.aggregates, scope)?;
    commands.push(Command::Sort(vec![(TIME.to_owned(), Direction::Ascending)]));
    commands.append(&mut scope.before);
    let stats = Stats { keeps_rows: true, functions: functions.calls, by: keys.names.clone() };
    commands.push(Command::Streamstats(Some(window), stats));
    keys.rename(commands);
    for (name, kind) in keys.kinds {
        scope.define(&name, kind, true);
    }
    for (name, kind, there) in functions.outputs {
        scope.define(&name, kind, there);
    }
    for (name, value) in functions.after {
        assign(&name, value, scope, commands);
    }
    let grows = |stage: &Stage| stage.condition().is_none_or(|condition| slide.grows_into(condition));
    if !later.first().is_none_or(grows) {
        let message = "events of the same instant are looked at one after the other";
        scope.note(Code::AggregateApproximated, Effect::More, message);
    }
    let message = "a window has at most 10,000 events, unless `max_stream_window` in limits.conf says more";
    scope.note(Code::WindowLimit, Effect::None, message);
    Ok(())
}

/// For each step the latest time at which a chain can have begun that it goes on: the time itself of the first step, and
/// what the step before it hands on of the others.
///
/// # Errors
/// Another time than the events'.
pub(super) fn chain(chain: &Chain, scope: &mut Scope<'_>, commands: &mut Commands) -> Result<(), Diagnostic> {
    check_time(&chain.time, scope)?;
    let keys = keys(&chain.by, &[], scope, commands)?;
    let step = scope.fresh("step");
    let is_of = |kind: &str| Eval::binary(Eval::field(&chain.kind.name), "=", Eval::text(kind));
    let numbers = chain
        .order
        .iter()
        .zip(1_usize..)
        .flat_map(|(kind, number)| [is_of(kind), Eval::number(number)])
        .collect();
    assign(&step, Eval::Call("case", numbers), scope, commands);
    scope.define(&step, Kind::Count, true);
    let order = [TIME, &*step].map(|field| (field.to_owned(), Direction::Ascending));
    commands.push(Command::Sort(order.to_vec()));
    let is_step = |number: usize| Eval::binary(Eval::field(&step), "=", Eval::number(number));
    let mut begun = Eval::field(TIME);
    for number in 1..chain.order.len() {
        let (start, latest) = (scope.fresh("start"), scope.fresh("begun"));
        assign(&start, Eval::choose(is_step(number), begun, Eval::null()), scope, commands);
        let argument = Some(Eval::field(&start));
        let functions = vec![StatsFunction { name: "max".to_owned(), argument, output: latest.clone() }];
        let stats = Stats { keeps_rows: true, functions, by: keys.names.clone() };
        commands.push(Command::Streamstats(None, stats));
        scope.define(&start, Kind::Time, false);
        scope.define(&latest, Kind::Time, false);
        begun = Eval::field(&latest);
    }
    keys.rename(commands);
    for (name, kind) in keys.kinds {
        scope.define(&name, kind, true);
    }
    let since = Eval::arithmetic(Eval::field(TIME), "-", begun);
    let is_near = Eval::binary(since, "<=", time::seconds(chain.length));
    commands.push(Command::Where(Eval::And(vec![is_step(chain.order.len()), is_near])));
    Ok(())
}

fn check_time(time: &Field, scope: &Scope<'_>) -> Result<(), Diagnostic> {
    if &*time.name == TIME {
        return Ok(());
    }
    Err(scope.refuse(format!("`streamstats` goes by `{TIME}`, not by `{time}`")))
}

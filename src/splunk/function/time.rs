//! Functions of points and lengths of time ("Date and Time functions").

use super::{Call, Written, number::multiple, refusal};
use crate::{
    ir::{Duration, Function},
    splunk::{
        ast::Eval,
        expression::{kind as kind_of, text, value},
        note_zone,
        scope::{Kind, Scope},
        time,
    },
};

/// A function of points in time, if it is one.
pub(super) fn write(call: &Call<'_>, scope: &mut Scope<'_>) -> Option<Written> {
    let part = |format: &'static str, scope: &mut Scope<'_>| {
        let time = call.time(0, scope)?;
        note_zone(scope, "parts of a point in time are taken in the time zone of the search");
        Ok(Eval::call("tonumber", [Eval::call("strftime", [time, Eval::text(format)])]))
    };
    Some(match call.function {
        Function::Ago => ago(call, scope),
        Function::ToTimestamp => call.time(0, scope),
        Function::ToDuration => to_duration(call, scope),
        Function::StartOfDay => call
            .time(0, scope)
            .and_then(|time| shifted(multiple(time, &Eval::number(time::DAY)), call, time::DAY, scope)),
        // 4 January 1970 was a Sunday.
        Function::StartOfWeek => call.time(0, scope).and_then(|time| {
            let (week, first) = (7 * time::DAY, Eval::number(3 * time::DAY));
            let since = Eval::arithmetic(time, "-", first.clone());
            let start = Eval::arithmetic(multiple(since, &Eval::number(week)), "+", first);
            shifted(start, call, week, scope)
        }),
        Function::StartOfMonth => start_of_month(call, scope),
        Function::HourOfDay => part("%H", scope),
        Function::DayOfWeek => part("%w", scope),
        Function::DayOfMonth => part("%d", scope),
        Function::MonthOfYear => part("%m", scope),
        Function::YearOf => part("%Y", scope),
        Function::SecondsBetween => between(call, 1, scope),
        Function::MinutesBetween => between(call, 60, scope),
        Function::HoursBetween => between(call, 3_600, scope),
        Function::DaysBetween => between(call, time::DAY, scope),
        Function::FormatTime => format_time(call, scope),
        Function::FromUnixSeconds => call.arg(0, scope),
        Function::FromUnixMilliseconds => {
            call.arg(0, scope).map(|number| Eval::arithmetic(number, "/", Eval::number(1000)))
        }
        _ => return None,
    })
}

/// `relative_time` takes a time modifier.
fn ago(call: &Call<'_>, scope: &mut Scope<'_>) -> Written {
    let now = Eval::call("now", []);
    if let Some(modifier) = call.duration(0).and_then(time::modifier) {
        return Ok(Eval::call("relative_time", [now, Eval::Text(format!("-{modifier}"))]));
    }
    match call.duration(0) {
        Some(Duration(0)) => Ok(now),
        _ => Ok(Eval::arithmetic(now, "-", call.arg(0, scope)?)),
    }
}

fn to_duration(call: &Call<'_>, scope: &mut Scope<'_>) -> Written {
    let expression = call.expression(0, scope)?;
    if kind_of(expression, scope) == Kind::Duration {
        return value(expression, scope);
    }
    Err(scope.refuse(refusal(call.function)))
}

fn shifted(start: Eval, call: &Call<'_>, unit: i64, scope: &mut Scope<'_>) -> Written {
    Ok(match (call.integer(1), call.arguments.len()) {
        (_, 1) | (Some(0), _) => start,
        (Some(count), _) => {
            let sign = if count < 0 { "-" } else { "+" };
            Eval::arithmetic(start, sign, Eval::number(count.saturating_mul(unit).unsigned_abs()))
        }
        (None, _) => {
            let by = Eval::arithmetic(call.arg(1, scope)?, "*", Eval::number(unit));
            Eval::arithmetic(start, "+", by)
        }
    })
}

fn start_of_month(call: &Call<'_>, scope: &mut Scope<'_>) -> Written {
    let modifier = match (call.integer(1), call.arguments.len()) {
        (_, 1) | (Some(0), _) => "@mon".to_owned(),
        (Some(months), _) => format!("{months:+}mon@mon"),
        (None, _) => return Err(scope.refuse(refusal(call.function))),
    };
    note_zone(scope, "months begin in the time zone of the search");
    Ok(Eval::call("relative_time", [call.time(0, scope)?, Eval::Text(modifier)]))
}

/// How many multiples of the unit lie between, as both are rounded down to one.
fn between(call: &Call<'_>, unit: i64, scope: &mut Scope<'_>) -> Written {
    let count = |time: Eval| {
        let units = if unit == 1 { time } else { Eval::arithmetic(time, "/", Eval::number(unit)) };
        Eval::call("floor", [units])
    };
    Ok(Eval::arithmetic(count(call.time(0, scope)?), "-", count(call.time(1, scope)?)))
}

fn format_time(call: &Call<'_>, scope: &mut Scope<'_>) -> Written {
    let format = call.constant(1, scope)?;
    let Some(variables) = time::format_variables(format) else {
        return Err(scope.refuse(format!("the time format `{format}` has letters that `strftime` lacks")));
    };
    note_zone(scope, "times are formatted in the time zone of the search");
    Ok(Eval::call("strftime", [call.time(0, scope)?, text(&variables)]))
}

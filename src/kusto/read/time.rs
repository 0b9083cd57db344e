//! Times computed in units that the language names by words.

use std::rc::Rc;

use super::{Reader, columns::Columns, scope::Scope, test::as_number, unsupported};
use crate::{
    diag::Diagnostic,
    ir::{Constant, Duration, Expression as Value, Function},
    kusto::ast::Call,
};

impl Reader<'_> {
    /// The value of a call that is about time in a way of its own; nothing for other calls.
    pub(super) fn time_value<'s>(
        &mut self,
        call: &'s Call,
        columns: &Columns,
        scope: &Rc<Scope<'s>>,
    ) -> Result<Option<Value>, Diagnostic> {
        Ok(Some(match (&*call.function.text, call.arguments.as_slice()) {
            ("datetime_diff", [unit, later, earlier]) => {
                let unit_name = self.text(&unit.value, scope)?;
                let later = self.value(&later.value, columns, scope)?;
                let earlier = self.value(&earlier.value, columns, scope)?;
                let found = unit_name.and_then(|unit| difference(&unit, later, earlier));
                found
                    .ok_or_else(|| unsupported(unit.value.span(), "no differences are taken in this unit"))?
            }
            ("datetime_add", [unit, count, at]) => {
                let unit_name = self.text(&unit.value, scope)?;
                let count = self.value(&count.value, columns, scope)?;
                let at = self.value(&at.value, columns, scope)?;
                let found = unit_name.and_then(|unit| sum(&unit, count, at));
                found.ok_or_else(|| unsupported(unit.value.span(), "nothing is added in this unit"))?
            }
            ("endofday", [at, rest @ ..]) => {
                let at = self.value(&at.value, columns, scope)?;
                let days = match rest.first() {
                    Some(days) => self.constant(&days.value, scope)?.as_ref().and_then(as_number),
                    None => Some(0),
                };
                let days = days.and_then(|days| i64::try_from(days).ok()?.checked_add(1));
                let message = "the number of days has to be a constant";
                end_of_day(at, days.ok_or_else(|| unsupported(call.place.0, message))?)
            }
            ("datetime_part" | "datepart", [part, time]) => {
                let name = self.text(&part.value, scope)?;
                let function = name.as_deref().and_then(part_of_time).ok_or_else(|| {
                    unsupported(part.value.span(), "there is no counterpart for this part of a time")
                })?;
                Value::Call(function, vec![self.value(&time.value, columns, scope)?])
            }
            ("dayofweek", [time]) => {
                Value::Call(Function::DayOfWeek, vec![self.value(&time.value, columns, scope)?])
            }
            ("now", [offset]) => {
                let offset = self.value(&offset.value, columns, scope)?;
                Value::Call(Function::Add, vec![Value::Call(Function::Now, vec![]), offset])
            }
            ("ingestion_time", []) => Value::Field(columns.field("_TimeReceived")),
            _ => return Ok(None),
        }))
    }
}

fn call(function: Function, arguments: impl Into<Vec<Value>>) -> Value {
    Value::Call(function, arguments.into())
}

fn length(ticks: i64) -> Value {
    Value::Constant(Constant::Duration(Duration(ticks)))
}

/// `datetime_diff(unit, later, earlier)`: the boundaries of units between two points in time.
pub(super) fn difference(unit: &str, later: Value, earlier: Value) -> Option<Value> {
    let both = |function: Function, later: &Value, earlier: &Value| {
        call(Function::Subtract, [call(function, [later.clone()]), call(function, [earlier.clone()])])
    };
    Some(match unit.to_ascii_lowercase().as_str() {
        "second" => call(Function::SecondsBetween, [later, earlier]),
        "minute" => call(Function::MinutesBetween, [later, earlier]),
        "hour" => call(Function::HoursBetween, [later, earlier]),
        "day" => call(Function::DaysBetween, [later, earlier]),
        "week" => {
            let start = |time: Value| call(Function::StartOfWeek, [time]);
            let days = call(Function::DaysBetween, [start(later), start(earlier)]);
            call(Function::Divide, [days, Value::number(7)])
        }
        "month" => {
            let years = both(Function::YearOf, &later, &earlier);
            let months = both(Function::MonthOfYear, &later, &earlier);
            call(Function::Add, [call(Function::Multiply, [Value::number(12), years]), months])
        }
        "year" => both(Function::YearOf, &later, &earlier),
        _ => return None,
    })
}

/// `datetime_add(unit, count, time)`, of units that are as long as each other.
pub(super) fn sum(unit: &str, count: Value, time: Value) -> Option<Value> {
    let unit = match unit.to_ascii_lowercase().as_str() {
        "millisecond" => Duration::MILLISECOND,
        "second" => Duration::SECOND,
        "minute" => Duration::MINUTE,
        "hour" => Duration::HOUR,
        "day" => Duration::DAY,
        "week" => 7 * Duration::DAY,
        _ => return None,
    };
    let added = match &count {
        Value::Constant(Constant::Number(number)) if number.is_integer() => {
            let count: i64 = number.to_string().parse().ok()?;
            length(count.checked_mul(unit)?)
        }
        _ => call(Function::Multiply, [count, length(unit)]),
    };
    Some(call(Function::Add, [time, added]))
}

/// `endofday(time, days)`: the last tick before the day that starts so many days later.
fn end_of_day(time: Value, days: i64) -> Value {
    let next = call(Function::StartOfDay, [time, Value::number(days)]);
    call(Function::Subtract, [next, length(1)])
}

fn part_of_time(part: &str) -> Option<Function> {
    match part.to_ascii_lowercase().as_str() {
        "year" => Some(Function::YearOf),
        "month" => Some(Function::MonthOfYear),
        "day" => Some(Function::DayOfMonth),
        "hour" => Some(Function::HourOfDay),
        _ => None,
    }
}

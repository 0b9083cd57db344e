//! Points in time: text in ISO 8601, counted in ticks of 100 ns since 1970 (UTC).

use super::{Value, as_number, as_text};
use crate::ir::{Function, Number};

const SECOND: i64 = 10_000_000;
const DAY: i64 = 86_400 * SECOND;

/// Days since 1970-01-01 of a date of the proleptic Gregorian calendar.
pub(super) fn days(year: i64, month: i64, day: i64) -> i64 {
    let (y, m) = if month <= 2 { (year - 1, month + 9) } else { (year, month - 3) };
    365 * y + y.div_euclid(4) - y.div_euclid(100) + y.div_euclid(400) + (153 * m + 2) / 5 + day - 1 - 719_468
}

/// Year, month and day of a day since 1970-01-01.
fn date(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let of_era = shifted.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (year_of_era + 400 * era + i64::from(month <= 2), month, day)
}

/// Whether a text is a point in time in ISO 8601, to the second.
pub fn is_timestamp(text: &str) -> bool {
    text.contains('T')
        && text.ends_with(|last: char| last == 'Z' || last.is_ascii_digit())
        && !text.contains(char::is_whitespace)
        && parse(text).is_some()
}

/// Ticks since 1970 of a timestamp in ISO 8601; a blank may stand for `T`, a missing zone is UTC.
pub(super) fn parse(text: &str) -> Option<i64> {
    let text = text.trim();
    let number = |range: std::ops::Range<usize>| text.get(range)?.parse::<i64>().ok();
    let (year, month, day) = (number(0..4)?, number(5..7)?, number(8..10)?);
    if !(1..=12).contains(&month) || date(days(year, month, day)) != (year, month, day) {
        return None;
    }
    let midnight = days(year, month, day) * DAY;
    let Some(rest) = text.get(10..).filter(|rest| !rest.is_empty()) else { return Some(midnight) };
    let clock = rest.strip_prefix(['T', ' '])?;
    let zone_at = clock.find(['Z', '+', '-']).unwrap_or(clock.len());
    let (clock, zone) = clock.split_at(zone_at);
    let mut parts = clock.split(':');
    let hour: i64 = parts.next()?.parse().ok()?;
    let minute: i64 = parts.next().map_or(Some(0), |part| part.parse().ok())?;
    let seconds = parts.next().unwrap_or("0");
    let (whole, fraction) = seconds.split_once('.').unwrap_or((seconds, ""));
    let whole: i64 = whole.parse().ok()?;
    if !(0..24).contains(&hour) || !(0..60).contains(&minute) || !(0..60).contains(&whole) {
        return None;
    }
    let digits: String = fraction.chars().chain("0000000".chars()).take(7).collect();
    let ticks: i64 = digits.parse().ok()?;
    let offset = match zone.strip_prefix(['+', '-']) {
        Some(zone_text) => {
            let digits: String = zone_text.chars().filter(char::is_ascii_digit).collect();
            let minutes = digits.get(0..2)?.parse::<i64>().ok()? * 60
                + digits.get(2..4).map_or(Some(0), |it| it.parse::<i64>().ok())?;
            if zone.starts_with('-') { -minutes } else { minutes }
        }
        None if matches!(zone, "" | "Z") => 0,
        None => return None,
    };
    Some(midnight + ((hour * 60 + minute - offset) * 60 + whole) * SECOND + ticks)
}

/// A point in time as text.
pub fn text_of(ticks: i64) -> String {
    let (year, month, day) = date(ticks.div_euclid(DAY));
    let of_day = ticks.rem_euclid(DAY);
    let (seconds, fraction) = (of_day / SECOND, of_day % SECOND);
    let clock = format!("{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60);
    let fraction = if fraction == 0 { String::new() } else { format!(".{fraction:07}") };
    format!("{year:04}-{month:02}-{day:02}T{clock}{fraction}Z")
}

/// The point in time that a value is, if it is one.
pub(super) fn of(value: &Value) -> Option<i64> {
    match value {
        Value::Text(text) if !text.is_empty() && Number::parse(text).is_none() => parse(text),
        _ => None,
    }
}

/// A point in time; null outside of the years that have four digits.
fn value_of(ticks: impl Into<Option<i64>>) -> Value {
    match ticks.into() {
        Some(ticks) if (days(1, 1, 1) * DAY..days(10_000, 1, 1) * DAY).contains(&ticks) => {
            Value::Text(text_of(ticks))
        }
        _ => Value::Null,
    }
}

#[expect(clippy::cast_possible_truncation, reason = "ticks of a few centuries")]
fn ticks_of(seconds: Number) -> i64 {
    (seconds.to_f64() * 1e7).round() as i64
}

#[expect(clippy::cast_precision_loss, reason = "seconds of a few centuries")]
fn seconds_of(ticks: i64) -> Value {
    Number::real(ticks as f64 / 1e7).map_or(Value::Null, Value::Number)
}

/// Sums, differences and bins in which a point in time takes part; `None` where none does.
pub(super) fn arithmetic(function: Function, left: &Value, right: &Value) -> Option<Value> {
    Some(match (function, of(left), of(right)) {
        (Function::Subtract, Some(left), Some(right)) => seconds_of(left - right),
        (Function::Subtract, Some(time), None) => value_of(time.checked_sub(ticks_of(as_number(right)?))),
        (Function::Add, Some(time), None) => value_of(time.checked_add(ticks_of(as_number(right)?))),
        (Function::Add, None, Some(time)) => value_of(time.checked_add(ticks_of(as_number(left)?))),
        (Function::Bin, Some(time), None) => {
            let size = ticks_of(as_number(right)?);
            if size <= 0 { Value::Null } else { value_of(time - time.rem_euclid(size)) }
        }
        _ => return None,
    })
}

/// The functions of points in time.
pub(super) fn value(function: Function, arguments: &[Value]) -> Option<Value> {
    use Function as F;
    let number = |index: usize| arguments.get(index).and_then(as_number);
    let shift = |unit: i64| number(1).map_or(0, |count| ticks_of(count) / SECOND * unit);
    Some(match function {
        F::ToTimestamp => value_of(of(arguments.first()?)?),
        F::FromUnixSeconds => value_of(ticks_of(number(0)?)),
        F::FromUnixMilliseconds => value_of(ticks_of(number(0)?) / 1_000),
        F::SecondsBetween | F::MinutesBetween | F::HoursBetween | F::DaysBetween => {
            let unit = match function {
                F::SecondsBetween => SECOND,
                F::MinutesBetween => 60 * SECOND,
                F::HoursBetween => 3_600 * SECOND,
                _ => DAY,
            };
            let (later, earlier) = (of(arguments.first()?)?, of(arguments.get(1)?)?);
            Value::from(later.div_euclid(unit) - earlier.div_euclid(unit))
        }
        _ => {
            let time = of(arguments.first()?)?;
            let day = time.div_euclid(DAY);
            let (year, month, of_month) = date(day);
            match function {
                F::StartOfDay => value_of((day + shift(1)).checked_mul(DAY)),
                // 1970-01-01 was a Thursday, four days after Sunday.
                F::StartOfWeek => value_of((day - (day + 4).rem_euclid(7) + shift(7)).checked_mul(DAY)),
                F::StartOfMonth => {
                    let months = 12 * year + month - 1 + shift(1);
                    value_of(days(months.div_euclid(12), months.rem_euclid(12) + 1, 1).checked_mul(DAY))
                }
                F::HourOfDay => Value::from(time.rem_euclid(DAY) / (3_600 * SECOND)),
                F::DayOfWeek => Value::from((day + 4).rem_euclid(7)),
                F::DayOfMonth => Value::from(of_month),
                F::MonthOfYear => Value::from(month),
                F::YearOf => Value::from(year),
                F::FormatTime => Value::Text(formatted(time, &as_text(arguments.get(1)?)?)),
                _ => return None,
            }
        }
    })
}

/// By letters: `yyyy-MM-dd HH:mm:ss` (`format_datetime()`); others stand for themselves.
fn formatted(time: i64, format: &str) -> String {
    let iso = text_of(time);
    let letters =
        [("yyyy", 0..4), ("MM", 5..7), ("dd", 8..10), ("HH", 11..13), ("mm", 14..16), ("ss", 17..19)];
    letters.into_iter().fold(format.to_owned(), |text, (letter, range)| text.replace(letter, &iso[range]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timestamps_are_read_and_written() {
        for (text, again) in [
            ("2024-12-30T18:05:00Z", "2024-12-30T18:05:00Z"),
            ("2024-02-29 01:02:03.5", "2024-02-29T01:02:03.5000000Z"),
            ("2024-12-30", "2024-12-30T00:00:00Z"),
            ("2024-12-30T01:00:00+02:00", "2024-12-29T23:00:00Z"),
            ("1969-12-31T23:59:59Z", "1969-12-31T23:59:59Z"),
        ] {
            assert_eq!(parse(text).map(text_of).as_deref(), Some(again), "{text}");
        }
        for text in [
            "",
            "x",
            "2024-13-01",
            "2024-02-30",
            "2024-12-30X",
            "2024-12-30T24:00",
            "2024-12-30T12:00Zx",
            "2024-12-30T01:60:00",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_timestamp_has_a_date_and_a_clock_and_nothing_else() {
        for text in ["2024-12-30T18:05:00Z", "2024-12-30T18:05:00.5", "2024-12-30T18:05:00+02:00"] {
            assert!(is_timestamp(text), "{text}");
        }
        for text in
            ["2024-12-30", "2024-12-30 18:05:00", "2024-12-30T18:05:00Z ", "2024-13-30T18:05:00Z", "T1"]
        {
            assert!(!is_timestamp(text), "{text}");
        }
    }

    #[test]
    fn times_less_times_are_seconds_and_bins_are_multiples() {
        let time = |text: &str| Value::from(text);
        let seconds = arithmetic(Function::Subtract, &time("2024-01-01T01:00:00Z"), &time("2024-01-01"));
        assert_eq!(seconds, Some(Value::from(3_600)));
        let bin = arithmetic(Function::Bin, &time("2024-01-01T01:59:00Z"), &Value::from(3_600));
        assert_eq!(bin, Some(time("2024-01-01T01:00:00Z")));
    }

    #[test]
    fn parts_of_dates() {
        let part = |function| value(function, &["2026-11-23T18:05:00Z".into()]).unwrap();
        assert_eq!(part(Function::DayOfWeek), Value::from(1));
        assert_eq!(part(Function::StartOfWeek), Value::from("2026-11-22T00:00:00Z"));
        assert_eq!(part(Function::StartOfMonth), Value::from("2026-11-01T00:00:00Z"));
        assert_eq!(part(Function::HourOfDay), Value::from(18));
        let days =
            value(Function::DaysBetween, &["2026-11-23T00:00:01Z".into(), "2026-11-22T23:59:59Z".into()]);
        assert_eq!(days, Some(Value::from(1)));
    }

    #[test]
    fn times_are_counted_from_1970() {
        assert_eq!(value(Function::FromUnixSeconds, &[86_400.into()]), Some("1970-01-02T00:00:00Z".into()));
        let milliseconds = value(Function::FromUnixMilliseconds, &[1_500.into()]);
        assert_eq!(milliseconds, Some("1970-01-01T00:00:01.5000000Z".into()));
    }

    #[test]
    fn boundaries_of_units_are_counted() {
        let between =
            |function| value(function, &["2026-01-01T02:00:30Z".into(), "2026-01-01T00:59:59Z".into()]);
        assert_eq!(between(Function::SecondsBetween), Some(3_631.into()));
        assert_eq!(between(Function::MinutesBetween), Some(61.into()));
        assert_eq!(between(Function::HoursBetween), Some(2.into()));
    }

    #[test]
    fn lengths_are_added_from_either_side() {
        let later = Some(Value::from("2026-01-01T01:00:00Z"));
        let (time, hour) = (Value::from("2026-01-01T00:00:00Z"), Value::from(3_600));
        assert_eq!(arithmetic(Function::Add, &time, &hour), later);
        assert_eq!(arithmetic(Function::Add, &hour, &time), later);
    }

    #[test]
    fn times_are_written_as_asked() {
        let time = Value::from("2026-11-23T18:05:09Z");
        let written = value(Function::FormatTime, &[time.clone(), "dd.MM.yyyy HH:mm:ss".into()]);
        assert_eq!(written, Some("23.11.2026 18:05:09".into()));
        assert_eq!(value(Function::DayOfMonth, &[time]), Some(23.into()));
    }

    #[test]
    fn zones_west_of_greenwich_are_later() {
        assert_eq!(parse("2024-12-30T01:00:00-02:30"), parse("2024-12-30T03:30:00Z"));
    }

    #[test]
    fn there_is_no_time_beyond_the_years_of_four_digits() {
        let (time, far) = (Value::from("2026-01-01T00:00:00Z"), Value::from(i64::MAX));
        for function in [Function::Add, Function::Subtract] {
            assert_eq!(arithmetic(function, &time, &far), Some(Value::Null));
        }
        assert_eq!(arithmetic(Function::Add, &time, &Value::from(8_000 * 366 * 86_400)), Some(Value::Null));
        for function in [Function::StartOfDay, Function::StartOfWeek, Function::StartOfMonth] {
            assert_eq!(value(function, &[time.clone(), far.clone()]), Some(Value::Null));
        }
        assert_eq!(value(Function::FromUnixSeconds, &[far]), Some(Value::Null));
        let last = Value::from("9999-12-31T23:59:59Z");
        assert_eq!(value(Function::ToTimestamp, std::slice::from_ref(&last)), Some(last.clone()));
        assert_eq!(arithmetic(Function::Add, &last, &Value::from(1)), Some(Value::Null));
    }
}

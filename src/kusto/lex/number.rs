//! Numbers and lengths of time.

use super::{Kind, Lexer, word_length};
use crate::{ir::Duration, kusto::ast::Literal};

/// Units of a length of time, and their ticks.
const UNITS: &[(&[&str], i64)] = &[
    (&["d", "day", "days"], Duration::DAY),
    (&["h", "hr", "hrs", "hour", "hours"], Duration::HOUR),
    (&["m", "min", "minute", "minutes"], Duration::MINUTE),
    (&["s", "sec", "second", "seconds"], Duration::SECOND),
    (&["ms", "milli", "millis", "millisec", "millisecond", "milliseconds"], Duration::MILLISECOND),
    (&["micro", "micros", "microsec", "microsecond", "microseconds"], 10),
    (&["tick", "ticks"], 1),
];

impl Lexer<'_> {
    pub(super) fn number(&mut self) {
        let rest = self.rest();
        if let Some(digits) = rest.strip_prefix("0x").or_else(|| rest.strip_prefix("0X")) {
            let length = digits.find(|c: char| !c.is_ascii_hexdigit()).unwrap_or(digits.len());
            if let Ok(value) = i64::from_str_radix(&digits[..length], 16) {
                self.push(Kind::Literal(Literal::Long(value)), self.at + 2 + length);
            } else {
                let end = self.at + 2 + length;
                self.error(self.at, end, "this is not a number of 64 bits", "");
                self.push(Kind::Literal(Literal::Long(0)), end);
            }
            return;
        }
        let whole = digits(rest);
        let mut length = whole;
        let has_fraction =
            rest[length..].starts_with('.') && rest[length + 1..].starts_with(|c: char| c.is_ascii_digit());
        if has_fraction {
            length += 1 + digits(&rest[length + 1..]);
        }
        let exponent = exponent(&rest[length..]);
        length += exponent;
        let suffix = &rest[length..length + word_length(&rest[length..])];
        if !suffix.is_empty() {
            let unit = UNITS.iter().find(|(names, _)| names.contains(&suffix)).filter(|_| exponent == 0);
            let end = length + suffix.len();
            match unit.and_then(|(_, ticks)| scaled(&rest[..length], *ticks)) {
                Some(ticks) => {
                    let spelling = rest[..end].to_owned();
                    self.push(Kind::Literal(Literal::Timespan { ticks, spelling }), self.at + end);
                }
                // Names may start with digits where letters follow.
                None => self.push(Kind::Word(rest[..end].to_owned()), self.at + end),
            }
            return;
        }
        let text = &rest[..length];
        let literal = if has_fraction || exponent > 0 {
            Literal::Real(text.parse().unwrap_or(f64::MAX))
        } else {
            match text.parse::<i64>() {
                Ok(value) => Literal::Long(value),
                Err(_) => text.parse::<i128>().map_or(Literal::Real(f64::MAX), Literal::Decimal),
            }
        };
        self.push(Kind::Literal(literal), self.at + length);
    }
}

fn digits(text: &str) -> usize {
    text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len())
}

/// The length of `e+5`, with at least one digit.
fn exponent(text: &str) -> usize {
    let Some(rest) = text.strip_prefix(['e', 'E']) else { return 0 };
    let sign = usize::from(rest.starts_with(['+', '-']));
    match digits(&rest[sign..]) {
        0 => 0,
        count => 1 + sign + count,
    }
}

/// So many units in ticks.
fn scaled(number: &str, ticks: i64) -> Option<i64> {
    if let Ok(whole) = number.parse::<i64>() {
        return whole.checked_mul(ticks);
    }
    #[expect(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "ticks of a few years")]
    number.parse::<f64>().ok().map(|number| (number * ticks as f64).round() as i64)
}

/// An integer, decimal or hexadecimal, with a sign or none.
pub(super) fn integer(text: &str) -> Option<i64> {
    match text.strip_prefix("0x") {
        Some(digits) => i64::from_str_radix(digits, 16).ok(),
        None => text.parse().ok(),
    }
}

/// What stands in `timespan(…)`: `1d`, `1.02:03:04.5`, `5` (days), `"1 day"`.
pub(super) fn timespan(text: &str) -> Option<i64> {
    let (negative, text) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let ticks = if text.contains(':') { clock(text) } else { with_unit(text) }?;
    Some(if negative { -ticks } else { ticks })
}

fn with_unit(text: &str) -> Option<i64> {
    let number = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, unit) = text.split_at(number);
    let ticks = match unit.trim() {
        "" => Duration::DAY,
        unit => UNITS.iter().find(|(names, _)| names.contains(&unit))?.1,
    };
    scaled(number, ticks)
}

/// `[days.]hours:minutes[:seconds[.fraction]]`.
fn clock(text: &str) -> Option<i64> {
    let (before, rest) = text.split_once(':')?;
    let (days, hours) = match before.split_once('.') {
        Some((days, hours)) => (days.parse::<i64>().ok()?, hours),
        None => (0, before),
    };
    let (minutes, seconds) = rest.split_once(':').unwrap_or((rest, "0"));
    let whole = days.checked_mul(Duration::DAY)?
        + scaled(hours, Duration::HOUR)?
        + scaled(minutes, Duration::MINUTE)?;
    whole.checked_add(scaled(seconds, Duration::SECOND)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_of_time_have_many_spellings() {
        assert_eq!(timespan("1d"), Some(Duration::DAY));
        assert_eq!(
            timespan("1.02:03:04"),
            Some(Duration::DAY + 2 * Duration::HOUR + 3 * Duration::MINUTE + 4 * Duration::SECOND)
        );
        assert_eq!(timespan("00:05:00"), Some(5 * Duration::MINUTE));
        assert_eq!(timespan("7"), Some(7 * Duration::DAY));
        assert_eq!(timespan("x"), None);
    }
}

//! Constants.

use std::fmt::Write;

use crate::{
    ir::Duration,
    kusto::{
        ast::{Literal, Place},
        quote,
    },
};

/// Units of a length of time, largest first.
const UNITS: &[(i64, &str)] = &[
    (Duration::DAY, "d"),
    (Duration::HOUR, "h"),
    (Duration::MINUTE, "m"),
    (Duration::SECOND, "s"),
    (Duration::MILLISECOND, "ms"),
    (10, "microsecond"),
    (1, "tick"),
];

/// A constant of a query.
///
/// A sign before digits is an operator of its own, so that a negative constant that was read stood in `long(…)` or the
/// like, and goes back there. What rulec writes need not be read back as the same tree.
pub(super) fn constant(literal: &Literal, place: Place) -> String {
    let is_read = place.0.end > 0;
    match literal {
        // The digits of the smallest long alone exceed the largest.
        Literal::Long(value) if *value == i64::MIN || (is_read && *value < 0) => format!("long({value})"),
        Literal::Real(value) if is_read && value.is_sign_negative() && value.is_finite() => {
            format!("real({})", real(*value))
        }
        Literal::Decimal(value) if !is_read => format!("decimal({value})"),
        other => plain(other),
    }
}

/// A constant inside a `dynamic(…)`, where signs are part of numbers and texts are JSON's.
pub(super) fn json(literal: &Literal) -> String {
    match literal {
        Literal::String(text) => json_text(text),
        Literal::Decimal(value) => value.to_string(),
        other => plain(other),
    }
}

/// A text in JSON's quotes; what would reorder a reader's screen is escaped.
pub(super) fn json_text(text: &str) -> String {
    let mut out = String::new();
    for c in serde_json::Value::from(text).to_string().chars() {
        match u32::from(c) {
            code if quote::needs_escape(c) => {
                let _ = write!(out, "\\u{code:04X}");
            }
            _ => out.push(c),
        }
    }
    out
}

fn plain(literal: &Literal) -> String {
    match literal {
        Literal::String(text) => string(text),
        Literal::Hidden(text) => format!("h{}", string(text)),
        Literal::Bool(value) => value.to_string(),
        Literal::Long(value) => value.to_string(),
        Literal::Int(value) => format!("int({value})"),
        Literal::Real(value) => real(*value),
        Literal::Decimal(value) => value.to_string(),
        Literal::DecimalText(text) => format!("decimal({})", bare(text)),
        Literal::Timespan { ticks, spelling } if spelling.is_empty() => timespan(*ticks),
        Literal::Timespan { spelling, .. } => spelling.clone(),
        Literal::Datetime(text) => format!("datetime({})", enclosed(text)),
        Literal::Guid(text) => format!("guid({})", enclosed(text)),
        Literal::Null(ty) => format!("{ty}(null)"),
    }
}

pub(super) fn string(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 3);
    quote::string(&mut out, text);
    out
}

/// A double, told from an integer by its point or exponent.
fn real(value: f64) -> String {
    match value {
        _ if value.is_nan() => "real(nan)".to_owned(),
        _ if value.is_infinite() => format!("real({}inf)", if value > 0.0 { '+' } else { '-' }),
        _ if value != 0.0 && (value.abs() < 1e-4 || value.abs() >= 1e15) => format!("{value:e}"),
        _ if value.fract() == 0.0 => format!("{value:.1}"),
        _ => value.to_string(),
    }
}

/// So many ticks in the largest unit that they are whole in.
fn timespan(ticks: i64) -> String {
    let (length, unit) = UNITS.iter().find(|(length, _)| ticks % length == 0).unwrap_or(&(1, "tick"));
    format!("{}{unit}", ticks / length)
}

/// What stands in the parentheses of a type: in quotes where it could end them.
fn enclosed(text: &str) -> String {
    let is_plain =
        |c: char| c.is_ascii_alphanumeric() || matches!(c, ' ' | ':' | '.' | '+' | '-' | '/' | ',');
    let text = bare(text);
    if text.chars().all(is_plain) { text } else { format!("\"{text}\"") }
}

/// A text without what no number, time or guid has, and could end the constant.
fn bare(text: &str) -> String {
    text.chars().filter(|c| !c.is_control() && !matches!(c, '"' | '\'' | '\\')).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diag::Span;

    fn written(literal: &Literal) -> String {
        constant(literal, Place::default())
    }

    fn read(literal: &Literal) -> String {
        constant(literal, Place(Span::new(3, 9)))
    }

    fn ticks(ticks: i64) -> String {
        written(&Literal::Timespan { ticks, spelling: String::new() })
    }

    #[test]
    fn numbers_keep_their_type() {
        assert_eq!(written(&Literal::Long(5)), "5");
        assert_eq!(written(&Literal::Int(-5)), "int(-5)");
        assert_eq!(written(&Literal::Real(5.0)), "5.0");
        assert_eq!(written(&Literal::Real(0.0)), "0.0");
        assert_eq!(written(&Literal::Real(1.5)), "1.5");
        assert_eq!(written(&Literal::Real(1e300)), "1e300");
        assert_eq!(written(&Literal::Real(f64::NEG_INFINITY)), "real(-inf)");
        assert_eq!(written(&Literal::DecimalText("1.50".to_owned())), "decimal(1.50)");
        assert_eq!(written(&Literal::Null("int")), "int(null)");
    }

    #[test]
    fn a_negative_constant_that_was_read_is_not_a_sign_and_a_number() {
        assert_eq!(written(&Literal::Long(-5)), "-5");
        assert_eq!(read(&Literal::Long(-5)), "long(-5)");
        assert_eq!(read(&Literal::Real(-0.5)), "real(-0.5)");
        assert_eq!(written(&Literal::Long(i64::MIN)), "long(-9223372036854775808)");
    }

    #[test]
    fn large_integers_are_decimals_where_rulec_writes_them() {
        let large = Literal::Decimal(18_446_744_073_709_551_615);
        assert_eq!(written(&large), "decimal(18446744073709551615)");
        assert_eq!(read(&large), "18446744073709551615");
        assert_eq!(json(&large), "18446744073709551615");
    }

    #[test]
    fn lengths_of_time_keep_their_spelling_or_get_the_largest_whole_unit() {
        let spelled = Literal::Timespan { ticks: Duration::DAY, spelling: "24h".to_owned() };
        assert_eq!(written(&spelled), "24h");
        assert_eq!(ticks(14 * Duration::DAY), "14d");
        assert_eq!(ticks(36 * Duration::HOUR), "36h");
        assert_eq!(ticks(90 * Duration::MINUTE), "90m");
        assert_eq!(ticks(Duration::SECOND / 2), "500ms");
        assert_eq!(ticks(15), "15tick");
        assert_eq!(ticks(-Duration::DAY), "-1d");
    }

    #[test]
    fn times_and_guids_stand_in_their_type() {
        let time = |text: &str| written(&Literal::Datetime(text.to_owned()));
        assert_eq!(time("2024-01-02 03:04:05.678"), "datetime(2024-01-02 03:04:05.678)");
        assert_eq!(time("Tue (a)"), "datetime(\"Tue (a)\")");
        assert_eq!(time("1\") | take 1"), "datetime(\"1) | take 1\")");
        let guid = Literal::Guid("74be27de-1e4e-49d9-b579-fe0b331d3642".to_owned());
        assert_eq!(written(&guid), "guid(74be27de-1e4e-49d9-b579-fe0b331d3642)");
    }

    #[test]
    fn hidden_texts_stay_hidden() {
        assert_eq!(written(&Literal::Hidden(r"a\b".to_owned())), r#"h@"a\b""#);
        assert_eq!(json(&Literal::String("a\"\\\u{202E}".to_owned())), r#""a\"\\\u202E""#);
    }
}

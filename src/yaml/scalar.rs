//! Scalars: what a spelling means.

use std::borrow::Cow;

/// How a scalar is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// Without quotes: may be a number, a boolean or null.
    Plain,
    /// In single quotes.
    SingleQuoted,
    /// In double quotes, with backslash escapes.
    DoubleQuoted,
    /// A block after `|`.
    Literal,
    /// A block after `>`.
    Folded,
}

/// A scalar as it was spelled.
#[derive(Debug, Clone)]
pub struct Scalar<'s> {
    /// The text, escapes and folding undone.
    pub text: Cow<'s, str>,
    /// How it is written.
    pub style: Style,
    /// Whether it can be other than text: it is plain, or a tag such as `!!int` says so.
    pub(super) resolvable: bool,
}

/// What a scalar means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Plain {
    /// `null`, `~`, or nothing.
    Null,
    /// `true` or `false`.
    Boolean(bool),
    /// Decimal digits, perhaps with a fraction and a signed exponent.
    Number,
    /// Any other text.
    Text,
    /// Text here, something else to a YAML 1.1 or 1.2 reader.
    Ambiguous(Reading),
}

/// What another reader makes of an ambiguous scalar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reading {
    /// YAML 1.1 reads a boolean.
    Boolean,
    /// Some readers read a number.
    Number,
    /// YAML 1.1 reads a number in base 60.
    Sexagesimal,
    /// YAML 1.1 reads a point in time.
    Timestamp,
}

impl Plain {
    /// What a message calls it.
    pub fn type_name(self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Boolean(_) => "a boolean",
            Self::Number => "a number",
            Self::Text | Self::Ambiguous(_) => "text",
        }
    }
}

impl Reading {
    /// What a message calls it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Boolean => "a boolean",
            Self::Number => "a number",
            Self::Sexagesimal => "a number in base 60",
            Self::Timestamp => "a date",
        }
    }
}

impl Scalar<'_> {
    /// Whether it is a block after `|` or `>`.
    pub fn is_block(&self) -> bool {
        matches!(self.style, Style::Literal | Style::Folded)
    }

    /// What it means. A plain scalar is null, a boolean or a number only where YAML 1.1 and 1.2 agree; otherwise
    /// it is text, with a hint where they do not agree on that either.
    ///
    /// YAML 1.2.2 section 10.3.2 and the YAML 1.1 type repository.
    pub fn resolve(&self) -> Plain {
        if !self.resolvable {
            return Plain::Text;
        }
        match &*self.text {
            "" | "~" | "null" | "Null" | "NULL" => Plain::Null,
            "true" | "True" | "TRUE" => Plain::Boolean(true),
            "false" | "False" | "FALSE" => Plain::Boolean(false),
            "yes" | "Yes" | "YES" | "no" | "No" | "NO" | "on" | "On" | "ON" | "off" | "Off" | "OFF" => {
                Plain::Ambiguous(Reading::Boolean)
            }
            ".inf" | ".Inf" | ".INF" | "-.inf" | "-.Inf" | "-.INF" | "+.inf" | "+.Inf" | "+.INF" | ".nan"
            | ".NaN" | ".NAN" => Plain::Ambiguous(Reading::Number),
            text => resolve_digits(text),
        }
    }
}

fn resolve_digits(text: &str) -> Plain {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    if !unsigned.starts_with(|c: char| c.is_ascii_digit() || c == '.') {
        return Plain::Text;
    }
    if is_decimal(unsigned) {
        return Plain::Number;
    }
    match () {
        () if is_other_number(unsigned) => Plain::Ambiguous(Reading::Number),
        () if is_sexagesimal(unsigned) => Plain::Ambiguous(Reading::Sexagesimal),
        () if is_timestamp(text) => Plain::Ambiguous(Reading::Timestamp),
        () => Plain::Text,
    }
}

/// A spelling that YAML 1.1 and 1.2 read as the same number: no leading zero, and a sign in the exponent.
fn is_decimal(text: &str) -> bool {
    let (integer, rest) = split_digits(text);
    if integer.is_empty() || (integer.len() > 1 && integer.starts_with('0')) {
        return false;
    }
    let Some(rest) = rest.strip_prefix('.') else { return rest.is_empty() };
    let (_, exponent) = split_digits(rest);
    let signed = exponent.strip_prefix(['e', 'E']).and_then(|rest| rest.strip_prefix(['+', '-']));
    exponent.is_empty() || signed.is_some_and(is_digits)
}

/// A spelling that YAML 1.1 or 1.2 reads as a number, but not both, or not as the same.
fn is_other_number(text: &str) -> bool {
    let in_base = |prefix: &str, base: u32| {
        text.strip_prefix(prefix)
            .is_some_and(|digits| !digits.is_empty() && digits.chars().all(|c| c == '_' || c.is_digit(base)))
    };
    if in_base("0x", 16) || in_base("0b", 2) || in_base("0o", 8) {
        return true;
    }
    // Octal to YAML 1.1, but `08` and `00000429` are text to it and to most 1.2 readers.
    if in_base("0", 8) {
        return true;
    }
    let (integer, rest) = split_digits(text);
    let has_leading_zero = integer.len() > 1 && integer.starts_with('0');
    if !has_leading_zero
        && text.contains('_')
        && text.bytes().all(|b| b.is_ascii_digit() || b == b'_' || b == b'.')
    {
        return integer.len() < text.len() && !integer.is_empty();
    }
    let (fraction, exponent) = rest.strip_prefix('.').map_or(("", rest), split_digits);
    if integer.is_empty() && fraction.is_empty() {
        return false;
    }
    let exponent_is_number = |rest: &str| {
        rest.strip_prefix(['e', 'E'])
            .is_some_and(|rest| is_digits(rest.strip_prefix(['+', '-']).unwrap_or(rest)))
    };
    let is_float = rest.starts_with('.') && exponent.is_empty();
    is_float || exponent_is_number(exponent)
}

/// `12:30`, `1:30:45`: YAML 1.1 base 60.
fn is_sexagesimal(text: &str) -> bool {
    let mut parts = text.split(':');
    let first = parts.next().is_some_and(is_digits);
    let mut rest = parts.map(|part| {
        let part = part.split_once('.').map_or(part, |(integer, _)| integer);
        is_digits(part) && part.len() <= 2 && part.parse::<u8>().is_ok_and(|part| part < 60)
    });
    first && !text.starts_with('0') && text.contains(':') && rest.all(|ok| ok)
}

/// `2024-01-05`, perhaps with a time after it.
fn is_timestamp(text: &str) -> bool {
    let mut parts = text.splitn(3, '-');
    let mut digits = |len: std::ops::RangeInclusive<usize>| {
        parts.next().is_some_and(|part| len.contains(&part.len()) && is_digits(part))
    };
    let (year, month) = (digits(4..=4), digits(1..=2));
    let day = parts.next().unwrap_or("");
    let (day, time) = split_digits(day);
    let time_follows = time.starts_with(['T', 't', ' ']) && time.contains(':');
    year && month && (1..=2).contains(&day.len()) && (time.is_empty() || time_follows)
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}

fn split_digits(text: &str) -> (&str, &str) {
    let end = text.bytes().position(|b| !b.is_ascii_digit()).unwrap_or(text.len());
    text.split_at(end)
}

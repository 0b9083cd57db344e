//! Numbers, integers exact to 64 bits, signed or unsigned.

use std::cmp::Ordering;

/// A number as a rule writes it. `1` and `1.0` are equal.
#[derive(Debug, Clone, Copy)]
pub enum Number {
    /// An integer between -2^63 and 2^64-1.
    Integer(i128),
    /// A finite number with a fraction, or outside that range.
    Real(f64),
}

impl Number {
    /// Reads a decimal number: an optional sign, digits, an optional fraction and exponent; no blanks, no
    /// infinities. `None` for any other text.
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
        if !digits.starts_with(|c: char| c.is_ascii_digit()) {
            return None;
        }
        let is_integer = digits.bytes().all(|b| b.is_ascii_digit());
        if is_integer && let Some(integer) = text.parse::<i128>().ok().and_then(Self::integer) {
            return Some(integer);
        }
        if !digits.bytes().all(|b| matches!(b, b'0'..=b'9' | b'.' | b'e' | b'E' | b'+' | b'-')) {
            return None;
        }
        text.parse::<f64>().ok().and_then(Self::real)
    }

    /// An integer, if 64 bits hold it.
    pub fn integer(value: i128) -> Option<Self> {
        (i128::from(i64::MIN)..=i128::from(u64::MAX)).contains(&value).then_some(Self::Integer(value))
    }

    /// A finite floating-point number; an integral one that a double holds exactly becomes an integer.
    pub fn real(value: f64) -> Option<Self> {
        const EXACT: f64 = 9_007_199_254_740_992.0;
        if !value.is_finite() {
            return None;
        }
        #[expect(clippy::cast_possible_truncation, reason = "integral and below 2^53")]
        let number = if value.fract() == 0.0 && value.abs() <= EXACT {
            Self::Integer(value as i128)
        } else {
            Self::Real(value)
        };
        Some(number)
    }

    /// The number as a double, rounded where it must be.
    #[expect(clippy::cast_precision_loss, reason = "the caller asks for the nearest double")]
    pub fn to_f64(self) -> f64 {
        match self {
            Self::Integer(value) => value as f64,
            Self::Real(value) => value,
        }
    }

    /// Whether it is an integer.
    pub fn is_integer(self) -> bool {
        matches!(self, Self::Integer(_))
    }
}

impl From<i64> for Number {
    fn from(value: i64) -> Self {
        Self::Integer(i128::from(value))
    }
}

impl PartialEq for Number {
    fn eq(&self, other: &Self) -> bool {
        self.partial_cmp(other) == Some(Ordering::Equal)
    }
}

impl Eq for Number {}

impl PartialOrd for Number {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        match (self, other) {
            (Self::Integer(a), Self::Integer(b)) => Some(a.cmp(b)),
            (a, b) => a.to_f64().partial_cmp(&b.to_f64()),
        }
    }
}

impl std::fmt::Display for Number {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Integer(value) => write!(f, "{value}"),
            Self::Real(value) => write!(f, "{value}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_are_exact_to_64_bits() {
        for text in ["9007199254740993", "18446744073709551615", "-9223372036854775808", "0"] {
            assert_eq!(Number::parse(text).unwrap().to_string(), text);
        }
    }

    #[test]
    fn numbers_have_one_spelling_and_no_infinities() {
        assert_eq!(Number::parse("1.0"), Some(Number::from(1)));
        assert_eq!(Number::parse("1.5").unwrap().to_string(), "1.5");
        for text in ["", "inf", "NaN", ".5", "0x10", "1_000", " 1", "1 ", "--1", "1e400"] {
            assert!(Number::parse(text).is_none(), "{text}");
        }
    }
}

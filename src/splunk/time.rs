//! Points and lengths of time: seconds since 1970 in eval, units in time modifiers.

use super::{ast::Eval, scope::Kind};
use crate::ir::Duration;

/// Seconds in a day.
pub(super) const DAY: i64 = 86_400;

/// A point in time, written in ISO 8601 and meant in UTC, as `strptime` with its zone ("Date and Time functions",
/// "Date and time format variables"). `None` for other text.
pub(super) fn instant(text: &str) -> Option<Eval> {
    let text = text.trim().trim_end_matches('Z');
    let (date, time) = text.split_once(['T', ' ']).unwrap_or((text, "00:00:00"));
    let digits = |text: &str, lengths: &[usize], separator: char| {
        let parts: Vec<&str> = text.split(separator).collect();
        let fits = |(part, length): (&&str, &usize)| {
            part.len() == *length && part.bytes().all(|byte| byte.is_ascii_digit())
        };
        parts.len() == lengths.len() && parts.iter().zip(lengths).all(fits)
    };
    let (clock, fraction) = time.split_once('.').unwrap_or((time, ""));
    let clock = if clock.len() == "00:00".len() { format!("{clock}:00") } else { clock.to_owned() };
    let is_time = digits(date, &[4, 2, 2], '-')
        && digits(&clock, &[2, 2, 2], ':')
        && fraction.bytes().all(|byte| byte.is_ascii_digit());
    if !is_time {
        return None;
    }
    let (fraction, format) = if fraction.bytes().all(|byte| byte == b'0') {
        (String::new(), "%Y-%m-%dT%H:%M:%S%z")
    } else {
        (format!(".{fraction:0<6.6}"), "%Y-%m-%dT%H:%M:%S.%6N%z")
    };
    Some(Eval::call("strptime", [Eval::Text(format!("{date}T{clock}{fraction}+0000")), Eval::text(format)]))
}

/// A point in time of an event, which may be seconds or text in ISO 8601 with a `T` or a blank.
pub(super) fn epoch(subject: &Eval, kind: Kind) -> Eval {
    if kind.is_number() || *subject == Eval::field("_time") {
        return subject.clone();
    }
    let read = |format: &str| Eval::call("strptime", [subject.clone(), Eval::text(format)]);
    let number = Eval::call("tonumber", [subject.clone()]);
    Eval::call("coalesce", [number, read("%Y-%m-%dT%H:%M:%S"), read("%Y-%m-%d %H:%M:%S")])
}

/// A length of time in seconds.
pub(super) fn seconds(duration: Duration) -> Eval {
    Eval::number(duration.seconds())
}

/// A length of time as time modifiers have it: `1d`, `90m`; at least a second ("Time modifiers").
pub(super) fn modifier(duration: Duration) -> Option<String> {
    duration.whole().filter(|(count, _)| *count > 0).map(|(count, unit)| format!("{count}{unit}"))
}

/// Kusto's format letters as variables of `strftime`; `None` if one of them has no counterpart, as those without a
/// leading zero.
pub(super) fn format_variables(format: &str) -> Option<String> {
    const LETTERS: [(&str, &str); 11] = [
        ("yyyy", "%Y"),
        ("yy", "%y"),
        ("MM", "%m"),
        ("dd", "%d"),
        ("HH", "%H"),
        ("hh", "%I"),
        ("mm", "%M"),
        ("ss", "%S"),
        ("ffffff", "%6N"),
        ("fff", "%3N"),
        ("tt", "%p"),
    ];
    let mut out = String::new();
    let mut rest = format;
    while let Some(first) = rest.chars().next() {
        if first.is_ascii_alphabetic() {
            let length = rest.chars().take_while(|c| *c == first).count();
            let (_, variable) = LETTERS.iter().find(|(letters, _)| *letters == &rest[..length])?;
            out.push_str(variable);
            rest = &rest[length..];
        } else {
            if first == '%' {
                out.push('%');
            }
            out.push(first);
            rest = &rest[first.len_utf8()..];
        }
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_in_time_are_read_in_utc() {
        let of = |text: &str| match instant(text) {
            Some(Eval::Call(_, arguments)) => match &arguments[0] {
                Eval::Text(text) => text.clone(),
                other => format!("{other:?}"),
            },
            _ => "none".to_owned(),
        };
        assert_eq!(of("2024-01-02"), "2024-01-02T00:00:00+0000");
        assert_eq!(of("2024-01-02T03:04:05Z"), "2024-01-02T03:04:05+0000");
        assert_eq!(of("2024-01-02 03:04:05.25"), "2024-01-02T03:04:05.250000+0000");
        assert_eq!(of("yesterday"), "none");
    }

    #[test]
    fn formats_are_translated_letter_by_letter() {
        assert_eq!(format_variables("yyyy-MM-dd HH:mm:ss").as_deref(), Some("%Y-%m-%d %H:%M:%S"));
        assert_eq!(format_variables("yyyy'T'"), None);
        assert_eq!(format_variables("H:mm"), None);
    }
}

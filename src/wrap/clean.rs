//! Strangers' text, made fit to stand in a file that people read.

use std::fmt::Write;

/// The text with control and direction-changing characters escaped as in Rust (`\u{1b}`); line feeds stay.
pub(super) fn prose(text: &str) -> String {
    let text = text.replace("\r\n", "\n");
    let mut clean = String::with_capacity(text.len());
    for c in text.trim().chars() {
        match c {
            '\n' => clean.push('\n'),
            '\t' => clean.push(' '),
            c if is_hidden(c) => {
                write!(clean, "{}", c.escape_default()).expect("invariant: a string takes any text");
            }
            c => clean.push(c),
        }
    }
    clean
}

/// The same in one line: line feeds and what surrounds them become a blank.
pub(super) fn line(text: &str) -> String {
    let prose = prose(text);
    prose.lines().map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join(" ")
}

/// The start of a text, with an ellipsis where it is cut; whether it is.
pub(super) fn cut(text: String, limit: usize) -> (String, bool) {
    if text.chars().count() <= limit {
        return (text, false);
    }
    let mut short: String = text.chars().take(limit - 1).collect();
    short.push('…');
    (short, true)
}

/// Whether a character is not seen, or moves others: controls, marks of direction, separators of lines.
pub(super) fn is_hidden(c: char) -> bool {
    let turns =
        matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{61c}');
    c.is_control() || turns || matches!(c, '\u{2028}' | '\u{2029}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_hidden_is_shown() {
        assert_eq!(prose(" a\u{202e}b\u{7}\r\nc\td "), "a\\u{202e}b\\u{7}\nc d");
        assert_eq!(line("a\n\n  b\rc"), "a b\\rc");
        assert_eq!(cut("äöü".to_owned(), 2), ("ä…".to_owned(), true));
        assert_eq!(cut("äö".to_owned(), 2), ("äö".to_owned(), false));
    }
}

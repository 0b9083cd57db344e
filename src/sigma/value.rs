//! Text values: wildcards, escapes and placeholders.

use std::ops::Range;

use crate::ir::{Pattern, Piece};

/// A scanned value of which placeholders are not resolved yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Part {
    /// A literal or wildcard.
    Piece(Piece),
    /// `%name%`, by name, and where the name with its percent signs stands in the text.
    Placeholder(String, Range<usize>),
}

/// Reads a value with wildcards: `*` is any text, `?` one character; `\` makes a following `*`, `?` or `\`
/// literal and is itself literal before anything else.
///
/// Sigma specification 2.1, "Wildcards" and "Escaping".
pub(super) fn pattern(text: &str) -> Pattern {
    if !text.bytes().any(|b| matches!(b, b'*' | b'?' | b'\\')) {
        return Pattern::exact(text);
    }
    let mut pattern = Pattern::default();
    scan(text, false, &mut |part| {
        if let Part::Piece(piece) = part {
            pattern.push(piece);
        }
    });
    pattern
}

/// Reads a value under `expand`: as [`pattern`] does, and `%name%` is a placeholder, `\%` a literal percent sign.
pub(super) fn template(text: &str) -> Vec<Part> {
    let mut parts = Vec::new();
    scan(text, true, &mut |part| parts.push(part));
    parts
}

fn scan(text: &str, placeholders: bool, emit: &mut impl FnMut(Part)) {
    let mut literal = String::new();
    let mut rest = text;
    let mut flush = |literal: &mut String, part: Option<Part>| {
        if !literal.is_empty() {
            emit(Part::Piece(Piece::Literal(std::mem::take(literal))));
        }
        if let Some(part) = part {
            emit(part);
        }
    };
    while let Some(c) = rest.chars().next() {
        let after = &rest[c.len_utf8()..];
        rest = match c {
            '*' => {
                flush(&mut literal, Some(Part::Piece(Piece::AnyRun)));
                after
            }
            '?' => {
                flush(&mut literal, Some(Part::Piece(Piece::AnyOne)));
                after
            }
            '\\' => match after.chars().next() {
                Some(escaped) if matches!(escaped, '*' | '?' | '\\') || (placeholders && escaped == '%') => {
                    literal.push(escaped);
                    &after[escaped.len_utf8()..]
                }
                _ => {
                    literal.push('\\');
                    after
                }
            },
            '%' if placeholders && placeholder(after).is_some() => {
                let name = placeholder(after).unwrap_or("");
                let start = text.len() - rest.len();
                let place = start..start + name.len() + 2;
                flush(&mut literal, Some(Part::Placeholder(name.to_owned(), place)));
                &after[name.len() + 1..]
            }
            other => {
                literal.push(other);
                after
            }
        };
    }
    flush(&mut literal, None);
}

/// The place of a `\%name%` under `expand`: a path before a placeholder, surely, and read as specified it would be
/// literal text that no event holds.
pub(super) fn half_escaped_placeholder(text: &str) -> Option<std::ops::Range<usize>> {
    text.match_indices("\\%").find_map(|(start, _)| {
        let after = &text[start + 2..];
        let backslashes = text[..start].bytes().rev().take_while(|byte| *byte == b'\\').count();
        let name = placeholder(after).filter(|_| backslashes % 2 == 0)?;
        Some(start..start + 2 + name.len() + 1)
    })
}

/// The name of a placeholder of which the first percent sign is already read.
fn placeholder(text: &str) -> Option<&str> {
    let end = text.find('%')?;
    let name = &text[..end];
    let is_name = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.');
    (!name.is_empty() && name.chars().all(is_name)).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn shown(text: &str) -> Vec<Piece> {
        pattern(text).pieces().to_vec()
    }

    fn literal(text: &str) -> Piece {
        Piece::Literal(text.into())
    }

    #[test]
    fn a_star_is_any_run_and_a_question_mark_any_one() {
        assert_eq!(shown("a*b?"), [literal("a"), Piece::AnyRun, literal("b"), Piece::AnyOne]);
    }

    #[test]
    fn a_backslash_before_an_ordinary_character_is_literal() {
        assert_eq!(shown(r"C:\Windows\cmd.exe"), [literal(r"C:\Windows\cmd.exe")]);
    }

    #[test]
    fn two_backslashes_are_one() {
        assert_eq!(shown(r"\\srv\x"), [literal(r"\srv\x")]);
    }

    #[test]
    fn an_escaped_wildcard_is_literal() {
        assert_eq!(shown(r"a\*b\?"), [literal("a*b?")]);
    }

    #[test]
    fn an_escaped_backslash_leaves_the_wildcard_after_it() {
        assert_eq!(shown(r"C:\Temp\\*"), [literal(r"C:\Temp\"), Piece::AnyRun]);
    }

    #[test]
    fn three_backslashes_and_a_star_are_a_backslash_and_a_literal_star() {
        assert_eq!(shown(r"a\\\*"), [literal(r"a\*")]);
    }

    #[test]
    fn three_and_four_backslashes_are_two() {
        assert_eq!(shown(r"\\\"), [literal(r"\\")]);
        assert_eq!(shown(r"\\\\"), [literal(r"\\")]);
    }

    #[test]
    fn a_trailing_backslash_is_literal() {
        assert_eq!(shown(r"C:\Temp\"), [literal(r"C:\Temp\")]);
    }

    #[test]
    fn a_backslash_before_a_whole_placeholder_is_suspicious() {
        assert_eq!(half_escaped_placeholder("100\\% of %name%"), None);
        assert_eq!(half_escaped_placeholder(r"a\%name\%"), None);
        assert_eq!(half_escaped_placeholder(r"\\%name%"), None);
        assert_eq!(half_escaped_placeholder("a\\%name%"), Some(1..8));
    }

    #[test]
    fn a_percent_sign_is_literal_without_expand() {
        assert_eq!(shown("%TEMP%"), [literal("%TEMP%")]);
    }

    #[test]
    fn placeholders_are_found_with_their_place() {
        let parts = template(r"a\%b%c-d%e%");
        let placeholder = Part::Placeholder("c-d".into(), 4..9);
        assert_eq!(parts, [Part::Piece(literal("a%b")), placeholder, Part::Piece(literal("e%"))]);
    }

    #[test]
    fn a_percent_sign_before_a_blank_starts_no_placeholder() {
        assert_eq!(template("50% of 80%"), [Part::Piece(literal("50% of 80%"))]);
    }

    proptest! {
        #[test]
        fn a_pattern_in_sigma_notation_scans_to_itself(text in r"[a\\*?% é]{0,12}") {
            let once = pattern(&text);
            prop_assert_eq!(pattern(&once.to_sigma()), once);
        }

        #[test]
        fn scanning_never_panics(text in ".*") {
            pattern(&text);
            template(&text);
        }
    }
}

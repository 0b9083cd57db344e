//! Regexes in Kusto's flavour: the syntax of the `regex` crate, searched in the value (Microsoft's "RE2 syntax"
//! and "Regex syntax" pages), which is also the IR's. No look-around, no back references on either side.

use crate::ir::{Case, Piece, Regex};

/// A rule's regex, its flags inline.
pub(super) fn search(regex: &Regex) -> String {
    regex.with_inline_flags()
}

/// A string pattern as a regex. An any-run at an end needs no anchor and no `.*`, because the match is a search.
pub(super) fn of_pieces(pieces: &[Piece], case: Case) -> String {
    let inner = pieces.strip_prefix(&[Piece::AnyRun]).unwrap_or(pieces);
    let inner = inner.strip_suffix(&[Piece::AnyRun]).unwrap_or(inner);
    let folds = case == Case::Insensitive
        && pieces
            .iter()
            .any(|piece| matches!(piece, Piece::Literal(text) if text.chars().any(char::is_alphabetic)));
    let dots = inner.iter().any(|piece| !matches!(piece, Piece::Literal(_)));
    let mut out = String::new();
    out.push_str(match (folds, dots) {
        (true, true) => "(?is)",
        (true, false) => "(?i)",
        (false, true) => "(?s)",
        (false, false) => "",
    });
    if pieces.first() != Some(&Piece::AnyRun) {
        out.push('^');
    }
    for piece in inner {
        match piece {
            Piece::Literal(text) => escape(&mut out, text),
            Piece::AnyRun => out.push_str(".*"),
            Piece::AnyOne => out.push('.'),
        }
    }
    if pieces.last() != Some(&Piece::AnyRun) {
        out.push('$');
    }
    out
}

fn escape(out: &mut String, text: &str) {
    for c in text.chars() {
        if matches!(c, '\\' | '.' | '+' | '*' | '?' | '(' | ')' | '|' | '[' | ']' | '{' | '}' | '^' | '$') {
            out.push('\\');
        }
        out.push(c);
    }
}

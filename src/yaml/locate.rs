//! From a place in a scalar's text to the place in the source.

use std::ops::Range;

use super::{Kind, Node, Style};
use crate::diag::{Source, Span};

impl Node<'_> {
    /// The place of a byte range of a scalar's text, through quotes, escapes, indentation and folding; the whole
    /// node's span where the two cannot be aligned.
    pub fn locate(&self, source: &Source, range: Range<usize>) -> Span {
        let Kind::Scalar(scalar) = &self.kind else { return self.span };
        let raw = source.slice(self.span);
        let Some(found) = align(raw, &scalar.text, scalar.style, &range) else { return self.span };
        let start = self.span.start as usize;
        Span::new(start + found.start, start + found.end)
    }
}

/// The range of `raw`, a scalar's spelling, that reads as `range` of its `text`.
fn align(raw: &str, text: &str, style: Style, range: &Range<usize>) -> Option<Range<usize>> {
    let mut at = match style {
        Style::Plain => 0,
        Style::SingleQuoted | Style::DoubleQuoted => 1,
        Style::Literal | Style::Folded => first_content(raw)?,
    };
    let indentation = match style {
        Style::Literal | Style::Folded => raw.get(at..)?.bytes().take_while(|b| *b == b' ').count(),
        _ => 0,
    };
    at += indentation;
    let mut start = None;
    for (offset, c) in text.char_indices() {
        if offset == range.start {
            start = Some(skip_break(raw, at, c, style));
        }
        if offset == range.end {
            break;
        }
        at = consume(raw, at, c, style, indentation)?;
    }
    let start = start.unwrap_or(at);
    (at <= raw.len()).then_some(start..at.max(start))
}

/// Where the first line with content starts, after a block scalar's header and its leading empty lines.
fn first_content(raw: &str) -> Option<usize> {
    raw.find('\n').map(|header| header + 1)
}

/// Where the character `c` of the text really starts: white space that folding removed stands before it.
fn skip_break(raw: &str, at: usize, c: char, style: Style) -> usize {
    let rest = raw.get(at..).unwrap_or("");
    if c.is_whitespace() || style == Style::Literal || !rest.starts_with([' ', '\t', '\r', '\n']) {
        return at;
    }
    at + (rest.len() - rest.trim_start().len())
}

/// The place after the character `c` of the text, of which the spelling starts at `at`.
fn consume(raw: &str, at: usize, c: char, style: Style, indentation: usize) -> Option<usize> {
    let at = skip_break(raw, at, c, style);
    let rest = raw.get(at..)?;
    if style == Style::SingleQuoted && c == '\'' && rest.starts_with("''") {
        return Some(at + 2);
    }
    if style == Style::DoubleQuoted && rest.starts_with('\\') {
        return Some(at + escape_length(rest));
    }
    if c == '\n' && matches!(style, Style::Literal | Style::Folded) && rest.starts_with(['\r', '\n']) {
        let next = at + if rest.starts_with("\r\n") { 2 } else { 1 };
        let spaces = raw.get(next..)?.bytes().take(indentation).take_while(|b| *b == b' ').count();
        return Some(next + spaces);
    }
    if rest.starts_with(c) {
        return Some(at + c.len_utf8());
    }
    let folds = c.is_whitespace() && rest.starts_with([' ', '\t', '\r', '\n']);
    folds.then(|| at + (rest.len() - rest.trim_start().len()))
}

/// The length of the escape sequence that `rest` starts with (YAML 1.2.2 section 5.7).
fn escape_length(rest: &str) -> usize {
    match rest.as_bytes().get(1) {
        Some(b'x') => 4,
        Some(b'u') => 6,
        Some(b'U') => 10,
        Some(_) => 1 + rest[1..].chars().next().map_or(1, char::len_utf8),
        None => 1,
    }
}

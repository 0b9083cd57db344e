//! From a place in a scalar's text to the place in the source.

use std::ops::Range;

use super::{Kind, Node, Scalar, Style};
use crate::diag::{Positions, Source, Span};

/// What folding removes and adds.
const BLANK: [char; 4] = [' ', '\t', '\r', '\n'];

impl Node<'_> {
    /// The place of a byte range of a scalar's text, through quotes, escapes, indentation and folding; the whole
    /// node's span where the two cannot be aligned.
    pub fn locate(&self, source: &Source, range: Range<usize>) -> Span {
        let Kind::Scalar(scalar) = &self.kind else { return self.span };
        let raw = source.slice(self.span);
        if raw == scalar.text && range.end <= raw.len() {
            let start = self.span.start as usize;
            return Span::new(start + range.start, start + range.end);
        }
        let spelling = Spelling::of(scalar, self.span, source);
        let Some(found) = spelling.align(&scalar.text, &range) else { return self.span };
        let start = self.span.start as usize;
        Span::new(start + found.start, start + found.end)
    }

    /// Where each byte of a scalar's text stands in the source, through quotes, escapes, indentation and folding; an
    /// escaped character stands where its escape sequence starts. `None` for lists and maps, and where text and
    /// spelling cannot be aligned.
    pub fn positions(&self, source: &Source) -> Option<Positions> {
        let Kind::Scalar(scalar) = &self.kind else { return None };
        let positions =
            Spelling::of(scalar, self.span, source).positions(&scalar.text, self.span.start as usize);
        Some(positions?.until(source.text().len()))
    }
}

/// How a scalar is spelled.
struct Spelling<'a> {
    raw: &'a str,
    style: Style,
    /// Of a block scalar: the spaces before each line.
    indentation: usize,
    /// Of a block scalar: the length of the empty lines that its text starts with and the span does not.
    blank: usize,
}

impl<'a> Spelling<'a> {
    fn of(scalar: &Scalar<'_>, span: Span, source: &'a Source) -> Self {
        let raw = source.slice(span);
        let is_block = scalar.is_block();
        // A block scalar's span starts at its first line that is more than indentation; empty ones may come before.
        let blank_end = |text: &str| text.len() - text.trim_start_matches(BLANK).len();
        let leading = &scalar.text[..blank_end(&scalar.text)];
        let within = raw[..blank_end(raw)].matches('\n').count();
        let before = leading.rmatch_indices('\n').nth(within);
        let blank = before.map_or(0, |(at, _)| at + 1);
        Self {
            raw,
            style: scalar.style,
            indentation: if is_block { source.locate(span).column.saturating_sub(1) } else { 0 },
            blank: if is_block { blank } else { 0 },
        }
    }

    /// Where the text begins, after an opening quote.
    fn first(&self) -> usize {
        usize::from(matches!(self.style, Style::SingleQuoted | Style::DoubleQuoted))
    }

    /// The places of all characters of `text`, where the spelling starts at `start`.
    fn positions(&self, text: &str, start: usize) -> Option<Positions> {
        let mut positions = Positions::from(start);
        let mut at = self.first();
        // What a block ends with, which its span leaves out, follows in step.
        let is_block = matches!(self.style, Style::Literal | Style::Folded);
        let end = if is_block { text.trim_end().len() } else { text.len() };
        for (offset, c) in text.char_indices() {
            if offset < self.blank {
                positions.mark(offset, start);
            } else if offset < end {
                positions.mark(offset, start + self.skip_folds(at, c));
                at = self.consume(at, c)?;
            } else {
                positions.mark(offset, start + at);
                break;
            }
        }
        Some(positions)
    }

    /// The range of the spelling that reads as `range` of `text`.
    fn align(&self, text: &str, range: &Range<usize>) -> Option<Range<usize>> {
        let mut at = self.first();
        let mut start = None;
        for (offset, c) in text.char_indices() {
            if offset == range.start {
                start = Some(if offset < self.blank { 0 } else { self.skip_folds(at, c) });
            }
            if offset == range.end {
                break;
            }
            if offset < self.blank {
                continue;
            }
            at = self.consume(at, c)?;
        }
        let start = start.unwrap_or(at);
        (at <= self.raw.len()).then_some(start..at.max(start))
    }

    /// Where the character `c` of the text really starts: what folding and escaped line breaks removed stands
    /// before it.
    fn skip_folds(&self, at: usize, c: char) -> usize {
        let mut rest = self.raw.get(at..).unwrap_or("");
        let folds = !BLANK.contains(&c) && self.style != Style::Literal;
        loop {
            if folds {
                rest = rest.trim_start_matches(BLANK);
            }
            let escaped = rest.strip_prefix("\\\n").or_else(|| rest.strip_prefix("\\\r\n"));
            match escaped.filter(|_| self.style == Style::DoubleQuoted) {
                Some(next) => rest = next.trim_start_matches([' ', '\t']),
                None => break,
            }
        }
        self.raw.len() - rest.len()
    }

    /// The place after the character `c` of the text, of which the spelling starts at `at`.
    fn consume(&self, at: usize, c: char) -> Option<usize> {
        let at = self.skip_folds(at, c);
        let rest = self.raw.get(at..)?;
        match self.style {
            Style::SingleQuoted if c == '\'' && rest.starts_with("''") => return Some(at + 2),
            Style::DoubleQuoted if rest.starts_with('\\') => return Some(at + escape_length(rest)),
            Style::Literal | Style::Folded if c == '\n' && rest.starts_with(['\r', '\n']) => {
                let next = at + if rest.starts_with("\r\n") { 2 } else { 1 };
                let line = self.raw.get(next..)?;
                return Some(next + line.bytes().take(self.indentation).take_while(|b| *b == b' ').count());
            }
            _ => {}
        }
        if rest.starts_with(c) && c != '\n' {
            return Some(at + c.len_utf8());
        }
        // Of line breaks that fold, each but the first is one of the text; an escape may follow them.
        let after = rest.trim_start_matches(BLANK);
        let run = &rest[..rest.len() - after.len()];
        let end = self.raw.len() - after.len();
        match c {
            '\n' if run.matches('\n').count() > 1 => run.find('\n').map(|line_end| at + line_end + 1),
            '\n' | '\t' if after.starts_with('\\') => Some(end + escape_length(after)),
            '\n' if rest.starts_with('\n') => Some(at + 1),
            ' ' if !run.is_empty() => Some(end),
            _ => None,
        }
    }
}

/// The length of the escape sequence that `rest` starts with (YAML 1.2.2 section 5.7).
fn escape_length(rest: &str) -> usize {
    match rest.as_bytes().get(1) {
        Some(b'x') => 4,
        Some(b'u') if is_high_surrogate(rest) => 12,
        Some(b'u') => 6,
        Some(b'U') => 10,
        Some(_) => 1 + rest[1..].chars().next().map_or(1, char::len_utf8),
        None => 1,
    }
}

/// Whether `rest` starts with the first half of a character that JSON writes as two escape sequences.
fn is_high_surrogate(rest: &str) -> bool {
    let half = rest.get(2..6).and_then(|digits| u16::from_str_radix(digits, 16).ok());
    half.is_some_and(|half| (0xD800..0xDC00).contains(&half)) && rest[6..].starts_with("\\u")
}

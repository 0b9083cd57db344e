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
        if raw == scalar.text && range.end <= raw.len() {
            let start = self.span.start as usize;
            return Span::new(start + range.start, start + range.end);
        }
        // A block scalar's span starts at its first line with text; empty lines may come before that.
        let leading = scalar.text.len() - scalar.text.trim_start().len();
        let blank = scalar.text[..leading].rfind('\n').map_or(0, |at| at + 1);
        let spelling = Spelling {
            raw,
            style: scalar.style,
            indentation: source.locate(self.span).column.saturating_sub(1),
            blank: if scalar.is_block() { blank } else { 0 },
        };
        let Some(found) = spelling.align(&scalar.text, &range) else { return self.span };
        let start = self.span.start as usize;
        Span::new(start + found.start, start + found.end)
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

impl Spelling<'_> {
    /// The range of the spelling that reads as `range` of `text`.
    fn align(&self, text: &str, range: &Range<usize>) -> Option<Range<usize>> {
        let mut at = match self.style {
            Style::SingleQuoted | Style::DoubleQuoted => 1,
            Style::Plain | Style::Literal | Style::Folded => 0,
        };
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
        if self.style == Style::DoubleQuoted {
            while let Some(next) = rest.strip_prefix("\\\n").or_else(|| rest.strip_prefix("\\\r\n")) {
                rest = next.trim_start();
            }
        }
        if !c.is_whitespace() && self.style != Style::Literal {
            rest = rest.trim_start();
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
        if rest.starts_with(c) {
            return Some(at + c.len_utf8());
        }
        let folds = c.is_whitespace() && rest.starts_with([' ', '\t', '\r', '\n']);
        folds.then(|| at + (rest.len() - rest.trim_start().len()))
    }
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

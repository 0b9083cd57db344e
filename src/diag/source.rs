//! Source texts and positions in them.

use std::ops::Range;
use std::sync::OnceLock;

/// A half-open range of bytes in one [`Source`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, PartialOrd, Ord)]
pub struct Span {
    /// The first byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

impl Span {
    /// The range from `start` to `end`, both byte offsets; offsets past 4 GiB saturate.
    pub fn new(start: usize, end: usize) -> Self {
        let clip = |offset: usize| u32::try_from(offset).unwrap_or(u32::MAX);
        Self { start: clip(start), end: clip(end.max(start)) }
    }

    /// As a range of `usize`.
    pub fn range(self) -> Range<usize> {
        self.start as usize..self.end as usize
    }

    /// The smallest span that covers both.
    #[must_use]
    pub fn to(self, other: Span) -> Span {
        Span { start: self.start.min(other.start), end: self.end.max(other.end) }
    }
}

/// A text with a name, as it came from a file or standard input.
#[derive(Debug)]
pub struct Source {
    name: String,
    text: String,
    line_starts: OnceLock<Vec<u32>>,
}

/// A 1-based position; columns count Unicode scalar values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub struct Location {
    /// 1-based line.
    pub line: usize,
    /// 1-based column.
    pub column: usize,
}

impl Source {
    /// A source of this name (a path as the user gave it, or `<stdin>`) and text.
    pub fn new(name: impl Into<String>, text: impl Into<String>) -> Self {
        Self { name: name.into(), text: text.into(), line_starts: OnceLock::new() }
    }

    /// The name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The whole text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The text of a span; empty where the span does not fall on character boundaries of this source.
    pub fn slice(&self, span: Span) -> &str {
        self.text.get(span.range()).unwrap_or("")
    }

    /// Line and column of a span's first character.
    pub fn locate(&self, span: Span) -> Location {
        let offset = (span.start as usize).min(self.text.len());
        let starts = self.line_starts();
        let line = starts.partition_point(|start| *start as usize <= offset).max(1);
        let line_start = starts[line - 1] as usize;
        let column = self.text.get(line_start..offset).map_or(0, |before| before.chars().count()) + 1;
        Location { line, column }
    }

    /// The line (without its end) that holds a byte offset's 1-based line number.
    pub fn line(&self, number: usize) -> &str {
        let starts = self.line_starts();
        let start = starts.get(number.saturating_sub(1)).map_or(self.text.len(), |start| *start as usize);
        let rest = self.text.get(start..).unwrap_or("");
        rest.split(['\n', '\r']).next().unwrap_or("")
    }

    fn line_starts(&self) -> &[u32] {
        self.line_starts.get_or_init(|| {
            let after_newlines = self.text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
            std::iter::once(0)
                .chain(after_newlines.map(|(offset, _)| u32::try_from(offset + 1).unwrap_or(u32::MAX)))
                .collect()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn locations_count_lines_and_characters_from_one() {
        let source = Source::new("a.yml", "title: é x\nb: c\n");
        let at = |offset: usize| source.locate(Span::new(offset, offset));
        assert_eq!(at(0), Location { line: 1, column: 1 });
        assert_eq!(at("title: é ".len()), Location { line: 1, column: 10 });
        assert_eq!(at("title: é x\n".len()), Location { line: 2, column: 1 });
        assert_eq!(at(10_000), Location { line: 3, column: 1 });
        assert_eq!(source.line(2), "b: c");
    }
}

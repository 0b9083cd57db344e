//! Comments and empty lines of the source, and where they go in the print.
//!
//! A printer asks for the comments before each node that may start a line, in the order of the source. What no such
//! node follows within its brackets is asked for at their end.

use std::collections::VecDeque;

use super::layout::Doc;
use crate::{
    diag::Span,
    kusto::ast::{Comment, Place},
};

/// The comments that are not printed yet.
#[derive(Debug, Default)]
pub(super) struct Comments<'s> {
    source: &'s str,
    rest: &'s [Comment],
}

impl<'s> Comments<'s> {
    pub(super) fn new(source: &'s str, comments: &'s [Comment]) -> Self {
        Self { source, rest: comments }
    }

    /// Those before a node.
    pub(super) fn before(&mut self, node: Span) -> Doc {
        self.take_while(|comment, _| comment.place.0.start < node.start)
    }

    /// Those before the parenthesis that opens before a node.
    pub(super) fn before_parenthesis(&mut self, node: Span) -> Doc {
        let source = self.source;
        self.take_while(|comment, rest| {
            let from = comment.place.0.end;
            from <= node.start && code_between(source, rest, from, node.start).contains('(')
        })
    }

    /// Those between the end of a list's last node and the bracket that closes it.
    pub(super) fn before_end(&mut self, last: Span) -> Doc {
        let source = self.source;
        let mut end = last.end;
        let found = self.take_while(|comment, _| {
            let gap = source.get(end as usize..comment.place.0.start as usize);
            let follows = gap.is_some_and(|gap| gap.chars().all(|c| c.is_whitespace() || c == ','));
            if follows {
                end = comment.place.0.end;
            }
            follows && last.end > 0
        });
        let Doc::Several(comments) = found else { return found };
        let on_lines = comments.into_iter().flat_map(|comment| match comment {
            Doc::Comment { is_trailing: false, .. } => [Doc::Break, comment],
            _ => [Doc::Nothing, comment],
        });
        Doc::Several(on_lines.collect())
    }

    /// Those inside of a place, before its end.
    pub(super) fn within(&mut self, place: Place) -> Doc {
        self.take_while(|comment, _| comment.place.0.start < place.0.end)
    }

    /// Leaves those out that are part of a text which is printed as it is.
    pub(super) fn skip_within(&mut self, place: Place) {
        while self.rest.first().is_some_and(|comment| comment.place.0.start < place.0.end) {
            self.rest = &self.rest[1..];
        }
    }

    /// The next comment, if it stands before a node.
    pub(super) fn next_before(&mut self, node: Option<Span>) -> Option<&'s Comment> {
        let next = self.rest.first()?;
        let is_before = node.is_none_or(|node| next.place.0.start < node.start);
        is_before.then(|| {
            self.rest = &self.rest[1..];
            next
        })
    }

    /// Whether an empty line stands between two places of the source.
    pub(super) fn has_blank_between(&self, from: u32, to: u32) -> bool {
        let gap = self.source.get(from as usize..to as usize).unwrap_or("");
        let mut lines = gap.split('\n').skip(1).peekable();
        while let Some(line) = lines.next() {
            if lines.peek().is_some() && line.trim().is_empty() {
                return true;
            }
        }
        false
    }

    /// A comment as it is printed.
    pub(super) fn doc(&self, comment: &Comment) -> Doc {
        let before = self.source.get(..comment.place.0.start as usize).unwrap_or("");
        let line = before.rsplit('\n').next().unwrap_or("");
        Doc::Comment { text: comment.text.trim_end().to_owned(), is_trailing: !line.trim().is_empty() }
    }

    fn take_while(&mut self, mut takes: impl FnMut(&Comment, &[Comment]) -> bool) -> Doc {
        let mut found = Vec::new();
        while let Some((next, rest)) = self.rest.split_first() {
            if !takes(next, rest) {
                break;
            }
            found.push(self.doc(next));
            self.rest = rest;
        }
        if found.is_empty() { Doc::Nothing } else { Doc::Several(found) }
    }

    /// Where the elements of a `dynamic(…)` start, in the order of the text; nothing if it holds no comments, for then
    /// nobody asks.
    pub(super) fn elements(&self, place: Place) -> VecDeque<u32> {
        let span = place.0;
        let holds = |comment: &Comment| comment.place.0.start > span.start && comment.place.0.end < span.end;
        if !self.rest.iter().take_while(|comment| comment.place.0.start < span.end).any(holds) {
            return VecDeque::new();
        }
        self.source.get(span.range()).map_or_else(VecDeque::new, |text| elements(text, span.start))
    }
}

/// The source between two places without its comments.
fn code_between(source: &str, comments: &[Comment], from: u32, to: u32) -> String {
    let mut code = String::new();
    let mut at = from;
    for comment in comments.iter().take_while(|comment| comment.place.0.start < to) {
        code.push_str(source.get(at as usize..comment.place.0.start as usize).unwrap_or(""));
        at = comment.place.0.end;
    }
    code.push_str(source.get(at as usize..to as usize).unwrap_or(""));
    code
}

/// Where what follows a `[`, a `{` or a comma starts, counted from `base`.
fn elements(text: &str, base: u32) -> VecDeque<u32> {
    let mut starts = VecDeque::new();
    let mut is_due = false;
    let mut at = 0;
    while let Some(c) = text[at..].chars().next() {
        let rest = &text[at..];
        if rest.starts_with("//") {
            at += rest.find('\n').unwrap_or(rest.len());
            continue;
        }
        if is_due && !c.is_whitespace() && !matches!(c, ']' | '}') {
            starts.push_back(base.saturating_add(u32::try_from(at).unwrap_or(u32::MAX)));
        }
        is_due = matches!(c, '[' | '{' | ',') || is_due && c.is_whitespace();
        at += if matches!(c, '"' | '\'') {
            let is_verbatim = text[..at].ends_with('@');
            quoted(rest, c, is_verbatim)
        } else {
            c.len_utf8()
        };
    }
    starts
}

/// The length of a text in quotes. A doubled quote of a verbatim one reads as two texts, which does no harm here.
fn quoted(text: &str, quote: char, is_verbatim: bool) -> usize {
    let mut is_escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        if c == quote && !is_escaped {
            return at + c.len_utf8();
        }
        is_escaped = c == '\\' && !is_escaped && !is_verbatim;
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_of_a_dynamic_value_are_found() {
        let text = r#"dynamic([ "a]", // [b
            @'\', {"k": [1, 2]}])"#;
        let found: Vec<&str> = elements(text, 0).into_iter().map(|at| &text[at as usize..][..2]).collect();
        assert_eq!(found, ["\"a", "@'", "{\"", "\"k", "1,", "2]"]);
    }

    #[test]
    fn empty_lines_are_seen_across_what_ends_a_statement() {
        let comments = |source| Comments::new(source, &[]);
        assert!(comments("a;\n  \r\nb").has_blank_between(1, 8));
        assert!(!comments("a;\nb").has_blank_between(1, 3));
        assert!(!comments("a; b").has_blank_between(1, 3));
    }
}

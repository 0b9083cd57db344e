//! String patterns: literals, any-runs and any-ones.

use std::sync::Arc;

/// A part of a [`Pattern`].
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Piece {
    /// This text; never empty, never next to another literal.
    Literal(String),
    /// Any text of any length, the empty one too (`*`); never next to another.
    AnyRun,
    /// Exactly one character (`?`).
    AnyOne,
}

/// A whole-value string pattern. Equality, contains, startswith and endswith are shapes of it, see
/// [`Pattern::shape`]. The empty pattern matches the empty string alone.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Pattern {
    /// Shared: the steps of a conversion hand patterns on far more often than they change them.
    pieces: Arc<Vec<Piece>>,
}

/// What a pattern says, so that a writer can pick its language's best operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape<'a> {
    /// Equal to this text (possibly empty).
    Exact(&'a str),
    /// Holds this non-empty text anywhere.
    Contains(&'a str),
    /// Starts with this non-empty text.
    StartsWith(&'a str),
    /// Ends with this non-empty text.
    EndsWith(&'a str),
    /// Any string, the empty one too.
    Anything,
    /// Anything else: wildcards inside, single-character wildcards, several literals.
    Glob(&'a [Piece]),
}

impl Pattern {
    /// The pattern of these pieces, normalized: adjacent literals merge, empty ones vanish, adjacent any-runs
    /// become one.
    pub fn new(pieces: impl IntoIterator<Item = Piece>) -> Self {
        let mut pattern = Self::default();
        for piece in pieces {
            pattern.push(piece);
        }
        pattern
    }

    /// Equal to `text`.
    pub fn exact(text: impl Into<String>) -> Self {
        Self::new([Piece::Literal(text.into())])
    }

    /// Holds `text` anywhere.
    pub fn contains(text: impl Into<String>) -> Self {
        Self::new([Piece::AnyRun, Piece::Literal(text.into()), Piece::AnyRun])
    }

    /// Starts with `text`.
    pub fn starts_with(text: impl Into<String>) -> Self {
        Self::new([Piece::Literal(text.into()), Piece::AnyRun])
    }

    /// Ends with `text`.
    pub fn ends_with(text: impl Into<String>) -> Self {
        Self::new([Piece::AnyRun, Piece::Literal(text.into())])
    }

    /// Any string.
    pub fn anything() -> Self {
        Self::new([Piece::AnyRun])
    }

    /// Appends a piece, keeping the pattern normal.
    pub fn push(&mut self, piece: Piece) {
        let pieces = Arc::make_mut(&mut self.pieces);
        match (pieces.last_mut(), piece) {
            (_, Piece::Literal(text)) if text.is_empty() => {}
            (Some(Piece::Literal(last)), Piece::Literal(text)) => last.push_str(&text),
            (Some(Piece::AnyRun), Piece::AnyRun) => {}
            (_, piece) => pieces.push(piece),
        }
    }

    /// The same pattern with any-runs added at its ends, where there are none.
    #[must_use]
    pub fn widened(mut self, at_start: bool, at_end: bool) -> Self {
        if at_start && self.pieces.first() != Some(&Piece::AnyRun) {
            Arc::make_mut(&mut self.pieces).insert(0, Piece::AnyRun);
        }
        if at_end {
            self.push(Piece::AnyRun);
        }
        self
    }

    /// The pieces in order.
    pub fn pieces(&self) -> &[Piece] {
        &self.pieces
    }

    /// What it says.
    pub fn shape(&self) -> Shape<'_> {
        match self.pieces.as_slice() {
            [] => Shape::Exact(""),
            [Piece::Literal(text)] => Shape::Exact(text),
            [Piece::AnyRun] => Shape::Anything,
            [Piece::AnyRun, Piece::Literal(text), Piece::AnyRun] => Shape::Contains(text),
            [Piece::Literal(text), Piece::AnyRun] => Shape::StartsWith(text),
            [Piece::AnyRun, Piece::Literal(text)] => Shape::EndsWith(text),
            pieces => Shape::Glob(pieces),
        }
    }

    /// The text it equals, if it has no wildcard.
    pub fn as_exact(&self) -> Option<&str> {
        match self.shape() {
            Shape::Exact(text) => Some(text),
            _ => None,
        }
    }

    /// Its literals, in order.
    pub fn literals(&self) -> impl Iterator<Item = &str> {
        self.pieces.iter().filter_map(|piece| match piece {
            Piece::Literal(text) => Some(text.as_str()),
            Piece::AnyRun | Piece::AnyOne => None,
        })
    }

    /// Whether a literal holds a character that satisfies `test`.
    pub fn any_literal_char(&self, test: impl Fn(char) -> bool) -> bool {
        self.literals().any(|text| text.chars().any(&test))
    }

    /// Whether letter case can matter to it.
    pub fn has_letters(&self) -> bool {
        self.any_literal_char(|c| c.is_lowercase() || c.is_uppercase())
    }

    /// The same pattern with each literal replaced by what `change` makes of it.
    #[must_use]
    pub fn map_literals(&self, mut change: impl FnMut(&str) -> String) -> Self {
        Self::new(self.pieces.iter().map(|piece| match piece {
            Piece::Literal(text) => Piece::Literal(change(text)),
            other => other.clone(),
        }))
    }

    /// The pattern in Sigma's notation: `*`, `?`, with `\` before a literal `*`, `?`, and before a backslash
    /// that would otherwise escape what follows. For people (notes, `explain`), not for a query.
    pub fn to_sigma(&self) -> String {
        let mut out = String::new();
        let mut pieces = self.pieces.iter().peekable();
        while let Some(piece) = pieces.next() {
            match piece {
                Piece::AnyRun => out.push('*'),
                Piece::AnyOne => out.push('?'),
                Piece::Literal(text) => {
                    let mut chars = text.chars().peekable();
                    while let Some(c) = chars.next() {
                        let next_is_special = match chars.peek() {
                            Some(next) => matches!(next, '*' | '?' | '\\'),
                            None => pieces.peek().is_some(),
                        };
                        if matches!(c, '*' | '?') || (c == '\\' && next_is_special) {
                            out.push('\\');
                        }
                        out.push(c);
                    }
                }
            }
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn literal(text: &str) -> Piece {
        Piece::Literal(text.into())
    }

    #[test]
    fn patterns_are_normal() {
        let pattern = Pattern::new([
            Piece::AnyRun,
            Piece::AnyRun,
            literal("a"),
            literal(""),
            literal("b"),
            Piece::AnyOne,
        ]);
        assert_eq!(pattern.pieces(), [Piece::AnyRun, literal("ab"), Piece::AnyOne]);
    }

    #[test]
    fn shapes() {
        assert_eq!(Pattern::exact("").shape(), Shape::Exact(""));
        assert_eq!(Pattern::contains("a").shape(), Shape::Contains("a"));
        assert_eq!(Pattern::contains("").shape(), Shape::Anything);
        assert_eq!(Pattern::starts_with("a").shape(), Shape::StartsWith("a"));
        assert_eq!(Pattern::ends_with("a").shape(), Shape::EndsWith("a"));
        assert_eq!(Pattern::exact("a").widened(true, true).shape(), Shape::Contains("a"));
        assert_eq!(Pattern::ends_with("a").widened(true, false).shape(), Shape::EndsWith("a"));
        assert!(matches!(Pattern::new([literal("a"), Piece::AnyRun, literal("b")]).shape(), Shape::Glob(_)));
    }

    #[test]
    fn sigma_notation_escapes_what_would_be_read_otherwise() {
        let shown = |pieces: Vec<Piece>| Pattern::new(pieces).to_sigma();
        assert_eq!(shown(vec![literal(r"C:\Temp\"), Piece::AnyRun]), r"C:\Temp\\*");
        assert_eq!(shown(vec![literal("a*b?")]), r"a\*b\?");
        assert_eq!(shown(vec![literal(r"\\srv")]), r"\\\srv");
        assert_eq!(shown(vec![literal(r"a\")]), r"a\");
    }
}

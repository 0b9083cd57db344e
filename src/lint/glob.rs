//! Which texts two patterns have in common.

use crate::ir::{Pattern, Piece};

/// A pattern as a text of characters and wildcards, in one case if case does not count.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Glob(Vec<Symbol>);

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Symbol {
    Char(char),
    AnyOne,
    AnyRun,
}

impl Glob {
    /// The pattern, its letters folded if `folded`.
    pub(super) fn new(pattern: &Pattern, folded: bool) -> Self {
        let mut symbols = Vec::new();
        for piece in pattern.pieces() {
            match piece {
                Piece::Literal(text) if folded => {
                    symbols.extend(text.chars().flat_map(char::to_lowercase).map(Symbol::Char));
                }
                Piece::Literal(text) => symbols.extend(text.chars().map(Symbol::Char)),
                Piece::AnyOne => symbols.push(Symbol::AnyOne),
                Piece::AnyRun => symbols.push(Symbol::AnyRun),
            }
        }
        Self(symbols)
    }

    /// Whether every text that matches this one surely matches the other too.
    pub(super) fn is_within(&self, other: &Self) -> bool {
        covers(&other.0, &self.0)
    }

    /// Whether surely no text matches both: their starts or ends differ, or one is a text that the other does not match.
    pub(super) fn excludes(&self, other: &Self) -> bool {
        let is_text = |glob: &Self| glob.0.iter().all(|symbol| matches!(symbol, Symbol::Char(_)));
        if is_text(self) {
            return !covers(&other.0, &self.0);
        }
        if is_text(other) {
            return !covers(&self.0, &other.0);
        }
        differ(self.0.iter(), other.0.iter()) || differ(self.0.iter().rev(), other.0.iter().rev())
    }

    /// Whether any text at all matches.
    pub(super) fn is_anything(&self) -> bool {
        self.0 == [Symbol::AnyRun]
    }
}

/// Whether two patterns differ before the first wildcard of either.
fn differ<'a>(left: impl Iterator<Item = &'a Symbol>, right: impl Iterator<Item = &'a Symbol>) -> bool {
    for pair in left.zip(right) {
        match pair {
            (Symbol::Char(left), Symbol::Char(right)) if left != right => return true,
            (Symbol::AnyRun, _) | (_, Symbol::AnyRun) => return false,
            _ => {}
        }
    }
    false
}

/// Whether the wide pattern matches the narrow one, whose wildcards only wildcards match. The usual walk with one place
/// to come back to: the last any-run.
fn covers(wide: &[Symbol], narrow: &[Symbol]) -> bool {
    let ends = [(wide.first(), narrow.first()), (wide.last(), narrow.last())];
    if ends.iter().any(|(wide, narrow)| matches!(wide, Some(Symbol::Char(_))) && wide != narrow) {
        return false;
    }
    let (mut at, mut on) = (0, 0);
    let mut back: Option<(usize, usize)> = None;
    while on < narrow.len() {
        match (wide.get(at), narrow[on]) {
            (Some(Symbol::AnyRun), _) => {
                back = Some((at + 1, on));
                at += 1;
                continue;
            }
            (Some(Symbol::Char(expected)), Symbol::Char(found)) if *expected == found => {
                (at, on) = (at + 1, on + 1);
                continue;
            }
            (Some(Symbol::AnyOne), Symbol::Char(_) | Symbol::AnyOne) => {
                (at, on) = (at + 1, on + 1);
                continue;
            }
            _ => {}
        }
        let Some((after, from)) = back else { return false };
        back = Some((after, from + 1));
        (at, on) = (after, from + 1);
    }
    wide[at..].iter().all(|symbol| *symbol == Symbol::AnyRun)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{
        diag::Span,
        ir::{
            Case, Condition, Field, Predicate, Test,
            eval::{Event, Value},
        },
    };

    fn pattern(text: &str) -> Pattern {
        Pattern::new(text.chars().map(|c| match c {
            '*' => Piece::AnyRun,
            '?' => Piece::AnyOne,
            c => Piece::Literal(c.into()),
        }))
    }

    fn glob(text: &str) -> Glob {
        Glob::new(&pattern(text), true)
    }

    #[test]
    fn a_longer_text_is_within_a_shorter_one() {
        assert!(glob("*cmd.exe*").is_within(&glob("*CMD*")));
        assert!(glob("cmd.exe").is_within(&glob("*.exe")));
        assert!(glob("a?c").is_within(&glob("a*")));
        assert!(!glob("*cmd*").is_within(&glob("*cmd.exe*")));
        assert!(!glob("a*").is_within(&glob("a?")));
        assert!(!glob("*").is_within(&glob("?")));
    }

    #[test]
    fn starts_and_ends_exclude_each_other() {
        assert!(glob("*\\a.exe").excludes(&glob("*\\b.exe")));
        assert!(glob("a*").excludes(&glob("b*")));
        assert!(glob("cmd").excludes(&glob("*x*")));
        assert!(!glob("*a").excludes(&glob("*ba")));
        assert!(!glob("*a*").excludes(&glob("*b*")));
        assert!(!glob("a*").excludes(&glob("*b")));
    }

    fn matches(pattern_text: &str, text: &str) -> bool {
        let test = Test::Text(pattern(pattern_text), Case::Insensitive);
        let condition = Condition::is(Predicate::new(Field::new("f"), test, Span::default()));
        let mut event = Event::default();
        event.0.insert("f".into(), Value::Text(text.to_owned()));
        condition.holds_on(&event)
    }

    proptest! {
        #[test]
        fn what_is_within_matches_too(a in "[ab*?]{0,5}", b in "[ab*?]{0,5}", text in "[ab]{0,6}") {
            if glob(&a).is_within(&glob(&b)) && matches(&a, &text) {
                prop_assert!(matches(&b, &text));
            }
        }

        #[test]
        fn nothing_matches_what_excludes_each_other(a in "[ab*?]{0,5}", b in "[ab*?]{0,5}", text in "[ab]{0,6}") {
            if glob(&a).excludes(&glob(&b)) {
                prop_assert!(!(matches(&a, &text) && matches(&b, &text)));
            }
        }
    }
}

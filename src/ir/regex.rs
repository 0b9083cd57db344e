//! Regular expressions: parsed once, re-printed by each language in its own flavour.

use std::sync::{Arc, OnceLock};

use regex_syntax::ast::{Ast, parse::Parser};

/// Flags that apply to the whole expression, as Sigma's `re|i`, `re|m` and `re|s` set them. Inline flags such
/// as `(?i)` stay in the expression.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct RegexFlags {
    /// Letter case does not count.
    pub ignore_case: bool,
    /// `^` and `$` match at line ends too.
    pub multi_line: bool,
    /// `.` matches a line feed too.
    pub dot_all: bool,
}

impl RegexFlags {
    /// The flags as a leading group, empty without flags: `(?i)`, `(?im)`.
    pub fn prefix(self) -> String {
        let letters: String = [(self.ignore_case, 'i'), (self.multi_line, 'm'), (self.dot_all, 's')]
            .iter()
            .filter_map(|(on, letter)| on.then_some(*letter))
            .collect();
        if letters.is_empty() { letters } else { format!("(?{letters})") }
    }
}

/// A regular expression that is *searched* in a value unless it anchors itself. Always valid.
#[derive(Debug, Clone)]
pub struct Regex {
    source: Arc<str>,
    flags: RegexFlags,
    compiled: Arc<OnceLock<Option<regex::Regex>>>,
}

/// Why a regular expression is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegexError {
    /// One clause: `unclosed group`.
    pub message: String,
    /// Byte offset of the fault in the expression.
    pub offset: usize,
}

impl Regex {
    /// Parses an expression in the common subset of RE2 and PCRE (the `regex` crate's syntax: no look-around, no
    /// back references).
    ///
    /// # Errors
    /// The first syntax error, with its place.
    pub fn parse(source: &str, flags: RegexFlags) -> Result<Self, RegexError> {
        let pattern = tolerate_escapes(source);
        Parser::new().parse(&pattern).map_err(|error| RegexError {
            message: error.kind().to_string(),
            offset: error.span().start.offset.min(source.len()),
        })?;
        Ok(Self { source: pattern.into(), flags, compiled: Arc::default() })
    }

    /// The expression.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// The flags outside the expression.
    pub fn flags(&self) -> RegexFlags {
        self.flags
    }

    /// The expression with its flags as a leading group, as RE2 and PCRE take it.
    pub fn with_inline_flags(&self) -> String {
        self.flags.prefix() + &self.source
    }

    /// The expression's syntax tree.
    pub fn ast(&self) -> Ast {
        Parser::new().parse(&self.source).unwrap_or_else(|_| Ast::empty(empty_span()))
    }

    /// Whether it is found in the empty string.
    pub fn matches_empty(&self) -> bool {
        let mut parser = regex_syntax::ParserBuilder::new();
        let parsed = parser
            .case_insensitive(self.flags.ignore_case)
            .multi_line(self.flags.multi_line)
            .dot_matches_new_line(self.flags.dot_all)
            .build()
            .parse(&self.source);
        // Compiling is a thousand times dearer, and needed only to resolve assertions.
        parsed.is_ok_and(|hir| hir.properties().minimum_len() == Some(0)) && self.is_match("")
    }

    /// Whether it is found in `text`. An expression too large to compile (10 MiB) matches nothing.
    pub fn is_match(&self, text: &str) -> bool {
        let compiled = self.compiled.get_or_init(|| regex::Regex::new(&self.with_inline_flags()).ok());
        compiled.as_ref().is_some_and(|regex| regex.is_match(text))
    }
}

impl PartialEq for Regex {
    fn eq(&self, other: &Self) -> bool {
        self.source == other.source && self.flags == other.flags
    }
}

impl Eq for Regex {}

fn empty_span() -> regex_syntax::ast::Span {
    let start = regex_syntax::ast::Position::new(0, 1, 1);
    regex_syntax::ast::Span::new(start, start)
}

/// PCRE and Python read `\` before a character without meaning as that character; the `regex` crate refuses some
/// of them (`\"`, `\'`, `\,`). The spelling that all of them read alike has no backslash there.
fn tolerate_escapes(source: &str) -> String {
    const HARMLESS: &str = "\"',:;=@!%`_";
    let mut out = String::with_capacity(source.len());
    let mut chars = source.chars().peekable();
    while let Some(c) = chars.next() {
        match (c, chars.peek().copied()) {
            ('\\', Some(next)) if HARMLESS.contains(next) => {}
            ('\\', Some(next)) => {
                out.extend([c, next]);
                chars.next();
            }
            _ => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_regex_is_a_search() {
        let regex = Regex::parse("b+c", RegexFlags::default()).unwrap();
        assert!(regex.is_match("abbcd"));
        assert!(!regex.is_match("aBBCd"));
        let folded = Regex::parse("b+c", RegexFlags { ignore_case: true, ..RegexFlags::default() }).unwrap();
        assert!(folded.is_match("aBBCd"));
        assert_eq!(folded.with_inline_flags(), "(?i)b+c");
    }

    #[test]
    fn what_matches_the_empty_string_is_known() {
        let empty = |source: &str| Regex::parse(source, RegexFlags::default()).unwrap().matches_empty();
        assert!(empty("a*") && empty("^$") && empty("a|"));
        assert!(!empty("a+") && !empty(r"\b") && !empty(r"\s"));
    }

    #[test]
    fn errors_have_a_place() {
        let error = Regex::parse("ab(c", RegexFlags::default()).unwrap_err();
        assert_eq!((error.message.as_str(), error.offset), ("unclosed group", 2));
        assert!(Regex::parse("(?=a)", RegexFlags::default()).is_err());
    }

    #[test]
    fn needless_escapes_are_read_as_every_engine_does() {
        let regex = Regex::parse(r#"\"a\'\\""#, RegexFlags::default()).unwrap();
        assert_eq!(regex.source(), r#""a'\\""#);
        assert!(regex.is_match(r#"x"a'\"y"#));
    }

    #[test]
    fn expressions_are_the_same_by_text_and_flags() {
        let parsed = |source: &str, ignore_case| {
            Regex::parse(source, RegexFlags { ignore_case, ..RegexFlags::default() }).unwrap()
        };
        assert_eq!(parsed("a", true), parsed("a", true));
        assert_ne!(parsed("a", true), parsed("a", false));
        assert_ne!(parsed("a", true), parsed("b", true));
    }
}

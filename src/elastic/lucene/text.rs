//! Text tests, by what the index keeps of the text: whole values as they are, whole values without case, or words.

use std::sync::Arc;

use super::{
    CaseMode,
    ast::{Query, Value},
    write::Writer,
};
use crate::{
    diag::{Code, Diagnostic, Effect, Note, Span},
    elastic::regex,
    ir::{Case, ColumnType, Field, Number, Pattern, Piece, Shape},
};

/// One text test and where it stands.
#[derive(Clone, Copy)]
pub(super) struct TextTest<'a> {
    pub(super) pattern: &'a Pattern,
    pub(super) case: Case,
    pub(super) span: Span,
    /// Whether it stands under an even number of negations.
    pub(super) positive: bool,
}

impl TextTest<'_> {
    /// The effect of matching more here on the whole rule.
    fn more(&self) -> Effect {
        if self.positive { Effect::More } else { Effect::More.negated() }
    }
}

/// What the index keeps of a field's text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Indexed {
    /// Whole values.
    Cased,
    /// Whole values in lower case.
    Caseless,
    /// Words in lower case.
    Words,
}

impl Indexed {
    /// What a textual column keeps; `None` for columns of another type.
    pub(super) fn of(ty: ColumnType, mode: CaseMode) -> Option<Self> {
        match (ty, mode) {
            (ColumnType::Text, _) => Some(Self::Words),
            (ColumnType::Caseless, _) => Some(Self::Caseless),
            (ColumnType::String | ColumnType::Wildcard | ColumnType::Unknown | ColumnType::Dynamic, mode) => {
                Some(match mode {
                    CaseMode::Exact => Self::Cased,
                    CaseMode::AsIndexed => Self::Caseless,
                })
            }
            _ => None,
        }
    }
}

impl Writer<'_> {
    /// A text test on a field.
    pub(super) fn text(&mut self, field: &Field, test: TextTest<'_>) -> Result<Query, Diagnostic> {
        if test.pattern.shape() == Shape::Anything {
            return Ok(Query::Exists(Arc::clone(&field.name)));
        }
        match Indexed::of(field.ty, self.case) {
            Some(Indexed::Cased) => Ok(Query::field(&field.name, self.whole_value(test))),
            Some(Indexed::Caseless) => {
                self.note_caseless(field, test);
                Ok(Query::field(&field.name, plain(test.pattern)))
            }
            Some(Indexed::Words) => Ok(self.words_of_field(field, test)),
            None => typed(field, test),
        }
    }

    fn note_caseless(&mut self, field: &Field, test: TextTest<'_>) {
        if !test.pattern.has_letters() {
            return;
        }
        if test.case == Case::Sensitive {
            let message = format!("`{field}` is compared without case, as it is indexed");
            self.notes.push(Note::new(Code::CaseWidened, test.more(), test.span, message));
        } else if field.ty != ColumnType::Caseless {
            self.note_case_as_indexed();
        }
    }

    /// A test of a whole value that is indexed as it is.
    fn whole_value(&mut self, test: TextTest<'_>) -> Value {
        if test.case == Case::Sensitive || !test.pattern.has_letters() {
            return plain(test.pattern);
        }
        let (pattern, widened) = regex::from_pattern_within(test.pattern, test.case);
        if widened {
            let message = format!(
                "the end of the value was widened: its regular expression exceeds {} characters",
                regex::MAX_LENGTH
            );
            self.notes.push(Note::new(Code::PatternWidened, test.more(), test.span, message));
        }
        Value::Regex(pattern)
    }

    /// A test of text that is indexed by its words: exact for a single word, otherwise each of the words is asked
    /// for. Below a negation that would lose events, so there the test is left out.
    fn words_of_field(&mut self, field: &Field, test: TextTest<'_>) -> Query {
        let words = words(test.pattern);
        let cased = test.case == Case::Sensitive && test.pattern.has_letters();
        let of_field = |word: &Words| Query::field(&field.name, word.value());
        if let ([word], false) = (words.as_slice(), cased)
            && word.are_all_of(test.pattern)
        {
            return of_field(word);
        }
        let (query, done) = match (test.positive, words.is_empty()) {
            (true, false) => (Query::all(words.iter().map(of_field)), "its words are searched, in any order"),
            (true, true) => (Query::Exists(Arc::clone(&field.name)), "it has none, so any value matches"),
            (false, _) => (Query::Nothing, "the negated test was left out"),
        };
        let message = format!("`{field}` is indexed by words: {done}");
        self.notes.push(Note::new(Code::TermMatch, Effect::More, test.span, message));
        query
    }

    /// A keyword: whole values of all fields, and the words of those that are indexed by words.
    pub(super) fn keyword(&mut self, test: TextTest<'_>) -> Query {
        let whole = Query::Match(
            None,
            match self.case {
                CaseMode::Exact => self.whole_value(test),
                CaseMode::AsIndexed => {
                    if test.pattern.has_letters() {
                        self.note_case_as_indexed();
                    }
                    plain(test.pattern)
                }
            },
        );
        let words = words(test.pattern);
        let mut note = |effect, message: &str| {
            self.notes.push(Note::new(Code::KeywordScope, effect, test.span, message));
        };
        match words.as_slice() {
            [word] if word.are_all_of(test.pattern) => {
                note(Effect::None, "a keyword is searched in all indexed fields");
                whole
            }
            // Asked for, a single letter would be found in any text.
            words if words.iter().all(|word| word.text.len() < 2) => {
                note(
                    Effect::None,
                    "a keyword of punctuation is searched in whole values; fields indexed by words do not keep it",
                );
                whole
            }
            words if test.positive => {
                note(Effect::More, "in fields indexed by words, a keyword's words are searched in any order");
                Query::any([whole, Query::all(words.iter().map(|word| Query::Match(None, word.value())))])
            }
            _ => {
                note(
                    Effect::More,
                    "a negated keyword is searched in whole values only, not in fields indexed by words",
                );
                whole
            }
        }
    }
}

/// The pattern as a term, for what compares as it is indexed.
fn plain(pattern: &Pattern) -> Value {
    match pattern.as_exact() {
        Some(text) => Value::Text(text.to_owned()),
        None => Value::Wildcard(pattern.clone()),
    }
}

/// A text test on a column that does not hold text.
fn typed(field: &Field, test: TextTest<'_>) -> Result<Query, Diagnostic> {
    let equals = |text: &str| Ok(Query::field(&field.name, Value::Text(text.to_owned())));
    let Some(text) = test.pattern.as_exact() else {
        let network = match (field.ty, test.pattern.shape()) {
            (ColumnType::Ip, Shape::StartsWith(prefix)) => octets_as_network(prefix),
            _ => None,
        };
        let message = format!("`{field}` is not a text field: it cannot be compared with a part of a text");
        let refused = || Diagnostic::new(Code::Unsupported, test.span, message);
        return network.ok_or_else(refused).and_then(|network| equals(&network));
    };
    // A text that no value of the type can have would fail the whole query.
    match field.ty {
        ColumnType::Ip if text.parse::<std::net::IpAddr>().is_err() => Ok(Query::Nothing),
        ColumnType::Integer | ColumnType::Real => match Number::parse(text) {
            Some(number) => equals(&number.to_string()),
            None => Ok(Query::Nothing),
        },
        ColumnType::Boolean => match text.to_ascii_lowercase().as_str() {
            truth @ ("true" | "false") => equals(truth),
            _ => Ok(Query::Nothing),
        },
        _ => equals(text),
    }
}

/// `10.` as `10.0.0.0/8`; `None` where the prefix cuts an octet.
fn octets_as_network(prefix: &str) -> Option<String> {
    let octets: Vec<u8> =
        prefix.strip_suffix('.')?.split('.').map(|octet| octet.parse().ok()).collect::<Option<_>>()?;
    let bits = octets.len() * 8;
    let mut address = [0; 4];
    address.get_mut(..octets.len())?.copy_from_slice(&octets);
    (bits < 32).then(|| format!("{}/{bits}", std::net::Ipv4Addr::from(address)))
}

/// A run of ASCII letters and digits in a pattern, which the standard tokenizer never splits (Unicode annex 29); or
/// several, each a token and next to one another, with a blank between them.
struct Words {
    text: String,
    /// Whether a token must start, or end, with it.
    starts_token: bool,
    ends_token: bool,
}

impl Words {
    fn value(&self) -> Value {
        if self.are_whole() {
            return Value::Text(self.text.clone());
        }
        Value::Wildcard(Pattern::exact(self.text.as_str()).widened(!self.starts_token, !self.ends_token))
    }

    fn are_whole(&self) -> bool {
        self.starts_token && self.ends_token
    }

    /// Whether the pattern asks for text that holds this word, and for nothing else.
    fn are_all_of(&self, pattern: &Pattern) -> bool {
        pattern.shape() == Shape::Contains(&self.text)
    }
}

/// The words in a pattern, those that stand side by side as one.
fn words(pattern: &Pattern) -> Vec<Words> {
    let mut found = Vec::new();
    let pieces = pattern.pieces();
    for (index, piece) in pieces.iter().enumerate() {
        let Piece::Literal(text) = piece else { continue };
        let mut of_literal: Vec<Words> = Vec::new();
        let mut rest = text.as_str();
        while let Some(start) = rest.find(|c: char| c.is_ascii_alphanumeric()) {
            let length =
                rest[start..].find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(rest.len() - start);
            let from = text.len() - rest.len() + start;
            let (before, after) = (&text[..from], &text[from + length..]);
            let word = Words {
                text: text[from..from + length].to_owned(),
                starts_token: before.chars().next_back().map_or(index == 0, splits),
                ends_token: after.chars().next().map_or(index + 1 == pieces.len(), splits),
            };
            match of_literal.last_mut() {
                Some(last) if last.are_whole() && word.are_whole() => {
                    last.text.push(' ');
                    last.text.push_str(&word.text);
                }
                _ => of_literal.push(word),
            }
            rest = after;
        }
        found.extend(of_literal);
    }
    found
}

/// Whether a token surely ends at this character. `.`, `:`, `'`, `,`, `;` and `_` may stand inside one.
fn splits(c: char) -> bool {
    c.is_ascii() && !c.is_ascii_alphanumeric() && !matches!(c, '.' | ':' | '\'' | ',' | ';' | '_')
}

//! Text → tokens. Sources: "Scalar data types" (literals), "String data type" (quotes and escapes), "Entity names".

mod number;
mod string;

use super::ast::{Comment, Literal, Place};
use crate::diag::{Code, Diagnostic, Positions, Span};

/// A token and where it stands in the text.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Token {
    pub(super) kind: Kind,
    pub(super) start: usize,
    pub(super) end: usize,
}

/// What a token is.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Kind {
    /// A name or keyword; also `in~`, `!has`, `$left` and their like.
    Word(String),
    /// A constant.
    Literal(Literal),
    /// A sign.
    Sign(&'static str),
    /// After the last token.
    End,
}

/// The tokens of a text.
#[derive(Debug)]
pub(super) struct Tokens {
    /// In order; the last one is [`Kind::End`].
    pub(super) all: Vec<Token>,
    /// What stands between.
    pub(super) comments: Vec<Comment>,
    /// What is no token.
    pub(super) diagnostics: Vec<Diagnostic>,
}

/// Signs, longer ones before their prefixes.
const SIGNS: &[&str] = &[
    "==", "!=", "=~", "!~", "<>", "<=", ">=", "=>", "..", "|", "(", ")", "[", "]", "{", "}", ",", ";", ":",
    ".", "=", "<", ">", "+", "-", "*", "/", "%", "~", "?",
];

/// Types whose constants are written like a call: `datetime(2024-01-02)`.
const TYPED: &[&str] = &[
    "datetime", "date", "timespan", "time", "guid", "uniqueid", "int", "long", "real", "double", "float",
    "decimal", "bool", "boolean", "string",
];

/// Takes a text apart. What is no token becomes a diagnostic and is skipped.
pub(super) fn lex(text: &str, positions: &Positions) -> Tokens {
    let mut lexer =
        Lexer { text, positions, at: 0, tokens: Vec::new(), comments: Vec::new(), diagnostics: Vec::new() };
    while lexer.next() {}
    let end = text.len();
    lexer.tokens.push(Token { kind: Kind::End, start: end, end });
    Tokens { all: lexer.tokens, comments: lexer.comments, diagnostics: lexer.diagnostics }
}

struct Lexer<'t> {
    text: &'t str,
    positions: &'t Positions,
    at: usize,
    tokens: Vec<Token>,
    comments: Vec<Comment>,
    diagnostics: Vec<Diagnostic>,
}

impl<'t> Lexer<'t> {
    fn rest(&self) -> &'t str {
        &self.text[self.at..]
    }

    fn push(&mut self, kind: Kind, end: usize) {
        self.tokens.push(Token { kind, start: self.at, end });
        self.at = end;
    }

    fn span(&self, start: usize, end: usize) -> Span {
        self.positions.span(start, end)
    }

    fn error(&mut self, start: usize, end: usize, message: impl Into<String>, help: &str) {
        let diagnostic = Diagnostic::new(Code::QuerySyntax, self.span(start, end), message);
        self.diagnostics.push(if help.is_empty() { diagnostic } else { diagnostic.help(help) });
    }

    /// Takes one token, comment or stretch of white space; false at the end.
    fn next(&mut self) -> bool {
        let rest = self.rest();
        let Some(first) = rest.chars().next() else { return false };
        if first.is_whitespace() || first == '\u{feff}' || first == '\u{200b}' {
            self.at += first.len_utf8();
        } else if rest.starts_with("//") {
            self.comment();
        } else if let Some(opening) = string::Opening::at(rest) {
            self.string(&opening);
        } else if first.is_ascii_digit() {
            self.number();
        } else if is_name_start(first) {
            self.word();
        } else if first == '!' && rest[1..].starts_with(|c: char| c.is_ascii_alphabetic()) {
            let length = 1 + word_length(&rest[1..]);
            self.operator_word(length);
        } else if let Some(sign) = SIGNS.iter().find(|sign| rest.starts_with(**sign)) {
            self.push(Kind::Sign(sign), self.at + sign.len());
        } else {
            self.stray(first);
        }
        true
    }

    fn comment(&mut self) {
        let length = self.rest().find(['\n', '\r']).unwrap_or(self.rest().len());
        let text = self.rest()[..length].trim_end().to_owned();
        let place = Place(self.span(self.at, self.at + text.len()));
        self.comments.push(Comment { text, place });
        self.at += length;
    }

    fn word(&mut self) {
        let rest = self.rest();
        let length = word_length(rest);
        let word = &rest[..length];
        if TYPED.contains(&word) && self.typed(word, length) {
            return;
        }
        match word {
            "true" | "True" | "TRUE" => self.push(Kind::Literal(Literal::Bool(true)), self.at + length),
            "false" | "False" | "FALSE" => self.push(Kind::Literal(Literal::Bool(false)), self.at + length),
            _ => self.operator_word(length),
        }
    }

    /// A word, with the `~` that makes an operator of it.
    fn operator_word(&mut self, length: usize) {
        let rest = self.rest();
        let is_operator = matches!(&rest[..length], "in" | "!in") && rest[length..].starts_with('~');
        let length = length + usize::from(is_operator);
        self.push(Kind::Word(rest[..length].to_owned()), self.at + length);
    }

    /// `type(…)`, if a constant stands in the parentheses.
    fn typed(&mut self, word: &str, length: usize) -> bool {
        let rest = &self.rest()[length..];
        let inner = rest.trim_start_matches([' ', '\t']);
        let Some(inner) = inner.strip_prefix('(') else { return false };
        let Some(close) = closing(inner) else { return false };
        let content = inner[..close].trim();
        let end = self.text.len() - inner.len() + close + 1;
        match typed_literal(word, content) {
            Typed::Literal(literal) => self.push(Kind::Literal(literal), end),
            Typed::Other => return false,
            Typed::Wrong(message) => {
                self.error(self.at, end, message, "");
                self.push(Kind::Literal(Literal::Null("dynamic")), end);
            }
        }
        true
    }

    fn stray(&mut self, first: char) {
        let end = self.at + first.len_utf8();
        let help = match first {
            '“' | '”' | '‘' | '’' | '„' => "write straight quotes: \"…\" or '…'",
            '&' => "write `and`",
            '!' => "write `not(…)`",
            '`' => "names stand in `['…']`, texts in \"…\"",
            _ => "",
        };
        self.error(self.at, end, format!("`{first}` means nothing in a query"), help);
        self.at = end;
    }
}

enum Typed {
    Literal(Literal),
    /// No constant: a call of a function of this name, or a declaration.
    Other,
    Wrong(String),
}

/// The parenthesis that closes a constant, quotes skipped.
fn closing(inner: &str) -> Option<usize> {
    let mut quote = None;
    for (at, c) in inner.char_indices() {
        match (quote, c) {
            (None, '"' | '\'') => quote = Some(c),
            (Some(open), c) if open == c => quote = None,
            (None, ')') => return Some(at),
            (None, '(' | '\n') => return None,
            _ => {}
        }
    }
    None
}

fn typed_literal(word: &str, content: &str) -> Typed {
    let unquoted = content.trim_matches(['"', '\'']);
    let is_null = unquoted.eq_ignore_ascii_case("null");
    let canonical = match word {
        "date" => "datetime",
        "time" => "timespan",
        "uniqueid" => "guid",
        "double" | "float" => "real",
        "boolean" => "bool",
        other => other,
    };
    let literal = match canonical {
        // `string(null)` is the empty text.
        "string" => return Typed::Other,
        _ if is_null && !content.is_empty() => Some(match canonical {
            "datetime" => Literal::Null("datetime"),
            "timespan" => Literal::Null("timespan"),
            "guid" => Literal::Null("guid"),
            "int" => Literal::Null("int"),
            "long" => Literal::Null("long"),
            "real" => Literal::Null("real"),
            "decimal" => Literal::Null("decimal"),
            _ => Literal::Null("bool"),
        }),
        "datetime" => (!unquoted.is_empty() && unquoted.starts_with(|c: char| c.is_ascii_alphanumeric()))
            .then(|| Literal::Datetime(unquoted.to_owned())),
        "timespan" => number::timespan(unquoted)
            .map(|ticks| Literal::Timespan { ticks, spelling: format!("{word}({content})") }),
        "guid" => Some(Literal::Guid(unquoted.to_owned())),
        "int" => number::integer(content).map(Literal::Int),
        "long" => number::integer(content).map(Literal::Long),
        "real" => content.parse::<f64>().ok().map(Literal::Real),
        "decimal" => content.parse::<f64>().ok().map(|_| Literal::DecimalText(content.to_owned())),
        _ => match content {
            "true" | "True" | "1" => Some(Literal::Bool(true)),
            "false" | "False" | "0" => Some(Literal::Bool(false)),
            _ => None,
        },
    };
    match literal {
        Some(literal) => Typed::Literal(literal),
        None if content.is_empty() => Typed::Other,
        None if matches!(canonical, "datetime" | "timespan" | "guid") => {
            Typed::Wrong(format!("`{content}` is no constant of type {canonical}"))
        }
        None => Typed::Other,
    }
}

pub(super) fn is_name_start(c: char) -> bool {
    c.is_alphabetic() || c == '_' || c == '$' || c == '@' || c == '#'
}

fn is_name_part(c: char) -> bool {
    c.is_alphanumeric() || c == '_' || c == '$' || c == '@' || c == '#'
}

fn word_length(rest: &str) -> usize {
    rest.find(|c: char| !is_name_part(c)).unwrap_or(rest.len())
}

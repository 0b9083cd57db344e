//! Conditions: text to expression.
//!
//! ```text
//! or       := and ('or' and)*
//! and      := not ('and' not)*
//! not      := 'not'* atom
//! atom     := identifier | selector | '(' or ')'
//! selector := ('1' | 'any' | 'all') 'of' ('them' | pattern)
//! ```
//!
//! Keywords are lower case. Sigma specification 2.1, "Condition".

use std::ops::Range;

/// A condition; ranges are byte ranges of its text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Expression {
    /// A search identifier.
    Search(String, Range<usize>),
    /// `1 of …`, `any of …`, `all of …`.
    Selector(Quantifier, Selection, Range<usize>),
    /// The operand does not hold.
    Not(Box<Expression>),
    /// All operands hold.
    And(Vec<Expression>),
    /// One operand holds.
    Or(Vec<Expression>),
}

/// How many of the selected detections have to match.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Quantifier {
    /// `1 of`, `any of`.
    One,
    /// `all of`.
    All,
}

/// Which detections a selector means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Selection {
    /// All of them.
    Them,
    /// Those whose identifier matches a pattern with `*`.
    Pattern(String),
}

impl Selection {
    /// Whether it means the detection of this name. Names that start with `_` are meant only by patterns that do.
    pub(crate) fn includes(&self, name: &str) -> bool {
        match self {
            Self::Them => !name.starts_with('_'),
            Self::Pattern(pattern) => {
                (pattern.starts_with('_') || !name.starts_with('_')) && glob(pattern, name)
            }
        }
    }
}

/// Whether `name` matches `pattern`, in which `*` is any text.
fn glob(pattern: &str, name: &str) -> bool {
    let Some((prefix, rest)) = pattern.split_once('*') else { return pattern == name };
    let Some(mut name) = name.strip_prefix(prefix) else { return false };
    let mut parts = rest.split('*');
    let Some(suffix) = parts.next_back() else { return true };
    for part in parts {
        match name.find(part) {
            Some(at) => name = &name[at + part.len()..],
            None => return false,
        }
    }
    name.ends_with(suffix)
}

/// Why a condition does not parse.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct SyntaxError {
    /// One clause.
    pub(super) message: String,
    /// What to do.
    pub(super) help: Option<String>,
    /// Where, in the condition's text.
    pub(super) range: Range<usize>,
}

/// The longest condition, in bytes.
const MAX_LENGTH: usize = 16 << 10;

/// How deeply parentheses and negations may nest.
const MAX_DEPTH: usize = 100;

/// Parses a condition.
///
/// # Errors
/// The first place where the text is not a condition.
pub(super) fn parse(text: &str) -> Result<Expression, SyntaxError> {
    let mut parser = Parser { text, at: 0, depth: 0 };
    if text.len() > MAX_LENGTH {
        return Err(parser.error(&format!("the condition is longer than {} KiB", MAX_LENGTH >> 10), None));
    }
    if parser.peek().is_none() {
        return Err(parser.error("the condition is empty", None));
    }
    let expression = parser.junction(0)?;
    match parser.peek() {
        None => Ok(expression),
        Some(_) => Err(parser.unexpected("`and`, `or`, or the end")),
    }
}

/// The binary operators, loosest first.
const OPERATORS: [&str; 2] = ["or", "and"];

struct Parser<'a> {
    text: &'a str,
    at: usize,
    depth: usize,
}

/// A parenthesis, a pipe, or a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Token<'a> {
    text: &'a str,
    start: usize,
}

impl Token<'_> {
    fn range(self) -> Range<usize> {
        self.start..self.start + self.text.len()
    }

    fn is_word(self) -> bool {
        !matches!(self.text, "(" | ")" | "|")
    }
}

impl<'a> Parser<'a> {
    fn peek(&self) -> Option<Token<'a>> {
        let rest = self.text[self.at..].trim_start();
        let start = self.text.len() - rest.len();
        let first = rest.chars().next()?;
        let length = if matches!(first, '(' | ')' | '|') {
            1
        } else {
            let ends = |c: char| c.is_whitespace() || matches!(c, '(' | ')' | '|');
            rest.find(ends).unwrap_or(rest.len())
        };
        Some(Token { text: &rest[..length], start })
    }

    fn next(&mut self) -> Option<Token<'a>> {
        let token = self.peek()?;
        self.at = token.range().end;
        Some(token)
    }

    fn accept(&mut self, text: &str) -> bool {
        let found = self.peek().is_some_and(|token| token.text == text);
        if found {
            self.next();
        }
        found
    }

    /// Operands joined by `OPERATORS[level]`.
    fn junction(&mut self, level: usize) -> Result<Expression, SyntaxError> {
        let Some(operator) = OPERATORS.get(level) else { return self.negation() };
        let first = self.junction(level + 1)?;
        if self.peek().is_none_or(|token| token.text != *operator) {
            return Ok(first);
        }
        let mut operands = vec![first];
        while self.accept(operator) {
            operands.push(self.junction(level + 1)?);
        }
        Ok(if *operator == "or" { Expression::Or(operands) } else { Expression::And(operands) })
    }

    fn negation(&mut self) -> Result<Expression, SyntaxError> {
        if !self.accept("not") {
            return self.atom();
        }
        self.nested(|parser| parser.negation().map(|operand| Expression::Not(Box::new(operand))))
    }

    fn nested<T>(
        &mut self,
        parse: impl FnOnce(&mut Self) -> Result<T, SyntaxError>,
    ) -> Result<T, SyntaxError> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(self.error(&format!("the condition nests deeper than {MAX_DEPTH} levels"), None));
        }
        let result = parse(self);
        self.depth -= 1;
        result
    }

    fn atom(&mut self) -> Result<Expression, SyntaxError> {
        let Some(token) = self.peek() else { return Err(self.unexpected("a search identifier")) };
        if self.accept("(") {
            return self.nested(|parser| {
                let inner = parser.junction(0)?;
                if parser.accept(")") { Ok(inner) } else { Err(parser.unexpected("`)`")) }
            });
        }
        if !token.is_word() || matches!(token.text, "and" | "or" | "not") {
            return Err(self.unexpected("a search identifier"));
        }
        self.next();
        self.refuse_upper_case(token)?;
        if self.accept("of") {
            return self.selector(token);
        }
        if token.text.contains('*') {
            return Err(SyntaxError {
                message: format!("the pattern `{}` needs a quantifier", token.text),
                help: Some(format!("write `1 of {0}` or `all of {0}`", token.text)),
                range: token.range(),
            });
        }
        Ok(Expression::Search(token.text.to_owned(), token.range()))
    }

    /// A selector of which `quantifier of` is already read.
    fn selector(&mut self, quantifier: Token<'a>) -> Result<Expression, SyntaxError> {
        let number = match quantifier.text {
            "1" | "any" => Quantifier::One,
            "all" => Quantifier::All,
            other => {
                return Err(SyntaxError {
                    message: format!("`{other} of` is not a quantifier"),
                    help: Some("Sigma has `1 of`, `any of` and `all of`".to_owned()),
                    range: quantifier.range(),
                });
            }
        };
        let selection = match self.peek() {
            Some(token) if token.is_word() => token,
            _ => return Err(self.unexpected("`them` or a pattern")),
        };
        self.next();
        let range = quantifier.start..selection.range().end;
        let selection = match selection.text {
            "them" => Selection::Them,
            pattern => Selection::Pattern(pattern.to_owned()),
        };
        Ok(Expression::Selector(number, selection, range))
    }

    /// Refuses `NOT x` and `ALL OF x`, of which `first` is already read.
    fn refuse_upper_case(&self, first: Token<'a>) -> Result<(), SyntaxError> {
        let lower = first.text.to_lowercase();
        let operand_follows = self
            .peek()
            .is_some_and(|next| next.text == "(" || (next.is_word() && !OPERATORS.contains(&next.text)));
        let quantifier_follows = self.peek().is_some_and(|next| next.text.eq_ignore_ascii_case("of"));
        let is_not = lower == "not" && operand_follows;
        let is_quantifier = matches!(lower.as_str(), "any" | "all") && quantifier_follows;
        if lower == first.text || !(is_not || is_quantifier) {
            return Ok(());
        }
        Err(SyntaxError {
            message: format!("`{}` is not a keyword", first.text),
            help: Some(format!("keywords are lower case: write `{lower}`")),
            range: first.range(),
        })
    }

    /// An error at the next token, which is not what is `expected`.
    fn unexpected(&self, expected: &str) -> SyntaxError {
        let Some(token) = self.peek() else {
            return self.error(&format!("expected {expected}, found the end of the condition"), None);
        };
        if token.text == "|" {
            return SyntaxError {
                message: "aggregations after `|` are no longer part of Sigma".to_owned(),
                help: Some("write a correlation rule instead".to_owned()),
                range: token.start..self.text.trim_end().len(),
            };
        }
        let lower = token.text.to_lowercase();
        let is_upper = lower != token.text && matches!(lower.as_str(), "and" | "or" | "not" | "of" | "them");
        let help = is_upper.then(|| format!("keywords are lower case: write `{lower}`"));
        self.error(&format!("expected {expected}, found `{}`", token.text), help)
    }

    /// An error at the next token, or at the end.
    fn error(&self, message: &str, help: Option<String>) -> SyntaxError {
        let end = self.text.trim_end().len();
        let range = self.peek().map_or(end..end, Token::range);
        SyntaxError { message: message.to_owned(), help, range }
    }
}

//! Tokens → syntax tree: recursive descent. Sources: "Kusto Query Language overview", "Tabular operators", "Let statement".
//!
//! A fault ends the operator that it stands in; the next `|` or `;` starts anew, so that one run tells several faults.

mod analytic;
mod expression;
mod operator;
mod primary;
mod schema;
mod statement;
mod words;

#[cfg(test)]
mod tests;

pub(super) use words::OPERATORS;

use super::{
    ast::{Name, Place, Query, Script, Source, Step},
    lex::{self, Kind, Token},
};
use crate::diag::{Code, Diagnostic, Positions, Span, did_you_mean};

/// How deeply expressions may nest.
const MAX_DEPTH: usize = 120;
/// How many operators and members may follow one another in a chain that leans to the left: `a + b + c`, `a.b.c`.
const MAX_LINKS: usize = 200;
/// How many faults of a text are told.
const MAX_DIAGNOSTICS: usize = 50;

/// What came of a text.
#[derive(Debug)]
pub struct Parsed {
    /// The tree; where there are faults, of what could be understood.
    pub script: Script,
    /// The faults, in the order of their places.
    pub diagnostics: Vec<Diagnostic>,
}

/// Parses a text of statements. `positions` says where the text stands in its source.
pub fn parse(text: &str, positions: &Positions) -> Parsed {
    let lexed = lex::lex(text, positions);
    let mut parser = Parser {
        text,
        positions,
        tokens: lexed.all,
        at: 0,
        depth: 0,
        links: 0,
        diagnostics: lexed.diagnostics,
    };
    let statements = parser.statements();
    let mut diagnostics = parser.diagnostics;
    diagnostics.sort_by_key(|diagnostic| diagnostic.span);
    diagnostics.dedup_by(|next, first| next.span == first.span);
    diagnostics.truncate(MAX_DIAGNOSTICS);
    Parsed { script: Script { statements, comments: lexed.comments }, diagnostics }
}

/// A fault that has been told; parsing goes on at the next operator.
struct Fault;

type Result<T> = std::result::Result<T, Fault>;

struct Parser<'t> {
    text: &'t str,
    positions: &'t Positions,
    tokens: Vec<Token>,
    at: usize,
    depth: usize,
    /// The length of the longest chain in the term so far.
    links: usize,
    diagnostics: Vec<Diagnostic>,
}

impl Parser<'_> {
    fn token(&self) -> &Token {
        &self.tokens[self.at.min(self.tokens.len() - 1)]
    }

    fn ahead(&self, count: usize) -> &Kind {
        &self.tokens[(self.at + count).min(self.tokens.len() - 1)].kind
    }

    fn is_end(&self) -> bool {
        self.token().kind == Kind::End
    }

    fn skip(&mut self) {
        if !self.is_end() {
            self.at += 1;
        }
    }

    /// Where the last token ended.
    fn end(&self) -> usize {
        self.at.checked_sub(1).map_or(0, |last| self.tokens[last].end)
    }

    fn start(&self) -> usize {
        self.token().start
    }

    /// The place from `start` to the last token.
    fn since(&self, start: usize) -> Place {
        Place(self.positions.span(start, self.end().max(start)))
    }

    fn here(&self) -> Span {
        let token = self.token();
        self.positions.span(token.start, token.end)
    }

    fn is_sign(&self, sign: &str) -> bool {
        matches!(&self.token().kind, Kind::Sign(here) if *here == sign)
    }

    fn is_word(&self, word: &str) -> bool {
        matches!(&self.token().kind, Kind::Word(here) if here == word)
    }

    fn word(&self) -> Option<&str> {
        match &self.token().kind {
            Kind::Word(word) => Some(word),
            _ => None,
        }
    }

    fn take_sign(&mut self, sign: &str) -> bool {
        let found = self.is_sign(sign);
        if found {
            self.at += 1;
        }
        found
    }

    fn take_word(&mut self, word: &str) -> bool {
        let found = self.is_word(word);
        if found {
            self.at += 1;
        }
        found
    }

    fn expect_sign(&mut self, sign: &str, after: &str) -> Result<()> {
        if self.take_sign(sign) { Ok(()) } else { Err(self.expected(&format!("`{sign}` after {after}"))) }
    }

    fn expect_word(&mut self, word: &str, after: &str) -> Result<()> {
        if self.take_word(word) { Ok(()) } else { Err(self.expected(&format!("`{word}` after {after}"))) }
    }

    /// What stands here, for a message.
    fn found(&self) -> String {
        match &self.token().kind {
            Kind::End => "the end of the query".to_owned(),
            _ => format!("`{}`", &self.text[self.token().start..self.token().end]),
        }
    }

    fn expected(&mut self, what: &str) -> Fault {
        let message = format!("expected {what}, found {}", self.found());
        self.fault(self.here(), message, None)
    }

    fn fault(&mut self, span: Span, message: impl Into<String>, help: Option<&str>) -> Fault {
        let diagnostic = Diagnostic::new(Code::QuerySyntax, span, message);
        self.diagnostics.push(match help {
            Some(help) => diagnostic.help(help),
            None => diagnostic,
        });
        Fault
    }

    /// Runs `parse` one level deeper.
    fn deeper<T>(&mut self, parse: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        if self.depth >= MAX_DEPTH {
            return Err(self.fault(self.here(), "the query nests too deeply", None));
        }
        self.depth += 1;
        let result = parse(self);
        self.depth -= 1;
        result
    }

    /// Counts a link of a chain; each stands one level deeper in the tree than the last.
    fn link(&mut self) -> Result<()> {
        self.links += 1;
        if self.links > MAX_LINKS {
            let help = "give its parts names with `let` or `extend`";
            return Err(self.fault(self.here(), "the expression is too long", Some(help)));
        }
        Ok(())
    }

    /// Skips to the next `|` or `;` outside of brackets opened since, or to a bracket that closes; whether all that were
    /// opened are closed.
    fn recover(&mut self) -> bool {
        let mut open = 0usize;
        loop {
            match &self.token().kind {
                Kind::End => return open == 0,
                Kind::Sign("(" | "[" | "{") => open += 1,
                Kind::Sign(")" | "]" | "}" | "|" | ";") if open == 0 => return true,
                Kind::Sign(")" | "]" | "}") => open -= 1,
                _ => {}
            }
            self.skip();
        }
    }

    /// Things with commas between, at least one.
    fn separated<T>(&mut self, mut item: impl FnMut(&mut Self) -> Result<T>) -> Result<Vec<T>> {
        let mut items = vec![item(self)?];
        while self.take_sign(",") {
            items.push(item(self)?);
        }
        Ok(items)
    }

    /// A source and its operators.
    fn query(&mut self) -> Result<Query> {
        self.deeper(|parser| {
            let source = parser.source()?;
            Ok(parser.piped(source))
        })
    }

    fn source(&mut self) -> Result<Source> {
        let start = self.start();
        if let Some(name) = self.operator_name(words::STARTS) {
            let operator = self.operator(name, start)?;
            return Ok(Source::Operator(Box::new(Step { operator, place: self.since(start) })));
        }
        if self.is_sign("|") {
            let help = "a query starts with a table";
            return Err(self.fault(self.here(), "the query has no source before this `|`", Some(help)));
        }
        self.expression().map(Source::Expression)
    }

    /// The operators after a source.
    fn piped(&mut self, source: Source) -> Query {
        let mut operators = Vec::new();
        while self.take_sign("|") {
            match self.step() {
                Ok(step) => operators.push(step),
                Err(Fault) => {
                    self.recover();
                }
            }
        }
        Query { source, operators }
    }

    fn step(&mut self) -> Result<Step> {
        let start = self.start();
        let Some(name) = self.operator_name(words::OPERATORS) else {
            let help = match self.word() {
                Some(word) if words::OPERATORS.contains(&word.to_lowercase().as_str()) => {
                    Some("operators are written in lower case".to_owned())
                }
                None if self.is_sign("|") => Some("write `or` for one of two conditions".to_owned()),
                None => Some("a tabular operator such as `where` follows each `|`".to_owned()),
                Some(word) => did_you_mean(word, words::OPERATORS.iter().copied())
                    .map(|operator| format!("did you mean `{operator}`?")),
            };
            let message = if self.is_end() {
                "the query ends with `|`".to_owned()
            } else {
                format!("there is no operator {}", self.found())
            };
            return Err(self.fault(self.here(), message, help.as_deref()));
        };
        let operator = self.operator(name, start)?;
        Ok(Step { operator, place: self.since(start) })
    }

    /// Takes the name of one of these operators; words joined by hyphens are one name.
    fn operator_name(&mut self, of: &[&'static str]) -> Option<&'static str> {
        let mut name = self.word()?.to_owned();
        let mut count = 1;
        let mut end = self.token().end;
        while let (Kind::Sign("-"), Kind::Word(next)) = (self.ahead(count), self.ahead(count + 1)) {
            let (hyphen, word) = (&self.tokens[self.at + count], &self.tokens[self.at + count + 1]);
            if hyphen.start != end || word.start != hyphen.end {
                break;
            }
            name = format!("{name}-{next}");
            end = word.end;
            count += 2;
        }
        let found = *of.iter().find(|it| **it == name)?;
        // A column or function of the same name is no operator.
        if matches!(self.ahead(count), Kind::End | Kind::Sign("=" | "." | "==" | "=~" | ")" | "," | ";"))
            && std::ptr::eq(of, words::STARTS)
        {
            return None;
        }
        self.at += count;
        Some(found)
    }

    /// A name, plain or in `['…']`.
    fn name(&mut self, what: &str) -> Result<Name> {
        let start = self.start();
        if let Some(name) = self.bracketed_name() {
            return Ok(name);
        }
        match &self.token().kind {
            Kind::Word(word) if !word.starts_with('!') && !word.ends_with('~') => {
                let text = word.clone();
                self.at += 1;
                Ok(Name { text, place: self.since(start) })
            }
            Kind::Literal(super::ast::Literal::Bool(value)) => {
                let text = value.to_string();
                self.at += 1;
                Ok(Name { text, place: self.since(start) })
            }
            _ => Err(self.expected(what)),
        }
    }

    /// `['a name']`, `["a name"]`.
    fn bracketed_name(&mut self) -> Option<Name> {
        use super::ast::Literal;
        let start = self.start();
        match (&self.token().kind, self.ahead(1), self.ahead(2)) {
            (Kind::Sign("["), Kind::Literal(Literal::String(text)), Kind::Sign("]")) => {
                let text = text.clone();
                self.at += 3;
                Some(Name { text, place: self.since(start) })
            }
            _ => None,
        }
    }
}

//! Text in quotes.

use super::{Kind, Lexer};
use crate::kusto::ast::Literal;

/// What opens a text.
#[derive(Debug, Clone, Copy)]
pub(super) struct Opening {
    /// `h` or `H` stands before it: logs hide the text.
    hidden: bool,
    quotes: Quotes,
    /// Of the opening.
    length: usize,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Quotes {
    /// `"` or `'`, with escapes.
    Plain(char),
    /// `@"` or `@'`: a quote is doubled, nothing else is escaped.
    Verbatim(char),
    /// Three backquotes or tildes: over several lines, nothing is escaped.
    Multiline(&'static str),
}

impl Opening {
    pub(super) fn at(rest: &str) -> Option<Self> {
        let unhidden = rest.strip_prefix(['h', 'H']);
        match unhidden.and_then(|rest| Self::plain(rest).map(|opening| (rest, opening))) {
            Some((_, opening)) => Some(Self { hidden: true, length: opening.length + 1, ..opening }),
            None => Self::plain(rest),
        }
    }

    fn plain(rest: &str) -> Option<Self> {
        let opening = |quotes, length| Some(Self { hidden: false, quotes, length });
        for fence in ["```", "~~~"] {
            if rest.starts_with(fence) {
                return opening(Quotes::Multiline(fence), 3);
            }
        }
        let (verbatim, rest) = match rest.strip_prefix('@') {
            Some(rest) => (true, rest),
            None => (false, rest),
        };
        match (verbatim, rest.chars().next()?) {
            (true, quote @ ('"' | '\'')) => opening(Quotes::Verbatim(quote), 2),
            (false, quote @ ('"' | '\'')) => opening(Quotes::Plain(quote), 1),
            _ => None,
        }
    }
}

impl Lexer<'_> {
    /// Takes a text; one that follows another directly continues it.
    pub(super) fn string(&mut self, opening: &Opening) {
        let start = self.at;
        let body = start + opening.length;
        let (value, end) = match opening.quotes {
            Quotes::Plain(quote) => self.plain(quote, start, body),
            Quotes::Verbatim(quote) => self.verbatim(quote, start, body),
            Quotes::Multiline(fence) => {
                if let Some(length) = self.text[body..].find(fence) {
                    (self.text[body..body + length].to_owned(), body + length + fence.len())
                } else {
                    self.error(start, body, format!("the text that starts here has no closing {fence}"), "");
                    (self.text[body..].to_owned(), self.text.len())
                }
            }
        };
        if let Some(last) = self.tokens.last_mut()
            && let Kind::Literal(Literal::String(text) | Literal::Hidden(text)) = &mut last.kind
        {
            text.push_str(&value);
            last.end = end;
            self.at = end;
            return;
        }
        let literal = if opening.hidden { Literal::Hidden(value) } else { Literal::String(value) };
        self.push(Kind::Literal(literal), end);
    }

    fn verbatim(&mut self, quote: char, start: usize, body: usize) -> (String, usize) {
        let mut value = String::new();
        let mut characters = self.text[body..].char_indices().peekable();
        while let Some((at, c)) = characters.next() {
            if c == quote {
                if characters.peek().is_some_and(|(_, next)| *next == quote) {
                    characters.next();
                } else {
                    return (value, body + at + 1);
                }
            } else if c == '\n' {
                return self.unterminated(value, quote, start, body + at);
            }
            value.push(c);
        }
        self.unterminated(value, quote, start, self.text.len())
    }

    fn unterminated(&mut self, value: String, quote: char, start: usize, end: usize) -> (String, usize) {
        let end = start + self.text[start..end].trim_end().len();
        self.error(
            start,
            end,
            format!("the text that starts here has no closing `{quote}` on its line"),
            "a text over several lines stands between ```",
        );
        (value, end)
    }

    fn plain(&mut self, quote: char, start: usize, body: usize) -> (String, usize) {
        let text = self.text;
        let mut value = String::new();
        let mut at = body;
        while let Some(c) = text[at..].chars().next() {
            match c {
                '\n' => return self.unterminated(value, quote, start, at),
                '\\' => {
                    if let Some((unescaped, length)) = escape(&text[at + 1..]) {
                        value.push(unescaped);
                        at += 1 + length;
                    } else {
                        let escaped = text[at + 1..].chars().next().map_or(String::new(), String::from);
                        let end = at + 1 + escaped.len();
                        self.error(
                            at,
                            end,
                            format!("`\\{escaped}` is no escape"),
                            "double the backslash, or write the text as @\"…\", which has no escapes",
                        );
                        value.push('\\');
                        at += 1;
                        // What follows is text, unless it would end the text here.
                        if escaped != quote.to_string() {
                            value.push_str(&escaped);
                            at = end;
                        }
                    }
                }
                c if c == quote => return (value, at + 1),
                c => {
                    value.push(c);
                    at += c.len_utf8();
                }
            }
        }
        self.unterminated(value, quote, start, text.len())
    }
}

/// What follows a backslash, and how long it is.
fn escape(rest: &str) -> Option<(char, usize)> {
    let first = rest.chars().next()?;
    let simple = match first {
        '"' | '\'' | '\\' => Some(first),
        'a' => Some('\u{7}'),
        'b' => Some('\u{8}'),
        'f' => Some('\u{c}'),
        'n' => Some('\n'),
        'r' => Some('\r'),
        't' => Some('\t'),
        'v' => Some('\u{b}'),
        _ => None,
    };
    if let Some(c) = simple {
        return Some((c, 1));
    }
    let digits = |text: &str, radix: u32, most: usize| {
        text.chars().take(most).take_while(|c| c.is_digit(radix)).count()
    };
    let (skipped, radix, count) = match first {
        '0'..='7' => (0, 8, digits(rest, 8, 3)),
        'x' if digits(&rest[1..], 16, 2) == 2 => (1, 16, 2),
        'u' if digits(&rest[1..], 16, 4) == 4 => (1, 16, 4),
        'U' if digits(&rest[1..], 16, 8) == 8 => (1, 16, 8),
        _ => return None,
    };
    let code = u32::from_str_radix(&rest[skipped..skipped + count], radix).ok()?;
    Some((char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER), skipped + count))
}

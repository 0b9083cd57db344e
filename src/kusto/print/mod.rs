//! Syntax tree → text: one operator a line, parentheses where precedence asks for them, and around an `and` inside an
//! `or`, which binds without them but is easily misread.
//!
//! What was read is printed so that it reads back as the same tree, comments included; the layout is always the same.

mod comments;
mod expression;
mod layout;
mod list;
mod literal;
mod operator;
mod statement;

use super::{
    ast::{Query, Script},
    quote,
};
use comments::Comments;

/// Prints a query of rulec's own, without a final line feed.
pub fn print(query: &Query) -> String {
    let mut printer = Printer { comments: Comments::default(), is_own: true };
    printer.query(query).lay_out()
}

/// Prints the tree of a whole text, with its comments. Places of the tree are those in `source`.
pub fn format(script: &Script, source: &str) -> String {
    let mut printer = Printer { comments: Comments::new(source, &script.comments), is_own: false };
    let mut text = printer.script(&script.statements).lay_out();
    if !text.is_empty() {
        text.push('\n');
    }
    text
}

/// Makes documents of nodes, in the order of the source: each takes its comments along.
struct Printer<'s> {
    comments: Comments<'s>,
    /// Whether rulec wrote the query: its lists and computed columns may be wider than a line.
    is_own: bool,
}

/// A name of a column, table or variable.
fn name(text: &str) -> String {
    let mut out = String::new();
    quote::name(&mut out, text);
    out
}

/// A name before `=` or after a dot, where more words may stand bare.
fn name_apart(text: &str) -> String {
    let mut out = String::new();
    quote::name_apart(&mut out, text);
    out
}

/// A word of the language or a name that it knows: a function, a type, a parameter with its dots.
fn word(text: &str) -> String {
    let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-');
    let is_bare =
        text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') && text.chars().all(is_part);
    if is_bare { text.to_owned() } else { name(text) }
}

#[cfg(test)]
mod tests;

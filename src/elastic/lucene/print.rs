//! The text of a query: one clause a line at the top, lists and groups broken where they are long.

use std::fmt::{self, Write};

use super::{
    ast::{Join, Query, Value},
    quote,
};

/// A line longer than this is broken where it can be.
const WIDTH: usize = 110;

/// Prints a query.
pub fn print(query: &Query) -> String {
    let mut out = String::new();
    let written = match query {
        Query::All(terms) => clauses(terms, "\nAND ", Level::And, 0, &mut out),
        Query::Any(terms) => clauses(terms, "\nOR ", Level::Or, 0, &mut out),
        other => term(other, Level::Top, 0, &mut out),
    };
    debug_assert!(written.is_ok(), "writing to a string cannot fail");
    out
}

/// What a term stands in. The parser has no precedence: in `a OR NOT b` the `NOT` applies to the whole, and
/// `a AND b OR c` does not find `c`. So whatever is mixed is parenthesized.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Level {
    Top,
    And,
    Or,
    Not,
}

fn clauses(terms: &[Query], separator: &str, level: Level, indent: usize, out: &mut String) -> fmt::Result {
    for (index, one) in terms.iter().enumerate() {
        if index > 0 {
            out.push_str(separator);
        }
        term(one, level, indent, out)?;
    }
    Ok(())
}

fn term(query: &Query, level: Level, indent: usize, out: &mut String) -> fmt::Result {
    match query {
        Query::Everything => out.write_str("*:*"),
        Query::Nothing if level == Level::Top => out.write_str("NOT *:*"),
        Query::Nothing => out.write_str("(NOT *:*)"),
        Query::Exists(name) => {
            out.write_str("_exists_:")?;
            quote::field(name, out)
        }
        Query::Not(inner) if matches!(level, Level::Top | Level::And) => {
            out.write_str("NOT ")?;
            term(inner, Level::Not, indent, out)
        }
        Query::Not(inner) => {
            out.write_str("(NOT ")?;
            term(inner, Level::Not, indent, out)?;
            out.write_char(')')
        }
        Query::All(terms) => group(terms, "AND ", Level::And, indent, out),
        Query::Any(terms) => group(terms, "OR ", Level::Or, indent, out),
        Query::Match(name, one) => {
            if let Some(name) = name {
                quote::field(name, out)?;
                out.write_char(':')?;
            }
            value(one, out)
        }
        Query::List(name, join, values) => {
            quote::field(name, out)?;
            out.write_char(':')?;
            let word = match join {
                Join::And => "AND ",
                Join::Or => "OR ",
            };
            parenthesized(values.len(), word, indent, out, |index, _, out| value(&values[index], out))
        }
    }
}

fn group(terms: &[Query], word: &str, level: Level, indent: usize, out: &mut String) -> fmt::Result {
    parenthesized(terms.len(), word, indent, out, |index, indent, out| {
        term(&terms[index], level, indent, out)
    })
}

/// Parts in parentheses: on the line if they fit it, otherwise each on its own.
fn parenthesized(
    count: usize,
    word: &str,
    indent: usize,
    out: &mut String,
    mut part: impl FnMut(usize, usize, &mut String) -> fmt::Result,
) -> fmt::Result {
    let start = out.len();
    let line = start - out.rfind('\n').map_or(0, |at| at + 1);
    out.push('(');
    let mut whole = true;
    for index in 0..count {
        if index > 0 {
            out.push(' ');
            out.push_str(word);
        }
        part(index, indent + 2, out)?;
        whole = line + out.len() - start < WIDTH && !out[start..].contains('\n');
        if !whole {
            break;
        }
    }
    if whole {
        return out.write_char(')');
    }
    out.truncate(start);
    out.push('(');
    for index in 0..count {
        write!(out, "\n{:1$}", "", indent + 2)?;
        if index > 0 {
            out.push_str(word);
        }
        part(index, indent + 2, out)?;
    }
    write!(out, "\n{:1$})", "", indent)
}

fn value(value: &Value, out: &mut String) -> fmt::Result {
    match value {
        Value::Text(text) => quote::text(text, out),
        Value::Wildcard(pattern) => quote::wildcard(pattern, out),
        Value::Regex(pattern) => quote::regex(pattern, out),
        Value::Order(symbol, number) => write!(out, "{symbol}{number}"),
    }
}

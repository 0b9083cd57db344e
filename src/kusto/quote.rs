//! Literals and names: the one place that quotes.
//!
//! Rules: Microsoft's "The string data type" and "Entity names".

use std::fmt::Write;

/// Writes text as a string literal: verbatim (`@"C:\Temp"`) where that saves escaping backslashes, else plain.
pub(super) fn string(out: &mut String, text: &str) {
    if text.contains('\\') && !text.chars().any(needs_escape) {
        out.push_str("@\"");
        for c in text.chars() {
            if c == '"' {
                out.push('"');
            }
            out.push(c);
        }
        out.push('"');
    } else {
        plain(out, text, '"');
    }
}

/// Writes a name bare where it may stand so, else bracketed: `['c-uri']`.
pub(super) fn name(out: &mut String, name: &str) {
    if is_bare(name) {
        out.push_str(name);
    } else {
        out.push('[');
        plain(out, name, '\'');
        out.push(']');
    }
}

fn plain(out: &mut String, text: &str, quote: char) {
    out.push(quote);
    for c in text.chars() {
        match c {
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if c == quote => {
                out.push('\\');
                out.push(c);
            }
            c if needs_escape(c) => {
                let code = u32::from(c);
                let digits = if code > 0xFFFF { 8 } else { 4 };
                let letter = if code > 0xFFFF { 'U' } else { 'u' };
                let _ = write!(out, "\\{letter}{code:0digits$X}");
            }
            c => out.push(c),
        }
    }
    out.push(quote);
}

/// Whether a character would break the line, or hide or reorder what follows on a reader's screen.
fn needs_escape(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{2069}' | '\u{FEFF}')
}

fn is_bare(name: &str) -> bool {
    let mut chars = name.chars();
    chars.next().is_some_and(|c| c.is_ascii_alphabetic() || c == '_')
        && chars.all(|c| c.is_ascii_alphanumeric() || c == '_')
        && KEYWORDS.binary_search(&name).is_err()
}

/// Words that the grammar gives a meaning of their own where a name may stand, sorted.
const KEYWORDS: &[&str] = &[
    "and",
    "as",
    "asc",
    "between",
    "by",
    "contains",
    "contains_cs",
    "count",
    "database",
    "datatable",
    "declare",
    "desc",
    "distinct",
    "dynamic",
    "endswith",
    "endswith_cs",
    "evaluate",
    "extend",
    "externaldata",
    "false",
    "find",
    "fork",
    "from",
    "guid",
    "has",
    "has_all",
    "has_any",
    "has_cs",
    "hasprefix",
    "hassuffix",
    "in",
    "int",
    "invoke",
    "join",
    "kind",
    "let",
    "like",
    "limit",
    "long",
    "lookup",
    "materialize",
    "matches",
    "not",
    "null",
    "on",
    "or",
    "order",
    "parse",
    "print",
    "project",
    "range",
    "real",
    "regex",
    "render",
    "sample",
    "scan",
    "search",
    "serialize",
    "set",
    "sort",
    "startswith",
    "startswith_cs",
    "string",
    "summarize",
    "table",
    "take",
    "time",
    "timespan",
    "to",
    "toscalar",
    "top",
    "true",
    "typeof",
    "union",
    "where",
    "with",
];

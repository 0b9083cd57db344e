//! Names and literals as EQL text ("Escape a field name", "Escape characters in strings", "Raw strings").

use std::fmt::Write;

use crate::ir::Field;

/// Words that cannot be names without backticks.
const KEYWORDS: &[&str] = &[
    "and", "any", "by", "false", "in", "join", "like", "maxspan", "not", "null", "of", "or", "regex",
    "sample", "sequence", "true", "until", "where", "with",
];

/// A field's name, `?` before one that an index may lack. Each part of a dotted name is quoted by itself: a
/// backticked dotted name is not read as a path by every reader of EQL.
pub(super) fn field(out: &mut String, field: &Field) {
    if field.optional {
        out.push('?');
    }
    if field.name.split('.').any(str::is_empty) {
        return backticked(out, &field.name);
    }
    for (index, part) in field.name.split('.').enumerate() {
        if index > 0 {
            out.push('.');
        }
        if is_plain(part) { out.push_str(part) } else { backticked(out, part) }
    }
}

fn backticked(out: &mut String, name: &str) {
    out.push('`');
    out.push_str(&name.replace('`', "``"));
    out.push('`');
}

/// An event category: a plain name, or a string.
pub(super) fn category(out: &mut String, name: &str) {
    if is_plain(name) { out.push_str(name) } else { string(out, name) }
}

fn is_plain(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphabetic() || matches!(c, '_' | '@'))
        && name.chars().skip(1).all(|c| c.is_ascii_alphanumeric() || c == '_')
        && !KEYWORDS.contains(&name)
}

/// A string. The only escapes are `\b \t \n \f \r \" \\ \u{…}`; anything else after a backslash is an error.
pub(super) fn string(out: &mut String, text: &str) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if c.is_control() || matches!(c, '\u{2028}' | '\u{2029}') => {
                let _ = write!(out, "\\u{{{:04x}}}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
}

/// A regular expression: raw where that saves backslashes. A raw string holds no line end, and its end must not
/// run into a quote.
pub(super) fn regex(out: &mut String, pattern: &str) {
    let gains = pattern.contains(['\\', '"']);
    let fits = !pattern.contains("\"\"\"")
        && !pattern.starts_with('"')
        && !pattern.ends_with('"')
        && !pattern.chars().any(char::is_control);
    if gains && fits {
        out.extend(["\"\"\"", pattern, "\"\"\""]);
    } else {
        string(out, pattern);
    }
}

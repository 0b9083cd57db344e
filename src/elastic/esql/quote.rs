//! Literals and names: the one place that quotes.
//!
//! Rules: the lexer grammar of ES|QL. `"…"` knows `\t \n \r \" \\` and may not hold a line end; `"""…"""` knows no
//! escapes and may not hold a line end either. Names are bare if they are identifiers and no reserved words, else
//! in backticks, a backtick doubled; dots join the parts of a name.

/// Writes text as a string literal: raw where that saves escaping, else plain.
pub(super) fn string(out: &mut String, text: &str) {
    let mut special =
        text.bytes().filter(|byte| matches!(byte, b'"' | b'\\' | b'\n' | b'\r' | b'\t')).peekable();
    if special.peek().is_none() {
        out.push('"');
        out.push_str(text);
        out.push('"');
        return;
    }
    let raw_holds = special.all(|byte| matches!(byte, b'"' | b'\\'))
        && !text.contains("\"\"\"")
        && !text.starts_with('"')
        && !text.ends_with('"');
    if raw_holds {
        out.push_str("\"\"\"");
        out.push_str(text);
        out.push_str("\"\"\"");
        return;
    }
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c => out.push(c),
        }
    }
    out.push('"');
}

/// Writes the name of a column: dotted names part by part.
pub(super) fn name(out: &mut String, name: &str) {
    if name.split('.').any(str::is_empty) {
        return backticked(out, name);
    }
    for (index, part) in name.split('.').enumerate() {
        if index > 0 {
            out.push('.');
        }
        if is_bare(part) {
            out.push_str(part);
        } else {
            backticked(out, part);
        }
    }
}

fn backticked(out: &mut String, part: &str) {
    out.push('`');
    for c in part.chars() {
        if c == '`' {
            out.push('`');
        }
        out.push(c);
    }
    out.push('`');
}

fn is_bare(part: &str) -> bool {
    let mut bytes = part.bytes();
    let starts = match bytes.next() {
        Some(b'_' | b'@') => part.len() > 1,
        Some(first) => first.is_ascii_alphabetic(),
        None => false,
    };
    starts
        && bytes.all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'@'))
        && !(part.len() <= LONGEST_RESERVED && RESERVED.iter().any(|word| word.eq_ignore_ascii_case(part)))
}

/// The length of the longest of [`RESERVED`].
const LONGEST_RESERVED: usize = 8;

/// Words that the expression grammar reads as something else than a name.
const RESERVED: &[&str] = &[
    "and", "as", "asc", "by", "desc", "false", "first", "in", "info", "is", "last", "like", "metadata",
    "not", "null", "nulls", "on", "or", "rlike", "true", "where", "with",
];

/// A literal part of a `LIKE` pattern.
pub(super) fn like_literal(out: &mut String, text: &str) {
    for c in text.chars() {
        if matches!(c, '*' | '?' | '\\') {
            out.push('\\');
        }
        out.push(c);
    }
}

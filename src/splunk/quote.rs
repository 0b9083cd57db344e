//! Quoting, one function for each position a name or literal can stand in.

/// A quoted string of a search or eval expression: `\` and `"` are escaped by a backslash.
pub(super) fn text(out: &mut String, value: &str) {
    delimited(out, value, '"');
}

/// A quoted regular expression of the command `rex`, in which only a backslash before a backslash or a quote is one
/// that the search language takes away.
pub(super) fn regex(out: &mut String, value: &str) {
    out.push('"');
    let mut chars = value.chars().peekable();
    while let Some(c) = chars.next() {
        match (c, chars.peek().copied()) {
            ('\\', Some('\\')) => {
                out.push_str(r"\\\\");
                chars.next();
            }
            ('\\', Some('"') | None) => out.push_str(r"\\"),
            ('"', _) => out.push_str("\\\""),
            _ => out.push(c),
        }
    }
    out.push('"');
}

/// A field name in a search expression: bare, or in double quotes.
pub(super) fn search_field(out: &mut String, name: &str) {
    if is_bare(name) { out.push_str(name) } else { delimited(out, name, '"') }
}

/// A field name in an eval expression: bare, or in single quotes.
pub(super) fn eval_field(out: &mut String, name: &str) {
    if is_bare(name) && !name.contains('.') { out.push_str(name) } else { delimited(out, name, '\'') }
}

/// Words that either language reads as something other than a field.
const RESERVED: [&str; 9] = ["and", "or", "not", "xor", "in", "like", "true", "false", "null"];

fn is_bare(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.'))
        && !RESERVED.iter().any(|word| name.eq_ignore_ascii_case(word))
}

fn delimited(out: &mut String, value: &str, quote: char) {
    out.push(quote);
    let mut rest = value;
    while let Some(at) = rest.find(['\\', quote]) {
        out.push_str(&rest[..at]);
        out.push('\\');
        out.push_str(&rest[at..=at]);
        rest = &rest[at + 1..];
    }
    out.push_str(rest);
    out.push(quote);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn quoted(quote: fn(&mut String, &str), value: &str) -> String {
        let mut out = String::new();
        quote(&mut out, value);
        out
    }

    #[test]
    fn nothing_breaks_out_of_its_quotes() {
        assert_eq!(quoted(text, r#"a"b\"#), r#""a\"b\\""#);
        assert_eq!(quoted(eval_field, "a'b"), r"'a\'b'");
        assert_eq!(quoted(search_field, "c-uri"), "\"c-uri\"");
    }

    #[test]
    fn a_dotted_name_in_eval_is_not_a_concatenation() {
        assert_eq!(quoted(eval_field, "process.name"), "'process.name'");
        assert_eq!(quoted(search_field, "process.name"), "process.name");
    }

    /// Reads a quoted text as Splunk's documentation of the search and eval commands says; `None` if it ends early.
    fn unquoted(literal: &str) -> Option<String> {
        let mut out = String::new();
        let mut chars = literal.strip_prefix('"')?.chars();
        loop {
            match chars.next()? {
                '"' => return chars.next().is_none().then_some(out),
                '\\' => out.push(chars.next()?),
                c => out.push(c),
            }
        }
    }

    proptest! {
        #[test]
        fn every_text_survives_its_quotes(value in r#"([a*?%$`'"\\/{}|\[\]]|\PC){0,12}"#) {
            prop_assert_eq!(unquoted(&quoted(text, &value)), Some(value));
        }
    }
}

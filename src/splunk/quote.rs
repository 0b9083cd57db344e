//! Quoting, one function for each position a name or literal can stand in.

/// A quoted string of a search or eval expression: `\` and `"` are escaped by a backslash.
pub(super) fn text(value: &str) -> String {
    delimited(value, '"')
}

/// A field name in a search expression: bare, or in double quotes.
pub(super) fn search_field(name: &str) -> String {
    if is_bare(name) { name.to_owned() } else { delimited(name, '"') }
}

/// A field name in an eval expression: bare, or in single quotes.
pub(super) fn eval_field(name: &str) -> String {
    if is_bare(name) && !name.contains('.') { name.to_owned() } else { delimited(name, '\'') }
}

/// Words that either language reads as something other than a field.
const RESERVED: [&str; 9] = ["and", "or", "not", "xor", "in", "like", "true", "false", "null"];

fn is_bare(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.'))
        && !RESERVED.iter().any(|word| name.eq_ignore_ascii_case(word))
}

fn delimited(value: &str, quote: char) -> String {
    let mut out = String::with_capacity(value.len() + 2);
    out.push(quote);
    for c in value.chars() {
        if c == '\\' || c == quote {
            out.push('\\');
        }
        out.push(c);
    }
    out.push(quote);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_breaks_out_of_its_quotes() {
        assert_eq!(text(r#"a"b\"#), r#""a\"b\\""#);
        assert_eq!(eval_field("a'b"), r"'a\'b'");
        assert_eq!(search_field("c-uri"), "\"c-uri\"");
    }

    #[test]
    fn a_dotted_name_in_eval_is_not_a_concatenation() {
        assert_eq!(eval_field("process.name"), "'process.name'");
        assert_eq!(search_field("process.name"), "process.name");
    }
}

//! Values in Bicep.

use std::fmt::Write;

use serde_json::Value;

/// A value as an expression. Objects and lists take a line for each member.
pub(super) fn value(value: &Value) -> String {
    let mut text = String::new();
    write_value(&mut text, value, 0);
    text
}

fn write_value(text: &mut String, value: &Value, depth: usize) {
    let indent = "  ".repeat(depth + 1);
    let end = "  ".repeat(depth);
    match value {
        Value::Null => text.push_str("null"),
        Value::Bool(flag) => text.push_str(if *flag { "true" } else { "false" }),
        // Bicep has no fractions: such a number is read from JSON.
        Value::Number(number) if number.is_f64() => {
            write!(text, "json('{number}')").expect("invariant: a string takes any text");
        }
        Value::Number(number) => {
            write!(text, "{number}").expect("invariant: a string takes any text");
        }
        Value::String(content) => text.push_str(&string(content)),
        Value::Array(items) if items.is_empty() => text.push_str("[]"),
        Value::Array(items) => {
            text.push_str("[\n");
            for item in items {
                text.push_str(&indent);
                write_value(text, item, depth + 1);
                text.push('\n');
            }
            text.push_str(&end);
            text.push(']');
        }
        Value::Object(map) => {
            text.push_str("{\n");
            for (key, member) in map {
                text.push_str(&indent);
                text.push_str(&self::key(key));
                text.push_str(": ");
                write_value(text, member, depth + 1);
                text.push('\n');
            }
            text.push_str(&end);
            text.push('}');
        }
    }
}

fn key(name: &str) -> String {
    let starts = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    let is_name = starts && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    if is_name { name.to_owned() } else { string(name) }
}

/// A text of several lines between three quotes, where nothing is escaped; any other between single ones.
fn string(content: &str) -> String {
    let hidden = |c: char| c != '\n' && super::clean::is_hidden(c);
    let is_raw = content.contains('\n')
        && !content.contains("''")
        && !content.ends_with('\'')
        && !content.contains(hidden);
    if is_raw {
        // The line feed after the opening quotes is no part of the text.
        return format!("'''\n{content}'''");
    }
    let mut text = String::from("'");
    for c in content.chars() {
        match c {
            '\'' => text.push_str("\\'"),
            '\\' => text.push_str("\\\\"),
            '\n' => text.push_str("\\n"),
            '\r' => text.push_str("\\r"),
            '\t' => text.push_str("\\t"),
            // `${` would begin an expression.
            '$' => text.push_str("\\$"),
            c if super::clean::is_hidden(c) => {
                write!(text, "\\u{{{:x}}}", u32::from(c)).expect("invariant: a string takes any text");
            }
            c => text.push(c),
        }
    }
    text.push('\'');
    text
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn texts_are_quoted_so_that_nothing_is_evaluated() {
        assert_eq!(string("a'b${c}\\"), "'a\\'b\\${c}\\\\'");
        assert_eq!(string("a\nb"), "'''\na\nb'''");
        assert_eq!(string("a\n'''b"), "'a\\n\\'\\'\\'b'");
        assert_eq!(string("a\u{202e}"), "'a\\u{202e}'");
    }

    #[test]
    fn members_stand_in_lines_of_their_own() {
        let shown = value(&json!({"a": [1, true], "b-c": null, "d": []}));
        assert_eq!(shown, "{\n  a: [\n    1\n    true\n  ]\n  'b-c': null\n  d: []\n}");
    }
}

//! YAML in the layout of `SigmaHQ`: four blanks a level, lists below their keys, single quotes.

/// A node to be printed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::sigma) enum Yaml {
    /// Printed as it is: a number, a boolean, null, a date.
    Verbatim(String),
    /// Text in quotes only where YAML needs them; in a block if it has several lines.
    Text(String),
    /// Text in quotes, needed or not.
    Quoted(String),
    /// Elements; never empty.
    List(Vec<Yaml>),
    /// Keys and values; never empty.
    Map(Vec<(String, Yaml)>),
}

/// How far a level is indented.
const INDENT: usize = 4;

/// A document with this map at its root.
pub(in crate::sigma) fn document(entries: &[(String, Yaml)]) -> String {
    let mut out = String::new();
    map(entries, 0, false, &mut out);
    out
}

/// Entries, each on a line of its own; the first one follows a list's dash if `is_begun`.
fn map(entries: &[(String, Yaml)], indent: usize, mut is_begun: bool, out: &mut String) {
    for (key, value) in entries {
        if !is_begun {
            blanks(indent, out);
        }
        is_begun = false;
        out.push_str(&scalar(key));
        out.push(':');
        match value {
            Yaml::List(elements) => {
                out.push('\n');
                list(elements, indent + INDENT, out);
            }
            Yaml::Map(inner) => {
                out.push('\n');
                map(inner, indent + INDENT, false, out);
            }
            _ => {
                out.push(' ');
                leaf(value, indent, out);
            }
        }
    }
}

fn list(elements: &[Yaml], indent: usize, out: &mut String) {
    for element in elements {
        blanks(indent, out);
        match element {
            Yaml::List(inner) => {
                out.push_str("-\n");
                list(inner, indent + INDENT, out);
            }
            Yaml::Map(entries) => {
                out.push_str("- ");
                map(entries, indent + 2, true, out);
            }
            _ => {
                out.push_str("- ");
                leaf(element, indent, out);
            }
        }
    }
}

/// A scalar, to the end of its last line.
fn leaf(value: &Yaml, indent: usize, out: &mut String) {
    match value {
        Yaml::Verbatim(text) => out.push_str(text),
        Yaml::Quoted(text) => out.push_str(&quoted(text)),
        Yaml::Text(text) if is_block(text) => return block(text, indent + INDENT, out),
        Yaml::Text(text) => out.push_str(&scalar(text)),
        Yaml::List(_) | Yaml::Map(_) => {}
    }
    out.push('\n');
}

fn blanks(count: usize, out: &mut String) {
    out.extend(std::iter::repeat_n(' ', count));
}

/// Whether a literal block can hold a text: several lines, of which none needs escapes and the first tells the
/// indentation.
fn is_block(text: &str) -> bool {
    let body = text.strip_suffix('\n').unwrap_or(text);
    let is_line =
        |line: &str| !line.chars().any(needs_escape) && (line.is_empty() || !line.trim().is_empty());
    text.contains('\n')
        && !body.is_empty()
        && !body.starts_with([' ', '\n'])
        && !body.ends_with('\n')
        && body.split('\n').all(is_line)
}

fn block(text: &str, indent: usize, out: &mut String) {
    let (header, body) = text.strip_suffix('\n').map_or(("|-\n", text), |body| ("|\n", body));
    out.push_str(header);
    for line in body.split('\n') {
        if !line.is_empty() {
            blanks(indent, out);
        }
        out.push_str(line);
        out.push('\n');
    }
}

/// Text on one line, in quotes where it would be read as something else without.
fn scalar(text: &str) -> String {
    if is_plain(text) { text.to_owned() } else { quoted(text) }
}

/// Text in single quotes, or double ones where it has characters that need escapes.
///
/// YAML 1.2.2, sections 7.3.1 and 7.3.2.
fn quoted(text: &str) -> String {
    if !text.chars().any(needs_escape) {
        return format!("'{}'", text.replace('\'', "''"));
    }
    let mut out = String::from('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            c if needs_escape(c) => {
                out.push_str("\\u");
                let code = u32::from(c);
                out.extend(
                    [12, 8, 4, 0].iter().filter_map(|shift| char::from_digit((code >> shift) & 0xF, 16)),
                );
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// Characters that are not printable, or that some reader takes for a line break. None is beyond U+FFFF.
fn needs_escape(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}' | '\u{2029}' | '\u{FEFF}' | '\u{FFFE}' | '\u{FFFF}')
}

/// Whether every reader takes a text without quotes for that text. More is refused than YAML asks for.
///
/// YAML 1.2.2, section 7.3.3.
fn is_plain(text: &str) -> bool {
    const WORDS: [&str; 10] = ["null", "true", "false", "yes", "no", "on", "off", "y", "n", "nan"];
    let Some(first) = text.chars().next() else { return false };
    let is_indicator = "-?:,[]{}#&*!|>'\"%@`~=<.+".contains(first);
    let is_word = WORDS.iter().any(|word| text.eq_ignore_ascii_case(word));
    // Numbers, dates and times of either version of YAML hold nothing else.
    let is_numeric =
        first.is_ascii_digit() && text.chars().all(|c| c.is_ascii_hexdigit() || "xXoO_.:+-TtZz ".contains(c));
    let has_indicator = text.contains(": ") || text.contains(" #") || text.ends_with(':');
    let is_bare = text.trim() == text && !text.chars().any(needs_escape);
    is_bare && !(is_indicator || is_word || is_numeric || has_indicator)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{
        diag::Source,
        yaml::{Node, Plain, parse},
    };

    /// The document `{key: value, list: [{key: value, more: [value]}, value]}` read again: every scalar of it.
    fn reread(key: &str, value: &Yaml) -> Vec<(String, Plain)> {
        let inner = vec![(key.to_owned(), value.clone()), ("more".into(), Yaml::List(vec![value.clone()]))];
        let list = Yaml::List(vec![Yaml::Map(inner), value.clone()]);
        let text = document(&[(key.to_owned(), value.clone()), ("a list".into(), list)]);
        let source = Source::new("a.yml", text.clone());
        let mut documents = parse(&source);
        assert_eq!(documents.len(), 1, "{text}");
        let root = documents.remove(0).unwrap_or_else(|error| panic!("{error:?} in\n{text}")).root;
        let mut scalars = Vec::new();
        collect(&root, &mut scalars);
        scalars
    }

    fn collect(node: &Node<'_>, scalars: &mut Vec<(String, Plain)>) {
        if let Some(scalar) = node.as_scalar() {
            scalars.push((scalar.text.to_string(), scalar.resolve()));
        }
        for element in node.as_seq().unwrap_or_default() {
            collect(element, scalars);
        }
        for (key, value) in node.as_map().unwrap_or_default() {
            collect(key, scalars);
            collect(value, scalars);
        }
    }

    fn holds(key: &str, text: &str) {
        for value in [Yaml::Text(text.into()), Yaml::Quoted(text.into())] {
            let expected: Vec<_> = [key, text, "a list", key, text, "more", text, text]
                .iter()
                .map(|text| ((*text).to_owned(), Plain::Text))
                .collect();
            assert_eq!(reread(key, &value), expected);
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_again_as_that_text(key in ".{1,20}", text in "(?s).{0,40}") {
            holds(&key, &text);
        }

        #[test]
        fn so_is_what_looks_like_something_else(
            key in "[-?: #|'\"a0]{1,6}",
            text in "[-+?:,.~ \n\t#&*!|>%@`'\"\\\\a-f0-9xTZ_]{0,12}",
        ) {
            holds(&key, &text);
        }

        #[test]
        fn lines_of_prose_are_read_again(text in "([a-z:#' -]{0,8}\n){0,5}[a-z ]{0,5}") {
            holds("description", &text);
        }
    }

    #[test]
    fn words_of_yaml_are_quoted() {
        for text in [
            "",
            "null",
            "Yes",
            "off",
            "~",
            "12",
            "0x1f",
            "1e3",
            "12:30",
            "2024-01-05",
            "-a",
            "a: b",
            "a #b",
            "a:",
        ] {
            assert_eq!(scalar(text), format!("'{text}'"));
        }
        for text in ["Detects a: no", "it's"] {
            assert_ne!(scalar(text), "", "{text}");
        }
        assert_eq!(scalar("https://a.b/c#d"), "https://a.b/c#d");
        assert_eq!(scalar("3rd party"), "3rd party");
    }

    #[test]
    fn the_layout_is_that_of_sigmahq() {
        let text = |text: &str| Yaml::Text(text.into());
        let map = Yaml::Map(vec![
            ("Image|endswith".into(), Yaml::List(vec![Yaml::Quoted("\\a.exe".into())])),
            ("User".into(), Yaml::Verbatim("null".into())),
        ]);
        let printed = document(&[
            ("description".into(), text("One.\n\nTwo.\n")),
            ("selection".into(), Yaml::List(vec![map, text("it's")])),
        ]);
        let expected = "description: |\n    One.\n\n    Two.\nselection:\n    - Image|endswith:\n          - '\\a.exe'\n      User: null\n    - it's\n";
        assert_eq!(printed, expected);
    }

    #[test]
    fn lists_inside_of_lists_stand_further_in() {
        let text = |text: &str| Yaml::Text(text.into());
        let inner = Yaml::List(vec![text("a"), text("b")]);
        let written = document(&[("k".into(), Yaml::List(vec![inner, text("c")]))]);
        assert_eq!(written, "k:\n    -\n        - a\n        - b\n    - c\n");
    }
}

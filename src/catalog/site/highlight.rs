//! Text of rules and queries with its parts marked, as HTML: everything in it is escaped.

/// What the text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Syntax {
    /// YAML: keys before a colon.
    Yaml,
    /// A query language: words, strings, numbers, comments, pipes.
    Query,
}

/// Words that query languages give a meaning.
const WORDS: &[&str] = &[
    "and",
    "any",
    "arg_max",
    "arg_min",
    "as",
    "between",
    "by",
    "bin",
    "contains",
    "count",
    "distinct",
    "endswith",
    "eval",
    "evaluate",
    "extend",
    "external_table",
    "externaldata",
    "from",
    "has",
    "has_all",
    "has_any",
    "in",
    "invoke",
    "isfuzzy",
    "join",
    "keep",
    "kind",
    "let",
    "like",
    "limit",
    "lookup",
    "make-series",
    "match",
    "matches",
    "materialize",
    "mv-apply",
    "mv-expand",
    "not",
    "on",
    "or",
    "order",
    "parse",
    "parse-where",
    "project",
    "project-away",
    "project-keep",
    "project-rename",
    "project-reorder",
    "regex",
    "rename",
    "render",
    "rex",
    "rlike",
    "search",
    "sequence",
    "sort",
    "startswith",
    "stats",
    "summarize",
    "table",
    "take",
    "top",
    "tstats",
    "union",
    "until",
    "where",
    "with",
    "true",
    "false",
    "null",
];

/// The text as HTML.
pub(super) fn html(text: &str, syntax: Syntax) -> String {
    let mut out = String::with_capacity(text.len() * 2);
    for (index, line) in text.split('\n').enumerate() {
        if index > 0 {
            out.push('\n');
        }
        let line = line.strip_suffix('\r').unwrap_or(line);
        let rest = if syntax == Syntax::Yaml { key(line, &mut out) } else { line };
        tokens(rest, syntax, &mut out);
    }
    out
}

/// Marks what stands before a colon, and returns the rest.
fn key<'t>(line: &'t str, out: &mut String) -> &'t str {
    let start = line.len() - line.trim_start_matches([' ', '-']).len();
    let Some(colon) = line[start..].find(':').map(|at| start + at) else { return line };
    let name = &line[start..colon];
    let ends = line[colon + 1..].chars().next().is_none_or(char::is_whitespace);
    let is_name = !name.is_empty() && !name.contains(['#', '\'', '"', '{', '[']);
    if !ends || !is_name {
        return line;
    }
    escape(&line[..start], out);
    mark("k", name, out);
    &line[colon..]
}

fn tokens(line: &str, syntax: Syntax, out: &mut String) {
    let mut rest = line;
    let mut before = ' ';
    while let Some(c) = rest.chars().next() {
        let comment = match syntax {
            Syntax::Yaml => c == '#' && before.is_whitespace(),
            Syntax::Query => rest.starts_with("//") && before != ':',
        };
        let length = if comment {
            mark("c", rest, out);
            rest.len()
        } else if c == '"' || (c == '\'' && !before.is_alphanumeric()) {
            let end = string(rest, c);
            mark("s", &rest[..end], out);
            end
        } else if c.is_alphabetic() || c == '_' {
            let end =
                rest.find(|c: char| !(c.is_alphanumeric() || c == '_' || c == '-')).unwrap_or(rest.len());
            word(&rest[..end], syntax, out);
            end
        } else if c.is_ascii_digit() && syntax == Syntax::Query && !before.is_alphanumeric() {
            let end = rest.find(|c: char| !(c.is_alphanumeric() || c == '.')).unwrap_or(rest.len());
            mark("n", &rest[..end], out);
            end
        } else {
            if c == '|' && syntax == Syntax::Query {
                mark("p", "|", out);
            } else {
                escape(&rest[..c.len_utf8()], out);
            }
            c.len_utf8()
        };
        before = rest[..length].chars().next_back().unwrap_or(' ');
        rest = &rest[length..];
    }
}

fn word(word: &str, syntax: Syntax, out: &mut String) {
    let plain = word.to_ascii_lowercase();
    if syntax == Syntax::Query && WORDS.contains(&plain.as_str()) {
        mark("w", word, out);
    } else {
        escape(word, out);
    }
}

/// Where a string literal ends; a backslash before its quote keeps it open.
fn string(text: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        if c == quote && !escaped {
            return at + 1;
        }
        escaped = c == '\\' && !escaped;
    }
    text.len()
}

fn mark(class: &str, text: &str, out: &mut String) {
    out.push_str("<span class=\"h-");
    out.push_str(class);
    out.push_str("\">");
    escape(text, out);
    out.push_str("</span>");
}

/// The text with what HTML gives a meaning escaped, control characters shown, and those that turn the direction of text.
pub(super) fn escape(text: &str, out: &mut String) {
    for c in text.chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#x27;"),
            '`' => out.push_str("&#x60;"),
            '\n' | '\t' => out.push(c),
            '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {
                out.push('\u{fffd}');
            }
            c if c.is_control() => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The text that a reader sees.
    fn text_of(html: &str) -> String {
        let mut text = String::new();
        for (index, part) in html.split('<').enumerate() {
            text.push_str(if index == 0 { part } else { part.split_once('>').unwrap().1 });
        }
        let unescape = |text: String, (from, to): (&str, &str)| text.replace(from, to);
        let pairs = [
            ("&lt;", "<"),
            ("&gt;", ">"),
            ("&quot;", "\""),
            ("&#x27;", "'"),
            ("&#x60;", "`"),
            ("&amp;", "&"),
        ];
        pairs.into_iter().fold(text, unescape)
    }

    #[test]
    fn nothing_is_lost_and_nothing_becomes_markup() {
        let text =
            "title: '<script>alert(1)</script>' # \"x\"\n- a&b: 5\n  CommandLine|contains: \"\\\"<b>\"";
        for syntax in [Syntax::Yaml, Syntax::Query] {
            let html = html(text, syntax);
            assert_eq!(text_of(&html), text);
            assert!(!html.contains("<script") && !html.contains("<b>"), "{html}");
        }
    }

    #[test]
    fn parts_are_marked() {
        let yaml = html("title: 'a' # b", Syntax::Yaml);
        assert!(yaml.starts_with("<span class=\"h-k\">title</span>: <span class=\"h-s\">"), "{yaml}");
        assert!(yaml.ends_with("<span class=\"h-c\"># b</span>"), "{yaml}");
        let query = html("T | where a == 5 // x", Syntax::Query);
        assert!(query.contains("<span class=\"h-p\">|</span> <span class=\"h-w\">where</span>"), "{query}");
        assert!(query.contains("<span class=\"h-n\">5</span>"), "{query}");
    }
}

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

/// Writes the name of a member after its dot, or of a new column before its `=`: a few keywords may stand bare there.
pub(super) fn name_apart(out: &mut String, text: &str) {
    if BARE_APART.binary_search(&text).is_ok() {
        out.push_str(text);
    } else {
        name(out, text);
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
pub(super) fn needs_escape(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{2069}' | '\u{FEFF}')
}

fn is_bare(name: &str) -> bool {
    let mut chars = name.chars();
    chars.next().is_some_and(|c| c.is_ascii_alphabetic() || c == '_')
        && chars.all(|c| c.is_ascii_alphanumeric() || c == '_')
        && KEYWORDS.binary_search(&name).is_err()
}

/// Words that Microsoft's own parser refuses as a bare column name, or reads as something else, sorted.
#[rustfmt::skip]
const KEYWORDS: &[&str] = &[
    "FALSE", "False", "TRUE", "True", "accumulate", "and", "anomalychart", "areachart", "as", "asc",
    "bagexpansion", "barchart", "between", "bin_legacy", "boolean", "by", "byte", "cachingpolicy",
    "callout", "cancel", "card", "char", "columnchart", "contains", "contains_cs", "containscs", "count",
    "cycles", "dataexport", "datascope", "datatable", "date", "datetime", "decimal", "declare",
    "decodeblocks", "desc", "distinct", "double", "dynamic", "earliest", "encodingpolicy", "endswith",
    "endswith_cs", "evaluate", "expandoutput", "extend", "extent_tags_retention", "external_data",
    "externaldata", "false", "find", "first", "flags", "float", "force_remote", "from", "guid",
    "harddelete", "hardretention", "has", "has_all", "has_any", "has_cs", "hasprefix", "hasprefix_cs",
    "hassuffix", "hassuffix_cs", "hotcache", "in", "int", "int16", "int32", "int64", "int8", "invoke",
    "isfuzzy", "join", "journal", "kind", "ladderchart", "last", "latest", "let", "like", "likecs", "limit",
    "linechart", "long", "matches", "materialize", "mdm", "missing", "nooptimization", "not", "notcontains",
    "notcontainscs", "notlike", "notlikecs", "null", "of", "on", "or", "order", "others", "parse",
    "pathformat", "piechart", "pivotchart", "print", "project", "queries", "query_results", "range", "real",
    "regex", "relaxed", "render", "restricted_view_access", "row_level_security", "rowstore",
    "rowstore_references", "rowstore_sealinfo", "rowstorepolicy", "rowstores", "sample", "scatterchart",
    "seal", "seals", "search", "set", "shards", "simple", "softdelete", "softretention", "sort", "sql",
    "stackedareachart", "startswith", "startswith_cs", "statistics", "storedqueryresultcontainers",
    "string", "summarize", "tablepurge", "take", "time", "timechart", "timeline", "timepivot", "timespan",
    "title", "to", "top", "toscalar", "totable", "treemap", "true", "typeof", "uint", "uint16", "uint32",
    "uint64", "uint8", "ulong", "union", "uniqueid", "unrestrictedviewers", "verbose", "viewers", "views",
    "where", "with", "with_itemindex", "with_match_id", "with_source", "with_step_name", "withsource",
    "writeaheadlog",
];

/// Keywords that Microsoft's own parser takes as the name of a member and of a new column, sorted.
const BARE_APART: &[&str] = &[
    "count",
    "declare",
    "distinct",
    "evaluate",
    "extend",
    "guid",
    "join",
    "let",
    "matches",
    "not",
    "null",
    "order",
    "parse",
    "range",
    "regex",
    "render",
    "sort",
    "summarize",
    "take",
    "top",
    "typeof",
    "with",
];

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The value of a literal, by the documented rules; `None` for what is not one literal from end to end.
    fn unquote(literal: &str) -> Option<String> {
        if let Some(body) = literal.strip_prefix("@\"").and_then(|rest| rest.strip_suffix('"')) {
            if body.contains(['\n', '\r']) || body.replace("\"\"", "").contains('"') {
                return None;
            }
            return Some(body.replace("\"\"", "\""));
        }
        let body = literal.strip_prefix(['"', '\''])?.strip_suffix(literal.chars().next()?)?;
        let mut out = String::new();
        let mut chars = body.chars();
        while let Some(c) = chars.next() {
            let value = match c {
                '\n' | '\r' => return None,
                c if literal.starts_with(c) => return None,
                '\\' => match chars.next()? {
                    'n' => '\n',
                    'r' => '\r',
                    't' => '\t',
                    c @ ('\\' | '"' | '\'') => c,
                    u @ ('u' | 'U') => {
                        let digits: String = chars.by_ref().take(if u == 'u' { 4 } else { 8 }).collect();
                        char::from_u32(u32::from_str_radix(&digits, 16).ok()?)?
                    }
                    _ => return None,
                },
                c => c,
            };
            out.push(value);
        }
        Some(out)
    }

    fn quoted(text: &str) -> String {
        let mut out = String::new();
        string(&mut out, text);
        out
    }

    fn named(text: &str) -> String {
        let mut out = String::new();
        name(&mut out, text);
        out
    }

    #[test]
    fn a_path_is_verbatim_and_may_end_in_a_backslash() {
        assert_eq!(quoted(r"C:\Temp\"), r#"@"C:\Temp\""#);
        assert_eq!(quoted(r#"\a "b""#), r#"@"\a ""b""""#);
    }

    #[test]
    fn quotes_without_backslashes_are_escaped_plainly() {
        assert_eq!(quoted(r#"say "hi""#), r#""say \"hi\"""#);
    }

    #[test]
    fn line_breaks_and_tabs_never_stand_raw() {
        assert_eq!(quoted("a\nb\t\\c"), r#""a\nb\t\\c""#);
        assert_eq!(quoted("\u{202E}\0"), r#""\u202E\u0000""#);
    }

    #[test]
    fn names_that_are_no_identifiers_are_bracketed_not_turned_into_strings() {
        assert_eq!(named("FileName"), "FileName");
        assert_eq!(named("c-uri"), "['c-uri']");
        assert_eq!(named("a.b"), "['a.b']");
        assert_eq!(named("it's"), r"['it\'s']");
        assert_eq!(named("contains"), "['contains']");
        assert_eq!(named("1st"), "['1st']");
        assert_eq!(named(""), "['']");
    }

    #[test]
    fn keywords_are_sorted() {
        assert!(KEYWORDS.is_sorted() && BARE_APART.is_sorted());
        assert!(BARE_APART.iter().all(|word| KEYWORDS.contains(word)));
    }

    #[test]
    fn every_ascii_character_and_quote_survives() {
        let mut text: String = (0..128_u8).map(char::from).collect();
        text.push_str(r#"\\\"\'*/"""`${}%//"#);
        assert_eq!(unquote(&quoted(&text)), Some(text));
    }

    proptest! {
        #[test]
        fn a_literal_reads_back_as_its_text(text in any::<String>()) {
            prop_assert_eq!(unquote(&quoted(&text)), Some(text));
        }

        #[test]
        fn text_of_quotes_and_backslashes_stays_inside(text in r#"[\\"'@\n\r\ta ]{0,12}"#) {
            prop_assert_eq!(unquote(&quoted(&text)), Some(text.clone()));
            let bracketed = named(&text);
            let inner = bracketed.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
            if let Some(inner) = inner {
                prop_assert_eq!(unquote(inner), Some(text));
            }
        }
    }
}

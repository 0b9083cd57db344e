//! Literals, one function for each position ("Query string query", Elasticsearch reference; the token rules of
//! Lucene's classic `QueryParser`).

use std::fmt::{self, Write};

use crate::ir::{Pattern, Piece};

/// Text as a bare term where nothing in it can be misread, otherwise quoted: a quoted text is one value on a
/// keyword field, and `<`, `>` at its start are no operators there.
pub(super) fn text(text: &str, out: &mut impl Write) -> fmt::Result {
    if is_bare(text) { out.write_str(text) } else { phrase(text, out) }
}

fn is_bare(text: &str) -> bool {
    let bare = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-');
    text.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_')
        && text.chars().all(bare)
        && !matches!(text, "AND" | "OR" | "NOT" | "TO")
}

/// Text in double quotes. Wildcards mean nothing there; only `"` and `\` do.
fn phrase(text: &str, out: &mut impl Write) -> fmt::Result {
    out.write_char('"')?;
    for c in text.chars() {
        if matches!(c, '"' | '\\') {
            out.write_char('\\')?;
        }
        out.write_char(c)?;
    }
    out.write_char('"')
}

/// A pattern as a bare term with `*` and `?`.
pub(super) fn wildcard(pattern: &Pattern, out: &mut impl Write) -> fmt::Result {
    let mut at_start = true;
    for piece in pattern.pieces() {
        match piece {
            Piece::AnyRun => out.write_char('*')?,
            Piece::AnyOne => out.write_char('?')?,
            Piece::Literal(text) => bare(text, at_start, out)?,
        }
        at_start = false;
    }
    Ok(())
}

/// A field name, before its colon.
pub(super) fn field(name: &str, out: &mut impl Write) -> fmt::Result {
    bare(name, true, out)
}

/// Text outside quotes. `+` and `-` are operators at the start of a term only; the blanks are those that separate
/// terms. `<` and `>` are part of a term and cannot be escaped everywhere, so they stay bare; nothing that starts
/// with one is written here.
fn bare(text: &str, at_start: bool, out: &mut impl Write) -> fmt::Result {
    if text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.')) {
        return out.write_str(text);
    }
    for (index, c) in text.char_indices() {
        let special = match c {
            '+' | '-' => at_start && index == 0,
            '&' | '|' | '!' | '(' | ')' | '{' | '}' | '[' | ']' | '^' | '"' | '~' | '*' | '?' | ':'
            | '\\' | '/' | '=' | ' ' | '\t' | '\n' | '\r' | '\u{3000}' => true,
            _ => false,
        };
        if special {
            out.write_char('\\')?;
        }
        out.write_char(c)?;
    }
    Ok(())
}

/// A regular expression between slashes. The token runs to the last slash that has no backslash before it, so a
/// backslash must not be its last character: the parser would read on into the query.
pub(super) fn regex(pattern: &str, out: &mut impl Write) -> fmt::Result {
    let (body, last) = match pattern.strip_suffix(r"\\") {
        Some(body) => (body, r"[\\]"),
        None => (pattern, ""),
    };
    out.write_char('/')?;
    for (index, part) in body.split('/').enumerate() {
        if index > 0 {
            out.write_str("\\/")?;
        }
        out.write_str(part)?;
    }
    out.write_str(last)?;
    out.write_char('/')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn written(write: impl FnOnce(&mut String) -> fmt::Result) -> String {
        let mut out = String::new();
        write(&mut out).unwrap();
        out
    }

    fn quoted(value: &str) -> String {
        written(|out| text(value, out))
    }

    fn globbed(pattern: &Pattern) -> String {
        written(|out| wildcard(pattern, out))
    }

    fn slashed(pattern: &str) -> String {
        written(|out| regex(pattern, out))
    }

    #[test]
    fn text_is_bare_where_nothing_can_be_misread() {
        assert_eq!(quoted("cmd.exe"), "cmd.exe");
        assert_eq!(quoted("4624"), "4624");
        assert_eq!(quoted("-5"), r#""-5""#);
        assert_eq!(quoted(""), r#""""#);
        assert_eq!(quoted("OR"), r#""OR""#);
        assert_eq!(quoted(">5"), r#"">5""#);
        assert_eq!(quoted(r#"C:\a "b""#), r#""C:\\a \"b\"""#);
    }

    #[test]
    fn wildcards_stay_and_literal_ones_are_escaped() {
        assert_eq!(globbed(&Pattern::contains("net user")), r"*net\ user*");
        assert_eq!(globbed(&Pattern::starts_with(r"C:\Temp\")), r"C\:\\Temp\\*");
        assert_eq!(globbed(&Pattern::ends_with("a*b?")), r"*a\*b\?");
        assert_eq!(globbed(&Pattern::starts_with("-a-b")), r"\-a-b*");
    }

    #[test]
    fn a_regex_cannot_swallow_its_closing_slash() {
        assert_eq!(slashed("a/b"), r"/a\/b/");
        assert_eq!(slashed(r".*temp\\"), r"/.*temp[\\]/");
        assert_eq!(slashed(r"\\\\"), r"/\\[\\]/");
    }

    /// The regular expression at the start of `query`, by the parser's token rule
    /// `"/" (~["/"] | "\\/")* "/"`, longest match.
    fn regex_token(query: &str) -> &str {
        let is_end = |at: &usize| !query[..*at].ends_with('\\');
        let mut end = 0;
        for (at, _) in query.match_indices('/').skip(1) {
            end = at + 1;
            if is_end(&at) {
                break;
            }
        }
        &query[..end]
    }

    /// What a bare or quoted term at the start of `query` says, and what follows it.
    fn reread(query: &str) -> (Vec<Piece>, &str) {
        let mut pattern = Pattern::default();
        let is_phrase = query.starts_with('"');
        let mut chars = query.char_indices().skip(usize::from(is_phrase));
        while let Some((at, c)) = chars.next() {
            match c {
                '\\' => pattern.push(Piece::Literal(chars.next().unwrap().1.into())),
                '"' => return (pattern.pieces().to_vec(), &query[at + usize::from(is_phrase)..]),
                _ if is_phrase => pattern.push(Piece::Literal(c.into())),
                '*' => pattern.push(Piece::AnyRun),
                '?' => pattern.push(Piece::AnyOne),
                ' ' | '\t' | '\n' | '\r' | '\u{3000}' | '!' | '(' | ')' | ':' | '^' | '[' | ']' | '{'
                | '}' | '~' | '/' => return (pattern.pieces().to_vec(), &query[at..]),
                _ => pattern.push(Piece::Literal(c.into())),
            }
        }
        (pattern.pieces().to_vec(), "")
    }

    proptest! {
        #[test]
        fn no_text_breaks_out(value in "[ab\"\\\\/*?:() \n<>-]{0,8}") {
            let query = quoted(&value) + " OR x";
            let (pieces, rest) = reread(&query);
            prop_assert_eq!(Pattern::new(pieces), Pattern::exact(value));
            prop_assert_eq!(rest, " OR x");
        }

        #[test]
        fn no_pattern_breaks_out(value in "[ab\"\\\\/*?:() \n<>&|!+-]{1,8}") {
            let pattern = Pattern::contains(value);
            let query = globbed(&pattern) + " OR x";
            let (pieces, rest) = reread(&query);
            prop_assert_eq!(&pieces, pattern.pieces());
            prop_assert_eq!(rest, " OR x");
        }

        #[test]
        fn no_regex_breaks_out(value in "[ab\"\\\\/*(\n]{0,8}") {
            let written = slashed(&crate::elastic::regex::from_pattern(&Pattern::exact(value), crate::ir::Case::Insensitive));
            let query = format!("{written} OR f:/x/ OR g:/y/");
            prop_assert_eq!(regex_token(&query), written);
        }
    }
}

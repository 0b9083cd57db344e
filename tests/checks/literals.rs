//! Where a query's literals begin and end, by each language's own rules.

use rulec::target::Language;

/// What stands for a literal in what is left.
const LITERAL: char = '§';

/// A query without what its literals hold.
///
/// # Errors
/// A literal that does not end.
pub fn without(language: Language, query: &str) -> Result<String, String> {
    match language {
        Language::Kusto => strings(
            query,
            &[
                ("@\"", Ends::Doubled('"')),
                ("@'", Ends::Doubled('\'')),
                ("\"", Ends::Escaped('"')),
                ("'", Ends::Escaped('\'')),
                ("```", Ends::Fence("```")),
            ],
        ),
        Language::Spl => {
            strings(query, &[("\"", Ends::EscapedOverLines('"')), ("'", Ends::EscapedOverLines('\''))])
        }
        Language::Eql | Language::Esql => strings(
            query,
            &[("\"\"\"", Ends::Fence("\"\"\"")), ("\"", Ends::Escaped('"')), ("`", Ends::Doubled('`'))],
        ),
        Language::Lucene => lucene(query),
        Language::Sigma => Ok(query.to_owned()),
    }
}

/// How a literal ends.
#[derive(Clone, Copy)]
enum Ends {
    /// At this character, unless a backslash stands before it; on the same line.
    Escaped(char),
    /// The same, on any line.
    EscapedOverLines(char),
    /// At this character, unless it stands there twice.
    Doubled(char),
    /// At these.
    Fence(&'static str),
}

fn strings(query: &str, kinds: &[(&str, Ends)]) -> Result<String, String> {
    let mut out = String::new();
    let mut rest = query;
    while let Some(c) = rest.chars().next() {
        if let Some((open, ends)) = kinds.iter().find(|(open, _)| rest.starts_with(open)) {
            rest = after(&rest[open.len()..], *ends).ok_or("a literal does not end")?;
            out.push(LITERAL);
        } else {
            out.push(c);
            rest = &rest[c.len_utf8()..];
        }
    }
    Ok(out)
}

/// What follows a literal.
fn after(text: &str, ends: Ends) -> Option<&str> {
    if let Ends::Fence(fence) = ends {
        let mut end = text.find(fence)? + fence.len();
        // Quotes right before the fence belong to the text.
        while text[end..].starts_with('"') && fence.starts_with('"') {
            end += 1;
        }
        return Some(&text[end..]);
    }
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        match ends {
            Ends::Escaped(_) | Ends::EscapedOverLines(_) if c == '\\' => drop(chars.next()),
            Ends::Escaped(_) if c == '\n' => return None,
            Ends::Escaped(quote) | Ends::EscapedOverLines(quote) if c == quote => {
                return Some(&text[at + 1..]);
            }
            Ends::Doubled(quote) if c == quote && chars.next_if(|(_, next)| *next == quote).is_none() => {
                return Some(&text[at + 1..]);
            }
            _ => {}
        }
    }
    None
}

/// A term is a literal too where it follows a field's colon: it ends at what is not escaped.
fn lucene(query: &str) -> Result<String, String> {
    let mut unescaped = String::new();
    let mut chars = query.chars();
    let mut within = None;
    while let Some(c) = chars.next() {
        match (within, c) {
            (_, '\\') => {
                chars.next().ok_or("a backslash at the end")?;
                if within.is_none() {
                    unescaped.push('e');
                }
            }
            (None, '"' | '/') => within = Some(c),
            (None, c) => unescaped.push(c),
            (Some(quote), c) if c == quote => {
                within = None;
                unescaped.push(LITERAL);
            }
            (Some(_), _) => {}
        }
    }
    if within.is_some() {
        return Err("a literal does not end".into());
    }
    Ok(terms(&unescaped))
}

/// What follows a field's colon, or `OR` in a group that does, is a literal.
fn terms(query: &str) -> String {
    // Lucene's own notion of white space (QueryParser.jj).
    let is_term = |c: char| !" \t\n\r\u{3000}():".contains(c);
    let mut out = String::new();
    let (mut is_value, mut in_group) = (false, false);
    for word in query.split_inclusive(|c: char| !is_term(c)) {
        let text = word.trim_end_matches(|c| !is_term(c));
        let end = &word[text.len()..];
        match text {
            "" => {}
            "OR" => is_value = in_group,
            _ if is_value && end != ":" => {
                out.push(LITERAL);
                is_value = false;
            }
            _ => out.push_str(text),
        }
        match end {
            ":" => is_value = true,
            "(" => in_group = is_value,
            ")" => (in_group, is_value) = (false, false),
            _ => {}
        }
        out.push_str(end);
    }
    out
}

//! The text envelope: a header of `#` lines, then the query.

use std::{fmt::Write, sync::LazyLock};

use handlebars::{Handlebars, no_escape};
use serde::Serialize;

use crate::diag::{Code, Diagnostic};

static TEMPLATES: LazyLock<Handlebars<'static>> = LazyLock::new(|| {
    let mut templates = Handlebars::new();
    templates.register_escape_fn(no_escape);
    templates.set_strict_mode(true);
    templates
        .register_template_string("query.txt", include_str!("../../templates/query.txt.hbs"))
        .expect("invariant: a test parses the template");
    templates
});

/// What the text envelope tells of one rule for one target.
#[derive(Debug, Serialize)]
pub struct Entry<'a> {
    /// The rule's title.
    pub title: &'a str,
    /// Its file.
    pub path: &'a str,
    /// The line where it starts.
    pub line: usize,
    /// The target's name.
    pub target: &'a str,
    /// How the conversion ended.
    pub fidelity: crate::diag::Fidelity,
    /// Notes and errors, a line each.
    pub remarks: Vec<String>,
    /// The query, if there is one.
    pub query: Option<&'a str>,
}

/// The entry as text: header, query, an empty line.
///
/// Title, path and remarks hold what strangers wrote: control characters in them are shown escaped, so that none
/// ends its line or reaches a terminal. The query stands as it is.
///
/// # Errors
/// A template that does not render, which is a defect.
pub fn text(entry: &Entry<'_>) -> Result<String, Diagnostic> {
    let (title, path) = (one_line(entry.title), one_line(entry.path));
    let remarks = entry.remarks.iter().map(|remark| one_line(remark)).collect();
    let entry = Entry { title: &title, path: &path, remarks, ..*entry };
    TEMPLATES.render("query.txt", &entry).map_err(|error| {
        Diagnostic::without_span(Code::Internal, format!("a template does not render: {error}"))
    })
}

/// The text with control and direction-changing characters escaped as in Rust (`\n`, `\u{1b}`).
pub fn one_line(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    for c in text.chars() {
        let turns = matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
        if c.is_control() || turns || matches!(c, '\u{2028}' | '\u{2029}') {
            write!(line, "{}", c.escape_default()).expect("invariant: a string takes any text");
        } else {
            line.push(c);
        }
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diag::Fidelity;

    fn entry<'a>(title: &'a str, query: Option<&'a str>) -> Entry<'a> {
        Entry {
            title,
            path: "rules/a.yml",
            line: 1,
            target: "splunk",
            fidelity: Fidelity::Exact,
            remarks: Vec::new(),
            query,
        }
    }

    #[test]
    fn a_query_stands_below_its_header_as_it_is() {
        let query = "a=\"<&{{x}}\\\"\"\n| where `b`='c'";
        let expected = format!("# Title\n# rules/a.yml:1 | splunk | exact\n\n{query}\n\n");
        assert_eq!(text(&entry("Title", Some(query))).unwrap(), expected);
    }

    #[test]
    fn a_failure_has_remarks_and_no_query() {
        let remarks = vec!["error[unsupported] 3:4: no".to_owned()];
        let failed = Entry { remarks, fidelity: Fidelity::Failed, ..entry("Title", None) };
        assert_eq!(
            text(&failed).unwrap(),
            "# Title\n# rules/a.yml:1 | splunk | failed\n# error[unsupported] 3:4: no\n\n"
        );
    }

    #[test]
    fn no_title_ends_its_line_or_reaches_the_terminal() {
        let header = text(&entry("a\nindex=* | delete\r\u{1b}[2J\u{202e}\u{2028}", None)).unwrap();
        assert_eq!(header.lines().count(), 3);
        assert!(header.starts_with("# a\\nindex=* | delete\\r\\u{1b}[2J\\u{202e}\\u{2028}\n"), "{header}");
    }
}

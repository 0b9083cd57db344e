//! Findings as workflow commands of GitHub Actions, which shows them at the lines of a pull request.
//!
//! Form and escapes as in GitHub's "Workflow commands" and its toolkit (`packages/core/src/command.ts`): `%`, CR and
//! LF are percent-encoded everywhere, `:` and `,` in properties too.

use std::fmt::Write as _;

use super::Finding;
use crate::diag::{Severity, Span};

/// One line, with its end: `::error file=…,line=…,col=…,title=…::message`.
pub fn annotation(finding: &Finding<'_>) -> String {
    let diagnostic = finding.diagnostic;
    let command = match diagnostic.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "notice",
    };
    let mut out = format!("::{command} file={}", property(finding.path));
    if let Some(span) = diagnostic.span {
        let start = finding.source.locate(span);
        let end = finding.source.locate(Span { start: span.end, end: span.end });
        let _ = write!(out, ",line={},col={}", start.line, start.column);
        // Columns of a range over several lines are refused.
        if end.line == start.line {
            let _ = write!(out, ",endColumn={}", end.column);
        }
    }
    let title = match finding.title {
        Some(title) => format!("{title} [{}]", diagnostic.code),
        None => diagnostic.code.to_string(),
    };
    let _ = writeln!(out, ",title={}::{}", property(&title), data(&finding.text()));
    out
}

fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::{super::cases, *};

    fn annotations(title: &str) -> Vec<String> {
        let source = cases::source();
        let diagnostics = cases::diagnostics();
        diagnostics.iter().map(|it| annotation(&Finding::new(it, &source).of_rule(title, None))).collect()
    }

    #[test]
    fn nothing_ends_a_property_or_the_line() {
        assert_eq!(
            annotations("x::error file=y,\n")[0],
            "::error file=rules/a%2C b%25.yml,line=2,col=4,endColumn=5,\
             title=x%3A%3Aerror file=y%2C%0A [yaml-syntax]::100%25 wrong: `c`,%0D%0Areally%0Aquote it\n"
        );
    }

    #[test]
    fn a_finding_about_a_whole_file_has_no_line() {
        assert_eq!(annotations("")[1], "::notice file=rules/a%2C b%25.yml,title=not-utf8::not text\n");
    }

    #[test]
    fn a_range_over_lines_has_no_end_column() {
        assert_eq!(
            annotations("")[2],
            "::warning file=rules/a%2C b%25.yml,line=1,col=8,title=unused-selection::two lines\n"
        );
    }
}

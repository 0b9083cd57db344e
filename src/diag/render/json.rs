//! Diagnostics and notes as JSON objects with 1-based lines and columns.

use serde::Serialize;

use super::Finding;
use crate::diag::{Code, Diagnostic, Effect, Location, Note, Severity, Source, Span};

/// A note of a conversion.
#[derive(Debug, Serialize)]
pub struct JsonNote<'a> {
    code: Code,
    message: &'a str,
    effect: Effect,
    line: Option<usize>,
    column: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<&'a str>,
}

impl<'a> JsonNote<'a> {
    /// The note with its place in `source`; line and column are null for a note about the whole rule. What is left out
    /// is quoted.
    pub fn new(note: &'a Note, source: &'a Source) -> Self {
        let (line, column) = place(note.span, source);
        let text = note.span.filter(|_| note.code == Code::PartLeftOut).map(|span| source.slice(span));
        Self { code: note.code, message: &note.message, effect: note.effect, line, column, text }
    }
}

/// Why a conversion failed.
#[derive(Debug, Serialize)]
pub struct JsonError<'a> {
    code: Code,
    message: &'a str,
    line: Option<usize>,
    column: Option<usize>,
}

impl<'a> JsonError<'a> {
    /// The diagnostic with its place in `source`; line and column are null where it has none.
    pub fn new(diagnostic: &'a Diagnostic, source: &Source) -> Self {
        let (line, column) = place(diagnostic.span, source);
        Self { code: diagnostic.code, message: &diagnostic.message, line, column }
    }
}

/// A diagnostic on its own, with all that is known of it.
#[derive(Debug, Serialize)]
pub struct JsonFinding<'a> {
    path: &'a str,
    line: Option<usize>,
    column: Option<usize>,
    severity: Severity,
    code: Code,
    message: &'a str,
    help: Option<&'a str>,
    title: Option<&'a str>,
    id: Option<&'a str>,
    fixable: bool,
}

impl<'a> JsonFinding<'a> {
    /// The finding with its place in its source.
    pub fn new(finding: &Finding<'a>) -> Self {
        let Finding { diagnostic, source, path, title, id } = *finding;
        let (line, column) = place(diagnostic.span, source);
        Self {
            path,
            line,
            column,
            severity: diagnostic.severity,
            code: diagnostic.code,
            message: &diagnostic.message,
            help: diagnostic.help.as_deref(),
            title,
            id,
            fixable: diagnostic.fix.is_some(),
        }
    }
}

fn place(span: Option<Span>, source: &Source) -> (Option<usize>, Option<usize>) {
    span.map(|span| source.locate(span)).map(|Location { line, column }| (line, column)).unzip()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_tells_its_place_from_one() {
        let source = Source::new("a.yml", "title: x\ndetection: y\n");
        let note = Note::new(Code::TermMatch, Effect::More, Span::new(20, 21), "a term search");
        let json = serde_json::to_string(&JsonNote::new(&note, &source)).unwrap();
        assert_eq!(
            json,
            r#"{"code":"term-match","message":"a term search","effect":"more","line":2,"column":12}"#
        );
    }

    #[test]
    fn an_error_about_a_whole_file_has_no_place() {
        let source = Source::new("a.yml", "");
        let error = Diagnostic::without_span(Code::NotUtf8, "not text");
        let json = serde_json::to_string(&JsonError::new(&error, &source)).unwrap();
        assert_eq!(json, r#"{"code":"not-utf8","message":"not text","line":null,"column":null}"#);
    }
}

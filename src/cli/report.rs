//! Conversions as JSON records, as text, and as messages for standard error.

use std::sync::Arc;

use serde::Serialize;

use crate::{
    Conversion,
    diag::{
        Code, Diagnostic, Effect, Fidelity, Note, Source, Span,
        render::{
            json::{JsonError, JsonNote},
            terminal::Terminal,
        },
    },
    ir::{Level, Metadata, Related},
    target::Target,
    wrap,
};

/// What is known of the rule that a conversion is about: nothing but its place, where it could not be read.
#[derive(Debug, Clone, Copy)]
pub(super) struct About<'a> {
    pub(super) source: &'a Source,
    /// The document; the whole file, where it could not be read.
    pub(super) span: Span,
    pub(super) metadata: Option<&'a Metadata>,
    /// The rules that are converted only as parts of it.
    pub(super) parts: &'a [Arc<Metadata>],
}

impl About<'_> {
    fn line(&self) -> usize {
        self.source.locate(self.span).line
    }

    fn title(&self) -> Option<&str> {
        self.metadata.map(|metadata| metadata.title.as_str()).filter(|title| !title.is_empty())
    }
}

/// The record of one rule and one target, the shape that pipelines rely on.
#[derive(Serialize)]
struct Record<'a> {
    path: &'a str,
    line: usize,
    id: Option<&'a str>,
    title: Option<&'a str>,
    level: Option<Level>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    related: &'a [Related],
    #[serde(skip_serializing_if = "Option::is_none")]
    license: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    taxonomy: Option<&'a str>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    scope: &'a [String],
    /// The rules that are converted only as parts of this correlation.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    parts: Vec<Part<'a>>,
    target: &'a str,
    fidelity: Fidelity,
    query: Option<&'a str>,
    notes: Vec<JsonNote<'a>>,
    error: Option<JsonError<'a>>,
    /// The file that the query stands in, with `--as`.
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<&'a str>,
}

/// A rule of a correlation.
#[derive(Serialize)]
struct Part<'a> {
    id: Option<&'a str>,
    title: &'a str,
}

impl<'a> From<&'a Arc<Metadata>> for Part<'a> {
    fn from(metadata: &'a Arc<Metadata>) -> Self {
        Self { id: metadata.id.as_deref(), title: &metadata.title }
    }
}

/// One JSON object.
pub(super) fn json(about: About<'_>, conversion: &Conversion, file: Option<&str>) -> String {
    let source = about.source;
    let record = Record {
        path: source.name(),
        line: about.line(),
        id: about.metadata.and_then(|metadata| metadata.id.as_deref()),
        title: about.title(),
        level: about.metadata.and_then(|metadata| metadata.level),
        related: about.metadata.map_or(&[], |metadata| &metadata.related),
        license: about.metadata.and_then(|metadata| metadata.license.as_deref()),
        taxonomy: about.metadata.and_then(|metadata| metadata.taxonomy.as_deref()),
        scope: about.metadata.map_or(&[], |metadata| &metadata.scope),
        parts: about.parts.iter().map(Part::from).collect(),
        target: conversion.target.name,
        fidelity: conversion.fidelity,
        query: conversion.query.as_deref(),
        notes: conversion.notes.iter().map(|note| JsonNote::new(note, source)).collect(),
        error: conversion.error.as_ref().map(|error| JsonError::new(error, source)),
        file,
    };
    serde_json::to_string(&record).expect("invariant: a record has no maps and no failing serializer")
}

/// The query below its header.
pub(super) fn text(about: About<'_>, conversion: &Conversion) -> Result<String, Diagnostic> {
    let source = about.source;
    let notes = conversion.notes.iter().map(|note| {
        let note_line = told(note, &place(note.span, source));
        let quoted = note.span.filter(|_| note.code == Code::PartLeftOut).map(|span| source.slice(span));
        let lines = quoted.into_iter().flat_map(str::lines).map(|line| format!("    {}", line.trim_end()));
        std::iter::once(note_line).chain(lines).collect::<Vec<String>>()
    });
    let notes = notes.flatten();
    let errors = conversion
        .error
        .iter()
        .map(|error| format!("error[{}]{}: {}", error.code, place(error.span, source), error.message));
    wrap::text(&wrap::Entry {
        title: about.title().unwrap_or("(no title)"),
        path: source.name(),
        line: about.line(),
        target: conversion.target.name,
        fidelity: conversion.fidelity,
        remarks: notes.chain(errors).collect(),
        query: conversion.query.as_deref(),
    })
}

/// A note in one line, without its place in the rule.
pub(super) fn note_without_place(note: &Note) -> String {
    told(note, "")
}

fn told(note: &Note, place: &str) -> String {
    let effect = match note.effect {
        Effect::More => ", matches more",
        Effect::Less => ", matches less",
        Effect::Either => ", matches otherwise",
        Effect::None => "",
    };
    format!("note[{}{effect}]{place}: {}", note.code, note.message)
}

fn place(span: Option<Span>, source: &Source) -> String {
    span.map(|span| source.locate(span)).map_or_else(String::new, |at| format!(" {}:{}", at.line, at.column))
}

/// The errors of a rule's conversions for standard error, those that several targets share once.
pub(super) fn errors(conversions: &[Conversion], source: &Source, terminal: &Terminal) -> String {
    let errors =
        conversions.iter().filter_map(|conversion| Some((conversion.error.as_ref()?, conversion.target)));
    let text = |(error, targets): (&Diagnostic, Vec<_>)| {
        terminal.diagnostic(error, source, context(&targets, conversions.len()).as_deref())
    };
    grouped(errors).into_iter().map(text).collect()
}

/// The notes of a rule's conversions for standard error, those that several targets share once.
pub(super) fn notes(conversions: &[Conversion], source: &Source, terminal: &Terminal) -> String {
    let notes = conversions
        .iter()
        .flat_map(|conversion| conversion.notes.iter().map(move |note| (note, conversion.target)));
    let text = |(note, targets): (&Note, Vec<_>)| {
        terminal.note(note, source, context(&targets, conversions.len()).as_deref())
    };
    grouped(notes).into_iter().map(text).collect()
}

/// Equal items once, with the targets they concern, in the order of their first appearance.
fn grouped<'a, T: PartialEq>(
    items: impl Iterator<Item = (&'a T, &'static Target)>,
) -> Vec<(&'a T, Vec<&'static Target>)> {
    let mut groups: Vec<(&T, Vec<&'static Target>)> = Vec::new();
    for (item, target) in items {
        match groups.iter_mut().find(|(known, _)| *known == item) {
            Some((_, targets)) => targets.push(target),
            None => groups.push((item, vec![target])),
        }
    }
    groups
}

/// Which targets a message concerns; nothing where only one was asked for.
fn context(targets: &[&'static Target], asked: usize) -> Option<String> {
    let names: Vec<_> = targets.iter().map(|target| format!("`{}`", target.name)).collect();
    (asked > 1).then(|| format!("for {}", names.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{diag::Code, target};

    fn failed(target: &str, message: &str) -> Conversion {
        Conversion {
            target: target::find(target).unwrap(),
            schema: None,
            local: None,
            fidelity: Fidelity::Failed,
            query: None,
            notes: vec![Note::whole_rule(Code::TermMatch, Effect::More, "a term search")],
            error: Some(Diagnostic::without_span(Code::Unsupported, message)),
        }
    }

    #[test]
    fn what_several_targets_share_is_said_once() {
        let source = Source::new("a.yml", "");
        let conversions =
            [failed("eql", "no regexes"), failed("splunk", "no time"), failed("esql", "no regexes")];
        let terminal = Terminal::new(false);
        assert_eq!(
            errors(&conversions, &source, &terminal),
            "error[unsupported]: no regexes
--> a.yml
 = note: for `eql`, `esql`

error[unsupported]: no time
--> a.yml
 = note: for `splunk`

"
        );
        assert_eq!(notes(&conversions, &source, &terminal).matches("warning[term-match]").count(), 1);
        assert!(
            !errors(&conversions[..1], &source, &terminal).contains("for `eql`"),
            "only one was asked for"
        );
    }

    #[test]
    fn a_header_tells_notes_and_errors_with_their_effect() {
        let source = Source::new("a.yml", "title: x\n");
        let about = About { source: &source, span: Span::default(), metadata: None, parts: &[] };
        assert_eq!(
            text(about, &failed("eql", "no regexes")).unwrap(),
            "# (no title)\n# a.yml:1 | eql | failed\n# note[term-match, matches more]: a term search\n\
             # error[unsupported]: no regexes\n\n"
        );
    }
}

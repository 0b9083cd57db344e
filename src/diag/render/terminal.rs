//! Diagnostics and notes as terminal text: the message, the place, the line and a caret below it.

use std::ops::Range;

use annotate_snippets::{
    AnnotationKind, Group, Level, Origin, Renderer, Snippet, Title, normalize_untrusted_str as plain,
};

use crate::diag::{Diagnostic, Effect, Note, Severity, Source, Span};

/// How many bytes lines have at most that are shown whole: the renderer takes its time over long ones.
const LONGEST_LINE: usize = 1 << 16;

/// How many bytes are shown before and after a place in a longer line.
const SURROUNDINGS: usize = 200;

/// Turns diagnostics and notes into text, in colour or plain.
#[derive(Debug)]
pub struct Terminal {
    renderer: Renderer,
}

impl Terminal {
    /// A renderer that writes ANSI colours, or none.
    pub fn new(colour: bool) -> Self {
        Self { renderer: if colour { Renderer::styled().hyperlink(false) } else { Renderer::plain() } }
    }

    /// A diagnostic, with what it concerns besides its place (the targets, say) in `context`. Ends in an empty line.
    pub fn diagnostic(&self, diagnostic: &Diagnostic, source: &Source, context: Option<&str>) -> String {
        let level = match diagnostic.severity {
            Severity::Error => Level::ERROR,
            Severity::Warning => Level::WARNING,
            Severity::Info => Level::INFO,
        };
        let related = diagnostic.related.as_ref().map(|(span, label)| (*span, label.as_str()));
        let title = level.primary_title(&*diagnostic.message).id(diagnostic.code.as_str());
        let group = at_place(title, diagnostic.span, related, source);
        let group = group.elements(context.map(|context| Level::NOTE.message(plain(context))));
        let group = group.elements(diagnostic.help.as_deref().map(|help| Level::HELP.message(plain(help))));
        self.render(group)
    }

    /// A note of a conversion. Ends in an empty line.
    pub fn note(&self, note: &Note, source: &Source, context: Option<&str>) -> String {
        let level = if note.effect.approximates() { Level::WARNING } else { Level::NOTE };
        let title = level.primary_title(&*note.message).id(note.code.as_str());
        let group = at_place(title, note.span, None, source);
        let group = group.elements(context.map(|context| Level::NOTE.message(plain(context))));
        let group = group.elements(effect_in_words(note.effect).map(|text| Level::NOTE.message(text)));
        self.render(group)
    }

    fn render(&self, group: Group<'_>) -> String {
        self.renderer.render(&[group]) + "\n\n"
    }
}

/// What an effect means for the query, for people; nothing for no effect.
pub fn effect_in_words(effect: Effect) -> Option<&'static str> {
    match effect {
        Effect::More => Some("the query may match more events than the rule"),
        Effect::Less => Some("the query may miss events that the rule matches"),
        Effect::Either => Some("the query may match other events than the rule"),
        Effect::None => None,
    }
}

/// A message and its place, or the file's name alone where there is none.
fn at_place<'a>(
    title: Title<'a>,
    span: Option<Span>,
    related: Option<(Span, &'a str)>,
    source: &'a Source,
) -> Group<'a> {
    let Some(span) = span else {
        return title.element(Origin::path(source.name()));
    };
    let primary = on_one_line(span, source.text());
    let related = related.map(|(span, label)| (on_one_line(span, source.text()), label));
    let window = window(&primary, related.as_ref().map(|(range, _)| range), source.text());
    let is_long = |line: &str| line.len() > LONGEST_LINE;
    if window.len() > LONGEST_LINE && source.text()[window.clone()].lines().any(is_long) {
        return in_long_lines(title, primary, source);
    }
    let line = source.locate(Span::new(window.start, window.start)).line;
    let within = |range: Range<usize>| range.start - window.start..range.end - window.start;
    let annotations = std::iter::once(AnnotationKind::Primary.span(within(primary)))
        .chain(related.map(|(range, label)| AnnotationKind::Context.span(within(range)).label(label)));
    let snippet = Snippet::source(&source.text()[window.clone()])
        .path(source.name())
        .line_start(line)
        .annotations(annotations);
    title.element(snippet)
}

/// A message and its place, of which only the surroundings are shown.
fn in_long_lines<'a>(title: Title<'a>, primary: Range<usize>, source: &'a Source) -> Group<'a> {
    let text = source.text();
    let place = source.locate(Span::new(primary.start, primary.start));
    let end = boundary_below(primary.end.min(primary.start + SURROUNDINGS), text);
    let line_start = text[..primary.start].rfind('\n').map_or(0, |newline| newline + 1);
    let from = boundary_below(primary.start.saturating_sub(SURROUNDINGS), text).max(line_start);
    let after = &text[end..boundary_below(end + SURROUNDINGS, text)];
    let to = after.find(['\n', '\r']).map_or(end + after.len(), |length| end + length);
    let origin = Origin::path(source.name()).line(place.line).char_column(place.column);
    let annotation = AnnotationKind::Primary.span(primary.start - from..end - from);
    let snippet = Snippet::source(&text[from..to]).line_start(place.line).annotation(annotation);
    title.element(origin).element(snippet)
}

/// The span as far as it stands on its first line, on character boundaries.
fn on_one_line(span: Span, text: &str) -> Range<usize> {
    let start = boundary_below(span.range().start, text);
    let line_end = text[start..].find(['\n', '\r']).map_or(text.len(), |length| start + length);
    let end = boundary_below(span.range().end.min(line_end), text);
    start..end.max(start)
}

/// The last character boundary at or before an offset.
fn boundary_below(offset: usize, text: &str) -> usize {
    (0..=offset.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0)
}

/// The whole lines that hold both ranges: the renderer need not see the rest of a large file.
fn window(primary: &Range<usize>, related: Option<&Range<usize>>, text: &str) -> Range<usize> {
    let related = related.unwrap_or(primary);
    let first = primary.start.min(related.start);
    let last = primary.end.max(related.end);
    let start = text[..first].rfind('\n').map_or(0, |newline| newline + 1);
    let end = text[last..].find('\n').map_or(text.len(), |length| last + length);
    start..end
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diag::Code;

    const RULE: &str = "title: Whoami\ndetection:\n  sel:\n    Image|contain: whoami\n    Image|contain: x\n";

    fn source() -> Source {
        Source::new("rules/whoami.yml", RULE)
    }

    #[test]
    fn of_a_very_long_line_the_surroundings_are_shown() {
        let text = format!("x\n{}wrong{}", "é".repeat(100_000), " b".repeat(100_000));
        let at = text.find("wrong").unwrap();
        let source = Source::new("a.json", text);
        let diagnostic = Diagnostic::new(Code::NotARule, Span::new(at, at + 5), "no");
        let shown = Terminal::new(false).diagnostic(&diagnostic, &source, None);
        assert!(shown.contains("a.json:2:100001") && shown.contains("wrong b"), "{shown}");
        assert!(shown.contains("^^^^^\n") && shown.len() < 2000, "{shown}");
    }

    #[test]
    fn a_diagnostic_points_at_its_place() {
        let at = RULE.find("contain").unwrap();
        let diagnostic = Diagnostic::new(
            Code::UnknownModifier,
            Span::new(at, at + "contain".len()),
            "unknown modifier `contain`",
        )
        .help("did you mean `contains`?");
        let text = Terminal::new(false).diagnostic(&diagnostic, &source(), None);
        assert_eq!(
            text,
            "error[unknown-modifier]: unknown modifier `contain`
 --> rules/whoami.yml:4:11
  |
4 |     Image|contain: whoami
  |           ^^^^^^^
  |
  = help: did you mean `contains`?

"
        );
    }

    #[test]
    fn a_second_place_is_labelled() {
        let (first, second) = (RULE.find("Image").unwrap(), RULE.rfind("Image").unwrap());
        let diagnostic = Diagnostic::new(
            Code::DuplicateKey,
            Span::new(second, second + 13),
            "duplicate key `Image|contain`",
        )
        .related(Span::new(first, first + 13), "first defined here");
        let text = Terminal::new(false).diagnostic(&diagnostic, &source(), None);
        assert!(text.contains("------------- first defined here"), "{text}");
        assert!(text.contains("--> rules/whoami.yml:5:5"), "{text}");
    }

    #[test]
    fn a_file_without_a_place_is_named() {
        let diagnostic = Diagnostic::without_span(Code::NotUtf8, "not valid UTF-8");
        let text = Terminal::new(false).diagnostic(&diagnostic, &source(), None);
        assert_eq!(text, "error[not-utf8]: not valid UTF-8\n--> rules/whoami.yml\n\n");
    }

    #[test]
    fn a_long_or_broken_span_stays_on_its_first_line() {
        for span in [Span::new(0, 10_000), Span::new(9_000, 10_000), Span::new(13, 14)] {
            let diagnostic = Diagnostic::new(Code::NotARule, span, "not a rule");
            let text = Terminal::new(false).diagnostic(&diagnostic, &source(), None);
            assert!(text.starts_with("error[not-a-rule]: not a rule\n"), "{text}");
        }
        let umlaut = Source::new("a.yml", "ü: 1");
        let diagnostic = Diagnostic::new(Code::NotARule, Span::new(1, 2), "not a rule");
        assert!(Terminal::new(false).diagnostic(&diagnostic, &umlaut, None).contains("a.yml:1:1"));
    }

    #[test]
    fn escape_sequences_of_a_rule_do_not_reach_the_terminal() {
        let source = Source::new("a.yml", "title: \u{1b}[2Jgone");
        let diagnostic =
            Diagnostic::new(Code::NotARule, Span::new(0, 5), "not `\u{1b}[2J`").help("\u{1b}[2J");
        let text = Terminal::new(false).diagnostic(&diagnostic, &source, Some("\u{1b}[2J"));
        assert!(!text.contains('\u{1b}'), "{text:?}");
    }

    #[test]
    fn a_note_says_which_way_the_query_differs() {
        let note = Note::whole_rule(Code::TermMatch, Effect::More, "a term search");
        let text = Terminal::new(false).note(&note, &source(), Some("for `lucene`"));
        assert_eq!(
            text,
            "warning[term-match]: a term search
--> rules/whoami.yml
 = note: for `lucene`
 = note: the query may match more events than the rule

"
        );
    }
}

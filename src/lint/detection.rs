//! How a Sigma rule's detections are written: modifiers and values that do not do what they seem to.

use std::collections::{HashMap, HashSet};

use super::document::remove_element;
use crate::{
    diag::{Code, Diagnostic, Fix, Source, Span},
    ir::LogSource,
    sigma::{
        ast::{Detection, DetectionSection, Item, Value, ValueKind},
        modifiers::{Anchor, Modifier, Transform},
    },
};

/// Checks detections. Places of which enough is said are added to `told`.
pub(super) fn check(
    section: &DetectionSection<'_, '_>,
    is_structured: bool,
    source: &Source,
    told: &mut HashSet<Span>,
    found: &mut Vec<Diagnostic>,
) {
    let mut walk = Walk { source, is_structured, told, found };
    for search in &section.searches {
        if let Some(detection) = &search.detection {
            walk.detection(detection);
        }
    }
}

/// Whether the events of a log source have a field for each thing: those of a category of an operating system's do.
pub(super) fn is_structured(log_source: &LogSource) -> bool {
    log_source.category.is_some()
        && matches!(log_source.product.as_deref(), Some("windows" | "linux" | "macos"))
}

struct Walk<'a> {
    source: &'a Source,
    /// Whether the log source's events have fields for all that they hold.
    is_structured: bool,
    told: &'a mut HashSet<Span>,
    found: &'a mut Vec<Diagnostic>,
}

impl Walk<'_> {
    fn detection(&mut self, detection: &Detection<'_, '_>) {
        match detection {
            Detection::OneOf(elements) if matches!(elements.first(), Some(Detection::Keyword(_))) => {
                // One of a list stands for all.
                self.detection(&elements[0]);
                let others = elements.iter().filter(|it| !matches!(it, Detection::Keyword(_)));
                others.for_each(|element| self.detection(element));
            }
            Detection::Items(items) => items.iter().for_each(|item| self.item(item)),
            Detection::OneOf(elements) => elements.iter().for_each(|element| self.detection(element)),
            Detection::Keyword(value) => self.keyword(value.span()),
        }
    }

    fn keyword(&mut self, span: Span) {
        if self.is_structured {
            let message = "a keyword searches all fields of events that have a field for each thing";
            let help = "name the field: the query is faster, and matches what was meant";
            self.report(Diagnostic::new(Code::KeywordOnFields, span, message).help(help));
        }
    }

    fn report(&mut self, diagnostic: Diagnostic) {
        self.found.push(diagnostic);
    }

    fn item(&mut self, item: &Item<'_, '_>) {
        if item.field.is_none() {
            self.keyword(item.field_span);
        }
        self.modifiers(item);
        self.repeated(item);
        let has = |modifier: Modifier| item.modifiers.iter().any(|(it, _)| *it == modifier);
        if has(Modifier::FieldRef) {
            self.own_field(item);
        } else if has(Modifier::Re) {
            item.values.iter().for_each(|value| self.regex(value));
        } else if item.modifiers.iter().all(|(modifier, _)| is_textual(*modifier)) {
            item.values.iter().for_each(|value| self.text(item, value));
        }
    }

    /// Modifiers that change nothing.
    fn modifiers(&mut self, item: &Item<'_, '_>) {
        let has = |modifier: Modifier| item.modifiers.iter().any(|(it, _)| *it == modifier);
        let texts = || {
            item.values.iter().filter(|value| matches!(value.kind, ValueKind::Text | ValueKind::Number(_)))
        };
        let is_resolved_later =
            has(Modifier::Expand) && item.values.iter().any(|value| value.text.contains('%'));
        for (modifier, span) in &item.modifiers {
            let why = match modifier {
                Modifier::All if item.values.len() == 1 && !is_resolved_later => "there is one value only",
                Modifier::Transform(Transform::WinDash)
                    if !is_resolved_later && !texts().any(|value| value.text.contains(DASHES)) =>
                {
                    "no value has a dash that starts a word"
                }
                Modifier::Cased
                    if !is_resolved_later
                        && !texts().any(|value| value.text.chars().any(char::is_alphabetic))
                        && !item.modifiers.iter().any(|(it, _)| matches!(it, Modifier::Transform(_))) =>
                {
                    "no value has letters"
                }
                Modifier::Expand if !item.values.iter().any(|value| value.text.contains('%')) => {
                    "no value has a placeholder"
                }
                _ => continue,
            };
            let message = format!("`{}` changes nothing: {why}", modifier.name());
            let mut diagnostic = Diagnostic::new(Code::IdleModifier, *span, message);
            let with_bar = Span::new((span.start as usize).saturating_sub(1), span.end as usize);
            if self.source.slice(with_bar).starts_with('|') {
                diagnostic = diagnostic.fix(Fix::replace(with_bar, "", "remove the modifier"));
            }
            self.report(diagnostic);
        }
        let anchored = item.modifiers.iter().any(|(it, _)| matches!(it, Modifier::Anchor(_)));
        let offset =
            item.modifiers.iter().find(|(it, _)| *it == Modifier::Transform(Transform::Base64Offset));
        if let Some((_, span)) = offset.filter(|_| !anchored && item.field.is_some()) {
            let message = "`base64offset` yields parts of a text, and the whole value is compared";
            self.report(
                Diagnostic::new(Code::OffsetWithoutContains, *span, message)
                    .help("write `base64offset|contains`"),
            );
        }
    }

    /// Values that stand twice in a list.
    fn repeated(&mut self, item: &Item<'_, '_>) {
        if item.values.len() < 2 {
            return;
        }
        let folds = !item.modifiers.iter().any(|(modifier, _)| {
            matches!(
                modifier,
                Modifier::Cased
                    | Modifier::Re
                    | Modifier::Expand
                    | Modifier::Transform(_)
                    | Modifier::FieldRef
            )
        });
        let mut seen: HashMap<(String, bool), Span> = HashMap::new();
        for value in &item.values {
            let text = if folds { value.text.to_lowercase() } else { value.text.to_owned() };
            let is_text = value.kind == ValueKind::Text;
            let Some(first) = seen.insert((text, is_text), value.span()) else { continue };
            self.told.insert(value.span());
            let differs = self.source.slice(first) != self.source.slice(value.span());
            let why = if differs { ": letter case does not count" } else { "" };
            let message = format!("the value stands twice in this list{why}");
            let diagnostic =
                Diagnostic::new(Code::RepeatedValue, value.span(), message).related(first, "first here");
            let fix = remove_element(value.node, self.source);
            self.report(match fix {
                Some(fix) => diagnostic.fix(fix),
                None => diagnostic,
            });
        }
    }

    fn own_field(&mut self, item: &Item<'_, '_>) {
        for value in item.values.iter().filter(|value| item.field == Some(value.text)) {
            let message = "the field is compared with itself";
            self.report(Diagnostic::new(Code::OwnField, value.span(), message));
        }
    }

    fn regex(&mut self, value: &Value<'_, '_>) {
        const SPECIAL: [char; 12] = ['.', '*', '+', '?', '(', ')', '[', '{', '|', '^', '$', '\\'];
        if !value.text.is_empty() && !value.text.contains(SPECIAL) {
            let message = "the regular expression is plain text";
            let help =
                "`contains|cased` finds the same, and faster; without `cased` also in other letter case";
            self.report(Diagnostic::new(Code::PlainRegex, value.span(), message).help(help));
            return;
        }
        let starts = value.text.starts_with(".*") && !value.text.starts_with(".*?") && value.text.len() > 2;
        let ends = value.text.ends_with(".*") && !value.text.ends_with("\\.*") && value.text.len() > 2;
        if (starts || ends) && !value.text.contains('|') {
            let message =
                "`.*` at the edge of a regular expression changes nothing: it is searched in the value";
            let help = "leave it out; engines that match whole values get it back";
            self.report(Diagnostic::new(Code::EdgeWildcard, value.span(), message).help(help));
        }
    }

    fn text(&mut self, item: &Item<'_, '_>, value: &Value<'_, '_>) {
        if value.kind != ValueKind::Text {
            return;
        }
        self.edges(item, value);
        self.backslashes(item, value);
    }

    /// Wildcards where the modifier puts them anyway.
    fn edges(&mut self, item: &Item<'_, '_>, value: &Value<'_, '_>) {
        let anchor = item.modifiers.iter().find_map(|(modifier, _)| match modifier {
            Modifier::Anchor(anchor) => Some(*anchor),
            _ => None,
        });
        let Some(anchor) = anchor else { return };
        let text = value.text;
        let is_free = |at: usize| text[..at].bytes().rev().take_while(|byte| *byte == b'\\').count() % 2 == 0;
        let first = text.starts_with('*') && matches!(anchor, Anchor::Contains | Anchor::EndsWith);
        let last = text.ends_with('*') && text.len() > 1 && is_free(text.len() - 1);
        let last = last && matches!(anchor, Anchor::Contains | Anchor::StartsWith);
        if text == "*" {
            let message = format!(
                "`{}` with `*` asks only whether the field has text",
                Modifier::Anchor(anchor).name()
            );
            self.report(Diagnostic::new(Code::EdgeWildcard, value.span(), message));
            return;
        }
        if !first && !last {
            return;
        }
        let mut edits = Vec::new();
        let mut remove = |at: usize| {
            let span = value.node.locate(self.source, at..at + 1);
            if self.source.slice(span) == "*" {
                edits.push(crate::diag::Edit { span, text: String::new() });
            }
        };
        if first {
            remove(0);
        }
        if last {
            remove(text.len() - 1);
        }
        let message = format!("`{}` puts a wildcard there anyway", Modifier::Anchor(anchor).name());
        let help = "leave the wildcard out; `\\*` if the star itself is meant";
        let diagnostic = Diagnostic::new(Code::EdgeWildcard, value.span(), message).help(help);
        let whole = edits.len() == usize::from(first) + usize::from(last);
        self.report(if whole {
            diagnostic.fix(Fix { title: "remove the wildcard".to_owned(), edits })
        } else {
            diagnostic
        });
    }

    /// Backslashes that are read otherwise than they look.
    fn backslashes(&mut self, item: &Item<'_, '_>, value: &Value<'_, '_>) {
        let text = value.text;
        if !text.contains('\\') {
            return;
        }
        // `\Temp\*`: a path up to its wildcard, and no path holds a star.
        let escaped = escaped_star(text);
        if let Some(at) = escaped {
            let span = value.node.locate(self.source, at..at + 2);
            let message = "`\\*` is a literal star, not a backslash and a wildcard";
            let help = "write `\\\\*` for a backslash and any text";
            self.report(Diagnostic::new(Code::EscapedWildcard, span, message).help(help));
        }
        let starts = |rest: &str| {
            rest.strip_prefix("\\\\").is_some_and(|rest| rest.starts_with(|c: char| c.is_alphanumeric()))
        };
        let at_start = item
            .modifiers
            .iter()
            .all(|(modifier, _)| !matches!(modifier, Modifier::Anchor(Anchor::Contains | Anchor::EndsWith)));
        if at_start && starts(text) && item.field.is_some() {
            let span = value.node.locate(self.source, 0..2);
            let message = "two backslashes are read as one: the value starts with `\\`";
            let help = "a path of a server starts with `\\\\\\\\`, four of them";
            self.report(Diagnostic::new(Code::HalvedBackslash, span, message).help(help));
        }
    }
}

/// What `windash` takes for a dash.
const DASHES: [char; 5] = ['-', '/', '–', '—', '―'];

fn is_textual(modifier: Modifier) -> bool {
    matches!(
        modifier,
        Modifier::All
            | Modifier::Neq
            | Modifier::Cased
            | Modifier::Anchor(_)
            | Modifier::Transform(Transform::WinDash)
    )
}

/// Where a star in a path is escaped by the backslash that was meant to end a folder's name.
fn escaped_star(text: &str) -> Option<usize> {
    let mut at = 0;
    while let Some(found) = text[at..].find("\\*").map(|found| at + found) {
        let before = &text[..found];
        let escapes = before.bytes().rev().take_while(|byte| *byte == b'\\').count() % 2 == 0;
        let is_folder = before.ends_with(|c: char| c.is_alphanumeric() || matches!(c, ')' | ':' | '%' | '.'));
        if escapes && is_folder && is_path(before) {
            return Some(found);
        }
        at = found + 2;
    }
    None
}

/// Whether a text has a folder's name in it, or is a drive.
fn is_path(text: &str) -> bool {
    let separates = |at: usize| text[at + 1..].starts_with(|c: char| c.is_alphanumeric() || c == '%');
    let is_drive =
        text.len() == 2 && text.ends_with(':') && text.starts_with(|c: char| c.is_ascii_alphabetic());
    is_drive || text.match_indices('\\').any(|(at, _)| separates(at))
}

#[cfg(test)]
mod tests {
    use crate::lint::tests::{assert_told, codes_of, rule_of};

    fn item(item: &str) -> String {
        rule_of(&format!("  s:\n    {item}\n  condition: s\n"))
    }

    #[test]
    fn a_modifier_that_changes_nothing_is_told() {
        assert_told(&item("CommandLine|contains|all: a"), "idle-modifier", "all");
        assert_told(&item("CommandLine|contains|windash: abc"), "idle-modifier", "windash");
        assert_told(&item("CommandLine|cased: '123'"), "idle-modifier", "cased");
        for near in ["contains|all: [abc, xyz]", "contains|windash: ' -a'", "cased: a1"] {
            assert_eq!(codes_of(&item(&format!("CommandLine|{near}"))), [""; 0]);
        }
    }

    #[test]
    fn parts_of_base64_are_looked_for_inside() {
        assert_told(&item("CommandLine|base64offset: abcdef"), "offset-without-contains", "base64offset");
        assert_eq!(codes_of(&item("CommandLine|base64offset|contains: abcdef")), [""; 0]);
    }

    #[test]
    fn a_value_stands_once() {
        let found = item("CommandLine:\n      - abc\n      - ABC");
        assert_told(&found, "repeated-value", "ABC");
        assert_eq!(codes_of(&item("CommandLine|cased:\n      - abc\n      - ABC")), [""; 0]);
    }

    #[test]
    fn wildcards_at_the_edges_are_there_anyway() {
        assert_told(&item("CommandLine|contains: '*abc'"), "edge-wildcard", "'*abc'");
        assert_told(&item("CommandLine|startswith: 'abc*'"), "edge-wildcard", "'abc*'");
        assert_eq!(codes_of(&item("CommandLine|startswith: '*abc'")), [""; 0]);
        assert_eq!(codes_of(&item(r"CommandLine|contains: 'a * b\*'")), [""; 0]);
    }

    #[test]
    fn an_escaped_star_in_a_path_is_suspicious() {
        assert_told(&item(r"CommandLine: 'C:\Temp\*'"), "escaped-wildcard", r"\*");
        assert_eq!(codes_of(&item(r"CommandLine: 'C:\Temp\\*'")), [""; 0]);
        for literal in [r" \* ", r"\*defender\*", r":\*"] {
            assert_eq!(codes_of(&item(&format!("CommandLine|contains: '{literal}'"))), [""; 0]);
        }
    }

    #[test]
    fn two_backslashes_at_the_start_are_one() {
        assert_told(&item(r"CommandLine|startswith: '\\srv\x'"), "halved-backslash", r"\\");
        assert_eq!(codes_of(&item(r"CommandLine|startswith: '\\\\srv\x'")), [""; 0]);
    }

    #[test]
    fn a_regex_without_operators_is_text() {
        assert_told(&item("CommandLine|re: abc"), "plain-regex", "abc");
        assert_told(&item("CommandLine|re: '.*ab+c'"), "edge-wildcard", "'.*ab+c'");
        assert_eq!(codes_of(&item("CommandLine|re: ab+c")), [""; 0]);
    }

    #[test]
    fn keywords_are_for_events_without_fields() {
        assert_told(&rule_of("  s:\n    - abc\n  condition: s\n"), "keyword-on-fields", "abc");
        let log = rule_of("  s:\n    - abc\n  condition: s\n")
            .replace("category: process_creation, product: windows", "product: linux");
        assert!(!codes_of(&log).contains(&"keyword-on-fields".to_owned()));
    }

    #[test]
    fn a_field_is_compared_with_another_one() {
        assert_told(&item("CommandLine|fieldref: CommandLine"), "own-field", "CommandLine");
        assert_eq!(codes_of(&item("CommandLine|fieldref: ParentCommandLine")), [""; 0]);
    }
}

//! What a Sigma document says about itself.

use std::collections::HashSet;

use super::text;
use crate::{
    diag::{Code, Diagnostic, Fix, Source, did_you_mean},
    yaml::{Entry, Node},
};

/// The keys that the specification gives a detection rule, a correlation and a filter, and older versions of it.
const KEYS: &[&str] = &[
    "title",
    "id",
    "name",
    "related",
    "taxonomy",
    "status",
    "description",
    "license",
    "author",
    "references",
    "date",
    "modified",
    "logsource",
    "detection",
    "correlation",
    "filter",
    "fields",
    "falsepositives",
    "level",
    "tags",
    "scope",
    "action",
    "generate",
    "sigma-version",
];

/// The namespaces of tags that the specification names, and what its own rules use beside them.
const NAMESPACES: [&str; 7] = ["attack", "car", "cve", "d3fend", "detection", "stp", "tlp"];

/// Checks a document's metadata; what it lacks only if it is sound otherwise.
pub(super) fn check(root: &Node<'_>, is_sound: bool, source: &Source, found: &mut Vec<Diagnostic>) {
    let entries = root.as_map().unwrap_or(&[]);
    let id = root.get("id").and_then(text);
    for entry in entries {
        let Some(key) = text(&entry.0) else { continue };
        match key {
            "id" => check_id(&entry.1, found),
            "related" => check_related(&entry.1, id, found),
            "tags" => {
                check_repeated(key, &entry.1, source, found);
                check_tags(&entry.1, found);
            }
            "references" | "falsepositives" | "fields" => check_repeated(key, &entry.1, source, found),
            "date" | "modified" => check_date(&entry.1, found),
            "logsource" => check_log_source(&entry.1, found),
            _ => check_key(entry, root, KEYS, found),
        }
    }
    check_order(root, found);
    check_kind(root, found);
    match root.get("detection").or_else(|| root.get("correlation")) {
        Some(_) if is_sound => check_missing(root, found),
        _ => {}
    }
}

/// Keys that mean something in another kind of document.
fn check_kind(root: &Node<'_>, found: &mut Vec<Diagnostic>) {
    let has = |key: &str| root.get(key).is_some();
    let (what, idle): (&str, &[&str]) = if has("detection") {
        ("a rule with a `detection`", &["correlation", "filter", "generate"])
    } else if has("correlation") {
        ("a correlation", &["filter"])
    } else if has("filter") {
        ("a filter", &["generate"])
    } else {
        return;
    };
    for (key, _) in root.as_map().unwrap_or(&[]) {
        if let Some(name) = text(key).filter(|name| idle.contains(name)) {
            let message = format!("`{name}` has no effect in {what}");
            let diagnostic = Diagnostic::new(Code::NoEffect, key.span, message);
            let is_section = name != "generate";
            let help = is_section.then(|| "give it a document of its own, after `---`".to_owned());
            found.push(Diagnostic { help, ..diagnostic });
        }
    }
}

/// A key of a section that is read as a detection, and is nearly one that the section lacks.
pub(super) fn check_section(section: &Node<'_>, known: &[&str], found: &mut Vec<Diagnostic>) {
    for (key, _) in section.as_map().unwrap_or(&[]) {
        let near = text(key).and_then(|name| Some((name, near_key(name, section, known)?)));
        if let Some((name, near)) = near {
            let message = format!("`{name}` is read as a detection");
            found.push(
                Diagnostic::new(Code::UnknownKey, key.span, message)
                    .help(format!("a similar key is `{near}`")),
            );
        }
    }
}

fn check_missing(root: &Node<'_>, found: &mut Vec<Diagnostic>) {
    let what = if root.get("detection").is_some() { "rule" } else { "correlation" };
    let lacks = |key: &str| root.get(key).is_none_or(Node::is_null);
    let message = match (lacks("id"), lacks("level")) {
        (true, true) => format!("the {what} has no `id` to refer to it by, and no `level`"),
        (true, false) => format!("the {what} has no `id` to refer to it by"),
        (false, true) => format!("the {what} has no `level` that tells how urgent it is"),
        (false, false) => return,
    };
    let title = root.get("title").map_or(root.span, |title| title.span);
    found.push(Diagnostic::new(Code::MissingMetadata, title, message));
}

/// A key that is nearly one that means something; keys of one's own are fine.
fn check_key((key, _): &Entry<'_>, map: &Node<'_>, known: &[&str], found: &mut Vec<Diagnostic>) {
    let Some(name) = text(key) else { return };
    if let Some(near) = near_key(name, map, known) {
        let message = format!("the key `{name}` means nothing");
        found.push(
            Diagnostic::new(Code::UnknownKey, key.span, message).help(format!("a similar key is `{near}`")),
        );
    }
}

/// The key that a map lacks and that an unknown one of it is nearly.
fn near_key<'k>(name: &str, map: &Node<'_>, known: &[&'k str]) -> Option<&'k str> {
    if known.contains(&name) {
        return None;
    }
    let absent = known.iter().copied().filter(|known| map.get(known).is_none());
    did_you_mean(name, absent).filter(|near| {
        // Short words are near to anything.
        near.eq_ignore_ascii_case(name) || (name.len() > 3 && near.len() > 3)
    })
}

fn check_id(node: &Node<'_>, found: &mut Vec<Diagnostic>) {
    if let Some(id) = text(node).filter(|id| !is_uuid(id)) {
        let message = format!("`{id}` is not a UUID");
        found.push(Diagnostic::new(Code::InvalidId, node.span, message).help("`uuidgen` makes one"));
    }
}

/// 8-4-4-4-12 hexadecimal digits.
fn is_uuid(text: &str) -> bool {
    let lengths = text.split('-').map(str::len);
    lengths.eq([8, 4, 4, 4, 12]) && text.bytes().all(|byte| byte == b'-' || byte.is_ascii_hexdigit())
}

fn check_related(node: &Node<'_>, own: Option<&str>, found: &mut Vec<Diagnostic>) {
    let mut report = |node: &Node<'_>, message: String, help: Option<String>| {
        let diagnostic = Diagnostic::new(Code::InvalidRelated, node.span, message);
        found.push(match help {
            Some(help) => diagnostic.help(help),
            None => diagnostic,
        });
    };
    let Some(elements) = node.as_seq() else {
        report(node, format!("`related` is a list of ids with types, not {}", node.type_name()), None);
        return;
    };
    for element in elements {
        if element.as_map().is_none() {
            report(
                element,
                format!("a related rule is a map of `id` and `type`, not {}", element.type_name()),
                None,
            );
            continue;
        }
        match element.get("id").map(|node| (node, text(node).unwrap_or_default())) {
            None => report(element, "a related rule has no `id`".to_owned(), None),
            Some((node, id)) if !is_uuid(id) => report(node, format!("`{id}` is not a UUID"), None),
            Some((node, id)) if own.is_some_and(|own| own.eq_ignore_ascii_case(id)) => {
                report(node, "the rule is related to itself".to_owned(), None);
            }
            Some(_) => {}
        }
        // What the type has to be, its reader tells.
        if element.get("type").is_none() {
            report(element, "a related rule has no `type`".to_owned(), None);
        }
    }
}

fn check_tags(node: &Node<'_>, found: &mut Vec<Diagnostic>) {
    for tag in node.as_seq().unwrap_or(&[]) {
        let Some(name) = text(tag) else { continue };
        let mut report = |code, message: String, help: Option<String>| {
            let diagnostic = Diagnostic::new(code, tag.span, message);
            found.push(match help {
                Some(help) => diagnostic.help(help),
                None => diagnostic,
            });
        };
        let Some((namespace, rest)) = name.split_once('.') else {
            let help = Some("write `namespace.name`, `attack.t1059` for one".to_owned());
            report(Code::InvalidTag, format!("the tag `{name}` has no namespace"), help);
            continue;
        };
        let is_fine = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '.' | '-' | '_');
        if rest.is_empty() || !name.chars().all(is_fine) {
            let help = (name.to_lowercase() != name).then(|| format!("write `{}`", name.to_lowercase()));
            report(Code::InvalidTag, format!("the tag `{name}` is not in the form that tools read"), help);
        } else if !NAMESPACES.contains(&namespace) {
            let help = did_you_mean(namespace, NAMESPACES).map(|near| format!("a similar one is `{near}`"));
            report(Code::UnknownTag, format!("Sigma has no tag namespace `{namespace}`"), help);
        }
    }
}

/// Elements that stand twice in a list.
pub(super) fn check_repeated(key: &str, node: &Node<'_>, source: &Source, found: &mut Vec<Diagnostic>) {
    let mut seen = HashSet::new();
    for element in node.as_seq().unwrap_or(&[]) {
        let Some(text) = text(element) else { continue };
        if !seen.insert(text) {
            let diagnostic =
                Diagnostic::new(Code::RepeatedEntry, element.span, format!("`{key}` has this entry twice"));
            found.push(match remove_element(element, source) {
                Some(fix) => diagnostic.fix(fix),
                None => diagnostic,
            });
        }
    }
}

/// Removes an element of a block list with its line, if nothing else stands there.
pub(super) fn remove_element(element: &Node<'_>, source: &Source) -> Option<Fix> {
    let text = source.text();
    let (start, end) = (element.span.start as usize, element.span.end as usize);
    let line_start = text.get(..start)?.rfind('\n').map_or(0, |at| at + 1);
    let line_end = text.get(end..)?.find('\n').map(|at| end + at + 1)?;
    let before = text.get(line_start..start)?.trim();
    let is_alone = before == "-" && text.get(end..line_end)?.trim().is_empty();
    let is_one_line = !text.get(start..end)?.contains('\n');
    let span = crate::diag::Span::new(line_start, line_end);
    (is_alone && is_one_line).then(|| Fix::replace(span, "", "remove the line"))
}

/// A date that no calendar has; its form is checked where it is read.
fn check_date(node: &Node<'_>, found: &mut Vec<Diagnostic>) {
    let Some(date) = text(node).and_then(date) else { return };
    if date.2 > days(date.0, date.1) {
        let message = format!("there is no day {} in that month", date.2);
        found.push(Diagnostic::new(Code::InvalidMetadata, node.span, message));
    }
}

fn check_order(root: &Node<'_>, found: &mut Vec<Diagnostic>) {
    let of = |key: &str| root.get(key).and_then(|node| Some((node, date(text(node)?)?)));
    if let (Some((created, first)), Some((modified, last))) = (of("date"), of("modified"))
        && last < first
    {
        let message = "the rule was modified before its date";
        found.push(
            Diagnostic::new(Code::ModifiedBeforeDate, modified.span, message)
                .related(created.span, "created then"),
        );
    }
}

/// Year, month and day of `2024-01-05` or `2024/1/5`.
fn date(text: &str) -> Option<(u16, u8, u8)> {
    let mut parts = text.split(['-', '/']);
    let date = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
    (parts.next().is_none() && (1..=12).contains(&date.1) && (1..=31).contains(&date.2)).then_some(date)
}

fn days(year: u16, month: u8) -> u8 {
    let is_leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    match month {
        2 => 28 + u8::from(is_leap),
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

fn check_log_source(node: &Node<'_>, found: &mut Vec<Diagnostic>) {
    const PARTS: [&str; 3] = ["category", "product", "service"];
    for entry in node.as_map().unwrap_or(&[]) {
        let Some(key) = text(&entry.0) else { continue };
        if key != "definition" {
            check_key(entry, node, &["category", "product", "service", "definition"], found);
        }
        let value = text(&entry.1).filter(|value| PARTS.contains(&key) && value.to_lowercase() != *value);
        if let Some(value) = value {
            let message = format!("`{value}` is not in lower case, as names of log sources are");
            let help =
                format!("write `{}`: other tools and the mapping table know it so", value.to_lowercase());
            found.push(Diagnostic::new(Code::LogSourceCase, entry.1.span, message).help(help));
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::lint::tests::{assert_told, codes_of};

    fn rule(metadata: &str) -> String {
        let id = if metadata.contains("id: ") && !metadata.contains("related") {
            ""
        } else {
            "id: 5f1f2a0e-3d9c-4d8a-8f0b-0d6c2a4f7b11\n"
        };
        format!(
            "title: x\n{id}level: low\n{metadata}\nlogsource: {{category: process_creation, product: windows}}\n\
             detection:\n  s:\n    CommandLine|contains: whoami\n  condition: s\n"
        )
    }

    #[test]
    fn an_id_is_a_uuid() {
        assert_told(&rule("id: abc"), "invalid-id", "abc");
        assert_eq!(codes_of(&rule("id: 5F1F2A0E-3d9c-4d8a-8f0b-0d6c2a4f7b11")), [""; 0]);
    }

    #[test]
    fn a_key_that_is_nearly_one_is_told() {
        assert_told(&rule("falsepositive: [x]"), "unknown-key", "falsepositive");
        assert_told(&rule("Tags: [attack.t1059]"), "unknown-key", "Tags");
        assert_eq!(codes_of(&rule("simulation: x\nour_team: y")), [""; 0]);
    }

    #[test]
    fn tags_have_a_known_namespace_and_lower_case() {
        assert_told(&rule("tags: [persistence]"), "invalid-tag", "persistence");
        assert_told(&rule("tags: [attack.T1059]"), "invalid-tag", "attack.T1059");
        assert_told(&rule("tags: [atack.t1059]"), "unknown-tag", "atack.t1059");
        assert_eq!(codes_of(&rule("tags: [attack.t1059, cve.2021-44228, tlp.red]")), [""; 0]);
    }

    #[test]
    fn entries_stand_once() {
        assert_told(&rule("references:\n  - http://a\n  - http://a"), "repeated-entry", "http://a");
        assert_eq!(codes_of(&rule("references:\n  - http://a\n  - http://b")), [""; 0]);
    }

    #[test]
    fn dates_exist_and_come_in_order() {
        assert_told(&rule("date: 2023-02-29"), "invalid-metadata", "2023-02-29");
        assert_told(&rule("date: 2024-02-29\nmodified: 2024/02/28"), "modified-before-date", "2024/02/28");
        assert_eq!(codes_of(&rule("date: 2024-02-29\nmodified: 2024-02-29")), [""; 0]);
    }

    #[test]
    fn a_relation_is_to_another_rule_and_of_a_known_kind() {
        let related = |id: &str, kind: &str| rule(&format!("related:\n  - id: {id}\n    type: {kind}"));
        let (own, other) = ("5f1f2a0e-3d9c-4d8a-8f0b-0d6c2a4f7b11", "6f1f2a0e-3d9c-4d8a-8f0b-0d6c2a4f7b11");
        assert_told(&related(own, "similar"), "invalid-related", own);
        assert_told(&related(other, "derive"), "invalid-metadata", "derive");
        assert_eq!(codes_of(&related(other, "derived")), [""; 0]);
    }

    #[test]
    fn names_of_log_sources_are_in_lower_case() {
        let text = rule("").replace("product: windows", "product: Windows");
        assert!(codes_of(&text).contains(&"log-source-case".to_owned()));
        let text = rule("").replace("product: windows", "producct: windows");
        assert!(codes_of(&text).contains(&"unknown-key".to_owned()));
    }
}

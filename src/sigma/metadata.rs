//! What a document says about itself.

use std::sync::Arc;

use crate::{
    diag::{Code, Diagnostic, did_you_mean},
    ir::{Level, LogSource, Metadata, Related, Relation, Status},
    yaml::{Kind, Node},
};

/// The keys of a rule that are not metadata.
const STRUCTURE: [&str; 4] = ["detection", "correlation", "filter", "action"];

/// Reads the metadata of a document; what is out of form is reported and left out.
pub(super) fn read(root: &Node<'_>, diagnostics: &mut Vec<Diagnostic>) -> Metadata {
    let mut metadata = Metadata::default();
    for (key, value) in root.as_map().unwrap_or(&[]) {
        let Some(name) = key.as_text() else { continue };
        let text = || value.as_text().map(ToString::to_string).filter(|_| !value.is_null());
        match &**name {
            "title" => metadata.title = text().unwrap_or_default(),
            "id" => metadata.id = text(),
            "name" => metadata.name = text(),
            "description" => metadata.description = text(),
            "author" => metadata.author = text(),
            "date" => metadata.date = date(name, value, diagnostics),
            "modified" => metadata.modified = date(name, value, diagnostics),
            "status" => {
                let known = Status::ALL.map(|status| (status.as_str(), status));
                metadata.status = one_of(name, value, &known, diagnostics);
            }
            "level" => {
                let known = Level::ALL.map(|level| (level.as_str(), level));
                metadata.level = one_of(name, value, &known, diagnostics);
            }
            "related" => metadata.related = related(value, diagnostics),
            "license" => metadata.license = text(),
            "taxonomy" => metadata.taxonomy = text(),
            "scope" => metadata.scope = strings(name, value, diagnostics),
            "tags" => metadata.tags = strings(name, value, diagnostics),
            "references" => metadata.references = strings(name, value, diagnostics),
            "falsepositives" => metadata.false_positives = strings(name, value, diagnostics),
            "fields" => metadata.fields = strings(name, value, diagnostics),
            "logsource" => metadata.log_source = log_source(value, &mut metadata),
            structure if STRUCTURE.contains(&structure) => {}
            other => {
                metadata.custom.insert(other.to_owned(), value.to_json());
            }
        }
    }
    metadata
}

/// The log source; keys beyond the three, such as `definition`, are kept as custom metadata.
fn log_source(node: &Node<'_>, metadata: &mut Metadata) -> LogSource {
    let part = |key: &str| {
        let value = node.get(key).filter(|value| !value.is_null())?;
        value.as_text().map(|text| Arc::from(&**text))
    };
    for (key, value) in node.as_map().unwrap_or(&[]) {
        match key.as_text().map(|text| &**text) {
            Some("category" | "product" | "service") | None => {}
            Some(other) => {
                metadata.custom.insert(format!("logsource.{other}"), value.to_json());
            }
        }
    }
    LogSource {
        category: part("category"),
        product: part("product"),
        service: part("service"),
        span: node.span,
    }
}

fn date(name: &str, node: &Node<'_>, diagnostics: &mut Vec<Diagnostic>) -> Option<String> {
    let text = node.as_text().filter(|_| !node.is_null())?;
    if !is_date(text) {
        let message = format!("`{name}` is not a date");
        diagnostics.push(
            Diagnostic::new(Code::InvalidMetadata, node.span, message).help("write it as `YYYY-MM-DD`"),
        );
    }
    Some(text.to_string())
}

/// `2024-01-05`, and `2024/1/5` as version 1 of the specification had it.
fn is_date(text: &str) -> bool {
    let number = |part: Option<&str>, range: std::ops::RangeInclusive<u16>| {
        part.filter(|part| part.bytes().all(|b| b.is_ascii_digit()))
            .and_then(|part| part.parse().ok())
            .is_some_and(|number| range.contains(&number))
    };
    let mut parts = text.split(['-', '/']);
    number(parts.next(), 1000..=9999)
        && number(parts.next(), 1..=12)
        && number(parts.next(), 1..=31)
        && parts.next().is_none()
}

/// A value of a vocabulary.
fn one_of<T: Copy>(
    name: &str,
    node: &Node<'_>,
    known: &[(&'static str, T)],
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<T> {
    if node.is_null() {
        return None;
    }
    let text = node.as_text().map_or("", |text| text);
    if let Some((_, value)) = known.iter().find(|(spelling, _)| *spelling == text) {
        return Some(*value);
    }
    let spellings = || known.iter().map(|(spelling, _)| *spelling);
    let message = match node.as_text() {
        Some(text) => format!("`{text}` is not a {name}"),
        None => format!("`{name}` must be text, not {}", node.type_name()),
    };
    let help = match did_you_mean(text, spellings()) {
        Some(near) => format!("a similar {name} is `{near}`"),
        None => {
            format!("it is one of {}", spellings().map(|s| format!("`{s}`")).collect::<Vec<_>>().join(", "))
        }
    };
    diagnostics.push(Diagnostic::new(Code::InvalidMetadata, node.span, message).help(help));
    known.iter().find(|(spelling, _)| spelling.eq_ignore_ascii_case(text)).map(|(_, value)| *value)
}

/// The rules that `related` names. What has no id or no known relation is reported and left out.
fn related(node: &Node<'_>, diagnostics: &mut Vec<Diagnostic>) -> Vec<Related> {
    let known = Relation::ALL.map(|relation| (relation.as_str(), relation));
    let mut found = Vec::new();
    for element in node.as_seq().unwrap_or(std::slice::from_ref(node)).iter().filter(|node| !node.is_null()) {
        let id = element.get("id").and_then(Node::as_text).filter(|id| !id.is_empty());
        let relation = element.get("type").map(|node| one_of("relation", node, &known, diagnostics));
        match (id, relation) {
            (Some(id), Some(relation)) => {
                found.extend(relation.map(|relation| Related { id: id.to_string(), relation }));
            }
            _ => diagnostics.push(
                Diagnostic::new(
                    Code::InvalidMetadata,
                    element.span,
                    "`related` is a list of `id` and `type`",
                )
                .help("name the id of the other rule, and how this one stands to it"),
            ),
        }
    }
    found
}

/// A list of texts; a text alone is a list of one.
fn strings(name: &str, node: &Node<'_>, diagnostics: &mut Vec<Diagnostic>) -> Vec<String> {
    let elements = match &node.kind {
        Kind::Seq(elements) => elements.as_slice(),
        Kind::Scalar(_) if node.is_null() => &[],
        Kind::Scalar(_) | Kind::Map(_) => std::slice::from_ref(node),
    };
    let mut texts = Vec::with_capacity(elements.len());
    for element in elements {
        match element.as_text() {
            Some(_) if element.is_null() => {}
            Some(text) => texts.push(text.to_string()),
            None => {
                let message = format!("an element of `{name}` must be text, not {}", element.type_name());
                diagnostics.push(Diagnostic::new(Code::InvalidMetadata, element.span, message));
            }
        }
    }
    texts
}

//! Findings as a SARIF 2.1.0 log, which code-scanning services and editors read.
//!
//! The types hold what rulec has to say of the format, after OASIS's specification and schema.

use serde::Serialize;

use super::Finding;
use crate::diag::{Code, Diagnostic, Severity, Source, Span};

/// Where the format's schema is published.
const SCHEMA: &str =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

/// The log of one run, as JSON text that ends with a line end. Rules are the codes that occur, in the registry's order.
pub fn document<'a>(findings: impl IntoIterator<Item = Finding<'a>>) -> String {
    let findings: Vec<Finding<'a>> = findings.into_iter().collect();
    let occurs = |code: &Code| findings.iter().any(|finding| finding.diagnostic.code == *code);
    let codes: Vec<Code> = Code::ALL.iter().copied().filter(occurs).collect();
    let results = findings.iter().map(|finding| result(finding, &codes)).collect();
    let driver = Driver {
        name: "rulec",
        version: env!("CARGO_PKG_VERSION"),
        semantic_version: env!("CARGO_PKG_VERSION"),
        information_uri: env!("CARGO_PKG_REPOSITORY"),
        rules: codes.iter().map(|code| rule(*code)).collect(),
    };
    let run = Run { tool: Tool { driver }, column_kind: "unicodeCodePoints", results };
    let log = Log { schema: SCHEMA, version: "2.1.0", runs: vec![run] };
    let text = serde_json::to_string_pretty(&log);
    text.expect("invariant: a log has no maps and no failing serializer") + "\n"
}

#[derive(Serialize)]
struct Log<'a> {
    #[serde(rename = "$schema")]
    schema: &'a str,
    version: &'a str,
    runs: Vec<Run<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Run<'a> {
    tool: Tool,
    column_kind: &'a str,
    results: Vec<SarifResult<'a>>,
}

#[derive(Serialize)]
struct Tool {
    driver: Driver,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Driver {
    name: &'static str,
    version: &'static str,
    semantic_version: &'static str,
    information_uri: &'static str,
    rules: Vec<ReportingDescriptor>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ReportingDescriptor {
    id: &'static str,
    short_description: Message<'static>,
    help: Message<'static>,
    default_configuration: Configuration,
}

#[derive(Serialize)]
struct Configuration {
    level: &'static str,
}

#[derive(Serialize)]
struct Message<'a> {
    text: std::borrow::Cow<'a, str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SarifResult<'a> {
    rule_id: &'static str,
    rule_index: Option<usize>,
    level: &'static str,
    message: Message<'a>,
    locations: Vec<Place<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    related_locations: Vec<Place<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    fixes: Vec<SarifFix<'a>>,
    #[serde(skip_serializing_if = "Properties::is_empty")]
    properties: Properties<'a>,
}

#[derive(Serialize)]
struct Properties<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    title: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<&'a str>,
}

impl Properties<'_> {
    fn is_empty(&self) -> bool {
        self.title.is_none() && self.id.is_none()
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Place<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<usize>,
    physical_location: PhysicalLocation,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<Message<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PhysicalLocation {
    artifact_location: ArtifactLocation,
    #[serde(skip_serializing_if = "Option::is_none")]
    region: Option<Region>,
}

#[derive(Serialize)]
struct ArtifactLocation {
    uri: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Region {
    start_line: usize,
    start_column: usize,
    end_line: usize,
    end_column: usize,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SarifFix<'a> {
    description: Message<'a>,
    artifact_changes: Vec<ArtifactChange<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ArtifactChange<'a> {
    artifact_location: ArtifactLocation,
    replacements: Vec<Replacement<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Replacement<'a> {
    deleted_region: Region,
    inserted_content: Message<'a>,
}

fn message<'a>(text: impl Into<std::borrow::Cow<'a, str>>) -> Message<'a> {
    Message { text: text.into() }
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "note",
    }
}

fn rule(code: Code) -> ReportingDescriptor {
    ReportingDescriptor {
        id: code.as_str(),
        short_description: message(code.explanation()),
        help: message(code.explanation()),
        default_configuration: Configuration { level: level(code.severity()) },
    }
}

fn result<'a>(finding: &Finding<'a>, codes: &[Code]) -> SarifResult<'a> {
    let Diagnostic { code, severity, span, related, fix, .. } = finding.diagnostic;
    let place = |span: Option<Span>| PhysicalLocation {
        artifact_location: ArtifactLocation { uri: uri(finding.path) },
        region: span.map(|span| region(span, finding.source)),
    };
    let fixes = fix.iter().map(|fix| SarifFix {
        description: message(fix.title.as_str()),
        artifact_changes: vec![ArtifactChange {
            artifact_location: ArtifactLocation { uri: uri(finding.path) },
            replacements: fix
                .edits
                .iter()
                .map(|edit| Replacement {
                    deleted_region: region(edit.span, finding.source),
                    inserted_content: message(edit.text.as_str()),
                })
                .collect(),
        }],
    });
    let related = related.iter().enumerate().map(|(index, (span, label))| Place {
        id: Some(index + 1),
        physical_location: place(Some(*span)),
        message: Some(message(label.as_str())),
    });
    SarifResult {
        rule_id: code.as_str(),
        rule_index: codes.iter().position(|it| it == code),
        level: level(*severity),
        message: message(finding.text()),
        locations: vec![Place { id: None, physical_location: place(*span), message: None }],
        related_locations: related.collect(),
        fixes: fixes.collect(),
        properties: Properties { title: finding.title, id: finding.id },
    }
}

fn region(span: Span, source: &Source) -> Region {
    let start = source.locate(span);
    let end = source.locate(Span { start: span.end, end: span.end });
    Region { start_line: start.line, start_column: start.column, end_line: end.line, end_column: end.column }
}

/// A path as a URI: relative as it is, from the root as a `file:` URI. Other characters than those of RFC 3986 that need
/// no escape in a path are percent-encoded.
fn uri(path: &str) -> String {
    let path = path.replace('\\', "/");
    let path = path.strip_prefix("./").unwrap_or(&path);
    let mut out = String::new();
    if path.starts_with('/') {
        out.push_str("file://");
    } else if path.split('/').next().is_some_and(|drive| drive.ends_with(':')) {
        out.push_str("file:///");
    }
    for byte in path.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'-' | b'.' | b'_' | b'~' => {
                out.push(char::from(byte));
            }
            _ => {
                const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
                let digit = |value: u8| char::from(DIGITS[usize::from(value)]);
                out.extend(['%', digit(byte >> 4), digit(byte & 15)]);
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::{super::cases, *};

    fn log() -> Value {
        let (source, diagnostics) = (cases::source(), cases::diagnostics());
        let findings = diagnostics.iter().map(|it| Finding::new(it, &source).of_rule("Title", Some("id")));
        serde_json::from_str(&document(findings)).unwrap()
    }

    #[test]
    fn every_result_names_a_rule_by_id_and_index() {
        let log = log();
        let run = &log["runs"][0];
        let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
        assert_eq!(rules.len(), 3);
        for result in run["results"].as_array().unwrap() {
            let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
            assert_eq!(rules[index]["id"], result["ruleId"]);
            assert_ne!(rules[index]["help"]["text"], "");
        }
        assert_eq!(run["results"][1]["level"], "note");
        assert_eq!(rules[0]["defaultConfiguration"]["level"], "error");
    }

    #[test]
    fn regions_count_characters_from_one_and_end_after_the_last() {
        let log = log();
        let place = &log["runs"][0]["results"][2]["locations"][0]["physicalLocation"];
        assert_eq!(place["artifactLocation"]["uri"], "rules/a%2C%20b%25.yml");
        let expected = serde_json::json!({"startLine": 1, "startColumn": 8, "endLine": 2, "endColumn": 5});
        assert_eq!(place["region"], expected);
        assert!(log["runs"][0]["results"][1]["locations"][0]["physicalLocation"].get("region").is_none());
    }

    #[test]
    fn a_fix_replaces_its_region() {
        let log = log();
        let change = &log["runs"][0]["results"][0]["fixes"][0]["artifactChanges"][0];
        assert_eq!(change["replacements"][0]["insertedContent"]["text"], "'c: d'");
        assert_eq!(change["replacements"][0]["deletedRegion"]["startColumn"], 4);
        assert_eq!(log["runs"][0]["results"][0]["relatedLocations"][0]["message"]["text"], "as here");
    }

    #[test]
    fn paths_are_uris() {
        assert_eq!(uri("./a b/ü.yml"), "a%20b/%C3%BC.yml");
        assert_eq!(uri("/a/b"), "file:///a/b");
        assert_eq!(uri(r"C:\a"), "file:///C%3A/a");
        assert_eq!(uri(r"a\b"), "a/b");
    }
}

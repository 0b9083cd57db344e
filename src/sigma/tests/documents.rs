//! Files, documents and metadata.

use proptest::prelude::*;

use crate::{
    diag::{Code, Source},
    ir::{Level, Metadata, Origin, Relation, Status},
    sigma::{Document, ReadOptions, Reading, read},
};

const RULE: &str = "title: One
id: 929a690e-bef0-4204-a928-ef5e620d6fcc
status: test
description: 'What it finds: all'
references: https://example.org
author: A, B
date: 2024-01-05
modified: 2024/2/6
tags: [attack.execution, attack.t1059.001]
logsource:
  category: process_creation
  product: windows
  definition: Sysmon
detection:
  selection:
    Image|endswith: \\cmd.exe
  condition: selection
falsepositives:
  - Unlikely
level: high
related:
  - {id: x, type: similar}
simulation: 5
";

fn readings(text: &str) -> Vec<Reading> {
    read(&Source::new("rule.yml", text), &ReadOptions::default())
}

fn codes(text: &str) -> Vec<Vec<Code>> {
    let of = |reading: &Reading| reading.diagnostics.iter().map(|found| found.code).collect();
    readings(text).iter().map(of).collect()
}

fn metadata(text: &str) -> Metadata {
    Metadata::clone(&readings(text)[0].metadata)
}

#[test]
fn metadata_is_read() {
    let metadata = metadata(RULE);
    assert_eq!(metadata.title, "One");
    assert_eq!(metadata.description.as_deref(), Some("What it finds: all"));
    assert_eq!((metadata.status, metadata.level), (Some(Status::Test), Some(Level::High)));
    assert_eq!(metadata.references, ["https://example.org"]);
    assert_eq!(metadata.tags.len(), 2);
    assert_eq!(
        (metadata.date.as_deref(), metadata.modified.as_deref()),
        (Some("2024-01-05"), Some("2024/2/6"))
    );
    assert_eq!(metadata.false_positives, ["Unlikely"]);
    assert_eq!(metadata.log_source.to_string(), "windows/process_creation/-");
}

#[test]
fn other_keys_are_kept_in_order() {
    let custom = metadata(RULE).custom;
    let keys: Vec<&str> = custom.keys().map(String::as_str).collect();
    assert_eq!(keys, ["logsource.definition", "simulation"]);
    assert_eq!(custom["simulation"], serde_json::json!(5));
}

#[test]
fn related_rules_are_read_and_what_is_none_is_reported() {
    let related = |text: &str| readings(&format!("title: T\nrelated:{text}\n")).remove(0);
    let good = related(" [{id: x, type: similar}, {id: y, type: obsolete}]");
    let expected = [("x", Relation::Similar), ("y", Relation::Obsolete)];
    let found = good.metadata.related.iter().map(|rule| (rule.id.as_str(), rule.relation));
    assert_eq!(found.collect::<Vec<_>>(), expected);
    for (text, help) in [
        (" [{id: x, type: similiar}]", "a similar relation is `similar`"),
        (" [{id: x}]", "name the id of the other rule, and how this one stands to it"),
        (" x", "name the id of the other rule, and how this one stands to it"),
    ] {
        let reading = related(text);
        let diagnostic = &reading.diagnostics.iter().find(|it| it.code == Code::InvalidMetadata).unwrap();
        assert_eq!(diagnostic.help.as_deref(), Some(help), "{text}");
        assert!(reading.metadata.related.is_empty());
    }
}

#[test]
fn license_scope_and_taxonomy_are_read() {
    let metadata = metadata("title: T\nlicense: MIT\nscope: [server]\ntaxonomy: ecs\n");
    assert_eq!((metadata.license.as_deref(), metadata.taxonomy.as_deref()), (Some("MIT"), Some("ecs")));
    assert_eq!(metadata.scope, ["server"]);
    assert!(metadata.custom.is_empty());
}

#[test]
fn a_rule_knows_its_origin_and_place() {
    let reading = readings(RULE).remove(0);
    assert!(reading.diagnostics.is_empty());
    let rule = reading.into_rule().unwrap();
    let Origin::LogSource(log_source) = &rule.origin else { panic!() };
    let source = Source::new("", RULE);
    assert_eq!(source.slice(log_source.span).lines().next(), Some("category: process_creation"));
    assert_eq!(source.slice(rule.span), RULE.trim_end());
}

#[test]
fn documents_are_read_apart() {
    let text = format!("---\n{RULE}---\n{RULE}");
    assert_eq!(readings(&text).iter().filter(|reading| reading.rule().is_some()).count(), 2);
}

#[test]
fn a_broken_document_does_not_stop_the_others() {
    let text = format!("{RULE}---\ntitle: [\n---\n{RULE}");
    let found = readings(&text);
    assert_eq!(found.iter().map(|reading| reading.rule().is_some()).collect::<Vec<_>>(), [true, false, true]);
    assert_eq!(found[1].diagnostics[0].code, Code::YamlSyntax);
}

#[test]
fn empty_documents_are_left_out() {
    assert!(readings("").is_empty());
    assert!(readings("# nothing\n---\n---\n").is_empty());
}

#[test]
fn what_is_not_a_rule_is_said() {
    assert_eq!(codes("just text"), [[Code::NotARule]]);
    assert_eq!(codes("a: b"), [[Code::NotARule]]);
}

#[test]
fn correlations_and_filters_are_recognised() {
    let document = |text: &str| readings(text).remove(0).document;
    let correlation = document("title: c\ncorrelation: {type: temporal, rules: a, timespan: 5m}");
    assert!(matches!(correlation, Document::Correlation(_)), "{correlation:?}");
    let filter = document(
        "title: f\nlogsource: {product: windows}\nfilter: {rules: [a], s: {b: c}, condition: not s}",
    );
    assert!(matches!(filter, Document::Filter(_)), "{filter:?}");
    assert_eq!(metadata("title: c\ncorrelation: {type: event_count}").title, "c");
}

#[test]
fn missing_parts_are_all_reported() {
    assert_eq!(codes("detection: {s: {f: x}}"), [[Code::MissingKey, Code::MissingKey, Code::MissingKey]]);
    assert_eq!(codes("title: t\nlogsource: {product: p}"), [[Code::MissingKey]]);
    assert_eq!(
        codes("title: t\nlogsource: {definition: p}\ndetection: {s: {f: x}, condition: s}"),
        [[Code::MissingKey]]
    );
}

#[test]
fn metadata_outside_its_vocabulary_is_a_warning() {
    let text = RULE.replace("level: high", "level: hihg").replace("2024-01-05", "yesterday");
    assert_eq!(codes(&text), [[Code::InvalidMetadata, Code::InvalidMetadata]]);
    assert!(readings(&text)[0].rule().is_some());
}

#[test]
fn a_global_document_completes_the_others() {
    let text = "action: global
title: g
logsource: {product: windows}
detection:
  condition: selection
---
detection:
  selection: {f: x}
---
detection:
  selection: {f: y}
";
    let found = readings(text);
    assert_eq!(found.len(), 2);
    assert!(found.iter().all(|reading| reading.rule().is_some() && reading.metadata.title == "g"));
}

#[test]
fn repeat_builds_on_the_document_before_and_reset_forgets() {
    let text = format!(
        "{RULE}---\naction: repeat\ntitle: Two\n---\naction: global\nlevel: low\n---\naction: reset\n---\n{RULE}"
    );
    let found = readings(&text);
    let titles: Vec<&str> = found.iter().map(|reading| reading.metadata.title.as_str()).collect();
    assert_eq!(titles, ["One", "Two", "One"]);
    assert!(found.iter().all(|reading| reading.rule().is_some()));
    assert_eq!(found[2].metadata.level, Some(Level::High));
}

#[test]
fn an_unknown_action_is_an_error() {
    assert_eq!(codes("action: other\ntitle: x"), [[Code::NotARule]]);
}

#[test]
fn very_many_problems_are_cut_short() {
    let values = vec!["yes"; 1000].join(", ");
    let text =
        format!("title: t\nlogsource: {{product: p}}\ndetection: {{s: {{f: [{values}]}}, condition: s}}");
    let found = &readings(&text)[0].diagnostics;
    assert_eq!(found.len(), 100);
    assert!(found[99].message.ends_with("(and 900 more problems in this document)"));
}

proptest! {
    #[test]
    fn reading_never_panics_on_truncated_rules(at in 0..RULE.len()) {
        if let Some(text) = RULE.get(..at) {
            readings(text);
        }
    }

    #[test]
    fn reading_never_panics_on_mutated_rules(
        edits in prop::collection::vec((0..RULE.len(), prop::sample::select(vec!["\n", " ", ":", "|", "*", "&a ", "*a", "[", "}", "'", "\"", "é", "- ", "%", "\\", "\t", "---\n", "!!int "])), 1..6)
    ) {
        let mut text = RULE.to_owned();
        for (at, insertion) in edits {
            if text.is_char_boundary(at) {
                text.insert_str(at, insertion);
            }
        }
        for reading in readings(&text) {
            prop_assert_eq!(reading.rule().is_none(), reading.diagnostics.iter().any(crate::diag::Diagnostic::is_error));
        }
    }
}

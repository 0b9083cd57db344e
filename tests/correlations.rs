//! Correlations: what each form becomes for every target, and what it means on events.

#![allow(clippy::unwrap_used, reason = "a test that panics is a test that fails")]

mod support;

use std::fmt::Write;

use rulec::{
    Options, Window,
    diag::Source,
    ir::{
        Origin, Pipeline, Rule,
        eval::{Event, Rows, Unevaluated, Value},
    },
    sigma::{self, ReadOptions, Reading},
};

fn linked(texts: &[&str]) -> Vec<Vec<Reading>> {
    let read = |text: &&str| sigma::read(&Source::new("rule.yml", *text), &ReadOptions::default());
    let mut sources: Vec<Vec<Reading>> = texts.iter().map(read).collect();
    sigma::link(&mut sources.iter_mut().map(Vec::as_mut_slice).collect::<Vec<_>>());
    sources
}

fn shown(text: &str, options: &Options) -> String {
    let mut out = String::new();
    for reading in linked(&[text]).remove(0).iter().filter(|reading| !reading.is_part()) {
        let rule = reading.rule().unwrap_or_else(|| panic!("reads: {:?}", reading.diagnostics));
        let conversions = rulec::convert(rule, &support::targets(), options);
        let shown = support::show(&conversions);
        write!(out, "==== {}\n\n{shown}", rule.metadata.title).unwrap();
    }
    out
}

#[test]
fn every_form_yields_its_reviewed_queries() {
    insta::glob!("cases/correlations/*.yml", |path| {
        let text = std::fs::read_to_string(path).unwrap();
        let stem = path.file_stem().unwrap().to_string_lossy().into_owned();
        bound(|| insta::assert_snapshot!(stem, shown(&text, &Options::default())));
    });
}

#[test]
fn windows_that_follow_one_another_are_asked_for() {
    let text = std::fs::read_to_string(support::root().join("tests/cases/correlations/counts.yml")).unwrap();
    let options = Options { window: Window::Tumbling, ..Options::default() };
    bound(|| insta::assert_snapshot!("tumbling", shown(&text, &options)));
}

#[test]
fn without_a_mapping_the_time_is_the_targets_and_all_events_are_in_one_place() {
    let text = std::fs::read_to_string(support::root().join("tests/cases/correlations/chained.yml")).unwrap();
    let options = Options { mapping: None, ..Options::default() };
    bound(|| insta::assert_snapshot!("unmapped", shown(&text, &options)));
}

#[test]
fn without_a_mapping_what_a_rule_says_of_a_time_stays() {
    let text = format!(
        "{}title: t\ncorrelation: {{timespan: 5m, type: event_count, rules: [a], condition: {{gte: 2}}}}\n",
        RULES.replace("kind: a", "UtcTime: a")
    );
    let rule = linked(&[&text]).remove(0).pop().unwrap().into_rule().unwrap();
    let options = Options { mapping: None, ..Options::default() };
    let splunk = rulec::target::find("splunk").unwrap();
    let query = rulec::convert(&rule, &[splunk], &options).remove(0).query.unwrap();
    assert!(query.starts_with("UtcTime=\"a\"\n") && query.contains("sort 0 +_time"), "{query}");
}

#[test]
fn what_is_written_as_sigma_converts_as_the_original_does() {
    let (splunk, sigma) = (rulec::target::find("splunk").unwrap(), rulec::target::find("sigma").unwrap());
    // Rules have other names then, and their events a column for them.
    let query = |rule: &Rule| {
        let query = rulec::convert(rule, &[splunk], &Options::default()).remove(0).query.unwrap();
        let prefix = rule.metadata.title.to_lowercase().replace(' ', "_") + "_";
        let query = query.replace(&prefix, "").replace("5e4c4e36-90a2-4c4c-8d0e-5bb1c5e7a9d1", "event_3");
        query.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    let mut written = 0;
    for name in ["counts", "occurrence"] {
        let path = support::root().join(format!("tests/cases/correlations/{name}.yml"));
        let text = std::fs::read_to_string(path).unwrap();
        for reading in linked(&[&text]).remove(0).iter().filter(|reading| !reading.is_part()) {
            let rule = reading.rule().unwrap();
            let text = rulec::convert(rule, &[sigma], &Options::default()).remove(0).query.unwrap();
            let again = linked(&[&text]).remove(0).pop().unwrap();
            let again = again.rule().unwrap_or_else(|| panic!("{:?}\n{text}", again.diagnostics));
            assert_eq!(query(again), query(rule), "{text}");
            written += 1;
        }
    }
    assert!(written > 15, "{written}");
}

fn bound(assert: impl FnOnce()) {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(support::root().join("snapshots/correlations"));
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.remove_snapshot_suffix();
    settings.remove_input_file();
    settings.bind(assert);
}

/// All events, wherever a rule looks.
struct Events(Vec<Event>);

impl Rows for Events {
    fn rows_of(&self, _: &Origin) -> Result<Vec<Event>, Unevaluated> {
        Ok(self.0.clone())
    }
}

/// Events of `minute:second kind user value`.
fn events(lines: &[&str]) -> Events {
    let event = |line: &&str| {
        let words: Vec<&str> = line.split(' ').collect();
        let mut event = Event::from_iter([("kind", words[1]), ("user", words[2])]);
        event.0.insert("UtcTime".into(), Value::from(format!("2026-01-01T10:{}Z", words[0]).as_str()));
        if let Some(value) = words.get(3) {
            event.0.insert("value".into(), Value::from(*value));
        }
        event
    };
    Events(lines.iter().map(event).collect())
}

const RULES: &str = "title: a
name: a
logsource: {category: x}
detection: {s: {kind: a}, condition: s}
---
title: b
name: b
logsource: {category: x}
detection: {s: {kind: b}, condition: s}
---
title: c
name: c
logsource: {category: y}
detection: {s: {kind: c}, condition: s}
---
";

fn rule(correlation: &str) -> Rule {
    let text = format!("{RULES}title: t\ncorrelation: {{timespan: 5m, group-by: user, {correlation}}}\n");
    let reading = linked(&[&text]).remove(0).pop().unwrap();
    assert!(reading.rule().is_some(), "{correlation}: {:?}", reading.diagnostics);
    reading.into_rule().unwrap()
}

/// The times at which a correlation finds something, each with its user.
fn found(correlation: &str, lines: &[&str]) -> Vec<String> {
    let Rule { origin, stages, look_back, .. } = rule(correlation);
    let rows = Pipeline { origin, stages, look_back }.rows_on(&events(lines)).unwrap();
    let text = |row: &Event, name: &str| row.0[name].to_json().as_str().unwrap().to_owned();
    rows.iter().map(|row| format!("{} {}", &text(row, "UtcTime")[14..19], text(row, "user"))).collect()
}

#[test]
fn events_count_in_windows_that_end_with_each() {
    let lines = ["04:00 a ada", "05:00 a ada", "05:01 a bob", "08:59 a ada", "20:00 a ada"];
    assert_eq!(found("type: event_count, rules: a, condition: {gte: 3}", &lines), ["08:59 ada"]);
    assert_eq!(found("type: event_count, rules: a, condition: {gt: 1, lt: 3}", &lines), ["05:00 ada"]);
    assert_eq!(
        found("type: event_count, rules: a, condition: {eq: 1}", &lines),
        ["04:00 ada", "05:01 bob", "20:00 ada"]
    );
    assert_eq!(found("type: event_count, rules: a, condition: {neq: 1}", &lines), ["05:00 ada", "08:59 ada"]);
}

#[test]
fn the_ends_of_a_window_are_in_it() {
    let three = "type: event_count, rules: a, condition: {gte: 2}";
    assert_eq!(found(three, &["00:00 a x", "05:00 a x"]), ["05:00 x"]);
    assert_eq!(found(three, &["00:00 a x", "05:01 a x"]), [""; 0]);
}

#[test]
fn an_event_of_two_rules_of_one_log_source_counts_once() {
    let text = RULES.replace("kind: b", "user: x");
    let text = format!(
        "{text}title: t\ncorrelation: {{type: event_count, rules: [a, b], timespan: 5m, condition: {{gte: 2}}}}\n"
    );
    let rule = linked(&[&text]).remove(0).pop().unwrap().into_rule().unwrap();
    let pipeline = Pipeline { origin: rule.origin, stages: rule.stages, look_back: None };
    assert!(pipeline.rows_on(&events(&["00:00 a x"])).unwrap().is_empty());
    assert_eq!(pipeline.rows_on(&events(&["00:00 a x", "00:01 a y"])).unwrap().len(), 1);
}

#[test]
fn values_count_once_and_are_computed_with() {
    let lines = ["00:00 a x 1", "00:01 a x 1", "00:02 a x 2", "00:03 a x 9"];
    let of = |kind: &str, criterion: &str| {
        found(&format!("type: {kind}, rules: a, condition: {{field: value, {criterion}}}"), &lines)
    };
    assert_eq!(of("value_count", "gte: 2"), ["00:02 x", "00:03 x"]);
    assert_eq!(of("value_sum", "gt: 12"), ["00:03 x"]);
    assert_eq!(of("value_avg", "lt: 1.2"), ["00:00 x", "00:01 x"]);
    assert_eq!(of("value_median", "eq: 1"), ["00:00 x", "00:01 x", "00:02 x", "00:03 x"]);
    assert_eq!(of("value_percentile", "percentile: 95, gte: 9"), ["00:03 x"]);
}

#[test]
fn values_of_two_fields_count_by_their_pairs() {
    let lines = ["00:00 a x 1", "00:01 a x 2", "00:02 a y 1", "00:03 a y 1"];
    let pairs = "type: value_count, rules: a, group-by: kind, condition: {field: [user, value], gte: 3}";
    let pairs = rule_without_group(pairs);
    assert_eq!(pairs.rows_on(&events(&lines)).unwrap().len(), 2);
}

/// The pipeline of a correlation that says itself what it groups by.
fn rule_without_group(correlation: &str) -> Pipeline {
    let text = format!("{RULES}title: t\ncorrelation: {{timespan: 5m, {correlation}}}\n");
    let rule = linked(&[&text]).remove(0).pop().unwrap().into_rule().unwrap();
    Pipeline { origin: rule.origin, stages: rule.stages, look_back: rule.look_back }
}

#[test]
fn rules_occur_in_any_order() {
    let lines = ["00:00 b x", "01:00 a x", "01:30 a y", "04:00 c x", "09:30 b x"];
    assert_eq!(found("type: temporal, rules: [a, b]", &lines), ["01:00 x"]);
    assert_eq!(found("type: temporal, rules: [a, b, c]", &lines), ["04:00 x"]);
    assert_eq!(
        found("type: temporal, rules: [a, b, c], condition: {gte: 2}", &lines),
        ["01:00 x", "04:00 x"]
    );
    assert_eq!(found("type: temporal, rules: [a, b, c], condition: a and not b", &lines), ["01:30 y"]);
    assert_eq!(found("type: temporal, rules: [a, b], condition: 1 of them", &lines).len(), 4);
}

#[test]
fn rules_occur_in_their_order() {
    let ordered = "type: temporal_ordered, rules: [a, b, c]";
    assert_eq!(found(ordered, &["00:00 a x", "01:00 b x", "02:00 c x"]), ["02:00 x"]);
    assert_eq!(found(ordered, &["00:00 b x", "01:00 a x", "02:00 c x"]), [""; 0]);
    assert_eq!(found(ordered, &["00:00 a x", "01:00 b y", "02:00 c x"]), [""; 0]);
    let late = ["00:00 a x", "01:00 b x", "04:00 a x", "04:30 b x", "06:00 c x"];
    assert_eq!(found(ordered, &late), ["06:00 x"], "the first beginning is too old, the second is not");
    assert_eq!(found(ordered, &["00:00 a x", "01:00 b x", "04:00 a x", "06:00 c x"]), [""; 0]);
    assert_eq!(found(ordered, &["00:00 c x", "00:00 b x", "00:00 a x"]), ["00:00 x"], "of the same instant");
}

#[test]
fn correlations_are_of_other_files() {
    let (rules, _) = RULES.split_once("---").unwrap();
    let correlation =
        "title: t\ncorrelation: {type: event_count, rules: a, timespan: 5m, condition: {gte: 2}}\n";
    let sources = linked(&[correlation, rules]);
    let rule = sources[0][0].rule().unwrap();
    let end = u32::try_from(correlation.len()).unwrap();
    let condition = rule.stages[0].condition().unwrap();
    assert!(condition.predicates().iter().all(|it| it.span.end <= end), "places are of this file");
    assert!(sources[1][0].is_part());
}

#[test]
fn kusto_counts_no_missing_account_as_a_value() {
    let text = "title: a\nname: a\nlogsource: {product: windows, category: process_creation}\ndetection: {s: {Image: x}, condition: s}\n---\ntitle: t\ncorrelation: {type: value_count, rules: a, timespan: 5m, condition: {field: User, gte: 2}}\n";
    let targets: Vec<_> = support::targets().into_iter().filter(|target| target.name == "defender").collect();
    let readings = linked(&[text]).remove(0);
    let conversions = rulec::convert(readings[1].rule().unwrap(), &targets, &Options::default());
    let query = conversions[0].query.as_deref().unwrap();
    assert!(query.contains("count_distinctif(value, isnotempty(value))"), "{query}");
}

#[test]
fn what_is_generated_is_no_part() {
    let text = format!(
        "{RULES}title: t\ncorrelation: {{type: temporal, rules: [a, b], timespan: 5m, generate: true}}\n---\ntitle: u\ncorrelation: {{type: temporal, rules: [b, c], timespan: 5m}}\n"
    );
    let parts: Vec<bool> = linked(&[&text])[0].iter().map(Reading::is_part).collect();
    assert_eq!(parts, [false, false, true, false, false]);
}

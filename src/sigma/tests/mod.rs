//! What rules mean, and what is said about faulty ones.

mod conditions;
mod detections;
mod diagnostics;
mod documents;
mod filters;
mod modifiers;

use super::{ReadOptions, Reading, read};
use crate::{
    diag::{Code, Source},
    ir::{
        Condition, Stage,
        eval::{Event, Value},
    },
};

/// Reads one rule of which only the detection section matters; `detection` is YAML, indented by two.
fn reading(detection: &str) -> (Source, Reading) {
    let text = format!("title: t\nlogsource: {{product: windows}}\ndetection:\n{detection}\n");
    let source = Source::new("rule.yml", text);
    let mut readings = read(&source, &options());
    assert_eq!(readings.len(), 1);
    (source, readings.remove(0))
}

fn options() -> ReadOptions {
    let values = |values: &[&str]| values.iter().map(ToString::to_string).collect::<Vec<_>>();
    ReadOptions {
        placeholders: [("Admins".to_owned(), values(&["alice", "bob*"])), ("Empty".to_owned(), Vec::new())]
            .into_iter()
            .collect(),
        ..ReadOptions::default()
    }
}

/// The condition of a rule without errors.
fn meaning(detection: &str) -> Condition {
    let (_, reading) = reading(detection);
    let rule = reading.rule().cloned().unwrap_or_else(|| panic!("{:?}", reading.diagnostics));
    match rule.stages.as_slice() {
        [Stage::Filter(condition)] => condition.clone(),
        other => panic!("{other:?}"),
    }
}

/// The condition of a rule whose one selection has this one item.
fn item(item: &str) -> Condition {
    meaning(&format!("  s:\n    {item}\n  condition: s"))
}

/// The code of each diagnostic and the source text it points at.
fn problems(detection: &str) -> Vec<(Code, String)> {
    let (source, reading) = reading(detection);
    let text = |span| source.slice(span).to_owned();
    reading.diagnostics.iter().map(|found| (found.code, found.span.map_or_else(String::new, text))).collect()
}

/// The problems of a rule whose one selection has this one item.
fn item_problems(item: &str) -> Vec<(Code, String)> {
    problems(&format!("  s:\n    {item}\n  condition: s"))
}

fn help(item: &str) -> String {
    let (_, reading) = reading(&format!("  s:\n    {item}\n  condition: s"));
    reading.diagnostics[0].help.clone().unwrap_or_default()
}

fn event(fields: &[(&str, &str)]) -> Event {
    fields.iter().copied().collect()
}

/// Whether a condition holds on an event whose field `f` has this value.
fn holds(condition: &Condition, value: impl Into<Value>) -> bool {
    condition.holds_on(&[("f", value.into())].into_iter().collect())
}

#[track_caller]
fn assert_matches(item: &str, yes: &[&str], no: &[&str]) {
    let condition = self::item(item);
    for value in yes {
        assert!(holds(&condition, *value), "{item} should match {value:?}: {condition:?}");
    }
    for value in no {
        assert!(!holds(&condition, *value), "{item} should not match {value:?}: {condition:?}");
    }
}

#[track_caller]
fn assert_problem(found: impl AsRef<[(Code, String)]>, code: Code, place: &str) {
    assert_eq!(found.as_ref(), [(code, place.to_owned())]);
}

//! The project's own rules, from both sides of the mapping table: events recorded by it are found by the rules that it
//! localizes, for every target.

#![allow(clippy::unwrap_used, reason = "a test that panics is a test that fails")]

mod support;

use std::{collections::BTreeSet, path::Path};

use rulec::{
    Options, Window,
    diag::Source,
    ir::{
        Origin, Pipeline, Rule,
        eval::{Event, Rows, Unevaluated, Value},
    },
    sigma,
    target::Language,
    trial::{self, ListTrial, TrialList},
    witness::Wanted,
};

#[test]
fn rows_of_own_rules_are_found_by_their_queries() {
    let targets: Vec<_> =
        support::targets().into_iter().filter(|target| target.language != Language::Sigma).collect();
    let (mut wrong, mut tried, mut fire) = (Vec::new(), 0, 0);
    for path in support::rule_files(&support::root().join("rules/sigma")) {
        let text = std::fs::read_to_string(&path).unwrap();
        let source = Source::new(path.display().to_string(), &text);
        for reading in sigma::read(&source, &support::placeholders()) {
            // Correlations have no verdict on single events.
            let Some(rule) = reading.into_rule() else { continue };
            for trial in trial::trials(&rule, &targets, &Options::default(), Wanted::default()).unwrap() {
                support::rows::check(&rule, &trial, &path, &mut wrong);
                tried += usize::from(!trial.rows.is_empty());
                fire += usize::from(trial.rows.iter().any(|row| row.matches));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(tried > 300 && fire * 100 >= tried * 97, "{fire} of {tried}");
}

#[test]
fn own_rules_find_their_events_in_dumps_of_windows_logs() {
    let (mut rules, mut wrong) = (0, Vec::new());
    for path in support::rule_files(&support::root().join("rules/sigma/windows")) {
        let source = Source::new(path.display().to_string(), std::fs::read_to_string(&path).unwrap());
        for reading in sigma::read(&source, &support::placeholders()) {
            let Some(tried) = support::windows::try_rule(reading.rule().unwrap(), &path) else { continue };
            rules += 1;
            if tried.found == 0 {
                wrong.push(format!("{} finds none of {} events", path.display(), tried.events));
            }
            wrong.extend(tried.wrong);
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(rules > 45, "{rules}");
}

/// The rules of a file, correlations put together.
fn linked(path: &Path) -> Vec<Rule> {
    let source = Source::new(path.display().to_string(), std::fs::read_to_string(path).unwrap());
    let mut readings = sigma::read(&source, &support::placeholders());
    sigma::link(&mut [readings.as_mut_slice()]);
    let is_whole = |reading: &sigma::Reading| !reading.is_part();
    readings.into_iter().filter(is_whole).filter_map(sigma::Reading::into_rule).collect()
}

/// The rows of a list, in the tables that they tell.
struct InTables<'l>(&'l TrialList);

impl Rows for InTables<'_> {
    fn rows_of(&self, origin: &Origin) -> Result<Vec<Event>, Unevaluated> {
        let is_there = |table: Option<&str>| match (origin, table) {
            (Origin::Dataset(dataset), Some(table)) => dataset.names.iter().any(|name| **name == *table),
            _ => true,
        };
        Ok(self.0.rows.iter().filter(|it| is_there(it.table.as_deref())).map(|it| it.row.clone()).collect())
    }
}

/// When something is found, and in which group; a missing value and an empty one are the same.
type Points = BTreeSet<(String, Vec<String>)>;

fn text(value: Option<&Value>) -> String {
    match value {
        None | Some(Value::Null) => String::new(),
        Some(Value::Text(text)) => text.clone(),
        Some(other) => other.to_json().to_string(),
    }
}

fn wanted(list: &TrialList) -> Points {
    let point = |found: &trial::Found| {
        (text(Some(&found.time)), found.group.iter().map(|value| text(Some(value))).collect())
    };
    list.found.iter().map(point).collect()
}

/// What the rule in the target's names finds in a list.
fn found(trial: &ListTrial, list: &TrialList) -> Points {
    let Rule { origin, stages, .. } = Rule::clone(trial.conversion.local.as_ref().unwrap());
    let rows = Pipeline { origin, stages, look_back: None }.rows_on(&InTables(list)).unwrap();
    let point = |row: &Event| {
        let value = |name: &String| text(row.0.get(name.as_str()));
        (value(&trial.time), trial.groups.iter().map(value).collect())
    };
    rows.iter().map(point).collect()
}

#[test]
fn correlations_find_in_the_names_of_targets_what_they_find_in_their_own() {
    let targets = support::targets();
    let mut paths = support::rule_files(&support::root().join("tests/cases/correlations"));
    paths.extend(support::rule_files(&support::root().join("rules/sigma/correlation")));
    paths.push(support::root().join("tests/conformance/correlations.yml"));
    let (mut lists, mut fire, mut wrong) = (0, 0, Vec::new());
    let mapped = Options::default();
    let all = [Options { window: Window::Tumbling, ..mapped }, Options { mapping: None, ..mapped }, mapped];
    for (path, options) in paths.iter().flat_map(|path| all.iter().map(move |options| (path, options))) {
        for rule in linked(path) {
            let Some(trials) = trial::list_trials(&rule, &targets, options, Wanted::default()) else {
                continue;
            };
            for (trial, list) in trials.iter().flat_map(|it| it.lists.iter().map(move |list| (it, list))) {
                lists += 1;
                fire += usize::from(!list.found.is_empty());
                if wanted(list) != found(trial, list) {
                    let name = trial.conversion.target.name;
                    wrong.push(format!("{name}: {}: {}", rule.metadata.title, list.why));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(lists > 2000 && fire * 4 > lists, "{fire} of {lists}");
}

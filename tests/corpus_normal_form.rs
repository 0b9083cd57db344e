//! Kusto → Sigma → Kusto and Sigma → Kusto → Sigma: plain predicates come back as they were, in canonical names.
//!
//! Without `RULEC_CORPORA` the project's own rules take the way; with it, real ones too. With `--nocapture` the counts
//! are shown, and with `RULEC_TABLE` every rule that comes back otherwise.
//!
//! Those that do, and why it is no loss:
//! * A Security event's rule comes back from the class of its event id (`logon` of 4624 and 4625), or the reverse.
//! * A search for terms under a negation is the regular expression that Sigma has for it; a pattern with wildcards
//!   inside is the one that Kusto has.
//! * Two canonical names of one column (`Status` and `Result` of sign-ins, `Initiated` and `EventType` of connections):
//!   the first one comes back.
//! * The end of a file's name without a separator (`.exe`) is told of the path in Sigma.
//! * A keyword comes back as a test of the one column that holds the event's text.
//! * Columns that Kusto has for what only a few events of a class have (`back: field-unmapped`) have no canonical name.
//! * A table that holds several classes (`back: event-unmapped`, as `DeviceEvents` without an action) does not say
//!   which one was meant.

#![allow(clippy::print_stdout, reason = "the counts are the point of a run with `--nocapture`")]
#![allow(clippy::unwrap_used, reason = "a test that panics is a test that fails")]

#[path = "support/meaning.rs"]
mod meaning;
mod support;

use std::{collections::BTreeMap, convert::Infallible, fs, path::PathBuf};

use meaning::Normal;
use rulec::{
    Options, convert,
    diag::{Code, Source},
    ir::{Case, Comparison, Condition, Origin, Pattern, Predicate, Rule, Shape, Stage, Test},
    kusto::files::{Dialect, Kind},
    mapping::{self, Mapping},
    read::{Format, read},
    sigma::ReadOptions,
    target,
};

/// What a rule looks for, in canonical names.
#[derive(Debug, PartialEq)]
struct Meaning {
    class: String,
    condition: Normal,
}

/// How a rule came back.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Outcome {
    /// As it was.
    Same,
    /// In other words, of which the same query is made.
    Alike,
    /// It did not go, or not all of the way, for this reason.
    Away(String),
    /// With another meaning.
    Other(String),
}

fn meaning_of(rule: &Rule) -> Result<Meaning, String> {
    let mut notes = Vec::new();
    let canonical =
        mapping::normalize(rule, Mapping::builtin(), &mut notes).map_err(|error| error.code.to_string())?;
    if let Some(note) = notes.iter().find(|note| note.effect.approximates()) {
        return Err(format!("read with {}", note.code));
    }
    let Origin::Class { class, .. } = &canonical.origin else { return Err("no class".to_owned()) };
    let tests = canonical.stages.iter().filter_map(Stage::condition).flat_map(Condition::predicates);
    let read: Vec<_> = tests.flat_map(|predicate| predicate.fields()).filter(|it| it.is_computed).collect();
    let filters: Option<Vec<Condition>> = canonical
        .stages
        .iter()
        .filter(|stage| !matches!(stage, Stage::Extend(name, _) if !read.contains(&name)))
        .map(|stage| stage.condition().cloned())
        .collect();
    let filters = filters.ok_or("more than filters")?;
    let condition = Condition::all(filters).try_map(true, &mut |predicate, _| Ok(loose(predicate)));
    let condition: Result<Condition, Infallible> = condition;
    Ok(Meaning { class: class.to_string(), condition: meaning::normal(&condition.unwrap()) })
}

/// A predicate without what Kusto does not tell apart, or every event passes: an empty text and none, the case of what has
/// no letters, a number and its digits, that an event has a time.
fn loose(predicate: &Predicate) -> Condition {
    let is = |test: Test| Condition::is(Predicate { test, ..predicate.clone() });
    let is_time = predicate.field().is_some_and(|field| &*field.name == "UtcTime");
    match &predicate.test {
        Test::Exists if is_time => Condition::Always,
        Test::Null if is_time => Condition::Never,
        Test::Number(Comparison::Equal, number) => {
            is(Test::Text(Pattern::exact(number.to_string()), Case::Insensitive))
        }
        Test::Text(pattern, _) if pattern.as_exact() == Some("") => is(Test::Null),
        Test::Text(pattern, _) if pattern.shape() == Shape::Anything => Condition::not(is(Test::Null)),
        Test::Text(pattern, _) if !pattern.has_letters() => {
            is(Test::Text(pattern.clone(), Case::Insensitive))
        }
        Test::Exists => Condition::not(is(Test::Null)),
        _ => Condition::is(predicate.clone()),
    }
}

/// The rule as another language says it, read again.
fn through(rule: &Rule, target: &str) -> Result<Rule, String> {
    let target = target::find(target).unwrap();
    let conversion = convert(rule, &[target], &Options::default()).remove(0);
    let query = conversion.query.ok_or("does not convert")?;
    let changed = conversion.notes.iter().find(|note| note.effect.approximates());
    if let Some(note) = changed.or(conversion.notes.iter().find(|note| note.code == Code::RawSearch)) {
        return Err(format!("converts with {}", note.code));
    }
    let (name, format) = match target.name {
        "sigma" => ("again.yml", Format::Sigma),
        name => {
            let dialect = if name == "defender" { Dialect::Defender } else { Dialect::Sentinel };
            ("again.kql", Format::Kusto { kind: Kind::Query, dialect })
        }
    };
    let mut readings = read(&Source::new(name, query.clone()), format, &ReadOptions::default());
    if readings.len() != 1 {
        return Err("several rules".to_owned());
    }
    let reading = readings.remove(0);
    reading
        .rule()
        .cloned()
        .ok_or_else(|| format!("is not read again: {}\n{query}", reading.diagnostics[0].message))
}

/// The query of a rule in canonical names: of one that names a table, by way of its event class.
fn query_of(rule: &Rule, target: &str) -> Option<String> {
    let canonical = mapping::normalize(rule, Mapping::builtin(), &mut Vec::new()).ok()?;
    convert(&plain(&canonical), &[target::find(target).unwrap()], &Options::default()).remove(0).query
}

fn outcome(rule: &Rule, way: &[&str]) -> Outcome {
    let before = match meaning_of(rule) {
        Ok(meaning) => meaning,
        Err(why) => return Outcome::Away(format!("source: {why}")),
    };
    let source = rule;
    let mut rule = rule.clone();
    for target in way {
        rule = match through(&rule, target) {
            Ok(rule) => rule,
            Err(why) if why.starts_with("is not read") => return Outcome::Other(why),
            Err(why) => return Outcome::Away(format!("{target}: {why}")),
        };
    }
    match meaning_of(&rule) {
        Err(why) => Outcome::Away(format!("back: {why}")),
        Ok(after) if after == before => Outcome::Same,
        // Two names of one column, two classes of one table: what decides is what is asked of the events.
        Ok(_)
            if ["sentinel", "defender"].iter().any(|target| {
                let query = query_of(source, target);
                query.is_some() && query == query_of(&rule, target)
            }) =>
        {
            Outcome::Alike
        }
        Ok(after) => Outcome::Other(format!("{before:?}\n{after:?}")),
    }
}

/// The rule without what only shows its events.
fn plain(rule: &Rule) -> Rule {
    let kept = rule.stages.iter().rposition(|stage| matches!(stage, Stage::Filter(_)));
    Rule { stages: rule.stages[..kept.map_or(0, |last| last + 1)].to_vec(), look_back: None, ..rule.clone() }
}

fn files(folder: PathBuf) -> Vec<PathBuf> {
    let (mut found, mut folders) = (Vec::new(), vec![folder]);
    while let Some(folder) = folders.pop() {
        let Ok(entries) = fs::read_dir(folder) else { continue };
        for entry in entries {
            let path = entry.unwrap().path();
            if path.is_dir() { folders.push(path) } else { found.push(path) }
        }
    }
    found.sort();
    found
}

fn rules(folder: &str, is_kusto: bool) -> Vec<(String, Rule)> {
    let own = files(support::root().join("rules").join(folder));
    let real = support::corpora().map(|corpora| files(corpora.join(folder))).unwrap_or_default();
    let mut rules = Vec::new();
    for path in own.into_iter().chain(real) {
        let name = path.display().to_string();
        let Ok(text) = fs::read_to_string(&path) else { continue };
        let source = Source::new(name.clone(), text);
        let format = Format::of_kusto(&name, source.text());
        if format.is_some() != is_kusto || (!is_kusto && path.extension().is_none_or(|it| it != "yml")) {
            continue;
        }
        for reading in read(&source, format.unwrap_or(Format::Sigma), &ReadOptions::default()) {
            rules.extend(reading.into_rule().map(|rule| (name.clone(), rule)));
        }
    }
    rules
}

/// Sends rules on a way, tells how they came back, and returns how many came back as they were, of those that did.
fn sent(rules: &[(String, Rule)], way: &[&str]) -> (usize, usize) {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    let (mut same, mut back) = (0, 0);
    for (name, rule) in rules {
        let outcome = outcome(&plain(rule), way);
        let what = match &outcome {
            Outcome::Same => "the same",
            Outcome::Alike => "the same query",
            Outcome::Away(why) => why,
            Outcome::Other(_) => "another meaning",
        };
        *counts.entry(what.to_owned()).or_default() += 1;
        same += usize::from(matches!(outcome, Outcome::Same | Outcome::Alike));
        back += usize::from(!matches!(outcome, Outcome::Away(_)));
        if let (Outcome::Other(what), true) = (&outcome, std::env::var_os("RULEC_TABLE").is_some()) {
            println!("OTHER {way:?} {name}\n{what}\n");
        }
    }
    println!("{way:?}: {counts:#?}");
    (same, back)
}

/// Of a few rules, one more or less is much.
fn assert_same((same, back): (usize, usize), least: usize, way: &str) {
    assert!(same > 0, "{way}: none comes back");
    let least = if support::corpora().is_some() { least } else { 70 };
    assert!(same * 100 >= back * least, "{way}: {same} of {back}");
}

#[test]
fn sigma_rules_come_back_from_kusto() {
    let rules = rules("sigma", false);
    for (target, least) in [("sentinel", 94), ("defender", 95)] {
        assert_same(sent(&rules, &[target]), least, target);
    }
}

#[test]
fn kusto_rules_come_back_from_sigma() {
    let rules = rules("kusto", true);
    for (way, least) in [(&["sigma"][..], 90), (&["sigma", "sentinel"], 80), (&["sigma", "defender"], 80)] {
        assert_same(sent(&rules, way), least, &way.join(" and "));
    }
}

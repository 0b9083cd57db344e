//! Writes every rule of a corpus of real ones, named by `RULEC_CORPORA`, reads it again, and compares the meanings.
#![allow(clippy::print_stdout, reason = "the counts are the point of a run with `--nocapture`")]
#![allow(clippy::unwrap_used, reason = "a test that panics is a test that fails")]

#[path = "support/meaning.rs"]
mod meaning;
mod support;

use std::collections::BTreeMap;

use proptest::{strategy::ValueTree as _, test_runner::TestRunner};
use rulec::{
    diag::Source,
    ir::{
        Condition, Pattern, Piece, Rule, Stage, Test,
        eval::{Event, Value},
    },
    sigma::{self, ReadOptions, WriteOptions},
    yaml::{self, Node},
};

/// A rule of the corpus: its file's name and text, and what it reads as.
struct Original {
    name: String,
    text: String,
    rule: Rule,
}

fn corpus() -> Vec<Original> {
    let Some(corpora) = support::corpora() else { return Vec::new() };
    let mut originals = Vec::new();
    for path in support::rule_files(&corpora.join("sigma")) {
        let text = std::fs::read_to_string(&path).unwrap();
        let name = path.display().to_string();
        for reading in sigma::read(&Source::new(name.clone(), text.clone()), &placeholders(&text)) {
            originals.extend(reading.into_rule().map(|rule| Original {
                name: name.clone(),
                text: text.clone(),
                rule,
            }));
        }
    }
    assert!(originals.len() > 1000, "the corpus is there");
    originals
}

/// A value for every placeholder that a rule names.
fn placeholders(text: &str) -> ReadOptions {
    let names =
        text.split('%').skip(1).filter(|name| !name.is_empty() && !name.contains(char::is_whitespace));
    ReadOptions {
        placeholders: names.map(|name| (name.to_owned(), vec![format!("<{name}>")])).collect(),
        ..ReadOptions::default()
    }
}

/// A rule written, as text, and read again.
fn round(original: &Original) -> (String, Rule) {
    let mut notes = Vec::new();
    let written = sigma::write(&original.rule, &WriteOptions::default(), &mut notes)
        .unwrap_or_else(|error| panic!("{}: {error:?}", original.name));
    assert!(notes.is_empty(), "{}: {notes:?}", original.name);
    let text = sigma::print(&written);
    let source = Source::new("written.yml", text.clone());
    let mut readings = sigma::read(&source, &ReadOptions::default());
    assert_eq!(readings.len(), 1, "{text}");
    let reading = readings.remove(0);
    let rule = reading
        .rule()
        .cloned()
        .unwrap_or_else(|| panic!("{}\n{text}\n{:?}", original.name, reading.diagnostics));
    assert!(reading.diagnostics.is_empty(), "{}\n{text}\n{:?}", original.name, reading.diagnostics);
    (text, rule)
}

fn condition(rule: &Rule) -> &Condition {
    let [Stage::Filter(condition)] = rule.stages.as_slice() else { panic!("one filter") };
    condition
}

#[test]
fn every_rule_is_written_so_that_it_reads_as_what_it_was() {
    let mut faults = Vec::new();
    let originals = corpus();
    for original in &originals {
        let (text, again) = round(original);
        if meaning::normal(condition(&original.rule)) != meaning::normal(condition(&again)) {
            faults.push(format!("{}\n{}\n{text}", original.name, original.text));
        }
        assert_eq!(original.rule.metadata.log_source.to_string(), again.metadata.log_source.to_string());
        let (before, after) = (&original.rule.metadata, &again.metadata);
        let words =
            |text: &Option<String>| text.as_ref().map(|text| text.split_whitespace().collect::<String>());
        assert_eq!(words(&before.description), words(&after.description), "{}", original.name);
        assert_eq!(words(&before.author), words(&after.author), "{}", original.name);
        assert_eq!(before.references, after.references, "{}", original.name);
        assert_eq!(before.false_positives, after.false_positives, "{}", original.name);
        assert_eq!((before.status, before.level), (after.status, after.level), "{}", original.name);
        assert_eq!(before.tags, after.tags, "{}", original.name);
        assert_eq!(before.related, after.related, "{}", original.name);
    }
    println!("{} rules, {} of another meaning", originals.len(), faults.len());
    if let Some(first) = faults.first() {
        println!("{first}");
    }
    assert!(faults.is_empty());
}

/// Events near what a rule looks for: each field has a value that one of its tests, or nearly, asks for.
fn events(rule: &Condition, count: usize, runner: &mut TestRunner) -> Vec<Event> {
    let mut values: BTreeMap<String, Vec<Option<Value>>> = BTreeMap::new();
    for predicate in rule.predicates() {
        let name = predicate.field().map_or("Message", |field| &field.name).to_owned();
        values
            .entry(name)
            .or_insert_with(|| vec![None, Some(Value::Text(String::new()))])
            .extend(near(&predicate.test));
    }
    let pick = |runner: &mut TestRunner, of: usize| {
        use proptest::strategy::Strategy as _;
        (0..of).new_tree(runner).unwrap().current()
    };
    (0..count)
        .map(|_| {
            let mut event = Event::default();
            for (name, values) in &values {
                if let Some(value) = &values[pick(runner, values.len())] {
                    event.0.insert(name.clone(), value.clone());
                }
            }
            event
        })
        .collect()
}

fn near(test: &Test) -> Vec<Option<Value>> {
    match test {
        Test::Text(pattern, _) => {
            let filled = |run: &str| {
                let text: String = pattern
                    .pieces()
                    .iter()
                    .map(|piece| match piece {
                        Piece::Literal(text) => text.as_str(),
                        Piece::AnyRun => run,
                        Piece::AnyOne => "x",
                    })
                    .collect();
                Some(Value::Text(text))
            };
            vec![filled(""), filled("x/-"), Some(Value::Text(format!("x{}", literals(pattern))))]
        }
        Test::Number(_, number) => vec![Some(Value::Number(*number)), Some(Value::Text(number.to_string()))],
        Test::Boolean(boolean) => vec![Some(Value::Boolean(*boolean))],
        Test::Null => vec![Some(Value::Null)],
        _ => vec![Some(Value::Text("10.0.0.1".into()))],
    }
}

fn literals(pattern: &Pattern) -> String {
    pattern.literals().collect()
}

#[test]
fn it_holds_on_the_same_events() {
    let mut runner = TestRunner::deterministic();
    let (mut held, mut tried) = (0, 0);
    for original in corpus().iter().step_by(7) {
        let (text, again) = round(original);
        for event in events(condition(&original.rule), 40, &mut runner) {
            let holds = condition(&original.rule).holds_on(&event);
            assert_eq!(holds, condition(&again).holds_on(&event), "{text}\n{event:?}");
            held += usize::from(holds);
            tried += 1;
        }
    }
    println!("{tried} events, {held} matches");
}

/// A rule's searches without their names, and its condition with names told by their kind only.
fn shape(text: &str) -> (BTreeMap<String, usize>, String) {
    let source = Source::new("shape.yml", text);
    let documents = yaml::parse(&source);
    let document = documents[0].as_ref().unwrap();
    let mut searches = BTreeMap::new();
    let mut condition = String::new();
    for (key, value) in document.root.get("detection").unwrap().as_map().unwrap() {
        if key.as_text().unwrap() == "condition" {
            condition = value.as_text().unwrap().split_whitespace().map(kind).collect::<Vec<_>>().join(" ");
        } else {
            *searches.entry(content(value)).or_default() += 1;
        }
    }
    (searches, condition)
}

fn kind(word: &str) -> &str {
    let bare = word.trim_matches(['(', ')']);
    match bare {
        "and" | "or" | "not" | "of" | "1" | "all" => word,
        _ if bare.starts_with("filter") => "filter",
        _ if bare.starts_with("keyword") => "keywords",
        _ => "selection",
    }
}

/// A node, whatever the order of its keys and values.
fn content(node: &Node<'_>) -> String {
    let sorted = |mut parts: Vec<String>| {
        parts.sort();
        parts.join(", ")
    };
    if let Some(entries) = node.as_map() {
        let entry =
            |(key, value): &(Node<'_>, Node<'_>)| format!("{}: {}", key.as_text().unwrap(), content(value));
        return format!("{{{}}}", sorted(entries.iter().map(entry).collect()));
    }
    match node.as_seq() {
        Some([only]) => content(only),
        Some(nodes) => format!("[{}]", sorted(nodes.iter().map(content).collect())),
        None => node.as_text().unwrap().replace("\\\\", "\\"),
    }
}

#[test]
fn most_rules_keep_their_authors_shape() {
    let originals = corpus();
    let (mut conditions, mut searches, mut both) = (0, 0, 0);
    let (mut selections, mut kept) = (0, 0);
    let mut changes: BTreeMap<String, usize> = BTreeMap::new();
    for original in &originals {
        let (text, _) = round(original);
        let (before, after) = (shape(&original.text), shape(&text));
        conditions += usize::from(before.1 == after.1);
        searches += usize::from(before.0 == after.0);
        both += usize::from(before == after);
        selections += before.0.values().sum::<usize>();
        kept += before
            .0
            .iter()
            .map(|(search, count)| (*count).min(after.0.get(search).copied().unwrap_or(0)))
            .sum::<usize>();
        if before.1 != after.1 {
            *changes.entry(format!("{}  ->  {}", before.1, after.1)).or_default() += 1;
        }
    }
    let total = originals.len();
    println!(
        "{total} rules: {conditions} conditions, {searches} sets of searches, {both} both as the author wrote them"
    );
    println!("{kept} of {selections} searches");
    let mut changes: Vec<_> = changes.into_iter().collect();
    changes.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    for (change, count) in changes.iter().take(30) {
        println!("{count:5} {change}");
    }
    assert!(both * 2 >= total, "{both} of {total}");
}

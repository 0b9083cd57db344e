//! Real Kusto queries. `RULEC_CORPORA` names a folder with a `kusto` folder of rule files; without it nothing is tested.
//!
//! The counts are those of the queries that Microsoft's own parser takes (`@kusto/language-service-next` 12.4): of 3,448
//! all but one, which assigns where it should compare. What it refuses for syntax is refused here too.

#![allow(clippy::unwrap_used, reason = "a test that panics is a test that fails")]

mod support;

use std::{fs, path::Path};

use rulec::{
    Options, convert,
    diag::{Code, Positions, Source},
    kusto::{self, files},
    read::{Format, read},
    sigma::ReadOptions,
    target,
};

/// Every query below the corpus's folder, with where it is from.
fn queries() -> Vec<(String, String)> {
    let Some(corpora) = support::corpora() else { return Vec::new() };
    let mut queries = Vec::new();
    let mut folders = vec![corpora.join("kusto")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                queries_of(&path, &mut queries);
            }
        }
    }
    queries.sort();
    queries
}

/// Every file of the corpus that may hold queries, with its text.
fn files_with_queries() -> Vec<(String, String)> {
    let mut names: Vec<String> = queries().into_iter().map(|(name, _)| name).collect();
    names.dedup();
    names.into_iter().map(|name| (name.clone(), fs::read_to_string(&name).unwrap())).collect()
}

fn queries_of(path: &Path, queries: &mut Vec<(String, String)>) {
    let Ok(text) = fs::read_to_string(path) else { return };
    let name = path.display().to_string();
    let Some(kind) = files::recognize(&name, &text) else { return };
    for query in files::read(&Source::new(name.clone(), text), kind) {
        queries.push((name.clone(), query.text));
    }
}

#[test]
fn queries_parse_and_print_to_the_same_tree() {
    let queries = queries();
    let (mut parsed_count, mut restless, mut faults) = (0, 0, Vec::new());
    for (name, text) in &queries {
        let parsed = kusto::parse(text, &Positions::default());
        if !parsed.diagnostics.is_empty() {
            assert!(parsed.diagnostics.iter().all(|diagnostic| diagnostic.span.is_some()), "{name}");
            continue;
        }
        parsed_count += 1;
        let formatted = kusto::format(&parsed.script, text);
        let again = kusto::parse(&formatted, &Positions::default());
        if again.script.statements != parsed.script.statements || !again.diagnostics.is_empty() {
            faults.push(format!("{name}: another tree: {:?}\n{formatted}", again.diagnostics.first()));
        } else if kusto::format(&again.script, &formatted) != formatted {
            restless += 1;
        } else if again.script.comments.len() != parsed.script.comments.len() {
            faults.push(format!("{name}: comments were lost"));
        }
    }
    let shown: Vec<&String> = faults.iter().take(5).collect();
    assert!(faults.is_empty(), "{} of {} faults: {shown:#?}", faults.len(), queries.len());
    // Comments inside of parentheses that stand around a whole query move once more.
    assert!(restless <= 10, "{restless} queries are formatted otherwise the second time");
    assert!(parsed_count * 1000 >= queries.len() * 980, "{parsed_count} of {} parse", queries.len());
}

#[test]
fn queries_are_read_or_refused_with_a_place() {
    let queries = queries();
    let mut read_count = 0;
    let mut all = 0;
    for (name, text) in &queries {
        let parsed = kusto::parse(text, &Positions::default());
        if !parsed.diagnostics.is_empty() {
            continue;
        }
        for query in kusto::read(&parsed.script, kusto::Context::default()) {
            all += 1;
            match query {
                Ok(_) => read_count += 1,
                Err(error) => {
                    let span = error.span.unwrap_or_else(|| panic!("{name}: {}", error.message));
                    assert!(span.range().end <= text.len(), "{name}: {}", error.message);
                }
            }
        }
    }
    assert!(read_count * 100 >= all * 80, "{read_count} of {all} are read");
}

/// The share of all queries, whatever they are, that convert; as measured, rounded down.
const LEAST_CONVERTED: &[(&str, usize)] =
    &[("sentinel", 80), ("splunk", 77), ("esql", 63), ("sigma", 49), ("eql", 40)];

#[test]
fn queries_convert_as_often_as_before_and_never_to_nothing() {
    let targets: Vec<_> = LEAST_CONVERTED.iter().map(|(name, _)| target::find(name).unwrap()).collect();
    let mut converted = vec![0; targets.len()];
    let mut all = 0;
    for (name, text) in files_with_queries() {
        let source = Source::new(name.clone(), text);
        let Some(format) = Format::of_kusto(&name, source.text()) else { continue };
        for reading in read(&source, format, &ReadOptions::default()) {
            all += 1;
            let Some(rule) = reading.rule() else { continue };
            for (index, conversion) in convert(rule, &targets, &Options::default()).iter().enumerate() {
                match (&conversion.query, &conversion.error) {
                    (Some(query), None) => {
                        assert!(!query.trim().is_empty(), "{name}: an empty query");
                        converted[index] += 1;
                    }
                    (None, Some(error)) => {
                        assert_ne!(error.code, Code::Internal, "{name}: {}", error.message);
                    }
                    other => panic!("{name}: {other:?}"),
                }
            }
        }
    }
    for ((target, least), count) in LEAST_CONVERTED.iter().zip(converted) {
        assert!(count * 100 >= all * least, "{target}: {count} of {all}");
    }
}

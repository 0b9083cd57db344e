//! The checks that `fuzz/` runs too, on what was found before and on inputs changed at random, without a fuzzer.
//!
//! `RULEC_FUZZ_CASES` says how many inputs each check gets, by default few.

mod support;

mod checks;

use std::path::Path;

use checks::{CHECKS, Check};
use proptest::{
    collection::vec,
    prelude::*,
    sample::{Index, select},
    test_runner::{Config, RngSeed, TestError, TestRunner},
};

/// Text that means something to one of the readers.
const WORDS: &[&str] = &[
    "|",
    "'",
    "\"",
    ":",
    "- ",
    "[",
    "]",
    "{",
    "}",
    "*",
    "\\",
    "&a ",
    "*a",
    "\n",
    "\t",
    "  ",
    "%x%",
    "null",
    "!!",
    "|re",
    "|cidr",
    "|all",
    "|base64offset",
    "not ",
    "1 of ",
    "(",
    ")",
    "\u{0}",
    "é",
    "9999999999999999999999",
    "---\n",
    "#",
    "| where ",
    "| extend a = ",
    "| summarize count() by ",
    "let x = ",
    ";",
    "//",
    "```",
    "dynamic(",
    "\u{feff}",
    "=~",
    "has_any",
    "1h",
    "datetime(",
    "..",
    "!",
    "<",
    "{none: x}",
    "\r\n",
    "__",
    "\u{1F600}",
];

/// One change of a text.
#[derive(Debug, Clone)]
enum Change {
    Cut(Index),
    Remove(Index, usize),
    Insert(Index, &'static str),
    Copy(Index, usize, Index),
    Byte(Index, u8),
}

impl Change {
    fn apply(&self, data: &mut Vec<u8>) {
        let at = |index: &Index, data: &[u8]| index.index(data.len() + 1);
        match self {
            Self::Cut(start) => data.truncate(at(start, data)),
            Self::Remove(start, length) => {
                let start = at(start, data);
                data.drain(start..(start + length).min(data.len()));
            }
            Self::Insert(start, word) => {
                let start = at(start, data);
                data.splice(start..start, word.bytes());
            }
            Self::Copy(start, length, to) => {
                let start = at(start, data);
                let copy = data[start..(start + length).min(data.len())].to_vec();
                let to = at(to, data);
                data.splice(to..to, copy);
            }
            Self::Byte(place, byte) => {
                let place = at(place, data);
                if let Some(old) = data.get_mut(place) {
                    *old = *byte;
                }
            }
        }
    }
}

fn change() -> impl Strategy<Value = Change> {
    prop_oneof![
        1 => any::<Index>().prop_map(Change::Cut),
        3 => (any::<Index>(), 1..20usize).prop_map(|(at, length)| Change::Remove(at, length)),
        5 => (any::<Index>(), select(WORDS)).prop_map(|(at, word)| Change::Insert(at, word)),
        3 => (any::<Index>(), 1..60usize, any::<Index>()).prop_map(|(at, length, to)| Change::Copy(at, length, to)),
        2 => (any::<Index>(), 32..127u8).prop_map(|(at, byte)| Change::Byte(at, byte)),
    ]
}

fn seeds(check: &Check) -> Vec<Vec<u8>> {
    let Some((folder, extension)) = check.seeds else { return Vec::new() };
    files(&support::root().join(folder), extension)
}

fn files(folder: &Path, extension: &str) -> Vec<Vec<u8>> {
    let mut found = Vec::new();
    let mut entries: Vec<_> = std::fs::read_dir(folder)
        .into_iter()
        .flatten()
        .map(|entry| entry.expect("readable").path())
        .collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            found.extend(files(&path, extension));
        } else if extension.is_empty() || path.extension().is_some_and(|own| own == extension) {
            found.push(std::fs::read(path).expect("a readable file"));
        }
    }
    found
}

fn cases() -> u32 {
    std::env::var("RULEC_FUZZ_CASES").ok().and_then(|count| count.parse().ok()).unwrap_or(150)
}

fn holds(name: &str) {
    let check = CHECKS.iter().find(|check| check.name == name).expect("a check");
    for found in files(&support::root().join("tests/regressions").join(name), "") {
        (check.run)(&found);
    }
    let seeds = seeds(check);
    for seed in &seeds {
        (check.run)(seed);
    }
    let config = Config {
        cases: cases(),
        failure_persistence: None,
        rng_seed: RngSeed::Fixed(20_261_124),
        max_shrink_iters: 2_000,
        ..Config::default()
    };
    let mut runner = TestRunner::new(config);
    let bytes = vec(any::<u8>(), 0..200);
    let made = |seed: &Index, changes: &[Change], bytes: Vec<u8>| {
        let mut data = if seeds.is_empty() { bytes } else { seeds[seed.index(seeds.len())].clone() };
        for change in changes {
            change.apply(&mut data);
        }
        data
    };
    let result = runner.run(&(any::<Index>(), vec(change(), 1..6), bytes), |(seed, changes, bytes)| {
        (check.run)(&made(&seed, &changes, bytes));
        Ok(())
    });
    match result {
        Ok(()) => {}
        Err(TestError::Fail(reason, (seed, changes, bytes))) => {
            let data = made(&seed, &changes, bytes);
            panic!("{name}: {reason}\nkeep it in tests/regressions/{name}:\n{}", data.escape_ascii());
        }
        Err(abort) => panic!("{name}: {abort}"),
    }
}

#[test]
fn every_check_has_a_fuzzing_target_and_a_test() {
    let tests = include_str!("fuzz.rs");
    let manifest = std::fs::read_to_string(support::root().join("fuzz/Cargo.toml")).expect("a manifest");
    for Check { name, .. } in CHECKS {
        assert!(tests.contains(&format!("holds(\"{name}\")")), "{name} is not tested");
        assert!(manifest.contains(&format!("name = \"{name}\"")), "{name} is not fuzzed");
    }
}

#[test]
fn yaml() {
    holds("yaml");
}

#[test]
fn sigma_rules() {
    holds("sigma_rule");
}

#[test]
fn sigma_conditions() {
    holds("sigma_condition");
}

#[test]
fn kusto_queries() {
    holds("kusto_query");
}

#[test]
fn kusto_rules() {
    holds("kusto_rule");
}

#[test]
fn kusto_files() {
    holds("kusto_file");
}

#[test]
fn regexes() {
    holds("regex");
}

#[test]
fn quoting() {
    holds("quoting");
}

#[test]
fn mapping_files() {
    holds("mapping");
}

#[test]
fn events() {
    holds("events");
}

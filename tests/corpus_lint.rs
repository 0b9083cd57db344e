//! What the linter finds in real rules. `RULEC_CORPORA` names a folder with `sigma` and `kusto` folders of rules; without
//! it nothing is tested. With `--nocapture` the counts are shown.
//!
//! Every finding of these codes in the corpus was looked at once, or a sample of the larger ones; the bounds keep a change
//! from adding noise unseen, or from losing what was found.

#![allow(clippy::unwrap_used, reason = "a test that panics is a test that fails")]
#![allow(clippy::print_stderr, reason = "the counts, and why nothing was tested")]

use std::{
    collections::BTreeMap,
    fs,
    ops::RangeInclusive,
    path::{Path, PathBuf},
    sync::LazyLock,
};

use rulec::{
    diag::{Code, Severity, Source},
    lint::{self, Finding, Identity, Written},
    read::Format,
    sigma::{ReadOptions, Reading, link},
};

/// A file of the corpus, with its rules.
struct File {
    source: Source,
    format: Format,
    readings: Vec<Reading>,
    written: Vec<Written>,
}

static SIGMA: LazyLock<Vec<File>> = LazyLock::new(|| files("sigma"));
static KUSTO: LazyLock<Vec<File>> = LazyLock::new(|| files("kusto"));

fn files(folder: &str) -> Vec<File> {
    let Some(root) = std::env::var_os("RULEC_CORPORA") else {
        eprintln!("RULEC_CORPORA is not set: no corpus to test");
        return Vec::new();
    };
    let mut paths = Vec::new();
    collect(&PathBuf::from(root).join(folder), &mut paths);
    paths.sort();
    let mut files: Vec<File> = paths.iter().filter_map(|path| file(path)).collect();
    link(&mut files.iter_mut().map(|file| file.readings.as_mut_slice()).collect::<Vec<_>>());
    files
}

fn collect(folder: &Path, paths: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { collect(&path, paths) } else { paths.push(path) }
    }
}

fn file(path: &Path) -> Option<File> {
    let source = Source::new(path.display().to_string(), fs::read_to_string(path).ok()?);
    let is_sigma = path.extension().is_some_and(|extension| extension == "yml");
    let format = Format::of_kusto(source.name(), source.text()).or(is_sigma.then_some(Format::Sigma))?;
    let (readings, written) = lint::read(&source, format, &ReadOptions::default());
    Some(File { source, format, readings, written })
}

/// What is found in each file, as the command tells it.
fn found(files: &[File]) -> Vec<(&File, Vec<Finding>)> {
    let options = lint::Options::default();
    let checked: Vec<lint::Checked> = files
        .iter()
        .map(|file| {
            let File { source, format, readings, written } = file;
            lint::check(&lint::File { source, format: *format, readings, written }, &options)
        })
        .collect();
    let identities: Vec<(&Source, &[Identity])> = files
        .iter()
        .zip(&checked)
        .map(|(file, checked)| (&file.source, checked.identities.as_slice()))
        .collect();
    let across = lint::across(&identities);
    let together = files.iter().zip(checked).zip(across);
    together
        .map(|((file, checked), others)| {
            let all = checked.findings.into_iter().chain(others).collect();
            (file, lint::settle(&file.source, all, &options))
        })
        .collect()
}

fn counts(found: &[(&File, Vec<Finding>)]) -> BTreeMap<(Code, Severity), usize> {
    let mut counts = BTreeMap::new();
    for finding in found.iter().flat_map(|(_, findings)| findings) {
        *counts.entry((finding.diagnostic.code, finding.diagnostic.severity)).or_default() += 1;
    }
    counts
}

/// Codes with how often they are found, at least and at most.
fn assert_counts(
    counts: &BTreeMap<(Code, Severity), usize>,
    bounds: &[(Code, RangeInclusive<usize>)],
    may_be_found: &[Code],
) {
    let mut faults = Vec::new();
    let total =
        |code: Code| counts.iter().filter(|((other, _), _)| *other == code).map(|(_, count)| count).sum();
    for (code, bound) in bounds {
        let count: usize = total(*code);
        if !bound.contains(&count) {
            faults.push(format!("{code}: {count} times, not {bound:?}"));
        }
    }
    for ((code, severity), count) in counts {
        let known = bounds.iter().any(|(known, _)| known == code) || may_be_found.contains(code);
        if !known {
            faults.push(format!("{code} ({}): {count} times, never before", severity.as_str()));
        }
    }
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

#[test]
fn the_findings_in_sigma_rules_are_as_many_as_were_looked_at() {
    if SIGMA.is_empty() {
        return;
    }
    let counts = counts(&found(&SIGMA));
    eprintln!("{counts:#?}");
    let bounds = [
        (Code::Redundant, 200..=260),
        (Code::UselessFilter, 2..=10),
        (Code::EscapedWildcard, 2..=10),
        (Code::EdgeWildcard, 10..=30),
        (Code::KeywordOnFields, 0..=40),
        (Code::UnknownField, 0..=60),
        (Code::AllOfFilters, 2..=5),
        (Code::InvalidRelated, 2..=5),
        (Code::NoTarget, 0..=10),
        (Code::PlainRegex, 1..=5),
    ];
    assert_counts(&counts, &bounds, &[Code::UnresolvedPlaceholder]);
}

#[test]
fn the_findings_in_kusto_rules_are_as_many_as_were_looked_at() {
    if KUSTO.is_empty() {
        return;
    }
    let counts = counts(&found(&KUSTO));
    eprintln!("{counts:#?}");
    let of_reading = [
        Code::Unsupported,
        Code::QuerySyntax,
        Code::NotARule,
        Code::InvalidRegex,
        Code::InvalidMetadata,
        Code::YamlSyntax,
        Code::DuplicateKey,
        Code::MissingKey,
    ];
    let bounds = [
        (Code::DuplicateRule, 300..=450),
        (Code::DuplicateTitle, 250..=350),
        (Code::DuplicateId, 20..=30),
        (Code::Redundant, 15..=30),
        (Code::UselessFilter, 5..=15),
        (Code::DeadBranch, 1..=5),
    ];
    assert_counts(&counts, &bounds, &of_reading);
}

/// A rule that converts is not called broken.
#[test]
fn sound_rules_get_no_errors() {
    for (file, findings) in found(&SIGMA).into_iter().chain(found(&KUSTO)) {
        for finding in findings.iter().filter(|finding| finding.diagnostic.is_error()) {
            let reading = finding.rule.and_then(|rule| file.readings.get(rule));
            let was_read = reading.is_some_and(|reading| reading.rule().is_some());
            assert!(!was_read, "{}: {:?}", file.source.name(), finding.diagnostic);
        }
    }
}

/// Fixed once, a file has nothing more to fix, and its rules mean what they meant.
#[test]
fn fixes_change_no_meaning_and_are_made_once() {
    let (options, reading) = (lint::Options::default(), ReadOptions::default());
    let mut files = 0;
    for file in SIGMA.iter().chain(KUSTO.iter()) {
        let Some(fixed) = lint::fixed(&file.source, file.format, &reading, &options, &|_| true) else {
            continue;
        };
        files += 1;
        let source = Source::new(file.source.name(), fixed.text);
        let (again, _) = lint::read(&source, file.format, &reading);
        let meanings = |readings: &[Reading]| -> Vec<_> {
            readings.iter().map(|reading| reading.rule().map(lint::Meaning::of)).collect()
        };
        assert_eq!(meanings(&again), meanings(&file.readings), "{}", source.name());
        assert_eq!(
            lint::fixed(&source, file.format, &reading, &options, &|_| true),
            None,
            "{}",
            source.name()
        );
    }
    assert!(SIGMA.is_empty() || files > 0);
}

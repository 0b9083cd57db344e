//! Real rules, as their authors publish them. Needs the environment variable `RULEC_CORPORA`; without it these
//! tests pass without looking at anything, and say so.

mod support;

use std::collections::BTreeMap;

use rulec::{
    Options,
    diag::{Code, Fidelity, Source},
    sigma::{self, ReadOptions},
};

#[derive(Default)]
struct Tally {
    exact: usize,
    approximate: usize,
    failed: usize,
    notes: BTreeMap<&'static str, usize>,
    errors: BTreeMap<&'static str, usize>,
}

/// Converts the whole corpus and hands every error that is no unresolved placeholder to `judge`.
fn tally(options: &Options, judge: impl Fn(&str, &str, Code, &str)) -> Option<BTreeMap<&'static str, Tally>> {
    let Some(corpora) = support::corpora() else {
        println!("RULEC_CORPORA is not set: nothing was tested");
        return None;
    };
    let mut tallies: BTreeMap<&'static str, Tally> = BTreeMap::new();
    for path in support::rule_files(&corpora.join("sigma")) {
        let name = path.display().to_string();
        let source = Source::new(&name, std::fs::read_to_string(&path).expect("UTF-8"));
        for reading in sigma::read(&source, &ReadOptions::default()) {
            let Some(rule) = &reading.rule else {
                for diagnostic in reading.diagnostics.iter().filter(|diagnostic| diagnostic.is_error()) {
                    assert_eq!(diagnostic.code, Code::UnresolvedPlaceholder, "{name}: {}", diagnostic.message);
                }
                for target in support::targets() {
                    tallies.entry(target.name).or_default().failed += 1;
                }
                continue;
            };
            for conversion in rulec::convert(rule, &support::targets(), options) {
                let tally = tallies.entry(conversion.target.name).or_default();
                match conversion.fidelity {
                    Fidelity::Exact => tally.exact += 1,
                    Fidelity::Approximate => tally.approximate += 1,
                    Fidelity::Failed => tally.failed += 1,
                }
                let codes: std::collections::BTreeSet<_> =
                    conversion.notes.iter().map(|note| note.code.as_str()).collect();
                for code in codes {
                    *tally.notes.entry(code).or_default() += 1;
                }
                if let Some(error) = &conversion.error {
                    *tally.errors.entry(error.code.as_str()).or_default() += 1;
                    judge(&name, conversion.target.name, error.code, &error.message);
                }
                assert!(
                    conversion.query.as_ref().is_none_or(|query| !query.trim().is_empty()),
                    "{name} yields an empty query for {}",
                    conversion.target.name
                );
            }
        }
    }
    for (target, tally) in &tallies {
        let Tally { exact, approximate, failed, notes, errors } = tally;
        println!("{target}: {exact} exact, {approximate} approximate, {failed} failed; {notes:?} {errors:?}");
    }
    Some(tallies)
}

#[test]
fn every_rule_converts_without_mapping() {
    let options = Options { mapping: false, ..Options::default() };
    let refuse = |rule: &str, target: &str, code: Code, message: &str| panic!("{rule} for {target}: {code}: {message}");
    let Some(tallies) = tally(&options, refuse) else { return };
    for (target, tally) in tallies {
        let all = tally.exact + tally.approximate + tally.failed;
        let share = 100 * tally.exact / all;
        let wanted = if target == "lucene" { 95 } else { 97 };
        assert!(share >= wanted, "{target}: {share} % exact, {wanted} wanted");
    }
}

#[test]
fn what_fails_with_mapping_says_which_field_value_or_event_has_no_place() {
    let judge = |rule: &str, target: &str, code: Code, message: &str| {
        let honest = [
            Code::FieldUnmapped,
            Code::ValueUnmapped,
            Code::EventUnmapped,
            Code::NoTelemetry,
            Code::UnknownEventClass,
            Code::NarrowingRefused,
            Code::Unsupported,
        ];
        assert!(honest.contains(&code), "{rule} for {target}: {code}: {message}");
    };
    tally(&Options::default(), judge);
}

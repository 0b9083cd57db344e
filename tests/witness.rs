//! The project's own rules, from both sides of the mapping table: events recorded by it are found by the rules that it
//! localizes, for every target.

#![allow(clippy::unwrap_used, reason = "a test that panics is a test that fails")]

mod support;

use rulec::{Options, diag::Source, sigma, target::Language, trial, witness::Wanted};

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

//! The mapping table from both sides, over a corpus: events recorded by it are found by the rules it localizes.
//!
//! Each rule's witnesses are put into the rows that a product would have recorded; the rule in that product's names,
//! evaluated on the rows, has to say of them what the rule itself says of the events. Needs `RULEC_CORPORA`.

#![allow(clippy::unwrap_used, reason = "a test that panics is a test that fails")]
#![allow(clippy::print_stdout, reason = "figures for whoever runs it")]

mod support;

use std::collections::BTreeMap;

use rulec::{
    Options,
    diag::Source,
    sigma,
    target::{self, Target},
    trial,
    witness::Wanted,
};
use support::rows::check;

const TARGETS: &[&str] = &["defender", "sentinel", "asim", "splunk", "splunk-cim", "lucene", "eql", "esql"];

#[test]
fn rows_recorded_by_the_table_are_found_by_rules_localized_by_it() {
    let Some(corpora) = support::corpora() else { return };
    let targets: Vec<&'static Target> = TARGETS.iter().map(|name| target::find(name).unwrap()).collect();
    let mut counts: BTreeMap<&str, (usize, usize, usize, usize)> = BTreeMap::new();
    let mut wrong = Vec::new();
    for path in support::rule_files(&corpora.join("sigma")) {
        let text = std::fs::read_to_string(&path).unwrap();
        let source = Source::new(path.display().to_string(), &text);
        for reading in sigma::read(&source, &sigma::ReadOptions::default()) {
            let Some(rule) = reading.rule() else { continue };
            for trial in trial::trials(rule, &targets, &Options::default(), Wanted::default()).unwrap() {
                let count = counts.entry(trial.conversion.target.name).or_default();
                count.0 += 1;
                count.1 += usize::from(!trial.rows.is_empty());
                count.2 += trial.rows.len();
                let fires = trial.rows.iter().any(|row| row.matches);
                count.3 += usize::from(fires);
                if !fires && trial.conversion.query.is_some() && std::env::var_os("RULEC_TABLE").is_some() {
                    println!(
                        "NEVER {} {} {}",
                        trial.conversion.target.name,
                        trial.rows.len(),
                        path.display()
                    );
                }
                check(rule, &trial, &path, &mut wrong);
            }
        }
    }
    for (target, (rules, tried, rows, fires)) in &counts {
        println!("{target}: {rules} rules, {tried} tried, {rows} rows, {fires} with one that matches");
    }
    for line in wrong.iter().take(400) {
        println!("{line}");
    }
    assert!(wrong.is_empty(), "{} verdicts differ", wrong.len());
}

#[test]
fn rules_find_their_events_in_dumps_of_windows_logs() {
    let Some(corpora) = support::corpora() else { return };
    let (mut rules, mut events, mut fire, mut wrong) = (0, 0, 0, Vec::new());
    for path in support::rule_files(&corpora.join("sigma")) {
        let source = Source::new(path.display().to_string(), std::fs::read_to_string(&path).unwrap());
        for reading in sigma::read(&source, &sigma::ReadOptions::default()) {
            let Some(rule) = reading.rule() else { continue };
            let Some(tried) = support::windows::try_rule(rule, &path) else { continue };
            rules += 1;
            events += tried.events;
            fire += usize::from(tried.found > 0);
            if tried.found == 0 && std::env::var_os("RULEC_TABLE").is_some() {
                println!("NEVER {} {}", tried.events, path.display());
            }
            wrong.extend(tried.wrong);
        }
    }
    println!("windows logs: {rules} rules, {events} events, {fire} rules find one");
    for line in wrong.iter().take(100) {
        println!("{line}");
    }
    assert!(wrong.is_empty(), "{} verdicts differ", wrong.len());
}

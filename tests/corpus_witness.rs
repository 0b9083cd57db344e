//! The mapping table from both sides, over a corpus: events recorded by it are found by the rules it localizes.
//!
//! Each rule's witnesses are put into the rows that a product would have recorded; the rule in that product's names,
//! evaluated on the rows, has to say of them what the rule itself says of the events. Needs `RULEC_CORPORA`.

#![allow(clippy::unwrap_used, reason = "a test that panics is a test that fails")]
#![allow(clippy::print_stdout, reason = "figures for whoever runs it")]

mod support;

use std::{collections::BTreeMap, path::Path};

use rulec::{
    Options,
    diag::Source,
    ir::{
        Origin, Pipeline, Rule,
        eval::{Event, Rows, Unevaluated},
    },
    mapping::{self, Mapping},
    sigma,
    target::{self, Target},
    trial::{self, Trial},
    witness::Wanted,
};

/// One row, wherever a rule looks.
struct One(Event);

impl Rows for One {
    fn rows_of(&self, _: &Origin) -> Result<Vec<Event>, Unevaluated> {
        Ok(vec![self.0.clone()])
    }
}

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
            let Some(rule) = &reading.rule else { continue };
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

/// The rule in the names of the schema that the query has.
fn localized(rule: &Rule, trial: &Trial) -> Option<Pipeline> {
    let mapping = Mapping::builtin();
    let normalized = mapping::normalize(rule, mapping, &mut Vec::new()).ok()?;
    let local = mapping::localize(&normalized, trial.conversion.schema?, mapping, &mut Vec::new()).ok()?;
    Some(Pipeline { origin: local.origin, stages: local.stages, look_back: None })
}

fn check(rule: &Rule, trial: &Trial, path: &Path, wrong: &mut Vec<String>) {
    if trial.rows.is_empty() {
        return;
    }
    let Some(pipeline) = localized(rule, trial) else { return };
    for row in &trial.rows {
        let found = !pipeline.rows_on(&One(row.row.clone())).unwrap().is_empty();
        let is_known = if found { trial.may_match_more() } else { trial.may_match_less() };
        if found != row.matches && !is_known {
            wrong.push(format!(
                "{} {} {}: {} should be {}: {}",
                trial.conversion.target.name,
                path.display(),
                row.why,
                found,
                row.matches,
                rulec::ir::eval::Value::Object(row.row.0.clone()).to_json(),
            ));
        }
    }
}

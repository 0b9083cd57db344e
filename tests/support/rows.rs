//! Rows that the mapping table records, put to the rules that it localizes.

#![allow(clippy::unwrap_used, reason = "a test that panics is a test that fails")]

use std::path::Path;

use rulec::{
    ir::{
        Origin, Pipeline, Rule,
        eval::{Event, Rows, Unevaluated},
    },
    mapping::{self, Mapping},
    trial::Trial,
};

/// One row, wherever a rule looks.
struct One(Event);

impl Rows for One {
    fn rows_of(&self, _: &Origin) -> Result<Vec<Event>, Unevaluated> {
        Ok(vec![self.0.clone()])
    }
}

/// The rule in the names of the schema that the query has.
fn localized(rule: &Rule, trial: &Trial) -> Option<Pipeline> {
    let mapping = Mapping::builtin();
    let normalized = mapping::normalize(rule, mapping, &mut Vec::new()).ok()?;
    let local = mapping::localize(&normalized, trial.conversion.schema?, mapping, &mut Vec::new()).ok()?;
    Some(Pipeline { origin: local.origin, stages: local.stages, look_back: None })
}

/// Appends a line for each row on which the two differ, and no note tells it.
pub fn check(rule: &Rule, trial: &Trial, path: &Path, wrong: &mut Vec<String>) {
    if trial.rows.is_empty() {
        return;
    }
    let Some(pipeline) = localized(rule, trial) else { return };
    for row in &trial.rows {
        let found = !pipeline.rows_on(&One(row.row.clone())).unwrap().is_empty();
        let is_known =
            if found { trial.conversion.may_match_more() } else { trial.conversion.may_match_less() };
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

//! Tries Sigma rules on events (trials, one a line, on standard input) in an evaluator of Sigma that is not rulec's.

use std::io::{self, BufRead, Write};

use serde_json::{Value, json};

/// The rows that a rule matches, or why it could not be tried.
type Verdict = Result<Vec<usize>, Value>;

fn rsigma(rule: &str, rows: &[Value]) -> Verdict {
    let rejected = |error: String| json!({"kind": "parse", "error": error});
    let collection = rsigma_parser::parse_sigma_yaml(rule).map_err(|error| rejected(error.to_string()))?;
    let mut engine = rsigma_eval::Engine::new();
    engine.add_collection(&collection).map_err(|error| refused(&error.to_string()))?;
    let matches = |row: &&Value| !engine.evaluate(&rsigma_eval::event::JsonEvent::borrow(row)).is_empty();
    Ok(matching(rows, matches))
}

/// It takes one operator a field: a part of a time cannot be compared otherwise than for equality.
fn refused(error: &str) -> Value {
    let kind = if error.contains("at most one operator") { "unsupported" } else { "parse" };
    json!({"kind": kind, "error": error})
}

fn sigma_rust(rule: &str, rows: &[Value]) -> Verdict {
    let rejected = |error: String| json!({"kind": "unsupported", "error": error});
    let rule = sigma_rust::rule_from_yaml(rule).map_err(|error| rejected(error.to_string()))?;
    let matches = |row: &&Value| {
        sigma_rust::event_from_json(&row.to_string()).is_ok_and(|event| sigma_rust::check_rule(&rule, &event))
    };
    Ok(matching(rows, matches))
}

fn matching(rows: &[Value], matches: impl Fn(&&Value) -> bool) -> Vec<usize> {
    rows.iter().enumerate().filter(|(_, row)| matches(row)).map(|(number, _)| number).collect()
}

fn main() -> io::Result<()> {
    let engine = if std::env::args().any(|argument| argument == "sigma-rust") { sigma_rust } else { rsigma };
    let mut out = io::stdout().lock();
    for line in io::stdin().lock().lines() {
        let trial: Value = serde_json::from_str(&line?)?;
        let rows: Vec<Value> =
            trial["rows"].as_array().into_iter().flatten().map(|row| row["row"].clone()).collect();
        let mut answer = match engine(trial["query"].as_str().unwrap_or_default(), &rows) {
            Ok(matches) => json!({"matches": matches}),
            Err(rejected) => rejected,
        };
        answer["id"] = trial["id"].clone();
        writeln!(out, "{answer}")?;
    }
    Ok(())
}

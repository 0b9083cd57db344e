//! Elastic Security: detection rules for import and for the detection-rules repository; Kibana's saved queries.

use serde_json::{Map, Value, json};

use super::{
    Wrapped, changed, defect,
    facts::Facts,
    lacks,
    report::markdown,
    schedule::{DAY, MINUTE, Schedule, show},
    threat::Group,
};
use crate::{
    attack::{Tactic, Technique},
    diag::{Diagnostic, Effect},
    ir::{Level, Stage},
    target::Language,
};

/// How much farther than to its last run a rule looks back: events arrive late.
const LATENESS: u64 = 4 * MINUTE;

/// A rule for `POST /api/detection_engine/rules/_import`, in one line.
pub(super) fn detection_rule(mut facts: Facts<'_>) -> Result<Wrapped, Diagnostic> {
    let mut rule = fields(&mut facts);
    rule.insert("to".to_owned(), json!("now"));
    rule.insert("enabled".to_owned(), json!(facts.is_enabled()));
    rule.insert("version".to_owned(), json!(1));
    rule.insert("max_signals".to_owned(), json!(100));
    rule.insert("exceptions_list".to_owned(), json!([]));
    rule.insert("actions".to_owned(), json!([]));
    let text = serde_json::to_string(&rule).map_err(|error| defect("no JSON", &error))?;
    let id = facts.uuid.clone();
    Ok(facts.wrapped(text + "\n", Some(id)))
}

/// A rule file of the detection-rules repository.
pub(super) fn detection_rule_toml(mut facts: Facts<'_>) -> Result<Wrapped, Diagnostic> {
    let rule = fields(&mut facts);
    let day = |text: &Option<String>| text.as_deref().map(|day| day.replace('-', "/"));
    let created = day(&facts.date).or_else(|| day(&facts.modified));
    let updated = day(&facts.modified).or_else(|| day(&facts.date));
    if created.is_none() {
        facts.tell(lacks("the repository wants a `creation_date`, and the rule has no date"));
    }
    let mut metadata = Map::new();
    let mut add = |key: &str, value: Option<String>| {
        if let Some(value) = value {
            metadata.insert(key.to_owned(), json!(value));
        }
    };
    add("creation_date", created);
    add("maturity", Some(maturity(&facts).to_owned()));
    add("updated_date", updated);
    let file = json!({"metadata": metadata, "rule": rule});
    let text = toml::to_string_pretty(&file).map_err(|error| defect("no TOML", &error))?;
    let id = facts.uuid.clone();
    Ok(facts.wrapped(text, Some(id)))
}

/// A saved query, as an export of saved objects has it.
pub(super) fn saved_query(mut facts: Facts<'_>) -> Result<Wrapped, Diagnostic> {
    let object = json!({
        "attributes": {
            "title": facts.title,
            "description": facts.with_particulars(facts.described()),
            "query": {"query": facts.query, "language": "lucene"},
            "filters": [],
        },
        "id": facts.uuid,
        "type": "query",
        "references": [],
    });
    facts.tell(lacks("a saved query has no severity, no ATT&CK and no schedule"));
    let text = serde_json::to_string(&object).map_err(|error| defect("no JSON", &error))?;
    let id = facts.uuid.clone();
    Ok(facts.wrapped(text + "\n", Some(id)))
}

/// What both forms of a rule have.
fn fields(facts: &mut Facts<'_>) -> Map<String, Value> {
    facts.tell_unplaced(&[
        "queryFrequency",
        "queryPeriod",
        "triggerOperator",
        "triggerThreshold",
        "schedule",
    ]);
    let language = facts.parcel.conversion.target.language;
    let (severity, risk_score) = severity(facts.level);
    if facts.level == Some(Level::Informational) {
        facts.tell(changed(Effect::None, "the severity is low: Elastic has none below it"));
    }
    let (kind, language_name) = match language {
        Language::Eql => ("eql", "eql"),
        Language::Esql => ("esql", "esql"),
        _ => ("query", "lucene"),
    };
    tell_of_query(facts, language);
    let asked = facts.schedule;
    let Schedule { frequency, period } = asked.within(MINUTE, 366 * DAY, "Elastic", &mut facts.told);
    let threat = threat(facts);

    let mut rule = Map::new();
    let mut add = |key: &str, value: Value| {
        rule.insert(key.to_owned(), value);
    };
    add("rule_id", json!(facts.uuid));
    add("name", json!(facts.title));
    add("description", json!(facts.described()));
    add("author", json!(authors(facts.author.as_deref())));
    add("severity", json!(severity));
    add("risk_score", json!(risk_score));
    add("type", json!(kind));
    add("language", json!(language_name));
    // ES|QL names its indices in the query.
    if language != Language::Esql && !facts.tables.is_empty() {
        add("index", json!(facts.tables));
    }
    add("query", json!(facts.query));
    add("interval", json!(show(frequency)));
    add("from", json!(format!("now-{}m", (period + LATENESS) / MINUTE)));
    add("references", json!(facts.references));
    add("false_positives", json!(facts.false_positives));
    let origin = facts.origin();
    if !origin.is_empty() {
        // A guide in markdown, in which Kibana would find commands.
        let items: Vec<String> = origin.iter().map(|line| format!("- {}", markdown(line))).collect();
        add("note", json!(items.join("\n")));
    }
    add("tags", json!(tags(facts)));
    add("threat", json!(threat));
    rule
}

/// What a rule of Elastic does otherwise with this query.
fn tell_of_query(facts: &mut Facts<'_>, language: Language) {
    let local = facts.parcel.conversion.local.as_deref();
    let counts = local.is_some_and(|rule| {
        rule.stages.iter().any(|stage| {
            matches!(stage, Stage::Summarize(_) | Stage::Slide(_) | Stage::Chain(_) | Stage::Pick(_))
        })
    });
    if language == Language::Esql && !counts {
        facts.tell(lacks(
            "the query names no METADATA columns, so that Elastic cannot tell an event that two runs find from two: it \
             may raise an alert twice",
        ));
    }
    let threshold = facts.own("triggerThreshold").and_then(Value::as_u64).unwrap_or(0);
    let operator = facts.own("triggerOperator").and_then(Value::as_str).unwrap_or("gt");
    if threshold > 0 || !matches!(operator.to_ascii_lowercase().as_str(), "gt" | "greaterthan") {
        facts.tell(changed(
            Effect::More,
            format!("each result raises an alert: Elastic cannot ask for their number to be `{operator} {threshold}`"),
        ));
    }
}

/// The severity, and the risk score that Elastic's own rules have for it.
fn severity(level: Option<Level>) -> (&'static str, u64) {
    match level {
        Some(Level::Critical) => ("critical", 99),
        Some(Level::High) => ("high", 73),
        Some(Level::Medium) | None => ("medium", 47),
        Some(Level::Low | Level::Informational) => ("low", 21),
    }
}

fn maturity(facts: &Facts<'_>) -> &'static str {
    if facts.is_enabled() { "production" } else { "deprecated" }
}

/// Names with commas between them.
fn authors(text: Option<&str>) -> Vec<&str> {
    let names = text.unwrap_or("").split(',').map(str::trim);
    names.filter(|name| !name.is_empty()).collect()
}

/// What is no tactic or technique: those stand under `threat`.
fn tags(facts: &Facts<'_>) -> Vec<String> {
    let others = facts.attack.others.iter().map(|named| format!("{}: {}", named.id, named.name));
    facts.other_tags().into_iter().chain(others).collect()
}

/// Tactics with their techniques, as Elastic nests them.
fn threat(facts: &mut Facts<'_>) -> Vec<Value> {
    let (groups, unknown) = facts.attack.groups();
    let note = (!unknown.is_empty())
        .then(|| lacks(format!("{} is left out: its name and tactic are not known", unknown.join(", "))));
    let groups: Vec<Value> = groups.iter().map(entry).collect();
    facts.told.extend(note);
    groups
}

fn entry(group: &Group) -> Value {
    let mut entry = json!({"framework": "MITRE ATT&CK", "tactic": tactic(group.tactic)});
    let techniques: Vec<Value> = group
        .techniques
        .iter()
        .map(|with| {
            let mut shown = technique(with.technique);
            if !with.subs.is_empty() {
                shown["subtechnique"] = with.subs.iter().map(|sub| technique(sub)).collect();
            }
            shown
        })
        .collect();
    if !techniques.is_empty() {
        entry["technique"] = Value::Array(techniques);
    }
    entry
}

fn tactic(tactic: &Tactic) -> Value {
    json!({"id": tactic.id, "name": tactic.name, "reference": tactic.url()})
}

fn technique(technique: &Technique) -> Value {
    json!({"id": technique.id, "name": technique.name, "reference": technique.url()})
}

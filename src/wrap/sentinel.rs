//! Microsoft Sentinel: analytic rules as YAML, ARM template and Bicep; hunting queries.
//!
//! Keys, limits and spellings are those of the Azure-Sentinel repository's checks, and of the API of
//! `Microsoft.SecurityInsights/alertRules`.

use serde_json::{Map, Value, json};

use super::{
    Wrapped, bicep, changed, defect, entities,
    facts::Facts,
    lacks,
    schedule::{DAY, HOUR, MINUTE, Schedule, iso_8601, show},
    threat,
};
use crate::{
    diag::{Diagnostic, Effect},
    ir::Level,
    kusto::files::Timespan,
};

const API_VERSION: &str = "2023-12-01-preview";

/// The characters that a query may have.
const QUERY_LIMIT: usize = 10_000;

/// Connectors by the table they fill; a name that ends in `*` is a prefix.
const CONNECTORS: &[(&str, &str)] = &[
    ("Device*", "MicrosoftThreatProtection"),
    ("Email*", "MicrosoftThreatProtection"),
    ("Identity*", "MicrosoftThreatProtection"),
    ("CloudAppEvents", "MicrosoftThreatProtection"),
    ("UrlClickEvents", "MicrosoftThreatProtection"),
    ("AlertInfo", "MicrosoftThreatProtection"),
    ("AlertEvidence", "MicrosoftThreatProtection"),
    ("SecurityEvent", "SecurityEvents"),
    ("WindowsEvent", "WindowsForwardedEvents"),
    ("SigninLogs", "AzureActiveDirectory"),
    ("AuditLogs", "AzureActiveDirectory"),
    ("AAD*", "AzureActiveDirectory"),
    ("AzureActivity", "AzureActivity"),
    ("AWSCloudTrail", "AWS"),
    ("OfficeActivity", "Office365"),
    ("Syslog", "Syslog"),
    ("DnsEvents", "DNS"),
];

/// Keys of a rule that both forms of an analytic rule place.
const PLACED: &[&str] = &[
    "requiredDataConnectors",
    "queryFrequency",
    "queryPeriod",
    "triggerOperator",
    "triggerThreshold",
    "entityMappings",
    "customDetails",
    "alertDetailsOverride",
    "eventGroupingSettings",
    "incidentConfiguration",
    "suppressionDuration",
    "suppressionEnabled",
    "kind",
    "schedule",
];

/// Keys that the API's resource has beside them.
const OF_API: &[&str] = &["enabled", "alertRuleTemplateName", "templateVersion"];

/// The long names that ARM has for trigger operators.
const OPERATORS: [(&str, &str); 4] =
    [("gt", "GreaterThan"), ("lt", "LessThan"), ("eq", "Equal"), ("ne", "NotEqual")];

/// An analytic rule, as the Azure-Sentinel repository has them.
pub(super) fn analytic_rule(mut facts: Facts<'_>) -> Result<Wrapped, Diagnostic> {
    let others = ["status", "tags", "metadata", "sentinelEntitiesMappings", "tags", "metadata", "version"];
    facts.tell_unplaced(&[PLACED, &others].concat());
    let rule = Rule::of(facts, Purpose::Alert);
    let mut map = Map::new();
    let facts = &rule.facts;
    map.insert("id".to_owned(), json!(facts.uuid));
    map.insert("name".to_owned(), json!(rule.name));
    map.insert("description".to_owned(), json!(rule.description));
    map.insert("severity".to_owned(), json!(rule.severity));
    copy(facts, &mut map, &["status"]);
    map.insert("requiredDataConnectors".to_owned(), rule.connectors.clone());
    if let Some(schedule) = rule.schedule {
        map.insert("queryFrequency".to_owned(), json!(show(schedule.frequency)));
        map.insert("queryPeriod".to_owned(), json!(show(schedule.period)));
        map.insert("triggerOperator".to_owned(), json!(rule.operator.0));
        map.insert("triggerThreshold".to_owned(), json!(rule.threshold));
    }
    rule.add_attack(&mut map);
    map.insert("query".to_owned(), json!(facts.query));
    rule.add_entities(&mut map);
    copy(
        facts,
        &mut map,
        &["customDetails", "alertDetailsOverride", "eventGroupingSettings", "incidentConfiguration"],
    );
    copy(facts, &mut map, &["suppressionDuration", "suppressionEnabled", "sentinelEntitiesMappings"]);
    map.insert("version".to_owned(), facts.own("version").cloned().unwrap_or_else(|| json!("1.0.0")));
    map.insert("kind".to_owned(), json!(rule.kind()));
    yaml(rule.facts, &Value::Object(map))
}

/// A hunting query, as the Azure-Sentinel repository has them.
pub(super) fn hunting_query(mut facts: Facts<'_>) -> Result<Wrapped, Diagnostic> {
    facts.tell_unplaced(&["requiredDataConnectors", "entityMappings", "version", "tags"]);
    let mut rule = Rule::of(facts, Purpose::Hunt);
    let mut map = Map::new();
    let facts = &rule.facts;
    map.insert("id".to_owned(), json!(facts.uuid));
    map.insert("name".to_owned(), json!(rule.name));
    map.insert("description".to_owned(), json!(rule.description));
    map.insert("requiredDataConnectors".to_owned(), rule.connectors.clone());
    rule.add_attack(&mut map);
    map.insert("query".to_owned(), json!(facts.query));
    rule.add_entities(&mut map);
    copy(facts, &mut map, &["tags", "version"]);
    if facts.level.is_some() {
        rule.facts.tell(lacks("a hunting query has no severity"));
    }
    yaml(rule.facts, &Value::Object(map))
}

/// An ARM template with the rule as its resource.
pub(super) fn arm(mut facts: Facts<'_>) -> Result<Wrapped, Diagnostic> {
    facts.tell_unplaced(&[PLACED, OF_API].concat());
    let rule = Rule::of(facts, Purpose::Alert);
    let name =
        format!("[concat(parameters('workspace'), '/Microsoft.SecurityInsights/{}')]", rule.facts.uuid);
    let template = json!({
        "$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#",
        "contentVersion": "1.0.0.0",
        "parameters": {"workspace": {"type": "String"}},
        "resources": [{
            "type": "Microsoft.OperationalInsights/workspaces/providers/alertRules",
            "apiVersion": API_VERSION,
            "name": name,
            "kind": rule.kind(),
            "properties": literal(rule.properties()),
        }],
    });
    let text = serde_json::to_string_pretty(&template).map_err(|error| defect("no JSON", &error))?;
    let id = rule.facts.uuid.clone();
    Ok(rule.facts.wrapped(text + "\n", Some(id)))
}

/// A Bicep file with the rule as its resource.
pub(super) fn bicep(mut facts: Facts<'_>) -> Wrapped {
    facts.tell_unplaced(&[PLACED, OF_API].concat());
    let rule = Rule::of(facts, Purpose::Alert);
    let resource = json!({
        "name": rule.facts.uuid,
        "kind": rule.kind(),
        "properties": rule.properties(),
    });
    let body = bicep::value(&resource).replacen('{', "{\n  scope: workspaceResource", 1);
    let text = format!(
        "param workspace string\n\n\
         resource workspaceResource 'Microsoft.OperationalInsights/workspaces@2022-10-01' existing = {{\n  name: workspace\n}}\n\n\
         resource rule 'Microsoft.SecurityInsights/alertRules@{API_VERSION}' = {body}\n"
    );
    let id = rule.facts.uuid.clone();
    rule.facts.wrapped(text, Some(id))
}

/// What a rule is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Purpose {
    /// It runs by itself, and raises alerts.
    Alert,
    /// People run it: it has neither schedule nor severity.
    Hunt,
}

/// What all of Sentinel's forms say.
struct Rule<'a> {
    facts: Facts<'a>,
    name: String,
    description: String,
    severity: &'static str,
    connectors: Value,
    /// Nothing for a rule that runs on each event (NRT).
    schedule: Option<Schedule>,
    operator: (&'static str, &'static str),
    threshold: u64,
    entities: Vec<Value>,
}

impl<'a> Rule<'a> {
    fn of(mut facts: Facts<'a>, purpose: Purpose) -> Self {
        let (name, description) = facts.limited(256, 4_000, "Sentinel");
        let description = facts.with_particulars(description);
        if facts.level == Some(Level::Critical) && purpose == Purpose::Alert {
            facts.tell(changed(Effect::None, "the severity is High: Sentinel has none above it"));
        }
        if facts.query.chars().count() > QUERY_LIMIT {
            facts.tell(lacks(format!(
                "Sentinel refuses queries of more than {QUERY_LIMIT} characters, such as this one"
            )));
        }
        let connectors = connectors(&mut facts);
        let schedule = if purpose == Purpose::Alert { schedule(&mut facts) } else { None };
        let operator = facts.own("triggerOperator").and_then(Value::as_str).and_then(operator);
        let threshold = facts.own("triggerThreshold").and_then(whole_number);
        let entities = entities::mappings(&facts);
        if facts.own("entityMappings").is_some_and(|own| own.as_array() != Some(&entities)) {
            facts.tell(changed(
                Effect::None,
                "the entity mappings are others than the rule's: their columns are not in the result",
            ));
        }
        Self {
            severity: severity(facts.level),
            facts,
            name,
            description,
            connectors,
            schedule,
            operator: operator.unwrap_or(OPERATORS[0]),
            threshold: threshold.unwrap_or(0),
            entities,
        }
    }

    fn kind(&self) -> &'static str {
        if self.schedule.is_some() { "Scheduled" } else { "NRT" }
    }

    /// Tactics and techniques, as YAML has them.
    fn add_attack(&self, map: &mut Map<String, Value>) {
        let tactics = threat::microsoft(&self.facts.attack);
        if !tactics.is_empty() {
            map.insert("tactics".to_owned(), json!(tactics));
        }
        let techniques: Vec<&str> =
            self.facts.attack.techniques.iter().map(|technique| technique.id.as_str()).collect();
        if !techniques.is_empty() {
            map.insert("relevantTechniques".to_owned(), json!(techniques));
        }
    }

    fn add_entities(&self, map: &mut Map<String, Value>) {
        if !self.entities.is_empty() {
            map.insert("entityMappings".to_owned(), json!(self.entities));
        }
    }

    /// The properties of the API's resource.
    fn properties(&self) -> Value {
        let facts = &self.facts;
        let techniques = &facts.attack.techniques;
        let (subs, bases): (Vec<&str>, Vec<&str>) =
            techniques.iter().map(|technique| technique.id.as_str()).partition(|id| id.contains('.'));
        // A sub-technique needs its technique beside it.
        let mut all_bases: Vec<&str> = bases;
        for sub in &subs {
            let base = sub.split('.').next().unwrap_or(sub);
            if !all_bases.contains(&base) {
                all_bases.push(base);
            }
        }
        let mut map = Map::new();
        let mut add = |key: &str, value: Value| {
            map.insert(key.to_owned(), value);
        };
        add("displayName", json!(self.name));
        add("description", json!(self.description));
        add("severity", json!(self.severity));
        add("enabled", json!(facts.is_enabled()));
        add("query", json!(facts.query));
        if let Some(schedule) = self.schedule {
            add("queryFrequency", json!(iso_8601(schedule.frequency)));
            add("queryPeriod", json!(iso_8601(schedule.period)));
            add("triggerOperator", json!(self.operator.1));
            add("triggerThreshold", json!(self.threshold));
        }
        let suppression = facts.own("suppressionDuration").and_then(Value::as_str);
        let suppression = suppression.and_then(Timespan::parse);
        add("suppressionDuration", json!(iso_8601(suppression.map_or(5 * HOUR, Timespan::seconds))));
        let is_suppressed = facts.own("suppressionEnabled").and_then(Value::as_bool).unwrap_or(false);
        add("suppressionEnabled", json!(is_suppressed));
        add("tactics", json!(threat::microsoft(&facts.attack)));
        add("techniques", json!(all_bases));
        add("subTechniques", json!(subs));
        if !self.entities.is_empty() {
            add("entityMappings", json!(self.entities));
        }
        copy(
            facts,
            &mut map,
            &["customDetails", "alertDetailsOverride", "eventGroupingSettings", "incidentConfiguration"],
        );
        copy(facts, &mut map, &["alertRuleTemplateName", "templateVersion"]);
        Value::Object(map)
    }
}

/// A severity of Sentinel's four.
fn severity(level: Option<Level>) -> &'static str {
    match level {
        Some(Level::Critical | Level::High) => "High",
        Some(Level::Medium) | None => "Medium",
        Some(Level::Low) => "Low",
        Some(Level::Informational) => "Informational",
    }
}

fn operator(text: &str) -> Option<(&'static str, &'static str)> {
    let is = |name: &str| name.eq_ignore_ascii_case(text.trim());
    OPERATORS.into_iter().find(|(short, long)| is(short) || is(long))
}

fn whole_number(value: &Value) -> Option<u64> {
    value.as_u64().or_else(|| value.as_str()?.trim().parse().ok())
}

/// 5 minutes to 14 days; what looks back two days or more runs hourly at most. A rule of kind NRT has none.
fn schedule(facts: &mut Facts<'_>) -> Option<Schedule> {
    let kind = facts.own("kind").and_then(Value::as_str);
    if kind.is_some_and(|kind| kind.eq_ignore_ascii_case("NRT")) {
        return None;
    }
    let asked = facts.schedule;
    let least = if asked.period >= 2 * DAY { HOUR } else { 5 * MINUTE };
    Some(asked.within(least, 14 * DAY, "Sentinel", &mut facts.told))
}

/// The author's, or those that fill the query's table.
fn connectors(facts: &mut Facts<'_>) -> Value {
    let tables = facts.tables.clone();
    if let Some(own) = facts.own("requiredDataConnectors") {
        let text = own.to_string();
        if tables.iter().all(|table| text.contains(&format!("\"{table}"))) {
            return own.clone();
        }
    }
    let mut connectors = Vec::new();
    for table in tables.iter().filter(|table| !table.starts_with('_')) {
        let covers =
            |name: &str| name.strip_suffix('*').map_or(name == table, |start| table.starts_with(start));
        match CONNECTORS.iter().find(|(name, _)| covers(name)) {
            Some((_, connector)) => connectors.push(json!({"connectorId": connector, "dataTypes": [table]})),
            None => facts.tell(lacks(format!(
                "which connector fills `{table}` is not known: `requiredDataConnectors` lacks it"
            ))),
        }
    }
    json!(connectors)
}

/// What the rule says itself under these keys.
fn copy(facts: &Facts<'_>, map: &mut Map<String, Value>, keys: &[&str]) {
    for key in keys {
        if let Some(value) = facts.own(key) {
            map.insert((*key).to_owned(), value.clone());
        }
    }
}

fn yaml(facts: Facts<'_>, value: &Value) -> Result<Wrapped, Diagnostic> {
    let text = serde_yaml::to_string(value).map_err(|error| defect("no YAML", &error))?;
    let id = facts.uuid.clone();
    Ok(facts.wrapped(text, Some(id)))
}

/// ARM evaluates a text in brackets; another bracket before it says that it is meant as it is.
fn literal(value: Value) -> Value {
    match value {
        Value::String(text) if text.starts_with('[') && text.ends_with(']') => {
            Value::String(format!("[{text}"))
        }
        Value::Array(items) => items.into_iter().map(literal).collect(),
        Value::Object(map) => map.into_iter().map(|(key, value)| (key, literal(value))).collect(),
        other => other,
    }
}

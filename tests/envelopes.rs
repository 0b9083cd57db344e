//! Envelopes: each is read again by a reader of its format and compared field by field, for every rule at hand, and
//! for rules whose texts try to get out.

#![allow(clippy::unwrap_used, reason = "a test that panics is a test that fails")]
#![allow(clippy::format_collect, reason = "clarity over speed")]
#![allow(clippy::print_stderr, reason = "figures, and why nothing was tested")]

mod support;

use proptest::{
    prelude::{ProptestConfig, Strategy, prop_assert, prop_assert_eq, proptest},
    sample::select,
};
use rulec::{
    Conversion, Options, attack,
    diag::Source,
    ir::Rule,
    mapping::Mapping,
    read::{Format, read},
    target::{self, TARGETS, Target},
    wrap::{self, ENVELOPES, Envelope, Parcel, Templates, Wrapped},
};
use serde_json::Value;
use support::{bicep, conf};

fn rules(source: &Source) -> Vec<Rule> {
    let format = Format::of_kusto(source.name(), source.text()).unwrap_or(Format::Sigma);
    let readings = read(source, format, &support::placeholders());
    readings.iter().filter_map(|reading| reading.rule().cloned()).collect()
}

fn rule(path: &str) -> Rule {
    let text = std::fs::read_to_string(support::root().join(path)).unwrap();
    rules(&Source::new(path, text)).remove(0)
}

fn convert(rule: &Rule, target: &str) -> Conversion {
    let target = target::find(target).unwrap();
    rulec::convert(rule, &[target], &Options::default()).remove(0)
}

fn parcel<'a>(rule: &'a Rule, conversion: &'a Conversion) -> Parcel<'a> {
    Parcel { rule, conversion, mapping: Some(Mapping::builtin()), path: "rules/a.yml" }
}

fn wrapped(rule: &Rule, target: &str, envelope: &str) -> Wrapped {
    let conversion = convert(rule, target);
    wrap::envelope(wrap::find(envelope).unwrap(), parcel(rule, &conversion)).unwrap()
}

/// What a file says, read by a reader of its format, as far as all formats say it.
#[derive(Debug, PartialEq)]
struct Said {
    title: String,
    description: String,
    query: String,
    severity: Option<String>,
    techniques: Vec<String>,
    /// Every place in the file, without values.
    shape: Vec<String>,
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("a text, not {value}")).to_owned()
}

fn texts(value: &Value) -> Vec<String> {
    value.as_array().map(|items| items.iter().map(text).collect()).unwrap_or_default()
}

fn shape_of(value: &Value, path: &str, shape: &mut Vec<String>) {
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                shape_of(value, &format!("{path}.{key}"), shape);
            }
        }
        Value::Array(items) => {
            for item in items {
                shape_of(item, &format!("{path}[]"), shape);
            }
        }
        _ => shape.push(path.to_owned()),
    }
}

fn shape(value: &Value) -> Vec<String> {
    let mut shape = Vec::new();
    shape_of(value, "", &mut shape);
    shape
}

/// Reads a file of an envelope again.
fn said(envelope: &Envelope, file: &str) -> Said {
    match envelope.name {
        "saved-search" | "correlation-search" => said_by_conf(file),
        "analytic-rule" | "hunting-query" => {
            let rule: Value = serde_yaml::from_str(file).unwrap();
            assert!(uuid::Uuid::parse_str(&text(&rule["id"])).is_ok());
            let severity = rule.get("severity").map(text);
            said_by(&rule, ["name", "description", "query", "relevantTechniques"], severity)
        }
        "analytic-rule-arm" => {
            let template: Value = serde_json::from_str(file).unwrap();
            let properties = &template["resources"][0]["properties"];
            said_by(
                &evaluated(properties),
                ["displayName", "description", "query", "subTechniques"],
                Some(text(&properties["severity"])),
            )
        }
        "analytic-rule-bicep" => {
            let resources = bicep::parse(file).unwrap_or_else(|error| panic!("{error}\n{file}"));
            let rule = resources.iter().find(|resource| !resource.is_existing).unwrap();
            assert_eq!(resources.len(), 2);
            let properties = &rule.body["properties"];
            said_by(
                properties,
                ["displayName", "description", "query", "subTechniques"],
                Some(text(&properties["severity"])),
            )
        }
        "custom-detection" => {
            let body: Value = serde_json::from_str(file).unwrap();
            let alert = &body["detectionAction"]["alertTemplate"];
            Said {
                title: text(&body["displayName"]),
                description: text(&alert["description"]),
                query: text(&body["queryCondition"]["queryText"]),
                severity: Some(text(&alert["severity"])),
                techniques: texts(&alert["mitreTechniques"]),
                shape: shape(&body),
            }
        }
        "detection-rule" => {
            assert_eq!(file.matches('\n').count(), 1, "one line");
            said_by_elastic(&serde_json::from_str(file).unwrap())
        }
        "detection-rule-toml" => {
            let file: toml::Value = toml::from_str(file).unwrap();
            let file = serde_json::to_value(file).unwrap();
            said_by_elastic(&file["rule"])
        }
        "saved-query" => {
            let object: Value = serde_json::from_str(file).unwrap();
            let attributes = &object["attributes"];
            Said {
                title: text(&attributes["title"]),
                description: text(&attributes["description"]),
                query: text(&attributes["query"]["query"]),
                severity: None,
                techniques: Vec::new(),
                shape: shape(&object),
            }
        }
        other => panic!("no reader for {other}"),
    }
}

fn said_by(rule: &Value, keys: [&str; 4], severity: Option<String>) -> Said {
    let [title, description, query, techniques] = keys.map(|key| rule.get(key).unwrap_or(&Value::Null));
    Said {
        title: text(title),
        description: text(description),
        query: text(query),
        severity,
        techniques: texts(techniques),
        shape: shape(rule),
    }
}

fn said_by_elastic(rule: &Value) -> Said {
    assert!(uuid::Uuid::parse_str(&text(&rule["rule_id"])).is_ok());
    let all = rule["threat"].as_array().map_or(&[][..], Vec::as_slice);
    let techniques =
        all.iter().flat_map(|threat| threat["technique"].as_array().map_or(&[][..], Vec::as_slice));
    let ids = techniques.map(|technique| {
        let known = attack::technique(&text(&technique["id"])).unwrap();
        assert_eq!(
            (technique["name"].as_str(), technique["reference"].as_str()),
            (Some(known.name), Some(&*known.url()))
        );
        known.id.to_owned()
    });
    let ids = ids.collect();
    said_by(rule, ["name", "description", "query", ""], Some(text(&rule["severity"]))).with_techniques(ids)
}

impl Said {
    fn with_techniques(self, techniques: Vec<String>) -> Self {
        Self { techniques, ..self }
    }
}

fn said_by_conf(file: &str) -> Said {
    let mut stanzas = conf::parse(file).unwrap_or_else(|error| panic!("{error}\n{file}"));
    assert_eq!(stanzas.len(), 1, "{file}");
    let (name, stanza) = stanzas.remove(0);
    let annotations: Value = serde_json::from_str(&stanza["action.correlationsearch.annotations"]).unwrap();
    Said {
        title: name,
        description: stanza["description"].clone(),
        query: stanza["search"].clone(),
        severity: stanza.get("action.notable.param.severity").cloned(),
        techniques: texts(&annotations["mitre_attack"]),
        shape: stanza.keys().cloned().collect(),
    }
}

/// A template's values as Azure Resource Manager evaluates them: a text in brackets is an expression, and two opening
/// ones stand for one.
fn evaluated(value: &Value) -> Value {
    match value {
        Value::String(text) if text.starts_with('[') && text.ends_with(']') => {
            let literal = text.strip_prefix("[[").unwrap_or_else(|| panic!("an expression: {text}"));
            Value::String(format!("[{literal}"))
        }
        Value::Array(items) => items.iter().map(evaluated).collect(),
        Value::Object(map) => map.iter().map(|(key, value)| (key.clone(), evaluated(value))).collect(),
        other => other.clone(),
    }
}

/// Every file of a rule, read again; how many there were.
fn check(rule: &Rule) -> usize {
    let targets: Vec<&'static Target> = TARGETS.iter().collect();
    let conversions = rulec::convert(rule, &targets, &Options::default());
    let mut count = 0;
    for conversion in &conversions {
        let Some(query) = &conversion.query else { continue };
        for envelope in wrap::of_target(conversion.target).filter(|envelope| !envelope.is_of_a_rule()) {
            let file = match wrap::envelope(envelope, parcel(rule, conversion)) {
                Ok(wrapped) => wrapped.text,
                Err(error) if error.message.starts_with("a configuration file of Splunk cannot hold") => {
                    continue;
                }
                Err(error) => panic!("{} for {}: {}", rule.metadata.title, envelope.name, error.message),
            };
            let said = said(envelope, &file);
            assert_eq!(said.query.trim_end(), query.trim_end(), "{}", envelope.name);
            count += 1;
        }
    }
    let report = wrap::report(rule, &conversions, "rules/a.yml").unwrap();
    for conversion in conversions.iter().filter(|conversion| conversion.query.is_some()) {
        assert!(report.text.contains(&format!("## {}: ", conversion.target.name)));
    }
    count + 1
}

#[test]
fn every_envelope_of_every_rule_of_the_project_is_read_again() {
    let mut count = 0;
    for folder in ["rules/sigma", "rules/kusto"] {
        for path in files_below(&support::root().join(folder)) {
            let Ok(text) = std::fs::read_to_string(&path) else { continue };
            for rule in rules(&Source::new(path.display().to_string(), text)) {
                count += check(&rule);
            }
        }
    }
    assert!(count > 1_000, "{count}");
}

#[test]
fn every_envelope_of_every_rule_of_the_corpora_is_read_again() {
    let Some(root) = support::corpora() else {
        eprintln!("RULEC_CORPORA is not set: no corpus to test");
        return;
    };
    let (mut count, mut found) = (0, 0);
    for folder in ["sigma", "kusto"] {
        for path in files_below(&root.join(folder)) {
            let extension = path.extension().and_then(|extension| extension.to_str()).unwrap_or("");
            if !["yml", "yaml", "kql"].contains(&extension) {
                continue;
            }
            let Ok(text) = std::fs::read_to_string(&path) else { continue };
            for rule in rules(&Source::new(path.display().to_string(), text)) {
                found += 1;
                count += check(&rule);
            }
        }
    }
    eprintln!("{count} files of {found} rules");
    assert!(count > found);
}

fn files_below(folder: &std::path::Path) -> Vec<std::path::PathBuf> {
    let mut entries: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    let below = |path: std::path::PathBuf| if path.is_dir() { files_below(&path) } else { vec![path] };
    entries.into_iter().flat_map(below).collect()
}

const WHOAMI: &str = "rules/sigma/windows/process_creation/office_spawns_script_host.yml";

#[test]
fn an_envelope_of_each_kind_looks_like_this() {
    insta::with_settings!({snapshot_path => "../snapshots/envelopes", prepend_module_to_snapshot => false, omit_expression => true}, {
        let rule = rule(WHOAMI);
        for envelope in ENVELOPES {
            if envelope.is_of_a_rule() {
                let targets: Vec<&'static Target> = TARGETS.iter().collect();
                let conversions = rulec::convert(&rule, &targets, &Options::default());
                insta::assert_snapshot!(envelope.name, wrap::report(&rule, &conversions, "rules/a.yml").unwrap().text);
                continue;
            }
            let file = wrapped(&rule, envelope.targets[0], envelope.name);
            let notes: String = file.notes.iter().map(|note| format!("# {}: {}\n", note.code, note.message)).collect();
            insta::assert_snapshot!(envelope.name, format!("{}{notes}", file.text));
        }
    });
    // The names of the snapshots, for the test that looks for orphans.
    let known = [
        "saved-search",
        "correlation-search",
        "analytic-rule",
        "analytic-rule-arm",
        "analytic-rule-bicep",
        "hunting-query",
        "custom-detection",
        "detection-rule",
        "detection-rule-toml",
        "saved-query",
        "report",
    ];
    assert_eq!(ENVELOPES.iter().map(|envelope| envelope.name).collect::<Vec<_>>(), known);
}

#[test]
fn every_envelope_names_targets_that_exist() {
    for envelope in ENVELOPES {
        assert!(envelope.targets.iter().all(|name| target::find(name).is_some()), "{}", envelope.name);
    }
}

#[test]
fn an_envelope_that_does_not_fit_names_those_that_do() {
    let rule = rule(WHOAMI);
    let conversion = convert(&rule, "eql");
    let error = wrap::envelope(wrap::find("saved-search").unwrap(), parcel(&rule, &conversion)).unwrap_err();
    assert!(error.help.unwrap().contains("`detection-rule`"));
}

#[test]
fn arm_and_bicep_say_the_same() {
    let rule = rule(WHOAMI);
    let template: Value =
        serde_json::from_str(&wrapped(&rule, "sentinel", "analytic-rule-arm").text).unwrap();
    let file = wrapped(&rule, "sentinel", "analytic-rule-bicep").text;
    let resources = bicep::parse(&file).unwrap();
    let resource = &resources[1];
    assert_eq!(resource.body["properties"], evaluated(&template["resources"][0]["properties"]));
    assert_eq!(resource.body["scope"], "<workspaceResource>");
    assert_eq!(resource.symbol, "rule");
    assert!(resource.ty.starts_with("Microsoft.SecurityInsights/alertRules@"));
}

#[test]
fn a_sentinel_rule_keeps_its_schedule_severity_and_entities() {
    let text = "id: 0f8fad5b-d9cb-469f-a165-70867728950e
name: Many failed sign-ins
description: |
  'One account fails often.'
severity: Low
requiredDataConnectors:
  - connectorId: AzureActiveDirectory
    dataTypes: [SigninLogs]
queryFrequency: 2h
queryPeriod: 1d
triggerOperator: gt
triggerThreshold: 3
tactics: [CredentialAccess]
relevantTechniques: [T1110.003]
query: SigninLogs | where ResultType == '50126'
entityMappings:
  - entityType: Account
    fieldMappings:
      - {identifier: FullName, columnName: UserPrincipalName}
version: 1.2.3
kind: Scheduled
";
    let rule = rules(&Source::new("a.yaml", text)).remove(0);
    let written: Value = serde_yaml::from_str(&wrapped(&rule, "sentinel", "analytic-rule").text).unwrap();
    let read: Value = serde_yaml::from_str(text).unwrap();
    let kept = [
        "name",
        "severity",
        "requiredDataConnectors",
        "queryFrequency",
        "queryPeriod",
        "triggerOperator",
        "triggerThreshold",
        "tactics",
        "relevantTechniques",
        "entityMappings",
        "version",
        "kind",
    ];
    for key in kept {
        assert_eq!(written[key], read[key], "{key}");
    }
    let elastic = wrapped(&rule, "esql", "detection-rule");
    let elastic_rule: Value = serde_json::from_str(&elastic.text).unwrap();
    assert_eq!(
        (&elastic_rule["interval"], &elastic_rule["from"]),
        (&Value::from("2h"), &Value::from("now-1444m"))
    );
    assert!(elastic.notes.iter().any(|note| note.message.contains("gt 3")), "{:?}", elastic.notes);
}

#[test]
fn entities_are_found_through_the_mapping_table() {
    let written: Value =
        serde_yaml::from_str(&wrapped(&rule(WHOAMI), "defender", "hunting-query").text).unwrap();
    let mappings = written["entityMappings"].as_array().unwrap();
    let of = |kind: &str| mappings.iter().find(|mapping| mapping["entityType"] == kind).unwrap();
    assert_eq!(of("Host")["fieldMappings"][0]["columnName"], "DeviceName");
    assert_eq!(of("Process")["fieldMappings"][0]["columnName"], "ProcessCommandLine");
    assert_eq!(of("Account")["fieldMappings"][0]["columnName"], "AccountName");
}

#[test]
fn a_projection_without_what_defender_needs_is_told() {
    let query = "DeviceProcessEvents | where FileName =~ 'a.exe' | project Timestamp, FileName";
    let rule = rules(&Source::new("a.kql", query)).remove(0);
    let notes = wrapped(&rule, "defender", "custom-detection").notes;
    let told = |text: &str| notes.iter().any(|note| note.message.contains(text));
    assert!(told("`ReportId`") && told("which device") && !told("`Timestamp`"), "{notes:?}");
    let query = "DeviceProcessEvents | where FileName =~ 'a.exe'";
    let rule = rules(&Source::new("a.kql", query)).remove(0);
    let file = wrapped(&rule, "defender", "custom-detection");
    assert!(!file.notes.iter().any(|note| note.message.contains("the result has no")), "{:?}", file.notes);
    let body: Value = serde_json::from_str(&file.text).unwrap();
    let assets = &body["detectionAction"]["alertTemplate"]["impactedAssets"];
    assert_eq!(assets[0]["identifier"], "deviceId");
}

/// What the JSON schemas of the detection-rules repository allow: keys, and the form of some.
#[test]
fn a_rule_for_elastic_keeps_to_the_schema() {
    const KEYS: &[&str] = &[
        "author",
        "description",
        "false_positives",
        "from",
        "index",
        "interval",
        "language",
        "name",
        "note",
        "query",
        "references",
        "risk_score",
        "rule_id",
        "severity",
        "tags",
        "threat",
        "type",
    ];
    let rule = rule(WHOAMI);
    for (target, language, kind) in
        [("lucene", "lucene", "query"), ("eql", "eql", "eql"), ("esql", "esql", "esql")]
    {
        let file: toml::Value = toml::from_str(&wrapped(&rule, target, "detection-rule-toml").text).unwrap();
        let file = serde_json::to_value(file).unwrap();
        let written = file["rule"].as_object().unwrap();
        assert!(written.keys().all(|key| KEYS.contains(&key.as_str())), "{:?}", written.keys());
        assert_eq!((&written["language"], &written["type"]), (&Value::from(language), &Value::from(kind)));
        assert_eq!(written.contains_key("index"), target != "esql");
        assert!((1..=100).contains(&written["risk_score"].as_u64().unwrap()));
        assert!(["low", "medium", "high", "critical"].contains(&written["severity"].as_str().unwrap()));
        assert!(written["interval"].as_str().unwrap().ends_with(['m', 'h', 'd']));
        let tactic = &written["threat"][0]["tactic"];
        assert_eq!(
            tactic["reference"],
            format!("https://attack.mitre.org/tactics/{}/", tactic["id"].as_str().unwrap())
        );
        assert!(file["metadata"]["creation_date"].as_str().unwrap().len() == "2026/01/01".len());
    }
}

/// Keys and names that Microsoft's clients of the two APIs know (`ScheduledAlertRule`, `DetectionRule`).
#[test]
fn rules_for_microsoft_keep_to_the_apis() {
    const SENTINEL: &[&str] = &[
        "query",
        "queryFrequency",
        "queryPeriod",
        "severity",
        "triggerOperator",
        "triggerThreshold",
        "eventGroupingSettings",
        "customDetails",
        "entityMappings",
        "alertDetailsOverride",
        "alertRuleTemplateName",
        "templateVersion",
        "description",
        "displayName",
        "enabled",
        "suppressionDuration",
        "suppressionEnabled",
        "tactics",
        "techniques",
        "subTechniques",
        "incidentConfiguration",
    ];
    const TACTICS: &[&str] = &[
        "Reconnaissance",
        "ResourceDevelopment",
        "InitialAccess",
        "Execution",
        "Persistence",
        "PrivilegeEscalation",
        "DefenseEvasion",
        "CredentialAccess",
        "Discovery",
        "LateralMovement",
        "Collection",
        "Exfiltration",
        "CommandAndControl",
        "Impact",
        "ImpairProcessControl",
        "InhibitResponseFunction",
    ];
    let mut rule = rule(WHOAMI);
    let metadata = std::sync::Arc::make_mut(&mut rule.metadata);
    metadata.tags = attack::tactics().iter().map(|tactic| format!("attack.{}", tactic.slug)).collect();
    let template: Value =
        serde_json::from_str(&wrapped(&rule, "sentinel", "analytic-rule-arm").text).unwrap();
    let properties = template["resources"][0]["properties"].as_object().unwrap();
    assert!(properties.keys().all(|key| SENTINEL.contains(&key.as_str())), "{:?}", properties.keys());
    for tactic in properties["tactics"].as_array().unwrap() {
        assert!(TACTICS.contains(&tactic.as_str().unwrap()), "{tactic}");
    }
    let body: Value = serde_json::from_str(&wrapped(&rule, "defender", "custom-detection").text).unwrap();
    let keys = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    assert_eq!(keys(&body), ["displayName", "isEnabled", "queryCondition", "schedule", "detectionAction"]);
    let template = &body["detectionAction"]["alertTemplate"];
    let known = [
        "title",
        "description",
        "severity",
        "category",
        "recommendedActions",
        "mitreTechniques",
        "impactedAssets",
    ];
    assert_eq!(keys(template), known);
}

#[test]
fn a_custom_detection_keeps_its_schedule_and_assets() {
    let text = r##"{"displayName": "x", "isEnabled": false, "queryCondition": {"queryText": "DeviceEvents | where ActionType == 'A'"},
        "schedule": {"period": "12H"}, "detectionAction": {"alertTemplate": {"title": "x", "severity": "low", "category": "Execution",
        "impactedAssets": [{"@odata.type": "#microsoft.graph.security.impactedDeviceAsset", "identifier": "deviceName"}]}}}"##;
    let rule = rules(&Source::new("a.json", text)).remove(0);
    let body: Value = serde_json::from_str(&wrapped(&rule, "defender", "custom-detection").text).unwrap();
    let read: Value = serde_json::from_str(text).unwrap();
    for key in ["displayName", "isEnabled", "schedule"] {
        assert_eq!(body[key], read[key], "{key}");
    }
    let assets = |body: &Value| body["detectionAction"]["alertTemplate"]["impactedAssets"].clone();
    assert_eq!(assets(&body), assets(&read));
}

#[test]
fn what_an_envelope_has_no_place_for_is_told() {
    let text = "title: x\nlicense: MIT\nlogsource: {category: process_creation, product: windows}\ndetection:\n  \
                selection: {Image|endswith: '\\a.exe'}\n  condition: selection\n";
    let rule = rules(&Source::new("a.yml", text)).remove(0);
    for (target, envelope) in
        [("splunk", "saved-search"), ("sentinel", "analytic-rule"), ("eql", "detection-rule")]
    {
        let notes = wrapped(&rule, target, envelope).notes;
        assert!(notes.iter().any(|note| note.message.contains("`license`")), "{envelope}: {notes:?}");
    }
}

#[cfg(feature = "cli")]
mod command_line {
    use std::process::{Command, Output};

    use super::*;

    fn run(arguments: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_rulec"));
        command.arg("convert").args(arguments).current_dir(support::root()).env_clear().output().unwrap()
    }

    fn stdout(arguments: &[&str]) -> String {
        String::from_utf8(run(arguments).stdout).unwrap()
    }

    const FOLDER: &str = "rules/sigma/windows/process_creation";

    #[test]
    fn files_of_a_stream_are_joined_as_their_format_wants() {
        let lines = stdout(&["-q", FOLDER, "--to", "eql", "--as", "detection-rule"]);
        let rules: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert!(rules.len() > 3);
        let array = stdout(&["-q", FOLDER, "--to", "defender", "--as", "custom-detection"]);
        assert!(serde_json::from_str::<Vec<Value>>(&array).unwrap().len() > 3);
        let one = stdout(&["-q", WHOAMI, "--to", "defender", "--as", "custom-detection"]);
        assert!(serde_json::from_str::<Value>(&one).unwrap().is_object());
        let stanzas = stdout(&["-q", FOLDER, "--to", "splunk", "--as", "saved-search"]);
        assert!(conf::parse(&stanzas).unwrap().len() > 3);
        let documents = stdout(&["-q", FOLDER, "--to", "sentinel", "--as", "analytic-rule"]);
        assert!(documents.lines().filter(|line| *line == "---").count() > 3);
    }

    #[test]
    fn a_format_of_one_rule_is_refused_for_several() {
        let output = run(&["-q", FOLDER, "--to", "eql", "--as", "detection-rule-toml"]);
        assert_eq!((output.status.code(), output.stdout.len()), (Some(2), 0));
        assert!(String::from_utf8(output.stderr).unwrap().contains("`--output DIR`"));
    }

    #[test]
    fn a_wrong_envelope_is_wrong_usage() {
        let message = |name: &str| {
            let output = run(&[WHOAMI, "--to", "splunk", "--as", name]);
            assert_eq!(output.status.code(), Some(2));
            String::from_utf8(output.stderr).unwrap()
        };
        assert!(message("analytic-rule").contains("for splunk there are `saved-search`"));
        assert!(message("saved-serch").contains("a similar one is `saved-search`"));
    }

    #[test]
    fn files_lie_where_queries_would_with_the_envelopes_extension() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().to_str().unwrap();
        let output = run(&["-q", FOLDER, "--to", "eql,esql", "--as", "detection-rule", "--output", path]);
        assert!(output.stdout.is_empty());
        let file = folder.path().join("esql/office_spawns_script_host.ndjson");
        assert!(serde_json::from_str::<Value>(&std::fs::read_to_string(file).unwrap()).is_ok());
    }

    #[test]
    fn two_rules_of_one_name_are_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let text = std::fs::read_to_string(support::root().join(WHOAMI)).unwrap();
        for name in ["a.yml", "b.yml"] {
            std::fs::write(folder.path().join(name), &text).unwrap();
        }
        let output = run(&["-q", folder.path().to_str().unwrap(), "--to", "splunk", "--as", "saved-search"]);
        assert_eq!(output.status.code(), Some(2));
        assert!(String::from_utf8(output.stderr).unwrap().contains("one would replace the other"));
    }
}

#[test]
fn tags_of_all_kinds_find_a_place() {
    let mut rule = rule(WHOAMI);
    let metadata = std::sync::Arc::make_mut(&mut rule.metadata);
    metadata.tags =
        ["attack.impact", "attack.s0002", "attack.poetry", "cve.2021-44228"].map(str::to_owned).to_vec();
    metadata.level = None;
    for envelope in
        ENVELOPES.iter().filter(|envelope| !envelope.is_of_a_rule() && envelope.name != "saved-query")
    {
        let file = wrapped(&rule, envelope.targets[0], envelope.name);
        for part in ["Impact", "Mimikatz", "attack.poetry", "cve.2021-44228"] {
            assert!(file.text.contains(part), "{}: {part}", envelope.name);
        }
        let is_told = file.notes.iter().any(|note| note.message.contains("no level"));
        assert_eq!(is_told, envelope.name != "hunting-query", "{}", envelope.name);
    }
}

#[test]
fn a_users_template_gets_everything() {
    let template = "{{title}}|{{uuid}}|{{level}}|{{target}}|{{#each attack.techniques}}{{id}} {{name}};{{/each}}|{{json query}}";
    let templates = Templates::parse([("ticket.txt.hbs", template)]).unwrap();
    let rule = rule(WHOAMI);
    let conversion = convert(&rule, "eql");
    let text = templates.find("ticket").unwrap().wrap(parcel(&rule, &conversion)).unwrap().text;
    let parts: Vec<&str> = text.splitn(6, '|').collect();
    assert_eq!((parts[0], parts[3]), (&*rule.metadata.title, "eql"));
    assert_eq!(serde_json::from_str::<String>(parts[5]).unwrap(), conversion.query.clone().unwrap());
    let wrong = Templates::parse([("a.txt.hbs", "{{nothing}}")]).unwrap();
    let error = wrong.find("a").unwrap().wrap(parcel(&rule, &conversion)).unwrap_err();
    assert!(error.message.contains("template `a`"), "{}", error.message);
}

/// Pieces that mean something in one of the formats.
const PIECES: &[&str] = &[
    "\"",
    "'",
    "'''",
    "\"\"\"",
    "\\",
    "\\\n",
    "\n",
    "\r\n",
    "\t",
    "[",
    "]",
    "]\n[default]\n",
    "{{",
    "}}",
    "{{query}}",
    "${",
    "}",
    "$(x)",
    "$result.user$",
    "[concat('a')]",
    "#",
    "# ",
    "---\n",
    "...\n",
    ": ",
    "- ",
    "| ",
    "& ",
    "*",
    "<b>",
    "```",
    "`",
    "=",
    "\nsearch = index=*\n",
    "\u{0}",
    "\u{7}",
    "\u{1b}[2J",
    "\u{202e}",
    "\u{2028}",
    "\u{feff}",
    "é",
    "名",
    "a",
    "word ",
    "!!str ",
    "%",
    "@",
];

fn hostile() -> impl Strategy<Value = String> {
    proptest::collection::vec(select(PIECES), 0..8).prop_map(|pieces| pieces.concat())
}

fn sigma(texts: &[String; 5]) -> Rule {
    let [title, description, author, reference, cause] = texts.clone().map(|text| format!("x{text}x"));
    let document = serde_json::json!({
        "title": title,
        "id": "0f8fad5b-d9cb-469f-a165-70867728950e",
        "description": description,
        "author": author,
        "references": [reference],
        "falsepositives": [cause],
        "level": "high",
        "tags": ["attack.execution", "attack.t1059.001"],
        "logsource": {"category": "process_creation", "product": "windows"},
        "detection": {"selection": {"Image|endswith": "\\a.exe"}, "condition": "selection"},
    });
    rules(&Source::new("a.yml", document.to_string())).remove(0)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nothing_gets_out_of_its_place(title in hostile(), description in hostile(), author in hostile(), reference in hostile(), cause in hostile()) {
        let plain = sigma(&Default::default());
        let rule = sigma(&[title, description, author, reference, cause]);
        let targets: Vec<&'static Target> = TARGETS.iter().collect();
        let plain_conversions = rulec::convert(&plain, &targets, &Options::default());
        let conversions = rulec::convert(&rule, &targets, &Options::default());
        for (plain_one, one) in plain_conversions.iter().zip(&conversions) {
            for envelope in wrap::of_target(one.target).filter(|envelope| !envelope.is_of_a_rule()) {
                let expected = said(envelope, &wrap::envelope(envelope, parcel(&plain, plain_one)).unwrap().text);
                let file = wrap::envelope(envelope, parcel(&rule, one)).unwrap().text;
                let found = said(envelope, &file);
                let by_authors = |shape: &[String]| {
                    let mut places = shape.to_vec();
                    places.dedup();
                    places
                };
                prop_assert_eq!(&found.query, &expected.query);
                prop_assert_eq!(by_authors(&found.shape), by_authors(&expected.shape));
                prop_assert_eq!(&found.techniques, &expected.techniques);
                prop_assert_eq!(&found.severity, &expected.severity);
                let is_hidden = |text: &str, hidden: &[char]| text.contains(hidden);
                prop_assert!(!is_hidden(&found.title, &['\n', '\r', '\u{202e}', '\u{1b}']), "title");
                prop_assert!(!is_hidden(&file, &['\u{202e}', '\u{1b}', '\u{0}', '\r']), "{}", file);
            }
        }
        let report = wrap::report(&rule, &conversions, "rules/a.yml").unwrap().text;
        let headings = |text: &str| text.lines().filter(|line| line.starts_with('#')).count();
        prop_assert_eq!(headings(&report), headings(&wrap::report(&plain, &plain_conversions, "rules/a.yml").unwrap().text));
        // Queries stand between fences as they are.
        let outside: String = report.split("\n```").step_by(2).collect();
        prop_assert!(!outside.contains("<b>"));
    }
}

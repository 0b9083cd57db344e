//! The facts of each format.

use super::{Dialect, Kind, QueryText, Schedule, Timespan, TriggerOperator, read, recognize};
use crate::{
    diag::{Code, Source},
    ir::Level,
};

const ANALYTIC: &str = r#"id: 0f8fad5b-d9cb-469f-a165-70867728950e
name: Many failed sign-ins
description: |
  'One account fails often
  from the same address.'
severity: Medium
status: Available
requiredDataConnectors:
  - connectorId: AzureActiveDirectory
    dataTypes: [SigninLogs]
queryFrequency: 1h
queryPeriod: 1d
triggerOperator: gt
triggerThreshold: 5
tactics: [CredentialAccess, InitialAccess]
relevantTechniques: [T1110.003]
query: |
  SigninLogs
  | where ResultType != "0"

  | project UserPrincipalName
entityMappings:
  - entityType: Account
version: 1.0.0
kind: Scheduled
"#;

/// A source, its queries, and the file's kind as recognised.
fn queries(name: &str, text: &str) -> (Source, Vec<QueryText>) {
    let source = Source::new(name, text);
    let kind = recognize(name, text).unwrap_or_else(|| panic!("{name} is recognised"));
    let queries = read(&source, kind);
    (source, queries)
}

/// The only query of a text.
fn query(name: &str, text: &str) -> QueryText {
    let (source, mut queries) = queries(name, text);
    assert_eq!(queries.len(), 1, "{name}");
    for line in queries[0].text.lines() {
        assert_eq!(in_source(&source, &queries[0], line).replace("\\\"", "\"").replace("\\\\", "\\"), line);
    }
    queries.remove(0)
}

/// What the source has at the place of a part of a query.
fn in_source<'s>(source: &'s Source, query: &QueryText, part: &str) -> &'s str {
    let start = query.text.find(part).expect("a part of the query");
    source.slice(query.positions.span(start, start + part.len()))
}

fn messages(query: &QueryText) -> Vec<&str> {
    query.diagnostics.iter().map(|diagnostic| diagnostic.message.as_str()).collect()
}

mod yaml {
    use super::*;

    #[test]
    fn an_analytic_rule_has_its_metadata_and_schedule() {
        let found = query("a.yaml", ANALYTIC);
        let metadata = &found.metadata;
        assert_eq!(metadata.title, "Many failed sign-ins");
        assert_eq!(metadata.id.as_deref(), Some("0f8fad5b-d9cb-469f-a165-70867728950e"));
        assert_eq!(metadata.description.as_deref(), Some("One account fails often\nfrom the same address."));
        assert_eq!(metadata.level, Some(Level::Medium));
        assert_eq!(metadata.tags, ["attack.credential-access", "attack.initial-access", "attack.t1110.003"]);
        let custom: Vec<&str> = metadata.custom.keys().map(String::as_str).collect();
        assert_eq!(
            custom,
            [
                "status",
                "requiredDataConnectors",
                "queryFrequency",
                "queryPeriod",
                "triggerOperator",
                "triggerThreshold",
                "entityMappings",
                "version",
                "kind"
            ]
        );
        let schedule = Schedule {
            frequency: Some(Timespan::from_seconds(3600)),
            period: Some(Timespan::from_seconds(86400)),
            operator: Some(TriggerOperator::GreaterThan),
            threshold: Some(5),
        };
        assert_eq!((found.schedule, found.dialect), (Some(schedule), Dialect::Sentinel));
        assert_eq!(found.text, "SigninLogs\n| where ResultType != \"0\"\n\n| project UserPrincipalName\n");
        assert!(found.diagnostics.is_empty());
    }

    #[test]
    fn an_nrt_rule_has_an_empty_schedule_and_a_hunting_query_none() {
        let nrt = query("a.yaml", "kind: NRT\nname: x\nquery: T\ntactics: []\n");
        assert_eq!(nrt.schedule, Some(Schedule::default()));
        let hunting = query("a.yaml", "name: x\nquery: T\ntactics: [Impact]\n");
        assert_eq!(hunting.schedule, None);
    }

    #[test]
    fn a_query_is_found_in_every_style() {
        for text in [
            "query: T | where a == 'b'\n",
            "query: T\n  | where a == 'b'\n",
            "query: \"T | where a == 'b'\"\n",
            "query: |\r\n\r\n  T\r\n  | where a == 'b'\r\n",
            "query: >-\n  T\n  | where a == 'b'\n",
            "query: |2\n\n   T\n    | where a == 'b'\n",
        ] {
            let source = Source::new("a.yaml", format!("name: x\ntactics: []\n{text}"));
            let found = &read(&source, Kind::SentinelHunting)[0];
            assert_eq!(in_source(&source, found, "| where a == 'b'"), "| where a == 'b'", "{text}");
            assert!(source.slice(found.code_span()).starts_with('T'), "{text}");
        }
    }

    #[test]
    fn what_is_out_of_form_is_a_warning_with_a_place_and_a_hint() {
        let text = ANALYTIC
            .replace("Medium", "Hight")
            .replace("1h", "hourly")
            .replace("gt", "over")
            .replace(": 5", ": many")
            .replace("InitialAccess", "InitialAcces")
            .replace("T1110.003", "T1110.3");
        let (source, found) = queries("a.yaml", &text);
        let found: Vec<(&str, &str, &str)> = found[0]
            .diagnostics
            .iter()
            .map(|it| {
                assert!(it.code == Code::InvalidMetadata && !it.is_error());
                (source.slice(it.span.unwrap()), it.message.as_str(), it.help.as_deref().unwrap())
            })
            .collect();
        assert_eq!(
            found,
            [
                ("Hight", "`Hight` is not a severity", "a similar severity is `High`"),
                (
                    "hourly",
                    "`queryFrequency` is not a length of time",
                    "write it as `5m`, `1h`, `14d`, `00:05:00` or `PT1H`"
                ),
                ("over", "`over` is not a trigger operator", "it is one of `gt`, `lt`, `eq`, `ne`"),
                ("many", "`many` is not a number of results", "it is a whole number, most often `0`"),
                ("InitialAcces", "`InitialAcces` is not a tactic", "a similar tactic is `InitialAccess`"),
                ("T1110.3", "`T1110.3` is not a technique", "write it as `T1059` or `T1059.001`"),
            ]
        );
    }

    #[test]
    fn tactics_that_are_no_tags_are_kept() {
        let found =
            query("a.yaml", "name: x\nquery: T\ntactics:\n- Execution\n- Malware, component\n- Exploit\n");
        assert_eq!(found.metadata.tags, ["attack.execution"]);
        assert_eq!(found.metadata.custom["tactics"][1], "Malware, component");
        assert!(found.diagnostics.is_empty());
    }

    #[test]
    fn a_rule_without_a_query_fails_and_keeps_its_title() {
        for (text, code) in [
            ("name: x\nseverity: Low\n", Code::MissingKey),
            ("name: x\nquery: [T]\n", Code::InvalidType),
            ("- x\n", Code::NotARule),
            ("name: [\n", Code::YamlSyntax),
        ] {
            let found = read(&Source::new("a.yaml", text), Kind::SentinelAnalytic);
            assert_eq!(found.len(), 1, "{text}");
            assert_eq!(found[0].diagnostics[0].code, code, "{text}");
            assert!(
                found[0].text.is_empty() && (code == Code::NotARule || found[0].diagnostics[0].is_error())
            );
        }
        let found = read(&Source::new("a.yaml", "name: x\n"), Kind::SentinelAnalytic);
        assert_eq!(found[0].metadata.title, "x");
    }

    #[test]
    fn every_document_is_a_rule() {
        let (_, found) = queries("a.yaml", &format!("{ANALYTIC}---\n{ANALYTIC}"));
        assert_eq!(found.len(), 2);
    }

    #[test]
    fn a_part_of_a_query_keeps_its_places() {
        let (source, found) = queries("a.yaml", ANALYTIC);
        let start = found[0].text.find("| project").unwrap();
        let part = found[0].part(start..found[0].text.len());
        assert_eq!(part.text, "| project UserPrincipalName\n");
        assert_eq!(in_source(&source, &part, "UserPrincipalName"), "UserPrincipalName");
        assert_eq!(source.slice(part.code_span()), "| project UserPrincipalName");
        assert_eq!(found[0].part(5..1000).text, "");
    }
}

mod json {
    use super::*;

    const TEMPLATE: &str = r#"{
	"$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#",
	"parameters": {"workspace": {"type": "string"}, "severity": {"type": "string", "defaultValue": "High"}},
	"variables": {"query": "T\n| where a == \"b\\\\c\""},
	"resources": [
		{
			"type": "Microsoft.OperationalInsights/workspaces/providers/alertRules",
			"name": "[concat(parameters('workspace'),'/Microsoft.SecurityInsights/0f8fad5b-d9cb-469f-a165-70867728950e')]",
			"kind": "Scheduled",
			"properties": {
				"displayName": "First",
				"severity": "[parameters('severity')]",
				"query": "SigninLogs\n| where Path == @\"C:\\Temp\"\n| take \u0031 // \ud83d\ude00",
				"queryFrequency": "PT1H", "queryPeriod": "P1D",
				"triggerOperator": "GreaterThan", "triggerThreshold": 0,
				"techniques": ["T1078"], "subTechniques": ["T1078.004"]
			}
		},
		{
			"type": "Microsoft.Resources/deployments",
			"properties": {"template": {"resources": [
				{"type": "Microsoft.OperationalInsights/savedSearches", "properties": {
					"displayName": "Second", "query": "[variables('query')]",
					"tags": [{"name": "description", "value": "why"}, {"name": "tactics", "value": "Impact,Execution"}]
				}},
				{"type": "Microsoft.SecurityInsights/AlertRuleTemplates", "kind": "NRT", "properties": {
					"displayName": "Third", "query": "[['a b'] | take 1"
				}},
				{"type": "Microsoft.OperationalInsights/savedSearches", "properties": {"functionAlias": "F", "query": "T"}},
				{"type": "Microsoft.SecurityInsights/alertRules", "kind": "Fusion", "properties": {"enabled": true}}
			]}}
		}
	]
}"#;

    #[test]
    fn a_template_gives_its_rules_nested_ones_too() {
        let (source, found) = queries("mainTemplate.json", TEMPLATE);
        let titles: Vec<&str> = found.iter().map(|it| it.metadata.title.as_str()).collect();
        assert_eq!(titles, ["First", "Second", "Third"]);
        let [first, second, third] = &found[..] else { panic!("three") };
        assert_eq!(first.text, "SigninLogs\n| where Path == @\"C:\\Temp\"\n| take 1 // 😀");
        assert_eq!(first.metadata.id.as_deref(), Some("0f8fad5b-d9cb-469f-a165-70867728950e"));
        assert_eq!(first.metadata.level, Some(Level::High), "a parameter's default");
        assert_eq!(first.metadata.tags, ["attack.t1078", "attack.t1078.004"]);
        assert_eq!(first.schedule.unwrap().frequency, Some(Timespan::from_seconds(3600)));
        assert_eq!(first.schedule.unwrap().operator, Some(TriggerOperator::GreaterThan));
        assert_eq!(in_source(&source, first, "C:\\Temp"), "C:\\\\Temp");
        assert_eq!(in_source(&source, first, "where Path"), "where Path");
        assert!(source.slice(first.span).starts_with("{\n\t\t\t\"type\": \"Microsoft.Op"));
        assert_eq!(second.metadata.tags, ["attack.impact", "attack.execution"]);
        assert_eq!(second.metadata.description.as_deref(), Some("why"));
        assert_eq!(in_source(&source, second, "where a"), "where a", "in the variable");
        assert_eq!(third.text, "['a b'] | take 1", "the first bracket is escaped");
        assert_eq!(in_source(&source, third, "['a b']"), "['a b']");
        assert_eq!(third.schedule, Some(Schedule::default()));
        assert!(found.iter().all(|it| it.diagnostics.is_empty() && it.dialect == Dialect::Sentinel));
    }

    #[test]
    fn a_query_that_an_expression_builds_is_an_error() {
        let text = TEMPLATE.replace("[variables('query')]", "[concat(variables('query'), ' | take 1')]");
        let (_, found) = queries("a.json", &text);
        assert!(found[1].diagnostics[0].is_error() && found[1].text.is_empty(), "{:?}", messages(&found[1]));
    }

    #[test]
    fn exports_have_no_expressions() {
        let text = r#"{"value": [{"id": "/subscriptions/x/alertRules/0f8fad5b-d9cb-469f-a165-70867728950e",
            "type": "Microsoft.SecurityInsights/alertRules", "properties": {"displayName": "x", "query": "[['a']]"}}]}"#;
        let found = query("a.json", text);
        assert_eq!(found.text, "[['a']]");
        assert_eq!(found.metadata.id.as_deref(), Some("0f8fad5b-d9cb-469f-a165-70867728950e"));
    }

    #[test]
    fn custom_detections_are_read() {
        let text = r#"{ "displayName": "Rule", "isEnabled": true, "createdBy": "me@x",
          "queryCondition": { "queryText": "DeviceProcessEvents\n| take 1" },
          "schedule": { "period": "3H" },
          "detectionAction": { "alertTemplate": { "title": "Alert", "description": "why", "severity": "medium",
            "category": "Execution", "mitreTechniques": ["T1059"], "impactedAssets": [{"identifier": "deviceId"}] },
            "responseActions": [] } }"#;
        let found = query("a.json", text);
        assert_eq!((found.metadata.title.as_str(), found.dialect), ("Rule", Dialect::Defender));
        assert_eq!(found.metadata.level, Some(Level::Medium));
        assert_eq!(found.metadata.tags, ["attack.execution", "attack.t1059"]);
        let schedule = found.schedule.unwrap();
        assert_eq!(schedule.frequency.map(|it| it.to_string()).as_deref(), Some("3h"));
        assert_eq!(schedule.period.map(|it| it.to_string()).as_deref(), Some("12h"));
        assert_eq!(found.metadata.custom["impactedAssets"][0]["identifier"], "deviceId");
        let continuous = query("a.json", &text.replace("3H", "0"));
        assert_eq!(continuous.schedule, Some(Schedule::default()));
    }

    #[test]
    fn deep_json_is_refused() {
        let text = format!("{}\"query\": \"queryFrequency\"{}", "{\"a\":".repeat(5000), "}".repeat(5000));
        let found = read(&Source::new("a.json", text), Kind::Arm);
        assert_eq!(found[0].diagnostics[0].code, Code::YamlLimit);
    }
}

mod markdown {
    use super::*;

    const TWINS: &str = "# *Device code sign-ins*\n\n## Query Information\n\n#### MITRE ATT&CK Technique(s)\n\n\
        | Technique ID | Title | Link |\n| --- | --- | --- |\n\
        | T1078.004 | Valid Accounts | https://attack.mitre.org/techniques/T1078/004/ |\n\n\
        #### Description\nFirst.\n\nSecond.\n\n#### Risk\nA lot.\n\n#### Author <Optional>\n- **Name:** Somebody\n\n\
        #### References\n- [x](https://example.org/x)\n- https://example.org/y\n\n\
        ## Defender XDR\n```KQL\nT\n| where Timestamp > ago(1d)\n```\n\
        ## Sentinel\nOnly here.\n```KQL\nT\n| where TimeGenerated > ago(1d)\n```\n```powershell\nGet-Item | select x\n```\n";

    #[test]
    fn headings_decide_the_dialect_and_tell_queries_apart() {
        let (source, found) = queries("a.md", TWINS);
        let [defender, sentinel] = &found[..] else { panic!("two: {found:?}") };
        assert_eq!(defender.metadata.title, "Device code sign-ins (Defender XDR)");
        assert_eq!(sentinel.metadata.title, "Device code sign-ins (Sentinel)");
        assert_eq!((defender.dialect, sentinel.dialect), (Dialect::Defender, Dialect::Sentinel));
        assert_eq!(source.slice(sentinel.span), "T\n| where TimeGenerated > ago(1d)");
        assert_eq!(in_source(&source, sentinel, "TimeGenerated"), "TimeGenerated");
    }

    #[test]
    fn sections_become_metadata() {
        let (_, found) = queries("a.md", TWINS);
        let metadata = &found[0].metadata;
        assert_eq!(metadata.description.as_deref(), Some("First.\n\nSecond."));
        assert_eq!(found[1].metadata.description.as_deref(), Some("First.\n\nSecond.\n\nOnly here."));
        assert_eq!(metadata.author.as_deref(), Some("Somebody"));
        assert_eq!(metadata.tags, ["attack.t1078.004"]);
        assert_eq!(metadata.references, ["https://example.org/x", "https://example.org/y"]);
        assert_eq!(metadata.custom["Risk"], "A lot.");
    }

    #[test]
    fn a_falcon_friday_detection_is_read() {
        let text = "# Certutil abuse\n\n## Metadata\n**ID:** 0xFF-0001-Win\n\n**OS:** WindowsEndpoint\n\n---\n\n\
            ## ATT&CK Tags\n\n| Tactic | Technique | Subtechnique | Technique Name |\n|---|---|---|---|\n\
            | TA0011 - Command and Control | T1105 |  | Transfer |\n| TA0002 - Execution | T1059 | 001 | PowerShell |\n\n\
            ## Detection description\nWhat.\n\n## False Positives\nSome.\n\n## References\n* https://example.org\n\n---\n\
            ## Detection\n\n**Language:** Kusto\n\n**Platform:** M365 Security\n\n**Query:**\n```C#\nT\n| take 1\n```\n\
            ## Version History\n| Version | Date |\n|---|---|\n| 1.0 | 2021-02-16 |\n";
        let found = query("a.md", text);
        let metadata = &found.metadata;
        assert_eq!((metadata.title.as_str(), found.dialect), ("Certutil abuse", Dialect::Defender));
        assert_eq!(metadata.id.as_deref(), Some("0xFF-0001-Win"));
        assert_eq!(metadata.description.as_deref(), Some("What."));
        assert_eq!(
            metadata.tags,
            ["attack.command-and-control", "attack.t1105", "attack.execution", "attack.t1059.001"]
        );
        assert_eq!(metadata.false_positives, ["Some."]);
        assert_eq!(metadata.custom["OS"], "WindowsEndpoint");
    }

    #[test]
    fn a_table_of_covered_tactics_is_read() {
        let text = "# Recycle bin\n\nWhat it is.\n\n## Query\n```\nT\n| take 1\n```\n```kusto\nT2\n```\n## Category\n\
            | Technique, tactic, or state | Covered? (v=yes) | Notes |\n|---|---|---|\n| Initial access | V |  |\n\
            | Execution |  |  |\n| Misconfiguration | v |  |\n\n## Contributor info\n**Contributor:** < Some One >\n";
        let (_, found) = queries("a.md", text);
        let titles: Vec<&str> = found.iter().map(|it| it.metadata.title.as_str()).collect();
        assert_eq!(titles, ["Recycle bin", "Recycle bin (2)"]);
        assert_eq!(found[0].metadata.description.as_deref(), Some("What it is."));
        assert_eq!(found[0].metadata.tags, ["attack.initial-access"]);
        assert_eq!(found[0].metadata.author.as_deref(), Some("Some One"));
    }

    #[test]
    fn fences_may_be_indented_and_unclosed_and_lines_end_in_crlf() {
        let text =
            "- item\r\n  ~~~~ KQL\r\n  T\r\n    | where a == \"é\"\r\n  ```\r\n  ~~~~\r\n```kql\nT2 | take 1";
        let (source, found) = queries("some query.md", text);
        assert_eq!(found[0].text, "T\r\n  | where a == \"é\"\r\n```");
        assert_eq!(in_source(&source, &found[0], "where a == \"é\""), "where a == \"é\"");
        assert_eq!(found[1].text, "T2 | take 1");
        assert_eq!(found[1].metadata.title, "some query (2)");
    }

    #[test]
    fn without_fences_indented_code_and_sections_of_that_name_are_queries() {
        let indented = query("a.md", "# x\n\nLike this:\n\n    T\n    | take 1\n\nand so on\n");
        assert_eq!(indented.text, "T\n| take 1");
        let section = query("a.md", "# x\n\n## Query\n\nT\n| take 1\n\n## Category\n");
        assert_eq!(section.text, "T\n| take 1");
    }
}

mod bare {
    use super::*;

    #[test]
    fn comments_above_a_query_describe_it() {
        let text = "// Name: Encoded command\n// Description: What it is\n// and why\n// Severity: High\n\
            // QueryFrequency: 1h\n// QueryPeriod: 90m\n// AlertTriggerThreshold: 3\n// DataSource: #Sysmon\n\
            // Tactics: #Execution, #Collection\n\nSysmon\n| take 1 // severity: no\n";
        let found = query("T1059.txt", text);
        let metadata = &found.metadata;
        assert_eq!(metadata.title, "Encoded command");
        assert_eq!(metadata.description.as_deref(), Some("What it is\nand why"));
        assert_eq!(metadata.level, Some(Level::High));
        assert_eq!(metadata.tags, ["attack.execution", "attack.collection"]);
        assert_eq!(metadata.custom["DataSource"], "#Sysmon");
        let schedule = found.schedule.unwrap();
        assert_eq!(schedule.period, Some(Timespan::from_seconds(5400)));
        assert_eq!(schedule.threshold, Some(3));
        assert_eq!(found.text, text);
        assert!(found.diagnostics.is_empty());
    }

    #[test]
    fn the_file_name_is_the_title_where_nothing_else_is() {
        let found = query("folder/Some query.kql", "\u{feff}// See https://example.org/x\nT\r\n| take 1\r\n");
        assert_eq!(found.metadata.title, "Some query");
        assert_eq!(found.positions.offset(0), 3, "after the byte order mark");
        assert_eq!(found.schedule, None);
    }

    #[test]
    fn the_time_column_or_a_comment_tells_the_dialect() {
        let dialect = |text: &str| query("a.kql", text).dialect;
        assert_eq!(dialect("T | where Timestamp > ago(1d)"), Dialect::Defender);
        assert_eq!(dialect("T | where TimeGenerated > ago(1d)"), Dialect::Sentinel);
        assert_eq!(dialect("//Microsoft Sentinel query\nT"), Dialect::Sentinel);
        assert_eq!(dialect("T | extend Timestamp = TimeGenerated"), Dialect::Unknown);
    }

    #[test]
    fn a_bad_header_is_a_warning_in_its_place() {
        let (source, found) = queries("a.kql", "// Severity: Hugh\nT\n");
        assert_eq!(messages(&found[0]), ["`Hugh` is not a severity"]);
        assert_eq!(source.slice(found[0].diagnostics[0].span.unwrap()), "Hugh");
    }
}

mod hostile {
    use super::*;

    /// Reading takes time in proportion to the text; a quadratic reader would not end here.
    #[test]
    fn large_files_of_many_rules_are_read() {
        let blocks = "## a\n```kql\nT|take 1\n```\n".repeat(50_000);
        assert_eq!(queries("a.md", &blocks).1.len(), 50_000);
        let flat = "```kql\nT|take 1\n```\n".repeat(50_000);
        assert_eq!(queries("a.md", &flat).1.len(), 50_000);
        let rule = r#"{"type":"x/alertRules","properties":{"tactics":[],"severity":"[variables('y')]","query":"T\n|take 1"}}"#;
        let variables: Vec<String> = (0..20_000).map(|number| format!("\"x{number}\":1")).collect();
        let rules = vec![rule; 20_000].join(",");
        let template = format!(
            r#"{{"$schema":"/providers/alertRules","variables":{{{}}},"resources":[{rules}]}}"#,
            variables.join(",")
        );
        assert_eq!(queries("a.json", &template).1.len(), 20_000);
        let comments = "// Description: x\n".repeat(100_000) + "T | take 1";
        assert_eq!(queries("a.kql", &comments).1.len(), 1);
    }

    #[test]
    fn text_that_many_queries_would_share_is_refused() {
        let text = "x".repeat(1 << 20) + "\n" + &"```kql\nT|take 1\n```\n".repeat(1000);
        let (_, found) = queries("a.md", &text);
        assert_eq!(found[0].diagnostics[0].code, Code::YamlLimit);
    }

    #[test]
    fn of_many_bad_values_the_first_are_reported() {
        let text = format!("name: x\nquery: T\ntactics: [{}]\n", "no, ".repeat(1000));
        assert_eq!(query("a.yaml", &text).diagnostics.len(), 100);
    }
}

proptest::proptest! {
    #[test]
    fn nothing_panics_whatever_the_text(text in r#"([a-zA-Z|`#:"'\[\]{}\\ \n\t-]|query: |name: x\n|```kql\n|"query"|\| where |é|😀|// |\r\n|severity: |\*\*ID:\*\* ){0,60}"#) {
        let source = Source::new("a.md", text);
        let kinds = [
            Kind::SentinelAnalytic, Kind::DefenderHunting, Kind::Arm, Kind::CustomDetection, Kind::Markdown, Kind::Query,
        ];
        for name in ["a.md", "a.yml", "a.json", "a.kql", "a"] {
            recognize(name, source.text());
        }
        for kind in kinds {
            for query in read(&source, kind) {
                let places = [query.span, query.code_span()];
                let spans = query.diagnostics.iter().filter_map(|it| it.span).chain(places);
                for span in spans {
                    proptest::prop_assert!(source.text().get(span.range()).is_some(), "{kind:?} {span:?}");
                }
            }
        }
    }
}

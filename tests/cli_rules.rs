//! Which rules a run takes, and which filters narrow them, as people and pipelines ask for it.

#![allow(clippy::unwrap_used, reason = "a test that panics is a test that fails")]
#![cfg(feature = "cli")]

use std::{
    path::Path,
    process::{Command, Stdio},
};

use serde_json::Value;

struct Ran {
    code: Option<i32>,
    stdout: String,
    stderr: String,
}

/// Runs the command in the folder of example filters.
fn run(args: &[&str]) -> Ran {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases/filters");
    let mut command = Command::new(env!("CARGO_BIN_EXE_rulec"));
    let output = command.args(args).current_dir(folder).env_clear().stdin(Stdio::null()).output().unwrap();
    Ran {
        code: output.status.code(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

/// The titles of the rules that a run converts.
fn titles(args: &[&str]) -> Vec<String> {
    let ran = run(&[&["convert", "--to", "splunk", "--format", "json"], args].concat());
    let records: Vec<Value> = serde_json::from_str(&ran.stdout).unwrap();
    records.iter().map(|record| record["title"].as_str().unwrap().to_owned()).collect()
}

fn snapshot(name: &str, text: &str) {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(Path::new(env!("CARGO_MANIFEST_DIR")).join("snapshots/cli"));
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(name, text));
}

mod filters {
    use super::*;

    #[test]
    fn rules_are_narrowed_in_every_language_and_say_so() {
        let to = "defender,splunk,lucene,eql,esql,sigma";
        let ran = run(&["convert", "rules", "--to", to, "--filters", "tuning/admins.yml", "--quiet"]);
        assert_eq!(ran.code, Some(0), "{}", ran.stderr);
        snapshot("filters", &ran.stdout);
    }

    #[test]
    fn filters_among_the_rules_are_found_and_what_they_name_in_vain_is_told() {
        let ran = run(&["check", "."]);
        assert_eq!(ran.code, Some(0), "{}", ran.stderr);
        assert!(
            ran.stderr.contains("2 rules: 0 errors, 5 warnings, 3 filters, 1 left out"),
            "{}",
            ran.stderr
        );
        snapshot("filters_check", &ran.stdout);
        assert_eq!(run(&["check", ".", "--strict"]).code, Some(1));
        let converted = run(&["convert", ".", "--to", "splunk"]);
        assert!(converted.stderr.contains("a similar one is `whoami`"), "{}", converted.stderr);
    }

    #[test]
    fn a_rule_and_its_filter_are_still_one_rule() {
        let ran = run(&["convert", "rules/rar.yml", "tuning/admins.yml", "--to", "eql"]);
        assert!(ran.stdout.starts_with("process where "), "{}", ran.stdout);
        assert!(ran.stderr.contains("note[filtered]"), "{}", ran.stderr);
    }

    #[test]
    fn events_that_a_filter_leaves_out_are_no_witnesses_of_the_rule() {
        let ran = run(&["witness", "rules/rar.yml", "--filters", "tuning/admins.yml", "--format", "json"]);
        let events: Value = serde_json::from_str(&ran.stdout).unwrap();
        let text = events.to_string();
        assert!(text.contains("is what the rule excludes by `User`"), "{text}");
    }

    #[test]
    fn a_rule_says_what_it_has_of_a_filter() {
        let ran = run(&["explain", "rules/rar.yml", "--to", "splunk", "--filters", "tuning"]);
        assert!(ran.stdout.contains("User starts with `adm_`"), "{}", ran.stdout);
        assert!(ran.stderr.contains("tuning/in_vain.yml:6:11"), "{}", ran.stderr);
    }

    #[test]
    fn a_field_that_a_filter_asks_for_and_no_schema_has_is_the_filters_fault() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("f.yml");
        let filter = "title: F\nlogsource: {product: windows}\nfilter:\n  rules: any\n  s: {NoSuchField: x}\n  condition: not s\n";
        std::fs::write(&path, filter).unwrap();
        let ran = run(&["convert", "rules/rar.yml", "--to", "defender", "--filters", path.to_str().unwrap()]);
        assert_eq!(ran.code, Some(1));
        assert!(
            ran.stderr.contains("NoSuchField") && ran.stderr.contains("a filter of the rule asks for it")
        );
        assert!(ran.stderr.contains("rules/rar.yml:1:1"), "{}", ran.stderr);
    }

    #[test]
    fn a_correlation_beside_a_filtered_rule_is_checked_too() {
        let folder = tempfile::tempdir().unwrap();
        let rules = "title: Failed\nname: failed\nlogsource: {product: windows, service: security}\ndetection: {s: {EventID: 4625}, condition: s}\n---\ntitle: Many\ncorrelation: {type: event_count, rules: failed, timespan: 5m, condition: {gte: 0}}\n";
        std::fs::write(folder.path().join("rules.yml"), rules).unwrap();
        let filter = "title: F\nlogsource: {product: windows}\nfilter:\n  rules: any\n  s: {TargetUserName: x}\n  condition: not s\n";
        std::fs::write(folder.path().join("filter.yml"), filter).unwrap();
        let ran = run(&["check", folder.path().to_str().unwrap(), "--format", "json"]);
        assert!(ran.stdout.contains("always-true"), "{}", ran.stdout);
    }

    #[test]
    fn a_path_without_filters_is_wrong_usage() {
        let ran = run(&["convert", "rules", "--to", "splunk", "--filters", "rules"]);
        assert_eq!((ran.code, ran.stderr.as_str()), (Some(2), "error: there is no filter in `rules`\n"));
    }
}

mod selection {
    use super::*;

    const RAR: &str = "Archive Made With Rar";
    const WHOAMI: &str = "Whoami";
    const OLD: &str = "Login on Jump Host";

    #[test]
    fn rules_are_chosen_by_what_they_say_about_themselves() {
        for (args, taken) in [
            (&["rules"][..], &[RAR, WHOAMI][..]),
            (&["rules", "--status", "stable"], &[RAR]),
            (&["rules", "--status", "test,stable"], &[RAR, WHOAMI]),
            (&["rules", "--status", "deprecated"], &[OLD]),
            (&["rules", "--deprecated"], &[OLD, RAR, WHOAMI]),
            (&["rules", "--min-level", "medium"], &[WHOAMI]),
            (&["rules", "--level", "low,medium"], &[RAR, WHOAMI]),
            (&["rules", "--tag", "attack.t1033*"], &[WHOAMI]),
            (&["rules", "--tag", "attack.t1033,attack.T1560*"], &[RAR, WHOAMI]),
            (&["rules", "--logsource", "service=security", "--deprecated"], &[OLD]),
            (&["rules", "--logsource", "category=process_creation,product=linux"], &[]),
            (&["rules/old.yml"], &[OLD]),
            (&["rules/old.yml", "--level", "low"], &[]),
        ] {
            assert_eq!(titles(args), taken, "{args:?}");
        }
    }

    #[test]
    fn records_tell_what_a_rule_is_related_to() {
        let ran = run(&["convert", "rules", "--to", "splunk", "--format", "json", "--min-level", "medium"]);
        let records: Vec<Value> = serde_json::from_str(&ran.stdout).unwrap();
        let related = serde_json::json!([{"id": "6f3e2987-db24-4c78-a860-b4f4095a7095", "type": "similar"}]);
        assert_eq!((&records[0]["related"], &records[0]["license"]), (&related, &"MIT".into()));
    }

    #[test]
    fn what_is_left_out_is_counted() {
        let ran = run(&["convert", "rules", "--to", "splunk", "--level", "medium"]);
        assert!(
            ran.stderr.contains("1 rule: 1 exact, 0 approximate, 0 failed, 2 left out ("),
            "{}",
            ran.stderr
        );
        let ran = run(&["check", "rules"]);
        assert!(ran.stderr.contains(", 1 left out as deprecated or unsupported ("), "{}", ran.stderr);
    }

    #[test]
    fn a_run_of_which_nothing_is_left_is_trouble() {
        let ran = run(&["test", "rules", "--tag", "attack.t9999"]);
        assert_eq!(ran.code, Some(2));
        assert!(
            ran.stderr
                .starts_with("error: none of the rules is asked for, 2 left out, 1 left out as deprecated"),
            "{}",
            ran.stderr
        );
    }

    #[test]
    fn words_that_do_not_exist_are_wrong_usage() {
        for (args, hint) in [
            (["--status", "stabel"], "'stable'"),
            (["--level", "sever"], "informational, low, medium, high, critical"),
            (["--logsource", "catagory=x"], "`category`, `product` and `service`"),
        ] {
            let ran = run(&[&["check", "rules"], &args[..]].concat());
            assert_eq!(ran.code, Some(2));
            assert!(ran.stderr.contains(hint), "{}", ran.stderr);
        }
    }
}

mod parts {
    use super::*;

    const RULES: &str = "title: Failed\nname: failed\nid: 11111111-2222-4333-8444-555555555555\nlevel: low\nstatus: test\nlogsource: {product: windows, service: security}\ndetection: {s: {EventID: 4625}, condition: s}\n---\ntitle: Many\nlevel: high\nstatus: test\ncorrelation: {type: event_count, rules: failed, group-by: Computer, timespan: 5m, condition: {gte: 10}}\n";

    fn run_on(rules: &str, command: &str, args: &[&str]) -> Ran {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("rules.yml"), rules).unwrap();
        run(&[&[command, folder.path().to_str().unwrap()], args].concat())
    }

    fn titles(rules: &str, args: &[&str]) -> Vec<String> {
        let ran = run_on(rules, "convert", &[&["--to", "splunk", "--format", "json"], args].concat());
        let records: Vec<Value> = serde_json::from_str(&ran.stdout).unwrap();
        records.iter().map(|record| record["title"].as_str().unwrap().to_owned()).collect()
    }

    #[test]
    fn what_is_only_a_part_is_counted_and_named() {
        let ran = run_on(RULES, "convert", &["--to", "splunk", "--format", "json"]);
        assert!(
            ran.stderr.contains("1 rule: 1 exact, 0 approximate, 0 failed, 1 only in correlations ("),
            "{}",
            ran.stderr
        );
        let records: Vec<Value> = serde_json::from_str(&ran.stdout).unwrap();
        let parts = serde_json::json!([{"id": "11111111-2222-4333-8444-555555555555", "title": "Failed"}]);
        assert_eq!((&records[0]["parts"], records.len()), (&parts, 1));
        let check = run_on(RULES, "check", &[]);
        assert!(check.stderr.contains(", 1 only in correlations ("), "{}", check.stderr);
    }

    #[test]
    fn what_is_generated_has_a_record_of_its_own() {
        let rules = RULES.replace("timespan: 5m", "timespan: 5m, generate: true");
        assert_eq!(titles(&rules, &[]), ["Failed", "Many"]);
    }

    #[test]
    fn a_rule_of_a_correlation_that_nobody_asks_for_is_a_rule_of_its_own() {
        assert_eq!(titles(RULES, &[]), ["Many"]);
        let old = RULES.replace("level: high\nstatus: test", "level: high\nstatus: deprecated");
        assert_eq!(titles(&old, &[]), ["Failed"]);
        assert_eq!(titles(RULES, &["--level", "low"]), ["Failed"]);
        assert_eq!(titles(RULES, &["--level", "high"]), ["Many"], "its rule is part of it all the same");
    }

    #[test]
    fn correlations_of_one_that_nobody_asks_for_are_asked_for_themselves() {
        let outer = "---\ntitle: Outer\nlevel: critical\nstatus: test\ncorrelation: {type: event_count, rules: many, timespan: 1h, condition: {gte: 2}}\n";
        let rules = RULES.replace("title: Many\n", "title: Many\nname: many\n") + outer;
        assert_eq!(titles(&rules, &[]), ["Outer"]);
        assert_eq!(titles(&rules, &["--level", "low,high"]), ["Many"]);
        assert_eq!(titles(&rules, &["--level", "low"]), ["Failed"]);
    }

    #[test]
    fn what_is_only_a_part_is_tested_where_a_test_names_it() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("rules.yml"), RULES).unwrap();
        let tests = "tests:\n  - {name: one, rule: failed, event: {EventID: 4625}, match: false}\n";
        std::fs::write(folder.path().join("rules.tests.yml"), tests).unwrap();
        let ran = run(&["test", folder.path().to_str().unwrap()]);
        assert_eq!(ran.code, Some(1), "{}{}", ran.stdout, ran.stderr);
        assert!(ran.stdout.contains("Failed") && !ran.stdout.contains("Many: one"), "{}", ran.stdout);
    }
}

#[test]
fn a_test_of_a_rule_that_is_not_there_fails() {
    let folder = tempfile::tempdir().unwrap();
    let rule = "title: Failed\nlogsource: {product: windows, service: security}\ndetection: {s: {EventID: 4625}, condition: s}\n";
    std::fs::write(folder.path().join("rule.yml"), rule).unwrap();
    let tests = "tests:\n  - {name: one, rule: Faild, event: {EventID: 4625}, match: false}\n";
    std::fs::write(folder.path().join("rule.tests.yml"), tests).unwrap();
    let ran = run(&["test", folder.path().to_str().unwrap()]);
    assert_eq!(ran.code, Some(1), "{}{}", ran.stdout, ran.stderr);
    assert!(ran.stderr.contains("a similar one is `Failed`"), "{}", ran.stderr);
}

mod placeholders {
    use super::*;

    const RULE: &str = "title: T\nlogsource: {category: process_creation, product: windows}\ndetection:\n  s: {Image|endswith: '\\a.exe'}\n  f: {Computer|expand: '%Servers%'}\n  condition: s and not f\n";

    /// What comes of a rule in a folder with a list of this many hosts.
    fn converted(rule: &str, hosts: usize, args: &[&str]) -> Ran {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
        std::fs::write(path("rule.yml"), rule).unwrap();
        let hosts: Vec<String> = (0..hosts).map(|number| format!("srv-{number}")).collect();
        std::fs::write(path("hosts.txt"), hosts.join("\n")).unwrap();
        let list = format!("Servers={}", path("hosts.txt"));
        let list: &[&str] = if hosts.is_empty() { &[] } else { &["--list", &list] };
        run(&[&["convert", &path("rule.yml")], list, args].concat())
    }

    #[test]
    fn a_placeholder_without_values_is_a_list_of_the_platform_if_asked_for() {
        let splunk = converted(RULE, 0, &["--to", "splunk", "--placeholders-as", "lookup"]);
        assert!(splunk.stdout.contains("| lookup Servers Computer "), "{} {}", splunk.stdout, splunk.stderr);
        assert!(splunk.stderr.contains("note[lookup-needed]"), "{}", splunk.stderr);
        let sentinel = converted(RULE, 0, &["--to", "sentinel", "--placeholders-as", "lookup"]);
        assert!(
            sentinel.stdout.contains("_GetWatchlist(\"Servers\")"),
            "{} {}",
            sentinel.stdout,
            sentinel.stderr
        );
        assert!(sentinel.stderr.contains("note[lookup-needed]"), "{}", sentinel.stderr);
        let unasked = converted(RULE, 0, &["--to", "splunk"]);
        assert!(unasked.stderr.contains("error[unresolved-placeholder]"), "{}", unasked.stderr);
    }

    #[test]
    fn a_placeholder_without_values_is_a_macro_if_asked_for() {
        let splunk = converted(RULE, 0, &["--to", "splunk", "--placeholders-as", "macro"]);
        assert!(splunk.stdout.contains("NOT (`Servers(Computer)`)"), "{} {}", splunk.stdout, splunk.stderr);
        assert!(splunk.stderr.contains("note[macro-needed]"), "{}", splunk.stderr);
    }

    #[test]
    fn a_macro_is_given_the_field_as_the_data_model_names_it() {
        let ran = converted(RULE, 0, &["--to", "splunk-cim", "--placeholders-as", "macro"]);
        assert!(ran.stdout.contains("NOT (`Servers(Processes.dest)`)"), "{} {}", ran.stdout, ran.stderr);
    }

    #[test]
    fn a_macro_is_a_list_where_there_are_no_macros() {
        let ran = converted(RULE, 0, &["--to", "sentinel", "--placeholders-as", "macro"]);
        assert!(ran.stdout.contains("_GetWatchlist(\"Servers\")"), "{} {}", ran.stdout, ran.stderr);
        assert!(ran.stderr.contains("note[lookup-needed]"), "{}", ran.stderr);
    }

    #[test]
    fn a_macro_stands_in_the_search_alone() {
        let rule = RULE.replace("condition: ", "regex:\n    Image|re: a{3}\n  condition: regex or f or ");
        let ran = converted(&rule, 0, &["--to", "splunk", "--placeholders-as", "macro"]);
        assert!(ran.stderr.contains("has to be tested after the search"), "{} {}", ran.stdout, ran.stderr);
    }

    #[test]
    fn values_that_are_given_are_no_lookup() {
        let ran = converted(RULE, 2, &["--to", "sentinel", "--placeholders-as", "lookup"]);
        assert!(ran.stdout.contains("srv-1") && !ran.stdout.contains("Watchlist"), "{}", ran.stdout);
    }

    #[test]
    fn languages_without_lists_refuse_and_say_what_to_do() {
        for target in ["lucene", "eql", "esql"] {
            let ran = converted(RULE, 0, &["--to", target, "--placeholders-as", "lookup"]);
            assert_eq!(ran.code, Some(1), "{target}: {}", ran.stdout);
            assert!(ran.stderr.contains("--list Servers=FILE"), "{target}: {}", ran.stderr);
            assert!(ran.stderr.contains("value list `Servers`"), "{target}: {}", ran.stderr);
        }
    }

    #[test]
    fn parts_of_values_are_looked_up_where_the_platform_can() {
        let rule = RULE.replace("Computer|expand", "Computer|contains|expand");
        let splunk = converted(&rule, 0, &["--to", "splunk", "--placeholders-as", "lookup"]);
        let subsearch = "NOT [| inputlookup Servers | eval Computer=\"*\".Computer.\"*\" | fields Computer]";
        assert!(splunk.stdout.contains(subsearch), "{} {}", splunk.stdout, splunk.stderr);
        let sentinel = converted(&rule, 0, &["--to", "sentinel", "--placeholders-as", "lookup"]);
        assert!(sentinel.stderr.contains("parts of values with a watchlist"), "{}", sentinel.stderr);
        let given = converted(&rule, 2, &["--to", "sentinel", "--placeholders-as", "lookup"]);
        assert_eq!(given.code, Some(0), "{}", given.stderr);
    }

    #[test]
    fn what_is_no_whole_value_is_no_lookup() {
        let rule = RULE.replace("Computer|expand: '%Servers%'", "Computer|expand: '%Servers%.corp'");
        let ran = converted(&rule, 0, &["--to", "splunk", "--placeholders-as", "lookup"]);
        assert!(ran.stderr.contains("a lookup stands for a whole value of a field"), "{}", ran.stderr);
    }

    #[test]
    fn thousands_of_values_are_one_list() {
        let ran = converted(RULE, 5000, &["--to", "sentinel,splunk"]);
        assert_eq!(ran.code, Some(0), "{}", ran.stderr);
        assert_eq!(ran.stdout.matches("srv-4999").count(), 2);
        assert_eq!(ran.stdout.matches("in~").count(), 1, "one operator");
        assert_eq!(ran.stdout.matches("Computer IN (").count(), 1);
        assert!(!ran.stderr.contains("query-limit"), "{}", ran.stderr);
    }

    /// A rule with so many event ids.
    fn of_numbers(count: usize) -> String {
        let numbers: Vec<String> = (0..count).map(|number| number.to_string()).collect();
        let ids = numbers.join(", ");
        format!(
            "title: T\nlogsource: {{product: windows, service: security}}\ndetection:\n  s: {{EventID: [{ids}]}}\n  condition: s\n"
        )
    }

    #[test]
    fn more_clauses_than_every_node_takes_are_told() {
        let many = converted(&of_numbers(1024), 0, &["--to", "lucene"]);
        assert!(many.stderr.contains("note[query-limit]: the query has 1025 clauses"), "{}", many.stderr);
        let fewer = converted(&of_numbers(1023), 0, &["--to", "lucene"]);
        assert!(!fewer.stderr.contains("query-limit"), "{}", fewer.stderr);
    }
}

//! `rulec test` and `rulec witness` as people and pipelines use them.

#![allow(clippy::unwrap_used, reason = "a test that panics is a test that fails")]

use std::{
    path::Path,
    process::{Command, Stdio},
};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Standard output and the exit code.
fn run(args: &[&str]) -> (String, Option<i32>) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_rulec"));
    let output = command
        .args(args)
        .current_dir(root().join("tests/cases/events"))
        .env_clear()
        .stdin(Stdio::null())
        .output();
    let output = output.unwrap();
    let told = String::from_utf8(output.stderr).unwrap();
    let told: String = told.split_inclusive('\n').filter(|line| !line.trim_end().ends_with(" s)")).collect();
    (String::from_utf8(output.stdout).unwrap() + &told, output.status.code())
}

fn snapshot(name: &str, text: &str) {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(root().join("snapshots/events"));
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(name, text));
}

#[test]
fn a_failing_test_tells_which_part_of_the_rule_does_not_hold() {
    let (text, code) = run(&["test", "startup.yml"]);
    snapshot("failing", &text);
    assert_eq!(code, Some(1));
}

#[test]
fn results_are_written_for_pipelines() {
    snapshot("junit", &run(&["test", "startup.yml", "--format", "junit"]).0);
    let (json, _) = run(&["test", "startup.yml", "--format", "json"]);
    let outcomes: serde_json::Value = serde_json::from_str(&json).unwrap();
    let passed: Vec<bool> = outcomes[0]["tests"]
        .as_array()
        .unwrap()
        .iter()
        .map(|test| test["passed"].as_bool().unwrap())
        .collect();
    assert_eq!(passed, [true, true, false, true]);
}

#[test]
fn events_of_logs_are_found_by_number() {
    let (text, code) = run(&["test", "startup.yml", "--events", "sysmon.ndjson"]);
    assert_eq!(text, "startup.yml:1: Script Written To A Startup Folder: 2 events (sysmon.ndjson 0, 2)\n");
    assert_eq!(code, Some(0));
}

#[test]
fn rules_that_count_or_join_get_all_events_together() {
    let (text, code) = run(&["test", "../several", "--events", "../several/rows.ndjson", "--verbose"]);
    snapshot("several", &text);
    assert_eq!(code, Some(0));
    let (text, code) = run(&["test", "../several"]);
    snapshot("several_expected", &text);
    assert_eq!(code, Some(1));
}

#[test]
fn a_slip_in_a_test_is_told_with_its_place() {
    let (text, code) = run(&["test", "faulty"]);
    snapshot("slip", &text);
    assert_eq!(code, Some(1));
}

#[test]
fn tests_are_no_rules() {
    let (text, code) = run(&["check", ".", "--allow", "duplicate-id,duplicate-title,duplicate-rule"]);
    assert_eq!((text.as_str(), code), ("", Some(0)));
}

#[test]
fn the_tests_of_the_projects_own_rules_pass() {
    let rules = root().join("rules/sigma");
    let (text, code) = run(&["test", rules.to_str().unwrap(), "--placeholder", "administrators=adm_berger"]);
    assert_eq!((text.as_str(), code), ("", Some(0)));
}

#[test]
fn witnesses_are_shown_beside_the_query_that_has_to_find_them() {
    snapshot("witness", &run(&["witness", "startup.yml", "--to", "defender", "--count", "6"]).0);
    snapshot("witness_own", &run(&["witness", "startup.yml", "--count", "6"]).0);
}

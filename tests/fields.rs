//! The mapping table as people read it and extend it: `rulec fields`, `--mappings`, and `docs/mappings.md`.

#![cfg(feature = "cli")]
#![allow(clippy::unwrap_used, reason = "a test that panics is a test that fails")]

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use serde_json::Value;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_owned()
}

struct Ran {
    code: Option<i32>,
    stdout: String,
    stderr: String,
}

/// The command in the repository's folder, with a terminal of this width.
fn wide(columns: &str, args: &[&str]) -> Ran {
    let mut command = Command::new(env!("CARGO_BIN_EXE_rulec"));
    let output = command.args(args).current_dir(root()).env_clear().env("COLUMNS", columns).output().unwrap();
    Ran {
        code: output.status.code(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

fn run(args: &[&str]) -> Ran {
    wide("120", args)
}

fn snapshot(name: &str, text: &str) {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(root().join("snapshots/fields"));
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(name, text));
}

#[test]
fn the_table_is_a_pleasure_to_read() {
    snapshot("list", &run(&["fields"]).stdout);
    snapshot("process_creation", &run(&["fields", "process_creation"]).stdout);
    snapshot("process_creation_wide", &wide("230", &["fields", "process_creation"]).stdout);
    snapshot("parent_process_name", &run(&["fields", "Parent_Process_Name"]).stdout);
    snapshot("backwards", &run(&["fields", "--schema", "defender", "remoteport"]).stdout);
    snapshot("used", &run(&["fields", "--used", "rules/sigma"]).stdout);
    snapshot("markdown", &run(&["fields", "logon", "--format", "markdown"]).stdout);
}

#[test]
fn programs_get_the_same_as_json() {
    let json = |args: &[&str]| -> Value { serde_json::from_str(&run(args).stdout).unwrap() };
    let classes = json(&["fields", "--format", "json"]);
    assert!(classes.as_array().unwrap().iter().any(|class| class["class"] == "process_creation"));
    let class = json(&["fields", "process_creation", "--format", "json"]);
    assert_eq!(class["fields"][0]["field"], "Image");
    let found = json(&["fields", "--schema", "defender", "RemotePort", "--format", "json"]);
    assert!(found.as_array().unwrap().iter().any(|row| row["field"] == "DestinationPort"));
    let used = json(&["fields", "--used", "rules/sigma", "--format", "json"]);
    assert!(used[0]["converted"]["splunk"].is_u64());
}

#[test]
fn unknown_names_get_a_suggestion() {
    let ran = run(&["fields", "process_creaton"]);
    assert_eq!(ran.code, Some(2));
    assert_eq!(
        ran.stderr,
        "error: there is no class or field `process_creaton`; there is `process_creation`\n"
    );
    let ran = run(&["fields", "--schema", "defendr", "RemotePort"]);
    assert_eq!(ran.stderr, "error: there is no schema `defendr`; there is `defender`\n");
    assert_eq!(run(&["fields", "--schema", "defender", "Nothing"]).code, Some(2));
}

#[test]
fn the_built_in_table_has_no_faults() {
    let ran = run(&["fields", "--check"]);
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""));
    assert!(ran.stdout.ends_with("schemas: no faults\n"), "{}", ran.stdout);
}

/// The folder that the documentation shows.
const EXAMPLE: &str = "docs/example-mappings";

#[test]
fn users_folders_extend_the_table() {
    let check = run(&["fields", "--check", "--mappings", EXAMPLE]);
    assert_eq!(check.code, Some(0), "{}", check.stderr);
    let queries = run(&[
        "convert",
        "--mappings",
        EXAMPLE,
        "--to",
        "sentinel,splunk,lucene,defender",
        "tests/cases/mappings/office.yml",
        "tests/cases/mappings/refund.yml",
    ]);
    snapshot("example_queries", &queries.stdout);
    snapshot("example_overrides", &run(&["fields", "--overrides", "--mappings", EXAMPLE]).stdout);
}

#[test]
fn faults_in_users_folders_are_told_with_their_lines() {
    let faulty = "tests/cases/mappings/faulty";
    let ran = run(&["convert", "--mappings", faulty, "--to", "splunk", "tests/cases/mappings/office.yml"]);
    assert_eq!(ran.code, Some(2));
    assert_eq!(ran.stdout, "");
    snapshot("example_faults", &ran.stderr);
    let ran = run(&["fields", "--check", "--mappings", faulty]);
    assert_eq!(ran.code, Some(1));
    let ran = run(&["fields", "--check", "--mappings", "tests/cases/nowhere"]);
    assert_eq!(ran.code, Some(2));
    assert!(ran.stderr.contains("tests/cases/nowhere"), "{}", ran.stderr);
}

#[test]
fn the_page_of_the_table_is_current() {
    let page = root().join("docs/mappings.md");
    let table = run(&["fields", "--all", "--format", "markdown"]).stdout;
    if std::env::var_os("INSTA_UPDATE").is_some_and(|update| update == "always") {
        std::fs::write(&page, &table).unwrap();
    }
    let current = std::fs::read_to_string(&page).unwrap_or_default();
    assert!(current == table, "docs/mappings.md is stale: run the tests with INSTA_UPDATE=always");
}

//! `rulec indicators`: what rules look for, counted across vendors.

#![cfg(feature = "cli")]
#![allow(clippy::unwrap_used, reason = "a test that panics is a test that fails")]

use std::{
    fs,
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

fn run(args: &[&str]) -> Ran {
    let mut command = Command::new(env!("CARGO_BIN_EXE_rulec"));
    let output = command.arg("indicators").args(args).current_dir(root()).env_clear().output().unwrap();
    Ran {
        code: output.status.code(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

fn snapshot(name: &str, text: &str) {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(root().join("snapshots/catalog"));
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(name, text));
}

#[test]
fn the_table_reads_from_what_most_rules_look_for() {
    let ran = run(&["rules", "--limit", "30"]);
    assert_eq!(ran.code, Some(0));
    assert!(ran.stderr.lines().last().unwrap().starts_with("30 of "), "{}", ran.stderr);
    snapshot("indicators", &ran.stdout);
    snapshot("indicators_exclusions", &run(&["rules", "--exclusions", "--limit", "12"]).stdout);
}

#[test]
fn every_form_has_the_same_rows() {
    let args = |format| ["rules", "--event", "sysmon/1", "--limit", "20", "-q", "--format", format];
    let json: Value = serde_json::from_str(&run(&args("json")).stdout).unwrap();
    let csv = run(&args("csv")).stdout;
    let mut reader = csv::Reader::from_reader(csv.as_bytes());
    let records: Vec<Vec<String>> =
        reader.records().map(|record| record.unwrap().iter().map(str::to_owned).collect()).collect();
    assert_eq!(records.len(), 20);
    for (row, record) in json.as_array().unwrap().iter().zip(&records) {
        assert_eq!(row["field"], record[0].as_str());
        assert_eq!(row["value"], record[2].as_str());
        assert_eq!(row["rules"].to_string(), record[3]);
    }
    assert_eq!(run(&args("markdown")).stdout.lines().count(), 22);
    assert_eq!(run(&args("text")).stdout.lines().count(), 21);
}

#[test]
fn a_slip_in_a_name_gets_a_suggestion() {
    let ran = run(&["rules", "--event", "DeviceNetworkEvent", "-q"]);
    assert_eq!(ran.code, Some(2));
    assert!(ran.stderr.contains("no rule is about event `DeviceNetworkEvent`; one is `"), "{}", ran.stderr);
    let ran = run(&["rules", "--field", "comandline", "-q"]);
    assert!(ran.stderr.contains("one is `CommandLine`"), "{}", ran.stderr);
    assert_eq!(run(&["rules", "--kind", "like"]).code, Some(2));
}

#[test]
fn values_of_strangers_stay_in_their_cells() {
    let folder = tempfile::tempdir().unwrap();
    let rule = r#"title: T
logsource: {category: process_creation, product: windows}
detection:
  s:
    CommandLine: "a|`b`\n\e[2Jc\"d"
  condition: s
"#;
    fs::write(folder.path().join("a.yml"), rule).unwrap();
    let path = folder.path().to_str().unwrap();
    let markdown = run(&[path, "-q", "--format", "markdown"]).stdout;
    assert_eq!(markdown.lines().count(), 3, "{markdown}");
    assert!(markdown.contains(r#"``a\|`b`\n\u{1b}[2jc"d``"#), "{markdown}");
    assert!(!run(&[path, "-q"]).stdout.contains('\u{1b}'));
    let csv = run(&[path, "-q", "--format", "csv"]).stdout;
    let record = csv::Reader::from_reader(csv.as_bytes()).records().next().unwrap().unwrap();
    assert_eq!(&record[2], "a|`b`\n\u{1b}[2jc\"d");
}

/// Counted in the files' text: rules whose detection has a line with this value.
#[test]
fn counts_over_the_corpora_are_those_of_the_files() {
    let Some(corpora) = std::env::var_os("RULEC_CORPORA").map(PathBuf::from) else { return };
    let folder = corpora.join("sigma/rules/windows/process_creation");
    let folder = folder.to_str().unwrap();
    let texts: Vec<String> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| fs::read_to_string(entry.unwrap().path()).unwrap())
        .collect();
    for (value, needle) in [("\\mstsc.exe", "'\\mstsc.exe'"), ("\\csc.exe", "'\\csc.exe'")] {
        let name = value.trim_start_matches('\\');
        let args = [folder, "-q", "--field", "process_name", "--value", name, "--format", "json"];
        let rows: Value = serde_json::from_str(&run(&args).stdout).unwrap();
        let rules: u64 = rows
            .as_array()
            .unwrap()
            .iter()
            .filter(|row| row["value"] == name)
            .map(|row| row["rules"].as_u64().unwrap())
            .sum();
        let on_image = |text: &&String| {
            let mut field = "";
            let mut found = false;
            for line in text.lines() {
                let line = line.trim();
                if let Some((key, _)) = line.trim_start_matches("- ").split_once(':') {
                    field = if key.starts_with("Image") { "Image" } else { "" };
                }
                found |= field == "Image" && line.contains(needle);
            }
            found
        };
        let expected = texts.iter().filter(on_image).count();
        assert!(rules > 0 && rules <= expected as u64, "{value}: {rules} rules, {expected} files");
    }
}

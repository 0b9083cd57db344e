//! The command as people and pipelines use it.

#![allow(clippy::unwrap_used, reason = "a test that panics is a test that fails")]

use std::{
    fs,
    io::{Read, Write},
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

use serde_json::Value;

fn cases(folder: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases").join(folder)
}

/// The command in the folder of example rules, with nothing of the caller's environment.
fn rulec(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_rulec"));
    command.args(args).current_dir(cases("cli")).env_clear();
    command
}

struct Ran {
    code: Option<i32>,
    stdout: String,
    stderr: String,
}

impl From<Output> for Ran {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

fn run(args: &[&str]) -> Ran {
    rulec(args).stdin(Stdio::null()).output().unwrap().into()
}

fn run_with_input(args: &[&str], input: &[u8]) -> Ran {
    let mut child =
        rulec(args).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(input).unwrap();
    child.wait_with_output().unwrap().into()
}

fn records(ran: &Ran) -> Vec<Value> {
    serde_json::from_str(&ran.stdout).unwrap()
}

/// Takes a snapshot in `snapshots/FOLDER/NAME.snap`.
fn snapshot(folder: &str, name: &str, text: &str) {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(Path::new(env!("CARGO_MANIFEST_DIR")).join("snapshots").join(folder));
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(name, text));
}

/// The text without what differs from run to run.
fn without_seconds(text: &str) -> String {
    let line = |line: &str| match line.rfind(" (") {
        Some(at) if line.ends_with(" s)") => format!("{} (… s)\n", &line[..at]),
        _ => format!("{line}\n"),
    };
    text.lines().map(line).collect()
}

mod help {
    use super::*;

    #[test]
    fn every_command_explains_itself_with_examples() {
        snapshot("cli", "help", &run(&["--help"]).stdout);
        snapshot("cli", "help_convert", &run(&["convert", "--help"]).stdout);
        snapshot("cli", "help_check", &run(&["check", "--help"]).stdout);
        snapshot("cli", "help_explain", &run(&["explain", "--help"]).stdout);
        snapshot("cli", "help_targets", &run(&["targets", "--help"]).stdout);
        snapshot("cli", "help_fields", &run(&["fields", "--help"]).stdout);
        snapshot("cli", "help_fmt", &run(&["fmt", "--help"]).stdout);
        snapshot("cli", "help_completions", &run(&["completions", "--help"]).stdout);
    }

    #[test]
    fn the_version_is_the_package_version() {
        assert_eq!(run(&["--version"]).stdout, format!("rulec {}\n", env!("CARGO_PKG_VERSION")));
    }

    #[test]
    fn wrong_usage_exits_with_2_and_suggests() {
        for (args, hint) in [
            (&["convert", "whoami.yml", "--to", "spluk"][..], "'splunk'"),
            (&["convret"], "'convert'"),
            (&["convert", "whoami.yml"], "--to <TARGET>"),
            (&["convert", "--to", "eql"], "<PATH>..."),
            (&["convert", "-", "--to", "eql", "--strict", "--allow-narrowing"], "cannot be used with"),
            (&["fmt", "--write", "--check"], "cannot be used with"),
            (&["fmt", "--write"], "standard input"),
            (&["fmt", "no.kql", "no.csl"], "--check"),
            (&["convert", "-", "--to", "eql", "--jobs", "0"], "invalid value '0'"),
            (&["convert", "-", "--to", "eql", "--placeholder", "name"], "NAME=VALUE"),
        ] {
            let ran = run(args);
            assert_eq!(ran.code, Some(2), "{args:?}");
            assert!(ran.stderr.contains(hint), "{args:?}: {}", ran.stderr);
            assert_eq!(ran.stdout, "", "{args:?}");
        }
    }

    #[test]
    fn targets_are_listed_and_explained() {
        snapshot("cli", "targets", &run(&["targets"]).stdout);
        let detail = run(&["targets", "elastic"]).stdout;
        assert_eq!(detail.matches("\nproduct ").count(), 3, "{detail}");
        let list: Vec<Value> = serde_json::from_str(&run(&["targets", "--format", "json"]).stdout).unwrap();
        assert_eq!(list.len(), 9);
        assert_eq!(list[0]["name"], "defender");
        assert!(list[0]["features"][0]["support"].is_string());
        let overview = run(&["targets"]).stdout;
        assert!(overview.lines().all(|line| line.chars().count() <= 80), "fits a terminal");
    }

    #[test]
    fn shells_get_completions_of_target_names() {
        for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
            let ran = run(&["completions", shell]);
            assert_eq!(ran.code, Some(0));
            assert!(ran.stdout.contains("rulec"), "{shell}");
        }
        assert!(
            run(&["completions", "bash"])
                .stdout
                .contains("defender sentinel asim splunk splunk-cim lucene eql esql")
        );
    }
}

mod convert {
    use super::*;

    #[test]
    fn one_rule_and_one_target_give_the_bare_query() {
        let ran = run(&["convert", "whoami.yml", "--to", "defender"]);
        assert_eq!(ran.code, Some(0), "{}", ran.stderr);
        assert!(ran.stdout.contains("whoami.exe") && !ran.stdout.contains('#'), "{}", ran.stdout);
        assert!(ran.stdout.ends_with('\n') && !ran.stdout.ends_with("\n\n"));
        assert_eq!(without_seconds(&ran.stderr), "1 rule: 1 exact, 0 approximate, 0 failed (… s)\n");
    }

    #[test]
    fn notes_of_a_bare_query_go_to_standard_error() {
        let args = ["convert", "whoami.yml", "--to", "lucene", "--case", "as-indexed", "--no-mapping"];
        let ran = run(&args);
        assert_eq!(ran.stdout, "Image:*\\\\whoami.exe\n");
        assert!(ran.stderr.starts_with("note[case-as-indexed]: "), "{}", ran.stderr);
        assert_eq!(run(&[&args[..], &["--quiet"]].concat()).stderr, "");
    }

    #[test]
    fn several_queries_stand_below_headers() {
        let ran = run(&["convert", "whoami.yml", "--to", "splunk,eql"]);
        assert_eq!(ran.code, Some(0), "{}", ran.stderr);
        let headers: Vec<_> = ran.stdout.lines().filter(|line| line.starts_with('#')).collect();
        assert_eq!(
            headers,
            [
                "# Whoami Execution",
                "# whoami.yml:1 | splunk | exact",
                "# Whoami Execution",
                "# whoami.yml:1 | eql | exact"
            ]
        );
    }

    #[test]
    fn quiet_leaves_standard_error_to_errors() {
        assert_eq!(run(&["convert", "whoami.yml", "--to", "splunk", "--quiet"]).stderr, "");
        let ran = run(&["convert", "broken.yml", "--to", "splunk", "-q"]);
        assert!(ran.stderr.starts_with("error[unknown-modifier]"), "{}", ran.stderr);
        let ran = run(&["convert", "broken.yml", "--to", "splunk", "-q", "--format", "json"]);
        assert_eq!((ran.code, ran.stderr.as_str()), (Some(1), ""), "the records tell it");
    }

    #[test]
    fn a_broken_rule_is_shown_and_the_others_convert() {
        let ran = run(&["convert", "broken.yml", "whoami.yml", "--to", "splunk,eql"]);
        assert_eq!(ran.code, Some(1));
        snapshot("cli", "broken_stderr", &without_seconds(&ran.stderr));
        assert_eq!(ran.stdout.matches("| failed\n").count(), 2);
        assert_eq!(ran.stdout.matches("| exact\n").count(), 2);
    }

    #[test]
    fn json_has_a_record_per_rule_and_target_in_order() {
        let ran = run(&[
            "convert",
            "whoami.yml",
            "broken.yml",
            "missing.yml",
            "--to",
            "eql,splunk",
            "--format",
            "json",
        ]);
        assert_eq!(ran.code, Some(2), "a missing file is trouble");
        let mut records = records(&ran);
        let order: Vec<_> = records
            .iter()
            .map(|record| {
                (record["path"].as_str().unwrap().to_owned(), record["target"].as_str().unwrap().to_owned())
            })
            .collect();
        let expected = ["whoami.yml", "broken.yml", "missing.yml"]
            .into_iter()
            .flat_map(|path| ["eql", "splunk"].map(|target| (path.to_owned(), target.to_owned())));
        assert_eq!(order, expected.collect::<Vec<_>>());
        assert!(records[0]["query"].is_string());
        records[0]["query"] = Value::from("…");
        let shown = [&records[0], &records[2], &records[4]]
            .map(|record| serde_json::to_string_pretty(record).unwrap());
        snapshot("cli", "json_records", &shown.join("\n"));
    }

    #[test]
    fn json_without_rules_is_an_empty_array() {
        let ran = run_with_input(&["convert", "-", "--to", "eql", "--format", "json"], b"# nothing\n");
        assert_eq!(ran.stdout, "[]\n");
        assert_eq!(ran.code, Some(0));
        assert!(ran.stderr.contains("the file holds no rule"), "{}", ran.stderr);
    }

    #[test]
    fn standard_input_is_a_source() {
        let rule = fs::read(cases("cli").join("whoami.yml")).unwrap();
        let ran = run_with_input(&["convert", "-", "--to", "eql", "--format", "json"], &rule);
        assert_eq!(records(&ran)[0]["path"], "<stdin>");
        assert_eq!(records(&ran)[0]["fidelity"], "exact");
    }

    #[test]
    fn folders_are_walked_in_order_and_what_is_skipped_is_said() {
        let ran = run(&["convert", "tree", "--to", "eql", "--format", "json"]);
        let paths: Vec<_> =
            records(&ran).iter().map(|record| record["path"].as_str().unwrap().replace('\\', "/")).collect();
        assert_eq!(paths, ["tree/.hidden/hostname.yaml", "tree/windows/whoami.yml"]);
        assert!(ran.stderr.contains("1 other file skipped"), "{}", ran.stderr);
    }

    #[test]
    fn files_of_other_kinds_beside_sigma_rules_change_nothing() {
        let folder = tempfile::tempdir().unwrap();
        fs::copy(cases("cli").join("whoami.yml"), folder.path().join("whoami.yml")).unwrap();
        let path = folder.path().to_str().unwrap();
        let alone = run(&["convert", path, "--to", "eql"]);
        for (name, text) in [
            ("README.md", "# Rules\n```sh\nls | sort\n```\n"),
            ("package.json", "{\"query\": 1}"),
            ("notes.txt", "where | what\n"),
            ("broken.json", "\u{0}"),
        ] {
            fs::write(folder.path().join(name), text).unwrap();
        }
        let beside = run(&["convert", path, "--to", "eql"]);
        assert_eq!((beside.code, &beside.stdout), (Some(0), &alone.stdout));
        assert!(beside.stderr.contains("4 other files skipped"), "{}", beside.stderr);
        let only_sigma = run(&["convert", path, "--to", "eql", "--from", "sigma"]);
        assert_eq!(without_seconds(&only_sigma.stderr), without_seconds(&beside.stderr));
    }

    #[test]
    fn a_folder_without_rules_is_trouble() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("README.md"), "# Rules\n").unwrap();
        let ran = run(&["convert", folder.path().to_str().unwrap(), "--to", "eql"]);
        assert_eq!(ran.code, Some(2));
        assert!(ran.stderr.starts_with("error: no rule file found\n"), "{}", ran.stderr);
    }

    #[test]
    fn kusto_rules_are_read_whatever_file_they_stand_in() {
        let folder = tempfile::tempdir().unwrap();
        let rules = [
            (
                "a.json",
                "{\"type\": \"x/alertRules\", \"properties\": {\"displayName\": \"A\", \"tactics\": [], \"query\": \"T\\n| take 1\"}, \"x\": \"/providers/alertRules\"}",
            ),
            (
                "b.md",
                "# B\n## Sentinel\n```kql\nT\n| take 1\n```\n## Defender XDR\n```kql\nU\n| take 1\n```\n",
            ),
            ("c.kql", "// Name: C\nT | take 1\n"),
            ("d.yaml", "name: D\ntactics: []\nquery: |\n  // why\n  T\n  | take 1\n"),
        ];
        for (name, text) in rules {
            fs::write(folder.path().join(name), text).unwrap();
        }
        let ran = run(&["convert", folder.path().to_str().unwrap(), "--to", "eql", "--format", "json"]);
        assert_eq!(ran.code, Some(0), "{}", ran.stderr);
        let found: Vec<_> = records(&ran)
            .iter()
            .map(|record| (record["title"].as_str().unwrap().to_owned(), record["fidelity"].clone()))
            .collect();
        let titles = ["A", "B (Sentinel)", "B (Defender XDR)", "C", "D"];
        // Without `take` there may be more.
        assert_eq!(found, titles.map(|title| (title.to_owned(), Value::from("approximate"))));
    }

    #[test]
    fn a_file_named_on_the_command_line_has_to_hold_a_rule() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("README.md");
        fs::write(&path, "# Rules\n").unwrap();
        let ran = run(&["convert", path.to_str().unwrap(), "--to", "eql"]);
        assert_eq!(ran.code, Some(1));
        assert!(ran.stderr.contains("error[not-a-rule]: the file holds no Kusto query"), "{}", ran.stderr);
        let ran = run_with_input(&["convert", "-", "--to", "eql", "--from", "kql"], b"T | where a has b");
        assert!(ran.stderr.contains("error[unsupported]: `has` takes a constant"), "{}", ran.stderr);
        assert!(ran.stderr.contains("<stdin>:1:11"), "{}", ran.stderr);
    }

    #[test]
    fn nothing_to_convert_is_trouble() {
        let empty = tempfile::tempdir().unwrap();
        let ran = run(&["convert", empty.path().to_str().unwrap(), "--to", "eql"]);
        assert_eq!(ran.code, Some(2));
        assert!(ran.stderr.starts_with("error: no rule file found\n"), "{}", ran.stderr);
    }

    #[test]
    fn placeholders_come_from_arguments_and_files() {
        let base = ["convert", "placeholder.yml", "--to", "lucene", "--case", "as-indexed", "--no-mapping"];
        let ran = run(&base);
        assert_eq!(ran.code, Some(1));
        assert!(ran.stderr.contains("administrators"), "{}", ran.stderr);
        let from_file = run(&[&base[..], &["--placeholders", "placeholders.yml"]].concat());
        assert!(
            from_file.stdout.contains("alice") && from_file.stdout.contains("bob"),
            "{}",
            from_file.stdout
        );
        let replaced = ["--placeholders", "placeholders.yml", "--placeholder", "administrators=carol"];
        let replaced = run(&[&base[..], &replaced].concat()).stdout;
        assert!(replaced.contains("carol") && !replaced.contains("alice"), "{replaced}");
        let wrong = run(&[&base[..], &["--placeholders", "tree/README.txt"]].concat());
        assert_eq!(wrong.code, Some(2));
        assert!(wrong.stderr.starts_with("error[invalid-placeholders]"), "{}", wrong.stderr);
    }

    #[test]
    fn any_number_of_jobs_gives_the_same_bytes() {
        let with = |jobs: &str| {
            run(&["convert", ".", "--to", "kql,spl,elastic", "--format", "json", "--jobs", jobs]).stdout
        };
        assert_eq!(with("1"), with("4"));
    }

    #[test]
    fn what_cannot_be_read_as_text_is_located() {
        let ran =
            run_with_input(&["convert", "-", "--to", "eql", "--format", "json"], b"title: x\nauthor: \xff\n");
        assert_eq!(ran.code, Some(1));
        let record = &records(&ran)[0];
        assert_eq!(record["title"], Value::Null);
        assert_eq!(record["error"]["code"], "not-utf8");
        assert_eq!(
            (&record["error"]["line"], &record["error"]["column"]),
            (&Value::from(2), &Value::from(9))
        );
    }

    #[test]
    fn a_file_beyond_the_limit_is_refused_quickly() {
        let ran = run_with_input(&["check", "-"], &vec![b'a'; (16 << 20) + 1]);
        assert_eq!(ran.code, Some(1));
        assert!(ran.stdout.starts_with("error[yaml-limit]: larger than 16 MiB"), "{}", ran.stdout);
    }

    /// Depth, width and blow-up: each ends in a diagnostic or a conversion, and soon.
    #[test]
    fn hostile_rules_end_in_diagnostics() {
        let rule = |item: &str, condition: &str| {
            format!(
                "title: x\nlogsource: {{category: c}}\ndetection:\n  s:\n    {item}\n  condition: {condition}\n"
            )
        };
        let deep = format!("A: {}{}", "[".repeat(10_000), "]".repeat(10_000));
        let cases = [
            ("brackets", rule(&deep, "s")),
            ("unclosed", "[".repeat(10_000)),
            ("parentheses", rule("A: b", &format!("{}s{}", "(".repeat(20_000), ")".repeat(20_000)))),
            ("negations", rule("A: b", &format!("{}s", "not ".repeat(20_000)))),
            ("terms", rule("A: b", &format!("{}s", "s and ".repeat(20_000)))),
            ("groups", rule(&format!("A|re: '{}a{}'", "(".repeat(5_000), ")".repeat(5_000)), "s")),
            ("wildcards", rule(&format!("A: '{}'", "*?".repeat(10_000)), "s")),
            ("dashes", rule(&format!("A|windash|contains: '{}'", " -a".repeat(30)), "s")),
            ("value", rule(&format!("A: {}", "x".repeat(1 << 20)), "s")),
            ("controls", "\0\u{1}\u{7f}\u{85}".repeat(100)),
        ];
        for (name, text) in cases {
            let started = std::time::Instant::now();
            let ran = run_with_input(
                &["convert", "-", "--to", "kql,spl,elastic", "--format", "json"],
                text.as_bytes(),
            );
            assert!(matches!(ran.code, Some(0 | 1)), "{name}: {:?} {}", ran.code, ran.stderr);
            assert_eq!(records(&ran).len() % 8, 0, "{name}");
            assert!(started.elapsed().as_secs() < 20, "{name} took {:?}", started.elapsed());
        }
    }

    #[test]
    fn a_reader_that_leaves_early_is_no_failure() {
        let mut child = rulec(&["convert", "tree", ".", "--to", "kql,spl,elastic"])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        drop(child.stdout.take());
        let mut stderr = String::new();
        child.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
        child.wait().unwrap();
        assert!(!stderr.contains("panicked"), "{stderr}");
    }

    #[cfg(unix)]
    #[test]
    fn colour_is_for_terminals_only() {
        assert!(!run(&["check", "broken.yml"]).stdout.contains('\u{1b}'));
    }
}

mod output {
    use super::*;

    fn files_below(folder: &Path) -> Vec<String> {
        let mut found = Vec::new();
        let mut folders = vec![folder.to_owned()];
        while let Some(next) = folders.pop() {
            for entry in fs::read_dir(next).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else {
                    found.push(path.strip_prefix(folder).unwrap().to_str().unwrap().replace('\\', "/"));
                }
            }
        }
        found.sort();
        found
    }

    #[test]
    fn each_query_gets_a_file_named_as_its_rule_file() {
        let folder = tempfile::tempdir().unwrap();
        let out = folder.path().to_str().unwrap();
        let ran = run(&["convert", "tree", "two_rules.yml", "--to", "defender,esql", "--output", out]);
        assert_eq!(ran.code, Some(0), "{}", ran.stderr);
        assert_eq!(ran.stdout, "");
        let expected = [
            "defender/.hidden/hostname.kql",
            "defender/two_rules-1.kql",
            "defender/two_rules-2.kql",
            "defender/windows/whoami.kql",
            "esql/.hidden/hostname.esql",
            "esql/two_rules-1.esql",
            "esql/two_rules-2.esql",
            "esql/windows/whoami.esql",
        ];
        assert_eq!(files_below(folder.path()), expected);
        let query = fs::read_to_string(folder.path().join("defender/windows/whoami.kql")).unwrap();
        let bare = run(&["convert", "whoami.yml", "--to", "defender"]).stdout;
        assert_eq!(query, bare);
    }

    #[test]
    fn json_records_come_along_with_the_files() {
        let folder = tempfile::tempdir().unwrap();
        let out = folder.path().to_str().unwrap();
        let ran = run(&["convert", "whoami.yml", "--to", "eql", "--format", "json", "-o", out]);
        assert_eq!(records(&ran).len(), 1);
        assert_eq!(files_below(folder.path()), ["eql/whoami.eql"]);
    }

    #[test]
    fn files_are_written_though_nobody_reads_the_records() {
        let folder = tempfile::tempdir().unwrap();
        let out = folder.path().to_str().unwrap();
        let mut child = rulec(&["convert", "tree", "--to", "eql", "--format", "json", "--output", out])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        drop(child.stdout.take());
        assert_eq!(child.wait().unwrap().code(), Some(0));
        assert_eq!(files_below(folder.path()).len(), 2);
    }

    #[test]
    fn titles_and_paths_lead_nowhere_else() {
        let folder = tempfile::tempdir().unwrap();
        let (rules, out) = (folder.path().join("rules"), folder.path().join("out"));
        fs::create_dir_all(rules.join("below")).unwrap();
        let rule = fs::read_to_string(cases("cli").join("whoami.yml")).unwrap();
        let evil = rule.replace("Whoami Execution", "../../../evil").replace("9a3f4a2e-", "../");
        fs::write(rules.join("a.yml"), evil).unwrap();
        let roundabout = rules.join("below/../../rules/a.yml");
        for path in [rules.to_str().unwrap(), roundabout.to_str().unwrap()] {
            let ran = run(&["convert", path, "--to", "eql", "--output", out.to_str().unwrap()]);
            assert_eq!(ran.code, Some(0), "{}", ran.stderr);
        }
        assert_eq!(files_below(folder.path()), ["out/eql/a.eql", "rules/a.yml"]);
    }

    #[cfg(unix)]
    #[test]
    fn links_in_the_output_folder_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let (out, outside) = (folder.path().join("out"), folder.path().join("outside"));
        fs::create_dir(&out).unwrap();
        fs::create_dir(&outside).unwrap();
        std::os::unix::fs::symlink(&outside, out.join("eql")).unwrap();
        let ran = run(&["convert", "whoami.yml", "--to", "eql,splunk", "--output", out.to_str().unwrap()]);
        assert_eq!(ran.code, Some(2));
        assert!(ran.stderr.contains("in the way and not a folder"), "{}", ran.stderr);
        assert_eq!(files_below(&outside), [""; 0]);
        assert!(out.join("splunk/whoami.spl").exists(), "the others are written");
    }

    #[test]
    fn two_rules_for_one_file_are_not_both_written() {
        let folder = tempfile::tempdir().unwrap();
        let out = folder.path().to_str().unwrap();
        let ran = run(&["convert", "whoami.yml", "tree/windows/whoami.yml", "--to", "eql", "--output", out]);
        assert_eq!(ran.code, Some(2));
        assert!(ran.stderr.contains("another rule of this run has the same path"), "{}", ran.stderr);
        assert_eq!(files_below(folder.path()), ["eql/whoami.eql"]);
    }

    #[test]
    fn a_folder_that_cannot_be_made_is_trouble() {
        let ran = run(&["convert", "whoami.yml", "--to", "eql", "--output", "whoami.yml"]);
        assert_eq!(ran.code, Some(2));
        assert!(ran.stderr.starts_with("error: cannot make the output folder"), "{}", ran.stderr);
    }
}

mod check {
    use super::*;

    #[test]
    fn sound_rules_have_no_findings() {
        let ran = run(&["check", "tree"]);
        assert_eq!((ran.code, ran.stdout.as_str()), (Some(0), ""), "{}", ran.stderr);
        assert!(
            without_seconds(&ran.stderr).starts_with("2 rules: 0 errors, 0 warnings, 1 other file skipped")
        );
    }

    #[test]
    fn findings_are_json_too() {
        let ran = run(&["check", "broken.yml", "--format", "json"]);
        assert_eq!(ran.code, Some(1));
        let findings = records(&ran);
        assert_eq!(findings[0]["code"], "unknown-modifier");
        assert_eq!((&findings[0]["line"], &findings[0]["column"]), (&Value::from(9), &Value::from(11)));
        assert_eq!(findings[0]["title"], "Whoami Execution");
        assert!(findings[0]["help"].as_str().unwrap().contains("`endswith`"));
    }

    #[test]
    fn services_get_findings_in_their_own_forms() {
        let broken = cases("cli").join("broken.yml");
        let github = run(&["check", broken.to_str().unwrap(), "--format", "github"]);
        assert!(github.stdout.starts_with("::error file=broken.yml,line=9,col=11,"), "{}", github.stdout);
        let sarif: Value =
            serde_json::from_str(&run(&["check", "broken.yml", "--format", "sarif"]).stdout).unwrap();
        snapshot("cli", "check_sarif", &serde_json::to_string_pretty(&sarif["runs"][0]["results"]).unwrap());
        let junit = run(&["check", "broken.yml", "tree/.hidden", "--format", "junit"]);
        assert_eq!(junit.code, Some(1));
        assert!(junit.stdout.contains("tests=\"2\" skipped=\"0\" failures=\"1\""), "{}", junit.stdout);
        let empty = run(&["check", "tree", "--format", "sarif"]).stdout;
        assert!(empty.contains("\"results\": []"), "{empty}");
    }

    #[test]
    fn codes_are_explained_allowed_and_denied() {
        let explained = run(&["check", "--explain", "never-true"]);
        assert!(explained.stdout.starts_with("never-true (error)\n"), "{}", explained.stdout);
        let wrong = run(&["check", "--explain", "nevertrue"]);
        assert_eq!(wrong.code, Some(2));
        assert!(wrong.stderr.contains("`never-true`"), "{}", wrong.stderr);
        let path = cases("diagnostics").join("unused-selection.yml");
        let path = path.to_str().unwrap();
        let denied = run(&["check", path, "--deny", "unused-selection"]);
        assert!(denied.stdout.contains("error[unused-selection]"), "{}", denied.stdout);
        assert_eq!(denied.code, Some(1));
        assert_eq!(run(&["check", path, "--strict", "--allow", "unused-selection"]).code, Some(0));
    }

    #[test]
    fn fixes_are_made_in_the_files() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a.yml");
        let text = fs::read_to_string(cases("diagnostics").join("edge-wildcard.yml")).unwrap();
        fs::write(&file, &text).unwrap();
        let ran = run(&["check", "--fix", file.to_str().unwrap()]);
        assert_eq!((ran.code, ran.stdout.as_str()), (Some(0), ""), "{}", ran.stderr);
        assert!(ran.stderr.contains("1 rule: 0 errors, 0 warnings, 1 fixed"), "{}", ran.stderr);
        assert_eq!(fs::read_to_string(&file).unwrap(), text.replace("'*whoami'", "'whoami'"));
        let again = run(&["check", "--fix", file.to_str().unwrap()]);
        assert!(!again.stderr.contains("fixed"), "{}", again.stderr);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "no drafts are left");
    }

    #[test]
    fn rules_are_compared_across_files() {
        let folder = tempfile::tempdir().unwrap();
        let text = fs::read_to_string(cases("cli").join("whoami.yml")).unwrap();
        for name in ["a.yml", "b.yml"] {
            fs::write(folder.path().join(name), &text).unwrap();
        }
        let ran: Ran =
            rulec(&["check", ".", "--format", "github"]).current_dir(folder.path()).output().unwrap().into();
        let lines: Vec<&str> = ran.stdout.lines().collect();
        let of = |code: &str| lines.iter().filter(|line| line.contains(code)).count();
        assert_eq!((of("duplicate-id"), of("duplicate-title"), of("duplicate-rule")), (1, 1, 1), "{lines:?}");
        assert!(
            lines.iter().all(|line| line.contains("file=./b.yml") || line.contains("file=b.yml")),
            "{lines:?}"
        );
    }

    #[test]
    fn warnings_count_under_strict() {
        let path = cases("diagnostics").join("unused-selection.yml");
        let path = path.to_str().unwrap();
        assert_eq!(run(&["check", path]).code, Some(0));
        assert_eq!(run(&["check", path, "--strict"]).code, Some(1));
        assert_eq!(run(&["check", path, "--quiet"]).stdout, "");
    }

    /// Each file of `tests/cases/diagnostics` is named by the code it is made to raise.
    #[test]
    fn every_kind_of_fault_is_reported_at_its_place() {
        let folder = cases("diagnostics");
        let mut names: Vec<String> = fs::read_dir(&folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        let mut faults = Vec::new();
        for name in &names {
            let code = name.strip_suffix(".yml").unwrap();
            let ran: Ran = rulec(&["check", name]).current_dir(&folder).output().unwrap().into();
            if !ran.stdout.contains(&format!("[{code}]: ")) || !ran.stdout.contains(name.as_str()) {
                faults.push(format!("{name}: {}", ran.stdout));
            }
            snapshot("diagnostics", code, &ran.stdout);
        }
        assert!(faults.is_empty(), "{}", faults.join("\n"));
    }

    #[cfg(unix)]
    #[test]
    fn a_folder_that_cannot_be_read_is_trouble_and_the_rest_is_checked() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let closed = folder.path().join("closed");
        fs::create_dir(&closed).unwrap();
        fs::copy(cases("cli").join("broken.yml"), folder.path().join("z.yml")).unwrap();
        fs::set_permissions(&closed, fs::Permissions::from_mode(0o000)).unwrap();
        if fs::read_dir(&closed).is_ok() {
            return; // The superuser reads everything.
        }
        let ran = run(&["check", folder.path().to_str().unwrap()]);
        fs::set_permissions(&closed, fs::Permissions::from_mode(0o700)).unwrap();
        assert_eq!(ran.code, Some(2));
        assert!(ran.stdout.contains("error[unreadable]: no permission to read this"), "{}", ran.stdout);
        assert!(ran.stdout.contains("error[unknown-modifier]"), "{}", ran.stdout);
    }
}

mod explain {
    use super::*;

    #[test]
    fn each_step_is_shown() {
        let ran = run(&["explain", "whoami.yml", "--to", "splunk", "--no-mapping"]);
        assert_eq!(ran.code, Some(0), "{}", ran.stderr);
        assert!(ran.stdout.starts_with("# Whoami Execution (whoami.yml:1)\n"), "{}", ran.stdout);
        assert!(ran.stdout.contains("Image ends with `\\whoami.exe`"), "{}", ran.stdout);
        assert!(ran.stdout.contains("## query (exact)\n"), "{}", ran.stdout);
        let mapped = run(&["explain", "whoami.yml", "--to", "defender"]).stdout;
        assert!(mapped.contains("## normalized") && mapped.contains("## localized"), "{mapped}");
    }

    #[test]
    fn a_folder_is_too_much() {
        let ran = run(&["explain", "tree", "--to", "splunk"]);
        assert_eq!(
            (ran.code, ran.stderr.as_str()),
            (Some(2), "error: `tree` is a folder, and one file is explained\n")
        );
    }
}

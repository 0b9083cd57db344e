//! Projects, as people and pipelines use them: a folder with a `rulec.yml`.

#![allow(clippy::unwrap_used, reason = "a test that panics is a test that fails")]

use std::{
    fs,
    path::Path,
    process::{Command, Stdio},
};

use tempfile::TempDir;

const WHOAMI: &str = "title: Whoami\nid: 7d0a2b31-1e2f-4a5b-8c9d-000000000001\nstatus: test\n\
    logsource:\n  category: process_creation\n  product: windows\n\
    detection:\n  selection:\n    Image|endswith: '\\whoami.exe'\n    CommandLine|contains: '/all'\n  \
    condition: selection\nlevel: high\n";

const DNS: &str = "title: Odd Domain\nid: 7d0a2b31-1e2f-4a5b-8c9d-000000000002\nstatus: experimental\n\
    logsource:\n  category: dns_query\n  product: windows\n\
    detection:\n  selection:\n    QueryName|endswith: '.example'\n  condition: selection\nlevel: low\n";

const FILTER: &str = "title: Administrators\nlogsource:\n  category: process_creation\n  product: windows\n\
    filter:\n  rules: any\n  selection:\n    User|startswith: 'adm_'\n  condition: not selection\n";

/// A folder with some files.
struct Project(TempDir);

struct Ran {
    code: Option<i32>,
    stdout: String,
    stderr: String,
}

impl Project {
    fn new(files: &[(&str, &str)]) -> Self {
        let project = Self(tempfile::tempdir().unwrap());
        // What lies above it is none of its concern.
        fs::create_dir(project.path(".git")).unwrap();
        for (name, text) in files {
            project.write(name, text);
        }
        project
    }

    /// Two rules, for two targets.
    fn small() -> Self {
        let settings = "rules: [rules]\ntargets: [splunk, defender]\n";
        Self::new(&[("rulec.yml", settings), ("rules/whoami.yml", WHOAMI), ("rules/dns/odd.yml", DNS)])
    }

    fn path(&self, name: &str) -> std::path::PathBuf {
        self.0.path().join(name)
    }

    fn write(&self, name: &str, text: &str) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }

    fn run(&self, args: &[&str]) -> Ran {
        self.run_in("", args)
    }

    fn run_in(&self, folder: &str, args: &[&str]) -> Ran {
        let mut command = Command::new(env!("CARGO_BIN_EXE_rulec"));
        command.args(args).current_dir(self.path(folder)).stdin(Stdio::null()).env_remove("CLICOLOR_FORCE");
        let output = command.output().unwrap();
        Ran {
            code: output.status.code(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

fn snapshot(name: &str, text: &str) {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(Path::new(env!("CARGO_MANIFEST_DIR")).join("snapshots/project"));
    settings.set_prepend_module_to_snapshot(false);
    settings.bind(|| insta::assert_snapshot!(name, text));
}

#[test]
fn init_writes_what_it_finds_and_its_file_works() {
    let project = Project::new(&[
        ("rules/whoami.yml", WHOAMI),
        ("more rules/odd.yml", DNS),
        (
            "corp/process_creation.yml",
            "schemas:\n  splunk_ta:\n    - {index: [endpoint], where: {EventCode: 1}}\n",
        ),
        ("node_modules/x.yml", WHOAMI),
        ("README.md", "# Rules\n"),
    ]);
    let ran = project.run(&["init"]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    snapshot("init", &project.read("rulec.yml"));
    let ran = project.run(&["convert"]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    assert!(ran.stderr.starts_with("2 rules: 6 exact"), "{}", ran.stderr);
    let again = project.run(&["init"]);
    assert_eq!(again.code, Some(2));
    assert_eq!(again.stderr, "error: `rulec.yml` is there already, and stays as it is\n");
}

#[test]
fn in_a_folder_of_rules_init_takes_all_but_what_is_no_rule() {
    let project = Project::new(&[("whoami.yml", WHOAMI), ("dns/odd.yml", DNS)]);
    assert_eq!(project.run(&["init"]).code, Some(0));
    assert!(project.read("rulec.yml").contains("rules:\n  - .  # 2 rules\n"));
    let ran = project.run(&["convert", "--output", "out"]);
    assert!(ran.stderr.starts_with("2 rules: 6 exact"), "{}", ran.stderr);
    assert!(project.path("out/splunk/dns/odd.spl").exists());
}

#[test]
fn the_project_file_is_found_from_below_and_paths_start_at_it() {
    let project = Project::small();
    let ran = project.run_in("rules/dns", &["convert", "--quiet"]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    assert!(ran.stdout.contains("# ../../rules/dns/odd.yml:1 | splunk | exact"), "{}", ran.stdout);
    assert_eq!(ran.stdout.matches(" | defender | ").count(), 2);
}

#[test]
fn the_command_line_wins() {
    let project = Project::small();
    project
        .write("rulec.yml", "rules: [rules]\ntargets: [splunk, lucene: {case: as-indexed}]\noutput: out\n");
    let one = project.run(&["convert", "rules/whoami.yml", "--to", "lucene"]);
    assert!(one.stdout.contains("process.name:whoami.exe"), "the project's case: {}", one.stdout);
    let exact = project.run(&["convert", "rules/whoami.yml", "--to", "lucene", "--case", "exact"]);
    assert!(exact.stdout.contains("[wW]"), "{}", exact.stdout);
    assert!(!project.path("out").exists(), "what is named on the command line is for looking at");
    let all = project.run(&["convert"]);
    assert_eq!((all.code, all.stdout.as_str()), (Some(0), ""), "{}", all.stderr);
    assert!(project.path("out/lucene/whoami.lucene").exists());
    project.write("rulec.yml", "rules: [rules]\ntargets: splunk\noutput: out\nas: saved-search\n");
    let wrapped = project.run(&["convert"]);
    assert_eq!(wrapped.code, Some(0), "{}", wrapped.stderr);
    assert!(project.read("out/splunk/whoami.conf").starts_with('['));
    assert!(project.run(&["indicators", "--format", "csv", "-q"]).stdout.contains("whoami.exe"));
    let without = project.run(&["convert", "--no-project"]);
    assert_eq!(without.code, Some(2));
    assert!(without.stderr.contains("--to <TARGET>\n  <PATH>..."), "{}", without.stderr);
}

#[test]
fn options_of_a_target_are_for_it_alone() {
    let narrowing = include_str!("../rules/sigma/windows/powershell/classic_downgrade.yml");
    let settings = "rules: rules\ntargets:\n  - splunk: {allow-narrowing: true}\n  - lucene\n";
    let project = Project::new(&[("rulec.yml", settings), ("rules/a.yml", narrowing)]);
    let ended = |args: &[&str]| -> Vec<String> {
        let ran = project.run(&[&["convert", "--format", "json", "-q"], args].concat());
        let records: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
        let records = records.as_array().unwrap().iter();
        records
            .map(|it| format!("{} {}", it["target"].as_str().unwrap(), it["fidelity"].as_str().unwrap()))
            .collect()
    };
    assert_eq!(ended(&[]), ["splunk approximate", "lucene failed"]);
    assert_eq!(ended(&["--strict"]), ["splunk failed", "lucene failed"]);
    assert_eq!(ended(&["--allow-narrowing"]), ["splunk approximate", "lucene approximate"]);
    assert_eq!(ended(&["--to", "lucene,splunk"]), ["lucene failed", "splunk approximate"]);
}

#[test]
fn rules_are_selected_by_what_they_say_of_themselves() {
    let project = Project::small();
    let selected = |args: &[&str]| {
        let ran = project.run(&[&["convert", "--to", "splunk"], args].concat());
        ran.stderr.split(" (").next().unwrap().to_owned()
    };
    assert_eq!(selected(&["--min-level", "high"]), "1 rule: 1 exact, 0 approximate, 0 failed, 1 left out");
    assert_eq!(selected(&["--status", "test,experimental"]), "2 rules: 2 exact, 0 approximate, 0 failed");
    project.write("rulec.yml", "rules: rules\ntargets: splunk\nselect: {status: experimental}\n");
    assert_eq!(selected(&[]), "1 rule: 1 exact, 0 approximate, 0 failed, 1 left out");
}

#[test]
fn all_faults_of_a_project_file_are_told_with_their_places() {
    let project = Project::small();
    project.write(
        "rulec.yml",
        "ruls: [rules]\nrules: [rule]\nstrict: perhaps\ntargets:\n  - splnk\n  - lucene: {caze: exact}\n\
         from: {a: b}\nselect: {min-level: severe}\n",
    );
    snapshot("faults", &project.run(&["check"]).stderr);
}

#[test]
fn a_faulty_project_file_stops_the_commands_that_need_it() {
    let project = Project::small();
    project.write("rulec.yml", "rules: [rule]\n");
    let ran = project.run(&["check"]);
    assert_eq!(ran.code, Some(2));
    assert!(
        ran.stderr.contains("rulec.yml:1:9") && ran.stderr.contains("there is `rules`"),
        "{}",
        ran.stderr
    );
    assert_eq!(project.run(&["targets"]).code, Some(0));
    assert_eq!(project.run(&["check", "--no-project", "rules"]).code, Some(0));
}

const OWN_ROW: &str = "schemas: {}\nfields:\n  CommandLine:\n    splunk_ta: process_command_line\n";

/// A project with its own mapping row and a snapshot.
fn kept() -> Project {
    let project = Project::small();
    project.write("rulec.yml", "rules: [rules]\nmappings: [corp]\ntargets: [splunk, defender]\n");
    project.write("corp/process_creation.yml", "fields:\n  Company:\n    splunk_ta: vendor\n");
    let ran = project.run(&["snapshot"]);
    assert_eq!(ran.code, Some(0), "{}{}", ran.stdout, ran.stderr);
    project
}

/// Without the time that a run took.
fn untimed(text: &str) -> String {
    text.lines().map(|line| line.split(" (0.").next().unwrap().to_owned() + "\n").collect()
}

#[test]
fn a_snapshot_is_the_queries_and_a_manifest() {
    let project = kept();
    snapshot("query", &project.read("snapshots/splunk/rules/whoami.spl"));
    snapshot("manifest", &project.read("snapshots/manifest.json"));
    assert!(project.path("snapshots/defender/rules/dns/odd.kql").exists());
    let ran = project.run(&["snapshot", "--check"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(0), ""));
    assert_eq!(untimed(&ran.stderr), "4 queries of 2 rules: as in `snapshots`\n");
}

#[test]
fn a_check_shows_the_affected_queries_and_the_inputs_that_changed() {
    let project = kept();
    project.write("rules/dns/odd.yml", &DNS.replace(".example", ".test"));
    project.write("corp/process_creation.yml", &format!("{OWN_ROW}  Company:\n    splunk_ta: vendor\n"));
    let ran = project.run(&["snapshot", "--check"]);
    assert_eq!(ran.code, Some(1), "{}", ran.stderr);
    snapshot("check", &format!("{}{}", ran.stdout, untimed(&ran.stderr)));
    for (format, name) in [("json", "check_json"), ("markdown", "check_markdown"), ("github", "check_github")]
    {
        let ran = project.run(&["snapshot", "--check", "--format", format]);
        assert_eq!(ran.code, Some(1), "{}", ran.stderr);
        snapshot(name, &ran.stdout);
    }
    for format in ["sarif", "junit"] {
        assert_eq!(project.run(&["snapshot", "--check", "--format", format]).code, Some(1));
    }
    let refused = project.run(&["snapshot"]);
    assert_eq!(refused.code, Some(1), "what was reviewed is not replaced unasked");
    assert!(!project.read("snapshots/splunk/rules/dns/odd.spl").contains(".test"));
    assert_eq!(project.run(&["snapshot", "--update"]).code, Some(0));
    assert!(project.read("snapshots/splunk/rules/dns/odd.spl").contains(".test"));
    assert_eq!(project.run(&["snapshot", "--check"]).code, Some(0));
}

#[test]
fn what_leaves_the_queries_as_they_are_is_no_change() {
    let project = kept();
    project.write(
        "rules/whoami.yml",
        &WHOAMI.replace('\n', "\r\n").replace("status: test", "# why\r\nstatus: stable"),
    );
    project.write("corp/logon.yml", "fields: {}\n");
    for file in ["snapshots/splunk/rules/whoami.spl", "snapshots/manifest.json"] {
        project.write(file, &project.read(file).replace('\n', "\r\n"));
    }
    let ran = project.run(&["snapshot", "--check"]);
    assert_eq!(ran.code, Some(0), "{}{}", ran.stdout, ran.stderr);
}

#[test]
fn rules_without_queries_of_their_own_are_counted() {
    let project = kept();
    project.write("rules/whoami.yml", &format!("{WHOAMI}name: whoami\n"));
    let many =
        "title: Many\ncorrelation: {type: event_count, rules: whoami, timespan: 5m, condition: {gte: 10}}\n";
    project.write("rules/many.yml", many);
    let ran = project.run(&["snapshot", "--update"]);
    assert!(ran.stderr.contains("of 2 rules, 1 only in correlations in `snapshots`"), "{}", ran.stderr);
}

#[test]
fn the_reason_is_told_whatever_it_is() {
    let because = |change: &dyn Fn(&Project)| {
        let project = kept();
        change(&project);
        let ran = project.run(&["snapshot", "--check", "--format", "json"]);
        let report: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
        let changes = report["changes"].as_array().unwrap().iter();
        let because = |change: &serde_json::Value| {
            change["because"]
                .as_array()
                .unwrap()
                .iter()
                .map(|it| it.as_str().unwrap().to_owned())
                .collect::<Vec<_>>()
        };
        changes
            .map(|it| {
                format!(
                    "{} {}: {}",
                    it["change"].as_str().unwrap(),
                    it["target"].as_str().unwrap(),
                    because(it).join("; ")
                )
            })
            .collect::<Vec<_>>()
    };
    let settings = "rules: [rules]\nmappings: [corp]\n";
    let mut all = Vec::new();
    all.push(because(&|it| it.write("rules/new.yml", WHOAMI)));
    all.push(because(&|it| fs::remove_file(it.path("rules/whoami.yml")).unwrap()));
    all.push(because(&|it| {
        it.write("rules/whoami.yml", &format!("{WHOAMI}name: whoami\n"));
        let many = "title: Many\ncorrelation: {type: event_count, rules: whoami, timespan: 5m, condition: {gte: 10}}\n";
        it.write("rules/many.yml", many);
    }));
    all.push(because(&|it| it.write("rulec.yml", &format!("{settings}targets: [splunk]\n"))));
    all.push(because(&|it| it.write("snapshots/splunk/rules/whoami.spl", "index=main\n")));
    all.push(because(&|it| it.write("rules/whoami.yml", &WHOAMI.replace("Image|", "Nothing|"))));
    all.push(because(&|it| it.write("rules/filter.yml", FILTER)));
    all.push(because(&|it| it.write("corp/schemas/splunk_ta.yml", "macro: corp\n")));
    all.push(because(&|it| {
        it.write("corp/process_creation.yml", "schemas: {splunk_ta: [{index: [edr]}]}\n");
    }));
    all.push(because(&|it| {
        let manifest = it.read("snapshots/manifest.json").replace(env!("CARGO_PKG_VERSION"), "0.0.1");
        it.write("snapshots/manifest.json", &manifest);
        it.write("snapshots/splunk/rules/whoami.spl", "index=main\n");
    }));
    snapshot(
        "reasons",
        &format!("{}\n", all.into_iter().map(|it| it.join("\n")).collect::<Vec<_>>().join("\n\n")),
    );
}

#[test]
fn an_update_lists_and_removes_what_belongs_to_no_rule() {
    let project = kept();
    fs::remove_file(project.path("rules/dns/odd.yml")).unwrap();
    project.write("snapshots/README.md", "ours\n");
    project.write("snapshots/splunk/notes.txt", "ours\n");
    let ran = project.run(&["snapshot", "--update"]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    assert!(ran.stderr.contains("removed snapshots/splunk/rules/dns/odd.spl\n"), "{}", ran.stderr);
    assert!(!project.path("snapshots/splunk/rules/dns").exists(), "nor is its folder left");
    assert!(
        project.path("snapshots/README.md").exists() && project.path("snapshots/splunk/notes.txt").exists()
    );
    assert!(!project.read("snapshots/manifest.json").contains("odd.yml"));
}

#[test]
fn a_snapshot_does_not_depend_on_the_order_of_anything() {
    let project = kept();
    let before = project.read("snapshots/manifest.json");
    project.write(
        "rulec.yml",
        "targets: [defender, splunk]\nmappings: [corp]\nrules: [rules/whoami.yml, rules/dns]\n",
    );
    fs::remove_dir_all(project.path("snapshots")).unwrap();
    assert_eq!(project.run_in("rules", &["snapshot", "--jobs", "1"]).code, Some(0));
    assert_eq!(project.read("snapshots/manifest.json"), before);
}

#[test]
fn without_a_snapshot_there_is_nothing_to_check() {
    let project = Project::small();
    let ran = project.run(&["snapshot", "--check"]);
    assert_eq!(
        (ran.code, ran.stderr.as_str()),
        (Some(2), "error: there is no snapshot in `snapshots`; `rulec snapshot` writes one\n")
    );
    project.write("snapshots/manifest.json", "<<<<<<< HEAD\n");
    let ran = project.run(&["snapshot", "--check"]);
    assert_eq!(ran.code, Some(2));
    assert!(
        ran.stderr.contains("line 1 column 1; `rulec snapshot --update` writes it anew"),
        "{}",
        ran.stderr
    );
}

/// A line of `docs/ci.md` after `$ `, done in a project; what it says on both streams, without how long it took.
fn step(project: &Project, line: &str, last: &mut i32) -> String {
    if line == "echo $?" {
        return format!("{last}\n");
    }
    if let Some(edit) = line.strip_prefix("sed -i 's/") {
        let (from, rest) = edit.split_once('/').unwrap();
        let (to, file) = rest.split_once("/' ").unwrap();
        let (from, before) = (from.replace('\\', ""), project.read(file));
        assert!(before.contains(&from), "{line} changes nothing");
        project.write(file, &before.replacen(&from, to, 1));
        return String::new();
    }
    if let Some(file) = line.strip_prefix("cat ") {
        return project.read(file);
    }
    if let Some(file) = line.strip_prefix("grep -v '^ *#' ") {
        return project
            .read(file)
            .lines()
            .filter(|it| !it.trim_start().starts_with('#'))
            .fold(String::new(), |text, it| text + it + "\n");
    }
    if let Some(folder) = line.strip_prefix("find ").and_then(|rest| rest.strip_suffix(" -type f")) {
        return files_below(&project.path(folder), folder).concat();
    }
    let ran =
        project.run(&line.strip_prefix("rulec ").expect("a known command").split(' ').collect::<Vec<_>>());
    *last = ran.code.unwrap();
    let text = ran.stdout + &ran.stderr;
    text.lines().map(|line| line.split(" (0.").next().unwrap().to_owned() + "\n").collect()
}

fn files_below(folder: &Path, name: &str) -> Vec<String> {
    let mut entries: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    let below = |path: std::path::PathBuf| {
        let name = format!("{name}/{}", path.file_name().unwrap().to_str().unwrap());
        if path.is_dir() { files_below(&path, &name) } else { vec![format!("{name}\n")] }
    };
    entries.into_iter().flat_map(below).collect()
}

/// The edits of the document, committed: `main` is before them.
fn git(project: &Project, args: &[&str]) {
    let identity = ["-c", "user.name=x", "-c", "user.email=x@example.org", "-c", "init.defaultBranch=main"];
    let mut command = Command::new("git");
    command.args(identity).args(args).current_dir(project.path(""));
    assert!(command.stdout(Stdio::null()).stderr(Stdio::null()).status().unwrap().success(), "git {args:?}");
}

#[test]
fn the_document_shows_what_happens_in_a_project() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let example = root.join("docs/example-project");
    let project = Project::new(&[]);
    fs::remove_dir(project.path(".git")).unwrap();
    for file in files_below(&example, "") {
        let file = file.trim().trim_start_matches('/');
        project.write(file, &fs::read_to_string(example.join(file)).unwrap());
    }
    git(&project, &["init"]);
    let document = fs::read_to_string(root.join("docs/ci.md")).unwrap();
    let mut current = String::new();
    let (mut in_console, mut is_edited, mut last) = (false, false, 0);
    for line in document.lines() {
        if let Some(command) = line.strip_prefix("$ ").filter(|_| in_console) {
            if command.starts_with("sed") && !is_edited {
                is_edited = true;
                git(&project, &["add", "-A"]);
                git(&project, &["commit", "-m", "before"]);
                git(&project, &["checkout", "-b", "edited"]);
            }
            if command.starts_with("rulec diff") {
                git(&project, &["add", "-A"]);
                git(&project, &["commit", "-m", "after"]);
            }
            current.extend([line, "\n", &step(&project, command, &mut last)]);
            continue;
        }
        in_console = if line == "```console" { true } else { in_console && line != "```" };
        if !in_console || line == "```console" {
            current.extend([line, "\n"]);
        }
    }
    if std::env::var_os("INSTA_UPDATE").is_some_and(|update| update == "always") {
        fs::write(root.join("docs/ci.md"), &current).unwrap();
    } else {
        assert_eq!(document, current);
    }
}

#[test]
fn a_diff_of_revisions_tells_meaning_from_wording() {
    let project = Project::small();
    fs::remove_dir(project.path(".git")).unwrap();
    git(&project, &["init"]);
    git(&project, &["add", "-A"]);
    git(&project, &["commit", "-m", "one"]);
    let swapped = WHOAMI.replace(
        "    Image|endswith: '\\whoami.exe'\n    CommandLine|contains: '/all'\n",
        "    CommandLine|contains: '/ALL'\n    Image|endswith: '\\whoami.exe'\n",
    );
    assert_ne!(swapped, WHOAMI);
    project.write("rules/whoami.yml", &swapped);
    let reworded = project.run(&["diff", "HEAD", "."]);
    assert_eq!(reworded.code, Some(0), "{}{}", reworded.stdout, reworded.stderr);
    assert!(
        reworded.stdout.starts_with("reworded rules/whoami.yml: Whoami\n  the rule: reworded\n"),
        "{}",
        reworded.stdout
    );
    project.write("rules/dns/odd.yml", &DNS.replace(".example", ".test"));
    fs::rename(project.path("rules/whoami.yml"), project.path("rules/dns/whoami.yml")).unwrap();
    project.write("rules/new.yml", &WHOAMI.replace("0001", "0003"));
    let changed = project.run(&["diff", "HEAD", "."]);
    assert_eq!(changed.code, Some(1), "{}", changed.stderr);
    snapshot("diff", &format!("{}{}", changed.stdout, untimed(&changed.stderr)));
    let markdown = project.run(&["diff", "HEAD", ".", "--format", "markdown"]);
    snapshot("diff_markdown", &markdown.stdout);
    let json = project.run_in("rules", &["diff", "HEAD", "..", "--format", "json"]);
    let records: serde_json::Value = serde_json::from_str(&json.stdout).unwrap();
    assert_eq!(records.as_array().unwrap().len(), 3, "{}", json.stdout);
    assert_eq!(project.run(&["diff", "HEAD", "HEAD"]).code, Some(0));
    for name in ["--output=x", "nothing", "HEAD:rules", ""] {
        let wrong = project.run(&["diff", "--", name, "HEAD"]);
        assert_eq!(wrong.code, Some(2), "{name}: {}", wrong.stdout);
    }
    assert!(!project.path("x").exists());
}

#[test]
fn a_changed_filter_is_the_reason_of_a_changed_query() {
    let project = Project::small();
    project.write("rules/filter.yml", FILTER);
    assert_eq!(project.run(&["snapshot"]).code, Some(0));
    project.write("rules/filter.yml", &format!("# moved\n{FILTER}"));
    let moved = project.run(&["snapshot", "--check"]);
    assert_eq!(moved.code, Some(0), "{}", moved.stdout);
    project.write("rules/filter.yml", &FILTER.replace("adm_", "root_"));
    let changed = project.run(&["snapshot", "--check"]);
    assert_eq!(changed.code, Some(1), "{}", changed.stderr);
    assert!(changed.stdout.contains("the filter `Administrators` changed"), "{}", changed.stdout);
    fs::remove_file(project.path("rules/filter.yml")).unwrap();
    let gone = project.run(&["snapshot", "--check"]);
    assert!(gone.stdout.contains("the filter `Administrators` applies no more"), "{}", gone.stdout);
}

#[test]
fn a_diff_names_the_filter_that_changed() {
    let project = Project::small();
    fs::remove_dir(project.path(".git")).unwrap();
    project.write("rules/filter.yml", FILTER);
    git(&project, &["init"]);
    git(&project, &["add", "-A"]);
    git(&project, &["commit", "-m", "one"]);
    let same = project.run(&["diff", "HEAD", "."]);
    assert_eq!((same.code, same.stdout.as_str()), (Some(0), ""), "{}", same.stderr);
    project.write("rules/filter.yml", &FILTER.replace("adm_", "root_"));
    let changed = project.run(&["diff", "HEAD", "."]);
    let head = "meaning changed rules/whoami.yml: Whoami\n  the rule: meaning changed\n  the filter `Administrators` changed\n";
    assert!(changed.stdout.starts_with(head), "{}", changed.stdout);
    let markdown = project.run(&["diff", "HEAD", ".", "--format", "markdown"]).stdout;
    assert!(markdown.contains("<br>the filter `Administrators` changed |"), "{markdown}");
    let json = project.run(&["diff", "HEAD", ".", "--format", "json"]).stdout;
    assert!(json.contains("\"the filter `Administrators` changed\""), "{json}");
}

#[test]
fn a_mapping_row_changes_the_meaning_of_queries_and_not_of_rules() {
    let project = kept();
    project.write("old/rules/whoami.yml", WHOAMI);
    project.write("new/rules/whoami.yml", WHOAMI);
    project.write("new/rulec.yml", "rules: rules\nmappings: corp\ntargets: splunk\n");
    project.write("new/corp/process_creation.yml", OWN_ROW.split_once('\n').unwrap().1);
    project.write("old/rulec.yml", "rules: rules\ntargets: splunk\n");
    let ran = project.run(&["diff", "old", "new"]);
    assert_eq!(ran.code, Some(1), "{}", ran.stderr);
    assert!(ran.stdout.contains("  the rule: unchanged\n  splunk: meaning changed\n"), "{}", ran.stdout);
}

#[test]
fn what_pipelines_read_is_well_formed() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let parse = |name: &str| -> serde_yaml::Value {
        serde_yaml::from_str(&fs::read_to_string(root.join(name)).unwrap()).unwrap()
    };
    let action = parse("action.yml");
    assert_eq!(action["runs"]["using"], "composite");
    for step in action["runs"]["steps"].as_sequence().unwrap() {
        let run = step["run"].as_str().unwrap();
        assert!(!run.contains("${{"), "what a workflow passes is no part of a script: {run}");
        let script = run.split("$ACTION_PATH/").nth(1).unwrap().trim_end_matches('"');
        assert!(root.join(script).is_file(), "{script}");
    }
    let hooks = parse(".pre-commit-hooks.yaml");
    let entries = hooks.as_sequence().unwrap().iter().map(|hook| hook["entry"].as_str().unwrap());
    assert_eq!(entries.collect::<Vec<_>>(), ["rulec check", "rulec snapshot --check", "rulec fmt --check"]);
}

#[cfg(unix)]
#[test]
fn the_action_reports_and_ends_as_the_command_does() {
    let project = kept();
    project.write("rules/dns/odd.yml", &DNS.replace(".example", ".test"));
    let bin = Path::new(env!("CARGO_BIN_EXE_rulec")).parent().unwrap();
    let path = format!("{}:{}", bin.display(), std::env::var("PATH").unwrap());
    let act = |command: &str, arguments: &str, directory: &str| {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join(".github/actions/run.sh");
        let mut bash = Command::new("bash");
        bash.arg(script).current_dir(project.path("")).env("PATH", &path).env("COMMAND", command);
        bash.env("ARGUMENTS", arguments).env("DIRECTORY", directory).stdin(Stdio::null());
        bash.env("GITHUB_STEP_SUMMARY", project.path("summary")).env("GITHUB_OUTPUT", project.path("output"));
        let output = bash.output().unwrap();
        (output.status.code(), String::from_utf8(output.stdout).unwrap(), project.read("output"))
    };
    let (code, annotations, output) = act("snapshot", "", ".");
    assert_eq!(code, Some(1));
    assert!(annotations.starts_with("::error file=rules/dns/odd.yml,line=1,"), "{annotations}");
    assert!(output.ends_with("exit-code=1\n"));
    assert!(project.read("summary").starts_with("### 2 changes of generated queries\n"));
    assert_eq!(act("check", "", ".").0, Some(0));
    assert_eq!(act("check", "--no-project $(touch${IFS}x) ;touch y", "nowhere").0, Some(2));
    assert_eq!(act("frobnicate", "", ".").0, Some(2));
    assert!(!project.path("x").exists() && !project.path("y").exists(), "arguments are no shell");
}

#[test]
fn there_is_a_manual_page_for_every_command() {
    let project = Project::new(&[]);
    assert_eq!(project.run(&["man", "--output", "man1"]).code, Some(0));
    let page = project.read("man1/rulec-snapshot.1");
    assert!(page.starts_with(".ie") && page.contains(".TH rulec-snapshot 1"), "{page}");
    assert!(page.contains("\\-\\-update"));
    for command in ["convert", "check", "diff", "init", "man"] {
        assert!(project.path(&format!("man1/rulec-{command}.1")).exists(), "{command}");
    }
    assert!(project.run(&["man"]).stdout.contains(".TH rulec 1"));
    assert_eq!(
        project.run(&["man", "diff"]).stdout.lines().count(),
        project.read("man1/rulec-diff.1").lines().count()
    );
    assert_eq!(project.run(&["man", "dif"]).code, Some(2));
}

//! `rulec catalog`: what rules look for, as a site, as documents and as data.

#![cfg(feature = "cli")]
#![allow(clippy::unwrap_used, reason = "a test that panics is a test that fails")]

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use serde_json::Value;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_owned()
}

/// Makes a catalogue of paths in a folder.
fn catalog(paths: &[&str], output: &Path, more: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_rulec"));
    command.arg("catalog").args(paths).arg("--output").arg(output).args(more);
    command.current_dir(root()).env_clear().output().unwrap()
}

/// A catalogue of the repository's own rules.
fn own(more: &[&str]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let made = catalog(&["rules"], folder.path(), more);
    assert_eq!(made.status.code(), Some(0), "{}", String::from_utf8_lossy(&made.stderr));
    folder
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = walkdir::WalkDir::new(folder)
        .into_iter()
        .map(Result::unwrap)
        .filter(|entry| entry.file_type().is_file())
        .map(|entry| entry.path().strip_prefix(folder).unwrap().to_owned())
        .collect();
    found.sort();
    found
}

fn snapshot(name: &str, text: &str) {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(root().join("snapshots/catalog"));
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(name, text));
}

/// The values of an attribute in HTML.
fn attributes<'t>(html: &'t str, name: &str) -> Vec<&'t str> {
    let start = format!(" {name}=\"");
    html.split(start.as_str()).skip(1).filter_map(|rest| rest.split('"').next()).collect()
}

/// Every link of a site leads to a file and to a place that is there; nothing is loaded from elsewhere, and nothing runs
/// that is not in a file of its own.
fn is_sound(folder: &Path) {
    for file in files(folder).iter().filter(|file| file.extension().is_some_and(|it| it == "html")) {
        let html = fs::read_to_string(folder.join(file)).unwrap();
        let ids = attributes(&html, "id");
        let unique: BTreeSet<&&str> = ids.iter().collect();
        assert_eq!(unique.len(), ids.len(), "{}: an id stands twice", file.display());
        for link in attributes(&html, "href") {
            let (path, place) =
                link.split_once('#').map_or((link, None), |(path, place)| (path, Some(place)));
            if path.starts_with("http") {
                continue;
            }
            if path.is_empty() {
                assert!(place.is_some_and(|it| ids.contains(&it)), "{}: {link}", file.display());
                continue;
            }
            let there = folder.join(file).parent().unwrap().join(path);
            assert!(there.is_file(), "{} links to {link}", file.display());
        }
        for source in attributes(&html, "src") {
            assert!(!source.contains(':') && !source.starts_with("//"), "{}: {source}", file.display());
        }
        assert_eq!(html.matches("<script").count(), 1, "{}", file.display());
        for tag in html.split('<').skip(1).filter_map(|rest| rest.split('>').next()) {
            for inline in [" style=", " onclick=", " onerror=", " onload="] {
                assert!(!tag.contains(inline), "{}: {tag}", file.display());
            }
            assert!(!tag.starts_with("style"), "{}: {tag}", file.display());
        }
        assert_eq!(html.matches("<h1").count(), 1, "{}", file.display());
        assert_eq!(html.matches("<main").count(), 1, "{}", file.display());
    }
}

#[test]
fn the_site_is_whole_and_loads_nothing_from_elsewhere() {
    let site = own(&["-q"]);
    for page in [
        "index.html",
        "events/index.html",
        "fields/index.html",
        "attack/index.html",
        "rules/sigma/index.html",
    ] {
        assert!(site.path().join(page).is_file(), "{page}");
    }
    is_sound(site.path());
}

#[test]
fn documents_and_data_say_the_same() {
    let event = "events/Microsoft-Windows-Sysmon/11";
    let rule = "rules/sigma/startup_folder_script";
    let markdown = own(&["-q", "--format", "markdown", "--to", "defender,splunk"]);
    let read = |folder: &Path, path: &str| fs::read_to_string(folder.join(path)).unwrap();
    let data = own(&["-q", "--format", "json", "--to", "defender,splunk"]);
    snapshot("event_markdown", &read(markdown.path(), &format!("{event}.md")));
    snapshot("event_json", &read(data.path(), &format!("{event}.json")));
    snapshot("rule_markdown", &read(markdown.path(), &format!("{rule}.md")));
    snapshot("rule_json", &read(data.path(), &format!("{rule}.json")));
    let matrix: Value = serde_json::from_str(&read(data.path(), "attack/index.json")).unwrap();
    let columns = matrix["columns"].as_array().unwrap();
    assert!(columns.len() > 10 && columns.iter().all(|column| column["all"].as_u64() > Some(0)));
    let layer: Value = serde_json::from_str(&read(data.path(), "attack/navigator-sigma.json")).unwrap();
    assert_eq!(layer["domain"], "enterprise-attack");
    assert!(!layer["techniques"].as_array().unwrap().is_empty());
}

#[test]
fn a_second_run_writes_what_has_changed_and_takes_away_what_is_gone() {
    let rules = tempfile::tempdir().unwrap();
    let rule = |title: &str| {
        format!(
            "title: {title}\nlogsource: {{category: process_creation, product: windows}}\ndetection:\n  s:\n    CommandLine|contains: x\n  condition: s\n"
        )
    };
    fs::write(rules.path().join("a.yml"), rule("A")).unwrap();
    fs::write(rules.path().join("b.yml"), rule("B")).unwrap();
    let site = tempfile::tempdir().unwrap();
    let run = || {
        let made = catalog(&[rules.path().to_str().unwrap()], site.path(), &["--to", "defender"]);
        String::from_utf8(made.stderr).unwrap()
    };
    let first = run();
    assert!(first.contains("2 rules:"), "{first}");
    assert!(run().contains(", 0 written"), "nothing has changed");
    assert!(site.path().join("rules/sigma/b.html").exists());
    fs::write(site.path().join("notes.txt"), "mine").unwrap();
    fs::remove_file(rules.path().join("b.yml")).unwrap();
    let third = run();
    assert!(third.contains("removed") && !third.contains(", 0 written"), "{third}");
    assert!(!site.path().join("rules/sigma/b.html").exists());
    assert!(site.path().join("notes.txt").exists(), "what it did not write stays");
}

/// Rules whose every text tries to become markup, a script or a path.
#[test]
fn no_text_of_a_rule_becomes_markup_a_script_or_a_path() {
    let rules = tempfile::tempdir().unwrap();
    let evil = "</title><script>alert(1)</script>\"' onclick=x ../../../etc/passwd {{root}} `|`";
    let quoted = evil.replace('\'', "''");
    let text = format!(
        "title: '{quoted}'\nid: '../../{quoted}'\ndescription: '{quoted}'\nauthor: '{quoted}'\nreferences: ['javascript:alert(1)', 'https://a.example/\"><script>alert(2)</script>', '{quoted}']\ntags: ['attack.t1059', '{quoted}']\nfalsepositives: ['{quoted}']\nlogsource: {{category: process_creation, product: windows}}\ndetection:\n  s:\n    CommandLine|contains: '{quoted}'\n    '<img src=x>': '{quoted}'\n  f:\n    User: '{quoted}'\n  condition: s and not f\n"
    );
    fs::write(rules.path().join("evil<b>&.yml"), text).unwrap();
    let table = "T_CL | where ['<script>alert(3)</script>'] == '<script>alert(4)</script>'";
    fs::write(rules.path().join("x.kql"), table).unwrap();
    let path = rules.path().to_str().unwrap();
    let site = tempfile::tempdir().unwrap();
    let made = catalog(&[path], site.path(), &["-q"]);
    assert_eq!(made.status.code(), Some(0), "{}", String::from_utf8_lossy(&made.stderr));
    is_sound(site.path());
    for file in files(site.path()) {
        let name = file.to_str().unwrap();
        assert!(name.bytes().all(|b| b.is_ascii_alphanumeric() || b"/._-".contains(&b)), "{name}");
        let text = fs::read_to_string(site.path().join(&file)).unwrap();
        let is_page = file.extension().is_some_and(|extension| extension == "html");
        assert!(!text.contains("<script>alert") && !text.contains("<img src=x"), "{name}");
        assert!(!is_page || !text.contains("href=\"javascript:"), "{name}");
        assert!(!name.starts_with("search/") || !text.contains('<'), "{name}");
    }
    let documents = tempfile::tempdir().unwrap();
    assert_eq!(catalog(&[path], documents.path(), &["-q", "--format", "markdown"]).status.code(), Some(0));
    for file in files(documents.path()).iter().filter(|file| file.starts_with("rules/sigma")) {
        let text = fs::read_to_string(documents.path().join(file)).unwrap();
        let outside = text.split("\n```").step_by(2).flat_map(str::lines);
        for line in outside.filter(|line| !line.contains('`')) {
            assert!(!line.contains("<script>") || line.contains("\\<script"), "{line}");
        }
    }
}

#[test]
fn own_templates_take_the_place_of_built_in_ones() {
    let templates = tempfile::tempdir().unwrap();
    fs::write(templates.path().join("style.css"), "body { color: red }").unwrap();
    fs::write(templates.path().join("field.hbs"), "{{page.name}}").unwrap();
    let site = own(&["-q", "--to", "defender", "--templates", templates.path().to_str().unwrap()]);
    assert_eq!(fs::read_to_string(site.path().join("assets/style.css")).unwrap(), "body { color: red }");
    assert_eq!(fs::read_to_string(site.path().join("fields/CommandLine.html")).unwrap(), "CommandLine");
    let refused = |name: &str, text: &str| {
        let templates = tempfile::tempdir().unwrap();
        fs::write(templates.path().join(name), text).unwrap();
        let output = tempfile::tempdir().unwrap();
        let made =
            catalog(&["rules"], output.path(), &["-q", "--templates", templates.path().to_str().unwrap()]);
        assert_eq!(made.status.code(), Some(2));
        String::from_utf8(made.stderr).unwrap()
    };
    assert!(refused("rules.hbs", "").contains("takes no template's place"));
    assert!(refused("rule.hbs", "{{#if}").contains("cannot be read"));
    assert!(refused("field.hbs", "{{page.nme}}").contains("does not render"));
}

/// What a page of a public catalogue has for this table: the eight action types, each with these sections.
#[test]
fn the_page_of_network_events_has_what_others_have() {
    let Some(corpora) = std::env::var_os("RULEC_CORPORA").map(PathBuf::from) else { return };
    let (sigma, kusto) = (corpora.join("sigma/rules"), corpora.join("kusto"));
    let data = tempfile::tempdir().unwrap();
    let paths = [sigma.to_str().unwrap(), kusto.to_str().unwrap()];
    let made = catalog(&paths, data.path(), &["-q", "--format", "json", "--to", "defender"]);
    assert_eq!(made.status.code(), Some(0));
    let page =
        fs::read_to_string(data.path().join("events/Defender-DeviceNetworkEvents/index.json")).unwrap();
    let page: Value = serde_json::from_str(&page).unwrap();
    let events = page["events"].as_array().unwrap();
    let of = |id: &str| events.iter().find(|event| event["id"] == id).unwrap();
    let has = |id: &str, section: &str| !of(id)[section].as_array().unwrap().is_empty();
    for id in [
        "any",
        "ConnectionSuccess",
        "ConnectionFailed",
        "InboundConnectionAccepted",
        "ListeningConnectionCreated",
        "ConnectionRequest",
        "DnsConnectionInspected",
        "DnsQueryResponse",
    ] {
        assert!(!of(id)["title"].as_str().unwrap().is_empty(), "{id}");
        assert!(!of(id)["description"].as_str().unwrap().is_empty(), "{id}");
        assert!(has(id, "fields") && has(id, "references"), "{id}");
    }
    for id in ["any", "ConnectionSuccess", "InboundConnectionAccepted"] {
        assert!(has(id, "patterns") && has(id, "indicators") && has(id, "vendors"), "{id}");
    }
    assert!(has("ConnectionSuccess", "bridges"));
    let first = &of("ConnectionSuccess")["indicators"][0];
    assert_eq!(
        (first["field"].as_str(), first["value"].as_str()),
        (Some("EventType"), Some("ConnectionSuccess"))
    );
}

//! The project's own rules and their queries for every target, as reviewed snapshots in `snapshots/rules/`.

mod support;

use rulec::{
    Options,
    diag::Source,
    read::{Format, read},
    sigma::ReadOptions,
};

#[test]
fn every_rule_yields_its_reviewed_queries() {
    insta::glob!("..", "rules/sigma/**/*.yml", |path| {
        if path.to_str().is_some_and(|path| path.ends_with(".tests.yml")) {
            return;
        }
        let text = std::fs::read_to_string(path).expect("a readable rule");
        let shown = support::show(&support::convert_text(&text, &Options::default()));
        let folder = path.strip_prefix(support::root().join("rules/sigma")).expect("below rules/sigma");
        let mut settings = insta::Settings::clone_current();
        settings.set_snapshot_path(support::root().join("snapshots/rules").join(folder.with_file_name("")));
        settings.set_prepend_module_to_snapshot(false);
        settings.set_omit_expression(true);
        settings.remove_snapshot_suffix();
        settings.remove_input_file();
        let stem = path.file_stem().expect("a file name").to_string_lossy().into_owned();
        settings.bind(|| insta::assert_snapshot!(stem, shown));
    });
}

#[test]
fn every_kusto_rule_yields_its_reviewed_queries() {
    insta::glob!("..", "rules/kusto/**/*.*", |path| {
        let text = std::fs::read_to_string(path).expect("a readable rule");
        let source = Source::new(path.file_name().expect("a name").to_string_lossy(), text);
        let format = Format::of_kusto(source.name(), source.text()).expect("a Kusto rule");
        let mut shown = String::new();
        for reading in read(&source, format, &ReadOptions::default()) {
            let rule = reading.rule().cloned().unwrap_or_else(|| panic!("reads: {:?}", reading.diagnostics));
            shown += &support::show(&rulec::convert(&rule, &support::targets(), &Options::default()));
        }
        let folder = path.strip_prefix(support::root().join("rules/kusto")).expect("below rules/kusto");
        let mut settings = insta::Settings::clone_current();
        let snapshots = support::root().join("snapshots/rules/kusto");
        settings.set_snapshot_path(snapshots.join(folder.with_file_name("")));
        settings.set_prepend_module_to_snapshot(false);
        settings.set_omit_expression(true);
        settings.remove_snapshot_suffix();
        settings.remove_input_file();
        let stem = path.file_stem().expect("a file name").to_string_lossy().into_owned();
        settings.bind(|| insta::assert_snapshot!(stem, shown));
    });
}

#[test]
fn the_rules_are_at_least_forty_and_have_unique_ids() {
    let files = support::rule_files(&support::root().join("rules/sigma"));
    assert!(files.len() >= 40, "{} rules", files.len());
    let mut ids = std::collections::BTreeSet::new();
    for file in files {
        let text = std::fs::read_to_string(&file).expect("a readable rule");
        let id = text.lines().find_map(|line| line.strip_prefix("id: ")).expect("an id").to_owned();
        assert!(ids.insert(id), "{} repeats an id", file.display());
    }
}

#[test]
fn the_rules_use_every_modifier() {
    let texts: Vec<String> = support::rule_files(&support::root().join("rules/sigma"))
        .iter()
        .map(|file| std::fs::read_to_string(file).expect("a readable rule"))
        .collect();
    for modifier in [
        "contains",
        "startswith",
        "endswith",
        "all",
        "exists",
        "cased",
        "neq",
        "windash",
        "re",
        "i",
        "m",
        "s",
        "base64",
        "base64offset",
        "utf16",
        "utf16le",
        "utf16be",
        "wide",
        "lt",
        "lte",
        "gte",
        "minute",
        "hour",
        "day",
        "week",
        "month",
        "year",
        "cidr",
        "expand",
        "fieldref",
    ] {
        let used = texts.iter().flat_map(|text| text.lines()).any(|line| {
            let key = line.trim_start().trim_start_matches("- ").split(':').next().unwrap_or("");
            key.trim_matches('\'').split('|').skip(1).any(|used| used == modifier)
        });
        assert!(used, "no rule uses `{modifier}`");
    }
}

//! What project files say, and what is wrong with them.

use std::fs;

use super::*;
use crate::{
    cli::args::Case,
    diag::{Code, Source, render::terminal::Terminal},
    ir::Level,
};

/// A project in a folder with `rules/` and `corp.yml`.
fn read(text: &str) -> Result<Project, Vec<String>> {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("rules")).unwrap();
    fs::write(folder.path().join("corp.yml"), "").unwrap();
    let source = Source::new(FILE_NAME, text);
    let shown = |fault| Terminal::new(false).diagnostic(&fault, &source, None);
    Project::read(&source, folder.path()).map_err(|faults| faults.into_iter().map(shown).collect())
}

fn faults(text: &str) -> Vec<String> {
    read(text).err().unwrap_or_default()
}

#[test]
fn every_key_is_read() {
    let project = read(
        "rules: [rules, corp.yml]\nfrom: sigma\nmappings: rules\nplaceholders: {admins: [alice, bob], '%port%': 1}\n\
         lists: {vips: corp.yml}\ntargets:\n  - splunk\n  - lucene: {case: as-indexed, allow-narrowing: true}\n\
         partial: true\nselect: {status: [stable, test], min-level: high, tags: attack.*}\noutput: out\n\
         snapshots: snap\ncheck: {strict: true, allow: redundant, deny: [invalid-id]}\n",
    )
    .unwrap();
    assert_eq!(project.rules.len(), 2);
    assert_eq!(project.placeholders[1], ("port".to_owned(), vec!["1".to_owned()]));
    let names: Vec<_> = project.targets.iter().map(|it| it.target.name).collect();
    assert_eq!(names, ["splunk", "lucene"]);
    assert_eq!(project.targets[1].options.case, Some(Case::AsIndexed));
    assert_eq!(project.options.partial, Some(true));
    assert_eq!(project.select.min_level, Some(Level::High));
    assert!(project.check_strict);
    assert_eq!((project.check_allow, project.check_deny), (vec![Code::Redundant], vec![Code::InvalidId]));
    assert!(faults("check: {allow: redundent}")[0].contains("did you mean `redundant`?"));
    assert!(project.output.unwrap().starts_with(&project.root));
}

#[test]
fn rules_are_chosen_by_level_and_log_source_and_narrowed_by_filters() {
    let project = read(
        "rules: rules\nfilters: [rules, corp.yml]\n\
         select: {level: [low, high], logsource: {product: windows}, deprecated: true}\n",
    )
    .unwrap();
    assert_eq!(project.select.levels, [Level::Low, Level::High]);
    assert_eq!(project.select.log_sources[0].product.as_deref(), Some("windows"));
    assert!(project.select.deprecated);
    let besides = project.filters_besides(&project.rules);
    assert_eq!(besides, [project.root.join("corp.yml")], "those among the rules are found anyway");
    assert!(faults("select: {logsource: {produkt: windows}}")[0].contains("did you mean `product`?"));
}

#[test]
fn an_empty_file_says_nothing() {
    for text in ["", "# nothing\n", "rules:\ntargets:\n"] {
        let project = read(text).unwrap();
        assert!(project.rules.is_empty() && project.targets.is_empty(), "{text}");
    }
}

#[test]
fn groups_stand_for_their_targets() {
    let project = read("targets: {elastic: {strict: true}, splunk: }").unwrap();
    let names: Vec<_> = project.targets.iter().map(|it| it.target.name).collect();
    assert_eq!(names, ["lucene", "eql", "esql", "splunk"]);
    assert_eq!(project.targets[2].options.strict, Some(true));
}

#[test]
fn contradictions_and_repetitions_are_faults() {
    for text in [
        "strict: true\nallow-narrowing: true\n",
        "targets: [kql, defender]\n",
        "rules: [rules]\nrules: [rules]\n",
        "no-mapping: true\nmappings: rules\n",
        "a: b\n---\nc: d\n",
        "- rules\n",
        "rules: [\n",
    ] {
        assert!(!faults(text).is_empty(), "{text}");
    }
}

#[test]
fn a_policy_of_a_target_replaces_that_of_all() {
    let strict = OptionSettings { strict: Some(true), ..OptionSettings::default() };
    let narrowing = OptionSettings { allow_narrowing: Some(true), ..OptionSettings::default() };
    assert_eq!(narrowing.or(strict).strict, None);
    assert_eq!(strict.or(narrowing).allow_narrowing, None);
    assert_eq!(OptionSettings::default().or(strict), strict);
}

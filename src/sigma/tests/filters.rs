//! Filters: what they do to rules, and what is said about faulty ones.

use crate::{
    diag::{Code, Effect, Source},
    ir::{Condition, Predicate, Stage},
    sigma::{ReadOptions, Reading, link, read},
};

const RULE: &str = "title: R
id: 6f3e2987-db24-4c78-a860-b4f4095a7095
name: rule
logsource: {category: process_creation, product: windows}
detection:
  selection: {Image: a}
  selection_two: {Image: b}
  condition: 1 of selection*
";

fn filter(head: &str, section: &str) -> String {
    format!("title: F\n{head}\nfilter:\n{section}\n")
}

fn admins(rules: &str) -> String {
    filter(
        "logsource: {category: process_creation}",
        &format!("  rules: {rules}\n  selection_admins: {{User: adm}}\n  condition: not 1 of selection*"),
    )
}

/// The readings of a rule and of a filter, each in a source of its own.
fn linked(rule: &str, filter: &str) -> (Reading, Reading) {
    let of = |name: &str, text: &str| read(&Source::new(name, text), &ReadOptions::default());
    let (mut rules, mut filters) = (of("rule.yml", rule), of("filter.yml", filter));
    link(&mut [&mut rules, &mut filters]);
    (rules.remove(0), filters.remove(0))
}

fn condition(reading: &Reading) -> Condition {
    match reading.rule().unwrap().stages.as_slice() {
        [Stage::Filter(condition)] => condition.clone(),
        other => panic!("{other:?}"),
    }
}

fn is(field: &str, value: &str) -> Condition {
    let test = crate::ir::Test::text(value);
    Condition::is(Predicate::new(crate::ir::Field::new(field), test, crate::diag::Span::default()))
}

/// The codes of the diagnostics of a filter.
fn codes(filter: &str) -> Vec<Code> {
    linked(RULE, filter).1.diagnostics.iter().map(|found| found.code).collect()
}

#[test]
fn a_filter_is_joined_to_the_rule_and_their_names_do_not_meet() {
    for rules in ["[rule]", "rule", "any", "[6F3E2987-DB24-4C78-A860-B4F4095A7095, rule]"] {
        let (rule, filter) = linked(RULE, &admins(rules));
        let own = Condition::any([is("Image", "a"), is("Image", "b")]);
        assert_eq!(condition(&rule), Condition::all([own, Condition::not(is("User", "adm"))]), "{rules}");
        assert!(filter.is_filter() && filter.diagnostics.is_empty(), "{:?}", filter.diagnostics);
        let notes = &rule.rule().unwrap().notes;
        assert_eq!((notes.len(), notes[0].code, notes[0].effect), (1, Code::Filtered, Effect::None));
        assert!(notes[0].message.contains("`F` (filter.yml:1)"), "{}", notes[0].message);
    }
}

#[test]
fn filters_of_one_source_with_the_rule_apply_too_and_in_order() {
    let second = admins("any").replace("adm", "backup").replace("title: F", "title: G");
    let text = format!("{}---\n{RULE}---\n{second}", admins("any"));
    let mut readings = read(&Source::new("all.yml", text), &ReadOptions::default());
    link(&mut [&mut readings]);
    let notes = &readings[1].rule().unwrap().notes;
    assert!(notes[0].message.contains("`F`") && notes[1].message.contains("`G` (all.yml:"), "{notes:?}");
    assert_eq!(condition(&readings[1]).conjuncts().len(), 3);
}

#[test]
fn every_part_of_the_filters_log_source_has_to_be_the_rules() {
    let fits = |log_source: &str| {
        let text = admins("any").replace("{category: process_creation}", log_source);
        linked(RULE, &text).0.rule().unwrap().notes.len() == 1
    };
    assert!(fits("{category: process_creation, product: windows}"));
    assert!(fits("{product: windows}"));
    assert!(!fits("{product: linux}"));
    assert!(!fits("{product: windows, service: sysmon}"));
}

#[test]
fn what_a_filter_names_in_vain_is_said_at_its_place() {
    let unused = |filter: &str| {
        let (rule, filter) = linked(RULE, filter);
        assert!(rule.rule().unwrap().notes.is_empty());
        let found = &filter.diagnostics[0];
        assert_eq!((filter.diagnostics.len(), found.code), (1, Code::FilterUnused));
        format!("{}; {}", found.message, found.help.as_deref().unwrap_or(""))
    };
    assert!(unused(&admins("[ruel]")).ends_with("`ruel`; a similar one is `rule`"));
    let dns = admins("any").replace("process_creation", "dns_query");
    assert!(unused(&dns).contains("applies to no rule"));
    let named = admins("[rule]").replace("process_creation", "dns_query");
    assert!(unused(&named).contains("does not apply to `R`"));
}

#[test]
fn a_filter_does_not_apply_to_a_correlation() {
    let correlation = "title: C\nname: c\ncorrelation:\n  {type: event_count, rules: [x], timespan: 5m, condition: {gte: 5}}\n";
    let (_, filter) = linked(correlation, &admins("[c]"));
    assert!(filter.diagnostics[0].message.contains("which is a correlation"));
}

#[test]
fn a_condition_that_keeps_what_matches_is_suspicious() {
    let keeps = admins("any").replace("not 1 of", "1 of");
    assert_eq!(codes(&keeps), [Code::FilterKeeps]);
    let (rule, _) = linked(RULE, &keeps);
    assert!(condition(&rule).conjuncts().contains(&is("User", "adm")), "it is applied as it is written");
}

#[test]
fn faulty_filters_are_errors_with_places() {
    let head = "logsource: {product: windows}";
    let selection = "  s: {User: a}\n";
    for (section, code) in [
        (format!("{selection}  condition: not s"), Code::MissingKey),
        (format!("  rules: []\n{selection}  condition: not s"), Code::MissingKey),
        (format!("  rules: {{a: b}}\n{selection}  condition: not s"), Code::InvalidType),
        (format!("  rules: [[a]]\n{selection}  condition: not s"), Code::InvalidType),
        (format!("  rules: any\n{selection}"), Code::MissingKey),
        (format!("  rules: any\n{selection}  condition: not t"), Code::UnknownSelection),
        (format!("  rules: any\n{selection}  condition: not"), Code::ConditionSyntax),
        ("  rules: any\n  s: {User|contian: a}\n  condition: not s".to_owned(), Code::UnknownModifier),
    ] {
        let (rule, filter) = linked(RULE, &filter(head, &section));
        let errors: Vec<Code> =
            filter.diagnostics.iter().filter(|found| found.is_error()).map(|found| found.code).collect();
        assert_eq!(errors, [code], "{section}");
        assert!(filter.diagnostics.iter().all(|found| found.span.is_some()));
        assert!(!filter.is_filter() && rule.rule().unwrap().notes.is_empty());
    }
    assert_eq!(
        codes(&filter("author: x", "  rules: any\n  s: {a: b}\n  condition: not s")),
        [Code::MissingKey]
    );
    assert_eq!(codes(&filter(head, "  - a")), [Code::InvalidType]);
}

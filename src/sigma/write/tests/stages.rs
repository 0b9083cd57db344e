//! Stages, and where events come from.

use super::*;

#[test]
fn columns_are_followed_to_the_fields_that_they_stand_for() {
    let project = |column: &str, value| {
        Stage::Project(Project { columns: vec![(Field::new(column), value)], span: Span::default() })
    };
    let field = |name: &str| Expression::Field(Field::new(name));
    let stages = vec![
        Stage::Filter(is("a", Test::text("1"))),
        project("b", field("a")),
        Stage::Rename(vec![(Field::new("c"), Field::new("b"))], Span::default()),
        Stage::Filter(is("c", Test::text("2"))),
    ];
    let text = print(&write(&rule(stages), &WriteOptions::default(), &mut Vec::new()).unwrap());
    assert!(text.contains("a|all:\n            - '1'\n            - '2'\n"), "{text}");
    let computed = vec![project("b", Expression::number(1)), Stage::Filter(is("b", Test::text("2")))];
    assert_eq!(failed(&rule(computed)), "Sigma cannot test the computed column `b`");
    let cut = vec![Stage::Limit(1, Span::default()), Stage::Filter(is("b", Test::text("2")))];
    assert_eq!(failed(&rule(cut)), "Sigma has nothing that says `take`");
}

#[test]
fn a_threshold_needs_a_time_span() {
    let count =
        Aggregate { function: AggregateFunction::Count, arguments: vec![], filter: is("b", Test::number(2)) };
    let aggregates = vec![(Field::new("n"), count)];
    let by = vec![(Field::new("User"), Expression::Field(Field::new("User")))];
    let stages = vec![
        Stage::Filter(is("a", Test::number(1))),
        Stage::Summarize(Summarize { aggregates, by, span: Span::default() }),
        Stage::Filter(is("n", Test::Number(Comparison::Greater, 5.into()))),
    ];
    let mut rule = rule(stages);
    assert_eq!(failed(&rule), "a Sigma correlation needs a time span, and the rule has none");
    rule.look_back = Some(Duration(Duration::HOUR));
    let text = print(&write(&rule, &WriteOptions::default(), &mut Vec::new()).unwrap());
    assert!(text.contains("a: 1\n        b: 2\n"), "{text}");
    assert!(text.contains("type: event_count\n"), "{text}");
    assert!(
        text.contains("group-by:\n        - User\n    timespan: 1h\n    condition:\n        gt: 5\n"),
        "{text}"
    );
    rule.stages.pop();
    let text = print(&write(&rule, &WriteOptions::default(), &mut Vec::new()).unwrap());
    assert!(!text.contains("correlation"), "groups that nothing is asked of are presentation: {text}");
}

#[test]
fn tables_have_the_log_sources_that_sigmahq_gives_them() {
    let source = |table: &str, condition: Condition| {
        let table = Table { schema: Some("sentinel".into()), name: table.into(), span: Span::default() };
        let rule = Rule { origin: Origin::Table(table), ..rule(vec![Stage::Filter(condition)]) };
        let mut notes = Vec::new();
        let written = write(&rule, &WriteOptions::default(), &mut notes).unwrap();
        (written.rules[0].log_source.to_string(), notes.len())
    };
    let any = || is("f", Test::text("a"));
    assert_eq!(source("SigninLogs", any()), ("azure/-/signinlogs".into(), 0));
    assert_eq!(source("SecurityEvent", any()), ("windows/-/security".into(), 0));
    let sysmon = is("Source", Test::text("Microsoft-Windows-Sysmon"));
    assert_eq!(source("Event", sysmon), ("windows/-/sysmon".into(), 0));
    assert_eq!(source("Event", is("EventLog", Test::text("System"))), ("windows/-/system".into(), 0));
    assert_eq!(source("Custom_CL", any()), ("azure_sentinel/-/custom_cl".into(), 1));
}

#[test]
fn derived_fields_of_a_class_are_the_ends_of_their_paths() {
    let origin = Origin::Class { class: "process_creation".into(), log_source: LogSource::default() };
    let rule = Rule { origin, ..rule(vec![Stage::Filter(is("process_name", Test::text("a.exe")))]) };
    let options = WriteOptions { taxonomy: Some(&Classes), ..WriteOptions::default() };
    let text = print(&write(&rule, &options, &mut Vec::new()).unwrap());
    assert!(
        text.contains("category: process_creation\n") && text.contains("Image|endswith: '\\a.exe'\n"),
        "{text}"
    );
    assert_eq!(failed(&rule), "the rule has no log source that Sigma could name");
}

#[test]
fn averages_and_sums_of_a_group_are_correlations() {
    let kind = |function| {
        let arguments = vec![Expression::Field(Field::new("Size"))];
        let aggregates =
            vec![(Field::new("n"), Aggregate { function, arguments, filter: Condition::Always })];
        let stages = vec![
            Stage::Filter(is("a", Test::number(1))),
            Stage::Summarize(Summarize { aggregates, by: Vec::new(), span: Span::default() }),
            Stage::Filter(is("n", Test::Compare(Comparison::Greater, Box::new(Expression::number(5))))),
        ];
        let rule = Rule { look_back: Some(Duration(Duration::HOUR)), ..rule(stages) };
        let text = print(&write(&rule, &WriteOptions::default(), &mut Vec::new()).unwrap());
        assert!(text.contains("gt: 5\n") && text.contains("field: Size\n"), "{text}");
        let (_, rest) = text.split_once("    type: ").unwrap();
        rest.lines().next().unwrap().to_owned()
    };
    assert_eq!(kind(AggregateFunction::Average), "value_avg");
    assert_eq!(kind(AggregateFunction::Sum), "value_sum");
}

#[test]
fn every_row_of_a_table_has_its_time() {
    let time = |schema: &str| {
        let table = Table { schema: Some(schema.into()), name: "DeviceEvents".into(), span: Span::default() };
        let rule = Rule { origin: Origin::Table(table), ..rule(vec![]) };
        print(&write(&rule, &WriteOptions::default(), &mut Vec::new()).unwrap())
    };
    assert!(time("defender").contains(" Timestamp|exists: true"));
    assert!(time("sentinel").contains(" TimeGenerated|exists: true"));
}

#[test]
fn a_union_is_a_rule_for_each_log_source() {
    let table = |name: &str| {
        let span = Span::default();
        Origin::Table(crate::ir::Table { schema: Some("sentinel".into()), name: name.into(), span })
    };
    let other = |name: &str, value: &str| crate::ir::Pipeline {
        origin: table(name),
        stages: vec![Stage::Filter(is("f", Test::text(value)))],
        look_back: None,
    };
    let others = vec![other("AuditLogs", "b"), other("SigninLogs", "c")];
    let stages = vec![Stage::Filter(is("f", Test::text("a"))), Stage::Union(others, Span::default())];
    let rule = Rule { origin: table("SigninLogs"), ..rule(stages) };
    let written = write(&rule, &WriteOptions::default(), &mut Vec::new()).unwrap();
    let titles: Vec<&str> = written.rules.iter().map(|rule| rule.header.title.as_str()).collect();
    assert_eq!(titles, ["A title - signinlogs", "A title - auditlogs"]);
    assert_ne!(written.rules[0].header.id, written.rules[1].header.id);
    let text = print(&written);
    assert!(
        text.contains("- 'a'") && text.contains("- 'c'") && text.matches("\n---\n").count() == 1,
        "{text}"
    );
}

#[test]
fn windows_of_correlations_slide_and_other_notes_stay() {
    let cased = Test::Text(Pattern::exact("Abc"), Case::Sensitive);
    let count =
        Aggregate { function: AggregateFunction::Count, arguments: Vec::new(), filter: Condition::Always };
    let slide = crate::ir::Slide {
        aggregates: vec![(Field::new("n"), count)],
        by: Vec::new(),
        time: Field::new("UtcTime"),
        length: Duration(Duration::HOUR),
        span: Span::new(1, 2),
    };
    let more = is("n", Test::Number(Comparison::Greater, 5.into()));
    let stages = vec![Stage::Filter(is("a", cased)), Stage::Slide(slide), Stage::Filter(more)];
    let mut notes = Vec::new();
    let text = print(&write(&rule(stages), &WriteOptions::default(), &mut notes).unwrap());
    assert!(text.contains("timespan: 1h"), "{text}");
    let codes: Vec<Code> = notes.iter().map(|note| note.code).collect();
    assert_eq!(codes, [Code::CaseWidened]);
}

#[test]
fn the_rules_of_a_union_are_joined_with_no_other() {
    let joined = union_of("SigninLogs", "AuditLogs", vec![join(crate::ir::JoinKind::Inner)]);
    assert_eq!(failed(&joined), "Sigma puts the rules of a union together in one way alone");
}

#[test]
fn a_union_of_one_log_source_is_one_rule_of_its_title() {
    let rule = union_of("SigninLogs", "SigninLogs", Vec::new());
    let written = write(&rule, &WriteOptions::default(), &mut Vec::new()).unwrap();
    let titles: Vec<&str> = written.rules.iter().map(|rule| rule.header.title.as_str()).collect();
    assert_eq!(titles, ["A title"]);
}

#[test]
fn classes_are_alike_on_the_same_product_and_service() {
    let class = |product: &str, service: &str| Origin::Class {
        class: "c".into(),
        log_source: LogSource {
            product: Some(product.into()),
            service: Some(service.into()),
            ..LogSource::default()
        },
    };
    assert!(union::are_alike(&class("a", "b"), &class("a", "b")));
    assert!(!union::are_alike(&class("a", "b"), &class("c", "b")));
    assert!(!union::are_alike(&class("a", "b"), &class("a", "c")));
}

#[test]
fn nothing_is_joined_with_some_of_the_rows() {
    let span = Span::default();
    let first = Stage::Filter(is("a", Test::text("1")));
    let joined = |before: Vec<Stage>| {
        let mut stages = vec![first.clone()];
        stages.extend(before);
        stages.push(join(crate::ir::JoinKind::Inner));
        Rule { look_back: Some(Duration(Duration::HOUR)), ..rule(stages) }
    };
    assert!(write(&joined(Vec::new()), &WriteOptions::default(), &mut Vec::new()).is_ok());
    assert_eq!(failed(&joined(vec![Stage::Limit(1, span)])), "Sigma has nothing that says `join`");
    let by = vec![(Field::new("k"), Expression::Field(Field::new("k")))];
    let groups = Stage::Summarize(Summarize { aggregates: Vec::new(), by, span });
    let outer = rule(vec![first, groups, join(crate::ir::JoinKind::LeftOuter)]);
    assert_eq!(failed(&outer), "Sigma has nothing that says `join`");
}

#[test]
fn parts_of_a_text_may_be_shown_and_not_tested() {
    let parts = vec![crate::ir::ExtractPart::Column(Field::new("p"))];
    let text = Expression::Field(Field::new("a"));
    let extract =
        Stage::Extract(crate::ir::Extract { text, parts, only_matching: false, span: Span::default() });
    let first = Stage::Filter(is("a", Test::text("1")));
    let shown = rule(vec![first.clone(), extract.clone()]);
    assert!(write(&shown, &WriteOptions::default(), &mut Vec::new()).is_ok());
    let tested = rule(vec![first, extract, Stage::Filter(is("p", Test::text("2")))]);
    assert_eq!(failed(&tested), "Sigma cannot test the computed column `p`");
}

#[test]
fn only_ranges_of_the_time_of_events_are_left_to_who_searches() {
    let after = |name: &str, value: Expression| {
        let range = is(name, Test::Compare(Comparison::Greater, Box::new(value)));
        let stages = vec![Stage::Filter(Condition::all([is("a", Test::text("1")), range]))];
        write(&rule(stages), &WriteOptions::default(), &mut Vec::new()).map(|rule| print(&rule))
    };
    let now = || Expression::Call(crate::ir::Function::Now, Vec::new());
    let text = after("TimeGenerated", now()).unwrap();
    assert!(!text.contains("TimeGenerated"), "{text}");
    assert!(after("f", now()).is_err());
    assert!(after("TimeGenerated", Expression::Field(Field::new("g"))).is_err());
}

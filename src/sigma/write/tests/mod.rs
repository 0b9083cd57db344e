use proptest::prelude::*;

use super::*;

use crate::{
    diag::{Effect, Source},
    ir::{
        Aggregate, AggregateFunction, Case, Comparison, Duration, Expression, ExternalList, Field,
        FieldRelation, Pattern, Piece, Predicate, Project, Regex, RegexFlags, Stage, Subject, Summarize,
        Table, TermPart, Test,
        eval::{Event, Value as EventValue},
    },
    sigma::{ReadOptions, print, read},
};

mod stages;

fn is(field: &str, test: Test) -> Condition {
    Condition::is(Predicate::new(Field::new(field), test, Span::new(3, 5)))
}

fn rule(stages: Vec<Stage>) -> Rule {
    let metadata = Metadata { title: "A title".into(), ..Metadata::default() };
    let log_source = LogSource { product: Some("windows".into()), ..LogSource::default() };
    Rule {
        metadata: Arc::new(metadata),
        origin: Origin::LogSource(log_source),
        stages,
        look_back: None,
        span: Span::new(0, 9),
        notes: Vec::new(),
    }
}

fn written(condition: Condition, exact_case: bool) -> (String, Vec<Note>) {
    let mut notes = Vec::new();
    let options = WriteOptions { exact_case, ..WriteOptions::default() };
    let written = write(&rule(vec![Stage::Filter(condition)]), &options, &mut notes).unwrap();
    (print(&written), notes)
}

/// The detection section, without its key and one level of indentation.
fn detection(condition: Condition) -> String {
    let (text, _) = written(condition, false);
    let (_, section) = text.split_once("detection:\n").unwrap();
    let lines: Vec<&str> = section.lines().map(|line| &line[4..]).collect();
    lines.join("\n") + "\n"
}

fn again(text: &str) -> Condition {
    let source = Source::new("a.yml", text);
    let mut readings = read(&source, &ReadOptions::default());
    let reading = readings.remove(0);
    let rule = reading.rule().cloned().unwrap_or_else(|| panic!("{text}\n{:?}", reading.diagnostics));
    assert!(reading.diagnostics.is_empty(), "{text}\n{:?}", reading.diagnostics);
    rule.stages[0].condition().unwrap().clone()
}

fn failed(rule: &Rule) -> String {
    write(rule, &WriteOptions::default(), &mut Vec::new()).unwrap_err().message
}

#[test]
fn fields_that_all_have_to_match_are_one_map() {
    let condition = Condition::all([
        is("Image", Test::ends_with("\\a.exe")),
        is("CommandLine", Test::contains("x")),
        is("CommandLine", Test::contains("y")),
        Condition::any([is("User", Test::text("u")), is("User", Test::text("v"))]),
    ]);
    let expected = "\
selection:
    Image|endswith: '\\a.exe'
    CommandLine|contains|all:
        - 'x'
        - 'y'
    User:
        - 'u'
        - 'v'
condition: selection
";

    assert_eq!(detection(condition), expected);
}

#[test]
fn keys_that_would_stand_twice_are_two_selections() {
    let either = |a: &str, b: &str| {
        Condition::any([is("CommandLine", Test::contains(a)), is("CommandLine", Test::contains(b))])
    };
    let expected = "\
selection_cli_1:
    CommandLine|contains:
        - 'a'
        - 'b'
selection_cli_2:
    CommandLine|contains:
        - 'c'
        - 'd'
condition: all of selection_*
";

    assert_eq!(detection(Condition::all([either("a", "b"), either("c", "d")])), expected);
}

#[test]
fn alternatives_of_several_fields_are_a_list_of_maps_or_selections() {
    let names =
        Condition::any([is("Image", Test::ends_with("\\a.exe")), is("OriginalFileName", Test::text("a"))]);
    let both = Condition::all([is("CommandLine", Test::contains("b")), is("User", Test::text("u"))]);
    let expected = "\
selection:
    - Image|endswith: '\\a.exe'
    - OriginalFileName: 'a'
condition: selection
";

    assert_eq!(detection(names.clone()), expected);
    let condition = Condition::all([is("EventID", Test::number(1)), Condition::any([both, names])]);
    let expected = "\
selection:
    EventID: 1
selection_cli:
    CommandLine|contains: 'b'
    User: 'u'
selection_img_1:
    Image|endswith: '\\a.exe'
selection_img_2:
    OriginalFileName: 'a'
condition: selection and 1 of selection_*
";

    assert_eq!(detection(condition), expected);
}

#[test]
fn what_must_not_match_are_filters() {
    let condition = Condition::all([
        is("Image", Test::ends_with("\\a.exe")),
        Condition::not(is("User", Test::Null)),
        Condition::not(is("ParentImage", Test::ends_with("\\services.exe"))),
    ]);
    let expected = "\
selection:
    Image|endswith: '\\a.exe'
filter_main_null:
    User: null
filter_main_services:
    ParentImage|endswith: '\\services.exe'
condition: selection and not 1 of filter_main_*
";

    assert_eq!(detection(condition), expected);
}

#[test]
fn keywords_have_no_field() {
    let keyword = |text: &str| Condition::is(Predicate::anywhere(Test::contains(text), Span::default()));
    let any = Condition::any([keyword("a"), keyword("b*")]);
    assert_eq!(detection(any), "keywords:\n    - 'a'\n    - 'b\\*'\ncondition: keywords\n");
    let all = Condition::all([keyword("a"), keyword("b")]);
    assert_eq!(detection(all), "keywords:\n    '|all':\n        - 'a'\n        - 'b'\ncondition: keywords\n");
}

#[test]
fn case_is_widened_with_a_note_or_kept_on_request_and_under_not() {
    let test = || Test::Text(Pattern::exact("Abc"), Case::Sensitive);
    let (text, notes) = written(is("f", test()), false);
    assert!(text.contains("f: 'Abc'\n"), "{text}");
    let expected = (Code::CaseWidened, Effect::More, Some(Span::new(3, 5)));
    assert_eq!((notes[0].code, notes[0].effect, notes[0].span), expected);
    let (text, notes) = written(is("f", test()), true);
    assert!(text.contains("f|cased: 'Abc'\n") && notes.is_empty(), "{text}");
    let (text, notes) = written(Condition::not(is("f", test())), false);
    assert!(text.contains("f|cased: 'Abc'\n") && notes.is_empty(), "{text}");
    let (text, notes) = written(is("f", Test::Text(Pattern::exact("12"), Case::Sensitive)), false);
    assert!(text.contains("f: '12'\n") && notes.is_empty(), "{text}");
}

#[test]
fn a_search_for_a_term_is_widened_or_under_not_a_regex() {
    let term = || is("f", Test::Term(TermPart::Whole, "net".into(), Case::Insensitive));
    let (text, notes) = written(term(), false);
    assert!(text.contains("f|contains: 'net'\n"), "{text}");
    assert_eq!((notes[0].code, notes[0].effect), (Code::TermMatch, Effect::More));
    let (text, notes) = written(Condition::not(term()), false);
    assert!(
        text.contains("f|re|i: '(?:^|[^0-9A-Za-z])net(?:[^0-9A-Za-z]|$)'\n") && notes.is_empty(),
        "{text}"
    );
}

#[test]
fn lists_outside_of_the_rule_are_placeholders() {
    let list = ExternalList {
        table: crate::ir::ExternalTable::watchlist("VIP Users", crate::diag::Span::default()),
        column: None,
        relation: FieldRelation::Equals,
    };
    assert!(
        detection(is("User", Test::Listed(list, Case::Insensitive))).contains("User|expand: '%VIP_Users%'\n")
    );
}

#[test]
fn what_sigma_has_nothing_for_is_refused_with_its_place() {
    let compare = Test::Compare(Comparison::Less, Box::new(Expression::Field(Field::new("g"))));
    let refused = |condition| {
        let rule = rule(vec![Stage::Filter(condition)]);
        write(&rule, &WriteOptions::default(), &mut Vec::new()).unwrap_err()
    };
    let error = refused(is("f", compare));
    assert_eq!((error.code, error.span), (Code::Unsupported, Some(Span::new(3, 5))));
    assert_eq!(error.message, "Sigma cannot express comparisons with computed values");
    let lower = Expression::Call(crate::ir::Function::Reverse, vec![Expression::Field(Field::new("g"))]);
    let computed = Subject::Computed(Box::new(lower));
    let predicate = Predicate { subject: computed, test: Test::text("a"), span: Span::new(3, 5) };
    assert_eq!(refused(Condition::is(predicate)).message, "Sigma cannot test a computed value");
    assert_eq!(refused(is("a|b", Test::text("a"))).message, "Sigma cannot express a field of the name `a|b`");
    assert_eq!(refused(Condition::Never).message, "Sigma has no rule that no event matches");
}

struct Classes;

impl Taxonomy for Classes {
    fn log_source_of(&self, class: &str) -> Option<LogSource> {
        Some(LogSource {
            category: Some(class.into()),
            product: Some("windows".into()),
            ..LogSource::default()
        })
    }

    fn path_of(&self, _: &str, derived: &str) -> Option<Arc<str>> {
        (derived == "process_name").then(|| "Image".into())
    }
}

fn pattern() -> impl Strategy<Value = Pattern> {
    let piece =
        prop_oneof!["[aB\\\\*? /-]{1,3}".prop_map(Piece::Literal), Just(Piece::AnyRun), Just(Piece::AnyOne),];
    prop::collection::vec(piece, 0..4).prop_map(Pattern::new)
}

fn test() -> impl Strategy<Value = Test> {
    let case = prop_oneof![Just(Case::Sensitive), Just(Case::Insensitive)];
    prop_oneof![
        6 => (pattern(), case).prop_map(|(pattern, case)| Test::Text(pattern, case)),
        2 => (0..3_i64).prop_map(Test::number),
        1 => (0..3_i64).prop_map(|number| Test::Number(Comparison::Less, number.into())),
        1 => Just(Test::Null),
        1 => Just(Test::Exists),
        1 => any::<bool>().prop_map(Test::Boolean),
        1 => "[aB]{1,2}".prop_map(|term| Test::Term(TermPart::Whole, term.into(), Case::Insensitive)),
        1 => "[aB+]{1,2}".prop_filter_map("a regex", |source| {
            Regex::parse(&source, RegexFlags::default()).ok().map(Test::Regex)
        }),
    ]
}

fn condition() -> impl Strategy<Value = Condition> {
    let keyword = (pattern(), Just(Case::Insensitive))
        .prop_filter("keywords are not empty", |(pattern, _)| !pattern.pieces().is_empty())
        .prop_map(|(pattern, case)| {
            Condition::is(Predicate::anywhere(Test::Text(pattern, case), Span::default()))
        });
    let leaf = prop_oneof![
        9 => ("[fgh]", test()).prop_map(|(field, test)| is(&field, test)),
        1 => keyword,
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 2..5).prop_map(Condition::all),
            prop::collection::vec(inner.clone(), 2..5).prop_map(Condition::any),
            inner.prop_map(Condition::not),
        ]
    })
}

fn event() -> impl Strategy<Value = Event> {
    let value = prop_oneof![
        5 => "[aAbB\\\\*? /-]{0,4}".prop_map(EventValue::Text),
        1 => (0..3_i64).prop_map(EventValue::from),
        1 => Just(EventValue::Null),
        1 => any::<bool>().prop_map(EventValue::Boolean),
    ];
    prop::collection::btree_map("[fgh]", value, 0..4).prop_map(|fields| Event(fields.into_iter().collect()))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn a_written_condition_matches_what_it_matched(
        condition in condition(),
        exact_case in any::<bool>(),
        events in prop::collection::vec(event(), 16),
    ) {
        let (text, notes) = written(condition.clone(), exact_case);
        let again = again(&text);
        for event in &events {
            let (before, after) = (condition.holds_on(event), again.holds_on(event));
            prop_assert!(after || !before, "lost {event:?}\n{condition:?}\n{text}");
            prop_assert!(before || !after || !notes.is_empty(), "gained {event:?}\n{condition:?}\n{text}");
        }
    }
}

#[test]
fn members_of_json_are_dotted_fields_and_elements_any_of_them() {
    let field = Expression::Field(Field::new("g"));
    let json = Expression::Call(crate::ir::Function::ParseJson, vec![field]);
    let member = |of, name: &str| Expression::Member(Box::new(of), name.into());
    let element = Expression::Element(Box::new(member(json.clone(), "a")), 0);
    let tested = |value: Expression, positive: bool| {
        let subject = Subject::Computed(Box::new(Expression::Call(crate::ir::Function::ToText, vec![value])));
        let is = Condition::is(Predicate { subject, test: Test::text("x"), span: Span::new(3, 5) });
        let condition = if positive { is } else { Condition::not(is) };
        let mut notes = Vec::new();
        let written = write(&rule(vec![Stage::Filter(condition)]), &WriteOptions::default(), &mut notes);
        written.map(|rule| (print(&rule), notes)).map_err(|error| error.message)
    };
    let (text, notes) = tested(member(json, "b"), true).unwrap();
    assert!(text.contains("g.b: 'x'") && notes.is_empty(), "{text}");
    let (text, notes) = tested(member(element.clone(), "c"), true).unwrap();
    assert!(text.contains("g.a.c: 'x'"), "{text}");
    assert_eq!((notes[0].code, notes[0].effect), (Code::ListValued, Effect::More));
    assert!(tested(member(element, "c"), false).is_err());
}

#[test]
fn tests_of_a_derived_field_are_tests_of_its_path_where_it_can_say_them() {
    let of = |test: Test, product: Option<&str>| {
        let log_source = LogSource { product: product.map(Into::into), ..LogSource::default() };
        let origin = Origin::Class { class: "c".into(), log_source: log_source.clone() };
        let condition = is("process_name", test);
        let changed = derived::paths_of(&condition, &origin, &log_source, Some(&Classes));
        (changed != condition).then_some(changed)
    };
    let path = |test: Test| Some(is("Image", test));
    assert_eq!(of(Test::text("a"), None), path(Test::ends_with("\\a")));
    assert_eq!(of(Test::text("a"), Some("linux")), path(Test::ends_with("/a")));
    assert_eq!(of(Test::ends_with(".exe"), None), path(Test::ends_with(".exe")));
    let anything = || Test::Text(Pattern::anything(), Case::Insensitive);
    for test in [Test::Null, Test::Exists, anything()] {
        assert_eq!(of(test.clone(), None), path(test));
    }
    for test in
        [Test::text(""), Test::text("a/b"), Test::ends_with("\\a"), Test::contains("a"), Test::number(1)]
    {
        assert_eq!(of(test.clone(), None), None, "{test:?}");
    }
}

#[test]
fn values_without_dashes_take_the_modifier_of_those_beside_them() {
    let with_dashes =
        ["-enc", "/enc", "–enc", "—enc", "―enc"].map(|text| is("CommandLine", Test::contains(text)));
    let beside = |other: Condition| detection(Condition::any(with_dashes.iter().cloned().chain([other])));
    let text = beside(is("CommandLine", Test::contains("frombase64")));
    assert!(text.contains("CommandLine|contains|windash:\n") && text.contains("- 'frombase64'"), "{text}");
    for other in [
        is("CommandLine", Test::contains("-x")),
        is("CommandLine", Test::starts_with("x")),
        is("Image", Test::contains("x")),
        is("CommandLine", Test::number(5)),
    ] {
        let text = beside(other.clone());
        assert!(text.contains("CommandLine|contains|windash: '-enc'"), "{other:?}: {text}");
    }
}

#[test]
fn a_rule_without_a_test_asks_for_the_time_of_its_events() {
    let mut notes = Vec::new();
    let written = write(&rule(vec![]), &WriteOptions::default(), &mut notes).unwrap();
    assert!(print(&written).contains("UtcTime|exists: true"));
    assert_eq!(notes[0].effect, Effect::None);
}

fn table(name: &str) -> Origin {
    let span = Span::default();
    Origin::Table(Table { schema: Some("sentinel".into()), name: name.into(), span })
}

fn union_of(left: &str, right: &str, rest: Vec<Stage>) -> Rule {
    let other = crate::ir::Pipeline {
        origin: table(right),
        stages: vec![Stage::Filter(is("f", Test::text("b")))],
        look_back: None,
    };
    let mut stages =
        vec![Stage::Filter(is("f", Test::text("a"))), Stage::Union(vec![other], Span::default())];
    stages.extend(rest);
    Rule { origin: table(left), look_back: Some(Duration(Duration::HOUR)), ..rule(stages) }
}

fn join(kind: crate::ir::JoinKind) -> Stage {
    let right = crate::ir::Pipeline {
        origin: table("AuditLogs"),
        stages: vec![Stage::Filter(is("g", Test::text("c")))],
        look_back: None,
    };
    Stage::Join(crate::ir::Join {
        kind,
        right: Box::new(right),
        on: vec![(Field::new("k"), Field::new("k"))],
        renamed: Vec::new(),
        drops_right_keys: false,
        span: Span::default(),
    })
}

#[test]
fn a_term_in_any_field_is_a_keyword() {
    let term = || {
        let test = Test::Term(TermPart::Whole, "net".into(), Case::Insensitive);
        Condition::is(Predicate::anywhere(test, Span::default()))
    };
    let (text, notes) = written(term(), false);
    assert!(text.contains("keywords:\n        - 'net'\n"), "{text}");
    assert_eq!((notes[0].code, notes[0].effect), (Code::TermMatch, Effect::More));
}

#[test]
fn regular_expressions_and_names_have_a_longest_length() {
    let regex = |length: usize| {
        let regex = Regex::parse(&"a".repeat(length), RegexFlags::default()).unwrap();
        rule(vec![Stage::Filter(is("f", Test::Regex(regex)))])
    };
    assert!(write(&regex(64 << 10), &WriteOptions::default(), &mut Vec::new()).is_ok());
    assert_eq!(failed(&regex((64 << 10) + 1)), "Sigma cannot express a regular expression of that length");
    let named = |name: &str| rule(vec![Stage::Filter(is(name, Test::text("a")))]);
    assert!(write(&named(&"a".repeat(900)), &WriteOptions::default(), &mut Vec::new()).is_ok());
    assert!(failed(&named(&"a".repeat(901))).starts_with("Sigma cannot express a field of the name `a"));
    assert_eq!(failed(&named("")), "Sigma cannot express a field of the name ``");
}

#[test]
fn a_part_of_a_time_equals_what_it_can_be() {
    let hour = |comparison, number| {
        let test = Test::TimePart(crate::ir::TimePart::Hour, comparison, number);
        write(&rule(vec![Stage::Filter(is("t", test))]), &WriteOptions::default(), &mut Vec::new()).is_ok()
    };
    assert!(hour(Comparison::Equal, 23.into()));
    assert!(!hour(Comparison::Equal, 24.into()));
    assert!(hour(Comparison::Less, 24.into()));
}

#[test]
fn a_keyword_beside_one_field_stands_apart_from_it() {
    let keyword = Condition::is(Predicate::anywhere(Test::contains("x"), Span::default()));
    let expected = "\
selection_keywords:
    - 'x'
selection_user:
    User: 'u'
condition: 1 of selection_*
";

    assert_eq!(detection(Condition::any([keyword, is("User", Test::text("u"))])), expected);
}

fn either(field: &str, a: &str, b: &str) -> Condition {
    Condition::any([is(field, Test::contains(a)), is(field, Test::contains(b))])
}

#[test]
fn several_searches_beside_a_group_are_the_main_ones() {
    let both = |a: &str, b: &str| Condition::all([is("Image", Test::text(a)), is("User", Test::text(b))]);
    let group = |a: &str, b: &str| Condition::any([both(a, "u"), both(b, "v")]);
    let one = detection(Condition::all([is("EventID", Test::number(1)), group("a", "b"), group("c", "d")]));
    assert!(one.starts_with("selection_eid:\n"), "{one}");
    let cli = |a: &str, b: &str| either("CommandLine", a, b);
    let several = detection(Condition::all([cli("a", "b"), cli("c", "d"), group("a", "b")]));
    assert!(several.starts_with("selection_main_cli_1:\n"), "{several}");
}

#[test]
fn one_value_is_no_alternative_of_others() {
    for terms in [
        [either("User", "a", "b"), is("User", Test::contains("c"))],
        [is("User", Test::contains("c")), either("User", "a", "b")],
    ] {
        let text = detection(Condition::all(terms));
        assert!(text.contains("User|contains: 'c'") && text.contains("- 'a'\n        - 'b'\n"), "{text}");
    }
}

#[test]
fn members_of_json_texts_are_dotted_fields() {
    let value = Expression::JsonMember { json: Field::new("g"), path: "a.b".into() };
    let predicate = Predicate {
        subject: Subject::Computed(Box::new(value)),
        test: Test::text("x"),
        span: Span::new(3, 5),
    };
    assert!(detection(Condition::is(predicate)).contains("g.a.b: 'x'\n"));
}

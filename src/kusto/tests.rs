//! Constructs and the queries they become; where other converters are known to be wrong, why these are right.

use crate::{
    diag::{Code, Diagnostic, Effect, Note, Span},
    ir::{
        Case, ColumnType, Comparison, Condition, Dataset, Expression, Field, FieldRelation, Metadata, Number,
        Origin, Pattern, Piece, Predicate, Regex, RegexFlags, Rule, Stage, Test, TimePart,
    },
};

fn rule(origin: Origin, stages: Vec<Stage>) -> Rule {
    Rule {
        metadata: Metadata::default().into(),
        origin,
        stages,
        look_back: None,
        notes: Vec::new(),
        span: Span::default(),
    }
}

fn convert(condition: Condition) -> Result<(String, Vec<Note>), Diagnostic> {
    let mut notes = Vec::new();
    let query = super::write(&rule(Origin::Unmapped, vec![Stage::Filter(condition)]), &mut notes)?;
    let text = super::print(&query);
    Ok((text.strip_prefix("Events\n| where ").unwrap().to_owned(), notes))
}

fn predicate(condition: Condition) -> String {
    convert(condition).unwrap().0
}

fn is(test: Test) -> Condition {
    typed(ColumnType::Unknown, test)
}

fn typed(ty: ColumnType, test: Test) -> Condition {
    on(&Field::column("f", ty), test)
}

fn on(field: &Field, test: Test) -> Condition {
    Condition::is(Predicate::new(field.clone(), test, Span::default()))
}

fn text(value: &str) -> Condition {
    is(Test::text(value))
}

fn glob(pieces: impl IntoIterator<Item = Piece>) -> Condition {
    is(Test::Text(Pattern::new(pieces), Case::Insensitive))
}

fn literal(text: &str) -> Piece {
    Piece::Literal(text.into())
}

fn regex(source: &str, flags: RegexFlags) -> Test {
    Test::Regex(Regex::parse(source, flags).unwrap())
}

fn cidr(network: &str) -> Test {
    Test::Cidr(network.parse().unwrap())
}

#[test]
fn members_that_are_tested_twice_get_a_name() {
    let query = |stages: Vec<Stage>| {
        super::print(&super::write(&rule(Origin::Unmapped, stages), &mut Vec::new()).unwrap())
    };
    let member = |name: &str, test: Test| on(&Field::column(name, ColumnType::Dynamic), test);
    let twice = Condition::all([
        member("EventData.Image", Test::ends_with("x")),
        member("EventData.Image", Test::contains("y")),
        member("EventData.User", Test::text("z")),
    ]);
    assert_eq!(
        query(vec![Stage::Filter(twice)]),
        "Events\n| extend Image = tostring(EventData.Image)\n| where Image endswith \"x\"\n    \
         and Image contains \"y\"\n    and tostring(EventData.User) =~ \"z\""
    );
    let number = Condition::all([
        member("EventData.Port", Test::number(1)),
        member("EventData.Port", Test::number(2)),
    ]);
    assert!(!query(vec![Stage::Filter(number)]).contains("extend"));
}

#[test]
fn equality_folds_case_and_needs_no_escaped_backslashes() {
    assert_eq!(predicate(text(r"C:\Windows\cmd.exe")), r#"f =~ @"C:\Windows\cmd.exe""#);
    assert_eq!(predicate(text("4688")), r#"f == "4688""#);
}

#[test]
fn shapes_have_operators_of_their_own() {
    assert_eq!(predicate(is(Test::contains("foo bar"))), r#"f contains "foo bar""#);
    assert_eq!(predicate(is(Test::starts_with(r"C:\Temp\"))), r#"f startswith @"C:\Temp\""#);
    assert_eq!(predicate(is(Test::ends_with(r"\cmd.exe"))), r#"f endswith @"\cmd.exe""#);
}

/// Unanchored and with case, as others write it, `a.*b` would match more and less at once.
#[test]
fn a_wildcard_inside_is_an_anchored_regex_without_case_whose_dot_matches_line_feeds() {
    assert_eq!(
        predicate(glob([literal("a"), Piece::AnyRun, literal("b")])),
        r#"f matches regex "(?is)^a.*b$""#
    );
    assert_eq!(
        predicate(glob([literal("a"), Piece::AnyOne, literal("b")])),
        r#"f matches regex "(?is)^a.b$""#
    );
}

/// `contains "a" and contains "b"` would lose the order.
#[test]
fn a_wildcard_between_contained_parts_keeps_their_order() {
    let pieces = [Piece::AnyRun, literal("a"), Piece::AnyRun, literal("b.c"), Piece::AnyRun];
    assert_eq!(predicate(glob(pieces)), r#"f matches regex @"(?is)a.*b\.c""#);
}

#[test]
fn an_escaped_wildcard_is_an_ordinary_character() {
    assert_eq!(predicate(text("a*b")), r#"f =~ "a*b""#);
}

#[test]
fn equal_values_share_a_list_and_order_is_kept() {
    assert_eq!(predicate(Condition::any([text("x"), text("y")])), r#"f in~ ("x", "y")"#);
    let mixed = Condition::any([
        text("x"),
        text("w"),
        is(Test::starts_with("y")),
        is(Test::ends_with("z")),
        glob([literal("a"), Piece::AnyRun, literal("b")]),
    ]);
    let expected = "f in~ (\"x\", \"w\")\n    or f startswith \"y\"\n    or f endswith \"z\"\n    or f matches regex \"(?is)^a.*b$\"";
    assert_eq!(predicate(mixed), expected);
}

/// `has_all` is a search for terms: it finds them inside a longer value.
#[test]
fn all_of_equal_values_stays_equality() {
    assert_eq!(predicate(Condition::all([text("x"), text("y")])), "f =~ \"x\"\n    and f =~ \"y\"");
    let all = Condition::all([is(Test::contains("x")), is(Test::contains("y"))]);
    assert_eq!(predicate(all), "f contains \"x\"\n    and f contains \"y\"");
}

/// `in~` refuses numbers (KS107), and text never equals them.
#[test]
fn numbers_stay_numbers_in_lists_too() {
    assert_eq!(predicate(is(Test::number(4624))), "f == 4624");
    assert_eq!(predicate(Condition::any([is(Test::number(1)), is(Test::number(2))])), "f in (1, 2)");
    let text_column = |n| typed(ColumnType::String, Test::number(n));
    assert_eq!(predicate(Condition::any([text_column(1), text_column(2)])), r#"f in ("1", "2")"#);
    let number_column = |t| typed(ColumnType::Integer, Test::text(t));
    assert_eq!(predicate(Condition::any([number_column("80"), number_column("443")])), "f in (80, 443)");
}

#[test]
fn text_that_a_number_column_cannot_hold_is_an_error() {
    assert_eq!(convert(typed(ColumnType::Integer, Test::text("abc"))).unwrap_err().code, Code::ValueUnmapped);
    let big = Test::Number(Comparison::Equal, Number::parse("18446744073709551615").unwrap());
    assert_eq!(convert(typed(ColumnType::Integer, big.clone())).unwrap_err().code, Code::ValueUnmapped);
    assert_eq!(predicate(is(big)), r#"f == "18446744073709551615""#);
    assert_eq!(predicate(is(Test::number(i64::MIN))), "f == long(-9223372036854775808)");
}

#[test]
fn a_pattern_on_a_number_column_looks_at_its_text() {
    assert_eq!(
        predicate(typed(ColumnType::Integer, Test::starts_with("44"))),
        r#"tostring(f) startswith "44""#
    );
}

/// `f =~ true` is refused by the binder.
#[test]
fn booleans_follow_the_column() {
    assert_eq!(predicate(typed(ColumnType::Boolean, Test::Boolean(true))), "f == true");
    assert_eq!(predicate(typed(ColumnType::String, Test::Boolean(true))), r#"f =~ "true""#);
    assert_eq!(predicate(is(Test::Boolean(false))), r#"tostring(f) =~ "false""#);
}

/// `isnull` of a string is always false.
#[test]
fn a_missing_string_is_an_empty_one() {
    let (query, notes) = convert(typed(ColumnType::String, Test::Null)).unwrap();
    assert_eq!(query, "isempty(f)");
    assert_eq!((notes[0].code, notes[0].effect), (Code::NullAsEmpty, Effect::None));
    assert_eq!(predicate(typed(ColumnType::Integer, Test::Null)), "isnull(f)");
    assert_eq!(predicate(Condition::not(typed(ColumnType::Integer, Test::Null))), "isnotnull(f)");
    assert_eq!(predicate(text("")), "isempty(f)");
    assert_eq!(predicate(is(Test::Exists)), "isnotempty(f)");
    assert_eq!(predicate(Condition::not(is(Test::Exists))), "isempty(f)");
}

#[test]
fn a_regex_is_a_search_with_case_unless_flagged() {
    assert_eq!(predicate(is(regex("a.*", RegexFlags::default()))), r#"f matches regex "a.*""#);
    let flags = RegexFlags { ignore_case: true, ..RegexFlags::default() };
    assert_eq!(predicate(is(regex("abc", flags))), r#"f matches regex "(?i)abc""#);
    let negated = Condition::not(is(regex("a", RegexFlags::default())));
    assert_eq!(predicate(negated), r#"not(f matches regex "a")"#);
}

/// The IPv4 function gives null on an IPv6 network, so the row would be lost.
#[test]
fn networks_have_a_function_for_each_family() {
    assert_eq!(predicate(is(cidr("10.0.0.0/8"))), r#"ipv4_is_in_range(f, "10.0.0.0/8")"#);
    assert_eq!(predicate(is(cidr("fe80::/10"))), r#"ipv6_is_in_range(f, "fe80::/10")"#);
    let several = Condition::any([is(cidr("10.0.0.0/8")), is(cidr("127.0.0.0/8")), is(cidr("::1/128"))]);
    let expected =
        "ipv4_is_in_any_range(f, \"10.0.0.0/8\", \"127.0.0.0/8\")\n    or ipv6_is_in_range(f, \"::1/128\")";
    assert_eq!(predicate(several), expected);
}

/// `not(null)` is null, and `where` drops it.
#[test]
fn a_negated_network_keeps_what_is_no_address() {
    let negated = Condition::not(is(cidr("10.0.0.0/8")));
    assert_eq!(predicate(negated), r#"not(coalesce(ipv4_is_in_range(f, "10.0.0.0/8"), false))"#);
}

#[test]
fn case_counts_where_the_rule_says_so() {
    let cased = |pattern| is(Test::Text(pattern, Case::Sensitive));
    assert_eq!(predicate(cased(Pattern::exact("AbC"))), r#"f == "AbC""#);
    assert_eq!(predicate(cased(Pattern::ends_with("AbC"))), r#"f endswith_cs "AbC""#);
    let list = Condition::any([cased(Pattern::exact("AbC")), cased(Pattern::exact("dEf"))]);
    assert_eq!(predicate(list), r#"f in ("AbC", "dEf")"#);
    let glob = Pattern::new([literal("A"), Piece::AnyOne]);
    assert_eq!(predicate(cased(glob)), r#"f matches regex "(?s)^A.$""#);
}

/// `contains` folds ASCII letters only.
#[test]
fn letters_beyond_ascii_are_folded_by_tolower() {
    assert_eq!(predicate(is(Test::contains("Größe"))), r#"tolower(f) contains_cs "größe""#);
    assert_eq!(
        predicate(Condition::any([text("É"), text("é")])),
        "tolower(f) == \"é\"\n    or tolower(f) == \"é\""
    );
    assert_eq!(predicate(is(Test::contains("漢字"))), r#"f contains "漢字""#);
}

#[test]
fn order_of_numbers_is_closed_under_negation() {
    let greater = |ty| typed(ty, Test::Number(Comparison::Greater, 5.into()));
    assert_eq!(predicate(greater(ColumnType::Integer)), "f > 5");
    assert_eq!(predicate(greater(ColumnType::String)), "toreal(f) > 5");
    assert_eq!(predicate(Condition::not(greater(ColumnType::Integer))), "not(coalesce(f > 5, false))");
}

#[test]
fn single_negations_use_negated_operators_which_are_true_of_missing_strings() {
    assert_eq!(predicate(Condition::not(text("x"))), r#"f !~ "x""#);
    assert_eq!(predicate(Condition::not(Condition::any([text("x"), text("y")]))), r#"f !in~ ("x", "y")"#);
    let group = Condition::not(Condition::any([text("x"), is(Test::contains("y"))]));
    assert_eq!(predicate(group), r#"not(f =~ "x" or f contains "y")"#);
}

#[test]
fn two_columns_are_compared_where_both_are_present() {
    let test = |relation, case| is(Test::FieldRef(relation, Field::new("g"), case));
    assert_eq!(
        predicate(test(FieldRelation::Equals, Case::Insensitive)),
        "isnotempty(g)\n    and tolower(f) == tolower(g)"
    );
    assert_eq!(
        predicate(test(FieldRelation::EndsWith, Case::Sensitive)),
        "isnotempty(g)\n    and f endswith_cs g"
    );
}

/// Others compare the whole timestamp with the number.
#[test]
fn parts_of_timestamps_are_taken_out() {
    let part = |ty, part| typed(ty, Test::TimePart(part, Comparison::GreaterOrEqual, 18.into()));
    assert_eq!(predicate(part(ColumnType::Timestamp, TimePart::Hour)), "hourofday(f) >= 18");
    assert_eq!(
        predicate(part(ColumnType::Unknown, TimePart::Minute)),
        "datetime_part(\"minute\", todatetime(f)) >= 18"
    );
}

/// A bare string is no predicate; `* !contains` would ask for one column without the text.
#[test]
fn keywords_search_every_column() {
    let keyword = |test| Condition::is(Predicate::anywhere(test, Span::default()));
    assert_eq!(predicate(keyword(Test::contains("foo bar"))), r#"* contains "foo bar""#);
    assert_eq!(predicate(Condition::not(keyword(Test::contains("x")))), r#"not(* contains "x")"#);
    assert_eq!(predicate(keyword(regex("fo+", RegexFlags::default()))), r#"* matches regex "fo+""#);
    let glob = Pattern::new([Piece::AnyRun, literal("b"), Piece::AnyRun, literal("z"), Piece::AnyRun]);
    assert_eq!(predicate(keyword(Test::Text(glob, Case::Insensitive))), r#"* matches regex "(?is)b.*z""#);
}

/// `'a.b' =~ "x"` compares two constants.
#[test]
fn a_dot_is_part_of_an_unknown_name_and_a_path_into_a_dynamic_column() {
    assert_eq!(predicate(on(&Field::new("a.b"), Test::text("x"))), r#"['a.b'] =~ "x""#);
    let path = Field::column("AdditionalFields.PipeName", ColumnType::Dynamic);
    assert_eq!(predicate(on(&path, Test::text("x"))), r#"tostring(AdditionalFields.PipeName) =~ "x""#);
}

#[test]
fn or_inside_and_has_parentheses_and_not_has_none() {
    let on = |name: &str| on(&Field::new(name), Test::text("x"));
    let condition = Condition::all([Condition::any([on("a"), on("b")]), Condition::not(on("c"))]);
    assert_eq!(predicate(condition), "(a =~ \"x\" or b =~ \"x\")\n    and c !~ \"x\"");
}

#[test]
fn control_characters_in_values_stay_inside_the_literal() {
    assert_eq!(predicate(is(Test::contains("a\tb\nc"))), r#"f contains "a\tb\nc""#);
}

#[test]
fn a_dataset_is_a_table_or_a_union_with_a_clause_for_each_stage() {
    let names = |names: &[&str]| {
        Origin::Dataset(Dataset {
            names: names.iter().map(|&name| name.into()).collect(),
            ..Dataset::default()
        })
    };
    let action = Test::Text(Pattern::exact("ProcessCreated"), Case::Sensitive);
    let stages = vec![
        Stage::Filter(on(&Field::column("ActionType", ColumnType::String), action)),
        Stage::Filter(Condition::Always),
        Stage::Filter(Condition::Never),
    ];
    let query =
        super::write(&rule(names(&["DeviceProcessEvents"]), stages.clone()), &mut Vec::new()).unwrap();
    let expected = "DeviceProcessEvents\n| where ActionType == \"ProcessCreated\"\n| where false";
    assert_eq!(super::print(&query), expected);
    let query = super::write(&rule(names(&["A", "B"]), stages), &mut Vec::new()).unwrap();
    assert!(super::print(&query).starts_with("union A, B\n| where"));
}

#[test]
fn joined_columns_have_separators_between_values_only() {
    let fields = ["RegistryKey", "RegistryValueName"].map(|name| Field::column(name, ColumnType::String));
    let join = Expression::Join { fields: fields.into(), separator: r"\".into() };
    let stages = vec![Stage::Extend(Field::new("RegistryPath"), join)];
    let query = super::write(&rule(Origin::Unmapped, stages), &mut Vec::new()).unwrap();
    let expected = r#"Events
| extend RegistryPath = strcat(
    RegistryKey,
    iff(isempty(RegistryKey) or isempty(RegistryValueName), "", @"\"),
    RegistryValueName
)"#;
    assert_eq!(super::print(&query), expected);
}

#[test]
fn long_disjunctions_are_balanced_and_lose_nothing() {
    let terms = (0..1000).map(|n| is(Test::contains(&format!("v{n:04}"))));
    let query = predicate(Condition::any(terms));
    assert_eq!(query.matches("contains").count(), 1000);
    assert_eq!(query.matches('(').count(), 33);
}

#[test]
fn an_and_inside_an_or_is_parenthesized_for_readers() {
    let condition =
        Condition::any([text("x"), Condition::all([is(Test::contains("a")), is(Test::contains("b"))])]);
    assert_eq!(predicate(condition), "f =~ \"x\"\n    or (f contains \"a\" and f contains \"b\")");
}

#[test]
fn long_groups_and_calls_break_one_clause_a_line() {
    let networks = (0..9).map(|n| is(cidr(&format!("10.{n}.0.0/16"))));
    let query = predicate(Condition::any(networks));
    assert!(query.starts_with("ipv4_is_in_any_range(\n        f,\n        \"10.0.0.0/16\",\n"), "{query}");
}

#[test]
fn computed_columns_side_by_side_are_one_extend_unless_one_reads_another() {
    let of = |name: &str| Expression::Field(Field::new(name));
    let written = |columns: &[(&str, Expression)]| {
        let stages = columns.iter().map(|(name, value)| Stage::Extend(Field::new(*name), value.clone()));
        super::print(&super::write(&rule(Origin::Unmapped, stages.collect()), &mut Vec::new()).unwrap())
    };
    let lines = |text: String| text.matches("| extend").count();
    assert_eq!(lines(written(&[("a", of("x")), ("b", of("y"))])), 1);
    assert_eq!(lines(written(&[("a", of("x")), ("b", of("a"))])), 2);
    assert_eq!(lines(written(&[("a", of("x")), ("a", of("y"))])), 2);
}

#[test]
fn any_keyword_is_in_every_row() {
    let anything = Test::Text(Pattern::anything(), Case::Insensitive);
    assert_eq!(predicate(Condition::is(Predicate::anywhere(anything, Span::default()))), "true");
}

#[test]
fn picked_columns_with_other_names_are_a_tuple() {
    let of = |name: &str| Expression::Field(Field::new(name));
    let written = |columns: Option<Vec<(Field, Expression)>>, name: &str| {
        let pick = crate::ir::Pick {
            of: of("b"),
            name: Field::new(name),
            is_greatest: true,
            columns,
            by: Vec::new(),
            aggregates: Vec::new(),
            span: Span::default(),
        };
        let rule = rule(Origin::Unmapped, vec![Stage::Pick(pick)]);
        let query = super::print(&super::write(&rule, &mut Vec::new()).unwrap());
        query.split_once("| summarize ").unwrap().1.to_owned()
    };
    assert_eq!(written(Some(vec![(Field::new("c"), of("c"))]), "b"), "arg_max(b, c)");
    assert_eq!(written(Some(vec![(Field::new("d"), of("c"))]), "m"), "(m, d) = arg_max(b, c)");
    assert_eq!(written(None, "m"), "m = arg_max(b, *)");
}

fn query(stages: Vec<Stage>) -> String {
    super::print(&super::write(&rule(Origin::Unmapped, stages), &mut Vec::new()).unwrap())
}

#[test]
fn parts_of_texts_are_computed_of_them() {
    let xml = Expression::XmlData { xml: Field::new("x"), name: "a.b".into() };
    assert_eq!(
        query(vec![Stage::Extend(Field::new("c"), xml)]),
        "Events\n| extend c = extract(@\"Name=['\"\"]a\\.b['\"\"]>([^<]*)<\", 1, x)"
    );
    let json = Expression::JsonMember { json: Field::new("j"), path: "a.b".into() };
    assert_eq!(
        query(vec![Stage::Extend(Field::new("c"), json)]),
        "Events\n| extend c = tostring(parse_json(j).a.b)"
    );
}

#[test]
fn only_what_is_taken_from_zero_is_a_sign() {
    let zero = |function| {
        let arguments = vec![Expression::number(0), Expression::Field(Field::new("n"))];
        query(vec![Stage::Extend(Field::new("c"), Expression::Call(function, arguments))])
    };
    assert_eq!(zero(crate::ir::Function::Subtract), "Events\n| extend c = -n");
    assert_eq!(zero(crate::ir::Function::Add), "Events\n| extend c = 0 + n");
}

#[test]
fn columns_that_are_not_equal_may_both_be_missing() {
    let number = |name: &str| Field::column(name, ColumnType::Integer);
    let test = Test::FieldRef(FieldRelation::Equals, number("g"), Case::Insensitive);
    assert_eq!(predicate(Condition::not(on(&number("f"), test))), "not(coalesce(f == g, false))");
}

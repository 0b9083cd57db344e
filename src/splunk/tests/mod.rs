//! What pipelines look like as queries.

use super::{print, write};

use crate::{
    diag::{Code, Effect, Note, Span},
    ir::{
        Aggregate, AggregateFunction, Case, ColumnType, Comparison, Condition, Constant, Dataset, Duration,
        Expand, Expression, ExternalList, Extract, ExtractPart, Field, FieldRelation, Function, Join,
        JoinKind, Metadata, Origin, Pattern, Pick, Pipeline, Predicate, Project, Rule, SortKey, Stage,
        Subject, Summarize, Test,
    },
};

mod conditions;
mod joins;
mod stages;

fn field(name: &str) -> Field {
    Field::new(name)
}

fn of(name: &str) -> Expression {
    Expression::Field(field(name))
}

fn is(name: &str, test: Test) -> Condition {
    Condition::is(Predicate::new(field(name), test, Span::default()))
}

fn computed(expression: Expression, test: Test) -> Condition {
    let subject = Subject::Computed(Box::new(expression));
    Condition::is(Predicate { subject, test, span: Span::default() })
}

fn call(function: Function, arguments: impl Into<Vec<Expression>>) -> Expression {
    Expression::Call(function, arguments.into())
}

fn hours(count: i64) -> Expression {
    Expression::Constant(Constant::Duration(Duration(count * Duration::HOUR)))
}

fn filter(name: &str, value: &str) -> Stage {
    Stage::Filter(is(name, Test::text(value)))
}

fn more_than(name: &str, number: i64) -> Stage {
    Stage::Filter(is(name, Test::Number(Comparison::Greater, number.into())))
}

fn extend(name: &str, value: Expression) -> Stage {
    Stage::Extend(field(name), value)
}

fn project(columns: &[&str]) -> Stage {
    let columns = columns.iter().map(|name| (field(name), of(name))).collect();
    Stage::Project(Project { columns, span: Span::default() })
}

fn aggregate(name: &str, function: AggregateFunction, arguments: &[Expression]) -> (Field, Aggregate) {
    (field(name), Aggregate { function, arguments: arguments.to_vec(), filter: Condition::Always })
}

fn count() -> (Field, Aggregate) {
    aggregate("count_", AggregateFunction::Count, &[])
}

fn keys(names: &[&str]) -> Vec<(Field, Expression)> {
    names.iter().map(|name| (field(name), of(name))).collect()
}

fn summarize(aggregates: Vec<(Field, Aggregate)>, by: Vec<(Field, Expression)>) -> Stage {
    Stage::Summarize(Summarize { aggregates, by, span: Span::default() })
}

fn pick(of: &str, by: &[&str]) -> Pick {
    Pick {
        of: self::of(of),
        name: field(of),
        is_greatest: true,
        columns: None,
        by: keys(by),
        aggregates: vec![],
        span: Span::default(),
    }
}

fn pipeline(stages: Vec<Stage>) -> Pipeline {
    Pipeline { origin: Origin::Unmapped, stages, look_back: None }
}

fn join(kind: JoinKind, on: &[(&str, &str)], right: Vec<Stage>) -> Join {
    Join {
        kind,
        right: Box::new(pipeline(right)),
        on: on.iter().map(|(left, right)| (field(left), field(right))).collect(),
        renamed: vec![],
        drops_right_keys: false,
        span: Span::default(),
    }
}

fn rule(stages: Vec<Stage>) -> Rule {
    Rule {
        look_back: None,
        metadata: Metadata::default().into(),
        origin: Origin::Unmapped,
        stages,
        span: Span::default(),
        notes: Vec::new(),
    }
}

fn noted(stages: Vec<Stage>) -> (String, Vec<Note>) {
    let mut notes = Vec::new();
    let query = write(&rule(stages), &mut notes).unwrap();
    (print(&query), notes)
}

fn query(stages: Vec<Stage>) -> String {
    noted(stages).0
}

fn effects(stages: Vec<Stage>, code: Code) -> Vec<Effect> {
    noted(stages).1.into_iter().filter(|note| note.code == code).map(|note| note.effect).collect()
}

fn refusal(stages: Vec<Stage>) -> String {
    write(&rule(stages), &mut Vec::new()).unwrap_err().message
}

/// What stands after the first line.
fn after(first: &str, stages: Vec<Stage>) -> String {
    let query = query(stages);
    query.strip_prefix(first).unwrap_or_else(|| panic!("{query}")).trim_start().to_owned()
}

#[test]
fn days_begin_in_the_zone_of_the_search() {
    let day = vec![(field("_time"), call(Function::Bin, [of("_time"), hours(24)]))];
    assert_eq!(effects(vec![summarize(vec![count()], day)], Code::TimeZone), [Effect::None]);
}

#[test]
fn a_time_range_is_the_last_term_of_the_search() {
    let look_back = Some(Duration(14 * Duration::DAY));
    let rule = Rule { look_back, ..rule(vec![filter("a", "x"), Stage::Limit(10, Span::default())]) };
    let query = write(&rule, &mut Vec::new()).unwrap();
    assert_eq!(print(&query), "a=\"x\"\nearliest=-14d\n| head 10");
}

#[test]
fn lengths_of_time_are_seconds() {
    let first = aggregate("first", AggregateFunction::Minimum, &[of("_time")]);
    let last = aggregate("last", AggregateFunction::Maximum, &[of("_time")]);
    let between = call(Function::Subtract, [of("last"), of("first")]);
    let test = Test::Compare(Comparison::LessOrEqual, Box::new(hours(1)));
    let stages = vec![
        summarize(vec![first, last], vec![]),
        extend("length", between),
        Stage::Filter(is("length", test)),
    ];
    assert_eq!(
        after("*", stages),
        "| stats min(_time) AS first max(_time) AS last\n| eval length=last-first\n| where length<=3600"
    );
}

#[test]
fn members_are_read_by_their_path() {
    let parsed = call(Function::ParseJson, [of("j")]);
    let first = Expression::Element(Box::new(Expression::Member(Box::new(parsed), "a".into())), 0);
    let member = |name: &str| Expression::Member(Box::new(first.clone()), name.into());
    assert_eq!(after("*", vec![extend("v", member("b"))]), "| eval v=json_extract(j, \"a{0}.b\")");
    assert_eq!(
        after("*", vec![extend("v", member("b.c"))]),
        "| eval v=json_extract_exact(json_extract(j, \"a{0}\"), \"b.c\")"
    );
}

#[test]
fn choices_are_if_or_case() {
    let when = |value: &str| (is("a", Test::number(1)), Expression::text(value));
    let one = Expression::Case(vec![when("x")], Box::new(Expression::text("z")));
    assert_eq!(after("*", vec![extend("v", one)]), "| eval v=if(tonumber(a)=1, \"x\", \"z\")");
    let two = Expression::Case(vec![when("x"), when("y")], Box::new(Expression::text("z")));
    assert_eq!(
        after("*", vec![extend("v", two)]),
        "| eval v=case(tonumber(a)=1, \"x\", tonumber(a)=1, \"y\", true(), \"z\")"
    );
}

#[test]
fn a_control_character_is_spelled_in_percent_escapes() {
    let parts = call(Function::Split, [of("a"), Expression::text("\n%")]);
    assert_eq!(after("*", vec![extend("v", parts)]), "| eval v=split(a, urldecode(\"%0A%25\"))");
}

#[test]
fn what_spl_lacks_is_refused_with_a_reason() {
    let decoded = call(Function::Base64Decode, [of("a")]);
    assert_eq!(
        refusal(vec![extend("v", decoded)]),
        "`base64_decode` is not available: SPL decodes and encodes Base64 with add-ons alone"
    );
    let bag = aggregate("v", AggregateFunction::CollectObject, &[of("a")]);
    assert_eq!(refusal(vec![summarize(vec![bag], vec![])]), "`stats` does not put objects together");
}

#[test]
fn whole_numbers_are_divided_towards_zero() {
    let half = call(Function::Divide, [call(Function::Length, [of("a")]), Expression::number(2)]);
    assert_eq!(after("*", vec![extend("v", half)]), "| eval v=floor(len(a)/2)");
    let days = call(Function::DaysBetween, [of("_time"), call(Function::Now, [])]);
    let half = call(Function::Divide, [days, Expression::number(2)]);
    let query = after("*", vec![extend("v", half)]);
    assert!(query.contains("if((floor(_time/86400)-floor(now()/86400))/2<0, ceiling("), "{query}");
}

#[test]
fn every_function_is_described_or_refused() {
    let unknown: Vec<&str> = Function::ALL
        .iter()
        .filter(|function| super::describe(**function).is_none())
        .map(|function| function.name())
        .collect();
    let refused = [
        "reverse",
        "base64_decode",
        "base64_encode",
        "to_duration",
        "parse_xml",
        "set_intersection",
        "set_difference",
    ];
    assert_eq!(unknown, refused);
    assert_eq!(super::describe(Function::Substring).as_deref(), Some("substr(text, start+1, length)"));
}

/// A condition after a command, where all of it is computed.
fn where_of(condition: Condition) -> String {
    after("*\n| eval x=1\n", vec![extend("x", Expression::number(1)), Stage::Filter(condition)])
}

fn compare(comparison: Comparison, value: Expression) -> Test {
    Test::Compare(comparison, Box::new(value))
}

#[test]
fn starts_of_days_are_shifted_by_seconds() {
    let start =
        |count: Expression| after("*", vec![extend("d", call(Function::StartOfDay, [of("_time"), count]))]);
    let shifted =
        |count: i64| start(Expression::number(count)).replace("| eval d=floor(_time/86400)*86400", "");
    assert_eq!([2, -2, 0].map(shifted), ["+172800", "-172800", ""]);
    assert_eq!(shifted(i64::MAX), "+9223372036854775807");
    assert_eq!(start(of("n")), "| eval d=floor(_time/86400)*86400+n*86400");
    let now = Expression::Constant(Constant::Duration(Duration(0)));
    assert_eq!(after("*", vec![extend("d", call(Function::Ago, [now]))]), "| eval d=now()");
}

#[test]
fn positions_in_a_text_count_from_1() {
    let from = |start: i64| {
        after("*", vec![extend("d", call(Function::Substring, [of("a"), Expression::number(start)]))])
    };
    assert_eq!([from(0), from(-3)], ["| eval d=substr(a, 1)", "| eval d=substr(a, -3)"]);
    assert_eq!(from(i64::MAX), "| eval d=substr(a, 9223372036854775807)");
}

#[test]
fn elements_of_json_are_json() {
    let list = call(Function::ParseJson, [of("l")]);
    let output = field("e");
    let expand = Expand { list, output, index: None, members_as_lists: false, span: Span::default() };
    let member = extend("m", Expression::Member(Box::new(of("e")), "b".into()));
    assert_eq!(
        after("*", vec![Stage::Expand(expand), member]),
        "| eval e=json_array_to_mv(l)\n| mvexpand e\n| eval m=json_extract(e, \"b\")"
    );
}

#[test]
fn whole_numbers_are_whole_already() {
    let bin = |size: i64| call(Function::Bin, [of("n"), Expression::number(size)]);
    let integer = |of: Expression| call(Function::ToInteger, [of]);
    let stages = vec![
        extend("v", bin(1)),
        extend("w", bin(2)),
        extend("x", integer(of("n"))),
        extend("y", integer(call(Function::Length, [of("n")]))),
    ];
    assert_eq!(
        after("*", stages),
        r#"| eval v=floor(n), w=floor(n/2)*2, x=tonumber(replace(n, "\\.\\d*$", "")), y=len(n)"#
    );
}

#[test]
fn computed_numbers_divide_as_what_they_are() {
    let length = || call(Function::Length, [of("a")]);
    let half = |value: Expression| {
        after("*", vec![extend("v", call(Function::Divide, [value, Expression::number(2)]))])
    };
    let halves = [
        length(),
        call(Function::Subtract, [length(), length()]),
        call(Function::Add, [length(), length()]),
        Expression::number(-3),
        call(Function::Multiply, [hours(1), Expression::number(2)]),
        call(Function::Divide, [hours(1), hours(2)]),
        call(Function::Subtract, [of("_time"), of("_time")]),
        of("n"),
        call(Function::Subtract, [length(), of("n")]),
    ]
    .map(half);
    let expected = [
        "floor(len(a)/2)",
        "if((len(a)-len(a))/2<0, ceiling((len(a)-len(a))/2), floor((len(a)-len(a))/2))",
        "floor((len(a)+len(a))/2)",
        "if(-3/2<0, ceiling(-3/2), floor(-3/2))",
        "3600*2/2",
        "3600/7200/2",
        "(_time-_time)/2",
        "n/2",
        "(len(a)-n)/2",
    ];
    assert_eq!(halves, expected.map(|value| format!("| eval v={value}")));
}

#[test]
fn a_length_of_time_is_known_from_what_it_is_computed_of() {
    let length = |of: Expression| {
        let stages = vec![extend("v", call(Function::ToDuration, [of]))];
        write(&rule(stages), &mut Vec::new()).is_ok()
    };
    let (time, count) = (|| of("_time"), || call(Function::Length, [of("a")]));
    assert!(length(call(Function::Subtract, [time(), time()])));
    assert!(length(call(Function::Multiply, [hours(1), Expression::number(2)])));
    assert!(length(call(Function::Add, [hours(1), count()])));
    assert!(length(call(Function::Subtract, [count(), hours(1)])));
    assert!(!length(call(Function::Divide, [hours(1), hours(2)])));
    assert!(!length(call(Function::Add, [time(), hours(1)])));
    assert!(!length(call(Function::Subtract, [time(), hours(1)])));
    assert!(!length(call(Function::Add, [count(), count()])));
    assert!(!length(call(Function::Multiply, [Expression::number(1), Expression::number(2)])));
}

#[test]
fn a_negative_factor_stands_in_parentheses() {
    let product = call(Function::Multiply, [of("n"), Expression::number(-3)]);
    assert_eq!(after("*", vec![extend("v", product)]), "| eval v=n*(-3)");
}

#[test]
fn signs_that_percent_escapes_give_a_meaning_are_escaped_themselves() {
    let parts = call(Function::Split, [of("a"), Expression::text("a+b\n")]);
    assert_eq!(after("*", vec![extend("v", parts)]), "| eval v=split(a, urldecode(\"a%2Bb%0A\"))");
}

fn member(of: Expression, name: &str) -> Expression {
    Expression::Member(Box::new(of), name.into())
}

fn element(of: Expression, index: i64) -> Expression {
    Expression::Element(Box::new(of), index)
}

#[test]
fn elements_are_steps_of_a_path_from_the_start_of_json_alone() {
    let json = || call(Function::ParseJson, [of("j")]);
    let list = || call(Function::Split, [of("l"), Expression::text(",")]);
    let stages = vec![
        extend("v", member(element(json(), 1), "b")),
        extend("w", member(element(json(), -1), "b")),
        extend("x", member(element(list(), 1), "b")),
    ];
    assert_eq!(
        after("*", stages),
        "| eval v=json_extract(j, \"{1}.b\"),\n    w=json_extract(mvindex(json_array_to_mv(j), -1), \"b\"),\n    x=json_extract(mvindex(split(l, \",\"), 1), \"b\")"
    );
}

fn kind(expression: &Expression) -> super::scope::Kind {
    super::expression::kind(expression, &super::scope::Scope::new(&mut Vec::new()))
}

#[test]
fn text_of_json_is_json_and_text_of_other_values_is_text() {
    use super::scope::Kind;
    let text = |value| kind(&call(Function::ToText, [value]));
    assert_eq!(text(member(of("j"), "a")), Kind::Json);
    assert_eq!(text(Expression::number(1)), Kind::Text);
}

#[test]
fn fractions_are_no_whole_numbers() {
    let real = |text: &str| Expression::Constant(Constant::Number(crate::ir::Number::parse(text).unwrap()));
    let integer = |value| after("*", vec![extend("v", call(Function::ToInteger, [value]))]);
    assert_eq!(integer(Expression::number(-5)), "| eval v=-5");
    assert_eq!(integer(real("-0.5")), "| eval v=tonumber(replace(-0.5, \"\\\\.\\\\d*$\", \"\"))");
}

#[test]
fn functions_are_described_with_their_arguments() {
    let described = |function| super::describe(function).unwrap();
    assert_eq!(described(Function::Coalesce), "coalesce(nullif(value, \"\"), other)");
    assert_eq!(described(Function::Object), "json_object(name, value)");
    assert_eq!(described(Function::ReplaceRegex), "replace(text, \"regex\", to)");
    assert_eq!(
        described(Function::Extract),
        "if(match(text, \"(regex)\"), replace(text, \"^[\\\\s\\\\S]*?(regex)[\\\\s\\\\S]*$\", \"\\\\1\"), null())"
    );
}

#[test]
fn numbers_are_found_in_lists_by_their_text() {
    let at = call(Function::ListIndexOf, [of("l"), Expression::number(5)]);
    assert_eq!(after("*", vec![extend("v", at)]), "| eval v=coalesce(mvfind(l, \"^5$\"), -1)");
}

#[test]
fn lengths_are_taken_from_times_as_they_are() {
    let time = call(Function::ToTimestamp, [of("a")]);
    let before = call(Function::Subtract, [of("t"), of("b")]);
    let query = after("*", vec![extend("t", time), extend("v", before)]);
    assert!(query.ends_with(", v=t-b"), "{query}");
}

#[test]
fn elements_of_elements_of_json_are_steps_of_a_path() {
    let list = call(Function::ParseJson, [of("l")]);
    let expand =
        Expand { list, output: field("e"), index: None, members_as_lists: false, span: Span::default() };
    let query = after("*", vec![Stage::Expand(expand), extend("m", element(of("e"), 0))]);
    assert!(query.ends_with("| eval m=json_extract(e, \"{0}\")"), "{query}");
}

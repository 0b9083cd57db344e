//! What is tested after the search.

use super::*;

#[test]
fn points_in_time_are_compared_in_seconds() {
    let after_a_day = || Test::Compare(Comparison::Greater, Box::new(call(Function::Ago, [hours(24)])));
    assert_eq!(
        query(vec![Stage::Filter(is("_time", after_a_day()))]),
        "*\n| where _time>relative_time(now(), \"-1d\")"
    );
    let column = Field::column("created", ColumnType::Timestamp);
    let predicate = Predicate::new(column, after_a_day(), Span::default());
    let query = query(vec![Stage::Filter(Condition::is(predicate))]);
    assert!(query.contains("| where coalesce(tonumber(created), strptime(created, "), "{query}");
}

#[test]
fn a_missing_value_is_false_below_a_negation() {
    let compared = Test::Compare(Comparison::Equal, Box::new(call(Function::Lower, [of("b")])));
    assert_eq!(
        query(vec![Stage::Filter(Condition::not(is("a", compared)))]),
        "*\n| where NOT (isnotnull(a) AND isnotnull(lower(b)) AND a=lower(b))"
    );
    let counted = Condition::not(is("count_", Test::number(5)));
    assert_eq!(
        after("*", vec![summarize(vec![count()], vec![]), Stage::Filter(counted)]),
        "| stats count AS count_\n| where NOT count_=5"
    );
}

#[test]
fn what_means_a_test_of_a_field_is_searched_for() {
    let lower = computed(
        call(Function::Lower, [of("image")]),
        Test::Text(Pattern::ends_with("cmd.exe"), Case::Sensitive),
    );
    assert_eq!(query(vec![Stage::Filter(lower)]), "image=\"*cmd.exe\"");
    let public = computed(call(Function::IpIsPrivate, [of("ip")]), Test::Boolean(true));
    assert_eq!(
        query(vec![Stage::Filter(Condition::not(public))]),
        "NOT (ip=\"10.0.0.0/8\" OR ip=\"172.16.0.0/12\" OR ip=\"192.168.0.0/16\")"
    );
}

#[test]
fn computed_values_are_tested_after_the_search() {
    let length = computed(call(Function::Length, [of("cmd")]), Test::Number(Comparison::Greater, 500.into()));
    assert_eq!(
        query(vec![Stage::Filter(Condition::all([is("a", Test::text("x")), length]))]),
        "a=\"x\"\n| where len(cmd)>500"
    );
}

#[test]
fn text_that_is_neither_missing_nor_empty_is_there() {
    let empty = |expression: &Expression| {
        let tests = [Test::Null, Test::text("")];
        Condition::any(tests.map(|test| computed(call(Function::ToText, [expression.clone()]), test)))
    };
    let stages = |expression: &Expression| vec![Stage::Filter(Condition::not(empty(expression)))];
    assert_eq!(query(stages(&of("a"))), "a=*\nNOT a=\"\"");
    let decoded = call(Function::UrlDecode, [of("a")]);
    assert_eq!(query(stages(&decoded)), "*\n| where isnotnull(urldecode(a))\n    AND urldecode(a)!=\"\"");
}

#[test]
fn a_truth_value_is_text() {
    let holds = Expression::Holds(Box::new(is("a", Test::number(1))));
    assert_eq!(
        after("*", vec![extend("v", holds), Stage::Filter(is("v", Test::Boolean(true)))]),
        "| eval v=if(tonumber(a)=1, \"true\", \"false\")\n| search v=\"true\""
    );
}

#[test]
fn parts_of_other_texts_are_empty_where_they_are_not_found() {
    let value = Expression::KeyValue { text: field("m"), name: "user".into() };
    let query = after("*", vec![extend("v", value)]);
    assert!(query.starts_with("| eval v=if(match(m, ") && query.ends_with(", \"\\\\1\"), \"\")"), "{query}");
    let member = Expression::JsonMember { json: field("m"), path: "a.b".into() };
    assert_eq!(after("*", vec![extend("v", member)]), "| eval v=coalesce(json_extract(m, \"a.b\"), \"\")");
    let choice = Expression::Choice {
        of: field("m"),
        constants: vec!["A".into(), "B".into()],
        then: Box::new(Expression::number(1)),
        otherwise: Box::new(Expression::number(2)),
    };
    assert_eq!(after("*", vec![extend("v", choice)]), "| eval v=if(in(m, \"A\", \"B\"), 1, 2)");
}

#[test]
fn comparisons_with_constants_are_tests_of_their_own() {
    let compared = |comparison, value| query(vec![Stage::Filter(is("a", compare(comparison, value)))]);
    assert_eq!(compared(Comparison::Greater, Expression::number(5)), "a>5\n| where tonumber(a)>5");
    assert_eq!(compared(Comparison::Equal, Expression::text("X")), "a=\"X\"\n| where a=\"X\"");
    assert_eq!(compared(Comparison::Greater, Expression::text("X")), "a=*\n| where a>\"X\"");
}

#[test]
fn networks_stand_one_by_one_or_in_a_list() {
    let in_any = |ranges: Vec<Expression>| {
        let arguments: Vec<_> = std::iter::once(of("ip")).chain(ranges).collect();
        query(vec![Stage::Filter(computed(call(Function::IpInAnyRange, arguments), Test::Boolean(true)))])
    };
    let expected = "ip=\"10.0.0.0/8\"\nOR ip=\"8.8.8.8/32\"";
    let texts = ["10.0.0.0/8", "8.8.8.8/32"];
    assert_eq!(in_any(texts.map(Expression::text).to_vec()), expected);
    let list = texts.map(|text| Constant::Text(text.into())).to_vec();
    assert_eq!(in_any(vec![Expression::Constant(Constant::List(list))]), expected);
}

#[test]
fn a_value_that_is_no_number_is_missing_below_a_negation() {
    let more = || Test::Number(Comparison::Greater, 5.into());
    assert_eq!(
        where_of(Condition::not(is("a", more()))),
        "| where NOT (isnotnull(tonumber(a)) AND tonumber(a)>5)"
    );
    assert_eq!(
        where_of(Condition::not(computed(call(Function::Length, [of("a")]), more()))),
        "| where NOT (isnotnull(len(a)) AND len(a)>5)"
    );
    let same = Test::FieldRef(FieldRelation::Equals, field("b"), Case::Sensitive);
    assert_eq!(
        where_of(Condition::not(is("a", same))),
        "| where NOT (isnotnull(a) AND isnotnull(b) AND a=b)"
    );
}

#[test]
fn a_truth_value_is_neither_where_its_arguments_are_missing() {
    let within = |value| computed(call(Function::IpInRange, [of("ip"), of("net")]), Test::Boolean(value));
    let of_rows = |condition| where_of(condition).replace("\n    ", " ");
    assert_eq!(of_rows(within(true)), "| where cidrmatch(net, ip)");
    assert_eq!(of_rows(within(false)), "| where isnotnull(ip) AND isnotnull(net) AND NOT cidrmatch(net, ip)");
    assert_eq!(
        of_rows(Condition::not(within(true))),
        "| where NOT (isnotnull(ip) AND isnotnull(net) AND cidrmatch(net, ip))"
    );
}

#[test]
fn an_empty_list_is_no_value() {
    let list = |values| Expression::Constant(Constant::List(values));
    let one = list(vec![Constant::Text("a".into())]);
    assert_eq!(
        after("*", vec![extend("v", list(vec![])), extend("w", one)]),
        "| eval v=null(), w=mvappend(\"a\")"
    );
}

#[test]
fn what_is_missing_or_empty_is_one_field() {
    let missing_or_empty = |other: &str| {
        let either = Condition::any([is("a", Test::Null), is(other, Test::text(""))]);
        let same = is("q", compare(Comparison::Equal, of("r")));
        where_of(Condition::any([Condition::not(either), same]))
    };
    assert_eq!(missing_or_empty("a"), "| where (isnotnull(a) AND a!=\"\")\n    OR q=r");
    let apart = "| where NOT (isnull(a) OR (isnotnull(b) AND b=\"\"))\n    OR q=r";
    assert_eq!(missing_or_empty("b"), apart);
}

#[test]
fn answers_are_truth_values() {
    use crate::splunk::scope::Kind;
    for function in [Function::ToBoolean, Function::ListContains, Function::IpIsPrivate] {
        assert_eq!(kind(&call(function, [of("a"), of("b")])), Kind::Boolean, "{function:?}");
    }
}

#[test]
fn networks_in_a_list_of_the_event_are_refused() {
    let list = call(Function::Split, [of("l"), Expression::text(",")]);
    let is_in = |ranges| computed(call(Function::IpInAnyRange, [of("a"), ranges]), Test::Boolean(true));
    assert!(refusal(vec![Stage::Filter(is_in(list))]).contains("ip_in_any_range"));
    assert_eq!(query(vec![Stage::Filter(is_in(of("l")))]), "*\n| where cidrmatch(l, a)");
}

#[test]
fn only_what_may_be_empty_is_compared_with_the_empty_text() {
    let first = |value| after("*", vec![extend("v", call(Function::Coalesce, [value, of("b")]))]);
    assert_eq!(first(of("a")), "| eval v=coalesce(nullif(a, \"\"), b)");
    assert_eq!(first(call(Function::Length, [of("a")])), "| eval v=coalesce(len(a), b)");
    assert_eq!(first(Expression::text("x")), "| eval v=coalesce(\"x\", b)");
}

#[test]
fn a_comparison_of_comparisons_has_parentheses() {
    let equal = || {
        crate::splunk::ast::Eval::binary(
            crate::splunk::ast::Eval::field("a"),
            "=",
            crate::splunk::ast::Eval::field("b"),
        )
    };
    let both = crate::splunk::ast::Eval::binary(equal(), "=", equal());
    assert_eq!(crate::splunk::print::print_eval(&both), "(a=b)=(a=b)");
}

#[test]
fn alternatives_of_what_is_always_there_need_no_guard() {
    let either = |name: &str| {
        let same = is("q", compare(Comparison::Equal, of("r")));
        let either = Condition::any([is(name, Test::text("a*")), is(name, Test::text("b*"))]);
        where_of(Condition::any([Condition::not(either), same]))
    };
    assert_eq!(
        either("a"),
        "| where NOT (isnotnull(a) AND (lower(a)=\"a*\" OR lower(a)=\"b*\"))\n    OR q=r"
    );
    assert_eq!(
        either("_raw"),
        "| where NOT (isnotnull(_raw) AND (lower(_raw)=\"a*\" OR lower(_raw)=\"b*\"))\n    OR q=r"
    );
}

#[test]
fn a_value_that_is_there_is_compared_below_a_negation_as_it_is() {
    let unlike = |value| where_of(Condition::not(is("a", compare(Comparison::Less, value))));
    assert_eq!(unlike(of("b")), "| where NOT (isnotnull(a) AND isnotnull(b) AND a<b)");
    assert_eq!(
        unlike(call(Function::Now, [])),
        "| where NOT (\n        isnotnull(a)\n        AND coalesce(tonumber(a), strptime(a, \"%Y-%m-%dT%H:%M:%S\"), strptime(a, \"%Y-%m-%d %H:%M:%S\"))<now()\n    )"
    );
}

#[test]
fn an_expression_that_matches_the_empty_text_matches_what_is_missing() {
    let regex = |source: &str| {
        let regex = crate::ir::Regex::parse(source, crate::ir::RegexFlags::default()).unwrap();
        where_of(computed(call(Function::ToText, [of("a")]), Test::Regex(regex)))
    };
    assert_eq!(regex("x"), "| where match(a, \"x\")");
    assert_eq!(regex("x*"), "| where match(coalesce(a, \"\"), \"x*\")");
}

#[test]
fn what_no_search_says_is_taken_out_of_a_negation_alone() {
    let wildcard = Pattern::new([crate::ir::Piece::Literal("b".into()), crate::ir::Piece::AnyOne]);
    let either = |other: Test| Condition::not(Condition::any([is("a", Test::text("x")), is("b", other)]));
    assert_eq!(query(vec![Stage::Filter(either(Test::text("y")))]), "NOT (a=\"x\" OR b=\"y\")");
    assert_eq!(
        query(vec![Stage::Filter(either(Test::Text(wildcard, Case::Insensitive)))]),
        "NOT a=\"x\"\n| where NOT (isnotnull(b) AND match(b, \"(?is)^b.\\\\z\"))"
    );
}

#[test]
fn whether_a_condition_holds_is_the_condition() {
    let holds = Expression::Holds(Box::new(is("a", compare(Comparison::Less, of("b")))));
    assert_eq!(where_of(computed(holds, Test::Boolean(true))), "| where a<b");
}

#[test]
fn each_of_several_numbers_has_a_guard_of_its_own() {
    let more = |number: i64| is("a", Test::Number(Comparison::Greater, number.into()));
    let same = is("q", compare(Comparison::Equal, of("r")));
    let either = Condition::any([more(1), more(2)]);
    assert_eq!(
        where_of(Condition::any([Condition::not(either), same])),
        "| where NOT ((isnotnull(tonumber(a)) AND tonumber(a)>1) OR (isnotnull(tonumber(a)) AND tonumber(a)>2))\n    OR q=r"
    );
}

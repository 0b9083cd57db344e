//! Stages and the commands that they become.

use super::*;

#[test]
fn consecutive_extends_are_one_eval() {
    let joined = call(Function::Concat, [of("a"), Expression::text("-"), of("b")]);
    let stages = vec![filter("a", "x"), extend("p", joined), extend("q", call(Function::Lower, [of("p")]))];
    assert_eq!(query(stages), "a=\"x\"\n| eval p=a.\"-\".coalesce(b, \"\"), q=lower(p)");
}

#[test]
fn long_assignments_stand_on_lines_of_their_own() {
    let long = || Expression::text("a text that takes its place on the line, as many of them do");
    let query = query(vec![extend("p", long()), extend("q", long())]);
    assert!(query.contains("do\",\n    q=\""), "{query}");
}

#[test]
fn groups_without_a_key_are_kept() {
    let users = aggregate("users", AggregateFunction::CollectSet, &[of("user")]);
    let stages =
        vec![filter("a", "x"), summarize(vec![count(), users], keys(&["a", "dest"])), more_than("count_", 5)];
    assert_eq!(
        query(stages),
        "a=\"x\"\n| fillnull value=\"\" dest\n| stats count AS count_ values(user) AS users BY a dest\n| where count_>5"
    );
}

#[test]
fn a_bin_of_time_keeps_the_time_that_an_aggregate_reads() {
    let bins = || vec![(field("_time"), call(Function::Bin, [of("_time"), hours(1)]))];
    assert_eq!(
        after("*", vec![summarize(vec![count()], bins())]),
        "| bin _time span=1h\n| stats count AS count_ BY _time"
    );
    let first = aggregate("first", AggregateFunction::Minimum, &[of("_time")]);
    assert_eq!(
        after("*", vec![summarize(vec![first], bins())]),
        "| bin _time span=1h AS time_bin\n| stats min(_time) AS first BY time_bin\n| rename time_bin AS _time"
    );
}

#[test]
fn a_key_that_takes_the_name_of_a_field_leaves_it_to_the_aggregates() {
    let by = vec![(field("user"), call(Function::Lower, [of("user")]))];
    let all = aggregate("all", AggregateFunction::CollectSet, &[of("user")]);
    assert_eq!(
        after("user=\"x\"", vec![filter("user", "x"), summarize(vec![all], by)]),
        "| eval user_new=lower(user)\n| stats values(user) AS all BY user_new\n| rename user_new AS user"
    );
}

#[test]
fn aggregates_of_some_rows_are_of_nulls_on_the_others() {
    let only = |function, arguments: &[Expression]| {
        let filter = is("result", Test::number(0));
        (field("n"), Aggregate { function, arguments: arguments.to_vec(), filter })
    };
    let of_some = |aggregate| after("*", vec![summarize(vec![aggregate], vec![])]);
    assert_eq!(of_some(only(AggregateFunction::Count, &[])), "| stats count(eval(tonumber(result)=0)) AS n");
    assert_eq!(
        of_some(only(AggregateFunction::CountDistinct, &[of("ip")])),
        "| stats dc(eval(if(tonumber(result)=0, ip, null()))) AS n"
    );
}

#[test]
fn percentiles_and_limits_are_constants() {
    let ninety = aggregate("p", AggregateFunction::Percentile, &[of("size"), Expression::number(95)]);
    assert_eq!(after("*", vec![summarize(vec![ninety], vec![])]), "| stats perc95(size) AS p");
    let some = aggregate("s", AggregateFunction::CollectSet, &[of("a"), Expression::number(5)]);
    assert_eq!(
        after("*", vec![summarize(vec![some], vec![])]),
        "| stats values(a) AS s\n| eval s=mvindex(s, 0, 4)"
    );
}

#[test]
fn groups_alone_are_counted_without_the_count() {
    assert_eq!(
        after("a=\"x\"", vec![filter("a", "x"), summarize(vec![], keys(&["a"]))]),
        "| stats count BY a\n| fields - count"
    );
}

#[test]
fn all_rows_are_sorted() {
    let key = |name: &str, ascending| SortKey { value: of(name), ascending, nulls_first: ascending };
    let sort = Stage::Sort(vec![key("count_", false), key("user", true)], Span::default());
    assert_eq!(
        after("*", vec![sort, Stage::Limit(10, Span::default())]),
        "| sort 0 -count_ +user\n| head 10"
    );
}

#[test]
fn the_latest_row_is_the_first_after_sorting() {
    let stages = vec![Stage::Pick(pick("_time", &["host"]))];
    assert_eq!(after("*", stages), "| sort 0 -_time\n| dedup host");
    assert_eq!(after("*", vec![Stage::Pick(pick("_time", &[]))]), "| sort 0 -_time\n| head 1");
}

#[test]
fn where_sort_puts_missing_values_does_not_matter() {
    assert_eq!(
        after("*", vec![Stage::Pick(pick("size", &["host"]))]),
        "| eventstats max(size) AS greatest BY host\n| where size=greatest\n    OR isnull(greatest)\n| dedup host"
    );
}

#[test]
fn columns_are_computed_of_the_rows_as_they_were() {
    let columns = vec![
        (field("a"), of("b")),
        (field("b"), of("a")),
        (field("Account"), of("user")),
        (field("n"), call(Function::Length, [of("c")])),
    ];
    assert_eq!(
        after("*", vec![Stage::Project(Project { columns, span: Span::default() })]),
        "| eval a_new=b, b=a, n=len(c)\n| rename a_new AS a, user AS Account\n| table a, b, Account, n"
    );
}

#[test]
fn lists_become_rows() {
    let list = call(Function::Split, [of("l"), Expression::text(",")]);
    let expand = |index: Option<&str>| Expand {
        list: list.clone(),
        output: field("e"),
        index: index.map(field),
        members_as_lists: false,
        span: Span::default(),
    };
    assert_eq!(after("*", vec![Stage::Expand(expand(None))]), "| eval e=split(l, \",\")\n| mvexpand e");
    assert_eq!(
        after("*", vec![Stage::Expand(expand(Some("i")))]),
        "| eval i=mvrange(0, mvcount(split(l, \",\")))\n| mvexpand i\n| eval e=mvindex(split(l, \",\"), i)"
    );
}

#[test]
fn parts_of_a_text_are_groups_of_a_regex() {
    let extract = |only_matching| Extract {
        text: of("msg"),
        parts: vec![
            ExtractPart::Skip,
            ExtractPart::Literal("user=(".into()),
            ExtractPart::Column(field("u")),
            ExtractPart::Literal(")".into()),
            ExtractPart::Skip,
        ],
        only_matching,
        span: Span::default(),
    };
    let rex = r#"| rex field=msg "(?s)^.*?user=\((?<u>.*?)\).*?\z""#;
    assert_eq!(after("*", vec![Stage::Extract(extract(false))]), rex);
    let only = after("*", vec![Stage::Extract(extract(true))]);
    assert_eq!(only, format!("| where match(msg, \"(?s)^.*?user=\\\\(.*?\\\\).*?\\\\z\")\n{rex}"));
}

#[test]
fn a_group_of_a_regex_is_taken_by_rex_if_its_field_is_new() {
    let extract = || {
        let arguments = [Expression::text(r#""(\w+)\\"#), Expression::number(1), of("msg")];
        call(Function::Extract, arguments)
    };
    assert_eq!(after("*", vec![extend("u", extract())]), r#"| rex field=msg "\"(?<u>\w+)\\\\""#);
    let replaced = after("*", vec![extend("msg", extract())]);
    assert!(replaced.starts_with("| eval msg=if(match(msg, "), "{replaced}");
}

#[test]
fn what_is_computed_and_thrown_away_is_not_written() {
    let tested = |function, arguments: &[Expression], test: Test| {
        query(vec![Stage::Filter(computed(call(function, arguments), test))])
    };
    let more = Test::Number(Comparison::Greater, 5.into());
    assert_eq!(tested(Function::ToReal, &[of("a")], more), "a>5\n| where tonumber(a)>5");
    assert_eq!(tested(Function::ToText, &[call(Function::Length, [of("a")])], Test::Exists), "*");
    assert_eq!(tested(Function::ToText, &[call(Function::Length, [of("a")])], Test::Null), "NOT *");
    let holds = |value| {
        let holds = Expression::Holds(Box::new(is("a", Test::text("x"))));
        query(vec![Stage::Filter(computed(holds, Test::Boolean(value)))])
    };
    assert_eq!([holds(true), holds(false)], ["a=\"x\"", "NOT a=\"x\""]);
}

#[test]
fn columns_are_dropped_and_renamed() {
    let dropped = Stage::Drop(vec![field("a"), field("b")], Span::default());
    assert_eq!(after("*", vec![dropped]), "| fields - a, b");
    // The new name has what is known of the old one.
    let stages = vec![
        extend("b", hours(1)),
        Stage::Rename(vec![(field("a"), field("b"))], Span::default()),
        Stage::Filter(Condition::not(is("a", Test::number(1)))),
    ];
    assert_eq!(after("*", stages), "| eval b=3600\n| rename b AS a\n| where NOT a=1");
}

#[test]
fn a_whole_match_is_a_group_of_its_own() {
    let found = || call(Function::Extract, [Expression::text("a.c"), Expression::number(0), of("m")]);
    assert_eq!(after("*", vec![extend("v", found())]), "| rex field=m \"(?<v>a.c)\"");
    assert!(
        after("*", vec![extend("m", found())]).contains(r#"replace(m, "^[\\s\\S]*?(a.c)[\\s\\S]*$", "\\1")"#)
    );
}

#[test]
fn a_helper_has_a_name_of_its_own() {
    let key = SortKey { value: call(Function::Lower, [of("a")]), ascending: true, nulls_first: false };
    let sorted = Stage::Sort(vec![key.clone()], Span::default());
    let query = query(vec![extend("sort_key", Expression::number(1)), sorted.clone(), sorted]);
    assert!(query.contains("sort_key_2=lower(a)") && query.contains("sort_key_3=lower(a)"), "{query}");
}

#[test]
fn what_only_looks_like_a_group_is_none() {
    let extract = |arguments: Vec<Expression>| {
        after("*", vec![extend("v", Expression::Call(Function::Extract, arguments))])
    };
    assert_eq!(
        extract(vec![Expression::text("(a)"), Expression::number(1), of("m")]),
        "| rex field=m \"(?<v>a)\""
    );
    let all = |pattern: &str| {
        let found = call(Function::ExtractAll, [Expression::text(pattern), of("m")]);
        write(&rule(vec![extend("v", found)]), &mut Vec::new())
            .map(|query| print(&query))
            .map_err(|it| it.message)
    };
    assert_eq!(all("(a)").unwrap(), "*\n| rex field=m max_match=0 \"(?<v>a)\"");
    assert!(all("(a)(b)").is_err());
}

#[test]
fn parts_of_a_text_do_not_take_the_name_of_the_text() {
    let extract = |column: &str| {
        let parts = vec![ExtractPart::Literal("x".into()), ExtractPart::Column(field(column))];
        let extract = Extract { text: of("m"), parts, only_matching: false, span: Span::default() };
        after("*", vec![Stage::Extract(extract)])
    };
    assert_eq!(extract("m"), "| rex field=m \"(?s)^x(?<part>.*?)\\z\"\n| rename part AS m");
    assert_eq!(extract("a.b"), "| rex field=m \"(?s)^x(?<part>.*?)\\z\"\n| rename part AS a.b");
}

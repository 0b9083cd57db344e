//! What queries mean, fact by fact.

use crate::{
    diag::Positions,
    ir::{Condition, Duration, JoinKind, Pipeline, Show, Stage},
    kusto::{parse, read},
};

fn pipeline(text: &str) -> Result<Pipeline, String> {
    let parsed = parse(text, &Positions::default());
    assert!(parsed.diagnostics.is_empty(), "{text}: {:?}", parsed.diagnostics);
    let mut queries = read(&parsed.script, super::Context::default());
    assert_eq!(queries.len(), 1, "{text}");
    queries.remove(0).map(|(pipeline, _)| pipeline).map_err(|error| error.message)
}

/// The only filter of a query, as people read it, lines joined.
fn condition(predicate: &str) -> String {
    let pipeline = pipeline(&format!("T | where {predicate}")).unwrap();
    match pipeline.stages.as_slice() {
        [] => "always".to_owned(),
        [Stage::Filter(condition)] => {
            Show(condition).to_string().split('\n').map(str::trim).collect::<Vec<_>>().join(" ")
        }
        other => panic!("{other:?}"),
    }
}

fn stages(text: &str) -> String {
    let pipeline = pipeline(text).unwrap();
    let lines = pipeline.stages.iter().map(|stage| Show(stage).to_string());
    lines
        .map(|text| text.split('\n').map(str::trim).collect::<Vec<_>>().join(" "))
        .collect::<Vec<_>>()
        .join("; ")
}

fn refused(text: &str) -> String {
    pipeline(text).unwrap_err()
}

#[test]
fn equality_is_with_case_and_its_relatives_without() {
    assert_eq!(condition(r#"a == "X""#), "a equals `X`, case-sensitive");
    assert_eq!(condition(r#"a =~ "X""#), "a equals `X`");
    assert_eq!(condition(r#"a contains "X""#), "a contains `X`");
    assert_eq!(condition(r#"a startswith_cs "X""#), "a starts with `X`, case-sensitive");
    assert_eq!(condition(r#"a in~ ("X", "y")"#), "any of a equals `X` a equals `y`");
    assert_eq!(condition(r#"a matches regex "X""#), "a has /X/");
}

#[test]
fn negations_stay_negations() {
    assert_eq!(condition(r#"a != "x""#), "not a equals `x`, case-sensitive");
    assert_eq!(condition(r#"a !contains "x""#), "not a contains `x`");
    assert_eq!(
        condition(r#"a !in ("x", "y")"#),
        "not any of a equals `x`, case-sensitive a equals `y`, case-sensitive"
    );
    assert_eq!(
        condition(r#"not(a =~ "x" or b =~ "y") and c =~ "z""#),
        "all of not a equals `x` not b equals `y` c equals `z`"
    );
}

#[test]
fn parentheses_group() {
    assert_eq!(
        condition(r#"(a =~ "x" or b =~ "y") and c =~ "z""#),
        "all of any of a equals `x` b equals `y` c equals `z`"
    );
}

#[test]
fn orders_are_orders_and_false_on_null_both_ways() {
    assert_eq!(condition("a > 1024"), "a > 1024");
    assert_eq!(condition("not(a > 5)"), "all of not a > 5 not a is missing");
    assert_eq!(condition("5 < a"), "a > 5");
    assert_eq!(condition("a != 5"), "not a = 5");
    assert_eq!(condition("a between (1 .. 5)"), "all of a >= 1 a <= 5");
    assert_eq!(condition("a !between (1 .. 5)"), "any of a < 1 a > 5");
}

#[test]
fn terms_are_tests_of_their_own() {
    assert_eq!(condition(r#"a has "x""#), "a has the term `x`");
    assert_eq!(condition(r#"a has_cs "x""#), "a has the term `x`, case-sensitive");
    assert_eq!(condition(r#"a hasprefix "x""#), "a has a term that starts with `x`");
    assert_eq!(condition(r#"a has_any ("x", "y")"#), "any of a has the term `x` a has the term `y`");
    assert_eq!(condition(r#"a has_all ("x", "y")"#), "all of a has the term `x` a has the term `y`");
    assert_eq!(condition(r#"* has "x""#), "anywhere has the term `x`");
}

#[test]
fn a_missing_text_is_an_empty_one() {
    assert_eq!(condition("isempty(a)"), "any of a is missing a is empty text, case-sensitive");
    assert_eq!(condition("isnotempty(a)"), "all of not a is missing not a is empty text, case-sensitive");
    assert_eq!(condition(r#"a == """#), "any of a is missing a is empty text, case-sensitive");
    assert_eq!(condition(r#"a contains """#), "always");
    assert_eq!(condition("isnull(a)"), "a is missing");
}

#[test]
fn a_star_is_a_star() {
    assert_eq!(condition(r#"a == @"C:\*\x""#), r"a equals `C:\*\x`, case-sensitive");
}

#[test]
fn functions_that_fold_letters_leave_their_tests_without_case() {
    assert_eq!(condition(r#"tolower(a) == "x""#), "a equals `x`");
    assert_eq!(condition(r#"tolower(a) == "X""#), "never");
    assert_eq!(condition(r#"tolower(a) == "ϒ""#), "a equals `ϒ`", "it has no lower case");
    assert_eq!(condition(r#"tostring(a.b) =~ "x""#), "a.b equals `x`");
    assert_eq!(condition("tolower(a) == tolower(b)"), "a equals the value of b");
}

#[test]
fn lets_are_what_they_are_bound_to() {
    let text = r#"let bad = dynamic(["x", "y"]); let n = 5; T | where a in~ (bad) and b > n"#;
    assert_eq!(stages(text), "filter all of any of a equals `x` a equals `y` b > 5");
    let function = r#"let f = (t: string, n: long = 3) { t =~ "x" and b > n }; T | where f(a)"#;
    assert_eq!(stages(function), "filter all of a equals `x` b > 3");
    let table = r"let P = T | where a == 1; P | where b == 2";
    assert_eq!(stages(table), "filter all of a = 1 b = 2");
    let list = r#"let l = datatable(x: string, y: long)["p", 1, "q", 2]; T | where a in (l)"#;
    assert_eq!(stages(list), "filter any of a equals `p`, case-sensitive a equals `q`, case-sensitive");
}

#[test]
fn adjacent_texts_are_one() {
    assert_eq!(
        condition(r#"a in ("x" "y", "z")"#),
        "any of a equals `xy`, case-sensitive a equals `z`, case-sensitive"
    );
}

#[test]
fn renamed_and_computed_columns_are_what_they_were() {
    assert_eq!(
        stages(r#"T | extend x = tolower(a) | where x == "y""#),
        "extend x = lower(a); filter a equals `y`"
    );
    assert_eq!(stages(r"T | project-rename x = a | where x == 1"), "rename a to x; filter x = 1");
    let computed = stages("T | extend n = strlen(a) | where n > 5");
    assert_eq!(computed, "extend n = length(a); filter n > 5");
    // What a column was before it was replaced is not what it is.
    assert_eq!(
        stages(r#"T | extend x = a | extend a = "z" | where x == "y""#),
        "extend x = a; extend a = `z`; filter x equals `y`, case-sensitive"
    );
}

#[test]
fn legacy_words_mean_what_they_mean_today() {
    assert_eq!(stages(r#"T | filter a =~ "x" | where b =~ "y""#), "filter all of a equals `x` b equals `y`");
    assert_eq!(stages("T | limit 5"), "take 5");
    assert_eq!(condition("a <> 5"), "not a = 5");
}

#[test]
fn a_threshold_is_of_its_aggregate() {
    let text =
        "T | where a == 1 | summarize Failed = count() by b, bin(TimeGenerated, 5m) | where Failed > 20";
    let expected = "filter a = 1; summarize Failed = count() by b TimeGenerated = bin(TimeGenerated, 5m); filter Failed > 20";
    assert_eq!(stages(text), expected);
    assert_eq!(
        stages("T | summarize count(), dcount(a), countif(b == 1) by c").replace('\n', " "),
        "summarize count_ = count() dcount_a = count_distinct_about(a) countif_ = count() where b = 1 by c"
    );
}

#[test]
fn a_join_without_a_kind_makes_its_left_side_unique() {
    let kind = |text: &str| match &pipeline(text).unwrap().stages[0] {
        Stage::Join(join) => join.kind,
        other => panic!("{other:?}"),
    };
    assert_eq!(kind("T | join (U) on a"), JoinKind::InnerUnique);
    assert_eq!(kind("T | join kind=leftanti (U | where b == 1) on a"), JoinKind::LeftAnti);
    assert_eq!(kind("T | lookup (U) on a"), JoinKind::LeftOuter);
}

#[test]
fn an_anti_join_keeps_its_other_side_apart() {
    let text = r#"T | where a =~ "x" | join kind=leftanti (U | where p == 443 | project d) on d"#;
    assert_eq!(stages(text), "filter a equals `x`; join leftanti on d = d table U filter p = 443 keep d");
}

#[test]
fn a_union_is_of_rows() {
    let text = r#"union (T | where a =~ "x"), (U | where b =~ "y")"#;
    assert_eq!(stages(text), "filter a equals `x`; and the rows of table U filter b equals `y`");
}

#[test]
fn a_time_filter_is_how_far_back_the_query_looks() {
    let pipeline = pipeline("T | where TimeGenerated > ago(1d) and a == 1").unwrap();
    assert_eq!(pipeline.look_back, Some(Duration(Duration::DAY)));
    let Stage::Filter(condition) = &pipeline.stages[0] else { panic!() };
    assert_eq!(Show(condition).to_string(), "a = 1");
    assert!(!matches!(condition, Condition::Always));
}

#[test]
fn networks_are_tested_as_addresses() {
    assert_eq!(condition(r#"ipv4_is_in_range(a, "10.0.0.0/8")"#), "a is in 10.0.0.0/8");
    // What is no IPv4 address is in no network, and not outside of one either.
    assert_eq!(
        condition(r#"not(ipv4_is_in_range(a, "10.0.0.0/8"))"#),
        "all of not a is in 10.0.0.0/8 a is in 0.0.0.0/0"
    );
}

#[test]
fn lists_kept_outside_are_named() {
    assert_eq!(
        stages(r#"T | where a in ((_GetWatchlist("vip") | project SearchKey))"#),
        "filter a is in the list vip, case-sensitive"
    );
    let external = r#"let bad = externaldata(ip: string) ["https://x.y/z.csv"] with (format="csv"); T | where a in (bad)"#;
    assert_eq!(stages(external), "filter a is in the list bad, case-sensitive");
}

#[test]
fn what_has_no_counterpart_is_refused_by_its_name() {
    assert_eq!(refused("T | reduce by a"), "`reduce` has no counterpart elsewhere");
    assert_eq!(refused("T | where f(a)"), "the function `f` has no counterpart elsewhere");
    assert_eq!(refused("search \"x\""), "a search over all tables has no counterpart");
    assert_eq!(
        refused("T | where a == toscalar(U | summarize max(b))"),
        "a value that another query finds (`toscalar`) has no counterpart"
    );
}

#[test]
fn names_that_lead_back_to_themselves_end() {
    let text = "let f = (x: long) { x }; let g = (x: long) { f(f(f(x))) }; T | where g(a) == 1";
    assert_eq!(stages(text), "filter a = 1");
    // Each is twice the one before.
    let mut text = "let a0 = T | where x == 1;".to_owned();
    for n in 1..15 {
        let before = n - 1;
        text = format!("{text}let a{n} = union a{before}, a{before};");
    }
    text.push_str("a14");
    assert_eq!(refused(&text), "the query repeats its parts too often");
}

#[test]
fn what_the_portal_puts_in_is_the_range_of_the_search() {
    let text = "T | where TimeGenerated between (todatetime('{{StartTimeISO}}') .. todatetime('{{EndTimeISO}}')) and a == 1";
    assert_eq!(stages(text), "filter a = 1");
}

#[test]
fn paths_into_json_are_members() {
    assert_eq!(condition(r#"extractjson("$.a.b", c) == "x""#), "c.a.b equals `x`, case-sensitive");
    assert_eq!(condition(r#"tostring(parse_json(c).a) == "x""#), "c.a equals `x`, case-sensitive");
}

#[test]
fn a_day_that_no_number_counts_is_refused() {
    assert!(pipeline("T | extend e = endofday(t, 1)").is_ok());
    assert_eq!(
        refused("T | extend e = endofday(t, 9223372036854775807)"),
        "the number of days has to be a constant"
    );
}

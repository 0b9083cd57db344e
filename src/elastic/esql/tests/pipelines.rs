//! Stages and the commands that they become.

use super::*;
use crate::kusto::{parse, read};

/// A query for the stages of a Kusto query.
fn piped(text: &str) -> Result<String, String> {
    let parsed = parse(text, &crate::diag::Positions::default());
    let (pipeline, span) =
        read(&parsed.script, crate::kusto::Context::default()).remove(0).map_err(|it| it.message)?;
    let rule = Rule {
        metadata: Metadata::default().into(),
        origin: Origin::Unmapped,
        stages: pipeline.stages,
        look_back: None,
        notes: Vec::new(),
        span,
    };
    let mut notes = Vec::new();
    let legal = legalize(&rule, Language::Esql, &mut notes).map_err(|error| error.message)?;
    write(&legal, &mut notes).map(|query| print(&query)).map_err(|error| error.message)
}

#[test]
fn conditions_of_aggregates_and_cases_let_missing_fields_pass() {
    let counted = piped(r#"T | summarize n = countif(a != "x") by b"#).unwrap();
    assert!(counted.contains("COUNT(*) WHERE a IS NULL OR a != \"x\""), "{counted}");
    let case = piped(r#"T | extend c = iff(a != "x", 1, 2)"#).unwrap();
    assert!(case.contains("CASE(a IS NULL OR a != \"x\", 1, 2)"), "{case}");
    for stage in [
        "where iff(a != 'x', 1, 2) == 1",
        "where b == iff(a != 'x', 1, 2)",
        "sort by iff(a != 'x', 1, 2) | take 5",
    ] {
        let query = piped(&format!("T | {stage}")).unwrap();
        assert!(query.contains("CASE(a IS NULL OR a != \"x\", 1, 2)"), "{query}");
    }
}

#[test]
fn boundaries_are_counted_not_whole_units() {
    let query = piped("T | extend d = datetime_diff('hour', a, b)").unwrap();
    assert!(query.contains("DATE_DIFF(\"hours\", DATE_TRUNC(1 hour, b), DATE_TRUNC(1 hour, a))"), "{query}");
}

#[test]
fn what_would_differ_is_refused() {
    assert!(piped("T | summarize n = stdev(a) by b | where n > 1").is_err());
    assert!(piped("T | extend c = extract_all('a', a) | where c has 'x'").is_err());
}

#[test]
fn replacements_name_no_groups_unless_the_rule_does() {
    let query = piped(r#"T | extend c = replace_string(a, "x", "$1")"#).unwrap();
    assert!(query.contains(r#"REPLACE(a, "x", """\$1""")"#), "{query}");
    let query = piped(r#"T | extend c = replace_regex(a, @"(x)$", @"\1")"#).unwrap();
    assert!(query.contains(r#"REPLACE(a, """(?d:(x)\z)""", "$1")"#), "{query}");
}

#[test]
fn empty_text_is_no_value_to_choose() {
    let query = piped("T | extend c = coalesce(a, b)").unwrap();
    assert!(query.contains(r#"CASE(TO_STRING(a) != "", a, b)"#), "{query}");
}

#[test]
fn a_match_is_what_is_left_of_the_text() {
    let query = piped(r#"T | where extract("id=(.)", 1, a) == "x""#).unwrap();
    assert!(query.contains(r#"REPLACE(a, "(?s)^.*?(?d-s:id=(.)).*$|^.*$", "$1") == "x""#), "{query}");
}

#[test]
fn members_of_json_are_fields() {
    let query = piped(r#"T | where tostring(parse_json(a).b.c) == "X""#).unwrap();
    assert!(query.contains(r#"WHERE a.b.c == "X""#), "{query}");
    let query = piped(r#"T | extend p = bag_pack("b", a) | where tostring(p.b) == "X""#).unwrap();
    assert!(query.ends_with(r#"WHERE a == "X""#), "{query}");
}

#[test]
fn any_element_of_a_list_of_objects_counts() {
    let query = piped(r#"T | where a[0].b has_cs "X""#).unwrap();
    assert!(query.contains("MV_CONCAT(a.b"), "{query}");
    let query = piped(r#"T | where a[0].b == "X""#).unwrap();
    assert!(query.contains(r#"a.b : "X""#), "{query}");
    // The index is asked of fields alone, and before rows are grouped.
    let query = piped(r#"T | take 5 | where a[0].b == "X""#).unwrap();
    assert!(!query.contains(" : "), "{query}");
}

#[test]
fn objects_are_no_columns() {
    let query = piped(r#"T | where a.b == "x" | project a, c"#).unwrap();
    assert!(query.ends_with("| KEEP c"), "{query}");
    assert!(piped(r#"T | where a.b == "x" and a has "y""#).is_err());
}

#[test]
fn what_is_only_shown_may_be_left_out() {
    let query = piped("T | where a == 'x' | extend c = extract_all('a', a) | project a, c").unwrap();
    assert!(query.ends_with("| KEEP a"), "{query}");
    let query =
        piped("T | extend c = extract_all('a', a) | summarize n = count(), make_set(c) by a").unwrap();
    assert!(query.contains("STATS n = COUNT(*)\n    BY a"), "{query}");
    assert!(piped("T | extend c = extract_all('a', a) | summarize n = count() by tostring(c)").is_err());
}

#[test]
fn points_in_time_are_subtracted_in_milliseconds() {
    let query = piped("T | summarize s = min(todatetime(a)), e = max(todatetime(a)) by b | where e - s < 1h")
        .unwrap();
    assert!(query.contains("TO_LONG(e) - TO_LONG(s) < 3600000"), "{query}");
    let query = piped("T | extend s = iff(a == 'x', b, todatetime(c)), e = todatetime(d) | where e - s < 1h")
        .unwrap();
    assert!(query.contains("< 3600000"), "{query}");
}

#[test]
fn long_separators_become_one_character() {
    let query = piped("T | extend c = split(a, '::')[1] | where c == 'x'").unwrap();
    assert!(query.contains(r#"SPLIT(REPLACE(a, "::", "␟"), "␟")"#), "{query}");
}

#[test]
fn texts_are_dissected() {
    let query = piped("T | parse a with 'x=' b ' ' c | where b == 'q'").unwrap();
    assert!(query.contains("| DISSECT a \"x=%{b} %{c}\"\n| WHERE b == \"q\""), "{query}");
    let query = piped("T | parse-where a with 'x=' b ' ' *").unwrap();
    assert!(query.ends_with("| DISSECT a \"x=%{b} %{?}\"\n| WHERE b IS NOT NULL"), "{query}");
    let query = piped("T | parse tolower(a) with b '-' c").unwrap();
    assert!(query.contains("| EVAL dissected = TO_LOWER(a)\n| DISSECT dissected \"%{b}-%{c}\""), "{query}");
    assert!(piped("T | parse a with * b").is_err());
}

#[test]
fn what_dissect_reads_as_its_own_is_refused() {
    assert!(piped("T | parse a with '%{x}' b").is_err());
    assert!(piped("T | parse a with '%' b").is_ok());
    assert!(piped("T | parse a with ['+b'] '-' c").is_err());
    assert!(piped("T | parse a with ['b->'] '-' c").is_err());
}

#[test]
fn columns_go_by_their_new_names() {
    let query = piped("T | take 5 | project-rename b = a | where b == 'q'").unwrap();
    assert!(query.ends_with("| LIMIT 5\n| RENAME a AS b\n| WHERE b == \"q\""), "{query}");
    let query = piped("T | summarize s = min(todatetime(a)), e = max(todatetime(a)) by b | project-rename q = s | where e - q > 1h").unwrap();
    assert!(query.contains("| RENAME s AS q\n| WHERE TO_LONG(e) - TO_LONG(q) > 3600000"), "{query}");
}

#[test]
fn any_element_of_an_expanded_list_of_objects_counts() {
    let rest = |text: &str| {
        let query = piped(&format!("T | mv-expand e = a | where {text}")).unwrap();
        query.strip_prefix("FROM *\n| WHERE ").unwrap().to_owned()
    };
    assert_eq!(rest("tostring(e.b) == 'q'"), "a.b : \"q\"");
    assert_eq!(rest("e.b > 5"), "MV_MAX(a.b) > 5");
    assert_eq!(rest("e.b < 5"), "MV_MIN(a.b) < 5");
    assert_eq!(rest("e.b > todouble(c)"), "MV_MAX(a.b) > TO_DOUBLE(c)");
    assert_eq!(rest("e.b == true"), "MV_MAX(a.b) == true");
    assert_eq!(rest("e.b == false"), "MV_MIN(a.b) == false");
    assert_eq!(rest("isnull(e.b)"), "a.b IS NULL");
    assert!(rest("not(e.b == 'q')").contains("AND MV_COUNT(a.b) <= 1"));
}

#[test]
fn members_of_elements_are_read_inside_of_other_values() {
    for text in [
        "extend f = iff(e.b == 'x', 1, 2)",
        "extend f = iff(c == 1, tostring(e.b), '')",
        "extend f = e.b == 'x'",
        "extend f = e.l[0].b",
    ] {
        let query = piped(&format!("T | mv-expand e = a | {text} | where f == 1")).unwrap();
        assert!(!query.contains("MV_EXPAND"), "{query}");
    }
    let query = piped("T | mv-expand e = parse_json(a) | where e == 'q'").unwrap();
    assert!(query.ends_with("| EVAL e = a\n| MV_EXPAND e\n| WHERE e == \"q\""), "{query}");
}

#[test]
fn an_order_that_is_not_written_decides_no_rows() {
    let query = piped("T | sort by extract_all('a', a), b | project b").unwrap();
    assert!(query.contains("| SORT b DESC NULLS LAST\n"), "{query}");
    assert!(piped("T | sort by extract_all('a', a) | take 5").is_err());
}

#[test]
fn bins_of_numbers_are_computed() {
    let query = piped("T | extend b = bin(c, 5)").unwrap();
    assert!(query.ends_with("| EVAL b = FLOOR(c / 5) * 5"), "{query}");
    let query = piped("T | extend b = bin(t, 90m)").unwrap();
    assert!(query.ends_with("| EVAL b = DATE_TRUNC(90 minutes, t)"), "{query}");
}

#[test]
fn only_what_may_be_a_fraction_is_cut_off() {
    let query = piped("T | extend b = toint(c / 2)").unwrap();
    assert!(query.ends_with("TO_LONG(CASE(c / 2 < 0, CEIL(c / 2), FLOOR(c / 2)))"), "{query}");
    let query = piped("T | extend b = toint(round(c, 1))").unwrap();
    assert!(query.contains("CEIL(ROUND(c, 1))"), "{query}");
    let query = piped("T | extend b = toint(strlen(c))").unwrap();
    assert!(query.ends_with("| EVAL b = TO_LONG(LENGTH(c))"), "{query}");
}

#[test]
fn texts_are_counted_in_a_text_where_they_cannot_overlap() {
    assert!(piped("T | extend c = countof(a, 'ab') | where c == 1").is_ok());
    assert!(piped("T | extend c = countof(a, 'aa') | where c == 1").is_err());
}

#[test]
fn groups_alone_need_no_count() {
    assert!(piped("T | summarize by a").unwrap().ends_with("| STATS BY a"));
}

#[test]
fn lengths_of_time_stand_in_their_largest_whole_unit() {
    let query = piped("T | where a > 90m and b < time(1.02:03:04) and c == 1500ms").unwrap();
    for length in ["a > 90 minutes", "b < 93784 seconds", "c == 1500 milliseconds"] {
        assert!(query.contains(length), "{query}");
    }
}

#[test]
fn lengths_of_time_are_known_from_what_they_are_computed_of() {
    let query = |rest: &str| {
        let text =
            format!("T | extend s = todatetime(a), e = 1h + todatetime(b) | extend d = e - s | where {rest}");
        let query = piped(&text).unwrap();
        query.rsplit_once("| WHERE ").unwrap().1.to_owned()
    };
    assert_eq!(query("s - e < 1h"), "TO_LONG(s) - TO_LONG(e) < 3600000");
    assert_eq!(query("d < 1h"), "d < 3600000");
    assert_eq!(query("d / 2 < 1h"), "d / 2 < 3600000");
    assert_eq!(query("d / 1h > 2"), "TO_DOUBLE(d) / 3600000 > 2");
}

#[test]
fn what_is_computed_of_a_number_in_an_element_takes_one_value() {
    let error = piped("T | extend e = toint(a[0].b) + 1 | where e > 5").unwrap_err();
    assert_eq!(error, "`add` takes one value in ES|QL, and the field may have several");
}

#[test]
fn a_length_in_a_length_is_a_number() {
    let query =
        piped("T | extend s = todatetime(a), e = todatetime(b) | where s + ((e - s) / 1h) > e").unwrap();
    assert!(query.ends_with("| WHERE s + (TO_DOUBLE(TO_LONG(e) - TO_LONG(s)) / 3600000) > e"), "{query}");
}

#[test]
fn what_is_computed_of_an_element_is_one() {
    assert_eq!(
        piped("T | extend e = tolower(a[0].b) | where e == 'x'").unwrap(),
        "FROM *\n| EVAL e = TO_LOWER(a.b)\n| WHERE CONCAT(\"\\r\\t\", TO_LOWER(MV_CONCAT(a.b, \"\\r\\t\")), \"\\r\\t\") LIKE \"*\\r\\tx\\r\\t*\""
    );
    assert_eq!(
        piped("T | extend e = a[0].b | where e == 'x'").unwrap(),
        "FROM *\n| EVAL e = a.b\n| WHERE a.b : \"x\""
    );
}

#[test]
fn a_computed_column_has_no_indexed_members() {
    for text in
        ["extend c = tolower(a) | where c.b == 'x'", "summarize c = max(a) by k | where tostring(c.b) == 'x'"]
    {
        let error = piped(&format!("T | {text}")).unwrap_err();
        assert_eq!(error, "ES|QL cannot read the member `b` of a computed value");
    }
}

#[test]
fn what_es_ql_lacks_is_said_of_the_function() {
    let error = |value: &str| piped(&format!("T | extend c = {value} | where c has 'x'")).unwrap_err();
    assert_eq!(
        error("extract_all('a', a)"),
        "`extract_all` cannot be written: ES|QL finds the first match alone"
    );
    assert_eq!(
        error("max_of(a, b)"),
        "`greatest` cannot be written: a missing value makes the result missing in ES|QL"
    );
    assert_eq!(
        error("set_intersect(a, b)"),
        "`set_intersection` cannot be written: ES|QL does not compare lists"
    );
}

#[test]
fn an_element_that_is_only_shown_is_none_of_objects() {
    let end = |value: &str| {
        let query = piped(&format!("T | where q == 'x' | extend c = {value} | project q, c")).unwrap();
        query.rsplit_once("| ").unwrap().1.to_owned()
    };
    assert_eq!(end("a[0]"), "KEEP q");
    assert_eq!(end("split(a, ',')[0]"), "KEEP q, c");
    assert_eq!(end("a[0].b"), "KEEP q, c");
}

#[test]
fn aggregates_that_are_left_out_are_no_columns() {
    let query = piped(
        "T | extend c = extract_all('a', a) | summarize n = count(), m = make_set(c) by a | project a, n, m",
    )
    .unwrap();
    assert!(query.ends_with("| KEEP a, n"), "{query}");
}

#[test]
fn numbers_in_a_list_are_between_its_ends() {
    let query = piped("T | extend l = split(a, ',') | where l > 5").unwrap();
    assert_eq!(query, "FROM *\n| EVAL l = SPLIT(a, \",\")\n| WHERE MV_MAX(l) > 5");
}

#[test]
fn keywords_are_searched_before_anything_else() {
    assert!(piped("T | extend c = tolower(a) | where * has 'x'").is_err());
}

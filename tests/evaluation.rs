//! What stages mean, on rows: Kusto's documented examples and facts, read and evaluated.

#![allow(clippy::unwrap_used, reason = "a test that panics is a test that fails")]

use std::collections::HashMap;

use rulec::{
    diag::Positions,
    ir::{
        Origin,
        eval::{Event, Rows, Unevaluated, Value},
    },
    kusto::{self, Context},
};

/// Tables by name.
struct Tables(HashMap<&'static str, Vec<Event>>);

impl Rows for Tables {
    fn rows_of(&self, origin: &Origin) -> Result<Vec<Event>, Unevaluated> {
        let Origin::Table(table) = origin else { return Err(Unevaluated(format!("{origin:?}"))) };
        Ok(self.0[&*table.name].clone())
    }
}

/// `T`: five rows of a, b and t; `U`: three of a and c.
fn tables() -> Tables {
    let row = |json: &str| match Value::from_json(serde_json::from_str(json).unwrap()) {
        Value::Object(members) => Event(members),
        other => panic!("{other:?}"),
    };
    let t = [
        r#"{"a": "x", "b": 1, "t": "2026-01-01T00:00:00Z"}"#,
        r#"{"a": "x", "b": 2, "t": "2026-01-01T00:10:00Z"}"#,
        r#"{"a": "y", "b": 3, "t": "2026-01-01T01:00:00Z"}"#,
        r#"{"a": "y", "b": null, "t": "2026-01-01T01:20:00Z"}"#,
        r#"{"a": "z", "b": 5, "t": "2026-01-02T00:00:00Z", "j": "{\"k\": [\"p\", \"q\"]}"}"#,
    ];
    let u = [r#"{"a": "x", "c": "one"}"#, r#"{"a": "x", "c": "two"}"#, r#"{"a": "w", "c": "three"}"#];
    Tables([("T", t.map(row).to_vec()), ("U", u.map(row).to_vec())].into())
}

/// The rows of a query, each as JSON.
fn rows(query: &str) -> Vec<String> {
    let parsed = kusto::parse(query, &Positions::default());
    assert_eq!(parsed.diagnostics, []);
    let (pipeline, _) = kusto::read(&parsed.script, Context::default()).remove(0).unwrap();
    let rows = pipeline.rows_on(&tables()).unwrap();
    rows.into_iter().map(|row| Value::Object(row.0).to_json().to_string()).collect()
}

#[test]
fn groups_keep_the_order_of_their_first_rows() {
    assert_eq!(
        rows("T | summarize n = count(), s = sum(b), d = dcount(b) by a"),
        [
            r#"{"a":"x","n":2,"s":3,"d":2}"#,
            r#"{"a":"y","n":2,"s":3,"d":1}"#,
            r#"{"a":"z","n":1,"s":5,"d":1}"#
        ]
    );
    assert_eq!(rows("T | where b > 100 | summarize n = count()"), [r#"{"n":0}"#]);
    assert_eq!(rows("T | where b > 100 | summarize n = count() by a"), [""; 0]);
}

#[test]
fn conditions_on_aggregates_count_rows() {
    assert_eq!(
        rows("T | summarize n = countif(b > 1) by a | where n >= 1 | project a"),
        [r#"{"a":"x"}"#, r#"{"a":"y"}"#, r#"{"a":"z"}"#]
    );
    assert_eq!(rows("T | summarize m = make_set(a)"), [r#"{"m":["x","y","z"]}"#]);
}

#[test]
fn times_fall_into_bins() {
    assert_eq!(
        rows("T | summarize n = count() by h = bin(t, 1h) | project h, n | take 2"),
        [r#"{"h":"2026-01-01T00:00:00Z","n":2}"#, r#"{"h":"2026-01-01T01:00:00Z","n":2}"#]
    );
    assert_eq!(
        rows("T | where a == 'z' | project m = datetime_diff('hour', t, datetime(2026-01-01T22:59:59Z))"),
        [r#"{"m":2}"#]
    );
}

#[test]
fn joins_by_their_kind() {
    let count = |kind: &str| rows(&format!("T | join kind={kind} (U) on a")).len();
    let kinds = [
        "inner",
        "innerunique",
        "leftouter",
        "rightouter",
        "fullouter",
        "leftsemi",
        "leftanti",
        "rightsemi",
        "rightanti",
    ];
    assert_eq!(kinds.map(count), [4, 2, 7, 5, 8, 2, 3, 2, 1]);
    assert_eq!(
        rows("T | where b == 1 | join kind=inner (U | where c == 'two') on a | project a, a1, c"),
        [r#"{"a":"x","a1":"x","c":"two"}"#]
    );
}

#[test]
fn rows_among_others_are_found() {
    assert_eq!(rows("T | where a in ((U | distinct a)) | project b"), [r#"{"b":1}"#, r#"{"b":2}"#]);
    assert_eq!(rows("T | where a !in ((U | distinct a)) | count"), [r#"{"Count":3}"#]);
}

#[test]
fn lists_make_rows_and_texts_columns() {
    assert_eq!(
        rows("T | where a == 'z' | mv-expand e = parse_json(j).k | project e"),
        [r#"{"e":"p"}"#, r#"{"e":"q"}"#]
    );
    assert_eq!(rows("U | parse c with 't' rest | where rest == 'wo' | project rest"), [r#"{"rest":"wo"}"#]);
}

#[test]
fn the_row_with_the_greatest_value_stands_for_its_group() {
    assert_eq!(
        rows("T | summarize arg_max(b, t) by a | project a, b"),
        [r#"{"a":"x","b":2}"#, r#"{"a":"y","b":3}"#, r#"{"a":"z","b":5}"#]
    );
    assert_eq!(rows("T | top 2 by b desc | project b"), [r#"{"b":5}"#, r#"{"b":3}"#]);
    assert_eq!(rows("T | sort by b asc | project b | take 1"), [r#"{"b":null}"#]);
    assert_eq!(
        rows("T | sort by b % 3 asc | project b"),
        [r#"{"b":null}"#, r#"{"b":3}"#, r#"{"b":1}"#, r#"{"b":2}"#, r#"{"b":5}"#]
    );
    assert_eq!(
        rows("T | sort by b desc | project b"),
        [r#"{"b":5}"#, r#"{"b":3}"#, r#"{"b":2}"#, r#"{"b":1}"#, r#"{"b":null}"#]
    );
}

#[test]
fn columns_of_one_operator_see_the_rows_as_they_came_in() {
    let exchanged = [r#"{"a":"one","c":"x"}"#, r#"{"a":"two","c":"x"}"#, r#"{"a":"three","c":"w"}"#];
    assert_eq!(rows("U | project a = c, c = a"), exchanged);
    assert_eq!(rows("U | extend a = c, c = a"), exchanged);
    assert_eq!(
        rows("U | extend a = toupper(c), c = iff(a == 'x', strcat(a, '!'), 'no') | project c"),
        [r#"{"c":"x!"}"#, r#"{"c":"x!"}"#, r#"{"c":"no"}"#]
    );
    assert_eq!(rows("T | extend b = 9, n = tolower(b), a = n | where a == 9 | count"), [r#"{"Count":0}"#]);
}

#[test]
fn units_by_their_words() {
    let one = |value: &str| rows(&format!("T | where b == 1 | project x = {value}"));
    assert_eq!(one("datetime_diff('month', t, datetime(2024-11-30))"), [r#"{"x":14}"#]);
    assert_eq!(one("datetime_diff('year', t, datetime(2024-11-30))"), [r#"{"x":2}"#]);
    assert_eq!(one("datetime_diff('week', t, datetime(2025-12-27))"), [r#"{"x":1}"#]);
    assert_eq!(one("datetime_add('hour', -2, t)"), [r#"{"x":"2025-12-31T22:00:00Z"}"#]);
    assert_eq!(one("startofday(endofday(t))"), [r#"{"x":"2026-01-01T00:00:00Z"}"#]);
}

#[test]
fn spread_is_that_of_a_sample() {
    assert_eq!(
        rows("T | summarize v = variance(b), s = stdev(b) | project v"),
        [r#"{"v":2.9166666666666665}"#]
    );
    assert_eq!(rows("T | where b == 1 or b == 3 | summarize v = variance(b)"), [r#"{"v":2}"#]);
    assert_eq!(rows("T | where b == 1 | summarize v = variance(b)"), [r#"{"v":null}"#]);
}

#[test]
fn objects_of_rows_become_one() {
    assert_eq!(
        rows("U | summarize o = make_bag(bag_pack(c, a))"),
        [r#"{"o":{"one":"x","two":"x","three":"w"}}"#]
    );
}

#[test]
fn renamed_columns_keep_their_place() {
    assert_eq!(rows("U | take 1 | project-rename d = a"), [r#"{"d":"x","c":"one"}"#]);
}

#[test]
fn a_text_is_parsed_into_the_shortest_columns() {
    assert_eq!(
        rows("U | take 1 | extend p = '1-2-3' | parse p with x '-' y | project x, y"),
        [r#"{"x":"1","y":"2-3"}"#]
    );
    assert_eq!(
        rows("U | take 1 | extend p = '1-2-3' | parse p with * '-' y '-' z | project y, z"),
        [r#"{"y":"2","z":"3"}"#]
    );
}

#[test]
fn a_missing_value_is_null_and_not_there() {
    assert_eq!(rows("T | where isnull(b) | project a"), [r#"{"a":"y"}"#]);
    assert_eq!(rows("T | where isnotnull(b + 1) | count"), [r#"{"Count":4}"#]);
    assert_eq!(rows("T | where isnull(b + 1) | count"), [r#"{"Count":1}"#]);
}

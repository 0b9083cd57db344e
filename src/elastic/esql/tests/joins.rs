//! Several pipelines in one query.

use super::*;
use crate::{
    convert::{Options, convert},
    kusto::{Context, files::Dialect, parse, read},
    target::find,
};

/// A query over tables of a workspace, as they stream to indices.
fn streamed(text: &str) -> Result<(String, Vec<Note>), String> {
    let parsed = parse(text, &crate::diag::Positions::default());
    let context = Context { dialect: Dialect::Sentinel, ..Context::default() };
    let (pipeline, span) = read(&parsed.script, context).remove(0).map_err(|it| it.message)?;
    let rule = Rule {
        metadata: Metadata::default().into(),
        origin: pipeline.origin,
        stages: pipeline.stages,
        look_back: pipeline.look_back,
        span,
        notes: Vec::new(),
    };
    let conversion = convert(&rule, &[find("esql").unwrap()], &Options::default()).remove(0);
    match conversion.error {
        Some(error) => Err(error.message),
        None => Ok((conversion.query.unwrap_or_default(), conversion.notes)),
    }
}

#[test]
fn counterparts_are_counted_by_the_key() {
    let (query, _) =
        streamed("A_CL | where a == 'x' | join kind=leftsemi (A_CL | where b == 'y') on k").unwrap();
    assert!(
        query.contains("| WHERE TO_LOWER(Type) == \"a_cl\"\n    AND (a == \"x\" OR b == \"y\")"),
        "{query}"
    );
    assert!(query.contains("INLINE STATS right_rows = COUNT(*) WHERE is_right\n    BY k"), "{query}");
    assert!(query.ends_with("| WHERE is_left\n    AND right_rows > 0"), "{query}");
}

#[test]
fn rows_without_a_key_have_no_counterpart() {
    let (query, _) =
        streamed("A_CL | where a == 'x' | where k !in ((A_CL | where b == 'y' | project k))").unwrap();
    assert!(query.contains("NOT COALESCE(right_rows > 0 AND k IS NOT NULL, false)"), "{query}");
}

#[test]
fn keys_that_are_other_columns_need_events_of_one_side_alone() {
    let (query, _) = streamed("A_CL | where k in~ ((B_CL | where b == 'y' | project j))").unwrap();
    assert!(query.contains("join_key = CASE(is_right, TO_LOWER(j), TO_LOWER(k))"), "{query}");
    assert!(streamed("A_CL | where a == 'x' | where k in ((A_CL | where b == 'y' | project j))").is_err());
}

#[test]
fn groups_of_the_right_side_are_tested_by_the_key() {
    let (query, _) = streamed(
        "A_CL | join kind=inner (B_CL | where b != 'y' | summarize n = count() by k | where n > 5) on k | project k, n",
    )
    .unwrap();
    assert!(query.contains("n = COUNT(*) WHERE is_right"), "{query}");
    assert!(query.contains("AND n > 5"), "{query}");
    assert!(query.contains(r#"(b IS NULL OR b != "y")"#), "{query}");
}

#[test]
fn joins_stand_before_what_the_left_side_makes_of_its_events() {
    let (query, _) = streamed(
        "A_CL | where a == 'x' | summarize n = count() by k | where n > 3 | join kind=leftsemi (B_CL) on k",
    )
    .unwrap();
    let at = |part: &str| query.find(part).unwrap_or_else(|| panic!("{query}"));
    assert!(at("INLINE STATS") < at("| STATS n = COUNT(*)"), "{query}");
    assert!(streamed("A_CL | take 5 | join kind=leftsemi (B_CL) on k").is_err());
}

#[test]
fn pairs_are_neither_counted_nor_compared() {
    let pairs = "A_CL | where a == 'x' | join kind=inner (B_CL | project k, c) on k";
    assert!(streamed(&format!("{pairs} | summarize n = count() by k | where n > 5")).is_err());
    assert!(streamed(&format!("{pairs} | where c == a")).is_err());
    let (query, notes) = streamed(&format!("{pairs} | project k, c")).unwrap();
    assert!(query.contains("c = VALUES(c) WHERE is_right"), "{query}");
    assert!(notes.iter().any(|note| note.message.starts_with("there is a row of each left event")));
}

#[test]
fn what_the_left_side_has_not_kept_is_of_the_right_one() {
    let pairs = "A_CL | where a == 'x' | project k | join kind=inner (B_CL) on k";
    assert!(streamed(&format!("{pairs} | where p == 1")).is_err());
    assert!(streamed(&format!("{pairs} | project k, p")).is_err());
    let pairs = "A_CL | where a == 'x' | join kind=inner (B_CL | where b == 'y') on k";
    let (query, _) = streamed(&format!("{pairs} | project k, TimeGenerated1")).unwrap();
    assert!(query.contains("TimeGenerated1 = VALUES(@timestamp) WHERE is_right"), "{query}");
}

#[test]
fn parts_of_a_union_make_columns_by_cases() {
    let (query, _) = streamed(
        "union (A_CL | where a == 'x' | extend c = tolower(a)), (B_CL | where b == 'y' | extend c = b) | where c == 'z'",
    )
    .unwrap();
    assert!(query.contains("| EVAL c = CASE(is_part_1, TO_LOWER(a), is_part_2, b, null)"), "{query}");
    let (query, _) = streamed("union (A_CL | where a == 'x'), (B_CL | where b == 'y')").unwrap();
    assert!(!query.contains("EVAL"), "{query}");
}

#[test]
fn an_event_of_two_parts_is_two_rows() {
    let (query, _) =
        streamed("union (A_CL | where a == 'x' | extend c = 1), (A_CL | where b == 'y' | extend c = 2)")
            .unwrap();
    let rows = "| EVAL part = SPLIT(TRIM(CONCAT(CASE(is_part_1, \"1 \", \"\"), CASE(is_part_2, \"2 \", \"\"))), \" \")\n| MV_EXPAND part\n| EVAL c = CASE(part == \"1\", 1, part == \"2\", 2, null)";
    assert!(query.contains(rows), "{query}");
}

#[test]
fn right_rows_are_kept_the_other_way_round() {
    let (query, _) =
        streamed("A_CL | where a == 'x' | join kind=rightsemi (B_CL | where b == 'y') on k | where c == 'z'")
            .unwrap();
    let left = "is_left = TO_LOWER(Type) == \"b_cl\" AND b == \"y\" AND c == \"z\"";
    assert!(query.contains(left), "{query}");
    assert!(query.contains("is_right = TO_LOWER(Type) == \"a_cl\" AND a == \"x\"\n"), "{query}");
    assert!(query.ends_with("| WHERE is_left\n    AND right_rows > 0"), "{query}");
    let (query, _) = streamed(
        "A_CL | where a == 'x' | join kind=rightanti (B_CL | where b == 'y') on $left.k == $right.j",
    )
    .unwrap();
    assert!(query.contains("join_key = CASE(is_right, k, j)"), "{query}");
    assert!(query.contains("AND NOT COALESCE(right_rows > 0"), "{query}");
    let twice = "A_CL | join kind=leftsemi (C_CL | where c == 'z') on k | join kind=rightsemi (B_CL | where b == 'y') on k";
    assert!(streamed(twice).is_err());
}

#[test]
fn left_rows_stay_whether_right_groups_do_unless_those_are_filtered() {
    let outer = |right: &str| {
        streamed(&format!(
            "A_CL | where a == 'x' | join kind=leftouter (B_CL | where b == 'y' | summarize n = count() by k{right}) on k | project k, n"
        ))
    };
    assert!(outer("").unwrap().0.contains("| WHERE is_left\n| KEEP k, n"));
    assert!(outer(" | where n > 5").is_err());
}

#[test]
fn groups_of_the_right_side_have_the_names_of_the_join() {
    let (query, _) = streamed("A_CL | where a == 'x' | project k, n = a | join kind=inner (B_CL | where b == 'y' | summarize n = count() by k) on k | project k, n, n1").unwrap();
    assert!(query.contains("n1 = COUNT(*) WHERE is_right"), "{query}");
}

#[test]
fn a_side_has_the_columns_that_it_keeps() {
    let right = |rest: &str| {
        streamed(&format!("A_CL | where a == 'x' | join kind=leftsemi (B_CL | where b == 'y' | {rest}) on k"))
    };
    assert!(right("project k, c | where c == 'z'").is_ok());
    assert!(right("project k | where c == 'z'").is_err());
}

#[test]
fn the_rows_that_stay_are_as_old_as_their_side_says() {
    let (query, _) = streamed("A_CL | where a == 'x' | join kind=rightsemi (B_CL | where b == 'y' and TimeGenerated > ago(1h)) on k").unwrap();
    assert!(query.contains("NOW() - 1 hour"), "{query}");
}

#[test]
fn the_right_side_makes_columns_of_its_events() {
    let (query, _) = streamed("A_CL | where a == 'x' | join kind=inner (B_CL | where b == 'y' | project-rename c = b | extend d = tolower(c) | sort by d) on k | project k, c, d").unwrap();
    assert!(query.contains("c = VALUES(b) WHERE is_right"), "{query}");
    assert!(query.contains("d = VALUES(TO_LOWER(b)) WHERE is_right"), "{query}");
    let (query, _) = streamed("A_CL | where a == 'x' | join kind=inner (B_CL | where b == 'y' | extend q = tolower(b) | project k, c = iff(q == 'q', q, 'none'), d = parse_json(e).f[0], g = 5, h = q == 'z') on k | project k, c, d, g, h").unwrap();
    for column in [
        "c = VALUES(CASE(TO_LOWER(b) == \"q\", TO_LOWER(b), \"none\"))",
        "d = VALUES(e.f)",
        "g = VALUES(5)",
        "h = VALUES(",
    ] {
        assert!(query.contains(column), "{column}: {query}");
    }
}

#[test]
fn sides_are_apart_where_one_field_has_two_values() {
    let apart = |left: &str, right: &str| {
        streamed(&format!("A_CL | where {left} | join kind=leftsemi (A_CL | where {right} | project j) on $left.k == $right.j"))
            .is_ok()
    };
    assert!(apart("a == 1", "a == 2"));
    assert!(!apart("a == 1", "a == 1"));
    assert!(apart("a == 'x' and b == 'y'", "a == 'z'"));
    assert!(!apart("a == 'x' or b == 'y'", "a == 'z'"));
}

#[test]
fn what_is_made_of_the_values_of_pairs_decides_nothing() {
    let pairs = |rest: &str| {
        streamed(&format!(
            "A_CL | where a == 'x' | join kind=inner (B_CL | where b == 'y' | project k, c) on k | {rest}"
        ))
    };
    for shown in [
        "summarize make_set(c) by k",
        "summarize n = count() by k",
        "parse c with d '-' e | project d, k",
        "sort by c | project k, c",
        "extend c = a | where c == 'q'",
        "project k, c = a | where c == 'q'",
        "project-away c | where c == 'q'",
        "parse a with c '-' e | where c == 'q' | project k",
        "where k == 'q' | project k, c",
    ] {
        assert!(pairs(shown).is_ok(), "{shown}: {:?}", pairs(shown));
    }
    for deciding in [
        "summarize n = dcount(c) by k | where n > 1",
        "extend d = tolower(c) | project-rename e = d | where e == 'q'",
        "parse c with d '-' e | where d == 'q'",
        "parse-where c with d '-' e",
        "sort by c | take 5",
        "summarize arg_max(c, *) by k",
        "summarize arg_max(TimeGenerated, c) by k | where c == 'x'",
        "mv-expand c",
        "summarize n = count() by c",
        "summarize n = countif(c == 'q') by k",
        "summarize s = make_set(c) by k | where s has 'q'",
    ] {
        assert!(pairs(deciding).is_err(), "{deciding}");
    }
}

#[test]
fn parts_of_a_union_rename_drop_and_sort() {
    let (query, _) = streamed("union (A_CL | where a == 'x' | project-rename c = a), (B_CL | where b == 'y' | project-away d | extend c = b | sort by c) | where c == 'z'").unwrap();
    assert!(
        query.contains("| EVAL c = CASE(is_part_1, a, is_part_2, b, null)\n| WHERE c == \"z\""),
        "{query}"
    );
}

#[test]
fn keys_are_carried_by_no_other_name() {
    let (query, _) = streamed(
        "A_CL | where a == 'x' | lookup kind=inner (B_CL | where b == 'y' | project k, c) on k | project k, c",
    )
    .unwrap();
    assert_eq!(
        query,
        "FROM logs-azure.eventhub-*, filebeat-*\n| WHERE (TO_LOWER(Type) == \"a_cl\" AND a == \"x\")\n    OR (TO_LOWER(Type) == \"b_cl\" AND b == \"y\")\n| EVAL is_left = TO_LOWER(Type) == \"a_cl\" AND a == \"x\"\n| EVAL is_right = TO_LOWER(Type) == \"b_cl\" AND b == \"y\"\n| INLINE STATS right_rows = COUNT(*) WHERE is_right, c = VALUES(c) WHERE is_right\n    BY k\n| WHERE is_left\n    AND right_rows > 0\n| KEEP k, c"
    );
}

#[test]
fn all_that_the_right_side_makes_is_shown_where_nothing_names_columns() {
    let right = |rest: &str| {
        let text = format!("A_CL | where a == 'x' | join kind=inner (B_CL | where b == 'y' | {rest}) on k");
        let query = streamed(&text).unwrap().0;
        query.split_once("INLINE STATS").unwrap().1.to_owned()
    };
    assert_eq!(
        right("project k, c"),
        "\n    right_rows = COUNT(*) WHERE is_right,\n    k1 = MAX(k) WHERE is_right,\n    c = VALUES(c) WHERE is_right\n    BY k\n| WHERE is_left\n    AND right_rows > 0"
    );
    assert_eq!(
        right("summarize n = count() by k"),
        "\n    right_rows = COUNT(*) WHERE is_right,\n    k1 = MAX(k) WHERE is_right,\n    n = COUNT(*) WHERE is_right\n    BY k\n| WHERE is_left\n    AND right_rows > 0"
    );
    assert_eq!(
        right("summarize n = count() by k | extend m = n + 1"),
        "\n    right_rows = COUNT(*) WHERE is_right,\n    k1 = MAX(k) WHERE is_right,\n    n = COUNT(*) WHERE is_right\n    BY k\n| EVAL m = n + 1\n| WHERE is_left\n    AND right_rows > 0"
    );
}

#[test]
fn aggregates_that_nothing_reads_are_not_carried() {
    let (query, _) = streamed("A_CL | where a == 'x' | join kind=inner (B_CL | where b == 'y' | summarize n = count(), m = max(c) by k) on k | project k, n").unwrap();
    assert!(query.contains("n = COUNT(*)") && !query.contains("m = "), "{query}");
}

#[test]
fn what_stands_before_a_join_hands_on_what_is_read_of_its_right_side() {
    let joined = |left: &str, right: &str, rest: &str| {
        let text = format!(
            "A_CL | where a == 'x' | {left} | join kind=inner (B_CL | where b == 'y' | {right}) on k{rest}"
        );
        let query = streamed(&text).unwrap_or_else(|error| panic!("{error}")).0;
        query.split_once("| WHERE is_left").unwrap().1.to_owned()
    };
    let groups = "summarize x = count() by k";
    assert_eq!(
        joined(groups, "summarize n = count(), m = max(c) by k", " | project k, x, n"),
        "\n    AND right_rows > 0\n| STATS x = COUNT(*), n = MAX(n)\n    BY k\n| KEEP k, x, n"
    );
    assert_eq!(
        joined(groups, "project k, c", " | project k, x, c"),
        "\n    AND right_rows > 0\n| STATS x = COUNT(*), c = VALUES(c)\n    BY k\n| KEEP k, x, c"
    );
    assert_eq!(
        joined(groups, "summarize n = count() by k", ""),
        "\n    AND right_rows > 0\n| STATS x = COUNT(*), k1 = MAX(k1), n = MAX(n)\n    BY k"
    );
    assert_eq!(
        joined(
            "summarize arg_max(TimeGenerated, a) by k",
            "summarize n = count() by k",
            " | project k, a, n"
        ),
        "\n    AND right_rows > 0\n| INLINE STATS @timestamp_of_group = MAX(@timestamp)\n    BY k\n| WHERE @timestamp == @timestamp_of_group\n| KEEP k, a, n, @timestamp\n| KEEP k, a, n"
    );
}

#[test]
fn sides_in_other_indices_are_told_by_their_conditions() {
    let joined = |left: &str, right: &str| {
        streamed(&format!(
            "SecurityEvent {left} | join kind=leftsemi (SigninLogs {right}) on $left.IpAddress == $right.IPAddress"
        ))
    };
    let (query, notes) = joined("| where EventID == 4624", "| where ResultType == '0'").unwrap();
    assert_eq!(
        query,
        "FROM logs-*, winlogbeat-*, logs-azure.signinlogs-*, filebeat-*\n| WHERE (winlog.channel == \"Security\" AND event.code IN (\"4624\", \"4625\") AND event.code == \"4624\")\n    OR (event.dataset == \"azure.signinlogs\" AND azure.signinlogs.result_type == \"0\")\n| EVAL is_left = winlog.channel == \"Security\" AND event.code IN (\"4624\", \"4625\") AND event.code == \"4624\"\n| EVAL is_right = event.dataset == \"azure.signinlogs\" AND azure.signinlogs.result_type == \"0\"\n| INLINE STATS right_rows = COUNT(*) WHERE is_right\n    BY source.ip\n| WHERE is_left\n    AND right_rows > 0"
    );
    assert!(notes.iter().any(|note| note.message.contains("whichever index they are in")));
}

#[test]
fn parts_of_a_union_in_other_indices_are_told_by_their_conditions() {
    let both =
        |left: &str, right: &str| streamed(&format!("union (SecurityEvent {left}), (SigninLogs {right})"));
    let (query, notes) = both("| where EventID == 4624", "| where ResultType == '0'").unwrap();
    assert_eq!(
        query,
        "FROM logs-*, winlogbeat-*, logs-azure.signinlogs-*, filebeat-*\n| WHERE (winlog.channel == \"Security\" AND event.code IN (\"4624\", \"4625\") AND event.code == \"4624\")\n    OR (event.dataset == \"azure.signinlogs\" AND azure.signinlogs.result_type == \"0\")"
    );
    assert!(notes.iter().any(|note| note.message.contains("whichever index they are in")));
}

#[test]
fn parts_of_a_union_that_make_the_same_columns_are_one_row() {
    let (query, _) = streamed("union (A_CL | where a == 'x'), (A_CL | where b == 'y')").unwrap();
    assert!(!query.contains("MV_EXPAND"), "{query}");
}

#[test]
fn what_may_be_of_either_side_is_tested_where_one_of_them_surely_has_it() {
    let joined = |left: &str, right: &str, rest: &str| {
        streamed(&format!(
            "A_CL | where a == 'x'{left} | join kind=inner (B_CL | where b == 'y'{right}) on k | where {rest}"
        ))
        .is_ok()
    };
    assert!(!joined("", "", "p == 'z'"));
    assert!(joined("", " | project k, c", "p == 'z'"));
    assert!(joined(" and p != 'q'", "", "p == 'z'"));
    assert!(joined("", "", "k == 'z'"));
}

#[test]
fn groups_of_the_right_side_are_those_of_the_keys() {
    let right = |rest: &str, keys: &str| {
        streamed(&format!(
            "A_CL | where a == 'x' | join kind=inner (B_CL | where b == 'y' | {rest}) on {keys} | project k, n"
        ))
        .map(|_| ())
    };
    assert_eq!(right("summarize n = count() by k", "k"), Ok(()));
    assert_eq!(
        right("summarize n = count() by k, j", "k").unwrap_err(),
        "ES|QL joins no two searches of events, and this join cannot be counted: the right side has other groups than the keys"
    );
    assert_eq!(right("summarize n = count() by k | where n > 5 and k == 'z'", "k"), Ok(()));
    assert_eq!(
        right("summarize n = count() by k | where n > 5 or p == 'z'", "k").unwrap_err(),
        "ES|QL joins no two searches of events, and this join cannot be counted: `p` is tested beside what is computed of its group"
    );
    assert_eq!(
        right("summarize n = count() by j | where n > 5 or j == 'z'", "$left.k == $right.j").unwrap_err(),
        "ES|QL joins no two searches of events, and this join cannot be counted: `j` is tested beside what is computed of its group"
    );
    assert_eq!(right("summarize n = count() by k | where n > 5 or k == 'z'", "k"), Ok(()));
    assert_eq!(right("summarize n = count() by k | project k, n", "k"), Ok(()));
    assert_eq!(
        right("summarize m = count() by k | project k, n = m", "k").unwrap_err(),
        "ES|QL joins no two searches of events, and this join cannot be counted: its right side has `project`, which events alone do not tell"
    );
    assert_eq!(
        right("summarize m = count() by k, j | summarize n = count() by k", "k").unwrap_err(),
        "ES|QL joins no two searches of events, and this join cannot be counted: its right side has `summarize`, which events alone do not tell"
    );
}

#[test]
fn the_right_side_chooses_between_what_it_has_made() {
    let (query, _) = streamed("A_CL | where a == 'x' | join kind=inner (B_CL | where b == 'y' | extend q = tolower(b) | extend c = iff(q == 'q', q, 'none') | project k, c) on k | project k, c").unwrap();
    assert!(query.contains("c = VALUES(CASE(TO_LOWER(b) == \"q\", TO_LOWER(b), \"none\"))"), "{query}");
}

#[test]
fn the_right_side_makes_elements_of_what_it_has_made() {
    let (query, _) = streamed("A_CL | where a == 'x' | join kind=inner (B_CL | where b == 'y' | extend q = split(b, ',') | project k, d = q[0]) on k | project k, d").unwrap();
    assert_eq!(
        query.split_once("INLINE STATS").unwrap().1,
        "\n    right_rows = COUNT(*) WHERE is_right,\n    d = VALUES(MV_SLICE(SPLIT(b, \",\"), 0)) WHERE is_right\n    BY k\n| WHERE is_left\n    AND right_rows > 0\n| KEEP k, d"
    );
}

#[test]
fn what_would_find_itself_is_refused() {
    assert!(streamed("A_CL | where a == 'x' | where k !in ((A_CL | project k))").is_err());
}

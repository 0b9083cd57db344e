//! What other converters get wrong, and what ES|QL asks for.

use std::sync::Arc;

use proptest::prelude::*;

use super::{print, quote, write};
use crate::{
    diag::{Effect, Note, Span},
    ir::{
        Case, ColumnType, Comparison, Condition, Field, FieldRelation, Metadata, Number, Origin, Pattern,
        Piece, Predicate, Regex, RegexFlags, Rule, Stage, Test, TimePart,
    },
    target::{Language, legalize},
};

fn is(field: Field, test: Test) -> Condition {
    Condition::is(Predicate::new(field, test, Span::default()))
}

fn unknown(test: Test) -> Condition {
    is(Field::new("f"), test)
}

fn typed(ty: ColumnType, test: Test) -> Condition {
    is(Field::column("f", ty), test)
}

fn written(condition: Condition) -> Result<(String, Vec<Note>), String> {
    let rule = Rule {
        look_back: None,
        metadata: Arc::new(Metadata::default()),
        origin: Origin::Unmapped,
        stages: vec![Stage::Filter(condition)],
        span: Span::default(),
        notes: Vec::new(),
    };
    let legal = legalize(&rule, Language::Esql, &mut Vec::new()).map_err(|error| error.message)?;
    let mut notes = Vec::new();
    let query = write(&legal, &mut notes).map_err(|error| error.message)?;
    Ok((print(&query), notes))
}

/// The condition of the query, on one line.
fn where_of(condition: Condition) -> String {
    let query = written(condition).unwrap().0;
    let rest = query.strip_prefix("FROM *\n| WHERE ").unwrap_or(&query);
    rest.lines().map(str::trim).collect::<Vec<_>>().join(" ")
}

fn regex(source: &str) -> Test {
    Test::Regex(Regex::parse(source, RegexFlags::default()).unwrap())
}

#[test]
fn text_is_compared_without_case() {
    assert_eq!(where_of(unknown(Test::text("Foo Bar"))), r#"TO_LOWER(f) == "foo bar""#);
    assert_eq!(where_of(unknown(Test::contains("Größe"))), r#"TO_LOWER(f) LIKE "*größe*""#);
}

#[test]
fn text_without_letters_needs_no_folding() {
    assert_eq!(where_of(unknown(Test::text("4624"))), r#"f == "4624""#);
}

#[test]
fn case_counts_where_the_rule_says_so() {
    let cased = Test::Text(Pattern::contains("AbC"), Case::Sensitive);
    assert_eq!(where_of(unknown(cased)), r#"f LIKE "*AbC*""#);
    let list = ["AbC", "dEf"].map(|text| unknown(Test::Text(Pattern::exact(text), Case::Sensitive)));
    assert_eq!(where_of(Condition::any(list)), r#"f IN ("AbC", "dEf")"#);
}

#[test]
fn a_caseless_column_holds_lower_case_already() {
    assert_eq!(where_of(typed(ColumnType::Caseless, Test::text("Cmd"))), r#"f == "cmd""#);
}

#[test]
fn backslashes_of_paths_are_literal() {
    assert_eq!(where_of(unknown(Test::text(r"C:\a.exe"))), r#"TO_LOWER(f) == """c:\a.exe""""#);
    assert_eq!(where_of(unknown(Test::starts_with(r"C:\Temp\"))), r#"TO_LOWER(f) LIKE """c:\\temp\\*""""#);
}

#[test]
fn a_literal_asterisk_is_no_wildcard_and_its_escape_no_token_error() {
    assert_eq!(where_of(unknown(Test::text("a*b"))), r#"TO_LOWER(f) == "a*b""#);
    assert_eq!(where_of(unknown(Test::contains("a*b"))), r#"TO_LOWER(f) LIKE """*a\*b*""""#);
}

#[test]
fn lists_are_lists_and_numbers_stay_numbers() {
    let texts = Condition::any([unknown(Test::text("x")), unknown(Test::text("y"))]);
    assert_eq!(where_of(texts), r#"TO_LOWER(f) IN ("x", "y")"#);
    let numbers = Condition::any([unknown(Test::number(1)), unknown(Test::number(2))]);
    assert_eq!(where_of(numbers), "f IN (1, 2)");
    let mixed = Condition::any([unknown(Test::number(1)), unknown(Test::text("a"))]);
    assert_eq!(where_of(mixed), r#"f == 1 OR TO_LOWER(f) == "a""#);
}

#[test]
fn the_type_of_the_column_decides_how_a_value_is_written() {
    assert_eq!(where_of(typed(ColumnType::String, Test::number(1))), r#"f == "1""#);
    assert_eq!(where_of(typed(ColumnType::Integer, Test::text("1"))), "f == 1");
    assert_eq!(where_of(typed(ColumnType::Integer, Test::starts_with("1"))), r#"TO_STRING(f) LIKE "1*""#);
    assert_eq!(where_of(typed(ColumnType::Boolean, Test::text("True"))), "f == true");
    assert_eq!(where_of(typed(ColumnType::String, Test::Boolean(true))), r#"TO_LOWER(f) == "true""#);
    assert_eq!(where_of(unknown(Test::Boolean(true))), "f == true");
    assert!(written(typed(ColumnType::Integer, Test::text("a"))).is_err());
}

#[test]
fn integers_beyond_the_signed_range_are_unsigned() {
    let number = Number::parse("18446744073709551615").unwrap();
    let test = Test::Number(Comparison::Equal, number);
    assert_eq!(where_of(unknown(test)), r#"f == TO_UNSIGNED_LONG("18446744073709551615")"#);
}

#[test]
fn a_missing_field_passes_a_negation() {
    let not = |test| where_of(Condition::not(unknown(test)));
    assert_eq!(not(Test::text("x")), r#"f IS NULL OR TO_LOWER(f) != "x""#);
    assert_eq!(not(Test::contains("x")), r#"f IS NULL OR TO_LOWER(f) NOT LIKE "*x*""#);
    let list = Condition::not(Condition::any([unknown(Test::text("x")), unknown(Test::text("y"))]));
    assert_eq!(where_of(list), r#"f IS NULL OR TO_LOWER(f) NOT IN ("x", "y")"#);
}

#[test]
fn null_and_empty_are_different() {
    assert_eq!(where_of(unknown(Test::Null)), "f IS NULL");
    assert_eq!(where_of(Condition::not(unknown(Test::Null))), "f IS NOT NULL");
    assert_eq!(where_of(unknown(Test::text(""))), r#"f == """#);
    assert_eq!(where_of(unknown(Test::Exists)), "f IS NOT NULL");
}

#[test]
fn a_regex_is_searched_though_rlike_wants_the_whole_value() {
    assert_eq!(where_of(unknown(regex("ab"))), r#"f RLIKE ".*ab.*""#);
    assert_eq!(where_of(unknown(regex("^ab$"))), r#"f RLIKE "ab""#);
}

#[test]
fn networks_of_both_kinds_share_a_call() {
    let network = |text: &str| Test::Cidr(text.parse().unwrap());
    let both =
        || Condition::any(["10.0.0.0/8", "fe80::/10"].map(|text| typed(ColumnType::Ip, network(text))));
    assert_eq!(where_of(both()), r#"CIDR_MATCH(f, "10.0.0.0/8", "fe80::/10")"#);
    // Text that is no address is null to TO_IP, and must pass the negation.
    let not = Condition::not(unknown(network("10.0.0.0/8")));
    assert_eq!(where_of(not), r#"f IS NULL OR NOT COALESCE(CIDR_MATCH(TO_IP(f), "10.0.0.0/8"), false)"#);
}

#[test]
fn fields_are_compared_with_fields() {
    let relation = |relation| where_of(unknown(Test::FieldRef(relation, Field::new("g"), Case::Insensitive)));
    assert_eq!(relation(FieldRelation::Equals), "TO_LOWER(f) == TO_LOWER(g)");
    assert_eq!(relation(FieldRelation::EndsWith), "ENDS_WITH(TO_LOWER(f), TO_LOWER(g))");
    assert_eq!(relation(FieldRelation::Contains), "LOCATE(TO_LOWER(f), TO_LOWER(g)) > 0");
    let number = |name| Field::column(name, ColumnType::Integer);
    let same = |other| Test::FieldRef(FieldRelation::Equals, other, Case::Insensitive);
    assert_eq!(where_of(is(number("f"), same(number("g")))), "f == g");
    assert_eq!(where_of(is(number("f"), same(Field::new("g")))), "TO_LOWER(TO_STRING(f)) == TO_LOWER(g)");
}

#[test]
fn fields_that_are_not_compared_alike_pass_where_either_is_missing() {
    let same = unknown(Test::FieldRef(FieldRelation::Equals, Field::new("g"), Case::Sensitive));
    assert_eq!(where_of(Condition::not(same)), "f IS NULL OR g IS NULL OR f != g");
    let longer = Test::Compare(Comparison::Greater, Box::new(crate::ir::Expression::Field(Field::new("g"))));
    assert_eq!(where_of(Condition::not(unknown(longer))), "f IS NULL OR NOT COALESCE(f > g, false)");
}

#[test]
fn text_on_truth_columns_is_a_truth_value() {
    assert_eq!(where_of(typed(ColumnType::Boolean, Test::text("True"))), "f == true");
    assert_eq!(where_of(typed(ColumnType::Boolean, Test::text("false"))), "f == false");
    assert!(written(typed(ColumnType::Boolean, Test::text("no"))).is_err());
}

#[test]
fn a_number_among_several_texts_is_asked_of_the_index() {
    let several = Field { multivalued: true, ..Field::column("f", ColumnType::String) };
    assert_eq!(where_of(is(several, Test::number(5))), r#"f : "5""#);
    assert_eq!(where_of(typed(ColumnType::String, Test::number(5))), r#"f == "5""#);
}

#[test]
fn a_wildcard_at_the_end_of_one_of_several_values_may_reach_into_the_next() {
    let several = || Field { multivalued: true, ..Field::column("f", ColumnType::String) };
    let widens = |pieces: &[Piece]| {
        let test = Test::Text(Pattern::new(pieces.to_vec()), Case::Insensitive);
        written(is(several(), test)).unwrap().1.iter().any(|note| note.effect == Effect::More)
    };
    let a = || Piece::Literal("a".into());
    assert!(widens(&[a(), Piece::AnyOne]));
    assert!(widens(&[Piece::AnyOne, a()]));
    assert!(!widens(&[a(), Piece::AnyRun]));
    assert!(!widens(&[Piece::AnyRun, a()]));
}

#[test]
fn the_hour_is_taken_of_the_timestamp() {
    let hour = |part| Test::TimePart(part, Comparison::GreaterOrEqual, Number::from(18));
    let query = where_of(typed(ColumnType::Timestamp, hour(TimePart::Hour)));
    assert_eq!(query, r#"DATE_EXTRACT("hour_of_day", f) >= 18"#);
    let week = where_of(typed(ColumnType::Timestamp, hour(TimePart::Week)));
    assert_eq!(week, r#"(DATE_EXTRACT("day_of_year", DATE_TRUNC(1 week, f) + 3 days) + 6) / 7 >= 18"#);
}

#[test]
fn any_of_several_values_counts() {
    let several = || Field { multivalued: true, ..Field::column("f", ColumnType::String) };
    let cased = Test::Text(Pattern::exact("start"), Case::Sensitive);
    assert_eq!(where_of(is(several(), cased)), r#"f : "start""#);
    let exact = where_of(is(several(), Test::text("A")));
    assert_eq!(exact, r#"CONCAT("\r\t", TO_LOWER(MV_CONCAT(f, "\r\t")), "\r\t") LIKE "*\r\ta\r\t*""#);
    let inside = where_of(is(several(), Test::contains("A")));
    assert_eq!(inside, r#"TO_LOWER(MV_CONCAT(f, "\r\t")) LIKE "*a*""#);
    let glob = Pattern::new([Piece::Literal("a".into()), Piece::AnyRun, Piece::Literal("b".into())]);
    let (_, notes) = written(is(several(), Test::Text(glob, Case::Insensitive))).unwrap();
    assert_eq!(notes[0].effect, Effect::More);
}

#[test]
fn names_that_are_no_identifiers_are_quoted_part_by_part() {
    let name = |name: &str| where_of(is(Field::new(name), Test::text("1")));
    assert_eq!(name("c-uri"), r#"`c-uri` == "1""#);
    assert_eq!(name("a.b"), r#"a.b == "1""#);
    assert_eq!(name("a.field A"), r#"a.`field A` == "1""#);
    assert_eq!(name("a`b"), r#"`a``b` == "1""#);
    assert_eq!(name("null"), r#"`null` == "1""#);
}

#[test]
fn keywords_are_searched_by_the_index() {
    let keyword = Condition::is(Predicate::anywhere(Test::contains("whoami"), Span::default()));
    assert!(where_of(keyword).starts_with("QSTR("));
}

#[test]
fn or_beside_and_is_parenthesized() {
    let f = |name: &str| is(Field::new(name), Test::text("1"));
    let query = where_of(Condition::all([Condition::any([f("a"), f("b")]), Condition::not(f("c"))]));
    assert_eq!(query, r#"(a == "1" OR b == "1") AND (c IS NULL OR c != "1")"#);
}

#[test]
fn constants_are_valid_queries() {
    assert_eq!(written(Condition::Always).unwrap().0, "FROM *");
    assert_eq!(written(Condition::Never).unwrap().0, "FROM *\n| WHERE false");
}

/// Reads a literal as the lexer does; `None` if it is none, or more than one.
fn unquote(literal: &str) -> Option<String> {
    if let Some(raw) = literal.strip_prefix("\"\"\"").filter(|raw| raw.len() >= 3) {
        let text = raw.strip_suffix("\"\"\"")?;
        return (!text.contains(['\n', '\r']) && !text.contains("\"\"\"") && !text.ends_with('"'))
            .then(|| text.to_owned());
    }
    let inner = literal.strip_prefix('"')?.strip_suffix('"')?;
    let mut out = String::new();
    let mut chars = inner.chars();
    while let Some(c) = chars.next() {
        out.push(match c {
            '\\' => match chars.next()? {
                't' => '\t',
                'n' => '\n',
                'r' => '\r',
                c @ ('"' | '\\') => c,
                _ => return None,
            },
            '"' | '\n' | '\r' => return None,
            c => c,
        });
    }
    Some(out)
}

proptest! {
    #[test]
    fn every_text_survives_its_quotes(text in r#"([a*?%$`'"\\/{}\n\r\t]|"""|\PC|[\x00-\x1f]){0,12}"#) {
        let mut out = String::new();
        quote::string(&mut out, &text);
        prop_assert_eq!(unquote(&out), Some(text));
    }
}

#[test]
fn members_of_flattened_fields_are_refused() {
    let error = written(typed(ColumnType::Dynamic, Test::text("x"))).unwrap_err();
    assert_eq!(error, "ES|QL cannot read `f`, a member of a `flattened` field");
}

mod pipelines {
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
        assert!(
            query.contains("DATE_DIFF(\"hours\", DATE_TRUNC(1 hour, b), DATE_TRUNC(1 hour, a))"),
            "{query}"
        );
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
        let query =
            piped("T | summarize s = min(todatetime(a)), e = max(todatetime(a)) by b | where e - s < 1h")
                .unwrap();
        assert!(query.contains("TO_LONG(e) - TO_LONG(s) < 3600000"), "{query}");
        let query =
            piped("T | extend s = iff(a == 'x', b, todatetime(c)), e = todatetime(d) | where e - s < 1h")
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
        assert!(
            query.contains("| EVAL dissected = TO_LOWER(a)\n| DISSECT dissected \"%{b}-%{c}\""),
            "{query}"
        );
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
            let text = format!(
                "T | extend s = todatetime(a), e = 1h + todatetime(b) | extend d = e - s | where {rest}"
            );
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
        for text in [
            "extend c = tolower(a) | where c.b == 'x'",
            "summarize c = max(a) by k | where tostring(c.b) == 'x'",
        ] {
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
}

mod joins {
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
        assert!(
            streamed("A_CL | where a == 'x' | where k in ((A_CL | where b == 'y' | project j))").is_err()
        );
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
        let (query, _) = streamed(
            "A_CL | where a == 'x' | join kind=rightsemi (B_CL | where b == 'y') on k | where c == 'z'",
        )
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
            streamed(&format!(
                "A_CL | where a == 'x' | join kind=leftsemi (B_CL | where b == 'y' | {rest}) on k"
            ))
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
            let text =
                format!("A_CL | where a == 'x' | join kind=inner (B_CL | where b == 'y' | {rest}) on k");
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
        let both = |left: &str, right: &str| {
            streamed(&format!("union (SecurityEvent {left}), (SigninLogs {right})"))
        };
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
}

#[test]
fn a_query_that_is_too_long_says_so() {
    let limits = |length: usize| {
        let mut notes = Vec::new();
        super::note_length(&"a".repeat(length), &mut notes);
        notes.len()
    };
    assert_eq!((limits(1_000_000), limits(1_000_001)), (0, 1));
}

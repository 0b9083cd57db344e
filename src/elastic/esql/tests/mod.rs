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

mod joins;
mod pipelines;

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

#[test]
fn a_query_that_is_too_long_says_so() {
    let limits = |length: usize| {
        let mut notes = Vec::new();
        super::note_length(&"a".repeat(length), &mut notes);
        notes.len()
    };
    assert_eq!((limits(1_000_000), limits(1_000_001)), (0, 1));
}

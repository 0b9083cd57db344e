use super::*;
use crate::{
    diag::{Code, Effect, Span},
    ir::{
        Case, ColumnType, Condition, Field, FieldRelation, Number, Origin, Pattern, Predicate, Regex,
        RegexFlags, Stage, Test,
    },
};

fn keyword() -> Field {
    Field::column("f", ColumnType::String)
}

fn on(field: Field, test: Test) -> Condition {
    Condition::is(Predicate::new(field, test, Span::default()))
}

fn written(condition: Condition) -> Result<(String, Vec<Note>), Diagnostic> {
    let rule = Rule {
        look_back: None,
        metadata: std::sync::Arc::default(),
        origin: Origin::Unmapped,
        stages: vec![Stage::Filter(condition)],
        span: Span::default(),
        notes: Vec::new(),
    };
    let mut notes = Vec::new();
    Ok((print(&write(&rule, &mut notes)?), notes))
}

/// The query for a condition that is written exactly, without a word.
fn exact(condition: Condition) -> String {
    let (query, notes) = written(condition).unwrap();
    assert_eq!(notes, [], "{query}");
    query
}

#[test]
fn numbers_stand_under_no_string_operator() {
    let number = |n: i64| on(Field::column("f", ColumnType::Integer), Test::number(n));
    assert_eq!(exact(number(4624)), "any where f == 4624");
    assert_eq!(exact(Condition::any([number(1), number(2)])), "any where f in (1, 2)");
}

#[test]
fn lists_of_text_ignore_case_with_the_colon() {
    let list = Condition::any([on(keyword(), Test::text("x")), on(keyword(), Test::contains("y"))]);
    assert_eq!(exact(list), r#"any where f : ("x", "*y*")"#);
}

#[test]
fn a_literal_star_is_no_wildcard() {
    assert_eq!(exact(on(keyword(), Test::text("a*b"))), r#"any where f in~ ("a*b")"#);
    assert_eq!(exact(on(keyword(), Test::contains("a*b"))), r#"any where f regex~ """.*a\*b.*""""#);
}

#[test]
fn case_that_counts_uses_like_for_wildcards() {
    let cased = |pattern| on(keyword(), Test::Text(pattern, Case::Sensitive));
    assert_eq!(exact(cased(Pattern::contains("AbC"))), r#"any where f like "*AbC*""#);
    assert_eq!(exact(cased(Pattern::exact("AbC"))), r#"any where f == "AbC""#);
    assert_eq!(exact(cased(Pattern::contains("a*b"))), r#"any where f regex """.*a\*b.*""""#);
}

#[test]
fn a_regex_is_cased_and_searched() {
    let regex = Regex::parse("a\"b", RegexFlags::default()).unwrap();
    assert_eq!(exact(on(keyword(), Test::Regex(regex))), r#"any where f regex """.*a\"b.*""""#);
}

#[test]
fn control_characters_quotes_and_backslashes_are_escaped() {
    let query = exact(on(keyword(), Test::text("a\n\t\"\\\u{1}")));
    assert_eq!(query, r#"any where f : "a\n\t\"\\\u{0001}""#);
}

#[test]
fn names_are_quoted_part_by_part() {
    let null = |name: &str| exact(on(Field::new(name), Test::Null));
    assert_eq!(null("c-uri"), "any where ?`c-uri` == null");
    assert_eq!(null("a.b c"), "any where ?a.`b c` == null");
}

#[test]
fn fields_are_compared_by_functions_as_operators_refuse_them() {
    let equal =
        Test::FieldRef(FieldRelation::Equals, Field::column("g", ColumnType::String), Case::Insensitive);
    assert_eq!(exact(on(keyword(), equal)), "any where startsWith~(f, g)\n  and startsWith~(g, f)");
}

#[test]
fn keywords_are_searched_in_the_message_and_guarded_below_not() {
    let keyword = Condition::is(Predicate::anywhere(Test::text("foo"), Span::default()));
    let (query, notes) = written(keyword.clone()).unwrap();
    assert_eq!(query, "any where ?message : \"*foo*\"\n  or ?event.original : \"*foo*\"");
    assert_eq!((notes[0].code, notes[0].effect), (Code::KeywordScope, Effect::None));
    let (query, _) = written(Condition::not(keyword)).unwrap();
    assert!(query.starts_with("any where (?message == null or not ?message : \"*foo*\")"), "{query}");
}

#[test]
fn numbers_on_text_columns_are_text_and_text_on_number_columns_must_be_numbers() {
    assert_eq!(exact(on(keyword(), Test::number(1))), r#"any where f == "1""#);
    let integer = || Field::column("f", ColumnType::Integer);
    assert_eq!(exact(on(integer(), Test::text("445"))), "any where f == 445");
    assert!(written(on(integer(), Test::text("http"))).is_err());
    assert_eq!(exact(on(integer(), Test::starts_with("44"))), r#"any where string(f) : "44*""#);
    assert_eq!(
        exact(on(Field::new("f"), Test::Number(crate::ir::Comparison::Greater, Number::from(5)))),
        "any where ?f > 5"
    );
}

#[test]
fn alternatives_of_several_columns_form_a_list_each() {
    let either = |value| [on(keyword(), Test::text(value)), on(Field::new("g"), Test::text(value))];
    let list = Condition::any(either("a").into_iter().chain(either("b")));
    assert_eq!(exact(list), "any where f : (\"a\", \"b\")\n  or ?g : (\"a\", \"b\")");
}

#[test]
fn negated_equality_is_inequality() {
    assert_eq!(exact(Condition::not(on(keyword(), Test::Null))), "any where f != null");
    let number = on(Field::column("f", ColumnType::Integer), Test::number(1));
    assert_eq!(exact(Condition::not(number)), "any where f != 1");
}

#[test]
fn negations_below_one_guard_form_one_list() {
    let guarded =
        |value| Condition::any([on(keyword(), Test::Null), Condition::not(on(keyword(), Test::text(value)))]);
    let both = Condition::all([guarded("a"), guarded("b")]);
    assert_eq!(exact(both), r#"any where f == null or not f : ("a", "b")"#.replace(" or", "\n  or"));
}

#[test]
fn networks_on_one_field_share_a_call() {
    let cidr = |network: &str| on(Field::column("f", ColumnType::Ip), Test::Cidr(network.parse().unwrap()));
    let networks = Condition::any([cidr("10.0.0.0/8"), cidr("fc00::/7")]);
    assert_eq!(exact(networks), r#"any where cidrMatch(f, "10.0.0.0/8", "fc00::/7")"#);
}

#[test]
fn long_lists_are_broken_one_value_a_line() {
    let value = |c: &str| on(keyword(), Test::text(&c.repeat(60)));
    let (a, b) = ("a".repeat(60), "b".repeat(60));
    let expected = format!("any where f : (\n    \"{a}\",\n    \"{b}\"\n  )");
    assert_eq!(exact(Condition::any([value("a"), value("b")])), expected);
}

#[test]
fn booleans_are_bare() {
    let boolean = on(Field::column("f", ColumnType::Boolean), Test::Boolean(true));
    assert_eq!(exact(boolean), "any where f == true");
}

#[test]
fn a_regex_without_case_has_its_operator() {
    let flags = RegexFlags { ignore_case: true, ..RegexFlags::default() };
    let regex = Regex::parse("^ab$", flags).unwrap();
    assert_eq!(exact(on(keyword(), Test::Regex(regex))), r#"any where f regex~ "ab""#);
}

#[test]
fn a_regex_beyond_the_index_limit_is_refused() {
    let regex = Regex::parse(&"a".repeat(1001), RegexFlags::default()).unwrap();
    assert_eq!(written(on(keyword(), Test::Regex(regex))).unwrap_err().code, Code::Unsupported);
}

/// The text of a string literal, read by EQL's rules; none where it is not one literal to its end.
fn reread(literal: &str) -> Option<String> {
    if let Some(raw) = literal.strip_prefix("\"\"\"") {
        let text = raw.strip_suffix("\"\"\"")?;
        return (!text.contains("\"\"\"") && !text.contains(['\n', '\r'])).then(|| text.to_owned());
    }
    let mut chars = literal.strip_prefix('"')?.strip_suffix('"')?.chars();
    let mut text = String::new();
    while let Some(c) = chars.next() {
        match c {
            '"' | '\n' | '\r' => return None,
            '\\' => match chars.next()? {
                'n' => text.push('\n'),
                'r' => text.push('\r'),
                't' => text.push('\t'),
                c @ ('"' | '\\') => text.push(c),
                'u' => {
                    let digits: String = chars.by_ref().skip(1).take_while(|c| *c != '}').collect();
                    text.push(char::from_u32(u32::from_str_radix(&digits, 16).ok()?)?);
                }
                _ => return None,
            },
            c => text.push(c),
        }
    }
    Some(text)
}

proptest::proptest! {
    #[test]
    fn literals_read_back_as_they_were(text in "([\"\\\\\n*{}u]|\\PC|\\p{Cc}){0,12}") {
        let (mut plain, mut raw) = (String::new(), String::new());
        quote::string(&mut plain, &text);
        quote::regex(&mut raw, &text);
        proptest::prop_assert_eq!(reread(&plain), Some(text.clone()));
        proptest::prop_assert_eq!(reread(&raw), Some(text.clone()));
    }
}

#[test]
fn members_of_flattened_fields_are_refused() {
    let member = on(Field::column("a.b", ColumnType::Dynamic), Test::text("x"));
    let error = written(member).unwrap_err();
    assert_eq!(error.message, "EQL cannot read `a.b`, a member of a `flattened` field");
}

#[test]
fn a_number_is_searched_for_as_text() {
    let (query, _) =
        written(Condition::is(Predicate::anywhere(Test::number(4624), Span::default()))).unwrap();
    assert_eq!(query, "any where ?message : \"*4624*\"\n  or ?event.original : \"*4624*\"");
}

#[test]
fn text_on_truth_columns_is_a_truth_value() {
    let truth = |text: &str| written(on(Field::column("f", ColumnType::Boolean), Test::text(text)));
    assert_eq!(truth("True").unwrap().0, "any where f == true");
    assert_eq!(truth("false").unwrap().0, "any where f == false");
    assert!(truth("yes").is_err());
}

#[test]
fn a_raw_string_neither_starts_with_a_quote_nor_holds_three() {
    let regex = |pattern: &str| {
        let mut out = String::new();
        quote::regex(&mut out, pattern);
        out
    };
    assert_eq!(regex(r#"a"b"#), r#""""a"b""""#);
    assert_eq!(regex(r#""a"#), r#""\"a""#);
    assert_eq!(regex(r#"a"""b"#), r#""a\"\"\"b""#);
}

#[test]
fn text_that_is_no_number_as_it_is_written_never_equals_one() {
    let of = |text: &str| written(on(Field::column("f", ColumnType::Integer), Test::text(text)));
    assert_eq!(of("1").unwrap().0, "any where f == 1");
    assert!(of("01").is_err());
}

#[test]
fn nulls_are_no_list() {
    let null = || on(Field::new("f"), Test::Null);
    assert_eq!(exact(Condition::any([null(), null()])), "any where ?f == null\n  or ?f == null");
}

use super::*;
use crate::{
    diag::{Code, Effect, Note, Span},
    ir::{
        Case, ColumnType, Comparison, Condition, Field, FieldRelation, Number, Origin, Pattern, Piece,
        Predicate, Regex, RegexFlags, Rule, Stage, Test, TimePart,
    },
};

fn field(ty: ColumnType) -> Field {
    Field::column("f", ty)
}

fn keyword() -> Field {
    field(ColumnType::String)
}

fn on(field: Field, test: Test) -> Condition {
    Condition::is(Predicate::new(field, test, Span::default()))
}

fn anywhere(test: Test) -> Condition {
    Condition::is(Predicate::anywhere(test, Span::default()))
}

fn regex(source: &str) -> Test {
    Test::Regex(Regex::parse(source, RegexFlags::default()).unwrap())
}

fn cidr(network: &str) -> Test {
    Test::Cidr(network.parse().unwrap())
}

fn sensitive(pattern: Pattern) -> Test {
    Test::Text(pattern, Case::Sensitive)
}

fn written(condition: Condition, case: CaseMode) -> (String, Vec<Note>) {
    let rule = Rule {
        look_back: None,
        metadata: std::sync::Arc::default(),
        origin: Origin::Unmapped,
        stages: vec![Stage::Filter(condition)],
        span: Span::default(),
        notes: Vec::new(),
    };
    let mut notes = Vec::new();
    let query = write(&rule, case, &mut notes).unwrap();
    (print(&query), notes)
}

/// The query for a condition that is written exactly, without a word.
fn exact(condition: Condition) -> String {
    let (query, notes) = written(condition, CaseMode::Exact);
    assert_eq!(notes, [], "{query}");
    query
}

/// The query, and the code and effect of its one note.
fn noted(condition: Condition) -> (String, Code, Effect) {
    let (query, notes) = written(condition, CaseMode::Exact);
    let [note] = notes.as_slice() else { panic!("{query}: {notes:?}") };
    (query, note.code, note.effect)
}

fn as_indexed(condition: Condition) -> String {
    let (query, notes) = written(condition, CaseMode::AsIndexed);
    assert!(notes.iter().all(|note| note.effect == Effect::None), "{notes:?}");
    query
}

#[test]
fn case_insensitive_text_stays_so_on_keyword_fields() {
    let image = Test::ends_with(r"\whoami.exe");
    assert_eq!(exact(on(keyword(), image.clone())), r"f:/.*\\[wW][hH][oO][aA][mM][iI]\.[eE][xX][eE]/");
    assert_eq!(exact(on(Field::new("f"), Test::text("a/b"))), r"f:/[aA]\/[bB]/");
    assert_eq!(exact(on(field(ColumnType::Caseless), image.clone())), r"f:*\\whoami.exe");
    assert_eq!(as_indexed(on(keyword(), image)), r"f:*\\whoami.exe");
}

#[test]
fn text_without_letters_needs_no_regex() {
    assert_eq!(exact(on(keyword(), Test::text("4624"))), "f:4624");
    assert_eq!(exact(on(keyword(), Test::contains("1 2"))), r"f:*1\ 2*");
    assert_eq!(exact(on(keyword(), Test::text(""))), r#"f:"""#);
}

#[test]
fn case_sensitive_text_is_a_term() {
    assert_eq!(exact(on(keyword(), sensitive(Pattern::exact("AbC")))), "f:AbC");
    assert_eq!(
        exact(on(keyword(), sensitive(Pattern::exact(r"C:\Windows\cmd.exe")))),
        r#"f:"C:\\Windows\\cmd.exe""#
    );
    assert_eq!(exact(on(keyword(), sensitive(Pattern::starts_with(r"C:\Temp\")))), r"f:C\:\\Temp\\*");
    let globs = Pattern::new([Piece::Literal("a*".into()), Piece::AnyOne, Piece::Literal("b".into())]);
    assert_eq!(exact(on(keyword(), sensitive(globs))), r"f:a\*?b");
    let (_, code, effect) = noted(on(field(ColumnType::Caseless), sensitive(Pattern::exact("AbC"))));
    assert_eq!((code, effect), (Code::CaseWidened, Effect::More));
}

#[test]
fn a_lone_wildcard_asks_for_any_value() {
    assert_eq!(exact(on(keyword(), Test::contains(""))), "_exists_:f");
}

#[test]
fn lists_share_their_field() {
    let either = Condition::any([1, 2].map(|number| on(field(ColumnType::Integer), Test::number(number))));
    assert_eq!(exact(either), "f:(1 OR 2)");
    let both = Condition::all(["x", "y"].map(|text| on(field(ColumnType::Caseless), Test::contains(text))));
    assert_eq!(exact(both.clone()), "f:(*x* AND *y*)");
    assert_eq!(exact(Condition::not(both)), "NOT f:(*x* AND *y*)");
}

#[test]
fn long_lists_are_broken_one_value_a_line() {
    let values: Vec<_> = (0..12).map(|n| on(keyword(), Test::text(&format!("0123456789.{n}")))).collect();
    let query = exact(Condition::all([
        on(Field::column("g", ColumnType::String), Test::text("1")),
        Condition::any(values),
    ]));
    assert!(query.starts_with("g:1\nAND f:(\n  0123456789.0\n  OR 0123456789.1\n"), "{query}");
    assert!(query.ends_with("\n)"), "{query}");
}

#[test]
fn very_long_lists_of_regexes_are_packed_under_the_limit() {
    let values = (0..300).map(|n| on(keyword(), Test::text(&format!("abcdefgh{n}"))));
    let query = exact(Condition::any(values));
    assert!(query.lines().count() < 16, "{query}");
    assert!(query.lines().all(|line| line.trim().len() <= 1010));
}

#[test]
fn a_value_too_long_for_a_regex_is_widened_with_a_note() {
    let long = "ab".repeat(200);
    let (query, code, effect) = noted(on(keyword(), Test::text(&long)));
    assert_eq!((code, effect), (Code::PatternWidened, Effect::More));
    assert_eq!(query.len(), "f://".len() + 1000);
    assert!(query.starts_with("f:/[aA][bB]") && query.ends_with("../"), "{query}");
    assert_eq!(noted(Condition::not(on(keyword(), Test::text(&long)))).2, Effect::Less);
}

#[test]
fn mixed_and_or_not_are_parenthesized() {
    let [a, b, c] = ["a", "b", "c"].map(|name| on(Field::new(name), Test::number(1)));
    // `a AND b OR c` would not find c, and `a OR NOT b` would find a only.
    assert_eq!(
        exact(Condition::any([Condition::all([a.clone(), b.clone()]), c.clone()])),
        "(a:1 AND b:1)\nOR c:1"
    );
    assert_eq!(exact(Condition::any([a.clone(), Condition::not(b.clone())])), "a:1\nOR (NOT b:1)");
    assert_eq!(exact(Condition::all([a.clone(), Condition::not(b.clone())])), "a:1\nAND NOT b:1");
    let negated = Condition::not(Condition::any([b, c]));
    assert_eq!(exact(Condition::all([a, negated])), "a:1\nAND NOT (b:1 OR c:1)");
}

#[test]
fn constants_print_as_queries() {
    assert_eq!(exact(Condition::Always), "*:*");
    assert_eq!(exact(Condition::Never), "NOT *:*");
}

#[test]
fn numbers_ranges_and_booleans() {
    assert_eq!(exact(on(field(ColumnType::Integer), Test::number(-5))), r#"f:"-5""#);
    let above = Test::Number(Comparison::GreaterOrEqual, Number::from(5));
    assert_eq!(exact(on(field(ColumnType::Integer), above.clone())), "f:>=5");
    assert_eq!(noted(on(keyword(), above)).2, Effect::Either);
    assert_eq!(exact(on(field(ColumnType::Boolean), Test::Boolean(true))), "f:true");
    assert_eq!(exact(on(keyword(), Test::Boolean(true))), "f:/[tT][rR][uU][eE]/");
}

#[test]
fn null_and_exists_say_that_they_are_one() {
    let null = (Code::NullAsAbsent, Effect::None);
    let (query, code, effect) = noted(on(keyword(), Test::Null));
    assert_eq!((query.as_str(), (code, effect)), ("NOT _exists_:f", null));
    let (query, code, effect) = noted(on(keyword(), Test::Exists));
    assert_eq!((query.as_str(), (code, effect)), ("_exists_:f", null));
}

#[test]
fn networks() {
    // Unquoted, `10.0.0.0/8` opens a regular expression.
    assert_eq!(exact(on(field(ColumnType::Ip), cidr("10.0.0.0/8"))), r#"f:"10.0.0.0/8""#);
    assert_eq!(exact(on(field(ColumnType::Ip), cidr("fe80::/10"))), r#"f:"fe80::/10""#);
    assert_eq!(noted(on(Field::new("f"), cidr("10.0.0.0/8"))).1, Code::TypeCoerced);
    // On a keyword field the network would be a plain term that no address equals.
    let octet = "[0-9]{1,3}";
    assert_eq!(exact(on(keyword(), cidr("10.8.0.0/15"))), format!(r"f:/10\.(8|9)\.{octet}\.{octet}/"));
}

#[test]
fn a_text_that_no_address_equals_does_not_fail_the_query() {
    let either = Condition::any(
        [Test::text("-"), Test::text("127.0.0.1")].map(|test| on(field(ColumnType::Ip), test)),
    );
    assert_eq!(exact(either), "f:127.0.0.1");
    assert_eq!(exact(on(field(ColumnType::Ip), Test::starts_with("192.168."))), r#"f:"192.168.0.0/16""#);
}

#[test]
fn regexes_match_whole_values_in_lucene() {
    assert_eq!(exact(on(keyword(), regex(r"^C:\\\\[a-z]+\.exe$"))), r"f:/C:\\\\[a-z]+\.exe/");
    assert_eq!(exact(on(keyword(), regex("(?i)a/b"))), r"f:/.*[aA]\/[bB].*/");
    assert_eq!(exact(Condition::not(on(keyword(), regex("a")))), "NOT f:/.*a.*/");
    assert_eq!(noted(on(keyword(), regex(r"a\b.b"))).1, Code::RegexWidened);
    assert_eq!(noted(Condition::not(on(keyword(), regex(r"a\b.b")))).2, Effect::Less);
}

#[test]
fn tests_that_the_language_lacks_match_more_either_way() {
    let same = Test::FieldRef(FieldRelation::Equals, Field::new("g"), Case::Insensitive);
    let other = on(Field::new("h"), Test::number(1));
    let widened = (Code::TestWidened, Effect::More);
    let (query, code, effect) = noted(on(keyword(), same.clone()));
    assert_eq!((query.as_str(), (code, effect)), ("_exists_:f\nAND _exists_:g", widened));
    let (query, code, effect) = noted(Condition::all([other, Condition::not(on(keyword(), same))]));
    assert_eq!((query.as_str(), (code, effect)), ("h:1", widened));
    let hour = Test::TimePart(TimePart::Hour, Comparison::Less, Number::from(6));
    assert_eq!(noted(on(field(ColumnType::Timestamp), hour)).0, "_exists_:f");
}

#[test]
fn words_of_analysed_fields() {
    let text = |test| on(field(ColumnType::Text), test);
    assert_eq!(exact(text(Test::contains("Mimikatz"))), "f:*Mimikatz*");
    let (query, code, effect) = noted(text(Test::contains("net user /add")));
    assert_eq!((query.as_str(), code, effect), ("f:(*net AND user AND add*)", Code::TermMatch, Effect::More));
    let (query, _, effect) = noted(Condition::not(text(Test::contains("net user"))));
    assert_eq!((query.as_str(), effect), ("*:*", Effect::More));
}

#[test]
fn keywords_search_every_field() {
    let (query, code, effect) = noted(anywhere(Test::contains("Mimi")));
    assert_eq!((query.as_str(), code, effect), ("/.*[mM][iI][mM][iI].*/", Code::KeywordScope, Effect::None));
    let (query, code, effect) = noted(anywhere(Test::contains("rm -f")));
    assert_eq!(
        (query.as_str(), code, effect),
        ("/.*[rR][mM] -[fF].*/\nOR (*rm AND f*)", Code::KeywordScope, Effect::More)
    );
    assert_eq!(noted(Condition::not(anywhere(Test::contains("rm -f")))).2, Effect::More);
    assert_eq!(noted(anywhere(Test::contains("() {"))).2, Effect::None);
}

#[test]
fn words_side_by_side_are_a_phrase() {
    let (query, ..) = noted(on(field(ColumnType::Text), Test::contains("/usr/bin/nc -e sh.exe")));
    assert_eq!(query, r#"f:("usr bin nc e" AND sh* AND *exe*)"#);
}

#[test]
fn text_on_typed_columns_is_a_value_of_the_type_or_nothing() {
    let typed = |ty, text: &str| written(on(field(ty), Test::text(text)), CaseMode::Exact).0;
    assert_eq!(typed(ColumnType::Integer, "0445"), "f:445");
    assert_eq!(typed(ColumnType::Real, "1.50"), "f:1.5");
    assert_eq!(typed(ColumnType::Boolean, "TRUE"), "f:true");
    for (ty, text) in [(ColumnType::Integer, "http"), (ColumnType::Boolean, "yes")] {
        assert_eq!(typed(ty, text), "NOT *:*");
    }
}

#[test]
fn an_expression_on_a_lower_case_index_looks_for_either_case() {
    let on_caseless = |test: Test| written(on(field(ColumnType::Caseless), test), CaseMode::Exact);
    let (query, notes) = on_caseless(regex("^aB$"));
    assert_eq!(query, "f:/[aA][bB]/");
    assert_eq!((notes[0].code, notes[0].effect), (Code::CaseWidened, Effect::More));
    let flags = RegexFlags { ignore_case: true, ..RegexFlags::default() };
    let (query, notes) = on_caseless(Test::Regex(Regex::parse("^aB$", flags).unwrap()));
    assert_eq!((query.as_str(), notes.len()), ("f:/[aA][bB]/", 0));
}

#[test]
fn no_alternatives_are_nothing() {
    use super::ast::Query;
    assert_eq!(Query::any([Query::Nothing, Query::Nothing]), Query::Nothing);
}

#[test]
fn groups_fill_their_lines() {
    let longest = (0..80).map(|length| {
        let group = |name: &str| {
            let value = |text: &str| on(Field::new(name), Test::contains(text));
            Condition::all([value(&"1".repeat(20 + length)), on(Field::new("other"), Test::text("b"))])
        };
        let (query, _) = written(Condition::any([group("first"), group("second")]), CaseMode::Exact);
        query.lines().skip(1).map(str::len).max().unwrap_or(0)
    });
    assert_eq!(longest.max().unwrap_or(0).to_string(), "110");
}

#[test]
fn a_keyword_with_more_than_one_word_is_no_exact_one() {
    let effects = |text: &str| {
        let (_, notes) = written(anywhere(Test::contains(text)), CaseMode::Exact);
        notes
            .iter()
            .filter(|note| note.code == Code::KeywordScope)
            .map(|note| note.effect)
            .collect::<Vec<_>>()
    };
    assert_eq!(effects("foo"), [Effect::None]);
    assert_ne!(effects("foo."), [Effect::None]);
}

#[test]
fn a_word_ends_where_the_last_literal_does() {
    let text = |pattern| {
        written(on(field(ColumnType::Text), Test::Text(pattern, Case::Insensitive)), CaseMode::Exact).0
    };
    assert_eq!(text(Pattern::exact("foo")), "f:foo");
    assert_eq!(text(Pattern::new([Piece::Literal("foo".into()), Piece::AnyRun])), "f:foo*");
}

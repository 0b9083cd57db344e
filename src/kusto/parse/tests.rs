//! What the language's words come to, and what is refused.

use super::{Parsed, parse};
use crate::{
    diag::Positions,
    kusto::{
        ast::{Expression, Literal, Operator, Source, Statement},
        format,
    },
};

fn parsed(text: &str) -> Parsed {
    parse(text, &Positions::default())
}

/// The right side of the only comparison of `T | where a == …`.
fn literal(spelling: &str) -> Literal {
    let parsed = parsed(&format!("T | where a == {spelling}"));
    assert!(parsed.diagnostics.is_empty(), "{spelling}: {:?}", parsed.diagnostics);
    let Statement::Tabular(query) = &parsed.script.statements[0] else { panic!("{spelling}") };
    let Operator::Where(_, Expression::Binary(_, _, right)) = &query.operators[0].operator else {
        panic!("{spelling}")
    };
    match &**right {
        Expression::Literal(literal, _) => literal.clone(),
        other => panic!("{spelling}: {other:?}"),
    }
}

fn text(spelling: &str) -> String {
    match literal(spelling) {
        Literal::String(text) | Literal::Hidden(text) => text,
        other => panic!("{spelling}: {other:?}"),
    }
}

/// The first fault of a text: what, where, and what to do.
fn fault(text: &str) -> (String, String, Option<String>) {
    let parsed = parsed(text);
    let first = parsed.diagnostics.first().unwrap_or_else(|| panic!("{text} parses"));
    (first.message.clone(), text[first.span.unwrap().range()].to_owned(), first.help.clone())
}

#[test]
fn texts_have_many_quotes() {
    assert_eq!(text(r#""a\\b""#), r"a\b");
    assert_eq!(text(r#"@"a\b""#), r"a\b");
    assert_eq!(text(r"'it\'s'"), "it's");
    assert_eq!(text("@'it''s'"), "it's");
    assert_eq!(text(r#"@"say ""hi""""#), r#"say "hi""#);
    assert_eq!(text(r#""say ""hi""""#), "say hi");
    assert_eq!(text("\"a\" // why\n \"b\""), "ab");
    assert_eq!(text(r#""\x41\101\u00e9""#), "AAé");
    assert_eq!(text(r#"@"C:\dir\""#), r"C:\dir\");
    assert_eq!(text("```two\nlines \\ \"q\"```"), "two\nlines \\ \"q\"");
    assert!(matches!(literal(r#"h"secret""#), Literal::Hidden(text) if text == "secret"));
}

#[test]
fn numbers_and_lengths_of_time_have_their_types() {
    assert_eq!(literal("0x10"), Literal::Long(16));
    assert_eq!(literal("1e3"), Literal::Real(1000.0));
    assert!(matches!(literal("1.5h"), Literal::Timespan { ticks: 54_000_000_000, .. }));
    assert!(matches!(literal("time(1.02:03:04)"), Literal::Timespan { .. }));
    assert_eq!(literal("datetime(2024-01-02)"), Literal::Datetime("2024-01-02".to_owned()));
    assert_eq!(literal("int(null)"), Literal::Null("int"));
    assert_eq!(literal("TRUE"), Literal::Bool(true));
}

#[test]
fn faults_say_what_to_write_instead() {
    let (message, place, help) = fault(r#"T | where a == "C:\Users""#);
    assert_eq!((message.as_str(), place.as_str()), (r"`\U` is no escape", r"\U"));
    assert!(help.unwrap().contains("@\""));
    assert_eq!(fault(r#"T | where a !has_any ("x")"#).0, "there is no operator `!has_any`");
    assert_eq!(fault(r#"T | where a has ("x", "y")"#).0, "`has` takes one value");
    assert_eq!(fault(r#"T | where a in "x""#).0, "expected `(` after `in`, found `\"x\"`");
    assert_eq!(fault(r#"T | where not a == "x""#).0, "`not` is a function");
    assert_eq!(fault(r#"T | where a == "x" AND b == "y""#).2.as_deref(), Some("write `and`, in lower case"));
    assert_eq!(fault(r#"T | where a = "x""#).2.as_deref(), Some("write `==` to compare"));
    assert_eq!(fault("| where a == 1").0, "the query has no source before this `|`");
    assert_eq!(fault("let a = 1\nT | take a").2.as_deref(), Some("a `;` ends each `let` and `set`"));
    assert_eq!(fault("T | Where a == 1").2.as_deref(), Some("operators are written in lower case"));
    assert!(fault("T | where a == “x”").2.unwrap().contains("straight quotes"));
}

#[test]
fn several_faults_are_told() {
    assert_eq!(parsed("T | where a = 1 | wher b == 2 | take 5").diagnostics.len(), 2);
}

#[test]
fn words_of_the_language_are_names_too() {
    let parsed = parsed("T | extend kind = by, count = 1 | project kind, type, union | where count == 1");
    assert!(parsed.diagnostics.is_empty(), "{:?}", parsed.diagnostics);
}

#[test]
fn a_union_may_start_a_query() {
    let parsed = parsed("union kind=outer T, (U | take 1) | count");
    let Statement::Tabular(query) = &parsed.script.statements[0] else { panic!() };
    assert!(matches!(query.source, Source::Operator(_)));
}

#[test]
fn comments_stay_when_a_text_is_laid_out() {
    let text = "// head\nT // table\n| where a == 1 // one\n// tail";
    let formatted = format(&parsed(text).script, text);
    for comment in ["// head", "// table", "// one", "// tail"] {
        assert_eq!(formatted.matches(comment).count(), 1, "{formatted}");
    }
}

#[test]
fn a_search_in_parentheses_is_no_function_without_a_body() {
    let text = "let x = (a:b) - c;\nT";
    let formatted = format(&parsed(text).script, text);
    assert!(parsed(&formatted).diagnostics.is_empty(), "{formatted}");
    assert!(parsed("let f = (a: string) { a };\nT").diagnostics.is_empty());
}

/// Each would overflow the stack of a parser that follows it.
#[test]
fn hostile_texts_end_in_a_fault() {
    const MANY: usize = 100_000;
    for (head, part, tail) in [
        ("T | where 1", "+ a", " == 2"),
        ("T | where a", ".a", " == 2"),
        ("T | where a", "[0]", " == 2"),
        ("T | where a", " in (a)", ""),
        ("T | where a", " == a", ""),
        ("T | where ", "(", ""),
        ("T | where a in (dynamic(", "[", "))"),
        ("let a = ", "f(", "1"),
        ("T ", "| union (T ", ""),
    ] {
        let text = format!("{head}{}{tail}", part.repeat(MANY));
        assert!(!parsed(&text).diagnostics.is_empty(), "{head}{part}…{tail}");
    }
    for text in ["", ";", "|", "let", "\"", "@'", "```", "T | where a has", "T | join", "dynamic({", "T['"] {
        let _ = parsed(text);
    }
}

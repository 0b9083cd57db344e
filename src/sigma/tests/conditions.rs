//! Conditions over several detections.

use proptest::prelude::*;

use super::{event, meaning, problems};
use crate::diag::Code;
use crate::sigma::condition::parse;

/// Whether a condition over `a: A`, `b: B`, … holds where the fields in `fields` are set.
fn holds(condition: &str, fields: &str) -> bool {
    let detection = format!(
        "  a: {{A: x}}\n  b: {{B: x}}\n  c: {{C: x}}\n  sel_1: {{D: x}}\n  sel_2: {{E: x}}\n  _sel: {{F: x}}\n  condition: {condition}"
    );
    let names: Vec<String> = fields.chars().map(String::from).collect();
    let fields: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), "x")).collect();
    meaning(&detection).holds_on(&event(&fields))
}

#[test]
fn and_binds_tighter_than_or() {
    assert!(holds("a or b and c", "A"));
    assert!(!holds("a or b and c", "B"));
    assert!(!holds("(a or b) and c", "A"));
}

#[test]
fn not_binds_tighter_than_and() {
    assert!(holds("not a and b", "B"));
    assert!(!holds("not a and b", "AB"));
    assert!(holds("not not a", "A"));
    assert!(!holds("not (a or b)", "B"));
}

#[test]
fn one_of_is_any_and_all_of_is_all() {
    assert!(holds("1 of sel_*", "E"));
    assert!(holds("any of sel_*", "D"));
    assert!(!holds("all of sel_*", "D"));
    assert!(holds("all of sel_*", "DE"));
}

#[test]
fn a_selector_binds_tighter_than_not() {
    assert!(holds("a and not 1 of sel_*", "A"));
    assert!(!holds("a and not 1 of sel_*", "AE"));
}

#[test]
fn them_leaves_out_names_that_start_with_an_underscore() {
    assert!(!holds("1 of them", "F"));
    assert!(holds("all of them", "ABCDE"));
}

#[test]
fn patterns_leave_them_out_unless_they_start_so_themselves() {
    assert!(!holds("1 of *sel*", "F"));
    assert!(holds("1 of _sel*", "F"));
}

#[test]
fn an_underscored_detection_can_be_named() {
    assert!(holds("_sel", "F"));
}

#[test]
fn a_pattern_has_stars_anywhere_or_none() {
    assert!(holds("1 of s*_2", "E"));
    assert!(!holds("1 of s*_2", "D"));
    assert!(holds("1 of sel_1", "D"));
}

#[test]
fn names_may_start_with_an_operator_and_hold_hyphens() {
    let condition = meaning("  notsel: {A: x}\n  or-b: {B: x}\n  condition: notsel and 1 of or-*");
    assert!(condition.holds_on(&event(&[("A", "x"), ("B", "x")])));
}

#[test]
fn a_list_of_conditions_is_any_of_them() {
    assert!(holds("[a, b and c]", "A"));
    assert!(holds("[a, b and c]", "BC"));
    assert!(!holds("[a, b and c]", "B"));
}

#[test]
fn a_condition_may_span_lines() {
    assert!(holds("|\n    a\n    or b", "B"));
    assert!(holds(">\n    a\n    or b", "B"));
}

fn problem(condition: &str) -> (Code, String) {
    problems(&format!("  sel: {{A: x}}\n  condition: {condition}")).remove(0)
}

#[test]
fn an_unknown_name_is_pointed_at() {
    assert_eq!(problem("sel and sle"), (Code::UnknownSelection, "sle".into()));
}

#[test]
fn an_unknown_name_is_pointed_at_inside_quotes_and_blocks() {
    assert_eq!(problem(r#""sel and sle""#), (Code::UnknownSelection, "sle".into()));
    assert_eq!(problem("|\n    sel\n    and sle"), (Code::UnknownSelection, "sle".into()));
    assert_eq!(problem(">-\n    sel\n    and sle"), (Code::UnknownSelection, "sle".into()));
    assert_eq!(problem("sel\n    and sle"), (Code::UnknownSelection, "sle".into()));
}

#[test]
fn a_selector_without_detections_is_an_error() {
    assert_eq!(problem("sel and not 1 of filter_*"), (Code::EmptySelector, "1 of filter_*".into()));
}

#[test]
fn a_detection_that_no_condition_uses_is_a_warning() {
    let found = problems("  sel: {A: x}\n  other: {B: x}\n  condition: sel");
    assert_eq!(found, [(Code::UnusedSelection, "other".into())]);
}

#[test]
fn syntax_errors_point_at_the_word() {
    assert_eq!(problem("sel AND sel"), (Code::ConditionSyntax, "AND".into()));
    assert_eq!(problem("NOT sel"), (Code::ConditionSyntax, "NOT".into()));
    assert_eq!(problem("2 of sel*"), (Code::ConditionSyntax, "2".into()));
    assert_eq!(problem("(sel"), (Code::ConditionSyntax, String::new()));
    assert_eq!(problem("sel and or sel"), (Code::ConditionSyntax, "or".into()));
    assert_eq!(problem("sel*"), (Code::ConditionSyntax, "sel*".into()));
    assert_eq!(problem("''"), (Code::ConditionSyntax, String::new()));
}

#[test]
fn old_aggregations_are_recognised() {
    let (code, place) = problem("'sel | count() by x > 5'");
    assert_eq!((code, place.as_str()), (Code::ConditionSyntax, "| count() by x > 5"));
}

#[test]
fn upper_case_keywords_get_help() {
    assert_eq!(parse("a AND b").unwrap_err().help.unwrap(), "keywords are lower case: write `and`");
    assert_eq!(parse("NOT a").unwrap_err().help.unwrap(), "keywords are lower case: write `not`");
    assert_eq!(parse("1 OF a*").unwrap_err().help.unwrap(), "keywords are lower case: write `of`");
}

#[test]
fn deep_conditions_are_refused() {
    assert!(parse(&"(".repeat(10_000)).is_err());
    assert!(parse(&format!("{}a", "not ".repeat(4_000))).is_err());
}

#[test]
fn conditions_that_multiply_are_refused() {
    let values = vec!["x"; 1000].join(", ");
    let condition = vec!["sel"; 1000].join(" or ");
    let found = problems(&format!("  sel: {{A: [{values}]}}\n  condition: {condition}"));
    assert_eq!(found[0].0, Code::ConditionSyntax);
}

proptest! {
    #[test]
    fn parsing_never_panics(text in ".*") {
        let _ = parse(&text);
    }

    #[test]
    fn parsing_words_never_panics(words in prop::collection::vec("and|or|not|1|all|of|them|a\\*|b|\\(|\\)|\\|", 0..20)) {
        if let Err(error) = parse(&words.join(" ")) {
            prop_assert!(error.range.end <= words.join(" ").len());
        }
    }
}

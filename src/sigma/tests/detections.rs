//! Forms of detections and values.

use super::{assert_matches, event, holds, item, meaning};
use crate::ir::{
    Condition, Test,
    eval::{Event, Value},
};

#[test]
fn a_value_is_the_whole_field_whatever_its_case() {
    assert_matches(r"f: C:\cmd.exe", &[r"C:\cmd.exe", r"c:\CMD.EXE"], &[r"xC:\cmd.exe", r"C:\cmd.exe "]);
}

#[test]
fn wildcards_stand_for_any_run_and_any_one() {
    assert_matches("f: 'a*b?'", &["abx", "a123bx"], &["ab", "abxy"]);
}

#[test]
fn a_list_is_any_of_its_values() {
    assert_matches("f: [x, y]", &["x", "y"], &["z"]);
}

#[test]
fn the_items_of_a_map_are_all_needed() {
    let condition = meaning("  s:\n    f: x\n    g: y\n  condition: s");
    assert!(condition.holds_on(&event(&[("f", "x"), ("g", "y")])));
    assert!(!condition.holds_on(&event(&[("f", "x")])));
}

#[test]
fn a_list_of_maps_is_any_of_them() {
    let condition = meaning("  s:\n    - f: x\n      g: y\n    - h: z\n  condition: s");
    assert!(condition.holds_on(&event(&[("h", "z")])));
    assert!(condition.holds_on(&event(&[("f", "x"), ("g", "y")])));
    assert!(!condition.holds_on(&event(&[("f", "x")])));
}

#[test]
fn keywords_are_found_in_any_field() {
    let condition = meaning("  s:\n    - one\n    - two\n  condition: s");
    assert!(condition.holds_on(&event(&[("any", "text with ONE in it")])));
    assert!(!condition.holds_on(&event(&[("any", "three")])));
}

#[test]
fn a_scalar_alone_is_a_keyword() {
    assert!(meaning("  s: one\n  condition: s").holds_on(&event(&[("any", "x one y")])));
}

#[test]
fn a_keyword_may_have_wildcards() {
    let condition = meaning("  s: ['b*z']\n  condition: s");
    assert!(condition.holds_on(&event(&[("any", "a bcz d")])));
    assert!(!condition.holds_on(&event(&[("any", "zb")])));
}

#[test]
fn a_numeric_keyword_is_its_spelling() {
    assert!(meaning("  s: [4624]\n  condition: s").holds_on(&event(&[("any", "id=4624;")])));
}

#[test]
fn keywords_and_maps_mix_in_a_list() {
    let condition = meaning("  s:\n    - one\n    - f: x\n  condition: s");
    assert!(condition.holds_on(&event(&[("any", "one")])));
    assert!(condition.holds_on(&event(&[("f", "x")])));
}

#[test]
fn lists_nest() {
    let condition = meaning("  s:\n    - [one, two]\n    - - f: x\n      - f: y\n  condition: s");
    assert!(condition.holds_on(&event(&[("any", "two")])));
    assert!(condition.holds_on(&event(&[("f", "y")])));
}

#[test]
fn an_empty_field_with_all_needs_every_keyword() {
    let condition = item("'|all': [one, two]");
    assert!(condition.holds_on(&event(&[("a", "one"), ("b", "two")])));
    assert!(!condition.holds_on(&event(&[("a", "one")])));
}

#[test]
fn an_empty_field_with_re_searches_anywhere() {
    assert!(item("'|re': 'on+e'").holds_on(&event(&[("a", "x onne y")])));
}

#[test]
fn an_empty_field_with_startswith_looks_at_the_start_of_values() {
    let condition = item("'|startswith': one");
    assert!(condition.holds_on(&event(&[("a", "one two")])));
    assert!(!condition.holds_on(&event(&[("a", "two one")])));
}

#[test]
fn null_is_a_field_without_value() {
    let condition = item("f: null");
    assert!(condition.holds_on(&Event::default()));
    assert!(holds(&condition, Value::Null));
    assert!(!holds(&condition, ""));
}

#[test]
fn null_in_a_list_is_one_of_its_values() {
    let condition = item("f: [x, null]");
    assert!(condition.holds_on(&Event::default()));
    assert!(holds(&condition, "x"));
    assert!(!holds(&condition, "y"));
}

#[test]
fn nothing_after_the_colon_is_null() {
    assert!(item("f:").holds_on(&Event::default()));
}

#[test]
fn empty_text_is_not_null() {
    let condition = item("f: ''");
    assert!(holds(&condition, ""));
    assert!(!condition.holds_on(&Event::default()));
}

#[test]
fn numbers_are_numbers_and_exact() {
    let condition = item("f: 9007199254740993");
    assert!(holds(&condition, 9_007_199_254_740_993));
    assert!(!holds(&condition, 9_007_199_254_740_992));
}

#[test]
fn a_quoted_number_is_text() {
    assert!(matches!(
        item("f: '4624'"),
        Condition::Is(predicate) if matches!(predicate.test, Test::Text(..))
    ));
}

#[test]
fn a_number_with_leading_zeros_is_text() {
    assert_matches("f: 00000429", &["00000429"], &["429"]);
}

#[test]
fn booleans_are_booleans() {
    assert!(holds(&item("f: true"), Value::Boolean(true)));
    assert!(!holds(&item("f: false"), Value::Boolean(true)));
}

#[test]
fn predicates_carry_the_place_of_their_value() {
    let (source, reading) = super::reading("  s:\n    f|contains: [one, 'two']\n  condition: s");
    let rule = reading.into_rule().unwrap();
    let crate::ir::Stage::Filter(condition) = &rule.stages[0] else { panic!() };
    let places: Vec<&str> =
        condition.predicates().iter().map(|predicate| source.slice(predicate.span)).collect();
    assert_eq!(places, ["one", "'two'"]);
}

//! What is said about faulty detections, and where.

use super::{assert_problem, help, item_problems, problems};
use crate::diag::Code;

#[test]
fn an_unknown_modifier_is_pointed_at_with_a_suggestion() {
    assert_problem(item_problems("f|contain|all: [a, b]"), Code::UnknownModifier, "contain");
    assert_problem(item_problems("'f|startwith': a"), Code::UnknownModifier, "startwith");
    assert_eq!(help("f|contain: a"), "a similar modifier is `contains`");
    assert_problem(item_problems("f|: a"), Code::UnknownModifier, "");
}

#[test]
fn modifiers_are_lower_case() {
    assert_eq!(help("f|Contains: a"), "a similar modifier is `contains`");
}

#[test]
fn illegal_chains_point_at_the_modifier_that_does_not_fit() {
    for (chain, place) in [
        ("contains|base64: a", "base64"),
        ("contains|startswith: a", "startswith"),
        ("contains|contains: a", "contains"),
        ("contains|re: a", "re"),
        ("cidr|contains: 10.0.0.0/8", "contains"),
        ("re|cased: a", "cased"),
        ("i: a", "i"),
        ("contains|i: a", "i"),
        ("wide: a", "wide"),
        ("wide|contains: a", "wide"),
        ("base64|base64offset: a", "base64offset"),
        ("base64|wide: a", "wide"),
        ("exists|contains: true", "contains"),
        ("exists|neq: true", "neq"),
        ("exists|all: true", "all"),
        ("gt|contains: 5", "contains"),
        ("contains|gt: 5", "gt"),
        ("gt|lt: 5", "lt"),
        ("gt|hour: 5", "hour"),
        ("hour|minute: 5", "minute"),
        ("re|expand: a", "expand"),
        ("windash|fieldref: a", "fieldref"),
        ("fieldref|base64: a", "base64"),
    ] {
        assert_problem(item_problems(&format!("f|{chain}")), Code::IllegalChain, place);
    }
}

#[test]
fn what_needs_a_field_says_so() {
    for chain in ["cidr: 10.0.0.0/8", "exists: true", "gt: 5", "hour: 5", "fieldref: g"] {
        let name = chain.split(':').next().unwrap();
        assert_problem(item_problems(&format!("'|{name}': 5")), Code::IllegalChain, name);
    }
}

#[test]
fn keywords_have_to_be_text() {
    assert_problem(problems("  s: [null]\n  condition: s"), Code::NullKeyword, "null");
    assert_problem(problems("  s: [true]\n  condition: s"), Code::NullKeyword, "true");
    assert_problem(problems("  s: ['']\n  condition: s"), Code::NullKeyword, "''");
    assert_problem(item_problems("'|all': [a, null]"), Code::NullKeyword, "null");
}

#[test]
fn empty_lists_and_maps_are_errors() {
    assert_problem(item_problems("f: []"), Code::EmptyDetection, "[]");
    assert_problem(problems("  s: []\n  condition: s"), Code::EmptyDetection, "[]");
    assert_problem(problems("  s: {}\n  condition: s"), Code::EmptyDetection, "{}");
}

#[test]
fn values_of_the_wrong_type_are_errors() {
    assert_problem(item_problems("f: {a: b}"), Code::InvalidType, "{a: b}");
    assert_problem(item_problems("f: [[a]]"), Code::InvalidType, "[a]");
}

#[test]
fn numeric_comparisons_need_numbers() {
    assert_problem(item_problems("f|gt: '5'"), Code::InvalidValue, "'5'");
    assert_eq!(help("f|gt: '5'"), "remove the quotes: `5`");
    assert_problem(item_problems("f|gt: many"), Code::InvalidValue, "many");
    assert_problem(item_problems("f|hour: noon"), Code::InvalidValue, "noon");
    assert_problem(item_problems("f|hour: 24"), Code::InvalidValue, "24");
}

#[test]
fn numbers_have_to_fit_into_64_bits() {
    assert_problem(item_problems("f: 18446744073709551616"), Code::InvalidValue, "18446744073709551616");
    assert!(item_problems("f: 18446744073709551615").is_empty());
}

#[test]
fn exists_needs_a_boolean() {
    assert_problem(item_problems("f|exists: 'true'"), Code::InvalidValue, "'true'");
}

#[test]
fn text_modifiers_refuse_null_and_booleans() {
    assert_problem(item_problems("f|contains: null"), Code::InvalidValue, "null");
    assert_problem(item_problems("f|contains: [a, true]"), Code::InvalidValue, "true");
    assert_problem(item_problems("f|re: null"), Code::InvalidValue, "null");
}

#[test]
fn networks_are_checked() {
    assert_problem(item_problems("f|cidr: 10.0.0.1/8"), Code::InvalidCidr, "10.0.0.1/8");
    assert_eq!(help("f|cidr: 10.0.0.1/8"), "the network is `10.0.0.0/8`");
    assert_problem(item_problems("f|cidr: 10.0.0.0/33"), Code::InvalidCidr, "10.0.0.0/33");
    assert_problem(item_problems("f|cidr: '10.*'"), Code::InvalidCidr, "'10.*'");
    assert_problem(item_problems("f|cidr: 10"), Code::InvalidCidr, "10");
}

#[test]
fn a_regex_error_points_into_the_expression() {
    assert_problem(item_problems("f|re: ab(c"), Code::InvalidRegex, "(");
    assert_problem(item_problems("f|re: 'it''s ab(c'"), Code::InvalidRegex, "(");
    assert_problem(item_problems(r#"f|re: "\x41 ab(c""#), Code::InvalidRegex, "(");
}

#[test]
fn an_unresolved_placeholder_is_named_in_place() {
    assert_problem(item_problems("f|expand: 'x%Nobody%y'"), Code::UnresolvedPlaceholder, "%Nobody%");
    assert_problem(item_problems("f|expand: '%Empty%'"), Code::UnresolvedPlaceholder, "%Empty%");
}

#[test]
fn a_fieldref_has_no_wildcards() {
    assert_problem(item_problems("f|fieldref: 'g*'"), Code::InvalidValue, "'g*'");
    assert_problem(item_problems("f|fieldref: 5"), Code::InvalidValue, "5");
}

#[test]
fn encoding_refuses_wildcards_and_values_too_short() {
    assert_problem(item_problems("f|base64: 'a*'"), Code::InvalidValue, "'a*'");
    assert_problem(item_problems("f|base64: ''"), Code::InvalidValue, "''");
    assert_problem(item_problems("f|base64offset|contains: a"), Code::InvalidValue, "a");
}

#[test]
fn windash_is_capped() {
    assert_problem(item_problems("f|windash: '-a -b -c -d -e'"), Code::InvalidValue, "'-a -b -c -d -e'");
}

#[test]
fn ambiguous_scalars_are_warned_about_in_detections_only() {
    for text in ["yes", "Off", "017", "0o17", "0x1F", "1_000", "12:30", "1e3", "2024-01-05", ".inf"] {
        assert_problem(item_problems(&format!("f: {text}")), Code::AmbiguousScalar, text);
    }
    for text in ["00000429", "'yes'", "1.1.1.1", "abc", "10.0", "08", "-f", "."] {
        assert!(item_problems(&format!("f: {text}")).is_empty(), "{text}");
    }
}

#[test]
fn duplicate_keys_point_at_both_places() {
    let (source, reading) = super::reading("  s:\n    f: x\n    f: y\n  condition: s");
    let found = &reading.diagnostics[0];
    assert_eq!(found.code, Code::DuplicateKey);
    assert_eq!(source.locate(found.span.unwrap()).line, 6);
    assert_eq!(source.locate(found.related.as_ref().unwrap().0).line, 5);
    assert!(reading.rule().is_none());
}

#[test]
fn several_errors_are_collected_in_order() {
    let found = problems("  s:\n    f|contian: x\n    g|cidr: y\n  condition: s and t");
    let codes: Vec<Code> = found.into_iter().map(|(code, _)| code).collect();
    assert_eq!(codes, [Code::UnknownModifier, Code::InvalidCidr, Code::UnknownSelection]);
}

#[test]
fn a_faulty_detection_is_not_called_unknown_as_well() {
    assert_problem(problems("  s: []\n  condition: 1 of s*"), Code::EmptyDetection, "[]");
}

#[test]
fn a_timeframe_without_correlation_is_a_warning() {
    let found = problems("  s: {f: x}\n  timeframe: 5m\n  condition: s");
    assert_problem(found, Code::InvalidMetadata, "timeframe");
}

#[test]
fn a_missing_condition_is_an_error() {
    assert_problem(problems("  s: {f: x}"), Code::MissingKey, "detection");
    assert_problem(problems("  s: {f: x}\n  condition: []"), Code::MissingKey, "[]");
}

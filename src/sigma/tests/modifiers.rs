//! What each modifier and each legal chain means.

use super::{assert_matches, event, holds, item};
use crate::ir::{
    Condition, Test,
    eval::{Event, Value},
};

/// The texts of the patterns of a condition, in Sigma's notation.
fn patterns(item: &str) -> Vec<String> {
    let condition = super::item(item);
    let shown = |test: &Test| match test {
        Test::Text(pattern, _) => pattern.to_sigma(),
        other => panic!("{other:?}"),
    };
    condition.predicates().iter().map(|predicate| shown(&predicate.test)).collect()
}

#[test]
fn contains_startswith_and_endswith_anchor() {
    assert_matches("f|contains: b", &["abc", "B"], &["ac"]);
    assert_matches("f|startswith: a", &["abc", "A"], &["ba"]);
    assert_matches("f|endswith: c", &["abc", "C"], &["cb"]);
}

#[test]
fn a_trailing_backslash_is_kept_before_the_wildcard() {
    assert_matches(r"f|startswith: C:\Temp\", &[r"c:\temp\x"], &[r"c:\temp*x", r"c:\temp"]);
}

#[test]
fn wildcards_inside_stay() {
    assert_matches("f|contains: 'a*b'", &["x a-b y"], &["b a"]);
}

#[test]
fn a_number_under_a_text_modifier_is_its_spelling() {
    assert_matches("f|contains: 10", &["a10b"], &["11"]);
}

#[test]
fn all_needs_every_value() {
    assert_matches("f|contains|all: [a, b]", &["xbxa"], &["a", "b"]);
    assert_matches("f|all|contains: [a, b]", &["xbxa"], &["a", "b"]);
}

#[test]
fn all_with_one_value_is_that_value() {
    assert_matches("f|contains|all: a", &["xa"], &["b"]);
}

#[test]
fn variants_stay_alternatives_inside_all() {
    let item = "f|windash|contains|all: [' -a', ' -b']";
    assert_matches(item, &["x -a -b", "x /a -b", "x –b /a"], &["x -a", "x /b"]);
}

#[test]
fn cased_compares_case() {
    assert_matches("f|cased: AbC", &["AbC"], &["abc"]);
    assert_matches("f|contains|cased: AbC", &["xAbCx"], &["xabcx"]);
    assert_matches("f|cased|endswith: AbC", &["xAbC"], &["xabc"]);
    assert_matches("f|cased: [AbC, dEf]", &["dEf"], &["def"]);
}

#[test]
fn neq_negates_the_whole_item() {
    assert_matches("f|neq: [a, b]", &["c"], &["a", "B"]);
    assert_matches("f|contains|neq: a", &["b"], &["xa"]);
    assert_matches("f|neq|contains|all: [a, b]", &["a"], &["ab"]);
    assert!(item("f|neq: a").holds_on(&Event::default()));
    assert!(!item("f|neq: 5").holds_on(&[("f", 5)].into_iter().collect()));
    assert!(!item("f|neq: null").holds_on(&Event::default()));
}

#[test]
fn exists_asks_for_the_field_alone() {
    assert!(holds(&item("f|exists: true"), Value::Null));
    assert!(!item("f|exists: true").holds_on(&Event::default()));
    assert!(item("f|exists: false").holds_on(&Event::default()));
    assert!(!holds(&item("f|exists: false"), Value::Null));
}

#[test]
fn windash_knows_five_dashes() {
    let yes = ["cmd -f x", "cmd /f x", "cmd –f x", "cmd —f x", "cmd ―f x"];
    assert_matches("f|contains|windash: ' -f '", &yes, &["cmd f x", "cmd +f x"]);
    assert_matches("f|windash|contains: ' –f '", &yes, &[]);
    assert_matches("f|windash|contains: ' /f '", &yes, &[]);
}

#[test]
fn windash_leaves_dashes_inside_words_alone() {
    assert_eq!(patterns("f|windash: 'a-b c'"), ["a-b c"]);
    assert_eq!(patterns("f|windash: 'a - b-'"), ["a - b-"]);
}

#[test]
fn windash_has_the_written_dash_first() {
    assert_eq!(patterns("f|windash: '/f'"), ["/f", "-f", "–f", "—f", "―f"]);
}

#[test]
fn windash_permutes_several_dashes() {
    assert_eq!(patterns("f|windash: '-a -b'").len(), 25);
    assert_eq!(patterns("f|windash: '-a -b -c -d'").len(), 625);
}

#[test]
fn windash_sees_a_dash_after_a_wildcard() {
    assert_eq!(patterns("f|windash: '*-a'").len(), 5);
}

#[test]
fn re_searches_and_minds_case() {
    assert_matches("f|re: 'b+c'", &["abbcd"], &["aBBCd"]);
    assert_matches("f|re: '^b$'", &["b"], &["ab"]);
}

#[test]
fn re_is_raw() {
    assert_matches(r"f|re: 'a\\b\*'", &[r"a\b*"], &[r"a\b"]);
}

#[test]
fn re_has_flags_in_short_and_long() {
    for item in ["f|re|i: 'abc'", "f|re|ignorecase: 'abc'"] {
        assert_matches(item, &["ABC"], &["x"]);
    }
    for item in ["f|re|m: '^b'", "f|re|multiline: '^b'"] {
        assert_matches(item, &["a\nb"], &["ab"]);
    }
    for item in ["f|re|s: 'a.b'", "f|re|dotall: 'a.b'"] {
        assert_matches(item, &["a\nb"], &["ab"]);
    }
    assert_matches("f|re|i|m|s: '^A.B'", &["x\na\nb"], &["ab"]);
}

#[test]
fn re_with_anchors_is_the_same_search() {
    for item in ["f|re|contains: 'b'", "f|re|startswith: 'b'", "f|re|endswith: 'b'"] {
        assert_matches(item, &["abc"], &["x"]);
    }
}

#[test]
fn re_takes_lists() {
    assert_matches("f|re: ['^a', 'b$']", &["ax", "xb"], &["ba"]);
    assert_matches("f|re|all: ['^a', 'b$']", &["axb"], &["ax", "xb"]);
}

#[test]
fn base64_encodes_the_whole_value() {
    assert_eq!(patterns("f|base64: foobar"), ["Zm9vYmFy"]);
    assert_eq!(patterns("f|base64|contains: foobar"), ["*Zm9vYmFy*"]);
}

#[test]
fn base64offset_cuts_the_unstable_edges() {
    assert_eq!(patterns("f|base64offset|contains: foobar"), ["*Zm9vYmFy*", "*Zvb2Jhc*", "*mb29iYX*"]);
}

#[test]
fn wide_and_utf16le_are_little_endian() {
    let expected = ["*cABpAG4AZw*", "*AAaQBuAGcA*", "*wAGkAbgBnA*"];
    assert_eq!(patterns("f|wide|base64offset|contains: ping"), expected);
    assert_eq!(patterns("f|utf16le|base64offset|contains: ping"), expected);
}

#[test]
fn utf16be_is_big_endian_and_utf16_has_a_byte_order_mark() {
    assert_eq!(patterns("f|utf16be|base64: ping"), ["AHAAaQBuAGc="]);
    assert_eq!(patterns("f|utf16|base64: ping"), ["//5wAGkAbgBnAA=="]);
}

#[test]
fn utf16_encodes_more_than_ascii() {
    assert_eq!(patterns("f|wide|base64: é"), ["6QA="]);
}

#[test]
fn windash_may_come_before_base64() {
    assert_eq!(patterns("f|windash|base64: '-a'").len(), 5);
    assert_eq!(patterns("f|windash|wide|base64offset|contains: '-ab'").len(), 15);
}

#[test]
fn escapes_are_undone_before_encoding() {
    assert_eq!(patterns(r"f|base64: 'a\*b'"), ["YSpi"]);
}

#[test]
fn comparisons_compare_numbers() {
    assert!(holds(&item("f|lt: 5"), 4) && !holds(&item("f|lt: 5"), 5));
    assert!(holds(&item("f|lte: 5"), 5) && !holds(&item("f|lte: 5"), 6));
    assert!(holds(&item("f|gt: 5"), 6) && !holds(&item("f|gt: 5"), 5));
    assert!(holds(&item("f|gte: 5.5"), 6) && !holds(&item("f|gte: 5.5"), 5));
}

#[test]
fn parts_of_a_timestamp_are_equal_or_compared() {
    let time = "2024-07-09T18:30:00Z";
    for yes in ["minute: 30", "hour: 18", "day: 9", "week: 28", "month: 7", "year: 2024", "hour|gte: 18"] {
        assert!(holds(&item(&format!("f|{yes}")), time), "{yes}");
    }
    for no in ["minute: 31", "hour: 17", "hour|gt: 18", "hour|lt: 18", "hour|lte: 17"] {
        assert!(!holds(&item(&format!("f|{no}")), time), "{no}");
    }
}

#[test]
fn cidr_takes_both_versions() {
    assert_matches("f|cidr: 10.0.0.0/8", &["10.1.2.3"], &["11.0.0.1", "x"]);
    assert_matches("f|cidr: 20.184.0.0/13", &["20.191.255.255"], &["20.192.0.0"]);
    assert_matches("f|cidr: fe80::/10", &["fe80::1", "febf::1"], &["fec0::1", "10.0.0.1"]);
    assert_matches("f|cidr: ['127.0.0.0/8', '::1/128']", &["127.1.1.1", "::1"], &["::2"]);
}

#[test]
fn expand_resolves_placeholders_in_sigma_notation() {
    assert_matches("f|expand: '%Admins%'", &["alice", "bobby"], &["%Admins%", "carol"]);
    assert_matches("f|contains|expand: 'x%Admins%y'", &["-xalicey-", "xbob--y"], &["xcaroly"]);
}

#[test]
fn percent_signs_are_literal_without_expand_or_with_a_backslash() {
    assert_matches("f: '%Admins%'", &["%Admins%"], &["alice"]);
    assert_matches(r"f|expand: '\%Admins\%'", &["%Admins%"], &["alice"]);
}

#[test]
fn placeholders_stay_alternatives_inside_all() {
    assert_matches("f|expand|contains|all: ['%Admins%', x]", &["x alice", "bob x"], &["alice", "x"]);
}

#[test]
fn fieldref_compares_two_fields() {
    let on = |item: &str, f: &str, g: &str| super::item(item).holds_on(&event(&[("f", f), ("g", g)]));
    assert!(on("f|fieldref: g", "A", "a") && !on("f|fieldref: g", "ab", "a"));
    assert!(on("f|fieldref|contains: g", "xax", "A"));
    assert!(on("f|fieldref|startswith: g", "ax", "A") && !on("f|fieldref|startswith: g", "xa", "a"));
    assert!(on("f|endswith|fieldref: g", "xa", "A"));
    assert!(on("f|fieldref|neq: g", "a", "b") && !on("f|fieldref|neq: g", "a", "A"));
    assert!(!on("f|fieldref|cased: g", "A", "a"));
}

#[test]
fn fieldref_is_false_where_a_field_is_absent() {
    assert!(!item("f|fieldref: g").holds_on(&event(&[("f", "a")])));
}

#[test]
fn keywords_take_modifiers() {
    let anywhere = |item: &str, text: &str| super::item(item).holds_on(&event(&[("any", text)]));
    assert!(anywhere("'|contains|all': [one, two]", "two one"));
    assert!(anywhere("'|base64offset|contains': foobar", "xxZm9vYmFyxx"));
    assert!(anywhere("'|cased': One", "a One b") && !anywhere("'|cased': One", "a one b"));
    assert!(anywhere("'|windash': ' -f'", "cmd /f"));
    assert!(anywhere("'|expand': '%Admins%'", "user alice in"));
    assert!(anywhere("'|neq': one", "two") && !anywhere("'|neq': one", "x one"));
    assert!(anywhere("'|endswith': one", "two one") && !anywhere("'|endswith': one", "one two"));
    assert!(anywhere("'|re|i': 'ON+E'", "x onne"));
}

#[test]
fn null_and_numbers_keep_their_meaning_beside_all_and_cased() {
    assert!(item("f|all: [null]").holds_on(&Event::default()));
    assert!(matches!(
        item("f|cased: 5"),
        Condition::Is(predicate) if matches!(predicate.test, Test::Number(..))
    ));
}

use proptest::prelude::*;

use super::*;
use crate::ir::RegexFlags;

fn regex(source: &str) -> Regex {
    Regex::parse(source, RegexFlags::default()).unwrap()
}

fn exact(source: &str) -> String {
    let automaton = from_regex(&regex(source), Folding::Expand).unwrap();
    assert_eq!(automaton.widened, None, "{source}");
    automaton.pattern
}

fn refusal(source: &str) -> Refusal {
    from_regex(&regex(source), Folding::Expand).unwrap_err()
}

#[test]
fn a_search_becomes_a_whole_value() {
    assert_eq!(exact("foo"), ".*foo.*");
    assert_eq!(exact("^foo"), "foo.*");
    assert_eq!(exact("foo$"), ".*foo");
    assert_eq!(exact(r"\Afoo\z"), "foo");
    assert_eq!(exact(".*foo.*"), ".*foo.*");
    assert_eq!(exact("a|b"), ".*(a|b).*");
    assert_eq!(exact("^$"), "()");
    assert_eq!(exact(""), ".*");
}

#[test]
fn anchors_in_alternations_and_groups_are_resolved() {
    assert_eq!(exact("^(a|b$)|c"), "a.*|b|.*c.*");
    assert_eq!(exact(r"(\s|^)foo"), "(.*[\t-\r ])?foo.*");
    assert_eq!(exact("foo(/|$)"), ".*foo(/.*)?");
    assert_eq!(exact("(?:^foo)?bar"), "(foo|.*)bar.*");
    assert_eq!(exact("x*^foo"), "foo.*");
    assert_eq!(refusal("a^b"), Refusal::NeverMatches);
    assert_eq!(refusal("(^a)+"), Refusal::RepeatedAnchor);
}

#[test]
fn line_anchors_look_for_line_feeds() {
    assert_eq!(exact("(?m)^foo$"), "(.*\n)?foo(\n.*)?");
}

#[test]
fn classes_are_spelt_out() {
    assert_eq!(exact(r"^\d\w\s$"), "[0-9][0-9A-Z_a-z][\t-\r ]");
    assert_eq!(exact(r"^\D[^\W_]$"), "[^0-9][0-9A-Za-z]");
    assert_eq!(exact(r"^[[:xdigit:]]$"), "[0-9A-Fa-f]");
    assert_eq!(exact(r"^[a-z&&[^b]]$"), "[ac-z]");
    assert_eq!(exact(r"^[\]\-^]$"), r"[\-\]\^]");
    assert_eq!(refusal(r"\p{L}"), Refusal::UnicodeClass);
}

#[test]
fn groups_lose_what_lucene_does_not_know() {
    assert_eq!(exact("^(?:ab)+(?P<x>c|d)$"), "(ab)+(c|d)");
}

#[test]
fn lazy_quantifiers_match_the_same_texts() {
    assert_eq!(exact("^a+?b*?c??d{2,3}?$"), "a+b*c?d{2,3}");
}

#[test]
fn case_is_spelt_out() {
    assert_eq!(exact("(?i)ab1"), ".*[aA][bB]1.*");
    assert_eq!(exact("a(?i:b)c"), ".*a[bB]c.*");
    assert_eq!(exact("(?i)[a-f]é"), ".*[A-Fa-f][éÉ].*");
    assert_eq!(exact("(?i)k"), ".*[kK].*");
}

#[test]
fn case_is_left_to_an_operator_that_ignores_it() {
    let folded = |source| from_regex(&regex(source), Folding::Operator).unwrap();
    assert_eq!(
        (folded("(?i)ab[c-d]").pattern.as_str(), folded("(?i)ab").ignore_case),
        (".*ab[CDcd].*", true)
    );
    assert!(!folded("a(?i)b").ignore_case);
    assert_eq!(folded("a(?i)b").pattern, ".*a[bB].*");
    assert!(!folded("1").ignore_case);
}

#[test]
fn operators_are_escaped() {
    assert_eq!(exact(r##"^"#@&<>~/\.$"##), r#"\"\#\@\&\<\>\~/\."#);
    assert_eq!(exact(r"^\^\$\\$"), r"\^\$\\");
}

#[test]
fn control_characters_stand_for_themselves() {
    assert_eq!(exact(r"\t\n"), ".*\t\n.*");
    assert_eq!(exact("^a.b$"), "a[^\n]b");
    assert_eq!(exact("(?s)^a.b$"), "a.b");
}

#[test]
fn word_boundaries_are_exact_where_the_neighbour_is_known() {
    assert_eq!(exact(r"\bfoo\b"), "(.*[^0-9A-Z_a-z])?foo([^0-9A-Z_a-z].*)?");
    assert_eq!(exact(r"\b-x"), ".*[0-9A-Z_a-z]-x.*");
    assert_eq!(exact(r"^\bfoo\b$"), "foo");
    assert_eq!(exact(r"foo\b bar"), ".*foo bar.*");
    assert_eq!(refusal(r"foo\bbar"), Refusal::NeverMatches);
    assert_eq!(refusal(r"(\b$^)"), Refusal::NeverMatches);
    assert_eq!(exact(r"^([1-9]?[0-9](\.|\b)){2}$"), r"[1-9]?[0-9]\.[1-9]?[0-9]\.|[1-9]?[0-9]\.[1-9]?[0-9]");
    let widened = from_regex(&regex(r"a\b.b"), Folding::Expand).unwrap();
    assert_eq!(widened.widened, Some("a word boundary was left out"));
}

#[test]
fn patterns_are_whole_values_too() {
    let pattern = Pattern::ends_with(r"\cmd.exe");
    assert_eq!(from_pattern(&pattern, Case::Sensitive), r".*\\cmd\.exe");
    assert_eq!(from_pattern(&pattern, Case::Insensitive), r".*\\[cC][mM][dD]\.[eE][xX][eE]");
}

#[test]
fn long_bounded_repetitions_before_more_are_widened() {
    let widened = from_regex(&regex(r#"a[^"]{2,64}b"#), Folding::Expand).unwrap();
    assert_eq!(widened.pattern, r#".*a[^\"]{2,}b.*"#);
    assert!(widened.widened.is_some());
    assert_eq!(exact(r#"^a[^"]{2,64}b"#), r#"a[^\"]{2,64}b.*"#);
}

#[test]
fn joined_expressions_share_their_ends() {
    let patterns = [".*a.*", "b", ".*c.*", r".*d\..*", "e.*"].map(str::to_owned);
    assert_eq!(joined([".*a|b.*".to_owned(), ".*c.*".to_owned()]), [".*a|b.*", ".*c.*"]);
    assert_eq!(joined(patterns), [r".*(a|c|d\.).*", "b", "e.*"]);
}

/// Our own output as the `regex` crate reads it: the two agree on the subset that is printed once `"` and the
/// like lose their backslash and the whole is anchored.
fn matches_whole(lucene: &str, text: &str) -> bool {
    let mut pattern = String::new();
    let mut chars = lucene.chars();
    let mut in_class = false;
    while let Some(c) = chars.next() {
        match c {
            '\\' => pattern.push_str(&::regex::escape(&chars.next().unwrap().to_string())),
            '&' | '~' if in_class => pattern.extend(['\\', c]),
            '#' | '@' | '&' | '<' | '>' | '~' | '"' if !in_class => panic!("bare operator in {lucene}"),
            c => {
                in_class = (in_class || c == '[') && c != ']';
                pattern.push(c);
            }
        }
    }
    ::regex::Regex::new(&format!(r"\A(?s:{pattern})\z")).unwrap().is_match(text)
}

fn expression() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        "[abAB \n/]",
        Just("^".to_owned()),
        Just("$".to_owned()),
        Just(".".to_owned()),
        Just(r"\b".to_owned()),
        Just(r"\A".to_owned()),
        Just(r"(?m:^)".to_owned()),
        Just(r"[^a]".to_owned()),
        Just(r"[a-b ]".to_owned()),
        Just("[\"#~]".to_owned()),
        Just(r"(?i:a)".to_owned()),
        Just(r"\s".to_owned()),
        Just(String::new()),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            3 => proptest::collection::vec(inner.clone(), 1..4).prop_map(|items| items.concat()),
            2 => proptest::collection::vec(inner.clone(), 1..4).prop_map(|items| format!("({})", items.join("|"))),
            1 => (inner, prop_oneof![Just("*"), Just("+?"), Just("?"), Just("{1,2}")])
                .prop_map(|(item, times)| format!("(?:{item}){times}")),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn the_translation_means_the_same(source in expression(), ignore_case: bool, texts in proptest::collection::vec("[abAB \n/\"]{0,5}", 12)) {
        let flags = RegexFlags { ignore_case, ..RegexFlags::default() };
        let regex = Regex::parse(&source, flags).unwrap();
        match from_regex(&regex, Folding::Expand) {
            Ok(automaton) => for text in texts {
                let (expected, actual) = (regex.is_match(&text), matches_whole(&automaton.pattern, &text));
                prop_assert!(
                    expected == actual || (actual && automaton.widened.is_some()),
                    "{source:?} became {:?}, differs on {text:?}", automaton.pattern
                );
            },
            Err(Refusal::NeverMatches) => for text in texts {
                prop_assert!(!regex.is_match(&text), "{source:?} matches {text:?}");
            },
            Err(_) => {}
        }
    }
}

#[test]
fn what_an_index_refuses_is_known() {
    let refusal = |source: &str, by| {
        from_regex(&regex(source), Folding::Expand).unwrap().refusal(by).map(|unfit| unfit.message)
    };
    let complex = Some("Elasticsearch refuses this regular expression as too complex to determinize");
    assert_eq!(refusal(".{314,}", MatchedBy::Index), None);
    assert_eq!(refusal(".{315,}", MatchedBy::Index), complex);
    assert_eq!(refusal(".{140}", MatchedBy::Rlike), None);
    assert_eq!(refusal(".{141}", MatchedBy::Rlike), complex);
    assert_eq!(refusal("^a{1000}$", MatchedBy::Index), None, "what stands at the start is not searched");
    let long = "a".repeat(1001);
    assert!(refusal(&long, MatchedBy::Index).is_some_and(|message| message.contains("1000 characters")));
}

#[test]
fn repetitions_of_once_or_never_are_none() {
    assert_eq!(exact("^xa{0}b$"), "xb");
    assert_eq!(exact("^x(?:ab){1}c$"), "xabc");
    assert_eq!(exact("^x(?:|){3}b$"), "xb");
}

#[test]
fn flags_end_where_they_are_negated() {
    assert_eq!(exact("^(?i)a(?-i)b$"), "[aA]b");
    assert_eq!(exact("^(?-R)a$"), "a");
    assert_eq!(refusal("(?R)^a$"), Refusal::CrlfFlag);
}

#[test]
fn an_expression_fits_by_its_characters() {
    assert!(fits(&"é".repeat(1000)));
    assert!(!fits(&"é".repeat(1001)));
    assert!(fits(&"a".repeat(1000)));
    assert!(!fits(&"a".repeat(1001)));
}

#[test]
fn a_pattern_that_is_too_long_loses_its_end() {
    let within = |text: String| from_pattern_within(&Pattern::exact(text), Case::Insensitive);
    // Each letter is a class of four characters, each digit one.
    let (pattern, is_widened) = within("1".repeat(600) + &"a".repeat(110));
    assert!(is_widened && fits(&pattern));
    assert!(
        pattern.starts_with(&("1".repeat(600) + "[aA]")) && pattern.ends_with("].............."),
        "{pattern}"
    );
    let (pattern, is_widened) = within("1".repeat(1200));
    assert_eq!((pattern, is_widened), ("1".repeat(998) + ".*", true));
    assert_eq!(within("1".repeat(1000)), ("1".repeat(1000), false));
}

#[test]
fn what_never_matches_never_matches_several_times() {
    assert_eq!(refusal("(?:a^b){2}"), Refusal::NeverMatches);
    assert_eq!(refusal("(?:a^b){20}"), Refusal::NeverMatches);
    assert_eq!(exact("^x(?:a^b)*y$"), "xy");
}

#[test]
fn classes_ask_the_operator_to_fold_too() {
    let folded = |source: &str| from_regex(&regex(source), Folding::Operator).unwrap();
    assert_eq!((folded("(?i)^[bc]$").pattern.as_str(), folded("(?i)^[bc]$").ignore_case), ("[BCbc]", true));
    assert!(!folded("^[bc]$").ignore_case);
}

#[test]
fn what_looks_at_its_ends_is_repeated_a_few_times_and_widened_beyond() {
    let widened = |source: &str| from_regex(&regex(source), Folding::Expand).unwrap().widened.is_some();
    assert!(!widened(r"^(?:\bab ){2}$"));
    assert!(widened(r"^(?:\bab ){9}$"));
}

#[test]
fn every_refusal_has_a_reason() {
    for refusal in [Refusal::UnicodeClass, Refusal::RepeatedAnchor, Refusal::NeverMatches, Refusal::CrlfFlag]
    {
        assert!(refusal.reason().contains(' '), "{refusal:?}");
    }
}

#[test]
fn nothing_after_an_anchor_keeps_it_at_the_end() {
    assert_eq!(exact("(?m)foo$(?:)"), ".*foo(\n.*)?");
}

#[test]
fn a_long_run_of_anything_in_a_search_has_no_upper_bound() {
    let automaton = from_regex(&regex("(?s)a.{0,64}b"), Folding::Expand).unwrap();
    assert_eq!(automaton.pattern, ".*a.*b.*");
    assert!(automaton.widened.is_some());
}

#[test]
fn characters_beyond_ascii_keep_their_case_where_it_counts() {
    assert_eq!(from_pattern(&Pattern::exact("é"), Case::Sensitive), "é");
    assert_eq!(from_pattern(&Pattern::exact("é"), Case::Insensitive), "[éÉ]");
}

#[test]
fn expressions_are_joined_by_what_is_open_at_their_ends() {
    let joined = |patterns: &[&str]| super::joined(patterns.iter().map(|pattern| (*pattern).to_owned()));
    assert_eq!(joined(&["a.*", "b.*"]).join(" "), "(a|b).*");
    assert_eq!(joined(&["(a|b).*", "c.*"]).join(" "), "(a|b).* c.*");
    assert_eq!(joined(&[r"a\.*", "c.*"]).join(" "), "a\\.* c.*");
}

#[test]
fn letters_with_one_case_and_letters_beside_their_other_case() {
    assert_eq!(node::fold('ĸ').to_string(), "ĸ");
    assert_eq!(node::fold('ā').to_string(), "[Āā]");
}

#[test]
fn a_word_boundary_beside_what_holds_no_word_is_exact() {
    assert_eq!(exact(r"[ \t]\bfoo"), ".*[\t ]foo.*");
    assert_eq!(exact(r" +\bfoo"), ".* +foo.*");
}

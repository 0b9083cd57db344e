//! One construct, five queries: the pure translation of logic, without the mapping table. Each snapshot in
//! `snapshots/constructs/` holds the detection, why the queries are right, and the queries.

#![allow(clippy::format_push_string, reason = "clarity over speed")]

mod support;

use rulec::Options;

/// Name, detection items under `selection` (or whole detections where a line starts with `condition:`), and the
/// point to look at.
const CONSTRUCTS: &[(&str, &str, &str)] = &[
    ("equals_path", r"f: C:\Windows\cmd.exe", "the whole value, whatever its case; backslashes survive"),
    ("equals_words", "f: foo bar", "a blank does not split the value into two terms"),
    ("contains_words", "f|contains: foo bar", "a blank inside a substring stays inside"),
    (
        "startswith_trailing_backslash",
        r"f|startswith: C:\Temp\",
        "the last backslash does not escape the wildcard",
    ),
    ("endswith_path", r"f|endswith: \cmd.exe", "a leading backslash is literal"),
    ("glob_inside", "f: a*b", "anchored at both ends, order kept"),
    ("glob_one", "f: a?b", "exactly one character, not any run"),
    ("literal_wildcard", r"f: a\*b", "a literal asterisk, never a wildcard"),
    ("list", "f: [x, y]", "any of the values"),
    ("list_mixed", "f: [x, y*, '*z', a*b]", "shapes mix in one list, order kept"),
    ("contains_all", "f|contains|all: [x, y]", "all of the values"),
    ("plain_all", "f|all: [x, y]", "equality with both, not a term search"),
    ("number", "f: 4624", "a number, not text"),
    ("number_list", "f: [1, 2]", "numbers stay numbers in a list"),
    ("number_64_bits", "f: 9007199254740993", "exact to 64 bits"),
    ("boolean", "f: true", "a boolean"),
    ("null", "f: null", "missing, in the target's terms"),
    ("empty", "f: ''", "the empty string"),
    ("exists", "f|exists: true", "the field is there"),
    ("exists_not", "f|exists: false", "the field is not there"),
    ("regex", "f|re: a.*b", "a search, wherever it stands in the value; case counts"),
    ("regex_ignore_case", "f|re|i: abc", "without case"),
    ("regex_anchored", "f|re: '^a(b|c)$'", "anchors, in engines that have none"),
    (
        "regex_or_field",
        "condition: r or g\nr: {f|re: 'a.*'}\ng: {g: x}",
        "a regex in an alternative keeps the search in front",
    ),
    ("regex_not", "condition: g and not r\nr: {f|re: 'a.*'}\ng: {g: x}", "missing fields pass the negation"),
    ("cidr_4", "f|cidr: 10.0.0.0/8", "an IPv4 network"),
    ("cidr_4_odd_prefix", "f|cidr: 20.184.0.0/13", "a prefix that is no multiple of eight"),
    ("cidr_6", "f|cidr: 'fe80::/10'", "an IPv6 network"),
    ("cased", "f|cased: AbC", "case counts"),
    ("cased_list", "f|cased: [AbC, dEf]", "case counts in lists too"),
    ("cased_contains", "f|contains|cased: AbC", "a case-sensitive substring is no equality"),
    ("greater", "f|gt: 5", "an order"),
    ("neq", "f|neq: x", "true where the field is missing"),
    ("fieldref", "f|fieldref: g", "two fields, both present"),
    ("hour", "f|hour|gte: 18", "the hour of the timestamp, not the timestamp"),
    ("keywords", "condition: k\nk: ['foo bar', 'b*z']", "anywhere in the event"),
    ("keyword_regex", "condition: k\nk: {'|re': 'fo+'}", "a regex anywhere, not a literal term"),
    ("field_hyphen", "c-uri: x", "a hyphen in a name is no subtraction"),
    ("field_blank", "field A: x", "a blank in a name"),
    ("field_dots", "a.b: x", "a dotted name is a column, not a string"),
    (
        "precedence",
        "condition: (a or b) and not c\na: {f: x}\nb: {g: y}\nc: {h: z}",
        "each language's own precedence",
    ),
    (
        "not_and",
        "condition: a and not (b and c)\na: {f: x}\nb: {g: y}\nc: {h: z}",
        "missing fields pass a negated conjunction",
    ),
    (
        "not_any_list",
        "condition: a and not b\na: {f: x}\nb: {g: [y, z*]}",
        "missing fields pass a negated list",
    ),
    ("control_characters", "f: \"a\\tb\\nc\"", "a tab and a line feed inside a value"),
    ("quotes", r#"f|contains: "'\"`${x}%\"""#, "no value breaks out of its quotes"),
    ("windash_base64offset", "f|windash|base64offset|contains: ' -f '", "expansions nest"),
    ("windash_contains", "f|contains|windash: ' -f '", "every dash"),
    ("wide_base64offset", "f|wide|base64offset|contains: ping", "the canonical chain"),
    ("not_ascii", "f|contains: Größe", "letters outside ASCII fold their case too"),
];

fn rule(detection: &str) -> String {
    let mut out = "title: T\nlogsource: {category: test}\ndetection:\n".to_owned();
    if detection.starts_with("condition:") {
        for line in detection.lines() {
            out += &format!("  {line}\n");
        }
    } else {
        out += &format!("  selection:\n    {detection}\n  condition: selection\n");
    }
    out
}

#[test]
fn every_construct_yields_its_reviewed_queries() {
    let options = Options { mapping: None, ..Options::default() };
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(support::root().join("snapshots/constructs"));
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| {
        for (name, detection, point) in CONSTRUCTS {
            let shown = support::show(&support::convert_text(&rule(detection), &options));
            insta::assert_snapshot!(*name, format!("{detection}\n{point}\n\n{shown}"));
        }
    });
}

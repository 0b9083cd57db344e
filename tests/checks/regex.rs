//! Regular expressions in every language.

use arbitrary::{Result, Unstructured};
use rulec::{
    Options,
    diag::{Fidelity, Source},
    ir::{Regex, RegexFlags, Rule, eval::Value},
    sigma,
    target::Language,
    trial,
    witness::{Unknown, Wanted, witnesses},
};

/// What expressions are made of.
const PIECES: &[&str] = &[
    "a",
    "B",
    "1",
    "é",
    "ß",
    "K",
    " ",
    "\\",
    "\\\\",
    ".",
    "^",
    "$",
    "\\b",
    "\\B",
    "\\A",
    "\\z",
    "\\d",
    "\\w",
    "\\s",
    "\\D",
    "\\W",
    "\\S",
    "\\.",
    "\\/",
    "/",
    "\"",
    "'",
    "@",
    "#",
    "&",
    "~",
    "<",
    ">",
    "\\n",
    "\\t",
    "\\x41",
    "\\x{e9}",
    "[a-c]",
    "[^a]",
    "[\\d_]",
    "[[:alpha:]]",
    "[\"#~&]",
    "[]a]",
    "[a^]",
    "(",
    ")",
    "(?:",
    "(?i)",
    "(?i:",
    "(?s)",
    "(?m)",
    "(?-i)",
    "|",
    "*",
    "+",
    "?",
    "*?",
    "+?",
    "{2}",
    "{1,3}",
    "{2,}",
    "\\p{L}",
    "cmd.exe",
];

/// An expression of the input's choice, or the input itself.
pub fn check(data: &[u8]) {
    let mut choices = Unstructured::new(data);
    if choices.arbitrary().unwrap_or(false) {
        if let Some(source) = super::text(choices.take_rest()) {
            expression(source, "|re");
        }
    } else {
        let _ = made(&mut choices);
    }
}

fn made(choices: &mut Unstructured<'_>) -> Result<()> {
    let modifiers = *choices.choose(&["|re", "|re|i", "|re|s", "|re|m", "|re|i|s"])?;
    let mut source = String::new();
    for _ in 0..choices.int_in_range(1..=10)? {
        source.push_str(choices.choose(PIECES)?);
    }
    expression(&source, modifiers);
    Ok(())
}

fn expression(source: &str, modifiers: &str) {
    if source.chars().count() > 200 {
        return;
    }
    let quoted = serde_json::Value::from(source).to_string();
    let text = format!(
        "title: Fuzz\nlogsource: {{product: windows}}\ndetection:\n  sel: {{field{modifiers}: {quoted}}}\n  condition: sel\n"
    );
    let rule_text = Source::new("fuzz.yml", text);
    for reading in sigma::read(&rule_text, &sigma::ReadOptions::default()) {
        super::assert_reading(&reading, &rule_text);
        let Some(rule) = reading.rule() else { continue };
        let as_written = Options { mapping: None, ..Options::default() };
        for conversion in rulec::convert(rule, &super::languages(), &as_written) {
            super::assert_conversion(&conversion, &rule_text);
            super::assert_means_the_same(rule, &conversion);
            if let (Language::Lucene, Some(query)) = (conversion.target.language, &conversion.query)
                && let Some(pattern) = query.strip_prefix("field:/").and_then(|rest| rest.strip_suffix('/'))
            {
                assert_lucene(rule, pattern, conversion.fidelity);
            }
        }
    }
}

/// Lucene's expression, which matches whole values, matches what the rule's is found in.
fn assert_lucene(rule: &Rule, pattern: &str, fidelity: Fidelity) {
    let whole = format!(r"\A(?:{})\z", as_usual(pattern));
    let flags = RegexFlags { dot_all: true, ..RegexFlags::default() };
    let Ok(whole) = Regex::parse(&whole, flags) else { panic!("no expression: {whole}") };
    let condition = trial::condition(rule).expect("one condition");
    for witness in witnesses(&condition, &Unknown, Wanted { count: 12, seed: 0 }) {
        let Some(Value::Text(text)) = witness.event.0.get("field") else { continue };
        if !text.is_ascii() {
            // What `\w` and the like are beyond ASCII, each engine decides for itself.
            continue;
        }
        let found = whole.is_match(text);
        assert!(
            found == witness.matches || (found && fidelity == Fidelity::Approximate),
            "/{pattern}/ on {text:?}: {found}"
        );
    }
}

/// Lucene's syntax in that of the `regex` crate: `^` and `$` are letters there, a backslash takes any next character
/// for itself, and outside of classes `" # @ & < > ~` are operators, which rulec never writes bare.
fn as_usual(pattern: &str) -> String {
    let mut out = String::new();
    let mut in_class = false;
    let mut chars = pattern.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => {
                let next = chars.next().expect("a character after the backslash");
                out.push_str(&::regex::escape(&next.to_string()));
            }
            '"' | '#' | '@' | '&' | '<' | '>' | '~' if !in_class => panic!("bare {c} in /{pattern}/"),
            '&' | '~' | '[' if in_class => out.extend(['\\', c]),
            '^' | '$' if !in_class => out.extend(['\\', c]),
            '[' => {
                in_class = true;
                out.push(c);
            }
            ']' => {
                in_class = false;
                out.push(c);
            }
            c => out.push(c),
        }
    }
    out
}

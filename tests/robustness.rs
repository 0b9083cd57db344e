//! Bad input ends in a diagnostic, within seconds, and never takes good rules with it.

#![allow(clippy::format_push_string, clippy::format_collect, reason = "clarity over speed")]

mod support;

use std::time::{Duration, Instant};

use rulec::{
    Options,
    diag::{Code, Source},
    sigma::{self, ReadOptions, Reading},
};

const GOOD: &str = "title: Good\nlogsource: {category: process_creation, product: windows}\ndetection:\n  selection:\n    Image|endswith: '\\a.exe'\n  condition: selection\n";

/// Generous: these inputs take milliseconds; what is tested is that none takes for ever.
const PATIENCE: Duration = Duration::from_secs(20);

fn read(text: impl Into<String>) -> Vec<Reading> {
    let source = Source::new("hostile.yml", text);
    let started = Instant::now();
    let mut readings = sigma::read(&source, &ReadOptions::default());
    sigma::link(&mut [&mut readings]);
    for rule in readings.iter().filter_map(|reading| reading.rule()) {
        for options in [Options::default(), Options { mapping: None, ..Options::default() }] {
            rulec::convert(rule, &support::targets(), &options);
        }
    }
    assert!(started.elapsed() < PATIENCE, "took {:?}", started.elapsed());
    readings
}

fn assert_refused(readings: &[Reading], code: Code) {
    let codes: Vec<_> =
        readings.iter().flat_map(|reading| &reading.diagnostics).map(|found| found.code).collect();
    assert!(codes.contains(&code), "{code} expected, got {codes:?}");
}

/// A small generator with a fixed seed, so that failures repeat.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from((self.0 >> 33) % limit.max(1) as u64).unwrap_or(0)
    }
}

fn mutated(text: &str, random: &mut Random) -> String {
    const SPICE: &[&str] = &[
        "|",
        "'",
        "\"",
        ":",
        "- ",
        "[",
        "]",
        "{",
        "}",
        "*",
        "\\",
        "&a ",
        "*a",
        "\n",
        "\t",
        "  ",
        "%x%",
        "null",
        "!!",
        "|re",
        "|cidr",
        "|base64offset",
        "not ",
        "1 of ",
        "(",
        "\u{0}",
        "é",
        "9999999999999999999999",
        "---\n",
        "#",
        "|all",
    ];
    let mut chars: Vec<char> = text.chars().collect();
    for _ in 0..=random.below(4) {
        let at = random.below(chars.len());
        match random.below(4) {
            0 => chars.truncate(at),
            1 => drop(chars.drain(at..(at + random.below(20)).min(chars.len()))),
            2 => drop(chars.splice(at..at, SPICE[random.below(SPICE.len())].chars())),
            _ => {
                let end = (at + random.below(60)).min(chars.len());
                let copy: Vec<char> = chars[at..end].to_vec();
                let to = random.below(chars.len());
                drop(chars.splice(to..to, copy));
            }
        }
    }
    chars.into_iter().collect()
}

#[test]
fn mutated_rules_never_panic() {
    let mut random = Random(20_261_123);
    let corpora = support::corpora().map(|folder| support::rule_files(&folder.join("sigma")));
    let mut files = support::rule_files(&support::root().join("rules/sigma"));
    files.extend(corpora.unwrap_or_default().into_iter().step_by(7));
    for file in files {
        let text = std::fs::read_to_string(&file).expect("a readable rule");
        for _ in 0..12 {
            read(mutated(&text, &mut random));
        }
    }
}

#[test]
fn every_prefix_of_a_rule_ends_in_a_diagnostic_or_a_rule() {
    for (end, _) in GOOD.char_indices() {
        for reading in read(&GOOD[..end]) {
            assert!(
                reading.rule().is_some() || reading.diagnostics.iter().any(rulec::diag::Diagnostic::is_error)
            );
        }
    }
}

#[test]
fn an_alias_bomb_is_refused() {
    let mut bomb = "a: &a [x, x, x, x, x, x, x, x, x]\n".to_owned();
    for (previous, name) in ('a'..='k').zip('b'..='l') {
        bomb += &format!("{name}: &{name} [{}]\n", vec![format!("*{previous}"); 9].join(", "));
    }
    bomb += "title: Bomb\ndetection: {s: {f: *l}, condition: s}\nlogsource: {product: windows}\n";
    assert_refused(&read(bomb), Code::YamlLimit);
}

#[test]
fn ten_thousand_nested_lists_are_refused() {
    let nested = format!("title: Deep\ndetection:\n  s: {}{}\n", "[".repeat(10_000), "]".repeat(10_000));
    assert_refused(&read(nested), Code::YamlLimit);
}

#[test]
fn ten_thousand_nested_parentheses_are_refused() {
    let nested = GOOD.replace("condition: selection", &format!("condition: {}selection", "(".repeat(10_000)));
    assert_refused(&read(nested), Code::ConditionSyntax);
}

#[test]
fn ten_thousand_negations_are_read_or_refused() {
    for reading in
        read(GOOD.replace("condition: selection", &format!("condition: {}selection", "not ".repeat(10_000))))
    {
        assert!(reading.rule().is_some() || !reading.diagnostics.is_empty());
    }
}

#[test]
fn a_value_of_fifty_megabytes_ends_in_seconds() {
    for reading in read(GOOD.replace("\\a.exe", &"a".repeat(50_000_000))) {
        assert!(reading.rule().is_some() || !reading.diagnostics.is_empty());
    }
}

#[test]
fn a_hundred_thousand_values_end_in_seconds() {
    let values: String = (0..100_000).map(|n| format!("      - 'value {n}'\n")).collect();
    let text =
        GOOD.replace("    Image|endswith: '\\a.exe'\n", &format!("    CommandLine|contains:\n{values}"));
    assert!(read(text)[0].rule().is_some());
}

#[test]
fn a_broken_document_does_not_take_the_good_ones_before_it() {
    let readings = read(format!("{GOOD}---\n{GOOD}---\ntitle: [broken\n"));
    assert_eq!(readings.iter().filter(|reading| reading.rule().is_some()).count(), 2);
    assert_refused(&readings, Code::YamlSyntax);
}

#[test]
fn every_ascii_character_survives_in_a_value() {
    for c in (1..=126_u8).map(char::from) {
        let quoted: String = match c {
            '"' | '\\' => format!("\\{c}"),
            c if c.is_control() => format!("\\x{:02x}", u32::from(c)),
            c => c.to_string(),
        };
        let text = GOOD.replace("'\\a.exe'", &format!("\"a{quoted}b\""));
        let readings = read(text);
        assert!(readings[0].rule().is_some(), "{c:?}: {:?}", readings[0].diagnostics);
    }
}

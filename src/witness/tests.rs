use proptest::prelude::*;

use super::*;
use crate::{
    diag::Source,
    ir::{Number, Stage, eval::Value},
    sigma,
};

/// Text of a value.
fn text_of(value: &Value) -> Option<&str> {
    match value {
        Value::Text(text) => Some(text),
        _ => None,
    }
}

/// The condition of a Sigma rule's detection part.
fn condition(detection: &str) -> Condition {
    let text = format!("title: t\nlogsource: {{category: c}}\ndetection:\n{detection}\n");
    let source = Source::new("t.yml", &text);
    let readings = sigma::read(&source, &sigma::ReadOptions::default());
    let rule = readings[0].rule().unwrap_or_else(|| panic!("{:?}", readings[0].diagnostics));
    let Stage::Filter(condition) = &rule.stages[0] else { unreachable!() };
    condition.clone()
}

fn made(detection: &str) -> Vec<Witness> {
    witnesses(&condition(detection), &Unknown, Wanted::default())
}

#[test]
fn verdicts_are_the_evaluators() {
    let condition =
        condition("  a:\n    Image|endswith: '\\cmd.exe'\n  f:\n    User: bob\n  condition: a and not f");
    let witnesses = witnesses(&condition, &Unknown, Wanted::default());
    assert!(witnesses.len() >= 12);
    assert!(witnesses.iter().all(|witness| witness.matches == condition.holds_on(&witness.event)));
    assert!(witnesses.iter().filter(|witness| witness.matches).count() >= 3);
    assert!(witnesses.iter().filter(|witness| !witness.matches).count() >= 3);
}

#[test]
fn every_alternative_has_an_event_that_fits_by_it() {
    let found = made("  a:\n    f:\n      - one\n      - two*\n      - '*three'\n  condition: a");
    for start in ["one", "two", "three"] {
        let fits = |witness: &Witness| {
            let text = witness.event.0.get("f").and_then(text_of).unwrap_or_default().to_lowercase();
            witness.matches && text.contains(start)
        };
        assert!(found.iter().any(fits), "{start}");
    }
}

#[test]
fn what_a_filter_excludes_is_among_them() {
    let found = made("  a:\n    f: x\n  g:\n    u|contains: adm\n  condition: a and not g");
    let is_excluded = |witness: &Witness| {
        !witness.matches
            && witness
                .event
                .0
                .get("u")
                .and_then(text_of)
                .is_some_and(|text| text.to_lowercase().contains("adm"))
    };
    assert!(found.iter().any(is_excluded));
    assert!(found.iter().any(|witness| witness.matches && !witness.event.0.contains_key("u")));
}

#[test]
fn limits_are_met_from_both_sides() {
    let found = made("  a:\n    n|gte: 10\n  condition: a");
    let has = |number: i64, matches: bool| {
        let value = Value::Number(Number::from(number));
        found.iter().any(|witness| witness.event.0.get("n") == Some(&value) && witness.matches == matches)
    };
    assert!(has(10, true) && has(9, false) && has(11, true));
}

#[test]
fn addresses_lie_at_the_ends_of_a_network() {
    let found = made("  a:\n    ip|cidr: 10.1.0.0/16\n  condition: a");
    for (address, matches) in
        [("10.1.0.0", true), ("10.1.255.255", true), ("10.0.255.255", false), ("10.2.0.0", false)]
    {
        let value = Value::from(address);
        assert!(
            found.iter().any(|it| it.event.0.get("ip") == Some(&value) && it.matches == matches),
            "{address}"
        );
    }
}

#[test]
fn equal_seeds_give_equal_events() {
    let condition = condition("  a:\n    f|re: '[a-z]{4}\\d+'\n    g|contains|all: [x, y]\n  condition: a");
    let with = |seed: u64| witnesses(&condition, &Unknown, Wanted { count: 16, seed });
    assert_eq!(with(1), with(1));
    assert_ne!(with(1), with(2));
    assert!(with(1)[0].matches);
}

#[test]
fn a_condition_that_nothing_satisfies_has_near_misses_at_most() {
    let found = made("  a:\n    f: x\n  b:\n    f: x\n  condition: a and not b");
    assert!(found.iter().all(|witness| !witness.matches));
}

proptest! {
    #[test]
    fn rules_of_several_fields_are_satisfied(
        values in proptest::collection::vec("[a-zA-Z0-9\\\\ ./*?-]{1,8}", 1..5),
        modifiers in proptest::collection::vec(0_usize..4, 5),
        seed: u64,
    ) {
        let modifier = ["", "|contains", "|startswith", "|endswith"];
        let line = |(index, (value, which)): (usize, (&String, usize))| format!("    f{index}{}: '{value}'\n", modifier[which]);
        let lines = values.iter().zip(modifiers).enumerate().map(line).collect::<Vec<_>>().concat();
        let condition = condition(&format!("  a:\n{lines}  condition: a"));
        let found = witnesses(&condition, &Unknown, Wanted { count: 16, seed });
        prop_assert!(found[0].matches, "{condition:?} {:?}", found[0]);
    }
}

use super::*;
use crate::{diag::Source, sigma, witness::Unknown};

const RULES: &str = "title: a
name: a
logsource: {category: x}
detection: {s: {kind: a}, condition: s}
---
title: b
name: b
logsource: {category: y}
detection: {s: {kind: b}, condition: s}
---
";

/// What a correlation looks at.
fn scene(correlation: &str) -> (Scene, Vec<Leaf>) {
    let text = format!("{RULES}title: t\ncorrelation: {{timespan: 5m, {correlation}}}\n");
    let mut readings = sigma::read(&Source::new("t.yml", &text), &sigma::ReadOptions::default());
    sigma::link(&mut [readings.as_mut_slice()]);
    let rule = readings.pop().and_then(sigma::Reading::into_rule).expect("the correlation reads");
    Scene::of(&rule).expect("it is a correlation")
}

fn made(correlation: &str, wanted: Wanted) -> Vec<EventList> {
    let (scene, leaves) = scene(correlation);
    let forms: Vec<&dyn Forms> = leaves.iter().map(|_| &Unknown as &dyn Forms).collect();
    lists(&scene, &leaves, &forms, wanted)
}

fn times(list: &EventList) -> Vec<String> {
    let time = |made: &Made| match made.event.0.get(TIME) {
        Some(Value::Text(time)) => time.clone(),
        other => panic!("{other:?}"),
    };
    list.events.iter().map(time).collect()
}

#[test]
fn equal_seeds_give_equal_lists() {
    let count = "type: event_count, rules: a, group-by: user, condition: {gte: 3}";
    let of = |seed| made(count, Wanted { seed, ..Wanted::default() });
    assert_eq!(of(1), of(1));
    assert_ne!(of(1), of(2));
}

#[test]
fn lists_end_with_the_calendar() {
    let of_years = |years: i64| {
        let (mut scene, leaves) = scene("type: event_count, rules: a, condition: {gte: 3}");
        scene.length = years.saturating_mul(365 * 86_400 * SECOND);
        let forms: Vec<&dyn Forms> = leaves.iter().map(|_| &Unknown as &dyn Forms).collect();
        lists(&scene, &leaves, &forms, Wanted::default()).len()
    };
    assert_eq!(of_years(1), 16);
    assert!((1..16).contains(&of_years(100)));
    assert_eq!(of_years(i64::MAX), 0);
}

#[test]
fn lists_are_on_either_side_of_a_count() {
    let lists = made("type: event_count, rules: a, group-by: user, condition: {gte: 3}", Wanted::default());
    assert_eq!(lists.len(), 16);
    let of = |why: &str| lists.iter().find(|list| list.why == why).unwrap_or_else(|| panic!("{why}"));
    assert_eq!(of("2 within the window").events.len(), 2);
    assert_eq!(of("3 within the window").events.len(), 3);
    let users: Vec<_> =
        of("the last one is of another group").events.iter().map(|it| it.event.0.get("user")).collect();
    assert_eq!(users[0], users[1]);
    assert_ne!(users[1], users[2]);
    assert!(of("none has `user`").events.iter().all(|it| !it.event.0.contains_key("user")));
}

#[test]
fn lists_are_apart_in_time() {
    let lists =
        made("type: value_count, rules: a, group-by: user, condition: {field: v, gt: 2}", Wanted::default());
    assert!(lists.iter().all(|list| times(list).iter().all(|time| list.from < *time && *time < list.until)));
    assert!(lists.iter().all(|list| times(list).is_sorted()));
    assert!(lists.windows(2).all(|pair| pair[0].until < pair[1].from));
}

#[test]
fn numbers_are_near_what_they_are_compared_with() {
    let lists = made("type: value_sum, rules: a, condition: {field: v, gt: 100}", Wanted::default());
    let sum = |list: &EventList| -> i64 {
        let number = |made: &Made| match made.event.0.get("v") {
            Some(Value::Number(number)) => number.to_string().parse().unwrap_or(0),
            _ => 0,
        };
        list.events.iter().map(number).sum()
    };
    let sums: Vec<i64> = lists.iter().map(sum).collect();
    assert!([99, 100, 101].iter().all(|near| sums.contains(near)), "{sums:?}");
}

#[test]
fn rules_come_in_their_order_and_others() {
    let lists = made("type: temporal_ordered, rules: [a, b], group-by: user", Wanted::default());
    let order = |list: &EventList| -> Vec<usize> { list.events.iter().map(|made| made.leaf).collect() };
    for wanted in [vec![0, 1], vec![1, 0], vec![0], vec![1]] {
        assert!(lists.iter().any(|list| order(list) == wanted), "{wanted:?}");
    }
}

#[test]
fn what_another_correlation_finds_is_made_of_its_events() {
    let text = format!(
        "{RULES}title: many\nname: many\ncorrelation: {{type: event_count, rules: a, group-by: user, timespan: 1m, condition: {{gte: 4}}}}\n---\ntitle: t\ncorrelation: {{type: temporal_ordered, rules: [many, b], group-by: user, timespan: 5m}}\n"
    );
    let mut readings = sigma::read(&Source::new("t.yml", &text), &sigma::ReadOptions::default());
    sigma::link(&mut [readings.as_mut_slice()]);
    let rule = readings.pop().and_then(sigma::Reading::into_rule).expect("it reads");
    let (scene, leaves) = Scene::of(&rule).expect("it is a correlation");
    let forms: Vec<&dyn Forms> = vec![&Unknown, &Unknown];
    let lists = lists(&scene, &leaves, &forms, Wanted::default());
    assert_eq!(lists[0].events.iter().map(|made| made.leaf).collect::<Vec<_>>(), [0, 0, 0, 0, 1]);
}

#[test]
fn rules_about_single_events_have_no_scene() {
    let readings = sigma::read(&Source::new("t.yml", RULES), &sigma::ReadOptions::default());
    assert!(Scene::of(readings[0].rule().expect("it reads")).is_none());
}

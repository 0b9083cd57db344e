//! Steps: what happens one after another, before it is told by events.

use fastrand::Rng;

use super::scene::{Scene, Sought};

/// A second in ticks.
pub(super) const SECOND: i64 = 10_000_000;

/// Something that happens.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Step {
    /// Of which part.
    pub(super) part: usize,
    /// In which group.
    pub(super) group: usize,
    /// The key that it lacks.
    pub(super) lacks: Option<usize>,
    pub(super) value: Counted,
    /// When, in ticks after the beginning.
    pub(super) at: i64,
    /// Whether it is no event of the part's rule, if barely.
    pub(super) is_miss: bool,
}

/// The value that counts.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Counted {
    /// One of many.
    Nth(usize),
    /// One of many in capital letters.
    Capital(usize),
    /// None at all.
    Lacking,
    Number(i64),
}

/// Steps, and what is particular about them in a few words.
pub(super) type Plan = (String, Vec<Step>);

impl Step {
    pub(super) fn of(part: usize, at: i64) -> Self {
        Self { part, group: 0, lacks: None, value: Counted::Nth(0), at, is_miss: false }
    }
}

/// So many steps from the beginning to the end of a time, of the parts in turn, each with a value of its own.
pub(super) fn spread(scene: &Scene, count: usize, time: i64) -> Vec<Step> {
    let gaps = i64::try_from(count.saturating_sub(1)).unwrap_or(i64::MAX).max(1);
    let one = |(number, at): (usize, i64)| Step {
        value: Counted::Nth(number),
        ..Step::of(number % scene.parts.len(), at)
    };
    (0..count).zip((0..=gaps).map(|gap| time / SECOND * gap / gaps * SECOND)).map(one).collect()
}

/// The steps with the last one changed.
pub(super) fn with_last(mut steps: Vec<Step>, change: impl Fn(&mut Step)) -> Vec<Step> {
    if let Some(last) = steps.last_mut() {
        change(last);
    }
    steps
}

/// The steps, each changed.
pub(super) fn with_each(mut steps: Vec<Step>, change: impl Fn(&mut Step)) -> Vec<Step> {
    steps.iter_mut().for_each(change);
    steps
}

/// Changes that concern groups and times and not what is counted: each makes another list of steps that go together.
pub(super) fn varied(scene: &Scene, steps: &[Step]) -> Vec<Plan> {
    let late = scene.length + SECOND;
    let mut plans = vec![
        ("the last one comes a second too late".to_owned(), with_last(steps.to_vec(), |step| step.at = late)),
        ("all come at one instant".to_owned(), with_each(steps.to_vec(), |step| step.at = 0)),
        (
            "the last one is none of the rule's".to_owned(),
            with_last(steps.to_vec(), |step| step.is_miss = true),
        ),
    ];
    if !scene.keys.is_empty() {
        plans.push((
            "the last one is of another group".to_owned(),
            with_last(steps.to_vec(), |step| step.group = 1),
        ));
        let mut other = with_each(steps.to_vec(), |step| step.group = 1);
        other.pop();
        let both = steps.iter().cloned().chain(other).collect();
        plans.push(("another group has one less".to_owned(), both));
    }
    for (at, key) in scene.keys.iter().enumerate() {
        let lack = |step: &mut Step| step.lacks = Some(at);
        plans.push((format!("the last one has no `{key}`"), with_last(steps.to_vec(), lack)));
        plans.push((format!("none has `{key}`"), with_each(steps.to_vec(), lack)));
    }
    plans
}

/// Anything, within twice a window.
pub(super) fn random(scene: &Scene, most: usize, rng: &mut Rng) -> Vec<Step> {
    let seconds = 2 * scene.length / SECOND;
    let least = scene.parts.len().max(most / 2);
    let groups = if scene.keys.is_empty() { 1 } else { 2 };
    let numbers = match &scene.sought {
        Sought::Numbers(test, _) => test.limits(),
        _ => Vec::new(),
    };
    (0..rng.usize(least..=most.max(least + 2)))
        .map(|_| Step {
            group: rng.usize(0..groups),
            value: counted(&numbers, most, rng),
            ..Step::of(rng.usize(0..scene.parts.len()), rng.i64(0..=seconds) * SECOND)
        })
        .collect()
}

#[expect(clippy::cast_possible_truncation, reason = "numbers of ports, sizes and the like")]
fn counted(limits: &[f64], most: usize, rng: &mut Rng) -> Counted {
    match limits.first() {
        None => Counted::Nth(rng.usize(0..=most)),
        Some(limit) => {
            let near = (limit.floor() as i64).clamp(0, MOST);
            Counted::Number([0, 1, near / 2, near.max(1) - 1, near, (near + 1).min(MOST)][rng.usize(0..6)])
        }
    }
}

/// The greatest number that any field has, ports too.
pub(super) const MOST: i64 = 65_535;

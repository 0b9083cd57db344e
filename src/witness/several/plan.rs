//! Plans: steps on either side of what a correlation asks for.

use fastrand::Rng;

use super::{
    scene::{Scene, Sought, Test},
    step::{Counted, MOST, Plan, SECOND, Step, random, spread, varied, with_each, with_last},
};
use crate::ir::AggregateFunction;

/// Up to how many events are made for one list.
const LONGEST: usize = 400;

/// Plans for a scene, so many if there are, those first that are made on purpose.
pub(super) fn plans(scene: &Scene, count: usize, rng: &mut Rng) -> Vec<Plan> {
    let mut plans = match &scene.sought {
        Sought::Events(test) => counts(scene, test),
        Sought::Values(test) => values(scene, test),
        Sought::Numbers(test, function) => numbers(scene, test, *function),
        Sought::Kinds => kinds(scene, false),
        Sought::Order => kinds(scene, true),
    };
    let longest = plans.iter().map(|(_, steps)| steps.len()).max().unwrap_or(0);
    if longest == 0 {
        return plans;
    }
    plans.truncate(count - count / 4);
    while plans.len() < count {
        plans.push(("at random".to_owned(), random(scene, longest, rng)));
    }
    plans
}

/// The least that makes a scene's window find something; nothing if that is not known.
pub(super) fn least(scene: &Scene) -> Vec<Step> {
    let time = (scene.length / 2).min(30 * SECOND);
    match &scene.sought {
        Sought::Events(test) | Sought::Values(test) => {
            smallest(test).map_or_else(Vec::new, |count| spread(scene, count, time))
        }
        Sought::Numbers(test, function) => {
            let plans = numbers(scene, test, *function);
            plans.into_iter().next().map_or_else(Vec::new, |(_, steps)| steps)
        }
        Sought::Kinds | Sought::Order => spread(scene, scene.parts.len(), time),
    }
}

/// The least number on which a test holds.
fn smallest(test: &Test) -> Option<usize> {
    (1..LONGEST).find(|number| test.holds_on(*number))
}

/// Numbers on either side of which a test says another.
fn edges(test: &Test) -> Vec<usize> {
    let differs = |number: &usize| test.holds_on(*number) != test.holds_on(*number + 1);
    let mut edges: Vec<usize> =
        (0..LONGEST).filter(differs).flat_map(|number| [number, number + 1]).collect();
    edges.retain(|number| *number > 0);
    edges.dedup();
    edges
}

fn counts(scene: &Scene, test: &Test) -> Vec<Plan> {
    let within = |count: usize| (format!("{count} within the window"), spread(scene, count, scene.length));
    let mut plans: Vec<Plan> = edges(test).into_iter().map(within).collect();
    let Some(enough) = smallest(test) else { return plans };
    let steps = spread(scene, enough, scene.length);
    plans.extend(varied(scene, &steps));
    if enough > 1 {
        plans.push(never_together(scene, &steps));
    }
    plans.push(("they come again after the window".to_owned(), again(scene, &steps)));
    plans
}

/// As many, and one too few in any window.
fn never_together(scene: &Scene, steps: &[Step]) -> Plan {
    let gaps = i64::try_from(steps.len() - 1).unwrap_or(i64::MAX);
    let apart = (scene.length / gaps / SECOND + 1) * SECOND;
    let times = (0..).map(|number| number * apart);
    let steps = steps.iter().zip(times).map(|(step, at)| Step { at, ..step.clone() }).collect();
    ("enough, but never in one window".to_owned(), steps)
}

/// The steps, and all but one of them again when the window is over.
fn again(scene: &Scene, steps: &[Step]) -> Vec<Step> {
    let later =
        steps.iter().skip(1).map(|step| Step { at: step.at / 2 + scene.length + SECOND, ..step.clone() });
    steps.iter().map(|step| Step { at: step.at / 2, ..step.clone() }).chain(later).collect()
}

fn values(scene: &Scene, test: &Test) -> Vec<Plan> {
    let mut plans = counts(scene, test);
    let Some(enough) = smallest(test) else { return plans };
    // Windows that stand still have all of them too, mostly.
    let near = scene.length / 4;
    let steps = || spread(scene, enough, near);
    let mut others: Vec<Plan> = vec![
        (
            "the last value is there already".to_owned(),
            with_last(steps(), |step| step.value = Counted::Nth(0)),
        ),
        (
            "the last value differs from another in case".to_owned(),
            with_last(steps(), |step| step.value = Counted::Capital(0)),
        ),
        ("the last one has no value".to_owned(), with_last(steps(), |step| step.value = Counted::Lacking)),
        ("none has a value".to_owned(), with_each(steps(), |step| step.value = Counted::Lacking)),
    ];
    let more = spread(scene, enough + 1, near);
    others.push((
        "one more, without a value".to_owned(),
        with_last(more, |step| step.value = Counted::Lacking),
    ));
    let at = plans.len().min(2);
    plans.splice(at..at, others);
    plans
}

/// Numbers that give one below the limit, the limit, and one above.
#[expect(clippy::cast_possible_truncation, reason = "numbers of ports, sizes and the like")]
fn numbers(scene: &Scene, test: &Test, function: AggregateFunction) -> Vec<Plan> {
    let mut plans = Vec::new();
    for limit in test.limits() {
        let limit = limit.floor() as i64;
        for off in [1, 0, -1] {
            for numbers in numbers_for(limit + off, function) {
                let why = format!("{} numbers near the limit", numbers.len());
                plans.push((why, of_numbers(scene, &numbers)));
            }
        }
    }
    let Some((_, first)) = plans.first().cloned() else { return plans };
    let lacking = with_last(first.clone(), |step| step.value = Counted::Lacking);
    plans.push(("the last one has no number".to_owned(), lacking));
    plans.extend(varied(scene, &first));
    plans
}

fn of_numbers(scene: &Scene, numbers: &[i64]) -> Vec<Step> {
    let steps = spread(scene, numbers.len(), scene.length).into_iter();
    steps.zip(numbers).map(|(step, number)| Step { value: Counted::Number(*number), ..step }).collect()
}

/// Numbers whose sum, mean, or rank is the wanted one, as far as fields have such.
fn numbers_for(wanted: i64, function: AggregateFunction) -> Vec<Vec<i64>> {
    let fits = |numbers: &Vec<i64>| numbers.iter().all(|number| (0..=MOST).contains(number));
    let mut found = match function {
        AggregateFunction::Sum => {
            let parts = (wanted / 60_000 + 2).min(64);
            let each = wanted / parts;
            vec![(1..parts).map(|_| each).chain([wanted - each * (parts - 1)]).collect()]
        }
        AggregateFunction::Average => {
            vec![vec![wanted - 7, wanted + 7], vec![wanted - 3, wanted, wanted + 3], vec![wanted]]
        }
        _ => {
            let outlier = (0..20).map(|_| wanted).chain([wanted + 500]).collect();
            vec![vec![wanted - 9, wanted, wanted + 9], vec![wanted], outlier, vec![wanted - 1, wanted]]
        }
    };
    found.retain(fits);
    found
}

/// Events of several rules: all of them, in their order and others, and all but one.
fn kinds(scene: &Scene, ordered: bool) -> Vec<Plan> {
    let count = scene.parts.len();
    let steps = spread(scene, count, scene.length);
    let mut plans = vec![("one of each, in order".to_owned(), steps.clone())];
    let place = |order: &[usize]| -> Vec<Step> {
        order.iter().zip(&steps).map(|(part, step)| Step { part: *part, ..step.clone() }).collect()
    };
    let all: Vec<usize> = (0..count).collect();
    let backwards: Vec<usize> = all.iter().rev().copied().collect();
    plans.push(("one of each, in the reverse order".to_owned(), place(&backwards)));
    for missing in 0..count {
        let rest: Vec<usize> = all.iter().copied().filter(|part| *part != missing).collect();
        plans.push((format!("none of rule {}", missing + 1), place(&rest)));
    }
    for at in 1..count {
        let mut swapped = all.clone();
        swapped.swap(at - 1, at);
        plans.push((format!("rule {} before rule {}", at + 1, at), place(&swapped)));
    }
    let twice = with_last(steps.clone(), |step| step.part = 0);
    plans.push(("the first one twice and not the last one".to_owned(), twice));
    plans.extend(varied(scene, &steps));
    if ordered {
        plans.push(("begun too early, and again".to_owned(), begun_again(scene, &steps)));
        let late = begun_again(scene, &steps)
            .into_iter()
            .filter(|step| step.part != 1 || step.at < scene.length / 2);
        plans.push(("begun again without the second".to_owned(), late.collect()));
    }
    plans
}

/// All but the last, twice: too early for the last one, and not.
fn begun_again(scene: &Scene, steps: &[Step]) -> Vec<Step> {
    let (last, before) = steps.split_last().expect("invariant: a correlation is of rules");
    let early = before.iter().map(|step| Step { at: step.at / 4 / SECOND * SECOND, ..step.clone() });
    let again = before.iter().map(|step| {
        let at = scene.length / 2 + step.at / 4;
        Step { at: at / SECOND * SECOND, ..step.clone() }
    });
    let last = Step { at: scene.length + SECOND * 20, ..last.clone() };
    early.chain(again).chain([last]).collect()
}

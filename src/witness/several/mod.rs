//! Lists of events for rules that look at several: lists in which such a rule finds something, and near misses that
//! differ from one of those in one place: one event less, a second too late, another group, another order, a value that
//! is there already. What a rule finds in a list is never assumed: the evaluator says so.

mod plan;
mod scene;
mod step;
#[cfg(test)]
mod tests;

use fastrand::Rng;

use super::{Forms, Wanted, Witness, demand::event_for, witnesses};
use crate::{
    ir::{
        Condition, Field, TIME,
        eval::{Event, Value, time_text},
    },
    mapping::Form,
};
pub use scene::{Leaf, Scene};
use scene::{Part, Source};
use step::{Counted, SECOND, Step};

/// An event, and for which of a scene's rules it was made.
#[derive(Debug, Clone, PartialEq)]
pub struct Made {
    /// The event.
    pub event: Event,
    /// The rule's number.
    pub leaf: usize,
}

/// Events that are looked at together.
#[derive(Debug, Clone, PartialEq)]
pub struct EventList {
    /// The events, in the order of their times.
    pub events: Vec<Made>,
    /// A time before the first of them, and before any window that has it.
    pub from: String,
    /// A time after the last of them, and after any window that has it.
    pub until: String,
    /// How they were made, in a few words.
    pub why: String,
}

/// 2026-03-01, in ticks.
const START: i64 = 1_772_323_200 * SECOND;

/// The end of the year 9999, in ticks: no clock shows a later time.
const END: i64 = 253_402_300_800 * SECOND;

/// Events of each rule that others are made of.
const KINDS: usize = 4;

/// Lists of events for a scene, each far from the others in time. `forms` tells what is known of the fields of each rule's
/// events. Fewer than wanted if the calendar ends before; none if there is a rule of which no event can be made.
pub fn lists(scene: &Scene, leaves: &[Leaf], forms: &[&dyn Forms], wanted: Wanted) -> Vec<EventList> {
    let mut rng = Rng::with_seed(wanted.seed);
    let models = leaves.iter().zip(forms).map(|(leaf, forms)| Models::of(leaf, *forms, &mut rng));
    let Some(models) = models.collect::<Option<Vec<Models<'_>>>>() else { return Vec::new() };
    let apart = (scene.length.saturating_mul(10) / SECOND + 600).saturating_mul(SECOND);
    if START.saturating_add(apart) > END {
        return Vec::new();
    }
    let plans = plan::plans(scene, wanted.count, &mut rng);
    let mut lists = Vec::with_capacity(plans.len());
    let mut start = START;
    for (why, steps) in plans {
        if start.saturating_add(apart) > END {
            break;
        }
        let begin = start + scene.length * 3 + rng.i64(0..=scene.length / SECOND) * SECOND;
        let mut maker = Maker { models: &models, rng: &mut rng, events: Vec::new() };
        for step in &steps {
            maker.step(scene, step, begin, &[]);
        }
        let mut events = maker.events;
        events.sort_by_key(|(at, _)| *at);
        let events = events.into_iter().map(|(_, made)| made).collect();
        lists.push(EventList {
            events,
            from: time_text(start),
            until: time_text(start + apart - SECOND),
            why,
        });
        start += apart;
    }
    lists
}

/// Events of one rule, and some that are barely none.
struct Models<'f> {
    condition: &'f Condition,
    forms: &'f dyn Forms,
    fitting: Vec<Event>,
    missing: Vec<Event>,
}

impl<'f> Models<'f> {
    fn of(leaf: &'f Leaf, forms: &'f dyn Forms, rng: &mut Rng) -> Option<Self> {
        let condition = &leaf.condition;
        let fitting: Vec<Event> =
            (0..KINDS * 8).filter_map(|_| event_for(condition, forms, rng)).take(KINDS).collect();
        let near = witnesses(condition, forms, Wanted { count: KINDS * 4, seed: rng.u64(..) });
        let missing = |it: Witness| (!it.matches).then_some(it.event);
        let missing = near.into_iter().filter_map(missing).take(KINDS).collect();
        (!fitting.is_empty()).then_some(Self { condition, forms, fitting, missing })
    }
}

/// A field and the value that it is to have; none to be without.
type Given = (Field, Option<Value>);

/// Makes events of steps.
struct Maker<'m> {
    models: &'m [Models<'m>],
    rng: &'m mut Rng,
    events: Vec<(i64, Made)>,
}

impl Maker<'_> {
    /// The events of a step of a scene that begins at a time; `outer` is what they have of a scene around it.
    fn step(&mut self, scene: &Scene, step: &Step, begin: i64, outer: &[Given]) {
        let part = &scene.parts[step.part];
        let mut given = self.given(part, step);
        for (name, value) in outer {
            // A scene has its columns by the names of its windows, and any other by the events' own.
            let key = scene.keys.iter().position(|key| key == name);
            let field = key.map_or(name, |at| &part.keys[at]);
            given.retain(|(known, _)| known != field);
            given.push((field.clone(), value.clone()));
        }
        match &part.source {
            Source::Events(leaf) => self.event(*leaf, &given, begin + step.at, step.is_miss),
            Source::Scene(inner) => self.scene(inner, &given, begin + step.at, step.is_miss),
        }
    }

    /// What makes a scene find something at a time; one event less for a miss.
    fn scene(&mut self, scene: &Scene, given: &[Given], end: i64, is_miss: bool) {
        let mut steps = plan::least(scene);
        let last = steps.iter().map(|step| step.at).max().unwrap_or(0);
        if is_miss {
            steps.pop();
        }
        for step in steps {
            self.step(scene, &step, end - last, given);
        }
    }

    fn event(&mut self, leaf: usize, given: &[Given], time: i64, is_miss: bool) {
        let models = &self.models[leaf];
        let of = if is_miss && !models.missing.is_empty() { &models.missing } else { &models.fitting };
        let mut event = of[self.rng.usize(..of.len())].clone();
        let was = models.condition.holds_on(&event);
        for (field, value) in given {
            let mut other = event.clone();
            match value {
                Some(value) => drop(other.0.insert(field.name.to_string(), value.clone())),
                None => drop(other.0.shift_remove(&*field.name)),
            }
            // What the rule itself asks of the field comes first.
            if value.is_none() || models.condition.holds_on(&other) == was {
                event = other;
            }
        }
        event.0.insert(TIME.to_owned(), Value::Text(time_text(time)));
        self.events.push((time, Made { event, leaf }));
    }

    /// The values of a step's keys, and those that count.
    fn given(&self, part: &Part, step: &Step) -> Vec<Given> {
        let forms = |field: &Field| self.models[first_leaf(part)].forms.form(field);
        let mut given = Vec::new();
        let places = part.values.len();
        for (place, field) in part.values.iter().enumerate() {
            let nth =
                |number: usize| if places == 1 { number } else { [number % 7, number / 7][place.min(1)] };
            let value = match step.value {
                Counted::Nth(number) => Some(value_of(&forms(field), 2, nth(number))),
                Counted::Capital(number) => Some(capital(value_of(&forms(field), 2, nth(number)))),
                Counted::Number(number) => Some(Value::from(number)),
                Counted::Lacking => None,
            };
            given.push((field.clone(), value));
        }
        for (at, field) in part.keys.iter().enumerate() {
            let value = (step.lacks != Some(at)).then(|| value_of(&forms(field), at % 2, step.group));
            given.retain(|(known, _)| known != field);
            given.push((field.clone(), value));
        }
        given
    }
}

/// The first rule of which a part has events.
fn first_leaf(part: &Part) -> usize {
    match &part.source {
        Source::Events(leaf) => *leaf,
        Source::Scene(scene) => first_leaf(&scene.parts[0]),
    }
}

/// Words that values are made of, another for each use.
const WORDS: [&str; 3] = ["alpha", "beta", "item"];

/// A value of its own for each number.
fn value_of(form: &Form, usage: usize, number: usize) -> Value {
    let word = format!("{}{number}", WORDS[usage % WORDS.len()]);
    let whole = i64::try_from(number).unwrap_or(i64::MAX);
    Value::Text(match form {
        Form::OneOf(values) if !values.is_empty() => values[number % values.len()].to_string(),
        Form::Free | Form::OneOf(_) | Form::AccountPart | Form::RegistryData => word,
        Form::Account => format!("CORP\\{word}"),
        Form::Hashes => {
            format!("MD5={number:032X},SHA1={number:040X},SHA256={number:064X},IMPHASH={number:032X}")
        }
        Form::RegistryKey => format!("HKLM\\Software\\{word}"),
        Form::Directory => format!("C:\\{word}\\"),
        Form::Pipe => format!("\\{word}"),
        Form::Integer => return Value::from(1_000 + whole),
        Form::Boolean => return Value::Boolean(number.is_multiple_of(2)),
        Form::Address => format!("10.{usage}.{}.{}", number / 250, number % 250 + 1),
        Form::Timestamp => time_text(START - whole * SECOND),
    })
}

/// The value in capital letters.
fn capital(value: Value) -> Value {
    match value {
        Value::Text(text) => Value::Text(text.to_uppercase()),
        other => other,
    }
}

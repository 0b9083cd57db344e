//! Witnesses: events made for a condition, some that satisfy it and near misses that do not.
//!
//! A near miss differs from a satisfying event in one place where languages and their readers go wrong: another case,
//! a field that is absent or empty, text before or after a value, the number next to a limit. Whether an event matches
//! is never assumed: the evaluator says so. Equal conditions and seeds give equal events.

mod change;
mod demand;
mod regex;
pub mod several;
mod site;
mod value;

use fastrand::Rng;

use crate::{
    ir::{Condition, Field, eval::Event},
    mapping::Form,
};
use change::changes;
use demand::event_for;
use site::{Site, focused, sites};

/// An event made for a condition.
#[derive(Debug, Clone, PartialEq)]
pub struct Witness {
    /// The event.
    pub event: Event,
    /// Whether the condition holds on it.
    pub matches: bool,
    /// How it was made, in a few words.
    pub why: String,
}

/// What is wanted.
#[derive(Debug, Clone, Copy)]
pub struct Wanted {
    /// How many events, if so many different ones can be made.
    pub count: usize,
    /// Another seed, other events.
    pub seed: u64,
}

impl Default for Wanted {
    fn default() -> Self {
        Self { count: 16, seed: 0 }
    }
}

/// What is known of fields beside the condition.
pub trait Forms {
    /// What values of a field look like.
    fn form(&self, field: &Field) -> Form;

    /// The field in which text stands that a keyword is searched in.
    fn keywords(&self) -> Field {
        Field::new("Message")
    }

    /// What every event has beside what the condition asks for, where it says nothing of it.
    fn usual(&self) -> Event {
        Event::default()
    }
}

/// Nothing is known of fields.
#[derive(Debug, Clone, Copy, Default)]
pub struct Unknown;

impl Forms for Unknown {
    fn form(&self, _: &Field) -> Form {
        Form::Free
    }
}

/// Rounds of attempts for one event.
const ATTEMPTS: usize = 24;

/// Of how many predicates at most events are made.
const SITES: usize = 24;

/// Events for a condition, those first that satisfy it by one of its predicates each. Fewer than wanted where no more
/// different ones were found; none that satisfies it where it cannot be satisfied, or only by events that are hard to
/// make.
pub fn witnesses(condition: &Condition, forms: &dyn Forms, wanted: Wanted) -> Vec<Witness> {
    let mut rng = Rng::with_seed(wanted.seed);
    let mut found = Found { condition, witnesses: Vec::new(), most: wanted.count };
    let mut series: Vec<Vec<(Event, String)>> = Vec::new();
    for (index, site) in spread(sites(condition), SITES.min(wanted.count.max(1)), &mut rng).iter().enumerate()
    {
        series.push(series_of(condition, site, index, forms, &mut rng));
    }
    if series.iter().all(Vec::is_empty) {
        // No predicate, or none that an event was found for.
        series.push(vec![(forms.usual(), "an event without the rule's fields".to_owned())]);
    }
    for round in 0.. {
        let events: Vec<&(Event, String)> = series.iter().filter_map(|series| series.get(round)).collect();
        if events.is_empty() || found.is_full() {
            break;
        }
        for (event, why) in events {
            found.add(event, why);
        }
    }
    found.witnesses
}

/// A satisfying event by one predicate, then what differs from it in that predicate's field. Each site begins with
/// another change, so that few events of many sites still show all of them.
fn series_of(
    condition: &Condition,
    site: &Site,
    index: usize,
    forms: &dyn Forms,
    rng: &mut Rng,
) -> Vec<(Event, String)> {
    let aim = focused(condition, &site.path);
    let Some(event) = (0..ATTEMPTS).find_map(|_| event_for(&aim, forms, rng)) else { return Vec::new() };
    let Some(field) = site.field(forms) else { return vec![(event, "fits the rule".to_owned())] };
    let why = if site.positive { "fits the rule by" } else { "is what the rule excludes by" };
    let mut series = vec![(event.clone(), format!("{why} `{field}`"))];
    let mut changed = changes(event.0.get(&*field.name), &site.predicate.test);
    let first = index % changed.len().max(1);
    changed.rotate_left(first);
    for (what, value) in changed {
        let mut other = event.clone();
        match value {
            Some(value) => drop(other.0.insert(field.name.to_string(), value)),
            None => drop(other.0.shift_remove(&*field.name)),
        }
        series.push((other, what.replace("{}", &format!("`{field}`"))));
    }
    series
}

/// Witnesses so far.
struct Found<'c> {
    condition: &'c Condition,
    witnesses: Vec<Witness>,
    most: usize,
}

impl Found<'_> {
    fn is_full(&self) -> bool {
        self.witnesses.len() >= self.most
    }

    fn add(&mut self, event: &Event, why: &str) {
        if self.is_full() || self.witnesses.iter().any(|known| known.event == *event) {
            return;
        }
        let matches = self.condition.holds_on(event);
        self.witnesses.push(Witness { event: event.clone(), matches, why: why.to_owned() });
    }
}

/// At most so many of the sites, from all over the condition, in their order: at least half of what it asks for, as far
/// as there is as much, and the rest of what it excludes.
fn spread(sites: Vec<Site>, most: usize, rng: &mut Rng) -> Vec<Site> {
    if sites.len() <= most {
        return sites;
    }
    let (asked, excluded): (Vec<Site>, Vec<Site>) = sites.into_iter().partition(|site| site.positive);
    let asked_most = most.saturating_sub(excluded.len()).max(most.div_ceil(2)).min(asked.len());
    let excluded_most = most - asked_most;
    let mut chosen = evenly(asked, asked_most, rng);
    chosen.extend(evenly(excluded, excluded_most, rng));
    chosen
}

/// One of each of so many equal parts.
fn evenly(sites: Vec<Site>, most: usize, rng: &mut Rng) -> Vec<Site> {
    if sites.len() <= most {
        return sites;
    }
    let total = sites.len();
    let one = |part: usize| rng.usize(part * total / most..(part + 1) * total / most);
    let chosen: Vec<usize> = (0..most).map(one).collect();
    let mut sites: Vec<Option<Site>> = sites.into_iter().map(Some).collect();
    chosen.into_iter().filter_map(|index| sites[index].take()).collect()
}

#[cfg(test)]
mod tests;

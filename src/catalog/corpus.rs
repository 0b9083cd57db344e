//! Many rules' tests, counted: how many rules look for the same thing, and of which vendors.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::Arc,
};

use indexmap::IndexMap;

use super::{
    event::Event,
    flatten::{Flat, Indicator, Role},
    kind::Kind,
};
use crate::ir::Metadata;

/// What is looked for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Triple {
    /// The canonical field.
    pub field: Arc<str>,
    /// How.
    pub kind: Kind,
    /// The value.
    pub value: Arc<str>,
    /// What it is to the rules.
    pub role: Role,
}

impl Triple {
    /// What a test looks for.
    pub fn of(indicator: &Indicator) -> Self {
        Self {
            field: indicator.field.clone(),
            kind: indicator.kind,
            value: indicator.value.clone(),
            role: indicator.role,
        }
    }
}

/// A rule of the corpus.
#[derive(Debug)]
pub struct Member {
    /// The language that it is written in (`sigma`, `kusto`).
    pub vendor: &'static str,
    /// What it says about itself.
    pub metadata: Arc<Metadata>,
    /// Its file, as the user gave it.
    pub path: Arc<str>,
    /// Its file below the folder given, with `/` between.
    pub relative: Arc<str>,
    /// Which rule of its file it is, from 1; 0 if it is the only one.
    pub number: usize,
    /// What it looks for.
    pub flat: Flat,
    /// The first rule that is the same one: of the same id, or a twin in the same file.
    pub identity: usize,
}

/// What makes two rules one: their id; without one, that the same file has the same twice, as where a query is written
/// for two products that call the time differently.
#[derive(Debug, PartialEq, Eq, Hash)]
enum Identity {
    Id(&'static str, String),
    Tests(Arc<str>, Vec<Triple>, usize),
}

impl Identity {
    fn of(member: &Member) -> Self {
        if let Some(id) = &member.metadata.id {
            return Self::Id(member.vendor, id.to_lowercase());
        }
        let mut tests: Vec<Triple> = member.flat.indicators.iter().map(Triple::of).collect();
        tests.retain(|triple| triple.role != Role::Computed);
        tests.sort();
        tests.dedup();
        // Rules without a test are told apart by their place.
        let number = if tests.is_empty() { member.number } else { 0 };
        Self::Tests(member.path.clone(), tests, number)
    }
}

/// The rules that look for one thing, each once.
pub type Rules = BTreeSet<usize>;

/// What the rules about one event look for.
#[derive(Debug, Default)]
pub struct EventCount {
    /// The rules that read it.
    pub rules: Rules,
    /// What they look for, with the triple's place in [`Corpus::triples`].
    pub triples: BTreeMap<usize, Rules>,
    /// Its columns, by the provider's names, and the rules that test them.
    pub columns: BTreeMap<Arc<str>, Rules>,
}

/// Rules and what they look for, counted.
#[derive(Debug, Default)]
pub struct Corpus {
    members: Vec<Member>,
    by_id: HashMap<Identity, usize>,
    triples: IndexMap<Triple, Rules>,
    events: BTreeMap<Event, EventCount>,
}

impl Corpus {
    /// Adds a rule.
    pub fn add(&mut self, mut member: Member) {
        let index = self.members.len();
        member.identity = *self.by_id.entry(Identity::of(&member)).or_insert(index);
        let rule = member.identity;
        for event in &member.flat.events {
            self.events.entry(event.clone()).or_default().rules.insert(rule);
        }
        for indicator in &member.flat.indicators {
            let entry = self.triples.entry(Triple::of(indicator));
            let place = entry.index();
            entry.or_default().insert(rule);
            for event in &indicator.events {
                let Some(event) = member.flat.events.get_index(*event) else { continue };
                let count = self.events.entry(event.clone()).or_default();
                count.triples.entry(place).or_default().insert(rule);
                if indicator.role != Role::Computed {
                    count.columns.entry(indicator.column.clone()).or_default().insert(rule);
                }
            }
        }
        self.members.push(member);
    }

    /// The rules, in the order in which they were added.
    pub fn members(&self) -> &[Member] {
        &self.members
    }

    /// How many rules there are, those of one vendor and id counted once.
    pub fn len(&self) -> usize {
        self.members.iter().enumerate().filter(|(index, member)| member.identity == *index).count()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.members.is_empty()
    }

    /// Everything that is looked for, and by which rules.
    pub fn triples(&self) -> &IndexMap<Triple, Rules> {
        &self.triples
    }

    /// The rules that look for a thing.
    pub fn rules_of(&self, triple: &Triple) -> usize {
        self.triples.get(triple).map_or(0, Rules::len)
    }

    /// The triple of a place.
    pub fn triple(&self, place: usize) -> Option<(&Triple, &Rules)> {
        self.triples.get_index(place)
    }

    /// The events that rules read, and what is looked for in each.
    pub fn events(&self) -> &BTreeMap<Event, EventCount> {
        &self.events
    }

    /// The vendors of rules, in order.
    pub fn vendors(&self, rules: &Rules) -> BTreeSet<&'static str> {
        rules.iter().map(|rule| self.members[*rule].vendor).collect()
    }
}

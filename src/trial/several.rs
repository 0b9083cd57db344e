//! Trials of rules that look at several events: a query, lists of events, and what it has to find in each.

use std::sync::Arc;

use indexmap::IndexMap;

use super::{Canonical, Written, recorded_types, typed, types_by_tests};
use crate::{
    Conversion, Options,
    convert::{Window, tumbling},
    diag::Code,
    ir::{
        ColumnType, Condition, Field, Origin, Pipeline, Rule, Stage, TIME,
        eval::{Event, Rows, Unevaluated, Value},
    },
    mapping::{Mapping, Recorder, localize, normalize},
    target::{Language, Target},
    witness::{
        Forms, Unknown, Wanted,
        several::{EventList, Leaf, Made, Scene, lists},
    },
};

/// A query and lists of events to try it on.
#[derive(Debug, Clone)]
pub struct ListTrial {
    /// The query, and what is known to differ.
    pub conversion: Conversion,
    /// The column of the time at which something is found.
    pub time: String,
    /// The columns that tell in which group it is found.
    pub groups: Vec<String>,
    /// The types of columns.
    pub types: IndexMap<String, ColumnType>,
    /// The lists.
    pub lists: Vec<TrialList>,
}

/// Events, and what the rule finds in them.
#[derive(Debug, Clone, PartialEq)]
pub struct TrialList {
    /// The events as rows, in the order of their times.
    pub rows: Vec<ListRow>,
    /// What is found.
    pub found: Vec<Found>,
    /// A time before all of this.
    pub from: String,
    /// A time after it.
    pub until: String,
    /// How the list was made, in a few words.
    pub why: String,
}

/// A row, and the table that it is in, where there are several.
#[derive(Debug, Clone, PartialEq)]
pub struct ListRow {
    /// The table.
    pub table: Option<Arc<str>>,
    /// By the target's column names.
    pub row: Event,
}

/// When something is found, and in which group.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    /// The time of the event with which it is there; of a window that stands still, its start.
    pub time: Value,
    /// The group's values.
    pub group: Vec<Value>,
}

/// How many seeds are tried for lists that a target can have.
const SEEDS: u64 = 3;

/// A correlation, and what it looks at.
struct Looking<'r> {
    /// As its windows are asked for.
    rule: &'r Rule,
    scene: Scene,
    leaves: Vec<Leaf>,
    /// Whether events of all its rules are in one place, and told apart by what the rules ask alone.
    is_one_place: bool,
    wanted: Wanted,
}

/// Lists in the rule's own names; `None` if it is no correlation.
pub fn own_lists(rule: &Rule, options: &Options<'_>, wanted: Wanted) -> Option<OwnLists> {
    let windowed = windowed(rule, options);
    let (scene, leaves) = Scene::of(rule)?;
    let looking =
        Looking { rule: windowed.as_ref().unwrap_or(rule), scene, leaves, is_one_place: true, wanted };
    let forms: Vec<&dyn Forms> = looking.leaves.iter().map(|_| &Unknown as &dyn Forms).collect();
    let lists = looking.lists(&forms, wanted.seed).into_iter();
    let lists = lists.filter_map(|list| {
        let row = |made: &Made| Some(ListRow { table: None, row: made.event.clone() });
        looking.list(&list, row)
    });
    let lists = lists.collect();
    Some(OwnLists { time: TIME.to_owned(), groups: looking.scene.keys().map(str::to_owned).collect(), lists })
}

/// Lists in a rule's own names.
#[derive(Debug, Clone, PartialEq)]
pub struct OwnLists {
    /// The field of the events' time.
    pub time: String,
    /// What the rule groups by.
    pub groups: Vec<String>,
    /// The lists.
    pub lists: Vec<TrialList>,
}

/// A trial for each of the targets, in their order; without lists where the rule does not convert, or the target has no
/// such events. `None` if the rule is no correlation.
pub fn list_trials(
    rule: &Rule,
    targets: &[&'static Target],
    options: &Options<'_>,
    wanted: Wanted,
) -> Option<Vec<ListTrial>> {
    let windowed = windowed(rule, options);
    let (scene, leaves) = Scene::of(rule)?;
    let is_one_place = options.mapping.is_none();
    let looking = Looking { rule: windowed.as_ref().unwrap_or(rule), scene, leaves, is_one_place, wanted };
    let trials = crate::convert(rule, targets, options).into_iter().map(|mut conversion| {
        // What is found is that of windows as they are asked for.
        conversion.notes.retain(|note| note.code != Code::WindowTumbling);
        let none = |conversion| {
            let (time, groups, types, lists) = Default::default();
            ListTrial { conversion, time, groups, types, lists }
        };
        let Some((time, groups)) = conversion.local.as_ref().and_then(|local| names(&local.stages)) else {
            return none(conversion);
        };
        let trial = ListTrial { time, groups, ..none(conversion) };
        match options.mapping {
            Some(mapping) => looking.recorded(trial, mapping),
            None => looking.as_written(trial),
        }
    });
    Some(trials.collect())
}

/// The rule with windows that follow one another, if these are asked for.
fn windowed(rule: &Rule, options: &Options<'_>) -> Option<Rule> {
    (options.window == Window::Tumbling).then(|| tumbling(rule)).flatten().map(|(rule, _)| rule)
}

/// The columns of the time and the groups of what a rule finds.
fn names(stages: &[Stage]) -> Option<(String, Vec<String>)> {
    let names = |by: &[(Field, crate::ir::Expression)]| -> Vec<String> {
        by.iter().map(|(name, _)| name.name.to_string()).collect()
    };
    stages.iter().rev().find_map(|stage| match stage {
        Stage::Slide(slide) => Some((slide.time.name.to_string(), names(&slide.by))),
        Stage::Chain(chain) => Some((chain.time.name.to_string(), names(&chain.by))),
        Stage::Summarize(summarize) => {
            let mut groups = names(&summarize.by);
            groups.pop().map(|time| (time, groups))
        }
        _ => None,
    })
}

impl Looking<'_> {
    fn lists(&self, forms: &[&dyn Forms], seed: u64) -> Vec<EventList> {
        lists(&self.scene, &self.leaves, forms, Wanted { seed, ..self.wanted })
    }

    /// A list as rows, with what the rule finds; nothing if an event is no row of the target.
    fn list(&self, list: &EventList, mut row: impl FnMut(&Made) -> Option<ListRow>) -> Option<TrialList> {
        let rows = list.events.iter().map(&mut row).collect::<Option<Vec<ListRow>>>()?;
        let Rule { origin, stages, .. } = self.rule.clone();
        let pipeline = Pipeline { origin, stages, look_back: None };
        let found = pipeline.rows_on(&Together { looking: self, list }).ok()?;
        let value = |row: &Event, name: &str| row.0.get(name).cloned().unwrap_or(Value::Null);
        let found = found.iter().map(|row| Found {
            time: value(row, TIME),
            group: self.scene.keys().map(|key| value(row, key)).collect(),
        });
        let (from, until, why) = (list.from.clone(), list.until.clone(), list.why.clone());
        Some(TrialList { rows, found: found.collect(), from, until, why })
    }

    /// Rows in the rule's own names.
    fn as_written(&self, mut trial: ListTrial) -> ListTrial {
        let language = trial.conversion.target.language;
        let all = Condition::any(self.leaves.iter().map(|leaf| leaf.condition.clone()));
        trial.types = types_by_tests(&all, language);
        let asks_for_time = trial.types.contains_key(TIME);
        trial.types.insert(trial.time.clone(), ColumnType::Timestamp);
        let forms = Written { types: &trial.types, language };
        let forms: Vec<&dyn Forms> = self.leaves.iter().map(|_| &forms as &dyn Forms).collect();
        let row = |made: &Made| {
            let mut event = made.event.clone();
            // The time of events is in the target's own column.
            let time = event.0.get(TIME)?.clone();
            if !asks_for_time {
                event.0.shift_remove(TIME);
            }
            event.0.insert(trial.time.clone(), time);
            Some(ListRow { table: None, row: typed(event, &trial.types)? })
        };
        trial.lists =
            self.lists(&forms, self.wanted.seed).iter().filter_map(|list| self.list(list, row)).collect();
        trial
    }

    /// Rows in the names of the target's schema.
    fn recorded(&self, mut trial: ListTrial, mapping: &Mapping) -> ListTrial {
        let Some(schema) = trial.conversion.schema else { return trial };
        if matches!(trial.conversion.target.language, Language::Sigma) {
            return trial;
        }
        let recorders = self.leaves.iter().map(|leaf| self.recorder(leaf, schema, mapping, &mut trial.types));
        let Some(recorders) = recorders.collect::<Option<Vec<Recorder<'_>>>>() else { return trial };
        trial.types.insert(trial.time.clone(), ColumnType::Timestamp);
        let canonical: Vec<Canonical<'_>> = recorders.iter().map(|recorder| Canonical { recorder }).collect();
        let forms: Vec<&dyn Forms> = canonical.iter().map(|it| it as &dyn Forms).collect();
        for seed in 0..SEEDS {
            let mut types = trial.types.clone();
            let mut row = |made: &Made| recorded_row(made, &recorders[made.leaf], &trial, &mut types);
            let lists = self.lists(&forms, self.wanted.seed.wrapping_add(seed)).into_iter();
            let lists: Vec<TrialList> = lists.filter_map(|list| self.list(&list, &mut row)).collect();
            if lists.len() > trial.lists.len() {
                (trial.lists, trial.types) = (lists, types);
            }
            if trial.lists.len() * 2 > self.wanted.count {
                break;
            }
        }
        trial
    }

    /// What records the events of one of the rules; with the types of the columns that it asks about.
    fn recorder<'m>(
        &self,
        leaf: &Leaf,
        schema: &str,
        mapping: &'m Mapping,
        types: &mut IndexMap<String, ColumnType>,
    ) -> Option<Recorder<'m>> {
        let stages = vec![Stage::Filter(leaf.condition.clone())];
        let rule = Rule { origin: leaf.origin.clone(), stages, ..self.rule.clone() };
        let normalized = normalize(&rule, mapping, &mut Vec::new()).ok()?;
        let local = localize(&normalized, schema, mapping, &mut Vec::new()).ok()?;
        types.extend(recorded_types(&local));
        Recorder::of(&normalized, schema, mapping).ok().flatten()
    }
}

/// An event as the target has it; nothing if it has no such events.
fn recorded_row(
    made: &Made,
    recorder: &Recorder<'_>,
    trial: &ListTrial,
    types: &mut IndexMap<String, ColumnType>,
) -> Option<ListRow> {
    let language = trial.conversion.target.language;
    let mut event = made.event.clone();
    let time = event.0.shift_remove(TIME)?;
    let recorded = recorder.row(&event).ok()?;
    let mut row = recorded.row;
    for (name, ty) in recorded.types {
        types.entry(name).or_insert(ty);
    }
    row.0.insert(trial.time.clone(), time);
    let dataset = recorder.dataset();
    if let (Language::Eql, Some(category)) = (language, &dataset.category)
        && &**category != "any"
    {
        row.0.entry("event.category".to_owned()).or_insert_with(|| Value::from(&**category));
    }
    let table = dataset.names.first().filter(|_| language == Language::Kusto).cloned();
    Some(ListRow { table, row })
}

/// The events of a list, where the rules that they were made for look.
struct Together<'l> {
    looking: &'l Looking<'l>,
    list: &'l EventList,
}

impl Rows for Together<'_> {
    fn rows_of(&self, origin: &Origin) -> Result<Vec<Event>, Unevaluated> {
        let Looking { leaves, is_one_place, .. } = self.looking;
        let is_there = |made: &&Made| *is_one_place || is_same(&leaves[made.leaf].origin, origin);
        Ok(self.list.events.iter().filter(is_there).map(|made| made.event.clone()).collect())
    }
}

/// Whether two origins are of the same log source.
fn is_same(one: &Origin, other: &Origin) -> bool {
    match (one, other) {
        (Origin::LogSource(one), Origin::LogSource(other)) => one.to_string() == other.to_string(),
        _ => one == other,
    }
}

//! A rule as what it looks for: field, kind and value, each bound to the events of its own branch and join leg.

use std::sync::Arc;

use indexmap::IndexSet;
use serde::Serialize;

use super::{
    draft::{ANY_FIELD, Draft, Looked, draft, looked},
    event::Event,
    kind::{Kind, Relation},
    leg::{Known, Leg, both, either},
    naming::canonical,
    pattern::{Pattern, Patterns},
    scope::{Column, Scope, Source},
    telemetry::Telemetry,
};
use crate::{
    ir::{
        Aggregate, Case, Condition, Expression, Field, Origin, Pipeline, Predicate, Rule, Stage, Subject,
        Test,
    },
    mapping,
};

/// What a test is to its rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// The rule looks for events that have it.
    Match,
    /// The rule leaves out events by it: it stands below a negation that every match has to pass.
    Exclusion,
    /// It tests a value that the rule computes, or compares with one.
    Computed,
}

/// A test as a triple, at one place of a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Indicator {
    /// The canonical field; the column where there is no canonical name for it.
    pub field: Arc<str>,
    /// The column, by its provider's name.
    pub column: Arc<str>,
    /// How the value is looked for.
    pub kind: Kind,
    /// The value; in lower case where case does not count.
    pub value: Arc<str>,
    /// What it is to the rule.
    pub role: Role,
    /// The events that it is about, as indices into [`Flat::events`].
    pub events: Vec<usize>,
}

/// What a rule looks for.
#[derive(Debug, Clone, Default)]
pub struct Flat {
    /// The events that it reads, in its order.
    pub events: IndexSet<Event>,
    /// Its tests, in order.
    pub indicators: Vec<Indicator>,
    /// The events that it needs together; one pattern for each alternative.
    pub patterns: Vec<Pattern>,
    /// The canonical fields by which it groups or joins rows.
    pub keys: IndexSet<Arc<str>>,
    /// Why the end of the rule could not be read.
    pub unread: Option<String>,
}

/// Flattens a rule as read.
pub fn flatten(rule: &Rule, telemetry: &Telemetry<'_>) -> Flat {
    let normal = match &rule.origin {
        Origin::LogSource(_) => mapping::normalize(rule, telemetry.mapping, &mut Vec::new()).ok(),
        _ => None,
    };
    let rule = normal.as_ref().unwrap_or(rule);
    let mut walker = Walker { telemetry, legs: Vec::new(), next: 0, emits: false, flat: Flat::default() };
    // What a later stage tells of an event holds for the earlier ones: first the facts, then the tests.
    walker.pipeline(&rule.origin, &rule.stages);
    (walker.next, walker.emits, walker.flat) = (0, true, Flat::default());
    let patterns = walker.pipeline(&rule.origin, &rule.stages).1;
    join_empties(&mut walker.flat.indicators);
    for leg in &walker.legs {
        walker.flat.events.extend(leg.events(None));
    }
    walker.flat.patterns = patterns.resolve(|leg| walker.legs[leg].events(None));
    walker.flat
}

struct Walker<'t, 'm> {
    telemetry: &'t Telemetry<'m>,
    legs: Vec<Leg>,
    /// The leg that comes next, in the second pass.
    next: usize,
    emits: bool,
    flat: Flat,
}

/// Where a condition stands.
#[derive(Clone)]
struct Place<'s> {
    scope: &'s Scope,
    known: Known,
    is_positive: bool,
    role: Role,
}

impl Walker<'_, '_> {
    fn pipeline(&mut self, origin: &Origin, stages: &[Stage]) -> (Scope, Patterns) {
        if !self.emits {
            self.legs.push(Leg::of(origin, self.telemetry));
        }
        let leg = self.next;
        self.next += 1;
        let mut scope = Scope::of_leg(leg);
        let is_event = self.legs[leg].provider.is_some();
        let mut patterns = if is_event { Patterns::of(leg) } else { Patterns::none() };
        for stage in stages {
            self.stage(stage, &mut scope, &mut patterns);
        }
        (scope, patterns)
    }

    fn stage(&mut self, stage: &Stage, scope: &mut Scope, patterns: &mut Patterns) {
        match stage {
            Stage::Filter(condition) => {
                self.inner_queries(condition, patterns);
                if self.emits {
                    self.filter(condition, scope);
                } else {
                    self.learn(condition, scope);
                }
            }
            Stage::Join(join) => {
                let (right, needed) = self.pipeline(&join.right.origin, &join.right.stages);
                patterns.join(needed, join.kind);
                if self.emits {
                    let keys: Vec<&Field> = join.on.iter().map(|(left, _)| left).collect();
                    self.keys(keys, scope);
                }
                let legs = &self.legs;
                scope.join(join, right, &|leg, column| legs[leg].has(column));
            }
            Stage::Union(pipelines, _) => {
                let others: Vec<(Scope, Patterns)> =
                    pipelines.iter().map(|it| self.pipeline(&it.origin, &it.stages)).collect();
                let (scopes, needed): (Vec<_>, Vec<_>) = others.into_iter().unzip();
                for needed in needed {
                    patterns.union(needed);
                }
                let legs = &self.legs;
                scope.union(scopes, &|leg, column| legs[leg].has(column));
            }
            Stage::Unread(unread) if self.emits => self.flat.unread = Some(unread.reason.clone()),
            other => {
                if self.emits {
                    self.computed(other, scope);
                }
                let legs = &self.legs;
                scope.pass(other, &|leg, column| legs[leg].has(column));
            }
        }
    }

    /// Conditions and keys inside a stage that computes.
    fn computed(&mut self, stage: &Stage, scope: &Scope) {
        fn conditions(expression: &Expression) -> Vec<&Condition> {
            match expression {
                Expression::Holds(condition) => vec![condition],
                Expression::Case(cases, _) => cases.iter().map(|(condition, _)| condition).collect(),
                _ => Vec::new(),
            }
        }
        let filters = |aggregates: &[(Field, Aggregate)]| -> Vec<Condition> {
            aggregates.iter().map(|(_, aggregate)| aggregate.filter.clone()).collect()
        };
        let (inside, by): (Vec<Condition>, &[(Field, Expression)]) = match stage {
            Stage::Extend(_, value) => (conditions(value).into_iter().cloned().collect(), &[]),
            Stage::Project(project) => {
                let values = project.columns.iter().flat_map(|(_, value)| conditions(value));
                (values.cloned().collect(), &[])
            }
            Stage::Summarize(summarize) => (filters(&summarize.aggregates), &summarize.by),
            Stage::Pick(pick) => (filters(&pick.aggregates), &pick.by),
            _ => (Vec::new(), &[]),
        };
        for condition in &inside {
            let place = Place { scope, known: Known::new(), is_positive: true, role: Role::Computed };
            self.condition(condition, &place);
        }
        let keys = by.iter().filter_map(|(_, value)| match value {
            Expression::Field(field) => Some(field),
            _ => None,
        });
        self.keys(keys.collect(), scope);
    }

    fn keys(&mut self, fields: Vec<&Field>, scope: &Scope) {
        for field in fields {
            let name = match self.find(scope, &field.name) {
                Column::Of(sources) => sources.first().map(|source| self.canonical_name(source)),
                Column::Computed => None,
            };
            self.flat.keys.extend(name);
        }
    }

    fn canonical_name(&self, source: &Source) -> Arc<str> {
        let exists =
            Predicate::new(Field::new(source.column.clone()), Test::Exists, crate::diag::Span::default());
        match canonical(self.telemetry, &self.legs[source.leg], None, &exists).as_slice() {
            [Condition::Is(predicate)] => {
                predicate.field().map_or_else(|| source.column.clone(), |field| field.name.clone())
            }
            _ => source.column.clone(),
        }
    }

    fn find(&self, scope: &Scope, name: &str) -> Column {
        scope.find(name, &|leg, column| self.legs[leg].has(column))
    }

    /// The pipelines that a condition compares with: legs of their own.
    fn inner_queries(&mut self, condition: &Condition, patterns: &mut Patterns) {
        let mut queries: Vec<(&Pipeline, bool)> = Vec::new();
        condition.visit(true, &mut |predicate, is_positive| {
            if let Test::Among(pipeline, _) = &predicate.test {
                queries.push((pipeline, is_positive));
            }
        });
        for (query, is_positive) in queries {
            let (_, needed) = self.pipeline(&query.origin, &query.stages);
            if is_positive {
                patterns.join(needed, crate::ir::JoinKind::LeftSemi);
            }
        }
    }

    /// The first pass: which events a filter leaves.
    fn learn(&mut self, condition: &Condition, scope: &Scope) {
        for term in condition.conjuncts() {
            let Condition::Is(predicate) = term else { continue };
            let Looked::Field(name, _) = looked(predicate) else { continue };
            if let Column::Of(sources) = self.find(scope, &name) {
                for source in sources {
                    self.legs[source.leg].learn_channel(&source.column, &predicate.test);
                }
            }
        }
        for (leg, ids) in self.known(condition, scope) {
            let leg = &mut self.legs[leg];
            let before: Known = leg.ids.take().map(|ids| (0, ids)).into_iter().collect();
            leg.ids = both(&before, &Known::from([(0, ids)])).remove(&0);
        }
    }

    /// The ids that a condition leaves.
    fn known(&self, condition: &Condition, scope: &Scope) -> Known {
        match condition {
            Condition::Is(predicate) => {
                let Looked::Field(name, _) = looked(predicate) else { return Known::new() };
                let Column::Of(sources) = self.find(scope, &name) else { return Known::new() };
                let passing = sources.iter().filter_map(|source| {
                    let leg = &self.legs[source.leg];
                    Some((source.leg, leg.passing(&source.column, &predicate.test, self.telemetry)?))
                });
                passing.collect()
            }
            Condition::All(terms) => {
                terms.iter().fold(Known::new(), |known, term| both(&known, &self.known(term, scope)))
            }
            Condition::Any(terms) => either(terms.iter().map(|term| self.known(term, scope)).collect()),
            Condition::Not(_) | Condition::Always | Condition::Never => Known::new(),
        }
    }

    /// The second pass: what a filter tests.
    fn filter(&mut self, condition: &Condition, scope: &Scope) {
        let facts = self.legs.iter().enumerate().filter_map(|(leg, it)| Some((leg, it.ids.clone()?)));
        let place = Place { scope, known: facts.collect(), is_positive: true, role: Role::Match };
        let known = both(&place.known, &self.known(condition, scope));
        let place = Place { known, ..place };
        for term in condition.conjuncts() {
            let is_exclusion = matches!(term, Condition::Not(_));
            let role = if is_exclusion { Role::Exclusion } else { Role::Match };
            self.condition(term, &Place { role, ..place.clone() });
        }
    }

    fn condition(&mut self, condition: &Condition, place: &Place<'_>) {
        match condition {
            Condition::Always | Condition::Never => {}
            Condition::Not(inner) => {
                self.condition(inner, &Place { is_positive: !place.is_positive, ..place.clone() });
            }
            Condition::Is(_) | Condition::Any(_) => self.alternatives(condition.disjuncts(), place),
            Condition::All(terms) => {
                let place = self.narrowed(condition, place);
                terms.iter().for_each(|term| self.condition(term, &place));
            }
        }
    }

    /// Below a condition that holds, its own tests tell of the events; below one that does not, they do not.
    fn narrowed<'s>(&self, condition: &Condition, place: &Place<'s>) -> Place<'s> {
        if !place.is_positive {
            return place.clone();
        }
        Place { known: both(&place.known, &self.known(condition, place.scope)), ..place.clone() }
    }

    /// What alternatives test. Neighbours that test one field for equality are values of a list.
    fn alternatives(&mut self, terms: &[Condition], place: &Place<'_>) {
        let mut run: Vec<Indicator> = Vec::new();
        for term in terms {
            let place = self.narrowed(term, place);
            if let Condition::Is(predicate) = term {
                run.extend(self.predicate(predicate, &place));
            } else {
                self.emit(std::mem::take(&mut run));
                self.condition(term, &place);
            }
        }
        self.emit(run);
    }

    fn emit(&mut self, mut run: Vec<Indicator>) {
        close_lists(&mut run);
        self.flat.indicators.extend(run);
    }

    fn predicate(&mut self, predicate: &Predicate, place: &Place<'_>) -> Vec<Indicator> {
        match looked(predicate) {
            Looked::Anywhere => {
                let legs = place.scope.legs();
                vec![self.indicator(
                    ANY_FIELD.into(),
                    ANY_FIELD.into(),
                    draft(&predicate.test, false),
                    &legs,
                    place,
                )]
            }
            Looked::Computed(text) => vec![self.of_computed(&text, predicate, place)],
            Looked::Field(name, folds) => match self.find(place.scope, &name) {
                Column::Computed => vec![self.of_computed(&name, predicate, place)],
                Column::Of(sources) => sources
                    .iter()
                    .flat_map(|source| self.of_column(source, folds, predicate, place))
                    .collect(),
            },
        }
    }

    fn of_computed(&mut self, text: &str, predicate: &Predicate, place: &Place<'_>) -> Indicator {
        let place = Place { role: Role::Computed, ..place.clone() };
        let legs = place.scope.legs();
        self.indicator(text.into(), text.into(), draft(&predicate.test, false), &legs, &place)
    }

    fn of_column(
        &mut self,
        source: &Source,
        folds: bool,
        predicate: &Predicate,
        place: &Place<'_>,
    ) -> Vec<Indicator> {
        let field = Field::new(source.column.clone());
        let native = Predicate { subject: Subject::Field(field), ..predicate.clone() };
        let conditions =
            canonical(self.telemetry, &self.legs[source.leg], place.known.get(&source.leg), &native);
        let mut found = Vec::new();
        for condition in conditions {
            for leaf in condition.predicates() {
                let name = leaf.field().map_or(&source.column, |field| &field.name).clone();
                let test = as_strict(&leaf.test, &predicate.test);
                let mut drafted = draft(&test, folds || source.folds);
                if let Some(id) =
                    self.legs[source.leg].known_id(&source.column, &drafted.value, self.telemetry)
                {
                    drafted.value = id.to_string();
                }
                let column = self.native_name(source);
                found.push(self.indicator(name, column, drafted, &[source.leg], place));
            }
        }
        found
    }

    /// A column by its provider's name: of a field that is derived from a path, the path.
    fn native_name(&self, source: &Source) -> Arc<str> {
        let leg = &self.legs[source.leg];
        let path = leg.class.as_ref().and_then(|class| self.telemetry.mapping.path_of(class, &source.column));
        path.unwrap_or_else(|| source.column.clone())
    }

    fn indicator(
        &mut self,
        field: Arc<str>,
        column: Arc<str>,
        draft: Draft,
        legs: &[usize],
        place: &Place<'_>,
    ) -> Indicator {
        let part = |name: Arc<str>| match draft.part {
            Some(part) => format!("{name} ({})", part.as_str()).into(),
            None => name,
        };
        let events = legs.iter().flat_map(|leg| self.legs[*leg].events(place.known.get(leg)));
        let events = events.map(|event| self.flat.events.insert_full(event).0).collect();
        Indicator {
            field: part(field),
            column,
            kind: Kind { relation: draft.relation, is_negated: !place.is_positive },
            value: draft.value.into(),
            role: if draft.is_computed { Role::Computed } else { place.role },
            events,
        }
    }
}

/// A canonical test with the case of the test that it comes from: the mapping table's values have none of their own.
fn as_strict(test: &Test, native: &Test) -> Test {
    match (test, native) {
        (Test::Text(pattern, Case::Insensitive), Test::Text(_, Case::Sensitive)) => {
            Test::Text(pattern.clone(), Case::Sensitive)
        }
        (test, _) => test.clone(),
    }
}

/// Empty text or none is one test: Kusto's `isempty`.
fn join_empties(found: &mut Vec<Indicator>) {
    let is_half = |pair: &[Indicator]| {
        let [null, empty] = pair else { return false };
        null.kind.relation == Relation::Null
            && empty.kind.relation == Relation::Empty
            && (&null.field, null.kind.is_negated, &null.events)
                == (&empty.field, empty.kind.is_negated, &empty.events)
    };
    let halves: Vec<bool> = found.windows(2).map(is_half).chain([false]).collect();
    let mut halves = halves.into_iter();
    found.retain(|_| !halves.next().unwrap_or(false));
}

/// Two or more neighbouring tests of one field for equality are a list.
fn close_lists(found: &mut [Indicator]) {
    let is_equal = |it: &Indicator| it.kind.relation == Relation::Equal && it.role != Role::Computed;
    let mut start = 0;
    while start < found.len() {
        let same = |it: &&Indicator| it.field == found[start].field && is_equal(it);
        let run = found[start..].iter().take_while(same).count();
        if run >= 2 {
            for indicator in &mut found[start..start + run] {
                indicator.kind.relation = Relation::In;
            }
        }
        start += run.max(1);
    }
}

//! What a rule about several events looks at: whose events, in which groups, and what has to come together.

use crate::ir::{
    Aggregate, AggregateFunction, Condition, Expression, Field, Origin, Pipeline, Rule, Slide, Stage,
    eval::{Event, Value},
};

/// What a rule looks at that finds events in windows of time.
#[derive(Debug, Clone)]
pub struct Scene {
    pub(super) parts: Vec<Part>,
    /// What events have in common, by the names that the windows have for it.
    pub(super) keys: Vec<Field>,
    /// The windows' length in ticks.
    pub(super) length: i64,
    pub(super) sought: Sought,
}

/// What has to come together.
#[derive(Debug, Clone)]
pub(super) enum Sought {
    /// So many events.
    Events(Test),
    /// So many values.
    Values(Test),
    /// Numbers that give another.
    Numbers(Test, AggregateFunction),
    /// Events of several rules.
    Kinds,
    /// Events of several rules in their order.
    Order,
}

/// What is asked of a computed number.
#[derive(Debug, Clone)]
pub(super) struct Test {
    name: Field,
    condition: Condition,
}

/// Events of one rule, or what another correlation finds.
#[derive(Debug, Clone)]
pub(super) struct Part {
    pub(super) source: Source,
    /// The fields of the keys, in their order.
    pub(super) keys: Vec<Field>,
    /// The fields whose values count.
    pub(super) values: Vec<Field>,
}

#[derive(Debug, Clone)]
pub(super) enum Source {
    /// Events, by the number of their rule.
    Events(usize),
    Scene(Box<Scene>),
}

/// A rule whose events a correlation looks at.
#[derive(Debug, Clone)]
pub struct Leaf {
    /// Where its events come from.
    pub origin: Origin,
    /// What it asks of each.
    pub condition: Condition,
}

impl Scene {
    /// What the rule looks at, and the rules whose events these are; `None` if it is no correlation.
    pub fn of(rule: &Rule) -> Option<(Self, Vec<Leaf>)> {
        let mut leaves = Vec::new();
        let scene = Self::of_stages(&rule.origin, &rule.stages, &mut leaves)?;
        Some((scene, leaves))
    }

    /// The names of what its windows' events have in common.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.keys.iter().map(|key| &*key.name)
    }

    fn of_stages(origin: &Origin, stages: &[Stage], leaves: &mut Vec<Leaf>) -> Option<Self> {
        let at = stages.iter().rposition(|stage| matches!(stage, Stage::Slide(_) | Stage::Chain(_)))?;
        let after: Option<Vec<Condition>> =
            stages[at + 1..].iter().map(|stage| stage.condition().cloned()).collect();
        let (by, length, aggregates) = match &stages[at] {
            Stage::Slide(slide) => (&slide.by, slide.length, slide.aggregates.as_slice()),
            Stage::Chain(chain) => (&chain.by, chain.length, [].as_slice()),
            _ => return None,
        };
        let values: Vec<&Field> =
            aggregates.iter().flat_map(|(_, it)| it.arguments.iter().flat_map(Expression::fields)).collect();
        let sources: Vec<(&Origin, &[Stage])> = match stages[..at].split_last() {
            Some((Stage::Union(others, _), first)) => {
                let others = others.iter().map(|Pipeline { origin, stages, .. }| (origin, stages.as_slice()));
                std::iter::once((origin, first)).chain(others).collect()
            }
            _ => vec![(origin, &stages[..at])],
        };
        let parts: Option<Vec<Part>> = sources
            .into_iter()
            .map(|(origin, stages)| Part::of(origin, stages, by, &values, leaves))
            .collect();
        let sought = match &stages[at] {
            Stage::Slide(slide) => Sought::of(slide, Condition::all(after?), &stages[..at])?,
            _ => Sought::Order,
        };
        let keys = by.iter().map(|(name, _)| name.clone()).collect();
        Some(Self { parts: parts?, keys, length: length.0, sought })
    }
}

impl Sought {
    fn of(slide: &Slide, condition: Condition, before: &[Stage]) -> Option<Self> {
        use AggregateFunction as A;
        let (name, aggregate) = slide.aggregates.first()?;
        let tells_rules = |stage: &Stage| match (stage, aggregate.arguments.as_slice()) {
            (Stage::Project(project), [Expression::Field(field)]) => {
                project.columns.iter().any(|(name, value)| name == field && value.fields().is_empty())
            }
            _ => false,
        };
        if aggregate.filter != Condition::Always || before.iter().any(tells_rules) {
            return Some(Self::Kinds);
        }
        let test = Test { name: name.clone(), condition };
        Some(match aggregate {
            Aggregate { function: A::Count, .. } => Self::Events(test),
            Aggregate { function: A::CountDistinct, .. } => Self::Values(test),
            Aggregate { function, .. } => Self::Numbers(test, *function),
        })
    }
}

impl Test {
    /// Whether it holds on a whole number.
    pub(super) fn holds_on(&self, number: usize) -> bool {
        let number = i64::try_from(number).unwrap_or(i64::MAX);
        let event = Event::from_iter([(self.name.name.to_string(), Value::from(number))]);
        self.condition.holds_on(&event)
    }

    /// The numbers that it compares with.
    pub(super) fn limits(&self) -> Vec<f64> {
        let limit = |predicate: &&crate::ir::Predicate| match &predicate.test {
            crate::ir::Test::Number(_, number) => Some(number.to_f64()),
            _ => None,
        };
        self.condition.predicates().iter().filter_map(limit).collect()
    }
}

impl Part {
    fn of(
        origin: &Origin,
        stages: &[Stage],
        by: &[(Field, Expression)],
        values: &[&Field],
        leaves: &mut Vec<Leaf>,
    ) -> Option<Self> {
        let (project, stages) = match stages.split_last() {
            Some((Stage::Project(project), before)) => (Some(project), before),
            _ => (None, stages),
        };
        let own =
            |field: &Field| match project.and_then(|it| it.columns.iter().find(|(name, _)| name == field)) {
                Some((_, Expression::Field(own))) => Some(own.clone()),
                Some(_) => None,
                None => Some(field.clone()),
            };
        let keys = by
            .iter()
            .map(|(_, value)| value.fields().first().and_then(|field| own(field)))
            .collect::<Option<_>>()?;
        let values = values.iter().filter_map(|field| own(field)).collect();
        let source = match Scene::of_stages(origin, stages, leaves) {
            Some(scene) => Source::Scene(Box::new(scene)),
            None => Source::of_events(origin, stages, leaves)?,
        };
        Some(Self { source, keys, values })
    }
}

impl Source {
    fn of_events(origin: &Origin, stages: &[Stage], leaves: &mut Vec<Leaf>) -> Option<Self> {
        let conditions: Option<Vec<Condition>> =
            stages.iter().map(|stage| stage.condition().cloned()).collect();
        let condition = Condition::all(conditions?);
        leaves.push(Leaf { origin: origin.clone(), condition });
        Some(Self::Events(leaves.len() - 1))
    }
}

//! The sides of a join.

use crate::{
    diag::Span,
    elastic::esql::{inline::Made, later},
    ir::{
        self, AggregateFunction, Case, Condition, Expression, Field, Function, Join, JoinKind, Predicate,
        Rule, Stage, Subject, Summarize, Test,
    },
};

/// The right side of a join, in terms of its events.
pub(in crate::elastic::esql) struct Right {
    pub(in crate::elastic::esql) conditions: Vec<Condition>,
    pub(in crate::elastic::esql) made: Made,
    /// What is computed of the rows of each key.
    pub(in crate::elastic::esql) aggregates: Vec<(Field, ir::Aggregate)>,
    /// Whether there is one row of each key.
    pub(in crate::elastic::esql) is_unique: bool,
    /// What holds of the aggregates.
    pub(in crate::elastic::esql) after: Vec<Stage>,
}

/// A join with its place among the other stages.
pub(in crate::elastic::esql) struct Link<'a> {
    pub(in crate::elastic::esql) join: &'a Join,
    pub(in crate::elastic::esql) right: Right,
    /// Both sides' keys.
    pub(in crate::elastic::esql) keys: Vec<(Expression, Expression)>,
    /// Which stages stand before.
    pub(in crate::elastic::esql) at: usize,
}

impl Link<'_> {
    /// Compares the keys without case.
    pub(in crate::elastic::esql) fn fold(&mut self) {
        for (left, right) in &mut self.keys {
            for key in [left, right] {
                *key = Expression::Call(Function::Lower, vec![key.clone()]);
            }
        }
    }
}

impl Right {
    /// A column that conditions of a group read, and that is not one of the group, or of the left side alike.
    pub(in crate::elastic::esql) fn strange(&self, keys: &[(Expression, Expression)]) -> Option<Field> {
        let is_key = |field: &Field| {
            let itself = Expression::Field(field.clone());
            keys.iter().any(|(left, right)| *left == itself && *right == itself)
        };
        let is_made = |field: &Field| {
            let made =
                self.after.iter().any(|stage| matches!(stage, Stage::Extend(name, _) if name == field));
            made || self.aggregates.iter().any(|(name, _)| name == field)
        };
        later::read(&self.after).into_iter().find(|field| !is_key(field) && !is_made(field))
    }

    /// Adds a stage, if it can be said of events, or of all rows of a key.
    pub(in crate::elastic::esql) fn pass(&mut self, stage: &Stage) -> Option<()> {
        let is_grouped = self.is_unique;
        match stage {
            Stage::Filter(Condition::Always) | Stage::Drop(..) | Stage::Sort(..) => {}
            Stage::Filter(condition) => {
                let reads_aggregate = later::tested(condition)
                    .any(|field| self.aggregates.iter().any(|(name, _)| name == field));
                if reads_aggregate {
                    self.after.push(stage.clone());
                } else {
                    let condition = self.made.condition(condition)?;
                    self.conditions.push(condition);
                }
            }
            Stage::Extend(name, value) => {
                let reads_aggregate = value
                    .fields()
                    .into_iter()
                    .any(|field| self.aggregates.iter().any(|(own, _)| own == field));
                if reads_aggregate {
                    self.after.push(stage.clone());
                    return Some(());
                }
                let value = self.made.value(value)?;
                self.made.add(name, value);
            }
            Stage::Project(project) if self.aggregates.is_empty() => self.made.keep(&project.columns)?,
            Stage::Project(project) => {
                let is_aggregate = |field: &Field| self.aggregates.iter().any(|(name, _)| name == field);
                let (aggregates, others): (Vec<_>, Vec<_>) = project
                    .columns
                    .iter()
                    .cloned()
                    .partition(|(_, value)| value.fields().into_iter().any(is_aggregate));
                if aggregates.iter().any(|(name, value)| *value != Expression::Field(name.clone())) {
                    return None;
                }
                self.made.keep(&others)?;
            }
            Stage::Rename(pairs, _) if self.aggregates.is_empty() => self.made.rename(pairs)?,
            Stage::Summarize(Summarize { aggregates, by, .. }) if !is_grouped => {
                let aggregates: Option<Vec<_>> = aggregates
                    .iter()
                    .map(|(name, aggregate)| Some((name.clone(), self.made.aggregate(aggregate)?)))
                    .collect();
                let mut aggregates = aggregates?;
                self.made.keep(by)?;
                // A list of all values of a side without groups is asked for its elements.
                if by.is_empty() {
                    let [(name, aggregate)] = aggregates.as_slice() else { return None };
                    let (AggregateFunction::CollectSet | AggregateFunction::CollectList, [value, ..]) =
                        (aggregate.function, aggregate.arguments.as_slice())
                    else {
                        return None;
                    };
                    self.conditions.push(aggregate.filter.clone());
                    self.made.add(name, value.clone());
                    aggregates.clear();
                    return Some(());
                }
                self.aggregates = aggregates;
                self.is_unique = true;
            }
            _ => return None,
        }
        Some(())
    }
}

/// The rule with tests for the rows of another query as joins, and the places of those whose keys are equal without
/// case; none if it has neither.
pub(in crate::elastic::esql) fn with_joins(rule: &Rule) -> Option<(Rule, Vec<Span>)> {
    let mut folded = Vec::new();
    let mut stages = Vec::with_capacity(rule.stages.len());
    let mut has_joins = false;
    for stage in &rule.stages {
        has_joins |= matches!(stage, Stage::Join(_));
        let Stage::Filter(condition) = stage else {
            stages.push(stage.clone());
            continue;
        };
        let mut plain = Vec::new();
        let mut joins = Vec::new();
        for term in condition.conjuncts() {
            match semi_join(term, &mut folded) {
                Some(join) => joins.push(Stage::Join(join)),
                None => plain.push(term.clone()),
            }
        }
        has_joins |= !joins.is_empty();
        stages.push(Stage::Filter(Condition::all(plain)));
        stages.extend(joins);
    }
    has_joins.then(|| (Rule { stages, ..rule.clone() }, folded))
}

/// A test for the rows of another query as a join, or the negation of one, with the guard that it may have.
pub(in crate::elastic::esql) fn semi_join(term: &Condition, folded: &mut Vec<Span>) -> Option<Join> {
    let (predicate, kind) = match term {
        Condition::Is(predicate) => (predicate, JoinKind::LeftSemi),
        Condition::Not(inner) => match &**inner {
            Condition::Is(predicate) => (predicate, JoinKind::LeftAnti),
            _ => return None,
        },
        Condition::Any(terms) => match (terms.len(), terms.iter().last()) {
            (2, Some(last @ Condition::Not(_))) => {
                let join = semi_join(last, folded)?;
                let is_guard = matches!(&terms[0], Condition::Is(Predicate { subject: Subject::Field(field), test: Test::Null, .. })
                    if *field == join.on[0].0);
                return is_guard.then_some(join);
            }
            _ => return None,
        },
        _ => return None,
    };
    let (Subject::Field(field), Test::Among(right, case)) = (&predicate.subject, &predicate.test) else {
        return None;
    };
    if *case == Case::Insensitive {
        folded.push(predicate.span);
    }
    let column =
        match right.stages.iter().rev().find(|stage| !matches!(stage, Stage::Filter(_) | Stage::Sort(..)))? {
            Stage::Project(project) => project.columns.first()?.0.clone(),
            Stage::Summarize(summarize) => match summarize.by.first() {
                Some((name, _)) => name.clone(),
                None => summarize.aggregates.first()?.0.clone(),
            },
            _ => return None,
        };
    Some(Join {
        kind,
        right: right.clone(),
        on: vec![(field.clone(), column)],
        renamed: Vec::new(),
        drops_right_keys: false,
        span: predicate.span,
    })
}

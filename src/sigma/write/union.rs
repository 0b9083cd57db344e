//! Unions: a rule for each of their tables.

use std::borrow::Cow;

use super::{
    DetectionRule,
    metadata::with_title_end,
    stage::{Outline, outline},
};
use crate::{
    diag::{Diagnostic, Note, Span},
    ir::{Duration, Expression, Field, Origin, Pipeline, Rule, Stage},
};

/// The events of one table, and what they pass.
pub(super) struct Branch<'r> {
    pub(super) origin: &'r Origin,
    stages: Vec<Cow<'r, Stage>>,
    look_back: Option<Duration>,
}

impl<'r> Branch<'r> {
    /// The columns that its last stage keeps, if that keeps some and no others; without that stage from then on.
    pub(super) fn take_projection(&mut self) -> Option<&'r [(Field, Expression)]> {
        let Some(Cow::Borrowed(Stage::Project(project))) = self.stages.pop() else { return None };
        Some(&project.columns)
    }

    pub(super) fn outline(&self, span: Span, notes: &mut Vec<Note>) -> Result<Outline, Diagnostic> {
        let stages: Vec<Stage> = self.stages.iter().map(|stage| stage.clone().into_owned()).collect();
        outline(&stages, self.look_back, span, notes)
    }
}

/// The branches of a rule: one, unless a union stands before everything but filters and names.
pub(super) fn branches(rule: &Rule) -> Vec<Branch<'_>> {
    branches_of(&rule.origin, &rule.stages, rule.look_back)
}

pub(super) fn branches_of<'r>(
    origin: &'r Origin,
    stages: &'r [Stage],
    look_back: Option<Duration>,
) -> Vec<Branch<'r>> {
    let is_plain = |stage: &Stage| {
        matches!(
            stage,
            Stage::Filter(_)
                | Stage::Extend(..)
                | Stage::Project(_)
                | Stage::Drop(..)
                | Stage::Rename(..)
                | Stage::Extract(_)
        )
    };
    let at = stages.iter().position(|stage| !is_plain(stage));
    let Some((at, others)) = at.and_then(|at| match &stages[at] {
        Stage::Union(others, _) => Some((at, others)),
        _ => None,
    }) else {
        return vec![Branch { origin, stages: stages.iter().map(Cow::Borrowed).collect(), look_back }];
    };
    let (before, rest) = (&stages[..at], &stages[at + 1..]);
    let mut found = branches_of(origin, before, look_back);
    for Pipeline { origin, stages, look_back } in others {
        found.extend(branches_of(origin, stages, *look_back));
    }
    for branch in &mut found {
        branch.stages.extend(rest.iter().map(Cow::Borrowed));
    }
    found
}

/// Whether the events come from the same place.
pub(super) fn are_alike(one: &Origin, other: &Origin) -> bool {
    match (one, other) {
        (Origin::Table(one), Origin::Table(other)) => one.name == other.name,
        (
            Origin::Class { class, log_source },
            Origin::Class { class: other_class, log_source: other_source },
        ) => {
            class == other_class
                && log_source.product == other_source.product
                && log_source.service == other_source.service
        }
        (one, other) => one == other,
    }
}

/// Titles with the log source at their end, and no id in common.
pub(super) fn tell_apart(rules: &mut [DetectionRule]) {
    for rule in rules {
        let source = &rule.log_source;
        let word = source.service.as_deref().or(source.category.as_deref()).or(source.product.as_deref());
        rule.header.title = with_title_end(&rule.header.title, word.unwrap_or("other"));
        rule.header.id = None;
        if let Some(name) = &mut rule.header.name {
            *name = format!("{name}_{}", word.unwrap_or("other").replace([' ', '-', '.'], "_"));
        }
    }
}

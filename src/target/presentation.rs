//! Stages at the end of a rule that change how its events are shown, not which there are.

use crate::{
    diag::{Code, Effect, Note},
    ir::{Rule, Stage},
};

/// The rule without the stages at its end that only order, name, limit or group what it has found, for languages that
/// return whole events; each is told in a note.
pub(super) fn without_presentation(rule: &mut Rule, notes: &mut Vec<Note>) {
    let mut dropped: Vec<&'static str> = Vec::new();
    let mut limits = false;
    while let Some(stage) = rule.stages.last().filter(|stage| is_presentation(stage)) {
        if !dropped.contains(&stage.name()) {
            dropped.insert(0, stage.name());
        }
        limits |= matches!(stage, Stage::Limit(..));
        rule.stages.pop();
    }
    if dropped.is_empty() {
        return;
    }
    let names: Vec<String> = dropped.iter().map(|name| format!("`{name}`")).collect();
    let effect = if limits { Effect::More } else { Effect::None };
    let message = format!("the events are returned whole, without {}", names.join(", "));
    notes.push(Note::whole_rule(Code::PresentationDropped, effect, message));
}

fn is_presentation(stage: &Stage) -> bool {
    matches!(
        stage,
        Stage::Project(_)
            | Stage::Drop(..)
            | Stage::Rename(..)
            | Stage::Sort(..)
            | Stage::Limit(..)
            | Stage::Extend(..)
            | Stage::Summarize(_)
            | Stage::Pick(_)
            | Stage::Expand(_)
    )
}

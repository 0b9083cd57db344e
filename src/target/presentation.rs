//! Stages at the end of a rule that change how its events are shown, not which there are.

use crate::{
    diag::{Code, Effect, Note},
    ir::{Rule, Stage},
};

/// The rule without the stages at its end that only order, name, limit or group what it has found, for languages that
/// return whole events, and the note that tells it; nothing if it has none.
pub(crate) fn without_presentation(rule: &Rule) -> Option<(Rule, Note)> {
    let kept = rule.stages.iter().rposition(|stage| !is_presentation(stage)).map_or(0, |last| last + 1);
    let dropped = &rule.stages[kept..];
    let mut names: Vec<String> = Vec::new();
    for stage in dropped {
        let name = format!("`{}`", stage.name());
        if !names.contains(&name) {
            names.push(name);
        }
    }
    let limits = dropped.iter().any(|stage| matches!(stage, Stage::Limit(..)));
    let effect = if limits { Effect::More } else { Effect::None };
    let message = format!("the events are returned whole, without {}", names.join(", "));
    let note = Note::whole_rule(Code::PresentationDropped, effect, message);
    let rule = || Rule { stages: rule.stages[..kept].to_vec(), ..rule.clone() };
    (!dropped.is_empty()).then(|| (rule(), note))
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

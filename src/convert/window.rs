//! Windows that follow one another in place of those that slide, where the user asks for them.

use crate::{
    diag::{Code, Effect, Note},
    ir::{Pipeline, Rule, Stage},
};

/// Which windows events are counted in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Window {
    /// One that ends with each event.
    #[default]
    Sliding,
    /// One after another, from multiples of their length on. What is spread over two of them is not found.
    Tumbling,
}

/// The rule with windows that follow one another, and what that changed; nothing if it has none.
pub(crate) fn tumbling(rule: &Rule) -> Option<(Rule, Note)> {
    let mut note = None;
    let stages = in_stages(&rule.stages, &mut note);
    note.map(|note| (Rule { stages, ..rule.clone() }, note))
}

fn in_stages(stages: &[Stage], note: &mut Option<Note>) -> Vec<Stage> {
    let mut each = |(at, stage): (usize, &Stage)| match stage {
        Stage::Slide(slide) => {
            let condition = stages.get(at + 1).and_then(Stage::condition);
            let grows = condition.is_some_and(|condition| slide.grows_into(condition));
            let effect = if grows { Effect::Less } else { Effect::Either };
            let message = "events count together in windows that follow one another, not where they are spread over two";
            *note = Some(Note::new(Code::WindowTumbling, effect, slide.span, message));
            Stage::Summarize(slide.tumbling())
        }
        Stage::Union(others, span) => {
            let mut each = |other: &Pipeline| Pipeline {
                origin: other.origin.clone(),
                stages: in_stages(&other.stages, note),
                look_back: other.look_back,
            };
            Stage::Union(others.iter().map(&mut each).collect(), *span)
        }
        other => other.clone(),
    };
    stages.iter().enumerate().map(&mut each).collect()
}

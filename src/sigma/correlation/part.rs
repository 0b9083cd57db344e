//! The rules that a correlation is of.

use std::sync::Arc;

use super::ast::Word;
use crate::{
    diag::{Code, Diagnostic, Note, Span},
    ir::{
        Aggregate, Chain, Condition, Field, LogSource, Metadata, Origin, Pipeline, Predicate, Project, Rule,
        Slide, Stage,
    },
};

/// A rule that a correlation names.
#[derive(Debug, Clone, Copy)]
pub struct Referred<'a> {
    /// The rule; of a correlation, what resolving it made.
    pub rule: &'a Rule,
    /// The columns that its rows have in common, if it is a correlation; events have any field.
    pub columns: Option<&'a [Field]>,
    /// Whether it stands in another source, so that its places are none of the correlation's.
    pub is_elsewhere: bool,
}

/// A rule that a correlation is of.
pub(super) struct Part {
    /// What the correlation calls it.
    pub(super) word: Word,
    pub(super) metadata: Arc<Metadata>,
    pub(super) origin: Origin,
    pub(super) stages: Vec<Stage>,
    /// What was decided about it: the filters that took part.
    pub(super) notes: Vec<Note>,
    columns: Option<Vec<Field>>,
}

impl Part {
    pub(super) fn of(word: &Word, referred: Referred<'_>) -> Result<Self, Diagnostic> {
        let Rule { metadata, origin, stages, notes, .. } = referred.rule;
        if !matches!(origin, Origin::LogSource(_)) {
            let message = format!("`{}` is no Sigma rule", word.text);
            return Err(Diagnostic::without_span(Code::InvalidCorrelation, message));
        }
        let (mut origin, mut stages) = (origin.clone(), stages.clone());
        if referred.is_elsewhere {
            origin = moved_origin(&origin, word.span);
            stages = moved(&stages, word.span);
        }
        let columns = referred.columns.map(<[Field]>::to_vec);
        let (metadata, notes) = (Arc::clone(metadata), notes.clone());
        Ok(Self { word: word.clone(), metadata, origin, stages, notes, columns })
    }

    /// The condition and the log source of plain events.
    pub(super) fn plain(&self) -> Option<(&LogSource, &Condition)> {
        match (&self.origin, self.stages.as_slice()) {
            (Origin::LogSource(log_source), [Stage::Filter(condition)]) => Some((log_source, condition)),
            _ => None,
        }
    }

    /// Whether the correlation calls it so, or it does itself.
    pub(super) fn is_called(&self, name: &str) -> bool {
        self.word.text == name
            || self.metadata.name.as_deref() == Some(name)
            || self.metadata.id.as_deref() == Some(name)
    }

    /// A field of it, as its stages name it.
    pub(super) fn field(&self, name: &str, span: Span) -> Result<Field, Diagnostic> {
        let Some(columns) = &self.columns else { return Ok(Field::new(name)) };
        columns.iter().find(|column| *column.name == *name).cloned().ok_or_else(|| {
            let message = format!("the correlation `{}` does not group by `{name}`", self.word.text);
            let names: Vec<&str> = columns.iter().map(|column| &*column.name).collect();
            let help = if names.is_empty() {
                "it groups by nothing, so that its rows have nothing else in common".to_owned()
            } else {
                format!("its rows have {} in common", names.join(", "))
            };
            Diagnostic::new(Code::InvalidCorrelation, span, message).help(help)
        })
    }
}

/// The stages with everything at one place.
fn moved(stages: &[Stage], span: Span) -> Vec<Stage> {
    let condition = |condition: &Condition| {
        let moved = condition.try_map(true, &mut |predicate, _| {
            Ok::<_, std::convert::Infallible>(Condition::is(Predicate { span, ..predicate.clone() }))
        });
        match moved {
            Ok(condition) => condition,
            Err(never) => match never {},
        }
    };
    let each = |stage: &Stage| match stage {
        Stage::Filter(inner) => Stage::Filter(condition(inner)),
        Stage::Slide(slide) => {
            let each = |(name, aggregate): &(Field, Aggregate)| {
                let filter = condition(&aggregate.filter);
                (name.clone(), Aggregate { filter, ..aggregate.clone() })
            };
            let aggregates = slide.aggregates.iter().map(each).collect();
            Stage::Slide(Slide { aggregates, span, ..slide.clone() })
        }
        Stage::Chain(chain) => Stage::Chain(Chain { span, ..chain.clone() }),
        Stage::Project(project) => Stage::Project(Project { span, ..project.clone() }),
        Stage::Union(others, _) => {
            let each = |other: &Pipeline| Pipeline {
                origin: moved_origin(&other.origin, span),
                stages: moved(&other.stages, span),
                look_back: other.look_back,
            };
            Stage::Union(others.iter().map(each).collect(), span)
        }
        // Correlations have no others.
        other => other.clone(),
    };
    stages.iter().map(each).collect()
}

fn moved_origin(origin: &Origin, span: Span) -> Origin {
    match origin {
        Origin::LogSource(log_source) => Origin::LogSource(LogSource { span, ..log_source.clone() }),
        other => other.clone(),
    }
}

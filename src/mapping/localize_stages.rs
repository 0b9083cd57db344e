//! Stages of a pipeline in a schema's names: columns as they are, without the translation that tests get.

use std::sync::Arc;

use super::{
    cell::{Base, Cell, Holder},
    class::TIME,
    failure::{self, Failure, Why},
    localize::{Localizer, localize},
    transforms::Transform,
};
use crate::{
    diag::{Code, Diagnostic, Effect, Note},
    ir::{
        ColumnType, Condition, Expression, Field, Origin, Pipeline, Predicate, Rename, Rule, Stage,
        renamed_inside, renamed_predicate, renamed_value,
    },
};

impl Rename for Localizer<'_> {
    type Error = Diagnostic;

    /// A column that has the field's values as they are; a value that has to be computed is none.
    fn field(&mut self, field: &Field) -> Result<Field, Diagnostic> {
        let plain = match self.view.cell(&field.name) {
            Some(Cell::Mapped(mapped)) if mapped.values.is_none() => match &mapped.holder {
                Holder::Plain(Base::Column(column)) => Some(column.clone()),
                Holder::Plain(Base::Any(columns)) => columns.first().cloned(),
                _ => None,
            },
            Some(_) => None,
            None if *field.name == *TIME && self.view.dataset.time.is_some() => {
                self.view.dataset.time.as_deref().map(|time| Field::column(time, ColumnType::Timestamp))
            }
            None => match self.view.other_field(&field.name) {
                Some(Base::Column(column)) => Some(column),
                _ => None,
            },
        };
        plain.ok_or_else(|| {
            let message = format!(
                "field `{field}` of event class {} has no column of its own in schema {}",
                self.class.name, self.schema
            );
            Diagnostic::new(Code::FieldUnmapped, self.log_source.span, message)
        })
    }

    /// An account in two columns is put together.
    fn value(&mut self, value: &Expression) -> Option<Expression> {
        let Expression::Field(field) = value else { return None };
        let Some(Cell::Mapped(mapped)) = self.view.cell(&field.name).filter(|_| !field.is_computed) else {
            return None;
        };
        let Holder::Transformed(Transform::Account(account)) = &mapped.holder else { return None };
        let fields = account.columns().into_iter().cloned().collect();
        Some(Expression::Join { fields, separator: "\\".to_owned() })
    }

    fn predicate(&mut self, predicate: &Predicate, positive: bool) -> Result<Condition, Diagnostic> {
        let failed = self.failures.len();
        let condition = self.condition(&Condition::Is(predicate.clone()), positive);
        match failure::tell(&self.failures[failed..], self.class, self.schema, self.view) {
            Some(error) => Err(error),
            None => Ok(condition),
        }
    }

    fn pipeline(&mut self, pipeline: &Pipeline) -> Result<Pipeline, Diagnostic> {
        if let Origin::External(_) = pipeline.origin {
            return renamed_inside(pipeline, self);
        }
        let rule = Rule {
            metadata: Arc::default(),
            origin: pipeline.origin.clone(),
            stages: pipeline.stages.clone(),
            look_back: pipeline.look_back,
            span: self.log_source.span,
            notes: Vec::new(),
        };
        let local = localize(&rule, self.schema, self.mapping, self.notes)?;
        Ok(Pipeline { origin: local.origin, stages: local.stages, look_back: local.look_back })
    }
}

impl Localizer<'_> {
    /// A projection without the columns that the schema lacks: what shows them shows less of each event.
    pub(super) fn with_known_columns(&mut self, stage: &Stage) -> Stage {
        let Stage::Project(project) = stage else { return stage.clone() };
        let mut known = project.clone();
        let mut unknown: Vec<String> = Vec::new();
        known.columns.retain(|(name, value)| {
            let is_known = renamed_value(value, self).is_ok();
            if !is_known {
                unknown.push(format!("`{name}`"));
            }
            is_known
        });
        if unknown.is_empty() {
            return stage.clone();
        }
        let message = format!("columns without a counterpart are not shown: {}", unknown.join(", "));
        self.notes.push(Note::new(Code::PresentationDropped, Effect::None, project.span, message));
        Stage::Project(known)
    }

    /// A predicate whose test stays as it is, in the schema's names.
    pub(super) fn renamed(&mut self, predicate: &Predicate) -> Condition {
        match renamed_predicate(predicate, self) {
            Ok(predicate) => Condition::Is(predicate),
            Err(error) => {
                let field =
                    predicate.fields().first().map_or_else(String::new, std::string::ToString::to_string);
                let why = Why::Field(Some(error.message));
                self.failures.push(Failure { field, span: predicate.span, why });
                Condition::Never
            }
        }
    }
}

/// Checks that no column that later stages put rows together by was left out of a projection, in the stage itself or in
/// the pipelines that it adds.
pub(super) fn check_columns(
    stage: &Stage,
    local: &[Stage],
    later: &[Stage],
    schema: &str,
) -> Result<(), Diagnostic> {
    let pairs: Vec<(&[Stage], &[Stage])> = match (stage, local) {
        (Stage::Union(others, _), [Stage::Union(locals, _)]) => {
            others.iter().zip(locals).map(|(other, local)| (&*other.stages, &*local.stages)).collect()
        }
        _ => vec![(std::slice::from_ref(stage), local)],
    };
    for (before, after) in pairs {
        let (Some(Stage::Project(project)), Some(Stage::Project(known))) = (before.last(), after.last())
        else {
            continue;
        };
        let is_lost =
            |name: &&Field| name.is_computed && !known.columns.iter().any(|(known, _)| known == *name);
        let lost = project.columns.iter().map(|(name, _)| name).filter(is_lost);
        if let Some(name) = lost.into_iter().find(|name| later.iter().any(|stage| puts_together(stage, name)))
        {
            let message = format!("not all rules' events have a column for `{name}` in schema {schema}");
            return Err(Diagnostic::new(Code::FieldUnmapped, project.span, message));
        }
    }
    Ok(())
}

/// Whether a stage puts rows together by a column, or computes something of it.
fn puts_together(stage: &Stage, name: &Field) -> bool {
    let (by, aggregates) = match stage {
        Stage::Slide(slide) => (&slide.by, slide.aggregates.as_slice()),
        Stage::Summarize(summarize) => (&summarize.by, summarize.aggregates.as_slice()),
        Stage::Chain(chain) => (&chain.by, [].as_slice()),
        _ => return false,
    };
    let arguments = aggregates.iter().flat_map(|(_, aggregate)| &aggregate.arguments);
    by.iter().map(|(_, value)| value).chain(arguments).any(|value| value.fields().contains(&name))
}

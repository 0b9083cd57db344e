//! Columns that one operator computes from each other. Kusto computes them side by side, of the rows as they came in;
//! elsewhere they are computed one after the other, and a later one would read what an earlier one has replaced.

use std::convert::Infallible;

use super::columns::Columns;
use crate::ir::{
    Condition, Expression, Field, Pipeline, Predicate, Rename, Subject, Test, renamed_predicate,
    renamed_value,
};

/// Columns as they were before one that replaces them.
pub(super) struct Kept {
    /// New names, each with the column that it keeps.
    pub(super) copies: Vec<(Field, Field)>,
}

impl Kept {
    /// Makes later values read copies of what earlier ones replace.
    pub(super) fn of(computed: &mut [(Field, Expression)], before: &Columns) -> Self {
        let mut kept = Self { copies: Vec::new() };
        let mut replaced: Vec<Field> = Vec::new();
        for (name, value) in computed {
            let is_itself = matches!(&*value, Expression::Field(field) if field.name == name.name);
            let read: Vec<Field> = value
                .fields()
                .into_iter()
                .filter(|field| replaced.iter().any(|it| it.name == field.name))
                .cloned()
                .collect();
            for field in read {
                kept.copy(&field, before);
            }
            if !kept.copies.is_empty() {
                *value = match renamed_value(value, &mut kept) {
                    Ok(value) => value,
                    Err(never) => match never {},
                };
            }
            if !is_itself {
                replaced.push(name.clone());
            }
        }
        kept
    }

    fn copy(&mut self, field: &Field, before: &Columns) {
        if self.copies.iter().any(|(_, kept)| kept.name == field.name) {
            return;
        }
        let base = format!("{}_before", field.name.replace(['.', '-', ' '], "_"));
        let mut name = base.clone();
        let mut number = 1;
        while before.has(&name) {
            number += 1;
            name = format!("{base}{number}");
        }
        self.copies.push((Field::new(name).computed(), field.clone()));
    }
}

impl Rename for Kept {
    type Error = Infallible;

    fn field(&mut self, field: &Field) -> Result<Field, Infallible> {
        Ok(self.copy_of(field).unwrap_or_else(|| field.clone()))
    }

    /// Computed columns are not asked for by name.
    fn value(&mut self, value: &Expression) -> Option<Expression> {
        match value {
            Expression::Field(field) => self.copy_of(field).map(Expression::Field),
            Expression::Member(of, name) => {
                self.value(of).map(|of| Expression::Member(Box::new(of), name.clone()))
            }
            _ => None,
        }
    }

    fn predicate(&mut self, predicate: &Predicate, _positive: bool) -> Result<Condition, Infallible> {
        let mut predicate = predicate.clone();
        if let Subject::Field(field) = &mut predicate.subject
            && let Some(copy) = self.copy_of(field)
        {
            *field = copy;
        }
        if let Test::FieldRef(_, other, _) = &mut predicate.test
            && let Some(copy) = self.copy_of(other)
        {
            *other = copy;
        }
        renamed_predicate(&predicate, self).map(Condition::is)
    }

    fn pipeline(&mut self, pipeline: &Pipeline) -> Result<Pipeline, Infallible> {
        Ok(pipeline.clone())
    }
}

impl Kept {
    fn copy_of(&self, field: &Field) -> Option<Field> {
        self.copies.iter().find(|(_, kept)| kept.name == field.name).map(|(name, _)| name.clone())
    }
}

//! Values in place of the columns that have them.

use crate::ir::{
    Aggregate, Condition, Expression, Field, Predicate, Project, Stage, Subject, Summarize, Test,
};

/// Columns and what they are of an event.
#[derive(Debug, Clone, Default)]
pub(super) struct Made {
    columns: Vec<(Field, Expression)>,
    /// Whether there are no others.
    pub(super) is_all: bool,
}

impl Made {
    pub(super) fn columns(&self) -> &[(Field, Expression)] {
        &self.columns
    }

    /// Whether the same is made of events.
    pub(super) fn is_like(&self, other: &Self) -> bool {
        self.is_all == other.is_all && self.columns == other.columns
    }

    pub(super) fn add(&mut self, name: &Field, value: Expression) {
        self.columns.retain(|(column, _)| column != name);
        self.columns.push((name.clone(), value));
    }

    /// Keeps these columns alone.
    pub(super) fn keep(&mut self, columns: &[(Field, Expression)]) -> Option<()> {
        let kept: Option<Vec<_>> =
            columns.iter().map(|(name, value)| Some((name.clone(), self.value(value)?))).collect();
        self.columns = kept?;
        self.is_all = true;
        Some(())
    }

    pub(super) fn rename(&mut self, pairs: &[(Field, Field)]) -> Option<()> {
        for (new, old) in pairs {
            let value = self.field(old)?;
            self.columns.retain(|(column, _)| column != old);
            self.add(new, value);
        }
        Some(())
    }

    pub(super) fn field(&self, field: &Field) -> Option<Expression> {
        let made = self.columns.iter().find(|(column, _)| column == field).map(|(_, value)| value.clone());
        match made {
            None if self.is_all => None,
            made => Some(made.unwrap_or_else(|| Expression::Field(field.clone()))),
        }
    }

    /// The value in terms of events; none if a column is not there, or a form that names columns alone reads another
    /// value.
    pub(super) fn value(&self, value: &Expression) -> Option<Expression> {
        if value.fields().into_iter().all(|field| self.field(field) == Some(Expression::Field(field.clone())))
        {
            return Some(value.clone());
        }
        let boxed = |value: &Expression| self.value(value).map(Box::new);
        Some(match value {
            Expression::Field(field) => self.field(field)?,
            Expression::Call(function, arguments) => {
                Expression::Call(*function, arguments.iter().map(|it| self.value(it)).collect::<Option<_>>()?)
            }
            Expression::Case(cases, otherwise) => {
                let cases = cases
                    .iter()
                    .map(|(condition, value)| Some((self.condition(condition)?, self.value(value)?)));
                Expression::Case(cases.collect::<Option<_>>()?, boxed(otherwise)?)
            }
            Expression::Holds(condition) => Expression::Holds(Box::new(self.condition(condition)?)),
            Expression::Member(of, name) => Expression::Member(boxed(of)?, name.clone()),
            Expression::Element(of, index) => Expression::Element(boxed(of)?, *index),
            _ => return None,
        })
    }

    pub(super) fn condition(&self, condition: &Condition) -> Option<Condition> {
        condition
            .try_map(true, &mut |predicate, _| self.predicate(predicate).map(Condition::is).ok_or(()))
            .ok()
    }

    fn predicate(&self, predicate: &Predicate) -> Option<Predicate> {
        let subject = match &predicate.subject {
            Subject::Field(field) => match self.field(field)? {
                Expression::Field(field) => Subject::Field(field),
                value => Subject::Computed(Box::new(value)),
            },
            Subject::Computed(value) => Subject::Computed(Box::new(self.value(value)?)),
            Subject::Anywhere => Subject::Anywhere,
        };
        let test = match &predicate.test {
            Test::FieldRef(relation, other, case) => match self.field(other)? {
                Expression::Field(other) => Test::FieldRef(*relation, other, *case),
                _ => return None,
            },
            Test::Compare(comparison, value) => Test::Compare(*comparison, Box::new(self.value(value)?)),
            other => other.clone(),
        };
        Some(Predicate { subject, test, span: predicate.span })
    }

    pub(super) fn aggregate(&self, aggregate: &Aggregate) -> Option<Aggregate> {
        let arguments = aggregate.arguments.iter().map(|it| self.value(it)).collect::<Option<_>>()?;
        let filter = self.condition(&aggregate.filter)?;
        Some(Aggregate { function: aggregate.function, arguments, filter })
    }
}

/// What a column behind some stages is of each event before them, if all events of a row have it in common.
pub(super) fn of_events(column: &Field, stages: &[Stage]) -> Option<Expression> {
    let mut made = Made::default();
    for stage in stages {
        match stage {
            Stage::Filter(_) | Stage::Drop(..) | Stage::Sort(..) => {}
            Stage::Extend(name, value) => {
                // What cannot be said in place is missed by those alone that ask for it.
                let value = made.value(value).unwrap_or_else(|| Expression::Field(name.clone()));
                made.add(name, value);
            }
            Stage::Project(Project { columns, .. }) => made.keep(columns)?,
            Stage::Rename(pairs, _) => made.rename(pairs)?,
            Stage::Summarize(Summarize { by, .. }) => made.keep(by)?,
            Stage::Pick(pick) => made.keep(&pick.by)?,
            Stage::Slide(_)
            | Stage::Chain(_)
            | Stage::Expand(_)
            | Stage::Extract(_)
            | Stage::Limit(..)
            | Stage::Join(_)
            | Stage::Union(..)
            | Stage::Unread(_) => return None,
        }
    }
    made.field(column)
}

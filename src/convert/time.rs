//! The column of the events' time where no mapping tells it: correlations go by it, and no rule names it.

use std::{borrow::Cow, convert::Infallible};

use crate::ir::{Condition, Field, Pipeline, Predicate, Rename, Rule, Stage, TIME, renamed};

/// The rule whose windows and orders go by this column. What its author tests stays.
pub(super) fn by_column<'r>(rule: &'r Rule, column: &str) -> Cow<'r, Rule> {
    if rule.stages.iter().all(|stage| matches!(stage, Stage::Filter(_))) {
        return Cow::Borrowed(rule);
    }
    let Ok(stages) = renamed(&rule.stages, &mut Time(column));
    Cow::Owned(Rule { stages, ..rule.clone() })
}

struct Time<'c>(&'c str);

impl Rename for Time<'_> {
    type Error = Infallible;

    fn field(&mut self, field: &Field) -> Result<Field, Infallible> {
        Ok(if *field.name == *TIME { Field { name: self.0.into(), ..field.clone() } } else { field.clone() })
    }

    fn predicate(&mut self, predicate: &Predicate, _: bool) -> Result<Condition, Infallible> {
        Ok(Condition::is(predicate.clone()))
    }

    fn pipeline(&mut self, pipeline: &Pipeline) -> Result<Pipeline, Infallible> {
        let stages = renamed(&pipeline.stages, self)?;
        Ok(Pipeline { stages, ..pipeline.clone() })
    }
}

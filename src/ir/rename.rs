//! Other names for the fields of stages.

use super::{
    Aggregate, Chain, Condition, Expand, Expression, Extract, Field, Join, Pick, Pipeline, Predicate,
    Project, Slide, SortKey, Stage, Subject, Summarize, Test,
};

/// What becomes of fields. Columns that a rule computes keep their names, and are not asked for.
pub trait Rename {
    /// Why a field has no other name.
    type Error;

    /// The new name of a field.
    ///
    /// # Errors
    /// There is none.
    fn field(&mut self, field: &Field) -> Result<Field, Self::Error>;

    /// What stands in place of a whole value; nothing where its parts are renamed.
    fn value(&mut self, _value: &Expression) -> Option<Expression> {
        None
    }

    /// A predicate in the new names; what is tested may change with them.
    ///
    /// # Errors
    /// A field has no new name, or the test none of its value.
    fn predicate(&mut self, predicate: &Predicate, _positive: bool) -> Result<Condition, Self::Error>
    where
        Self: Sized,
    {
        renamed_predicate(predicate, self).map(Condition::is)
    }

    /// Another pipeline, which has fields of its own.
    ///
    /// # Errors
    /// Some part of it has no counterpart.
    fn pipeline(&mut self, pipeline: &Pipeline) -> Result<Pipeline, Self::Error>;
}

/// Stages in new names.
///
/// # Errors
/// The first that [`Rename`] has.
pub fn renamed<R: Rename>(stages: &[Stage], rename: &mut R) -> Result<Vec<Stage>, R::Error> {
    stages.iter().map(|stage| renamed_stage(stage, rename)).collect()
}

/// A pipeline whose own columns keep their names; those that it is put together with get others.
///
/// # Errors
/// The first that [`Rename`] has for a pipeline.
pub fn renamed_inside<R: Rename>(pipeline: &Pipeline, rename: &mut R) -> Result<Pipeline, R::Error> {
    let stages = renamed(&pipeline.stages, &mut Inside(rename))?;
    Ok(Pipeline { origin: pipeline.origin.clone(), stages, look_back: pipeline.look_back })
}

struct Inside<'a, R>(&'a mut R);

impl<R: Rename> Rename for Inside<'_, R> {
    type Error = R::Error;

    fn field(&mut self, field: &Field) -> Result<Field, R::Error> {
        Ok(field.clone())
    }

    fn value(&mut self, value: &Expression) -> Option<Expression> {
        self.0.value(value)
    }

    fn pipeline(&mut self, pipeline: &Pipeline) -> Result<Pipeline, R::Error> {
        self.0.pipeline(pipeline)
    }
}

/// A stage in new names.
///
/// # Errors
/// The first that [`Rename`] has.
pub fn renamed_stage<R: Rename>(stage: &Stage, rename: &mut R) -> Result<Stage, R::Error> {
    Ok(match stage {
        Stage::Filter(condition) => Stage::Filter(renamed_condition(condition, rename)?),
        Stage::Extend(name, value) => Stage::Extend(name.clone(), renamed_value(value, rename)?),
        Stage::Project(project) => {
            Stage::Project(Project { columns: columns(&project.columns, rename)?, span: project.span })
        }
        Stage::Drop(fields, span) => {
            Stage::Drop(fields.iter().map(|field| column(field, rename)).collect::<Result<_, _>>()?, *span)
        }
        Stage::Rename(names, span) => {
            let pairs = names.iter().map(|(new, old)| Ok((new.clone(), column(old, rename)?)));
            Stage::Rename(pairs.collect::<Result<_, _>>()?, *span)
        }
        Stage::Summarize(summarize) => Stage::Summarize(Summarize {
            aggregates: aggregates(&summarize.aggregates, rename)?,
            by: keys(&summarize.by, rename)?,
            span: summarize.span,
        }),
        Stage::Slide(slide) => Stage::Slide(Slide {
            aggregates: aggregates(&slide.aggregates, rename)?,
            by: keys(&slide.by, rename)?,
            time: column(&slide.time, rename)?,
            ..slide.clone()
        }),
        Stage::Chain(chain) => Stage::Chain(Chain {
            by: keys(&chain.by, rename)?,
            time: column(&chain.time, rename)?,
            ..chain.clone()
        }),
        Stage::Pick(pick) => Stage::Pick(Pick {
            of: renamed_value(&pick.of, rename)?,
            name: column(&pick.name, rename)?,
            columns: pick.columns.as_deref().map(|kept| columns(kept, rename)).transpose()?,
            by: columns(&pick.by, rename)?,
            aggregates: aggregates(&pick.aggregates, rename)?,
            ..pick.clone()
        }),
        Stage::Sort(keys, span) => {
            let keys = keys
                .iter()
                .map(|key| Ok(SortKey { value: renamed_value(&key.value, rename)?, ..key.clone() }));
            Stage::Sort(keys.collect::<Result<_, _>>()?, *span)
        }
        Stage::Limit(..) | Stage::Unread(_) => stage.clone(),
        Stage::Join(join) => Stage::Join(renamed_join(join, rename)?),
        Stage::Union(others, span) => {
            Stage::Union(others.iter().map(|other| rename.pipeline(other)).collect::<Result<_, _>>()?, *span)
        }
        Stage::Expand(expand) => {
            Stage::Expand(Expand { list: renamed_value(&expand.list, rename)?, ..expand.clone() })
        }
        Stage::Extract(extract) => {
            Stage::Extract(Extract { text: renamed_value(&extract.text, rename)?, ..extract.clone() })
        }
    })
}

fn renamed_join<R: Rename>(join: &Join, rename: &mut R) -> Result<Join, R::Error> {
    // The right side's keys are named as that side names them: they are found by their places in its own renaming.
    let mut keys = Keys { rename, right: &join.right };
    let mut on = Vec::new();
    for (left, right) in &join.on {
        on.push((column(left, keys.rename)?, keys.right(right)?));
    }
    let mut renamed = Vec::new();
    for (old, new) in &join.renamed {
        // Columns that have no name there cannot clash either.
        if let Ok(old) = keys.right(old) {
            renamed.push((old, new.clone()));
        }
    }
    let right = Box::new(keys.rename.pipeline(&join.right)?);
    Ok(Join { right, on, renamed, ..join.clone() })
}

struct Keys<'a, R> {
    rename: &'a mut R,
    right: &'a Pipeline,
}

impl<R: Rename> Keys<'_, R> {
    /// The new name of a column of the right side: a pipeline that keeps this column alone is renamed, and read.
    fn right(&mut self, field: &Field) -> Result<Field, R::Error> {
        if field.is_computed {
            return Ok(field.clone());
        }
        let keep = Project {
            columns: vec![(field.clone(), Expression::Field(field.clone()))],
            span: crate::diag::Span::default(),
        };
        let origin = self.right.origin.clone();
        let filters = self.right.stages.iter().take_while(|stage| matches!(stage, Stage::Filter(_))).cloned();
        let stages = filters.chain([Stage::Project(keep)]).collect();
        let renamed = self.rename.pipeline(&Pipeline { origin, stages, look_back: None })?;
        Ok(match renamed.stages.last() {
            Some(Stage::Project(project)) => {
                project.columns.first().map_or(field.clone(), |(name, _)| name.clone())
            }
            _ => field.clone(),
        })
    }
}

fn column<R: Rename>(field: &Field, rename: &mut R) -> Result<Field, R::Error> {
    if field.is_computed { Ok(field.clone()) } else { rename.field(field) }
}

fn columns<R: Rename>(
    columns: &[(Field, Expression)],
    rename: &mut R,
) -> Result<Vec<(Field, Expression)>, R::Error> {
    columns.iter().map(|(name, value)| Ok((column(name, rename)?, renamed_value(value, rename)?))).collect()
}

/// Columns that rows are grouped by: one whose value has to be computed is a computed one of the same name.
fn keys<R: Rename>(
    keys: &[(Field, Expression)],
    rename: &mut R,
) -> Result<Vec<(Field, Expression)>, R::Error> {
    let mut renamed = Vec::with_capacity(keys.len());
    for (name, value) in keys {
        let of_itself = matches!(value, Expression::Field(field) if field == name && !field.is_computed);
        match rename.value(value).filter(|_| of_itself) {
            Some(value) => renamed.push((name.clone().computed(), value)),
            None => renamed.push((column(name, rename)?, renamed_value(value, rename)?)),
        }
    }
    Ok(renamed)
}

fn aggregates<R: Rename>(
    aggregates: &[(Field, Aggregate)],
    rename: &mut R,
) -> Result<Vec<(Field, Aggregate)>, R::Error> {
    aggregates
        .iter()
        .map(|(name, aggregate)| {
            let arguments = aggregate
                .arguments
                .iter()
                .map(|argument| renamed_value(argument, rename))
                .collect::<Result<_, _>>()?;
            let filter = renamed_condition(&aggregate.filter, rename)?;
            Ok((name.clone(), Aggregate { function: aggregate.function, arguments, filter }))
        })
        .collect()
}

/// A condition in new names.
///
/// # Errors
/// The first that [`Rename`] has.
pub fn renamed_condition<R: Rename>(condition: &Condition, rename: &mut R) -> Result<Condition, R::Error> {
    condition.try_map(true, &mut |predicate, positive| rename.predicate(predicate, positive))
}

/// A predicate whose fields have new names and whose values stay.
///
/// # Errors
/// The first that [`Rename`] has.
pub fn renamed_predicate<R: Rename>(predicate: &Predicate, rename: &mut R) -> Result<Predicate, R::Error> {
    let subject = match &predicate.subject {
        Subject::Field(field) => Subject::Field(column(field, rename)?),
        Subject::Computed(value) => Subject::Computed(Box::new(renamed_value(value, rename)?)),
        Subject::Anywhere => Subject::Anywhere,
    };
    let test = match &predicate.test {
        Test::FieldRef(relation, other, case) => Test::FieldRef(*relation, column(other, rename)?, *case),
        Test::Compare(comparison, value) => {
            Test::Compare(*comparison, Box::new(renamed_value(value, rename)?))
        }
        Test::Among(pipeline, case) => Test::Among(Box::new(rename.pipeline(pipeline)?), *case),
        other => other.clone(),
    };
    Ok(Predicate { subject, test, span: predicate.span })
}

/// A computed value in new names.
///
/// # Errors
/// The first that [`Rename`] has.
pub fn renamed_value<R: Rename>(value: &Expression, rename: &mut R) -> Result<Expression, R::Error> {
    if let Some(value) = rename.value(value) {
        return Ok(value);
    }
    Ok(match value {
        Expression::Field(field) => Expression::Field(column(field, rename)?),
        Expression::Constant(_) => value.clone(),
        Expression::Call(function, arguments) => {
            let arguments = arguments.iter().map(|argument| renamed_value(argument, rename));
            Expression::Call(*function, arguments.collect::<Result<_, _>>()?)
        }
        Expression::Case(cases, otherwise) => {
            let mut renamed = Vec::new();
            for (condition, value) in cases {
                renamed.push((renamed_condition(condition, rename)?, renamed_value(value, rename)?));
            }
            Expression::Case(renamed, Box::new(renamed_value(otherwise, rename)?))
        }
        Expression::Holds(condition) => Expression::Holds(Box::new(renamed_condition(condition, rename)?)),
        Expression::Member(of, name) => match path(value) {
            // A member of a dynamic column has a name of its own where the mapping knows it.
            Some(field) => Expression::Field(column(&field, rename)?),
            None => Expression::Member(Box::new(renamed_value(of, rename)?), name.clone()),
        },
        Expression::Element(of, index) => Expression::Element(Box::new(renamed_value(of, rename)?), *index),
        Expression::Join { fields, separator } => {
            let fields = fields.iter().map(|field| column(field, rename)).collect::<Result<_, _>>()?;
            Expression::Join { fields, separator: separator.clone() }
        }
        Expression::Host(url) => Expression::Host(column(url, rename)?),
        Expression::XmlData { xml, name } => {
            Expression::XmlData { xml: column(xml, rename)?, name: name.clone() }
        }
        Expression::JsonMember { json, path } => {
            Expression::JsonMember { json: column(json, rename)?, path: path.clone() }
        }
        Expression::KeyValue { text, name } => {
            Expression::KeyValue { text: column(text, rename)?, name: name.clone() }
        }
        Expression::Choice { of, constants, then, otherwise } => Expression::Choice {
            of: column(of, rename)?,
            constants: constants.clone(),
            then: Box::new(renamed_value(then, rename)?),
            otherwise: Box::new(renamed_value(otherwise, rename)?),
        },
    })
}

/// The dotted field that a member of a source's column is.
fn path(value: &Expression) -> Option<Field> {
    match value {
        Expression::Field(field) if !field.is_computed => Some(field.clone()),
        Expression::Member(of, name) if !name.contains('.') => {
            path(of).map(|of| Field::new(format!("{}.{name}", of.name)))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use super::*;

    struct Prefixed;

    impl Rename for Prefixed {
        type Error = Infallible;

        fn field(&mut self, field: &Field) -> Result<Field, Infallible> {
            Ok(Field::new(format!("new.{}", field.name)))
        }

        fn pipeline(&mut self, pipeline: &Pipeline) -> Result<Pipeline, Infallible> {
            Ok(pipeline.clone())
        }
    }

    #[test]
    fn members_of_computed_columns_have_no_other_name() {
        let member = |of: Field| Expression::Member(Box::new(Expression::Field(of)), "b".into());
        let renamed = |of: Field| renamed_value(&member(of), &mut Prefixed).unwrap();
        assert_eq!(renamed(Field::new("a")), Expression::Field(Field::new("new.a.b")));
        let computed = Field { is_computed: true, ..Field::new("a") };
        assert_eq!(renamed(computed.clone()), member(computed));
    }
}

//! Stages → operators.

use super::{ANY_TABLE, Column, Writer, external, named_column, table_source};
use crate::{
    diag::{Code, Diagnostic},
    ir::{
        Condition, Constant, Dataset, Duration, Expression as Value, ExtractPart, Field, Join, JoinKind,
        Origin, Pick, Pipeline, SortKey, Stage, Summarize,
    },
    kusto::ast::{
        self, Aggregation, BinaryOperator as Op, Expression, MvExpand, MvItem, Nulls, Operator, Ordered,
        Parameter, ParsePart, Place, Query, Step,
    },
};

impl Writer<'_> {
    /// The operators that stages are.
    pub(super) fn operators(&mut self, stages: &[Stage]) -> Result<Vec<Step>, Diagnostic> {
        let mut operators: Vec<Step> = Vec::with_capacity(stages.len());
        let mut is_said = false;
        for (index, stage) in stages.iter().enumerate() {
            if std::mem::take(&mut is_said) {
                continue;
            }
            // Computed columns side by side are one `extend`, unless one reads another.
            if let (Stage::Extend(name, value), Some(Step { operator: Operator::Extend(columns), .. })) =
                (stage, operators.last_mut())
                && value.fields().iter().all(|field| columns.iter().all(|it| it.names[0].text != *field.name))
                && columns.iter().all(|column| column.names[0].text != *name.name)
            {
                let value = self.value(value)?;
                columns.push(named_column(name, value));
                continue;
            }
            if let (Stage::Limit(count, _), Some(Step { operator, .. })) = (stage, operators.last_mut())
                && let Operator::Sort(_, keys) = operator
            {
                // The first of ordered rows have an operator of their own.
                let keys = std::mem::take(keys);
                *operator = Operator::Top(Vec::new(), count_literal(*count), keys);
                continue;
            }
            match stage {
                Stage::Slide(slide) => {
                    let (window, tests) = self.slide(slide, stages.get(index + 1))?;
                    operators.extend(window.into_iter().map(Step::from));
                    is_said = tests;
                    continue;
                }
                Stage::Chain(chain) => {
                    operators.extend(self.chain(chain)?.into_iter().map(Step::from));
                    continue;
                }
                _ => {}
            }
            if let Some(operator) = self.operator(stage)? {
                operators.push(operator.into());
            }
        }
        Ok(operators)
    }

    fn operator(&mut self, stage: &Stage) -> Result<Option<Operator>, Diagnostic> {
        Ok(Some(match stage {
            Stage::Filter(Condition::Always) => return Ok(None),
            Stage::Unread(_) | Stage::Slide(_) | Stage::Chain(_) => {
                return Err(stage.unsupported("Kusto", self.span));
            }
            Stage::Filter(condition) => Operator::Where(Vec::new(), self.condition(condition, true)?),
            Stage::Extend(name, value) => Operator::Extend(vec![named_column(name, self.value(value)?)]),
            Stage::Project(project) => {
                let constants =
                    project.columns.iter().filter(|(_, value)| matches!(value, Value::Constant(_)));
                self.constants.extend(constants.map(|(name, _)| name.clone()));
                Operator::Project(self.columns(&project.columns)?)
            }
            Stage::Drop(fields, _) => {
                Operator::ProjectAway(fields.iter().map(|field| Column::of(field).reference()).collect())
            }
            Stage::Rename(names, _) => {
                let pairs = names.iter().map(|(new, old)| named_column(new, Column::of(old).reference()));
                Operator::ProjectRename(pairs.collect())
            }
            Stage::Summarize(summarize) => self.summarize(summarize)?,
            Stage::Pick(pick) => self.pick(pick)?,
            Stage::Sort(keys, _) => Operator::Sort(Vec::new(), self.sort_keys(keys)?),
            Stage::Limit(count, _) => Operator::Take(count_literal(*count)),
            Stage::Join(join) => self.join(join)?,
            Stage::Union(others, _) => {
                let others: Result<Vec<Expression>, Diagnostic> =
                    others.iter().map(|other| self.pipeline(other)).collect();
                Operator::Union(Vec::new(), others?)
            }
            Stage::Expand(expand) => {
                let parameters = expand.index.iter().map(|index| Parameter {
                    name: "with_itemindex".into(),
                    value: Expression::name(&*index.name),
                });
                let value = self.value(&expand.list)?;
                let column = match &value {
                    Expression::Name(name) if name.text == *expand.output.name => {
                        ast::Column { names: Vec::new(), is_tuple: false, value }
                    }
                    _ => named_column(&expand.output, value),
                };
                let items = vec![MvItem { column, ty: None }];
                let mut parameters: Vec<Parameter> = parameters.collect();
                if expand.members_as_lists {
                    let value = Expression::name("array");
                    parameters.push(Parameter { name: "bagexpansion".into(), value });
                }
                Operator::MvExpand(MvExpand { parameters, items, limit: None })
            }
            Stage::Extract(extract) => Operator::Parse(ast::Parse {
                only_matching: extract.only_matching,
                parameters: Vec::new(),
                text: self.value(&extract.text)?,
                pattern: extract
                    .parts
                    .iter()
                    .map(|part| match part {
                        ExtractPart::Skip => ParsePart::Any,
                        ExtractPart::Literal(text) => ParsePart::Text(text.clone()),
                        ExtractPart::Column(field) => ParsePart::Column((&*field.name).into(), None),
                    })
                    .collect(),
            }),
        }))
    }

    /// `name = value`, or the column alone where it keeps its name.
    fn columns(&mut self, columns: &[(Field, Value)]) -> Result<Vec<ast::Column>, Diagnostic> {
        columns
            .iter()
            .map(|(name, value)| {
                let value = self.typed(value)?;
                Ok(match &value {
                    Expression::Name(own) if own.text == *name.name => {
                        ast::Column { names: Vec::new(), is_tuple: false, value }
                    }
                    _ => named_column(name, value),
                })
            })
            .collect()
    }

    fn summarize(&mut self, summarize: &Summarize) -> Result<Operator, Diagnostic> {
        let by = self.columns(&summarize.by)?;
        if summarize.aggregates.is_empty() {
            let is_plain = by.iter().all(|column| column.names.is_empty());
            if is_plain {
                let columns = by.into_iter().map(|column| column.value).collect();
                return Ok(Operator::Distinct(Vec::new(), columns));
            }
        }
        let mut aggregates = Vec::new();
        for (name, aggregate) in &summarize.aggregates {
            aggregates.push(named_column(name, self.aggregate(aggregate)?));
        }
        let by = (!by.is_empty()).then_some(by);
        Ok(Operator::Summarize(Aggregation { parameters: Vec::new(), aggregates, by }))
    }

    fn pick(&mut self, pick: &Pick) -> Result<Operator, Diagnostic> {
        let function = if pick.is_greatest { "arg_max" } else { "arg_min" };
        let mut arguments = vec![self.value(&pick.of)?];
        let mut names = vec![pick.name.name.to_string().into()];
        match &pick.columns {
            None => arguments.push(Expression::Star(Place::default())),
            Some(columns) => {
                for (name, value) in columns {
                    arguments.push(self.value(value)?);
                    names.push(name.name.to_string().into());
                }
            }
        }
        let is_plain = names.iter().zip(&arguments).all(
            |(name, value): (&ast::Name, _)| matches!(value, Expression::Name(own) if own.text == name.text),
        );
        let value = Expression::call(function, arguments);
        let picked = if is_plain {
            ast::Column { names: Vec::new(), is_tuple: false, value }
        } else {
            ast::Column { is_tuple: names.len() > 1, names, value }
        };
        let mut aggregates = vec![picked];
        for (name, aggregate) in &pick.aggregates {
            aggregates.push(named_column(name, self.aggregate(aggregate)?));
        }
        let by = self.columns(&pick.by)?;
        let by = (!by.is_empty()).then_some(by);
        Ok(Operator::Summarize(Aggregation { parameters: Vec::new(), aggregates, by }))
    }

    fn sort_keys(&mut self, keys: &[SortKey]) -> Result<Vec<Ordered>, Diagnostic> {
        keys.iter()
            .map(|key| {
                let value = self.value(&key.value)?;
                let nulls = (key.nulls_first != key.ascending).then_some(if key.nulls_first {
                    Nulls::First
                } else {
                    Nulls::Last
                });
                Ok(Ordered { value, ascending: Some(key.ascending), nulls })
            })
            .collect()
    }

    fn join(&mut self, join: &Join) -> Result<Operator, Diagnostic> {
        let kind = |name: &str| vec![Parameter { name: "kind".into(), value: Expression::name(name) }];
        let parameters = match (join.kind, join.drops_right_keys) {
            (JoinKind::LeftOuter, true) => Vec::new(),
            (other, _) => kind(other.as_str()),
        };
        let on = join.on.iter().map(|(left, right)| {
            if left.name == right.name {
                return Column::of(left).reference();
            }
            let side = |side: &str, field: &Field| {
                Expression::Member(Box::new(Expression::Side(side.into())), (&*field.name).into())
            };
            Expression::binary(side("$left", left), Op::Equal, side("$right", right))
        });
        let right = Box::new(self.pipeline(&join.right)?);
        let written = ast::Join { parameters, right, on: on.collect() };
        Ok(if join.drops_right_keys { Operator::Lookup(written) } else { Operator::Join(written) })
    }

    /// Rows of their own, in parentheses where they are more than a table.
    pub(super) fn pipeline(&mut self, pipeline: &Pipeline) -> Result<Expression, Diagnostic> {
        let (source, mut operators) = match &pipeline.origin {
            Origin::Dataset(dataset) => {
                (table_source(&dataset.names, self.span)?, look_back(pipeline.look_back, dataset))
            }
            Origin::External(table) => (ast::Source::Expression(external::table(table)), Vec::new()),
            Origin::Unmapped => (ast::Source::Expression(Expression::name(ANY_TABLE)), Vec::new()),
            Origin::LogSource(_) | Origin::Class { .. } | Origin::Table(_) => {
                return Err(Diagnostic::new(Code::Internal, self.span, "the rule has not been localized"));
            }
        };
        operators.extend(self.operators(&pipeline.stages)?);
        if let (ast::Source::Expression(table), true) = (&source, operators.is_empty()) {
            return Ok(table.clone());
        }
        Ok(Expression::Query(Box::new(Query { source, operators })))
    }
}

fn count_literal(count: u64) -> Expression {
    Expression::literal(ast::Literal::Long(i64::try_from(count).unwrap_or(i64::MAX)))
}

/// The filter that a look-back is.
pub(super) fn look_back(length: Option<Duration>, dataset: &Dataset) -> Vec<Step> {
    let (Some(length), Some(time)) = (length, &dataset.time) else { return Vec::new() };
    let length = super::value::of_constant(&Constant::Duration(length));
    let ago = Expression::call("ago", [length]);
    vec![Operator::Where(Vec::new(), Expression::binary(Expression::name(&**time), Op::Greater, ago)).into()]
}

//! Stages → commands, and the values they compute.

use std::sync::Arc;

use super::{
    ast::{Aggregate, Command, Expr, Literal, Operator, Sort},
    column, function,
    write::Writer,
};
use crate::{
    diag::{Code, Diagnostic, Effect, Note, Span},
    ir::{
        self, Comparison, Condition, Constant, Dataset, Duration, Expression, ExtractPart, Field, Origin,
        Pick, Pipeline, Project, Rule, SortKey, Stage, Summarize,
    },
};

impl Writer<'_> {
    /// The commands that stages are.
    pub(super) fn commands(&mut self, stages: &[Stage]) -> Result<Vec<Command>, Diagnostic> {
        let mut commands = Vec::with_capacity(stages.len());
        for stage in stages {
            match stage {
                Stage::Filter(Condition::Always) => {}
                Stage::Filter(condition) => commands.push(Command::Where(self.condition(condition, true)?)),
                Stage::Extend(name, value) => {
                    commands.push(Command::Eval(name.name.clone(), self.value(value)?));
                }
                Stage::Project(project) => self.project(project, &mut commands)?,
                Stage::Drop(fields, _) => commands.push(Command::Drop(names(fields))),
                Stage::Rename(pairs, _) => {
                    let pairs = pairs.iter().map(|(new, old)| (old.name.clone(), new.name.clone()));
                    commands.push(Command::Rename(pairs.collect()));
                }
                Stage::Summarize(summarize) => commands.push(self.summarize(summarize)?),
                Stage::Pick(pick) => self.pick(pick, &mut commands)?,
                Stage::Sort(keys, _) => commands.push(self.sort(keys)?),
                Stage::Limit(count, _) => commands.push(Command::Limit(*count)),
                Stage::Expand(expand) if expand.index.is_none() => {
                    let value = self.value(&expand.list)?;
                    if value != Expr::Column(expand.output.name.clone()) {
                        commands.push(Command::Eval(expand.output.name.clone(), value));
                    }
                    commands.push(Command::MvExpand(expand.output.name.clone()));
                }
                Stage::Extract(extract) => Self::extract(extract, &mut commands)?,
                Stage::Join(join) => {
                    return Err(Diagnostic::new(
                        Code::Unsupported,
                        join.span,
                        "ES|QL joins with lookup indices alone, not with events",
                    ));
                }
                other => return Err(other.unsupported("ES|QL", self.span)),
            }
        }
        Ok(commands)
    }

    fn project(&mut self, project: &Project, commands: &mut Vec<Command>) -> Result<(), Diagnostic> {
        for (name, value) in &project.columns {
            if *value != Expression::Field(name.clone()) {
                commands.push(Command::Eval(name.name.clone(), self.value(value)?));
            }
        }
        commands.push(Command::Keep(project.columns.iter().map(|(name, _)| name.name.clone()).collect()));
        Ok(())
    }

    fn summarize(&mut self, summarize: &Summarize) -> Result<Command, Diagnostic> {
        Ok(Command::Stats {
            inline: false,
            aggregates: self.aggregates(&summarize.aggregates, summarize.span)?,
            by: self.groups(&summarize.by)?,
        })
    }

    fn aggregates(
        &mut self,
        aggregates: &[(Field, ir::Aggregate)],
        span: Span,
    ) -> Result<Vec<Aggregate>, Diagnostic> {
        let mut written = Vec::new();
        for (name, aggregate) in aggregates {
            let arguments: Result<Vec<Expr>, Diagnostic> =
                aggregate.arguments.iter().map(|argument| self.value(argument)).collect();
            let (value, remark) = function::aggregate(aggregate.function, arguments?).map_err(|lack| {
                let message =
                    format!("the aggregate `{}` cannot be written: {lack}", aggregate.function.name());
                Diagnostic::new(Code::Unsupported, span, message)
            })?;
            if let Some(remark) = remark {
                // A list is for people to read; a count is compared.
                let is_list = aggregate.function == ir::AggregateFunction::CollectList;
                let effect = if is_list { Effect::None } else { Effect::Either };
                self.notes.push(Note::new(Code::AggregateApproximated, effect, span, remark));
            }
            let filter = match &aggregate.filter {
                Condition::Always => None,
                condition => Some(self.condition(condition, true)?),
            };
            written.push(Aggregate { name: name.name.clone(), value, filter });
        }
        Ok(written)
    }

    fn groups(&mut self, by: &[(Field, Expression)]) -> Result<Vec<(Arc<str>, Expr)>, Diagnostic> {
        by.iter().map(|(name, value)| Ok((name.name.clone(), self.value(value)?))).collect()
    }

    /// The rows with a group's greatest value; of several with the same all stay.
    fn pick(&mut self, pick: &Pick, commands: &mut Vec<Command>) -> Result<(), Diagnostic> {
        let bound: Arc<str> = format!("{}_of_group", pick.name.name).into();
        let of = self.value(&pick.of)?;
        let extreme = Expr::Call(if pick.is_greatest { "MAX" } else { "MIN" }, vec![of.clone()]);
        let mut aggregates = vec![Aggregate { name: bound.clone(), value: extreme, filter: None }];
        aggregates.extend(self.aggregates(&pick.aggregates, pick.span)?);
        commands.push(Command::Stats { inline: true, aggregates, by: self.groups(&pick.by)? });
        commands.push(Command::Where(Expr::binary(of, Operator::Equal, Expr::Column(bound.clone()))));
        let message = "rows with the same greatest or least value all stay";
        self.notes.push(Note::new(Code::AggregateApproximated, Effect::More, pick.span, message));
        if let Some(columns) = &pick.columns {
            let kept = pick.by.iter().chain(columns).cloned();
            let kept = kept.chain([(pick.name.clone(), pick.of.clone())]);
            let aggregates =
                pick.aggregates.iter().map(|(name, _)| (name.clone(), Expression::Field(name.clone())));
            let project = Project { columns: kept.chain(aggregates).collect(), span: pick.span };
            return self.project(&project, commands);
        }
        commands.push(Command::Drop(vec![bound]));
        Ok(())
    }

    fn sort(&mut self, keys: &[SortKey]) -> Result<Command, Diagnostic> {
        let keys: Result<Vec<Sort>, Diagnostic> = keys
            .iter()
            .map(|key| {
                let value = self.value(&key.value)?;
                Ok(Sort { value, ascending: key.ascending, nulls_first: key.nulls_first })
            })
            .collect();
        keys.map(Command::Sort)
    }

    fn extract(extract: &ir::Extract, commands: &mut Vec<Command>) -> Result<(), Diagnostic> {
        let Expression::Field(field) = &extract.text else {
            let message = "DISSECT takes a column: compute it in an `extend` before";
            return Err(Diagnostic::new(Code::Unsupported, extract.span, message));
        };
        let mut pattern = String::new();
        let mut was_key = false;
        for part in &extract.parts {
            match part {
                ExtractPart::Literal(text) => {
                    pattern.push_str(text);
                    was_key = false;
                }
                ExtractPart::Skip | ExtractPart::Column(_) if was_key => {
                    let message = "DISSECT needs a text between two parts";
                    return Err(Diagnostic::new(Code::Unsupported, extract.span, message));
                }
                ExtractPart::Skip => {
                    pattern.push_str("%{?}");
                    was_key = true;
                }
                ExtractPart::Column(column) => {
                    pattern.extend(["%{", &*column.name, "}"]);
                    was_key = true;
                }
            }
        }
        commands.push(Command::Dissect(field.name.clone(), pattern));
        if extract.only_matching {
            let columns = extract.parts.iter().filter_map(|part| match part {
                ExtractPart::Column(column) => {
                    Some(Expr::IsNotNull(Box::new(Expr::Column(column.name.clone()))))
                }
                _ => None,
            });
            commands.push(Command::Where(Expr::all(columns.take(1))));
        }
        Ok(())
    }

    /// A value as an expression.
    pub(super) fn value(&mut self, value: &Expression) -> Result<Expr, Diagnostic> {
        let refused = |message: String| Err(Diagnostic::new(Code::Unsupported, self.span, message));
        Ok(match value {
            Expression::Field(field) => Expr::Column(field.name.clone()),
            Expression::Constant(constant) => match literal(constant) {
                Some(expr) => expr,
                None => return refused("ES|QL has no constants of lists and objects".to_owned()),
            },
            Expression::Call(function, arguments) => {
                let arguments: Result<Vec<Expr>, Diagnostic> =
                    arguments.iter().map(|argument| self.value(argument)).collect();
                match function::scalar(*function, arguments?) {
                    Ok(expr) => expr,
                    Err(lack) => {
                        let message = format!("`{}` cannot be written: {lack}", function.name());
                        return Err(Diagnostic::new(Code::Unsupported, self.span, message));
                    }
                }
            }
            Expression::Case(cases, otherwise) => {
                let mut arguments = Vec::new();
                for (condition, value) in cases {
                    arguments.push(self.condition(condition, true)?);
                    arguments.push(self.value(value)?);
                }
                arguments.push(self.value(otherwise)?);
                Expr::Call("CASE", arguments)
            }
            Expression::Holds(condition) => self.condition(condition, true)?,
            Expression::Element(of, index) => {
                let index = Expr::Literal(Literal::Number((*index).into()));
                Expr::Call("MV_SLICE", vec![self.value(of)?, index])
            }
            Expression::Member(_, name) => {
                return refused(format!("ES|QL cannot read the member `{name}` of a computed value"));
            }
            Expression::Join { fields, separator } => joined(fields, separator),
            Expression::Host(_) => return refused("ES|QL has no function for the host of a URL".to_owned()),
            Expression::XmlData { .. }
            | Expression::JsonMember { .. }
            | Expression::KeyValue { .. }
            | Expression::Choice { .. } => {
                return refused("ES|QL has no function for a part of a text".to_owned());
            }
        })
    }

    /// A test against a computed value; null is false below a negation.
    pub(super) fn compared(
        &mut self,
        left: Expr,
        comparison: Comparison,
        right: &Expression,
        positive: bool,
    ) -> Result<Expr, Diagnostic> {
        let operator = match comparison {
            Comparison::Equal => Operator::Equal,
            Comparison::Less => Operator::Less,
            Comparison::LessOrEqual => Operator::LessOrEqual,
            Comparison::Greater => Operator::Greater,
            Comparison::GreaterOrEqual => Operator::GreaterOrEqual,
        };
        let test = Expr::binary(left, operator, self.value(right)?);
        Ok(closed(test, positive))
    }
}

/// A test that may be null, as one that is false there where a negation stands around it.
pub(super) fn closed(test: Expr, positive: bool) -> Expr {
    if positive { test } else { Expr::Call("COALESCE", vec![test, Expr::boolean(false)]) }
}

fn names(fields: &[Field]) -> Vec<Arc<str>> {
    fields.iter().map(|field| field.name.clone()).collect()
}

fn literal(constant: &Constant) -> Option<Expr> {
    Some(Expr::Literal(match constant {
        Constant::Null => Literal::Null,
        Constant::Text(text) => Literal::Text(text.to_string()),
        Constant::Number(number) => Literal::Number(*number),
        Constant::Boolean(value) => Literal::Boolean(*value),
        Constant::Duration(duration) => Literal::Timespan(timespan(*duration)),
        Constant::Timestamp(text) => return Some(Expr::Call("TO_DATETIME", vec![Expr::text(&**text)])),
        Constant::List(_) | Constant::Object(_) => return None,
    }))
}

/// A length of time in ES|QL's words: `1 day`, `90 minutes`.
fn timespan(duration: Duration) -> String {
    let (count, unit) = match duration.whole() {
        Some((count, 'd')) => (count, "day"),
        Some((count, 'h')) => (count, "hour"),
        Some((count, 'm')) => (count, "minute"),
        Some((count, _)) => (count, "second"),
        None => (duration.0 / Duration::MILLISECOND, "millisecond"),
    };
    format!("{count} {unit}{}", if count == 1 { "" } else { "s" })
}

/// The filter that a look-back is.
pub(super) fn look_back(length: Option<Duration>, dataset: &Dataset) -> Option<Command> {
    let time = dataset.time.clone().unwrap_or_else(|| "@timestamp".into());
    let length = Expr::Literal(Literal::Timespan(timespan(length?)));
    let bound = Expr::binary(Expr::Call("NOW", Vec::new()), Operator::Subtract, length);
    Some(Command::Where(Expr::binary(Expr::Column(time), Operator::GreaterOrEqual, bound)))
}

/// A rule whose union is of plain filters, as one over all their indices: an event is in one of them, and passes its
/// filter. Nothing else has to be said of where an event came from, for each filter selects its own events.
pub(super) fn without_plain_unions(rule: &Rule) -> Option<Rule> {
    let at = rule.stages.iter().position(|stage| matches!(stage, Stage::Union(..)))?;
    let Stage::Union(others, _) = &rule.stages[at] else { return None };
    let condition = |stages: &[Stage]| -> Option<Condition> {
        let filters: Option<Vec<Condition>> = stages.iter().map(|stage| stage.condition().cloned()).collect();
        filters.map(Condition::all)
    };
    let mut conditions = vec![condition(&rule.stages[..at])?];
    let Origin::Dataset(dataset) = &rule.origin else { return None };
    let dataset = dataset.clone();
    let mut look_backs = vec![rule.look_back];
    for Pipeline { origin, stages, look_back } in others {
        let Origin::Dataset(other) = origin else { return None };
        // An event of one index must not pass the filter that is meant for another's.
        if other.names != dataset.names {
            return None;
        }
        conditions.push(condition(stages)?);
        look_backs.push(*look_back);
    }
    if conditions.contains(&Condition::Always) {
        return None;
    }
    if look_backs.iter().any(|length| *length != look_backs[0]) {
        return None;
    }
    let mut stages = vec![Stage::Filter(Condition::any(conditions))];
    stages.extend(rule.stages[at + 1..].iter().cloned());
    Some(Rule { origin: Origin::Dataset(dataset), stages, ..rule.clone() })
}

/// The non-empty values with the separator between; null counts as empty, and an empty part brings no separator.
fn joined(fields: &[Field], separator: &str) -> Expr {
    let part = |field: &Field| Expr::Call("COALESCE", vec![column::text(field), Expr::text("")]);
    let mut parts = Vec::with_capacity(2 * fields.len());
    for (index, field) in fields.iter().enumerate() {
        if index > 0 {
            let before = match &fields[..index] {
                [only] => part(only),
                several => Expr::Call("CONCAT", several.iter().map(part).collect()),
            };
            let empty = [before, part(field)].map(|text| Expr::binary(text, Operator::Equal, Expr::text("")));
            let between = vec![Expr::any(empty), Expr::text(""), Expr::text(separator)];
            parts.push(Expr::Call("CASE", between));
        }
        parts.push(part(field));
    }
    if parts.len() == 1 { parts.swap_remove(0) } else { Expr::Call("CONCAT", parts) }
}

//! `summarize`.

use std::rc::Rc;

use super::{
    Reader, Table, columns::Columns, expression::unknown_function, scope::Scope, stage::own_name, unsupported,
};
use crate::{
    diag::{Diagnostic, Span},
    ir::{Aggregate, AggregateFunction, Condition, Expression as Value, Field, Pick, Stage, Summarize},
    kusto::ast::{Aggregation, Call, Column, Expression},
    kusto::function,
};

impl Reader<'_> {
    pub(super) fn summarize<'s>(
        &mut self,
        aggregation: &'s Aggregation,
        table: &mut Table,
        scope: &Rc<Scope<'s>>,
        span: Span,
    ) -> Result<(), Diagnostic> {
        let mut by = Vec::new();
        for column in aggregation.by.iter().flatten() {
            by.push(self.named(column, &table.columns, scope)?);
        }
        let mut aggregates: Vec<(Field, Aggregate)> = Vec::new();
        let mut picked: Option<Pick> = None;
        for column in &aggregation.aggregates {
            match picking(&column.value) {
                Some((call, is_greatest)) if picked.is_none() => {
                    picked = Some(self.pick(column, call, is_greatest, &by, table, scope, span)?);
                }
                Some((call, _)) => {
                    return Err(unsupported(call.place.0, "one row of each group can be kept, not two"));
                }
                None => {
                    let name = match column.names.first() {
                        Some(name) => name.text.clone(),
                        None => unique(default_name(&column.value), &aggregates),
                    };
                    let stage =
                        self.aggregate(&column.value, &name, &table.columns, scope, &mut aggregates)?;
                    if let Some(value) = stage {
                        return Err(unsupported(
                            value,
                            "compute with aggregates in an `extend` after `summarize`",
                        ));
                    }
                }
            }
        }
        if let Some(pick) = picked {
            let pick = Pick { aggregates, ..pick };
            self.picked(pick, table, span)
        } else {
            table.columns.grouped(&by, aggregates.iter().map(|(name, _)| name.clone()));
            self.push(table, Stage::Summarize(Summarize { aggregates, by, span }), span)
        }
    }

    /// `count` as an operator.
    pub(super) fn count(&mut self, table: &mut Table, span: Span) -> Result<(), Diagnostic> {
        let name = Field::new("Count").computed();
        let count = Aggregate {
            function: AggregateFunction::Count,
            arguments: Vec::new(),
            filter: Condition::Always,
        };
        table.columns.grouped(&[], std::iter::once(name.clone()));
        let stage = Summarize { aggregates: vec![(name, count)], by: Vec::new(), span };
        self.push(table, Stage::Summarize(stage), span)
    }

    /// Adds an aggregate; the place of what is no aggregate alone.
    fn aggregate<'s>(
        &mut self,
        value: &'s Expression,
        name: &str,
        columns: &Columns,
        scope: &Rc<Scope<'s>>,
        aggregates: &mut Vec<(Field, Aggregate)>,
    ) -> Result<Option<Span>, Diagnostic> {
        let Expression::Call(call) = value else { return Ok(Some(value.span())) };
        // Wrappers that only convert: what they convert is the aggregate.
        if matches!(&*call.function.text, "tostring" | "tolong" | "toint" | "round" | "array_sort_asc")
            && let [inner, ..] = call.arguments.as_slice()
            && is_aggregate(&inner.value)
        {
            return self.aggregate(&inner.value, name, columns, scope, aggregates);
        }
        let Some((function, is_conditional)) = function::aggregate(&call.function.text) else {
            if crate::kusto::function::function(&call.function.text).is_some() {
                return Ok(Some(call.place.0));
            }
            return Err(unknown_function(&call.function.text, call.function.place.0));
        };
        let mut arguments: Vec<&'s Expression> =
            call.arguments.iter().map(|argument| &argument.value).collect();
        if function == AggregateFunction::CountDistinctAbout {
            // The accuracy of the estimate is its own affair.
            arguments.truncate(if is_conditional { 2 } else { 1 });
        }
        let filter = if is_conditional {
            let at = usize::from(function != AggregateFunction::Count).min(arguments.len().saturating_sub(1));
            if arguments.is_empty() {
                return Err(unsupported(call.place.0, format!("`{}` takes a condition", call.function.text)));
            }
            let condition = arguments.remove(at);
            self.condition(condition, true, columns, scope)?
        } else {
            Condition::Always
        };
        if function == AggregateFunction::AnyValue && arguments.len() != 1 {
            return Err(unsupported(call.place.0, "any row of each group: name one column"));
        }
        let arguments: Result<Vec<Value>, _> =
            arguments.iter().map(|argument| self.value(argument, columns, scope)).collect();
        let aggregate = Aggregate { function, arguments: arguments?, filter };
        aggregates.push((Field::new(name).computed(), aggregate));
        Ok(None)
    }

    #[expect(clippy::too_many_arguments, reason = "the parts of one operator and what they are read under")]
    fn pick<'s>(
        &mut self,
        column: &'s Column,
        call: &'s Call,
        is_greatest: bool,
        by: &[(Field, Value)],
        table: &Table,
        scope: &Rc<Scope<'s>>,
        span: Span,
    ) -> Result<Pick, Diagnostic> {
        let [of, others @ ..] = call.arguments.as_slice() else {
            return Err(unsupported(call.place.0, "which row is kept has to be said"));
        };
        let mut names = column.names.iter();
        let name = match names.next() {
            Some(name) => name.text.clone(),
            None => {
                own_name(&of.value).ok_or_else(|| unsupported(of.value.span(), "give this column a name"))?
            }
        };
        let keeps_all = others.iter().any(|it| matches!(it.value, Expression::Star(_)));
        let mut kept = Vec::new();
        for other in others.iter().filter(|_| !keeps_all) {
            let own = own_name(&other.value);
            let name = names.next().map(|name| name.text.clone()).or(own);
            let name = name.ok_or_else(|| unsupported(other.value.span(), "give this column a name"))?;
            let value = self.value(&other.value, &table.columns, scope)?;
            let field = match &value {
                Value::Field(field) if *field.name == *name => field.clone(),
                _ => Field::new(name).computed(),
            };
            kept.push((field, value));
        }
        let of = self.value(&of.value, &table.columns, scope)?;
        let name = match &of {
            Value::Field(field) if *field.name == *name => field.clone(),
            _ => Field::new(name).computed(),
        };
        let columns = (!keeps_all).then_some(kept);
        Ok(Pick { of, name, is_greatest, columns, by: by.to_vec(), aggregates: Vec::new(), span })
    }

    fn picked(&mut self, pick: Pick, table: &mut Table, span: Span) -> Result<(), Diagnostic> {
        if let Some(kept) = &pick.columns {
            let mut all = pick.by.clone();
            all.push((pick.name.clone(), pick.of.clone()));
            all.extend(kept.iter().cloned());
            table.columns.grouped(&all, pick.aggregates.iter().map(|(name, _)| name.clone()));
        } else {
            for (name, value) in pick.by.iter().chain(std::iter::once(&(pick.name.clone(), pick.of.clone())))
            {
                if *value != Value::Field(name.clone()) {
                    table.columns.compute(name, value);
                }
            }
            for (name, _) in &pick.aggregates {
                table.columns.compute(name, &Value::Constant(crate::ir::Constant::Null));
            }
        }
        self.push(table, Stage::Pick(pick), span)
    }
}

/// `arg_max` and `arg_min`.
fn picking(value: &Expression) -> Option<(&Call, bool)> {
    let Expression::Call(call) = value else { return None };
    match &*call.function.text {
        "arg_max" | "argmax" => Some((call, true)),
        "arg_min" | "argmin" => Some((call, false)),
        _ => None,
    }
}

fn is_aggregate(value: &Expression) -> bool {
    matches!(value, Expression::Call(call) if function::aggregate(&call.function.text).is_some())
}

/// The name of an aggregate's column without one ("summarize operator"): `count_`, `dcount_X`, `set_X`.
fn default_name(value: &Expression) -> String {
    let Expression::Call(call) = value else { return "Column1".to_owned() };
    let of = call.arguments.first().and_then(|argument| own_name(&argument.value)).unwrap_or_default();
    let function = &*call.function.text;
    match function {
        "take_any" => of,
        "countif" => "countif_".to_owned(),
        _ => format!("{}_{of}", function::default_prefix(function)),
    }
}

/// A name that no other aggregate has: `count_`, `count_1`, ….
fn unique(name: String, aggregates: &[(Field, Aggregate)]) -> String {
    let is_taken = |name: &str| aggregates.iter().any(|(field, _)| *field.name == *name);
    if !is_taken(&name) {
        return name;
    }
    let mut number = 1;
    loop {
        let next = format!("{name}{number}");
        if !is_taken(&next) {
            return next;
        }
        number += 1;
    }
}

//! `join` and `lookup`.

use std::rc::Rc;
use std::sync::Arc;

use super::{Reader, Table, scope::Scope, unsupported};
use crate::{
    diag::{Diagnostic, Span},
    ir::{Field, Join, JoinKind, Stage},
    kusto::ast::{self, BinaryOperator as Op, Expression, Parameter},
};

/// Columns that every table has ("Standard columns in Azure Monitor Logs"), or nearly every one of Defender's.
const STANDARD: &[&str] = &["TimeGenerated", "Timestamp", "Type", "TenantId", "SourceSystem", "ReportId"];

impl Reader<'_> {
    pub(super) fn join<'s>(
        &mut self,
        join: &'s ast::Join,
        is_lookup: bool,
        table: &mut Table,
        scope: &Rc<Scope<'s>>,
        span: Span,
    ) -> Result<(), Diagnostic> {
        let kind = kind(&join.parameters, is_lookup)?;
        let right = self.table_of(&join.right, scope)?;
        let mut on = Vec::new();
        for condition in &join.on {
            let (left_name, right_name) = keys(condition)?;
            on.push((table.columns.field(left_name), right.columns.field(right_name)));
        }
        let renamed = if kind.keeps_left() && kind.keeps_right() {
            Self::renamed(table, &right, &on, is_lookup)
        } else {
            Vec::new()
        };
        match (kind.keeps_left(), kind.keeps_right()) {
            (true, true) => table.columns.join(&right.columns, &renamed),
            (false, true) => table.columns = right.columns.clone(),
            _ => {}
        }
        let stage =
            Join { kind, right: Box::new(right.pipeline), on, renamed, drops_right_keys: is_lookup, span };
        self.push(table, Stage::Join(stage), span)
    }

    /// Right columns that the left side has too get a number ("join operator", on output columns).
    fn renamed(left: &Table, right: &Table, on: &[(Field, Field)], is_lookup: bool) -> Vec<(Field, Field)> {
        let names: Vec<Arc<str>> = match &right.columns.all {
            Some(all) => all.clone(),
            None => right.columns.of_source.iter().cloned().collect(),
        };
        let mut names: Vec<Arc<str>> =
            names.into_iter().chain(on.iter().map(|(_, right)| right.name.clone())).collect();
        if right.columns.are_unknown() {
            names.extend(STANDARD.iter().map(|&name| name.into()));
        }
        names.sort();
        names.dedup();
        let is_key = |name: &Arc<str>| on.iter().any(|(_, right)| right.name == *name);
        let clashes = |name: &Arc<str>| {
            left.columns.has(name)
                || on.iter().any(|(left, _)| left.name == *name)
                || (left.columns.are_unknown() && STANDARD.contains(&&**name))
        };
        names
            .iter()
            .filter(|name| clashes(name) && !(is_lookup && is_key(name)))
            .map(|name| {
                let mut number = 1;
                let mut new = format!("{name}{number}");
                while left.columns.has(&new) {
                    number += 1;
                    new = format!("{name}{number}");
                }
                (right.columns.field(name), Field::new(new).computed())
            })
            .collect()
    }
}

fn kind(parameters: &[Parameter], is_lookup: bool) -> Result<JoinKind, Diagnostic> {
    let Some(parameter) = parameters.iter().find(|parameter| parameter.name.text == "kind") else {
        return Ok(if is_lookup { JoinKind::LeftOuter } else { JoinKind::InnerUnique });
    };
    let Expression::Name(name) = &parameter.value else {
        return Err(unsupported(parameter.value.span(), "this is no kind of join"));
    };
    Ok(match &*name.text {
        "inner" => JoinKind::Inner,
        "innerunique" => JoinKind::InnerUnique,
        "leftouter" => JoinKind::LeftOuter,
        "rightouter" => JoinKind::RightOuter,
        "fullouter" => JoinKind::FullOuter,
        "leftsemi" => JoinKind::LeftSemi,
        "leftanti" | "anti" | "leftantisemi" => JoinKind::LeftAnti,
        "rightsemi" => JoinKind::RightSemi,
        "rightanti" | "rightantisemi" => JoinKind::RightAnti,
        other => return Err(unsupported(name.place.0, format!("there is no join of kind `{other}`"))),
    })
}

/// The columns of `X`, or of `$left.X == $right.Y`.
fn keys(condition: &Expression) -> Result<(&str, &str), Diagnostic> {
    match condition {
        Expression::Name(name) => Ok((&name.text, &name.text)),
        Expression::Binary(left, Op::Equal, right) => match (side(left), side(right)) {
            (Some((true, left)), Some((false, right))) | (Some((false, right)), Some((true, left))) => {
                Ok((left, right))
            }
            _ => Err(unsupported(condition.span(), "a join compares `$left.X` with `$right.Y`")),
        },
        other => Err(unsupported(other.span(), "a join compares columns")),
    }
}

/// Whether it is of the left side, and which column.
fn side(expression: &Expression) -> Option<(bool, &str)> {
    match expression {
        Expression::Member(of, name) => match &**of {
            Expression::Side(side) if side.text == "$left" => Some((true, &name.text)),
            Expression::Side(side) if side.text == "$right" => Some((false, &name.text)),
            _ => None,
        },
        _ => None,
    }
}

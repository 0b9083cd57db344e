//! Writes groups of rows: `stats`, `eventstats`, `dedup`.

use super::{
    ast::{Command, Direction, Eval, Stats, StatsFunction},
    expression, reads, residual,
    scope::{Kind, Scope, is_present},
    stage::{assign, assign_all, columns, in_a_field, note_days},
    time,
};
use crate::{
    diag::{Code, Diagnostic, Effect},
    ir::{Aggregate, AggregateFunction, Condition, Constant, Expression, Field, Function, Pick, Summarize},
};

type Commands = Vec<Command>;

/// `stats`, after the keys are computed.
///
/// # Errors
/// What `stats` has no function for.
pub(super) fn summarize(
    summarize: &Summarize,
    scope: &mut Scope<'_>,
    commands: &mut Commands,
) -> Result<(), Diagnostic> {
    let read = reads::of_aggregates(&summarize.aggregates);
    let keys = keys(&summarize.by, &read, scope, commands)?;
    let mut functions = Aggregates::of(&summarize.aggregates, scope)?;
    let is_distinct = functions.calls.is_empty();
    if is_distinct {
        functions.calls.push(StatsFunction { name: "count".into(), argument: None, output: "count".into() });
    }
    commands.append(&mut scope.before);
    let by = keys.names.clone();
    commands.push(Command::Stats(Stats { keeps_rows: false, functions: functions.calls, by }));
    if is_distinct {
        commands.push(Command::FieldsRemoved(vec!["count".to_owned()]));
    }
    let named = summarize.by.iter().map(|(name, _)| &*name.name);
    scope.keep_only(named);
    keys.rename(commands);
    for (name, kind) in keys.kinds {
        scope.define(&name, kind, true);
    }
    for (name, kind, there) in functions.outputs {
        scope.define(&name, kind, there);
    }
    for (name, value) in functions.after {
        assign(&name, value, scope, commands);
    }
    Ok(())
}

/// One row of each group: the first one after sorting. Where the value may be missing, the group's extreme is computed
/// first, so that it does not matter where `sort` puts missing values.
///
/// # Errors
/// What `eventstats` has no function for.
pub(super) fn pick(pick: &Pick, scope: &mut Scope<'_>, commands: &mut Commands) -> Result<(), Diagnostic> {
    let mut read = reads::of_aggregates(&pick.aggregates);
    read.extend(pick.of.fields());
    read.extend(pick.columns.iter().flatten().flat_map(|(_, value)| value.fields()));
    let keys = keys(&pick.by, &read, scope, commands)?;
    let there = is_present(&pick.of, scope);
    let kind = expression::kind(&pick.of, scope);
    let value = expression::value(&pick.of, scope)?;
    let field = in_a_field(value, "picked", scope);
    let mut functions = Aggregates::of(&pick.aggregates, scope)?;
    let extreme = scope.fresh(if pick.is_greatest { "greatest" } else { "least" });
    if !there {
        let name = if pick.is_greatest { "max" } else { "min" };
        functions.calls.push(StatsFunction {
            name: name.to_owned(),
            argument: Some(Eval::field(&field)),
            output: extreme.clone(),
        });
    }
    commands.append(&mut scope.before);
    if !functions.calls.is_empty() {
        let by = keys.names.clone();
        commands.push(Command::Stats(Stats { keeps_rows: true, functions: functions.calls, by }));
    }
    if there {
        let direction = if pick.is_greatest { Direction::Descending } else { Direction::Ascending };
        commands.push(Command::Sort(vec![(field.clone(), direction)]));
    } else {
        let is_extreme = Eval::binary(Eval::field(&field), "=", Eval::field(&extreme));
        let has_none = Eval::call("isnull", [Eval::field(&extreme)]);
        commands.push(Command::Where(Eval::Or(vec![is_extreme, has_none])));
    }
    if keys.names.is_empty() {
        commands.push(Command::Head(1));
    } else {
        commands.push(Command::Dedup(keys.names.clone()));
    }
    for (name, value) in functions.after {
        assign(&name, value, scope, commands);
    }
    keys.rename(commands);
    for (name, kind) in &keys.kinds {
        scope.define(name, *kind, true);
    }
    for (name, kind, there) in functions.outputs {
        scope.define(&name, kind, there);
    }
    kept(pick, &field, kind, scope, commands)
}

/// The columns of the picked row.
fn kept(
    pick: &Pick,
    field: &str,
    kind: Kind,
    scope: &mut Scope<'_>,
    commands: &mut Commands,
) -> Result<(), Diagnostic> {
    let of = Field::new(field);
    let Some(others) = &pick.columns else {
        if *field != *pick.name.name {
            commands.push(Command::Rename(vec![(field.to_owned(), pick.name.name.to_string())]));
            scope.define(&pick.name.name, kind, false);
        }
        return Ok(());
    };
    let same = |name: &Field| (name.clone(), Expression::Field(name.clone()));
    let mut all: Vec<(Field, Expression)> = pick.by.iter().map(|(name, _)| same(name)).collect();
    all.push((pick.name.clone(), Expression::Field(of)));
    all.extend(others.iter().cloned());
    all.extend(pick.aggregates.iter().map(|(name, _)| same(name)));
    let mut distinct: Vec<(Field, Expression)> = Vec::new();
    for column in all {
        if !distinct.iter().any(|(name, _)| *name == column.0) {
            distinct.push(column);
        }
    }
    columns(&distinct, scope, commands)
}

/// The fields that rows are grouped by.
pub(super) struct Keys {
    pub(super) names: Vec<String>,
    renamed: Vec<(String, String)>,
    pub(super) kinds: Vec<(String, Kind)>,
}

impl Keys {
    /// Gives keys the names that were taken before.
    pub(super) fn rename(&self, commands: &mut Commands) {
        if !self.renamed.is_empty() {
            commands.push(Command::Rename(self.renamed.clone()));
        }
    }
}

/// Computes the keys. `stats` and `dedup` leave out rows without one of their fields ("stats", "dedup"), so that missing
/// keys are filled.
pub(super) fn keys(
    by: &[(Field, Expression)],
    read: &[&Field],
    scope: &mut Scope<'_>,
    commands: &mut Commands,
) -> Result<Keys, Diagnostic> {
    let mut distinct: Vec<(Field, Expression)> = Vec::new();
    for key in by {
        if !distinct.iter().any(|(name, _)| *name == key.0) {
            distinct.push(key.clone());
        }
    }
    let by = distinct.as_slice();
    let kinds: Vec<(String, Kind)> =
        by.iter().map(|(name, value)| (name.name.to_string(), expression::kind(value, scope))).collect();
    let there: Vec<bool> = by.iter().map(|(_, value)| is_present(value, scope)).collect();
    let (bins, others): (Vec<_>, Vec<_>) =
        by.iter().cloned().partition(|(name, value)| bin_of(name, value, scope).is_some());
    let bin_fields: Vec<&Field> = bins.iter().flat_map(|(_, value)| value.fields()).collect();
    let read: Vec<&Field> = read.iter().copied().chain(bin_fields.iter().copied()).collect();
    let mut renamed = assign_all(&others, &read, scope, commands)?;
    for (name, value) in &bins {
        let Some((field, span)) = bin_of(name, value, scope) else { continue };
        let is_read = read.iter().filter(|other| **other == name).count() > usize::from(field == *name);
        let output = if is_read {
            let output = scope.fresh(if &*name.name == "_time" { "time_bin" } else { "bin" });
            renamed.push((output.clone(), name.name.to_string()));
            Some(output)
        } else {
            (field != *name).then(|| name.name.to_string())
        };
        if span.ends_with('d') {
            note_days(scope);
        }
        commands.push(Command::Bin { field: field.name.to_string(), span, output });
    }
    let target = |name: &Field| {
        let taken = renamed.iter().find(|(_, wanted)| **wanted == *name.name);
        taken.map_or_else(|| name.name.to_string(), |(taken, _)| taken.clone())
    };
    let names: Vec<String> = by.iter().map(|(name, _)| target(name)).collect();
    let missing: Vec<String> =
        names.iter().zip(&there).filter(|(_, there)| !**there).map(|(name, _)| name.clone()).collect();
    for name in &missing {
        scope.fill(name);
    }
    if !missing.is_empty() {
        commands.push(Command::Fillnull(missing));
    }
    Ok(Keys { names, renamed, kinds })
}

/// The field and the length of its bins, if `bin` can say it: seconds since 1970 in whole units.
fn bin_of(_name: &Field, value: &Expression, scope: &Scope<'_>) -> Option<(Field, String)> {
    let Expression::Call(Function::Bin, arguments) = value else { return None };
    let [Expression::Field(field), Expression::Constant(Constant::Duration(duration))] = arguments.as_slice()
    else {
        return None;
    };
    (scope.kind_of(field) == Kind::Time).then_some(())?;
    time::modifier(*duration).map(|span| (field.clone(), span))
}

/// Aggregates as `stats` has them.
pub(super) struct Aggregates {
    pub(super) calls: Vec<StatsFunction>,
    /// What each output is, and whether every group has it.
    pub(super) outputs: Vec<(String, Kind, bool)>,
    /// What has to be computed of the outputs.
    pub(super) after: Vec<(String, Eval)>,
}

impl Aggregates {
    pub(super) fn of(aggregates: &[(Field, Aggregate)], scope: &mut Scope<'_>) -> Result<Self, Diagnostic> {
        let mut out = Self { calls: Vec::new(), outputs: Vec::new(), after: Vec::new() };
        for (name, aggregate) in aggregates {
            let output = name.name.to_string();
            let argument = aggregate.arguments.first();
            let kind = argument.map_or(Kind::Unknown, |argument| expression::kind(argument, scope));
            let call = function(aggregate, scope)?;
            let argument = self::argument(aggregate, scope)?;
            let (kind, there) = result(aggregate.function, kind);
            out.calls.push(StatsFunction { name: call, argument, output: output.clone() });
            if let Some(most) = most(aggregate) {
                let last = Eval::number(most - 1);
                let list = Eval::call("mvindex", [Eval::field(&output), Eval::number(0), last]);
                out.after.push((output.clone(), list));
            }
            out.outputs.push((output, kind, there));
        }
        Ok(out)
    }
}

/// The function's name in `stats` ("Statistical and charting functions").
fn function(aggregate: &Aggregate, scope: &mut Scope<'_>) -> Result<String, Diagnostic> {
    use AggregateFunction as Of;
    Ok(match aggregate.function {
        Of::Count => "count",
        // An estimate may be exact.
        Of::CountDistinct | Of::CountDistinctAbout => "dc",
        Of::Sum => "sum",
        Of::Average => "avg",
        Of::Minimum => "min",
        Of::Maximum => "max",
        // `median` takes the higher one of the two in the middle.
        Of::Median => "perc50",
        Of::Percentile => return percentile(aggregate, scope),
        Of::StandardDeviation => "stdev",
        Of::Variance => "var",
        Of::CollectSet => "values",
        Of::CollectList => {
            let message = "`list` keeps the first 100 values, unless limits.conf says more";
            scope.note(Code::ListValued, Effect::None, message);
            "list"
        }
        Of::AnyValue | Of::First => "first",
        Of::Last => "last",
        Of::CollectObject => return Err(scope.refuse("`stats` does not put objects together")),
    }
    .to_owned())
}

fn percentile(aggregate: &Aggregate, scope: &Scope<'_>) -> Result<String, Diagnostic> {
    match aggregate.arguments.get(1) {
        Some(Expression::Constant(Constant::Number(percent))) => Ok(format!("perc{percent}")),
        _ => Err(scope.refuse("`stats` needs a constant percentile")),
    }
}

/// What the function is computed of: a field, or an expression that is null on the rows that do not count.
fn argument(aggregate: &Aggregate, scope: &mut Scope<'_>) -> Result<Option<Eval>, Diagnostic> {
    let value = aggregate.arguments.first().map(|argument| expression::value(argument, scope)).transpose()?;
    let value = match (aggregate.arguments.first(), value) {
        (Some(Expression::Field(field)), Some(value)) if scope.is_filled(field) => {
            Some(Eval::call("nullif", [value, Eval::text("")]))
        }
        (_, value) => value,
    };
    if aggregate.filter == Condition::Always {
        return Ok(value);
    }
    let condition = residual::write(&super::simplify::simplify(&aggregate.filter), scope)?;
    Ok(Some(match value {
        None => condition,
        Some(value) => Eval::choose(condition, value, Eval::null()),
    }))
}

/// How many elements a collected list may have.
fn most(aggregate: &Aggregate) -> Option<i64> {
    use AggregateFunction as Of;
    if !matches!(aggregate.function, Of::CollectSet | Of::CollectList) {
        return None;
    }
    match aggregate.arguments.get(1) {
        Some(Expression::Constant(Constant::Number(most))) => most.to_string().parse().ok(),
        _ => None,
    }
}

/// What the result is, and whether every group has it.
fn result(function: AggregateFunction, argument: Kind) -> (Kind, bool) {
    use AggregateFunction as Of;
    match function {
        Of::Count | Of::CountDistinct | Of::CountDistinctAbout => (Kind::Count, true),
        Of::Sum if argument == Kind::Count => (Kind::Count, false),
        Of::Sum if argument == Kind::Duration => (Kind::Duration, false),
        Of::Sum | Of::Average | Of::Median | Of::Percentile | Of::StandardDeviation | Of::Variance => {
            (Kind::Number, false)
        }
        Of::Minimum | Of::Maximum | Of::AnyValue | Of::First | Of::Last => (argument, false),
        Of::CollectSet | Of::CollectList => (Kind::List, false),
        Of::CollectObject => (Kind::Json, false),
    }
}

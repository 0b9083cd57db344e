//! Writes stages as commands.

use super::{
    ast::{Command, Direction, Eval, Rex},
    expression, note_zone, pipeline, regex,
    residual::push_literal,
    scope::{Kind, Scope, is_present},
    summarize, window,
};
use crate::{
    diag::Diagnostic,
    ir::{Constant, Expand, Expression, Extract, ExtractPart, Field, Function, SortKey, Stage},
};

type Commands = Vec<Command>;

/// Writes a stage that works on the rows as they are.
///
/// # Errors
/// What SPL cannot say.
pub(super) fn write(
    stage: &Stage,
    later: &[Stage],
    scope: &mut Scope<'_>,
    commands: &mut Commands,
) -> Result<(), Diagnostic> {
    if let Some(span) = stage.span() {
        scope.span = span;
    }
    match stage {
        Stage::Filter(condition) => pipeline::filter(condition, scope, commands)?,
        Stage::Extend(field, expression) => extend(field, expression, scope, commands)?,
        Stage::Project(project) => columns(&project.columns, scope, commands)?,
        Stage::Drop(fields, _) => {
            commands.push(Command::FieldsRemoved(names(fields)));
            for field in fields {
                scope.define(&field.name, Kind::Unknown, false);
            }
        }
        Stage::Rename(pairs, _) => {
            let renamed = |(new, old): &(Field, Field)| (old.name.to_string(), new.name.to_string());
            commands.push(Command::Rename(pairs.iter().map(renamed).collect()));
            for (new, old) in pairs {
                scope.rename(old, new);
            }
        }
        Stage::Summarize(summarize) => summarize::summarize(summarize, scope, commands)?,
        Stage::Slide(slide) => window::slide(slide, later, scope, commands)?,
        Stage::Chain(chain) => window::chain(chain, scope, commands)?,
        Stage::Pick(pick) => summarize::pick(pick, scope, commands)?,
        Stage::Sort(keys, _) => sort(keys, scope, commands)?,
        Stage::Limit(count, _) => commands.push(Command::Head(*count)),
        Stage::Expand(expand) => self::expand(expand, scope, commands)?,
        Stage::Extract(extract) => self::extract(extract, scope, commands)?,
        Stage::Join(_) | Stage::Union(..) | Stage::Unread(_) => {
            return Err(stage.unsupported("SPL", scope.span));
        }
    }
    Ok(())
}

fn names(fields: &[Field]) -> Vec<String> {
    fields.iter().map(|field| field.name.to_string()).collect()
}

/// Adds an assignment, to the last `eval` if nothing has to stand between.
pub(super) fn assign(name: &str, value: Eval, scope: &mut Scope<'_>, commands: &mut Commands) {
    commands.append(&mut scope.before);
    match commands.last_mut() {
        Some(Command::Eval(assignments)) => assignments.push((name.to_owned(), value)),
        _ => commands.push(Command::Eval(vec![(name.to_owned(), value)])),
    }
}

/// The field that holds a value: its own, or one that is computed before the next command.
pub(super) fn in_a_field(value: Eval, wish: &str, scope: &mut Scope<'_>) -> String {
    if let Eval::Field(name) = value {
        return name;
    }
    let name = scope.fresh(wish);
    scope.before.push(Command::Eval(vec![(name.clone(), value)]));
    name
}

fn extend(
    field: &Field,
    expression: &Expression,
    scope: &mut Scope<'_>,
    commands: &mut Commands,
) -> Result<(), Diagnostic> {
    let kind = expression::kind(expression, scope);
    let there = is_present(expression, scope);
    if let Some(rex) = as_rex(field, expression, scope)? {
        commands.append(&mut scope.before);
        commands.push(Command::Rex(rex));
    } else {
        let value = expression::value(expression, scope)?;
        assign(&field.name, value, scope, commands);
    }
    scope.define(&field.name, kind, there);
    Ok(())
}

/// A part of a text that a regex names is taken by `rex`. It leaves the field as it is where nothing is found, so that
/// the field must be new.
fn as_rex(field: &Field, expression: &Expression, scope: &mut Scope<'_>) -> Result<Option<Rex>, Diagnostic> {
    let Expression::Call(function @ (Function::Extract | Function::ExtractAll), arguments) = expression
    else {
        return Ok(None);
    };
    let (pattern, group, of) = match arguments.as_slice() {
        [Expression::Constant(Constant::Text(pattern)), group, of] if *function == Function::Extract => {
            let Expression::Constant(Constant::Number(group)) = group else { return Ok(None) };
            let Ok(group) = group.to_string().parse::<usize>() else { return Ok(None) };
            (pattern, group, of)
        }
        [Expression::Constant(Constant::Text(pattern)), of]
            if *function == Function::ExtractAll && regex::groups(pattern) == 1 =>
        {
            (pattern, 1, of)
        }
        _ => return Ok(None),
    };
    if scope.is_computed(field) || of.fields().contains(&field) || pattern.chars().any(char::is_control) {
        return Ok(None);
    }
    let Some(named) = regex::with_named_group(pattern, group, &field.name) else { return Ok(None) };
    let text = expression::value(of, scope)?;
    let text = in_a_field(text, "text", scope);
    Ok(Some(Rex { field: text, regex: named, all: *function == Function::ExtractAll }))
}

/// Computes columns of the rows as they are, whatever their order. Each gets its name, or another one that it has to
/// be renamed from, where its name is that of a field that another column or `others` reads.
pub(super) fn assign_all(
    columns: &[(Field, Expression)],
    others: &[&Field],
    scope: &mut Scope<'_>,
    commands: &mut Commands,
) -> Result<Vec<(String, String)>, Diagnostic> {
    let mut renamed = Vec::new();
    let mut defined = Vec::new();
    for (index, (name, expression)) in columns.iter().enumerate() {
        let kind = expression::kind(expression, scope);
        let there = is_present(expression, scope);
        if matches!(expression, Expression::Field(field) if field == name) {
            continue;
        }
        let is_read_elsewhere = others.contains(&name)
            || columns
                .iter()
                .enumerate()
                .any(|(other, (_, value))| other > index && value.fields().contains(&name));
        let target = if is_read_elsewhere {
            let target = scope.fresh(&format!("{name}_new"));
            renamed.push((target.clone(), name.name.to_string()));
            target
        } else {
            name.name.to_string()
        };
        let value = expression::value(expression, scope)?;
        assign(&target, value, scope, commands);
        defined.push((name.name.to_string(), kind, there));
    }
    for (name, kind, there) in defined {
        scope.define(&name, kind, there);
    }
    Ok(renamed)
}

/// The columns and no others, those with new names renamed where nothing else reads the old ones.
pub(super) fn columns(
    columns: &[(Field, Expression)],
    scope: &mut Scope<'_>,
    commands: &mut Commands,
) -> Result<(), Diagnostic> {
    let reads = |field: &Field| columns.iter().filter(|(_, value)| value.fields().contains(&field)).count();
    let is_renamed = |(name, value): &&(Field, Expression)| match value {
        Expression::Field(old) => old != name && reads(old) == 1 && reads(name) == 0,
        _ => false,
    };
    let (renamed, computed): (Vec<_>, Vec<_>) = columns.iter().partition(is_renamed);
    let computed: Vec<(Field, Expression)> = computed.into_iter().cloned().collect();
    let mut pairs = assign_all(&computed, &[], scope, commands)?;
    for (new, value) in renamed {
        if let Expression::Field(old) = value {
            pairs.push((old.name.to_string(), new.name.to_string()));
            scope.rename(old, new);
        }
    }
    if !pairs.is_empty() {
        commands.push(Command::Rename(pairs));
    }
    let names: Vec<String> = columns.iter().map(|(name, _)| name.name.to_string()).collect();
    scope.keep_only(names.iter().map(String::as_str));
    commands.push(Command::Table(names));
    Ok(())
}

fn sort(keys: &[SortKey], scope: &mut Scope<'_>, commands: &mut Commands) -> Result<(), Diagnostic> {
    let mut by = Vec::new();
    for key in keys {
        let value = expression::value(&key.value, scope)?;
        let direction = if key.ascending { Direction::Ascending } else { Direction::Descending };
        by.push((in_a_field(value, "sort_key", scope), direction));
    }
    commands.append(&mut scope.before);
    commands.push(Command::Sort(by));
    Ok(())
}

fn expand(expand: &Expand, scope: &mut Scope<'_>, commands: &mut Commands) -> Result<(), Diagnostic> {
    let list = expression::list_of(&expand.list, scope)?;
    let output = expand.output.name.to_string();
    let element = match expression::kind(&expand.list, scope) {
        Kind::Json => Kind::Json,
        _ => Kind::Unknown,
    };
    if let Some(index) = &expand.index {
        let count = Eval::call("mvcount", [list.clone()]);
        let positions = Eval::call("mvrange", [Eval::number(0), count]);
        assign(&index.name, positions, scope, commands);
        commands.push(Command::Mvexpand(index.name.to_string()));
        let at = Eval::call("mvindex", [list, Eval::field(&index.name)]);
        assign(&output, at, scope, commands);
        scope.define(&index.name, Kind::Count, false);
    } else {
        if list != Eval::field(&output) {
            assign(&output, list, scope, commands);
        }
        commands.push(Command::Mvexpand(output.clone()));
    }
    scope.define(&output, element, false);
    Ok(())
}

/// The parts as a regex: anything goes on as far as it must. A last column takes what is left.
fn extract(extract: &Extract, scope: &mut Scope<'_>, commands: &mut Commands) -> Result<(), Diagnostic> {
    let text = expression::value(&extract.text, scope)?;
    let text = in_a_field(text, "text", scope);
    let (mut pattern, mut columns) = (String::from("(?s)^"), Vec::new());
    let mut renamed = Vec::new();
    for part in &extract.parts {
        match part {
            ExtractPart::Skip => pattern.push_str(".*?"),
            ExtractPart::Literal(literal) => literal.chars().for_each(|c| push_literal(&mut pattern, c)),
            ExtractPart::Column(column) => {
                let name = if regex::is_name(&column.name) && *column.name != *text {
                    column.name.to_string()
                } else {
                    let name = scope.fresh("part");
                    renamed.push((name.clone(), column.name.to_string()));
                    name
                };
                pattern.push_str("(?<");
                pattern.push_str(&name);
                pattern.push_str(">.*?)");
                columns.push(column);
            }
        }
    }
    pattern.push_str("\\z");
    commands.append(&mut scope.before);
    if extract.only_matching {
        let found = Eval::call("match", [Eval::field(&text), Eval::Text(unnamed(&pattern))]);
        commands.push(Command::Where(found));
        scope.require(&text);
    }
    commands.push(Command::Rex(Rex { field: text, regex: pattern, all: false }));
    if !renamed.is_empty() {
        commands.push(Command::Rename(renamed));
    }
    for column in columns {
        scope.define(&column.name, Kind::Text, false);
    }
    Ok(())
}

/// The expression without the names of its groups.
fn unnamed(pattern: &str) -> String {
    let mut out = String::new();
    let mut rest = pattern;
    while let Some(at) = rest.find("(?<") {
        out.push_str(&rest[..at]);
        let group = &rest[at..];
        rest = group.find('>').map_or("", |end| &group[end + 1..]);
        if let Some(after) = rest.strip_prefix(".*?)") {
            out.push_str(".*?");
            rest = after;
        }
    }
    out + rest
}

/// Notes that a stage's times are those of the search's zone.
pub(super) fn note_days(scope: &mut Scope<'_>) {
    note_zone(scope, "days begin in the time zone of the search");
}

//! Tests against the rows of another search, or of a lookup table.
//!
//! A subsearch in brackets is the cheapest: its rows become alternatives of `field="value"` before events are read
//! ("About subsearches"). But `search` does not tell case apart and returns 10,000 rows, so what has to be exact below a
//! negation is a left join, whose keys are compared as they are.

use super::{
    ast::{Base, Command, Eval, Join, Query, Search, Stats},
    pipeline,
    scope::{Kind, Scope},
    stage::in_a_field,
};
use crate::{
    diag::{Code, Diagnostic, Effect, Note},
    ir::{
        Case, Condition, ExternalList, ExternalTable, Field, FieldRelation, Keeper, Origin, Pipeline,
        Predicate, Stage, Subject, Test,
    },
};

/// The subsearch that finds the events for which a test holds.
///
/// # Errors
/// What SPL cannot say of the other rows.
pub(super) fn subsearch(
    field: &Field,
    test: &Test,
    scope: &mut Scope<'_>,
) -> Option<Result<Search, Diagnostic>> {
    let (query, case) = match test {
        Test::Among(pipeline, case) => (values(pipeline, &field.name, scope), *case),
        Test::Listed(list, case) => (Ok(listed(list, field, scope)), *case),
        _ => return None,
    };
    if case == Case::Sensitive && scope.kind_of(field).has_case() {
        let message = format!("`{field}` is compared with the values of the subsearch without case");
        scope.note(Code::CaseWidened, Effect::More, message);
    }
    Some(query.map(|query| Search::Subsearch(Box::new(query))))
}

/// The rows of a list with their column called as the field is.
fn listed(list: &ExternalList, field: &Field, scope: &mut Scope<'_>) -> Query {
    let column = column(list, field);
    note_lookup(&list.table, &[&column], scope);
    let mut commands = Vec::new();
    if let Some(pattern) = with_wildcards(&column, list.relation) {
        commands.push(Command::Eval(vec![(column.clone(), pattern)]));
    }
    commands.push(Command::Fields(vec![column.clone()]));
    if column != *field.name {
        commands.push(Command::Rename(vec![(column, field.name.to_string())]));
    }
    note_limit(scope, "10,000");
    Query { base: Base::Inputlookup(list.table.name.to_string()), commands }
}

/// The elements of a column as patterns of the values that hold them: `search` takes `*` from a subsearch as from a user.
fn with_wildcards(column: &str, relation: FieldRelation) -> Option<Eval> {
    let (before, after) = match relation {
        FieldRelation::Equals => return None,
        FieldRelation::Contains => (true, true),
        FieldRelation::StartsWith => (false, true),
        FieldRelation::EndsWith => (true, false),
    };
    let any = |is_there: bool| is_there.then(|| Eval::text("*"));
    Some(Eval::Concat(any(before).into_iter().chain([Eval::field(column)]).chain(any(after)).collect()))
}

fn column(list: &ExternalList, field: &Field) -> String {
    list.column.as_deref().unwrap_or(&field.name).to_owned()
}

/// Records that a lookup table is needed, with these columns if the rule names them.
pub(super) fn note_lookup(table: &ExternalTable, columns: &[&str], scope: &mut Scope<'_>) {
    let name = &table.name;
    let message = match columns {
        [] => format!("the lookup `{name}` has to exist, with the columns of the list"),
        [column] => {
            format!("the lookup `{name}` has to exist and to have the values in its column `{column}`")
        }
        columns => format!("the lookup `{name}` has to exist, with the columns `{}`", columns.join("`, `")),
    };
    scope.note(Code::LookupNeeded, Effect::None, message);
}

/// Records which macros a condition calls.
///
/// # Errors
/// A macro or its argument that cannot be written as a call.
pub(super) fn check_macros(condition: &Condition, scope: &mut Scope<'_>) -> Result<(), Diagnostic> {
    for predicate in condition.predicates() {
        let (Test::Listed(list, _), Some(field)) = (&predicate.test, predicate.field()) else { continue };
        if !list.table.is_macro() {
            continue;
        }
        scope.span = predicate.span;
        let name = &list.table.name;
        let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
        if let Some(wrong) = [&**name, &*field.name].into_iter().find(|text| !text.chars().all(is_plain)) {
            let message =
                format!("`{wrong}` has characters that the call of a search macro has no place for");
            return Err(scope.refuse(message));
        }
        let message = format!(
            "the macro `{name}(1)` has to exist, and to find the events in which the field that it is given (`{field}`) \
             has one of the values; the query means what its definition says"
        );
        scope.note(Code::MacroNeeded, Effect::None, message);
    }
    Ok(())
}

fn refuse_parts(list: &ExternalList, scope: &Scope<'_>) -> Diagnostic {
    let message = "SPL compares parts of values with a list in `search` alone, and where all of the condition depends on it";
    scope.refuse(message).help(format!("give the values of the list: `--list {}=FILE`", list.table.name))
}

/// The refusal of a macro in the middle of what `search` cannot say.
pub(super) fn refuse_macro(list: &ExternalList, scope: &Scope<'_>) -> Diagnostic {
    let name = &list.table.name;
    let message = format!(
        "the macro `{name}` is a part of a search, and stands in an alternative that has to be tested after the search"
    );
    scope
        .refuse(message)
        .help(format!("give the values of the list: `--list {name}=FILE`; or use `--placeholders-as lookup`"))
}

/// The different values of the first column of other rows, called as the field is.
fn values(pipeline: &Pipeline, name: &str, scope: &mut Scope<'_>) -> Result<Query, Diagnostic> {
    let named = first_column(&pipeline.stages).map(|column| column.name.to_string());
    let column = named
        .or_else(|| first_of_outside(&pipeline.origin))
        .ok_or_else(|| scope.refuse("SPL has to name the column of the other rows; `project` it"))?;
    let mut query = pipeline::write(pipeline, scope)?.query;
    distinct(&mut query, std::slice::from_ref(&column));
    if column != name {
        query.commands.push(Command::Rename(vec![(column, name.to_owned())]));
    }
    note_limit(scope, "10,000");
    Ok(query)
}

/// Leaves the different values of these columns. Groups are different already.
pub(super) fn distinct(query: &mut Query, columns: &[String]) {
    while let Some(Command::Table(_) | Command::FieldsRemoved(_)) = query.commands.last() {
        query.commands.pop();
    }
    let is_filter = |command: &&Command| matches!(command, Command::Search(_) | Command::Where(_));
    let are_groups = matches!(
        query.commands.iter().rev().find(|command| !is_filter(command)),
        Some(Command::Stats(Stats { keeps_rows: false, by, .. })) if by == columns
    );
    if !are_groups {
        query.commands.push(Command::Dedup(columns.to_vec()));
    }
    query.commands.push(Command::Fields(columns.to_vec()));
}

/// Turns the effects around: more rows elsewhere are fewer rows without a counterpart there.
pub(super) fn negate(notes: &mut [Note]) {
    for note in notes {
        note.effect = note.effect.negated();
    }
}

/// Records how many rows a subsearch may return.
pub(super) fn note_limit(scope: &mut Scope<'_>, rows: &str) {
    let message = format!("the subsearch returns at most {rows} rows, unless limits.conf says more");
    scope.note(Code::SubsearchLimit, Effect::None, message);
}

/// The first column of rows kept outside, or the one by which they are searched.
fn first_of_outside(origin: &Origin) -> Option<String> {
    let Origin::External(table) = origin else { return None };
    match &table.keeper {
        Keeper::Watchlist | Keeper::Macro => Some("SearchKey".to_owned()),
        Keeper::Files { columns, .. } => columns.first().map(|(name, _)| name.to_string()),
    }
}

/// What the first column is called after these stages, if they say so.
fn first_column(stages: &[Stage]) -> Option<&Field> {
    let (last, before) = stages.split_last()?;
    match last {
        Stage::Project(project) => project.columns.first().map(|(name, _)| name),
        Stage::Summarize(summarize) => summarize
            .by
            .first()
            .map(|(name, _)| name)
            .or_else(|| summarize.aggregates.first().map(|(name, _)| name)),
        Stage::Pick(pick) => pick.by.first().map_or(Some(&pick.name), |(name, _)| Some(name)),
        Stage::Filter(_)
        | Stage::Extend(..)
        | Stage::Slide(_)
        | Stage::Chain(_)
        | Stage::Sort(..)
        | Stage::Limit(..)
        | Stage::Extract(_) => first_column(before),
        Stage::Rename(pairs, _) => {
            let first = first_column(before)?;
            Some(pairs.iter().find(|(_, old)| old == first).map_or(first, |(new, _)| new))
        }
        Stage::Drop(..) | Stage::Join(_) | Stage::Union(..) | Stage::Expand(_) | Stage::Unread(_) => None,
    }
}

/// A field that is there where the test holds. What makes it goes before the next command.
///
/// # Errors
/// What SPL cannot say of the other rows.
pub(super) fn marker(
    predicate: &Predicate,
    positive: bool,
    scope: &mut Scope<'_>,
) -> Result<String, Diagnostic> {
    scope.span = predicate.span;
    let subject = match &predicate.subject {
        Subject::Field(field) => Eval::field(&field.name),
        Subject::Computed(expression) => super::expression::value(expression, scope)?,
        Subject::Anywhere => return Err(scope.refuse("SPL compares fields with lists, not all of an event")),
    };
    match &predicate.test {
        Test::Among(pipeline, case) => {
            let first = scope.notes.len();
            let marker = joined(subject, pipeline, *case, scope)?;
            if !positive {
                negate(&mut scope.notes[first..]);
            }
            Ok(marker)
        }
        Test::Listed(list, _) if list.is_of_parts() => Err(refuse_parts(list, scope)),
        Test::Listed(list, case) => Ok(looked_up(subject, list, *case, positive, scope)),
        _ => Err(predicate.unsupported("SPL")),
    }
}

fn joined(
    subject: Eval,
    pipeline: &Pipeline,
    case: Case,
    scope: &mut Scope<'_>,
) -> Result<String, Diagnostic> {
    let subject = match case {
        Case::Sensitive => subject,
        Case::Insensitive => Eval::call("lower", [subject]),
    };
    let key = in_a_field(subject, "key", scope);
    let mut query = values(pipeline, &key, scope)?;
    let found = scope.fresh("is_found");
    let mut marks = Vec::new();
    if case == Case::Insensitive {
        marks.push((key.clone(), Eval::call("lower", [Eval::Field(key.clone())])));
    }
    marks.push((found.clone(), Eval::number(1)));
    query.commands.push(Command::Eval(marks));
    let join = Join { is_left: true, max: 1, overwrites: true, on: vec![key], with: Box::new(query) };
    scope.before.push(Command::Join(join));
    scope.define(&found, Kind::Count, false);
    Ok(found)
}

/// `lookup` tells case apart unless its definition says otherwise ("lookup").
fn looked_up(
    subject: Eval,
    list: &ExternalList,
    case: Case,
    positive: bool,
    scope: &mut Scope<'_>,
) -> String {
    let field = in_a_field(subject, "key", scope);
    let column = column(list, &Field::new(&*field));
    note_lookup(&list.table, &[&column], scope);
    if case == Case::Insensitive {
        let effect = if positive { Effect::Less } else { Effect::More };
        let message = format!(
            "the lookup `{}` tells case apart, unless its definition says otherwise",
            list.table.name
        );
        scope.note(Code::CaseNarrowed, effect, message);
    }
    let output = scope.fresh("is_listed");
    let lookup =
        Command::Lookup { table: list.table.name.to_string(), column, field, output: output.clone() };
    scope.before.push(lookup);
    scope.define(&output, Kind::Text, false);
    output
}

//! Writes rows put together with those of another pipeline.
//!
//! `join` compares keys as they are, and its subsearch returns 50,000 rows ("join"). Alternatives made by a subsearch in
//! brackets do not tell case apart, so they stand only where that finds more, or where keys have no case.

use super::{
    ast::{self, Base, Command, Eval, Query, Search},
    membership::{distinct, negate, note_limit},
    pipeline,
    reads::{have_named_columns, may_be_read},
    scope::{Kind, Scope},
};
use crate::{
    diag::{Code, Diagnostic, Effect},
    ir::{Field, Join, JoinKind, Stage},
};

/// The query with the other rows.
///
/// # Errors
/// A kind of join that SPL does not have.
pub(super) fn write(
    left: Query,
    join: &Join,
    later: &[Stage],
    scope: &mut Scope<'_>,
) -> Result<Query, Diagnostic> {
    let first = scope.notes.len();
    let right = pipeline::write(&join.right, scope)?;
    match join.kind {
        JoinKind::LeftAnti => negate(&mut scope.notes[first..]),
        JoinKind::RightAnti => negate(&mut scope.notes[scope.first_note..first]),
        _ => {}
    }
    match join.kind {
        JoinKind::Inner | JoinKind::LeftOuter => Ok(beside(left, right, join, later, scope)),
        JoinKind::InnerUnique => {
            let mut left = left;
            let keys = join.on.iter().map(|(left, _)| left.name.to_string()).collect();
            left.commands.push(Command::Dedup(keys));
            Ok(beside(left, right, join, later, scope))
        }
        JoinKind::LeftSemi => Ok(with_counterpart(left, right.query, &join.on, scope)),
        JoinKind::LeftAnti => Ok(without_counterpart(left, right.query, &join.on, scope)),
        JoinKind::RightSemi | JoinKind::RightAnti => {
            let swapped: Vec<(Field, Field)> =
                join.on.iter().map(|(left, right)| (right.clone(), left.clone())).collect();
            scope.forget();
            for (field, kind) in right.computed {
                scope.define(&field, kind, false);
            }
            Ok(if join.kind == JoinKind::RightSemi {
                with_counterpart(right.query, left, &swapped, scope)
            } else {
                without_counterpart(right.query, left, &swapped, scope)
            })
        }
        JoinKind::RightOuter => Ok(right_outer(left, right, join, later, scope)),
        JoinKind::FullOuter => Err(Stage::Join(join.clone()).unsupported("SPL", scope.span).help(
            "`join type=outer` keeps the rows of the left side alone; two searches and `stats` by the key keep both",
        )),
    }
}

/// Rows with what the subsearch found beside them.
fn beside(
    mut left: Query,
    right: pipeline::Written,
    join: &Join,
    later: &[Stage],
    scope: &mut Scope<'_>,
) -> Query {
    let closed = have_named_columns(&join.right.stages);
    let mut query = right.query;
    let new_name = |old: &str| {
        let renamed = join.renamed.iter().find(|(from, _)| *from.name == *old);
        renamed.map_or_else(|| old.to_owned(), |(_, new)| new.name.to_string())
    };
    for (field, kind) in right.computed {
        let name = new_name(&field);
        if !scope.is_computed(&Field::new(&*name)) {
            scope.define(&name, kind, false);
        }
    }
    prepare(&mut query, join, closed, |field| may_be_read(field, later, scope.is_nested));
    let is_left = join.kind == JoinKind::LeftOuter;
    if !is_left {
        join.on.iter().for_each(|(left, _)| scope.require(&left.name));
    }
    note_limit(scope, "50,000");
    let on = join.on.iter().map(|(left, _)| left.name.to_string()).collect();
    let join = ast::Join { is_left, max: 0, overwrites: closed, on, with: Box::new(query) };
    left.commands.push(Command::Join(join));
    left
}

/// Names in the subsearch: keys as on the left, columns that both sides have by their new names.
fn prepare(query: &mut Query, join: &Join, closed: bool, is_read: impl Fn(&Field) -> bool) {
    let is_key = |field: &Field| join.on.iter().any(|(_, right)| right == field);
    let mut copies = Vec::new();
    let mut renames = Vec::new();
    for (old, new) in &join.renamed {
        if is_key(old) {
            if !join.drops_right_keys && is_read(new) {
                copies.push((new.name.to_string(), Eval::field(&old.name)));
            }
        } else if closed || is_read(new) {
            renames.push((old.name.to_string(), new.name.to_string()));
        }
    }
    for (left, right) in &join.on {
        if left == right {
            continue;
        }
        let is_kept =
            !join.drops_right_keys && !join.renamed.iter().any(|(old, _)| old == right) && is_read(right);
        if is_kept {
            copies.push((left.name.to_string(), Eval::field(&right.name)));
        } else {
            renames.push((right.name.to_string(), left.name.to_string()));
        }
    }
    match query.commands.last_mut() {
        _ if copies.is_empty() => {}
        Some(Command::Eval(assignments)) => assignments.append(&mut copies),
        _ => query.commands.push(Command::Eval(copies)),
    }
    if !renames.is_empty() {
        query.commands.push(Command::Rename(renames));
    }
}

/// The right side's rows with the left side's beside them, whose columns keep their names.
fn right_outer(
    left: Query,
    right: pipeline::Written,
    join: &Join,
    later: &[Stage],
    scope: &mut Scope<'_>,
) -> Query {
    let mut query = right.query;
    prepare(&mut query, join, true, |field| may_be_read(field, later, scope.is_nested));
    note_limit(scope, "50,000");
    scope.forget_presence();
    let on = join.on.iter().map(|(left, _)| left.name.to_string()).collect();
    query.commands.push(Command::Join(ast::Join {
        is_left: true,
        max: 0,
        overwrites: true,
        on,
        with: Box::new(left),
    }));
    query
}

/// The different keys of other rows, by these names.
fn keys(mut query: Query, pairs: &[(Field, Field)]) -> Query {
    let theirs: Vec<String> = pairs.iter().map(|(_, theirs)| theirs.name.to_string()).collect();
    distinct(&mut query, &theirs);
    let renames: Vec<(String, String)> = pairs
        .iter()
        .filter(|(ours, theirs)| ours != theirs)
        .map(|(ours, theirs)| (theirs.name.to_string(), ours.name.to_string()))
        .collect();
    if !renames.is_empty() {
        query.commands.push(Command::Rename(renames));
    }
    query
}

fn with_counterpart(left: Query, right: Query, pairs: &[(Field, Field)], scope: &mut Scope<'_>) -> Query {
    for (field, _) in pairs {
        if scope.kind_of(field).has_case() {
            let message = format!("`{field}` is compared with the values of the subsearch without case");
            scope.note(Code::CaseWidened, Effect::More, message);
        }
        scope.require(&field.name);
    }
    note_limit(scope, "10,000");
    let subsearch = Search::Subsearch(Box::new(keys(right, pairs)));
    with_term(left, subsearch)
}

/// A term of the first search, if nothing stands after it.
fn with_term(mut query: Query, term: Search) -> Query {
    match (&mut query.base, query.commands.is_empty()) {
        (Base::Search(Search::And(terms)), true) => terms.push(term),
        (Base::Search(search), true) => {
            let first = std::mem::replace(search, Search::Everything);
            *search = if first == Search::Everything { term } else { Search::And(vec![first, term]) };
        }
        _ => query.commands.push(Command::Search(term)),
    }
    query
}

fn without_counterpart(
    mut left: Query,
    right: Query,
    pairs: &[(Field, Field)],
    scope: &mut Scope<'_>,
) -> Query {
    let mut query = keys(right, pairs);
    if pairs.iter().all(|(field, _)| !scope.kind_of(field).has_case()) {
        note_limit(scope, "10,000");
        let term = Search::Not(Box::new(Search::Subsearch(Box::new(query))));
        return with_term(left, term);
    }
    note_limit(scope, "50,000");
    let found = scope.fresh("is_found");
    query.commands.push(Command::Eval(vec![(found.clone(), Eval::number(1))]));
    let on = pairs.iter().map(|(ours, _)| ours.name.to_string()).collect();
    let join = ast::Join { is_left: true, max: 1, overwrites: true, on, with: Box::new(query) };
    left.commands.push(Command::Join(join));
    left.commands.push(Command::Where(Eval::call("isnull", [Eval::field(&found)])));
    scope.define(&found, Kind::Count, false);
    left
}

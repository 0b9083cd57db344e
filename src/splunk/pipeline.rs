//! Writes where rows come from and the stages that they pass.

use super::{
    ast::{Base, Command, Query, Search},
    join,
    membership::{self, note_limit},
    residual,
    scope::{Scope, is_membership},
    simplify::simplify,
    split::{self, Start},
    stage, time,
    tstats::{self, Place},
    write::{after_macro, note_keyword_scope, note_time_zone, search},
};
use crate::{
    diag::{Code, Diagnostic, Effect, Note},
    ir::{
        Condition, Dataset, Duration, ExternalTable, Keeper, Origin, Pipeline, Predicate, Stage, Subject,
        Test,
    },
};

/// A query, and what its rows have.
pub(super) struct Written {
    /// The query.
    pub(super) query: Query,
    /// What is known of the fields that its commands computed.
    pub(super) computed: Vec<(String, super::scope::Kind)>,
}

/// A pipeline by its parts.
#[derive(Clone, Copy)]
pub(super) struct Source<'a> {
    pub(super) origin: &'a Origin,
    pub(super) stages: &'a [Stage],
    pub(super) look_back: Option<Duration>,
}

impl<'a> Source<'a> {
    /// A pipeline inside a rule.
    pub(super) fn of(pipeline: &'a Pipeline) -> Self {
        Self { origin: &pipeline.origin, stages: &pipeline.stages, look_back: pipeline.look_back }
    }

    /// The condition, if it has filters alone and raw events.
    fn filters(self) -> Option<Condition> {
        let all: Option<Vec<Condition>> =
            self.stages.iter().map(|stage| stage.condition().cloned()).collect();
        all.filter(|_| Place::of(self.origin).is_none()).map(Condition::all)
    }

    fn search_macro(self) -> Option<&'a str> {
        match self.origin {
            Origin::Dataset(Dataset { search_macro, .. }) => search_macro.as_deref(),
            _ => None,
        }
    }
}

/// Writes another pipeline beside the one of the scope.
///
/// # Errors
/// What SPL cannot say.
pub(super) fn write(pipeline: &Pipeline, scope: &mut Scope<'_>) -> Result<Written, Diagnostic> {
    let mut inner = Scope::new(&mut *scope.notes);
    inner.span = scope.span;
    inner.is_nested = true;
    write_source(Source::of(pipeline), &mut inner)
}

/// Writes a pipeline.
///
/// # Errors
/// What SPL cannot say.
pub(super) fn write_source(source: Source<'_>, scope: &mut Scope<'_>) -> Result<Written, Diagnostic> {
    let first_other = source.stages.iter().position(|stage| stage.condition().is_none());
    let (filters, mut later) = source.stages.split_at(first_other.unwrap_or(source.stages.len()));
    let mut condition = Condition::all(filters.iter().filter_map(Stage::condition).cloned());
    while let [Stage::Union(others, _), rest @ ..] = later
        && let Some(either) = merged(source, &condition, others, rest)
    {
        condition = either;
        later = rest;
        let leading = later.iter().take_while(|stage| stage.condition().is_some()).count();
        let (more, rest) = later.split_at(leading);
        condition =
            Condition::all([condition].into_iter().chain(more.iter().filter_map(Stage::condition).cloned()));
        later = rest;
    }
    let mut query = start(source, &condition, scope)?;
    for (index, each) in later.iter().enumerate() {
        let rest = &later[index + 1..];
        if let Stage::Union(others, span) = each {
            scope.span = *span;
            query = union(query, others, scope)?;
        } else if let Stage::Join(inner) = each {
            scope.span = inner.span;
            query = join::write(query, inner, rest, scope)?;
        } else {
            stage::write(each, rest, scope, &mut query.commands)?;
        }
    }
    Ok(Written { query, computed: scope.computed() })
}

/// Raw events of any of several filters are found by one search. An event that two of them find is one row then and two
/// before, which matters where rows are counted.
fn merged(
    source: Source<'_>,
    condition: &Condition,
    others: &[Pipeline],
    later: &[Stage],
) -> Option<Condition> {
    Place::of(source.origin).is_none().then_some(())?;
    let mut found = vec![condition.clone()];
    for other in others {
        let other = Source::of(other);
        let is_like = other.search_macro() == source.search_macro() && other.look_back == source.look_back;
        found.push(other.filters().filter(|_| is_like)?);
    }
    let counts = later.iter().any(|stage| {
        matches!(
            stage,
            Stage::Summarize(_)
                | Stage::Slide(_)
                | Stage::Chain(_)
                | Stage::Pick(_)
                | Stage::Join(_)
                | Stage::Limit(..)
        )
    });
    let are_apart = found
        .iter()
        .enumerate()
        .all(|(index, one)| found[index + 1..].iter().all(|other| exclude_each_other(one, other)));
    (!counts || are_apart).then(|| Condition::any(found))
}

/// Whether a field has to have one of some texts or numbers for one condition, and one of others for the other.
fn exclude_each_other(one: &Condition, other: &Condition) -> bool {
    let (one, other) = (simplify(one), simplify(other));
    one.conjuncts().iter().filter_map(values).any(|(field, left)| {
        other
            .conjuncts()
            .iter()
            .filter_map(values)
            .any(|(same, right)| same == field && left.iter().all(|value| !right.contains(value)))
    })
}

/// The field of a term and the values, without case, that it may have.
fn values(term: &Condition) -> Option<(&crate::ir::Field, Vec<String>)> {
    let field = term.only_field()?;
    let of = |term: &Condition| match term {
        Condition::Is(Predicate { test: Test::Text(pattern, _), .. }) => {
            pattern.as_exact().map(str::to_lowercase)
        }
        Condition::Is(Predicate { test: Test::Number(comparison, number), .. })
            if comparison.order_symbol().is_none() =>
        {
            Some(number.to_string())
        }
        _ => None,
    };
    let values: Option<Vec<String>> = term.disjuncts().iter().map(of).collect();
    values.map(|values| (field, values))
}

/// The first command, and what tests the rest of its condition.
fn start(source: Source<'_>, condition: &Condition, scope: &mut Scope<'_>) -> Result<Query, Diagnostic> {
    let condition = simplify(condition);
    note_keyword_scope(&condition, scope.notes);
    note_time_zone(&condition, scope.notes);
    membership::check_macros(&condition, scope)?;
    let mut commands = Vec::new();
    if let Origin::External(table) = source.origin {
        return rows_of(table, &condition, scope);
    }
    let base = if let Some(place) = Place::of(source.origin) {
        Base::Tstats(tstats::write(source, place, &condition, &mut commands, scope)?)
    } else {
        let found = first_search(&condition, scope, &mut commands)?;
        Base::Search(looking_back(after_macro(source.origin, found), source.look_back))
    };
    scope.require_all_of(&condition);
    Ok(Query { base, commands })
}

/// The rows of a lookup table.
fn rows_of(table: &ExternalTable, condition: &Condition, scope: &mut Scope<'_>) -> Result<Query, Diagnostic> {
    let columns = match &table.keeper {
        Keeper::Files { columns, .. } => columns.iter().map(|(name, _)| &**name).collect(),
        Keeper::Watchlist | Keeper::Macro => Vec::new(),
    };
    membership::note_lookup(table, &columns, scope);
    let mut query = Query { base: Base::Inputlookup(table.name.to_string()), commands: Vec::new() };
    filter(condition, scope, &mut query.commands)?;
    Ok(query)
}

/// The search with its time range at its end.
pub(super) fn looking_back(search: Search, look_back: Option<Duration>) -> Search {
    let Some(duration) = look_back.filter(|duration| duration.0 > 0) else { return search };
    let earliest = time::modifier(duration)
        .unwrap_or_else(|| format!("{}s", duration.0.div_euclid(Duration::SECOND) + 1));
    let range = Search::Compare("earliest".to_owned(), "=", format!("-{earliest}"));
    match search {
        Search::And(mut terms) => {
            terms.push(range);
            Search::And(terms)
        }
        Search::Everything => range,
        other => Search::And(vec![other, range]),
    }
}

/// What a search can say of a condition, indexed terms first; the rest is tested by commands after it.
fn first_search(
    condition: &Condition,
    scope: &mut Scope<'_>,
    later: &mut Vec<Command>,
) -> Result<Search, Diagnostic> {
    let (condition, subsearches) = subsearches(condition, scope)?;
    let (base, rest) = split::split(&condition, Start::Search);
    test_later(&rest, scope, later)?;
    Ok(with_all(search(&base), subsearches))
}

fn with_all(search: Search, mut others: Vec<Search>) -> Search {
    if others.is_empty() {
        return search;
    }
    let mut terms = match search {
        Search::And(terms) => terms,
        Search::Everything => vec![],
        other => vec![other],
    };
    terms.append(&mut others);
    if terms.len() == 1 { terms.swap_remove(0) } else { Search::And(terms) }
}

/// The terms that a subsearch can say, and the condition without them.
fn subsearches(condition: &Condition, scope: &mut Scope<'_>) -> Result<(Condition, Vec<Search>), Diagnostic> {
    let (mut others, mut found) = (Vec::new(), Vec::new());
    for term in condition.conjuncts() {
        match term {
            Condition::Is(Predicate { subject: Subject::Field(field), test, span })
                if is_membership(test) =>
            {
                scope.span = *span;
                if let Some(search) = membership::subsearch(field, test, scope) {
                    found.push(search?);
                    scope.require(&field.name);
                }
            }
            Condition::Not(inner) => {
                let (lists, rest): (Vec<_>, Vec<_>) =
                    inner.disjuncts().iter().cloned().partition(is_of_parts_of_a_list);
                for list in &lists {
                    found.extend(excluded(list, scope)?);
                }
                let is_left = lists.is_empty() || !rest.is_empty();
                others.extend(is_left.then(|| Condition::not(Condition::any(rest))));
            }
            other => others.push(other.clone()),
        }
    }
    Ok((Condition::all(others), found))
}

fn is_of_parts_of_a_list(term: &Condition) -> bool {
    matches!(
        term,
        Condition::Is(Predicate { subject: Subject::Field(_), test: Test::Listed(list, _), .. })
            if list.is_of_parts()
    )
}

/// The search for events of which a subsearch finds none.
fn excluded(term: &Condition, scope: &mut Scope<'_>) -> Result<Option<Search>, Diagnostic> {
    let Condition::Is(Predicate { subject: Subject::Field(field), test, span }) = term else {
        return Ok(None);
    };
    scope.span = *span;
    let first = scope.notes.len();
    let search = membership::subsearch(field, test, scope).transpose()?;
    membership::negate(&mut scope.notes[first..]);
    Ok(search.map(|search| Search::Not(Box::new(search))))
}

/// Tests what the first command cannot say in a command after it.
///
/// # Errors
/// What eval cannot say.
pub(super) fn test_later(
    rest: &Condition,
    scope: &mut Scope<'_>,
    later: &mut Vec<Command>,
) -> Result<(), Diagnostic> {
    if *rest == Condition::Always {
        return Ok(());
    }
    let span = rest.predicates().first().map(|predicate| predicate.span).unwrap_or_default();
    let message = "what the search cannot say is tested after it";
    scope.notes.push(Note::new(Code::SeparateStage, Effect::None, span, message));
    let test = residual::write(rest, scope)?;
    later.append(&mut scope.before);
    later.push(Command::Where(test));
    Ok(())
}

/// A filter after other stages: text without case is for `search`, everything else for `where`.
///
/// # Errors
/// What eval cannot say.
pub(super) fn filter(
    condition: &Condition,
    scope: &mut Scope<'_>,
    commands: &mut Vec<Command>,
) -> Result<(), Diagnostic> {
    let condition = simplify(condition);
    note_keyword_scope(&condition, scope.notes);
    note_time_zone(&condition, scope.notes);
    membership::check_macros(&condition, scope)?;
    let (condition, subsearches) = subsearches(&condition, scope)?;
    let for_search = |term: &&Condition, scope: &Scope<'_>| {
        split::is_sayable(term, Start::Search) && !super::scope::reads_computed(term, scope)
    };
    let (said, rest): (Vec<&Condition>, Vec<&Condition>) =
        condition.conjuncts().iter().partition(|term| for_search(term, scope));
    let found = with_all(search(&Condition::all(said.into_iter().cloned())), subsearches);
    if found != Search::Everything {
        commands.push(Command::Search(found));
    }
    let rest = Condition::all(rest.into_iter().cloned());
    if rest != Condition::Always {
        let test = residual::write(&rest, scope)?;
        commands.append(&mut scope.before);
        commands.push(Command::Where(test));
    }
    scope.require_all_of(&condition);
    Ok(())
}

/// The rows of several pipelines: of streaming commands alone by `multisearch`, which has no limit; else by `append`.
fn union(left: Query, others: &[Pipeline], scope: &mut Scope<'_>) -> Result<Query, Diagnostic> {
    let mut parts = Vec::new();
    for other in others {
        let written = write(other, scope)?;
        parts.push(written.query);
        for (field, kind) in written.computed {
            if !scope.is_computed(&crate::ir::Field::new(&*field)) {
                scope.define(&field, kind, false);
            }
        }
    }
    scope.forget_presence();
    if std::iter::once(&left).chain(&parts).all(is_streaming) {
        let parts = std::iter::once(left).chain(parts).map(streaming).collect();
        return Ok(Query { base: Base::Multisearch(parts), commands: vec![] });
    }
    note_limit(scope, "10,000");
    let mut query = left;
    query.commands.extend(parts.into_iter().map(Command::Append));
    Ok(query)
}

fn is_streaming(query: &Query) -> bool {
    let streams = |command: &Command| {
        matches!(
            command,
            Command::Search(_)
                | Command::Where(_)
                | Command::Eval(_)
                | Command::Table(_)
                | Command::Fields(_)
                | Command::FieldsRemoved(_)
                | Command::Rename(_)
                | Command::Rex(_)
                | Command::Fillnull(_)
                | Command::Mvexpand(_)
        )
    };
    matches!(query.base, Base::Search(_)) && query.commands.iter().all(streams)
}

/// `table` makes a table of all rows; `fields` passes them on.
fn streaming(query: Query) -> Query {
    let each = |command| match command {
        Command::Table(fields) => Command::Fields(fields),
        other => other,
    };
    Query { commands: query.commands.into_iter().map(each).collect(), ..query }
}

//! Rows of several pipelines, one after the other.
//!
//! Events of all of them are read at once: those that pass any of their conditions. A column that they make of their
//! events in different ways is made by cases.

use std::sync::{Arc, LazyLock};

use super::{
    ast::{Command, Expr, Literal, Operator},
    columns::Kind,
    inline::Made,
    join::{Written, are_apart, distinct, factored},
    later,
    write::{Asks, Writer},
};
use crate::{
    diag::{Code, Diagnostic, Effect, Note, Span},
    ir::{Condition, Constant, Dataset, Duration, Expression, Field, Origin, Rule, Stage},
};

/// All indices, where no mapping names some.
static ALL: LazyLock<Dataset> = LazyLock::new(|| Dataset { names: vec!["*".into()], ..Dataset::default() });

/// One of the pipelines, in terms of its events.
struct Part<'a> {
    dataset: &'a Dataset,
    condition: Condition,
    made: Made,
    look_back: Option<Duration>,
}

impl Writer<'_> {
    /// The query of a rule that has a union; none if it has none.
    pub(super) fn united(&mut self, rule: &Rule) -> Result<Option<Written>, Diagnostic> {
        let Some(at) = rule.stages.iter().position(|stage| matches!(stage, Stage::Union(..))) else {
            return Ok(None);
        };
        let Stage::Union(others, span) = &rule.stages[at] else { return Ok(None) };
        let first = (&rule.origin, &rule.stages[..at], rule.look_back);
        let others = others.iter().map(|other| (&other.origin, &other.stages[..], other.look_back));
        let mut parts = Vec::new();
        for (origin, stages, look_back) in std::iter::once(first).chain(others) {
            let part = part(origin, stages, look_back);
            parts.push(part.ok_or_else(|| {
                cannot(*span, "a part of it does more than to select events and to compute their columns")
            })?);
        }
        let rest = &rule.stages[at + 1..];
        let from = self.indices(&parts, *span)?;
        let mut commands = self.selection(&parts)?;
        let repeated = self.repetition(&parts, rest, &mut commands)?;
        self.columns_of(&parts, rest, *span, repeated, &mut commands)?;
        self.asks = commands.iter().fold(self.asks, Asks::after);
        commands.extend(self.commands(rest)?);
        Ok(Some((from, commands)))
    }

    fn indices(&mut self, parts: &[Part<'_>], span: Span) -> Result<Vec<Arc<str>>, Diagnostic> {
        let mut from: Vec<Arc<str>> = Vec::new();
        for name in parts.iter().flat_map(|part| &part.dataset.names) {
            if !from.contains(name) {
                from.push(name.clone());
            }
        }
        if parts.iter().any(|part| part.dataset.names.len() != from.len()) {
            if parts.iter().any(|part| part.condition == Condition::Always) {
                return Err(cannot(span, "nothing tells the events of one part from those of another"));
            }
            let message = "events of each part count by their condition, whichever index they are in";
            self.notes.push(Note::new(Code::EventApproximated, Effect::More, span, message));
        }
        Ok(from)
    }

    /// Keeps the events of any part.
    fn selection(&mut self, parts: &[Part<'_>]) -> Result<Vec<Command>, Diagnostic> {
        let sources = self.sources(parts)?;
        let (mut common, apart) = factored(sources);
        if apart.iter().all(|source| *source != Expr::boolean(true)) {
            common.push(Expr::any(distinct(apart)));
        }
        Ok(if common.is_empty() { Vec::new() } else { vec![Command::Where(Expr::all(common))] })
    }

    fn sources(&mut self, parts: &[Part<'_>]) -> Result<Vec<Expr>, Diagnostic> {
        let mut sources = Vec::with_capacity(parts.len());
        for part in parts {
            sources.push(self.source(&part.condition, part.look_back, part.dataset)?);
        }
        Ok(sources)
    }

    /// An event that passes several conditions is several rows: it becomes them where the parts make other columns of it.
    /// Gives what tells the rows of each part, if so.
    fn repetition(
        &mut self,
        parts: &[Part<'_>],
        rest: &[Stage],
        commands: &mut Vec<Command>,
    ) -> Result<Option<Vec<Expr>>, Diagnostic> {
        if are_all_apart(parts) {
            return Ok(None);
        }
        let makes_others = parts.iter().any(|part| !part.made.is_like(&parts[0].made));
        if makes_others || later::counts(rest) {
            self.told_apart(parts, commands).map(Some)
        } else {
            Ok(None)
        }
    }

    /// A row for each part that an event is in, told by the part's number.
    fn told_apart(
        &mut self,
        parts: &[Part<'_>],
        commands: &mut Vec<Command>,
    ) -> Result<Vec<Expr>, Diagnostic> {
        let flags = self.flags_of(parts, commands)?;
        let number = |index: usize| Expr::text((index + 1).to_string());
        let told = flags.into_iter().enumerate().map(|(index, flag)| {
            let word = Expr::text(format!("{} ", index + 1));
            Expr::Call("CASE", vec![flag, word, Expr::text("")])
        });
        let words = Expr::Call("TRIM", vec![Expr::Call("CONCAT", told.collect())]);
        let part: Arc<str> = "part".into();
        commands.push(Command::Eval(part.clone(), Expr::Call("SPLIT", vec![words, Expr::text(" ")])));
        commands.push(Command::MvExpand(part.clone()));
        let is_of = |index| Expr::binary(Expr::Column(part.clone()), Operator::Equal, number(index));
        Ok((0..parts.len()).map(is_of).collect())
    }

    /// The columns that the parts make, by cases where they make them in different ways.
    fn columns_of(
        &mut self,
        parts: &[Part<'_>],
        rest: &[Stage],
        span: Span,
        repeated: Option<Vec<Expr>>,
        commands: &mut Vec<Command>,
    ) -> Result<(), Diagnostic> {
        let mut names: Vec<&Field> = Vec::new();
        for (name, _) in parts.iter().flat_map(|part| part.made.columns()) {
            if !names.contains(&name) {
                names.push(name);
            }
        }
        let mut flags: Option<Vec<Expr>> = repeated;
        let mut written: Vec<&Field> = Vec::new();
        for name in &names {
            let missing = Expression::Constant(Constant::Null);
            let values: Vec<Expression> =
                parts.iter().map(|part| part.made.field(name).unwrap_or_else(|| missing.clone())).collect();
            if values.iter().all(|value| *value == Expression::Field((*name).clone())) {
                continue;
            }
            if values.iter().any(|value| value.fields().into_iter().any(|field| written.contains(&field))) {
                return Err(cannot(span, "columns exchange their values"));
            }
            if values.iter().all(|value| *value == values[0]) {
                if let Some(value) = self.made(name, &values[0], rest)? {
                    commands.push(Command::Eval(name.name.clone(), value));
                }
            } else {
                if flags.is_none() {
                    flags = Some(self.flags_of(parts, commands)?);
                }
                match self.by_cases(&values, flags.as_deref().unwrap_or_default()) {
                    Ok((value, kind)) => {
                        self.columns.make(name, kind);
                        commands.push(Command::Eval(name.name.clone(), value));
                    }
                    Err(error) => self.leave_out(name, error, rest)?,
                }
            }
            written.push(name);
        }
        if parts.iter().all(|part| part.made.is_all) {
            let kept: Vec<_> = names.into_iter().filter(|name| self.columns.has(name)).collect();
            if !kept.is_empty() {
                commands.push(Command::Keep(kept.into_iter().map(|name| name.name.clone()).collect()));
            }
        }
        Ok(())
    }

    fn by_cases(&mut self, values: &[Expression], flags: &[Expr]) -> Result<(Expr, Kind), Diagnostic> {
        let kinds = values.iter().map(|value| self.columns.kind(value));
        let kind = kinds.max_by_key(|kind| *kind != Kind::Plain).unwrap_or(Kind::Plain);
        let mut cases = Vec::with_capacity(values.len() * 2);
        for (value, flag) in values.iter().zip(flags) {
            if *value != Expression::Constant(Constant::Null) {
                cases.extend([flag.clone(), self.value(value)?]);
            }
        }
        cases.push(Expr::Literal(Literal::Null));
        Ok((Expr::Call("CASE", cases), kind))
    }

    /// Columns that tell the parts.
    fn flags_of(&mut self, parts: &[Part<'_>], commands: &mut Vec<Command>) -> Result<Vec<Expr>, Diagnostic> {
        let asks = std::mem::replace(&mut self.asks, Asks::Nothing);
        let noted = self.notes.len();
        let sources = self.sources(parts);
        self.notes.truncate(noted);
        self.asks = asks;
        let (_, apart) = factored(sources?);
        let mut flags = Vec::with_capacity(parts.len());
        for (index, flag) in apart.into_iter().enumerate() {
            let name: Arc<str> = format!("is_part_{}", index + 1).into();
            commands.push(Command::Eval(name.clone(), flag));
            flags.push(Expr::Column(name));
        }
        Ok(flags)
    }
}

fn cannot(span: Span, why: &str) -> Diagnostic {
    Diagnostic::new(Code::Unsupported, span, format!("ES|QL cannot say this `union`: {why}"))
}

fn are_all_apart(parts: &[Part<'_>]) -> bool {
    parts.iter().enumerate().all(|(index, one)| {
        parts[index + 1..].iter().all(|other| are_apart(&one.condition, &other.condition))
    })
}

fn part<'a>(origin: &'a Origin, stages: &[Stage], look_back: Option<Duration>) -> Option<Part<'a>> {
    let dataset = match origin {
        Origin::Dataset(dataset) => dataset,
        Origin::Unmapped => &*ALL,
        _ => return None,
    };
    let mut conditions = Vec::new();
    let mut made = Made::default();
    for stage in stages {
        match stage {
            Stage::Filter(condition) => conditions.push(made.condition(condition)?),
            Stage::Extend(name, value) => {
                let value = made.value(value)?;
                made.add(name, value);
            }
            Stage::Project(project) => made.keep(&project.columns)?,
            Stage::Rename(pairs, _) => made.rename(pairs)?,
            Stage::Drop(..) | Stage::Sort(..) => {}
            _ => return None,
        }
    }
    Some(Part { dataset, condition: Condition::all(conditions), made, look_back })
}

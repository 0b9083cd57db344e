//! Rows of two pipelines.
//!
//! `LOOKUP JOIN` reads lookup indices alone, never events. So the events of both sides are read at once, and those of
//! the right side are counted for each key: `INLINE STATS right_rows = COUNT(*) WHERE is_right BY key`. Left events
//! whose key has such rows have a counterpart. That is so before whatever the left side makes of its events as well
//! as behind it, as long as the key is the same for all events of a row.

mod apart;
mod carried;
mod side;

use std::sync::Arc;

pub(super) use self::apart::{are_apart, distinct, factored};
use self::{
    carried::{carried, right_names, with_carried},
    side::{Link, Right, with_joins},
};
use super::{
    ast::{Aggregate, Command, Expr, Operator},
    columns::Kind,
    inline::{self, Made},
    later,
    stage::look_back,
    write::{Asks, Writer},
};
use crate::{
    diag::{Code, Diagnostic, Effect, Note, Span},
    ir::{
        self, AggregateFunction, Condition, Dataset, Expression, Field, Join, JoinKind, Number, Origin,
        Pipeline, Rule, Stage,
    },
};

const LEFT: &str = "is_left";

/// Indices and the commands behind them.
pub(super) type Written = (Vec<Arc<str>>, Vec<Command>);

fn cannot(span: Span, why: &str) -> Diagnostic {
    let message = format!("ES|QL joins no two searches of events, and this join cannot be counted: {why}");
    Diagnostic::new(Code::Unsupported, span, message)
}

/// A rule with its joins apart.
struct Plan<'a> {
    stages: Vec<Stage>,
    links: Vec<Link<'a>>,
}

impl Writer<'_> {
    /// The query of a rule that has joins; none if it has none.
    pub(super) fn joined(&mut self, rule: &Rule) -> Result<Option<Written>, Diagnostic> {
        let Some((rule, folded)) = with_joins(rule) else { return Ok(None) };
        let swapped = swap(&rule)?;
        let rule = swapped.as_ref().unwrap_or(&rule);
        let mut stages = Vec::new();
        let mut joins = Vec::new();
        for stage in &rule.stages {
            match stage {
                Stage::Join(join) => joins.push((stages.len(), join)),
                other => stages.push(other.clone()),
            }
        }
        let mut plan = Plan { stages, links: Vec::new() };
        for (at, join) in joins {
            let mut link = linked(join, at, &plan.stages)?;
            if folded.contains(&join.span) {
                link.fold();
            }
            let is_of_other = |left: &Field| {
                plan.links.iter().any(|other| {
                    let is_key = other.join.on.iter().any(|(key, _)| key == left);
                    !is_key && right_names(other).iter().any(|(name, _)| name == left)
                })
            };
            if link
                .join
                .on
                .iter()
                .any(|(left, _)| left.is_computed && is_open(left, &plan.stages[..at]) || is_of_other(left))
            {
                return Err(cannot(join.span, "its key is a column of another join"));
            }
            plan.links.push(link);
        }
        self.write_joins(rule, plan).map(Some)
    }

    fn write_joins(&mut self, rule: &Rule, mut plan: Plan<'_>) -> Result<Written, Diagnostic> {
        let Origin::Dataset(dataset) = &rule.origin else {
            return Err(cannot(rule.span, "it is not known where the events are"));
        };
        let leading = plan.stages.iter().take_while(|stage| stage.condition().is_some()).count();
        let left = Condition::all(plan.stages[..leading].iter().filter_map(Stage::condition).cloned());
        let mut from = dataset.names.clone();
        let mut sources = vec![self.source(&left, rule.look_back, dataset)?];
        for link in &plan.links {
            let Origin::Dataset(other) = &link.join.right.origin else {
                return Err(cannot(link.join.span, "its rows are no events"));
            };
            let condition = Condition::all(link.right.conditions.iter().cloned());
            self.read_too(&mut from, other, &left, &condition, link.join.span)?;
            sources.push(self.source(&condition, link.join.right.look_back, other)?);
        }
        let mut commands = Vec::new();
        let (mut common, apart) = factored(sources);
        if apart.iter().all(|source| *source != Expr::boolean(true)) {
            common.push(Expr::any(distinct(apart)));
        }
        if !common.is_empty() {
            commands.push(Command::Where(Expr::all(common)));
        }
        let links = std::mem::take(&mut plan.links);
        let mut flags = self.flags(rule, &left, dataset, &links)?.into_iter();
        let mut kept = Vec::new();
        if let Some(is_left) = flags.next().filter(|flag| *flag != Expr::boolean(true)) {
            commands.push(Command::Eval(LEFT.into(), is_left));
            kept.push(Expr::Column(LEFT.into()));
        }
        for (index, (link, flag)) in links.iter().zip(flags).enumerate() {
            self.count(link, (index, flag), &left, &plan.stages, &mut commands, &mut kept)?;
        }
        if !kept.is_empty() {
            commands.push(Command::Where(Expr::all(kept)));
        }
        let stages = with_carried(&plan.stages, &links);
        commands.extend(self.commands(&stages[leading..])?);
        Ok((from, commands))
    }

    /// What tells the events of each side from those of the others.
    fn flags(
        &mut self,
        rule: &Rule,
        left: &Condition,
        dataset: &Dataset,
        links: &[Link<'_>],
    ) -> Result<Vec<Expr>, Diagnostic> {
        self.asks = Asks::Nothing;
        let noted = self.notes.len();
        let mut flags = vec![self.source(left, rule.look_back, dataset)?];
        for link in links {
            let Origin::Dataset(other) = &link.join.right.origin else { continue };
            let condition = Condition::all(link.right.conditions.iter().cloned());
            flags.push(self.source(&condition, link.join.right.look_back, other)?);
        }
        // All has been said of the conditions before.
        self.notes.truncate(noted);
        Ok(factored(flags).1)
    }

    /// The condition of one side's events.
    pub(super) fn source(
        &mut self,
        condition: &Condition,
        length: Option<ir::Duration>,
        dataset: &Dataset,
    ) -> Result<Expr, Diagnostic> {
        let written = self.condition(condition, true)?;
        let since = match look_back(length, dataset) {
            Some(Command::Where(since)) => Some(since),
            _ => None,
        };
        Ok(Expr::all(since.into_iter().chain([written])))
    }

    fn read_too(
        &mut self,
        from: &mut Vec<Arc<str>>,
        other: &Dataset,
        left: &Condition,
        right: &Condition,
        span: Span,
    ) -> Result<(), Diagnostic> {
        let more: Vec<Arc<str>> = other.names.iter().filter(|name| !from.contains(name)).cloned().collect();
        if more.is_empty() && other.names.len() == from.len() {
            return Ok(());
        }
        if *left == Condition::Always || *right == Condition::Always {
            return Err(cannot(span, "nothing tells the events of one side from those of the other"));
        }
        let message = "events of either side count by their condition, whichever index they are in";
        self.notes.push(Note::new(Code::EventApproximated, Effect::More, span, message));
        from.extend(more);
        Ok(())
    }

    /// Counts a right side's events by its keys, and takes the columns that later stages need.
    fn count(
        &mut self,
        link: &Link<'_>,
        (index, flag): (usize, Expr),
        left: &Condition,
        stages: &[Stage],
        commands: &mut Vec<Command>,
        kept: &mut Vec<Expr>,
    ) -> Result<(), Diagnostic> {
        let post = &stages[link.at..];
        let numbered = |name: &str| -> Arc<str> {
            if index == 0 { name.into() } else { format!("{name}_{}", index + 1).into() }
        };
        let (is_right, rows) = (numbered("is_right"), numbered("right_rows"));
        let condition = Condition::all(link.right.conditions.iter().cloned());
        self.check(link, left, stages)?;
        let carried = carried(link, post);
        if link.join.kind == JoinKind::LeftOuter && carried.is_empty() {
            return Ok(());
        }
        let is_right = if flag == Expr::boolean(true) {
            if link.join.kind == JoinKind::LeftAnti && link.right.after.is_empty() {
                return Err(cannot(link.join.span, "every left event is its own counterpart"));
            }
            None
        } else {
            commands.push(Command::Eval(is_right.clone(), flag));
            Some(Expr::Column(is_right))
        };
        let is_apart = are_apart(left, &condition);
        let mut by = Vec::new();
        for (at, (left, right)) in link.keys.iter().enumerate() {
            let number = if link.keys.len() == 1 { String::new() } else { format!("_{}", at + 1) };
            let name = numbered(&format!("join_key{number}"));
            by.push(self.key(left, right, is_right.as_ref(), is_apart, name, link.join.span, commands)?);
        }
        let mut aggregates = vec![Aggregate {
            name: rows.clone(),
            value: Expr::Call("COUNT", vec![Expr::Star]),
            filter: is_right.clone(),
        }];
        for (name, aggregate) in carried {
            let mut written = self.aggregate(&name, &aggregate, link.join.span)?;
            let filter = written.filter.take();
            let filters: Vec<Expr> = is_right.clone().into_iter().chain(filter).collect();
            written.filter = (!filters.is_empty()).then(|| Expr::all(filters));
            aggregates.push(written);
            let is_list = aggregate.function == AggregateFunction::CollectSet;
            self.columns.make(&name, if is_list { Kind::List } else { Kind::Plain });
        }
        let keys: Vec<Expr> = by.iter().map(|(_, key)| Expr::IsNotNull(Box::new(key.clone()))).collect();
        commands.push(Command::Stats { inline: true, aggregates, by });
        let zero = || Expr::Literal(ast_number(0));
        let rows = Expr::Column(rows);
        let there = Expr::binary(rows.clone(), Operator::Greater, zero());
        let mut counterpart = vec![there];
        for stage in &link.right.after {
            match stage {
                Stage::Filter(condition) => counterpart.push(self.condition(condition, true)?),
                other => commands.extend(self.commands(std::slice::from_ref(other))?),
            }
        }
        match link.join.kind {
            JoinKind::LeftOuter if counterpart.len() > 1 => {
                return Err(cannot(
                    link.join.span,
                    "it keeps left rows of which the right ones are filtered",
                ));
            }
            JoinKind::LeftOuter => {}
            JoinKind::LeftAnti => {
                // A row without a key has no counterpart.
                counterpart.extend(keys);
                let all = Expr::Call("COALESCE", vec![Expr::all(counterpart), Expr::boolean(false)]);
                kept.push(Expr::Not(Box::new(all)));
            }
            _ => kept.append(&mut counterpart),
        }
        Ok(())
    }

    /// The column that rows are counted by.
    #[expect(clippy::too_many_arguments, reason = "both keys, and what tells their sides")]
    fn key(
        &mut self,
        left: &Expression,
        right: &Expression,
        is_right: Option<&Expr>,
        is_apart: bool,
        name: Arc<str>,
        span: Span,
        commands: &mut Vec<Command>,
    ) -> Result<(Arc<str>, Expr), Diagnostic> {
        for key in [left, right] {
            if matches!(self.columns.kind(key), Kind::Element | Kind::List) {
                return Err(cannot(span, "a key may have several values"));
            }
        }
        if left == right {
            if let Expression::Field(field) = left {
                return Ok((field.name.clone(), Expr::Column(field.name.clone())));
            }
            let value = self.value(left)?;
            commands.push(Command::Eval(name.clone(), value));
        } else {
            let Some(is_right) = is_right.filter(|_| is_apart) else {
                let why = "the key is another column on each side, and an event may be on both";
                return Err(cannot(span, why));
            };
            let (left, right) = (self.value(left)?, self.value(right)?);
            commands
                .push(Command::Eval(name.clone(), Expr::Call("CASE", vec![is_right.clone(), right, left])));
        }
        Ok((name.clone(), Expr::Column(name)))
    }

    /// Whether later stages can do with a row of each left event.
    fn check(&mut self, link: &Link<'_>, left: &Condition, stages: &[Stage]) -> Result<(), Diagnostic> {
        let (pre, post) = stages.split_at(link.at);
        let kind = link.join.kind;
        let span = link.join.span;
        if matches!(kind, JoinKind::LeftSemi | JoinKind::LeftAnti) {
            return Ok(());
        }
        let is_exact = link.right.is_unique && kind != JoinKind::InnerUnique;
        if !is_exact && later::counts(post) {
            return Err(cannot(span, "the rule counts pairs of rows"));
        }
        let names = right_names(link);
        // Events of one table have the same columns on both sides; the left one keeps its name.
        let right = Condition::all(link.right.conditions.iter().cloned());
        let is_alike = left.conjuncts().first() == right.conjuncts().first();
        let of_left = later::closed(pre);
        // What the left side has not kept is of the right one, whose rows are counted, not shown.
        let is_known = |name: &Field| {
            let is = |field: &Field| field.name == name.name;
            names.iter().any(|(new, _)| is(new)) || of_left.as_ref().is_none_or(|all| all.iter().any(is))
        };
        if let Some(lost) = later::asked(post).into_iter().find(|name| !is_known(name)) {
            return Err(cannot(span, &format!("the rule reads `{lost}` of each right row")));
        }
        let pre = later::read(pre);
        for name in later::read(post) {
            if names.iter().any(|(new, _)| *new == name) {
                continue;
            }
            let is_of_right = link.join.renamed.iter().any(|(_, new)| *new == name);
            let is_open = !is_alike
                && !link.right.made.is_all
                && !name.is_computed
                && !pre.contains(&name)
                && !link.join.on.iter().any(|it| it.0 == name);
            if (is_of_right || is_open) && later::decides(&name, post) {
                return Err(cannot(span, &format!("the rule tests `{name}`, which may be of either side")));
            }
        }
        for (name, aggregate) in carried(link, post) {
            let is_raw = !link.right.aggregates.iter().any(|(_, own)| *own == aggregate);
            if is_raw && later::decides(&name, post) {
                return Err(cannot(span, &format!("the rule tests `{name}` of each pair of rows")));
            }
        }
        if !is_exact {
            let message = "there is a row of each left event, not of each pair of rows";
            let effect = if kind == JoinKind::InnerUnique { Effect::More } else { Effect::None };
            self.notes.push(Note::new(Code::EventApproximated, effect, span, message));
        }
        Ok(())
    }
}

/// A join of which the right rows stay, the other way round.
fn swap(rule: &Rule) -> Result<Option<Rule>, Diagnostic> {
    let keeps_right = |stage: &Stage| match stage {
        Stage::Join(join) => !join.kind.keeps_left(),
        _ => false,
    };
    let Some(at) = rule.stages.iter().position(keeps_right) else { return Ok(None) };
    let Stage::Join(join) = &rule.stages[at] else { return Ok(None) };
    if rule.stages[..at].iter().any(|stage| matches!(stage, Stage::Join(_))) {
        return Err(cannot(join.span, "there is another one before it"));
    }
    let left = Pipeline {
        origin: rule.origin.clone(),
        stages: rule.stages[..at].to_vec(),
        look_back: rule.look_back,
    };
    let kind = if join.kind == JoinKind::RightSemi { JoinKind::LeftSemi } else { JoinKind::LeftAnti };
    let on = join.on.iter().map(|(left, right)| (right.clone(), left.clone())).collect();
    let swapped = Join { kind, right: Box::new(left), on, ..join.clone() };
    let Pipeline { origin, mut stages, look_back } = (*join.right).clone();
    stages.push(Stage::Join(swapped));
    stages.extend(rule.stages[at + 1..].iter().cloned());
    Ok(Some(Rule { origin, stages, look_back, ..rule.clone() }))
}

/// What the stages of the right side come to.
fn right_side(join: &Join) -> Result<Right, Diagnostic> {
    let mut right = Right {
        conditions: Vec::new(),
        made: Made::default(),
        aggregates: Vec::new(),
        is_unique: false,
        after: Vec::new(),
    };
    for stage in &join.right.stages {
        right.pass(stage).ok_or_else(|| {
            let why = format!("its right side has `{}`, which events alone do not tell", stage.name());
            cannot(join.span, &why)
        })?;
    }
    Ok(right)
}

/// A join with what it reads of events.
fn linked<'a>(join: &'a Join, at: usize, stages: &[Stage]) -> Result<Link<'a>, Diagnostic> {
    if matches!(join.kind, JoinKind::RightOuter | JoinKind::FullOuter) {
        return Err(cannot(join.span, "right rows without a counterpart have no left event"));
    }
    let mut right = right_side(join)?;
    let mut keys = Vec::new();
    for (left, own) in &join.on {
        let left = inline::of_events(left, &stages[..at])
            .ok_or_else(|| cannot(join.span, "the left key is no value of an event"))?;
        let own = right
            .made
            .field(own)
            .ok_or_else(|| cannot(join.span, "the right key is no value of an event"))?;
        keys.push((left, own));
    }
    right.is_unique &= !right.made.columns().iter().any(|(_, value)| {
        !matches!(value, Expression::Constant(_)) && keys.iter().all(|(_, key)| key != value)
    });
    if let Some(field) = right.strange(&keys) {
        let why = format!("`{field}` is tested beside what is computed of its group");
        return Err(cannot(join.span, &why));
    }
    if right.after.is_empty() && !join.kind.keeps_right() {
        right.aggregates.clear();
    }
    let is_computed = !right.after.is_empty() || !right.aggregates.is_empty();
    if is_computed && !right.is_unique {
        return Err(cannot(join.span, "the right side has other groups than the keys"));
    }
    Ok(Link { join, right, keys, at })
}

/// Whether no stage makes a column.
fn is_open(column: &Field, stages: &[Stage]) -> bool {
    inline::of_events(column, stages) == Some(Expression::Field(column.clone()))
}

fn ast_number(value: i64) -> super::ast::Literal {
    super::ast::Literal::Number(Number::from(value))
}

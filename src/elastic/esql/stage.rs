//! Stages → commands, and the values they compute.

use std::sync::Arc;

use super::{
    ast::{Aggregate, Command, Expr, Literal, Operator, Sort},
    columns::{Columns, Kind, Place},
    function, later,
    value::timespan,
    write::{Asks, Writer},
};
use crate::{
    diag::{Code, Diagnostic, Effect, Note, Span},
    ir::{
        self, Condition, Dataset, Duration, Expand, Expression, ExtractPart, Field, Pick, Project, SortKey,
        Stage, Summarize,
    },
};

/// What columns are.
type Kinds<'a> = Vec<(&'a Field, Kind)>;

impl Writer<'_> {
    /// The commands that stages are.
    pub(super) fn commands(&mut self, stages: &[Stage]) -> Result<Vec<Command>, Diagnostic> {
        let mut commands = Vec::with_capacity(stages.len());
        for (at, stage) in stages.iter().enumerate() {
            let written = commands.len();
            self.command(stage, &stages[at + 1..], &mut commands)?;
            self.asks = commands[written..].iter().fold(self.asks, Asks::after);
        }
        Ok(commands)
    }

    fn command(
        &mut self,
        stage: &Stage,
        later: &[Stage],
        commands: &mut Vec<Command>,
    ) -> Result<(), Diagnostic> {
        match stage {
            Stage::Filter(Condition::Always) => {}
            Stage::Filter(condition) => commands.push(Command::Where(self.condition(condition, true)?)),
            Stage::Extend(name, value) => {
                if let Some(value) = self.made(name, value, later)? {
                    commands.push(Command::Eval(name.name.clone(), value));
                }
            }
            Stage::Project(project) => self.project(project, later, commands)?,
            Stage::Drop(fields, _) => {
                let known: Vec<_> = fields.iter().filter(|field| self.columns.has(field)).collect();
                if !known.is_empty() {
                    commands.push(Command::Drop(known.into_iter().map(|it| it.name.clone()).collect()));
                }
            }
            Stage::Rename(pairs, _) => self.rename(pairs, commands),
            Stage::Summarize(summarize) => commands.push(self.summarize(summarize, later)?),
            Stage::Pick(pick) => self.pick(pick, later, commands)?,
            Stage::Sort(keys, _) => commands.extend(self.sort(keys, later)?),
            Stage::Limit(count, _) => commands.push(Command::Limit(*count)),
            Stage::Expand(expand) if expand.index.is_none() && !expand.members_as_lists => {
                self.expand(expand, later, commands)?;
            }
            Stage::Extract(extract) => self.extract(extract, commands)?,
            Stage::Join(join) => {
                return Err(Diagnostic::new(
                    Code::Unsupported,
                    join.span,
                    "ES|QL joins with lookup indices alone, not with events",
                ));
            }
            other => return Err(other.unsupported("ES|QL", self.span)),
        }
        Ok(())
    }

    /// The value of a new column. A name for an object is no column, and what ES|QL cannot compute is left out where
    /// it is only shown.
    pub(super) fn made(
        &mut self,
        name: &Field,
        value: &Expression,
        later: &[Stage],
    ) -> Result<Option<Expr>, Diagnostic> {
        if self.columns.name_object(name, value) {
            return Ok(None);
        }
        let kind = self.columns.kind(value);
        // An element of a list of objects is no value; one of a list of values would not be told from it.
        let may_be_object = matches!(value, Expression::Element(..)) && kind == Kind::Element;
        let written = if may_be_object && !later::decides(name, later) {
            Err(self.refused("ES|QL has no elements of objects".to_owned()))
        } else {
            self.shown(|writer| writer.value(value))
        };
        match written {
            Ok(expr) => {
                if kind == Kind::Element {
                    let message = format!("`{name}` has the values of every element, not of the one alone");
                    self.notes.push(Note::new(Code::ListValued, Effect::None, self.span, message));
                }
                self.columns.make(name, kind);
                Ok(Some(expr))
            }
            Err(error) => {
                self.leave_out(name, error, later)?;
                Ok(None)
            }
        }
    }

    /// What is written, without its notes where it is not.
    fn shown<T>(&mut self, write: impl FnOnce(&mut Self) -> Result<T, Diagnostic>) -> Result<T, Diagnostic> {
        let noted = self.notes.len();
        let written = write(self);
        if written.is_err() {
            self.notes.truncate(noted);
        }
        written
    }

    /// Does without a column that is only shown.
    pub(super) fn leave_out(
        &mut self,
        name: &Field,
        error: Diagnostic,
        later: &[Stage],
    ) -> Result<(), Diagnostic> {
        if error.code != Code::Unsupported || later::decides(name, later) {
            return Err(error);
        }
        self.columns.leave_out(name);
        let message = format!("the column `{name}`, which is only shown, is left out: {}", error.message);
        self.notes.push(Note::new(Code::PresentationDropped, Effect::None, self.span, message));
        Ok(())
    }

    fn project(
        &mut self,
        project: &Project,
        later: &[Stage],
        commands: &mut Vec<Command>,
    ) -> Result<(), Diagnostic> {
        for (name, value) in &project.columns {
            if *value != Expression::Field(name.clone())
                && let Some(value) = self.made(name, value, later)?
            {
                commands.push(Command::Eval(name.name.clone(), value));
            }
        }
        let (kept, objects): (Vec<&Field>, Vec<&Field>) =
            project.columns.iter().map(|(name, _)| name).partition(|name| self.columns.has(name));
        if !objects.is_empty() {
            let names: Vec<String> = objects.iter().map(|name| format!("`{name}`")).collect();
            let message = format!("what is no column is not shown: {}", names.join(", "));
            self.notes.push(Note::new(Code::PresentationDropped, Effect::None, project.span, message));
        }
        let kept: Vec<Arc<str>> = kept.into_iter().map(|name| name.name.clone()).collect();
        if !kept.is_empty() {
            commands.push(Command::Keep(kept));
        }
        Ok(())
    }

    fn rename(&mut self, pairs: &[(Field, Field)], commands: &mut Vec<Command>) {
        let known = pairs.iter().filter(|(_, old)| self.columns.has(old));
        let known: Vec<_> = known.map(|(new, old)| (old.name.clone(), new.name.clone())).collect();
        if !known.is_empty() {
            commands.push(Command::Rename(known));
        }
        for (new, old) in pairs {
            self.columns.rename(&new.name, &old.name);
        }
    }

    fn summarize(&mut self, summarize: &Summarize, later: &[Stage]) -> Result<Command, Diagnostic> {
        let by = self.groups(&summarize.by)?;
        let (mut aggregates, kinds) = self.aggregates(&summarize.aggregates, summarize.span, later)?;
        if aggregates.is_empty() && by.is_empty() {
            let count = Expr::Call("COUNT", vec![Expr::Star]);
            aggregates.push(Aggregate { name: "count_".into(), value: count, filter: None });
        }
        let times: Vec<_> =
            summarize.by.iter().map(|(name, value)| (name, self.columns.kind(value))).collect();
        let kinds = kinds.into_iter().chain(times.into_iter().filter(|(_, kind)| *kind == Kind::Time));
        let mut columns = Columns::default();
        for (name, _) in &summarize.aggregates {
            if !aggregates.iter().any(|aggregate| aggregate.name == name.name) {
                columns.leave_out(name);
            }
        }
        kinds.for_each(|(name, kind)| columns.make(name, kind));
        self.columns = columns;
        Ok(Command::Stats { inline: false, aggregates, by })
    }

    /// Aggregates, and what their columns are.
    fn aggregates<'a>(
        &mut self,
        aggregates: &'a [(Field, ir::Aggregate)],
        span: Span,
        later: &[Stage],
    ) -> Result<(Vec<Aggregate>, Kinds<'a>), Diagnostic> {
        let mut written = Vec::new();
        let mut kinds = Vec::new();
        for (name, aggregate) in aggregates {
            match self.shown(|writer| writer.aggregate(name, aggregate, span)) {
                Ok(one) => {
                    kinds.push((name, self.kind_of(aggregate)));
                    written.push(one);
                }
                Err(error) => self.leave_out(name, error, later)?,
            }
        }
        Ok((written, kinds))
    }

    fn kind_of(&self, aggregate: &ir::Aggregate) -> Kind {
        use ir::AggregateFunction as A;
        match (aggregate.function, aggregate.arguments.first()) {
            (A::CollectSet | A::CollectList, _) => Kind::List,
            (A::Minimum | A::Maximum | A::AnyValue | A::Average | A::Percentile, Some(value)) => {
                match self.columns.kind(value) {
                    kind @ (Kind::Time | Kind::Duration) => kind,
                    _ => Kind::Plain,
                }
            }
            _ => Kind::Plain,
        }
    }

    pub(super) fn aggregate(
        &mut self,
        name: &Field,
        aggregate: &ir::Aggregate,
        span: Span,
    ) -> Result<Aggregate, Diagnostic> {
        let arguments: Result<Vec<Expr>, Diagnostic> =
            aggregate.arguments.iter().map(|argument| self.value(argument)).collect();
        let (value, remark) = function::aggregate(aggregate.function, arguments?).map_err(|lack| {
            let message = format!("the aggregate `{}` cannot be written: {lack}", aggregate.function.name());
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
        Ok(Aggregate { name: name.name.clone(), value, filter })
    }

    fn groups(&mut self, by: &[(Field, Expression)]) -> Result<Vec<(Arc<str>, Expr)>, Diagnostic> {
        by.iter().map(|(name, value)| Ok((name.name.clone(), self.value(value)?))).collect()
    }

    /// The rows with a group's greatest value; of several with the same all stay.
    fn pick(&mut self, pick: &Pick, later: &[Stage], commands: &mut Vec<Command>) -> Result<(), Diagnostic> {
        let bound: Arc<str> = format!("{}_of_group", pick.name.name).into();
        let of = self.value(&pick.of)?;
        let extreme = Expr::Call(if pick.is_greatest { "MAX" } else { "MIN" }, vec![of.clone()]);
        let mut aggregates = vec![Aggregate { name: bound.clone(), value: extreme, filter: None }];
        let (more, kinds) = self.aggregates(&pick.aggregates, pick.span, later)?;
        aggregates.extend(more);
        let by = self.groups(&pick.by)?;
        for (name, kind) in kinds {
            self.columns.make(name, kind);
        }
        commands.push(Command::Stats { inline: true, aggregates, by });
        commands.push(Command::Where(Expr::binary(of, Operator::Equal, Expr::Column(bound.clone()))));
        let message = "rows with the same greatest or least value all stay";
        self.notes.push(Note::new(Code::AggregateApproximated, Effect::More, pick.span, message));
        if let Some(columns) = &pick.columns {
            let kept = pick.by.iter().chain(columns).cloned();
            let kept = kept.chain([(pick.name.clone(), pick.of.clone())]);
            let aggregates =
                pick.aggregates.iter().map(|(name, _)| (name.clone(), Expression::Field(name.clone())));
            let project = Project { columns: kept.chain(aggregates).collect(), span: pick.span };
            return self.project(&project, later, commands);
        }
        commands.push(Command::Drop(vec![bound]));
        Ok(())
    }

    /// A row of each element. The elements of a list of objects are not told apart in the index.
    fn expand(
        &mut self,
        expand: &Expand,
        later: &[Stage],
        commands: &mut Vec<Command>,
    ) -> Result<(), Diagnostic> {
        let list = match &expand.list {
            Expression::Call(ir::Function::ParseJson, arguments) if arguments.len() == 1 => &arguments[0],
            other => other,
        };
        if let Some(Place::Field(path)) = self.columns.place(&expand.list)
            && later::reads_members(&expand.output, later)
        {
            let message =
                format!("elements of `{}` are not told apart: there is one row of all of them", path.name);
            let effect = if later::counts(later) { Effect::Either } else { Effect::More };
            self.notes.push(Note::new(Code::ListValued, effect, expand.span, message));
            self.columns.name_elements(&expand.output, path);
            return Ok(());
        }
        let value = self.value(list)?;
        if value != Expr::Column(expand.output.name.clone()) {
            commands.push(Command::Eval(expand.output.name.clone(), value));
        }
        commands.push(Command::MvExpand(expand.output.name.clone()));
        self.columns.make(&expand.output, Kind::Plain);
        Ok(())
    }

    /// What rows are ordered by, without what is not there, where the order is only shown.
    fn sort(&mut self, keys: &[SortKey], later: &[Stage]) -> Result<Option<Command>, Diagnostic> {
        let mut written = Vec::new();
        for key in keys {
            match self.shown(|writer| writer.value(&key.value)) {
                Ok(value) => {
                    written.push(Sort { value, ascending: key.ascending, nulls_first: key.nulls_first });
                }
                Err(error) if later::limits(later) => return Err(error),
                Err(_) => {}
            }
        }
        Ok((!written.is_empty()).then_some(Command::Sort(written)))
    }

    fn extract(&mut self, extract: &ir::Extract, commands: &mut Vec<Command>) -> Result<(), Diagnostic> {
        let kind = self.columns.kind(&extract.text);
        // DISSECT takes a column, and each of its values.
        let column: Arc<str> = match self.value(&extract.text)? {
            Expr::Column(column) => column,
            value => {
                commands.push(Command::Eval("dissected".into(), value));
                "dissected".into()
            }
        };
        let mut pattern = String::new();
        let mut was_key = false;
        for part in &extract.parts {
            match part {
                // Nothing escapes what opens a key.
                ExtractPart::Literal(text) if text.contains("%{") => {
                    let message = "DISSECT takes `%{` for one of its own keys";
                    return Err(Diagnostic::new(Code::Unsupported, extract.span, message));
                }
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
                ExtractPart::Column(column) if !is_key(&column.name) => {
                    let message = format!("DISSECT cannot name a part `{column}`");
                    return Err(Diagnostic::new(Code::Unsupported, extract.span, message));
                }
                ExtractPart::Column(column) => {
                    pattern.extend(["%{", &*column.name, "}"]);
                    was_key = true;
                }
            }
        }
        commands.push(Command::Dissect(column, pattern));
        for part in &extract.parts {
            if let ExtractPart::Column(column) = part {
                self.columns.make(column, if kind == Kind::Element { kind } else { Kind::Plain });
            }
        }
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
}

/// Whether DISSECT takes all of a name for the name: signs of other kinds say what to do with the part.
fn is_key(name: &str) -> bool {
    name.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '.' | '@'))
}

/// The filter that a look-back is.
pub(super) fn look_back(length: Option<Duration>, dataset: &Dataset) -> Option<Command> {
    let time = dataset.time.clone().unwrap_or_else(|| "@timestamp".into());
    let length = Expr::Literal(Literal::Timespan(timespan(length?)));
    let bound = Expr::binary(Expr::Call("NOW", Vec::new()), Operator::Subtract, length);
    Some(Command::Where(Expr::binary(Expr::Column(time), Operator::GreaterOrEqual, bound)))
}

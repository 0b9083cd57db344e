//! Reads a query as pipelines: names bound, functions inlined, null and case stated.
//!
//! What this rests on, all from the Kusto documentation:
//! * A text is never null; a missing one is empty ("Null values"). `isempty` is true of both.
//! * An operator on a null is null, but for `!=`, `!in` and their like, which are true; `where` drops what is null
//!   ("Null values", on binary operations). So a test and its negation are read apart.
//! * `==` and `in` compare with case; `has`, `contains`, `startswith`, `endswith` without, but for their `_cs` forms
//!   ("String operators").
//! * Expressions of one `extend` or `project` see the rows as they came in ("extend operator").

mod aggregate;
mod columns;
mod condition;
mod constant;
mod exchange;
mod expression;
mod external;
mod join;
mod parser;
mod scope;
mod source;
mod stage;
mod test;
mod time;
mod window;

#[cfg(test)]
mod tests;

use std::{collections::HashMap, rc::Rc};

use super::{
    ast::{Expression, LetValue, Operator, Query, Script, Statement, Step},
    files::Dialect,
};
use crate::{
    diag::{Code, Diagnostic, Span},
    ir::{Pipeline, Stage, Unread},
    list::Lists,
    mapping::Mapping,
};
use columns::Columns;
use scope::{Binding, Scope};

/// How deeply functions, lets and queries may be inlined in one another.
const MAX_DEPTH: usize = 60;
/// How many stages all queries of a text may come to: a `let` that is used often is inlined often.
const MAX_STAGES: usize = 2_000;

/// What reading a query needs besides its text.
#[derive(Debug, Clone, Copy, Default)]
pub struct Context<'a> {
    /// Whose tables it names.
    pub dialect: Dialect,
    /// The table that knows the columns of tables.
    pub mapping: Option<&'a Mapping>,
    /// Lists that the query refers to, where the user supplies them.
    pub lists: Option<&'a Lists>,
    /// Whether a part of the query is read where its end cannot be: its last stage is [`Stage::Unread`] then.
    pub partial: bool,
}

/// Reads the queries of a text, each with its place. `let`s bind for all that follow. Lists that the context
/// holds are constants.
///
/// # Errors
/// `unsupported` for an operator or function without a counterpart, with its place; `invalid-regex`,
/// `invalid-value` for constants that cannot be used.
pub fn read(script: &Script, context: Context<'_>) -> Vec<Result<(Pipeline, Span), Diagnostic>> {
    let end = script.statements.iter().map(end_of).max().unwrap_or_default();
    let files = external::names_of_files(script);
    let mut reader = Reader { context, files, is_main: context.partial, end, depth: 0, stages: 0 };
    let mut scope = Rc::new(Scope::default());
    let mut queries = Vec::new();
    for statement in &script.statements {
        match statement {
            Statement::Let(name, LetValue::Expression(value)) => {
                scope = Scope::bound(&scope, &name.text, Binding::Value(value, Rc::clone(&scope)));
            }
            Statement::Let(name, LetValue::Function(function)) => {
                scope = Scope::bound(&scope, &name.text, Binding::Function(function, Rc::clone(&scope)));
            }
            Statement::DeclareParameters(parameters) => {
                for parameter in parameters {
                    if let Some(default) = &parameter.default {
                        let binding = Binding::Value(default, Rc::clone(&scope));
                        scope = Scope::bound(&scope, &parameter.name.text, binding);
                    }
                }
            }
            Statement::Set(..) | Statement::AliasDatabase(..) | Statement::Restrict(_) => {}
            Statement::Tabular(query) => {
                let span = query.span();
                queries.push(
                    reader.query(query, &scope).map(|table| (window::recognized(table.pipeline), span)),
                );
            }
        }
    }
    queries
}

/// A tabular expression, read.
#[derive(Debug, Clone)]
struct Table {
    pipeline: Pipeline,
    columns: Columns,
}

impl Table {
    /// Whether only a part of it could be read.
    fn is_cut(&self) -> bool {
        matches!(self.pipeline.stages.last(), Some(Stage::Unread(_)))
    }
}

struct Reader<'m> {
    context: Context<'m>,
    /// What the text calls its files.
    files: HashMap<usize, String>,
    /// Whether what is read now is the main row of operators, of which a part may be read alone.
    is_main: bool,
    /// Where the text ends.
    end: usize,
    depth: usize,
    stages: usize,
}

impl Reader<'_> {
    fn query<'s>(&mut self, query: &'s Query, scope: &Rc<Scope<'s>>) -> Result<Table, Diagnostic> {
        self.nested(query.span(), |reader| {
            let mut table = reader.source(&query.source, scope)?;
            for (index, step) in query.operators.iter().enumerate() {
                if table.is_cut() {
                    break;
                }
                let is_main = std::mem::replace(&mut reader.is_main, false);
                let before = is_main.then(|| table.clone());
                let read = reader.step(step, &mut table, scope);
                reader.is_main = is_main;
                match (read, before) {
                    (Err(error), Some(before)) if !before.pipeline.stages.is_empty() => {
                        table = reader.cut(before, &query.operators[index..], error);
                    }
                    (read, _) => read?,
                }
            }
            Ok(table)
        })
    }

    /// Rows up to an operator that cannot be read.
    fn cut(&self, mut table: Table, rest: &[Step], error: Diagnostic) -> Table {
        let first = &rest[0];
        let adds_rows = |step: &Step| match &step.operator {
            Operator::Union(..) => true,
            Operator::Join(join) => join.parameters.iter().any(|it| match &it.value {
                Expression::Name(kind) => matches!(&*kind.text, "rightouter" | "fullouter" | "rightanti"),
                _ => false,
            }),
            _ => false,
        };
        table.pipeline.stages.push(Stage::Unread(Unread {
            operator: first.operator.word(),
            reason: error.message,
            adds_rows: rest.iter().any(adds_rows),
            span: Span::new(first.place.0.range().start, self.end.max(first.place.0.range().end)),
        }));
        table
    }

    /// Runs `read` one level deeper.
    fn nested<T>(
        &mut self,
        span: Span,
        read: impl FnOnce(&mut Self) -> Result<T, Diagnostic>,
    ) -> Result<T, Diagnostic> {
        if self.depth >= MAX_DEPTH {
            let message = "functions and queries are nested too deeply";
            return Err(Diagnostic::new(Code::Unsupported, span, message));
        }
        self.depth += 1;
        let result = read(self);
        self.depth -= 1;
        result
    }

    /// Adds a stage; a filter joins the one before it.
    fn push(&mut self, table: &mut Table, stage: Stage, span: Span) -> Result<(), Diagnostic> {
        self.stages += 1;
        if self.stages > MAX_STAGES {
            let message = "the query repeats its parts too often";
            return Err(Diagnostic::new(Code::Unsupported, span, message));
        }
        let stages = &mut table.pipeline.stages;
        match (stages.last_mut(), stage) {
            (Some(Stage::Filter(before)), Stage::Filter(condition)) => {
                let before = std::mem::replace(before, crate::ir::Condition::Always);
                let joined = crate::ir::Condition::all([before, condition]);
                stages.pop();
                stages.push(Stage::Filter(joined));
            }
            (_, stage) => stages.push(stage),
        }
        Ok(())
    }
}

fn end_of(statement: &Statement) -> usize {
    match statement {
        Statement::Tabular(query) => query.span().range().end,
        Statement::Let(_, LetValue::Expression(value)) => value.span().range().end,
        _ => 0,
    }
}

/// What has no counterpart, with its place.
fn unsupported(span: Span, what: impl Into<String>) -> Diagnostic {
    Diagnostic::new(Code::Unsupported, span, what)
}

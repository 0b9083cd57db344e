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
mod expression;
mod external;
mod join;
mod parser;
mod scope;
mod source;
mod stage;
mod test;
mod window;

#[cfg(test)]
mod tests;

use std::{collections::HashMap, rc::Rc};

use super::{
    ast::{LetValue, Query, Script, Statement},
    files::Dialect,
};
use crate::{
    diag::{Code, Diagnostic, Span},
    ir::{Pipeline, Stage},
    list::Lists,
    mapping::Mapping,
};
use columns::Columns;
use scope::{Binding, Scope};

/// How deeply functions, lets and queries may be inlined in one another.
const MAX_DEPTH: usize = 60;
/// How many stages all queries of a text may come to: a `let` that is used often is inlined often.
const MAX_STAGES: usize = 2_000;

/// Reads the queries of a text, each with its place. `let`s bind for all that follow. Lists kept outside that `lists`
/// holds are constants.
///
/// # Errors
/// `unsupported` for an operator or function without a counterpart, with its place; `invalid-regex`,
/// `invalid-value` for constants that cannot be used.
pub fn read(
    script: &Script,
    dialect: Dialect,
    mapping: Option<&Mapping>,
    lists: &Lists,
) -> Vec<Result<(Pipeline, Span), Diagnostic>> {
    let mut reader =
        Reader { dialect, mapping, lists, files: external::names_of_files(script), depth: 0, stages: 0 };
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

struct Reader<'m> {
    dialect: Dialect,
    mapping: Option<&'m Mapping>,
    /// What the user says of lists kept outside.
    lists: &'m Lists,
    /// What the text calls its files.
    files: HashMap<usize, String>,
    depth: usize,
    stages: usize,
}

impl Reader<'_> {
    fn query<'s>(&mut self, query: &'s Query, scope: &Rc<Scope<'s>>) -> Result<Table, Diagnostic> {
        self.nested(query.span(), |reader| {
            let mut table = reader.source(&query.source, scope)?;
            for step in &query.operators {
                reader.step(step, &mut table, scope)?;
            }
            Ok(table)
        })
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

/// What has no counterpart, with its place.
fn unsupported(span: Span, what: impl Into<String>) -> Diagnostic {
    Diagnostic::new(Code::Unsupported, span, what)
}

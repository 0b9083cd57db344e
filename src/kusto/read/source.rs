//! Where rows come from: tables, lets, functions, unions, lists kept outside.

use std::rc::Rc;
use std::sync::Arc;

use super::{
    Reader, Table,
    columns::Columns,
    expression, external,
    parser::{self, is_parser},
    scope::{self, Binding, Scope},
    unsupported,
};
use crate::{
    diag::{Diagnostic, Span},
    ir::{Origin, Pipeline, Stage, Table as Named},
    kusto::ast::{Call, Expression, Operator, Parameter, Source, Step},
    kusto::files::Dialect,
};

impl Reader<'_> {
    pub(super) fn source<'s>(
        &mut self,
        source: &'s Source,
        scope: &Rc<Scope<'s>>,
    ) -> Result<Table, Diagnostic> {
        match source {
            Source::Expression(expression) => self.table_of(expression, scope),
            Source::Operator(step) => self.starting(step, scope),
        }
    }

    fn starting<'s>(&mut self, step: &'s Step, scope: &Rc<Scope<'s>>) -> Result<Table, Diagnostic> {
        let span = step.place.0;
        match &step.operator {
            Operator::Union(parameters, tables) => self.union(None, parameters, tables, scope, span),
            Operator::Search(search) if !search.tables.is_empty() => {
                let mut table = self.union(None, &[], &search.tables, scope, span)?;
                self.search(search, &mut table, scope, span)?;
                Ok(table)
            }
            Operator::Search(_) | Operator::Find(_) => {
                Err(unsupported(span, "a search over all tables has no counterpart"))
            }
            Operator::Print(_) | Operator::Range { .. } => {
                Err(unsupported(span, "rows that the query makes itself are no events"))
            }
            _ => Err(unsupported(span, "this cannot start a query elsewhere")),
        }
    }

    /// The rows that an expression stands for.
    pub(super) fn table_of<'s>(
        &mut self,
        expression: &'s Expression,
        scope: &Rc<Scope<'s>>,
    ) -> Result<Table, Diagnostic> {
        self.nested(expression.span(), |reader| match expression {
            Expression::Name(name) => match scope.find(&name.text).cloned() {
                Some(Binding::Value(value, defined)) => reader.table_of(value, &defined),
                Some(Binding::Rows(table)) => Ok(*table),
                Some(Binding::Function(function, defined)) => {
                    let inner = scope::call_scope(function, &defined, &[], scope, None, name.place.0)?;
                    reader.table_body(function, &inner, name.place.0)
                }
                None => Ok(reader.product_table(&name.text, name.place.0)),
            },
            Expression::Query(query) => reader.query(query, scope),
            Expression::Call(call) if external::is_watchlist(&call.function.text) => {
                reader.external_rows(expression, scope)
            }
            Expression::Call(call) => reader.table_call(call, scope),
            Expression::DataTable(.., place) => {
                Err(unsupported(place.0, "rows that the query makes itself are no events"))
            }
            Expression::ExternalData { .. } => reader.external_rows(expression, scope),
            Expression::Pattern(name) => {
                Err(unsupported(name.place.0, "tables by a pattern of their names have no counterpart"))
            }
            Expression::Member(of, name) if is_elsewhere(of) => {
                let message =
                    format!("the table `{}` of another workspace or cluster has no counterpart", name.text);
                Err(unsupported(expression.span(), message))
            }
            other => Err(unsupported(other.span(), "these are no rows")),
        })
    }

    fn table_body<'s>(
        &mut self,
        function: &'s crate::kusto::ast::Function,
        scope: &Rc<Scope<'s>>,
        span: Span,
    ) -> Result<Table, Diagnostic> {
        match expression::body_query(&function.body, scope) {
            Some((query, scope)) => self.query(query, &scope),
            None => Err(unsupported(span, "the function has no rows")),
        }
    }

    /// Rows that go through a function: `T | invoke f(…)`.
    pub(super) fn invoke<'s>(
        &mut self,
        call: &'s Call,
        table: &Table,
        scope: &Rc<Scope<'s>>,
    ) -> Result<Table, Diagnostic> {
        let name = &call.function.text;
        match scope.find(name).cloned() {
            Some(Binding::Function(function, defined)) => {
                let rows = Some(table.clone());
                let inner =
                    scope::call_scope(function, &defined, &call.arguments, scope, rows, call.place.0)?;
                self.table_body(function, &inner, call.place.0)
            }
            _ => Err(unsupported(call.place.0, format!("the function `{name}` asks the product itself"))),
        }
    }

    fn table_call<'s>(&mut self, call: &'s Call, scope: &Rc<Scope<'s>>) -> Result<Table, Diagnostic> {
        let name = &*call.function.text;
        let span = call.place.0;
        if call.on.is_some() {
            return Err(unsupported(span, "tables of another workspace or cluster have no counterpart"));
        }
        if let Some(Binding::Function(function, defined)) = scope.find(name).cloned() {
            let inner = scope::call_scope(function, &defined, &call.arguments, scope, None, span)?;
            return self.table_body(function, &inner, span);
        }
        match (name, call.arguments.as_slice()) {
            ("materialize" | "view", [rows]) => self.table_of(&rows.value, scope),
            ("table", [named]) => match self.text(&named.value, scope)? {
                Some(named) => Ok(self.product_table(&named, span)),
                None => Err(unsupported(span, "the table's name has to be a constant")),
            },
            (name, arguments) if is_parser(name) => self.parser(name, arguments, scope, span),
            (name, _) => Err(unsupported(
                call.function.place.0,
                format!("`{name}` is a function of the customer's own workspace"),
            )),
        }
    }

    /// A table of the product.
    pub(super) fn product_table(&self, name: &str, span: Span) -> Table {
        let is_parser = is_parser(name);
        let name = if is_parser { parser::canonical(name) } else { name.into() };
        let schema: Option<Arc<str>> =
            if is_parser { Some("asim".into()) } else { Some(self.schema_of(&name).into()) };
        let of_source = match (&schema, self.context.mapping) {
            (Some(schema), Some(mapping)) => mapping.columns_of(schema, &name),
            _ => Vec::new(),
        };
        let columns = Columns::of(of_source);
        let origin = Origin::Table(Named { schema, name, span });
        Table { pipeline: Pipeline { origin, stages: Vec::new(), look_back: None }, columns }
    }

    fn schema_of(&self, name: &str) -> &'static str {
        const OF_DEFENDER: &[&str] = &[
            "Device",
            "Email",
            "Identity",
            "CloudApp",
            "Url",
            "Alert",
            "AADSignIn",
            "EntraIdSignIn",
            "Exposure",
        ];
        match self.context.dialect {
            Dialect::Defender => "defender",
            Dialect::Unknown if OF_DEFENDER.iter().any(|prefix| name.starts_with(prefix)) => "defender",
            Dialect::Sentinel | Dialect::Unknown => "sentinel",
        }
    }

    /// `union`: the rows before it, if any, and those of the tables.
    pub(super) fn union<'s>(
        &mut self,
        before: Option<Table>,
        parameters: &[Parameter],
        tables: &'s [Expression],
        scope: &Rc<Scope<'s>>,
        span: Span,
    ) -> Result<Table, Diagnostic> {
        if let Some(parameter) = parameters.iter().find(|it| it.name.text == "withsource") {
            return Err(unsupported(
                parameter.name.place.0,
                "the name of each row's table has no counterpart",
            ));
        }
        let mut all: Vec<Table> = before.into_iter().collect();
        for table in tables {
            all.push(self.table_of(table, scope)?);
        }
        let mut all = all.into_iter();
        let Some(mut first) = all.next() else { return Err(unsupported(span, "a union of nothing")) };
        let others: Vec<Table> = all.collect();
        for other in &others {
            first.columns.join(&other.columns, &[]);
        }
        if !others.is_empty() {
            let pipelines = others.into_iter().map(|table| table.pipeline).collect();
            self.push(&mut first, Stage::Union(pipelines, span), span)?;
        }
        Ok(first)
    }

    /// Whether an expression stands for rows rather than a value.
    pub(super) fn is_tabular<'s>(expression: &'s Expression, scope: &Rc<Scope<'s>>) -> bool {
        match Self::bound_value(expression, scope) {
            Some((Expression::Query(_) | Expression::ExternalData { .. }, _)) => true,
            Some((Expression::Name(name), inner)) => {
                matches!(inner.find(&name.text), Some(Binding::Rows(_)))
                    || (inner.find(&name.text).is_none() && name.text.starts_with(char::is_uppercase))
            }
            Some((Expression::Call(call), inner)) => match inner.find(&call.function.text) {
                Some(Binding::Function(function, _)) => {
                    expression::scalar_body(&function.body, &inner).is_none()
                }
                _ => {
                    matches!(&*call.function.text, "materialize" | "view" | "table")
                        || external::is_watchlist(&call.function.text)
                        || is_parser(&call.function.text)
                }
            },
            _ => false,
        }
    }
}

fn is_elsewhere(of: &Expression) -> bool {
    match of {
        Expression::Call(call) => {
            matches!(&*call.function.text, "cluster" | "database" | "workspace" | "app" | "adx" | "arg")
        }
        Expression::Member(of, _) => is_elsewhere(of),
        _ => false,
    }
}

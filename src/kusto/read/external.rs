//! Rows kept outside of the events: watchlists, and files behind addresses.

use std::{collections::HashMap, rc::Rc, sync::Arc};

use super::{Reader, Table, columns::Columns, scope::Scope, unsupported};
use crate::{
    diag::{Diagnostic, Span},
    ir::{
        Constant, ExternalList, ExternalTable, FieldRelation, Keeper, Origin, Pipeline,
        eval::{Event, Rows, Unevaluated, Value},
    },
    kusto::ast::{Call, Expression, LetValue, Operator, Query, Script, Source, Statement},
    list::Lists,
};

/// Whether a function gives the rows of a watchlist.
pub(super) fn is_watchlist(function: &str) -> bool {
    matches!(function, "_GetWatchlist" | "_ASIM_GetWatchlistRaw" | "_ASIM_GetWatchlist")
}

/// What `let`s call the files of a text, by the place of `externaldata`.
pub(super) fn names_of_files(script: &Script) -> HashMap<usize, String> {
    let named = script.statements.iter().filter_map(|statement| match statement {
        Statement::Let(name, LetValue::Expression(value)) => {
            first_source(value).map(|place| (place, name.text.clone()))
        }
        _ => None,
    });
    named.collect()
}

/// Where the `externaldata` stands that an expression's rows start with.
fn first_source(value: &Expression) -> Option<usize> {
    match value {
        Expression::ExternalData { place, .. } => Some(place.0.range().start),
        Expression::Query(query) => match &query.source {
            Source::Expression(source) => first_source(source),
            Source::Operator(_) => None,
        },
        Expression::Call(call) => match call.of("materialize") {
            Some([rows]) => first_source(&rows.value),
            _ => None,
        },
        _ => None,
    }
}

impl Reader<'_> {
    /// The rows of a watchlist or of files.
    pub(super) fn external_rows<'s>(
        &mut self,
        source: &'s Expression,
        scope: &Rc<Scope<'s>>,
    ) -> Result<Table, Diagnostic> {
        let table = self.external_table(source, scope)?.ok_or_else(|| {
            let message = "the name of rows kept outside of the tables has to be a constant";
            unsupported(source.span(), message)
        })?;
        let columns = match &table.keeper {
            Keeper::Watchlist | Keeper::Macro => Columns::of_external(&[]),
            Keeper::Files { columns, .. } => {
                let names: Vec<Arc<str>> = columns.iter().map(|(name, _)| name.clone()).collect();
                Columns::of_external(&names)
            }
        };
        let pipeline = Pipeline { origin: Origin::External(table), stages: Vec::new(), look_back: None };
        Ok(Table { pipeline, columns })
    }

    /// What an expression without operators names, if that is kept outside.
    fn external_table<'s>(
        &mut self,
        source: &'s Expression,
        scope: &Rc<Scope<'s>>,
    ) -> Result<Option<ExternalTable>, Diagnostic> {
        Ok(match source {
            Expression::Call(call) if is_watchlist(&call.function.text) => {
                self.watchlist(call, scope)?.map(|name| ExternalTable::watchlist(name, call.place.0))
            }
            Expression::ExternalData { schema, uris, properties, place } => {
                let mut addresses: Vec<Arc<str>> = Vec::new();
                for uri in uris {
                    let message = "an address has to be a constant";
                    let uri = self.text(uri, scope)?.ok_or_else(|| unsupported(uri.span(), message))?;
                    addresses.push(uri.into());
                }
                let named = self.files.get(&place.0.range().start).map(|name| name.as_str().into());
                let Some(name) = named.or_else(|| addresses.first().map(|uri| file_name(uri))) else {
                    return Ok(None);
                };
                let columns = schema.columns.iter();
                let columns =
                    columns.map(|(name, ty)| (name.text.as_str().into(), ty.text.as_str().into())).collect();
                let keeper =
                    Keeper::Files { addresses, columns, properties: self.properties(properties, scope)? };
                Some(ExternalTable { name, keeper, span: place.0 })
            }
            _ => None,
        })
    }

    fn watchlist<'s>(
        &mut self,
        call: &'s Call,
        scope: &Rc<Scope<'s>>,
    ) -> Result<Option<Arc<str>>, Diagnostic> {
        match call.arguments.first() {
            Some(argument) => Ok(self.text(&argument.value, scope)?.map(Into::into)),
            None => Ok(None),
        }
    }

    /// `format="csv"`; a word is text.
    fn properties<'s>(
        &mut self,
        properties: &'s [(crate::kusto::ast::Name, Expression)],
        scope: &Rc<Scope<'s>>,
    ) -> Result<Vec<(Arc<str>, Constant)>, Diagnostic> {
        let mut read = Vec::new();
        for (name, value) in properties {
            let constant = match value {
                Expression::Name(word) if scope.find(&word.text).is_none() => {
                    Constant::Text(word.text.as_str().into())
                }
                value => {
                    let message = "a property has to be a constant";
                    self.constant(value, scope)?.ok_or_else(|| unsupported(value.span(), message))?
                }
            };
            read.push((name.text.as_str().into(), constant));
        }
        Ok(read)
    }

    /// The list kept outside that an expression stands for: rows of which one column is taken, if any.
    pub(super) fn external_list<'s>(
        &mut self,
        expression: &'s Expression,
        scope: &Rc<Scope<'s>>,
    ) -> Result<Option<ExternalList>, Diagnostic> {
        let Some((value, inner)) = Self::bound_value(expression, scope) else { return Ok(None) };
        let (source, column) = match value {
            Expression::Query(query) => match column_alone(query) {
                Some(found) => found,
                None => return Ok(None),
            },
            other => (other, None),
        };
        let Some((source, inner)) = Self::bound_value(source, &inner) else { return Ok(None) };
        let table = self.external_table(source, &inner)?;
        Ok(table.map(|table| ExternalList {
            table,
            column: column.map(Into::into),
            relation: FieldRelation::Equals,
        }))
    }

    /// The values of a list kept outside, if the user supplies them: of the first column of what is left of its rows.
    pub(super) fn supplied_values<'s>(
        &mut self,
        expression: &'s Expression,
        scope: &Rc<Scope<'s>>,
    ) -> Result<Option<Vec<Constant>>, Diagnostic> {
        let Some(lists) = self.context.lists.filter(|lists| !lists.is_empty()) else { return Ok(None) };
        let Some((source, inner)) = Self::first_source(expression, scope) else { return Ok(None) };
        match self.external_table(source, &inner)? {
            Some(table) if lists.contains_key(&*table.name) => {}
            _ => return Ok(None),
        }
        let pipeline = self.table_of(expression, scope)?.pipeline;
        let rows = pipeline.rows_on(&Supplied(lists)).map_err(|why| unsupported(expression.span(), why.0))?;
        let values = rows.into_iter().filter_map(|row| row.0.into_iter().next());
        let constants: Vec<Constant> = values.filter_map(|(_, value)| value.into_constant()).collect();
        Ok(Some(constants))
    }

    /// What the rows of an expression start with, behind names and parentheses.
    fn first_source<'s>(
        expression: &'s Expression,
        scope: &Rc<Scope<'s>>,
    ) -> Option<(&'s Expression, Rc<Scope<'s>>)> {
        let mut found = Self::bound_value(expression, scope)?;
        for _ in 0..super::MAX_DEPTH {
            let inner = match found.0 {
                Expression::Query(query) => match &query.source {
                    Source::Expression(source) => source,
                    Source::Operator(_) => return None,
                },
                Expression::Call(call) => match call.of("materialize") {
                    Some([rows]) => &rows.value,
                    _ => return Some(found),
                },
                _ => return Some(found),
            };
            found = Self::bound_value(inner, &found.1)?;
        }
        None
    }
}

/// The rows of lists that the user supplies.
struct Supplied<'a>(&'a Lists);

impl Rows for Supplied<'_> {
    fn rows_of(&self, origin: &Origin) -> Result<Vec<Event>, Unevaluated> {
        let Origin::External(table) = origin else {
            return Err(Unevaluated(
                "a list that is put together with events has no values of its own".to_owned(),
            ));
        };
        let list = self.0.get(&*table.name).ok_or_else(|| {
            Unevaluated(format!("the values of the list `{}` are not supplied", table.name))
        })?;
        let rows = list.rows_of(table);
        let names = || rows.columns.iter().map(ToString::to_string);
        Ok(rows.rows.iter().map(|row| names().zip(row.iter().map(Value::from)).collect()).collect())
    }
}

/// The last part of an address's path.
fn file_name(uri: &str) -> Arc<str> {
    let path = uri.split(['?', '#', ';']).next().unwrap_or("").trim_end_matches('/');
    path.rsplit('/').next().unwrap_or(path).into()
}

/// The source and the only column of `source | project column`, filters between refused.
fn column_alone(query: &Query) -> Option<(&Expression, Option<String>)> {
    let Source::Expression(source) = &query.source else { return None };
    let mut column = None;
    for step in &query.operators {
        match &step.operator {
            Operator::Project(columns) if columns.len() == 1 => {
                let Expression::Name(name) = plain(&columns[0].value) else { return None };
                column = Some(name.text.clone());
            }
            Operator::Distinct(_, values) if values.len() == 1 => {
                let Expression::Name(name) = plain(&values[0]) else { return None };
                column = Some(name.text.clone());
            }
            _ => return None,
        }
    }
    Some((source, column))
}

/// The column in `tostring(column)`.
fn plain(value: &Expression) -> &Expression {
    match value {
        Expression::Call(call) => match call.of("tostring") {
            Some([argument]) => &argument.value,
            _ => value,
        },
        other => other,
    }
}

/// What a test asks for where it needs the values themselves.
pub(super) fn without_values(list: &ExternalList, operator: &str, span: Span) -> Diagnostic {
    let name = &list.table.name;
    unsupported(span, format!("`{operator}` needs the values of the list `{name}`"))
        .help(format!("`--list {name}=FILE` gives them: a CSV, JSON or text file"))
}

#[cfg(test)]
mod tests {
    use crate::{
        diag::Positions,
        ir::Show,
        kusto::{self, Context},
        list::{List, Lists},
    };

    fn read(text: &str, lists: &Lists) -> Result<String, String> {
        let parsed = kusto::parse(text, &Positions::default());
        assert_eq!(parsed.diagnostics, []);
        let mut queries = kusto::read(&parsed.script, Context { lists: Some(lists), ..Context::default() });
        let (pipeline, _) = queries.remove(0).map_err(|error| error.message)?;
        Ok(Show(&pipeline).to_string().replace('\n', "; "))
    }

    fn supplied(name: &str, lines: &[&str]) -> Lists {
        let lines = lines.iter().map(|&line| line.to_owned()).collect();
        [(name.to_owned(), List::Lines(lines))].into_iter().collect()
    }

    #[test]
    fn a_list_is_told_by_its_watchlist_or_the_let_that_names_its_file() {
        let none = Lists::default();
        let listed = read("T | where a in (_GetWatchlist('vips') | project SearchKey)", &none).unwrap();
        assert!(listed.ends_with("is in the list vips, case-sensitive"), "{listed}");
        let file = "externaldata(ip: string)['https://example.org/a/tor.txt?x'] | project ip";
        let listed = read(&format!("let Nodes = {file}; T | where a in (Nodes)"), &none).unwrap();
        assert!(listed.ends_with("is in the list Nodes, case-sensitive"), "{listed}");
        let listed = read(&format!("T | where a in (({file}))"), &none).unwrap();
        assert!(listed.ends_with("is in the list tor.txt, case-sensitive"), "{listed}");
    }

    #[test]
    fn a_list_that_is_supplied_is_its_values() {
        let lists = supplied("vips", &["x", "y"]);
        let text = "let V = _GetWatchlist('vips') | project SearchKey; T | where a in~ (V) or b has_any (V)";
        let values = read(text, &lists).unwrap();
        assert!(values.contains("equals `x`") && values.contains("has the term `y`"), "{values}");
        let text = "let V = _GetWatchlist('vips'); T | where a in ((V | where SearchKey != 'x' | project tolower(SearchKey)))";
        let values = read(text, &lists).unwrap();
        assert!(values.ends_with("a equals `y`, case-sensitive"), "{values}");
    }

    #[test]
    fn terms_of_a_list_need_its_values() {
        let text = "T | where a has_any (_GetWatchlist('vips'))";
        let error = read(text, &Lists::default()).unwrap_err();
        assert_eq!(error, "`has_any` needs the values of the list `vips`");
    }

    #[test]
    fn other_operators_make_rows_of_a_list() {
        let text = "T | where a in ((_GetWatchlist('vips') | where Tier == 1 | project SearchKey))";
        let rows = read(text, &Lists::default()).unwrap();
        assert!(rows.contains("external rows vips"), "{rows}");
    }
}

//! Operators → stages.

use std::rc::Rc;

use super::{
    Reader, Table,
    columns::Columns,
    exchange::Kept,
    scope::{Binding, Scope},
    test::as_number,
    unsupported,
};
use crate::{
    diag::{Diagnostic, Span},
    ir::{
        Condition, Expand, Expression as Value, Extract, ExtractPart, Field, Project, SortKey, Stage,
        Summarize,
    },
    kusto::ast::{
        Column, Expression, Literal, MvExpand, Nulls, Operator, Ordered, Parse, ParsePart, Search, Step,
    },
};

impl Reader<'_> {
    /// Reads one operator.
    pub(super) fn step<'s>(
        &mut self,
        step: &'s Step,
        table: &mut Table,
        scope: &Rc<Scope<'s>>,
    ) -> Result<(), Diagnostic> {
        let span = step.place.0;
        match &step.operator {
            Operator::Where(_, predicate) => {
                let condition = self.condition(predicate, true, &table.columns, scope)?;
                self.push(table, Stage::Filter(condition), span)
            }
            Operator::Serialize(columns) if columns.is_empty() => Ok(()),
            Operator::Extend(columns) | Operator::Serialize(columns) => {
                self.extend(columns, table, scope, span)
            }
            Operator::Project(columns) => self.project(columns, table, scope, span),
            Operator::ProjectRename(columns) => self.rename(columns, table, span),
            Operator::ProjectAway(columns) => self.project_away(columns, table, span),
            Operator::ProjectKeep(columns) => self.project_keep(columns, table, span),
            // The order of columns, charts and names of rows change no row.
            Operator::ProjectReorder(_) | Operator::Render(..) | Operator::As(..) | Operator::GetSchema => {
                Ok(())
            }
            Operator::Distinct(_, columns) => self.distinct(columns, table, scope, span),
            Operator::Summarize(aggregation) => self.summarize(aggregation, table, scope, span),
            Operator::Count => self.count(table, span),
            Operator::Sort(_, keys) => {
                let keys = self.sort_keys(keys, table, scope)?;
                self.push(table, Stage::Sort(keys, span), span)
            }
            Operator::Take(count) => {
                let count = self.count_of(count, scope)?;
                self.push(table, Stage::Limit(count, span), span)
            }
            Operator::Top(_, count, keys) => {
                let keys = self.sort_keys(keys, table, scope)?;
                self.push(table, Stage::Sort(keys, span), span)?;
                let count = self.count_of(count, scope)?;
                self.push(table, Stage::Limit(count, span), span)
            }
            Operator::Join(join) => self.join(join, false, table, scope, span),
            Operator::Lookup(join) => self.join(join, true, table, scope, span),
            Operator::Union(parameters, tables) => {
                let before = table.clone();
                *table = self.union(Some(before), parameters, tables, scope, span)?;
                Ok(())
            }
            Operator::MvExpand(expand) => self.mv_expand(expand, table, scope, span),
            Operator::Parse(parse) => self.parse(parse, table, scope, span),
            Operator::Search(search) => self.search(search, table, scope, span),
            Operator::Invoke(call) => {
                *table = self.invoke(call, table, scope)?;
                Ok(())
            }
            other => Err(unsupported(span, format!("`{}` has no counterpart elsewhere", other.word()))),
        }
    }

    /// The number of rows of `take` and `top`.
    fn count_of<'s>(&mut self, count: &'s Expression, scope: &Rc<Scope<'s>>) -> Result<u64, Diagnostic> {
        let constant = self.constant(count, scope)?;
        let number = constant.as_ref().and_then(as_number).and_then(|number| u64::try_from(number).ok());
        number.ok_or_else(|| unsupported(count.span(), "the number of rows has to be a constant"))
    }

    /// A computed column's name and value; a name of its own where the query gives none.
    pub(super) fn named<'s>(
        &mut self,
        column: &'s Column,
        columns: &Columns,
        scope: &Rc<Scope<'s>>,
    ) -> Result<(Field, Value), Diagnostic> {
        if column.is_tuple {
            return Err(unsupported(column.value.span(), "several columns at once have no counterpart"));
        }
        let name = match (column.names.first(), own_name(&column.value)) {
            (Some(name), _) => name.text.clone(),
            (None, Some(name)) => name,
            (None, None) => return Err(unsupported(column.value.span(), "give this column a name")),
        };
        let value = match &column.value {
            // Names of lets do not hide a column that is named alone.
            Expression::Name(plain) if !matches!(scope.find(&plain.text), Some(Binding::Value(..))) => {
                Value::Field(columns.field(&plain.text))
            }
            value => self.value(value, columns, scope)?,
        };
        let field = match &value {
            Value::Field(field) if *field.name == *name => field.clone(),
            _ => Field::new(name).computed(),
        };
        Ok((field, value))
    }

    fn extend<'s>(
        &mut self,
        columns: &'s [Column],
        table: &mut Table,
        scope: &Rc<Scope<'s>>,
        span: Span,
    ) -> Result<(), Diagnostic> {
        // Each sees the rows as they came in.
        let before = table.columns.clone();
        let mut read = Vec::new();
        for column in columns {
            let (name, value) = self.named(column, &before, scope)?;
            if value != Value::Field(name.clone()) {
                read.push((name.computed(), value));
            }
        }
        let kept = Kept::of(&mut read, &before);
        for (name, field) in &kept.copies {
            self.push(table, Stage::Extend(name.clone(), Value::Field(field.clone())), span)?;
        }
        for (name, value) in read {
            table.columns.compute(&name, &value);
            self.push(table, Stage::Extend(name, value), span)?;
        }
        let copies: Vec<Field> = kept.copies.into_iter().map(|(name, _)| name).collect();
        if copies.is_empty() { Ok(()) } else { self.push(table, Stage::Drop(copies, span), span) }
    }

    fn project<'s>(
        &mut self,
        columns: &'s [Column],
        table: &mut Table,
        scope: &Rc<Scope<'s>>,
        span: Span,
    ) -> Result<(), Diagnostic> {
        let mut kept: Vec<(Field, Value)> = Vec::new();
        for column in columns {
            kept.push(self.named(column, &table.columns, scope)?);
        }
        let before = Kept::of(&mut kept, &table.columns);
        for (name, field) in before.copies {
            table.columns.compute(&name, &Value::Field(field.clone()));
            self.push(table, Stage::Extend(name, Value::Field(field)), span)?;
        }
        table.columns.replace(&kept);
        self.push(table, Stage::Project(Project { columns: kept, span }), span)
    }

    fn rename(&mut self, columns: &[Column], table: &mut Table, span: Span) -> Result<(), Diagnostic> {
        let mut renamed = Vec::new();
        for column in columns {
            let (Some(new), Expression::Name(old)) = (column.names.first(), &column.value) else {
                return Err(unsupported(
                    column.value.span(),
                    "a column's new name stands before its old one",
                ));
            };
            renamed.push((Field::new(&*new.text).computed(), table.columns.field(&old.text)));
        }
        let old: Vec<Field> = renamed.iter().map(|(_, old)| old.clone()).collect();
        for (new, old) in &renamed {
            let value = table.columns.alias(&old.name).cloned().unwrap_or_else(|| Value::Field(old.clone()));
            table.columns.compute(new, &value);
        }
        table.columns.remove(&old);
        self.push(table, Stage::Rename(renamed, span), span)
    }

    fn project_away(
        &mut self,
        columns: &[Expression],
        table: &mut Table,
        span: Span,
    ) -> Result<(), Diagnostic> {
        let mut dropped = Vec::new();
        for column in columns {
            match column {
                Expression::Name(name) => dropped.push(table.columns.field(&name.text)),
                Expression::Pattern(pattern) => {
                    let all = table.columns.all.clone().unwrap_or_default();
                    let fitting = all.iter().filter(|name| fits(&pattern.text, name));
                    dropped.extend(fitting.map(|name| table.columns.field(name)));
                }
                other => return Err(unsupported(other.span(), "this is no column")),
            }
        }
        table.columns.remove(&dropped);
        if dropped.is_empty() { Ok(()) } else { self.push(table, Stage::Drop(dropped, span), span) }
    }

    fn project_keep(
        &mut self,
        columns: &[Expression],
        table: &mut Table,
        span: Span,
    ) -> Result<(), Diagnostic> {
        let mut kept = Vec::new();
        for column in columns {
            let Expression::Name(name) = column else {
                return Err(unsupported(
                    column.span(),
                    "columns by a pattern of their names have no counterpart",
                ));
            };
            let field = table.columns.field(&name.text);
            kept.push((field.clone(), Value::Field(field)));
        }
        table.columns.replace(&kept);
        self.push(table, Stage::Project(Project { columns: kept, span }), span)
    }

    fn distinct<'s>(
        &mut self,
        columns: &'s [Expression],
        table: &mut Table,
        scope: &Rc<Scope<'s>>,
        span: Span,
    ) -> Result<(), Diagnostic> {
        let mut by = Vec::new();
        for column in columns {
            match column {
                Expression::Star(_) => match &table.columns.all {
                    Some(all) => {
                        by.extend(all.iter().map(|name| {
                            let field = table.columns.field(name);
                            (field.clone(), Value::Field(field))
                        }));
                    }
                    None => {
                        return Err(unsupported(column.span(), "name the columns whose rows have to differ"));
                    }
                },
                value => {
                    let name = own_name(value)
                        .ok_or_else(|| unsupported(value.span(), "give this column a name"))?;
                    let value = self.value(value, &table.columns, scope)?;
                    by.push((Field::new(name).computed(), value));
                }
            }
        }
        for (name, value) in &mut by {
            if let Value::Field(field) = value
                && field.name == name.name
            {
                *name = field.clone();
            }
        }
        table.columns.grouped(&by, std::iter::empty());
        self.push(table, Stage::Summarize(Summarize { aggregates: Vec::new(), by, span }), span)
    }

    fn sort_keys<'s>(
        &mut self,
        keys: &'s [Ordered],
        table: &Table,
        scope: &Rc<Scope<'s>>,
    ) -> Result<Vec<SortKey>, Diagnostic> {
        keys.iter()
            .map(|key| {
                let ascending = key.ascending.unwrap_or(false);
                let nulls_first = key.nulls.map_or(ascending, |nulls| nulls == Nulls::First);
                let value = match &key.value {
                    Expression::Name(name) if table.columns.is_computed(&name.text) => {
                        Value::Field(table.columns.field(&name.text))
                    }
                    value => self.value(value, &table.columns, scope)?,
                };
                Ok(SortKey { value, ascending, nulls_first })
            })
            .collect()
    }

    fn mv_expand<'s>(
        &mut self,
        expand: &'s MvExpand,
        table: &mut Table,
        scope: &Rc<Scope<'s>>,
        span: Span,
    ) -> Result<(), Diagnostic> {
        let [item] = expand.items.as_slice() else {
            return Err(unsupported(span, "lists expanded side by side have no counterpart"));
        };
        if let Some(limit) = &expand.limit {
            return Err(unsupported(limit.span(), "a limit of elements has no counterpart"));
        }
        let (mut index, mut members_as_lists) = (None, false);
        for parameter in &expand.parameters {
            match (&*parameter.name.text, &parameter.value) {
                ("with_itemindex", Expression::Name(name)) => {
                    index = Some(Field::new(&*name.text).computed());
                }
                ("bagexpansion" | "kind", Expression::Name(how)) if matches!(&*how.text, "array" | "bag") => {
                    members_as_lists = how.text == "array";
                }
                (name, _) => {
                    let message = format!("`{name}` of `mv-expand` has no counterpart");
                    return Err(unsupported(parameter.name.place.0, message));
                }
            }
        }
        let list = self.value(&item.column.value, &table.columns, scope)?;
        let name =
            item.column.names.first().map(|name| name.text.clone()).or_else(|| own_name(&item.column.value));
        let name = name.ok_or_else(|| unsupported(span, "give the expanded column a name"))?;
        let output = Field::new(name).computed();
        // The element is what it is only now: nothing to read instead.
        table.columns.compute(&output, &Value::Constant(crate::ir::Constant::Null));
        if let Some(index) = &index {
            table.columns.compute(index, &Value::Constant(crate::ir::Constant::Null));
        }
        self.push(table, Stage::Expand(Expand { list, output, index, members_as_lists, span }), span)
    }

    fn parse<'s>(
        &mut self,
        parse: &'s Parse,
        table: &mut Table,
        scope: &Rc<Scope<'s>>,
        span: Span,
    ) -> Result<(), Diagnostic> {
        if let Some(parameter) = parse.parameters.iter().find(|it| !is_simple(&it.value)) {
            return Err(unsupported(parameter.name.place.0, "only simple patterns have a counterpart"));
        }
        let text = self.value(&parse.text, &table.columns, scope)?;
        let mut parts = Vec::new();
        for part in &parse.pattern {
            parts.push(match part {
                ParsePart::Any => ExtractPart::Skip,
                ParsePart::Text(text) => ExtractPart::Literal(text.clone()),
                ParsePart::Column(name, _) => ExtractPart::Column(Field::new(&*name.text).computed()),
            });
        }
        for part in &parts {
            if let ExtractPart::Column(field) = part {
                table.columns.compute(field, &Value::Constant(crate::ir::Constant::Null));
            }
        }
        let stage = Extract { text, parts, only_matching: parse.only_matching, span };
        self.push(table, Stage::Extract(stage), span)
    }

    /// `search "x"` over rows: a term anywhere.
    pub(super) fn search<'s>(
        &mut self,
        search: &'s Search,
        table: &mut Table,
        scope: &Rc<Scope<'s>>,
        span: Span,
    ) -> Result<(), Diagnostic> {
        let condition = self.search_condition(&search.predicate, table, scope)?;
        self.push(table, Stage::Filter(condition), span)
    }

    fn search_condition<'s>(
        &mut self,
        predicate: &'s Expression,
        table: &Table,
        scope: &Rc<Scope<'s>>,
    ) -> Result<Condition, Diagnostic> {
        use crate::ir::{Case, Predicate, TermPart, Test};
        match predicate {
            Expression::And(terms) => {
                let terms: Result<Vec<_>, _> =
                    terms.iter().map(|term| self.search_condition(term, table, scope)).collect();
                terms.map(Condition::all)
            }
            Expression::Or(terms) => {
                let terms: Result<Vec<_>, _> =
                    terms.iter().map(|term| self.search_condition(term, table, scope)).collect();
                terms.map(Condition::any)
            }
            Expression::Literal(Literal::String(text), place) if !text.contains('*') => {
                let test = Test::Term(TermPart::Whole, text.as_str().into(), Case::Insensitive);
                Ok(Condition::is(Predicate::anywhere(test, place.0)))
            }
            other => self.condition(other, true, &table.columns, scope),
        }
    }
}

fn is_simple(value: &Expression) -> bool {
    matches!(value, Expression::Name(name) if name.text == "simple")
}

/// Whether a name fits a pattern with `*`.
fn fits(pattern: &str, name: &str) -> bool {
    let pieces: Vec<crate::ir::Piece> = pattern
        .split('*')
        .flat_map(|part| [crate::ir::Piece::AnyRun, crate::ir::Piece::Literal(part.to_owned())])
        .skip(1)
        .collect();
    crate::ir::Pattern::new(pieces).matches(name, crate::ir::Case::Sensitive)
}

/// The name that a column without one gets: that of the column it is made of, for plain columns and conversions
/// ("project operator", on columns without a name).
pub(super) fn own_name(value: &Expression) -> Option<String> {
    match value {
        Expression::Name(name) => Some(name.text.clone()),
        Expression::Member(of, name) => own_name(of).map(|of| format!("{of}_{}", name.text)),
        Expression::Call(call) => match (&*call.function.text, call.arguments.as_slice()) {
            ("column_ifexists" | "columnifexists", [named, _]) => match &named.value {
                Expression::Literal(Literal::String(name), _) => Some(name.clone()),
                _ => None,
            },
            (
                "tostring" | "toint" | "tolong" | "todouble" | "toreal" | "tobool" | "todatetime" | "tolower"
                | "toupper" | "parse_json" | "todynamic" | "bin" | "startofday" | "floor" | "trim"
                | "substring",
                [argument, ..],
            ) => own_name(&argument.value),
            _ => None,
        },
        Expression::Query(query) => super::constant::lone(query).and_then(own_name),
        _ => None,
    }
}

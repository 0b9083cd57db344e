//! Lists: values in brackets, columns, names with types, tables of constants.

use super::{
    Printer,
    layout::Doc,
    literal::{constant, string},
    name, name_apart, word,
};
use crate::{
    diag::Span,
    kusto::ast::{
        Column, Expression, FunctionParameter, Name, Nulls, Ordered, Parameter, ParameterType, ParsePart,
        RowSchema,
    },
};

impl Printer<'_> {
    /// Items between brackets: also with the comments that follow the last one.
    pub(super) fn enclosed_items<T>(
        &mut self,
        items: &[T],
        span: impl Fn(&T) -> Span,
        print: impl FnMut(&mut Self, &T) -> Doc,
    ) -> Doc {
        let printed = self.items(items, &span, print);
        let after = items.last().map_or(Doc::Nothing, |last| self.comments.before_end(span(last)));
        Doc::from([printed, after])
    }

    /// Items with commas between, each after its comments.
    pub(super) fn items<T>(
        &mut self,
        items: &[T],
        span: impl Fn(&T) -> Span,
        mut print: impl FnMut(&mut Self, &T) -> Doc,
    ) -> Doc {
        let mut printed = Vec::new();
        for item in items {
            let before = self.comments.before(span(item));
            printed.push(Doc::from([before, print(self, item)]));
        }
        Doc::listed(printed)
    }

    /// Expressions between brackets, of which the first one is given.
    pub(super) fn bracketed(&mut self, open: impl Into<Doc>, values: &[Expression], close: &str) -> Doc {
        match values {
            [] => Doc::from([open.into(), Doc::text(close)]),
            [Expression::Query(query)] => {
                let query = self.parenthesized(query);
                Doc::from([open.into(), query, Doc::text(close)])
            }
            values => {
                let values = self.enclosed_items(values, Expression::span, Self::expression);
                Doc::enclosed(open, values, close)
            }
        }
    }

    pub(super) fn expressions(&mut self, values: &[Expression]) -> Doc {
        self.items(values, Expression::span, Self::expression)
    }

    pub(super) fn columns(&mut self, columns: &[Column]) -> Doc {
        self.items(columns, column_span, Self::column)
    }

    /// `name = value`, `(a, b) = value`, or the value alone.
    pub(super) fn column(&mut self, column: &Column) -> Doc {
        let names = assigned(column);
        Doc::from([Doc::text(names), self.expression(&column.value)])
    }

    /// The same for `extend`.
    pub(super) fn extension(&mut self, column: &Column) -> Doc {
        if !self.is_own {
            return self.column(column);
        }
        let names = assigned(column);
        Doc::from([Doc::text(names), Doc::group_from_indent(self.expression(&column.value))])
    }

    pub(super) fn ordered(&mut self, ordered: &Ordered) -> Doc {
        let value = self.expression(&ordered.value);
        let order = direction(ordered.ascending);
        let nulls = match ordered.nulls {
            Some(Nulls::First) => " nulls first",
            Some(Nulls::Last) => " nulls last",
            None => "",
        };
        Doc::from([value, Doc::text(order), Doc::text(nulls)])
    }

    /// `kind=inner hint.strategy=shuffle`, each after a blank.
    pub(super) fn parameters(&mut self, parameters: &[Parameter]) -> Doc {
        let all = parameters.iter().map(|it| Doc::from([Doc::text(" "), self.parameter(it)]));
        Doc::Several(all.collect())
    }

    pub(super) fn parameter(&mut self, parameter: &Parameter) -> Doc {
        let name = Doc::text(format!("{}=", word(&parameter.name.text)));
        let value = match &parameter.value {
            Expression::Name(it) => Doc::text(word(&it.text)),
            Expression::Literal(literal, place) => Doc::text(constant(literal, *place)),
            other => self.primary(other),
        };
        Doc::from([name, value])
    }

    /// `(a: string, b: long)`.
    pub(super) fn schema(&mut self, schema: &RowSchema) -> Doc {
        let mut columns = Vec::new();
        for (column, ty) in &schema.columns {
            let before = self.comments.before(column.place.0);
            columns.push(Doc::from([before, Doc::text(typed(column, ty))]));
        }
        if schema.is_open {
            columns.push(Doc::text("*"));
        }
        match schema.columns.last() {
            None => Doc::text(if schema.is_open { "(*)" } else { "()" }),
            Some((_, ty)) => {
                let after = self.comments.before_end(ty.place.0);
                Doc::enclosed("(", Doc::from([Doc::listed(columns), after]), ")")
            }
        }
    }

    /// `(a: string, T: (*), n: long = 5)`.
    pub(super) fn function_parameters(&mut self, parameters: &[FunctionParameter]) -> Doc {
        if parameters.is_empty() {
            return Doc::text("()");
        }
        let parameters = self.enclosed_items(parameters, |it| it.name.place.0, Self::function_parameter);
        Doc::enclosed("(", parameters, ")")
    }

    fn function_parameter(&mut self, parameter: &FunctionParameter) -> Doc {
        let head = match &parameter.ty {
            ParameterType::Scalar(ty) => Doc::text(typed(&parameter.name, ty)),
            ParameterType::Table(schema) => {
                Doc::from([Doc::text(format!("{}: ", name(&parameter.name.text))), self.schema(schema)])
            }
        };
        match &parameter.default {
            None => head,
            Some(default) => Doc::from([head, Doc::text(" = "), self.expression(default)]),
        }
    }

    pub(super) fn data_table(&mut self, schema: &RowSchema, values: &[Expression]) -> Doc {
        let head = Doc::from([Doc::text("datatable "), self.schema(schema), Doc::text(" [")]);
        if values.is_empty() {
            return Doc::from([head, Doc::text("]")]);
        }
        let width = schema.columns.len().max(1);
        let mut rows = Vec::new();
        for row in values.chunks(width) {
            let mut cells = Vec::new();
            let mut before = Doc::Nothing;
            for (index, cell) in row.iter().enumerate() {
                let comments = self.comments.before(cell.span());
                if index == 0 {
                    before = comments;
                    cells.push(self.expression(cell));
                } else {
                    cells.push(Doc::from([comments, self.expression(cell)]));
                }
            }
            rows.push(Doc::from([before, Doc::joined(cells, &Doc::text(", "))]));
        }
        let after = values.last().map_or(Doc::Nothing, |last| self.comments.before_end(last.span()));
        let one_a_line = width > 1 && rows.len() > 1;
        let between = if one_a_line { Doc::Break } else { Doc::Line(" ") };
        let rows = Doc::joined(rows, &Doc::from([Doc::text(","), between]));
        Doc::enclosed(head, [rows, after], "]")
    }

    pub(super) fn external_data(
        &mut self,
        schema: &RowSchema,
        uris: &[Expression],
        properties: &[(Name, Expression)],
    ) -> Doc {
        let head = Doc::from([Doc::text("externaldata "), self.schema(schema), Doc::text(" [")]);
        let mut all = vec![self.bracketed(head, uris, "]")];
        if !properties.is_empty() {
            let property = |printer: &mut Self, (key, value): &(Name, Expression)| {
                Doc::from([Doc::text(format!("{}=", word(&key.text))), printer.expression(value)])
            };
            let properties = self.enclosed_items(properties, |(_, value)| value.span(), property);
            all.push(Doc::enclosed(" with (", properties, ")"));
        }
        all.into()
    }

    pub(super) fn parse_part(part: &ParsePart) -> Doc {
        Doc::text(match part {
            ParsePart::Any => "*".to_owned(),
            ParsePart::Text(text) => string(text),
            ParsePart::Column(column, Some(ty)) => {
                format!("{}: {}", name_apart(&column.text), word(&ty.text))
            }
            ParsePart::Column(column, None) => name_apart(&column.text),
        })
    }
}

/// What an operator's word is followed by: on its line, or one item a line below.
pub(super) fn below(head: impl Into<Doc>, count: usize, items: Doc) -> Doc {
    match count {
        0 => head.into(),
        1 => Doc::from([head.into(), Doc::text(" "), items]),
        _ => Doc::group([head.into(), Doc::indented([Doc::Line(" "), items])]),
    }
}

pub(super) fn direction(ascending: Option<bool>) -> &'static str {
    match ascending {
        Some(true) => " asc",
        Some(false) => " desc",
        None => "",
    }
}

/// What stands before a column's value.
fn assigned(column: &Column) -> String {
    let names: Vec<String> = column.names.iter().map(|it| name_apart(&it.text)).collect();
    match (column.is_tuple, names.is_empty()) {
        (true, _) => format!("({}) = ", names.join(", ")),
        (false, false) => format!("{} = ", names.join(" = ")),
        (false, true) => String::new(),
    }
}

fn typed(column: &Name, ty: &Name) -> String {
    format!("{}: {}", name(&column.text), word(&ty.text))
}

/// Where a column starts.
pub(super) fn column_span(column: &Column) -> Span {
    let value = column.value.span();
    column.names.first().map_or(value, |first| first.place.0.to(value))
}

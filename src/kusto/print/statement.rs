//! Statements, and the comments and empty lines between them.

use super::{Printer, layout::Doc, name};
use crate::{
    diag::Span,
    kusto::ast::{Expression, Function, LetValue, Statement},
};

impl Printer<'_> {
    /// A whole text.
    pub(super) fn script(&mut self, statements: &[Statement]) -> Doc {
        self.statements(statements, None)
    }

    /// Statements up to a place, or to the end of the text, each on its line.
    fn statements(&mut self, statements: &[Statement], end: Option<Span>) -> Doc {
        let mut all = Vec::new();
        let mut last = None;
        for (index, statement) in statements.iter().enumerate() {
            let span = span(statement);
            last = self.comments_before(Some(span), last, &mut all);
            self.keep_blank(last, span.start, &mut all);
            start_line(&mut all);
            all.push(self.statement(statement));
            let is_last = index + 1 == statements.len();
            if !(is_last && matches!(statement, Statement::Tabular(_))) {
                all.push(Doc::text(";"));
            }
            last = Some(span.end);
        }
        self.comments_before(end, last, &mut all);
        all.into()
    }

    /// Adds the comments before a node, and says where the last one ends.
    fn comments_before(
        &mut self,
        node: Option<Span>,
        mut last: Option<u32>,
        all: &mut Vec<Doc>,
    ) -> Option<u32> {
        while let Some(comment) = self.comments.next_before(node) {
            let place = comment.place.0;
            self.keep_blank(last, place.start, all);
            start_line(all);
            all.push(self.comments.doc(comment));
            last = Some(place.end);
        }
        last
    }

    fn keep_blank(&self, last: Option<u32>, next: u32, all: &mut Vec<Doc>) {
        if last.is_some_and(|last| self.comments.has_blank_between(last, next)) {
            all.push(Doc::Blank);
        }
    }

    fn statement(&mut self, statement: &Statement) -> Doc {
        match statement {
            Statement::Let(it, value) => {
                let head = Doc::text(format!("let {} = ", name(&it.text)));
                Doc::from([head, self.let_value(value)])
            }
            Statement::Set(option, None) => Doc::text(format!("set {}", name(&option.text))),
            Statement::Set(option, Some(value)) => {
                Doc::from([Doc::text(format!("set {} = ", name(&option.text))), self.expression(value)])
            }
            Statement::DeclareParameters(parameters) => {
                Doc::from([Doc::text("declare query_parameters"), self.function_parameters(parameters)])
            }
            Statement::AliasDatabase(alias, database) => {
                let head = Doc::text(format!("alias database {} = ", name(&alias.text)));
                Doc::from([head, self.expression(database)])
            }
            Statement::Restrict(tables) => self.bracketed("restrict access to (", tables, ")"),
            Statement::Tabular(query) => self.query(query),
        }
    }

    fn let_value(&mut self, value: &LetValue) -> Doc {
        match value {
            LetValue::Expression(Expression::Query(query)) => {
                let query = self.enclosed_query(query);
                Doc::indented(query)
            }
            LetValue::Expression(other) => self.expression(other),
            LetValue::Function(function) => self.function(function),
        }
    }

    fn function(&mut self, function: &Function) -> Doc {
        let view = Doc::text(if function.is_view { "view " } else { "" });
        let parameters = self.function_parameters(&function.parameters);
        let end = function.place.0.end;
        let body = self.statements(&function.body, Some(Span { start: end, end }));
        let head = Doc::from([view, parameters, Doc::text(" {")]);
        if body.is_nothing() {
            return Doc::from([head, Doc::text("}")]);
        }
        Doc::group([head, Doc::indented([Doc::Line(" "), body]), Doc::Line(" "), Doc::text("}")])
    }
}

/// A line of its own for what follows, unless it is the first.
fn start_line(all: &mut Vec<Doc>) {
    if !all.is_empty() {
        all.push(Doc::Break);
    }
}

/// Where a statement stands, from its first name on.
fn span(statement: &Statement) -> Span {
    match statement {
        Statement::Let(name, LetValue::Expression(value)) => name.place.0.to(value.span()),
        Statement::Let(name, LetValue::Function(function)) => name.place.0.to(function.place.0),
        Statement::Set(name, None) => name.place.0,
        Statement::Set(name, Some(value)) | Statement::AliasDatabase(name, value) => {
            name.place.0.to(value.span())
        }
        Statement::DeclareParameters(parameters) => match (parameters.first(), parameters.last()) {
            (Some(first), Some(last)) => first.name.place.0.to(last.name.place.0),
            _ => Span::default(),
        },
        Statement::Restrict(tables) => match (tables.first(), tables.last()) {
            (Some(first), Some(last)) => first.span().to(last.span()),
            _ => Span::default(),
        },
        Statement::Tabular(query) => query.span(),
    }
}

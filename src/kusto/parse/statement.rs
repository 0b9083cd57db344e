//! Statements.

use super::{Fault, Parser, Result};
use crate::kusto::{
    ast::{
        Expression, Function, FunctionParameter, LetValue, Name, ParameterType, Query, RowSchema, Source,
        Statement,
    },
    lex::Kind,
};

impl Parser<'_> {
    /// All statements of the text.
    pub(super) fn statements(&mut self) -> Vec<Statement> {
        let mut statements = Vec::new();
        loop {
            while self.take_sign(";") {}
            if self.is_end() {
                return statements;
            }
            match self.statement() {
                Ok(statement) => statements.push(statement),
                Err(Fault) => self.recover_statement(),
            }
            if !self.is_end() && !self.is_sign(";") {
                let after_let = matches!(statements.last(), Some(Statement::Let(..) | Statement::Set(..)));
                let help =
                    if after_let { "a `;` ends each `let` and `set`" } else { "a `;` ends each statement" };
                let message = format!("the query goes on with {} where it should end", self.found());
                if self.diagnostics.is_empty() {
                    let _ = self.fault(self.here(), message, Some(help));
                }
                self.recover_statement();
            }
        }
    }

    fn recover_statement(&mut self) {
        while !self.is_end() && !self.is_sign(";") {
            self.skip();
        }
    }

    fn statement(&mut self) -> Result<Statement> {
        if self.is_word("let") && self.starts_let() {
            self.skip();
            return self.let_statement();
        }
        if self.is_word("set") && matches!(self.ahead(1), Kind::Word(_)) {
            self.skip();
            let name = self.name("an option")?;
            let value = if self.take_sign("=") { Some(self.expression()?) } else { None };
            return Ok(Statement::Set(name, value));
        }
        if self.is_word("declare") && matches!(self.ahead(1), Kind::Word(word) if word == "query_parameters")
        {
            self.skip();
            self.skip();
            return self.function_parameters().map(Statement::DeclareParameters);
        }
        if self.is_word("alias") && matches!(self.ahead(1), Kind::Word(word) if word == "database") {
            self.skip();
            self.skip();
            let name = self.name("a name")?;
            self.expect_sign("=", "the name")?;
            return Ok(Statement::AliasDatabase(name, self.expression()?));
        }
        if self.is_word("restrict") && matches!(self.ahead(1), Kind::Word(word) if word == "access") {
            self.skip();
            self.skip();
            self.expect_word("to", "`restrict access`")?;
            self.expect_sign("(", "`to`")?;
            let tables = self.separated(Self::expression)?;
            self.expect_sign(")", "the tables")?;
            return Ok(Statement::Restrict(tables));
        }
        self.query().map(Statement::Tabular)
    }

    fn starts_let(&self) -> bool {
        matches!(self.ahead(1), Kind::Word(_) | Kind::Sign("["))
    }

    fn let_statement(&mut self) -> Result<Statement> {
        let name = self.name("a name after `let`")?;
        self.expect_sign("=", "the name")?;
        if let Some(function) = self.function()? {
            return Ok(Statement::Let(name, LetValue::Function(function)));
        }
        let query = self.query()?;
        Ok(Statement::Let(name, LetValue::Expression(as_expression(query))))
    }

    /// `(parameters) { body }`, with `view` before it or not.
    fn function(&mut self) -> Result<Option<Function>> {
        let start = self.start();
        let is_view = self.is_word("view") && matches!(self.ahead(1), Kind::Sign("("));
        let first = usize::from(is_view) + 1;
        let has_parameters = match self.ahead(first - 1) {
            Kind::Sign("(") => match self.ahead(first) {
                Kind::Sign(")") => matches!(self.ahead(first + 1), Kind::Sign("{")),
                Kind::Word(_) => matches!(self.ahead(first + 1), Kind::Sign(":")) && self.body_follows(first),
                Kind::Sign("[") => {
                    matches!(self.ahead(first + 3), Kind::Sign(":")) && self.body_follows(first)
                }
                _ => false,
            },
            _ => false,
        };
        if !has_parameters {
            return Ok(None);
        }
        if is_view {
            self.skip();
        }
        let parameters = self.function_parameters()?;
        self.expect_sign("{", "the function's parameters")?;
        let body = self.body()?;
        self.expect_sign("}", "the function's body")?;
        Ok(Some(Function { is_view, parameters, body, place: self.since(start) }))
    }

    /// Whether a body comes after the parenthesis that closes the one before the token at `first`: `(a: b)` alone is a
    /// search for a term.
    fn body_follows(&self, first: usize) -> bool {
        let mut depth = 1_usize;
        let mut at = first;
        while depth > 0 {
            match self.ahead(at) {
                Kind::Sign("(") => depth += 1,
                Kind::Sign(")") => depth -= 1,
                Kind::End => return false,
                _ => {}
            }
            at += 1;
        }
        matches!(self.ahead(at), Kind::Sign("{"))
    }

    fn body(&mut self) -> Result<Vec<Statement>> {
        self.deeper(|parser| {
            let mut body = Vec::new();
            loop {
                while parser.take_sign(";") {}
                if parser.is_sign("}") || parser.is_end() {
                    return Ok(body);
                }
                body.push(parser.statement()?);
                if !parser.is_sign("}") && !parser.is_sign(";") {
                    return Err(parser.expected("`;` or `}`"));
                }
            }
        })
    }

    fn function_parameters(&mut self) -> Result<Vec<FunctionParameter>> {
        self.expect_sign("(", "the name")?;
        if self.take_sign(")") {
            return Ok(Vec::new());
        }
        let parameters = self.separated(Self::function_parameter)?;
        self.expect_sign(")", "the parameters")?;
        Ok(parameters)
    }

    pub(super) fn function_parameter(&mut self) -> Result<FunctionParameter> {
        let name = self.name("a parameter")?;
        self.expect_sign(":", "the parameter's name")?;
        let ty = if self.is_sign("(") {
            ParameterType::Table(self.row_schema()?)
        } else {
            ParameterType::Scalar(self.type_name()?)
        };
        let default = if self.take_sign("=") { Some(self.expression()?) } else { None };
        Ok(FunctionParameter { name, ty, default })
    }

    pub(super) fn type_name(&mut self) -> Result<Name> {
        self.name("a type such as `string`")
    }

    /// `(name: type, …)`; `*` for any other columns.
    pub(super) fn row_schema(&mut self) -> Result<RowSchema> {
        self.expect_sign("(", "this")?;
        let mut schema = RowSchema::default();
        while !self.is_sign(")") {
            if self.take_sign("*") {
                schema.is_open = true;
            } else {
                let name = self.name("a column")?;
                self.expect_sign(":", "the column's name")?;
                schema.columns.push((name, self.type_name()?));
            }
            if !self.take_sign(",") {
                break;
            }
        }
        self.expect_sign(")", "the columns")?;
        Ok(schema)
    }
}

/// A query as an expression: itself where it is no more than one.
pub(super) fn as_expression(query: Query) -> Expression {
    match query.source {
        Source::Expression(expression) if query.operators.is_empty() => expression,
        source => Expression::Query(Box::new(Query { source, operators: query.operators })),
    }
}

//! Operands: constants, names, calls, members, queries in parentheses.

use super::{Parser, Result, operator, statement::as_expression};
use crate::kusto::{
    ast::{Argument, Call, Dynamic, Expression, Literal, Name},
    lex::Kind,
};

impl Parser<'_> {
    /// An operand with its members, elements and calls.
    pub(super) fn postfixed(&mut self) -> Result<Expression> {
        let start = self.start();
        let mut value = self.primary()?;
        loop {
            if self.is_sign(".") {
                self.skip();
                self.link()?;
                value = self.member(value, start)?;
            } else if self.is_sign("[") && self.is_index() {
                self.skip();
                let index = self.expression()?;
                self.expect_sign("]", "the index")?;
                self.link()?;
                value = Expression::Index(Box::new(value), Box::new(index));
            } else {
                return Ok(value);
            }
        }
    }

    fn member(&mut self, of: Expression, start: usize) -> Result<Expression> {
        if self.is_sign("[") && self.bracketed_ahead() {
            let name = self.name("a member")?;
            return Ok(Expression::Member(Box::new(of), name));
        }
        if self.is_sign("[") {
            self.skip();
            let index = self.expression()?;
            self.expect_sign("]", "the index")?;
            return Ok(Expression::Index(Box::new(of), Box::new(index)));
        }
        let name = self.name("a member after `.`")?;
        if self.is_sign("(") {
            let arguments = self.arguments()?;
            return Ok(Expression::Call(Call {
                on: Some(Box::new(of)),
                function: name,
                arguments,
                place: self.since(start),
            }));
        }
        Ok(Expression::Member(Box::new(of), name))
    }

    /// Whether a bracket belongs to what stands before it: directly after it, or around a number.
    fn is_index(&self) -> bool {
        self.start() == self.end()
            || matches!(self.ahead(1), Kind::Literal(Literal::Long(_)))
            || matches!((self.ahead(1), self.ahead(2)), (Kind::Sign("-"), Kind::Literal(Literal::Long(_))))
    }

    fn bracketed_ahead(&self) -> bool {
        matches!((self.ahead(1), self.ahead(2)), (Kind::Literal(Literal::String(_)), Kind::Sign("]")))
    }

    /// An operand alone.
    pub(super) fn primary(&mut self) -> Result<Expression> {
        let start = self.start();
        match &self.token().kind {
            Kind::Literal(literal) => {
                let literal = literal.clone();
                self.skip();
                Ok(Expression::Literal(literal, self.since(start)))
            }
            Kind::Sign("(") => self.parenthesized(),
            Kind::Sign("[") if self.bracketed_ahead() => {
                let name = self.name("a name")?;
                if self.is_sign("(") { self.call(name, start) } else { Ok(Expression::Name(name)) }
            }
            Kind::Sign("*") => {
                self.skip();
                Ok(Expression::Star(self.since(start)))
            }
            Kind::Word(word) if word.starts_with("$left") || word.starts_with("$right") => {
                let name = self.name("a side")?;
                Ok(Expression::Side(name))
            }
            Kind::Word(word)
                if word == "not" && *self.ahead(1) != Kind::Sign("(") && self.operand_follows() =>
            {
                let help = "parentheses stand around what is negated: `not(…)`";
                Err(self.fault(self.here(), "`not` is a function", Some(help)))
            }
            Kind::Word(word) if matches!(word.as_str(), "and" | "or") => Err(self.expected("a value")),
            Kind::Word(word) if !word.starts_with('!') => {
                let word = word.clone();
                match word.as_str() {
                    "dynamic" if *self.ahead(1) == Kind::Sign("(") => self.dynamic(),
                    "datatable" if *self.ahead(1) == Kind::Sign("(") || self.has_parameter_ahead() => {
                        self.data_table()
                    }
                    "externaldata" | "external_data" if *self.ahead(1) == Kind::Sign("(") => {
                        self.external_data()
                    }
                    _ => {
                        let name = self.name("a name")?;
                        if self.is_sign("(") { self.call(name, start) } else { Ok(Expression::Name(name)) }
                    }
                }
            }
            Kind::Word(_) => {
                let message = format!("`{}` is no value", self.found().trim_matches('`'));
                Err(self.fault(self.here(), message, Some("write `not(…)` to negate")))
            }
            _ => Err(self.expected("a value")),
        }
    }

    fn has_parameter_ahead(&self) -> bool {
        matches!((self.ahead(1), self.ahead(2)), (Kind::Word(word), Kind::Sign(".")) if word == "hint")
    }

    fn operand_follows(&self) -> bool {
        matches!(self.ahead(1), Kind::Word(_) | Kind::Literal(_))
            && !matches!(self.ahead(1), Kind::Word(word) if word == "and" || word == "or")
    }

    /// An expression or a query in parentheses.
    pub(super) fn parenthesized(&mut self) -> Result<Expression> {
        self.expect_sign("(", "this")?;
        let query = self.query()?;
        if !self.is_sign(")") {
            return Err(self.expected("`)`"));
        }
        self.skip();
        Ok(as_expression(query))
    }

    fn call(&mut self, function: Name, start: usize) -> Result<Expression> {
        let arguments = self.arguments()?;
        Ok(Expression::Call(Call { on: None, function, arguments, place: self.since(start) }))
    }

    fn arguments(&mut self) -> Result<Vec<Argument>> {
        self.expect_sign("(", "the function")?;
        if self.take_sign(")") {
            return Ok(Vec::new());
        }
        let arguments = self.separated(Self::argument)?;
        if !self.is_sign(")") {
            return Err(self.expected("`,` or `)`"));
        }
        self.skip();
        Ok(arguments)
    }

    fn argument(&mut self) -> Result<Argument> {
        let is_named = match self.token().kind {
            Kind::Word(_) => *self.ahead(1) == Kind::Sign("="),
            Kind::Sign("[") => self.bracketed_ahead() && *self.ahead(3) == Kind::Sign("="),
            _ => false,
        };
        let name = if is_named {
            let name = self.name("a parameter")?;
            self.skip();
            Some(name)
        } else {
            None
        };
        // `toscalar(kind=nooptimization T)` has no comma.
        let query = self.query()?;
        let value = as_expression(query);
        if name.is_some() && !self.is_sign(",") && !self.is_sign(")") {
            return Ok(Argument { name: None, value: as_expression(self.query()?) });
        }
        Ok(Argument { name, value })
    }

    /// A name with `*` in it: `Device*`, `*_s`, `*`.
    pub(super) fn pattern(&mut self) -> Option<Expression> {
        let start = self.start();
        let mut count = 0;
        let mut end = start;
        let mut text = String::new();
        loop {
            let token = &self.tokens[(self.at + count).min(self.tokens.len() - 1)];
            if token.start != end {
                break;
            }
            match &token.kind {
                Kind::Word(word) => text.push_str(word),
                Kind::Sign("*") => text.push('*'),
                _ => break,
            }
            end = token.end;
            count += 1;
        }
        if !text.contains('*') {
            return None;
        }
        self.at += count;
        let place = self.since(start);
        Some(if text == "*" { Expression::Star(place) } else { Expression::Pattern(Name { text, place }) })
    }

    fn dynamic(&mut self) -> Result<Expression> {
        let start = self.start();
        self.skip();
        self.expect_sign("(", "`dynamic`")?;
        let value = self.dynamic_value()?;
        self.expect_sign(")", "the value")?;
        Ok(Expression::Dynamic(value, self.since(start)))
    }

    fn dynamic_value(&mut self) -> Result<Dynamic> {
        self.deeper(|parser| match &parser.token().kind {
            Kind::Sign("[") => {
                parser.skip();
                let values =
                    if parser.is_sign("]") { Vec::new() } else { parser.separated(Self::dynamic_value)? };
                parser.expect_sign("]", "the values")?;
                Ok(Dynamic::Array(values))
            }
            Kind::Sign("{") => {
                parser.skip();
                let members =
                    if parser.is_sign("}") { Vec::new() } else { parser.separated(Self::dynamic_member)? };
                parser.expect_sign("}", "the members")?;
                Ok(Dynamic::Bag(members))
            }
            Kind::Word(word) if word == "null" => {
                parser.skip();
                Ok(Dynamic::Null)
            }
            Kind::Sign(sign @ ("-" | "+")) => {
                let negative = *sign == "-";
                parser.skip();
                let literal = parser.dynamic_literal()?;
                Ok(Dynamic::Literal(if negative { negated(literal) } else { literal }))
            }
            _ => parser.dynamic_literal().map(Dynamic::Literal),
        })
    }

    fn dynamic_literal(&mut self) -> Result<Literal> {
        match &self.token().kind {
            Kind::Literal(literal) => {
                let literal = literal.clone();
                self.skip();
                Ok(literal)
            }
            _ => Err(self.expected("a JSON value")),
        }
    }

    fn dynamic_member(&mut self) -> Result<(String, Dynamic)> {
        let Kind::Literal(Literal::String(name)) = &self.token().kind else {
            let message = format!("expected a member's name in quotes, found {}", self.found());
            return Err(self.fault(
                self.here(),
                message,
                Some("`dynamic` holds JSON, whose names stand in quotes"),
            ));
        };
        let name = name.clone();
        self.skip();
        self.expect_sign(":", "the member's name")?;
        Ok((name, self.dynamic_value()?))
    }

    fn data_table(&mut self) -> Result<Expression> {
        let start = self.start();
        self.skip();
        self.parameters(&[])?;
        let schema = self.row_schema()?;
        let values = self.bracketed_values()?;
        if values.len() % operator::width(&schema) != 0 {
            let message =
                format!("the table has {} columns, and {} values", schema.columns.len(), values.len());
            return Err(self.fault(self.since(start).0, message, None));
        }
        Ok(Expression::DataTable(schema, values, self.since(start)))
    }

    /// `[a, b, …]`, a comma at the end allowed.
    fn bracketed_values(&mut self) -> Result<Vec<Expression>> {
        self.expect_sign("[", "the columns")?;
        let mut values = Vec::new();
        while !self.is_sign("]") {
            values.push(self.expression()?);
            if !self.take_sign(",") {
                break;
            }
        }
        self.expect_sign("]", "the values")?;
        Ok(values)
    }

    fn external_data(&mut self) -> Result<Expression> {
        let start = self.start();
        self.skip();
        let schema = self.row_schema()?;
        let uris = self.bracketed_values()?;
        let mut properties = Vec::new();
        if self.take_word("with") {
            self.expect_sign("(", "`with`")?;
            while !self.is_sign(")") {
                let name = self.name("a property")?;
                self.expect_sign("=", "the property")?;
                properties.push((name, self.expression()?));
                if !self.take_sign(",") {
                    break;
                }
            }
            self.expect_sign(")", "the properties")?;
        }
        Ok(Expression::ExternalData { schema, uris, properties, place: self.since(start) })
    }
}

fn negated(literal: Literal) -> Literal {
    match literal {
        Literal::Long(value) => Literal::Long(value.checked_neg().unwrap_or(i64::MIN)),
        Literal::Real(value) => Literal::Real(-value),
        Literal::Decimal(value) => Literal::Decimal(-value),
        Literal::Timespan { ticks, spelling } => {
            Literal::Timespan { ticks: -ticks, spelling: format!("-{spelling}") }
        }
        other => other,
    }
}

//! What operators have in common: parameters, named values, orders.

use super::{Parser, Result};
use crate::kusto::{
    ast::{Column, Expression, Name, Nulls, Ordered, Parameter},
    lex::Kind,
};

impl Parser<'_> {
    /// `kind=inner hint.strategy=shuffle`: names of this list, and all hints.
    pub(super) fn parameters(&mut self, names: &[&str]) -> Result<Vec<Parameter>> {
        let mut parameters = Vec::new();
        while let Some(name) = self.parameter_name(names) {
            parameters.push(Parameter { name, value: self.parameter_value()? });
            self.take_sign(",");
        }
        Ok(parameters)
    }

    /// A parameter's name with its `=`.
    fn parameter_name(&mut self, names: &[&str]) -> Option<Name> {
        let start = self.start();
        let word = self.word()?.to_owned();
        if word == "hint" && *self.ahead(1) == Kind::Sign(".") {
            let Kind::Word(hint) = self.ahead(2).clone() else { return None };
            if *self.ahead(3) != Kind::Sign("=") {
                return None;
            }
            self.at += 3;
            let name = Name { text: format!("hint.{hint}"), place: self.since(start) };
            self.at += 1;
            return Some(name);
        }
        if !names.contains(&word.as_str()) || *self.ahead(1) != Kind::Sign("=") {
            return None;
        }
        self.at += 1;
        let name = Name { text: word, place: self.since(start) };
        self.at += 1;
        Some(name)
    }

    fn parameter_value(&mut self) -> Result<Expression> {
        // A word is a value of its own, also before the parenthesis of what follows.
        match self.token().kind {
            Kind::Word(_) => self.name("a value").map(Expression::Name),
            _ => self.primary(),
        }
    }

    /// `name = value`, `(a, b) = value`, `value`.
    pub(super) fn column(&mut self) -> Result<Column> {
        if let Some(names) = self.tuple() {
            let value = self.expression()?;
            return Ok(Column { names, is_tuple: true, value });
        }
        let names = match self.assigned_name() {
            Some(name) => vec![name],
            None => Vec::new(),
        };
        Ok(Column { names, is_tuple: false, value: self.expression()? })
    }

    /// `name =`.
    fn assigned_name(&mut self) -> Option<Name> {
        let width = match (&self.token().kind, self.ahead(1)) {
            (Kind::Word(_) | Kind::Literal(_), Kind::Sign("=")) => 1,
            (Kind::Sign("["), Kind::Literal(_)) if *self.ahead(3) == Kind::Sign("=") => 3,
            _ => return None,
        };
        debug_assert!(width > 0);
        let name = self.name("a name").ok()?;
        self.skip();
        Some(name)
    }

    /// `(a, b) =`.
    fn tuple(&mut self) -> Option<Vec<Name>> {
        if !self.is_sign("(") {
            return None;
        }
        let before = self.at;
        let told = self.diagnostics.len();
        self.skip();
        let names = self.separated(|parser| parser.name("a name"));
        if let Ok(names) = names
            && self.take_sign(")")
            && self.take_sign("=")
        {
            return Some(names);
        }
        self.at = before;
        self.diagnostics.truncate(told);
        None
    }

    pub(super) fn columns(&mut self) -> Result<Vec<Column>> {
        self.separated(Self::column)
    }

    /// `value asc nulls last`.
    pub(super) fn ordered(&mut self) -> Result<Ordered> {
        let value = self.expression()?;
        let ascending = if self.take_word("asc") || self.take_word("granny-asc") {
            Some(true)
        } else if self.take_word("desc") || self.take_word("granny-desc") {
            Some(false)
        } else {
            None
        };
        let nulls = if self.take_word("nulls") {
            if self.take_word("first") {
                Some(Nulls::First)
            } else {
                self.expect_word("last", "`nulls`")?;
                Some(Nulls::Last)
            }
        } else {
            None
        };
        Ok(Ordered { value, ascending, nulls })
    }
}

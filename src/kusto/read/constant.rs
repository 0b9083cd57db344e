//! Constants, and expressions that come to one.

use std::rc::Rc;

use super::{
    Reader,
    scope::{Binding, Scope},
    unsupported,
};
use crate::{
    diag::{Diagnostic, Span},
    ir::{Constant, Duration, Number},
    kusto::ast::{BinaryOperator as Op, Call, Dynamic, Expression, Literal, Query, Source},
};

impl Reader<'_> {
    /// The constant that an expression comes to; nothing for one that reads columns, rows or the clock.
    pub(super) fn constant<'s>(
        &mut self,
        expression: &'s Expression,
        scope: &Rc<Scope<'s>>,
    ) -> Result<Option<Constant>, Diagnostic> {
        self.nested(expression.span(), |reader| reader.constant_here(expression, scope))
    }

    fn constant_here<'s>(
        &mut self,
        expression: &'s Expression,
        scope: &Rc<Scope<'s>>,
    ) -> Result<Option<Constant>, Diagnostic> {
        match expression {
            Expression::Literal(literal, place) => of_literal(literal, place.0).map(Some),
            Expression::Dynamic(value, place) => of_dynamic(value, place.0).map(Some),
            Expression::Name(name) => match scope.find(&name.text).cloned() {
                Some(Binding::Value(value, defined)) => self.constant(value, &defined),
                _ => Ok(None),
            },
            Expression::Query(query) => match lone(query) {
                Some(inner) => self.constant(inner, scope),
                None => Ok(None),
            },
            Expression::Signed { negative, value, .. } => {
                let value = self.constant(value, scope)?;
                Ok(value.and_then(|value| if *negative { negated(&value) } else { Some(value) }))
            }
            Expression::Binary(left, operator, right) => {
                let (Some(left), Some(right)) = (self.constant(left, scope)?, self.constant(right, scope)?)
                else {
                    return Ok(None);
                };
                Ok(arithmetic(&left, *operator, &right))
            }
            Expression::Index(of, index) => {
                let (Some(of), Some(index)) = (self.constant(of, scope)?, self.constant(index, scope)?)
                else {
                    return Ok(None);
                };
                Ok(element(of, &index))
            }
            Expression::Member(of, name) => Ok(self.constant(of, scope)?.and_then(|of| match of {
                Constant::Object(members) => {
                    members.into_iter().find(|(it, _)| **it == *name.text).map(|(_, value)| value)
                }
                _ => None,
            })),
            Expression::Call(call) => self.constant_call(call, scope),
            _ => Ok(None),
        }
    }

    fn constant_call<'s>(
        &mut self,
        call: &'s Call,
        scope: &Rc<Scope<'s>>,
    ) -> Result<Option<Constant>, Diagnostic> {
        if call.on.is_some() || scope.find(&call.function.text).is_some() {
            return Ok(None);
        }
        let mut values = Vec::new();
        for argument in &call.arguments {
            match self.constant(&argument.value, scope)? {
                Some(value) => values.push(value),
                None => return Ok(None),
            }
        }
        Ok(called(&call.function.text, values))
    }

    /// The list that an expression comes to: a list's elements, or the constant alone.
    pub(super) fn constants<'s>(
        &mut self,
        expression: &'s Expression,
        scope: &Rc<Scope<'s>>,
    ) -> Result<Option<Vec<Constant>>, Diagnostic> {
        if let Some(constant) = self.constant(expression, scope)? {
            return Ok(Some(match constant {
                Constant::List(values) => values,
                value => vec![value],
            }));
        }
        if let Some(values) = self.supplied_values(expression, scope)? {
            return Ok(Some(values));
        }
        match Self::bound_value(expression, scope) {
            Some((Expression::DataTable(schema, values, place), defined)) => {
                let width = schema.columns.len().max(1);
                let first = values.iter().step_by(width);
                let mut constants = Vec::new();
                for value in first {
                    let constant = self.constant(value, &defined)?;
                    constants
                        .push(constant.ok_or_else(|| unsupported(place.0, "the table holds no constants"))?);
                }
                Ok(Some(constants))
            }
            _ => Ok(None),
        }
    }

    /// The expression behind a name and parentheses, and the names that it was written under.
    pub(super) fn bound_value<'s>(
        expression: &'s Expression,
        scope: &Rc<Scope<'s>>,
    ) -> Option<(&'s Expression, Rc<Scope<'s>>)> {
        let mut expression = expression;
        let mut scope = Rc::clone(scope);
        for _ in 0..super::MAX_DEPTH {
            match expression {
                Expression::Name(name) => match scope.find(&name.text).cloned() {
                    Some(Binding::Value(value, defined)) => (expression, scope) = (value, defined),
                    _ => return Some((expression, scope)),
                },
                Expression::Query(query) => match lone(query) {
                    Some(inner) => expression = inner,
                    None => return Some((expression, scope)),
                },
                _ => return Some((expression, scope)),
            }
        }
        None
    }

    /// The length of time that an expression comes to.
    pub(super) fn duration<'s>(
        &mut self,
        expression: &'s Expression,
        scope: &Rc<Scope<'s>>,
    ) -> Result<Option<Duration>, Diagnostic> {
        Ok(match self.constant(expression, scope)? {
            Some(Constant::Duration(duration)) => Some(duration),
            _ => None,
        })
    }

    /// The text that an expression comes to.
    pub(super) fn text<'s>(
        &mut self,
        expression: &'s Expression,
        scope: &Rc<Scope<'s>>,
    ) -> Result<Option<String>, Diagnostic> {
        Ok(match self.constant(expression, scope)? {
            Some(Constant::Text(text)) => Some(text.to_string()),
            _ => None,
        })
    }
}

/// The expression that a query without operators is.
pub(super) fn lone(query: &Query) -> Option<&Expression> {
    match &query.source {
        Source::Expression(expression) if query.operators.is_empty() => Some(expression),
        _ => None,
    }
}

fn of_literal(literal: &Literal, span: Span) -> Result<Constant, Diagnostic> {
    Ok(match literal {
        Literal::String(text) | Literal::Hidden(text) | Literal::Guid(text) => {
            Constant::Text(text.as_str().into())
        }
        Literal::Bool(value) => Constant::Boolean(*value),
        Literal::Long(value) | Literal::Int(value) => Constant::Number((*value).into()),
        Literal::Real(value) => Constant::Number(
            Number::real(*value).ok_or_else(|| unsupported(span, "the number is not finite"))?,
        ),
        Literal::Decimal(value) => Constant::Number(
            Number::integer(*value).ok_or_else(|| unsupported(span, "the number is too large"))?,
        ),
        Literal::DecimalText(text) => {
            Constant::Number(Number::parse(text).ok_or_else(|| unsupported(span, "this is not a number"))?)
        }
        Literal::Timespan { ticks, .. } => Constant::Duration(Duration(*ticks)),
        Literal::Datetime(text) => Constant::Timestamp(text.as_str().into()),
        Literal::Null(_) => Constant::Null,
    })
}

fn of_dynamic(value: &Dynamic, span: Span) -> Result<Constant, Diagnostic> {
    Ok(match value {
        Dynamic::Null => Constant::Null,
        Dynamic::Literal(literal) => of_literal(literal, span)?,
        Dynamic::Array(values) => {
            Constant::List(values.iter().map(|value| of_dynamic(value, span)).collect::<Result<_, _>>()?)
        }
        Dynamic::Bag(members) => {
            let member =
                |(name, value): &(String, Dynamic)| Ok((name.as_str().into(), of_dynamic(value, span)?));
            Constant::Object(members.iter().map(member).collect::<Result<_, Diagnostic>>()?)
        }
    })
}

fn negated(value: &Constant) -> Option<Constant> {
    match value {
        Constant::Number(_) => arithmetic(&Constant::Number(0.into()), Op::Subtract, value),
        Constant::Duration(duration) => {
            duration.0.checked_neg().map(|ticks| Constant::Duration(Duration(ticks)))
        }
        _ => None,
    }
}

fn element(of: Constant, index: &Constant) -> Option<Constant> {
    match (of, index) {
        (Constant::List(mut values), Constant::Number(Number::Integer(index))) => {
            let index = usize::try_from(*index).ok().filter(|index| *index < values.len())?;
            Some(values.swap_remove(index))
        }
        (Constant::Object(members), Constant::Text(name)) => {
            members.into_iter().find(|(it, _)| it == name).map(|(_, value)| value)
        }
        _ => None,
    }
}

fn arithmetic(left: &Constant, operator: Op, right: &Constant) -> Option<Constant> {
    match (left, right) {
        (Constant::Number(Number::Integer(left)), Constant::Number(Number::Integer(right))) => {
            let value = match operator {
                Op::Add => left.checked_add(*right),
                Op::Subtract => left.checked_sub(*right),
                Op::Multiply => left.checked_mul(*right),
                Op::Divide => left.checked_div(*right),
                Op::Modulo => left.checked_rem(*right),
                _ => None,
            };
            value.and_then(Number::integer).map(Constant::Number)
        }
        (Constant::Number(left), Constant::Number(right)) => {
            let (left, right) = (left.to_f64(), right.to_f64());
            let value = match operator {
                Op::Add => left + right,
                Op::Subtract => left - right,
                Op::Multiply => left * right,
                Op::Divide => left / right,
                _ => return None,
            };
            Number::real(value).map(Constant::Number)
        }
        (Constant::Duration(left), Constant::Duration(right)) => {
            let ticks = match operator {
                Op::Add => left.0.checked_add(right.0),
                Op::Subtract => left.0.checked_sub(right.0),
                _ => None,
            };
            ticks.map(|ticks| Constant::Duration(Duration(ticks)))
        }
        (Constant::Duration(length), Constant::Number(factor)) => scaled(*length, operator, *factor),
        (Constant::Number(factor), Constant::Duration(length)) if operator == Op::Multiply => {
            scaled(*length, operator, *factor)
        }
        _ => None,
    }
}

fn scaled(length: Duration, operator: Op, factor: Number) -> Option<Constant> {
    let ticks = match (operator, factor) {
        (Op::Multiply, Number::Integer(factor)) => length.0.checked_mul(i64::try_from(factor).ok()?)?,
        (Op::Divide, Number::Integer(factor)) => length.0.checked_div(i64::try_from(factor).ok()?)?,
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_precision_loss,
            reason = "ticks of a few years"
        )]
        (Op::Multiply, Number::Real(factor)) => (length.0 as f64 * factor) as i64,
        _ => return None,
    };
    Some(Constant::Duration(Duration(ticks)))
}

/// The value of a function of constants, as far as rules use them so.
fn called(function: &str, mut values: Vec<Constant>) -> Option<Constant> {
    let text = |value: &Constant| match value {
        Constant::Text(text) => Some(text.to_string()),
        Constant::Number(number) => Some(number.to_string()),
        _ => None,
    };
    match (function, values.as_slice()) {
        ("pack_array" | "array_concat", _) => {
            let flat = values.into_iter().flat_map(|value| match value {
                Constant::List(inner) if function == "array_concat" => inner,
                value => vec![value],
            });
            Some(Constant::List(flat.collect()))
        }
        ("strcat", values) => {
            let parts: Option<Vec<String>> = values.iter().map(text).collect();
            parts.map(|parts| Constant::Text(parts.concat().into()))
        }
        ("tolower", [Constant::Text(text)]) => Some(Constant::Text(text.to_lowercase().into())),
        ("toupper", [Constant::Text(text)]) => Some(Constant::Text(text.to_uppercase().into())),
        ("tostring", [value]) => text(value).map(|text| Constant::Text(text.into())),
        ("toint" | "tolong" | "toreal" | "todouble", [Constant::Text(text)]) => {
            Number::parse(text).map(Constant::Number)
        }
        ("toint" | "tolong" | "toreal" | "todouble", [Constant::Number(number)]) => {
            Some(Constant::Number(*number))
        }
        ("todatetime" | "datetime", [Constant::Text(text)]) => Some(Constant::Timestamp(text.clone())),
        ("dynamic" | "todynamic", [_]) => values.pop(),
        ("split", [Constant::Text(text), Constant::Text(separator)]) if !separator.is_empty() => {
            Some(Constant::List(text.split(&**separator).map(|part| Constant::Text(part.into())).collect()))
        }
        _ => None,
    }
}

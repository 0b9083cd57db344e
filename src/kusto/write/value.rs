//! Computed values.

use super::{Column, Writer, computed_of_fields};
use crate::{
    diag::{Code, Diagnostic},
    ir::{Aggregate, AggregateFunction, Condition, Constant, Expression as Value, Function, Number},
    kusto::{
        ast::{BinaryOperator as Op, Dynamic, Expression, InOperator, Literal, Place},
        function::{self, Order},
    },
};

impl Writer<'_> {
    /// A value as an expression.
    pub(super) fn value(&mut self, value: &Value) -> Result<Expression, Diagnostic> {
        Ok(match value {
            Value::Field(field) => Column::of(field).reference(),
            Value::Constant(constant) => of_constant(constant),
            Value::Call(function, arguments) => self.call(*function, arguments)?,
            Value::Case(cases, otherwise) => {
                let mut arguments = Vec::new();
                for (condition, value) in cases {
                    arguments.push(self.condition(condition, true)?);
                    arguments.push(self.value(value)?);
                }
                arguments.push(self.value(otherwise)?);
                Expression::call(if cases.len() == 1 { "iff" } else { "case" }, arguments)
            }
            Value::Holds(condition) => self.condition(condition, true)?,
            Value::Member(of, name) => Expression::Member(Box::new(self.value(of)?), (&**name).into()),
            Value::Element(of, index) => {
                let index = Expression::literal(Literal::Long(*index));
                Expression::Index(Box::new(self.value(of)?), Box::new(index))
            }
            Value::Choice { of, constants, then, otherwise } => {
                let constants = constants.iter().map(Expression::text).collect();
                let is_one = Expression::list(Column::of(of).text(), InOperator::In, constants);
                Expression::call("iff", [is_one, self.value(then)?, self.value(otherwise)?])
            }
            other => computed_of_fields(other),
        })
    }

    fn call(&mut self, function: Function, arguments: &[Value]) -> Result<Expression, Diagnostic> {
        if let Some(operator) = operator(function)
            && let [left, right] = arguments
        {
            // `0 - x` is what a sign was read as.
            if function == Function::Subtract && *left == Value::number(0) {
                let value = Box::new(self.value(right)?);
                return Ok(Expression::Signed { negative: true, value, place: Place::default() });
            }
            return Ok(Expression::binary(self.value(left)?, operator, self.value(right)?));
        }
        let mut written = Vec::new();
        for argument in arguments {
            written.push(self.value(argument)?);
        }
        let differences = [
            (Function::SecondsBetween, "second"),
            (Function::MinutesBetween, "minute"),
            (Function::HoursBetween, "hour"),
            (Function::DaysBetween, "day"),
        ];
        if let Some((_, unit)) = differences.iter().find(|(it, _)| *it == function) {
            written.insert(0, Expression::text(*unit));
            return Ok(Expression::call("datetime_diff", written));
        }
        match function {
            // The one element of a list that `split` with an index is.
            Function::SplitPart => {
                let part = Expression::call("split", written);
                let first = Box::new(Expression::literal(Literal::Long(0)));
                return Ok(Expression::call("tostring", [Expression::Index(Box::new(part), first)]));
            }
            Function::UrlHost | Function::UrlPath => {
                let name = if function == Function::UrlHost { "Host" } else { "Path" };
                let url = Expression::call("parse_url", written);
                let member = Expression::Member(Box::new(url), name.into());
                return Ok(Expression::call("tostring", [member]));
            }
            Function::FileName => {
                let path = Expression::call("parse_path", written);
                let member = Expression::Member(Box::new(path), "Filename".into());
                return Ok(Expression::call("tostring", [member]));
            }
            Function::Trim => {
                written.insert(0, Expression::text(r"\s+"));
                return Ok(Expression::call("trim", written));
            }
            _ => {}
        }
        let Some((name, order)) = function::name_of(function) else {
            let message = format!("KQL is not written for `{}`", function.name());
            return Err(Diagnostic::new(Code::Unsupported, self.span, message));
        };
        match order {
            Order::TextLast => written.rotate_left(1),
            Order::Swapped if written.len() == 2 => written.swap(0, 1),
            Order::Same | Order::Swapped => {}
        }
        Ok(Expression::call(name, written))
    }

    /// An aggregate of `summarize`.
    pub(super) fn aggregate(&mut self, aggregate: &Aggregate) -> Result<Expression, Diagnostic> {
        let mut is_conditional = aggregate.filter != Condition::Always;
        let mut arguments = Vec::new();
        for argument in &aggregate.arguments {
            arguments.push(self.aggregated(aggregate.function, argument)?);
        }
        if is_conditional {
            let condition = self.condition(&aggregate.filter, true)?;
            let at = arguments.len().min(1);
            arguments.insert(at, condition);
        } else if let Some(presence) = self.presence(aggregate, &arguments) {
            is_conditional = true;
            arguments.push(presence);
        }
        if aggregate.function == AggregateFunction::Median {
            arguments.push(Expression::literal(Literal::Long(50)));
            return Ok(Expression::call("percentile", arguments));
        }
        if let Some(name) = function::aggregate_name(aggregate.function, is_conditional) {
            Ok(Expression::call(name, arguments))
        } else {
            let message = format!("KQL is not written for `{}`", aggregate.function.name());
            Err(Diagnostic::new(Code::Unsupported, self.span, message))
        }
    }
}

fn operator(function: Function) -> Option<Op> {
    match function {
        Function::Add => Some(Op::Add),
        Function::Subtract => Some(Op::Subtract),
        Function::Multiply => Some(Op::Multiply),
        Function::Divide => Some(Op::Divide),
        Function::Modulo => Some(Op::Modulo),
        _ => None,
    }
}

/// A constant as a literal.
pub(super) fn of_constant(constant: &Constant) -> Expression {
    match constant {
        Constant::List(_) | Constant::Object(_) => {
            Expression::Dynamic(of_dynamic(constant), Place::default())
        }
        Constant::Null => Expression::Dynamic(Dynamic::Null, Place::default()),
        scalar => Expression::literal(literal(scalar)),
    }
}

fn of_dynamic(constant: &Constant) -> Dynamic {
    match constant {
        Constant::Null => Dynamic::Null,
        Constant::List(values) => Dynamic::Array(values.iter().map(of_dynamic).collect()),
        Constant::Object(members) => {
            Dynamic::Bag(members.iter().map(|(name, value)| (name.to_string(), of_dynamic(value))).collect())
        }
        scalar => Dynamic::Literal(literal(scalar)),
    }
}

fn literal(constant: &Constant) -> Literal {
    match constant {
        Constant::Text(text) => Literal::String(text.to_string()),
        Constant::Number(Number::Integer(value)) => {
            i64::try_from(*value).map_or(Literal::Decimal(*value), Literal::Long)
        }
        Constant::Number(Number::Real(value)) => Literal::Real(*value),
        Constant::Boolean(value) => Literal::Bool(*value),
        Constant::Duration(duration) => Literal::Timespan { ticks: duration.0, spelling: String::new() },
        Constant::Timestamp(text) => Literal::Datetime(text.to_string()),
        Constant::Null | Constant::List(_) | Constant::Object(_) => Literal::Null("dynamic"),
    }
}

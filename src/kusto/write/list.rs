//! Lists and long disjunctions.

use super::Column;
use crate::kusto::ast::{BinaryOperator as Op, Expression, InOperator, Literal};

/// A disjunction longer than this becomes a balanced one: the service's binder refuses trees deeper than some 500.
const LONG: usize = 128;

/// A predicate that can share a list with its neighbours.
pub(super) enum Listed {
    /// A value of `in` or `in~`.
    Value(Expression, InOperator),
    /// A network, v4 or v6.
    Network(String, bool),
    /// A term, without case.
    Term(std::sync::Arc<str>),
}

pub(super) fn alike(first: &Listed, next: &Listed) -> bool {
    match (first, next) {
        (Listed::Value(Expression::Literal(a, _), one), Listed::Value(Expression::Literal(b, _), other)) => {
            one == other && std::mem::discriminant(a) == std::mem::discriminant(b)
        }
        (Listed::Network(_, one), Listed::Network(_, other)) => one == other,
        (Listed::Term(_), Listed::Term(_)) => true,
        _ => false,
    }
}

pub(super) fn list(column: &Column, listed: Vec<Listed>, positive: bool) -> Expression {
    let mut operator = None;
    let mut networks = None;
    let mut values: Vec<Expression> = listed
        .into_iter()
        .map(|one| match one {
            Listed::Value(value, in_operator) => {
                operator = Some(in_operator);
                value
            }
            Listed::Network(network, v6) => {
                networks = Some(v6);
                Expression::text(network)
            }
            Listed::Term(term) => {
                operator = Some(InOperator::HasAny);
                Expression::text(&*term)
            }
        })
        .collect();
    match (networks, operator, values.len()) {
        (Some(v6), ..) => {
            let function = match (v6, values.len()) {
                (false, 1) => "ipv4_is_in_range",
                (true, 1) => "ipv6_is_in_range",
                (false, _) => "ipv4_is_in_any_range",
                (true, _) => "ipv6_is_in_any_range",
            };
            values.insert(0, column.text());
            close(Expression::call(function, values), positive)
        }
        (None, Some(InOperator::InNoCase), 1) => {
            Expression::binary(column.comparable(), Op::EqualNoCase, values.swap_remove(0))
        }
        (None, Some(InOperator::HasAny), 1) => {
            Expression::binary(column.text(), Op::Has, values.swap_remove(0))
        }
        (None, Some(InOperator::HasAny), _) => Expression::list(column.text(), InOperator::HasAny, values),
        (None, _, 1) => Expression::binary(column.comparable(), Op::Equal, values.swap_remove(0)),
        (None, operator, _) => {
            Expression::list(column.comparable(), operator.unwrap_or(InOperator::In), values)
        }
    }
}

/// A test that may be null, made false there where a negation would carry the null on.
pub(super) fn close(test: Expression, positive: bool) -> Expression {
    let nullable = match &test {
        Expression::Call(call) => call.function.text.starts_with("ipv"),
        Expression::Binary(_, Op::Less | Op::LessOrEqual | Op::Greater | Op::GreaterOrEqual, _) => true,
        // Two columns: null == null is null.
        Expression::Binary(left, Op::Equal, right) => {
            !matches!(**right, Expression::Literal(..)) && !matches!(**left, Expression::Literal(..))
        }
        _ => false,
    };
    if positive || !nullable {
        return test;
    }
    Expression::call("coalesce", vec![test, Expression::literal(Literal::Bool(false))])
}

/// A disjunction; a long one in groups of about the square root of its length, so that its tree stays flat.
pub(super) fn balanced(terms: Vec<Expression>) -> Expression {
    if terms.len() <= LONG {
        return Expression::Or(terms);
    }
    let size = terms.len().isqrt().max(2);
    let mut groups = Vec::with_capacity(terms.len() / size + 1);
    let mut rest = terms.into_iter().peekable();
    while rest.peek().is_some() {
        let mut group: Vec<_> = rest.by_ref().take(size).collect();
        groups.push(if group.len() == 1 { group.swap_remove(0) } else { Expression::Or(group) });
    }
    Expression::Or(groups)
}

//! Syntax tree → text: one clause a line, parentheses where precedence asks for them, and around an `and` inside
//! an `or`, which binds without them but is easily misread.

use std::fmt::Write;

use super::{
    ast::{Argument, BinaryOperator, Dynamic, Expression, Literal, Operator, Query, Source},
    quote,
};

/// Groups and lists longer than this are broken over lines.
const WIDTH: usize = 100;
const INDENT: usize = 4;

/// How tightly an expression binds, loosest first (the grammar's logical-or to primary expressions).
#[derive(PartialEq, Eq, PartialOrd, Ord, Clone, Copy)]
enum Precedence {
    Or,
    And,
    Equality,
    Relational,
    Text,
    Primary,
}

fn precedence(expression: &Expression) -> Precedence {
    use BinaryOperator as Op;
    match expression {
        Expression::Or(_) => Precedence::Or,
        Expression::And(_) => Precedence::And,
        Expression::In(..) | Expression::Between { .. } => Precedence::Equality,
        Expression::Binary(_, operator, _) => match operator {
            Op::Equal | Op::NotEqual => Precedence::Equality,
            Op::Less | Op::LessOrEqual | Op::Greater | Op::GreaterOrEqual => Precedence::Relational,
            _ => Precedence::Text,
        },
        _ => Precedence::Primary,
    }
}

/// Prints a query, without a final line feed.
pub fn print(query: &Query) -> String {
    let mut out = String::with_capacity(256);
    match &query.source {
        Source::Expression(Expression::Call(call)) => {
            let arguments = &call.arguments;
            quote::name(&mut out, &call.function.text);
            let start = out.len();
            out.push('(');
            separated(&mut out, arguments, ", ", argument);
            out.push(')');
            if out.chars().count() > WIDTH {
                out.truncate(start);
                out.push_str("(\n    ");
                separated(&mut out, arguments, ",\n    ", argument);
                out.push_str("\n)");
            }
        }
        Source::Expression(expression) => inline(&mut out, expression),
        Source::Operator(step) => {
            if let Operator::Union(_, tables) = &step.operator {
                out.push_str("union ");
                separated(&mut out, tables, ", ", inline);
            }
        }
    }
    for operator in &query.operators {
        match &operator.operator {
            Operator::Where(_, predicate) => {
                out.push_str("\n| where ");
                clause(&mut out, predicate, INDENT);
            }
            Operator::Extend(columns) => {
                out.push_str("\n| extend ");
                let indent = if columns.len() > 1 { INDENT } else { 0 };
                for (index, column) in columns.iter().enumerate() {
                    if columns.len() > 1 {
                        out.truncate(out.trim_end_matches(' ').len());
                        out.push_str(if index > 0 { "," } else { "" });
                        line(&mut out, INDENT);
                    }
                    for name in &column.names {
                        quote::name(&mut out, &name.text);
                        out.push_str(" = ");
                    }
                    term(&mut out, &column.value, Precedence::Or, indent);
                }
            }
            _ => {}
        }
    }
    out
}

/// An expression whose terms stand on lines of their own, indented so far.
fn clause(out: &mut String, expression: &Expression, indent: usize) {
    let (terms, word) = match expression {
        Expression::And(terms) => (terms, "and "),
        Expression::Or(terms) => (terms, "or "),
        other => return term(out, other, Precedence::Or, indent),
    };
    for (index, each) in terms.iter().enumerate() {
        if index > 0 {
            line(out, indent);
            out.push_str(word);
        }
        term(out, each, Precedence::Equality, indent);
    }
}

/// One term: on its line if it fits, else broken inside its own parentheses.
fn term(out: &mut String, expression: &Expression, at_least: Precedence, indent: usize) {
    let start = out.len();
    let breaks = matches!(
        expression,
        Expression::And(_) | Expression::Or(_) | Expression::In(..) | Expression::Call(..)
    );
    if !breaks || terms_within(expression, WIDTH.saturating_sub(indent)) {
        operand(out, expression, at_least);
        if indent + out[start..].chars().count() <= WIDTH {
            return;
        }
    }
    match expression {
        Expression::And(_) | Expression::Or(_) => {
            out.truncate(start);
            broken_group(out, "", expression, indent);
        }
        Expression::Call(call) if call.of("not").is_some() => {
            if let [Argument { value: inner @ (Expression::And(_) | Expression::Or(_)), .. }] =
                &*call.arguments
            {
                out.truncate(start);
                broken_group(out, "not", inner, indent);
            }
        }
        Expression::In(left, operator, values, _) => {
            out.truncate(start);
            operand(out, left, Precedence::Relational);
            let _ = write!(out, " {} (", operator.as_str());
            for (index, value) in values.iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                line(out, indent + INDENT);
                inline(out, value);
            }
            line(out, indent);
            out.push(')');
        }
        Expression::Call(call) if call.arguments.len() > 1 => {
            out.truncate(start);
            out.push_str(&call.function.text);
            out.push('(');
            for (index, argument) in call.arguments.iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                line(out, indent + INDENT);
                term(out, &argument.value, Precedence::Or, indent + INDENT);
            }
            line(out, indent);
            out.push(')');
        }
        _ => {}
    }
}

/// Whether an expression has so few terms that it may fit in a line of this width; spares rendering long lists only
/// to measure them.
fn terms_within(expression: &Expression, width: usize) -> bool {
    /// The least a term and what separates it from the next can take.
    const NARROWEST: usize = 4;
    let count = match expression {
        Expression::And(terms) | Expression::Or(terms) | Expression::In(_, _, terms, _) => terms.len(),
        Expression::Call(call) => call.arguments.len(),
        _ => return true,
    };
    count * NARROWEST <= width
}

fn broken_group(out: &mut String, function: &str, junction: &Expression, indent: usize) {
    out.push_str(function);
    out.push('(');
    line(out, indent + INDENT);
    clause(out, junction, indent + INDENT);
    line(out, indent);
    out.push(')');
}

fn line(out: &mut String, indent: usize) {
    let _ = write!(out, "\n{:indent$}", "");
}

/// An operand, in parentheses if it binds more loosely than its place allows.
fn operand(out: &mut String, expression: &Expression, at_least: Precedence) {
    let parenthesize = precedence(expression) < at_least;
    if parenthesize {
        out.push('(');
    }
    inline(out, expression);
    if parenthesize {
        out.push(')');
    }
}

fn inline(out: &mut String, expression: &Expression) {
    match expression {
        Expression::Literal(value, _) => literal(out, value),
        Expression::Name(name) => quote::name(out, &name.text),
        Expression::Member(object, name) => {
            operand(out, object, Precedence::Primary);
            let start = out.len();
            quote::name(out, &name.text);
            if !out[start..].starts_with('[') {
                out.insert(start, '.');
            }
        }
        Expression::Star(_) => out.push('*'),
        Expression::Binary(left, operator, right) => {
            operand(out, left, Precedence::Primary);
            let _ = write!(out, " {} ", operator.as_str());
            operand(out, right, Precedence::Primary);
        }
        Expression::In(left, operator, values, _) => {
            operand(out, left, Precedence::Primary);
            let _ = write!(out, " {} (", operator.as_str());
            separated(out, values, ", ", inline);
            out.push(')');
        }
        Expression::Dynamic(value, _) => {
            out.push_str("dynamic(");
            dynamic(out, value);
            out.push(')');
        }
        Expression::Call(call) => {
            out.push_str(&call.function.text);
            out.push('(');
            separated(out, &call.arguments, ", ", argument);
            out.push(')');
        }
        Expression::And(terms) => {
            separated(out, terms, " and ", |out, term| operand(out, term, Precedence::Equality));
        }
        Expression::Or(terms) => {
            separated(out, terms, " or ", |out, term| operand(out, term, Precedence::Equality));
        }
        _ => {}
    }
}

fn argument(out: &mut String, argument: &Argument) {
    if let Some(name) = &argument.name {
        quote::name(out, &name.text);
        out.push('=');
    }
    inline(out, &argument.value);
}

fn dynamic(out: &mut String, value: &Dynamic) {
    match value {
        Dynamic::Null => out.push_str("null"),
        // A dynamic literal is JSON, with its own escapes.
        Dynamic::Literal(Literal::String(text)) => {
            let _ = write!(out, "{}", serde_json::Value::from(text.as_str()));
        }
        Dynamic::Literal(value) => literal(out, value),
        Dynamic::Array(values) => {
            out.push('[');
            separated(out, values, ", ", dynamic);
            out.push(']');
        }
        Dynamic::Bag(_) => {}
    }
}

fn separated<T>(out: &mut String, items: &[T], separator: &str, mut print: impl FnMut(&mut String, &T)) {
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            out.push_str(separator);
        }
        print(out, item);
    }
}

fn literal(out: &mut String, literal: &Literal) {
    // Writing to a string cannot fail.
    let _ = match literal {
        Literal::String(text) => return quote::string(out, text),
        Literal::Bool(value) => write!(out, "{value}"),
        // A minus sign is an operator, and the digits of the smallest long alone exceed the largest.
        Literal::Long(i64::MIN) => write!(out, "long({})", i64::MIN),
        Literal::Long(value) => write!(out, "{value}"),
        Literal::Real(value) if value.abs() < 1e-4 || value.abs() >= 1e15 => write!(out, "{value:e}"),
        Literal::Real(value) => write!(out, "{value}"),
        Literal::Decimal(value) => write!(out, "decimal({value})"),
        _ => Ok(()),
    };
}

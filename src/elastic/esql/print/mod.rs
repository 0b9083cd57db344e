//! Syntax tree → text: precedence, and one clause a line.

use std::fmt::Write;

mod commands;

use super::{
    ast::{Command, Expr, Literal, Operator, Query},
    quote,
};

/// Clauses longer than this are broken.
const WIDTH: usize = 100;
const INDENT: usize = 4;

/// How tightly an expression binds, loosest first ("Operators", ES|QL reference).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Precedence {
    Or,
    And,
    Not,
    Comparison,
    Arithmetic,
    Product,
    Primary,
}

fn precedence(expr: &Expr) -> Precedence {
    use Operator::{Add, Divide, Modulo, Multiply, Subtract};
    match expr {
        Expr::Or(_) => Precedence::Or,
        Expr::And(_) => Precedence::And,
        Expr::Not(_) => Precedence::Not,
        Expr::Binary(_, Add | Subtract, _) => Precedence::Arithmetic,
        Expr::Binary(_, Multiply | Divide | Modulo, _) => Precedence::Product,
        Expr::Binary(..) | Expr::In(..) | Expr::IsNull(_) | Expr::IsNotNull(_) => Precedence::Comparison,
        Expr::Column(_) | Expr::Star | Expr::Literal(_) | Expr::Call(..) | Expr::List(_) => {
            Precedence::Primary
        }
    }
}

pub(super) fn query(query: &Query) -> String {
    let mut out = "FROM ".to_owned();
    out.push_str(&query.from.join(", "));
    for command in &query.commands {
        match command {
            Command::Where(condition) => {
                out.push_str("\n| WHERE ");
                clauses(&mut out, &condition.shallow(), INDENT);
            }
            Command::Eval(column, value) => {
                out.push_str("\n| EVAL ");
                quote::name(&mut out, column);
                out.push_str(" = ");
                inline(&mut out, value);
            }
            other => commands::print(&mut out, other),
        }
    }
    out
}

/// A condition whose terms stand on lines of their own.
fn clauses(out: &mut String, expr: &Expr, indent: usize) {
    let (terms, word, least) = match expr {
        Expr::And(terms) => (terms, "AND ", Precedence::Not),
        // An AND beside an OR is right without parentheses, but few readers are sure of it.
        Expr::Or(terms) => (terms, "OR ", Precedence::Not),
        other => return term(out, other, Precedence::Or, indent),
    };
    for (index, each) in terms.iter().enumerate() {
        if index > 0 {
            line(out, indent);
            out.push_str(word);
        }
        term(out, each, least, indent);
    }
}

/// One term: on its line if it fits, else broken inside its own parentheses.
fn term(out: &mut String, expr: &Expr, least: Precedence, indent: usize) {
    let start = out.len();
    let breaks = matches!(expr, Expr::And(_) | Expr::Or(_) | Expr::In(..) | Expr::Not(_) | Expr::Call(..));
    if !breaks || may_fit(expr, WIDTH.saturating_sub(indent)) {
        operand(out, expr, least);
        if indent + out[start..].chars().count() <= WIDTH {
            return;
        }
    }
    match expr {
        Expr::And(_) | Expr::Or(_) => {
            out.truncate(start);
            broken_group(out, expr, indent);
        }
        Expr::Not(inner) if matches!(**inner, Expr::And(_) | Expr::Or(_)) => {
            out.truncate(start);
            out.push_str("NOT ");
            broken_group(out, inner, indent);
        }
        Expr::Not(inner) if matches!(**inner, Expr::Call(..)) => {
            out.truncate(start);
            out.push_str("NOT ");
            term(out, inner, Precedence::Comparison, indent);
        }
        Expr::Not(inner) => {
            if let Expr::In(left, values) = &**inner {
                out.truncate(start);
                operand(out, left, Precedence::Arithmetic);
                out.push_str(" NOT IN (");
                broken_list(out, values, indent);
            }
        }
        Expr::In(left, values) => {
            out.truncate(start);
            operand(out, left, Precedence::Arithmetic);
            out.push_str(" IN (");
            broken_list(out, values, indent);
        }
        Expr::Call(function, arguments) => {
            out.truncate(start);
            out.push_str(function);
            out.push('(');
            broken_list(out, arguments, indent);
        }
        _ => {}
    }
}

/// Whether an expression has so few terms that it may fit; spares rendering long lists only to measure them.
fn may_fit(expr: &Expr, width: usize) -> bool {
    const NARROWEST: usize = 4;
    match expr {
        Expr::And(terms) | Expr::Or(terms) | Expr::In(_, terms) => terms.len() * NARROWEST <= width,
        Expr::Not(inner) => may_fit(inner, width),
        _ => true,
    }
}

fn broken_group(out: &mut String, junction: &Expr, indent: usize) {
    out.push('(');
    line(out, indent + INDENT);
    clauses(out, junction, indent + INDENT);
    line(out, indent);
    out.push(')');
}

fn broken_list(out: &mut String, values: &[Expr], indent: usize) {
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

fn line(out: &mut String, indent: usize) {
    let _ = write!(out, "\n{:indent$}", "");
}

/// An operand, in parentheses if it binds more loosely than its place allows.
fn operand(out: &mut String, expr: &Expr, least: Precedence) {
    let parenthesize = precedence(expr) < least;
    if parenthesize {
        out.push('(');
    }
    inline(out, expr);
    if parenthesize {
        out.push(')');
    }
}

fn inline(out: &mut String, expr: &Expr) {
    match expr {
        Expr::Column(name) => quote::name(out, name),
        Expr::Star => out.push('*'),
        Expr::Literal(value) => literal(out, value),
        Expr::Call(function, arguments) => {
            out.push_str(function);
            out.push('(');
            separated(out, arguments, ", ", inline);
            out.push(')');
        }
        Expr::List(values) => {
            out.push('[');
            separated(out, values, ", ", inline);
            out.push(']');
        }
        Expr::Binary(left, operator, right) => binary(out, left, *operator, operator.as_str(), right),
        Expr::In(left, values) => list(out, left, " IN (", values),
        Expr::IsNull(inner) => {
            operand(out, inner, Precedence::Arithmetic);
            out.push_str(" IS NULL");
        }
        Expr::IsNotNull(inner) => {
            operand(out, inner, Precedence::Arithmetic);
            out.push_str(" IS NOT NULL");
        }
        Expr::Not(inner) => match &**inner {
            Expr::Binary(left, operator @ Operator::Equal, right) => {
                binary(out, left, *operator, "!=", right);
            }
            Expr::Binary(left, operator @ Operator::Like, right) => {
                binary(out, left, *operator, "NOT LIKE", right);
            }
            Expr::Binary(left, operator @ Operator::Rlike, right) => {
                binary(out, left, *operator, "NOT RLIKE", right);
            }
            Expr::In(left, values) => list(out, left, " NOT IN (", values),
            _ => {
                out.push_str("NOT ");
                operand(out, inner, Precedence::Comparison);
            }
        },
        Expr::And(terms) => separated(out, terms, " AND ", |out, term| operand(out, term, Precedence::Not)),
        Expr::Or(terms) => separated(out, terms, " OR ", |out, term| operand(out, term, Precedence::Not)),
    }
}

fn binary(out: &mut String, left: &Expr, operator: Operator, spelling: &str, right: &Expr) {
    let at_least = match operator {
        Operator::Multiply | Operator::Divide | Operator::Modulo => Precedence::Product,
        _ => Precedence::Arithmetic,
    };
    operand(out, left, at_least);
    out.push(' ');
    out.push_str(spelling);
    out.push(' ');
    operand(out, right, Precedence::Primary);
}

fn list(out: &mut String, left: &Expr, word: &str, values: &[Expr]) {
    operand(out, left, Precedence::Arithmetic);
    out.push_str(word);
    separated(out, values, ", ", inline);
    out.push(')');
}

fn separated(out: &mut String, terms: &[Expr], separator: &str, print: impl Fn(&mut String, &Expr)) {
    for (index, term) in terms.iter().enumerate() {
        if index > 0 {
            out.push_str(separator);
        }
        print(out, term);
    }
}

fn literal(out: &mut String, value: &Literal) {
    match value {
        Literal::Text(text) => quote::string(out, text),
        Literal::Number(number) => {
            let _ = write!(out, "{number}");
        }
        Literal::Boolean(value) => out.push_str(if *value { "true" } else { "false" }),
        Literal::Timespan(words) => out.push_str(words),
        Literal::Null => out.push_str("null"),
    }
}

//! EQL syntax tree → text. `not` binds tighter than `and`, `and` tighter than `or`.

use super::{
    ast::{Argument, Comparator, Event, Expr, ListOperator, Literal, Operand, Query, Sequence},
    quote,
};
use crate::ir::Field;

/// Groups and lists that end beyond this column are broken over lines.
const WIDTH: usize = 100;
const INDENT: usize = 2;

/// How tightly an expression binds: the precedence table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Binding {
    Or,
    And,
    Not,
    Atom,
}

fn binding(expr: &Expr) -> Binding {
    match expr {
        Expr::Or(_) => Binding::Or,
        Expr::And(_) => Binding::And,
        Expr::Not(_) => Binding::Not,
        Expr::Constant(_) | Expr::Compare(..) | Expr::List(..) | Expr::Call(..) => Binding::Atom,
    }
}

/// The query's text, one clause of the outermost junction a line.
pub(super) fn query(query: &Query) -> String {
    let mut out = String::with_capacity(256);
    match query {
        Query::Event(it) => event(&mut out, it, INDENT),
        Query::Sequence(it) => sequence(&mut out, it),
    }
    out
}

/// An event a line, the keys at the top where all events have the same.
fn sequence(out: &mut String, sequence: &Sequence) {
    out.push_str(if sequence.is_ordered { "sequence" } else { "sample" });
    let shared = sequence.steps.first().map(|(_, keys)| keys);
    let is_shared = sequence.steps.iter().all(|(_, keys)| Some(keys) == shared);
    if let Some(keys) = shared.filter(|_| is_shared) {
        by(out, keys);
    }
    if let Some(span) = sequence.max_span {
        out.extend([" with maxspan=", &length(span)]);
    }
    for (it, keys) in &sequence.steps {
        line(out, INDENT);
        out.push('[');
        event(out, it, 2 * INDENT);
        out.push(']');
        if !is_shared {
            by(out, keys);
        }
        if sequence.runs > 1 {
            out.extend([" with runs=", &sequence.runs.to_string()]);
        }
    }
}

fn by(out: &mut String, keys: &[Field]) {
    for (index, key) in keys.iter().enumerate() {
        out.push_str(if index == 0 { " by " } else { ", " });
        quote::field(out, key);
    }
}

/// A length of time in EQL's longest whole unit ("EQL syntax reference", on `maxspan`).
fn length(milliseconds: i64) -> String {
    let units = [(86_400_000, "d"), (3_600_000, "h"), (60_000, "m"), (1_000, "s")];
    let whole = units.into_iter().find(|(unit, _)| milliseconds % unit == 0);
    whole.map_or_else(|| format!("{milliseconds}ms"), |(unit, name)| format!("{}{name}", milliseconds / unit))
}

fn event(out: &mut String, event: &Event, indent: usize) {
    match &event.category {
        Some(category) => quote::category(out, category),
        None => out.push_str("any"),
    }
    out.push_str(" where ");
    clause(out, &event.condition, indent);
}

/// An expression whose terms stand on lines of their own, indented so far.
fn clause(out: &mut String, expression: &Expr, indent: usize) {
    let (terms, word, at_least) = match expression {
        Expr::And(terms) => (terms, "and ", Binding::And),
        Expr::Or(terms) => (terms, "or ", Binding::Or),
        other => return term(out, other, Binding::Or, indent),
    };
    for (index, each) in terms.iter().enumerate() {
        if index > 0 {
            line(out, indent);
            out.push_str(word);
        }
        term(out, each, at_least, indent);
    }
}

/// One term: on its line if it fits, else broken inside its own parentheses.
fn term(out: &mut String, expression: &Expr, at_least: Binding, indent: usize) {
    let start = out.len();
    expr(out, expression, at_least);
    if indent + out[start..].chars().count() <= WIDTH {
        return;
    }
    match expression {
        Expr::And(_) | Expr::Or(_) => {
            out.truncate(start);
            out.push('(');
            line(out, indent + INDENT);
            clause(out, expression, indent + INDENT);
            line(out, indent);
            out.push(')');
        }
        Expr::Not(inner) => {
            out.truncate(start);
            out.push_str("not ");
            term(out, inner, Binding::Not, indent);
        }
        Expr::List(left, operator, values) if values.len() > 1 => {
            out.truncate(start);
            operand(out, left);
            out.extend([" ", list_symbol(*operator), " "]);
            broken(out, values, indent, literal);
        }
        Expr::Call(name, arguments) if arguments.len() > 2 => {
            out.truncate(start);
            out.push_str(name);
            broken(out, arguments, indent, argument);
        }
        Expr::List(..) | Expr::Call(..) | Expr::Constant(_) | Expr::Compare(..) => {}
    }
}

/// Items in parentheses, one a line.
fn broken<T>(out: &mut String, items: &[T], indent: usize, mut item: impl FnMut(&mut String, &T)) {
    out.push('(');
    for (index, each) in items.iter().enumerate() {
        if index > 0 {
            out.push(',');
        }
        line(out, indent + INDENT);
        item(out, each);
    }
    line(out, indent);
    out.push(')');
}

fn line(out: &mut String, indent: usize) {
    out.push('\n');
    out.extend(std::iter::repeat_n(' ', indent));
}

fn junction(out: &mut String, terms: &[Expr], separator: &str, at_least: Binding) {
    for (index, term) in terms.iter().enumerate() {
        if index > 0 {
            out.push_str(separator);
        }
        expr(out, term, at_least);
    }
}

/// An expression where only one that binds at least so tightly may stand bare.
fn expr(out: &mut String, term: &Expr, at_least: Binding) {
    if binding(term) < at_least {
        out.push('(');
        expr(out, term, Binding::Or);
        out.push(')');
        return;
    }
    match term {
        Expr::Constant(value) => out.push_str(if *value { "true" } else { "false" }),
        Expr::Or(terms) => junction(out, terms, " or ", Binding::Or),
        Expr::And(terms) => junction(out, terms, " and ", Binding::And),
        Expr::Not(inner) => {
            out.push_str("not ");
            expr(out, inner, Binding::Not);
        }
        Expr::Compare(left, comparator, right) => {
            operand(out, left);
            out.extend([" ", symbol(*comparator), " "]);
            literal(out, right);
        }
        Expr::List(left, operator, values) => {
            operand(out, left);
            out.extend([" ", list_symbol(*operator), " "]);
            let bare =
                values.len() == 1 && !matches!(operator, ListOperator::In | ListOperator::InInsensitive);
            if bare {
                literal(out, &values[0]);
            } else {
                listed(out, values, literal);
            }
        }
        Expr::Call(name, arguments) => {
            out.push_str(name);
            listed(out, arguments, argument);
        }
    }
}

fn listed<T>(out: &mut String, items: &[T], mut item: impl FnMut(&mut String, &T)) {
    out.push('(');
    for (index, value) in items.iter().enumerate() {
        if index > 0 {
            out.push_str(", ");
        }
        item(out, value);
    }
    out.push(')');
}

fn argument(out: &mut String, argument: &Argument) {
    match argument {
        Argument::Operand(value) => operand(out, value),
        Argument::Literal(value) => literal(out, value),
    }
}

fn operand(out: &mut String, operand: &Operand) {
    match operand {
        Operand::Field(field) => quote::field(out, field),
        Operand::AsText(field) => {
            out.push_str("string(");
            quote::field(out, field);
            out.push(')');
        }
    }
}

fn literal(out: &mut String, literal: &Literal) {
    match literal {
        Literal::Null => out.push_str("null"),
        Literal::Boolean(value) => out.push_str(if *value { "true" } else { "false" }),
        Literal::Number(number) => out.push_str(&number.to_string()),
        Literal::Text(text) => quote::string(out, text),
        Literal::Regex(pattern) => quote::regex(out, pattern),
    }
}

fn symbol(comparator: Comparator) -> &'static str {
    match comparator {
        Comparator::Is(comparison) => comparison.order_symbol().unwrap_or("=="),
        Comparator::IsNot => "!=",
    }
}

fn list_symbol(operator: ListOperator) -> &'static str {
    match operator {
        ListOperator::Colon => ":",
        ListOperator::Like => "like",
        ListOperator::In => "in",
        ListOperator::InInsensitive => "in~",
        ListOperator::Regex => "regex",
        ListOperator::RegexInsensitive => "regex~",
    }
}

//! Prints a pipeline.

use super::{
    ast::{Command, Eval, Query, Search},
    quote,
};

/// Prints a query, one clause of the base search and one command a line.
pub fn print(query: &Query) -> String {
    let mut out = clauses(&query.search, "\n");
    for command in &query.commands {
        out.push_str("\n| ");
        out.push_str(&match command {
            Command::Search(search) => format!("search {}", clauses(search, " ")),
            Command::Where(condition) => format!("where {}", eval(condition, 0)),
            Command::Eval(field, value) => format!("eval {}={}", quote::eval_field(field), eval(value, 0)),
        });
    }
    out
}

fn clauses(search: &Search, separator: &str) -> String {
    match search {
        Search::And(terms) => terms.iter().map(operand).collect::<Vec<_>>().join(separator),
        Search::Or(terms) => terms.iter().map(operand).collect::<Vec<_>>().join(" OR "),
        other => operand(other),
    }
}

/// A term beside others. `OR` binds tighter than juxtaposition, but analysts do not rely on it: both junctions
/// stand in parentheses.
fn operand(search: &Search) -> String {
    match search {
        Search::And(_) | Search::Or(_) => format!("({})", clauses(search, " ")),
        Search::Everything => "*".into(),
        Search::Not(inner) => format!("NOT {}", operand(inner)),
        Search::Keyword(value) => quote::text(value),
        Search::Present(field) => format!("{}=*", quote::search_field(field)),
        Search::Equals(field, value) => format!("{}={}", quote::search_field(field), quote::text(value)),
        Search::In(field, values) => {
            let values: Vec<_> = values.iter().map(|value| quote::text(value)).collect();
            format!("{} IN ({})", quote::search_field(field), values.join(", "))
        }
        Search::Compare(field, symbol, number) => format!("{}{symbol}{number}", quote::search_field(field)),
    }
}

fn precedence(expression: &Eval) -> u8 {
    match expression {
        Eval::Or(_) => 1,
        Eval::And(_) => 2,
        Eval::Not(_) => 3,
        Eval::Binary(..) => 4,
        Eval::Call(..) | Eval::Field(_) | Eval::Text(_) | Eval::Number(_) => 5,
    }
}

fn eval(expression: &Eval, outer: u8) -> String {
    let own = precedence(expression);
    let join =
        |terms: &[Eval], by: &str| terms.iter().map(|term| eval(term, own + 1)).collect::<Vec<_>>().join(by);
    let text = match expression {
        Eval::Or(terms) => join(terms, " OR "),
        Eval::And(terms) => join(terms, " AND "),
        Eval::Not(inner) => format!("NOT {}", eval(inner, own + 1)),
        Eval::Binary(left, symbol, right) => {
            format!("{}{symbol}{}", eval(left, own + 1), eval(right, own + 1))
        }
        Eval::Call(name, arguments) => {
            format!("{name}({})", arguments.iter().map(|a| eval(a, 0)).collect::<Vec<_>>().join(", "))
        }
        Eval::Field(name) => quote::eval_field(name),
        Eval::Text(value) => quote::text(value),
        Eval::Number(number) => number.clone(),
    };
    if own < outer { format!("({text})") } else { text }
}

//! Functions for people.

use super::value;
use crate::{
    ir::{Constant, Expression, Field, Function},
    splunk::{
        command::command,
        expression,
        print::print_eval,
        scope::{Kind, Scope},
    },
};

/// How a function is written, of fields that are called as its arguments are; `None` if SPL does not have it.
pub fn describe(function: Function) -> Option<String> {
    let mut notes = Vec::new();
    let mut scope = Scope::new(&mut notes);
    let names = function.arguments().split(", ").filter(|name| !name.is_empty() && *name != "…");
    let mut arguments: Vec<Expression> =
        names.map(|name| placeholder(name.trim_end_matches('?'), function, &mut scope)).collect();
    if function.arguments().ends_with('…') && function != Function::Object {
        arguments.push(placeholder("other", function, &mut scope));
    }
    let written = match expression::condition(&Expression::Call(function, arguments.clone()), &mut scope) {
        Some(condition) => condition,
        None => value(function, &arguments, &mut scope),
    };
    let written = written.ok()?;
    let mut commands = String::new();
    for each in &scope.before {
        command(&mut commands, each);
        commands.push_str(" | ");
    }
    Some(commands + &print_eval(&written))
}

/// What has to be constant is.
fn placeholder(name: &str, function: Function, scope: &mut Scope<'_>) -> Expression {
    let kind = match name {
        "time" | "later" | "earlier" => Kind::Time,
        "number" | "a" | "b" | "base" | "exponent" => Kind::Number,
        "list" => Kind::List,
        "duration" => Kind::Duration,
        _ => Kind::Unknown,
    };
    match name {
        "value" if matches!(function, Function::ListContains | Function::ListIndexOf) => {
            Expression::text(name)
        }
        "regex" if matches!(function, Function::Extract | Function::ExtractAll) => {
            Expression::text("(regex)")
        }
        "regex" => Expression::text("regex"),
        "group" | "months" => Expression::number(1),
        "networks" => Expression::Constant(Constant::List(vec![Constant::Text("network".into())])),
        "format" => Expression::text("yyyy-MM-dd"),
        _ => {
            scope.define(name, kind, true);
            Expression::Field(Field::new(name))
        }
    }
}

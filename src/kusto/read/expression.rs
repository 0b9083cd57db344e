//! Scalar expressions.

use std::rc::Rc;

use super::{
    Reader,
    columns::Columns,
    constant::lone,
    scope::{self, Binding, Scope},
    unsupported,
};
use crate::{
    diag::{Diagnostic, Span},
    ir::{Condition, Constant, Expression as Value, Function, Number},
    kusto::ast::{BinaryOperator as Op, Call, Expression, LetValue, Query, Statement},
    kusto::function::{self, Order},
};

impl Reader<'_> {
    /// The value of an expression on a row.
    pub(super) fn value<'s>(
        &mut self,
        expression: &'s Expression,
        columns: &Columns,
        scope: &Rc<Scope<'s>>,
    ) -> Result<Value, Diagnostic> {
        if let Some(constant) = self.constant(expression, scope)? {
            return Ok(Value::Constant(constant));
        }
        self.nested(expression.span(), |reader| reader.value_here(expression, columns, scope))
    }

    fn value_here<'s>(
        &mut self,
        expression: &'s Expression,
        columns: &Columns,
        scope: &Rc<Scope<'s>>,
    ) -> Result<Value, Diagnostic> {
        match expression {
            Expression::Name(name) => {
                // Names of lets stand before those of columns.
                if let Some(Binding::Value(value, defined)) = scope.find(&name.text).cloned() {
                    return self.value(value, columns, &defined);
                }
                Ok(columns
                    .alias(&name.text)
                    .cloned()
                    .unwrap_or_else(|| Value::Field(columns.field(&name.text))))
            }
            Expression::Member(of, name) => {
                let of = self.value(of, columns, scope)?;
                Ok(Value::Member(Box::new(of), name.text.as_str().into()))
            }
            Expression::Index(of, index) => {
                let of = Box::new(self.value(of, columns, scope)?);
                match self.constant(index, scope)? {
                    Some(Constant::Text(name)) => Ok(Value::Member(of, name)),
                    Some(Constant::Number(Number::Integer(at))) => match i64::try_from(at) {
                        Ok(at) => Ok(Value::Element(of, at)),
                        Err(_) => Err(unsupported(index.span(), "there is no such element")),
                    },
                    _ => Err(unsupported(index.span(), "the place of an element has to be a constant")),
                }
            }
            Expression::Binary(left, operator, right) => match arithmetic(*operator) {
                Some(function) => {
                    let left = self.value(left, columns, scope)?;
                    let right = self.value(right, columns, scope)?;
                    Ok(Value::Call(function, vec![left, right]))
                }
                None => self.holds(expression, columns, scope),
            },
            Expression::In(..) | Expression::Between { .. } | Expression::And(_) | Expression::Or(_) => {
                self.holds(expression, columns, scope)
            }
            Expression::Signed { negative, value, .. } => {
                let value = self.value(value, columns, scope)?;
                let zero = Value::number(0);
                Ok(if *negative { Value::Call(Function::Subtract, vec![zero, value]) } else { value })
            }
            Expression::Call(call) => self.call_value(call, columns, scope),
            Expression::Query(query) => match lone(query) {
                Some(inner) => self.value(inner, columns, scope),
                None => Err(unsupported(query.span(), "a query cannot stand for one value here")),
            },
            other => Err(unsupported(other.span(), "this cannot stand for a value of a row")),
        }
    }

    fn holds<'s>(
        &mut self,
        expression: &'s Expression,
        columns: &Columns,
        scope: &Rc<Scope<'s>>,
    ) -> Result<Value, Diagnostic> {
        Ok(Value::Holds(Box::new(self.condition(expression, true, columns, scope)?)))
    }

    fn values<'s>(
        &mut self,
        call: &'s Call,
        columns: &Columns,
        scope: &Rc<Scope<'s>>,
    ) -> Result<Vec<Value>, Diagnostic> {
        call.arguments.iter().map(|argument| self.value(&argument.value, columns, scope)).collect()
    }

    /// The value of a call.
    pub(super) fn call_value<'s>(
        &mut self,
        call: &'s Call,
        columns: &Columns,
        scope: &Rc<Scope<'s>>,
    ) -> Result<Value, Diagnostic> {
        let name = &*call.function.text;
        if let Some(Binding::Function(function, defined)) = scope.find(name).cloned() {
            let inner = scope::call_scope(function, &defined, &call.arguments, scope, None, call.place.0)?;
            return self.body(&function.body, columns, &inner, call.place.0);
        }
        if let Some(value) = self.time_value(call, columns, scope)? {
            return Ok(value);
        }
        match (name, call.arguments.as_slice()) {
            ("iff" | "iif", [condition, then, otherwise]) => {
                let condition = self.condition(&condition.value, true, columns, scope)?;
                let then = self.value(&then.value, columns, scope)?;
                let otherwise = self.value(&otherwise.value, columns, scope)?;
                Ok(case(vec![(condition, then)], otherwise))
            }
            ("case", [pairs @ .., otherwise]) if !pairs.is_empty() && pairs.len() % 2 == 0 => {
                let mut cases = Vec::new();
                for pair in pairs.chunks(2) {
                    let condition = self.condition(&pair[0].value, true, columns, scope)?;
                    cases.push((condition, self.value(&pair[1].value, columns, scope)?));
                }
                let otherwise = self.value(&otherwise.value, columns, scope)?;
                Ok(case(cases, otherwise))
            }
            ("column_ifexists" | "columnifexists", [column, otherwise]) => {
                let named = self.text(&column.value, scope)?;
                match named {
                    Some(named) if columns.has(&named) || columns.all.is_none() => {
                        Ok(Value::Field(columns.field(&named)))
                    }
                    Some(_) => self.value(&otherwise.value, columns, scope),
                    None => Err(unsupported(column.value.span(), "the column's name has to be a constant")),
                }
            }
            ("split", [text, separator, index]) => {
                let arguments = [text, separator, index];
                let values: Result<Vec<_>, _> =
                    arguments.iter().map(|it| self.value(&it.value, columns, scope)).collect();
                // With an index the result is a list of one element.
                Ok(Value::Call(Function::List, vec![Value::Call(Function::SplitPart, values?)]))
            }
            ("extractjson" | "extract_json", [path, text, ..]) => {
                let names = self.text(&path.value, scope)?;
                let names = names.as_deref().and_then(|path| path.strip_prefix("$."));
                let Some(names) = names.filter(|names| !names.contains(['[', '*', '\''])) else {
                    return Err(unsupported(
                        path.value.span(),
                        "only paths of names (`$.a.b`) have a counterpart",
                    ));
                };
                let object = Value::Call(Function::ParseJson, vec![self.value(&text.value, columns, scope)?]);
                let member = |of: Value, name: &str| Value::Member(Box::new(of), name.into());
                Ok(Value::Call(Function::ToText, vec![names.split('.').fold(object, member)]))
            }
            ("materialize" | "hint" | "view", [value]) => self.value(&value.value, columns, scope),
            ("parse_url", [url]) => self.value(&url.value, columns, scope).map(|url| parsed_url(&url)),
            ("parse_path", [path]) => self.value(&path.value, columns, scope).map(|path| {
                let name = Value::Call(Function::FileName, vec![path]);
                Value::Call(Function::Object, vec![Value::text("Filename"), name])
            }),
            (name, _) if is_boolean(name) => {
                Ok(Value::Holds(Box::new(self.call_condition(call, true, columns, scope)?)))
            }
            (name, arguments) => {
                let Some((function, order)) = function::function(name) else {
                    return Err(unknown_function(name, call.function.place.0));
                };
                let mut values = self.values(call, columns, scope)?;
                match (order, arguments.len()) {
                    (Order::Same, _) => {}
                    (Order::TextLast, 3) => values.rotate_right(1),
                    (Order::Swapped, 2) => values.swap(0, 1),
                    _ => return Err(unsupported(call.place.0, format!("`{name}` takes other arguments"))),
                }
                Ok(Value::Call(function, values))
            }
        }
    }

    /// The value of a function's body: its last statement, under its own lets.
    fn body<'s>(
        &mut self,
        body: &'s [Statement],
        columns: &Columns,
        scope: &Rc<Scope<'s>>,
        span: Span,
    ) -> Result<Value, Diagnostic> {
        match scalar_body(body, scope) {
            Some((value, scope)) => self.value(value, columns, &scope),
            None => Err(unsupported(span, "the function's rows cannot stand for one value")),
        }
    }
}

/// The scalar that a function's body comes to, and the names it is under.
pub(super) fn scalar_body<'s>(
    body: &'s [Statement],
    scope: &Rc<Scope<'s>>,
) -> Option<(&'s Expression, Rc<Scope<'s>>)> {
    let (query, scope) = body_query(body, scope)?;
    lone(query).map(|value| (value, scope))
}

/// The last statement of a function's body, and the names it is under.
pub(super) fn body_query<'s>(
    body: &'s [Statement],
    scope: &Rc<Scope<'s>>,
) -> Option<(&'s Query, Rc<Scope<'s>>)> {
    let mut scope = Rc::clone(scope);
    for statement in body {
        match statement {
            Statement::Let(name, LetValue::Expression(value)) => {
                scope = Scope::bound(&scope, &name.text, Binding::Value(value, Rc::clone(&scope)));
            }
            Statement::Let(name, LetValue::Function(function)) => {
                scope = Scope::bound(&scope, &name.text, Binding::Function(function, Rc::clone(&scope)));
            }
            Statement::Tabular(query) => return Some((query, scope)),
            _ => {}
        }
    }
    None
}

/// Functions whose value is true or false.
pub(super) fn is_boolean(name: &str) -> bool {
    matches!(
        name,
        "not"
            | "isempty"
            | "isnotempty"
            | "notempty"
            | "isnull"
            | "isnotnull"
            | "notnull"
            | "ipv4_is_in_range"
            | "ipv6_is_in_range"
            | "ipv4_is_in_any_range"
            | "ipv6_is_in_any_range"
            | "ipv4_is_private"
            | "has_any_index"
            | "set_has_element"
            | "isnan"
    )
}

/// A value by cases; a case that always holds ends them.
fn case(cases: Vec<(Condition, Value)>, otherwise: Value) -> Value {
    let mut kept = Vec::new();
    for (condition, value) in cases {
        match condition {
            Condition::Never => {}
            Condition::Always => {
                return if kept.is_empty() { value } else { Value::Case(kept, Box::new(value)) };
            }
            condition => kept.push((condition, value)),
        }
    }
    if kept.is_empty() { otherwise } else { Value::Case(kept, Box::new(otherwise)) }
}

fn arithmetic(operator: Op) -> Option<Function> {
    match operator {
        Op::Add => Some(Function::Add),
        Op::Subtract => Some(Function::Subtract),
        Op::Multiply => Some(Function::Multiply),
        Op::Divide => Some(Function::Divide),
        Op::Modulo => Some(Function::Modulo),
        _ => None,
    }
}

/// The members of a URL's object that rules read.
fn parsed_url(url: &Value) -> Value {
    let part = |function: Function| Value::Call(function, vec![url.clone()]);
    let members = [("Host", Function::UrlHost), ("Path", Function::UrlPath)];
    let pairs = members.into_iter().flat_map(|(name, function)| [Value::text(name), part(function)]);
    Value::Call(Function::Object, pairs.collect())
}

pub(super) fn unknown_function(name: &str, span: Span) -> Diagnostic {
    unsupported(span, format!("the function `{name}` has no counterpart elsewhere"))
}

//! Writes computed values as eval expressions.

use super::{
    ast::Eval,
    function, residual,
    scope::{Kind, Scope, is_present},
    time,
};
use crate::{
    diag::Diagnostic,
    ir::{Constant, Expression, Field, Function},
};

/// The value as an eval expression, null where it is missing.
///
/// # Errors
/// What eval has no function for.
pub(super) fn value(expression: &Expression, scope: &mut Scope<'_>) -> Result<Eval, Diagnostic> {
    if let Some(condition) = condition(expression, scope) {
        return Ok(as_text(condition?));
    }
    Ok(match expression {
        Expression::Field(field) => Eval::field(&field.name),
        Expression::Constant(constant) => self::constant(constant, scope)?,
        Expression::Call(function, arguments) => function::value(*function, arguments, scope)?,
        Expression::Case(cases, otherwise) => case(cases, otherwise, scope)?,
        // Said above.
        Expression::Holds(condition) => as_text(residual::write(condition, scope)?),
        Expression::Member(..) | Expression::Element(..) => member(expression, scope)?,
        Expression::Join { fields, separator } => join(fields, separator),
        Expression::XmlData { xml, name } => {
            let quoted = regex_syntax::escape(name);
            let pattern = format!("Name=(?:\"{quoted}\"|'{quoted}')>([^<]*)");
            found(&Eval::field(&xml.name), &pattern, Eval::text(""))
        }
        Expression::JsonMember { json, path } => {
            let names: Vec<Step<'_>> = path.split('.').map(Step::Name).collect();
            Eval::call("coalesce", [extracted(Eval::field(&json.name), &names), Eval::text("")])
        }
        Expression::KeyValue { text, name } => {
            let pattern =
                format!(r#"(?<![\p{{L}}\p{{N}}_]){}=(?|"([^"]*)"|\s*([^\s"]*))"#, regex_syntax::escape(name));
            found(&Eval::field(&text.name), &pattern, Eval::text(""))
        }
        Expression::Choice { of, constants, then, otherwise } => {
            let subject = Eval::field(&of.name);
            let test = match constants.as_slice() {
                [only] => Eval::binary(subject, "=", text(only)),
                several => Eval::Call(
                    "in",
                    std::iter::once(subject).chain(several.iter().map(|each| text(each))).collect(),
                ),
            };
            Eval::choose(test, value(then, scope)?, value(otherwise, scope)?)
        }
        Expression::Host(url) => host(or_empty_field(url, scope)),
    })
}

/// The value as a condition, if it is true or false.
pub(super) fn condition(expression: &Expression, scope: &mut Scope<'_>) -> Option<Result<Eval, Diagnostic>> {
    match expression {
        Expression::Holds(condition) => Some(residual::write(condition, scope)),
        Expression::Call(function, arguments) => function::condition(*function, arguments, scope),
        _ => None,
    }
}

/// What eval cannot assign: a field holds text or a number, and no truth value.
fn as_text(condition: Eval) -> Eval {
    Eval::choose(condition, Eval::text("true"), Eval::text("false"))
}

/// The value as text, empty where it is missing.
pub(super) fn text_of(expression: &Expression, scope: &mut Scope<'_>) -> Result<Eval, Diagnostic> {
    let written = value(expression, scope)?;
    let is_there = is_present(expression, scope);
    Ok(if is_there { written } else { Eval::call("coalesce", [written, Eval::text("")]) })
}

/// The value as seconds since 1970, or as a length of time in seconds.
pub(super) fn time_of(expression: &Expression, scope: &mut Scope<'_>) -> Result<Eval, Diagnostic> {
    if let Expression::Constant(Constant::Text(text)) = expression
        && let Some(instant) = time::instant(text)
    {
        return Ok(instant);
    }
    let written = value(expression, scope)?;
    let kind = kind(expression, scope);
    if kind == Kind::TimeText || !matches!(expression, Expression::Constant(_)) && !kind.is_number() {
        super::note_zone(scope, "text without a zone is read in the time zone of the search");
        return Ok(time::epoch(&written, kind));
    }
    Ok(written)
}

/// The value as a list of several values.
pub(super) fn list_of(expression: &Expression, scope: &mut Scope<'_>) -> Result<Eval, Diagnostic> {
    let written = value(expression, scope)?;
    Ok(match kind(expression, scope) {
        Kind::Json => Eval::call("json_array_to_mv", [written]),
        _ => written,
    })
}

fn or_empty_field(field: &Field, scope: &Scope<'_>) -> Eval {
    let subject = Eval::field(&field.name);
    if scope.is_present(field) { subject } else { Eval::call("coalesce", [subject, Eval::text("")]) }
}

/// A string; what no query's text should hold is spelled in percent escapes.
pub(super) fn text(text: &str) -> Eval {
    if !text.chars().any(char::is_control) {
        return Eval::text(text);
    }
    let mut escaped = String::new();
    for c in text.chars() {
        if c.is_control() || c == '%' || c == '+' {
            let mut bytes = [0; 4];
            for byte in c.encode_utf8(&mut bytes).bytes() {
                escaped.push('%');
                escaped.extend(
                    [byte >> 4, byte & 15].map(|half| char::from(b"0123456789ABCDEF"[usize::from(half)])),
                );
            }
        } else {
            escaped.push(c);
        }
    }
    Eval::call("urldecode", [Eval::Text(escaped)])
}

fn constant(constant: &Constant, scope: &Scope<'_>) -> Result<Eval, Diagnostic> {
    Ok(match constant {
        Constant::Null => Eval::null(),
        Constant::Text(each) => text(each),
        Constant::Number(number) => Eval::number(number),
        Constant::Boolean(boolean) => Eval::text(if *boolean { "true" } else { "false" }),
        Constant::Duration(duration) => time::seconds(*duration),
        Constant::Timestamp(at) => time::instant(at)
            .ok_or_else(|| scope.refuse(format!("`{at}` is no point in time that SPL reads")))?,
        Constant::List(values) if values.is_empty() => Eval::null(),
        Constant::List(values) => {
            let values: Result<Vec<Eval>, _> =
                values.iter().map(|each| self::constant(each, scope)).collect();
            Eval::Call("mvappend", values?)
        }
        Constant::Object(members) => {
            let mut arguments = Vec::new();
            for (name, value) in members {
                arguments.extend([text(name), self::constant(value, scope)?]);
            }
            Eval::Call("json_object", arguments)
        }
    })
}

fn case(
    cases: &[(crate::ir::Condition, Expression)],
    otherwise: &Expression,
    scope: &mut Scope<'_>,
) -> Result<Eval, Diagnostic> {
    if let [(condition, then)] = cases {
        let test = residual::write(condition, scope)?;
        return Ok(Eval::choose(test, value(then, scope)?, value(otherwise, scope)?));
    }
    let mut arguments = Vec::new();
    for (condition, then) in cases {
        arguments.extend([residual::write(condition, scope)?, value(then, scope)?]);
    }
    if *otherwise != Expression::Constant(Constant::Null) {
        arguments.extend([Eval::call("true", []), value(otherwise, scope)?]);
    }
    Ok(Eval::Call("case", arguments))
}

/// A step into a JSON value.
enum Step<'a> {
    Name(&'a str),
    Index(i64),
}

/// A member or element: of JSON by its path ("JSON functions"), of several values by position ("Multivalue eval
/// functions").
fn member(expression: &Expression, scope: &mut Scope<'_>) -> Result<Eval, Diagnostic> {
    let mut steps = Vec::new();
    let mut inner = expression;
    loop {
        match inner {
            Expression::Member(of, name) => {
                steps.push(Step::Name(name));
                inner = of;
            }
            Expression::Element(of, index) if *index >= 0 && kind(of, scope) == Kind::Json => {
                steps.push(Step::Index(*index));
                inner = of;
            }
            _ => break,
        }
    }
    steps.reverse();
    let of = match inner {
        Expression::Element(of, index) => Eval::call("mvindex", [list_of(of, scope)?, Eval::number(index)]),
        other => value(as_json(other), scope)?,
    };
    Ok(extracted(of, &steps))
}

/// What JSON is read from: an empty text holds none, no more than a missing one does.
fn as_json(expression: &Expression) -> &Expression {
    match expression {
        Expression::Call(Function::ParseJson | Function::ToText, arguments) if arguments.len() == 1 => {
            as_json(&arguments[0])
        }
        other => other,
    }
}

/// `json_extract` takes a path with dots and braces; `json_extract_exact` a name as it is.
fn extracted(of: Eval, steps: &[Step<'_>]) -> Eval {
    let mut out = of;
    let mut path = String::new();
    for step in steps {
        match step {
            Step::Name(name) if name.contains(['.', '{', '}']) => {
                out = at_path(out, &mut path);
                out = Eval::call("json_extract_exact", [out, text(name)]);
            }
            Step::Name(name) => {
                if !path.is_empty() {
                    path.push('.');
                }
                path.push_str(name);
            }
            Step::Index(index) => {
                path.push('{');
                path.push_str(&index.to_string());
                path.push('}');
            }
        }
    }
    at_path(out, &mut path)
}

fn at_path(of: Eval, path: &mut String) -> Eval {
    if path.is_empty() {
        return of;
    }
    Eval::call("json_extract", [of, text(&std::mem::take(path))])
}

/// The first group of the first match of a PCRE in a text, `otherwise` without one: `replace` puts the group in the
/// place of the whole text.
pub(super) fn found(subject: &Eval, regex: &str, otherwise: Eval) -> Eval {
    group_of(subject, regex, 1, otherwise)
}

/// The group of the first match.
pub(super) fn group_of(subject: &Eval, regex: &str, group: i64, otherwise: Eval) -> Eval {
    let whole = format!(r"^[\s\S]*?{regex}[\s\S]*$");
    let replaced = Eval::call("replace", [subject.clone(), text(&whole), Eval::Text(format!("\\{group}"))]);
    Eval::choose(Eval::call("match", [subject.clone(), text(regex)]), replaced, otherwise)
}

/// The host of a URL.
pub(super) fn host(url: Eval) -> Eval {
    Eval::call("replace", [url, Eval::text(r"^(?:[\s\S]*?://)?([^/:?#]*)[\s\S]*$"), Eval::text("\\1")])
}

/// The non-empty values with the separator between them, folded from the left.
fn join(fields: &[Field], separator: &str) -> Eval {
    let or_empty = |field: &Field| Eval::call("coalesce", [Eval::field(&field.name), Eval::text("")]);
    let is_empty = |value: &Eval| Eval::binary(value.clone(), "=", Eval::text(""));
    let concat = |left: Eval, right: Eval| Eval::binary(left, ".", right);
    let joined = fields.iter().map(or_empty).reduce(|left, right| {
        let both = concat(concat(left.clone(), text(separator)), right.clone());
        let right_or_both = Eval::choose(is_empty(&left), right.clone(), both);
        Eval::choose(is_empty(&right), left, right_or_both)
    });
    joined.unwrap_or_else(|| Eval::text(""))
}

/// What a value is.
pub(super) fn kind(expression: &Expression, scope: &Scope<'_>) -> Kind {
    match expression {
        Expression::Field(field) => scope.kind_of(field),
        Expression::Constant(constant) => match constant {
            Constant::Null => Kind::Unknown,
            Constant::Text(_) => Kind::Text,
            Constant::Number(number) if number.is_integer() && *number >= 0.into() => Kind::Count,
            Constant::Number(number) if number.is_integer() => Kind::Integer,
            Constant::Number(_) => Kind::Number,
            Constant::Boolean(_) => Kind::Boolean,
            Constant::Duration(_) => Kind::Duration,
            Constant::Timestamp(_) => Kind::Time,
            Constant::List(_) => Kind::List,
            Constant::Object(_) => Kind::Json,
        },
        Expression::Call(called, arguments) => kind_of_call(*called, arguments, scope),
        Expression::Case(cases, otherwise) => {
            let first = cases.first().map_or(&**otherwise, |(_, value)| value);
            match kind(first, scope) {
                Kind::Unknown => kind(otherwise, scope),
                kind => kind,
            }
        }
        Expression::Holds(_) => Kind::Boolean,
        Expression::Member(..) => Kind::Json,
        Expression::Element(of, _) => match kind(of, scope) {
            Kind::Json => Kind::Json,
            _ => Kind::Unknown,
        },
        Expression::Choice { then, .. } => kind(then, scope),
        Expression::Join { .. }
        | Expression::XmlData { .. }
        | Expression::JsonMember { .. }
        | Expression::KeyValue { .. }
        | Expression::Host(_) => Kind::Text,
    }
}

fn kind_of_call(called: Function, arguments: &[Expression], scope: &Scope<'_>) -> Kind {
    let of = |index: usize| arguments.get(index).map_or(Kind::Unknown, |argument| kind(argument, scope));
    match called {
        Function::Add | Function::Subtract | Function::Multiply | Function::Divide | Function::Modulo => {
            kind_of_arithmetic(called, of(0), of(1))
        }
        Function::Coalesce
        | Function::Least
        | Function::Greatest
        | Function::Absolute
        | Function::Bin
        | Function::ToDuration => match of(0) {
            Kind::TimeText => Kind::Time,
            kind => kind,
        },
        Function::ToText if of(0) == Kind::Json => Kind::Json,
        other => function::kind(other),
    }
}

fn kind_of_arithmetic(called: Function, left: Kind, right: Kind) -> Kind {
    let is_time = |kind: Kind| matches!(kind, Kind::Time | Kind::TimeText);
    let both = |wanted: Kind| left == wanted && right == wanted;
    match called {
        Function::Subtract if is_time(left) && is_time(right) => Kind::Duration,
        Function::Add | Function::Subtract if is_time(left) || is_time(right) => Kind::Time,
        Function::Divide if both(Kind::Duration) => Kind::Number,
        _ if left == Kind::Duration || right == Kind::Duration => Kind::Duration,
        Function::Subtract if left.is_whole() && right.is_whole() => Kind::Integer,
        _ if both(Kind::Count) => Kind::Count,
        _ if left.is_whole() && right.is_whole() => Kind::Integer,
        _ => Kind::Number,
    }
}

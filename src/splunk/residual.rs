//! Writes the part of a condition that search cannot say as an eval expression.

use std::fmt::Write;

use super::{
    ast::Eval,
    expression, membership,
    scope::{Kind, Scope, is_membership, is_present},
    simplify::simplify,
    time,
};
use crate::{
    diag::Diagnostic,
    ir::{
        Alternatives, Case, Condition, Expression, Field, FieldRelation, Pattern, Piece, Predicate, Subject,
        Test, TimePart, alternatives, term_regex,
    },
};

/// The condition as an eval expression, null or false where it does not hold. What it needs to stand before it goes to
/// the scope.
///
/// # Errors
/// A computed value that eval has no function for.
pub(super) fn write(condition: &Condition, scope: &mut Scope<'_>) -> Result<Eval, Diagnostic> {
    at(&simplify(condition), true, scope)
}

fn at(condition: &Condition, positive: bool, scope: &mut Scope<'_>) -> Result<Eval, Diagnostic> {
    let all = |terms: &[Condition], scope: &mut Scope<'_>| -> Result<Vec<Eval>, Diagnostic> {
        terms.iter().map(|term| at(term, positive, scope)).collect()
    };
    Ok(match condition {
        Condition::Always => binary(Eval::Number("1".into()), "=", Eval::Number("1".into())),
        Condition::Never => binary(Eval::Number("1".into()), "=", Eval::Number("0".into())),
        Condition::All(terms) => Eval::And(
            terms
                .iter()
                .zip(all(terms, scope)?)
                .flat_map(|(term, written)| match (term, written) {
                    (Condition::Not(_), Eval::And(parts)) => parts,
                    (_, other) => vec![other],
                })
                .collect(),
        ),
        Condition::Any(terms) if !positive => {
            let mut runs = guarded_runs(terms, scope)?;
            if runs.len() == 1 { runs.swap_remove(0) } else { Eval::Or(runs) }
        }
        Condition::Any(terms) => Eval::Or(all(terms, scope)?),
        Condition::Not(inner) => negation(inner, positive, scope)?,
        Condition::Is(predicate) => leaf(predicate, positive, scope)?,
    })
}

fn negation(inner: &Condition, positive: bool, scope: &mut Scope<'_>) -> Result<Eval, Diagnostic> {
    match inner {
        Condition::Is(predicate) if is_membership(&predicate.test) => {
            let marker = membership::marker(predicate, !positive, scope)?;
            Ok(call("isnull", [Eval::Field(marker)]))
        }
        Condition::Is(Predicate { subject: Subject::Computed(value), test: Test::Null, .. }) => {
            Ok(call("isnotnull", [expression::value(value, scope)?]))
        }
        inner => match empty(inner) {
            Some(subject) if positive => {
                let predicate = Predicate { subject: subject.clone(), test: Test::Null, span: scope.span };
                let subject = self::subject(&predicate, scope)?;
                let there = call("isnotnull", [subject.clone()]);
                Ok(Eval::And(vec![there, binary(subject, "!=", Eval::text(""))]))
            }
            _ => Ok(Eval::Not(Box::new(at(inner, !positive, scope)?))),
        },
    }
}

/// The subject, if the condition is that it is missing or empty.
pub(super) fn empty(condition: &Condition) -> Option<&Subject> {
    match condition.disjuncts() {
        [Condition::Is(missing), Condition::Is(Predicate { subject, test: Test::Text(pattern, _), .. })] => {
            let is_empty =
                missing.test == Test::Null && missing.subject == *subject && pattern.as_exact() == Some("");
            is_empty.then_some(subject)
        }
        _ => None,
    }
}

/// Alternatives below a negation; those on one field share one guard.
fn guarded_runs(terms: &[Condition], scope: &mut Scope<'_>) -> Result<Vec<Eval>, Diagnostic> {
    let mut out = Vec::new();
    for group in alternatives(terms) {
        match group {
            Alternatives::SameField(subject, run)
                if run.iter().all(|predicate| is_simple(&predicate.test)) && !scope.is_present(subject) =>
            {
                let tests: Result<Vec<Eval>, _> =
                    run.iter().map(|each| test(each, &field(subject), scope)).collect();
                out.push(Eval::And(vec![call("isnotnull", [field(subject)]), Eval::Or(tests?)]));
            }
            Alternatives::SameField(_, run) => {
                for predicate in run {
                    out.push(leaf(predicate, false, scope)?);
                }
            }
            Alternatives::Single(term) => out.push(at(term, false, scope)?),
        }
    }
    Ok(out)
}

/// Whether a test is null only where its field is.
fn is_simple(test: &Test) -> bool {
    matches!(test, Test::Text(..) | Test::Regex(_) | Test::Boolean(_) | Test::Cidr(_))
}

/// A test of a null is neither true nor false. `where` drops both, so only a test below a negation has to say
/// that it is false on a missing field.
fn leaf(predicate: &Predicate, positive: bool, scope: &mut Scope<'_>) -> Result<Eval, Diagnostic> {
    if is_membership(&predicate.test) {
        let marker = membership::marker(predicate, positive, scope)?;
        return Ok(call("isnotnull", [Eval::Field(marker)]));
    }
    if let (Subject::Computed(expression), Test::Boolean(value)) = (&predicate.subject, &predicate.test)
        && let Some(condition) = expression::condition(expression, scope)
    {
        return truth(condition?, *value, positive, expression, scope);
    }
    let subject = subject(predicate, scope)?;
    let tested = test(predicate, &subject, scope)?;
    if positive || predicate.test.holds_without_value() || predicate.subject == Subject::Anywhere {
        return Ok(tested);
    }
    let mut guarded = match &predicate.test {
        _ if has_value(predicate, scope) => vec![],
        Test::Number(..) if !is_number(predicate, scope) => {
            vec![call("isnotnull", [call("tonumber", [subject])])]
        }
        Test::TimePart(..) => vec![call("isnotnull", [time::epoch(&subject, Kind::Unknown)])],
        _ => vec![call("isnotnull", [subject])],
    };
    match &predicate.test {
        Test::FieldRef(_, other, _) => guarded.push(call("isnotnull", [field(other)])),
        Test::Compare(_, other) if !is_present(other, scope) => {
            guarded.push(call("isnotnull", [expression::value(other, scope)?]));
        }
        _ => {}
    }
    guarded.push(tested);
    Ok(if guarded.len() == 1 { guarded.swap_remove(0) } else { Eval::And(guarded) })
}

/// Whether a truth value is this one. It is neither where what it is computed of is missing.
fn truth(
    condition: Eval,
    value: bool,
    positive: bool,
    expression: &Expression,
    scope: &mut Scope<'_>,
) -> Result<Eval, Diagnostic> {
    if value && positive {
        return Ok(condition);
    }
    let Expression::Call(_, arguments) = expression else {
        return Ok(if value { condition } else { Eval::Not(Box::new(condition)) });
    };
    let mut guarded = Vec::new();
    for argument in arguments {
        if !is_present(argument, scope) {
            guarded.push(call("isnotnull", [expression::value(argument, scope)?]));
        }
    }
    guarded.push(if value { condition } else { Eval::Not(Box::new(condition)) });
    Ok(if guarded.len() == 1 { guarded.swap_remove(0) } else { Eval::And(guarded) })
}

/// Whether every row has a value to test.
fn has_value(predicate: &Predicate, scope: &Scope<'_>) -> bool {
    match &predicate.subject {
        Subject::Field(field) => scope.is_computed(field) && scope.is_present(field),
        Subject::Computed(expression) => is_present(expression, scope),
        Subject::Anywhere => true,
    }
}

/// Whether the subject is a number without a conversion.
fn is_number(predicate: &Predicate, scope: &Scope<'_>) -> bool {
    match &predicate.subject {
        Subject::Field(field) => scope.is_computed_number(field),
        Subject::Computed(expression) => expression::kind(expression, scope).is_number(),
        Subject::Anywhere => false,
    }
}

fn test(predicate: &Predicate, subject: &Eval, scope: &mut Scope<'_>) -> Result<Eval, Diagnostic> {
    let number = is_number(predicate, scope);
    let subject = subject.clone();
    Ok(match &predicate.test {
        Test::Text(pattern, case) => {
            let whole = predicate.subject != Subject::Anywhere;
            match pattern.as_exact().filter(|text| whole && !text.chars().any(char::is_control)) {
                Some(text) if *case == Case::Insensitive && pattern.has_letters() => {
                    binary(call("lower", [subject]), "=", Eval::Text(text.to_lowercase()))
                }
                Some(text) => binary(subject, "=", Eval::Text(text.to_owned())),
                None => call("match", [subject, Eval::Text(regex(pattern, *case, whole))]),
            }
        }
        Test::Regex(regex) => call("match", [subject, Eval::Text(regex.with_inline_flags())]),
        Test::Number(comparison, value) => {
            let left = if number { subject } else { call("tonumber", [subject]) };
            binary(left, comparison.order_symbol().unwrap_or("="), Eval::Number(value.to_string()))
        }
        Test::Boolean(value) => binary(call("lower", [subject]), "=", Eval::Text(value.to_string())),
        Test::Cidr(network) => call("cidrmatch", [Eval::Text(network.to_string()), subject]),
        Test::FieldRef(relation, other, case) => {
            relate(*relation, folded(subject, *case), folded(field(other), *case))
        }
        Test::Term(part, term, case) => {
            call("match", [subject, Eval::Text(term_regex(*part, term, *case).with_inline_flags())])
        }
        Test::Compare(comparison, other) => {
            let symbol = comparison.order_symbol().unwrap_or("=");
            compare(predicate, subject, symbol, other, scope)?
        }
        Test::Listed(list, _) if list.table.is_macro() => return Err(membership::refuse_macro(list, scope)),
        // Written by the caller.
        Test::Among(..) | Test::Listed(..) => call("false", []),
        Test::Null => call("isnull", [subject]),
        Test::Exists => call("isnotnull", [subject]),
        Test::TimePart(part, comparison, number) => {
            let epoch = time::epoch(&subject, Kind::Unknown);
            let part = call("tonumber", [call("strftime", [epoch, Eval::Text(format_of(*part).into())])]);
            binary(part, comparison.order_symbol().unwrap_or("="), Eval::Number(number.to_string()))
        }
    })
}

/// Eval compares as numbers where both sides are numbers, else as text ("Comparison and Conditional functions"). Points
/// in time are compared in seconds.
fn compare(
    predicate: &Predicate,
    subject: Eval,
    symbol: &'static str,
    other: &Expression,
    scope: &mut Scope<'_>,
) -> Result<Eval, Diagnostic> {
    let left = match &predicate.subject {
        Subject::Field(field) => Expression::Field(field.clone()),
        Subject::Computed(expression) => expression.as_ref().clone(),
        Subject::Anywhere => return Ok(binary(subject, symbol, expression::value(other, scope)?)),
    };
    let kinds = [expression::kind(&left, scope), expression::kind(other, scope)];
    if kinds.iter().any(|kind| matches!(kind, Kind::Time | Kind::TimeText)) {
        return Ok(binary(expression::time_of(&left, scope)?, symbol, expression::time_of(other, scope)?));
    }
    Ok(binary(subject, symbol, expression::value(other, scope)?))
}

/// The part of a timestamp for `strftime` ("Date and time format variables", Splunk documentation).
fn format_of(part: TimePart) -> &'static str {
    match part {
        TimePart::Minute => "%M",
        TimePart::Hour => "%H",
        TimePart::Day => "%d",
        TimePart::Week => "%V",
        TimePart::Month => "%m",
        TimePart::Year => "%Y",
    }
}

fn relate(relation: FieldRelation, left: Eval, right: Eval) -> Eval {
    let length = |value: &Eval| call("len", [value.clone()]);
    let number = |digits: &str| Eval::Number(digits.into());
    match relation {
        FieldRelation::Equals => binary(left, "=", right),
        FieldRelation::StartsWith => {
            let start = call("substr", [left, Eval::Number("1".into()), length(&right)]);
            binary(start, "=", right)
        }
        FieldRelation::EndsWith => {
            let before = binary(length(&left), "-", length(&right));
            let start = binary(before.clone(), "+", number("1"));
            let fits = binary(length(&left), ">=", length(&right));
            let end = binary(call("substr", [left, start]), "=", right);
            Eval::And(vec![fits, end])
        }
        // The text is in two parts or more where it is cut at the other.
        FieldRelation::Contains => binary(call("mvcount", [call("split", [left, right])]), ">", number("1")),
    }
}

fn folded(value: Eval, case: Case) -> Eval {
    match case {
        Case::Sensitive => value,
        Case::Insensitive => call("lower", [value]),
    }
}

/// The pattern as a PCRE search: an any-run at an end is the absence of an anchor there.
fn regex(pattern: &Pattern, case: Case, whole: bool) -> String {
    let mut out = String::new();
    let (from_start, pieces) = match pattern.pieces() {
        [Piece::AnyRun, rest @ ..] => (false, rest),
        pieces => (whole, pieces),
    };
    let (to_end, pieces) = match pieces {
        [rest @ .., Piece::AnyRun] => (false, rest),
        // A lone any-run has no end left to anchor.
        [] if !from_start => (false, pieces),
        pieces => (whole, pieces),
    };
    // A run crosses line ends; without one, nothing asks for the flag.
    let dots = pieces.iter().any(|piece| !matches!(piece, Piece::Literal(_)));
    let folds = case == Case::Insensitive && pattern.has_letters();
    out.push_str(match (folds, dots) {
        (true, true) => "(?is)",
        (true, false) => "(?i)",
        (false, true) => "(?s)",
        (false, false) => "",
    });
    if from_start {
        out.push('^');
    }
    for piece in pieces {
        match piece {
            Piece::AnyRun => out.push_str(".*"),
            Piece::AnyOne => out.push('.'),
            Piece::Literal(text) => text.chars().for_each(|c| push_literal(&mut out, c)),
        }
    }
    if to_end {
        out.push_str("\\z");
    }
    out
}

pub(super) fn push_literal(out: &mut String, c: char) {
    if c.is_control() {
        let _ = write!(out, "\\x{{{:x}}}", u32::from(c));
    } else {
        if regex_syntax::is_meta_character(c) && !matches!(c, '-' | '&' | '~') {
            out.push('\\');
        }
        out.push(c);
    }
}

fn subject(predicate: &Predicate, scope: &mut Scope<'_>) -> Result<Eval, Diagnostic> {
    match &predicate.subject {
        Subject::Field(subject) => Ok(field(subject)),
        Subject::Computed(expression) => expression::value(expression, scope),
        Subject::Anywhere => Ok(Eval::Field("_raw".into())),
    }
}

fn field(field: &Field) -> Eval {
    Eval::Field(field.name.to_string())
}

fn call<const N: usize>(name: &'static str, arguments: [Eval; N]) -> Eval {
    Eval::Call(name, arguments.into())
}

fn binary(left: Eval, symbol: &'static str, right: Eval) -> Eval {
    Eval::Binary(Box::new(left), symbol, Box::new(right))
}

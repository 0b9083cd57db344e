//! Writes the part of a condition that search cannot say as an eval expression.

use std::fmt::Write;

use super::ast::Eval;
use crate::{
    diag::{Code, Diagnostic},
    ir::{Case, Condition, Field, FieldRelation, Pattern, Piece, Predicate, Subject, Test},
};

/// # Errors
/// A test that no eval function expresses exactly.
pub(super) fn write(condition: &Condition) -> Result<Eval, Diagnostic> {
    at(condition, true)
}

fn at(condition: &Condition, positive: bool) -> Result<Eval, Diagnostic> {
    let all = |terms: &[Condition]| terms.iter().map(|term| at(term, positive)).collect::<Result<_, _>>();
    Ok(match condition {
        Condition::Always => binary(Eval::Number("1".into()), "=", Eval::Number("1".into())),
        Condition::Never => binary(Eval::Number("1".into()), "=", Eval::Number("0".into())),
        Condition::All(terms) => Eval::And(all(terms)?),
        Condition::Any(terms) => Eval::Or(all(terms)?),
        Condition::Not(inner) => Eval::Not(Box::new(at(inner, !positive)?)),
        Condition::Is(predicate) => leaf(predicate, positive)?,
    })
}

/// A test of a null is neither true nor false. `where` drops both, so only a test below a negation has to say
/// that it is false on a missing field.
fn leaf(predicate: &Predicate, positive: bool) -> Result<Eval, Diagnostic> {
    let subject = subject(predicate);
    let tested = test(predicate, &subject)?;
    if positive || predicate.test.holds_without_value() || predicate.subject == Subject::Anywhere {
        return Ok(tested);
    }
    let mut guarded = match &predicate.test {
        Test::Number(..) => vec![call("isnotnull", [call("tonumber", [subject])])],
        _ => vec![call("isnotnull", [subject])],
    };
    if let Test::FieldRef(_, other, _) = &predicate.test {
        guarded.push(call("isnotnull", [field(other)]));
    }
    guarded.push(tested);
    Ok(Eval::And(guarded))
}

fn test(predicate: &Predicate, subject: &Eval) -> Result<Eval, Diagnostic> {
    let subject = subject.clone();
    Ok(match &predicate.test {
        Test::Text(pattern, case) => {
            let whole = predicate.subject != Subject::Anywhere;
            call("match", [subject, Eval::Text(regex(pattern, *case, whole))])
        }
        Test::Regex(regex) => call("match", [subject, Eval::Text(regex.with_inline_flags())]),
        Test::Number(comparison, number) => {
            let number = Eval::Number(number.to_string());
            let compared =
                binary(call("tonumber", [subject.clone()]), comparison.order_symbol().unwrap_or("="), number);
            call("if", [call("isnotnull", [call("tonumber", [subject])]), compared, call("false", [])])
        }
        Test::Boolean(value) => binary(call("lower", [subject]), "=", Eval::Text(value.to_string())),
        Test::Cidr(network) => call("cidrmatch", [Eval::Text(network.to_string()), subject]),
        Test::FieldRef(relation, other, case) => {
            relate(predicate, *relation, folded(subject, *case), folded(field(other), *case))?
        }
        Test::Null => call("isnull", [subject]),
        Test::Exists => call("isnotnull", [subject]),
        Test::TimePart(..) => {
            return Err(unsupported(predicate, "the format of a timestamp field is not known to SPL"));
        }
    })
}

fn relate(
    predicate: &Predicate,
    relation: FieldRelation,
    left: Eval,
    right: Eval,
) -> Result<Eval, Diagnostic> {
    let length = |value: &Eval| call("len", [value.clone()]);
    Ok(match relation {
        FieldRelation::Equals => binary(left, "=", right),
        FieldRelation::StartsWith => {
            let start = call("substr", [left, Eval::Number("1".into()), length(&right)]);
            binary(start, "=", right)
        }
        FieldRelation::EndsWith | FieldRelation::Contains => {
            return Err(unsupported(predicate, "eval has no exact test of one field inside another"));
        }
    })
}

fn unsupported(predicate: &Predicate, message: &str) -> Diagnostic {
    Diagnostic::new(Code::Unsupported, predicate.span, message)
}

fn folded(value: Eval, case: Case) -> Eval {
    match case {
        Case::Sensitive => value,
        Case::Insensitive => call("lower", [value]),
    }
}

/// The pattern as a PCRE search: an any-run at an end is the absence of an anchor there.
fn regex(pattern: &Pattern, case: Case, whole: bool) -> String {
    let mut out = String::from(if case == Case::Insensitive { "(?is)" } else { "(?s)" });
    let (from_start, pieces) = match pattern.pieces() {
        [Piece::AnyRun, rest @ ..] => (false, rest),
        pieces => (whole, pieces),
    };
    let (to_end, pieces) = match pieces {
        [rest @ .., Piece::AnyRun] => (false, rest),
        // A lone any-run has no end left to anchor.
        [] if !from_start && whole => (false, pieces),
        pieces => (whole, pieces),
    };
    if from_start {
        out.push_str("\\A");
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

fn push_literal(out: &mut String, c: char) {
    if c.is_control() {
        let _ = write!(out, "\\x{{{:x}}}", u32::from(c));
    } else {
        if regex_syntax::is_meta_character(c) && !matches!(c, '-' | '&' | '~') {
            out.push('\\');
        }
        out.push(c);
    }
}

fn subject(predicate: &Predicate) -> Eval {
    predicate.field().map_or_else(|| Eval::Field("_raw".into()), field)
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

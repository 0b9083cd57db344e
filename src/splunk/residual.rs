//! Writes the part of a condition that search cannot say as an eval expression.

use std::fmt::Write;

use super::ast::Eval;
use crate::ir::term_regex;
use crate::ir::{
    Alternatives, Case, Condition, Field, FieldRelation, Pattern, Piece, Predicate, Subject, Test, TimePart,
    alternatives,
};

/// The condition as an eval expression.
pub(super) fn write(condition: &Condition) -> Eval {
    at(condition, true)
}

fn at(condition: &Condition, positive: bool) -> Eval {
    let all = |terms: &[Condition]| terms.iter().map(|term| at(term, positive)).collect();
    match condition {
        Condition::Always => binary(Eval::Number("1".into()), "=", Eval::Number("1".into())),
        Condition::Never => binary(Eval::Number("1".into()), "=", Eval::Number("0".into())),
        Condition::All(terms) => Eval::And(all(terms)),
        Condition::Any(terms) if !positive => {
            let mut runs = guarded_runs(terms);
            if runs.len() == 1 { runs.swap_remove(0) } else { Eval::Or(runs) }
        }
        Condition::Any(terms) => Eval::Or(all(terms)),
        Condition::Not(inner) => Eval::Not(Box::new(at(inner, !positive))),
        Condition::Is(predicate) => leaf(predicate, positive),
    }
}

/// Alternatives below a negation; those on one field share one guard.
fn guarded_runs(terms: &[Condition]) -> Vec<Eval> {
    let mut out = Vec::new();
    for group in alternatives(terms) {
        match group {
            Alternatives::SameField(subject, run)
                if run.iter().all(|predicate| is_simple(&predicate.test)) =>
            {
                let tests = run.iter().map(|each| test(each, &field(subject))).collect();
                out.push(Eval::And(vec![call("isnotnull", [field(subject)]), Eval::Or(tests)]));
            }
            Alternatives::SameField(_, run) => {
                for predicate in run {
                    out.push(leaf(predicate, false));
                }
            }
            Alternatives::Single(term) => out.push(at(term, false)),
        }
    }
    out
}

/// Whether a test is null only where its field is.
fn is_simple(test: &Test) -> bool {
    matches!(test, Test::Text(..) | Test::Regex(_) | Test::Boolean(_) | Test::Cidr(_))
}

/// A test of a null is neither true nor false. `where` drops both, so only a test below a negation has to say
/// that it is false on a missing field.
fn leaf(predicate: &Predicate, positive: bool) -> Eval {
    let subject = subject(predicate);
    let tested = test(predicate, &subject);
    if positive || predicate.test.holds_without_value() || predicate.subject == Subject::Anywhere {
        return tested;
    }
    let mut guarded = match &predicate.test {
        Test::Number(..) => vec![call("isnotnull", [call("tonumber", [subject])])],
        Test::TimePart(..) => vec![call("isnotnull", [epoch(&subject)])],
        _ => vec![call("isnotnull", [subject])],
    };
    if let Test::FieldRef(_, other, _) = &predicate.test {
        guarded.push(call("isnotnull", [field(other)]));
    }
    guarded.push(tested);
    Eval::And(guarded)
}

fn test(predicate: &Predicate, subject: &Eval) -> Eval {
    let subject = subject.clone();
    match &predicate.test {
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
        Test::Number(comparison, number) => {
            let number = Eval::Number(number.to_string());
            binary(call("tonumber", [subject]), comparison.order_symbol().unwrap_or("="), number)
        }
        Test::Boolean(value) => binary(call("lower", [subject]), "=", Eval::Text(value.to_string())),
        Test::Cidr(network) => call("cidrmatch", [Eval::Text(network.to_string()), subject]),
        Test::FieldRef(relation, other, case) => {
            relate(*relation, folded(subject, *case), folded(field(other), *case))
        }
        Test::Term(part, term, case) => {
            call("match", [subject, Eval::Text(term_regex(*part, term, *case).with_inline_flags())])
        }
        // Not legal in SPL: refused before.
        Test::Compare(..) | Test::Among(..) | Test::Listed(..) => call("false", []),
        Test::Null => call("isnull", [subject]),
        Test::Exists => call("isnotnull", [subject]),
        Test::TimePart(part, comparison, number) => {
            let part =
                call("tonumber", [call("strftime", [epoch(&subject), Eval::Text(format_of(*part).into())])]);
            binary(part, comparison.order_symbol().unwrap_or("="), Eval::Number(number.to_string()))
        }
    }
}

/// A timestamp as seconds: `_time` is that already; text is read as ISO 8601, with a `T` or a blank.
fn epoch(subject: &Eval) -> Eval {
    if *subject == Eval::Field("_time".into()) {
        return subject.clone();
    }
    let read = |format: &str| call("strptime", [subject.clone(), Eval::Text(format.into())]);
    let number = call("tonumber", [subject.clone()]);
    call("coalesce", [number, read("%Y-%m-%dT%H:%M:%S"), read("%Y-%m-%d %H:%M:%S")])
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
        [] if !from_start && whole => (false, pieces),
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

//! Tests of one value: what is tested, and against which constant.

use std::sync::Arc;

use super::unsupported;
use crate::{
    diag::{Code, Diagnostic, Span},
    ir::{
        Case, Comparison, Condition, Constant, Expression as Value, Function, Number, Pattern, Predicate,
        Regex, RegexFlags, Subject, TermPart, Test,
    },
    kusto::ast::{BinaryOperator as Op, InOperator},
};

/// A tested value, and what its wrapping functions do to letters.
pub(super) struct Tested {
    pub(super) subject: Subject,
    /// The text is in lower case (`tolower`), or in upper case.
    pub(super) folded: Option<Letters>,
    pub(super) span: Span,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Letters {
    Lower,
    Upper,
}

impl Tested {
    pub(super) fn is(&self, test: Test) -> Condition {
        Condition::is(Predicate { subject: self.subject.clone(), test, span: self.span })
    }

    /// The value is text and empty, or there is none.
    pub(super) fn empty(&self) -> Condition {
        Condition::any([self.is(Test::Null), self.is(Test::Text(Pattern::exact(""), Case::Sensitive))])
    }

    /// The case of a test of constant text, and whether any value can satisfy it.
    pub(super) fn case_of(&self, text: &str, case: Case) -> Option<Case> {
        let Some(folded) = self.folded.filter(|_| case == Case::Sensitive) else { return Some(case) };
        let has_other = match folded {
            // Not every upper-case letter has another one: `ϒ` stays what it is.
            Letters::Lower => text.chars().any(|c| c.to_lowercase().ne([c])),
            Letters::Upper => text.chars().any(|c| c.to_uppercase().ne([c])),
        };
        (!has_other).then_some(Case::Insensitive)
    }
}

/// An address of which the last octets may be missing the prefix: a bare address is itself.
pub(super) fn network(text: &str) -> Option<ipnet::IpNet> {
    let text = text.trim();
    match text.split_once('/') {
        Some(_) => text.parse::<ipnet::IpNet>().ok().map(|network| network.trunc()),
        None => text.parse::<std::net::IpAddr>().ok().map(ipnet::IpNet::from),
    }
}

/// The value is no IPv4 address, so that tests of networks are null.
pub(super) fn not_ipv4(tested: &Tested) -> Condition {
    match "0.0.0.0/0".parse() {
        Ok(all) => Condition::not(tested.is(Test::Cidr(all))),
        Err(_) => tested.is(Test::Null),
    }
}

/// The condition, or where it is false; that is not where it is null.
pub(super) fn closed(condition: Condition, positive: bool, null: impl FnOnce() -> Condition) -> Condition {
    if positive { condition } else { Condition::all([Condition::not(condition), Condition::not(null())]) }
}

/// What a value is to a test: a field, or a computed value; functions that only fold letters come off.
pub(super) fn tested_value(value: Value, span: Span) -> Tested {
    let mut folded = None;
    let mut value = value;
    loop {
        match value {
            Value::Call(Function::Lower, mut arguments) if arguments.len() == 1 => {
                folded = folded.or(Some(Letters::Lower));
                value = arguments.swap_remove(0);
            }
            Value::Call(Function::Upper, mut arguments) if arguments.len() == 1 => {
                folded = folded.or(Some(Letters::Upper));
                value = arguments.swap_remove(0);
            }
            Value::Call(Function::ToText, mut arguments)
                if arguments.len() == 1 && is_column(&arguments[0]) =>
            {
                value = arguments.swap_remove(0);
            }
            _ => break,
        }
    }
    let subject = match path(&value) {
        Some(field) => Subject::Field(field),
        None => Subject::Computed(Box::new(value)),
    };
    Tested { subject, folded, span }
}

pub(super) fn is_column(value: &Value) -> bool {
    path(value).is_some()
}

/// The field that a column or a member of a dynamic column is.
pub(super) fn path(value: &Value) -> Option<crate::ir::Field> {
    match value {
        Value::Field(field) => Some(field.clone()),
        Value::Member(of, name) => {
            let of = path(of)?;
            if of.is_computed || name.contains('.') {
                return None;
            }
            Some(crate::ir::Field::new(format!("{}.{name}", of.name)))
        }
        Value::Call(Function::ParseJson, arguments) if arguments.len() == 1 => match &arguments[0] {
            Value::Field(field) if !field.is_computed => Some(field.clone()),
            _ => None,
        },
        _ => None,
    }
}

pub(super) fn arithmetic(operator: Op) -> bool {
    matches!(operator, Op::Add | Op::Subtract | Op::Multiply | Op::Divide | Op::Modulo)
}

/// The operator with its sides exchanged.
pub(super) fn flipped(operator: Op) -> Option<Op> {
    match operator {
        Op::Equal | Op::NotEqual | Op::EqualNoCase | Op::NotEqualNoCase => Some(operator),
        Op::Less => Some(Op::Greater),
        Op::LessOrEqual => Some(Op::GreaterOrEqual),
        Op::Greater => Some(Op::Less),
        Op::GreaterOrEqual => Some(Op::LessOrEqual),
        _ => None,
    }
}

pub(super) fn order(operator: Op) -> Option<Comparison> {
    match operator {
        Op::Less => Some(Comparison::Less),
        Op::LessOrEqual => Some(Comparison::LessOrEqual),
        Op::Greater => Some(Comparison::Greater),
        Op::GreaterOrEqual => Some(Comparison::GreaterOrEqual),
        _ => None,
    }
}

pub(super) fn is_cased(operator: Op) -> bool {
    matches!(operator, Op::Equal | Op::NotEqual)
        || operator.as_str().ends_with("_cs")
        || operator.as_str().ends_with("cs")
}

/// A test against a constant.
pub(super) fn constant_test(
    tested: &Tested,
    operator: Op,
    constant: &Constant,
    positive: bool,
    span: Span,
) -> Result<Condition, Diagnostic> {
    // `!=` and its like are true on null: complements.
    let negated = operator
        .negated()
        .filter(|_| operator.as_str().starts_with('!') || operator.as_str().starts_with("not"));
    if let Some(operator) = negated {
        // Not of any column, but of one: `* !has "x"`.
        if tested.subject == Subject::Anywhere {
            return Err(unsupported(span, format!("`* !{}` has no counterpart", operator.as_str())));
        }
        return constant_test(tested, operator, constant, !positive, span);
    }
    let signed = |condition: Condition| if positive { condition } else { Condition::not(condition) };
    if let Some(comparison) = order(operator) {
        let test = match constant {
            Constant::Number(number) => Test::Number(comparison, *number),
            other => Test::Compare(comparison, Box::new(Value::Constant(other.clone()))),
        };
        return Ok(closed(tested.is(test), positive, || tested.is(Test::Null)));
    }
    match (operator, constant) {
        (Op::Equal | Op::EqualNoCase, constant) => {
            let operator = if operator == Op::Equal { InOperator::In } else { InOperator::InNoCase };
            element_test(tested, operator, constant, span).map(signed)
        }
        (Op::MatchesRegex, Constant::Text(text)) => {
            let regex = Regex::parse(text, RegexFlags::default()).map_err(|error| {
                Diagnostic::new(
                    Code::InvalidRegex,
                    span,
                    format!("the regular expression does not parse: {}", error.message),
                )
            })?;
            Ok(signed(tested.is(Test::Regex(regex))))
        }
        (operator, constant) => {
            let text = as_text(constant).ok_or_else(|| unsupported(span, "this operator takes text"))?;
            text_test(tested, operator, &text, span).map(signed)
        }
    }
}

pub(super) fn as_text(constant: &Constant) -> Option<Arc<str>> {
    match constant {
        Constant::Text(text) => Some(text.clone()),
        Constant::Number(number) => Some(number.to_string().into()),
        Constant::Boolean(value) => Some(value.to_string().into()),
        _ => None,
    }
}

pub(super) fn text_test(
    tested: &Tested,
    operator: Op,
    text: &Arc<str>,
    span: Span,
) -> Result<Condition, Diagnostic> {
    let case = if is_cased(operator) { Case::Sensitive } else { Case::Insensitive };
    let Some(case) = tested.case_of(text, case) else { return Ok(Condition::Never) };
    let pattern = match operator {
        Op::Contains | Op::ContainsCs => Pattern::contains(&**text),
        Op::StartsWith | Op::StartsWithCs => Pattern::starts_with(&**text),
        Op::EndsWith | Op::EndsWithCs => Pattern::ends_with(&**text),
        Op::Has | Op::HasCs | Op::Search => return Ok(term(tested, TermPart::Whole, text, case)),
        Op::HasPrefix | Op::HasPrefixCs => return Ok(term(tested, TermPart::Prefix, text, case)),
        Op::HasSuffix | Op::HasSuffixCs => return Ok(term(tested, TermPart::Suffix, text, case)),
        other => return Err(unsupported(span, format!("`{}` has no counterpart", other.as_str()))),
    };
    // Every text holds the empty one.
    if text.is_empty() { Ok(Condition::Always) } else { Ok(tested.is(Test::Text(pattern, case))) }
}

pub(super) fn term(tested: &Tested, part: TermPart, text: &Arc<str>, case: Case) -> Condition {
    if text.is_empty() { Condition::Always } else { tested.is(Test::Term(part, text.clone(), case)) }
}

/// Equality with, or a term of, one constant of a list.
pub(super) fn element_test(
    tested: &Tested,
    operator: InOperator,
    constant: &Constant,
    span: Span,
) -> Result<Condition, Diagnostic> {
    let case = match operator {
        InOperator::In | InOperator::NotIn => Case::Sensitive,
        _ => Case::Insensitive,
    };
    match (operator, constant) {
        (InOperator::HasAny | InOperator::HasAll, constant) => {
            let text = as_text(constant).ok_or_else(|| unsupported(span, "a term is text"))?;
            Ok(term(tested, TermPart::Whole, &text, case))
        }
        (_, Constant::Text(text)) if text.is_empty() => Ok(tested.empty()),
        (_, Constant::Text(text)) => Ok(match tested.case_of(text, case) {
            Some(case) => tested.is(Test::Text(Pattern::exact(&**text), case)),
            None => Condition::Never,
        }),
        (_, Constant::Number(number)) => Ok(tested.is(Test::Number(Comparison::Equal, *number))),
        (_, Constant::Boolean(value)) => Ok(tested.is(Test::Boolean(*value))),
        // Nothing equals null.
        (_, Constant::Null) => Ok(Condition::Never),
        (_, other) => {
            Ok(tested.is(Test::Compare(Comparison::Equal, Box::new(Value::Constant(other.clone())))))
        }
    }
}

/// The number that a constant is, for places that take one.
pub(super) fn as_number(constant: &Constant) -> Option<i128> {
    match constant {
        Constant::Number(Number::Integer(value)) => Some(*value),
        _ => None,
    }
}

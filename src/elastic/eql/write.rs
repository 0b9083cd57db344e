//! Legalized rule → EQL syntax tree.
//!
//! * `:` folds the case of ASCII letters only and has no escape for `*` and `?`
//!   (elastic/elasticsearch, pull request 65237). Text with other letters that have
//!   case is written as a regular expression with both cases; a literal `*` or `?` with `in~` or `regex~`.
//! * Fields cannot be compared with `==` ("EQL limitations"); string functions take two fields.
//! * EQL has no full-text search: keywords are looked for in `message` and `event.original`. It refuses `text` fields
//!   without a `keyword` sub-field, loudly, and ECS maps `message` as `match_only_text`; the note says so.

use super::{
    ast::{Argument, Comparator, Event, Expr, ListOperator, Literal, Operand, Query},
    sequence, window,
};
use crate::{
    diag::{Code, Diagnostic, Effect, Note, Span},
    elastic::{
        address::with_addresses,
        regex::{Automaton, Folding, MatchedBy, Refusal, Unfit, fits, from_pattern, from_regex},
    },
    ir::{
        Case, ColumnType, Comparison, Condition, Field, FieldRelation, Number, Origin, Pattern, Piece,
        Predicate, Regex, Rule, Shape, Stage, Subject, Test,
    },
};

/// Where ECS keeps an event's text.
const FULL_TEXT: [&str; 2] = ["message", "event.original"];

pub(super) fn query(rule: &Rule, notes: &mut Vec<Note>) -> Result<Query, Diagnostic> {
    if rule.stages.iter().any(|stage| matches!(stage, Stage::Join(_))) {
        return sequence::query(rule, notes).map(Query::Sequence);
    }
    if rule.stages.iter().any(|stage| matches!(stage, Stage::Slide(_) | Stage::Chain(_))) {
        return window::query(rule, notes).map(Query::Sequence);
    }
    let mut filters = Vec::new();
    for stage in &rule.stages {
        match stage {
            Stage::Filter(condition) => filters.push(condition.clone()),
            Stage::Extend(field, _) => {
                let message = format!("EQL cannot compute the column `{field}`");
                return Err(Diagnostic::new(Code::Unsupported, rule.span, message));
            }
            other => return Err(other.unsupported("EQL", rule.span)),
        }
    }
    event(&rule.origin, &Condition::all(filters), notes).map(Query::Event)
}

/// The events of an origin that satisfy a condition.
pub(super) fn event(
    origin: &Origin,
    condition: &Condition,
    notes: &mut Vec<Note>,
) -> Result<Event, Diagnostic> {
    let category = match origin {
        Origin::Dataset(dataset) => dataset.category.clone().filter(|category| **category != *"any"),
        Origin::LogSource(_)
        | Origin::Class { .. }
        | Origin::Table(_)
        | Origin::External(_)
        | Origin::Unmapped => None,
    };
    let said = |term: &&Condition| !category.as_deref().is_some_and(|name| says(term, name));
    let filters = condition.conjuncts().iter().filter(said).cloned();
    let condition = with_addresses(&Condition::all(filters), notes);
    let condition = Writer { notes }.condition(&condition, true)?;
    Ok(Event { category, condition })
}

/// Whether a conjunct asks for the event category that already stands before `where`.
fn says(term: &Condition, category: &str) -> bool {
    match term {
        Condition::Is(Predicate { subject: Subject::Field(field), test: Test::Text(pattern, _), .. }) => {
            *field.name == *"event.category" && pattern.as_exact() == Some(category)
        }
        _ => false,
    }
}

struct Writer<'a> {
    notes: &'a mut Vec<Note>,
}

impl Writer<'_> {
    fn condition(&mut self, condition: &Condition, positive: bool) -> Result<Expr, Diagnostic> {
        match condition {
            Condition::Always => Ok(Expr::Constant(true)),
            Condition::Never => Ok(Expr::Constant(false)),
            Condition::All(terms) => {
                let terms: Result<_, _> = terms.iter().map(|term| self.condition(term, positive)).collect();
                Ok(all(terms?))
            }
            Condition::Any(terms) => {
                let terms: Result<_, _> = terms.iter().map(|term| self.condition(term, positive)).collect();
                Ok(any(terms?))
            }
            Condition::Not(inner) => match inner.as_ref() {
                Condition::Is(Predicate { subject: Subject::Anywhere, test, span }) => {
                    let fields = self.anywhere(test, *span, false)?;
                    Ok(all(fields
                        .into_iter()
                        .map(|(field, found)| any(vec![is_null(&field), not(found)]))
                        .collect()))
                }
                other => self.condition(other, !positive).map(not),
            },
            Condition::Is(predicate) => match &predicate.subject {
                Subject::Field(field) => self.test(field, &predicate.test, predicate.span, positive),
                Subject::Computed(_) => Err(predicate.unsupported("EQL")),
                Subject::Anywhere => {
                    let fields = self.anywhere(&predicate.test, predicate.span, positive)?;
                    Ok(any(fields.into_iter().map(|(_, found)| found).collect()))
                }
            },
        }
    }

    /// A keyword, on each of the fields that hold an event's text.
    fn anywhere(
        &mut self,
        test: &Test,
        span: Span,
        positive: bool,
    ) -> Result<Vec<(Field, Expr)>, Diagnostic> {
        let test = match test {
            Test::Text(pattern, case) => Test::Text(pattern.clone().widened(true, true), *case),
            Test::Number(Comparison::Equal, number) => Test::contains(&number.to_string()),
            Test::Regex(regex) => Test::Regex(regex.clone()),
            _ => return Err(unsupported(span, "EQL cannot search all fields for this")),
        };
        self.notes.push(Note::new(
            Code::KeywordScope,
            Effect::None,
            span,
            "keywords are searched in `message` and `event.original`, which EQL reads only where they are indexed as `keyword` or `wildcard`",
        ));
        let field_test = |name| {
            let field = Field::new(name);
            let found = self.test(&field, &test, span, positive)?;
            Ok((field, found))
        };
        FULL_TEXT.into_iter().map(field_test).collect()
    }

    fn test(&mut self, field: &Field, test: &Test, span: Span, positive: bool) -> Result<Expr, Diagnostic> {
        // The verifier asks for a field whose whole value the index knows; a query on another is an error there.
        if field.ty == ColumnType::Text && !test.holds_without_value() {
            let message = format!("EQL cannot compare `{field}`, a field of type `text`");
            return Err(unsupported(span, &message).help("convert for `lucene` or `esql`, which can"));
        }
        if field.ty == ColumnType::Dynamic {
            let message = format!("EQL cannot read `{field}`, a member of a `flattened` field");
            return Err(unsupported(span, &message).help("convert for `lucene`, which can"));
        }
        match test {
            Test::Text(pattern, case) => text(field, pattern, *case, span),
            Test::Regex(regex) => self.regex(field, regex, span, positive),
            Test::Number(comparison, number) => numeric(field, *comparison, *number, span),
            Test::Boolean(value) => boolean(field, *value, span),
            Test::Cidr(network) => match field.ty {
                ColumnType::Ip | ColumnType::Unknown => Ok(Expr::Call(
                    "cidrMatch",
                    vec![
                        Argument::Operand(Operand::Field(field.clone())),
                        Argument::Literal(Literal::Text(network.to_string())),
                    ],
                )),
                _ => Err(unsupported(
                    span,
                    &format!("`cidrMatch` takes addresses, and `{field}` is of another type"),
                )),
            },
            // Below a negation the test is left out: it is the way that loses nothing.
            Test::TimePart(part, ..) => {
                let fate = if positive { "any value passes" } else { "the negated test was left out" };
                let message = format!("EQL cannot take the {} of `{field}`: {fate}", part.as_str());
                self.notes.push(Note::new(Code::TestWidened, Effect::More, span, message));
                Ok(if positive { has_value(field) } else { Expr::Constant(false) })
            }
            Test::FieldRef(relation, other, case) => Ok(related(field, *relation, other, *case)),
            Test::Null => Ok(is_null(field)),
            Test::Exists => Ok(has_value(field)),
            Test::Term(..) | Test::Compare(..) | Test::Among(..) | Test::Listed(..) => {
                Err(crate::elastic::list::refusal(test.unsupported("EQL", span), test))
            }
        }
    }

    fn regex(
        &mut self,
        field: &Field,
        regex: &Regex,
        span: Span,
        positive: bool,
    ) -> Result<Expr, Diagnostic> {
        let automaton = match from_regex(regex, Folding::Operator) {
            Ok(automaton) => automaton,
            Err(Refusal::NeverMatches) => return Ok(Expr::Constant(false)),
            Err(refusal) => {
                let message = format!("`{}` cannot be written for EQL", regex.source());
                return Err(Diagnostic::new(Code::Unsupported, span, message).help(refusal.reason()));
            }
        };
        if let Some(Unfit { message, help }) = automaton.refusal(MatchedBy::Index) {
            return Err(Diagnostic::new(Code::Unsupported, span, message).help(help));
        }
        let Automaton { pattern, widened, ignore_case } = automaton;
        if let Some(reason) = widened {
            let effect = if positive { Effect::More } else { Effect::Less };
            self.notes.push(Note::new(Code::RegexWidened, effect, span, reason));
        }
        let operator = if ignore_case { ListOperator::RegexInsensitive } else { ListOperator::Regex };
        Ok(Expr::List(textual(field), operator, vec![Literal::Regex(pattern)]))
    }
}

/// The operand under a string operator: a field, or the text of its value.
fn textual(field: &Field) -> Operand {
    if field.ty.is_textual() { Operand::Field(field.clone()) } else { Operand::AsText(field.clone()) }
}

fn text(field: &Field, pattern: &Pattern, case: Case, span: Span) -> Result<Expr, Diagnostic> {
    if let Some(exact) = pattern.as_exact()
        && let Some(typed) = typed_literal(field, exact, span)?
    {
        return Ok(equals(Operand::Field(field.clone()), typed));
    }
    let operand = textual(field);
    let literal_wildcard = pattern.any_literal_char(|c| matches!(c, '*' | '?'));
    let beyond_ascii = pattern.any_literal_char(|c| !c.is_ascii() && (c.is_lowercase() || c.is_uppercase()));
    Ok(match (pattern.shape(), case) {
        (Shape::Anything, _) => has_value(field),
        (Shape::Exact(""), _) => equals(operand, Literal::Text(String::new())),
        (_, Case::Insensitive) if beyond_ascii => {
            expression(operand, ListOperator::Regex, pattern, case, span)?
        }
        (Shape::Exact(exact), Case::Sensitive) => equals(operand, Literal::Text(exact.into())),
        (Shape::Exact(exact), Case::Insensitive) if literal_wildcard => {
            Expr::List(operand, ListOperator::InInsensitive, vec![Literal::Text(exact.into())])
        }
        (_, Case::Insensitive) if literal_wildcard => {
            expression(operand, ListOperator::RegexInsensitive, pattern, Case::Sensitive, span)?
        }
        (_, Case::Sensitive) if literal_wildcard => {
            expression(operand, ListOperator::Regex, pattern, case, span)?
        }
        (_, Case::Insensitive) => {
            Expr::List(operand, ListOperator::Colon, vec![Literal::Text(wildcards(pattern))])
        }
        (_, Case::Sensitive) => {
            Expr::List(operand, ListOperator::Like, vec![Literal::Text(wildcards(pattern))])
        }
    })
}

fn expression(
    operand: Operand,
    operator: ListOperator,
    pattern: &Pattern,
    case: Case,
    span: Span,
) -> Result<Expr, Diagnostic> {
    let pattern = from_pattern(pattern, case);
    if !fits(&pattern) {
        return Err(unsupported(
            span,
            "the value exceeds the index's limit of 1,000 characters as a regular expression",
        ));
    }
    Ok(Expr::List(operand, operator, vec![Literal::Regex(pattern)]))
}

fn wildcards(pattern: &Pattern) -> String {
    let piece = |piece: &Piece| match piece {
        Piece::Literal(text) => text.clone(),
        Piece::AnyRun => "*".into(),
        Piece::AnyOne => "?".into(),
    };
    pattern.pieces().iter().map(piece).collect()
}

/// Text as a literal of a column that holds no text; none where the column's text has to be compared.
fn typed_literal(field: &Field, text: &str, span: Span) -> Result<Option<Literal>, Diagnostic> {
    let never = || {
        let message = format!("`{field}` holds no text, so it never equals `{text}`");
        Err(Diagnostic::new(Code::InvalidValue, span, message))
    };
    match field.ty {
        ColumnType::Integer | ColumnType::Real => match Number::parse(text) {
            Some(number) if number.to_string() == text => Ok(Some(Literal::Number(number))),
            _ => never(),
        },
        ColumnType::Boolean => match text.to_ascii_lowercase().as_str() {
            "true" => Ok(Some(Literal::Boolean(true))),
            "false" => Ok(Some(Literal::Boolean(false))),
            _ => never(),
        },
        ColumnType::Ip if text.parse::<std::net::IpAddr>().is_ok() => Ok(Some(Literal::Text(text.into()))),
        _ => Ok(None),
    }
}

fn numeric(field: &Field, comparison: Comparison, number: Number, span: Span) -> Result<Expr, Diagnostic> {
    let operand = Operand::Field(field.clone());
    match (field.ty, comparison) {
        (ColumnType::Unknown | ColumnType::Integer | ColumnType::Real, _) => {
            Ok(Expr::Compare(operand, Comparator::Is(comparison), Literal::Number(number)))
        }
        (ty, Comparison::Equal) if ty.is_textual() => Ok(equals(operand, Literal::Text(number.to_string()))),
        _ => {
            let message =
                format!("EQL cannot compare `{field}` with the number {number}: it holds no numbers");
            Err(Diagnostic::new(Code::Unsupported, span, message))
        }
    }
}

fn boolean(field: &Field, value: bool, span: Span) -> Result<Expr, Diagnostic> {
    match field.ty {
        ColumnType::Unknown | ColumnType::Boolean => {
            Ok(equals(Operand::Field(field.clone()), Literal::Boolean(value)))
        }
        _ => text(field, &Pattern::exact(value.to_string()), Case::Insensitive, span),
    }
}

/// Equality is both starting with the other: `==` does not take two fields.
fn related(field: &Field, relation: FieldRelation, other: &Field, case: Case) -> Expr {
    let name = |sensitive, insensitive| if case == Case::Sensitive { sensitive } else { insensitive };
    let starts = name("startsWith", "startsWith~");
    let call = |function, left, right| {
        Expr::Call(function, vec![Argument::Operand(textual(left)), Argument::Operand(textual(right))])
    };
    match relation {
        FieldRelation::Equals => all(vec![call(starts, field, other), call(starts, other, field)]),
        FieldRelation::Contains => call(name("stringContains", "stringContains~"), field, other),
        FieldRelation::StartsWith => call(starts, field, other),
        FieldRelation::EndsWith => call(name("endsWith", "endsWith~"), field, other),
    }
}

fn equals(operand: Operand, literal: Literal) -> Expr {
    Expr::Compare(operand, Comparator::Is(Comparison::Equal), literal)
}

fn is_null(field: &Field) -> Expr {
    equals(Operand::Field(field.clone()), Literal::Null)
}

fn has_value(field: &Field) -> Expr {
    Expr::Compare(Operand::Field(field.clone()), Comparator::IsNot, Literal::Null)
}

fn not(expr: Expr) -> Expr {
    match expr {
        Expr::Constant(value) => Expr::Constant(!value),
        Expr::Compare(
            operand,
            Comparator::Is(Comparison::Equal),
            literal @ (Literal::Null | Literal::Number(_)),
        ) => Expr::Compare(operand, Comparator::IsNot, literal),
        Expr::Compare(operand, Comparator::IsNot, Literal::Null) => equals(operand, Literal::Null),
        other => Expr::Not(Box::new(other)),
    }
}

/// A conjunction; negations on one field below the same guards become the negation of one list.
fn all(terms: Vec<Expr>) -> Expr {
    let mut joined: Vec<Expr> = Vec::with_capacity(terms.len());
    for term in terms {
        match term {
            Expr::Constant(true) => {}
            Expr::Constant(false) => return term,
            term if joined.iter_mut().any(|earlier| join_negated(earlier, &term)) => {}
            term => joined.push(term),
        }
    }
    if joined.is_empty() {
        return Expr::Constant(true);
    }
    if joined.len() == 1 { joined.swap_remove(0) } else { Expr::And(joined) }
}

/// A disjunction; tests on one field that one list can say are joined where the first of them stands.
fn any(terms: Vec<Expr>) -> Expr {
    let mut joined: Vec<Expr> = Vec::with_capacity(terms.len());
    for term in terms {
        match term {
            Expr::Constant(false) => {}
            Expr::Constant(true) => return term,
            term if joined.iter_mut().any(|earlier| join(earlier, &term)) => {}
            term => joined.push(term),
        }
    }
    if joined.is_empty() {
        return Expr::Constant(false);
    }
    if joined.len() == 1 { joined.swap_remove(0) } else { Expr::Or(joined) }
}

/// Widens `first` to `first or second` if one list can say it.
fn join(first: &mut Expr, second: &Expr) -> bool {
    if let (Expr::Call("cidrMatch", arguments), Expr::Call("cidrMatch", others)) = (&mut *first, second) {
        let same = arguments[0] == others[0];
        if same {
            arguments.extend_from_slice(&others[1..]);
        }
        return same;
    }
    let Some(list) = one_list(first, second) else { return false };
    *first = list;
    true
}

/// `(guard or not a) and (guard or not b)` is `guard or not (a or b)`.
fn join_negated(first: &mut Expr, second: &Expr) -> bool {
    match (first, second) {
        (Expr::Not(first), Expr::Not(second)) => join(first, second),
        (Expr::Or(first), Expr::Or(second)) => match (first.split_last_mut(), second.split_last()) {
            (Some((Expr::Not(first), guards)), Some((Expr::Not(second), others))) => {
                guards == others && join(first, second)
            }
            _ => false,
        },
        _ => false,
    }
}

fn one_list(first: &mut Expr, second: &Expr) -> Option<Expr> {
    let (operand, operator, value) = as_list(second)?;
    let (same_operand, same_operator, head) = as_list(first)?;
    let comparable = std::mem::discriminant(&head[0]) == std::mem::discriminant(&value[0]);
    if operand != same_operand || operator != same_operator || !comparable {
        return None;
    }
    let (operand, value) = (operand.clone(), value.to_vec());
    let mut values = match first {
        Expr::List(_, _, values) => std::mem::take(values),
        _ => head.to_vec(),
    };
    values.extend(value);
    Some(Expr::List(operand, operator, values))
}

/// An expression as a list of one operator, equality as `in`.
fn as_list(expr: &Expr) -> Option<(&Operand, ListOperator, &[Literal])> {
    match expr {
        Expr::List(operand, operator, values) => Some((operand, *operator, values)),
        Expr::Compare(operand, Comparator::Is(Comparison::Equal), literal) if *literal != Literal::Null => {
            Some((operand, ListOperator::In, std::slice::from_ref(literal)))
        }
        _ => None,
    }
}

fn unsupported(span: Span, message: &str) -> Diagnostic {
    Diagnostic::new(Code::Unsupported, span, message)
}

//! Tests of a column, by its type. A comparison of two types fails the whole query in ES|QL, so that the literal,
//! or the column, is brought to the other's type.

use std::net::IpAddr;

use super::ast::{Expr, Literal, Operator};
use super::quote;
use crate::{
    diag::{Code, Diagnostic, Span},
    ir::{Case, ColumnType, Comparison, Field, Number, Pattern, Piece, Shape},
};

/// What separates the values of a field that has several, when they are joined.
const BETWEEN: &str = "\r\t";

/// A text test, and whether it may match more than it should.
pub(super) struct TextTest {
    pub(super) expr: Expr,
    pub(super) widened: bool,
}

impl From<Expr> for TextTest {
    fn from(expr: Expr) -> Self {
        Self { expr, widened: false }
    }
}

fn column(field: &Field) -> Expr {
    Expr::Column(field.name.clone())
}

/// The column as text.
pub(super) fn text(field: &Field) -> Expr {
    if field.ty.is_textual() { column(field) } else { Expr::Call("TO_STRING", vec![column(field)]) }
}

/// The column as a point in time.
pub(super) fn timestamp(field: &Field) -> Expr {
    match field.ty {
        ColumnType::Timestamp => column(field),
        _ => Expr::Call("TO_DATETIME", vec![column(field)]),
    }
}

/// An operator for a comparison.
pub(super) fn comparison(comparison: Comparison) -> Operator {
    match comparison {
        Comparison::Equal => Operator::Equal,
        Comparison::Less => Operator::Less,
        Comparison::LessOrEqual => Operator::LessOrEqual,
        Comparison::Greater => Operator::Greater,
        Comparison::GreaterOrEqual => Operator::GreaterOrEqual,
    }
}

/// A test that may be null although its column is not, made false instead where it is negated.
pub(super) fn never_null(test: Expr, positive: bool) -> Expr {
    if positive { test } else { Expr::Call("COALESCE", vec![test, Expr::boolean(false)]) }
}

fn unmapped(field: &Field, span: Span, why: &str) -> Diagnostic {
    Diagnostic::new(Code::ValueUnmapped, span, format!("`{field}` {why}"))
}

/// A test of text. The index may be asked where `asks`.
///
/// # Errors
/// A value that the column can never hold.
pub(super) fn text_test(
    field: &Field,
    pattern: &Pattern,
    case: Case,
    span: Span,
    asks: bool,
) -> Result<TextTest, Diagnostic> {
    if pattern.shape() == Shape::Anything {
        return Ok(Expr::IsNotNull(Box::new(column(field))).into());
    }
    if let Some(value) = pattern.as_exact() {
        match field.ty {
            ColumnType::Integer | ColumnType::Real => {
                let number = Number::parse(value);
                let number =
                    number.ok_or_else(|| unmapped(field, span, "is a number, and the value is none"))?;
                return Ok(equals(column(field), Expr::Literal(Literal::Number(number))).into());
            }
            ColumnType::Boolean => {
                return match value.to_ascii_lowercase().as_str() {
                    "true" => Ok(equals(column(field), Expr::boolean(true)).into()),
                    "false" => Ok(equals(column(field), Expr::boolean(false)).into()),
                    _ => Err(unmapped(field, span, "is a boolean, and the value is none")),
                };
            }
            // An address column holds addresses only; `-` and the like are missing values there.
            ColumnType::Ip if value.parse::<IpAddr>().is_err() => return Ok(Expr::boolean(false).into()),
            ColumnType::Ip => return Ok(equals(column(field), Expr::text(value)).into()),
            _ => {}
        }
    }
    if field.multivalued {
        return Ok(any_value(field, pattern, case, asks));
    }
    Ok(single_value(text(field), field.ty, pattern, case).into())
}

fn equals(left: Expr, right: Expr) -> Expr {
    Expr::binary(left, Operator::Equal, right)
}

/// Whether the test has to fold case, and the pattern then folded.
fn folded(pattern: &Pattern, case: Case, ty: ColumnType) -> (bool, Pattern) {
    let folds = case == Case::Insensitive && pattern.has_letters();
    // A lowercase normalizer has folded a caseless column already.
    let lower = folds || (ty == ColumnType::Caseless && case == Case::Insensitive);
    let pattern = if lower { pattern.map_literals(str::to_lowercase) } else { pattern.clone() };
    (folds && ty != ColumnType::Caseless, pattern)
}

fn single_value(text: Expr, ty: ColumnType, pattern: &Pattern, case: Case) -> Expr {
    let (folds, pattern) = folded(pattern, case, ty);
    let left = if folds { Expr::Call("TO_LOWER", vec![text]) } else { text };
    match pattern.as_exact() {
        Some(value) => equals(left, Expr::text(value)),
        None => Expr::binary(left, Operator::Like, Expr::text(like(pattern.pieces()))),
    }
}

/// A test of which any value counts. The values are joined with a separator, and one before and after, so that the
/// ends of a value can be told.
fn any_value(field: &Field, pattern: &Pattern, case: Case, asks: bool) -> TextTest {
    let (folds, folded) = folded(pattern, case, field.ty);
    if let Some(value) = folded.as_exact().filter(|value| asks && !folds && !value.is_empty()) {
        return Expr::binary(column(field), Operator::Match, Expr::text(value)).into();
    }
    let joined = Expr::Call("MV_CONCAT", vec![text(field), Expr::text(BETWEEN)]);
    let pieces = folded.pieces();
    let (open_start, open_end) =
        (pieces.first() == Some(&Piece::AnyRun), pieces.last() == Some(&Piece::AnyRun));
    let ends = |text: Expr| match (open_start, open_end) {
        (true, true) => text,
        (false, true) => Expr::Call("CONCAT", vec![Expr::text(BETWEEN), text]),
        (true, false) => Expr::Call("CONCAT", vec![text, Expr::text(BETWEEN)]),
        (false, false) => Expr::Call("CONCAT", vec![Expr::text(BETWEEN), text, Expr::text(BETWEEN)]),
    };
    let left = ends(if folds { Expr::Call("TO_LOWER", vec![joined]) } else { joined });
    let mut bounded = Vec::with_capacity(pieces.len() + 4);
    if !open_start {
        bounded.extend([Piece::AnyRun, Piece::Literal(BETWEEN.into())]);
    }
    bounded.extend(pieces.iter().cloned());
    if !open_end {
        bounded.extend([Piece::Literal(BETWEEN.into()), Piece::AnyRun]);
    }
    let bounded = Pattern::new(bounded);
    let inner = &pieces[usize::from(open_start)..pieces.len() - usize::from(open_end && pieces.len() > 1)];
    let widened = inner.iter().any(|piece| !matches!(piece, Piece::Literal(_)));
    TextTest { expr: Expr::binary(left, Operator::Like, Expr::text(like(bounded.pieces()))), widened }
}

/// What a whole-value regular expression is matched with, and the expression: of a field of several values, any.
pub(super) fn whole_value(field: &Field, pattern: String) -> (Expr, String) {
    if !field.multivalued {
        return (text(field), pattern);
    }
    let joined = Expr::Call("MV_CONCAT", vec![text(field), Expr::text(BETWEEN)]);
    (joined, format!("(.*{BETWEEN})?({pattern})({BETWEEN}.*)?"))
}

/// A `LIKE` pattern.
fn like(pieces: &[Piece]) -> String {
    let mut out = String::new();
    for piece in pieces {
        match piece {
            Piece::Literal(text) => quote::like_literal(&mut out, text),
            Piece::AnyRun => out.push('*'),
            Piece::AnyOne => out.push('?'),
        }
    }
    out
}

/// A test of a number.
///
/// # Errors
/// A column that holds no numbers.
pub(super) fn number(
    field: &Field,
    how: Comparison,
    number: Number,
    span: Span,
    positive: bool,
) -> Result<Expr, Diagnostic> {
    let operator = comparison(how);
    match field.ty {
        ColumnType::Unknown | ColumnType::Integer | ColumnType::Real => {
            Ok(Expr::binary(column(field), operator, number_literal(number)))
        }
        _ if field.ty.is_textual() => match how {
            Comparison::Equal if field.multivalued => {
                Ok(Expr::binary(column(field), Operator::Match, Expr::text(number.to_string())))
            }
            Comparison::Equal => Ok(equals(column(field), Expr::text(number.to_string()))),
            _ => {
                let value = Expr::Call("TO_DOUBLE", vec![column(field)]);
                Ok(never_null(Expr::binary(value, operator, number_literal(number)), positive))
            }
        },
        _ => Err(unmapped(field, span, "holds no numbers")),
    }
}

fn number_literal(number: Number) -> Expr {
    match number {
        Number::Integer(value) if i64::try_from(value).is_err() => {
            Expr::Call("TO_UNSIGNED_LONG", vec![Expr::text(value.to_string())])
        }
        number => Expr::Literal(Literal::Number(number)),
    }
}

/// A test of a boolean.
///
/// # Errors
/// A column that holds neither booleans nor text.
pub(super) fn boolean(field: &Field, value: bool, span: Span) -> Result<Expr, Diagnostic> {
    match field.ty {
        ColumnType::Boolean | ColumnType::Unknown => Ok(equals(column(field), Expr::boolean(value))),
        _ if field.ty.is_textual() => {
            let value = Pattern::exact(if value { "true" } else { "false" });
            Ok(single_value(column(field), field.ty, &value, Case::Insensitive))
        }
        _ => Err(unmapped(field, span, "holds no booleans")),
    }
}

/// A test for any of some networks.
///
/// # Errors
/// A column that holds no addresses.
pub(super) fn networks(
    field: &Field,
    networks: Vec<String>,
    span: Span,
    positive: bool,
) -> Result<Expr, Diagnostic> {
    let is_address = field.ty == ColumnType::Ip;
    if !is_address && !field.ty.is_textual() {
        return Err(unmapped(field, span, "holds no addresses"));
    }
    // TO_IP takes addresses too, and is null on text that is none.
    let address = if is_address { column(field) } else { Expr::Call("TO_IP", vec![column(field)]) };
    let arguments = std::iter::once(address).chain(networks.into_iter().map(Expr::text)).collect();
    let test = Expr::Call("CIDR_MATCH", arguments);
    Ok(if is_address { test } else { never_null(test, positive) })
}

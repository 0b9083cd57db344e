//! Columns: how a test is written for the type of its column.

use super::ast::{BinaryOperator as Op, Expression, Literal, Name};
use crate::{
    diag::{Code, Diagnostic, Effect, Note, Span},
    ir::{Case, ColumnType, Comparison, Field, FieldRelation, Number, TimePart},
};

/// A column, or a property inside a dynamic one, and its type.
pub(super) struct Column<'f> {
    pub(super) field: &'f Field,
    reference: Expression,
}

impl<'f> Column<'f> {
    /// A dot in a name of known type is a path into a dynamic column, for no column of the tables has one; in a
    /// name of which nothing is known it is part of the name.
    pub(super) fn of(field: &'f Field) -> Self {
        let reference = if *field.name == *"_TimeReceived" {
            // What both products compute ("ingestion_time()").
            Expression::call("ingestion_time", [])
        } else if field.ty == ColumnType::Unknown {
            Expression::name(field.name.to_string())
        } else {
            let mut parts = field.name.split('.').map(Name::from);
            let column = Expression::Name(parts.next().unwrap_or_else(|| Name::from(field.name.to_string())));
            parts.fold(column, |object, name| Expression::Member(Box::new(object), name))
        };
        Self { field, reference }
    }

    /// A computed value in a column's place.
    pub(super) fn computed(field: &'f Field, value: Expression) -> Self {
        Self { field, reference: value }
    }

    /// The column itself.
    pub(super) fn reference(&self) -> Expression {
        self.reference.clone()
    }

    /// Whether values are text, or as good as.
    pub(super) fn is_text(&self) -> bool {
        self.field.ty.is_textual() || self.field.ty == ColumnType::Ip
    }

    fn is_path(&self) -> bool {
        matches!(self.reference, Expression::Member(..))
    }

    /// The value as text: a dynamic value or one of another type goes through `tostring`.
    pub(super) fn text(&self) -> Expression {
        if self.is_path() || !self.is_text() || self.field.ty == ColumnType::Dynamic {
            Expression::call("tostring", vec![self.reference.clone()])
        } else {
            self.reference.clone()
        }
    }

    /// The value in its own type.
    pub(super) fn comparable(&self) -> Expression {
        if !self.is_path() {
            return if self.field.ty == ColumnType::Dynamic { self.text() } else { self.reference.clone() };
        }
        let conversion = match self.field.ty {
            ColumnType::Integer => "tolong",
            ColumnType::Real => "toreal",
            ColumnType::Boolean => "tobool",
            ColumnType::Timestamp => "todatetime",
            _ => "tostring",
        };
        Expression::call(conversion, vec![self.reference.clone()])
    }

    /// Whether there is no value.
    pub(super) fn missing(&self) -> Expression {
        if self.is_text() {
            Expression::call("isempty", vec![self.reference.clone()])
        } else {
            Expression::call("isnull", vec![self.comparable()])
        }
    }

    /// The literal equal to `text` in this column.
    pub(super) fn literal(&self, text: &str, span: Span) -> Result<Expression, Diagnostic> {
        let refused = |what: &str| {
            let message = format!("`{text}` cannot equal `{}`, which holds {what}", self.field);
            Diagnostic::new(Code::ValueUnmapped, span, message)
        };
        match self.field.ty {
            ColumnType::Integer | ColumnType::Real => match Number::parse(text) {
                Some(number) if number.to_string() == text => self.number(number, span),
                _ => Err(refused("numbers")),
            },
            ColumnType::Boolean if text.eq_ignore_ascii_case("true") => {
                Ok(Expression::literal(Literal::Bool(true)))
            }
            ColumnType::Boolean if text.eq_ignore_ascii_case("false") => {
                Ok(Expression::literal(Literal::Bool(false)))
            }
            ColumnType::Boolean => Err(refused("true or false")),
            ColumnType::Timestamp => Err(refused("points in time")),
            ColumnType::Unknown
            | ColumnType::String
            | ColumnType::Wildcard
            | ColumnType::Caseless
            | ColumnType::Text
            | ColumnType::Ip
            | ColumnType::Dynamic => Ok(Expression::text(text)),
        }
    }

    /// Says where a string pattern looks at a rendering that may not be the rule's.
    pub(super) fn check_pattern(&self, notes: &mut Vec<Note>, span: Span) {
        if self.field.ty == ColumnType::Timestamp {
            let message = format!(
                "the pattern is matched against Kusto's own rendering of `{}`, a point in time",
                self.field
            );
            notes.push(Note::new(Code::TypeCoerced, Effect::Either, span, message));
        }
    }

    /// The literal that `number` is in this column: text in a text column.
    pub(super) fn number(&self, number: Number, span: Span) -> Result<Expression, Diagnostic> {
        match (self.field.ty, number) {
            (ColumnType::Boolean | ColumnType::Timestamp, _) => {
                let message =
                    format!("the number {number} cannot equal `{}`, which holds no numbers", self.field);
                Err(Diagnostic::new(Code::ValueUnmapped, span, message))
            }
            (ColumnType::Integer | ColumnType::Real | ColumnType::Unknown, _) => {
                match (number_literal(number), self.field.ty) {
                    (Literal::Decimal(_), ColumnType::Unknown) => Ok(Expression::text(number.to_string())),
                    (Literal::Decimal(_), _) => {
                        let message = format!(
                            "{number} is more than `{}`, a signed 64-bit number, can hold",
                            self.field
                        );
                        Err(Diagnostic::new(Code::ValueUnmapped, span, message))
                    }
                    (literal, _) => Ok(Expression::literal(literal)),
                }
            }
            _ => Ok(Expression::text(number.to_string())),
        }
    }

    /// A comparison with a number. Text is converted where order counts.
    pub(super) fn compare(
        &self,
        comparison: Comparison,
        number: Number,
        span: Span,
    ) -> Result<Expression, Diagnostic> {
        if comparison == Comparison::Equal {
            return Ok(Expression::binary(self.comparable(), Op::Equal, self.number(number, span)?));
        }
        if matches!(self.field.ty, ColumnType::Boolean | ColumnType::Timestamp) {
            let message = format!("`{}` holds no numbers to compare with {number}", self.field);
            return Err(Diagnostic::new(Code::ValueUnmapped, span, message));
        }
        let literal = number_literal(number);
        let convert = |function| Expression::call(function, vec![self.reference.clone()]);
        let value = match (&literal, self.field.ty) {
            (Literal::Decimal(_), _) => convert("todecimal"),
            (_, ColumnType::Integer | ColumnType::Real | ColumnType::Unknown) => self.comparable(),
            _ => convert("toreal"),
        };
        Ok(Expression::binary(value, order(comparison), Expression::literal(literal)))
    }

    /// Whether the value is this boolean.
    pub(super) fn boolean(&self, value: bool, span: Span) -> Result<Expression, Diagnostic> {
        let text = || Expression::text(if value { "true" } else { "false" });
        match self.field.ty {
            ColumnType::Boolean => Ok(Expression::binary(
                self.comparable(),
                Op::Equal,
                Expression::literal(Literal::Bool(value)),
            )),
            // `tostring` takes a boolean and a string column alike.
            ColumnType::Unknown => {
                let rendered = Expression::call("tostring", vec![self.reference.clone()]);
                Ok(Expression::binary(rendered, Op::EqualNoCase, text()))
            }
            ColumnType::Integer | ColumnType::Real | ColumnType::Timestamp => {
                let message = format!("`{value}` cannot equal `{}`, which holds no booleans", self.field);
                Err(Diagnostic::new(Code::ValueUnmapped, span, message))
            }
            ColumnType::String
            | ColumnType::Wildcard
            | ColumnType::Caseless
            | ColumnType::Text
            | ColumnType::Ip
            | ColumnType::Dynamic => Ok(Expression::binary(self.text(), Op::EqualNoCase, text())),
        }
    }

    /// A comparison of a part of the timestamp.
    pub(super) fn time_part(
        &self,
        part: TimePart,
        comparison: Comparison,
        number: Number,
        span: Span,
    ) -> Result<Expression, Diagnostic> {
        let time = match self.field.ty {
            ColumnType::Timestamp => self.comparable(),
            ColumnType::Integer | ColumnType::Real | ColumnType::Boolean => {
                let message = format!("`{}` is not a point in time", self.field);
                return Err(Diagnostic::new(Code::ValueUnmapped, span, message));
            }
            _ => Expression::call("todatetime", vec![self.reference.clone()]),
        };
        let value = match part {
            TimePart::Minute => Expression::call("datetime_part", vec![Expression::text("minute"), time]),
            TimePart::Hour => Expression::call("hourofday", vec![time]),
            TimePart::Day => Expression::call("dayofmonth", vec![time]),
            TimePart::Week => Expression::call("week_of_year", vec![time]),
            TimePart::Month => Expression::call("monthofyear", vec![time]),
            TimePart::Year => Expression::call("getyear", vec![time]),
        };
        Ok(Expression::binary(value, order(comparison), Expression::literal(number_literal(number))))
    }

    /// A comparison with another column. A missing string is `""`, which every value holds: the other column must
    /// not be empty, and then neither is this one.
    pub(super) fn relates(&self, relation: FieldRelation, other: &Column, case: Case) -> Expression {
        if relation == FieldRelation::Equals && self.field.ty.is_numeric() && other.field.ty.is_numeric() {
            return Expression::binary(self.comparable(), Op::Equal, other.comparable());
        }
        // Not `=~` and the like: they fold ASCII letters only, and nothing is known of the other's letters.
        let fold = |column: &Column| match case {
            Case::Insensitive => Expression::call("tolower", vec![column.text()]),
            Case::Sensitive => column.text(),
        };
        let operator = match relation {
            FieldRelation::Equals => Op::Equal,
            FieldRelation::Contains => Op::ContainsCs,
            FieldRelation::StartsWith => Op::StartsWithCs,
            FieldRelation::EndsWith => Op::EndsWithCs,
        };
        let present = Expression::call("isnotempty", vec![other.text()]);
        Expression::And(vec![present, Expression::binary(fold(self), operator, fold(other))])
    }
}

pub(super) fn order(comparison: Comparison) -> Op {
    match comparison {
        Comparison::Equal => Op::Equal,
        Comparison::Less => Op::Less,
        Comparison::LessOrEqual => Op::LessOrEqual,
        Comparison::Greater => Op::Greater,
        Comparison::GreaterOrEqual => Op::GreaterOrEqual,
    }
}

fn number_literal(number: Number) -> Literal {
    match number {
        Number::Integer(value) => i64::try_from(value).map_or(Literal::Decimal(value), Literal::Long),
        Number::Real(value) => Literal::Real(value),
    }
}

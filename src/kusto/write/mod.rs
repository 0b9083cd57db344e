//! IR → syntax tree: every predicate as the operator that an analyst would choose for the column's type.
//!
//! Facts this rests on (Microsoft's "String operators", "Null values", "The string data type"):
//! * A string is never null: a missing one is `""`, and every string operator is two-valued. So an event cannot
//!   hold a missing and an empty string as two things, and `isempty` is both; the query says so in a note.
//! * On other types a null compared with `==` is false and with `!=` true; any other operator gives null, which
//!   `not` leaves null. Under a negation such a test is closed with `coalesce(…, false)`.
//! * `=~`, `in~`, `contains`, `startswith` and `endswith` fold ASCII letters only. For other letters the vendor's
//!   advice is `tolower`, which is also how the IR defines folding.

mod external;
mod list;
mod stage;
mod value;
mod window;

use list::{Listed, alike, balanced, close, list};
use stage::look_back;

use super::{
    ast::{
        BinaryOperator as Op, Call, Column as Computation, Expression, InOperator, Literal, Name, Operator,
        Place, Query, Source,
    },
    column,
    column::Column,
    hoist, parameters, regex,
};
use crate::{
    diag::{Code, Diagnostic, Effect, Note, Span},
    ir::{
        Alternatives, Case, Condition, Dataset, Expression as Computed, ExternalList, Field, Keeper, Origin,
        Pattern, Predicate, Rule, Shape, Subject, Test, alternatives,
    },
};

/// What stands for the table of all events where no mapping names one.
const ANY_TABLE: &str = "Events";

/// Writes a legalized rule as a query.
///
/// # Errors
/// A value that the type of its column cannot hold.
pub fn write(rule: &Rule, notes: &mut Vec<Note>) -> Result<Query, Diagnostic> {
    let source = source(rule)?;
    let mut writer = Writer {
        notes,
        span: rule.span,
        named_rows: 0,
        correlates: window::is_in(&rule.stages),
        constants: Vec::new(),
    };
    let mut operators = match &rule.origin {
        Origin::Dataset(dataset) => look_back(rule.look_back, dataset),
        _ => Vec::new(),
    };
    match hoist::hoist(rule) {
        None => operators.extend(writer.operators(&rule.stages)?),
        Some((rule, named, at)) => {
            let (before, after) = rule.stages.split_at(at);
            operators.extend(writer.operators(before)?);
            let columns = named.iter().map(|it| named_column(&it.column, Column::of(&it.path).text()));
            operators.push(Operator::Extend(columns.collect()).into());
            operators.extend(writer.operators(after)?);
        }
    }
    Ok(Query { source, operators })
}

fn named_column(name: &Field, value: Expression) -> Computation {
    Computation { names: vec![name.name.to_string().into()], is_tuple: false, value }
}

fn source(rule: &Rule) -> Result<Source, Diagnostic> {
    let names = match &rule.origin {
        Origin::Dataset(Dataset { names, parameters: Some(parameters), .. }) if names.len() == 1 => {
            let arguments = parameters::arguments(rule, parameters);
            let function = Name::from(&*names[0]);
            let call = Call { on: None, function, arguments, place: Place::default() };
            return Ok(Source::Expression(Expression::Call(call)));
        }
        Origin::Dataset(dataset) => &dataset.names,
        Origin::External(table) => return Ok(Source::Expression(external::table(table))),
        Origin::Unmapped => return Ok(Source::Expression(Expression::name(ANY_TABLE))),
        Origin::LogSource(_) | Origin::Class { .. } | Origin::Table(_) => {
            return Err(Diagnostic::new(Code::Internal, rule.span, "the rule has not been localized"));
        }
    };
    table_source(names, rule.span)
}

/// A table, or several as one.
fn table_source(names: &[std::sync::Arc<str>], rule: Span) -> Result<Source, Diagnostic> {
    match names {
        [] => Err(Diagnostic::new(Code::Internal, rule, "the mapping names no table")),
        [table] => Ok(Source::Expression(Expression::name(&**table))),
        tables => {
            let tables = tables.iter().map(|table| Expression::name(&**table)).collect();
            Ok(Source::Operator(Box::new(Operator::Union(Vec::new(), tables).into())))
        }
    }
}

/// A value made of fields' text.
fn computed_of_fields(value: &Computed) -> Expression {
    match value {
        Computed::Host(url) => extract(r"^(?:[A-Za-z][A-Za-z0-9+.-]*://)?([^/:?#]*)", url),
        Computed::XmlData { xml, name } => {
            extract(&format!("Name=['\"]{}['\"]>([^<]*)<", regex_syntax::escape(name)), xml)
        }
        Computed::JsonMember { json, path } => {
            let object = Expression::call("parse_json", [Column::of(json).text()]);
            let member = path
                .split('.')
                .fold(object, |object, name| Expression::Member(Box::new(object), Name::from(name)));
            Expression::call("tostring", [member])
        }
        Computed::KeyValue { text, name } => {
            let value = extract(&format!(r#"\b{}=("[^"]*"|\S*)"#, regex_syntax::escape(name)), text);
            Expression::call("trim", [Expression::text("\""), value])
        }
        Computed::Join { fields, separator } => joined(fields, separator),
        // Values that are not made of fields' text are written elsewhere.
        _ => Expression::text(""),
    }
}

/// What the first group of a regular expression captures of a column's text.
fn extract(regex: &str, column: &Field) -> Expression {
    let first_group = Expression::literal(Literal::Long(1));
    Expression::call("extract", vec![Expression::text(regex), first_group, Column::of(column).text()])
}

/// Each value but the first brings its separator along if it and some value before it are not empty.
fn joined(fields: &[Field], separator: &str) -> Expression {
    let columns: Vec<Expression> = fields.iter().map(|field| Column::of(field).text()).collect();
    let mut parts = Vec::with_capacity(columns.len() * 2);
    for (index, column) in columns.iter().enumerate() {
        if index > 0 && !separator.is_empty() {
            let before = match &columns[..index] {
                [only] => only.clone(),
                several => Expression::call("strcat", several.to_vec()),
            };
            let missing = [before, column.clone()].map(|part| Expression::call("isempty", vec![part]));
            let values =
                vec![Expression::Or(missing.into()), Expression::text(""), Expression::text(separator)];
            parts.push(Expression::call("iff", values));
        }
        parts.push(column.clone());
    }
    match parts.len() {
        0 => Expression::text(""),
        1 => parts.swap_remove(0),
        _ => Expression::call("strcat", parts),
    }
}

struct Writer<'n> {
    notes: &'n mut Vec<Note>,
    /// The rule's place.
    span: Span,
    /// How many times rows got a name.
    named_rows: usize,
    /// Whether rows are put together by windows or orders, for which values need types of their own.
    correlates: bool,
    /// Columns that have a text in every row.
    constants: Vec<Field>,
}

impl Writer<'_> {
    fn condition(&mut self, condition: &Condition, positive: bool) -> Result<Expression, Diagnostic> {
        match condition {
            Condition::Always => Ok(Expression::literal(Literal::Bool(true))),
            Condition::Never => Ok(Expression::literal(Literal::Bool(false))),
            Condition::Is(predicate) => self.predicate(predicate, positive),
            Condition::Not(inner) => self.condition(inner, !positive).map(Expression::negated),
            Condition::All(terms) => {
                let mut written = Vec::with_capacity(terms.len());
                for term in terms {
                    match self.condition(term, positive)? {
                        Expression::And(inner) => written.extend(inner),
                        // A missing text and an empty one are the same here.
                        other if is_emptiness(&other) && written.contains(&other) => {}
                        other => written.push(other),
                    }
                }
                Ok(if written.len() == 1 { written.swap_remove(0) } else { Expression::And(written) })
            }
            Condition::Any(terms) => self.any(terms, positive),
        }
    }

    fn any(&mut self, terms: &[Condition], positive: bool) -> Result<Expression, Diagnostic> {
        let mut written = Vec::with_capacity(terms.len());
        for group in alternatives(terms) {
            match group {
                Alternatives::Single(term) => written.push(self.condition(term, positive)?),
                Alternatives::SameField(field, run) => self.run(field, &run, positive, &mut written)?,
            }
        }
        let mut emptiness: Vec<Expression> = Vec::new();
        written.retain(|term| {
            let is_said = is_emptiness(term) && emptiness.contains(term);
            if is_emptiness(term) && !is_said {
                emptiness.push(term.clone());
            }
            !is_said
        });
        Ok(match written.len() {
            1 => written.swap_remove(0),
            _ => balanced(written),
        })
    }

    /// Predicates on one field, neighbours that an operator takes as a list written as one.
    fn run(
        &mut self,
        field: &Field,
        run: &[&Predicate],
        positive: bool,
        written: &mut Vec<Expression>,
    ) -> Result<(), Diagnostic> {
        let column = Column::of(field);
        let mut rest = run;
        while let [first, tail @ ..] = rest {
            let Some(listed) = self.listed(&column, first)? else {
                written.push(self.predicate(first, positive)?);
                rest = tail;
                continue;
            };
            let mut values = vec![listed];
            rest = tail;
            while let [next, tail @ ..] = rest {
                match self.listed(&column, next)? {
                    Some(listed) if alike(&values[0], &listed) => values.push(listed),
                    _ => break,
                }
                rest = tail;
            }
            written.push(list(&column, values, positive));
        }
        Ok(())
    }

    /// What a predicate gives to a list, if it can be part of one.
    fn listed(&mut self, column: &Column, predicate: &Predicate) -> Result<Option<Listed>, Diagnostic> {
        Ok(match &predicate.test {
            Test::Term(crate::ir::TermPart::Whole, term, Case::Insensitive) => {
                Some(Listed::Term(term.clone()))
            }
            Test::Text(pattern, case) => match pattern.as_exact() {
                Some("") if column.is_text() => None,
                Some(text) if folding(pattern, *case) != Folding::Unicode => {
                    let value = self.equal_value(column, text, predicate.span)?;
                    let cased = folding(pattern, *case) == Folding::None || !column.is_text();
                    Some(Listed::Value(value, if cased { InOperator::In } else { InOperator::InNoCase }))
                }
                _ => None,
            },
            Test::Number(crate::ir::Comparison::Equal, number) => {
                Some(Listed::Value(column.number(*number, predicate.span)?, InOperator::In))
            }
            Test::Cidr(network) => Some(Listed::Network(network.to_string(), network.network().is_ipv6())),
            _ => None,
        })
    }

    fn predicate(&mut self, predicate: &Predicate, positive: bool) -> Result<Expression, Diagnostic> {
        let span = predicate.span;
        let unnamed;
        let (column, field) = match &predicate.subject {
            Subject::Anywhere => return self.keyword(&predicate.test, span),
            Subject::Field(field) => (Column::of(field), field),
            Subject::Computed(value) => {
                unnamed = Field::new("");
                (Column::computed(&unnamed, self.value(value)?), &unnamed)
            }
        };
        Ok(match &predicate.test {
            Test::Text(pattern, case) => return self.text(&column, pattern, *case, span),
            Test::Regex(regex) => {
                if regex.matches_empty() {
                    self.note_empty(field, span);
                }
                Expression::binary(column.text(), Op::MatchesRegex, Expression::text(regex::search(regex)))
            }
            Test::Number(comparison, number) => close(column.compare(*comparison, *number, span)?, positive),
            Test::Boolean(value) => column.boolean(*value, span)?,
            Test::Cidr(network) => {
                let listed = Listed::Network(network.to_string(), network.network().is_ipv6());
                list(&column, vec![listed], positive)
            }
            Test::TimePart(part, comparison, number) => {
                let message = format!("the {} of `{field}` is taken in UTC", part.as_str());
                self.notes.push(Note::new(Code::TimeZone, Effect::None, span, message));
                close(column.time_part(*part, *comparison, *number, span)?, positive)
            }
            Test::FieldRef(relation, other, case) => {
                close(column.relates(*relation, &Column::of(other), *case), positive)
            }
            Test::Term(part, term, case) => {
                let term = Expression::text(&**term);
                Expression::binary(column.text(), term_operator(*part, *case), term)
            }
            Test::Compare(comparison, other) => {
                let other = self.value(other)?;
                close(Expression::binary(column.reference(), column::order(*comparison), other), positive)
            }
            Test::Among(pipeline, case) => {
                let rows = self.pipeline(pipeline)?;
                Expression::list(column.comparable(), in_operator(*case), vec![rows])
            }
            Test::Listed(list, _) if list.is_of_parts() => {
                let name = &list.table.name;
                let message =
                    "KQL cannot compare parts of values with a watchlist: `has_any` looks for whole terms";
                return Err(Diagnostic::new(Code::Unsupported, span, message)
                    .help(format!("give the values of the list: `--list {name}=FILE`")));
            }
            Test::Listed(list, case) => {
                self.note_list(list, span);
                Expression::list(column.comparable(), in_operator(*case), vec![external::list(list)])
            }
            Test::Null => {
                self.note_empty_if_text(&column, field, span);
                column.missing()
            }
            Test::Exists => {
                self.note_empty_if_text(&column, field, span);
                column.missing().negated()
            }
        })
    }

    /// Records that a list has to be there.
    fn note_list(&mut self, list: &ExternalList, span: Span) {
        if let Keeper::Watchlist | Keeper::Macro = list.table.keeper {
            let column = list.column.as_deref().unwrap_or("SearchKey");
            let message = format!(
                "the watchlist `{}` has to exist in the workspace of Sentinel (to which Defender has to be connected) \
                 and to have the values in its column `{column}`",
                list.table.name
            );
            self.notes.push(Note::new(Code::LookupNeeded, Effect::None, span, message));
        }
    }

    fn text(
        &mut self,
        column: &Column,
        pattern: &Pattern,
        case: Case,
        span: Span,
    ) -> Result<Expression, Diagnostic> {
        if let Shape::Anything = pattern.shape() {
            self.note_empty_if_text(column, column.field, span);
            return Ok(column.missing().negated());
        }
        if pattern.as_exact() == Some("") && column.is_text() {
            self.note_empty_if_text(column, column.field, span);
            return Ok(column.missing());
        }
        if let Some(text) = pattern.as_exact() {
            let value = self.equal_value(column, text, span)?;
            let folding = folding(pattern, case);
            if folding != Folding::Unicode || !column.is_text() {
                let no_case = column.is_text() && folding == Folding::Ascii;
                let operator = if no_case { Op::EqualNoCase } else { Op::Equal };
                return Ok(Expression::binary(column.comparable(), operator, value));
            }
        }
        column.check_pattern(self.notes, span);
        Ok(match_text(column.text(), pattern, case))
    }

    /// The literal that equals `text` in this column.
    fn equal_value(&mut self, column: &Column, text: &str, span: Span) -> Result<Expression, Diagnostic> {
        if text.is_empty() {
            self.note_empty_if_text(column, column.field, span);
        }
        column.literal(text, span)
    }

    /// `*` stands for any column: the event's values, as text.
    fn keyword(&mut self, test: &Test, span: Span) -> Result<Expression, Diagnostic> {
        let message = "the keyword is searched in each column of the table; the raw event is not kept";
        self.notes.push(Note::new(Code::KeywordScope, Effect::None, span, message));
        let any_matches = |regex: String| {
            Expression::binary(Expression::Star(Place::default()), Op::MatchesRegex, Expression::text(regex))
        };
        match test {
            Test::Regex(regex) => Ok(any_matches(regex::search(regex))),
            Test::Text(pattern, case) => Ok(match pattern.shape() {
                Shape::Anything => Expression::literal(Literal::Bool(true)),
                Shape::Contains(text) if folding(pattern, *case) != Folding::Unicode => {
                    let operator = if *case == Case::Sensitive { Op::ContainsCs } else { Op::Contains };
                    Expression::binary(Expression::Star(Place::default()), operator, Expression::text(text))
                }
                _ => any_matches(regex::of_pieces(pattern.pieces(), *case)),
            }),
            _ => Err(Diagnostic::new(Code::Unsupported, span, "a keyword search takes text or a regex only")),
        }
    }

    fn note_empty_if_text(&mut self, column: &Column, field: &Field, span: Span) {
        if column.is_text() {
            self.note_empty(field, span);
        }
    }

    fn note_empty(&mut self, field: &Field, span: Span) {
        let message = format!("a missing `{field}` and an empty one are the same to Kusto");
        self.notes.push(Note::new(Code::NullAsEmpty, Effect::None, span, message));
    }
}

/// How the case of a pattern has to be folded.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Folding {
    /// Not at all: case counts, or there are no letters.
    None,
    /// The operators without case do it.
    Ascii,
    /// There are cased letters beyond ASCII, which those operators compare as they are.
    Unicode,
}

pub(super) fn folding(pattern: &Pattern, case: Case) -> Folding {
    let cased = |c: char| c.is_lowercase() || c.is_uppercase();
    if case == Case::Sensitive || !pattern.any_literal_char(cased) {
        Folding::None
    } else if pattern.any_literal_char(|c| cased(c) && !c.is_ascii()) {
        Folding::Unicode
    } else {
        Folding::Ascii
    }
}

fn match_text(value: Expression, pattern: &Pattern, case: Case) -> Expression {
    let folding = folding(pattern, case);
    let cased = case == Case::Sensitive || folding == Folding::Unicode;
    let (operator, text) = match pattern.shape() {
        Shape::Exact(text) => (if folding == Folding::Ascii { Op::EqualNoCase } else { Op::Equal }, text),
        Shape::Contains(text) => (if cased { Op::ContainsCs } else { Op::Contains }, text),
        Shape::StartsWith(text) => (if cased { Op::StartsWithCs } else { Op::StartsWith }, text),
        Shape::EndsWith(text) => (if cased { Op::EndsWithCs } else { Op::EndsWith }, text),
        Shape::Anything => return Expression::call("isnotempty", vec![value]),
        Shape::Glob(pieces) => {
            let regex = Expression::text(regex::of_pieces(pieces, case));
            return Expression::binary(value, Op::MatchesRegex, regex);
        }
    };
    match folding {
        Folding::Unicode => {
            // Letter by letter: Kusto knows no final sigma.
            let lowered = Expression::text(text.chars().flat_map(char::to_lowercase).collect::<String>());
            Expression::binary(Expression::call("tolower", vec![value]), operator, lowered)
        }
        Folding::Ascii | Folding::None => Expression::binary(value, operator, Expression::text(text)),
    }
}

fn is_emptiness(test: &Expression) -> bool {
    matches!(test, Expression::Call(call) if call.of("isempty").or(call.of("isnotempty")).is_some())
}

fn in_operator(case: Case) -> InOperator {
    match case {
        Case::Sensitive => InOperator::In,
        Case::Insensitive => InOperator::InNoCase,
    }
}

fn term_operator(part: crate::ir::TermPart, case: Case) -> Op {
    use crate::ir::TermPart;
    match (part, case) {
        (TermPart::Whole, Case::Insensitive) => Op::Has,
        (TermPart::Whole, Case::Sensitive) => Op::HasCs,
        (TermPart::Prefix, Case::Insensitive) => Op::HasPrefix,
        (TermPart::Prefix, Case::Sensitive) => Op::HasPrefixCs,
        (TermPart::Suffix, Case::Insensitive) => Op::HasSuffix,
        (TermPart::Suffix, Case::Sensitive) => Op::HasSuffixCs,
    }
}

//! Legalized rule → ES|QL syntax tree.
//!
//! * Comparisons are case-sensitive. `TO_LOWER(field) == "…"` and `TO_LOWER(field) LIKE "…"` are the forms that the
//!   optimizer turns into a case-insensitive index search.
//! * Any comparison with null is null, and drops the row; legalize has put the guards below negations.
//! * A comparison with a field of several values is null too. The match operator asks the index, where any value
//!   counts ("Multivalued fields", ES|QL reference); patterns are looked for in the joined values.

use super::{
    ast::{Command, Expr, Literal, Operator, Query},
    column,
    columns::{Columns, Kind, Path, Place},
    objects, stage,
    value::closed,
    window,
};
use crate::{
    diag::{Code, Diagnostic, Effect, Note, Span},
    elastic::{
        lucene::{self, CaseMode},
        regex::{Folding, MatchedBy, Unfit, from_regex},
    },
    ir::{
        Alternatives, Case, ColumnType, Comparison, Condition, Expression, Field, FieldRelation, Number,
        Origin, Predicate, Regex, Rule, Stage, Subject, Test, TimePart, alternatives, term_regex,
    },
};

pub(super) fn query(rule: &Rule, notes: &mut Vec<Note>) -> Result<Query, Diagnostic> {
    let query = written(rule, notes)?;
    if query.commands.iter().any(|command| matches!(command, Command::Stats { inline: true, .. })) {
        let message = "`INLINE STATS` needs Elasticsearch 9.2 or later";
        notes.push(Note::whole_rule(Code::ReleaseNeeded, Effect::None, message));
    }
    Ok(query)
}

fn written(rule: &Rule, notes: &mut Vec<Note>) -> Result<Query, Diagnostic> {
    if rule.stages.iter().any(|stage| matches!(stage, Stage::Slide(_) | Stage::Chain(_))) {
        let stages = window::lowered(&rule.stages, notes)?;
        return written(&Rule { stages, ..rule.clone() }, notes);
    }
    let from = match &rule.origin {
        Origin::Dataset(dataset) if !dataset.names.is_empty() => dataset.names.clone(),
        _ => vec!["*".into()],
    };
    let mut writer = Writer {
        notes,
        span: rule.span,
        columns: Columns::of_events(objects::of_stages(&rule.stages)),
        asks: Asks::All,
    };
    if let Some((from, commands)) = writer.united(rule)? {
        return Ok(Query { from, commands });
    }
    if let Some((from, commands)) = writer.joined(rule)? {
        return Ok(Query { from, commands });
    }
    let mut commands = match &rule.origin {
        Origin::Dataset(dataset) => stage::look_back(rule.look_back, dataset).into_iter().collect(),
        _ => Vec::new(),
    };
    commands.extend(writer.commands(&rule.stages)?);
    Ok(Query { from, commands })
}

pub(super) struct Writer<'a> {
    pub(super) notes: &'a mut Vec<Note>,
    /// The rule's place.
    pub(super) span: Span,
    pub(super) columns: Columns,
    pub(super) asks: Asks,
}

/// What a condition can ask the index, by the commands before it ("ES|QL search functions": limitations).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Asks {
    /// By `QSTR` too.
    All,
    /// By `:`, of fields.
    Fields,
    Nothing,
}

impl Asks {
    /// What one can ask behind a command.
    pub(super) fn after(self, command: &Command) -> Self {
        match command {
            Command::Where(_) | Command::Sort(_) => self,
            Command::Stats { .. } | Command::Limit(_) => Self::Nothing,
            _ if self == Self::Nothing => self,
            _ => Self::Fields,
        }
    }
}

impl Writer<'_> {
    pub(super) fn condition(&mut self, condition: &Condition, positive: bool) -> Result<Expr, Diagnostic> {
        match condition {
            Condition::Always => Ok(Expr::boolean(true)),
            Condition::Never => Ok(Expr::boolean(false)),
            Condition::Not(inner) => Ok(self.condition(inner, !positive)?.negated()),
            Condition::All(terms) => {
                let terms: Result<Vec<_>, _> =
                    terms.iter().map(|term| self.condition(term, positive)).collect();
                terms.map(Expr::all)
            }
            Condition::Any(terms) => {
                let mut written = Vec::with_capacity(terms.len());
                for group in alternatives(terms) {
                    match group {
                        Alternatives::Single(term) => written.push(self.condition(term, positive)?),
                        Alternatives::SameField(field, run) => {
                            self.run(field, &run, positive, &mut written)?;
                        }
                    }
                }
                Ok(Expr::any(written))
            }
            Condition::Is(predicate) => match &predicate.subject {
                Subject::Field(field) => self.test(field, &predicate.test, predicate.span, positive),
                Subject::Anywhere => self.keyword(predicate),
                Subject::Computed(value) => self.computed(value, predicate, positive),
            },
        }
    }

    /// A test of a computed value: as of a column of no known type, and false where it is null below a negation.
    fn computed(
        &mut self,
        value: &Expression,
        predicate: &Predicate,
        positive: bool,
    ) -> Result<Expr, Diagnostic> {
        /// A column's name that no index has.
        const UNNAMED: &str = "\u{0}";
        if let Some(Place::Field(path)) = self.columns.place(value) {
            return self.member(path, predicate, positive);
        }
        let kind = self.columns.kind(value);
        let value = self.value(value)?;
        if let Test::Compare(comparison, right) = &predicate.test {
            return self.compared(value, kind, *comparison, right, positive);
        }
        let column = Field { optional: false, multivalued: kind == Kind::List, ..Field::new(UNNAMED) };
        let asks = std::mem::replace(&mut self.asks, Asks::Nothing);
        let test = self.test(&column, &predicate.test, predicate.span, positive);
        self.asks = asks;
        Ok(closed(test?.with_column(UNNAMED, &value), positive))
    }

    /// A test of a member of an object, which is a field of its own.
    fn member(&mut self, path: Path, predicate: &Predicate, positive: bool) -> Result<Expr, Diagnostic> {
        let is_of_element = path.is_of_element;
        let name = path.name.clone();
        self.path(path);
        let field = Field { optional: false, ..Field::new(name) };
        if is_of_element {
            return self.element(&field, &predicate.test, predicate.span, positive);
        }
        let asks = self.asks;
        self.asks = if positive { asks } else { Asks::Nothing };
        let test = self.test(&field, &predicate.test, predicate.span, positive);
        self.asks = asks;
        Ok(closed(test?, positive))
    }

    /// A test of one of a field's values: of any of them, and below a negation of the only one.
    fn element(
        &mut self,
        field: &Field,
        test: &Test,
        span: Span,
        positive: bool,
    ) -> Result<Expr, Diagnostic> {
        let is_empty = match test {
            Test::Null => true,
            Test::Text(pattern, _) => pattern.as_exact() == Some(""),
            _ => false,
        };
        // Another element may have the value that this one lacks.
        let effect = if positive == is_empty { Effect::Either } else { Effect::More };
        let message = format!("`{field}` has the values of every element, and any of them counts");
        self.notes.push(Note::new(Code::ListValued, effect, span, message));
        let field = Field { multivalued: true, ..field.clone() };
        let of = |function| Expr::Call(function, vec![Expr::Column(field.name.clone())]);
        let any = match test {
            Test::Null | Test::Exists => return self.test_values(&field, test, span, positive),
            Test::Text(..) | Test::Regex(_) | Test::Term(..) => {
                let asks = self.asks;
                self.asks = if positive { asks } else { Asks::Nothing };
                let any = self.test_values(&field, test, span, positive);
                self.asks = asks;
                any?
            }
            Test::Number(comparison, number) => {
                let number = Expr::Literal(Literal::Number(*number));
                between(of("MV_MIN"), of("MV_MAX"), *comparison, number)
            }
            Test::Boolean(true) => Expr::binary(of("MV_MAX"), Operator::Equal, Expr::boolean(true)),
            Test::Boolean(false) => Expr::binary(of("MV_MIN"), Operator::Equal, Expr::boolean(false)),
            Test::Compare(comparison, other) => {
                let other = self.value(other)?;
                between(of("MV_MIN"), of("MV_MAX"), *comparison, other)
            }
            _ => {
                let message = format!("ES|QL cannot test one of the values of `{field}` so");
                return Err(Diagnostic::new(Code::Unsupported, span, message));
            }
        };
        if positive {
            return Ok(any);
        }
        let one = Expr::Literal(Literal::Number(Number::from(1)));
        let is_only = Expr::binary(of("MV_COUNT"), Operator::LessOrEqual, one);
        Ok(closed(Expr::all([any, is_only]), positive))
    }

    /// Alternatives on one field: equalities and networks side by side become one list.
    fn run(
        &mut self,
        field: &Field,
        run: &[&Predicate],
        positive: bool,
        written: &mut Vec<Expr>,
    ) -> Result<(), Diagnostic> {
        let mut networks = Vec::new();
        for predicate in run {
            if let Test::Cidr(network) = &predicate.test {
                networks.push(network.to_string());
                continue;
            }
            flush(field, &mut networks, predicate.span, positive, written)?;
            merge(written, self.test(field, &predicate.test, predicate.span, positive)?);
        }
        let span = run.last().map(|predicate| predicate.span).unwrap_or_default();
        flush(field, &mut networks, span, positive, written)
    }

    fn test(&mut self, field: &Field, test: &Test, span: Span, positive: bool) -> Result<Expr, Diagnostic> {
        if !self.columns.has(field) {
            return Err(Diagnostic::new(
                Code::Unsupported,
                span,
                format!("`{field}` is an object, and no column"),
            ));
        }
        match (self.columns.kind_of(field), test) {
            (Kind::Element, _) => self.element(field, test, span, positive),
            (Kind::List, _) => {
                let several = Field { multivalued: true, ..field.clone() };
                self.test_values(&several, test, span, positive)
            }
            (kind, Test::Compare(comparison, other)) => {
                self.compared(Expr::Column(field.name.clone()), kind, *comparison, other, positive)
            }
            _ => self.test_values(field, test, span, positive),
        }
    }

    fn test_values(
        &mut self,
        field: &Field,
        test: &Test,
        span: Span,
        positive: bool,
    ) -> Result<Expr, Diagnostic> {
        let null = || Box::new(Expr::Column(field.name.clone()));
        // Releases that cannot extract such members know no column of the name ("ES|QL and flattened fields").
        if field.ty == ColumnType::Dynamic {
            let message = format!("ES|QL cannot read `{field}`, a member of a `flattened` field");
            return Err(
                Diagnostic::new(Code::Unsupported, span, message).help("convert for `lucene`, which can")
            );
        }
        match test {
            Test::Text(pattern, case) => self.text(field, pattern, *case, span, positive),
            Test::Regex(regex) => self.regex(field, regex, span, positive),
            Test::Number(comparison, number)
                if field.multivalued && !field.ty.is_numeric() && field.is_computed =>
            {
                let of = |function| Expr::Call(function, vec![Expr::Column(field.name.clone())]);
                let number = Expr::Literal(Literal::Number(*number));
                Ok(between(of("MV_MIN"), of("MV_MAX"), *comparison, number))
            }
            Test::Number(comparison, number) => column::number(field, *comparison, *number, span, positive),
            Test::Boolean(value) => column::boolean(field, *value, span),
            Test::Cidr(network) => column::networks(field, vec![network.to_string()], span, positive),
            Test::TimePart(part, comparison, number) => {
                let message = format!("the {} of `{field}` is taken in UTC", part.as_str());
                self.notes.push(Note::new(Code::TimeZone, Effect::None, span, message));
                Ok(time_part(field, *part, *comparison, *number, positive))
            }
            Test::FieldRef(relation, other, case) => Ok(field_ref(field, *relation, other, *case)),
            Test::Compare(comparison, other) => {
                self.compared(Expr::Column(field.name.clone()), Kind::Plain, *comparison, other, positive)
            }
            Test::Term(part, term, case) => {
                self.regex(field, &term_regex(*part, term, *case), span, positive)
            }
            Test::Among(..) | Test::Listed(..) => {
                Err(crate::elastic::list::refusal(test.unsupported("ES|QL", span), test))
            }
            Test::Null | Test::Exists => {
                // Guards are null tests too, and need no note.
                if *test == Test::Exists {
                    let message = format!("a missing `{field}` and a null one are the same to Elasticsearch");
                    self.notes.push(Note::new(Code::NullAsAbsent, Effect::None, span, message));
                }
                Ok(if *test == Test::Null { Expr::IsNull(null()) } else { Expr::IsNotNull(null()) })
            }
        }
    }

    fn text(
        &mut self,
        field: &Field,
        pattern: &crate::ir::Pattern,
        case: Case,
        span: Span,
        positive: bool,
    ) -> Result<Expr, Diagnostic> {
        let asks = self.asks != Asks::Nothing && !field.is_computed;
        let written = column::text_test(field, pattern, case, span, asks)?;
        if written.widened {
            let effect = if positive { Effect::More } else { Effect::Less };
            let message = format!("a wildcard may run from one value of `{field}` into the next");
            self.notes.push(Note::new(Code::ListValued, effect, span, message));
        }
        Ok(written.expr)
    }

    fn regex(
        &mut self,
        field: &Field,
        regex: &Regex,
        span: Span,
        positive: bool,
    ) -> Result<Expr, Diagnostic> {
        let refuse = |reason: &str| Diagnostic::new(Code::Unsupported, span, reason.to_owned());
        let automaton = from_regex(regex, Folding::Expand).map_err(|refusal| refuse(refusal.reason()))?;
        if let Some(Unfit { message, help }) = automaton.refusal(MatchedBy::Rlike) {
            return Err(refuse(message).help(help));
        }
        if let Some(reason) = automaton.widened {
            let effect = if positive { Effect::More } else { Effect::Less };
            self.notes.push(Note::new(Code::RegexWidened, effect, span, reason));
        }
        let (left, pattern) = column::whole_value(field, automaton.pattern);
        Ok(Expr::binary(left, Operator::Rlike, Expr::text(pattern)))
    }

    /// A keyword, by the query that Lucene's writer has for it, in `QSTR`.
    fn keyword(&mut self, predicate: &Predicate) -> Result<Expr, Diagnostic> {
        let rule = Rule {
            look_back: None,
            metadata: std::sync::Arc::default(),
            origin: Origin::Unmapped,
            stages: vec![Stage::Filter(Condition::is(predicate.clone()))],
            span: predicate.span,
            notes: Vec::new(),
        };
        if self.asks != Asks::All {
            let message = "ES|QL searches for keywords before anything else";
            return Err(Diagnostic::new(Code::Unsupported, predicate.span, message));
        }
        let query = lucene::write(&rule, CaseMode::Exact, self.notes)?;
        Ok(Expr::Call("QSTR", vec![Expr::text(lucene::print(&query))]))
    }
}

/// Whether any of several values, of which these are the least and the greatest, compares so; for equality, whether
/// one may.
fn between(least: Expr, greatest: Expr, how: Comparison, value: Expr) -> Expr {
    use Operator::{GreaterOrEqual, LessOrEqual};
    match how {
        Comparison::Less | Comparison::LessOrEqual => Expr::binary(least, column::comparison(how), value),
        Comparison::Greater | Comparison::GreaterOrEqual => {
            Expr::binary(greatest, column::comparison(how), value)
        }
        Comparison::Equal => Expr::all([
            Expr::binary(least, LessOrEqual, value.clone()),
            Expr::binary(greatest, GreaterOrEqual, value),
        ]),
    }
}

/// Adds the networks so far as one test.
fn flush(
    field: &Field,
    networks: &mut Vec<String>,
    span: Span,
    positive: bool,
    written: &mut Vec<Expr>,
) -> Result<(), Diagnostic> {
    if !networks.is_empty() {
        written.push(column::networks(field, std::mem::take(networks), span, positive)?);
    }
    Ok(())
}

/// Adds an alternative; equalities with one left side side by side become one `IN`.
fn merge(written: &mut Vec<Expr>, next: Expr) {
    if let Expr::Binary(left, Operator::Equal, right) = &next
        && matches!(**right, Expr::Literal(_))
        && let Some(last) = written.last_mut()
    {
        match last {
            Expr::In(first, values) if first == left => return values.push((**right).clone()),
            Expr::Binary(first, Operator::Equal, value)
                if first == left && matches!(**value, Expr::Literal(_)) =>
            {
                *last = Expr::In(first.clone(), vec![(**value).clone(), (**right).clone()]);
                return;
            }
            _ => {}
        }
    }
    written.push(next);
}

fn time_part(field: &Field, part: TimePart, comparison: Comparison, number: Number, positive: bool) -> Expr {
    let time = column::timestamp(field);
    let extract = |name: &str, time: Expr| Expr::Call("DATE_EXTRACT", vec![Expr::text(name), time]);
    let value = match part {
        TimePart::Minute => extract("minute_of_hour", time),
        TimePart::Hour => extract("hour_of_day", time),
        TimePart::Day => extract("day_of_month", time),
        TimePart::Month => extract("month_of_year", time),
        TimePart::Year => extract("year", time),
        // The ISO week is that of its Thursday; a week begins on Monday for DATE_TRUNC.
        TimePart::Week => {
            let timespan = |words| Expr::Literal(Literal::Timespan(words));
            let monday = Expr::Call("DATE_TRUNC", vec![timespan("1 week".to_owned()), time]);
            let thursday = Expr::binary(monday, Operator::Add, timespan("3 days".to_owned()));
            let six = Expr::Literal(Literal::Number(Number::from(6)));
            let seven = Expr::Literal(Literal::Number(Number::from(7)));
            let day = Expr::binary(extract("day_of_year", thursday), Operator::Add, six);
            Expr::binary(day, Operator::Divide, seven)
        }
    };
    let test = Expr::binary(value, column::comparison(comparison), Expr::Literal(Literal::Number(number)));
    if field.ty == ColumnType::Timestamp { test } else { column::never_null(test, positive) }
}

fn field_ref(field: &Field, relation: FieldRelation, other: &Field, case: Case) -> Expr {
    let typed_alike = field.ty == other.ty && !field.ty.is_textual();
    let side = |field: &Field| match case {
        _ if typed_alike => Expr::Column(field.name.clone()),
        Case::Sensitive => column::text(field),
        Case::Insensitive => Expr::Call("TO_LOWER", vec![column::text(field)]),
    };
    match relation {
        FieldRelation::Equals => Expr::binary(side(field), Operator::Equal, side(other)),
        FieldRelation::StartsWith => Expr::Call("STARTS_WITH", vec![side(field), side(other)]),
        FieldRelation::EndsWith => Expr::Call("ENDS_WITH", vec![side(field), side(other)]),
        FieldRelation::Contains => {
            let place = Expr::Call("LOCATE", vec![side(field), side(other)]);
            Expr::binary(place, Operator::Greater, Expr::Literal(Literal::Number(Number::from(0))))
        }
    }
}

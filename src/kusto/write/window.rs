//! Windows that slide over rows, and orders of rows.
//!
//! * How many rows a window has is told by the row so many before, in the order of the groups and times (`prev`).
//! * For everything else each row meets those of its window in a join. A row of a window is in the slot of time of the
//!   window's end, or in the one before; so the join goes by slots too, as Microsoft's "Join within time window" has it.

use super::{Column, Writer, named_column, value::of_constant};
use crate::{
    diag::Diagnostic,
    ir::{
        Aggregate, AggregateFunction, Chain, ColumnType, Comparison, Condition, Constant, Duration,
        Expression as Value, Field, Function, Predicate, Slide, Stage, Subject, Test,
    },
    kusto::ast::{
        self, Aggregation, BinaryOperator as Op, Expression, Join, Literal, MvExpand, MvItem, Operator,
        Ordered, Parameter, Place, Query, Source, Step,
    },
};

/// The column of the slot of time that a row is in.
const SLOT: &str = "slot";

/// How many rows back `prev` is asked for at most; a join does more.
const FARTHEST: i64 = 10_000;

impl Writer<'_> {
    /// The operators of a sliding window, and whether they test what the next stage does.
    pub(super) fn slide(
        &mut self,
        slide: &Slide,
        next: Option<&Stage>,
    ) -> Result<(Vec<Operator>, bool), Diagnostic> {
        let mut operators = self.keys(&slide.by)?;
        let keys: Vec<Expression> = slide.by.iter().map(|(name, _)| name_of(name)).collect();
        if let Some(count) = next.and_then(|next| least_count(slide, next)) {
            operators.extend(by_row_before(&keys, slide, count));
            return Ok((operators, true));
        }
        let time = Column::of(&slide.time).reference();
        let rows = self.named_rows();
        let other = Expression::name("window_time");
        operators.push(Operator::Extend(vec![named(SLOT, bin(time.clone(), slide.length))]));
        operators.push(Operator::As(Vec::new(), rows.as_str().into()));
        let of_row = std::iter::once(name_of(&slide.time)).chain([Expression::name(SLOT)]);
        operators.push(Operator::Distinct(Vec::new(), keys.iter().cloned().chain(of_row).collect()));
        let mut right = slots(&rows, Op::Add, slide.length);
        let mut kept: Vec<ast::Column> = keys.iter().cloned().map(plain).collect();
        kept.push(plain(Expression::name(SLOT)));
        kept.push(named("window_time", time.clone()));
        let of_window = self.read_in_window(slide, &mut kept)?;
        right.operators.push(Operator::Project(kept).into());
        operators.push(join(right, &keys));
        let since = Expression::binary(time.clone(), Op::Subtract, length(slide.length));
        operators.push(Operator::Where(Vec::new(), between(other, since, time)));
        let mut aggregates = Vec::with_capacity(slide.aggregates.len());
        for (name, aggregate) in &of_window {
            aggregates.push(named_column(name, self.aggregate(aggregate)?));
        }
        let by = keys.iter().cloned().chain([name_of(&slide.time)]).map(plain).collect();
        operators.push(Operator::Summarize(Aggregation { parameters: Vec::new(), aggregates, by: Some(by) }));
        Ok((operators, false))
    }

    /// The operators of an order of rows: of each row the latest time at which a chain that it goes on can have begun.
    pub(super) fn chain(&mut self, chain: &Chain) -> Result<Vec<Operator>, Diagnostic> {
        let mut operators = self.keys(&chain.by)?;
        let keys: Vec<Expression> = chain.by.iter().map(|(name, _)| name_of(name)).collect();
        let time = name_of(&chain.time);
        let (begun, latest) = (Expression::name("begun"), Expression::name("previous"));
        let rows = self.named_rows();
        let of_kind = |kind: &str| {
            let is_of = Expression::binary(name_of(&chain.kind), Op::Equal, Expression::text(kind));
            Operator::Where(Vec::new(), is_of)
        };
        operators.push(Operator::As(Vec::new(), rows.as_str().into()));
        for (at, kind) in chain.order.iter().enumerate() {
            if at == 0 {
                operators.push(of_kind(kind));
                let slot = named(SLOT, bin(time.clone(), chain.length));
                let mut kept: Vec<ast::Column> = keys.iter().cloned().map(plain).collect();
                kept.extend([named("begun", time.clone()), named("previous", time.clone()), slot]);
                operators.push(Operator::Project(kept));
                continue;
            }
            if at > 1 {
                operators.push(Operator::ProjectRename(vec![named("previous", time.clone())]));
                let slot = named(SLOT, bin(begun.clone(), chain.length));
                operators.push(Operator::Extend(vec![slot]));
            }
            let mut right = Query {
                source: Source::Expression(Expression::name(rows.as_str())),
                operators: vec![of_kind(kind).into()],
            };
            right.operators.push(
                Operator::Extend(vec![named(
                    SLOT,
                    both_slots(bin(time.clone(), chain.length), Op::Subtract, chain.length),
                )])
                .into(),
            );
            right.operators.push(each_slot());
            let mut kept: Vec<ast::Column> = keys.iter().cloned().map(plain).collect();
            kept.extend([plain(Expression::name(SLOT)), plain(time.clone())]);
            right.operators.push(Operator::Project(kept).into());
            operators.push(join(right, &keys));
            let until = Expression::binary(begun.clone(), Op::Add, length(chain.length));
            operators.push(Operator::Where(Vec::new(), between(time.clone(), latest.clone(), until)));
            let first = named("begun", Expression::call("max", [begun.clone()]));
            let by = keys.iter().cloned().chain([time.clone()]).map(plain).collect();
            operators.push(Operator::Summarize(Aggregation {
                parameters: Vec::new(),
                aggregates: vec![first],
                by: Some(by),
            }));
        }
        if chain.order.len() == 1 {
            operators.push(Operator::ProjectRename(vec![ast::Column {
                names: vec![chain.time.name.to_string().into()],
                is_tuple: false,
                value: latest,
            }]));
        }
        Ok(operators)
    }

    /// The aggregates of columns that the window's rows bring along; keys have no other values there.
    fn read_in_window(
        &mut self,
        slide: &Slide,
        kept: &mut Vec<ast::Column>,
    ) -> Result<Vec<(Field, Aggregate)>, Diagnostic> {
        let is_key = |field: &Field| slide.by.iter().any(|(name, _)| name == field);
        let mut aggregates = slide.aggregates.clone();
        let mut values = 0;
        for (_, aggregate) in &mut aggregates {
            for argument in &mut aggregate.arguments {
                let written = match &*argument {
                    Value::Constant(_) => continue,
                    Value::Field(field) if is_key(field) => continue,
                    other => self.typed(other)?,
                };
                if matches!(&written, Expression::Name(name) if name.text != *slide.time.name) {
                    if !kept.contains(&plain(written.clone())) {
                        kept.push(plain(written));
                    }
                    continue;
                }
                values += 1;
                let name = if values == 1 { "value".to_owned() } else { format!("value_{values}") };
                kept.push(named(&name, written));
                let field = Field::new(name).computed();
                if is_never_empty(argument) {
                    self.constants.push(field.clone());
                }
                *argument = Value::Field(field);
            }
            for field in aggregate.filter.predicates().into_iter().flat_map(Predicate::fields) {
                let column = plain(name_of(field));
                if !is_key(field) && !kept.contains(&column) {
                    kept.push(column);
                }
            }
        }
        Ok(aggregates)
    }

    /// The columns that rows are grouped by, as text columns of their names.
    fn keys(&mut self, by: &[(Field, Value)]) -> Result<Vec<Operator>, Diagnostic> {
        let mut computed = Vec::new();
        for (name, value) in by {
            let written = match value {
                Value::Field(field) => Column::of(field).text(),
                other => self.value(other)?,
            };
            if written != name_of(name) {
                computed.push(named_column(name, written));
            }
        }
        Ok(if computed.is_empty() { Vec::new() } else { vec![Operator::Extend(computed)] })
    }

    /// A value; one of a dynamic column as text, where rows are put together.
    pub(super) fn typed(&mut self, value: &Value) -> Result<Expression, Diagnostic> {
        match value {
            Value::Field(field) if self.correlates && is_dynamic(field) => Ok(Column::of(field).text()),
            other => self.value(other),
        }
    }

    /// What an aggregate is computed of: a number, where rows are put together and nothing says that it is one.
    pub(super) fn aggregated(
        &mut self,
        function: AggregateFunction,
        value: &Value,
    ) -> Result<Expression, Diagnostic> {
        use AggregateFunction as A;
        let is_of_numbers = matches!(function, A::Sum | A::Average | A::Median | A::Percentile);
        let written = self.typed(value)?;
        let is_number = match value {
            Value::Field(field) => field.ty.is_numeric() && !is_dynamic(field),
            _ => true,
        };
        if self.correlates && is_of_numbers && !is_number {
            return Ok(Expression::call("todouble", [written]));
        }
        Ok(written)
    }

    /// The test that there is a value, where several rows' values are counted: a text is never null in Kusto, and an empty
    /// one is a value.
    pub(super) fn presence(&self, aggregate: &Aggregate, written: &[Expression]) -> Option<Expression> {
        let [value] = aggregate.arguments.as_slice() else { return None };
        let counts = self.correlates && aggregate.function == AggregateFunction::CountDistinct;
        let may_lack = match value {
            Value::Field(field) => field.ty.is_textual() && !self.constants.contains(field),
            value => !is_never_empty(value),
        };
        (counts && may_lack).then(|| Expression::call("isnotempty", [written[0].clone()]))
    }

    /// A name for rows that no other rows have.
    fn named_rows(&mut self) -> String {
        self.named_rows += 1;
        if self.named_rows == 1 { "found".to_owned() } else { format!("found_{}", self.named_rows) }
    }
}

/// Whether a value is a text with something in every row: several values with what parts them.
fn is_never_empty(value: &Value) -> bool {
    matches!(value, Value::Call(Function::Concat, _))
}

/// Whether stages put rows together by windows or orders; windows that follow one another are groups of their times.
pub(super) fn is_in(stages: &[Stage]) -> bool {
    stages.iter().any(|stage| match stage {
        Stage::Slide(_) | Stage::Chain(_) => true,
        Stage::Summarize(summarize) => {
            summarize.aggregates.iter().any(|(name, _)| AGGREGATES.contains(&&*name.name))
        }
        _ => false,
    })
}

/// What correlations call what they compute.
const AGGREGATES: [&str; 6] =
    ["event_count", "value_count", "value_sum", "value_avg", "value_percentile", "value_median"];

/// The row so many before is of the same group, and near enough.
fn by_row_before(keys: &[Expression], slide: &Slide, count: i64) -> Vec<Operator> {
    if count <= 1 {
        return Vec::new();
    }
    let time = Column::of(&slide.time).reference();
    let before = |column: &Expression| {
        Expression::call("prev", [column.clone(), Expression::literal(Literal::Long(count - 1))])
    };
    let mut terms: Vec<Expression> =
        keys.iter().map(|key| Expression::binary(before(key), Op::Equal, key.clone())).collect();
    let since = Expression::binary(time.clone(), Op::Subtract, before(&time));
    terms.push(Expression::binary(since, Op::LessOrEqual, length(slide.length)));
    let condition = if terms.len() == 1 { terms.swap_remove(0) } else { Expression::And(terms) };
    let order = keys.iter().cloned().chain([time]);
    let order = order.map(|value| Ordered { value, ascending: Some(true), nulls: None });
    vec![Operator::Sort(Vec::new(), order.collect()), Operator::Where(Vec::new(), condition)]
}

/// How many rows a window has to have, if that is all that is asked of it.
fn least_count(slide: &Slide, next: &Stage) -> Option<i64> {
    let [(name, Aggregate { function: AggregateFunction::Count, filter: Condition::Always, .. })] =
        slide.aggregates.as_slice()
    else {
        return None;
    };
    let Some(Condition::Is(Predicate { subject: Subject::Field(field), test, .. })) = next.condition() else {
        return None;
    };
    let Test::Number(comparison, number) = test else { return None };
    let number = number.to_string().parse::<i64>().ok().filter(|_| field == name)?;
    let least = match comparison {
        Comparison::Greater => number.checked_add(1)?,
        Comparison::GreaterOrEqual => number,
        _ => return None,
    };
    (least <= FARTHEST).then_some(least)
}

fn is_dynamic(field: &Field) -> bool {
    field.ty == ColumnType::Dynamic || matches!(Column::of(field).reference(), Expression::Member(..))
}

fn name_of(field: &Field) -> Expression {
    Expression::name(&*field.name)
}

fn plain(value: Expression) -> ast::Column {
    ast::Column { names: Vec::new(), is_tuple: false, value }
}

fn named(name: &str, value: Expression) -> ast::Column {
    ast::Column { names: vec![name.into()], is_tuple: false, value }
}

fn length(duration: Duration) -> Expression {
    of_constant(&Constant::Duration(duration))
}

fn bin(time: Expression, size: Duration) -> Expression {
    Expression::call("bin", [time, length(size)])
}

fn between(value: Expression, from: Expression, to: Expression) -> Expression {
    Expression::Between {
        value: Box::new(value),
        negated: false,
        from: Box::new(from),
        to: Box::new(to),
        place: Place::default(),
    }
}

/// The slot and the one next to it.
fn both_slots(slot: Expression, operator: Op, size: Duration) -> Expression {
    let next = Expression::binary(slot.clone(), operator, length(size));
    Expression::call("pack_array", [slot, next])
}

/// The named rows, each once in its slot and once in the one next to it.
fn slots(rows: &str, operator: Op, size: Duration) -> Query {
    let both = named(SLOT, both_slots(Expression::name(SLOT), operator, size));
    Query {
        source: Source::Expression(Expression::name(rows)),
        operators: vec![Operator::Extend(vec![both]).into(), each_slot()],
    }
}

fn each_slot() -> Step {
    let items = vec![MvItem { column: plain(Expression::name(SLOT)), ty: Some("datetime".into()) }];
    Operator::MvExpand(MvExpand { parameters: Vec::new(), items, limit: None }).into()
}

fn join(right: Query, keys: &[Expression]) -> Operator {
    let parameters = vec![Parameter { name: "kind".into(), value: Expression::name("inner") }];
    let on = keys.iter().cloned().chain([Expression::name(SLOT)]).collect();
    Operator::Join(Join { parameters, right: Box::new(Expression::Query(Box::new(right))), on })
}

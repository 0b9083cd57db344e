//! Stages to what Sigma has for them: filters become one condition, groups and joins a correlation, and what only
//! presents the result is left out.

use std::collections::HashMap;

use crate::{
    diag::{Code, Diagnostic, Effect, Note, Span},
    ir::{
        Aggregate, AggregateFunction, Comparison, Condition, Constant, Duration, Expression, ExtractPart,
        Field, Function, Join, JoinKind, Number, Origin, Pipeline, Predicate, Stage, Subject, Summarize,
        Test,
    },
    sigma::correlation::combined,
};

/// What the stages of a rule amount to.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Outline {
    /// What the events have to satisfy.
    pub(super) condition: Condition,
    /// What is counted of them.
    pub(super) threshold: Option<Threshold>,
    /// The events that have to come together with them.
    pub(super) partner: Option<Partner>,
}

/// How a value computed of a group of events compares to numbers.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Threshold {
    /// The function.
    pub(super) function: AggregateFunction,
    /// Of which fields; none for a count of events.
    pub(super) fields: Vec<Field>,
    /// Which percentile, if it is one.
    pub(super) percentile: Option<Number>,
    /// What the value is compared with, by Sigma's names.
    pub(super) criteria: Vec<(&'static str, Number)>,
    /// What the events of a group have in common.
    pub(super) group_by: Vec<Field>,
    /// How far they may be apart.
    pub(super) timespan: Duration,
}

impl Threshold {
    /// A window that slides finds every group of fixed bins, and more, as long as more events only help.
    fn effect_of_sliding(&self) -> Effect {
        let counts = matches!(
            self.function,
            AggregateFunction::Count
                | AggregateFunction::CountDistinct
                | AggregateFunction::CountDistinctAbout
        );
        let grows = counts && self.criteria.iter().all(|(name, _)| matches!(*name, "gt" | "gte"));
        if grows { Effect::More } else { Effect::Either }
    }
}

/// The other side of a join.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Partner {
    /// Where its events come from.
    pub(super) origin: Origin,
    /// What they have to satisfy.
    pub(super) condition: Condition,
    /// The fields that are equal, this side's first.
    pub(super) on: Vec<(Field, Field)>,
    /// How far apart the events may be.
    pub(super) timespan: Duration,
}

/// What a column is, after some stages.
#[derive(Debug, Clone)]
enum Column {
    /// A field of the events, by another name.
    Alias(Field),
    /// A value computed of a group, by its position in the stage.
    Aggregate(usize),
    /// Anything else.
    Computed,
}

/// Follows the stages of a rule.
///
/// # Errors
/// [`Code::Unsupported`] at the first stage, or test of a computed column, that Sigma has nothing for.
pub(super) fn outline(
    stages: &[Stage],
    look_back: Option<Duration>,
    span: Span,
    notes: &mut Vec<Note>,
) -> Result<Outline, Diagnostic> {
    let mut walk = Walk { look_back, span, ..Walk::default() };
    for stage in stages {
        walk.stage(stage)?;
    }
    walk.finish(notes)
}

#[derive(Default)]
struct Walk<'r> {
    look_back: Option<Duration>,
    span: Span,
    filters: Vec<Condition>,
    columns: HashMap<String, Column>,
    groups: Option<&'r Summarize>,
    /// The columns as they were before the groups.
    columns_before: HashMap<String, Column>,
    /// The position of the aggregate, and how it is compared.
    criteria: Vec<(usize, &'static str, Number)>,
    partner: Option<Partner>,
    /// A stage after which fewer rows are left than satisfy the filters.
    cut: Option<&'r Stage>,
    left_out: Vec<&'static str>,
    /// Where the time of the search is bounded.
    times: Vec<Span>,
    /// Where one element of a list is tested.
    elements: Vec<Span>,
}

/// A value inside a field.
struct Member {
    /// Its dotted name.
    path: String,
    /// Whether it is one element of a list.
    is_any: bool,
}

impl<'r> Walk<'r> {
    fn stage(&mut self, stage: &'r Stage) -> Result<(), Diagnostic> {
        match stage {
            Stage::Filter(condition) => {
                if let Some(cut) = self.cut {
                    return Err(cut.unsupported("Sigma", self.span));
                }
                return if self.groups.is_some() {
                    self.after_groups(condition)
                } else {
                    self.filter(condition)
                };
            }
            Stage::Extend(field, value) => {
                let column = self.column(value);
                self.columns.insert(field.name.to_string(), column);
            }
            Stage::Project(project) => {
                let columns: Vec<_> = project
                    .columns
                    .iter()
                    .map(|(field, value)| (field.name.to_string(), self.column(value)))
                    .collect();
                self.columns.extend(columns);
            }
            Stage::Rename(names, _) => {
                let columns: Vec<_> = names
                    .iter()
                    .map(|(new, old)| (new.name.to_string(), self.column(&Expression::Field(old.clone()))))
                    .collect();
                self.columns.extend(columns);
            }
            Stage::Summarize(summarize)
                if self.groups.is_none() && self.cut.is_none() && self.partner.is_none() =>
            {
                self.summarize(summarize);
                return Ok(());
            }
            Stage::Join(join)
                if self.groups.is_none()
                    && self.cut.is_none()
                    && self.partner.is_none()
                    && join.kind != JoinKind::LeftOuter =>
            {
                let partner = self.join(join).ok_or_else(|| stage.unsupported("Sigma", self.span))?;
                self.partner = Some(partner);
                self.cut = Some(stage);
                return Ok(());
            }
            // Nothing is lost as long as no test comes after.
            Stage::Limit(..) | Stage::Pick(_) | Stage::Summarize(_) | Stage::Expand(_) => {
                self.cut = Some(stage);
            }
            Stage::Extract(extract) if !extract.only_matching => {
                for part in &extract.parts {
                    if let ExtractPart::Column(field) = part {
                        self.columns.insert(field.name.to_string(), Column::Computed);
                    }
                }
            }
            Stage::Join(join) if self.groups.is_none() && join.kind == JoinKind::LeftOuter => {
                self.cut = Some(stage);
            }
            Stage::Drop(..) | Stage::Sort(..) => {}
            _ => return Err(stage.unsupported("Sigma", self.span)),
        }
        if !self.left_out.contains(&stage.name()) {
            self.left_out.push(stage.name());
        }
        Ok(())
    }

    /// What a value is, in the terms of the events.
    fn column(&self, value: &Expression) -> Column {
        match value {
            Expression::Field(field) => match self.columns.get(&*field.name) {
                Some(column) => column.clone(),
                None => Column::Alias(field.clone()),
            },
            _ => Column::Computed,
        }
    }

    /// The event's field behind a column.
    fn field(&self, field: &Field) -> Option<Field> {
        match self.column(&Expression::Field(field.clone())) {
            Column::Alias(field) => Some(field),
            Column::Aggregate(_) | Column::Computed => None,
        }
    }

    /// Tests of the event's time against another time bound the search, and say nothing of the event.
    fn filter(&mut self, condition: &Condition) -> Result<(), Diagnostic> {
        let (times, rest): (Vec<&Condition>, Vec<&Condition>) =
            condition.conjuncts().iter().partition(|term| self.is_range(term));
        self.times.extend(times.iter().filter_map(|term| term.predicates().first().map(|it| it.span)));
        let condition = self.of_events(&Condition::all(rest.into_iter().cloned()))?;
        self.filters.push(condition);
        Ok(())
    }

    fn is_range(&self, term: &Condition) -> bool {
        let Condition::Is(Predicate {
            subject: Subject::Field(field), test: Test::Compare(_, bound), ..
        }) = term
        else {
            return false;
        };
        let is_time = |field: &Field| {
            matches!(&*field.name, "TimeGenerated" | "Timestamp" | "UtcTime" | "_TimeReceived")
        };
        self.field(field).is_some_and(|field| is_time(&field)) && bound.fields().is_empty()
    }

    /// A condition with columns replaced by the fields that they stand for.
    fn of_events(&mut self, condition: &Condition) -> Result<Condition, Diagnostic> {
        let mut elements = Vec::new();
        let changed = condition.try_map(true, &mut |predicate, positive| {
            let computed = |name: &Field| {
                let message = format!("Sigma cannot test the computed column `{name}`");
                Diagnostic::new(Code::Unsupported, predicate.span, message)
            };
            let known = |field: &Field| self.field(field).ok_or_else(|| computed(field));
            let mut changed = predicate.clone();
            match &predicate.subject {
                Subject::Field(field) => changed.subject = Subject::Field(known(field)?),
                Subject::Computed(value) => {
                    if let Some(member) = self.member(value) {
                        if member.is_any {
                            elements.push(any_element(predicate, positive)?);
                        }
                        changed.subject = Subject::Field(Field::new(member.path));
                    }
                }
                Subject::Anywhere => {}
            }
            if let Test::FieldRef(relation, other, case) = &predicate.test {
                changed.test = Test::FieldRef(*relation, known(other)?, *case);
            }
            Ok(Condition::is(changed))
        });
        self.elements.extend(elements);
        changed
    }

    /// The dotted name of a value inside a field's JSON.
    fn member(&self, value: &Expression) -> Option<Member> {
        match value {
            Expression::Field(field) => {
                Some(Member { path: self.field(field)?.name.to_string(), is_any: false })
            }
            Expression::Call(Function::ParseJson | Function::ToText, arguments) => match arguments.as_slice()
            {
                [value] => self.member(value),
                _ => None,
            },
            Expression::Member(of, name) => {
                let of = self.member(of)?;
                Some(Member { path: format!("{}.{name}", of.path), ..of })
            }
            Expression::Element(of, _) => Some(Member { is_any: true, ..self.member(of)? }),
            Expression::JsonMember { json, path } => {
                Some(Member { path: format!("{}.{path}", self.field(json)?.name), is_any: false })
            }
            _ => None,
        }
    }

    fn summarize(&mut self, summarize: &'r Summarize) {
        self.columns_before = self.columns.clone();
        let mut columns = HashMap::new();
        for (field, value) in &summarize.by {
            columns.insert(field.name.to_string(), self.column(value));
        }
        for (at, (field, _)) in summarize.aggregates.iter().enumerate() {
            columns.insert(field.name.to_string(), Column::Aggregate(at));
        }
        self.columns = columns;
        self.groups = Some(summarize);
    }

    /// Tests of what is computed of groups are criteria, tests of what their events have in common are tests of the
    /// events.
    fn after_groups(&mut self, condition: &Condition) -> Result<(), Diagnostic> {
        for term in condition.conjuncts() {
            match self.criterion(term) {
                Some(criterion) => self.criteria.push(criterion),
                None => self.filter(term)?,
            }
        }
        Ok(())
    }

    fn criterion(&self, term: &Condition) -> Option<(usize, &'static str, Number)> {
        let (field, name, number) = criterion(term)?;
        let Column::Aggregate(at) = self.columns.get(&*field.name)? else { return None };
        Some((*at, name, number))
    }

    fn join(&self, join: &Join) -> Option<Partner> {
        let is_pair = matches!(
            join.kind,
            JoinKind::Inner | JoinKind::InnerUnique | JoinKind::LeftSemi | JoinKind::RightSemi
        );
        let Pipeline { origin, stages, look_back } = &*join.right;
        let mut right = Walk { span: join.span, ..Walk::default() };
        stages.iter().try_for_each(|stage| right.stage(stage)).ok()?;
        let is_plain = right.groups.is_none() && right.partner.is_none() && right.cut.is_none();
        let key = |(left, other): &(Field, Field)| Some((self.field(left)?, right.field(other)?));
        let on = join.on.iter().map(key).collect::<Option<Vec<_>>>().filter(|on| !on.is_empty())?;
        let timespan = self.look_back.or(*look_back).filter(|span| span.whole().is_some() && span.0 > 0)?;
        (is_pair && is_plain).then(|| Partner {
            origin: origin.clone(),
            condition: Condition::all(right.filters),
            on,
            timespan,
        })
    }

    fn finish(mut self, notes: &mut Vec<Note>) -> Result<Outline, Diagnostic> {
        let threshold = match self.groups {
            Some(groups) if !self.criteria.is_empty() => Some((self.threshold(groups)?, groups.span)),
            Some(_) => {
                self.left_out.insert(0, "summarize");
                None
            }
            None => None,
        };
        if !self.left_out.is_empty() {
            let names: Vec<String> = self.left_out.iter().map(|name| format!("`{name}`")).collect();
            let message =
                format!("a Sigma rule says nothing of how matches are shown: without {}", names.join(", "));
            notes.push(Note::new(Code::PresentationDropped, Effect::None, self.span, message));
        }
        for span in &self.times {
            let message = "a Sigma rule says nothing of when events happened: this range is left out";
            notes.push(Note::new(Code::TimeRange, Effect::More, *span, message));
        }
        for span in &self.elements {
            let message = "a list's element is tested as any of its elements";
            notes.push(Note::new(Code::ListValued, Effect::More, *span, message));
        }
        let sliding = match (&threshold, &self.partner) {
            (Some((threshold, span)), _) => {
                Some(("groups", threshold.timespan, threshold.effect_of_sliding(), *span))
            }
            (None, Some(partner)) => Some(("a join of rows", partner.timespan, Effect::More, self.span)),
            (None, None) => None,
        };
        if let Some((what, timespan, effect, span)) = sliding {
            let length =
                timespan.whole().map_or_else(String::new, |(number, unit)| format!("{number}{unit}"));
            let message = format!("{what} of {length} became a window of that length that slides");
            notes.push(Note::new(Code::EventApproximated, effect, span, message));
        }
        let threshold = threshold.map(|(threshold, _)| threshold);
        Ok(Outline { condition: Condition::all(self.filters), threshold, partner: self.partner })
    }

    fn threshold(&mut self, groups: &Summarize) -> Result<Threshold, Diagnostic> {
        let refuse = |what: &str| {
            Diagnostic::new(Code::Unsupported, groups.span, format!("a Sigma correlation {what}"))
        };
        let at = self.criteria[0].0;
        if self.criteria.iter().any(|(other, ..)| *other != at) {
            return Err(refuse("compares one value of a group, not several"));
        }
        let (_, aggregate) = &groups.aggregates[at];
        std::mem::swap(&mut self.columns, &mut self.columns_before);
        let rows = self.of_events(&aggregate.filter)?;
        self.filters.push(rows);
        let (values, percentile) = of_values(aggregate)
            .ok_or_else(|| refuse(&format!("has no `{}` of this", aggregate.function.name())))?;
        let field = |field: &Field| self.field(field).ok_or_else(|| refuse("takes no computed values"));
        let fields = values.iter().map(field).collect::<Result<Vec<_>, _>>()?;
        let mut timespan = None;
        let mut group_by = Vec::new();
        for (_, value) in &groups.by {
            match (value, bin(value)) {
                (_, Some(size)) => timespan = Some(size),
                (Expression::Field(field), None) => {
                    group_by.push(
                        self.field(field).ok_or_else(|| refuse("groups by fields, not computed values"))?,
                    );
                }
                _ => return Err(refuse("groups by fields, not computed values")),
            }
        }
        let timespan = timespan.or(self.look_back).filter(|span| span.0 > 0 && span.whole().is_some());
        let timespan = timespan.ok_or_else(|| refuse("needs a time span, and the rule has none"))?;
        let criteria = self.criteria.iter().map(|(_, name, number)| (*name, *number)).collect();
        Ok(Threshold { function: aggregate.function, fields, percentile, criteria, group_by, timespan })
    }
}

/// The fields that an aggregate is of, and which percentile, where a correlation has it.
fn of_values(aggregate: &Aggregate) -> Option<(Vec<Field>, Option<Number>)> {
    use AggregateFunction as A;
    match (aggregate.function, aggregate.arguments.as_slice()) {
        (A::Count, _) => Some((Vec::new(), None)),
        (
            A::CountDistinct | A::CountDistinctAbout | A::Sum | A::Average | A::Median,
            [Expression::Field(field)],
        ) => Some((vec![field.clone()], None)),
        (A::Percentile, [Expression::Field(field), Expression::Constant(Constant::Number(percent))]) => {
            Some((vec![field.clone()], Some(*percent)))
        }
        (A::CountDistinct, [value @ Expression::Call(Function::Concat, parts)]) => {
            let is_field = |part: &&Expression| matches!(part, Expression::Field(_));
            let values: Vec<Expression> = parts.iter().filter(is_field).cloned().collect();
            let fields = values.iter().flat_map(Expression::fields).cloned().collect();
            (*value == combined(&values)).then_some((fields, None))
        }
        _ => None,
    }
}

/// An element of a list is any element in Sigma, which matches more, and below a negation less.
fn any_element(predicate: &Predicate, positive: bool) -> Result<Span, Diagnostic> {
    let message = "Sigma cannot test one element of a list that must not match";
    if positive {
        Ok(predicate.span)
    } else {
        Err(Diagnostic::new(Code::Unsupported, predicate.span, message))
    }
}

/// A field compared with a number, by Sigma's name of the comparison.
pub(super) fn criterion(term: &Condition) -> Option<(&Field, &'static str, Number)> {
    let (predicate, denied) = match term {
        Condition::Is(predicate) => (predicate, false),
        Condition::Not(inner) => match &**inner {
            Condition::Is(predicate) => (predicate, true),
            _ => return None,
        },
        _ => return None,
    };
    let (comparison, number) = compared(predicate)?;
    let name = match (comparison, denied) {
        (Comparison::Equal, false) => "eq",
        (Comparison::Equal, true) => "neq",
        (Comparison::Less, false) | (Comparison::GreaterOrEqual, true) => "lt",
        (Comparison::LessOrEqual, false) | (Comparison::Greater, true) => "lte",
        (Comparison::Greater, false) | (Comparison::LessOrEqual, true) => "gt",
        (Comparison::GreaterOrEqual, false) | (Comparison::Less, true) => "gte",
    };
    Some((predicate.field()?, name, number))
}

fn compared(predicate: &Predicate) -> Option<(Comparison, Number)> {
    match &predicate.test {
        Test::Number(comparison, number) => Some((*comparison, *number)),
        Test::Compare(comparison, value) => match &**value {
            Expression::Constant(Constant::Number(number)) => Some((*comparison, *number)),
            _ => None,
        },
        _ => None,
    }
}

/// The size of bins of time.
fn bin(value: &Expression) -> Option<Duration> {
    match value {
        Expression::Call(Function::Bin, arguments) => match arguments.as_slice() {
            [Expression::Field(_), Expression::Constant(Constant::Duration(size))] => Some(*size),
            _ => None,
        },
        _ => None,
    }
}

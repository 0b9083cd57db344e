//! A correlation and the rules that it names to one rule.

use std::sync::Arc;

use super::{
    ast::{Condition as Asked, Correlation, Criteria, Criterion, Formula, Kind, Word},
    part::{Part, Referred},
};
use crate::{
    diag::{Code, Diagnostic, Span, did_you_mean},
    ir::{
        Aggregate, AggregateFunction, Case, Chain, Comparison, Condition, Expression, Field, Function,
        LogSource, Metadata, Number, Origin, Pattern, Pipeline, Predicate, Project, Rule, Slide, Stage, TIME,
        Test,
    },
};

/// The column that tells which rule an event is of, where that matters.
const RULE: &str = "sigma_rule";

/// A correlation as a rule.
#[derive(Debug, Clone)]
pub struct Resolved {
    /// The rule.
    pub rule: Rule,
    /// What its rows have in common: what it groups by.
    pub columns: Vec<Field>,
}

/// Puts the rules that a correlation names into it. `find` tells a rule by id or name.
///
/// # Errors
/// What `find` has no rule for, with the place of the reference; fields that a rule cannot have, or an alias that does not
/// tell them.
pub fn resolve<'a>(
    correlation: &Correlation,
    mut find: impl FnMut(&str) -> Result<Referred<'a>, Diagnostic>,
) -> Result<Resolved, Vec<Diagnostic>> {
    let mut faults = Vec::new();
    let mut parts = Vec::with_capacity(correlation.rules.len());
    for word in &correlation.rules {
        match find(&word.text).and_then(|referred| Part::of(word, referred)) {
            Ok(part) => parts.push(part),
            Err(fault) => faults.push(Diagnostic { span: Some(word.span), ..fault }),
        }
    }
    if !faults.is_empty() {
        return Err(faults);
    }
    let mut resolver = Resolver { correlation, parts, faults };
    let resolved = resolver.resolved();
    match resolved {
        Some(resolved) if resolver.faults.is_empty() => Ok(resolved),
        _ => Err(resolver.faults),
    }
}

struct Resolver<'c> {
    correlation: &'c Correlation,
    parts: Vec<Part>,
    faults: Vec<Diagnostic>,
}

/// A column that the rows of all rules have: its name, and the field of each rule.
struct Shared {
    name: Field,
    fields: Vec<Field>,
}

impl Resolver<'_> {
    fn resolved(&mut self) -> Option<Resolved> {
        let correlation = self.correlation;
        self.check_aliases();
        let keys: Vec<Shared> = self.shared(&correlation.group_by)?;
        let values: Vec<Shared> = match &correlation.condition {
            Some(Asked::Criteria(criteria)) => self.shared(&criteria.fields)?,
            _ => Vec::new(),
        };
        let (origin, mut stages, keys, values) = self.rows(&keys, &values);
        let by: Vec<(Field, Expression)> = keys;
        let columns = by.iter().map(|(name, _)| name.clone()).collect();
        stages.extend(self.window(by, &values)?);
        let metadata = Metadata { log_source: self.log_source(), ..(*correlation.metadata).clone() };
        let notes = self.parts.iter().flat_map(|part| part.notes.iter().cloned()).collect();
        let metadata = Arc::new(metadata);
        let rule = Rule { metadata, origin, stages, look_back: None, notes, span: correlation.span };
        Some(Resolved { rule, columns })
    }

    /// What the log sources of all rules have in common.
    fn log_source(&self) -> LogSource {
        let mut sources = self.parts.iter().map(|part| &part.metadata.log_source);
        let mut common = sources.next().cloned().unwrap_or_default();
        for other in sources {
            common.category = common.category.filter(|it| other.category.as_ref() == Some(it));
            common.product = common.product.filter(|it| other.product.as_ref() == Some(it));
            common.service = common.service.filter(|it| other.service.as_ref() == Some(it));
        }
        LogSource { span: self.correlation.kind_span, ..common }
    }

    fn check_aliases(&mut self) {
        for alias in &self.correlation.aliases {
            for (rule, _) in &alias.fields {
                if self.parts.iter().any(|part| part.is_called(&rule.text)) {
                    continue;
                }
                let message = format!("the correlation is not of a rule `{}`", rule.text);
                let fault = Diagnostic::new(Code::InvalidCorrelation, rule.span, message);
                let near = did_you_mean(&rule.text, self.parts.iter().map(|part| &*part.word.text));
                self.faults.push(match near {
                    Some(near) => fault.help(format!("did you mean `{near}`?")),
                    None => fault.help("`rules` lists those that it is of"),
                });
            }
        }
    }

    /// The fields of each rule that names in `group-by` and `field` stand for.
    fn shared(&mut self, words: &[Word]) -> Option<Vec<Shared>> {
        let mut all = Vec::with_capacity(words.len());
        let mut is_whole = true;
        for word in words {
            let mut fields = Vec::with_capacity(self.parts.len());
            for part in &self.parts {
                match self.field(word, part) {
                    Ok(field) => fields.push(field),
                    Err(fault) => self.faults.push(fault),
                }
            }
            is_whole &= fields.len() == self.parts.len();
            let name = Field::new(word.text.as_str());
            all.push(Shared { name, fields });
        }
        is_whole.then_some(all)
    }

    fn field(&self, word: &Word, part: &Part) -> Result<Field, Diagnostic> {
        let Some(alias) = self.correlation.aliases.iter().find(|alias| alias.name.text == word.text) else {
            return part.field(&word.text, word.span);
        };
        if let Some((_, field)) = alias.fields.iter().find(|(rule, _)| part.is_called(&rule.text)) {
            return part.field(&field.text, field.span);
        }
        let message = format!("the alias `{}` has no field of `{}`", word.text, part.word.text);
        let help = format!("add `{}: FIELD` to it", part.word.text);
        Err(Diagnostic::new(Code::InvalidCorrelation, alias.name.span, message).help(help))
    }

    /// The rows of all rules, with what they are grouped by and the values that are aggregated.
    #[expect(clippy::type_complexity, reason = "a rule's origin and stages, and columns of them")]
    fn rows(
        &self,
        keys: &[Shared],
        values: &[Shared],
    ) -> (Origin, Vec<Stage>, Vec<(Field, Expression)>, Vec<Expression>) {
        if let Some((origin, stages)) = self.one_pipeline(keys, values) {
            let by = keys.iter().map(|key| {
                let field = key.fields[0].clone();
                let name = if field == key.name { field.clone() } else { key.name.clone().computed() };
                (name, Expression::Field(field))
            });
            let values = values.iter().map(|value| Expression::Field(value.fields[0].clone()));
            return (origin, stages, by.collect(), values.collect());
        }
        let mut parts = self.parts.iter().enumerate().map(|(at, part)| {
            let mut stages = part.stages.clone();
            stages.push(self.projection(at, part, keys, values));
            Pipeline { origin: part.origin.clone(), stages, look_back: None }
        });
        let Pipeline { origin, mut stages, .. } = match parts.next() {
            Some(first) => first,
            None => Pipeline { origin: Origin::Unmapped, stages: Vec::new(), look_back: None },
        };
        let others: Vec<Pipeline> = parts.collect();
        if !others.is_empty() {
            stages.push(Stage::Union(others, self.correlation.kind_span));
        }
        let itself = |shared: &Shared| Expression::Field(shared.name.clone().computed());
        let by = keys.iter().map(|key| (key.name.clone().computed(), itself(key))).collect();
        (origin, stages, by, values.iter().map(itself).collect())
    }

    /// The events of all rules by one condition, where nobody has to know of which rule one is.
    fn one_pipeline(&self, keys: &[Shared], values: &[Shared]) -> Option<(Origin, Vec<Stage>)> {
        if self.correlation.kind.is_temporal() {
            return None;
        }
        if let [only] = self.parts.as_slice() {
            return Some((only.origin.clone(), only.stages.clone()));
        }
        let (log_source, _) = self.parts[0].plain()?;
        let mut conditions = Vec::with_capacity(self.parts.len());
        for part in &self.parts {
            let (other, condition) = part.plain()?;
            let is_same = (&other.category, &other.product, &other.service)
                == (&log_source.category, &log_source.product, &log_source.service);
            conditions.push(condition.clone());
            is_same.then_some(())?;
        }
        let is_one = |shared: &Shared| shared.fields.iter().all(|field| *field == shared.fields[0]);
        (keys.iter().chain(values).all(is_one)).then_some(())?;
        Some((self.parts[0].origin.clone(), vec![Stage::Filter(Condition::any(conditions))]))
    }

    /// What is needed of a rule's rows, by the names that all rules have for it.
    fn projection(&self, at: usize, part: &Part, keys: &[Shared], values: &[Shared]) -> Stage {
        let time = Field::new(TIME);
        let mut columns = vec![(time.clone(), Expression::Field(time))];
        for shared in keys.iter().chain(values) {
            let column = (shared.name.clone().computed(), Expression::Field(shared.fields[at].clone()));
            if !columns.contains(&column) {
                columns.push(column);
            }
        }
        if self.correlation.kind.is_temporal() {
            columns.push((Field::new(RULE).computed(), Expression::text(part.word.text.as_str())));
        }
        Stage::Project(Project { columns, span: part.word.span })
    }

    /// What has to come together, and the test of it.
    fn window(&mut self, by: Vec<(Field, Expression)>, values: &[Expression]) -> Option<Vec<Stage>> {
        let correlation = self.correlation;
        if correlation.kind == Kind::TemporalOrdered {
            return self.order(by).map(|chain| vec![Stage::Chain(chain)]);
        }
        let (aggregates, test) = match &correlation.condition {
            Some(Asked::Formula(formula, span)) => self.occurrence(formula, *span)?,
            Some(Asked::Criteria(criteria)) => self.aggregate(values, criteria),
            None => {
                let count = i64::try_from(self.parts.len()).unwrap_or(i64::MAX);
                let every = Test::Number(Comparison::GreaterOrEqual, Number::from(count));
                let name = Field::new("rule_count").computed();
                let test = Condition::is(Predicate::new(name.clone(), every, correlation.kind_span));
                (vec![(name, of_rules())], test)
            }
        };
        let slide = Slide {
            aggregates,
            by,
            time: Field::new(TIME),
            length: correlation.timespan,
            span: correlation.kind_span,
        };
        Some(vec![Stage::Slide(slide), Stage::Filter(test)])
    }

    fn order(&mut self, by: Vec<(Field, Expression)>) -> Option<Chain> {
        let correlation = self.correlation;
        let all = correlation.rules.len();
        let asks_for_all = match &correlation.condition {
            None => true,
            Some(Asked::Formula(Formula::And(terms), _)) => {
                terms.len() == all && terms.iter().all(|term| matches!(term, Formula::Rule(_)))
            }
            Some(Asked::Formula(Formula::Rule(_), _)) => all == 1,
            Some(Asked::Formula(..)) => false,
            Some(Asked::Criteria(criteria)) => match criteria.tests.as_slice() {
                [(Criterion::Is(Comparison::GreaterOrEqual | Comparison::Equal), number)] => {
                    i64::try_from(all).is_ok_and(|all| *number == Number::from(all))
                }
                _ => false,
            },
        };
        if !asks_for_all {
            let span = match &correlation.condition {
                Some(Asked::Formula(_, span)) => *span,
                Some(Asked::Criteria(criteria)) => criteria.span,
                None => correlation.kind_span,
            };
            let message = "an order of some rules and not of all is not defined";
            self.faults.push(
                Diagnostic::new(Code::InvalidCorrelation, span, message)
                    .help("leave the condition out, or use type `temporal`"),
            );
            return None;
        }
        Some(Chain {
            kind: Field::new(RULE).computed(),
            order: correlation.rules.iter().map(|word| Arc::from(word.text.as_str())).collect(),
            by,
            time: Field::new(TIME),
            length: correlation.timespan,
            span: correlation.kind_span,
        })
    }

    /// How many events of each rule there are, and which rules have to have some.
    fn occurrence(&mut self, formula: &Formula, span: Span) -> Option<(Vec<(Field, Aggregate)>, Condition)> {
        if formula.holds_of_nothing() {
            let message = "the condition holds where nothing happens";
            self.faults.push(
                Diagnostic::new(Code::InvalidCorrelation, span, message)
                    .help("name a rule in it that has to occur"),
            );
            return None;
        }
        let mut aggregates: Vec<(Field, Aggregate)> = Vec::new();
        for (at, part) in self.parts.iter().enumerate() {
            let wish = format!("count_of_{}", plain_name(&part.word.text));
            let is_taken = aggregates.iter().any(|(name, _)| *name.name == *wish);
            let name = if is_taken { format!("{wish}_{}", at + 1) } else { wish };
            let is_of_rule = Test::Text(Pattern::exact(part.word.text.as_str()), Case::Sensitive);
            let filter =
                Condition::is(Predicate::new(Field::new(RULE).computed(), is_of_rule, part.word.span));
            let count = Aggregate { function: AggregateFunction::Count, arguments: Vec::new(), filter };
            aggregates.push((Field::new(name).computed(), count));
        }
        let test = formula.condition(true, &|at, occurs| {
            let some = Test::Number(Comparison::GreaterOrEqual, Number::from(1));
            let test = if occurs { some } else { Test::number(0) };
            Condition::is(Predicate::new(aggregates[at].0.clone(), test, span))
        });
        Some((aggregates, test))
    }

    /// The aggregate that the type asks for, and what it is compared with.
    fn aggregate(&self, values: &[Expression], criteria: &Criteria) -> (Vec<(Field, Aggregate)>, Condition) {
        use AggregateFunction as A;
        let kind = self.correlation.kind;
        let (name, function) = match kind {
            Kind::EventCount => ("event_count", A::Count),
            Kind::ValueCount => ("value_count", A::CountDistinct),
            Kind::Temporal | Kind::TemporalOrdered => ("rule_count", A::CountDistinct),
            Kind::ValueSum => ("value_sum", A::Sum),
            Kind::ValueAvg => ("value_avg", A::Average),
            Kind::ValuePercentile => ("value_percentile", A::Percentile),
            Kind::ValueMedian => ("value_median", A::Median),
        };
        let aggregate = match kind {
            Kind::EventCount => Aggregate { function, arguments: Vec::new(), filter: Condition::Always },
            Kind::Temporal | Kind::TemporalOrdered => of_rules(),
            _ => {
                let percent =
                    criteria.percentile.map(|it| Expression::Constant(crate::ir::Constant::Number(it)));
                let arguments = std::iter::once(combined(values)).chain(percent).collect();
                Aggregate { function, arguments, filter: Condition::Always }
            }
        };
        let name = Field::new(name).computed();
        let terms = criteria.tests.iter().map(|(criterion, number)| {
            let is = |comparison| {
                let test = Test::Number(comparison, *number);
                Condition::is(Predicate::new(name.clone(), test, criteria.span))
            };
            match criterion {
                Criterion::Is(comparison) => is(*comparison),
                Criterion::IsNot => Condition::not(is(Comparison::Equal)),
            }
        });
        let test = Condition::all(terms.collect::<Vec<_>>());
        (vec![(name, aggregate)], test)
    }
}

/// How many different rules the events are of.
fn of_rules() -> Aggregate {
    let arguments = vec![Expression::Field(Field::new(RULE).computed())];
    Aggregate { function: AggregateFunction::CountDistinct, arguments, filter: Condition::Always }
}

/// One value for the values of several fields: no other values have the same. The lengths tell where each ends.
pub(in crate::sigma) fn combined(values: &[Expression]) -> Expression {
    if let [only] = values {
        return only.clone();
    }
    let mut parts = Vec::with_capacity(values.len() * 4);
    for (at, value) in values.iter().enumerate() {
        if at > 0 {
            parts.push(Expression::text("|"));
        }
        parts.push(value.clone());
    }
    for value in &values[..values.len().saturating_sub(1)] {
        parts.push(Expression::text("|"));
        let text = Expression::Call(Function::ToText, vec![value.clone()]);
        parts.push(Expression::Call(Function::Length, vec![text]));
    }
    Expression::Call(Function::Concat, parts)
}

/// Letters, digits and underscores.
fn plain_name(text: &str) -> String {
    text.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect()
}

impl Formula {
    /// Whether it holds where no rule occurs.
    fn holds_of_nothing(&self) -> bool {
        match self {
            Self::Rule(_) => false,
            Self::Not(inner) => !inner.holds_of_nothing(),
            Self::And(terms) => terms.iter().all(Self::holds_of_nothing),
            Self::Or(terms) => terms.iter().any(Self::holds_of_nothing),
        }
    }

    /// The condition, its negations at the rules themselves.
    fn condition(&self, positive: bool, occurs: &impl Fn(usize, bool) -> Condition) -> Condition {
        let all = |terms: &[Self]| -> Vec<Condition> {
            terms.iter().map(|term| term.condition(positive, occurs)).collect()
        };
        match self {
            Self::Rule(at) => occurs(*at, positive),
            Self::Not(inner) => inner.condition(!positive, occurs),
            Self::And(terms) if positive => Condition::all(all(terms)),
            Self::Or(terms) if !positive => Condition::all(all(terms)),
            Self::And(terms) | Self::Or(terms) => Condition::any(all(terms)),
        }
    }
}

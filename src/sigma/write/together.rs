//! Events of several rules that come together, in any order or a given one: `temporal` and `temporal_ordered`.
//!
//! In the intermediate representation the rules are pipelines of one union, each with a column that tells which rule a row
//! is of; a window or an order is of those columns. Sigma specification 2.1, "Sigma Correlation Rules".

use super::{
    Context,
    assemble::rule_name,
    formula::Formula,
    metadata::{owned, referred},
    stage::criterion,
    tree::{Correlation, CorrelationRule, CorrelationType, Header, SigmaRule},
    union::{Branch, branches_of},
};
use crate::{
    diag::{Code, Diagnostic, Note},
    ir::{
        Aggregate, AggregateFunction, Condition, Constant, Duration, Expression, Field, Number, Pattern,
        Predicate, Rule, Stage, Test,
    },
};

/// A rule as rows of several kinds that come together.
pub(super) struct Together<'r> {
    parts: Vec<Part<'r>>,
    kind: CorrelationType,
    by: &'r [(Field, Expression)],
    length: Duration,
    asked: Asked,
}

/// The rows of one kind.
struct Part<'r> {
    kind: &'r str,
    /// The rule's name, which no rule of another correlation has, and the end of its title.
    name: String,
    title_end: String,
    rows: Branch<'r>,
    columns: &'r [(Field, Expression)],
}

/// Which kinds have to occur.
enum Asked {
    /// All of them.
    All,
    /// So many.
    Count(Vec<(&'static str, Number)>),
    /// By a condition.
    Condition(Formula),
}

impl<'r> Together<'r> {
    /// `None` for a rule of another form.
    pub(super) fn of(rule: &'r Rule) -> Option<Self> {
        let at = rule.stages.iter().position(|it| matches!(it, Stage::Slide(_) | Stage::Chain(_)))?;
        let (rows, end) = rule.stages.split_at(at);
        let (by, length, column) = match end {
            [Stage::Chain(chain)] => (&chain.by, chain.length, &chain.kind),
            [Stage::Slide(slide), Stage::Filter(_)] => {
                (&slide.by, slide.length, kind_of(&slide.aggregates.first()?.1)?)
            }
            _ => return None,
        };
        let branches = branches_of(&rule.origin, rows, rule.look_back);
        let title = rule_name(&rule.metadata.title);
        let part = |(at, rows)| Part::of(rows, column, &title, at + 1);
        let parts = branches.into_iter().enumerate().map(part).collect::<Option<Vec<_>>>()?;
        let (kind, asked) = match end {
            [Stage::Chain(chain)] => {
                let is_in_order =
                    parts.iter().map(|part| part.kind).eq(chain.order.iter().map(|kind| &**kind));
                (CorrelationType::TemporalOrdered, is_in_order.then_some(Asked::All)?)
            }
            [Stage::Slide(slide), Stage::Filter(condition)] => {
                (CorrelationType::Temporal, asked(&slide.aggregates, condition, column, &parts)?)
            }
            _ => return None,
        };
        Some(Self { parts, kind, by, length, asked })
    }

    /// The rules, and the correlation of them.
    pub(super) fn write(
        self,
        context: &Context<'_>,
        header: Header,
        notes: &mut Vec<Note>,
    ) -> Result<SigmaRule, Diagnostic> {
        let refuse = |what: &str| {
            Diagnostic::new(Code::Unsupported, context.span, format!("a Sigma correlation {what}"))
        };
        let timespan = self.length.whole().map(|(number, unit)| format!("{number}{unit}"));
        let timespan = timespan.ok_or_else(|| refuse("has a timespan of whole seconds"))?;
        let mut rules = Vec::with_capacity(self.parts.len());
        for part in &self.parts {
            let outline = part.rows.outline(context.span, notes)?;
            if outline.threshold.is_some() || outline.partner.is_some() {
                return Err(refuse("is of rules that count nothing themselves"));
            }
            let header = referred(&header, part.name.clone(), &part.title_end);
            rules.push(context.detection_rule(part.rows.origin, &outline.condition, header, notes)?);
        }
        let mut correlation = Correlation {
            kind: self.kind,
            rules: self.parts.iter().map(|part| part.name.clone()).collect(),
            group_by: Vec::new(),
            timespan,
            aliases: Vec::new(),
            fields: Vec::new(),
            percentile: None,
            criteria: Vec::new(),
            formula: None,
        };
        for (name, value) in self.by {
            let fields = self.fields(value).ok_or_else(|| refuse("groups by fields, not computed values"))?;
            let is_one = fields.iter().all(|field| *field == fields[0]);
            if is_one {
                correlation.group_by.push(owned(&fields[0].name));
                continue;
            }
            let of =
                self.parts.iter().zip(fields).map(|(part, field)| (part.name.clone(), owned(&field.name)));
            correlation.aliases.push((owned(&name.name), of.collect()));
            correlation.group_by.push(owned(&name.name));
        }
        match self.asked {
            Asked::All => {}
            Asked::Count(criteria) => correlation.criteria = criteria,
            Asked::Condition(formula) => correlation.formula = Some(formula),
        }
        Ok(SigmaRule { rules, correlation: Some(CorrelationRule { header, correlation }) })
    }

    /// The field of each part that a shared column is.
    fn fields(&self, value: &Expression) -> Option<Vec<&'r Field>> {
        let Expression::Field(name) = value else { return None };
        let of = |part: &Part<'r>| match part.columns.iter().find(|(column, _)| column == name)? {
            (_, Expression::Field(field)) => Some(field),
            _ => None,
        };
        self.parts.iter().map(of).collect()
    }
}

impl<'r> Part<'r> {
    fn of(mut rows: Branch<'r>, column: &Field, title: &str, number: usize) -> Option<Self> {
        let columns = rows.take_projection()?;
        let kind = columns.iter().find_map(|(name, value)| match value {
            Expression::Constant(Constant::Text(text)) if name == column => Some(&**text),
            _ => None,
        })?;
        let (name, title_end) = if is_word(kind) {
            (format!("{title}_{kind}"), kind.to_owned())
        } else {
            (format!("{title}_event_{number}"), format!("Event {number}"))
        };
        Some(Self { kind, name, title_end, rows, columns })
    }
}

/// The column that tells kinds apart, by what is counted of a window.
fn kind_of(aggregate: &Aggregate) -> Option<&Field> {
    match (aggregate.function, aggregate.arguments.as_slice(), &aggregate.filter) {
        (AggregateFunction::CountDistinct, [Expression::Field(kind)], Condition::Always) => Some(kind),
        (AggregateFunction::Count, [], Condition::Is(predicate)) => predicate.field(),
        _ => None,
    }
}

fn asked(
    aggregates: &[(Field, Aggregate)],
    condition: &Condition,
    kind: &Field,
    parts: &[Part<'_>],
) -> Option<Asked> {
    if let [(name, Aggregate { function: AggregateFunction::CountDistinct, .. })] = aggregates {
        let of_name = |term| {
            criterion(term)
                .filter(|(field, ..)| *field == name)
                .map(|(_, criterion, number)| (criterion, number))
        };
        let criteria = condition.conjuncts().iter().map(of_name).collect::<Option<Vec<_>>>()?;
        let all = Number::from(i64::try_from(parts.len()).ok()?);
        return Some(if criteria == [("gte", all)] { Asked::All } else { Asked::Count(criteria) });
    }
    let counted = |(name, aggregate): &(Field, Aggregate)| {
        kind_of(aggregate).filter(|of| *of == kind)?;
        let Condition::Is(Predicate { test: Test::Text(pattern, _), .. }) = &aggregate.filter else {
            return None;
        };
        let part = parts.iter().find(|part| *pattern == Pattern::exact(part.kind))?;
        Some((name.clone(), part.name.clone()))
    };
    let names = aggregates.iter().map(counted).collect::<Option<Vec<_>>>()?;
    formula(condition, &names).map(Asked::Condition)
}

/// A test of how many rows of each kind there are as one of which kinds occur.
fn formula(condition: &Condition, names: &[(Field, String)]) -> Option<Formula> {
    let each = |terms: &[Condition]| -> Option<Vec<Formula>> {
        terms.iter().map(|term| formula(term, names)).collect()
    };
    Some(match condition {
        Condition::All(terms) => Formula::and(each(terms)?),
        Condition::Any(terms) => Formula::or(each(terms)?),
        Condition::Not(inner) => Formula::Not(Box::new(formula(inner, names)?)),
        Condition::Is(_) => {
            let (field, criterion, number) = criterion(condition)?;
            let (_, name) = names.iter().find(|(column, _)| column == field)?;
            let rule = Formula::Search(name.clone());
            match criterion {
                "gte" if number == Number::from(1) => rule,
                "eq" if number == Number::from(0) => Formula::Not(Box::new(rule)),
                _ => return None,
            }
        }
        Condition::Always | Condition::Never => return None,
    })
}

/// Whether it can be the end of a name in a condition over rules.
fn is_word(text: &str) -> bool {
    text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// How many windows and orders stages have, those of other pipelines included.
pub(super) fn correlations(stages: &[Stage]) -> usize {
    let of = |stage: &Stage| match stage {
        Stage::Slide(_) | Stage::Chain(_) => 1,
        Stage::Union(others, _) => others.iter().map(|other| correlations(&other.stages)).sum(),
        _ => 0,
    };
    stages.iter().map(of).sum()
}

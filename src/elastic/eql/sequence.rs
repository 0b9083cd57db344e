//! Joins of single events, as a `sequence` where the rule says which is first, else as a `sample`.
//!
//! A join returns every pair; a sequence is returned once, with the first event that ends it, and a sample once for each
//! key ("EQL syntax reference", on sequences and samples). So the same keys are found, with fewer rows.

use std::collections::HashMap;

use super::{
    ast::{Event, Sequence},
    write::event,
};
use crate::{
    diag::{Code, Diagnostic, Effect, Note, Span},
    ir::{
        Comparison, Condition, Constant, Duration, Expression, Field, Function, Join, JoinKind, Origin,
        Predicate, Rule, Stage, Subject, Test,
    },
};

/// One side of a join.
pub(super) struct Side {
    pub(super) filter: Condition,
    /// What its columns are, by the names that they have at its end.
    named: HashMap<Field, Field>,
}

/// Writes a rule whose stages are filters, one join and a test of the events' order.
///
/// # Errors
/// What is neither.
pub(super) fn query(rule: &Rule, notes: &mut Vec<Note>) -> Result<Sequence, Diagnostic> {
    let at = rule.stages.iter().position(|stage| matches!(stage, Stage::Join(_))).unwrap_or(0);
    let (before, rest) = rule.stages.split_at(at);
    let [Stage::Join(join), after @ ..] = rest else {
        return Err(Diagnostic::new(Code::Internal, rule.span, "there is no join"));
    };
    if !matches!(join.kind, JoinKind::Inner | JoinKind::InnerUnique) {
        return Err(Stage::Join(join.clone()).unsupported("EQL", rule.span));
    }
    let left = side(before, rule.span)?;
    let right = side(&join.right.stages, rule.span)?;
    let times = Times::of(rule, join, &left, &right);
    let apart = bounds(after, &times, rule.span)?;
    let keys = |side: &Side, field: fn(&(Field, Field)) -> &Field| -> Result<Vec<Field>, Diagnostic> {
        join.on.iter().map(|pair| side.key(field(pair), join.span)).collect()
    };
    let left_keys = keys(&left, |(left, _)| left)?;
    let right_keys = keys(&right, |(_, right)| right)?;
    let first = event(&rule.origin, &left.filter, notes)?;
    let second = event(&join.right.origin, &right.filter, notes)?;
    let sequence = ordered((first, left_keys), (second, right_keys), apart, join.span)?;
    tell(&sequence, join.span, notes);
    Ok(sequence)
}

pub(super) fn tell(sequence: &Sequence, span: Span, notes: &mut Vec<Note>) {
    let once = if sequence.is_ordered { "once, with the first event that ends it" } else { "for each key" };
    let misses = sequence.steps.iter().flat_map(|(_, keys)| keys).any(|key| !key.optional);
    let without = if misses { "; events without the key are in none" } else { "" };
    let found = if sequence.steps.len() == 2 { "pair" } else { "sequence" };
    let message = format!("one {found} of events is returned {once}{without}");
    notes.push(Note::new(Code::PresentationDropped, Effect::None, span, message));
}

/// The filter of a side, and what its columns stand for.
pub(super) fn side(stages: &[Stage], rule: Span) -> Result<Side, Diagnostic> {
    let mut side = Side { filter: Condition::Always, named: HashMap::new() };
    for stage in stages {
        match stage {
            Stage::Filter(condition) => {
                let fields = condition.predicates().into_iter().flat_map(Predicate::fields);
                if let Some(field) = fields.into_iter().find(|field| field.is_computed) {
                    let message = format!("EQL cannot test the computed column `{field}`");
                    return Err(Diagnostic::new(Code::Unsupported, rule, message));
                }
                side.filter = Condition::all([side.filter, condition.clone()]);
            }
            Stage::Extend(name, Expression::Field(field)) => side.name(name, field),
            Stage::Project(project) => {
                for (name, value) in &project.columns {
                    if let Expression::Field(field) = value {
                        side.name(name, field);
                    }
                }
            }
            Stage::Rename(pairs, _) => pairs.iter().for_each(|(new, old)| side.name(new, old)),
            // Which different rows there are does not change whether there is one.
            Stage::Summarize(summarize) if summarize.aggregates.is_empty() => {
                for (name, value) in &summarize.by {
                    if let Expression::Field(field) = value {
                        side.name(name, field);
                    }
                }
            }
            Stage::Drop(..) | Stage::Sort(..) | Stage::Extend(..) => {}
            other => return Err(other.unsupported("EQL", rule)),
        }
    }
    Ok(side)
}

impl Side {
    fn name(&mut self, name: &Field, field: &Field) {
        let field = self.named.get(field).unwrap_or(field).clone();
        self.named.insert(name.clone(), field);
    }

    pub(super) fn key(&self, field: &Field, span: Span) -> Result<Field, Diagnostic> {
        let field = self.named.get(field).unwrap_or(field);
        if field.is_computed {
            let message = format!("EQL cannot join by the computed column `{field}`");
            return Err(Diagnostic::new(Code::Unsupported, span, message));
        }
        Ok(field.clone())
    }
}

/// What the times of the two events are called after the join.
struct Times {
    left: Vec<Field>,
    right: Vec<Field>,
}

impl Times {
    fn of(rule: &Rule, join: &Join, left: &Side, right: &Side) -> Self {
        let names = |origin: &Origin, side: &Side| -> Vec<Field> {
            let time = match origin {
                Origin::Dataset(dataset) => dataset.time.clone(),
                _ => None,
            };
            let Some(time) = time else { return Vec::new() };
            let aliases =
                side.named.iter().filter(|(_, field)| field.name == time).map(|(name, _)| name.clone());
            aliases.chain([Field::new(time.clone())]).collect()
        };
        let left: Vec<Field> = names(&rule.origin, left);
        let right = names(&join.right.origin, right).into_iter().map(|name| {
            let renamed = join.renamed.iter().find(|(old, _)| old.name == name.name);
            renamed.map_or(name, |(_, new)| new.clone())
        });
        // A name that both sides have is the left one's.
        let right = right.filter(|name| !left.iter().any(|other| other.name == name.name)).collect();
        Self { left, right }
    }

    /// How often a value counts the right time less the left one, and the length of time beside it.
    fn terms(&self, value: &Expression) -> Option<Terms> {
        let is_of = |names: &[Field], field: &Field| names.iter().any(|name| name.name == field.name);
        match value {
            Expression::Field(field) if is_of(&self.left, field) => {
                Some(Terms { left: 1, right: 0, length: 0 })
            }
            Expression::Field(field) if is_of(&self.right, field) => {
                Some(Terms { left: 0, right: 1, length: 0 })
            }
            Expression::Constant(Constant::Duration(length)) => {
                Some(Terms { left: 0, right: 0, length: length.0 })
            }
            Expression::Constant(Constant::Number(number)) if number.to_f64() == 0.0 => {
                Some(Terms { left: 0, right: 0, length: 0 })
            }
            Expression::Call(Function::Add, both) => match both.as_slice() {
                [one, other] => Some(self.terms(one)?.plus(self.terms(other)?, 1)),
                _ => None,
            },
            Expression::Call(Function::Subtract, both) => match both.as_slice() {
                [one, other] => Some(self.terms(one)?.plus(self.terms(other)?, -1)),
                _ => None,
            },
            _ => None,
        }
    }
}

#[derive(Clone, Copy)]
struct Terms {
    left: i64,
    right: i64,
    length: i64,
}

impl Terms {
    fn plus(self, other: Self, sign: i64) -> Self {
        Self {
            left: self.left + sign * other.left,
            right: self.right + sign * other.right,
            length: self.length.saturating_add(sign * other.length),
        }
    }
}

/// How long the right event comes after the left one, in ticks: at least and at most.
#[derive(Clone, Copy, Default)]
struct Apart {
    least: Option<i64>,
    most: Option<i64>,
}

/// What the filters after a join say of the events' times.
fn bounds(after: &[Stage], times: &Times, rule: Span) -> Result<Apart, Diagnostic> {
    let mut apart = Apart::default();
    let mut computed: HashMap<&Field, &Expression> = HashMap::new();
    for stage in after {
        match stage {
            Stage::Extend(name, value) => {
                computed.insert(name, value);
            }
            Stage::Filter(condition) => {
                for term in condition.conjuncts() {
                    bound(term, times, &computed, &mut apart).ok_or_else(|| refusal(term, rule))?;
                }
            }
            Stage::Project(_) | Stage::Drop(..) | Stage::Sort(..) => {}
            other => return Err(other.unsupported("EQL", rule)),
        }
    }
    Ok(apart)
}

fn refusal(term: &Condition, rule: Span) -> Diagnostic {
    let span = term.predicates().first().map_or(rule, |predicate| predicate.span);
    let message = "EQL compares the events of a join by their keys and their order alone";
    Diagnostic::new(Code::Unsupported, span, message)
}

fn bound(
    term: &Condition,
    times: &Times,
    computed: &HashMap<&Field, &Expression>,
    apart: &mut Apart,
) -> Option<()> {
    let Condition::Is(Predicate { subject, test: Test::Compare(comparison, bound), .. }) = term else {
        return None;
    };
    let value = match subject {
        Subject::Field(field) => match computed.get(field) {
            Some(value) => (*value).clone(),
            None => Expression::Field(field.clone()),
        },
        Subject::Computed(value) => (**value).clone(),
        Subject::Anywhere => return None,
    };
    let terms = times.terms(&value)?.plus(times.terms(bound)?, -1);
    // right - left + length, compared with nothing; or the reverse.
    let (length, comparison) = match (terms.left, terms.right) {
        (-1, 1) => (-terms.length, *comparison),
        (1, -1) => (terms.length, flipped(*comparison)?),
        _ => return None,
    };
    match comparison {
        Comparison::Greater | Comparison::GreaterOrEqual => {
            apart.least = Some(apart.least.map_or(length, |least| least.max(length)));
        }
        Comparison::Less | Comparison::LessOrEqual => {
            apart.most = Some(apart.most.map_or(length, |most| most.min(length)));
        }
        Comparison::Equal => return None,
    }
    Some(())
}

fn flipped(comparison: Comparison) -> Option<Comparison> {
    Some(match comparison {
        Comparison::Less => Comparison::Greater,
        Comparison::LessOrEqual => Comparison::GreaterOrEqual,
        Comparison::Greater => Comparison::Less,
        Comparison::GreaterOrEqual => Comparison::LessOrEqual,
        Comparison::Equal => return None,
    })
}

/// The events in their order.
fn ordered(
    left: (Event, Vec<Field>),
    right: (Event, Vec<Field>),
    apart: Apart,
    span: Span,
) -> Result<Sequence, Diagnostic> {
    let span_of = |ticks: i64| Some(ticks / Duration::MILLISECOND);
    match apart {
        Apart { least: None, most: None } => {
            Ok(Sequence { is_ordered: false, max_span: None, steps: vec![left, right], runs: 1 })
        }
        Apart { least: Some(0), most } if most.is_none_or(|most| most > 0) => Ok(Sequence {
            is_ordered: true,
            max_span: most.and_then(span_of),
            steps: vec![left, right],
            runs: 1,
        }),
        Apart { least, most: Some(0) } if least.is_none_or(|least| least < 0) => Ok(Sequence {
            is_ordered: true,
            max_span: least.and_then(|least| span_of(-least)),
            steps: vec![right, left],
            runs: 1,
        }),
        _ => {
            let message = "EQL asks for one event after another, and the rule leaves their order open";
            Err(Diagnostic::new(Code::Unsupported, span, message))
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::{
        Options, convert,
        diag::Source,
        read::{Format, read},
        sigma::ReadOptions,
        target,
    };

    fn eql(query: &str) -> Result<String, String> {
        let source = Source::new("a.kql", query);
        let format = Format::of_kusto(source.name(), source.text()).unwrap();
        let rule = read(&source, format, &ReadOptions::default()).remove(0).into_rule().unwrap();
        let conversion = convert(&rule, &[target::find("eql").unwrap()], &Options::default()).remove(0);
        let lines = |query: String| query.lines().map(str::trim).collect::<Vec<_>>().join(" ");
        conversion.query.map(lines).ok_or_else(|| conversion.error.unwrap().message)
    }

    const LEFT: &str = "EmailEvents | where DeliveryAction == 'Delivered'";
    const RIGHT: &str = "UrlClickEvents | where ActionType == 'ClickAllowed'";

    #[test]
    fn a_join_without_an_order_is_a_sample() {
        let query = eql(&format!("{LEFT} | join kind=inner ({RIGHT}) on NetworkMessageId")).unwrap();
        assert!(query.starts_with("sample by ?properties.NetworkMessageId [any where"), "{query}");
    }

    #[test]
    fn an_order_and_a_bound_are_a_sequence() {
        let right = format!("{RIGHT} | extend Clicked = Timestamp");
        let join =
            format!("{LEFT} | extend Sent = Timestamp | join kind=inner ({right}) on NetworkMessageId");
        let start = "sequence by ?properties.NetworkMessageId with maxspan=90m [any where category : \"AdvancedHunting-EmailEvents\"";
        for order in [
            "Clicked between (Sent .. (Sent + 90m))",
            "Clicked > Sent and Clicked - Sent < 90m",
            "Sent < Clicked and Sent >= Clicked - 90m",
        ] {
            let query = eql(&format!("{join} | where {order}")).unwrap();
            assert!(query.starts_with(start), "{query}");
        }
        let query = eql(&format!("{join} | where Clicked < Sent")).unwrap();
        assert!(query.find("UrlClick") < query.find("EmailEvents"), "{query}");
    }

    #[test]
    fn other_joins_and_tests_are_refused() {
        let inner = format!("join kind=inner ({RIGHT}) on NetworkMessageId");
        for (rest, why) in [
            (format!("join kind=leftanti ({RIGHT}) on NetworkMessageId"), "nothing that says `join`"),
            (format!("{inner} | where Url has 'x'"), "their keys and their order"),
            (format!("{inner} | where Timestamp1 - Timestamp < 5m"), "leaves their order open"),
            (format!("extend n = strlen(Subject) | where n > 3 | {inner}"), "computed column `n`"),
        ] {
            let error = eql(&format!("{LEFT} | {rest}")).unwrap_err();
            assert!(error.contains(why), "{error}");
        }
    }

    #[test]
    fn the_right_event_may_come_first_within_a_bound() {
        let right = format!("{RIGHT} | extend Clicked = Timestamp");
        let join =
            format!("{LEFT} | extend Sent = Timestamp | join kind=inner ({right}) on NetworkMessageId");
        for order in ["Clicked < Sent and Sent - Clicked < 90m", "Sent - Clicked between (0m .. 90m)"] {
            let query = eql(&format!("{join} | where {order}")).unwrap();
            assert!(query.contains("with maxspan=90m"), "{query}");
            assert!(query.find("UrlClick") < query.find("EmailEvents"), "{query}");
        }
        assert!(eql(&format!("{join} | where Clicked - Sent between (-5m .. 5m)")).is_err());
    }

    #[test]
    fn different_rows_of_a_side_are_its_rows() {
        let right = |rest: &str| {
            eql(&format!(
                "{LEFT} | join kind=inner ({RIGHT} | summarize {rest} by NetworkMessageId) on NetworkMessageId"
            ))
        };
        assert!(right("").unwrap().starts_with("sample by ?properties.NetworkMessageId"));
        assert!(right("n = count()").is_err());
    }

    #[test]
    fn only_the_two_times_and_lengths_say_an_order() {
        let right = format!("{RIGHT} | extend Clicked = Timestamp");
        let join =
            format!("{LEFT} | extend Sent = Timestamp | join kind=inner ({right}) on NetworkMessageId");
        let order = |order: &str| eql(&format!("{join} | where {order}"));
        assert!(order("Clicked > Sent and -(Sent - Clicked) < 90m").is_ok());
        assert!(order("Clicked > Sent and 5 - (Sent - Clicked) < 90m").is_err());
        assert!(order("Clicked > Sent and ReportId - Sent < 90m").is_err());
    }

    #[test]
    fn long_conditions_of_an_event_are_indented_below_it() {
        let source = Source::new(
            "a.kql",
            "EmailEvents | where Subject in ('a', 'b') and SenderFromAddress has 'cccccccccccccccccccccc' and RecipientEmailAddress has 'dddddddddddddddddd' | join kind=inner (UrlClickEvents | where ActionType == 'ClickAllowed') on NetworkMessageId",
        );
        let format = Format::of_kusto(source.name(), source.text()).unwrap();
        let rule = read(&source, format, &ReadOptions::default()).remove(0).into_rule().unwrap();
        let conversion = convert(&rule, &[target::find("eql").unwrap()], &Options::default()).remove(0);
        assert_eq!(
            conversion.query.unwrap(),
            "sample by ?properties.NetworkMessageId\n  [any where category : \"AdvancedHunting-EmailEvents\"\n    and ?properties.Subject in (\"a\", \"b\")\n    and ?properties.SenderFromAddress regex~ \"cccccccccccccccccccccc[^0-9A-Za-z].*|cccccccccccccccccccccc|.*[^0-9A-Za-z]cccccccccccccccccccccc[^0-9A-Za-z].*|.*[^0-9A-Za-z]cccccccccccccccccccccc\"\n    and ?properties.RecipientEmailAddress regex~ \"dddddddddddddddddd[^0-9A-Za-z].*|dddddddddddddddddd|.*[^0-9A-Za-z]dddddddddddddddddd[^0-9A-Za-z].*|.*[^0-9A-Za-z]dddddddddddddddddd\"]\n  [any where category : \"AdvancedHunting-UrlClickEvents\"\n    and ?properties.ActionType == \"ClickAllowed\"]"
        );
    }
}

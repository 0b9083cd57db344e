//! What stages make of rows.

use indexmap::IndexMap;

use super::{Event, Value, as_text, list::distinct, order, window};
use crate::ir::{
    Aggregate, AggregateFunction, Condition, Expression, ExtractPart, Field, Join, JoinKind, Number, Origin,
    Pick, Pipeline, SortKey, Stage, Summarize,
};

/// What cannot be evaluated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unevaluated(pub String);

/// Where the rows of pipelines come from.
pub trait Rows {
    /// The events of an origin.
    ///
    /// # Errors
    /// There are none, since nobody knows which they are.
    fn rows_of(&self, origin: &Origin) -> Result<Vec<Event>, Unevaluated>;
}

impl Pipeline {
    /// The rows at its end.
    ///
    /// # Errors
    /// A stage or aggregate without an evaluation, or what [`Rows`] does not have.
    pub fn rows_on(&self, rows: &dyn Rows) -> Result<Vec<Event>, Unevaluated> {
        let mut events = rows.rows_of(&self.origin)?;
        for stage in &self.stages {
            events = stage.rows_on(events, rows)?;
        }
        Ok(events)
    }
}

impl Stage {
    /// The rows after it.
    ///
    /// # Errors
    /// As [`Pipeline::rows_on`].
    pub fn rows_on(&self, mut events: Vec<Event>, rows: &dyn Rows) -> Result<Vec<Event>, Unevaluated> {
        Ok(match self {
            Self::Filter(condition) => {
                let condition = with_members(condition, rows)?;
                events.retain(|event| condition.holds_on(event));
                events
            }
            Self::Extend(name, value) => {
                for event in &mut events {
                    let value = value.value_on(event);
                    event.0.insert(name.name.to_string(), value);
                }
                events
            }
            Self::Project(project) => events.iter().map(|event| columns(&project.columns, event)).collect(),
            Self::Drop(fields, _) => {
                for event in &mut events {
                    event.0.retain(|name, _| !fields.iter().any(|field| *field.name == **name));
                }
                events
            }
            Self::Rename(pairs, _) => events.into_iter().map(|event| renamed(event, pairs)).collect(),
            Self::Summarize(summarize) => summarized(summarize, &events)?,
            Self::Slide(slide) => window::slid(slide, &events)?,
            Self::Chain(chain) => window::chained(chain, &events),
            Self::Pick(pick) => picked(pick, &events)?,
            Self::Sort(keys, _) => {
                sort(&mut events, keys);
                events
            }
            Self::Limit(count, _) => {
                events.truncate(usize::try_from(*count).unwrap_or(usize::MAX));
                events
            }
            Self::Join(join) => joined(join, &events, &join.right.rows_on(rows)?),
            Self::Union(others, _) => {
                for other in others {
                    events.extend(other.rows_on(rows)?);
                }
                events
            }
            Self::Expand(expand) => events
                .iter()
                .flat_map(|event| {
                    let values = match expand.list.value_on(event) {
                        Value::List(values) => values,
                        Value::Null => Vec::new(),
                        other => vec![other],
                    };
                    values.into_iter().enumerate().map(|(index, value)| {
                        let mut row = event.clone();
                        row.0.insert(expand.output.name.to_string(), value);
                        if let Some(column) = &expand.index {
                            let index = i64::try_from(index).unwrap_or(i64::MAX);
                            row.0.insert(column.name.to_string(), Value::from(index));
                        }
                        row
                    })
                })
                .collect(),
            Self::Extract(extract) => events
                .into_iter()
                .filter_map(|mut event| {
                    let text = as_text(&extract.text.value_on(&event)).unwrap_or_default();
                    let found = extracted(&extract.parts, &text);
                    if extract.only_matching && found.is_none() {
                        return None;
                    }
                    let mut found = found.unwrap_or_default().into_iter();
                    for part in &extract.parts {
                        if let ExtractPart::Column(field) = part {
                            let value = found.next().map_or(Value::from(""), Value::Text);
                            event.0.insert(field.name.to_string(), value);
                        }
                    }
                    Some(event)
                })
                .collect(),
            Self::Unread(unread) => return Err(Unevaluated(unread.reason.clone())),
        })
    }
}

/// The condition with memberships in other rows as lists of what these rows hold.
fn with_members(condition: &Condition, rows: &dyn Rows) -> Result<Condition, Unevaluated> {
    use crate::ir::{Pattern, Predicate, Test};
    condition.try_map(true, &mut |predicate, _| {
        let Test::Among(pipeline, case) = &predicate.test else {
            return Ok(Condition::is(predicate.clone()));
        };
        let values = pipeline.rows_on(rows)?;
        let texts = values.iter().filter_map(|row| row.0.values().next().and_then(as_text));
        Ok(Condition::any(texts.map(|text| {
            Condition::is(Predicate { test: Test::Text(Pattern::exact(text), *case), ..predicate.clone() })
        })))
    })
}

pub(super) fn columns(columns: &[(Field, Expression)], event: &Event) -> Event {
    columns.iter().map(|(name, value)| (name.name.to_string(), value.value_on(event))).collect()
}

fn renamed(event: Event, pairs: &[(Field, Field)]) -> Event {
    let new_name = |name: String| {
        pairs.iter().find(|(_, old)| *old.name == *name).map_or(name, |(new, _)| new.name.to_string())
    };
    event.0.into_iter().map(|(name, value)| (new_name(name), value)).collect()
}

fn sort(events: &mut [Event], keys: &[SortKey]) {
    events.sort_by(|one, other| {
        let by_key = |key: &SortKey| {
            let (left, right) = (key.value.value_on(one), key.value.value_on(other));
            let by_null = (right == Value::Null).cmp(&(left == Value::Null));
            let by_value = order(&left, &right);
            let by_null = if key.nulls_first { by_null } else { by_null.reverse() };
            by_null.then(if key.ascending { by_value } else { by_value.reverse() })
        };
        keys.iter().map(by_key).find(|ordering| ordering.is_ne()).unwrap_or(std::cmp::Ordering::Equal)
    });
}

/// Rows by the values of the keys, in the order in which these first come.
fn groups<'e>(by: &[(Field, Expression)], events: &'e [Event]) -> Vec<(Event, Vec<&'e Event>)> {
    let mut groups: IndexMap<String, (Event, Vec<&Event>)> = IndexMap::new();
    for event in events {
        let key = columns(by, event);
        groups.entry(format!("{key:?}")).or_insert_with(|| (key, Vec::new())).1.push(event);
    }
    if by.is_empty() && groups.is_empty() {
        return vec![(Event::default(), Vec::new())];
    }
    groups.into_values().collect()
}

fn summarized(summarize: &Summarize, events: &[Event]) -> Result<Vec<Event>, Unevaluated> {
    groups(&summarize.by, events)
        .into_iter()
        .map(|(mut row, group)| {
            for (name, aggregate) in &summarize.aggregates {
                row.0.insert(name.name.to_string(), aggregate.value_on(&group)?);
            }
            Ok(row)
        })
        .collect()
}

fn picked(pick: &Pick, events: &[Event]) -> Result<Vec<Event>, Unevaluated> {
    let mut rows = Vec::new();
    for (mut row, group) in groups(&pick.by, events) {
        let there = group.iter().filter(|event| pick.of.value_on(event) != Value::Null);
        let by_value =
            |one: &&&Event, other: &&&Event| order(&pick.of.value_on(one), &pick.of.value_on(other));
        let best = if pick.is_greatest { there.max_by(by_value) } else { there.min_by(by_value) };
        let Some(best) = best.or(group.first()) else { continue };
        row.0.insert(pick.name.name.to_string(), pick.of.value_on(best));
        match &pick.columns {
            Some(kept) => row.0.extend(columns(kept, best).0),
            None => row.0.extend(best.0.clone()),
        }
        for (name, aggregate) in &pick.aggregates {
            row.0.insert(name.name.to_string(), aggregate.value_on(&group)?);
        }
        rows.push(row);
    }
    Ok(rows)
}

impl Aggregate {
    /// Its value for a group of rows.
    ///
    /// # Errors
    /// It has no evaluation.
    pub fn value_on(&self, group: &[&Event]) -> Result<Value, Unevaluated> {
        use AggregateFunction as A;
        let rows: Vec<&&Event> = group.iter().filter(|event| self.filter.holds_on(event)).collect();
        let values = || -> Vec<Value> {
            let Some(argument) = self.arguments.first() else { return Vec::new() };
            rows.iter().map(|event| argument.value_on(event)).filter(|value| *value != Value::Null).collect()
        };
        let numbers =
            || values().iter().filter_map(super::as_number).map(Number::to_f64).collect::<Vec<f64>>();
        let count = |count: usize| Value::from(i64::try_from(count).unwrap_or(i64::MAX));
        Ok(match self.function {
            A::Count => count(rows.len()),
            A::CountDistinct | A::CountDistinctAbout => count(distinct(values().into_iter()).len()),
            A::Sum => real(numbers().iter().sum()),
            A::Average => mean(&numbers()),
            A::Minimum => values().into_iter().min_by(order).unwrap_or(Value::Null),
            A::Maximum => values().into_iter().max_by(order).unwrap_or(Value::Null),
            A::Median => percentile(numbers(), 50.0),
            A::Percentile => {
                let percent = self.arguments.get(1).map(|it| it.value_on(&Event::default()));
                let percent = percent.as_ref().and_then(super::as_number).map_or(50.0, Number::to_f64);
                percentile(numbers(), percent)
            }
            A::StandardDeviation => variance(&numbers()).map_or(Value::Null, |it| real(it.sqrt())),
            A::Variance => variance(&numbers()).map_or(Value::Null, real),
            A::CollectSet => Value::List(distinct(values().into_iter())),
            A::CollectList => Value::List(values()),
            A::CollectObject => Value::Object(
                values()
                    .into_iter()
                    .filter_map(|value| match value {
                        Value::Object(members) => Some(members),
                        _ => None,
                    })
                    .flatten()
                    .collect(),
            ),
            A::AnyValue | A::First => values().into_iter().next().unwrap_or(Value::Null),
            A::Last => values().pop().unwrap_or(Value::Null),
        })
    }
}

fn real(value: f64) -> Value {
    Number::real(value).map_or(Value::Null, Value::Number)
}

#[expect(clippy::cast_precision_loss, reason = "counts of rows")]
fn mean(numbers: &[f64]) -> Value {
    if numbers.is_empty() { Value::Null } else { real(numbers.iter().sum::<f64>() / numbers.len() as f64) }
}

#[expect(clippy::cast_precision_loss, reason = "counts of rows")]
fn variance(numbers: &[f64]) -> Option<f64> {
    let count = numbers.len() as f64;
    let mean = numbers.iter().sum::<f64>() / count;
    (numbers.len() > 1).then(|| numbers.iter().map(|it| (it - mean).powi(2)).sum::<f64>() / (count - 1.0))
}

/// The nearest rank.
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "counts of rows"
)]
fn percentile(mut numbers: Vec<f64>, percent: f64) -> Value {
    numbers.sort_by(f64::total_cmp);
    let rank = (percent / 100.0 * numbers.len() as f64).ceil().max(1.0) as usize;
    numbers.get(rank - 1).map_or(Value::Null, |value| real(*value))
}

fn joined(join: &Join, left: &[Event], right: &[Event]) -> Vec<Event> {
    let key = |event: &Event, field: &Field| event.0.get(&*field.name).cloned().unwrap_or(Value::Null);
    let pairs = |one: &Event, other: &Event| {
        join.on.iter().all(|(on_left, on_right)| {
            let (left, right) = (key(one, on_left), key(other, on_right));
            left == right && left != Value::Null
        })
    };
    let has_left = |other: &Event| left.iter().any(|one| pairs(one, other));
    let has_right = |one: &Event| right.iter().any(|other| pairs(one, other));
    let unique = |rows: &[Event]| -> Vec<Event> {
        let keys = |event: &Event| join.on.iter().map(|(on_left, _)| key(event, on_left)).collect::<Vec<_>>();
        let mut seen = Vec::new();
        rows.iter()
            .filter(|row| {
                let keys = keys(row);
                let is_new = !seen.contains(&keys);
                if is_new {
                    seen.push(keys);
                }
                is_new
            })
            .cloned()
            .collect()
    };
    let lefts = if join.kind == JoinKind::InnerUnique { unique(left) } else { left.to_vec() };
    let both = || -> Vec<Event> {
        lefts
            .iter()
            .flat_map(|one| {
                right.iter().filter(|other| pairs(one, other)).map(|other| beside(join, one, other))
            })
            .collect()
    };
    let empty = Event::default();
    let mut rows = match join.kind {
        JoinKind::LeftSemi => return lefts.into_iter().filter(has_right).collect(),
        JoinKind::LeftAnti => return lefts.into_iter().filter(|one| !has_right(one)).collect(),
        JoinKind::RightSemi => return right.iter().filter(|other| has_left(other)).cloned().collect(),
        JoinKind::RightAnti => return right.iter().filter(|other| !has_left(other)).cloned().collect(),
        _ => both(),
    };
    if matches!(join.kind, JoinKind::LeftOuter | JoinKind::FullOuter) {
        rows.extend(left.iter().filter(|one| !has_right(one)).cloned());
    }
    if matches!(join.kind, JoinKind::RightOuter | JoinKind::FullOuter) {
        rows.extend(right.iter().filter(|other| !has_left(other)).map(|other| beside(join, &empty, other)));
    }
    rows
}

/// A row of both, the right side's columns by their new names.
fn beside(join: &Join, one: &Event, other: &Event) -> Event {
    let mut row = one.clone();
    for (name, value) in &other.0 {
        if join.drops_right_keys && join.on.iter().any(|(_, right)| *right.name == **name) {
            continue;
        }
        let renamed = join.renamed.iter().find(|(old, _)| *old.name == **name);
        let name = renamed.map_or_else(|| name.clone(), |(_, new)| new.name.to_string());
        row.0.entry(name).or_insert_with(|| value.clone());
    }
    row
}

/// The texts of the columns between the constants, as short as can be; the last one takes the rest.
fn extracted(parts: &[ExtractPart], text: &str) -> Option<Vec<String>> {
    let mut regex = String::from("(?s)^");
    for part in parts {
        match part {
            ExtractPart::Skip => regex.push_str(".*?"),
            ExtractPart::Literal(literal) => regex.push_str(&regex::escape(literal)),
            ExtractPart::Column(_) => regex.push_str("(.*?)"),
        }
    }
    regex.push('$');
    let captures = regex::Regex::new(&regex).ok()?.captures(text)?;
    Some(captures.iter().skip(1).map(|found| found.map_or("", |found| found.as_str()).to_owned()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        diag::Span,
        ir::{Field, Origin, Pipeline},
    };

    #[test]
    fn a_lookup_leaves_the_keys_of_the_right_side_out() {
        let join = Join {
            kind: JoinKind::Inner,
            right: Box::new(Pipeline { origin: Origin::Unmapped, stages: Vec::new(), look_back: None }),
            on: vec![(Field::new("a"), Field::new("b"))],
            renamed: Vec::new(),
            drops_right_keys: true,
            span: Span::default(),
        };
        let row = beside(&join, &Event::from_iter([("a", "x")]), &Event::from_iter([("b", "x"), ("c", "y")]));
        assert_eq!(row, Event::from_iter([("a", "x"), ("c", "y")]));
    }
}

//! Conditions on one field to items: values that share their modifiers come together in one list.

use std::sync::Arc;

use super::{
    base64,
    tree::{Item, Value},
    value::{Chain, inner, value},
};
use crate::{
    ir::{Case, Condition, Pattern, Piece, Predicate, Shape, Subject, Test},
    sigma::{encode::transform, modifiers::Transform},
};

/// Values of one field under the same modifiers, of which one has to match.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Values {
    field: Option<Arc<str>>,
    chain: Chain,
    alternatives: Vec<Value>,
}

impl Values {
    /// Whether it is a keyword search.
    pub(super) fn is_keywords(&self) -> bool {
        self.field.is_none()
    }

    fn is_like(&self, other: &Self) -> bool {
        self.field == other.field && self.chain == other.chain && !self.chain.is_lone
    }

    /// The item of which one value has to match.
    pub(super) fn into_item(self) -> Item {
        Item { field: self.field, modifiers: self.chain.modifiers(false), values: self.alternatives }
    }

    /// The keywords, if they need no modifiers.
    pub(super) fn into_keywords(self) -> Result<Vec<Value>, Item> {
        if self.chain == Chain::default() { Ok(self.alternatives) } else { Err(self.into_item()) }
    }
}

/// A term that one item can say; `None` for any other.
pub(super) fn of_term(term: &Condition) -> Option<Values> {
    match term {
        Condition::Is(predicate) => Some(of_predicate(predicate)),
        Condition::Not(inner) => match &**inner {
            Condition::Is(Predicate { subject: subject @ Subject::Field(_), test: Test::Exists, .. }) => {
                let (chain, _) = value(&Test::Exists, true);
                Some(Values { field: name(subject), chain, alternatives: vec![Value::Boolean(false)] })
            }
            _ => None,
        },
        Condition::Any(terms) => {
            let mut groups = alternatives(terms)?;
            (groups.len() == 1).then(|| groups.swap_remove(0))
        }
        _ => None,
    }
}

/// Alternatives that are predicates all, those that are alike together, in the order of the first of each; `None` if
/// one is not a predicate.
pub(super) fn alternatives(terms: &[Condition]) -> Option<Vec<Values>> {
    let predicates: Vec<&Predicate> = terms
        .iter()
        .map(|term| match term {
            Condition::Is(predicate) => Some(predicate),
            _ => None,
        })
        .collect::<Option<_>>()?;
    let mut groups: Vec<Values> = Vec::new();
    let mut rest = predicates.as_slice();
    while let [first, tail @ ..] = rest {
        let found = dashes(rest).or_else(|| encoded(rest));
        let (next, length) = found.unwrap_or_else(|| (of_predicate(first), 1));
        rest = &tail[length - 1..];
        match groups.iter_mut().find(|group| group.is_like(&next)) {
            Some(group) => group.alternatives.extend(next.alternatives),
            None => groups.push(next),
        }
    }
    Some(without_idle_lists(groups))
}

/// Values without dashes that stand beside others with interchangeable ones are the same with that modifier.
fn without_idle_lists(groups: Vec<Values>) -> Vec<Values> {
    let mut kept: Vec<Values> = Vec::with_capacity(groups.len());
    for group in groups {
        let is_partner = |other: &Values| {
            let chain = |group: &Values| group.chain.clone().with_windash(false);
            group.field == other.field
                && group.chain.windash != other.chain.windash
                && chain(&group) == chain(other)
                && [&group, other]
                    .iter()
                    .all(|group| group.chain.windash || group.alternatives.iter().all(is_dashless))
        };
        match kept.iter().position(is_partner) {
            Some(at) => {
                kept[at].alternatives.extend(group.alternatives);
                kept[at].chain.windash = true;
            }
            None => kept.push(group),
        }
    }
    kept
}

fn is_dashless(value: &Value) -> bool {
    matches!(value, Value::Text(text) if !text.contains(['-', '/', '–', '—', '―']))
}

/// The value of which a run of predicates are the variants with every dash, and the length of the run.
fn dashes(predicates: &[&Predicate]) -> Option<(Values, usize)> {
    let first = predicates.first()?;
    let Test::Text(pattern, case @ Case::Insensitive) = &first.test else { return None };
    if !pattern.any_literal_char(|c| "-/–—―".contains(c)) {
        return None;
    }
    let variants = transform(Pattern::new(inner(pattern).to_vec()), &[Transform::WinDash]).ok()?;
    let is_open = |piece: Option<&Piece>| piece == Some(&Piece::AnyRun);
    let (at_start, at_end) = (is_open(pattern.pieces().first()), is_open(pattern.pieces().last()));
    let length = variants.len();
    let run = predicates.get(..length).filter(|_| length > 1)?;
    let fits = run.iter().zip(variants).all(|(predicate, variant)| {
        predicate.subject == first.subject
            && predicate.test == Test::Text(variant.widened(at_start, at_end), *case)
    });
    let mut values = of_predicate(first);
    values.chain.windash = true;
    fits.then_some((values, length))
}

/// The value of which a run of predicates look for the Base64 texts at each offset, and the length of the run.
fn encoded(predicates: &[&Predicate]) -> Option<(Values, usize)> {
    let run = predicates.get(..3).filter(|run| run.iter().all(|other| other.subject == run[0].subject))?;
    let text = |predicate: &&Predicate| match &predicate.test {
        Test::Text(pattern, Case::Insensitive) => match pattern.shape() {
            Shape::Contains(text) => Some(text.to_owned()),
            _ => None,
        },
        _ => None,
    };
    let texts: Vec<String> = run.iter().map(text).collect::<Option<_>>()?;
    let (modifiers, value) = base64::decoded(&texts)?;
    let field = name(&run[0].subject);
    Some((Values { field, chain: Chain::of(modifiers), alternatives: vec![Value::Text(value)] }, run.len()))
}

fn of_predicate(predicate: &Predicate) -> Values {
    let field = name(&predicate.subject);
    let (chain, value) = value(&predicate.test, field.is_some());
    Values { field, chain, alternatives: vec![value] }
}

fn name(subject: &Subject) -> Option<Arc<str>> {
    match subject {
        Subject::Field(field) => Some(field.name.clone()),
        Subject::Computed(_) | Subject::Anywhere => None,
    }
}

/// Terms that have to match all, as maps: one, unless two items would have the same key.
pub(super) fn maps(terms: Vec<Values>) -> Vec<Vec<Item>> {
    let mut maps: Vec<Vec<Item>> = Vec::new();
    for item in joined(terms) {
        let key = item.key();
        match maps.iter_mut().find(|map| map.iter().all(|other| other.key() != key)) {
            Some(map) => map.push(item),
            None => maps.push(vec![item]),
        }
    }
    maps
}

/// Items of terms; single values that are alike become one item with `all`, at the place of the first.
fn joined(terms: Vec<Values>) -> Vec<Item> {
    let mut groups: Vec<(Values, bool)> = Vec::new();
    for term in terms {
        let is_single = |group: &Values, all: bool| all || group.alternatives.len() == 1;
        let partner = groups.iter_mut().find(|(group, all)| {
            term.alternatives.len() == 1 && is_single(group, *all) && group.is_like(&term)
        });
        match partner {
            Some((group, _)) if group.alternatives.contains(&term.alternatives[0]) => {}
            Some((group, all)) => {
                group.alternatives.extend(term.alternatives);
                *all = true;
            }
            None => groups.push((term, false)),
        }
    }
    let item = |(group, all): (Values, bool)| Item {
        field: group.field,
        modifiers: group.chain.modifiers(all),
        values: group.alternatives,
    };
    groups.into_iter().map(item).collect()
}

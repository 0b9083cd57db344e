//! Conditions to searches: what one search identifier can stand for, and how searches are joined.

use super::{
    item::{Values, alternatives, maps, of_term},
    tree::{Detection, Item},
};
use crate::ir::Condition;

/// Searches without names, and how they are joined. Junctions have two operands or more.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Node {
    /// What one search identifier stands for.
    Search(Detection),
    /// All operands hold.
    All(Vec<Node>),
    /// One operand holds.
    Any(Vec<Node>),
    /// The operand does not hold.
    Not(Box<Node>),
}

/// The searches of a condition that is neither always nor never true.
pub(super) fn node(condition: &Condition) -> Node {
    if let Some(values) = of_term(condition) {
        return Node::Search(single(values));
    }
    match condition {
        Condition::Not(inner) => Node::Not(Box::new(denied(inner))),
        Condition::Any(terms) => match alternatives(terms) {
            Some(groups) => one_of(groups),
            None => Node::Any(any(terms)),
        },
        other => all(other.conjuncts()),
    }
}

/// The searches of a condition below `not`: each alternative is a filter of its own.
fn denied(condition: &Condition) -> Node {
    match condition {
        Condition::Any(terms) => {
            let mut nodes = any(terms);
            if nodes.len() == 1 { nodes.swap_remove(0) } else { Node::Any(nodes) }
        }
        other => node(other),
    }
}

/// Alternatives, predicates that are alike in one search.
fn any(terms: &[Condition]) -> Vec<Node> {
    let is_predicate = |term: &&Condition| matches!(term, Condition::Is(_));
    let predicates: Vec<Condition> = terms.iter().filter(is_predicate).cloned().collect();
    let mut groups = alternatives(&predicates).unwrap_or_default().into_iter();
    // Searches stand where the first of the terms that went into one of them stands.
    let first = terms.iter().position(|term| matches!(term, Condition::Is(_)));
    let mut nodes = Vec::with_capacity(terms.len());
    for (at, term) in terms.iter().enumerate() {
        if Some(at) == first {
            nodes.extend(groups.by_ref().map(|values| Node::Search(single(values))));
        }
        if !matches!(term, Condition::Is(_)) {
            nodes.push(node(term));
        }
    }
    nodes
}

/// Alternatives in one search: a list of maps, or of keywords.
fn one_of(groups: Vec<Values>) -> Node {
    let (keywords, fields): (Vec<_>, Vec<_>) = groups.into_iter().partition(Values::is_keywords);
    let mut nodes: Vec<Node> = keywords.into_iter().map(|values| Node::Search(single(values))).collect();
    let mut maps: Vec<Vec<Item>> = fields.into_iter().map(|values| vec![values.into_item()]).collect();
    match maps.len() {
        0 => {}
        1 => nodes.push(Node::Search(Detection::Items(maps.swap_remove(0)))),
        _ => nodes.push(Node::Search(Detection::OneOf(maps))),
    }
    if nodes.len() == 1 { nodes.swap_remove(0) } else { Node::Any(nodes) }
}

fn single(values: Values) -> Detection {
    if !values.is_keywords() {
        return Detection::Items(vec![values.into_item()]);
    }
    values.into_keywords().map_or_else(|item| Detection::Items(vec![item]), Detection::Keywords)
}

/// Terms that have to hold all. Items come together in a map, where the first of them stands.
fn all(terms: &[Condition]) -> Node {
    let mut items = Vec::new();
    let mut keywords: Vec<Values> = Vec::new();
    let mut nodes = Vec::new();
    let (mut items_at, mut keywords_at) = (None, None);
    for (order, term) in terms.iter().enumerate() {
        match of_term(term) {
            Some(values) if values.is_keywords() => {
                keywords_at.get_or_insert((nodes.len(), order));
                keywords.push(values);
            }
            Some(values) => {
                items_at.get_or_insert((nodes.len(), order));
                items.push(values);
            }
            None => nodes.push(node(term)),
        }
    }
    let mut places: Vec<((usize, usize), Vec<Node>)> = Vec::new();
    places.extend(
        items_at.map(|at| (at, maps(items).into_iter().map(Detection::Items).map(Node::Search).collect())),
    );
    places.extend(keywords_at.map(|at| (at, searches_of_keywords(keywords))));
    places.sort_by_key(|(at, _)| std::cmp::Reverse(*at));
    for ((at, _), searches) in places {
        nodes.splice(at..at, searches);
    }
    if nodes.len() == 1 { nodes.swap_remove(0) } else { Node::All(nodes) }
}

/// Keyword searches that have to match all, each a search unless they are single keywords.
fn searches_of_keywords(keywords: Vec<Values>) -> Vec<Node> {
    let search = |values: Values| Node::Search(single(values));
    if keywords.len() == 1 {
        return keywords.into_iter().map(search).collect();
    }
    let items = maps(keywords).into_iter().flatten();
    let detection = |item: Item| {
        if item.modifiers.is_empty() {
            Detection::Keywords(item.values)
        } else {
            Detection::Items(vec![item])
        }
    };
    items.map(|item| Node::Search(detection(item))).collect()
}

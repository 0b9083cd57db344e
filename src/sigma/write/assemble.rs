//! Searches to a detection section: names, and the condition over them.

use super::{
    formula::Formula,
    name::{is_search_without_other, siblings, slug, word},
    search::Node,
    tree::{Detection, DetectionSection},
};

/// The detection section of a condition's searches.
pub(super) fn section(root: Node) -> DetectionSection {
    let terms = match root {
        Node::All(nodes) => nodes,
        other => vec![other],
    };
    let mut namer = Namer::default();
    let (denied, asserted): (Vec<_>, Vec<_>) =
        terms.into_iter().partition(|term| matches!(term, Node::Not(_)));
    let mut drafts = namer.selections(asserted);
    drafts.extend(namer.filters(denied));
    let condition = namer.resolve(Draft::All(drafts));
    DetectionSection { searches: namer.searches, condition }
}

/// A condition in which selectors are not decided yet.
enum Draft {
    Search(String),
    /// Operands that are told by a prefix, if nothing else has it; one operand may stand alone.
    Any(Vec<Draft>),
    All(Vec<Draft>),
    Not(Box<Draft>),
}

#[derive(Default)]
struct Namer {
    searches: Vec<(String, Detection)>,
}

impl Namer {
    /// What has to match.
    fn selections(&mut self, mut nodes: Vec<Node>) -> Vec<Draft> {
        nodes.sort_by_key(|node| !matches!(node, Node::Search(_)));
        let searches = nodes.iter().filter(|node| matches!(node, Node::Search(_))).count();
        let is_keywords = |node: &&Node| matches!(node, Node::Search(detection) if has_no_field(detection));
        let keywords = nodes.iter().filter(is_keywords).count();
        let groups = nodes.len() - searches;
        let are_unlike = match (searches, groups) {
            (1, 0 | 1) => true,
            (2, 0) => keywords == 1,
            _ => false,
        };
        if are_unlike {
            return nodes.into_iter().map(|node| self.lone("selection", node)).collect();
        }
        if groups == 1 && searches == 0 {
            return nodes.into_iter().map(|node| self.place("selection", node, false)).collect();
        }
        let prefix = if groups > 0 && searches > 1 { "selection_main" } else { "selection" };
        let flat: Vec<&Node> = nodes.iter().filter(|node| matches!(node, Node::Search(_))).collect();
        let mut names = siblings(prefix, &flat, false).into_iter();
        let mut drafts = Vec::with_capacity(nodes.len());
        let mut together = Vec::new();
        for node in nodes {
            match node {
                Node::Search(detection) => {
                    let name = names.next().unwrap_or_default();
                    together.push(self.add(&name, detection));
                }
                group => {
                    let name = format!("selection_{}", word(&group, false));
                    drafts.push(self.place(&name, group, false));
                }
            }
        }
        if !together.is_empty() {
            drafts.insert(0, if groups > 0 { Draft::All(together) } else { return together });
        }
        drafts
    }

    /// A search of the plain name, or a group below it.
    fn lone(&mut self, name: &str, node: Node) -> Draft {
        match node {
            Node::Search(detection) if has_no_field(&detection) => self.add("keywords", detection),
            Node::Search(detection) => self.add(name, detection),
            group => self.place(name, group, false),
        }
    }

    /// What must not match. `SigmaHQ` calls filters that every place needs `main`, others `optional`, and selects them by
    /// that prefix even where there is only one.
    fn filters(&mut self, nodes: Vec<Node>) -> Vec<Draft> {
        let is_search = |node: &Node| matches!(node, Node::Search(_));
        let mut inner: Vec<Node> =
            nodes.into_iter().map(|node| if let Node::Not(inner) = node { *inner } else { node }).collect();
        if inner.len() > 1 && inner.iter().all(is_search) {
            inner = vec![Node::Any(inner)];
        }
        let prefix = |at: usize| match at {
            0 => "filter_main".to_owned(),
            1 => "filter_optional".to_owned(),
            more => format!("filter_other_{more}"),
        };
        let group = |node: Node| if is_search(&node) { Node::Any(vec![node]) } else { node };
        let placed =
            inner.into_iter().enumerate().map(|(at, node)| self.place(&prefix(at), group(node), true));
        placed.map(|draft| Draft::Not(Box::new(draft))).collect()
    }

    /// The searches of a node, with names below a prefix.
    fn place(&mut self, prefix: &str, node: Node, is_filter: bool) -> Draft {
        let (nodes, join): (_, fn(Vec<Draft>) -> Draft) = match node {
            Node::Search(detection) => return self.add(prefix, detection),
            Node::Not(inner) => return Draft::Not(Box::new(self.place(prefix, *inner, is_filter))),
            Node::All(nodes) => (nodes, Draft::All),
            Node::Any(nodes) => (nodes, Draft::Any),
        };
        let names = if is_search_without_other(&nodes) {
            vec![prefix.to_owned(), prefix.to_owned()]
        } else {
            siblings(prefix, &nodes.iter().collect::<Vec<_>>(), is_filter)
        };
        let placed = nodes.into_iter().zip(names).map(|(node, name)| {
            let excepted = name.strip_prefix("selection").filter(|_| matches!(node, Node::Not(_)));
            let name = excepted.map_or_else(|| name.clone(), |rest| format!("filter{rest}"));
            self.place(&name, node, is_filter)
        });
        join(placed.collect())
    }

    /// Adds a search; a name that is taken gets a number.
    fn add(&mut self, name: &str, detection: Detection) -> Draft {
        let is_taken = |name: &str| self.searches.iter().any(|(taken, _)| taken == name);
        let mut free = name.to_owned();
        let mut number = 2;
        while is_taken(&free) {
            free = format!("{name}_{number}");
            number += 1;
        }
        self.searches.push((free.clone(), detection));
        Draft::Search(free)
    }

    fn resolve(&self, draft: Draft) -> Formula {
        match draft {
            Draft::Search(name) => Formula::Search(name),
            Draft::Not(inner) => Formula::Not(Box::new(self.resolve(*inner))),
            Draft::Any(drafts) => match self.selector(&drafts) {
                Some(prefix) => Formula::OneOf(prefix),
                None => Formula::or(drafts.into_iter().map(|draft| self.resolve(draft)).collect()),
            },
            Draft::All(drafts) => {
                let is_search = |draft: &Draft| matches!(draft, Draft::Search(_));
                let searches = drafts.iter().filter(|draft| is_search(draft)).count();
                // Only the searches among the terms can be told together; filters stay terms of their own.
                let (flat, rest): (Vec<_>, Vec<_>) = drafts.into_iter().partition(is_search);
                let mut terms = Vec::with_capacity(rest.len() + 1);
                match self.selector(&flat).filter(|_| searches > 1) {
                    Some(prefix) => terms.push(Formula::AllOf(prefix)),
                    None => terms.extend(flat.into_iter().map(|draft| self.resolve(draft))),
                }
                for draft in rest {
                    match self.resolve(draft) {
                        Formula::And(inner) => terms.extend(inner),
                        other => terms.push(other),
                    }
                }
                Formula::and(terms)
            }
        }
    }

    /// The prefix that these searches have, with the underscore, and no others.
    fn selector(&self, drafts: &[Draft]) -> Option<String> {
        let names: Vec<&str> = drafts
            .iter()
            .map(|draft| if let Draft::Search(name) = draft { Some(name.as_str()) } else { None })
            .collect::<Option<_>>()?;
        let first = names.first()?;
        let is_filter = first.starts_with("filter_");
        let mut prefixes = first.match_indices('_').map(|(at, _)| &first[..=at]).skip(usize::from(is_filter));
        let fits = |prefix: &&str| {
            self.searches.iter().all(|(name, _)| name.starts_with(prefix) == names.contains(&name.as_str()))
        };
        prefixes.find(fits).map(str::to_owned)
    }
}

/// Whether it is a search for keywords.
fn has_no_field(detection: &Detection) -> bool {
    match detection {
        Detection::Keywords(_) => true,
        Detection::Items(items) => items.iter().all(|item| item.field.is_none()),
        Detection::OneOf(_) => false,
    }
}

/// A search identifier's name for a rule: its title in lower case.
pub(super) fn rule_name(title: &str) -> String {
    let words: Vec<String> =
        title.split_whitespace().map(slug).filter(|word| !word.is_empty()).take(8).collect();
    if words.is_empty() { "rule".to_owned() } else { words.join("_") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_is_taken_gets_a_number() {
        let mut namer = Namer::default();
        for _ in 0..3 {
            namer.add("a", Detection::Keywords(Vec::new()));
        }
        let names: Vec<&str> = namer.searches.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["a", "a_2", "a_3"]);
    }
}

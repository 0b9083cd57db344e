//! Rules and their queries then and now.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    cli::{
        filtered::{self, Applied},
        taken::{Outcome, Taken},
    },
    diag::Fidelity,
};

/// A rule of one side.
pub(super) struct Item {
    pub(super) key: String,
    pub(super) title: String,
    id: Option<String>,
    /// A hash of its text.
    text: String,
    /// A hash of what it means; nothing for one that cannot be read.
    meaning: Option<String>,
    /// The filters that took part in it.
    filters: Applied,
    /// By target.
    queries: BTreeMap<&'static str, Query>,
}

/// A query, or why there is none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Query {
    pub(super) text: Option<String>,
    /// A hash of what it means.
    meaning: Option<String>,
    pub(super) fidelity: Fidelity,
    pub(super) notes: Vec<String>,
    pub(super) error: Option<String>,
}

/// How two states of a rule, or of a query, compare.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Verdict {
    /// As it was.
    Unchanged,
    /// In other words, of the same meaning.
    Reworded,
    /// It means something else.
    Meaning,
    /// It was not there.
    Added,
    /// It is not there any more.
    Removed,
    /// It converted, or could be read.
    FailsNow,
    /// It did not, or could not.
    ConvertsNow,
}

/// A rule that is not as it was.
pub(super) struct Change {
    pub(super) key: String,
    /// Where it was, if that is elsewhere.
    pub(super) old_key: Option<String>,
    pub(super) title: String,
    pub(super) id: Option<String>,
    pub(super) rule: Verdict,
    /// What became of the filters that took part in it, a clause each.
    pub(super) filters: Vec<String>,
    /// The queries that are not as they were, by target.
    pub(super) queries: Vec<QueryChange>,
}

/// A query that is not as it was.
pub(super) struct QueryChange {
    pub(super) target: &'static str,
    pub(super) verdict: Verdict,
    pub(super) old: Option<Query>,
    pub(super) new: Option<Query>,
}

impl Verdict {
    /// What people read.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Unchanged => "unchanged",
            Self::Reworded => "reworded",
            Self::Meaning => "meaning changed",
            Self::Added => "added",
            Self::Removed => "removed",
            Self::FailsNow => "now fails",
            Self::ConvertsNow => "now converts",
        }
    }

    /// Whether other events are found.
    pub(super) fn is_of_meaning(self) -> bool {
        self > Self::Reworded
    }
}

impl Item {
    pub(super) fn of(taken: Taken<'_>) -> Self {
        let query = |outcome: &Outcome| {
            let query = Query {
                text: outcome.query.clone(),
                meaning: outcome.meaning.clone(),
                fidelity: outcome.fidelity,
                notes: outcome.notes.clone(),
                error: outcome.error.clone(),
            };
            (outcome.target.name, query)
        };
        Self {
            title: taken.title().to_owned(),
            id: taken.id().map(str::to_owned),
            text: taken.text(),
            meaning: taken.meaning(),
            filters: taken.filters,
            queries: taken.outcomes.iter().map(query).collect(),
            key: taken.key,
        }
    }
}

impl Change {
    /// What became of the rule and its queries together: the gravest of all.
    pub(super) fn verdict(&self) -> Verdict {
        let queries = self.queries.iter().map(|query| query.verdict);
        match self.rule {
            Verdict::Unchanged | Verdict::Reworded => queries.fold(self.rule, Verdict::max),
            other => other,
        }
    }
}

/// The rules that are not as they were. One that moved is known by its id.
pub(super) fn compare(mut old: BTreeMap<String, Item>, new: BTreeMap<String, Item>) -> Vec<Change> {
    let mut by_id: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (key, item) in old.iter().filter(|(key, _)| !new.contains_key(*key)) {
        if let Some(id) = &item.id {
            by_id.entry(id.clone()).or_default().push(key.clone());
        }
    }
    let mut changes = Vec::new();
    for (key, item) in new {
        let moved = || match item.id.as_ref().and_then(|id| by_id.get(id)).map(Vec::as_slice) {
            Some([only]) => Some(only.clone()),
            _ => None,
        };
        let was = old.remove(&key).or_else(|| moved().and_then(|key| old.remove(&key)));
        changes.extend(change(was, Some(item)));
    }
    changes.extend(old.into_values().filter_map(|item| change(Some(item), None)));
    changes.sort_by(|one, other| one.key.cmp(&other.key));
    changes
}

/// How a rule changed, if it did.
fn change(old: Option<Item>, new: Option<Item>) -> Option<Change> {
    let rule = match (&old, &new) {
        (None, _) => Verdict::Added,
        (_, None) => Verdict::Removed,
        (Some(old), Some(new)) => match (&old.meaning, &new.meaning) {
            _ if old.text == new.text && old.meaning == new.meaning => Verdict::Unchanged,
            (Some(old), Some(new)) if old != new => Verdict::Meaning,
            (Some(_), None) => Verdict::FailsNow,
            (None, Some(_)) => Verdict::ConvertsNow,
            _ => Verdict::Reworded,
        },
    };
    let old_key = old.as_ref().map(|item| item.key.clone());
    let mut then = old.as_ref().map(|item| item.queries.clone()).unwrap_or_default();
    let mut now = new.as_ref().map(|item| item.queries.clone()).unwrap_or_default();
    let targets: BTreeSet<&'static str> = then.keys().chain(now.keys()).copied().collect();
    let queries: Vec<QueryChange> = targets
        .into_iter()
        .filter_map(|target| query_change(target, then.remove(target), now.remove(target)))
        .collect();
    let filters = match (&old, &new) {
        (Some(old), Some(new)) => filtered::changes(&old.filters, &new.filters),
        _ => Vec::new(),
    };
    let Item { key, title, id, .. } = new.or(old)?;
    let old_key = old_key.filter(|old| *old != key);
    let is_same = rule == Verdict::Unchanged && queries.is_empty() && old_key.is_none();
    (!is_same).then_some(Change { key, old_key, title, id, rule, filters, queries })
}

fn query_change(target: &'static str, old: Option<Query>, new: Option<Query>) -> Option<QueryChange> {
    let verdict = match (&old, &new) {
        (None, Some(new)) if new.text.is_none() => return None,
        (Some(old), None) if old.text.is_none() => return None,
        (None, _) => Verdict::Added,
        (_, None) => Verdict::Removed,
        (Some(old), Some(new)) => match (&old.text, &new.text) {
            _ if old == new => return None,
            (None, None) => return None,
            (Some(_), None) => Verdict::FailsNow,
            (None, Some(_)) => Verdict::ConvertsNow,
            // A query that differs from its rule in another way finds other events.
            (Some(_), Some(_)) if old.meaning != new.meaning || old.fidelity != new.fidelity => {
                Verdict::Meaning
            }
            (Some(one), Some(other)) if one == other && old.notes == new.notes => return None,
            (Some(_), Some(_)) => Verdict::Reworded,
        },
    };
    Some(QueryChange { target, verdict, old, new })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn query(text: &str, meaning: &str) -> Query {
        Query {
            text: Some(text.to_owned()).filter(|text| !text.is_empty()),
            meaning: Some(meaning.to_owned()),
            fidelity: if text.is_empty() { Fidelity::Failed } else { Fidelity::Exact },
            notes: Vec::new(),
            error: None,
        }
    }

    fn item(key: &str, id: &str, meaning: &str, queries: &[(&'static str, Query)]) -> (String, Item) {
        let item = Item {
            key: key.to_owned(),
            title: String::new(),
            id: Some(id.to_owned()),
            text: meaning.to_owned(),
            meaning: Some(meaning.to_owned()),
            filters: Applied::new(),
            queries: queries.iter().cloned().collect(),
        };
        (key.to_owned(), item)
    }

    fn verdicts(old: Vec<(String, Item)>, new: Vec<(String, Item)>) -> Vec<String> {
        let changes = compare(old.into_iter().collect(), new.into_iter().collect());
        changes.iter().map(|it| format!("{} {}", it.key, it.verdict().as_str())).collect()
    }

    #[test]
    fn a_rule_is_as_bad_as_its_worst_query() {
        let of = |spl: Query| vec![item("a.yml", "1", "m", &[("splunk", spl), ("eql", query("e", "m"))])];
        assert!(verdicts(of(query("q", "m")), of(query("q", "m"))).is_empty());
        assert_eq!(verdicts(of(query("q", "m")), of(query("r", "m"))), ["a.yml reworded"]);
        assert_eq!(verdicts(of(query("q", "m")), of(query("q", "n"))), ["a.yml meaning changed"]);
        assert_eq!(verdicts(of(query("q", "m")), of(query("", "m"))), ["a.yml now fails"]);
        assert_eq!(verdicts(of(query("", "m")), of(query("q", "m"))), ["a.yml now converts"]);
    }

    #[test]
    fn a_rule_that_moved_is_known_by_its_id() {
        let old = vec![item("a.yml", "1", "m", &[]), item("b.yml", "2", "m", &[])];
        let new = vec![item("c/a.yml", "1", "m", &[]), item("d.yml", "3", "m", &[])];
        assert_eq!(verdicts(old, new), ["b.yml removed", "c/a.yml unchanged", "d.yml added"]);
    }
}

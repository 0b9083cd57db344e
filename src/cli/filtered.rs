//! The filters that took part in rules, and which of them made a difference.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::{load::Loaded, report::note_without_place, taken::hash};
use crate::{
    diag::Note,
    ir::{Meaning, Rule},
    sigma::{Document, Reading},
};

/// The filters of a run, by what rules tell of them.
pub(super) struct Filters(HashMap<String, Filter>);

struct Filter {
    title: String,
    /// A hash of what passes it.
    meaning: String,
}

/// The filters that took part in a rule: their titles, each with a hash of what passes it.
pub(super) type Applied = BTreeMap<String, String>;

impl Filters {
    /// Those of the files.
    pub(super) fn of(files: &[Loaded]) -> Self {
        let readings = files.iter().filter_map(|file| file.readings.as_ref().ok()).flatten();
        Self(readings.filter_map(filter).collect())
    }

    /// A note without places, which move when a comment is added.
    pub(super) fn told(&self, note: &Note) -> String {
        let placeless = self.0.get(&note.message).map(|Filter { title, .. }| Note {
            message: format!("only events that pass the filter `{title}` are found"),
            ..note.clone()
        });
        note_without_place(placeless.as_ref().unwrap_or(note))
    }

    /// Those that took part in a rule.
    pub(super) fn applied_to(&self, rule: &Rule) -> Applied {
        let mut applied = Applied::new();
        for filter in rule.notes.iter().filter_map(|note| self.0.get(&note.message)) {
            // Those that share a title are one.
            applied.entry(filter.title.clone()).or_default().push_str(&filter.meaning);
        }
        applied
    }
}

fn filter(reading: &Reading) -> Option<(String, Filter)> {
    let Document::Filter(filter) = &reading.document else { return None };
    let rule = filter.as_rule(&reading.metadata, reading.span);
    let meaning = hash(Meaning::of(&rule).as_str());
    Some((filter.note().message, Filter { title: reading.metadata.title.clone(), meaning }))
}

/// What became of the filters of a rule, a clause each.
pub(super) fn changes(old: &Applied, new: &Applied) -> Vec<String> {
    let titles: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    let change = |title: &String| {
        let how = match (old.get(title), new.get(title)) {
            (Some(then), Some(now)) if then == now => return None,
            (Some(_), Some(_)) => "changed",
            (None, _) => "applies now",
            (Some(_), None) => "applies no more",
        };
        Some(format!("the filter `{title}` {how}"))
    };
    titles.into_iter().filter_map(change).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filters_come_go_and_change() {
        let applied = |filters: &[(&str, &str)]| -> Applied {
            filters.iter().map(|(title, meaning)| ((*title).to_owned(), (*meaning).to_owned())).collect()
        };
        let old = applied(&[("a", "1"), ("b", "1"), ("c", "1")]);
        let new = applied(&[("a", "1"), ("b", "2"), ("d", "1")]);
        let expected =
            ["the filter `b` changed", "the filter `c` applies no more", "the filter `d` applies now"];
        assert_eq!(changes(&old, &new), expected);
    }
}

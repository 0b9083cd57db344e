//! Documents that are about other ones, across all sources of a run.
//!
//! [`read()`](super::read()) sees one source. What a correlation or a filter names may stand in any other, so a run reads all
//! its sources first, and then links them once. Filters come first: a correlation is of rules as they are filtered.

use std::borrow::Cow;
use std::collections::HashMap;

use super::{
    correlation::correlate,
    filter,
    reading::{Document, Reading},
};

/// Which document: the number of its source, and its number in that, both from zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Place {
    /// Which source of the run.
    pub source: usize,
    /// Which of its documents.
    pub document: usize,
}

/// The rules and correlations of a run, by the ids and names that others use for them.
#[derive(Debug)]
pub struct Index<'a> {
    sources: Vec<&'a [Reading]>,
    by_reference: HashMap<Cow<'a, str>, Vec<Place>>,
}

impl<'a> Index<'a> {
    /// The index of all documents. Filters and broken documents are not in it.
    pub fn of(sources: Vec<&'a [Reading]>) -> Self {
        let mut by_reference: HashMap<Cow<'_, str>, Vec<Place>> = HashMap::new();
        for (source, readings) in sources.iter().enumerate() {
            for (document, reading) in readings.iter().enumerate() {
                if !matches!(reading.document, Document::Rule(_) | Document::Correlation(_)) {
                    continue;
                }
                let metadata = &reading.metadata;
                for reference in [&metadata.id, &metadata.name].into_iter().flatten() {
                    let places = by_reference.entry(key(reference)).or_default();
                    let place = Place { source, document };
                    if places.last() != Some(&place) {
                        places.push(place);
                    }
                }
            }
        }
        Self { sources, by_reference }
    }

    /// What an id or a name refers to, in the order of the run: nothing, one document, or several that share it.
    pub fn find(&self, reference: &str) -> &[Place] {
        self.by_reference.get(&*key(reference)).map_or(&[], Vec::as_slice)
    }

    /// A document.
    ///
    /// # Panics
    /// If the place is not one of this run.
    pub fn reading(&self, place: Place) -> &'a Reading {
        &self.sources[place.source][place.document]
    }

    /// Every document of the run with its place, in order.
    pub fn readings(&self) -> impl Iterator<Item = (Place, &'a Reading)> {
        self.sources.iter().enumerate().flat_map(|(source, readings)| {
            readings.iter().enumerate().map(move |(document, reading)| (Place { source, document }, reading))
        })
    }

    /// Every id and name that a document could be meant by, in no order.
    pub fn references(&self) -> impl Iterator<Item = &str> {
        self.by_reference.keys().map(|reference| &**reference)
    }
}

/// A reference as it is compared: the letters of UUIDs have no case, names do.
fn key(reference: &str) -> Cow<'_, str> {
    let is_uuid = reference.len() == 36 && reference.bytes().all(|b| b.is_ascii_hexdigit() || b == b'-');
    let has_upper = reference.bytes().any(|b| b.is_ascii_uppercase());
    if is_uuid && has_upper { reference.to_ascii_lowercase().into() } else { reference.into() }
}

/// Links the documents of all sources of a run, in place: afterwards a reading is a rule, or its diagnostics say why
/// not. A run over one source needs it too.
pub fn link(sources: &mut [&mut [Reading]]) {
    // Most runs have nothing to link, and do not pay for an index.
    if sources.iter().any(|readings| readings.iter().any(Reading::is_filter)) {
        filter::apply(sources);
    }
    correlate(sources);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        diag::Source,
        sigma::{ReadOptions, read},
    };

    fn readings(text: &str) -> Vec<Reading> {
        read(&Source::new("a.yml", text), &ReadOptions::default())
    }

    fn rule(head: &str) -> String {
        format!("title: T\n{head}\nlogsource: {{category: x}}\ndetection: {{a: {{b: c}}, condition: a}}\n")
    }

    #[test]
    fn rules_are_found_by_id_and_by_name_in_any_source() {
        let first = readings(&rule("id: one"));
        let second = readings(&format!("{}---\n{}", rule("name: two"), rule("id: three\nname: three")));
        let index = Index::of(vec![&first, &second]);
        let find = |reference| index.find(reference).to_vec();
        assert_eq!(find("one"), [Place { source: 0, document: 0 }]);
        assert_eq!(find("two"), [Place { source: 1, document: 0 }]);
        assert_eq!(find("three"), [Place { source: 1, document: 1 }], "its name is its id, once");
        assert!(find("four").is_empty());
        assert_eq!(index.reading(find("three")[0]).metadata.id.as_deref(), Some("three"));
    }

    #[test]
    fn a_name_that_several_share_finds_them_all() {
        let first = readings(&rule("id: same"));
        let second = readings(&rule("name: same"));
        assert_eq!(Index::of(vec![&first, &second]).find("same").len(), 2);
    }

    #[test]
    fn what_cannot_be_used_is_not_found() {
        let broken = readings("title: T\nid: one\nlogsource: {category: x}\n");
        assert!(Index::of(vec![&broken]).find("one").is_empty());
    }
}

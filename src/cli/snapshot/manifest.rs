//! What a snapshot says beside its queries: how each conversion ended, and hashes of all that went into it, so that a
//! later run can say which input changed a query.
//!
//! One JSON file, a line a fact, all sorted: a change of one rule changes its lines alone.

use std::{collections::BTreeMap, fs, io, path::Path};

use serde::{Deserialize, Serialize};

use crate::{
    cli::{
        filtered::Applied,
        taken::{Outcome, Taken, hash, hex},
    },
    diag::Fidelity,
    mapping::Input,
};

/// What the file is called.
pub(super) const NAME: &str = "manifest.json";

/// What a snapshot was made from, and how conversions ended.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Manifest {
    /// The version of rulec.
    pub(super) rulec: String,
    /// The options of each target.
    pub(super) options: BTreeMap<String, BTreeMap<String, String>>,
    /// Hashes of placeholders and lists, by name.
    pub(super) values: BTreeMap<String, String>,
    /// Hashes of the mapping table's parts: by file, row and schema.
    pub(super) mapping: BTreeMap<String, BTreeMap<String, BTreeMap<String, String>>>,
    /// The rules, by their files; several rules of a file are numbered.
    pub(super) rules: BTreeMap<String, RuleRecord>,
}

/// A rule.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RuleRecord {
    pub(super) title: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) id: Option<String>,
    /// A hash of its document, as it stands in the file.
    pub(super) text: String,
    /// A hash of what it means; nothing for one that could not be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) meaning: Option<String>,
    /// Hashes of the filters that took part in it, by their titles.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) filters: Applied,
    /// How its conversions ended.
    pub(super) targets: BTreeMap<String, Record>,
}

/// How a conversion ended.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Record {
    pub(super) fidelity: String,
    /// A hash of the query, whose text is in a file of its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) query: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) notes: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) error: Option<String>,
}

impl RuleRecord {
    pub(super) fn of(taken: &Taken<'_>) -> Self {
        Self {
            title: taken.title().to_owned(),
            id: taken.id().map(str::to_owned),
            text: taken.text(),
            meaning: taken.meaning(),
            filters: taken.filters.clone(),
            targets: taken.outcomes.iter().map(|it| (it.target.name.to_owned(), Record::of(it))).collect(),
        }
    }
}

impl Record {
    pub(super) fn of(outcome: &Outcome) -> Self {
        let fidelity = match outcome.fidelity {
            Fidelity::Exact => "exact",
            Fidelity::Approximate => "approximate",
            Fidelity::Failed => "failed",
        };
        Self {
            fidelity: fidelity.to_owned(),
            query: outcome.query.as_deref().map(hash),
            notes: outcome.notes.clone(),
            error: outcome.error.clone(),
        }
    }
}

/// Why there is no manifest to compare with.
pub(super) enum Unusable {
    /// There is none.
    Missing,
    /// It cannot be read, or is none.
    Faulty(String),
}

impl Manifest {
    /// The manifest of a snapshot folder.
    pub(super) fn read(folder: &Path) -> Result<Self, Unusable> {
        let text = fs::read_to_string(folder.join(NAME)).map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => Unusable::Missing,
            _ => Unusable::Faulty(error.to_string()),
        })?;
        serde_json::from_str(&text).map_err(|error| Unusable::Faulty(error.to_string()))
    }

    pub(super) fn to_json(&self) -> String {
        serde_json::to_string_pretty(self).expect("invariant: all keys are text, and no serializer fails")
    }

    /// Keeps what parts of the mapping table say.
    pub(super) fn add_inputs(&mut self, inputs: &[Input]) {
        for Input { part, hash } in inputs {
            let rows = self.mapping.entry(part.file.clone()).or_default();
            rows.entry(part.row.clone()).or_default().insert(part.schema.clone(), hex(*hash));
        }
    }

    /// Whether a part of the mapping table says what it did; `None` if nothing was kept of it.
    pub(super) fn agrees_on(&self, input: &Input) -> Option<bool> {
        let kept = self.mapping.get(&input.part.file)?.get(&input.part.row)?.get(&input.part.schema)?;
        Some(*kept == hex(input.hash))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let mut manifest = Manifest { rulec: "1".to_owned(), ..Manifest::default() };
        manifest.rules.insert("a.yml".to_owned(), RuleRecord::default());
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join(NAME), manifest.to_json()).unwrap();
        assert!(Manifest::read(folder.path()).is_ok_and(|read| read.to_json() == manifest.to_json()));
        fs::write(folder.path().join(NAME), "<<<<<<< HEAD").unwrap();
        assert!(matches!(Manifest::read(folder.path()), Err(Unusable::Faulty(_))));
        assert!(matches!(Manifest::read(&folder.path().join("none")), Err(Unusable::Missing)));
    }
}

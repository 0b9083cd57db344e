//! What is known of a rule and its query: what envelopes and users' templates are filled with.

use serde::Serialize;
use serde_json::Value;

use super::{Parcel, Wrapped, clean, columns::Columns, id, lacks, schedule::Schedule, threat::Threat};
use crate::{
    attack::{self, Tag},
    diag::{Code, Diagnostic, Effect, Fidelity, Note},
    ir::{Level, Metadata, Origin, Rule, Status},
};

/// All of it. Texts that strangers wrote have no hidden characters; the query stands as it is.
#[derive(Debug, Serialize)]
pub(super) struct Facts<'a> {
    /// Stable for the rule and the target.
    pub(super) uuid: String,
    /// The rule's own id.
    pub(super) id: Option<String>,
    pub(super) title: String,
    pub(super) description: Option<String>,
    pub(super) author: Option<String>,
    pub(super) date: Option<String>,
    pub(super) modified: Option<String>,
    pub(super) status: Option<Status>,
    pub(super) level: Option<Level>,
    pub(super) tags: Vec<String>,
    pub(super) references: Vec<String>,
    pub(super) false_positives: Vec<String>,
    pub(super) fields: Vec<String>,
    pub(super) attack: Threat,
    pub(super) schedule: Schedule,
    /// Every other key of the rule, as it is.
    pub(super) custom: &'a indexmap::IndexMap<String, Value>,
    pub(super) path: String,
    pub(super) target: &'static str,
    pub(super) language: &'static str,
    pub(super) product: &'static str,
    /// Tables or index patterns, as far as the query names them.
    pub(super) tables: Vec<String>,
    pub(super) fidelity: Fidelity,
    pub(super) query: &'a str,
    /// What the conversion changed.
    pub(super) notes: Vec<NoteFact>,
    #[serde(skip)]
    pub(super) parcel: Parcel<'a>,
    /// What the envelope changes.
    #[serde(skip)]
    pub(super) told: Vec<Note>,
}

/// A note, as templates show it.
#[derive(Debug, Serialize)]
pub(super) struct NoteFact {
    pub(super) code: Code,
    pub(super) effect: Effect,
    pub(super) message: String,
}

impl NoteFact {
    pub(super) fn of(note: &Note) -> Self {
        Self { code: note.code, effect: note.effect, message: clean::line(&note.message) }
    }
}

impl<'a> Facts<'a> {
    /// # Errors
    /// There is no query: the conversion's own error.
    pub(super) fn of(parcel: Parcel<'a>) -> Result<Self, Diagnostic> {
        let conversion = parcel.conversion;
        let Some(query) = conversion.query.as_deref() else {
            let silent =
                || Diagnostic::without_span(Code::Internal, "there is no query, and no reason given");
            return Err(conversion.error.clone().unwrap_or_else(silent));
        };
        let rule = parcel.rule;
        let metadata: &Metadata = &rule.metadata;
        let lines = |texts: &[String]| texts.iter().map(|text| clean::line(text)).collect::<Vec<_>>();
        let line = |text: &Option<String>| text.as_deref().map(clean::line).filter(|text| !text.is_empty());
        Ok(Self {
            uuid: id::of(metadata, conversion.target.name),
            id: line(&metadata.id),
            title: title(metadata),
            description: metadata.description.as_deref().map(clean::prose).filter(|text| !text.is_empty()),
            author: line(&metadata.author),
            date: line(&metadata.date),
            modified: line(&metadata.modified),
            status: metadata.status,
            level: metadata.level,
            tags: lines(&metadata.tags),
            references: lines(&metadata.references),
            false_positives: lines(&metadata.false_positives),
            fields: lines(&metadata.fields),
            attack: Threat::of(&metadata.tags),
            schedule: Schedule::of(rule),
            custom: &metadata.custom,
            path: clean::line(parcel.path),
            target: conversion.target.name,
            language: conversion.target.language.name(),
            product: conversion.target.product,
            tables: tables(conversion.local.as_deref()),
            fidelity: conversion.fidelity,
            query,
            notes: conversion.notes.iter().map(NoteFact::of).collect(),
            parcel,
            told: Vec::new(),
        })
    }

    /// The envelope changes or lacks something.
    pub(super) fn tell(&mut self, note: Note) {
        self.told.push(note);
    }

    /// What the rule says under a key that only some envelopes have.
    pub(super) fn own(&self, key: &str) -> Option<&'a Value> {
        self.custom.get(key).filter(|value| !value.is_null())
    }

    /// The description; the title where there is none.
    pub(super) fn described(&self) -> String {
        self.description.clone().unwrap_or_else(|| self.title.clone())
    }

    /// Whether the rule is to run: not if its author has given it up, or switched it off.
    pub(super) fn is_enabled(&self) -> bool {
        let is_off = |key: &&str| self.own(key).and_then(Value::as_bool) == Some(false);
        !["enabled", "isEnabled"].iter().any(is_off)
            && !matches!(self.status, Some(Status::Deprecated | Status::Unsupported))
    }

    /// The columns of the query's result.
    pub(super) fn columns(&self) -> Columns {
        let local = self.parcel.conversion.local.as_deref();
        local.map_or(Columns::Closed(Vec::new()), |rule| Columns::after(&rule.stages))
    }

    /// The title and the description within limits of characters.
    pub(super) fn limited(&mut self, title: usize, description: usize, product: &str) -> (String, String) {
        let (short, is_cut) = clean::cut(self.title.clone(), title);
        if is_cut {
            self.tell(lacks(format!("the title is cut: {product} allows {title} characters")));
        }
        let (described, is_cut) = clean::cut(self.described(), description);
        if is_cut {
            self.tell(lacks(format!("the description is cut: {product} allows {description} characters")));
        }
        (short, described)
    }

    /// The description with what has no place of its own in an envelope: references, false positives, author, and where
    /// the rule comes from.
    pub(super) fn with_particulars(&self, description: String) -> String {
        let mut text = description;
        for (name, items) in [("False positives", &self.false_positives), ("References", &self.references)] {
            if !items.is_empty() {
                text = format!("{text}\n\n{name}:\n- {}", items.join("\n- "));
            }
        }
        let author = self.author.as_ref().map(|author| format!("Author: {author}"));
        let lines: Vec<String> = author.into_iter().chain(self.origin()).collect();
        if lines.is_empty() { text } else { format!("{text}\n\n{}", lines.join("\n")) }
    }

    /// Where the rule comes from, and what else it says of itself, a line each.
    pub(super) fn origin(&self) -> Vec<String> {
        let named = self.attack.others.iter().map(|named| format!("{} {}", named.id, named.name));
        let named = named.collect::<Vec<_>>().join(", ");
        let rows = [
            ("Rule", self.id.clone()),
            ("Status", self.status.map(|status| status.as_str().to_owned())),
            ("Date", self.date.clone()),
            ("Modified", self.modified.clone()),
            ("ATT&CK", Some(named)),
            ("Tags", Some(self.other_tags().join(", "))),
            ("Fields", Some(self.fields.join(", "))),
        ];
        let told =
            rows.into_iter().filter_map(|(name, value)| Some((name, value.filter(|it| !it.is_empty())?)));
        told.map(|(name, value)| format!("{name}: {value}")).collect()
    }

    /// The tags that name nothing of ATT&CK.
    pub(super) fn other_tags(&self) -> Vec<String> {
        let is_other = |tag: &&String| matches!(attack::tag(tag), None | Some(Tag::Unknown(_)));
        self.tags.iter().filter(is_other).cloned().collect()
    }

    /// Tells which of the rule's other keys the envelope has no place for.
    pub(super) fn tell_unplaced(&mut self, placed: &[&str]) {
        let metadata = &self.parcel.rule.metadata;
        let of_sigma = [
            ("related", !metadata.related.is_empty()),
            ("license", metadata.license.is_some()),
            ("scope", !metadata.scope.is_empty()),
            ("taxonomy", metadata.taxonomy.is_some()),
        ];
        let of_sigma = of_sigma.into_iter().filter_map(|(key, is_said)| is_said.then_some(key));
        let unplaced =
            of_sigma.chain(self.custom.keys().map(String::as_str)).filter(|key| !placed.contains(key));
        let names: Vec<String> = unplaced.map(|key| format!("`{}`", clean::line(key))).collect();
        if !names.is_empty() {
            self.tell(lacks(format!("there is no place for the rule's {}", names.join(", "))));
        }
    }

    /// A finished file.
    pub(super) fn wrapped(self, text: String, key: Option<String>) -> Wrapped {
        Wrapped { text, key, notes: self.told }
    }
}

pub(super) fn title(metadata: &Metadata) -> String {
    let title = clean::line(&metadata.title);
    if title.is_empty() { "Rule without a title".to_owned() } else { title }
}

fn tables(local: Option<&Rule>) -> Vec<String> {
    let names = |origin: &Origin| match origin {
        Origin::Dataset(dataset) => dataset.names.iter().map(ToString::to_string).collect(),
        Origin::Table(table) => vec![table.name.to_string()],
        _ => Vec::new(),
    };
    local.map(|rule| names(&rule.origin)).unwrap_or_default()
}

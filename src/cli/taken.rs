//! Rules with their conversions, as snapshots and diffs compare them.

use std::{
    hash::Hasher,
    path::{Component, Path, PathBuf},
};

use crate::{
    Conversion,
    cli::{
        filtered::{Applied, Filters},
        input::plain,
        load::Loaded,
        output::{is_numbered, path_for},
        project::Goals,
    },
    diag::{Diagnostic, Fidelity, Source, Span},
    ir::{Meaning, Metadata, Rule},
    mapping::{Input, Inputs},
    sigma::Reading,
    target::Target,
};

/// A rule, and its conversions.
pub(super) struct Taken<'f> {
    /// Its file as seen from the project's folder, with `/` on every system; with a number where it has several rules.
    pub(super) key: String,
    pub(super) source: &'f Source,
    /// The document.
    pub(super) span: Span,
    pub(super) metadata: Option<&'f Metadata>,
    pub(super) rule: Option<&'f Rule>,
    /// The filters that took part in it.
    pub(super) filters: Applied,
    pub(super) outcomes: Vec<Outcome>,
}

/// How a conversion ended.
pub(super) struct Outcome {
    pub(super) target: &'static Target,
    /// Where its query goes, below the snapshot folder.
    pub(super) file: PathBuf,
    pub(super) query: Option<String>,
    pub(super) fidelity: Fidelity,
    /// Without their places, which move when a comment is added.
    pub(super) notes: Vec<String>,
    pub(super) error: Option<String>,
    /// A hash of what the query means, if that was asked for.
    pub(super) meaning: Option<String>,
}

/// Converts the rules of a project's files.
pub(super) struct Taker<'a> {
    pub(super) root: &'a Path,
    pub(super) goals: &'a Goals<'a>,
    /// The filters of the run.
    pub(super) filters: &'a Filters,
    /// Whether what queries mean is asked for.
    pub(super) with_meanings: bool,
}

impl Taker<'_> {
    /// The rules of a file that are selected. A file that cannot be used is one rule that does not convert.
    pub(super) fn take<'f>(&self, file: &'f Loaded) -> Vec<Taken<'f>> {
        let path = self.path(file);
        match self.take_readings(file, &path) {
            Ok(taken) => taken,
            Err(problem) => vec![self.unusable(file, &path, &problem)],
        }
    }

    fn take_readings<'f>(&self, file: &'f Loaded, path: &Path) -> Result<Vec<Taken<'f>>, Diagnostic> {
        let readings = file.readings.as_ref().map_err(Clone::clone)?;
        let mut taken = Vec::new();
        for (index, reading) in readings.iter().enumerate().filter(|(_, it)| !it.is_aside()) {
            let rule = reading.usable();
            let conversions = file.work(|_| match &rule {
                Ok(rule) => self.goals.convert(rule),
                Err(error) => self.goals.failed(error),
            })?;
            let number = is_numbered(readings).then_some(index + 1);
            taken.push(Taken {
                key: key(path, number),
                source: &file.source,
                span: reading.span,
                metadata: Some(&reading.metadata),
                filters: rule.as_ref().map(|rule| self.filters.applied_to(rule)).unwrap_or_default(),
                rule: rule.ok(),
                outcomes: conversions.into_iter().map(|it| self.outcome(it, path, number)).collect(),
            });
        }
        Ok(taken)
    }

    /// The rules of a file that are only parts of correlations, by the keys that they have or had on their own, each with
    /// a correlation's title.
    pub(super) fn parts<'f>(&self, file: &'f Loaded) -> Vec<(String, &'f str)> {
        let readings = file.readings.as_deref().unwrap_or_default();
        let path = self.path(file);
        let is_alone = readings.iter().all(Reading::is_aside);
        let mut parts = Vec::new();
        for (index, reading) in readings.iter().enumerate() {
            let Some(whole) = reading.part_of.first() else { continue };
            let numbers = std::iter::once(Some(index + 1)).chain(is_alone.then_some(None));
            parts.extend(numbers.map(|number| (key(&path, number), whole.title.as_str())));
        }
        parts
    }

    fn unusable<'f>(&self, file: &'f Loaded, path: &Path, problem: &Diagnostic) -> Taken<'f> {
        let outcomes = self.goals.failed(problem);
        Taken {
            key: key(path, None),
            source: &file.source,
            span: Span::default(),
            metadata: None,
            rule: None,
            filters: Applied::new(),
            outcomes: outcomes.into_iter().map(|it| self.outcome(it, path, None)).collect(),
        }
    }

    /// Where a file is, as seen from the project's folder; of one that is elsewhere, below the folder that was named.
    fn path(&self, file: &Loaded) -> PathBuf {
        let path =
            file.input.file().and_then(|path| plain(path).strip_prefix(self.root).map(Path::to_owned).ok());
        let is_below = |path: &PathBuf| {
            path.components().next().is_some()
                && path.components().all(|it| matches!(it, Component::Normal(_)))
        };
        path.filter(is_below).unwrap_or_else(|| file.input.relative.clone())
    }

    fn outcome(&self, conversion: Conversion, path: &Path, number: Option<usize>) -> Outcome {
        let local = conversion.local.as_ref().filter(|_| self.with_meanings);
        Outcome {
            meaning: local.map(|rule| hash(Meaning::of(rule).as_str())),
            file: path_for(conversion.target, path, number),
            notes: conversion.notes.iter().map(|note| self.filters.told(note)).collect(),
            error: conversion.error.as_ref().map(|error| format!("error[{}]: {}", error.code, error.message)),
            target: conversion.target,
            query: conversion.query,
            fidelity: conversion.fidelity,
        }
    }
}

impl Taken<'_> {
    pub(super) fn title(&self) -> &str {
        self.metadata.map(|metadata| metadata.title.as_str()).unwrap_or_default()
    }

    pub(super) fn id(&self) -> Option<&str> {
        self.metadata.and_then(|metadata| metadata.id.as_deref())
    }

    /// A hash of its document's text.
    pub(super) fn text(&self) -> String {
        let whole = self.source.text();
        hash(if self.metadata.is_some() { self.source.slice(self.span) } else { whole })
    }

    /// A hash of what it means.
    pub(super) fn meaning(&self) -> Option<String> {
        self.rule.map(|rule| hash(Meaning::of(rule).as_str()))
    }

    /// The parts of the mapping table that go into the conversion for a target.
    pub(super) fn inputs(&self, target: &Target, inputs: Option<&Inputs<'_>>) -> Vec<Input> {
        let schemas: Vec<&str> = std::iter::once(target.schema).chain(target.fallback).collect();
        match (self.rule, inputs) {
            (Some(rule), Some(inputs)) => inputs.of(rule, &schemas),
            _ => Vec::new(),
        }
    }
}

/// A path with `/` on every system, and the number of one of several rules.
fn key(path: &Path, number: Option<usize>) -> String {
    let parts: Vec<_> = path.components().map(|part| part.as_os_str().to_string_lossy()).collect();
    let number = number.map(|number| format!("#{number}")).unwrap_or_default();
    format!("{}{number}", parts.join("/"))
}

/// A hash of text that does not depend on the machine: neither do the text's line ends.
pub(super) fn hash(text: &str) -> String {
    let mut hash = fnv::FnvHasher::default();
    for piece in text.split('\r') {
        hash.write(piece.as_bytes());
    }
    hex(hash.finish())
}

pub(super) fn hex(hash: u64) -> String {
    format!("{hash:016x}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn line_ends_do_not_count() {
        assert_eq!(hash("a\r\nb"), hash("a\nb"));
        assert_ne!(hash("a"), hash("b"));
        assert_eq!(hash(""), "cbf29ce484222325");
    }
}

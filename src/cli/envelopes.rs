//! `--as`: queries in the files that products deploy.

use std::{
    collections::HashMap,
    fs,
    io::{self, Write},
    path::Path,
};

use super::{
    args::WrapArgs,
    status::{Failure, Status},
    stream::Form,
};
use crate::{
    Conversion,
    diag::{Diagnostic, Fidelity, did_you_mean},
    ir::Rule,
    mapping::Mapping,
    target::Target,
    wrap::{self, ENVELOPES, Envelope, Join, Parcel, Templates, Wrapped},
};

/// The name that asks for the list.
pub(super) const LIST: &str = "list";

/// What queries are placed into.
pub(super) struct Wrapping {
    kind: Kind,
}

enum Kind {
    Envelope(&'static Envelope),
    Template { templates: Templates, name: String },
}

/// A finished file: whose, and what is in it.
pub(super) struct File {
    /// The folder it belongs to: a target's name, or the report's.
    pub(super) folder: &'static str,
    pub(super) wrapped: Wrapped,
}

impl Wrapping {
    /// What the arguments ask for, if anything.
    ///
    /// # Errors
    /// An unknown name, an envelope that does not take the queries of a target, a folder or template that cannot be
    /// read.
    pub(super) fn of(args: &WrapArgs, targets: &[&'static Target]) -> Result<Option<Self>, Failure> {
        let Some(name) = &args.envelope else { return Ok(None) };
        let templates = match &args.templates {
            Some(folder) => read_templates(folder)?,
            None => Templates::default(),
        };
        if templates.find(name).is_some() {
            return Ok(Some(Self { kind: Kind::Template { templates, name: name.clone() } }));
        }
        let Some(envelope) = wrap::find(name) else {
            return Err(Failure::Message(unknown(name, &templates)));
        };
        match targets.iter().find(|target| !envelope.fits(target)) {
            Some(target) => Err(Failure::Message(misfit(envelope, target))),
            None => Ok(Some(Self { kind: Kind::Envelope(envelope) })),
        }
    }

    /// The extension of the files.
    pub(super) fn extension(&self) -> &str {
        match &self.kind {
            Kind::Envelope(envelope) => envelope.extension,
            Kind::Template { templates, name } => {
                templates.find(name).map_or("txt", |template| template.extension.as_str())
            }
        }
    }

    /// How several files stand in one stream.
    pub(super) fn join(&self) -> Join {
        match &self.kind {
            Kind::Envelope(envelope) => envelope.join,
            Kind::Template { .. } => Join::Paragraphs,
        }
    }

    /// Whether the files say themselves what was changed.
    pub(super) fn tells_notes(&self) -> bool {
        matches!(self.kind, Kind::Envelope(envelope) if envelope.is_of_a_rule())
    }

    /// A file's text as it stands in a stream, in which it is `alone` or not.
    pub(super) fn entry(&self, text: &str, alone: bool, form: Form) -> String {
        match self.join() {
            _ if form == Form::Array => text.trim_end().to_owned(),
            Join::Paragraphs if !alone => format!("{text}\n"),
            Join::Documents if !alone => format!("---\n{text}"),
            _ => text.to_owned(),
        }
    }

    /// The files of a rule. A conversion that cannot be placed fails; what its envelope changes is a note of it.
    pub(super) fn wrap(
        &self,
        rule: &Rule,
        conversions: &mut [Conversion],
        path: &str,
        mapping: Option<&Mapping>,
    ) -> Result<Vec<File>, Diagnostic> {
        if let Kind::Envelope(envelope) = self.kind
            && envelope.is_of_a_rule()
        {
            let wrapped = wrap::report(rule, conversions, path)?;
            return Ok(vec![File { folder: wrap::REPORT, wrapped }]);
        }
        let mut files = Vec::new();
        for conversion in conversions.iter_mut().filter(|conversion| conversion.query.is_some()) {
            let parcel = Parcel { rule, conversion, mapping, path };
            let result = match &self.kind {
                Kind::Envelope(envelope) => wrap::envelope(envelope, parcel),
                Kind::Template { templates, name } => {
                    templates.find(name).map_or_else(|| Err(missing(name)), |template| template.wrap(parcel))
                }
            };
            match result {
                Ok(wrapped) => {
                    conversion.notes.extend(wrapped.notes.iter().cloned());
                    files.push(File { folder: conversion.target.name, wrapped });
                }
                Err(error) => {
                    conversion.query = None;
                    conversion.fidelity = Fidelity::Failed;
                    conversion.error = Some(error);
                }
            }
        }
        Ok(files)
    }
}

fn misfit(envelope: &Envelope, target: &Target) -> String {
    let names: Vec<_> = wrap::of_target(target).map(|other| format!("`{}`", other.name)).collect();
    format!(
        "envelope `{}` takes queries of {}, not of {name}; for {name} there are {}",
        envelope.name,
        envelope.targets.join(", "),
        names.join(", "),
        name = target.name
    )
}

fn missing(name: &str) -> Diagnostic {
    Diagnostic::without_span(crate::diag::Code::InvalidTemplate, format!("there is no template `{name}`"))
}

fn unknown(name: &str, templates: &Templates) -> String {
    let own = templates.iter().map(|template| template.name.as_str());
    let names: Vec<&str> = ENVELOPES.iter().map(|envelope| envelope.name).chain(own).collect();
    match did_you_mean(name, names.iter().copied()) {
        Some(near) => format!("there is no envelope `{name}`; a similar one is `{near}`"),
        None => format!("there is no envelope `{name}`; there are {}", names.join(", ")),
    }
}

fn read_templates(folder: &Path) -> Result<Templates, Failure> {
    let failed =
        |why: String| Failure::Message(format!("cannot read the templates of `{}`: {why}", folder.display()));
    let mut files: Vec<(String, String)> = Vec::new();
    for entry in fs::read_dir(folder).map_err(|error| failed(error.to_string()))? {
        let path = entry.map_err(|error| failed(error.to_string()))?.path();
        if path.extension().is_some_and(|extension| extension == "hbs") {
            let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            let text = fs::read_to_string(&path).map_err(|error| failed(format!("{name}: {error}")))?;
            files.push((name, text));
        }
    }
    files.sort();
    let files = files.iter().map(|(name, text)| (name.as_str(), text.as_str()));
    Templates::parse(files).map_err(|error| {
        let help = error.help.map_or_else(String::new, |help| format!("; {help}"));
        failed(format!("{}{help}", error.message))
    })
}

/// Ids and names of a run, each to stand for one rule: of two the second would replace the first where they are
/// deployed.
#[derive(Default)]
pub(super) struct Keys {
    seen: HashMap<(&'static str, String), String>,
}

impl Keys {
    /// What is wrong, if another rule has the file's key already.
    pub(super) fn clash(&mut self, file: &File, rule: &str) -> Option<String> {
        let key = file.wrapped.key.clone()?;
        match self.seen.entry((file.folder, key.clone())) {
            std::collections::hash_map::Entry::Vacant(entry) => {
                entry.insert(rule.to_owned());
                None
            }
            std::collections::hash_map::Entry::Occupied(entry) => Some(format!(
                "error: `{key}` of {rule} for {} is also that of {}: one would replace the other\n",
                file.folder,
                entry.get()
            )),
        }
    }
}

/// Shows the envelopes.
pub(super) fn show() -> Result<Status, Failure> {
    io::stdout().lock().write_all(list().as_bytes())?;
    Ok(Status::Fine)
}

/// The envelopes, two lines each.
fn list() -> String {
    let width = ENVELOPES.iter().map(|envelope| envelope.name.len()).max().unwrap_or(0);
    let takes = |envelope: &Envelope| {
        if envelope.targets.is_empty() { "every target".to_owned() } else { envelope.targets.join(", ") }
    };
    let line = |envelope: &Envelope| {
        let name = envelope.name;
        format!(
            "{name:width$}  .{:<7} {}\n{:width$}           for {}\n",
            envelope.extension,
            envelope.title,
            "",
            takes(envelope)
        )
    };
    ENVELOPES.iter().map(line).collect()
}

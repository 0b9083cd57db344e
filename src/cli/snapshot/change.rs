//! How what a project comes to now differs from its snapshot, and which input made the difference.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs, io,
    path::{Component, Path, PathBuf},
};

use super::manifest::{Manifest, Record};
use crate::{
    cli::{
        filtered,
        taken::{Outcome, Taken, hash},
    },
    diag::{Code, Diagnostic, Source, Span},
    mapping::{Inputs, Part},
};

/// A conversion that differs from the snapshot's.
pub(super) struct Change<'f> {
    pub(super) kind: Kind,
    pub(super) key: String,
    pub(super) title: String,
    pub(super) id: Option<String>,
    pub(super) target: String,
    /// The query's file, below the snapshot folder.
    pub(super) file: String,
    /// The rule; nothing for one that is no more.
    pub(super) place: Option<(&'f Source, Span)>,
    /// The inputs that changed.
    pub(super) because: Vec<Cause>,
    pub(super) old: State,
    pub(super) new: State,
}

/// What a change comes down to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Another query, or other notes.
    Changed,
    /// There was no conversion.
    New,
    /// There is none any more.
    Gone,
    /// There was a query, and there is none.
    FailsNow,
    /// There was none, and there is a query.
    ConvertsNow,
}

/// How a conversion ended, then or now.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct State {
    pub(super) query: Option<String>,
    pub(super) record: Record,
}

/// An input that changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Cause {
    /// The rule's text, and whether its meaning did too, where the two can be compared.
    Rule {
        meaning: Option<bool>,
    },
    /// A rule is new, or gone.
    RuleCame,
    RuleWent,
    /// Only correlations are made of the rule now: the title of the first.
    RuleIsPart(String),
    /// A target was added to the project, or taken out of it.
    Target,
    /// A placeholder or list.
    Value {
        name: String,
    },
    /// A filter of the rule, and what became of it, as a clause.
    Filter {
        what: String,
    },
    /// Another document, which the rule is about or which is about it.
    Reference,
    /// An option, its value then and now.
    Option {
        name: String,
        old: String,
        new: String,
    },
    /// A part of the mapping table, and the file that has the last word on it.
    Mapping {
        part: Part,
        file: String,
    },
    /// The version of rulec.
    Version {
        old: String,
        new: &'static str,
    },
    /// The file of the query was changed by somebody else.
    KeptFile,
    /// Nothing that is kept track of.
    Unknown,
}

/// What a snapshot is compared with.
pub(super) struct Comparison<'a> {
    pub(super) folder: &'a Path,
    pub(super) kept: &'a Manifest,
    /// What there is now, but for its rules and the mapping table.
    pub(super) now: &'a Manifest,
    pub(super) inputs: Option<&'a Inputs<'a>>,
}

impl Comparison<'_> {
    /// The conversions of a rule that are not as they were.
    ///
    /// # Errors
    /// A kept query that cannot be read.
    pub(super) fn changes<'f>(&self, taken: &Taken<'f>) -> io::Result<Vec<Change<'f>>> {
        let mut changes = Vec::new();
        let kept = self.kept.rules.get(&taken.key);
        for outcome in &taken.outcomes {
            let old = kept.and_then(|rule| rule.targets.get(outcome.target.name));
            changes.extend(self.change(taken, outcome, old)?);
        }
        for (target, record) in kept.iter().flat_map(|rule| &rule.targets) {
            let is_asked = taken.outcomes.iter().any(|outcome| outcome.target.name == *target);
            if let Some(outcome) = outcome_file(&taken.key, target).filter(|_| !is_asked) {
                let gone = self.gone(&taken.key, taken.title(), target, record, &outcome, Cause::Target)?;
                changes.push(gone);
            }
        }
        Ok(changes)
    }

    /// The conversions of a rule that is no more, or not on its own.
    pub(super) fn went(&self, key: &str, cause: &Cause) -> io::Result<Vec<Change<'static>>> {
        let Some(rule) = self.kept.rules.get(key) else { return Ok(Vec::new()) };
        let gone = |(target, record): (&String, &Record)| {
            let file = outcome_file(key, target)?;
            Some(self.gone(key, &rule.title, target, record, &file, cause.clone()))
        };
        rule.targets.iter().filter_map(gone).collect()
    }

    fn gone(
        &self,
        key: &str,
        title: &str,
        target: &str,
        record: &Record,
        file: &Path,
        why: Cause,
    ) -> io::Result<Change<'static>> {
        Ok(Change {
            kind: Kind::Gone,
            key: key.to_owned(),
            title: title.to_owned(),
            id: None,
            target: target.to_owned(),
            file: with_slashes(file),
            place: None,
            because: vec![why],
            old: State { query: self.read(file)?, record: record.clone() },
            new: State::default(),
        })
    }

    fn change<'f>(
        &self,
        taken: &Taken<'f>,
        outcome: &Outcome,
        old: Option<&Record>,
    ) -> io::Result<Option<Change<'f>>> {
        let record = Record::of(outcome);
        let kept_query = self.read(&outcome.file)?;
        let kept_record = old.cloned().unwrap_or_default();
        // The hash is only to tell who changed a file.
        let is_same = kept_query == outcome.query
            && old.is_some_and(|old| {
                (&old.fidelity, &old.notes, &old.error) == (&record.fidelity, &record.notes, &record.error)
            });
        if is_same {
            return Ok(None);
        }
        let kind = match (old, kept_query.is_some() || kept_record.query.is_some(), outcome.query.is_some()) {
            (None, ..) => Kind::New,
            (Some(_), true, false) => Kind::FailsNow,
            (Some(_), false, true) => Kind::ConvertsNow,
            (Some(_), ..) => Kind::Changed,
        };
        Ok(Some(Change {
            kind,
            key: taken.key.clone(),
            title: taken.title().to_owned(),
            id: taken.id().map(str::to_owned),
            target: outcome.target.name.to_owned(),
            file: with_slashes(&outcome.file),
            place: Some((taken.source, taken.span)),
            because: self.causes(taken, outcome, kept_query.as_deref(), old),
            old: State { query: kept_query, record: kept_record },
            new: State { query: outcome.query.clone(), record },
        }))
    }

    /// The inputs of a conversion that are not what they were.
    fn causes(
        &self,
        taken: &Taken<'_>,
        outcome: &Outcome,
        kept_query: Option<&str>,
        old: Option<&Record>,
    ) -> Vec<Cause> {
        let Some(rule) = self.kept.rules.get(&taken.key) else { return vec![Cause::RuleCame] };
        let Some(old) = old else { return vec![Cause::Target] };
        let mut causes = Vec::new();
        let is_same_version = self.kept.rulec == self.now.rulec;
        let is_same_text = rule.text == taken.text();
        let meaning = is_same_version.then(|| rule.meaning != taken.meaning());
        if !is_same_text {
            causes.push(Cause::Rule { meaning });
        }
        if meaning == Some(true) {
            let filters = filtered::changes(&rule.filters, &taken.filters);
            causes.extend(filters.into_iter().map(|what| Cause::Filter { what }));
        }
        if is_same_text && meaning == Some(true) {
            causes.extend(self.changed_values(taken));
            if causes.is_empty() {
                causes.push(Cause::Reference);
            }
        }
        causes.extend(self.changed_options(outcome.target.name));
        for input in taken.inputs(outcome.target, self.inputs) {
            // A part that nothing is known of is one that an edited rule, or what belongs to it, asks for anew.
            let is_edited = !is_same_text || meaning == Some(true);
            let agrees = self.kept.agrees_on(&input).unwrap_or(is_edited);
            if !agrees {
                let file = self.inputs.and_then(|inputs| inputs.file_of(&input.part));
                let file = file.unwrap_or(&input.part.file).to_owned();
                causes.push(Cause::Mapping { part: input.part, file });
            }
        }
        if !is_same_version {
            causes.push(Cause::Version { old: self.kept.rulec.clone(), new: env!("CARGO_PKG_VERSION") });
        }
        if kept_query.map(hash) != old.query {
            causes.push(Cause::KeptFile);
        }
        if causes.is_empty() {
            causes.push(Cause::Unknown);
        }
        causes
    }

    /// The placeholders and lists that the rule names and that have other values.
    fn changed_values(&self, taken: &Taken<'_>) -> Vec<Cause> {
        let (old, new) = (&self.kept.values, &self.now.values);
        let names: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
        let changed = names.into_iter().filter(|name| old.get(*name) != new.get(*name));
        let text = taken.source.slice(taken.span);
        changed
            .filter(|name| text.contains(name.as_str()))
            .map(|name| Cause::Value { name: name.clone() })
            .collect()
    }

    fn changed_options(&self, target: &str) -> Vec<Cause> {
        let (Some(old), Some(new)) = (self.kept.options.get(target), self.now.options.get(target)) else {
            return Vec::new();
        };
        let value = |options: &BTreeMap<String, String>, name: &String| {
            options.get(name).cloned().unwrap_or_else(|| "-".to_owned())
        };
        let names: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
        let changed = names.into_iter().filter(|name| old.get(*name) != new.get(*name));
        changed
            .map(|name| Cause::Option { name: name.clone(), old: value(old, name), new: value(new, name) })
            .collect()
    }

    /// The kept query of a file, without the line feed that ends it.
    fn read(&self, file: &Path) -> io::Result<Option<String>> {
        match fs::read_to_string(self.folder.join(file)) {
            // Version control may write the line ends of its system.
            Ok(text) => {
                let text = if text.contains('\r') { text.replace("\r\n", "\n") } else { text };
                Ok(Some(text.strip_suffix('\n').map_or(text.clone(), str::to_owned)))
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }
}

impl Change<'_> {
    /// What it is, in a few words.
    pub(super) fn what(&self) -> &'static str {
        match self.kind {
            Kind::Changed if self.old.query == self.new.query => "other notes",
            Kind::Changed => "changed",
            Kind::New => "new",
            Kind::Gone => "gone",
            Kind::FailsNow => "fails now",
            Kind::ConvertsNow => "converts now",
        }
    }

    /// The causes, as one clause.
    pub(super) fn why(&self) -> String {
        self.because.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
    }

    /// The change as a finding about its rule.
    pub(super) fn diagnostic(&self) -> Diagnostic {
        let span = self.place.map(|(source, span)| first_line(source, span));
        let how = match self.kind {
            Kind::Changed if self.old.query == self.new.query => "has other notes",
            Kind::Changed => "changed",
            Kind::New => "is new",
            Kind::Gone => "is gone",
            Kind::FailsNow => "fails now",
            Kind::ConvertsNow => "converts now",
        };
        let message = format!("the query for `{}` {how}: {}", self.target, self.why());
        let finding = match span {
            Some(span) => Diagnostic::new(Code::SnapshotDiffers, span, message),
            None => Diagnostic::without_span(Code::SnapshotDiffers, message),
        };
        finding.help("see it with `rulec snapshot --check`, accept it with `rulec snapshot --update`")
    }
}

impl std::fmt::Display for Cause {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Rule { meaning: None } => f.write_str("the rule changed"),
            Self::Rule { meaning: Some(true) } => f.write_str("the rule changed, and what it means"),
            Self::Rule { meaning: Some(false) } => {
                f.write_str("the rule is worded otherwise, and means the same")
            }
            Self::RuleCame => f.write_str("the rule is new"),
            Self::RuleWent => f.write_str("the rule is gone, or not selected"),
            Self::RuleIsPart(whole) => {
                write!(f, "the rule is only a part of `{whole}` now, which does not say `generate: true`")
            }
            Self::Target => f.write_str("the project's targets changed"),
            Self::Value { name } => write!(f, "the values of `{name}` changed"),
            Self::Filter { what } => f.write_str(what),
            Self::Reference => f.write_str("a document that belongs to the rule changed"),
            Self::Option { name, old, new } => write!(f, "option `{name}` was `{old}` and is `{new}`"),
            Self::Mapping { part, file } => match part.row.as_str() {
                Part::TABLES => write!(f, "the tables of schema {} in {file} changed", part.schema),
                Part::LOG_SOURCES => write!(f, "the log sources of class {} in {file} changed", part.schema),
                Part::COLUMNS => write!(f, "what {file} says of all of schema {} changed", part.schema),
                row => write!(f, "row `{row}` of {file} changed for schema {}", part.schema),
            },
            Self::Version { old, new } => write!(f, "rulec was {old} and is {new}"),
            Self::KeptFile => f.write_str("the kept file was edited"),
            Self::Unknown => f.write_str("rulec itself changed, by the same version number"),
        }
    }
}

/// The first line of a document.
fn first_line(source: &Source, span: Span) -> Span {
    let start = span.start as usize;
    let length = source.slice(span).lines().next().map_or(0, str::len);
    Span::new(start, start + length)
}

/// The file of a rule's query, by its key.
fn outcome_file(key: &str, target: &str) -> Option<PathBuf> {
    let target = crate::target::find(target)?;
    // A manifest comes from strangers, and its paths may lead anywhere.
    if !Path::new(key).components().all(|part| matches!(part, Component::Normal(_))) {
        return None;
    }
    let (path, number) = match key.rsplit_once('#') {
        Some((path, number)) => match number.parse() {
            Ok(number) => (path, Some(number)),
            Err(_) => (key, None),
        },
        None => (key, None),
    };
    Some(crate::cli::output::path_for(target, Path::new(path), number))
}

/// A path with `/` on every system.
pub(super) fn with_slashes(path: &Path) -> String {
    path.components().map(|part| part.as_os_str().to_string_lossy()).collect::<Vec<_>>().join("/")
}

//! What a project file says, as plain data.

use std::path::{Path, PathBuf};

use clap::ValueEnum;

use super::reader::{Keys, Reader, Spanned};
use crate::{
    cli::{
        args::{Case, WantedSource, WindowArg, flatten, selection},
        from::RuleFormat,
    },
    diag::{Code, Diagnostic, Source, Span},
    ir::{Level, Status},
    target::{TARGETS, Target},
    yaml::{self, Node},
};

/// A project: rules, and what becomes of them. Paths are complete.
#[derive(Debug, Clone, Default)]
pub(in crate::cli) struct Project {
    /// The folder of the file.
    pub(in crate::cli) root: PathBuf,
    pub(in crate::cli) rules: Vec<PathBuf>,
    pub(in crate::cli) from: Option<RuleFormat>,
    pub(in crate::cli) mappings: Vec<PathBuf>,
    /// Filters besides those among the rules.
    pub(in crate::cli) filters: Vec<PathBuf>,
    pub(in crate::cli) placeholder_file: Option<PathBuf>,
    pub(in crate::cli) placeholders: Vec<(String, Vec<String>)>,
    pub(in crate::cli) lists: Vec<(String, PathBuf)>,
    pub(in crate::cli) targets: Vec<TargetSettings>,
    pub(in crate::cli) no_mapping: bool,
    pub(in crate::cli) options: OptionSettings,
    pub(in crate::cli) select: Select,
    pub(in crate::cli) output: Option<PathBuf>,
    /// What queries are placed into, where they are written to the output folder.
    pub(in crate::cli) envelope: Option<String>,
    pub(in crate::cli) templates: Option<PathBuf>,
    pub(in crate::cli) snapshots: Option<PathBuf>,
    pub(in crate::cli) check_strict: bool,
    /// What `rulec check` leaves out.
    pub(in crate::cli) check_allow: Vec<Code>,
    /// What is an error to it.
    pub(in crate::cli) check_deny: Vec<Code>,
}

/// A target, and what is otherwise for it.
#[derive(Debug, Clone)]
pub(in crate::cli) struct TargetSettings {
    pub(in crate::cli) target: &'static Target,
    pub(in crate::cli) options: OptionSettings,
}

/// How rules are converted, as far as it is said.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(in crate::cli) struct OptionSettings {
    pub(in crate::cli) case: Option<Case>,
    pub(in crate::cli) allow_narrowing: Option<bool>,
    pub(in crate::cli) strict: Option<bool>,
    pub(in crate::cli) partial: Option<bool>,
    pub(in crate::cli) window: Option<WindowArg>,
}

/// Which rules are taken. What a rule does not say about itself is no reason to leave it out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in crate::cli) struct Select {
    /// One of these, if any are given.
    pub(in crate::cli) status: Vec<Status>,
    /// This one or a higher one.
    pub(in crate::cli) min_level: Option<Level>,
    /// One of these, if any are given.
    pub(in crate::cli) levels: Vec<Level>,
    /// One of the rule's tags is one of these, `*` standing for anything.
    pub(in crate::cli) tags: Vec<String>,
    /// One of these, if any are given.
    pub(in crate::cli) log_sources: Vec<WantedSource>,
    /// Whether those of folders are taken that are deprecated or unsupported, though no status is given.
    pub(in crate::cli) deprecated: bool,
}

const KEYS: &[&str] = &[
    "rules",
    "from",
    "mappings",
    "no-mapping",
    "filters",
    "placeholders",
    "lists",
    "targets",
    "case",
    "allow-narrowing",
    "strict",
    "partial",
    "window",
    "select",
    "output",
    "as",
    "templates",
    "snapshots",
    "check",
];

const SELECT_KEYS: &[&str] = &["status", "min-level", "level", "tags", "logsource", "deprecated"];

const TARGET_KEYS: &[&str] = &["case", "allow-narrowing", "strict", "partial", "window"];

impl Project {
    /// Reads the text of a project file.
    ///
    /// # Errors
    /// All that is wrong with it.
    pub(super) fn read(source: &Source, root: &Path) -> Result<Self, Vec<Diagnostic>> {
        let mut documents = yaml::parse(source);
        if documents.len() > 1 {
            let message = "a project file is one YAML document";
            return Err(vec![Diagnostic::new(Code::InvalidProject, Span::default(), message)]);
        }
        let Some(document) = documents.pop() else {
            return Ok(Self { root: root.to_owned(), ..Self::default() });
        };
        let document = document.map_err(|fault| vec![fault])?;
        let mut reader = Reader::new(source, root);
        reader.faults.extend(document.diagnostics);
        let project = Self::of(&document.root, root, &mut reader);
        reader.faults.sort_by_key(|fault| fault.span);
        if reader.faults.is_empty() { Ok(project) } else { Err(reader.faults) }
    }

    /// Files and folders of the project that hold no rules.
    pub(in crate::cli) fn other_files(&self) -> Vec<PathBuf> {
        let folders =
            self.mappings.iter().chain(&self.placeholder_file).chain(&self.output).chain(&self.templates);
        let lists = self.lists.iter().map(|(_, file)| file);
        let own = [self.root.join(super::FILE_NAME), self.snapshot_folder()];
        folders.chain(lists).cloned().chain(own).collect()
    }

    /// The same project in another folder: a copy of it with its rules and tables, as far as they are there; else just
    /// rules, with the options and tables of this one.
    pub(in crate::cli) fn moved_to(&self, path: &Path) -> Self {
        let there = |file: &PathBuf| {
            let file = path.join(file.strip_prefix(&self.root).ok()?);
            file.exists().then_some(file)
        };
        let rules: Vec<PathBuf> = self.rules.iter().filter_map(there).collect();
        if rules.is_empty() || !path.is_dir() {
            return Self { root: path.to_owned(), rules: vec![path.to_owned()], ..self.clone() };
        }
        let list = |(name, file): &(String, PathBuf)| Some((name.clone(), there(file)?));
        Self {
            root: path.to_owned(),
            rules,
            mappings: self.mappings.iter().filter_map(there).collect(),
            filters: self.filters.iter().filter_map(there).collect(),
            placeholder_file: self.placeholder_file.as_ref().and_then(there),
            lists: self.lists.iter().filter_map(list).collect(),
            ..self.clone()
        }
    }

    /// The filters that are not found among the rules anyway.
    pub(in crate::cli) fn filters_besides(&self, rules: &[PathBuf]) -> Vec<PathBuf> {
        let is_elsewhere = |filter: &&PathBuf| !rules.iter().any(|folder| filter.starts_with(folder));
        self.filters.iter().filter(is_elsewhere).cloned().collect()
    }

    /// Where snapshots are.
    pub(in crate::cli) fn snapshot_folder(&self) -> PathBuf {
        self.snapshots.clone().unwrap_or_else(|| self.root.join("snapshots"))
    }

    fn of(node: &Node<'_>, root: &Path, reader: &mut Reader<'_>) -> Self {
        let keys = reader.keys(node, super::FILE_NAME, KEYS);
        let mut project = Self { root: root.to_owned(), ..Self::default() };
        if let Some(node) = keys.get("rules") {
            project.rules = reader.paths(node, "rules");
        }
        if let Some(text) = keys.get("from").and_then(|node| reader.text(node, "from")) {
            project.from = value_of(reader, &text, "format of rules");
        }
        if let Some(node) = keys.get("mappings") {
            project.mappings = reader.paths(node, "mappings");
        }
        if let Some(node) = keys.get("filters") {
            project.filters = reader.paths(node, "filters");
        }
        if let Some(node) = keys.get("placeholders") {
            placeholders(node, reader, &mut project);
        }
        if let Some(node) = keys.get("lists") {
            project.lists = lists(node, reader);
        }
        project.no_mapping =
            keys.get("no-mapping").and_then(|node| reader.flag(node, "no-mapping")).unwrap_or(false);
        if let Some(node) =
            keys.get("no-mapping").filter(|_| project.no_mapping && !project.mappings.is_empty())
        {
            reader.fault(node.span, "`no-mapping` leaves nothing for `mappings` to do", None);
        }
        project.options = OptionSettings::of(&keys, reader);
        if let Some(node) = keys.get("targets") {
            project.targets = targets(node, reader);
        }
        if let Some(node) = keys.get("select") {
            project.select = Select::of(node, reader);
        }
        project.envelope = keys.get("as").and_then(|node| reader.text(node, "as")).map(|(name, _)| name);
        let templates = keys.get("templates").and_then(|node| reader.text(node, "templates"));
        project.templates = templates.and_then(|text| reader.existing(&text));
        if let Some(node) = keys.get("templates").filter(|_| project.envelope.is_none()) {
            reader.fault(node.span, "`templates` are for `as`, which is missing", None);
        }
        project.output = keys.get("output").and_then(|node| reader.output(node, "output"));
        project.snapshots = keys.get("snapshots").and_then(|node| reader.output(node, "snapshots"));
        if let Some(node) = keys.get("check") {
            let keys = reader.keys(node, "check", &["strict", "allow", "deny"]);
            let mut codes = |key: &str| keys.get(key).map_or_else(Vec::new, |node| reader.codes(node, key));
            (project.check_allow, project.check_deny) = (codes("allow"), codes("deny"));
            project.check_strict =
                keys.get("strict").and_then(|node| reader.flag(node, "strict")).unwrap_or(false);
        }
        project
    }
}

impl OptionSettings {
    fn of(keys: &Keys<'_, '_>, reader: &mut Reader<'_>) -> Self {
        let mut flag = |key: &str| keys.get(key).and_then(|node| reader.flag(node, key));
        let (allow_narrowing, strict, partial) = (flag("allow-narrowing"), flag("strict"), flag("partial"));
        if let Some(node) = keys.get("strict").filter(|_| strict == Some(true)) {
            for (key, value) in [("allow-narrowing", allow_narrowing), ("partial", partial)] {
                if value == Some(true) {
                    reader.fault(node.span, format!("`strict` and `{key}` exclude each other"), None);
                }
            }
        }
        let case = keys.get("case").and_then(|node| reader.text(node, "case"));
        let window = keys.get("window").and_then(|node| reader.text(node, "window"));
        Self {
            case: case.and_then(|text| value_of(reader, &text, "way to treat case")),
            allow_narrowing,
            strict,
            partial,
            window: window.and_then(|text| value_of(reader, &text, "window")),
        }
    }

    /// These where they say something, the others where not. Of the three policies, what is said here about one is
    /// said about all.
    pub(in crate::cli) fn or(self, others: Self) -> Self {
        let says_policy = self.strict == Some(true) || self.allow_narrowing == Some(true);
        let other = |value: Option<bool>| value.filter(|_| !says_policy);
        Self {
            case: self.case.or(others.case),
            window: self.window.or(others.window),
            allow_narrowing: self.allow_narrowing.or(other(others.allow_narrowing)),
            strict: self.strict.or(other(others.strict)),
            partial: self.partial.or(others.partial.filter(|_| self.strict != Some(true))),
        }
    }
}

impl Select {
    fn of(node: &Node<'_>, reader: &mut Reader<'_>) -> Self {
        let keys = reader.keys(node, "select", SELECT_KEYS);
        let mut select = Self::default();
        let statuses = Status::ALL.map(Status::as_str);
        for text in keys.get("status").map(|node| reader.texts(node, "status")).unwrap_or_default() {
            let status = reader.word(&text, "status", &statuses, status);
            select.status.extend(status);
        }
        let levels = Level::ALL.map(Level::as_str);
        if let Some(text) = keys.get("min-level").and_then(|node| reader.text(node, "min-level")) {
            select.min_level = reader.word(&text, "level", &levels, level);
        }
        for text in keys.get("level").map(|node| reader.texts(node, "level")).unwrap_or_default() {
            select.levels.extend(reader.word(&text, "level", &levels, level));
        }
        if let Some(node) = keys.get("logsource") {
            let nodes = node.as_seq().unwrap_or(std::slice::from_ref(node));
            select.log_sources = nodes.iter().map(|node| wanted_source(node, reader)).collect();
        }
        select.deprecated =
            keys.get("deprecated").and_then(|node| reader.flag(node, "deprecated")).unwrap_or(false);
        let tags = keys.get("tags").map(|node| reader.texts(node, "tags")).unwrap_or_default();
        select.tags = tags.into_iter().map(|(tag, _)| tag).collect();
        select
    }
}

fn wanted_source(node: &Node<'_>, reader: &mut Reader<'_>) -> WantedSource {
    let keys = reader.keys(node, "logsource", &["category", "product", "service"]);
    let mut part = |key: &str| {
        keys.get(key).and_then(|node| reader.text(node, key)).map(|(text, _)| text.to_lowercase())
    };
    WantedSource { category: part("category"), product: part("product"), service: part("service") }
}

/// The status of this name.
pub(in crate::cli) fn status(name: &str) -> Option<Status> {
    Status::ALL.into_iter().find(|status| status.as_str() == name)
}

/// The level of this name.
pub(in crate::cli) fn level(name: &str) -> Option<Level> {
    Level::ALL.into_iter().find(|level| level.as_str() == name)
}

/// A value that the command line has a name for.
fn value_of<T: ValueEnum>(reader: &mut Reader<'_>, text: &Spanned, what: &str) -> Option<T> {
    let values = T::value_variants().iter().filter_map(ValueEnum::to_possible_value);
    let names: Vec<String> = values.map(|value| value.get_name().to_owned()).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    reader.word(text, what, &names, |name| T::from_str(name, false).ok())
}

/// A file of placeholders, or names with their values.
fn placeholders(node: &Node<'_>, reader: &mut Reader<'_>, project: &mut Project) {
    let Some(entries) = node.as_map() else {
        project.placeholder_file = reader.text(node, "placeholders").and_then(|text| reader.existing(&text));
        return;
    };
    for (key, value) in entries {
        let Some((name, _)) = reader.text(key, "placeholders") else { continue };
        let values = reader.texts(value, &name).into_iter().map(|(value, _)| value).collect();
        project.placeholders.push((name.trim_matches('%').to_owned(), values));
    }
}

fn lists(node: &Node<'_>, reader: &mut Reader<'_>) -> Vec<(String, PathBuf)> {
    let Some(entries) = node.as_map() else {
        reader.fault(
            node.span,
            format!("`lists` has to be a map of names to files, and is {}", node.type_name()),
            None,
        );
        return Vec::new();
    };
    let mut lists = Vec::new();
    for (key, value) in entries {
        let Some((name, _)) = reader.text(key, "lists") else { continue };
        let file = reader.text(value, &name).and_then(|text| reader.existing(&text));
        lists.extend(file.map(|file| (name.trim_matches('%').to_owned(), file)));
    }
    lists
}

/// Names of targets and groups, each alone or with its options.
fn targets(node: &Node<'_>, reader: &mut Reader<'_>) -> Vec<TargetSettings> {
    let mut found: Vec<TargetSettings> = Vec::new();
    for node in node.as_seq().unwrap_or(std::slice::from_ref(node)) {
        match node.as_map() {
            None => {
                let name = reader.text(node, "targets");
                add_target(name, OptionSettings::default(), reader, &mut found);
            }
            Some(entries) => {
                for (key, value) in entries {
                    let name = reader.text(key, "targets");
                    let what = name.as_ref().map_or("targets", |(name, _)| name);
                    let keys = reader.keys(value, what, TARGET_KEYS);
                    let options = OptionSettings::of(&keys, reader);
                    add_target(name, options, reader, &mut found);
                }
            }
        }
    }
    found
}

fn add_target(
    name: Option<Spanned>,
    options: OptionSettings,
    reader: &mut Reader<'_>,
    found: &mut Vec<TargetSettings>,
) {
    let mut known: Vec<&str> = TARGETS.iter().flat_map(|target| [target.name, target.group]).collect();
    known.dedup();
    let Some(name) = name else { return };
    let Some(selection) = reader.word(&name, "target or group of targets", &known, selection) else { return };
    for target in flatten(&[selection]) {
        if found.iter().any(|known| known.target.name == target.name) {
            reader.fault(name.1, format!("target `{}` is named twice", target.name), None);
        } else {
            found.push(TargetSettings { target, options });
        }
    }
}

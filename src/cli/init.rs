//! `rulec init`: a commented project file, from what a folder holds.

use std::{
    fmt::Write as _,
    fs,
    io::{self, Write as _},
    path::{Path, PathBuf},
};

use indexmap::IndexMap;

use super::{
    args::InitArgs,
    from::{Candidate, RuleFormat},
    input::plain,
    load::{Loaded, Request, load},
    project::FILE_NAME,
    run::{Plan, in_order},
    status::{Failure, Status, say},
};
use crate::{
    Options,
    diag::{Fidelity, Source},
    ir::Rule,
    read::Format,
    sigma::{ReadOptions, Reading},
    target::{TARGETS, Target},
    yaml,
};

/// Folders that hold no rules of the project's own.
const FOREIGN: [&str; 5] = ["target", "node_modules", "venv", "snapshots", "queries"];

pub(super) fn run(args: &InitArgs) -> Result<Status, Failure> {
    let folder = &args.folder;
    let file = plain(&folder.join(FILE_NAME));
    let exists = || Failure::Message(format!("`{}` is there already, and stays as it is", file.display()));
    if file.symlink_metadata().is_ok() {
        return Err(exists());
    }
    let found = Found::look(folder)?;
    let text = found.project_file();
    let written = tempfile::NamedTempFile::new_in(folder).and_then(|mut draft| {
        draft.write_all(text.as_bytes())?;
        readable(draft.path())?;
        draft.persist_noclobber(&file).map_err(|error| error.error)
    });
    match written {
        Ok(_) => {}
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => return Err(exists()),
        Err(error) => return Err(Failure::Message(format!("cannot write `{}`: {error}", file.display()))),
    }
    say(&found.summary(&file));
    Ok(Status::Fine)
}

/// Gives a draft the permissions of any new file.
fn readable(path: &Path) -> io::Result<()> {
    #[cfg(unix)]
    fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(0o644))?;
    let _ = path;
    Ok(())
}

/// What a folder holds.
#[derive(Default)]
struct Found {
    /// Folders of rules below it, each with the number of its rules; `.` for those directly in it.
    rules: IndexMap<String, usize>,
    /// Folders of mapping tables.
    mappings: Vec<String>,
    /// How many rules are Sigma's, and how many Kusto's.
    sigma: usize,
    kusto: usize,
    /// How many rules convert, by target.
    converted: IndexMap<&'static str, usize>,
}

impl Found {
    fn look(folder: &Path) -> Result<Self, Failure> {
        let mut found = Self::default();
        for (name, path) in parts(folder)? {
            found.look_into(name, &path)?;
        }
        // Rules beside folders of rules: all are below the folder itself.
        if found.rules.keys().any(|name| folder.join(name).is_file()) {
            found.rules = IndexMap::from([(".".to_owned(), found.sigma + found.kusto)]);
        }
        Ok(found)
    }

    /// A file or folder of the folder.
    fn look_into(&mut self, name: String, path: &Path) -> Result<(), Failure> {
        let plan = Plan { jobs: None, progress: true };
        let run = load(Request::all(&[path.to_owned()], RuleFormat::Auto), &ReadOptions::default(), plan)?;
        let before = self.sigma + self.kusto;
        in_order(&run.files, plan, convert_all, |rules| {
            for (format, targets) in rules {
                *(if format == Format::Sigma { &mut self.sigma } else { &mut self.kusto }) += 1;
                for target in targets {
                    *self.converted.entry(target).or_default() += 1;
                }
            }
            Ok(())
        })?;
        let rules = self.sigma + self.kusto - before;
        let is_mapping = || run.files.iter().any(|file| is_mapping(&file.source));
        if rules > 0 {
            *self.rules.entry(name).or_default() += rules;
        } else if path.is_dir() && is_mapping() {
            self.mappings.push(name);
        }
        Ok(())
    }

    /// The targets, each with the number of rules that convert for it, and whether it is the best of its group.
    fn targets(&self) -> Vec<(&'static Target, usize, bool)> {
        let count = |target: &Target| self.converted.get(target.name).copied().unwrap_or(0);
        let is_best = |target: &'static Target| {
            let of_group = TARGETS.iter().filter(|other| other.group == target.group);
            // Of equal ones the first.
            let best = of_group.rev().max_by_key(|other| count(other));
            // Rules in Sigma are not converted to Sigma.
            let is_other = target.group != "sigma" || self.kusto > self.sigma;
            is_other && count(target) > 0 && best.is_some_and(|best| best.name == target.name)
        };
        TARGETS.iter().map(|target| (target, count(target), is_best(target))).collect()
    }

    fn project_file(&self) -> String {
        let mut text = String::new();
        let mut line = |line: &str| writeln!(text, "{line}").expect("invariant: a string takes any text");
        line("# What rulec does here when it is not told otherwise. Each key is an option of the same name;");
        line("# an option on the command line wins. Paths start at this folder.");
        line("");
        line("# Files and folders of rules.");
        line("rules:");
        if self.rules.is_empty() {
            line("  # no rule was found yet");
            line("  - .");
        }
        for (folder, count) in &self.rules {
            line(&format!("  - {}  # {}", quoted(folder), counted(*count)));
        }
        line("");
        let from = if self.kusto == 0 && self.sigma > 0 { "sigma" } else { "auto" };
        line("# What the rules are written in: auto, sigma, sentinel, defender, arm, markdown or kql.");
        line(&format!("from: {from}"));
        line("");
        line("# Folders of your own tables, fields and indices, laid over the built-in mapping table.");
        if self.mappings.is_empty() {
            line("# mappings: [mappings]");
        } else {
            line("mappings:");
            self.mappings.iter().for_each(|folder| line(&format!("  - {}", quoted(folder))));
        }
        line("");
        line("# Values for `%name%`, here or in a file of their own; files of lists that rules refer to.");
        line("# placeholders: {admins: [alice, bob]}");
        line("# lists: {vips: lists/vips.csv}");
        line("");
        line("# What queries are made for. The options below may stand under a target too:");
        line("#   - lucene: {case: as-indexed, allow-narrowing: true}");
        self.target_lines(&mut line);
        line("");
        line("# allow-narrowing: true  # accept queries that may miss events, with a note");
        line("# strict: true           # accept exact queries only");
        line("# partial: true          # convert what can be said of a pipeline, with a note");
        line("# case: as-indexed       # Lucene: fields have a lowercase normalizer");
        line("");
        line("# Which rules are taken; one that does not say is.");
        line("# select: {status: [stable, test], min-level: medium, tags: [attack.*]}");
        line("");
        line("# Sigma filters that narrow the rules; those among the rules are found without.");
        line("# filters: [filters]");
        line("");
        line("# Where `rulec convert` writes queries, and `rulec snapshot` those that reviews compare.");
        line("# output: queries");
        line("snapshots: snapshots");
        text
    }

    fn target_lines(&self, line: &mut impl FnMut(&str)) {
        let targets = self.targets();
        if !targets.iter().any(|(.., is_best)| *is_best) {
            let names: Vec<_> = targets.iter().map(|(target, ..)| target.name).collect();
            line(&format!("# targets: [{}]", names.join(", ")));
            return;
        }
        line("targets:");
        let all = self.sigma + self.kusto;
        let width = targets.iter().map(|(target, ..)| target.name.len()).max().unwrap_or(0);
        for (target, count, is_best) in targets {
            let start = if is_best { "  - " } else { "  # - " };
            let width = if is_best { width + 2 } else { width };
            line(&format!("{start}{:width$}  # {count} of {} convert", target.name, counted(all)));
        }
    }

    fn summary(&self, file: &Path) -> String {
        let targets = self.targets();
        let chosen: Vec<_> =
            targets.iter().filter(|(.., is_best)| *is_best).map(|(it, ..)| it.name).collect();
        let rules = counted(self.sigma + self.kusto);
        if chosen.is_empty() {
            return format!(
                "wrote {}: {rules} found; say where they are and what they become\n",
                file.display()
            );
        }
        format!("wrote {}: {rules}, for {}; next: `rulec snapshot`\n", file.display(), chosen.join(", "))
    }
}

/// The files and folders of a folder that may hold rules, in the order of their names; files together as `.`.
fn parts(folder: &Path) -> Result<Vec<(String, PathBuf)>, Failure> {
    let cannot = |error: io::Error| Failure::Message(format!("cannot read `{}`: {error}", folder.display()));
    let mut parts = Vec::new();
    for entry in fs::read_dir(folder).map_err(cannot)? {
        let path = entry.map_err(cannot)?.path();
        // A name that is no text cannot be written into the file.
        let Some(name) = path.file_name().and_then(|name| name.to_str()) else { continue };
        let is_own = !name.starts_with('.') && !FOREIGN.contains(&name);
        if is_own && (path.is_dir() || RuleFormat::Auto.of_file(&path) != Candidate::None) {
            parts.push((name.to_owned(), path));
        }
    }
    parts.sort();
    Ok(parts)
}

/// The rules of a file: their format, and the targets that each converts for.
fn convert_all(file: &Loaded) -> Vec<(Format, Vec<&'static str>)> {
    let targets: Vec<&'static Target> = TARGETS.iter().collect();
    let converted = |rule: &Rule| {
        let conversions = crate::convert(rule, &targets, &Options::default()).into_iter();
        conversions.filter(|it| it.fidelity != Fidelity::Failed).map(|it| it.target.name).collect()
    };
    let work = |readings: &[Reading]| {
        let rules = readings.iter().filter_map(|reading| reading.usable().ok());
        rules.map(|rule| (RuleFormat::Auto.format(&file.source), converted(rule))).collect()
    };
    file.work(work).unwrap_or_default()
}

/// Whether a text looks like a file of the mapping table.
fn is_mapping(source: &Source) -> bool {
    let documents = yaml::parse(source);
    let Some(Ok(document)) = documents.first() else { return false };
    ["fields", "schemas", "columns", "tables"].iter().any(|key| document.root.get(key).is_some())
}

fn counted(rules: usize) -> String {
    format!("{rules} rule{}", if rules == 1 { "" } else { "s" })
}

/// A name as YAML reads it, whatever is in it.
fn quoted(name: &str) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || matches!(c, '_' | '/' | '.' | '-');
    let starts_plain = name.starts_with(|c: char| c.is_alphabetic() || c == '.');
    if starts_plain && name.chars().all(is_plain) {
        return name.to_owned();
    }
    serde_json::Value::from(name).to_string()
}

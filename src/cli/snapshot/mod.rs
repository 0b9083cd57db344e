//! `rulec snapshot`: the queries of a project as files, kept beside the rules, so that a review shows what a change of a
//! rule, of a mapping table or of rulec does to them.

mod change;
mod manifest;
mod report;

use std::{
    collections::{BTreeSet, HashMap, HashSet},
    fs, io,
    path::{Path, PathBuf},
    time::Instant,
};

use walkdir::WalkDir;

use super::{
    args::{SnapshotArgs, SnapshotFormat},
    filtered::Filters,
    load::{Loaded, load},
    mappings,
    output::Folder,
    placeholders::read_options,
    project::Goals,
    run::{Plan, in_order},
    status::{Failure, Status, say, stderr_terminal},
    taken::{Taken, Taker, hash},
};
use crate::{
    diag::Code,
    mapping::{Input, Inputs},
    sigma::ReadOptions,
    target::TARGETS,
};
use change::{Cause, Change, Comparison};
use manifest::{Manifest, RuleRecord, Unusable};
use report::Report;

pub(super) fn run(args: &SnapshotArgs) -> Result<Status, Failure> {
    let started = Instant::now();
    let terminal = stderr_terminal();
    let table = mappings::table(&args.options.mapping.mappings)?;
    let mapping = (!args.options.no_mapping).then_some(&*table);
    let goals = Goals::new(&args.asked.goals, mapping);
    let read_options =
        ReadOptions { partial: goals.has_partial(), ..read_options(&args.options.placeholders, &terminal)? };
    let plan = Plan { jobs: args.jobs.jobs, progress: !args.quiet };
    let run = load(&args.input, &read_options, plan)?;
    if run.is_empty() || tell_unreadable(&run.files) {
        return Ok(Status::Trouble);
    }
    let folder = args.asked.snapshots.as_path();
    let kept = kept(folder, args)?;
    let mut now = settings(&goals, &read_options);
    let inputs = mapping.map(Inputs::new);
    let filters = Filters::of(&run.files);
    let taker = Taker { root: &args.asked.root, goals: &goals, filters: &filters, with_meanings: false };
    let comparison = Comparison { folder, kept: &kept, now: &now, inputs: inputs.as_ref() };
    let mut found = Found::default();
    in_order(
        &run.files,
        plan,
        |file| -> io::Result<Vec<Compared<'_>>> {
            let taken = taker.take(file).into_iter();
            taken.map(|taken| Compared::of(taken, &comparison, !args.check)).collect()
        },
        |compared| {
            compared.map_err(|error| unreadable(folder, &error))?.into_iter().try_for_each(|it| found.add(it))
        },
    )?;
    let parts = run.files.iter().flat_map(|file| taker.parts(file)).collect();
    found.add_gone(&comparison, &parts).map_err(|error| unreadable(folder, &error))?;
    found.orphans = orphans(folder, &found.files).map_err(|error| unreadable(folder, &error))?;

    let report = Report { found: &found, folder, is_check: args.check };
    let is_accepted = args.update || !args.check && report.adds_only();
    if !is_accepted || args.format != SnapshotFormat::Text {
        report.write(args.format)?;
    }
    if is_accepted {
        found.keep_in(&mut now);
        write(folder, &found, &now).map_err(|error| {
            Failure::Message(format!("cannot write the snapshot `{}`: {error}", folder.display()))
        })?;
    }
    let report = Report { found: &found, folder, is_check: args.check };
    if !args.quiet {
        say(&report.summary(is_accepted, &run.without_query(), started.elapsed().as_secs_f64()));
    }
    Ok(if is_accepted || report.is_same() { Status::Fine } else { Status::Findings })
}

/// A snapshot lacks nothing: a file that cannot be read ends the run.
fn tell_unreadable(files: &[Loaded]) -> bool {
    let terminal = stderr_terminal();
    let mut is_any = false;
    for file in files {
        if let Err(problem) = &file.readings
            && problem.code == Code::Unreadable
            && problem.is_error()
        {
            say(&terminal.diagnostic(problem, &file.source, None));
            is_any = true;
        }
    }
    is_any
}

fn unreadable(folder: &Path, error: &io::Error) -> Failure {
    Failure::Message(format!("cannot read the snapshot `{}`: {error}", folder.display()))
}

/// The manifest of the snapshot. None is needed to write one.
fn kept(folder: &Path, args: &SnapshotArgs) -> Result<Manifest, Failure> {
    match Manifest::read(folder) {
        Ok(manifest) => Ok(manifest),
        Err(Unusable::Missing) if !args.check => Ok(Manifest::default()),
        Err(Unusable::Missing) => Err(Failure::Message(format!(
            "there is no snapshot in `{}`; `rulec snapshot` writes one",
            folder.display()
        ))),
        Err(Unusable::Faulty(why)) if args.update => {
            say(&format!("warning: the manifest of `{}` is written anew: {why}\n", folder.display()));
            Ok(Manifest::default())
        }
        Err(Unusable::Faulty(why)) => Err(Failure::Message(format!(
            "cannot read `{}`: {why}; `rulec snapshot --update` writes it anew",
            folder.join(manifest::NAME).display()
        ))),
    }
}

/// What a manifest says of everything but rules.
fn settings(goals: &Goals<'_>, options: &ReadOptions) -> Manifest {
    let placeholders =
        options.placeholders.iter().map(|(name, values)| (name.clone(), hash(&values.join("\n"))));
    let lists = options.lists.iter().map(|(name, list)| (name.clone(), hash(&format!("{list:?}"))));
    Manifest {
        rulec: env!("CARGO_PKG_VERSION").to_owned(),
        options: goals.described(),
        values: placeholders.chain(lists).collect(),
        ..Manifest::default()
    }
}

/// A rule, how its conversions differ from the snapshot's, and what is kept of it if it is written.
struct Compared<'f> {
    taken: Taken<'f>,
    changes: Vec<Change<'f>>,
    keep: Option<(RuleRecord, Vec<Input>)>,
}

impl<'f> Compared<'f> {
    fn of(taken: Taken<'f>, comparison: &Comparison<'_>, is_kept: bool) -> io::Result<Self> {
        let changes = comparison.changes(&taken)?;
        let keep = is_kept.then(|| {
            let targets = taken.outcomes.iter().map(|outcome| outcome.target);
            let inputs = targets.flat_map(|target| taken.inputs(target, comparison.inputs));
            (RuleRecord::of(&taken), inputs.collect())
        });
        Ok(Self { taken, changes, keep })
    }
}

/// What a run has found.
#[derive(Default)]
struct Found<'f> {
    rules: BTreeSet<String>,
    changes: Vec<Change<'f>>,
    /// The queries that belong into the snapshot, by their files in lower case: systems may not tell case apart.
    files: HashSet<String>,
    queries: Vec<(PathBuf, String)>,
    records: Vec<(String, RuleRecord)>,
    inputs: Vec<Input>,
    /// Files of the snapshot that belong to no query.
    orphans: Vec<PathBuf>,
}

impl<'f> Found<'f> {
    fn add(&mut self, Compared { taken, changes, keep }: Compared<'f>) -> Result<(), Failure> {
        let twice =
            |what: &str| Failure::Message(format!("two rules have the same place in the snapshot: `{what}`"));
        if !self.rules.insert(taken.key.clone()) {
            return Err(twice(&taken.key));
        }
        for outcome in taken.outcomes {
            let Some(query) = outcome.query else { continue };
            if !self.files.insert(lower(&outcome.file)) {
                return Err(twice(&outcome.file.display().to_string()));
            }
            self.queries.push((outcome.file, query));
        }
        self.changes.extend(changes);
        if let Some((record, inputs)) = keep {
            self.records.push((taken.key, record));
            self.inputs.extend(inputs);
        }
        Ok(())
    }

    /// The rules of the snapshot that are no more, or only parts of correlations.
    fn add_gone(&mut self, comparison: &Comparison<'_>, parts: &HashMap<String, &str>) -> io::Result<()> {
        for key in comparison.kept.rules.keys().filter(|key| !self.rules.contains(*key)) {
            let cause = match parts.get(key) {
                Some(whole) => Cause::RuleIsPart((*whole).to_owned()),
                None => Cause::RuleWent,
            };
            self.changes.extend(comparison.went(key, &cause)?);
        }
        Ok(())
    }

    fn keep_in(&mut self, manifest: &mut Manifest) {
        manifest.rules.extend(std::mem::take(&mut self.records));
        manifest.add_inputs(&self.inputs);
    }
}

fn lower(path: &Path) -> String {
    path.to_string_lossy().replace('\\', "/").to_lowercase()
}

/// The files in the targets' folders of a snapshot that are none of these. Whatever else is there is not the snapshot's.
fn orphans(folder: &Path, files: &HashSet<String>) -> io::Result<Vec<PathBuf>> {
    let mut orphans = Vec::new();
    for target in TARGETS {
        let root = folder.join(target.name);
        if !root.is_dir() {
            continue;
        }
        for entry in WalkDir::new(root).sort_by_file_name() {
            let entry = entry?;
            let is_query = entry.path().extension().is_some_and(|extension| extension == target.extension);
            let relative = entry.path().strip_prefix(folder).unwrap_or(entry.path());
            if is_query && !entry.file_type().is_dir() && !files.contains(&lower(relative)) {
                orphans.push(relative.to_owned());
            }
        }
    }
    Ok(orphans)
}

/// Writes the queries that differ and removes what belongs to none; the manifest comes last.
fn write(folder: &Path, found: &Found<'_>, manifest: &Manifest) -> io::Result<()> {
    let changed: HashSet<&str> = found
        .changes
        .iter()
        .filter(|change| change.old.query != change.new.query)
        .map(|change| change.file.as_str())
        .collect();
    let mut output = Folder::create(folder)?;
    for (file, query) in &found.queries {
        let name = change::with_slashes(file);
        if changed.contains(name.as_str()) {
            output.write(file, query)?;
        }
    }
    for orphan in &found.orphans {
        fs::remove_file(folder.join(orphan))?;
        let above = orphan.ancestors().skip(1).filter(|path| !path.as_os_str().is_empty());
        // A folder that still holds something stays.
        above.map(|path| fs::remove_dir(folder.join(path))).take_while(Result::is_ok).for_each(drop);
    }
    output.write(Path::new(manifest::NAME), &manifest.to_json())
}

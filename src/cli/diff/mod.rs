//! `rulec diff`: whether the meaning of rules and of their queries changed between two folders or revisions.

mod compare;
mod report;
mod revision;

use std::{collections::BTreeMap, path::Path, time::Instant};

use super::{
    args::{DiffArgs, OptionArgs},
    filtered::Filters,
    input::plain,
    load::{Request, load},
    mappings,
    placeholders::read_options,
    project::{self, Goals, Project, complete_tables},
    run::{Plan, in_order},
    status::{Failure, Status, say, stderr_terminal},
    taken::Taker,
};
use crate::sigma::ReadOptions;
use compare::{Item, compare};
use report::Report;
use revision::Revision;

pub(super) fn run(args: &DiffArgs) -> Result<Status, Failure> {
    let started = Instant::now();
    let base = project::find(&args.project)?.unwrap_or_default();
    let old = Side::new(&args.old, &base)?;
    let new = Side::new(&args.new, &base)?;
    let (old, new) = (old.read(args)?, new.read(args)?);
    if old.is_empty() && new.is_empty() {
        return Err(Failure::Message("neither side has a rule".to_owned()));
    }
    let changes = compare(old, new);
    let report = Report { changes: &changes, old: &args.old, new: &args.new };
    report.write(args.format)?;
    if !args.quiet {
        say(&report.summary(started.elapsed().as_secs_f64()));
    }
    Ok(if report.has_other_meanings() { Status::Findings } else { Status::Fine })
}

/// One of the two states that are compared.
struct Side {
    project: Project,
    /// Keeps a revision's files as long as they are needed.
    _revision: Option<Revision>,
}

impl Side {
    /// A file or folder of this name, if there is one; else a revision.
    fn new(name: &str, base: &Project) -> Result<Self, Failure> {
        let path = Path::new(name);
        if path.exists() {
            let own = path.join(project::FILE_NAME);
            let project = if own.is_file() { project::read(&own)? } else { base.moved_to(path) };
            return Ok(Self { project, _revision: None });
        }
        let revision = Revision::read(name, &base.root)?;
        let own = revision.folder().join(project::FILE_NAME);
        let project = if own.is_file() { project::read(&own)? } else { base.moved_to(revision.folder()) };
        Ok(Self { project, _revision: Some(revision) })
    }

    /// Its rules and their queries, by their files as seen from its folder.
    fn read(&self, args: &DiffArgs) -> Result<BTreeMap<String, Item>, Failure> {
        let Project { rules, from, .. } = &self.project;
        let asked = args.said.with(&self.project);
        let mut options: OptionArgs = args.options.clone();
        complete_tables(&mut options, &self.project);
        let table = mappings::table(&options.mapping.mappings)?;
        let goals = Goals::new(&asked.goals, (!options.no_mapping).then_some(&*table));
        let read_options = ReadOptions {
            partial: goals.has_partial(),
            ..read_options(&options.placeholders, &stderr_terminal())?
        };
        let plan = Plan { jobs: args.jobs.jobs, progress: !args.quiet };
        let from = args.said.from.or(*from).unwrap_or_default();
        let except = self.project.other_files();
        let select = args.said.select.or(&self.project.select);
        let filters = self.project.filters_besides(rules);
        let request = Request {
            except: &except,
            filters: &filters,
            select: Some(&select),
            ..Request::all(rules, from)
        };
        let run = load(request, &read_options, plan)?;
        let root = plain(&self.project.root);
        let filters = Filters::of(&run.files);
        let taker = Taker { root: &root, goals: &goals, filters: &filters, with_meanings: true };
        let mut items = BTreeMap::new();
        in_order(
            &run.files,
            plan,
            |file| taker.take(file).into_iter().map(Item::of).collect::<Vec<_>>(),
            |taken| {
                items.extend(taken.into_iter().map(|item| (item.key.clone(), item)));
                Ok(())
            },
        )?;
        Ok(items)
    }
}

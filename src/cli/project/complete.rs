//! What the command line leaves open, the project file says.

use std::path::PathBuf;

use clap::{
    ArgMatches, CommandFactory,
    error::{ContextKind, ContextValue, ErrorKind},
    parser::ValueSource,
};

use super::{OptionSettings, Project, TargetSettings, find};
use crate::cli::{
    args::{
        CatalogArgs, Cli, Command, IndicatorsArgs, InputArgs, MappingArgs, OptionArgs, PlaceholderArgs,
        ProjectArgs, SelectArgs, ToArgs,
    },
    from::RuleFormat,
    status::Failure,
};
use crate::target::Target;

const PATHS: &str = "<PATH>...";
const TO: &str = "--to <TARGET>";

/// What the arguments and the project ask for together.
#[derive(Debug, Clone, Default)]
pub(in crate::cli) struct Asked {
    /// Targets, each with its options.
    pub(in crate::cli) goals: Vec<TargetSettings>,
    /// The folder of the project.
    pub(in crate::cli) root: PathBuf,
    /// The folder of its snapshot.
    pub(in crate::cli) snapshots: PathBuf,
}

/// What the command line says of targets, options and rules, not by a default.
#[derive(Debug, Clone, Default)]
pub(in crate::cli) struct Said {
    /// Nothing where no targets were named.
    targets: Option<Vec<&'static Target>>,
    options: OptionSettings,
    /// Which rules are taken.
    pub(in crate::cli) select: SelectArgs,
    /// What the rules are written in.
    pub(in crate::cli) from: Option<RuleFormat>,
}

/// Fills in what a command's arguments leave open.
///
/// # Errors
/// A faulty project file, and arguments that neither the user nor a project gives.
pub(in crate::cli) fn complete(command: &mut Command, matches: &ArgMatches) -> Result<(), Failure> {
    let Some((name, matches)) = matches.subcommand() else { return Ok(()) };
    let given = Given(matches);
    let missing = match command {
        Command::Convert(args) => {
            let project = find(&args.project)?.unwrap_or_default();
            // Rules or targets of the user's own choice are for looking at, not for the output folder.
            if args.input.paths.is_empty() && !given.has("to") && args.output.is_none() {
                args.output.clone_from(&project.output);
                if args.wrap.envelope.is_none() {
                    args.wrap.envelope.clone_from(&project.envelope);
                    args.wrap.templates.clone_from(&project.templates);
                }
            }
            args.asked = asked(&args.to, &args.options, given, &project);
            complete_options(&mut args.options, given, &project);
            vec![missing_target(&args.asked), complete_input(&mut args.input, given, &project)]
        }
        Command::Snapshot(args) => {
            let project = find(&args.project)?.unwrap_or_default();
            args.asked = asked(&args.to, &args.options, given, &project);
            if let Some(folder) = args.snapshots.take() {
                args.asked.snapshots = folder;
            }
            complete_options(&mut args.options, given, &project);
            let missing = vec![missing_target(&args.asked), complete_input(&mut args.input, given, &project)];
            args.input.except.push(args.asked.snapshots.clone());
            missing
        }
        Command::Diff(args) => {
            let from = given.value("from", args.from.from);
            args.said =
                Said { select: args.select.clone(), from, ..Said::new(&args.to, &args.options, given) };
            return Ok(());
        }
        Command::Check(args) => {
            let project = find(&args.project)?.unwrap_or_default();
            if args.explain.is_some() {
                return Ok(());
            }
            let mappings = std::mem::take(&mut args.mapping.mappings);
            args.mapping.mappings = project.mappings.iter().cloned().chain(mappings).collect();
            complete_placeholders(&mut args.placeholders, &project);
            args.strict |= project.check_strict && !args.quiet;
            args.allow.extend(&project.check_allow);
            args.deny.extend(&project.check_deny);
            vec![complete_input(&mut args.input, given, &project)]
        }
        Command::Test(args) => {
            let project = find(&args.project)?.unwrap_or_default();
            complete_mappings(&mut args.mapping, &project);
            complete_placeholders(&mut args.placeholders, &project);
            vec![complete_input(&mut args.input, given, &project)]
        }
        Command::Witness(args) => {
            let project = find(&args.project)?.unwrap_or_default();
            complete_options(&mut args.options, given, &project);
            vec![complete_input(&mut args.input, given, &project)]
        }
        Command::Explain(args) => {
            let project = find(&args.project)?.unwrap_or_default();
            let asked = asked(&args.to, &args.options, given, &project);
            complete_options(&mut args.options, given, &project);
            let missing = missing_target(&asked);
            args.goals = asked.goals;
            vec![missing]
        }
        Command::Indicators(args) => {
            let IndicatorsArgs { input, mapping, placeholders, .. } = &mut **args;
            vec![complete_collection(input, mapping, placeholders, given)?]
        }
        Command::Catalog(args) => {
            let CatalogArgs { input, mapping, placeholders, .. } = &mut **args;
            vec![complete_collection(input, mapping, placeholders, given)?]
        }
        _ => return Ok(()),
    };
    match missing.into_iter().flatten().collect::<Vec<&str>>() {
        missing if missing.is_empty() => Ok(()),
        missing => Err(refusal(name, &missing)),
    }
}

/// Fills in what a command that shows all rules together needs; of old ones too, unless their user says otherwise.
fn complete_collection(
    input: &mut InputArgs,
    mapping: &mut MappingArgs,
    placeholders: &mut PlaceholderArgs,
    given: Given<'_>,
) -> Result<Option<&'static str>, Failure> {
    let project = find(&ProjectArgs::default())?.unwrap_or_default();
    complete_mappings(mapping, &project);
    complete_placeholders(placeholders, &project);
    let missing = complete_input(input, given, &project);
    input.selected.deprecated = true;
    Ok(missing)
}

/// What was said on the command line, not by a default.
#[derive(Clone, Copy)]
struct Given<'m>(&'m ArgMatches);

impl Given<'_> {
    fn has(self, id: &str) -> bool {
        // Asking for an argument that a command does not have is a panic.
        let is_known = self.0.try_contains_id(id).unwrap_or(false);
        is_known && self.0.value_source(id) == Some(ValueSource::CommandLine)
    }

    fn value<T>(self, id: &str, value: T) -> Option<T> {
        self.has(id).then_some(value)
    }
}

impl Said {
    fn new(to: &ToArgs, options: &OptionArgs, given: Given<'_>) -> Self {
        Self {
            targets: given.has("to").then(|| to.targets()),
            options: OptionSettings {
                case: given.value("case", options.case),
                allow_narrowing: given.value("allow_narrowing", options.allow_narrowing),
                strict: given.value("strict", options.strict),
                partial: given.value("partial", options.partial),
                window: given.value("window", options.window),
            },
            select: SelectArgs::default(),
            from: None,
        }
    }

    /// The targets of the command line or else of the project, with the options of the command line, else those that
    /// the project has for the target, else those that it has for all.
    pub(in crate::cli) fn with(&self, project: &Project) -> Asked {
        let of_project = |name: &str| project.targets.iter().find(|known| known.target.name == name);
        let settings = |target: &&'static Target| {
            let none = TargetSettings { target, options: OptionSettings::default() };
            of_project(target.name).cloned().unwrap_or(none)
        };
        let targets = match &self.targets {
            Some(targets) => targets.iter().map(settings).collect(),
            None => project.targets.clone(),
        };
        let with_options = |it: TargetSettings| {
            let options = self.options.or(it.options.or(project.options));
            TargetSettings { options, ..it }
        };
        Asked {
            goals: targets.into_iter().map(with_options).collect(),
            root: project.root.clone(),
            snapshots: project.snapshot_folder(),
        }
    }
}

fn asked(to: &ToArgs, options: &OptionArgs, given: Given<'_>, project: &Project) -> Asked {
    Said::new(to, options, given).with(project)
}

fn missing_target(asked: &Asked) -> Option<&'static str> {
    asked.goals.is_empty().then_some(TO)
}

/// Fills in paths and what is read there; tells if there are none.
fn complete_input(args: &mut InputArgs, given: Given<'_>, project: &Project) -> Option<&'static str> {
    if let Some(from) = project.from.filter(|_| !given.has("from")) {
        args.from.from = from;
    }
    if args.paths.is_empty() {
        args.paths.clone_from(&project.rules);
        args.except = project.other_files();
    }
    let filters = project.filters_besides(&args.paths);
    args.filters.filters.splice(0..0, filters);
    args.selected = args.select.or(&project.select);
    args.paths.is_empty().then_some(PATHS)
}

fn complete_options(args: &mut OptionArgs, given: Given<'_>, project: &Project) {
    if !args.no_mapping && !given.has("case") {
        args.case = project.options.case.unwrap_or(args.case);
    }
    if !given.has("window") {
        args.window = project.options.window.unwrap_or(args.window);
    }
    complete_tables(args, project);
}

/// Fills in mapping tables, placeholders and lists.
pub(in crate::cli) fn complete_tables(args: &mut OptionArgs, project: &Project) {
    complete_placeholders(&mut args.placeholders, project);
    if args.no_mapping {
        return;
    }
    args.no_mapping = project.no_mapping && args.mapping.mappings.is_empty();
    complete_mappings(&mut args.mapping, project);
}

/// The command line's folders come last: the last one wins.
fn complete_mappings(args: &mut MappingArgs, project: &Project) {
    let said = std::mem::take(&mut args.mappings);
    args.mappings = project.mappings.iter().cloned().chain(said).collect();
}

/// Values of one name are those of the command line, where it has any.
fn complete_placeholders(args: &mut PlaceholderArgs, project: &Project) {
    if args.placeholders.is_none() {
        args.placeholders.clone_from(&project.placeholder_file);
    }
    let is_said = |name: &String| args.placeholder.iter().any(|(said, _)| said == name);
    let others: Vec<_> = project.placeholders.iter().filter(|(name, _)| !is_said(name)).cloned().collect();
    args.placeholder.extend(others);
    // The last file of a name counts.
    args.list.splice(0..0, project.lists.iter().cloned());
}

/// The refusal that clap has for arguments which are always needed.
fn refusal(name: &str, missing: &[&str]) -> Failure {
    let mut command = Cli::command();
    command.build();
    let mut error = clap::Error::new(ErrorKind::MissingRequiredArgument);
    if let Some(command) = command.find_subcommand_mut(name) {
        error = error.with_cmd(command);
        error.insert(ContextKind::Usage, ContextValue::StyledStr(command.render_usage()));
    }
    let missing = missing.iter().map(|&it| it.to_owned()).collect();
    error.insert(ContextKind::InvalidArg, ContextValue::Strings(missing));
    let _ = error.print();
    Failure::Reported
}

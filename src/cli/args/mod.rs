//! The arguments of every command.

mod catalog;
mod check;
mod events;
mod indicators;
mod options;
mod placeholders;
mod project;
mod select;
mod wrap;

use std::{num::NonZeroUsize, path::PathBuf};

use clap::{
    Args, Parser, Subcommand, ValueEnum,
    builder::{PossibleValue, PossibleValuesParser, TypedValueParser},
};

pub(in crate::cli) use catalog::{CatalogArgs, CatalogFormat};
pub(in crate::cli) use check::{CheckArgs, CheckFormat};
pub(in crate::cli) use events::{TestArgs, TestFormat, WitnessArgs};
pub(in crate::cli) use indicators::{IndicatorFormat, IndicatorsArgs};
pub(in crate::cli) use options::WindowArg;
pub(in crate::cli) use placeholders::{PlaceholderArgs, PlaceholdersAs};
pub(in crate::cli) use project::{DiffArgs, DiffFormat, InitArgs, ProjectArgs, SnapshotArgs, SnapshotFormat};
pub(in crate::cli) use select::{FilterArgs, SelectArgs, WantedSource};
pub(in crate::cli) use wrap::WrapArgs;

use super::{
    from::RuleFormat,
    project::{Asked, Select, TargetSettings},
};
use crate::target::{self, TARGETS, Target};

/// Compile detection rules: Sigma in; Kusto, SPL, Lucene, EQL and ES|QL out, exact or with a reason.
#[derive(Debug, Parser)]
#[command(
    name = "rulec",
    version,
    about,
    max_term_width = 100,
    arg_required_else_help = true,
    subcommand_required = true,
    disable_help_subcommand = true,
    after_help = "\
Examples:
  rulec convert rule.yml --to splunk            one rule, the bare query on stdout
  rulec convert rules --to kql,spl,elastic      a folder, every target
  rulec check rules                             is every rule sound?
  rulec targets                                 what can each target say?
  rulec fields process_creation                 what is every field called elsewhere?
  rulec fmt --check queries                     are Kusto queries laid out as rulec does it?
  rulec test rules                              do rules find the events that they should?
  rulec witness rule.yml --to splunk            which events should the query find?
  rulec init                                    a project file, so that all of this needs no arguments
  rulec indicators rules                        what do rules look for, across vendors?
  rulec catalog rules --output site             the same as a site: events, rules, fields, ATT&CK
  rulec snapshot --check                        are all queries as they were reviewed?
  rulec diff main HEAD                          which rules find other events?

Exit codes: 0 fine, 1 a rule failed or has findings, 2 wrong usage or unreadable files."
)]
pub(in crate::cli) struct Cli {
    #[command(subcommand)]
    pub(in crate::cli) command: Command,
}

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum Command {
    Convert(Box<ConvertArgs>),
    Check(Box<CheckArgs>),
    Explain(Box<ExplainArgs>),
    Targets(TargetsArgs),
    Fields(FieldsArgs),
    Fmt(FmtArgs),
    Indicators(Box<IndicatorsArgs>),
    Catalog(Box<CatalogArgs>),
    Witness(Box<WitnessArgs>),
    Test(Box<TestArgs>),
    Init(InitArgs),
    Snapshot(Box<SnapshotArgs>),
    Diff(Box<DiffArgs>),
    Completions(CompletionsArgs),
    Man(ManArgs),
}

/// Convert rules to queries.
///
/// Each rule converts for each target as exact, approximate (with notes that say what differs), or not at all
/// (with a reason). One rule's failure never stops the others.
///
/// A single rule for a single target writes the bare query to standard output, and its notes to standard error.
/// Otherwise each query follows a header of `#` lines that name the rule, its file, the target and the notes.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  rulec convert rule.yml --to splunk | pbcopy
  rulec convert rules --to kql,spl,elastic --output queries
      writes queries/defender/windows/whoami.kql for rules/windows/whoami.yml, and so on
  rulec convert rules --to esql --format json | jq '.[] | select(.fidelity == \"failed\")'
  rulec convert rules --to sentinel --as analytic-rule --output deploy
  rulec convert - --to eql --no-mapping < rule.yml
  rulec convert rule.yml --to defender --placeholder admins=alice,bob
  rulec convert rules --to splunk --filters tuning       narrowed by the Sigma filters of a folder
  rulec convert rules --to kql --status stable,test --min-level high --tag attack.t1059*")]
pub(in crate::cli) struct ConvertArgs {
    #[command(flatten)]
    pub(in crate::cli) input: InputArgs,

    #[command(flatten)]
    pub(in crate::cli) to: ToArgs,

    /// The form of the results on standard output.
    #[arg(long, value_enum, default_value_t = Format::Text, value_name = "FORMAT")]
    pub(in crate::cli) format: Format,

    /// Write each query to DIR/TARGET/PATH.EXT, PATH as below the folder given; a file of several rules gets
    /// -1, -2, … Existing files are replaced. With `--format json` the records still go to standard output.
    #[arg(long, short, value_name = "DIR")]
    pub(in crate::cli) output: Option<PathBuf>,

    #[command(flatten)]
    pub(in crate::cli) wrap: WrapArgs,

    #[command(flatten)]
    pub(in crate::cli) options: OptionArgs,

    #[command(flatten)]
    pub(in crate::cli) project: ProjectArgs,

    #[arg(skip)]
    pub(in crate::cli) asked: Asked,

    #[command(flatten)]
    pub(in crate::cli) jobs: JobArgs,

    /// No warnings, notes, progress or summary on standard error. Errors stay, unless the records of
    /// `--format json` tell them.
    #[arg(long, short)]
    pub(in crate::cli) quiet: bool,
}

/// Show what each step of a conversion does to the rules of a file.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  rulec explain rule.yml --to defender
  rulec explain rule.yml --to elastic --no-mapping")]
pub(in crate::cli) struct ExplainArgs {
    /// The file, or `-` for standard input.
    #[arg(value_name = "FILE")]
    pub(in crate::cli) file: PathBuf,

    #[command(flatten)]
    pub(in crate::cli) from: FromArgs,

    #[command(flatten)]
    pub(in crate::cli) filters: FilterArgs,

    #[command(flatten)]
    pub(in crate::cli) select: SelectArgs,

    #[command(flatten)]
    pub(in crate::cli) to: ToArgs,

    #[command(flatten)]
    pub(in crate::cli) options: OptionArgs,

    #[command(flatten)]
    pub(in crate::cli) project: ProjectArgs,

    #[arg(skip)]
    pub(in crate::cli) goals: Vec<TargetSettings>,
}

/// List the targets, and what each can and cannot say.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  rulec targets                 all of them, side by side
  rulec targets lucene          one in detail
  rulec targets --format json")]
pub(in crate::cli) struct TargetsArgs {
    /// Only these, in detail: names or groups.
    #[arg(value_name = "TARGET", value_parser = target_parser())]
    pub(in crate::cli) targets: Vec<Selection>,

    /// The form of the list.
    #[arg(long, value_enum, default_value_t = Format::Text, value_name = "FORMAT")]
    pub(in crate::cli) format: Format,
}

/// Lay out Kusto queries.
///
/// The layout is always the same: an operator a line, long lists an item a line, comments where they were. What a query
/// means stays as it is. One with a syntax error is left alone.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  rulec fmt query.kql                 the query on standard output
  pbpaste | rulec fmt | pbcopy
  rulec fmt --write queries           every query of a folder in place
  rulec fmt --check queries           for pipelines: a diff, and 1 where one would change")]
pub(in crate::cli) struct FmtArgs {
    /// Query files, folders of `.kql`, `.csl` and `.kusto` files, or `-` for standard input.
    #[arg(default_value = "-", value_name = "PATH")]
    pub(in crate::cli) paths: Vec<PathBuf>,

    /// Replace the files that change.
    #[arg(long, short, conflicts_with = "check")]
    pub(in crate::cli) write: bool,

    /// Change nothing; show what would change, and exit with 1 if anything does.
    #[arg(long)]
    pub(in crate::cli) check: bool,

    /// The form of the results on standard output.
    #[arg(long, value_enum, default_value_t = Format::Text, value_name = "FORMAT")]
    pub(in crate::cli) format: Format,

    #[command(flatten)]
    pub(in crate::cli) jobs: JobArgs,

    /// No progress or summary.
    #[arg(long, short)]
    pub(in crate::cli) quiet: bool,
}

/// Print a completion script for a shell.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  rulec completions bash > ~/.local/share/bash-completion/completions/rulec
  rulec completions fish > ~/.config/fish/completions/rulec.fish")]
pub(in crate::cli) struct CompletionsArgs {
    /// The shell.
    #[arg(value_enum, value_name = "SHELL")]
    pub(in crate::cli) shell: clap_complete::Shell,
}

/// Print a manual page, or write all of them.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  rulec man convert | man -l -
  rulec man --output ~/.local/share/man/man1")]
pub(in crate::cli) struct ManArgs {
    /// The command; by default rulec itself.
    #[arg(value_name = "COMMAND", conflicts_with = "output")]
    pub(in crate::cli) command: Option<String>,

    /// Write a page for rulec and one for each command, `rulec-COMMAND.1`.
    #[arg(long, short, value_name = "DIR")]
    pub(in crate::cli) output: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct InputArgs {
    /// Rule files, folders, or `-` for standard input; by default those of the project. Of folders, `.yml` and `.yaml`
    /// files are read, and Kusto rules in files of other names.
    #[arg(value_name = "PATH")]
    pub(in crate::cli) paths: Vec<PathBuf>,

    /// What is left out of the project's folders: what is no rule.
    #[arg(skip)]
    pub(in crate::cli) except: Vec<PathBuf>,

    #[command(flatten)]
    pub(in crate::cli) from: FromArgs,

    #[command(flatten)]
    pub(in crate::cli) filters: FilterArgs,

    #[command(flatten)]
    pub(in crate::cli) select: SelectArgs,

    /// What these and the project ask of rules.
    #[arg(skip)]
    pub(in crate::cli) selected: Select,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct FromArgs {
    /// What the rules are written in.
    #[arg(long, value_enum, default_value_t = RuleFormat::Auto, value_name = "FORMAT")]
    pub(in crate::cli) from: RuleFormat,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct JobArgs {
    /// How many files are worked on at once; by default as many as there are processors.
    #[arg(long, short, value_name = "N")]
    pub(in crate::cli) jobs: Option<NonZeroUsize>,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct ToArgs {
    /// Targets by name or group, separated by commas; by default those of the project.
    #[arg(long, short, value_name = "TARGET", value_delimiter = ',', value_parser = target_parser())]
    to: Vec<Selection>,
}

impl ToArgs {
    /// The targets in the order asked for, each once.
    pub(in crate::cli) fn targets(&self) -> Vec<&'static Target> {
        flatten(&self.to)
    }
}

/// Show the mapping table: what every field is called in every schema.
///
/// Without a name, the event classes. With the name of a class, its fields by schema; with that of a field, the field
/// in every class. `=` stands for the field's own name, `-` for none, `~` for nearly.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  rulec fields
  rulec fields process_creation
  rulec fields parent_process_name
  rulec fields --schema defender RemotePort      which fields does a column hold?
  rulec fields --used rules                      what can be converted, and what is lacking?
  rulec fields --overrides --mappings corp       what does a folder change?
  rulec fields --check --mappings corp           is it sound?")]
pub(in crate::cli) struct FieldsArgs {
    /// An event class or a field; with `--schema` a column.
    #[arg(value_name = "NAME")]
    pub(in crate::cli) name: Option<String>,

    /// Answer backwards: which fields of which classes does this schema's column hold?
    #[arg(long, value_name = "SCHEMA", requires = "name")]
    pub(in crate::cli) schema: Option<String>,

    /// Say which fields rules use, and what each target can and cannot map.
    #[arg(long, value_name = "PATH", num_args = 1.., conflicts_with_all = ["name", "overrides", "check", "all"])]
    pub(in crate::cli) used: Vec<PathBuf>,

    /// Say what `--mappings` overrides.
    #[arg(long, requires = "mappings", conflicts_with_all = ["name", "check", "all"])]
    pub(in crate::cli) overrides: bool,

    /// Report every fault of the table.
    #[arg(long, conflicts_with_all = ["name", "all"])]
    pub(in crate::cli) check: bool,

    /// Show every class.
    #[arg(long, conflicts_with = "name")]
    pub(in crate::cli) all: bool,

    /// The form of the table.
    #[arg(long, value_enum, default_value_t = TableFormat::Text, value_name = "FORMAT")]
    pub(in crate::cli) format: TableFormat,

    #[command(flatten)]
    pub(in crate::cli) mapping: MappingArgs,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum TableFormat {
    /// For people; as wide as the terminal.
    Text,
    /// For programs.
    Json,
    /// For documents.
    Markdown,
}

#[derive(Debug, Clone, Args)]
pub(in crate::cli) struct MappingArgs {
    /// A folder of mapping files, laid over the built-in table: more classes, columns, rows and values, or other
    /// tables and indices. May be given several times; the last one wins.
    #[arg(long, value_name = "DIR")]
    pub(in crate::cli) mappings: Vec<PathBuf>,
}

/// How rules are converted; shared by `convert` and `explain`.
#[derive(Debug, Clone, Args)]
pub(in crate::cli) struct OptionArgs {
    /// Leave field names as the rule has them; add no table, index or event predicate.
    #[arg(long, conflicts_with = "mappings")]
    pub(in crate::cli) no_mapping: bool,

    #[command(flatten)]
    pub(in crate::cli) mapping: MappingArgs,

    /// Accept queries that may miss events that the rule matches, with a note.
    #[arg(long, conflicts_with = "strict")]
    pub(in crate::cli) allow_narrowing: bool,

    /// Accept exact queries only.
    #[arg(long)]
    pub(in crate::cli) strict: bool,

    /// Where a query cannot be said to its end, convert the largest part that can, marked approximate, with the rest
    /// in a note.
    #[arg(long, conflicts_with = "strict")]
    pub(in crate::cli) partial: bool,

    /// Which windows correlations count events in: `sliding` ends one with each event, `tumbling` has one after
    /// another, which misses what is spread over two of them.
    #[arg(long, value_enum, value_name = "WINDOW", default_value = "sliding")]
    pub(in crate::cli) window: WindowArg,

    /// How Lucene treats letter case: `exact` holds on any index, `as-indexed` is for fields with a lowercase
    /// normalizer.
    #[arg(long, value_enum, default_value_t = Case::Exact, value_name = "CASE")]
    pub(in crate::cli) case: Case,

    #[command(flatten)]
    pub(in crate::cli) placeholders: PlaceholderArgs,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum Format {
    /// For people.
    Text,
    /// For programs.
    Json,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum Case {
    Exact,
    AsIndexed,
}

/// The target or the targets of the group of this name.
pub(in crate::cli) fn selection(name: &str) -> Option<Selection> {
    let targets = target::find(name).map_or_else(|| target::group(name), |target| vec![target]);
    (!targets.is_empty()).then_some(Selection(targets))
}

/// What one name on the command line stands for: a target, or the targets of a group.
#[derive(Debug, Clone)]
pub(in crate::cli) struct Selection(Vec<&'static Target>);

/// The targets of the selections in order, each once.
pub(in crate::cli) fn flatten(selections: &[Selection]) -> Vec<&'static Target> {
    let mut targets: Vec<&'static Target> = Vec::new();
    for target in selections.iter().flat_map(|selection| &selection.0) {
        if !targets.iter().any(|known| known.name == target.name) {
            targets.push(target);
        }
    }
    targets
}

/// Knows every name, so that wrong ones get a suggestion and shells complete right ones.
fn target_parser() -> impl TypedValueParser<Value = Selection> {
    let mut groups: Vec<&'static str> = Vec::new();
    for target in TARGETS {
        if !groups.contains(&target.group) {
            groups.push(target.group);
        }
    }
    let names = TARGETS.iter().map(|target| PossibleValue::new(target.name).help(target.product));
    let groups = groups.into_iter().map(|group| {
        let members: Vec<_> = target::group(group).iter().map(|target| target.name).collect();
        PossibleValue::new(group).help(format!("group: {}", members.join(", ")))
    });
    PossibleValuesParser::new(names.chain(groups))
        .map(|name| selection(&name).expect("invariant: the parser lets no other name through"))
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_definitions_are_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn groups_stand_for_their_targets_and_each_target_comes_once() {
        let cli = Cli::try_parse_from(["rulec", "convert", "-", "--to", "eql,elastic,kql"]).unwrap();
        let Command::Convert(args) = cli.command else { panic!("convert") };
        let names: Vec<_> = args.to.targets().iter().map(|target| target.name).collect();
        assert_eq!(names, ["eql", "lucene", "esql", "defender", "sentinel", "asim"]);
    }
}

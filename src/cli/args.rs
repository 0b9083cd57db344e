//! The arguments of every command.

use std::{num::NonZeroUsize, path::PathBuf};

use clap::{
    Args, Parser, Subcommand, ValueEnum,
    builder::{PossibleValue, PossibleValuesParser, TypedValueParser},
};

use super::from::RuleFormat;
use crate::{
    diag::Policy,
    elastic::lucene::CaseMode,
    mapping::Mapping,
    target::{self, TARGETS, Target},
};

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

Exit codes: 0 fine, 1 a rule failed or has findings, 2 wrong usage or unreadable files."
)]
pub(super) struct Cli {
    #[command(subcommand)]
    pub(super) command: Command,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    Convert(Box<ConvertArgs>),
    Check(CheckArgs),
    Explain(ExplainArgs),
    Targets(TargetsArgs),
    Fields(FieldsArgs),
    Fmt(FmtArgs),
    Witness(Box<WitnessArgs>),
    Test(Box<TestArgs>),
    Completions(CompletionsArgs),
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
  rulec convert - --to eql --no-mapping < rule.yml
  rulec convert rule.yml --to defender --placeholder admins=alice,bob")]
pub(super) struct ConvertArgs {
    #[command(flatten)]
    pub(super) input: InputArgs,

    #[command(flatten)]
    pub(super) to: ToArgs,

    /// The form of the results on standard output.
    #[arg(long, value_enum, default_value_t = Format::Text, value_name = "FORMAT")]
    pub(super) format: Format,

    /// Write each query to DIR/TARGET/PATH.EXT, PATH as below the folder given; a file of several rules gets
    /// -1, -2, … Existing files are replaced. With `--format json` the records still go to standard output.
    #[arg(long, short, value_name = "DIR")]
    pub(super) output: Option<PathBuf>,

    #[command(flatten)]
    pub(super) options: OptionArgs,

    #[command(flatten)]
    pub(super) jobs: JobArgs,

    /// No warnings, notes, progress or summary on standard error. Errors stay, unless the records of
    /// `--format json` tell them.
    #[arg(long, short)]
    pub(super) quiet: bool,
}

/// Read rules and report what is wrong with them; converts nothing.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  rulec check rules
  rulec check rules --strict --format json
  git show HEAD:rule.yml | rulec check -")]
pub(super) struct CheckArgs {
    #[command(flatten)]
    pub(super) input: InputArgs,

    /// The form of the findings on standard output.
    #[arg(long, value_enum, default_value_t = Format::Text, value_name = "FORMAT")]
    pub(super) format: Format,

    /// Exit with 1 for warnings too.
    #[arg(long)]
    pub(super) strict: bool,

    #[command(flatten)]
    pub(super) placeholders: PlaceholderArgs,

    #[command(flatten)]
    pub(super) jobs: JobArgs,

    /// No warnings, progress or summary.
    #[arg(long, short, conflicts_with = "strict")]
    pub(super) quiet: bool,
}

/// Show what each step of a conversion does to the rules of a file.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  rulec explain rule.yml --to defender
  rulec explain rule.yml --to elastic --no-mapping")]
pub(super) struct ExplainArgs {
    /// The file, or `-` for standard input.
    #[arg(value_name = "FILE")]
    pub(super) file: PathBuf,

    #[command(flatten)]
    pub(super) from: FromArgs,

    #[command(flatten)]
    pub(super) to: ToArgs,

    #[command(flatten)]
    pub(super) options: OptionArgs,
}

/// List the targets, and what each can and cannot say.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  rulec targets                 all of them, side by side
  rulec targets lucene          one in detail
  rulec targets --format json")]
pub(super) struct TargetsArgs {
    /// Only these, in detail: names or groups.
    #[arg(value_name = "TARGET", value_parser = target_parser())]
    pub(super) targets: Vec<Selection>,

    /// The form of the list.
    #[arg(long, value_enum, default_value_t = Format::Text, value_name = "FORMAT")]
    pub(super) format: Format,
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
pub(super) struct FmtArgs {
    /// Query files, folders of `.kql`, `.csl` and `.kusto` files, or `-` for standard input.
    #[arg(default_value = "-", value_name = "PATH")]
    pub(super) paths: Vec<PathBuf>,

    /// Replace the files that change.
    #[arg(long, short, conflicts_with = "check")]
    pub(super) write: bool,

    /// Change nothing; show what would change, and exit with 1 if anything does.
    #[arg(long)]
    pub(super) check: bool,

    /// The form of the results on standard output.
    #[arg(long, value_enum, default_value_t = Format::Text, value_name = "FORMAT")]
    pub(super) format: Format,

    #[command(flatten)]
    pub(super) jobs: JobArgs,

    /// No progress or summary.
    #[arg(long, short)]
    pub(super) quiet: bool,
}

/// Try rules on events.
///
/// With `--events`, says which rules find which events. Without, runs the tests that stand beside the rules:
/// `whoami.tests.yml` for `whoami.yml`, a list of events that the rule must find, or must not. Events may have the names
/// of the rule, of Windows event logs, of Defender, Sentinel, ECS or Splunk: the rule is put into theirs.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  rulec test rules                                  every rule's own tests
  rulec test rules --events recorded.ndjson.gz      which rules fire?
  rulec test rules --events Security.evtx -v        and why do others not?
  rulec test rules --format junit > report.xml")]
pub(super) struct TestArgs {
    #[command(flatten)]
    pub(super) input: InputArgs,

    /// Events: JSON lines, JSON lists, Windows event logs (EVTX, or JSON of them), gzip of these; `-` for standard input.
    #[arg(long, short, value_name = "FILE", num_args = 1..)]
    pub(super) events: Vec<PathBuf>,

    /// Whose names the events of `--events` have; by default each event tells.
    #[arg(long, value_name = "SCHEMA", requires = "events", value_parser = ["own", "windows", "defender", "sentinel", "ecs", "splunk_ta"])]
    pub(super) schema: Option<String>,

    /// The form of the results on standard output.
    #[arg(long, value_enum, default_value_t = TestFormat::Text, value_name = "FORMAT")]
    pub(super) format: TestFormat,

    /// Show what passed, and rules without events or tests, too.
    #[arg(long, short)]
    pub(super) verbose: bool,

    #[command(flatten)]
    pub(super) mapping: MappingArgs,

    #[command(flatten)]
    pub(super) placeholders: PlaceholderArgs,

    #[command(flatten)]
    pub(super) jobs: JobArgs,

    /// No progress or summary.
    #[arg(long, short)]
    pub(super) quiet: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum TestFormat {
    /// For people.
    Text,
    /// For programs.
    Json,
    /// For pipelines that show test results.
    Junit,
}

/// Make events that a rule matches, and near misses that it does not.
///
/// A near miss differs in one place from an event that matches: a value in another case, a field that is absent or
/// empty, text before or after a value, the number next to a limit. `+` marks what the rule matches, `-` what it does
/// not. With `--to`, the events are rows as the target's product records them, beside the query that has to find those
/// marked `+`. Equal seeds give equal events.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  rulec witness rule.yml                        events with the rule's own field names
  rulec witness rule.yml --to splunk            rows for Splunk, and the query that has to find them
  rulec witness rules --count 50 --format json > events.json")]
pub(super) struct WitnessArgs {
    #[command(flatten)]
    pub(super) input: InputArgs,

    #[command(flatten)]
    pub(super) to: OptionalToArgs,

    /// How many events of each rule, if so many different ones can be made.
    #[arg(long, short = 'n', default_value_t = 16, value_name = "N")]
    pub(super) count: usize,

    /// Another seed, other events.
    #[arg(long, default_value_t = 0, value_name = "N")]
    pub(super) seed: u64,

    /// The form of the events on standard output.
    #[arg(long, value_enum, default_value_t = Format::Text, value_name = "FORMAT")]
    pub(super) format: Format,

    #[command(flatten)]
    pub(super) options: OptionArgs,

    #[command(flatten)]
    pub(super) jobs: JobArgs,

    /// No warnings, progress or summary.
    #[arg(long, short)]
    pub(super) quiet: bool,
}

/// Print a completion script for a shell.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  rulec completions bash > ~/.local/share/bash-completion/completions/rulec
  rulec completions fish > ~/.config/fish/completions/rulec.fish")]
pub(super) struct CompletionsArgs {
    /// The shell.
    #[arg(value_enum, value_name = "SHELL")]
    pub(super) shell: clap_complete::Shell,
}

#[derive(Debug, Args)]
pub(super) struct InputArgs {
    /// Rule files, folders, or `-` for standard input. Of folders, `.yml` and `.yaml` files are read, and Kusto rules
    /// in files of other names.
    #[arg(required = true, value_name = "PATH")]
    pub(super) paths: Vec<PathBuf>,

    #[command(flatten)]
    pub(super) from: FromArgs,
}

#[derive(Debug, Args)]
pub(super) struct FromArgs {
    /// What the rules are written in.
    #[arg(long, value_enum, default_value_t = RuleFormat::Auto, value_name = "FORMAT")]
    pub(super) from: RuleFormat,
}

#[derive(Debug, Args)]
pub(super) struct JobArgs {
    /// How many files are worked on at once; by default as many as there are processors.
    #[arg(long, short, value_name = "N")]
    pub(super) jobs: Option<NonZeroUsize>,
}

#[derive(Debug, Args)]
pub(super) struct ToArgs {
    /// Targets by name or group, separated by commas.
    #[arg(long, short, required = true, value_name = "TARGET", value_delimiter = ',', value_parser = target_parser())]
    to: Vec<Selection>,
}

#[derive(Debug, Args)]
pub(super) struct OptionalToArgs {
    /// Targets by name or group, separated by commas; without one, the rule's own names.
    #[arg(long, short, value_name = "TARGET", value_delimiter = ',', value_parser = target_parser())]
    to: Vec<Selection>,
}

impl OptionalToArgs {
    /// The targets in the order asked for, each once.
    pub(super) fn targets(&self) -> Vec<&'static Target> {
        flatten(&self.to)
    }
}

impl ToArgs {
    /// The targets in the order asked for, each once.
    pub(super) fn targets(&self) -> Vec<&'static Target> {
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
pub(super) struct FieldsArgs {
    /// An event class or a field; with `--schema` a column.
    #[arg(value_name = "NAME")]
    pub(super) name: Option<String>,

    /// Answer backwards: which fields of which classes does this schema's column hold?
    #[arg(long, value_name = "SCHEMA", requires = "name")]
    pub(super) schema: Option<String>,

    /// Say which fields rules use, and what each target can and cannot map.
    #[arg(long, value_name = "PATH", num_args = 1.., conflicts_with_all = ["name", "overrides", "check", "all"])]
    pub(super) used: Vec<PathBuf>,

    /// Say what `--mappings` overrides.
    #[arg(long, requires = "mappings", conflicts_with_all = ["name", "check", "all"])]
    pub(super) overrides: bool,

    /// Report every fault of the table.
    #[arg(long, conflicts_with_all = ["name", "all"])]
    pub(super) check: bool,

    /// Show every class.
    #[arg(long, conflicts_with = "name")]
    pub(super) all: bool,

    /// The form of the table.
    #[arg(long, value_enum, default_value_t = TableFormat::Text, value_name = "FORMAT")]
    pub(super) format: TableFormat,

    #[command(flatten)]
    pub(super) mapping: MappingArgs,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum TableFormat {
    /// For people; as wide as the terminal.
    Text,
    /// For programs.
    Json,
    /// For documents.
    Markdown,
}

#[derive(Debug, Args)]
pub(super) struct MappingArgs {
    /// A folder of mapping files, laid over the built-in table: more classes, columns, rows and values, or other
    /// tables and indices. May be given several times; the last one wins.
    #[arg(long, value_name = "DIR")]
    pub(super) mappings: Vec<PathBuf>,
}

/// How rules are converted; shared by `convert` and `explain`.
#[derive(Debug, Args)]
pub(super) struct OptionArgs {
    /// Leave field names as the rule has them; add no table, index or event predicate.
    #[arg(long, conflicts_with = "mappings")]
    pub(super) no_mapping: bool,

    #[command(flatten)]
    pub(super) mapping: MappingArgs,

    /// Accept queries that may miss events that the rule matches, with a note.
    #[arg(long, conflicts_with = "strict")]
    pub(super) allow_narrowing: bool,

    /// Accept exact queries only.
    #[arg(long)]
    pub(super) strict: bool,

    /// Where a query cannot be said to its end, convert the largest part that can, marked approximate, with the rest
    /// in a note.
    #[arg(long, conflicts_with = "strict")]
    pub(super) partial: bool,

    /// How Lucene treats letter case: `exact` holds on any index, `as-indexed` is for fields with a lowercase
    /// normalizer.
    #[arg(long, value_enum, default_value_t = Case::Exact, value_name = "CASE")]
    pub(super) case: Case,

    #[command(flatten)]
    pub(super) placeholders: PlaceholderArgs,
}

impl OptionArgs {
    /// As the library takes them.
    pub(super) fn options<'m>(&self, table: &'m Mapping) -> crate::Options<'m> {
        let policy = match (self.strict, self.allow_narrowing) {
            (true, _) => Policy::Strict,
            (false, true) => Policy::AllowNarrowing,
            (false, false) => Policy::NoNarrowing,
        };
        let case = match self.case {
            Case::Exact => CaseMode::Exact,
            Case::AsIndexed => CaseMode::AsIndexed,
        };
        crate::Options { mapping: (!self.no_mapping).then_some(table), policy, case, partial: self.partial }
    }
}

#[derive(Debug, Args)]
pub(super) struct PlaceholderArgs {
    /// Values of a placeholder, for `%NAME%` under the `expand` modifier; replaces those of a file.
    #[arg(long, value_name = "NAME=VALUE,…", value_parser = placeholder)]
    pub(super) placeholder: Vec<(String, Vec<String>)>,

    /// A YAML file of placeholders: names, each with a value or a list of values.
    #[arg(long, value_name = "FILE")]
    pub(super) placeholders: Option<PathBuf>,

    /// The values of a list that rules refer to and do not hold: a watchlist or `externaldata` of Kusto, a placeholder
    /// of Sigma. A `.csv` or `.tsv` file, whose first row names the columns (of `externaldata`, with `ignoreFirstRecord`);
    /// `.json`; or a value a line.
    #[arg(long, value_name = "NAME=FILE", value_parser = named_file)]
    pub(super) list: Vec<(String, PathBuf)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// For people.
    Text,
    /// For programs.
    Json,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Case {
    Exact,
    AsIndexed,
}

/// What one name on the command line stands for: a target, or the targets of a group.
#[derive(Debug, Clone)]
pub(super) struct Selection(Vec<&'static Target>);

/// The targets of the selections in order, each once.
pub(super) fn flatten(selections: &[Selection]) -> Vec<&'static Target> {
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
    PossibleValuesParser::new(names.chain(groups)).map(|name| {
        Selection(target::find(&name).map_or_else(|| target::group(&name), |target| vec![target]))
    })
}

fn placeholder(text: &str) -> Result<(String, Vec<String>), String> {
    let (name, values) = text.split_once('=').ok_or("expected `NAME=VALUE,…`")?;
    let name = name.trim().trim_matches('%');
    if name.is_empty() {
        return Err("expected a name before `=`".to_owned());
    }
    Ok((name.to_owned(), values.split(',').map(str::to_owned).collect()))
}

fn named_file(text: &str) -> Result<(String, PathBuf), String> {
    match text.split_once('=') {
        Some((name, path)) if !name.trim().is_empty() && !path.is_empty() => {
            Ok((name.trim().trim_matches('%').to_owned(), PathBuf::from(path)))
        }
        _ => Err("expected `NAME=FILE`".to_owned()),
    }
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

    #[test]
    fn a_placeholder_is_a_name_and_values() {
        assert_eq!(placeholder("%a%=x,y"), Ok(("a".to_owned(), vec!["x".to_owned(), "y".to_owned()])));
        assert!(placeholder("a").is_err());
        assert!(placeholder("=x").is_err());
        assert!(named_file("a=").is_err());
        assert_eq!(named_file("a=b=c.csv"), Ok(("a".to_owned(), PathBuf::from("b=c.csv"))));
    }
}

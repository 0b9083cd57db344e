//! The arguments of commands that try rules on events.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::{
    Format, InputArgs, JobArgs, MappingArgs, OptionArgs, PlaceholderArgs, ProjectArgs, Selection, flatten,
    target_parser,
};
use crate::target::Target;

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
pub(in crate::cli) struct TestArgs {
    #[command(flatten)]
    pub(in crate::cli) input: InputArgs,

    /// Events: JSON lines, JSON lists, Windows event logs (EVTX, or JSON of them), gzip of these; `-` for standard input.
    #[arg(long, short, value_name = "FILE", num_args = 1..)]
    pub(in crate::cli) events: Vec<PathBuf>,

    /// Whose names the events of `--events` have; by default each event tells.
    #[arg(long, value_name = "SCHEMA", requires = "events", value_parser = ["own", "windows", "defender", "sentinel", "ecs", "splunk_ta"])]
    pub(in crate::cli) schema: Option<String>,

    /// The form of the results on standard output.
    #[arg(long, value_enum, default_value_t = TestFormat::Text, value_name = "FORMAT")]
    pub(in crate::cli) format: TestFormat,

    /// Show what passed, and rules without events or tests, too.
    #[arg(long, short)]
    pub(in crate::cli) verbose: bool,

    #[command(flatten)]
    pub(in crate::cli) mapping: MappingArgs,

    #[command(flatten)]
    pub(in crate::cli) placeholders: PlaceholderArgs,

    #[command(flatten)]
    pub(in crate::cli) project: ProjectArgs,

    #[command(flatten)]
    pub(in crate::cli) jobs: JobArgs,

    /// No progress or summary.
    #[arg(long, short)]
    pub(in crate::cli) quiet: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum TestFormat {
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
///
/// For a correlation they are lists of events, far from one another in time, each with what the correlation finds in it:
/// one event less, a second too late, another group, another order.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  rulec witness rule.yml                        events with the rule's own field names
  rulec witness rule.yml --to splunk            rows for Splunk, and the query that has to find them
  rulec witness rules --count 50 --format json > events.json")]
pub(in crate::cli) struct WitnessArgs {
    #[command(flatten)]
    pub(in crate::cli) input: InputArgs,

    #[command(flatten)]
    pub(in crate::cli) to: OptionalToArgs,

    /// How many events of each rule, or lists of events, if so many different ones can be made.
    #[arg(long, short = 'n', default_value_t = 16, value_name = "N")]
    pub(in crate::cli) count: usize,

    /// Another seed, other events.
    #[arg(long, default_value_t = 0, value_name = "N")]
    pub(in crate::cli) seed: u64,

    /// The form of the events on standard output.
    #[arg(long, value_enum, default_value_t = Format::Text, value_name = "FORMAT")]
    pub(in crate::cli) format: Format,

    #[command(flatten)]
    pub(in crate::cli) options: OptionArgs,

    #[command(flatten)]
    pub(in crate::cli) project: ProjectArgs,

    #[command(flatten)]
    pub(in crate::cli) jobs: JobArgs,

    /// No warnings, progress or summary.
    #[arg(long, short)]
    pub(in crate::cli) quiet: bool,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct OptionalToArgs {
    /// Targets by name or group, separated by commas; without one, the rule's own names.
    #[arg(long, short, value_name = "TARGET", value_delimiter = ',', value_parser = target_parser())]
    to: Vec<Selection>,
}

impl OptionalToArgs {
    /// The targets in the order asked for, each once.
    pub(in crate::cli) fn targets(&self) -> Vec<&'static Target> {
        flatten(&self.to)
    }
}

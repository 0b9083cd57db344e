//! The arguments that are about projects.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::{FromArgs, InputArgs, JobArgs, OptionArgs, SelectArgs, ToArgs};
use crate::cli::project::{Asked, Said};

/// Where the project file is.
#[derive(Debug, Clone, Default, Args)]
pub(in crate::cli) struct ProjectArgs {
    /// The project file; by default the `rulec.yml` of the working directory or of one above it, within the repository.
    #[arg(long, value_name = "FILE", conflicts_with = "no_project")]
    pub(in crate::cli) project: Option<PathBuf>,

    /// Use no project file.
    #[arg(long)]
    pub(in crate::cli) no_project: bool,
}

/// Write a commented project file from what a folder holds.
///
/// Rule folders, formats and mapping tables are found by reading every file; each target is tried on every rule, and
/// those are chosen that most rules convert for. A project file that is there already stays as it is.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  rulec init
  rulec init detections && cd detections && rulec snapshot")]
pub(in crate::cli) struct InitArgs {
    /// The folder of the project.
    #[arg(default_value = ".", value_name = "DIR")]
    pub(in crate::cli) folder: PathBuf,
}

/// Keep the queries of a project as files, and tell when they change.
///
/// Each query is a file `TARGET/PATH.EXT` below the snapshot folder; `manifest.json` beside them holds the notes, failures,
/// and hashes of everything that went in. New queries are written; where one that is there would change, nothing is
/// written, the differences are shown with the input that made them, and the exit code is 1.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  rulec snapshot                                the first time, and after new rules
  rulec snapshot --check                        for pipelines: is every query as it was reviewed?
  rulec snapshot --check --format github        the same, as annotations on a pull request
  rulec snapshot --check --format markdown      the same, as a comment on one
  rulec snapshot --update                       accept what has changed")]
pub(in crate::cli) struct SnapshotArgs {
    #[command(flatten)]
    pub(in crate::cli) input: InputArgs,

    #[command(flatten)]
    pub(in crate::cli) to: ToArgs,

    /// The folder of the snapshot; by default that of the project, or `snapshots`.
    #[arg(long, value_name = "DIR")]
    pub(in crate::cli) snapshots: Option<PathBuf>,

    /// Write nothing; show what would change, and exit with 1 if anything does.
    #[arg(long, conflicts_with = "update")]
    pub(in crate::cli) check: bool,

    /// Write what has changed, and remove queries that belong to no rule.
    #[arg(long)]
    pub(in crate::cli) update: bool,

    /// The form of the differences on standard output.
    #[arg(long, value_enum, default_value_t = SnapshotFormat::Text, value_name = "FORMAT")]
    pub(in crate::cli) format: SnapshotFormat,

    #[command(flatten)]
    pub(in crate::cli) options: OptionArgs,

    #[command(flatten)]
    pub(in crate::cli) project: ProjectArgs,

    #[arg(skip)]
    pub(in crate::cli) asked: Asked,

    #[command(flatten)]
    pub(in crate::cli) jobs: JobArgs,

    /// No progress or summary.
    #[arg(long, short)]
    pub(in crate::cli) quiet: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum SnapshotFormat {
    /// For people.
    Text,
    /// For programs.
    Json,
    /// For a comment on a pull request.
    Markdown,
    /// Annotations at the rules of a pull request on GitHub.
    Github,
    /// For code-scanning services and editors: SARIF 2.1.0.
    Sarif,
    /// For pipelines that show test results: XML of `JUnit`.
    Junit,
}

/// Say which rules and queries mean something else.
///
/// OLD and NEW are files or folders, or revisions of the git repository that the working directory is in. A side with a
/// `rulec.yml` is converted as that says, with its own mapping tables; any other as the project of the working directory
/// says. Rules and queries are compared by a normal form of what they mean, in which order, repetition, grouping and the case
/// of text that is compared without do not count. The exit code is 1 if any finds other events.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  rulec diff main HEAD                          what does a branch change?
  rulec diff HEAD .                             and what is not committed yet?
  rulec diff old/ new/ --to splunk,esql
  rulec diff main HEAD --format markdown        as a comment on a pull request")]
pub(in crate::cli) struct DiffArgs {
    /// What was.
    #[arg(value_name = "OLD")]
    pub(in crate::cli) old: String,

    /// What is.
    #[arg(value_name = "NEW")]
    pub(in crate::cli) new: String,

    #[command(flatten)]
    pub(in crate::cli) from: FromArgs,

    #[command(flatten)]
    pub(in crate::cli) to: ToArgs,

    /// The form of the differences on standard output.
    #[arg(long, value_enum, default_value_t = DiffFormat::Text, value_name = "FORMAT")]
    pub(in crate::cli) format: DiffFormat,

    #[command(flatten)]
    pub(in crate::cli) options: OptionArgs,

    #[command(flatten)]
    pub(in crate::cli) select: SelectArgs,

    #[command(flatten)]
    pub(in crate::cli) project: ProjectArgs,

    #[arg(skip)]
    pub(in crate::cli) said: Said,

    #[command(flatten)]
    pub(in crate::cli) jobs: JobArgs,

    /// No progress or summary.
    #[arg(long, short)]
    pub(in crate::cli) quiet: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum DiffFormat {
    /// For people.
    Text,
    /// For programs.
    Json,
    /// For a comment on a pull request.
    Markdown,
}

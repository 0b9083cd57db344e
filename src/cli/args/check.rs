//! Arguments of `rulec check`.

use clap::{Args, ValueEnum};

use super::{InputArgs, JobArgs, PlaceholderArgs, ProjectArgs};

/// Read rules and report what is wrong with them; converts nothing.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  rulec check rules
  rulec check rules --strict --format json
  rulec check rules --format sarif > rulec.sarif
  rulec check rules --filters tuning --status stable,test
  git show HEAD:rule.yml | rulec check -")]
pub(in crate::cli) struct CheckArgs {
    #[command(flatten)]
    pub(in crate::cli) input: InputArgs,

    /// The form of the findings on standard output.
    #[arg(long, value_enum, default_value_t = CheckFormat::Text, value_name = "FORMAT")]
    pub(in crate::cli) format: CheckFormat,

    /// Exit with 1 for warnings too.
    #[arg(long)]
    pub(in crate::cli) strict: bool,

    #[command(flatten)]
    pub(in crate::cli) placeholders: PlaceholderArgs,

    #[command(flatten)]
    pub(in crate::cli) project: ProjectArgs,

    #[command(flatten)]
    pub(in crate::cli) jobs: JobArgs,

    /// No warnings, progress or summary.
    #[arg(long, short, conflicts_with = "strict")]
    pub(in crate::cli) quiet: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum CheckFormat {
    /// For people.
    Text,
    /// For programs.
    Json,
    /// For code-scanning services and editors: SARIF 2.1.0.
    Sarif,
    /// Annotations at the lines of a pull request on GitHub.
    Github,
    /// For pipelines that show test results: XML of `JUnit`.
    Junit,
}

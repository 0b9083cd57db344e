//! Arguments of `rulec check`.

use clap::{Args, ValueEnum};

use super::{InputArgs, JobArgs, MappingArgs, PlaceholderArgs, ProjectArgs};
use crate::diag::{Code, did_you_mean};

/// Read rules and report what is wrong with them; converts nothing.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  rulec check rules
  rulec check rules --strict --format json
  rulec check rules --format sarif > rulec.sarif
  rulec check rules --filters tuning --status stable,test
  rulec check rules --fix --allow redundant
  rulec check --explain never-true
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

    /// Make the changes that set a finding right without changing what a rule means; files are replaced.
    #[arg(long)]
    pub(in crate::cli) fix: bool,

    /// Leave out what has this code. Errors are always told.
    #[arg(long, value_name = "CODE", value_parser = code, value_delimiter = ',')]
    pub(in crate::cli) allow: Vec<Code>,

    /// Make what has this code an error.
    #[arg(long, value_name = "CODE", value_parser = code, value_delimiter = ',')]
    pub(in crate::cli) deny: Vec<Code>,

    /// Do not try whether any target can run each rule.
    #[arg(long)]
    pub(in crate::cli) no_convert: bool,

    /// Tell what a code means and what to do, and nothing else.
    #[arg(long, value_name = "CODE", value_parser = code, exclusive = true)]
    pub(in crate::cli) explain: Option<Code>,

    #[command(flatten)]
    pub(in crate::cli) mapping: MappingArgs,

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

fn code(name: &str) -> Result<Code, String> {
    Code::parse(name).ok_or_else(|| match did_you_mean(name, Code::ALL.iter().map(|code| code.as_str())) {
        Some(near) => format!("there is no such code; a similar one is `{near}`"),
        None => "there is no such code; docs/lint.md lists them".to_owned(),
    })
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

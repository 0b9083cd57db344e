//! The arguments that are about projects.

use std::path::PathBuf;

use clap::Args;

use crate::{
    cli::project::Select,
    ir::{Level, Status},
};

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

/// Which rules are taken. A rule that does not say is taken.
#[derive(Debug, Clone, Default, Args)]
pub(in crate::cli) struct SelectArgs {
    /// Take rules of these statuses only.
    #[arg(long, value_name = "STATUS", value_delimiter = ',', value_parser = names(Status::ALL.map(Status::as_str)))]
    status: Vec<String>,

    /// Take rules of this level or a higher one only.
    #[arg(long, value_name = "LEVEL", value_parser = names(Level::ALL.map(Level::as_str)))]
    min_level: Option<String>,

    /// Take rules with one of these tags only; `*` stands for anything.
    #[arg(long, value_name = "TAG", value_delimiter = ',')]
    tag: Vec<String>,
}

fn names<const N: usize>(names: [&'static str; N]) -> clap::builder::PossibleValuesParser {
    names.into()
}

impl SelectArgs {
    /// What the arguments say, and where they say nothing, the project.
    pub(in crate::cli) fn or(&self, project: &Select) -> Select {
        let status =
            Status::ALL.into_iter().filter(|status| self.status.iter().any(|it| it == status.as_str()));
        let level = |name: &str| Level::ALL.into_iter().find(|level| level.as_str() == name);
        let status: Vec<Status> = status.collect();
        Select {
            status: if status.is_empty() { project.status.clone() } else { status },
            min_level: self.min_level.as_deref().and_then(level).or(project.min_level),
            tags: if self.tag.is_empty() { project.tags.clone() } else { self.tag.clone() },
        }
    }
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

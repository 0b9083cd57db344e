//! The arguments of `catalog`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::{InputArgs, JobArgs, MappingArgs, PlaceholderArgs, Selection, flatten, target_parser};
use crate::target::{TARGETS, Target};

/// Make a site of what rules look for: events, rules, fields and ATT&CK, with search.
///
/// The site works from a folder and without a server. Files that are there already and would be the same are left
/// alone; files of an earlier run that no page has any more are taken away.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  rulec catalog rules --output site
  rulec catalog sigma kusto --output site --to defender,splunk
  rulec catalog rules --output data --format json
  rulec catalog rules --output site --templates corp      your own style.css, rule.hbs, …")]
pub(in crate::cli) struct CatalogArgs {
    #[command(flatten)]
    pub(in crate::cli) input: InputArgs,

    /// The folder that the pages are written to.
    #[arg(long, short, value_name = "DIR")]
    pub(in crate::cli) output: PathBuf,

    /// What the pages are.
    #[arg(long, value_enum, default_value_t = CatalogFormat::Html, value_name = "FORMAT")]
    pub(in crate::cli) format: CatalogFormat,

    /// A folder of templates and assets that take the place of the built-in ones of the same names.
    #[arg(long, value_name = "DIR")]
    pub(in crate::cli) templates: Option<PathBuf>,

    /// The targets whose queries rules' pages show; by default all.
    #[arg(long, short, value_name = "TARGET", value_delimiter = ',', value_parser = target_parser())]
    to: Vec<Selection>,

    #[command(flatten)]
    pub(in crate::cli) mapping: MappingArgs,

    #[command(flatten)]
    pub(in crate::cli) placeholders: PlaceholderArgs,

    #[command(flatten)]
    pub(in crate::cli) jobs: JobArgs,

    /// No errors of rules, progress or summary.
    #[arg(long, short)]
    pub(in crate::cli) quiet: bool,
}

impl CatalogArgs {
    /// The targets in the order asked for, each once.
    pub(in crate::cli) fn targets(&self) -> Vec<&'static Target> {
        if self.to.is_empty() { TARGETS.iter().collect() } else { flatten(&self.to) }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum CatalogFormat {
    /// A site.
    Html,
    /// Documents.
    Markdown,
    /// Data.
    Json,
}

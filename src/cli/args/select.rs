//! Which rules of the inputs a run is about.

use std::path::PathBuf;

use clap::Args;

use crate::{
    cli::project::Select,
    ir::{Level, Status},
};

/// Which rules are taken. A rule that does not say is taken.
#[derive(Debug, Clone, Default, Args)]
pub(in crate::cli) struct SelectArgs {
    /// Take rules of these statuses only.
    #[arg(long, value_name = "STATUS", value_delimiter = ',', value_parser = names(Status::ALL.map(Status::as_str)))]
    status: Vec<String>,

    /// Take rules of this level or a higher one only.
    #[arg(long, value_name = "LEVEL", value_parser = names(Level::ALL.map(Level::as_str)))]
    min_level: Option<String>,

    /// Take rules of these levels only.
    #[arg(long, value_name = "LEVEL", value_delimiter = ',', value_parser = names(Level::ALL.map(Level::as_str)))]
    level: Vec<String>,

    /// Take rules with one of these tags only; `*` stands for anything.
    #[arg(long, value_name = "TAG", value_delimiter = ',')]
    tag: Vec<String>,

    /// Take rules of this log source only: `category=process_creation,product=windows`. May be given several times.
    #[arg(long, value_name = "KEY=VALUE,…", value_parser = log_source)]
    logsource: Vec<WantedSource>,

    /// Take deprecated and unsupported rules too. Of folders they are left out, unless `--status` names them.
    #[arg(long)]
    deprecated: bool,
}

fn names<const N: usize>(names: [&'static str; N]) -> clap::builder::PossibleValuesParser {
    names.into()
}

impl SelectArgs {
    /// What the arguments say, and where they say nothing, the project.
    pub(in crate::cli) fn or(&self, project: &Select) -> Select {
        let status = |name: &String| Status::ALL.into_iter().find(|status| status.as_str() == name);
        let level = |name: &String| Level::ALL.into_iter().find(|level| level.as_str() == name);
        let status: Vec<Status> = self.status.iter().filter_map(status).collect();
        let levels: Vec<Level> = self.level.iter().filter_map(level).collect();
        // What is said about levels in one way is said about them altogether.
        let min_level = self.min_level.as_ref().and_then(level);
        Select {
            status: if status.is_empty() { project.status.clone() } else { status },
            min_level: min_level.or(project.min_level.filter(|_| levels.is_empty())),
            levels: if levels.is_empty() && min_level.is_none() { project.levels.clone() } else { levels },
            tags: if self.tag.is_empty() { project.tags.clone() } else { self.tag.clone() },
            log_sources: if self.logsource.is_empty() {
                project.log_sources.clone()
            } else {
                self.logsource.clone()
            },
            deprecated: self.deprecated || project.deprecated,
        }
    }
}

/// Where filters are, besides those among the rules.
#[derive(Debug, Clone, Default, Args)]
pub(in crate::cli) struct FilterArgs {
    /// Sigma filters that are to narrow the rules: a file, or a folder of which only the filters are taken. Those among
    /// the rules are found without. May be given several times.
    #[arg(long, value_name = "PATH")]
    pub(in crate::cli) filters: Vec<PathBuf>,
}

/// Parts of a log source, those that are asked for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(in crate::cli) struct WantedSource {
    pub(in crate::cli) category: Option<String>,
    pub(in crate::cli) product: Option<String>,
    pub(in crate::cli) service: Option<String>,
}

fn log_source(text: &str) -> Result<WantedSource, String> {
    let mut wanted = WantedSource::default();
    for part in text.split(',') {
        let (key, value) = part
            .split_once('=')
            .ok_or_else(|| format!("expected `KEY=VALUE`, as `category=process_creation`, not `{part}`"))?;
        let place = match key.trim() {
            "category" => &mut wanted.category,
            "product" => &mut wanted.product,
            "service" => &mut wanted.service,
            other => {
                return Err(format!("a log source has `category`, `product` and `service`, no `{other}`"));
            }
        };
        *place = Some(value.trim().to_owned());
    }
    Ok(wanted)
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Debug, Parser)]
    struct Only {
        #[command(flatten)]
        select: SelectArgs,
    }

    fn parsed(arguments: &[&str]) -> Result<SelectArgs, String> {
        let arguments = ["x"].iter().chain(arguments);
        Only::try_parse_from(arguments).map(|only| only.select).map_err(|error| error.to_string())
    }

    #[test]
    fn the_command_line_comes_before_the_project() {
        let project =
            Select { status: vec![Status::Stable], min_level: Some(Level::Medium), ..Select::default() };
        assert_eq!(parsed(&[]).unwrap().or(&project), project);
        let said = parsed(&["--level", "low,high", "--status", "test"]).unwrap().or(&project);
        assert_eq!((said.status, said.min_level), (vec![Status::Test], None));
        assert_eq!(said.levels, [Level::Low, Level::High]);
    }

    #[test]
    fn a_log_source_is_made_of_its_three_parts() {
        let said = parsed(&["--logsource", "category=process_creation,product=windows"]).unwrap();
        let wanted = &said.or(&Select::default()).log_sources[0];
        assert_eq!((wanted.category.as_deref(), &wanted.service), (Some("process_creation"), &None));
        assert!(parsed(&["--logsource", "kategory=x"]).unwrap_err().contains("`category`"));
        assert!(parsed(&["--logsource", "windows"]).unwrap_err().contains("KEY=VALUE"));
    }
}

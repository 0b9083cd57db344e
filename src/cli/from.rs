//! `--from`: what the rules are written in.

use std::path::Path;

use clap::ValueEnum;

use crate::{
    diag::Source,
    kusto::files::{Dialect, Kind, recognize},
    read::Format,
};

/// What rules are written in, as the user has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(super) enum RuleFormat {
    /// Each file by its content, then by its extension.
    #[default]
    Auto,
    /// Sigma rules.
    Sigma,
    /// Kusto rules of Microsoft Sentinel: YAML, ARM templates, markdown, bare queries.
    Sentinel,
    /// Kusto rules of Defender XDR: hunting queries in YAML, custom detections, markdown, bare queries.
    Defender,
    /// Sentinel rules in ARM templates and other JSON.
    Arm,
    /// Kusto queries in markdown.
    Markdown,
    /// Bare Kusto queries.
    Kql,
}

impl RuleFormat {
    /// How a source is read.
    pub(super) fn format(self, source: &Source) -> Format {
        let of_kusto = |kind, dialect| Format::Kusto { kind, dialect };
        let found = recognize(source.name(), source.text());
        let is_json = source.text().trim_start().starts_with('{');
        match self {
            Self::Sigma => Format::Sigma,
            Self::Auto => match found.or_else(|| by_extension(source.name())) {
                Some(kind) => of_kusto(kind, Dialect::Unknown),
                None => Format::Sigma,
            },
            Self::Sentinel => {
                let other = if is_json { Kind::Arm } else { Kind::SentinelAnalytic };
                let kind =
                    found.filter(|kind| *kind != Kind::DefenderHunting).or(by_extension(source.name()));
                of_kusto(kind.unwrap_or(other), Dialect::Sentinel)
            }
            Self::Defender => {
                let other = if is_json { Kind::CustomDetection } else { Kind::DefenderHunting };
                let is_sentinel =
                    |kind: &Kind| matches!(kind, Kind::SentinelAnalytic | Kind::SentinelHunting);
                let kind = found.filter(|kind| !is_sentinel(kind)).or(by_extension(source.name()));
                of_kusto(kind.unwrap_or(other), Dialect::Defender)
            }
            Self::Arm => of_kusto(Kind::Arm, Dialect::Unknown),
            Self::Markdown => of_kusto(Kind::Markdown, Dialect::Unknown),
            Self::Kql => of_kusto(Kind::Query, Dialect::Unknown),
        }
    }

    /// What a file of a folder is to a run.
    pub(super) fn of_file(self, path: &Path) -> Candidate {
        if is_sidecar(path) {
            return Candidate::None;
        }
        let extension = path.extension().and_then(|extension| extension.to_str());
        let extension = extension.map(str::to_ascii_lowercase).unwrap_or_default();
        match (&*extension, self) {
            ("yml" | "yaml", Self::Auto | Self::Sigma | Self::Sentinel | Self::Defender) => Candidate::Rules,
            ("json", Self::Auto | Self::Sentinel | Self::Defender | Self::Arm)
            | ("md" | "markdown", Self::Auto | Self::Sentinel | Self::Defender | Self::Markdown)
            | ("kql" | "csl" | "kusto" | "txt", Self::Auto | Self::Sentinel | Self::Defender | Self::Kql) => {
                Candidate::Perhaps
            }
            _ => Candidate::None,
        }
    }
}

/// The ends of the names of files that hold tests of the rules beside them.
pub(super) const SIDECAR_ENDS: [&str; 2] = [".tests.yml", ".tests.yaml"];

fn is_sidecar(path: &Path) -> bool {
    let name = path.file_name().and_then(|name| name.to_str());
    name.is_some_and(|name| SIDECAR_ENDS.iter().any(|end| name.ends_with(end)))
}

/// What a file of a folder is to a run, by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Candidate {
    /// It is read.
    Rules,
    /// It is read if it is recognised.
    Perhaps,
    /// It is left out.
    None,
}

/// What a file is that nothing but its extension tells about.
fn by_extension(name: &str) -> Option<Kind> {
    let extension = Path::new(name).extension()?.to_str()?.to_ascii_lowercase();
    match &*extension {
        "md" | "markdown" => Some(Kind::Markdown),
        "kql" | "csl" | "kusto" => Some(Kind::Query),
        _ => None,
    }
}

/// Whether a file's name says that it holds a query, and nothing else may be in it.
pub(super) fn is_named_as_query(name: &str) -> bool {
    by_extension(name) == Some(Kind::Query)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(from: RuleFormat, name: &str, text: &str) -> Option<(Kind, Dialect)> {
        match from.format(&Source::new(name, text)) {
            Format::Sigma => None,
            Format::Kusto { kind, dialect } => Some((kind, dialect)),
        }
    }

    #[test]
    fn what_is_not_recognised_goes_by_its_extension() {
        let auto = |name: &str| kind(RuleFormat::Auto, name, "x").map(|(kind, _)| kind);
        assert_eq!(auto("a.yml"), None);
        assert_eq!(auto("<stdin>"), None);
        assert_eq!(auto("a.md"), Some(Kind::Markdown));
        assert_eq!(auto("a.KQL"), Some(Kind::Query));
        assert_eq!(auto("rule.json"), None, "Sigma may be written in JSON");
    }

    #[test]
    fn a_product_is_the_dialect_of_what_does_not_say() {
        let query = "T | take 1";
        assert_eq!(kind(RuleFormat::Defender, "a.txt", query), Some((Kind::Query, Dialect::Defender)));
        assert_eq!(
            kind(RuleFormat::Sentinel, "a.yml", "x"),
            Some((Kind::SentinelAnalytic, Dialect::Sentinel))
        );
        let hunting = "name: x\ntactics: []\nquery: T\n";
        assert_eq!(
            kind(RuleFormat::Defender, "a.yml", hunting),
            Some((Kind::DefenderHunting, Dialect::Defender))
        );
        assert_eq!(
            kind(RuleFormat::Sentinel, "a.yml", hunting),
            Some((Kind::SentinelHunting, Dialect::Sentinel))
        );
    }

    #[test]
    fn of_a_folder_each_format_takes_its_own_files() {
        let of = |from: RuleFormat, name: &str| from.of_file(Path::new(name));
        assert_eq!(of(RuleFormat::Auto, "a.YML"), Candidate::Rules);
        assert_eq!(of(RuleFormat::Auto, "README.md"), Candidate::Perhaps);
        assert_eq!(of(RuleFormat::Auto, "a.rs"), Candidate::None);
        assert_eq!(of(RuleFormat::Sigma, "README.md"), Candidate::None);
        assert_eq!(of(RuleFormat::Arm, "a.yml"), Candidate::None);
        assert_eq!(of(RuleFormat::Kql, "a.csl"), Candidate::Perhaps);
    }
}

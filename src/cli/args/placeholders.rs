//! Values that rules do not hold themselves.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

#[derive(Debug, Clone, Args)]
pub(in crate::cli) struct PlaceholderArgs {
    /// Values of a placeholder, for `%NAME%` under the `expand` modifier; replaces those of a file.
    #[arg(long, value_name = "NAME=VALUE,…", value_parser = placeholder)]
    pub(in crate::cli) placeholder: Vec<(String, Vec<String>)>,

    /// A YAML file of placeholders: names, each with a value or a list of values.
    #[arg(long, value_name = "FILE")]
    pub(in crate::cli) placeholders: Option<PathBuf>,

    /// The values of a list that rules refer to and do not hold: a watchlist or `externaldata` of Kusto, a placeholder
    /// of Sigma. A `.csv` or `.tsv` file, whose first row names the columns (of `externaldata`, with `ignoreFirstRecord`);
    /// `.json`; or a value a line.
    #[arg(long, value_name = "NAME=FILE", value_parser = named_file)]
    pub(in crate::cli) list: Vec<(String, PathBuf)>,

    /// What a placeholder of Sigma is that has no values here.
    #[arg(long, value_enum, default_value_t = PlaceholdersAs::Values, value_name = "FORM")]
    pub(in crate::cli) placeholders_as: PlaceholdersAs,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum PlaceholdersAs {
    /// A fault.
    Values,
    /// A list of this name that the target keeps: a lookup of Splunk, a watchlist of Sentinel.
    Lookup,
    /// A macro of this name that tests a field, and means what its author says: a search macro of Splunk. Elsewhere as
    /// `lookup`.
    Macro,
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
    use super::*;

    #[test]
    fn a_placeholder_is_a_name_and_values() {
        assert_eq!(placeholder("%a%=x,y"), Ok(("a".to_owned(), vec!["x".to_owned(), "y".to_owned()])));
        assert!(placeholder("a").is_err());
        assert!(placeholder("=x").is_err());
        assert!(named_file("a=").is_err());
        assert_eq!(named_file("a=b=c.csv"), Ok(("a".to_owned(), PathBuf::from("b=c.csv"))));
    }
}

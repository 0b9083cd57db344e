//! `--mappings`: users' folders of the mapping table, laid over the built-in one.

use std::{
    ops::Deref,
    path::{Path, PathBuf},
};

use walkdir::WalkDir;

use super::status::{Failure, say};
use crate::mapping::Mapping;

/// The table that a run uses.
pub(super) enum Table {
    /// The built-in one.
    BuiltIn,
    /// With users' files laid over it.
    Extended(Box<Mapping>),
}

impl Deref for Table {
    type Target = Mapping;

    fn deref(&self) -> &Mapping {
        match self {
            Self::BuiltIn => Mapping::builtin(),
            Self::Extended(mapping) => mapping,
        }
    }
}

/// Reads users' folders, in their order.
///
/// # Errors
/// A folder or file that cannot be read; faults in what the files say, each told on standard error.
pub(super) fn table(folders: &[PathBuf]) -> Result<Table, Failure> {
    let (table, faults) = unchecked(folders)?;
    if faults.is_empty() {
        return Ok(table);
    }
    for fault in &faults {
        say(&format!("error: {}\n", fault.message));
    }
    Err(Failure::Reported)
}

/// As [`table`], with the faults in what the users' files say.
pub(super) fn unchecked(folders: &[PathBuf]) -> Result<(Table, Vec<crate::diag::Diagnostic>), Failure> {
    if folders.is_empty() {
        return Ok((Table::BuiltIn, Vec::new()));
    }
    let mut parts = Vec::new();
    for folder in folders {
        read(folder, &mut parts)?;
    }
    let mapping = Mapping::with_overlays(parts);
    let faults = mapping.check_overlays();
    Ok((Table::Extended(Box::new(mapping)), faults))
}

/// The mapping files of a folder, in a stable order, named as the library wants them.
fn read(folder: &Path, parts: &mut Vec<(String, String)>) -> Result<(), Failure> {
    let cannot = |what: &dyn std::fmt::Display, why: &dyn std::fmt::Display| {
        Failure::Message(format!("cannot read the mapping table `{what}`: {why}"))
    };
    let before = parts.len();
    for entry in WalkDir::new(folder).sort_by_file_name() {
        let entry = entry.map_err(|error| cannot(&folder.display(), &error))?;
        let path = entry.path();
        if !entry.file_type().is_file() || path.extension().is_none_or(|extension| extension != "yml") {
            continue;
        }
        let text = std::fs::read_to_string(path).map_err(|error| cannot(&path.display(), &error))?;
        let name = path.strip_prefix(folder).unwrap_or(path).to_string_lossy().replace('\\', "/");
        let shown = folder.to_string_lossy();
        parts.push((format!("{}//{name}", shown.trim_end_matches(['/', '\\'])), text));
    }
    if parts.len() == before {
        return Err(cannot(&folder.display(), &"it holds no `.yml` file"));
    }
    Ok(())
}

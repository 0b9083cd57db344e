//! Finds the project file: in the working directory, or above it.

use std::{
    env, fs,
    path::{Component, Path, PathBuf},
};

use super::{FILE_NAME, Project};
use crate::{
    cli::{
        args::ProjectArgs,
        status::{Failure, say, stderr_terminal},
    },
    diag::Source,
};

/// The largest file that is read, in bytes.
const MAX_SIZE: u64 = 1 << 20;

/// The project that the arguments name; else that of the working directory, if there is one.
///
/// # Errors
/// A file that cannot be read, and all that is wrong in it, told on standard error.
pub(in crate::cli) fn find(args: &ProjectArgs) -> Result<Option<Project>, Failure> {
    if args.no_project {
        return Ok(None);
    }
    let here = env::current_dir()
        .map_err(|error| Failure::Message(format!("there is no working directory: {error}")))?;
    match args.project.as_ref().map(|file| here.join(file)).or_else(|| above(&here)) {
        Some(file) => {
            let root = shown(file.parent().unwrap_or(&here), &here);
            read_as(&file, &shown(&file, &here), &root).map(Some)
        }
        None => Ok(None),
    }
}

/// The nearest project file, no further up than the root of a repository.
fn above(here: &Path) -> Option<PathBuf> {
    for folder in here.ancestors() {
        let file = folder.join(FILE_NAME);
        if file.is_file() {
            return Some(file);
        }
        if folder.join(".git").exists() {
            return None;
        }
    }
    None
}

/// The project of a file.
///
/// # Errors
/// As of [`find`].
pub(in crate::cli) fn read(file: &Path) -> Result<Project, Failure> {
    read_as(file, file, file.parent().unwrap_or(Path::new("")))
}

/// The same, with the name that people see, and the folder that paths start at.
fn read_as(file: &Path, name: &Path, root: &Path) -> Result<Project, Failure> {
    let name = name.display().to_string();
    let cannot = |why: &dyn std::fmt::Display| {
        Failure::Message(format!("cannot read the project file `{name}`: {why}"))
    };
    let size = fs::metadata(file).map_err(|error| cannot(&error))?.len();
    if size > MAX_SIZE {
        return Err(cannot(&format!("it is larger than {} MiB", MAX_SIZE >> 20)));
    }
    let text = fs::read_to_string(file).map_err(|error| cannot(&error))?;
    let source = Source::new(name, text.trim_start_matches('\u{feff}'));
    Project::read(&source, root).map_err(|faults| {
        let terminal = stderr_terminal();
        for fault in faults {
            say(&terminal.diagnostic(&fault, &source, None));
        }
        Failure::Reported
    })
}

/// A path as seen from a folder, which the user types and reads with least effort; `.` is left out.
fn shown(path: &Path, here: &Path) -> PathBuf {
    let mut up = PathBuf::new();
    for ancestor in here.ancestors() {
        if let Ok(below) = path.strip_prefix(ancestor) {
            // From far away the whole path says more.
            let is_far = ancestor.components().all(|it| !matches!(it, Component::Normal(_)));
            return if is_far && ancestor != here { path.to_owned() } else { up.join(below) };
        }
        up.push("..");
    }
    path.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_file_counts_and_a_repository_is_a_border() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        fs::create_dir_all(root.join("a/b")).unwrap();
        fs::write(root.join(FILE_NAME), "").unwrap();
        assert_eq!(above(&root.join("a/b")), Some(root.join(FILE_NAME)));
        fs::create_dir(root.join("a/.git")).unwrap();
        assert_eq!(above(&root.join("a/b")), None);
        fs::write(root.join("a").join(FILE_NAME), "").unwrap();
        assert_eq!(above(&root.join("a/b")), Some(root.join("a").join(FILE_NAME)));
    }

    #[test]
    fn paths_are_shown_from_where_the_user_is() {
        let shown = |path: &str, here: &str| shown(Path::new(path), Path::new(here)).display().to_string();
        assert_eq!(shown("/a/b/rules", "/a/b"), "rules");
        assert_eq!(shown("/a/b", "/a/b"), "");
        assert_eq!(shown("/a/b/rules", "/a/b/c/d"), "../../rules");
        assert_eq!(shown("/x/rules", "/a/b"), "/x/rules");
    }
}

//! Queries as files below one folder, written atomically and nowhere else.

use std::{
    collections::HashSet,
    fs, io,
    path::{Component, Path, PathBuf},
};

use crate::{sigma::Reading, target::Target};

/// The folder that queries are written to.
#[derive(Debug)]
pub(super) struct Folder {
    root: PathBuf,
    /// What this run has written, in lower case: file systems may not tell case apart.
    written: HashSet<String>,
    /// Folders found to be real ones.
    checked: HashSet<PathBuf>,
}

impl Folder {
    /// The folder at `root`, made if it is missing.
    pub(super) fn create(root: &Path) -> io::Result<Self> {
        fs::create_dir_all(root)?;
        Ok(Self { root: root.to_owned(), written: HashSet::new(), checked: HashSet::new() })
    }

    /// Writes a query and a line feed to `file`, a path below the folder. A file of an earlier run is replaced.
    ///
    /// # Errors
    /// Two queries of one run for one file, a path that leads out of the folder, and what the system says.
    pub(super) fn write(&mut self, file: &Path, query: &str) -> io::Result<()> {
        self.put(file, &[query.as_bytes(), b"\n"])
    }

    /// Writes a text as it is, in the same way.
    pub(super) fn write_text(&mut self, file: &Path, text: &str) -> io::Result<()> {
        self.put(file, &[text.as_bytes()])
    }

    /// Takes away a file of an earlier run, and folders that are empty without it; never what a link leads to.
    pub(super) fn remove(&mut self, file: &Path) -> io::Result<()> {
        let is_plain = file.components().all(|component| matches!(component, Component::Normal(_)));
        if !is_plain || self.written.contains(&file.to_string_lossy().to_lowercase()) {
            return Ok(());
        }
        self.enter(file.parent().unwrap_or(Path::new("")))?;
        match fs::remove_file(self.root.join(file)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        for folder in file.ancestors().skip(1).filter(|folder| !folder.as_os_str().is_empty()) {
            if fs::remove_dir(self.root.join(folder)).is_err() {
                break;
            }
            self.checked.remove(&self.root.join(folder));
        }
        Ok(())
    }

    /// Counts a file as written by this run, that is there already as it should be.
    pub(super) fn keep(&mut self, file: &Path) -> io::Result<()> {
        let is_new = self.written.insert(file.to_string_lossy().to_lowercase());
        if is_new { Ok(()) } else { Err(io::Error::other("another page of this run has the same path")) }
    }

    fn put(&mut self, file: &Path, parts: &[&[u8]]) -> io::Result<()> {
        if !file.components().all(|component| matches!(component, Component::Normal(_))) {
            return Err(io::Error::other("the path leads out of the output folder"));
        }
        if !self.written.insert(file.to_string_lossy().to_lowercase()) {
            return Err(io::Error::other("another rule of this run has the same path"));
        }
        let folder = self.enter(file.parent().unwrap_or(Path::new("")))?;
        let mut draft = draft_in(&folder)?;
        for part in parts {
            io::Write::write_all(&mut draft, part)?;
        }
        // Replaces a link by that name, never what it points to.
        draft.persist(self.root.join(file)).map_err(|error| error.error)?;
        Ok(())
    }

    /// Makes the folders on the way, and refuses links, which may lead anywhere.
    fn enter(&mut self, below: &Path) -> io::Result<PathBuf> {
        let mut path = self.root.clone();
        for component in below.components() {
            path.push(component);
            if self.checked.contains(&path) {
                continue;
            }
            match fs::symlink_metadata(&path) {
                Ok(found) if found.is_dir() => {}
                Ok(_) => {
                    let message = format!("`{}` is in the way and not a folder", path.display());
                    return Err(io::Error::other(message));
                }
                Err(error) if error.kind() == io::ErrorKind::NotFound => fs::create_dir(&path)?,
                Err(error) => return Err(error),
            }
            self.checked.insert(path.clone());
        }
        Ok(path)
    }
}

/// Replaces what is in a file, or in what a link of this name leads to. It keeps its permissions.
pub(super) fn replace(file: &Path, text: &str) -> io::Result<()> {
    let file = fs::canonicalize(file)?;
    let permissions = fs::metadata(&file)?.permissions();
    if permissions.readonly() {
        return Err(io::ErrorKind::PermissionDenied.into());
    }
    let mut draft = draft_in(file.parent().unwrap_or(Path::new("")))?;
    io::Write::write_all(&mut draft, text.as_bytes())?;
    fs::set_permissions(draft.path(), permissions)?;
    draft.persist(&file).map_err(|error| error.error)?;
    Ok(())
}

/// A file beside the final one, with the permissions of any new file instead of a temporary one's.
fn draft_in(folder: &Path) -> io::Result<tempfile::NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".rulec-");
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    builder.tempfile_in(folder)
}

/// Whether the rules of a file are told apart by numbers. Those that are not asked for in this run count all the same, so
/// that the others keep their names.
pub(super) fn is_numbered(readings: &[Reading]) -> bool {
    readings.iter().filter(|reading| !reading.is_filter() && !reading.is_part()).count() > 1
}

/// Where the query of a rule for a target goes: `TARGET/PATH.EXT`.
pub(super) fn path_for(target: &Target, relative: &Path, number: Option<usize>) -> PathBuf {
    path_in(target.name, target.extension, relative, number)
}

/// Where a file goes that is made of a rule: `FOLDER/PATH.EXT`. `relative` is the rule file's path below the folder
/// given; `number` is set for each of several rules of one file. Nothing else decides, least of all what the rule says
/// about itself.
pub(super) fn path_in(folder: &str, extension: &str, relative: &Path, number: Option<usize>) -> PathBuf {
    let is_yaml = relative.extension().is_some_and(|extension| {
        extension.eq_ignore_ascii_case("yml") || extension.eq_ignore_ascii_case("yaml")
    });
    let stem = if is_yaml { relative.file_stem() } else { relative.file_name() };
    let mut name = stem.map_or_else(|| "rule".into(), std::ffi::OsStr::to_owned);
    if let Some(number) = number {
        name.push(format!("-{number}"));
    }
    name.push(".");
    name.push(extension);
    Path::new(folder).join(relative).with_file_name(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::target;

    fn path(relative: &str, number: Option<usize>) -> String {
        let target = target::find("defender").unwrap();
        path_for(target, Path::new(relative), number).to_str().unwrap().to_owned()
    }

    #[test]
    fn paths_follow_the_rule_file() {
        assert_eq!(path("windows/proc.yml", None), "defender/windows/proc.kql");
        assert_eq!(path("windows/proc.yml", Some(2)), "defender/windows/proc-2.kql");
        assert_eq!(path("rule.v1.2", None), "defender/rule.v1.2.kql");
        assert_eq!(path("stdin", None), "defender/stdin.kql");
    }

    #[test]
    fn a_file_is_replaced_by_the_next_run_and_written_once_in_each() {
        let root = tempfile::tempdir().unwrap();
        for query in ["one", "two"] {
            let mut folder = Folder::create(root.path()).unwrap();
            folder.write(Path::new("a/b.kql"), query).unwrap();
            assert!(folder.write(Path::new("a/B.kql"), "other").is_err());
            assert_eq!(fs::read_to_string(root.path().join("a/b.kql")).unwrap(), format!("{query}\n"));
        }
        assert_eq!(fs::read_dir(root.path().join("a")).unwrap().count(), 1, "no drafts are left");
    }

    #[test]
    fn paths_out_of_the_folder_are_refused() {
        let root = tempfile::tempdir().unwrap();
        let mut folder = Folder::create(&root.path().join("out")).unwrap();
        for path in ["../evil.kql", "/tmp/evil.kql", "a/../../evil.kql"] {
            assert!(folder.write(Path::new(path), "x").is_err(), "{path}");
        }
        assert!(!root.path().join("evil.kql").exists());
    }

    #[cfg(unix)]
    #[test]
    fn links_below_the_folder_are_not_followed() {
        use std::os::unix::fs::symlink;
        let root = tempfile::tempdir().unwrap();
        let outside = tempfile::tempdir().unwrap();
        fs::write(outside.path().join("precious"), "kept").unwrap();
        symlink(outside.path(), root.path().join("eql")).unwrap();
        symlink(outside.path().join("precious"), root.path().join("a.eql")).unwrap();
        let mut folder = Folder::create(root.path()).unwrap();
        assert!(folder.write(Path::new("eql/a.eql"), "x").is_err());
        folder.write(Path::new("a.eql"), "x").unwrap();
        assert_eq!(fs::read_to_string(outside.path().join("precious")).unwrap(), "kept");
        assert_eq!(fs::read_dir(outside.path()).unwrap().count(), 1);
    }
}

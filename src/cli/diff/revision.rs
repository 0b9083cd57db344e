//! Files of a revision in a git repository, read through the `git` program. Neither the work tree nor the index is touched:
//! what rules, mapping tables and projects are made of is copied into a temporary folder.

use std::{
    ffi::OsStr,
    fs,
    io::{self, BufRead, BufReader, Read, Write},
    path::{Component, Path, PathBuf},
    process::{Command, Stdio},
    thread,
};

use tempfile::TempDir;

use crate::{cli::status::Failure, yaml};

/// The extensions of files that a conversion may read.
const EXTENSIONS: [&str; 14] = [
    "yml", "yaml", "json", "ndjson", "jsonl", "md", "markdown", "kql", "csl", "kusto", "txt", "csv", "tsv",
    "hbs",
];

/// A revision's files.
pub(super) struct Revision {
    copy: TempDir,
}

/// A file to copy.
struct Entry {
    object: String,
    path: PathBuf,
}

impl Revision {
    /// The files of a revision below a folder of the work tree; an error if there is no such revision.
    pub(super) fn read(name: &str, folder: &Path) -> Result<Self, Failure> {
        let no_such = |_| {
            Failure::Message(format!(
                "`{name}` is neither a file or folder nor a revision of this repository"
            ))
        };
        let commit = format!("{name}^{{commit}}");
        let commit = git(folder, &["rev-parse", "--verify", "--quiet", "--end-of-options", &commit])
            .map_err(no_such)?;
        let commit = String::from_utf8_lossy(&commit).trim().to_owned();
        // Paths are listed as seen from the folder, and only what is below it.
        let listed = git(folder, &["ls-tree", "-r", "-z", &commit]).map_err(|error| failed(name, &error))?;
        let entries: Vec<Entry> = listed.split(|byte| *byte == 0).filter_map(entry).collect();
        let copy = tempfile::tempdir().map_err(|error| failed(name, &error))?;
        copy_all(folder, &entries, copy.path()).map_err(|error| failed(name, &error))?;
        Ok(Self { copy })
    }

    /// Where the files are, until this is dropped.
    pub(super) fn folder(&self) -> &Path {
        self.copy.path()
    }
}

fn failed(name: &str, error: &io::Error) -> Failure {
    Failure::Message(format!("cannot read revision `{name}`: {error}"))
}

fn command(folder: &Path) -> Command {
    let mut command = Command::new("git");
    // A folder of the current directory has an empty name.
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    command.current_dir(folder).env("GIT_OPTIONAL_LOCKS", "0").stderr(Stdio::null());
    command
}

/// What git answers.
fn git(folder: &Path, args: &[&str]) -> io::Result<Vec<u8>> {
    let output =
        command(folder).args(args).stdin(Stdio::null()).output().map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => io::Error::other("the program `git` is not installed"),
            _ => error,
        })?;
    if output.status.success() {
        return Ok(output.stdout);
    }
    Err(io::Error::other(format!("`git {}` failed", args.first().unwrap_or(&""))))
}

/// A line of `git ls-tree`: a mode, a type, an object and a path. Links and other repositories are left out, as are paths
/// that lead out of the folder.
fn entry(line: &[u8]) -> Option<Entry> {
    let line = std::str::from_utf8(line).ok()?;
    let (head, path) = line.split_once('\t')?;
    let mut head = head.split(' ');
    let (mode, object) = (head.next()?, head.nth(1)?);
    let path = PathBuf::from(path);
    let extension = path.extension().and_then(OsStr::to_str).map(str::to_ascii_lowercase);
    let is_wanted = mode.starts_with("100")
        && extension.is_some_and(|extension| EXTENSIONS.contains(&extension.as_str()))
        && path.components().all(|part| matches!(part, Component::Normal(_)));
    is_wanted.then(|| Entry { object: object.to_owned(), path })
}

fn copy_all(folder: &Path, entries: &[Entry], target: &Path) -> io::Result<()> {
    let mut child =
        command(folder).args(["cat-file", "--batch"]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
    let mut questions = child.stdin.take().ok_or_else(|| io::Error::other("git takes no questions"))?;
    let answers = child.stdout.take().ok_or_else(|| io::Error::other("git gives no answers"))?;
    let asked: String = entries.iter().flat_map(|entry| [entry.object.as_str(), "\n"]).collect();
    // Git answers before it has read everything.
    let asking = thread::spawn(move || questions.write_all(asked.as_bytes()));
    let mut answers = BufReader::new(answers);
    for entry in entries {
        let content = answer(&mut answers)?;
        if content.len() <= yaml::MAX_BYTES {
            let path = target.join(&entry.path);
            fs::create_dir_all(path.parent().unwrap_or(target))?;
            fs::write(path, content)?;
        }
    }
    asking.join().map_err(|_| io::Error::other("git could not be asked"))??;
    child.wait()?;
    Ok(())
}

/// An answer of `git cat-file --batch`: a head that ends with the size, the content, and a line feed.
fn answer(from: &mut impl BufRead) -> io::Result<Vec<u8>> {
    let mut head = String::new();
    from.read_line(&mut head)?;
    let size = head.trim_end().rsplit(' ').next().and_then(|size| size.parse().ok());
    let size: u64 = size.ok_or_else(|| io::Error::other("git lacks a file of the revision"))?;
    let mut content = Vec::new();
    from.take(size).read_to_end(&mut content)?;
    from.read_line(&mut String::new())?;
    Ok(content)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(line: &str) -> Option<String> {
        entry(line.as_bytes()).map(|entry| entry.path.display().to_string())
    }

    #[test]
    fn of_a_tree_plain_files_that_may_be_read_are_taken() {
        assert_eq!(path("100644 blob 1234\trules/a b.yml").as_deref(), Some("rules/a b.yml"));
        assert_eq!(path("100755 blob 1234\ta.KQL").as_deref(), Some("a.KQL"));
        assert_eq!(path("100644 blob 1234\ta.exe"), None);
        assert_eq!(path("120000 blob 1234\tlink.yml"), None);
        assert_eq!(path("160000 commit 1234\tmodule.yml"), None);
        assert_eq!(path("100644 blob 1234\t../a.yml"), None);
        assert_eq!(path("100644 blob 1234\t/etc/a.yml"), None);
        assert_eq!(path(""), None);
    }

    #[test]
    fn answers_are_as_long_as_they_say() {
        let mut text: &[u8] = b"1234 blob 4\na\nb\n\n5678 missing\n";
        assert_eq!(answer(&mut text).unwrap(), b"a\nb\n");
        assert!(answer(&mut text).is_err());
    }
}

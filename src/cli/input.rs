//! From paths to sources: folder walks, and reading with a size limit.

use std::{
    fs::{self, File},
    io::{self, Read},
    path::{Path, PathBuf},
};

use walkdir::{DirEntry, WalkDir};

use crate::{
    diag::{Code, Diagnostic, Severity, Source, Span},
    yaml,
};

/// The largest file that is read, in bytes: what can be parsed.
const MAX_BYTES: u64 = yaml::MAX_BYTES as u64;

/// One thing to read, or one that cannot be read.
#[derive(Debug)]
pub(super) struct Input {
    /// The path as the user gave it, extended below folders; `<stdin>` for standard input.
    pub(super) name: String,
    /// The path below the folder that the user gave, or the file's name; only plain components.
    pub(super) relative: PathBuf,
    origin: Origin,
}

#[derive(Debug)]
enum Origin {
    Stdin,
    File(PathBuf),
    /// A folder or link that the walk could not enter.
    Broken(Diagnostic),
}

/// What the paths led to, in order.
#[derive(Debug, Default)]
pub(super) struct Inputs {
    /// Folders' files in the order of their names.
    pub(super) inputs: Vec<Input>,
    /// How many files of folders were left out, as they are not named `.yml` or `.yaml`.
    pub(super) skipped: usize,
}

/// A file's text, and what is wrong with the file as a whole.
#[derive(Debug)]
pub(super) struct Loaded {
    /// The text; as far as it is text, where it is not.
    pub(super) source: Source,
    /// Why it cannot be used.
    pub(super) problem: Option<Diagnostic>,
}

/// Finds the files behind paths. Files are taken whatever their names; folders are walked, hidden ones included
/// except `.git`, and links followed.
pub(super) fn collect(paths: &[PathBuf]) -> Inputs {
    collect_named(paths, is_rule_file)
}

/// The same for files of other names.
pub(super) fn collect_named(paths: &[PathBuf], is_wanted: fn(&Path) -> bool) -> Inputs {
    let mut found = Inputs::default();
    for path in paths {
        if path.as_os_str() == "-" {
            found.push("<stdin>".to_owned(), PathBuf::from("stdin"), Origin::Stdin);
        } else if path.is_dir() {
            walk(path, is_wanted, &mut found);
        } else {
            let relative = path.file_name().map_or_else(|| PathBuf::from("rule"), PathBuf::from);
            found.push(path.display().to_string(), relative, Origin::File(path.clone()));
        }
    }
    found
}

impl Inputs {
    fn push(&mut self, name: String, relative: PathBuf, origin: Origin) {
        self.inputs.push(Input { name, relative, origin });
    }
}

fn walk(root: &Path, is_wanted: fn(&Path) -> bool, found: &mut Inputs) {
    let not_git = |entry: &DirEntry| entry.depth() == 0 || entry.file_name() != ".git";
    for entry in WalkDir::new(root).follow_links(true).sort_by_file_name().into_iter().filter_entry(not_git) {
        match entry {
            Ok(entry) if entry.file_type().is_dir() => {}
            Ok(entry) if is_wanted(entry.path()) => {
                let relative = entry.path().strip_prefix(root).unwrap_or(Path::new("rule")).to_owned();
                found.push(entry.path().display().to_string(), relative, Origin::File(entry.into_path()));
            }
            Ok(_) => found.skipped += 1,
            Err(error) => note_broken(root, is_wanted, &error, found),
        }
    }
}

fn note_broken(root: &Path, is_wanted: fn(&Path) -> bool, error: &walkdir::Error, found: &mut Inputs) {
    let path = error.path().unwrap_or(root);
    let dangling = error.io_error().is_some_and(|error| error.kind() == io::ErrorKind::NotFound);
    if dangling && !is_wanted(path) {
        found.skipped += 1;
        return;
    }
    let diagnostic = match (error.loop_ancestor(), error.io_error()) {
        (Some(ancestor), _) => {
            let message = format!("link leads back to `{}`, which is read already", ancestor.display());
            Diagnostic { severity: Severity::Warning, ..Diagnostic::without_span(Code::Unreadable, message) }
        }
        (None, Some(error)) => unreadable(error),
        (None, None) => Diagnostic::without_span(Code::Unreadable, "cannot be read"),
    };
    let relative = path.strip_prefix(root).unwrap_or(Path::new("rule")).to_owned();
    found.push(path.display().to_string(), relative, Origin::Broken(diagnostic));
}

fn is_rule_file(path: &Path) -> bool {
    path.extension().is_some_and(|extension| {
        extension.eq_ignore_ascii_case("yml") || extension.eq_ignore_ascii_case("yaml")
    })
}

impl Input {
    /// Reads it.
    pub(super) fn load(&self) -> Loaded {
        let bytes = match &self.origin {
            Origin::Broken(diagnostic) => return self.without_text(diagnostic.clone()),
            Origin::Stdin => read_limited(io::stdin().lock()),
            Origin::File(path) => open(path).and_then(read_limited),
        };
        match bytes {
            Err(error) => self.without_text(unreadable(&error)),
            Ok(bytes) if bytes.len() as u64 > MAX_BYTES => self.without_text(too_large()),
            Ok(bytes) => self.with_text(bytes),
        }
    }

    /// The file, if it is one.
    pub(super) fn file(&self) -> Option<&Path> {
        match &self.origin {
            Origin::File(path) => Some(path),
            Origin::Stdin | Origin::Broken(_) => None,
        }
    }

    fn without_text(&self, problem: Diagnostic) -> Loaded {
        Loaded { source: Source::new(&self.name, ""), problem: Some(problem) }
    }

    fn with_text(&self, bytes: Vec<u8>) -> Loaded {
        match String::from_utf8(bytes) {
            Ok(text) => Loaded { source: Source::new(&self.name, text), problem: None },
            Err(error) => {
                let valid = error.utf8_error().valid_up_to();
                // Up to the fault, offsets in the repaired text are those of the file.
                let text = String::from_utf8_lossy(error.as_bytes()).into_owned();
                let problem = Diagnostic::new(Code::NotUtf8, Span::new(valid, valid + 3), "not valid UTF-8")
                    .help("save the file as UTF-8");
                Loaded { source: Source::new(&self.name, text), problem: Some(problem) }
            }
        }
    }
}

/// Opens a file, but not a folder, which some systems open without complaint.
fn open(path: &Path) -> io::Result<File> {
    let file = File::open(path)?;
    if fs::File::metadata(&file)?.is_dir() {
        return Err(io::ErrorKind::IsADirectory.into());
    }
    Ok(file)
}

fn read_limited(reader: impl Read) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    reader.take(MAX_BYTES + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn unreadable(error: &io::Error) -> Diagnostic {
    let reason = match error.kind() {
        io::ErrorKind::NotFound => "no such file or folder".to_owned(),
        io::ErrorKind::PermissionDenied => "no permission to read this".to_owned(),
        _ => format!("cannot be read: {error}"),
    };
    Diagnostic::without_span(Code::Unreadable, reason)
}

fn too_large() -> Diagnostic {
    Diagnostic::without_span(Code::YamlLimit, format!("larger than {} MiB", MAX_BYTES >> 20))
        .help("split the file into several")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn input(origin: Origin) -> Input {
        Input { name: "a.yml".to_owned(), relative: PathBuf::from("a.yml"), origin }
    }

    #[test]
    fn text_that_is_not_utf8_is_located() {
        let loaded = input(Origin::Stdin).with_text(b"title: \xff\n".to_vec());
        let problem = loaded.problem.unwrap();
        assert_eq!(problem.code, Code::NotUtf8);
        assert_eq!(loaded.source.locate(problem.span.unwrap()).column, 8);
    }

    #[test]
    fn a_missing_file_is_a_diagnostic() {
        let loaded = input(Origin::File(PathBuf::from("does/not/exist.yml"))).load();
        assert_eq!(loaded.problem.unwrap().message, "no such file or folder");
    }

    #[test]
    fn a_folder_walk_is_sorted_takes_hidden_folders_and_skips_git() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["b.yml", "a/z.yaml", "a/c.txt", ".hidden/d.YML", ".git/e.yml"] {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "").unwrap();
        }
        let found = collect(&[folder.path().to_owned()]);
        let relative: Vec<_> = found.inputs.iter().map(|input| input.relative.to_str().unwrap()).collect();
        assert_eq!(relative, [".hidden/d.YML", "a/z.yaml", "b.yml"]);
        assert_eq!(found.skipped, 1);
    }

    #[cfg(unix)]
    #[test]
    fn links_are_followed_and_loops_end() {
        let folder = tempfile::tempdir().unwrap();
        let elsewhere = tempfile::tempdir().unwrap();
        fs::write(elsewhere.path().join("linked.yml"), "").unwrap();
        std::os::unix::fs::symlink(elsewhere.path(), folder.path().join("a")).unwrap();
        std::os::unix::fs::symlink(folder.path(), folder.path().join("b")).unwrap();
        std::os::unix::fs::symlink("nowhere", folder.path().join("c.yml")).unwrap();
        let found = collect(&[folder.path().to_owned()]);
        let relative: Vec<_> = found.inputs.iter().map(|input| input.relative.to_str().unwrap()).collect();
        assert_eq!(relative, ["a/linked.yml", "b", "c.yml"]);
        let severity = |index: usize| found.inputs[index].load().problem.unwrap().severity;
        assert_eq!(severity(1), Severity::Warning);
        assert_eq!(severity(2), Severity::Error);
    }
}

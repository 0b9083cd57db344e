//! From paths to sources: folder walks, and reading with a size limit.

use std::{
    fs::{self, File},
    io::{self, Read},
    path::{Component, Path, PathBuf},
    string::FromUtf8Error,
};

use walkdir::{DirEntry, WalkDir};

use super::from::{Candidate, RuleFormat};
use crate::{
    diag::{Code, Diagnostic, Severity, Source, Span},
    yaml,
};

/// The largest file that is read, in bytes: what can be parsed.
const MAX_BYTES: u64 = yaml::MAX_BYTES as u64;

/// One thing to read, or one that cannot be read.
#[derive(Debug, Clone)]
pub(super) struct Input {
    /// The path as the user gave it, extended below folders; `<stdin>` for standard input.
    pub(super) name: String,
    /// The path below the folder that the user gave, or the file's name; only plain components.
    pub(super) relative: PathBuf,
    /// Whether it is one to take whatever is in it; otherwise only if it is recognised as a file of rules.
    pub(super) is_certain: bool,
    /// Whether the user named it, and no folder that it is in.
    pub(super) is_named: bool,
    origin: Origin,
}

#[derive(Debug, Clone)]
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
    /// How many files of folders were left out: they hold no rules, by their names.
    pub(super) skipped: usize,
}

/// A file's text, and what is wrong with the file as a whole.
#[derive(Debug)]
pub(super) struct Text {
    /// The text; as far as it is text, where it is not.
    pub(super) source: Source,
    /// Why it cannot be used.
    pub(super) problem: Option<Diagnostic>,
}

/// Finds the files behind paths. Files are taken whatever their names; folders are walked, hidden ones included
/// except `.git`, and links followed.
pub(super) fn collect(paths: &[PathBuf], from: RuleFormat) -> Inputs {
    collect_except(paths, &[], from)
}

/// The same, without some files and folders below the paths.
pub(super) fn collect_except(paths: &[PathBuf], except: &[PathBuf], from: RuleFormat) -> Inputs {
    let except: Vec<PathBuf> = except.iter().map(|path| plain(path)).collect();
    collect_as(paths, &|path| !except.contains(&plain(path)), &|path| from.of_file(path))
}

/// A path without `.`, so that two ways of writing one are equal.
pub(super) fn plain(path: &Path) -> PathBuf {
    path.components().filter(|it| *it != Component::CurDir).collect()
}

/// The same for files of other names.
pub(super) fn collect_named(paths: &[PathBuf], is_wanted: fn(&Path) -> bool) -> Inputs {
    collect_as(paths, &|_| true, &|path| if is_wanted(path) { Candidate::Rules } else { Candidate::None })
}

/// Whether a file is one to take, by its path.
type Judge<'a> = dyn Fn(&Path) -> Candidate + 'a;

/// Whether a file or folder is looked at.
type Admit<'a> = dyn Fn(&Path) -> bool + 'a;

fn collect_as(paths: &[PathBuf], admit: &Admit<'_>, judge: &Judge<'_>) -> Inputs {
    let mut found = Inputs::default();
    for path in paths {
        if path.as_os_str() == "-" {
            found.push("<stdin>".to_owned(), PathBuf::from("stdin"), Origin::Stdin);
        } else if path.is_dir() {
            walk(path, admit, judge, &mut found);
        } else {
            let relative = path.file_name().map_or_else(|| PathBuf::from("rule"), PathBuf::from);
            found.push(path.display().to_string(), relative, Origin::File(path.clone()));
        }
    }
    found
}

impl Inputs {
    fn push(&mut self, name: String, relative: PathBuf, origin: Origin) {
        self.inputs.push(Input { name, relative, is_certain: true, is_named: true, origin });
    }
}

fn walk(root: &Path, admit: &Admit<'_>, judge: &Judge<'_>, found: &mut Inputs) {
    let not_git = |entry: &DirEntry| entry.depth() == 0 || entry.file_name() != ".git" && admit(entry.path());
    for entry in WalkDir::new(root).follow_links(true).sort_by_file_name().into_iter().filter_entry(not_git) {
        match entry {
            Ok(entry) if entry.file_type().is_dir() => {}
            Ok(entry) => {
                let relative = entry.path().strip_prefix(root).unwrap_or(Path::new("rule")).to_owned();
                let name = entry.path().display().to_string();
                let candidate = judge(entry.path());
                let is_file = entry.file_type().is_file();
                let is_certain = candidate == Candidate::Rules;
                let origin = Origin::File(entry.into_path());
                let input = Input { name, relative, is_certain, is_named: false, origin };
                match candidate {
                    Candidate::Rules => found.inputs.push(input),
                    Candidate::Perhaps if is_file => found.inputs.push(input),
                    Candidate::Perhaps | Candidate::None => found.skipped += 1,
                }
            }
            Err(error) => note_broken(root, judge, &error, found),
        }
    }
}

fn note_broken(root: &Path, judge: &Judge<'_>, error: &walkdir::Error, found: &mut Inputs) {
    let path = error.path().unwrap_or(root);
    let dangling = error.io_error().is_some_and(|error| error.kind() == io::ErrorKind::NotFound);
    if dangling && judge(path) != Candidate::Rules {
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

impl Input {
    /// Reads it.
    pub(super) fn load(&self) -> Text {
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

    fn without_text(&self, problem: Diagnostic) -> Text {
        Text { source: Source::new(&self.name, ""), problem: Some(problem) }
    }

    fn with_text(&self, bytes: Vec<u8>) -> Text {
        match decode(bytes) {
            Ok(text) => Text { source: Source::new(&self.name, text), problem: None },
            Err(error) => {
                let valid = error.utf8_error().valid_up_to();
                // Up to the fault, offsets in the repaired text are those of the file.
                let text = String::from_utf8_lossy(error.as_bytes()).into_owned();
                let problem = Diagnostic::new(Code::NotUtf8, Span::new(valid, valid + 3), "not valid UTF-8")
                    .help("save the file as UTF-8");
                Text { source: Source::new(&self.name, text), problem: Some(problem) }
            }
        }
    }
}

/// Text of UTF-8 or, where a byte order mark says so, UTF-16; the mark is no part of it.
fn decode(mut bytes: Vec<u8>) -> Result<String, FromUtf8Error> {
    let unit: fn([u8; 2]) -> u16 = match bytes.get(..2) {
        Some([0xFF, 0xFE]) => u16::from_le_bytes,
        Some([0xFE, 0xFF]) => u16::from_be_bytes,
        _ => {
            if bytes.starts_with(b"\xEF\xBB\xBF") {
                bytes.drain(..3);
            }
            return String::from_utf8(bytes);
        }
    };
    let units = bytes[2..].chunks_exact(2).map(|pair| unit([pair[0], pair[1]]));
    match char::decode_utf16(units).collect::<Result<String, _>>() {
        Ok(text) if bytes.len().is_multiple_of(2) => Ok(text),
        _ => String::from_utf8(bytes),
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
        Input {
            name: "a.yml".to_owned(),
            relative: PathBuf::from("a.yml"),
            is_certain: true,
            is_named: true,
            origin,
        }
    }

    #[test]
    fn text_that_is_not_utf8_is_located() {
        let loaded = input(Origin::Stdin).with_text(b"title: \xff\n".to_vec());
        let problem = loaded.problem.unwrap();
        assert_eq!(problem.code, Code::NotUtf8);
        assert_eq!(loaded.source.locate(problem.span.unwrap()).column, 8);
    }

    #[test]
    fn byte_order_marks_tell_the_encoding_and_are_no_text() {
        let text = |bytes: &[u8]| input(Origin::Stdin).with_text(bytes.to_vec()).source.text().to_owned();
        assert_eq!(text(b"\xEF\xBB\xBFa: b"), "a: b");
        assert_eq!(text(b"\xFF\xFEa\0:\0\xE9\0"), "a:é");
        assert_eq!(text(b"\xFE\xFF\0a\0:"), "a:");
        let odd = input(Origin::Stdin).with_text(b"\xFF\xFEa\0b".to_vec());
        assert_eq!(odd.problem.unwrap().code, Code::NotUtf8);
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
        let found = collect(&[folder.path().to_owned()], RuleFormat::Auto);
        let relative: Vec<_> = found.inputs.iter().map(|input| input.relative.to_str().unwrap()).collect();
        assert_eq!(relative, [".hidden/d.YML", "a/c.txt", "a/z.yaml", "b.yml"]);
        assert!(!found.inputs[1].is_certain, "what is in it decides");
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
        let found = collect(&[folder.path().to_owned()], RuleFormat::Auto);
        let relative: Vec<_> = found.inputs.iter().map(|input| input.relative.to_str().unwrap()).collect();
        assert_eq!(relative, ["a/linked.yml", "b", "c.yml"]);
        let severity = |index: usize| found.inputs[index].load().problem.unwrap().severity;
        assert_eq!(severity(1), Severity::Warning);
        assert_eq!(severity(2), Severity::Error);
    }
}

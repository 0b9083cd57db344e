//! `rulec fmt`: lays out Kusto queries.

use std::{
    io::{self, IsTerminal},
    path::{Path, PathBuf},
};

use serde::Serialize;
use similar::TextDiff;

use super::{
    args::{FmtArgs, Format},
    input::{self, Input, Text},
    output,
    run::{Plan, contained, in_order},
    status::{Failure, Status, say, stderr_terminal},
    stream::{Form, Stream},
};
use crate::{
    diag::{
        Code, Diagnostic, Positions, Source,
        render::{Finding, json::JsonFinding},
    },
    kusto,
};

/// What query files are called.
const EXTENSIONS: [&str; 3] = ["kql", "csl", "kusto"];

pub(super) fn run(args: &FmtArgs) -> Result<Status, Failure> {
    let found = input::collect_named(&args.paths, is_query_file);
    refuse(args, &found.inputs)?;
    let form = if args.format == Format::Json { Form::Json } else { Form::Text };
    let mut out = Stream::new(form, args.write);
    let mut tally = Tally::default();
    let plan = Plan { jobs: args.jobs.jobs, progress: !args.quiet && !io::stdout().is_terminal() };
    in_order(&found.inputs, plan, Formatted::of, |mut formatted| {
        if args.write {
            formatted.write();
        }
        tally.add(&formatted);
        if args.format == Format::Text {
            formatted.tell();
        }
        out.write(&formatted.entry(args).into_iter().collect::<Vec<_>>())
    })?;
    out.finish()?;
    if (args.write || args.check) && !args.quiet {
        say(&tally.summary(args.check));
    }
    Ok(tally.status(args.check))
}

/// Refuses what would mix up texts on standard output, or cannot be written.
fn refuse(args: &FmtArgs, inputs: &[Input]) -> Result<(), Failure> {
    let refused = |message: &str| Err(Failure::Message(message.to_owned()));
    if inputs.is_empty() {
        return refused("no `.kql`, `.csl` or `.kusto` file found");
    }
    if args.write && args.paths.iter().any(|path| path.as_os_str() == "-") {
        return refused("standard input cannot be written in place");
    }
    if inputs.len() > 1 && !args.write && !args.check && args.format == Format::Text {
        return refused(
            "several queries: pass `--write` to lay them out in place, or `--check` to see what changes",
        );
    }
    Ok(())
}

fn is_query_file(path: &Path) -> bool {
    let is_one =
        |extension: &std::ffi::OsStr| EXTENSIONS.iter().any(|known| extension.eq_ignore_ascii_case(known));
    path.extension().is_some_and(is_one)
}

/// What became of one file.
struct Formatted {
    /// Where it goes back to.
    file: Option<PathBuf>,
    source: Source,
    /// The text laid out; none where it could not be.
    text: Option<String>,
    diagnostics: Vec<Diagnostic>,
}

/// The record of one file, the shape that pipelines rely on.
#[derive(Serialize)]
struct Record<'a> {
    path: &'a str,
    changed: bool,
    text: Option<&'a str>,
    findings: Vec<JsonFinding<'a>>,
}

impl Formatted {
    fn of(input: &Input) -> Self {
        let Text { source, problem } = input.load();
        let (text, diagnostics) = match problem {
            Some(problem) => (None, vec![problem]),
            None => contained(|| lay_out(source.text())).unwrap_or_else(|defect| (None, vec![defect])),
        };
        Self { file: input.file().map(Path::to_owned), source, text, diagnostics }
    }

    fn is_changed(&self) -> bool {
        self.text.as_ref().is_some_and(|text| text != self.source.text())
    }

    /// Replaces the file, if it changes.
    fn write(&mut self) {
        let (Some(text), Some(file), true) = (&self.text, &self.file, self.is_changed()) else {
            return;
        };
        if let Err(error) = output::replace(file, text) {
            self.text = None;
            let message = format!("cannot be written: {error}");
            self.diagnostics.push(Diagnostic::without_span(Code::Unreadable, message));
        }
    }

    /// Says on standard error what is wrong with it.
    fn tell(&self) {
        let terminal = stderr_terminal();
        for diagnostic in &self.diagnostics {
            say(&terminal.diagnostic(diagnostic, &self.source, None));
        }
    }

    /// What goes to standard output.
    fn entry(&self, args: &FmtArgs) -> Option<String> {
        let text = self.text.as_deref();
        if args.format == Format::Json {
            return Some(self.record());
        }
        match text {
            Some(text) if args.check && self.is_changed() => Some(diff(&self.source, text)),
            Some(text) if !args.check && !args.write => Some(text.to_owned()),
            _ => None,
        }
    }

    fn record(&self) -> String {
        let finding = |diagnostic| JsonFinding::new(&Finding::new(diagnostic, &self.source));
        let record = Record {
            path: self.source.name(),
            changed: self.is_changed(),
            text: self.text.as_deref(),
            findings: self.diagnostics.iter().map(finding).collect(),
        };
        serde_json::to_string(&record).expect("invariant: a record has no maps and no failing serializer")
    }
}

/// The text laid out, unless something is wrong with it.
fn lay_out(text: &str) -> (Option<String>, Vec<Diagnostic>) {
    let parsed = kusto::parse(text, &Positions::default());
    let is_sound = !parsed.diagnostics.iter().any(Diagnostic::is_error);
    (is_sound.then(|| kusto::format(&parsed.script, text)), parsed.diagnostics)
}

fn diff(source: &Source, text: &str) -> String {
    let diff = TextDiff::from_lines(source.text(), text);
    diff.unified_diff().context_radius(3).header(source.name(), "laid out").to_string()
}

#[derive(Debug, Default)]
struct Tally {
    changed: usize,
    unchanged: usize,
    failed: usize,
    /// Whether something could not be read or written.
    trouble: bool,
}

impl Tally {
    fn add(&mut self, formatted: &Formatted) {
        match (&formatted.text, formatted.is_changed()) {
            (None, _) => self.failed += 1,
            (Some(_), true) => self.changed += 1,
            (Some(_), false) => self.unchanged += 1,
        }
        self.trouble |= formatted.diagnostics.iter().any(|it| it.is_error() && it.code == Code::Unreadable);
    }

    fn status(&self, check: bool) -> Status {
        Status::of(self.trouble, self.failed > 0 || (check && self.changed > 0))
    }

    fn summary(&self, check: bool) -> String {
        let Self { changed, unchanged, failed, .. } = self;
        let count = changed + unchanged + failed;
        let files = if count == 1 { "file" } else { "files" };
        let changed_as = if check { "would change" } else { "changed" };
        format!("{count} {files}: {changed} {changed_as}, {unchanged} unchanged, {failed} failed\n")
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn formatted(file: Option<&Path>, from: &str, to: &str) -> Formatted {
        let source = Source::new("a.kql", from);
        Formatted {
            file: file.map(Path::to_owned),
            source,
            text: Some(to.to_owned()),
            diagnostics: Vec::new(),
        }
    }

    #[test]
    fn query_files_are_known_by_their_names() {
        assert!(["a.kql", "b/a.KQL", "a.csl", "a.kusto"].map(Path::new).into_iter().all(is_query_file));
        assert!(!is_query_file(Path::new("a.yml")) && !is_query_file(Path::new("kql")));
    }

    #[test]
    fn a_file_is_replaced_and_keeps_its_permissions() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.kql");
        fs::write(&path, "T|take 1").unwrap();
        let before = fs::metadata(&path).unwrap().permissions();
        let mut result = formatted(Some(&path), "T|take 1", "T\n| take 1\n");
        result.write();
        assert_eq!(fs::read_to_string(&path).unwrap(), "T\n| take 1\n");
        assert_eq!(fs::metadata(&path).unwrap().permissions(), before);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "no drafts are left");
        assert!(result.diagnostics.is_empty());
    }

    #[test]
    fn a_change_is_shown_as_a_diff() {
        let source = Source::new("a.kql", "T|take 1\n");
        assert_eq!(
            diff(&source, "T\n| take 1\n"),
            "--- a.kql\n+++ laid out\n@@ -1 +1,2 @@\n-T|take 1\n+T\n+| take 1\n"
        );
    }

    #[test]
    fn a_check_finds_what_would_change() {
        let mut tally = Tally::default();
        tally.add(&formatted(None, "T\n", "T\n"));
        assert_eq!(tally.status(true), Status::Fine);
        tally.add(&formatted(None, "T", "T\n"));
        assert_eq!((tally.status(true), tally.status(false)), (Status::Findings, Status::Fine));
        assert_eq!(tally.summary(true), "2 files: 1 would change, 1 unchanged, 0 failed\n");
    }
}

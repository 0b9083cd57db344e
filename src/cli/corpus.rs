//! Rules of many files, read and flattened: what `indicators` and `catalog` start from.

use super::{
    args::{InputArgs, PlaceholderArgs},
    from::RuleFormat,
    load::{Loaded, Run, load},
    placeholders::read_options,
    run::{Plan, in_order},
    status::{Failure, say, stderr_terminal},
};
use crate::{
    catalog::{Corpus, Flat, Member, Telemetry, flatten},
    diag::{Diagnostic, Source, render::terminal::Terminal},
    sigma::{ReadOptions, Reading},
};

/// Rules, and what they look for.
pub(super) struct Rules {
    /// The files that they are in.
    pub(super) run: Run,
    /// What they look for.
    pub(super) corpus: Corpus,
    /// Of each member of the corpus, its file and its place in it.
    pub(super) places: Vec<(usize, usize)>,
    /// How many rules could not be read, not even in part.
    pub(super) failed: usize,
    /// Whether a file could not be read.
    pub(super) trouble: bool,
}

impl Rules {
    /// What was read of a member of the corpus, and its text.
    pub(super) fn reading(&self, member: usize) -> Option<(&Source, &Reading)> {
        let (file, place) = self.places.get(member)?;
        let file = self.run.files.get(*file)?;
        Some((&file.source, file.readings.as_ref().ok()?.get(*place)?))
    }
}

/// Reads every rule behind paths. What cannot be read is told on standard error, unless `quiet`.
pub(super) fn gather(
    input: &InputArgs,
    placeholders: &PlaceholderArgs,
    plan: Plan,
    quiet: bool,
    telemetry: &Telemetry<'_>,
) -> Result<Rules, Failure> {
    let terminal = stderr_terminal();
    // As far as a query can be read, it tells what it looks for.
    let options = ReadOptions { partial: true, ..read_options(placeholders, &terminal)? };
    let run = load(input, &options, plan)?;
    let job = Job { from: input.from.from, telemetry, terminal };
    let mut corpus = Corpus::default();
    let mut places = Vec::new();
    let (mut failed, mut trouble, mut file) = (0, run.is_empty(), 0);
    in_order(
        &run.files,
        plan,
        |file| job.file(file),
        |found| {
            if !quiet {
                say(&found.messages);
            }
            trouble |= found.trouble;
            failed += found.failed;
            for (place, member) in found.members {
                corpus.add(member);
                places.push((file, place));
            }
            file += 1;
            Ok(())
        },
    )?;
    Ok(Rules { run, corpus, places, failed, trouble })
}

struct Job<'a> {
    from: RuleFormat,
    telemetry: &'a Telemetry<'a>,
    terminal: Terminal,
}

/// The rules of one file.
#[derive(Default)]
struct OneFile {
    /// Each with its place among the documents.
    members: Vec<(usize, Member)>,
    failed: usize,
    messages: String,
    trouble: bool,
}

impl Job<'_> {
    fn file(&self, file: &Loaded) -> OneFile {
        match file.work(|readings| self.rules(file, readings)) {
            Ok(found) => found,
            Err(problem) => {
                let messages = self.terminal.diagnostic(&problem, &file.source, None);
                OneFile { trouble: problem.is_error(), messages, ..OneFile::default() }
            }
        }
    }

    fn rules(&self, file: &Loaded, readings: &[Reading]) -> OneFile {
        let vendor = self.from.format(&file.source).vendor();
        let relative: Vec<_> = file.input.relative.iter().map(|part| part.to_string_lossy()).collect();
        let relative = relative.join("/");
        let mut found = OneFile::default();
        for (index, reading) in readings.iter().enumerate().filter(|(_, it)| !it.is_aside()) {
            let flat = match reading.rule() {
                Some(rule) => flatten(rule, self.telemetry),
                None => self.unread(&reading.diagnostics, &file.source, &mut found),
            };
            let member = Member {
                vendor,
                metadata: reading.metadata.clone(),
                path: file.source.name().into(),
                relative: relative.as_str().into(),
                number: if readings.len() > 1 { index + 1 } else { 0 },
                flat,
                identity: 0,
            };
            found.members.push((index, member));
        }
        found
    }

    /// A rule that could not be read looks for nothing that is known.
    fn unread(&self, diagnostics: &[Diagnostic], source: &Source, found: &mut OneFile) -> Flat {
        found.failed += 1;
        for diagnostic in diagnostics.iter().filter(|diagnostic| diagnostic.is_error()) {
            found.messages += &self.terminal.diagnostic(diagnostic, source, None);
        }
        let why = diagnostics.iter().find(|diagnostic| diagnostic.is_error());
        Flat { unread: why.map(|why| why.message.clone()), ..Flat::default() }
    }
}

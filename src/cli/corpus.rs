//! Rules of many files, read and flattened: what `indicators` and `catalog` start from.

use std::path::Path;

use super::{
    args::{InputArgs, PlaceholderArgs},
    convert::nothing_found,
    from::RuleFormat,
    input::{self, Input, Loaded},
    placeholders::read_options,
    run::{Plan, contained, in_order},
    status::{Failure, say, stderr_terminal},
};
use crate::{
    catalog::{Corpus, Flat, Member, Telemetry, flatten},
    diag::{Diagnostic, Source, render::terminal::Terminal},
    read::read,
    sigma::{ReadOptions, Reading},
};

/// Rules, and the texts that they came from.
pub(super) struct Rules {
    /// What they look for.
    pub(super) corpus: Corpus,
    /// How many rules could not be read, not even in part.
    pub(super) failed: usize,
    /// Whether a file could not be read.
    pub(super) trouble: bool,
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
    let found = input::collect(&input.paths, input.from.from);
    let job = Job {
        from: input.from.from,
        // As far as a query can be read, it tells what it looks for.
        options: ReadOptions { partial: true, ..read_options(placeholders, &terminal)? },
        telemetry,
        terminal,
    };
    let mut rules = Rules { corpus: Corpus::default(), failed: 0, trouble: nothing_found(&found) };
    in_order(
        &found.inputs,
        plan,
        |input| job.file(input),
        |file| {
            if !quiet {
                say(&file.messages);
            }
            rules.trouble |= file.trouble;
            rules.failed += file.failed;
            file.rules.into_iter().for_each(|member| rules.corpus.add(member));
            Ok(())
        },
    )?;
    Ok(rules)
}

struct Job<'a> {
    from: RuleFormat,
    options: ReadOptions,
    telemetry: &'a Telemetry<'a>,
    terminal: Terminal,
}

/// The rules of one file.
#[derive(Default)]
struct OneFile {
    rules: Vec<Member>,
    failed: usize,
    messages: String,
    trouble: bool,
}

impl Job<'_> {
    fn file(&self, input: &Input) -> OneFile {
        let Loaded { source, problem } = input.load();
        let read = match problem {
            Some(problem) => Err(problem),
            None => contained(|| self.rules(&source, &input.relative)),
        };
        match read {
            Ok(file) => file,
            Err(problem) => {
                let messages = self.terminal.diagnostic(&problem, &source, None);
                OneFile { trouble: problem.is_error(), messages, ..OneFile::default() }
            }
        }
    }

    fn rules(&self, source: &Source, relative: &Path) -> OneFile {
        let format = self.from.format(source);
        let readings = read(source, format, &self.options);
        let several = readings.len() > 1;
        let mut file = OneFile::default();
        for (index, reading) in readings.into_iter().enumerate() {
            let Reading { metadata, rule, diagnostics, .. } = reading;
            let flat = match &rule {
                Some(rule) => flatten(rule, self.telemetry),
                None => self.unread(&diagnostics, source, &mut file),
            };
            let relative: Vec<_> = relative.iter().map(|part| part.to_string_lossy()).collect();
            let member = Member {
                vendor: format.vendor(),
                metadata,
                path: source.name().into(),
                relative: relative.join("/").into(),
                number: if several { index + 1 } else { 0 },
                flat,
                identity: 0,
            };
            file.failed += usize::from(rule.is_none());
            file.rules.push(member);
        }
        file
    }

    /// A rule that could not be read looks for nothing that is known.
    fn unread(&self, diagnostics: &[Diagnostic], source: &Source, file: &mut OneFile) -> Flat {
        for diagnostic in diagnostics.iter().filter(|diagnostic| diagnostic.is_error()) {
            file.messages += &self.terminal.diagnostic(diagnostic, source, None);
        }
        let why = diagnostics.iter().find(|diagnostic| diagnostic.is_error());
        Flat { unread: why.map(|why| why.message.clone()), ..Flat::default() }
    }
}

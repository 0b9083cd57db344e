//! A run's files, each read once: in parallel, into memory, and linked, before a command works on any of them.

use std::path::PathBuf;

use super::{
    from::{RuleFormat, is_named_as_query},
    input::{self, Input, Text},
    run::{Plan, contained, in_order},
    status::{Failure, say},
};
use crate::{
    diag::{Diagnostic, Source},
    read::{Format, read},
    sigma::{ReadOptions, Reading, link},
};

/// The files of a run, in order, with their documents linked to one another.
#[derive(Debug, Default)]
pub(super) struct Run {
    /// The files that hold rules, or should.
    pub(super) files: Vec<Loaded>,
    /// How many files of folders were left out: they hold no rules, by their names or by what is in them.
    pub(super) skipped: usize,
}

/// One file.
#[derive(Debug)]
pub(super) struct Loaded {
    /// Where it is.
    pub(super) input: Input,
    /// Its text; as far as it is text, where it is not.
    pub(super) source: Source,
    /// Its documents, or why it cannot be used.
    pub(super) readings: Result<Vec<Reading>, Diagnostic>,
}

/// Reads all files behind paths, and links what is in them.
///
/// # Errors
/// If no threads can be had.
pub(super) fn load(
    paths: &[PathBuf],
    from: RuleFormat,
    options: &ReadOptions,
    plan: Plan,
) -> Result<Run, Failure> {
    load_except(paths, &[], from, options, plan)
}

/// The same, without some files and folders below the paths.
///
/// # Errors
/// If no threads can be had.
pub(super) fn load_except(
    paths: &[PathBuf],
    except: &[PathBuf],
    from: RuleFormat,
    options: &ReadOptions,
    plan: Plan,
) -> Result<Run, Failure> {
    let found = input::collect_except(paths, except, from);
    let mut run = Run { files: Vec::with_capacity(found.inputs.len()), skipped: found.skipped };
    in_order(
        &found.inputs,
        plan,
        |input| Loaded::of(input, from, options),
        |loaded| {
            match loaded {
                Some(loaded) => run.files.push(loaded),
                None => run.skipped += 1,
            }
            Ok(())
        },
    )?;
    run.link();
    Ok(run)
}

impl Run {
    fn link(&mut self) {
        let readings = self.files.iter_mut().filter_map(|file| file.readings.as_mut().ok());
        link(&mut readings.map(Vec::as_mut_slice).collect::<Vec<_>>());
    }

    /// A run over nothing looks just like a run without findings, so it is said.
    pub(super) fn is_empty(&self) -> bool {
        let nothing = self.files.is_empty();
        if nothing {
            say("error: no rule file found\n");
        }
        nothing
    }
}

impl Loaded {
    /// `None` for a file that only might have held rules, and holds none.
    fn of(input: &Input, from: RuleFormat, options: &ReadOptions) -> Option<Self> {
        let Text { source, problem } = input.load();
        if !input.is_certain {
            let holds_rules = match problem {
                Some(_) => is_named_as_query(&input.name),
                None => Format::of_kusto(source.name(), source.text()).is_some(),
            };
            if !holds_rules {
                return None;
            }
        }
        let readings = match problem {
            Some(problem) => Err(problem),
            None => contained(|| read(&source, from.format(&source), options)),
        };
        Some(Self { input: input.clone(), source, readings })
    }

    /// Does work on its documents.
    ///
    /// # Errors
    /// Why the file cannot be used, or that a defect of rulec's stopped the work.
    pub(super) fn work<T>(&self, work: impl FnOnce(&[Reading]) -> T) -> Result<T, Diagnostic> {
        match &self.readings {
            Ok(readings) => contained(|| work(readings)),
            Err(problem) => Err(problem.clone()),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::diag::Code;

    fn loaded(files: &[(&str, &str)], from: RuleFormat) -> Run {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files {
            fs::write(folder.path().join(name), text).unwrap();
        }
        let plan = Plan { jobs: None, progress: false };
        load(&[folder.path().to_owned()], from, &ReadOptions::default(), plan).unwrap()
    }

    fn names(run: &Run) -> Vec<&str> {
        run.files.iter().map(|file| file.input.relative.to_str().unwrap()).collect()
    }

    #[test]
    fn of_other_files_those_with_rules_are_taken() {
        let files = [
            ("a.yml", "title: x"),
            ("README.md", "# Rules\n```yaml\ntitle: x\n```\n"),
            ("hunt.md", "# Hunt\n```kql\nT | take 1\n```\n"),
            ("package.json", "{}"),
            ("q.kql", "T"),
            ("empty.kql", ""),
            ("notes.txt", "notes"),
        ];
        let run = loaded(&files, RuleFormat::Auto);
        assert_eq!(names(&run), ["a.yml", "hunt.md", "q.kql"]);
        assert_eq!(run.skipped, 4);
        assert_eq!(loaded(&files, RuleFormat::Sigma).files.len(), 1);
    }

    #[test]
    fn nothing_is_left_to_be_linked() {
        let run = loaded(
            &[("a.yml", "title: c\ncorrelation: {type: temporal, rules: a, timespan: 5m}\n")],
            RuleFormat::Auto,
        );
        let readings = run.files[0].readings.as_ref().unwrap();
        assert_eq!(readings[0].usable().unwrap_err().code, Code::UnknownReference);
    }

    #[test]
    fn a_file_that_cannot_be_used_stays_in_its_place() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("a.yml"), b"\xff").unwrap();
        fs::write(folder.path().join("b.yml"), "title: x").unwrap();
        let plan = Plan { jobs: None, progress: false };
        let run = load(&[folder.path().to_owned()], RuleFormat::Auto, &ReadOptions::default(), plan).unwrap();
        assert_eq!(run.files[0].readings.as_ref().unwrap_err().code, Code::NotUtf8);
        assert_eq!(run.files[1].work(<[Reading]>::len), Ok(1));
    }
}

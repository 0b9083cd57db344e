//! A run's files, each read once: in parallel, into memory, and linked, before a command works on any of them.

use std::{collections::HashSet, path::PathBuf, slice, sync::Arc};

use super::{
    args::InputArgs,
    from::{RuleFormat, is_named_as_query},
    input::{self, Input, Text},
    project::Select,
    run::{Plan, contained, in_order},
    select::{LeftOut, set_aside},
    status::{Failure, say},
};
use crate::{
    diag::{Diagnostic, Source},
    ir::Metadata,
    lint::{self, Written},
    read::{Format, read},
    sigma::{Document, ReadOptions, Reading, link},
};

/// The files of a run, in order, with their documents linked to one another.
#[derive(Debug, Default)]
pub(super) struct Run {
    /// The files that hold rules, or should.
    pub(super) files: Vec<Loaded>,
    /// How many files of folders were left out: they hold no rules, by their names or by what is in them.
    pub(super) skipped: usize,
    /// How many rules were not asked for.
    pub(super) left_out: LeftOut,
}

/// What a run is asked to read.
#[derive(Debug, Clone, Copy)]
pub(super) struct Request<'a> {
    pub(super) paths: &'a [PathBuf],
    /// Files and folders below the paths that are left out.
    pub(super) except: &'a [PathBuf],
    pub(super) from: RuleFormat,
    /// Files and folders of which only the filters are taken.
    pub(super) filters: &'a [PathBuf],
    /// Which rules are taken; all of them without.
    pub(super) select: Option<&'a Select>,
    /// Whether it is looked at how the rules are written.
    pub(super) looks: bool,
}

impl<'a> From<&'a InputArgs> for Request<'a> {
    fn from(args: &'a InputArgs) -> Self {
        Self {
            paths: &args.paths,
            except: &args.except,
            from: args.from.from,
            filters: &args.filters.filters,
            select: Some(&args.selected),
            looks: false,
        }
    }
}

impl<'a> Request<'a> {
    /// It is looked at how the rules are written, too.
    pub(super) fn looking(self) -> Self {
        Self { looks: true, ..self }
    }

    /// Everything below some paths.
    pub(super) fn all(paths: &'a [PathBuf], from: RuleFormat) -> Self {
        Self { paths, except: &[], from, filters: &[], select: None, looks: false }
    }
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
    /// What is found in how each is written, if that is asked for.
    pub(super) written: Vec<Written>,
}

/// Reads all files that are asked for, links what is in them, and sets aside the rules that are not asked for.
///
/// # Errors
/// If no threads can be had, or if there is no filter where filters should be.
pub(super) fn load<'a>(
    request: impl Into<Request<'a>>,
    options: &ReadOptions,
    plan: Plan,
) -> Result<Run, Failure> {
    let request = request.into();
    let mut run = Run::default();
    run.read(&request, options, plan)?;
    for path in request.filters {
        let mut filters = Run::default();
        let paths = Request { paths: slice::from_ref(path), except: &[], from: RuleFormat::Sigma, ..request };
        filters.read(&paths, options, plan)?;
        filters.files.retain_mut(Loaded::keeps_filters);
        if filters.files.is_empty() {
            return Err(Failure::Message(format!("there is no filter in `{}`", path.display())));
        }
        run.files.append(&mut filters.files);
    }
    run.link();
    if let Some(select) = request.select {
        run.select(select);
    }
    Ok(run)
}

impl Run {
    fn read(&mut self, request: &Request<'_>, options: &ReadOptions, plan: Plan) -> Result<(), Failure> {
        let found = input::collect_except(request.paths, request.except, request.from);
        self.skipped += found.skipped;
        in_order(
            &found.inputs,
            plan,
            |input| Loaded::of(input, request, options),
            |loaded| {
                match loaded {
                    Some(loaded) => self.files.push(loaded),
                    None => self.skipped += 1,
                }
                Ok(())
            },
        )
    }

    /// Sets aside what is not asked for. What only correlations were made of that nobody asks for is a rule again, and
    /// may be asked for itself.
    fn select(&mut self, select: &Select) {
        loop {
            let mut aside = Vec::new();
            for file in &mut self.files {
                if let Ok(readings) = &mut file.readings {
                    aside.extend(set_aside(readings, select, file.input.is_named, &mut self.left_out));
                }
            }
            let aside: HashSet<*const Metadata> = aside.iter().map(Arc::as_ptr).collect();
            let mut is_settled = true;
            for reading in self.readings_mut().filter(|reading| reading.is_part()) {
                reading.part_of.retain(|whole| !aside.contains(&Arc::as_ptr(whole)));
                is_settled &= reading.is_part();
            }
            if is_settled {
                return;
            }
        }
    }

    /// How many files hold rules, or might have.
    pub(super) fn files_with_rules(&self) -> usize {
        self.files.iter().filter(|file| file.has_rules()).count()
    }

    fn readings(&self) -> impl Iterator<Item = &Reading> {
        self.files.iter().filter_map(|file| file.readings.as_ref().ok()).flatten()
    }

    fn readings_mut(&mut self) -> impl Iterator<Item = &mut Reading> {
        self.files.iter_mut().filter_map(|file| file.readings.as_mut().ok()).flatten()
    }

    /// How many filters there are.
    pub(super) fn filters(&self) -> usize {
        self.readings().filter(|reading| reading.is_filter()).count()
    }

    fn link(&mut self) {
        let readings = self.files.iter_mut().filter_map(|file| file.readings.as_mut().ok());
        link(&mut readings.map(Vec::as_mut_slice).collect::<Vec<_>>());
    }

    /// A run over nothing looks just like a run without findings, so it is said.
    pub(super) fn is_empty(&self) -> bool {
        if self.files.is_empty() {
            say("error: no rule file found\n");
            return true;
        }
        let nothing_is_left = !self.left_out.is_none() && self.filters() == 0 && self.files_with_rules() == 0;
        if nothing_is_left {
            say(&format!("error: none of the rules is asked for{}\n", self.left_out.summary()));
        }
        nothing_is_left
    }

    /// What a summary says of documents that nothing came of by themselves.
    pub(super) fn summary(&self) -> String {
        let filters = match self.filters() {
            0 => String::new(),
            1 => ", 1 filter".to_owned(),
            filters => format!(", {filters} filters"),
        };
        let skipped = match self.skipped {
            0 => String::new(),
            1 => ", 1 other file skipped".to_owned(),
            count => format!(", {count} other files skipped"),
        };
        filters + &self.without_query() + &skipped
    }

    /// What a summary says of rules that have no query of their own.
    pub(super) fn without_query(&self) -> String {
        let parts = match self.readings().filter(|reading| reading.is_part()).count() {
            0 => String::new(),
            count => format!(", {count} only in correlations"),
        };
        parts + &self.left_out.summary()
    }
}

impl Loaded {
    /// `None` for a file that only might have held rules, and holds none.
    fn of(input: &Input, request: &Request<'_>, options: &ReadOptions) -> Option<Self> {
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
        let format = request.from.format(&source);
        let read = match problem {
            Some(problem) => Err(problem),
            None if request.looks => contained(|| lint::read(&source, format, options)),
            None => contained(|| (read(&source, format, options), Vec::new())),
        };
        let (readings, written) = match read {
            Ok((readings, written)) => (Ok(readings), written),
            Err(problem) => (Err(problem), Vec::new()),
        };
        Some(Self { input: input.clone(), source, readings, written })
    }

    /// Whether there is something in it that came of itself, or went wrong.
    fn has_rules(&self) -> bool {
        match &self.readings {
            Ok(readings) => readings.is_empty() || readings.iter().any(|reading| !reading.is_aside()),
            Err(_) => true,
        }
    }

    /// Sets the rules aside; false if there is nothing else in it.
    fn keeps_filters(&mut self) -> bool {
        let Ok(readings) = &mut self.readings else { return true };
        for reading in readings.iter_mut() {
            if matches!(reading.document, Document::Rule(_) | Document::Correlation(_)) {
                reading.set_aside();
            }
        }
        readings.iter().any(|reading| !matches!(reading.document, Document::Aside))
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
    use std::{fs, path::Path};

    use super::*;
    use crate::diag::Code;

    fn loaded(files: &[(&str, &str)], from: RuleFormat) -> Run {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files {
            fs::write(folder.path().join(name), text).unwrap();
        }
        load_below(folder.path(), from)
    }

    fn load_below(folder: &Path, from: RuleFormat) -> Run {
        let paths = [folder.to_owned()];
        load(Request::all(&paths, from), &ReadOptions::default(), Plan { jobs: None, progress: false })
            .unwrap()
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
        let run = load_below(folder.path(), RuleFormat::Auto);
        assert_eq!(run.files[0].readings.as_ref().unwrap_err().code, Code::NotUtf8);
        assert_eq!(run.files[1].work(<[Reading]>::len), Ok(1));
    }
}

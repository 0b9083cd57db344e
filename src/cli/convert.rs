//! `rulec convert`: rules to queries.

use std::{
    io::{self, IsTerminal},
    path::{Path, PathBuf},
    time::Instant,
};

use super::{
    args::{ConvertArgs, Format},
    envelopes::{File, Keys, Wrapping},
    load::{Loaded, load},
    mappings,
    output::{Folder, is_numbered, path_for, path_in},
    placeholders::read_options,
    project::Goals,
    report::{self, About},
    run::{Plan, in_order},
    status::{Failure, Status, say, stderr_terminal},
    stream::{Form, Stream},
};
use crate::{
    Conversion,
    diag::{Code, Diagnostic, Fidelity, Severity, Source, Span, render::terminal::Terminal},
    mapping::Mapping,
    sigma::{ReadOptions, Reading},
    wrap::{self, Join},
};

pub(super) fn run(args: &ConvertArgs) -> Result<Status, Failure> {
    let started = Instant::now();
    let terminal = stderr_terminal();
    let table = mappings::table(&args.options.mapping.mappings)?;
    let goals = Goals::new(&args.asked.goals, (!args.options.no_mapping).then_some(&*table));
    let read_options =
        ReadOptions { partial: goals.has_partial(), ..read_options(&args.options.placeholders, &terminal)? };
    let mut folder = match &args.output {
        Some(path) => Some(Folder::create(path).map_err(|error| {
            Failure::Message(format!("cannot make the output folder `{}`: {error}", path.display()))
        })?),
        None => None,
    };
    let wrapping = Wrapping::of(&args.wrap, &goals.targets)?;
    let is_array = wrapping.as_ref().is_some_and(|wrapping| wrapping.join() == Join::Array);
    let form = form(args, is_array);
    let progress = !args.quiet && (form == Form::Silent || !io::stdout().is_terminal());
    let plan = Plan { jobs: args.jobs.jobs, progress };
    let run = load(&args.input, &read_options, plan)?;
    let one_each = wrapping.as_ref().is_some_and(|wrapping| wrapping.join() == Join::Alone);
    if one_each && form == Form::Text && (run.files_with_rules() > 1 || goals.targets.len() > 1) {
        return Err(Failure::Message(ONE_EACH.to_owned()));
    }
    // One input may hold one rule, which then stands alone.
    let form = if form == Form::Array && run.files_with_rules() == 1 { Form::Text } else { form };
    let job = Job {
        goals,
        wrapping,
        mapping: (!args.options.no_mapping).then_some(&*table),
        form,
        only_file: run.files_with_rules() == 1,
        to_folder: folder.is_some(),
        errors: !(args.quiet && args.format == Format::Json),
        warnings: !args.quiet,
        terminal,
    };
    let mut out = Stream::new(job.form, job.to_folder);
    let mut keys = Keys::default();
    let mut tally = Tally::default();
    in_order(
        &run.files,
        plan,
        |file| job.convert(file),
        |result| {
            say(&result.messages);
            tally.add(&result.tally);
            for clash in result.wrapped.iter().filter_map(|file| keys.clash(file, &result.name)) {
                say(&clash);
                tally.trouble = true;
            }
            for (path, query) in &result.files {
                if let Some(Err(error)) = folder.as_mut().map(|folder| folder.write(path, query)) {
                    say(&format!("error: cannot write `{}` for {}: {error}\n", path.display(), result.name));
                    tally.trouble = true;
                }
            }
            out.write(&result.entries)
        },
    )?;
    out.finish()?;
    tally.trouble |= run.is_empty();
    if !args.quiet {
        say(&tally.summary(&run.summary(), started.elapsed().as_secs_f64()));
    }
    Ok(tally.status())
}

/// What is wrong with several rules on standard output in a format that holds one.
const ONE_EACH: &str = "a file of this kind holds one rule: write several with `--output DIR`";

/// What is asked of every file.
struct Job<'m> {
    goals: Goals<'m>,
    wrapping: Option<Wrapping>,
    mapping: Option<&'m Mapping>,
    form: Form,
    only_file: bool,
    to_folder: bool,
    /// Whether errors are told on standard error: not where a quiet run has them in its records.
    errors: bool,
    /// Whether warnings and notes are.
    warnings: bool,
    terminal: Terminal,
}

/// The form of standard output.
fn form(args: &ConvertArgs, is_array: bool) -> Form {
    match (args.format, &args.output) {
        (Format::Json, _) => Form::Json,
        (Format::Text, None) if is_array => Form::Array,
        (Format::Text, Some(_)) => Form::Silent,
        (Format::Text, None) => Form::Text,
    }
}

/// What came of one file, ready to be written.
#[derive(Default)]
struct Converted {
    name: String,
    entries: Vec<String>,
    messages: String,
    files: Vec<(PathBuf, String)>,
    /// What `--as` made.
    wrapped: Vec<File>,
    tally: Tally,
}

impl Job<'_> {
    fn convert(&self, file: &Loaded) -> Converted {
        let Loaded { input, source, .. } = file;
        let converted = file
            .work(|readings| self.convert_readings(readings, source, &input.relative))
            .unwrap_or_else(|problem| self.unusable(source, &problem));
        Converted { name: input.name.clone(), ..converted }
    }

    fn convert_readings(&self, readings: &[Reading], source: &Source, relative: &Path) -> Converted {
        let mut result = Converted::default();
        if readings.is_empty() {
            self.tell(&no_document(), source, &mut result);
        }
        let is_asked = |reading: &&Reading| !reading.is_aside();
        let alone = self.only_file && readings.iter().filter(is_asked).count() == 1;
        let numbered = is_numbered(readings);
        for (index, reading) in readings.iter().enumerate() {
            if reading.is_aside() {
                reading.diagnostics.iter().for_each(|diagnostic| self.tell(diagnostic, source, &mut result));
                continue;
            }
            let number = numbered.then_some(index + 1);
            let (conversions, files) = self.convert_reading(reading, source, &mut result);
            let about = About {
                source,
                span: reading.span,
                metadata: Some(&reading.metadata),
                parts: &reading.parts,
            };
            self.add_entries(about, &conversions, &files, alone, &mut result);
            result.tally.count(&conversions);
            match &self.wrapping {
                _ if !self.to_folder => {}
                Some(wrapping) => result.files.extend(files.iter().map(|file| {
                    let text = file.wrapped.text.trim_end_matches('\n').to_owned();
                    (path_in(file.folder, wrapping.extension(), relative, number), text)
                })),
                None => result.files.extend(conversions.into_iter().filter_map(|conversion| {
                    Some((path_for(conversion.target, relative, number), conversion.query?))
                })),
            }
            result.wrapped.extend(files);
        }
        self.join(&mut result);
        result
    }

    /// Several files of one input on standard output, as their format wants them.
    fn join(&self, result: &mut Converted) {
        let (Some(wrapping), Form::Text) = (&self.wrapping, self.form) else { return };
        let count = result.entries.len();
        match wrapping.join() {
            Join::Array if count > 1 => {
                let items: Vec<&str> = result.entries.iter().map(|entry| entry.trim_end()).collect();
                result.entries = vec![format!("[\n{}\n]\n", items.join(",\n"))];
            }
            Join::Alone if count > 1 => {
                result.messages.extend(["error: ", ONE_EACH, "\n"]);
                result.entries.clear();
                result.tally.trouble = true;
            }
            _ => {}
        }
    }

    /// The conversions of a rule, and the files that `--as` makes of them.
    fn convert_reading(
        &self,
        reading: &Reading,
        source: &Source,
        result: &mut Converted,
    ) -> (Vec<Conversion>, Vec<File>) {
        self.tell_all(reading, source, result);
        let rule = match reading.usable() {
            Ok(rule) => rule,
            Err(error) => return (self.goals.failed(&error), Vec::new()),
        };
        let mut conversions = self.goals.convert(rule);
        let wrap = |wrapping: &Wrapping| wrapping.wrap(rule, &mut conversions, source.name(), self.mapping);
        let files = self.wrapping.as_ref().map_or_else(|| Ok(Vec::new()), wrap).unwrap_or_else(|defect| {
            result.messages += &self.terminal.diagnostic(&defect, source, None);
            result.tally.trouble = true;
            Vec::new()
        });
        if self.errors {
            result.messages += &report::errors(&conversions, source, &self.terminal);
        }
        (conversions, files)
    }

    /// A file that is no text, an entry of a folder that cannot be read, or one that rulec fails on.
    fn unusable(&self, source: &Source, problem: &Diagnostic) -> Converted {
        let mut result = Converted::default();
        self.tell(problem, source, &mut result);
        if problem.is_error() {
            let about = About { source, span: Span::default(), metadata: None, parts: &[] };
            let conversions = self.goals.failed(problem);
            self.add_entries(about, &conversions, &[], self.only_file, &mut result);
            result.tally.count(&conversions);
            result.tally.trouble = problem.code == Code::Unreadable;
        }
        result
    }

    fn tell_all(&self, reading: &Reading, source: &Source, result: &mut Converted) {
        for diagnostic in &reading.diagnostics {
            self.tell(diagnostic, source, result);
        }
    }

    fn tell(&self, diagnostic: &Diagnostic, source: &Source, result: &mut Converted) {
        let wanted = if diagnostic.is_error() { self.errors } else { self.warnings };
        if wanted {
            result.messages += &self.terminal.diagnostic(diagnostic, source, None);
        }
    }

    fn add_entries(
        &self,
        about: About<'_>,
        conversions: &[Conversion],
        files: &[File],
        alone: bool,
        result: &mut Converted,
    ) {
        let bare = alone && conversions.len() == 1;
        let is_wrapped = self.wrapping.is_some() && matches!(self.form, Form::Text | Form::Array);
        // Records, headers and reports tell the notes themselves.
        let tells = |wrapping: &Wrapping| !wrapping.tells_notes();
        let untold = is_wrapped || bare && self.form == Form::Text || self.form == Form::Silent;
        if self.warnings && untold && self.wrapping.as_ref().is_none_or(tells) {
            result.messages += &report::notes(conversions, about.source, &self.terminal);
        }
        if let (true, Some(wrapping)) = (is_wrapped, &self.wrapping) {
            let alone = alone && files.len() == 1;
            let entry = |file: &File| wrapping.entry(&file.wrapped.text, alone, self.form);
            result.entries.extend(files.iter().map(entry));
            return;
        }
        for conversion in conversions {
            match self.form {
                Form::Silent | Form::Array => {}
                Form::Json => {
                    let of =
                        |file: &&File| file.folder == conversion.target.name || file.folder == wrap::REPORT;
                    let file = files.iter().find(of).map(|file| file.wrapped.text.as_str());
                    result.entries.push(report::json(about, conversion, file));
                }
                Form::Text if bare => {
                    result.entries.extend(conversion.query.as_ref().map(|query| format!("{query}\n")));
                }
                Form::Text => match report::text(about, conversion) {
                    Ok(text) => result.entries.push(text),
                    Err(defect) => {
                        result.messages += &self.terminal.diagnostic(&defect, about.source, None);
                        result.tally.trouble = true;
                    }
                },
            }
        }
    }
}

/// A file without a document: nothing is lost, but its author may think otherwise.
pub(super) fn no_document() -> Diagnostic {
    let diagnostic = Diagnostic::without_span(Code::NotARule, "the file holds no rule");
    Diagnostic { severity: Severity::Warning, ..diagnostic }
}

/// How many rules there were, and how their conversions ended.
#[derive(Debug, Default)]
struct Tally {
    rules: usize,
    exact: usize,
    approximate: usize,
    failed: usize,
    /// Whether something could not be read or written.
    trouble: bool,
}

impl Tally {
    fn count(&mut self, conversions: &[Conversion]) {
        self.rules += 1;
        for conversion in conversions {
            match conversion.fidelity {
                Fidelity::Exact => self.exact += 1,
                Fidelity::Approximate => self.approximate += 1,
                Fidelity::Failed => self.failed += 1,
            }
        }
    }

    fn add(&mut self, other: &Self) {
        self.rules += other.rules;
        self.exact += other.exact;
        self.approximate += other.approximate;
        self.failed += other.failed;
        self.trouble |= other.trouble;
    }

    fn status(&self) -> Status {
        Status::of(self.trouble, self.failed > 0)
    }

    fn summary(&self, besides: &str, seconds: f64) -> String {
        let Self { rules, exact, approximate, failed, .. } = self;
        let plural = if *rules == 1 { "" } else { "s" };
        format!(
            "{rules} rule{plural}: {exact} exact, {approximate} approximate, {failed} failed{besides} ({seconds:.2} s)\n"
        )
    }
}

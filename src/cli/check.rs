//! `rulec check`: reads rules and reports what is wrong with them.

use std::{
    env,
    io::{self, IsTerminal},
    path::Path,
    sync::Arc,
    time::Instant,
};

use super::{
    args::{CheckArgs, CheckFormat},
    convert::no_document,
    load::{Loaded, load},
    placeholders::read_options,
    run::{Plan, in_order},
    status::{Failure, Status, say, stderr_terminal, stdout_terminal},
    stream::{Form, Stream},
};
use crate::{
    diag::{
        Code, Diagnostic, Severity, Source,
        render::{Finding, github, json::JsonFinding, junit, sarif, terminal::Terminal},
    },
    ir::Metadata,
    sigma::Reading,
};

pub(super) fn run(args: &CheckArgs) -> Result<Status, Failure> {
    let started = Instant::now();
    let read_options = read_options(&args.placeholders, &stderr_terminal())?;
    let plan = Plan { jobs: args.jobs.jobs, progress: !args.quiet && !io::stdout().is_terminal() };
    let run = load(&args.input, &read_options, plan)?;
    let mut report = Report::new(args.format);
    let mut tally = Tally::default();
    in_order(
        &run.files,
        plan,
        |file| Checked::of(file, args.quiet),
        |checked| {
            tally.add(&checked.tally);
            report.add(checked)
        },
    )?;
    report.finish()?;
    tally.trouble |= run.is_empty();
    if !args.quiet {
        say(&tally.summary(&run.summary(), started.elapsed().as_secs_f64()));
    }
    Ok(tally.status(args.strict))
}

/// What was found, each with the rule that it is about.
type Found = Vec<(Diagnostic, Option<Arc<Metadata>>)>;

/// What was found in one file.
struct Checked<'f> {
    source: &'f Source,
    findings: Found,
    tally: Tally,
}

impl<'f> Checked<'f> {
    fn of(file: &'f Loaded, quiet: bool) -> Self {
        let mut tally = Tally::default();
        let findings = match file.work(found_in) {
            Ok((findings, rules)) => {
                tally.rules = rules;
                findings
            }
            Err(problem) => {
                tally.trouble = problem.is_error() && problem.code == Code::Unreadable;
                vec![(problem, None)]
            }
        };
        let mut checked = Self { source: &file.source, findings, tally };
        for (diagnostic, _) in &checked.findings {
            checked.tally.count(diagnostic);
        }
        if quiet {
            checked.findings.retain(|(diagnostic, _)| diagnostic.is_error());
        }
        checked
    }
}

/// What was found, and how many rules there are.
fn found_in(readings: &[Reading]) -> (Found, usize) {
    if readings.is_empty() {
        return (vec![(no_document(), None)], 0);
    }
    let findings = readings.iter().flat_map(|reading| {
        reading.diagnostics.iter().map(|it| (it.clone(), Some(Arc::clone(&reading.metadata))))
    });
    (findings.collect(), readings.iter().filter(|reading| !reading.is_aside()).count())
}

/// Where findings go, in the form that was asked for.
enum Report<'f> {
    /// Written as they come.
    Streamed(Stream, Renderer),
    /// One document, written at the end.
    Collected(CheckFormat, Vec<Checked<'f>>),
}

/// How one finding looks.
enum Renderer {
    Text(Terminal),
    Json,
    Github,
}

impl<'f> Report<'f> {
    fn new(format: CheckFormat) -> Self {
        match format {
            CheckFormat::Text => {
                Self::Streamed(Stream::new(Form::Text, false), Renderer::Text(stdout_terminal()))
            }
            CheckFormat::Json => Self::Streamed(Stream::new(Form::Json, false), Renderer::Json),
            CheckFormat::Github => Self::Streamed(Stream::new(Form::Text, false), Renderer::Github),
            CheckFormat::Sarif | CheckFormat::Junit => Self::Collected(format, Vec::new()),
        }
    }

    fn add(&mut self, checked: Checked<'f>) -> Result<(), Failure> {
        match self {
            Self::Streamed(stream, renderer) => {
                let path = relative(checked.source.name());
                let texts: Vec<String> =
                    findings(&checked, &path).map(|finding| renderer.render(&finding)).collect();
                stream.write(&texts)
            }
            Self::Collected(_, all) => {
                all.push(checked);
                Ok(())
            }
        }
    }

    fn finish(self) -> Result<(), Failure> {
        let (format, all) = match self {
            Self::Streamed(stream, _) => return stream.finish(),
            Self::Collected(format, all) => (format, all),
        };
        let paths: Vec<String> = all.iter().map(|checked| relative(checked.source.name())).collect();
        let found = all.iter().zip(&paths).flat_map(|(checked, path)| findings(checked, path));
        let text = if format == CheckFormat::Junit {
            let sound = all.iter().zip(&paths).filter(|(checked, _)| checked.findings.is_empty());
            let sound = sound.map(|(_, path)| path.as_str());
            junit::document("rulec check", found, sound).map_err(Failure::Message)?
        } else {
            sarif::document(found)
        };
        let mut stream = Stream::new(Form::Text, false);
        stream.write(&[text])?;
        stream.finish()
    }
}

impl Renderer {
    fn render(&self, finding: &Finding<'_>) -> String {
        match self {
            Self::Text(terminal) => terminal.diagnostic(finding.diagnostic, finding.source, None),
            Self::Github => github::annotation(finding),
            Self::Json => {
                let finding = finding.at_path(finding.source.name());
                serde_json::to_string(&JsonFinding::new(&finding))
                    .expect("invariant: a finding has no maps and no failing serializer")
            }
        }
    }
}

fn findings<'a>(checked: &'a Checked<'_>, path: &'a str) -> impl Iterator<Item = Finding<'a>> {
    checked.findings.iter().map(move |(diagnostic, metadata)| {
        let finding = Finding::new(diagnostic, checked.source).at_path(path);
        match metadata {
            Some(metadata) => finding.of_rule(&metadata.title, metadata.id.as_deref()),
            None => finding,
        }
    })
}

/// A path as services want it: from the working folder, which is the repository's root in a pipeline.
fn relative(path: &str) -> String {
    let here = env::current_dir().ok();
    let below = here.as_deref().and_then(|here| Path::new(path).strip_prefix(here).ok());
    below.unwrap_or(Path::new(path)).to_string_lossy().replace('\\', "/")
}

#[derive(Debug, Default)]
struct Tally {
    rules: usize,
    errors: usize,
    warnings: usize,
    hints: usize,
    /// Whether something could not be read.
    trouble: bool,
}

impl Tally {
    fn count(&mut self, diagnostic: &Diagnostic) {
        match diagnostic.severity {
            Severity::Error => self.errors += 1,
            Severity::Warning => self.warnings += 1,
            Severity::Info => self.hints += 1,
        }
    }

    fn add(&mut self, other: &Self) {
        self.rules += other.rules;
        self.errors += other.errors;
        self.warnings += other.warnings;
        self.hints += other.hints;
        self.trouble |= other.trouble;
    }

    fn status(&self, strict: bool) -> Status {
        let findings = self.errors + if strict { self.warnings } else { 0 };
        match (self.trouble, findings) {
            (true, _) => Status::Trouble,
            (false, 0) => Status::Fine,
            (false, _) => Status::Findings,
        }
    }

    fn summary(&self, besides: &str, seconds: f64) -> String {
        let Self { rules, errors, warnings, hints, .. } = self;
        let count = |count: usize, what: &str| format!("{count} {what}{}", if count == 1 { "" } else { "s" });
        let hints = match hints {
            0 => String::new(),
            hints => format!(", {}", count(*hints, "hint")),
        };
        format!(
            "{}: {}, {}{hints}{besides} ({seconds:.2} s)\n",
            count(*rules, "rule"),
            count(*errors, "error"),
            count(*warnings, "warning")
        )
    }
}

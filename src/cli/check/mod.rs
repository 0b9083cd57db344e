//! `rulec check`: reads rules and reports what is wrong with them.

mod fix;
mod report;

use std::{
    io::{self, IsTerminal},
    sync::Arc,
    time::Instant,
};

use super::{
    args::CheckArgs,
    convert::no_document,
    from::RuleFormat,
    load::{Loaded, Request, load},
    mappings,
    placeholders::read_options,
    run::{Plan, in_order},
    status::{Failure, Status, say, stderr_terminal},
};
use crate::{
    diag::{Code, Diagnostic, Source},
    ir::Metadata,
    lint::{self, Checked, Finding},
    read::read,
    sigma::{ReadOptions, Reading},
};
use report::{Report, Tally};

pub(super) fn run(args: &CheckArgs) -> Result<Status, Failure> {
    if let Some(code) = args.explain {
        print_explanation(code)?;
        return Ok(Status::Fine);
    }
    let started = Instant::now();
    let table = mappings::table(&args.mapping.mappings)?;
    let job = Job {
        from: args.input.from.from,
        read_options: read_options(&args.placeholders, &stderr_terminal())?,
        options: lint::Options {
            allow: args.allow.iter().copied().collect(),
            deny: args.deny.iter().copied().collect(),
            mapping: &table,
            convert: !args.no_convert,
        },
        quiet: args.quiet,
    };
    let plan = Plan { jobs: args.jobs.jobs, progress: !args.quiet && !io::stdout().is_terminal() };
    let mut tally = Tally::default();
    if args.fix {
        fix::fix(&args.input, plan, &job, &mut tally)?;
    }
    let run = load(Request::from(&args.input).looking(), &job.read_options, plan)?;
    let mut checked = Vec::with_capacity(run.files.len());
    in_order(
        &run.files,
        plan,
        |file| job.check(file),
        |file| {
            checked.push(file);
            Ok(())
        },
    )?;
    let sources = run.files.iter().map(|file| &file.source);
    let files: Vec<_> = sources.zip(&checked).map(|(source, file)| (source, &*file.identities)).collect();
    let across = lint::across(&files);
    let mut report = Report::new(args.format);
    for ((file, checked), others) in run.files.iter().zip(checked).zip(across) {
        report.add(job.settle(file, checked, others, &mut tally))?;
    }
    report.finish()?;
    tally.trouble |= run.is_empty();
    if !args.quiet {
        say(&tally.summary(&run.summary(), started.elapsed().as_secs_f64()));
    }
    Ok(tally.status(args.strict))
}

/// What the files of a run are checked with.
struct Job<'m> {
    from: RuleFormat,
    read_options: ReadOptions,
    options: lint::Options<'m>,
    quiet: bool,
}

/// What is told of one file, each with the rule that it is about.
struct Settled<'f> {
    source: &'f Source,
    findings: Vec<(Diagnostic, Option<Arc<Metadata>>)>,
}

impl Job<'_> {
    /// What is found in one file by itself.
    fn check(&self, file: &Loaded) -> Checked {
        let checked = file.work(|readings| {
            let is_filtered = |reading: &Reading| reading.rule().is_some_and(|rule| !rule.notes.is_empty());
            let Loaded { source, written, .. } = file;
            if readings.is_empty() {
                about_the_file(no_document())
            } else if readings.iter().any(is_filtered) {
                self.check_unfiltered(file, readings)
            } else {
                let format = self.from.format(source);
                lint::check(&lint::File { source, format, readings, written }, &self.options)
            }
        });
        checked.unwrap_or_else(about_the_file)
    }

    /// What is found in the rules as their author wrote them; what linking them found is told too.
    fn check_unfiltered(&self, file: &Loaded, linked: &[Reading]) -> Checked {
        let Loaded { source, written, .. } = file;
        let format = self.from.format(source);
        let readings = read(source, format, &self.read_options);
        let file = lint::File { source, format, readings: &readings, written };
        let mut checked = lint::check(&file, &self.options);
        for (rule, (linked, own)) in linked.iter().zip(&readings).enumerate() {
            let new = linked.diagnostics.iter().filter(|diagnostic| !own.diagnostics.contains(diagnostic));
            let findings = new.map(|diagnostic| Finding { diagnostic: diagnostic.clone(), rule: Some(rule) });
            checked.findings.extend(findings);
        }
        checked
    }

    /// What is told of a file, after what its author and the user allow.
    fn settle<'f>(
        &self,
        file: &'f Loaded,
        checked: Checked,
        others: Vec<Finding>,
        tally: &mut Tally,
    ) -> Settled<'f> {
        let readings: &[Reading] = file.readings.as_deref().unwrap_or_default();
        tally.rules += readings.iter().filter(|reading| !reading.is_aside()).count();
        let unread = file.readings.as_ref().err();
        tally.trouble |= unread.is_some_and(|problem| problem.is_error() && problem.code == Code::Unreadable);
        let findings = checked.findings.into_iter().chain(others).collect();
        let findings = lint::settle(&file.source, findings, &self.options);
        let mut told = Vec::with_capacity(findings.len());
        for Finding { diagnostic, rule } in findings {
            tally.count(&diagnostic);
            if !self.quiet || diagnostic.is_error() {
                let rule = rule.and_then(|rule| readings.get(rule));
                told.push((diagnostic, rule.map(|rule| Arc::clone(&rule.metadata))));
            }
        }
        Settled { source: &file.source, findings: told }
    }
}

fn about_the_file(diagnostic: Diagnostic) -> Checked {
    Checked { findings: vec![Finding { diagnostic, rule: None }], identities: Vec::new() }
}

fn print_explanation(code: Code) -> Result<(), Failure> {
    let mut stream = super::stream::Stream::new(super::stream::Form::Text, false);
    stream.write(&[lint::describe(code)])?;
    stream.finish()
}

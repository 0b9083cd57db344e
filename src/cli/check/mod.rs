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
            if readings.is_empty() {
                about_the_file(no_document())
            } else if readings.iter().any(is_filtered) {
                self.check_unfiltered(file, readings)
            } else {
                self.check_readings(file, readings)
            }
        });
        checked.unwrap_or_else(about_the_file)
    }

    fn check_readings(&self, file: &Loaded, readings: &[Reading]) -> Checked {
        let Loaded { source, written, .. } = file;
        let format = self.from.format(source);
        lint::check(&lint::File { source, format, readings, written }, &self.options)
    }

    /// What is found in rules as their author wrote them, without the filters that narrow them.
    fn check_unfiltered(&self, file: &Loaded, linked: &[Reading]) -> Checked {
        let format = self.from.format(&file.source);
        let own = read(&file.source, format, &self.read_options);
        // A correlation of filtered rules is one only when it is linked.
        let is_own: Vec<bool> = linked
            .iter()
            .zip(&own)
            .map(|(linked, own)| is_filtered(linked) && own.rule().is_some())
            .collect();
        let (filtered, written) = (self.check_readings(file, linked), self.check_readings(file, &own));
        let is_about_own = |finding: &Finding| finding.rule.is_some_and(|rule| is_own[rule]);
        let of_linking = |finding: &Finding| {
            finding.rule.is_some_and(|rule| {
                linked[rule].diagnostics.contains(&finding.diagnostic)
                    && !own[rule].diagnostics.contains(&finding.diagnostic)
            })
        };
        let linked = filtered.findings.into_iter().filter(|it| !is_about_own(it) || of_linking(it));
        let findings = linked.chain(written.findings.into_iter().filter(is_about_own)).collect();
        let identities = filtered.identities.into_iter().zip(written.identities).zip(&is_own);
        let identities = identities.map(|((linked, own), is_own)| if *is_own { own } else { linked });
        Checked { findings, identities: identities.collect() }
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

/// Whether filters narrow a rule, or the rules that it is of.
fn is_filtered(reading: &Reading) -> bool {
    reading.rule().is_some_and(|rule| !rule.notes.is_empty())
}

fn about_the_file(diagnostic: Diagnostic) -> Checked {
    Checked { findings: vec![Finding { diagnostic, rule: None }], identities: Vec::new() }
}

fn print_explanation(code: Code) -> Result<(), Failure> {
    let mut stream = super::stream::Stream::new(super::stream::Form::Text, false);
    stream.write(&[lint::describe(code)])?;
    stream.finish()
}

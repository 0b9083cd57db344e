//! `rulec check`: reads rules and reports what is wrong with them.

use std::{
    io::{self, IsTerminal},
    time::Instant,
};

use super::{
    args::{CheckArgs, Format},
    convert::{no_document, nothing_found},
    from::RuleFormat,
    input::{self, Input, Loaded},
    placeholders::read_options,
    run::{Plan, contained, in_order},
    status::{Failure, Status, say, stderr_terminal, stdout_terminal},
    stream::{Form, Stream},
};
use crate::{
    diag::{
        Code, Diagnostic, Source,
        render::{json::JsonFinding, terminal::Terminal},
    },
    ir::Metadata,
    read::read,
    sigma::ReadOptions,
};

pub(super) fn run(args: &CheckArgs) -> Result<Status, Failure> {
    let started = Instant::now();
    let found = input::collect(&args.input.paths, args.input.from.from);
    let job = Job {
        from: args.input.from.from,
        read_options: read_options(&args.placeholders, &stderr_terminal())?,
        format: args.format,
        quiet: args.quiet,
        terminal: stdout_terminal(),
    };
    let mut out = match args.format {
        Format::Json => Stream::new(Form::Json, false),
        Format::Text => Stream::new(Form::Text, false),
    };
    let mut tally = Tally::default();
    let plan = Plan { jobs: args.jobs.jobs, progress: !args.quiet && !io::stdout().is_terminal() };
    in_order(
        &found.inputs,
        plan,
        |input| job.check(input),
        |result| {
            tally.add(&result.tally);
            out.write(&result.findings)
        },
    )?;
    out.finish()?;
    tally.trouble |= nothing_found(&found);
    if !args.quiet {
        say(&tally.summary(found.skipped, started.elapsed().as_secs_f64()));
    }
    Ok(tally.status(args.strict))
}

struct Job {
    from: RuleFormat,
    read_options: ReadOptions,
    format: Format,
    quiet: bool,
    terminal: Terminal,
}

/// What was found in one file.
#[derive(Default)]
struct Checked {
    findings: Vec<String>,
    tally: Tally,
}

impl Job {
    fn check(&self, input: &Input) -> Checked {
        let Loaded { source, problem } = input.load();
        let checked = match problem {
            Some(problem) => Err(problem),
            None => contained(|| self.check_source(&source)),
        };
        checked.unwrap_or_else(|problem| {
            let mut result = Checked::default();
            result.tally.trouble = problem.is_error() && problem.code == Code::Unreadable;
            self.add(&problem, &source, None, &mut result);
            result
        })
    }

    fn check_source(&self, source: &Source) -> Checked {
        let mut result = Checked::default();
        let readings = read(source, self.from.format(source), &self.read_options);
        if readings.is_empty() {
            self.add(&no_document(), source, None, &mut result);
        }
        result.tally.rules += readings.len();
        for reading in &readings {
            for diagnostic in &reading.diagnostics {
                self.add(diagnostic, source, Some(&reading.metadata), &mut result);
            }
        }
        result
    }

    fn add(
        &self,
        diagnostic: &Diagnostic,
        source: &Source,
        metadata: Option<&Metadata>,
        result: &mut Checked,
    ) {
        result.tally.count(diagnostic);
        if self.quiet && !diagnostic.is_error() {
            return;
        }
        result.findings.push(match self.format {
            Format::Text => self.terminal.diagnostic(diagnostic, source, None),
            Format::Json => {
                let title =
                    metadata.map(|metadata| metadata.title.as_str()).filter(|title| !title.is_empty());
                let id = metadata.and_then(|metadata| metadata.id.as_deref());
                serde_json::to_string(&JsonFinding::new(diagnostic, source, title, id))
                    .expect("invariant: a finding has no maps and no failing serializer")
            }
        });
    }
}

#[derive(Debug, Default)]
struct Tally {
    rules: usize,
    errors: usize,
    warnings: usize,
    /// Whether something could not be read.
    trouble: bool,
}

impl Tally {
    fn count(&mut self, diagnostic: &Diagnostic) {
        if diagnostic.is_error() {
            self.errors += 1;
        } else {
            self.warnings += 1;
        }
    }

    fn add(&mut self, other: &Self) {
        self.rules += other.rules;
        self.errors += other.errors;
        self.warnings += other.warnings;
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

    fn summary(&self, skipped: usize, seconds: f64) -> String {
        let Self { rules, errors, warnings, .. } = self;
        let count = |count: usize, what: &str| format!("{count} {what}{}", if count == 1 { "" } else { "s" });
        let skipped = match skipped {
            0 => String::new(),
            skipped => format!(", {} skipped", count(skipped, "other file")),
        };
        format!(
            "{}: {}, {}{skipped} ({seconds:.2} s)\n",
            count(*rules, "rule"),
            count(*errors, "error"),
            count(*warnings, "warning")
        )
    }
}

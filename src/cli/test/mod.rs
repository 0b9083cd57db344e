//! `rulec test`: which rules find which events, and whether they find those that they have to.

mod events;
mod expectation;
mod report;
mod trace;

use std::{
    collections::BTreeSet,
    io::{self, IsTerminal, Write},
    path::Path,
    time::Instant,
};

use super::{
    args::{TestArgs, TestFormat},
    load::{Loaded, load},
    mappings,
    placeholders::read_options,
    run::{Plan, in_order},
    status::{Failure, Status, say, stderr_terminal},
};
use crate::{
    diag::{Code, Diagnostic, Source, render::terminal::Terminal},
    events::{Detector, Shape, Verdict},
    ir::{Rule, eval::Event},
    mapping::Mapping,
    sigma::Reading,
};
use events::Events;
use expectation::{Expectation, Expectations};
use report::{Outcome, Report};

pub(super) fn run(args: &TestArgs) -> Result<Status, Failure> {
    let started = Instant::now();
    let terminal = stderr_terminal();
    let table = mappings::table(&args.mapping.mappings)?;
    let events = Events::load(&args.events, args.schema.as_deref(), &terminal)?;
    let read_options = read_options(&args.placeholders, &terminal)?;
    let plan = Plan { jobs: args.jobs.jobs, progress: !args.quiet && !io::stdout().is_terminal() };
    let run = load(&args.input, &read_options, plan)?;
    let job = Job {
        table: &table,
        with_events: !args.events.is_empty(),
        shapes: events.shapes(),
        events: &events,
        terminal,
    };
    let mut report = Report::new(args.verbose);
    report.faults = events.faults;
    in_order(
        &run.files,
        plan,
        |file| job.test(file),
        |tested| {
            say(&tested.messages);
            report.add(tested);
            Ok(())
        },
    )?;
    report.faults |= run.is_empty();
    let text = match args.format {
        TestFormat::Text => report.text(),
        TestFormat::Json => report.json(),
        TestFormat::Junit => report.junit().map_err(Failure::Message)?,
    };
    io::stdout().lock().write_all(text.as_bytes())?;
    if !args.quiet {
        say(&report.summary(events.all.len(), &run.summary(), started.elapsed().as_secs_f64()));
    }
    Ok(report.status())
}

struct Job<'m> {
    table: &'m Mapping,
    with_events: bool,
    events: &'m Events,
    shapes: BTreeSet<Shape>,
    terminal: Terminal,
}

/// What came of the rules of one file.
#[derive(Default)]
struct Tested {
    outcomes: Vec<Outcome>,
    messages: String,
    /// Rules, or expectations, that could not be read.
    failed: usize,
    trouble: bool,
}

impl Job<'_> {
    fn test(&self, file: &Loaded) -> Tested {
        let Loaded { source, input, .. } = file;
        let tested = file.work(|readings| self.test_readings(readings, source, input.file()));
        tested.unwrap_or_else(|problem| {
            let trouble = problem.is_error() && problem.code == Code::Unreadable;
            let mut tested = Tested { trouble, ..Tested::default() };
            self.tell(&problem, source, &mut tested);
            tested
        })
    }

    fn test_readings(&self, readings: &[Reading], source: &Source, file: Option<&Path>) -> Tested {
        let mut tested = Tested::default();
        let expectations = match file.filter(|_| !self.with_events).map(Expectations::beside) {
            Some(Ok(expectations)) => expectations,
            Some(Err((source, faults))) => {
                for fault in faults {
                    self.tell(&fault, &source, &mut tested);
                }
                return tested;
            }
            None => Expectations::default(),
        };
        if let Some((source, faults)) = expectations.unknown(readings) {
            for fault in faults {
                self.tell(&fault, source, &mut tested);
            }
        }
        for reading in readings {
            let is_tested =
                !self.with_events && reading.is_part() && expectations.of(reading).next().is_some();
            if reading.is_aside() && !is_tested {
                reading.diagnostics.iter().for_each(|diagnostic| self.tell(diagnostic, source, &mut tested));
                continue;
            }
            match reading.rule() {
                Some(rule) if self.with_events => {
                    tested.outcomes.push(self.on_events(reading, rule, source));
                }
                Some(rule) => {
                    tested.outcomes.push(self.on_expectations(reading, rule, source, &expectations));
                }
                None => {
                    for diagnostic in reading.diagnostics.iter().filter(|diagnostic| diagnostic.is_error()) {
                        self.tell(diagnostic, source, &mut tested);
                    }
                }
            }
        }
        tested
    }

    /// Which of the events of `--events` a rule finds.
    fn on_events(&self, reading: &Reading, rule: &Rule, source: &Source) -> Outcome {
        let mut detector = Detector::new(rule, self.table);
        detector.prepare(self.shapes.iter().copied());
        let mut outcome = Outcome::new(reading, source);
        if detector.is_about_several() {
            match detector.rows(&self.events.all) {
                Ok(rows) => outcome.add_rows(&rows),
                Err(why) => outcome.why = Some(why),
            }
            return outcome;
        }
        for (number, (event, shape)) in self.events.all.iter().enumerate() {
            match detector.verdict(event, *shape) {
                Verdict::Fires => outcome.found.push(self.events.place(number)),
                Verdict::Silent => outcome.applies = true,
                Verdict::Inapplicable(why) => outcome.why = outcome.why.or(Some(why)),
            }
        }
        outcome
    }

    /// Whether a rule finds what the file beside it says.
    fn on_expectations(
        &self,
        reading: &Reading,
        rule: &Rule,
        source: &Source,
        expectations: &Expectations,
    ) -> Outcome {
        let mut outcome = Outcome::new(reading, source);
        let mut detector = Detector::new(rule, self.table);
        for expectation in expectations.of(reading) {
            let shape = |event: &Event| expectation.shape.unwrap_or_else(|| Shape::of(event));
            let events: Vec<(Event, Shape)> =
                expectation.events.iter().map(|event| (event.clone(), shape(event))).collect();
            detector.prepare(events.iter().map(|(_, shape)| *shape));
            let problem = if detector.is_about_several() {
                expectation.problem_of_rows(&detector.rows(&events)).map(|problem| (problem, None))
            } else {
                problem_of_events(&detector, expectation, &events)
            };
            outcome.add(expectation, problem);
        }
        outcome
    }

    fn tell(&self, diagnostic: &Diagnostic, source: &Source, tested: &mut Tested) {
        tested.failed += usize::from(diagnostic.is_error());
        tested.messages += &self.terminal.diagnostic(diagnostic, source, None);
    }
}

/// What is otherwise than expected of events, with the part of the rule that does not hold on the first such.
fn problem_of_events(
    detector: &Detector,
    expectation: &Expectation,
    events: &[(Event, Shape)],
) -> Option<(String, Option<String>)> {
    let verdicts: Vec<Verdict> =
        events.iter().map(|(event, shape)| detector.verdict(event, *shape)).collect();
    let problem = expectation.problem(&verdicts)?;
    let is_wrong = |verdict: &Verdict| (*verdict == Verdict::Fires) != expectation.all_match();
    let traced = verdicts.iter().position(is_wrong).and_then(|at| {
        let (event, shape) = &events[at];
        Some(trace::text(detector.condition(*shape)?, event))
    });
    Some((problem, traced))
}

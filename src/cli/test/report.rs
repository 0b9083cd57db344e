//! What tests came to: for people, as JSON, and for pipelines.

use std::fmt::Write as _;

use quick_junit::{NonSuccessKind, TestCase, TestCaseStatus, TestSuite};
use serde::Serialize;

use super::{Tested, events::Place, expectation::Expectation};
use crate::{cli::status::Status, diag::Source, ir::eval::Event, sigma::Reading};

/// What came of one rule.
#[derive(Debug, Serialize)]
pub(super) struct Outcome {
    path: String,
    line: usize,
    rule: String,
    id: Option<String>,
    /// The events of `--events` that it finds.
    pub(super) found: Vec<Place>,
    /// The rows that it makes of all of them together, if it counts events or joins them.
    #[serde(skip_serializing_if = "Option::is_none")]
    rows: Option<Vec<serde_json::Value>>,
    /// Whether it is about some of these events at all.
    #[serde(skip)]
    pub(super) applies: bool,
    /// Why it could not be tried on some.
    #[serde(rename = "untested", skip_serializing_if = "Option::is_none")]
    pub(super) why: Option<String>,
    tests: Vec<Test>,
}

/// One expectation.
#[derive(Debug, Serialize)]
struct Test {
    name: String,
    file: String,
    line: usize,
    passed: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    trace: Option<String>,
}

impl Outcome {
    pub(super) fn new(reading: &Reading, source: &Source) -> Self {
        Self {
            path: source.name().to_owned(),
            line: source.locate(reading.span).line,
            rule: reading.metadata.title.clone(),
            id: reading.metadata.id.clone(),
            found: Vec::new(),
            rows: None,
            applies: false,
            why: None,
            tests: Vec::new(),
        }
    }

    pub(super) fn add_rows(&mut self, rows: &[Event]) {
        self.applies = true;
        let object = |row: &Event| {
            row.0
                .iter()
                .map(|(name, value)| (name.clone(), value.to_json()))
                .collect::<serde_json::Map<_, _>>()
        };
        self.rows = Some(rows.iter().map(|row| object(row).into()).collect());
    }

    fn fires(&self) -> bool {
        !self.found.is_empty() || self.rows.as_ref().is_some_and(|rows| !rows.is_empty())
    }

    pub(super) fn add(&mut self, expectation: &Expectation, problem: Option<(String, Option<String>)>) {
        let (problem, trace) = problem.map_or((None, None), |(problem, trace)| (Some(problem), trace));
        self.tests.push(Test {
            name: expectation.name.clone(),
            file: expectation.file.clone(),
            line: expectation.line,
            passed: problem.is_none(),
            problem,
            trace,
        });
    }
}

/// What came of all.
#[derive(Debug, Default)]
pub(super) struct Report {
    outcomes: Vec<Outcome>,
    verbose: bool,
    unread: usize,
    /// Whether something could not be read.
    pub(super) faults: bool,
}

impl Report {
    pub(super) fn new(verbose: bool) -> Self {
        Self { verbose, ..Self::default() }
    }

    pub(super) fn add(&mut self, tested: Tested) {
        self.outcomes.extend(tested.outcomes);
        self.unread += tested.failed;
        self.faults |= tested.trouble;
    }

    fn tests(&self) -> impl Iterator<Item = &Test> {
        self.outcomes.iter().flat_map(|outcome| &outcome.tests)
    }

    pub(super) fn status(&self) -> Status {
        let failed = self.tests().any(|test| !test.passed);
        Status::of(self.faults, failed || self.unread > 0)
    }

    pub(super) fn summary(&self, events: usize, besides: &str, seconds: f64) -> String {
        let rules = self.outcomes.len();
        let unread = if self.unread == 0 { String::new() } else { format!(", {} unreadable", self.unread) };
        if events > 0 {
            let fire = self.outcomes.iter().filter(|outcome| outcome.fires()).count();
            let untested = self.outcomes.iter().filter(|it| !it.applies && !it.fires()).count();
            let (rules, events) = (counted(rules, "rule"), counted(events, "event"));
            let verb = if fire == 1 { "fires" } else { "fire" };
            return format!(
                "{rules}, {events}: {fire} {verb}, {untested} about other events{unread}{besides} ({seconds:.2} s)\n"
            );
        }
        let tests = self.tests().count();
        let failed = self.tests().filter(|test| !test.passed).count();
        let without = self.outcomes.iter().filter(|outcome| outcome.tests.is_empty()).count();
        let without = match without {
            0 => String::new(),
            count => format!(", {} without tests", counted(count, "rule")),
        };
        format!(
            "{} of {}: {} passed, {failed} failed{without}{unread}{besides} ({seconds:.2} s)\n",
            counted(tests, "test"),
            counted(rules, "rule"),
            tests - failed
        )
    }

    pub(super) fn text(&self) -> String {
        let mut text = String::new();
        for outcome in &self.outcomes {
            for test in outcome.tests.iter().filter(|test| self.verbose || !test.passed) {
                let word = if test.passed { "ok" } else { "FAILED" };
                let _ = writeln!(text, "{word} {}:{}: {}: {}", test.file, test.line, outcome.rule, test.name);
                if let Some(problem) = &test.problem {
                    let _ = writeln!(text, "  {problem}");
                }
                for line in test.trace.iter().flat_map(|trace| trace.lines()) {
                    let _ = writeln!(text, "  {line}");
                }
            }
            let Outcome { path, line, rule, .. } = outcome;
            if let Some(rows) = outcome.rows.as_ref().filter(|rows| !rows.is_empty()) {
                let _ = writeln!(text, "{path}:{line}: {rule}: {} of all events", counted(rows.len(), "row"));
                for row in rows.iter().filter(|_| self.verbose) {
                    let _ = writeln!(text, "  {row}");
                }
            } else if outcome.fires() {
                let found = counted(outcome.found.len(), "event");
                let _ = writeln!(text, "{path}:{line}: {rule}: {found} ({})", places(&outcome.found));
            } else if self.verbose && outcome.tests.is_empty() {
                let why = outcome.why.as_deref().filter(|_| !outcome.applies).unwrap_or("no event, no test");
                let _ = writeln!(text, "{path}:{line}: {rule}: {why}");
            }
        }
        text
    }

    pub(super) fn json(&self) -> String {
        let text = serde_json::to_string_pretty(&self.outcomes);
        text.expect("invariant: an outcome has no failing serializer") + "\n"
    }

    pub(super) fn junit(&self) -> Result<String, String> {
        let mut report = quick_junit::Report::new("rulec test");
        for outcome in self.outcomes.iter().filter(|outcome| !outcome.tests.is_empty()) {
            let mut suite = TestSuite::new(outcome.path.as_str());
            for test in &outcome.tests {
                let mut status = TestCaseStatus::success();
                if let Some(problem) = &test.problem {
                    status = TestCaseStatus::non_success(NonSuccessKind::Failure);
                    status
                        .set_message(problem.as_str())
                        .set_description(test.trace.clone().unwrap_or_default());
                }
                let mut case = TestCase::new(test.name.as_str(), status);
                case.set_classname(outcome.rule.as_str());
                suite.add_test_case(case);
            }
            report.add_test_suite(suite);
        }
        report.to_string().map_err(|error| format!("cannot write JUnit's XML: {error}"))
    }
}

/// `1 row`, `2 rows`.
pub(super) fn counted(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

/// The first of the places, for people: each file once, before the numbers of its events.
fn places(found: &[Place]) -> String {
    const SHOWN: usize = 8;
    let mut text = String::new();
    let mut last = None;
    for Place { file, event } in found.iter().take(SHOWN) {
        let comma = if text.is_empty() { "" } else { ", " };
        let _ = match last {
            Some(last) if last == file => write!(text, "{comma}{event}"),
            _ => write!(text, "{comma}{file} {event}"),
        };
        last = Some(file);
    }
    if found.len() > SHOWN { text + ", …" } else { text }
}

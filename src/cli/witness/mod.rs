//! `rulec witness`: events that a rule matches, near misses that it does not, and rows to try generated queries on.

mod lists;

use std::fmt::Write as _;

use std::{
    io::{self, IsTerminal},
    time::Instant,
};

use indexmap::IndexMap;
use lists::Listed;
use serde::Serialize;

use super::{
    args::{Format, WitnessArgs},
    convert::no_document,
    load::{Loaded, load},
    mappings,
    placeholders::read_options,
    run::{Plan, in_order},
    status::{Failure, Status, say, stderr_terminal},
    stream::{Form, Stream},
};
use crate::{
    Conversion, Options,
    diag::{Code, Diagnostic, Source, render::terminal::Terminal},
    ir::{
        ColumnType, Rule,
        eval::{Event, Value},
    },
    sigma::Reading,
    target::{Language, Target},
    trial::{self, Trial, TrialRow},
    witness::{Unknown, Wanted, witnesses},
};

pub(super) fn run(args: &WitnessArgs) -> Result<Status, Failure> {
    let started = Instant::now();
    let terminal = stderr_terminal();
    let table = mappings::table(&args.options.mapping.mappings)?;
    let read_options = read_options(&args.options.placeholders, &terminal)?;
    let plan = Plan { jobs: args.jobs.jobs, progress: !args.quiet && !io::stdout().is_terminal() };
    let run = load(&args.input, &read_options, plan)?;
    let job = Job {
        targets: args.to.targets(),
        options: args.options.options(&table),
        wanted: Wanted { count: args.count, seed: args.seed },
        format: args.format,
        quiet: args.quiet,
        terminal,
    };
    let form = if args.format == Format::Json { Form::Json } else { Form::Text };
    let mut out = Stream::new(form, false);
    let mut tally = Tally::default();
    in_order(
        &run.files,
        plan,
        |file| job.make(file),
        |made| {
            say(&made.messages);
            tally.add(&made.tally);
            out.write(&made.entries)
        },
    )?;
    out.finish()?;
    tally.trouble |= run.is_empty();
    if !args.quiet {
        say(&tally.summary(&run.summary(), started.elapsed().as_secs_f64()));
    }
    Ok(tally.status())
}

struct Job<'m> {
    /// None for events in the rule's own names.
    targets: Vec<&'static Target>,
    options: Options<'m>,
    wanted: Wanted,
    format: Format,
    quiet: bool,
    terminal: Terminal,
}

/// What came of one file.
#[derive(Default)]
struct Made {
    entries: Vec<String>,
    messages: String,
    tally: Tally,
}

/// What is written of one rule, for one target.
struct Entry {
    text: String,
    /// Of how many events or lists of events.
    events: usize,
    matching: usize,
}

impl Made {
    fn add(&mut self, entry: Entry) {
        self.tally.events += entry.events;
        self.tally.matching += entry.matching;
        self.entries.push(entry.text);
    }
}

#[derive(Debug, Default)]
struct Tally {
    rules: usize,
    events: usize,
    matching: usize,
    failed: usize,
    trouble: bool,
}

impl Tally {
    fn add(&mut self, other: &Self) {
        self.rules += other.rules;
        self.events += other.events;
        self.matching += other.matching;
        self.failed += other.failed;
        self.trouble |= other.trouble;
    }

    fn status(&self) -> Status {
        Status::of(self.trouble, self.failed > 0)
    }

    fn summary(&self, besides: &str, seconds: f64) -> String {
        let Self { rules, events, matching, failed, .. } = self;
        let plural = if *rules == 1 { "" } else { "s" };
        let failed = if *failed == 0 { String::new() } else { format!(", {failed} without any") };
        format!(
            "{rules} rule{plural}: {matching} events that match, {} near misses{failed}{besides} ({seconds:.2} s)\n",
            events - matching
        )
    }
}

impl Job<'_> {
    fn make(&self, file: &Loaded) -> Made {
        let source = &file.source;
        let made = file.work(|readings| self.make_of_readings(readings, source));
        made.unwrap_or_else(|problem| {
            let mut made = Made::default();
            made.tally.trouble = problem.is_error() && problem.code == Code::Unreadable;
            self.tell(&problem, source, &mut made);
            made
        })
    }

    fn make_of_readings(&self, readings: &[Reading], source: &Source) -> Made {
        let mut made = Made::default();
        if readings.is_empty() {
            self.tell(&no_document(), source, &mut made);
        }
        for reading in readings {
            if reading.is_aside() {
                reading.diagnostics.iter().for_each(|diagnostic| self.tell(diagnostic, source, &mut made));
                continue;
            }
            made.tally.rules += 1;
            match self.of_reading(reading, source) {
                Ok(entries) if entries.is_empty() => made.tally.failed += 1,
                Ok(entries) => entries.into_iter().for_each(|entry| made.add(entry)),
                Err(error) => {
                    made.tally.failed += 1;
                    self.tell(&error, source, &mut made);
                }
            }
        }
        made
    }

    fn of_reading(&self, reading: &Reading, source: &Source) -> Result<Vec<Entry>, Diagnostic> {
        let rule = reading.usable()?;
        if let Some(listed) = self.lists(rule) {
            return Ok(listed
                .iter()
                .map(|listed| lists::entry(listed, self.format, reading, source))
                .collect());
        }
        let trialed = if self.targets.is_empty() {
            vec![self.own(rule)?]
        } else {
            let trials = trial::trials(rule, &self.targets, &self.options, self.wanted)?;
            trials.into_iter().filter_map(Trialed::of).collect()
        };
        Ok(trialed.iter().map(|trialed| self.entry(trialed, reading, source)).collect())
    }

    /// Lists of events, if the rule is about several.
    fn lists(&self, rule: &Rule) -> Option<Vec<Listed>> {
        if self.targets.is_empty() {
            return Some(vec![Listed::own(trial::own_lists(rule, &self.options, self.wanted)?)]);
        }
        let trials = trial::list_trials(rule, &self.targets, &self.options, self.wanted)?;
        Some(trials.into_iter().filter_map(Listed::of).collect())
    }

    /// Events in the rule's own names.
    fn own(&self, rule: &Rule) -> Result<Trialed, Diagnostic> {
        let condition = trial::condition(rule)?;
        let rows = witnesses(&condition, &Unknown, self.wanted);
        let row = |it: crate::witness::Witness| TrialRow { row: it.event, matches: it.matches, why: it.why };
        Ok(Trialed { of: None, types: IndexMap::new(), rows: rows.into_iter().map(row).collect() })
    }

    fn entry(&self, trialed: &Trialed, reading: &Reading, source: &Source) -> Entry {
        Entry {
            events: trialed.rows.len(),
            matching: trialed.rows.iter().filter(|row| row.matches).count(),
            text: match self.format {
                Format::Json => json(trialed, reading, source),
                Format::Text => text(trialed, reading, source),
            },
        }
    }

    fn tell(&self, diagnostic: &Diagnostic, source: &Source, made: &mut Made) {
        if diagnostic.is_error() || !self.quiet {
            made.messages += &self.terminal.diagnostic(diagnostic, source, None);
        }
    }
}

/// Rows, and the query that is to be tried on them.
struct Trialed {
    of: Option<Tried>,
    types: IndexMap<String, ColumnType>,
    rows: Vec<TrialRow>,
}

/// A generated query.
struct Tried {
    target: &'static Target,
    query: String,
    /// Whether its names are those of a schema.
    is_mapped: bool,
    may_match_more: bool,
    may_match_less: bool,
}

impl Tried {
    fn of(conversion: Conversion) -> Option<Self> {
        let (may_match_more, may_match_less) = (conversion.may_match_more(), conversion.may_match_less());
        let is_mapped = conversion.schema.is_some();
        let (target, query) = (conversion.target, conversion.query?);
        Some(Self { target, query, is_mapped, may_match_more, may_match_less })
    }

    /// Whether members of objects are columns of their own only as the rule writes them.
    fn nests(&self) -> bool {
        self.is_mapped && self.target.language == Language::Kusto
    }
}

impl Trialed {
    fn of(trial: Trial) -> Option<Self> {
        let of = Some(Tried::of(trial.conversion)?);
        (!trial.rows.is_empty()).then_some(Self { of, types: trial.types, rows: trial.rows })
    }
}

/// A trial as one JSON object.
#[derive(Serialize)]
struct Record<'a> {
    path: &'a str,
    rule: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    target: Option<&'a str>,
    language: &'static str,
    query: &'a str,
    #[serde(skip_serializing_if = "is_false")]
    may_match_more: bool,
    #[serde(skip_serializing_if = "is_false")]
    may_match_less: bool,
    #[serde(skip_serializing_if = "IndexMap::is_empty")]
    columns: IndexMap<&'a str, &'static str>,
    rows: Vec<Row<'a>>,
}

#[derive(Serialize)]
struct Row<'a> {
    matches: bool,
    why: &'a str,
    #[serde(rename = "row")]
    event: serde_json::Value,
}

impl<'a> Row<'a> {
    fn of(row: &'a TrialRow, nests: bool) -> Self {
        Self { matches: row.matches, why: &row.why, event: row_json(&row.row, nests) }
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the form that serde asks for")]
fn is_false(value: &bool) -> bool {
    !value
}

fn json(trialed: &Trialed, reading: &Reading, source: &Source) -> String {
    let tried = trialed.of.as_ref();
    let nests = tried.is_some_and(Tried::nests);
    let record = Record {
        path: source.name(),
        rule: &reading.metadata.title,
        target: tried.map(|tried| tried.target.name),
        language: tried.map_or("sigma", |tried| language(tried.target.language)),
        query: tried.map_or_else(|| source.slice(reading.span), |tried| &tried.query),
        may_match_more: tried.is_some_and(|tried| tried.may_match_more),
        may_match_less: tried.is_some_and(|tried| tried.may_match_less),
        columns: columns(&trialed.types, nests),
        rows: trialed.rows.iter().map(|row| Row::of(row, nests)).collect(),
    };
    serde_json::to_string(&record).expect("invariant: a record has no failing serializer")
}

/// Types by column; of members of an object, the object's.
fn columns(types: &IndexMap<String, ColumnType>, nests: bool) -> IndexMap<&str, &'static str> {
    let mut columns = IndexMap::new();
    for (name, ty) in types {
        match name.split_once('.') {
            Some((outer, _)) if nests => drop(columns.insert(outer, "dynamic")),
            _ => drop(columns.insert(name.as_str(), type_name(*ty))),
        }
    }
    columns
}

fn type_name(ty: ColumnType) -> &'static str {
    match ty {
        ColumnType::Unknown | ColumnType::String => "string",
        ColumnType::Wildcard => "wildcard",
        ColumnType::Caseless => "caseless",
        ColumnType::Text => "text",
        ColumnType::Integer => "integer",
        ColumnType::Real => "real",
        ColumnType::Boolean => "boolean",
        ColumnType::Timestamp => "timestamp",
        ColumnType::Ip => "ip",
        ColumnType::Dynamic => "dynamic",
    }
}

fn language(language: Language) -> &'static str {
    match language {
        Language::Kusto => "kusto",
        Language::Spl => "spl",
        Language::Lucene => "lucene",
        Language::Eql => "eql",
        Language::Esql => "esql",
        Language::Sigma => "sigma",
    }
}

/// The row as JSON; with members of objects in them, where a language has such.
fn row_json(row: &Event, nests: bool) -> serde_json::Value {
    let mut members = serde_json::Map::new();
    for (name, value) in &row.0 {
        if nests {
            nest(&mut members, name, value);
        } else {
            members.insert(name.clone(), value.to_json());
        }
    }
    members.into()
}

fn nest(members: &mut serde_json::Map<String, serde_json::Value>, name: &str, value: &Value) {
    match name.split_once('.') {
        None => drop(members.insert(name.to_owned(), value.to_json())),
        Some((outer, rest)) => {
            let inner = members.entry(outer).or_insert_with(|| serde_json::Map::new().into());
            if let Some(inner) = inner.as_object_mut() {
                nest(inner, rest, value);
            }
        }
    }
}

/// Which rule it is about, and which query.
fn head(tried: Option<&Tried>, reading: &Reading, source: &Source) -> String {
    let at = source.locate(reading.span);
    let mut text = format!("# {}\n# {}:{}\n", reading.metadata.title, source.name(), at.line);
    if let Some(tried) = tried {
        let _ = write!(text, "# target {}\n\n{}\n\n", tried.target.name, tried.query);
    } else {
        text.push('\n');
    }
    text
}

fn text(trialed: &Trialed, reading: &Reading, source: &Source) -> String {
    let mut text = head(trialed.of.as_ref(), reading, source);
    for row in &trialed.rows {
        let sign = if row.matches { '+' } else { '-' };
        let _ = write!(text, "{sign} {}\n  {}\n", row.why, row_json(&row.row, false));
    }
    text.push('\n');
    text
}

//! `rulec explain`: what each step of a conversion does to a rule.

use std::{
    fmt::Write as _,
    io::{self, Write},
    slice,
};

use super::{
    args::ExplainArgs,
    load::{Loaded, Request, load},
    mappings,
    placeholders::read_options,
    project::{Goals, Select, TargetSettings},
    report,
    run::Plan,
    status::{Failure, Status, say, stderr_terminal, stdout_terminal},
};
use crate::{
    Conversion, Options,
    diag::{Code, Diagnostic, Note, Source, render::terminal::Terminal},
    ir::{Origin, Rule, Show},
    mapping,
    sigma::ReadOptions,
    target::{Language, Target, legalize},
};

pub(super) fn run(args: &ExplainArgs) -> Result<Status, Failure> {
    let errors = stderr_terminal();
    let read_options =
        ReadOptions { partial: args.options.partial, ..read_options(&args.options.placeholders, &errors)? };
    let table = mappings::table(&args.options.mapping.mappings)?;
    if args.file.is_dir() {
        return Err(Failure::Message(format!(
            "`{}` is a folder, and one file is explained",
            args.file.display()
        )));
    }
    let plan = Plan { jobs: None, progress: false };
    let select = args.select.or(&Select::default());
    let request = Request {
        filters: &args.filters.filters,
        select: Some(&select),
        ..Request::all(slice::from_ref(&args.file), args.from.from)
    };
    let run = load(request, &read_options, plan)?;
    for file in run.files.iter().skip(1) {
        tell_filters(file, &errors);
    }
    let loaded = run.files.first().expect("invariant: a file is one input");
    let readings = match &loaded.readings {
        Ok(readings) => readings,
        Err(problem) => {
            say(&errors.diagnostic(problem, &loaded.source, None));
            return Ok(Status::Trouble);
        }
    };
    let explainer = Explainer {
        source: &loaded.source,
        goals: &args.goals,
        options: args.options.options(&table),
        terminal: stdout_terminal(),
    };
    let mut status = Status::Fine;
    let mut text = String::new();
    for reading in readings {
        for diagnostic in &reading.diagnostics {
            text += &explainer.terminal.diagnostic(diagnostic, &loaded.source, None);
        }
        if reading.is_aside() {
            continue;
        }
        match reading.rule() {
            Some(rule) => status = status.max(explainer.explain(rule, &mut text)),
            None => status = status.max(Status::Findings),
        }
    }
    io::stdout().lock().write_all(text.as_bytes())?;
    Ok(status.max(if run.is_empty() { Status::Trouble } else { Status::Fine }))
}

/// Says what is wrong with a file of filters.
fn tell_filters(file: &Loaded, terminal: &Terminal) {
    let diagnostics = match &file.readings {
        Ok(readings) => readings.iter().flat_map(|reading| &reading.diagnostics).collect(),
        Err(problem) => vec![problem],
    };
    for diagnostic in diagnostics {
        say(&terminal.diagnostic(diagnostic, &file.source, None));
    }
}

struct Explainer<'a> {
    source: &'a Source,
    goals: &'a [TargetSettings],
    options: Options<'a>,
    terminal: Terminal,
}

impl Explainer<'_> {
    fn explain(&self, rule: &Rule, text: &mut String) -> Status {
        let place = self.source.locate(rule.span);
        heading(text, 1, &format!("{} ({}:{})", rule.metadata.title, self.source.name(), place.line));
        heading(text, 2, "as read");
        rule_as_lines(rule, text);
        for note in &rule.notes {
            text.push_str(&annotate_snippets::normalize_untrusted_str(&format!("# {}", note.message)));
            text.push('\n');
        }
        let normalized = match self.options.mapping {
            Some(table) => {
                heading(text, 2, "normalized: canonical fields and values");
                mapping::normalize(rule, table, &mut Vec::new())
            }
            None => Ok(Rule { origin: Origin::Unmapped, ..rule.clone() }),
        };
        match &normalized {
            Ok(normalized) if self.options.mapping.is_some() => rule_as_lines(normalized, text),
            Ok(_) => {}
            Err(error) => {
                text.push_str(&self.terminal.diagnostic(error, self.source, None));
                // A rule about a table of a product stays in that product's words.
                if !matches!(rule.origin, Origin::Table(_) | Origin::External(_)) {
                    return Status::Findings;
                }
            }
        }
        let mut status = Status::Fine;
        for goal in self.goals {
            let target = goal.target;
            heading(text, 1, &format!("{}: {}", target.name, target.language.name()));
            let conversions = Goals::new(slice::from_ref(goal), self.options.mapping).convert(rule);
            let Some(conversion) = conversions.first() else { continue };
            // The steps below end where the conversion ends; the conversion itself says how.
            if let Err(error) = self.steps(rule, &normalized, conversion, text) {
                text.push_str(&self.terminal.diagnostic(&error, self.source, None));
                status = Status::Findings;
                continue;
            }
            status = status.max(self.outcome(&conversions, conversion, text));
        }
        status
    }

    /// Localize and legalize, with the notes that the first leaves.
    fn steps(
        &self,
        rule: &Rule,
        normalized: &Result<Rule, Diagnostic>,
        conversion: &Conversion,
        text: &mut String,
    ) -> Result<(), Diagnostic> {
        let (target, schema) = (conversion.target, schema_of(conversion));
        let mut notes: Vec<Note> = Vec::new();
        let local = match self.options.mapping {
            Some(table) => {
                let is_streamed = conversion.notes.iter().any(|note| note.code == Code::StreamedEvents);
                let streamed = target.fallback.unwrap_or(target.schema);
                let schema = if is_streamed { streamed } else { schema };
                let (what, local) = if is_streamed {
                    ("the product's own events, as they stream to", mapping::streamed(rule, schema, table))
                } else if let Some(native) = mapping::native(rule, schema, table) {
                    ("the product's own table, in", Ok(native))
                } else if target.language == Language::Sigma {
                    ("the canonical names of", Ok(normalized.as_ref().unwrap_or(rule).clone()))
                } else {
                    let normalized = normalized.as_ref().map_err(Clone::clone)?;
                    let local = mapping::localize(normalized, schema, table, &mut notes);
                    ("fields, values and dataset of", local)
                };
                heading(text, 2, &format!("localized: {what} schema `{schema}`"));
                let local = local?;
                rule_as_lines(&local, text);
                local
            }
            None => normalized.as_ref().map_err(Clone::clone)?.clone(),
        };
        let legal = legalize(&local, target.language, &mut Vec::new())?;
        if legal.stages != local.stages {
            heading(text, 2, &format!("legalized: what {} can say", target.language.name()));
            rule_as_lines(&legal, text);
        }
        Ok(())
    }

    /// The query, or why there is none, and the notes.
    fn outcome(&self, conversions: &[Conversion], conversion: &Conversion, text: &mut String) -> Status {
        let notes = report::notes(conversions, self.source, &self.terminal);
        if !notes.is_empty() {
            heading(text, 2, "notes");
            text.push_str(&notes);
        }
        match (&conversion.query, &conversion.error) {
            (Some(query), _) => {
                let fidelity = match conversion.fidelity {
                    crate::diag::Fidelity::Exact => "exact",
                    crate::diag::Fidelity::Approximate => "approximate",
                    crate::diag::Fidelity::Failed => "failed",
                };
                heading(text, 2, &format!("query ({fidelity})"));
                text.push_str(query);
                text.push('\n');
                Status::Fine
            }
            (None, error) => {
                let errors = error.iter().map(|error| self.terminal.diagnostic(error, self.source, None));
                text.extend(errors);
                Status::Findings
            }
        }
    }
}

/// The schema whose words the query has.
fn schema_of(conversion: &Conversion) -> &'static str {
    let is_raw = conversion.notes.iter().any(|note| note.code == Code::RawSearch);
    let Target { schema, fallback, .. } = conversion.target;
    fallback.filter(|_| is_raw).unwrap_or(schema)
}

fn heading(text: &mut String, level: usize, title: &str) {
    let gap = if text.is_empty() { "" } else { "\n" };
    let title = annotate_snippets::normalize_untrusted_str(title);
    writeln!(text, "{gap}{} {title}", "#".repeat(level)).expect("invariant: a string takes any text");
}

/// Where the events come from, and what they pass.
fn rule_as_lines(rule: &Rule, text: &mut String) {
    let origin = match &rule.origin {
        Origin::LogSource(log_source) => format!("log source {log_source}"),
        Origin::Class { class, .. } => format!("event class {class}"),
        Origin::Table(table) => format!("table {}", table.name),
        Origin::Dataset(dataset) => {
            let names: Vec<&str> = dataset.names.iter().map(|name| &**name).collect();
            let category = dataset.category.iter().map(|category| format!("category {category}"));
            let parts: Vec<String> = names.iter().map(|name| (*name).to_owned()).chain(category).collect();
            format!(
                "dataset {}",
                if parts.is_empty() { "chosen by the filter".to_owned() } else { parts.join(", ") }
            )
        }
        Origin::External(table) => format!("external rows {}", table.name),
        Origin::Unmapped => "any events".to_owned(),
    };
    for line in format!("{origin}\n{}", Show(rule)).lines() {
        text.push_str(&annotate_snippets::normalize_untrusted_str(line));
        text.push('\n');
    }
}

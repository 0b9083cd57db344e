//! The pipeline from a rule as read to a query for a target.

use std::sync::Arc;

use crate::{
    diag::{Code, Diagnostic, Effect, Fidelity, Note, Policy, Span},
    elastic::lucene::CaseMode,
    ir::{Origin, Rule},
    mapping::{self, Mapping},
    target::{Target, legalize, without_presentation},
};

mod part;
mod time;
mod untyped;
mod window;

pub use window::Window;
pub(crate) use window::tumbling;

/// The schema of the canonical fields.
const CANONICAL: &str = "sigma";

/// How rules are converted.
#[derive(Debug, Clone)]
pub struct Options<'m> {
    /// The table that fields, tables and values go through; none leaves them as the rule has them.
    pub mapping: Option<&'m Mapping>,
    /// Which approximations are accepted.
    pub policy: Policy,
    /// How Lucene handles case on `keyword` fields.
    pub case: CaseMode,
    /// Whether the largest part of a rule that can be said is converted where all of it cannot.
    pub partial: bool,
    /// Which windows correlations count in. Tumbling ones were asked for: what they miss is told, and not refused.
    pub window: Window,
}

impl Default for Options<'_> {
    fn default() -> Self {
        Self {
            mapping: Some(Mapping::builtin()),
            policy: Policy::default(),
            case: CaseMode::default(),
            partial: false,
            window: Window::default(),
        }
    }
}

/// What came of one rule for one target.
#[derive(Debug, Clone)]
pub struct Conversion {
    /// The target.
    pub target: &'static Target,
    /// The schema whose names the query has; `None` for the author's own.
    pub schema: Option<&'static str>,
    /// The rule in the target's words, which the query was written from.
    pub local: Option<Arc<Rule>>,
    /// How it ended.
    pub fidelity: Fidelity,
    /// The query; `None` if it failed.
    pub query: Option<String>,
    /// What was changed or decided.
    pub notes: Vec<Note>,
    /// Why there is no query.
    pub error: Option<Diagnostic>,
}

impl Conversion {
    /// Whether the query may match what the rule does not, by its notes.
    pub fn may_match_more(&self) -> bool {
        self.notes.iter().any(|note| matches!(note.effect, Effect::More | Effect::Either))
    }

    /// Whether the query may miss what the rule matches, by its notes.
    pub fn may_match_less(&self) -> bool {
        self.notes.iter().any(|note| note.effect.narrows())
    }

    fn in_schema(self, schema: Option<&'static str>) -> Self {
        Self { schema, ..self }
    }
}

/// Converts a rule for each of the targets, in their order. The rule is normalized once, and localized once for
/// each schema.
pub fn convert(rule: &Rule, targets: &[&'static Target], options: &Options<'_>) -> Vec<Conversion> {
    if let (Window::Tumbling, Some((rule, note))) = (options.window, window::tumbling(rule)) {
        return convert_with(&rule, Some(&note), targets, options);
    }
    convert_with(rule, None, targets, options)
}

fn convert_with(
    rule: &Rule,
    told: Option<&Note>,
    targets: &[&'static Target],
    options: &Options<'_>,
) -> Vec<Conversion> {
    let mut conversions = whole(rule, told, targets, options);
    if options.partial {
        for conversion in &mut conversions {
            let part = conversion
                .error
                .as_ref()
                .and_then(|why| part::largest(rule, conversion.target, why, options));
            *conversion = part.unwrap_or_else(|| conversion.clone());
        }
    }
    if rule.notes.iter().any(|note| note.code == Code::Filtered) {
        for conversion in &mut conversions {
            place_filters(rule, conversion);
        }
    }
    conversions
}

/// What a filter asks for has no place in the rule's source; what is told of it is told at the rule's start.
fn place_filters(rule: &Rule, conversion: &mut Conversion) {
    let nowhere = Some(Span::default());
    let start = Some(Span { end: rule.span.start, ..rule.span });
    for note in conversion.notes.iter_mut().filter(|note| note.span == nowhere) {
        note.span = start;
    }
    if let Some(error) = conversion.error.as_mut().filter(|error| error.span == nowhere) {
        error.span = start;
        let asks = "a filter of the rule asks for it";
        error.help =
            Some(error.help.as_ref().map_or_else(|| asks.to_owned(), |help| format!("{help}; {asks}")));
    }
}

/// Converts all of a rule.
fn whole(
    rule: &Rule,
    told: Option<&Note>,
    targets: &[&'static Target],
    options: &Options<'_>,
) -> Vec<Conversion> {
    let mut rules = Localized::of(rule, options, told.cloned());
    // What only shows events has no say in where they are found by languages that return them whole.
    let plain = matches!(rule.origin, Origin::Table(_)).then(|| without_presentation(rule)).flatten();
    let mut plain = plain.map(|(rule, note)| Localized::of(&rule, options, Some(note)));
    let convert_for = |target: &&'static Target| match &mut plain {
        Some(plain) if target.language.returns_events() => one(plain, target, options),
        _ => one(&mut rules, target, options),
    };
    targets.iter().map(convert_for).collect()
}

/// Converts a rule for one target: in its schema, else in its second one, else over the events of the rule's own product
/// where they stream to.
fn one(rules: &mut Localized<'_>, target: &'static Target, options: &Options<'_>) -> Conversion {
    let told: Vec<Note> = rules.source.notes.iter().chain(&rules.told).cloned().collect();
    let first = convert_in(rules.local(target.schema), target, told.clone(), options)
        .in_schema(options.mapping.map(|_| target.schema));
    // Without a mapping all schemas are one.
    let first = match (target.fallback.filter(|_| options.mapping.is_some()), lacks(&first)) {
        (Some(schema), Some(lack)) => {
            fall_back(rules.local(schema), target, lack, told.clone(), options).in_schema(Some(schema))
        }
        _ => first,
    };
    match (options.mapping.filter(|_| rules.is_about_a_table()), lacks(&first)) {
        (Some(mapping), Some(lack)) => {
            let schema = target.fallback.unwrap_or(target.schema);
            let streamed = mapping::streamed(&rules.source, schema, mapping);
            convert_streamed(streamed, target, &first, lack, told, options)
        }
        _ => first,
    }
}

/// Writes a rule in the words of the target's second schema, since the first one lacks something.
fn fall_back(
    local: &Local,
    target: &'static Target,
    lack: &Diagnostic,
    mut told: Vec<Note>,
    options: &Options<'_>,
) -> Conversion {
    let message = format!("raw events are searched: {}", lack.message);
    let note = Note { span: lack.span, ..Note::whole_rule(Code::RawSearch, Effect::None, message) };
    told.push(note);
    let mut conversion = convert_in(local, target, told, options);
    conversion.error = conversion.error.map(|error| {
        let first = format!("schema {} was tried first: {}", target.schema, lack.message);
        let help = error.help.as_ref().map_or_else(|| first.clone(), |help| format!("{help}; {first}"));
        error.help(help)
    });
    conversion
}

/// Writes a rule over the events of its own product, as they stream to the target's, since the target's own lack
/// something.
fn convert_streamed(
    rule: Result<Rule, Diagnostic>,
    target: &'static Target,
    first: &Conversion,
    lack: &Diagnostic,
    mut told: Vec<Note>,
    options: &Options<'_>,
) -> Conversion {
    let Ok(rule) = rule else { return first.clone() };
    let message = format!(
        "the product's own events are searched, where they stream to, if a table of this name does: {}",
        lack.message
    );
    let note = Note { span: lack.span, ..Note::whole_rule(Code::StreamedEvents, Effect::None, message) };
    told.push(note);
    convert_in(&Local { rule: Ok(rule), notes: Vec::new() }, target, told, options)
}

/// Writes a localized rule, with the notes that there are already.
fn convert_in(
    local: &Local,
    target: &'static Target,
    mut notes: Vec<Note>,
    options: &Options<'_>,
) -> Conversion {
    notes.extend(local.notes.iter().cloned());
    let result = local.rule.as_ref().map_err(Clone::clone).and_then(|rule| {
        let is_unmapped = rule.origin == Origin::Unmapped;
        let rule =
            if is_unmapped { time::by_column(rule, target.time) } else { std::borrow::Cow::Borrowed(rule) };
        let legal = legalize(&rule, target.language, &mut notes)?;
        let query = target.language.generate(&legal, options.case, options.mapping, &mut notes)?;
        Ok((query, Arc::new(legal.into_owned())))
    });
    conclude(target, result, notes, options.policy)
}

/// Why a conversion failed, if that is because the schema lacks something, or has it less exactly than is asked for.
fn lacks(conversion: &Conversion) -> Option<&Diagnostic> {
    conversion.error.as_ref().filter(|error| {
        matches!(
            error.code,
            Code::NoTelemetry
                | Code::UnknownEventClass
                | Code::EventUnmapped
                | Code::FieldUnmapped
                | Code::ValueUnmapped
                | Code::NarrowingRefused
                | Code::StrictRefused
                | Code::Unsupported
        )
    })
}

/// A rule in the words of every schema asked for so far.
struct Localized<'m> {
    /// The rule in canonical names; unchanged if there is no mapping.
    normalized: Result<Rule, Diagnostic>,
    /// What naming the fields canonically changed.
    notes: Vec<Note>,
    /// The rule as read.
    source: Rule,
    /// What was changed in it before.
    told: Option<Note>,
    mapping: Option<&'m Mapping>,
    by_schema: Vec<(&'static str, Local)>,
}

/// A rule in the words of one schema, and what that changed.
struct Local {
    rule: Result<Rule, Diagnostic>,
    notes: Vec<Note>,
}

impl<'m> Localized<'m> {
    fn of(rule: &Rule, options: &Options<'m>, told: Option<Note>) -> Self {
        let mapping = options.mapping;
        let mut notes = Vec::new();
        let normalized = match mapping {
            Some(table) => mapping::normalize(rule, table, &mut notes),
            None => Ok(untyped::unmapped(&untyped::with_types_by_tests(rule))),
        };
        Self { source: rule.clone(), told, normalized, notes, mapping, by_schema: Vec::new() }
    }

    /// The rule in canonical names, or as its author named the fields where there are no others, or no log source that
    /// stands for the event class.
    fn canonical(&mut self) -> &Local {
        let has_source = |rule: &Rule| match &rule.origin {
            Origin::Class { log_source, .. } => {
                log_source.category.is_some() || log_source.service.is_some() || !self.is_about_a_table()
            }
            _ => true,
        };
        let (rule, notes) = match &self.normalized {
            Ok(rule) if has_source(rule) => (rule.clone(), self.notes.clone()),
            Ok(_) | Err(_) => (self.source.clone(), Vec::new()),
        };
        self.by_schema.push((CANONICAL, Local { rule: Ok(rule), notes }));
        &self.by_schema[self.by_schema.len() - 1].1
    }

    /// Whether the rule names a table of one vendor.
    fn is_about_a_table(&self) -> bool {
        matches!(self.source.origin, Origin::Table(_))
    }

    fn local(&mut self, schema: &'static str) -> &Local {
        // Without a mapping all schemas are one: the author's.
        let schema = if self.mapping.is_some() { schema } else { "" };
        if let Some(index) = self.by_schema.iter().position(|(name, _)| *name == schema) {
            return &self.by_schema[index].1;
        }
        if schema == CANONICAL {
            return self.canonical();
        }
        let mut notes = Vec::new();
        let native = self.mapping.and_then(|table| mapping::native(&self.source, schema, table));
        let rule = match (native, &self.normalized, self.mapping) {
            (Some(native), ..) => Ok(native),
            (None, Ok(rule), Some(table)) => {
                notes.clone_from(&self.notes);
                mapping::localize(rule, schema, table, &mut notes)
            }
            (None, Ok(rule), None) => Ok(rule.clone()),
            (None, Err(error), _) => Err(error.clone()),
        };
        self.by_schema.push((schema, Local { rule, notes }));
        &self.by_schema[self.by_schema.len() - 1].1
    }
}

fn conclude(
    target: &'static Target,
    result: Result<(String, Arc<Rule>), Diagnostic>,
    mut notes: Vec<Note>,
    policy: Policy,
) -> Conversion {
    let mut seen = std::collections::HashSet::new();
    notes.retain(|note| seen.insert(note.clone()));
    let result = result.and_then(|written| match notes.iter().find(|note| !accepts(policy, note)) {
        Some(note) => Err(refusal(note, policy)),
        None => Ok(written),
    });
    let fidelity = match &result {
        Err(_) => Fidelity::Failed,
        Ok(_) if notes.iter().any(|note| note.effect.approximates()) => Fidelity::Approximate,
        Ok(_) => Fidelity::Exact,
    };
    let (query, local, error) = match result {
        Ok((query, local)) => (Some(query), Some(local), None),
        Err(error) => (None, None, Some(error)),
    };
    Conversion { target, schema: None, local, fidelity, query, notes, error }
}

/// Windows that follow one another were asked for, if there are any.
fn accepts(policy: Policy, note: &Note) -> bool {
    policy.accepts(note.effect) || note.code == Code::WindowTumbling && policy != Policy::Strict
}

fn refusal(note: &Note, policy: Policy) -> Diagnostic {
    let (code, help) = match policy {
        Policy::Strict => (Code::StrictRefused, "convert without `--strict` to accept it with a note"),
        _ => (Code::NarrowingRefused, "pass `--allow-narrowing` to accept a query that may miss events"),
    };
    let message = format!("{} ({})", note.message, note.code);
    match note.span {
        Some(span) => Diagnostic::new(code, span, message),
        None => Diagnostic::without_span(code, message),
    }
    .help(help)
}

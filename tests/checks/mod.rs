//! What must hold for every input, however strange. The fuzzing targets and `tests/fuzz.rs` run the same checks; each
//! panics where something does not hold.

#![allow(dead_code, unreachable_pub, reason = "each fuzzing target uses one check")]

mod condition;
mod events;
mod kusto;
mod literals;
mod mapping;
mod quoting;
mod regex;
mod sigma;
mod yaml;

use rulec::{
    Conversion,
    diag::{Code, Diagnostic, Source},
    ir::{
        Condition, Rule,
        eval::{Event, Value},
    },
    read::Format,
    sigma::{ReadOptions, Reading},
    target::{Language, TARGETS, Target},
    trial,
    witness::{Unknown, Wanted, Witness, witnesses},
};

/// A check, by the name of its fuzzing target.
pub struct Check {
    /// The name.
    pub name: &'static str,
    /// Panics where something does not hold for the input.
    pub run: fn(&[u8]),
    /// Where the repository has inputs to start from: a folder, and how their names end; none where bytes are read as
    /// choices.
    pub seeds: Option<(&'static str, &'static str)>,
}

/// Every check.
pub const CHECKS: &[Check] = &[
    Check { name: "yaml", run: yaml::check, seeds: Some(("rules/sigma", "yml")) },
    Check { name: "sigma_rule", run: sigma::check, seeds: Some(("rules/sigma", "yml")) },
    Check { name: "sigma_condition", run: condition::check, seeds: None },
    Check { name: "kusto_query", run: kusto::query, seeds: Some(("rules/kusto", "kql")) },
    Check { name: "kusto_rule", run: kusto::rule, seeds: Some(("rules/kusto", "kql")) },
    Check { name: "kusto_file", run: kusto::file, seeds: Some(("rules/kusto", "yaml")) },
    Check { name: "regex", run: regex::check, seeds: None },
    Check { name: "quoting", run: quoting::check, seeds: None },
    Check { name: "mapping", run: mapping::check, seeds: Some(("mappings", "yml")) },
    Check { name: "events", run: events::check, seeds: Some(("tests/cases/events", "")) },
];

/// Runs the check of this name.
pub fn run(name: &str, data: &[u8]) {
    let check = CHECKS.iter().find(|check| check.name == name).expect("a known check");
    (check.run)(data);
}

/// Longer inputs only take longer.
const MAX_BYTES: usize = 1 << 16;

fn text(data: &[u8]) -> Option<&str> {
    (data.len() <= MAX_BYTES).then(|| std::str::from_utf8(data).ok()).flatten()
}

fn targets() -> Vec<&'static Target> {
    TARGETS.iter().collect()
}

/// A target of each language.
fn languages() -> Vec<&'static Target> {
    let is_first = |index: usize| TARGETS[..index].iter().all(|it| it.language != TARGETS[index].language);
    (0..TARGETS.len()).filter(|index| is_first(*index)).map(|index| &TARGETS[index]).collect()
}

/// A place lies within its text, between characters.
fn assert_place(diagnostic: &Diagnostic, source: &Source) {
    if let Some(span) = diagnostic.span {
        assert!(source.text().get(span.range()).is_some(), "{span:?} of {diagnostic:?} is no place");
        source.locate(span);
    }
}

fn assert_places(diagnostics: &[Diagnostic], source: &Source) {
    for diagnostic in diagnostics {
        assert_place(diagnostic, source);
    }
}

/// A document has a rule, or an error with a place.
fn assert_reading(reading: &Reading, source: &Source) {
    let failed = reading.diagnostics.iter().any(Diagnostic::is_error);
    assert_eq!(reading.rule().is_none(), failed, "{:?}", reading.diagnostics);
    assert_places(&reading.diagnostics, source);
}

/// A conversion has a query whose literals are closed, or an error that is not a fault of rulec's own.
fn assert_conversion(conversion: &Conversion, source: &Source) {
    let target = conversion.target.name;
    match (&conversion.query, &conversion.error) {
        (Some(query), None) => {
            assert!(!query.trim().is_empty(), "{target}: an empty query");
            let language = conversion.target.language;
            if let Err(reason) = literals::without(language, query) {
                panic!("{target}: {reason}: {query}");
            }
            if language == Language::Kusto {
                assert_kusto_parses(query);
            }
        }
        (None, Some(error)) => {
            assert_ne!(error.code, Code::Internal, "{target}: {}", error.message);
            assert_place(error, source);
        }
        other => panic!("{target}: {other:?}"),
    }
}

fn assert_kusto_parses(query: &str) {
    let parsed = rulec::kusto::parse(query, &rulec::diag::Positions::default());
    assert!(parsed.diagnostics.is_empty(), "{:?}: {query}", parsed.diagnostics);
}

/// What rulec itself reads in a query that it wrote; `None` for a language that it does not read, or a query whose
/// condition is not one.
fn read_back(language: Language, query: &str) -> Option<Condition> {
    let (name, format) = match language {
        Language::Kusto => ("query.kql", Format::of_kusto("query.kql", query)?),
        Language::Sigma => ("rule.yml", Format::Sigma),
        _ => return None,
    };
    let source = Source::new(name, query);
    let readings = rulec::read::read(&source, format, &ReadOptions::default());
    let (rule, diagnostics) = (readings[0].rule(), &readings[0].diagnostics);
    let beyond = diagnostics.iter().any(|diagnostic| diagnostic.code == Code::Unsupported);
    match rule {
        None if beyond => None,
        None => panic!("not read again: {diagnostics:?}\n{query}"),
        Some(rule) => trial::condition(rule).ok(),
    }
}

/// The query means what the rule does, where rulec reads the language: both hold on the same events.
fn assert_means_the_same(rule: &Rule, conversion: &Conversion) {
    let (Some(query), Ok(condition)) = (&conversion.query, trial::condition(rule)) else { return };
    if conversion.fidelity != rulec::diag::Fidelity::Exact {
        return;
    }
    let language = conversion.target.language;
    let Some(again) = read_back(language, query) else { return };
    for Witness { event, matches, why } in witnesses(&condition, &Unknown, Wanted { count: 12, seed: 0 }) {
        if event.0.is_empty() || (language == Language::Kusto && !is_told_apart(&condition, &event)) {
            continue;
        }
        assert_eq!(again.holds_on(&event), matches, "{event:?}, made so: {why}, of\n{query}");
    }
}

/// Whether what the condition says of an event is the same with absent text for empty text, and the reverse: Kusto
/// has only the latter.
fn is_told_apart(condition: &Condition, event: &Event) -> bool {
    let empty = Value::from("");
    let mut absent = event.clone();
    absent.0.retain(|_, value| *value != empty);
    let mut present = event.clone();
    for field in condition.predicates().into_iter().flat_map(|predicate| predicate.fields()) {
        present.0.entry(field.name.to_string()).or_insert_with(|| empty.clone());
    }
    let verdict = condition.holds_on(event);
    condition.holds_on(&absent) == verdict && condition.holds_on(&present) == verdict
}

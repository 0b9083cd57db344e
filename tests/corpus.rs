//! Real rules. `RULEC_CORPORA` names a folder with a `sigma` folder of rules; without it nothing is tested.

#![allow(clippy::unwrap_used, reason = "a test that panics is a test that fails")]
#![allow(clippy::print_stderr, reason = "figures, and why nothing was tested")]

use std::{
    collections::BTreeMap,
    fmt::Write,
    fs,
    path::{Path, PathBuf},
    sync::LazyLock,
};

use rulec::{
    Conversion, Options,
    diag::{Code, Diagnostic, Fidelity, Source},
    sigma,
    target::{TARGETS, Target},
};

static CORPUS: LazyLock<Vec<Source>> = LazyLock::new(|| {
    let Some(root) = std::env::var_os("RULEC_CORPORA") else {
        eprintln!("RULEC_CORPORA is not set: no corpus to test");
        return Vec::new();
    };
    let mut paths = Vec::new();
    collect(&PathBuf::from(root).join("sigma"), &mut paths);
    paths.sort();
    let source = |path: &PathBuf| Source::new(path.display().to_string(), fs::read_to_string(path).unwrap());
    paths.iter().map(source).collect()
});

fn collect(folder: &Path, paths: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, paths);
        } else if path.extension().is_some_and(|extension| extension == "yml") {
            paths.push(path);
        }
    }
}

fn all_targets() -> Vec<&'static Target> {
    TARGETS.iter().collect()
}

/// Every rule of the corpus, converted.
fn for_each_conversion(options: &Options, mut visit: impl FnMut(&Source, &Conversion)) {
    let targets = all_targets();
    for source in CORPUS.iter() {
        for reading in sigma::read(source, &sigma::ReadOptions::default()) {
            for conversion in convert_reading(&reading, &targets, options) {
                visit(source, &conversion);
            }
        }
    }
}

/// A rule that cannot be read fails for every target.
fn convert_reading(
    reading: &sigma::Reading,
    targets: &[&'static Target],
    options: &Options,
) -> Vec<Conversion> {
    if let Some(rule) = reading.rule() {
        return rulec::convert(rule, targets, options);
    }
    let error = reading.diagnostics.iter().find(|diagnostic| diagnostic.is_error()).unwrap();
    let failed = |target: &&'static Target| Conversion {
        target,
        schema: None,
        local: None,
        fidelity: Fidelity::Failed,
        query: None,
        notes: Vec::new(),
        error: Some(error.clone()),
    };
    targets.iter().map(failed).collect()
}

/// How the conversions for one target ended, and why.
#[derive(Default)]
struct Score {
    endings: BTreeMap<Fidelity, usize>,
    notes: BTreeMap<Code, usize>,
    errors: BTreeMap<Code, usize>,
}

impl Score {
    fn add(&mut self, conversion: &Conversion) {
        *self.endings.entry(conversion.fidelity).or_default() += 1;
        let mut codes: Vec<Code> = conversion.notes.iter().map(|note| note.code).collect();
        codes.sort();
        codes.dedup();
        for code in codes {
            *self.notes.entry(code).or_default() += 1;
        }
        if let Some(error) = &conversion.error {
            *self.errors.entry(error.code).or_default() += 1;
        }
    }

    fn share_exact(&self) -> f64 {
        self.share(&[Fidelity::Exact])
    }

    fn share_mapped(&self) -> f64 {
        self.share(&[Fidelity::Exact, Fidelity::Approximate])
    }

    fn share(&self, of: &[Fidelity]) -> f64 {
        let count = |number: usize| f64::from(u32::try_from(number).unwrap());
        let ended: usize = of.iter().filter_map(|fidelity| self.endings.get(fidelity)).sum();
        count(ended) / count(self.endings.values().sum())
    }
}

/// The share of real rules of which every field, value and event has a place, as measured, rounded down.
const LEAST_MAPPED: &[(&str, f64)] = &[
    ("defender", 0.70),
    ("sentinel", 0.95),
    ("asim", 0.63),
    ("splunk", 0.98),
    ("splunk-cim", 0.98),
    ("lucene", 0.97),
    ("eql", 0.90),
    ("esql", 0.97),
];

fn show(scores: &BTreeMap<&str, Score>) -> String {
    let mut text = String::new();
    for (target, score) in scores {
        write!(text, "{target}:").unwrap();
        for (fidelity, count) in &score.endings {
            write!(text, " {count} {fidelity:?}").unwrap();
        }
        writeln!(text, "\n  notes {:?}\n  errors {:?}", score.notes, score.errors).unwrap();
    }
    text
}

/// Whether no query could be right: a list is missing, the engine has no way to run the expression, or a field that
/// holds addresses is also searched for parts of a text, for which Elasticsearch has no type.
fn is_expected(error: &Diagnostic) -> bool {
    error.code == Code::UnresolvedPlaceholder
        || error.message.contains("too complex to determinize")
        || error.message.contains("is not a text field")
}

#[test]
fn without_mapping_every_rule_converts_and_nearly_all_are_exact() {
    let mut scores: BTreeMap<&str, Score> = BTreeMap::new();
    let mut faults = Vec::new();
    let options = Options { mapping: None, ..Options::default() };
    for_each_conversion(&options, |source, conversion| {
        let name = conversion.target.name;
        scores.entry(name).or_default().add(conversion);
        match &conversion.error {
            Some(error) if !is_expected(error) => {
                let line = error.span.map_or(0, |span| source.locate(span).line);
                faults.push(format!("{}:{line} {name}: {}: {}", source.name(), error.code, error.message));
            }
            _ => {}
        }
        if conversion.query.as_ref().is_some_and(|query| query.trim().is_empty()) {
            faults.push(format!("{} {name}: an empty query", source.name()));
        }
    });
    eprintln!("{}", show(&scores));
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
    for (target, score) in &scores {
        let least = match *target {
            "lucene" => 0.95,
            "esql" => 0.965,
            _ => 0.97,
        };
        assert!(score.share_exact() >= least, "{target}: {:.3} exact", score.share_exact());
    }
}

#[test]
fn with_mapping_every_failure_says_what_has_no_place() {
    let mut scores: BTreeMap<&str, Score> = BTreeMap::new();
    let mut faults = Vec::new();
    for_each_conversion(&Options::default(), |source, conversion| {
        scores.entry(conversion.target.name).or_default().add(conversion);
        let fault = match (&conversion.query, &conversion.error) {
            (Some(query), None) => query.trim().is_empty().then(|| "an empty query".to_owned()),
            (None, Some(error)) if error.span.is_some() && error.code != Code::Internal => None,
            (None, Some(error)) => Some(format!("{}: {}", error.code, error.message)),
            (query, error) => Some(format!("query {query:?}, error {error:?}")),
        };
        faults.extend(fault.map(|fault| format!("{} {}: {fault}", source.name(), conversion.target.name)));
    });
    eprintln!("{}", show(&scores));
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
    for (target, least) in LEAST_MAPPED {
        let share = scores.get(target).map_or(1.0, Score::share_mapped);
        assert!(share >= *least, "{target}: {share:.3} mapped, {least} before");
    }
}

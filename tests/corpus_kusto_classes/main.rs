//! What converts of each class of real queries. `RULEC_CORPORA` names a folder with a `kusto` folder of rule files;
//! without it nothing is tested. With `RULEC_TABLE` set, what converts and what fails is printed, operator by operator.

#![allow(clippy::unwrap_used, reason = "a test that panics is a test that fails")]
#![allow(clippy::print_stdout, reason = "the table is what the run is for")]

#[path = "../support/mod.rs"]
mod support;

mod class;

use std::{collections::BTreeMap, fs, path::PathBuf};

use class::{Class, Classified, classify};
use rulec::{
    Options, convert,
    diag::{Positions, Source},
    kusto,
    read::{Format, read},
    sigma::ReadOptions,
    target,
};

/// Tables that hold what a product has found or what things are, rather than events.
const STATE: &[&str] = &[
    "DeviceTvm",
    "ExposureGraph",
    "SecurityIncident",
    "SecurityAlert",
    "AlertInfo",
    "AlertEvidence",
    "Heartbeat",
    "Usage",
    "IdentityInfo",
    "BehaviorAnalytics",
    "DeviceInfo",
    "DeviceNetworkInfo",
    "Anomalies",
    "ThreatIntelligenceIndicator",
    "ThreatIntelIndicators",
    "UserPeerAnalytics",
    "SecurityRecommendation",
    "SecureScore",
    "Update",
    "ConfigurationData",
    "SentinelHealth",
    "AADRiskyUsers",
    "IdentityAccountInfo",
    "DeviceBaseline",
    "OAuthAppInfo",
    "InsightsMetrics",
    "Perf",
    "SecurityBaseline",
    "Operation",
    "DeviceFileCertificateInfo",
    "LAQueryLogs",
    "DataverseSharePointSites",
    "MicrosoftPurview",
    "AADUserRiskEvents",
];

struct Converted {
    name: String,
    classified: Classified,
    /// By target: whether it converts, or why not.
    outcomes: BTreeMap<&'static str, Result<(), String>>,
}

impl Converted {
    fn reads_events(&self) -> bool {
        self.classified.tables.iter().all(|table| !STATE.iter().any(|state| table.starts_with(state)))
    }
}

const MEASURED: &[&str] = &["splunk", "splunk-cim", "esql", "sigma", "sentinel", "defender", "eql", "lucene"];

fn corpus() -> Vec<Converted> {
    let Some(corpora) = support::corpora() else { return Vec::new() };
    let mut files: Vec<PathBuf> = Vec::new();
    let mut folders = vec![corpora.join("kusto")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() { folders.push(path) } else { files.push(path) }
        }
    }
    files.sort();
    files.iter().flat_map(converted).collect()
}

fn converted(path: &PathBuf) -> Vec<Converted> {
    let targets: Vec<_> = MEASURED.iter().map(|name| target::find(name).unwrap()).collect();
    let name = path.display().to_string();
    let Ok(text) = fs::read_to_string(path) else { return Vec::new() };
    let source = Source::new(name.clone(), text);
    let Some(format) = Format::of_kusto(&name, source.text()) else { return Vec::new() };
    let Some(kind) = kusto::files::recognize(&name, source.text()) else { return Vec::new() };
    let mut classes = Vec::new();
    for query in kusto::files::read(&source, kind) {
        let parsed = kusto::parse(&query.text, &Positions::default());
        if parsed.diagnostics.is_empty() {
            classes.extend(classify(&parsed.script).into_iter().map(Some));
        } else {
            classes.push(None);
        }
    }
    let readings = read(&source, format, &ReadOptions::default());
    if readings.len() != classes.len() {
        return Vec::new();
    }
    let mut all = Vec::new();
    for (reading, classified) in readings.iter().zip(classes) {
        let Some(classified) = classified else { continue };
        let outcomes = match reading.rule() {
            None => {
                let reason = reading.diagnostics.first().map(|it| it.message.clone()).unwrap_or_default();
                MEASURED.iter().map(|name| (*name, Err(reason.clone()))).collect()
            }
            Some(rule) => convert(rule, &targets, &Options::default())
                .into_iter()
                .zip(MEASURED)
                .map(|(conversion, name)| {
                    (*name, conversion.error.map_or(Ok(()), |error| Err(error.message)))
                })
                .collect(),
        };
        all.push(Converted { name: name.clone(), classified, outcomes });
    }
    all
}

#[expect(clippy::cast_precision_loss, reason = "a few thousand queries")]
fn share(of: &[&Converted], target: &str) -> f64 {
    let count = of.iter().filter(|it| it.outcomes[target].is_ok()).count();
    100.0 * count as f64 / of.len().max(1) as f64
}

#[test]
fn classes_convert_as_often_as_before() {
    let corpus = corpus();
    let of = |classes: &[Class]| -> Vec<&Converted> {
        corpus.iter().filter(|it| classes.contains(&it.classified.class)).collect()
    };
    let predicates = of(&[Class::Predicate]);
    let events: Vec<&Converted> = predicates.iter().copied().filter(|it| it.reads_events()).collect();
    let others = of(&[Class::Correlation, Class::Pipeline]);
    if std::env::var_os("RULEC_TABLE").is_some() {
        print(&corpus);
    }
    let measured = [
        ("(a) to splunk", share(&predicates, "splunk"), 96.0),
        ("(a) to esql", share(&predicates, "esql"), 94.0),
        ("(a) on events to sigma", share(&events, "sigma"), 95.0),
        ("(b) and (c) to splunk", share(&others, "splunk"), 75.0),
        ("(b) and (c) to esql", share(&others, "esql"), 45.0),
    ];
    for (what, share, least) in measured {
        println!("{what}: {share:.1} %");
        assert!(corpus.is_empty() || share >= least, "{what}: {share:.1} %, not {least} %");
    }
}

/// What converts of each class, then by operator, then every failure with its reason, parted by tabs.
fn print(corpus: &[Converted]) {
    for class in [Class::Predicate, Class::Correlation, Class::Pipeline, Class::Untranslatable] {
        let those: Vec<&Converted> = corpus.iter().filter(|it| it.classified.class == class).collect();
        let shares: Vec<String> =
            MEASURED.iter().map(|target| format!("{target} {:.1}", share(&those, target))).collect();
        println!("{class:?}, {} queries: {}", those.len(), shares.join(", "));
    }
    table(corpus);
    for it in corpus {
        for (target, outcome) in &it.outcomes {
            if let Err(reason) = outcome {
                let (class, events) = (it.classified.class, it.reads_events());
                println!("FAIL\t{class:?}\t{target}\t{events}\t{}\t{}", it.name, reason.replace('\n', " "));
            }
        }
    }
}

fn table(corpus: &[Converted]) {
    let mut operators: BTreeMap<&str, Vec<&Converted>> = BTreeMap::new();
    for it in corpus.iter().filter(|it| it.classified.class != Class::Untranslatable) {
        for operator in &it.classified.operators {
            operators.entry(operator).or_default().push(it);
        }
    }
    let mut rows: Vec<_> = operators.into_iter().collect();
    rows.sort_by_key(|(_, those)| std::cmp::Reverse(those.len()));
    for (operator, those) in rows {
        let shares: Vec<String> =
            MEASURED.iter().map(|target| format!("{:.0}", share(&those, target))).collect();
        println!("| {operator} | {} | {} |", those.len(), shares.join(" | "));
    }
}

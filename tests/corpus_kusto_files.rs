//! Reads a corpus of Kusto rule files, named by `RULEC_CORPORA`: every file is recognised for what it is, and every
//! query has a title and stands where its positions say.
#![allow(clippy::print_stdout, reason = "the counts are the point of a run with `--nocapture`")]

mod support;

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use rulec::{
    diag::Source,
    kusto::files::{self, Kind, QueryText},
};

/// The files of a folder of the corpus; none without `RULEC_CORPORA`.
fn sources(folder: &str) -> Vec<Source> {
    let Some(corpora) = support::corpora() else { return Vec::new() };
    let mut paths = Vec::new();
    collect(&corpora.join("kusto").join(folder), &mut paths);
    assert!(!paths.is_empty(), "the corpus has {folder}");
    let read = |path: &PathBuf| {
        let bytes = fs::read(path).expect("a readable file");
        Source::new(path.to_string_lossy(), String::from_utf8_lossy(&bytes))
    };
    paths.iter().map(read).collect()
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    let mut paths: Vec<PathBuf> = fs::read_dir(folder)
        .expect("a readable folder")
        .map(|entry| entry.expect("a readable entry").path())
        .collect();
    paths.sort();
    for path in paths {
        if path.is_dir() {
            collect(&path, files);
        } else {
            files.push(path);
        }
    }
}

/// What was found in a folder.
#[derive(Debug, Default)]
struct Counts {
    kinds: BTreeMap<String, usize>,
    queries: usize,
    dialects: BTreeMap<String, usize>,
    without: BTreeMap<&'static str, usize>,
    warnings: usize,
    folded: usize,
    unrecognised: Vec<String>,
}

impl Counts {
    fn of(folder: &str) -> Option<Self> {
        let sources = sources(folder);
        let mut counts = Self::default();
        for source in &sources {
            let Some(kind) = files::recognize(source.name(), source.text()) else {
                counts.unrecognised.push(source.name().to_owned());
                continue;
            };
            *counts.kinds.entry(format!("{kind:?}")).or_default() += 1;
            let queries = files::read(source, kind);
            assert!(!queries.is_empty(), "{}: {kind:?} without a query", source.name());
            if matches!(kind, Kind::SentinelAnalytic | Kind::SentinelHunting | Kind::DefenderHunting) {
                assert_eq!(queries.len(), 1, "{}", source.name());
            }
            for query in &queries {
                counts.add(query, source);
            }
        }
        println!("{folder}: {counts:#?}");
        (!sources.is_empty()).then_some(counts)
    }

    fn add(&mut self, query: &QueryText, source: &Source) {
        assert!(!query.metadata.title.is_empty(), "{}: a title", source.name());
        self.folded += assert_in_place(query, source);
        self.queries += 1;
        *self.dialects.entry(format!("{:?}", query.dialect)).or_default() += 1;
        self.warnings += query.diagnostics.len();
        for diagnostic in &query.diagnostics {
            let place = source.locate(diagnostic.span.unwrap_or_default());
            println!("{}:{}: {}", source.name(), place.line, diagnostic.message);
        }
        for (what, lacks) in [
            ("description", query.metadata.description.is_none()),
            ("tags", query.metadata.tags.is_empty()),
            ("id", query.metadata.id.is_none()),
        ] {
            *self.without.entry(what).or_default() += usize::from(lacks);
        }
    }
}

/// Every line of a query, and every word, stands in the source where its positions say.
///
/// Returns how many lines the source has in more than one: in quotes, a line may go on in the next one.
fn assert_in_place(query: &QueryText, source: &Source) -> usize {
    assert!(!query.text.trim().is_empty(), "{}: {:?}", source.name(), query.diagnostics);
    let at = |part: &str| {
        let start = part.as_ptr() as usize - query.text.as_ptr() as usize;
        source.slice(query.positions.span(start, start + part.len()))
    };
    let mut folded = 0;
    for line in query.text.lines() {
        let found = at(line);
        if found != line {
            folded += 1;
            for word in line.split_whitespace() {
                let found = at(word).replace("''", "'").replace("\\\"", "\"").replace("\\\\", "\\");
                assert!(
                    word.starts_with(found.trim_end_matches(['\\', '\''])),
                    "{}: {word:?} is {found:?}",
                    source.name()
                );
            }
        }
    }
    assert!(source.text().get(query.span.range()).is_some(), "{}", source.name());
    assert!(!source.slice(query.code_span()).is_empty(), "{}", source.name());
    folded
}

#[test]
fn azure_sentinel() {
    let Some(counts) = Counts::of("azure-sentinel") else { return };
    assert!(counts.queries >= 2262);
    assert!(counts.kinds["SentinelAnalytic"] >= 1053 && counts.kinds["SentinelHunting"] >= 772);
    assert!(counts.kinds["DefenderHunting"] >= 437);
    assert!(counts.without["id"] <= 2 && counts.without["description"] == 0 && counts.warnings <= 6);
    assert!(counts.folded <= 4, "{}", counts.folded);
    // What is left are notes on where a rule has moved to, and the licence.
    let has_query = |name: &&String| fs::read_to_string(name).expect("a readable file").contains("query:");
    assert_eq!(counts.unrecognised.iter().find(has_query), None);
}

#[test]
fn defender() {
    let Some(counts) = Counts::of("m365-defender") else { return };
    assert!(counts.queries >= 374 && counts.kinds["Markdown"] >= 269 && counts.kinds["Query"] >= 101);
    assert!(!counts.dialects.contains_key("Sentinel"), "{:?}", counts.dialects);
    assert!(counts.unrecognised.len() <= 11 && counts.folded == 0);
}

#[test]
fn markdown_of_both_products() {
    let Some(counts) = Counts::of("bert-janp") else { return };
    assert!(counts.queries >= 877 && counts.kinds["Markdown"] >= 448 && counts.kinds["Query"] >= 40);
    assert!(counts.dialects["Sentinel"] >= 427 && counts.dialects["Defender"] >= 409);
    assert!(counts.unrecognised.len() <= 10 && counts.folded == 0);
}

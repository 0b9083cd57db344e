//! Reads a corpus of real rules, named by `RULEC_CORPORA`: all of them have to be readable.
#![allow(clippy::print_stdout, reason = "the counts are the point of a run with `--nocapture`")]

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use rulec::diag::{Code, Diagnostic, Source};
use rulec::sigma;

#[test]
fn every_rule_of_the_corpus_reads_unless_it_needs_placeholders() -> io::Result<()> {
    let sources = corpus()?;
    let mut counts: BTreeMap<Code, usize> = BTreeMap::new();
    let mut errors = 0;
    let mut rules = 0;
    for source in &sources {
        for reading in sigma::read(source, &sigma::ReadOptions::default()) {
            rules += usize::from(reading.rule().is_some());
            for diagnostic in &reading.diagnostics {
                *counts.entry(diagnostic.code).or_default() += 1;
                if diagnostic.code != Code::UnresolvedPlaceholder {
                    errors += usize::from(diagnostic.is_error());
                    println!("{}", describe(source, diagnostic));
                }
            }
        }
    }
    println!("{} files, {rules} rules, {counts:?}", sources.len());
    assert_eq!(errors, 0);
    Ok(())
}

#[test]
fn mutated_rules_read_or_fail_with_a_diagnostic() -> io::Result<()> {
    const INSERTIONS: [&str; 16] =
        ["\n", " ", ":", "|", "*", "&a ", "*a", "[", "}", "'", "\"", "- ", "%", "\\", "\t", "---\n"];
    let mut random = Random(42);
    for source in corpus()? {
        let mut text = source.text().to_owned();
        for _ in 0..3 {
            let at = text.floor_char_boundary(random.below(text.len() + 1));
            text.insert_str(at, INSERTIONS[random.below(INSERTIONS.len())]);
            read_and_locate(&text);
        }
        text.truncate(text.floor_char_boundary(random.below(text.len())));
        read_and_locate(&text);
    }
    Ok(())
}

/// Reads a text; every document without a rule says why, in a place that exists.
fn read_and_locate(text: &str) {
    let source = Source::new("mutated.yml", text);
    let mut readings = sigma::read(&source, &sigma::ReadOptions::default());
    sigma::link(&mut [&mut readings]);
    for reading in readings {
        assert_eq!(reading.rule().is_none(), reading.diagnostics.iter().any(Diagnostic::is_error));
        for span in reading.diagnostics.iter().filter_map(|diagnostic| diagnostic.span) {
            assert!(text.get(span.range()).is_some(), "{span:?} in {text}");
        }
    }
}

/// A linear congruential generator: the same mutations in every run.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).map_or(0, |number| number % limit.max(1))
    }
}

/// The files of the corpus; none without `RULEC_CORPORA`.
fn corpus() -> io::Result<Vec<Source>> {
    let Some(corpora) = std::env::var_os("RULEC_CORPORA") else { return Ok(Vec::new()) };
    let mut files = Vec::new();
    collect(&Path::new(&corpora).join("sigma"), &mut files)?;
    assert!(files.len() > 1000, "the corpus is there");
    let read = |path: &PathBuf| Ok(Source::new(path.to_string_lossy(), std::fs::read_to_string(path)?));
    files.iter().map(read).collect()
}

fn describe(source: &Source, diagnostic: &Diagnostic) -> String {
    let place = source.locate(diagnostic.span.unwrap_or_default());
    let (name, code, message) = (source.name(), diagnostic.code, &diagnostic.message);
    format!("{name}:{}:{}: {code}: {message}", place.line, place.column)
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    let mut entries = std::fs::read_dir(folder)?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<io::Result<Vec<PathBuf>>>()?;
    entries.sort();
    for path in entries {
        if path.is_dir() {
            collect(&path, files)?;
        } else if path.extension().is_some_and(|extension| extension == "yml") {
            files.push(path);
        }
    }
    Ok(())
}

//! Reads a corpus of real rules, named by `RULEC_CORPORA`: all of them have to be readable.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use rulec::diag::{Code, Source};
use rulec::sigma;

#[test]
fn every_rule_of_the_corpus_reads_unless_it_needs_placeholders() {
    let Some(corpora) = std::env::var_os("RULEC_CORPORA") else { return };
    let mut files = Vec::new();
    collect(&Path::new(&corpora).join("sigma"), &mut files);
    let mut counts: BTreeMap<Code, usize> = BTreeMap::new();
    let mut unexpected = Vec::new();
    let mut rules = 0;
    for path in &files {
        let source = Source::new(path.to_string_lossy(), std::fs::read_to_string(path).unwrap());
        for reading in sigma::read(&source, &sigma::ReadOptions::default()) {
            rules += usize::from(reading.rule.is_some());
            for diagnostic in reading.diagnostics {
                *counts.entry(diagnostic.code).or_default() += 1;
                if diagnostic.code != Code::UnresolvedPlaceholder {
                    let place = source.locate(diagnostic.span.unwrap_or_default());
                    let line = format!(
                        "{}:{}:{}: {}: {}",
                        source.name(),
                        place.line,
                        place.column,
                        diagnostic.code,
                        diagnostic.message
                    );
                    unexpected.push((diagnostic.is_error(), line));
                }
            }
        }
    }
    println!("{} files, {rules} rules, {counts:?}", files.len());
    unexpected.iter().for_each(|(_, line)| println!("{line}"));
    assert!(files.len() > 1000, "the corpus is there");
    assert!(!unexpected.iter().any(|(is_error, _)| *is_error));
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    let mut entries: Vec<PathBuf> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "yml") {
            files.push(path);
        }
    }
}

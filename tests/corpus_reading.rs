//! Reads a corpus of real rules, named by `RULEC_CORPORA`: all of them have to be readable.
#![allow(clippy::print_stdout, reason = "the counts are the point of a run with `--nocapture`")]

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use rulec::diag::{Code, Diagnostic, Source};
use rulec::sigma;

#[test]
fn every_rule_of_the_corpus_reads_unless_it_needs_placeholders() -> io::Result<()> {
    let Some(corpora) = std::env::var_os("RULEC_CORPORA") else { return Ok(()) };
    let mut files = Vec::new();
    collect(&Path::new(&corpora).join("sigma"), &mut files)?;
    let mut counts: BTreeMap<Code, usize> = BTreeMap::new();
    let mut errors = 0;
    let mut rules = 0;
    for path in &files {
        let source = Source::new(path.to_string_lossy(), std::fs::read_to_string(path)?);
        for reading in sigma::read(&source, &sigma::ReadOptions::default()) {
            rules += usize::from(reading.rule.is_some());
            for diagnostic in &reading.diagnostics {
                *counts.entry(diagnostic.code).or_default() += 1;
                if diagnostic.code != Code::UnresolvedPlaceholder {
                    errors += usize::from(diagnostic.is_error());
                    println!("{}", describe(&source, diagnostic));
                }
            }
        }
    }
    println!("{} files, {rules} rules, {counts:?}", files.len());
    assert!(files.len() > 1000, "the corpus is there");
    assert_eq!(errors, 0);
    Ok(())
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

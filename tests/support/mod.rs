//! What several test targets share: converting a text, and finding rules.

#![allow(dead_code, unreachable_pub, reason = "each test target uses its own part")]
#![allow(clippy::format_push_string, reason = "clarity over speed")]

pub mod bicep;
pub mod conf;
pub mod rows;
pub mod windows;

use std::path::{Path, PathBuf};

use rulec::{
    Conversion, Options,
    diag::{Fidelity, Source},
    sigma::{self, ReadOptions},
    target::{TARGETS, Target},
};

/// All targets, as references.
pub fn targets() -> Vec<&'static Target> {
    TARGETS.iter().collect()
}

/// The repository's root.
pub fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// The folder of real rules, if this machine has it: the environment variable names it.
pub fn corpora() -> Option<PathBuf> {
    std::env::var_os("RULEC_CORPORA").map(PathBuf::from)
}

/// Every rule file below a folder, in a stable order.
pub fn rule_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).expect("a readable folder") {
            let path = entry.expect("a readable entry").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "yml")
                && path
                    .file_stem()
                    .is_none_or(|stem| Path::new(stem).extension().is_none_or(|it| it != "tests"))
            {
                files.push(path);
            }
        }
    }
    files.sort();
    files
}

/// The placeholders that the project's own rules need.
pub fn placeholders() -> ReadOptions {
    let administrators = vec!["adm_berger".to_owned(), "adm_okafor".to_owned()];
    ReadOptions {
        placeholders: [("administrators".to_owned(), administrators)].into_iter().collect(),
        ..ReadOptions::default()
    }
}

/// Converts the only rule of a text for every target.
pub fn convert_text(text: &str, options: &Options) -> Vec<Conversion> {
    let source = Source::new("rule.yml", text);
    let mut readings = sigma::read(&source, &placeholders());
    sigma::link(&mut [&mut readings]);
    readings.retain(|reading| !reading.is_part());
    assert_eq!(readings.len(), 1, "one document");
    let rule = readings[0].rule().unwrap_or_else(|| panic!("reads: {:?}", readings[0].diagnostics));
    let targets = if options.mapping.is_some() { targets() } else { languages() };
    rulec::convert(rule, &targets, options)
}

/// A target of each language: without a mapping, targets of one language say the same.
fn languages() -> Vec<&'static Target> {
    let is_first = |index: usize| TARGETS[..index].iter().all(|it| it.language != TARGETS[index].language);
    (0..TARGETS.len()).filter(|index| is_first(*index)).map(|index| &TARGETS[index]).collect()
}

/// A readable record of conversions: target, fidelity, notes, and the query or the error.
pub fn show(conversions: &[Conversion]) -> String {
    let mut out = String::new();
    for conversion in conversions {
        let fidelity = match conversion.fidelity {
            Fidelity::Exact => "exact",
            Fidelity::Approximate => "approximate",
            Fidelity::Failed => "failed",
        };
        out += &format!("== {}, {fidelity}\n", conversion.target.name);
        for note in &conversion.notes {
            out += &format!("-- {} ({:?}): {}\n", note.code, note.effect, note.message);
        }
        if let Some(error) = &conversion.error {
            out += &format!("error[{}]: {}\n", error.code, error.message);
            if let Some(help) = &error.help {
                out += &format!("  help: {help}\n");
            }
        }
        if let Some(query) = &conversion.query {
            out += query;
            out += "\n";
        }
        out += "\n";
    }
    out
}

//! The compiler's steps over a set of rules: the project's own, or those of `RULEC_CORPORA`.
//!
//! `yaml` is the yardstick: parsing the same texts into nodes and nothing else.

use std::path::{Path, PathBuf};

use divan::{Bencher, black_box};
use rulec::{
    Options,
    diag::Source,
    ir::Rule,
    lint,
    read::Format,
    sigma::{self, ReadOptions},
    target::{self, TARGETS, Target},
    yaml,
};

fn main() {
    divan::main();
}

fn folder() -> PathBuf {
    let own = || Path::new(env!("CARGO_MANIFEST_DIR")).join("rules");
    std::env::var_os("RULEC_CORPORA").map_or_else(own, |corpora| PathBuf::from(corpora).join("sigma"))
}

fn sources() -> Vec<Source> {
    let mut sources = Vec::new();
    let mut folders = vec![folder()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).expect("a readable folder") {
            let path = entry.expect("a readable entry").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "yml") {
                let text = std::fs::read_to_string(&path).expect("UTF-8");
                sources.push(Source::new(path.display().to_string(), text));
            }
        }
    }
    sources
}

fn read(source: &Source) -> Vec<Rule> {
    sigma::read(source, &ReadOptions::default())
        .into_iter()
        .filter_map(rulec::sigma::Reading::into_rule)
        .collect()
}

fn rules() -> Vec<Rule> {
    sources().iter().flat_map(read).collect()
}

#[divan::bench]
fn yaml(bencher: Bencher) {
    let sources = sources();
    bencher.bench(|| {
        for source in &sources {
            let _ = black_box(yaml::parse(source));
        }
    });
}

#[divan::bench]
fn read_sigma(bencher: Bencher) {
    let sources = sources();
    bencher.bench(|| {
        for source in &sources {
            black_box(read(source));
        }
    });
}

#[divan::bench]
fn check(bencher: Bencher) {
    let sources = sources();
    let (reading, options) = (ReadOptions::default(), lint::Options::default());
    bencher.bench(|| {
        for source in &sources {
            let (readings, written) = lint::read(source, Format::Sigma, &reading);
            let file = lint::File { source, format: Format::Sigma, readings: &readings, written: &written };
            black_box(lint::check(&file, &options));
        }
    });
}

#[divan::bench(args = ["defender", "splunk", "lucene", "eql", "esql"])]
fn convert(bencher: Bencher, name: &str) {
    let rules = rules();
    let targets = [target::find(name).expect("a known target")];
    bencher.bench(|| {
        for rule in &rules {
            black_box(rulec::convert(rule, &targets, &Options::default()));
        }
    });
}

#[divan::bench(args = [true, false])]
fn everything(bencher: Bencher, mapping: bool) {
    let sources = sources();
    let targets: Vec<&'static Target> = TARGETS.iter().collect();
    let mapping = mapping.then(rulec::mapping::Mapping::builtin);
    let options = Options { mapping, ..Options::default() };
    bencher.bench(|| {
        for source in &sources {
            for rule in read(source) {
                black_box(rulec::convert(&rule, &targets, &options));
            }
        }
    });
}

//! What the README and the other documents show is what rulec writes: a rule's query, a file, a command's output.
//!
//! The comment before a fence says what stands in it: `<!-- rules/…/x.yml TARGET -->`, `<!-- docs/…/x.yml -->` or
//! `<!-- rulec ARGUMENTS -->`. With `INSTA_UPDATE=always` the documents are brought up to date instead.

#![cfg(feature = "cli")]

mod support;

use std::process::Command;

use rulec::{Options, diag::Source, read::Format};

/// A fence under a comment: the comment, and the range of what stands in the fence.
fn examples(text: &str) -> Vec<(&str, std::ops::Range<usize>)> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(comment) = text[at..].find("<!-- ").map(|start| at + start + "<!-- ".len()) {
        let end = comment + text[comment..].find(" -->\n```").expect("a fence after the comment");
        let fence = end + " -->\n".len();
        let body = fence + text[fence..].find('\n').expect("an info string") + 1;
        at = body + text[body..].find("```\n").expect("a closing fence");
        found.push((&text[comment..end], body..at));
    }
    found
}

fn shown(what: &str) -> String {
    match what.split_once(' ') {
        Some(("rulec", arguments)) => output(arguments),
        Some((rule, target)) => query(rule, target),
        None => read(what),
    }
}

fn read(path: &str) -> String {
    let text = std::fs::read_to_string(support::root().join(path)).expect("a readable file");
    text.trim_end().to_owned() + "\n"
}

fn query(rule: &str, target: &str) -> String {
    let source = Source::new(rule, read(rule));
    let format = Format::of_kusto(rule, source.text()).unwrap_or(Format::Sigma);
    let readings = rulec::read::read(&source, format, &support::placeholders());
    let rule = readings[0].rule().expect("a sound rule");
    let conversions = rulec::convert(rule, &support::targets(), &Options::default());
    let conversion = conversions.iter().find(|conversion| conversion.target.name == target);
    let query = conversion.and_then(|conversion| conversion.query.as_deref()).expect("a query");
    format!("{query}\n")
}

/// What a command says on both streams.
fn output(arguments: &str) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_rulec"));
    command.args(arguments.split(' ')).current_dir(support::root()).env_clear().env("COLUMNS", "120");
    let output = command.output().expect("the command runs");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("text");
    let lines = text(output.stdout) + &text(output.stderr);
    lines.trim_end().lines().flat_map(|line| [line.trim_end(), "\n"]).collect()
}

#[test]
fn the_documents_show_what_rulec_writes() {
    let update = std::env::var_os("INSTA_UPDATE").is_some_and(|update| update == "always");
    for (document, least) in [
        ("README.md", 11),
        ("docs/own-mappings.md", 8),
        ("docs/testing.md", 6),
        ("docs/filters.md", 6),
        ("docs/envelopes.md", 6),
        ("docs/correlations.md", 6),
    ] {
        let path = support::root().join(document);
        let text = std::fs::read_to_string(&path).expect("a readable document");
        let examples = examples(&text);
        assert!(examples.len() >= least, "{document} has lost examples");
        let mut current = text.clone();
        for (what, range) in examples.into_iter().rev() {
            let shown = shown(what);
            assert!(!shown.trim().is_empty(), "{document}: nothing to show for {what}");
            if !update {
                assert_eq!(text[range.clone()], shown, "{document}: {what}");
            }
            current.replace_range(range, &shown);
        }
        if update && current != text {
            std::fs::write(&path, current).expect("a writable document");
        }
    }
}

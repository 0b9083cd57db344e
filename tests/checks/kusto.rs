//! Kusto: queries and the files that hold them.

use rulec::{
    Options,
    diag::{Positions, Source},
    kusto,
    read::Format,
    sigma::ReadOptions,
};

/// A query that parses is laid out as one that parses to the same tree, and stays as it is then.
pub fn query(data: &[u8]) {
    let Some(text) = super::text(data) else { return };
    let parsed = kusto::parse(text, &Positions::default());
    for diagnostic in &parsed.diagnostics {
        super::assert_place(diagnostic, &Source::new("fuzz.kql", text));
        assert!(diagnostic.span.is_some(), "{diagnostic:?} has no place");
    }
    if !parsed.diagnostics.is_empty() {
        return;
    }
    let formatted = kusto::format(&parsed.script, text);
    let again = kusto::parse(&formatted, &Positions::default());
    assert!(again.diagnostics.is_empty(), "{:?}:\n{formatted}", again.diagnostics);
    assert!(again.script.statements == parsed.script.statements, "another tree:\n{formatted}");
    assert_eq!(again.script.comments.len(), parsed.script.comments.len(), "comments are lost:\n{formatted}");
}

/// A query converts or is refused with a place, for every target.
pub fn rule(data: &[u8]) {
    converts("fuzz.kql", data);
}

/// So do the queries of a file that holds some.
pub fn file(data: &[u8]) {
    for name in ["fuzz.yaml", "fuzz.json", "fuzz.md"] {
        converts(name, data);
    }
}

fn converts(name: &str, data: &[u8]) {
    let Some(text) = super::text(data) else { return };
    let Some(format) = Format::of_kusto(name, text) else { return };
    let source = Source::new(name, text);
    for reading in rulec::read::read(&source, format, &ReadOptions::default()) {
        super::assert_reading(&reading, &source);
        let Some(rule) = reading.rule() else { continue };
        for conversion in rulec::convert(rule, &super::targets(), &Options::default()) {
            super::assert_conversion(&conversion, &source);
        }
    }
}

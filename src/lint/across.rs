//! What the rules of a run tell of each other.

use std::{collections::HashMap, hash::Hash};

use super::{Finding, Meaning};
use crate::{
    diag::{Code, Diagnostic, Source, Span},
    sigma::Reading,
};

/// Who a rule is.
#[derive(Debug, Clone)]
pub struct Identity {
    title: String,
    id: Option<String>,
    name: Option<String>,
    meaning: Option<Meaning>,
    /// Where it starts.
    line: usize,
    span: Span,
}

impl Identity {
    /// A rule's identity.
    pub fn of(reading: &Reading, source: &Source) -> Self {
        let metadata = &reading.metadata;
        Self {
            title: metadata.title.clone(),
            id: metadata.id.clone(),
            name: metadata.name.clone(),
            meaning: reading.rule().map(Meaning::of),
            line: source.locate(reading.span).line,
            span: reading.span,
        }
    }
}

/// Rules with the same id, name, title or meaning, for each file of a run in order. The first of them is told nothing.
pub fn across(files: &[(&Source, &[Identity])]) -> Vec<Vec<Finding>> {
    let mut found: Vec<Vec<Finding>> = files.iter().map(|_| Vec::new()).collect();
    let mut report = |twin: &Twin<'_>, code: Code, key: Option<(&str, &str)>, what: &str| {
        let (source, identity) = (files[twin.file].0, &files[twin.file].1[twin.rule]);
        let (first_source, first) = (files[twin.first.0].0, &files[twin.first.0].1[twin.first.1]);
        let place = format!("{}:{}", first_source.name(), first.line);
        let message = format!("{what} `{}` ({place})", first.title);
        let span = key.and_then(|(key, value)| value_of(source, identity.span, key, value));
        let span = span.unwrap_or_else(|| first_line(source, identity.span));
        found[twin.file]
            .push(Finding { diagnostic: Diagnostic::new(code, span, message), rule: Some(twin.rule) });
    };
    for twin in twins(files, |identity| identity.id.as_deref().map(str::to_lowercase)) {
        report(&twin, Code::DuplicateId, key(files, &twin, "id"), "the id is also that of");
    }
    for twin in twins(files, |identity| identity.name.clone()) {
        report(&twin, Code::DuplicateName, key(files, &twin, "name"), "the name is also that of");
    }
    for twin in twins(files, |identity| Some(identity.title.to_lowercase()).filter(|title| !title.is_empty()))
    {
        report(&twin, Code::DuplicateTitle, key(files, &twin, "title"), "the title is also that of");
    }
    for twin in twins(files, |identity| identity.meaning) {
        report(&twin, Code::DuplicateRule, key(files, &twin, "title"), "the rule finds the same events as");
    }
    found
}

/// A rule that has something in common with an earlier one.
struct Twin<'a> {
    file: usize,
    rule: usize,
    first: (usize, usize),
    identity: &'a Identity,
}

fn twins<'a, K: Hash + Eq>(
    files: &'a [(&Source, &'a [Identity])],
    key: impl Fn(&Identity) -> Option<K>,
) -> Vec<Twin<'a>> {
    let mut first_of: HashMap<K, (usize, usize)> = HashMap::new();
    let mut twins = Vec::new();
    for (file, (_, identities)) in files.iter().enumerate() {
        for (rule, identity) in identities.iter().enumerate() {
            let Some(key) = key(identity) else { continue };
            let first = *first_of.entry(key).or_insert((file, rule));
            if first != (file, rule) {
                twins.push(Twin { file, rule, first, identity });
            }
        }
    }
    twins
}

fn key<'a>(
    _: &[(&Source, &[Identity])],
    twin: &Twin<'a>,
    name: &'static str,
) -> Option<(&'static str, &'a str)> {
    let identity = twin.identity;
    let value = match name {
        "id" => identity.id.as_deref(),
        "name" => identity.name.as_deref(),
        _ => Some(identity.title.as_str()),
    };
    Some((name, value?))
}

/// Where the value of a top-level key stands in a document.
fn value_of(source: &Source, document: Span, key: &str, value: &str) -> Option<Span> {
    let text = source.text().get(document.range())?;
    let start = document.start as usize;
    let mut offset = 0;
    for line in text.split_inclusive('\n') {
        if let Some(rest) = line.strip_prefix(key).filter(|rest| rest.starts_with(':'))
            && let Some(at) = rest.find(value)
        {
            let from = start + offset + key.len() + at;
            return Some(Span::new(from, from + value.len()));
        }
        offset += line.len();
    }
    None
}

fn first_line(source: &Source, document: Span) -> Span {
    let text = source.text().get(document.range()).unwrap_or("");
    let length = text.find(['\n', '\r']).unwrap_or(text.len());
    Span::new(document.start as usize, document.start as usize + length)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        lint::tests::rule_of,
        read::{Format, read},
        sigma::ReadOptions,
    };

    fn told(texts: &[String]) -> Vec<(usize, String)> {
        let sources: Vec<Source> = texts
            .iter()
            .enumerate()
            .map(|(at, text)| Source::new(format!("{at}.yml"), text.clone()))
            .collect();
        let identities: Vec<Vec<Identity>> = sources
            .iter()
            .map(|source| {
                let readings = read(source, Format::Sigma, &ReadOptions::default());
                readings.iter().map(|reading| Identity::of(reading, source)).collect()
            })
            .collect();
        let files: Vec<(&Source, &[Identity])> =
            sources.iter().zip(&identities).map(|(source, all)| (source, all.as_slice())).collect();
        let found = across(&files).into_iter().enumerate();
        found
            .flat_map(|(at, found)| found.into_iter().map(move |it| (at, it.diagnostic.code.to_string())))
            .collect()
    }

    #[test]
    fn twins_are_told_at_the_later_one() {
        let one = rule_of("  s:\n    CommandLine|contains: [a1, b2]\n  condition: s\n");
        let other = one
            .replace("title: x", "title: y")
            .replace("5f1f2a0e", "6f1f2a0e")
            .replace("[a1, b2]", "[b2, a1]");
        assert_eq!(told(&[one.clone(), other.clone()]), [(1, "duplicate-rule".to_owned())]);
        let near = other.replace("b2, a1", "b2, a2");
        assert_eq!(told(&[one.clone(), near.clone()]), []);
        assert_eq!(
            told(&[one.clone(), near.replace("title: y", "title: X")]),
            [(1, "duplicate-title".to_owned())]
        );
        assert_eq!(told(&[one, near.replace("6f1f2a0e", "5F1F2a0e")]), [(1, "duplicate-id".to_owned())]);
    }
}

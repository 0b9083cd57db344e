//! Queries without anything around them but comments.

use std::sync::Arc;

use serde_json::Value;

use super::{Dialect, QueryText, attack, dialect_of, metadata::Collector, span_in};
use crate::diag::{Positions, Source, Span};

/// The query that a file is. Files of several queries with nothing but empty lines between them are one text here.
pub(super) fn read(source: &Source) -> Vec<QueryText> {
    let text = source.text().trim_start_matches('\u{feff}');
    let start = source.text().len() - text.len();
    if text.trim().is_empty() {
        return Vec::new();
    }
    let mut header = Header {
        text: source.text(),
        collector: Collector::default(),
        description: Vec::new(),
        prose: Vec::new(),
    };
    for line in text.lines().map(str::trim).take_while(|line| line.is_empty() || line.starts_with("//")) {
        header.take(line.trim_start_matches('/').trim());
    }
    let is_for = |product: &str| text.lines().any(|line| is_comment_about(line, product));
    let dialect = match (is_for("sentinel query"), is_for("advanced hunting query")) {
        (true, false) => Dialect::Sentinel,
        (false, true) => Dialect::Defender,
        _ => dialect_of(text),
    };
    let Collector { metadata, schedule, diagnostics, .. } = header.finish(source.name());
    vec![QueryText {
        metadata: Arc::new(metadata),
        schedule,
        text: text.to_owned(),
        positions: Positions::from(start),
        span: Span::new(start, source.text().trim_end().len()),
        dialect,
        diagnostics,
    }]
}

fn is_comment_about(line: &str, product: &str) -> bool {
    let line = line.trim_start();
    line.starts_with("//") && line.to_ascii_lowercase().contains(product)
}

/// The comments above a query.
struct Header<'t> {
    text: &'t str,
    collector: Collector,
    /// The lines that say they are the description.
    description: Vec<&'t str>,
    /// The lines that are no `Name: value`.
    prose: Vec<&'t str>,
}

impl<'t> Header<'t> {
    fn take(&mut self, line: &'t str) {
        let entry = line.split_once(':').map(|(key, value)| (key.trim(), value.trim()));
        let Some((key, value)) = entry.filter(|(key, value)| !value.is_empty() && !key.contains("://"))
        else {
            return self.prose.extend(Some(line).filter(|line| line.contains(char::is_alphanumeric)));
        };
        let span = span_in(self.text, value);
        let metadata = &mut self.collector.metadata;
        match &*key.to_ascii_lowercase().replace([' ', '_'], "") {
            "name" | "title" | "rulename" | "queryname" if metadata.title.is_empty() => {
                value.clone_into(&mut metadata.title);
            }
            "id" | "ruleid" => metadata.id = Some(value.to_owned()),
            "author" | "authors" => metadata.author = Some(value.to_owned()),
            "date" | "created" => metadata.date = Some(value.to_owned()),
            "description" | "summary" => self.description.push(value),
            "reference" | "references" | "ref" | "link" => metadata.references.push(value.to_owned()),
            "severity" => self.collector.severity(value, span),
            "tactic" | "tactics" => self.collector.tactics(&value.replace('#', ""), span),
            "technique" | "techniques" | "mitre" => {
                for tag in attack::techniques_in(value) {
                    self.collector.tag(tag);
                }
            }
            "queryfrequency" => self.schedule("queryFrequency", key, value),
            "queryperiod" => self.schedule("queryPeriod", key, value),
            "alerttriggeroperator" | "triggeroperator" => self.schedule("triggerOperator", key, value),
            "alerttriggerthreshold" | "triggerthreshold" => self.schedule("triggerThreshold", key, value),
            "datasource" | "datasources" | "tags" | "version" | "status" | "originalsigmarule" => {
                self.keep(key, value);
            }
            _ if value.starts_with("//") => metadata.references.extend(link(line)),
            _ => self.prose.push(line),
        }
    }

    fn schedule(&mut self, key: &str, own: &str, value: &str) {
        self.keep(own, value);
        self.collector.schedule(key, value, span_in(self.text, value));
    }

    fn keep(&mut self, key: &str, value: &str) {
        self.collector.metadata.custom.insert(key.to_owned(), Value::String(value.to_owned()));
    }

    fn finish(mut self, name: &str) -> Collector {
        let metadata = &mut self.collector.metadata;
        if metadata.title.is_empty() {
            stem(name).clone_into(&mut metadata.title);
        }
        let lines = [self.description, self.prose].concat();
        if !lines.is_empty() {
            metadata.description = Some(lines.join("\n"));
        }
        self.collector
    }
}

/// The first link of a line.
pub(super) fn link(line: &str) -> Option<String> {
    let start = line.find("https://").or_else(|| line.find("http://"))?;
    let rest = &line[start..];
    let end = rest
        .find(|c: char| c.is_whitespace() || matches!(c, ')' | '>' | ']' | '"' | '|'))
        .unwrap_or(rest.len());
    Some(rest[..end].to_owned())
}

/// A file's name without folders and extension.
pub(super) fn stem(name: &str) -> &str {
    let file = name.rsplit(['/', '\\']).next().unwrap_or(name);
    match file.rsplit_once('.') {
        Some((stem, _)) if !stem.is_empty() => stem,
        _ => file,
    }
}

//! Checks of rules: what is written but means nothing, what can never match, what stands twice.
//!
//! One file for each family of checks. [`check`] looks at one file and needs no other, [`across`] at what the files of a
//! run tell of each other, and [`settle`] applies what the author and the user allow. `docs/lint.md` describes every code.

mod across;
mod correlation;
mod detection;
mod document;
mod explain;
mod fields;
mod filter;
mod fix;
mod glob;
mod literal;
mod meaning;
mod runnable;
mod selector;
mod suppress;
mod tags;
mod truth;

use std::{
    borrow::Cow,
    collections::{BTreeSet, HashSet},
};

use crate::{
    diag::{Code, Diagnostic, Source, Span},
    ir::{Condition, Origin, Rule, Stage},
    mapping::Mapping,
    read::Format,
    sigma::{self, Document, ReadOptions, Reading, ast::DetectionSection},
    yaml::Node,
};

use fields::Names;

pub use across::{Identity, across};
pub use explain::{describe, sections};
pub use fix::{Fixed, fixed};
pub use meaning::Meaning;
pub use suppress::settle;

/// What is checked, and how strictly.
#[derive(Debug, Clone)]
pub struct Options<'m> {
    /// Codes that are not told; errors always are.
    pub allow: BTreeSet<Code>,
    /// Codes that are errors.
    pub deny: BTreeSet<Code>,
    /// The table that knows which fields events have.
    pub mapping: &'m Mapping,
    /// Whether each rule is tried on all targets, which takes as long as converting it.
    pub convert: bool,
}

impl Default for Options<'_> {
    fn default() -> Self {
        Self { allow: BTreeSet::new(), deny: BTreeSet::new(), mapping: Mapping::builtin(), convert: true }
    }
}

/// One file, read.
#[derive(Debug, Clone, Copy)]
pub struct File<'a> {
    /// Its text.
    pub source: &'a Source,
    /// What it is written in.
    pub format: Format,
    /// Its rules.
    pub readings: &'a [Reading],
    /// What was found in how it is written, when it was [`read`].
    pub written: &'a [Written],
}

/// What is known of a document from how it is written.
#[derive(Debug, Default)]
pub struct Written {
    found: Vec<Diagnostic>,
    /// Places of which enough is said.
    told: HashSet<Span>,
    /// The fields that it names.
    names: Names,
    is_correlation: bool,
}

/// Reads every rule of a source, and looks at how each is written; a Kusto file has no form that is looked at.
pub fn read(source: &Source, format: Format, options: &ReadOptions) -> (Vec<Reading>, Vec<Written>) {
    if format != Format::Sigma {
        return (crate::read::read(source, format, options), Vec::new());
    }
    let mut found = Vec::new();
    let readings = sigma::read_and_show(source, options, &mut |place, (written, reading)| {
        found.resize_with(place, Written::default);
        found.push(Written::of(written, reading, source));
    });
    (readings, found)
}

impl Written {
    fn of(document: sigma::Written<'_, '_>, reading: &Reading, source: &Source) -> Self {
        let mut written = Self::default();
        let sigma::Written { root, section } = document;
        let is_sound = !matches!(reading.document, Document::Broken);
        document::check(root, is_sound, source, &mut written.found);
        if let Some(tags) = root.get("tags") {
            tags::check(tags, source, &mut written.found);
        }
        match root.get("correlation").filter(|_| section.is_none()) {
            Some(correlation) => {
                correlation::check(correlation, source, &mut written.found);
                written.names = correlation::names(correlation);
                written.is_correlation = true;
            }
            None if section.is_some() => written.check_section(section, reading, source),
            None => {
                filter::check(root, source, &mut written.found);
                let section = sigma::Filter::section(root, source);
                written.check_section(section.as_ref(), reading, source);
            }
        }
        written
    }

    /// Checks how detections and their condition are written.
    fn check_section(
        &mut self,
        section: Option<&DetectionSection<'_, '_>>,
        reading: &Reading,
        source: &Source,
    ) {
        let Some(section) = section.filter(|_| meant(reading).is_some()) else { return };
        let is_structured = detection::is_structured(&reading.metadata.log_source);
        detection::check(section, is_structured, source, &mut self.told, &mut self.found);
        selector::check(section, source, &mut self.found);
        self.names = Names::of(section);
    }
}

/// A diagnostic, and which of the file's rules it is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What was found.
    pub diagnostic: Diagnostic,
    /// The rule's place among the readings; `None` for the file.
    pub rule: Option<usize>,
}

/// What was found in one file, and who its rules are.
#[derive(Debug, Default)]
pub struct Checked {
    /// What was found, not yet settled.
    pub findings: Vec<Finding>,
    /// The rules, for comparison with those of other files.
    pub identities: Vec<Identity>,
}

/// Checks the rules of a file, each by itself. What was wrong with reading them is among the findings.
pub fn check(file: &File<'_>, options: &Options<'_>) -> Checked {
    let mut findings = Vec::new();
    let nothing = Written::default();
    for (place, reading) in file.readings.iter().enumerate() {
        let is_asked = !matches!(reading.document, Document::Aside);
        let written = file.written.get(place).filter(|_| is_asked).unwrap_or(&nothing);
        let mut found = [&*reading.diagnostics, &*written.found].concat();
        // What is broken lacks more than that.
        if matches!(reading.document, Document::Broken) {
            found.retain(|diagnostic| diagnostic.code != Code::MissingMetadata);
        }
        if let Some(rule) = meant(reading) {
            check_rule(&rule, reading.is_filter(), written, options, &mut found);
        }
        findings.extend(found.into_iter().map(|diagnostic| Finding { diagnostic, rule: Some(place) }));
    }
    let identities = file.readings.iter().map(|reading| Identity::of(reading, file.source)).collect();
    Checked { findings, identities }
}

/// The rule that a document is, or what passes the filter that it is.
fn meant(reading: &Reading) -> Option<Cow<'_, Rule>> {
    match &reading.document {
        Document::Rule(rule) => Some(Cow::Borrowed(rule)),
        Document::Filter(filter) => Some(Cow::Owned(filter.as_rule(&reading.metadata, reading.span))),
        Document::Correlation(_) | Document::Aside | Document::Broken => None,
    }
}

/// What the rule means, whatever it is written in.
fn check_rule(
    rule: &Rule,
    is_filter: bool,
    written: &Written,
    options: &Options<'_>,
    found: &mut Vec<Diagnostic>,
) {
    if written.is_correlation {
        // The rules that it is of are examined by themselves.
        found.extend(correlation::examine(rule));
    } else if let Some(condition) = first_filters(rule) {
        found.extend(truth::examine(&condition, &written.told, rule.span));
    }
    let is_tried = options.convert && matches!(rule.origin, Origin::LogSource(_));
    let trouble = is_tried.then(|| runnable::check(rule, options.mapping)).flatten();
    let unknown = if written.is_correlation {
        fields::check_grouped(rule, options.mapping, &written.names, trouble.is_none())
    } else {
        fields::check(rule, options.mapping, &written.names, trouble.is_none())
    };
    // A field that no target has says more than each target's complaint of it; a filter is never run by itself.
    found.extend(trouble.filter(|_| unknown.is_empty() && !is_filter));
    found.extend(unknown);
}

/// The condition that all events have to meet before anything else happens to them.
fn first_filters(rule: &Rule) -> Option<Cow<'_, Condition>> {
    match rule.stages.as_slice() {
        [Stage::Filter(only)] => Some(Cow::Borrowed(only)),
        [Stage::Filter(_), ..] => {
            let filters = rule.stages.iter().map_while(Stage::condition).cloned();
            Some(Cow::Owned(Condition::all(filters)))
        }
        _ => None,
    }
}

/// The text of a scalar that is there.
fn text<'n>(node: &'n Node<'_>) -> Option<&'n str> {
    node.as_text().filter(|_| !node.is_null()).map(|text| &**text)
}

#[cfg(test)]
pub(in crate::lint) mod tests {
    use super::*;

    /// A complete rule of this detection section.
    pub(in crate::lint) fn rule_of(detection: &str) -> String {
        format!(
            "title: x\nid: 5f1f2a0e-3d9c-4d8a-8f0b-0d6c2a4f7b11\nlevel: low\n\
             logsource: {{category: process_creation, product: windows}}\ndetection:\n{detection}"
        )
    }

    /// What is found in a file of Sigma, settled.
    pub(in crate::lint) fn found_in(text: &str) -> (Source, Vec<Diagnostic>) {
        let source = Source::new("a.yml", text);
        let (readings, written) = read(&source, Format::Sigma, &ReadOptions::default());
        let file = File { source: &source, format: Format::Sigma, readings: &readings, written: &written };
        let options = Options::default();
        let findings = settle(&source, check(&file, &options).findings, &options);
        let diagnostics = findings.into_iter().map(|finding| finding.diagnostic).collect();
        (source, diagnostics)
    }

    pub(in crate::lint) fn codes_of(text: &str) -> Vec<String> {
        found_in(text).1.into_iter().map(|diagnostic| diagnostic.code.to_string()).collect()
    }

    /// One finding has this code and this place.
    pub(in crate::lint) fn assert_told(text: &str, code: &str, place: &str) {
        let (source, found) = found_in(text);
        let of_code = found.iter().filter(|it| it.code.as_str() == code);
        let places: Vec<&str> = of_code.filter_map(|it| it.span).map(|span| source.slice(span)).collect();
        assert_eq!(places, [place], "{code} in {found:#?}");
    }

    #[test]
    fn a_sound_rule_has_no_findings() {
        assert_eq!(codes_of(&rule_of("  s:\n    CommandLine|contains: whoami\n  condition: s\n")), [""; 0]);
    }

    #[test]
    fn filters_of_kusto_are_one_condition() {
        let source =
            Source::new("a.kql", "DeviceEvents\n| where ActionType == \"a\"\n| where ActionType == \"b\"\n");
        let format = Format::of_kusto(source.name(), source.text()).unwrap();
        let (readings, written) = read(&source, format, &ReadOptions::default());
        let file = File { source: &source, format, readings: &readings, written: &written };
        let checked = check(&file, &Options::default());
        let codes: Vec<&str> = checked.findings.iter().map(|it| it.diagnostic.code.as_str()).collect();
        assert!(codes.contains(&"never-true"), "{:#?}", checked.findings);
    }
}

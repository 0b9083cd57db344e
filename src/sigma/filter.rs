//! Filters: documents that say of which events the rules that they name are not.
//!
//! A filter's condition has to hold besides that of the rule (`rule and filter`), so that what is to be left out is written
//! `not selection`. Each of the two is read with its own detections only: no name of one means anything in the other.
//! Sigma filters specification 2.0, of which the log source is read as the reference implementation does: a filter fits
//! a rule if the rule has every part that the filter's log source has.

use std::borrow::Cow;
use std::sync::Arc;

use super::ast::DetectionSection;
use super::link::{Index, Place};
use super::parse::{Parser, Section};
use super::reading::{Document, Reading};
use super::{ReadOptions, rule};
use crate::{
    diag::{Code, Diagnostic, Effect, Note, Source, Span, did_you_mean},
    ir::{Condition, LogSource, Metadata, Origin, Predicate, Rule, Stage},
    yaml::{Kind, Node},
};

/// The word for every rule whose log source fits.
const ANY: &str = "any";

/// A filter of rules.
#[derive(Debug)]
pub struct Filter {
    scope: Scope,
    /// What has to hold.
    condition: Condition,
    log_source: LogSource,
    /// What it is called, and where it stands, for people.
    name: Arc<str>,
    /// The key that makes the document a filter.
    key: Span,
}

/// Which rules a filter is for.
#[derive(Debug)]
enum Scope {
    /// All that its log source fits.
    Any,
    /// Those of these ids and names, each with its place.
    Named(Vec<(String, Span)>),
}

/// Reads a document that has a filter section at `key`. `None` if an error is among the diagnostics.
pub(super) fn read(
    root: &Node<'_>,
    key: Span,
    metadata: &Metadata,
    source: &Source,
    options: &ReadOptions,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<Filter> {
    rule::check_header(root, metadata, "filter", diagnostics);
    let node = root.get("filter")?;
    let section = Parser { source, diagnostics }.section(node, key, Section::Filter)?;
    let scope = scope(node, key, diagnostics);
    let condition = rule::resolve(&section, source, options, diagnostics);
    if diagnostics.iter().any(Diagnostic::is_error) {
        return None;
    }
    let condition = condition?;
    if let Some(text) = section.conditions.first().filter(|_| keeps_matches(&condition)) {
        let message = "the filter keeps only events that match it, and leaves out all others";
        diagnostics.push(
            Diagnostic::new(Code::FilterKeeps, text.node.span, message)
                .help("to leave out what matches, negate the condition: `not (…)`"),
        );
    }
    let at = source.locate(root.span);
    Some(Filter {
        scope: scope?,
        condition,
        log_source: metadata.log_source.clone(),
        name: format!("`{}` ({}:{})", metadata.title, source.name(), at.line).into(),
        key,
    })
}

/// Whether events have to match a part of it to pass, and need to miss none.
fn keeps_matches(condition: &Condition) -> bool {
    let mut negated = false;
    condition.visit(true, &mut |_, positive| negated |= !positive);
    !negated
}

fn scope(node: &Node<'_>, key: Span, diagnostics: &mut Vec<Diagnostic>) -> Option<Scope> {
    let missing = |span| {
        Diagnostic::new(Code::MissingKey, span, "the filter names no `rules`")
            .help("list the ids or names of rules, or write `rules: any` for all whose log source fits")
    };
    let Some(rules) = node.get("rules") else {
        diagnostics.push(missing(key));
        return None;
    };
    let elements = match &rules.kind {
        Kind::Seq(elements) => elements.as_slice(),
        Kind::Scalar(_) if !rules.is_null() => std::slice::from_ref(rules),
        Kind::Scalar(_) => &[],
        Kind::Map(_) => {
            let message = format!("`rules` must be a list of ids and names, not {}", rules.type_name());
            diagnostics.push(Diagnostic::new(Code::InvalidType, rules.span, message));
            return None;
        }
    };
    if elements.is_empty() {
        diagnostics.push(missing(rules.span));
        return None;
    }
    let mut named = Vec::with_capacity(elements.len());
    for element in elements {
        match element.as_text().filter(|_| !element.is_null()) {
            Some(text) if text.eq_ignore_ascii_case(ANY) => return Some(Scope::Any),
            Some(text) => named.push((text.to_string(), element.span)),
            None => {
                let message = format!("an id or name of a rule must be text, not {}", element.type_name());
                diagnostics.push(Diagnostic::new(Code::InvalidType, element.span, message));
            }
        }
    }
    Some(Scope::Named(named))
}

/// The condition with every predicate at no place: the rules that it goes to stand in other sources.
fn without_places(condition: &Condition) -> Condition {
    let moved = condition.try_map(true, &mut |predicate, _| {
        let predicate = Predicate { span: Span::default(), ..predicate.clone() };
        Ok::<_, std::convert::Infallible>(Condition::is(predicate))
    });
    match moved {
        Ok(condition) => condition,
    }
}

/// Puts every filter of a run into the rules that it is for, in the order of the run; a filter's own diagnostics tell what
/// it names in vain.
pub(super) fn apply(sources: &mut [&mut [Reading]]) {
    let mut by_rule: Vec<(Place, Arc<str>, Condition)> = Vec::new();
    let mut remarks: Vec<(Place, Diagnostic)> = Vec::new();
    {
        let index = Index::of(sources.iter().map(|readings| &**readings).collect());
        for (place, reading) in index.readings() {
            let Document::Filter(filter) = &reading.document else { continue };
            let mut told = Vec::new();
            let condition = without_places(&filter.condition);
            for rule in filter.rules(&index, &mut told) {
                by_rule.push((rule, Arc::clone(&filter.name), condition.clone()));
            }
            remarks.extend(told.into_iter().map(|diagnostic| (place, diagnostic)));
        }
    }
    for (place, name, condition) in by_rule {
        let Document::Rule(rule) = &mut sources[place.source][place.document].document else { continue };
        narrow(rule, &name, condition);
    }
    for (place, remark) in remarks {
        sources[place.source][place.document].tell(remark);
    }
}

impl Filter {
    /// The section of a filter's document with its detections, if it has one in form; what is wrong with it, reading the
    /// document tells.
    pub(crate) fn section<'n, 's>(root: &'n Node<'s>, source: &Source) -> Option<DetectionSection<'n, 's>> {
        let node = root.get("filter")?;
        Parser { source, diagnostics: &mut Vec::new() }.section(node, node.span, Section::Filter)
    }

    /// What the rules that it is for tell of it.
    pub fn note(&self) -> Note {
        note(&self.name)
    }

    /// What passes it, as a rule of its own.
    pub(crate) fn as_rule(&self, metadata: &Arc<Metadata>, span: Span) -> Rule {
        Rule {
            metadata: Arc::clone(metadata),
            origin: Origin::LogSource(self.log_source.clone()),
            stages: vec![Stage::Filter(self.condition.clone())],
            look_back: None,
            notes: Vec::new(),
            span,
        }
    }

    /// The rules that it is for, and warnings about what it names in vain.
    fn rules(&self, index: &Index<'_>, told: &mut Vec<Diagnostic>) -> Vec<Place> {
        let mut found = Vec::new();
        match &self.scope {
            Scope::Any => {
                let fits = |reading: &Reading| reading.rule().is_some_and(|rule| self.fits(rule));
                let all = index.readings().filter(|(_, reading)| fits(reading));
                found.extend(all.map(|(place, _)| place));
                if found.is_empty() {
                    let message =
                        format!("the filter applies to no rule: none has log source {}", self.log_source);
                    told.push(Diagnostic::new(Code::FilterUnused, self.key, message));
                }
            }
            Scope::Named(references) => {
                for (reference, span) in references {
                    self.named(reference, *span, index, &mut found, told);
                }
            }
        }
        found
    }

    fn named(
        &self,
        reference: &str,
        span: Span,
        index: &Index<'_>,
        found: &mut Vec<Place>,
        told: &mut Vec<Diagnostic>,
    ) {
        let places = index.find(reference);
        let mut unused = |message: String, help: Option<String>| {
            let diagnostic = Diagnostic::new(Code::FilterUnused, span, message);
            told.push(Diagnostic { help, ..diagnostic });
        };
        if places.is_empty() {
            let near = did_you_mean(reference, index.references());
            let help = near.map(|near| format!("a similar one is `{near}`"));
            return unused(format!("no rule of this run has the id or name `{reference}`"), help);
        }
        for place in places.iter().copied().filter(|place| !found.contains(place)).collect::<Vec<_>>() {
            let reading = index.reading(place);
            let title = &reading.metadata.title;
            match reading.rule() {
                Some(rule) if self.fits(rule) => found.push(place),
                Some(rule) => unused(
                    format!("the filter does not apply to `{title}`: its log source is {}", log_source(rule)),
                    Some(format!("that of the filter is {}", self.log_source)),
                ),
                None => unused(
                    format!("the filter does not apply to `{title}`, which is a correlation"),
                    Some("name the rules that it correlates".to_owned()),
                ),
            }
        }
    }

    /// Whether the rule has every part that the filter's log source has.
    fn fits(&self, rule: &Rule) -> bool {
        let Origin::LogSource(of_rule) = &rule.origin else { return false };
        let fits = |filter: &Option<Arc<str>>, rule: &Option<Arc<str>>| filter.is_none() || filter == rule;
        fits(&self.log_source.category, &of_rule.category)
            && fits(&self.log_source.product, &of_rule.product)
            && fits(&self.log_source.service, &of_rule.service)
    }
}

fn log_source(rule: &Rule) -> Cow<'static, str> {
    match &rule.origin {
        Origin::LogSource(log_source) => log_source.to_string().into(),
        _ => "no Sigma log source".into(),
    }
}

/// Lets the events of a rule pass a filter too.
fn narrow(rule: &mut Rule, name: &str, condition: Condition) {
    match rule.stages.first_mut() {
        Some(Stage::Filter(own)) => {
            let all = [std::mem::replace(own, Condition::Always), condition];
            *own = Condition::all(all);
        }
        _ => rule.stages.insert(0, Stage::Filter(condition)),
    }
    rule.notes.push(note(name));
}

/// What a rule tells of a filter that took part in it.
fn note(name: &str) -> Note {
    let message = format!("only events that pass the filter {name} are found");
    Note::whole_rule(Code::Filtered, Effect::None, message)
}

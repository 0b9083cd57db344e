//! The pages of rules.

use std::collections::BTreeSet;

use super::{
    Site,
    event::web,
    highlight::{self, Syntax},
    page::{self, ConversionItem, Link, List, NoteItem, Reference, RuleTest, RuleValue, TechniqueItem},
    parent_of, tactics, techniques, title,
};
use crate::{
    Conversion,
    attack::tag,
    catalog::{Event, Member, Role, Triple},
    diag::{Effect, Fidelity, Source, Span},
    ir::{Rule, Show},
    target::Language,
};

/// A rule with its text, and what it is for each target.
#[derive(Debug)]
pub struct Converted<'a> {
    /// Its file.
    pub source: &'a Source,
    /// Where it stands there.
    pub span: Span,
    /// The rule; none where it could not be read.
    pub rule: Option<&'a Rule>,
    /// What it is for each target.
    pub conversions: &'a [Conversion],
}

/// The longest text that is shown, in bytes; longer ones are cut.
const LONGEST: usize = 200_000;

impl Site<'_> {
    pub(super) fn rule_page(&self, index: usize, converted: &Converted<'_>) -> page::Rule {
        let member = &self.corpus.members()[index];
        let metadata = &member.metadata;
        let text = cut(converted.source.slice(converted.span).trim_end());
        let is_yaml = member.relative.ends_with(".yml") || member.relative.ends_with(".yaml");
        let syntax = if is_yaml { Syntax::Yaml } else { Syntax::Query };
        let events: BTreeSet<&Event> = member.flat.events.iter().collect();
        let bridges: BTreeSet<Event> =
            events.iter().flat_map(|event| self.telemetry.bridges(event)).collect();
        let is_new = |event: &&Event| {
            !events.contains(*event)
                && self.providers.get(&event.provider).is_some_and(|known| known.contains_key(*event))
        };
        let twins = self.corpus.members().iter().enumerate();
        let twins = twins.filter(|(other, it)| it.identity == member.identity && *other != index);
        let stages = converted.rule.map_or(&[][..], |rule| &rule.stages);
        page::Rule {
            title: title(member),
            vendor: member.vendor.to_owned(),
            id: metadata.id.clone(),
            status: metadata.status.map(|status| status.as_str().to_owned()),
            level: metadata.level.map(crate::ir::Level::as_str),
            author: metadata.author.clone(),
            date: metadata.date.clone(),
            modified: metadata.modified.clone(),
            file: member.relative.to_string(),
            description: metadata.description.clone(),
            references: metadata.references.iter().map(|text| reference(text)).collect(),
            false_positives: metadata.false_positives.clone(),
            tags: metadata.tags.iter().filter(|text| tag(text).is_none()).cloned().collect(),
            tactics: tactics(member).iter().map(|tactic| tactic.name.to_owned()).collect(),
            techniques: techniques(member)
                .iter()
                .map(|it| TechniqueItem {
                    link: Link { text: it.id.to_owned(), path: Some(format!("attack/{}", parent_of(it.id))) },
                    name: it
                        .parent()
                        .map_or_else(|| it.name.to_owned(), |of| format!("{}: {}", of.name, it.name)),
                })
                .collect(),
            events: events.iter().map(|event| self.bridge(event)).collect(),
            bridges: bridges.iter().filter(is_new).map(|event| self.bridge(event)).collect(),
            patterns: member.flat.patterns.iter().map(ToString::to_string).collect(),
            keys: member.flat.keys.iter().map(|field| self.field_link(field)).collect(),
            source_html: highlight::html(&text, syntax),
            source: text,
            stages: stages
                .iter()
                .map(|stage| (stage.name().to_owned(), cut(&Show(stage).to_string())))
                .collect(),
            indicators: self.tests(member, Role::Match),
            exclusions: self.tests(member, Role::Exclusion),
            computed: self.tests(member, Role::Computed),
            unread: member.flat.unread.clone(),
            twins: twins.map(|(other, _)| self.rule_link(other)).collect(),
            conversions: converted.conversions.iter().map(|it| conversion(it, converted.source)).collect(),
        }
    }

    /// The rule's tests of a role: those of one field and kind together, in the rule's order.
    fn tests(&self, member: &Member, role: Role) -> Vec<RuleTest> {
        let mut tests: indexmap::IndexMap<(&str, &'static str), indexmap::IndexMap<&str, usize>> =
            indexmap::IndexMap::new();
        for indicator in member.flat.indicators.iter().filter(|it| it.role == role) {
            let others = self.corpus.rules_of(&Triple::of(indicator)).saturating_sub(1);
            let of_field = tests.entry((&indicator.field, indicator.kind.as_str())).or_default();
            of_field.insert(&indicator.value, others);
        }
        let test =
            |((field, kind), values): ((&str, &'static str), indexmap::IndexMap<&str, usize>)| RuleTest {
                field: self.field_link(field),
                kind,
                values: values
                    .into_iter()
                    .map(|(value, others)| RuleValue { value: value.to_owned(), others })
                    .collect(),
            };
        tests.into_iter().map(test).collect()
    }

    pub(super) fn rules_page(&self, vendor: &'static str) -> List {
        let members = self.corpus.members().iter().enumerate().filter(|(_, member)| member.vendor == vendor);
        let mut rows: Vec<(Link, Vec<String>)> = members
            .map(|(index, member)| {
                let level = member.metadata.level.map_or("", crate::ir::Level::as_str);
                let events: Vec<String> =
                    member.flat.events.iter().take(4).map(ToString::to_string).collect();
                let techniques: Vec<&str> = techniques(member).iter().map(|it| it.0.id).collect();
                (self.rule_link(index), vec![level.to_owned(), events.join(", "), techniques.join(", ")])
            })
            .collect();
        rows.sort_by_cached_key(|(link, _)| link.text.to_lowercase());
        List {
            title: format!("Rules: {vendor}"),
            description: format!("Every rule written in {vendor}, with the events that it reads."),
            headings: ["Rule", "Level", "Events", "ATT&CK"].map(str::to_owned).to_vec(),
            rows,
        }
    }
}

fn cut(text: &str) -> String {
    if text.len() <= LONGEST {
        return text.to_owned();
    }
    let end = (0..=LONGEST).rev().find(|end| text.is_char_boundary(*end)).unwrap_or(0);
    format!("{}\n… ({} more bytes)", &text[..end], text.len() - end)
}

fn reference(text: &str) -> Reference {
    Reference { title: text.to_owned(), url: web(text) }
}

fn conversion(conversion: &Conversion, source: &Source) -> ConversionItem {
    let syntax = match conversion.target.language {
        Language::Sigma => Syntax::Yaml,
        _ => Syntax::Query,
    };
    let query = conversion.query.as_deref().map(cut);
    let notes = conversion.notes.iter().map(|note| NoteItem {
        code: note.code.as_str(),
        effect: match note.effect {
            Effect::More => "matches more",
            Effect::Less => "may miss events",
            Effect::Either => "matches more, and may miss events",
            Effect::None => "same meaning",
        }
        .to_owned(),
        message: note.message.clone(),
        line: note.span.map(|span| source.locate(span).line),
    });
    ConversionItem {
        target: conversion.target.name,
        product: conversion.target.product,
        language: conversion.target.language.name(),
        fidelity: match conversion.fidelity {
            Fidelity::Exact => "exact",
            Fidelity::Approximate => "approximate",
            Fidelity::Failed => "failed",
        }
        .to_owned(),
        html: query.as_deref().map(|query| highlight::html(query, syntax)),
        query,
        notes: notes.collect(),
        error: conversion.error.as_ref().map(|error| error.message.clone()),
    }
}

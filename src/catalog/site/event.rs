//! The pages of providers and events.

use std::{collections::BTreeMap, sync::Arc};

use super::{
    Site,
    page::{self, Bridge, EventItem, FieldItem, Link, List, PatternItem},
    plot,
};
use crate::{
    catalog::{Event, EventCount, Pattern, Role, Triple},
    mapping::Reference,
};

/// How much of everything an event's own page has, and its section of the provider's page.
#[derive(Debug, Clone, Copy)]
pub(super) struct Extent {
    indicators: usize,
    exclusions: usize,
    patterns: usize,
    rules: usize,
    /// Whether rules beyond the first ones are there, folded.
    all_rules: bool,
}

const WHOLE: Extent = Extent { indicators: 250, exclusions: 100, patterns: 40, rules: 25, all_rules: true };
const SECTION: Extent = Extent { indicators: 15, exclusions: 8, patterns: 6, rules: 5, all_rules: false };

/// Providers of more events show in full only those that rules read.
const MANY_EVENTS: usize = 40;

impl Site<'_> {
    pub(super) fn provider_page(&self, provider: &Arc<str>) -> page::Provider {
        let documented = self.telemetry.documentation(provider);
        let mut events: Vec<&Event> = self.providers[provider].keys().collect();
        let place = |event: &Event| {
            let known =
                documented.and_then(|it| it.events().position(|known| Some(&known.id) == event.id.as_ref()));
            (
                event.id.is_some(),
                known.unwrap_or(usize::MAX),
                event.id.as_deref().and_then(|id| id.parse::<u32>().ok()),
            )
        };
        events.sort_by_key(|event| place(event));
        let is_shown =
            |event: &&&Event| events.len() <= MANY_EVENTS || self.corpus.events().contains_key(**event);
        page::Provider {
            name: provider.to_string(),
            title: self.provider_title(provider),
            description: documented.map_or_else(String::new, |it| it.description.clone()),
            id_name: id_name(provider).to_owned(),
            list: events.iter().map(|event| self.event_item(event)).collect(),
            events: events.iter().filter(is_shown).map(|event| self.event(event, SECTION)).collect(),
        }
    }

    pub(super) fn event_page(&self, event: &Event) -> page::Event {
        self.event(event, WHOLE)
    }

    pub(super) fn providers_page(&self) -> List {
        let row = |provider: &Arc<str>| {
            let events = &self.providers[provider];
            let rules = self.rules_of_provider(provider);
            let vendors: Vec<String> =
                self.by_vendor(&rules).iter().map(|(vendor, count)| format!("{vendor} {count}")).collect();
            let link = Link {
                text: provider.to_string(),
                path: Some(format!("events/{}/index", self.provider_names[provider])),
            };
            let title = self.provider_title(provider);
            (
                rules.len(),
                (link, vec![title, events.len().to_string(), rules.len().to_string(), vendors.join(", ")]),
            )
        };
        let mut rows: Vec<_> = self.providers.keys().map(row).collect();
        rows.sort_by(|a, b| b.0.cmp(&a.0).then_with(|| a.1.0.text.cmp(&b.1.0.text)));
        List {
            title: "Events".to_owned(),
            description: "Tables and logs, and how many rules read them.".to_owned(),
            headings: ["Provider", "Title", "Events", "Rules", "By vendor"].map(str::to_owned).to_vec(),
            rows: rows.into_iter().map(|(_, row)| row).collect(),
        }
    }

    /// What a provider is called: by its documentation, else by its event class; nothing where neither is known.
    pub(super) fn provider_title(&self, provider: &str) -> String {
        if let Some(documented) = self.telemetry.documentation(provider) {
            return documented.title.clone();
        }
        let system = ["linux_", "macos_"].iter().find_map(|system| {
            let class = provider.strip_prefix(system)?;
            Some((class, system.trim_end_matches('_')))
        });
        let title =
            |class: &str| self.telemetry.mapping.class(class).ok().map(|class| class.title().to_owned());
        let of_system = |(class, system): (&str, &str)| Some(format!("{} ({system})", title(class)?));
        title(provider).or_else(|| system.and_then(of_system)).unwrap_or_default()
    }

    pub(super) fn rules_of_provider(&self, provider: &Arc<str>) -> crate::catalog::Rules {
        let counts = self.providers[provider].keys().filter_map(|event| self.corpus.events().get(event));
        counts.flat_map(|count| count.rules.iter().copied()).collect()
    }

    pub(super) fn event_item(&self, event: &Event) -> EventItem {
        let rules = self.corpus.events().get(event).map(|count| &count.rules);
        EventItem {
            id: event.name().to_owned(),
            anchor: anchor(event),
            path: self.providers[&event.provider][event].clone(),
            title: self.event_title(event),
            rules: rules.map_or(0, std::collections::BTreeSet::len),
            vendors: rules.map_or_else(Vec::new, |rules| self.by_vendor(rules)),
        }
    }

    fn event_title(&self, event: &Event) -> String {
        let documented = self.telemetry.documentation(&event.provider);
        match (documented.and_then(|it| it.event(event.name())), &event.id) {
            (Some(known), _) => known.title.clone(),
            (None, None) => "Any event".to_owned(),
            (None, Some(_)) => String::new(),
        }
    }

    fn event(&self, event: &Event, extent: Extent) -> page::Event {
        let nothing = EventCount::default();
        let count = self.corpus.events().get(event).unwrap_or(&nothing);
        let of_role = |role: Role| -> Vec<(&Triple, usize)> {
            let triples = count.triples.iter().filter_map(|(place, rules)| {
                let (triple, _) = self.corpus.triple(*place)?;
                (triple.role == role).then_some((triple, rules.len()))
            });
            triples.collect()
        };
        let (indicators, exclusions) = (of_role(Role::Match), of_role(Role::Exclusion));
        let mut vendors = self.vendor_rules(&count.rules, extent.rules);
        if !extent.all_rules {
            for vendor in &mut vendors {
                vendor.more.clear();
            }
        }
        let documented = self.telemetry.documentation(&event.provider);
        let known = documented.and_then(|it| it.event(event.name()));
        let references = known.iter().flat_map(|it| &it.references);
        let references = references.chain(documented.iter().flat_map(|it| &it.references));
        let (patterns, all_patterns) = self.patterns(event, count, extent.patterns);
        let plot = if indicators.is_empty() {
            None
        } else {
            plot::bars("Rules by vendor", &self.by_vendor(&count.rules))
        };
        page::Event {
            id: event.name().to_owned(),
            anchor: anchor(event),
            path: self.providers[&event.provider][event].clone(),
            provider: Link {
                text: event.provider.to_string(),
                path: Some(format!("events/{}/index", self.provider_names[&event.provider])),
            },
            title: self.event_title(event),
            description: known.map_or_else(String::new, |it| it.description.clone()),
            classes: self.telemetry.event_classes(event).iter().map(ToString::to_string).collect(),
            rules: count.rules.len(),
            fields: self.event_fields(event, count),
            patterns,
            all_patterns,
            all_indicators: indicators.len(),
            all_exclusions: exclusions.len(),
            indicators: self.indicators(indicators, extent.indicators),
            exclusions: self.indicators(exclusions, extent.exclusions),
            vendors,
            bridges: self.bridges(event),
            references: references.map(reference).collect(),
            plot,
        }
    }

    pub(super) fn bridges(&self, event: &Event) -> Vec<Bridge> {
        let found = self.telemetry.bridges(event);
        let is_known =
            |event: &&Event| self.providers.get(&event.provider).is_some_and(|it| it.contains_key(*event));
        found.iter().filter(is_known).map(|event| self.bridge(event)).collect()
    }

    pub(super) fn bridge(&self, event: &Event) -> Bridge {
        Bridge {
            link: self.event_link(event),
            title: self.event_title(event),
            rules: self.corpus.events().get(event).map_or(0, |count| count.rules.len()),
        }
    }

    /// The documented fields, then those that rules test beside them.
    fn event_fields(&self, event: &Event, count: &EventCount) -> Vec<FieldItem> {
        let documented = self.telemetry.documentation(&event.provider);
        let known = documented.and_then(|it| Some((it, it.event(event.name())?)));
        let known: Vec<_> = known.iter().flat_map(|(provider, event)| provider.fields_of(event)).collect();
        let rules = |name: &str| count.columns.get(name).map_or(0, std::collections::BTreeSet::len);
        let canonical = |name: &Arc<str>| {
            let field = self.canonical.get(&(event.provider.clone(), name.clone()))?;
            Some(self.field_link(field))
        };
        let mut fields: Vec<FieldItem> = known
            .iter()
            .map(|field| FieldItem {
                name: field.name.to_string(),
                ty: Some(format!("{:?}", field.ty).to_lowercase()),
                description: field.description.clone(),
                rules: rules(&field.name),
                canonical: canonical(&field.name),
            })
            .collect();
        let mut others: Vec<(&Arc<str>, usize)> = count
            .columns
            .iter()
            .filter(|(name, _)| !known.iter().any(|field| field.name == **name))
            .map(|(name, rules)| (name, rules.len()))
            .collect();
        others.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(b.0)));
        fields.extend(others.into_iter().map(|(name, rules)| FieldItem {
            name: name.to_string(),
            ty: None,
            description: String::new(),
            rules,
            canonical: canonical(name),
        }));
        fields
    }

    /// The patterns of several events that rules about this one have, those of most rules first.
    fn patterns(&self, event: &Event, count: &EventCount, most: usize) -> (Vec<PatternItem>, usize) {
        let mut found: BTreeMap<&Pattern, Vec<usize>> = BTreeMap::new();
        for rule in &count.rules {
            for pattern in &self.corpus.members()[*rule].flat.patterns {
                let is_about = pattern.0.iter().any(|any| any.contains(event));
                let is_several = pattern.0.len() > 1 || pattern.0.iter().any(|any| any.len() > 1);
                if is_about && is_several {
                    found.entry(pattern).or_default().push(*rule);
                }
            }
        }
        let all = found.len();
        let mut found: Vec<_> = found.into_iter().collect();
        found.sort_by(|a, b| b.1.len().cmp(&a.1.len()).then_with(|| a.0.cmp(b.0)));
        let item = |(pattern, rules): (&Pattern, Vec<usize>)| PatternItem {
            text: pattern.to_string(),
            count: rules.len(),
            rules: rules.iter().take(8).map(|rule| self.rule_link(*rule)).collect(),
        };
        (found.into_iter().take(most).map(item).collect(), all)
    }
}

/// A reference; only addresses of the web are links.
fn reference(reference: &Reference) -> page::Reference {
    page::Reference { title: reference.title.clone(), url: web(&reference.url) }
}

/// An address, if it is one of the web.
pub(super) fn web(url: &str) -> Option<String> {
    let url = url.trim();
    let is_web = ["https://", "http://"].iter().any(|scheme| {
        url.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme))
            && url.len() > scheme.len()
    });
    let is_plain = !url.contains(|c: char| c.is_control() || c.is_whitespace());
    (is_web && is_plain).then(|| url.to_owned())
}

/// An event's place on its provider's page.
fn anchor(event: &Event) -> String {
    format!("event-{}", super::names::slug(event.name()))
}

/// What the ids of a provider's events are.
fn id_name(provider: &str) -> &'static str {
    if provider.starts_with("Defender-") {
        "Action type"
    } else if crate::catalog::telemetry::is_windows_log(provider) {
        "Event ID"
    } else {
        "Event"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_addresses_of_the_web_are_links() {
        assert_eq!(web(" https://a.example/x ").as_deref(), Some("https://a.example/x"));
        for url in
            ["javascript:alert(1)", "data:text/html,x", "https://", "//a", "http:/a", "https://a b", "x"]
        {
            assert_eq!(web(url), None, "{url}");
        }
    }
}

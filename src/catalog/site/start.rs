//! The start page, and what the search finds.

use super::{
    Page, Site,
    page::{self, EventItem, Link},
    plot,
    search::Index,
    techniques, title,
};
use crate::catalog::{Role, Rules};

/// How much the start page shows.
const PROVIDERS: usize = 24;
const SHARED: usize = 20;

impl Site<'_> {
    pub(super) fn start_page(&self) -> page::Start {
        let all: Rules = self.corpus.members().iter().map(|member| member.identity).collect();
        let link = |text: &str, path: String| Link { text: text.to_owned(), path: Some(path) };
        let events = self.corpus.events().len();
        let triples = self.corpus.triples().keys().filter(|it| it.role == Role::Match).count();
        let vendor = self
            .by_vendor(&all)
            .first()
            .map_or_else(String::new, |(vendor, _)| format!("rules/{vendor}/index"));
        let mut providers: Vec<EventItem> = self
            .providers
            .keys()
            .map(|provider| {
                let rules = self.rules_of_provider(provider);
                EventItem {
                    id: provider.to_string(),
                    anchor: String::new(),
                    path: self.path(&Page::Provider(provider.clone())),
                    title: self.provider_title(provider),
                    rules: rules.len(),
                    vendors: self.by_vendor(&rules),
                }
            })
            .collect();
        providers.sort_by(|a, b| b.rules.cmp(&a.rules).then_with(|| a.id.cmp(&b.id)));
        providers.truncate(PROVIDERS);
        let shared = self
            .corpus
            .triples()
            .iter()
            .filter(|(triple, rules)| triple.role == Role::Match && self.corpus.vendors(rules).len() > 1);
        let shared = shared.map(|(triple, rules)| (triple, rules.len())).collect();
        page::Start {
            numbers: vec![
                (self.corpus.len(), link("rules", vendor)),
                (events, link("events that rules read", "events/index".to_owned())),
                (triples, link("indicators", "fields/index".to_owned())),
                (self.fields.len(), link("fields", "fields/index".to_owned())),
                (self.techniques.len(), link("techniques", "attack/index".to_owned())),
            ],
            providers,
            shared: self.indicators(shared, SHARED),
            plot: plot::bars("Rules by vendor", &self.by_vendor(&all)),
            unread: self.corpus.members().iter().filter(|member| member.flat.unread.is_some()).count(),
        }
    }

    /// What finds rules, events, fields and techniques without a server: scripts by name.
    pub fn search_scripts(&self) -> Vec<(String, String)> {
        let mut index = Index::default();
        for (provider, events) in &self.providers {
            let path = self.path(&Page::Provider(provider.clone()));
            let about = self.telemetry.documentation(provider).map_or("", |it| &it.description);
            index.add(["source", provider, &path, about], &[provider, about], &[]);
            for (event, path) in events {
                let item = self.event_item(event);
                let name = if item.title.is_empty() {
                    event.to_string()
                } else {
                    format!("{event}: {}", item.title)
                };
                index.add(["event", &name, path, ""], &[&name], &[]);
            }
        }
        for (field, path) in self.fields.keys().map(|field| (field, &self.field_paths[field])) {
            index.add(["field", field, path, ""], &[field], &[]);
        }
        for id in self.techniques.keys().filter(|id| !id.contains('.')) {
            let name = crate::attack::technique(id).map_or("", |technique| technique.name);
            index.add(["technique", &format!("{id} {name}"), &format!("attack/{id}"), ""], &[id, name], &[]);
        }
        for (number, member) in self.corpus.members().iter().enumerate() {
            let metadata = &member.metadata;
            let title = title(member);
            let about = format!(
                "{} · {}",
                member.vendor,
                super::shortened(metadata.description.as_deref().unwrap_or(""), 100)
            );
            let techniques = techniques(member);
            let mut names: Vec<&str> = vec![&title, &member.relative];
            names.extend(metadata.id.as_deref());
            names.extend(techniques.iter().map(|it| it.0.id));
            let mut values: Vec<&str> = Vec::new();
            for indicator in &member.flat.indicators {
                values.extend([&*indicator.field, &*indicator.column, &*indicator.value]);
            }
            index.add(["rule", &title, &self.rule_paths[number], &about], &names, &values);
        }
        index.scripts()
    }
}

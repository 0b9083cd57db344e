//! The catalogue as a site: which pages there are, and what each says. What they look like is the templates' matter.

mod attack;
mod event;
mod field;
mod highlight;
mod names;
pub mod page;
mod plot;
mod render;
mod rule;
mod search;
mod start;

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::Arc,
};

use super::{ANY_FIELD, Corpus, Event, Member, Role, Rules, Telemetry, Triple};
use crate::attack::{Tactic, Tag, Technique, tag};
use names::Names;
use page::{Indicator, Link, RuleItem, VendorRules};

pub use field::FieldTables;
pub use render::{Form, Renderer, TEMPLATES, code};
pub use rule::Converted;

/// A page of the site.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Page {
    /// Where it starts.
    Start,
    /// All providers.
    Providers,
    /// A provider, with all its events.
    Provider(Arc<str>),
    /// One event.
    Event(Event),
    /// The rules of a vendor.
    Rules(&'static str),
    /// A rule, by its place in the corpus.
    Rule(usize),
    /// All fields.
    Fields,
    /// A field.
    Field(Arc<str>),
    /// ATT&CK.
    Matrix,
    /// A technique, and its sub-techniques.
    Technique(&'static str),
}

/// A provider, and a column of its events.
type Column = (Arc<str>, Arc<str>);

/// The rules of a corpus, by what the pages need.
#[derive(Debug)]
pub struct Site<'a> {
    corpus: &'a Corpus,
    telemetry: &'a Telemetry<'a>,
    /// Every event with a page, by provider, and the page's path.
    providers: BTreeMap<Arc<str>, BTreeMap<Event, String>>,
    provider_names: BTreeMap<Arc<str>, String>,
    rule_paths: Vec<String>,
    /// Canonical fields, and the rules that test them.
    fields: BTreeMap<Arc<str>, Rules>,
    field_paths: HashMap<Arc<str>, String>,
    /// Columns of providers, and the canonical name that most rules' tests of them have.
    canonical: HashMap<Column, Arc<str>>,
    /// Techniques and sub-techniques, and the rules that name them.
    techniques: BTreeMap<&'static str, Rules>,
}

impl<'a> Site<'a> {
    /// The site of a corpus.
    pub fn new(corpus: &'a Corpus, telemetry: &'a Telemetry<'a>) -> Self {
        let mut site = Self {
            corpus,
            telemetry,
            providers: BTreeMap::new(),
            provider_names: BTreeMap::new(),
            rule_paths: Vec::new(),
            fields: BTreeMap::new(),
            field_paths: HashMap::new(),
            canonical: HashMap::new(),
            techniques: BTreeMap::new(),
        };
        site.name_events();
        site.name_rules();
        site.count_fields();
        site.count_techniques();
        site
    }

    fn name_events(&mut self) {
        for event in self.corpus.events().keys() {
            self.providers.entry(event.provider.clone()).or_default().insert(event.clone(), String::new());
        }
        for (provider, documented) in self.telemetry.documented() {
            let events = self.providers.entry(provider.clone()).or_default();
            events.insert(Event::any(provider.clone()), String::new());
            for event in documented.events() {
                events.insert(Event::of(provider.clone(), event.id.clone()), String::new());
            }
        }
        let mut folders = Names::default();
        for (provider, events) in &mut self.providers {
            let folder = folders.of(provider, provider);
            let mut names = Names::default();
            // The provider's own page.
            names.of("", "index");
            for (event, path) in events.iter_mut() {
                *path = format!("events/{folder}/{}", names.of(event.name(), event.name()));
            }
            self.provider_names.insert(provider.clone(), folder);
        }
    }

    fn name_rules(&mut self) {
        let mut names: HashMap<&'static str, Names> = HashMap::new();
        for member in self.corpus.members() {
            let stem = member.relative.rsplit('/').next().unwrap_or_default();
            let stem = stem.rsplit_once('.').map_or(stem, |(stem, _)| stem);
            let text = if member.number == 0 { stem.to_owned() } else { format!("{stem}-{}", member.number) };
            let key = format!("{}#{}", member.path, member.number);
            let vendor = names.entry(member.vendor).or_insert_with(|| {
                let mut names = Names::default();
                names.of("", "index");
                names
            });
            self.rule_paths.push(format!("rules/{}/{}", member.vendor, vendor.of(&key, &text)));
        }
    }

    fn count_fields(&mut self) {
        let mut named: BTreeMap<Column, BTreeMap<Arc<str>, usize>> = BTreeMap::new();
        for member in self.corpus.members() {
            for indicator in member.flat.indicators.iter().filter(|it| it.role != Role::Computed) {
                self.fields.entry(indicator.field.clone()).or_default().insert(member.identity);
                for event in &indicator.events {
                    let Some(event) = member.flat.events.get_index(*event) else { continue };
                    let key = (event.provider.clone(), indicator.column.clone());
                    *named.entry(key).or_default().entry(indicator.field.clone()).or_default() += 1;
                }
            }
        }
        for (key, fields) in named {
            // Of a path, its own name rather than that of the field derived from it.
            let most =
                fields.into_iter().max_by(|a, b| (a.0 == key.1, a.1, &b.0).cmp(&(b.0 == key.1, b.1, &a.0)));
            if let Some((field, _)) = most {
                self.canonical.insert(key, field);
            }
        }
        let mut names = Names::default();
        names.of("", "index");
        for field in self.fields.keys() {
            let text = if **field == *ANY_FIELD { "any-field" } else { field };
            self.field_paths.insert(field.clone(), format!("fields/{}", names.of(field, text)));
        }
    }

    fn count_techniques(&mut self) {
        for member in self.corpus.members() {
            for technique in techniques(member) {
                self.techniques.entry(technique.id).or_default().insert(member.identity);
            }
        }
    }

    /// Every page, in order.
    pub fn pages(&self) -> Vec<Page> {
        let mut pages = vec![Page::Start, Page::Providers, Page::Fields, Page::Matrix];
        for (provider, events) in &self.providers {
            pages.push(Page::Provider(provider.clone()));
            pages.extend(events.keys().cloned().map(Page::Event));
        }
        pages.extend(self.vendors().into_iter().map(Page::Rules));
        pages.extend(self.fields.keys().cloned().map(Page::Field));
        let parents: BTreeSet<&'static str> = self.techniques.keys().map(|id| parent_of(id)).collect();
        pages.extend(parents.into_iter().map(Page::Technique));
        pages.extend((0..self.corpus.members().len()).map(Page::Rule));
        pages
    }

    /// A page's path from the root, without its extension.
    pub fn path(&self, page: &Page) -> String {
        match page {
            Page::Start => "index".to_owned(),
            Page::Providers => "events/index".to_owned(),
            Page::Provider(provider) => format!("events/{}/index", self.provider_names[provider]),
            Page::Event(event) => self.providers[&event.provider][event].clone(),
            Page::Rules(vendor) => format!("rules/{vendor}/index"),
            Page::Rule(member) => self.rule_paths[*member].clone(),
            Page::Fields => "fields/index".to_owned(),
            Page::Field(field) => self.field_paths[field].clone(),
            Page::Matrix => "attack/index".to_owned(),
            Page::Technique(id) => format!("attack/{id}"),
        }
    }

    fn vendors(&self) -> BTreeSet<&'static str> {
        self.corpus.members().iter().map(|member| member.vendor).collect()
    }

    /// How many rules of each vendor.
    fn by_vendor(&self, rules: &Rules) -> Vec<(String, usize)> {
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        for rule in rules {
            *counts.entry(self.corpus.members()[*rule].vendor).or_default() += 1;
        }
        let mut counts: Vec<(String, usize)> =
            counts.into_iter().map(|(vendor, count)| (vendor.to_owned(), count)).collect();
        counts.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        counts
    }

    fn rule_link(&self, rule: usize) -> Link {
        Link { text: title(&self.corpus.members()[rule]), path: Some(self.rule_paths[rule].clone()) }
    }

    fn field_link(&self, field: &str) -> Link {
        Link { text: field.to_owned(), path: self.field_paths.get(field).cloned() }
    }

    fn event_link(&self, event: &Event) -> Link {
        let path = self.providers.get(&event.provider).and_then(|events| events.get(event)).cloned();
        Link { text: event.to_string(), path }
    }

    fn rule_item(&self, rule: usize) -> RuleItem {
        let member = &self.corpus.members()[rule];
        RuleItem {
            link: self.rule_link(rule),
            level: member.metadata.level.map(crate::ir::Level::as_str),
            description: shortened(member.metadata.description.as_deref().unwrap_or_default(), 280),
            file: member.relative.to_string(),
        }
    }

    /// Rules by vendor, by severity and title; the first ones of each apart from the others.
    fn vendor_rules(&self, rules: &Rules, first: usize) -> Vec<VendorRules> {
        let mut by_vendor: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for rule in rules {
            by_vendor.entry(self.corpus.members()[*rule].vendor).or_default().push(*rule);
        }
        let list = |(vendor, mut rules): (&str, Vec<usize>)| {
            rules.sort_by_cached_key(|rule| {
                let member = &self.corpus.members()[*rule];
                (std::cmp::Reverse(member.metadata.level), title(member).to_lowercase(), *rule)
            });
            let mut items: Vec<RuleItem> = rules.iter().map(|rule| self.rule_item(*rule)).collect();
            let more = items.split_off(first.min(items.len()));
            VendorRules { vendor: vendor.to_owned(), count: rules.len(), first: items, more }
        };
        by_vendor.into_iter().map(list).collect()
    }

    /// Triples with counts, those of most rules first.
    fn indicators(&self, mut found: Vec<(&Triple, usize)>, most: usize) -> Vec<Indicator> {
        found.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(b.0)));
        found.truncate(most);
        let row = |(triple, rules): (&Triple, usize)| {
            let all = &self.corpus.triples()[triple];
            Indicator {
                row: super::query::row(self.corpus, triple, rules, all),
                field_path: self.field_paths.get(&triple.field).cloned(),
                corpus: all.len(),
            }
        };
        found.into_iter().map(row).collect()
    }
}

/// The techniques that a rule names; for those that are no more, those that took their place.
fn techniques(member: &Member) -> BTreeSet<ById> {
    let named = member.metadata.tags.iter().filter_map(|text| match tag(text) {
        Some(Tag::Technique(technique)) => Some(technique),
        _ => None,
    });
    let current = named.flat_map(|technique| {
        let successors = technique.successors();
        if successors.is_empty() { vec![technique] } else { successors }
    });
    current.map(ById).collect()
}

/// A technique, in the order of ids.
#[derive(Debug, Clone, Copy)]
struct ById(&'static Technique);

impl std::ops::Deref for ById {
    type Target = Technique;

    fn deref(&self) -> &Technique {
        self.0
    }
}

impl PartialEq for ById {
    fn eq(&self, other: &Self) -> bool {
        self.0.id == other.0.id
    }
}

impl Eq for ById {}

impl PartialOrd for ById {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for ById {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.id.cmp(other.0.id)
    }
}

/// The tactics that a rule names.
fn tactics(member: &Member) -> Vec<&'static Tactic> {
    let named = member.metadata.tags.iter().filter_map(|text| match tag(text) {
        Some(Tag::Tactic(tactic)) => Some(tactic),
        _ => None,
    });
    named.collect()
}

fn parent_of(id: &'static str) -> &'static str {
    id.split('.').next().unwrap_or(id)
}

/// A rule's title; its file, where it has none.
fn title(member: &Member) -> String {
    if member.metadata.title.trim().is_empty() {
        member.relative.to_string()
    } else {
        member.metadata.title.clone()
    }
}

/// The start of a text, on one line.
fn shortened(text: &str, most: usize) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.chars().count() <= most {
        return line;
    }
    let cut: String = line.chars().take(most).collect();
    let end = cut.rfind(' ').unwrap_or(cut.len());
    format!("{}…", cut[..end].trim_end_matches([',', '.', ';']))
}

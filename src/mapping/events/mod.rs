//! What there is to detect: the events of each provider, what they mean, which fields they have, and which events of
//! other providers tell of the same thing.
//!
//! `mappings/events/FAMILY/PROVIDER.yml` describes one provider: a Defender table, a Windows channel, a cloud audit
//! log. `mappings/events/FAMILY.yml` holds what the providers of a folder share. Events meet the event classes through
//! the predicates that select a class in each schema, so that nothing is said twice.

mod check;
mod file;
mod link;

use std::{collections::HashMap, sync::Arc};

use indexmap::{IndexMap, IndexSet};

use super::{Lazy, Mapping, Text, fault::Fault, load};
use crate::ir::ColumnType;
use file::{EventSpec, FamilySpec, FieldSpec, ProviderSpec, SourceSpec};

pub use file::Reference;

/// The id that stands for a provider's events of any id.
pub const ANY: &str = "any";

/// The files of one family, by its name.
#[derive(Debug, Default)]
pub(super) struct FamilyFiles {
    head: Lazy<FamilySpec>,
    providers: IndexMap<String, Lazy<ProviderSpec>>,
}

impl FamilyFiles {
    /// Adds a file: of the family, or of one of its providers.
    pub(super) fn add(&mut self, provider: Option<&str>, text: Text) {
        match provider {
            Some(provider) => self.providers.entry(provider.to_owned()).or_default().texts.push(text),
            None => self.head.texts.push(text),
        }
    }

    /// Whether a user's file is among them.
    pub(super) fn any_text(&self, is: impl Fn(&[Text]) -> bool) -> bool {
        is(&self.head.texts) || self.providers.values().any(|provider| is(&provider.texts))
    }
}

/// A provider's name and an event's id.
type Key = (Arc<str>, Arc<str>);

/// Every known event.
#[derive(Debug)]
pub struct Events {
    /// By their names: `defender/DeviceNetworkEvents`.
    providers: IndexMap<Arc<str>, Provider>,
    /// From every other name of a provider, in lower case, to its own.
    names: HashMap<String, Arc<str>>,
    /// The events of each class.
    by_class: IndexMap<Arc<str>, IndexSet<Key>>,
}

/// What records events: a table, a channel, an audit log.
#[derive(Debug)]
pub struct Provider {
    /// `family/name`, unique.
    pub name: Arc<str>,
    /// What it is called, for people.
    pub title: String,
    /// What it records, in a sentence.
    pub description: String,
    /// Whose product it is.
    pub vendor: String,
    /// The family's title: `Microsoft Defender XDR`.
    pub family: String,
    /// Where schemas keep its events, its own schema first.
    pub sources: Vec<EventSource>,
    /// Pages about all of its events.
    pub references: Vec<Reference>,
    fields: IndexMap<Arc<str>, FieldDoc>,
    any: Event,
    events: IndexMap<Arc<str>, Event>,
}

/// Where a schema keeps a provider's events.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventSource {
    /// The schema.
    pub schema: String,
    /// The table, in schemas that have tables.
    pub table: Option<String>,
    /// What tells the provider's events from others there: column and constants, any of which fits.
    pub selects: IndexMap<String, Vec<String>>,
    /// The column whose value is the event's id: `ActionType`, `EventID`.
    pub id: Option<String>,
}

/// An event: one event id, action type or operation of a provider, or any of them.
#[derive(Debug)]
pub struct Event {
    /// The provider's name.
    pub provider: Arc<str>,
    /// The event id, action type or operation; [`ANY`].
    pub id: Arc<str>,
    /// What it is called, for people.
    pub title: String,
    /// What has happened, in a sentence.
    pub description: String,
    /// Pages about it, beside those of its provider.
    pub references: Vec<Reference>,
    /// The names of its fields, most telling ones first.
    pub fields: Vec<Arc<str>>,
    /// The event classes that it belongs to.
    pub classes: Vec<Arc<str>>,
}

/// What a field of a provider's events is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldDoc {
    /// The provider's own name for it.
    pub name: Arc<str>,
    /// Its type.
    pub ty: ColumnType,
    /// What it holds.
    pub description: String,
}

impl Provider {
    /// The event of an id, action type or operation; [`ANY`] is one too. Case counts only where ids differ by it.
    pub fn event(&self, id: &str) -> Option<&Event> {
        if id == ANY {
            return Some(&self.any);
        }
        // Some operations of Entra ID end in a space.
        let is_same = |name: &str| name.eq_ignore_ascii_case(id.trim_end());
        let caseless = || self.events.iter().find(|(name, _)| is_same(name)).map(|(_, event)| event);
        self.events.get(id).or_else(caseless)
    }

    /// What stands for events of any id.
    pub fn any(&self) -> &Event {
        &self.any
    }

    /// Its events, without [`Self::any`], in the file's order.
    pub fn events(&self) -> impl Iterator<Item = &Event> {
        self.events.values()
    }

    /// What a field is, by the provider's name for it.
    pub fn field(&self, name: &str) -> Option<&FieldDoc> {
        self.fields.get(name)
    }

    /// All documented fields.
    pub fn fields(&self) -> impl Iterator<Item = &FieldDoc> {
        self.fields.values()
    }

    /// The fields of one of its events.
    pub fn fields_of<'p>(&'p self, event: &'p Event) -> impl Iterator<Item = &'p FieldDoc> {
        event.fields.iter().filter_map(|name| self.field(name))
    }
}

impl Events {
    /// All providers, by the names of their files.
    pub fn providers(&self) -> impl Iterator<Item = &Provider> {
        self.providers.values()
    }

    /// The provider of a name: its own (`windows/sysmon`), that of a Windows channel (`Security`) or of a table after
    /// its schema's name (`defender-DeviceEvents`), or another that its file gives; whatever the case.
    pub fn provider(&self, name: &str) -> Option<&Provider> {
        let own = || self.names.get(&name.to_lowercase()).and_then(|own| self.providers.get(own));
        self.providers.get(name).or_else(own)
    }

    /// The event of a provider, by the provider's name and the event's id.
    pub fn event(&self, provider: &str, id: &str) -> Option<&Event> {
        self.provider(provider)?.event(id)
    }

    /// The events of a class, in all providers.
    pub fn of_class(&self, class: &str) -> impl Iterator<Item = &Event> {
        let keys = self.by_class.get(class).into_iter().flatten();
        keys.filter_map(|(provider, id)| self.event(provider, id))
    }

    /// The events of other providers that tell of the same thing: those of the narrowest classes that the event is of.
    pub fn bridged(&self, event: &Event) -> Vec<&Event> {
        let breadth =
            |class: &Arc<str>| self.of_class(class).filter(|e| e.provider == event.provider).count();
        let narrowest = event.classes.iter().map(breadth).min();
        let classes = event.classes.iter().filter(|class| Some(breadth(class)) == narrowest);
        let mut found: Vec<&Event> = Vec::new();
        for other in classes.flat_map(|class| self.of_class(class)) {
            if other.provider != event.provider && !found.iter().any(|known| std::ptr::eq(*known, other)) {
                found.push(other);
            }
        }
        found
    }

    /// The providers and event ids that a query's table and constants select: `wanted` has the columns that the query
    /// compares with constants, any of which fits. The id is [`ANY`] where the query leaves it open, and may be one that
    /// the provider's file does not describe.
    pub fn select(
        &self,
        schema: &str,
        table: Option<&str>,
        wanted: &IndexMap<String, Vec<String>>,
    ) -> Vec<(&Provider, String)> {
        let sources: Vec<(&Provider, &EventSource)> = self
            .providers()
            .flat_map(|provider| provider.sources.iter().map(move |source| (provider, source)))
            .filter(|(_, source)| source.schema == schema && source.table.as_deref() == table)
            .collect();
        let selectors: IndexSet<&str> =
            sources.iter().flat_map(|(_, source)| source.selects.keys().map(String::as_str)).collect();
        let mut found = Vec::new();
        for (provider, source) in sources {
            if !selectors.iter().all(|column| source.agrees(column, wanted)) {
                continue;
            }
            let ids = source.id.as_ref().and_then(|id| wanted.get(id));
            let ids = ids.cloned().unwrap_or_else(|| vec![ANY.to_owned()]);
            found.extend(ids.into_iter().map(|id| (provider, id)));
        }
        found
    }
}

impl EventSource {
    /// Whether a query that wants this of a column can mean these events.
    fn agrees(&self, column: &str, wanted: &IndexMap<String, Vec<String>>) -> bool {
        match (self.selects.get(column), wanted.get(column)) {
            (None, None) => true,
            (Some(mine), Some(theirs)) => {
                theirs.iter().any(|value| mine.iter().any(|own| own.eq_ignore_ascii_case(value)))
            }
            _ => false,
        }
    }
}

impl Mapping {
    /// Every known event, read and joined with the event classes on first use.
    ///
    /// # Errors
    /// `invalid-mapping` for the first malformed file.
    pub fn events(&self) -> Result<&Events, Fault> {
        self.events.get_or_init(|| Events::read(self)).as_ref().map_err(Clone::clone)
    }
}

impl Events {
    fn read(mapping: &Mapping) -> Result<Self, Fault> {
        let mut providers = IndexMap::new();
        let mut names = HashMap::new();
        for (family_name, files) in &mapping.event_files {
            let nothing = FamilySpec::default();
            let family = if files.head.texts.is_empty() {
                &nothing
            } else {
                files.head.get(family_name, parse_family)?
            };
            for (name, file) in &files.providers {
                let spec = file.get(name, parse_provider)?;
                let name: Arc<str> = format!("{family_name}/{name}").into();
                let provider = Provider::new(name.clone(), family, spec, mapping);
                for other in provider.other_names(spec) {
                    names.entry(other.to_lowercase()).or_insert_with(|| name.clone());
                }
                providers.insert(name, provider);
            }
        }
        let mut events = Self { providers, names, by_class: IndexMap::new() };
        events.link(mapping)?;
        Ok(events)
    }
}

fn parse_family(_: &str, texts: &[Text]) -> Result<FamilySpec, Fault> {
    load::merged(texts, FamilySpec::overlay)
}

fn parse_provider(_: &str, texts: &[Text]) -> Result<ProviderSpec, Fault> {
    load::merged(texts, ProviderSpec::overlay)
}

impl Provider {
    fn new(name: Arc<str>, family: &FamilySpec, spec: &ProviderSpec, mapping: &Mapping) -> Self {
        let sources = sources(family, spec);
        let common: Vec<Arc<str>> = spec.common.iter().map(|field| field.as_str().into()).collect();
        let mut fields: IndexMap<Arc<str>, FieldDoc> = IndexMap::new();
        let named = spec.events.0.values().chain([&spec.any]).flat_map(|event| &event.fields);
        let named = named.chain(&spec.common).filter(|field| family.fields.0.contains_key(*field));
        let columns = sources.first().and_then(|source| Some((source, source.table.as_deref()?)));
        let columns = columns.map(|(source, table)| mapping.columns_of(&source.schema, table));
        let columns: Vec<String> = columns.iter().flatten().map(ToString::to_string).collect();
        for field in spec.fields.0.keys().chain(named).chain(&columns) {
            let Some(said) = spec.fields.0.get(field).or_else(|| family.fields.0.get(field)) else {
                continue;
            };
            let field: Arc<str> = field.as_str().into();
            let doc = FieldDoc {
                ty: column_type(&field, said, &sources, mapping),
                description: said.description.clone(),
                name: field.clone(),
            };
            fields.entry(field).or_insert(doc);
        }
        let event = |id: &str, event: &EventSpec| Event {
            provider: name.clone(),
            id: id.into(),
            title: event.title.clone(),
            description: event.description.clone(),
            references: event.references.clone(),
            fields: event.fields.iter().map(|field| field.as_str().into()).chain(common.clone()).collect(),
            classes: Vec::new(),
        };
        let mut any = event(ANY, &spec.any);
        if spec.any.fields.is_empty() {
            any.fields = fields.keys().cloned().collect();
        }
        if any.title.is_empty() {
            any.title = format!("{} (any)", spec.title);
        }
        if any.description.is_empty() {
            any.description.clone_from(&spec.description);
        }
        let vendor = if spec.vendor.is_empty() { &family.vendor } else { &spec.vendor };
        Self {
            title: spec.title.clone(),
            description: spec.description.clone(),
            vendor: vendor.clone(),
            family: family.title.clone(),
            references: spec.references.clone(),
            events: spec.events.0.iter().map(|(id, it)| (id.as_str().into(), event(id, it))).collect(),
            any,
            fields,
            sources,
            name,
        }
    }
}

impl Provider {
    /// What it is called elsewhere. A table is a name of it only where all of the table's events are its own.
    fn other_names(&self, spec: &ProviderSpec) -> Vec<String> {
        let tables = self.sources.iter().filter(|source| source.selects.is_empty());
        let tables =
            tables.filter_map(|source| Some(format!("{}-{}", source.schema, source.table.as_ref()?)));
        let channels =
            spec.channels.iter().flat_map(|channel| [channel.clone(), format!("Windows-{channel}")]);
        let own = [self.name.to_string()].into_iter().chain(spec.names.iter().cloned());
        own.chain(channels).chain(tables).collect()
    }
}

/// The provider's own sources, then those of the family for its channels.
fn sources(family: &FamilySpec, spec: &ProviderSpec) -> Vec<EventSource> {
    let source = |of: &SourceSpec, fill: &dyn Fn(String) -> Vec<String>| EventSource {
        schema: of.schema.clone(),
        table: of.table.clone(),
        selects: of
            .where_
            .0
            .iter()
            .map(|(column, constants)| {
                (column.clone(), constants.0.iter().flat_map(|constant| fill(constant.to_string())).collect())
            })
            .collect(),
        id: of.id.clone(),
    };
    let own = spec.sources.iter().map(|of| source(of, &|constant| vec![constant]));
    let of_channel = |of| {
        source(of, &|constant| {
            spec.channels.iter().map(|channel| constant.replace("{channel}", channel)).collect()
        })
    };
    let shared = family.sources.iter().filter(|_| !spec.channels.is_empty()).map(of_channel);
    own.chain(shared).collect()
}

/// The type that the first schema which knows the field says, else the file, else text.
fn column_type(field: &str, said: &FieldSpec, sources: &[EventSource], mapping: &Mapping) -> ColumnType {
    let known = sources.iter().filter_map(|source| {
        let schema = mapping.schema(&source.schema).ok()?;
        schema.column(source.table.as_deref(), field).ok().map(|column| column.ty)
    });
    let mut known = known.filter(|ty| *ty != ColumnType::Unknown);
    known.next().or(said.ty).unwrap_or(ColumnType::String)
}

#[cfg(test)]
mod tests;

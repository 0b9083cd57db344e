//! What has to be true of the files of events.

use super::{ANY, Event, Provider, Reference, file::ProviderSpec, parse_family, parse_provider};
use crate::{
    diag::did_you_mean,
    mapping::{Mapping, Text, fault::Fault},
};

impl Mapping {
    /// Reports each fault in the files of events.
    pub(in crate::mapping) fn check_events(&self, found: &mut Vec<Fault>) {
        let before = found.len();
        for (name, files) in &self.event_files {
            if !files.head.texts.is_empty() {
                found.extend(files.head.get(name, parse_family).err());
            }
            found.extend(
                files.providers.iter().filter_map(|(name, file)| file.get(name, parse_provider).err()),
            );
        }
        if found.len() > before {
            return;
        }
        // A class's fault is told with the class.
        let Ok(events) = self.events() else { return };
        for (family, files) in &self.event_files {
            for (name, file) in &files.providers {
                let Ok(spec) = file.get(name, parse_provider) else { continue };
                let Some(provider) = events.provider(&format!("{family}/{name}")) else { continue };
                check_provider(provider, spec, &file.texts, self, found);
            }
        }
    }
}

fn check_provider(
    provider: &Provider,
    spec: &ProviderSpec,
    files: &[Text],
    mapping: &Mapping,
    found: &mut Vec<Fault>,
) {
    let mut fault = |what: String, path: &[&str]| found.push(Fault::new(what).at(files, path));
    for (what, text) in
        [("title", &provider.title), ("description", &provider.description), ("vendor", &provider.vendor)]
    {
        if text.is_empty() {
            fault(format!("the provider has no {what}"), &[]);
        }
    }
    for what in faults_of_sources(provider, mapping) {
        fault(what, &["sources"]);
    }
    for (name, doc) in &provider.fields {
        if let Some(what) = faults_of_field(provider, name, mapping) {
            fault(what, &["fields", name]);
        }
        if let Some(declared) = spec.fields.0.get(&**name).and_then(|said| said.ty)
            && declared != doc.ty
        {
            fault(format!("the schema says another type of `{name}`: {:?}", doc.ty), &["fields", name]);
        }
    }
    for event in provider.events().chain([provider.any()]) {
        let path: &[&str] = if &*event.id == ANY { &["any"] } else { &["events", &event.id] };
        for what in faults_of_event(provider, event) {
            fault(what, path);
        }
    }
    for event in spec.events.0.values().chain([&spec.any]) {
        for class in event.classes.iter().filter(|class| !mapping.classes.contains_key(*class)) {
            fault(format!("there is no class `{class}`"), &["events"]);
        }
    }
    for what in provider.references.iter().filter_map(fault_of_reference) {
        fault(what, &["references"]);
    }
}

fn faults_of_sources(provider: &Provider, mapping: &Mapping) -> Vec<String> {
    let mut found = Vec::new();
    if provider.sources.is_empty() {
        found.push("the provider has no sources, and no channels for those of its family".to_owned());
    }
    for source in &provider.sources {
        match mapping.schema(&source.schema) {
            Err(fault) => found.push(fault.to_string()),
            Ok(schema) => {
                let columns = source.selects.keys().chain(&source.id);
                let column = |name: &String| schema.column(source.table.as_deref(), name).err();
                found.extend(columns.filter_map(column));
            }
        }
    }
    found
}

/// A provider's own schema has each of its fields.
fn faults_of_field(provider: &Provider, name: &str, mapping: &Mapping) -> Option<String> {
    let source = provider.sources.first()?;
    let schema = mapping.schema(&source.schema).ok()?;
    schema.column(source.table.as_deref(), name).err()
}

fn faults_of_event(provider: &Provider, event: &Event) -> Vec<String> {
    let mut found = Vec::new();
    for (what, text) in [("title", &event.title), ("description", &event.description)] {
        if text.trim().is_empty() {
            found.push(format!("`{}` has no {what}", event.id));
        }
    }
    for field in event.fields.iter().filter(|field| provider.field(field).is_none()) {
        let near = did_you_mean(field, provider.fields.keys().map(|known| &**known));
        let hint = near.map_or_else(String::new, |near| format!("; `{near}` is one"));
        found.push(format!("`{field}` is no field of this provider{hint}"));
    }
    found.extend(event.references.iter().filter_map(fault_of_reference));
    found
}

fn fault_of_reference(reference: &Reference) -> Option<String> {
    let is_page = reference.url.starts_with("https://") && !reference.title.is_empty();
    (!is_page).then(|| format!("`{}` is no page with a title and an https address", reference.url))
}

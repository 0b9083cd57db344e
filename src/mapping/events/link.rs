//! Joins events with the event classes: a class's predicate in a schema selects some provider's events.

use std::sync::Arc;

use indexmap::IndexMap;

use super::{ANY, Events, parse_provider};
use crate::mapping::{
    Class, Mapping,
    class::{Datasets, EntryTarget},
    class_file::{EntrySpec, WantedSpec},
    fault::Fault,
    load::Keyed,
};

/// What one entry of a class asks of a table.
pub(super) struct Asked<'m> {
    pub(super) schema: &'m str,
    pub(super) table: Option<&'m str>,
    pub(super) wanted: IndexMap<String, Vec<String>>,
}

impl Events {
    /// Fills in which events each class has, and of which classes each event is.
    ///
    /// # Errors
    /// Those of reading a class.
    pub(super) fn link(&mut self, mapping: &Mapping) -> Result<(), Fault> {
        for name in mapping.classes() {
            let class = mapping.class(name)?;
            for asked in asked(class) {
                let selected = self.select(asked.schema, asked.table, &asked.wanted);
                let known = selected.iter().filter_map(|(provider, id)| provider.event(id));
                let keys: Vec<_> = known.map(|event| (event.provider.clone(), event.id.clone())).collect();
                for (provider, id) in keys {
                    self.add(&class.name, &provider, &id);
                }
            }
        }
        for (family, files) in &mapping.event_files {
            for (name, file) in &files.providers {
                let spec = file.get(name, parse_provider)?;
                let provider: Arc<str> = format!("{family}/{name}").into();
                for (id, event) in
                    spec.events.0.iter().map(|(id, event)| (id.as_str(), event)).chain([(ANY, &spec.any)])
                {
                    for class in &event.classes {
                        self.add(&class.as_str().into(), &provider, &id.into());
                    }
                }
            }
        }
        Ok(())
    }

    fn add(&mut self, class: &Arc<str>, provider: &Arc<str>, id: &Arc<str>) {
        let Some(found) = self.providers.get_mut(provider) else { return };
        let event = if &**id == ANY { Some(&mut found.any) } else { found.events.get_mut(id) };
        let Some(event) = event else { return };
        if !event.classes.contains(class) {
            event.classes.push(class.clone());
        }
        self.by_class.entry(class.clone()).or_default().insert((provider.clone(), id.clone()));
    }
}

/// What the entries of a class ask of their tables, each alternative by itself.
pub(super) fn asked(class: &Class) -> Vec<Asked<'_>> {
    let mut found = Vec::new();
    for (schema, datasets) in class.each_datasets() {
        let Datasets::Entries(entries) = datasets else { continue };
        for entry in entries {
            let EntryTarget::Here(spec, _) = &entry.target else { continue };
            found.extend(alternatives(spec).into_iter().map(|wanted| Asked {
                schema,
                table: spec.table.as_deref(),
                wanted,
            }));
        }
    }
    found
}

fn alternatives(spec: &EntrySpec) -> Vec<IndexMap<String, Vec<String>>> {
    let usual = constants(&spec.default);
    let each = spec.where_.0.iter().map(constants);
    let mut found: Vec<_> = each.map(|own| own.into_iter().chain(usual.clone()).collect()).collect();
    if found.is_empty() {
        found.push(usual);
    }
    found
}

fn constants(wanted: &Keyed<WantedSpec>) -> IndexMap<String, Vec<String>> {
    let texts = |wanted: &WantedSpec| {
        let (WantedSpec::Any(constants) | WantedSpec::All(constants)) = wanted;
        constants.0.iter().map(ToString::to_string).collect()
    };
    wanted.0.iter().map(|(column, wanted)| (column.clone(), texts(wanted))).collect()
}

//! The files of `mappings/events/`, read into plain data.

use std::fmt;

use serde::{
    Deserialize, Deserializer,
    de::{Error, MapAccess, Visitor, value::MapAccessDeserializer},
};

use super::super::load::{Constants, Keyed};
use crate::ir::ColumnType;

/// `events/windows.yml`: what the providers of `events/windows/` share.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct FamilySpec {
    pub(super) title: String,
    pub(super) vendor: String,
    /// Where each channel's events are kept, with `{channel}` in the constants.
    pub(super) sources: Vec<SourceSpec>,
    pub(super) fields: Keyed<FieldSpec>,
}

impl FamilySpec {
    /// Lays a user's file over this one.
    pub(super) fn overlay(&mut self, user: Self) {
        said(&mut self.title, user.title);
        said(&mut self.vendor, user.vendor);
        self.sources.extend(user.sources);
        self.fields.0.extend(user.fields.0);
    }
}

/// `events/windows/sysmon.yml`: one provider's events.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct ProviderSpec {
    pub(super) title: String,
    pub(super) description: String,
    pub(super) vendor: String,
    /// Other names that it is looked up by, beside its tables and channels.
    pub(super) names: Vec<String>,
    /// Windows event channels, for the family's sources.
    pub(super) channels: Vec<String>,
    pub(super) sources: Vec<SourceSpec>,
    /// What the provider's events are as a whole.
    pub(super) any: EventSpec,
    pub(super) fields: Keyed<FieldSpec>,
    /// The fields that every event has, beside its own.
    pub(super) common: Vec<String>,
    pub(super) events: Keyed<EventSpec>,
    pub(super) references: Vec<Reference>,
}

impl ProviderSpec {
    /// Lays a user's file over this one: an event as a whole, a field as a whole.
    pub(super) fn overlay(&mut self, user: Self) {
        said(&mut self.title, user.title);
        said(&mut self.description, user.description);
        said(&mut self.vendor, user.vendor);
        if !user.any.title.is_empty() {
            self.any = user.any;
        }
        self.names.extend(user.names);
        self.channels.extend(user.channels);
        self.sources.extend(user.sources);
        self.fields.0.extend(user.fields.0);
        self.common.extend(user.common);
        self.events.0.extend(user.events.0);
        self.references.extend(user.references);
    }
}

fn said(mine: &mut String, text: String) {
    if !text.is_empty() {
        *mine = text;
    }
}

/// One event id or action type.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct EventSpec {
    pub(super) title: String,
    pub(super) description: String,
    pub(super) fields: Vec<String>,
    /// Event classes that it belongs to, beside those whose tables select it.
    pub(super) classes: Vec<String>,
    pub(super) references: Vec<Reference>,
}

/// Where a schema keeps a provider's events.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SourceSpec {
    pub(super) schema: String,
    #[serde(default)]
    pub(super) table: Option<String>,
    /// What tells the provider's events from others of the table.
    #[serde(default, rename = "where")]
    pub(super) where_: Keyed<Constants>,
    /// The column whose value is the event's id.
    #[serde(default)]
    pub(super) id: Option<String>,
}

/// A page about an event.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reference {
    /// What the page is called.
    pub title: String,
    /// Its address.
    pub url: String,
}

/// What a field is; its type where no schema tells.
#[derive(Debug, Clone)]
pub(super) struct FieldSpec {
    pub(super) ty: Option<ColumnType>,
    pub(super) description: String,
}

impl<'de> Deserialize<'de> for FieldSpec {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Long {
            #[serde(rename = "type")]
            ty: ColumnType,
            description: String,
        }
        struct Field;
        impl<'de> Visitor<'de> for Field {
            type Value = FieldSpec;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a description, or a map of `type` and `description`")
            }

            fn visit_str<E: Error>(self, description: &str) -> Result<FieldSpec, E> {
                Ok(FieldSpec { ty: None, description: description.to_owned() })
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<FieldSpec, A::Error> {
                let Long { ty, description } = Long::deserialize(MapAccessDeserializer::new(map))?;
                Ok(FieldSpec { ty: Some(ty), description })
            }
        }
        deserializer.deserialize_any(Field)
    }
}

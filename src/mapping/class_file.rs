//! The file of an event class, read into plain data. Nothing is looked up or checked across files here.

use std::fmt;

use indexmap::IndexMap;
use serde::{
    Deserialize, Deserializer,
    de::{Error, MapAccess, SeqAccess, Visitor, value::MapAccessDeserializer},
};

use super::load::{Constants, Keyed, RenderingSpec};
use crate::diag::Effect;

/// A row of `logsources.yml`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LogSourceSpec {
    #[serde(default)]
    pub(super) category: Asked,
    #[serde(default)]
    pub(super) product: Asked,
    #[serde(default)]
    pub(super) service: Asked,
    pub(super) class: String,
}

impl LogSourceSpec {
    /// The log source that it asks for.
    pub(super) fn log_source(&self) -> crate::ir::LogSource {
        let part = |asked: &Asked| asked.name().map(Into::into);
        crate::ir::LogSource {
            category: part(&self.category),
            product: part(&self.product),
            service: part(&self.service),
            ..crate::ir::LogSource::default()
        }
    }
}

/// What a part of a log source has to be.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) enum Asked {
    /// Anything.
    #[default]
    Any,
    /// Absent: written as `~`.
    None,
    /// This.
    Some(String),
}

impl Asked {
    /// Whether a log source's part is as asked.
    pub(super) fn fits(&self, part: Option<&str>) -> bool {
        match self {
            Self::Any => true,
            Self::None => part.is_none(),
            Self::Some(asked) => part == Some(asked),
        }
    }

    /// What is asked for by name.
    pub(super) fn name(&self) -> Option<&str> {
        match self {
            Self::Some(name) => Some(name),
            Self::Any | Self::None => None,
        }
    }
}

impl<'de> Deserialize<'de> for Asked {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Option::<String>::deserialize(deserializer).map(|part| part.map_or(Self::None, Self::Some))
    }
}

/// A file of one event class.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ClassSpec {
    #[serde(default)]
    pub(super) title: String,
    #[serde(default)]
    pub(super) description: String,
    #[serde(default)]
    pub(super) schemas: Keyed<DatasetsSpec>,
    #[serde(default)]
    pub(super) fields: Keyed<RowSpec>,
    #[serde(default)]
    pub(super) values: Keyed<Keyed<Keyed<RenderingSpec>>>,
}

impl ClassSpec {
    /// Lays a user's file over this one: what the user says counts, cell by cell and value by value; a schema's
    /// tables are replaced as a whole.
    pub(super) fn overlay(&mut self, user: Self) {
        let said = |mine: &mut String, text: String| {
            if !text.is_empty() {
                *mine = text;
            }
        };
        said(&mut self.title, user.title);
        said(&mut self.description, user.description);
        self.schemas.0.extend(user.schemas.0);
        for (field, row) in user.fields.0 {
            let mine = self.fields.0.entry(field).or_default();
            mine.cells.extend(row.cells);
            if row.of.is_some() {
                (mine.of, mine.part) = (row.of, row.part);
            }
        }
        for (field, schemas) in user.values.0 {
            let mine = self.values.0.entry(field).or_default();
            for (schema, values) in schemas.0 {
                mine.0.entry(schema).or_default().0.extend(values.0);
            }
        }
    }
}

/// Where a schema keeps the events of a class.
#[derive(Debug, Clone)]
pub(super) enum DatasetsSpec {
    /// Nowhere, and why.
    None(String),
    /// In the first of these that fits.
    Entries(Vec<EntrySpec>),
}

impl<'de> Deserialize<'de> for DatasetsSpec {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Datasets;
        impl<'de> Visitor<'de> for Datasets {
            type Value = DatasetsSpec;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list of tables or indices, or `{none: sentence}`")
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<DatasetsSpec, A::Error> {
                #[derive(Deserialize)]
                #[serde(deny_unknown_fields)]
                struct Nowhere {
                    none: String,
                }
                Nowhere::deserialize(MapAccessDeserializer::new(map)).map(|it| DatasetsSpec::None(it.none))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<DatasetsSpec, A::Error> {
                let mut entries = Vec::new();
                while let Some(entry) = seq.next_element()? {
                    entries.push(entry);
                }
                Ok(DatasetsSpec::Entries(entries))
            }
        }
        deserializer.deserialize_any(Datasets)
    }
}

/// A table or indices with the predicate that selects the class, or a redirection to another class.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct EntrySpec {
    pub(super) product: Option<String>,
    pub(super) table: Option<String>,
    pub(super) index: Vec<String>,
    /// A Splunk search macro, without its backquotes.
    #[serde(rename = "macro")]
    pub(super) macro_: Option<String>,
    pub(super) category: Option<String>,
    /// Selects the class's events.
    #[serde(rename = "where")]
    pub(super) where_: AlternativesSpec,
    /// Selects them too, unless the rule tests one of these columns itself.
    pub(super) default: Keyed<WantedSpec>,
    /// The column of a field without a cell: a template with `{field}` in it.
    pub(super) other_fields: Option<String>,
    /// The XML text that has the fields without a cell as `<Data Name="field">`.
    pub(super) xml_fields: Option<String>,
    /// The text that has the fields without a cell as `field=value` or `field="value"`.
    pub(super) key_value_fields: Option<String>,
    /// The column or columns that keyword searches are about.
    pub(super) keywords: Option<CellSpec>,
    /// The schema whose cells and values count here; the entry's own without one.
    pub(super) cells: Option<String>,
    /// How the events differ from the class's, and which way.
    pub(super) approximate: Option<String>,
    pub(super) effect: Option<EffectSpec>,
    pub(super) none: Option<String>,
    pub(super) when: Keyed<Constants>,
    pub(super) class: Option<String>,
    #[serde(rename = "as")]
    pub(super) as_: Option<String>,
}

/// What selects events: all of a map's columns have what they should, in any of the maps.
#[derive(Debug, Clone, Default)]
pub(super) struct AlternativesSpec(pub(super) Vec<Keyed<WantedSpec>>);

impl<'de> Deserialize<'de> for AlternativesSpec {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Alternatives;
        impl<'de> Visitor<'de> for Alternatives {
            type Value = AlternativesSpec;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a map of columns to constants, or a list of such maps")
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<AlternativesSpec, A::Error> {
                let only = Keyed::deserialize(MapAccessDeserializer::new(map))?;
                Ok(AlternativesSpec(if only.0.is_empty() { Vec::new() } else { vec![only] }))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<AlternativesSpec, A::Error> {
                let mut maps = Vec::new();
                while let Some(map) = seq.next_element()? {
                    maps.push(map);
                }
                Ok(AlternativesSpec(maps))
            }
        }
        deserializer.deserialize_any(Alternatives)
    }
}

/// What a column should have.
#[derive(Debug, Clone)]
pub(super) enum WantedSpec {
    /// One of these.
    Any(Constants),
    /// Each of these, in a column of several values.
    All(Constants),
}

impl<'de> Deserialize<'de> for WantedSpec {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match RenderingSpec::deserialize(deserializer)? {
            RenderingSpec::Own(constants) => Ok(Self::Any(constants)),
            RenderingSpec::Columns(mut map) => match (map.0.len(), map.0.swap_remove("all")) {
                (1, Some(constants)) => Ok(Self::All(constants)),
                _ => {
                    Err(D::Error::custom("expected a constant, a list of constants, or `{all: [constants]}`"))
                }
            },
        }
    }
}

/// A canonical field: what it is derived of, and its cells by schema.
#[derive(Debug, Clone, Default)]
pub(super) struct RowSpec {
    pub(super) of: Option<String>,
    pub(super) part: Option<Part>,
    pub(super) cells: IndexMap<String, CellSpec>,
}

/// What a derived field is of its parent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Part {
    /// The last path element.
    FileName,
}

impl<'de> Deserialize<'de> for RowSpec {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Row;
        impl<'de> Visitor<'de> for Row {
            type Value = RowSpec;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a map of schemas to cells")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<RowSpec, A::Error> {
                let mut row = RowSpec::default();
                while let Some(key) = map.next_key::<String>()? {
                    match key.as_str() {
                        "of" => row.of = Some(map.next_value()?),
                        "part" => row.part = Some(map.next_value()?),
                        _ if row.cells.contains_key(&key) => {
                            return Err(A::Error::custom(format!("key `{key}` stands twice")));
                        }
                        _ => {
                            row.cells.insert(key, map.next_value()?);
                        }
                    }
                }
                if row.of.is_some() != row.part.is_some() {
                    return Err(A::Error::custom("`of` and `part` go together"));
                }
                Ok(row)
            }
        }
        deserializer.deserialize_map(Row)
    }
}

/// Which way an approximate column differs.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum EffectSpec {
    More,
    Less,
    Either,
    None,
}

impl From<EffectSpec> for Effect {
    fn from(effect: EffectSpec) -> Self {
        match effect {
            EffectSpec::More => Self::More,
            EffectSpec::Less => Self::Less,
            EffectSpec::Either => Self::Either,
            EffectSpec::None => Self::None,
        }
    }
}

/// What a canonical field is in a schema, as the file says it.
#[derive(Debug, Clone, Default)]
pub(super) struct CellSpec(pub(super) CellMap);

/// The long form of a cell.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct CellMap {
    pub(super) column: Option<String>,
    pub(super) any: Option<Vec<String>>,
    pub(super) all: Option<Vec<String>>,
    pub(super) join: Option<Vec<String>>,
    pub(super) separator: Option<String>,
    /// Other columns to join, where a column says so.
    pub(super) instead: Option<InsteadSpec>,
    pub(super) host_of: Option<String>,
    /// A column of JSON text, of which `member` is meant.
    pub(super) json: Option<String>,
    pub(super) member: Option<String>,
    pub(super) none: Option<String>,
    pub(super) transform: Option<String>,
    pub(super) approximate: Option<String>,
    pub(super) effect: Option<EffectSpec>,
    // Columns that a transform names.
    pub(super) name: Option<String>,
    pub(super) domain: Option<String>,
    pub(super) data: Option<String>,
    #[serde(rename = "type")]
    pub(super) type_: Option<String>,
    #[serde(rename = "MD5")]
    pub(super) md5: Option<String>,
    #[serde(rename = "SHA1")]
    pub(super) sha1: Option<String>,
    #[serde(rename = "SHA256")]
    pub(super) sha256: Option<String>,
    #[serde(rename = "IMPHASH")]
    pub(super) imphash: Option<String>,
}

/// Columns that are joined where all of `when` hold: one column, with the constants that it may have.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct InsteadSpec {
    pub(super) when: Keyed<Constants>,
    pub(super) join: Vec<String>,
}

impl<'de> Deserialize<'de> for CellSpec {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Cell;
        impl<'de> Visitor<'de> for Cell {
            type Value = CellSpec;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a column's name or a map")
            }

            fn visit_str<E: Error>(self, column: &str) -> Result<CellSpec, E> {
                Ok(CellSpec(CellMap { column: Some(column.to_owned()), ..CellMap::default() }))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<CellSpec, A::Error> {
                CellMap::deserialize(MapAccessDeserializer::new(map)).map(CellSpec)
            }
        }
        deserializer.deserialize_any(Cell)
    }
}

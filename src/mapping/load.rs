//! The text of a mapping file, read into plain data. Nothing is looked up or checked across files here.

use std::fmt;
use std::marker::PhantomData;

use indexmap::IndexMap;
use serde::{
    Deserialize, Deserializer,
    de::{DeserializeOwned, Error, MapAccess, SeqAccess, Visitor, value::MapAccessDeserializer},
};

use crate::{
    diag::{Code, Diagnostic, Effect},
    ir::{Case, ColumnType, Number, Pattern, Test},
};

/// Reads a mapping file.
///
/// # Errors
/// `invalid-mapping`, with the file's name and the position of the fault where the reader knows it.
pub(super) fn parse<T: DeserializeOwned>(file: &str, text: &str) -> Result<T, Diagnostic> {
    serde_yaml::from_str(text).map_err(|error| {
        let full = error.to_string();
        match error.location() {
            Some(at) => {
                let position = format!(" at line {} column {}", at.line(), at.column());
                invalid(&format!("{file}:{}:{}", at.line(), at.column()), full.replace(&position, ""))
            }
            None => invalid(file, full),
        }
    })
}

/// An `invalid-mapping` error about a file or a place in it.
pub(super) fn invalid(place: &str, what: impl fmt::Display) -> Diagnostic {
    Diagnostic::without_span(Code::InvalidMapping, format!("mapping table {place}: {what}"))
}

/// A map whose keys are scalars of any kind, in order. A key that stands twice is an error.
#[derive(Debug, Clone)]
pub(super) struct Keyed<V>(pub(super) IndexMap<String, V>);

impl<V> Default for Keyed<V> {
    fn default() -> Self {
        Self(IndexMap::new())
    }
}

impl<'de, V: Deserialize<'de>> Deserialize<'de> for Keyed<V> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Entries<V>(PhantomData<V>);
        impl<'de, V: Deserialize<'de>> Visitor<'de> for Entries<V> {
            type Value = Keyed<V>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a map")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut entries = IndexMap::new();
                while let Some(key) = map.next_key::<Scalar>()? {
                    let key = key.to_string();
                    let value = map.next_value()?;
                    if entries.contains_key(&key) {
                        return Err(A::Error::custom(format!("key `{key}` stands twice")));
                    }
                    entries.insert(key, value);
                }
                Ok(Keyed(entries))
            }
        }
        deserializer.deserialize_map(Entries(PhantomData))
    }
}

/// A vendor's constant.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Scalar {
    /// Text, compared with its case.
    Text(String),
    /// A number.
    Number(Number),
    /// A boolean.
    Boolean(bool),
}

impl Scalar {
    /// The test that a value is this constant, its text compared as `case` says.
    pub(super) fn test(&self, case: Case) -> Test {
        match self {
            Self::Text(text) => Test::Text(Pattern::exact(text.as_str()), case),
            Self::Number(number) => Test::Number(crate::ir::Comparison::Equal, *number),
            Self::Boolean(boolean) => Test::Boolean(*boolean),
        }
    }
}

impl fmt::Display for Scalar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => f.write_str(text),
            Self::Number(number) => write!(f, "{number}"),
            Self::Boolean(boolean) => write!(f, "{boolean}"),
        }
    }
}

struct ScalarVisitor;

impl Visitor<'_> for ScalarVisitor {
    type Value = Scalar;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("text, a number or a boolean")
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Scalar, E> {
        Ok(Scalar::Boolean(value))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Scalar, E> {
        Ok(Scalar::Number(value.into()))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Scalar, E> {
        Number::integer(value.into()).map(Scalar::Number).ok_or_else(|| E::custom("number out of range"))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Scalar, E> {
        Number::real(value).map(Scalar::Number).ok_or_else(|| E::custom("number out of range"))
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Scalar, E> {
        Ok(Scalar::Text(value.to_owned()))
    }
}

impl<'de> Deserialize<'de> for Scalar {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ScalarVisitor)
    }
}

/// A constant or a list of them, any of which fits.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Constants(pub(super) Vec<Scalar>);

/// What a canonical value is in a schema.
#[derive(Debug, Clone)]
pub(super) enum RenderingSpec {
    /// Constants of the cell's own column.
    Own(Constants),
    /// Constants of several columns, all of which hold.
    Columns(Keyed<Constants>),
}

struct RenderingVisitor;

impl<'de> Visitor<'de> for RenderingVisitor {
    type Value = RenderingSpec;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a constant, a list of constants, or a map of columns to constants")
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<RenderingSpec, E> {
        ScalarVisitor.visit_bool(value).map(own)
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<RenderingSpec, E> {
        ScalarVisitor.visit_i64(value).map(own)
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<RenderingSpec, E> {
        ScalarVisitor.visit_u64(value).map(own)
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<RenderingSpec, E> {
        ScalarVisitor.visit_f64(value).map(own)
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<RenderingSpec, E> {
        ScalarVisitor.visit_str(value).map(own)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<RenderingSpec, A::Error> {
        let mut constants = Vec::new();
        while let Some(constant) = seq.next_element()? {
            constants.push(constant);
        }
        if constants.is_empty() {
            return Err(A::Error::custom("empty list"));
        }
        Ok(RenderingSpec::Own(Constants(constants)))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<RenderingSpec, A::Error> {
        Keyed::deserialize(MapAccessDeserializer::new(map)).map(RenderingSpec::Columns)
    }
}

fn own(scalar: Scalar) -> RenderingSpec {
    RenderingSpec::Own(Constants(vec![scalar]))
}

impl<'de> Deserialize<'de> for RenderingSpec {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(RenderingVisitor)
    }
}

impl<'de> Deserialize<'de> for Constants {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match RenderingSpec::deserialize(deserializer)? {
            RenderingSpec::Own(constants) => Ok(constants),
            RenderingSpec::Columns(_) => Err(D::Error::custom("expected a constant or a list of constants")),
        }
    }
}

/// A row of `logsources.yml`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LogSourceSpec {
    pub(super) category: Option<String>,
    pub(super) product: Option<String>,
    pub(super) service: Option<String>,
    pub(super) class: String,
}

/// A file of one event class.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ClassSpec {
    pub(super) title: String,
    #[serde(default)]
    pub(super) description: String,
    pub(super) schemas: Keyed<DatasetsSpec>,
    #[serde(default)]
    pub(super) fields: Keyed<RowSpec>,
    #[serde(default)]
    pub(super) values: Keyed<Keyed<Keyed<RenderingSpec>>>,
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
    pub(super) category: Option<String>,
    #[serde(rename = "where")]
    pub(super) where_: Keyed<Constants>,
    pub(super) default: Keyed<Constants>,
    pub(super) other_fields: Option<String>,
    pub(super) none: Option<String>,
    pub(super) when: Keyed<Constants>,
    pub(super) class: Option<String>,
    #[serde(rename = "as")]
    pub(super) as_: Option<String>,
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
    pub(super) host_of: Option<String>,
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

/// A file of a schema: what names exist, with types.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SchemaSpec {
    pub(super) title: String,
    #[serde(default)]
    #[expect(dead_code, reason = "for people who edit the file; checked to be text")]
    pub(super) source: String,
    #[serde(default)]
    #[expect(dead_code, reason = "for people who edit the file; checked to be there as one scalar")]
    pub(super) date: Option<Scalar>,
    #[serde(default)]
    pub(super) open: bool,
    #[serde(default)]
    pub(super) constants: CaseSpec,
    #[serde(default)]
    pub(super) tables: Keyed<Keyed<ColumnSpec>>,
    #[serde(default)]
    pub(super) multivalued: Vec<String>,
}

/// How a language compares a vendor's constants best. They have one spelling, so that both ways mean the same.
#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum CaseSpec {
    #[default]
    Sensitive,
    Insensitive,
}

impl From<CaseSpec> for Case {
    fn from(case: CaseSpec) -> Self {
        match case {
            CaseSpec::Sensitive => Self::Sensitive,
            CaseSpec::Insensitive => Self::Insensitive,
        }
    }
}

/// A column's type, with `?` after it where a data set may lack the column.
#[derive(Debug, Clone, Copy)]
pub(super) struct ColumnSpec {
    pub(super) ty: ColumnType,
    pub(super) optional: bool,
}

impl<'de> Deserialize<'de> for ColumnSpec {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let (name, optional) = match text.strip_suffix('?') {
            Some(name) => (name, true),
            None => (text.as_str(), false),
        };
        let ty = ColumnType::deserialize(serde::de::value::StrDeserializer::<D::Error>::new(name))?;
        Ok(Self { ty, optional })
    }
}

//! What the mapping files have in common: maps that keep their order, a vendor's constants, and how faults are told.

use std::fmt;
use std::marker::PhantomData;

use indexmap::IndexMap;
use serde::{
    Deserialize, Deserializer,
    de::{DeserializeOwned, Error, MapAccess, SeqAccess, Visitor, value::MapAccessDeserializer},
};

use super::Text;
use crate::{
    diag::{Code, Diagnostic},
    ir::{Case, Number, Pattern, Test},
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

/// The built-in file with the users' own laid over it.
pub(super) fn merged<T: DeserializeOwned>(texts: &[Text], overlay: fn(&mut T, T)) -> Result<T, Diagnostic> {
    let mut texts = texts.iter();
    let Some(first) = texts.next() else { return Err(invalid("file", "is missing")) };
    let mut merged: T = parse(&first.file, &first.text)?;
    for text in texts {
        overlay(&mut merged, parse(&text.file, &text.text)?);
    }
    Ok(merged)
}

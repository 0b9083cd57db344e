//! Fields and what is known of the columns behind them.

use std::sync::Arc;

/// The field of an event's time, as event classes name it.
pub const TIME: &str = "UtcTime";

/// A field of an event, by its name in the schema that the rule currently speaks.
///
/// Cheap to clone. Two fields are the same if their names are.
#[derive(Debug, Clone)]
pub struct Field {
    /// The name, unquoted (`c-uri`, `process.name`, `AdditionalFields.PipeName`).
    pub name: Arc<str>,
    /// The column's type in the target's schema; [`ColumnType::Unknown`] before localization.
    pub ty: ColumnType,
    /// Whether a data set may lack the column altogether, so that a language that refuses unknown columns has
    /// to be told (`?field` in EQL).
    pub optional: bool,
    /// Whether the column may hold several values at once, for languages in which a comparison with such a column
    /// is not true (ES|QL).
    pub multivalued: bool,
    /// Whether the rule itself computes it, so that no schema has it.
    pub is_computed: bool,
}

impl Field {
    /// A field of which only the name is known, as a rule writes it. It may be missing from the data.
    pub fn new(name: impl Into<Arc<str>>) -> Self {
        Self {
            name: name.into(),
            ty: ColumnType::Unknown,
            optional: true,
            multivalued: false,
            is_computed: false,
        }
    }

    /// A column of a schema.
    pub fn column(name: impl Into<Arc<str>>, ty: ColumnType) -> Self {
        Self { name: name.into(), ty, optional: false, multivalued: false, is_computed: false }
    }

    /// The same name for a column that the rule computes.
    #[must_use]
    pub fn computed(self) -> Self {
        Self { is_computed: true, ..self }
    }
}

impl PartialEq for Field {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for Field {}

impl std::hash::Hash for Field {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.name.hash(state);
    }
}

impl std::fmt::Display for Field {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.name)
    }
}

/// The type of a column, as far as it decides how a test on it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, serde::Deserialize, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum ColumnType {
    /// Nothing is known: the literal's own type decides.
    #[default]
    Unknown,
    /// Text compared as a whole: a Kusto `string`, a Splunk field, an Elastic `keyword`.
    String,
    /// Elastic `wildcard`: compared as a whole, built for leading wildcards and regexes.
    Wildcard,
    /// Elastic `keyword` with a lowercase normalizer: compared as a whole, without case.
    Caseless,
    /// Elastic `text` or `match_only_text`: analysed into terms.
    Text,
    /// An integer of up to 64 bits.
    Integer,
    /// A floating-point number.
    Real,
    /// True or false.
    Boolean,
    /// A point in time.
    Timestamp,
    /// An IP address type of its own (Elastic `ip`); addresses kept as text are [`ColumnType::String`].
    Ip,
    /// Kusto `dynamic`: a JSON value, compared by its text.
    Dynamic,
}

impl ColumnType {
    /// Whether values are text of some kind, or may be.
    pub fn is_textual(self) -> bool {
        matches!(
            self,
            Self::Unknown | Self::String | Self::Wildcard | Self::Caseless | Self::Text | Self::Dynamic
        )
    }

    /// Whether values are numbers.
    pub fn is_numeric(self) -> bool {
        matches!(self, Self::Integer | Self::Real)
    }
}

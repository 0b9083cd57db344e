//! The files of a schema, read into plain data.

use serde::{Deserialize, Deserializer};

use super::{
    class_file::WantedSpec,
    load::{Keyed, Scalar},
};
use crate::ir::{Case, ColumnType};

/// The file of a schema.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SchemaSpec {
    #[serde(default)]
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
    /// What the data has where an event lacks a value, beside nothing.
    #[serde(default)]
    pub(super) missing: Option<String>,
    /// The canonical fields that every result shows, for languages in which a query has to name what it returns.
    #[serde(default)]
    pub(super) shown: Vec<String>,
    /// A user's tables or indices in place of those of the event classes.
    #[serde(default)]
    pub(super) index: Vec<String>,
    /// A user's Splunk macro, before every search.
    #[serde(default, rename = "macro")]
    pub(super) macro_: Option<String>,
    /// A user's column of the event's time.
    #[serde(default)]
    pub(super) time: Option<String>,
    /// The column of the event's time, where a class does not name it.
    #[serde(default)]
    pub(super) usual_time: Option<String>,
    /// What a user's events have beside what their class selects.
    #[serde(default, rename = "where")]
    pub(super) where_: Keyed<WantedSpec>,
    /// By another schema: how events of its tables look where they stream to.
    #[serde(default)]
    pub(super) streams: Keyed<StreamSpec>,
}

/// Events of another vendor's tables, as they stream to a product.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct StreamSpec {
    /// Where they are, for products that ask.
    #[serde(default)]
    pub(super) index: Vec<String>,
    /// What tells the events of a table, `{table}`.
    #[serde(rename = "where")]
    pub(super) where_: Keyed<String>,
    /// What a column, `{field}`, is called.
    pub(super) field: String,
    /// The events' time.
    pub(super) time: String,
}

impl SchemaSpec {
    /// Lays a user's file over this one.
    pub(super) fn overlay(&mut self, user: Self) {
        if !user.title.is_empty() {
            self.title = user.title;
        }
        self.open |= user.open;
        for (table, columns) in user.tables.0 {
            self.tables.0.entry(table).or_default().0.extend(columns.0);
        }
        self.multivalued.extend(user.multivalued);
        if !user.index.is_empty() {
            self.index = user.index;
        }
        self.macro_ = user.macro_.or(self.macro_.take());
        self.time = user.time.or(self.time.take());
        self.usual_time = user.usual_time.or(self.usual_time.take());
        self.missing = user.missing.or(self.missing.take());
        if !user.shown.is_empty() {
            self.shown = user.shown;
        }
        self.where_.0.extend(user.where_.0);
        self.streams.0.extend(user.streams.0);
    }
}

/// A file of one table of a schema, or of the names below one first segment (`aws.…`).
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TableSpec {
    #[serde(default)]
    #[expect(dead_code, reason = "for people who edit the file; checked to be text")]
    pub(super) source: String,
    #[serde(default)]
    #[expect(dead_code, reason = "for people who edit the file; checked to be there as one scalar")]
    pub(super) date: Option<Scalar>,
    #[serde(default)]
    pub(super) columns: Keyed<ColumnSpec>,
    /// The types of members that are not listed, by the object that they are members of.
    #[serde(default)]
    pub(super) members: Keyed<ColumnSpec>,
    #[serde(default)]
    pub(super) multivalued: Vec<String>,
    /// Filtering parameters of a function that is used as a table, and the column that each one filters.
    #[serde(default)]
    pub(super) parameters: Option<Keyed<String>>,
}

impl TableSpec {
    /// Lays a user's file over this one.
    pub(super) fn overlay(&mut self, user: Self) {
        self.columns.0.extend(user.columns.0);
        self.members.0.extend(user.members.0);
        self.multivalued.extend(user.multivalued);
        if let Some(parameters) = user.parameters {
            self.parameters.get_or_insert_default().0.extend(parameters.0);
        }
    }
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

//! Schemas: what columns exist, of what type.

use indexmap::IndexMap;

use super::load::{self, ColumnSpec, SchemaSpec};
use crate::{
    diag::{Diagnostic, did_you_mean},
    ir::{Case, ColumnType, Field},
};

/// The names that a product's data has.
#[derive(Debug)]
pub struct Schema {
    name: String,
    title: String,
    /// Whether columns that are not listed may exist all the same.
    open: bool,
    /// How a vendor's constants are compared.
    constants: Case,
    tables: IndexMap<String, IndexMap<String, ColumnSpec>>,
    /// Columns that may hold several values at once.
    multivalued: Vec<String>,
}

impl Schema {
    pub(super) fn parse(name: &str, file: &str, text: &str) -> Result<Self, Diagnostic> {
        let spec: SchemaSpec = load::parse(file, text)?;
        let tables = spec
            .tables
            .0
            .into_iter()
            .map(|(table, columns)| (table, columns.0.into_iter().collect()))
            .collect();
        Ok(Self {
            name: name.to_owned(),
            title: spec.title,
            open: spec.open,
            constants: spec.constants.into(),
            tables,
            multivalued: spec.multivalued,
        })
    }

    /// What it is, for people.
    pub fn title(&self) -> &str {
        &self.title
    }

    /// How a vendor's constants are compared.
    pub(super) fn constants(&self) -> Case {
        self.constants
    }

    /// The column of this name in a table. Without a table, or where tables are not told apart (index patterns),
    /// the schema's only table counts.
    ///
    /// # Errors
    /// Says, in a clause, that there is no such table or column; never for an open schema.
    pub(super) fn column(&self, table: Option<&str>, name: &str) -> Result<Field, String> {
        let columns = match table {
            Some(table) if self.tables.contains_key(table) => self.tables.get(table),
            Some(table) if !self.open => return Err(format!("schema {} has no table `{table}`", self.name)),
            _ if self.tables.len() == 1 => self.tables.values().next(),
            _ => None,
        };
        if let Some(found) = columns.and_then(|columns| columns.get(name)) {
            let multivalued = self.multivalued.iter().any(|several| several == name);
            return Ok(Field { optional: found.optional, multivalued, ..Field::column(name, found.ty) });
        }
        let member_of = name.split_once('.').and_then(|(outer, _)| columns?.get(outer));
        if member_of.is_some_and(|outer| outer.ty == ColumnType::Dynamic) {
            return Ok(Field::column(name, ColumnType::Dynamic));
        }
        if self.open {
            return Ok(Field::new(name));
        }
        let place = table.map_or_else(String::new, |table| format!(" table `{table}` of"));
        let known = columns.into_iter().flatten().map(|(name, _)| name.as_str());
        let hint = did_you_mean(name, known).map_or_else(String::new, |near| format!("; `{near}` is one"));
        Err(format!("`{name}` is no column of{place} schema {}{hint}", self.name))
    }
}

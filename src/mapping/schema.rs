//! Schemas: what columns exist, of what type.

use indexmap::IndexMap;

use super::{
    Lazy, Text,
    class_file::WantedSpec,
    fault::Fault,
    load::{self, Keyed},
    schema_file::{ColumnSpec, SchemaSpec, StreamSpec, TableSpec},
};
use crate::{
    diag::did_you_mean,
    ir::{Case, ColumnType, Field},
};

/// The files of one schema: `schemas/defender.yml`, and `schemas/defender/DeviceEvents.yml` for each table.
#[derive(Debug, Default)]
pub(super) struct SchemaFiles {
    pub(super) head: Lazy<Head>,
    /// By table (`DeviceEvents`), or by the first segment of the names in it (`aws`).
    pub(super) tables: IndexMap<String, Lazy<TableSpec>>,
}

/// What is true of a schema as a whole.
#[derive(Debug)]
pub(super) struct Head(SchemaSpec);

impl Head {
    pub(super) fn parse(_: &str, texts: &[Text]) -> Result<Self, Fault> {
        let mut spec = load::merged(texts, SchemaSpec::overlay)?;
        // Most schemas have a file for each table, and none of these here.
        spec.tables.0.retain(|_, columns| !columns.0.is_empty());
        Ok(Self(spec))
    }
}

/// Reads the file of a table.
pub(super) fn parse_table(_: &str, texts: &[Text]) -> Result<TableSpec, Fault> {
    load::merged(texts, TableSpec::overlay)
}

/// The names that a product's data has.
#[derive(Debug, Clone, Copy)]
pub struct Schema<'m> {
    pub(super) name: &'m str,
    pub(super) head: &'m Head,
    pub(super) tables: &'m IndexMap<String, Lazy<TableSpec>>,
}

impl<'m> Schema<'m> {
    /// What it is, for people.
    pub fn title(&self) -> &'m str {
        &self.head.0.title
    }

    /// How a vendor's constants are compared.
    pub(super) fn constants(&self) -> Case {
        self.head.0.constants.into()
    }

    /// What the data has where an event lacks a value, beside nothing.
    pub(super) fn missing(&self) -> Option<&'m str> {
        self.head.0.missing.as_deref()
    }

    /// The canonical fields that every result shows, for languages in which a query has to name what it returns.
    pub(super) fn shown(&self) -> &'m [String] {
        &self.head.0.shown
    }

    /// A user's indices, in place of those of the event classes.
    pub(super) fn index(&self) -> &'m [String] {
        &self.head.0.index
    }

    /// A user's macro before every search.
    pub(super) fn search_macro(&self) -> Option<&'m str> {
        self.head.0.macro_.as_deref()
    }

    /// The column of the event's time, where a class does not name it.
    pub(super) fn usual_time(&self) -> Option<&'m str> {
        self.head.0.usual_time.as_deref()
    }

    /// A user's column of the event's time.
    pub(super) fn time(&self) -> Option<&'m str> {
        self.head.0.time.as_deref()
    }

    /// What every event has beside what its class selects.
    pub(super) fn everywhere(&self) -> &'m Keyed<WantedSpec> {
        &self.head.0.where_
    }

    /// How events of another schema's tables look here.
    pub(super) fn stream(&self, from: &str) -> Option<&'m StreamSpec> {
        self.head.0.streams.0.get(from)
    }

    /// The filtering parameters of a function that is used as a table, by name, each with its column; `None` for a
    /// table.
    ///
    /// # Errors
    /// `invalid-mapping` if the table's file is malformed.
    pub(super) fn parameters(&self, table: &str) -> Result<Option<&'m Keyed<String>>, Fault> {
        Ok(self.table(table)?.and_then(|table| table.parameters.as_ref()))
    }

    /// The names of a table's columns, as far as they are known.
    pub(super) fn columns(&self, table: &str) -> Vec<std::sync::Arc<str>> {
        let own = self.table(table).ok().flatten().map(|own| &own.columns);
        let shared = self.head.0.tables.0.get(table);
        own.into_iter()
            .chain(shared)
            .flat_map(|columns| columns.0.keys())
            .map(|name| name.as_str().into())
            .collect()
    }

    fn table(&self, name: &str) -> Result<Option<&'m TableSpec>, Fault> {
        self.tables.get(name).map(|table| table.get(name, parse_table)).transpose()
    }

    /// The column of this name in a table. Without a table, or where tables are not told apart (index patterns),
    /// the schema's only table counts, and the files of names by their first segment.
    ///
    /// # Errors
    /// Says, in a clause, that there is no such table or column; never for an open schema.
    pub(super) fn column(&self, table: Option<&str>, name: &str) -> Result<Field, String> {
        let own = match table {
            Some(table) => self.table(table),
            None => self.table(name.split('.').next().unwrap_or(name)),
        };
        let own = own.map_err(|fault| fault.to_string())?;
        let tables = &self.head.0.tables.0;
        let shared = match table {
            Some(table) => tables.get(table),
            None if tables.len() == 1 => tables.values().next(),
            None => None,
        };
        if table.is_some() && own.is_none() && shared.is_none() && !self.head.0.open {
            return Err(format!("schema {} has no table `{}`", self.name, table.unwrap_or_default()));
        }
        let columns = || own.map(|own| &own.columns).into_iter().chain(shared);
        let find = |name: &str| columns().find_map(|columns| columns.0.get(name));
        if let Some(found) = find(name) {
            let multivalued = self.is_multivalued(own, name);
            return Ok(Field { optional: found.optional, multivalued, ..Field::column(name, found.ty) });
        }
        if let Some(found) = own.and_then(|own| member(own, name)) {
            return Ok(Field { optional: found.optional, ..Field::column(name, found.ty) });
        }
        if is_member_of_dynamic(name, find) {
            return Ok(Field::column(name, ColumnType::Dynamic));
        }
        if self.head.0.open {
            return Ok(Field::new(name));
        }
        let place = table.map_or_else(String::new, |table| format!(" table `{table}` of"));
        let known = columns().flat_map(|columns| columns.0.keys()).map(String::as_str);
        let hint = did_you_mean(name, known).map_or_else(String::new, |near| format!("; `{near}` is one"));
        Err(format!("`{name}` is no column of{place} schema {}{hint}", self.name))
    }

    fn is_multivalued(&self, own: Option<&TableSpec>, name: &str) -> bool {
        let lists = own.map(|own| &own.multivalued).into_iter().chain([&self.head.0.multivalued]);
        lists.into_iter().flatten().any(|several| several == name)
    }

    /// Reads every file of it, for its faults.
    pub(super) fn check(&self, found: &mut Vec<Fault>) {
        found.extend(self.tables.keys().filter_map(|table| self.table(table).err()));
    }
}

/// The type of a member that is not listed.
fn member<'t>(table: &'t TableSpec, name: &str) -> Option<&'t ColumnSpec> {
    name.rmatch_indices('.').find_map(|(dot, _)| table.members.0.get(&name[..dot]))
}

/// Whether some prefix of a dotted name is a dynamic column, whose members may be anything.
fn is_member_of_dynamic<'s>(name: &str, find: impl Fn(&str) -> Option<&'s ColumnSpec>) -> bool {
    name.match_indices('.')
        .any(|(dot, _)| find(&name[..dot]).is_some_and(|outer| outer.ty == ColumnType::Dynamic))
}

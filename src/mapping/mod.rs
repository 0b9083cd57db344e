//! The cross-vendor mapping table: event classes, canonical fields, and what each schema calls them.
//!
//! Two files meet in every lookup: an event class (`process_creation.yml`: one row a canonical field, one column a
//! schema) and a schema (`schemas/defender.yml`: what columns exist, of what type). [`normalize`] reads the table
//! from a source's names to canonical ones, [`localize`] from canonical ones to a target's. Files are parsed on
//! first use; a class is prepared once for each schema.

mod builtin;
mod cell;
mod class;
mod class_file;
mod events;
mod failure;
mod fault;
mod identify;
mod inputs;
mod load;
mod localize;
mod localize_stages;
mod missing;
mod native;
mod normalize;
mod record;
mod redirect;
mod schema;
mod schema_file;
mod selectors;
mod table;
mod transforms;
mod values;

use std::{borrow::Cow, sync::OnceLock};

use indexmap::IndexMap;

pub use class::Class;
pub use events::{ANY, Event, EventSource, Events, FieldDoc, Provider, Reference};
pub use fault::Fault;
pub use inputs::{Input, Inputs, Part};
pub use localize::localize;
pub use native::{native, streamed};
pub use normalize::{class_of, normalize};
pub use record::{Form, Recorded, Recorder, channels, selection};
pub use schema::Schema;
pub use selectors::{Constants, Selector};
pub use table::{CellText, ClassTable, FieldRow, SchemaColumn, ValueRow};

use class_file::LogSourceSpec;
use events::FamilyFiles;
use schema::{Head, SchemaFiles};

const LOG_SOURCES: &str = "logsources";

/// The mapping table.
#[derive(Debug, Default)]
pub struct Mapping {
    /// The last file's rows first: a user's own log sources win.
    log_sources: Vec<Text>,
    log_source_rows: OnceLock<Result<Vec<LogSourceSpec>, Fault>>,
    classes: IndexMap<String, Lazy<Class>>,
    schemas: IndexMap<String, SchemaFiles>,
    /// By family.
    event_files: IndexMap<String, FamilyFiles>,
    events: OnceLock<Result<Events, Fault>>,
}

#[derive(Debug, Clone)]
struct Text {
    file: String,
    text: Cow<'static, str>,
}

/// Files of one name, the built-in one first, parsed on first use.
#[derive(Debug)]
struct Lazy<T> {
    texts: Vec<Text>,
    parsed: OnceLock<Result<T, Fault>>,
}

impl<T> Default for Lazy<T> {
    fn default() -> Self {
        Self { texts: Vec::new(), parsed: OnceLock::new() }
    }
}

impl<T> Lazy<T> {
    fn get(&self, name: &str, parse: fn(&str, &[Text]) -> Result<T, Fault>) -> Result<&T, Fault> {
        self.parsed.get_or_init(|| parse(name, &self.texts)).as_ref().map_err(Clone::clone)
    }
}

impl Mapping {
    /// The table that is built into rulec.
    pub fn builtin() -> &'static Self {
        static BUILTIN: OnceLock<Mapping> = OnceLock::new();
        BUILTIN.get_or_init(|| Self::default().with_texts(Self::builtin_texts()))
    }

    /// The built-in table with users' files laid over it, in their order; see [`Self::from_parts`] for their names.
    pub fn with_overlays<F: Into<String>, T: Into<String>>(parts: impl IntoIterator<Item = (F, T)>) -> Self {
        let users = parts.into_iter().map(|(file, text)| (file.into(), Cow::Owned(text.into())));
        Self::default().with_texts(Self::builtin_texts().chain(users))
    }

    /// A table of these files, each a path (`process_creation.yml`, `schemas/ecs.yml`, `schemas/ecs/aws.yml`,
    /// `events/windows.yml`, `events/windows/sysmon.yml`, `logsources.yml`) with its text; what stands before a `//` in a path is the folder, for people. Of two files
    /// of one path the later one is laid over the earlier one. Nothing is parsed before it is used; see
    /// [`Mapping::check`].
    pub fn from_parts<F: Into<String>, T: Into<String>>(parts: impl IntoIterator<Item = (F, T)>) -> Self {
        Self::default()
            .with_texts(parts.into_iter().map(|(file, text)| (file.into(), Cow::Owned(text.into()))))
    }

    fn builtin_texts() -> impl Iterator<Item = (String, Cow<'static, str>)> {
        builtin::FILES.iter().map(|(file, text)| ((*file).to_owned(), (*text).into()))
    }

    fn with_texts(mut self, texts: impl Iterator<Item = (String, Cow<'static, str>)>) -> Self {
        for (file, text) in texts {
            let name = file.split_once("//").map_or(file.as_str(), |(_, name)| name);
            let name = name.strip_suffix(".yml").unwrap_or(name).to_owned();
            let text = Text { file: file.replace("//", "/"), text };
            if name == LOG_SOURCES {
                self.log_sources.push(text);
            } else if let Some(schema) = name.strip_prefix("schemas/") {
                match schema.split_once('/') {
                    Some((schema, table)) => {
                        let files = self.schemas.entry(schema.to_owned()).or_default();
                        files.tables.entry(table.to_owned()).or_default().texts.push(text);
                    }
                    None => self.schemas.entry(schema.to_owned()).or_default().head.texts.push(text),
                }
            } else if let Some(provider) = name.strip_prefix("events/") {
                let (family, provider) = match provider.split_once('/') {
                    Some((family, provider)) => (family, Some(provider)),
                    None => (provider, None),
                };
                self.event_files.entry(family.to_owned()).or_default().add(provider, text);
            } else {
                self.classes.entry(name).or_default().texts.push(text);
            }
        }
        self
    }

    /// The names of all event classes.
    pub fn classes(&self) -> impl Iterator<Item = &str> {
        self.classes.keys().map(String::as_str)
    }

    /// The event class of this name.
    ///
    /// # Errors
    /// `invalid-mapping` if there is none, or its file is malformed.
    pub fn class(&self, name: &str) -> Result<&Class, Fault> {
        match self.classes.get(name) {
            Some(class) => class.get(name, Class::parse),
            None => Err(Fault::new(format!("there is no event class `{name}`"))),
        }
    }

    /// The names of all schemas.
    pub fn schemas(&self) -> impl Iterator<Item = &str> {
        self.schemas.keys().map(String::as_str)
    }

    /// The schema of this name.
    ///
    /// # Errors
    /// `invalid-mapping` if there is none, or its file is malformed.
    pub fn schema(&self, name: &str) -> Result<Schema<'_>, Fault> {
        match self.schemas.get_key_value(name) {
            Some((name, files)) if !files.head.texts.is_empty() => {
                Ok(Schema { name, head: files.head.get(name, Head::parse)?, tables: &files.tables })
            }
            _ => Err(Fault::new(format!("there is no schema `{name}`"))),
        }
    }

    /// The classes whose files name a table; only those need to be parsed to know which hold its events.
    fn classes_naming<'m>(&'m self, table: &str) -> impl Iterator<Item = &'m str> {
        let names = |class: &Lazy<Class>| class.texts.iter().any(|text| text.text.contains(table));
        self.classes
            .iter()
            .filter(move |(_, class)| names(class))
            .map(|(name, _)| name.as_str())
            .collect::<Vec<_>>()
            .into_iter()
    }

    /// The log source of a class: that of the first row which leads to it, without a product where rows of several do.
    fn log_source_of(&self, class: &Class) -> crate::ir::LogSource {
        let rows = self.log_source_rows().unwrap_or_default();
        let row = rows.iter().find(|row| *row.class == *class.name);
        row.map(LogSourceSpec::log_source).unwrap_or_default()
    }

    /// The log source of a class, by its name.
    pub fn log_source(&self, class: &str) -> Option<crate::ir::LogSource> {
        self.class(class).ok().map(|class| self.log_source_of(class))
    }

    /// The path whose last element a field of a class is.
    pub fn path_of(&self, class: &str, derived: &str) -> Option<std::sync::Arc<str>> {
        let class = self.class(class).ok()?;
        class.file_names.iter().find(|(_, name)| ***name == *derived).map(|(path, _)| path.clone())
    }

    /// The names of a table's columns, as far as the schema knows them.
    pub fn columns_of(&self, schema: &str, table: &str) -> Vec<std::sync::Arc<str>> {
        self.schema(schema).map(|schema| schema.columns(table)).unwrap_or_default()
    }

    /// The types of a table's columns, as far as the schema knows them.
    pub fn column_types(&self, schema: &str, table: &str) -> Vec<(String, crate::ir::ColumnType)> {
        let Ok(found) = self.schema(schema) else { return Vec::new() };
        let ty =
            |name: std::sync::Arc<str>| Some((name.to_string(), found.column(Some(table), &name).ok()?.ty));
        found.columns(table).into_iter().filter_map(ty).collect()
    }

    /// Parses and prepares everything, and reports each malformed file, class and table.
    pub fn check(&self) -> Vec<Fault> {
        let mut found = self.check_log_sources();
        for schema in self.schemas.keys() {
            self.check_schema(schema, &mut found);
        }
        for class in self.classes.keys() {
            self.check_class(class, &mut found);
        }
        self.check_events(&mut found);
        found
    }

    /// As [`Self::check`], of the files that users laid over the built-in ones, and the classes that they touch.
    pub fn check_overlays(&self) -> Vec<Fault> {
        let is_users = |texts: &[Text]| texts.iter().any(|text| matches!(text.text, Cow::Owned(_)));
        let mut found = Vec::new();
        if is_users(&self.log_sources) {
            found.extend(self.check_log_sources());
        }
        for (name, files) in &self.schemas {
            let tables = files.tables.values().any(|table| is_users(&table.texts));
            if tables || is_users(&files.head.texts) {
                self.check_schema(name, &mut found);
            }
        }
        for (name, class) in &self.classes {
            if is_users(&class.texts) {
                self.check_class(name, &mut found);
            }
        }
        if self.event_files.values().any(|files| files.any_text(is_users)) {
            self.check_events(&mut found);
        }
        found
    }

    fn check_log_sources(&self) -> Vec<Fault> {
        match self.log_source_rows() {
            Err(error) => vec![error],
            Ok(rows) => {
                let lost = rows.iter().filter(|row| !self.classes.contains_key(&row.class));
                let what = lost.map(|row| format!("there is no class `{}`", row.class));
                what.map(|what| Fault::new(what).at(&self.log_sources, &[])).collect()
            }
        }
    }

    fn check_schema(&self, name: &str, found: &mut Vec<Fault>) {
        match self.schema(name) {
            Ok(schema) => schema.check(found),
            Err(error) => found.push(error),
        }
    }

    fn check_class(&self, name: &str, found: &mut Vec<Fault>) {
        match self.class(name) {
            Ok(class) => class.check(self, found),
            Err(error) => found.push(error),
        }
    }

    fn log_source_rows(&self) -> Result<&[LogSourceSpec], Fault> {
        let rows = self.log_source_rows.get_or_init(|| {
            if self.log_sources.is_empty() {
                return Err(Fault::new(format!("there is no file `{LOG_SOURCES}.yml`")));
            }
            let mut rows = Vec::new();
            for text in self.log_sources.iter().rev() {
                let specs: Vec<LogSourceSpec> = load::parse(text)?;
                rows.extend(specs);
            }
            Ok(rows)
        });
        rows.as_deref().map_err(Clone::clone)
    }
}

#[cfg(test)]
mod fixture;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_table_is_sound() {
        let faults: Vec<String> =
            Mapping::builtin().check().into_iter().map(|fault| fault.to_string()).collect();
        assert!(faults.is_empty(), "{faults:#?}");
    }

    #[test]
    fn nothing_is_parsed_before_it_is_used() {
        let mapping = Mapping::from_parts([("logsources.yml", "["), ("broken.yml", "title: [")]);
        assert_eq!(mapping.classes().collect::<Vec<_>>(), ["broken"]);
        assert!(mapping.class("broken").is_err());
        assert_eq!(mapping.check().len(), 2);
    }

    #[test]
    fn faults_name_file_line_and_column() {
        let text = "title: A\nschemas: {}\nfields:\n  Image: {defender: {colum: X}}\n";
        let mapping = Mapping::from_parts([("a.yml", text)]);
        let fault = mapping.class("a").unwrap_err().to_string();
        assert!(fault.starts_with("mapping table a.yml:4:"), "{}", fault);
        assert!(fault.contains("colum"), "{}", fault);
    }

    #[test]
    fn a_key_that_stands_twice_is_a_fault() {
        let text = "title: A\nschemas: {}\nfields:\n  Image: {}\n  Image: {}\n";
        let mapping = Mapping::from_parts([("a.yml", text)]);
        assert!(mapping.class("a").unwrap_err().to_string().contains("key `Image` stands twice"));
    }

    #[test]
    fn users_files_are_laid_over_the_built_in_ones() {
        let base = "title: A\nschemas: {s: [{table: T}]}\nfields: {Image: {s: Path}, User: {s: Path}}\n";
        let user = "schemas: {s: [{table: U}]}\nfields:\n  Image: {s: File}\n";
        let schema = ("schemas/s.yml", "{title: S, tables: {T: {Path: string}, U: {Path: string}}}");
        let mapping = Mapping::from_parts([
            ("logsources.yml", "[{category: a, class: a}]"),
            ("a.yml", base),
            schema,
            ("corp//a.yml", user),
        ]);
        let faults: Vec<String> = mapping.check().iter().map(ToString::to_string).collect();
        assert_eq!(
            faults,
            ["mapping table corp/a.yml:3:14: `File` is no column of table `U` of schema s"],
            "the user's row, in the user's file"
        );
        let mapping = Mapping::from_parts([
            ("logsources.yml", "[{category: a, class: a}]"),
            ("a.yml", base),
            schema,
            ("corp//a.yml", user),
            ("corp//schemas/s/U.yml", "columns: {File: string}"),
        ]);
        assert!(mapping.check().is_empty());
        assert_eq!(mapping.class("a").unwrap().fields().count(), 2);
    }

    #[test]
    fn columns_have_to_exist_in_the_schema() {
        let class = "{title: A, schemas: {s: [{table: T}]}, fields: {Image: {s: Pathh}}}";
        let mapping = Mapping::from_parts([
            ("logsources.yml", "[]"),
            ("a.yml", class),
            ("schemas/s.yml", "{title: S, tables: {T: {Path: string}}}"),
        ]);
        let faults = mapping.check();
        assert_eq!(
            faults[0].to_string(),
            "mapping table a.yml:1:60: `Pathh` is no column of table `T` of schema s; `Path` is one"
        );
    }
}

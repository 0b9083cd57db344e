//! The cross-vendor mapping table: event classes, canonical fields, and what each schema calls them.
//!
//! Two files meet in every lookup: an event class (`process_creation.yml`: one row a canonical field, one column a
//! schema) and a schema (`schemas/defender.yml`: what columns exist, of what type). [`normalize`] reads the table
//! from a source's names to canonical ones, [`localize`] from canonical ones to a target's. Files are parsed on
//! first use; a class is prepared once for each schema.

mod builtin;
mod cell;
mod class;
#[cfg(test)]
mod fixture;
mod load;
mod localize;
mod normalize;
mod redirect;
mod schema;
mod transforms;
mod values;

use std::{
    borrow::Cow,
    sync::{Arc, OnceLock},
};

use indexmap::IndexMap;

pub use class::Class;
pub use localize::localize;
pub use normalize::normalize;
pub use schema::Schema;

use crate::diag::Diagnostic;
use load::{LogSourceSpec, invalid};

const LOG_SOURCES: &str = "logsources.yml";

/// The mapping table.
#[derive(Debug)]
pub struct Mapping {
    log_sources: Option<Text>,
    log_source_rows: OnceLock<Result<Vec<LogSourceRow>, Diagnostic>>,
    classes: IndexMap<String, Lazy<Class>>,
    schemas: IndexMap<String, Lazy<Schema>>,
}

/// Which class a log source belongs to; what is absent matches anything.
#[derive(Debug)]
struct LogSourceRow {
    category: Option<String>,
    product: Option<String>,
    service: Option<String>,
    class: Arc<str>,
}

#[derive(Debug)]
struct Text {
    file: String,
    text: Cow<'static, str>,
}

/// A file that is parsed on first use.
#[derive(Debug)]
struct Lazy<T> {
    text: Text,
    parsed: OnceLock<Result<T, Diagnostic>>,
}

impl<T> Lazy<T> {
    fn get(
        &self,
        name: &str,
        parse: fn(&str, &str, &str) -> Result<T, Diagnostic>,
    ) -> Result<&T, Diagnostic> {
        let parsed = self.parsed.get_or_init(|| parse(name, &self.text.file, &self.text.text));
        parsed.as_ref().map_err(Clone::clone)
    }
}

impl Mapping {
    /// The table that is built into rulec.
    pub fn builtin() -> &'static Self {
        static BUILTIN: OnceLock<Mapping> = OnceLock::new();
        BUILTIN.get_or_init(|| {
            let files = builtin::FILES.iter();
            Self::from_texts(
                files.map(|(file, text)| Text { file: (*file).to_owned(), text: (*text).into() }),
            )
        })
    }

    /// A table of these files, each a path (`process_creation.yml`, `schemas/ecs.yml`, `logsources.yml`) with its
    /// text. Of two files of the same path the last one counts. Nothing is parsed before it is used; see
    /// [`Mapping::check`].
    pub fn from_parts<F: Into<String>, T: Into<String>>(parts: impl IntoIterator<Item = (F, T)>) -> Self {
        Self::from_texts(
            parts.into_iter().map(|(file, text)| Text { file: file.into(), text: Cow::Owned(text.into()) }),
        )
    }

    fn from_texts(texts: impl Iterator<Item = Text>) -> Self {
        let mut mapping = Self {
            log_sources: None,
            log_source_rows: OnceLock::new(),
            classes: IndexMap::new(),
            schemas: IndexMap::new(),
        };
        for text in texts {
            let name = text.file.strip_suffix(".yml").unwrap_or(&text.file).to_owned();
            if text.file == LOG_SOURCES {
                mapping.log_sources = Some(text);
            } else if let Some(schema) = name.strip_prefix("schemas/") {
                mapping.schemas.insert(schema.to_owned(), Lazy { text, parsed: OnceLock::new() });
            } else {
                mapping.classes.insert(name, Lazy { text, parsed: OnceLock::new() });
            }
        }
        mapping
    }

    /// The names of all event classes.
    pub fn classes(&self) -> impl Iterator<Item = &str> {
        self.classes.keys().map(String::as_str)
    }

    /// The event class of this name.
    ///
    /// # Errors
    /// `invalid-mapping` if there is none, or its file is malformed.
    pub fn class(&self, name: &str) -> Result<&Class, Diagnostic> {
        match self.classes.get(name) {
            Some(class) => class.get(name, Class::parse),
            None => Err(invalid(name, "there is no such event class")),
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
    pub fn schema(&self, name: &str) -> Result<&Schema, Diagnostic> {
        match self.schemas.get(name) {
            Some(schema) => schema.get(name, Schema::parse),
            None => Err(invalid(&format!("schemas/{name}.yml"), "there is no such schema")),
        }
    }

    /// Parses and prepares everything, and reports each malformed file, class and table.
    pub fn check(&self) -> Vec<Diagnostic> {
        let mut found = Vec::new();
        match self.log_source_rows() {
            Err(error) => found.push(error),
            Ok(rows) => {
                let lost = rows.iter().filter(|row| !self.classes.contains_key(&*row.class));
                found.extend(
                    lost.map(|row| invalid(LOG_SOURCES, format!("there is no class `{}`", row.class))),
                );
            }
        }
        found.extend(self.schemas.keys().filter_map(|schema| self.schema(schema).err()));
        for name in self.classes.keys() {
            match self.class(name) {
                Ok(class) => class.check(self, &mut found),
                Err(error) => found.push(error),
            }
        }
        found
    }

    fn log_source_rows(&self) -> Result<&[LogSourceRow], Diagnostic> {
        let rows = self.log_source_rows.get_or_init(|| {
            let Some(text) = &self.log_sources else {
                return Err(invalid(LOG_SOURCES, "there is no such file"));
            };
            let specs: Vec<LogSourceSpec> = load::parse(&text.file, &text.text)?;
            let row = |spec: LogSourceSpec| LogSourceRow {
                category: spec.category,
                product: spec.product,
                service: spec.service,
                class: spec.class.into(),
            };
            Ok(specs.into_iter().map(row).collect())
        });
        rows.as_deref().map_err(Clone::clone)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_table_is_sound() {
        let faults: Vec<String> = Mapping::builtin().check().into_iter().map(|fault| fault.message).collect();
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
        let fault = mapping.class("a").unwrap_err();
        assert!(fault.message.starts_with("mapping table a.yml:4:"), "{}", fault.message);
        assert!(fault.message.contains("colum"), "{}", fault.message);
    }

    #[test]
    fn a_key_that_stands_twice_is_a_fault() {
        let text = "title: A\nschemas: {}\nfields:\n  Image: {}\n  Image: {}\n";
        let mapping = Mapping::from_parts([("a.yml", text)]);
        assert!(mapping.class("a").unwrap_err().message.contains("key `Image` stands twice"));
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
            faults[0].message,
            "mapping table a.yml: `Pathh` is no column of table `T` of schema s; `Path` is one, in row `Image`, column `s`"
        );
    }
}

//! Which parts of the table the conversion of a rule goes through, and what each of them says: told apart by a hash, so
//! that somebody who kept the hashes can name what has changed since.

use std::{
    collections::{BTreeSet, HashMap},
    convert::Infallible,
    hash::Hasher,
    sync::OnceLock,
};

use serde_json::Value;

use super::{LOG_SOURCES, Mapping, Text, localize::fitting, normalize, redirect};
use crate::{
    diag::Source,
    ir::{Field, Origin, Pipeline, Rename, Rule, renamed},
    yaml,
};

/// A part of the table: a row of a class, its tables, the log sources that lead to it, or a schema's columns.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Part {
    /// The file that it belongs to, wherever that is laid over: `process_creation.yml`, `schemas/ecs.yml`.
    pub file: String,
    /// What of it: a canonical field, or one of [`Part::TABLES`], [`Part::LOG_SOURCES`], [`Part::COLUMNS`].
    pub row: String,
    /// The schema whose cell counts; empty for log sources.
    pub schema: String,
}

impl Part {
    /// Where a schema keeps a class's events.
    pub const TABLES: &'static str = "(tables)";
    /// Which log sources lead to a class.
    pub const LOG_SOURCES: &'static str = "(log sources)";
    /// What columns a schema has, of which types.
    pub const COLUMNS: &'static str = "(columns)";
}

/// What a part says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Input {
    /// The part.
    pub part: Part,
    /// A hash of what it says; equal for equal content on every machine.
    pub hash: u64,
}

/// Finds the parts of a table that rules use.
#[derive(Debug)]
pub struct Inputs<'m> {
    mapping: &'m Mapping,
    classes: HashMap<&'m str, OnceLock<Vec<Value>>>,
    schemas: HashMap<&'m str, OnceLock<u64>>,
    log_sources: OnceLock<Vec<Value>>,
}

impl<'m> Inputs<'m> {
    /// Of this table. Nothing is read before it is used.
    pub fn new(mapping: &'m Mapping) -> Self {
        Self {
            mapping,
            classes: mapping.classes().map(|name| (name, OnceLock::new())).collect(),
            schemas: mapping.schemas().map(|name| (name, OnceLock::new())).collect(),
            log_sources: OnceLock::new(),
        }
    }

    /// The parts that the conversion of a rule to these schemas goes through, sorted, each once. A rule whose log source
    /// nothing covers has none but the log sources.
    pub fn of(&self, rule: &Rule, schemas: &[&str]) -> Vec<Input> {
        let mut parts = BTreeSet::new();
        let normalized = normalize(rule, self.mapping, &mut Vec::new());
        let normalized = normalized.as_ref().unwrap_or(rule);
        let mut used = Used::default();
        used.add(&normalized.origin);
        let Ok(_) = renamed(&normalized.stages, &mut used);
        let own = match &rule.origin {
            Origin::Table(table) => table.schema.as_deref(),
            _ => None,
        };
        let schemas: BTreeSet<&str> = schemas.iter().copied().chain(own).collect();
        for class in &used.classes {
            let part = |file: String, row: &str, schema: &str| Part {
                file,
                row: row.to_owned(),
                schema: schema.to_owned(),
            };
            parts.insert(part(file(LOG_SOURCES), Part::LOG_SOURCES, class));
            for schema in &schemas {
                let redirected = self.redirected(class, normalized, schema);
                for class in std::iter::once(class.as_str()).chain(redirected) {
                    parts.insert(part(file(class), Part::TABLES, schema));
                    let rows = used.fields.iter().flat_map(|field| self.rows(class, field, schema));
                    parts.extend(rows.map(|row| part(file(class), &row, schema)));
                }
            }
        }
        let columns = schemas.into_iter().filter(|schema| self.schemas.contains_key(schema));
        parts.extend(columns.map(|schema| Part {
            file: file(&format!("schemas/{schema}")),
            row: Part::COLUMNS.to_owned(),
            schema: schema.to_owned(),
        }));
        parts.into_iter().map(|part| Input { hash: self.hash(&part), part }).collect()
    }

    /// The file that has the last word on a part, as users know it.
    pub fn file_of(&self, part: &Part) -> Option<&'m str> {
        let name = part.file.strip_suffix(".yml")?;
        if name == LOG_SOURCES {
            return self.mapping.log_sources.last().map(|text| text.file.as_str());
        }
        if let Some(schema) = name.strip_prefix("schemas/") {
            let files = self.mapping.schemas.get(schema)?;
            let tables = files.tables.values().flat_map(|table| &table.texts);
            // A user's file may be one of a table or the schema's own.
            let mut texts = tables.chain(&files.head.texts);
            let of_user = texts.clone().rfind(|text| matches!(text.text, std::borrow::Cow::Owned(_)));
            return of_user.or_else(|| texts.next_back()).map(|text| text.file.as_str());
        }
        let texts = &self.mapping.classes.get(name)?.texts;
        let values = self.class(name)?;
        let says = |value: &&Value| cells(value, part).iter().any(|cell| !cell.is_null());
        let last = values.iter().rposition(|value| says(&value)).unwrap_or(0);
        texts.get(last).map(|text| text.file.as_str())
    }

    /// The class that a schema keeps the rule's events in, if that is another one.
    fn redirected(&self, class: &str, rule: &Rule, schema: &str) -> Option<&'m str> {
        let Origin::Class { log_source, .. } = &rule.origin else { return None };
        let class = self.mapping.class(class).ok()?;
        let entries = fitting(class, schema, log_source).ok()?;
        redirect::choose(rule, class, log_source, &entries, schema).ok()?.map(|it| it.class.as_str())
    }

    /// The rows that a field's cell is in: its own, and where it is derived and has none, that of the path.
    fn rows(&self, class: &str, field: &str, schema: &str) -> Vec<String> {
        let mut rows = vec![field.to_owned()];
        let parents = self.mapping.class(class).ok().filter(|class| !class.has_cell(field, schema));
        rows.extend(parents.and_then(|class| class.parent_of(field)).map(str::to_owned));
        rows
    }

    fn hash(&self, part: &Part) -> u64 {
        let name = part.file.strip_suffix(".yml").unwrap_or(&part.file);
        let mut hash = fnv::FnvHasher::default();
        let mut add = |value: &Value| {
            hash.write(value.to_string().as_bytes());
            hash.write_u8(0);
        };
        if name == LOG_SOURCES {
            let rows = self.log_sources.get_or_init(|| self.mapping.log_sources.iter().map(json).collect());
            let rows = rows.iter().rev().filter_map(Value::as_array).flatten();
            rows.filter(|row| row["class"] == *part.schema).for_each(&mut add);
            return hash.finish();
        }
        if let Some(schema) = name.strip_prefix("schemas/") {
            return self.schemas.get(schema).map_or(0, |hash| *hash.get_or_init(|| self.columns(schema)));
        }
        for value in self.class(name).unwrap_or_default() {
            cells(value, part).into_iter().filter(|cell| !cell.is_null()).for_each(&mut add);
        }
        hash.finish()
    }

    /// Everything that the files of a schema say.
    fn columns(&self, schema: &str) -> u64 {
        let mut hash = fnv::FnvHasher::default();
        let Some(files) = self.mapping.schemas.get(schema) else { return 0 };
        let mut tables: Vec<_> = files.tables.iter().collect();
        tables.sort_by_key(|(name, _)| name.as_str());
        let tables = tables.into_iter().flat_map(|(_, table)| &table.texts);
        for text in files.head.texts.iter().chain(tables) {
            hash.write(text.text.replace('\r', "").as_bytes());
            hash.write_u8(0);
        }
        hash.finish()
    }

    /// What the files of a class say, in their order.
    fn class(&self, name: &str) -> Option<&[Value]> {
        let values = self.classes.get(name)?;
        Some(values.get_or_init(|| self.mapping.classes[name].texts.iter().map(json).collect()))
    }
}

fn file(name: &str) -> String {
    format!("{name}.yml")
}

/// What a file of a class says of one of its parts.
fn cells<'v>(value: &'v Value, part: &Part) -> Vec<&'v Value> {
    match &*part.row {
        Part::TABLES => vec![&value["schemas"][&part.schema]],
        field => vec![
            &value["fields"][field][&part.schema],
            &value["fields"][field]["of"],
            &value["values"][field][&part.schema],
        ],
    }
}

/// A file as plain data; nothing for one that is no YAML.
fn json(text: &Text) -> Value {
    let source = Source::new("", text.text.clone());
    match yaml::parse(&source).first() {
        Some(Ok(document)) => document.root.to_json(),
        _ => Value::Null,
    }
}

/// The classes and fields of a rule.
#[derive(Default)]
struct Used {
    classes: BTreeSet<String>,
    fields: BTreeSet<String>,
}

impl Used {
    fn add(&mut self, origin: &Origin) {
        if let Origin::Class { class, .. } = origin {
            self.classes.insert(class.to_string());
        }
    }
}

impl Rename for Used {
    type Error = Infallible;

    fn field(&mut self, field: &Field) -> Result<Field, Infallible> {
        self.fields.insert(field.to_string());
        Ok(field.clone())
    }

    fn pipeline(&mut self, pipeline: &Pipeline) -> Result<Pipeline, Infallible> {
        self.add(&pipeline.origin);
        let stages = renamed(&pipeline.stages, self)?;
        Ok(Pipeline { origin: pipeline.origin.clone(), stages, look_back: pipeline.look_back })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        ir::{Condition, Test},
        mapping::fixture::{is, rule},
    };

    const SCHEMA: (&str, &str) = ("schemas/s.yml", "{title: S, tables: {T: {A: string, B: string}}}");
    const SOURCES: (&str, &str) = ("logsources.yml", "[{category: a, class: a}]");
    const CLASS: &str = "title: A\nschemas: {s: [{table: T}]}\nfields:\n  Image: {s: A}\n  \
        name: {of: Image, part: file_name}\n  User: {s: B}\n";

    fn inputs(parts: &[(&str, &str)], condition: Condition) -> Vec<(String, u64)> {
        let mapping = Mapping::from_parts([SOURCES, SCHEMA].into_iter().chain(parts.iter().copied()));
        let found = Inputs::new(&mapping).of(&rule("-/a/-", condition), &["s"]);
        found.into_iter().map(|it| (format!("{} {}", it.part.file, it.part.row), it.hash)).collect()
    }

    fn names(inputs: &[(String, u64)]) -> Vec<&str> {
        inputs.iter().map(|(name, _)| name.as_str()).collect()
    }

    #[test]
    fn a_rule_uses_the_rows_of_its_fields() {
        let user = inputs(&[("a.yml", CLASS)], is("User", Test::text("x")));
        assert_eq!(
            names(&user),
            ["a.yml (tables)", "a.yml User", "logsources.yml (log sources)", "schemas/s.yml (columns)"]
        );
    }

    #[test]
    fn a_derived_field_without_a_cell_uses_that_of_its_path() {
        let image = inputs(&[("a.yml", CLASS)], is("Image", Test::ends_with(r"\cmd.exe")));
        assert!(names(&image).contains(&"a.yml Image") && names(&image).contains(&"a.yml name"));
    }

    #[test]
    fn what_a_part_says_is_its_hash_and_how_it_is_laid_out_is_not() {
        let before = inputs(&[("a.yml", CLASS)], is("User", Test::text("x")));
        let spread = CLASS.replace("User: {s: B}", "User:\n    s: 'B' # the user");
        assert_eq!(before, inputs(&[("a.yml", &spread)], is("User", Test::text("x"))));
        let other_row = ("mine//a.yml", "fields: {Image: {s: B}}");
        assert_eq!(before, inputs(&[("a.yml", CLASS), other_row], is("User", Test::text("x"))));
        let own_row = ("mine//a.yml", "fields: {User: {s: A}}");
        let after = inputs(&[("a.yml", CLASS), own_row], is("User", Test::text("x")));
        let changed: Vec<_> = before.iter().zip(&after).filter(|(one, two)| one != two).collect();
        assert_eq!(changed.len(), 1);
        assert_eq!(changed[0].0.0, "a.yml User");
    }

    #[test]
    fn the_file_that_has_the_last_word_is_named() {
        let mapping = Mapping::from_parts([
            SOURCES,
            SCHEMA,
            ("a.yml", CLASS),
            ("mine//a.yml", "fields: {User: {s: A}}"),
        ]);
        let inputs = Inputs::new(&mapping);
        let file = |row: &str| {
            inputs.file_of(&Part { file: "a.yml".into(), row: row.into(), schema: "s".into() }).unwrap()
        };
        assert_eq!((file("User"), file("Image"), file(Part::TABLES)), ("mine/a.yml", "a.yml", "a.yml"));
    }
}

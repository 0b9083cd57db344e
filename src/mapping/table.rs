//! The mapping table as people read it: for every class its data sets, its fields by schema, and its values, as text.

use serde::Serialize;

use super::{
    Class, Mapping,
    class::{Datasets, EntryTarget},
    class_file::{Asked, CellMap, CellSpec, EntrySpec, Part, WantedSpec},
    fault::Fault,
    load::{Constants, Keyed, RenderingSpec},
    schema::Schema,
};

/// An event class.
#[derive(Debug, Clone, Serialize, PartialEq, Eq)]
pub struct ClassTable {
    /// Its name.
    pub name: String,
    /// What it is called, for people.
    pub title: String,
    /// What happened, in a sentence or two.
    pub description: String,
    /// The log sources that lead to it, as `product/category/service` with `*` for anything.
    pub log_sources: Vec<String>,
    /// Where each schema keeps its events.
    pub schemas: Vec<SchemaColumn>,
    /// The canonical fields.
    pub fields: Vec<FieldRow>,
    /// The values whose rendering differs.
    pub values: Vec<ValueRow>,
}

/// Where a schema keeps the events of a class.
#[derive(Debug, Clone, Serialize, PartialEq, Eq)]
pub struct SchemaColumn {
    /// The schema's name.
    pub schema: String,
    /// Tables and what selects the events in them.
    pub datasets: Vec<String>,
    /// What a user's file of the schema changes in every data set.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub everywhere: Option<String>,
    /// Why there are no events.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub none: Option<String>,
    /// Whether fields without a cell have a place there, by their own name.
    pub open: bool,
}

/// A canonical field.
#[derive(Debug, Clone, Serialize, PartialEq, Eq)]
pub struct FieldRow {
    /// Its name.
    pub field: String,
    /// The path of which it is the last element.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_element_of: Option<String>,
    /// Its cells, in the order of the class's schemas; without those that say nothing.
    pub cells: Vec<CellText>,
}

/// What a field is in a schema.
#[derive(Debug, Clone, Serialize, PartialEq, Eq)]
pub struct CellText {
    /// The schema.
    pub schema: String,
    /// The column or columns.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub column: Option<String>,
    /// Why there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub none: Option<String>,
    /// How the column's information differs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub approximate: Option<String>,
}

/// A value of a field in a schema.
#[derive(Debug, Clone, Serialize, PartialEq, Eq)]
pub struct ValueRow {
    /// The field.
    pub field: String,
    /// The schema.
    pub schema: String,
    /// The canonical value.
    pub value: String,
    /// What it is there.
    pub rendering: String,
}

impl FieldRow {
    /// The cell of a schema.
    pub fn cell(&self, schema: &str) -> Option<&CellText> {
        self.cells.iter().find(|cell| cell.schema == schema)
    }
}

impl ClassTable {
    /// The entry of a schema.
    pub fn schema(&self, schema: &str) -> Option<&SchemaColumn> {
        self.schemas.iter().find(|column| column.schema == schema)
    }

    /// The row of a field.
    pub fn field(&self, field: &str) -> Option<&FieldRow> {
        self.fields.iter().find(|row| row.field == field)
    }
}

impl Mapping {
    /// A class as people read it.
    ///
    /// # Errors
    /// There is no such class, or its file is malformed.
    pub fn class_table(&self, name: &str) -> Result<ClassTable, Fault> {
        let class = self.class(name)?;
        let log_sources = self.log_source_rows()?.iter().filter(|row| row.class == name);
        let part = |part: &Asked| match part {
            Asked::Any => "*".to_owned(),
            Asked::None => "-".to_owned(),
            Asked::Some(name) => name.clone(),
        };
        let log_source = |product: &Asked, category: &Asked, service: &Asked| {
            format!("{}/{}/{}", part(product), part(category), part(service))
        };
        Ok(ClassTable {
            name: name.to_owned(),
            title: class.title().to_owned(),
            description: class.description().to_owned(),
            log_sources: log_sources
                .map(|row| log_source(&row.product, &row.category, &row.service))
                .collect(),
            schemas: schemas(class, self),
            fields: fields(class),
            values: values(class),
        })
    }
}

fn schemas(class: &Class, mapping: &Mapping) -> Vec<SchemaColumn> {
    let column = |schema: &str| {
        let mut column = SchemaColumn {
            schema: schema.to_owned(),
            datasets: Vec::new(),
            everywhere: mapping.schema(schema).ok().and_then(everywhere),
            none: None,
            open: false,
        };
        match class.datasets(schema) {
            None => {}
            Some(Datasets::None(why)) => column.none = Some(why.clone()),
            Some(Datasets::Entries(entries)) => {
                for entry in entries {
                    let product =
                        entry.product.as_ref().map_or_else(String::new, |product| format!("{product}: "));
                    column.datasets.push(match &entry.target {
                        EntryTarget::None(why) => format!("{product}none: {why}"),
                        EntryTarget::Redirect(redirect) => {
                            let when = redirect.when.0.iter().map(|(field, of)| is_one(field, of));
                            let when = when.collect::<Vec<_>>().join(" and ");
                            format!("{product}{when} → {}", redirect.class)
                        }
                        EntryTarget::Here(spec, _) => {
                            column.open |= spec.other_fields.is_some()
                                || spec.xml_fields.is_some()
                                || spec.key_value_fields.is_some();
                            let nearly = spec.approximate.as_ref();
                            let nearly = nearly.map_or_else(String::new, |how| format!(" ~ {how}"));
                            format!("{product}{}{nearly}", dataset(spec))
                        }
                    });
                }
            }
        }
        column
    };
    class.schemas().map(column).collect()
}

/// `DeviceEvents where ActionType is X and Y is one of 1, 2`.
fn dataset(spec: &EntrySpec) -> String {
    let name = spec.macro_.as_ref().map(|name| format!("`{name}`"));
    let names = name.iter().chain(&spec.table).chain(&spec.index).cloned();
    let text = names.collect::<Vec<_>>().join(", ");
    let alternatives = spec.where_.0.iter().map(wanted).collect::<Vec<_>>().join(" or ");
    let conditions = [alternatives, wanted(&spec.default)];
    let conditions: Vec<String> = conditions.into_iter().filter(|it| !it.is_empty()).collect();
    let conditions = conditions.join(" and ");
    match (text.is_empty(), conditions.is_empty()) {
        (true, true) => "every event".to_owned(),
        (true, false) => conditions,
        (false, true) => text,
        (false, false) => format!("{text} where {conditions}"),
    }
}

/// What a user's file of a schema says on all of its data sets.
fn everywhere(schema: Schema<'_>) -> Option<String> {
    let index = schema.index();
    let parts = [
        schema.search_macro().map(|name| format!("`{name}`")),
        (!index.is_empty()).then(|| format!("{} in place of its indices", index.join(", "))),
        Some(wanted(schema.everywhere())).filter(|conditions| !conditions.is_empty()),
        schema.time().map(|time| format!("time is {time}")),
    ];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    (!parts.is_empty()).then(|| parts.join(", "))
}

fn wanted(wanted: &Keyed<WantedSpec>) -> String {
    let each = |(column, wanted): (&String, &WantedSpec)| match wanted {
        WantedSpec::Any(constants) => is_one(column, constants),
        WantedSpec::All(constants) => format!("{column} has {}", list(constants, " and ")),
    };
    wanted.0.iter().map(each).collect::<Vec<_>>().join(" and ")
}

fn is_one(column: &str, constants: &Constants) -> String {
    let word = if constants.0.len() > 1 { "is one of" } else { "is" };
    format!("{column} {word} {}", list(constants, ", "))
}

fn list(constants: &Constants, separator: &str) -> String {
    constants.0.iter().map(ToString::to_string).collect::<Vec<_>>().join(separator)
}

fn fields(class: &Class) -> Vec<FieldRow> {
    let row = |(field, row): (&std::sync::Arc<str>, &super::class_file::RowSpec)| {
        let last = row.of.clone().filter(|_| row.part == Some(Part::FileName));
        let cells = class.schemas().filter_map(|schema| {
            let cell = row.cells.get(schema).map(|CellSpec(spec)| cell(schema, spec));
            cell.or_else(|| has_values(class, field, schema).then(|| by_value(schema)))
        });
        FieldRow { field: field.to_string(), last_element_of: last, cells: cells.collect() }
    };
    class.rows.iter().map(row).collect()
}

fn has_values(class: &Class, field: &str, schema: &str) -> bool {
    class.values.0.get(field).is_some_and(|by_schema| by_schema.0.contains_key(schema))
}

fn by_value(schema: &str) -> CellText {
    let column = Some("(by value)".to_owned());
    CellText { schema: schema.to_owned(), column, none: None, approximate: None }
}

fn cell(schema: &str, spec: &CellMap) -> CellText {
    let text = |parts: &[&Option<String>], separator: &str| {
        parts.iter().filter_map(|part| part.as_deref()).collect::<Vec<_>>().join(separator)
    };
    let column = if spec.none.is_some() {
        None
    } else if let Some(column) = &spec.column {
        Some(column.clone())
    } else if let Some(any) = &spec.any {
        Some(any.join(" or "))
    } else if let Some(all) = &spec.all {
        Some(all.join(" and "))
    } else if let Some(parts) = &spec.join {
        let separator = spec.separator.as_deref().unwrap_or_default();
        let usual = parts.join(separator);
        let instead = spec.instead.as_ref().map(|instead| format!(" or {}", instead.join.join(separator)));
        Some(usual + &instead.unwrap_or_default())
    } else if let Some(url) = &spec.host_of {
        Some(format!("host of {url}"))
    } else if spec.json.is_some() {
        Some(text(&[&spec.json, &spec.member], "."))
    } else {
        let account = text(&[&spec.domain, &spec.name], "\\");
        let hashes = text(&[&spec.md5, &spec.sha1, &spec.sha256, &spec.imphash], ", ");
        let data = text(&[&spec.data, &spec.type_], ", ");
        [account, hashes, data].into_iter().find(|text| !text.is_empty()).or(Some("(by value)".to_owned()))
    };
    CellText {
        schema: schema.to_owned(),
        column,
        none: spec.none.clone(),
        approximate: spec.approximate.clone(),
    }
}

fn values(class: &Class) -> Vec<ValueRow> {
    let mut rows = Vec::new();
    for (field, by_schema) in &class.values.0 {
        for (schema, renderings) in &by_schema.0 {
            for (value, rendering) in &renderings.0 {
                let rendering = match rendering {
                    RenderingSpec::Own(constants) => list(constants, ", "),
                    RenderingSpec::Columns(columns) => {
                        let each = columns.0.iter().map(|(column, of)| is_one(column, of));
                        each.collect::<Vec<_>>().join(" and ")
                    }
                };
                let (field, schema, value) = (field.clone(), schema.clone(), value.clone());
                rows.push(ValueRow { field, schema, value, rendering });
            }
        }
    }
    rows
}

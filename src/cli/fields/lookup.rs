//! Finding things in the table: all classes, a field in every class, a column's fields.

use super::{
    class::{Remarks, json, unsaid},
    grid::{Grid, Style},
};
use crate::mapping::ClassTable;

/// All classes.
pub(super) fn list(classes: &[ClassTable], style: Style) -> String {
    let mut out = String::new();
    if let Style::Json = style {
        let row = |class: &ClassTable| {
            serde_json::json!({
                "class": class.name,
                "title": class.title,
                "fields": class.fields.len(),
                "schemas": recorded(class),
            })
        };
        json(&mut out, &classes.iter().map(row).collect::<Vec<_>>());
        return out;
    }
    let mut grid = Grid::new(["CLASS", "TITLE", "FIELDS", "SCHEMAS"], 1);
    for class in classes {
        let fields = class.fields.len().to_string();
        grid.push([class.name.clone(), class.title.clone(), fields, recorded(class).join(" ")]);
    }
    grid.show(&mut out, style);
    out
}

/// The schemas that record a class.
fn recorded(class: &ClassTable) -> Vec<&str> {
    let is_recorded = class.schemas.iter().filter(|column| column.none.is_none());
    is_recorded.map(|column| column.schema.as_str()).collect()
}

/// A field in every class that has it; `None` if there is none.
pub(super) fn field(classes: &[ClassTable], name: &str, style: Style) -> Option<String> {
    let found: Vec<_> = classes
        .iter()
        .filter_map(|class| {
            let row = class.fields.iter().find(|row| row.field.eq_ignore_ascii_case(name))?;
            Some((class, row))
        })
        .collect();
    let (_, first) = found.first()?;
    let mut out = String::new();
    if let Style::Json = style {
        let row = |(class, row): &(&ClassTable, &_)| serde_json::json!({"class": class.name, "row": row});
        json(&mut out, &found.iter().map(row).collect::<Vec<_>>());
        return Some(out);
    }
    let mut schemas: Vec<&str> = Vec::new();
    for schema in classes.iter().flat_map(|class| &class.schemas).map(|it| it.schema.as_str()) {
        if !schemas.contains(&schema) && found.iter().any(|(_, row)| row.cell(schema).is_some()) {
            schemas.push(schema);
        }
    }
    style.heading(&mut out, 2, &first.field);
    if let Some(path) = &first.last_element_of {
        style.paragraph(&mut out, &format!("The last element of the path `{path}`."));
    }
    out.push('\n');
    let mut grid = Grid::new(std::iter::once("CLASS").chain(schemas.iter().copied()), 1);
    let mut remarks = Remarks::default();
    for (class, row) in &found {
        let cells = schemas.iter().map(|schema| match row.cell(schema) {
            Some(cell) => remarks.cell(cell),
            None => unsaid(class, row, schema),
        });
        let cells: Vec<String> = std::iter::once(class.name.clone()).chain(cells).collect();
        grid.push(cells);
    }
    grid.show(&mut out, style);
    remarks.show(&mut out, style);
    Some(out)
}

/// The fields that a schema's column holds; `None` if it holds none.
pub(super) fn backwards(classes: &[ClassTable], schema: &str, column: &str, style: Style) -> Option<String> {
    let mut grid = Grid::new(["CLASS", "FIELD", schema], 1);
    let mut records = Vec::new();
    for class in classes {
        for row in &class.fields {
            let Some(text) = row.cell(schema).and_then(|cell| cell.column.as_deref()) else { continue };
            if names(text, column) {
                grid.push([class.name.as_str(), &row.field, text]);
                records.push(serde_json::json!({"class": class.name, "field": row.field, "column": text}));
            }
        }
    }
    if records.is_empty() {
        return None;
    }
    let mut out = String::new();
    match style {
        Style::Json => json(&mut out, &records),
        Style::Text { .. } | Style::Markdown => grid.show(&mut out, style),
    }
    Some(out)
}

/// Whether a cell's text names a column, alone or among others.
fn names(text: &str, column: &str) -> bool {
    text.split([' ', ',', '\\']).any(|part| part.eq_ignore_ascii_case(column))
}

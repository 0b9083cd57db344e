//! One class: where its events are, what its fields are called, which values differ.

use std::fmt::Write;

use indexmap::{IndexMap, IndexSet};

use super::grid::{Grid, Style, wrapped};
use crate::mapping::{CellText, ClassTable, FieldRow, ValueRow};

/// A class.
pub(super) fn show(class: &ClassTable, style: Style) -> String {
    let mut out = String::new();
    match style {
        Style::Json => json(&mut out, class),
        Style::Text { .. } | Style::Markdown => class_as_text(&mut out, class, style, 2),
    }
    out
}

/// All classes, below a list of them.
pub(super) fn all(classes: &[ClassTable], style: Style) -> String {
    let mut out = String::new();
    match style {
        Style::Json => json(&mut out, &classes),
        Style::Text { .. } => {
            for (index, class) in classes.iter().enumerate() {
                if index > 0 {
                    out.push('\n');
                }
                class_as_text(&mut out, class, style, 2);
            }
        }
        Style::Markdown => {
            out.push_str(ABOUT);
            for class in classes {
                let name = &class.name;
                let _ = writeln!(out, "* [{name}](#{}): {}", anchor(name), class.title);
            }
            for class in classes {
                out.push('\n');
                class_as_text(&mut out, class, style, 2);
            }
        }
    }
    out
}

const ABOUT: &str = "\
# The mapping table

One section an event class, one row a canonical field, one column a schema. This page is generated from `mappings/`
by `rulec fields --all --format markdown`; a test keeps it current.

`=` is the field's own name, `-` is none, with the reason below the table, `~` differs as said there. An empty cell
is unmapped.

";

/// The anchor that Markdown renderers give a heading.
fn anchor(heading: &str) -> String {
    let kept = heading.chars().filter(|c| c.is_alphanumeric() || matches!(c, '-' | '_'));
    kept.collect::<String>().to_lowercase()
}

pub(super) fn json(out: &mut String, value: &impl serde::Serialize) {
    let text = serde_json::to_string_pretty(value).expect("invariant: plain data");
    out.push_str(&text);
    out.push('\n');
}

fn class_as_text(out: &mut String, class: &ClassTable, style: Style, level: usize) {
    style.heading(out, level, &class.name);
    let title = if class.description.is_empty() {
        format!("{}.", class.title)
    } else {
        format!("{}. {}", class.title, class.description)
    };
    style.paragraph(out, &title);
    out.push('\n');
    let mut events = Grid::new(["SCHEMA", "EVENTS"], 1);
    if !class.log_sources.is_empty() {
        events.push(["(log source)".to_owned(), class.log_sources.join(", ")]);
    }
    for schema in &class.schemas {
        for dataset in &schema.datasets {
            events.push([&schema.schema, dataset]);
        }
        if let Some(everywhere) = &schema.everywhere {
            events.push([schema.schema.clone(), format!("everywhere: {everywhere}")]);
        }
        if let Some(why) = &schema.none {
            events.push([schema.schema.clone(), format!("none: {why}")]);
        }
    }
    events.show(out, style);
    if !class.fields.is_empty() {
        out.push('\n');
        fields(out, class, style);
    }
    values(out, &class.values, style);
}

/// Remarks below a table, numbered in the order in which they are first needed.
#[derive(Default)]
pub(super) struct Remarks<'t>(IndexSet<&'t str>);

impl<'t> Remarks<'t> {
    /// What a cell says: the column, `-` for none and `~` for nearly, both with a number.
    pub(super) fn cell(&mut self, cell: &'t CellText) -> String {
        let CellText { column, none, approximate, .. } = cell;
        match (column, none, approximate) {
            (_, Some(why), _) => format!("- ({})", self.number(why)),
            (Some(column), None, Some(how)) => format!("{column} ~ ({})", self.number(how)),
            (Some(column), None, None) => column.clone(),
            (None, None, _) => String::new(),
        }
    }

    fn number(&mut self, remark: &'t str) -> usize {
        self.0.insert_full(remark).0 + 1
    }

    pub(super) fn show(&self, out: &mut String, style: Style) {
        if !self.0.is_empty() {
            out.push('\n');
        }
        for (index, remark) in self.0.iter().enumerate() {
            match style {
                Style::Text { width } => wrapped(out, &format!("({}) {remark}", index + 1), width, "    "),
                Style::Markdown | Style::Json => {
                    let _ = writeln!(out, "{}. {remark}", index + 1);
                }
            }
        }
    }
}

fn fields(out: &mut String, class: &ClassTable, style: Style) {
    let is_shown = |schema: &&str| {
        class.schema(schema).is_some_and(|it| it.open)
            || class.fields.iter().any(|row| row.cell(schema).is_some())
    };
    let schemas: Vec<&str> = class.schemas.iter().map(|it| it.schema.as_str()).filter(is_shown).collect();
    let mut grid = Grid::new(std::iter::once("FIELD").chain(schemas.iter().copied()), 1);
    let mut remarks = Remarks::default();
    for row in &class.fields {
        let cells = schemas.iter().map(|schema| match row.cell(schema) {
            Some(cell) => remarks.cell(cell),
            None => unsaid(class, row, schema),
        });
        let cells: Vec<String> = std::iter::once(row.field.clone()).chain(cells).collect();
        grid.push(cells);
    }
    grid.show(out, style);
    remarks.show(out, style);
}

/// What no cell means: the field's own name where the schema has such, the end of the whole path for a derived field.
pub(super) fn unsaid(class: &ClassTable, row: &FieldRow, schema: &str) -> String {
    let open = class.schema(schema).is_some_and(|it| it.open);
    let has_place = |path: &str| match class.field(path).and_then(|row| row.cell(schema)) {
        Some(cell) => cell.column.is_some(),
        None => open,
    };
    match &row.last_element_of {
        Some(path) if has_place(path) => format!("end of {path}"),
        None if open => "=".to_owned(),
        Some(_) | None => String::new(),
    }
}

fn values(out: &mut String, values: &[ValueRow], style: Style) {
    if values.is_empty() {
        return;
    }
    let mut tables: IndexMap<(&str, &str), Vec<String>> = IndexMap::new();
    for row in values {
        let pairs = tables.entry((&row.field, &row.schema)).or_default();
        pairs.push(if row.value == row.rendering {
            row.value.clone()
        } else {
            format!("{} → {}", row.value, row.rendering)
        });
    }
    out.push('\n');
    let mut grid = Grid::new(["VALUES OF", "schema", "value → there"], 2);
    for ((field, schema), pairs) in tables {
        grid.push([field.to_owned(), schema.to_owned(), pairs.join("; ")]);
    }
    grid.show(out, style);
}

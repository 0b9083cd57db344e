//! What users' mapping files change in the built-in table.

use super::{
    class::json,
    grid::{Grid, Style},
};
use crate::mapping::{ClassTable, FieldRow};

/// A change: in which class, of what, from and to.
type Change = [String; 4];

/// The changes between two tables.
pub(super) fn show(before: &[ClassTable], after: &[ClassTable], style: Style) -> String {
    let mut all = of_schemas(after);
    all.extend(after.iter().flat_map(|class| match before.iter().find(|known| known.name == class.name) {
        Some(known) => changes(known, class),
        None => vec![change(class, "class", "", &class.title)],
    }));
    let mut out = String::new();
    match style {
        Style::Json => {
            let record = |[class, what, before, after]: &Change| serde_json::json!({"class": class, "what": what, "before": before, "after": after});
            json(&mut out, &all.iter().map(record).collect::<Vec<_>>());
        }
        Style::Text { .. } | Style::Markdown if all.is_empty() => {
            out.push_str("nothing of the built-in table is overridden\n");
        }
        Style::Text { .. } | Style::Markdown => {
            let mut grid = Grid::new(["CLASS", "WHAT", "CHANGE"], 2);
            for [class, what, before, after] in all {
                let change = if before.is_empty() { after } else { format!("{before} → {after}") };
                grid.push([class, what, change]);
            }
            grid.show(&mut out, style);
        }
    }
    out
}

fn change(class: &ClassTable, what: &str, before: &str, after: &str) -> Change {
    [class.name.clone(), what.to_owned(), before.to_owned(), after.to_owned()]
}

/// What users' files of schemas change in every class.
fn of_schemas(classes: &[ClassTable]) -> Vec<Change> {
    let mut found: Vec<Change> = Vec::new();
    for column in classes.iter().flat_map(|class| &class.schemas) {
        let Some(everywhere) = &column.everywhere else { continue };
        let what = format!("events in {}", column.schema);
        if !found.iter().any(|change| change[1] == what) {
            found.push(["(every class)".to_owned(), what, String::new(), everywhere.clone()]);
        }
    }
    found
}

fn changes(before: &ClassTable, after: &ClassTable) -> Vec<Change> {
    let mut found = Vec::new();
    for column in &after.schemas {
        let known = before.schema(&column.schema).map(|it| it.datasets.join("; ")).unwrap_or_default();
        let now = column.datasets.join("; ");
        if known != now {
            found.push(change(after, &format!("events in {}", column.schema), &known, &now));
        }
    }
    for row in &after.fields {
        for column in &after.schemas {
            let text = |row: Option<&FieldRow>| {
                let cell = row.and_then(|row| row.cell(&column.schema));
                cell.map(|cell| cell.column.clone().unwrap_or_else(|| "-".to_owned())).unwrap_or_default()
            };
            let (known, now) = (text(before.field(&row.field)), text(Some(row)));
            if known != now {
                found.push(change(after, &format!("{} in {}", row.field, column.schema), &known, &now));
            }
        }
    }
    for value in &after.values {
        let is_same = |known: &&crate::mapping::ValueRow| {
            (&known.field, &known.schema, &known.value) == (&value.field, &value.schema, &value.value)
        };
        let known = before.values.iter().find(is_same).map_or("", |known| known.rendering.as_str());
        if known != value.rendering {
            let what = format!("{} `{}` in {}", value.field, value.value, value.schema);
            found.push(change(after, &what, known, &value.rendering));
        }
    }
    found
}

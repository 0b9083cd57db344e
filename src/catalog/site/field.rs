//! The pages of fields.

use std::{collections::BTreeMap, sync::Arc};

use super::{
    Site,
    page::{self, List, MappingRow},
    plot,
};
use crate::catalog::{Event, Role, Rules, Triple};

/// How many values a field's page has.
const VALUES: usize = 200;
const EXCLUSIONS: usize = 50;
const EVENTS: usize = 60;

/// What pages of fields need of all rules, gathered once.
#[derive(Debug, Default)]
pub struct FieldTables {
    triples: BTreeMap<Arc<str>, Vec<(Triple, usize)>>,
    events: BTreeMap<Arc<str>, BTreeMap<Event, Rules>>,
    rows: BTreeMap<String, Vec<MappingRow>>,
}

impl Site<'_> {
    /// Gathers what the pages of fields show.
    pub fn field_tables(&self) -> FieldTables {
        let mut tables = FieldTables::default();
        for (triple, rules) in self.corpus.triples() {
            tables.triples.entry(triple.field.clone()).or_default().push((triple.clone(), rules.len()));
        }
        for member in self.corpus.members() {
            for indicator in member.flat.indicators.iter().filter(|it| it.role != Role::Computed) {
                let of_field = tables.events.entry(indicator.field.clone()).or_default();
                for event in &indicator.events {
                    if let Some(event) = member.flat.events.get_index(*event) {
                        of_field.entry(event.clone()).or_default().insert(member.identity);
                    }
                }
            }
        }
        let mut classes: Vec<&str> = self.telemetry.mapping.classes().collect();
        classes.sort_unstable();
        for class in classes {
            let Ok(table) = self.telemetry.mapping.class_table(class) else { continue };
            for row in &table.fields {
                let cell = |cell: &crate::mapping::CellText| {
                    let text = match (&cell.column, &cell.none) {
                        (Some(column), _) => match &cell.approximate {
                            Some(how) => format!("{column} (nearly: {how})"),
                            None => column.clone(),
                        },
                        (None, Some(why)) => format!("none: {why}"),
                        (None, None) => String::new(),
                    };
                    (cell.schema.clone(), text)
                };
                tables.rows.entry(row.field.clone()).or_default().push(MappingRow {
                    class: class.to_owned(),
                    title: table.title.clone(),
                    cells: row.cells.iter().map(cell).filter(|(_, text)| !text.is_empty()).collect(),
                });
            }
        }
        tables
    }

    pub(super) fn field_page(&self, field: &Arc<str>, tables: &FieldTables) -> page::Field {
        let of_role = |role: Role| -> Vec<(&Triple, usize)> {
            let all = tables.triples.get(field).into_iter().flatten();
            all.filter(|(triple, _)| triple.role == role).map(|(triple, rules)| (triple, *rules)).collect()
        };
        let values = of_role(Role::Match);
        let mut kinds: BTreeMap<&str, Rules> = BTreeMap::new();
        for (triple, _) in &values {
            kinds.entry(triple.kind.as_str()).or_default().extend(&self.corpus.triples()[*triple]);
        }
        let mut kinds: Vec<(String, usize)> =
            kinds.into_iter().map(|(kind, rules)| (kind.to_owned(), rules.len())).collect();
        kinds.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        kinds.truncate(8);
        let mut events: Vec<(&Event, usize)> = tables
            .events
            .get(field)
            .into_iter()
            .flatten()
            .map(|(event, rules)| (event, rules.len()))
            .collect();
        events.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(b.0)));
        page::Field {
            name: field.to_string(),
            rules: self.fields[field].len(),
            mapping: tables.rows.get(&**field).cloned().unwrap_or_default(),
            events: events
                .into_iter()
                .take(EVENTS)
                .map(|(event, rules)| page::Bridge { rules, ..self.bridge(event) })
                .collect(),
            all_values: values.len(),
            values: self.indicators(values, VALUES),
            exclusions: self.indicators(of_role(Role::Exclusion), EXCLUSIONS),
            plot: plot::bars("Rules by kind of test", &kinds),
        }
    }

    pub(super) fn fields_page(&self) -> List {
        let mut rows: Vec<_> = self
            .fields
            .iter()
            .map(|(field, rules)| {
                let vendors: Vec<String> =
                    self.by_vendor(rules).iter().map(|(vendor, count)| format!("{vendor} {count}")).collect();
                (rules.len(), (self.field_link(field), vec![rules.len().to_string(), vendors.join(", ")]))
            })
            .collect();
        rows.sort_by(|a, b| b.0.cmp(&a.0).then_with(|| a.1.0.text.cmp(&b.1.0.text)));
        List {
            title: "Fields".to_owned(),
            description: "Canonical fields, and how many rules test them.".to_owned(),
            headings: ["Field", "Rules", "By vendor"].map(str::to_owned).to_vec(),
            rows: rows.into_iter().map(|(_, row)| row).collect(),
        }
    }
}

//! How far the table reaches for a folder of rules: by class and target, and by field.

use std::path::PathBuf;

use indexmap::IndexMap;
use serde::Serialize;

use super::{
    super::{
        from::RuleFormat,
        input::{self, Text},
        status::Failure,
    },
    class::json,
    grid::{Grid, Style},
};
use crate::{
    Options,
    diag::Fidelity,
    ir::{Origin, Rule},
    mapping::{self, ClassTable, Mapping},
    sigma::{self, ReadOptions, Reading},
    target::{TARGETS, Target},
};

/// What the rules of a class need.
#[derive(Debug, Serialize)]
struct ClassUse {
    class: String,
    rules: usize,
    /// Rules converted, by target.
    converted: IndexMap<&'static str, usize>,
    fields: Vec<FieldUse>,
}

/// How often a field is tested, and where it has no place.
#[derive(Debug, Default, Serialize)]
struct FieldUse {
    field: String,
    rules: usize,
    /// Targets without the field, each with the reason if the table says one.
    lacking: IndexMap<&'static str, String>,
}

/// The coverage of rules below some paths.
///
/// # Errors
/// Nothing to read there.
pub(super) fn show(paths: &[PathBuf], table: &Mapping, style: Style) -> Result<String, Failure> {
    let uses = uses(paths, table)?;
    let mut out = String::new();
    match style {
        Style::Json => json(&mut out, &uses),
        Style::Text { .. } | Style::Markdown => {
            by_class(&uses, &mut out, style);
            by_field(&uses, &mut out, style);
        }
    }
    Ok(out)
}

fn uses(paths: &[PathBuf], table: &Mapping) -> Result<Vec<ClassUse>, Failure> {
    let found = input::collect(paths, RuleFormat::Sigma);
    if found.inputs.is_empty() {
        return Err(Failure::Message("no `.yml` or `.yaml` file found".to_owned()));
    }
    let mut rules: IndexMap<String, Vec<Rule>> = IndexMap::new();
    for input in &found.inputs {
        let Text { source, problem: None } = input.load() else { continue };
        for rule in sigma::read(&source, &ReadOptions::default()).into_iter().filter_map(Reading::into_rule) {
            let class = match mapping::normalize(&rule, table, &mut Vec::new()).map(|rule| rule.origin) {
                Ok(Origin::Class { class, .. }) => class.to_string(),
                _ => format!("? {}", rule.metadata.log_source),
            };
            rules.entry(class).or_default().push(rule);
        }
    }
    let mut uses: Vec<ClassUse> =
        rules.into_iter().map(|(class, rules)| class_use(class, &rules, table)).collect();
    uses.sort_by(|a, b| b.rules.cmp(&a.rules).then_with(|| a.class.cmp(&b.class)));
    Ok(uses)
}

fn class_use(class: String, rules: &[Rule], table: &Mapping) -> ClassUse {
    let targets: Vec<&'static Target> = TARGETS.iter().collect();
    let options = Options { mapping: Some(table), ..Options::default() };
    let mut converted: IndexMap<&'static str, usize> = TARGETS.iter().map(|it| (it.name, 0)).collect();
    let mut fields: IndexMap<String, usize> = IndexMap::new();
    for rule in rules {
        for conversion in crate::convert(rule, &targets, &options) {
            if conversion.fidelity != Fidelity::Failed {
                *converted.entry(conversion.target.name).or_default() += 1;
            }
        }
        let conditions = rule.stages.iter().filter_map(|stage| stage.condition());
        let predicates = conditions.flat_map(crate::ir::Condition::predicates);
        let mut names: Vec<&str> = predicates.filter_map(|it| it.field()).map(|field| &*field.name).collect();
        names.sort_unstable();
        names.dedup();
        for name in names {
            *fields.entry(name.to_owned()).or_default() += 1;
        }
    }
    let known = table.class_table(&class).ok();
    let mut fields: Vec<FieldUse> =
        fields.into_iter().map(|(field, rules)| field_use(field, rules, known.as_ref())).collect();
    fields.sort_by(|a, b| b.rules.cmp(&a.rules).then_with(|| a.field.cmp(&b.field)));
    ClassUse { class, rules: rules.len(), converted, fields }
}

fn field_use(field: String, rules: usize, class: Option<&ClassTable>) -> FieldUse {
    let lacking = class.into_iter().flat_map(|class| {
        TARGETS.iter().filter_map(|target| Some((target.name, lack(class, target.schema, &field)?)))
    });
    let lacking = lacking.collect();
    FieldUse { field, rules, lacking }
}

/// Why a schema has no place for a field; empty if nobody says. A schema without the class lacks no single field, one
/// that keeps its events in other classes is not asked here.
fn lack(class: &ClassTable, schema: &str, field: &str) -> Option<String> {
    let column = class.schema(schema)?;
    if column.none.is_some() || column.datasets.iter().any(|dataset| dataset.contains(" → ")) {
        return None;
    }
    match class.field(field).and_then(|row| row.cell(schema)) {
        Some(cell) => cell.none.clone(),
        None if column.open => None,
        // Tests of a path's end may have a column of their own.
        None => {
            let derived = class.fields.iter().find(|row| row.last_element_of.as_deref() == Some(field));
            let only_its_end = derived.is_some_and(|row| row.cell(schema).is_some());
            Some(if only_its_end { "only the last element of the path".to_owned() } else { String::new() })
        }
    }
}

fn by_class(uses: &[ClassUse], out: &mut String, style: Style) {
    let names = TARGETS.iter().map(|target| target.name);
    let mut grid = Grid::new(["CLASS", "RULES"].into_iter().chain(names), 2);
    for one in uses {
        let cells = one.converted.values().map(ToString::to_string);
        let cells: Vec<String> =
            [one.class.clone(), one.rules.to_string()].into_iter().chain(cells).collect();
        grid.push(cells);
    }
    let rules: usize = uses.iter().map(|one| one.rules).sum();
    let share = |target: &Target| {
        let converted: usize = uses.iter().map(|one| one.converted[target.name]).sum();
        format!("{} %", converted * 100 / rules.max(1))
    };
    let cells = TARGETS.iter().map(share);
    let cells: Vec<String> = ["all".to_owned(), rules.to_string()].into_iter().chain(cells).collect();
    grid.push(cells);
    grid.show(out, style);
}

fn by_field(uses: &[ClassUse], out: &mut String, style: Style) {
    let mut grid = Grid::new(["CLASS", "FIELD", "RULES", "LACKING IN"], 3);
    let mut any = false;
    for one in uses {
        for field in one.fields.iter().filter(|field| !field.lacking.is_empty()) {
            any = true;
            let lacking = field.lacking.iter().map(|(target, why)| match why.as_str() {
                "" => (*target).to_owned(),
                why => format!("{target} ({why})"),
            });
            let lacking = lacking.collect::<Vec<_>>().join(", ");
            grid.push([one.class.clone(), field.field.clone(), field.rules.to_string(), lacking]);
        }
    }
    if any {
        out.push('\n');
        grid.show(out, style);
    }
}

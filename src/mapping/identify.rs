//! From a vendor's table to the event class whose events a query reads, and its columns to canonical fields.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::{
    Class, Mapping,
    class::{Constraint, Datasets, Entry, TIME, View},
    normalize::split_paths_of,
    redirect::{Reverse, fixed_by},
    values::holds_on_text,
};
use crate::{
    diag::{Code, Diagnostic, Effect, Note},
    ir::{
        Condition, Field, LogSource, Origin, Pipeline, Predicate, Project, Rename, Rule, Stage, Subject,
        Table, Test, renamed, renamed_inside, renamed_predicate, renamed_value,
    },
};

/// The rule as one about an event class, in canonical names.
///
/// # Errors
/// `event-unmapped` if its table holds events of several classes and the rule leaves open which, or of none;
/// `field-unmapped` for a column without a canonical name.
pub(super) fn identify(
    rule: &Rule,
    table: &Table,
    mapping: &Mapping,
    notes: &mut Vec<Note>,
) -> Result<Rule, Diagnostic> {
    let pipeline =
        Pipeline { origin: rule.origin.clone(), stages: rule.stages.clone(), look_back: rule.look_back };
    let pipeline = identified(&pipeline, table, mapping, notes)?;
    Ok(Rule {
        metadata: rule.metadata.clone(),
        origin: pipeline.origin,
        stages: pipeline.stages,
        look_back: pipeline.look_back,
        span: rule.span,
        notes: rule.notes.clone(),
    })
}

fn identified(
    pipeline: &Pipeline,
    table: &Table,
    mapping: &Mapping,
    notes: &mut Vec<Note>,
) -> Result<Pipeline, Diagnostic> {
    let schema = table.schema.as_deref().ok_or_else(|| unknown(table))?;
    let empty = Condition::Always;
    let condition = pipeline.stages.first().and_then(Stage::condition).unwrap_or(&empty);
    let found = choose(condition, table, schema, mapping)?;
    let class = found.class;
    let reverse = class.reverse(&found.view.cells_of).ok_or_else(|| unknown(table))?;
    let mut to_canonical = ToCanonical { table, class, reverse, view: found.view, mapping, notes };
    let mut stages = pipeline.stages.clone();
    if let Some(Stage::Filter(first)) = stages.first_mut() {
        let rest = first.conjuncts().iter().filter(|term| !found.said.contains(term)).cloned();
        *first = Condition::all(rest);
    }
    stages.retain(|stage| *stage != Stage::Filter(Condition::Always));
    let stages: Vec<Stage> = stages.iter().map(|stage| to_canonical.with_known_columns(stage)).collect();
    let stages = renamed(&stages, &mut to_canonical)?;
    let product = found.product.or_else(|| is_windows(&pipeline.stages).then(|| "windows".into()));
    let usual = mapping.log_source_of(class);
    let log_source = LogSource { product: product.or(usual.product), ..usual };
    let stages = stages.iter().map(|stage| split_paths_of(stage, class, &log_source)).collect();
    let origin =
        Origin::Class { class: class.name.clone(), log_source: LogSource { span: table.span, ..log_source } };
    Ok(Pipeline { origin, stages, look_back: pipeline.look_back })
}

/// A class, and what the rule says only to choose it.
struct Found<'m> {
    class: &'m Class,
    view: &'m View,
    product: Option<Arc<str>>,
    said: Vec<Condition>,
}

/// The class that the condition implies most of; the only one of the table, where it implies none.
fn choose<'m>(
    condition: &Condition,
    table: &Table,
    schema: &str,
    mapping: &'m Mapping,
) -> Result<Found<'m>, Diagnostic> {
    let mut best: Option<((usize, usize), Found<'m>)> = None;
    let mut open: Vec<(&'m Class, &'m View)> = Vec::new();
    for class in mapping.classes_naming(&table.name) {
        let class = mapping.class(class)?;
        let Some(Datasets::Entries(entries)) = class.datasets(schema) else { continue };
        for entry in entries {
            let Some(view) = entry.view(class, schema, mapping) else { continue };
            let view = view.map_err(Diagnostic::from)?;
            if !view.dataset.names.contains(&table.name) {
                continue;
            }
            match implied(condition, view) {
                Implied::No => {}
                Implied::Open => {
                    if !open.iter().any(|(other, _)| other.name == class.name) {
                        open.push((class, view));
                    }
                }
                // Several classes may have all of a table: which one is meant, nobody says. The parsers of ASIM are
                // each about one kind of event.
                Implied::Yes(0, _) if schema != "asim" => {
                    if !open.iter().any(|(other, _)| other.name == class.name) {
                        open.push((class, view));
                    }
                }
                Implied::Yes(implied, said) => {
                    // One event rather than one of several.
                    let rank = (said.len(), implied);
                    if best.as_ref().is_none_or(|(most, _)| rank > *most) {
                        let product = product_of(entry, entries);
                        best = Some((rank, Found { class, view, product, said }));
                    }
                }
            }
        }
    }
    match (best, open.as_slice()) {
        (Some((_, found)), _) => Ok(found),
        (None, [(class, view)]) => {
            Ok(Found { class, view, product: only_product(class, schema), said: Vec::new() })
        }
        (None, []) => Err(unknown(table)),
        (None, several) => {
            let names: Vec<String> = several.iter().map(|(class, _)| format!("`{}`", class.name)).collect();
            let message = format!(
                "table `{}` holds events of {} classes, and the rule leaves open which: {}",
                table.name,
                several.len(),
                names.join(", ")
            );
            Err(Diagnostic::new(Code::EventUnmapped, table.span, message))
        }
    }
}

/// The product of a class whose entries in a schema are of one.
fn only_product(class: &Class, schema: &str) -> Option<Arc<str>> {
    match class.datasets(schema) {
        Some(Datasets::Entries(entries)) => entries.first().and_then(|entry| product_of(entry, entries)),
        _ => None,
    }
}

/// The product of an entry, if entries tell products apart and it is the only one of its kind.
fn product_of(entry: &Entry, entries: &[Entry]) -> Option<Arc<str>> {
    let products: BTreeSet<&String> = entries.iter().filter_map(|entry| entry.product.as_ref()).collect();
    (products.len() == 1).then(|| entry.product.as_deref().map(Into::into)).flatten()
}

enum Implied {
    /// The condition excludes the class's events.
    No,
    /// It says nothing of what selects them.
    Open,
    /// It implies what selects them, so many of the tests, by these terms.
    Yes(usize, Vec<Condition>),
}

fn implied(condition: &Condition, view: &View) -> Implied {
    let usual = std::slice::from_ref(&view.usual);
    let alternatives: Vec<&[Constraint]> = if view.event.is_empty() {
        usual.iter().map(Vec::as_slice).collect()
    } else {
        view.event.iter().map(Vec::as_slice).collect()
    };
    let is_usual = view.event.is_empty();
    let mut is_open = false;
    for constraints in alternatives {
        let mut said = Vec::new();
        let (mut asked, mut implied) = (0, 0);
        let mut excluded = false;
        for constraint in constraints {
            match fixed_by(condition, &constraint.column.name) {
                None => asked += 1,
                Some(values) => {
                    implied += 1;
                    let holds =
                        |value: &String| constraint.tests.iter().any(|test| holds_on_text(test, value));
                    excluded |= !values.iter().all(holds);
                    // What the class's events all have need not be said again; a choice among them must.
                    if values.len() >= constraint.tests.len() && !is_usual {
                        said.extend(terms_on(condition, &constraint.column));
                    }
                }
            }
        }
        if excluded {
            continue;
        }
        if asked == 0 || is_usual {
            return Implied::Yes(implied, said);
        }
        is_open = true;
    }
    if is_open { Implied::Open } else { Implied::No }
}

/// The conjuncts that are about one column alone.
fn terms_on(condition: &Condition, column: &Field) -> Vec<Condition> {
    condition.conjuncts().iter().filter(|term| term.only_field() == Some(column)).cloned().collect()
}

/// Whether a rule looks for what only Windows has: drive letters, backslashes, registry hives, `.exe`.
fn is_windows(stages: &[Stage]) -> bool {
    let predicates = stages.iter().filter_map(Stage::condition).flat_map(Condition::predicates);
    let mut texts = predicates.flat_map(|predicate| match &predicate.test {
        Test::Text(pattern, _) => pattern.literals().map(str::to_ascii_lowercase).collect(),
        Test::Term(_, text, _) => vec![text.to_ascii_lowercase()],
        Test::Regex(regex) => vec![regex.source().to_ascii_lowercase()],
        _ => Vec::new(),
    });
    texts.any(|text| {
        text.contains('\\') || text.contains(".exe") || text.contains(".dll") || text.contains("hkey_")
    })
}

fn unknown(table: &Table) -> Diagnostic {
    let message = format!("no mapping table covers the events of table `{}`", table.name);
    Diagnostic::new(Code::UnknownEventClass, table.span, message)
}

/// Columns of one schema's table as canonical fields.
struct ToCanonical<'a> {
    table: &'a Table,
    class: &'a Class,
    reverse: &'a Reverse,
    view: &'a View,
    mapping: &'a Mapping,
    notes: &'a mut Vec<Note>,
}

impl ToCanonical<'_> {
    fn unmapped(&self, field: &Field) -> Diagnostic {
        let message = format!(
            "column `{field}` of table `{}` has no canonical name in event class {}",
            self.table.name, self.class.name
        );
        Diagnostic::new(Code::FieldUnmapped, self.table.span, message)
    }
}

impl ToCanonical<'_> {
    /// A projection without the columns that have no canonical name: what shows them shows less of each event.
    fn with_known_columns(&mut self, stage: &Stage) -> Stage {
        let Stage::Project(project) = stage else { return stage.clone() };
        let (known, unknown): (Vec<_>, Vec<_>) =
            project.columns.iter().cloned().partition(|(_, value)| renamed_value(value, self).is_ok());
        if unknown.is_empty() || known.is_empty() {
            return stage.clone();
        }
        let names: Vec<String> = unknown.iter().map(|(name, _)| format!("`{name}`")).collect();
        let message = format!("columns without a counterpart are not shown: {}", names.join(", "));
        self.notes.push(Note::new(Code::PresentationDropped, Effect::None, project.span, message));
        Stage::Project(Project { columns: known, span: project.span })
    }
}

impl ToCanonical<'_> {
    /// The field without a cell that a column is: its name is its own.
    fn other(&self, column: &Field) -> Option<Field> {
        self.view.other_field_of(&column.name).map(Field::new)
    }
}

impl Rename for ToCanonical<'_> {
    type Error = Diagnostic;

    fn field(&mut self, field: &Field) -> Result<Field, Diagnostic> {
        if matches!(&*field.name, "Timestamp" | "TimeGenerated") {
            return Ok(Field::new(TIME));
        }
        let whole = self.reverse.whole(&field.name).map(Field::new);
        whole.or_else(|| self.other(field)).ok_or_else(|| self.unmapped(field))
    }

    fn predicate(&mut self, predicate: &Predicate, positive: bool) -> Result<Condition, Diagnostic> {
        let Subject::Field(field) = &predicate.subject else {
            return renamed_predicate(predicate, self).map(Condition::is);
        };
        if field.is_computed || matches!(&*field.name, "Timestamp" | "TimeGenerated") {
            return renamed_predicate(predicate, self).map(Condition::is);
        }
        if let Test::Compare(..) | Test::Among(..) | Test::Listed(..) = predicate.test {
            return renamed_predicate(predicate, self).map(Condition::is);
        }
        if self.reverse.lacks(&field.name)
            && let Some(other) = self.other(field)
        {
            // What the test compares with, another column perhaps, has a name of its own too.
            let renamed =
                renamed_predicate(&Predicate { subject: Subject::Anywhere, ..predicate.clone() }, self)?;
            return Ok(Condition::is(Predicate { subject: Subject::Field(other), ..renamed }));
        }
        if let Test::Term(_, text, case) = &predicate.test
            && self.reverse.whole(&field.name).is_none()
        {
            // An account's name is tested as text.
            let contains = Predicate {
                test: Test::Text(crate::ir::Pattern::contains(&**text), *case),
                ..predicate.clone()
            };
            let effect = if positive { Effect::More } else { Effect::Less };
            let message = format!("the term `{text}` is looked for inside of words too");
            self.notes.push(Note::new(Code::TermMatch, effect, predicate.span, message));
            return self.predicate(&contains, positive);
        }
        self.reverse
            .predicate(self.class, predicate)
            .map_err(|_| Diagnostic { span: Some(predicate.span), ..self.unmapped(field) })
    }

    fn pipeline(&mut self, pipeline: &Pipeline) -> Result<Pipeline, Diagnostic> {
        match &pipeline.origin {
            Origin::Table(table) => identified(pipeline, table, self.mapping, self.notes),
            _ => renamed_inside(pipeline, self),
        }
    }
}

//! Rules about a vendor's table that stay with its data: in the vendor's own product, or where it streams to.

use std::sync::Arc;

use super::{Mapping, schema_file::StreamSpec};
use crate::{
    diag::{Code, Diagnostic},
    ir::{
        ColumnType, Condition, Dataset, Expression, Field, Function, Origin, Pipeline, Predicate, Rename,
        Rule, Stage, Subject, Table, Test, renamed, renamed_inside, renamed_predicate,
    },
};

/// The column with the time at which an event came in.
const ARRIVAL: &str = "_TimeReceived";

/// The rule over the same table of the same vendor's schema, if that schema has it.
///
/// # Errors
/// `no-telemetry` if the schema does not have the tables of the rule's.
pub fn native(rule: &Rule, schema: &str, mapping: &Mapping) -> Option<Rule> {
    let table = match &rule.origin {
        Origin::Table(table) => table.clone(),
        Origin::External(_) => first_table(&rule.stages)?,
        _ => return None,
    };
    let mut to_native = ToNative { table: &table, schema, mapping };
    over(rule, &mut to_native).ok()
}

/// The first table that rows from elsewhere are put together with, wherever in the stages.
pub(super) fn first_table(stages: &[Stage]) -> Option<Table> {
    let mut finder = Finder(None);
    let _ = renamed(stages, &mut finder);
    finder.0
}

struct Finder(Option<Table>);

impl Rename for Finder {
    type Error = std::convert::Infallible;

    fn field(&mut self, field: &Field) -> Result<Field, Self::Error> {
        Ok(field.clone())
    }

    fn pipeline(&mut self, pipeline: &Pipeline) -> Result<Pipeline, Self::Error> {
        match &pipeline.origin {
            Origin::Table(table) => {
                self.0.get_or_insert_with(|| table.clone());
            }
            _ => {
                renamed(&pipeline.stages, self)?;
            }
        }
        Ok(pipeline.clone())
    }
}

/// The rule over the vendor's events as they stream to another product.
///
/// # Errors
/// `no-telemetry` if the mapping knows no such stream.
pub fn streamed(rule: &Rule, schema: &str, mapping: &Mapping) -> Result<Rule, Diagnostic> {
    let Origin::Table(table) = &rule.origin else {
        let message = format!("schema {schema} has no events of this rule");
        return Err(Diagnostic::new(Code::NoTelemetry, rule.span, message));
    };
    let mut to_stream = ToStream { table, schema, mapping, stream: stream(table, schema, mapping)? };
    over(rule, &mut to_stream)
}

fn over<R: Rename>(rule: &Rule, rename: &mut R) -> Result<Rule, R::Error> {
    let pipeline =
        Pipeline { origin: rule.origin.clone(), stages: rule.stages.clone(), look_back: rule.look_back };
    let pipeline = rename.pipeline(&pipeline)?;
    Ok(Rule {
        metadata: rule.metadata.clone(),
        origin: pipeline.origin,
        stages: pipeline.stages,
        look_back: pipeline.look_back,
        span: rule.span,
        notes: rule.notes.clone(),
    })
}

struct ToNative<'a> {
    table: &'a Table,
    schema: &'a str,
    mapping: &'a Mapping,
}

impl Rename for ToNative<'_> {
    type Error = Diagnostic;

    fn field(&mut self, field: &Field) -> Result<Field, Diagnostic> {
        let name = match (&*field.name, self.schema) {
            ("Timestamp", "sentinel" | "asim") => "TimeGenerated",
            ("TimeGenerated", "defender") => "Timestamp",
            (name, _) => name,
        };
        let known = self.mapping.schema(self.schema).ok();
        let column = known.and_then(|schema| schema.column(Some(&self.table.name), name).ok());
        Ok(column.unwrap_or_else(|| unknown_column(name)))
    }

    /// A member of a column that holds JSON as text, or of which nothing is known, is read through `parse_json`, which
    /// leaves a dynamic value as it is (`parse_json()`).
    fn predicate(&mut self, predicate: &Predicate, _positive: bool) -> Result<Condition, Diagnostic> {
        if let Subject::Field(field) = &predicate.subject
            && !field.is_computed
            && let Some((base, members)) = field.name.split_once('.')
            && self.field(&Field::new(base))?.ty != ColumnType::Dynamic
        {
            let object = Expression::Call(
                Function::ParseJson,
                vec![Expression::Field(self.field(&Field::new(base))?)],
            );
            let member = |of, name: &str| Expression::Member(Box::new(of), name.into());
            let value = Expression::Call(Function::ToText, vec![members.split('.').fold(object, member)]);
            let subject = Subject::Computed(Box::new(value));
            let test = renamed_predicate(predicate, self)?.test;
            return Ok(Condition::is(Predicate { subject, test, span: predicate.span }));
        }
        renamed_predicate(predicate, self).map(Condition::is)
    }

    fn pipeline(&mut self, pipeline: &Pipeline) -> Result<Pipeline, Diagnostic> {
        let Origin::Table(table) = &pipeline.origin else { return renamed_inside(pipeline, self) };
        let has_it = match (table.schema.as_deref(), self.schema) {
            (Some("defender" | "asim") | None, "sentinel") => true,
            (Some(own), schema) => own == schema,
            (None, _) => false,
        };
        if !has_it {
            return Err(no_telemetry(table, self.schema));
        }
        let mut inner = ToNative { table, schema: self.schema, mapping: self.mapping };
        let stages = renamed(&pipeline.stages, &mut inner)?;
        let origin = Origin::Dataset(Dataset {
            names: vec![table.name.clone()],
            time: Some(if self.schema == "defender" { "Timestamp" } else { "TimeGenerated" }.into()),
            ..Dataset::default()
        });
        Ok(Pipeline { origin, stages, look_back: pipeline.look_back })
    }
}

/// A column that the schema does not list: a dotted name is a path into a dynamic one.
fn unknown_column(name: &str) -> Field {
    if name.contains('.') { Field::column(name, ColumnType::Dynamic) } else { Field::new(name) }
}

struct ToStream<'a> {
    table: &'a Table,
    schema: &'a str,
    mapping: &'a Mapping,
    stream: &'a StreamSpec,
}

impl Rename for ToStream<'_> {
    type Error = Diagnostic;

    fn field(&mut self, field: &Field) -> Result<Field, Diagnostic> {
        if matches!(&*field.name, "Timestamp" | "TimeGenerated") {
            return Ok(Field::column(self.stream.time.as_str(), ColumnType::Timestamp));
        }
        if *field.name == *ARRIVAL {
            // "Time modifiers" of Splunk; "Event fields" of ECS.
            let name = if self.stream.time == "_time" { "_indextime" } else { "event.ingested" };
            return Ok(Field::column(name, ColumnType::Timestamp));
        }
        let schema = self.table.schema.as_deref().unwrap_or_default();
        let own = self.mapping.schema(schema).ok();
        let ty =
            own.and_then(|schema| schema.column(Some(&self.table.name), &field.name).ok()).map(|it| it.ty);
        let name = self.stream.field.replace("{field}", &field.name);
        // Members of JSON are fields of their own there.
        let ty = ty.filter(|ty| *ty != ColumnType::Dynamic).unwrap_or_default();
        Ok(Field { ty, ..Field::new(name) })
    }

    fn pipeline(&mut self, pipeline: &Pipeline) -> Result<Pipeline, Diagnostic> {
        let Origin::Table(table) = &pipeline.origin else { return renamed_inside(pipeline, self) };
        let stream = stream(table, self.schema, self.mapping)?;
        let mut inner = ToStream { table, schema: self.schema, mapping: self.mapping, stream };
        let mut stages = renamed(&pipeline.stages, &mut inner)?;
        let events = stream.where_.0.iter().map(|(column, value)| {
            let value = value.replace("{table}", &table.name);
            let field = Field::column(column.as_str(), ColumnType::String);
            Condition::is(Predicate::new(field, Test::text(&value), table.span))
        });
        stages.insert(0, Stage::Filter(Condition::all(events)));
        let names: Vec<Arc<str>> = stream.index.iter().map(|name| name.as_str().into()).collect();
        let category = (!names.is_empty()).then(|| "any".into());
        let origin = Origin::Dataset(Dataset {
            names,
            category,
            time: Some(stream.time.as_str().into()),
            ..Dataset::default()
        });
        Ok(Pipeline { origin, stages, look_back: pipeline.look_back })
    }
}

fn stream<'m>(table: &Table, schema: &str, mapping: &'m Mapping) -> Result<&'m StreamSpec, Diagnostic> {
    let from = table.schema.as_deref().unwrap_or("sentinel");
    let schema_of = mapping.schema(schema).map_err(Diagnostic::from)?;
    schema_of.stream(from).ok_or_else(|| no_telemetry(table, schema))
}

fn no_telemetry(table: &Table, schema: &str) -> Diagnostic {
    let message = format!("schema {schema} has no events of table `{}`", table.name);
    Diagnostic::new(Code::NoTelemetry, table.span, message)
}

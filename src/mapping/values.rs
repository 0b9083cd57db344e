//! Value tables: what a canonical value is in a schema.

use std::collections::HashMap;

use super::{
    cell::FindColumn,
    fault::Fault,
    load::{Keyed, RenderingSpec, Scalar},
};
use crate::ir::{
    Case, Comparison, Field, Number, Predicate, Test,
    eval::{Event, Value},
};

/// A complete list of a field's values, each with what it is in the schema. Values compare without case.
#[derive(Debug)]
pub(super) struct ValueTable {
    rows: Vec<(String, Rendering)>,
    by_value: HashMap<String, usize>,
    columns: Vec<Field>,
}

/// What a value is in the schema.
#[derive(Debug)]
pub(super) enum Rendering {
    /// One of these constants, in the field's own column.
    Own(Vec<Test>),
    /// Constants of several columns: in each, one of its constants.
    Columns(Vec<(Field, Vec<Test>)>),
}

impl ValueTable {
    pub(super) fn compile(
        spec: &Keyed<RenderingSpec>,
        case: Case,
        column: &FindColumn<'_>,
    ) -> Result<Self, Fault> {
        let mut table = Self { rows: Vec::new(), by_value: HashMap::new(), columns: Vec::new() };
        for (value, rendering) in &spec.0 {
            let tests = |constants: &[Scalar]| {
                constants.iter().map(|constant| constant.test(case)).collect::<Vec<_>>()
            };
            let rendering = match rendering {
                RenderingSpec::Own(constants) => Rendering::Own(tests(&constants.0)),
                RenderingSpec::Columns(by_column) => {
                    let mut columns = Vec::new();
                    for (name, constants) in &by_column.0 {
                        let column = column(name)?;
                        if !table.columns.contains(&column) {
                            table.columns.push(column.clone());
                        }
                        columns.push((column, tests(&constants.0)));
                    }
                    Rendering::Columns(columns)
                }
            };
            table.by_value.insert(value.to_lowercase(), table.rows.len());
            table.rows.push((value.clone(), rendering));
        }
        Ok(table)
    }

    /// The renderings of the values that satisfy `test`, in the table's order. A value that the table does not
    /// have satisfies nothing.
    pub(super) fn find(&self, test: &Test) -> Vec<&Rendering> {
        if let Some(value) = exact_value(test) {
            return self.by_value.get(&value).map(|at| &self.rows[*at].1).into_iter().collect();
        }
        let fits = |value: &str| holds_on_text(test, value);
        self.rows.iter().filter(|(value, _)| fits(value)).map(|(_, rendering)| rendering).collect()
    }

    /// The canonical values.
    pub(super) fn values(&self) -> impl Iterator<Item = &str> {
        self.rows.iter().map(|(value, _)| value.as_str())
    }

    /// The columns that renderings name beside the field's own.
    pub(super) fn columns(&self) -> &[Field] {
        &self.columns
    }

    /// Whether a rendering is of the field's own column.
    pub(super) fn needs_own_column(&self) -> bool {
        self.rows.iter().any(|(_, rendering)| matches!(rendering, Rendering::Own(_)))
    }
}

/// The one value, in lower case, that a case-insensitive test asks for.
fn exact_value(test: &Test) -> Option<String> {
    match test {
        Test::Text(pattern, Case::Insensitive) => pattern.as_exact().map(str::to_lowercase),
        Test::Number(Comparison::Equal, number @ Number::Integer(_)) => Some(number.to_string()),
        Test::Boolean(boolean) => Some(boolean.to_string()),
        _ => None,
    }
}

/// Whether a test of a value's text holds on `text`.
pub(super) fn holds_on_text(test: &Test, text: &str) -> bool {
    const FIELD: &str = "value";
    let event: Event = Event(indexmap::IndexMap::from([(FIELD.to_owned(), Value::Text(text.to_owned()))]));
    Predicate::new(Field::new(FIELD), test.clone(), crate::diag::Span::default()).holds_on(&event)
}

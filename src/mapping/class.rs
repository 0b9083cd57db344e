//! Event classes: their rows, and where each schema keeps their events.

use std::{
    collections::HashMap,
    sync::{Arc, OnceLock},
};

use indexmap::IndexMap;

use super::{
    Mapping, Text,
    cell::{self, Base, Cell, FindColumn},
    class_file::{CellSpec, ClassSpec, DatasetsSpec, EntrySpec, RowSpec, WantedSpec},
    fault::Fault,
    load::{self, Keyed, RenderingSpec},
    redirect::{Redirect, Reverse},
    schema::Schema,
};
use crate::{
    diag::{Effect, Span},
    ir::{Case, ColumnType, Condition, Dataset, Expression, Field, LogSource, Predicate, Test},
};

/// The canonical field of the event's time.
pub(super) use crate::ir::TIME;

/// An event class: what happened, whatever product recorded it.
#[derive(Debug)]
pub struct Class {
    pub(super) name: Arc<str>,
    /// To tell where a fault is.
    pub(super) files: Vec<Text>,
    title: String,
    description: String,
    pub(super) rows: IndexMap<Arc<str>, RowSpec>,
    /// From a path field to the field of its last element.
    pub(super) file_names: HashMap<Arc<str>, Arc<str>>,
    pub(super) values: Keyed<Keyed<Keyed<RenderingSpec>>>,
    schemas: IndexMap<String, Datasets>,
    reverses: IndexMap<String, OnceLock<Reverse>>,
}

/// Where a schema keeps a class.
#[derive(Debug)]
pub(super) enum Datasets {
    /// Nowhere, and why.
    None(String),
    /// In these, the first that fits.
    Entries(Vec<Entry>),
}

/// One table or index of a class, prepared on first use.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) product: Option<String>,
    pub(super) target: EntryTarget,
}

/// What an entry leads to.
#[derive(Debug)]
pub(super) enum EntryTarget {
    /// Not recorded for this product, and why.
    None(String),
    /// A table or indices.
    Here(Box<EntrySpec>, Box<OnceLock<Result<View, Fault>>>),
    /// Another class, by event id.
    Redirect(Redirect),
}

/// A class as one schema's table or index has it.
#[derive(Debug)]
pub(super) struct View {
    pub(super) dataset: Dataset,
    /// Select the class's events in the data set: all of one of these lists. No list selects all events.
    pub(super) event: Vec<Vec<Constraint>>,
    /// Selects them too, unless the rule tests one of these columns itself.
    pub(super) usual: Vec<Constraint>,
    cells: HashMap<Arc<str>, Cell>,
    /// The schema whose names the cells are.
    pub(super) cells_of: Arc<str>,
    pub(super) other_fields: Option<OtherFields>,
    /// What stands for a value that an event lacks, beside nothing.
    pub(super) missing: Option<String>,
    /// How the events differ from the class's.
    pub(super) approximation: Option<(Effect, String)>,
    /// What keyword searches are about, where that is not the whole event.
    pub(super) keywords: Option<Base>,
}

/// Where fields without a cell are.
#[derive(Debug, PartialEq)]
pub(super) enum OtherFields {
    /// In columns of a type; what stands before and after a field's name.
    Columns(String, String, ColumnType),
    /// In the `Data` elements of Windows event XML.
    Xml(Field),
    /// In text of the form `name=value`.
    KeyValue(Field),
}

/// A column that has one of some constants, or each of them.
#[derive(Debug)]
pub(super) struct Constraint {
    pub(super) column: Field,
    pub(super) tests: Vec<Test>,
    pub(super) every: bool,
}

impl Constraint {
    /// The condition, as if it stood at `span`.
    pub(super) fn at(&self, span: Span) -> Condition {
        let is = |test: &Test| Condition::is(Predicate::new(self.column.clone(), test.clone(), span));
        let tests = self.tests.iter().map(is);
        if self.every { Condition::all(tests) } else { Condition::any(tests) }
    }
}

impl Class {
    pub(super) fn parse(name: &str, texts: &[Text]) -> Result<Self, Fault> {
        let spec = load::merged(texts, ClassSpec::overlay)?;
        let rows: IndexMap<Arc<str>, RowSpec> =
            spec.fields.0.into_iter().map(|(field, row)| (field.into(), row)).collect();
        let schemas: IndexMap<String, Datasets> = spec
            .schemas
            .0
            .into_iter()
            .map(|(schema, datasets)| match Datasets::compile(datasets) {
                Ok(datasets) => Ok((schema, datasets)),
                Err(fault) => Err(fault.at(texts, &["schemas", &schema])),
            })
            .collect::<Result<_, Fault>>()?;
        let mut file_names = HashMap::new();
        for (field, row) in &rows {
            if let Some(schema) = row.cells.keys().find(|schema| !schemas.contains_key(*schema)) {
                let what = format!("`{schema}` is no schema of this class");
                return Err(Fault::new(what).at(texts, &["fields", field]));
            }
            if let Some(parent) = &row.of {
                let Some((parent, _)) = rows.get_key_value(parent.as_str()) else {
                    let what = format!("`{parent}`, of which this is derived, is no row of this class");
                    return Err(Fault::new(what).at(texts, &["fields", field]));
                };
                file_names.insert(parent.clone(), field.clone());
            }
        }
        let reverses = schemas.keys().map(|schema| (schema.clone(), OnceLock::new())).collect();
        Ok(Self {
            name: name.into(),
            files: texts.to_vec(),
            title: spec.title,
            description: spec.description,
            rows,
            file_names,
            values: spec.values,
            schemas,
            reverses,
        })
    }

    /// Its name (`process_creation`).
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether it has a canonical field of this name.
    pub fn has_field(&self, field: &str) -> bool {
        self.rows.contains_key(field)
    }

    /// Whether a schema has events of the class and a column for each of these fields, whose values are as they are. It is
    /// what the cells say at a glance; to localize a rule may still fail.
    pub fn is_plain_in(&self, schema: &str, fields: &[&str]) -> bool {
        let has_column = |field: &&str| {
            let cell = self.rows.get(*field).and_then(|row| row.cells.get(schema));
            let has_values = self.values.0.get(*field).is_some_and(|values| values.0.contains_key(schema));
            cell.is_some_and(|cell| cell.0.none.is_none()) && !has_values
        };
        matches!(self.schemas.get(schema), Some(Datasets::Entries(_))) && fields.iter().all(has_column)
    }

    /// What it is called, for people.
    pub fn title(&self) -> &str {
        &self.title
    }

    /// What happened, in a sentence or two; may be empty.
    pub fn description(&self) -> &str {
        &self.description
    }

    /// The canonical fields, in the file's order.
    pub fn fields(&self) -> impl Iterator<Item = &str> {
        self.rows.keys().map(|field| &**field)
    }

    /// The schemas that have an entry for it, also one that only says why there are no events.
    pub fn schemas(&self) -> impl Iterator<Item = &str> {
        self.schemas.keys().map(String::as_str)
    }

    /// The field that a derived one is a part of.
    pub(super) fn parent_of(&self, field: &str) -> Option<&str> {
        self.rows.get(field)?.of.as_deref()
    }

    /// Whether a schema has a column for a canonical field.
    pub(super) fn has_cell(&self, field: &str, schema: &str) -> bool {
        let cell = self.rows.get(field).and_then(|row| row.cells.get(schema));
        match cell {
            Some(cell) => cell.0.none.is_none(),
            None => self.values.0.get(field).is_some_and(|by_schema| by_schema.0.contains_key(schema)),
        }
    }

    /// Tells where a fault in a cell or its value table is.
    fn fault_in_cell(&self, fault: Fault, field: &str, schema: &str) -> Fault {
        let cell = fault.at_if_there(&self.files, &["fields", field, schema]);
        let values = cell.at_if_there(&self.files, &["values", field, schema]);
        values.at(&self.files, &["fields", field])
    }

    /// Where each schema keeps its events.
    pub(super) fn each_datasets(&self) -> impl Iterator<Item = (&str, &Datasets)> {
        self.schemas.iter().map(|(schema, datasets)| (schema.as_str(), datasets))
    }

    pub(super) fn datasets(&self, schema: &str) -> Option<&Datasets> {
        self.schemas.get(schema)
    }

    /// The canonical fields by what a schema calls them; `None` for a schema without an entry.
    pub(super) fn reverse(&self, schema: &str) -> Option<&Reverse> {
        self.reverses.get(schema).map(|cell| cell.get_or_init(|| Reverse::compile(self, schema)))
    }

    /// Prepares every table of every schema.
    pub(super) fn check(&self, mapping: &Mapping, found: &mut Vec<Fault>) {
        for (schema, datasets) in &self.schemas {
            let Datasets::Entries(entries) = datasets else { continue };
            for entry in entries {
                match &entry.target {
                    EntryTarget::None(_) => {}
                    EntryTarget::Here(..) => {
                        found.extend(entry.view(self, schema, mapping).and_then(Result::err).cloned());
                    }
                    EntryTarget::Redirect(redirect) => {
                        let fault = redirect.check(mapping);
                        found.extend(fault.map(|fault| fault.at(&self.files, &["schemas", schema])));
                    }
                }
            }
        }
    }
}

impl Datasets {
    fn compile(spec: DatasetsSpec) -> Result<Self, Fault> {
        match spec {
            DatasetsSpec::None(why) => Ok(Self::None(why)),
            DatasetsSpec::Entries(entries) => {
                entries.into_iter().map(Entry::compile).collect::<Result<_, _>>().map(Self::Entries)
            }
        }
    }
}

impl Entry {
    fn compile(mut spec: EntrySpec) -> Result<Self, Fault> {
        let product = spec.product.take();
        let target = if let Some(why) = spec.none {
            EntryTarget::None(why)
        } else if let Some(class) = spec.class {
            EntryTarget::Redirect(Redirect { when: spec.when, class, schema: spec.as_ })
        } else if spec.when.0.is_empty() && spec.as_.is_none() {
            EntryTarget::Here(Box::new(spec), Box::default())
        } else {
            return Err(Fault::new("`when` and `as` need the `class` that they lead to"));
        };
        Ok(Self { product, target })
    }

    /// Whether it is for rules of this log source's product.
    pub(super) fn fits(&self, log_source: &LogSource) -> bool {
        match (&self.product, log_source.product.as_deref()) {
            (Some(mine), Some(product)) => mine == product,
            _ => true,
        }
    }

    /// The prepared table; `None` for an entry that has none.
    pub(super) fn view(
        &self,
        class: &Class,
        schema: &str,
        mapping: &Mapping,
    ) -> Option<Result<&View, &Fault>> {
        match &self.target {
            EntryTarget::Here(spec, view) => Some(
                view.get_or_init(|| {
                    let place = &["schemas", schema];
                    let columns = mapping.schema(schema).map_err(|fault| fault.at(&class.files, place))?;
                    View::compile(class, schema, spec, columns).map_err(|fault| fault.at(&class.files, place))
                })
                .as_ref(),
            ),
            EntryTarget::None(_) | EntryTarget::Redirect(_) => None,
        }
    }
}

impl View {
    fn compile(
        class: &Class,
        schema_name: &str,
        spec: &EntrySpec,
        schema: Schema<'_>,
    ) -> Result<Self, Fault> {
        let table = spec.table.as_deref();
        let column = |name: &str| schema.column(table, name).map_err(Fault::new);
        let constraints = |wanted: &Keyed<WantedSpec>| -> Result<Vec<Constraint>, Fault> {
            wanted
                .0
                .iter()
                .map(|(name, wanted)| Ok(Constraint::compile(column(name)?, wanted, schema.constants())))
                .collect()
        };
        let mut event: Vec<Vec<Constraint>> =
            spec.where_.0.iter().map(constraints).collect::<Result<_, _>>()?;
        if !schema.everywhere().0.is_empty() {
            event = if event.is_empty() { vec![Vec::new()] } else { event };
            for alternative in &mut event {
                alternative.splice(..0, constraints(schema.everywhere())?);
            }
        }
        let names = if schema.index().is_empty() { &spec.index } else { schema.index() };
        let cells_of = spec.cells.as_deref().unwrap_or(schema_name);
        let mut cells = cells(class, cells_of, schema, &column)?;
        if let Some(time) = schema.time() {
            cells.insert(TIME.into(), Cell::plain(column(time)?));
        }
        if let Some(time) = schema.usual_time().filter(|_| !cells.contains_key(TIME)) {
            cells.insert(TIME.into(), Cell::plain(column(time)?));
        }
        let shown = schema.shown().iter().filter_map(|field| cells.get(field.as_str()));
        let shown = shown.flat_map(Cell::columns).map(|column| column.name.clone()).collect();
        let time = cells.get(TIME).and_then(|cell| cell.columns().first().map(|column| column.name.clone()));
        Ok(Self {
            dataset: Dataset {
                time,
                names: spec.table.iter().chain(names).map(|name| name.as_str().into()).collect(),
                category: spec.category.as_deref().map(Into::into),
                shown,
                search_macro: search_macro(spec.macro_.as_deref().or(schema.search_macro()))?,
                parameters: match table {
                    Some(table) => schema.parameters(table)?.map(|parameters| {
                        let pair = |(name, column): (&String, &String)| {
                            (name.as_str().into(), column.as_str().into())
                        };
                        parameters.0.iter().map(pair).collect()
                    }),
                    None => None,
                },
            },
            event,
            usual: constraints(&spec.default)?,
            cells,
            cells_of: cells_of.into(),
            other_fields: OtherFields::compile(spec, &column)?,
            missing: schema.missing().map(str::to_owned),
            approximation: cell::approximation(spec.approximate.as_ref(), spec.effect)?,
            keywords: match &spec.keywords {
                Some(CellSpec(cell)) => Base::compile("keywords", cell, &column)?,
                None => None,
            },
        })
    }

    /// What a canonical field is here.
    pub(super) fn cell(&self, field: &str) -> Option<&Cell> {
        self.cells.get(field)
    }

    /// What a field without a cell is, where such fields have a place.
    pub(super) fn other_field(&self, field: &str) -> Option<Base> {
        self.other_fields.as_ref().map(|others| others.base(field))
    }

    /// The field without a cell that a column is.
    pub(super) fn other_field_of<'c>(&self, column: &'c str) -> Option<&'c str> {
        let Some(OtherFields::Columns(before, after, _)) = &self.other_fields else { return None };
        let field = column.strip_prefix(before.as_str())?.strip_suffix(after.as_str())?;
        let is_any = before.is_empty() && after.is_empty();
        (!is_any && !field.is_empty() && !field.contains('.')).then_some(field)
    }

    /// Whether fields without a cell are read from XML, with its escapes.
    pub(super) fn others_are_xml(&self) -> bool {
        matches!(self.other_fields, Some(OtherFields::Xml(_)))
    }

    /// Whether the two read the same data in the same way, so that one query serves for both.
    pub(super) fn agrees_with(&self, other: &View) -> bool {
        self.dataset == other.dataset
            && self.other_fields == other.other_fields
            && self.usual.is_empty()
            && other.usual.is_empty()
    }
}

/// A macro's name and arguments; nothing that ends it.
fn search_macro(name: Option<&str>) -> Result<Option<Arc<str>>, Fault> {
    match name {
        Some(name) if name.is_empty() || name.contains(|c: char| c == '`' || c.is_control()) => {
            Err(Fault::new(format!("`{}` is no name of a macro", name.escape_debug())))
        }
        name => Ok(name.map(Into::into)),
    }
}

/// The cells of a schema's column, in one of its tables.
fn cells(
    class: &Class,
    schema_name: &str,
    schema: Schema<'_>,
    column: &FindColumn<'_>,
) -> Result<HashMap<Arc<str>, Cell>, Fault> {
    let mut cells = HashMap::new();
    for (field, row) in &class.rows {
        let renderings = class.values.0.get(&**field).and_then(|by_schema| by_schema.0.get(schema_name));
        let renderings = renderings.map(|renderings| (renderings, schema.constants()));
        if let Some(cell) = Cell::compile(field, row.cells.get(schema_name), renderings, column)
            .map_err(|fault| class.fault_in_cell(fault, field, schema_name))?
        {
            cells.insert(field.clone(), cell);
        }
    }
    Ok(cells)
}

impl Constraint {
    fn compile(column: Field, wanted: &WantedSpec, case: Case) -> Self {
        let (constants, every) = match wanted {
            WantedSpec::Any(constants) => (constants, false),
            WantedSpec::All(constants) => (constants, true),
        };
        Self { column, tests: constants.0.iter().map(|constant| constant.test(case)).collect(), every }
    }
}

impl OtherFields {
    fn compile(spec: &EntrySpec, column: &FindColumn<'_>) -> Result<Option<Self>, Fault> {
        match (&spec.other_fields, &spec.xml_fields, &spec.key_value_fields) {
            (None, None, None) => Ok(None),
            (Some(template), None, None) => match template.split_once("{field}") {
                Some((before, after)) => {
                    // Of the members of some objects the type is known, of others nothing.
                    let example = column(&format!("{before}x{after}")).ok();
                    let ty = example.map_or(ColumnType::Unknown, |field| field.ty);
                    Ok(Some(Self::Columns(before.to_owned(), after.to_owned(), ty)))
                }
                None => Err(Fault::new(format!("`other_fields` template `{template}` has no `{{field}}`"))),
            },
            (None, Some(xml), None) => Ok(Some(Self::Xml(column(xml)?))),
            (None, None, Some(text)) => Ok(Some(Self::KeyValue(column(text)?))),
            _ => Err(Fault::new(
                "an entry has one of `other_fields`, `xml_fields` and `key_value_fields` at most",
            )),
        }
    }

    fn base(&self, field: &str) -> Base {
        let name = field.to_owned();
        match self {
            Self::Columns(before, after, ty) => {
                Base::Column(Field { ty: *ty, ..Field::new(format!("{before}{field}{after}")) })
            }
            Self::Xml(xml) => Base::within(field, xml, Expression::XmlData { xml: xml.clone(), name }),
            Self::KeyValue(text) => {
                Base::within(field, text, Expression::KeyValue { text: text.clone(), name })
            }
        }
    }
}

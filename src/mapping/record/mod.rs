//! The table's other direction: the row that a product's table has for an event in canonical names.

mod row;

use std::sync::Arc;

use indexmap::IndexMap;

use super::{
    Class, Mapping,
    cell::{Cell, Holder, Mapped},
    class::{Constraint, Entry, View},
    localize::{event_condition, fitting},
    normalize::{is_unix, separator},
    redirect::{self, Part, Redirect, Reverse},
    transforms::Recorded as Taken,
    values::Rendering,
};
use row::{Row, constant, text};

use crate::{
    diag::Diagnostic,
    ir::{
        ColumnType, Condition, Dataset, Field, LogSource, Origin, Rule, Stage, Test,
        eval::{Event, Value},
    },
};

/// What values of a canonical field look like, so that a schema can have them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Form {
    /// Nothing is known.
    Free,
    /// One of these.
    OneOf(Vec<Arc<str>>),
    /// `DOMAIN\name`.
    Account,
    /// The name or the domain of an account: without a backslash.
    AccountPart,
    /// `MD5=…,SHA1=…,SHA256=…,IMPHASH=…`.
    Hashes,
    /// A registry key, as Sysmon writes it: `HKLM\…`.
    RegistryKey,
    /// A registry value's data, as Sysmon writes it.
    RegistryData,
    /// A directory, with a separator at its end.
    Directory,
    /// A pipe's name, as Sysmon writes it: `\\name`.
    Pipe,
    /// A whole number.
    Integer,
    /// True or false.
    Boolean,
    /// An IP address.
    Address,
    /// A point in time.
    Timestamp,
}

/// An event as a product's table has it.
#[derive(Debug, Clone, PartialEq)]
pub struct Recorded {
    /// The row.
    pub row: Event,
    /// The types of its columns, where the schema tells.
    pub types: IndexMap<String, ColumnType>,
}

/// Records events of a rule's class as a schema's table has them.
#[derive(Debug)]
pub struct Recorder<'m> {
    /// The class of the table.
    class: &'m Class,
    view: &'m View,
    /// From the log that the rule is about to the class.
    through: Option<(&'m Redirect, Option<&'m Reverse>)>,
    log_source: LogSource,
    /// The canonical fields that the rule tests.
    tested: Vec<Arc<str>>,
}

impl<'m> Recorder<'m> {
    /// A recorder for events of a normalized rule, in the table that [`super::localize`] takes it to.
    ///
    /// # Errors
    /// Those of [`super::localize`] that tell why the schema has no such events; `None` for a rule without a class.
    pub fn of(rule: &Rule, schema: &str, mapping: &'m Mapping) -> Result<Option<Self>, Diagnostic> {
        let Origin::Class { class, log_source } = &rule.origin else { return Ok(None) };
        let class = mapping.class(class)?;
        let entries = fitting(class, schema, log_source)?;
        let (class, entries, through) = match redirect::choose(rule, class, log_source, &entries, schema)? {
            None => (class, entries, None),
            Some(redirect) => {
                let target = mapping.class(&redirect.class)?;
                let reverse = redirect.schema.as_deref().and_then(|schema| target.reverse(schema));
                (target, fitting(target, schema, log_source)?, Some((redirect, reverse)))
            }
        };
        let mut views = entries.iter().filter_map(|entry: &&Entry| entry.view(class, schema, mapping));
        let Some(view) = views.next().transpose().map_err(Diagnostic::from)? else { return Ok(None) };
        let tested = rule.stages.iter().filter_map(Stage::condition).flat_map(Condition::predicates);
        let tested =
            tested.filter_map(|predicate| predicate.field().map(|field| field.name.clone())).collect();
        Ok(Some(Self { class, view, through, log_source: log_source.clone(), tested }))
    }

    /// The table or indices.
    pub fn dataset(&self) -> &Dataset {
        &self.view.dataset
    }

    /// Whether the data has something in place of a value that an event lacks.
    pub fn fills(&self) -> bool {
        self.view.missing.is_some()
    }

    /// The columns that keyword searches are about, where that is not the whole event.
    pub fn keywords(&self) -> Option<&str> {
        self.view.keywords.as_ref()?.columns().first().map(|column| &*column.name)
    }

    /// What values of a field look like, by the name that the rule has for it.
    pub fn form(&self, field: &str) -> Form {
        let (field, part) = match self.through {
            Some((redirect, _)) if redirect.when.0.contains_key(field) => {
                let constants = redirect.when.0[field].0.iter();
                return Form::OneOf(constants.map(|constant| constant.to_string().into()).collect());
            }
            Some((_, Some(reverse))) if !reverse.canonical => match reverse.fields.get(field) {
                Some((part, canonical)) => (&**canonical, *part),
                None => return Form::Free,
            },
            _ => (field, Part::Whole),
        };
        match part {
            Part::AccountName | Part::AccountDomain => Form::AccountPart,
            Part::Hexadecimal => Form::Free,
            Part::Whole => self.form_here(field),
        }
    }

    fn form_here(&self, field: &str) -> Form {
        let of_column = |column: &Field| match column.ty {
            ColumnType::Integer => Form::Integer,
            ColumnType::Boolean => Form::Boolean,
            ColumnType::Ip => Form::Address,
            ColumnType::Timestamp => Form::Timestamp,
            _ => Form::Free,
        };
        let Some(Cell::Mapped(mapped)) = self.view.cell(field) else { return Form::Free };
        if let Some(values) = &mapped.values {
            return Form::OneOf(values.values().map(Into::into).collect());
        }
        match &mapped.holder {
            Holder::Plain(base) => base.columns().first().map_or(Form::Free, of_column),
            Holder::Transformed(transform) => transform.form(is_unix(&self.log_source)),
            Holder::Values => Form::Free,
        }
    }

    /// The row for an event.
    ///
    /// # Errors
    /// Says why no row of the table can come from such an event: it is of another kind, or has a value that the
    /// product never records.
    pub fn row(&self, event: &Event) -> Result<Recorded, String> {
        let event = match self.through {
            Some((redirect, reverse)) => self.renamed(event, redirect, reverse)?,
            None => event.clone(),
        };
        let event = self.with_last_elements(event)?;
        let mut row = Row::of(&event);
        for (field, value) in &event.0 {
            if *value != Value::Null {
                self.record(field, value, &mut row)?;
            }
        }
        let alternatives = &self.view.event;
        let fits = |alternative: &&Vec<Constraint>| alternative.iter().all(|it| row.allows(it));
        let constraints = alternatives.iter().find(fits).or(alternatives.first());
        let constraints = constraints.into_iter().flatten().chain(&self.view.usual);
        for constraint in constraints {
            if !row.allows(constraint) {
                return Err(format!("the table's events have another `{}`", constraint.column));
            }
            row.satisfy(constraint);
        }
        let is_lost = |field: &&Arc<str>| !event.0.contains_key(&***field) && self.is_in(field, &row);
        if let Some(field) = self.tested.iter().find(is_lost) {
            return Err(format!("events of the table always have `{field}`"));
        }
        Ok(row.finish())
    }

    /// Whether a row tells a field's value, although the event has none: other fields are in the same column.
    fn is_in(&self, field: &str, row: &Row) -> bool {
        let has = |column: &&Field| row.columns.contains_key(&*column.name);
        match self.view.cell(field) {
            Some(cell) => !cell.is_any() && cell.columns().iter().any(has),
            None => self.view.other_field(field).is_some_and(|base| base.columns().iter().any(|it| has(&it))),
        }
    }

    /// The event of a log in the names of the class that it belongs to.
    fn renamed(
        &self,
        event: &Event,
        redirect: &Redirect,
        reverse: Option<&Reverse>,
    ) -> Result<Event, String> {
        for (field, constants) in &redirect.when.0 {
            let value = event.0.get(field).and_then(text);
            let is_one = |value: &String| {
                constants.0.iter().any(|constant| constant.to_string().eq_ignore_ascii_case(value))
            };
            if !value.as_ref().is_some_and(is_one) {
                return Err(format!("an event with another `{field}` is in another table"));
            }
        }
        let Some(reverse) = reverse.filter(|reverse| !reverse.canonical) else { return Ok(event.clone()) };
        let mut renamed = Event::default();
        let mut accounts: IndexMap<Arc<str>, (String, String)> = IndexMap::new();
        for (name, value) in &event.0 {
            if redirect.when.0.contains_key(name) {
                renamed.0.insert(name.clone(), value.clone());
                continue;
            }
            let Some((part, canonical)) = reverse.fields.get(name) else { continue };
            let text = text(value).unwrap_or_default();
            match part {
                Part::Whole => {
                    let value =
                        self.canonical_value(canonical, &reverse.schema, &text).unwrap_or(value.clone());
                    renamed.0.insert(canonical.to_string(), value);
                }
                Part::Hexadecimal => {
                    let digits = text.strip_prefix("0x").ok_or("no hexadecimal number")?;
                    let number = i64::from_str_radix(digits, 16).map_err(|_| "no hexadecimal number")?;
                    renamed.0.insert(canonical.to_string(), number.into());
                }
                Part::AccountName => accounts.entry(canonical.clone()).or_default().1 = text,
                Part::AccountDomain => accounts.entry(canonical.clone()).or_default().0 = text,
            }
        }
        for (canonical, (domain, name)) in accounts {
            renamed.0.insert(canonical.to_string(), Value::Text(format!("{domain}\\{name}")));
        }
        Ok(renamed)
    }

    /// The canonical value that a schema's stands for.
    fn canonical_value(&self, field: &str, schema: &str, value: &str) -> Option<Value> {
        let renderings = self.class.values.0.get(field)?.0.get(schema)?;
        let is_it = |rendering: &super::load::RenderingSpec| match rendering {
            super::load::RenderingSpec::Own(constants) => {
                constants.0.iter().any(|constant| constant.to_string().eq_ignore_ascii_case(value))
            }
            super::load::RenderingSpec::Columns(_) => false,
        };
        renderings
            .0
            .iter()
            .find(|(_, rendering)| is_it(rendering))
            .map(|(canonical, _)| canonical.as_str().into())
    }

    /// The event with the last elements of its paths in fields of their own.
    fn with_last_elements(&self, mut event: Event) -> Result<Event, String> {
        let separator = separator(&self.log_source);
        let last_elements = self.class.rows.iter().filter_map(|(name, row)| Some((row.of.as_ref()?, name)));
        for (path, name) in last_elements {
            if let Some(Value::Text(path)) = event.0.get(path.as_str()) {
                let last = path.rsplit(separator).next().unwrap_or(path);
                if last.is_empty() && !path.is_empty() {
                    return Err("a file's path ends with its name".into());
                }
                event.0.insert(name.to_string(), last.into());
            }
        }
        Ok(event)
    }

    fn record(&self, field: &str, value: &Value, row: &mut Row) -> Result<(), String> {
        match self.view.cell(field) {
            Some(Cell::None(_)) => Ok(()),
            Some(Cell::Mapped(mapped)) => Self::mapped(field, mapped, value, row),
            // The last element of a path that the table has whole.
            None if self.path_of(field).is_some() => match self.path_of(field) {
                Some(path) if !row.event.contains_key(path) => {
                    let name = text(value).unwrap_or_default();
                    let whole = format!("C:{0}folder{0}{name}", separator(&self.log_source));
                    self.record(path, &Value::Text(whole), row)
                }
                _ => Ok(()),
            },
            None => match self.view.other_field(field) {
                Some(base) => row.put(&base, value),
                None => Ok(()),
            },
        }
    }

    /// The path of which a field is the last element.
    fn path_of(&self, field: &str) -> Option<&str> {
        self.class.rows.get(field)?.of.as_deref()
    }

    fn mapped(field: &str, mapped: &Mapped, value: &Value, row: &mut Row) -> Result<(), String> {
        if let Some(values) = &mapped.values {
            let text = text(value).unwrap_or_default();
            let found = values.find(&Test::text(&text));
            let rendering = found.first().ok_or_else(|| format!("`{field}` never is `{text}`"))?;
            return match (rendering, &mapped.holder) {
                (Rendering::Own(tests), Holder::Plain(base)) => match tests.first().and_then(constant) {
                    Some(constant) => row.put(base, &constant),
                    None => Ok(()),
                },
                (Rendering::Columns(columns), _) => columns.iter().try_for_each(|(column, tests)| {
                    tests.first().and_then(constant).map_or(Ok(()), |constant| row.set(column, &constant))
                }),
                (Rendering::Own(_), Holder::Transformed(_) | Holder::Values) => Ok(()),
            };
        }
        match &mapped.holder {
            Holder::Plain(base) => row.put(base, value),
            Holder::Transformed(transform) => {
                let text = text(value).ok_or_else(|| format!("`{field}` is no text"))?;
                match transform.record(&text).ok_or_else(|| format!("`{field}` never is `{text}`"))? {
                    Taken::Same(base, value) => row.put(base, &value),
                    Taken::Columns(columns) => {
                        columns.iter().try_for_each(|(column, value)| row.set(column, value))
                    }
                }
            }
            Holder::Values => Ok(()),
        }
    }
}

/// The Windows channels, in lower case, that a normalized rule's events are in, by what ECS selects them with.
pub fn channels(rule: &Rule, mapping: &Mapping) -> Vec<String> {
    let Ok(Some(recorder)) = Recorder::of(rule, "ecs", mapping) else { return Vec::new() };
    let constraints = recorder.view.event.iter().flatten();
    let channels = constraints.filter(|constraint| *constraint.column.name == *"winlog.channel");
    let names = channels.flat_map(|constraint| &constraint.tests).filter_map(constant);
    names.filter_map(|name| text(&name)).map(|name| name.to_lowercase()).collect()
}

/// What selects the events of a normalized rule's class in a schema, where that has them.
pub fn selection(rule: &Rule, schema: &str, mapping: &Mapping) -> Option<Condition> {
    let recorder = Recorder::of(rule, schema, mapping).ok()??;
    Some(event_condition(recorder.view, rule.span))
}

//! `rulec fields`: the mapping table, and how far it reaches. What is asked is found here; `grid` lays tables out,
//! `class` and `lookup` say what the table holds, `used` what a folder of rules needs of it.

mod class;
mod grid;
mod lookup;
mod overrides;
mod used;

use std::io::{self, Write};

use super::{
    args::FieldsArgs,
    mappings,
    status::{Failure, Status, say},
};
use crate::{
    diag::did_you_mean,
    mapping::{ClassTable, Mapping},
};
use grid::Style;

pub(super) fn run(args: &FieldsArgs) -> Result<Status, Failure> {
    let (table, faults) = mappings::unchecked(&args.mapping.mappings)?;
    if args.check {
        return check(&table);
    }
    if !faults.is_empty() {
        mappings::report(&faults);
        return Err(Failure::Reported);
    }
    let style = Style::of(args.format);
    let text = if !args.used.is_empty() {
        used::show(&args.used, &table, style)?
    } else if args.overrides {
        overrides::show(&classes(Mapping::builtin())?, &classes(&table)?, style)
    } else if args.all {
        class::all(&classes(&table)?, style)
    } else {
        asked(args, &classes(&table)?, style)?
    };
    io::stdout().lock().write_all(text.as_bytes())?;
    Ok(Status::Fine)
}

/// Every class as people read it.
fn classes(mapping: &Mapping) -> Result<Vec<ClassTable>, Failure> {
    let mut names: Vec<&str> = mapping.classes().collect();
    names.sort_unstable();
    let table = |name| mapping.class_table(name).map_err(|fault| Failure::Message(fault.to_string()));
    names.into_iter().map(table).collect()
}

/// Reports every fault of the table.
fn check(table: &Mapping) -> Result<Status, Failure> {
    let faults = table.check();
    if faults.is_empty() {
        let (classes, schemas) = (table.classes().count(), table.schemas().count());
        writeln!(io::stdout().lock(), "{classes} classes, {schemas} schemas: no faults")?;
        return Ok(Status::Fine);
    }
    mappings::report(&faults);
    Ok(Status::Findings)
}

/// The class, field or column of a name; without one, the list of classes.
fn asked(args: &FieldsArgs, classes: &[ClassTable], style: Style) -> Result<String, Failure> {
    let Some(name) = &args.name else { return Ok(lookup::list(classes, style)) };
    if let Some(schema) = &args.schema {
        let known = |class: &ClassTable| class.schema(schema).is_some();
        if !classes.iter().any(known) {
            let schemas = classes.iter().flat_map(|class| &class.schemas).map(|it| it.schema.as_str());
            return Err(unknown("schema", schema, schemas));
        }
        let found = lookup::backwards(classes, schema, name, style);
        return found.ok_or_else(|| {
            Failure::Message(format!("no field of any class is `{name}` in schema {schema}"))
        });
    }
    let is_named = |candidate: &str| candidate.eq_ignore_ascii_case(name);
    if let Some(class) = classes.iter().find(|class| is_named(&class.name)) {
        if classes.iter().any(|class| class.fields.iter().any(|row| is_named(&row.field))) {
            say(&format!("`{name}` is a field too: `rulec fields` shows it where it is one\n"));
        }
        return Ok(class::show(class, style));
    }
    lookup::field(classes, name, style).ok_or_else(|| {
        let fields = classes.iter().flat_map(|class| class.fields.iter().map(|row| row.field.as_str()));
        unknown("class or field", name, classes.iter().map(|class| class.name.as_str()).chain(fields))
    })
}

fn unknown<'k>(kind: &str, name: &str, known: impl Iterator<Item = &'k str>) -> Failure {
    let hint = did_you_mean(name, known).map_or_else(String::new, |near| format!("; there is `{near}`"));
    Failure::Message(format!("there is no {kind} `{name}`{hint}"))
}

//! Prints the commands after the start of a pipeline.

use std::fmt::Write;

use super::{
    ast::{Command, Direction, Eval, Join, Rex, Stats, StatsFunction},
    print::{INDENT, WIDTH, eval, eval_clauses, line, search_clauses, subsearch},
    quote,
};

/// A command without the pipe in front of it.
pub(super) fn command(out: &mut String, command: &Command) {
    match command {
        Command::Search(search) => {
            out.push_str("search ");
            search_clauses(out, search, INDENT);
        }
        Command::Where(condition) => {
            out.push_str("where ");
            eval_clauses(out, condition, INDENT);
        }
        Command::Unprefix(dataset) => {
            let _ = write!(out, "rename {dataset}.* AS *");
        }
        Command::Eval(assignments) => evals(out, assignments),
        Command::Table(fields) => list(out, "table ", fields, ", "),
        Command::Fields(fields) => list(out, "fields ", fields, ", "),
        Command::FieldsRemoved(fields) => list(out, "fields - ", fields, ", "),
        Command::Dedup(fields) => list(out, "dedup ", fields, " "),
        Command::Fillnull(fields) => list(out, "fillnull value=\"\" ", fields, " "),
        Command::Rename(pairs) => {
            let pairs: Vec<String> = pairs.iter().map(|(old, new)| renamed(old, new)).collect();
            out.push_str("rename ");
            wrapped(out, &pairs, ", ");
        }
        Command::Stats(command) => stats(out, command),
        Command::Sort(keys) => sort(out, keys),
        Command::Head(count) => {
            let _ = write!(out, "head {count}");
        }
        Command::Join(command) => join(out, command),
        Command::Append(query) => {
            out.push_str("append");
            line(out, INDENT);
            subsearch(out, query, INDENT);
        }
        Command::Mvexpand(field) => list(out, "mvexpand ", std::slice::from_ref(field), ""),
        Command::Rex(command) => rex(out, command),
        Command::Bin { field, span, output } => {
            let _ = write!(out, "bin {} span={span}", name(field));
            if let Some(output) = output {
                let _ = write!(out, " AS {}", name(output));
            }
        }
        Command::Lookup { table, column, field, output } => {
            let (input, output) = (renamed(column, field), renamed(column, output));
            let _ = write!(out, "lookup {} {input} OUTPUT {output}", name(table));
        }
    }
}

fn name(field: &str) -> String {
    let mut out = String::new();
    quote::search_field(&mut out, field);
    out
}

fn renamed(old: &str, new: &str) -> String {
    if old == new { name(old) } else { format!("{} AS {}", name(old), name(new)) }
}

fn list(out: &mut String, start: &str, fields: &[String], separator: &str) {
    let names: Vec<String> = fields.iter().map(|field| name(field)).collect();
    out.push_str(start);
    wrapped(out, &names, separator);
}

/// Parts on as few lines as they fit on.
fn wrapped(out: &mut String, parts: &[String], separator: &str) {
    let mut start = out.rfind('\n').map_or(0, |at| at + 1);
    for (index, part) in parts.iter().enumerate() {
        if index > 0 {
            out.push_str(separator);
        }
        if index > 0 && out.len() - start + part.len() > WIDTH {
            out.truncate(out.trim_end().len());
            start = out.len() + 1;
            line(out, INDENT);
        }
        out.push_str(part);
    }
}

/// Assignments on one line if they fit, else each on its own.
fn evals(out: &mut String, assignments: &[(String, Eval)]) {
    let mut parts = Vec::new();
    for (field, value) in assignments {
        let mut part = String::new();
        quote::eval_field(&mut part, field);
        part.push('=');
        eval(&mut part, value, 0);
        parts.push(part);
    }
    let length: usize = parts.iter().map(|part| part.len() + ", ".len()).sum();
    out.push_str("eval ");
    if length < WIDTH {
        out.push_str(&parts.join(", "));
        return;
    }
    for (index, part) in parts.iter().enumerate() {
        if index > 0 {
            out.push(',');
            line(out, INDENT);
        }
        out.push_str(part);
    }
}

fn stats(out: &mut String, command: &Stats) {
    out.push_str(if command.keeps_rows { "eventstats " } else { "stats " });
    let functions: Vec<String> = command.functions.iter().map(function).collect();
    wrapped(out, &functions, " ");
    if !command.by.is_empty() {
        let by: Vec<String> = command.by.iter().map(|field| name(field)).collect();
        let start = out.rfind('\n').map_or(0, |at| at + 1);
        if out.len() - start + " BY ".len() + by.join(" ").len() > WIDTH {
            line(out, INDENT);
        } else {
            out.push(' ');
        }
        out.push_str("BY ");
        wrapped(out, &by, " ");
    }
}

/// What is computed of a field needs no `eval()`.
fn function(function: &StatsFunction) -> String {
    let StatsFunction { name: function, argument, output } = function;
    let call = match argument {
        None => function.clone(),
        Some(Eval::Field(field)) => format!("{function}({})", name(field)),
        Some(argument) => {
            let mut text = String::new();
            eval(&mut text, argument, 0);
            format!("{function}(eval({text}))")
        }
    };
    if call == *output { call } else { format!("{call} AS {}", name(output)) }
}

/// All rows, not the first 10,000.
fn sort(out: &mut String, keys: &[(String, Direction)]) {
    out.push_str("sort 0");
    for (field, direction) in keys {
        let sign = match direction {
            Direction::Ascending => '+',
            Direction::Descending => '-',
        };
        let _ = write!(out, " {sign}{}", name(field));
    }
}

fn join(out: &mut String, command: &Join) {
    let kind = if command.is_left { "left" } else { "inner" };
    let overwrite = if command.overwrites { "" } else { " overwrite=false" };
    let on: Vec<String> = command.on.iter().map(|field| name(field)).collect();
    let _ = write!(out, "join type={kind} max={}{overwrite} {}", command.max, on.join(" "));
    line(out, INDENT);
    subsearch(out, &command.with, INDENT);
}

fn rex(out: &mut String, command: &Rex) {
    let _ = write!(out, "rex field={} ", name(&command.field));
    if command.all {
        out.push_str("max_match=0 ");
    }
    quote::regex(out, &command.regex);
}

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
        Command::Stats(command) => {
            out.push_str(if command.keeps_rows { "eventstats " } else { "stats " });
            stats(out, command);
        }
        Command::Streamstats(window, command) => {
            out.push_str("streamstats ");
            if let Some(window) = window {
                let _ = write!(out, "time_window={window} ");
            }
            stats(out, command);
        }
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

/// Whether so much more has room on the last line.
fn fits(out: &str, more: usize) -> bool {
    let start = out.rfind('\n').map_or(0, |at| at + 1);
    out.len() - start + more <= WIDTH
}

/// Parts on as few lines as they fit on.
fn wrapped(out: &mut String, parts: &[String], separator: &str) {
    for (index, part) in parts.iter().enumerate() {
        if index > 0 {
            out.push_str(separator);
        }
        if index > 0 && !fits(out, part.len()) {
            out.truncate(out.trim_end().len());
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
    out.push_str("eval ");
    let joined = parts.join(", ");
    if fits(out, joined.len()) {
        out.push_str(&joined);
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
    let functions: Vec<String> = command.functions.iter().map(function).collect();
    wrapped(out, &functions, " ");
    if !command.by.is_empty() {
        let by: Vec<String> = command.by.iter().map(|field| name(field)).collect();
        if fits(out, " BY ".len() + by.join(" ").len()) {
            out.push(' ');
        } else {
            line(out, INDENT);
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

#[cfg(test)]
mod tests {
    use super::*;

    fn assigned(lengths: &[usize]) -> String {
        let value = |length: &usize| ("a".to_owned(), Eval::Field("x".repeat(length - "a=".len())));
        let mut out = "line\n| ".to_owned();
        evals(&mut out, &lengths.iter().map(value).collect::<Vec<_>>());
        out["line\n".len()..].to_owned()
    }

    #[test]
    fn assignments_stay_on_a_line_that_holds_them() {
        let room = WIDTH - "| eval ".len() - ", ".len();
        let one_line = assigned(&[10, room - 10]);
        assert_eq!((one_line.len(), one_line.lines().count()), (WIDTH, 1));
        let several = assigned(&[10, room - 9, 10]);
        let lines: Vec<usize> = several.lines().map(str::len).collect();
        assert_eq!(lines, ["| eval ,".len() + 10, INDENT + room - 9 + 1, INDENT + 10]);
    }

    fn grouped(by: usize) -> String {
        let count = StatsFunction { name: "count".to_owned(), argument: None, output: "count".to_owned() };
        let mut out = "line\n| ".to_owned();
        let stats = Stats { keeps_rows: false, functions: vec![count], by: vec!["b".repeat(by)] };
        command(&mut out, &Command::Stats(stats));
        out["line\n".len()..].to_owned()
    }

    #[test]
    fn groups_follow_on_the_line_if_it_holds_them() {
        let room = WIDTH - "| stats count BY ".len();
        assert_eq!(grouped(room), format!("| stats count BY {}", "b".repeat(room)));
        let next = format!("| stats count\n{}BY {}", " ".repeat(INDENT), "b".repeat(room + 1));
        assert_eq!(grouped(room + 1), next);
    }

    #[test]
    fn a_list_goes_on_in_the_next_line() {
        let mut out = "x\n".to_owned();
        let parts = ["a".repeat(WIDTH - 2), "b".to_owned(), "c".to_owned()];
        wrapped(&mut out, &parts, ", ");
        assert_eq!(out, format!("x\n{},\n{}b, c", parts[0], " ".repeat(INDENT)));
    }
}

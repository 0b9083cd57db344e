//! `docs/functions.md` is what the writers make of every function. With `INSTA_UPDATE=always` it is brought up to date.

#![allow(clippy::unwrap_used, reason = "a test that panics is a test that fails")]

mod support;

use std::{fmt::Write, sync::Arc};

use rulec::{
    diag::{Diagnostic, Note, Span},
    elastic::esql,
    ir::{
        Aggregate, AggregateFunction, ColumnType, Condition, Constant, Duration, Expression, Field, Function,
        Origin, Predicate, Rule, Stage, Summarize, Test,
    },
    kusto, splunk,
};

/// An argument by its name: a field, or a constant where languages take one alone.
fn argument(name: &str, function: &str) -> Expression {
    let column = |ty| Expression::Field(Field::column(name, ty));
    match name {
        "time" | "later" | "earlier" => column(ColumnType::Timestamp),
        "number" | "a" | "b" | "base" | "exponent" => column(ColumnType::Real),
        "list" | "object" => column(ColumnType::Dynamic),
        "index" | "start" | "group" => Expression::number(1),
        "end" | "length" | "digits" => Expression::number(2),
        "percent" => Expression::number(95),
        "most" => Expression::number(100),
        "duration" | "size" => Expression::Constant(Constant::Duration(Duration(Duration::HOUR))),
        "network" => Expression::text("10.0.0.0/8"),
        "networks" => Expression::Constant(Constant::List(vec![Constant::Text("10.0.0.0/8".into())])),
        "format" => Expression::text("yyyy-MM-dd"),
        "separator" => Expression::text(","),
        "regex" if function.starts_with("extract") => Expression::text("id=([0-9]+)"),
        "regex" => Expression::text("[0-9]+"),
        "from" | "to" | "part" | "name" => Expression::text(name),
        "value" if function.starts_with("list_") => Expression::text("value"),
        _ => column(ColumnType::String),
    }
}

/// The arguments that a function must have, and one more where more may follow.
fn arguments(names: &str, function: &str) -> Vec<Expression> {
    let all = names.split(", ").filter(|name| !name.is_empty() && !name.ends_with('?'));
    all.map(|name| argument(if name == "…" { "other" } else { name }, function)).collect()
}

fn rule(stage: Stage) -> Rule {
    Rule {
        metadata: Arc::default(),
        origin: Origin::Unmapped,
        stages: vec![stage],
        look_back: None,
        notes: Vec::new(),
        span: Span::default(),
    }
}

type Language =
    (&'static str, fn(&Rule, &mut Vec<Note>) -> Result<String, Diagnostic>, &'static [&'static str]);

/// The languages with functions, and what stands before a value in what each writes.
const LANGUAGES: [Language; 3] = [
    (
        "Kusto",
        |rule, notes| kusto::write(rule, notes).map(|query| kusto::print(&query)),
        &["extend x = ", "summarize x = "],
    ),
    (
        "SPL",
        |rule, notes| splunk::write(rule, notes).map(|query| splunk::print(&query)),
        &["eval x=", "stats "],
    ),
    (
        "ES|QL",
        |rule, notes| {
            let mut query = esql::write(&tested(rule), notes)?;
            query.commands.pop();
            Ok(esql::print(&query))
        },
        &["EVAL x = ", "STATS x = "],
    ),
];

/// The rule with a test of its column: what is only shown may be left out.
fn tested(rule: &Rule) -> Rule {
    let is_missing = Predicate::new(Field::new("x").computed(), Test::Null, Span::default());
    let mut rule = rule.clone();
    rule.stages.push(Stage::Filter(Condition::is(is_missing)));
    rule
}

/// What a language writes, or that it does not, and the notes' marks.
fn written((_, write, before): &Language, stage: &Stage, remarks: &mut Vec<String>) -> String {
    let mut notes = Vec::new();
    let Ok(query) = write(&rule(stage.clone()), &mut notes) else { return "–".to_owned() };
    let mut commands: Vec<&str> = query.lines().collect();
    commands.remove(0);
    let mut text = commands.iter().map(|line| line.trim()).collect::<Vec<_>>().join(" ");
    text = text.trim_start_matches("| ").to_owned();
    for prefix in *before {
        text = text.strip_prefix(prefix).unwrap_or(&text).to_owned();
    }
    text = text.trim_end_matches(" AS x").to_owned();
    let mut marks = String::new();
    for note in notes {
        let at = remarks.iter().position(|it| *it == note.message).unwrap_or_else(|| {
            remarks.push(note.message.clone());
            remarks.len() - 1
        });
        write!(marks, " [{}]", at + 1).unwrap();
    }
    let ticks = if text.contains('`') { "``" } else { "`" };
    format!("{ticks}{}{ticks}{marks}", text.replace('|', "\\|"))
}

fn table(rows: impl Iterator<Item = (String, &'static str, Stage)>, remarks: &mut Vec<String>) -> String {
    let mut text = String::from("| function | value |");
    for (name, ..) in &LANGUAGES {
        write!(text, " {} |", name.replace('|', "\\|")).unwrap();
    }
    text.push_str("\n|---|---|---|---|---|\n");
    for (name, explanation, stage) in rows {
        let cells: Vec<String> =
            LANGUAGES.iter().map(|language| written(language, &stage, remarks)).collect();
        writeln!(text, "| {name} | {explanation} | {} |", cells.join(" | ")).unwrap();
    }
    text
}

fn document() -> String {
    let mut remarks = Vec::new();
    let scalars = Function::ALL.iter().map(|function| {
        let value = Expression::Call(*function, arguments(function.arguments(), function.name()));
        let name = format!("`{}({})`", function.name(), function.arguments());
        (name, function.explanation(), Stage::Extend(Field::new("x").computed(), value))
    });
    let scalars = table(scalars, &mut remarks);
    let aggregates = AggregateFunction::ALL.iter().map(|function| {
        let arguments = arguments(function.arguments(), function.name());
        let aggregate = Aggregate { function: *function, arguments, filter: Condition::Always };
        let aggregates = vec![(Field::new("x").computed(), aggregate)];
        let stage = Stage::Summarize(Summarize { aggregates, by: Vec::new(), span: Span::default() });
        (format!("`{}({})`", function.name(), function.arguments()), function.explanation(), stage)
    });
    let aggregates = table(aggregates, &mut remarks);
    let mut text = format!(
        "# Functions\n\n\
        What rulec writes for the functions that Kusto rules compute with. A dash is a function that the language lacks: \
        a rule that needs it fails there, with the function and its place. Numbers in brackets are notes of the \
        conversion, below. The arguments shown are fields of a fitting type, or constants where languages take nothing \
        else; the writers know more forms than there is room for here.\n\n\
        This page is made by the tests from the table itself (`src/ir/function.rs` and the writers').\n\n\
        ## Scalar functions\n\n{scalars}\n## Aggregate functions\n\n{aggregates}"
    );
    if !remarks.is_empty() {
        text.push_str("\n## Notes\n\n");
    }
    for (index, remark) in remarks.iter().enumerate() {
        writeln!(text, "{}. {remark}", index + 1).unwrap();
    }
    text
}

#[test]
fn the_page_of_functions_is_up_to_date() {
    let path = support::root().join("docs/functions.md");
    let document = document();
    if std::env::var("INSTA_UPDATE").is_ok_and(|it| it == "always") {
        std::fs::write(&path, &document).unwrap();
    }
    let page = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(page == document, "run the tests with INSTA_UPDATE=always and read what changes");
}

#[test]
fn every_language_has_most_functions() {
    for (language, least) in LANGUAGES.iter().zip([80, 65, 45]) {
        let count = Function::ALL
            .iter()
            .filter(|function| {
                let value = Expression::Call(**function, arguments(function.arguments(), function.name()));
                let stage = Stage::Extend(Field::new("x").computed(), value);
                (language.1)(&rule(stage), &mut Vec::new()).is_ok()
            })
            .count();
        assert!(count >= least, "{} has {count}", language.0);
    }
}

//! Trials: a generated query with rows to try it on, and what it has to answer.
//!
//! The rows are witnesses of the rule, recorded as the target's product would have recorded them. What is right comes
//! from the rule alone, never from the query.

mod several;

use indexmap::IndexMap;

use crate::{
    Conversion, Options,
    diag::{Code, Diagnostic},
    ir::{
        ColumnType, Condition, Field, Number, Origin, Pipeline, Rule, Stage, Subject, Table, Test,
        eval::{Event, Rows, Unevaluated, Value, is_timestamp},
    },
    mapping::{Form, Mapping, Recorder, localize, normalize},
    target::{Language, Target, without_presentation},
    witness::{Forms, Wanted, witnesses},
};
pub use several::{Found, ListRow, ListTrial, OwnLists, TrialList, list_trials, own_lists};

/// A query and rows to try it on.
#[derive(Debug, Clone)]
pub struct Trial {
    /// The query, and what is known to differ.
    pub conversion: Conversion,
    /// The types of columns, where the schema tells, else as the rule's tests take them.
    pub types: IndexMap<String, ColumnType>,
    /// The rows.
    pub rows: Vec<TrialRow>,
}

/// A row, and whether the query has to match it.
#[derive(Debug, Clone, PartialEq)]
pub struct TrialRow {
    /// By the target's column names.
    pub row: Event,
    /// Whether the rule matches the event.
    pub matches: bool,
    /// How the event was made, in a few words.
    pub why: String,
}

/// The condition of a rule that is no more than one, whatever it shows of the events.
///
/// # Errors
/// `unsupported` for a rule that groups or joins events: no single event tells whether it matches.
pub fn condition(rule: &Rule) -> Result<Condition, Diagnostic> {
    let plain = without_presentation(rule).map(|(plain, _)| plain);
    let rule = plain.as_ref().unwrap_or(rule);
    let conditions: Option<Vec<Condition>> =
        rule.stages.iter().map(|stage| stage.condition().cloned()).collect();
    conditions.map(Condition::all).ok_or_else(|| {
        let stage = rule.stages.iter().find(|stage| stage.condition().is_none());
        let name = stage.map_or("a stage", Stage::name);
        let span = stage.and_then(Stage::span).unwrap_or(rule.span);
        let message = format!("no single event tells whether a rule with `{name}` matches");
        Diagnostic::new(Code::Unsupported, span, message)
    })
}

/// A trial for each of the targets, in their order; without rows where the rule does not convert.
///
/// # Errors
/// Those of [`condition`].
pub fn trials(
    rule: &Rule,
    targets: &[&'static Target],
    options: &Options<'_>,
    wanted: Wanted,
) -> Result<Vec<Trial>, Diagnostic> {
    let condition = condition(rule)?;
    let normalized = options.mapping.map(|mapping| (mapping, normalize(rule, mapping, &mut Vec::new())));
    let conversions = crate::convert(rule, targets, options);
    Ok(conversions
        .into_iter()
        .map(|conversion| {
            let trial = Trial { types: IndexMap::new(), rows: Vec::new(), conversion };
            if trial.conversion.query.is_none() {
                return trial;
            }
            match &normalized {
                None => as_written(&condition, trial, wanted),
                Some((mapping, _)) if is_own_table(rule, &trial) => {
                    own_table(&condition, rule, mapping, trial, wanted)
                }
                Some((mapping, Ok(normalized))) => recorded(&condition, normalized, mapping, trial, wanted),
                Some((_, Err(_))) => trial,
            }
        })
        .collect())
}

/// Whether a rule about a vendor's table stays one of that vendor's.
fn is_own_table(rule: &Rule, trial: &Trial) -> bool {
    matches!(&rule.origin, Origin::Table(table) if table.schema.as_deref() == trial.conversion.schema)
}

/// Rows of the table that the rule itself names.
fn own_table(condition: &Condition, rule: &Rule, mapping: &Mapping, trial: Trial, wanted: Wanted) -> Trial {
    let Origin::Table(Table { schema: Some(schema), name, .. }) = &rule.origin else { return trial };
    let mut types = types_by_tests(condition, trial.conversion.target.language);
    types.extend(mapping.column_types(schema, name));
    with_rows(condition, Trial { types, ..trial }, wanted)
}

/// Rows in the rule's own names.
fn as_written(condition: &Condition, trial: Trial, wanted: Wanted) -> Trial {
    let types = types_by_tests(condition, trial.conversion.target.language);
    with_rows(condition, Trial { types, ..trial }, wanted)
}

fn with_rows(condition: &Condition, mut trial: Trial, wanted: Wanted) -> Trial {
    let language = trial.conversion.target.language;
    let forms = Written { types: &trial.types, language };
    for witness in witnesses(condition, &forms, wanted) {
        let (row, matches, why) = (typed(witness.event, &trial.types), witness.matches, witness.why);
        if let Some(row) = row {
            // A column has one type, which may have changed a value.
            let matches = matches && condition.holds_on(&row);
            if is_told_apart(condition, &row, language) {
                trial.rows.push(TrialRow { row, matches, why });
            }
        }
    }
    trial
}

/// Rows in the names of the target's schema.
fn recorded(
    condition: &Condition,
    normalized: &Rule,
    mapping: &Mapping,
    mut trial: Trial,
    wanted: Wanted,
) -> Trial {
    let Some(schema) = trial.conversion.schema else { return trial };
    let Ok(Some(recorder)) = Recorder::of(normalized, schema, mapping) else { return trial };
    if !matches!(normalized.origin, Origin::Class { .. })
        || matches!(trial.conversion.target.language, Language::Sigma)
    {
        return trial;
    }
    let Ok(local) = localize(normalized, schema, mapping, &mut Vec::new()) else { return trial };
    trial.types = recorded_types(&local);
    let fills = trial.conversion.target.language == Language::Kusto || recorder.fills();
    let forms = Canonical { recorder: &recorder };
    // Not every event can be recorded.
    let more = Wanted { count: wanted.count.saturating_mul(MADE_FOR_ONE), ..wanted };
    for witness in witnesses(condition, &forms, more) {
        if trial.rows.len() >= wanted.count {
            break;
        }
        let mut event = witness.event;
        let keywords = event.0.shift_remove(KEYWORDS);
        let Ok(recorded) = recorder.row(&event) else { continue };
        let mut row = recorded.row;
        for (name, ty) in recorded.types {
            trial.types.entry(name).or_insert(ty);
        }
        if let Some(text) = keywords {
            let column = recorder.keywords().unwrap_or(keyword_column(trial.conversion.target.language));
            add_text(&mut row, column, text);
        }
        if let (Language::Eql, Some(category)) =
            (trial.conversion.target.language, &recorder.dataset().category)
            && &**category != "any"
        {
            row.0.entry("event.category".to_owned()).or_insert_with(|| Value::from(&**category));
        }
        if fills && !is_decided(&local, &row, &trial.types) {
            continue;
        }
        trial.rows.push(TrialRow { row, matches: witness.matches, why: witness.why });
    }
    trial
}

/// Whether a language can tell what the rule asks of an event: Kusto has no text that is absent, only an empty one
/// ("Null values"), so that an event on which that decides is no trial of a query.
fn is_told_apart(condition: &Condition, event: &Event, language: Language) -> bool {
    if language != Language::Kusto {
        return true;
    }
    let empty = Value::from("");
    let mut absent = event.clone();
    absent.0.retain(|_, value| *value != empty);
    let mut present = event.clone();
    for predicate in condition.predicates() {
        for field in predicate.fields() {
            present.0.entry(field.name.to_string()).or_insert_with(|| empty.clone());
        }
    }
    let verdict = condition.holds_on(event);
    condition.holds_on(&absent) == verdict && condition.holds_on(&present) == verdict
}

/// As [`is_told_apart`], for a row and the rule in the names of its columns.
fn is_decided(rule: &Rule, row: &Event, types: &IndexMap<String, ColumnType>) -> bool {
    let mut absent = row.clone();
    absent.0.retain(|_, value| *value != Value::from(""));
    let mut present = row.clone();
    for (name, ty) in types {
        if ty.is_textual() {
            present.0.entry(name.clone()).or_insert_with(|| Value::from(""));
        }
    }
    let verdicts = [row, &absent, &present].map(|row| finds(rule, row));
    verdicts[0] == verdicts[1] && verdicts[1] == verdicts[2]
}

/// Whether a rule in a schema's names finds a row.
fn finds(rule: &Rule, row: &Event) -> bool {
    let pipeline = Pipeline { origin: rule.origin.clone(), stages: rule.stages.clone(), look_back: None };
    pipeline.rows_on(&One(row)).is_ok_and(|rows| !rows.is_empty())
}

/// One row, wherever a rule looks.
struct One<'r>(&'r Event);

impl Rows for One<'_> {
    fn rows_of(&self, _: &Origin) -> Result<Vec<Event>, Unevaluated> {
        Ok(vec![self.0.clone()])
    }
}

/// Puts a text into a column, after what is there.
fn add_text(row: &mut Event, column: &str, text: Value) {
    let text = match (row.0.get(column), &text) {
        (Some(Value::Text(before)), Value::Text(text)) => Value::Text(format!("{before} {text}")),
        _ => text,
    };
    row.0.insert(column.to_owned(), text);
}

/// How many events are made at most for one that can be recorded.
const MADE_FOR_ONE: usize = 3;

/// The field in which a witness has the text that keywords are searched in.
const KEYWORDS: &str = "(keywords)";

/// Where a language looks for keywords.
fn keyword_column(language: Language) -> &'static str {
    match language {
        Language::Spl => "_raw",
        Language::Lucene | Language::Eql | Language::Esql => "message",
        Language::Kusto | Language::Sigma => "Message",
    }
}

/// Fields as the rule writes them.
struct Written<'a> {
    types: &'a IndexMap<String, ColumnType>,
    language: Language,
}

impl Forms for Written<'_> {
    fn form(&self, field: &Field) -> Form {
        match self.types.get(&*field.name) {
            Some(ColumnType::Integer) => Form::Integer,
            Some(ColumnType::Boolean) => Form::Boolean,
            Some(ColumnType::Ip) => Form::Address,
            Some(ColumnType::Timestamp) => Form::Timestamp,
            _ => Form::Free,
        }
    }

    fn keywords(&self) -> Field {
        Field::new(keyword_column(self.language))
    }
}

/// Fields by their canonical names, with the values that a schema has for them.
struct Canonical<'a> {
    recorder: &'a Recorder<'a>,
}

impl Forms for Canonical<'_> {
    fn form(&self, field: &Field) -> Form {
        self.recorder.form(&field.name)
    }

    fn keywords(&self) -> Field {
        Field::new(KEYWORDS)
    }
}

/// The types that a rule's tests take its fields for: a number only if all of them compare numbers.
fn types_by_tests(condition: &Condition, language: Language) -> IndexMap<String, ColumnType> {
    let mut types: IndexMap<String, ColumnType> = IndexMap::new();
    condition.visit(true, &mut |predicate, _| {
        let Subject::Field(field) = &predicate.subject else { return };
        let ty = match &predicate.test {
            Test::Null | Test::Exists => return,
            Test::Number(_, Number::Integer(_)) => ColumnType::Integer,
            Test::Number(..) => ColumnType::Real,
            Test::Boolean(_) => ColumnType::Boolean,
            Test::Cidr(_) if has_addresses(language) => {
                types.insert(field.name.to_string(), ColumnType::Ip);
                return;
            }
            Test::TimePart(..) => ColumnType::Timestamp,
            _ => ColumnType::String,
        };
        let known = types.entry(field.name.to_string()).or_insert(ty);
        if *known != ty && *known != ColumnType::Ip {
            *known = ColumnType::String;
        }
    });
    // A column has to be there for a test of nothing but whether it has a value.
    for field in condition.predicates().into_iter().flat_map(crate::ir::Predicate::fields) {
        types.entry(field.name.to_string()).or_insert(ColumnType::String);
    }
    types
}

/// Whether networks can be compared with fields of a type for addresses alone.
fn has_addresses(language: Language) -> bool {
    matches!(language, Language::Lucene | Language::Eql)
}

/// The types of the columns that a localized rule reads.
fn recorded_types(rule: &Rule) -> IndexMap<String, ColumnType> {
    let mut types = IndexMap::new();
    let mut add = |field: &Field| {
        types.entry(field.name.to_string()).or_insert(field.ty);
    };
    let mut computed = Vec::new();
    for stage in &rule.stages {
        match stage {
            Stage::Filter(condition) => {
                condition.predicates().into_iter().flat_map(crate::ir::Predicate::fields).for_each(&mut add);
            }
            Stage::Extend(column, expression) => {
                computed.push(column.name.to_string());
                expression.fields().into_iter().for_each(&mut add);
            }
            _ => {}
        }
    }
    types.retain(|name, _| !computed.contains(name));
    types
}

/// The row with values as its columns' types have them; nothing if one cannot be.
fn typed(row: Event, types: &IndexMap<String, ColumnType>) -> Option<Event> {
    let typed = |(name, value): (String, Value)| {
        let value = match (types.get(&name), value) {
            (Some(ColumnType::Integer | ColumnType::Real), Value::Text(text)) => {
                Value::Number(Number::parse(&text)?)
            }
            (Some(ColumnType::Boolean), Value::Text(text)) => match text.to_ascii_lowercase().as_str() {
                "true" => Value::Boolean(true),
                "false" => Value::Boolean(false),
                _ => return None,
            },
            (Some(ColumnType::Ip), Value::Text(text)) if text.parse::<std::net::IpAddr>().is_err() => {
                return None;
            }
            (Some(ColumnType::Timestamp), Value::Text(text)) if !is_timestamp(&text) => return None,
            (Some(ColumnType::String), Value::Number(number)) => Value::Text(number.to_string()),
            (Some(ColumnType::String), Value::Boolean(boolean)) => Value::Text(boolean.to_string()),
            (_, value) => value,
        };
        Some((name, value))
    };
    row.0.into_iter().map(typed).collect::<Option<IndexMap<_, _>>>().map(Event)
}

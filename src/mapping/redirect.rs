//! Redirection: a log of many kinds of events, of which a schema keeps each kind somewhere else.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use super::{
    Class, Mapping,
    class::{Entry, EntryTarget},
    class_file::CellMap,
    fault::Fault,
    load::{Constants, Keyed, RenderingSpec},
    normalize::{separator, split_paths},
    values::holds_on_text,
};
use crate::{
    diag::{Code, Diagnostic, Effect, Note, Span},
    ir::{
        Case, Comparison, Condition, Field, LogSource, Number, Origin, Pattern, Piece, Pipeline, Predicate,
        Rename, Rule, Stage, Subject, TIME, Test, renamed_stage,
    },
};

/// Events of a log by the values of some fields (an event id), and the class that they belong to.
#[derive(Debug)]
pub(super) struct Redirect {
    pub(super) when: Keyed<Constants>,
    pub(super) class: String,
    /// The schema whose names the log has; canonical names without one.
    pub(super) schema: Option<String>,
}

impl Redirect {
    pub(super) fn check(&self, mapping: &Mapping) -> Option<Fault> {
        let target = match mapping.class(&self.class) {
            Ok(target) => target,
            // A malformed file is reported once, at its own place.
            Err(_) if mapping.classes.contains_key(&self.class) => return None,
            Err(_) => return Some(Fault::new(format!("there is no class `{}`", self.class))),
        };
        let schema = self.schema.as_deref()?;
        match target.reverse(schema) {
            Some(_) => None,
            None => Some(Fault::new(format!("class `{}` has no schema `{schema}`", self.class))),
        }
    }

    fn admits(&self, rule: &Rule) -> bool {
        self.when.0.iter().all(|(field, constants)| {
            fixed(rule, field).is_some_and(|values| {
                values.iter().all(|value| {
                    constants.0.iter().any(|constant| constant.to_string().eq_ignore_ascii_case(value))
                })
            })
        })
    }
}

/// The redirection that the rule takes, of the first entry that fits it; `None` if that is a table of the class's own.
///
/// # Errors
/// `event-unmapped` if there is neither.
pub(super) fn choose<'a>(
    rule: &Rule,
    class: &Class,
    log_source: &LogSource,
    entries: &[&'a Entry],
    schema: &str,
) -> Result<Option<&'a Redirect>, Diagnostic> {
    let mut passed = Vec::new();
    for entry in entries {
        match &entry.target {
            EntryTarget::Redirect(redirect) if redirect.admits(rule) => return Ok(Some(redirect)),
            EntryTarget::Redirect(redirect) => passed.push(redirect),
            EntryTarget::Here(..) | EntryTarget::None(_) => return Ok(None),
        }
    }
    Err(no_counterpart(rule, class, log_source, &passed, schema))
}

/// The rule as one of the class that it is redirected to, in canonical names.
pub(super) fn follow(
    rule: &Rule,
    log_source: &LogSource,
    redirect: &Redirect,
    class: &Class,
    target: &Class,
    schema: &str,
    notes: &mut Vec<Note>,
) -> Result<Rule, Diagnostic> {
    let reverse = redirect.schema.as_deref().and_then(|schema| target.reverse(schema));
    let mut renaming = Renaming { redirect, class, target, reverse, schema, log: log_source.span, notes };
    let stages: Result<Vec<Stage>, Diagnostic> = rule
        .stages
        .iter()
        .map(|stage| match stage {
            Stage::Filter(condition) if !is_of_computed(condition) => {
                let renamed = renaming.condition(condition, true)?;
                Ok(Stage::Filter(split_paths(&renamed, target, separator(log_source))))
            }
            other => renamed_stage(other, &mut renaming),
        })
        .collect();
    Ok(Rule {
        metadata: rule.metadata.clone(),
        look_back: rule.look_back,
        origin: Origin::Class { class: target.name.clone(), log_source: log_source.clone() },
        stages: stages?,
        span: rule.span,
        notes: rule.notes.clone(),
    })
}

/// Whether all that a condition tests is computed by the rule.
fn is_of_computed(condition: &Condition) -> bool {
    let predicates = condition.predicates();
    let is_computed = |it: &&Predicate| it.field().is_some_and(|field| field.is_computed);
    !predicates.is_empty() && predicates.iter().all(is_computed)
}

fn no_counterpart(
    rule: &Rule,
    class: &Class,
    log_source: &LogSource,
    redirects: &[&Redirect],
    schema: &str,
) -> Diagnostic {
    let field =
        redirects.iter().find_map(|redirect| redirect.when.0.keys().next()).map_or("EventID", String::as_str);
    let span = rule.stages.iter().find_map(|stage| span_of(stage, field)).unwrap_or(log_source.span);
    let class_name = &class.name;
    let Some(values) = fixed(rule, field) else {
        let message = format!(
            "events of class {class_name} lie in different tables of schema {schema} by their `{field}`, which the rule leaves open"
        );
        return Diagnostic::new(Code::EventUnmapped, span, message)
            .help(format!("test `{field}` for one value in every selection"));
    };
    let has = |value: &String| {
        redirects.iter().any(|redirect| {
            let constants = redirect.when.0.get(field).map_or(&[][..], |constants| &constants.0);
            constants.iter().any(|constant| constant.to_string().eq_ignore_ascii_case(value))
        })
    };
    let (known, lost): (Vec<&String>, Vec<&String>) = values.iter().partition(|value| has(value));
    let list =
        |values: &[&String]| values.iter().map(|value| format!("`{value}`")).collect::<Vec<_>>().join(", ");
    if lost.is_empty() {
        let message =
            format!("events with `{field}` {} lie in different tables of schema {schema}", list(&known));
        return Diagnostic::new(Code::EventUnmapped, span, message).help("make a rule of each");
    }
    let message = format!(
        "events of class {class_name} with `{field}` {} have no counterpart in schema {schema}",
        list(&lost)
    );
    Diagnostic::new(Code::EventUnmapped, span, message)
}

fn span_of(stage: &Stage, field: &str) -> Option<Span> {
    let Stage::Filter(condition) = stage else { return None };
    let is_on = |predicate: &&Predicate| predicate.field().is_some_and(|it| &*it.name == field);
    condition.predicates().into_iter().find(is_on).map(|predicate| predicate.span)
}

/// The values of a field, one of which every event that the rule matches has; `None` if it leaves the field open.
fn fixed(rule: &Rule, field: &str) -> Option<BTreeSet<String>> {
    rule.stages.iter().find_map(|stage| match stage {
        Stage::Filter(condition) => fixed_by(condition, field),
        _ => None,
    })
}

/// As [`fixed`], of one condition.
pub(super) fn fixed_by(condition: &Condition, field: &str) -> Option<BTreeSet<String>> {
    match condition {
        Condition::Is(predicate) if predicate.field().is_some_and(|it| &*it.name == field) => {
            match &predicate.test {
                Test::Text(pattern, _) => pattern.as_exact().map(|text| BTreeSet::from([text.to_owned()])),
                Test::Number(Comparison::Equal, number) => Some(BTreeSet::from([number.to_string()])),
                _ => None,
            }
        }
        Condition::All(terms) => terms.iter().find_map(|term| fixed_by(term, field)),
        Condition::Any(terms) => {
            let values: Option<Vec<_>> = terms.iter().map(|term| fixed_by(term, field)).collect();
            Some(values?.into_iter().flatten().collect())
        }
        Condition::Is(_) | Condition::Not(_) | Condition::Always | Condition::Never => None,
    }
}

/// The canonical fields of a class by what a schema calls them.
#[derive(Debug)]
pub(super) struct Reverse {
    pub(super) fields: HashMap<String, (Part, Arc<str>)>,
    /// Whether the schema's names are the canonical ones: it has no cells at all.
    pub(super) canonical: bool,
    pub(super) schema: String,
}

/// Which part of a canonical field a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    Whole,
    /// The whole, a number in hexadecimal with `0x` before it.
    Hexadecimal,
    AccountName,
    AccountDomain,
}

impl Reverse {
    pub(super) fn compile(class: &Class, schema: &str) -> Self {
        let mut fields = HashMap::new();
        let mut canonical = true;
        let mut add = |column: &Option<String>, part: Part, field: &Arc<str>| {
            if let Some(column) = column {
                fields.entry(column.clone()).or_insert((part, field.clone()));
            }
        };
        for (field, row) in &class.rows {
            let Some(cell) = row.cells.get(schema) else { continue };
            canonical = false;
            // What a column holds only nearly cannot stand for the field.
            if cell.0.approximate.is_some() {
                continue;
            }
            let CellMap { column, name, domain, transform, .. } = &cell.0;
            match transform.as_deref() {
                // These accept what the schema writes as well as the canonical spelling.
                None | Some("boolean" | "integrity" | "protocol" | "protocol_number") => {
                    add(column, Part::Whole, field);
                }
                Some("hexadecimal") => add(column, Part::Hexadecimal, field),
                Some("account") => {
                    add(name, Part::AccountName, field);
                    add(domain, Part::AccountDomain, field);
                }
                Some(_) => {}
            }
        }
        Self { fields, canonical, schema: schema.to_owned() }
    }

    /// Whether a column is no part of any canonical field's.
    pub(super) fn lacks(&self, column: &str) -> bool {
        !self.canonical && !self.fields.contains_key(column)
    }

    /// The canonical field that a column has the values of.
    pub(super) fn whole(&self, column: &str) -> Option<Arc<str>> {
        if self.canonical {
            return Some(column.into());
        }
        match self.fields.get(column) {
            Some((Part::Whole, field)) => Some(field.clone()),
            _ => None,
        }
    }

    /// A test of a column as a condition on canonical fields of `class`.
    pub(super) fn predicate(&self, class: &Class, predicate: &Predicate) -> Result<Condition, Lack> {
        let Subject::Field(field) = &predicate.subject else { return Ok(Condition::Is(predicate.clone())) };
        if self.canonical {
            return Ok(Condition::Is(predicate.clone()));
        }
        let Some((part, canonical)) = self.fields.get(&*field.name) else {
            return Err(Lack::Field(field.name.clone()));
        };
        let is =
            |test: Test| Condition::is(Predicate::new(Field::new(canonical.clone()), test, predicate.span));
        match (part, &predicate.test) {
            (_, test @ (Test::Null | Test::Exists)) => Ok(is(test.clone())),
            (Part::Whole, Test::FieldRef(relation, other, case)) => match self.fields.get(&*other.name) {
                Some((Part::Whole, other)) => {
                    Ok(is(Test::FieldRef(*relation, Field::new(other.clone()), *case)))
                }
                _ => Err(Lack::Field(other.name.clone())),
            },
            (Part::Whole, test) => {
                match class.values.0.get(&**canonical).and_then(|it| it.0.get(&self.schema)) {
                    None => Ok(is(test.clone())),
                    Some(renderings) => canonical_values(renderings, test)
                        .map(|values| Condition::any(values.iter().map(|value| is(Test::text(value)))))
                        .ok_or(Lack::Value),
                }
            }
            (Part::AccountName, Test::Text(pattern, case)) => {
                let before = [Piece::AnyRun, Piece::Literal("\\".into())];
                Ok(is(text(before.iter().chain(pattern.pieces()), *case)))
            }
            (Part::AccountDomain, Test::Text(pattern, case)) => {
                let after = [Piece::Literal("\\".into()), Piece::AnyRun];
                Ok(is(text(pattern.pieces().iter().chain(&after), *case)))
            }
            (Part::Hexadecimal, test) => match decimal(test) {
                Some(number) => Ok(is(Test::Number(Comparison::Equal, number))),
                None => Err(Lack::Value),
            },
            (Part::AccountName | Part::AccountDomain, _) => Err(Lack::Value),
        }
    }
}

/// What a test of a column lacks to be one of a canonical field.
pub(super) enum Lack {
    /// This column is no canonical field's.
    Field(Arc<str>),
    /// The value has no canonical form.
    Value,
}

/// Renames the fields of a rule that is redirected.
struct Renaming<'a> {
    redirect: &'a Redirect,
    class: &'a Class,
    target: &'a Class,
    reverse: Option<&'a Reverse>,
    /// Where the rule goes.
    schema: &'a str,
    /// Where the log source stands.
    log: Span,
    notes: &'a mut Vec<Note>,
}

impl Renaming<'_> {
    fn condition(&mut self, condition: &Condition, positive: bool) -> Result<Condition, Diagnostic> {
        match condition {
            Condition::Always => Ok(Condition::Always),
            Condition::Never => Ok(Condition::Never),
            Condition::Not(inner) => self.condition(inner, !positive).map(Condition::not),
            Condition::All(terms) => {
                let terms: Result<Vec<_>, _> =
                    terms.iter().map(|term| self.condition(term, positive)).collect();
                terms.map(Condition::all)
            }
            Condition::Any(terms) => {
                if let Some(decided) = self.selected(terms, positive) {
                    return Ok(decided);
                }
                let terms: Result<Vec<_>, _> =
                    terms.iter().map(|term| self.condition(term, positive)).collect();
                terms.map(Condition::any)
            }
            Condition::Is(predicate) => match self.selected(std::slice::from_ref(condition), positive) {
                Some(decided) => Ok(decided),
                None => self.in_class(predicate),
            },
        }
    }

    /// What alternatives come to that all test one field by which the events were selected: true if they hold for
    /// every selected value, false for none. The target cannot tell the selected values apart.
    fn selected(&mut self, terms: &[Condition], positive: bool) -> Option<Condition> {
        let Condition::Is(first) = terms.first()? else { return None };
        let field = &first.field()?.name;
        let constants = &self.redirect.when.0.get(&**field)?.0;
        if self.target.has_cell(field, self.schema) {
            return None;
        }
        let mut tests = Vec::new();
        for term in terms {
            match term {
                Condition::Is(predicate) if predicate.field().is_some_and(|it| it.name == *field) => {
                    tests.push(&predicate.test);
                }
                _ => return None,
            }
        }
        let holds =
            |value: &str| tests.iter().any(|test| holds_on_text(test, value) || matches!(test, Test::Exists));
        let holding = constants.iter().filter(|constant| holds(&constant.to_string())).count();
        if holding == 0 {
            return Some(Condition::Never);
        }
        if holding < constants.len() {
            let all = constants.iter().map(|constant| format!("`{constant}`")).collect::<Vec<_>>().join(", ");
            let effect = if positive { Effect::More } else { Effect::Less };
            let message = format!("schema {} does not tell events with `{field}` {all} apart", self.schema);
            self.notes.push(Note::new(Code::EventApproximated, effect, first.span, message));
        }
        Some(Condition::Always)
    }

    fn in_class(&self, predicate: &Predicate) -> Result<Condition, Diagnostic> {
        let (Subject::Field(field), Some(reverse)) = (&predicate.subject, self.reverse) else {
            return Ok(Condition::Is(predicate.clone()));
        };
        if self.redirect.when.0.contains_key(&*field.name) || reverse.canonical {
            return Ok(Condition::Is(predicate.clone()));
        }
        reverse.predicate(self.target, predicate).map_err(|lack| match lack {
            Lack::Field(name) => self.unmapped(&name, predicate.span),
            Lack::Value => self.value_unmapped(&field.name, predicate.span),
        })
    }

    fn unmapped(&self, field: &str, span: Span) -> Diagnostic {
        let message = format!(
            "field `{field}` of event class {} has no place in schema {}",
            self.class.name, self.schema
        );
        let help = format!("its events are of class {} there, which has no such field", self.target.name);
        Diagnostic::new(Code::FieldUnmapped, span, message).help(help)
    }

    fn value_unmapped(&self, field: &str, span: Span) -> Diagnostic {
        let message = format!(
            "this test of field `{field}` of event class {} has no rendering in class {}",
            self.class.name, self.target.name
        );
        Diagnostic::new(Code::ValueUnmapped, span, message)
    }
}

/// Columns of other stages: those that the class has by the same name, or by the schema's name of it.
impl Rename for Renaming<'_> {
    type Error = Diagnostic;

    fn field(&mut self, field: &Field) -> Result<Field, Diagnostic> {
        if *field.name == *TIME || self.target.rows.contains_key(&field.name) {
            return Ok(field.clone());
        }
        match self.reverse {
            None => Ok(field.clone()),
            Some(reverse) => match reverse.whole(&field.name) {
                Some(canonical) => Ok(Field::new(canonical)),
                None => Err(self.unmapped(&field.name, self.log)),
            },
        }
    }

    fn predicate(&mut self, predicate: &Predicate, positive: bool) -> Result<Condition, Diagnostic> {
        match &predicate.subject {
            Subject::Field(field) if field.is_computed => Ok(Condition::Is(predicate.clone())),
            _ => self.condition(&Condition::Is(predicate.clone()), positive),
        }
    }

    fn pipeline(&mut self, pipeline: &Pipeline) -> Result<Pipeline, Diagnostic> {
        Ok(pipeline.clone())
    }
}

/// The one number that a test of hexadecimal text asks for.
fn decimal(test: &Test) -> Option<Number> {
    let Test::Text(pattern, _) = test else { return None };
    let digits = pattern.as_exact()?.to_ascii_lowercase();
    u64::from_str_radix(digits.strip_prefix("0x")?, 16).ok().and_then(|value| Number::integer(value.into()))
}

fn text<'a>(pieces: impl Iterator<Item = &'a Piece>, case: Case) -> Test {
    Test::Text(Pattern::new(pieces.cloned()), case)
}

/// The canonical values whose rendering satisfies `test`; `None` if there is none.
fn canonical_values<'a>(renderings: &'a Keyed<RenderingSpec>, test: &Test) -> Option<Vec<&'a str>> {
    let fits = |rendering: &RenderingSpec| match rendering {
        RenderingSpec::Own(constants) => {
            constants.0.iter().any(|constant| holds_on_text(test, &constant.to_string()))
        }
        RenderingSpec::Columns(_) => false,
    };
    let found: Vec<&str> =
        renderings.0.iter().filter(|(_, it)| fits(it)).map(|(value, _)| value.as_str()).collect();
    (!found.is_empty()).then_some(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mapping::fixture::{both, is, show};

    const SECURITY: &str = "windows/-/security";

    fn shown(condition: Condition) -> String {
        match both(SECURITY, condition, "defender") {
            Ok((rule, _)) => show(&rule),
            Err(error) => format!("{}: {}", error.code, error.message),
        }
    }

    fn id(number: i64) -> Condition {
        is("EventID", Test::number(number))
    }

    #[test]
    fn the_event_id_leads_to_the_class_and_is_consumed() {
        let rule = Condition::all([id(4688), is("NewProcessName", Test::ends_with(r"\cmd.exe"))]);
        assert_eq!(shown(rule), "DeviceProcessEvents | ActionType==ProcessCreated | FileName=cmd.exe");
    }

    #[test]
    fn hexadecimal_numbers_become_decimal() {
        let rule = Condition::all([id(4688), is("NewProcessId", Test::text("0x1F4"))]);
        assert_eq!(shown(rule), "DeviceProcessEvents | ActionType==ProcessCreated | ProcessId=500");
        let rule = Condition::all([id(4688), is("NewProcessId", Test::contains("0x1"))]);
        assert!(shown(rule).starts_with("value-unmapped"));
    }

    #[test]
    fn accounts_are_put_together_and_taken_apart() {
        let rule = Condition::all([id(4688), is("SubjectUserName", Test::ends_with("$"))]);
        assert_eq!(shown(rule), "DeviceProcessEvents | ActionType==ProcessCreated | AccountName=*$");
        let rule = Condition::all([id(4688), is("SubjectDomainName", Test::text("CORP"))]);
        assert_eq!(shown(rule), "DeviceProcessEvents | ActionType==ProcessCreated | AccountDomain=CORP");
    }

    #[test]
    fn ids_in_every_alternative_lead_to_the_class() {
        let rule = Condition::any([
            Condition::all([id(4688), is("CommandLine", Test::contains("x"))]),
            Condition::all([id(4688), is("CommandLine", Test::contains("y"))]),
        ]);
        assert!(shown(rule).ends_with("| (ProcessCommandLine=*x* or ProcessCommandLine=*y*)"));
    }

    #[test]
    fn an_id_without_a_counterpart_is_an_error() {
        assert_eq!(
            shown(id(1102)),
            "event-unmapped: events of class security with `EventID` `1102` have no counterpart in schema defender"
        );
        assert!(shown(Condition::any([id(4688), id(1)])).contains("lie in different tables"));
        assert!(shown(is("CommandLine", Test::contains("x"))).contains("which the rule leaves open"));
    }

    #[test]
    fn ids_that_the_target_does_not_tell_apart_are_noted() {
        let (rule, notes) = both(SECURITY, id(1), "defender").unwrap();
        assert_eq!(show(&rule), "DeviceRegistryEvents | ActionType==RegistryValueSet | always");
        assert_eq!((notes[0].code, notes[0].effect), (Code::EventApproximated, Effect::More));
        let (_, notes) = both(SECURITY, Condition::any([id(1), id(2)]), "defender").unwrap();
        assert!(notes.is_empty());
    }

    #[test]
    fn fields_that_the_class_does_not_have_are_errors() {
        let rule = Condition::all([id(4688), is("TokenElevationType", Test::text("x"))]);
        assert_eq!(
            shown(rule),
            "field-unmapped: field `TokenElevationType` of event class security has no place in schema defender"
        );
    }

    #[test]
    fn other_schemas_keep_the_log() {
        let (rule, _) = both(SECURITY, id(4688), "splunk").unwrap();
        assert_eq!(show(&rule), " | source==Security | EventID=4688");
    }
}

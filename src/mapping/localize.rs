//! From canonical names to a target schema's.

use std::sync::Arc;

use super::{
    Class, Mapping,
    cell::{Base, Cell, Holder, Mapped},
    class::{Constraint, Datasets, Entry, EntryTarget, View},
    failure::{self, Failure, Why, value},
    localize_stages::check_columns,
    missing,
    normalize::{is_unix, separator},
    redirect,
    transforms::{Account, Scope, Transform, xml},
    values::Rendering,
};
use crate::{
    diag::{Code, Diagnostic, Effect, Note, Span},
    ir::{
        Case, Condition, Dataset, Expression, Field, FieldRelation, LogSource, Origin, Pattern, Predicate,
        Rule, Shape, Stage, Subject, Test, renamed,
    },
};

/// Of this many terms, each is compared with all others.
const COMPARED: usize = 64;

/// Rewrites a normalized rule to a schema's table or index, names and values. A rule of another origin than an
/// event class stays as it is.
///
/// # Errors
/// `no-telemetry`, `event-unmapped`, `field-unmapped`, `value-unmapped` where the schema has no place for what the
/// rule asks; `invalid-mapping` if a file of the table is malformed.
pub fn localize(
    rule: &Rule,
    schema: &str,
    mapping: &Mapping,
    notes: &mut Vec<Note>,
) -> Result<Rule, Diagnostic> {
    let Origin::Class { class, log_source } = &rule.origin else { return Ok(rule.clone()) };
    let class = mapping.class(class)?;
    let entries = fitting(class, schema, log_source)?;
    let Some(redirect) = redirect::choose(rule, class, log_source, &entries, schema)? else {
        return localize_here(rule, class, log_source, schema, &entries, mapping, notes);
    };
    let target = mapping.class(&redirect.class)?;
    let redirected = redirect::follow(rule, log_source, redirect, class, target, schema, notes)?;
    let entries = fitting(target, schema, log_source)?;
    localize_here(&redirected, target, log_source, schema, &entries, mapping, notes)
}

/// The entries of a class that fit the rule's product; never empty.
pub(super) fn fitting<'a>(
    class: &'a Class,
    schema: &str,
    log_source: &LogSource,
) -> Result<Vec<&'a Entry>, Diagnostic> {
    let none = |why: Option<&str>| {
        let product =
            log_source.product.as_deref().map_or_else(String::new, |product| format!(" of {product}"));
        let message = format!("schema {schema} has no events of class {}{product}", class.name);
        let error = Diagnostic::new(Code::NoTelemetry, log_source.span, message);
        match why {
            Some(why) => error.help(why),
            None => error,
        }
    };
    let entries = match class.datasets(schema) {
        None => return Err(none(None)),
        Some(Datasets::None(why)) => return Err(none(Some(why))),
        Some(Datasets::Entries(entries)) => entries.iter().filter(|entry| entry.fits(log_source)),
    };
    let entries: Vec<&Entry> = entries.collect();
    match entries.first().map(|entry| &entry.target) {
        None => Err(none(None)),
        Some(EntryTarget::None(why)) => Err(none(Some(why))),
        Some(_) => Ok(entries),
    }
}

fn localize_here(
    rule: &Rule,
    class: &Class,
    log_source: &LogSource,
    schema: &str,
    entries: &[&Entry],
    mapping: &Mapping,
    notes: &mut Vec<Note>,
) -> Result<Rule, Diagnostic> {
    let views: Result<Vec<&View>, Diagnostic> = entries
        .iter()
        .filter_map(|entry| entry.view(class, schema, mapping))
        .map(|view| view.map_err(Diagnostic::from))
        .collect();
    let views = views?;
    let Some((view, others)) = views.split_first() else {
        let message =
            format!("events of class {} are redirected more than once in schema {schema}", class.name);
        return Err(Diagnostic::new(Code::NoTelemetry, log_source.span, message));
    };
    if let Some((effect, sentence)) = &view.approximation {
        notes.push(Note::new(Code::EventApproximated, *effect, log_source.span, sentence));
    }
    let mut events = vec![event_condition(view, log_source.span)];
    // A rule of no product is about all of them.
    if entries[0].product.is_some() && log_source.product.is_none() {
        for other in others {
            if view.agrees_with(other) {
                events.push(event_condition(other, log_source.span));
            } else {
                let product = entries[0].product.as_deref().unwrap_or_default();
                let message = format!("the rule names no product, the query is for {product} alone");
                notes.push(Note::new(Code::EventApproximated, Effect::Less, log_source.span, message));
                break;
            }
        }
    }
    let mut localizer = Localizer {
        mapping,
        schema,
        class,
        view,
        log_source,
        computed: Vec::new(),
        notes,
        failures: Vec::new(),
    };
    let mut filters = Vec::new();
    let mut later = Vec::new();
    for (at, stage) in rule.stages.iter().enumerate() {
        match stage {
            Stage::Filter(condition) if later.is_empty() => {
                filters.push(localizer.condition(condition, true));
            }
            other => {
                let known = localizer.with_known_columns(other);
                let local = renamed(std::slice::from_ref(&known), &mut localizer)?;
                check_columns(other, &local, &rule.stages[at + 1..], schema)?;
                later.extend(local);
            }
        }
    }
    if let Some(error) = failure::tell(&localizer.failures, class, schema, view) {
        return Err(error);
    }
    let usual = localizer.usual(&filters);
    // What the rule asks for itself is not said twice.
    let is_asked = |term: &Condition| filters.iter().any(|filter| filter.conjuncts().contains(term));
    let event = Condition::all([Condition::any(events), usual]);
    let event = Condition::all(event.conjuncts().iter().filter(|term| !is_asked(term)).cloned());
    if let Some(word) = &view.missing {
        let apart =
            |filter: &Condition| missing::told_apart(filter, word, &localizer.computed, localizer.notes);
        filters = filters.iter().map(apart).collect();
    }
    let mut stages = Vec::with_capacity(2 + localizer.computed.len());
    if event != Condition::Always {
        stages.push(Stage::Filter(event));
    }
    stages.extend(localizer.computed.into_iter().map(|(field, expression)| Stage::Extend(field, expression)));
    stages.extend(filters.into_iter().map(Stage::Filter));
    stages.extend(later);
    Ok(Rule {
        metadata: rule.metadata.clone(),
        look_back: rule.look_back,
        origin: Origin::Dataset(Dataset { shown: shown(view, rule), ..view.dataset.clone() }),
        stages,
        span: rule.span,
        notes: rule.notes.clone(),
    })
}

pub(super) fn event_condition(view: &View, span: Span) -> Condition {
    if view.event.is_empty() {
        return Condition::Always;
    }
    let alternative = |constraints: &Vec<Constraint>| {
        Condition::all(constraints.iter().map(|constraint| constraint.at(span)))
    };
    Condition::any(view.event.iter().map(alternative))
}

/// Rewrites conditions to one schema's table.
pub(super) struct Localizer<'a> {
    pub(super) mapping: &'a Mapping,
    pub(super) schema: &'a str,
    pub(super) class: &'a Class,
    pub(super) view: &'a View,
    pub(super) log_source: &'a LogSource,
    computed: Vec<(Field, Expression)>,
    pub(super) notes: &'a mut Vec<Note>,
    pub(super) failures: Vec<Failure>,
}

impl Localizer<'_> {
    pub(super) fn condition(&mut self, condition: &Condition, positive: bool) -> Condition {
        match condition {
            Condition::Always => Condition::Always,
            Condition::Never => Condition::Never,
            Condition::Not(inner) => Condition::not(self.condition(inner, !positive)),
            Condition::All(terms) => Condition::all(self.terms(terms, positive)),
            Condition::Any(terms) => Condition::any(by_column(&self.terms(terms, positive))),
            Condition::Is(predicate) => match &predicate.subject {
                Subject::Anywhere => match &self.view.keywords {
                    Some(base) => {
                        let Test::Text(pattern, case) = &predicate.test else {
                            return self.scope(predicate.span).on(base, &predicate.test);
                        };
                        let test = Test::Text(pattern.clone().widened(true, true), *case);
                        self.scope(predicate.span).on(base, &test)
                    }
                    None => condition.clone(),
                },
                Subject::Computed(_) => self.renamed(predicate),
                Subject::Field(field) if field.is_computed => self.renamed(predicate),
                Subject::Field(_)
                    if matches!(predicate.test, Test::Compare(..) | Test::Among(..) | Test::Listed(..)) =>
                {
                    self.renamed(predicate)
                }
                Subject::Field(field) => {
                    match self.predicate(field, &predicate.test, predicate.span, positive) {
                        Ok(condition) => condition,
                        Err(why) => {
                            self.failures.push(Failure {
                                field: field.to_string(),
                                span: predicate.span,
                                why,
                            });
                            // Never written: a failure ends the conversion.
                            Condition::Never
                        }
                    }
                }
            },
        }
    }

    /// Each term; terms that became the same (two spellings of one value) are one.
    fn terms(&mut self, terms: &[Condition], positive: bool) -> Vec<Condition> {
        let mut terms: Vec<Condition> = terms.iter().map(|term| self.condition(term, positive)).collect();
        terms.dedup();
        if terms.len() <= COMPARED {
            let mut index = 0;
            while index < terms.len() {
                let is_known = terms[..index].contains(&terms[index]);
                if is_known { drop(terms.remove(index)) } else { index += 1 }
            }
        }
        terms
    }

    fn predicate(
        &mut self,
        field: &Field,
        test: &Test,
        span: Span,
        positive: bool,
    ) -> Result<Condition, Why> {
        match self.view.cell(&field.name) {
            Some(Cell::None(why)) => Err(Why::Field(Some(why.clone()))),
            Some(Cell::Mapped(mapped)) => self.mapped(mapped, test, span, positive),
            None => {
                if let Some(parent) = self.class.rows.get(&field.name).and_then(|row| row.of.as_deref()) {
                    let test = on_whole_path(test, separator(self.log_source)).ok_or_else(|| {
                        value(
                            test,
                            "the last element of a path, which the schema records as a whole, \
                                                    is compared in a way that the whole path cannot be",
                        )
                    })?;
                    return self.predicate(&Field::new(parent), &test, span, positive);
                }
                let base = self.view.other_field(&field.name).ok_or(Why::Field(None))?;
                let mut tests = self.with_columns(test)?;
                if self.view.others_are_xml() {
                    tests = xml::escaped(&tests).map_err(|reason| value(test, &reason))?;
                }
                let mut scope = self.scope(span);
                Ok(Condition::any(tests.iter().map(|test| scope.on(&base, test)).collect::<Vec<_>>()))
            }
        }
    }

    fn mapped(&mut self, mapped: &Mapped, test: &Test, span: Span, positive: bool) -> Result<Condition, Why> {
        if let Some((effect, sentence)) = &mapped.approximation {
            self.note(Code::FieldApproximated, *effect, positive, span, sentence);
        }
        if matches!(test, Test::Null | Test::Exists) {
            return Ok(presence(mapped, test, span));
        }
        if let Some(table) = &mapped.values {
            let renderings = table.find(test);
            if renderings.is_empty() {
                let known: Vec<&str> = table.values().take(20).collect();
                return Err(value(test, &format!("known are {}", known.join(", "))));
            }
            let mut alternatives = Vec::with_capacity(renderings.len());
            for rendering in renderings {
                alternatives.push(self.rendering(rendering, mapped, span));
            }
            return Ok(Condition::any(alternatives));
        }
        match &mapped.holder {
            Holder::Plain(base) => {
                let tests = self.with_columns(test)?;
                let mut scope = self.scope(span);
                Ok(Condition::any(tests.iter().map(|test| scope.on(base, test)).collect::<Vec<_>>()))
            }
            Holder::Transformed(Transform::Account(account)) if matches!(test, Test::FieldRef(..)) => {
                self.same_account(account, test, span)
            }
            Holder::Transformed(_) if matches!(test, Test::FieldRef(..)) => {
                Err(value(test, "the schema holds the two fields in different forms"))
            }
            Holder::Transformed(transform) => {
                let mut scope = self.scope(span);
                let condition = transform.apply(test, &mut scope).map_err(|reason| value(test, &reason))?;
                for change in scope.changes {
                    self.note(change.code, change.effect, positive, span, &change.message);
                }
                Ok(condition)
            }
            // Without a table there is no such holder.
            Holder::Values => Err(Why::Field(None)),
        }
    }

    fn rendering(&mut self, rendering: &Rendering, mapped: &Mapped, span: Span) -> Condition {
        match (rendering, &mapped.holder) {
            (Rendering::Own(tests), Holder::Plain(base)) => {
                let mut scope = self.scope(span);
                Condition::any(tests.iter().map(|test| scope.on(base, test)).collect::<Vec<_>>())
            }
            (Rendering::Columns(columns), _) => Condition::all(columns.iter().map(|(column, tests)| {
                let is = |test: &Test| Condition::is(Predicate::new(column.clone(), test.clone(), span));
                Condition::any(tests.iter().map(is))
            })),
            // Excluded when the table was prepared.
            (Rendering::Own(_), Holder::Transformed(_) | Holder::Values) => Condition::Never,
        }
    }

    /// Two accounts are the same if their names are and their domains are.
    fn same_account(&self, account: &Account, test: &Test, span: Span) -> Result<Condition, Why> {
        let Test::FieldRef(FieldRelation::Equals, other, _) = test else {
            return Err(value(test, "accounts in two columns can be compared for equality alone"));
        };
        let Some(other) = self.view.cell(&other.name).and_then(Cell::account) else {
            return Err(value(test, "the schema holds the two fields in different forms"));
        };
        let pairs = account.columns().into_iter().zip(other.columns());
        if account.columns().len() != other.columns().len() {
            return Err(value(test, "the schema records the domain of one of the two accounts only"));
        }
        Ok(Condition::all(pairs.map(|(left, right)| {
            let same = Test::FieldRef(FieldRelation::Equals, right.clone(), Case::Insensitive);
            Condition::is(Predicate::new(left.clone(), same, span))
        })))
    }

    /// A note, once for the rule.
    fn note(&mut self, code: Code, effect: Effect, positive: bool, span: Span, message: &str) {
        let effect = if positive { effect } else { effect.negated() };
        let is_known = |note: &Note| note.code == code && note.effect == effect && note.message == message;
        if !self.notes.iter().any(is_known) {
            self.notes.push(Note::new(code, effect, span, message));
        }
    }

    /// The test, and where it names another field, one for each column that may hold that.
    fn with_columns(&mut self, test: &Test) -> Result<Vec<Test>, Why> {
        let Test::FieldRef(relation, other, case) = test else { return Ok(vec![test.clone()]) };
        let unmapped = |why: Option<&str>| {
            let why = why.map_or_else(String::new, |why| format!(": {why}"));
            value(test, &format!("field `{other}` has no place in the schema as it is{why}"))
        };
        let fields = match self.view.cell(&other.name) {
            Some(Cell::None(why)) => return Err(unmapped(Some(why))),
            Some(Cell::Mapped(mapped)) => match mapped.as_it_is() {
                Some(Base::Column(column)) => vec![column.clone()],
                Some(Base::Any(columns)) => columns.clone(),
                Some(base @ Base::Computed { column, .. }) => {
                    self.scope(Span::default()).on(base, test);
                    vec![column.clone()]
                }
                Some(Base::All(_)) | None => return Err(unmapped(None)),
            },
            None => {
                let base = self.view.other_field(&other.name).ok_or_else(|| unmapped(None))?;
                self.scope(Span::default()).on(&base, test);
                match base {
                    Base::Column(column) | Base::Computed { column, .. } => vec![column],
                    Base::Any(columns) | Base::All(columns) => columns,
                }
            }
        };
        Ok(fields.into_iter().map(|field| Test::FieldRef(*relation, field, *case)).collect())
    }

    fn scope(&mut self, span: Span) -> Scope<'_> {
        Scope { span, unix: is_unix(self.log_source), computed: &mut self.computed, changes: Vec::new() }
    }

    /// The usual events of the class, unless the rule asks for others.
    fn usual(&mut self, filters: &[Condition]) -> Condition {
        let usual = &self.view.usual;
        if usual.is_empty() {
            return Condition::Always;
        }
        let is_usual = |predicate: &Predicate| {
            usual.iter().all(|constraint| {
                predicate.field() != Some(&constraint.column) || constraint.tests.contains(&predicate.test)
            })
        };
        let on_usual = |predicate: &Predicate| {
            usual.iter().any(|constraint| predicate.field() == Some(&constraint.column))
        };
        let asked = |condition: &Condition| {
            let mut all = true;
            condition.visit(true, &mut |predicate, positive| all &= positive && on_usual(predicate));
            all && !matches!(condition, Condition::Always | Condition::Never)
        };
        if filters.iter().flat_map(Condition::conjuncts).any(asked) {
            return Condition::Always;
        }
        let mut unusual = None;
        for filter in filters {
            filter.visit(true, &mut |predicate, positive| {
                if positive && unusual.is_none() && !is_usual(predicate) {
                    unusual = Some(predicate.span);
                }
            });
        }
        if let Some(span) = unusual {
            let message =
                "events of every kind are searched, since a part of the rule asks for an unusual one";
            self.notes.push(Note::new(Code::EventApproximated, Effect::More, span, message));
            return Condition::Always;
        }
        Condition::all(usual.iter().map(|constraint| constraint.at(self.log_source.span)))
    }
}

/// Alternatives of which neighbours test the same columns, with the tests of each column together: lists then need to
/// name a column once.
fn by_column(terms: &[Condition]) -> Vec<Condition> {
    let columns = |term: &Condition| -> Vec<Field> {
        let Condition::Any(inner) = term else { return Vec::new() };
        let field = |it: &Condition| match it {
            Condition::Is(predicate) => predicate.field().cloned(),
            _ => None,
        };
        inner.iter().map(field).collect::<Option<_>>().unwrap_or_default()
    };
    let mut sorted = Vec::with_capacity(terms.len());
    for run in terms.chunk_by(|one, other| !columns(one).is_empty() && columns(one) == columns(other)) {
        match run {
            [Condition::Any(first), _, ..] => sorted.extend((0..first.len()).flat_map(|column| {
                run.iter().filter_map(move |term| match term {
                    Condition::Any(inner) => inner.get(column).cloned(),
                    _ => None,
                })
            })),
            run => sorted.extend(run.iter().cloned()),
        }
    }
    sorted
}

/// A test of the whole path that says the same as `test` says of its last element.
fn on_whole_path(test: &Test, separator: char) -> Option<Test> {
    let Test::Text(pattern, case) = test else {
        return matches!(test, Test::Null | Test::Exists).then(|| test.clone());
    };
    let end = match pattern.shape() {
        Shape::Exact(name) => format!("{separator}{name}"),
        Shape::EndsWith(end) => end.to_owned(),
        Shape::Anything => return Some(test.clone()),
        Shape::Contains(_) | Shape::StartsWith(_) | Shape::Glob(_) => return None,
    };
    Some(Test::Text(Pattern::ends_with(end), *case))
}

/// Whether columns have a value, or are there: the field has none if they all have none.
fn presence(mapped: &Mapped, test: &Test, span: Span) -> Condition {
    let is = |column: &Field| Condition::is(Predicate::new(column.clone(), test.clone(), span));
    let tests = mapped.columns().into_iter().map(is);
    if *test == Test::Null { Condition::all(tests) } else { Condition::any(tests) }
}

/// The columns that every result shows: the schema's own choice, then the rule's. None where the schema makes none.
fn shown(view: &View, rule: &Rule) -> Vec<Arc<str>> {
    let mut shown = view.dataset.shown.clone();
    if !shown.is_empty() {
        let cells = rule.metadata.fields.iter().filter_map(|field| view.cell(field));
        shown.extend(cells.flat_map(Cell::columns).map(|column| column.name.clone()));
    }
    shown
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{
        ir::{ColumnType, Regex, RegexFlags, eval::Event},
        mapping::fixture::{agrees, both, effects, is, local, parts_of, show},
    };

    const WINDOWS: &str = "windows/process_creation/-";

    fn shown(from: &str, condition: Condition, schema: &str) -> String {
        both(from, condition, schema).map_or_else(|error| error.message, |(rule, _)| show(&rule))
    }

    #[test]
    fn the_event_predicate_is_a_stage_before_the_rules_own() {
        assert_eq!(
            shown(WINDOWS, is("CommandLine", Test::contains("x")), "defender"),
            "DeviceProcessEvents | ActionType==ProcessCreated | ProcessCommandLine=*x*"
        );
    }

    #[test]
    fn columns_have_their_schemas_type() {
        let (rule, _) = both(WINDOWS, is("Either", Test::text("x")), "defender").unwrap();
        let Stage::Filter(condition) = rule.stages.last().unwrap() else { unreachable!() };
        let fields: Vec<_> = condition.predicates().iter().filter_map(|it| it.field()).cloned().collect();
        assert_eq!(fields[0].ty, ColumnType::String);
        assert_eq!((fields[0].optional, fields[1].optional), (false, true));
    }

    #[test]
    fn a_derived_field_without_a_column_is_tested_on_the_whole_path() {
        assert_eq!(local(is("Image", Test::ends_with(r"\cmd.exe"))), "FileName=cmd.exe");
        assert_eq!(
            shown(WINDOWS, is("Image", Test::ends_with(r"\cmd.exe")), "splunk"),
            r" | EventCode=1 | Image=*\cmd.exe"
        );
        assert_eq!(
            shown("linux/process_creation/-", is("Image", Test::ends_with("/sh")), "splunk"),
            " | sourcetype==sysmon:linux | Image=*/sh"
        );
    }

    #[test]
    fn a_path_of_which_only_the_end_is_recorded_fails_for_other_tests() {
        assert_eq!(
            local(is("ParentImage", Test::ends_with(r"\cmd.exe"))),
            "InitiatingProcessFileName=cmd.exe"
        );
        assert_eq!(
            local(is("ParentImage", Test::contains("x"))),
            "field-unmapped: field `ParentImage` of event class process_creation has no place in schema defender"
        );
    }

    #[test]
    fn other_fields_follow_the_template_and_may_be_missing() {
        let (rule, _) = both(WINDOWS, is("Whatever", Test::text("x")), "splunk").unwrap();
        assert_eq!(show(&rule), " | EventCode=1 | Whatever=x");
    }

    #[test]
    fn one_to_many_columns_keep_their_meaning_under_negation() {
        assert_eq!(local(is("Either", Test::text("x"))), "(A=x or B=x)");
        assert_eq!(local(Condition::not(is("Either", Test::text("x")))), "not (A=x or B=x)");
        assert_eq!(local(is("Both", Test::text("x"))), "(A=x and B=x)");
        assert_eq!(local(is("Either", Test::Null)), "(A null and B null)");
        assert_eq!(local(is("Either", Test::Exists)), "(A exists or B exists)");
    }

    #[test]
    fn an_approximate_column_is_noted_and_its_effect_flips_under_negation() {
        assert_eq!(effects(is("Nearly", Test::text("x"))), [Effect::Less]);
        assert_eq!(effects(Condition::not(is("Nearly", Test::text("x")))), [Effect::More]);
    }

    #[test]
    fn a_field_without_a_place_is_an_error_with_the_tables_sentence() {
        let condition = Condition::all([is("Forgotten", Test::text("x")), is("ImageX", Test::text("y"))]);
        let error = both(WINDOWS, condition, "defender").unwrap_err();
        assert_eq!(error.code, Code::FieldUnmapped);
        assert_eq!(
            error.message,
            "field `Forgotten` of event class process_creation has no place in schema defender"
        );
        assert_eq!(error.help.as_deref(), Some("Defender forgets it; nor is there one for `ImageX`"));
        assert_eq!(error.span, Some(Span::new(7, 9)));
    }

    #[test]
    fn a_class_without_telemetry_says_why() {
        let error = both("windows/process_access/-", is("A", Test::Null), "defender").unwrap_err();
        assert_eq!(error.code, Code::NoTelemetry);
        assert_eq!(error.help.as_deref(), Some("Defender does not record it"));
        let error = both("macos/process_creation/-", is("A", Test::Null), "splunk").unwrap_err();
        assert_eq!(error.message, "schema splunk has no events of class process_creation of macos");
    }

    #[test]
    fn a_rule_of_no_product_is_about_all_of_them() {
        assert_eq!(
            shown("-/process_creation/-", is("Image", Test::text("x")), "splunk"),
            " | (EventCode=1 or sourcetype==sysmon:linux) | Image=x"
        );
    }

    #[test]
    fn values_become_the_schemas_constants() {
        assert_eq!(local(is("LogonType", Test::number(2))), "LogonType==Interactive");
        assert_eq!(
            local(is("LogonType", Test::text("3"))),
            "(LogonType==Network or LogonType==NetworkCleartext)"
        );
        assert_eq!(
            local(is("LogonType", Test::text("10"))),
            "(LogonType==RemoteInteractive and ProcessId=10)"
        );
        assert_eq!(
            local(is("LogonType", Test::ends_with("0"))),
            "(LogonType==RemoteInteractive and ProcessId=10)"
        );
        let regex = Regex::parse("^[23]$", RegexFlags::default()).unwrap();
        assert_eq!(
            local(is("LogonType", Test::Regex(regex))),
            "(LogonType==Interactive or LogonType==Network or LogonType==NetworkCleartext)"
        );
        assert_eq!(local(is("LogonType", Test::Null)), "LogonType null");
        assert_eq!(
            local(is("LogonType", Test::number(9))),
            "value-unmapped: value `9` of field `LogonType` has no rendering in schema defender: known are 2, 3, 10"
        );
    }

    #[test]
    fn usual_events_are_left_out_when_the_rule_asks_for_others() {
        let network = "windows/network_connection/-";
        let port = || is("DestinationPort", Test::number(443));
        let usual = "(ActionType==ConnectionSuccess or ActionType==ConnectionFailed)";
        assert_eq!(
            shown(network, port(), "defender"),
            format!("DeviceNetworkEvents | {usual} | RemotePort=443")
        );
        let asked = Condition::all([port(), is("EventType", Test::text("Listening"))]);
        assert_eq!(
            shown(network, asked, "defender"),
            "DeviceNetworkEvents | (RemotePort=443 and ActionType=Listening)"
        );
        let negated = Condition::all([port(), Condition::not(is("EventType", Test::text("Listening")))]);
        assert!(shown(network, negated, "defender").contains(usual));
        let partly = Condition::any([port(), is("EventType", Test::text("Listening"))]);
        let (_, notes) = both(network, partly, "defender").unwrap();
        assert_eq!((notes[0].code, notes[0].effect), (Code::EventApproximated, Effect::More));
    }

    #[test]
    fn an_event_that_the_rule_asks_for_is_not_said_twice() {
        let asked = is("ActionType", Test::Text(Pattern::exact("ProcessCreated"), Case::Sensitive));
        assert_eq!(shown(WINDOWS, asked, "defender"), "DeviceProcessEvents | ActionType==ProcessCreated");
    }

    #[test]
    fn fields_are_compared_where_both_are_held_alike() {
        let same = |other: &str| Test::FieldRef(FieldRelation::Equals, Field::new(other), Case::Insensitive);
        assert_eq!(local(is("Image", same("CommandLine"))), "FolderPath=$ProcessCommandLine");
        assert_eq!(local(is("User", same("ParentUser"))), "(AccountDomain=$B and AccountName=$A)");
        assert!(local(is("Image", same("User"))).starts_with("value-unmapped"));
        assert!(local(is("User", same("Image"))).starts_with("value-unmapped"));
    }

    #[test]
    fn keywords_pass_unchanged() {
        let keyword = Condition::is(Predicate::anywhere(Test::contains("x"), Span::default()));
        assert_eq!(local(keyword), "anywhere=*x*");
    }

    #[test]
    fn a_join_is_computed_once() {
        let both_ends =
            Condition::all([is("Plain", Test::starts_with("a")), is("Plain", Test::ends_with("b"))]);
        assert_eq!(
            shown("windows/registry_set/-", both_ends, "defender"),
            r"DeviceRegistryEvents | ActionType==RegistryValueSet | Plain:=RegistryKey\RegistryValueName | (Plain=a* and Plain=*b)"
        );
    }

    proptest! {
        #[test]
        fn paths_mean_the_same_whole_and_by_their_last_element(
            (path, pattern) in r"C:(\\[ab]{1,2}){1,3}".prop_flat_map(|path| (Just(path.clone()), parts_of(path))),
            negated: bool,
        ) {
            let condition = is("Image", Test::Text(pattern, Case::Insensitive));
            let condition = if negated { Condition::not(condition) } else { condition };
            let source = Event::from_iter([("Image", path.as_str())]);
            let file = path.rsplit('\\').next().unwrap_or_default();
            let target = Event::from_iter([("ActionType", "ProcessCreated"), ("FolderPath", &path), ("FileName", file)]);
            agrees(WINDOWS, &condition, &source, &target)?;
        }

        #[test]
        fn joined_columns_mean_the_same_as_the_whole(
            key in r"[ab]{1,2}(\\[ab]{1,2}){0,2}", name in "[ab]{1,2}",
            cut in (0..9usize, 0..9usize, 0..4u8),
        ) {
            let whole = format!(r"{key}\{name}");
            let (from, to) = (cut.0.min(cut.1).min(whole.len()), cut.0.max(cut.1).min(whole.len()));
            let pattern = match cut.2 {
                0 => Pattern::exact(whole.as_str()),
                1 => Pattern::starts_with(&whole[..to]),
                2 => Pattern::ends_with(&whole[from..]),
                _ => Pattern::contains(&whole[from..to]),
            };
            let condition = is("Plain", Test::Text(pattern, Case::Insensitive));
            let source = Event::from_iter([("Plain", whole.as_str())]);
            let target = Event::from_iter([
                ("ActionType", "RegistryValueSet"), ("RegistryKey", &key), ("RegistryValueName", &name),
            ]);
            agrees("windows/registry_set/-", &condition, &source, &target)?;
        }
    }
}

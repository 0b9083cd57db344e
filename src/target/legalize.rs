//! legalize: rewrites a condition into what a language can express, keeping its meaning, or says why not.

use std::{borrow::Cow, convert::Infallible};

use super::{Capabilities, Feature, Language, NullLogic, portal, presentation::without_presentation};
use crate::{
    diag::{Code, Diagnostic, Note},
    ir::{
        Aggregate, Condition, Expand, Expression, Extract, Field, Join, Pick, Pipeline, Predicate, Project,
        Rule, Slide, SortKey, Stage, Subject, Summarize, Test, term_regex,
    },
};

/// Checks every predicate against the capability table, and guards negations for three-valued languages. A rule
/// that is legal as it stands is lent back.
///
/// # Errors
/// The first predicate that the language cannot express.
pub fn legalize<'r>(
    rule: &'r Rule,
    language: Language,
    notes: &mut Vec<Note>,
) -> Result<Cow<'r, Rule>, Diagnostic> {
    if language != Language::Kusto
        && let Some(fixed) = portal::with_fixed_times(rule, notes)
    {
        return legalize(&fixed, language, notes).map(|legal| Cow::Owned(legal.into_owned()));
    }
    let capabilities = language.capabilities();
    if !capabilities.has_stages
        && let Some((plain, note)) = without_presentation(rule).filter(|_| has_later(rule))
    {
        notes.push(note);
        return legalize_stages(&plain, capabilities, language).map(|legal| Cow::Owned(legal.into_owned()));
    }
    legalize_stages(rule, capabilities, language)
}

/// Whether a rule is more than filters and the columns that its mapping computes.
fn has_later(rule: &Rule) -> bool {
    rule.stages.iter().any(|stage| !matches!(stage, Stage::Filter(_) | Stage::Extend(..)))
}

fn is_window(stage: &Stage) -> bool {
    matches!(stage, Stage::Slide(_) | Stage::Chain(_))
}

fn legalize_stages<'r>(
    rule: &'r Rule,
    capabilities: &Capabilities,
    language: Language,
) -> Result<Cow<'r, Rule>, Diagnostic> {
    if let (false, Some(window)) = (language.sees_several(), rule.stages.iter().find(|it| is_window(it))) {
        let message = format!("{} finds single events, and this is about several", language.name());
        return Err(Diagnostic::new(Code::Unsupported, window.span().unwrap_or(rule.span), message)
            .help("Kusto, SPL and ES|QL count events in windows; EQL finds them in an order"));
    }
    check_stages(&rule.stages, language, capabilities)?;
    let guards = capabilities.null_logic == NullLogic::ThreeValued;
    let conditions = || conditions(&rule.stages);
    let needs = Needs {
        guards: guards && (conditions().into_iter().any(has_negation) || rule.stages.iter().any(is_later)),
        regexes: !capabilities.has_terms && conditions().into_iter().any(searches_terms),
    };
    if !needs.guards && !needs.regexes {
        return Ok(Cow::Borrowed(rule));
    }
    Ok(Cow::Owned(Rule {
        stages: needs.met(&rule.stages),
        metadata: rule.metadata.clone(),
        look_back: rule.look_back,
        origin: rule.origin.clone(),
        span: rule.span,
        notes: rule.notes.clone(),
    }))
}

/// What has to be rewritten in a rule.
#[derive(Clone, Copy)]
struct Needs {
    /// Negations, for a three-valued language.
    guards: bool,
    /// Term searches, for a language without.
    regexes: bool,
}

impl Needs {
    fn met(self, stages: &[Stage]) -> Vec<Stage> {
        stages.iter().map(|stage| self.met_in(stage)).collect()
    }

    fn met_in(self, stage: &Stage) -> Stage {
        match stage {
            Stage::Filter(condition) => {
                let condition = if self.regexes { terms_as_regexes(condition) } else { condition.clone() };
                let condition = self.met_in_members(&condition);
                Stage::Filter(if self.guards {
                    without_needless_guards(guard_negations(condition))
                } else {
                    condition
                })
            }
            Stage::Join(join) => {
                Stage::Join(Join { right: Box::new(self.met_in_pipeline(&join.right)), ..join.clone() })
            }
            Stage::Union(others, span) => {
                Stage::Union(others.iter().map(|other| self.met_in_pipeline(other)).collect(), *span)
            }
            other if self.guards => guarded_stage(other),
            other => other.clone(),
        }
    }

    fn met_in_pipeline(self, pipeline: &Pipeline) -> Pipeline {
        Pipeline { stages: self.met(&pipeline.stages), ..pipeline.clone() }
    }

    /// Tests against the rows of other pipelines have conditions inside, and so have tests of computed values.
    fn met_in_members(self, condition: &Condition) -> Condition {
        let condition = if self.guards { with_guarded_values(condition) } else { condition.clone() };
        each_predicate(&condition, |predicate| match &predicate.test {
            Test::Among(pipeline, case) => {
                let test = Test::Among(Box::new(self.met_in_pipeline(pipeline)), *case);
                Predicate { test, ..predicate.clone() }
            }
            _ => predicate.clone(),
        })
    }
}

/// The condition with other predicates.
fn each_predicate(condition: &Condition, change: impl Fn(&Predicate) -> Predicate) -> Condition {
    let changed =
        condition.try_map(true, &mut |predicate, _| Ok::<_, Infallible>(Condition::is(change(predicate))));
    match changed {
        Ok(condition) => condition,
        Err(never) => match never {},
    }
}

/// The conditions of filters, those of pipelines inside included.
fn conditions(stages: &[Stage]) -> Vec<&Condition> {
    stages
        .iter()
        .flat_map(|stage| match stage {
            Stage::Filter(condition) => {
                let inside = condition.predicates().into_iter().flat_map(|predicate| match &predicate.test {
                    Test::Among(pipeline, _) => conditions(&pipeline.stages),
                    _ => Vec::new(),
                });
                std::iter::once(condition).chain(inside).collect()
            }
            Stage::Join(join) => conditions(&join.right.stages),
            Stage::Union(others, _) => others.iter().flat_map(|other| conditions(&other.stages)).collect(),
            _ => Vec::new(),
        })
        .collect()
}

fn check_stages(stages: &[Stage], language: Language, capabilities: &Capabilities) -> Result<(), Diagnostic> {
    conditions(stages).into_iter().try_for_each(|condition| check(condition, language, capabilities))
}

/// A stage whose inner conditions have guards: those of cases and of aggregates.
fn guarded_stage(stage: &Stage) -> Stage {
    let aggregates = |all: &[(Field, Aggregate)]| -> Vec<(Field, Aggregate)> {
        let guarded = |(name, aggregate): &(Field, Aggregate)| {
            let filter = guard_negations(aggregate.filter.clone());
            let arguments = aggregate.arguments.iter().map(guarded_value).collect();
            (name.clone(), Aggregate { function: aggregate.function, arguments, filter })
        };
        all.iter().map(guarded).collect()
    };
    let columns = |all: &[(Field, Expression)]| -> Vec<(Field, Expression)> {
        all.iter().map(|(name, value)| (name.clone(), guarded_value(value))).collect()
    };
    match stage {
        Stage::Extend(name, value) => Stage::Extend(name.clone(), guarded_value(value)),
        Stage::Project(project) => {
            Stage::Project(Project { columns: columns(&project.columns), span: project.span })
        }
        Stage::Summarize(summarize) => Stage::Summarize(Summarize {
            aggregates: aggregates(&summarize.aggregates),
            by: columns(&summarize.by),
            span: summarize.span,
        }),
        Stage::Slide(slide) => Stage::Slide(Slide {
            aggregates: aggregates(&slide.aggregates),
            by: columns(&slide.by),
            ..slide.clone()
        }),
        Stage::Pick(pick) => Stage::Pick(Pick {
            of: guarded_value(&pick.of),
            columns: pick.columns.as_deref().map(columns),
            by: columns(&pick.by),
            aggregates: aggregates(&pick.aggregates),
            ..pick.clone()
        }),
        Stage::Sort(keys, span) => {
            let guarded = |key: &SortKey| SortKey { value: guarded_value(&key.value), ..key.clone() };
            Stage::Sort(keys.iter().map(guarded).collect(), *span)
        }
        Stage::Expand(expand) => {
            Stage::Expand(Expand { list: guarded_value(&expand.list), ..expand.clone() })
        }
        Stage::Extract(extract) => {
            Stage::Extract(Extract { text: guarded_value(&extract.text), ..extract.clone() })
        }
        other => other.clone(),
    }
}

fn guarded_value(value: &Expression) -> Expression {
    match value {
        Expression::Call(function, arguments) => {
            Expression::Call(*function, arguments.iter().map(guarded_value).collect())
        }
        Expression::Case(cases, otherwise) => {
            let guarded = cases.iter().map(|(condition, value)| (guarded(condition), guarded_value(value)));
            Expression::Case(guarded.collect(), Box::new(guarded_value(otherwise)))
        }
        Expression::Holds(condition) => Expression::Holds(Box::new(guarded(condition))),
        Expression::Member(of, name) => Expression::Member(Box::new(guarded_value(of)), name.clone()),
        Expression::Element(of, index) => Expression::Element(Box::new(guarded_value(of)), *index),
        other => other.clone(),
    }
}

fn guarded(condition: &Condition) -> Condition {
    guard_negations(with_guarded_values(condition))
}

/// The condition with guards in the values that it computes.
fn with_guarded_values(condition: &Condition) -> Condition {
    each_predicate(condition, |predicate| Predicate {
        subject: match &predicate.subject {
            Subject::Computed(value) => Subject::Computed(Box::new(guarded_value(value))),
            other => other.clone(),
        },
        test: match &predicate.test {
            Test::Compare(comparison, value) => Test::Compare(*comparison, Box::new(guarded_value(value))),
            other => other.clone(),
        },
        span: predicate.span,
    })
}

fn searches_terms(condition: &Condition) -> bool {
    condition.predicates().iter().any(|predicate| matches!(predicate.test, Test::Term(..)))
}

/// The condition with each term search as the regex that finds the term.
fn terms_as_regexes(condition: &Condition) -> Condition {
    each_predicate(condition, |predicate| match &predicate.test {
        Test::Term(part, term, case) => {
            Predicate { test: Test::Regex(term_regex(*part, term, *case)), ..predicate.clone() }
        }
        _ => predicate.clone(),
    })
}

/// Whether a stage may hold conditions of its own.
fn is_later(stage: &Stage) -> bool {
    !matches!(stage, Stage::Filter(_) | Stage::Limit(..))
}

/// Whether there is a negation, or a computed value that may have one inside.
fn has_negation(condition: &Condition) -> bool {
    match condition {
        Condition::Not(_) => true,
        Condition::All(terms) | Condition::Any(terms) => terms.iter().any(has_negation),
        Condition::Is(predicate) => {
            matches!(predicate.subject, Subject::Computed(_)) || matches!(predicate.test, Test::Compare(..))
        }
        Condition::Always | Condition::Never => false,
    }
}

fn check(condition: &Condition, language: Language, capabilities: &Capabilities) -> Result<(), Diagnostic> {
    for predicate in condition.predicates() {
        let refusal = Feature::needed_by(predicate)
            .and_then(|feature| capabilities.support(feature).refusal().map(|reason| (feature, reason)));
        if let Some((feature, reason)) = refusal {
            let message = format!("{} cannot express this: {}", language.name(), feature.title());
            return Err(Diagnostic::new(Code::Unsupported, predicate.span, message).help(reason));
        }
    }
    Ok(())
}

/// In a three-valued language a comparison with a missing value is unknown, and `not` leaves it unknown. Unknown
/// is as good as false in a condition without negation, so guards are needed below `not` only: negations move to
/// the leaves, and each becomes `field is null or not …`. Neighbouring tests of one field share one guard.
fn guard_negations(condition: Condition) -> Condition {
    match condition {
        Condition::All(terms) => Condition::all(terms.into_iter().map(guard_negations)),
        Condition::Any(terms) => Condition::any(terms.into_iter().map(guard_negations)),
        Condition::Not(inner) => negated_with_guards(*inner),
        other => other,
    }
}

fn negated_with_guards(condition: Condition) -> Condition {
    if let Some(guarded) = negated_on_one_field(&condition) {
        return guarded;
    }
    match condition {
        Condition::Not(inner) => guard_negations(*inner),
        Condition::All(terms) => Condition::any(grouped(terms.into_iter().collect(), Condition::all)),
        Condition::Any(terms) => Condition::all(grouped(terms.into_iter().collect(), Condition::any)),
        other => Condition::not(other),
    }
}

/// The negations of terms, runs on one field negated as one.
fn grouped(terms: Vec<Condition>, join: fn(Vec<Condition>) -> Condition) -> Vec<Condition> {
    let mut negated = Vec::new();
    let mut run: Vec<Condition> = Vec::new();
    let mut flush = |run: &mut Vec<Condition>| {
        if !run.is_empty() {
            negated.push(negated_with_guards(join(std::mem::take(run))));
        }
    };
    for term in terms {
        let joins = match (run.first().and_then(Condition::only_field), term.only_field()) {
            (Some(first), Some(field)) => first == field && guards_alike(&run[0]) && guards_alike(&term),
            _ => false,
        };
        if !joins {
            flush(&mut run);
        }
        run.push(term);
    }
    flush(&mut run);
    negated
}

/// `field is null or not condition`, for tests of one field without further negation.
fn negated_on_one_field(condition: &Condition) -> Option<Condition> {
    let field = condition.only_field().filter(|_| guards_alike(condition))?;
    let span = condition.predicates().first().map(|predicate| predicate.span).unwrap_or_default();
    let guard = Condition::is(Predicate::new(field.clone(), Test::Null, span));
    let others = condition.predicates().into_iter().filter_map(|predicate| match &predicate.test {
        Test::FieldRef(_, other, _) => {
            Some(Condition::is(Predicate::new(other.clone(), Test::Null, predicate.span)))
        }
        _ => None,
    });
    let guards: Vec<_> = std::iter::once(guard).chain(others).collect();
    Some(Condition::any(guards.into_iter().chain([Condition::not(condition.clone())])))
}

/// Whether a condition has no inner negation and no test that can hold without a value.
fn guards_alike(condition: &Condition) -> bool {
    let mut alike = true;
    condition.visit(true, &mut |predicate, positive| {
        alike &= positive && !predicate.test.holds_without_value();
    });
    alike
}

/// Drops guards made needless by a sibling that already requires the field: `f = x and (f is null or not f = y)` is
/// `f = x and not f = y`, as the sibling is false where `f` is null.
fn without_needless_guards(condition: Condition) -> Condition {
    let terms = match condition {
        Condition::All(terms) => terms,
        Condition::Any(terms) => return Condition::any(terms.into_iter().map(without_needless_guards)),
        other => return other,
    };
    let required: Vec<Option<Field>> = terms.iter().map(|term| required_field(term).cloned()).collect();
    Condition::all(terms.into_iter().enumerate().map(|(index, term)| {
        let is_required = |field: &Field| {
            required.iter().enumerate().any(|(at, other)| at != index && other.as_ref() == Some(field))
        };
        let needed = |part: &Condition| !null_tested(part).is_some_and(is_required);
        match term {
            Condition::Any(parts) => {
                Condition::any(parts.into_iter().filter(needed).map(without_needless_guards))
            }
            other => other,
        }
    }))
}

/// The field that a condition requires to have a value, if it is evident: one field's positive tests, or its test for
/// a value.
fn required_field(condition: &Condition) -> Option<&Field> {
    match condition {
        Condition::Not(inner) => null_tested(inner),
        _ => condition.only_field().filter(|_| guards_alike(condition)),
    }
}

fn null_tested(condition: &Condition) -> Option<&Field> {
    match condition {
        Condition::Is(Predicate { subject: Subject::Field(field), test: Test::Null, .. }) => Some(field),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        diag::Span,
        ir::eval::{Event, Value},
    };
    use proptest::prelude::*;

    fn is(field: &str, test: Test) -> Condition {
        Condition::is(Predicate::new(Field::new(field), test, Span::default()))
    }

    fn text(field: &str, value: &str) -> Condition {
        is(field, Test::text(value))
    }

    #[test]
    fn conditions_without_negation_stay_as_they_are() {
        let condition = Condition::all([text("a", "1"), Condition::any([text("b", "2"), text("c", "3")])]);
        assert_eq!(guard_negations(condition.clone()), condition);
    }

    #[test]
    fn a_negated_test_lets_a_missing_field_pass() {
        let guarded = guard_negations(Condition::not(text("a", "1")));
        assert_eq!(guarded, Condition::any([is("a", Test::Null), Condition::not(text("a", "1"))]));
    }

    #[test]
    fn conditions_of_other_pipelines_are_guarded_too() {
        let negated = Stage::Filter(Condition::not(text("a", "1")));
        let origin = crate::ir::Origin::Unmapped;
        let other = Pipeline { origin, stages: vec![negated.clone()], look_back: None };
        let needs = Needs { guards: true, regexes: false };
        let guarded = needs.met_in(&negated);
        assert_ne!(guarded, negated);
        let Stage::Union(others, _) = needs.met_in(&Stage::Union(vec![other.clone()], Span::default()))
        else {
            panic!("a union")
        };
        assert_eq!(others[0].stages, std::slice::from_ref(&guarded));
        let among = is("b", Test::Among(Box::new(other), crate::ir::Case::Sensitive));
        let Stage::Filter(Condition::Is(among)) = needs.met_in(&Stage::Filter(among)) else {
            panic!("a test")
        };
        let Test::Among(inner, _) = among.test else { panic!("a membership") };
        assert_eq!(inner.stages, [guarded]);
    }

    #[test]
    fn conditions_inside_of_values_are_guarded_wherever_they_stand() {
        let choice = |condition: &Condition| {
            let case = (condition.clone(), Expression::number(1));
            Expression::Case(vec![case], Box::new(Expression::number(2)))
        };
        let (bare, guarded) = {
            let negated = Condition::not(text("a", "1"));
            (choice(&negated), choice(&guard_negations(negated)))
        };
        let name = || Field::new("n");
        let aggregate = |value: &Expression| Aggregate {
            function: crate::ir::AggregateFunction::Sum,
            arguments: vec![value.clone()],
            filter: Condition::Always,
        };
        let computed = |value: &Expression| {
            let subject = Subject::Computed(Box::new(value.clone()));
            Predicate { subject, test: Test::number(1), span: Span::default() }
        };
        let compared = |value: &Expression| {
            is("b", Test::Compare(crate::ir::Comparison::Equal, Box::new(value.clone())))
        };
        let holds = |value: &Expression| Expression::Holds(Box::new(Condition::is(computed(value))));
        let stages = |value: &Expression| {
            let columns = vec![(name(), value.clone())];
            let pick = Pick {
                of: value.clone(),
                name: name(),
                is_greatest: true,
                columns: Some(columns.clone()),
                by: columns.clone(),
                aggregates: vec![(name(), aggregate(value))],
                span: Span::default(),
            };
            let key = SortKey { value: value.clone(), ascending: true, nulls_first: false };
            let expand = Expand {
                list: value.clone(),
                output: name(),
                index: None,
                members_as_lists: false,
                span: Span::default(),
            };
            let extract = Extract {
                text: value.clone(),
                parts: Vec::new(),
                only_matching: false,
                span: Span::default(),
            };
            let slide = Slide {
                aggregates: vec![(name(), aggregate(value))],
                by: columns.clone(),
                time: name(),
                length: crate::ir::Duration(1),
                span: Span::default(),
            };
            [
                Stage::Filter(Condition::is(computed(value))),
                Stage::Filter(compared(value)),
                Stage::Extend(name(), holds(value)),
                Stage::Extend(name(), Expression::Member(Box::new(value.clone()), "m".into())),
                Stage::Extend(name(), Expression::Element(Box::new(value.clone()), 0)),
                Stage::Project(Project { columns, span: Span::default() }),
                Stage::Pick(pick),
                Stage::Sort(vec![key], Span::default()),
                Stage::Expand(expand),
                Stage::Extract(extract),
                Stage::Slide(slide),
            ]
        };
        let needs = Needs { guards: true, regexes: false };
        for (stage, expected) in stages(&bare).iter().zip(stages(&guarded)) {
            assert_eq!(needs.met_in(stage), expected);
            assert!(is_later(stage) || stage.condition().is_some_and(has_negation));
        }
    }

    #[test]
    fn tests_of_one_field_share_a_guard() {
        let both = Condition::any([text("a", "1"), text("a", "2")]);
        let guarded = guard_negations(Condition::not(both.clone()));
        assert_eq!(guarded, Condition::any([is("a", Test::Null), Condition::not(both)]));
    }

    #[test]
    fn a_negated_conjunction_passes_where_any_field_is_missing() {
        let guarded = guard_negations(Condition::not(Condition::all([text("a", "1"), text("b", "2")])));
        let expected = Condition::any([
            is("a", Test::Null),
            Condition::not(text("a", "1")),
            is("b", Test::Null),
            Condition::not(text("b", "2")),
        ]);
        assert_eq!(guarded, expected);
    }

    #[test]
    fn null_tests_need_no_guard() {
        let guarded = guard_negations(Condition::not(is("a", Test::Null)));
        assert_eq!(guarded, Condition::not(is("a", Test::Null)));
    }

    #[test]
    fn a_guard_is_needless_where_a_sibling_requires_the_field() {
        let condition = Condition::all([text("a", "1"), Condition::not(text("a", "2"))]);
        assert_eq!(without_needless_guards(guard_negations(condition.clone())), condition);
    }

    fn condition() -> impl Strategy<Value = Condition> {
        let leaf = prop_oneof![
            ("[ab]", "[xy]").prop_map(|(field, value)| text(&field, &value)),
            "[ab]".prop_map(|field| is(&field, Test::Null)),
            "[ab]".prop_map(|field| is(&field, Test::Exists)),
        ];
        leaf.prop_recursive(4, 16, 3, |inner| {
            let terms = || proptest::collection::vec(inner.clone(), 1..4);
            prop_oneof![
                terms().prop_map(Condition::all),
                terms().prop_map(Condition::any),
                inner.clone().prop_map(Condition::not),
            ]
        })
    }

    /// A condition's value where a test of a missing value is unknown.
    fn three_valued(condition: &Condition, event: &Event) -> Option<bool> {
        let junction = |terms: &[Condition], decisive: bool| {
            let values: Vec<_> = terms.iter().map(|term| three_valued(term, event)).collect();
            match () {
                () if values.contains(&Some(decisive)) => Some(decisive),
                () if values.contains(&None) => None,
                () => Some(!decisive),
            }
        };
        match condition {
            Condition::Always => Some(true),
            Condition::Never => Some(false),
            Condition::All(terms) => junction(terms, false),
            Condition::Any(terms) => junction(terms, true),
            Condition::Not(inner) => three_valued(inner, event).map(|value| !value),
            Condition::Is(predicate) => {
                let Subject::Field(field) = &predicate.subject else { return None };
                let missing = !event.0.contains_key(&*field.name);
                let is_presence = matches!(predicate.test, Test::Null | Test::Exists);
                (is_presence || !missing).then(|| condition.holds_on(event))
            }
        }
    }

    proptest! {
        #[test]
        fn guards_keep_the_meaning_in_three_valued_logic(condition in condition()) {
            let legal = without_needless_guards(guard_negations(condition.clone()));
            let values = [None, Some("x"), Some("y")];
            for (a, b) in values.into_iter().flat_map(|a| values.map(|b| (a, b))) {
                let fields = [("a", a), ("b", b)].into_iter();
                let event: Event =
                    fields.filter_map(|(name, value)| Some((name, Value::from(value?)))).collect();
                prop_assert_eq!(condition.holds_on(&event), three_valued(&legal, &event) == Some(true));
            }
        }
    }

    #[test]
    fn conditions_of_joined_and_united_pipelines_count() {
        let other = || Pipeline {
            origin: crate::ir::Origin::Unmapped,
            stages: vec![Stage::Filter(text("a", "1"))],
            look_back: None,
        };
        let join = Join {
            kind: crate::ir::JoinKind::Inner,
            right: Box::new(other()),
            on: Vec::new(),
            renamed: Vec::new(),
            drops_right_keys: false,
            span: Span::default(),
        };
        assert_eq!(conditions(&[Stage::Join(join)]), [&text("a", "1")]);
        assert_eq!(conditions(&[Stage::Union(vec![other()], Span::default())]), [&text("a", "1")]);
    }

    #[test]
    fn a_rule_that_a_language_says_as_it_is_stays() {
        let rule = Rule {
            metadata: std::sync::Arc::default(),
            origin: crate::ir::Origin::Unmapped,
            stages: vec![Stage::Filter(text("a", "1"))],
            look_back: None,
            span: Span::default(),
            notes: Vec::new(),
        };
        for language in [Language::Spl, Language::Esql, Language::Kusto] {
            let legal = legalize(&rule, language, &mut Vec::new()).unwrap();
            assert!(matches!(legal, Cow::Borrowed(_)), "{language:?}");
        }
    }
}

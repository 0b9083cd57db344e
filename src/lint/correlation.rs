//! Correlations: what is written in them that changes nothing, and conditions of all windows or of none.

use super::{document::check_repeated, fields::Names, text};
use crate::{
    diag::{Code, Diagnostic, Source, Span},
    ir::{Aggregate, AggregateFunction, Comparison, Condition, Field, Predicate, Rule, Stage, Test},
    yaml::Node,
};

/// The most rules whose combinations are looked at one by one.
const MAX_RULES: usize = 10;

/// Checks how a correlation's section is written.
pub(super) fn check(section: &Node<'_>, source: &Source, found: &mut Vec<Diagnostic>) {
    let of_condition = section.get("condition").and_then(|condition| condition.get("field"));
    for (key, list) in [("group-by", section.get("group-by")), ("field", of_condition)] {
        if let Some(list) = list {
            check_repeated(key, list, source, found);
        }
    }
    if let Some(timespan) = section.get("timespan") {
        check_timespan(timespan, found);
    }
    for (name, fields) in section.get("aliases").and_then(Node::as_map).unwrap_or(&[]) {
        check_alias(name, fields, found);
    }
}

fn check_timespan(node: &Node<'_>, found: &mut Vec<Diagnostic>) {
    let Some(count) = text(node).and_then(|text| text.strip_suffix('M')) else { return };
    let months = if count == "1" { "a month".to_owned() } else { format!("{count} months") };
    found.push(
        Diagnostic::new(Code::TimespanInMonths, node.span, format!("`{count}M` is {months}"))
            .help(format!("minutes are `{count}m`")),
    );
}

fn check_alias(name: &Node<'_>, fields: &Node<'_>, found: &mut Vec<Diagnostic>) {
    let fields = fields.as_map().unwrap_or(&[]);
    if let Some(alias) = text(name).filter(|_| !fields.is_empty())
        && fields.iter().all(|(_, field)| text(field) == Some(alias))
    {
        let message = format!("the alias changes nothing: the field is `{alias}` in each rule");
        found.push(Diagnostic::new(Code::IdleAlias, name.span, message).help("leave it out"));
    }
}

/// The fields of events that a correlation's section names.
pub(super) fn names(section: &Node<'_>) -> Names {
    let mut names = Names::default();
    let aliases = section.get("aliases").and_then(Node::as_map).unwrap_or(&[]);
    let is_alias = |name: &str| aliases.iter().any(|(alias, _)| text(alias) == Some(name));
    let of_condition = section.get("condition").and_then(|condition| condition.get("field"));
    let listed = [section.get("group-by"), of_condition].into_iter().flatten();
    let listed = listed.flat_map(|node| node.as_seq().unwrap_or(std::slice::from_ref(node)));
    let aliased = aliases.iter().flat_map(|(_, fields)| fields.as_map().unwrap_or(&[]));
    for node in listed.filter(|node| !text(node).is_some_and(is_alias)) {
        names.add(text(node).unwrap_or_default(), node.span);
    }
    for (_, field) in aliased {
        names.add(text(field).unwrap_or_default(), field.span);
    }
    names
}

/// What there is to say of the windows that a correlation asks for: that each is found, or none.
pub(super) fn examine(rule: &Rule) -> Option<Diagnostic> {
    match rule.stages.as_slice() {
        [before @ .., Stage::Slide(slide), Stage::Filter(test)] => match slide.aggregates.as_slice() {
            [(_, aggregate)] => examine_number(aggregate, rules_of(before), test),
            several => examine_occurrence(several, test),
        },
        [.., Stage::Chain(chain)] if chain.order.len() == 1 => Some(always(chain.span)),
        _ => None,
    }
}

/// How many rules the rows are of.
fn rules_of(before: &[Stage]) -> usize {
    match before.last() {
        Some(Stage::Union(others, _)) => others.len() + 1,
        _ => 1,
    }
}

fn always(span: Span) -> Diagnostic {
    let message = "the condition holds of every window, so that each event of its rules is found";
    Diagnostic::new(Code::AlwaysTrue, span, message).help("ask for more, or use the rules themselves")
}

fn place(test: &Condition) -> Span {
    test.predicates().first().map_or_else(Span::default, |predicate| predicate.span)
}

/// The least and the greatest number that an aggregate can be, and why; and whether it is a whole one.
fn range(aggregate: &Aggregate, rules: usize) -> (f64, f64, &'static str, bool) {
    // A column of the rule that a row is of is computed; those of events are not.
    let is_of_rules = aggregate.arguments.iter().any(|it| it.fields().iter().any(|field| field.is_computed));
    match aggregate.function {
        AggregateFunction::Count => (1.0, f64::INFINITY, "a window ends with an event, and so has one", true),
        AggregateFunction::CountDistinct if is_of_rules => {
            let rules = u32::try_from(rules).map_or(f64::INFINITY, f64::from);
            (1.0, rules, "a window has events of one rule at least, and of each at most", true)
        }
        AggregateFunction::CountDistinct => (0.0, f64::INFINITY, "there are no fewer values than none", true),
        _ => (f64::NEG_INFINITY, f64::INFINITY, "", false),
    }
}

/// A condition of one number that all of its values meet, or none does.
fn examine_number(aggregate: &Aggregate, rules: usize, test: &Condition) -> Option<Diagnostic> {
    let (least, greatest, why, is_whole) = range(aggregate, rules);
    let numbers = representatives(&thresholds(test)?, is_whole);
    let in_range: Vec<f64> = numbers
        .iter()
        .copied()
        .chain([least, greatest])
        .filter(|it| (least..=greatest).contains(it))
        .collect();
    let holding = in_range.iter().filter(|number| holds(test, **number)).count();
    if holding == in_range.len() {
        return Some(always(place(test)));
    }
    if holding > 0 {
        return None;
    }
    let why =
        if numbers.iter().any(|number| holds(test, *number)) { why } else { "no number meets all of it" };
    let message = format!("the condition can never hold: {why}");
    Some(Diagnostic::new(Code::NeverTrue, place(test), message))
}

/// The numbers that a condition compares with; `None` if it tests anything else.
fn thresholds(test: &Condition) -> Option<Vec<f64>> {
    let of = |test: &Test| match test {
        Test::Number(_, number) => Some(number.to_f64()),
        _ => None,
    };
    test.predicates().into_iter().map(|predicate| of(&predicate.test)).collect()
}

/// Numbers at, between and beyond the thresholds: what holds of all of them holds of all numbers.
fn representatives(thresholds: &[f64], is_whole: bool) -> Vec<f64> {
    let mut sorted = thresholds.to_vec();
    sorted.sort_by(f64::total_cmp);
    let between = sorted.windows(2).map(|pair| f64::midpoint(pair[0], pair[1])).collect::<Vec<_>>();
    let beyond = sorted.iter().flat_map(|it| [it - 1.0, *it, it + 1.0]).collect::<Vec<_>>();
    let all = between.into_iter().chain(beyond);
    if is_whole { all.flat_map(|it| [it.floor(), it.ceil()]).collect() } else { all.collect() }
}

fn holds(test: &Condition, number: f64) -> bool {
    meets(test, &|predicate| match &predicate.test {
        Test::Number(comparison, threshold) => comparison.holds(&number, &threshold.to_f64()),
        _ => false,
    })
}

fn meets(condition: &Condition, test: &impl Fn(&Predicate) -> bool) -> bool {
    match condition {
        Condition::Always => true,
        Condition::Never => false,
        Condition::Is(predicate) => test(predicate),
        Condition::Not(inner) => !meets(inner, test),
        Condition::All(terms) => terms.iter().all(|term| meets(term, test)),
        Condition::Any(terms) => terms.iter().any(|term| meets(term, test)),
    }
}

/// A condition of which rules occur that all combinations of some of them meet, or none does.
fn examine_occurrence(aggregates: &[(Field, Aggregate)], test: &Condition) -> Option<Diagnostic> {
    if aggregates.len() > MAX_RULES {
        return None;
    }
    // Some rule occurs: a window ends with an event.
    let mut outcomes = (1_u32..1 << aggregates.len()).map(|occurring| {
        let occurs = |field: &Field| {
            let at = aggregates.iter().position(|(name, _)| name == field);
            at.is_some_and(|at| occurring >> at & 1 == 1)
        };
        // The least number asked for is one, for a rule that occurs; else it is none.
        meets(test, &|predicate| {
            let asks_for_some = matches!(predicate.test, Test::Number(Comparison::GreaterOrEqual, _));
            predicate.field().is_some_and(occurs) == asks_for_some
        })
    });
    let first = outcomes.next()?;
    if outcomes.any(|outcome| outcome != first) {
        return None;
    }
    if first {
        return Some(always(place(test)));
    }
    let message = "the condition can never hold: no combination of the rules meets it";
    Some(Diagnostic::new(Code::NeverTrue, place(test), message))
}

#[cfg(test)]
mod tests {
    use crate::{
        diag::Source,
        lint::{File, Options, check, read, settle, tests::assert_told},
        read::Format,
        sigma::{ReadOptions, link},
    };

    const RULES: &str = "title: a\nname: a\nid: 5f1f2a0e-3d9c-4d8a-8f0b-0d6c2a4f7b11\nlevel: low\n\
        logsource: {category: process_creation, product: windows}\n\
        detection:\n  s:\n    CommandLine|contains: whoami\n  condition: s\n---\n\
        title: b\nname: b\nid: 5f1f2a0e-3d9c-4d8a-8f0b-0d6c2a4f7b12\nlevel: low\n\
        logsource: {category: process_creation, product: windows}\n\
        detection:\n  s:\n    CommandLine|contains: ipconfig\n  condition: s\n---\n";

    fn correlation(section: &str) -> String {
        format!(
            "{RULES}title: c\nid: 5f1f2a0e-3d9c-4d8a-8f0b-0d6c2a4f7b13\nlevel: low\ncorrelation: {{timespan: 5m, {section}}}\n"
        )
    }

    /// What is found in a linked correlation, each code with the text at its place.
    fn told(section: &str) -> Vec<(String, String)> {
        let source = Source::new("a.yml", correlation(section));
        let (mut readings, written) = read(&source, Format::Sigma, &ReadOptions::default());
        link(&mut [&mut readings]);
        let options = Options::default();
        let file = File { source: &source, format: Format::Sigma, readings: &readings, written: &written };
        let found = check(&file, &options);
        let found = settle(&source, found.findings, &options).into_iter().map(|finding| finding.diagnostic);
        found
            .map(|it| (it.code.to_string(), it.span.map_or("", |span| source.slice(span)).to_owned()))
            .collect()
    }

    fn codes(section: &str) -> Vec<String> {
        told(section).into_iter().map(|(code, _)| code).collect()
    }

    #[test]
    fn a_sound_correlation_has_no_findings() {
        assert_eq!(codes("type: event_count, rules: [a, b], group-by: [User], condition: {gte: 5}"), [""; 0]);
        assert_eq!(codes("type: temporal, rules: [a, b], group-by: [User]"), [""; 0]);
        assert_eq!(codes("type: temporal_ordered, rules: [a, b], group-by: [User]"), [""; 0]);
    }

    #[test]
    fn a_count_is_one_at_least() {
        let count =
            |condition: &str| codes(&format!("type: event_count, rules: [a], condition: {condition}"));
        assert_eq!(count("{gte: 1}"), ["always-true"]);
        assert_eq!(count("{lt: 1}"), ["never-true"]);
        assert_eq!(count("{eq: 0}"), ["never-true"]);
        assert_eq!(count("{neq: 0}"), ["always-true"]);
        assert_eq!(count("{gt: 1}"), [""; 0]);
    }

    #[test]
    fn criteria_of_which_no_number_meets_all_never_hold() {
        let count = |condition: &str| told(&format!("type: event_count, rules: [a], condition: {condition}"));
        assert_eq!(count("{gt: 9, lt: 5}"), [("never-true".to_owned(), "{gt: 9, lt: 5}".to_owned())]);
        assert_eq!(count("{gt: 4, lt: 5}")[0].0, "never-true");
        assert_eq!(count("{gt: 4, lt: 6}"), []);
        let sum = "type: value_sum, rules: [a], condition: {field: ProcessId, gt: 4, lt: 5}";
        assert_eq!(codes(sum), [""; 0]);
    }

    #[test]
    fn no_more_rules_occur_than_there_are() {
        let occur = |condition: &str| codes(&format!("type: temporal, rules: [a, b], {condition}"));
        assert_eq!(occur("condition: {gte: 3}"), ["never-true"]);
        assert_eq!(occur("condition: {gte: 1}"), ["always-true"]);
        assert_eq!(occur("condition: {gte: 2}"), [""; 0]);
        assert_eq!(codes("type: temporal, rules: [a]"), ["always-true"]);
        assert_eq!(codes("type: temporal_ordered, rules: [a]"), ["always-true"]);
    }

    #[test]
    fn combinations_of_rules_are_all_met_or_none() {
        let occur =
            |condition: &str| codes(&format!("type: temporal, rules: [a, b], condition: {condition}"));
        assert_eq!(occur("a or b"), ["always-true"]);
        assert_eq!(occur("a and not a and b"), ["never-true"]);
        assert_eq!(occur("a and not b"), [""; 0]);
    }

    #[test]
    fn fields_that_events_of_the_rules_lack_are_told_at_their_names() {
        let group =
            |by: &str| told(&format!("type: event_count, rules: [a, b], condition: {{gte: 5}}, {by}"));
        let unknown = |name: &str| [("unknown-field".to_owned(), name.to_owned())];
        assert_eq!(group("group-by: [CommandLin]"), unknown("CommandLin"));
        let aliases = "group-by: [text], aliases: {text: {a: CommandLin, b: CommandLine}}";
        assert_eq!(group(aliases), unknown("CommandLin"));
    }

    #[test]
    fn an_alias_calls_fields_otherwise() {
        let text = "type: temporal, rules: [a, b], group-by: [User], aliases: {User: {a: User, b: User}}";
        assert_eq!(told(text), [("idle-alias".to_owned(), "User".to_owned())]);
    }

    #[test]
    fn fields_to_group_by_stand_once() {
        let text = "type: temporal, rules: [a, b], group-by: [User, User]";
        assert_eq!(codes(text), ["repeated-entry"]);
    }

    #[test]
    fn months_are_told_from_minutes() {
        let text = correlation("type: temporal, rules: [a, b]");
        assert_told(&text.replace("5m", "5M"), "timespan-in-months", "5M");
    }

    #[test]
    fn a_correlation_has_an_id_and_a_level() {
        let text = correlation("type: temporal, rules: [a, b]").replace("0d6c2a4f7b13", "0d6c2a4f7b1");
        assert_told(&text, "invalid-id", "5f1f2a0e-3d9c-4d8a-8f0b-0d6c2a4f7b1");
        let text = text.replace("id: 5f1f2a0e-3d9c-4d8a-8f0b-0d6c2a4f7b1\nlevel: low\n", "");
        assert_told(&text, "missing-metadata", "c");
    }

    #[test]
    fn sections_of_other_documents_have_no_effect() {
        let text = format!("{}filter: {{rules: any}}\n", correlation("type: temporal, rules: [a, b]"));
        assert_told(&text, "no-effect", "filter");
    }
}

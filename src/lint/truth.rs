//! What a condition can never be, and which of its parts change nothing.
//!
//! Everything is decided test against test, so that it is sound and cheap, and nothing is said about what would need
//! more. A list of a thousand values against a few tests is a thousand comparisons; past [`BUDGET`] nothing more is said.

use std::collections::HashSet;

use super::literal::{Certainty, Literal, Tree};
use crate::{
    diag::{Code, Diagnostic, Severity, Span},
    ir::{Condition, Show},
};

/// How many comparisons of two tests one rule may cost.
const BUDGET: usize = 100_000;

/// How many branches with several tests are compared with one another.
const MAX_BRANCHES: usize = 30;

/// Why tests cannot hold together.
#[derive(Debug, Clone, Copy)]
struct Clash<'t, 'r> {
    certainty: Certainty,
    /// The test at which it shows, and whether it is negated.
    test: (&'t Literal<'r>, bool),
    /// The one that it does not go with.
    against: (&'t Literal<'r>, bool),
}

/// What there is to say about a condition. `told` are places about which enough is said already.
pub(super) fn examine(condition: &Condition, told: &HashSet<Span>, whole: Span) -> Vec<Diagnostic> {
    let tree = Tree::new(condition);
    if let Tree::Constant(holds) = tree {
        return vec![constant(holds, whole)];
    }
    let mut walk = Walk { positive: Vec::new(), negative: Vec::new(), found: Vec::new(), told, left: BUDGET };
    if let Some(clash) = walk.clash(&tree, true, true) {
        return vec![never(&clash)];
    }
    let found = std::mem::take(&mut walk.found);
    if walk.clash(&tree, false, false).is_some_and(|clash| clash.certainty == Certainty::Sure) {
        return vec![constant(true, tree.span())];
    }
    found
}

struct Walk<'t, 'r> {
    /// The tests that hold wherever the walk is now.
    positive: Vec<&'t Literal<'r>>,
    /// Those that do not.
    negative: Vec<&'t Literal<'r>>,
    found: Vec<Diagnostic>,
    told: &'t HashSet<Span>,
    left: usize,
}

impl<'t, 'r> Walk<'t, 'r> {
    /// Why the tree, or its complement where not `sign`, cannot hold here. What is wrong with its parts is told if `tell`.
    fn clash(&mut self, tree: &'t Tree<'r>, sign: bool, tell: bool) -> Option<Clash<'t, 'r>> {
        match tree {
            Tree::Constant(_) => None,
            Tree::Is(literal) => self.clash_of(literal, sign),
            Tree::Not(inner) => self.clash(inner, !sign, tell),
            Tree::All(terms) if sign => {
                self.conjunction(terms.iter().map(|term| (term, true)).collect(), tell)
            }
            Tree::Any(terms) if !sign => {
                self.conjunction(terms.iter().map(|term| (term, false)).collect(), tell)
            }
            Tree::All(terms) | Tree::Any(terms) => self.disjunction(terms, sign, tell),
        }
    }

    fn spend(&mut self, comparisons: usize) -> bool {
        self.left = self.left.saturating_sub(comparisons);
        self.left > 0
    }

    fn clash_of(&mut self, literal: &'t Literal<'r>, sign: bool) -> Option<Clash<'t, 'r>> {
        if !self.spend(self.positive.len() + if sign { self.negative.len() } else { 0 }) {
            return None;
        }
        let clash =
            |certainty, against, holds| Clash { certainty, test: (literal, sign), against: (against, holds) };
        if !sign {
            let implying = self.positive.iter().find(|known| known.implies(literal))?;
            return Some(clash(Certainty::Sure, implying, true));
        }
        let implied = self.negative.iter().find(|known| literal.implies(known));
        let denied = implied.map(|known| clash(Certainty::Sure, known, false));
        let excluded = self
            .positive
            .iter()
            .filter_map(|known| literal.excludes(known).map(|certainty| clash(certainty, known, true)));
        denied.into_iter().chain(excluded).max_by_key(|clash| clash.certainty)
    }

    /// All of the terms, each as it is or negated.
    fn conjunction(&mut self, terms: Vec<(&'t Tree<'r>, bool)>, tell: bool) -> Option<Clash<'t, 'r>> {
        let (mut literals, mut others) = (Vec::new(), Vec::new());
        flatten(terms, &mut literals, &mut others);
        let mark = (self.positive.len(), self.negative.len(), self.found.len());
        let clash = self.conjunction_of(&literals, &others, tell);
        self.positive.truncate(mark.0);
        self.negative.truncate(mark.1);
        if clash.is_some() {
            self.found.truncate(mark.2);
        }
        clash
    }

    fn conjunction_of(
        &mut self,
        literals: &[(&'t Literal<'r>, bool)],
        others: &[(&'t Tree<'r>, bool)],
        tell: bool,
    ) -> Option<Clash<'t, 'r>> {
        let mut worst: Option<Clash<'t, 'r>> = None;
        let mut note = |clash: Option<Clash<'t, 'r>>| {
            if clash.is_some_and(|clash| worst.is_none_or(|worst| worst.certainty < clash.certainty)) {
                worst = clash;
            }
        };
        for (literal, _) in literals.iter().filter(|(_, sign)| *sign) {
            note(self.clash_of(literal, true));
            self.positive.push(literal);
        }
        if tell {
            self.tell_weaker(literals);
            self.tell_filters(literals, others);
        }
        for (literal, _) in literals.iter().filter(|(_, sign)| !*sign) {
            note(self.clash_of(literal, false));
            self.negative.push(literal);
        }
        for (tree, sign) in others {
            note(self.clash(tree, *sign, tell && *sign));
        }
        worst
    }

    /// One of the terms, all as they are or all negated.
    fn disjunction(&mut self, terms: &'t [Tree<'r>], sign: bool, tell: bool) -> Option<Clash<'t, 'r>> {
        // Below a negation, what is the narrower alternative and what the wider one turns around.
        let tell = tell && sign;
        let mut dead = Vec::new();
        let mark = self.found.len();
        for term in terms {
            if self.left == 0 {
                return None;
            }
            if let Some(clash) = self.clash(term, sign, tell) {
                dead.push((term, clash));
            }
        }
        if dead.len() == terms.len() {
            self.found.truncate(mark);
            return dead.into_iter().map(|(_, clash)| clash).min_by_key(|clash| clash.certainty);
        }
        if tell {
            if let Some((first, clash)) = dead.first() {
                self.tell_dead(first, clash, dead.len(), terms.len());
            }
            self.tell_implied(terms, &dead.iter().map(|(term, _)| term.span()).collect());
        }
        None
    }

    fn tell_dead(&mut self, branch: &Tree<'r>, clash: &Clash<'_, '_>, dead: usize, all: usize) {
        let which = match dead {
            1 => "an alternative can never hold".to_owned(),
            dead => format!("{dead} of {all} alternatives can never hold"),
        };
        let message = format!("{which} here: {}", clash.reason());
        let mut diagnostic = Diagnostic::new(Code::DeadBranch, clash.place(branch), message);
        if clash.certainty == Certainty::SingleValued {
            diagnostic = diagnostic.severity(Severity::Info);
        }
        self.found.push(clash.explained(diagnostic));
    }

    /// Terms of a junction that exclude what the others have excluded already.
    fn tell_filters(&mut self, literals: &[(&'t Literal<'r>, bool)], others: &[(&'t Tree<'r>, bool)]) {
        let excluded = literals.iter().filter(|(_, sign)| !*sign);
        let clashes: Vec<_> = excluded
            .filter_map(|(literal, _)| Some((literal.predicate.span, self.clash_of(literal, true)?)))
            .collect();
        // Of a list of exceptions that several rules share, some always do nothing.
        let all = literals.iter().filter(|(_, sign)| !*sign).count();
        if let Some((span, clash)) = clashes.first()
            && clashes.len() == all
        {
            self.tell_filter(*span, clash);
        }
        for (tree, _) in others.iter().filter(|(_, sign)| !*sign) {
            if let Some(clash) = self.clash(tree, true, false) {
                self.tell_filter(tree.span(), &clash);
            }
        }
    }

    fn tell_filter(&mut self, span: Span, clash: &Clash<'_, '_>) {
        let message = format!("this exclusion changes nothing: {}", clash.reason());
        let mut diagnostic = Diagnostic::new(Code::UselessFilter, span, message);
        // To ask for a value before comparing it is a habit, and harmless.
        let is_habit = clash.test.0.predicate.test.holds_without_value();
        if is_habit || clash.certainty == Certainty::SingleValued {
            diagnostic = diagnostic.severity(Severity::Info);
        }
        self.found.push(clash.explained(diagnostic));
    }

    /// Tests that hold wherever another one of the same junction does.
    fn tell_weaker(&mut self, literals: &[(&'t Literal<'r>, bool)]) {
        let tests: Vec<&Literal<'r>> =
            literals.iter().filter(|(_, sign)| *sign).map(|(test, _)| *test).collect();
        if tests.len() < 2 || !self.spend(tests.len() * tests.len()) {
            return;
        }
        for (at, test) in tests.iter().enumerate() {
            let stronger = tests.iter().enumerate().find(|(other, stronger)| {
                *other != at && stronger.implies(test) && (*other < at || !test.implies(stronger))
            });
            if let Some((_, stronger)) = stronger {
                let stronger = stronger.predicate;
                let message = format!("this test changes nothing: it holds wherever {} does", Show(stronger));
                self.tell_redundant(test.predicate.span, stronger.span, message);
            }
        }
    }

    /// Alternatives that match nothing that another one does not.
    fn tell_implied(&mut self, terms: &'t [Tree<'r>], dead: &HashSet<Span>) {
        let tests: Vec<&Literal<'r>> = terms
            .iter()
            .filter_map(|term| match term {
                Tree::Is(literal) if !dead.contains(&literal.predicate.span) => Some(literal),
                _ => None,
            })
            .collect();
        if self.spend(tests.len() * tests.len()) {
            self.tell_implied_tests(&tests);
        }
        let is_small = terms.len() <= MAX_BRANCHES && tests.len() < terms.len();
        let size: usize = terms.iter().map(Tree::count).sum();
        if is_small && self.spend(size * size) {
            self.tell_implied_branches(terms);
        }
    }

    /// A value may stand for several tests (its encodings, say): it is of no use if all of them are implied.
    fn tell_implied_tests(&mut self, tests: &[&Literal<'r>]) {
        let mut start = 0;
        while start < tests.len() {
            let span = tests[start].predicate.span;
            let run = tests[start..].iter().take_while(|test| test.predicate.span == span).count();
            let group = start..start + run;
            let implied = |test: &&Literal<'r>| {
                tests.iter().enumerate().find_map(|(at, wider)| {
                    let is_other = !group.contains(&at) && wider.predicate.span != span;
                    // Of two that mean the same, the first one stays.
                    let comes_first = at < group.start || !wider.implies(test);
                    (is_other && test.implies(wider) && comes_first).then_some(wider.predicate)
                })
            };
            let wider: Option<Vec<_>> = tests[group.clone()].iter().map(implied).collect();
            if let Some(wider) = wider.as_deref().and_then(<[_]>::first) {
                let message = format!("this value adds nothing: {} holds wherever it does", Show(*wider));
                self.tell_redundant(span, wider.span, message);
            }
            start = group.end;
        }
    }

    fn tell_implied_branches(&mut self, terms: &'t [Tree<'r>]) {
        for (at, branch) in terms.iter().enumerate() {
            let is_test = |tree: &Tree<'_>| matches!(tree, Tree::Is(_));
            let wider = terms.iter().enumerate().find(|(other, wider)| {
                *other != at
                    && !(is_test(branch) && is_test(wider))
                    && implies(branch, wider)
                    && (*other < at || !implies(wider, branch))
            });
            if let Some((_, wider)) = wider {
                let message = "this alternative adds nothing: another one holds wherever it does".to_owned();
                self.tell_redundant(branch.span(), wider.span(), message);
            }
        }
    }

    fn tell_redundant(&mut self, span: Span, other: Span, message: String) {
        if span != other && !self.told.contains(&span) && !self.told.contains(&other) {
            self.found.push(Diagnostic::new(Code::Redundant, span, message).related(other, "this one"));
        }
    }
}

/// The tests of a junction, and its terms that are more than a test, with their signs.
fn flatten<'t, 'r>(
    terms: Vec<(&'t Tree<'r>, bool)>,
    literals: &mut Vec<(&'t Literal<'r>, bool)>,
    others: &mut Vec<(&'t Tree<'r>, bool)>,
) {
    for (term, sign) in terms {
        match term {
            Tree::Is(literal) => literals.push((literal, sign)),
            Tree::Not(inner) => match (&**inner, sign) {
                (Tree::Is(literal), sign) => literals.push((literal, !sign)),
                (inner, false) => flatten(vec![(inner, true)], literals, others),
                (inner, true) => others.push((inner, false)),
            },
            Tree::All(terms) if sign => {
                flatten(terms.iter().map(|term| (term, true)).collect(), literals, others);
            }
            other => others.push((other, sign)),
        }
    }
}

/// Whether the wide one surely holds wherever the narrow one does.
fn implies(narrow: &Tree<'_>, wide: &Tree<'_>) -> bool {
    match (narrow, wide) {
        (Tree::Is(narrow), Tree::Is(wide)) => narrow.implies(wide),
        (Tree::Any(terms), wide) => terms.iter().all(|term| implies(term, wide)),
        (narrow, Tree::All(terms)) => terms.iter().all(|term| implies(narrow, term)),
        (Tree::All(terms), wide) if terms.iter().any(|term| implies(term, wide)) => true,
        (narrow, Tree::Any(terms)) => terms.iter().any(|term| implies(narrow, term)),
        (Tree::Not(narrow), Tree::Not(wide)) => implies(wide, narrow),
        _ => false,
    }
}

impl Clash<'_, '_> {
    fn reason(&self) -> String {
        let show = |(literal, sign): (&Literal<'_>, bool)| {
            let not = if sign { "" } else { "not " };
            format!("{not}{}", Show(literal.predicate))
        };
        let (left, right) = (show(self.against), show(self.test));
        match self.certainty {
            Certainty::Sure => format!("{left} and {right} exclude each other"),
            Certainty::SingleValued => format!("{left} and {right} exclude each other in one value"),
        }
    }

    /// The test, if it is within what is told about; a part of the rule otherwise.
    fn place(&self, branch: &Tree<'_>) -> Span {
        let (span, test) = (branch.span(), self.test.0.predicate.span);
        if span.start <= test.start && test.end <= span.end { test } else { span }
    }

    fn explained(&self, diagnostic: Diagnostic) -> Diagnostic {
        let other = self.against.0.predicate.span;
        let diagnostic = if diagnostic.span == Some(other) {
            diagnostic
        } else {
            diagnostic.related(other, "excluded by this")
        };
        match self.certainty {
            Certainty::Sure => diagnostic,
            Certainty::SingleValued => {
                diagnostic.help("this is so unless the field holds several values at once")
            }
        }
    }
}

fn never(clash: &Clash<'_, '_>) -> Diagnostic {
    let span = clash.test.0.predicate.span;
    let message = format!("the condition can never hold: {}", clash.reason());
    let diagnostic = Diagnostic::new(Code::NeverTrue, span, message);
    clash.explained(match clash.certainty {
        Certainty::Sure => diagnostic,
        Certainty::SingleValued => diagnostic.severity(Severity::Warning),
    })
}

fn constant(holds: bool, span: Span) -> Diagnostic {
    if holds {
        Diagnostic::new(Code::AlwaysTrue, span, "the condition holds on every event")
    } else {
        Diagnostic::new(Code::NeverTrue, span, "the condition can never hold")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        diag::Source,
        read::{Format, read},
        sigma::ReadOptions,
    };

    /// What is told of a rule of these detections, as codes with the text at their places.
    fn told(detection: &str) -> Vec<(String, Severity, String)> {
        let detection = detection.replace('\n', "\n  ");
        let source =
            Source::new("a.yml", format!("title: x\nlogsource: {{category: x}}\ndetection:\n  {detection}"));
        let readings = read(&source, Format::Sigma, &ReadOptions::default());
        let rule = readings[0].rule().unwrap_or_else(|| panic!("{:?}", readings[0].diagnostics));
        let condition = rule.stages[0].condition().unwrap();
        examine(condition, &HashSet::new(), rule.span)
            .into_iter()
            .map(|it| (it.code.to_string(), it.severity, source.slice(it.span.unwrap()).to_owned()))
            .collect()
    }

    fn codes(detection: &str) -> Vec<String> {
        told(detection).into_iter().map(|(code, ..)| code).collect()
    }

    #[test]
    fn a_selection_and_its_own_negation_never_hold() {
        let found = told("s:\n  a|contains: foobar\nf:\n  a|contains: foo\ncondition: s and not f");
        assert_eq!(found, [("never-true".into(), Severity::Error, "foo".into())]);
        assert_eq!(codes("s:\n  a|contains: foo\nf:\n  a|contains: foobar\ncondition: s and not f"), [""; 0]);
    }

    #[test]
    fn two_values_exclude_each_other_only_in_one_value() {
        let found = told("s:\n  a|all: [x, y]\ncondition: s");
        assert_eq!(found, [("never-true".into(), Severity::Warning, "y".into())]);
        assert_eq!(codes("s:\n  a|contains|all: [x, y]\ncondition: s"), [""; 0]);
        assert_eq!(codes("s:\n  a|gt: 5\nt:\n  a|lt: 3\ncondition: s and t"), ["never-true"]);
        assert_eq!(codes("s:\n  a|gt: 3\nt:\n  a|lt: 5\ncondition: s and t"), [""; 0]);
    }

    #[test]
    fn a_field_without_value_has_none() {
        assert_eq!(codes("s:\n  a: null\nt:\n  a: x\ncondition: s and t"), ["never-true"]);
        assert_eq!(codes("s:\n  a: null\nt:\n  a: x\ncondition: s or t"), [""; 0]);
    }

    #[test]
    fn what_holds_with_and_without_is_always_true() {
        assert_eq!(codes("s:\n  a: x\ncondition: s or not s"), ["always-true"]);
        assert_eq!(codes("s:\n  a: x\nt:\n  a: y\ncondition: s or not t"), [""; 0]);
    }

    #[test]
    fn an_alternative_that_cannot_hold_is_dead() {
        let found = told("s:\n  a|endswith: .exe\nt:\n  - a|endswith: .dll\n  - b: 1\ncondition: s and t");
        assert_eq!(found, [("dead-branch".into(), Severity::Info, ".dll".into())]);
    }

    #[test]
    fn an_exclusion_of_what_is_not_selected_changes_nothing() {
        let found =
            told("s:\n  a|endswith: '\\x.exe'\nf:\n  a|endswith: '\\y.exe'\n  b: 1\ncondition: s and not f");
        assert_eq!(found[0].0, "useless-filter");
        let near = "s:\n  a|endswith: '\\x.exe'\nf:\n  a|endswith: 'x.exe'\n  b: 1\ncondition: s and not f";
        assert_eq!(codes(near), [""; 0]);
    }

    #[test]
    fn a_longer_value_beside_a_shorter_one_adds_nothing() {
        let found = told("s:\n  a|contains: [cmd.exe, cmd]\ncondition: s");
        assert_eq!(found, [("redundant".into(), Severity::Info, "cmd.exe".into())]);
        assert_eq!(told("s:\n  a|contains|all: [cmd.exe, cmd]\ncondition: s")[0].2, "cmd");
        assert_eq!(codes("s:\n  a|contains: [cmd, com]\ncondition: s"), [""; 0]);
        assert_eq!(codes("s:\n  a|contains|windash: [' -a', ' -ab']\ncondition: s"), ["redundant"]);
        assert_eq!(codes("s:\n  a|contains|windash: [' -ab', ' -ac']\ncondition: s"), [""; 0]);
    }

    #[test]
    fn a_branch_with_more_tests_than_another_adds_nothing() {
        assert_eq!(codes("s:\n  a: x\nt:\n  a: x\n  b: y\ncondition: s or t"), ["redundant"]);
        assert_eq!(codes("s:\n  a: x\n  c: z\nt:\n  a: x\n  b: y\ncondition: s or t"), [""; 0]);
    }

    mod properties {
        use proptest::prelude::*;

        use super::*;
        use crate::ir::{
            Case, Comparison, Field, Pattern, Predicate, Test,
            eval::{Event, Value},
        };

        fn a_test() -> impl Strategy<Value = Test> {
            let case = prop_oneof![Just(Case::Insensitive), Just(Case::Sensitive)];
            let text = ("[abA]{1,3}", 0..4, case).prop_map(|(text, shape, case)| {
                let pattern = match shape {
                    0 => Pattern::exact(text),
                    1 => Pattern::contains(text),
                    2 => Pattern::starts_with(text),
                    _ => Pattern::ends_with(text),
                };
                Test::Text(pattern, case)
            });
            let comparison = prop_oneof![
                Just(Comparison::Equal),
                Just(Comparison::Less),
                Just(Comparison::LessOrEqual),
                Just(Comparison::Greater),
                Just(Comparison::GreaterOrEqual)
            ];
            let number = (comparison, 0_i64..4)
                .prop_map(|(comparison, number)| Test::Number(comparison, number.into()));
            prop_oneof![6 => text, 2 => number, 1 => Just(Test::Null), 1 => Just(Test::Exists)]
        }

        fn a_condition() -> impl Strategy<Value = Condition> {
            let leaf = ("[fg]", a_test()).prop_map(|(field, test)| {
                Condition::is(Predicate::new(Field::new(field), test, Span::default()))
            });
            leaf.prop_recursive(4, 16, 4, |inner| {
                prop_oneof![
                    prop::collection::vec(inner.clone(), 2..4).prop_map(Condition::all),
                    prop::collection::vec(inner.clone(), 2..4).prop_map(Condition::any),
                    inner.prop_map(Condition::not),
                ]
            })
        }

        fn a_value() -> impl Strategy<Value = Value> {
            prop_oneof![
                1 => Just(Value::Null),
                6 => "[abA]{0,4}".prop_map(Value::Text),
                2 => (0_i64..4).prop_map(Value::from),
            ]
        }

        fn an_event(lists: bool) -> impl Strategy<Value = Event> {
            let several = prop::collection::vec(a_value(), 2).prop_map(Value::List);
            let value = if lists { prop_oneof![a_value(), several].boxed() } else { a_value().boxed() };
            prop::collection::vec(("[fg]", value), 0..3).prop_map(|fields| fields.into_iter().collect())
        }

        /// The condition with a place of its own for each test.
        fn numbered(condition: &Condition) -> Condition {
            let mut next = 0;
            let numbered = condition.try_map(true, &mut |predicate, _| {
                next += 2;
                Ok::<_, ()>(Condition::is(Predicate { span: Span::new(next, next + 1), ..predicate.clone() }))
            });
            numbered.unwrap()
        }

        /// The condition with the test at this place replaced.
        fn with(condition: &Condition, place: Span, constant: &Condition) -> Condition {
            let replaced = condition.try_map(true, &mut |predicate, _| {
                Ok::<_, ()>(if predicate.span == place {
                    constant.clone()
                } else {
                    Condition::is(predicate.clone())
                })
            });
            replaced.unwrap()
        }

        fn holds_as_told(condition: &Condition, event: &Event, has_lists: bool) -> Result<(), TestCaseError> {
            for told in examine(condition, &HashSet::new(), Span::default()) {
                let holds = condition.holds_on(event);
                let is_sure = told.help.is_none();
                if !is_sure && has_lists {
                    continue;
                }
                let place = told.span.unwrap();
                let same = |constant| with(condition, place, &constant).holds_on(event) == holds;
                match told.code {
                    Code::NeverTrue => prop_assert!(!holds, "{told:?}"),
                    Code::AlwaysTrue => prop_assert!(holds, "{told:?}"),
                    Code::UselessFilter => prop_assert!(same(Condition::Never), "{told:?}"),
                    Code::Redundant if told.message.starts_with("this test") => {
                        prop_assert!(same(Condition::Always), "{told:?}");
                    }
                    Code::Redundant if told.message.starts_with("this value") => {
                        prop_assert!(same(Condition::Never), "{told:?}");
                    }
                    _ => {}
                }
            }
            Ok(())
        }

        proptest! {
            #![proptest_config(ProptestConfig { cases: 2000, ..ProptestConfig::default() })]

            #[test]
            fn what_is_told_holds_on_lists(condition in a_condition(), event in an_event(true)) {
                holds_as_told(&numbered(&condition), &event, true)?;
            }

            #[test]
            fn what_is_told_holds_on_single_values(condition in a_condition(), event in an_event(false)) {
                holds_as_told(&numbered(&condition), &event, false)?;
            }
        }
    }
}

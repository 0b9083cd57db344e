//! What the stages after one do with a column.

use crate::ir::{
    Aggregate, AggregateFunction, Condition, Expression, ExtractPart, Field, Pick, Predicate, Stage, Subject,
    Summarize,
};

/// Whether which rows there are, or how many, depends on the column; else it is shown at most.
pub(super) fn decides(column: &Field, later: &[Stage]) -> bool {
    let mut traced = Traced(vec![column.clone()]);
    for (at, stage) in later.iter().enumerate() {
        if traced.pass(stage, &later[at + 1..]) {
            return true;
        }
        if traced.0.is_empty() {
            return false;
        }
    }
    false
}

/// Whether any stage keeps so many rows and no more.
pub(super) fn limits(later: &[Stage]) -> bool {
    later.iter().any(|stage| matches!(stage, Stage::Limit(..)))
}

/// Whether some stage names the columns that stay.
pub(super) fn names_columns(stages: &[Stage]) -> bool {
    stages.iter().any(|stage| matches!(stage, Stage::Project(_) | Stage::Summarize(_) | Stage::Pick(_)))
}

/// Every column that stages read, each once.
pub(super) fn read(stages: &[Stage]) -> Vec<Field> {
    let mut read: Vec<Field> = Vec::new();
    let mut add = |field: &Field| {
        if !read.contains(field) {
            read.push(field.clone());
        }
    };
    for stage in stages {
        visit_values(stage, &mut |value| value.fields().into_iter().for_each(&mut add));
        match stage {
            Stage::Rename(pairs, _) => pairs.iter().for_each(|(_, old)| add(old)),
            Stage::Join(join) => join.on.iter().for_each(|(left, _)| add(left)),
            _ => {}
        }
    }
    read
}

/// The columns that stages read before any of them computes them.
pub(super) fn asked(stages: &[Stage]) -> Vec<Field> {
    let mut made: Vec<Field> = Vec::new();
    let mut asked: Vec<Field> = Vec::new();
    for stage in stages {
        let of_others = read(std::slice::from_ref(stage)).into_iter();
        asked.extend(of_others.filter(|field| !made.iter().any(|it| it.name == field.name)));
        made.extend(outcome(stage).0);
    }
    asked
}

/// The columns after stages, where one of them says which there are.
pub(super) fn closed(stages: &[Stage]) -> Option<Vec<Field>> {
    let mut columns: Option<Vec<Field>> = None;
    for stage in stages {
        match (outcome(stage), &mut columns) {
            ((all, true), _) => columns = Some(all),
            ((more, false), Some(all)) => all.extend(more),
            ((_, false), None) => {}
        }
    }
    columns
}

/// The columns that a stage makes, and whether there are no others behind it.
fn outcome(stage: &Stage) -> (Vec<Field>, bool) {
    let names =
        |named: &[(Field, Expression)]| named.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>();
    let aggregated = |aggregates: &[(Field, Aggregate)]| {
        aggregates.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>()
    };
    match stage {
        Stage::Project(project) => (names(&project.columns), true),
        Stage::Summarize(Summarize { aggregates, by, .. }) => {
            ([names(by), aggregated(aggregates)].concat(), true)
        }
        Stage::Pick(Pick { columns, by, name, aggregates, .. }) => {
            let kept = columns.as_deref().map(names).unwrap_or_default();
            let all = [names(by), kept, vec![name.clone()], aggregated(aggregates)].concat();
            (all, columns.is_some())
        }
        Stage::Slide(slide) => ([names(&slide.by), aggregated(&slide.aggregates)].concat(), false),
        Stage::Extend(name, _) => (vec![name.clone()], false),
        Stage::Extract(extract) => {
            let made = extract.parts.iter().filter_map(|part| match part {
                ExtractPart::Column(name) => Some(name.clone()),
                _ => None,
            });
            (made.collect(), false)
        }
        Stage::Expand(expand) => {
            (std::iter::once(&expand.output).chain(&expand.index).cloned().collect(), false)
        }
        Stage::Rename(pairs, _) => (pairs.iter().map(|(new, _)| new.clone()).collect(), false),
        _ => (Vec::new(), false),
    }
}

/// Whether rows are counted, and the count decides.
pub(super) fn counts(later: &[Stage]) -> bool {
    later.iter().enumerate().any(|(at, stage)| match stage {
        Stage::Summarize(Summarize { aggregates, .. }) | Stage::Pick(Pick { aggregates, .. }) => {
            aggregates.iter().any(|(name, aggregate)| {
                !ignores_repetition(aggregate.function) && decides(name, &later[at + 1..])
            })
        }
        Stage::Limit(..) => true,
        _ => false,
    })
}

/// Whether the same value any number of times makes no difference.
pub(super) fn ignores_repetition(function: AggregateFunction) -> bool {
    use AggregateFunction as A;
    matches!(
        function,
        A::Minimum | A::Maximum | A::AnyValue | A::CollectSet | A::CountDistinct | A::CountDistinctAbout
    )
}

/// Whether members are read of a column's values.
pub(super) fn reads_members(column: &Field, later: &[Stage]) -> bool {
    let mut found = false;
    for stage in later {
        visit_values(stage, &mut |value| found |= has_member(value, column));
    }
    found
}

fn has_member(value: &Expression, column: &Field) -> bool {
    match value {
        Expression::Member(of, _) => of.fields().contains(&column),
        Expression::Element(of, _) => has_member(of, column),
        Expression::Call(_, arguments) => arguments.iter().any(|argument| has_member(argument, column)),
        Expression::Case(cases, otherwise) => {
            has_member(otherwise, column)
                || cases
                    .iter()
                    .any(|(condition, value)| has_member(value, column) || tests_member(condition, column))
        }
        Expression::Holds(condition) => tests_member(condition, column),
        _ => false,
    }
}

fn tests_member(condition: &Condition, column: &Field) -> bool {
    condition.predicates().into_iter().any(|predicate| match &predicate.subject {
        Subject::Computed(value) => has_member(value, column),
        _ => false,
    })
}

/// Every value that a stage computes; conditions as the values that they test.
pub(super) fn visit_values(stage: &Stage, visit: &mut impl FnMut(&Expression)) {
    let tests = |condition: &Condition, visit: &mut dyn FnMut(&Expression)| {
        visit(&Expression::Holds(Box::new(condition.clone())));
    };
    let aggregated = |aggregates: &[(Field, Aggregate)], visit: &mut dyn FnMut(&Expression)| {
        for (_, aggregate) in aggregates {
            aggregate.arguments.iter().for_each(&mut *visit);
            tests(&aggregate.filter, visit);
        }
    };
    let columns = |columns: &[(Field, Expression)], visit: &mut dyn FnMut(&Expression)| {
        for (_, value) in columns {
            visit(value);
        }
    };
    match stage {
        Stage::Filter(condition) => visit(&Expression::Holds(Box::new(condition.clone()))),
        Stage::Extend(_, value) => visit(value),
        Stage::Project(project) => columns(&project.columns, visit),
        Stage::Summarize(summarize) => {
            aggregated(&summarize.aggregates, visit);
            columns(&summarize.by, visit);
        }
        Stage::Pick(pick) => {
            visit(&pick.of);
            columns(pick.columns.as_deref().unwrap_or_default(), visit);
            columns(&pick.by, visit);
            aggregated(&pick.aggregates, visit);
        }
        Stage::Slide(slide) => {
            aggregated(&slide.aggregates, visit);
            columns(&slide.by, visit);
            visit(&Expression::Field(slide.time.clone()));
        }
        Stage::Chain(chain) => {
            columns(&chain.by, visit);
            for field in [&chain.kind, &chain.time] {
                visit(&Expression::Field(field.clone()));
            }
        }
        Stage::Sort(keys, _) => keys.iter().for_each(|key| visit(&key.value)),
        Stage::Expand(expand) => visit(&expand.list),
        Stage::Extract(extract) => visit(&extract.text),
        Stage::Drop(..)
        | Stage::Rename(..)
        | Stage::Limit(..)
        | Stage::Join(_)
        | Stage::Union(..)
        | Stage::Unread(_) => {}
    }
}

/// Every field that a condition reads.
pub(super) fn tested(condition: &Condition) -> impl Iterator<Item = &Field> {
    condition.predicates().into_iter().flat_map(Predicate::fields)
}

/// Columns with what is made of a first one.
struct Traced(Vec<Field>);

impl Traced {
    /// Whether a stage decides by these columns; if not, they are those after it.
    fn pass(&mut self, stage: &Stage, rest: &[Stage]) -> bool {
        match stage {
            Stage::Filter(condition) => return self.tests(condition),
            Stage::Extend(name, value) => {
                let is_made = self.reads(value);
                self.0.retain(|field| field != name);
                self.0.extend(is_made.then(|| name.clone()));
            }
            Stage::Project(project) => self.0 = self.made(&project.columns),
            Stage::Drop(fields, _) => self.0.retain(|field| !fields.contains(field)),
            Stage::Rename(pairs, _) => {
                for field in &mut self.0 {
                    if let Some((new, _)) = pairs.iter().find(|(_, old)| old == field) {
                        *field = new.clone();
                    }
                }
            }
            Stage::Summarize(Summarize { aggregates, by, .. }) => {
                if !self.made(by).is_empty() || self.filters(aggregates) {
                    return true;
                }
                self.0 = self.aggregated(aggregates);
            }
            Stage::Slide(slide) => {
                if !self.made(&slide.by).is_empty()
                    || self.filters(&slide.aggregates)
                    || self.0.contains(&slide.time)
                {
                    return true;
                }
                self.0.extend(self.aggregated(&slide.aggregates));
            }
            Stage::Chain(chain) => {
                return !self.made(&chain.by).is_empty()
                    || self.0.contains(&chain.time)
                    || self.0.contains(&chain.kind);
            }
            Stage::Pick(pick) => return self.picks(pick),
            // The first rows of an order are other rows than those of another one.
            Stage::Sort(keys, _) => return keys.iter().any(|key| self.reads(&key.value)) && limits(rest),
            Stage::Limit(..) | Stage::Union(..) => {}
            // Nothing is known of it.
            Stage::Unread(_) => return true,
            Stage::Join(join) => return join.on.iter().any(|(left, _)| self.0.contains(left)),
            Stage::Expand(expand) => return self.reads(&expand.list),
            Stage::Extract(extract) => {
                let reads = self.reads(&extract.text);
                if reads && extract.only_matching {
                    return true;
                }
                for part in &extract.parts {
                    if let ExtractPart::Column(field) = part {
                        self.0.retain(|other| other != field);
                        self.0.extend(reads.then(|| field.clone()));
                    }
                }
            }
        }
        false
    }

    fn picks(&mut self, pick: &Pick) -> bool {
        if self.reads(&pick.of) || !self.made(&pick.by).is_empty() || self.filters(&pick.aggregates) {
            return true;
        }
        let aggregated = self.aggregated(&pick.aggregates);
        if let Some(columns) = &pick.columns {
            self.0 = self.made(columns);
        }
        self.0.extend(aggregated);
        false
    }

    fn reads(&self, value: &Expression) -> bool {
        value.fields().into_iter().any(|field| self.0.contains(field))
    }

    fn tests(&self, condition: &Condition) -> bool {
        tested(condition).any(|field| self.0.contains(field))
    }

    fn made(&self, columns: &[(Field, Expression)]) -> Vec<Field> {
        columns.iter().filter(|(_, value)| self.reads(value)).map(|(name, _)| name.clone()).collect()
    }

    fn aggregated(&self, aggregates: &[(Field, Aggregate)]) -> Vec<Field> {
        let of = |aggregate: &Aggregate| aggregate.arguments.iter().any(|argument| self.reads(argument));
        aggregates.iter().filter(|(_, aggregate)| of(aggregate)).map(|(name, _)| name.clone()).collect()
    }

    fn filters(&self, aggregates: &[(Field, Aggregate)]) -> bool {
        aggregates.iter().any(|(_, aggregate)| self.tests(&aggregate.filter))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        diag::Span,
        ir::{Chain, Duration, Extract, Pick, Slide, SortKey, Test},
    };

    fn field(name: &str) -> Field {
        Field::new(name)
    }

    fn of(name: &str) -> Expression {
        Expression::Field(field(name))
    }

    fn aggregate(name: &str, argument: &str, filter: Condition) -> Vec<(Field, Aggregate)> {
        let aggregate =
            Aggregate { function: AggregateFunction::Maximum, arguments: vec![of(argument)], filter };
        vec![(field(name), aggregate)]
    }

    fn tests(name: &str) -> Condition {
        Condition::is(Predicate::new(field(name), Test::text("x"), Span::default()))
    }

    fn slide(argument: &str, filter: Condition, by: &str, time: &str) -> Stage {
        Stage::Slide(Slide {
            aggregates: aggregate("n", argument, filter),
            by: vec![(field("k"), of(by))],
            time: field(time),
            length: Duration(1),
            span: Span::default(),
        })
    }

    fn chain(by: &str, time: &str, kind: &str) -> Stage {
        Stage::Chain(Chain {
            kind: field(kind),
            order: Vec::new(),
            by: vec![(field("k"), of(by))],
            time: field(time),
            length: Duration(1),
            span: Span::default(),
        })
    }

    fn pick(of: &str, by: &str, filter: Condition, columns: Option<&str>) -> Stage {
        Stage::Pick(Pick {
            of: self::of(of),
            name: field("m"),
            is_greatest: true,
            columns: columns.map(|column| vec![(field("l"), self::of(column))]),
            by: vec![(field("k"), self::of(by))],
            aggregates: aggregate("n", "b", filter),
            span: Span::default(),
        })
    }

    fn extract(text: &str, into: &str, only_matching: bool) -> Stage {
        let parts = vec![ExtractPart::Column(field(into))];
        Stage::Extract(Extract { text: of(text), parts, only_matching, span: Span::default() })
    }

    fn decide(stages: &[Stage]) -> bool {
        decides(&field("c"), stages)
    }

    #[test]
    fn windows_decide_by_their_keys_tests_and_times() {
        assert!(!decide(&[slide("b", Condition::Always, "a", "t")]));
        assert!(decide(&[slide("b", Condition::Always, "c", "t")]));
        assert!(decide(&[slide("b", tests("c"), "a", "t")]));
        assert!(decide(&[slide("b", Condition::Always, "a", "c")]));
        let later = |name: &str| [slide("c", Condition::Always, "a", "t"), Stage::Filter(tests(name))];
        assert!(decide(&later("n")));
        assert!(!decide(&later("a")));
        assert!(!decide(&[chain("a", "t", "q")]));
        for by in [chain("c", "t", "q"), chain("a", "c", "q"), chain("a", "t", "c")] {
            assert!(decide(&[by]));
        }
    }

    #[test]
    fn a_picked_row_is_decided_by_what_it_is_picked_by() {
        assert!(!decide(&[pick("b", "a", Condition::Always, None)]));
        assert!(decide(&[pick("c", "a", Condition::Always, None)]));
        assert!(decide(&[pick("b", "c", Condition::Always, None)]));
        assert!(decide(&[pick("b", "a", tests("c"), None)]));
        let later = |column, name| [pick("b", "a", Condition::Always, column), Stage::Filter(tests(name))];
        assert!(decide(&later(None, "c")));
        assert!(decide(&later(Some("c"), "l")));
        assert!(!decide(&later(Some("b"), "l")));
    }

    #[test]
    fn parts_of_a_text_decide_as_the_text_does() {
        assert!(decide(&[extract("c", "d", true)]));
        assert!(!decide(&[extract("b", "d", true)]));
        let later = |text, into, name| [extract(text, into, false), Stage::Filter(tests(name))];
        assert!(decide(&later("c", "d", "d")));
        assert!(!decide(&later("b", "d", "d")));
        assert!(!decide(&later("b", "c", "c")));
    }

    #[test]
    fn columns_that_are_made_anew_dropped_or_renamed_are_followed() {
        let extended =
            |of: &str, name: &str| [Stage::Extend(field("c"), self::of(of)), Stage::Filter(tests(name))];
        assert!(!decide(&extended("b", "c")));
        assert!(decide(&extended("c", "c")));
        assert!(!decide(&[Stage::Drop(vec![field("c")], Span::default()), Stage::Filter(tests("c"))]));
        assert!(decide(&[Stage::Drop(vec![field("b")], Span::default()), Stage::Filter(tests("c"))]));
        let renamed = |name: &str| {
            [Stage::Rename(vec![(field("d"), field("c"))], Span::default()), Stage::Filter(tests(name))]
        };
        assert!(decide(&renamed("d")));
        assert!(!decide(&renamed("c")));
    }

    #[test]
    fn an_order_decides_where_rows_are_counted_off() {
        let sorted = |name: &str| {
            let key = SortKey { value: of(name), ascending: true, nulls_first: false };
            Stage::Sort(vec![key], Span::default())
        };
        assert!(!decide(&[sorted("c")]));
        assert!(decide(&[sorted("c"), Stage::Limit(5, Span::default())]));
        assert!(!decide(&[sorted("b"), Stage::Limit(5, Span::default())]));
    }

    #[test]
    fn repeated_rows_change_counts_that_decide() {
        let of = |function| {
            let aggregate = Aggregate { function, arguments: vec![of("a")], filter: Condition::Always };
            Stage::Summarize(Summarize {
                aggregates: vec![(field("n"), aggregate)],
                by: Vec::new(),
                span: Span::default(),
            })
        };
        assert!(counts(&[of(AggregateFunction::Sum), Stage::Filter(tests("n"))]));
        assert!(!counts(&[of(AggregateFunction::Sum)]));
        assert!(!counts(&[of(AggregateFunction::CountDistinct), Stage::Filter(tests("n"))]));
        assert!(counts(&[Stage::Limit(5, Span::default())]));
    }

    #[test]
    fn columns_that_stages_make_are_not_asked_of_the_events() {
        let asked = |stage: Stage| {
            let found = asked(&[stage, Stage::Filter(tests("c"))]);
            found.iter().any(|field| *field.name == *"c")
        };
        let of_pick = |by: &str| match pick("b", "a", Condition::Always, None) {
            Stage::Pick(pick) => Stage::Pick(Pick { by: vec![(field(by), of("a"))], ..pick }),
            other => other,
        };
        assert!(asked(Stage::Filter(Condition::Always)));
        assert!(asked(of_pick("k")) && !asked(of_pick("c")));
        assert!(!asked(Stage::Extend(field("c"), of("a"))));
        assert!(asked(extract("a", "d", false)) && !asked(extract("a", "c", false)));
        assert!(!asked(Stage::Rename(vec![(field("c"), field("a"))], Span::default())));
        assert!(asked(Stage::Rename(vec![(field("a"), field("c"))], Span::default())));
        assert!(asked(slide("b", Condition::Always, "a", "t")));
    }

    #[test]
    fn a_join_reads_the_keys_of_its_left_side() {
        let join = crate::ir::Join {
            kind: crate::ir::JoinKind::Inner,
            right: Box::new(crate::ir::Pipeline {
                origin: crate::ir::Origin::Unmapped,
                stages: Vec::new(),
                look_back: None,
            }),
            on: vec![(field("a"), field("b"))],
            renamed: Vec::new(),
            drops_right_keys: false,
            span: Span::default(),
        };
        assert_eq!(read(&[Stage::Join(join)]), [field("a")]);
    }
}

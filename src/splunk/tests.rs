//! What pipelines look like as queries.

use std::sync::Arc;

use super::{print, write};
use crate::{
    diag::{Code, Effect, Note, Span},
    ir::{
        Aggregate, AggregateFunction, Case, ColumnType, Comparison, Condition, Constant, Dataset, Duration, Expand,
        Expression, ExternalList, Extract, ExtractPart, Field, Function, Join, JoinKind, Metadata, Origin,
        Pattern, Pick, Pipeline, Predicate, Project, Rule, SortKey, Stage, Subject, Summarize, Test,
    },
};

fn field(name: &str) -> Field {
    Field::new(name)
}

fn of(name: &str) -> Expression {
    Expression::Field(field(name))
}

fn is(name: &str, test: Test) -> Condition {
    Condition::is(Predicate::new(field(name), test, Span::default()))
}

fn computed(expression: Expression, test: Test) -> Condition {
    let subject = Subject::Computed(Box::new(expression));
    Condition::is(Predicate { subject, test, span: Span::default() })
}

fn call(function: Function, arguments: impl Into<Vec<Expression>>) -> Expression {
    Expression::Call(function, arguments.into())
}

fn hours(count: i64) -> Expression {
    Expression::Constant(Constant::Duration(Duration(count * Duration::HOUR)))
}

fn filter(name: &str, value: &str) -> Stage {
    Stage::Filter(is(name, Test::text(value)))
}

fn more_than(name: &str, number: i64) -> Stage {
    Stage::Filter(is(name, Test::Number(Comparison::Greater, number.into())))
}

fn extend(name: &str, value: Expression) -> Stage {
    Stage::Extend(field(name), value)
}

fn project(columns: &[&str]) -> Stage {
    let columns = columns.iter().map(|name| (field(name), of(name))).collect();
    Stage::Project(Project { columns, span: Span::default() })
}

fn aggregate(name: &str, function: AggregateFunction, arguments: &[Expression]) -> (Field, Aggregate) {
    (field(name), Aggregate { function, arguments: arguments.to_vec(), filter: Condition::Always })
}

fn count() -> (Field, Aggregate) {
    aggregate("count_", AggregateFunction::Count, &[])
}

fn keys(names: &[&str]) -> Vec<(Field, Expression)> {
    names.iter().map(|name| (field(name), of(name))).collect()
}

fn summarize(aggregates: Vec<(Field, Aggregate)>, by: Vec<(Field, Expression)>) -> Stage {
    Stage::Summarize(Summarize { aggregates, by, span: Span::default() })
}

fn pick(of: &str, by: &[&str]) -> Pick {
    Pick {
        of: self::of(of),
        name: field(of),
        is_greatest: true,
        columns: None,
        by: keys(by),
        aggregates: vec![],
        span: Span::default(),
    }
}

fn pipeline(stages: Vec<Stage>) -> Pipeline {
    Pipeline { origin: Origin::Unmapped, stages, look_back: None }
}

fn join(kind: JoinKind, on: &[(&str, &str)], right: Vec<Stage>) -> Join {
    Join {
        kind,
        right: Box::new(pipeline(right)),
        on: on.iter().map(|(left, right)| (field(left), field(right))).collect(),
        renamed: vec![],
        drops_right_keys: false,
        span: Span::default(),
    }
}

fn rule(stages: Vec<Stage>) -> Rule {
    Rule {
        look_back: None,
        metadata: Metadata::default().into(),
        origin: Origin::Unmapped,
        stages,
        span: Span::default(),
    }
}

fn noted(stages: Vec<Stage>) -> (String, Vec<Note>) {
    let mut notes = Vec::new();
    let query = write(&rule(stages), &mut notes).unwrap();
    (print(&query), notes)
}

fn query(stages: Vec<Stage>) -> String {
    noted(stages).0
}

fn effects(stages: Vec<Stage>, code: Code) -> Vec<Effect> {
    noted(stages).1.into_iter().filter(|note| note.code == code).map(|note| note.effect).collect()
}

fn refusal(stages: Vec<Stage>) -> String {
    write(&rule(stages), &mut Vec::new()).unwrap_err().message
}

/// What stands after the first line.
fn after(first: &str, stages: Vec<Stage>) -> String {
    let query = query(stages);
    query.strip_prefix(first).unwrap_or_else(|| panic!("{query}")).trim_start().to_owned()
}

#[test]
fn show_all() {
    let all = Function::ALL.iter().map(|function| {
        format!("{:22} {}", function.name(), super::describe(*function).unwrap_or_else(|| "-".into()))
    });
    println!("{}", all.collect::<Vec<_>>().join("\n"));
    let ago = call(Function::Ago, [hours(24)]);
    for stages in [
        vec![filter("a", "x"), extend("p", call(Function::Concat, [of("a"), Expression::text("-"), of("b")])), extend("q", call(Function::Lower, [of("p")]))],
        vec![filter("a", "x"), summarize(vec![count(), aggregate("users", AggregateFunction::CollectSet, &[of("user")])], keys(&["a", "dest"])), more_than("count_", 5)],
        vec![filter("a", "x"), summarize(vec![count(), aggregate("start", AggregateFunction::Minimum, &[of("_time")])], vec![(field("_time"), call(Function::Bin, [of("_time"), hours(1)])), (field("user"), call(Function::Lower, [of("user")]))]), more_than("count_", 5)],
        vec![filter("a", "x"), Stage::Pick(pick("_time", &["host"]))],
        vec![filter("a", "x"), Stage::Pick(pick("size", &["host"]))],
        vec![filter("a", "x"), Stage::Join(join(JoinKind::Inner, &[("id", "id")], vec![filter("b", "y"), project(&["id", "c"])]))],
        vec![filter("a", "x"), Stage::Join(join(JoinKind::InnerUnique, &[("id", "rid")], vec![filter("b", "y")]))],
        vec![filter("a", "x"), Stage::Join(join(JoinKind::LeftSemi, &[("id", "rid")], vec![filter("b", "y"), project(&["rid"])]))],
        vec![filter("a", "x"), Stage::Join(join(JoinKind::LeftAnti, &[("id", "rid")], vec![filter("b", "y"), project(&["rid"])]))],
        vec![filter("a", "x"), Stage::Join(join(JoinKind::RightOuter, &[("id", "rid")], vec![filter("b", "y"), project(&["rid"])]))],
        vec![filter("a", "x"), Stage::Union(vec![pipeline(vec![filter("b", "y")])], Span::default()), filter("c", "z")],
        vec![filter("a", "x"), extend("t", Expression::text("1")), Stage::Union(vec![pipeline(vec![filter("b", "y")])], Span::default()), filter("c", "z")],
        vec![filter("a", "x"), summarize(vec![count()], vec![]), Stage::Union(vec![pipeline(vec![filter("b", "y")])], Span::default()), filter("c", "z")],
        vec![Stage::Filter(is("_time", Test::Compare(Comparison::Greater, Box::new(ago))))],
        vec![Stage::Filter(Condition::all([is("b", Test::Listed(ExternalList { name: "vips".into(), column: Some("upn".into()) }, Case::Sensitive)), is("a", Test::text("x"))]))],
        vec![Stage::Filter(Condition::all([Condition::not(is("b", Test::Listed(ExternalList { name: "vips".into(), column: Some("upn".into()) }, Case::Sensitive))), is("a", Test::text("x"))]))],
        vec![Stage::Filter(Condition::all([is("b", Test::Among(Box::new(pipeline(vec![filter("c","z"), project(&["d"])])), Case::Sensitive)), is("a", Test::text("x"))]))],
        vec![Stage::Filter(Condition::all([Condition::not(is("b", Test::Among(Box::new(pipeline(vec![filter("c","z"), project(&["d"])])), Case::Insensitive))), is("a", Test::text("x"))]))],
        vec![filter("a","x"), Stage::Expand(Expand{ list: call(Function::Split, [of("l"), Expression::text(",")]), output: field("e"), index: None, span: Span::default()})],
        vec![filter("a","x"), Stage::Extract(Extract{ text: of("msg"), parts: vec![ExtractPart::Skip, ExtractPart::Literal("user=(".into()), ExtractPart::Column(field("u")), ExtractPart::Literal(" ".into()), ExtractPart::Skip], only_matching: true, span: Span::default()})],
        vec![filter("a","x"), extend("u", call(Function::Extract, [Expression::text("user=(\\w+)"), Expression::number(1), of("msg")])), extend("v", Expression::Member(Box::new(Expression::Element(Box::new(Expression::Member(Box::new(call(Function::ParseJson, [of("j")])), "a".into())), 0)), "b".into()))],
        vec![filter("a","x"), Stage::Sort(vec![SortKey{value: of("_time"), ascending: false, nulls_first: false}], Span::default()), Stage::Limit(10, Span::default())],
    ] {
        println!("-----\n{}", query(stages));
    }
    let _ = (Arc::<str>::from(""), ColumnType::Text, Pattern::anything(), Dataset::default(), refusal as fn(Vec<Stage>) -> String, effects as fn(Vec<Stage>, Code) -> Vec<Effect>, after as fn(&str, Vec<Stage>) -> String);
}

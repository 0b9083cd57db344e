//! One fact of layout, precedence or comments each, on trees made by constructors.

use proptest::prelude::*;

use super::{format, print};

use crate::{
    diag::Span,
    kusto::ast::{
        Aggregation, Argument, BinaryOperator as Op, Call, Column, Comment, Dynamic, Expression, Function,
        FunctionParameter, InOperator, Join, LetValue, Literal, Name, Operator, Ordered, Parameter,
        ParameterType, Parse, ParsePart, Place, Query, RowSchema, Script, Search, Source, Statement, Step,
    },
};

mod comments;

fn n(name: &str) -> Expression {
    Expression::name(name)
}

fn long(value: i64) -> Expression {
    Expression::literal(Literal::Long(value))
}

fn query(table: &str, operators: Vec<Operator>) -> Query {
    Query { source: Source::Expression(n(table)), operators: operators.into_iter().map(Step::from).collect() }
}

fn filter(predicate: Expression) -> Operator {
    Operator::Where(Vec::new(), predicate)
}

fn nested(table: &str, operators: Vec<Operator>) -> Expression {
    Expression::Query(Box::new(query(table, operators)))
}

fn column(name: &str, value: Expression) -> Column {
    Column { names: vec![name.into()], is_tuple: false, value }
}

fn unnamed(value: Expression) -> Column {
    Column { names: Vec::new(), is_tuple: false, value }
}

fn equal(name: &str, value: i64) -> Expression {
    Expression::binary(n(name), Op::Equal, long(value))
}

fn signed(value: Expression) -> Expression {
    Expression::Signed { negative: true, value: Box::new(value), place: Place::default() }
}

/// The only statement of a text that was read.
fn laid_out(statement: Statement) -> String {
    format(&Script { statements: vec![statement], comments: Vec::new() }, "")
}

fn step(operator: Operator) -> String {
    let text = laid_out(Statement::Tabular(query("T", vec![operator])));
    text.strip_prefix("T\n| ").and_then(|rest| rest.strip_suffix('\n')).unwrap().to_owned()
}

/// An expression where nothing surrounds it.
fn alone(value: Expression) -> String {
    laid_out(Statement::Tabular(Query { source: Source::Expression(value), operators: Vec::new() }))
        .trim_end()
        .to_owned()
}

fn schema(columns: &[(&str, &str)]) -> RowSchema {
    let columns = columns.iter().map(|(name, ty)| ((*name).into(), (*ty).into())).collect();
    RowSchema { is_open: false, columns }
}

fn parameter(name: &str, value: Expression) -> Parameter {
    Parameter { name: name.into(), value }
}

#[test]
fn sums_and_products_need_parentheses_only_against_their_order() {
    let (a, b, c) = (n("a"), n("b"), n("c"));
    let left =
        Expression::binary(Expression::binary(a.clone(), Op::Subtract, b.clone()), Op::Subtract, c.clone());
    assert_eq!(alone(left), "a - b - c");
    let right =
        Expression::binary(a.clone(), Op::Subtract, Expression::binary(b.clone(), Op::Subtract, c.clone()));
    assert_eq!(alone(right), "a - (b - c)");
    let product =
        Expression::binary(Expression::binary(a.clone(), Op::Add, b.clone()), Op::Multiply, c.clone());
    assert_eq!(alone(product), "(a + b) * c");
    let times =
        |one: &Expression, other: &Expression| Expression::binary(one.clone(), Op::Multiply, other.clone());
    assert_eq!(alone(times(&times(&a, &b), &c)), "a * b * c");
    assert_eq!(alone(times(&a, &times(&b, &c))), "a * (b * c)");
    let order = Expression::binary(Expression::binary(a, Op::Add, b), Op::Greater, c);
    assert_eq!(alone(order), "a + b > c");
}

#[test]
fn comparisons_inside_comparisons_stand_in_parentheses() {
    let inner = Expression::binary(n("a"), Op::Has, Expression::text("b"));
    let outer = Expression::binary(inner.clone(), Op::Equal, Expression::literal(Literal::Bool(true)));
    assert_eq!(alone(outer), r#"(a has "b") == true"#);
    assert_eq!(alone(Expression::binary(inner, Op::Add, long(1))), r#"(a has "b") + 1"#);
    let sum = Expression::binary(n("a"), Op::Add, n("b"));
    assert_eq!(alone(Expression::binary(sum, Op::Has, Expression::text("c"))), r#"(a + b) has "c""#);
}

#[test]
fn a_junction_inside_a_junction_keeps_its_parentheses() {
    let and = Expression::And(vec![n("a"), Expression::And(vec![n("b"), n("c")])]);
    assert_eq!(alone(and), "a and (b and c)");
    let or = Expression::Or(vec![n("a"), Expression::And(vec![n("b"), n("c")])]);
    assert_eq!(alone(or), "a or (b and c)");
}

#[test]
fn signs_never_follow_one_another() {
    assert_eq!(alone(signed(n("a"))), "-a");
    assert_eq!(alone(signed(signed(n("a")))), "-(-a)");
    assert_eq!(alone(signed(long(-1))), "-(-1)");
    assert_eq!(alone(signed(Expression::binary(n("a"), Op::Add, n("b")))), "-(a + b)");
    assert_eq!(alone(Expression::binary(signed(n("a")), Op::Multiply, n("b"))), "-a * b");
}

#[test]
fn tests_with_lists_and_ranges() {
    let list = Expression::list(n("a"), InOperator::NotInNoCase, vec![Expression::text("x"), n("y")]);
    assert_eq!(alone(list), r#"a !in~ ("x", y)"#);
    let between = Expression::Between {
        value: Box::new(n("a")),
        negated: true,
        from: Box::new(long(1)),
        to: Box::new(Expression::binary(long(2), Op::Add, n("b"))),
        place: Place::default(),
    };
    assert_eq!(alone(between), "a !between (1 .. 2 + b)");
    let rows = Expression::list(n("a"), InOperator::In, vec![nested("T", vec![Operator::Count])]);
    assert_eq!(alone(rows), "a in ((\n    T\n    | count\n))");
}

#[test]
fn long_lists_stand_an_item_a_line() {
    let values = (0..12).map(|index| Expression::text(format!("value {index:04}"))).collect();
    let text = step(filter(Expression::list(n("a"), InOperator::HasAny, values)));
    assert!(
        text.starts_with("where a has_any (\n        \"value 0000\",\n        \"value 0001\",\n"),
        "{text}"
    );
    assert!(text.ends_with("\n        \"value 0011\"\n    )"), "{text}");
}

#[test]
fn members_and_elements() {
    let member = |name: &str| Expression::Member(Box::new(n("a")), name.into());
    assert_eq!(alone(member("b")), "a.b");
    assert_eq!(alone(member("count")), "a.count");
    assert_eq!(alone(member("odd name")), "a['odd name']");
    let read = Name { text: "odd name".to_owned(), place: Place(Span::new(2, 14)) };
    assert_eq!(alone(Expression::Member(Box::new(n("a")), read)), "a.['odd name']");
    let element = Expression::Index(Box::new(member("b")), Box::new(Expression::text("c d")));
    assert_eq!(alone(element), r#"a.b["c d"]"#);
    let side = Expression::Member(Box::new(Expression::Side("$left".into())), "X".into());
    assert_eq!(alone(side), "$left.X");
    assert_eq!(alone(Expression::Pattern("Device*".into())), "Device*");
}

#[test]
fn names_are_quoted_where_they_must_be() {
    assert_eq!(
        step(Operator::Project(vec![unnamed(n("title")), unnamed(n("a b"))])),
        "project ['title'], ['a b']"
    );
    assert_eq!(step(Operator::Extend(vec![column("count", n("x"))])), "extend count = x");
    assert_eq!(step(Operator::Extend(vec![column("kind", n("x"))])), "extend ['kind'] = x");
    assert_eq!(alone(Expression::call("count", [])), "count()");
    assert_eq!(alone(Expression::call("typeof", [n("string")])), "typeof(string)");
}

#[test]
fn calls_hold_names_members_and_queries() {
    let inner = Expression::call("cluster", [Expression::text("c")]);
    let call = Call {
        on: Some(Box::new(inner)),
        function: "database".into(),
        arguments: vec![Argument { name: Some("x".into()), value: long(1) }],
        place: Place::default(),
    };
    assert_eq!(alone(Expression::Call(call)), r#"cluster("c").database(x=1)"#);
    let rows = || nested("T", vec![Operator::Count]);
    assert_eq!(alone(Expression::call("toscalar", [rows()])), "toscalar(\n    T\n    | count\n)");
    assert_eq!(alone(Expression::call("f", [rows()])), "f((\n    T\n    | count\n))");
}

#[test]
fn a_predicate_stands_a_clause_a_line_and_a_group_where_it_is_long() {
    let predicate = Expression::And(vec![equal("a", 1), Expression::Or(vec![equal("b", 2), equal("c", 3)])]);
    assert_eq!(step(filter(predicate)), "where a == 1\n    and (b == 2 or c == 3)");
    let wide = |name: &str| equal(&name.repeat(60), 1);
    let text = step(filter(Expression::And(vec![equal("a", 1), Expression::Or(vec![wide("b"), wide("c")])])));
    let (b, c) = ("b".repeat(60), "c".repeat(60));
    assert_eq!(text, format!("where a == 1\n    and (\n        {b} == 1\n        or {c} == 1\n    )"));
    let negated = step(filter(Expression::call("not", [Expression::Or(vec![wide("b"), wide("c")])])));
    assert_eq!(negated, format!("where not(\n        {b} == 1\n        or {c} == 1\n    )"));
}

#[test]
fn a_join_has_its_right_side_on_lines_of_its_own() {
    let join = |right| {
        let sides = ["$left", "$right"].map(|side| Expression::Member(Box::new(n_side(side)), "X".into()));
        let [left, other] = sides;
        Operator::Join(Join {
            parameters: vec![parameter("kind", n("inner")), parameter("hint.strategy", n("shuffle"))],
            right: Box::new(right),
            on: vec![n("DeviceId"), Expression::binary(left, Op::Equal, other)],
        })
    };
    let on = "on DeviceId, $left.X == $right.X";
    assert_eq!(step(join(n("U"))), format!("join kind=inner hint.strategy=shuffle U {on}"));
    let rows = nested("U", vec![filter(equal("a", 1))]);
    let expected = format!("join kind=inner hint.strategy=shuffle (\n    U\n    | where a == 1\n) {on}");
    assert_eq!(step(join(rows)), expected);
}

fn n_side(side: &str) -> Expression {
    Expression::Side(side.into())
}

#[test]
fn a_long_aggregation_stands_an_aggregate_a_line() {
    let summarize = |count: usize| {
        let aggregate =
            |index| column(&format!("Aggregate{index}"), Expression::call("dcount", [n("DeviceName")]));
        Operator::Summarize(Aggregation {
            parameters: Vec::new(),
            aggregates: (0..count).map(aggregate).collect(),
            by: Some(vec![unnamed(n("a")), unnamed(n("b"))]),
        })
    };
    assert_eq!(step(summarize(1)), "summarize Aggregate0 = dcount(DeviceName) by a, b");
    let expected = "summarize\n    Aggregate0 = dcount(DeviceName),\n    Aggregate1 = dcount(DeviceName),\n    \
                    Aggregate2 = dcount(DeviceName)\n    by a, b";
    assert_eq!(step(summarize(3)), expected);
}

#[test]
fn several_computed_columns_stand_one_a_line() {
    assert_eq!(step(Operator::Extend(vec![column("a", long(1))])), "extend a = 1");
    let tuple =
        Column { names: vec!["b".into(), "c".into()], is_tuple: true, value: Expression::call("f", []) };
    assert_eq!(
        step(Operator::Extend(vec![column("a", long(1)), tuple])),
        "extend\n    a = 1,\n    (b, c) = f()"
    );
}

#[test]
fn operators_with_words_of_their_own() {
    let order = Ordered { value: n("a"), ascending: Some(true), nulls: Some(crate::kusto::ast::Nulls::Last) };
    assert_eq!(step(Operator::Top(Vec::new(), long(5), vec![order])), "top 5 by a asc nulls last");
    let parse = Parse {
        only_matching: true,
        parameters: vec![parameter("kind", n("regex"))],
        text: n("x"),
        pattern: vec![
            ParsePart::Any,
            ParsePart::Text("a".to_owned()),
            ParsePart::Column("b".into(), Some("long".into())),
        ],
    };
    assert_eq!(step(Operator::Parse(parse)), r#"parse-where kind=regex x with * "a" b: long"#);
    let search = Search {
        parameters: vec![parameter("kind", n("case_sensitive"))],
        tables: vec![n("A"), Expression::Pattern("B*".into())],
        predicate: Box::new(Expression::binary(n("c"), Op::Search, Expression::text("d"))),
        project: None,
    };
    assert_eq!(step(Operator::Search(search)), r#"search kind=case_sensitive in (A, B*) c:"d""#);
    let render = vec![parameter("kind", n("stacked")), parameter("title", Expression::text("t"))];
    assert_eq!(
        step(Operator::Render("timechart".into(), render)),
        r#"render timechart with (kind=stacked, title="t")"#
    );
    let range = Operator::Range { column: "x".into(), from: long(1), to: long(9), step: long(2) };
    assert_eq!(step(range), "range x from 1 to 9 step 2");
    assert_eq!(
        step(Operator::Graph("make-graph", "a --> b with T on c".to_owned())),
        "make-graph a --> b with T on c"
    );
}

#[test]
fn tables_of_constants_stand_row_by_row() {
    let values = |count: i64| (0..count).map(long).collect();
    let table =
        |values| Expression::DataTable(schema(&[("a", "long"), ("b", "long")]), values, Place::default());
    assert_eq!(alone(table(values(2))), "datatable (a: long, b: long) [0, 1]");
    assert_eq!(alone(table(values(4))), "datatable (a: long, b: long) [\n    0, 1,\n    2, 3\n]");
    let external = Expression::ExternalData {
        schema: schema(&[("a", "string")]),
        uris: vec![Expression::text("https://x")],
        properties: vec![("format".into(), Expression::text("csv"))],
        place: Place::default(),
    };
    assert_eq!(alone(external), r#"externaldata (a: string) ["https://x"] with (format="csv")"#);
}

#[test]
fn dynamic_values_are_json() {
    let text = |text: &str| Dynamic::Literal(Literal::String(text.to_owned()));
    let bag = Dynamic::Bag(vec![("a\"".to_owned(), Dynamic::Array(vec![text("x\\"), Dynamic::Null]))]);
    assert_eq!(alone(Expression::Dynamic(bag, Place::default())), r#"dynamic({"a\"": ["x\\", null]})"#);
    let long = Dynamic::Array((0..9).map(|index| text(&format!("value number {index}"))).collect());
    let printed = alone(Expression::Dynamic(long, Place::default()));
    assert!(printed.starts_with("dynamic([\n    \"value number 0\",\n"), "{printed}");
}

#[test]
fn statements_end_with_semicolons() {
    let function = |body: Vec<Statement>| {
        let scalar = |name: &str, default| FunctionParameter {
            name: name.into(),
            ty: ParameterType::Scalar("string".into()),
            default,
        };
        let table = FunctionParameter {
            name: "T".into(),
            ty: ParameterType::Table(RowSchema { is_open: true, columns: Vec::new() }),
            default: None,
        };
        let parameters = vec![table, scalar("a", Some(Expression::text("x")))];
        LetValue::Function(Function { is_view: false, parameters, body, place: Place::default() })
    };
    let scalar =
        Query { source: Source::Expression(Expression::call("tolower", [n("a")])), operators: Vec::new() };
    let short = Statement::Let("f".into(), function(vec![Statement::Tabular(scalar)]));
    assert_eq!(laid_out(short), "let f = (T: (*), a: string = \"x\") { tolower(a) };\n");
    let body = vec![
        Statement::Let("b".into(), LetValue::Expression(long(1))),
        Statement::Tabular(query("T", vec![Operator::Count])),
    ];
    let expected = "let f = (T: (*), a: string = \"x\") {\n    let b = 1;\n    T\n    | count\n};\n";
    assert_eq!(laid_out(Statement::Let("f".into(), function(body))), expected);
    let rows = LetValue::Expression(nested("T", vec![Operator::Count]));
    assert_eq!(laid_out(Statement::Let("x".into(), rows)), "let x = T\n    | count;\n");
    assert_eq!(laid_out(Statement::Set("notruncation".into(), None)), "set notruncation;\n");
    assert_eq!(laid_out(Statement::Restrict(vec![n("A"), n("B")])), "restrict access to (A, B);\n");
}

#[test]
fn what_rulec_writes_keeps_its_lists_on_one_line() {
    let terms = (0..20).map(|index| Dynamic::Literal(Literal::String(format!("term {index}")))).collect();
    let list = Expression::Dynamic(Dynamic::Array(terms), Place::default());
    let call = Expression::call("_Im_Dns", [list]);
    let text = print(&Query { source: Source::Expression(call), operators: Vec::new() });
    assert!(!text.contains('\n'), "{text}");
}

/// Any expression, with any text in each of its texts and names.
fn expressions() -> impl Strategy<Value = Expression> {
    let leaf = prop_oneof![
        ".*".prop_map(Expression::text),
        ".*".prop_map(|text| Expression::literal(Literal::Hidden(text))),
        ".*".prop_map(|text| Expression::literal(Literal::Datetime(text))),
        any::<i64>().prop_map(long),
        any::<f64>().prop_map(|value| Expression::literal(Literal::Real(value))),
        any::<i64>()
            .prop_map(|ticks| Expression::literal(Literal::Timespan { ticks, spelling: String::new() })),
        ".*".prop_map(Expression::name),
        ".*".prop_map(|text| Expression::Pattern(text.into())),
        ".*".prop_map(|text| Expression::Dynamic(Dynamic::Literal(Literal::String(text)), Place::default())),
    ];
    leaf.prop_recursive(4, 40, 5, |inner| {
        let several = prop::collection::vec(inner.clone(), 0..5);
        prop_oneof![
            (inner.clone(), inner.clone()).prop_map(|(a, b)| Expression::binary(a, Op::Add, b)),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| Expression::binary(a, Op::HasCs, b)),
            (inner.clone(), several.clone()).prop_map(|(a, all)| Expression::list(a, InOperator::In, all)),
            several.clone().prop_map(Expression::And),
            several.clone().prop_map(Expression::Or),
            (".*", several).prop_map(|(name, all)| Expression::call(&name, all)),
            inner.clone().prop_map(signed),
            (inner, ".*").prop_map(|(object, name)| Expression::Member(Box::new(object), name.into())),
        ]
    })
}

/// The brackets outside of texts, and whether every text ends on its line and every bracket is closed by its like.
fn is_balanced(text: &str) -> bool {
    let mut open = Vec::new();
    let mut chars = text.chars().peekable();
    let mut before = ' ';
    while let Some(c) = chars.next() {
        match c {
            '(' => open.push(')'),
            '[' => open.push(']'),
            '{' => open.push('}'),
            ')' | ']' | '}' if open.pop() != Some(c) => return false,
            '"' | '\'' => {
                let is_verbatim = before == '@';
                loop {
                    match chars.next() {
                        None | Some('\n' | '\r') => return false,
                        Some('\\') if !is_verbatim => {
                            chars.next();
                        }
                        Some(end) if end == c && is_verbatim && chars.peek() == Some(&c) => {
                            chars.next();
                        }
                        Some(end) if end == c => break,
                        Some(_) => {}
                    }
                }
            }
            '|' | ';' if open.is_empty() => return false,
            _ => {}
        }
        before = c;
    }
    open.is_empty()
}

proptest! {
    #[test]
    fn nothing_breaks_out_of_its_quotes_and_brackets(expression in expressions()) {
        let text = alone(expression);
        prop_assert!(is_balanced(&text), "{}", text);
    }
}

/// A text that is read, as it is laid out.
fn again(text: &str) -> String {
    let parsed = crate::kusto::parse(text, &crate::diag::Positions::default());
    assert_eq!(parsed.diagnostics, [], "{text}");
    format(&parsed.script, text)
}

#[test]
fn short_operators_stand_on_one_line() {
    for operator in [
        "consume",
        "project-away a, b*",
        "project-by-names \"a\", \"b\"",
        "project-keep a, b*",
        "project-reorder a asc, b, c* desc",
        "reduce by a with threshold=0.1",
        "sample 5",
        "sample-distinct 5 of a",
        "serialize n = row_number()",
        "top-hitters 5 of a by b",
        "top-hitters 5 of a",
        "top-nested 3 of a with others=\"others\" by count()",
        "top-nested of a by max(b) desc",
        "facet by a, b",
        "make-series n = count() default=0 on t from ago(1d) to now() step 1h by a",
        "make-series n = count() on t in range(ago(1d), now(), 1h)",
        "render timechart with (ycolumns=a, b, title=\"x\")",
        "search in (A, B) \"x\"",
    ] {
        let text = format!("T\n| {operator}\n");
        assert_eq!(again(&text), text);
    }
}

#[test]
fn pipelines_in_parentheses_stand_a_step_a_line() {
    for operator in [
        "facet by a with (\n    where b == 1\n    | take 5\n)",
        "mv-apply e = l to typeof(string) limit 5 on (\n    where e == \"x\"\n    | take 1\n)",
        "partition by a (\n    take 1\n    | count\n)",
        "partition by a {\n    B\n    | take 1\n}",
    ] {
        let text = format!("T\n| {operator}\n");
        assert_eq!(again(&text.replace("\n    ", " ")), text);
    }
}

#[test]
fn steps_of_a_scan_stand_a_line_each() {
    let scan = "scan with_match_id=m order by t asc partition by a declare (n: long = 0) with (step s1: b == 1; step s2 optional output=last: b == 2 => n = s1.n + 1;)";
    let laid_out = "\
T
| scan with_match_id=m order by t asc partition by a declare (n: long = 0) with (
    step s1: b == 1;
    step s2 optional output=last: b == 2 => n = s1.n + 1;
)
";

    assert_eq!(again(&format!("T | {scan}")), laid_out);
    assert_eq!(again("T | scan with (step s: true)"), "T\n| scan with (\n    step s: true;\n)\n");
}

#[test]
fn numbers_that_are_none_have_names() {
    let real = |value: f64| alone(Expression::literal(Literal::Real(value)));
    assert_eq!(
        [real(f64::NAN), real(f64::INFINITY), real(f64::NEG_INFINITY)].join(" "),
        "real(nan) real(+inf) real(-inf)"
    );
    assert_eq!([real(0.5), real(-2.0), real(1e15), real(1e-5)].join(" "), "0.5 -2.0 1e15 1e-5");
}

#[test]
fn what_is_empty_stands_on_one_line() {
    let dynamic = |value| alone(Expression::Dynamic(value, Place::default()));
    assert_eq!(dynamic(Dynamic::Bag(Vec::new())), "dynamic({})");
    assert_eq!(dynamic(Dynamic::Array(Vec::new())), "dynamic([])");
}

#[test]
fn names_of_arguments_may_start_with_a_digit() {
    for text in ["evaluate f(1a_b=2)", "evaluate _f(a)", "evaluate f(['a b']=2)"] {
        assert_eq!(again(&format!("T | {text}")), format!("T\n| {text}\n"));
    }
}

#[test]
fn a_member_of_a_signed_value_has_parentheses() {
    assert_eq!(alone(Expression::Member(Box::new(signed(n("a"))), "b".into())), "(-a).b");
}

#[test]
fn rows_of_a_table_of_constants_stand_on_lines_where_they_have_several_cells() {
    let one_column = "datatable (a: long) [1, 2]\n";
    assert_eq!(again(one_column), one_column);
    let two_columns = "datatable (a: long, b: long) [\n    1, 2,\n    3, 4\n]\n";
    assert_eq!(again(two_columns), two_columns);
}

#[test]
fn names_of_parameters_have_dots() {
    let hinted = |name: &str| step(Operator::Where(vec![parameter(name, long(1))], equal("a", 1)));
    assert_eq!(hinted("_a.b"), "where _a.b=1 a == 1");
    assert_eq!(hinted(".a"), "where ['.a']=1 a == 1");
}

//! What pipelines look like as queries.

use super::{print, write};
use crate::{
    diag::{Code, Effect, Note, Span},
    ir::{
        Aggregate, AggregateFunction, Case, ColumnType, Comparison, Condition, Constant, Dataset, Duration,
        Expand, Expression, ExternalList, Extract, ExtractPart, Field, FieldRelation, Function, Join,
        JoinKind, Metadata, Origin, Pattern, Pick, Pipeline, Predicate, Project, Rule, SortKey, Stage,
        Subject, Summarize, Test,
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
        notes: Vec::new(),
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
fn consecutive_extends_are_one_eval() {
    let joined = call(Function::Concat, [of("a"), Expression::text("-"), of("b")]);
    let stages = vec![filter("a", "x"), extend("p", joined), extend("q", call(Function::Lower, [of("p")]))];
    assert_eq!(query(stages), "a=\"x\"\n| eval p=a.\"-\".coalesce(b, \"\"), q=lower(p)");
}

#[test]
fn long_assignments_stand_on_lines_of_their_own() {
    let long = || Expression::text("a text that takes its place on the line, as many of them do");
    let query = query(vec![extend("p", long()), extend("q", long())]);
    assert!(query.contains("do\",\n    q=\""), "{query}");
}

#[test]
fn groups_without_a_key_are_kept() {
    let users = aggregate("users", AggregateFunction::CollectSet, &[of("user")]);
    let stages =
        vec![filter("a", "x"), summarize(vec![count(), users], keys(&["a", "dest"])), more_than("count_", 5)];
    assert_eq!(
        query(stages),
        "a=\"x\"\n| fillnull value=\"\" dest\n| stats count AS count_ values(user) AS users BY a dest\n| where count_>5"
    );
}

#[test]
fn a_bin_of_time_keeps_the_time_that_an_aggregate_reads() {
    let bins = || vec![(field("_time"), call(Function::Bin, [of("_time"), hours(1)]))];
    assert_eq!(
        after("*", vec![summarize(vec![count()], bins())]),
        "| bin _time span=1h\n| stats count AS count_ BY _time"
    );
    let first = aggregate("first", AggregateFunction::Minimum, &[of("_time")]);
    assert_eq!(
        after("*", vec![summarize(vec![first], bins())]),
        "| bin _time span=1h AS time_bin\n| stats min(_time) AS first BY time_bin\n| rename time_bin AS _time"
    );
}

#[test]
fn a_key_that_takes_the_name_of_a_field_leaves_it_to_the_aggregates() {
    let by = vec![(field("user"), call(Function::Lower, [of("user")]))];
    let all = aggregate("all", AggregateFunction::CollectSet, &[of("user")]);
    assert_eq!(
        after("user=\"x\"", vec![filter("user", "x"), summarize(vec![all], by)]),
        "| eval user_new=lower(user)\n| stats values(user) AS all BY user_new\n| rename user_new AS user"
    );
}

#[test]
fn days_begin_in_the_zone_of_the_search() {
    let day = vec![(field("_time"), call(Function::Bin, [of("_time"), hours(24)]))];
    assert_eq!(effects(vec![summarize(vec![count()], day)], Code::TimeZone), [Effect::None]);
}

#[test]
fn aggregates_of_some_rows_are_of_nulls_on_the_others() {
    let only = |function, arguments: &[Expression]| {
        let filter = is("result", Test::number(0));
        (field("n"), Aggregate { function, arguments: arguments.to_vec(), filter })
    };
    let of_some = |aggregate| after("*", vec![summarize(vec![aggregate], vec![])]);
    assert_eq!(of_some(only(AggregateFunction::Count, &[])), "| stats count(eval(tonumber(result)=0)) AS n");
    assert_eq!(
        of_some(only(AggregateFunction::CountDistinct, &[of("ip")])),
        "| stats dc(eval(if(tonumber(result)=0, ip, null()))) AS n"
    );
}

#[test]
fn percentiles_and_limits_are_constants() {
    let ninety = aggregate("p", AggregateFunction::Percentile, &[of("size"), Expression::number(95)]);
    assert_eq!(after("*", vec![summarize(vec![ninety], vec![])]), "| stats perc95(size) AS p");
    let some = aggregate("s", AggregateFunction::CollectSet, &[of("a"), Expression::number(5)]);
    assert_eq!(
        after("*", vec![summarize(vec![some], vec![])]),
        "| stats values(a) AS s\n| eval s=mvindex(s, 0, 4)"
    );
}

#[test]
fn groups_alone_are_counted_without_the_count() {
    assert_eq!(
        after("a=\"x\"", vec![filter("a", "x"), summarize(vec![], keys(&["a"]))]),
        "| stats count BY a\n| fields - count"
    );
}

#[test]
fn all_rows_are_sorted() {
    let key = |name: &str, ascending| SortKey { value: of(name), ascending, nulls_first: ascending };
    let sort = Stage::Sort(vec![key("count_", false), key("user", true)], Span::default());
    assert_eq!(
        after("*", vec![sort, Stage::Limit(10, Span::default())]),
        "| sort 0 -count_ +user\n| head 10"
    );
}

#[test]
fn the_latest_row_is_the_first_after_sorting() {
    let stages = vec![Stage::Pick(pick("_time", &["host"]))];
    assert_eq!(after("*", stages), "| sort 0 -_time\n| dedup host");
    assert_eq!(after("*", vec![Stage::Pick(pick("_time", &[]))]), "| sort 0 -_time\n| head 1");
}

#[test]
fn where_sort_puts_missing_values_does_not_matter() {
    assert_eq!(
        after("*", vec![Stage::Pick(pick("size", &["host"]))]),
        "| eventstats max(size) AS greatest BY host\n| where size=greatest\n    OR isnull(greatest)\n| dedup host"
    );
}

#[test]
fn a_picked_row_may_have_aggregates_beside_it() {
    let stage =
        Pick { aggregates: vec![count()], columns: Some(keys(&["user"])), ..pick("_time", &["host"]) };
    assert_eq!(
        after("*", vec![Stage::Pick(stage)]),
        "| eventstats count AS count_ BY host\n| sort 0 -_time\n| dedup host\n| table host, _time, user, count_"
    );
}

#[test]
fn columns_are_computed_of_the_rows_as_they_were() {
    let columns = vec![
        (field("a"), of("b")),
        (field("b"), of("a")),
        (field("Account"), of("user")),
        (field("n"), call(Function::Length, [of("c")])),
    ];
    assert_eq!(
        after("*", vec![Stage::Project(Project { columns, span: Span::default() })]),
        "| eval a_new=b, b=a, n=len(c)\n| rename a_new AS a, user AS Account\n| table a, b, Account, n"
    );
}

#[test]
fn both_sides_of_a_join_have_the_keys_of_the_left() {
    let stages =
        |kind, on: &[(&str, &str)], right| vec![filter("a", "x"), Stage::Join(join(kind, on, right))];
    assert_eq!(
        query(stages(JoinKind::Inner, &[("id", "id")], vec![filter("b", "y"), project(&["id", "c"])])),
        "a=\"x\"\n| join type=inner max=0 id\n    [search b=\"y\" | table id, c]"
    );
    assert_eq!(
        query(stages(JoinKind::LeftOuter, &[("id", "rid")], vec![filter("b", "y"), project(&["rid"])])),
        "a=\"x\"\n| join type=left max=0 id\n    [search b=\"y\" | table rid | rename rid AS id]"
    );
}

#[test]
fn fields_of_the_left_side_stay_where_the_columns_of_the_right_are_open() {
    let stages = vec![Stage::Join(join(JoinKind::Inner, &[("id", "id")], vec![filter("b", "y")]))];
    assert_eq!(after("*", stages), "| join type=inner max=0 overwrite=false id\n    [search b=\"y\"]");
}

#[test]
fn the_default_join_takes_one_left_row_of_each_key() {
    let stages = vec![Stage::Join(join(JoinKind::InnerUnique, &[("id", "id")], vec![project(&["id"])]))];
    assert_eq!(after("*", stages), "| dedup id\n| join type=inner max=0 id\n    [search * | table id]");
}

#[test]
fn columns_of_both_sides_get_new_names_in_the_subsearch() {
    let renamed = vec![(field("user"), field("user1")), (field("id"), field("id1"))];
    let right = vec![project(&["id", "user"])];
    let join = Join { renamed, ..join(JoinKind::Inner, &[("id", "id")], right) };
    assert_eq!(
        after("*", vec![Stage::Join(join.clone())]),
        "| join type=inner max=0 id\n    [search * | table id, user | rename user AS user1]"
    );
    let query = query(vec![Stage::Join(join), filter("id1", "x")]);
    assert!(query.contains("| eval id1=id | rename user AS user1]\n| search id1=\"x\""), "{query}");
}

#[test]
fn a_pipeline_around_a_join_may_read_its_columns() {
    let renamed = vec![(field("id"), field("id1"))];
    let inner = Join { renamed, ..join(JoinKind::Inner, &[("id", "id")], vec![project(&["id"])]) };
    let outer = Stage::Join(join(JoinKind::Inner, &[("k", "k")], vec![Stage::Join(inner)]));
    assert!(query(vec![outer, filter("id1", "x")]).contains("| eval id1=id]"));
}

#[test]
fn rows_with_a_counterpart_are_searched_for() {
    let semi = |name: &str| {
        let left = Field::column(name, if name == "port" { ColumnType::Integer } else { ColumnType::String });
        let right = vec![filter("b", "y"), project(&["r"])];
        let on = vec![(left, field("r"))];
        vec![filter("a", "x"), Stage::Join(Join { on, ..join(JoinKind::LeftSemi, &[], right) })]
    };
    assert_eq!(query(semi("user")), "a=\"x\"\n[search b=\"y\" | dedup r | fields r | rename r AS user]");
    assert_eq!(effects(semi("user"), Code::CaseWidened), [Effect::More]);
    assert_eq!(effects(semi("port"), Code::CaseWidened), []);
}

#[test]
fn rows_without_a_counterpart_are_found_with_their_case() {
    let anti = |ty: ColumnType| {
        let on = vec![(Field::column("k", ty), field("k"))];
        vec![
            filter("a", "x"),
            Stage::Join(Join { on, ..join(JoinKind::LeftAnti, &[], vec![filter("b", "y")]) }),
        ]
    };
    assert_eq!(
        query(anti(ColumnType::String)),
        "a=\"x\"\n| join type=left max=1 k\n    [search b=\"y\" | dedup k | fields k | eval is_found=1]\n| where isnull(is_found)"
    );
    assert_eq!(query(anti(ColumnType::Integer)), "a=\"x\"\nNOT [search b=\"y\" | dedup k | fields k]");
}

#[test]
fn more_counterparts_are_fewer_rows_without_one() {
    let inner = Stage::Join(join(JoinKind::LeftSemi, &[("u", "u")], vec![]));
    let stages = vec![Stage::Join(join(JoinKind::LeftAnti, &[("k", "k")], vec![inner]))];
    assert_eq!(effects(stages, Code::CaseWidened), [Effect::Less]);
}

#[test]
fn joins_of_the_right_side_are_joins_from_it() {
    let stages =
        |kind| vec![filter("a", "x"), Stage::Join(join(kind, &[("k", "r")], vec![filter("b", "y")]))];
    assert_eq!(
        query(stages(JoinKind::RightSemi)),
        "b=\"y\"\n[search a=\"x\" | dedup k | fields k | rename k AS r]"
    );
    assert!(query(stages(JoinKind::RightAnti)).starts_with("b=\"y\"\n| join type=left max=1 r\n"));
    assert!(query(stages(JoinKind::RightOuter)).ends_with("| join type=left max=0 k\n    [search a=\"x\"]"));
    assert_eq!(refusal(stages(JoinKind::FullOuter)), "SPL has nothing that says `join`");
}

#[test]
fn filters_over_raw_events_are_one_search() {
    let union = |left: &str, right: &str, last: Stage| {
        let other = pipeline(vec![filter(right, "y")]);
        query(vec![filter(left, "x"), Stage::Union(vec![other], Span::default()), last])
    };
    assert_eq!(union("a", "b", filter("c", "z")), "(a=\"x\" OR b=\"y\")\nc=\"z\"");
    assert_eq!(
        union("a", "a", summarize(vec![count()], vec![])),
        "a IN (\"x\", \"y\")\n| stats count AS count_"
    );
    // An event may be counted twice.
    assert_eq!(
        union("a", "b", summarize(vec![count()], vec![])),
        "| multisearch\n    [search a=\"x\"]\n    [search b=\"y\"]\n| stats count AS count_"
    );
}

#[test]
fn streams_come_together_without_a_limit_and_other_rows_are_appended() {
    let other = || Stage::Union(vec![pipeline(vec![filter("b", "y"), project(&["b"])])], Span::default());
    assert_eq!(
        query(vec![filter("a", "x"), extend("t", Expression::number(1)), other()]),
        "| multisearch\n    [search a=\"x\" | eval t=1]\n    [search b=\"y\" | fields b]"
    );
    let counted = vec![filter("a", "x"), summarize(vec![count()], vec![]), other()];
    assert!(query(counted.clone()).ends_with("| append\n    [search b=\"y\" | table b]"));
    assert_eq!(effects(counted, Code::SubsearchLimit), [Effect::None]);
}

#[test]
fn a_time_range_is_the_last_term_of_the_search() {
    let look_back = Some(Duration(14 * Duration::DAY));
    let rule = Rule { look_back, ..rule(vec![filter("a", "x"), Stage::Limit(10, Span::default())]) };
    let query = write(&rule, &mut Vec::new()).unwrap();
    assert_eq!(print(&query), "a=\"x\"\nearliest=-14d\n| head 10");
}

#[test]
fn points_in_time_are_compared_in_seconds() {
    let after_a_day = || Test::Compare(Comparison::Greater, Box::new(call(Function::Ago, [hours(24)])));
    assert_eq!(
        query(vec![Stage::Filter(is("_time", after_a_day()))]),
        "*\n| where _time>relative_time(now(), \"-1d\")"
    );
    let column = Field::column("created", ColumnType::Timestamp);
    let predicate = Predicate::new(column, after_a_day(), Span::default());
    let query = query(vec![Stage::Filter(Condition::is(predicate))]);
    assert!(query.contains("| where coalesce(tonumber(created), strptime(created, "), "{query}");
}

#[test]
fn lengths_of_time_are_seconds() {
    let first = aggregate("first", AggregateFunction::Minimum, &[of("_time")]);
    let last = aggregate("last", AggregateFunction::Maximum, &[of("_time")]);
    let between = call(Function::Subtract, [of("last"), of("first")]);
    let test = Test::Compare(Comparison::LessOrEqual, Box::new(hours(1)));
    let stages = vec![
        summarize(vec![first, last], vec![]),
        extend("length", between),
        Stage::Filter(is("length", test)),
    ];
    assert_eq!(
        after("*", stages),
        "| stats min(_time) AS first max(_time) AS last\n| eval length=last-first\n| where length<=3600"
    );
}

#[test]
fn a_missing_value_is_false_below_a_negation() {
    let compared = Test::Compare(Comparison::Equal, Box::new(call(Function::Lower, [of("b")])));
    assert_eq!(
        query(vec![Stage::Filter(Condition::not(is("a", compared)))]),
        "*\n| where NOT (isnotnull(a) AND isnotnull(lower(b)) AND a=lower(b))"
    );
    let counted = Condition::not(is("count_", Test::number(5)));
    assert_eq!(
        after("*", vec![summarize(vec![count()], vec![]), Stage::Filter(counted)]),
        "| stats count AS count_\n| where NOT count_=5"
    );
}

#[test]
fn what_means_a_test_of_a_field_is_searched_for() {
    let lower = computed(
        call(Function::Lower, [of("image")]),
        Test::Text(Pattern::ends_with("cmd.exe"), Case::Sensitive),
    );
    assert_eq!(query(vec![Stage::Filter(lower)]), "image=\"*cmd.exe\"");
    let public = computed(call(Function::IpIsPrivate, [of("ip")]), Test::Boolean(true));
    assert_eq!(
        query(vec![Stage::Filter(Condition::not(public))]),
        "NOT (ip=\"10.0.0.0/8\" OR ip=\"172.16.0.0/12\" OR ip=\"192.168.0.0/16\")"
    );
}

#[test]
fn computed_values_are_tested_after_the_search() {
    let length = computed(call(Function::Length, [of("cmd")]), Test::Number(Comparison::Greater, 500.into()));
    assert_eq!(
        query(vec![Stage::Filter(Condition::all([is("a", Test::text("x")), length]))]),
        "a=\"x\"\n| where len(cmd)>500"
    );
}

#[test]
fn text_that_is_neither_missing_nor_empty_is_there() {
    let empty = |expression: &Expression| {
        let tests = [Test::Null, Test::text("")];
        Condition::any(tests.map(|test| computed(call(Function::ToText, [expression.clone()]), test)))
    };
    let stages = |expression: &Expression| vec![Stage::Filter(Condition::not(empty(expression)))];
    assert_eq!(query(stages(&of("a"))), "a=*\nNOT a=\"\"");
    let decoded = call(Function::UrlDecode, [of("a")]);
    assert_eq!(query(stages(&decoded)), "*\n| where isnotnull(urldecode(a))\n    AND urldecode(a)!=\"\"");
}

#[test]
fn lists_are_subsearches_of_lookups() {
    let list = ExternalList {
        table: crate::ir::ExternalTable::watchlist("vips", crate::diag::Span::default()),
        column: Some("upn".into()),
        relation: FieldRelation::Equals,
    };
    let listed = || is("user", Test::Listed(list.clone(), Case::Sensitive));
    let stages = |condition| vec![Stage::Filter(Condition::all([is("a", Test::text("x")), condition]))];
    assert_eq!(query(stages(listed())), "a=\"x\"\n[| inputlookup vips | fields upn | rename upn AS user]");
    assert_eq!(effects(stages(listed()), Code::LookupNeeded), [Effect::None]);
    assert_eq!(effects(stages(listed()), Code::SubsearchLimit), [Effect::None]);
    assert_eq!(
        query(stages(Condition::not(listed()))),
        "a=\"x\"\n| lookup vips upn AS user OUTPUT upn AS is_listed\n| where isnull(is_listed)"
    );
}

#[test]
fn parts_of_values_are_looked_for_by_wildcards_of_lookups() {
    let list = |relation| ExternalList {
        table: crate::ir::ExternalTable::watchlist("vips", Span::default()),
        column: None,
        relation,
    };
    let listed = |relation| is("user", Test::Listed(list(relation), Case::Insensitive));
    let stages = |condition| vec![Stage::Filter(Condition::all([is("a", Test::text("x")), condition]))];
    assert_eq!(
        query(stages(listed(FieldRelation::Contains))),
        "a=\"x\"\n[| inputlookup vips | eval user=\"*\".user.\"*\" | fields user]"
    );
    let or_another = Condition::any([listed(FieldRelation::StartsWith), is("b", Test::text("y"))]);
    assert_eq!(
        query(stages(Condition::not(or_another.clone()))),
        "a=\"x\"\nNOT b=\"y\"\nNOT [| inputlookup vips | eval user=user.\"*\" | fields user]"
    );
    assert!(refusal(stages(or_another)).starts_with("SPL compares parts of values with a list"));
}

#[test]
fn macros_are_called_with_the_field() {
    let called = |field: &str| {
        let keeper = crate::ir::Keeper::Macro;
        let table = crate::ir::ExternalTable { name: "vips".into(), keeper, span: Span::default() };
        let list = ExternalList { table, column: None, relation: FieldRelation::Equals };
        let condition =
            Condition::any([is(field, Test::Listed(list, Case::Insensitive)), is("a", Test::text("x"))]);
        vec![Stage::Filter(condition)]
    };
    assert_eq!(query(called("user")), "(`vips(user)`)\nOR a=\"x\"");
    assert_eq!(effects(called("user"), Code::MacroNeeded), [Effect::None]);
    assert!(refusal(called("a,b")).starts_with("`a,b` has characters"));
}

#[test]
fn rows_of_other_searches_are_subsearches_or_joins() {
    let among = |case| {
        let other = pipeline(vec![filter("c", "z"), summarize(vec![], keys(&["d"]))]);
        is("b", Test::Among(Box::new(other), case))
    };
    assert_eq!(
        query(vec![Stage::Filter(among(Case::Insensitive))]),
        "[search c=\"z\" | fillnull value=\"\" d | stats count BY d | fields d | rename d AS b]"
    );
    let without = Condition::not(among(Case::Insensitive));
    let query = query(vec![Stage::Filter(without)]);
    assert!(query.starts_with("*\n| eval key=lower(b)\n| join type=left max=1 key\n"), "{query}");
    assert!(query.contains("rename d AS key\n        | eval key=lower(key), is_found=1]"), "{query}");
    assert!(query.ends_with("| where isnull(is_found)"), "{query}");
}

#[test]
fn the_column_of_other_rows_has_to_be_known() {
    let other = pipeline(vec![filter("c", "z")]);
    let among = is("b", Test::Among(Box::new(other), Case::Insensitive));
    assert_eq!(
        refusal(vec![Stage::Filter(among)]),
        "SPL has to name the column of the other rows; `project` it"
    );
}

#[test]
fn lists_become_rows() {
    let list = call(Function::Split, [of("l"), Expression::text(",")]);
    let expand = |index: Option<&str>| Expand {
        list: list.clone(),
        output: field("e"),
        index: index.map(field),
        members_as_lists: false,
        span: Span::default(),
    };
    assert_eq!(after("*", vec![Stage::Expand(expand(None))]), "| eval e=split(l, \",\")\n| mvexpand e");
    assert_eq!(
        after("*", vec![Stage::Expand(expand(Some("i")))]),
        "| eval i=mvrange(0, mvcount(split(l, \",\")))\n| mvexpand i\n| eval e=mvindex(split(l, \",\"), i)"
    );
}

#[test]
fn parts_of_a_text_are_groups_of_a_regex() {
    let extract = |only_matching| Extract {
        text: of("msg"),
        parts: vec![
            ExtractPart::Skip,
            ExtractPart::Literal("user=(".into()),
            ExtractPart::Column(field("u")),
            ExtractPart::Literal(")".into()),
            ExtractPart::Skip,
        ],
        only_matching,
        span: Span::default(),
    };
    let rex = r#"| rex field=msg "(?s)^.*?user=\((?<u>.*?)\).*?\z""#;
    assert_eq!(after("*", vec![Stage::Extract(extract(false))]), rex);
    let only = after("*", vec![Stage::Extract(extract(true))]);
    assert_eq!(only, format!("| where match(msg, \"(?s)^.*?user=\\\\(.*?\\\\).*?\\\\z\")\n{rex}"));
}

#[test]
fn a_group_of_a_regex_is_taken_by_rex_if_its_field_is_new() {
    let extract = || {
        let arguments = [Expression::text(r#""(\w+)\\"#), Expression::number(1), of("msg")];
        call(Function::Extract, arguments)
    };
    assert_eq!(after("*", vec![extend("u", extract())]), r#"| rex field=msg "\"(?<u>\w+)\\\\""#);
    let replaced = after("*", vec![extend("msg", extract())]);
    assert!(replaced.starts_with("| eval msg=if(match(msg, "), "{replaced}");
}

#[test]
fn members_are_read_by_their_path() {
    let parsed = call(Function::ParseJson, [of("j")]);
    let first = Expression::Element(Box::new(Expression::Member(Box::new(parsed), "a".into())), 0);
    let member = |name: &str| Expression::Member(Box::new(first.clone()), name.into());
    assert_eq!(after("*", vec![extend("v", member("b"))]), "| eval v=json_extract(j, \"a{0}.b\")");
    assert_eq!(
        after("*", vec![extend("v", member("b.c"))]),
        "| eval v=json_extract_exact(json_extract(j, \"a{0}\"), \"b.c\")"
    );
}

#[test]
fn choices_are_if_or_case() {
    let when = |value: &str| (is("a", Test::number(1)), Expression::text(value));
    let one = Expression::Case(vec![when("x")], Box::new(Expression::text("z")));
    assert_eq!(after("*", vec![extend("v", one)]), "| eval v=if(tonumber(a)=1, \"x\", \"z\")");
    let two = Expression::Case(vec![when("x"), when("y")], Box::new(Expression::text("z")));
    assert_eq!(
        after("*", vec![extend("v", two)]),
        "| eval v=case(tonumber(a)=1, \"x\", tonumber(a)=1, \"y\", true(), \"z\")"
    );
}

#[test]
fn a_truth_value_is_text() {
    let holds = Expression::Holds(Box::new(is("a", Test::number(1))));
    assert_eq!(
        after("*", vec![extend("v", holds), Stage::Filter(is("v", Test::Boolean(true)))]),
        "| eval v=if(tonumber(a)=1, \"true\", \"false\")\n| search v=\"true\""
    );
}

#[test]
fn a_control_character_is_spelled_in_percent_escapes() {
    let parts = call(Function::Split, [of("a"), Expression::text("\n%")]);
    assert_eq!(after("*", vec![extend("v", parts)]), "| eval v=split(a, urldecode(\"%0A%25\"))");
}

#[test]
fn parts_of_other_texts_are_empty_where_they_are_not_found() {
    let value = Expression::KeyValue { text: field("m"), name: "user".into() };
    let query = after("*", vec![extend("v", value)]);
    assert!(query.starts_with("| eval v=if(match(m, ") && query.ends_with(", \"\\\\1\"), \"\")"), "{query}");
    let member = Expression::JsonMember { json: field("m"), path: "a.b".into() };
    assert_eq!(after("*", vec![extend("v", member)]), "| eval v=coalesce(json_extract(m, \"a.b\"), \"\")");
    let choice = Expression::Choice {
        of: field("m"),
        constants: vec!["A".into(), "B".into()],
        then: Box::new(Expression::number(1)),
        otherwise: Box::new(Expression::number(2)),
    };
    assert_eq!(after("*", vec![extend("v", choice)]), "| eval v=if(in(m, \"A\", \"B\"), 1, 2)");
}

#[test]
fn what_spl_lacks_is_refused_with_a_reason() {
    let decoded = call(Function::Base64Decode, [of("a")]);
    assert_eq!(
        refusal(vec![extend("v", decoded)]),
        "`base64_decode` is not available: SPL decodes and encodes Base64 with add-ons alone"
    );
    let bag = aggregate("v", AggregateFunction::CollectObject, &[of("a")]);
    assert_eq!(refusal(vec![summarize(vec![bag], vec![])]), "`stats` does not put objects together");
}

#[test]
fn a_data_model_holds_no_events_to_count() {
    let origin = Origin::Dataset(Dataset { names: vec!["Web.Web".into()], ..Dataset::default() });
    let stages = vec![filter("url", "x"), summarize(vec![count()], keys(&["url"]))];
    let rule = Rule { origin, ..rule(stages) };
    let error = write(&rule, &mut Vec::new()).unwrap_err();
    assert_eq!(error.code, Code::Unsupported);
    assert_eq!(error.message, "`summarize` needs events, and data model Web gives counts of them");
}

#[test]
fn whole_numbers_are_divided_towards_zero() {
    let half = call(Function::Divide, [call(Function::Length, [of("a")]), Expression::number(2)]);
    assert_eq!(after("*", vec![extend("v", half)]), "| eval v=floor(len(a)/2)");
    let days = call(Function::DaysBetween, [of("_time"), call(Function::Now, [])]);
    let half = call(Function::Divide, [days, Expression::number(2)]);
    let query = after("*", vec![extend("v", half)]);
    assert!(query.contains("if((floor(_time/86400)-floor(now()/86400))/2<0, ceiling("), "{query}");
}

#[test]
fn every_function_is_described_or_refused() {
    let unknown: Vec<&str> = Function::ALL
        .iter()
        .filter(|function| super::describe(**function).is_none())
        .map(|function| function.name())
        .collect();
    let refused = [
        "reverse",
        "base64_decode",
        "base64_encode",
        "to_duration",
        "parse_xml",
        "set_intersection",
        "set_difference",
    ];
    assert_eq!(unknown, refused);
    assert_eq!(super::describe(Function::Substring).as_deref(), Some("substr(text, start+1, length)"));
}

/// A condition after a command, where all of it is computed.
fn where_of(condition: Condition) -> String {
    after("*\n| eval x=1\n", vec![extend("x", Expression::number(1)), Stage::Filter(condition)])
}

fn compare(comparison: Comparison, value: Expression) -> Test {
    Test::Compare(comparison, Box::new(value))
}

#[test]
fn starts_of_days_are_shifted_by_seconds() {
    let start =
        |count: Expression| after("*", vec![extend("d", call(Function::StartOfDay, [of("_time"), count]))]);
    let shifted =
        |count: i64| start(Expression::number(count)).replace("| eval d=floor(_time/86400)*86400", "");
    assert_eq!([2, -2, 0].map(shifted), ["+172800", "-172800", ""]);
    assert_eq!(shifted(i64::MAX), "+9223372036854775807");
    assert_eq!(start(of("n")), "| eval d=floor(_time/86400)*86400+n*86400");
    let now = Expression::Constant(Constant::Duration(Duration(0)));
    assert_eq!(after("*", vec![extend("d", call(Function::Ago, [now]))]), "| eval d=now()");
}

#[test]
fn positions_in_a_text_count_from_1() {
    let from = |start: i64| {
        after("*", vec![extend("d", call(Function::Substring, [of("a"), Expression::number(start)]))])
    };
    assert_eq!([from(0), from(-3)], ["| eval d=substr(a, 1)", "| eval d=substr(a, -3)"]);
    assert_eq!(from(i64::MAX), "| eval d=substr(a, 9223372036854775807)");
}

#[test]
fn comparisons_with_constants_are_tests_of_their_own() {
    let compared = |comparison, value| query(vec![Stage::Filter(is("a", compare(comparison, value)))]);
    assert_eq!(compared(Comparison::Greater, Expression::number(5)), "a>5\n| where tonumber(a)>5");
    assert_eq!(compared(Comparison::Equal, Expression::text("X")), "a=\"X\"\n| where a=\"X\"");
    assert_eq!(compared(Comparison::Greater, Expression::text("X")), "a=*\n| where a>\"X\"");
}

#[test]
fn what_is_computed_and_thrown_away_is_not_written() {
    let tested = |function, arguments: &[Expression], test: Test| {
        query(vec![Stage::Filter(computed(call(function, arguments), test))])
    };
    let more = Test::Number(Comparison::Greater, 5.into());
    assert_eq!(tested(Function::ToReal, &[of("a")], more), "a>5\n| where tonumber(a)>5");
    assert_eq!(tested(Function::ToText, &[call(Function::Length, [of("a")])], Test::Exists), "*");
    assert_eq!(tested(Function::ToText, &[call(Function::Length, [of("a")])], Test::Null), "NOT *");
    let holds = |value| {
        let holds = Expression::Holds(Box::new(is("a", Test::text("x"))));
        query(vec![Stage::Filter(computed(holds, Test::Boolean(value)))])
    };
    assert_eq!([holds(true), holds(false)], ["a=\"x\"", "NOT a=\"x\""]);
}

#[test]
fn networks_stand_one_by_one_or_in_a_list() {
    let in_any = |ranges: Vec<Expression>| {
        let arguments: Vec<_> = std::iter::once(of("ip")).chain(ranges).collect();
        query(vec![Stage::Filter(computed(call(Function::IpInAnyRange, arguments), Test::Boolean(true)))])
    };
    let expected = "ip=\"10.0.0.0/8\"\nOR ip=\"8.8.8.8/32\"";
    let texts = ["10.0.0.0/8", "8.8.8.8/32"];
    assert_eq!(in_any(texts.map(Expression::text).to_vec()), expected);
    let list = texts.map(|text| Constant::Text(text.into())).to_vec();
    assert_eq!(in_any(vec![Expression::Constant(Constant::List(list))]), expected);
}

#[test]
fn a_value_that_is_no_number_is_missing_below_a_negation() {
    let more = || Test::Number(Comparison::Greater, 5.into());
    assert_eq!(
        where_of(Condition::not(is("a", more()))),
        "| where NOT (isnotnull(tonumber(a)) AND tonumber(a)>5)"
    );
    assert_eq!(
        where_of(Condition::not(computed(call(Function::Length, [of("a")]), more()))),
        "| where NOT (isnotnull(len(a)) AND len(a)>5)"
    );
    let same = Test::FieldRef(FieldRelation::Equals, field("b"), Case::Sensitive);
    assert_eq!(
        where_of(Condition::not(is("a", same))),
        "| where NOT (isnotnull(a) AND isnotnull(b) AND a=b)"
    );
}

#[test]
fn a_truth_value_is_neither_where_its_arguments_are_missing() {
    let within = |value| computed(call(Function::IpInRange, [of("ip"), of("net")]), Test::Boolean(value));
    let of_rows = |condition| where_of(condition).replace("\n    ", " ");
    assert_eq!(of_rows(within(true)), "| where cidrmatch(net, ip)");
    assert_eq!(of_rows(within(false)), "| where isnotnull(ip) AND isnotnull(net) AND NOT cidrmatch(net, ip)");
    assert_eq!(
        of_rows(Condition::not(within(true))),
        "| where NOT (isnotnull(ip) AND isnotnull(net) AND cidrmatch(net, ip))"
    );
}

#[test]
fn columns_are_dropped_and_renamed() {
    let dropped = Stage::Drop(vec![field("a"), field("b")], Span::default());
    assert_eq!(after("*", vec![dropped]), "| fields - a, b");
    // The new name has what is known of the old one.
    let stages = vec![
        extend("b", hours(1)),
        Stage::Rename(vec![(field("a"), field("b"))], Span::default()),
        Stage::Filter(Condition::not(is("a", Test::number(1)))),
    ];
    assert_eq!(after("*", stages), "| eval b=3600\n| rename b AS a\n| where NOT a=1");
}

#[test]
fn elements_of_json_are_json() {
    let list = call(Function::ParseJson, [of("l")]);
    let output = field("e");
    let expand = Expand { list, output, index: None, members_as_lists: false, span: Span::default() };
    let member = extend("m", Expression::Member(Box::new(of("e")), "b".into()));
    assert_eq!(
        after("*", vec![Stage::Expand(expand), member]),
        "| eval e=json_array_to_mv(l)\n| mvexpand e\n| eval m=json_extract(e, \"b\")"
    );
}

#[test]
fn an_empty_list_is_no_value() {
    let list = |values| Expression::Constant(Constant::List(values));
    let one = list(vec![Constant::Text("a".into())]);
    assert_eq!(
        after("*", vec![extend("v", list(vec![])), extend("w", one)]),
        "| eval v=null(), w=mvappend(\"a\")"
    );
}

#[test]
fn whole_numbers_are_whole_already() {
    let bin = |size: i64| call(Function::Bin, [of("n"), Expression::number(size)]);
    let integer = |of: Expression| call(Function::ToInteger, [of]);
    let stages = vec![
        extend("v", bin(1)),
        extend("w", bin(2)),
        extend("x", integer(of("n"))),
        extend("y", integer(call(Function::Length, [of("n")]))),
    ];
    assert_eq!(
        after("*", stages),
        r#"| eval v=floor(n), w=floor(n/2)*2, x=tonumber(replace(n, "\\.\\d*$", "")), y=len(n)"#
    );
}

#[test]
fn a_whole_match_is_a_group_of_its_own() {
    let found = || call(Function::Extract, [Expression::text("a.c"), Expression::number(0), of("m")]);
    assert_eq!(after("*", vec![extend("v", found())]), "| rex field=m \"(?<v>a.c)\"");
    assert!(
        after("*", vec![extend("m", found())]).contains(r#"replace(m, "^[\\s\\S]*?(a.c)[\\s\\S]*$", "\\1")"#)
    );
}

#[test]
fn a_term_of_a_subsearch_joins_the_first_search() {
    let semi = || Stage::Join(join(JoinKind::LeftSemi, &[("a", "b")], vec![filter("c", "x")]));
    let keys = "[search c=\"x\" | dedup b | fields b | rename b AS a]";
    assert_eq!(query(vec![semi()]), keys);
    assert_eq!(query(vec![filter("q", "y"), filter("r", "z"), semi()]), format!("q=\"y\"\nr=\"z\"\n{keys}"));
    assert_eq!(
        query(vec![filter("q", "y"), more_than("r", 5), semi()]),
        format!("q=\"y\"\nr>5\n| where tonumber(r)>5\n| search {keys}")
    );
}

#[test]
fn both_names_of_a_key_are_read() {
    let right = vec![filter("c", "x"), extend("d", Expression::number(1)), project(&["b", "d"])];
    let inner = Stage::Join(join(JoinKind::Inner, &[("a", "b")], right));
    assert_eq!(
        after("*", vec![inner, filter("b", "q")]),
        "| join type=inner max=0 a\n    [search c=\"x\" | eval d=1 | table b, d | eval a=b]\n| search b=\"q\""
    );
}

#[test]
fn computed_numbers_divide_as_what_they_are() {
    let length = || call(Function::Length, [of("a")]);
    let half = |value: Expression| {
        after("*", vec![extend("v", call(Function::Divide, [value, Expression::number(2)]))])
    };
    let halves = [
        length(),
        call(Function::Subtract, [length(), length()]),
        call(Function::Add, [length(), length()]),
        Expression::number(-3),
        call(Function::Multiply, [hours(1), Expression::number(2)]),
        call(Function::Divide, [hours(1), hours(2)]),
        call(Function::Subtract, [of("_time"), of("_time")]),
        of("n"),
        call(Function::Subtract, [length(), of("n")]),
    ]
    .map(half);
    let expected = [
        "floor(len(a)/2)",
        "if((len(a)-len(a))/2<0, ceiling((len(a)-len(a))/2), floor((len(a)-len(a))/2))",
        "floor((len(a)+len(a))/2)",
        "if(-3/2<0, ceiling(-3/2), floor(-3/2))",
        "3600*2/2",
        "3600/7200/2",
        "(_time-_time)/2",
        "n/2",
        "(len(a)-n)/2",
    ];
    assert_eq!(halves, expected.map(|value| format!("| eval v={value}")));
}

#[test]
fn a_length_of_time_is_known_from_what_it_is_computed_of() {
    let length = |of: Expression| {
        let stages = vec![extend("v", call(Function::ToDuration, [of]))];
        write(&rule(stages), &mut Vec::new()).is_ok()
    };
    let (time, count) = (|| of("_time"), || call(Function::Length, [of("a")]));
    assert!(length(call(Function::Subtract, [time(), time()])));
    assert!(length(call(Function::Multiply, [hours(1), Expression::number(2)])));
    assert!(length(call(Function::Add, [hours(1), count()])));
    assert!(length(call(Function::Subtract, [count(), hours(1)])));
    assert!(!length(call(Function::Divide, [hours(1), hours(2)])));
    assert!(!length(call(Function::Add, [time(), hours(1)])));
    assert!(!length(call(Function::Subtract, [time(), hours(1)])));
    assert!(!length(call(Function::Add, [count(), count()])));
    assert!(!length(call(Function::Multiply, [Expression::number(1), Expression::number(2)])));
}

#[test]
fn the_key_of_rows_with_a_counterpart_is_there() {
    let semi = Stage::Join(join(JoinKind::LeftSemi, &[("a", "b")], vec![filter("c", "x")]));
    let same = is("a", Test::FieldRef(FieldRelation::Equals, field("d"), Case::Sensitive));
    let lower = extend("a", call(Function::Lower, [of("e")]));
    let query = query(vec![lower, semi, Stage::Filter(Condition::not(same))]);
    assert!(query.ends_with("| where NOT (isnotnull(d) AND a=d)"), "{query}");
}

#[test]
fn the_other_name_of_a_key_may_be_a_new_one() {
    let right = || vec![filter("c", "x"), project(&["b"])];
    let joined = |renamed: &[(&str, &str)], read: &str| {
        let renamed = renamed.iter().map(|(old, new)| (field(old), field(new))).collect();
        let join = Join { renamed, ..join(JoinKind::Inner, &[("a", "b")], right()) };
        after("*", vec![Stage::Join(join), filter(read, "q")])
    };
    assert!(joined(&[], "b").contains("| eval a=b]"), "{}", joined(&[], "b"));
    assert!(
        joined(&[("b", "b1")], "b1").contains("| eval b1=b | rename b AS a]"),
        "{}",
        joined(&[("b", "b1")], "b1")
    );
}

#[test]
fn what_is_missing_or_empty_is_one_field() {
    let missing_or_empty = |other: &str| {
        let either = Condition::any([is("a", Test::Null), is(other, Test::text(""))]);
        let same = is("q", compare(Comparison::Equal, of("r")));
        where_of(Condition::any([Condition::not(either), same]))
    };
    assert_eq!(missing_or_empty("a"), "| where (isnotnull(a) AND a!=\"\")\n    OR q=r");
    let apart = "| where NOT (isnull(a) OR (isnotnull(b) AND b=\"\"))\n    OR q=r";
    assert_eq!(missing_or_empty("b"), apart);
}

#[test]
fn a_picked_row_reads_the_columns_of_a_join() {
    let right = vec![filter("c", "x"), project(&["b"])];
    let joined = Stage::Join(join(JoinKind::Inner, &[("a", "b")], right));
    let query = query(vec![joined, Stage::Pick(Pick { columns: Some(keys(&["a"])), ..pick("b", &["a"]) })]);
    assert!(query.contains("| eval a=b]"), "{query}");
}

#[test]
fn a_helper_has_a_name_of_its_own() {
    let key = SortKey { value: call(Function::Lower, [of("a")]), ascending: true, nulls_first: false };
    let sorted = Stage::Sort(vec![key.clone()], Span::default());
    let query = query(vec![extend("sort_key", Expression::number(1)), sorted.clone(), sorted]);
    assert!(query.contains("sort_key_2=lower(a)") && query.contains("sort_key_3=lower(a)"), "{query}");
}

#[test]
fn a_negative_factor_stands_in_parentheses() {
    let product = call(Function::Multiply, [of("n"), Expression::number(-3)]);
    assert_eq!(after("*", vec![extend("v", product)]), "| eval v=n*(-3)");
}

#[test]
fn signs_that_percent_escapes_give_a_meaning_are_escaped_themselves() {
    let parts = call(Function::Split, [of("a"), Expression::text("a+b\n")]);
    assert_eq!(after("*", vec![extend("v", parts)]), "| eval v=split(a, urldecode(\"a%2Bb%0A\"))");
}

fn member(of: Expression, name: &str) -> Expression {
    Expression::Member(Box::new(of), name.into())
}

fn element(of: Expression, index: i64) -> Expression {
    Expression::Element(Box::new(of), index)
}

#[test]
fn elements_are_steps_of_a_path_from_the_start_of_json_alone() {
    let json = || call(Function::ParseJson, [of("j")]);
    let list = || call(Function::Split, [of("l"), Expression::text(",")]);
    let stages = vec![
        extend("v", member(element(json(), 1), "b")),
        extend("w", member(element(json(), -1), "b")),
        extend("x", member(element(list(), 1), "b")),
    ];
    assert_eq!(
        after("*", stages),
        "| eval v=json_extract(j, \"{1}.b\"),\n    w=json_extract(mvindex(json_array_to_mv(j), -1), \"b\"),\n    x=json_extract(mvindex(split(l, \",\"), 1), \"b\")"
    );
}

fn kind(expression: &Expression) -> super::scope::Kind {
    super::expression::kind(expression, &super::scope::Scope::new(&mut Vec::new()))
}

#[test]
fn text_of_json_is_json_and_text_of_other_values_is_text() {
    use super::scope::Kind;
    let text = |value| kind(&call(Function::ToText, [value]));
    assert_eq!(text(member(of("j"), "a")), Kind::Json);
    assert_eq!(text(Expression::number(1)), Kind::Text);
}

#[test]
fn answers_are_truth_values() {
    use super::scope::Kind;
    for function in [Function::ToBoolean, Function::ListContains, Function::IpIsPrivate] {
        assert_eq!(kind(&call(function, [of("a"), of("b")])), Kind::Boolean, "{function:?}");
    }
}

#[test]
fn fractions_are_no_whole_numbers() {
    let real = |text: &str| Expression::Constant(Constant::Number(crate::ir::Number::parse(text).unwrap()));
    let integer = |value| after("*", vec![extend("v", call(Function::ToInteger, [value]))]);
    assert_eq!(integer(Expression::number(-5)), "| eval v=-5");
    assert_eq!(integer(real("-0.5")), "| eval v=tonumber(replace(-0.5, \"\\\\.\\\\d*$\", \"\"))");
}

#[test]
fn functions_are_described_with_their_arguments() {
    let described = |function| super::describe(function).unwrap();
    assert_eq!(described(Function::Coalesce), "coalesce(nullif(value, \"\"), other)");
    assert_eq!(described(Function::Object), "json_object(name, value)");
    assert_eq!(described(Function::ReplaceRegex), "replace(text, \"regex\", to)");
    assert_eq!(
        described(Function::Extract),
        "if(match(text, \"(regex)\"), replace(text, \"^[\\\\s\\\\S]*?(regex)[\\\\s\\\\S]*$\", \"\\\\1\"), null())"
    );
}

#[test]
fn numbers_are_found_in_lists_by_their_text() {
    let at = call(Function::ListIndexOf, [of("l"), Expression::number(5)]);
    assert_eq!(after("*", vec![extend("v", at)]), "| eval v=coalesce(mvfind(l, \"^5$\"), -1)");
}

#[test]
fn networks_in_a_list_of_the_event_are_refused() {
    let list = call(Function::Split, [of("l"), Expression::text(",")]);
    let is_in = |ranges| computed(call(Function::IpInAnyRange, [of("a"), ranges]), Test::Boolean(true));
    assert!(refusal(vec![Stage::Filter(is_in(list))]).contains("ip_in_any_range"));
    assert_eq!(query(vec![Stage::Filter(is_in(of("l")))]), "*\n| where cidrmatch(l, a)");
}

#[test]
fn lengths_are_taken_from_times_as_they_are() {
    let time = call(Function::ToTimestamp, [of("a")]);
    let before = call(Function::Subtract, [of("t"), of("b")]);
    let query = after("*", vec![extend("t", time), extend("v", before)]);
    assert!(query.ends_with(", v=t-b"), "{query}");
}

#[test]
fn only_what_may_be_empty_is_compared_with_the_empty_text() {
    let first = |value| after("*", vec![extend("v", call(Function::Coalesce, [value, of("b")]))]);
    assert_eq!(first(of("a")), "| eval v=coalesce(nullif(a, \"\"), b)");
    assert_eq!(first(call(Function::Length, [of("a")])), "| eval v=coalesce(len(a), b)");
    assert_eq!(first(Expression::text("x")), "| eval v=coalesce(\"x\", b)");
}

#[test]
fn the_other_name_of_a_key_stays_beside_other_new_names() {
    let right = vec![filter("c", "x"), project(&["b", "c"])];
    let renamed = vec![(field("c"), field("c1"))];
    let join = Join { renamed, ..join(JoinKind::Inner, &[("a", "b")], right) };
    let query = after("*", vec![Stage::Join(join), filter("b", "q")]);
    assert_eq!(
        query,
        "| join type=inner max=0 a\n    [search c=\"x\" | table b, c | eval a=b | rename c AS c1]\n| search b=\"q\""
    );
}

#[test]
fn searches_of_other_macros_stand_apart() {
    let of_macro = |name: Option<&str>, value: &str| {
        let dataset = Dataset { search_macro: name.map(Into::into), ..Dataset::default() };
        Pipeline { origin: Origin::Dataset(dataset), stages: vec![filter("f", value)], look_back: None }
    };
    let union = |left: Option<&str>, right: Option<&str>| {
        let Pipeline { origin, mut stages, .. } = of_macro(left, "a");
        stages.push(Stage::Union(vec![of_macro(right, "b")], Span::default()));
        print(&write(&Rule { origin, ..rule(stages) }, &mut Vec::new()).unwrap())
    };
    assert_eq!(union(Some("m"), Some("m")), "`m`\nf IN (\"a\", \"b\")");
    assert_eq!(
        union(Some("m"), Some("n")),
        "| multisearch\n    [search `m` f=\"a\"]\n    [search `n` f=\"b\"]"
    );
    assert_eq!(union(None, None), "f IN (\"a\", \"b\")");
}

#[test]
fn filters_on_ranges_may_find_one_event_twice() {
    let other = |stage: Stage| Stage::Union(vec![pipeline(vec![stage])], Span::default());
    let number = |value: i64| Stage::Filter(is("a", Test::number(value)));
    let counted = summarize(vec![count()], keys(&["k"]));
    assert_eq!(
        query(vec![number(5), other(number(6)), counted.clone()]),
        "a IN (5, 6)\n| fillnull value=\"\" k\n| stats count AS count_ BY k"
    );
    assert_eq!(
        query(vec![number(5), other(more_than("a", 4)), counted]),
        "| multisearch\n    [search a=5]\n    [search a>4 | where tonumber(a)>4]\n| fillnull value=\"\" k\n| stats count AS count_ BY k"
    );
}

#[test]
fn columns_of_a_data_model_stand_on_lines_that_are_full() {
    let origin = Origin::Dataset(Dataset { names: vec!["Web.Web".into()], ..Dataset::default() });
    let tests = (10..30).map(|index| is(&format!("field_{index}"), Test::contains("x")));
    let rule = Rule { origin, ..rule(vec![Stage::Filter(Condition::all(tests))]) };
    let query = print(&write(&rule, &mut Vec::new()).unwrap());
    let (_, columns) = query.split_once("    BY").unwrap();
    let lengths: Vec<usize> = columns.lines().map(str::len).collect();
    assert_eq!(lengths, [104, 98, 72, 19]);
}

#[test]
fn a_comparison_of_comparisons_has_parentheses() {
    let equal = || super::ast::Eval::binary(super::ast::Eval::field("a"), "=", super::ast::Eval::field("b"));
    let both = super::ast::Eval::binary(equal(), "=", equal());
    assert_eq!(super::print::print_eval(&both), "(a=b)=(a=b)");
}

#[test]
fn a_join_has_the_columns_of_its_sides_alone() {
    let right = || vec![project(&["k", "c"])];
    let open = Stage::Join(join(JoinKind::Inner, &[("k", "k")], right()));
    let outer = Stage::Join(join(JoinKind::RightOuter, &[("k", "k")], right()));
    let named = |stages: &[Stage]| super::reads::have_named_columns(stages);
    assert!(!named(std::slice::from_ref(&open)));
    assert!(named(&[project(&["k"]), open]));
    assert!(named(&[outer]) == !JoinKind::RightOuter.keeps_left());
}

#[test]
fn alternatives_of_what_is_always_there_need_no_guard() {
    let either = |name: &str| {
        let same = is("q", compare(Comparison::Equal, of("r")));
        let either = Condition::any([is(name, Test::text("a*")), is(name, Test::text("b*"))]);
        where_of(Condition::any([Condition::not(either), same]))
    };
    assert_eq!(
        either("a"),
        "| where NOT (isnotnull(a) AND (lower(a)=\"a*\" OR lower(a)=\"b*\"))\n    OR q=r"
    );
    assert_eq!(
        either("_raw"),
        "| where NOT (isnotnull(_raw) AND (lower(_raw)=\"a*\" OR lower(_raw)=\"b*\"))\n    OR q=r"
    );
}

#[test]
fn a_value_that_is_there_is_compared_below_a_negation_as_it_is() {
    let unlike = |value| where_of(Condition::not(is("a", compare(Comparison::Less, value))));
    assert_eq!(unlike(of("b")), "| where NOT (isnotnull(a) AND isnotnull(b) AND a<b)");
    assert_eq!(
        unlike(call(Function::Now, [])),
        "| where NOT (\n        isnotnull(a)\n        AND coalesce(tonumber(a), strptime(a, \"%Y-%m-%dT%H:%M:%S\"), strptime(a, \"%Y-%m-%d %H:%M:%S\"))<now()\n    )"
    );
}

#[test]
fn an_expression_that_matches_the_empty_text_matches_what_is_missing() {
    let regex = |source: &str| {
        let regex = crate::ir::Regex::parse(source, crate::ir::RegexFlags::default()).unwrap();
        where_of(computed(call(Function::ToText, [of("a")]), Test::Regex(regex)))
    };
    assert_eq!(regex("x"), "| where match(a, \"x\")");
    assert_eq!(regex("x*"), "| where match(coalesce(a, \"\"), \"x*\")");
}

#[test]
fn what_no_search_says_is_taken_out_of_a_negation_alone() {
    let wildcard = Pattern::new([crate::ir::Piece::Literal("b".into()), crate::ir::Piece::AnyOne]);
    let either = |other: Test| Condition::not(Condition::any([is("a", Test::text("x")), is("b", other)]));
    assert_eq!(query(vec![Stage::Filter(either(Test::text("y")))]), "NOT (a=\"x\" OR b=\"y\")");
    assert_eq!(
        query(vec![Stage::Filter(either(Test::Text(wildcard, Case::Insensitive)))]),
        "NOT a=\"x\"\n| where NOT (isnotnull(b) AND match(b, \"(?is)^b.\\\\z\"))"
    );
}

#[test]
fn what_only_looks_like_a_group_is_none() {
    let extract = |arguments: Vec<Expression>| {
        after("*", vec![extend("v", Expression::Call(Function::Extract, arguments))])
    };
    assert_eq!(
        extract(vec![Expression::text("(a)"), Expression::number(1), of("m")]),
        "| rex field=m \"(?<v>a)\""
    );
    let all = |pattern: &str| {
        let found = call(Function::ExtractAll, [Expression::text(pattern), of("m")]);
        write(&rule(vec![extend("v", found)]), &mut Vec::new())
            .map(|query| print(&query))
            .map_err(|it| it.message)
    };
    assert_eq!(all("(a)").unwrap(), "*\n| rex field=m max_match=0 \"(?<v>a)\"");
    assert!(all("(a)(b)").is_err());
}

#[test]
fn parts_of_a_text_do_not_take_the_name_of_the_text() {
    let extract = |column: &str| {
        let parts = vec![ExtractPart::Literal("x".into()), ExtractPart::Column(field(column))];
        let extract = Extract { text: of("m"), parts, only_matching: false, span: Span::default() };
        after("*", vec![Stage::Extract(extract)])
    };
    assert_eq!(extract("m"), "| rex field=m \"(?s)^x(?<part>.*?)\\z\"\n| rename part AS m");
    assert_eq!(extract("a.b"), "| rex field=m \"(?s)^x(?<part>.*?)\\z\"\n| rename part AS a.b");
}

#[test]
fn what_stages_make_is_no_field_of_a_data_model() {
    let by = |stage: Stage| {
        let origin = Origin::Dataset(Dataset { names: vec!["Web.Web".into()], ..Dataset::default() });
        let rule = Rule { origin, ..rule(vec![filter("url", "x"), stage, filter("n", "y")]) };
        let query = print(&write(&rule, &mut Vec::new()).unwrap());
        let (_, by) = query.split_once("    BY ").unwrap();
        by.lines().next().unwrap().to_owned()
    };
    assert_eq!(by(Stage::Rename(vec![(field("n"), field("url"))], Span::default())), "Web.url");
    let parts = vec![ExtractPart::Literal("x".into()), ExtractPart::Column(field("n"))];
    let extract = Extract { text: of("url"), parts, only_matching: false, span: Span::default() };
    assert_eq!(by(Stage::Extract(extract)), "Web.url");
}

#[test]
fn whether_a_condition_holds_is_the_condition() {
    let holds = Expression::Holds(Box::new(is("a", compare(Comparison::Less, of("b")))));
    assert_eq!(where_of(computed(holds, Test::Boolean(true))), "| where a<b");
}

#[test]
fn a_lookup_tells_case_apart() {
    let listed = |case| {
        let list = ExternalList {
            table: crate::ir::ExternalTable::watchlist("VIPs", Span::default()),
            column: None,
            relation: FieldRelation::Equals,
        };
        let listed = Condition::not(is("a", Test::Listed(list, case)));
        effects(vec![Stage::Filter(listed)], Code::CaseNarrowed)
    };
    assert_eq!(listed(Case::Insensitive), [Effect::More]);
    assert_eq!(listed(Case::Sensitive), []);
}

#[test]
fn each_of_several_numbers_has_a_guard_of_its_own() {
    let more = |number: i64| is("a", Test::Number(Comparison::Greater, number.into()));
    let same = is("q", compare(Comparison::Equal, of("r")));
    let either = Condition::any([more(1), more(2)]);
    assert_eq!(
        where_of(Condition::any([Condition::not(either), same])),
        "| where NOT ((isnotnull(tonumber(a)) AND tonumber(a)>1) OR (isnotnull(tonumber(a)) AND tonumber(a)>2))\n    OR q=r"
    );
}

#[test]
fn computed_columns_of_the_right_side_stay_what_they_are() {
    let right = vec![filter("c", "x"), extend("n", call(Function::Length, [of("d")])), project(&["k", "n"])];
    let inner = Stage::Join(join(JoinKind::Inner, &[("k", "k")], right));
    let half = call(Function::Divide, [of("n"), Expression::number(2)]);
    assert!(after("*", vec![inner, extend("v", half)]).ends_with("| eval v=floor(n/2)"));
}

#[test]
fn elements_of_elements_of_json_are_steps_of_a_path() {
    let list = call(Function::ParseJson, [of("l")]);
    let expand =
        Expand { list, output: field("e"), index: None, members_as_lists: false, span: Span::default() };
    let query = after("*", vec![Stage::Expand(expand), extend("m", element(of("e"), 0))]);
    assert!(query.ends_with("| eval m=json_extract(e, \"{0}\")"), "{query}");
}

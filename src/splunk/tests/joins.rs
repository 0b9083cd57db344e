//! Pipelines beside others: joins, unions, subsearches and lookups.

use super::*;

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
fn a_data_model_holds_no_events_to_count() {
    let origin = Origin::Dataset(Dataset { names: vec!["Web.Web".into()], ..Dataset::default() });
    let stages = vec![filter("url", "x"), summarize(vec![count()], keys(&["url"]))];
    let rule = Rule { origin, ..rule(stages) };
    let error = write(&rule, &mut Vec::new()).unwrap_err();
    assert_eq!(error.code, Code::Unsupported);
    assert_eq!(error.message, "`summarize` needs events, and data model Web gives counts of them");
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
fn a_picked_row_reads_the_columns_of_a_join() {
    let right = vec![filter("c", "x"), project(&["b"])];
    let joined = Stage::Join(join(JoinKind::Inner, &[("a", "b")], right));
    let query = query(vec![joined, Stage::Pick(Pick { columns: Some(keys(&["a"])), ..pick("b", &["a"]) })]);
    assert!(query.contains("| eval a=b]"), "{query}");
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
fn a_join_has_the_columns_of_its_sides_alone() {
    let right = || vec![project(&["k", "c"])];
    let open = Stage::Join(join(JoinKind::Inner, &[("k", "k")], right()));
    let named = |stages: &[Stage]| crate::splunk::reads::have_named_columns(stages);
    assert!(!named(std::slice::from_ref(&open)));
    assert!(named(&[project(&["k"]), open]));
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
fn computed_columns_of_the_right_side_stay_what_they_are() {
    let right = vec![filter("c", "x"), extend("n", call(Function::Length, [of("d")])), project(&["k", "n"])];
    let inner = Stage::Join(join(JoinKind::Inner, &[("k", "k")], right));
    let half = call(Function::Divide, [of("n"), Expression::number(2)]);
    assert!(after("*", vec![inner, extend("v", half)]).ends_with("| eval v=floor(n/2)"));
}

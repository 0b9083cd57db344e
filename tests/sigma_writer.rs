//! Rules written as Sigma: what they look like, as reviewed snapshots in `snapshots/sigma/`, and that they mean the same.

#[path = "support/meaning.rs"]
mod meaning;
mod support;

use std::sync::Arc;

use rulec::{
    diag::{Note, Source, Span},
    ir::{
        Aggregate, AggregateFunction, Case, Comparison, Condition, Constant, Duration, Expression, Field,
        Function, Join, JoinKind, Level, Metadata, Origin, Pattern, Pipeline, Predicate, Project, Rule,
        SortKey, Stage, Status, Summarize, Table, TermPart, Test,
    },
    sigma::{self, ReadOptions, WriteOptions},
};

/// The project's own rules that are worth a look: what they use is in their names.
const REVIEWED: [&str; 7] = [
    "cron_file_written",
    "download_piped_to_shell",
    "encoded_powershell_download",
    "literal_wildcard_copy",
    "lolbin_renamed",
    "whoami_all_privileges",
    "utf16_encoded_loader",
];

fn read(text: &str, options: &ReadOptions) -> Rule {
    let readings = sigma::read(&Source::new("rule.yml", text), options);
    let diagnostics = format!("{:?}", readings[0].diagnostics);
    readings
        .into_iter()
        .next()
        .and_then(sigma::Reading::into_rule)
        .unwrap_or_else(|| panic!("{text}\n{diagnostics}"))
}

fn written(rule: &Rule) -> (String, Vec<Note>) {
    let mut notes = Vec::new();
    let written = sigma::write(rule, &WriteOptions::default(), &mut notes).expect("can be written");
    (sigma::print(&written), notes)
}

fn review(name: &str, rule: &Rule) {
    let (text, notes) = written(rule);
    let lines = notes.iter().map(|note| format!("# {} ({:?}): {}", note.code, note.effect, note.message));
    let shown = lines.chain([text]).collect::<Vec<_>>().join("\n");
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(support::root().join("snapshots/sigma"));
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(name, shown));
}

#[test]
fn own_rules_are_written_so_that_they_read_as_what_they_were() {
    for path in support::rule_files(&support::root().join("rules/sigma")) {
        let text = std::fs::read_to_string(&path).expect("a readable rule");
        let rule = read(&text, &support::placeholders());
        let mut notes = Vec::new();
        let exact = WriteOptions { exact_case: true, ..WriteOptions::default() };
        let written = sigma::write(&rule, &exact, &mut notes).expect("can be written");
        let again = read(&sigma::print(&written), &ReadOptions::default());
        let of = |rule: &Rule| rule.stages[0].condition().map(meaning::normal);
        assert_eq!(of(&rule), of(&again), "{}", path.display());
        assert!(notes.is_empty(), "{}: {notes:?}", path.display());
        let stem = path.file_stem().expect("a file name").to_string_lossy().into_owned();
        if REVIEWED.contains(&&*stem) {
            review(&stem, &rule);
        }
    }
}

fn is(field: &str, test: Test) -> Condition {
    Condition::is(Predicate::new(Field::new(field), test, Span::default()))
}

fn sensitive(pattern: Pattern) -> Test {
    Test::Text(pattern, Case::Sensitive)
}

fn rule(title: &str, table: &str, stages: Vec<Stage>) -> Rule {
    let metadata = Metadata {
        title: title.into(),
        id: Some("not a GUID".into()),
        description: Some("Finds what it is called after. It is an example.".into()),
        status: Some(Status::Experimental),
        level: Some(Level::Medium),
        tags: ["T1110.003", "CredentialAccess", "Brute force"].map(String::from).to_vec(),
        references: vec!["https://example.org/a?b=c#d".into()],
        author: Some("@someone".into()),
        date: Some("2024-01-05T00:00:00Z".into()),
        ..Metadata::default()
    };
    let origin =
        Origin::Table(Table { schema: Some("sentinel".into()), name: table.into(), span: Span::default() });
    Rule {
        metadata: Arc::new(metadata),
        origin,
        stages,
        look_back: None,
        notes: Vec::new(),
        span: Span::default(),
    }
}

fn field(name: &str) -> Expression {
    Expression::Field(Field::new(name))
}

#[test]
fn a_query_with_presentation_is_a_rule_without() {
    let condition = Condition::all([
        is("EventID", Test::number(4688)),
        is("CommandLine", Test::Term(TermPart::Whole, "mimikatz".into(), Case::Insensitive)),
        is("NewProcessName", sensitive(Pattern::ends_with("\\cmd.exe"))),
        Condition::not(is("Account", sensitive(Pattern::exact("SYSTEM")))),
        Condition::not(Condition::any([
            is("ParentProcessName", sensitive(Pattern::ends_with("\\explorer.exe"))),
            is("Computer", Test::Term(TermPart::Prefix, "build".into(), Case::Insensitive)),
        ])),
    ]);
    let columns = vec![(Field::new("Account"), field("Account")), (Field::new("Host"), field("Computer"))];
    let key = SortKey { value: field("TimeGenerated"), ascending: false, nulls_first: false };
    let stages = vec![
        Stage::Filter(condition),
        Stage::Extend(
            Field::new("Day"),
            Expression::Call(Function::StartOfDay, vec![field("TimeGenerated")]),
        ),
        Stage::Project(Project { columns, span: Span::default() }),
        Stage::Filter(is("Host", Test::starts_with("srv"))),
        Stage::Sort(vec![key], Span::default()),
        Stage::Limit(100, Span::default()),
    ];
    review("query_with_presentation", &rule("Command Line With A Tool", "SecurityEvent", stages));
}

#[test]
fn groups_with_a_threshold_are_a_correlation() {
    let bin = Expression::Call(
        Function::Bin,
        vec![
            field("TimeGenerated"),
            Expression::Constant(Constant::Duration(Duration(10 * Duration::MINUTE))),
        ],
    );
    let distinct = Aggregate {
        function: AggregateFunction::CountDistinctAbout,
        arguments: vec![field("User")],
        filter: Condition::Always,
    };
    let summarize = Summarize {
        aggregates: vec![(Field::new("Users"), distinct)],
        by: vec![(Field::new("IPAddress"), field("IPAddress")), (Field::new("TimeGenerated"), bin)],
        span: Span::default(),
    };
    let threshold = is("Users", Test::Number(Comparison::GreaterOrEqual, 20.into()));
    let stages = vec![
        Stage::Filter(is("ResultType", Test::text("50126"))),
        Stage::Extend(Field::new("User"), field("UserPrincipalName")),
        Stage::Summarize(summarize),
        Stage::Filter(Condition::all([threshold, Condition::not(is("IPAddress", Test::text("")))])),
    ];
    review("groups_with_threshold", &rule("Password Spray", "SigninLogs", stages));
}

#[test]
fn a_join_is_a_temporal_correlation() {
    let table = |name: &str| {
        Origin::Table(Table { schema: Some("defender".into()), name: name.into(), span: Span::default() })
    };
    let right = Pipeline {
        origin: table("DeviceNetworkEvents"),
        stages: vec![Stage::Filter(is("RemotePort", Test::number(4444)))],
        look_back: None,
    };
    let join = Join {
        kind: JoinKind::Inner,
        right: Box::new(right),
        on: vec![
            (Field::new("DeviceId"), Field::new("DeviceId")),
            (Field::new("ProcessId"), Field::new("InitiatingProcessId")),
        ],
        renamed: Vec::new(),
        drops_right_keys: false,
        span: Span::default(),
    };
    let stages = vec![Stage::Filter(is("FileName", Test::text("nc.exe"))), Stage::Join(join)];
    let mut rule = rule("Netcat Connects", "DeviceProcessEvents", stages);
    rule.origin = table("DeviceProcessEvents");
    rule.look_back = Some(Duration(Duration::HOUR));
    review("joined_tables", &rule);
    rule.look_back = None;
    let error =
        sigma::write(&rule, &WriteOptions::default(), &mut Vec::new()).expect_err("no window is known");
    assert_eq!(error.message, "Sigma has nothing that says `join`");
}

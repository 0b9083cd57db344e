//! What rules are taken apart into, one fact a test.

use proptest::prelude::*;

use super::{Corpus, Event, Flat, Kind, Member, Query, Role, Telemetry, flatten, rows};
use crate::{
    diag::Source,
    mapping::Mapping,
    read::{Format, read},
    sigma::ReadOptions,
};

fn flats(name: &str, text: &str) -> Vec<Flat> {
    let source = Source::new(name, text);
    let format = Format::of_kusto(source.name(), source.text()).unwrap_or(Format::Sigma);
    let options = ReadOptions { partial: true, ..ReadOptions::default() };
    let telemetry = Telemetry::of(Mapping::builtin()).unwrap();
    let readings = read(&source, format, &options);
    readings.iter().map(|it| flatten(it.rule().expect("a readable rule"), &telemetry)).collect()
}

fn kusto(query: &str) -> Flat {
    flats("a.kql", query).remove(0)
}

fn sigma(log_source: &str, detection: &str) -> Flat {
    flats("a.yml", &format!("title: T\nlogsource: {{{log_source}}}\ndetection:\n{detection}\n")).remove(0)
}

/// Every test as `field kind value @ events`, exclusions and computed ones marked.
fn shown(flat: &Flat) -> Vec<String> {
    let one = |it: &super::Indicator| {
        let events: Vec<&str> = it.events.iter().map(|event| flat.events[*event].name()).collect();
        let mark = match it.role {
            Role::Match => "",
            Role::Exclusion => "- ",
            Role::Computed => "~ ",
        };
        format!("{mark}{} {} {} @ {}", it.field, it.kind.as_str(), it.value, events.join(" "))
    };
    flat.indicators.iter().map(one).collect()
}

#[test]
fn columns_of_vendors_have_one_name() {
    let flat = kusto("DeviceProcessEvents | where InitiatingProcessFileName =~ 'SVCHOST.exe'");
    assert_eq!(shown(&flat), ["parent_process_name eq svchost.exe @ any"]);
    let flat = sigma(
        "category: process_creation, product: windows",
        "  s:\n    ParentImage|endswith: '\\svchost.exe'\n  condition: s",
    );
    assert_eq!(shown(&flat), ["parent_process_name eq svchost.exe @ 1"]);
}

#[test]
fn columns_without_a_canonical_name_keep_their_own() {
    let flat = kusto("DeviceNetworkEvents | where GlobalThing < 5");
    assert_eq!(shown(&flat), ["GlobalThing lt 5 @ any"]);
}

#[test]
fn lists_are_a_row_a_value() {
    let flat = kusto(
        "DeviceNetworkEvents | where RemotePort in (22, 23) and InitiatingProcessCommandLine has_any ('a1', 'B2')",
    );
    assert_eq!(
        shown(&flat),
        [
            "DestinationPort in 22 @ any",
            "DestinationPort in 23 @ any",
            "CommandLine term a1 @ any",
            "CommandLine term b2 @ any"
        ]
    );
}

#[test]
fn lets_are_their_values() {
    let flat = kusto("let ports = dynamic([22, 23]);\nDeviceNetworkEvents | where RemotePort in (ports)");
    assert_eq!(shown(&flat), ["DestinationPort in 22 @ any", "DestinationPort in 23 @ any"]);
}

#[test]
fn case_folds_where_the_operator_folds_it() {
    let flat = kusto("DeviceNetworkEvents | where RemoteIPType == 'Public' or RemoteUrl =~ 'EVIL.example'");
    assert_eq!(shown(&flat)[0], "destination_ip_scope eq Public @ any");
    assert!(shown(&flat)[1].contains("evil.example"), "{:?}", shown(&flat));
}

#[test]
fn event_ids_are_spelled_as_the_mapping_table_has_them() {
    for operator in ["==", "=~"] {
        let flat = kusto(&format!("DeviceNetworkEvents | where ActionType {operator} 'ConnectionSuccess'"));
        assert_eq!(shown(&flat), ["EventType eq ConnectionSuccess @ ConnectionSuccess"]);
    }
}

#[test]
fn a_test_is_about_the_events_of_its_own_branch() {
    let flat = kusto(
        "DeviceNetworkEvents | where (ActionType == 'ConnectionSuccess' and RemotePort == 1) or (ActionType == 'ConnectionFailed' and RemotePort == 2)",
    );
    assert_eq!(
        shown(&flat),
        [
            "EventType eq ConnectionSuccess @ ConnectionSuccess",
            "DestinationPort eq 1 @ ConnectionSuccess",
            "EventType eq ConnectionFailed @ ConnectionFailed",
            "DestinationPort eq 2 @ ConnectionFailed"
        ]
    );
}

#[test]
fn what_a_later_filter_tells_of_the_event_holds_for_earlier_tests() {
    let flat = kusto("DeviceNetworkEvents | where RemotePort == 1 | where ActionType == 'ConnectionSuccess'");
    assert_eq!(shown(&flat)[0], "DestinationPort eq 1 @ ConnectionSuccess");
    assert_eq!(flat.events.len(), 1);
}

#[test]
fn a_test_is_about_the_events_of_its_own_join_leg() {
    let flat = kusto(
        "DeviceFileEvents | where ActionType == 'FileCreated' and FileName == 'a.exe' | join kind=inner (DeviceNetworkEvents | where ActionType == 'ConnectionSuccess') on DeviceId | where RemotePort == 5",
    );
    assert_eq!(
        shown(&flat),
        [
            "ActionType eq FileCreated @ FileCreated",
            "file_name eq a.exe @ FileCreated",
            "EventType eq ConnectionSuccess @ ConnectionSuccess",
            "DestinationPort eq 5 @ ConnectionSuccess"
        ]
    );
    let pattern = flat.patterns[0].to_string();
    assert_eq!(
        pattern,
        "Defender-DeviceFileEvents/FileCreated AND Defender-DeviceNetworkEvents/ConnectionSuccess"
    );
}

#[test]
fn a_test_after_a_union_is_about_every_table_that_has_the_column() {
    let flat =
        kusto("union DeviceProcessEvents, DeviceNetworkEvents | where RemotePort == 5 and DeviceName == 'x'");
    let providers = |at: usize| -> Vec<&str> {
        flat.indicators[at].events.iter().map(|event| &*flat.events[*event].provider).collect()
    };
    assert_eq!(providers(0), ["Defender-DeviceNetworkEvents"]);
    assert_eq!(flat.indicators.len(), 3, "{:?}", shown(&flat));
    assert_eq!(
        flat.patterns[0].to_string(),
        "Defender-DeviceNetworkEvents/any OR Defender-DeviceProcessEvents/any"
    );
}

#[test]
fn exclusions_stand_below_a_negation_that_every_match_has_to_pass() {
    let flat = kusto(
        "DeviceNetworkEvents | where RemotePort != 1 and (RemotePort == 2 or not(Protocol == 'Tcp')) and not(LocalPort in (3, 4))",
    );
    assert_eq!(
        shown(&flat),
        [
            "- DestinationPort ne 1 @ any",
            "DestinationPort eq 2 @ any",
            "Protocol ne tcp @ any",
            "- SourcePort not_in 3 @ any",
            "- SourcePort not_in 4 @ any"
        ]
    );
    let flat = sigma(
        "category: process_creation, product: windows",
        "  s:\n    Image: a\n  filter_x:\n    User: b\n    CommandLine|contains: c\n  condition: s and not 1 of filter_*",
    );
    assert_eq!(shown(&flat)[1..], ["- User ne b @ 1", "- CommandLine not_contains c @ 1"]);
}

#[test]
fn a_negated_test_of_the_action_type_leaves_any_event() {
    let flat =
        kusto("DeviceNetworkEvents | where ActionType != 'ListeningConnectionCreated' and RemotePort == 1");
    assert_eq!(
        shown(&flat),
        ["- EventType ne ListeningConnectionCreated @ any", "DestinationPort eq 1 @ any"]
    );
}

#[test]
fn what_the_rule_computes_stands_apart() {
    let flat = kusto(
        "DeviceNetworkEvents | extend outliers = strlen(RemoteUrl) | where outliers > 2 | summarize n = count() by RemoteIP | where n > 10 and RemoteIP == '10.0.0.1'",
    );
    assert_eq!(shown(&flat), ["~ outliers gt 2 @ any", "~ n gt 10 @ any", "DestinationIp eq 10.0.0.1 @ any"]);
    assert!(flat.keys.contains("DestinationIp"));
}

#[test]
fn columns_keep_their_meaning_through_renames_and_conversions() {
    let flat = kusto(
        "DeviceNetworkEvents | project Port = RemotePort, Url = tolower(RemoteUrl) | project-rename P = Port | where P == 5 and Url == 'EVIL.example'",
    );
    assert_eq!(shown(&flat)[0], "DestinationPort eq 5 @ any");
    assert!(shown(&flat)[1].contains("evil.example"), "{:?}", shown(&flat));
}

#[test]
fn empty_is_one_test() {
    let flat = kusto("DeviceNetworkEvents | where isempty(RemoteIPType) and isnotempty(LocalIPType)");
    assert_eq!(
        shown(&flat),
        ["destination_ip_scope is_empty  @ any", "- source_ip_scope is_not_empty  @ any"]
    );
}

#[test]
fn logs_of_windows_are_providers_wherever_they_are_kept() {
    let events = |flat: &Flat| flat.events.iter().map(ToString::to_string).collect::<Vec<_>>();
    let flat = kusto("SecurityEvent | where EventID == 4688 and NewProcessName == @'C:\\a.exe'");
    assert_eq!(events(&flat), ["Microsoft-Windows-Security-Auditing/4688"]);
    assert_eq!(shown(&flat)[1], r"Image eq C:\a.exe @ 4688");
    let flat = kusto("Event | where Source == 'Microsoft-Windows-Sysmon' | where EventID == 3");
    assert_eq!(events(&flat), ["Microsoft-Windows-Sysmon/3"]);
    let flat = sigma(
        "service: security, product: windows",
        "  s:\n    EventID: 4688\n    NewProcessName|endswith: '\\a.exe'\n  condition: s",
    );
    assert_eq!(events(&flat), ["Microsoft-Windows-Security-Auditing/4688"]);
    assert_eq!(shown(&flat)[1], "process_name eq a.exe @ 4688");
}

#[test]
fn rules_of_other_systems_are_about_their_own_events() {
    let flat = sigma(
        "category: process_creation, product: linux",
        "  s:\n    Image|endswith: '/sh'\n  condition: s",
    );
    assert_eq!(flat.events[0], Event::any("linux_process_creation"));
    assert_eq!(shown(&flat), ["process_name eq sh @ any"]);
    let flat = sigma("product: aws, service: cloudtrail", "  s:\n    eventName: StopLogging\n  condition: s");
    assert_eq!(flat.events[0], Event::of("aws_cloudtrail", "StopLogging"));
}

#[test]
fn keywords_are_about_any_field() {
    let flat = sigma("product: linux", "  keywords:\n    - 'rm -rf'\n  condition: keywords");
    assert_eq!(flat.indicators[0].field.as_ref(), super::ANY_FIELD);
}

#[test]
fn sub_queries_are_legs_of_their_own() {
    let flat = kusto(
        "let bad = DeviceFileEvents | where FileName == 'a.exe' | project DeviceId;\nDeviceNetworkEvents | where DeviceId in (bad) and RemotePort == 5",
    );
    assert_eq!(flat.patterns[0].0.len(), 2, "{:?}", flat.patterns);
    let file = flat.indicators.iter().find(|it| &*it.value == "a.exe").unwrap();
    assert_eq!(&*flat.events[file.events[0]].provider, "Defender-DeviceFileEvents");
}

fn member(number: usize, id: Option<&str>, text: &str) -> Member {
    let metadata = crate::ir::Metadata { id: id.map(str::to_owned), ..crate::ir::Metadata::default() };
    Member {
        vendor: "kusto",
        metadata: metadata.into(),
        path: "a.md".into(),
        relative: "a.md".into(),
        number,
        flat: kusto(text),
        identity: 0,
    }
}

#[test]
fn a_rule_counts_once() {
    let query = "DeviceNetworkEvents | where RemotePort == 5 or LocalPort == 5";
    let mut corpus = Corpus::default();
    corpus.add(member(1, None, query));
    corpus.add(member(2, None, query));
    corpus.add(member(3, Some("x"), query));
    corpus.add(member(4, Some("X"), query));
    let (found, _) = rows(&corpus, &Query::default());
    assert_eq!(
        found.iter().map(|row| row.rules).collect::<Vec<_>>(),
        [2, 2],
        "a twin, and one of the same id"
    );
    assert_eq!(corpus.len(), 2);
}

#[test]
fn tables_are_filtered_sorted_and_cut() {
    let mut corpus = Corpus::default();
    corpus.add(member(
        1,
        None,
        "DeviceNetworkEvents | where RemotePort == 5 and ActionType == 'ConnectionSuccess'",
    ));
    corpus.add(member(2, None, "DeviceNetworkEvents | where RemotePort == 5 and LocalPort == 7"));
    let values =
        |query: Query| -> Vec<String> { rows(&corpus, &query).0.into_iter().map(|row| row.value).collect() };
    assert_eq!(values(Query::default())[0], "5", "most rules first");
    assert_eq!(values(Query { min_rules: 2, ..Query::default() }), ["5"]);
    assert_eq!(values(Query { events: vec!["any".into()], ..Query::default() }), Vec::<String>::new());
    let event = Query { events: vec!["ConnectionSuccess".into()], ..Query::default() };
    assert_eq!(values(event), ["5", "ConnectionSuccess"]);
    assert_eq!(values(Query { fields: vec!["sourceport".into()], ..Query::default() }), ["7"]);
    assert_eq!(values(Query { values: vec!["SUCC".into()], ..Query::default() }), ["ConnectionSuccess"]);
    assert_eq!(rows(&corpus, &Query { limit: Some(1), ..Query::default() }).1, 3);
    assert!(values(Query { vendors: vec!["sigma".into()], ..Query::default() }).is_empty());
    let kind = Kind::parse("ne").unwrap();
    assert!(values(Query { kinds: vec![kind], ..Query::default() }).is_empty());
}

/// A filter of a few tests, some below a negation.
fn a_query() -> impl Strategy<Value = String> {
    let test = (0..4_usize, 0..3_usize, any::<bool>()).prop_map(|(column, value, negated)| {
        let column = ["RemotePort", "LocalPort", "Protocol", "RemoteIPType"][column];
        let value =
            if column.ends_with("Port") { ["1", "2", "3"][value] } else { ["'a'", "'b'", "'c'"][value] };
        if negated { format!("not({column} == {value})") } else { format!("{column} == {value}") }
    });
    proptest::collection::vec(test, 1..4)
        .prop_map(|tests| format!("DeviceNetworkEvents | where {}", tests.join(" and ")))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn counts_are_those_of_a_naive_recount(queries in proptest::collection::vec(a_query(), 1..6)) {
        let mut corpus = Corpus::default();
        for (index, query) in queries.iter().enumerate() {
            let id = format!("{index}");
            corpus.add(member(index, Some(&id), query));
        }
        let everything = Query { roles: vec![Role::Match, Role::Exclusion], ..Query::default() };
        let (found, _) = rows(&corpus, &everything);
        let columns = [("RemotePort", "DestinationPort"), ("LocalPort", "SourcePort"), ("Protocol", "Protocol"), ("RemoteIPType", "destination_ip_scope")];
        let mut expected = 0;
        for (column, field) in columns {
            for value in ["1", "2", "3", "a", "b", "c"] {
                for negated in [false, true] {
                    let literal = if value.parse::<u8>().is_ok() { value.to_owned() } else { format!("'{value}'") };
                    let plain = format!("{column} == {literal}");
                    let wanted = if negated { format!("not({plain})") } else { plain };
                    let has = |query: &&String| {
                        let tests = query.split_once("where ").unwrap().1;
                        tests.split(" and ").any(|test| test == wanted)
                    };
                    let count = queries.iter().filter(has).count();
                    let kind = if negated { "ne" } else { "eq" };
                    let row = found.iter().find(|row| row.field == field && row.value == value && row.kind.as_str() == kind);
                    prop_assert_eq!(row.map_or(0, |row| row.rules), count, "{} {} in {:?}", wanted, kind, queries);
                    expected += usize::from(count > 0);
                }
            }
        }
        prop_assert_eq!(found.len(), expected);
    }
}

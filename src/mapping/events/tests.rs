use super::*;

fn mapping(provider: &str) -> Mapping {
    Mapping::from_parts([
        ("logsources.yml", "[{category: net, class: net}]"),
        ("net.yml", "{title: Net, schemas: {d: [{table: T, default: {Action: [Up, Down]}}], w: [{where: {Id: 3}}]}}"),
        ("down.yml", "{title: Down, schemas: {d: [{table: T, where: {Action: Down}}], w: [{where: {Id: 4}}]}}"),
        ("schemas/d.yml", "{title: D, tables: {T: {Action: string, Port: integer, Peer: ip}}}"),
        ("schemas/w.yml", "{title: W, open: true}"),
        ("events/v.yml", "{title: V, vendor: Contoso, fields: {Peer: The other end.}}"),
        ("events/v/T.yml", provider),
        (
            "events/w/log.yml",
            "{title: Log, description: A log., vendor: C, sources: [{schema: w, id: Id}],
              events: {3: {title: Three, description: It is three.}, 4: {title: Four, description: It is four.}}}",
        ),
    ])
}

const GOOD: &str = "
title: T
description: A table.
sources: [{schema: d, table: T, id: Action}]
fields: {Action: What happened., Port: The port.}
common: [Action]
events:
  Up: {title: It went up, description: The link went up., fields: [Peer]}
  Down: {title: It went down, description: The link went down., fields: [Peer, Port]}
";

#[test]
fn an_event_has_its_own_fields_then_the_common_ones_with_the_types_of_the_schema() {
    let mapping = mapping(GOOD);
    assert!(mapping.check().is_empty(), "{:?}", mapping.check());
    let events = mapping.events().unwrap();
    let provider = events.provider("v/T").unwrap();
    let fields = provider.fields_of(provider.event("Down").unwrap());
    let fields: Vec<_> = fields.map(|field| (&*field.name, field.ty)).collect();
    let expected = [("Peer", ColumnType::Ip), ("Port", ColumnType::Integer), ("Action", ColumnType::String)];
    assert_eq!(fields, expected);
    assert_eq!(provider.vendor, "Contoso");
    assert_eq!(provider.any().title, "T (any)");
}

#[test]
fn the_predicates_of_classes_join_events_and_the_narrowest_class_bridges_them() {
    let mapping = mapping(GOOD);
    let events = mapping.events().unwrap();
    let of = |class| events.of_class(class).map(|event| (&*event.provider, &*event.id)).collect::<Vec<_>>();
    assert_eq!(of("net"), [("v/T", "Up"), ("v/T", "Down"), ("w/log", "3")]);
    assert_eq!(of("down"), [("v/T", "Down"), ("w/log", "4")]);
    let bridged = |provider, id| {
        let event = events.event(provider, id).unwrap();
        events.bridged(event).iter().map(|event| event.title.as_str()).collect::<Vec<_>>()
    };
    assert_eq!(bridged("v/T", "Up"), ["Three"]);
    assert_eq!(bridged("v/T", "Down"), ["Four"]);
    assert_eq!(bridged("w/log", "3"), ["It went up", "It went down"]);
}

#[test]
fn a_query_that_leaves_the_id_open_selects_any() {
    let mapping = mapping(GOOD);
    let events = mapping.events().unwrap();
    let ids = |wanted: &[(&str, &[&str])]| {
        let wanted = wanted.iter().map(|(column, values)| {
            ((*column).to_owned(), values.iter().map(|value| (*value).to_owned()).collect())
        });
        let found = events.select("d", Some("T"), &wanted.collect());
        found.into_iter().map(|(provider, id)| format!("{} {id}", provider.name)).collect::<Vec<_>>()
    };
    assert_eq!(ids(&[]), ["v/T any"]);
    assert_eq!(ids(&[("Port", &["80"])]), ["v/T any"]);
    assert_eq!(ids(&[("Action", &["Up", "Sideways"])]), ["v/T Up", "v/T Sideways"]);
}

#[test]
fn faults_are_told_where_they_are() {
    let bad = GOOD
        .replace("fields: [Peer]}", "fields: [Peeer], classes: [nett]}")
        .replace("Port: The port.", "Prt: P.");
    let faults: Vec<String> = mapping(&bad).check().iter().map(ToString::to_string).collect();
    let starts = [
        "mapping table events/v/T.yml:5:",
        "mapping table events/v/T.yml:8:",
        "mapping table events/v/T.yml:9:",
        "mapping table events/v/T.yml:8:",
    ];
    assert_eq!(faults.len(), starts.len(), "{faults:#?}");
    assert!(faults.iter().zip(starts).all(|(fault, start)| fault.starts_with(start)), "{faults:#?}");
}

#[test]
fn a_users_file_adds_events_and_fields_to_a_provider() {
    let user = "{events: {TrunkUp: {title: Trunk up, description: A trunk went up., fields: [TrunkName]}},
                 fields: {TrunkName: The trunk's name.}}";
    let mapping = Mapping::with_overlays([("own//events/defender/DeviceNetworkEvents.yml", user)]);
    let provider = mapping.events().unwrap().provider("defender/DeviceNetworkEvents").unwrap();
    assert_eq!(provider.event("TrunkUp").unwrap().title, "Trunk up");
    assert!(provider.event("ConnectionSuccess").is_some());
    let faults: Vec<String> = mapping.check_overlays().iter().map(ToString::to_string).collect();
    assert_eq!(
        faults,
        [
            "mapping table own/events/defender/DeviceNetworkEvents.yml:2:38: `TrunkName` is no column of table \
          `DeviceNetworkEvents` of schema defender"
        ]
    );
}

#[test]
fn providers_are_found_by_channel_table_and_class() {
    let events = Mapping::builtin().events().unwrap();
    let name = |name: &str| events.provider(name).map(|provider| &*provider.name);
    assert_eq!(name("Microsoft-Windows-Sysmon"), Some("windows/sysmon"));
    assert_eq!(name("Microsoft-Windows-Security-Auditing"), Some("windows/security"));
    assert_eq!(name("security"), Some("windows/security"));
    assert_eq!(name("Windows-System"), Some("windows/system"));
    assert_eq!(name("Microsoft-Windows-PowerShell/Operational"), Some("windows/powershell"));
    assert_eq!(name("Defender-DeviceEvents"), Some("defender/DeviceEvents"));
    assert_eq!(name("Sentinel-AuditLogs"), Some("cloud/entra_auditlogs"));
    assert_eq!(name("aws_cloudtrail"), Some("cloud/aws_cloudtrail"));
    assert_eq!(
        name("Sentinel-WindowsEvent"),
        Some("logs/windows_event"),
        "holds the events of many channels"
    );
}

/// The schemas whose events are a provider's own; the others are what vendors make of them.
const HAS_EVENTS: &[&str] = &["sysmon", "windows_security", "defender", "sentinel", "asim"];

/// The events that classes ask for, and that no file describes.
fn undescribed(mapping: &Mapping) -> Vec<String> {
    let events = mapping.events().unwrap();
    let mut missing = Vec::new();
    for class in mapping.classes().map(|name| mapping.class(name).unwrap()) {
        for asked in link::asked(class) {
            let selected = events.select(asked.schema, asked.table, &asked.wanted);
            if selected.is_empty() && HAS_EVENTS.contains(&asked.schema) {
                missing
                    .push(format!("{}: {} {:?} {:?}", class.name, asked.schema, asked.table, asked.wanted));
            }
            let described = |id: &str| selected.iter().any(|(provider, _)| provider.event(id).is_some());
            for (provider, id) in selected.iter().filter(|(_, id)| !described(id)) {
                missing.push(format!("{}: {} {id}", class.name, provider.name));
            }
        }
    }
    missing
}

#[test]
fn every_event_that_a_class_asks_for_is_described() {
    let missing = undescribed(Mapping::builtin());
    assert!(missing.is_empty(), "{missing:#?}");
}

#[test]
fn action_types_are_described_with_their_fields_and_types() {
    let events = Mapping::builtin().events().unwrap();
    let provider = events.provider("defender/DeviceNetworkEvents").unwrap();
    let wanted = [
        ("any", "RemoteUrl"),
        ("ConnectionSuccess", "RemoteUrl"),
        ("ConnectionFailed", "RemotePort"),
        ("InboundConnectionAccepted", "LocalPort"),
        ("ListeningConnectionCreated", "LocalIP"),
        ("ConnectionRequest", "RemoteIP"),
        ("DnsConnectionInspected", "RemoteUrl"),
        ("DnsQueryResponse", "RemoteUrl"),
    ];
    for (id, field) in wanted {
        let event = provider.event(id).unwrap();
        assert!(provider.fields_of(event).any(|doc| &*doc.name == field), "{id} {field}");
        assert!(provider.fields_of(event).any(|doc| &*doc.name == "Timestamp"), "{id}");
    }
    assert_eq!(provider.field("RemotePort").unwrap().ty, ColumnType::Integer);
    let bridged = events.bridged(provider.event("InboundConnectionAccepted").unwrap());
    assert!(bridged.iter().all(|event| event.provider != provider.name));
}

#[test]
fn process_creations_of_all_providers_are_bridged() {
    let events = Mapping::builtin().events().unwrap();
    let bridged = |provider, id| {
        let event = events.event(provider, id).unwrap();
        let others = events.bridged(event).into_iter();
        others.map(|event| format!("{} {}", event.provider, event.id)).collect::<Vec<_>>()
    };
    let of_sysmon = bridged("windows/sysmon", "1");
    for other in ["windows/security 4688", "defender/DeviceProcessEvents ProcessCreated"] {
        assert!(of_sysmon.iter().any(|event| event == other), "{of_sysmon:?}");
    }
    let pipes = bridged("defender/DeviceEvents", "NamedPipeEvent");
    assert_eq!(pipes, ["windows/sysmon 17", "windows/sysmon 18"]);
}

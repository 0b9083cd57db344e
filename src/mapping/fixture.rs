//! A small table, and short forms to write and read rules with, for the tests of this folder.

use std::sync::Arc;

use proptest::prelude::*;

use super::{Mapping, localize, normalize};
use crate::{
    diag::{Diagnostic, Effect, Note, Span},
    ir::{
        Case, Condition, Dataset, Expression, Field, LogSource, Metadata, Origin, Pattern, Piece, Predicate,
        Rule, Show, Stage, Subject, Test, eval::Event,
    },
};

const LOG_SOURCES: &str = "
- {category: process_creation, class: process_creation}
- {category: registry_set, class: registry_set}
- {category: network_connection, class: network_connection}
- {category: process_access, class: process_access}
- {product: windows, service: security, class: security}
";

const PROCESS_CREATION: &str = r#"
title: Process creation
description: A process was started.
schemas:
  sysmon: [{product: windows, where: {EventID: 1}}]
  windows_security: [{where: {EventID: 4688}}]
  defender: [{table: DeviceProcessEvents, where: {ActionType: ProcessCreated}}]
  splunk:
    - {product: windows, where: {EventCode: 1}, other_fields: "{field}"}
    - {product: linux, where: {sourcetype: "sysmon:linux"}, other_fields: "{field}"}
fields:
  Image:        {windows_security: NewProcessName, defender: FolderPath, splunk: Image}
  process_name: {of: Image, part: file_name, defender: FileName}
  ParentImage:  {}
  parent_name:  {of: ParentImage, part: file_name, defender: InitiatingProcessFileName}
  ActionType:   {defender: ActionType}
  ProcessId:    {windows_security: {column: NewProcessId, transform: hexadecimal}, defender: ProcessId}
  CommandLine:  {windows_security: CommandLine, defender: ProcessCommandLine}
  Either:       {defender: {any: [A, B]}}
  Both:         {defender: {all: [A, B]}}
  Nearly:       {defender: {column: A, approximate: holds less, effect: less}}
  Forgotten:    {defender: {none: "Defender forgets it"}}
  Signed:       {defender: {column: IsSigned, transform: boolean}}
  Level:        {windows_security: MandatoryLabel, defender: {column: A, transform: integrity}}
  Directory:    {defender: {column: A, transform: directory}}
  Pipe:         {defender: {column: A, transform: pipe_path}}
  EventID:      {defender: {none: "Defender has no event ids"}}
  Bare:         {defender: {transform: account, name: A}}
  User:
    windows_security: {transform: account, name: SubjectUserName, domain: SubjectDomainName}
    defender: {transform: account, name: AccountName, domain: AccountDomain}
  ParentUser:   {defender: {transform: account, name: A, domain: B}}
  Hashes:       {defender: {transform: hashes, MD5: MD5, SHA1: SHA1, SHA256: SHA256}}
  LogonType:    {windows_security: LogonType, defender: LogonType}
values:
  LogonType:
    defender: {2: Interactive, 3: [Network, NetworkCleartext], 10: {LogonType: RemoteInteractive, ProcessId: 10}}
"#;

const REGISTRY_SET: &str = r"
title: Registry value set
schemas:
  defender: [{table: DeviceRegistryEvents, where: {ActionType: RegistryValueSet}}]
fields:
  TargetObject: {defender: {join: [RegistryKey, RegistryValueName], separator: '\', transform: hive_long}}
  Plain:        {defender: {join: [RegistryKey, RegistryValueName], separator: '\'}}
  Details:      {defender: {transform: registry_data, data: RegistryValueData, type: RegistryValueType}}
";

const NETWORK_CONNECTION: &str = r#"
title: Network connection
schemas:
  defender: [{table: DeviceNetworkEvents, default: {ActionType: [ConnectionSuccess, ConnectionFailed]}}]
fields:
  DestinationPort: {defender: RemotePort}
  EventType: {defender: ActionType}
values:
  Initiated:
    defender: {"true": {ActionType: ConnectionSuccess}, "false": {ActionType: InboundConnectionAccepted}}
"#;

const PROCESS_ACCESS: &str = r#"
title: Process access
schemas:
  defender: {none: "Defender does not record it"}
"#;

const SECURITY: &str = r"
title: Windows Security log
schemas:
  defender:
    - {when: {EventID: 4688}, class: process_creation, as: windows_security}
    - {when: {EventID: [1, 2]}, class: registry_set}
  splunk: [{where: {source: Security}, other_fields: '{field}'}]
";

const DEFENDER: &str = "
title: Defender
tables:
  DeviceProcessEvents: {ActionType: string, FolderPath: string, FileName: string, InitiatingProcessFileName: string,
    ProcessCommandLine: string, A: string, B: string?, IsSigned: boolean, AccountName: string, AccountDomain: string,
    MD5: string, SHA1: string, SHA256: string, LogonType: string, ProcessId: integer, AdditionalFields: dynamic}
  DeviceRegistryEvents: {ActionType: string, RegistryKey: string, RegistryValueName: string, RegistryValueData: string,
    RegistryValueType: string}
  DeviceNetworkEvents: {ActionType: string, RemotePort: integer}
";

const SPLUNK: &str = "{title: Splunk, open: true, tables: {splunk: {EventCode: integer}}}";

/// The table.
pub(super) fn mapping() -> Mapping {
    Mapping::from_parts([
        ("logsources.yml", LOG_SOURCES),
        ("process_creation.yml", PROCESS_CREATION),
        ("registry_set.yml", REGISTRY_SET),
        ("network_connection.yml", NETWORK_CONNECTION),
        ("process_access.yml", PROCESS_ACCESS),
        ("security.yml", SECURITY),
        ("schemas/defender.yml", DEFENDER),
        ("schemas/splunk.yml", SPLUNK),
        ("schemas/sysmon.yml", "{title: Sysmon, open: true}"),
        ("schemas/windows_security.yml", "{title: Security, open: true}"),
    ])
}

/// `product/category/service`, `-` for what is absent.
pub(super) fn log_source(text: &str) -> LogSource {
    let mut parts = text.split('/').map(|part| (part != "-").then(|| Arc::from(part)));
    let mut next = || parts.next().flatten();
    LogSource { product: next(), category: next(), service: next(), span: Span::new(1, 2) }
}

/// A rule of one condition.
pub(super) fn rule(from: &str, condition: Condition) -> Rule {
    Rule {
        look_back: None,
        metadata: Arc::new(Metadata::default()),
        origin: Origin::LogSource(log_source(from)),
        stages: vec![Stage::Filter(condition)],
        span: Span::default(),
        notes: Vec::new(),
    }
}

/// A test of a field.
pub(super) fn is(field: &str, test: Test) -> Condition {
    Condition::is(Predicate::new(Field::new(field), test, Span::new(7, 9)))
}

/// Normalizes and localizes.
pub(super) fn both(from: &str, condition: Condition, schema: &str) -> Result<(Rule, Vec<Note>), Diagnostic> {
    let mapping = mapping();
    let mut notes = Vec::new();
    let normal = normalize(&rule(from, condition), &mapping, &mut Vec::new())?;
    localize(&normal, schema, &mapping, &mut notes).map(|rule| (rule, notes))
}

/// The last filter of a Windows process rule, for Defender.
pub(super) fn local(condition: Condition) -> String {
    match both("windows/process_creation/-", condition, "defender") {
        Ok((rule, _)) => show_stage(rule.stages.last().unwrap()),
        Err(error) => format!("{}: {}", error.code, error.message),
    }
}

/// The effects of the notes of a Windows process rule, for Defender.
pub(super) fn effects(condition: Condition) -> Vec<Effect> {
    let (_, notes) = both("windows/process_creation/-", condition, "defender").unwrap();
    notes.iter().map(|note| note.effect).collect()
}

/// All of a rule in one line: `dataset | stage | stage`.
pub(super) fn show(rule: &Rule) -> String {
    let dataset = match &rule.origin {
        Origin::Dataset(Dataset { names, .. }) => names.join(","),
        other => format!("{other:?}"),
    };
    let stages = rule.stages.iter().map(show_stage);
    std::iter::once(dataset).chain(stages).collect::<Vec<_>>().join(" | ")
}

fn show_stage(stage: &Stage) -> String {
    match stage {
        Stage::Filter(condition) => show_condition(condition),
        Stage::Extend(field, Expression::Join { fields, separator }) => {
            let fields: Vec<&str> = fields.iter().map(|field| &*field.name).collect();
            format!("{field}:={}", fields.join(separator))
        }
        Stage::Extend(field, Expression::Host(url)) => format!("{field}:=host({url})"),
        Stage::Extend(field, Expression::XmlData { xml, name }) => format!("{field}:=xml({xml}, {name})"),
        Stage::Extend(field, Expression::Choice { of, constants, then, otherwise }) => {
            let each = |value: &Expression| show_stage(&Stage::Extend(field.clone(), value.clone()));
            format!("{} if {of} in {} else {}", each(then), constants.join(","), each(otherwise))
        }
        Stage::Extend(field, Expression::JsonMember { json, path }) => {
            format!("{field}:=json({json}, {path})")
        }
        Stage::Extend(field, Expression::KeyValue { text, name }) => {
            format!("{field}:=value({text}, {name})")
        }
        other => Show(other).to_string(),
    }
}

pub(super) fn show_condition(condition: &Condition) -> String {
    let join = |terms: &[Condition], word: &str| {
        format!("({})", terms.iter().map(show_condition).collect::<Vec<_>>().join(word))
    };
    match condition {
        Condition::Always => "always".into(),
        Condition::Never => "never".into(),
        Condition::Not(inner) => format!("not {}", show_condition(inner)),
        Condition::All(terms) => join(terms, " and "),
        Condition::Any(terms) => join(terms, " or "),
        Condition::Is(predicate) => {
            let subject = match &predicate.subject {
                Subject::Field(field) => field.to_string(),
                Subject::Computed(value) => Show(&**value).to_string(),
                Subject::Anywhere => "anywhere".into(),
            };
            match &predicate.test {
                Test::Text(pattern, Case::Insensitive) => format!("{subject}={}", pattern.to_sigma()),
                Test::Text(pattern, Case::Sensitive) => format!("{subject}=={}", pattern.to_sigma()),
                Test::Regex(regex) => format!("{subject}=/{}/", regex.source()),
                Test::Number(_, number) => format!("{subject}={number}"),
                Test::Boolean(boolean) => format!("{subject}={boolean}"),
                Test::FieldRef(_, other, _) => format!("{subject}=${other}"),
                Test::Null => format!("{subject} null"),
                Test::Exists => format!("{subject} exists"),
                other => format!("{subject} {other:?}"),
            }
        }
    }
}

/// Whether an event passes all stages of a rule.
pub(super) fn passes(rule: &Rule, event: &Event) -> bool {
    let mut event = event.clone();
    rule.stages.iter().all(|stage| match stage {
        Stage::Filter(condition) => condition.holds_on(&event),
        Stage::Extend(field, expression) => {
            let value = expression.value_on(&event);
            event.0.insert(field.to_string(), value);
            true
        }
        other => unreachable!("the mapping table makes no {}", other.name()),
    })
}

/// Checks that a rule means the same on an event and, localized for Defender, on the event as Defender has it; or
/// differs in the way that the notes say. A refusal is no difference.
pub(super) fn agrees(
    from: &str,
    condition: &Condition,
    source: &Event,
    target: &Event,
) -> Result<(), TestCaseError> {
    let Ok((rule, notes)) = both(from, condition.clone(), "defender") else { return Ok(()) };
    let (before, after) = (condition.holds_on(source), passes(&rule, target));
    let more = notes.iter().any(|note| matches!(note.effect, Effect::More | Effect::Either));
    let less = notes.iter().any(|note| matches!(note.effect, Effect::Less | Effect::Either));
    prop_assert!(
        before == after || (after && more) || (before && less),
        "{} is {before} on {source:?}, but {} is {after} on {target:?}; notes {notes:?}",
        show_condition(condition),
        show(&rule)
    );
    Ok(())
}

/// Patterns of these literals and wildcards.
pub(super) fn patterns(literals: &'static [&'static str]) -> impl Strategy<Value = Pattern> {
    let piece = prop_oneof![
        3 => prop::sample::select(literals).prop_map(|text| Piece::Literal(text.to_owned())),
        2 => Just(Piece::AnyRun),
        1 => Just(Piece::AnyOne),
    ];
    prop::collection::vec(piece, 0..5).prop_map(Pattern::new)
}

/// A test of a part of `text`: all of it, its start, its end, or a part from its middle.
pub(super) fn parts_of(text: String) -> impl Strategy<Value = Pattern> {
    let length = text.len();
    (0..=length, 0..=length, 0..4u8).prop_map(move |(a, b, shape)| {
        let (from, to) = (a.min(b), a.max(b));
        match shape {
            0 => Pattern::exact(text.as_str()),
            1 => Pattern::starts_with(&text[..to]),
            2 => Pattern::ends_with(&text[from..]),
            _ => Pattern::contains(&text[from..to]),
        }
    })
}

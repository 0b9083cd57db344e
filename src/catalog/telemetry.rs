//! What the mapping table knows of events: which provider records a class, under which id, and which events of
//! other providers are of the same class.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use super::event::Event;
use crate::mapping::{Fault, Mapping, Provider, Selector};

const SYSMON: &str = "Microsoft-Windows-Sysmon";
const SECURITY: &str = "Microsoft-Windows-Security-Auditing";

/// A table whose events are of more classes than this is of many kinds: without a test of the action type, its events
/// have no counterparts.
const MANY_CLASSES: usize = 4;

/// Columns that tell the events of a table or log apart, where that is neither an event id nor an action type.
const DISCRIMINATORS: &[(&str, &[&str])] = &[
    ("Sentinel-AuditLogs", &["OperationName"]),
    ("Sentinel-AWSCloudTrail", &["EventName"]),
    ("Sentinel-AzureActivity", &["OperationNameValue", "OperationName"]),
    ("Sentinel-AzureDiagnostics", &["OperationName"]),
    ("Sentinel-GCPAuditLogs", &["MethodName"]),
    ("Sentinel-LAQueryLogs", &["RequestTarget"]),
    ("Sentinel-OfficeActivity", &["Operation"]),
    ("Sentinel-SecurityAlert", &["AlertName"]),
    ("aws_cloudtrail", &["eventName"]),
    ("azure_activitylogs", &["operationName", "OperationName"]),
    ("azure_auditlogs", &["properties.message", "Operation"]),
    ("azure_riskdetection", &["riskEventType"]),
    ("azure_pim", &["riskEventType"]),
    ("bitbucket_audit", &["auditType.action"]),
    ("cisco_duo", &["action"]),
    ("gcp_audit", &["gcp.audit.method_name"]),
    ("github_audit", &["action"]),
    ("google_workspace_admin", &["eventName"]),
    ("google_workspace_login", &["eventName"]),
    ("kubernetes_audit", &["verb"]),
    ("linux_auditd", &["type"]),
    ("m365_audit", &["Operation", "eventName"]),
    ("m365_threat_detection", &["eventName"]),
    ("m365_threat_management", &["eventName"]),
    ("m365_exchange", &["eventName"]),
    ("okta", &["eventType", "eventtype"]),
    ("onelogin", &["event_type_id"]),
    ("opencanary_application", &["logtype"]),
];

/// A class as a provider records it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Recording {
    pub(super) class: Arc<str>,
    /// The schema whose names the columns are.
    pub(super) schema: Arc<str>,
    pub(super) product: Option<Arc<str>>,
    pub(super) provider: Arc<str>,
    /// The ids of its events; none for every event of the provider.
    pub(super) ids: Vec<Arc<str>>,
}

/// The mapping table, by provider and by class.
#[derive(Debug)]
pub struct Telemetry<'m> {
    pub(super) mapping: &'m Mapping,
    by_class: BTreeMap<Arc<str>, Vec<Recording>>,
    by_provider: BTreeMap<Arc<str>, Vec<Recording>>,
    ids: BTreeMap<Arc<str>, BTreeSet<Arc<str>>>,
    /// What is said of providers: by the name that they have here, the name of their file.
    documented: BTreeMap<Arc<str>, Arc<str>>,
}

impl<'m> Telemetry<'m> {
    /// What a mapping table knows.
    ///
    /// # Errors
    /// A malformed file of the table.
    pub fn of(mapping: &'m Mapping) -> Result<Self, Fault> {
        let mut telemetry = Self {
            mapping,
            by_class: BTreeMap::new(),
            by_provider: BTreeMap::new(),
            ids: BTreeMap::new(),
            documented: BTreeMap::new(),
        };
        for selector in mapping.selectors()? {
            for provider in providers(&selector) {
                let column = if selector.table.is_some() && selector.constants("EventID").is_empty() {
                    if &*selector.schema == "asim" { "EventType" } else { "ActionType" }
                } else {
                    "EventID"
                };
                let recording = Recording {
                    class: selector.class.clone(),
                    schema: selector.schema.clone(),
                    product: selector.product.clone(),
                    ids: selector.constants(column),
                    provider: provider.clone(),
                };
                telemetry.ids.entry(provider.clone()).or_default().extend(recording.ids.iter().cloned());
                telemetry.by_provider.entry(provider).or_default().push(recording.clone());
                let of_class = telemetry.by_class.entry(selector.class.clone()).or_default();
                if !of_class.contains(&recording) {
                    of_class.push(recording);
                }
            }
        }
        for documented in mapping.events()?.providers() {
            let Some(name) = name_of(documented) else { continue };
            let ids = documented.events().map(|event| event.id.clone());
            telemetry.ids.entry(name.clone()).or_default().extend(ids);
            telemetry.documented.entry(name).or_insert_with(|| documented.name.clone());
        }
        Ok(telemetry)
    }

    /// What is said of a provider, where it is documented.
    pub fn documentation(&self, provider: &str) -> Option<&'m Provider> {
        let file = self.documented.get(provider).map_or(provider, |file| file);
        self.mapping.events().ok()?.provider(file)
    }

    /// Every documented provider.
    pub fn documented(&self) -> impl Iterator<Item = (&Arc<str>, &'m Provider)> {
        self.documented.keys().filter_map(|name| Some((name, self.documentation(name)?)))
    }

    /// The ids of a provider's events, as far as the table knows them.
    pub fn ids(&self, provider: &str) -> impl Iterator<Item = &Arc<str>> {
        self.ids.get(provider).into_iter().flatten()
    }

    /// Where a class's events are recorded.
    pub(super) fn recordings(&self, class: &str) -> &[Recording] {
        self.by_class.get(class).map_or(&[], Vec::as_slice)
    }

    /// How an event is recorded: by the classes of its id; without one, by those of all the provider's events, unless
    /// they are of many kinds.
    pub(super) fn classes_of(&self, event: &Event) -> Vec<&Recording> {
        let all = self.by_provider.get(&event.provider).map_or(&[][..], Vec::as_slice);
        let whole = || all.iter().filter(|it| it.ids.is_empty()).collect();
        if let Some(id) = &event.id {
            let by_id: Vec<&Recording> = all.iter().filter(|it| it.ids.contains(id)).collect();
            return if by_id.is_empty() { whole() } else { by_id };
        }
        let classes: BTreeSet<&str> = all.iter().map(|it| &*it.class).collect();
        if classes.len() <= MANY_CLASSES { all.iter().collect() } else { whole() }
    }

    /// Every class that a provider records, those of its whole before those of single events.
    pub(super) fn classes_of_provider(&self, provider: &str) -> &[Recording] {
        self.by_provider.get(provider).map_or(&[], Vec::as_slice)
    }

    /// The events of other providers that are of the same class.
    pub fn bridges(&self, event: &Event) -> BTreeSet<Event> {
        let mut found = BTreeSet::new();
        for class in self.classes_of(event) {
            for other in self.recordings(&class.class) {
                if other.provider == event.provider {
                    continue;
                }
                match other.ids.as_slice() {
                    [] => {
                        found.insert(Event::any(other.provider.clone()));
                    }
                    ids => {
                        let of = |id: &Arc<str>| Event::of(other.provider.clone(), id.clone());
                        found.extend(ids.iter().map(of));
                    }
                }
            }
        }
        found
    }

    /// The event classes that an event is of.
    pub fn event_classes(&self, event: &Event) -> BTreeSet<Arc<str>> {
        self.classes_of(event).into_iter().map(|recording| recording.class.clone()).collect()
    }

    /// The columns that tell a provider's events apart.
    pub(super) fn discriminators(provider: &str) -> &'static [&'static str] {
        if let Some((_, columns)) = DISCRIMINATORS.iter().find(|(name, _)| *name == provider) {
            return columns;
        }
        if provider.starts_with("Defender-") {
            &["ActionType"]
        } else if provider.starts_with("ASIM-") {
            &["EventType"]
        } else if is_windows_log(provider) || matches!(provider, "Sentinel-Event" | "Sentinel-WindowsEvent") {
            &["EventID"]
        } else {
            &[]
        }
    }
}

/// What a documented provider is called here: by its table or channel, else by its event class.
fn name_of(documented: &Provider) -> Option<Arc<str>> {
    let names = documented.sources.iter().filter_map(|source| match (&*source.schema, &source.table) {
        ("sysmon" | "windows_security", _) if source.selects.is_empty() => {
            Some(if source.schema == "sysmon" { SYSMON.into() } else { SECURITY.into() })
        }
        ("sysmon", _) => source.selects.get("Channel")?.first().map(|channel| provider_of_channel(channel)),
        ("defender" | "asim", Some(table)) => Some(provider_of_table(Some(&source.schema), table)),
        ("sentinel", Some(table)) if source.selects.is_empty() => {
            Some(provider_of_table(Some(&source.schema), table))
        }
        _ => None,
    });
    let mut names = names;
    names.next().or_else(|| documented.any().classes.first().cloned())
}

/// Whether a provider is a log of Windows.
pub(super) fn is_windows_log(provider: &str) -> bool {
    let is_other = ["Defender-", "Sentinel-", "ASIM-"].iter().any(|prefix| provider.starts_with(prefix));
    !is_other && (provider.starts_with("Microsoft-") || provider.starts_with("Windows-"))
}

/// The provider of a table.
pub(super) fn provider_of_table(schema: Option<&str>, table: &str) -> Arc<str> {
    match schema {
        Some("asim") => format!("ASIM-{table}").into(),
        _ if table == "SecurityEvent" => SECURITY.into(),
        Some("sentinel") if table.starts_with("Device") => format!("Defender-{table}").into(),
        Some("defender") => format!("Defender-{table}").into(),
        _ => format!("Sentinel-{table}").into(),
    }
}

/// The provider of a Windows channel, or of an event source of that name.
pub(super) fn provider_of_channel(channel: &str) -> Arc<str> {
    let is = |name: &str| channel.eq_ignore_ascii_case(name);
    if is("Microsoft-Windows-Sysmon/Operational") || is(SYSMON) {
        SYSMON.into()
    } else if is("Security") || is(SECURITY) {
        SECURITY.into()
    } else if channel.to_ascii_lowercase().starts_with("microsoft-") {
        channel.into()
    } else {
        format!("Windows-{channel}").into()
    }
}

/// Who records the events that a selector selects.
fn providers(selector: &Selector) -> Vec<Arc<str>> {
    let channels = selector.constants("Channel");
    let is_windows = selector.product.as_deref().is_none_or(|product| product == "windows");
    match (&*selector.schema, &selector.table) {
        ("sysmon", _) if channels.is_empty() => vec![SYSMON.into()],
        ("windows_security", _) if channels.is_empty() => vec![SECURITY.into()],
        ("sysmon" | "windows_security", _) => channels.iter().map(|it| provider_of_channel(it)).collect(),
        ("sentinel", Some(_)) if !channels.is_empty() => {
            channels.iter().map(|it| provider_of_channel(it)).collect()
        }
        ("sentinel" | "defender" | "asim", Some(table)) => {
            // The table of Linux and macOS is that of Windows.
            let is_repeated = !is_windows && &*selector.schema == "sentinel" && table.starts_with("Device");
            if is_repeated { Vec::new() } else { vec![provider_of_table(Some(&selector.schema), table)] }
        }
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn telemetry() -> Telemetry<'static> {
        Telemetry::of(Mapping::builtin()).unwrap()
    }

    #[test]
    fn equivalent_events_of_other_providers_are_known() {
        let bridges = telemetry().bridges(&Event::of("Defender-DeviceNetworkEvents", "ConnectionSuccess"));
        assert!(bridges.contains(&Event::of(SYSMON, "3")) && bridges.contains(&Event::of(SECURITY, "5156")));
        let bridges = telemetry().bridges(&Event::of(SYSMON, "1"));
        assert!(bridges.contains(&Event::of("Defender-DeviceProcessEvents", "ProcessCreated")));
        assert!(bridges.contains(&Event::of(SECURITY, "4688")));
    }

    #[test]
    fn tables_of_many_kinds_of_events_are_bridged_by_action_type_alone() {
        let telemetry = telemetry();
        assert!(telemetry.bridges(&Event::any("Defender-DeviceEvents")).is_empty());
        let pipes = telemetry.bridges(&Event::of("Defender-DeviceEvents", "NamedPipeEvent"));
        assert!(pipes.contains(&Event::of(SYSMON, "17")) && pipes.contains(&Event::of(SYSMON, "18")));
        assert!(!telemetry.bridges(&Event::any("Defender-DeviceNetworkEvents")).is_empty());
    }

    #[test]
    fn channels_are_providers() {
        assert_eq!(&*provider_of_channel("Microsoft-Windows-Sysmon/Operational"), SYSMON);
        assert_eq!(&*provider_of_channel("System"), "Windows-System");
        let telemetry = telemetry();
        assert!(telemetry.ids("Microsoft-Windows-PowerShell/Operational").any(|id| &**id == "4104"));
    }
}

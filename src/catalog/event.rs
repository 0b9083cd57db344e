//! Events: what a provider records, by event id or action type.

use std::sync::Arc;

use serde::Serialize;

/// An event of a provider; every event of it where no test tells which.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Event {
    /// What records it: `Defender-DeviceNetworkEvents`, `Microsoft-Windows-Sysmon`, `Sentinel-AuditLogs`.
    pub provider: Arc<str>,
    /// The event id, action type or operation; none for any.
    pub id: Option<Arc<str>>,
}

impl Event {
    /// Every event of a provider.
    pub fn any(provider: impl Into<Arc<str>>) -> Self {
        Self { provider: provider.into(), id: None }
    }

    /// One event of a provider.
    pub fn of(provider: impl Into<Arc<str>>, id: impl Into<Arc<str>>) -> Self {
        Self { provider: provider.into(), id: Some(id.into()) }
    }

    /// Its id, or `any`.
    pub fn name(&self) -> &str {
        self.id.as_deref().unwrap_or("any")
    }

    /// Whether a user means it: by provider or the end of its name (`DeviceEvents`, `sysmon`), by id, or both with `/`
    /// between, whatever the case.
    pub fn is_named(&self, name: &str) -> bool {
        let provider = self.provider.to_lowercase();
        let is_provider = |name: &str| {
            let name = name.to_lowercase();
            provider == name || provider.strip_suffix(&name).is_some_and(|before| before.ends_with('-'))
        };
        let is_id = |name: &str| name.eq_ignore_ascii_case(self.name());
        is_provider(name)
            || (self.id.is_some() && is_id(name))
            || name.rsplit_once('/').is_some_and(|(provider, id)| is_provider(provider) && is_id(id))
    }
}

impl std::fmt::Display for Event {
    /// `provider/id`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.provider, self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_are_named_by_table_by_id_and_by_both() {
        let event = Event::of("Defender-DeviceNetworkEvents", "ConnectionSuccess");
        for name in [
            "DeviceNetworkEvents",
            "defender-devicenetworkevents",
            "connectionsuccess",
            "DeviceNetworkEvents/ConnectionSuccess",
        ] {
            assert!(event.is_named(name), "{name}");
        }
        assert!(!event.is_named("DeviceNetworkEvents/any") && !event.is_named("ConnectionFailed"));
        assert!(Event::any("Defender-DeviceNetworkEvents").is_named("DeviceNetworkEvents/any"));
        assert!(!Event::any("Defender-DeviceEvents").is_named("any"));
        assert!(
            Event::of("Microsoft-Windows-PowerShell/Operational", "4104")
                .is_named("Microsoft-Windows-PowerShell/Operational")
        );
    }
}

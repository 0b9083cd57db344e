//! Where a rule's events come from, as a log source.

use std::sync::Arc;

use super::WriteOptions;
use crate::{
    diag::{Code, Diagnostic, Effect, Note, Span},
    ir::{Condition, LogSource, Metadata, Origin, Predicate, Shape, Table, Test},
};

/// Tables whose log source has a name in Sigma: the table, the product, the category, the service.
type Row = (&'static str, &'static str, Option<&'static str>, Option<&'static str>);

/// What the rules of `SigmaHQ` call the logs that these tables hold.
const TABLES: &[Row] = &[
    ("SigninLogs", "azure", None, Some("signinlogs")),
    ("AADNonInteractiveUserSignInLogs", "azure", None, Some("signinlogs")),
    ("AADServicePrincipalSignInLogs", "azure", None, Some("signinlogs")),
    ("AADManagedIdentitySignInLogs", "azure", None, Some("signinlogs")),
    ("AuditLogs", "azure", None, Some("auditlogs")),
    ("AzureActivity", "azure", None, Some("activitylogs")),
    ("AADUserRiskEvents", "azure", None, Some("riskdetection")),
    ("OfficeActivity", "m365", None, Some("audit")),
    ("AWSCloudTrail", "aws", None, Some("cloudtrail")),
    ("GCPAuditLogs", "gcp", None, Some("gcp.audit")),
    ("GitHubAuditData", "github", None, Some("audit")),
    ("GitHubAuditLogPolling_CL", "github", None, Some("audit")),
    ("Okta_CL", "okta", None, Some("okta")),
    ("OktaV2_CL", "okta", None, Some("okta")),
    ("AKSAudit", "kubernetes", None, Some("audit")),
    ("AKSAuditAdmin", "kubernetes", None, Some("audit")),
    ("SecurityEvent", "windows", None, Some("security")),
    ("DnsEvents", "windows", None, Some("dns-server")),
    ("W3CIISLog", "windows", Some("webserver"), Some("iis")),
    ("Syslog", "linux", None, Some("syslog")),
    ("LinuxAuditLog_CL", "linux", None, Some("auditd")),
];

/// Windows channels by the service that Sigma calls them.
const CHANNELS: &[(&str, &str)] = &[
    ("Security", "security"),
    ("System", "system"),
    ("Application", "application"),
    ("Microsoft-Windows-Sysmon/Operational", "sysmon"),
    ("Microsoft-Windows-PowerShell/Operational", "powershell"),
    ("Windows PowerShell", "powershell-classic"),
    ("Microsoft-Windows-TaskScheduler/Operational", "taskscheduler"),
    ("Microsoft-Windows-Windows Defender/Operational", "windefend"),
    ("Microsoft-Windows-WMI-Activity/Operational", "wmi"),
    ("Microsoft-Windows-NTLM/Operational", "ntlm"),
    ("Microsoft-Windows-AppLocker/EXE and DLL", "applocker"),
    ("DNS Server", "dns-server"),
];

/// The log source of an origin. The condition tells the channel where a table holds several.
///
/// # Errors
/// [`Code::Unsupported`] where nothing is known of the origin.
pub(super) fn log_source(
    origin: &Origin,
    metadata: &Metadata,
    condition: &Condition,
    options: &WriteOptions<'_>,
    notes: &mut Vec<Note>,
    span: Span,
) -> Result<LogSource, Diagnostic> {
    let known = match origin {
        Origin::LogSource(source) => Some(source.clone()),
        Origin::Class { log_source, .. } if !is_empty(log_source) => Some(log_source.clone()),
        Origin::Class { class, .. } => options.taxonomy.and_then(|taxonomy| taxonomy.log_source_of(class)),
        Origin::Table(table) => Some(of_table(table, condition, notes)),
        Origin::External(_) => None,
        Origin::Dataset(_) | Origin::Unmapped => Some(metadata.log_source.clone()),
    };
    known.filter(|source| !is_empty(source)).ok_or_else(|| {
        Diagnostic::new(Code::Unsupported, span, "the rule has no log source that Sigma could name")
    })
}

fn is_empty(source: &LogSource) -> bool {
    source.category.is_none() && source.product.is_none() && source.service.is_none()
}

fn of_table(table: &Table, condition: &Condition, notes: &mut Vec<Note>) -> LogSource {
    let part = |part: Option<&str>| part.map(Arc::from);
    let span = table.span;
    if let Some((_, product, category, service)) = TABLES.iter().find(|(name, ..)| *name == &*table.name) {
        return LogSource {
            product: part(Some(product)),
            category: part(*category),
            service: part(*service),
            span,
        };
    }
    if matches!(&*table.name, "Event" | "WindowsEvent") {
        return LogSource {
            product: part(Some("windows")),
            category: None,
            service: channel(condition).map(Arc::from),
            span,
        };
    }
    let product = match table.schema.as_deref() {
        Some("defender") => Some("m365_defender"),
        Some("sentinel") => Some("azure_sentinel"),
        Some("asim") => Some("asim"),
        _ => None,
    };
    let source = LogSource {
        product: part(product),
        category: None,
        service: part(Some(&table.name.to_lowercase())),
        span,
    };
    let message = format!("Sigma has no log source for the table `{}`: it is called {source}", table.name);
    notes.push(Note::new(Code::EventApproximated, Effect::None, span, message));
    source
}

/// The service of the channel that a condition asks for.
fn channel(condition: &Condition) -> Option<&'static str> {
    condition.conjuncts().iter().find_map(|term| match term {
        Condition::Is(predicate) => service_of(predicate),
        _ => None,
    })
}

fn service_of(predicate: &Predicate) -> Option<&'static str> {
    let is_channel = |name: &str| matches!(name, "EventLog" | "Channel" | "Source");
    let field = predicate.field().filter(|field| is_channel(&field.name))?;
    let Test::Text(pattern, _) = &predicate.test else { return None };
    let Shape::Exact(text) = pattern.shape() else { return None };
    // The provider of a channel of its own has the channel's name without what is after the slash.
    let fits = |channel: &str| {
        let provider = channel.split_once('/').map(|(provider, _)| provider);
        channel.eq_ignore_ascii_case(text)
            || (&*field.name == "Source"
                && provider.is_some_and(|provider| provider.eq_ignore_ascii_case(text)))
    };
    CHANNELS.iter().find(|(channel, _)| fits(channel)).map(|(_, service)| *service)
}

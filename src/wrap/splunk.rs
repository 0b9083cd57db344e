//! Splunk: scheduled searches, and the correlation searches of Enterprise Security, as stanzas of `savedsearches.conf`.

use serde::Serialize;
use serde_json::{Value, json};

use super::{
    Wrapped, changed, conf,
    facts::Facts,
    schedule::{DAY, HOUR, MINUTE, Schedule},
    template,
};
use crate::{
    diag::{Diagnostic, Effect, Note},
    ir::Level,
};

/// Events are given this long to arrive: a search looks at the time before.
const LATENESS: u64 = 5 * MINUTE;

/// The characters that a correlation search's name may have.
const NAME_LIMIT: usize = 99;

/// What the templates place, fit for configuration files.
#[derive(Debug, Serialize)]
struct Stanza {
    name: String,
    label: String,
    description: String,
    query: String,
    disabled: u8,
    cron: String,
    earliest: String,
    latest: String,
    relation: &'static str,
    quantity: u64,
    alert_severity: u8,
    /// Of a notable event.
    severity: &'static str,
    domain: &'static str,
    title: String,
    annotations: String,
}

/// A scheduled search that raises an alert.
pub(super) fn saved_search(facts: Facts<'_>) -> Result<Wrapped, Diagnostic> {
    let (facts, stanza) = stanza(facts, 4_000)?;
    let text = template::builtin("saved-search.conf", &stanza)?;
    Ok(facts.wrapped(text, Some(stanza.name)))
}

/// A search that makes a notable event.
pub(super) fn correlation_search(facts: Facts<'_>) -> Result<Wrapped, Diagnostic> {
    let (mut facts, mut stanza) = stanza(facts, NAME_LIMIT - " - Rule".len())?;
    stanza.name.push_str(" - Rule");
    let tokens = "its `$` are written as `＄`: Splunk would put a field's value in their place";
    for (what, text) in [("title", &mut stanza.title), ("description", &mut stanza.description)] {
        let (safe, is_changed) = conf::without_tokens(text);
        *text = safe;
        if is_changed {
            facts
                .tell(changed(Effect::None, format!("the {what} of the notable event is changed: {tokens}")));
        }
    }
    let text = template::builtin("correlation-search.conf", &stanza)?;
    Ok(facts.wrapped(text, Some(stanza.name)))
}

fn stanza(mut facts: Facts<'_>, name_limit: usize) -> Result<(Facts<'_>, Stanza), Diagnostic> {
    facts.tell_unplaced(&[
        "queryFrequency",
        "queryPeriod",
        "triggerOperator",
        "triggerThreshold",
        "schedule",
    ]);
    let (name, description) = facts.limited(name_limit, 4_000, "Splunk");
    let description = facts.with_particulars(description);
    let asked = facts.schedule;
    let Schedule { frequency, period } = asked.within(MINUTE, 366 * DAY, "Splunk", &mut facts.told);
    let (cron, frequency) = cron(frequency, &facts.uuid, &mut facts.told);
    let period = period.max(frequency);
    let (relation, quantity) = trigger(&mut facts);
    let (alert_severity, severity) = severity(facts.level);
    let stanza = Stanza {
        name: conf::stanza(&name),
        label: one_line(&name),
        title: one_line(&facts.title),
        description: conf::prose(&description),
        query: conf::value(facts.query)?,
        disabled: u8::from(!facts.is_enabled()),
        cron,
        earliest: format!("-{}m@m", (period + LATENESS) / MINUTE),
        latest: format!("-{}m@m", LATENESS / MINUTE),
        relation,
        quantity,
        alert_severity,
        severity,
        domain: domain(&facts),
        annotations: annotations(&facts),
    };
    Ok((facts, stanza))
}

/// A text of one line that does not go on in the next one.
fn one_line(text: &str) -> String {
    if text.ends_with('\\') { format!("{text} ") } else { text.to_owned() }
}

/// When a search runs that runs every so many seconds: as often or more often. Searches start at different minutes, by
/// their id.
fn cron(frequency: u64, id: &str, notes: &mut Vec<Note>) -> (String, u64) {
    let spread = id.bytes().fold(0_u64, |sum, byte| sum + u64::from(byte));
    let divisor = |most: u64, amount: u64| (1..=amount.min(most)).rev().find(|n| most.is_multiple_of(*n));
    let (text, real) = if frequency < HOUR {
        let minutes = divisor(60, frequency / MINUTE).unwrap_or(1);
        let start = spread % minutes;
        let text =
            if minutes == 1 { "* * * * *".to_owned() } else { format!("{start}-59/{minutes} * * * *") };
        (text, minutes * MINUTE)
    } else if frequency < DAY {
        let hours = divisor(24, frequency / HOUR).unwrap_or(1);
        let hour = if hours == 1 { "*".to_owned() } else { format!("*/{hours}") };
        (format!("{} {hour} * * *", spread % 60), hours * HOUR)
    } else {
        (format!("{} {} * * *", spread % 60, spread % 24), DAY)
    };
    if real != frequency {
        let message =
            format!("it runs every {} minutes instead of every {}", real / MINUTE, frequency / MINUTE);
        notes.push(changed(Effect::None, message));
    }
    (text, real)
}

/// The number of results that raises an alert.
fn trigger(facts: &mut Facts<'_>) -> (&'static str, u64) {
    let threshold = facts.own("triggerThreshold").and_then(Value::as_u64).unwrap_or(0);
    let operator = facts.own("triggerOperator").and_then(Value::as_str).unwrap_or("gt").to_ascii_lowercase();
    let relation = match operator.as_str() {
        "lt" | "lessthan" => "less than",
        "eq" | "equal" => "equal to",
        "ne" | "notequal" => "not equal to",
        _ => "greater than",
    };
    (relation, threshold)
}

/// Splunk's severity of an alert, as its pages count (3 is medium), and that of a notable event.
fn severity(level: Option<Level>) -> (u8, &'static str) {
    match level {
        Some(Level::Critical) => (5, "critical"),
        Some(Level::High) => (4, "high"),
        Some(Level::Medium) | None => (3, "medium"),
        Some(Level::Low) => (2, "low"),
        Some(Level::Informational) => (1, "informational"),
    }
}

/// The security domain of Enterprise Security, by the rule's log source.
fn domain(facts: &Facts<'_>) -> &'static str {
    let source = &facts.parcel.rule.metadata.log_source;
    let part = |part: &Option<std::sync::Arc<str>>| part.as_deref().unwrap_or("").to_owned();
    let (category, product, service) = (part(&source.category), part(&source.product), part(&source.service));
    let any = |names: &[&str]| {
        names.iter().any(|name| [&category, &product, &service].iter().any(|part| part.contains(name)))
    };
    if any(&["signin", "authentication", "duo", "okta", "pim"]) {
        "access"
    } else if any(&[
        "firewall",
        "dns",
        "proxy",
        "webserver",
        "zeek",
        "network_connection",
        "cisco",
        "fortigate",
    ]) {
        "network"
    } else if any(&["windows", "linux", "macos", "process", "file", "registry"]) {
        "endpoint"
    } else {
        "threat"
    }
}

/// Techniques and, in a framework of their own, tactics, as Enterprise Security and Security Essentials read them. JSON has no line feeds of its own.
fn annotations(facts: &Facts<'_>) -> String {
    let ids: Vec<&str> = facts.attack.techniques.iter().map(|technique| technique.id.as_str()).collect();
    let tactics: Vec<&str> = facts.attack.tactics.iter().map(|tactic| tactic.name).collect();
    let mut annotations = json!({"mitre_attack": ids});
    if !tactics.is_empty() {
        annotations["mitre_attack_tactics"] = json!(tactics);
    }
    annotations.to_string()
}

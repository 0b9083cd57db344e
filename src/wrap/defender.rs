//! Custom detections of Defender XDR: `microsoft.graph.security.detectionRule` of the Graph API.

use serde_json::{Value, json};

use super::{
    Wrapped, changed, defect, entities,
    facts::Facts,
    lacks,
    schedule::{HOUR, Schedule, show},
    threat,
};
use crate::{
    diag::{Diagnostic, Effect, Note},
    ir::Level,
};

/// How often rules may run, and how far each of these looks back, in hours.
const PERIODS: [(&str, u64, u64); 4] = [("1H", 1, 4), ("3H", 3, 12), ("12H", 12, 48), ("24H", 24, 30 * 24)];

/// The columns that identify what was hit: the type of the asset, the API's name, the column.
const ASSETS: &[(&str, &str, &str)] = &[
    ("Device", "deviceId", "DeviceId"),
    ("Device", "deviceName", "DeviceName"),
    ("Device", "remoteDeviceName", "RemoteDeviceName"),
    ("User", "accountObjectId", "AccountObjectId"),
    ("User", "accountSid", "AccountSid"),
    ("User", "accountUpn", "AccountUpn"),
    ("User", "initiatingProcessAccountSid", "InitiatingProcessAccountSid"),
    ("User", "initiatingProcessAccountUpn", "InitiatingProcessAccountUpn"),
    ("User", "initiatingProcessAccountObjectId", "InitiatingProcessAccountObjectId"),
    ("User", "recipientObjectId", "RecipientObjectId"),
    ("Mailbox", "recipientEmailAddress", "RecipientEmailAddress"),
    ("Mailbox", "senderFromAddress", "SenderFromAddress"),
    ("Mailbox", "senderMailFromAddress", "SenderMailFromAddress"),
];

/// The body of `POST /security/rules/detectionRules`.
pub(super) fn custom_detection(mut facts: Facts<'_>) -> Result<Wrapped, Diagnostic> {
    facts.tell_unplaced(&[
        "queryFrequency",
        "queryPeriod",
        "schedule",
        "recommendedActions",
        "organizationalScope",
        "responseActions",
        "impactedAssets",
        "isEnabled",
        "enabled",
    ]);
    let (name, description) = facts.limited(256, 4_000, "Defender");
    let description = facts.with_particulars(description);
    let found = entities::Found::in_result(&facts);
    for column in ["Timestamp", "ReportId"] {
        if !found.has(column) {
            facts.tell(lacks(format!(
                "the result has no column `{column}`: Defender refuses a custom detection without it"
            )));
        }
    }
    let own = facts.own("impactedAssets").and_then(Value::as_array).filter(|own| !own.is_empty()).cloned();
    let assets = own.unwrap_or_else(|| assets(&found));
    if assets.is_empty() {
        facts.tell(lacks(
            "the result has no column that says which device, account or mailbox was hit: Defender refuses a custom \
             detection without one",
        ));
    }
    let own = facts.own("schedule").and_then(|schedule| schedule.get("period")?.as_str());
    let period = match own.filter(|own| *own == "0" || PERIODS.iter().any(|(name, ..)| name == own)) {
        Some(own) => own,
        None => period(facts.schedule, &mut facts.told),
    };
    let tactics = threat::microsoft(&facts.attack);
    if let [_, others @ ..] = tactics.as_slice()
        && !others.is_empty()
    {
        facts.tell(lacks(format!("a custom detection has one tactic: {} are left out", others.join(", "))));
    }
    if facts.level == Some(Level::Critical) {
        facts.tell(changed(Effect::None, "the severity is high: Defender has none above it"));
    }
    let techniques: Vec<&str> =
        facts.attack.techniques.iter().map(|technique| technique.id.as_str()).collect();
    let body = json!({
        "displayName": name,
        "isEnabled": facts.is_enabled(),
        "queryCondition": {"queryText": facts.query},
        "schedule": {"period": period},
        "detectionAction": {
            "alertTemplate": {
                "title": name,
                "description": description,
                "severity": severity(facts.level),
                // The API wants one; this is the one that says least.
                "category": tactics.first().map_or("SuspiciousActivity", String::as_str),
                "recommendedActions": facts.own("recommendedActions").cloned().unwrap_or(Value::Null),
                "mitreTechniques": techniques,
                "impactedAssets": assets,
            },
            "organizationalScope": facts.own("organizationalScope").cloned().unwrap_or(Value::Null),
            "responseActions": facts.own("responseActions").cloned().unwrap_or_else(|| json!([])),
        },
    });
    let text = serde_json::to_string_pretty(&body).map_err(|error| defect("no JSON", &error))?;
    Ok(facts.wrapped(text + "\n", Some(name)))
}

/// One asset of each type.
fn assets(found: &entities::Found) -> Vec<Value> {
    let mut types: Vec<&str> = Vec::new();
    let mut assets = Vec::new();
    for (kind, identifier, column) in ASSETS {
        if !types.contains(kind) && found.has(column) {
            types.push(kind);
            let kind = format!("#microsoft.graph.security.impacted{kind}Asset");
            assets.push(json!({"@odata.type": kind, "identifier": identifier}));
        }
    }
    assets
}

/// The rarest run that is often enough and looks back far enough; else the one that looks back farthest.
fn period(asked: Schedule, notes: &mut Vec<Note>) -> &'static str {
    let looks_back = |(_, _, hours): &&(&str, u64, u64)| hours * HOUR >= asked.period;
    let often = |(_, hours, _): &&(&str, u64, u64)| hours * HOUR <= asked.frequency.max(HOUR);
    let fitting = PERIODS.iter().filter(looks_back);
    let (name, hours, back) = fitting.clone().rfind(often).or(fitting.clone().next()).unwrap_or(&PERIODS[3]);
    if hours * HOUR != asked.frequency {
        let message = format!(
            "it runs every {hours}h instead of every {}, and looks back {}: Defender has fixed schedules",
            show(asked.frequency),
            show(back * HOUR)
        );
        notes.push(changed(Effect::None, message));
    }
    if back * HOUR < asked.period {
        let message = format!("it looks back {} instead of {}", show(back * HOUR), show(asked.period));
        notes.push(changed(Effect::Less, message));
    }
    name
}

fn severity(level: Option<Level>) -> &'static str {
    match level {
        Some(Level::Critical | Level::High) => "high",
        Some(Level::Medium) | None => "medium",
        Some(Level::Low) => "low",
        Some(Level::Informational) => "informational",
    }
}

#[cfg(test)]
mod tests {
    use super::{
        super::schedule::{DAY, MINUTE},
        *,
    };

    #[test]
    fn a_schedule_is_one_of_four_that_looks_back_far_enough() {
        let shown = |frequency, period| {
            let mut notes = Vec::new();
            let name = super::period(Schedule { frequency, period }, &mut notes);
            (name, notes.iter().any(|note| note.effect == Effect::Less))
        };
        assert_eq!(shown(HOUR, HOUR), ("1H", false));
        assert_eq!(shown(5 * MINUTE, 5 * MINUTE), ("1H", false));
        assert_eq!(shown(DAY, DAY), ("24H", false));
        assert_eq!(shown(DAY, 14 * DAY), ("24H", false));
        assert_eq!(shown(HOUR, 14 * DAY), ("24H", false));
        assert_eq!(shown(DAY, 60 * DAY), ("24H", true));
    }
}

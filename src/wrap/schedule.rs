//! How often a rule runs, and how far back it looks.

use serde::Serialize;

use super::changed;
use crate::{
    diag::{Effect, Note},
    ir::{Duration, Level, Rule},
    kusto::files::Timespan,
};

pub(super) const MINUTE: u64 = 60;
pub(super) const HOUR: u64 = 60 * MINUTE;
pub(super) const DAY: u64 = 24 * HOUR;

/// In seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub(super) struct Schedule {
    /// How often.
    pub(super) frequency: u64,
    /// How far back.
    pub(super) period: u64,
}

impl Schedule {
    /// What the rule says itself, else what its level asks for: the worse a match, the sooner it is known. It never
    /// looks back less far than to its last run.
    pub(super) fn of(rule: &Rule) -> Self {
        let own = |key: &str| {
            let text = rule.metadata.custom.get(key)?.as_str()?;
            Timespan::parse(text).map(Timespan::seconds).filter(|seconds| *seconds > 0)
        };
        let of_defender =
            rule.metadata.custom.get("schedule").and_then(|schedule| schedule.get("period")?.as_str());
        let of_defender =
            of_defender.and_then(Timespan::parse).map(Timespan::seconds).filter(|seconds| *seconds > 0);
        let frequency =
            own("queryFrequency").or(of_defender).unwrap_or_else(|| by_level(rule.metadata.level));
        let period = own("queryPeriod").unwrap_or(frequency);
        let asked = rule.look_back.map_or(0, seconds);
        Self { frequency, period: period.max(asked).max(frequency) }
    }

    /// Within these limits, in seconds, in whole minutes; with notes where that changes it.
    pub(super) fn within(self, least: u64, most: u64, product: &str, notes: &mut Vec<Note>) -> Self {
        let minutes = |seconds: u64| seconds.div_ceil(MINUTE) * MINUTE;
        let frequency = minutes(self.frequency).clamp(least, most);
        let period = minutes(self.period).clamp(frequency, most.max(frequency));
        if frequency != minutes(self.frequency) {
            let message = format!(
                "it runs every {} instead of every {}: {product} allows no other",
                show(frequency),
                show(self.frequency)
            );
            notes.push(changed(Effect::None, message));
        }
        if period < self.period {
            let message = format!(
                "it looks back {} instead of {}: {product} allows no more",
                show(period),
                show(self.period)
            );
            notes.push(changed(Effect::Less, message));
        }
        Self { frequency, period }
    }
}

fn by_level(level: Option<Level>) -> u64 {
    match level {
        Some(Level::Critical) => 5 * MINUTE,
        Some(Level::High) => 15 * MINUTE,
        Some(Level::Medium) | None => HOUR,
        Some(Level::Low) => 6 * HOUR,
        Some(Level::Informational) => DAY,
    }
}

fn seconds(duration: Duration) -> u64 {
    u64::try_from(duration.0).unwrap_or(0).div_ceil(Duration::SECOND.unsigned_abs())
}

/// `90m`, `14d`.
pub(super) fn show(seconds: u64) -> String {
    Timespan::from_seconds(seconds).to_string()
}

/// `PT1H`, `P14D`, as ARM has it.
pub(super) fn iso_8601(seconds: u64) -> String {
    let fits = |unit: u64| seconds.is_multiple_of(unit) && seconds > 0;
    match seconds {
        seconds if fits(DAY) => format!("P{}D", seconds / DAY),
        seconds if fits(HOUR) => format!("PT{}H", seconds / HOUR),
        seconds if fits(MINUTE) => format!("PT{}M", seconds / MINUTE),
        seconds => format!("PT{seconds}S"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_kept_and_told() {
        let mut notes = Vec::new();
        let schedule = Schedule { frequency: 30, period: 30 * DAY };
        let within = schedule.within(5 * MINUTE, 14 * DAY, "Sentinel", &mut notes);
        assert_eq!(within, Schedule { frequency: 5 * MINUTE, period: 14 * DAY });
        assert_eq!(notes[0].message, "it runs every 5m instead of every 30s: Sentinel allows no other");
        assert_eq!(notes[1].effect, Effect::Less);
        notes.clear();
        let schedule = Schedule { frequency: HOUR, period: HOUR };
        assert_eq!(schedule.within(5 * MINUTE, 14 * DAY, "Sentinel", &mut notes), schedule);
        assert!(notes.is_empty());
    }

    #[test]
    fn lengths_have_two_spellings() {
        for (seconds, short, iso) in
            [(HOUR, "1h", "PT1H"), (14 * DAY, "14d", "P14D"), (90 * MINUTE, "90m", "PT90M")]
        {
            assert_eq!((show(seconds).as_str(), iso_8601(seconds).as_str()), (short, iso));
        }
    }
}

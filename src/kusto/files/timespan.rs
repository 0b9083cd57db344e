//! Lengths of time, as rule files spell them.

/// A length of time in whole seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Timespan {
    seconds: u64,
}

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;

impl Timespan {
    /// So many seconds.
    pub fn from_seconds(seconds: u64) -> Self {
        Self { seconds }
    }

    /// In seconds.
    pub fn seconds(self) -> u64 {
        self.seconds
    }

    /// Reads `5m`, `1h`, `14d` (Sentinel's YAML), `00:05:00`, `1.00:00:00` (.NET), and `PT1H`, `P14D` (ISO 8601, as
    /// ARM templates have it).
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let seconds = match text.as_bytes().first()? {
            b'P' | b'p' => iso_8601(&text[1..]),
            _ if text.contains(':') => dot_net(text),
            _ => amount(text),
        };
        seconds.map(Self::from_seconds)
    }
}

impl std::fmt::Display for Timespan {
    /// In the largest unit that gives a whole number: `90m`, `14d`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let fits = |unit: u64| self.seconds.is_multiple_of(unit) && self.seconds > 0;
        match self.seconds {
            seconds if fits(DAY) => write!(f, "{}d", seconds / DAY),
            seconds if fits(HOUR) => write!(f, "{}h", seconds / HOUR),
            seconds if fits(MINUTE) => write!(f, "{}m", seconds / MINUTE),
            seconds => write!(f, "{seconds}s"),
        }
    }
}

/// A number and a unit.
fn amount(text: &str) -> Option<u64> {
    let end = text.bytes().position(|b| !b.is_ascii_digit())?;
    let unit = match &*text[end..].trim().to_ascii_lowercase() {
        "s" => 1,
        "m" => MINUTE,
        "h" => HOUR,
        "d" => DAY,
        _ => return None,
    };
    text[..end].parse::<u64>().ok()?.checked_mul(unit)
}

/// `[days.]hours:minutes[:seconds]`.
fn dot_net(text: &str) -> Option<u64> {
    let (days, time) = match text.split_once('.') {
        Some((days, time)) if !days.contains(':') => (days.parse::<u64>().ok()?, time),
        _ => (0, text),
    };
    let mut parts = time.split(':').map(|part| part.parse::<u64>().ok());
    let (hours, minutes) = (parts.next()??, parts.next()??);
    let seconds = parts.next().unwrap_or(Some(0))?;
    let is_time = hours < 24 && minutes < 60 && seconds < 60 && parts.next().is_none();
    is_time.then(|| days.checked_mul(DAY)?.checked_add(hours * HOUR + minutes * MINUTE + seconds))?
}

/// What follows the `P`: days or weeks, and after `T` hours, minutes and seconds.
fn iso_8601(text: &str) -> Option<u64> {
    let upper = text.to_ascii_uppercase();
    let (date, time) = upper.split_once('T').unwrap_or((&upper, ""));
    let units = |part: &str, known: &[(char, u64)]| {
        let mut total = 0_u64;
        let mut rest = part;
        while !rest.is_empty() {
            let end = rest.find(|c: char| !c.is_ascii_digit())?;
            let unit = rest[end..].chars().next()?;
            let (_, seconds) = known.iter().find(|(letter, _)| *letter == unit)?;
            total = total.checked_add(rest[..end].parse::<u64>().ok()?.checked_mul(*seconds)?)?;
            rest = &rest[end + unit.len_utf8()..];
        }
        Some(total)
    };
    if date.is_empty() && time.is_empty() {
        return None;
    }
    let date = units(date, &[('W', 7 * DAY), ('D', DAY)])?;
    date.checked_add(units(time, &[('H', HOUR), ('M', MINUTE), ('S', 1)])?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_is_read() {
        for (text, seconds) in [
            ("5m", 300),
            ("1h", 3600),
            ("14d", 14 * DAY),
            ("1H", 3600),
            ("00:05:00", 300),
            ("1.00:00:00", DAY),
            ("12:30", 45000),
            ("PT1H", 3600),
            ("P1DT12H", 129_600),
            ("P14D", 14 * DAY),
            ("P2W", 14 * DAY),
            ("PT5M30S", 330),
        ] {
            assert_eq!(Timespan::parse(text).map(Timespan::seconds), Some(seconds), "{text}");
        }
    }

    #[test]
    fn anything_else_is_none() {
        for text in
            ["", "1", "h", "1 year", "P", "PT", "P1M", "PT1", "25:00:00", "1:2:3:4", "99999999999999999999d"]
        {
            assert_eq!(Timespan::parse(text), None, "{text}");
        }
        assert_eq!(Timespan::parse("18446744073709551615d"), None, "out of range");
    }

    #[test]
    fn it_shows_in_its_largest_unit() {
        let shown = |text| Timespan::parse(text).unwrap().to_string();
        assert_eq!((shown("24h"), shown("90m"), shown("PT45S")), ("1d".into(), "90m".into(), "45s".into()));
    }
}

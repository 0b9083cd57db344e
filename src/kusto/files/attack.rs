//! ATT&CK tactics and techniques, as Microsoft and authors spell them, to tags.

use crate::diag::did_you_mean;

/// Tactics by the name of their tag; Microsoft writes them without spaces (`CommandAndControl`), people with.
const TACTICS: [&str; 16] = [
    "reconnaissance",
    "resource-development",
    "initial-access",
    "execution",
    "persistence",
    "privilege-escalation",
    "defense-evasion",
    "credential-access",
    "discovery",
    "lateral-movement",
    "collection",
    "command-and-control",
    "exfiltration",
    "impact",
    // Of ATT&CK for industrial control systems.
    "impair-process-control",
    "inhibit-response-function",
];

/// What stands beside the tactics in hunting queries, and is none.
const STATES: [&str; 7] = [
    "vulnerability",
    "misconfiguration",
    "malwarecomponent",
    "exploit",
    "ransomware",
    // Tactics of an older ATT&CK.
    "preattack",
    "component",
];

/// What a text under `tactics` is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Tactic {
    /// A tactic, as a tag.
    Tag(String),
    /// A state that hunting queries name there.
    State,
    /// None of these, and the spelling of a tactic like it.
    Unknown(Option<String>),
}

/// What a text under `tactics` is; case, spaces, hyphens and underscores do not count.
pub(super) fn tactic(text: &str) -> Tactic {
    let letters = letters(text);
    if let Some(known) = TACTICS.iter().find(|known| self::letters(known) == letters) {
        return Tactic::Tag(format!("attack.{known}"));
    }
    if STATES.contains(&letters.as_str()) {
        return Tactic::State;
    }
    let spellings: Vec<String> = TACTICS.iter().map(|known| pascal(known)).collect();
    let near = did_you_mean(text, spellings.iter().map(String::as_str)).map(ToOwned::to_owned);
    Tactic::Unknown(near)
}

/// The tag of a technique or sub-technique, `T1059` or `T1059.001`.
pub(super) fn technique(text: &str) -> Option<String> {
    let lower = text.trim().to_ascii_lowercase();
    let digits = |text: &str, count: usize| text.len() == count && text.bytes().all(|b| b.is_ascii_digit());
    let (base, sub) =
        lower.strip_prefix('t')?.split_once('.').map_or((&lower[1..], None), |(base, sub)| (base, Some(sub)));
    (digits(base, 4) && sub.is_none_or(|sub| digits(sub, 3))).then(|| format!("attack.{lower}"))
}

/// The techniques that prose or a table's cell names, as tags; links are left out.
pub(super) fn techniques_in(text: &str) -> Vec<String> {
    let pieces = text.split(|c: char| c.is_whitespace() || matches!(c, '(' | ')' | '<' | '>'));
    let words = pieces
        .filter(|piece| !piece.contains("://"))
        .flat_map(|piece| piece.split(|c: char| !(c.is_ascii_alphanumeric() || c == '.')));
    words.filter_map(|word| technique(word.trim_matches('.'))).collect()
}

fn letters(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// `CommandAndControl` of `command-and-control`.
fn pascal(tag: &str) -> String {
    tag.split('-').map(|word| word[..1].to_ascii_uppercase() + &word[1..]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tactics_become_tags_however_they_are_written() {
        for text in ["CommandAndControl", "Command and control", "CommandandControl", "command-and-control"] {
            assert_eq!(tactic(text), Tactic::Tag("attack.command-and-control".to_owned()), "{text}");
        }
        assert_eq!(tactic("ImpairProcessControl"), Tactic::Tag("attack.impair-process-control".to_owned()));
    }

    #[test]
    fn states_are_known_and_misspellings_corrected() {
        assert_eq!(tactic("Malware, component"), Tactic::State);
        assert_eq!(tactic("InitialAcces"), Tactic::Unknown(Some("InitialAccess".to_owned())));
        assert_eq!(tactic("Creates Poetry"), Tactic::Unknown(None));
    }

    #[test]
    fn techniques_have_four_digits_and_perhaps_three_more() {
        assert_eq!(technique("T1059.001").as_deref(), Some("attack.t1059.001"));
        assert_eq!(technique("t1574").as_deref(), Some("attack.t1574"));
        for text in ["1059", "T105", "T1059.1", "T1059.001.1", "Tabcd", ""] {
            assert_eq!(technique(text), None, "{text}");
        }
        assert_eq!(techniques_in("[T1566.002](https://x/T1566/002/), x"), ["attack.t1566.002"]);
    }
}

//! ATT&CK tactics and techniques, as Microsoft and authors spell them, to tags.

use crate::{attack, diag::did_you_mean};

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
    if let Some(known) = attack::tactic(text) {
        return Tactic::Tag(format!("attack.{}", known.slug));
    }
    if STATES.contains(&letters(text).as_str()) {
        return Tactic::State;
    }
    let spellings: Vec<String> = attack::tactics().iter().map(attack::Tactic::pascal).collect();
    let near = did_you_mean(text, spellings.iter().map(String::as_str)).map(ToOwned::to_owned);
    Tactic::Unknown(near)
}

/// The tag of a technique or sub-technique, `T1059` or `T1059.001`.
pub(super) fn technique(text: &str) -> Option<String> {
    let lower = text.trim().to_ascii_lowercase();
    attack::is_technique_id(&lower).then(|| format!("attack.{lower}"))
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

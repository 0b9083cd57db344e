//! MITRE ATT&CK, embedded: tactics, techniques, groups, software and campaigns by id and by the spellings in use.
//!
//! The table is parsed at first use. `attack.tsv` holds it, with MITRE's licence in `NOTICE` beside it.

mod table;
mod tag;

use std::sync::LazyLock;

pub use tag::{Tag, tag};

use table::Table;

/// The version of ATT&CK for Enterprise that is embedded.
pub const VERSION: &str = "19.1";

static TABLE: LazyLock<Table> = LazyLock::new(|| table::parse(include_str!("attack.tsv")));

/// Which of ATT&CK's matrices.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Matrix {
    /// Enterprise.
    Enterprise,
    /// Industrial control systems; tactics only.
    Ics,
}

/// Whether ATT&CK still has an entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    /// It has.
    Current,
    /// It is no longer used, and nothing takes its place.
    Deprecated,
    /// Others took its place: ids, for a tactic the names of their tags.
    Revoked(Vec<&'static str>),
}

/// What an adversary is after: `credential-access`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tactic {
    /// `TA0006`.
    pub id: &'static str,
    /// `Credential Access`.
    pub name: &'static str,
    /// `credential-access`, as tags have it.
    pub slug: &'static str,
    /// The matrix it belongs to.
    pub matrix: Matrix,
    /// Whether ATT&CK still has it.
    pub state: State,
}

/// How an adversary does it: `T1059`, or a sub-technique, `T1059.001`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Technique {
    /// `T1059.001`.
    pub id: &'static str,
    /// `PowerShell`; a sub-technique's own name, without its technique's.
    pub name: &'static str,
    /// The slugs of its tactics.
    pub tactics: Vec<&'static str>,
    /// Whether ATT&CK still has it.
    pub state: State,
}

/// What a [`Named`] is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// An intrusion set, `G0016`.
    Group,
    /// Malware or a tool, `S0002`.
    Software,
    /// `C0024`.
    Campaign,
}

/// A group, a piece of software or a campaign.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    /// Which of them.
    pub kind: Kind,
    /// `G0016`.
    pub id: &'static str,
    /// `APT29`.
    pub name: &'static str,
    /// Whether ATT&CK still has it.
    pub state: State,
}

impl Tactic {
    /// `CredentialAccess`, as Microsoft writes it.
    pub fn pascal(&self) -> String {
        let capital = |word: &str| word[..1].to_ascii_uppercase() + &word[1..];
        self.slug.split('-').map(capital).collect()
    }

    /// Its page.
    pub fn url(&self) -> String {
        format!("https://attack.mitre.org/tactics/{}/", self.id)
    }
}

impl Technique {
    /// The technique that a sub-technique belongs to.
    pub fn parent(&self) -> Option<&'static Technique> {
        let (base, _) = self.id.split_once('.')?;
        technique(base)
    }

    /// Whether it has a parent.
    pub fn is_sub(&self) -> bool {
        self.id.contains('.')
    }

    /// The techniques that took its place, with those that took theirs; none for one that stands.
    pub fn successors(&self) -> Vec<&'static Technique> {
        let State::Revoked(by) = &self.state else { return Vec::new() };
        let next = by.iter().filter_map(|id| technique(id));
        // A test follows every chain to its end.
        next.flat_map(|next| match next.state {
            State::Revoked(_) => next.successors(),
            State::Current | State::Deprecated => vec![next],
        })
        .collect()
    }

    /// Its page.
    pub fn url(&self) -> String {
        format!("https://attack.mitre.org/techniques/{}/", self.id.replace('.', "/"))
    }
}

/// All tactics: Enterprise in the order of the matrix, those that are no more, then ICS.
pub fn tactics() -> &'static [Tactic] {
    &TABLE.tactics
}

/// All techniques and sub-techniques of Enterprise by id, those that are no more included.
pub fn techniques() -> &'static [Technique] {
    &TABLE.techniques
}

/// All groups, software and campaigns.
pub fn named() -> &'static [Named] {
    &TABLE.named
}

/// A tactic by its id or its name in any spelling: `TA0006`, `credential-access`, `credential_access`,
/// `CredentialAccess`, `Credential Access`. A name that two matrices share is Enterprise's; an id that version 19
/// renamed has its new name.
pub fn tactic(text: &str) -> Option<&'static Tactic> {
    let wanted = letters(text);
    let is = |tactic: &&Tactic| tactic.id.eq_ignore_ascii_case(text.trim()) || letters(tactic.slug) == wanted;
    TABLE.tactics.iter().find(is)
}

/// A technique or sub-technique by its id in any case; techniques of ICS and mobile are not embedded.
pub fn technique(id: &str) -> Option<&'static Technique> {
    let id = id.trim().to_ascii_uppercase();
    let at = TABLE.techniques.binary_search_by(|technique| technique.id.cmp(&id)).ok()?;
    Some(&TABLE.techniques[at])
}

/// A group, a piece of software or a campaign by its id in any case.
pub fn named_by_id(id: &str) -> Option<&'static Named> {
    let id = id.trim();
    TABLE.named.iter().find(|named| named.id.eq_ignore_ascii_case(id))
}

/// The current techniques and sub-techniques of a tactic of Enterprise.
pub fn techniques_of(tactic: &Tactic) -> impl Iterator<Item = &'static Technique> {
    let slug = if tactic.matrix == Matrix::Enterprise { tactic.slug } else { "" };
    TABLE
        .techniques
        .iter()
        .filter(move |technique| technique.state == State::Current && technique.tactics.contains(&slug))
}

/// Whether a text has the form of a technique's id, known or not: `T1059`, `t0836`, `T1059.001`.
pub fn is_technique_id(text: &str) -> bool {
    let digits = |text: &str, count: usize| text.len() == count && text.bytes().all(|b| b.is_ascii_digit());
    let Some(rest) = text.strip_prefix(['T', 't']) else { return false };
    let (base, sub) = rest.split_once('.').map_or((rest, None), |(base, sub)| (base, Some(sub)));
    digits(base, 4) && sub.is_none_or(|sub| digits(sub, 3))
}

/// The letters and digits of a text, in lower case: what is the same in all spellings of a name.
fn letters(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tactic_is_found_by_any_spelling() {
        for text in [
            "credential-access",
            "CredentialAccess",
            "TA0006",
            "ta0006",
            "Credential Access",
            "credential_access",
        ] {
            assert_eq!(tactic(text).map(|tactic| tactic.id), Some("TA0006"), "{text}");
        }
        assert_eq!(tactic("poetry"), None);
        assert_eq!(tactic(""), None);
    }

    #[test]
    fn a_shared_name_is_of_enterprise_and_an_id_of_its_own_matrix() {
        assert_eq!(tactic("impact").unwrap().matrix, Matrix::Enterprise);
        assert_eq!(tactic("TA0105").unwrap().matrix, Matrix::Ics);
        assert_eq!(tactic("InhibitResponseFunction").unwrap().id, "TA0107");
        assert_eq!(techniques_of(tactic("TA0105").unwrap()).count(), 0);
    }

    #[test]
    fn defense_evasion_is_known_as_split_in_two() {
        assert_eq!(tactic("TA0005").unwrap().slug, "stealth");
        let evasion = tactic("DefenseEvasion").unwrap();
        assert_eq!(evasion.state, State::Revoked(vec!["stealth", "defense-impairment"]));
        assert_eq!(evasion.pascal(), "DefenseEvasion");
    }

    #[test]
    fn techniques_have_names_tactics_parents_and_pages() {
        let sub = technique("t1059.001").unwrap();
        assert_eq!((sub.name, sub.tactics.as_slice()), ("PowerShell", &["execution"][..]));
        assert_eq!(sub.parent().unwrap().name, "Command and Scripting Interpreter");
        assert_eq!(sub.url(), "https://attack.mitre.org/techniques/T1059/001/");
        assert!(sub.is_sub());
        assert!(techniques_of(tactic("execution").unwrap()).any(|technique| technique.id == "T1059.001"));
        assert_eq!(named_by_id("g0016").unwrap().name, "APT29");
        assert_eq!(named_by_id("S0002").unwrap().kind, Kind::Software);
    }

    #[test]
    fn revoked_ids_lead_to_what_took_their_place() {
        let ids =
            |id: &str| technique(id).unwrap().successors().iter().map(|next| next.id).collect::<Vec<_>>();
        assert_eq!(ids("T1086"), ["T1059.001"]);
        assert_eq!(ids("T1562.001"), ["T1685"]);
        assert_eq!(ids("T1073"), ["T1574.001"], "over an id that is revoked as well");
        assert_eq!(technique("T1064").unwrap().state, State::Deprecated);
    }

    #[test]
    fn every_technique_that_stands_has_a_tactic_and_every_chain_an_end() {
        for technique in techniques() {
            assert!(is_technique_id(technique.id), "{}", technique.id);
            assert!(technique.tactics.iter().all(|slug| tactic(slug).is_some()), "{}", technique.id);
            assert!(!technique.is_sub() || technique.parent().is_some(), "{}", technique.id);
            match technique.state {
                State::Current => assert!(!technique.tactics.is_empty(), "{}", technique.id),
                State::Revoked(_) => assert!(!technique.successors().is_empty(), "{}", technique.id),
                State::Deprecated => {}
            }
        }
        let current = techniques().iter().filter(|technique| technique.state == State::Current).count();
        assert_eq!(current, 697);
        assert_eq!(tactics().iter().filter(|tactic| tactic.matrix == Matrix::Enterprise).count(), 16);
        assert_eq!(named().len(), 1069);
    }

    #[test]
    fn the_licence_stands_beside_the_table() {
        let notice = include_str!("NOTICE");
        assert!(notice.contains("non-exclusive, royalty-free license") && notice.contains(VERSION));
    }
}

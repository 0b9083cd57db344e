//! Sigma's tags of the namespace `attack`.

use super::{Named, Tactic, Technique, is_technique_id, named_by_id, tactic, technique};

/// What a tag `attack.…` names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tag<'a> {
    /// `attack.credential-access`, also `attack.credential_access` and `attack.ta0006`.
    Tactic(&'static Tactic),
    /// `attack.t1059.001`.
    Technique(&'static Technique),
    /// `attack.g0016`, `attack.s0002`.
    Named(&'static Named),
    /// The id of a technique that the embedded table does not have: of ICS, of mobile, or none at all.
    UnknownTechnique(&'a str),
    /// None of these; the part after `attack.`.
    Unknown(&'a str),
}

/// What a rule's tag names, or `None` if it is of another namespace, such as `cve.2021-44228`.
pub fn tag(text: &str) -> Option<Tag<'_>> {
    let (namespace, name) = text.trim().split_once('.')?;
    if !namespace.eq_ignore_ascii_case("attack") {
        return None;
    }
    let known = technique(name).map(Tag::Technique);
    let known = known.or_else(|| tactic(name).map(Tag::Tactic));
    let known = known.or_else(|| named_by_id(name).map(Tag::Named));
    Some(known.unwrap_or(if is_technique_id(name) {
        Tag::UnknownTechnique(name)
    } else {
        Tag::Unknown(name)
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_name_tactics_techniques_and_others() {
        assert!(matches!(tag("attack.t1059.001"), Some(Tag::Technique(found)) if found.id == "T1059.001"));
        assert!(matches!(tag("attack.T1059"), Some(Tag::Technique(found)) if found.id == "T1059"));
        for text in ["attack.credential-access", "attack.credential_access", "Attack.TA0006"] {
            assert!(matches!(tag(text), Some(Tag::Tactic(found)) if found.id == "TA0006"), "{text}");
        }
        assert!(matches!(tag("attack.s0002"), Some(Tag::Named(found)) if found.name == "Mimikatz"));
    }

    #[test]
    fn what_is_unknown_keeps_its_spelling() {
        assert_eq!(tag("attack.t0836"), Some(Tag::UnknownTechnique("t0836")));
        assert_eq!(tag("attack.Poetry"), Some(Tag::Unknown("Poetry")));
        assert_eq!(tag("cve.2021-44228"), None);
        assert_eq!(tag("detection"), None);
    }
}

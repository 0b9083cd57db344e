//! The ATT&CK tags of a rule, as products want them.

use serde::Serialize;

use crate::attack::{self, Tactic, Tag, Technique};

/// What a rule's tags say of ATT&CK.
#[derive(Debug, Clone, Default, Serialize)]
pub(super) struct Threat {
    /// In the order of the tags.
    pub(super) tactics: Vec<TacticFact>,
    /// In the order of the tags, those that the embedded table lacks included.
    pub(super) techniques: Vec<TechniqueFact>,
    /// Groups, software and campaigns.
    pub(super) others: Vec<NamedFact>,
}

#[derive(Debug, Clone, Serialize)]
pub(super) struct TacticFact {
    pub(super) id: &'static str,
    pub(super) name: &'static str,
    pub(super) slug: &'static str,
    pub(super) url: String,
    #[serde(skip)]
    pub(super) tactic: &'static Tactic,
}

#[derive(Debug, Clone, Serialize)]
pub(super) struct TechniqueFact {
    /// In upper case.
    pub(super) id: String,
    /// Nothing where the table does not have it.
    pub(super) name: Option<&'static str>,
    pub(super) url: Option<String>,
    #[serde(skip)]
    pub(super) technique: Option<&'static Technique>,
}

#[derive(Debug, Clone, Serialize)]
pub(super) struct NamedFact {
    pub(super) id: &'static str,
    pub(super) name: &'static str,
}

/// A tactic with those of a rule's techniques that serve it.
#[derive(Debug, Clone)]
pub(super) struct Group {
    pub(super) tactic: &'static Tactic,
    pub(super) techniques: Vec<WithSubs>,
}

/// A technique, with those of its sub-techniques that a rule names.
#[derive(Debug, Clone)]
pub(super) struct WithSubs {
    pub(super) technique: &'static Technique,
    pub(super) subs: Vec<&'static Technique>,
}

impl Threat {
    pub(super) fn of(tags: &[String]) -> Self {
        let mut threat = Self::default();
        for tag in tags {
            match attack::tag(tag) {
                Some(Tag::Tactic(tactic)) => threat.add_tactic(tactic),
                Some(Tag::Technique(technique)) => threat.add_technique(technique.id, Some(technique)),
                Some(Tag::UnknownTechnique(id)) => threat.add_technique(id, None),
                Some(Tag::Named(named)) => threat.others.push(NamedFact { id: named.id, name: named.name }),
                Some(Tag::Unknown(_)) | None => {}
            }
        }
        threat
    }

    fn add_tactic(&mut self, tactic: &'static Tactic) {
        if !self.tactics.iter().any(|known| known.slug == tactic.slug) {
            let Tactic { id, name, slug, .. } = tactic;
            self.tactics.push(TacticFact { id, name, slug, url: tactic.url(), tactic });
        }
    }

    fn add_technique(&mut self, id: &str, technique: Option<&'static Technique>) {
        let id = id.to_ascii_uppercase();
        if !self.techniques.iter().any(|known| known.id == id) {
            let (name, url) = (technique.map(|known| known.name), technique.map(Technique::url));
            self.techniques.push(TechniqueFact { id, name, url, technique });
        }
    }

    /// The tactics with their techniques. A technique stands under each tactic of the rule that it serves; under its
    /// own first one, if the rule names none of them. Also the ids of techniques that the table does not have.
    pub(super) fn groups(&self) -> (Vec<Group>, Vec<&str>) {
        let group = |tactic| Group { tactic, techniques: Vec::new() };
        let mut groups: Vec<Group> = self.tactics.iter().map(|fact| group(fact.tactic)).collect();
        let mut unknown = Vec::new();
        for fact in &self.techniques {
            let Some(technique) = fact.technique else {
                unknown.push(fact.id.as_str());
                continue;
            };
            let serves = |group: &Group| technique.tactics.iter().any(|slug| is_of(group.tactic, slug));
            if !groups.iter().any(serves) {
                match technique.tactics.first().and_then(|slug| attack::tactic(slug)) {
                    Some(tactic) => groups.push(group(tactic)),
                    None => unknown.push(fact.id.as_str()),
                }
            }
            for group in groups.iter_mut().filter(|group| serves(group)) {
                group.add(technique);
            }
        }
        (groups, unknown)
    }
}

/// Whether a technique's tactic is this one, or one of those that this one was split into.
fn is_of(tactic: &Tactic, slug: &str) -> bool {
    tactic.slug == slug || matches!(&tactic.state, attack::State::Revoked(by) if by.contains(&slug))
}

impl Group {
    fn add(&mut self, technique: &'static Technique) {
        let base = technique.parent().unwrap_or(technique);
        let subs = technique.is_sub().then_some(technique);
        match self.techniques.iter_mut().find(|known| known.technique.id == base.id) {
            Some(known) => known.subs.extend(subs),
            None => {
                self.techniques.push(WithSubs { technique: base, subs: subs.into_iter().collect() });
            }
        }
    }
}

/// The names that Microsoft's products have for tactics: those of ATT&CK before version 19, in which stealth and
/// defense impairment were one.
pub(super) fn microsoft(threat: &Threat) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for fact in &threat.tactics {
        let name = match fact.slug {
            "stealth" | "defense-impairment" | "evasion" => "DefenseEvasion".to_owned(),
            _ => fact.tactic.pascal(),
        };
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    fn threat(tags: &[&str]) -> Threat {
        Threat::of(&tags.iter().map(|tag| (*tag).to_owned()).collect::<Vec<_>>())
    }

    fn shown(threat: &Threat) -> (Vec<String>, Vec<String>) {
        let (groups, unknown) = threat.groups();
        let show = |group: &Group| {
            let techniques = group.techniques.iter().map(|with| {
                let subs: Vec<_> = with.subs.iter().map(|sub| sub.id).collect();
                format!(" {}{subs:?}", with.technique.id)
            });
            std::iter::once(group.tactic.slug.to_owned()).chain(techniques).collect::<String>()
        };
        (groups.iter().map(show).collect(), unknown.into_iter().map(str::to_owned).collect())
    }

    #[test]
    fn techniques_stand_under_the_tactics_they_serve() {
        let tags = ["attack.execution", "attack.t1059.001", "attack.t1059", "attack.t1003", "attack.t0836"];
        let (groups, unknown) = shown(&threat(&tags));
        assert_eq!(groups, ["execution T1059[\"T1059.001\"]", "credential-access T1003[]"]);
        assert_eq!(unknown, ["T0836"]);
    }

    #[test]
    fn a_split_tactic_takes_the_techniques_of_its_parts() {
        let (groups, _) = shown(&threat(&["attack.defense-evasion", "attack.t1685", "attack.t1027"]));
        assert_eq!(groups, ["defense-evasion T1685[] T1027[]"]);
    }

    #[test]
    fn microsoft_has_one_name_for_stealth_and_impairment() {
        let tags =
            ["attack.stealth", "attack.defense-impairment", "attack.command-and-control", "cve.2020-1"];
        assert_eq!(microsoft(&threat(&tags)), ["DefenseEvasion", "CommandAndControl"]);
    }
}

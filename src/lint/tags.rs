//! Tags that name techniques, tactics and groups of MITRE ATT&CK.

use std::collections::HashSet;

use super::text;
use crate::{
    attack::{self, State, Tag},
    diag::{Code, Diagnostic, Fix, Source, did_you_mean},
    yaml::Node,
};

/// Checks the tags of the namespace `attack`.
pub(super) fn check(node: &Node<'_>, source: &Source, found: &mut Vec<Diagnostic>) {
    let elements = node.as_seq().unwrap_or(&[]);
    let given: HashSet<&str> = elements.iter().filter_map(text).collect();
    for element in elements {
        let Some(tag) = text(element) else { continue };
        let diagnostic = match attack::tag(tag) {
            Some(Tag::Technique(technique)) => match &technique.state {
                State::Current => continue,
                State::Deprecated => {
                    outdated(element, format!("ATT&CK no longer has the technique {}", technique.id))
                }
                State::Revoked(_) => {
                    let ids: Vec<&str> = technique.successors().iter().map(|next| next.id).collect();
                    let diagnostic = outdated(element, format!("ATT&CK has revoked {}", technique.id));
                    replaced(diagnostic, element, &ids, tag, &given, source)
                }
            },
            Some(Tag::Tactic(tactic)) => match &tactic.state {
                State::Current => continue,
                State::Deprecated => {
                    outdated(element, format!("ATT&CK no longer has the tactic {}", tactic.name))
                }
                State::Revoked(by) => {
                    let diagnostic =
                        outdated(element, format!("ATT&CK has revoked the tactic {}", tactic.name));
                    replaced(diagnostic, element, by, tag, &given, source)
                }
            },
            Some(Tag::Named(named)) => match &named.state {
                State::Current => continue,
                _ => outdated(element, format!("ATT&CK no longer has {} as {}", named.name, named.id)),
            },
            Some(Tag::UnknownTechnique(id)) => {
                let message = format!("ATT&CK for Enterprise {} has no technique `{id}`", attack::VERSION);
                Diagnostic::new(Code::UnknownTechnique, element.span, message)
            }
            // Data sources (`ds0005`) are not embedded.
            Some(Tag::Unknown(name))
                if name.strip_prefix("ds").is_some_and(|id| id.parse::<u16>().is_ok()) =>
            {
                continue;
            }
            Some(Tag::Unknown(name)) => {
                let message = format!("ATT&CK has nothing that is called `{name}`");
                let diagnostic = Diagnostic::new(Code::UnknownTechnique, element.span, message);
                match did_you_mean(name, attack::tactics().iter().map(|tactic| tactic.slug)) {
                    Some(near) => diagnostic.help(format!("a similar tactic is `{near}`")),
                    None => diagnostic,
                }
            }
            None => continue,
        };
        found.push(diagnostic);
    }
}

fn outdated(element: &Node<'_>, message: String) -> Diagnostic {
    Diagnostic::new(Code::OutdatedTechnique, element.span, message)
}

/// Says what took its place; puts it there if it is one thing that the rule does not name yet.
fn replaced(
    diagnostic: Diagnostic,
    element: &Node<'_>,
    by: &[&str],
    tag: &str,
    given: &HashSet<&str>,
    source: &Source,
) -> Diagnostic {
    if by.is_empty() {
        return diagnostic;
    }
    let tags: Vec<String> = by.iter().map(|id| format!("attack.{}", id.to_lowercase())).collect();
    let names: Vec<String> = tags.iter().map(|tag| format!("`{tag}`")).collect();
    let diagnostic = diagnostic.help(format!("{} took its place", names.join(", ")));
    match tags.as_slice() {
        [new] if !given.contains(new.as_str()) && source.slice(element.span) == tag => {
            diagnostic.fix(Fix::replace(element.span, new, format!("write `{new}`")))
        }
        _ => diagnostic,
    }
}

#[cfg(test)]
mod tests {
    use crate::lint::tests::{assert_told, codes_of, rule_of};

    fn tagged(tag: &str) -> String {
        let rule = rule_of("  s:\n    CommandLine|contains: whoami\n  condition: s\n");
        rule.replace("level: low", &format!("level: low\ntags:\n  - {tag}"))
    }

    #[test]
    fn tags_name_what_attack_has() {
        assert_told(&tagged("attack.t9999"), "unknown-technique", "attack.t9999");
        assert_told(&tagged("attack.persistance"), "unknown-technique", "attack.persistance");
        for known in ["attack.t1059.001", "attack.persistence", "attack.s0002", "attack.g0016"] {
            assert_eq!(codes_of(&tagged(known)), [""; 0], "{known}");
        }
    }

    #[test]
    fn what_attack_has_revoked_is_told() {
        assert_told(&tagged("attack.t1086"), "outdated-technique", "attack.t1086");
    }
}

//! How a filter's section is written.

use super::{
    document::{check_repeated, check_section},
    text,
};
use crate::{
    diag::{Code, Diagnostic, Source},
    yaml::Node,
};

/// Checks which rules a filter names; what it says of their events is checked as detections are.
pub(super) fn check(root: &Node<'_>, source: &Source, found: &mut Vec<Diagnostic>) {
    let Some(section) = root.get("filter") else { return };
    check_section(section, &["rules", "condition"], found);
    let Some(rules) = section.get("rules") else { return };
    let elements = rules.as_seq().unwrap_or(&[]);
    let is_any = |element: &&Node<'_>| text(element).is_some_and(|text| text.eq_ignore_ascii_case("any"));
    let Some(any) = elements.iter().find(is_any) else {
        return check_repeated("rules", rules, source, found);
    };
    for element in elements.iter().filter(|element| !is_any(element)) {
        let message = "the name has no effect beside `any`, which means every rule";
        found.push(
            Diagnostic::new(Code::NoEffect, element.span, message).related(any.span, "every rule is meant"),
        );
    }
}

#[cfg(test)]
mod tests {
    use crate::lint::tests::{assert_told, codes_of};

    fn filter(rules: &str, detections: &str) -> String {
        format!(
            "title: x\nlogsource: {{category: process_creation, product: windows}}\nfilter:\n  {rules}\n{detections}"
        )
    }

    const SOUND: &str = "  s:\n    User|startswith: adm_\n  condition: not s\n";

    #[test]
    fn a_sound_filter_has_no_findings() {
        assert_eq!(codes_of(&filter("rules: any", SOUND)), [""; 0]);
    }

    #[test]
    fn what_is_nearly_rules_is_told() {
        assert_told(&filter("rule: [a]", SOUND), "unknown-key", "rule");
    }

    #[test]
    fn names_stand_once_and_not_beside_any() {
        assert_told(&filter("rules:\n    - a\n    - a", SOUND), "repeated-entry", "a");
        assert_told(&filter("rules: [a, any]", SOUND), "no-effect", "a");
    }

    #[test]
    fn its_detections_are_checked_as_those_of_rules_are() {
        let values = "  s:\n    User|startswith: 'adm_*'\n  condition: not s\n";
        assert_told(&filter("rules: any", values), "edge-wildcard", "'adm_*'");
        let fields = "  s:\n    CommandLin|contains: adm_\n  condition: not s\n";
        assert_told(&filter("rules: any", fields), "unknown-field", "CommandLin");
    }

    #[test]
    fn it_leaves_out_some_events_and_not_all() {
        let condition = |condition: &str| {
            let detections = SOUND.replace("not s", condition);
            codes_of(&filter("rules: any", &detections))
        };
        assert!(condition("not (s or not s)").contains(&"never-true".to_owned()));
        assert!(condition("s or not s").contains(&"always-true".to_owned()));
    }

    #[test]
    fn keys_of_other_documents_have_no_effect() {
        let text = format!("{}generate: true\n", filter("rules: any", SOUND));
        assert_told(&text, "no-effect", "generate");
    }
}

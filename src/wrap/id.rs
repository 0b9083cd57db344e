//! Ids that stay the same from run to run.

use uuid::Uuid;

use crate::ir::Metadata;

/// rulec's own name space for ids.
const NAMESPACE: Uuid = Uuid::from_u128(0x7c6f_2b0e_59d1_5c8e_9a6a_4f0d_1f5b_83d2);

/// The id of a rule's query in a product, derived from the rule's own id, or its title where it has none, and the
/// target: queries for several targets do not get into each other's way.
pub(super) fn of(metadata: &Metadata, target: &str) -> String {
    let rule = metadata.id.as_deref().unwrap_or(&metadata.title);
    Uuid::new_v5(&NAMESPACE, format!("{target}/{}", rule.to_lowercase()).as_bytes()).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_stable_and_differ_by_rule_and_target() {
        let rule = |id: &str| Metadata { id: Some(id.to_owned()), ..Metadata::default() };
        let id = of(&rule("A1"), "splunk");
        assert_eq!(id, of(&rule("a1"), "splunk"), "case does not count in an id");
        assert_eq!(id, "2d2f0489-12aa-5a16-801d-2130321f5321");
        assert_ne!(id, of(&rule("a1"), "esql"));
        assert_ne!(id, of(&rule("a2"), "splunk"));
    }
}

//! Which rules are taken.

use super::Select;
use crate::ir::Metadata;

impl Select {
    /// Whether a rule is taken. What it does not say about itself is no reason to leave it out.
    pub(in crate::cli) fn takes(&self, metadata: &Metadata) -> bool {
        let by_status =
            metadata.status.is_none_or(|status| self.status.is_empty() || self.status.contains(&status));
        let by_level = match (self.min_level, metadata.level) {
            (Some(wanted), Some(level)) => level >= wanted,
            _ => true,
        };
        let is_wanted = |tag: &String| self.tags.iter().any(|wanted| matches(wanted, tag));
        let by_tags = self.tags.is_empty() || metadata.tags.is_empty() || metadata.tags.iter().any(is_wanted);
        by_status && by_level && by_tags
    }
}

/// Whether a tag is as wanted, `*` standing for anything, case aside.
fn matches(wanted: &str, tag: &str) -> bool {
    let (wanted, tag) = (wanted.to_lowercase(), tag.to_lowercase());
    let mut parts = wanted.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = tag.strip_prefix(first) else { return false };
    let mut parts: Vec<&str> = parts.collect();
    let Some(last) = parts.pop() else { return rest.is_empty() };
    for part in parts {
        let Some(at) = rest.find(part) else { return false };
        rest = &rest[at + part.len()..];
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ir::{Level, Status};

    #[test]
    fn a_star_stands_for_anything() {
        assert!(matches("attack.t1059*", "attack.T1059.001"));
        assert!(matches("*execution", "attack.execution"));
        assert!(matches("a*b*c", "a-b-b-c"));
        assert!(!matches("attack.t1059", "attack.t1059.001"));
        assert!(!matches("a*a", "a"));
    }

    #[test]
    fn a_rule_that_does_not_say_is_taken() {
        let select = Select {
            status: vec![Status::Stable],
            min_level: Some(Level::High),
            tags: vec!["attack.execution".to_owned()],
        };
        assert!(select.takes(&Metadata::default()));
        let said = |status, level, tag: &str| Metadata {
            status: Some(status),
            level: Some(level),
            tags: vec![tag.to_owned()],
            ..Metadata::default()
        };
        assert!(select.takes(&said(Status::Stable, Level::Critical, "attack.execution")));
        assert!(!select.takes(&said(Status::Test, Level::Critical, "attack.execution")));
        assert!(!select.takes(&said(Status::Stable, Level::Medium, "attack.execution")));
        assert!(!select.takes(&said(Status::Stable, Level::High, "attack.impact")));
    }
}

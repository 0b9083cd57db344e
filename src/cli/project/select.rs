//! Which rules are taken.

use std::sync::Arc;

use super::Select;
use crate::{
    cli::args::WantedSource,
    ir::{LogSource, Metadata, Status},
};

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
        let by_levels =
            metadata.level.is_none_or(|level| self.levels.is_empty() || self.levels.contains(&level));
        by_status && by_level && by_levels && by_tags && self.takes_log_source(&metadata.log_source)
    }

    fn takes_log_source(&self, log_source: &LogSource) -> bool {
        let LogSource { category, product, service, .. } = log_source;
        let says = category.is_some() || product.is_some() || service.is_some();
        let same = |part: &Option<Arc<str>>, wanted: &Option<String>| match (part, wanted) {
            (_, None) => true,
            (part, Some(wanted)) => part.as_ref().is_some_and(|part| part.eq_ignore_ascii_case(wanted)),
        };
        let has = |wanted: &WantedSource| {
            same(category, &wanted.category)
                && same(product, &wanted.product)
                && same(service, &wanted.service)
        };
        !says || self.log_sources.is_empty() || self.log_sources.iter().any(has)
    }

    /// Whether a rule of a folder is left out because it is deprecated or unsupported, and nobody asks for such.
    pub(in crate::cli) fn leaves_old(&self, metadata: &Metadata) -> bool {
        let is_old = matches!(metadata.status, Some(Status::Deprecated | Status::Unsupported));
        is_old && !self.deprecated && self.status.is_empty()
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
    use crate::ir::Level;

    #[test]
    fn a_star_stands_for_anything() {
        assert!(matches("attack.t1059*", "attack.T1059.001"));
        assert!(matches("*execution", "attack.execution"));
        assert!(matches("a*b*c", "a-b-b-c"));
        assert!(!matches("attack.t1059", "attack.t1059.001"));
        assert!(!matches("a*a", "a"));
    }

    #[test]
    fn all_parts_of_one_log_source_have_to_be_the_same() {
        let part = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        let wanted = |category: &str, product: &str| WantedSource {
            category: part(category),
            product: part(product),
            service: None,
        };
        let windows = LogSource {
            category: Some("process_creation".into()),
            product: Some("windows".into()),
            ..LogSource::default()
        };
        let takes = |wanted: &[WantedSource], log_source: &LogSource| {
            let select = Select { log_sources: wanted.to_vec(), ..Select::default() };
            select.takes(&Metadata { log_source: log_source.clone(), ..Metadata::default() })
        };
        assert!(takes(&[wanted("process_creation", "Windows")], &windows));
        assert!(!takes(&[wanted("process_creation", "linux")], &windows));
        assert!(takes(&[wanted("dns", ""), wanted("process_creation", "")], &windows));
        assert!(takes(&[wanted("dns", "")], &LogSource::default()), "it does not say");
    }

    #[test]
    fn old_rules_are_left_unless_asked_for() {
        let old = Metadata { status: Some(Status::Deprecated), ..Metadata::default() };
        assert!(Select::default().leaves_old(&old));
        assert!(!Select::default().leaves_old(&Metadata::default()));
        assert!(!Select { deprecated: true, ..Select::default() }.leaves_old(&old));
        assert!(!Select { status: vec![Status::Deprecated], ..Select::default() }.leaves_old(&old));
    }

    #[test]
    fn a_rule_that_does_not_say_is_taken() {
        let select = Select {
            status: vec![Status::Stable],
            min_level: Some(Level::High),
            tags: vec!["attack.execution".to_owned()],
            ..Select::default()
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

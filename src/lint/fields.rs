//! Fields that the log source's events do not have.

use std::collections::HashMap;

use crate::{
    diag::{Code, Diagnostic, Span},
    ir::{Origin, Pipeline, Rule, Stage},
    mapping::{self, Class, Mapping},
    sigma::ast::{Detection, DetectionSection},
};

/// How near a name has to be to another one to be a misspelling of it, of 1.
const SIMILARITY: f64 = 0.8;

/// The fields that a document names, each with the first place where it does.
#[derive(Debug, Default)]
pub(super) struct Names(HashMap<String, Span>);

impl Names {
    /// The fields of detections.
    pub(super) fn of(section: &DetectionSection<'_, '_>) -> Self {
        let mut names = Self::default();
        section
            .searches
            .iter()
            .filter_map(|search| search.detection.as_ref())
            .for_each(|it| names.gather(it));
        names
    }

    fn gather(&mut self, detection: &Detection<'_, '_>) {
        match detection {
            Detection::Items(items) => {
                for item in items {
                    self.add(item.field.unwrap_or_default(), item.field_span);
                }
            }
            Detection::OneOf(elements) => elements.iter().for_each(|element| self.gather(element)),
            Detection::Keyword(_) => {}
        }
    }

    /// Adds a field, unless it is named before.
    pub(super) fn add(&mut self, name: &str, span: Span) {
        self.0.entry(name.to_owned()).or_insert(span);
    }
}

/// Fields that the rule's event class does not have, each once. The table may lack what events have, so this is a hint;
/// and where a target can run the rule all the same (the fields of some log sources are taken as they are called), only
/// names that are nearly another one are told.
pub(super) fn check(rule: &Rule, mapping: &Mapping, names: &Names, is_runnable: bool) -> Vec<Diagnostic> {
    let Origin::LogSource(log_source) = &rule.origin else { return Vec::new() };
    let Some(class) = mapping::class_of(log_source, mapping) else { return Vec::new() };
    let mut told: Vec<&str> = Vec::new();
    let mut found = Vec::new();
    for predicate in rule.stages.iter().filter_map(Stage::condition).flat_map(|filter| filter.predicates()) {
        for field in predicate.fields() {
            let name = &*field.name;
            if field.is_computed || told.contains(&name) {
                continue;
            }
            told.push(name);
            let span = names.0.get(name).copied().unwrap_or(predicate.span);
            found.extend(unknown(name, span, class, is_runnable));
        }
    }
    found
}

/// Fields that a correlation groups by or counts, and that the event class of its rules does not have. A correlation of
/// correlations names columns of theirs.
pub(super) fn check_grouped(
    rule: &Rule,
    mapping: &Mapping,
    names: &Names,
    is_runnable: bool,
) -> Vec<Diagnostic> {
    if windows(&rule.stages) > 1 {
        return Vec::new();
    }
    let Some(class) = mapping::class_of(&rule.metadata.log_source, mapping) else { return Vec::new() };
    let mut named: Vec<_> = names.0.iter().collect();
    named.sort_by_key(|(_, span)| **span);
    named.into_iter().filter_map(|(name, span)| unknown(name, *span, class, is_runnable)).collect()
}

fn windows(stages: &[Stage]) -> usize {
    let in_stage = |stage: &Stage| match stage {
        Stage::Slide(_) | Stage::Chain(_) => 1,
        Stage::Union(others, _) => others.iter().map(|Pipeline { stages, .. }| windows(stages)).sum(),
        _ => 0,
    };
    stages.iter().map(in_stage).sum()
}

fn unknown(name: &str, span: Span, class: &Class, is_runnable: bool) -> Option<Diagnostic> {
    if class.has_field(name) {
        return None;
    }
    let message =
        format!("events of the class {} have no field `{name}` that the mapping table knows", class.name());
    let diagnostic = Diagnostic::new(Code::UnknownField, span, message);
    match nearest(name, class.fields()) {
        Some(near) => Some(diagnostic.help(format!("a similar field is `{near}`"))),
        None if is_runnable => None,
        None => Some(diagnostic.help("if events have it, add it to the table (`--mappings`)")),
    }
}

fn nearest<'a>(name: &str, fields: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let name = name.to_lowercase();
    fields
        .map(|field| (strsim::normalized_damerau_levenshtein(&name, &field.to_lowercase()), field))
        .filter(|(similarity, _)| *similarity >= SIMILARITY)
        .max_by(|(left, _), (right, _)| left.total_cmp(right))
        .map(|(_, field)| field)
}

#[cfg(test)]
mod tests {
    use crate::lint::tests::{codes_of, found_in, rule_of};

    #[test]
    fn a_field_of_another_class_is_told_with_a_near_one() {
        let (source, found) = found_in(&rule_of("  s:\n    CommandLin|contains: a\n  condition: s\n"));
        assert_eq!(found[0].code.as_str(), "unknown-field");
        assert_eq!(found[0].help.as_deref(), Some("a similar field is `CommandLine`"));
        assert_eq!(source.slice(found[0].span.unwrap()), "CommandLin");
        assert_eq!(codes_of(&rule_of("  s:\n    ParentCommandLine|contains: a\n  condition: s\n")), [""; 0]);
    }
}

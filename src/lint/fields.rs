//! Fields that the log source's events do not have.

use crate::{
    diag::{Code, Diagnostic},
    ir::{Origin, Rule, Stage},
    mapping::{self, Mapping},
};

/// How near a name has to be to another one to be a misspelling of it, of 1.
const SIMILARITY: f64 = 0.8;

/// Fields that the rule's event class does not have, each once. The table may lack what events have, so this is a hint;
/// and where a target can run the rule all the same (the fields of some log sources are taken as they are called), only
/// names that are nearly another one are told.
pub(super) fn check(rule: &Rule, mapping: &Mapping, is_runnable: bool) -> Vec<Diagnostic> {
    let Origin::LogSource(log_source) = &rule.origin else { return Vec::new() };
    let Some(class) = mapping::class_of(log_source, mapping) else { return Vec::new() };
    let mut told: Vec<&str> = Vec::new();
    let mut found = Vec::new();
    for predicate in rule.stages.iter().filter_map(Stage::condition).flat_map(|filter| filter.predicates()) {
        for field in predicate.fields() {
            let name = &*field.name;
            if field.is_computed || class.has_field(name) || told.contains(&name) {
                continue;
            }
            told.push(name);
            let message = format!(
                "events of the class {} have no field `{name}` that the mapping table knows",
                class.name()
            );
            let diagnostic = Diagnostic::new(Code::UnknownField, predicate.span, message);
            match nearest(name, class.fields()) {
                Some(near) => found.push(diagnostic.help(format!("a similar field is `{near}`"))),
                None if is_runnable => {}
                None => found.push(diagnostic.help("if events have it, add it to the table (`--mappings`)")),
            }
        }
    }
    found
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
        let (_, found) = found_in(&rule_of("  s:\n    CommandLin|contains: a\n  condition: s\n"));
        assert_eq!(found[0].code.as_str(), "unknown-field");
        assert_eq!(found[0].help.as_deref(), Some("a similar field is `CommandLine`"));
        assert_eq!(codes_of(&rule_of("  s:\n    ParentCommandLine|contains: a\n  condition: s\n")), [""; 0]);
    }
}

//! Rules that no target can run.

use crate::{
    Options, convert,
    diag::{Code, Diagnostic, Policy},
    ir::{Condition, Origin, Rule, Stage, Test},
    mapping::{self, Mapping},
    target::{TARGETS, Target},
};

/// The rule's trouble, if no query target can run it. What is plain is taken to run; other rules are converted for one
/// target after the other until one can.
pub(super) fn check(rule: &Rule, mapping: &Mapping) -> Option<Diagnostic> {
    if is_plain(rule, mapping) {
        return None;
    }
    let options = Options { mapping: Some(mapping), policy: Policy::AllowNarrowing, ..Options::default() };
    let mut reasons: Vec<(&'static Target, Diagnostic)> = Vec::new();
    // Those at the end can run most rules.
    for target in TARGETS.iter().rev().filter(|target| target.name != "sigma") {
        let conversion = convert(rule, &[target], &options).pop()?;
        reasons.push((target, conversion.error?));
    }
    reasons.reverse();
    let first = reasons.first().map(|(_, error)| error.clone())?;
    let is_same = reasons.iter().all(|(_, error)| error.message == first.message);
    let message = if is_same {
        format!("no target can run the rule: {}", first.message)
    } else {
        let mut told: Vec<String> = Vec::new();
        for (target, error) in &reasons {
            if !told.iter().any(|told| told.ends_with(&error.message)) {
                told.push(format!("{}: {}", target.name, error.message));
            }
        }
        told.truncate(3);
        format!("no target can run the rule; {}", told.join("; "))
    };
    let diagnostic = Diagnostic { span: first.span, ..Diagnostic::without_span(Code::NoTarget, message) };
    Some(match first.help {
        Some(help) if is_same => diagnostic.help(help),
        _ => diagnostic.help("`rulec convert` tells each target's reason"),
    })
}

/// Whether the rule asks for texts and numbers only, of fields that one target has columns for: every language says that.
fn is_plain(rule: &Rule, mapping: &Mapping) -> bool {
    let ([Stage::Filter(condition)], Origin::LogSource(log_source)) = (&*rule.stages, &rule.origin) else {
        return false;
    };
    let Some(class) = mapping::class_of(log_source, mapping) else { return false };
    let Some(fields) = plain_fields(condition) else { return false };
    TARGETS
        .iter()
        .filter(|target| target.name != "sigma")
        .any(|target| class.is_plain_in(target.schema, &fields))
}

/// The fields of a condition, each once; `None` if a test is of another kind.
fn plain_fields(condition: &Condition) -> Option<Vec<&str>> {
    let mut fields: Vec<&str> = Vec::new();
    let mut is_plain = true;
    condition.visit(true, &mut |predicate, _| {
        let simple = matches!(predicate.test, Test::Text(..) | Test::Number(..) | Test::Null | Test::Exists);
        match predicate.field().filter(|_| simple) {
            Some(field) if fields.contains(&&*field.name) => {}
            Some(field) => fields.push(&field.name),
            None => is_plain = false,
        }
    });
    is_plain.then_some(fields)
}

#[cfg(test)]
mod tests {
    use crate::lint::tests::{codes_of, rule_of};

    #[test]
    fn a_rule_that_no_target_can_run_is_told() {
        let text = rule_of("  s:\n    CommandLine|contains: whoami\n  condition: s\n");
        let unknown = text.replace("category: process_creation, product: windows", "product: toaster");
        assert!(codes_of(&unknown).contains(&"no-target".to_owned()), "{:?}", codes_of(&unknown));
        assert!(!codes_of(&text).contains(&"no-target".to_owned()));
    }
}

//! Rules that no target can run.

use crate::{
    Options, convert,
    diag::{Code, Diagnostic, Policy},
    ir::Rule,
    mapping::Mapping,
    target::{TARGETS, Target},
};

/// The rule's trouble, if no query target can run it. Targets are tried until one can; most rules need one.
pub(super) fn check(rule: &Rule, mapping: &Mapping) -> Option<Diagnostic> {
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

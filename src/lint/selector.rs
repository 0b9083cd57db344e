//! What a Sigma rule's condition says, word by word.

use crate::{
    diag::{Code, Diagnostic, Fix, Source},
    sigma::{
        ast::{ConditionText, DetectionSection},
        condition::{Expression, Quantifier, Selection},
    },
};

/// Checks the conditions of a detection section.
pub(super) fn check(section: &DetectionSection<'_, '_>, source: &Source, found: &mut Vec<Diagnostic>) {
    for text in &section.conditions {
        Walk { section, text, source, found }.expression(&text.expression, false);
    }
}

struct Walk<'a, 'n, 's> {
    section: &'a DetectionSection<'n, 's>,
    text: &'a ConditionText<'n, 's>,
    source: &'a Source,
    found: &'a mut Vec<Diagnostic>,
}

/// Whether a detection's name says that it is there to be excluded.
fn is_filter(name: &str) -> bool {
    let name = name.trim_start_matches('_');
    name.starts_with("filter") || name.starts_with("exclu") || name.starts_with("falsepositive")
}

impl Walk<'_, '_, '_> {
    fn expression(&mut self, expression: &Expression, negated: bool) {
        match expression {
            Expression::Search(..) => {}
            Expression::Not(operand) => self.expression(operand, !negated),
            Expression::And(operands) | Expression::Or(operands) => {
                for operand in operands {
                    self.expression(operand, negated);
                }
            }
            Expression::Selector(quantifier, selection, range) => {
                let names: Vec<&str> = self
                    .section
                    .searches
                    .iter()
                    .map(|search| search.name)
                    .filter(|name| selection.includes(name))
                    .collect();
                let span = self.text.node.locate(self.source, range.clone());
                if let Some(diagnostic) = finding(*quantifier, selection, &names, negated) {
                    let diagnostic = Diagnostic { span: Some(span), ..diagnostic };
                    self.found.push(match names[..] {
                        [only] if self.source.slice(span).contains(" of ") => {
                            diagnostic.fix(Fix::replace(span, only, format!("write `{only}`")))
                        }
                        _ => diagnostic,
                    });
                }
            }
        }
    }
}

/// What there is to say of a selector that means these detections.
fn finding(
    quantifier: Quantifier,
    selection: &Selection,
    names: &[&str],
    negated: bool,
) -> Option<Diagnostic> {
    let filters = names.iter().filter(|name| is_filter(name)).count();
    match (names, quantifier, selection) {
        ([only], Quantifier::All, _) => {
            let message = format!("the selector means one detection only, `{only}`");
            Some(Diagnostic::without_span(Code::SingleSelector, message))
        }
        // One detection under `1 of` is left open for more.
        ([] | [_], ..) => None,
        (_, Quantifier::All, _) if negated && filters == names.len() => {
            let message = "only events that all of these filters match are excluded";
            let help = "write `not 1 of …` to exclude those that any of them matches";
            Some(Diagnostic::without_span(Code::AllOfFilters, message).help(help))
        }
        (_, _, Selection::Them) if filters > 0 && filters < names.len() && !negated => {
            let filter = names.iter().find(|name| is_filter(name)).copied().unwrap_or_default();
            let message = format!("`them` includes `{filter}`, which its name says is to be excluded");
            Some(
                Diagnostic::without_span(Code::ThemWithFilter, message)
                    .help("name the detections by a pattern"),
            )
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use crate::lint::tests::{assert_told, codes_of, rule_of};

    const DETECTIONS: &str = "  selection:\n    CommandLine|contains: abc\n  filter_a:\n    User|contains: one\n  filter_b:\n    CurrentDirectory|contains: two\n";

    fn rule(condition: &str) -> String {
        rule_of(&format!("{DETECTIONS}  condition: {condition}\n"))
    }

    #[test]
    fn all_of_one_is_that_one() {
        assert_told(&rule("all of selection* and not 1 of filter_*"), "single-selector", "all of selection*");
        assert_eq!(codes_of(&rule("selection and not 1 of filter_*")), [""; 0]);
    }

    #[test]
    fn filters_exclude_one_by_one() {
        assert_told(&rule("selection and not all of filter_*"), "all-of-filters", "all of filter_*");
    }

    #[test]
    fn them_takes_filters_in() {
        assert_told(&rule("1 of them"), "them-with-filter", "1 of them");
        let text = rule("1 of them").replace("filter_", "selection_");
        assert_eq!(codes_of(&text), [""; 0]);
    }
}

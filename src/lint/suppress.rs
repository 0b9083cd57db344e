//! What the author of a rule and the user of the command allow.

use super::{Finding, Options};
use crate::diag::{Code, Diagnostic, Severity, Source, Span, did_you_mean};

/// Where a comment allows a code.
struct Allowance {
    code: Code,
    /// Of the code's name in the comment.
    span: Span,
    /// The lines that it covers; all for `allow-file`.
    lines: Option<(usize, usize)>,
    used: bool,
}

/// The findings that stay, with the severity that they have then, in the order of their places. Comments
/// (`rulec: allow(code)` on the line or the one before, `rulec: allow-file(code)`) and options allow all but errors;
/// allowances that nothing needs are told.
pub fn settle(source: &Source, findings: Vec<Finding>, options: &Options<'_>) -> Vec<Finding> {
    let (mut allowances, mut kept) = allowances(source);
    for mut finding in findings {
        let Diagnostic { code, severity, span, .. } = finding.diagnostic;
        if severity != Severity::Error {
            let line = span.map(|span| source.locate(span).line);
            let covers = |allowance: &&mut Allowance| {
                allowance.code == code
                    && allowance
                        .lines
                        .is_none_or(|(from, to)| line.is_some_and(|line| (from..=to).contains(&line)))
            };
            if let Some(allowance) = allowances.iter_mut().find(covers) {
                allowance.used = true;
                continue;
            }
            if options.deny.contains(&code) {
                finding.diagnostic.severity = Severity::Error;
            } else if options.allow.contains(&code) {
                continue;
            }
        }
        kept.push(finding);
    }
    let unused = allowances.iter().filter(|allowance| !allowance.used);
    kept.extend(unused.filter(|_| !options.allow.contains(&Code::UnusedAllowance)).map(|allowance| {
        let message = if allowance.code.severity() == Severity::Error {
            format!("`{}` is an error, which no comment allows", allowance.code)
        } else {
            format!("nothing here is found that `{}` would allow", allowance.code)
        };
        unused_allowance(allowance.span, message)
    }));
    kept.sort_by_key(|finding| (finding.rule.is_none(), finding.diagnostic.span));
    kept
}

fn unused_allowance(span: Span, message: String) -> Finding {
    Finding { diagnostic: Diagnostic::new(Code::UnusedAllowance, span, message), rule: None }
}

/// The allowances of a text, and what is wrong with them.
fn allowances(source: &Source) -> (Vec<Allowance>, Vec<Finding>) {
    const MARK: &str = "rulec: allow";
    let (mut found, mut faults) = (Vec::new(), Vec::new());
    let text = source.text();
    for (at, _) in text.match_indices(MARK) {
        let line_start = text[..at].rfind('\n').map_or(0, |newline| newline + 1);
        let before = text[line_start..at].trim_end();
        if !before.ends_with('#') && !before.ends_with("//") {
            continue;
        }
        let is_alone = before.trim_start_matches([' ', '\t', '#', '/', '-']).is_empty();
        let rest = &text[at + MARK.len()..];
        let (is_file, rest) = rest.strip_prefix("-file").map_or((false, rest), |rest| (true, rest));
        let Some(list) = rest.strip_prefix('(') else { continue };
        let line_end = list.find(['\n', '\r']).unwrap_or(list.len());
        let Some(end) = list[..line_end].find(')') else { continue };
        let line = source.locate(Span::new(at, at)).line;
        let mut start = text.len() - list.len();
        for part in list[..end].split(',') {
            let name = part.trim();
            let from = start + part.find(name).unwrap_or(0);
            start += part.len() + 1;
            let span = Span::new(from, from + name.len());
            if let Some(code) = Code::parse(name) {
                let lines = (!is_file).then_some((line, if is_alone { line + 1 } else { line }));
                found.push(Allowance { code, span, lines, used: false });
            } else {
                let finding = unused_allowance(span, format!("there is no check `{name}`"));
                let near = did_you_mean(name, Code::ALL.iter().map(|code| code.as_str()));
                let help = near.map(|near| format!("a similar one is `{near}`"));
                faults.push(Finding { diagnostic: Diagnostic { help, ..finding.diagnostic }, ..finding });
            }
        }
    }
    (found, faults)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::lint::tests::{codes_of, rule_of};

    fn rule(before: &str, after: &str) -> String {
        rule_of(&format!("  s:\n{before}    CommandLine|contains: '*abc'{after}\n  condition: s\n"))
    }

    #[test]
    fn a_comment_on_the_line_or_the_one_before_allows() {
        assert_eq!(codes_of(&rule("", "")), ["edge-wildcard"]);
        assert_eq!(codes_of(&rule("", " # rulec: allow(edge-wildcard)")), [""; 0]);
        assert_eq!(
            codes_of(&rule("    # rulec: allow(plain-regex, edge-wildcard)\n", ""))[..],
            ["unused-allowance"]
        );
        let file = format!("# rulec: allow-file(edge-wildcard)\n{}", rule("", ""));
        assert_eq!(codes_of(&file), [""; 0]);
    }

    #[test]
    fn a_comment_elsewhere_allows_nothing() {
        let codes = codes_of(&rule("    # rulec: allow(edge-wildcard)\n    User: a\n", ""));
        assert_eq!(codes, ["edge-wildcard", "unused-allowance"]);
        assert_eq!(
            codes_of(&rule("", " # rulec: allow(edge-wildcards)")),
            ["edge-wildcard", "unused-allowance"]
        );
    }

    #[test]
    fn options_allow_and_deny_and_errors_stay() {
        let source = Source::new("a.yml", "");
        let finding = |code| Finding { diagnostic: Diagnostic::without_span(code, "x"), rule: Some(0) };
        let all =
            vec![finding(Code::EdgeWildcard), finding(Code::YamlSyntax), finding(Code::UnusedSelection)];
        let options = Options {
            allow: BTreeSet::from([Code::EdgeWildcard, Code::YamlSyntax]),
            deny: BTreeSet::from([Code::UnusedSelection]),
            ..Options::default()
        };
        let kept = settle(&source, all, &options);
        let kept: Vec<_> = kept.iter().map(|it| (it.diagnostic.code, it.diagnostic.severity)).collect();
        assert_eq!(kept, [(Code::YamlSyntax, Severity::Error), (Code::UnusedSelection, Severity::Error)]);
    }
}

//! Findings as `JUnit`'s XML, for pipelines that show test results: a suite a file, a case a finding.

use indexmap::IndexMap;
use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use super::Finding;
use crate::diag::Severity;

/// The document. Errors and warnings are failures; what is only worth knowing is a case that passed, with a text. Each
/// of the files in `sound`, in which nothing was found, is a case that passed.
///
/// # Errors
/// If the XML cannot be written; no text that findings hold makes it so.
pub fn document<'a>(
    name: &str,
    findings: impl IntoIterator<Item = Finding<'a>>,
    sound: impl IntoIterator<Item = &'a str>,
) -> Result<String, String> {
    let mut suites: IndexMap<&str, TestSuite> = IndexMap::new();
    for finding in findings {
        let suite = suites.entry(finding.path).or_insert_with(|| TestSuite::new(finding.path));
        suite.add_test_case(case(&finding));
    }
    for path in sound {
        let suite = suites.entry(path).or_insert_with(|| TestSuite::new(path));
        let mut case = TestCase::new(path, TestCaseStatus::success());
        case.set_classname(name);
        suite.add_test_case(case);
    }
    let mut report = Report::new(name);
    report.add_test_suites(suites.into_values());
    report.to_string().map_err(|error| format!("cannot write JUnit's XML: {error}"))
}

fn case(finding: &Finding<'_>) -> TestCase {
    let diagnostic = finding.diagnostic;
    let place = diagnostic.span.map(|span| finding.source.locate(span));
    let place = place.map_or_else(String::new, |place| format!(":{}:{}", place.line, place.column));
    let place = format!("{}{place}", finding.path);
    let text = format!("{place}: {}", finding.text());
    let mut status = TestCaseStatus::success();
    if diagnostic.severity > Severity::Info {
        status = TestCaseStatus::non_success(NonSuccessKind::Failure);
        status.set_type(diagnostic.code.as_str()).set_message(diagnostic.message.as_str());
        status.set_description(text.as_str());
    }
    let mut case = TestCase::new(format!("{} {place}", diagnostic.code), status);
    case.set_classname(finding.title.unwrap_or(finding.path));
    if diagnostic.severity == Severity::Info {
        case.set_system_out(text.as_str());
    }
    case
}

#[cfg(test)]
mod tests {
    use super::{super::cases, *};

    #[test]
    fn findings_fail_and_hints_and_sound_files_pass() {
        let (source, diagnostics) = (cases::source(), cases::diagnostics());
        let findings = diagnostics.iter().map(|it| Finding::new(it, &source).of_rule("<a> & \"b\"", None));
        let xml = document("rulec check", findings, ["rules/sound.yml"]).unwrap();
        assert!(xml.contains("tests=\"4\" skipped=\"0\" failures=\"2\" errors=\"0\""), "{xml}");
        assert!(xml.contains("classname=\"&lt;a&gt; &amp; &quot;b&quot;\""), "{xml}");
        assert!(xml.contains("type=\"yaml-syntax\""), "{xml}");
        assert!(xml.contains("<testsuite name=\"rules/sound.yml\" tests=\"1\""), "{xml}");
    }
}

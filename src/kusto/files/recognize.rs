//! What a file is: by its content first, by the extension of its name second.

use super::{Kind, markdown};
use crate::kusto::parse::OPERATORS;

/// What a text is, if it holds Kusto queries; Sigma rules do not.
pub fn recognize(name: &str, text: &str) -> Option<Kind> {
    let text = text.trim_start_matches('\u{feff}');
    if text.trim_start().starts_with(['{', '[']) {
        return json(text);
    }
    match extension(name).as_str() {
        "md" | "markdown" => markdown::has_queries(text).then_some(Kind::Markdown),
        "yml" | "yaml" => yaml(text),
        "kql" | "csl" | "kusto" => {
            yaml(text).or_else(|| code_lines(text).next().is_some().then_some(Kind::Query))
        }
        _ if is_sigma(text) => None,
        _ => yaml(text)
            .or_else(|| (has_fence(text) && markdown::has_queries(text)).then_some(Kind::Markdown))
            .or_else(|| is_query(text).then_some(Kind::Query)),
    }
}

/// The extension of a file's name in lower case; empty without one.
fn extension(name: &str) -> String {
    let file = name.rsplit(['/', '\\']).next().unwrap_or(name);
    file.rsplit_once('.').map_or_else(String::new, |(_, extension)| extension.to_ascii_lowercase())
}

/// The keys at the top level of a YAML text, each with what follows it on its line. This is cheaper than parsing, and
/// also tells what a broken file was meant to be.
fn top_level(text: &str) -> impl Iterator<Item = (&str, &str)> {
    let mut indentation = None;
    text.lines().filter_map(move |line| {
        let inner = line.trim_start_matches(' ');
        let (key, value) = inner.split_once(':')?;
        let key = key.trim_end().trim_matches(['"', '\'']);
        let is_key = !key.is_empty() && key.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
        let depth = line.len() - inner.len();
        (is_key && *indentation.get_or_insert(depth) == depth).then(|| (key, value.trim()))
    })
}

fn is_sigma(text: &str) -> bool {
    top_level(text).any(|(key, _)| matches!(key, "detection" | "logsource"))
}

/// Which of the rules that are written in YAML a text holds.
fn yaml(text: &str) -> Option<Kind> {
    const SCHEDULE: [&str; 4] = ["queryFrequency", "queryPeriod", "triggerOperator", "triggerThreshold"];
    const OF_HUNTING: [&str; 4] =
        ["requiredDataConnectors", "tactics", "relevantTechniques", "entityMappings"];
    let (mut has_query, mut is_analytic, mut is_hunting) = (false, false, false);
    for (key, value) in top_level(text) {
        match key {
            "detection" | "logsource" => return None,
            "query" => has_query = true,
            "kind" => {
                let value = value.trim_matches(['"', '\'']);
                is_analytic |= ["Scheduled", "NRT"].iter().any(|kind| kind.eq_ignore_ascii_case(value));
            }
            key if SCHEDULE.contains(&key) => is_analytic = true,
            key if OF_HUNTING.contains(&key) => is_hunting = true,
            _ => {}
        }
    }
    match (has_query, is_analytic, is_hunting) {
        (true, true, _) => Some(Kind::SentinelAnalytic),
        (true, false, true) if is_of_defender(text) => Some(Kind::DefenderHunting),
        (true, false, true) => Some(Kind::SentinelHunting),
        _ => None,
    }
}

/// Whether the only connector that a hunting query needs is Defender's.
fn is_of_defender(text: &str) -> bool {
    let mut connectors =
        text.lines().filter_map(|line| line.split_once("connectorId:")).map(|(_, id)| id.trim());
    connectors.next().is_some_and(|first| first.contains("MicrosoftThreatProtection"))
        && connectors.all(|id| id.contains("MicrosoftThreatProtection"))
}

/// Which of the rules that are written in JSON a text holds.
fn json(text: &str) -> Option<Kind> {
    const RESOURCES: [&str; 4] = [
        "microsoft.securityinsights/alertrule",
        "/providers/alertrules",
        "/savedsearches",
        "\"queryfrequency\"",
    ];
    let text = text.to_ascii_lowercase();
    if text.contains("\"querycondition\"") && text.contains("\"querytext\"") {
        return Some(Kind::CustomDetection);
    }
    let is_arm = text.contains("\"query\"") && RESOURCES.iter().any(|resource| text.contains(resource));
    is_arm.then_some(Kind::Arm)
}

fn has_fence(text: &str) -> bool {
    text.lines().any(|line| line.trim_start().starts_with("```"))
}

/// The lines of a query that are neither empty nor comments.
pub(super) fn code_lines(text: &str) -> impl Iterator<Item = &str> {
    text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with("//"))
}

/// Whether a text looks like a query: it has an operator after a pipe, or starts with a statement.
pub(super) fn is_query(text: &str) -> bool {
    let Some(first) = code_lines(text).next() else { return false };
    let is_table = first.starts_with('|') && first.ends_with('|');
    let is_other = is_table || first.starts_with(['{', '<', '$', '#', '-', '*']);
    !is_other && (starts_statement(first) || code_lines(text).any(pipes_into_operator))
}

/// Whether a line is code although nothing but its fence says so: `SigninLogs`, `MyFunction(1)`.
pub(super) fn is_expression(text: &str) -> bool {
    code_lines(text)
        .next()
        .is_some_and(|first| first.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_'))
}

fn starts_statement(line: &str) -> bool {
    let end = line.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(line.len());
    let (word, rest) = line.split_at(end);
    match word {
        "let" => rest.starts_with(char::is_whitespace) && rest.contains('='),
        "union" => rest.starts_with(' ') && (rest.contains(',') || rest.contains('*') || rest.contains('=')),
        "search" | "find" => {
            rest.trim_start().starts_with(['"', '\'', 'i', '(']) && rest.contains(['"', '\''])
        }
        "print" | "datatable" | "externaldata" => {
            rest.trim_start().starts_with(['(', '"']) || rest.contains('=')
        }
        "range" => rest.contains(" from ") && rest.contains(" to "),
        _ => false,
    }
}

fn pipes_into_operator(line: &str) -> bool {
    line.split('|').skip(1).any(|after| {
        let after = after.trim_start();
        let end = after.find(|c: char| !(c.is_ascii_alphanumeric() || c == '-')).unwrap_or(after.len());
        let word = after[..end].to_ascii_lowercase();
        OPERATORS.contains(&word.as_str())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sigma_is_none_of_it() {
        let text = "title: x\nlogsource:\n  product: windows\ndetection:\n  s:\n    a|contains: '| where'\n";
        for name in ["a.yml", "<stdin>", "a", "a.txt"] {
            assert_eq!(recognize(name, text), None, "{name}");
        }
    }

    #[test]
    fn yaml_rules_are_told_apart_by_their_keys() {
        let hunting = "id: 1\nname: x\nrequiredDataConnectors:\n  - connectorId: A\nquery: |\n  T\n";
        assert_eq!(recognize("a.yaml", hunting), Some(Kind::SentinelHunting));
        let defender = hunting.replace("connectorId: A", "connectorId: MicrosoftThreatProtection");
        assert_eq!(recognize("a.yaml", &defender), Some(Kind::DefenderHunting));
        let both = defender.replace("query:", "  - connectorId: B\nquery:");
        assert_eq!(recognize("a.yaml", &both), Some(Kind::SentinelHunting));
        assert_eq!(recognize("a.yaml", &format!("{defender}kind: NRT\n")), Some(Kind::SentinelAnalytic));
        assert_eq!(recognize("a.yaml", &format!("{hunting}queryPeriod: 1d\n")), Some(Kind::SentinelAnalytic));
        assert_eq!(recognize("<stdin>", hunting), Some(Kind::SentinelHunting));
        let indented = hunting.replace('\n', "\n  ");
        assert_eq!(recognize("a.yaml", &format!("# why\n  {indented}")), Some(Kind::SentinelHunting));
        assert_eq!(recognize("a.yaml", "name: x\nquery: select 1\n"), None);
    }

    #[test]
    fn json_is_recognised_by_its_resources() {
        let arm = r#"{"resources": [{"type": "Microsoft.SecurityInsights/alertRules", "properties": {"query": "T"}}]}"#;
        assert_eq!(recognize("a.json", arm), Some(Kind::Arm));
        assert_eq!(recognize("a.txt", arm), Some(Kind::Arm));
        let graph = r#"{"displayName": "x", "queryCondition": {"queryText": "T"}}"#;
        assert_eq!(recognize("a.json", graph), Some(Kind::CustomDetection));
        assert_eq!(recognize("package.json", r#"{"name": "x", "query": 1}"#), None);
    }

    #[test]
    fn bare_queries_need_an_operator_or_a_statement_unless_their_name_says_it() {
        let is_query = |name: &str, text: &str| recognize(name, text) == Some(Kind::Query);
        assert!(is_query("a.txt", "// why\nSigninLogs\n| where x == 1\n"));
        assert!(is_query("KQL_onedrive", "SigninLogs | take 5"));
        assert!(is_query("a", "let x = 5;\nT"));
        assert!(is_query("a.kql", "SigninLogs"));
        assert!(!is_query("a.kql", "// nothing\n"));
        assert!(!is_query("notes.txt", "let us find all the things"));
        assert!(!is_query("table.txt", "| where | what |\n"));
        assert!(!is_query("domains.txt", "a.com\nb.com\n"));
    }

    #[test]
    fn markdown_needs_a_query() {
        assert_eq!(recognize("a.md", "# x\n```kql\nT | take 1\n```\n"), Some(Kind::Markdown));
        assert_eq!(recognize("a", "# x\n```\nT | take 1\n```\n"), Some(Kind::Markdown));
        assert_eq!(recognize("README.md", "# x\n```sh\nls | sort\n```\n"), None);
    }
}

//! Terms: what Kusto's `has` and its relatives look for.

use super::{Case, Regex, RegexFlags};

/// What of a term counts. A term is a run of letters and digits, as long as it gets ("String operators", on what is a
/// term).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TermPart {
    /// All of it: `has`.
    Whole,
    /// Its start: `hasprefix`.
    Prefix,
    /// Its end: `hassuffix`.
    Suffix,
}

/// The regex that is found where a text has `term`: no letter or digit stands next to those ends of it that are
/// letters or digits themselves and have to be ends of a term.
pub fn term_regex(part: TermPart, term: &str, case: Case) -> Regex {
    const OTHER: &str = "[^0-9A-Za-z]";
    let is_bound = |edge: Option<char>| edge.is_some_and(char::is_alphanumeric);
    let starts = part != TermPart::Suffix && is_bound(term.chars().next());
    let ends = part != TermPart::Prefix && is_bound(term.chars().next_back());
    let before = if starts { format!("(?:^|{OTHER})") } else { String::new() };
    let after = if ends { format!("(?:{OTHER}|$)") } else { String::new() };
    let source = format!("{before}{}{after}", regex_syntax::escape(term));
    let flags = RegexFlags { ignore_case: case == Case::Insensitive, ..RegexFlags::default() };
    Regex::parse(&source, flags).expect("invariant: escaped text between constant parts is a regex")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn has(text: &str, term: &str) -> bool {
        term_regex(TermPart::Whole, term, Case::Insensitive).is_match(text)
    }

    #[test]
    fn a_term_is_a_whole_run_of_letters_and_digits() {
        assert!(has("North America", "america"));
        assert!(!has("KustoExplorerQueryRun", "Explorer"));
        assert!(has("a_b", "B") && has("C:\\Temp\\a.exe", "temp"));
        assert!(!has("powershell2", "powershell"));
    }

    #[test]
    fn what_holds_separators_is_a_phrase_of_terms() {
        assert!(has("C:\\Temp\\a.exe", "Temp\\a"));
        assert!(!has("C:\\Temp\\a.exe", "emp\\a"));
        assert!(has("cmd /c dir", "/c") && !has("cmd /call", "/c"));
    }

    #[test]
    fn prefixes_and_suffixes_are_of_terms() {
        let found = |part, text: &str| term_regex(part, "ame", Case::Insensitive).is_match(text);
        assert!(found(TermPart::Prefix, "North America") && !found(TermPart::Suffix, "North America"));
        assert!(found(TermPart::Suffix, "the same") && !found(TermPart::Prefix, "the same"));
    }
}

//! Filtering parameters of functions that are used as tables, such as ASIM's unified parsers.
//!
//! A parameter filters before the parser does its work; what the query asks stays in its `where`. So an argument is
//! given only where the rule's condition implies it, and it never changes the result. Sources: "Advanced Security
//! Information Model parsers: filtering parameters"; "has operator" (terms of letters and digits, whole ones).

use std::sync::Arc;

use super::ast::{Argument, Dynamic, Expression, Literal, Name, Place};
use crate::ir::{Condition, Pattern, Piece, Rule, Stage, Test};

/// The index holds no shorter terms.
const SHORTEST_TERM: usize = 3;

/// The arguments that the rule's condition implies, in the parameters' order.
pub(super) fn arguments(rule: &Rule, parameters: &[(Arc<str>, Arc<str>)]) -> Vec<Argument> {
    let conjuncts: Vec<&Condition> =
        rule.stages.iter().filter_map(Stage::condition).flat_map(Condition::conjuncts).collect();
    let argument = |(parameter, column): &(Arc<str>, Arc<str>)| {
        let value: fn(&Pattern) -> Option<String> = match parameter.rsplit('_').next() {
            Some("any") => |pattern| term(pattern).map(str::to_owned),
            Some("in") => |pattern| pattern.as_exact().map(str::to_owned),
            _ => return None,
        };
        let values = conjuncts.iter().find_map(|conjunct| values(conjunct, column, value))?;
        let list = values.into_iter().map(|value| Dynamic::Literal(Literal::String(value))).collect();
        Some(Argument {
            name: Some(Name::from(&**parameter)),
            value: Expression::Dynamic(Dynamic::Array(list), Place::default()),
        })
    };
    parameters.iter().filter_map(argument).collect()
}

/// A value for each alternative of a condition that is about the one column; `None` if it is about more, or if an
/// alternative implies no value.
fn values(condition: &Condition, column: &str, value: fn(&Pattern) -> Option<String>) -> Option<Vec<String>> {
    let mut found: Vec<String> = Vec::new();
    for alternative in condition.disjuncts() {
        let Condition::Is(predicate) = alternative else { return None };
        let Test::Text(pattern, _) = &predicate.test else { return None };
        if &*predicate.field()?.name != column {
            return None;
        }
        let value = value(pattern)?;
        if !found.contains(&value) {
            found.push(value);
        }
    }
    Some(found)
}

/// The longest text that every value which fits the pattern has as whole terms.
fn term(pattern: &Pattern) -> Option<&str> {
    let pieces = pattern.pieces();
    let mut longest = None;
    for (index, piece) in pieces.iter().enumerate() {
        let Piece::Literal(text) = piece else { continue };
        let found = whole_terms(text, index == 0, index + 1 == pieces.len());
        if found.len() >= SHORTEST_TERM && longest.is_none_or(|longest: &str| longest.len() < found.len()) {
            longest = Some(found);
        }
    }
    longest
}

/// What is left of a text between separators, of which the ends of a value are some. Other characters than ASCII
/// are trusted on neither side: what counts as a letter there is the service's affair.
fn whole_terms(text: &str, starts_value: bool, ends_value: bool) -> &str {
    let separates = |c: char| c.is_ascii() && !c.is_ascii_alphanumeric() && c != '_';
    let start = match text.find(separates) {
        _ if starts_value => 0,
        Some(at) => at,
        None => return "",
    };
    let end = match text.rfind(separates) {
        _ if ends_value => text.len(),
        Some(at) => at,
        None => return "",
    };
    if start >= end { "" } else { text[start..end].trim_matches(|c: char| !c.is_ascii_alphanumeric()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terms_are_whole() {
        assert_eq!(term(&Pattern::ends_with(r"\cmd.exe")), Some("cmd.exe"));
        assert_eq!(term(&Pattern::exact("whoami.exe")), Some("whoami.exe"));
        assert_eq!(term(&Pattern::contains(" -enc ")), Some("enc"));
        assert_eq!(term(&Pattern::contains("x /stext y")), Some("stext"));
        assert_eq!(term(&Pattern::starts_with(r"C:\Users\Pub")), Some(r"C:\Users"));
    }

    #[test]
    fn parts_of_words_are_no_terms() {
        assert_eq!(term(&Pattern::contains("powershell")), None);
        assert_eq!(term(&Pattern::ends_with("cmd.exe")), Some("exe"));
        assert_eq!(term(&Pattern::contains(" /c ")), None);
        assert_eq!(term(&Pattern::contains("_name_")), None);
        assert_eq!(term(&Pattern::contains("é-no-é")), Some("no").filter(|term| term.len() > 2));
    }
}

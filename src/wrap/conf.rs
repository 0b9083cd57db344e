//! Splunk's configuration files: what may stand in a stanza's name and in a setting's value.

use crate::diag::{Code, Diagnostic};

/// A name for a stanza: no brackets, which would end it, nor that of the settings for all stanzas.
pub(super) fn stanza(name: &str) -> String {
    let name = name.replace('[', "(").replace(']', ")");
    if name.eq_ignore_ascii_case("default") { format!("{name} (rule)") } else { name }
}

/// A text as a setting's value: a backslash at the end of a line says that the value goes on in the next one.
///
/// # Errors
/// A line of the text ends in a backslash itself, or has characters that no configuration file holds.
pub(super) fn value(text: &str) -> Result<String, Diagnostic> {
    let refuse = |what: &str| {
        let message = format!("a configuration file of Splunk cannot hold {what}");
        Err(Diagnostic::without_span(Code::Unsupported, message))
    };
    if text.contains(|c: char| c.is_control() && c != '\n' && c != '\t') {
        return refuse("control characters");
    }
    let lines: Vec<&str> = text.trim_end_matches('\n').split('\n').collect();
    // The query itself is not touched; in prose nothing hangs on a blank.
    if lines.iter().any(|line| line.ends_with('\\')) {
        return refuse("a line that ends in a backslash");
    }
    Ok(lines.join("\\\n"))
}

/// Prose as a setting's value.
pub(super) fn prose(text: &str) -> String {
    let lines =
        text.lines().map(|line| if line.ends_with('\\') { format!("{line} ") } else { line.to_owned() });
    lines.collect::<Vec<_>>().join("\\\n")
}

/// Prose for a setting in which `$name$` is replaced by a field of the result.
pub(super) fn without_tokens(text: &str) -> (String, bool) {
    let has = text.matches('$').count() > 1;
    (if has { text.replace('$', "＄") } else { text.to_owned() }, has)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_ends_its_stanza() {
        assert_eq!(stanza("a] [b"), "a) (b");
        assert_eq!(stanza("Default"), "Default (rule)");
    }

    #[test]
    fn lines_go_on_after_a_backslash() {
        assert_eq!(value("a\n[b]\n# c").unwrap(), "a\\\n[b]\\\n# c");
        assert!(value("a\\\nb").is_err());
        assert!(value("a\u{0}").is_err());
        assert_eq!(prose("a\\\nb"), "a\\ \\\nb");
    }

    #[test]
    fn tokens_are_no_longer_tokens() {
        assert_eq!(without_tokens("C$ only"), ("C$ only".to_owned(), false));
        assert_eq!(without_tokens("$user$"), ("＄user＄".to_owned(), true));
    }
}

//! The description of each code, as `docs/lint.md` has it.

use crate::diag::Code;

/// The document; each code is a heading of the third level.
const DOCUMENT: &str = include_str!("../../docs/lint.md");

/// Every code that the document describes, with its section's text.
pub fn sections() -> impl Iterator<Item = (&'static str, &'static str)> {
    DOCUMENT.split("\n### ").skip(1).filter_map(|section| {
        let (head, rest) = section.split_once('\n')?;
        let text = rest.split("\n## ").next().unwrap_or(rest);
        Some((head.trim().trim_matches('`'), text.trim()))
    })
}

/// What a code means and what to do, as markdown: its section of the document, or its sentence in the registry.
pub fn describe(code: Code) -> String {
    let section = sections().find(|(name, _)| *name == code.as_str());
    let severity = code.severity().as_str();
    match section {
        Some((_, text)) => format!("{code} ({severity})\n\n{text}\n"),
        None => format!("{code} ({severity})\n\n{}\n", code.explanation()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diag::Severity;

    #[test]
    fn the_document_describes_codes_that_there_are_with_their_severity() {
        for (name, text) in sections() {
            let code = Code::parse(name).unwrap_or_else(|| panic!("there is no code `{name}`"));
            let severity = match code.severity() {
                Severity::Error => "Error",
                Severity::Warning => "Warning",
                Severity::Info => "Hint",
            };
            assert!(text.starts_with(severity), "{name} is a {severity}: {text}");
        }
    }

    #[test]
    fn every_check_of_the_linter_is_described() {
        let described: Vec<&str> = sections().map(|(name, _)| name).collect();
        let codes = Code::ALL.iter().map(|code| code.as_str());
        let of_lint =
            codes.skip_while(|name| *name != "invalid-id").take_while(|name| *name != "unused-allowance");
        let missing: Vec<&str> =
            of_lint.chain(["unused-allowance"]).filter(|name| !described.contains(name)).collect();
        assert!(missing.is_empty(), "docs/lint.md lacks {missing:?}");
    }
}

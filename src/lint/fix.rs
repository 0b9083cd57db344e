//! Texts set right.

use super::{File, Meaning, Options, check, meant, read, settle};
use crate::{
    diag::{Diagnostic, Fix, Source},
    ir::Metadata,
    read::Format,
    sigma::{ReadOptions, Reading},
};

/// How often a text is looked at again: a fix may bare another fault.
const MAX_PASSES: usize = 5;

/// A text set right.
#[derive(Debug, PartialEq, Eq)]
pub struct Fixed {
    /// The new text.
    pub text: String,
    /// How many findings are gone.
    pub count: usize,
}

/// Makes the fixes of what is found in a file's documents that are asked for, by their places, as far as every rule then
/// still means what it meant; `None` if there are none to make.
pub fn fixed(
    source: &Source,
    format: Format,
    reading: &ReadOptions,
    options: &Options<'_>,
    is_asked: &dyn Fn(usize) -> bool,
) -> Option<Fixed> {
    let mut text = source.text().to_owned();
    let mut count = 0;
    for _ in 0..MAX_PASSES {
        let now = Source::new(source.name(), text.as_str());
        let (next, made) = pass(&now, format, reading, options, is_asked);
        if made == 0 {
            break;
        }
        count += made;
        text = next;
    }
    (count > 0).then_some(Fixed { text, count })
}

fn pass(
    source: &Source,
    format: Format,
    reading: &ReadOptions,
    options: &Options<'_>,
    is_asked: &dyn Fn(usize) -> bool,
) -> (String, usize) {
    let (readings, written) = read(source, format, reading);
    let file = File { source, format, readings: &readings, written: &written };
    // No fix is of a finding that conversion makes.
    let options = Options { convert: false, ..options.clone() };
    let findings = settle(source, check(&file, &options).findings, &options);
    let asked = findings.iter().filter(|finding| finding.rule.is_none_or(is_asked));
    let fixes: Vec<&Fix> = asked.filter_map(|finding| finding.diagnostic.fix.as_deref()).collect();
    let before = summary(&readings);
    let try_all = |fixes: &[&Fix]| {
        let (text, made) = Fix::apply(source.text(), fixes.iter().copied());
        let changed = Source::new(source.name(), text.as_str());
        (summary(&crate::read::read(&changed, format, reading)) == before)
            .then(|| (text, made.iter().filter(|made| **made).count()))
    };
    if fixes.is_empty() {
        return (String::new(), 0);
    }
    if let Some(done) = try_all(&fixes) {
        return done;
    }
    // One of them does what it should not: the others are made.
    let mut good: Vec<&Fix> = Vec::new();
    for fix in fixes {
        good.push(fix);
        if try_all(&good).is_none() {
            good.pop();
        }
    }
    try_all(&good).filter(|_| !good.is_empty()).unwrap_or_default()
}

/// What must stay as it is: which rules there are, what they mean, what stops them, and who they are.
fn summary(readings: &[Reading]) -> Vec<(Option<Meaning>, Identity, Vec<Diagnostic>)> {
    let errors = |reading: &Reading| {
        let errors = reading.diagnostics.iter().filter(|it| it.is_error());
        errors.map(|error| Diagnostic { span: None, related: None, ..error.clone() }).collect()
    };
    let one = |reading: &Reading| {
        (meant(reading).map(|rule| Meaning::of(&rule)), Identity::of(&reading.metadata), errors(reading))
    };
    readings.iter().map(one).collect()
}

/// The metadata that no fix touches.
#[derive(PartialEq, Eq)]
struct Identity {
    title: String,
    id: Option<String>,
    name: Option<String>,
    custom: Vec<String>,
}

impl Identity {
    fn of(metadata: &Metadata) -> Self {
        Self {
            title: metadata.title.clone(),
            id: metadata.id.clone(),
            name: metadata.name.clone(),
            custom: metadata.custom.iter().map(|(key, value)| format!("{key}: {value}")).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::tests::{codes_of, rule_of};

    fn fixed_text(text: &str) -> Option<(String, usize)> {
        let source = Source::new("a.yml", text);
        let (reading, options) = (ReadOptions::default(), Options::default());
        let fixed = fixed(&source, Format::Sigma, &reading, &options, &|_| true);
        fixed.map(|fixed| (fixed.text, fixed.count))
    }

    #[test]
    fn fixes_keep_comments_and_layout_and_are_made_once() {
        let text = rule_of(
            "  # what\n  s:\n    CommandLine|contains|all:   '*a b*'  # why\n  t:\n    User:\n      - a # one\n      - b\n      - B\n  condition: s and t\n",
        );
        let (new, count) = fixed_text(&text).unwrap();
        let expected =
            text.replace("|contains|all:   '*a b*'", "|contains:   'a b'").replace("      - B\n", "");
        assert_eq!((new.as_str(), count), (expected.as_str(), 3));
        assert_eq!(codes_of(&new), [""; 0]);
        assert_eq!(fixed_text(&new), None);
    }

    #[test]
    fn what_a_comment_allows_stays() {
        let text =
            rule_of("  s:\n    CommandLine|contains: '*abc' # rulec: allow(edge-wildcard)\n  condition: s\n");
        assert_eq!(fixed_text(&text), None);
    }

    #[test]
    fn only_documents_that_are_asked_for_are_set_right() {
        let one = rule_of("  s:\n    CommandLine|contains: '*abc'\n  condition: s\n");
        let source = Source::new("a.yml", format!("{one}---\n{one}"));
        let (reading, options) = (ReadOptions::default(), Options::default());
        let fixed = fixed(&source, Format::Sigma, &reading, &options, &|place| place == 1).unwrap();
        assert_eq!(fixed.text, format!("{one}---\n{}", one.replace("*abc", "abc")));
    }

    #[test]
    fn a_fix_that_would_change_the_meaning_is_not_made() {
        // Without its star, the plain scalar is a number.
        let text = rule_of(
            "  s:\n    CommandLine|contains|cased: 0x1F*\n    User|all|contains: b\n  condition: s\n",
        );
        let (new, _) = fixed_text(&text).unwrap();
        assert!(new.contains("User|contains: b"), "{new}");
        assert_eq!(crate::lint::tests::found_in(&new).1.iter().filter(|it| it.is_error()).count(), 0);
    }
}

//! Values inside XML text, whose markup characters stand there as entities.

use super::Reason;
use crate::ir::{Pattern, Piece, Test};

/// The tests, one of which holds on a value's XML text if and only if one of `tests` holds on the value.
/// Quotation marks need no escape in an element's text, and writers differ: both forms count.
pub(in crate::mapping) fn escaped(tests: &[Test]) -> Result<Vec<Test>, Reason> {
    let mut escaped = Vec::with_capacity(tests.len());
    for test in tests {
        match test {
            Test::Text(pattern, case) => {
                let has_quotes = pattern.literals().any(|text| text.contains(['"', '\'']));
                let forms = if has_quotes { &[false, true][..] } else { &[false] };
                let form = |quotes: &bool| Test::Text(rewritten(pattern, *quotes), *case);
                escaped.extend(forms.iter().map(form));
            }
            Test::Regex(regex) if regex.source().contains(['&', '<', '>', '"', '\'']) => {
                return Err(
                    "the value stands in XML, where this expression's characters are entities".to_owned()
                );
            }
            other => escaped.push(other.clone()),
        }
    }
    Ok(escaped)
}

fn rewritten(pattern: &Pattern, quotes: bool) -> Pattern {
    Pattern::new(pattern.pieces().iter().map(|piece| match piece {
        Piece::Literal(text) => Piece::Literal(entities(text, quotes)),
        wildcard => wildcard.clone(),
    }))
}

/// Text as it stands in an element, its quotation marks escaped too if so wanted.
pub(in crate::mapping) fn entities(text: &str, quotes: bool) -> String {
    let text = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    if quotes { text.replace('"', "&quot;").replace('\'', "&apos;") } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ir::Case;

    fn forms(text: &str) -> Vec<String> {
        let tests = escaped(&[Test::contains(text)]).unwrap();
        let text = |test: &Test| match test {
            Test::Text(pattern, Case::Insensitive) => pattern.to_sigma(),
            other => panic!("{other:?}"),
        };
        tests.iter().map(text).collect()
    }

    #[test]
    fn markup_stands_as_entities() {
        assert_eq!(forms("a & b"), ["*a &amp; b*"]);
        assert_eq!(forms("<x>"), ["*&lt;x&gt;*"]);
    }

    #[test]
    fn quotation_marks_stand_either_way() {
        assert_eq!(forms(r#"a "b""#), [r#"*a "b"*"#, "*a &quot;b&quot;*"]);
    }
}

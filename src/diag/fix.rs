//! Changes of a source's text that set a problem right.

use super::Span;

/// A range of bytes and what comes in its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edit {
    /// What goes.
    pub span: Span,
    /// What comes.
    pub text: String,
}

/// Edits that belong together: all are made, or none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fix {
    /// What it does, as an order: `remove the duplicate value`.
    pub title: String,
    /// The edits; none overlaps another.
    pub edits: Vec<Edit>,
}

impl Fix {
    /// A fix of one edit.
    pub fn replace(span: Span, text: impl Into<String>, title: impl Into<String>) -> Self {
        Self { title: title.into(), edits: vec![Edit { span, text: text.into() }] }
    }

    /// Makes the edits of all fixes that fit one another, the first ones first; the text, and which were made.
    pub fn apply<'a>(text: &str, fixes: impl IntoIterator<Item = &'a Fix>) -> (String, Vec<bool>) {
        let mut edits: Vec<&Edit> = Vec::new();
        let mut made = Vec::new();
        for fix in fixes {
            let fits = fix.edits.iter().all(|edit| {
                text.get(edit.span.range()).is_some()
                    && edits.iter().all(|other| other == &edit || !overlap(other.span, edit.span))
            });
            if fits {
                edits.extend(&fix.edits);
            }
            made.push(fits);
        }
        edits.sort_by_key(|edit| edit.span);
        edits.dedup();
        let mut out = String::with_capacity(text.len());
        let mut at = 0;
        for edit in edits {
            out.push_str(&text[at..edit.span.range().start]);
            out.push_str(&edit.text);
            at = edit.span.range().end;
        }
        out.push_str(&text[at..]);
        (out, made)
    }
}

/// Whether two edits cannot both be made; two at one place cannot, as their order is open.
fn overlap(left: Span, right: Span) -> bool {
    left.start == right.start || (left.start < right.end && right.start < left.end)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fix(start: usize, end: usize, text: &str) -> Fix {
        Fix::replace(Span::new(start, end), text, "x")
    }

    #[test]
    fn edits_are_made_from_first_to_last_place() {
        let (text, made) = Fix::apply("abcdef", &[fix(4, 5, "E"), fix(0, 2, "")]);
        assert_eq!((text.as_str(), made), ("cdEf", vec![true, true]));
    }

    #[test]
    fn of_two_that_overlap_the_first_is_made() {
        let (text, made) = Fix::apply("abcdef", &[fix(1, 3, "x"), fix(2, 4, "y"), fix(9, 10, "z")]);
        assert_eq!((text.as_str(), made), ("axdef", vec![true, false, false]));
    }
}

//! Regular expressions of `REPLACE`, which are Java's (`java.util.regex.Pattern`).

use std::ops::Range;

use regex_syntax::ast::{self, AssertionKind, Ast, ClassSetItem, FlagsItemKind, GroupKind, Visitor};

/// An expression and a replacement that leave of a text what a group of the first match has, and nothing without one.
///
/// # Errors
/// What Java's syntax lacks, or a group that the expression does not have.
pub(super) fn first_match(source: &str, group: u64) -> Result<(String, String), &'static str> {
    let found = found(source)?;
    if group > found.groups {
        return Err("the regular expression has no such group");
    }
    let inner = java(source, found.changed);
    // Lines end in line feeds alone (`d`), and a dot matches any other character (`-s`).
    let inner = if group == 0 { format!("((?d-s:{inner}))") } else { format!("(?d-s:{inner})") };
    Ok((format!("(?s)^.*?{inner}.*$|^.*$"), format!("${}", group.max(1))))
}

/// The expression as Java's syntax has it.
///
/// # Errors
/// What that lacks.
pub(super) fn searched(source: &str) -> Result<String, &'static str> {
    let found = found(source)?;
    let is_plain = !found.has_dot && found.changed.is_empty();
    let inner = java(source, found.changed);
    Ok(if is_plain { inner } else { format!("(?d:{inner})") })
}

/// Text as a replacement: `$` and `\` refer to groups there.
pub(super) fn replacement(text: &str) -> String {
    text.replace('\\', r"\\").replace('$', r"\$")
}

/// A replacement that names groups as `\1`.
pub(super) fn replacement_with_groups(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match (c, chars.peek()) {
            ('\\', Some(digit)) if digit.is_ascii_digit() => out.push('$'),
            ('\\', _) => {
                chars.next_if_eq(&'\\');
                out.push_str(r"\\");
            }
            ('$', _) => out.push_str(r"\$"),
            (c, _) => out.push(c),
        }
    }
    out
}

fn found(source: &str) -> Result<Found, &'static str> {
    let ast = ast::parse::Parser::new().parse(source).map_err(|_| "the regular expression does not parse")?;
    ast::visit(&ast, Found::default())
}

/// The expression with the changes that Java's syntax needs.
fn java(source: &str, mut changed: Vec<(Range<usize>, &'static str)>) -> String {
    changed.sort_by_key(|(range, _)| range.start);
    let mut out = String::with_capacity(source.len());
    let mut at = 0;
    for (range, text) in changed {
        out.push_str(&source[at..range.start]);
        out.push_str(text);
        at = range.end;
    }
    out.push_str(&source[at..]);
    out
}

#[derive(Default)]
struct Found {
    groups: u64,
    changed: Vec<(Range<usize>, &'static str)>,
    is_multi_line: bool,
    has_dot: bool,
}

impl Found {
    fn change(&mut self, span: ast::Span, text: &'static str) {
        self.changed.push((span.start.offset..span.end.offset, text));
    }

    fn flags(&mut self, flags: &ast::Flags) -> Result<(), &'static str> {
        for item in &flags.items {
            match item.kind {
                FlagsItemKind::Flag(ast::Flag::MultiLine) => self.is_multi_line = true,
                FlagsItemKind::Flag(ast::Flag::CaseInsensitive | ast::Flag::DotMatchesNewLine)
                | FlagsItemKind::Negation => {}
                FlagsItemKind::Flag(_) => {
                    return Err("a flag of the regular expression means something else");
                }
            }
        }
        Ok(())
    }
}

impl Visitor for Found {
    type Output = Self;
    type Err = &'static str;

    fn finish(self) -> Result<Self, &'static str> {
        Ok(self)
    }

    fn visit_pre(&mut self, ast: &Ast) -> Result<(), &'static str> {
        match ast {
            Ast::Flags(flags) => self.flags(&flags.flags)?,
            Ast::Group(group) => match &group.kind {
                GroupKind::CaptureIndex(_) => self.groups += 1,
                GroupKind::CaptureName { starts_with_p, .. } => {
                    self.groups += 1;
                    if *starts_with_p {
                        let start = group.span.start.offset;
                        self.changed.push((start..start + "(?P<".len(), "(?<"));
                    }
                }
                GroupKind::NonCapturing(flags) => self.flags(flags)?,
            },
            // Java's `$` is before a last line end too.
            Ast::Assertion(assertion) => match assertion.kind {
                AssertionKind::EndLine if !self.is_multi_line => self.change(assertion.span, r"\z"),
                AssertionKind::StartLine
                | AssertionKind::EndLine
                | AssertionKind::StartText
                | AssertionKind::EndText
                | AssertionKind::WordBoundary
                | AssertionKind::NotWordBoundary => {}
                _ => return Err("an assertion of the regular expression has no counterpart"),
            },
            Ast::Dot(_) => self.has_dot = true,
            _ => {}
        }
        Ok(())
    }

    fn visit_class_set_item_pre(&mut self, item: &ClassSetItem) -> Result<(), &'static str> {
        match item {
            ClassSetItem::Ascii(_) | ClassSetItem::Bracketed(_) => {
                Err("a class of the regular expression has no counterpart")
            }
            _ => Ok(()),
        }
    }

    fn visit_class_set_binary_op_pre(&mut self, _: &ast::ClassSetBinaryOp) -> Result<(), &'static str> {
        Err("a class of the regular expression has no counterpart")
    }
}

#[cfg(test)]
mod tests {
    use super::{first_match, replacement, replacement_with_groups};

    #[test]
    fn the_first_match_is_what_a_whole_match_leaves_of_the_text() {
        let (pattern, replacement) = first_match(r"user=(\w+)", 1).unwrap();
        assert_eq!(pattern, r"(?s)^.*?(?d-s:user=(\w+)).*$|^.*$");
        assert_eq!(replacement, "$1");
        assert_eq!(first_match("a|b", 0).unwrap().0, "(?s)^.*?((?d-s:a|b)).*$|^.*$");
        assert!(first_match("a", 1).is_err());
    }

    #[test]
    fn the_end_is_the_end_of_the_text_not_of_its_last_line() {
        assert_eq!(first_match("(a)$", 1).unwrap().0, r"(?s)^.*?(?d-s:(a)\z).*$|^.*$");
        assert_eq!(first_match("(?m)(a)$", 1).unwrap().0, "(?s)^.*?(?d-s:(?m)(a)$).*$|^.*$");
    }

    #[test]
    fn replacements_are_literal_but_for_groups() {
        assert_eq!(replacement(r"C:\$x"), r"C:\\\$x");
        assert_eq!(replacement_with_groups(r"\1$\2\\"), r"$1\$$2\\");
    }

    #[test]
    fn names_of_groups_are_javas() {
        assert_eq!(first_match("(?P<x>a)", 1).unwrap().0, "(?s)^.*?(?d-s:(?<x>a)).*$|^.*$");
        assert!(first_match("[[:alpha:]]", 0).is_err());
    }

    #[test]
    fn what_two_classes_have_in_common_has_no_counterpart() {
        assert!(first_match("[a-c&&b]", 0).is_err());
    }
}

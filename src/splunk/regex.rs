//! Regular expressions with named groups, as the command `rex` takes them.

use regex_syntax::ast::{Ast, GroupKind, Visitor, parse::Parser, visit};

/// The places of the capturing groups' opening parentheses, in the groups' order.
struct Openings(Vec<(usize, bool)>);

impl Visitor for Openings {
    type Output = Vec<(usize, bool)>;
    type Err = ();

    fn finish(self) -> Result<Self::Output, ()> {
        Ok(self.0)
    }

    fn visit_pre(&mut self, ast: &Ast) -> Result<(), ()> {
        if let Ast::Group(group) = ast {
            let at = group.span.start.offset;
            match group.kind {
                GroupKind::CaptureIndex(_) => self.0.push((at, false)),
                GroupKind::CaptureName { .. } => self.0.push((at, true)),
                GroupKind::NonCapturing(_) => {}
            }
        }
        Ok(())
    }
}

fn openings(regex: &str) -> Option<Vec<(usize, bool)>> {
    let ast = Parser::new().parse(regex).ok()?;
    visit(&ast, Openings(Vec::new())).ok()
}

/// How many groups capture.
pub(super) fn groups(regex: &str) -> usize {
    openings(regex).map_or(0, |found| found.len())
}

/// The expression with a name for one of its groups, 0 for the whole; `None` if there is no such group, or it has a
/// name, or PCRE takes no such name.
pub(super) fn with_named_group(regex: &str, group: usize, name: &str) -> Option<String> {
    if !is_name(name) {
        return None;
    }
    if group == 0 {
        return Some(format!("(?<{name}>{regex})"));
    }
    let openings = openings(regex)?;
    let (at, is_named) = *openings.get(group - 1)?;
    // Other names would become fields too.
    if is_named || openings.iter().any(|(_, is_named)| *is_named) {
        return None;
    }
    let (before, after) = regex.split_at(at + 1);
    Some(format!("{before}?<{name}>{after}"))
}

/// Whether PCRE takes it as the name of a group.
pub(super) fn is_name(name: &str) -> bool {
    name.len() <= 32
        && name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_get_their_names_by_number() {
        assert_eq!(with_named_group(r"\((a)(?:b)(c)", 2, "x").as_deref(), Some(r"\((a)(?:b)(?<x>c)"));
        assert_eq!(with_named_group("ab", 0, "x").as_deref(), Some("(?<x>ab)"));
        assert_eq!(with_named_group("(?P<y>a)", 1, "x"), None);
        assert_eq!(with_named_group("(a)", 1, "x.y"), None);
        assert_eq!(groups("(a)(?:b)(c)"), 2);
    }

    #[test]
    fn names_of_groups_are_short_words() {
        assert!(is_name("a_1") && is_name("_a") && is_name(&"a".repeat(32)));
        assert!(!is_name("1a") && !is_name(&"a".repeat(33)) && !is_name(""));
    }

    #[test]
    fn no_group_gets_a_name_beside_others_that_have_one() {
        assert_eq!(with_named_group("(a)(?P<y>b)", 1, "x"), None);
    }
}

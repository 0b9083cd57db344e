//! Conditions for people: a line a predicate, indented below the junction it belongs to.

use std::fmt::{self, Display, Formatter};

use super::{
    Case, Comparison, Condition, FieldRelation, Pattern, Predicate, Rule, Shape, Subject, TermPart, Test,
};

pub(super) const INDENT: &str = "  ";

/// Shows a condition as indented lines, without a line feed at the end.
///
/// ```text
/// all of
///   Image ends with `\cmd.exe`
///   not
///     any of
///       User equals `SYSTEM`
///       User is missing
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Show<'a, T>(pub &'a T);

impl Display for Show<'_, Rule> {
    /// The stages, each as [`Stage`](super::Stage) is shown.
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        for (index, stage) in self.0.stages.iter().enumerate() {
            if index > 0 {
                f.write_str("\n")?;
            }
            Show(stage).fmt(f)?;
        }
        Ok(())
    }
}

impl Display for Show<'_, Condition> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write_condition(self.0, 0, f)
    }
}

pub(super) fn write_condition(condition: &Condition, depth: usize, f: &mut Formatter<'_>) -> fmt::Result {
    let indent = INDENT.repeat(depth);
    let (word, terms) = match condition {
        Condition::Always => return write!(f, "{indent}always"),
        Condition::Never => return write!(f, "{indent}never"),
        Condition::Is(predicate) => return write!(f, "{indent}{}", Show(predicate)),
        Condition::All(terms) => ("all of", &terms[..]),
        Condition::Any(terms) => ("any of", &terms[..]),
        Condition::Not(inner) => ("not", std::slice::from_ref(&**inner)),
    };
    write!(f, "{indent}{word}")?;
    for term in terms {
        f.write_str("\n")?;
        write_condition(term, depth + 1, f)?;
    }
    Ok(())
}

impl Display for Show<'_, Predicate> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match &self.0.subject {
            Subject::Field(field) => write!(f, "{field} ")?,
            Subject::Computed(expression) => write!(f, "{} ", Show(&**expression))?,
            Subject::Anywhere => f.write_str("anywhere ")?,
        }
        Show(&self.0.test).fmt(f)
    }
}

impl Display for Show<'_, Test> {
    /// The test as a verb phrase. Text is shown in Sigma's notation where it has wildcards inside.
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self.0 {
            Test::Text(pattern, case) => {
                write_pattern(pattern, f)?;
                write_case(*case, f)
            }
            Test::Regex(regex) => write!(f, "has /{}/", regex.with_inline_flags()),
            Test::Number(comparison, number) => write!(f, "{} {number}", symbol(*comparison)),
            Test::Boolean(value) => write!(f, "is {value}"),
            Test::Cidr(network) => write!(f, "is in {network}"),
            Test::TimePart(part, comparison, number) => {
                write!(f, "in its {} {} {number}", part.as_str(), symbol(*comparison))
            }
            Test::FieldRef(relation, field, case) => {
                let verb = match relation {
                    FieldRelation::Equals => "equals",
                    FieldRelation::Contains => "contains",
                    FieldRelation::StartsWith => "starts with",
                    FieldRelation::EndsWith => "ends with",
                };
                write!(f, "{verb} the value of {field}")?;
                write_case(*case, f)
            }
            Test::Term(part, text, case) => {
                let what = match part {
                    TermPart::Whole => "the term",
                    TermPart::Prefix => "a term that starts with",
                    TermPart::Suffix => "a term that ends with",
                };
                write!(f, "has {what} `{text}`")?;
                write_case(*case, f)
            }
            Test::Compare(comparison, value) => write!(f, "{} {}", symbol(*comparison), Show(&**value)),
            Test::Among(pipeline, case) => {
                write!(f, "is among the rows of {}", Show(&**pipeline))?;
                write_case(*case, f)
            }
            Test::Listed(list, _) if list.table.is_macro() => {
                write!(f, "passes the macro {}", list.table.name)
            }
            Test::Listed(list, case) => {
                let relation = match list.relation {
                    FieldRelation::Equals => "is in",
                    FieldRelation::Contains => "contains an element of",
                    FieldRelation::StartsWith => "starts with an element of",
                    FieldRelation::EndsWith => "ends with an element of",
                };
                write!(f, "{relation} the list {}", list.table.name)?;
                write_case(*case, f)
            }
            Test::Null => f.write_str("is missing"),
            Test::Exists => f.write_str("exists"),
        }
    }
}

fn write_pattern(pattern: &Pattern, f: &mut Formatter<'_>) -> fmt::Result {
    match pattern.shape() {
        Shape::Exact("") => f.write_str("is empty text"),
        Shape::Exact(text) => write!(f, "equals `{text}`"),
        Shape::Contains(text) => write!(f, "contains `{text}`"),
        Shape::StartsWith(text) => write!(f, "starts with `{text}`"),
        Shape::EndsWith(text) => write!(f, "ends with `{text}`"),
        Shape::Anything => f.write_str("is any text"),
        Shape::Glob(_) => write!(f, "is like `{}`", pattern.to_sigma()),
    }
}

/// Only what is not Sigma's default is said.
pub(super) fn write_case(case: Case, f: &mut Formatter<'_>) -> fmt::Result {
    match case {
        Case::Sensitive => f.write_str(", case-sensitive"),
        Case::Insensitive => Ok(()),
    }
}

pub(super) fn symbol(comparison: Comparison) -> &'static str {
    comparison.order_symbol().unwrap_or("=")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        diag::Span,
        ir::{Field, Piece, Regex, RegexFlags, TimePart},
    };

    fn is(field: &str, test: Test) -> Condition {
        Condition::is(Predicate::new(Field::new(field), test, Span::default()))
    }

    #[test]
    fn junctions_indent_what_they_join() {
        let user = Condition::any([is("User", Test::text("SYSTEM")), is("User", Test::Null)]);
        let condition = Condition::all([is("Image", Test::ends_with(r"\cmd.exe")), Condition::not(user)]);
        assert_eq!(
            Show(&condition).to_string(),
            r"all of
  Image ends with `\cmd.exe`
  not
    any of
      User equals `SYSTEM`
      User is missing"
        );
    }

    #[test]
    fn every_test_reads_as_a_phrase() {
        let glob =
            Pattern::new([Piece::Literal("a*".to_owned()), Piece::AnyOne, Piece::Literal("b".to_owned())]);
        let regex = Regex::parse("^a", RegexFlags { ignore_case: true, ..RegexFlags::default() }).unwrap();
        let tests = [
            (Test::text(""), "is empty text"),
            (Test::Text(Pattern::contains("a"), Case::Sensitive), "contains `a`, case-sensitive"),
            (Test::Text(glob, Case::Insensitive), r"is like `a\*?b`"),
            (Test::Text(Pattern::anything(), Case::Insensitive), "is any text"),
            (Test::Regex(regex), "has /(?i)^a/"),
            (Test::Number(Comparison::GreaterOrEqual, 5.into()), ">= 5"),
            (Test::number(5), "= 5"),
            (Test::Boolean(true), "is true"),
            (Test::Cidr("10.0.0.0/8".parse().unwrap()), "is in 10.0.0.0/8"),
            (Test::TimePart(TimePart::Hour, Comparison::Less, 6.into()), "in its hour < 6"),
            (
                Test::FieldRef(FieldRelation::StartsWith, Field::new("b"), Case::Insensitive),
                "starts with the value of b",
            ),
            (Test::Exists, "exists"),
        ];
        for (test, phrase) in tests {
            assert_eq!(Show(&test).to_string(), phrase);
        }
    }

    #[test]
    fn stages_of_a_rule_stand_below_one_another() {
        let rule = Rule {
            metadata: crate::ir::Metadata::default().into(),
            origin: crate::ir::Origin::Unmapped,
            stages: ["a", "b"].map(|name| crate::ir::Stage::Filter(is(name, Test::Null))).to_vec(),
            look_back: None,
            span: Span::default(),
            notes: Vec::new(),
        };
        let filters = rule.stages.iter().map(|stage| Show(stage).to_string()).collect::<Vec<_>>();
        assert_eq!(Show(&rule).to_string(), filters.join("\n"));
    }
}

//! What a rule means, in a form that is the same for rules of the same meaning, however their conditions are spelled,
//! grouped and ordered.
//!
//! Equal forms mean the same. Forms that differ may: no two ways of saying a thing are proven to be one beyond the order
//! and repetition of terms, negations of junctions, and the case of text that is compared without.

use std::{
    collections::BTreeSet,
    fmt::{self, Debug, Write},
};

use super::{Case, Condition, Join, Origin, Pattern, Piece, Pipeline, Predicate, Rule, Stage, Test};

/// A condition without negated junctions, its terms in an order of their own, each once.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Normal {
    /// All hold.
    All(BTreeSet<Normal>),
    /// One holds.
    Any(BTreeSet<Normal>),
    /// A predicate holds, or does not.
    Is(bool, String),
}

impl Normal {
    /// The form of a condition.
    pub fn of(condition: &Condition) -> Self {
        Self::signed(condition, true)
    }

    fn signed(condition: &Condition, positive: bool) -> Self {
        match condition {
            Condition::Always => Self::constant(positive),
            Condition::Never => Self::constant(!positive),
            Condition::Not(inner) => Self::signed(inner, !positive),
            Condition::All(terms) => Self::junction(terms, positive, positive),
            Condition::Any(terms) => Self::junction(terms, positive, !positive),
            Condition::Is(predicate) => Self::Is(positive, of_predicate(predicate)),
        }
    }

    fn constant(holds: bool) -> Self {
        if holds { Self::All(BTreeSet::new()) } else { Self::Any(BTreeSet::new()) }
    }

    fn junction(terms: &[Condition], positive: bool, is_all: bool) -> Self {
        let mut flat = BTreeSet::new();
        for term in terms {
            match (Self::signed(term, positive), is_all) {
                (Self::All(inner), true) | (Self::Any(inner), false) => flat.extend(inner),
                (other, _) => {
                    flat.insert(other);
                }
            }
        }
        match (flat.len(), is_all) {
            (1, _) => flat.pop_first().expect("invariant: one term is left"),
            (_, true) => Self::All(flat),
            (_, false) => Self::Any(flat),
        }
    }
}

/// What a rule means: which events it finds, and what it does with them.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Meaning(String);

impl Meaning {
    /// The meaning of a rule, in the words that it has: those of its author, canonical ones, or those of a target.
    pub fn of(rule: &Rule) -> Self {
        Self(of_pipeline(&rule.origin, &rule.stages, &rule.look_back))
    }

    /// The form as text; the same for the same meaning in one version of rulec.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn of_pipeline(origin: &Origin, stages: &[Stage], look_back: &impl Debug) -> String {
    let mut text = format!("{}\n{}\n", unplaced(origin), unplaced(look_back));
    let mut filters: Vec<Condition> = Vec::new();
    for stage in stages {
        if let Stage::Filter(condition) = stage {
            filters.push(condition.clone());
            continue;
        }
        write_filters(&mut filters, &mut text);
        text += &of_stage(stage);
        text.push('\n');
    }
    write_filters(&mut filters, &mut text);
    text
}

/// Filters that follow one another are one.
fn write_filters(filters: &mut Vec<Condition>, text: &mut String) {
    if !filters.is_empty() {
        let normal = Normal::of(&Condition::all(filters.drain(..)));
        writeln!(text, "{normal:?}").expect("invariant: a string takes any text");
    }
}

fn of_stage(stage: &Stage) -> String {
    let inner = |pipeline: &Pipeline| of_pipeline(&pipeline.origin, &pipeline.stages, &pipeline.look_back);
    match stage {
        Stage::Join(Join { kind, right, on, renamed, drops_right_keys, span: _ }) => {
            let rest = unplaced(&(kind, on, renamed, drops_right_keys));
            format!("join {rest} {:?}", inner(right))
        }
        Stage::Union(pipelines, _) => {
            format!("union {:?}", pipelines.iter().map(inner).collect::<BTreeSet<String>>())
        }
        other => unplaced(other),
    }
}

fn of_predicate(predicate: &Predicate) -> String {
    let subject = unplaced(&predicate.subject);
    let test = match &predicate.test {
        Test::Text(pattern, Case::Insensitive) => format!("{:?} in any case", folded(pattern)),
        other => unplaced(other),
    };
    format!("{subject} {test}")
}

/// The pattern with its text in lower case.
fn folded(pattern: &Pattern) -> Pattern {
    Pattern::new(pattern.pieces().iter().map(|piece| match piece {
        Piece::Literal(text) => Piece::Literal(text.to_lowercase()),
        other => other.clone(),
    }))
}

/// A value's debugging form without the places in a source: all that it is, and no more.
fn unplaced(value: &impl Debug) -> String {
    let mut text = Unplaced::default();
    write!(text, "{value:?}").expect("invariant: a string takes any text");
    text.done
}

/// Takes the debugging form of a value and leaves out spans. What stands in quotes is left alone.
#[derive(Default)]
struct Unplaced {
    done: String,
    /// Whether the text so far ends inside of quotes, and in a backslash.
    is_quoted: bool,
    is_escaped: bool,
    /// Whether it ends inside of a span.
    in_span: bool,
}

const SPAN: &str = "Span {";

impl Write for Unplaced {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for c in text.chars() {
            if self.in_span {
                self.in_span = c != '}';
                continue;
            }
            self.done.push(c);
            if self.is_quoted {
                self.is_quoted = self.is_escaped || c != '"';
                self.is_escaped = c == '\\' && !self.is_escaped;
            } else if c == '"' {
                // The character '"' is written as a quote in quotes.
                self.is_quoted = !self.done.ends_with("'\"");
            } else if c == '{' && self.done.ends_with(SPAN) {
                self.done.truncate(self.done.len() - SPAN.len());
                self.in_span = true;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{diag::Span, ir::Field};

    fn is(field: &str, test: Test, at: usize) -> Condition {
        Condition::is(Predicate::new(Field::new(field), test, Span::new(at, at + 1)))
    }

    fn meaning(condition: Condition) -> Meaning {
        Meaning(of_pipeline(&Origin::Unmapped, &[Stage::Filter(condition)], &()))
    }

    #[test]
    fn order_repetition_grouping_and_place_do_not_count() {
        let (a, b) = (|at| is("a", Test::text("1"), at), |at| is("b", Test::text("2"), at));
        let one = Condition::all([a(1), Condition::not(Condition::any([b(2), a(3)]))]);
        let two = Condition::all([Condition::not(a(9)), Condition::not(b(8)), a(7), a(6)]);
        assert_eq!(meaning(one), meaning(two.clone()));
        assert_ne!(meaning(two), meaning(Condition::all([a(1), b(2)])));
    }

    #[test]
    fn case_counts_where_it_is_compared() {
        let text = |text: &str, case| is("a", Test::Text(Pattern::ends_with(text), case), 0);
        assert_eq!(meaning(text("CMD", Case::Insensitive)), meaning(text("cmd", Case::Insensitive)));
        assert_ne!(meaning(text("CMD", Case::Sensitive)), meaning(text("cmd", Case::Sensitive)));
        assert_ne!(meaning(text("cmd", Case::Insensitive)), meaning(text("cmd", Case::Sensitive)));
    }

    #[test]
    fn filters_in_a_row_are_one() {
        let (a, b) = (is("a", Test::Null, 0), is("b", Test::Null, 0));
        let apart =
            of_pipeline(&Origin::Unmapped, &[Stage::Filter(b.clone()), Stage::Filter(a.clone())], &());
        assert_eq!(apart, of_pipeline(&Origin::Unmapped, &[Stage::Filter(Condition::all([a, b]))], &()));
    }

    #[test]
    fn text_that_looks_like_a_place_counts() {
        let text = |text: &str| meaning(is("a", Test::Text(Pattern::exact(text), Case::Sensitive), 0));
        assert_ne!(text("Span { start: 1 }"), text("Span { start: 2 }"));
        assert_ne!(text("\"Span { start: 1 }"), text("\"Span { start: 2 }"));
        assert_eq!(unplaced(&('"', Span::new(1, 2), "\\")), r#"('"', , "\\")"#);
    }

    #[test]
    fn constants_are_the_empty_junctions() {
        assert_ne!(Normal::of(&Condition::Always), Normal::of(&Condition::Never));
        assert_eq!(Normal::of(&Condition::not(Condition::Always)), Normal::of(&Condition::Never));
    }
}

//! Conditions to what Sigma can say: each test exactly, or widened with a note, or refused.

use std::fmt::Write as _;

use super::WriteOptions;
use crate::{
    diag::{Code, Diagnostic, Effect, Note},
    ir::{
        Case, Comparison, Condition, Field, Number, Pattern, Piece, Predicate, Regex, RegexFlags, Subject,
        Test, TimePart, term_regex,
    },
};

/// The longest key, as other readers of YAML take it, less some room for modifiers.
const MAX_FIELD: usize = 900;
/// The longest regular expression, in bytes.
const MAX_REGEX: usize = 64 << 10;

/// The condition with every predicate one that an item or a keyword can hold.
///
/// # Errors
/// [`Code::Unsupported`] at the first predicate that Sigma has nothing for.
pub(super) fn legalize(
    condition: &Condition,
    options: &WriteOptions<'_>,
    notes: &mut Vec<Note>,
) -> Result<Condition, Diagnostic> {
    condition.try_map(true, &mut |predicate, positive| {
        let mut writer = Legalizer { predicate, positive, exact_case: options.exact_case, notes };
        Ok(Condition::is(Predicate { test: writer.test()?, ..predicate.clone() }))
    })
}

struct Legalizer<'a> {
    predicate: &'a Predicate,
    /// Whether it stands under an even number of negations.
    positive: bool,
    exact_case: bool,
    notes: &'a mut Vec<Note>,
}

impl Legalizer<'_> {
    fn test(&mut self) -> Result<Test, Diagnostic> {
        match &self.predicate.subject {
            Subject::Computed(_) => return Err(self.predicate.unsupported("Sigma")),
            Subject::Field(field) => self.check_field(field)?,
            Subject::Anywhere => return self.keyword(),
        }
        match &self.predicate.test {
            Test::Text(pattern, case) => Ok(self.text(pattern, *case)),
            Test::Term(part, term, case) => Ok(match self.term(term) {
                Some(pattern) => Test::Text(pattern, self.case(*case, term.chars().any(is_cased))),
                None => Test::Regex(term_regex(*part, term, *case)),
            }),
            Test::Listed(list, case) => Ok(Test::Listed(list.clone(), self.case(*case, true))),
            Test::FieldRef(relation, other, case) => {
                if other.name.is_empty() || other.name.contains(['*', '?']) {
                    return Err(self.refuse(&format!("a reference to the field `{other}`")));
                }
                Ok(Test::FieldRef(*relation, other.clone(), self.case(*case, true)))
            }
            Test::Regex(regex) => self.regex(regex),
            Test::TimePart(part, comparison, number) => {
                if !is_part(*part, *comparison, *number) {
                    return Err(self.refuse(&format!("that the {} is {number}", part.as_str())));
                }
                Ok(self.predicate.test.clone())
            }
            Test::Compare(..) | Test::Among(..) => Err(self.predicate.unsupported("Sigma")),
            Test::Number(..) | Test::Boolean(_) | Test::Cidr(_) | Test::Null | Test::Exists => {
                Ok(self.predicate.test.clone())
            }
        }
    }

    /// A keyword is found anywhere in a value; what is bound to the ends of one is a regular expression.
    fn keyword(&mut self) -> Result<Test, Diagnostic> {
        match &self.predicate.test {
            Test::Text(pattern, case) if is_open(pattern) => Ok(self.text(pattern, *case)),
            Test::Text(pattern, case) => {
                let regex = anchored(pattern, *case).ok_or_else(|| self.predicate.unsupported("Sigma"))?;
                self.regex(&regex)
            }
            Test::Term(part, term, case) => match self.term(term) {
                Some(pattern) => Ok(Test::Text(pattern, self.case(*case, term.chars().any(is_cased)))),
                None => self.regex(&term_regex(*part, term, *case)),
            },
            Test::Regex(regex) => self.regex(regex),
            _ => Err(self.refuse("this test without a field")),
        }
    }

    fn text(&mut self, pattern: &Pattern, case: Case) -> Test {
        Test::Text(pattern.clone(), self.case(case, pattern.has_letters()))
    }

    /// Plain values are what authors write; under a negation they would lose events.
    fn case(&mut self, case: Case, has_letters: bool) -> Case {
        if case == Case::Insensitive || !has_letters {
            return Case::Insensitive;
        }
        if self.exact_case || !self.positive {
            return Case::Sensitive;
        }
        let message = "Sigma compares without case unless `cased` is asked for, which is seldom understood";
        self.notes.push(Note::new(Code::CaseWidened, Effect::More, self.predicate.span, message));
        Case::Insensitive
    }

    /// A search for a term as one for a substring; nothing under a negation, where that would lose events.
    fn term(&mut self, term: &str) -> Option<Pattern> {
        if !self.positive {
            return None;
        }
        let message = format!("Sigma has no search for terms: `{term}` is found inside words too");
        self.notes.push(Note::new(Code::TermMatch, Effect::More, self.predicate.span, message));
        Some(Pattern::contains(term))
    }

    fn regex(&self, regex: &Regex) -> Result<Test, Diagnostic> {
        if regex.source().len() > MAX_REGEX {
            return Err(self.refuse("a regular expression of that length"));
        }
        Ok(Test::Regex(regex.clone()))
    }

    fn check_field(&self, field: &Field) -> Result<(), Diagnostic> {
        if field.name.is_empty() || field.name.len() > MAX_FIELD || field.name.contains('|') {
            return Err(self.refuse(&format!("a field of the name `{field}`")));
        }
        Ok(())
    }

    fn refuse(&self, what: &str) -> Diagnostic {
        Diagnostic::new(Code::Unsupported, self.predicate.span, format!("Sigma cannot express {what}"))
    }
}

fn is_cased(c: char) -> bool {
    c.is_lowercase() || c.is_uppercase()
}

/// Whether any text may stand before and after it.
fn is_open(pattern: &Pattern) -> bool {
    pattern.pieces().first() == Some(&Piece::AnyRun) && pattern.pieces().last() == Some(&Piece::AnyRun)
}

/// A whole-value pattern as a regular expression.
fn anchored(pattern: &Pattern, case: Case) -> Option<Regex> {
    let mut source = String::from("^");
    for piece in pattern.pieces() {
        match piece {
            Piece::Literal(text) => write!(source, "{}", regex_syntax::escape(text)).ok()?,
            Piece::AnyRun => source.push_str(".*"),
            Piece::AnyOne => source.push('.'),
        }
    }
    source.push('$');
    let flags = RegexFlags { ignore_case: case == Case::Insensitive, dot_all: true, multi_line: false };
    Regex::parse(&source, flags).ok()
}

/// Whether a part of a timestamp can be this, as readers of Sigma check it.
fn is_part(part: TimePart, comparison: Comparison, number: Number) -> bool {
    let range = match part {
        TimePart::Minute => 0..=59,
        TimePart::Hour => 0..=23,
        TimePart::Day => 1..=31,
        TimePart::Week => 1..=53,
        TimePart::Month => 1..=12,
        TimePart::Year => 1..=9999,
    };
    match number {
        Number::Integer(integer) => comparison != Comparison::Equal || range.contains(&integer),
        Number::Real(_) => false,
    }
}

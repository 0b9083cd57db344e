//! From a legalized rule to a query.

use std::sync::Arc;

use ipnet::IpNet;

use super::{
    CaseMode,
    ast::{Join, Query, Value},
    text::{Indexed, TextTest},
};
use crate::{
    diag::{Code, Diagnostic, Effect, Note, Span},
    elastic::{
        address::with_addresses,
        regex::{self, Folding, MatchedBy, Refusal, Unfit},
    },
    ir::{
        ColumnType, Comparison, Condition, Field, Number, Predicate, Regex, RegexFlags, Rule, Stage, Subject,
        Test,
    },
};

/// From so many regular expressions on, a list is packed into as few as the length limit allows: each clause
/// counts against `indices.query.bool.max_clause_count`.
const MANY_REGEXES: usize = 256;

/// How many clauses a query may have on any node: the least that Elasticsearch 8.1 and later compute, and the default of
/// `indices.query.bool.max_clause_count` before 8.0 ("Search settings").
const MAX_CLAUSES: usize = 1024;

/// Writes a legalized rule as a query.
///
/// # Errors
/// What `query_string` cannot express, not even widened.
pub fn write(rule: &Rule, case: CaseMode, notes: &mut Vec<Note>) -> Result<Query, Diagnostic> {
    let mut writer = Writer { case, notes };
    let mut filters = Vec::with_capacity(rule.stages.len());
    for stage in &rule.stages {
        match stage {
            Stage::Filter(condition) => {
                let condition = with_addresses(condition, writer.notes);
                filters.push(writer.condition(&condition, true)?);
            }
            Stage::Extend(field, _) => {
                let message = format!("query_string has no computed fields, and `{field}` would be one");
                return Err(Diagnostic::new(Code::Unsupported, rule.span, message));
            }
            other => return Err(other.unsupported("query_string", rule.span)),
        }
    }
    let query = packed(Query::all(filters));
    note_clauses(query.clauses(), rule.span, notes);
    Ok(query)
}

fn note_clauses(clauses: usize, span: Span, notes: &mut Vec<Note>) {
    if clauses > MAX_CLAUSES {
        let message = format!(
            "the query has {clauses} clauses: a node of Elasticsearch takes {MAX_CLAUSES} at least, and how many more \
             depends on its version and memory"
        );
        notes.push(Note::new(Code::QueryLimit, Effect::None, span, message));
    }
}

pub(super) struct Writer<'a> {
    pub(super) case: CaseMode,
    pub(super) notes: &'a mut Vec<Note>,
}

impl Writer<'_> {
    fn condition(&mut self, condition: &Condition, positive: bool) -> Result<Query, Diagnostic> {
        Ok(match condition {
            Condition::Always => Query::Everything,
            Condition::Never => Query::Nothing,
            Condition::Not(inner) => Query::not(self.condition(inner, !positive)?),
            Condition::All(terms) => Query::all(self.conditions(terms, positive)?),
            Condition::Any(terms) => Query::any(self.conditions(terms, positive)?),
            Condition::Is(predicate) => self.predicate(predicate, positive)?,
        })
    }

    fn conditions(&mut self, terms: &[Condition], positive: bool) -> Result<Vec<Query>, Diagnostic> {
        terms.iter().map(|term| self.condition(term, positive)).collect()
    }

    fn predicate(&mut self, predicate: &Predicate, positive: bool) -> Result<Query, Diagnostic> {
        let span = predicate.span;
        let field = match &predicate.subject {
            Subject::Field(field) => field,
            Subject::Anywhere => return self.anywhere(&predicate.test, span, positive),
            Subject::Computed(_) => {
                return Err(crate::elastic::list::refusal(
                    predicate.unsupported("query_string"),
                    &predicate.test,
                ));
            }
        };
        let name = &field.name;
        match &predicate.test {
            Test::Text(pattern, case) => self.text(field, TextTest { pattern, case: *case, span, positive }),
            Test::Regex(regex) => self.regex(field, regex, span, positive),
            Test::Number(comparison, number) => Ok(self.number(field, *comparison, *number, span)),
            Test::Boolean(truth) => Ok(boolean(field, *truth)),
            Test::Cidr(network) => Self::cidr(field, network, span),
            Test::TimePart(part, ..) => {
                let done = format!("query_string cannot take the {} of a timestamp", part.as_str());
                Ok(self.presence([field], &done, span, positive))
            }
            Test::FieldRef(_, other, _) => {
                let done = "query_string cannot compare a field with another";
                Ok(self.presence([field, other], done, span, positive))
            }
            Test::Term(..) | Test::Compare(..) | Test::Among(..) | Test::Listed(..) => {
                Err(crate::elastic::list::refusal(predicate.unsupported("query_string"), &predicate.test))
            }
            Test::Null => {
                self.note_null_as_absent(field, span);
                Ok(Query::not(Query::Exists(Arc::clone(name))))
            }
            Test::Exists => {
                self.note_null_as_absent(field, span);
                Ok(Query::Exists(Arc::clone(name)))
            }
        }
    }

    /// A test that the language lacks: that the fields have values is all that can be asked. Below a negation that
    /// would lose events, so there the test is left out. Both ways the query matches more.
    fn presence<const N: usize>(
        &mut self,
        fields: [&Field; N],
        why: &str,
        span: Span,
        positive: bool,
    ) -> Query {
        let (query, done) = if positive {
            (Query::all(fields.map(|field| Query::Exists(Arc::clone(&field.name)))), "any value matches")
        } else {
            (Query::Nothing, "the negated test was left out")
        };
        self.notes.push(Note::new(Code::TestWidened, Effect::More, span, format!("{why}: {done}")));
        query
    }

    fn anywhere(&mut self, test: &Test, span: Span, positive: bool) -> Result<Query, Diagnostic> {
        match test {
            Test::Text(pattern, case) => Ok(self.keyword(TextTest { pattern, case: *case, span, positive })),
            Test::Regex(regex) => {
                let effect = if positive { Effect::Less } else { Effect::More };
                let message =
                    "in fields indexed by words, a regular expression is matched against single words";
                self.notes.push(Note::new(Code::KeywordScope, effect, span, message));
                self.regex_value(regex, span, positive).map(|value| match value {
                    Some(value) => Query::Match(None, value),
                    None => Query::Nothing,
                })
            }
            _ => Err(Diagnostic::new(Code::Unsupported, span, "only text can be searched without a field")),
        }
    }

    fn regex(
        &mut self,
        field: &Field,
        regex: &Regex,
        span: Span,
        positive: bool,
    ) -> Result<Query, Diagnostic> {
        let Some(indexed) = Indexed::of(field.ty, self.case) else {
            let message =
                format!("`{field}` is not a text field: it cannot be matched by a regular expression");
            return Err(Diagnostic::new(Code::Unsupported, span, message));
        };
        let folded;
        let regex = match indexed {
            Indexed::Words => {
                let why = format!("`{field}` is indexed by words, not as a whole");
                return Ok(self.presence([field], &why, span, positive));
            }
            // The index holds lower case only; letters in both cases find it.
            Indexed::Caseless if !regex.flags().ignore_case => {
                let message = format!("`{field}` is compared without case, as it is indexed");
                let effect = if positive { Effect::More } else { Effect::Less };
                self.notes.push(Note::new(Code::CaseWidened, effect, span, message));
                let flags = RegexFlags { ignore_case: true, ..regex.flags() };
                folded = Regex::parse(regex.source(), flags).map_err(|error| {
                    Diagnostic::new(
                        Code::Internal,
                        span,
                        format!("a parsed expression no longer parses: {}", error.message),
                    )
                })?;
                &folded
            }
            Indexed::Cased | Indexed::Caseless => regex,
        };
        Ok(match self.regex_value(regex, span, positive)? {
            Some(value) => Query::field(&field.name, value),
            None => Query::Nothing,
        })
    }

    /// The expression in Lucene's flavour; `None` if nothing can match it.
    fn regex_value(
        &mut self,
        regex: &Regex,
        span: Span,
        positive: bool,
    ) -> Result<Option<Value>, Diagnostic> {
        let automaton = match regex::from_regex(regex, Folding::Expand) {
            Ok(automaton) => automaton,
            Err(Refusal::NeverMatches) => return Ok(None),
            Err(refusal) => {
                let message = format!("`{}` cannot be written for Lucene", regex.source());
                return Err(Diagnostic::new(Code::Unsupported, span, message).help(refusal.reason()));
            }
        };
        if let Some(Unfit { message, help }) = automaton.refusal(MatchedBy::Index) {
            return Err(Diagnostic::new(Code::Unsupported, span, message).help(help));
        }
        if let Some(reason) = automaton.widened {
            let effect = if positive { Effect::More } else { Effect::Less };
            self.notes.push(Note::new(Code::RegexWidened, effect, span, reason));
        }
        Ok(Some(Value::Regex(automaton.pattern)))
    }

    fn number(&mut self, field: &Field, comparison: Comparison, number: Number, span: Span) -> Query {
        let value = match comparison.order_symbol() {
            Some(symbol) => Value::Order(symbol, number),
            None => Value::Text(number.to_string()),
        };
        if comparison.order_symbol().is_some() && field.ty.is_textual() && field.ty != ColumnType::Unknown {
            let message = format!("`{field}` holds text, which is ordered by its characters, not as numbers");
            self.notes.push(Note::new(Code::TypeCoerced, Effect::Either, span, message));
        }
        Query::field(&field.name, value)
    }

    fn cidr(field: &Field, network: &IpNet, span: Span) -> Result<Query, Diagnostic> {
        let as_network = || Query::field(&field.name, Value::Text(network.to_string()));
        match (field.ty, network) {
            (ColumnType::Ip | ColumnType::Unknown, _) => Ok(as_network()),
            (
                ColumnType::String | ColumnType::Wildcard | ColumnType::Caseless | ColumnType::Dynamic,
                IpNet::V4(network),
            ) => Ok(Query::field(&field.name, Value::Regex(dotted_decimals(*network)))),
            _ => {
                let message =
                    format!("`{field}` is not a field of type `ip`: `{network}` cannot be tested on it");
                Err(Diagnostic::new(Code::Unsupported, span, message))
            }
        }
    }

    fn note_null_as_absent(&mut self, field: &Field, span: Span) {
        let message = format!("Elasticsearch does not tell a null `{field}` from an absent one");
        self.notes.push(Note::new(Code::NullAsAbsent, Effect::None, span, message));
    }

    /// Says once that the user chose to leave case to the index.
    pub(super) fn note_case_as_indexed(&mut self) {
        let note = Note::whole_rule(
            Code::CaseAsIndexed,
            Effect::None,
            "case is left to the index's lowercase normalizer",
        );
        if !self.notes.contains(&note) {
            self.notes.push(note);
        }
    }
}

fn boolean(field: &Field, truth: bool) -> Query {
    let text = if truth { "true" } else { "false" };
    let value = match field.ty {
        ColumnType::String | ColumnType::Wildcard | ColumnType::Dynamic => {
            let pattern = crate::ir::Pattern::exact(text);
            Value::Regex(regex::from_pattern(&pattern, crate::ir::Case::Insensitive))
        }
        _ => Value::Text(text.to_owned()),
    };
    Query::field(&field.name, value)
}

/// A network as a regular expression over addresses in dotted decimals.
fn dotted_decimals(network: ipnet::Ipv4Net) -> String {
    let octets = network.network().octets().into_iter().zip(network.broadcast().octets());
    let octets = octets.map(|(first, last)| match (first, last) {
        (first, last) if first == last => first.to_string(),
        (0, 255) => "[0-9]{1,3}".to_owned(),
        (first, last) => {
            let all: Vec<_> = (first..=last).map(|octet| octet.to_string()).collect();
            format!("({})", all.join("|"))
        }
    });
    octets.collect::<Vec<_>>().join(r"\.")
}

/// The query with the regular expressions of long lists joined, as many as the length limit allows.
fn packed(query: Query) -> Query {
    match query {
        Query::All(terms) => Query::All(terms.into_iter().map(packed).collect()),
        Query::Any(terms) => Query::Any(terms.into_iter().map(packed).collect()),
        Query::Not(inner) => Query::Not(Box::new(packed(*inner))),
        Query::List(name, Join::Or, values) if is_long(&values) => {
            let mut others = Vec::new();
            let mut patterns = Vec::new();
            for value in values {
                match value {
                    Value::Regex(pattern) => patterns.push(pattern),
                    other => others.push(other),
                }
            }
            let values = others.into_iter().chain(regex::joined(patterns).into_iter().map(Value::Regex));
            Query::any(values.map(|value| Query::field(&name, value)))
        }
        other => other,
    }
}

fn is_long(values: &[Value]) -> bool {
    values.iter().filter(|value| matches!(value, Value::Regex(_))).count() >= MANY_REGEXES
}

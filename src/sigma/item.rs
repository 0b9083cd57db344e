//! Detections to conditions: what the values under a chain of modifiers mean.

use std::net::IpAddr;
use std::sync::Arc;

use ipnet::IpNet;

use super::ReadOptions;
use super::ast::{Detection, Item, Value, ValueKind};
use super::encode::transform;
use super::modifiers::{Anchor, Chain, Matcher, Transform};
use super::value::{self, Part};
use crate::{
    diag::{Code, Diagnostic, Source, Span},
    ir::{
        Case, Comparison, Condition, ExternalList, ExternalTable, Field, FieldRelation, Keeper, Number,
        Pattern, Piece, Predicate, Regex, RegexFlags, Subject, Test, TimePart,
    },
};

/// Reads detections; what is wrong is collected.
pub(super) struct Reader<'a> {
    /// The source, for places inside scalars.
    pub(super) source: &'a Source,
    /// The placeholders.
    pub(super) options: &'a ReadOptions,
    /// What was found so far.
    pub(super) diagnostics: &'a mut Vec<Diagnostic>,
    /// How many tests were read so far.
    pub(super) tests: usize,
}

/// How many tests placeholders and transforms may make of one value.
const MAX_EXPANSIONS: usize = 10_000;
/// How many tests a rule's detections may have together.
const MAX_TESTS: usize = 200_000;
/// The longest regular expression, in bytes.
const MAX_REGEX: usize = 64 << 10;
/// How much text the values of a placeholder may make of one value, in bytes.
const MAX_TEXT: usize = 16 << 20;
/// How many missing placeholders of one value are reported.
const MAX_UNRESOLVED: usize = 10;

impl Reader<'_> {
    /// What a detection means; `None` where something is wrong with it.
    pub(super) fn detection(&mut self, detection: &Detection<'_, '_>) -> Option<Condition> {
        match detection {
            Detection::Items(items) => {
                let terms: Vec<_> = items.iter().map(|item| self.item(item)).collect();
                terms.into_iter().collect::<Option<Vec<_>>>().map(Condition::all)
            }
            Detection::OneOf(elements) => {
                let terms: Vec<_> = elements.iter().map(|element| self.detection(element)).collect();
                terms.into_iter().collect::<Option<Vec<_>>>().map(Condition::any)
            }
            Detection::Keyword(value) => {
                let result = self.tests(value, &Matcher::Plain, false, false);
                self.keep(result).map(|tests| any_of(tests, &Subject::Anywhere, value.span()))
            }
        }
    }

    fn item(&mut self, item: &Item<'_, '_>) -> Option<Condition> {
        let chain = Chain::new(item);
        let chain = self.keep(chain.map_err(|diagnostic| vec![diagnostic]))?;
        let subject = match item.field {
            Some(name) => Subject::Field(Field::new(Arc::from(name))),
            None => Subject::Anywhere,
        };
        let mut terms = Vec::with_capacity(item.values.len());
        let mut complete = true;
        for value in &item.values {
            if self.tests > MAX_TESTS {
                return None;
            }
            let tests = self.tests(value, &chain.matcher, chain.expand, item.field.is_some());
            match self.keep(tests) {
                Some(tests) => {
                    self.count(tests.len(), value.span());
                    let term = any_of(tests, &subject, value.span());
                    let denied = chain.matcher == Matcher::Exists && value.kind == ValueKind::Boolean(false);
                    terms.push(if denied { Condition::not(term) } else { term });
                }
                None => complete = false,
            }
        }
        let joined = if chain.all { Condition::all(terms) } else { Condition::any(terms) };
        complete.then(|| if chain.negated { Condition::not(joined) } else { joined })
    }

    fn count(&mut self, tests: usize, span: Span) {
        let before = self.tests;
        self.tests += tests;
        if before <= MAX_TESTS && self.tests > MAX_TESTS {
            let message = format!("the rule has more than {MAX_TESTS} tests");
            self.diagnostics.push(Diagnostic::new(Code::InvalidValue, span, message));
        }
    }

    fn keep<T>(&mut self, result: Result<T, Vec<Diagnostic>>) -> Option<T> {
        result.map_err(|diagnostics| self.diagnostics.extend(diagnostics)).ok()
    }

    /// The tests of which one has to hold for a value to match.
    fn tests(
        &self,
        value: &Value<'_, '_>,
        matcher: &Matcher,
        expand: bool,
        has_field: bool,
    ) -> Result<Vec<Test>, Vec<Diagnostic>> {
        if !has_field {
            check_keyword(value).map_err(one)?;
        }
        let single = |test: Result<Test, Diagnostic>| test.map(|test| vec![test]).map_err(one);
        match matcher {
            Matcher::Plain => Ok(vec![plain(value, has_field)]),
            Matcher::Text { transforms, anchor, case } => {
                self.text(value, &Text { transforms, anchor: *anchor, case: *case, expand, has_field })
            }
            Matcher::Regex(flags) => single(self.regex(value, *flags)),
            Matcher::Number(comparison) => single(number(value, *comparison)),
            Matcher::TimePart(part, comparison) => single(time_part(value, *part, *comparison)),
            Matcher::Cidr => single(network(value)),
            Matcher::FieldRef(relation, case) => single(field_ref(value, *relation, *case)),
            Matcher::Exists => single(exists(value)),
        }
    }

    fn text(&self, value: &Value<'_, '_>, how: &Text<'_>) -> Result<Vec<Test>, Vec<Diagnostic>> {
        match value.kind {
            ValueKind::Text => {}
            // The spelling is the text: `contains: 4624`.
            ValueKind::Number(_) if how.makes_text() || !how.has_field => {}
            _ if how.makes_text() => {
                let message = format!("{} cannot be compared as text", value.node.type_name());
                return Err(one(invalid(value, message).help("quote the value, or remove the modifier")));
            }
            _ => return Ok(vec![plain(value, how.has_field)]),
        }
        if let Some(list) = self.kept_list(value, how) {
            return Ok(vec![Test::Listed(list, how.case)]);
        }
        let patterns = if how.expand { self.expand(value)? } else { vec![value::pattern(value.text)] };
        let (at_start, at_end) = match how.anchor {
            None => (!how.has_field, !how.has_field),
            Some(Anchor::Contains) => (true, true),
            Some(Anchor::StartsWith) => (false, true),
            Some(Anchor::EndsWith) => (true, false),
        };
        let mut tests = Vec::with_capacity(patterns.len());
        for pattern in patterns {
            let variants =
                transform(pattern, how.transforms).map_err(|message| one(invalid(value, message)))?;
            tests.extend(
                variants.into_iter().map(|variant| Test::Text(variant.widened(at_start, at_end), how.case)),
            );
            if tests.len() > MAX_EXPANSIONS {
                let message = format!("the modifiers make more than {MAX_EXPANSIONS} tests of the value");
                return Err(one(invalid(value, message)));
            }
        }
        Ok(tests)
    }

    /// The list that the target keeps, if the value is nothing but a placeholder that has no values here.
    fn kept_list(&self, value: &Value<'_, '_>, how: &Text<'_>) -> Option<ExternalList> {
        let keeper = self.options.keeper.clone()?;
        let is_whole = how.anchor.is_none() || keeper == Keeper::Watchlist;
        if !how.expand || !how.has_field || !how.transforms.is_empty() || !is_whole {
            return None;
        }
        let relation = match how.anchor {
            None => FieldRelation::Equals,
            Some(Anchor::Contains) => FieldRelation::Contains,
            Some(Anchor::StartsWith) => FieldRelation::StartsWith,
            Some(Anchor::EndsWith) => FieldRelation::EndsWith,
        };
        let mut parts = value::template(value.text).into_iter();
        match (parts.next(), parts.next()) {
            (Some(Part::Placeholder(name, _)), None)
                if self.options.placeholders.get(&name).is_none_or(Vec::is_empty) =>
            {
                let table = ExternalTable { name: name.into(), keeper, span: value.span() };
                Some(ExternalList { table, column: None, relation })
            }
            _ => None,
        }
    }

    /// The value with every placeholder replaced by each of its values.
    fn expand(&self, value: &Value<'_, '_>) -> Result<Vec<Pattern>, Vec<Diagnostic>> {
        let mut patterns = vec![Pattern::default()];
        let mut unresolved = Vec::new();
        if let Some(range) = value::half_escaped_placeholder(value.text) {
            let span = value.node.locate(self.source, range);
            let message = "a backslash keeps this from being a placeholder";
            let error = Diagnostic::new(Code::InvalidValue, span, message);
            return Err(one(error.help("write `%name%`, or `\\%name\\%` for literal percent signs")));
        }
        for part in value::template(value.text) {
            match part {
                Part::Piece(piece) => patterns.iter_mut().for_each(|pattern| pattern.push(piece.clone())),
                Part::Placeholder(name, range) => match self.options.placeholders.get(&name) {
                    Some(values) if !values.is_empty() => {
                        let longest = values.iter().map(String::len).max().unwrap_or(0) + value.text.len();
                        let count = patterns.len().saturating_mul(values.len());
                        if count > MAX_EXPANSIONS || count.saturating_mul(longest) > MAX_TEXT {
                            let message =
                                format!("placeholders make more than {MAX_EXPANSIONS} values of this one");
                            return Err(one(invalid(value, message)));
                        }
                        patterns = append_each(&patterns, values);
                    }
                    _ if unresolved.len() >= MAX_UNRESOLVED => {}
                    _ => {
                        let span = value.node.locate(self.source, range);
                        unresolved.push(unresolved_placeholder(&name, span, self.options.keeper.as_ref()));
                    }
                },
            }
        }
        if unresolved.is_empty() { Ok(patterns) } else { Err(unresolved) }
    }

    fn regex(&self, value: &Value<'_, '_>, flags: RegexFlags) -> Result<Test, Diagnostic> {
        if matches!(value.kind, ValueKind::Null | ValueKind::Boolean(_)) {
            let message = format!("{} is not a regular expression", value.node.type_name());
            return Err(invalid(value, message));
        }
        if value.text.len() > MAX_REGEX {
            let message = format!("the regular expression is longer than {} KiB", MAX_REGEX >> 10);
            return Err(Diagnostic::new(Code::InvalidRegex, value.span(), message));
        }
        Regex::parse(value.text, flags).map(Test::Regex).map_err(|error| {
            let fault = value.text.get(error.offset..).and_then(|rest| rest.chars().next());
            let range = error.offset..error.offset + fault.map_or(0, char::len_utf8);
            let span = value.node.locate(self.source, range);
            let message = format!("the regular expression does not parse: {}", error.message);
            Diagnostic::new(Code::InvalidRegex, span, message)
        })
    }
}

/// How a text value is compared.
struct Text<'a> {
    transforms: &'a [Transform],
    anchor: Option<Anchor>,
    case: Case,
    expand: bool,
    has_field: bool,
}

impl Text<'_> {
    /// Whether the modifiers make text of values that are not.
    fn makes_text(&self) -> bool {
        self.anchor.is_some() || !self.transforms.is_empty()
    }
}

fn any_of(tests: Vec<Test>, subject: &Subject, span: Span) -> Condition {
    let predicate = |test| Condition::is(Predicate { subject: subject.clone(), test, span });
    Condition::any(tests.into_iter().map(predicate))
}

/// A value without modifiers.
fn plain(value: &Value<'_, '_>, has_field: bool) -> Test {
    let text = |text| {
        let pattern = value::pattern(text);
        Test::Text(if has_field { pattern } else { pattern.widened(true, true) }, Case::Insensitive)
    };
    match value.kind {
        ValueKind::Null => Test::Null,
        ValueKind::Boolean(boolean) => Test::Boolean(boolean),
        ValueKind::Number(number) if has_field => Test::Number(Comparison::Equal, number),
        ValueKind::Number(_) | ValueKind::Text => text(value.text),
    }
}

/// A keyword has to be text that can be searched.
fn check_keyword(value: &Value<'_, '_>) -> Result<(), Diagnostic> {
    let what = match value.kind {
        ValueKind::Null | ValueKind::Boolean(_) => value.node.type_name(),
        ValueKind::Text if value.text.is_empty() => "empty text",
        ValueKind::Number(_) | ValueKind::Text => return Ok(()),
    };
    Err(Diagnostic::new(Code::NullKeyword, value.span(), format!("{what} cannot be searched as a keyword"))
        .help("put a field before it, or quote it if it is meant as text"))
}

fn number(value: &Value<'_, '_>, comparison: Comparison) -> Result<Test, Diagnostic> {
    match value.kind {
        ValueKind::Number(number) => Ok(Test::Number(comparison, number)),
        ValueKind::Text if Number::parse(value.text).is_some() => {
            Err(invalid(value, "a numeric comparison needs a number, not text".to_owned())
                .help(format!("remove the quotes: `{}`", value.text)))
        }
        _ => Err(invalid(
            value,
            format!("a numeric comparison needs a number, not {}", value.node.type_name()),
        )),
    }
}

fn time_part(value: &Value<'_, '_>, part: TimePart, comparison: Comparison) -> Result<Test, Diagnostic> {
    let range = match part {
        TimePart::Minute => 0..=59,
        TimePart::Hour => 0..=23,
        TimePart::Day => 1..=31,
        TimePart::Week => 1..=53,
        TimePart::Month => 1..=12,
        TimePart::Year => 1..=9999,
    };
    let name = part.as_str();
    match value.kind {
        ValueKind::Number(number @ Number::Integer(integer)) => {
            if comparison == Comparison::Equal && !range.contains(&integer) {
                let message = format!("`{name}` is between {} and {}", range.start(), range.end());
                return Err(invalid(value, message));
            }
            Ok(Test::TimePart(part, comparison, number))
        }
        _ => Err(invalid(value, format!("`{name}` needs an integer, not {}", value.node.type_name()))),
    }
}

fn network(value: &Value<'_, '_>) -> Result<Test, Diagnostic> {
    let error = |message: String| Diagnostic::new(Code::InvalidCidr, value.span(), message);
    if value.kind != ValueKind::Text {
        return Err(error(format!("a network is text in CIDR notation, not {}", value.node.type_name())));
    }
    let network = match value.text.parse::<IpNet>() {
        Ok(network) => network,
        // A single address is the network of that address alone.
        Err(_) => match value.text.parse::<IpAddr>() {
            Ok(address) => IpNet::from(address),
            Err(_) => return Err(error(format!("`{}` is not a network in CIDR notation", value.text))),
        },
    };
    if network.addr() != network.network() {
        return Err(error(format!("`{}` has host bits set", value.text))
            .help(format!("the network is `{}`", network.trunc())));
    }
    Ok(Test::Cidr(network))
}

fn field_ref(value: &Value<'_, '_>, relation: FieldRelation, case: Case) -> Result<Test, Diagnostic> {
    if value.kind != ValueKind::Text || value.text.is_empty() {
        return Err(invalid(
            value,
            format!("`fieldref` needs a field's name, not {}", value.node.type_name()),
        ));
    }
    if value.text.contains(['*', '?']) {
        return Err(invalid(value, "a field's name has no wildcards".to_owned()));
    }
    Ok(Test::FieldRef(relation, Field::new(Arc::from(value.text)), case))
}

/// `false` negates the test afterwards.
fn exists(value: &Value<'_, '_>) -> Result<Test, Diagnostic> {
    match value.kind {
        ValueKind::Boolean(_) => Ok(Test::Exists),
        _ => Err(invalid(value, format!("`exists` needs `true` or `false`, not {}", value.node.type_name()))),
    }
}

fn append_each(patterns: &[Pattern], values: &[String]) -> Vec<Pattern> {
    let extended = |pattern: &Pattern, value: &String| {
        let mut pattern = pattern.clone();
        value::pattern(value).pieces().iter().cloned().for_each(|piece: Piece| pattern.push(piece));
        pattern
    };
    patterns.iter().flat_map(|pattern| values.iter().map(move |value| extended(pattern, value))).collect()
}

fn unresolved_placeholder(name: &str, span: Span, keeper: Option<&Keeper>) -> Diagnostic {
    let help = format!("pass `--placeholder {name}=VALUE,…`, or `--list {name}=FILE`");
    let why = match keeper {
        None => "",
        Some(Keeper::Macro) => "; a macro stands for a whole value of a field",
        Some(_) => "; a lookup stands for a whole value of a field",
    };
    Diagnostic::new(Code::UnresolvedPlaceholder, span, format!("the placeholder `%{name}%` has no values"))
        .help(help + why)
}

fn invalid(value: &Value<'_, '_>, message: String) -> Diagnostic {
    Diagnostic::new(Code::InvalidValue, value.span(), message)
}

fn one(diagnostic: Diagnostic) -> Vec<Diagnostic> {
    vec![diagnostic]
}

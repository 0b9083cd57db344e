//! Nodes to a correlation.

use std::sync::Arc;

use super::ast::{Alias, Condition, Correlation, Criteria, Criterion, Formula, Kind, Word};
use crate::{
    diag::{Code, Diagnostic, Source, Span, did_you_mean},
    ir::{Duration, Metadata, Number},
    sigma::condition::{self, Expression, Quantifier},
    yaml::{Node, Plain},
};

/// The keys of the `correlation` section.
const KEYS: [&str; 7] = ["type", "rules", "group-by", "timespan", "aliases", "condition", "generate"];

/// The most rules, fields or aliases that one correlation may name.
const MAX_NAMED: usize = 100;

/// Parses the correlation of a document; what is wrong with it is reported.
pub(in crate::sigma) fn parse(
    root: &Node<'_>,
    metadata: &Arc<Metadata>,
    source: &Source,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<Correlation> {
    let (key, section) =
        root.as_map()?.iter().find(|(key, _)| key.as_text().is_some_and(|text| text == "correlation"))?;
    let before = diagnostics.len();
    let mut parser = Parser { source, diagnostics };
    if metadata.title.is_empty() {
        let missing = Diagnostic::new(Code::MissingKey, root.span, "the rule has no `title`");
        parser.diagnostics.push(missing.help("add `title:` with what the rule finds"));
    }
    if let Some(log_source) = root.get("logsource") {
        let message = "`logsource` has no effect in a correlation: its rules have their own";
        parser.diagnostics.push(Diagnostic::new(Code::InvalidMetadata, log_source.span, message));
    }
    let correlation = parser.correlation(root, metadata, key.span, section);
    let is_faulty = parser.diagnostics[before..].iter().any(Diagnostic::is_error);
    correlation.filter(|_| !is_faulty)
}

struct Parser<'a> {
    source: &'a Source,
    diagnostics: &'a mut Vec<Diagnostic>,
}

impl Parser<'_> {
    fn correlation(
        &mut self,
        root: &Node<'_>,
        metadata: &Arc<Metadata>,
        key: Span,
        section: &Node<'_>,
    ) -> Option<Correlation> {
        let Some(entries) = section.as_map() else {
            self.wrong_type("`correlation`", "a map", section);
            return None;
        };
        for (key, _) in entries {
            self.check_key(key, &KEYS, "of a correlation");
        }
        let kind = self.kind(section, key);
        let timespan = self.timespan(section, key);
        let mut rules = section.get("rules").map(|node| self.words("rules", node));
        let aliases = section.get("aliases").map_or_else(Vec::new, |node| self.aliases(node));
        let group_by = section.get("group-by").map_or_else(Vec::new, |node| self.words("group-by", node));
        let (kind, kind_span) = kind?;
        let condition = match section.get("condition") {
            Some(node) => Some(self.condition(node, kind, &mut rules)?),
            None if kind.is_temporal() => None,
            None => {
                let message = format!("a correlation of type `{}` has no `condition`", kind.name());
                self.missing(key, &message, "add a map such as `condition: {gte: 10}`");
                None
            }
        };
        let Some(rules) = rules else {
            self.missing(
                key,
                "the correlation has no `rules`",
                "list the ids or names of the rules that it is of",
            );
            return None;
        };
        self.check_rules(&rules, section);
        let generate = self.generate(section.get("generate").or_else(|| root.get("generate")));
        let correlation = Correlation {
            metadata: Arc::clone(metadata),
            span: root.span,
            kind,
            kind_span,
            rules,
            aliases,
            group_by,
            timespan: timespan?,
            condition,
            generate,
        };
        self.check_aliases(&correlation);
        Some(correlation)
    }

    fn kind(&mut self, section: &Node<'_>, key: Span) -> Option<(Kind, Span)> {
        let names = || Kind::ALL.iter().map(|(name, _)| *name);
        let Some(node) = section.get("type") else {
            self.missing(key, "the correlation has no `type`", &format!("it is one of {}", listed(names())));
            return None;
        };
        let text = node.as_text().map_or("", |text| text);
        if let Some((_, kind)) = Kind::ALL.iter().find(|(name, _)| *name == text) {
            return Some((*kind, node.span));
        }
        let message = format!("there is no correlation of type `{text}`");
        self.unknown(node.span, message, text, names().collect());
        None
    }

    fn timespan(&mut self, section: &Node<'_>, key: Span) -> Option<Duration> {
        let Some(node) = section.get("timespan") else {
            self.missing(
                key,
                "the correlation has no `timespan`",
                "add a number and a unit, as in `timespan: 10m`",
            );
            return None;
        };
        let duration = node.as_text().and_then(|text| duration(text));
        if duration.is_none() {
            let message = "`timespan` is not a length of time";
            self.diagnostics.push(
                Diagnostic::new(Code::InvalidCorrelation, node.span, message)
                    .help("write a whole number above zero and one of `s`, `m`, `h`, `d`, `w`, `M`, `y`"),
            );
        }
        duration
    }

    fn generate(&mut self, node: Option<&Node<'_>>) -> bool {
        let Some(node) = node else { return false };
        let Some(Plain::Boolean(value)) = node.as_scalar().map(crate::yaml::Scalar::resolve) else {
            self.wrong_type("`generate`", "true or false", node);
            return false;
        };
        value
    }

    /// A list of words; one alone is a list of one.
    fn words(&mut self, key: &str, node: &Node<'_>) -> Vec<Word> {
        let nodes = node.as_seq().unwrap_or(std::slice::from_ref(node));
        if nodes.len() > MAX_NAMED {
            let message = format!("`{key}` has more than {MAX_NAMED} elements");
            self.diagnostics.push(Diagnostic::new(Code::InvalidCorrelation, node.span, message));
            return Vec::new();
        }
        nodes.iter().filter_map(|node| self.word(&format!("an element of `{key}`"), node)).collect()
    }

    fn word(&mut self, what: &str, node: &Node<'_>) -> Option<Word> {
        let Some(text) = node.as_text().filter(|text| !node.is_null() && !text.is_empty()) else {
            self.wrong_type(what, "text", node);
            return None;
        };
        Some(Word { text: text.to_string(), span: node.span })
    }

    fn aliases(&mut self, node: &Node<'_>) -> Vec<Alias> {
        let Some(entries) = node.as_map() else {
            self.wrong_type("`aliases`", "a map of names", node);
            return Vec::new();
        };
        let mut aliases = Vec::new();
        for (name, fields) in entries.iter().take(MAX_NAMED) {
            let Some(name) = self.word("an alias", name) else { continue };
            let Some(fields) = fields.as_map() else {
                self.wrong_type("an alias", "a map of rules and fields", fields);
                continue;
            };
            let pairs = fields
                .iter()
                .filter_map(|(rule, field)| Some((self.word("a rule", rule)?, self.word("a field", field)?)));
            aliases.push(Alias { name, fields: pairs.collect() });
        }
        aliases
    }

    fn condition(&mut self, node: &Node<'_>, kind: Kind, rules: &mut Option<Vec<Word>>) -> Option<Condition> {
        if node.as_map().is_some() {
            return self.criteria(node, kind).map(Condition::Criteria);
        }
        let Some(text) = node.as_text().filter(|_| !node.is_null()) else {
            self.wrong_type("`condition`", "a map of criteria, or text with the names of rules", node);
            return None;
        };
        if !kind.is_temporal() {
            let message = format!("the condition of type `{}` is a map, not text", kind.name());
            self.diagnostics.push(
                Diagnostic::new(Code::InvalidType, node.span, message)
                    .help("text with the names of rules is for type `temporal`"),
            );
            return None;
        }
        match condition::parse(text) {
            Ok(expression) => {
                let names = rules.get_or_insert_with(|| self.named(&expression, node));
                let names = names.clone();
                let formula = self.formula(&expression, node, &names)?;
                self.check_named(&formula, &names);
                Some(Condition::Formula(formula, node.span))
            }
            Err(error) => {
                let span = node.locate(self.source, error.range);
                let mut diagnostic = Diagnostic::new(Code::ConditionSyntax, span, error.message);
                diagnostic.help = error.help;
                self.diagnostics.push(diagnostic);
                None
            }
        }
    }

    /// The rules that a condition names, each once, where nothing else lists them.
    fn named(&self, expression: &Expression, node: &Node<'_>) -> Vec<Word> {
        let mut words: Vec<Word> = Vec::new();
        let mut rest = vec![expression];
        while let Some(next) = rest.pop() {
            match next {
                Expression::Search(name, range) if words.iter().all(|word| word.text != *name) => {
                    let span = node.locate(self.source, range.clone());
                    words.push(Word { text: name.clone(), span });
                }
                Expression::Search(..) | Expression::Selector(..) => {}
                Expression::Not(inner) => rest.push(inner),
                Expression::And(terms) | Expression::Or(terms) => rest.extend(terms.iter().rev()),
            }
        }
        words
    }

    fn formula(&mut self, expression: &Expression, node: &Node<'_>, rules: &[Word]) -> Option<Formula> {
        let all = |parser: &mut Self, terms: &[Expression]| -> Option<Vec<Formula>> {
            let terms: Vec<_> = terms.iter().map(|term| parser.formula(term, node, rules)).collect();
            terms.into_iter().collect()
        };
        Some(match expression {
            Expression::Search(name, range) => {
                let Some(at) = rules.iter().position(|rule| rule.text == *name) else {
                    let span = node.locate(self.source, range.clone());
                    let message = format!("`rules` does not list `{name}`");
                    self.unknown(span, message, name, rules.iter().map(|rule| &*rule.text).collect());
                    return None;
                };
                Formula::Rule(at)
            }
            Expression::Selector(quantifier, selection, range) => {
                let members: Vec<Formula> = (0..rules.len())
                    .filter(|at| selection.includes(&rules[*at].text))
                    .map(Formula::Rule)
                    .collect();
                if members.is_empty() {
                    let span = node.locate(self.source, range.clone());
                    let message = format!("`{}` matches none of `rules`", self.source.slice(span));
                    self.diagnostics.push(Diagnostic::new(Code::EmptySelector, span, message));
                    return None;
                }
                match quantifier {
                    Quantifier::One => Formula::Or(members),
                    Quantifier::All => Formula::And(members),
                }
            }
            Expression::Not(inner) => Formula::Not(Box::new(self.formula(inner, node, rules)?)),
            Expression::And(terms) => Formula::And(all(self, terms)?),
            Expression::Or(terms) => Formula::Or(all(self, terms)?),
        })
    }

    fn check_named(&mut self, formula: &Formula, rules: &[Word]) {
        let mut used = vec![false; rules.len()];
        formula.visit(&mut |at| used[at] = true);
        for (rule, _) in rules.iter().zip(used).filter(|(_, used)| !used) {
            let message = format!("the condition does not name `{}`", rule.text);
            self.diagnostics.push(
                Diagnostic::new(Code::UnusedSelection, rule.span, message)
                    .help("remove it, or name it in the condition"),
            );
        }
    }

    fn criteria(&mut self, node: &Node<'_>, kind: Kind) -> Option<Criteria> {
        let mut found = Criteria { span: node.span, fields: Vec::new(), percentile: None, tests: Vec::new() };
        let known: Vec<&str> =
            Criterion::ALL.iter().map(|(name, _)| *name).chain(["field", "percentile"]).collect();
        for (key, value) in node.as_map().unwrap_or(&[]) {
            let name = key.as_text().map_or("", |text| text);
            let criterion = Criterion::ALL.iter().find(|(known, _)| *known == name);
            match (name, criterion) {
                (_, Some((_, criterion))) => {
                    let number = self.number(name, value);
                    found.tests.extend(number.map(|number| (*criterion, number)));
                }
                ("field", _) => found.fields = self.words("field", value),
                ("percentile", _) => {
                    found.percentile = self.number(name, value);
                    let is_valid = |number: Number| (0.0..=100.0).contains(&number.to_f64());
                    if found.percentile.is_some_and(|number| !is_valid(number)) {
                        self.invalid(value.span, "`percentile` is not between 0 and 100");
                    }
                    if kind != Kind::ValuePercentile {
                        let message = format!("type `{}` has no `percentile`", kind.name());
                        self.invalid(key.span, &message);
                    }
                }
                _ => self.check_key(key, &known, "of a condition"),
            }
        }
        if node.as_map().is_some_and(|entries| !entries.is_empty()) {
            self.check_criteria(&found, kind);
        }
        if found.tests.is_empty() {
            let message = "the condition compares with no number";
            let names = listed(Criterion::ALL.iter().map(|(name, _)| *name));
            self.missing(node.span, message, &format!("add one of {names}"));
            return None;
        }
        Some(found)
    }

    fn check_criteria(&mut self, found: &Criteria, kind: Kind) {
        match (kind.is_of_field(), found.fields.as_slice()) {
            (true, []) => {
                let message = format!("a condition of type `{}` has no `field`", kind.name());
                self.missing(found.span, &message, "add `field:` with the field whose values count");
            }
            (false, [field, ..]) => {
                let message = format!("type `{}` looks at no field", kind.name());
                self.invalid(field.span, &message);
            }
            (true, [_, second, ..]) if kind != Kind::ValueCount => {
                let message = format!("type `{}` takes one field", kind.name());
                self.invalid(second.span, &message);
            }
            _ => {}
        }
        if kind == Kind::ValuePercentile && found.percentile.is_none() {
            let message = "which percentile is meant is not said";
            let help = "add `percentile: 95` for the value below which 95 of 100 values are";
            self.missing(found.span, message, help);
        }
    }

    fn number(&mut self, name: &str, node: &Node<'_>) -> Option<Number> {
        if node.as_scalar().map(crate::yaml::Scalar::resolve) == Some(Plain::Number) {
            return node.as_text().and_then(|text| Number::parse(text));
        }
        self.wrong_type(&format!("`{name}`"), "a number", node);
        None
    }

    fn check_rules(&mut self, rules: &[Word], section: &Node<'_>) {
        if let (true, Some(node)) = (rules.is_empty(), section.get("rules")) {
            self.invalid(node.span, "`rules` is an empty list");
        }
        for (at, rule) in rules.iter().enumerate() {
            if let Some(first) = rules[..at].iter().find(|other| other.text == rule.text) {
                let message = format!("`{}` stands twice in `rules`", rule.text);
                self.diagnostics.push(
                    Diagnostic::new(Code::InvalidCorrelation, rule.span, message)
                        .related(first.span, "first here"),
                );
            }
        }
    }

    /// Aliases are of rules that the correlation is of, and somebody uses them.
    fn check_aliases(&mut self, correlation: &Correlation) {
        for alias in &correlation.aliases {
            let fields = match &correlation.condition {
                Some(Condition::Criteria(criteria)) => criteria.fields.as_slice(),
                _ => &[],
            };
            if !correlation.group_by.iter().chain(fields).any(|word| word.text == alias.name.text) {
                let message = format!("nothing uses the alias `{}`", alias.name.text);
                self.diagnostics.push(
                    Diagnostic::new(Code::UnusedSelection, alias.name.span, message)
                        .help("name it in `group-by`, or remove it"),
                );
            }
        }
    }

    fn check_key(&mut self, key: &Node<'_>, known: &[&str], whose: &str) {
        let name = key.as_text().map_or("", |text| text);
        if known.contains(&name) {
            return;
        }
        let message = format!("`{name}` is no key {whose}");
        if name == "timeframe" {
            let error = Diagnostic::new(Code::InvalidCorrelation, key.span, message);
            self.diagnostics.push(error.help("a similar key is `timespan`"));
            return;
        }
        self.unknown(key.span, message, name, known.to_vec());
    }

    fn unknown(&mut self, span: Span, message: String, name: &str, known: Vec<&str>) {
        let help = match did_you_mean(name, known.iter().copied()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("it is one of {}", listed(known.into_iter())),
        };
        self.diagnostics.push(Diagnostic::new(Code::InvalidCorrelation, span, message).help(help));
    }

    fn missing(&mut self, span: Span, message: &str, help: &str) {
        self.diagnostics.push(Diagnostic::new(Code::MissingKey, span, message).help(help));
    }

    fn invalid(&mut self, span: Span, message: &str) {
        self.diagnostics.push(Diagnostic::new(Code::InvalidCorrelation, span, message));
    }

    fn wrong_type(&mut self, what: &str, expected: &str, node: &Node<'_>) {
        let message = format!("{what} must be {expected}, not {}", node.type_name());
        self.diagnostics.push(Diagnostic::new(Code::InvalidType, node.span, message));
    }
}

impl Formula {
    /// The number of each rule that it names.
    pub(super) fn visit(&self, visit: &mut impl FnMut(usize)) {
        match self {
            Self::Rule(at) => visit(*at),
            Self::Not(inner) => inner.visit(visit),
            Self::And(terms) | Self::Or(terms) => terms.iter().for_each(|term| term.visit(visit)),
        }
    }
}

fn listed<'t>(names: impl Iterator<Item = &'t str>) -> String {
    names.map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

/// A number and its unit. A month is the twelfth part of a year, and a year 365.2425 days.
fn duration(text: &str) -> Option<Duration> {
    let unit = text.chars().last()?;
    let ticks = match unit {
        's' => Duration::SECOND,
        'm' => Duration::MINUTE,
        'h' => Duration::HOUR,
        'd' => Duration::DAY,
        'w' => 7 * Duration::DAY,
        'M' => 2_629_746 * Duration::SECOND,
        'y' => 31_556_952 * Duration::SECOND,
        _ => return None,
    };
    let digits = &text[..text.len() - unit.len_utf8()];
    let count: i64 = Some(digits).filter(|it| it.bytes().all(|byte| byte.is_ascii_digit()))?.parse().ok()?;
    Some(Duration(count.checked_mul(ticks)?)).filter(|length| length.0 > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_of_time_are_a_number_and_a_unit() {
        assert_eq!(duration("90m"), Some(Duration(90 * Duration::MINUTE)));
        assert_eq!(duration("1w"), Some(Duration(7 * Duration::DAY)));
        assert_eq!(duration("1M"), Some(Duration(2_629_746 * Duration::SECOND)));
        for wrong in ["", "5", "m", "-5m", "0s", "5 m", "5x", "1.5h", "99999999999999y", "5µ"] {
            assert_eq!(duration(wrong), None, "{wrong}");
        }
    }
}

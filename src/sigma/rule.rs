//! A rule document to the intermediate representation.

use std::collections::HashMap;
use std::sync::Arc;

use super::ReadOptions;
use super::ast::{ConditionText, DetectionSection, Search};
use super::condition::{Expression, Quantifier};
use super::item::Reader;
use super::parse::{Parser, Section};
use crate::{
    diag::{Code, Diagnostic, Source, Span, did_you_mean},
    ir::{Condition, Metadata, Origin, Rule, Stage},
    yaml::Node,
};

/// How many tests a condition may amount to when its search identifiers are replaced by what they stand for.
const MAX_TESTS: usize = 200_000;

/// Reads a document that has a detection section, which is given too, where it has its form. There is no rule if an
/// error is among the diagnostics.
pub(super) fn read<'n, 's>(
    root: &'n Node<'s>,
    metadata: &Arc<Metadata>,
    source: &Source,
    options: &ReadOptions,
    diagnostics: &mut Vec<Diagnostic>,
) -> (Option<Rule>, Option<DetectionSection<'n, 's>>) {
    check_header(root, metadata, "rule", diagnostics);
    let mut entries = root.as_map().into_iter().flatten();
    let section = entries
        .find(|(key, _)| key.as_text().is_some_and(|text| text == "detection"))
        .and_then(|(key, node)| Parser { source, diagnostics }.section(node, key.span, Section::Detection));
    let condition = section.as_ref().and_then(|section| resolve(section, source, options, diagnostics));
    let condition = condition.filter(|_| !diagnostics.iter().any(Diagnostic::is_error));
    let rule = condition.map(|condition| Rule {
        metadata: Arc::clone(metadata),
        origin: Origin::LogSource(metadata.log_source.clone()),
        stages: vec![Stage::Filter(condition)],
        look_back: None,
        notes: Vec::new(),
        span: root.span,
    });
    (rule, section)
}

/// Reports what every document of this sort has to have.
pub(super) fn check_header(
    root: &Node<'_>,
    metadata: &Metadata,
    what: &str,
    diagnostics: &mut Vec<Diagnostic>,
) {
    let mut missing = |message: String, help: String| {
        diagnostics.push(Diagnostic::new(Code::MissingKey, root.span, message).help(help));
    };
    if metadata.title.is_empty() {
        let finds = if what == "rule" { "what the rule finds" } else { "what it is for" };
        missing(format!("the {what} has no `title`"), format!("add `title:` with {finds}"));
    }
    match root.get("logsource") {
        None => {
            let help = "add `logsource:` with a category, product or service";
            missing(format!("the {what} has no `logsource`"), help.to_owned());
        }
        Some(node) if node.as_map().is_none() => {
            let message = format!("`logsource` must be a map, not {}", node.type_name());
            diagnostics.push(Diagnostic::new(Code::InvalidType, node.span, message));
        }
        Some(node) => {
            let source = &metadata.log_source;
            if source.category.is_none() && source.product.is_none() && source.service.is_none() {
                let message = "`logsource` has none of `category`, `product` and `service`";
                diagnostics.push(Diagnostic::new(Code::MissingKey, node.span, message));
            }
        }
    }
}

/// Puts what the search identifiers stand for into the conditions.
pub(super) fn resolve(
    section: &DetectionSection<'_, '_>,
    source: &Source,
    options: &ReadOptions,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<Condition> {
    let mut reader = Reader { source, options, diagnostics, tests: 0 };
    let meanings: Vec<_> = section
        .searches
        .iter()
        .map(|search| search.detection.as_ref().and_then(|detection| reader.detection(detection)))
        .collect();
    let size =
        |meaning: &Option<Condition>| meaning.as_ref().map_or(0, |condition| condition.predicates().len());
    let mut resolver = Resolver {
        index: section.searches.iter().enumerate().map(|(at, search)| (search.name, at)).collect(),
        searches: &section.searches,
        sizes: meanings.iter().map(size).collect(),
        used: vec![false; section.searches.len()],
        meanings,
        source,
        diagnostics,
        tests: 0,
        is_faulty: false,
    };
    let terms: Vec<_> = section.conditions.iter().map(|text| resolver.condition(text)).collect();
    if section.is_complete && !resolver.is_faulty {
        resolver.report_unused();
    }
    terms.into_iter().collect::<Option<Vec<_>>>().map(Condition::any)
}

struct Resolver<'a, 'n, 's> {
    searches: &'a [Search<'n, 's>],
    index: HashMap<&'n str, usize>,
    /// What each search identifier stands for; `None` where that is faulty.
    meanings: Vec<Option<Condition>>,
    /// How many tests each of them has.
    sizes: Vec<usize>,
    used: Vec<bool>,
    source: &'a Source,
    diagnostics: &'a mut Vec<Diagnostic>,
    tests: usize,
    /// Whether a condition names what does not exist.
    is_faulty: bool,
}

impl Resolver<'_, '_, '_> {
    fn condition(&mut self, text: &ConditionText<'_, '_>) -> Option<Condition> {
        self.expression(&text.expression, text)
    }

    fn expression(&mut self, expression: &Expression, text: &ConditionText<'_, '_>) -> Option<Condition> {
        match expression {
            Expression::Search(name, range) => {
                let Some(at) = self.index.get(name.as_str()).copied() else {
                    self.unknown(name, text.node.locate(self.source, range.clone()));
                    return None;
                };
                self.meaning(at, text)
            }
            Expression::Selector(quantifier, selection, range) => {
                let members: Vec<usize> = (0..self.searches.len())
                    .filter(|at| selection.includes(self.searches[*at].name))
                    .collect();
                if members.is_empty() {
                    let span = text.node.locate(self.source, range.clone());
                    let message = format!("`{}` matches no detection", self.source.slice(span));
                    self.is_faulty = true;
                    self.diagnostics.push(Diagnostic::new(Code::EmptySelector, span, message));
                    return None;
                }
                let terms: Vec<_> = members.into_iter().map(|at| self.meaning(at, text)).collect();
                let terms = terms.into_iter().collect::<Option<Vec<_>>>()?;
                Some(match quantifier {
                    Quantifier::One => Condition::any(terms),
                    Quantifier::All => Condition::all(terms),
                })
            }
            Expression::Not(operand) => self.expression(operand, text).map(Condition::not),
            Expression::And(operands) => self.operands(operands, text).map(Condition::all),
            Expression::Or(operands) => self.operands(operands, text).map(Condition::any),
        }
    }

    fn unknown(&mut self, name: &str, span: Span) {
        self.is_faulty = true;
        let diagnostic =
            Diagnostic::new(Code::UnknownSelection, span, format!("there is no detection `{name}`"));
        let near = did_you_mean(name, self.searches.iter().map(|search| search.name));
        self.diagnostics.push(match near {
            Some(near) => diagnostic.help(format!("a similar detection is `{near}`")),
            None => diagnostic,
        });
    }

    fn operands(&mut self, operands: &[Expression], text: &ConditionText<'_, '_>) -> Option<Vec<Condition>> {
        let terms: Vec<_> = operands.iter().map(|operand| self.expression(operand, text)).collect();
        terms.into_iter().collect()
    }

    fn meaning(&mut self, at: usize, text: &ConditionText<'_, '_>) -> Option<Condition> {
        self.used[at] = true;
        let before = self.tests;
        self.tests += self.sizes[at];
        if self.tests > MAX_TESTS {
            if before <= MAX_TESTS {
                let message = format!("the condition amounts to more than {MAX_TESTS} tests");
                self.diagnostics.push(Diagnostic::new(Code::ConditionSyntax, text.node.span, message));
            }
            return None;
        }
        self.meanings[at].clone()
    }

    fn report_unused(&mut self) {
        for (search, _) in self.searches.iter().zip(&self.used).filter(|(_, used)| !**used) {
            let message = format!("no condition uses the detection `{}`", search.name);
            self.diagnostics.push(
                Diagnostic::new(Code::UnusedSelection, search.name_span, message)
                    .help("remove it, or name it in the condition"),
            );
        }
    }
}

//! What rule files say about their queries, whatever they are written in.

use std::{collections::HashSet, sync::Arc};

use super::{QueryText, Schedule, Timespan, TriggerOperator, attack};
use crate::{
    diag::{Code, Diagnostic, Positions, Source, Span, did_you_mean},
    ir::{Level, Metadata},
    yaml::{Kind, Node},
};

/// The severities of Sentinel and Defender.
const SEVERITIES: [(&str, Level); 4] = [
    ("Informational", Level::Informational),
    ("Low", Level::Low),
    ("Medium", Level::Medium),
    ("High", Level::High),
];

/// How many diagnostics of one rule are kept.
const MAX_DIAGNOSTICS: usize = 100;

/// Collects what a rule says about itself; what is out of form is reported and left out.
#[derive(Debug, Default)]
pub(super) struct Collector {
    pub(super) metadata: Metadata,
    pub(super) schedule: Option<Schedule>,
    pub(super) diagnostics: Vec<Diagnostic>,
    /// The tags, for a quick look.
    tagged: HashSet<String>,
}

impl Collector {
    /// One that has these diagnostics already.
    pub(super) fn with(diagnostics: Vec<Diagnostic>) -> Self {
        Self { diagnostics, ..Self::default() }
    }

    /// Takes one key of a rule and its value; the query itself is no metadata.
    pub(super) fn take(&mut self, key: &str, value: &Node<'_>) {
        let text = || value.as_text().map(|text| text.trim().to_owned()).filter(|_| !value.is_null());
        match key {
            "query" => {}
            "id" => self.metadata.id = text(),
            "name" | "displayName" => self.metadata.title = text().unwrap_or_default(),
            "description" => self.metadata.description = text().map(|text| without_quotes(&text).to_owned()),
            "author" => self.metadata.author = text(),
            "references" | "References" => {
                self.metadata.references = texts(value).into_iter().map(|(text, _)| text).collect();
            }
            "severity" => self.each(value, Self::severity),
            "tactics" => {
                let before = self.metadata.tags.len();
                self.each(value, Self::tactics);
                if self.metadata.tags.len() - before < texts(value).len() {
                    self.keep(key, value);
                }
            }
            "relevantTechniques" | "techniques" | "subTechniques" => self.each(value, Self::technique),
            "queryFrequency" | "queryPeriod" | "triggerOperator" | "triggerThreshold" => {
                self.keep(key, value);
                self.each(value, |this, text, span| this.schedule(key, text, span));
            }
            "suppressionDuration" => {
                self.keep(key, value);
                self.each(value, |this, text, span| {
                    this.timespan(key, text, span);
                });
            }
            "kind" => {
                self.keep(key, value);
                if value.as_text().is_some_and(|kind| kind.eq_ignore_ascii_case("NRT")) {
                    self.schedule.get_or_insert_default();
                }
            }
            _ => self.keep(key, value),
        }
    }

    /// Keeps a value as it is, under its own name.
    pub(super) fn keep(&mut self, key: &str, value: &Node<'_>) {
        self.metadata.custom.insert(key.to_owned(), value.to_json());
    }

    fn each(&mut self, value: &Node<'_>, mut take: impl FnMut(&mut Self, &str, Span)) {
        for (text, span) in texts(value) {
            take(self, &text, span);
        }
    }

    /// Severity, with Microsoft's names; Defender's portal writes them in lower case.
    pub(super) fn severity(&mut self, text: &str, span: Span) {
        let text = text.trim();
        let known = SEVERITIES.iter().find(|(name, _)| name.eq_ignore_ascii_case(text));
        self.metadata.level = known.map(|(_, level)| *level);
        if known.is_none() {
            let names = SEVERITIES.map(|(name, _)| name);
            let help = match did_you_mean(text, names) {
                Some(near) => format!("a similar severity is `{near}`"),
                None => "it is one of `Informational`, `Low`, `Medium`, `High`".to_owned(),
            };
            self.warn(span, format!("`{text}` is not a severity"), help);
        }
    }

    /// Tactics: one, or several with commas between them.
    pub(super) fn tactics(&mut self, text: &str, span: Span) {
        if attack::tactic(text) == attack::Tactic::State {
            return;
        }
        for part in text.split(',').map(str::trim).filter(|part| !part.is_empty()) {
            match attack::tactic(part) {
                attack::Tactic::Tag(tag) => self.tag(tag),
                attack::Tactic::State => {}
                attack::Tactic::Unknown(near) => {
                    let help = near.map_or_else(
                        || {
                            "it is the name of an ATT&CK tactic without spaces, such as `InitialAccess`"
                                .to_owned()
                        },
                        |near| format!("a similar tactic is `{near}`"),
                    );
                    self.warn(span, format!("`{part}` is not a tactic"), help);
                }
            }
        }
    }

    /// Techniques: one, or several with commas between them.
    pub(super) fn technique(&mut self, text: &str, span: Span) {
        for part in text.split(',').map(str::trim).filter(|part| !part.is_empty()) {
            match attack::technique(part) {
                Some(tag) => self.tag(tag),
                None => self.warn(
                    span,
                    format!("`{part}` is not a technique"),
                    "write it as `T1059` or `T1059.001`".to_owned(),
                ),
            }
        }
    }

    /// A part of the schedule, by the key that Sentinel has for it.
    pub(super) fn schedule(&mut self, key: &str, text: &str, span: Span) {
        match key {
            "queryFrequency" => {
                let frequency = self.timespan(key, text, span);
                self.schedule.get_or_insert_default().frequency = frequency;
            }
            "queryPeriod" => {
                let period = self.timespan(key, text, span);
                self.schedule.get_or_insert_default().period = period;
            }
            "triggerOperator" => {
                let operator = TriggerOperator::parse(text);
                self.schedule.get_or_insert_default().operator = operator;
                if operator.is_none() {
                    let help = "it is one of `gt`, `lt`, `eq`, `ne`".to_owned();
                    self.warn(span, format!("`{text}` is not a trigger operator"), help);
                }
            }
            _ => {
                let threshold = text.trim().parse().ok();
                self.schedule.get_or_insert_default().threshold = threshold;
                if threshold.is_none() {
                    let help = "it is a whole number, most often `0`".to_owned();
                    self.warn(span, format!("`{text}` is not a number of results"), help);
                }
            }
        }
    }

    /// A length of time.
    pub(super) fn timespan(&mut self, key: &str, text: &str, span: Span) -> Option<Timespan> {
        let timespan = Timespan::parse(text);
        if timespan.is_none() {
            let help = "write it as `5m`, `1h`, `14d`, `00:05:00` or `PT1H`".to_owned();
            self.warn(span, format!("`{key}` is not a length of time"), help);
        }
        timespan
    }

    /// Adds a tag, once.
    pub(super) fn tag(&mut self, tag: String) {
        if self.tagged.insert(tag.clone()) {
            self.metadata.tags.push(tag);
        }
    }

    /// Puts a rule's query and what was collected together.
    pub(super) fn finish(self, query: Option<&Node<'_>>, rule: &Node<'_>, source: &Source) -> QueryText {
        let node = query.filter(|node| !node.is_null());
        let text = match node.map(|node| (node, node.as_text())) {
            Some((node, Some(text))) => Ok((node, text)),
            Some((node, None)) => {
                let message = format!("a query must be text, not {}", node.type_name());
                Err(Diagnostic::new(Code::InvalidType, node.span, message))
            }
            None => Err(Diagnostic::new(Code::MissingKey, rule.span, "the rule has no query")
                .help("add `query:` with a Kusto query")),
        };
        let span = rule.span;
        let mut query = match text {
            Ok((node, text)) => QueryText {
                text: text.to_string(),
                positions: node
                    .positions(source)
                    .unwrap_or_else(|| Positions::from(node.span.start as usize)),
                ..QueryText::without_text(span, Vec::new())
            },
            Err(diagnostic) => QueryText::without_text(span, vec![diagnostic]),
        };
        query.diagnostics.extend(self.diagnostics);
        query.diagnostics.sort_by_key(|diagnostic| diagnostic.span);
        QueryText { metadata: Arc::new(self.metadata), schedule: self.schedule, ..query }
    }

    fn warn(&mut self, span: Span, message: String, help: String) {
        if self.diagnostics.len() < MAX_DIAGNOSTICS {
            self.diagnostics.push(Diagnostic::new(Code::InvalidMetadata, span, message).help(help));
        } else if let Some(last) = self.diagnostics.last_mut() {
            last.help = Some("there are more problems after this one".to_owned());
        }
    }
}

/// The texts of a scalar or of a list's elements, with their places; what is neither is left out.
fn texts(node: &Node<'_>) -> Vec<(String, Span)> {
    let elements = match &node.kind {
        Kind::Seq(elements) => elements.as_slice(),
        Kind::Scalar(_) | Kind::Map(_) => std::slice::from_ref(node),
    };
    let not_null = elements.iter().filter(|element| !element.is_null());
    not_null.filter_map(|element| Some((element.as_text()?.to_string(), element.span))).collect()
}

/// A description without the single quotes that Sentinel's repository puts around each.
fn without_quotes(text: &str) -> &str {
    let inner = text.strip_prefix('\'').and_then(|rest| rest.strip_suffix('\''));
    inner.map_or(text, str::trim)
}

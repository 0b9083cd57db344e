//! What a rule has to find, as the file beside it says: `whoami.tests.yml` for `whoami.yml`.
//!
//! ```yaml
//! - name: somebody runs whoami
//!   event: {Image: 'C:\Windows\System32\whoami.exe'}
//! - name: another program
//!   event: {Image: 'C:\Windows\System32\cmd.exe'}
//!   match: false
//! - name: a recording
//!   file: whoami.json
//!   matches: 3
//! ```
//!
//! A rule that counts events or joins them gets those of a test together: `match` is whether it makes rows of them,
//! `matches` how many.

use std::{
    fs,
    path::{Path, PathBuf},
};

use super::report::counted;
use crate::{
    cli::from::SIDECAR_ENDS,
    diag::{Code, Diagnostic, Source, Span, did_you_mean},
    events::{self, Shape, Verdict},
    ir::{Metadata, eval::Event},
    sigma::Reading,
    yaml::{self, Node, Plain},
};

const KEYS: [&str; 7] = ["name", "rule", "event", "events", "file", "match", "matches"];

/// What the rules of one file have to find.
#[derive(Debug, Default)]
pub(super) struct Expectations {
    tests: Vec<Expectation>,
    /// The file that they stand in, if there is one.
    source: Option<Source>,
}

/// Events, and how many of them a rule has to find.
#[derive(Debug)]
pub(super) struct Expectation {
    pub(super) name: String,
    /// The title, id or name of the rule, and where it stands; every rule of the file without.
    rule: Option<(String, Span)>,
    pub(super) events: Vec<Event>,
    pub(super) shape: Option<Shape>,
    wanted: Wanted,
    /// Where it stands.
    pub(super) file: String,
    pub(super) line: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wanted {
    All,
    None,
    Some(usize),
}

impl Expectations {
    /// Those in the file beside a rule's; none without one.
    ///
    /// # Errors
    /// What is wrong with the file, and its text.
    pub(super) fn beside(rule: &Path) -> Result<Self, (Source, Vec<Diagnostic>)> {
        let stem = rule.with_extension("");
        let sidecar = SIDECAR_ENDS.iter().map(|end| PathBuf::from(format!("{}{end}", stem.display())));
        let Some(sidecar) = sidecar.into_iter().find(|path| path.is_file()) else {
            return Ok(Self::default());
        };
        let name = sidecar.display().to_string();
        let text = match fs::read_to_string(&sidecar) {
            Ok(text) => text,
            Err(error) => {
                let fault = Diagnostic::without_span(Code::Unreadable, format!("cannot be read: {error}"));
                return Err((Source::new(name, String::new()), vec![fault]));
            }
        };
        let source = Source::new(name, text);
        let folder = sidecar.parent().unwrap_or(Path::new(""));
        match parse(&source, folder) {
            Ok(tests) => Ok(Self { tests, source: Some(source) }),
            Err(faults) => Err((source, faults)),
        }
    }

    /// Those for a rule; of what is only a part of correlations, those that name it.
    pub(super) fn of<'e>(&'e self, reading: &'e Reading) -> impl Iterator<Item = &'e Expectation> {
        self.tests.iter().filter(move |it| match &it.rule {
            Some((rule, _)) => names(&reading.metadata).contains(&rule.as_str()),
            None => !reading.is_part(),
        })
    }

    /// The names of rules that none of the file's rules has, and the text that they stand in.
    pub(super) fn unknown(&self, readings: &[Reading]) -> Option<(&Source, Vec<Diagnostic>)> {
        let known: Vec<&str> = readings.iter().flat_map(|reading| names(&reading.metadata)).collect();
        let rules = self.tests.iter().filter_map(|it| it.rule.as_ref());
        let faults = rules.filter(|(rule, _)| !known.contains(&rule.as_str())).map(|(rule, span)| {
            let message = format!("no rule beside this file has the title, id or name `{rule}`");
            let fault = Diagnostic::new(Code::UnknownReference, *span, message);
            match did_you_mean(rule, known.iter().copied()) {
                Some(near) => fault.help(format!("a similar one is `{near}`")),
                None => fault.help("the test is of no rule, so it tests nothing"),
            }
        });
        Some((self.source.as_ref()?, faults.collect()))
    }
}

/// What a rule may be called by.
fn names(metadata: &Metadata) -> Vec<&str> {
    let Metadata { title, id, name, .. } = metadata;
    [Some(title.as_str()), id.as_deref(), name.as_deref()].into_iter().flatten().collect()
}

impl Expectation {
    /// Whether every event is to be found.
    pub(super) fn all_match(&self) -> bool {
        self.wanted != Wanted::None
    }

    /// What is otherwise than it should be.
    pub(super) fn problem(&self, verdicts: &[Verdict]) -> Option<String> {
        let found = verdicts.iter().filter(|verdict| **verdict == Verdict::Fires).count();
        let why = verdicts.iter().find_map(|verdict| match verdict {
            Verdict::Inapplicable(why) => Some(why),
            _ => None,
        });
        let total = verdicts.len();
        let wanted = match self.wanted {
            Wanted::All => total,
            Wanted::None => 0,
            Wanted::Some(count) => count,
        };
        if let Some(why) = why {
            return Some(format!("the rule cannot be tested on these events: {why}"));
        }
        (found != wanted).then(|| match (total, found) {
            (1, 0) => "the event is not found, and should be".to_owned(),
            (1, _) => "the event is found, and should not be".to_owned(),
            _ => format!("{found} of {total} events are found, and {wanted} should be"),
        })
    }
}

impl Expectation {
    /// As [`Self::problem`], of a rule that makes rows of several events.
    pub(super) fn problem_of_rows(&self, rows: &Result<Vec<Event>, String>) -> Option<String> {
        let found = match rows {
            Ok(rows) => rows.len(),
            Err(why) => return Some(format!("the rule cannot be tested on these events: {why}")),
        };
        match self.wanted {
            Wanted::All if found == 0 => Some("the rule makes no row, and should".to_owned()),
            Wanted::None if found > 0 => {
                Some(format!("the rule makes {}, and should make none", counted(found, "row")))
            }
            Wanted::Some(count) if found != count => {
                Some(format!("the rule makes {}, and should make {count}", counted(found, "row")))
            }
            _ => None,
        }
    }
}

fn parse(source: &Source, folder: &Path) -> Result<Vec<Expectation>, Vec<Diagnostic>> {
    let (mut found, mut faults) = (Vec::new(), Vec::new());
    for document in yaml::parse(source) {
        let root = match document {
            Ok(document) => document.root,
            Err(fault) => {
                faults.push(fault);
                continue;
            }
        };
        let tests = root.get("tests").unwrap_or(&root);
        let Some(tests) = tests.as_seq() else {
            let message = format!("a list of tests is expected, not {}", tests.type_name());
            faults.push(Diagnostic::new(Code::InvalidType, tests.span, message));
            continue;
        };
        for test in tests {
            match one(test, source, folder) {
                Ok(expectation) => found.push(expectation),
                Err(fault) => faults.push(fault),
            }
        }
    }
    if faults.is_empty() { Ok(found) } else { Err(faults) }
}

fn one(test: &Node<'_>, source: &Source, folder: &Path) -> Result<Expectation, Diagnostic> {
    let wrong_type = |node: &Node<'_>, wanted: &str| {
        Diagnostic::new(
            Code::InvalidType,
            node.span,
            format!("{wanted} is expected, not {}", node.type_name()),
        )
    };
    let entries = test.as_map().ok_or_else(|| wrong_type(test, "a map"))?;
    let allowed = || KEYS.into_iter().chain(["schema"]);
    for (key, _) in entries {
        let name = key.as_text().map_or("", |text| text);
        if !allowed().any(|known| known == name) {
            let fault = Diagnostic::new(Code::InvalidValue, key.span, format!("a test has no `{name}`"));
            let near = did_you_mean(name, allowed());
            return Err(match near {
                Some(near) => fault.help(format!("there is `{near}`")),
                None => fault.help(format!("there are {}, schema", KEYS.join(", "))),
            });
        }
    }
    let text = |key: &str| test.get(key).and_then(Node::as_text).map(ToString::to_string);
    let shape = match test.get("schema") {
        None => None,
        Some(node) => Some(node.as_text().and_then(|name| Shape::named(name)).ok_or_else(|| {
            let known = Shape::SCHEMAS.join(", ");
            Diagnostic::new(Code::InvalidValue, node.span, "this is no schema of events")
                .help(format!("there are own, windows, {known}"))
        })?),
    };
    let events = events_of(test, folder)?;
    Ok(Expectation {
        name: text("name").unwrap_or_else(|| format!("line {}", source.locate(test.span).line)),
        rule: test.get("rule").and_then(|node| Some((node.as_text()?.to_string(), node.span))),
        wanted: wanted(test)?,
        events,
        shape,
        file: source.name().to_owned(),
        line: source.locate(test.span).line,
    })
}

fn wanted(test: &Node<'_>) -> Result<Wanted, Diagnostic> {
    let fault =
        |node: &Node<'_>, message: &str| Diagnostic::new(Code::InvalidType, node.span, message.to_owned());
    match (test.get("match"), test.get("matches")) {
        (Some(_), Some(both)) => Err(fault(both, "a test has `match` or `matches`, not both")),
        (None, None) => Ok(Wanted::All),
        (Some(node), None) => match node.as_scalar().map(crate::yaml::Scalar::resolve) {
            Some(Plain::Boolean(true)) => Ok(Wanted::All),
            Some(Plain::Boolean(false)) => Ok(Wanted::None),
            _ => Err(fault(node, "`match` is true or false")),
        },
        (None, Some(node)) => {
            let count = node.as_text().and_then(|text| text.parse().ok());
            count.map(Wanted::Some).ok_or_else(|| fault(node, "`matches` is how many events are found"))
        }
    }
}

fn events_of(test: &Node<'_>, folder: &Path) -> Result<Vec<Event>, Diagnostic> {
    let missing = |span: Span| {
        Diagnostic::new(Code::MissingKey, span, "a test has an `event`, `events` or a `file` of them")
    };
    if let Some(event) = test.get("event") {
        return events::event(event.to_json()).map(|event| vec![event]).ok_or_else(|| missing(event.span));
    }
    if let Some(list) = test.get("events") {
        let events = list.as_seq().ok_or_else(|| missing(list.span))?;
        return events.iter().map(|it| events::event(it.to_json()).ok_or_else(|| missing(it.span))).collect();
    }
    let node = test.get("file").ok_or_else(|| missing(test.span))?;
    let path = folder.join(node.as_text().map_or("", |text| text));
    let unreadable = |error: String| Diagnostic::new(Code::Unreadable, node.span, error);
    let text = fs::read_to_string(&path).map_err(|error| unreadable(format!("cannot be read: {error}")))?;
    let (events, faults) = events::read(&text);
    match faults.first() {
        Some(fault) => Err(unreadable(fault.message.clone())),
        None => Ok(events),
    }
}

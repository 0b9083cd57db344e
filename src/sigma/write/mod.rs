//! Writing Sigma: a rule of any origin as `SigmaHQ`'s authors would write it.
//!
//! `stage` follows the rule's stages, `legal` makes each test one that Sigma has, `item` and `search` group them,
//! `assemble` and `name` give them search identifiers. The result means what the rule means, or a note says otherwise.

mod assemble;
mod base64;
mod correlation;
mod derived;
mod formula;
mod item;
mod legal;
mod log_source;
mod metadata;
mod name;
mod search;
mod stage;
mod together;
mod tree;
mod union;
mod value;
pub(super) mod yaml;

#[cfg(test)]
mod tests;

use std::sync::Arc;

pub use formula::Formula;
pub use tree::{
    Correlation, CorrelationRule, CorrelationType, Detection, DetectionRule, DetectionSection, Header, Item,
    SigmaRule, Value,
};

use crate::{
    diag::{Code, Diagnostic, Effect, Note, Span},
    ir::{Condition, Field, LogSource, Metadata, Origin, Predicate, Rule, Stage, Test},
};
use stage::Outline;
use together::Together;
use union::Branch;

/// How many search identifiers a rule may have.
const MAX_SEARCHES: usize = 1000;

/// What Sigma's taxonomy says of event classes, which the mapping table knows.
pub trait Taxonomy {
    /// The log source of a class.
    fn log_source_of(&self, class: &str) -> Option<LogSource>;

    /// The path whose last element a derived field is: `Image` of `process_name`.
    fn path_of(&self, class: &str, derived: &str) -> Option<Arc<str>> {
        let _ = (class, derived);
        None
    }
}

/// How rules are written.
#[derive(Clone, Copy, Default)]
pub struct WriteOptions<'t> {
    /// Whether tests that distinguish case are written with `cased`, which few authors use, instead of being widened.
    pub exact_case: bool,
    /// What is known of event classes; rules that come from a log source need none.
    pub taxonomy: Option<&'t dyn Taxonomy>,
}

impl std::fmt::Debug for WriteOptions<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let has_taxonomy = self.taxonomy.is_some();
        f.debug_struct("WriteOptions")
            .field("exact_case", &self.exact_case)
            .field("taxonomy", &has_taxonomy)
            .finish()
    }
}

/// Writes a rule. An id that is not a UUID is replaced by one made of the title and the detection, so that the same
/// rule has the same.
///
/// # Errors
/// [`Code::Unsupported`] if Sigma has nothing for a test, a stage or the origin.
pub fn write(
    rule: &Rule,
    options: &WriteOptions<'_>,
    notes: &mut Vec<Note>,
) -> Result<SigmaRule, Diagnostic> {
    let header = metadata::header(&rule.metadata);
    let context = Context { metadata: &rule.metadata, options, span: rule.span };
    if together::correlations(&rule.stages) > 1 {
        let message =
            "correlations are written as Sigma where they are of rules, and this is of another correlation";
        return Err(Diagnostic::new(Code::Unsupported, rule.span, message)
            .help("Kusto and SPL put the matches of correlations together"));
    }
    if let Some(together) = Together::of(rule) {
        let mut written = together.write(&context, header, notes)?;
        identify(&mut written);
        return Ok(written);
    }
    // Those of correlations slide, so that their length is all there is to say.
    if rule.stages.iter().any(|stage| matches!(stage, Stage::Slide(_))) {
        let mut windows = Vec::new();
        let each = |stage: &Stage| match stage {
            Stage::Slide(slide) => {
                windows.push(slide.span);
                Stage::Summarize(slide.tumbling())
            }
            other => other.clone(),
        };
        let stages = rule.stages.iter().map(each).collect();
        let written = write(&Rule { stages, ..rule.clone() }, options, notes);
        // Nothing became another window.
        notes.retain(|note| {
            note.code != Code::EventApproximated || !note.span.is_some_and(|span| windows.contains(&span))
        });
        return written;
    }
    let branches = union::branches(rule);
    let mut written = match branches.as_slice() {
        [only] => context.one(only, header, notes)?,
        several => context.several(several, &header, notes)?,
    };
    identify(&mut written);
    Ok(written)
}

/// What the documents of a rule have in common.
struct Context<'a> {
    metadata: &'a Metadata,
    options: &'a WriteOptions<'a>,
    span: Span,
}

impl Context<'_> {
    /// A rule, or rules that a correlation puts together.
    fn one(
        &self,
        branch: &Branch<'_>,
        header: Header,
        notes: &mut Vec<Note>,
    ) -> Result<SigmaRule, Diagnostic> {
        let Outline { condition, threshold, partner } = branch.outline(self.span, notes)?;
        let mut base = self.detection_rule(branch.origin, &condition, header, notes)?;
        Ok(match (threshold, partner) {
            (None, None) => {
                base.definition = metadata::definition(self.metadata);
                SigmaRule { rules: vec![base], correlation: None }
            }
            (Some(threshold), _) => correlation::counted(vec![base], threshold),
            (None, Some(partner)) => {
                let other =
                    self.detection_rule(&partner.origin, &partner.condition, base.header.clone(), notes)?;
                correlation::together(base, other, &partner)
            }
        })
    }

    /// A rule for each table of a union: those of one log source are one. What is counted of all of them is counted of
    /// the rules together.
    fn several(
        &self,
        branches: &[Branch<'_>],
        header: &Header,
        notes: &mut Vec<Note>,
    ) -> Result<SigmaRule, Diagnostic> {
        let mut rules: Vec<(&Origin, Condition)> = Vec::new();
        let mut counted = None;
        for (at, branch) in branches.iter().enumerate() {
            let Outline { condition, threshold, partner } = branch.outline(self.span, notes)?;
            if partner.is_some() || (at > 0 && threshold != counted) {
                let message = "Sigma puts the rules of a union together in one way alone";
                return Err(Diagnostic::new(Code::Unsupported, self.span, message));
            }
            counted = threshold;
            match rules.iter_mut().find(|(origin, _)| union::are_alike(origin, branch.origin)) {
                Some((_, before)) => *before = Condition::any([before.clone(), condition]),
                None => rules.push((branch.origin, condition)),
            }
        }
        let mut written = Vec::with_capacity(rules.len());
        for (origin, condition) in &rules {
            written.push(self.detection_rule(origin, condition, header.clone(), notes)?);
        }
        if let Some(threshold) = counted {
            return Ok(correlation::counted(written, threshold));
        }
        if written.len() > 1 {
            union::tell_apart(&mut written);
        }
        Ok(SigmaRule { rules: written, correlation: None })
    }

    fn detection_rule(
        &self,
        origin: &Origin,
        condition: &Condition,
        header: Header,
        notes: &mut Vec<Note>,
    ) -> Result<DetectionRule, Diagnostic> {
        let log_source =
            log_source::log_source(origin, self.metadata, condition, self.options, notes, self.span)?;
        let condition = derived::paths_of(condition, origin, &log_source, self.options.taxonomy);
        let condition = legal::legalize(&condition, self.options, notes)?;
        let refuse = |what: &str| {
            Diagnostic::new(Code::Unsupported, self.span, format!("Sigma has no rule that {what}"))
        };
        let condition = match condition {
            Condition::Always => self.every_event(origin, notes),
            Condition::Never => return Err(refuse("no event matches")),
            condition => condition,
        };
        let detection = assemble::section(search::node(&condition));
        if detection.searches.len() > MAX_SEARCHES {
            return Err(refuse("has that many search identifiers"));
        }
        Ok(DetectionRule { header, log_source, definition: None, detection })
    }
}

impl Context<'_> {
    /// A test that every event passes, for a rule has to have one: all have a time.
    fn every_event(&self, origin: &Origin, notes: &mut Vec<Note>) -> Condition {
        let time = match origin {
            Origin::Table(table) if table.schema.as_deref() == Some("defender") => "Timestamp",
            Origin::Table(_) => "TimeGenerated",
            _ => "UtcTime",
        };
        let message = "a Sigma rule has a test: this one asks for the time that every event has";
        notes.push(Note::new(Code::TestWidened, Effect::None, self.span, message));
        Condition::is(Predicate::new(Field::new(time), Test::Exists, self.span))
    }
}

/// Gives documents without a UUID one that depends on what they say.
fn identify(rule: &mut SigmaRule) {
    for at in 0..rule.rules.len() {
        if rule.rules[at].header.id.is_none() {
            let alone = SigmaRule { rules: vec![rule.rules[at].clone()], correlation: None };
            rule.rules[at].header.id = Some(metadata::uuid_of(&identity(&alone)));
        }
    }
    if rule.correlation.as_ref().is_some_and(|correlation| correlation.header.id.is_none()) {
        let id = metadata::uuid_of(&identity(rule));
        if let Some(correlation) = &mut rule.correlation {
            correlation.header.id = Some(id);
        }
    }
}

/// What an id is made of: the titles, what is looked for, and where.
fn identity(rule: &SigmaRule) -> String {
    let mut bare = rule.clone();
    let strip = |header: &mut Header| {
        *header = Header { title: std::mem::take(&mut header.title), ..Header::default() };
    };
    bare.rules.iter_mut().for_each(|rule| strip(&mut rule.header));
    if let Some(correlation) = &mut bare.correlation {
        strip(&mut correlation.header);
    }
    super::print::print(&bare)
}

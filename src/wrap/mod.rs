//! Envelopes: what surrounds a finished query. An envelope places a query, it never builds one. Text forms are
//! templates, in which nothing is optional: an unknown variable is an error. JSON, YAML and TOML are serialized.

mod bicep;
mod clean;
mod columns;
mod conf;
mod defender;
mod elastic;
mod entities;
mod facts;
mod id;
mod report;
mod schedule;
mod sentinel;
mod splunk;
mod template;
mod text;
mod threat;

pub use report::report;
pub use template::{Template, Templates};
pub use text::{Entry, one_line, text};

use crate::{
    Conversion,
    diag::{Code, Diagnostic, Effect, Note},
    ir::Rule,
    mapping::Mapping,
    target::Target,
};

/// A kind of file that a query is deployed in.
#[derive(Debug)]
pub struct Envelope {
    /// The name on the command line.
    pub name: &'static str,
    /// What it is, for people.
    pub title: &'static str,
    /// The targets whose queries it takes; empty for all.
    pub targets: &'static [&'static str],
    /// The file name extension, without the dot.
    pub extension: &'static str,
    /// How several of them stand in one stream.
    pub join: Join,
    form: Form,
}

/// How several files of one kind stand in one stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Join {
    /// A line each.
    Lines,
    /// One after the other, with an empty line between.
    Paragraphs,
    /// YAML documents, `---` before each.
    Documents,
    /// The elements of a JSON array.
    Array,
    /// Not at all: the format holds one.
    Alone,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    SavedSearch,
    CorrelationSearch,
    AnalyticRule,
    AnalyticRuleArm,
    AnalyticRuleBicep,
    HuntingQuery,
    CustomDetection,
    DetectionRule,
    DetectionRuleToml,
    SavedQuery,
    Report,
}

/// Every envelope, in the order they are listed.
pub static ENVELOPES: &[Envelope] = &[
    Envelope {
        name: "saved-search",
        title: "Splunk: a scheduled search, as a stanza of savedsearches.conf",
        targets: &["splunk", "splunk-cim"],
        extension: "conf",
        join: Join::Paragraphs,
        form: Form::SavedSearch,
    },
    Envelope {
        name: "correlation-search",
        title: "Splunk Enterprise Security: a correlation search, as a stanza of savedsearches.conf",
        targets: &["splunk", "splunk-cim"],
        extension: "conf",
        join: Join::Paragraphs,
        form: Form::CorrelationSearch,
    },
    Envelope {
        name: "analytic-rule",
        title: "Microsoft Sentinel: an analytic rule, in the YAML of the Azure-Sentinel repository",
        targets: &["sentinel", "asim"],
        extension: "yaml",
        join: Join::Documents,
        form: Form::AnalyticRule,
    },
    Envelope {
        name: "analytic-rule-arm",
        title: "Microsoft Sentinel: an analytic rule, as an ARM template",
        targets: &["sentinel", "asim"],
        extension: "json",
        join: Join::Array,
        form: Form::AnalyticRuleArm,
    },
    Envelope {
        name: "analytic-rule-bicep",
        title: "Microsoft Sentinel: an analytic rule, as a Bicep file",
        targets: &["sentinel", "asim"],
        extension: "bicep",
        join: Join::Alone,
        form: Form::AnalyticRuleBicep,
    },
    Envelope {
        name: "hunting-query",
        title: "Microsoft Sentinel and Defender: a hunting query, in the YAML of the Azure-Sentinel repository",
        targets: &["defender", "sentinel", "asim"],
        extension: "yaml",
        join: Join::Documents,
        form: Form::HuntingQuery,
    },
    Envelope {
        name: "custom-detection",
        title: "Microsoft Defender XDR: a custom detection, in the JSON of the Graph API",
        targets: &["defender"],
        extension: "json",
        join: Join::Array,
        form: Form::CustomDetection,
    },
    Envelope {
        name: "detection-rule",
        title: "Elastic Security: a detection rule, a line of NDJSON to import",
        targets: &["lucene", "eql", "esql"],
        extension: "ndjson",
        join: Join::Lines,
        form: Form::DetectionRule,
    },
    Envelope {
        name: "detection-rule-toml",
        title: "Elastic Security: a detection rule, in the TOML of the detection-rules repository",
        targets: &["lucene", "eql", "esql"],
        extension: "toml",
        join: Join::Alone,
        form: Form::DetectionRuleToml,
    },
    Envelope {
        name: "saved-query",
        title: "Kibana: a saved query, a line of NDJSON to import as a saved object",
        targets: &["lucene"],
        extension: "ndjson",
        join: Join::Lines,
        form: Form::SavedQuery,
    },
    Envelope {
        name: REPORT,
        title: "A report of each rule and its queries for all targets, in markdown",
        targets: &[],
        extension: "md",
        join: Join::Paragraphs,
        form: Form::Report,
    },
];

/// The envelope that holds all conversions of a rule; see [`report()`].
pub const REPORT: &str = "report";

impl Envelope {
    /// Whether it takes this target's queries.
    pub fn fits(&self, target: &Target) -> bool {
        self.targets.is_empty() || self.targets.contains(&target.name)
    }

    /// Whether one holds all conversions of a rule, not one of them.
    pub fn is_of_a_rule(&self) -> bool {
        self.form == Form::Report
    }
}

/// The envelope of this name.
pub fn find(name: &str) -> Option<&'static Envelope> {
    ENVELOPES.iter().find(|envelope| envelope.name == name)
}

/// The envelopes that take a target's queries.
pub fn of_target(target: &Target) -> impl Iterator<Item = &'static Envelope> {
    ENVELOPES.iter().filter(|envelope| envelope.fits(target))
}

/// What is placed into an envelope: a rule, and what came of it for a target.
#[derive(Debug, Clone, Copy)]
pub struct Parcel<'a> {
    /// The rule as read.
    pub rule: &'a Rule,
    /// Its conversion for one target.
    pub conversion: &'a Conversion,
    /// The mapping table that it was converted with: entities are found through it.
    pub mapping: Option<&'a Mapping>,
    /// The rule's file, for people.
    pub path: &'a str,
}

/// A file's content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wrapped {
    /// The text, with a line feed at its end.
    pub text: String,
    /// What its product tells it from others by: an id or a name. Of two with the same one the second replaces the
    /// first. Nothing, where nothing does.
    pub key: Option<String>,
    /// What the envelope cannot hold, or holds otherwise.
    pub notes: Vec<Note>,
}

/// Places a query into an envelope.
///
/// # Errors
/// There is no query, the envelope does not take the target's queries or only all conversions of a rule, or it cannot
/// hold this query.
pub fn envelope(envelope: &Envelope, parcel: Parcel<'_>) -> Result<Wrapped, Diagnostic> {
    let target = parcel.conversion.target;
    if !envelope.fits(target) {
        let message = format!("envelope `{}` does not take queries of {}", envelope.name, target.name);
        let names: Vec<_> = of_target(target).map(|other| format!("`{}`", other.name)).collect();
        return Err(Diagnostic::without_span(Code::Unsupported, message).help(format!(
            "envelopes for {}: {}",
            target.name,
            names.join(", ")
        )));
    }
    let mut facts = facts::Facts::of(parcel)?;
    let has_severity = !matches!(envelope.form, Form::HuntingQuery | Form::SavedQuery);
    if has_severity && facts.level.is_none() {
        facts.tell(changed(Effect::None, "the rule has no level: its severity is medium"));
    }
    match envelope.form {
        Form::SavedSearch => splunk::saved_search(facts),
        Form::CorrelationSearch => splunk::correlation_search(facts),
        Form::AnalyticRule => sentinel::analytic_rule(facts),
        Form::AnalyticRuleArm => sentinel::arm(facts),
        Form::AnalyticRuleBicep => Ok(sentinel::bicep(facts)),
        Form::HuntingQuery => sentinel::hunting_query(facts),
        Form::CustomDetection => defender::custom_detection(facts),
        Form::DetectionRule => elastic::detection_rule(facts),
        Form::DetectionRuleToml => elastic::detection_rule_toml(facts),
        Form::SavedQuery => elastic::saved_query(facts),
        Form::Report => {
            let message = "a report is of a rule and all its conversions";
            Err(Diagnostic::without_span(Code::Unsupported, message))
        }
    }
}

/// A note that something has no place in an envelope.
fn lacks(message: impl Into<String>) -> Note {
    Note::whole_rule(Code::EnvelopeLacks, Effect::None, message)
}

/// A note that something is said otherwise in an envelope.
fn changed(effect: Effect, message: impl Into<String>) -> Note {
    Note::whole_rule(Code::EnvelopeChanged, effect, message)
}

fn defect(what: &str, error: &dyn std::fmt::Display) -> Diagnostic {
    Diagnostic::without_span(Code::Internal, format!("{what}: {error}"))
}

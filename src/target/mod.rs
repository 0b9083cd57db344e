//! Targets: a language, a schema, and what they can say.

mod capabilities;
mod legalize;
mod portal;
mod presentation;

pub use capabilities::{Capabilities, Feature, NullLogic, Support};
pub use legalize::legalize;
pub(crate) use presentation::without_presentation;

use std::sync::Arc;

use crate::{
    diag::{Diagnostic, Note},
    elastic::{eql, esql, lucene},
    ir::{LogSource, Rule},
    kusto,
    mapping::Mapping,
    sigma::{self, Taxonomy},
    splunk,
};

/// What queries can be made for.
#[derive(Debug)]
pub struct Target {
    /// The name on the command line.
    pub name: &'static str,
    /// The group it belongs to, a name for several targets.
    pub group: &'static str,
    /// The language's own name.
    pub language: Language,
    /// The product, for people.
    pub product: &'static str,
    /// The mapping table's column.
    pub schema: &'static str,
    /// The schema that a rule goes to where the first one lacks what it needs.
    pub fallback: Option<&'static str>,
    /// The column of the events' time, where no mapping tells it.
    pub time: &'static str,
    /// The usual file name extension of a query, without the dot.
    pub extension: &'static str,
}

/// A query language.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    /// Kusto Query Language.
    Kusto,
    /// Splunk's Search Processing Language.
    Spl,
    /// Lucene's `query_string` syntax.
    Lucene,
    /// Elastic's Event Query Language.
    Eql,
    /// Elasticsearch Query Language.
    Esql,
    /// Sigma rules.
    Sigma,
}

impl Language {
    /// The language's name as its vendor writes it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Kusto => "Kusto (KQL)",
            Self::Spl => "SPL",
            Self::Lucene => "Lucene",
            Self::Eql => "EQL",
            Self::Esql => "ES|QL",
            Self::Sigma => "Sigma",
        }
    }

    /// The name in a narrow column.
    pub fn short_name(self) -> &'static str {
        match self {
            Self::Kusto => "Kusto",
            other => other.name(),
        }
    }

    /// Whether what it returns are events as they are, whatever a query does with them at its end.
    pub(crate) fn returns_events(self) -> bool {
        matches!(self, Self::Lucene | Self::Eql | Self::Sigma)
    }

    /// Whether a query can be about several events together.
    pub(crate) fn sees_several(self) -> bool {
        self != Self::Lucene
    }

    /// What the language can say.
    pub fn capabilities(self) -> &'static Capabilities {
        Capabilities::of(self)
    }

    /// Writes and prints a legalized rule.
    pub(crate) fn generate(
        self,
        rule: &Rule,
        case: lucene::CaseMode,
        mapping: Option<&Mapping>,
        notes: &mut Vec<Note>,
    ) -> Result<String, Diagnostic> {
        match self {
            Self::Kusto => kusto::write(rule, notes).map(|query| kusto::print(&query)),
            Self::Spl => splunk::write(rule, notes).map(|query| splunk::print(&query)),
            Self::Lucene => lucene::write(rule, case, notes).map(|query| lucene::print(&query)),
            Self::Eql => eql::write(rule, notes).map(|query| eql::print(&query)),
            Self::Esql => {
                let query = esql::print(&esql::write(rule, notes)?);
                esql::note_length(&query, notes);
                Ok(query)
            }
            Self::Sigma => {
                let classes = mapping.map(Classes);
                let taxonomy = classes.as_ref().map(|classes| classes as &dyn Taxonomy);
                // What a Sigma author asked for stays; in other languages case is seldom meant.
                let exact_case = rule.metadata.log_source != LogSource::default();
                let options = sigma::WriteOptions { exact_case, taxonomy };
                sigma::write(rule, &options, notes).map(|rule| sigma::print(&rule).trim_end().to_owned())
            }
        }
    }
}

/// What the mapping table knows of event classes, for Sigma.
struct Classes<'m>(&'m Mapping);

impl Taxonomy for Classes<'_> {
    fn log_source_of(&self, class: &str) -> Option<LogSource> {
        self.0.log_source(class)
    }

    fn path_of(&self, class: &str, derived: &str) -> Option<Arc<str>> {
        self.0.path_of(class, derived)
    }
}

/// Every target, in the order they are listed.
pub static TARGETS: &[Target] = &[
    Target {
        name: "defender",
        group: "kql",
        language: Language::Kusto,
        product: "Microsoft Defender XDR advanced hunting",
        schema: "defender",
        fallback: None,
        time: "Timestamp",
        extension: "kql",
    },
    Target {
        name: "sentinel",
        group: "kql",
        language: Language::Kusto,
        product: "Microsoft Sentinel, tables of the Log Analytics workspace",
        schema: "sentinel",
        fallback: None,
        time: "TimeGenerated",
        extension: "kql",
    },
    Target {
        name: "asim",
        group: "kql",
        language: Language::Kusto,
        product: "Microsoft Sentinel, unified parsers of the ASIM",
        schema: "asim",
        fallback: None,
        time: "TimeGenerated",
        extension: "kql",
    },
    Target {
        name: "splunk",
        group: "spl",
        language: Language::Spl,
        product: "Splunk, fields of the Windows, Sysmon and Linux add-ons",
        schema: "splunk_ta",
        fallback: None,
        time: "_time",
        extension: "spl",
    },
    Target {
        name: "splunk-cim",
        group: "spl",
        language: Language::Spl,
        product: "Splunk, accelerated data models of the Common Information Model",
        schema: "cim",
        fallback: Some("splunk_ta"),
        time: "_time",
        extension: "spl",
    },
    Target {
        name: "lucene",
        group: "elastic",
        language: Language::Lucene,
        product: "Elasticsearch and OpenSearch query_string over ECS indices",
        schema: "ecs",
        fallback: None,
        time: "@timestamp",
        extension: "lucene",
    },
    Target {
        name: "eql",
        group: "elastic",
        language: Language::Eql,
        product: "Elastic Security event correlation over ECS indices",
        schema: "ecs",
        fallback: None,
        time: "@timestamp",
        extension: "eql",
    },
    Target {
        name: "esql",
        group: "elastic",
        language: Language::Esql,
        product: "Elasticsearch piped queries over ECS indices",
        schema: "ecs",
        fallback: None,
        time: "@timestamp",
        extension: "esql",
    },
    Target {
        name: "sigma",
        group: "sigma",
        language: Language::Sigma,
        product: "Sigma, the vendor-neutral form",
        schema: "sigma",
        fallback: None,
        time: crate::ir::TIME,
        extension: "yml",
    },
];

/// The target of this name.
pub fn find(name: &str) -> Option<&'static Target> {
    TARGETS.iter().find(|target| target.name == name)
}

/// The targets of a group (`kql`, `spl`, `elastic`); empty for an unknown name.
pub fn group(name: &str) -> Vec<&'static Target> {
    TARGETS.iter().filter(|target| target.group == name).collect()
}

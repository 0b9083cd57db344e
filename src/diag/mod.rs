//! What rulec tells a person: diagnostics (something is wrong) and notes (what a conversion changed).
//!
//! Both are plain data with a stable [`Code`] and a byte [`Span`] into one [`Source`]; renderers turn them
//! into terminal text, JSON and other forms at the edge.

mod code;
mod fix;
mod note;
mod positions;
pub mod render;
mod source;

pub use code::{Code, Severity};
pub use fix::{Edit, Fix};
pub use note::{Effect, Fidelity, Note, Policy};
pub use positions::Positions;
pub use source::{Location, Source, Span};

/// A problem found in a source: what is wrong, where, and what to do about it.
///
/// The message starts in lower case, has no final period, and puts what the author wrote in backticks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// The stable code.
    pub code: Code,
    /// How bad it is; [`Code::severity`] unless said otherwise.
    pub severity: Severity,
    /// One clause that stands on its own.
    pub message: String,
    /// Where, in the source it was found in; `None` for a file that could not be read at all.
    pub span: Option<Span>,
    /// A second place that explains the first (`first defined here`).
    pub related: Option<(Span, String)>,
    /// What to do.
    pub help: Option<String>,
    /// A change of the text that does it.
    pub fix: Option<Box<Fix>>,
}

impl Diagnostic {
    /// A diagnostic of the code's own severity at `span`.
    pub fn new(code: Code, span: Span, message: impl Into<String>) -> Self {
        Self { span: Some(span), ..Self::without_span(code, message) }
    }

    /// A diagnostic about a whole source.
    pub fn without_span(code: Code, message: impl Into<String>) -> Self {
        Self {
            code,
            severity: code.severity(),
            message: message.into(),
            span: None,
            related: None,
            help: None,
            fix: None,
        }
    }

    /// Adds what to do.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Adds a second place.
    #[must_use]
    pub fn related(mut self, span: Span, label: impl Into<String>) -> Self {
        self.related = Some((span, label.into()));
        self
    }

    /// Adds a change that does what the help says.
    #[must_use]
    pub fn fix(mut self, fix: Fix) -> Self {
        self.fix = Some(Box::new(fix));
        self
    }

    /// The same, but of this severity.
    #[must_use]
    pub fn severity(mut self, severity: Severity) -> Self {
        self.severity = severity;
        self
    }

    /// Whether it stops its rule from being converted.
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }
}

/// The candidate closest to `wrong`, for a did-you-mean, or none that is close.
pub fn did_you_mean<'a>(wrong: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let wrong = wrong.to_lowercase();
    let length = wrong.chars().count();
    candidates
        .into_iter()
        .map(|candidate| (candidate, candidate.chars().count()))
        // So many letters at least are to be added or taken away.
        .filter(|(_, count)| count.abs_diff(length) <= count.max(&3) / 3)
        .map(|(candidate, count)| {
            (strsim::damerau_levenshtein(&wrong, &candidate.to_lowercase()), candidate, count)
        })
        .filter(|(distance, _, count)| *distance <= count.max(&3) / 3)
        .map(|(distance, candidate, _)| (distance, candidate))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn suggestions_are_close_or_absent() {
        let known = ["contains", "startswith", "endswith", "re"];
        assert_eq!(did_you_mean("contain", known), Some("contains"));
        assert_eq!(did_you_mean("StartWith", known), Some("startswith"));
        assert_eq!(did_you_mean("frobnicate", known), None);
    }
}

//! Notes: what a conversion changed, and which way.

use super::{Code, Span};

/// What a change does to the set of events that the query matches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Effect {
    /// The query may match events that the rule does not: noise, no loss.
    More,
    /// The query may miss events that the rule matches: refused unless the user permits it.
    Less,
    /// Both can happen.
    Either,
    /// The meaning is unchanged; the reader should know all the same.
    None,
}

impl Effect {
    /// Whether the query may miss events.
    pub fn narrows(self) -> bool {
        matches!(self, Effect::Less | Effect::Either)
    }

    /// Whether the meaning changes at all.
    pub fn approximates(self) -> bool {
        self != Effect::None
    }

    /// The effect of the same change below a `not`: more becomes less and the reverse.
    #[must_use]
    pub fn negated(self) -> Self {
        match self {
            Effect::More => Effect::Less,
            Effect::Less => Effect::More,
            other => other,
        }
    }
}

/// One thing that a conversion changed or decided.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Note {
    /// The stable code.
    pub code: Code,
    /// One sentence without a final period.
    pub message: String,
    /// Which way the query differs from the rule.
    pub effect: Effect,
    /// The part of the rule that it is about; `None` for the whole rule.
    pub span: Option<Span>,
}

impl Note {
    /// A note about the part of the rule at `span`.
    pub fn new(code: Code, effect: Effect, span: Span, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), effect, span: Some(span) }
    }

    /// A note about the whole rule.
    pub fn whole_rule(code: Code, effect: Effect, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), effect, span: None }
    }
}

/// How a conversion ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, PartialOrd, Ord)]
#[serde(rename_all = "lowercase")]
pub enum Fidelity {
    /// The query matches exactly the events that the rule matches.
    Exact,
    /// It differs as the notes say.
    Approximate,
    /// There is no query; the error says why.
    Failed,
}

/// Which approximations the user accepts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Policy {
    /// Queries that match more are written, with a note; queries that may match less are refused.
    #[default]
    NoNarrowing,
    /// Both are written, with notes.
    AllowNarrowing,
    /// Only exact queries are written.
    Strict,
}

impl Policy {
    /// Whether a change of this effect may stand.
    pub fn accepts(self, effect: Effect) -> bool {
        match self {
            Policy::AllowNarrowing => true,
            Policy::NoNarrowing => !effect.narrows(),
            Policy::Strict => !effect.approximates(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_policy_never_loses_detections() {
        assert!(Policy::default().accepts(Effect::More));
        assert!(Policy::default().accepts(Effect::None));
        assert!(!Policy::default().accepts(Effect::Less));
        assert!(!Policy::default().accepts(Effect::Either));
        assert!(!Policy::Strict.accepts(Effect::More));
        assert!(Policy::AllowNarrowing.accepts(Effect::Either));
    }

    #[test]
    fn negation_turns_the_effect_around() {
        assert_eq!(Effect::More.negated(), Effect::Less);
        assert_eq!(Effect::Either.negated(), Effect::Either);
    }
}

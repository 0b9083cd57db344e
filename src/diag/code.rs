//! The registry of codes: one row each, stable once released, never reused.

/// How bad a diagnostic is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, PartialOrd, Ord)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Nothing is wrong; its author may want to know.
    Info,
    /// The rule converts; its author should look.
    Warning,
    /// The rule, or this conversion of it, fails.
    Error,
}

impl Severity {
    /// `info`, `warning` or `error`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

macro_rules! codes {
    ($($variant:ident $text:literal $severity:ident $explanation:literal;)+) => {
        /// The stable name of a kind of diagnostic or note.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Code {
            $(#[doc = $explanation] $variant,)+
        }

        impl Code {
            /// All codes, in the registry's order.
            pub const ALL: &'static [Code] = &[$(Code::$variant,)+];

            /// The name that people and pipelines see.
            pub fn as_str(self) -> &'static str {
                match self { $(Code::$variant => $text,)+ }
            }

            /// The usual severity of a diagnostic of this code.
            pub fn severity(self) -> Severity {
                match self { $(Code::$variant => Severity::$severity,)+ }
            }

            /// One sentence that explains it.
            pub fn explanation(self) -> &'static str {
                match self { $(Code::$variant => $explanation,)+ }
            }

            /// The code of this name.
            pub fn parse(name: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|code| code.as_str() == name)
            }
        }
    };
}

codes! {
    // Files and YAML.
    Unreadable "unreadable" Error "A file or folder cannot be read.";
    NotUtf8 "not-utf8" Error "A file is not valid UTF-8.";
    YamlSyntax "yaml-syntax" Error "The text is not valid YAML.";
    YamlLimit "yaml-limit" Error "The YAML nests too deeply, expands too many aliases, or is too large.";
    DuplicateKey "duplicate-key" Error "A key stands twice in one map; YAML readers disagree on which one counts.";
    AmbiguousScalar "ambiguous-scalar" Warning "A plain scalar means different things to YAML 1.1 and 1.2 readers; quote it.";
    // Sigma documents.
    NotARule "not-a-rule" Error "The document is not a detection rule.";
    NotYetConverted "not-yet-converted" Error "The document is of a kind that rulec reads but does not convert yet.";
    MissingKey "missing-key" Error "A mandatory key is missing.";
    InvalidType "invalid-type" Error "A value is of the wrong type for its place.";
    InvalidMetadata "invalid-metadata" Warning "A metadata value is outside its vocabulary or form.";
    // Detections.
    UnknownModifier "unknown-modifier" Error "A field modifier does not exist.";
    IllegalChain "illegal-chain" Error "These modifiers cannot follow one another, or do not fit the value.";
    InvalidValue "invalid-value" Error "A value cannot be used under its modifiers.";
    EmptyDetection "empty-detection" Error "A detection or list has no items.";
    NullKeyword "null-keyword" Error "A keyword is null, boolean, or otherwise not searchable text.";
    InvalidCidr "invalid-cidr" Error "A network is not in CIDR notation, or has host bits set.";
    InvalidRegex "invalid-regex" Error "A regular expression does not parse.";
    UnresolvedPlaceholder "unresolved-placeholder" Error "A placeholder has no values.";
    InvalidPlaceholders "invalid-placeholders" Error "A placeholder file is not a map of names to values.";
    InvalidProject "invalid-project" Error "A project file is malformed, or names what is not there.";
    SnapshotDiffers "snapshot-differs" Error "A query is not that of the snapshot.";
    // Correlations.
    InvalidCorrelation "invalid-correlation" Error "A correlation is out of form, or asks for what cannot be.";
    UnknownReference "unknown-reference" Error "A document names a rule that is not among the inputs.";
    AmbiguousReference "ambiguous-reference" Error "A document names a rule by what several rules are called.";
    ReferenceCycle "reference-cycle" Error "Correlations are of one another.";
    // Queries.
    QuerySyntax "query-syntax" Error "A query does not parse.";
    // Conditions.
    ConditionSyntax "condition-syntax" Error "A condition does not parse.";
    UnknownSelection "unknown-selection" Error "A condition names a detection that does not exist.";
    EmptySelector "empty-selector" Error "A selector such as `1 of filter_*` matches no detection.";
    UnusedSelection "unused-selection" Warning "A detection is defined but no condition uses it.";
    // Filters.
    FilterUnused "filter-unused" Warning "A filter applies to no rule of the run, or not to one that it names.";
    FilterKeeps "filter-keeps" Warning "A filter keeps what matches it and leaves out all other events; mostly the reverse is meant.";
    // Checks of what a rule says about itself.
    InvalidId "invalid-id" Warning "An id is not a UUID.";
    InvalidRelated "invalid-related" Warning "A related rule has no id or an unknown type, or is the rule itself.";
    InvalidTag "invalid-tag" Warning "A tag has no namespace, or not the form that tools read.";
    UnknownTag "unknown-tag" Info "A tag has a namespace that the specification does not have.";
    UnknownTechnique "unknown-technique" Warning "A tag names a technique or tactic that ATT&CK does not have.";
    OutdatedTechnique "outdated-technique" Info "A tag names what ATT&CK has revoked or no longer has.";
    UnknownKey "unknown-key" Warning "A key means nothing, and is nearly one that does.";
    NoEffect "no-effect" Warning "A key or entry has no effect in a document of this kind.";
    RepeatedEntry "repeated-entry" Info "An entry stands twice in a list.";
    MissingMetadata "missing-metadata" Info "A rule lacks an id or a level.";
    ModifiedBeforeDate "modified-before-date" Warning "A rule was modified before it was made.";
    LogSourceCase "log-source-case" Warning "A log source's name is not in lower case.";
    // Checks of modifiers and values.
    IdleModifier "idle-modifier" Info "A modifier changes nothing.";
    OffsetWithoutContains "offset-without-contains" Warning "Parts of base64 text are compared with whole values.";
    RepeatedValue "repeated-value" Info "A value stands twice in a list.";
    EdgeWildcard "edge-wildcard" Info "A wildcard stands where the modifier puts one anyway.";
    EscapedWildcard "escaped-wildcard" Warning "A backslash makes a star literal that was meant as a wildcard, it seems.";
    HalvedBackslash "halved-backslash" Warning "Two backslashes at the start of a value are read as one.";
    PlainRegex "plain-regex" Info "A regular expression is plain text.";
    KeywordOnFields "keyword-on-fields" Info "A keyword searches events that have a field for each thing.";
    OwnField "own-field" Warning "A field is compared with itself.";
    // Checks of conditions.
    SingleSelector "single-selector" Info "A selector means one detection only.";
    AllOfFilters "all-of-filters" Info "Events are excluded only if all filters match.";
    ThemWithFilter "them-with-filter" Warning "`them` includes a filter.";
    NeverTrue "never-true" Error "A condition can never hold.";
    AlwaysTrue "always-true" Warning "A condition holds on every event.";
    DeadBranch "dead-branch" Warning "An alternative can never hold.";
    UselessFilter "useless-filter" Warning "An exclusion changes nothing.";
    Redundant "redundant" Info "A value or test changes nothing beside another one.";
    // Checks of correlations.
    TimespanInMonths "timespan-in-months" Warning "A timespan is in months, and minutes may be meant.";
    IdleAlias "idle-alias" Info "An alias is the name of its fields.";
    // Checks against the mapping table and the targets.
    UnknownField "unknown-field" Info "The mapping table knows no such field of the log source's events.";
    NoTarget "no-target" Warning "No target can run the rule.";
    // Checks across the rules of a run.
    DuplicateId "duplicate-id" Warning "Two rules have one id.";
    DuplicateName "duplicate-name" Warning "Two rules have one name.";
    DuplicateTitle "duplicate-title" Warning "Two rules have one title.";
    DuplicateRule "duplicate-rule" Warning "Two rules find the same events.";
    UnusedAllowance "unused-allowance" Warning "A comment allows what is not found.";
    // Mapping.
    UnknownEventClass "unknown-event-class" Error "No mapping table covers this log source.";
    NoTelemetry "no-telemetry" Error "The target does not record events of this class.";
    FieldUnmapped "field-unmapped" Error "A field of this event class has no place in the target's schema.";
    ValueUnmapped "value-unmapped" Error "A value has no rendering in the target's schema.";
    EventUnmapped "event-unmapped" Error "An event id has no counterpart in the target's schema.";
    InvalidMapping "invalid-mapping" Error "A mapping table is malformed.";
    // Envelopes.
    InvalidTemplate "invalid-template" Error "A template is malformed, or asks for what is not there.";
    // Targets: what cannot be said.
    Unsupported "unsupported" Error "The target's language cannot express this.";
    NarrowingRefused "narrowing-refused" Error "The query would miss events that the rule matches.";
    StrictRefused "strict-refused" Error "The query would not be exact, and --strict refuses that.";
    Internal "internal" Error "A defect in rulec; please report it.";
    // Notes.
    Filtered "filtered" Warning "A filter leaves out events of the rule, as its author asks.";
    StreamedEvents "streamed-events" Warning "The events of the rule's own product are searched where they stream to.";
    PartLeftOut "part-left-out" Warning "The end of the query is left out, as --partial asks.";
    PresentationDropped "presentation-dropped" Warning "Columns, order or groups that the rule shows are left out; the events are the same.";
    AggregateApproximated "aggregate-approximated" Warning "An aggregate is computed a little differently.";
    CaseWidened "case-widened" Warning "A case-sensitive test became case-insensitive.";
    CaseNarrowed "case-narrowed" Warning "A case-insensitive test became case-sensitive.";
    CaseAsIndexed "case-as-indexed" Warning "Case is left to the index's normalizer.";
    CaseAsciiOnly "case-ascii-only" Warning "The target folds the case of ASCII letters only.";
    TermMatch "term-match" Warning "A substring search became a term search, or the reverse.";
    KeywordScope "keyword-scope" Warning "A keyword search looks at different text than the rule asks for.";
    NullAsEmpty "null-as-empty" Warning "The target cannot tell a missing value from an empty one.";
    NullAsAbsent "null-as-absent" Warning "The target cannot tell a missing field from a null one.";
    RegexWidened "regex-widened" Warning "A regular expression was widened to what the target's engine can say.";
    RegexNarrowed "regex-narrowed" Warning "A regular expression was narrowed to what the target's engine can say.";
    PatternWidened "pattern-widened" Warning "A string pattern was widened to what the target can say.";
    TestWidened "test-widened" Warning "A test that the target's language lacks became a test for presence, or was left out.";
    FieldApproximated "field-approximated" Warning "The target's field holds nearly, not exactly, the same information.";
    ValueApproximated "value-approximated" Warning "The target renders the value nearly, not exactly, the same.";
    EventApproximated "event-approximated" Warning "The target's event is nearly, not exactly, the same.";
    ListValued "list-valued" Warning "The target field may hold several values.";
    RawSearch "raw-search" Warning "The data model lacks what the rule needs, so that raw events are searched.";
    SeparateStage "separate-stage" Warning "A part of the condition is tested in a stage after the indexed search.";
    TypeCoerced "type-coerced" Warning "A value was compared as another type than the rule wrote.";
    SubsearchLimit "subsearch-limit" Warning "The target returns a limited number of rows of a search inside another one.";
    QueryLimit "query-limit" Warning "The query is longer, or has more clauses, than the target takes by default.";
    LookupNeeded "lookup-needed" Warning "The query reads a list that has to exist in the target.";
    MacroNeeded "macro-needed" Warning "The query calls a macro that has to exist in the target, and means what that makes of it.";
    ReleaseNeeded "release-needed" Warning "The query needs a recent release of the target.";
    TimeRange "time-range" Warning "A time range that the source's portal sets became a fixed one.";
    EnvelopeLacks "envelope-lacks" Warning "The file that a query is placed in has no place for something that the rule says, or needs.";
    EnvelopeChanged "envelope-changed" Warning "The file that a query is placed in says something otherwise than the rule.";
    WindowTumbling "window-tumbling" Warning "A sliding window became windows that follow one another.";
    WindowWidened "window-widened" Warning "A sliding window became longer windows that overlap.";
    WindowLimit "window-limit" Warning "The target looks at a limited number of events of a window.";
    TimeZone "time-zone" Warning "Parts of a timestamp are taken in the target's time zone.";
}

impl std::fmt::Display for Code {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

impl serde::Serialize for Code {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_unique_kebab_case_and_explained() {
        let mut seen = std::collections::BTreeSet::new();
        for code in Code::ALL {
            let text = code.as_str();
            assert!(
                text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-'),
                "{text}"
            );
            assert!(seen.insert(text), "{text} stands twice");
            assert!(code.explanation().ends_with('.'), "{text}");
        }
    }
}

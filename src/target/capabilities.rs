//! The capability table: what each language can say, one column a language.

use super::Language;
use crate::ir::{Case, Predicate, Shape, Subject, Test};

/// How a language treats a comparison with a missing value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NullLogic {
    /// The comparison is false; its negation is true.
    TwoValued,
    /// The comparison is unknown; so is its negation, and the event is dropped.
    ThreeValued,
}

/// Something that rules ask for and languages may lack.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Feature {
    /// Case-insensitive text tests.
    CaseInsensitive,
    /// Case-sensitive text tests.
    CaseSensitive,
    /// `?` and interior `*`.
    Glob,
    /// Regular expressions.
    Regex,
    /// Keyword searches.
    Keyword,
    /// Networks in CIDR notation.
    Cidr,
    /// One field compared with another.
    FieldRef,
    /// Order of numbers.
    NumberRange,
    /// Parts of timestamps.
    TimePart,
    /// Missing told from empty.
    NullOrEmpty,
}

impl Feature {
    /// All features, in the order they are listed.
    pub const ALL: &'static [Feature] = &[
        Self::CaseInsensitive,
        Self::CaseSensitive,
        Self::Glob,
        Self::Regex,
        Self::Keyword,
        Self::Cidr,
        Self::FieldRef,
        Self::NumberRange,
        Self::TimePart,
        Self::NullOrEmpty,
    ];

    /// For people.
    pub fn title(self) -> &'static str {
        match self {
            Self::CaseInsensitive => "case-insensitive text",
            Self::CaseSensitive => "case-sensitive text",
            Self::Glob => "wildcards inside",
            Self::Regex => "regular expressions",
            Self::Keyword => "keyword search",
            Self::Cidr => "networks (CIDR)",
            Self::FieldRef => "field against field",
            Self::NumberRange => "number ranges",
            Self::TimePart => "parts of timestamps",
            Self::NullOrEmpty => "missing told from empty",
        }
    }

    /// What a predicate needs of a language.
    pub fn needed_by(predicate: &Predicate) -> Option<Feature> {
        if predicate.subject == Subject::Anywhere {
            return Some(Self::Keyword);
        }
        match &predicate.test {
            Test::Text(pattern, case) => match (case, pattern.shape()) {
                (Case::Sensitive, _) => Some(Self::CaseSensitive),
                (_, Shape::Glob(_)) => Some(Self::Glob),
                _ => Some(Self::CaseInsensitive),
            },
            Test::Regex(_) => Some(Self::Regex),
            Test::Number(comparison, _) => comparison.order_symbol().map(|_| Self::NumberRange),
            Test::Cidr(_) => Some(Self::Cidr),
            Test::TimePart(..) => Some(Self::TimePart),
            Test::FieldRef(..) => Some(Self::FieldRef),
            Test::Term(..)
            | Test::Compare(..)
            | Test::Among(..)
            | Test::Listed(..)
            | Test::Boolean(_)
            | Test::Null
            | Test::Exists => None,
        }
    }
}

/// Whether and how a language says something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Support {
    /// With an operator or function of its own, named here.
    Native(&'static str),
    /// Exactly, in other words, described here.
    Rewritten(&'static str),
    /// Nearly, and each query says so.
    Approximate(&'static str),
    /// Not at all, for this reason.
    Unsupported(&'static str),
}

impl Support {
    /// The reason why not, if it is not.
    pub fn refusal(self) -> Option<&'static str> {
        match self {
            Self::Unsupported(reason) => Some(reason),
            _ => None,
        }
    }
}

/// What a language can say.
#[derive(Debug, Clone, Copy)]
pub struct Capabilities {
    /// What a comparison with a missing value is.
    pub null_logic: NullLogic,
    /// Whether it has term searches as Kusto has them.
    pub has_terms: bool,
    /// Whether what it finds passes further stages; else it returns whole events.
    pub has_stages: bool,
    /// By feature, in the order of [`Feature::ALL`].
    support: [Support; Feature::ALL.len()],
}

impl Capabilities {
    /// How a feature is supported.
    pub fn support(&self, feature: Feature) -> Support {
        self.support[feature as usize]
    }

    pub(super) fn of(language: Language) -> &'static Self {
        match language {
            Language::Kusto => &KUSTO,
            Language::Spl => &SPL,
            Language::Lucene => &LUCENE,
            Language::Eql => &EQL,
            Language::Esql => &ESQL,
            Language::Sigma => &SIGMA,
        }
    }
}

use NullLogic::{ThreeValued, TwoValued};
use Support::{Approximate, Native, Rewritten};

// Sources: Microsoft's "String operators" and "Null values"; Splunk's "search" and "where" command references;
// Elastic's "Query string query", "EQL syntax reference" and "ES|QL functions and operators".
static KUSTO: Capabilities = Capabilities {
    null_logic: TwoValued,
    has_terms: true,
    has_stages: true,
    support: [
        Native("=~, in~, contains, startswith, endswith"),
        Native("==, contains_cs, startswith_cs"),
        Rewritten("anchored matches regex"),
        Native("matches regex"),
        Native("* contains"),
        Native("ipv4_is_in_range, ipv6_is_in_range"),
        Native("column against column"),
        Native("<, <=, >, >="),
        Native("datetime_part"),
        Rewritten("isempty: strings are never null"),
    ],
};

static SPL: Capabilities = Capabilities {
    null_logic: TwoValued,
    has_terms: false,
    has_stages: true,
    support: [
        Native("field=value"),
        Rewritten("where, match"),
        Rewritten("where match() for ? and literal *"),
        Native("regex, match()"),
        Native("search terms"),
        Native("field=network, cidrmatch()"),
        Rewritten("where"),
        Native("<, <=, >, >="),
        Rewritten("where strftime()"),
        Native("NOT field=*, field=\"\""),
    ],
};

static LUCENE: Capabilities = Capabilities {
    null_logic: TwoValued,
    has_terms: false,
    has_stages: false,
    support: [
        Rewritten("/[aA][bB]/ on keyword fields"),
        Native("keyword terms"),
        Native("* and ?"),
        Rewritten("whole-value automaton syntax"),
        Native("unfielded terms"),
        Native("terms on ip fields"),
        Approximate("both fields have values"),
        Native("field:>5"),
        Approximate("the field has a value"),
        Native("_exists_, field:\"\""),
    ],
};

static EQL: Capabilities = Capabilities {
    null_logic: ThreeValued,
    has_terms: false,
    has_stages: false,
    support: [
        Native(":, like~, in~"),
        Native("==, like, in"),
        Native("* and ?"),
        Rewritten("regex on whole values"),
        Rewritten("message and event.original"),
        Native("cidrMatch"),
        Rewritten("startsWith~ both ways"),
        Native("<, <=, >, >="),
        Approximate("the field has a value"),
        Native("== null, == \"\""),
    ],
};

static ESQL: Capabilities = Capabilities {
    null_logic: ThreeValued,
    has_terms: false,
    has_stages: true,
    support: [
        Rewritten("TO_LOWER(field)"),
        Native("==, LIKE, IN"),
        Native("LIKE"),
        Rewritten("RLIKE on whole values"),
        Native("QSTR"),
        Native("CIDR_MATCH"),
        Native("field against field"),
        Native("<, <=, >, >="),
        Native("DATE_EXTRACT"),
        Native("IS NULL, == \"\""),
    ],
};

static SIGMA: Capabilities = Capabilities {
    null_logic: TwoValued,
    has_terms: true,
    has_stages: true,
    support: [
        Native("the default"),
        Approximate("without case, unless asked for"),
        Native("* and ?"),
        Native("re"),
        Native("keywords"),
        Native("cidr"),
        Native("fieldref"),
        Native("gt, gte, lt, lte"),
        Native("minute, hour, day, week, month, year"),
        Native("null, ''"),
    ],
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        diag::Span,
        ir::{Comparison, Field, Pattern, Piece},
    };

    #[test]
    fn features_index_the_table() {
        for (index, feature) in Feature::ALL.iter().enumerate() {
            assert_eq!(*feature as usize, index);
        }
    }

    #[test]
    fn predicates_need_a_feature() {
        let needed = |predicate: Predicate| Feature::needed_by(&predicate);
        let of = |test: Test| needed(Predicate::new(Field::new("f"), test, Span::default()));
        let anywhere = Predicate::anywhere(Test::text("a"), Span::default());
        assert_eq!(needed(anywhere), Some(Feature::Keyword));
        assert_eq!(of(Test::text("a")), Some(Feature::CaseInsensitive));
        let cased = Test::Text(Pattern::exact("a"), Case::Sensitive);
        assert_eq!(of(cased), Some(Feature::CaseSensitive));
        let inside = [Piece::Literal("a".into()), Piece::AnyRun, Piece::Literal("b".into())];
        let inside = Test::Text(Pattern::new(inside), Case::Insensitive);
        assert_eq!(of(inside), Some(Feature::Glob));
        assert_eq!(of(Test::number(1)), None);
        assert_eq!(of(Test::Number(Comparison::Less, 1.into())), Some(Feature::NumberRange));
        let cidr = Test::Cidr("10.0.0.0/8".parse().unwrap());
        assert_eq!(of(cidr), Some(Feature::Cidr));
        assert_eq!(of(Test::Null), None);
    }

    #[test]
    fn what_is_not_supported_is_refused_with_its_reason() {
        assert_eq!(Support::Unsupported("why").refusal(), Some("why"));
        assert_eq!(Support::Approximate("how").refusal(), None);
    }
}

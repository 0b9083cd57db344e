//! The words and signs of operators.

macro_rules! binary_operators {
    ($($variant:ident $text:literal $negation:expr, $doc:literal;)+) => {
        /// An operator with two operands.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum BinaryOperator {
            $(#[doc = $doc] $variant,)+
        }

        impl BinaryOperator {
            /// All of them.
            pub const ALL: &'static [BinaryOperator] = &[$(BinaryOperator::$variant,)+];

            /// Its spelling.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text,)+ }
            }

            /// The operator that is true exactly where this one is not, missing values included. The ordering
            /// operators have none: on a null both `<` and `>=` are null.
            pub fn negated(self) -> Option<Self> {
                use BinaryOperator::*;
                match self { $($variant => $negation,)+ }
            }
        }
    };
}

binary_operators! {
    Equal "==" Some(NotEqual), "Equal; text with case.";
    NotEqual "!=" Some(Equal), "Not equal; true where one side is null.";
    EqualNoCase "=~" Some(NotEqualNoCase), "Equal text, ASCII case folded.";
    NotEqualNoCase "!~" Some(EqualNoCase), "Not equal text, ASCII case folded.";
    Less "<" None, "Less.";
    LessOrEqual "<=" None, "Less or equal.";
    Greater ">" None, "Greater.";
    GreaterOrEqual ">=" None, "Greater or equal.";
    Contains "contains" Some(NotContains), "Substring, ASCII case folded.";
    NotContains "!contains" Some(Contains), "No substring, ASCII case folded.";
    ContainsCs "contains_cs" Some(NotContainsCs), "Substring with case.";
    NotContainsCs "!contains_cs" Some(ContainsCs), "No substring with case.";
    StartsWith "startswith" Some(NotStartsWith), "Prefix, ASCII case folded.";
    NotStartsWith "!startswith" Some(StartsWith), "No prefix, ASCII case folded.";
    StartsWithCs "startswith_cs" Some(NotStartsWithCs), "Prefix with case.";
    NotStartsWithCs "!startswith_cs" Some(StartsWithCs), "No prefix with case.";
    EndsWith "endswith" Some(NotEndsWith), "Suffix, ASCII case folded.";
    NotEndsWith "!endswith" Some(EndsWith), "No suffix, ASCII case folded.";
    EndsWithCs "endswith_cs" Some(NotEndsWithCs), "Suffix with case.";
    NotEndsWithCs "!endswith_cs" Some(EndsWithCs), "No suffix with case.";
    Has "has" Some(NotHas), "A whole term, ASCII case folded.";
    NotHas "!has" Some(Has), "No such term, ASCII case folded.";
    HasCs "has_cs" Some(NotHasCs), "A whole term with case.";
    NotHasCs "!has_cs" Some(HasCs), "No such term with case.";
    HasPrefix "hasprefix" Some(NotHasPrefix), "A term's prefix, ASCII case folded.";
    NotHasPrefix "!hasprefix" Some(HasPrefix), "No term with the prefix, ASCII case folded.";
    HasPrefixCs "hasprefix_cs" Some(NotHasPrefixCs), "A term's prefix with case.";
    NotHasPrefixCs "!hasprefix_cs" Some(HasPrefixCs), "No term with the prefix with case.";
    HasSuffix "hassuffix" Some(NotHasSuffix), "A term's suffix, ASCII case folded.";
    NotHasSuffix "!hassuffix" Some(HasSuffix), "No term with the suffix, ASCII case folded.";
    HasSuffixCs "hassuffix_cs" Some(NotHasSuffixCs), "A term's suffix with case.";
    NotHasSuffixCs "!hassuffix_cs" Some(HasSuffixCs), "No term with the suffix with case.";
    Like "like" Some(NotLike), "SQL's pattern, ASCII case folded; undocumented.";
    NotLike "notlike" Some(Like), "Not SQL's pattern, ASCII case folded; undocumented.";
    LikeCs "likecs" Some(NotLikeCs), "SQL's pattern with case; undocumented.";
    NotLikeCs "notlikecs" Some(LikeCs), "Not SQL's pattern with case; undocumented.";
    Search ":" None, "A term, in `search` and `find` only.";
    Add "+" None, "Sum.";
    Subtract "-" None, "Difference.";
    Multiply "*" None, "Product.";
    Divide "/" None, "Quotient; of integers, rounded towards zero.";
    Modulo "%" None, "Remainder.";
    MatchesRegex "matches regex" None, "A regex is found in the text; case counts unless the regex says otherwise.";
}

/// An operator with a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InOperator {
    /// Equal to one of them, as `==` has it.
    In,
    /// Equal to none of them.
    NotIn,
    /// Equal to one of them, ASCII case folded; text only.
    InNoCase,
    /// Equal to none of them, ASCII case folded; text only.
    NotInNoCase,
    /// Has one of them as a whole term, ASCII case folded.
    HasAny,
    /// Has each of them as a whole term, ASCII case folded.
    HasAll,
}

impl InOperator {
    /// Its spelling.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::In => "in",
            Self::NotIn => "!in",
            Self::InNoCase => "in~",
            Self::NotInNoCase => "!in~",
            Self::HasAny => "has_any",
            Self::HasAll => "has_all",
        }
    }

    /// Its complement, if there is an operator for it.
    pub fn negated(self) -> Option<Self> {
        match self {
            Self::In => Some(Self::NotIn),
            Self::NotIn => Some(Self::In),
            Self::InNoCase => Some(Self::NotInNoCase),
            Self::NotInNoCase => Some(Self::InNoCase),
            Self::HasAny | Self::HasAll => None,
        }
    }
}

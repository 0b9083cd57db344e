//! The syntax tree of a Kusto query, as far as detections need it.
//!
//! A tree is printed as it stands: a junction directly inside one of its own kind keeps its parentheses.

/// A tabular expression: a source and the operators that its rows pass.
#[derive(Debug, Clone, PartialEq)]
pub struct Query {
    /// Where the rows come from.
    pub source: Source,
    /// What they pass, in order.
    pub operators: Vec<Operator>,
}

/// The start of a query.
#[derive(Debug, Clone, PartialEq)]
pub enum Source {
    /// A table.
    Table(Name),
    /// A function that returns a table, with named arguments.
    Function(Name, Vec<(Name, Expression)>),
    /// `union` of tables.
    Union(Vec<Name>),
}

/// A tabular operator.
#[derive(Debug, Clone, PartialEq)]
pub enum Operator {
    /// `where`: keeps the rows on which the predicate is true.
    Where(Expression),
    /// `extend`: adds a computed column, or replaces one.
    Extend(Name, Expression),
}

/// The name of a table, column or property, unquoted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Name(pub String);

impl From<&str> for Name {
    fn from(name: &str) -> Self {
        Self(name.to_owned())
    }
}

/// A scalar expression.
#[derive(Debug, Clone, PartialEq)]
pub enum Expression {
    /// A constant.
    Literal(Literal),
    /// A column.
    Column(Name),
    /// A property of a dynamic value: `AdditionalFields.PipeName`.
    Member(Box<Expression>, Name),
    /// `*`: any column, as the left side of a string operator only.
    AnyColumn,
    /// Two operands.
    Binary(Box<Expression>, BinaryOperator, Box<Expression>),
    /// Membership in a list.
    In(Box<Expression>, InOperator, Vec<Expression>),
    /// `[a, b]`, as JSON; in `dynamic(…)` only.
    Array(Vec<Expression>),
    /// A function of the language.
    Call(&'static str, Vec<Expression>),
    /// `and` of two or more.
    And(Vec<Expression>),
    /// `or` of two or more.
    Or(Vec<Expression>),
}

/// A constant.
#[derive(Debug, Clone, PartialEq)]
pub enum Literal {
    /// Text.
    String(String),
    /// `true` or `false`.
    Bool(bool),
    /// A signed 64-bit integer.
    Long(i64),
    /// A double.
    Real(f64),
    /// An integer that needs more than 64 bits with a sign.
    Decimal(i128),
}

macro_rules! binary_operators {
    ($($variant:ident $text:literal $negation:expr, $doc:literal;)+) => {
        /// An operator with two operands.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum BinaryOperator {
            $(#[doc = $doc] $variant,)+
        }

        impl BinaryOperator {
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
}

impl InOperator {
    /// Its spelling.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::In => "in",
            Self::NotIn => "!in",
            Self::InNoCase => "in~",
            Self::NotInNoCase => "!in~",
        }
    }

    /// Its complement.
    #[must_use]
    pub fn negated(self) -> Self {
        match self {
            Self::In => Self::NotIn,
            Self::NotIn => Self::In,
            Self::InNoCase => Self::NotInNoCase,
            Self::NotInNoCase => Self::InNoCase,
        }
    }
}

impl Expression {
    /// A text constant.
    pub fn text(text: impl Into<String>) -> Self {
        Self::Literal(Literal::String(text.into()))
    }

    /// A binary operation.
    pub fn binary(left: Self, operator: BinaryOperator, right: Self) -> Self {
        Self::Binary(Box::new(left), operator, Box::new(right))
    }

    /// The complement, with a negated operator where there is one, else `not(…)`. The expression must not be null.
    #[must_use]
    pub fn negated(self) -> Self {
        match self {
            // `* !contains "x"` asks for *one* column without it.
            Self::Binary(left, operator, right) if *left != Self::AnyColumn => match operator.negated() {
                Some(operator) => Self::Binary(left, operator, right),
                None => Self::Call("not", vec![Self::Binary(left, operator, right)]),
            },
            Self::In(left, operator, values) => Self::In(left, operator.negated(), values),
            Self::Literal(Literal::Bool(value)) => Self::Literal(Literal::Bool(!value)),
            Self::Call("isempty", arguments) => Self::Call("isnotempty", arguments),
            Self::Call("isnotempty", arguments) => Self::Call("isempty", arguments),
            Self::Call("isnull", arguments) => Self::Call("isnotnull", arguments),
            Self::Call("isnotnull", arguments) => Self::Call("isnull", arguments),
            other => Self::Call("not", vec![other]),
        }
    }
}

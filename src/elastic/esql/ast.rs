//! The syntax tree of a query.

use std::sync::Arc;

use crate::ir::Number;

/// `FROM` and the commands after it.
#[derive(Debug, Clone, PartialEq)]
pub struct Query {
    /// Index patterns.
    pub from: Vec<Arc<str>>,
    /// What the rows pass, in order.
    pub commands: Vec<Command>,
}

/// A processing command.
#[derive(Debug, Clone, PartialEq)]
pub enum Command {
    /// `WHERE`: keeps the rows on which the condition is true.
    Where(Expr),
    /// `EVAL`: adds a computed column.
    Eval(Arc<str>, Expr),
    /// `KEEP`: these columns and no others.
    Keep(Vec<Arc<str>>),
    /// `DROP`: all columns but these.
    Drop(Vec<Arc<str>>),
    /// `RENAME old AS new`.
    Rename(Vec<(Arc<str>, Arc<str>)>),
    /// `STATS … BY …`, or `INLINE STATS`, which keeps the rows.
    Stats {
        /// Whether the rows stay.
        inline: bool,
        /// What is computed of each group.
        aggregates: Vec<Aggregate>,
        /// What the rows of a group have in common: names and values.
        by: Vec<(Arc<str>, Expr)>,
    },
    /// `SORT`.
    Sort(Vec<Sort>),
    /// `LIMIT`.
    Limit(u64),
    /// `MV_EXPAND`: a row of each value.
    MvExpand(Arc<str>),
    /// `DISSECT column "pattern"`.
    Dissect(Arc<str>, String),
}

/// `name = FUNCTION(…) WHERE condition`.
#[derive(Debug, Clone, PartialEq)]
pub struct Aggregate {
    /// The column.
    pub name: Arc<str>,
    /// The function.
    pub value: Expr,
    /// Which rows count.
    pub filter: Option<Expr>,
}

/// What rows are ordered by.
#[derive(Debug, Clone, PartialEq)]
pub struct Sort {
    /// The value.
    pub value: Expr,
    /// Whether the least comes first.
    pub ascending: bool,
    /// Whether nulls come first.
    pub nulls_first: bool,
}

/// An expression.
#[derive(Debug, Clone, PartialEq)]
pub enum Expr {
    /// A column, its name unquoted.
    Column(Arc<str>),
    /// `*`, in `COUNT(*)`.
    Star,
    /// A constant.
    Literal(Literal),
    /// A function.
    Call(&'static str, Vec<Expr>),
    /// Several values in brackets.
    List(Vec<Expr>),
    /// Two operands.
    Binary(Box<Expr>, Operator, Box<Expr>),
    /// `IN` a list.
    In(Box<Expr>, Vec<Expr>),
    /// `IS NULL`.
    IsNull(Box<Expr>),
    /// `IS NOT NULL`.
    IsNotNull(Box<Expr>),
    /// `NOT`.
    Not(Box<Expr>),
    /// `AND` of two or more.
    And(Vec<Expr>),
    /// `OR` of two or more.
    Or(Vec<Expr>),
}

/// A constant.
#[derive(Debug, Clone, PartialEq)]
pub enum Literal {
    /// Text, unquoted.
    Text(String),
    /// A number.
    Number(Number),
    /// `true` or `false`.
    Boolean(bool),
    /// A span of time, in ES|QL's own words (`1 week`).
    Timespan(String),
    /// `null`.
    Null,
}

/// An operator between two operands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operator {
    /// `==`
    Equal,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
    /// `LIKE`: the whole value, with `*` and `?`.
    Like,
    /// `RLIKE`: the whole value, a Lucene regular expression.
    Rlike,
    /// `:`: any value of a field, by the index.
    Match,
    /// `+`
    Add,
    /// `-`
    Subtract,
    /// `*`
    Multiply,
    /// `/`
    Divide,
    /// `%`
    Modulo,
}

impl Operator {
    /// The spelling.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Equal => "==",
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
            Self::Like => "LIKE",
            Self::Rlike => "RLIKE",
            Self::Match => ":",
            Self::Add => "+",
            Self::Subtract => "-",
            Self::Multiply => "*",
            Self::Divide => "/",
            Self::Modulo => "%",
        }
    }
}

impl Expr {
    pub(super) fn text(text: impl Into<String>) -> Self {
        Self::Literal(Literal::Text(text.into()))
    }

    pub(super) fn boolean(value: bool) -> Self {
        Self::Literal(Literal::Boolean(value))
    }

    pub(super) fn binary(left: Self, operator: Operator, right: Self) -> Self {
        Self::Binary(Box::new(left), operator, Box::new(right))
    }

    /// All of the terms, flat.
    pub(super) fn all(terms: impl IntoIterator<Item = Self>) -> Self {
        let mut flat = Vec::new();
        for term in terms {
            match term {
                Self::And(inner) => flat.extend(inner),
                other => flat.push(other),
            }
        }
        // What is always true says nothing beside others.
        if flat.len() > 1 {
            flat.retain(|term| *term != Self::boolean(true));
        }
        match flat.len() {
            0 => Self::boolean(true),
            1 => flat.swap_remove(0),
            _ => Self::And(flat),
        }
    }

    /// Any of the terms, flat.
    pub(super) fn any(terms: impl IntoIterator<Item = Self>) -> Self {
        let mut flat = Vec::new();
        for term in terms {
            match term {
                Self::Or(inner) => flat.extend(inner),
                other => flat.push(other),
            }
        }
        // What is never true says nothing beside others.
        if flat.len() > 1 {
            flat.retain(|term| *term != Self::boolean(false));
        }
        match flat.len() {
            0 => Self::boolean(false),
            1 => flat.swap_remove(0),
            _ => Self::Or(flat),
        }
    }

    /// The expression with long junctions split into groups: Elasticsearch's parser nests each term of a junction below
    /// the next, and refuses what is nested more than 300 deep ("expression depth").
    pub(super) fn shallow(&self) -> std::borrow::Cow<'_, Self> {
        const LONGEST: usize = 100;
        if !self.is_deeper_than(LONGEST) {
            return std::borrow::Cow::Borrowed(self);
        }
        let each = |terms: &[Self]| terms.iter().map(|term| term.shallow().into_owned()).collect::<Vec<_>>();
        let grouped = |terms: Vec<Self>, junction: fn(Vec<Self>) -> Self| {
            if terms.len() <= LONGEST {
                return junction(terms);
            }
            junction(terms.chunks(LONGEST).map(|group| junction(group.to_vec())).collect())
        };
        std::borrow::Cow::Owned(match self {
            Self::And(terms) => grouped(each(terms), Self::And),
            Self::Or(terms) => grouped(each(terms), Self::Or),
            Self::Not(inner) => Self::Not(Box::new(inner.shallow().into_owned())),
            other => other.clone(),
        })
    }

    fn is_deeper_than(&self, longest: usize) -> bool {
        match self {
            Self::And(terms) | Self::Or(terms) => {
                terms.len() > longest || terms.iter().any(|term| term.is_deeper_than(longest))
            }
            Self::Not(inner) => inner.is_deeper_than(longest),
            _ => false,
        }
    }

    /// The expression with a value in place of a column.
    pub(super) fn with_column(self, name: &str, value: &Self) -> Self {
        let within = |inner: Box<Self>| Box::new(inner.with_column(name, value));
        let each = |all: Vec<Self>| all.into_iter().map(|one| one.with_column(name, value)).collect();
        match self {
            Self::Column(column) if *column == *name => value.clone(),
            Self::Column(_) | Self::Star | Self::Literal(_) => self,
            Self::Call(function, arguments) => Self::Call(function, each(arguments)),
            Self::List(values) => Self::List(each(values)),
            Self::Binary(left, operator, right) => Self::Binary(within(left), operator, within(right)),
            Self::In(left, values) => Self::In(within(left), each(values)),
            Self::IsNull(inner) => Self::IsNull(within(inner)),
            Self::IsNotNull(inner) => Self::IsNotNull(within(inner)),
            Self::Not(inner) => Self::Not(within(inner)),
            Self::And(terms) => Self::And(each(terms)),
            Self::Or(terms) => Self::Or(each(terms)),
        }
    }

    /// The negation, for an operand that is never null.
    pub(super) fn negated(self) -> Self {
        match self {
            Self::IsNull(operand) => Self::IsNotNull(operand),
            Self::IsNotNull(operand) => Self::IsNull(operand),
            Self::Literal(Literal::Boolean(value)) => Self::boolean(!value),
            Self::Not(inner) => *inner,
            other => Self::Not(Box::new(other)),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use super::*;

    fn column(index: usize) -> Expr {
        Expr::Column(format!("c{index}").into())
    }

    fn longest(expr: &Expr) -> usize {
        match expr {
            Expr::And(terms) | Expr::Or(terms) => {
                terms.iter().map(longest).max().max(Some(terms.len())).unwrap_or(0)
            }
            Expr::Not(inner) => longest(inner),
            _ => 0,
        }
    }

    #[test]
    fn long_junctions_are_split_wherever_they_stand() {
        let long = || Expr::Or((0..150).map(column).collect());
        for expr in
            [long(), Expr::Not(Box::new(long())), Expr::And(vec![column(0), Expr::Not(Box::new(long()))])]
        {
            assert_eq!((longest(&expr), longest(&expr.shallow()) <= 100), (150, true), "{expr:?}");
        }
    }

    #[test]
    fn short_junctions_stay_as_they_are() {
        let short = Expr::Not(Box::new(Expr::Or((0..100).map(column).collect())));
        assert!(matches!(short.shallow(), Cow::Borrowed(_)));
    }
}

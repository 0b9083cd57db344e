//! What a rule's events pass, stage by stage.

use super::{AggregateFunction, Condition, Duration, Expression, Field, Origin};
use crate::diag::{Code, Diagnostic, Span};

/// Rows and what they pass: a rule's own, or one side of a join or union.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pipeline {
    /// Where the rows come from.
    pub origin: Origin,
    /// What they pass, in order.
    pub stages: Vec<Stage>,
    /// How far back in time they are looked for, where the query itself says so.
    pub look_back: Option<Duration>,
}

/// One step of a rule over its events.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stage {
    /// Keeps the events on which the condition holds.
    Filter(Condition),
    /// Adds a computed column, or replaces one.
    Extend(Field, Expression),
    /// Keeps these columns and no others; computed ones are new.
    Project(Project),
    /// Removes columns.
    Drop(Vec<Field>, Span),
    /// Gives columns other names, each the new one before the old one; the others stay.
    Rename(Vec<(Field, Field)>, Span),
    /// Groups rows and computes a row of each group.
    Summarize(Summarize),
    /// Computes of each row what came together until it.
    Slide(Slide),
    /// Keeps the rows that end a chain of others.
    Chain(Chain),
    /// Keeps for each group the row with the greatest or least value.
    Pick(Pick),
    /// Orders the rows.
    Sort(Vec<SortKey>, Span),
    /// Keeps so many of the rows, the first ones if they are ordered.
    Limit(u64, Span),
    /// Puts rows together with those of another pipeline.
    Join(Join),
    /// Adds the rows of other pipelines.
    Union(Vec<Pipeline>, Span),
    /// Makes a row of each element of a list.
    Expand(Expand),
    /// Takes parts of a text into columns.
    Extract(Extract),
    /// The rest of a query, which could not be read; always the last stage.
    Unread(Unread),
}

/// The rest of a query, from an operator without a counterpart on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unread {
    /// The operator.
    pub operator: &'static str,
    /// Why it could not be read.
    pub reason: String,
    /// Whether rows may come from it that are not there before.
    pub adds_rows: bool,
    /// From the operator to the end.
    pub span: Span,
}

/// The columns that stay.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Project {
    /// What they are called and what they are, in order.
    pub columns: Vec<(Field, Expression)>,
    /// Where it stands.
    pub span: Span,
}

/// Groups of rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Summarize {
    /// What is computed of each group; nothing for the groups alone.
    pub aggregates: Vec<(Field, Aggregate)>,
    /// What the rows of a group have in common; nothing for one group of all rows.
    pub by: Vec<(Field, Expression)>,
    /// Where it stands.
    pub span: Span,
}

/// A window that slides over rows: it ends with each of them, and has the rows of the same group that came so long before
/// it at most. Rows of the same instant are in each other's windows. Every row stays, with the columns computed of its
/// window; one without a time is in no window, and has none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Slide {
    /// What is computed of each window.
    pub aggregates: Vec<(Field, Aggregate)>,
    /// What the rows of a group have in common; nothing for one group of all rows.
    pub by: Vec<(Field, Expression)>,
    /// The column of the rows' time.
    pub time: Field,
    /// How long the window is.
    pub length: Duration,
    /// Where it stands.
    pub span: Span,
}

impl Slide {
    /// The same over windows that follow one another: a row of each group and window, with the window's start as its
    /// time. What is spread over two of them is not found.
    pub fn tumbling(&self) -> Summarize {
        let size = Expression::Constant(super::Constant::Duration(self.length));
        let start = Expression::Call(super::Function::Bin, vec![Expression::Field(self.time.clone()), size]);
        let by = self.by.iter().cloned().chain([(self.time.clone(), start)]);
        Summarize { aggregates: self.aggregates.clone(), by: by.collect(), span: self.span }
    }

    /// Whether more rows in a window can make the condition true, and never false.
    pub fn grows_into(&self, condition: &Condition) -> bool {
        use super::{Comparison, Subject, Test};
        let grows = |name: &Field| {
            self.aggregates.iter().any(|(column, aggregate)| {
                use AggregateFunction as A;
                column == name && matches!(aggregate.function, A::Count | A::CountDistinct | A::Maximum)
            })
        };
        match condition {
            Condition::Always | Condition::Never => true,
            Condition::All(terms) | Condition::Any(terms) => terms.iter().all(|term| self.grows_into(term)),
            Condition::Not(_) => false,
            Condition::Is(predicate) => match (&predicate.subject, &predicate.test) {
                (Subject::Field(field), test)
                    if self.aggregates.iter().any(|(column, _)| column == field) =>
                {
                    matches!(test, Test::Number(Comparison::Greater | Comparison::GreaterOrEqual, _))
                        && grows(field)
                }
                // What is asked of the row itself is no matter of its window.
                _ => true,
            },
        }
    }
}

/// Rows of a group one after another, of several kinds in a given order: the last of them stays, if the others came
/// before it, all within a length of time. Rows of the same instant come in any order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chain {
    /// The column that tells the kind of a row.
    pub kind: Field,
    /// The kinds in their order.
    pub order: Vec<std::sync::Arc<str>>,
    /// What the rows have in common.
    pub by: Vec<(Field, Expression)>,
    /// The column of the rows' time.
    pub time: Field,
    /// How long after the first row the last one comes at most.
    pub length: Duration,
    /// Where it stands.
    pub span: Span,
}

/// A value computed of a group's rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Aggregate {
    /// How.
    pub function: AggregateFunction,
    /// Of what, as [`AggregateFunction::arguments`] names them.
    pub arguments: Vec<Expression>,
    /// Of which rows only; [`Condition::Always`] for all.
    pub filter: Condition,
}

/// One row of each group: Kusto's `arg_max` and `arg_min`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pick {
    /// The row with the greatest value of this; the least if not `is_greatest`.
    pub of: Expression,
    /// What that value's column is called.
    pub name: Field,
    /// Whether the greatest counts.
    pub is_greatest: bool,
    /// The other columns that stay; `None` for all.
    pub columns: Option<Vec<(Field, Expression)>>,
    /// What the rows of a group have in common.
    pub by: Vec<(Field, Expression)>,
    /// Aggregates computed beside it.
    pub aggregates: Vec<(Field, Aggregate)>,
    /// Where it stands.
    pub span: Span,
}

/// What rows are ordered by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SortKey {
    /// The value.
    pub value: Expression,
    /// Whether the least comes first.
    pub ascending: bool,
    /// Whether missing values come first.
    pub nulls_first: bool,
}

/// How rows of two pipelines come together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JoinKind {
    /// Every pair with equal keys.
    Inner,
    /// Every pair with equal keys, of one left row per key: Kusto's default.
    InnerUnique,
    /// Pairs, and left rows without one.
    LeftOuter,
    /// Pairs, and right rows without one.
    RightOuter,
    /// Pairs, and rows of either side without one.
    FullOuter,
    /// Left rows with a counterpart.
    LeftSemi,
    /// Left rows without a counterpart.
    LeftAnti,
    /// Right rows with a counterpart.
    RightSemi,
    /// Right rows without a counterpart.
    RightAnti,
}

impl JoinKind {
    /// Kusto's name of it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Inner => "inner",
            Self::InnerUnique => "innerunique",
            Self::LeftOuter => "leftouter",
            Self::RightOuter => "rightouter",
            Self::FullOuter => "fullouter",
            Self::LeftSemi => "leftsemi",
            Self::LeftAnti => "leftanti",
            Self::RightSemi => "rightsemi",
            Self::RightAnti => "rightanti",
        }
    }

    /// Whether the result has columns of the right side.
    pub fn keeps_right(self) -> bool {
        !matches!(self, Self::LeftSemi | Self::LeftAnti)
    }

    /// Whether the result has columns of the left side.
    pub fn keeps_left(self) -> bool {
        !matches!(self, Self::RightSemi | Self::RightAnti)
    }
}

/// Rows together with those of another pipeline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Join {
    /// Which pairs.
    pub kind: JoinKind,
    /// The other rows.
    pub right: Box<Pipeline>,
    /// Columns that must be equal, with case: left and right.
    pub on: Vec<(Field, Field)>,
    /// New names of right columns that the left side has too: old and new.
    pub renamed: Vec<(Field, Field)>,
    /// Whether the right side's keys are left out of the result (Kusto's `lookup`).
    pub drops_right_keys: bool,
    /// Where it stands.
    pub span: Span,
}

/// A row of each element.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expand {
    /// The list.
    pub list: Expression,
    /// The column that has the element.
    pub output: Field,
    /// The column that has its position, from 0.
    pub index: Option<Field>,
    /// Whether an object's members come as lists of a name and a value, not as objects of one member each.
    pub members_as_lists: bool,
    /// Where it stands.
    pub span: Span,
}

/// Parts of a text between constants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Extract {
    /// The text.
    pub text: Expression,
    /// What it is made of, in order.
    pub parts: Vec<ExtractPart>,
    /// Whether rows that do not match are dropped; else their columns are empty.
    pub only_matching: bool,
    /// Where it stands.
    pub span: Span,
}

/// A part of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ExtractPart {
    /// Anything, as little as possible.
    Skip,
    /// This text, with case.
    Literal(String),
    /// Goes into a column, as little as possible.
    Column(Field),
}

impl Stage {
    /// The condition, if it is a filter.
    pub fn condition(&self) -> Option<&Condition> {
        match self {
            Self::Filter(condition) => Some(condition),
            _ => None,
        }
    }

    /// What it is called in messages.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Filter(_) => "where",
            Self::Extend(..) => "extend",
            Self::Project(_) => "project",
            Self::Drop(..) => "project-away",
            Self::Rename(..) => "project-rename",
            Self::Summarize(_) => "summarize",
            Self::Slide(_) => "sliding window",
            Self::Chain(_) => "order of events",
            Self::Pick(pick) if pick.is_greatest => "arg_max",
            Self::Pick(_) => "arg_min",
            Self::Sort(..) => "sort",
            Self::Limit(..) => "take",
            Self::Join(join) if join.drops_right_keys => "lookup",
            Self::Join(_) => "join",
            Self::Union(..) => "union",
            Self::Expand(_) => "mv-expand",
            Self::Extract(_) => "parse",
            Self::Unread(unread) => unread.operator,
        }
    }

    /// Where it stands, as far as that is known.
    pub fn span(&self) -> Option<Span> {
        match self {
            Self::Filter(condition) => condition.predicates().first().map(|predicate| predicate.span),
            Self::Extend(..) => None,
            Self::Drop(_, span) | Self::Rename(_, span) | Self::Sort(_, span) | Self::Limit(_, span) => {
                Some(*span)
            }
            Self::Union(_, span) => Some(*span),
            Self::Project(project) => Some(project.span),
            Self::Summarize(summarize) => Some(summarize.span),
            Self::Slide(slide) => Some(slide.span),
            Self::Chain(chain) => Some(chain.span),
            Self::Pick(pick) => Some(pick.span),
            Self::Join(join) => Some(join.span),
            Self::Expand(expand) => Some(expand.span),
            Self::Extract(extract) => Some(extract.span),
            Self::Unread(unread) => Some(unread.span),
        }
    }

    /// The refusal of a language that has nothing for it.
    pub fn unsupported(&self, language: &str, rule: Span) -> Diagnostic {
        let message = match self {
            Self::Unread(unread) => unread.reason.clone(),
            stage => format!("{language} has nothing that says `{}`", stage.name()),
        };
        Diagnostic::new(Code::Unsupported, self.span().unwrap_or(rule), message)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picked_row_has_the_greatest_or_the_least_value() {
        let name = |is_greatest| {
            let of = Expression::Field(Field::new("t"));
            let (name, span) = (Field::new("t"), Span::default());
            Stage::Pick(Pick {
                of,
                name,
                is_greatest,
                columns: None,
                by: Vec::new(),
                aggregates: Vec::new(),
                span,
            })
            .name()
        };
        assert_eq!([name(true), name(false)], ["arg_max", "arg_min"]);
    }
}

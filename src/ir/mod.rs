//! The intermediate representation: what a rule means, in no vendor's words.
//!
//! An event is a map from field to value; a value is a string, number, boolean, list of these, null, or the
//! field is absent. A [`Condition`] is two-valued: true or false on every event.
//!
//! * A predicate on an absent or null field is false, except [`Test::Null`] and [`Test::Exists`].
//! * On a list it is true if any element satisfies it.
//! * `not` is complement: `not p` is true where the field is absent.
//! * String tests say whether case counts; regexes are searches unless anchored.
//! * Conditions are built by smart constructors, so empty, nested-alike and doubly negated shapes do not exist;
//!   the author's order is kept.
//!
//! [`eval`] is the executable form of these sentences.

mod condition;
pub mod eval;
mod expression;
mod field;
mod function;
mod meaning;
mod number;
mod pattern;
mod predicate;
mod regex;
mod rename;
mod rule;
mod show;
mod show_stage;
mod stage;
mod term;

pub use condition::{Alternatives, Condition, Terms, alternatives};
pub use expression::{Constant, Duration, Expression};
pub use field::{ColumnType, Field, TIME};
pub use function::{AggregateFunction, Function};
pub use meaning::{Meaning, Normal};
pub use number::Number;
pub use pattern::{Pattern, Piece, Shape};
pub use predicate::{Case, Comparison, ExternalList, FieldRelation, Predicate, Subject, Test, TimePart};
pub use regex::{Regex, RegexError, RegexFlags};
pub use rename::{
    Rename, renamed, renamed_condition, renamed_inside, renamed_predicate, renamed_stage, renamed_value,
};
pub use rule::{
    Dataset, ExternalTable, Keeper, Level, LogSource, Metadata, Origin, Parameters, Related, Relation, Rule,
    Status, Table,
};
pub use show::Show;
pub use stage::{
    Aggregate, Chain, Expand, Extract, ExtractPart, Join, JoinKind, Pick, Pipeline, Project, Slide, SortKey,
    Stage, Summarize, Unread,
};
pub use term::{TermPart, term_regex};

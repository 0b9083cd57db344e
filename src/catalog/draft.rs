//! What one predicate looks for: a kind and a value, and whether letter case folds.

use super::kind::Relation;
use crate::ir::{
    Case, Comparison, Expression, FieldRelation, Function, Origin, Pattern, Pipeline, Predicate, Shape, Show,
    Subject, TermPart, Test, TimePart,
};

/// The field that stands for keyword searches: any field, or the raw event.
pub const ANY_FIELD: &str = "(any field)";

/// What a predicate looks at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Looked {
    /// A field or a member of it, by its name; and whether the rule folds its case first.
    Field(String, bool),
    /// Any field.
    Anywhere,
    /// A value that the rule computes, as text for people.
    Computed(String),
}

/// A relation and a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Draft {
    pub(super) relation: Relation,
    pub(super) value: String,
    /// Whether the value is one that the rule computes.
    pub(super) is_computed: bool,
    /// What stands after the field's name: a part of a timestamp.
    pub(super) part: Option<TimePart>,
}

/// What a predicate looks at. Conversions to text, and members of JSON, leave a field what it is.
pub(super) fn looked(predicate: &Predicate) -> Looked {
    match &predicate.subject {
        Subject::Field(field) => Looked::Field(field.name.to_string(), false),
        Subject::Anywhere => Looked::Anywhere,
        Subject::Computed(expression) => match path(expression) {
            Some((name, folds)) => Looked::Field(name, folds),
            None => Looked::Computed(Show(&**expression).to_string()),
        },
    }
}

/// The field that an expression has the value of, or a member of it; and whether in lower or upper case.
pub(super) fn path(expression: &Expression) -> Option<(String, bool)> {
    match expression {
        Expression::Field(field) => Some((field.name.to_string(), false)),
        Expression::Call(Function::ToText | Function::ParseJson, arguments) => path(arguments.first()?),
        Expression::Call(Function::Lower | Function::Upper, arguments) => {
            path(arguments.first()?).map(|(name, _)| (name, true))
        }
        Expression::Member(of, member) => path(of).map(|(name, folds)| (format!("{name}.{member}"), folds)),
        Expression::Element(of, _) => path(of),
        _ => None,
    }
}

/// The relation and value of a test. `folds` says that the rule compares in lower or upper case itself.
pub(super) fn draft(test: &Test, folds: bool) -> Draft {
    let of = |relation, value: String| Draft { relation, value, is_computed: false, part: None };
    let folded = |text: &str, case: Case| {
        if folds || case == Case::Insensitive { text.to_lowercase() } else { text.to_owned() }
    };
    match test {
        Test::Text(pattern, case) => {
            let (relation, text) = text(pattern);
            of(relation, folded(&text, *case))
        }
        Test::Regex(regex) => of(Relation::Regex, regex.with_inline_flags()),
        Test::Number(comparison, number) => of(compared(*comparison), number.to_string()),
        Test::Boolean(value) => of(Relation::Equal, value.to_string()),
        Test::Cidr(network) => of(Relation::Cidr, network.to_string()),
        Test::TimePart(part, comparison, number) => {
            Draft { part: Some(*part), ..of(compared(*comparison), number.to_string()) }
        }
        Test::FieldRef(relation, field, _) => {
            let relation = match relation {
                FieldRelation::Equals => Relation::FieldEqual,
                FieldRelation::Contains => Relation::FieldContains,
                FieldRelation::StartsWith => Relation::FieldStartsWith,
                FieldRelation::EndsWith => Relation::FieldEndsWith,
            };
            of(relation, field.name.to_string())
        }
        Test::Term(part, text, case) => {
            let relation = match part {
                TermPart::Whole => Relation::Term,
                TermPart::Prefix => Relation::TermStart,
                TermPart::Suffix => Relation::TermEnd,
            };
            of(relation, folded(text, *case))
        }
        Test::Compare(comparison, value) => {
            Draft { is_computed: true, ..of(compared(*comparison), Show(&**value).to_string()) }
        }
        Test::Among(pipeline, _) => of(Relation::InQuery, origin(pipeline)),
        Test::Listed(list, _) => {
            let relation = match list.relation {
                FieldRelation::Equals => return of(Relation::InList, list.table.name.to_string()),
                FieldRelation::Contains => Relation::Contains,
                FieldRelation::StartsWith => Relation::StartsWith,
                FieldRelation::EndsWith => Relation::EndsWith,
            };
            let element = format!("an element of the list {}", list.table.name);
            Draft { is_computed: true, ..of(relation, element) }
        }
        Test::Null => of(Relation::Null, String::new()),
        Test::Exists => of(Relation::Exists, String::new()),
    }
}

fn text(pattern: &Pattern) -> (Relation, String) {
    match pattern.shape() {
        Shape::Exact("") => (Relation::Empty, String::new()),
        Shape::Exact(text) => (Relation::Equal, text.to_owned()),
        Shape::Contains(text) => (Relation::Contains, text.to_owned()),
        Shape::StartsWith(text) => (Relation::StartsWith, text.to_owned()),
        Shape::EndsWith(text) => (Relation::EndsWith, text.to_owned()),
        Shape::Anything | Shape::Glob(_) => (Relation::Wildcard, pattern.to_sigma()),
    }
}

fn compared(comparison: Comparison) -> Relation {
    match comparison {
        Comparison::Equal => Relation::Equal,
        Comparison::Less => Relation::Less,
        Comparison::LessOrEqual => Relation::LessOrEqual,
        Comparison::Greater => Relation::Greater,
        Comparison::GreaterOrEqual => Relation::GreaterOrEqual,
    }
}

/// What a pipeline's rows come from, by name.
fn origin(pipeline: &Pipeline) -> String {
    match &pipeline.origin {
        Origin::Table(table) => table.name.to_string(),
        Origin::External(external) => external.name.to_string(),
        Origin::Class { class, .. } => class.to_string(),
        Origin::LogSource(log_source) => log_source.to_string(),
        Origin::Dataset(dataset) => dataset.names.join(", "),
        Origin::Unmapped => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        diag::Span,
        ir::{Field, Piece, Regex, RegexFlags},
    };

    fn of(test: &Test) -> (&'static str, String) {
        let draft = draft(test, false);
        (super::super::kind::Kind::from(draft.relation).as_str(), draft.value)
    }

    #[test]
    fn every_test_has_a_kind_and_a_value() {
        let text = |pattern| Test::Text(pattern, Case::Insensitive);
        let glob = Pattern::new([Piece::Literal("a".into()), Piece::AnyOne, Piece::Literal("b".into())]);
        let regex = Regex::parse("^a", RegexFlags { ignore_case: true, ..RegexFlags::default() }).unwrap();
        let field = Field::new("Other");
        let cases = [
            (text(Pattern::exact("A")), "eq", "a"),
            (text(Pattern::exact("")), "is_empty", ""),
            (text(Pattern::contains("A")), "contains", "a"),
            (text(Pattern::starts_with("A")), "starts_with", "a"),
            (text(Pattern::ends_with("A")), "ends_with", "a"),
            (text(glob), "wildcard", "a?b"),
            (text(Pattern::anything()), "wildcard", "*"),
            (Test::Regex(regex), "regex", "(?i)^a"),
            (Test::number(5), "eq", "5"),
            (Test::Number(Comparison::GreaterOrEqual, 5.into()), "ge", "5"),
            (Test::Boolean(true), "eq", "true"),
            (Test::Cidr("10.0.0.0/8".parse().unwrap()), "cidr", "10.0.0.0/8"),
            (Test::FieldRef(FieldRelation::EndsWith, field, Case::Sensitive), "field_ends_with", "Other"),
            (Test::Term(TermPart::Whole, "Who Ami".into(), Case::Insensitive), "term", "who ami"),
            (Test::Null, "is_null", ""),
            (Test::Exists, "exists", ""),
        ];
        for (test, kind, value) in cases {
            assert_eq!(of(&test), (kind, value.to_owned()));
        }
    }

    #[test]
    fn case_folds_only_where_the_operator_folds_it() {
        let test = |case| Test::Text(Pattern::exact("ConnectionSuccess"), case);
        assert_eq!(of(&test(Case::Sensitive)).1, "ConnectionSuccess");
        assert_eq!(of(&test(Case::Insensitive)).1, "connectionsuccess");
        assert_eq!(draft(&test(Case::Sensitive), true).value, "connectionsuccess", "tolower(x) == …");
    }

    #[test]
    fn conversions_and_members_leave_a_field_what_it_is() {
        let json = Expression::Call(Function::ParseJson, vec![Expression::Field(Field::new("Data"))]);
        let member = Expression::Member(Box::new(Expression::Element(Box::new(json), 0)), "name".into());
        let lower = Expression::Call(Function::Lower, vec![member]);
        let predicate = Predicate {
            subject: Subject::Computed(Box::new(lower)),
            test: Test::Null,
            span: Span::default(),
        };
        assert_eq!(looked(&predicate), Looked::Field("Data.name".to_owned(), true));
    }
}

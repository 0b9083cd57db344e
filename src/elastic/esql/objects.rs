//! Which fields have members, so that they are no columns.

use std::{collections::HashSet, sync::Arc};

use super::{
    columns::{Columns, Place},
    later,
};
use crate::ir::{ColumnType, Condition, Expression, Field, Stage, Subject, Test};

/// The fields of which the stages read members.
pub(super) fn of_stages(stages: &[Stage]) -> HashSet<Arc<str>> {
    let mut objects = Objects::default();
    objects.stages(stages);
    objects.0
}

#[derive(Default)]
struct Objects(HashSet<Arc<str>>);

impl Objects {
    /// Other pipelines read the same indices.
    fn stages(&mut self, stages: &[Stage]) {
        for stage in stages {
            later::visit_values(stage, &mut |value| self.value(value));
            match stage {
                Stage::Join(join) => self.stages(&join.right.stages),
                Stage::Union(others, _) => others.iter().for_each(|other| self.stages(&other.stages)),
                _ => {}
            }
        }
    }

    /// What stands before a dot.
    fn above(&mut self, name: &str) {
        for (at, _) in name.match_indices('.') {
            self.0.insert(name[..at].into());
        }
    }

    fn field(&mut self, field: &Field) {
        // A text may have fields below it that are indexed in other ways.
        if field.ty == ColumnType::Unknown && !field.is_computed {
            self.above(&field.name);
        }
    }

    fn value(&mut self, value: &Expression) {
        if let Expression::Member(..) = value
            && let Some(Place::Field(path)) = Columns::default().place(value)
        {
            return self.above(&path.name);
        }
        match value {
            Expression::Field(field) => self.field(field),
            Expression::Call(_, arguments) => arguments.iter().for_each(|argument| self.value(argument)),
            Expression::Case(cases, otherwise) => {
                for (condition, value) in cases {
                    self.condition(condition);
                    self.value(value);
                }
                self.value(otherwise);
            }
            Expression::Holds(condition) => self.condition(condition),
            Expression::Member(of, _) | Expression::Element(of, _) => self.value(of),
            _ => {}
        }
    }

    fn condition(&mut self, condition: &Condition) {
        for predicate in condition.predicates() {
            match &predicate.subject {
                Subject::Field(field) => self.field(field),
                Subject::Computed(value) => self.value(value),
                Subject::Anywhere => {}
            }
            match &predicate.test {
                Test::Compare(_, value) => self.value(value),
                Test::FieldRef(_, field, _) => self.field(field),
                Test::Among(others, _) => self.stages(&others.stages),
                _ => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        diag::Span,
        ir::{Case, Join, JoinKind, Origin, Pipeline, Predicate},
    };

    fn filter(name: &str, test: Test) -> Stage {
        Stage::Filter(Condition::is(Predicate::new(Field::new(name), test, Span::default())))
    }

    fn other() -> Pipeline {
        Pipeline { origin: Origin::Unmapped, stages: vec![filter("a.b", Test::text("x"))], look_back: None }
    }

    fn has(stage: Stage) -> bool {
        of_stages(&[stage]).contains("a")
    }

    #[test]
    fn other_pipelines_read_members_too() {
        let join = Join {
            kind: JoinKind::Inner,
            right: Box::new(other()),
            on: Vec::new(),
            renamed: Vec::new(),
            drops_right_keys: false,
            span: Span::default(),
        };
        assert!(has(Stage::Join(join)));
        assert!(has(Stage::Union(vec![other()], Span::default())));
        assert!(has(filter("c", Test::Among(Box::new(other()), Case::Sensitive))));
    }

    #[test]
    fn computed_values_read_members_by_their_dots() {
        assert!(has(Stage::Extend(Field::new("c"), Expression::Field(Field::new("a.b")))));
        assert!(!has(Stage::Extend(Field::new("c"), Expression::Field(Field::new("a")))));
    }
}

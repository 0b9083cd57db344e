//! Types of fields where no schema tells them: from how a rule itself tests them.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::Arc;

use crate::ir::{ColumnType, Condition, Field, Origin, Pipeline, Predicate, Rule, Stage, Subject, Test};

/// The rule over any events, those of its unions too.
pub(super) fn unmapped(rule: &Rule) -> Rule {
    Rule { origin: Origin::Unmapped, stages: unmapped_stages(&rule.stages), ..rule.clone() }
}

fn unmapped_stages(stages: &[Stage]) -> Vec<Stage> {
    let each = |stage: &Stage| match stage {
        Stage::Union(others, span) => {
            let each = |other: &Pipeline| match other.origin {
                Origin::LogSource(_) => {
                    let stages = unmapped_stages(&other.stages);
                    Pipeline { origin: Origin::Unmapped, stages, look_back: other.look_back }
                }
                _ => other.clone(),
            };
            Stage::Union(others.iter().map(each).collect(), *span)
        }
        other => other.clone(),
    };
    stages.iter().map(each).collect()
}

/// The rule with fields taken for text that it compares both with text and with numbers: a column has one type, and a
/// number is text too.
pub(super) fn with_types_by_tests(rule: &Rule) -> Rule {
    let mut kinds: BTreeMap<Arc<str>, (bool, bool)> = BTreeMap::new();
    for condition in rule.stages.iter().filter_map(Stage::condition) {
        condition.visit(true, &mut |predicate, _| {
            let Subject::Field(field) = &predicate.subject else { return };
            let kind = kinds.entry(field.name.clone()).or_default();
            match &predicate.test {
                Test::Text(pattern, _) => kind.0 |= !pattern.pieces().is_empty(),
                Test::Regex(_) | Test::Term(..) => kind.0 = true,
                Test::Number(..) => kind.1 = true,
                _ => {}
            }
        });
    }
    kinds.retain(|_, kind| *kind == (true, true));
    if kinds.is_empty() {
        return rule.clone();
    }
    let mut typed = |predicate: &Predicate, _: bool| {
        let mut predicate = predicate.clone();
        if let Subject::Field(field) = &predicate.subject
            && field.ty == ColumnType::Unknown
            && kinds.contains_key(&field.name)
        {
            predicate.subject = Subject::Field(Field { ty: ColumnType::String, ..field.clone() });
        }
        Ok::<_, Infallible>(Condition::is(predicate))
    };
    let stages = rule.stages.iter().map(|stage| match stage {
        Stage::Filter(condition) => {
            let Ok(condition) = condition.try_map(true, &mut typed);
            Stage::Filter(condition)
        }
        other => other.clone(),
    });
    Rule { stages: stages.collect(), ..rule.clone() }
}

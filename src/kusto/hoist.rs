//! Members of dynamic columns that a query tests more than once get a name first, as analysts write it:
//! `| extend Image = tostring(EventData.Image)`.

use indexmap::IndexMap;

use crate::ir::{ColumnType, Condition, Field, Predicate, Rule, Stage, Subject, Test};

/// A named member.
pub(super) struct Named {
    /// The path into the dynamic column.
    pub(super) path: Field,
    /// The column that the rule tests instead.
    pub(super) column: Field,
}

/// The rule with names for members that are tested as text more than once, the names, and the stage before which they
/// are given; `None` if there are none.
pub(super) fn hoist(rule: &Rule) -> Option<(Rule, Vec<Named>, usize)> {
    let named = named(rule);
    if named.is_empty() {
        return None;
    }
    let uses = |stage: &Stage| {
        let condition = stage.condition().map(Condition::predicates);
        condition.into_iter().flatten().any(|it| it.field().is_some_and(|it| find(&named, it).is_some()))
    };
    let at = rule.stages.iter().position(uses).unwrap_or(0);
    let stages = rule.stages.iter().map(|stage| match stage {
        Stage::Filter(condition) => Stage::Filter(renamed(condition, &named)),
        other => other.clone(),
    });
    Some((Rule { stages: stages.collect(), ..rule.clone() }, named, at))
}

fn find<'n>(named: &'n [Named], field: &Field) -> Option<&'n Named> {
    named.iter().find(|named| named.path == *field)
}

fn named(rule: &Rule) -> Vec<Named> {
    // How often a member is tested, none where it is tested as something else than text.
    let mut counts: IndexMap<&Field, Option<usize>> = IndexMap::new();
    let mut others: Vec<&Field> = Vec::new();
    for predicate in rule.stages.iter().filter_map(Stage::condition).flat_map(Condition::predicates) {
        let Some(field) = predicate.field() else { continue };
        if field.ty != ColumnType::Dynamic || !field.name.contains('.') {
            others.push(field);
            continue;
        }
        let count = counts.entry(field).or_insert(Some(0));
        let is_text = matches!(predicate.test, Test::Text(..) | Test::Regex(_) | Test::Null | Test::Exists);
        *count = if is_text { count.map(|count| count + 1) } else { None };
    }
    let mut named: Vec<Named> = Vec::new();
    for (path, count) in counts {
        if count.is_none_or(|count| count < 2) {
            continue;
        }
        let short = path.name.rsplit('.').next().unwrap_or(&path.name);
        let is_taken = others.iter().any(|other| &*other.name == short)
            || named.iter().any(|named| &*named.column.name == short);
        let name = if is_taken { path.name.replace('.', "_") } else { short.to_owned() };
        named.push(Named { path: path.clone(), column: Field::column(name, ColumnType::String) });
    }
    named
}

fn renamed(condition: &Condition, named: &[Named]) -> Condition {
    let rename = |predicate: &Predicate| {
        let mut predicate = predicate.clone();
        if let Subject::Field(field) = &mut predicate.subject
            && let Some(named) = find(named, field)
        {
            *field = named.column.clone();
        }
        Condition::Is(predicate)
    };
    let renamed =
        condition.try_map(true, &mut |predicate, _| Ok::<_, std::convert::Infallible>(rename(predicate)));
    match renamed {
        Ok(condition) => condition,
        Err(never) => match never {},
    }
}

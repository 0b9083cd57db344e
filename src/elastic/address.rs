//! Fields of unknown type that are compared with networks: only a field of type `ip` can be, and on one a text that is no
//! address never stands.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::{
    diag::{Code, Effect, Note},
    ir::{ColumnType, Condition, Field, Predicate, Subject, Test},
};

/// The condition with such fields taken for addresses, and a note for each of them.
pub(super) fn with_addresses(condition: &Condition, notes: &mut Vec<Note>) -> Condition {
    let mut found: BTreeSet<Arc<str>> = BTreeSet::new();
    condition.visit(true, &mut |predicate, _| {
        if let (Subject::Field(field), Test::Cidr(_)) = (&predicate.subject, &predicate.test)
            && field.ty == ColumnType::Unknown
            && found.insert(field.name.clone())
        {
            let message =
                format!("`{field}` is taken for a field of type `ip`, on which a network is a value");
            notes.push(Note::new(Code::TypeCoerced, Effect::None, predicate.span, message));
        }
    });
    if found.is_empty() {
        return condition.clone();
    }
    let typed = |predicate: &Predicate, _: bool| {
        let mut predicate = predicate.clone();
        if let Subject::Field(field) = &predicate.subject
            && found.contains(&field.name)
        {
            predicate.subject = Subject::Field(Field { ty: ColumnType::Ip, ..field.clone() });
        }
        Ok::<_, std::convert::Infallible>(Condition::is(predicate))
    };
    let mut typed = typed;
    let Ok(condition) = condition.try_map(true, &mut typed);
    condition
}

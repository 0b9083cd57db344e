//! Fields that a mapping derives of others, back to those: `process_name` is the end of `Image`.

use std::sync::Arc;

use super::Taxonomy;
use crate::ir::{Case, Condition, Field, LogSource, Origin, Pattern, Piece, Predicate, Shape, Subject, Test};

/// The condition with tests of a path's last element as tests of the path. Those that a path cannot say stay.
pub(super) fn paths_of(
    condition: &Condition,
    origin: &Origin,
    log_source: &LogSource,
    taxonomy: Option<&dyn Taxonomy>,
) -> Condition {
    let (Origin::Class { class, .. }, Some(taxonomy)) = (origin, taxonomy) else { return condition.clone() };
    let is_unix = matches!(log_source.product.as_deref(), Some("linux" | "macos" | "unix"));
    let separator = if is_unix { '/' } else { '\\' };
    let changed: Result<Condition, std::convert::Infallible> =
        condition.try_map(true, &mut |predicate, _| {
            let path = predicate.field().and_then(|field| taxonomy.path_of(class, &field.name));
            let changed = path.and_then(|path| of_path(predicate, path, separator));
            Ok(Condition::is(changed.unwrap_or_else(|| predicate.clone())))
        });
    changed.unwrap_or_else(|error| match error {})
}

fn of_path(predicate: &Predicate, path: Arc<str>, separator: char) -> Option<Predicate> {
    let test = match &predicate.test {
        Test::Text(pattern, case) => of_last_element(pattern, *case, separator)?,
        test @ (Test::Null | Test::Exists) => test.clone(),
        _ => return None,
    };
    Some(Predicate { subject: Subject::Field(Field::new(path)), test, span: predicate.span })
}

fn of_last_element(pattern: &Pattern, case: Case, separator: char) -> Option<Test> {
    let is_name = |text: &str| !text.is_empty() && !text.contains(['\\', '/']);
    match pattern.shape() {
        Shape::Exact(name) if is_name(name) => {
            let end = [Piece::AnyRun, Piece::Literal(format!("{separator}{name}"))];
            Some(Test::Text(Pattern::new(end), case))
        }
        Shape::EndsWith(end) if is_name(end) => Some(Test::Text(pattern.clone(), case)),
        Shape::Anything => Some(Test::Text(pattern.clone(), case)),
        _ => None,
    }
}

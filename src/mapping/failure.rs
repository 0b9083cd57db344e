//! Predicates that have no place in a schema, and how that is told.

use super::{Class, class::View, transforms::Reason};
use crate::{
    diag::{Code, Diagnostic, Span, did_you_mean},
    ir::{Comparison, Test},
};

/// A predicate that has no place in the schema.
pub(super) struct Failure {
    pub(super) field: String,
    pub(super) span: Span,
    pub(super) why: Why,
}

/// Why a predicate has no place.
pub(super) enum Why {
    /// The schema has no column for the field; perhaps the table says more.
    Field(Option<String>),
    /// The value has no rendering.
    Value { value: Option<String>, reason: Reason },
}

/// A test of a value that has no rendering.
pub(super) fn value(test: &Test, reason: &str) -> Why {
    let value = match test {
        Test::Text(pattern, _) => Some(pattern.to_sigma()),
        Test::Regex(regex) => Some(regex.source().to_owned()),
        Test::Number(Comparison::Equal, number) => Some(number.to_string()),
        Test::Number(comparison, number) => {
            comparison.order_symbol().map(|symbol| format!("{symbol} {number}"))
        }
        Test::Boolean(boolean) => Some(boolean.to_string()),
        Test::Cidr(network) => Some(network.to_string()),
        Test::Term(_, text, _) => Some(text.to_string()),
        Test::Listed(list, _) => Some(list.table.name.to_string()),
        Test::TimePart(..)
        | Test::FieldRef(..)
        | Test::Compare(..)
        | Test::Among(..)
        | Test::Null
        | Test::Exists => None,
    };
    Why::Value { value, reason: reason.to_owned() }
}

/// The error about the first predicate without a place, which mentions the others.
pub(super) fn tell(failures: &[Failure], class: &Class, schema: &str, view: &View) -> Option<Diagnostic> {
    let (first, others) = failures.split_first()?;
    let field = &first.field;
    let (code, message, help) = match &first.why {
        Why::Field(why) => {
            let message =
                format!("field `{field}` of event class {} has no place in schema {schema}", class.name);
            (Code::FieldUnmapped, message, why.clone().or_else(|| hint(field, class, view)))
        }
        Why::Value { value, reason } => {
            let value =
                value.as_ref().map_or_else(|| "this test".to_owned(), |value| format!("value `{value}`"));
            let message = format!("{value} of field `{field}` has no rendering in schema {schema}: {reason}");
            (Code::ValueUnmapped, message, None)
        }
    };
    let mut names: Vec<&str> =
        others.iter().map(|other| other.field.as_str()).filter(|it| it != field).collect();
    names.sort_unstable();
    names.dedup();
    let also = (!names.is_empty()).then(|| format!("nor is there one for `{}`", names.join("`, `")));
    let help = match (help, also) {
        (Some(help), Some(also)) => Some(format!("{help}; {also}")),
        (help, also) => help.or(also),
    };
    let error = Diagnostic::new(code, first.span, message);
    Some(match help {
        Some(help) => error.help(help),
        None => error,
    })
}

fn hint(field: &str, class: &Class, view: &View) -> Option<String> {
    if let Some(name) = class.file_names.get(field).filter(|name| view.cell(name).is_some()) {
        return Some(format!(
            "it records only the last element of the path (`{name}`): test that it ends with a separator and a file name"
        ));
    }
    if class.rows.contains_key(field) {
        return None;
    }
    match did_you_mean(field, class.fields()) {
        Some(near) => Some(format!("the event class has a field `{near}`")),
        None => Some("the event class has no such field either".to_owned()),
    }
}

//! Functions of lists, objects and JSON.

use indexmap::IndexMap;

use super::{Value, as_text};
use crate::ir::{Function, Number};

/// The value of a function of lists; `None` for another function, or where a needed argument is missing.
pub(super) fn value(function: Function, arguments: &[Value]) -> Option<Value> {
    use Function as F;
    let list = |index: usize| arguments.get(index).and_then(elements);
    Some(match function {
        F::List => Value::List(arguments.to_vec()),
        F::ListLength => Value::from(i64::try_from(list(0)?.len()).ok()?),
        F::ListJoin => {
            let separator = as_text(arguments.get(1)?)?;
            let parts: Vec<String> = list(0)?.iter().map(|it| as_text(it).unwrap_or_default()).collect();
            Value::Text(parts.join(&separator))
        }
        F::ListSort => {
            let mut values = list(0)?;
            values.sort_by(super::order);
            Value::List(values)
        }
        F::ListConcat => Value::List(arguments.iter().filter_map(elements).flatten().collect()),
        F::ListSlice => {
            let values = list(0)?;
            let length = i64::try_from(values.len()).ok()?;
            let at = |index: usize| -> Option<i64> {
                let Some(Value::Number(Number::Integer(at))) = arguments.get(index) else { return None };
                let at = i64::try_from(*at).ok()?;
                Some(if at < 0 { at + length } else { at })
            };
            let (start, end) = (at(1)?, at(2)?);
            Value::List(
                values
                    .into_iter()
                    .enumerate()
                    .filter(|(index, _)| {
                        i64::try_from(*index).is_ok_and(|index| (start..=end).contains(&index))
                    })
                    .map(|(_, value)| value)
                    .collect(),
            )
        }
        F::ListContains => Value::Boolean(list(0)?.contains(arguments.get(1)?)),
        F::ListIndexOf => {
            let at = list(0)?.iter().position(|it| Some(it) == arguments.get(1));
            Value::from(at.map_or(Some(-1), |at| i64::try_from(at).ok())?)
        }
        F::SetIntersection => {
            let right = list(1)?;
            Value::List(distinct(list(0)?.into_iter().filter(|it| right.contains(it))))
        }
        F::SetDifference => {
            let right = list(1)?;
            Value::List(distinct(list(0)?.into_iter().filter(|it| !right.contains(it))))
        }
        F::SetUnion => Value::List(distinct(arguments.iter().filter_map(elements).flatten())),
        F::Object => Value::Object(
            arguments
                .chunks_exact(2)
                .filter_map(|pair| Some((as_text(&pair[0])?, pair[1].clone())))
                .collect::<IndexMap<_, _>>(),
        ),
        F::ObjectKeys => match arguments.first()? {
            Value::Object(members) => {
                Value::List(members.keys().map(|key| Value::from(key.as_str())).collect())
            }
            _ => return None,
        },
        F::ParseJson => match arguments.first()? {
            Value::Text(text) => {
                serde_json::from_str(text).map_or_else(|_| Value::from(text.as_str()), Value::from_json)
            }
            other => other.clone(),
        },
        _ => return None,
    })
}

/// The elements of a list, each once, in order.
pub(super) fn distinct(values: impl Iterator<Item = Value>) -> Vec<Value> {
    let mut different = Vec::new();
    for value in values {
        if !different.contains(&value) {
            different.push(value);
        }
    }
    different
}

fn elements(value: &Value) -> Option<Vec<Value>> {
    match value {
        Value::List(values) => Some(values.clone()),
        _ => None,
    }
}

impl Value {
    /// The value that a JSON value is.
    pub fn from_json(json: serde_json::Value) -> Self {
        match json {
            serde_json::Value::Null => Self::Null,
            serde_json::Value::Bool(value) => Self::Boolean(value),
            serde_json::Value::Number(number) => {
                Number::parse(&number.to_string()).map_or(Self::Null, Self::Number)
            }
            serde_json::Value::String(text) => Self::Text(text),
            serde_json::Value::Array(values) => Self::List(values.into_iter().map(Self::from_json).collect()),
            serde_json::Value::Object(members) => Self::Object(
                members.into_iter().map(|(name, value)| (name, Self::from_json(value))).collect(),
            ),
        }
    }

    /// The constant that it is; none for null.
    pub fn into_constant(self) -> Option<crate::ir::Constant> {
        use crate::ir::Constant;
        Some(match self {
            Self::Null => return None,
            Self::Text(text) => Constant::Text(text.into()),
            Self::Number(number) => Constant::Number(number),
            Self::Boolean(value) => Constant::Boolean(value),
            Self::List(values) => {
                Constant::List(values.into_iter().filter_map(Self::into_constant).collect())
            }
            Self::Object(members) => Constant::Object(
                members
                    .into_iter()
                    .filter_map(|(name, value)| Some((name.into(), value.into_constant()?)))
                    .collect(),
            ),
        })
    }

    /// The JSON value that it is.
    pub fn to_json(&self) -> serde_json::Value {
        match self {
            Self::Null => serde_json::Value::Null,
            Self::Boolean(value) => (*value).into(),
            Self::Number(number) => {
                number.to_string().parse::<serde_json::Number>().map_or(serde_json::Value::Null, Into::into)
            }
            Self::Text(text) => text.as_str().into(),
            Self::List(values) => values.iter().map(Self::to_json).collect(),
            Self::Object(members) => members
                .iter()
                .map(|(name, value)| (name.clone(), value.to_json()))
                .collect::<serde_json::Map<_, _>>()
                .into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(values: &[i64]) -> Value {
        Value::List(values.iter().map(|&value| value.into()).collect())
    }

    #[test]
    fn slices_count_from_either_end() {
        let slice =
            |start: i64, end: i64| value(Function::ListSlice, &[list(&[1, 2, 3]), start.into(), end.into()]);
        assert_eq!(slice(1, 2), Some(list(&[2, 3])));
        assert_eq!(slice(-2, -1), Some(list(&[2, 3])));
        assert_eq!(slice(0, 9), Some(list(&[1, 2, 3])));
    }

    #[test]
    fn sets_have_each_element_once() {
        assert_eq!(value(Function::SetUnion, &[list(&[1, 2, 2]), list(&[2, 3])]), Some(list(&[1, 2, 3])));
        assert_eq!(value(Function::SetDifference, &[list(&[1, 2]), list(&[2])]), Some(list(&[1])));
        assert_eq!(value(Function::ListIndexOf, &[list(&[5]), 6.into()]), Some((-1).into()));
    }

    #[test]
    fn text_that_is_no_json_stays_text() {
        let parse = |text: &str| value(Function::ParseJson, &[text.into()]).unwrap();
        assert_eq!(parse("{\"a\": [1, \"x\"]}").member("a").element(1), "x".into());
        assert_eq!(parse("plain"), "plain".into());
        assert_eq!(parse("{\"a\": 1.5}").to_json().to_string(), "{\"a\":1.5}");
    }

    #[test]
    fn lists_are_made_joined_and_sorted() {
        assert_eq!(value(Function::List, &[1.into(), 2.into()]), Some(list(&[1, 2])));
        assert_eq!(value(Function::ListLength, &[list(&[4, 5, 6])]), Some(3.into()));
        assert_eq!(value(Function::ListJoin, &[list(&[1, 2]), "-".into()]), Some("1-2".into()));
        assert_eq!(value(Function::ListSort, &[list(&[10, 9, 11])]), Some(list(&[9, 10, 11])));
        assert_eq!(value(Function::ListConcat, &[list(&[1]), list(&[2, 1])]), Some(list(&[1, 2, 1])));
        assert_eq!(value(Function::SetIntersection, &[list(&[1, 2, 2]), list(&[2, 3])]), Some(list(&[2])));
    }

    #[test]
    fn lists_contain_their_elements() {
        let contains = |element: i64| value(Function::ListContains, &[list(&[1, 2]), element.into()]);
        assert_eq!([contains(2), contains(3)], [true, false].map(|it| Some(Value::Boolean(it))));
    }

    #[test]
    fn objects_have_keys() {
        let object = value(Function::Object, &["a".into(), 1.into(), "b".into(), 2.into()]).unwrap();
        assert_eq!(object.to_json().to_string(), r#"{"a":1,"b":2}"#);
        let keys = Value::List(vec!["a".into(), "b".into()]);
        assert_eq!(value(Function::ObjectKeys, &[object]), Some(keys));
        assert_eq!(value(Function::ObjectKeys, &["a".into()]), None);
    }
}

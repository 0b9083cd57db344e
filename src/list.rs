//! Lists that rules refer to and do not hold, as their user supplies them.

use std::{collections::BTreeSet, sync::Arc};

use indexmap::IndexMap;

use crate::ir::{Constant, ExternalTable, Keeper, Number};

/// Lists by the name that rules call them.
pub type Lists = IndexMap<String, List>;

/// The rows of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum List {
    /// Lines of a text: one column without a name.
    Lines(Vec<String>),
    /// Records whose columns are told by their places; the first record may be their names.
    Records(Vec<Vec<String>>),
    /// Objects whose columns have names.
    Objects(Vec<IndexMap<String, String>>),
}

/// A table of constants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rows {
    /// What the columns are called.
    pub columns: Vec<Arc<str>>,
    /// A value for each column.
    pub rows: Vec<Vec<Constant>>,
}

impl List {
    /// The different values of the first column, of records after the one with the names.
    pub fn values(&self) -> Vec<String> {
        let first = |row: &Vec<String>| row.first().cloned();
        let all: Vec<String> = match self {
            Self::Lines(lines) => lines.clone(),
            Self::Records(records) => records.iter().skip(1).filter_map(first).collect(),
            Self::Objects(objects) => {
                objects.iter().filter_map(|object| object.first().map(|(_, value)| value.clone())).collect()
            }
        };
        let mut seen = BTreeSet::new();
        all.into_iter().filter(|value| seen.insert(value.clone())).collect()
    }

    /// The rows of a table. Those of a watchlist have a `SearchKey`, which is the first column where no other says so.
    pub fn rows_of(&self, table: &ExternalTable) -> Rows {
        match &table.keeper {
            Keeper::Watchlist | Keeper::Macro => self.as_watchlist(),
            Keeper::Files { columns, properties, .. } => {
                let skips = properties.iter().any(|(name, value)| {
                    name.eq_ignore_ascii_case("ignoreFirstRecord") && *value == Constant::Boolean(true)
                });
                self.as_file(columns, skips)
            }
        }
    }

    fn as_watchlist(&self) -> Rows {
        let (mut columns, mut rows): (Vec<Arc<str>>, Vec<Vec<String>>) = match self {
            Self::Lines(lines) => (Vec::new(), lines.iter().map(|line| vec![line.clone()]).collect()),
            Self::Records(records) => match records.split_first() {
                Some((names, rows)) => {
                    (names.iter().map(|name| name.as_str().into()).collect(), rows.to_vec())
                }
                None => (Vec::new(), Vec::new()),
            },
            Self::Objects(objects) => {
                let columns = names(objects);
                let rows = objects.iter().map(|object| by_name(object, &columns)).collect();
                (columns, rows)
            }
        };
        if !columns.iter().any(|name| **name == *"SearchKey") {
            columns.insert(0, "SearchKey".into());
            if !matches!(self, Self::Lines(_)) {
                for row in &mut rows {
                    row.insert(0, row.first().cloned().unwrap_or_default());
                }
            }
        }
        let texts = rows.into_iter().map(|row| row.into_iter().map(|text| Constant::Text(text.into())));
        Rows { columns, rows: texts.map(Iterator::collect).collect() }
    }

    fn as_file(&self, columns: &[(Arc<str>, Arc<str>)], skips_first: bool) -> Rows {
        let names: Vec<Arc<str>> = columns.iter().map(|(name, _)| name.clone()).collect();
        let rows: Vec<Vec<String>> = match self {
            Self::Lines(lines) => {
                lines.iter().skip(usize::from(skips_first)).map(|line| vec![line.clone()]).collect()
            }
            Self::Records(records) => records.iter().skip(usize::from(skips_first)).cloned().collect(),
            Self::Objects(objects) => objects.iter().map(|object| by_name(object, &names)).collect(),
        };
        let typed = |row: Vec<String>| {
            let mut values = row.into_iter();
            columns.iter().map(|(_, ty)| constant(values.next().unwrap_or_default(), ty)).collect()
        };
        Rows { columns: names.clone(), rows: rows.into_iter().map(typed).collect() }
    }
}

/// All names of the objects, in order.
fn names(objects: &[IndexMap<String, String>]) -> Vec<Arc<str>> {
    let mut seen = BTreeSet::new();
    let all = objects.iter().flat_map(IndexMap::keys);
    all.filter(|name| seen.insert(name.as_str())).map(|name| name.as_str().into()).collect()
}

fn by_name(object: &IndexMap<String, String>, columns: &[Arc<str>]) -> Vec<String> {
    columns.iter().map(|name| object.get(&**name).cloned().unwrap_or_default()).collect()
}

/// A text as a value of a Kusto type. What is not of the type is no value.
fn constant(text: String, ty: &str) -> Constant {
    match ty {
        "long" | "int" | "real" | "double" | "decimal" => {
            Number::parse(text.trim()).map_or(Constant::Null, Constant::Number)
        }
        "bool" | "boolean" => match text.trim().to_ascii_lowercase().as_str() {
            "true" | "1" => Constant::Boolean(true),
            "false" | "0" => Constant::Boolean(false),
            _ => Constant::Null,
        },
        "datetime" | "date" if text.trim().is_empty() => Constant::Null,
        "datetime" | "date" => Constant::Timestamp(text.trim().into()),
        _ => Constant::Text(text.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diag::Span;

    fn record(values: &[&str]) -> Vec<String> {
        values.iter().map(|&value| value.to_owned()).collect()
    }

    fn files(columns: &[(&str, &str)], skips_first: bool) -> ExternalTable {
        let columns = columns.iter().map(|&(name, ty)| (name.into(), ty.into())).collect();
        let properties = vec![("ignoreFirstRecord".into(), Constant::Boolean(skips_first))];
        let keeper = Keeper::Files { addresses: Vec::new(), columns, properties };
        ExternalTable { name: "list".into(), keeper, span: Span::default() }
    }

    #[test]
    fn a_watchlist_is_searched_by_its_first_column_unless_another_is_its_key() {
        let list = List::Records(vec![record(&["host", "owner"]), record(&["dc1", "it"])]);
        let table = ExternalTable { name: "w".into(), keeper: Keeper::Watchlist, span: Span::default() };
        let rows = list.rows_of(&table);
        assert_eq!(rows.columns, ["SearchKey".into(), "host".into(), "owner".into()]);
        assert_eq!(rows.rows[0][0], Constant::Text("dc1".into()));
        let list = List::Records(vec![record(&["a", "SearchKey"]), record(&["x", "y"])]);
        assert_eq!(list.rows_of(&table).columns.len(), 2);
    }

    #[test]
    fn a_file_has_the_columns_that_the_query_gives_it() {
        let list = List::Records(vec![record(&["Rank", "Name"]), record(&["1", "a.example"])]);
        let rows = list.rows_of(&files(&[("Position", "int"), ("Domain", "string")], true));
        assert_eq!(rows.columns, ["Position".into(), "Domain".into()]);
        assert_eq!(rows.rows, [vec![Constant::Number(1.into()), Constant::Text("a.example".into())]]);
        assert_eq!(list.rows_of(&files(&[("Position", "int")], false)).rows.len(), 2);
    }

    #[test]
    fn objects_are_read_by_name() {
        let object = [("b".to_owned(), "2".to_owned()), ("a".to_owned(), "1".to_owned())];
        let list = List::Objects(vec![object.into_iter().collect()]);
        let rows = list.rows_of(&files(&[("a", "string")], false));
        assert_eq!(rows.rows, [vec![Constant::Text("1".into())]]);
    }

    #[test]
    fn values_are_those_of_the_first_column_each_once() {
        let list = List::Records(vec![record(&["name"]), record(&["x"]), record(&["x"]), record(&["y"])]);
        assert_eq!(list.values(), ["x", "y"]);
        assert_eq!(List::Lines(record(&["x", "y"])).values(), ["x", "y"]);
    }
}

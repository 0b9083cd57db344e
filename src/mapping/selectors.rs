//! Where the events of every class are recorded, and what a test of a column is in canonical names: the table as
//! statistics over rules of many vendors need it, which never fail as a whole for one column without a name.

use std::sync::Arc;

use super::{
    Mapping,
    class::{Datasets, EntryTarget},
    class_file::{EntrySpec, WantedSpec},
    fault::Fault,
    load::Keyed,
    normalize::{separator, split_paths},
};
use crate::ir::{Condition, LogSource, Predicate};

/// A column, and the constants that it may have.
pub type Constants = (Arc<str>, Vec<Arc<str>>);

/// A table or log that holds events of a class, and what tells them from others there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Selector {
    /// The event class.
    pub class: Arc<str>,
    /// The schema whose names the columns are.
    pub schema: Arc<str>,
    /// The product whose rules it is for; none for all.
    pub product: Option<Arc<str>>,
    /// The table; none where columns alone select (a Windows channel).
    pub table: Option<Arc<str>>,
    /// Columns and the constants that they may have: all of one of these lists select.
    pub alternatives: Vec<Vec<Constants>>,
}

impl Selector {
    /// The constants of a column, over all alternatives, in the file's order.
    pub fn constants(&self, column: &str) -> Vec<Arc<str>> {
        let of_column = self.alternatives.iter().flatten().filter(|(name, _)| **name == *column);
        of_column.flat_map(|(_, values)| values.iter().cloned()).collect()
    }
}

impl Mapping {
    /// Where every class's events are, class by class, as far as the files are sound.
    ///
    /// # Errors
    /// The first malformed file.
    pub fn selectors(&self) -> Result<Vec<Selector>, Fault> {
        let mut found = Vec::new();
        for name in self.classes.keys() {
            let class = self.class(name)?;
            for schema in class.schemas() {
                let Some(Datasets::Entries(entries)) = class.datasets(schema) else { continue };
                for entry in entries {
                    if let EntryTarget::Here(spec, _) = &entry.target {
                        found.push(Selector {
                            class: class.name.clone(),
                            schema: schema.into(),
                            product: entry.product.as_deref().map(Into::into),
                            table: spec.table.as_deref().map(Into::into),
                            alternatives: alternatives(spec),
                        });
                    }
                }
            }
        }
        Ok(found)
    }

    /// A test of a schema's column as a condition on the canonical fields of a class; `None` where the class has no
    /// name for the column, or none for the value.
    pub fn canonical_test(&self, class: &str, schema: &str, predicate: &Predicate) -> Option<Condition> {
        let class = self.class(class).ok()?;
        class.reverse(schema)?.predicate(class, predicate).ok()
    }

    /// The condition with each test of a path's last element turned into one of the field derived of it.
    pub fn with_last_elements(&self, class: &str, product: Option<&str>, condition: &Condition) -> Condition {
        let log_source = LogSource { product: product.map(Into::into), ..LogSource::default() };
        match self.class(class) {
            Ok(class) => split_paths(condition, class, separator(&log_source)),
            Err(_) => condition.clone(),
        }
    }
}

fn alternatives(spec: &EntrySpec) -> Vec<Vec<Constants>> {
    let constants = |wanted: &Keyed<WantedSpec>| {
        let values = |wanted: &WantedSpec| {
            let (WantedSpec::Any(constants) | WantedSpec::All(constants)) = wanted;
            constants.0.iter().map(|constant| constant.to_string().into()).collect()
        };
        wanted.0.iter().map(|(column, wanted)| (column.as_str().into(), values(wanted))).collect()
    };
    let usual = std::iter::once(&spec.default).filter(|usual| !usual.0.is_empty());
    spec.where_.0.iter().chain(usual).map(constants).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        diag::Span,
        ir::{Field, Show, Test},
    };

    #[test]
    fn a_class_is_selected_by_columns_of_tables_and_logs() {
        let selectors = Mapping::builtin().selectors().unwrap();
        let of = |schema: &str| {
            selectors.iter().find(|it| &*it.class == "network_connection" && &*it.schema == schema).unwrap()
        };
        assert_eq!(of("sysmon").constants("EventID"), ["3".into()]);
        assert_eq!(of("defender").table.as_deref(), Some("DeviceNetworkEvents"));
        assert!(of("defender").constants("ActionType").contains(&"ConnectionSuccess".into()));
    }

    #[test]
    fn a_column_is_tested_by_its_canonical_name() {
        let mapping = Mapping::builtin();
        let is = |column: &str| Predicate::new(Field::new(column), Test::number(9389), Span::default());
        let of = |column: &str| mapping.canonical_test("network_connection", "defender", &is(column));
        assert_eq!(Show(&of("RemotePort").unwrap()).to_string(), "DestinationPort = 9389");
        assert!(of("ReportId").is_none());
    }
}

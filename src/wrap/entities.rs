//! What a match is about, as Sentinel maps it: accounts, hosts, processes, addresses, through the mapping table.

use std::{collections::HashMap, sync::Arc};

use serde_json::{Value, json};

use super::{columns::Columns, facts::Facts};
use crate::{
    ir::{Expression, Field, Origin, Project, Rule, Stage},
    mapping::{self, Mapping},
};

/// Entity types with their identifiers, each with the canonical fields and columns that may hold it, the best first.
/// Sentinel's documentation names types and identifiers. An entity is mapped if its first identifier is there; several
/// rows of one type are several entities, but for `Account`, `Host`, `Process` and `File`, of which the first found
/// is mapped.
const ENTITIES: &[(&str, Identifiers)] = &[
    ("Account", &[("Name", &["AccountName"]), ("NTDomain", &["AccountDomain"]), ("Sid", &["AccountSid"])]),
    ("Account", &[("FullName", &["UserPrincipalName", "userPrincipalName", "AccountUpn"])]),
    ("Account", &[("Name", &["TargetUserName"]), ("NTDomain", &["TargetDomainName"])]),
    ("Account", &[("Name", &["SubjectUserName"]), ("NTDomain", &["SubjectDomainName"])]),
    ("Account", &[("FullName", &["User", "ActorUsername", "TargetUsername", "Account", "UserId"])]),
    (
        "Account",
        &[("Name", &["InitiatingProcessAccountName"]), ("NTDomain", &["InitiatingProcessAccountDomain"])],
    ),
    ("Host", &[("FullName", &["Computer", "ComputerName", "DeviceName", "DvcHostname", "Dvc"])]),
    ("Process", &[("CommandLine", &["CommandLine"]), ("ProcessId", &["ProcessId"])]),
    ("Process", &[("CommandLine", &["ParentCommandLine"]), ("ProcessId", &["ParentProcessId"])]),
    ("File", &[("Name", &["target_file_name", "file_name", "image_loaded_name", "process_name"])]),
    (
        "IP",
        &[(
            "Address",
            &["src_ip", "SourceIp", "IpAddress", "c-ip", "callerIpAddress", "ipAddress", "IPAddress"],
        )],
    ),
    ("IP", &[("Address", &["dst_ip", "DestinationIp", "RemoteIP"])]),
    ("URL", &[("Url", &["c-uri", "RemoteUrl", "Url"])]),
    ("DNS", &[("DomainName", &["QueryName", "query"])]),
    ("RegistryKey", &[("Key", &["RegistryKey", "TargetObject"])]),
];

/// Names of identifiers, each with what may hold it.
type Identifiers = &'static [(&'static str, &'static [&'static str])];

/// Types of which one entity is mapped.
const ONCE: [&str; 4] = ["Account", "Host", "Process", "File"];

/// As many as Sentinel takes.
const MOST: usize = 10;

/// The mappings of a query's result. The author's own, where their columns are in it; else what the mapping table
/// finds.
pub(super) fn mappings(facts: &Facts<'_>) -> Vec<Value> {
    let columns = Found::in_result(facts);
    if let Some(own) = facts.own("entityMappings").and_then(|own| of_author(own, &columns)) {
        return own;
    }
    let mut mappings: Vec<Value> = Vec::new();
    let mut types: Vec<&str> = Vec::new();
    let mut used: Vec<Arc<str>> = Vec::new();
    for (entity, identifiers) in ENTITIES {
        if mappings.len() == MOST || ONCE.contains(entity) && types.contains(entity) {
            continue;
        }
        let found: Vec<(&str, Arc<str>)> =
            identifiers.iter().filter_map(|(name, fields)| Some((*name, columns.any(fields)?))).collect();
        let Some((first, column)) = found.first() else { continue };
        if *first != identifiers[0].0 || used.contains(column) {
            continue;
        }
        used.push(column.clone());
        types.push(entity);
        let fields: Vec<Value> =
            found.iter().map(|(name, column)| json!({"identifier": name, "columnName": &**column})).collect();
        mappings.push(json!({"entityType": entity, "fieldMappings": fields}));
    }
    mappings
}

/// The author's mappings, if all of their columns are there.
fn of_author(own: &Value, columns: &Found) -> Option<Vec<Value>> {
    let list = own.as_array()?;
    let is_there = |mapping: &Value| {
        mapping.get("fieldMappings").and_then(Value::as_array).is_some_and(|fields| {
            let name = |field: &Value| field.get("columnName").and_then(Value::as_str).map(str::to_owned);
            fields.iter().all(|field| name(field).is_some_and(|name| columns.has(&name)))
        })
    };
    let kept: Vec<Value> = list.iter().filter(|mapping| is_there(mapping)).cloned().collect();
    (!kept.is_empty() && kept.len() == list.len()).then_some(kept)
}

/// Columns that a result has.
pub(super) struct Found {
    columns: Columns,
    /// Of the table.
    known: Vec<Arc<str>>,
    /// Canonical fields, each with the table's column.
    canonical: HashMap<Arc<str>, Arc<str>>,
}

impl Found {
    pub(super) fn in_result(facts: &Facts<'_>) -> Self {
        let parcel = facts.parcel;
        let schema = parcel.conversion.schema;
        let known = match (parcel.mapping, schema, facts.tables.first()) {
            (Some(mapping), Some(schema), Some(table)) => mapping.columns_of(schema, table),
            _ => Vec::new(),
        };
        let canonical = match (parcel.mapping, schema) {
            (Some(mapping), Some(schema)) => canonical(parcel.rule, schema, mapping).unwrap_or_default(),
            _ => HashMap::new(),
        };
        Self { columns: facts.columns(), known, canonical }
    }

    /// Whether the result has a column of this name.
    pub(super) fn has(&self, name: &str) -> bool {
        self.columns.makes(name)
            || self.known.iter().any(|known| **known == *name)
                && self.columns.name_of(name).is_some_and(|called| *called == *name)
    }

    /// The name in the result of the first of these that it has: canonical fields, or columns.
    fn any(&self, fields: &[&str]) -> Option<Arc<str>> {
        fields.iter().find_map(|field| {
            let canonical = self.canonical.get(*field).cloned();
            // A member of a column is no column that Sentinel could map.
            let canonical = canonical.filter(|column| self.known.contains(column));
            let column = canonical.or_else(|| self.known.iter().find(|known| ***known == **field).cloned());
            column.and_then(|column| self.columns.name_of(&column))
        })
    }
}

/// The columns of a schema that hold canonical fields: what a projection of the fields becomes there.
fn canonical(rule: &Rule, schema: &str, mapping: &Mapping) -> Option<HashMap<Arc<str>, Arc<str>>> {
    let normal = mapping::normalize(rule, mapping, &mut Vec::new()).ok()?;
    let Origin::Class { .. } = &normal.origin else { return None };
    let names = ENTITIES.iter().flat_map(|(_, identifiers)| *identifiers).flat_map(|(_, fields)| *fields);
    let columns =
        names.map(|name| (Field::new(*name).computed(), Expression::Field(Field::new(*name)))).collect();
    let filters = normal.stages.iter().take_while(|stage| stage.condition().is_some()).cloned();
    let shown = Stage::Project(Project { columns, span: rule.span });
    let asked = Rule { stages: filters.chain([shown]).collect(), ..normal.clone() };
    let local = mapping::localize(&asked, schema, mapping, &mut Vec::new()).ok()?;
    let Some(Stage::Project(project)) = local.stages.last() else { return None };
    let plain = project.columns.iter().filter_map(|(name, value)| match value {
        Expression::Field(column) => Some((name.name.clone(), column.name.clone())),
        _ => None,
    });
    Some(plain.collect())
}

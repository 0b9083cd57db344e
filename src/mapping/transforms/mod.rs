//! Value transforms: fields whose target column holds the same information in another form.
//!
//! Each takes a test of the canonical field to a condition on the target's columns with the same meaning, or says
//! how it differs, or why there is none.

mod account;
mod constants;
mod hashes;
mod paths;
mod registry;
pub(super) mod xml;

use super::{
    cell::{Base, FindColumn},
    class_file::CellMap,
    fault::Fault,
    record::Form,
};
use crate::{
    diag::{Code, Effect, Span},
    ir::{Condition, Expression, Field, Predicate, Test, eval::Value},
};
pub(super) use account::Account;
use hashes::Hashes;
use registry::Data;

/// Why a test has no rendering: a clause that completes "…: ".
pub(super) type Reason = String;

/// A named transform with its columns.
#[derive(Debug)]
pub(super) enum Transform {
    /// One value to another form of it, in the same column.
    Rewrite(&'static Rewriting, Base),
    /// `DOMAIN\name` in two columns.
    Account(Account),
    /// `MD5=…,SHA256=…` in a column for each algorithm.
    Hashes(Hashes),
    /// `DWORD (0x00000001)` in columns for type and data.
    RegistryData(Data),
}

/// Turns a test of a canonical value into tests of which one must hold on the target's value.
type Rewrite = fn(&Test, &mut Scope<'_>) -> Result<Vec<Test>, Reason>;

/// A transform of values within one column, in both directions.
#[derive(Debug)]
pub(super) struct Rewriting {
    /// What mapping files call it.
    name: &'static str,
    /// Turns a test.
    rewrite: Rewrite,
    /// The value that the target records for a canonical one; none for one that the field never has.
    record: fn(&str) -> Option<Value>,
    /// What canonical values look like.
    form: fn() -> Form,
}

/// The transforms that rewrite values within one column, by the name that mapping files use.
const REWRITES: &[Rewriting] = &[
    Rewriting {
        name: "hive_long",
        rewrite: registry::hive_long,
        record: |key| Some(registry::record_key(key)?.as_str().into()),
        form: || Form::RegistryKey,
    },
    Rewriting {
        name: "boolean",
        rewrite: constants::boolean,
        record: |value| constants::record(constants::boolean, value),
        form: || one_of(&["true", "false"]),
    },
    Rewriting {
        name: "integrity",
        rewrite: constants::integrity,
        record: |value| constants::record(constants::integrity, value),
        form: || one_of(&["Medium", "High", "System", "Low", "Untrusted"]),
    },
    Rewriting {
        name: "protocol",
        rewrite: constants::protocol,
        record: |value| constants::record(constants::protocol, value),
        form: || one_of(&["tcp", "udp", "icmp"]),
    },
    Rewriting {
        name: "protocol_number",
        rewrite: constants::protocol_number,
        record: |value| constants::record(constants::protocol_number, value),
        form: || one_of(&["tcp", "udp", "icmp"]),
    },
    Rewriting {
        name: "hexadecimal",
        rewrite: constants::hexadecimal,
        record: |value| constants::record(constants::hexadecimal, value),
        form: || Form::Integer,
    },
    Rewriting {
        name: "directory",
        rewrite: paths::directory,
        record: |path| Some(paths::record_directory(path).as_str().into()),
        form: || Form::Directory,
    },
    Rewriting {
        name: "pipe_path",
        rewrite: paths::pipe_path,
        record: |name| Some(paths::record_pipe(name).as_str().into()),
        form: || Form::Pipe,
    },
];

fn one_of(values: &[&str]) -> Form {
    Form::OneOf(values.iter().map(|value| (*value).into()).collect())
}

impl Transform {
    pub(super) fn compile(
        name: &str,
        field: &str,
        spec: &CellMap,
        base: Option<Base>,
        column: &FindColumn<'_>,
    ) -> Result<Self, Fault> {
        let optional = |name: &Option<String>| name.as_deref().map(column).transpose();
        let needed = |key: &str, column: &Option<String>| {
            optional(column)?.ok_or_else(|| Fault::new(format!("transform `{name}` needs `{key}`")))
        };
        if let Some(rewriting) = REWRITES.iter().find(|known| known.name == name) {
            let base = base.ok_or_else(|| Fault::new(format!("transform `{name}` needs a column")))?;
            return Ok(Self::Rewrite(rewriting, base));
        }
        match name {
            "account" => {
                Ok(Self::Account(Account::new(field, needed("name", &spec.name)?, optional(&spec.domain)?)))
            }
            "hashes" => Ok(Self::Hashes(Hashes::new([
                optional(&spec.md5)?,
                optional(&spec.sha1)?,
                optional(&spec.sha256)?,
                optional(&spec.imphash)?,
            ]))),
            "registry_data" | "registry_strings" | "registry_any" => Ok(Self::RegistryData(Data {
                text: needed("data", &spec.data)?,
                kind: needed("type", &spec.type_)?,
                typed: name == "registry_data",
                verbatim: name == "registry_any",
            })),
            _ => Err(Fault::new(format!("transform `{name}` does not exist"))),
        }
    }

    /// The condition on the target's columns that a test of the canonical field becomes. Never called for
    /// [`Test::Null`] and [`Test::Exists`], which pass to [`Self::columns`].
    pub(super) fn apply(&self, test: &Test, scope: &mut Scope<'_>) -> Result<Condition, Reason> {
        match self {
            Self::Rewrite(rewriting, base) => {
                let tests = (rewriting.rewrite)(test, scope)?;
                Ok(Condition::any(tests.iter().map(|test| scope.on(base, test)).collect::<Vec<_>>()))
            }
            Self::Account(account) => account.apply(test, scope),
            Self::Hashes(hashes) => hashes.apply(test, scope),
            Self::RegistryData(data) => data.apply(test, scope),
        }
    }

    /// What the columns hold for a canonical value; none for one that the field never has.
    pub(super) fn record(&self, value: &str) -> Option<Recorded<'_>> {
        match self {
            Self::Rewrite(rewriting, base) => Some(Recorded::Same(base, (rewriting.record)(value)?)),
            Self::Account(account) => account.record(value).map(Recorded::Columns),
            Self::Hashes(hashes) => hashes.record(value).map(Recorded::Columns),
            Self::RegistryData(data) => data.record(value).map(Recorded::Columns),
        }
    }

    /// What canonical values look like.
    pub(super) fn form(&self, unix: bool) -> Form {
        match self {
            Self::Account(_) if unix => Form::AccountPart,
            Self::Account(_) => Form::Account,
            Self::Hashes(_) => Form::Hashes,
            Self::Rewrite(rewriting, _) => (rewriting.form)(),
            Self::RegistryData(_) => Form::RegistryData,
        }
    }

    /// The columns in the data.
    pub(super) fn columns(&self) -> Vec<&Field> {
        match self {
            Self::Rewrite(_, base) => base.columns().iter().collect(),
            Self::Account(account) => account.columns(),
            Self::Hashes(hashes) => hashes.columns(),
            Self::RegistryData(data) => vec![&data.text],
        }
    }
}

/// A value as the target has it.
#[derive(Debug)]
pub(super) enum Recorded<'t> {
    /// In the same columns in another form.
    Same(&'t Base, Value),
    /// In columns of its own.
    Columns(Vec<(&'t Field, Value)>),
}

/// What a transform may use and leave behind while it treats one predicate.
#[derive(Debug)]
pub(super) struct Scope<'a> {
    /// Where the predicate stands.
    pub(super) span: Span,
    /// Whether the rule is about Unix-like systems.
    pub(super) unix: bool,
    /// Computed columns so far, each once.
    pub(super) computed: &'a mut Vec<(Field, Expression)>,
    /// How the condition differs from the test.
    pub(super) changes: Vec<Change>,
}

/// One difference between a test and what became of it, as if it stood under no negation.
#[derive(Debug)]
pub(super) struct Change {
    pub(super) code: Code,
    pub(super) effect: Effect,
    pub(super) message: String,
}

impl Scope<'_> {
    /// A test of a column.
    pub(super) fn is(&self, column: &Field, test: Test) -> Condition {
        Condition::is(Predicate::new(column.clone(), test, self.span))
    }

    /// A test of columns that hold the value.
    pub(super) fn on(&mut self, base: &Base, test: &Test) -> Condition {
        match base {
            Base::Column(column) => self.is(column, test.clone()),
            Base::Any(columns) => Condition::any(columns.iter().map(|column| self.is(column, test.clone()))),
            Base::All(columns) => Condition::all(columns.iter().map(|column| self.is(column, test.clone()))),
            Base::Computed { column, expression, .. } => {
                if !self.computed.iter().any(|(known, _)| known == column) {
                    self.computed.push((column.clone(), expression.clone()));
                }
                self.is(column, test.clone())
            }
        }
    }

    /// Records a difference.
    pub(super) fn differs(&mut self, code: Code, effect: Effect, message: impl Into<String>) {
        self.changes.push(Change { code, effect, message: message.into() });
    }
}

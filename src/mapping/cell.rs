//! Cells: what a canonical field is in a schema.

use super::{
    class_file::{CellMap, CellSpec, EffectSpec, InsteadSpec},
    fault::Fault,
    load::{Keyed, RenderingSpec},
    transforms::{Account, Transform},
    values::ValueTable,
};
use crate::{
    diag::Effect,
    ir::{Case, ColumnType, Expression, Field},
};

/// What a canonical field is in a schema's table.
#[derive(Debug)]
pub(super) enum Cell {
    /// Nothing, and why.
    None(String),
    /// Something.
    Mapped(Box<Mapped>),
}

/// The columns that hold a field, and how its tests become theirs.
#[derive(Debug)]
pub(super) struct Mapped {
    pub(super) holder: Holder,
    pub(super) values: Option<ValueTable>,
    /// How the column's information differs from the field's.
    pub(super) approximation: Option<(Effect, String)>,
}

/// How columns hold a field.
#[derive(Debug)]
pub(super) enum Holder {
    /// As it is.
    Plain(Base),
    /// In another form.
    Transformed(Transform),
    /// Not at all: a value table names the columns.
    Values,
}

/// Columns whose values are the field's.
#[derive(Debug)]
pub(super) enum Base {
    /// One column.
    Column(Field),
    /// Any of several columns has the value.
    Any(Vec<Field>),
    /// All of several columns have the value.
    All(Vec<Field>),
    /// A column that is computed of others.
    Computed {
        /// The computed column, named like the canonical field.
        column: Field,
        /// What it is computed of.
        parts: Vec<Field>,
        /// How.
        expression: Expression,
    },
}

/// Finds a column of the table at hand.
pub(super) type FindColumn<'a> = dyn Fn(&str) -> Result<Field, Fault> + 'a;

impl Cell {
    /// Prepares a cell; `None` where the schema has neither a cell nor a value table for the field.
    pub(super) fn compile(
        field: &str,
        spec: Option<&CellSpec>,
        renderings: Option<(&Keyed<RenderingSpec>, Case)>,
        column: &FindColumn<'_>,
    ) -> Result<Option<Self>, Fault> {
        let values =
            renderings.map(|(renderings, case)| ValueTable::compile(renderings, case, column)).transpose()?;
        let Some(CellSpec(spec)) = spec else {
            let Some(values) = values else { return Ok(None) };
            if values.needs_own_column() {
                return Err(Fault::new("plain constants need a cell of the field's own"));
            }
            let mapped = Mapped { holder: Holder::Values, values: Some(values), approximation: None };
            return Ok(Some(Self::Mapped(Box::new(mapped))));
        };
        if let Some(why) = &spec.none {
            return Ok(Some(Self::None(why.clone())));
        }
        let approximation = approximation(spec.approximate.as_ref(), spec.effect)?;
        let base = Base::compile(field, spec, column)?;
        let holder = match (&spec.transform, base) {
            (Some(name), base) => Holder::Transformed(Transform::compile(name, field, spec, base, column)?),
            (None, Some(base)) => Holder::Plain(base),
            (None, None) if values.is_some() => Holder::Values,
            (None, None) => return Err(Fault::new("the cell names no column")),
        };
        if values.is_some() && matches!(holder, Holder::Transformed(_)) {
            return Err(Fault::new("a transform and a value table exclude each other"));
        }
        if matches!(holder, Holder::Values) && values.as_ref().is_some_and(ValueTable::needs_own_column) {
            return Err(Fault::new("plain constants need a column of the field's own"));
        }
        Ok(Some(Self::Mapped(Box::new(Mapped { holder, values, approximation }))))
    }
}

/// What a file says on how something differs, and which way.
pub(super) fn approximation(
    sentence: Option<&String>,
    effect: Option<EffectSpec>,
) -> Result<Option<(Effect, String)>, Fault> {
    match (sentence, effect) {
        (Some(sentence), Some(effect)) => Ok(Some((effect.into(), sentence.clone()))),
        (None, None) => Ok(None),
        _ => Err(Fault::new("`approximate` and `effect` go together")),
    }
}

impl Cell {
    /// A column with the field's values.
    pub(super) fn plain(column: Field) -> Self {
        let holder = Holder::Plain(Base::Column(column));
        Self::Mapped(Box::new(Mapped { holder, values: None, approximation: None }))
    }

    /// The columns that hold it, if any do.
    pub(super) fn columns(&self) -> Vec<&Field> {
        match self {
            Self::Mapped(mapped) => mapped.columns(),
            Self::None(_) => Vec::new(),
        }
    }

    /// Whether any of several columns may hold it.
    pub(super) fn is_any(&self) -> bool {
        matches!(self, Self::Mapped(mapped) if matches!(mapped.holder, Holder::Plain(Base::Any(_))))
    }

    /// The columns of an account, if it is one.
    pub(super) fn account(&self) -> Option<&Account> {
        match self {
            Self::Mapped(mapped) => match &mapped.holder {
                Holder::Transformed(Transform::Account(account)) => Some(account),
                Holder::Transformed(_) | Holder::Plain(_) | Holder::Values => None,
            },
            Self::None(_) => None,
        }
    }
}

impl Mapped {
    /// The columns that hold the field, in whatever form.
    pub(super) fn columns(&self) -> Vec<&Field> {
        match &self.holder {
            Holder::Plain(base) => base.columns().iter().collect(),
            Holder::Transformed(transform) => transform.columns(),
            Holder::Values => self.values.iter().flat_map(ValueTable::columns).collect(),
        }
    }

    /// The columns that hold exactly the field's values, if any do.
    pub(super) fn as_it_is(&self) -> Option<&Base> {
        match &self.holder {
            Holder::Plain(base) if self.values.is_none() && self.approximation.is_none() => Some(base),
            Holder::Plain(_) | Holder::Transformed(_) | Holder::Values => None,
        }
    }
}

impl Base {
    pub(super) fn compile(
        field: &str,
        spec: &CellMap,
        column: &FindColumn<'_>,
    ) -> Result<Option<Self>, Fault> {
        let columns = |names: &[String]| names.iter().map(|name| column(name)).collect::<Result<Vec<_>, _>>();
        let given = [
            spec.column.is_some(),
            spec.any.is_some(),
            spec.all.is_some(),
            spec.join.is_some(),
            spec.host_of.is_some(),
            spec.json.is_some(),
        ];
        if given.iter().filter(|given| **given).count() > 1 {
            return Err(Fault::new(
                "a cell has more than one of `column`, `any`, `all`, `join`, `host_of` and `json`",
            ));
        }
        Ok(if let Some(name) = &spec.column {
            Some(Self::Column(column(name)?))
        } else if let Some(names) = &spec.any {
            Some(Self::Any(columns(names)?))
        } else if let Some(names) = &spec.all {
            Some(Self::All(columns(names)?))
        } else if let Some(names) = &spec.join {
            let separator = spec.separator.clone().unwrap_or_default();
            let usual = Self::join(field, columns(names)?, separator.clone());
            Some(match &spec.instead {
                None => usual,
                Some(instead) => usual.or_else(instead, columns(&instead.join)?, separator, column)?,
            })
        } else if let Some(name) = &spec.host_of {
            let url = column(name)?;
            Some(Self::computed(field, vec![url.clone()], Expression::Host(url)))
        } else if let (Some(name), Some(path)) = (&spec.json, &spec.member) {
            let json = column(name)?;
            let expression = Expression::JsonMember { json: json.clone(), path: path.clone() };
            Some(Self::within(field, &json, expression))
        } else if spec.json.is_some() || spec.member.is_some() {
            return Err(Fault::new("`json` and `member` go together"));
        } else {
            None
        })
    }

    /// The column of these parts with a separator between them.
    pub(super) fn join(field: &str, parts: Vec<Field>, separator: String) -> Self {
        let expression = Expression::Join { fields: parts.clone(), separator };
        Self::computed(field, parts, expression)
    }

    /// A value that stands in another column's text.
    pub(super) fn within(field: &str, text: &Field, expression: Expression) -> Self {
        Self::computed(field, vec![text.clone()], expression)
    }

    fn computed(field: &str, parts: Vec<Field>, expression: Expression) -> Self {
        Self::Computed { column: Field::column(field, ColumnType::String), parts, expression }
    }

    /// A computed column that joins others where `instead` says so.
    fn or_else(
        self,
        instead: &InsteadSpec,
        others: Vec<Field>,
        separator: String,
        find: &FindColumn<'_>,
    ) -> Result<Self, Fault> {
        let Self::Computed { column, mut parts, expression } = self else { return Ok(self) };
        let mut when = instead.when.0.iter();
        let (Some((of, constants)), None) = (when.next(), when.next()) else {
            return Err(Fault::new("`instead` depends on one column"));
        };
        let then = Expression::Join { fields: others.clone(), separator };
        parts.extend(others);
        let expression = Expression::Choice {
            of: find(of)?,
            constants: constants.0.iter().map(ToString::to_string).collect(),
            then: Box::new(then),
            otherwise: Box::new(expression),
        };
        Ok(Self::Computed { column, parts, expression })
    }

    /// The columns in the data.
    pub(super) fn columns(&self) -> &[Field] {
        match self {
            Self::Column(column) => std::slice::from_ref(column),
            Self::Any(columns) | Self::All(columns) | Self::Computed { parts: columns, .. } => columns,
        }
    }
}

//! What the rows of a query's result are made of.

use std::sync::Arc;

use crate::ir::{Expression, Field, Stage};

/// The columns of a result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Columns {
    /// All of the table's, but for those that went; and those that were added or renamed, each with the column of the
    /// table that it is.
    Open { gone: Vec<Arc<str>>, added: Vec<Column> },
    /// These.
    Closed(Vec<Column>),
}

/// A column of a result, and the column of the table whose values it has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Column {
    pub(super) name: Arc<str>,
    pub(super) of: Option<Arc<str>>,
}

impl Columns {
    /// After these stages.
    pub(super) fn after(stages: &[Stage]) -> Self {
        let mut columns = Self::Open { gone: Vec::new(), added: Vec::new() };
        for stage in stages {
            columns.pass(stage);
        }
        columns
    }

    /// What a column of the table is called in the result.
    pub(super) fn name_of(&self, column: &str) -> Option<Arc<str>> {
        let is_it = |known: &&Column| known.of.as_deref() == Some(column);
        match self {
            Self::Closed(columns) => columns.iter().find(is_it).map(|known| known.name.clone()),
            Self::Open { gone, added } => {
                let stays = !gone.iter().any(|name| **name == *column);
                let renamed = || added.iter().find(is_it).map(|known| known.name.clone());
                if stays { Some(column.into()) } else { renamed() }
            }
        }
    }

    /// Whether the result has a column of this name that the query itself makes.
    pub(super) fn makes(&self, name: &str) -> bool {
        let (Self::Closed(columns) | Self::Open { added: columns, .. }) = self;
        columns.iter().any(|column| *column.name == *name)
    }

    fn pass(&mut self, stage: &Stage) {
        match stage {
            Stage::Filter(_) | Stage::Sort(..) | Stage::Limit(..) => {}
            Stage::Extend(field, value) => {
                let column = self.column(field, value);
                self.add(column);
            }
            Stage::Project(project) => *self = self.closed(&project.columns),
            Stage::Drop(fields, _) => fields.iter().for_each(|field| self.remove(&field.name)),
            Stage::Rename(pairs, _) => {
                for (new, old) in pairs {
                    let column = Column { name: new.name.clone(), of: self.source(&old.name) };
                    self.remove(&old.name);
                    self.add(column);
                }
            }
            Stage::Summarize(summarize) => {
                let mut columns = self.closed(&summarize.by);
                for (field, _) in &summarize.aggregates {
                    columns.add(Column { name: field.name.clone(), of: None });
                }
                *self = columns;
            }
            // What every language keeps of the rows.
            Stage::Slide(slide) => {
                let mut columns = self.closed(&slide.by);
                for (field, _) in &slide.aggregates {
                    columns.add(Column { name: field.name.clone(), of: None });
                }
                columns.add(Column { name: slide.time.name.clone(), of: self.source(&slide.time.name) });
                *self = columns;
            }
            Stage::Chain(chain) => {
                let mut columns = self.closed(&chain.by);
                columns.add(Column { name: chain.time.name.clone(), of: self.source(&chain.time.name) });
                *self = columns;
            }
            Stage::Pick(pick) => match &pick.columns {
                None => {}
                Some(kept) => {
                    let mut columns = self.closed(&pick.by);
                    let first = self.column(&pick.name, &pick.of);
                    columns.add(first);
                    for (field, value) in kept {
                        let column = self.column(field, value);
                        columns.add(column);
                    }
                    *self = columns;
                }
            },
            Stage::Expand(expand) => self.add(Column { name: expand.output.name.clone(), of: None }),
            Stage::Extract(extract) => {
                for part in &extract.parts {
                    if let crate::ir::ExtractPart::Column(field) = part {
                        self.add(Column { name: field.name.clone(), of: None });
                    }
                }
            }
            Stage::Join(join) if join.kind.keeps_left() => {}
            // The rows are of other tables: nothing is known of them.
            Stage::Join(_) | Stage::Union(..) | Stage::Unread(_) => *self = Self::Closed(Vec::new()),
        }
    }

    fn closed(&self, columns: &[(Field, Expression)]) -> Self {
        Self::Closed(columns.iter().map(|(field, value)| self.column(field, value)).collect())
    }

    fn column(&self, field: &Field, value: &Expression) -> Column {
        let of = match value {
            Expression::Field(of) => self.source(&of.name),
            _ => None,
        };
        Column { name: field.name.clone(), of }
    }

    /// The column of the table whose values a column has at this point.
    fn source(&self, name: &str) -> Option<Arc<str>> {
        let (Self::Closed(columns) | Self::Open { added: columns, .. }) = self;
        match (columns.iter().find(|column| *column.name == *name), self) {
            (Some(column), _) => column.of.clone(),
            (None, Self::Open { gone, .. }) if !gone.iter().any(|gone| **gone == *name) => Some(name.into()),
            (None, _) => None,
        }
    }

    fn add(&mut self, column: Column) {
        self.remove(&column.name.clone());
        match self {
            Self::Closed(columns) | Self::Open { added: columns, .. } => columns.push(column),
        }
    }

    fn remove(&mut self, name: &str) {
        match self {
            Self::Closed(columns) => columns.retain(|column| *column.name != *name),
            Self::Open { gone, added } => {
                added.retain(|column| *column.name != *name);
                gone.push(name.into());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{diag::Span, ir::Project};

    fn field(name: &str) -> Field {
        Field::new(name)
    }

    #[test]
    fn filters_keep_the_table_and_projections_their_columns() {
        assert_eq!(Columns::after(&[]).name_of("A").as_deref(), Some("A"));
        let project =
            Project { columns: vec![(field("X"), Expression::Field(field("A")))], span: Span::default() };
        let columns = Columns::after(&[Stage::Project(project)]);
        assert_eq!(columns.name_of("A").as_deref(), Some("X"));
        assert_eq!(columns.name_of("B"), None);
        assert!(columns.makes("X") && !columns.makes("A"));
    }

    #[test]
    fn a_replaced_column_is_no_longer_the_tables() {
        let lower = Expression::Call(crate::ir::Function::Lower, vec![Expression::Field(field("A"))]);
        let columns = Columns::after(&[Stage::Extend(field("A"), lower)]);
        assert_eq!(columns.name_of("A"), None);
        let renamed = Columns::after(&[Stage::Rename(vec![(field("X"), field("A"))], Span::default())]);
        assert_eq!(renamed.name_of("A").as_deref(), Some("X"));
    }
}

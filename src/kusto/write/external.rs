//! Writes rows that are kept outside of the tables.

use crate::{
    ir::{ExternalList, ExternalTable, Keeper},
    kusto::ast::{Column, Expression, Operator, Place, Query, RowSchema, Source},
};

/// A watchlist, or the files themselves.
pub(super) fn table(table: &ExternalTable) -> Expression {
    match &table.keeper {
        // Kusto has no macros.
        Keeper::Watchlist | Keeper::Macro => {
            Expression::call("_GetWatchlist", [Expression::text(&*table.name)])
        }
        Keeper::Files { addresses, columns, properties } => Expression::ExternalData {
            schema: RowSchema {
                is_open: false,
                columns: columns.iter().map(|(name, ty)| ((&**name).into(), (&**ty).into())).collect(),
            },
            uris: addresses.iter().map(|uri| Expression::text(&**uri)).collect(),
            properties: properties
                .iter()
                .map(|(name, value)| ((&**name).into(), super::value::of_constant(value)))
                .collect(),
            place: Place::default(),
        },
    }
}

/// One column of it. A watchlist is searched by `SearchKey` ("Use watchlists in queries or detection rules").
pub(super) fn list(list: &ExternalList) -> Expression {
    let rows = table(&list.table);
    let key = match (&list.column, &list.table.keeper) {
        (Some(column), _) => column.clone(),
        (None, Keeper::Watchlist | Keeper::Macro) => "SearchKey".into(),
        // The first column is what is compared.
        (None, Keeper::Files { .. }) => return rows,
    };
    let columns = vec![Column { names: Vec::new(), is_tuple: false, value: Expression::name(&*key) }];
    let operators = vec![Operator::Project(columns).into()];
    Expression::Query(Box::new(Query { source: Source::Expression(rows), operators }))
}

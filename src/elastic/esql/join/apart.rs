//! What tells the events of one side from those of another.

use crate::{
    elastic::esql::ast::Expr,
    ir::{Comparison, Condition, Predicate, Test},
};

/// Whether no event passes both conditions: each asks for another value of one field.
pub(in crate::elastic::esql) fn are_apart(left: &Condition, right: &Condition) -> bool {
    fn asked(condition: &Condition) -> Vec<&Predicate> {
        condition
            .conjuncts()
            .iter()
            .flat_map(|term| match term {
                Condition::All(_) => asked(term),
                Condition::Is(predicate) => vec![predicate],
                _ => Vec::new(),
            })
            .collect()
    }
    let right = asked(right);
    asked(left).into_iter().any(|one| {
        right.iter().any(|other| {
            let same = one.field().filter(|field| !field.multivalued && other.field() == Some(field));
            same.is_some() && excludes(&one.test, &other.test)
        })
    })
}

pub(in crate::elastic::esql) fn excludes(one: &Test, other: &Test) -> bool {
    match (one, other) {
        (Test::Text(one, _), Test::Text(other, _)) => match (one.as_exact(), other.as_exact()) {
            (Some(one), Some(other)) => one.to_lowercase() != other.to_lowercase(),
            _ => false,
        },
        (Test::Number(Comparison::Equal, one), Test::Number(Comparison::Equal, other)) => one != other,
        _ => false,
    }
}

/// What all conditions ask for, and what each asks for besides.
pub(in crate::elastic::esql) fn factored(conditions: Vec<Expr>) -> (Vec<Expr>, Vec<Expr>) {
    let terms = |condition: &Expr| match condition {
        Expr::And(terms) => terms.clone(),
        other => vec![other.clone()],
    };
    let each: Vec<Vec<Expr>> = conditions.iter().map(terms).collect();
    let Some((first, others)) = each.split_first() else { return (Vec::new(), conditions) };
    let is_everywhere = |term: &&Expr| others.iter().all(|terms| terms.contains(term));
    let common: Vec<Expr> = first.iter().filter(is_everywhere).cloned().collect();
    let rest = |terms: &Vec<Expr>| Expr::all(terms.iter().filter(|term| !common.contains(term)).cloned());
    let apart = each.iter().map(rest).collect();
    (common.into_iter().filter(|term| *term != Expr::boolean(true)).collect(), apart)
}

pub(in crate::elastic::esql) fn distinct(terms: Vec<Expr>) -> Vec<Expr> {
    let mut kept: Vec<Expr> = Vec::with_capacity(terms.len());
    for term in terms {
        if !kept.contains(&term) {
            kept.push(term);
        }
    }
    kept
}

//! Functions of several values, of objects and of sets of networks ("Multivalue eval functions", "JSON functions").

use super::{Call, Written, refusal, text::escaped};
use crate::{
    diag::{Code, Effect},
    ir::{Constant, Expression, Function},
    splunk::{
        ast::Eval,
        expression::{kind as kind_of, list_of, text, value},
        scope::{Kind, Scope},
    },
};

/// A function of lists and objects, if it is one.
pub(super) fn write(call: &Call<'_>, scope: &mut Scope<'_>) -> Option<Written> {
    Some(match call.function {
        Function::ListLength => call.list(0, scope).map(|list| {
            let message = "an empty list and a missing one are the same in SPL: both have no elements";
            scope.note(Code::NullAsEmpty, Effect::More, message);
            Eval::call("coalesce", [Eval::call("mvcount", [list]), Eval::number(0)])
        }),
        Function::ListJoin => {
            call.list(0, scope).and_then(|list| Ok(Eval::call("mvjoin", [list, call.arg(1, scope)?])))
        }
        Function::ListSort => call.list(0, scope).map(|list| Eval::call("mvsort", [list])),
        Function::ListConcat | Function::SetUnion => {
            let lists: Result<Vec<Eval>, _> =
                call.arguments.iter().map(|list| list_of(list, scope)).collect();
            lists.map(|lists| {
                let all = Eval::Call("mvappend", lists);
                if call.function == Function::SetUnion { Eval::call("mvdedup", [all]) } else { all }
            })
        }
        Function::ListSlice => call
            .list(0, scope)
            .and_then(|list| Ok(Eval::call("mvindex", [list, call.arg(1, scope)?, call.arg(2, scope)?]))),
        Function::ListIndexOf => find(call, scope).map(|at| Eval::call("coalesce", [at, Eval::number(-1)])),
        Function::ObjectKeys => call
            .arg(0, scope)
            .map(|object| Eval::call("json_array_to_mv", [Eval::call("json_keys", [object])])),
        _ => return None,
    })
}

/// The position of a constant: `mvfind` takes a regex.
pub(super) fn find(call: &Call<'_>, scope: &mut Scope<'_>) -> Written {
    let list = call.list(0, scope)?;
    let wanted = match call.expression(1, scope)? {
        Expression::Constant(Constant::Text(text)) => text.to_string(),
        Expression::Constant(Constant::Number(number)) => number.to_string(),
        _ => return Err(scope.refuse(refusal(call.function))),
    };
    Ok(Eval::call("mvfind", [list, text(&format!("^{}$", escaped(&wanted)))]))
}

/// Whether an address is in one of the networks.
pub(super) fn in_ranges(call: &Call<'_>, scope: &mut Scope<'_>) -> Written {
    let address = call.arg(0, scope)?;
    let mut ranges = Vec::new();
    for argument in call.arguments.iter().skip(1) {
        match argument {
            Expression::Constant(Constant::List(values)) => {
                for each in values {
                    ranges.push(value(&Expression::Constant(each.clone()), scope)?);
                }
            }
            other if matches!(kind_of(other, scope), Kind::List | Kind::Json) => {
                return Err(scope.refuse(refusal(call.function)));
            }
            other => ranges.push(value(other, scope)?),
        }
    }
    Ok(in_any(&address, ranges))
}

/// Whether an address is in one of these networks.
pub(super) fn in_any(address: &Eval, ranges: impl IntoIterator<Item = Eval>) -> Eval {
    let mut tests: Vec<Eval> =
        ranges.into_iter().map(|range| Eval::call("cidrmatch", [range, address.clone()])).collect();
    if tests.len() == 1 { tests.swap_remove(0) } else { Eval::Or(tests) }
}

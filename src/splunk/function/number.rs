//! Functions of numbers ("Mathematical functions").

use super::{Call, Written, text::without};
use crate::{
    ir::{Expression, Function},
    splunk::{
        ast::Eval,
        expression::{kind as kind_of, time_of, value},
        scope::{Kind, Scope},
        time,
    },
};

/// A function of numbers, if it is one.
pub(super) fn write(call: &Call<'_>, scope: &mut Scope<'_>) -> Option<Written> {
    Some(match call.function {
        Function::Add => arithmetic(call, "+", scope),
        Function::Subtract => arithmetic(call, "-", scope),
        Function::Multiply => arithmetic(call, "*", scope),
        Function::Modulo => arithmetic(call, "%", scope),
        Function::Divide => divide(call, scope),
        Function::ToReal => to_real(call, scope),
        Function::ToInteger => to_integer(call, scope),
        Function::HexToInteger => {
            without(call, scope, "^0[xX]").map(|digits| Eval::call("tonumber", [digits, Eval::number(16)]))
        }
        Function::ToBoolean => call.arg(0, scope).map(|of| {
            let matches = |regex: &str| Eval::call("match", [of.clone(), Eval::text(regex)]);
            let truth = matches(r"(?i)^(?:true|-?0*[1-9]\d*)$");
            let falsehood = matches("(?i)^(?:false|0+)$");
            Eval::Call("case", vec![truth, Eval::text("true"), falsehood, Eval::text("false")])
        }),
        Function::IpToNumber => call.arg(0, scope).map(|address| {
            let part = |index: i64| {
                let parts = Eval::call("split", [address.clone(), Eval::text(".")]);
                Eval::call("tonumber", [Eval::call("mvindex", [parts, Eval::number(index)])])
            };
            let times = |index, factor: i64| Eval::arithmetic(part(index), "*", Eval::number(factor));
            let high = Eval::arithmetic(times(0, 16_777_216), "+", times(1, 65_536));
            Eval::arithmetic(Eval::arithmetic(high, "+", times(2, 256)), "+", part(3))
        }),
        Function::Bin => bin(call, scope),
        _ => return None,
    })
}

/// Points in time are seconds, and so are lengths.
fn arithmetic(call: &Call<'_>, symbol: &'static str, scope: &mut Scope<'_>) -> Written {
    let is_time = call
        .arguments
        .iter()
        .any(|argument| matches!(kind_of(argument, scope), Kind::Time | Kind::TimeText | Kind::Duration));
    let side = |index: usize, scope: &mut Scope<'_>| {
        let expression = call.expression(index, scope)?;
        if is_time && kind_of(expression, scope) == Kind::TimeText {
            time_of(expression, scope)
        } else {
            value(expression, scope)
        }
    };
    Ok(Eval::arithmetic(side(0, scope)?, symbol, side(1, scope)?))
}

/// The quotient of whole numbers is one too.
fn divide(call: &Call<'_>, scope: &mut Scope<'_>) -> Written {
    let kinds: Vec<Kind> = call.arguments.iter().map(|argument| kind_of(argument, scope)).collect();
    let quotient = arithmetic(call, "/", scope)?;
    Ok(if kinds.iter().all(|kind| *kind == Kind::Count) {
        Eval::call("floor", [quotient])
    } else if kinds.iter().all(|kind| kind.is_whole()) {
        let is_negative = Eval::binary(quotient.clone(), "<", Eval::number(0));
        let up = Eval::call("ceiling", [quotient.clone()]);
        Eval::choose(is_negative, up, Eval::call("floor", [quotient]))
    } else {
        quotient
    })
}

/// What a command computed is a number already.
fn to_real(call: &Call<'_>, scope: &mut Scope<'_>) -> Written {
    let expression = call.expression(0, scope)?;
    let is_number = match expression {
        Expression::Field(field) => scope.is_computed_number(field),
        other => kind_of(other, scope).is_number(),
    };
    let written = value(expression, scope)?;
    Ok(if is_number { written } else { Eval::call("tonumber", [written]) })
}

/// Without the fraction, which is rounding towards zero.
fn to_integer(call: &Call<'_>, scope: &mut Scope<'_>) -> Written {
    let expression = call.expression(0, scope)?;
    let kind = kind_of(expression, scope);
    let written = value(expression, scope)?;
    if kind.is_whole() && !matches!(expression, Expression::Field(field) if !scope.is_computed(field)) {
        return Ok(written);
    }
    let whole = if kind.is_whole() {
        written
    } else {
        Eval::call("replace", [written, Eval::text(r"\.\d*$"), Eval::text("")])
    };
    Ok(Eval::call("tonumber", [whole]))
}

/// The start of a bin, in UTC where it is a time.
fn bin(call: &Call<'_>, scope: &mut Scope<'_>) -> Written {
    let Some(duration) = call.duration(1) else {
        let number = call.arg(0, scope)?;
        return match call.integer(1) {
            Some(1) => Ok(Eval::call("floor", [number])),
            _ => Ok(multiple(number, &call.arg(1, scope)?)),
        };
    };
    Ok(multiple(call.time(0, scope)?, &time::seconds(duration)))
}

/// `floor(value/size)*size`
pub(super) fn multiple(value: Eval, size: &Eval) -> Eval {
    let count = Eval::call("floor", [Eval::arithmetic(value, "/", size.clone())]);
    Eval::arithmetic(count, "*", size.clone())
}

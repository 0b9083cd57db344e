//! How eval says each function ("Evaluation functions" and the pages below it, Search Reference). A field holds text
//! or a number, and a function of a null is null, except where the page says else.

mod describe;
mod list;
mod number;
mod text;
mod time;

use super::{
    ast::Eval,
    expression::{list_of, time_of, value as write},
    scope::{Kind, Scope},
    simplify::PRIVATE,
};
use crate::{
    diag::Diagnostic,
    ir::{Constant, Expression, Function},
};
pub use describe::describe;
use list::{find, in_any, in_ranges};

type Written = Result<Eval, Diagnostic>;

/// The call of a function as an eval expression.
///
/// # Errors
/// What eval has no function for.
pub(super) fn value(function: Function, arguments: &[Expression], scope: &mut Scope<'_>) -> Written {
    let call = Call { function, arguments };
    if let Some(name) = same_name(function) {
        let arguments: Result<Vec<Eval>, _> = arguments.iter().map(|each| write(each, scope)).collect();
        return Ok(Eval::Call(name, arguments?));
    }
    let tables = [text::write, number::write, time::write, list::write];
    let written = tables.iter().find_map(|table| table(&call, scope));
    written.unwrap_or_else(|| Err(scope.refuse(refusal(function))))
}

/// The call as a condition, if the function is one.
pub(super) fn condition(
    function: Function,
    arguments: &[Expression],
    scope: &mut Scope<'_>,
) -> Option<Written> {
    let call = Call { function, arguments };
    match function {
        Function::IpIsPrivate => {
            Some(call.arg(0, scope).map(|address| in_any(&address, PRIVATE.map(Eval::text))))
        }
        Function::IpInRange | Function::IpInAnyRange => Some(in_ranges(&call, scope)),
        Function::ListContains => Some(find(&call, scope).map(|at| Eval::call("isnotnull", [at]))),
        _ => None,
    }
}

/// What a function's value is, where that does not depend on its arguments.
pub(super) fn kind(function: Function) -> Kind {
    match function {
        Function::Length | Function::CountOf | Function::ListLength => Kind::Count,
        Function::ToInteger
        | Function::HexToInteger
        | Function::Floor
        | Function::Ceiling
        | Function::IndexOf
        | Function::ListIndexOf
        | Function::HourOfDay
        | Function::DayOfWeek
        | Function::DayOfMonth
        | Function::MonthOfYear
        | Function::YearOf
        | Function::SecondsBetween
        | Function::MinutesBetween
        | Function::HoursBetween
        | Function::DaysBetween
        | Function::IpToNumber => Kind::Integer,
        Function::ToReal | Function::Round | Function::Logarithm | Function::Power | Function::SquareRoot => {
            Kind::Number
        }
        Function::ToBoolean
        | Function::ListContains
        | Function::IpInRange
        | Function::IpInAnyRange
        | Function::IpIsPrivate => Kind::Boolean,
        Function::ToTimestamp
        | Function::Now
        | Function::Ago
        | Function::StartOfDay
        | Function::StartOfWeek
        | Function::StartOfMonth
        | Function::FromUnixSeconds
        | Function::FromUnixMilliseconds => Kind::Time,
        Function::ParseJson | Function::Object => Kind::Json,
        Function::ExtractAll
        | Function::Split
        | Function::List
        | Function::ListSort
        | Function::ListConcat
        | Function::ListSlice
        | Function::SetUnion
        | Function::ObjectKeys => Kind::List,
        _ => Kind::Text,
    }
}

/// Why SPL does not have a function.
fn refusal(function: Function) -> String {
    let reason = match function {
        Function::Base64Decode | Function::Base64Encode => {
            "SPL decodes and encodes Base64 with add-ons alone"
        }
        Function::Reverse => "SPL cannot reverse text",
        Function::ParseXml => "SPL does not make an object of XML",
        Function::SetIntersection | Function::SetDifference => "SPL has no operations on sets of values",
        Function::ToDuration => "SPL does not read text as a length of time",
        _ => "SPL needs constants here",
    };
    format!("`{}` is not available: {reason}", function.name())
}

/// Functions that eval has with the same arguments in the same order and the same meaning.
fn same_name(function: Function) -> Option<&'static str> {
    Some(match function {
        Function::Lower => "lower",
        Function::Upper => "upper",
        Function::Length => "len",
        Function::UrlDecode => "urldecode",
        Function::Split => "split",
        Function::Absolute => "abs",
        Function::Round => "round",
        Function::Floor => "floor",
        Function::Ceiling => "ceiling",
        Function::Least => "min",
        Function::Greatest => "max",
        Function::Logarithm => "ln",
        Function::Power => "pow",
        Function::SquareRoot => "sqrt",
        Function::Now => "now",
        Function::List => "mvappend",
        Function::Object => "json_object",
        Function::Md5 => "md5",
        Function::Sha1 => "sha1",
        Function::Sha256 => "sha256",
        _ => return None,
    })
}

/// A function with its arguments.
struct Call<'a> {
    function: Function,
    arguments: &'a [Expression],
}

impl Call<'_> {
    /// An argument that must be there.
    fn expression(&self, index: usize, scope: &Scope<'_>) -> Result<&Expression, Diagnostic> {
        self.arguments.get(index).ok_or_else(|| {
            let name = self.function.name();
            scope.refuse(format!("`{name}` needs more arguments: {}", self.function.arguments()))
        })
    }

    fn arg(&self, index: usize, scope: &mut Scope<'_>) -> Written {
        let expression = self.expression(index, scope)?;
        write(expression, scope)
    }

    fn list(&self, index: usize, scope: &mut Scope<'_>) -> Written {
        let expression = self.expression(index, scope)?;
        list_of(expression, scope)
    }

    fn time(&self, index: usize, scope: &mut Scope<'_>) -> Written {
        let expression = self.expression(index, scope)?;
        time_of(expression, scope)
    }

    /// An argument that must be constant text: a regex, a format.
    fn constant(&self, index: usize, scope: &Scope<'_>) -> Result<&str, Diagnostic> {
        match self.expression(index, scope)? {
            Expression::Constant(Constant::Text(text)) => Ok(text),
            _ => Err(scope.refuse(refusal(self.function))),
        }
    }

    fn integer(&self, index: usize) -> Option<i64> {
        match self.arguments.get(index) {
            Some(Expression::Constant(Constant::Number(number))) => number.to_string().parse().ok(),
            _ => None,
        }
    }

    fn duration(&self, index: usize) -> Option<crate::ir::Duration> {
        match self.arguments.get(index) {
            Some(Expression::Constant(Constant::Duration(duration))) => Some(*duration),
            _ => None,
        }
    }
}

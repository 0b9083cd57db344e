//! Functions as ES|QL has them ("ES|QL functions and operators").

use super::ast::{Expr, Literal, Operator};
use crate::ir::{AggregateFunction, Function, Number};

/// A function of these arguments; `Err` says what ES|QL lacks.
pub(super) fn scalar(function: Function, mut arguments: Vec<Expr>) -> Result<Expr, &'static str> {
    use Function as F;
    if let Some(name) = same(function) {
        return Ok(Expr::Call(name, arguments));
    }
    if let Some(operator) = operator(function) {
        return match <[Expr; 2]>::try_from(arguments) {
            Ok([left, right]) => Ok(Expr::binary(left, operator, right)),
            Err(_) => Err("an operator takes two operands"),
        };
    }
    if let Some(unit) = unit(function) {
        // Whole units are counted, not their boundaries: those between the units' starts are the same.
        let start = format!("1 {}", unit.trim_end_matches('s'));
        let mut between: Vec<Expr> = arguments.iter().rev().map(|time| truncated(&start, time)).collect();
        between.insert(0, Expr::text(unit));
        return Ok(Expr::Call("DATE_DIFF", between));
    }
    if let Some(part) = part(function) {
        arguments.insert(0, Expr::text(part));
        return Ok(Expr::Call("DATE_EXTRACT", arguments));
    }
    match (function, arguments.as_mut_slice()) {
        // A missing part is empty, and does not make the whole missing.
        (F::Concat, parts) => {
            let part = |part: &Expr| match part {
                Expr::Literal(_) => part.clone(),
                other => {
                    Expr::Call("COALESCE", vec![Expr::Call("TO_STRING", vec![other.clone()]), Expr::text("")])
                }
            };
            Ok(Expr::Call("CONCAT", parts.iter().map(part).collect()))
        }
        // Positions count from 1.
        (F::Substring, [text, start, rest @ ..]) => {
            let start = plus(start.clone(), 1);
            let first = [text.clone(), start];
            Ok(Expr::Call("SUBSTRING", first.into_iter().chain(rest.iter().cloned()).collect()))
        }
        (F::IndexOf, [text, part]) => Ok(plus(Expr::Call("LOCATE", vec![text.clone(), part.clone()]), -1)),
        // The replacement has references to groups.
        (F::Replace, [text, Expr::Literal(Literal::Text(from)), Expr::Literal(Literal::Text(with))])
            if !with.contains(['\\', '$']) =>
        {
            let from = Expr::text(regex_syntax::escape(from));
            Ok(Expr::Call("REPLACE", vec![text.clone(), from, Expr::text(with.as_str())]))
        }
        (F::ReplaceRegex, [text, regex, Expr::Literal(Literal::Text(to))]) if !to.contains(['\\', '$']) => {
            Ok(Expr::Call("REPLACE", vec![text.clone(), regex.clone(), Expr::text(to.as_str())]))
        }
        (F::TrimOf, [text, Expr::Literal(Literal::Text(regex))]) => {
            Ok(without(text, &format!("^(?:{regex})+|(?:{regex})+$")))
        }
        (F::TrimStartOf, [text, Expr::Literal(Literal::Text(regex))]) => {
            Ok(without(text, &format!("^(?:{regex})+")))
        }
        (F::TrimEndOf, [text, Expr::Literal(Literal::Text(regex))]) => {
            Ok(without(text, &format!("(?:{regex})+$")))
        }
        (F::FileName, [path]) => Ok(without(path, r"^.*[\\/]")),
        (F::SplitPart, [text, separator @ Expr::Literal(Literal::Text(_)), index])
            if is_one_character(separator) =>
        {
            let parts = Expr::Call("SPLIT", vec![text.clone(), separator.clone()]);
            Ok(Expr::Call("MV_SLICE", vec![parts, index.clone()]))
        }
        (F::Split, [text, separator]) if is_one_character(separator) => {
            Ok(Expr::Call("SPLIT", vec![text.clone(), separator.clone()]))
        }
        (F::Ago, [length]) => {
            Ok(Expr::binary(Expr::Call("NOW", Vec::new()), Operator::Subtract, length.clone()))
        }
        (F::Bin, [value, size @ Expr::Literal(Literal::Timespan(_))]) => {
            Ok(Expr::Call("DATE_TRUNC", vec![size.clone(), value.clone()]))
        }
        (F::Bin, [value, size]) => {
            let count =
                Expr::Call("FLOOR", vec![Expr::binary(value.clone(), Operator::Divide, size.clone())]);
            Ok(Expr::binary(count, Operator::Multiply, size.clone()))
        }
        (F::StartOfDay, [time]) => Ok(truncated("1 day", time)),
        (F::StartOfMonth, [time]) => Ok(truncated("1 month", time)),
        // Days count from Monday, 1 to 7.
        (F::DayOfWeek, [time]) => {
            let day = Expr::Call("DATE_EXTRACT", vec![Expr::text("day_of_week"), time.clone()]);
            Ok(Expr::binary(day, Operator::Modulo, number(7)))
        }
        (F::FromUnixSeconds, [seconds]) => {
            let milliseconds = Expr::binary(seconds.clone(), Operator::Multiply, number(1000));
            Ok(Expr::Call("TO_DATETIME", vec![milliseconds]))
        }
        (F::List | F::ListConcat, [first, rest @ ..]) => {
            let append = |all: Expr, next: &Expr| Expr::Call("MV_APPEND", vec![all, next.clone()]);
            Ok(rest.iter().fold(first.clone(), append))
        }
        (F::SetUnion, [left, right]) => {
            let both = Expr::Call("MV_APPEND", vec![left.clone(), right.clone()]);
            Ok(Expr::Call("MV_DEDUPE", vec![both]))
        }
        (F::IpInRange | F::IpInAnyRange, [address, networks @ ..]) => Ok(in_networks(address, networks)),
        (F::IpIsPrivate, [address]) => {
            let private = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"].map(Expr::text);
            Ok(in_networks(address, &private))
        }
        _ => Err(lack(function)),
    }
}

/// The function of the same arguments in the same order.
fn same(function: Function) -> Option<&'static str> {
    use Function as F;
    Some(match function {
        F::Lower => "TO_LOWER",
        F::Upper => "TO_UPPER",
        F::Length => "LENGTH",
        F::Trim => "TRIM",
        F::Reverse => "REVERSE",
        F::Base64Decode => "FROM_BASE64",
        F::Base64Encode => "TO_BASE64",
        F::UrlDecode => "URL_DECODE",
        F::ToText => "TO_STRING",
        F::ToInteger => "TO_LONG",
        F::ToReal => "TO_DOUBLE",
        F::ToBoolean => "TO_BOOLEAN",
        F::ToTimestamp | F::FromUnixMilliseconds => "TO_DATETIME",
        F::Absolute => "ABS",
        F::Round => "ROUND",
        F::Floor => "FLOOR",
        F::Ceiling => "CEIL",
        F::Logarithm => "LOG",
        F::Power => "POW",
        F::SquareRoot => "SQRT",
        F::Now => "NOW",
        F::ListLength => "MV_COUNT",
        F::ListJoin => "MV_CONCAT",
        F::ListSort => "MV_SORT",
        F::ListSlice => "MV_SLICE",
        F::Md5 => "MD5",
        F::Sha1 => "SHA1",
        F::Sha256 => "SHA256",
        _ => return None,
    })
}

fn operator(function: Function) -> Option<Operator> {
    match function {
        Function::Add => Some(Operator::Add),
        Function::Subtract => Some(Operator::Subtract),
        Function::Multiply => Some(Operator::Multiply),
        Function::Divide => Some(Operator::Divide),
        Function::Modulo => Some(Operator::Modulo),
        _ => None,
    }
}

fn unit(function: Function) -> Option<&'static str> {
    match function {
        Function::SecondsBetween => Some("seconds"),
        Function::MinutesBetween => Some("minutes"),
        Function::HoursBetween => Some("hours"),
        Function::DaysBetween => Some("days"),
        _ => None,
    }
}

fn part(function: Function) -> Option<&'static str> {
    match function {
        Function::HourOfDay => Some("hour_of_day"),
        Function::DayOfMonth => Some("day_of_month"),
        Function::MonthOfYear => Some("month_of_year"),
        Function::YearOf => Some("year"),
        _ => None,
    }
}

fn lack(function: Function) -> &'static str {
    use Function as F;
    match function {
        F::Extract | F::ExtractAll => {
            "ES|QL takes parts of a text by DISSECT and GROK alone, not by a regular expression"
        }
        F::ParseJson | F::ParseXml | F::Object | F::ObjectKeys => {
            "ES|QL has no objects: index the members as fields"
        }
        F::UrlHost | F::UrlPath => "ES|QL does not take URLs apart",
        F::Split | F::SplitPart => "ES|QL splits at one character",
        F::SetIntersection | F::SetDifference | F::ListContains | F::ListIndexOf => {
            "ES|QL does not compare lists"
        }
        F::Coalesce => "`COALESCE` takes empty text for a value",
        F::Least | F::Greatest => "a missing value makes the result missing in ES|QL",
        F::Replace | F::ReplaceRegex => "the replacement would be read as references to groups",
        _ => "ES|QL has no such function",
    }
}

/// An aggregate, and what to say where it is not quite the same.
pub(super) fn aggregate(
    function: AggregateFunction,
    arguments: Vec<Expr>,
) -> Result<(Expr, Option<&'static str>), &'static str> {
    use AggregateFunction as A;
    const ESTIMATED: &str = "`COUNT_DISTINCT` estimates above some thousand values";
    let first = || arguments.iter().take(1).cloned().collect::<Vec<_>>();
    Ok(match function {
        A::Count => (Expr::Call("COUNT", vec![Expr::Star]), None),
        A::CountDistinct => (Expr::Call("COUNT_DISTINCT", first()), Some(ESTIMATED)),
        A::CountDistinctAbout => (Expr::Call("COUNT_DISTINCT", first()), None),
        A::Sum => (Expr::Call("SUM", first()), None),
        A::Average => (Expr::Call("AVG", first()), None),
        A::Minimum => (Expr::Call("MIN", first()), None),
        // Any value will do.
        A::Maximum | A::AnyValue => (Expr::Call("MAX", first()), None),
        A::Median => (Expr::Call("MEDIAN", first()), None),
        A::Percentile => (Expr::Call("PERCENTILE", arguments), None),
        A::CollectSet => (Expr::Call("VALUES", first()), None),
        A::CollectList => (Expr::Call("VALUES", first()), Some("`VALUES` lists each value once")),
        // `STD_DEV` is the population's.
        A::StandardDeviation | A::Variance | A::CollectObject | A::First | A::Last => {
            return Err("ES|QL has no such aggregate");
        }
    })
}

fn number(value: i64) -> Expr {
    Expr::Literal(Literal::Number(value.into()))
}

/// A sum with a constant, folded where it can be.
fn plus(value: Expr, more: i64) -> Expr {
    match value {
        Expr::Literal(Literal::Number(Number::Integer(value))) => {
            match Number::integer(value + i128::from(more)) {
                Some(sum) => Expr::Literal(Literal::Number(sum)),
                None => number(more),
            }
        }
        value if more < 0 => Expr::binary(value, Operator::Subtract, number(-more)),
        value => Expr::binary(value, Operator::Add, number(more)),
    }
}

fn without(text: &Expr, regex: &str) -> Expr {
    Expr::Call("REPLACE", vec![text.clone(), Expr::text(regex), Expr::text("")])
}

fn truncated(unit: &str, time: &Expr) -> Expr {
    Expr::Call("DATE_TRUNC", vec![Expr::Literal(Literal::Timespan(unit.to_owned())), time.clone()])
}

fn is_one_character(separator: &Expr) -> bool {
    matches!(separator, Expr::Literal(Literal::Text(text)) if text.chars().count() == 1)
}

fn in_networks(address: &Expr, networks: &[Expr]) -> Expr {
    let address = Expr::Call("TO_IP", vec![address.clone()]);
    Expr::Call("CIDR_MATCH", std::iter::once(address).chain(networks.iter().cloned()).collect())
}

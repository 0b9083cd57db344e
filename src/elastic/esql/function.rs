//! Functions as ES|QL has them ("ES|QL functions and operators").

use super::{
    ast::{Expr, Literal, Operator},
    columns::Kind,
    regex,
};
use crate::ir::{AggregateFunction, Constant, Duration, Expression, Function, Number};

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
    if let Some(written) = text(function, &arguments)? {
        return Ok(written);
    }
    match (function, arguments.as_slice()) {
        // Fractions are cut off, where `TO_LONG` rounds.
        (F::ToInteger, [value]) if may_be_fraction(value) => {
            let zero = || number(0);
            let is_below = Expr::binary(value.clone(), Operator::Less, zero());
            let rounded = |way| Expr::Call(way, vec![value.clone()]);
            Ok(Expr::Call(
                "TO_LONG",
                vec![Expr::Call("CASE", vec![is_below, rounded("CEIL"), rounded("FLOOR")])],
            ))
        }
        (F::ToInteger, [value]) => Ok(Expr::Call("TO_LONG", vec![value.clone()])),
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
        (F::List | F::ListConcat, [first, rest @ ..]) => Ok(rest.iter().fold(first.clone(), appended)),
        (F::SetUnion, [left, right]) => Ok(Expr::Call("MV_DEDUPE", vec![appended(left.clone(), right)])),
        (F::IpInRange | F::IpInAnyRange, [address, networks @ ..]) => Ok(in_networks(address, networks)),
        (F::IpIsPrivate, [address]) => {
            let private = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"].map(Expr::text);
            Ok(in_networks(address, &private))
        }
        _ => Err(lack(function)),
    }
}

/// A function of text.
fn text(function: Function, arguments: &[Expr]) -> Result<Option<Expr>, &'static str> {
    use Function as F;
    let written: Result<Expr, &'static str> = match (function, arguments) {
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
        (F::ToText, [value]) => Ok(match value {
            Expr::Call("REPLACE" | "CONCAT" | "TO_LOWER" | "TO_UPPER" | "SUBSTRING" | "TO_STRING", _) => {
                value.clone()
            }
            _ => Expr::Call("TO_STRING", vec![value.clone()]),
        }),
        // Positions count from 1.
        (F::Substring, [text, start, rest @ ..]) => {
            let start = plus(start.clone(), 1);
            let first = [text.clone(), start];
            Ok(Expr::Call("SUBSTRING", first.into_iter().chain(rest.iter().cloned()).collect()))
        }
        (F::IndexOf, [text, part]) => Ok(plus(Expr::Call("LOCATE", vec![text.clone(), part.clone()]), -1)),
        (F::Replace, [text, Expr::Literal(Literal::Text(from)), Expr::Literal(Literal::Text(with))]) => {
            Ok(replaced(text, &regex_syntax::escape(from), &regex::replacement(with)))
        }
        (F::ReplaceRegex, [text, Expr::Literal(Literal::Text(regex)), Expr::Literal(Literal::Text(to))]) => {
            Ok(replaced(text, &regex::searched(regex)?, &regex::replacement_with_groups(to)))
        }
        (F::TrimOf, [text, Expr::Literal(Literal::Text(regex))]) => {
            let regex = regex::searched(regex)?;
            Ok(without(text, &format!(r"^(?:{regex})+|(?:{regex})+\z")))
        }
        (F::TrimStartOf, [text, Expr::Literal(Literal::Text(regex))]) => {
            Ok(without(text, &format!("^(?:{})+", regex::searched(regex)?)))
        }
        (F::TrimEndOf, [text, Expr::Literal(Literal::Text(regex))]) => {
            Ok(without(text, &format!(r"(?:{})+\z", regex::searched(regex)?)))
        }
        (F::FileName, [path]) => Ok(without(path, r"^.*[\\/]")),
        (F::SplitPart, [text, Expr::Literal(Literal::Text(separator)), index]) => {
            let parts = split(text, separator).ok_or_else(|| lack(function))?;
            Ok(Expr::Call("MV_SLICE", vec![parts, index.clone()]))
        }
        (F::Split, [text, Expr::Literal(Literal::Text(separator))]) => {
            split(text, separator).ok_or_else(|| lack(function))
        }
        (
            F::Extract,
            [
                Expr::Literal(Literal::Text(regex)),
                Expr::Literal(Literal::Number(Number::Integer(group))),
                text,
            ],
        ) => {
            let group = u64::try_from(*group).map_err(|_| lack(function))?;
            let (pattern, replacement) = regex::first_match(regex, group)?;
            Ok(replaced(text, &pattern, &replacement))
        }
        (F::UrlHost, [url]) => Ok(host(url)),
        // What has a scheme has an authority before its path.
        (F::UrlPath, [url]) => {
            Ok(replaced(url, "(?s)^(?:[A-Za-z][A-Za-z0-9+.-]*://[^/?#]*)?([^?#]*).*$", "$1"))
        }
        // Empty text is no value.
        (F::Coalesce, [others @ .., last]) => {
            let is_there = |value: &Expr| {
                let text = Expr::Call("TO_STRING", vec![value.clone()]);
                Expr::binary(text, Operator::Equal, Expr::text("")).negated()
            };
            let cases = others.iter().flat_map(|value| [is_there(value), value.clone()]);
            Ok(Expr::Call("CASE", cases.chain([last.clone()]).collect()))
        }
        // How much shorter the text is without them.
        (F::CountOf, [text, Expr::Literal(Literal::Text(part))]) if !overlaps(part) => {
            let length = |text: Expr| Expr::Call("LENGTH", vec![text]);
            let without = without(text, &regex_syntax::escape(part));
            let removed = Expr::binary(length(text.clone()), Operator::Subtract, length(without));
            let size = i64::try_from(part.chars().count()).unwrap_or(1);
            Ok(if size == 1 { removed } else { Expr::binary(removed, Operator::Divide, number(size)) })
        }
        _ => return Ok(None),
    };
    written.map(Some)
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
        F::Extract => "ES|QL needs constants for the regular expression and its group",
        F::ExtractAll => "ES|QL finds the first match alone",
        F::ParseJson | F::ParseXml | F::Object | F::ObjectKeys => {
            "ES|QL has no objects: index the members as fields"
        }
        F::Split | F::SplitPart => "ES|QL splits at constant text",
        F::SetIntersection | F::SetDifference | F::ListContains | F::ListIndexOf => {
            "ES|QL does not compare lists"
        }
        F::Least | F::Greatest => "a missing value makes the result missing in ES|QL",
        F::Replace | F::ReplaceRegex => "ES|QL needs constants for what is replaced and by what",
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
    const BETWEEN: &str = "a percentile may lie between two values, and is an estimate of many";
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
        A::Median => (Expr::Call("MEDIAN", first()), Some(BETWEEN)),
        A::Percentile => (Expr::Call("PERCENTILE", arguments), Some(BETWEEN)),
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

fn may_be_fraction(value: &Expr) -> bool {
    match value {
        Expr::Binary(_, Operator::Divide | Operator::Multiply | Operator::Add | Operator::Subtract, _) => {
            true
        }
        Expr::Call(function, _) => {
            matches!(*function, "TO_DOUBLE" | "ROUND" | "LOG" | "POW" | "SQRT" | "AVG" | "ABS")
        }
        _ => false,
    }
}

fn truncated(unit: &str, time: &Expr) -> Expr {
    Expr::Call("DATE_TRUNC", vec![Expr::Literal(Literal::Timespan(unit.to_owned())), time.clone()])
}

/// The text with the one place that the expression matches replaced.
fn replaced(text: &Expr, regex: &str, with: &str) -> Expr {
    Expr::Call("REPLACE", vec![text.clone(), Expr::text(regex), Expr::text(with)])
}

/// The host of a URL, or of what has no scheme.
pub(super) fn host(url: &Expr) -> Expr {
    let regex = "(?s)^(?:[A-Za-z][A-Za-z0-9+.-]*://)?(?:[^/?#@]*@)?([^/:?#]*).*$";
    replaced(url, regex, "$1")
}

/// `SPLIT` takes one character: longer separators become one first, which texts do not have.
fn split(text: &Expr, separator: &str) -> Option<Expr> {
    const BETWEEN: &str = "\u{241f}";
    let mut characters = separator.chars();
    characters.next()?;
    if characters.next().is_none() {
        return Some(Expr::Call("SPLIT", vec![text.clone(), Expr::text(separator)]));
    }
    let parted = replaced(text, &regex_syntax::escape(separator), BETWEEN);
    Some(Expr::Call("SPLIT", vec![parted, Expr::text(BETWEEN)]))
}

/// Whether occurrences of a text can share characters.
fn overlaps(part: &str) -> bool {
    part.is_empty() || part.char_indices().skip(1).any(|(at, _)| part.starts_with(&part[at..]))
}

/// A list with one more value; with null, `MV_APPEND` would be null.
fn appended(all: Expr, next: &Expr) -> Expr {
    let append = Expr::Call("MV_APPEND", vec![all.clone(), next.clone()]);
    let is_constant = |value: &Expr| matches!(value, Expr::Literal(_) | Expr::List(_));
    // A value and what is computed of it are null together.
    let is_made_of = matches!(next, Expr::Binary(left, _, right) if **left == all && is_constant(right));
    if is_constant(&all) && is_constant(next) || is_made_of {
        return append;
    }
    let is_null = |value: &Expr| Expr::IsNull(Box::new(value.clone()));
    Expr::Call("CASE", vec![is_null(&all), next.clone(), is_null(next), all, append])
}

/// Whether a function takes values of several values for what each of them is.
pub(super) fn takes_several(function: Function) -> bool {
    use Function as F;
    matches!(
        function,
        F::Lower
            | F::Upper
            | F::ToText
            | F::ToInteger
            | F::ToReal
            | F::ToBoolean
            | F::ToTimestamp
            | F::ParseJson
            | F::Object
            | F::List
            | F::ListConcat
            | F::ListLength
            | F::ListJoin
            | F::ListSort
            | F::SetUnion
    )
}

/// What is computed of points and lengths of time: ES|QL has no difference of two points, which is counted in
/// milliseconds instead, and no lengths but constants.
pub(super) fn of_times(
    function: Function,
    kinds: &[Kind],
    arguments: &[Expression],
    written: &[Expr],
) -> Option<Expr> {
    let long = |value: &Expr| Expr::Call("TO_LONG", vec![value.clone()]);
    let (&[left, right], [first, second], [a, b]) = (kinds, arguments, written) else { return None };
    let is_constant = |value: &Expression| matches!(value, Expression::Constant(_));
    match (function, left, right) {
        (Function::Subtract, Kind::Time, Kind::Time) => {
            Some(Expr::binary(long(a), Operator::Subtract, long(b)))
        }
        (Function::Add | Function::Subtract, Kind::Time, Kind::Duration) if !is_constant(second) => {
            let operator = operator(function)?;
            Some(Expr::Call("TO_DATETIME", vec![Expr::binary(long(a), operator, b.clone())]))
        }
        (Function::Divide, Kind::Duration, Kind::Duration) if !is_constant(first) => {
            let size = milliseconds(second).unwrap_or_else(|| b.clone());
            Some(Expr::binary(Expr::Call("TO_DOUBLE", vec![a.clone()]), Operator::Divide, size))
        }
        _ => None,
    }
}

/// A constant length of time as a number.
pub(super) fn milliseconds(value: &Expression) -> Option<Expr> {
    match value {
        Expression::Constant(Constant::Duration(length)) => Some(number(length.0 / Duration::MILLISECOND)),
        _ => None,
    }
}

fn in_networks(address: &Expr, networks: &[Expr]) -> Expr {
    let address = Expr::Call("TO_IP", vec![address.clone()]);
    let each = |network: &Expr| match network {
        Expr::List(networks) => networks.clone(),
        one => vec![one.clone()],
    };
    Expr::Call("CIDR_MATCH", std::iter::once(address).chain(networks.iter().flat_map(each)).collect())
}

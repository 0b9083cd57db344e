//! How eval says each function ("Evaluation functions" and the pages below it, Search Reference). A field holds text
//! or a number, and a function of a null is null, except where the page says else.

use super::{
    ast::Eval,
    expression::{
        self, found, group_of, host, kind as kind_of, list_of, text, text_of, time_of, value as write,
    },
    note_zone,
    print::print_eval,
    scope::{Kind, Scope},
    simplify::PRIVATE,
    time,
};
use crate::{
    diag::{Code, Diagnostic, Effect, Span},
    ir::{Constant, Expression, Field, Function},
};

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
    if let Some(found) = text_function(&call, scope) {
        return found;
    }
    if let Some(found) = number_function(&call, scope) {
        return found;
    }
    if let Some(found) = time_function(&call, scope) {
        return found;
    }
    list_function(&call, scope).unwrap_or_else(|| Err(scope.refuse(refusal(function))))
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
        Function::ToReal => "tonumber",
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

fn text_function(call: &Call<'_>, scope: &mut Scope<'_>) -> Option<Written> {
    Some(match call.function {
        Function::Concat => {
            let parts: Result<Vec<Eval>, _> =
                call.arguments.iter().map(|part| text_of(part, scope)).collect();
            parts.map(Eval::Concat)
        }
        Function::Substring => substring(call, scope),
        Function::Replace => replace(call, scope),
        Function::ReplaceRegex => replace_regex(call, scope),
        Function::Extract => extract(call, scope),
        Function::ExtractAll => extract_all(call, scope),
        Function::SplitPart => call.arg(0, scope).and_then(|text| {
            let parts = Eval::call("split", [text, call.arg(1, scope)?]);
            Ok(Eval::call("mvindex", [parts, call.arg(2, scope)?]))
        }),
        // `trim` without characters leaves line feeds.
        Function::Trim => without(call, scope, r"^\s+|\s+$".to_owned()),
        Function::TrimOf => call
            .constant(1, scope)
            .map(|of| format!("^(?:{of})+|(?:{of})+$"))
            .and_then(|regex| without(call, scope, regex)),
        Function::TrimStartOf => call
            .constant(1, scope)
            .map(|of| format!("^(?:{of})+"))
            .and_then(|regex| without(call, scope, regex)),
        Function::TrimEndOf => call
            .constant(1, scope)
            .map(|of| format!("(?:{of})+$"))
            .and_then(|regex| without(call, scope, regex)),
        Function::IndexOf => parts(call, scope).map(|parts| {
            let before = Eval::call("len", [Eval::call("mvindex", [parts.clone(), Eval::number(0)])]);
            let is_found = Eval::binary(Eval::call("mvcount", [parts]), ">", Eval::number(1));
            Eval::choose(is_found, before, Eval::number(-1))
        }),
        Function::CountOf => parts(call, scope)
            .map(|parts| Eval::arithmetic(Eval::call("mvcount", [parts]), "-", Eval::number(1))),
        Function::ToText => call.expression(0, scope).cloned().and_then(|value| text_of(&value, scope)),
        // Text is JSON already; the functions of members read it.
        Function::ParseJson => call.arg(0, scope),
        Function::Coalesce => coalesce(call, scope),
        Function::UrlHost => call.arg(0, scope).map(host),
        Function::UrlPath => call.arg(0, scope).map(|url| {
            let path = Eval::text(r"^(?:[^/?#]*://[^/?#]*)?([^?#]*)[\s\S]*$");
            Eval::call("replace", [url, path, Eval::text("\\1")])
        }),
        Function::FileName => without(call, scope, r"^[\s\S]*[\\/]".to_owned()),
        _ => return None,
    })
}

/// The text with each match of a regex taken out.
fn without(call: &Call<'_>, scope: &mut Scope<'_>, regex: String) -> Written {
    Ok(Eval::call("replace", [call.arg(0, scope)?, text(&regex), Eval::text("")]))
}

/// A text cut at another one: one part more than there are occurrences.
fn parts(call: &Call<'_>, scope: &mut Scope<'_>) -> Written {
    Ok(Eval::call("split", [call.arg(0, scope)?, call.arg(1, scope)?]))
}

/// `substr` counts from 1, and from the end below 0 ("Text functions").
fn substring(call: &Call<'_>, scope: &mut Scope<'_>) -> Written {
    let start = match call.integer(1) {
        Some(start) if start < 0 => Eval::number(start),
        Some(start) => Eval::number(start + 1),
        None => Eval::arithmetic(call.arg(1, scope)?, "+", Eval::number(1)),
    };
    let mut arguments = vec![call.arg(0, scope)?, start];
    if call.arguments.len() > 2 {
        arguments.push(call.arg(2, scope)?);
    }
    Ok(Eval::Call("substr", arguments))
}

/// `replace` takes a regex and a replacement that names groups: both are escaped. What is not constant cannot be, and
/// is cut out and joined.
fn replace(call: &Call<'_>, scope: &mut Scope<'_>) -> Written {
    let subject = call.arg(0, scope)?;
    match (call.constant(1, scope), call.constant(2, scope)) {
        (Ok(from), Ok(to)) => {
            let from = text(&residual_escape(from));
            Ok(Eval::call("replace", [subject, from, text(&to.replace('\\', r"\\"))]))
        }
        _ => {
            let parts = Eval::call("split", [subject, call.arg(1, scope)?]);
            Ok(Eval::call("mvjoin", [parts, call.arg(2, scope)?]))
        }
    }
}

/// A text as a regex that finds it.
pub(super) fn residual_escape(text: &str) -> String {
    let mut out = String::new();
    text.chars().for_each(|c| super::residual::push_literal(&mut out, c));
    out
}

fn replace_regex(call: &Call<'_>, scope: &mut Scope<'_>) -> Written {
    Ok(Eval::call("replace", [call.arg(0, scope)?, call.arg(1, scope)?, call.arg(2, scope)?]))
}

fn extract(call: &Call<'_>, scope: &mut Scope<'_>) -> Written {
    let (regex, group) = (call.constant(0, scope)?, call.integer(1));
    let subject = call.arg(2, scope)?;
    match group {
        Some(0) => Ok(found(&subject, &format!("({regex})"), Eval::null())),
        Some(group @ 1..=9) => {
            let regex = if regex.contains('|') { format!("(?:{regex})") } else { regex.to_owned() };
            Ok(group_of(&subject, &regex, group, Eval::null()))
        }
        _ => Err(scope.refuse(refusal(call.function))),
    }
}

/// All matches come from the command `rex` alone, which stands before the one that needs them.
fn extract_all(call: &Call<'_>, scope: &mut Scope<'_>) -> Written {
    use super::ast::{Command, Rex};
    let subject = call.arg(1, scope)?;
    let output = scope.fresh("matches");
    let regex = super::regex::with_named_group(call.constant(0, scope)?, 1, &output)
        .filter(|_| super::regex::groups(call.constant(0, scope).unwrap_or_default()) == 1)
        .ok_or_else(|| scope.refuse("SPL takes all matches of one group, not of several"))?;
    let field = super::stage::in_a_field(subject, "text", scope);
    scope.before.push(Command::Rex(Rex { field, regex, all: true }));
    scope.define(&output, Kind::List, false);
    Ok(Eval::Field(output))
}

/// Text that is empty is not there. The last value stands for itself.
fn coalesce(call: &Call<'_>, scope: &mut Scope<'_>) -> Written {
    let last = call.arguments.len().saturating_sub(1);
    let mut out = Vec::new();
    for (index, argument) in call.arguments.iter().enumerate() {
        let written = write(argument, scope)?;
        let may_be_empty =
            !kind_of(argument, scope).is_number() && !matches!(argument, Expression::Constant(_));
        out.push(if index < last && may_be_empty {
            Eval::call("nullif", [written, Eval::text("")])
        } else {
            written
        });
    }
    Ok(Eval::Call("coalesce", out))
}

fn number_function(call: &Call<'_>, scope: &mut Scope<'_>) -> Option<Written> {
    Some(match call.function {
        Function::Add => arithmetic(call, "+", scope),
        Function::Subtract => arithmetic(call, "-", scope),
        Function::Multiply => arithmetic(call, "*", scope),
        Function::Modulo => arithmetic(call, "%", scope),
        Function::Divide => divide(call, scope),
        Function::ToInteger => to_integer(call, scope),
        Function::HexToInteger => without(call, scope, "^0[xX]".to_owned())
            .map(|digits| Eval::call("tonumber", [digits, Eval::number(16)])),
        Function::ToBoolean => call.arg(0, scope).map(|value| {
            let matches = |regex: &str| Eval::call("match", [value.clone(), Eval::text(regex)]);
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
            write(expression, scope)
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

/// Without the fraction, which is rounding towards zero.
fn to_integer(call: &Call<'_>, scope: &mut Scope<'_>) -> Written {
    let expression = call.expression(0, scope)?;
    let kind = kind_of(expression, scope);
    let written = write(expression, scope)?;
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
        let value = call.arg(0, scope)?;
        return match call.integer(1) {
            Some(1) => Ok(Eval::call("floor", [value])),
            _ => Ok(multiple(value, &call.arg(1, scope)?)),
        };
    };
    Ok(multiple(call.time(0, scope)?, &time::seconds(duration)))
}

/// `floor(value/size)*size`
fn multiple(value: Eval, size: &Eval) -> Eval {
    let count = Eval::call("floor", [Eval::arithmetic(value, "/", size.clone())]);
    Eval::arithmetic(count, "*", size.clone())
}

fn time_function(call: &Call<'_>, scope: &mut Scope<'_>) -> Option<Written> {
    let part = |format: &'static str, scope: &mut Scope<'_>| {
        let time = call.time(0, scope)?;
        note_zone(scope, "parts of a point in time are taken in the time zone of the search");
        Ok(Eval::call("tonumber", [Eval::call("strftime", [time, Eval::text(format)])]))
    };
    Some(match call.function {
        Function::Ago => ago(call, scope),
        Function::ToTimestamp => call.time(0, scope),
        Function::ToDuration => to_duration(call, scope),
        Function::StartOfDay => call
            .time(0, scope)
            .and_then(|time| shifted(multiple(time, &Eval::number(time::DAY)), call, time::DAY, scope)),
        // 4 January 1970 was a Sunday.
        Function::StartOfWeek => call.time(0, scope).and_then(|time| {
            let (week, first) = (7 * time::DAY, Eval::number(3 * time::DAY));
            let since = Eval::arithmetic(time, "-", first.clone());
            let start = Eval::arithmetic(multiple(since, &Eval::number(week)), "+", first);
            shifted(start, call, week, scope)
        }),
        Function::StartOfMonth => start_of_month(call, scope),
        Function::HourOfDay => part("%H", scope),
        Function::DayOfWeek => part("%w", scope),
        Function::DayOfMonth => part("%d", scope),
        Function::MonthOfYear => part("%m", scope),
        Function::YearOf => part("%Y", scope),
        Function::SecondsBetween => between(call, 1, scope),
        Function::MinutesBetween => between(call, 60, scope),
        Function::HoursBetween => between(call, 3_600, scope),
        Function::DaysBetween => between(call, time::DAY, scope),
        Function::FormatTime => format_time(call, scope),
        Function::FromUnixSeconds => call.arg(0, scope),
        Function::FromUnixMilliseconds => {
            call.arg(0, scope).map(|number| Eval::arithmetic(number, "/", Eval::number(1000)))
        }
        _ => return None,
    })
}

/// `relative_time` takes a time modifier.
fn ago(call: &Call<'_>, scope: &mut Scope<'_>) -> Written {
    let now = Eval::call("now", []);
    if let Some(modifier) = call.duration(0).and_then(time::modifier) {
        return Ok(Eval::call("relative_time", [now, Eval::Text(format!("-{modifier}"))]));
    }
    Ok(Eval::arithmetic(now, "-", call.arg(0, scope)?))
}

fn to_duration(call: &Call<'_>, scope: &mut Scope<'_>) -> Written {
    let expression = call.expression(0, scope)?;
    if kind_of(expression, scope) == Kind::Duration {
        return write(expression, scope);
    }
    Err(scope.refuse(refusal(call.function)))
}

fn shifted(start: Eval, call: &Call<'_>, unit: i64, scope: &mut Scope<'_>) -> Written {
    Ok(match (call.integer(1), call.arguments.len()) {
        (_, 1) | (Some(0), _) => start,
        (Some(count), _) if count < 0 => Eval::arithmetic(start, "-", Eval::number(-count * unit)),
        (Some(count), _) => Eval::arithmetic(start, "+", Eval::number(count * unit)),
        (None, _) => {
            let by = Eval::arithmetic(call.arg(1, scope)?, "*", Eval::number(unit));
            Eval::arithmetic(start, "+", by)
        }
    })
}

fn start_of_month(call: &Call<'_>, scope: &mut Scope<'_>) -> Written {
    let modifier = match (call.integer(1), call.arguments.len()) {
        (_, 1) | (Some(0), _) => "@mon".to_owned(),
        (Some(months), _) => format!("{months:+}mon@mon"),
        (None, _) => return Err(scope.refuse(refusal(call.function))),
    };
    note_zone(scope, "months begin in the time zone of the search");
    Ok(Eval::call("relative_time", [call.time(0, scope)?, Eval::Text(modifier)]))
}

/// How many multiples of the unit lie between, as both are rounded down to one.
fn between(call: &Call<'_>, unit: i64, scope: &mut Scope<'_>) -> Written {
    let count = |time: Eval| {
        let units = if unit == 1 { time } else { Eval::arithmetic(time, "/", Eval::number(unit)) };
        Eval::call("floor", [units])
    };
    Ok(Eval::arithmetic(count(call.time(0, scope)?), "-", count(call.time(1, scope)?)))
}

fn format_time(call: &Call<'_>, scope: &mut Scope<'_>) -> Written {
    let format = call.constant(1, scope)?;
    let Some(variables) = time::format_variables(format) else {
        return Err(scope.refuse(format!("the time format `{format}` has letters that `strftime` lacks")));
    };
    note_zone(scope, "times are formatted in the time zone of the search");
    Ok(Eval::call("strftime", [call.time(0, scope)?, text(&variables)]))
}

fn list_function(call: &Call<'_>, scope: &mut Scope<'_>) -> Option<Written> {
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
fn find(call: &Call<'_>, scope: &mut Scope<'_>) -> Written {
    let list = call.list(0, scope)?;
    let wanted = match call.expression(1, scope)? {
        Expression::Constant(Constant::Text(text)) => text.to_string(),
        Expression::Constant(Constant::Number(number)) => number.to_string(),
        _ => return Err(scope.refuse(refusal(call.function))),
    };
    Ok(Eval::call("mvfind", [list, text(&format!("^{}$", residual_escape(&wanted)))]))
}

fn in_ranges(call: &Call<'_>, scope: &mut Scope<'_>) -> Written {
    let address = call.arg(0, scope)?;
    let mut ranges = Vec::new();
    for argument in call.arguments.iter().skip(1) {
        match argument {
            Expression::Constant(Constant::List(values)) => {
                for each in values {
                    ranges.push(write(&Expression::Constant(each.clone()), scope)?);
                }
            }
            other if matches!(kind_of(other, scope), Kind::List | Kind::Json) => {
                return Err(scope.refuse(refusal(call.function)));
            }
            other => ranges.push(write(other, scope)?),
        }
    }
    Ok(in_any(&address, ranges))
}

fn in_any(address: &Eval, ranges: impl IntoIterator<Item = Eval>) -> Eval {
    let mut tests: Vec<Eval> =
        ranges.into_iter().map(|range| Eval::call("cidrmatch", [range, address.clone()])).collect();
    if tests.len() == 1 { tests.swap_remove(0) } else { Eval::Or(tests) }
}

/// How a function is written, of fields that are called as its arguments are; `None` if SPL does not have it.
pub fn describe(function: Function) -> Option<String> {
    let mut notes = Vec::new();
    let mut scope = Scope::new(&mut notes);
    scope.span = Span::default();
    let names = function.arguments().split(", ").filter(|name| !name.is_empty() && *name != "…");
    let mut arguments: Vec<Expression> =
        names.map(|name| placeholder(name.trim_end_matches('?'), function, &mut scope)).collect();
    if function.arguments().ends_with('…') && function != Function::Object {
        arguments.push(placeholder("other", function, &mut scope));
    }
    let written = match expression::condition(&Expression::Call(function, arguments.clone()), &mut scope) {
        Some(condition) => condition,
        None => value(function, &arguments, &mut scope),
    };
    let written = written.ok()?;
    let mut commands = String::new();
    for command in &scope.before {
        super::command::command(&mut commands, command);
        commands.push_str(" | ");
    }
    Some(commands + &print_eval(&written))
}

/// What has to be constant is.
fn placeholder(name: &str, function: Function, scope: &mut Scope<'_>) -> Expression {
    let kind = match name {
        "time" | "later" | "earlier" => Kind::Time,
        "number" | "a" | "b" | "base" | "exponent" => Kind::Number,
        "list" => Kind::List,
        "duration" => Kind::Duration,
        _ => Kind::Unknown,
    };
    match name {
        "value" if matches!(function, Function::ListContains | Function::ListIndexOf) => {
            Expression::text(name)
        }
        "regex" if matches!(function, Function::Extract | Function::ExtractAll) => {
            Expression::text("(regex)")
        }
        "regex" => Expression::text("regex"),
        "group" => Expression::number(1),
        "months" => Expression::number(1),
        "networks" => Expression::Constant(Constant::List(vec![Constant::Text("network".into())])),
        "format" => Expression::text("yyyy-MM-dd"),
        _ => {
            scope.define(name, kind, true);
            Expression::Field(Field::new(name))
        }
    }
}

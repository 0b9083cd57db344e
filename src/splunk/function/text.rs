//! Functions of text ("Text functions").

use super::{Call, Written, refusal};
use crate::{
    ir::{Expression, Function},
    splunk::{
        ast::{Command, Eval, Rex},
        expression::{found, group_of, host, kind as kind_of, text, text_of, value},
        scope::{Kind, Scope},
        stage::in_a_field,
    },
};

/// A function of text, if it is one.
pub(super) fn write(call: &Call<'_>, scope: &mut Scope<'_>) -> Option<Written> {
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
        Function::Trim => without(call, scope, r"^\s+|\s+$"),
        Function::TrimOf => call
            .constant(1, scope)
            .map(|of| format!("^(?:{of})+|(?:{of})+$"))
            .and_then(|regex| without(call, scope, &regex)),
        Function::TrimStartOf => call
            .constant(1, scope)
            .map(|of| format!("^(?:{of})+"))
            .and_then(|regex| without(call, scope, &regex)),
        Function::TrimEndOf => call
            .constant(1, scope)
            .map(|of| format!("(?:{of})+$"))
            .and_then(|regex| without(call, scope, &regex)),
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
        Function::FileName => without(call, scope, r"^[\s\S]*[\\/]"),
        _ => return None,
    })
}

/// The text with each match of a regex taken out.
pub(super) fn without(call: &Call<'_>, scope: &mut Scope<'_>, regex: &str) -> Written {
    Ok(Eval::call("replace", [call.arg(0, scope)?, text(regex), Eval::text("")]))
}

/// A text cut at another one: one part more than there are occurrences.
fn parts(call: &Call<'_>, scope: &mut Scope<'_>) -> Written {
    Ok(Eval::call("split", [call.arg(0, scope)?, call.arg(1, scope)?]))
}

/// `substr` counts from 1, and from the end below 0 ("Text functions").
fn substring(call: &Call<'_>, scope: &mut Scope<'_>) -> Written {
    let start = match call.integer(1) {
        Some(start) if start < 0 => Eval::number(start),
        Some(start) => Eval::number(start.saturating_add(1)),
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
    if let (Ok(from), Ok(to)) = (call.constant(1, scope), call.constant(2, scope)) {
        let from = text(&escaped(from));
        return Ok(Eval::call("replace", [subject, from, text(&to.replace('\\', r"\\"))]));
    }
    let parts = Eval::call("split", [subject, call.arg(1, scope)?]);
    Ok(Eval::call("mvjoin", [parts, call.arg(2, scope)?]))
}

/// A text as a regex that finds it.
pub(super) fn escaped(text: &str) -> String {
    let mut out = String::new();
    text.chars().for_each(|c| crate::splunk::residual::push_literal(&mut out, c));
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
    let subject = call.arg(1, scope)?;
    let output = scope.fresh("matches");
    let regex = crate::splunk::regex::with_named_group(call.constant(0, scope)?, 1, &output)
        .filter(|_| crate::splunk::regex::groups(call.constant(0, scope).unwrap_or_default()) == 1)
        .ok_or_else(|| scope.refuse("SPL takes all matches of one group, not of several"))?;
    let field = in_a_field(subject, "text", scope);
    scope.before.push(Command::Rex(Rex { field, regex, all: true }));
    scope.define(&output, Kind::List, false);
    Ok(Eval::Field(output))
}

/// Text that is empty is not there. The last value stands for itself.
fn coalesce(call: &Call<'_>, scope: &mut Scope<'_>) -> Written {
    let last = call.arguments.len().saturating_sub(1);
    let mut out = Vec::new();
    for (index, argument) in call.arguments.iter().enumerate() {
        let written = value(argument, scope)?;
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

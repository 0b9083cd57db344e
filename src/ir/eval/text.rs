//! Functions of text.

use std::net::IpAddr;

use ipnet::IpNet;

use super::{Value, as_number, as_text};
use crate::ir::Function;

fn compiled(regex: &str) -> Option<regex::Regex> {
    regex::Regex::new(regex).ok()
}

/// The value of a function of text; `None` for another function, or where a needed argument is missing.
pub(super) fn value(function: Function, arguments: &[Value]) -> Option<Value> {
    use Function as F;
    let text = |index: usize| arguments.get(index).and_then(as_text);
    let integer = |index: usize| -> Option<i64> { whole(arguments.get(index)?) };
    Some(match function {
        F::Lower => Value::Text(text(0)?.to_lowercase()),
        F::Upper => Value::Text(text(0)?.to_uppercase()),
        F::Length => count(text(0)?.chars().count()),
        F::Concat => Value::Text(arguments.iter().map(|it| as_text(it).unwrap_or_default()).collect()),
        F::Substring => {
            let (whole, start) = (text(0)?, integer(1)?);
            // Below 0 it counts from the end.
            let from_end = || i64::try_from(whole.chars().count()).unwrap_or(i64::MAX).saturating_add(start);
            let start = usize::try_from(if start < 0 { from_end() } else { start }).unwrap_or(0);
            let length = integer(2).map_or(usize::MAX, |length| usize::try_from(length).unwrap_or(0));
            Value::Text(whole.chars().skip(start).take(length).collect())
        }
        F::Replace => Value::Text(text(0)?.replace(&text(1)?, &text(2)?)),
        F::ReplaceRegex => {
            let to = text(2)?.replace('$', "$$");
            let to = compiled(r"\\(\d)")?.replace_all(&to, "$${$1}").into_owned();
            Value::Text(compiled(&text(1)?)?.replace_all(&text(0)?, to.as_str()).into_owned())
        }
        F::Extract => {
            let group = usize::try_from(integer(1)?).ok()?;
            let found = compiled(&text(0)?)?.captures(&text(2)?)?.get(group)?.as_str().to_owned();
            Value::Text(found)
        }
        F::ExtractAll => all_matches(&compiled(&text(0)?)?, &text(1)?),
        F::Split => Value::List(parts(&text(0)?, &text(1)?)),
        F::SplitPart => {
            let index = usize::try_from(integer(2)?).ok()?;
            parts(&text(0)?, &text(1)?).into_iter().nth(index)?
        }
        F::Trim => Value::Text(text(0)?.trim().to_owned()),
        F::TrimOf => without(&text(0)?, &[&format!("^(?:{})+", text(1)?), &format!("(?:{})+$", text(1)?)])?,
        F::TrimStartOf => without(&text(0)?, &[&format!("^(?:{})+", text(1)?)])?,
        F::TrimEndOf => without(&text(0)?, &[&format!("(?:{})+$", text(1)?)])?,
        F::IndexOf => {
            let whole = text(0)?;
            whole.find(&text(1)?).map_or(Value::from(-1), |at| count(whole[..at].chars().count()))
        }
        F::CountOf => count(text(0)?.matches(&text(1)?).count()),
        F::Reverse => Value::Text(text(0)?.chars().rev().collect()),
        F::FileName => Value::Text(text(0)?.rsplit(['/', '\\']).next()?.to_owned()),
        F::UrlHost => {
            let url = text(0)?;
            let rest = url.split_once("://").map_or(url.as_str(), |(_, rest)| rest);
            Value::Text(rest.split(['/', ':', '?', '#']).next()?.to_owned())
        }
        F::UrlPath => {
            let url = text(0)?;
            let rest = url.split_once("://").map_or(url.as_str(), |(_, rest)| rest);
            let path = rest.split(['?', '#']).next()?;
            Value::Text(path.find('/').map_or(String::new(), |at| path[at..].to_owned()))
        }
        F::Base64Decode => {
            use base64::Engine;
            let bytes = base64::engine::general_purpose::STANDARD.decode(text(0)?).ok()?;
            Value::Text(String::from_utf8(bytes).ok()?)
        }
        F::Base64Encode => {
            use base64::Engine;
            Value::Text(base64::engine::general_purpose::STANDARD.encode(text(0)?))
        }
        F::HexToInteger => {
            let text = text(0)?;
            let digits = text.trim_start_matches("0x").trim_start_matches("0X");
            Value::from(i64::from_str_radix(digits, 16).ok()?)
        }
        F::IpInRange => Value::Boolean(network(&text(1)?)?.contains(&address(&text(0)?)?)),
        F::IpInAnyRange => {
            let address = address(&text(0)?)?;
            let networks = arguments[1..].iter().flat_map(|it| match it {
                Value::List(all) => all.iter().filter_map(as_text).collect(),
                other => as_text(other).into_iter().collect::<Vec<_>>(),
            });
            Value::Boolean(networks.filter_map(|it| network(&it)).any(|it| it.contains(&address)))
        }
        F::IpIsPrivate => match address(&text(0)?)? {
            IpAddr::V4(address) => Value::Boolean(address.is_private()),
            IpAddr::V6(_) => return None,
        },
        F::IpToNumber => match address(&text(0)?)? {
            IpAddr::V4(address) => Value::from(i64::from(u32::from(address))),
            IpAddr::V6(_) => return None,
        },
        _ => return None,
    })
}

#[expect(clippy::cast_possible_truncation, reason = "positions in texts")]
fn whole(value: &Value) -> Option<i64> {
    as_number(value).map(|number| number.to_f64() as i64)
}

fn count(count: usize) -> Value {
    Value::from(i64::try_from(count).unwrap_or(i64::MAX))
}

fn parts(text: &str, separator: &str) -> Vec<Value> {
    if separator.is_empty() {
        return vec![Value::from(text)];
    }
    text.split(separator).map(Value::from).collect()
}

fn without(text: &str, regexes: &[&str]) -> Option<Value> {
    let mut text = text.to_owned();
    for regex in regexes {
        text = compiled(regex)?.replace_all(&text, "").into_owned();
    }
    Some(Value::Text(text))
}

fn all_matches(regex: &regex::Regex, text: &str) -> Value {
    let group = |captures: &regex::Captures<'_>, at: usize| {
        Value::from(captures.get(at).map_or("", |found| found.as_str()))
    };
    let found = regex.captures_iter(text).map(|captures| match captures.len() {
        1 => group(&captures, 0),
        2 => group(&captures, 1),
        several => Value::List((1..several).map(|at| group(&captures, at)).collect()),
    });
    Value::List(found.collect())
}

fn address(text: &str) -> Option<IpAddr> {
    text.parse().ok()
}

/// A network, or one address as a network of its own.
fn network(text: &str) -> Option<IpNet> {
    text.parse().ok().or_else(|| text.parse::<IpAddr>().ok().map(IpNet::from))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(function: Function, arguments: &[Value]) -> Option<Value> {
        value(function, arguments)
    }

    #[test]
    fn groups_of_matches() {
        let extract = |group: i64| of(Function::Extract, &["a(.)(.)".into(), group.into(), "xabc".into()]);
        assert_eq!((extract(1), extract(0)), (Some("b".into()), Some("abc".into())));
        assert_eq!(of(Function::Extract, &["z".into(), 0.into(), "xabc".into()]), None);
        let all = of(Function::ExtractAll, &["(\\d)".into(), "a1b2".into()]);
        assert_eq!(all, Some(Value::List(vec!["1".into(), "2".into()])));
    }

    #[test]
    fn replacements_name_groups() {
        let replaced = of(Function::ReplaceRegex, &["a-b".into(), "(.)-(.)".into(), r"\2$\1".into()]);
        assert_eq!(replaced, Some("b$a".into()));
    }

    #[test]
    fn parts_and_positions() {
        assert_eq!(of(Function::SplitPart, &["a;b".into(), ";".into(), 1.into()]), Some("b".into()));
        assert_eq!(of(Function::SplitPart, &["a;b".into(), ";".into(), 2.into()]), None);
        assert_eq!(of(Function::IndexOf, &["éx".into(), "x".into()]), Some(1.into()));
        assert_eq!(of(Function::IndexOf, &["a".into(), "x".into()]), Some((-1).into()));
        assert_eq!(of(Function::Substring, &["abc".into(), 1.into(), 1.into()]), Some("b".into()));
        assert_eq!(of(Function::Substring, &["abc".into(), (-2).into(), 1.into()]), Some("b".into()));
        assert_eq!(of(Function::Substring, &["abc".into(), (-9).into()]), Some("abc".into()));
        assert_eq!(of(Function::TrimOf, &["--a-b--".into(), "-".into()]), Some("a-b".into()));
    }

    #[test]
    fn addresses_in_networks() {
        let private = |text: &str| of(Function::IpIsPrivate, &[text.into()]);
        assert_eq!(private("10.1.2.3"), Some(Value::Boolean(true)));
        assert_eq!((private("8.8.8.8"), private("")), (Some(Value::Boolean(false)), None));
        let range = of(Function::IpInRange, &["10.1.2.3".into(), "10.0.0.0/8".into()]);
        assert_eq!(range, Some(Value::Boolean(true)));
    }

    #[test]
    fn ends_are_taken_off() {
        let dashes = |function| of(function, &["--a-b--".into(), "-".into()]);
        assert_eq!(dashes(Function::TrimStartOf), Some("a-b--".into()));
        assert_eq!(dashes(Function::TrimEndOf), Some("--a-b".into()));
        assert_eq!(of(Function::Trim, &[" a b\t".into()]), Some("a b".into()));
    }

    #[test]
    fn texts_are_counted_turned_and_taken_apart() {
        assert_eq!(of(Function::Replace, &["a.b.c".into(), ".".into(), "$1".into()]), Some("a$1b$1c".into()));
        assert_eq!(of(Function::CountOf, &["a.b.c".into(), ".".into()]), Some(2.into()));
        assert_eq!(of(Function::Reverse, &["aé".into()]), Some("éa".into()));
        let parts = Value::List(vec!["a".into(), "".into(), "b".into()]);
        assert_eq!(of(Function::Split, &["a;;b".into(), ";".into()]), Some(parts));
        assert_eq!(of(Function::Split, &["ab".into(), "".into()]), Some(Value::List(vec!["ab".into()])));
    }

    #[test]
    fn paths_and_addresses_of_pages_have_parts() {
        let file = |path: &str| of(Function::FileName, &[path.into()]);
        assert_eq!((file(r"C:\a\b.exe"), file("/bin/sh")), (Some("b.exe".into()), Some("sh".into())));
        let host = |url: &str| of(Function::UrlHost, &[url.into()]);
        assert_eq!(host("https://a.example:8080/p?q"), Some("a.example".into()));
        assert_eq!(host("a.example/p"), Some("a.example".into()));
        let path = |url: &str| of(Function::UrlPath, &[url.into()]);
        assert_eq!(path("https://a.example/p/q?r=/s"), Some("/p/q".into()));
        assert_eq!(path("https://a.example"), Some("".into()));
    }

    #[test]
    fn texts_are_encoded_and_decoded() {
        assert_eq!(of(Function::Base64Encode, &["ab?".into()]), Some("YWI/".into()));
        assert_eq!(of(Function::Base64Decode, &["YWI/".into()]), Some("ab?".into()));
        assert_eq!(of(Function::Base64Decode, &["YW".into()]), None);
        let number = |text: &str| of(Function::HexToInteger, &[text.into()]);
        assert_eq!([number("0xFF"), number("ff")], [Some(255.into()), Some(255.into())]);
    }

    #[test]
    fn addresses_are_numbers_and_in_any_of_several_networks() {
        assert_eq!(of(Function::IpToNumber, &["10.0.0.1".into()]), Some(167_772_161.into()));
        assert_eq!(of(Function::IpToNumber, &["::1".into()]), None);
        let networks = Value::List(vec!["192.168.0.0/16".into(), "10.0.0.0/8".into()]);
        let is_in = |address: &str, networks: &[Value]| {
            let arguments: Vec<_> = std::iter::once(address.into()).chain(networks.iter().cloned()).collect();
            of(Function::IpInAnyRange, &arguments)
        };
        let networks = [networks, "8.8.8.8".into()];
        assert_eq!(is_in("10.1.2.3", &networks), Some(Value::Boolean(true)));
        assert_eq!(is_in("8.8.8.8", &networks), Some(Value::Boolean(true)));
        assert_eq!(is_in("9.9.9.9", &networks), Some(Value::Boolean(false)));
    }

    #[test]
    fn length_is_counted_in_characters() {
        assert_eq!(of(Function::Length, &["aé".into()]), Some(2.into()));
    }
}

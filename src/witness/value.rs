//! A value that satisfies tests and fails others.

use fastrand::Rng;
use ipnet::IpNet;

use super::{demand::Demand, regex};
use crate::ir::{
    Case, Comparison, Expression, Field, Number, Pattern, Piece, Predicate, TermPart, Test, TimePart,
    eval::{Event, Value},
};
use crate::mapping::Form;

/// Attempts to put a value together.
const ATTEMPTS: usize = 12;

/// What stands for a wildcard, the plain ones more often.
const FILLINGS: &[&str] = &["", "x", "", "ab", "x y", "é"];

/// Values of fields of which nothing is asked.
const OTHERS: &[&str] = &["other", "C:\\Windows\\explorer.exe", "zz9", ""];

/// A value as demanded; `None` for none at all, which satisfies whatever asks for nothing else. Not every demand can be
/// met: whether it was, evaluation tells.
pub(super) fn value_for(demands: &[Demand<'_>], form: &Form, rng: &mut Rng) -> Option<Value> {
    let wanted: Vec<&Test> = demands.iter().filter(|(_, holds)| *holds).map(|(test, _)| *test).collect();
    if wanted.iter().any(|test| matches!(test, Test::Null)) {
        return None;
    }
    let must_be = demands.iter().any(|(test, holds)| match test {
        Test::Null => !holds,
        _ => *holds,
    });
    let may_lack = !must_be && rng.f32() < 0.6;
    if may_lack {
        return None;
    }
    let fits = |value: &Value| demands.iter().all(|(test, holds)| holds_on(test, value) == *holds);
    let made =
        (0..ATTEMPTS).map(|_| shaped(&put_together(&wanted, form, rng), &wanted, form, rng)).find(fits);
    // A value that is not as asked still shows whether others are.
    made.or_else(|| must_be.then(|| shaped(&put_together(&wanted, form, rng), &wanted, form, rng)))
}

/// Whether a test holds on a value; tests that look at other fields are left to others.
fn holds_on(test: &Test, value: &Value) -> bool {
    const FIELD: &str = "value";
    if matches!(test, Test::FieldRef(..) | Test::Among(..) | Test::Listed(..)) {
        return true;
    }
    let event = Event(indexmap::IndexMap::from([(FIELD.to_owned(), value.clone())]));
    Predicate::new(Field::new(FIELD), test.clone(), crate::diag::Span::default()).holds_on(&event)
}

/// A value that tests may hold on.
fn put_together(wanted: &[&Test], form: &Form, rng: &mut Rng) -> Value {
    let number = wanted.iter().find_map(|test| match test {
        Test::Number(comparison, number) => Some(near(*comparison, *number)),
        Test::Compare(comparison, other) => match &**other {
            Expression::Constant(crate::ir::Constant::Number(number)) => Some(near(*comparison, *number)),
            _ => None,
        },
        _ => None,
    });
    if let Some(number) = number {
        return Value::Number(number);
    }
    let boolean = wanted.iter().find_map(|test| match test {
        Test::Boolean(boolean) => Some(*boolean),
        _ => None,
    });
    if let Some(boolean) = boolean {
        return Value::Boolean(boolean);
    }
    let network = wanted.iter().find_map(|test| match test {
        Test::Cidr(network) => Some(network),
        _ => None,
    });
    if let Some(network) = network {
        return Value::Text(address_in(network, rng));
    }
    let times: Vec<_> = wanted.iter().filter(|test| matches!(test, Test::TimePart(..))).collect();
    if !times.is_empty() {
        return Value::Text(timestamp(wanted));
    }
    Value::Text(text(wanted, form, rng))
}

/// A number that compares so, as near to the limit as can be.
fn near(comparison: Comparison, number: Number) -> Number {
    let step = |by: i128| match number {
        Number::Integer(integer) => Number::integer(integer + by).unwrap_or(number),
        #[expect(clippy::cast_precision_loss, reason = "one or minus one")]
        Number::Real(real) => Number::real(real + by as f64).unwrap_or(number),
    };
    match comparison {
        Comparison::Equal | Comparison::LessOrEqual | Comparison::GreaterOrEqual => number,
        Comparison::Less => step(-1),
        Comparison::Greater => step(1),
    }
}

fn address_in(network: &IpNet, rng: &mut Rng) -> String {
    match network {
        IpNet::V4(network) => {
            let (low, high) = (u32::from(network.network()), u32::from(network.broadcast()));
            std::net::Ipv4Addr::from(rng.u32(low..=high)).to_string()
        }
        IpNet::V6(network) => {
            let (low, high) = (u128::from(network.network()), u128::from(network.broadcast()));
            std::net::Ipv6Addr::from(rng.u128(low..=high)).to_string()
        }
    }
}

/// A point in time with the parts that are asked for.
fn timestamp(wanted: &[&Test]) -> String {
    let part = |of: TimePart, usual: i64| {
        let number = wanted.iter().find_map(|test| match test {
            Test::TimePart(part, comparison, number) if *part == of => match near(*comparison, *number) {
                Number::Integer(integer) => i64::try_from(integer).ok(),
                Number::Real(_) => None,
            },
            _ => None,
        });
        number.unwrap_or(usual)
    };
    format!(
        "{:04}-{:02}-{:02}T{:02}:{:02}:30Z",
        part(TimePart::Year, 2026),
        part(TimePart::Month, 3),
        part(TimePart::Day, 4),
        part(TimePart::Hour, 5),
        part(TimePart::Minute, 6),
    )
}

/// A text that tests of text may hold on: a whole value if one asks for it, else what each wants, put after another in
/// the order of where they want it.
fn text(wanted: &[&Test], form: &Form, rng: &mut Rng) -> String {
    let mut parts: Vec<(Place, &Test)> = wanted.iter().map(|test| (place(test), *test)).collect();
    // The longest start first: it may be all that the others ask for.
    parts.sort_by_key(|(place, test)| (*place, std::cmp::Reverse(length(test))));
    let mut text = String::new();
    for (index, (place, test)) in parts.iter().enumerate() {
        if index > 0 && (*place == Place::Whole || holds_on(test, &Value::Text(text.clone()))) {
            continue;
        }
        let separator = if index > 0 && *place == Place::Anywhere && rng.bool() { " " } else { "" };
        text.push_str(separator);
        let inside = Form::AccountPart;
        text.push_str(&piece_of(test, if index == 0 { form } else { &inside }, rng));
    }
    if wanted.is_empty() {
        OTHERS[rng.usize(..OTHERS.len())].clone_into(&mut text);
    }
    text
}

/// Where in a value a test wants something, in the order in which parts are put together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Place {
    Whole,
    Start,
    Anywhere,
    End,
}

fn place(test: &Test) -> Place {
    match test {
        Test::Text(pattern, _) => {
            let ends = (pattern.pieces().first(), pattern.pieces().last());
            match (ends.0 == Some(&Piece::AnyRun), ends.1 == Some(&Piece::AnyRun)) {
                (false, false) => Place::Whole,
                (false, true) => Place::Start,
                (true, true) => Place::Anywhere,
                (true, false) => Place::End,
            }
        }
        Test::Regex(regex) => match (regex.source().starts_with('^'), regex.source().ends_with('$')) {
            (true, true) => Place::Whole,
            (true, false) => Place::Start,
            (false, true) => Place::End,
            (false, false) => Place::Anywhere,
        },
        _ => Place::Anywhere,
    }
}

fn length(test: &Test) -> usize {
    match test {
        Test::Text(pattern, _) => pattern.literals().map(str::len).sum(),
        _ => 0,
    }
}

/// A text on which one test holds.
fn piece_of(test: &Test, form: &Form, rng: &mut Rng) -> String {
    match test {
        Test::Text(pattern, case) => filled(pattern, *case, form, rng),
        Test::Regex(regex) => regex::sample(regex, rng).unwrap_or_default(),
        Test::Term(part, term, _) => match part {
            TermPart::Whole => {
                format!("{}{term}{}", ["", "a ", "("][rng.usize(..3)], ["", " b", ")"][rng.usize(..3)])
            }
            TermPart::Prefix => format!("{term}{}", ["", "x", " b"][rng.usize(..3)]),
            TermPart::Suffix => format!("{}{term}", ["", "x", "a "][rng.usize(..3)]),
        },
        _ => "x".to_owned(),
    }
}

/// A text that a pattern matches.
fn filled(pattern: &Pattern, case: Case, form: &Form, rng: &mut Rng) -> String {
    let mut text = String::new();
    let pieces = pattern.pieces();
    for (index, piece) in pieces.iter().enumerate() {
        match piece {
            Piece::Literal(literal) if case == Case::Insensitive && rng.u8(..4) == 0 => {
                text.push_str(&literal.to_ascii_uppercase());
            }
            Piece::Literal(literal) => text.push_str(literal),
            Piece::AnyOne => text.push(*rng.choice(&['q', '7', '.']).unwrap_or(&'q')),
            Piece::AnyRun => match pieces.get(index + 1) {
                // What stands before the last element of a path.
                Some(Piece::Literal(next)) if index == 0 && next.starts_with('\\') && *form == Form::Free => {
                    text.push_str(rng.choice(&["C:\\Windows\\Temp", "D:\\a b"]).unwrap_or(&""));
                }
                Some(Piece::Literal(next)) if index == 0 && next.starts_with('/') => {
                    text.push_str("/usr/local/bin");
                }
                _ => text.push_str(FILLINGS[rng.usize(..FILLINGS.len())]),
            },
        }
    }
    text
}

/// A value brought into the form that the field's values have, if it can be.
fn shaped(value: &Value, wanted: &[&Test], form: &Form, rng: &mut Rng) -> Value {
    let text = match (value, form) {
        (Value::Text(text), _) => text.clone(),
        // A list of values has numbers and booleans by their text.
        (Value::Number(number), Form::OneOf(_)) => number.to_string(),
        (Value::Boolean(boolean), Form::OneOf(_)) => boolean.to_string(),
        (other, _) => return other.clone(),
    };
    Value::Text(match form {
        Form::Free => text,
        Form::Integer => return Value::Number(Number::parse(&text).unwrap_or(Number::from(rng.i64(1..9)))),
        Form::Boolean => return Value::Boolean(!text.eq_ignore_ascii_case("false")),
        Form::Timestamp if text.contains('T') => text,
        Form::Timestamp => "2026-03-04T05:06:30Z".to_owned(),
        Form::AccountPart => text.replace('\\', ""),
        Form::RegistryData => data(&text),
        Form::Directory if text.ends_with(['\\', '/']) => text,
        Form::Directory => format!("{text}\\"),
        Form::Pipe if text.starts_with('\\') => text,
        Form::Pipe => format!("\\{text}"),
        Form::OneOf(values) => {
            let fits = |value: &&std::sync::Arc<str>| {
                wanted.iter().all(|test| holds_on(test, &Value::Text(value.to_string())))
            };
            let fitting: Vec<_> = values.iter().filter(fits).collect();
            rng.choice(fitting).map_or(text, ToString::to_string)
        }
        Form::Account if text.contains('\\') && !text.starts_with('\\') && !text.ends_with('\\') => text,
        Form::Account if text.starts_with('\\') => format!("CORP{text}"),
        Form::Account if text.ends_with('\\') => format!("{text}alice"),
        Form::Account if rng.bool() => format!("CORP\\{text}"),
        Form::Account => format!("{text}\\alice"),
        Form::Hashes => hashes(&text),
        Form::RegistryKey => key(&text),
        Form::Address if text.parse::<std::net::IpAddr>().is_ok() => text,
        Form::Address => completed_address(&text),
    })
}

/// Sysmon's list of hashes with the given one among them.
fn hashes(text: &str) -> String {
    let digest = |length: usize| "0123456789ABCDEF".repeat(length.div_ceil(16))[..length].to_owned();
    let mut list =
        [("MD5", digest(32)), ("SHA1", digest(40)), ("SHA256", digest(64)), ("IMPHASH", digest(32))];
    for item in text.split(',').map(str::trim) {
        let (name, given) = item.split_once('=').unwrap_or(("", item));
        let given = given.trim_matches('x');
        let named = |(known, digest): &&mut (&str, String)| {
            known.eq_ignore_ascii_case(name) || (name.is_empty() && digest.len() == given.len())
        };
        if let Some((_, digest)) = list.iter_mut().find(named)
            && given.len() <= digest.len()
        {
            let rest = digest.split_off(given.len());
            *digest = format!("{given}{rest}");
        }
    }
    list.iter().map(|(name, digest)| format!("{name}={digest}")).collect::<Vec<_>>().join(",")
}

/// A key below one of Sysmon's roots.
fn key(text: &str) -> String {
    const ROOTS: [&str; 4] = ["HKLM\\", "HKU\\", "HKCR\\", "HKCU\\"];
    let upper = text.to_ascii_uppercase();
    let found = ROOTS.iter().find_map(|root| upper.find(root).map(|at| (at, root.len())));
    let (root, before, below) = match found {
        Some((at, length)) => (&text[at..at + length], &text[..at], &text[at + length..]),
        None => ("HKLM\\", "", text),
    };
    let elements = before.split('\\').chain(below.split('\\')).filter(|element| !element.is_empty());
    let last = if text.ends_with('\\') { Some("Name") } else { None };
    // A pattern may want a separator before its first element.
    let first = if below.starts_with('\\') { Some("SOFTWARE") } else { None };
    let elements: Vec<&str> = first.into_iter().chain(elements).chain(last).collect();
    format!("{root}{}", elements.join("\\"))
}

/// Data with a number in it, as the whole of it is written.
fn data(text: &str) -> String {
    let lower = text.to_ascii_lowercase();
    let Some(at) = lower.find("0x") else {
        return if text.is_empty() { "(Empty)".to_owned() } else { text.to_owned() };
    };
    let digits: String = lower[at + 2..].chars().take_while(char::is_ascii_hexdigit).collect();
    if lower.contains("qword") {
        format!("QWORD (0x{digits:0>8}-0x{digits:0>8})")
    } else {
        format!("DWORD (0x{digits:0>8})")
    }
}

/// An address that starts with what is there.
fn completed_address(text: &str) -> String {
    let text = text.trim_matches(|c: char| !c.is_ascii_hexdigit() && !matches!(c, '.' | ':'));
    if text.contains(':') {
        return if text.ends_with("::") || text.parse::<std::net::Ipv6Addr>().is_ok() {
            format!("{text}1")
        } else {
            format!("{}::1", text.trim_end_matches(':'))
        };
    }
    let mut parts: Vec<String> = text.split('.').filter(|part| !part.is_empty()).map(str::to_owned).collect();
    while parts.len() < 4 {
        parts.push("7".to_owned());
    }
    parts.truncate(4);
    parts.join(".")
}

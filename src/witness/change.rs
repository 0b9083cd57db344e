//! What makes a near miss: one value, changed where languages differ.

use crate::ir::{Number, Piece, Test, eval::Value};

/// Other values in place of one, each with what it is (`{}` stands for the field); `None` removes it.
pub(super) fn changes(value: Option<&Value>, test: &Test) -> Vec<(String, Option<Value>)> {
    let mut found: Vec<(String, Option<Value>)> = Vec::new();
    let mut add = |why: &str, value: Option<Value>| found.push((why.to_owned(), value));
    match value {
        None => {
            add("{} has a value", Some("x".into()));
            add("{} is empty", Some("".into()));
        }
        Some(Value::Text(text)) => {
            for (index, (why, changed)) in texts(text, test).into_iter().enumerate() {
                if index == 1 {
                    add("without {}", None);
                }
                if changed != *text {
                    add(why, Some(Value::Text(changed)));
                }
            }
        }
        Some(Value::Number(Number::Integer(number))) => {
            add("without {}", None);
            for (why, other) in [
                ("{} is one more", number + 1),
                ("{} is one less", number - 1),
                ("{} is far off", number + 1_000),
            ] {
                if let Some(other) = Number::integer(other) {
                    add(why, Some(Value::Number(other)));
                }
            }
        }
        Some(Value::Boolean(boolean)) => {
            add("without {}", None);
            add("{} is the opposite", Some(Value::Boolean(!boolean)));
        }
        Some(_) => add("without {}", None),
    }
    found
}

fn texts(text: &str, test: &Test) -> Vec<(&'static str, String)> {
    if let Test::Cidr(network) = test {
        return addresses(network);
    }
    let swapped: String = text.chars().map(swap_case).collect();
    let mut found = vec![
        ("{} in another case", swapped),
        ("text before {}", format!("x{text}")),
        ("text after {}", format!("{text}x")),
        ("a line before {}", format!("first\n{text}")),
        ("a line after {}", format!("{text}\nlast")),
        ("a blank after {}", format!("{text} ")),
        ("{} is empty", String::new()),
        ("{} is another value", "other".to_owned()),
        ("backslashes of {} doubled", text.replace('\\', "\\\\")),
    ];
    let mut shorter = text.chars();
    if shorter.next_back().is_some() {
        found.push(("{} lacks its last character", shorter.as_str().to_owned()));
    }
    let mut shorter = text.chars();
    if shorter.next().is_some() {
        found.push(("{} lacks its first character", shorter.as_str().to_owned()));
    }
    if let Test::Text(pattern, _) = test {
        let with = |one: &str, run: &str| -> String {
            let piece = |piece: &Piece| match piece {
                Piece::Literal(literal) => literal.clone(),
                Piece::AnyOne => one.to_owned(),
                Piece::AnyRun => run.to_owned(),
            };
            pattern.pieces().iter().map(piece).collect()
        };
        if pattern.pieces().iter().any(|piece| *piece != Piece::AnyOne && !matches!(piece, Piece::Literal(_)))
        {
            found.push(("nothing for the wildcards of {}", with("q", "")));
            found.push(("a line break for the wildcards of {}", with("q", "a\nb")));
            found.push(("quotes for the wildcards of {}", with("q", "\"'`%|\\")));
        }
        if pattern.pieces().contains(&Piece::AnyOne) {
            found.push(("nothing for each ? of {}", with("", "r")));
            found.push(("two characters for each ? of {}", with("qq", "r")));
            found.push(("a wide character for each ? of {}", with("é", "r")));
        }
    }
    found
}

fn swap_case(c: char) -> char {
    if c.is_ascii_lowercase() { c.to_ascii_uppercase() } else { c.to_ascii_lowercase() }
}

/// Addresses at the limits of a network and just outside.
fn addresses(network: &ipnet::IpNet) -> Vec<(&'static str, String)> {
    let next = |address: std::net::IpAddr, up: bool| -> Option<String> {
        Some(match address {
            std::net::IpAddr::V4(address) => {
                let bits = u32::from(address);
                let bits = if up { bits.checked_add(1) } else { bits.checked_sub(1) };
                std::net::Ipv4Addr::from(bits?).to_string()
            }
            std::net::IpAddr::V6(address) => {
                let bits = u128::from(address);
                let bits = if up { bits.checked_add(1) } else { bits.checked_sub(1) };
                std::net::Ipv6Addr::from(bits?).to_string()
            }
        })
    };
    let mut found = vec![
        ("{} is the network's first address", network.network().to_string()),
        ("{} is the network's last address", network.broadcast().to_string()),
        (
            "{} is an address of the other family",
            if network.addr().is_ipv4() { "2001:db8::1" } else { "192.0.2.1" }.to_owned(),
        ),
        ("{} is another address", "203.0.113.77".to_owned()),
    ];
    found.extend(next(network.network(), false).map(|address| ("{} is just below the network", address)));
    found.extend(next(network.broadcast(), true).map(|address| ("{} is just above the network", address)));
    found
}

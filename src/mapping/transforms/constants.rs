//! Values from short, closed lists: booleans, integrity levels, transport protocols.

use super::{Reason, Scope};
use crate::{
    diag::Span,
    ir::{Case, Comparison, Number, Pattern, Test, eval::Value},
    mapping::values::holds_on_text,
};

/// Canonical spellings, each with the value that the target has for it.
type Spellings = &'static [(&'static str, &'static str)];

/// Text that reads as a boolean, to a boolean.
pub(super) fn boolean(test: &Test, _: &mut Scope<'_>) -> Result<Vec<Test>, Reason> {
    const SPELLINGS: Spellings = &[("true", "true"), ("false", "false")];
    if let Test::Boolean(_) = test {
        return Ok(vec![test.clone()]);
    }
    if let Test::Number(Comparison::Equal, number) = test
        && (*number == Number::from(0) || *number == Number::from(1))
    {
        return Ok(vec![Test::Boolean(*number == Number::from(1))]);
    }
    let values = spelled(test, SPELLINGS, "true and false")?;
    Ok(values.into_iter().map(|value| Test::Boolean(value == "true")).collect())
}

/// Windows integrity levels, by label or by the label's SID (Microsoft Learn, "Well-known SIDs"), to the label.
pub(super) fn integrity(test: &Test, _: &mut Scope<'_>) -> Result<Vec<Test>, Reason> {
    const SPELLINGS: Spellings = &[
        ("Untrusted", "Untrusted"),
        ("Low", "Low"),
        ("Medium", "Medium"),
        ("High", "High"),
        ("System", "System"),
        ("S-1-16-0", "Untrusted"),
        ("S-1-16-4096", "Low"),
        ("S-1-16-8192", "Medium"),
        ("S-1-16-12288", "High"),
        ("S-1-16-16384", "System"),
    ];
    spelled(test, SPELLINGS, "the integrity levels").map(texts)
}

/// Transport protocols, by name or IANA number, to the name.
pub(super) fn protocol(test: &Test, _: &mut Scope<'_>) -> Result<Vec<Test>, Reason> {
    const SPELLINGS: Spellings =
        &[("tcp", "Tcp"), ("udp", "Udp"), ("icmp", "Icmp"), ("6", "Tcp"), ("17", "Udp"), ("1", "Icmp")];
    spelled(test, SPELLINGS, "tcp, udp and icmp").map(texts)
}

/// Transport protocols, by name or IANA number, to the number.
pub(super) fn protocol_number(test: &Test, _: &mut Scope<'_>) -> Result<Vec<Test>, Reason> {
    const SPELLINGS: Spellings =
        &[("tcp", "6"), ("udp", "17"), ("icmp", "1"), ("6", "6"), ("17", "17"), ("1", "1")];
    let values = spelled(test, SPELLINGS, "tcp, udp and icmp")?;
    Ok(values.into_iter().filter_map(Number::parse).map(|n| Test::Number(Comparison::Equal, n)).collect())
}

/// A number to hexadecimal text with `0x` before it, as the Windows Security log writes process ids.
pub(super) fn hexadecimal(test: &Test, _: &mut Scope<'_>) -> Result<Vec<Test>, Reason> {
    let number = match test {
        Test::Number(Comparison::Equal, number) => Some(*number),
        Test::Text(pattern, _) => pattern.as_exact().and_then(Number::parse),
        _ => None,
    };
    match number {
        Some(Number::Integer(value)) if value >= 0 => Ok(vec![Test::text(&format!("{value:#x}"))]),
        _ => {
            Err("the target writes the number in hexadecimal, so that only whole numbers can be compared"
                .into())
        }
    }
}

/// The value that the target has for a canonical one.
pub(super) fn record(rewrite: super::Rewrite, value: &str) -> Option<Value> {
    let (mut computed, name) = (Vec::new(), Test::text(value));
    let mut scope =
        Scope { span: Span::default(), unix: false, computed: &mut computed, changes: Vec::new() };
    match rewrite(&name, &mut scope).ok()?.into_iter().next()? {
        Test::Text(pattern, _) => pattern.as_exact().map(Value::from),
        Test::Number(Comparison::Equal, number) => Some(Value::Number(number)),
        Test::Boolean(boolean) => Some(Value::Boolean(boolean)),
        _ => None,
    }
}

/// The target's values for the spellings on which `test` holds, each once.
fn spelled(test: &Test, spellings: Spellings, known: &str) -> Result<Vec<&'static str>, Reason> {
    if let Test::FieldRef(..) = test {
        return Err("fields can be compared only where the target holds both as they are".into());
    }
    let mut values = Vec::new();
    for (spelling, value) in spellings {
        if holds_on_text(test, spelling) && !values.contains(value) {
            values.push(*value);
        }
    }
    if values.is_empty() { Err(format!("it is none of {known}")) } else { Ok(values) }
}

fn texts(values: Vec<&'static str>) -> Vec<Test> {
    values.into_iter().map(|value| Test::Text(Pattern::exact(value), Case::Insensitive)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ir::Condition;
    use crate::mapping::fixture::{is, local};

    #[test]
    fn text_that_reads_as_a_boolean_becomes_one() {
        assert_eq!(local(is("Signed", Test::text("TRUE"))), "IsSigned=true");
        assert_eq!(local(is("Signed", Test::Boolean(false))), "IsSigned=false");
        assert_eq!(local(is("Signed", Test::number(1))), "IsSigned=true");
        assert!(local(is("Signed", Test::text("maybe"))).starts_with("value-unmapped"));
    }

    #[test]
    fn two_spellings_of_a_value_are_one_test() {
        let both =
            Condition::any([is("Level", Test::text("System")), is("Level", Test::text("S-1-16-16384"))]);
        assert_eq!(local(both), "A=System");
    }

    #[test]
    fn integrity_levels_are_known_by_label_and_sid() {
        assert_eq!(local(is("Level", Test::text("high"))), "A=High");
        assert_eq!(local(is("Level", Test::text("S-1-16-16384"))), "A=System");
        assert!(local(is("Level", Test::text("Utter"))).ends_with("it is none of the integrity levels"));
    }
}

//! Sigma's condition language: a condition made of choices, written in one of its spellings, against its own truth.

use arbitrary::{Arbitrary, Result, Unstructured};
use rulec::{
    diag::Source,
    ir::eval::{Event, Value},
    sigma, trial,
};

/// The searches that a condition is about. Each holds where the field of its name is 1.
const SEARCHES: [&str; 5] = ["sel", "sel_a", "sel_b", "other", "_hidden"];

/// Names with a star, and what they mean; `them` leaves out what begins with an underscore, and so do they.
const GROUPS: [(&str, &[usize]); 4] =
    [("sel*", &[0, 1, 2]), ("sel_*", &[1, 2]), ("*", &[0, 1, 2, 3]), ("them", &[0, 1, 2, 3])];

#[derive(Debug, Arbitrary)]
enum Node {
    Search(u8),
    OneOf(u8),
    AllOf(u8),
    Not(Box<Node>),
    And(Box<Node>, Box<Node>),
    Or(Box<Node>, Box<Node>),
}

impl Node {
    fn holds(&self, on: &[bool]) -> bool {
        match self {
            Self::Search(which) => on[usize::from(*which) % SEARCHES.len()],
            Self::OneOf(which) => members(*which).iter().any(|index| on[*index]),
            Self::AllOf(which) => members(*which).iter().all(|index| on[*index]),
            Self::Not(inner) => !inner.holds(on),
            Self::And(left, right) => left.holds(on) && right.holds(on),
            Self::Or(left, right) => left.holds(on) || right.holds(on),
        }
    }

    fn depth(&self) -> usize {
        match self {
            Self::Search(_) | Self::OneOf(_) | Self::AllOf(_) => 1,
            Self::Not(inner) => 1 + inner.depth(),
            Self::And(left, right) | Self::Or(left, right) => 1 + left.depth().max(right.depth()),
        }
    }

    /// `not` binds closest, then `and`; `bound` is how closely what is around binds.
    fn write(&self, bound: u8, choices: &mut Unstructured<'_>, out: &mut String) -> Result<()> {
        let own = match self {
            Self::Or(..) => 0,
            Self::And(..) => 1,
            Self::Not(_) => 2,
            _ => 3,
        };
        let parentheses = own < bound || choices.ratio(1u8, 8u8)?;
        if parentheses {
            out.push('(');
        }
        let spelling = choices.int_in_range(0..=1usize)?;
        match self {
            Self::Search(which) => out.push_str(SEARCHES[usize::from(*which) % SEARCHES.len()]),
            Self::OneOf(which) => {
                out.push_str(["1 of ", "any of "][spelling]);
                out.push_str(GROUPS[usize::from(*which) % GROUPS.len()].0);
            }
            Self::AllOf(which) => {
                out.push_str("all of ");
                out.push_str(GROUPS[usize::from(*which) % GROUPS.len()].0);
            }
            Self::Not(inner) => {
                out.push_str(["not ", "not\t"][spelling]);
                inner.write(2, choices, out)?;
            }
            Self::And(left, right) => {
                left.write(1, choices, out)?;
                out.push_str([" and ", "  and\t"][spelling]);
                right.write(1, choices, out)?;
            }
            Self::Or(left, right) => {
                left.write(0, choices, out)?;
                out.push_str([" or ", "\n or "][spelling]);
                right.write(0, choices, out)?;
            }
        }
        if parentheses {
            out.push(')');
        }
        Ok(())
    }
}

fn members(which: u8) -> &'static [usize] {
    GROUPS[usize::from(which) % GROUPS.len()].1
}

/// A condition made of the input holds on exactly the events that it is true of, and the input as a condition is
/// read or refused.
pub fn check(data: &[u8]) {
    if let Some(text) = super::text(data) {
        drop(read(&serde_json::Value::from(text).to_string()));
    }
    let _ = made(data);
}

fn made(data: &[u8]) -> Result<()> {
    let mut choices = Unstructured::new(data);
    let node = Node::arbitrary(&mut choices)?;
    if node.depth() > 20 {
        return Ok(());
    }
    let mut text = String::new();
    node.write(0, &mut choices, &mut text)?;
    let rule = read(&serde_json::Value::from(text.as_str()).to_string());
    let rule = rule.unwrap_or_else(|diagnostics| panic!("{text}: {diagnostics}"));
    let condition = trial::condition(&rule).expect("one condition");
    for case in 0..1u32 << SEARCHES.len() {
        let on: Vec<bool> = (0..SEARCHES.len()).map(|index| case >> index & 1 == 1).collect();
        let fields =
            SEARCHES.iter().zip(&on).map(|(name, on)| ((*name).to_owned(), Value::from(i64::from(*on))));
        assert_eq!(condition.holds_on(&Event(fields.collect())), node.holds(&on), "{text} on {on:?}");
    }
    Ok(())
}

fn read(condition: &str) -> std::result::Result<rulec::ir::Rule, String> {
    let searches: Vec<String> = SEARCHES.iter().map(|name| format!("  {name}: {{{name}: 1}}\n")).collect();
    let text = format!(
        "title: Fuzz\nlogsource: {{product: windows}}\ndetection:\n{}  condition: {condition}\n",
        searches.concat()
    );
    let source = Source::new("fuzz.yml", text);
    let mut readings = sigma::read(&source, &sigma::ReadOptions::default());
    for reading in &readings {
        super::assert_reading(reading, &source);
    }
    let reading = readings.swap_remove(0);
    reading.rule().cloned().ok_or_else(|| format!("{:?}", reading.diagnostics))
}

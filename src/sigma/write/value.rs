//! Tests to values and the modifiers above them.

use super::tree::Value;
use crate::ir::{Case, Comparison, ExternalList, FieldRelation, Pattern, Piece, Regex, Test};

/// The modifiers that a value needs. `all` and `windash` stand between the two parts.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Chain {
    before: Vec<&'static str>,
    after: Vec<&'static str>,
    /// Dashes are interchangeable.
    pub(super) windash: bool,
    /// The value must not stand in a list: null, and what `exists` asks for.
    pub(super) is_lone: bool,
}

impl Chain {
    /// These modifiers.
    pub(super) fn of(before: &[&'static str]) -> Self {
        Self { before: before.to_vec(), ..Self::default() }
    }

    fn cased(mut self, case: Case) -> Self {
        if case == Case::Sensitive {
            self.after.push("cased");
        }
        self
    }

    /// The same with dashes interchangeable, or not.
    pub(super) fn with_windash(self, windash: bool) -> Self {
        Self { windash, ..self }
    }

    /// The modifiers in order, with `all` if the values are joined by it.
    pub(super) fn modifiers(&self, all: bool) -> Vec<&'static str> {
        let mut modifiers = self.before.clone();
        modifiers.extend(all.then_some("all"));
        modifiers.extend(self.windash.then_some("windash"));
        modifiers.extend(&self.after);
        modifiers
    }
}

/// The value that a test asks for, and the modifiers that make it that test. Keywords have no field.
///
/// Tests that [`super::legal::legalize`] leaves no others of are written as what is nearest.
pub(super) fn value(test: &Test, has_field: bool) -> (Chain, Value) {
    match test {
        Test::Text(pattern, case) => {
            let (anchor, text) = if has_field { anchored(pattern) } else { (None, text(inner(pattern))) };
            let chain = anchor.map_or_else(Chain::default, |anchor| Chain::of(&[anchor]));
            (chain.cased(*case), Value::Text(text))
        }
        Test::Term(_, term, case) => {
            (Chain::of(&["contains"]).cased(*case), Value::Text(text(Pattern::exact(&**term).pieces())))
        }
        Test::Regex(regex) => (re(regex), Value::Text(regex.source().to_owned())),
        Test::Number(comparison, number) => (Chain::of(compared(*comparison)), Value::Number(*number)),
        Test::Boolean(boolean) => (Chain::default(), Value::Boolean(*boolean)),
        Test::Cidr(network) => (Chain::of(&["cidr"]), Value::Text(network.to_string())),
        Test::TimePart(part, comparison, number) => {
            let mut chain = Chain::of(&[part.as_str()]);
            chain.before.extend(compared(*comparison));
            (chain, Value::Number(*number))
        }
        Test::FieldRef(relation, other, case) => {
            let mut chain = Chain::of(&["fieldref"]).cased(*case);
            chain.before.extend(anchor(*relation));
            (chain, Value::Text(other.name.to_string()))
        }
        Test::Listed(list, case) => {
            let mut chain = Chain::of(&["expand"]).cased(*case);
            chain.before.extend(anchor(list.relation));
            (chain, Value::Text(placeholder(list)))
        }
        Test::Exists => (Chain { is_lone: true, ..Chain::of(&["exists"]) }, Value::Boolean(true)),
        Test::Null | Test::Compare(..) | Test::Among(..) => {
            (Chain { is_lone: true, ..Chain::default() }, Value::Null)
        }
    }
}

fn anchor(relation: FieldRelation) -> Option<&'static str> {
    match relation {
        FieldRelation::Equals => None,
        FieldRelation::Contains => Some("contains"),
        FieldRelation::StartsWith => Some("startswith"),
        FieldRelation::EndsWith => Some("endswith"),
    }
}

/// Any list of the rule's surroundings by a name that Sigma's placeholders can have.
fn placeholder(list: &ExternalList) -> String {
    let name: String = list
        .table
        .name
        .chars()
        .map(|c| if c.is_alphanumeric() || matches!(c, '_' | '-' | '.') { c } else { '_' })
        .collect();
    format!("%{}%", if name.is_empty() { "list" } else { &name })
}

fn re(regex: &Regex) -> Chain {
    let flags = regex.flags();
    let mut chain = Chain::of(&["re"]);
    chain.before.extend(flags.ignore_case.then_some("i"));
    chain.before.extend(flags.multi_line.then_some("m"));
    chain.before.extend(flags.dot_all.then_some("s"));
    chain
}

fn compared(comparison: Comparison) -> &'static [&'static str] {
    match comparison {
        Comparison::Equal => &[],
        Comparison::Less => &["lt"],
        Comparison::LessOrEqual => &["lte"],
        Comparison::Greater => &["gt"],
        Comparison::GreaterOrEqual => &["gte"],
    }
}

/// What a pattern says besides any-runs at its ends.
pub(super) fn inner(pattern: &Pattern) -> &[Piece] {
    let pieces = pattern.pieces();
    let pieces = pieces.strip_prefix(&[Piece::AnyRun]).unwrap_or(pieces);
    let pieces = pieces.strip_suffix(&[Piece::AnyRun]).unwrap_or(pieces);
    if pieces.is_empty() { pattern.pieces() } else { pieces }
}

/// The modifier that says what any-runs at the ends say, and the rest.
fn anchored(pattern: &Pattern) -> (Option<&'static str>, String) {
    let pieces = pattern.pieces();
    let is_open = |piece: Option<&Piece>| piece == Some(&Piece::AnyRun);
    let anchor = match (is_open(pieces.first()), is_open(pieces.last())) {
        _ if pieces.len() < 2 => return (None, text(pieces)),
        (true, true) => Some("contains"),
        (false, true) => Some("startswith"),
        (true, false) => Some("endswith"),
        (false, false) => None,
    };
    (anchor, text(inner(pattern)))
}

/// Pieces in Sigma's notation, as authors write it: a single backslash is itself, several in a row are doubled.
///
/// Sigma specification 2.1, "Escaping".
pub(super) fn text(pieces: &[Piece]) -> String {
    let mut out = String::new();
    for (at, piece) in pieces.iter().enumerate() {
        match piece {
            Piece::AnyRun => out.push('*'),
            Piece::AnyOne => out.push('?'),
            Piece::Literal(text) => literal(text, at + 1 < pieces.len(), &mut out),
        }
    }
    out
}

fn literal(text: &str, wildcard_follows: bool, out: &mut String) {
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let run = rest.len() - rest.trim_start_matches('\\').len();
        if run == 0 {
            if matches!(c, '*' | '?') {
                out.push('\\');
            }
            out.push(c);
            rest = &rest[c.len_utf8()..];
            continue;
        }
        rest = &rest[run..];
        let escapes_next = rest.chars().next().map_or(wildcard_follows, |next| matches!(next, '*' | '?'));
        let is_alone = run == 1 && !escapes_next;
        out.extend(std::iter::repeat_n('\\', if is_alone { 1 } else { 2 * run }));
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{
        ir::{Field, Number, RegexFlags, TimePart},
        sigma::value::pattern,
    };

    fn written(test: &Test) -> String {
        let (chain, value) = value(test, true);
        let shown = match value {
            Value::Text(text) => text,
            Value::Number(number) => number.to_string(),
            Value::Boolean(boolean) => boolean.to_string(),
            Value::Null => "null".into(),
        };
        format!("{}: {shown}", chain.modifiers(false).join("|"))
    }

    fn literal(text: &str) -> Piece {
        Piece::Literal(text.into())
    }

    #[test]
    fn shapes_of_patterns_are_modifiers() {
        assert_eq!(written(&Test::text("a")), ": a");
        assert_eq!(written(&Test::contains("a")), "contains: a");
        assert_eq!(written(&Test::starts_with("a")), "startswith: a");
        assert_eq!(written(&Test::ends_with("a")), "endswith: a");
        assert_eq!(written(&Test::text("")), ": ");
        let pattern = |pieces: &[Piece]| Test::Text(Pattern::new(pieces.to_vec()), Case::Insensitive);
        assert_eq!(written(&pattern(&[Piece::AnyRun])), ": *");
        assert_eq!(written(&pattern(&[literal("a"), Piece::AnyRun, literal("b")])), ": a*b");
        let inside = [Piece::AnyRun, literal("a"), Piece::AnyOne, literal("b"), Piece::AnyRun];
        assert_eq!(written(&pattern(&inside)), "contains: a?b");
        assert_eq!(written(&pattern(&[Piece::AnyRun, Piece::AnyOne])), "endswith: ?");
    }

    #[test]
    fn backslashes_and_wildcards_are_escaped_where_they_would_be_read_otherwise() {
        let shown = |pieces: &[Piece]| text(pieces);
        assert_eq!(shown(&[literal(r"C:\Windows\")]), r"C:\Windows\");
        assert_eq!(shown(&[literal(r"C:\Temp\"), Piece::AnyRun]), r"C:\Temp\\*");
        assert_eq!(shown(&[literal(r"\\srv\x")]), r"\\\\srv\x");
        assert_eq!(shown(&[literal("a*b?")]), r"a\*b\?");
        assert_eq!(shown(&[literal(r"a\*")]), r"a\\\*");
    }

    #[test]
    fn other_tests_have_modifiers_of_their_own() {
        let number = Number::from(5);
        assert_eq!(written(&Test::number(5)), ": 5");
        assert_eq!(written(&Test::Number(Comparison::GreaterOrEqual, number)), "gte: 5");
        assert_eq!(written(&Test::TimePart(TimePart::Hour, Comparison::Less, number)), "hour|lt: 5");
        assert_eq!(written(&Test::Cidr("10.0.0.0/8".parse().unwrap())), "cidr: 10.0.0.0/8");
        let flags = RegexFlags { ignore_case: true, dot_all: true, multi_line: false };
        assert_eq!(written(&Test::Regex(Regex::parse(r"a\*", flags).unwrap())), r"re|i|s: a\*");
        let other = Field::new("Other");
        assert_eq!(
            written(&Test::FieldRef(FieldRelation::EndsWith, other, Case::Sensitive)),
            "fieldref|endswith|cased: Other"
        );
        let list = ExternalList {
            table: crate::ir::ExternalTable::watchlist("VIP Users", crate::diag::Span::default()),
            column: None,
            relation: FieldRelation::Equals,
        };
        assert_eq!(written(&Test::Listed(list, Case::Insensitive)), "expand: %VIP_Users%");
        assert_eq!(written(&Test::Text(Pattern::contains("A"), Case::Sensitive)), "contains|cased: A");
        assert_eq!(written(&Test::Exists), "exists: true");
        assert_eq!(written(&Test::Null), ": null");
    }

    proptest! {
        #[test]
        fn a_pattern_is_read_again_as_itself(source in r"[a\\*?% é]{0,12}") {
            let once = pattern(&source);
            let (anchor, text) = anchored(&once);
            let at_start = matches!(anchor, Some("contains" | "endswith"));
            let at_end = matches!(anchor, Some("contains" | "startswith"));
            prop_assert_eq!(pattern(&text).widened(at_start, at_end), once);
        }
    }
}

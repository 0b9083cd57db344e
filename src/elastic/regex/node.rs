//! The syntax tree of a Lucene expression.

use std::fmt::{self, Write};

use regex_syntax::hir::{ClassUnicode, ClassUnicodeRange};

/// A Lucene expression, anchored at both ends by nature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Node {
    /// The empty text.
    Empty,
    /// Any character, a line feed too.
    Any,
    /// This character.
    Char(char),
    /// A character of a set.
    Set(Set),
    /// One after the other; two or more, none of them empty or a concatenation.
    Concat(Vec<Node>),
    /// One of two or more.
    Either(Vec<Node>),
    /// So many times: at least, at most.
    Repeat(Box<Node>, u32, Option<u32>),
}

/// A set of characters as it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Set {
    /// The characters between the brackets.
    pub(super) listed: ClassUnicode,
    /// Whether all others are meant.
    pub(super) negated: bool,
}

impl Set {
    /// The characters that are meant.
    pub(super) fn members(&self) -> ClassUnicode {
        let mut members = self.listed.clone();
        if self.negated {
            members.negate();
        }
        members
    }
}

/// A class of these ranges.
pub(super) fn class(ranges: &[(char, char)]) -> ClassUnicode {
    ClassUnicode::new(ranges.iter().map(|(from, to)| ClassUnicodeRange::new(*from, *to)))
}

/// The ASCII word characters, those of `\w`.
pub(super) fn word() -> ClassUnicode {
    class(&[('0', '9'), ('A', 'Z'), ('_', '_'), ('a', 'z')])
}

/// Whether letter case can matter to a character.
pub(super) fn is_cased(c: char) -> bool {
    c.is_ascii_alphabetic() || (!c.is_ascii() && (c.is_lowercase() || c.is_uppercase()))
}

/// A character in either case.
pub(super) fn fold(c: char) -> Node {
    if !is_cased(c) {
        return Node::Char(c);
    }
    let listed = folded(&class(&[(c, c)]));
    if listed.ranges().len() == 1 && listed.ranges()[0].len() == 1 {
        return Node::Char(c);
    }
    Node::of(listed, false)
}

/// A class with the other case of its letters. ASCII and the rest fold apart.
pub(super) fn folded(given: &ClassUnicode) -> ClassUnicode {
    let mut beyond = given.clone();
    beyond.intersect(&class(&[('\u{80}', char::MAX)]));
    beyond.case_fold_simple();
    beyond.intersect(&class(&[('\u{80}', char::MAX)]));
    let shifted = |from: char, to: char, shift: fn(&char) -> char| {
        let mut letters = given.clone();
        letters.intersect(&class(&[(from, to)]));
        ClassUnicode::new(
            letters.iter().map(|range| ClassUnicodeRange::new(shift(&range.start()), shift(&range.end()))),
        )
    };
    let mut all = given.clone();
    all.union(&beyond);
    all.union(&shifted('a', 'z', char::to_ascii_uppercase));
    all.union(&shifted('A', 'Z', char::to_ascii_lowercase));
    all
}

impl Node {
    /// Any text (`.*`).
    pub(super) fn anything() -> Self {
        Self::Repeat(Box::new(Self::Any), 0, None)
    }

    /// A character of this class, or of all others. What reaches the end of Unicode is written by what it lacks:
    /// `[^\W_]` as `[0-9A-Za-z]`.
    pub(super) fn of(mut listed: ClassUnicode, mut negated: bool) -> Self {
        if listed.ranges().last().is_some_and(|range| range.end() == char::MAX) {
            listed.negate();
            negated = !negated;
        }
        if negated && listed.ranges().is_empty() { Self::Any } else { Self::Set(Set { listed, negated }) }
    }

    /// One after the other.
    pub(super) fn concat(nodes: impl IntoIterator<Item = Node>) -> Self {
        let mut flat = Vec::new();
        for node in nodes {
            match node {
                Self::Empty => {}
                Self::Concat(inner) => flat.extend(inner),
                other => flat.push(other),
            }
        }
        match flat.len() {
            0 => Self::Empty,
            1 => flat.swap_remove(0),
            _ => Self::Concat(flat),
        }
    }

    /// This and then `next`.
    pub(super) fn then(self, next: Node) -> Self {
        match (self, next) {
            (Self::Empty, node) | (node, Self::Empty) => node,
            (Self::Concat(mut items), Self::Concat(more)) => {
                items.extend(more);
                Self::Concat(items)
            }
            (Self::Concat(mut items), one) => {
                items.push(one);
                Self::Concat(items)
            }
            (one, two) => Self::concat([one, two]),
        }
    }

    /// One of these, as they are. An empty one makes the others optional.
    pub(super) fn either(nodes: Vec<Node>) -> Self {
        let optional = nodes.contains(&Self::Empty);
        let mut flat = Vec::new();
        for node in nodes {
            match node {
                Self::Empty => {}
                Self::Either(inner) => flat.extend(inner),
                other => flat.push(other),
            }
        }
        let one_of = match flat.len() {
            0 => return Self::Empty,
            1 => flat.swap_remove(0),
            _ => Self::Either(flat),
        };
        if optional { Self::Repeat(Box::new(one_of), 0, Some(1)) } else { one_of }
    }

    /// One of these, with what they start and end with in common written once.
    pub(super) fn factored(nodes: Vec<Node>) -> Self {
        let mut lists: Vec<Vec<Node>> = Vec::with_capacity(nodes.len());
        for node in nodes {
            let list = node.into_items();
            if !lists.contains(&list) {
                lists.push(list);
            }
        }
        let [first, others @ ..] = lists.as_slice() else { return Self::Empty };
        if others.is_empty() {
            return Self::concat(lists.swap_remove(0));
        }
        let shortest = lists.iter().map(Vec::len).min().unwrap_or(0);
        let start = (0..shortest).take_while(|at| others.iter().all(|list| list[*at] == first[*at])).count();
        let end = (0..shortest - start)
            .take_while(|at| {
                others.iter().all(|list| list[list.len() - 1 - at] == first[first.len() - 1 - at])
            })
            .count();
        let prefix = first[..start].to_vec();
        let suffix = first[first.len() - end..].to_vec();
        let middles = lists
            .into_iter()
            .map(|mut list| {
                list.truncate(list.len() - end);
                Self::concat(list.drain(start..))
            })
            .collect();
        Self::concat(prefix.into_iter().chain([Self::either(middles)]).chain(suffix))
    }

    /// The items of a concatenation; one for any other node, none for the empty one.
    pub(super) fn into_items(self) -> Vec<Node> {
        match self {
            Self::Empty => Vec::new(),
            Self::Concat(items) => items,
            other => vec![other],
        }
    }

    /// Whether it matches the empty text.
    pub(super) fn is_nullable(&self) -> bool {
        match self {
            Self::Empty => true,
            Self::Any | Self::Char(_) | Self::Set(_) => false,
            Self::Concat(nodes) => nodes.iter().all(Self::is_nullable),
            Self::Either(nodes) => nodes.iter().any(Self::is_nullable),
            Self::Repeat(node, min, _) => *min == 0 || node.is_nullable(),
        }
    }

    /// Whether all that it matches starts with a word character (`Some(true)`), or none of it (`Some(false)`).
    pub(super) fn starts_with_word(&self) -> Option<bool> {
        self.edge_is_word(true)
    }

    /// Whether all that it matches ends with a word character (`Some(true)`), or none of it (`Some(false)`).
    pub(super) fn ends_with_word(&self) -> Option<bool> {
        self.edge_is_word(false)
    }

    fn edge_is_word(&self, at_start: bool) -> Option<bool> {
        let mut sides = Vec::new();
        let may_be_empty = self.edges(at_start, &mut sides);
        let first = sides.first().copied().flatten().filter(|_| !may_be_empty)?;
        sides.iter().all(|side| *side == Some(first)).then_some(first)
    }

    /// Collects what can stand at the edge: word characters, others, or either. Returns whether nothing can.
    fn edges(&self, at_start: bool, sides: &mut Vec<Option<bool>>) -> bool {
        match self {
            Self::Empty => true,
            Self::Any => {
                sides.push(None);
                false
            }
            Self::Char(c) => {
                sides.push(Some(c.is_ascii_alphanumeric() || *c == '_'));
                false
            }
            Self::Set(set) => {
                let (members, mut words) = (set.members(), set.members());
                words.intersect(&word());
                sides.push(match words.ranges() {
                    [] => Some(false),
                    _ if words == members => Some(true),
                    _ => None,
                });
                false
            }
            Self::Concat(nodes) if at_start => nodes.iter().all(|node| node.edges(at_start, sides)),
            Self::Concat(nodes) => nodes.iter().rev().all(|node| node.edges(at_start, sides)),
            Self::Either(nodes) => nodes.iter().filter(|node| node.edges(at_start, sides)).count() > 0,
            Self::Repeat(node, min, _) => node.edges(at_start, sides) || *min == 0,
        }
    }

    /// Binding strength: what needs parentheses below what.
    fn level(&self) -> u8 {
        match self {
            Self::Either(_) => 0,
            Self::Concat(_) => 1,
            Self::Repeat(..) => 2,
            Self::Empty | Self::Any | Self::Char(_) | Self::Set(_) => 3,
        }
    }

    fn write_at(&self, level: u8, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.level() < level { write!(f, "({self})") } else { write!(f, "{self}") }
    }
}

impl fmt::Display for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("()"),
            Self::Any => f.write_char('.'),
            Self::Char(c) => write_char(*c, f),
            Self::Set(set) => set.fmt(f),
            Self::Concat(nodes) => nodes.iter().try_for_each(|node| node.write_at(2, f)),
            Self::Either(nodes) => nodes.iter().enumerate().try_for_each(|(at, node)| {
                if at > 0 {
                    f.write_char('|')?;
                }
                node.write_at(1, f)
            }),
            Self::Repeat(node, min, max) => {
                node.write_at(3, f)?;
                match (min, max) {
                    (0, None) => f.write_char('*'),
                    (1, None) => f.write_char('+'),
                    (0, Some(1)) => f.write_char('?'),
                    (min, None) => write!(f, "{{{min},}}"),
                    (min, Some(max)) if min == max => write!(f, "{{{min}}}"),
                    (min, Some(max)) => write!(f, "{{{min},{max}}}"),
                }
            }
        }
    }
}

/// Escapes what Lucene's `RegExp` reads as an operator with all optional ones on. `^` and `$` are plain there; the
/// backslash spares the reader the doubt.
fn write_char(c: char, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    if is_reserved(c) {
        f.write_char('\\')?;
    }
    f.write_char(c)
}

/// Whether a character is escaped where it stands for itself.
pub(super) fn is_reserved(c: char) -> bool {
    matches!(
        c,
        '.' | '?'
            | '+'
            | '*'
            | '|'
            | '{'
            | '}'
            | '['
            | ']'
            | '('
            | ')'
            | '"'
            | '\\'
            | '#'
            | '@'
            | '&'
            | '<'
            | '>'
            | '~'
            | '^'
            | '$'
    )
}

impl fmt::Display for Set {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.negated { "[^" } else { "[" })?;
        match self.listed.ranges() {
            // A letter in its two cases: the small one first.
            [upper, lower]
                if upper.len() == 1
                    && lower.len() == 1
                    && is_cased(upper.start())
                    && is_cased(lower.start()) =>
            {
                write!(f, "{}{}", lower.start(), upper.start())?;
            }
            ranges => {
                for range in ranges {
                    write_in_set(range.start(), f)?;
                    if range.len() > 2 {
                        f.write_char('-')?;
                    }
                    if range.len() > 1 {
                        write_in_set(range.end(), f)?;
                    }
                }
            }
        }
        f.write_char(']')
    }
}

fn write_in_set(c: char, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    if "\\[]^-\"".contains(c) {
        f.write_char('\\')?;
    }
    f.write_char(c)
}

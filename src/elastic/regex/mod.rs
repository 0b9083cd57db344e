//! Lucene's regular expressions, which Elastic's three languages share.
//!
//! Lucene matches the *whole* value and knows no anchors, no `\b`, no lazy quantifiers, no `(?:…)`, no flags, and
//! no escapes for control characters; `.` matches a line feed too, and `" # @ & < > ~` are operators ("Regular
//! expression syntax", Elasticsearch reference; `org.apache.lucene.util.automaton.RegExp`). A rule's expression is
//! searched. So it is lowered to a small tree of its own, anchors are resolved on the way, and the tree is printed.
//!
//! Decisions:
//! * `\d`, `\w`, `\s` and `\b` are those of ASCII, as in RE2 and PCRE. They become explicit classes: Lucene reads
//!   `\d` so only since 8.6, and a plain `d` before.
//! * `.` does not match a line feed unless the rule says so: `[^␊]` with a raw line feed.
//! * Letters fold within ASCII or within the rest of Unicode, never across: `k` is not the Kelvin sign.

mod classes;
mod lower;
mod node;

pub(crate) use lower::Refusal;

use crate::ir::{Case, Pattern, Piece, Regex};
use node::{Node, fold};

/// The longest expression that an index accepts, in characters: the default of `index.max_regex_length`.
pub(crate) const MAX_LENGTH: usize = 1000;

/// A whole-value expression in Lucene's syntax.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Automaton {
    /// The expression. Control characters stand for themselves and `/` is not escaped: both are up to the
    /// literal it is put into.
    pub(crate) pattern: String,
    /// Why it matches more than the rule's expression; `None` if it matches the same.
    pub(crate) widened: Option<&'static str>,
    /// Whether the engine has to ignore the case of ASCII letters: only with [`Folding::Operator`].
    pub(crate) ignore_case: bool,
}

impl Automaton {
    /// Why an index refuses it, though it is Lucene's: its length, or what it would take to run.
    pub(crate) fn refusal(&self, matched_by: MatchedBy) -> Option<Unfit> {
        if !fits(&self.pattern) {
            return Some(Unfit {
                message: "this regular expression exceeds 1000 characters in Lucene",
                help: "an index refuses longer ones (`index.max_regex_length`); split it into several values"
                    .into(),
            });
        }
        let most = matched_by.most_repetitions();
        is_too_complex(&self.pattern, most).then(|| Unfit {
            message: "Elasticsearch refuses this regular expression as too complex to determinize",
            help: format!("a search for more than {most} characters in a row goes beyond its limit"),
        })
    }
}

/// Why an index refuses an expression, and what to do.
#[derive(Debug)]
pub(crate) struct Unfit {
    pub(crate) message: &'static str,
    pub(crate) help: String,
}

/// What runs an expression.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum MatchedBy {
    /// A query of the index: Lucene's own, EQL's `regex`.
    Index,
    /// `RLIKE`, which runs on the bytes of UTF-8.
    Rlike,
}

impl MatchedBy {
    /// How many repetitions of a set may follow `.*`, measured in Elasticsearch: the states that the search is in
    /// after each hold more together than `DEFAULT_DETERMINIZE_WORK_LIMIT` permits beyond that.
    fn most_repetitions(self) -> u32 {
        match self {
            Self::Index => 314,
            Self::Rlike => 140,
        }
    }
}

/// Whether a search repeats something so often that its automaton goes beyond the engine's limit.
fn is_too_complex(pattern: &str, most: u32) -> bool {
    let repeats = |part: &str| {
        let digits: String = part.chars().take_while(char::is_ascii_digit).collect();
        digits.parse::<u32>().is_ok_and(|count| count > most)
    };
    pattern.starts_with(".*") && pattern.split('{').skip(1).any(repeats)
}

/// Whether an index accepts an expression of this length.
pub(crate) fn fits(pattern: &str) -> bool {
    pattern.len() <= MAX_LENGTH || pattern.chars().count() <= MAX_LENGTH
}

/// How letters whose case does not count are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Folding {
    /// As classes: `[aA]`.
    Expand,
    /// As themselves where nothing in the expression is case-sensitive, for an operator that ignores the case of
    /// ASCII letters outside classes (EQL's `regex~`); otherwise as classes.
    Operator,
}

/// The whole-value expression that matches what `regex` is found in.
///
/// # Errors
/// What Lucene cannot express, not even widened.
pub(crate) fn from_regex(regex: &Regex, folding: Folding) -> Result<Automaton, Refusal> {
    let ast = regex.ast();
    if folding == Folding::Operator {
        let lowered = lower::lower(&ast, regex.flags(), false)?;
        if lowered.folds && !lowered.distinguishes {
            return Ok(lowered.print(true));
        }
    }
    lower::lower(&ast, regex.flags(), true).map(|lowered| lowered.print(false))
}

/// The expression that matches what `pattern` matches. Case-insensitive letters become classes.
pub(crate) fn from_pattern(pattern: &Pattern, case: Case) -> String {
    let mut out = String::new();
    for piece in pattern.pieces() {
        match piece {
            Piece::AnyRun => out.push_str(".*"),
            Piece::AnyOne => out.push('.'),
            Piece::Literal(text) => {
                out.reserve(text.len() * 4);
                text.chars().for_each(|c| push_char(c, case, &mut out));
            }
        }
    }
    out
}

/// Plain text is by far the commonest of patterns, and needs no tree: the same as printing [`fold`]'s node.
fn push_char(c: char, case: Case, out: &mut String) {
    match c {
        'a'..='z' | 'A'..='Z' if case == Case::Insensitive => {
            out.extend(['[', c.to_ascii_lowercase(), c.to_ascii_uppercase(), ']']);
        }
        c if c.is_ascii() || case == Case::Sensitive => {
            if node::is_reserved(c) {
                out.push('\\');
            }
            out.push(c);
        }
        c => out.push_str(&fold(c).to_string()),
    }
}

/// The expression for a pattern, and whether it had to be widened to fit [`MAX_LENGTH`]: letters at the end become
/// `.`, then what is still too long becomes `.*`.
pub(crate) fn from_pattern_within(pattern: &Pattern, case: Case) -> (String, bool) {
    let written = from_pattern(pattern, case);
    if fits(&written) {
        return (written, false);
    }
    let mut items = pattern_node(pattern, case).into_items();
    let mut length: usize = items.iter().map(|item| item.to_string().chars().count()).sum();
    if length <= MAX_LENGTH {
        return (Node::concat(items).to_string(), false);
    }
    for item in items.iter_mut().rev().filter(|item| matches!(item, Node::Set(_))) {
        if length <= MAX_LENGTH {
            break;
        }
        length -= item.to_string().chars().count() - 1;
        *item = Node::Any;
    }
    let too_long = length > MAX_LENGTH;
    while too_long && length > MAX_LENGTH - 2 {
        let Some(item) = items.pop() else { break };
        length -= item.to_string().chars().count();
        if length <= MAX_LENGTH - 2 {
            items.push(Node::anything());
        }
    }
    (Node::concat(items).to_string(), true)
}

/// Expressions that together match what any of these matches, each as many as fit [`MAX_LENGTH`]. What is searched
/// is joined as `.*(a|b).*`: as `.*a.*|.*b.*` the automaton would have to remember which of them it has seen, and
/// a dozen exceed the engine's limit of 10,000 states.
pub(crate) fn joined(patterns: impl IntoIterator<Item = String>) -> Vec<String> {
    let mut packs: Vec<Pack> = Vec::new();
    for pattern in patterns {
        let is_one_branch = !pattern.contains('|');
        let (open, body) = match pattern.strip_prefix(".*") {
            Some(body) if is_one_branch => (".*", body),
            _ => ("", pattern.as_str()),
        };
        let (body, close) = match body.strip_suffix(".*") {
            Some(body) if is_one_branch && !body.ends_with('\\') => (body, ".*"),
            _ => (body, ""),
        };
        let length = body.chars().count() + 1;
        // Only the newest pack with these ends may have room; searching all would be quadratic.
        let newest = packs.iter_mut().rev().take(4).find(|pack| (pack.open, pack.close) == (open, close));
        match newest.filter(|pack| pack.length + length <= MAX_LENGTH) {
            Some(pack) => {
                pack.bodies.push(body.to_owned());
                pack.length += length;
            }
            None => packs.push(Pack { open, bodies: vec![body.to_owned()], close, length: length + 6 }),
        }
    }
    packs.into_iter().map(|pack| pack.print()).collect()
}

/// Expressions with the same ends.
struct Pack {
    open: &'static str,
    bodies: Vec<String>,
    close: &'static str,
    /// In characters, ends and parentheses counted.
    length: usize,
}

impl Pack {
    fn print(&self) -> String {
        let Self { open, bodies, close, .. } = self;
        let body = bodies.join("|");
        if bodies.len() == 1 || (open.is_empty() && close.is_empty()) {
            format!("{open}{body}{close}")
        } else {
            format!("{open}({body}){close}")
        }
    }
}

fn pattern_node(pattern: &Pattern, case: Case) -> Node {
    let mut items = Vec::new();
    for piece in pattern.pieces() {
        match piece {
            Piece::AnyRun => items.push(Node::anything()),
            Piece::AnyOne => items.push(Node::Any),
            Piece::Literal(text) => items.extend(text.chars().map(|c| match case {
                Case::Sensitive => Node::Char(c),
                Case::Insensitive => fold(c),
            })),
        }
    }
    Node::concat(items)
}

#[cfg(test)]
mod tests;

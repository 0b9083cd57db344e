//! Lowers a parsed expression, which is searched, to a Lucene tree, which matches whole values.
//!
//! An expression with anchors is a union of branches: a tree without anchors, and what is asked of the places
//! where it starts and ends. Joining two branches settles what is asked of the place between them.

use regex_syntax::ast::{
    AssertionKind, Ast, Flag, Flags, FlagsItemKind, GroupKind, RepetitionKind, RepetitionRange,
};

use super::{
    Automaton,
    classes::perl_class,
    node::{Node, class, fold, is_cased, word},
};
use crate::ir::RegexFlags;

/// A repetition of anchors is written out up to so many times.
const UNROLLED: u32 = 8;

/// Why an expression cannot be written for Lucene.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// `\p{…}`: Lucene has no Unicode classes, and listing one takes thousands of characters.
    UnicodeClass,
    /// `(^a)+`.
    RepeatedAnchor,
    /// `a^b`: nothing can match it.
    NeverMatches,
    /// `(?R)`.
    CrlfFlag,
}

impl Refusal {
    /// One clause for people.
    pub(crate) fn reason(self) -> &'static str {
        match self {
            Self::UnicodeClass => "Lucene regular expressions have no Unicode classes",
            Self::RepeatedAnchor => {
                "Lucene regular expressions have no anchors, and one stands in a repetition here"
            }
            Self::NeverMatches => "nothing can match this regular expression",
            Self::CrlfFlag => "Lucene regular expressions have no line anchors for CRLF text",
        }
    }
}

/// What is asked of the place where a branch starts or ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Edge {
    /// Nothing.
    Free,
    /// It is the start, or the end, of the value.
    Text,
    /// It is the start, or the end, of a line.
    Line,
    /// One of its two sides is a word character.
    Word,
}

/// One way to match.
#[derive(Debug, Clone)]
struct Branch {
    left: Edge,
    node: Node,
    right: Edge,
}

impl Branch {
    fn free(node: Node) -> Self {
        Self { left: Edge::Free, node, right: Edge::Free }
    }
}

/// An expression, lowered.
pub(super) struct Lowered {
    node: Node,
    widened: Option<&'static str>,
    /// Whether a letter stands where case does not count.
    pub(super) folds: bool,
    /// Whether a letter stands where case counts.
    pub(super) distinguishes: bool,
}

impl Lowered {
    pub(super) fn print(self, ignore_case: bool) -> Automaton {
        Automaton { pattern: self.node.to_string(), widened: self.widened, ignore_case }
    }
}

/// Lowers an expression; with `expand`, ASCII letters whose case does not count become classes.
pub(super) fn lower(ast: &Ast, flags: RegexFlags, expand: bool) -> Result<Lowered, Refusal> {
    let mut lowering = Lowering { expand, widened: None, folds: false, distinguishes: false };
    let branches = lowering.branches(ast, &mut Mode::from(flags))?;
    if branches.is_empty() {
        return Err(Refusal::NeverMatches);
    }
    let node = Node::factored(branches.into_iter().map(|branch| lowering.whole_value(branch)).collect());
    let Lowering { widened, folds, distinguishes, .. } = lowering;
    Ok(Lowered { node, widened, folds, distinguishes })
}

/// The flags at a place of the expression.
#[derive(Debug, Clone, Copy)]
pub(super) struct Mode {
    pub(super) ignore_case: bool,
    multi_line: bool,
    dot_all: bool,
}

impl From<RegexFlags> for Mode {
    fn from(flags: RegexFlags) -> Self {
        Self { ignore_case: flags.ignore_case, multi_line: flags.multi_line, dot_all: flags.dot_all }
    }
}

impl Mode {
    fn apply(&mut self, flags: &Flags) -> Result<(), Refusal> {
        let mut on = true;
        for item in &flags.items {
            match item.kind {
                FlagsItemKind::Negation => on = false,
                FlagsItemKind::Flag(Flag::CaseInsensitive) => self.ignore_case = on,
                FlagsItemKind::Flag(Flag::MultiLine) => self.multi_line = on,
                FlagsItemKind::Flag(Flag::DotMatchesNewLine) => self.dot_all = on,
                FlagsItemKind::Flag(Flag::CRLF) if on => return Err(Refusal::CrlfFlag),
                // Greed does not change what matches, blanks are gone once parsed, and classes are ASCII anyway.
                FlagsItemKind::Flag(
                    Flag::CRLF | Flag::SwapGreed | Flag::IgnoreWhitespace | Flag::Unicode,
                ) => {}
            }
        }
        Ok(())
    }
}

pub(super) struct Lowering {
    expand: bool,
    widened: Option<&'static str>,
    pub(super) folds: bool,
    pub(super) distinguishes: bool,
}

impl Lowering {
    fn branches(&mut self, ast: &Ast, mode: &mut Mode) -> Result<Vec<Branch>, Refusal> {
        let one = |node| Ok(vec![Branch::free(node)]);
        match ast {
            Ast::Empty(_) => one(Node::Empty),
            Ast::Flags(set) => {
                mode.apply(&set.flags)?;
                one(Node::Empty)
            }
            Ast::Literal(literal) => one(self.letter(literal.c, *mode)),
            Ast::Dot(_) => one(dot(*mode)),
            Ast::Assertion(assertion) => Ok(vec![self.assertion(&assertion.kind, *mode)]),
            Ast::ClassUnicode(_) => Err(Refusal::UnicodeClass),
            Ast::ClassPerl(perl) => one(Node::of(perl_class(&perl.kind), perl.negated)),
            Ast::ClassBracketed(bracketed) => {
                let listed = self.class_set(&bracketed.kind, *mode)?;
                match Node::of(listed, bracketed.negated) {
                    Node::Set(set) if set.listed.ranges().is_empty() => Ok(Vec::new()),
                    node => one(node),
                }
            }
            Ast::Repetition(repetition) => {
                let inner = self.branches(&repetition.ast, mode)?;
                self.repeat(inner, &repetition.op.kind)
            }
            Ast::Group(group) => {
                let mut inner = *mode;
                if let GroupKind::NonCapturing(flags) = &group.kind {
                    inner.apply(flags)?;
                }
                self.branches(&group.ast, &mut inner)
            }
            Ast::Alternation(alternation) => {
                let mut branches = Vec::new();
                for ast in &alternation.asts {
                    branches.extend(self.branches(ast, mode)?);
                }
                Ok(merged(branches))
            }
            Ast::Concat(concat) => {
                let mut branches = vec![Branch::free(Node::Empty)];
                for ast in &concat.asts {
                    let next = self.branches(ast, mode)?;
                    branches = self.product(branches, next);
                }
                Ok(branches)
            }
        }
    }

    fn letter(&mut self, c: char, mode: Mode) -> Node {
        if is_cased(c) {
            self.folds |= mode.ignore_case;
            self.distinguishes |= !mode.ignore_case;
        }
        if mode.ignore_case && (self.expand || !c.is_ascii()) { fold(c) } else { Node::Char(c) }
    }

    fn assertion(&mut self, kind: &AssertionKind, mode: Mode) -> Branch {
        let line = if mode.multi_line { Edge::Line } else { Edge::Text };
        let (left, right) = match kind {
            AssertionKind::StartLine => (line, Edge::Free),
            AssertionKind::EndLine => (Edge::Free, line),
            AssertionKind::StartText => (Edge::Text, Edge::Free),
            AssertionKind::EndText => (Edge::Free, Edge::Text),
            AssertionKind::WordBoundary => (Edge::Word, Edge::Free),
            AssertionKind::NotWordBoundary
            | AssertionKind::WordBoundaryStart
            | AssertionKind::WordBoundaryEnd
            | AssertionKind::WordBoundaryStartAngle
            | AssertionKind::WordBoundaryEndAngle
            | AssertionKind::WordBoundaryStartHalf
            | AssertionKind::WordBoundaryEndHalf => {
                self.widen("a word boundary was left out");
                (Edge::Free, Edge::Free)
            }
        };
        Branch { left, node: Node::Empty, right }
    }

    fn widen(&mut self, reason: &'static str) {
        self.widened.get_or_insert(reason);
    }

    fn repeat(&mut self, inner: Vec<Branch>, kind: &RepetitionKind) -> Result<Vec<Branch>, Refusal> {
        let (min, max) = match kind {
            RepetitionKind::ZeroOrOne => (0, Some(1)),
            RepetitionKind::ZeroOrMore => (0, None),
            RepetitionKind::OneOrMore => (1, None),
            RepetitionKind::Range(RepetitionRange::Exactly(count)) => (*count, Some(*count)),
            RepetitionKind::Range(RepetitionRange::AtLeast(min)) => (*min, None),
            RepetitionKind::Range(RepetitionRange::Bounded(min, max)) => (*min, Some(*max)),
        };
        let nothing = || vec![Branch::free(Node::Empty)];
        match (inner.as_slice(), min, max) {
            (_, 0, Some(0)) | ([], 0, _) => Ok(nothing()),
            ([], ..) => Ok(Vec::new()),
            (_, 1, Some(1)) => Ok(inner),
            ([branch], ..) if branch.left == Edge::Free && branch.right == Edge::Free => {
                Ok(vec![Branch::free(repeated(branch.node.clone(), min, max))])
            }
            (_, 0, Some(1)) => Ok(merged(inner.into_iter().chain(nothing()).collect())),
            (_, min, Some(max)) if max <= UNROLLED => {
                let mut times = nothing();
                let mut all = if min == 0 { nothing() } else { Vec::new() };
                for count in 1..=max {
                    times = self.product(times, inner.clone());
                    if count >= min {
                        all.extend(times.iter().cloned());
                    }
                }
                Ok(merged(all))
            }
            _ if inner.iter().any(|branch| branch.left == Edge::Text || branch.right == Edge::Text) => {
                Err(Refusal::RepeatedAnchor)
            }
            _ => {
                self.widen("a word boundary or line anchor inside a repetition was left out");
                let any = Node::either(inner.into_iter().map(|branch| branch.node).collect());
                Ok(vec![Branch::free(repeated(any, min, max))])
            }
        }
    }

    fn product(&mut self, lefts: Vec<Branch>, rights: Vec<Branch>) -> Vec<Branch> {
        if lefts.len() == 1 && rights.len() == 1 {
            let pairs = lefts.into_iter().zip(rights);
            return pairs.filter_map(|(left, right)| self.join(left, right)).collect();
        }
        let mut joined = Vec::new();
        for left in &lefts {
            for right in &rights {
                joined.extend(self.join(left.clone(), right.clone()));
            }
        }
        merged(joined)
    }

    /// The branch that matches `a` and then `b`; `None` if nothing can.
    fn join(&mut self, a: Branch, b: Branch) -> Option<Branch> {
        use Edge::{Free, Line, Text, Word};
        if a.right == Text {
            return self.join_at_end(a, &b);
        }
        if b.left == Text {
            return self.join_at_start(&a, b);
        }
        match (a.right, b.left) {
            (Free, Free) => {}
            (Free, edge) if a.node == Node::Empty && a.left == Free => {
                return Some(Branch { left: edge, ..b });
            }
            (edge, Free) if b.node == Node::Empty && b.right == Free => {
                return Some(Branch { right: edge, ..a });
            }
            (Free, Word) if b.node == Node::Empty && b.right == Free => {
                return Some(Branch { right: Word, ..a });
            }
            (Word, Free) | (Free, Word) => {
                // Beyond the ends of the value there is no word character.
                let before = if a.left == Text && a.node == Node::Empty {
                    Some(false)
                } else {
                    a.node.ends_with_word()
                };
                let after = if b.right == Text && b.node == Node::Empty {
                    Some(false)
                } else {
                    b.node.starts_with_word()
                };
                match (before, after) {
                    (Some(before), Some(after)) if before == after => return None,
                    (Some(_), Some(_)) => {}
                    _ => self.widen("a word boundary was left out"),
                }
            }
            (Word | Line, Word | Line) | (Line, Free) | (Free, Line) => {
                self.widen("a word boundary or line anchor in the middle was left out");
            }
            (Text, _) | (_, Text) => {}
        }
        Some(Branch { left: a.left, node: a.node.then(b.node), right: b.right })
    }

    /// `a` ends at the end of the value: `b` can only match the empty text there.
    fn join_at_end(&mut self, a: Branch, b: &Branch) -> Option<Branch> {
        if !b.node.is_nullable() {
            return None;
        }
        if matches!(b.left, Edge::Line | Edge::Word) || b.right == Edge::Word {
            self.widen("a word boundary or line anchor at the end was left out");
        }
        if b.left == Edge::Text {
            // The value is empty, and has no word boundary.
            if a.left == Edge::Word {
                return None;
            }
            let whole = Branch { left: Edge::Text, node: Node::Empty, right: Edge::Text };
            return a.node.is_nullable().then_some(whole);
        }
        Some(Branch { right: Edge::Text, ..a })
    }

    /// `b` starts at the start of the value: `a` can only match the empty text there.
    fn join_at_start(&mut self, a: &Branch, b: Branch) -> Option<Branch> {
        if !a.node.is_nullable() {
            return None;
        }
        if matches!(a.right, Edge::Line | Edge::Word) || a.left == Edge::Word {
            self.widen("a word boundary or line anchor at the start was left out");
        }
        Some(b)
    }

    /// The expression for whole values that hold a match of the branch.
    fn whole_value(&mut self, branch: Branch) -> Node {
        let Branch { left, node, right } = branch;
        let optional = |node| Node::Repeat(Box::new(node), 0, Some(1));
        let line_feed = || Node::Char('\n');
        let before = match left {
            Edge::Free => Node::anything(),
            Edge::Text => Node::Empty,
            Edge::Line => optional(Node::anything().then(line_feed())),
            Edge::Word => match node.starts_with_word() {
                Some(true) => optional(Node::anything().then(Node::of(word(), true))),
                Some(false) => Node::anything().then(Node::of(word(), false)),
                None => {
                    self.widen("a word boundary was left out");
                    Node::anything()
                }
            },
        };
        let after = match right {
            Edge::Free => Node::anything(),
            Edge::Text => Node::Empty,
            Edge::Line => optional(line_feed().then(Node::anything())),
            Edge::Word => match node.ends_with_word() {
                Some(true) => optional(Node::of(word(), true).then(Node::anything())),
                Some(false) => Node::of(word(), false).then(Node::anything()),
                None => {
                    self.widen("a word boundary was left out");
                    Node::anything()
                }
            },
        };
        let mut items = node.into_items();
        if left == Edge::Free {
            let idle = items.iter().take_while(|node| is_idle(node)).count();
            items.drain(..idle);
        }
        if right == Edge::Free {
            let idle = items.iter().rev().take_while(|node| is_idle(node)).count();
            items.truncate(items.len() - idle);
        }
        if left == Edge::Free && relax(&mut items) {
            self.widen("a long bounded repetition became unbounded: the engine would need too many states");
        }
        if items.is_empty() && left == Edge::Free && right == Edge::Free {
            return Node::anything();
        }
        Node::concat([before].into_iter().chain(items).chain([after]))
    }
}

/// Branches that ask the same of their ends become one.
fn merged(branches: Vec<Branch>) -> Vec<Branch> {
    let mut groups: Vec<(Edge, Edge, Vec<Node>)> = Vec::new();
    for branch in branches {
        match groups.iter_mut().find(|group| (group.0, group.1) == (branch.left, branch.right)) {
            Some(group) => group.2.push(branch.node),
            None => groups.push((branch.left, branch.right, vec![branch.node])),
        }
    }
    let one = |(left, right, nodes)| Branch { left, node: Node::either(nodes), right };
    groups.into_iter().map(one).collect()
}

/// In a search, `[^"]{0,64}x` has the automaton remember every place in the last 64 characters where a match may have
/// begun, which exceeds the 10,000 states that the engine allows. Takes the upper bounds from such repetitions.
fn relax(items: &mut [Node]) -> bool {
    const MANY: u32 = 16;
    let mut relaxed = false;
    let count = items.len().saturating_sub(1);
    for item in &mut items[..count] {
        if let Node::Repeat(inner, min, max @ Some(MANY..)) = item {
            let is_broad = match &**inner {
                Node::Any => true,
                Node::Set(set) => set.negated,
                _ => false,
            };
            if is_broad {
                (*min, *max, relaxed) = ((*min).min(MANY), None, true);
            }
        }
    }
    relaxed
}

fn repeated(node: Node, min: u32, max: Option<u32>) -> Node {
    if node == Node::Empty { Node::Empty } else { Node::Repeat(Box::new(node), min, max) }
}

fn dot(mode: Mode) -> Node {
    if mode.dot_all { Node::Any } else { Node::of(class(&[('\n', '\n')]), true) }
}

/// `.*` says nothing at the end of a search: where it matches anything, it may match nothing as well.
fn is_idle(node: &Node) -> bool {
    let Node::Repeat(inner, 0, None) = node else { return false };
    **inner == Node::Any || **inner == Node::of(class(&[('\n', '\n')]), true)
}

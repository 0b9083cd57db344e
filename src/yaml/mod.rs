//! YAML with exact spans: the nodes of a source's documents, every scalar as it was spelled.
//!
//! Rules are read from these nodes rather than through serde, because a diagnostic needs the place of every
//! word, and a plain `00000429` has to stay the string that YAML 1.1 tools read.
//!
//! Hostile input ends in a diagnostic: documents are limited in size ([`MAX_BYTES`]), in depth ([`MAX_DEPTH`])
//! and in the nodes that anchors and aliases may copy ([`MAX_ALIASED_NODES`]).

mod json;
mod locate;
mod parse;
mod scalar;
#[cfg(test)]
mod tests;

use std::borrow::Cow;

use crate::diag::{Diagnostic, Span};

pub use parse::parse;
pub use scalar::{Plain, Scalar, Style};

/// The largest source that is parsed, in bytes.
pub const MAX_BYTES: usize = 16 << 20;
/// How deeply collections may nest.
pub const MAX_DEPTH: usize = 100;
/// How many nodes anchors and aliases may copy within one document; long scalars count as several.
pub const MAX_ALIASED_NODES: usize = 100_000;

/// A document of a source.
#[derive(Debug, Clone)]
pub struct Document<'s> {
    /// Its content.
    pub root: Node<'s>,
    /// What is wrong with it although it could be read: duplicate keys.
    pub diagnostics: Vec<Diagnostic>,
}

/// A node and its place. A node reached through an alias has the place of the anchored original.
#[derive(Debug, Clone)]
pub struct Node<'s> {
    /// What it is.
    pub kind: Kind<'s>,
    /// Where it stands: quotes included, a block scalar's header and last line break not.
    pub span: Span,
}

/// What a node is.
#[derive(Debug, Clone)]
pub enum Kind<'s> {
    /// Text, in some spelling.
    Scalar(Scalar<'s>),
    /// A list.
    Seq(Vec<Node<'s>>),
    /// Keys and values in order; no two keys are equal scalars.
    Map(Vec<Entry<'s>>),
}

/// A key and its value.
pub type Entry<'s> = (Node<'s>, Node<'s>);

impl<'s> Node<'s> {
    /// The scalar, if it is one.
    pub fn as_scalar(&self) -> Option<&Scalar<'s>> {
        match &self.kind {
            Kind::Scalar(scalar) => Some(scalar),
            Kind::Seq(_) | Kind::Map(_) => None,
        }
    }

    /// The text of a scalar, whatever it resolves to.
    pub fn as_text(&self) -> Option<&Cow<'s, str>> {
        self.as_scalar().map(|scalar| &scalar.text)
    }

    /// The entries, if it is a map.
    pub fn as_map(&self) -> Option<&[Entry<'s>]> {
        match &self.kind {
            Kind::Map(entries) => Some(entries),
            Kind::Scalar(_) | Kind::Seq(_) => None,
        }
    }

    /// The elements, if it is a list.
    pub fn as_seq(&self) -> Option<&[Node<'s>]> {
        match &self.kind {
            Kind::Seq(nodes) => Some(nodes),
            Kind::Scalar(_) | Kind::Map(_) => None,
        }
    }

    /// The value of a key, if it is a map that has it.
    pub fn get(&self, key: &str) -> Option<&Node<'s>> {
        let entries = self.as_map()?;
        entries
            .iter()
            .find(|(name, _)| name.as_text().is_some_and(|text| text == key))
            .map(|(_, value)| value)
    }

    /// Whether it is a scalar that resolves to null.
    pub fn is_null(&self) -> bool {
        self.as_scalar().is_some_and(|scalar| scalar.resolve() == Plain::Null)
    }

    /// How many nodes it holds, itself included.
    pub fn count(&self) -> usize {
        match &self.kind {
            Kind::Scalar(_) => 1,
            Kind::Seq(nodes) => 1 + nodes.iter().map(Node::count).sum::<usize>(),
            Kind::Map(entries) => {
                1 + entries.iter().map(|(key, value)| key.count() + value.count()).sum::<usize>()
            }
        }
    }

    /// `text`, `a list`, `a map`, `a number`, `a boolean` or `null`: what a message calls it.
    pub fn type_name(&self) -> &'static str {
        match &self.kind {
            Kind::Scalar(scalar) => scalar.resolve().type_name(),
            Kind::Seq(_) => "a list",
            Kind::Map(_) => "a map",
        }
    }
}

//! Legacy rule collections: documents that share parts through `action:`.
//!
//! `action: global` adds its keys to every document after it, `action: repeat` builds on the document before it,
//! `action: reset` forgets the global keys. Not part of specification 2; still found in old rule sets.

use std::collections::HashMap;

use crate::{
    diag::Span,
    yaml::{Document, Kind, Node},
};

/// How many nodes the documents of one file may take over from each other.
const MAX_COPIED_NODES: usize = 1_000_000;

/// What earlier documents of a file leave for later ones.
#[derive(Debug)]
pub(super) struct Collection<'s> {
    global: Option<Node<'s>>,
    previous: Option<Node<'s>>,
    is_legacy: bool,
    copied: usize,
}

/// What a document is within its collection.
#[derive(Debug)]
pub(super) enum Member<'s> {
    /// A rule, completed.
    Rule(Node<'s>),
    /// Parts for other documents.
    Shared,
    /// A document of an unknown action, and the action's node.
    Unknown(Node<'s>),
    /// A document that takes over too much.
    TooLarge(Span),
}

impl<'s> Collection<'s> {
    /// The collection of a file with these documents.
    pub(super) fn of<E>(documents: &[Result<Document<'s>, E>]) -> Self {
        let has_action = |document: &Document<'_>| document.root.get("action").is_some();
        let is_legacy = documents.iter().flatten().any(has_action);
        Self { global: None, previous: None, is_legacy, copied: 0 }
    }

    /// Takes the next document of the file.
    pub(super) fn add(&mut self, mut root: Node<'s>) -> Member<'s> {
        let action = root.get("action").cloned();
        if !self.is_legacy {
            return Member::Rule(root);
        }
        if self.copied > MAX_COPIED_NODES {
            return Member::TooLarge(root.span);
        }
        let shared = [&self.global, &self.previous].into_iter().flatten().map(Node::count).sum::<usize>();
        self.copied += shared + root.count();
        if self.copied > MAX_COPIED_NODES {
            return Member::TooLarge(root.span);
        }
        if let Kind::Map(entries) = &mut root.kind {
            entries.retain(|(key, _)| key.as_text().is_none_or(|text| text != "action"));
        }
        match action.as_ref().map(|node| (node, node.as_text().map_or("", |text| text))) {
            None => Member::Rule(self.complete(root)),
            Some((_, "repeat")) => {
                let span = root.span;
                let previous = self.previous.take();
                let root = previous.map_or_else(|| root.clone(), |previous| merge(previous, root.clone()));
                Member::Rule(self.complete(Node { span, ..root }))
            }
            Some((_, "global")) => {
                self.global = Some(root.clone());
                self.previous = Some(root);
                Member::Shared
            }
            Some((_, "reset")) => {
                self.global = None;
                Member::Shared
            }
            Some((node, _)) => Member::Unknown(node.clone()),
        }
    }

    /// A document with the global keys, which win over its own.
    fn complete(&mut self, root: Node<'s>) -> Node<'s> {
        let span = root.span;
        self.previous = Some(root.clone());
        match &self.global {
            None => root,
            Some(global) => Node { span, ..merge(root, global.clone()) },
        }
    }
}

/// `base` with the entries of `addition` added; maps merge, anything else is replaced.
fn merge<'s>(base: Node<'s>, addition: Node<'s>) -> Node<'s> {
    let (mut entries, added, span) = match (base.kind, addition.kind) {
        (Kind::Map(entries), Kind::Map(added)) => (entries, added, base.span),
        (_, kind) => return Node { kind, span: addition.span },
    };
    let mut index: HashMap<String, usize> = entries
        .iter()
        .enumerate()
        .filter_map(|(at, (key, _))| key.as_text().map(|text| (text.to_string(), at)))
        .collect();
    for (key, value) in added {
        let name = key.as_text().map_or_else(String::new, ToString::to_string);
        if let Some(at) = index.get(&name) {
            let old = &mut entries[*at].1;
            let before = std::mem::replace(old, Node { kind: Kind::Seq(Vec::new()), span });
            *old = merge(before, value);
        } else {
            index.insert(name, entries.len());
            entries.push((key, value));
        }
    }
    Node { kind: Kind::Map(entries), span }
}

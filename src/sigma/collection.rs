//! Legacy rule collections: documents that share parts through `action:`.
//!
//! `action: global` adds its keys to every document after it, `action: repeat` builds on the document before it,
//! `action: reset` forgets the global keys. Not part of specification 2; still found in old rule sets.

use crate::yaml::{Kind, Node};

/// What earlier documents of a file leave for later ones.
#[derive(Debug, Default)]
pub(super) struct Collection<'s> {
    global: Option<Node<'s>>,
    previous: Option<Node<'s>>,
    is_legacy: bool,
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
}

impl<'s> Collection<'s> {
    /// Takes the next document of the file.
    pub(super) fn add(&mut self, mut root: Node<'s>) -> Member<'s> {
        let action = root.get("action").cloned();
        self.is_legacy |= action.is_some();
        if !self.is_legacy {
            return Member::Rule(root);
        }
        if let Kind::Map(entries) = &mut root.kind {
            entries.retain(|(key, _)| key.as_text().is_none_or(|text| text != "action"));
        }
        let action = match action {
            None => None,
            Some(node) => match node.as_text().map(|text| &**text) {
                Some("global") => {
                    self.global = Some(root.clone());
                    self.previous = Some(root);
                    return Member::Shared;
                }
                Some("reset") => {
                    self.global = None;
                    return Member::Shared;
                }
                Some("repeat") => Some(()),
                _ => return Member::Unknown(node),
            },
        };
        if let (Some(()), Some(previous)) = (action, &self.previous) {
            let span = root.span;
            root = merge(previous.clone(), root);
            root.span = span;
        }
        self.previous = Some(root.clone());
        if let Some(global) = &self.global {
            let span = root.span;
            root = merge(root, global.clone());
            root.span = span;
        }
        Member::Rule(root)
    }
}

/// `base` with the entries of `addition` added; maps merge, anything else is replaced.
fn merge<'s>(base: Node<'s>, addition: Node<'s>) -> Node<'s> {
    let (mut entries, added, span) = match (base.kind, addition.kind) {
        (Kind::Map(entries), Kind::Map(added)) => (entries, added, base.span),
        (_, kind) => return Node { kind, span: addition.span },
    };
    for (key, value) in added {
        let existing = entries
            .iter_mut()
            .find(|(other, _)| matches!((other.as_text(), key.as_text()), (Some(a), Some(b)) if a == b));
        match existing {
            Some((_, old)) => {
                let before = std::mem::replace(old, Node { kind: Kind::Seq(Vec::new()), span });
                *old = merge(before, value);
            }
            None => entries.push((key, value)),
        }
    }
    Node { kind: Kind::Map(entries), span }
}

//! Parser events to nodes, under limits.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use granit_parser::{ErrorKind, Event, Options, Parser, ScalarStyle, ScanError, Tag};

use super::{Document, Entry, Kind, MAX_ALIASED_NODES, MAX_BYTES, MAX_DEPTH, Node, Scalar, Style};
use crate::diag::{Code, Diagnostic, Source, Span};

/// Parses every document of a source. Empty documents are left out; one that cannot be parsed is an error in
/// its place, and the documents after it are still parsed.
pub fn parse(source: &Source) -> Vec<Result<Document<'_>, Diagnostic>> {
    let text = source.text();
    if text.len() > MAX_BYTES {
        let message = format!("the file is larger than {} MiB", MAX_BYTES >> 20);
        return vec![Err(Diagnostic::new(Code::YamlLimit, Span::default(), message))];
    }
    let mut options = Options::default();
    options.set_emit_comments(false);
    let mut parser = Parser::new_from_str_with_options(text, options);
    let mut documents = Vec::new();
    loop {
        let result = parse_document(&mut parser, text.len());
        match result {
            Ok(Some(document)) if document.is_empty() => {}
            Ok(Some(document)) => documents.push(Ok(document)),
            Ok(None) => return documents,
            Err(diagnostic) => {
                documents.push(Err(diagnostic));
                if !parser.proceed_next_document().unwrap_or(false) {
                    return documents;
                }
            }
        }
    }
}

impl Document<'_> {
    fn is_empty(&self) -> bool {
        self.root.is_null() && self.root.span.range().is_empty()
    }
}

/// The next document; `None` at the end of the stream.
fn parse_document<'s>(
    parser: &mut Parser<'s, granit_parser::StrInput<'s>>,
    length: usize,
) -> Result<Option<Document<'s>>, Diagnostic> {
    let mut builder = Builder::default();
    for event in parser.by_ref() {
        let (event, span) = event.map_err(|error| syntax_error(&error, length))?;
        let span = span.byte_range().map_or(Span::default(), |range| Span::new(range.start, range.end));
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                let kind = Kind::Scalar(scalar(text, style, tag.as_deref(), span)?);
                builder.finish(Node { kind, span }, anchor, 1)?;
            }
            Event::SequenceStart(_, anchor, _) => builder.open(Kind::Seq(Vec::new()), anchor, span)?,
            Event::MappingStart(_, anchor, _) => builder.open(Kind::Map(Vec::new()), anchor, span)?,
            Event::SequenceEnd | Event::MappingEnd => builder.close(span)?,
            Event::Alias(anchor) => builder.alias(anchor, span)?,
            Event::DocumentEnd => return Ok(builder.into_document()),
            Event::StreamEnd => return Ok(None),
            _ => {}
        }
    }
    Ok(None)
}

fn scalar<'s>(
    text: Cow<'s, str>,
    style: ScalarStyle,
    tag: Option<&Tag>,
    span: Span,
) -> Result<Scalar<'s>, Diagnostic> {
    let style = match style {
        ScalarStyle::Plain => Style::Plain,
        ScalarStyle::SingleQuoted => Style::SingleQuoted,
        ScalarStyle::DoubleQuoted => Style::DoubleQuoted,
        ScalarStyle::Literal => Style::Literal,
        ScalarStyle::Folded => Style::Folded,
    };
    let resolvable = match tag {
        None => style == Style::Plain,
        Some(tag) => match tag.core_suffix() {
            Some("str") => false,
            Some("int" | "float" | "bool" | "null") => true,
            _ if tag.original() == "!" => false,
            _ => {
                let message = format!("the tag `{}` is not supported", tag.original());
                return Err(Diagnostic::new(Code::YamlSyntax, span, message).help("remove the tag"));
            }
        },
    };
    Ok(Scalar { text, style, resolvable })
}

fn syntax_error(error: &ScanError, length: usize) -> Diagnostic {
    let offset = error.marker().byte_offset().unwrap_or(length).min(length);
    let span = Span::new(offset, offset);
    if matches!(error.kind(), ErrorKind::RecursionLimitExceeded) {
        return too_deep(span);
    }
    Diagnostic::new(Code::YamlSyntax, span, error.info())
}

fn too_deep(span: Span) -> Diagnostic {
    Diagnostic::new(Code::YamlLimit, span, format!("the document nests deeper than {MAX_DEPTH} levels"))
}

/// Builds the tree of one document without recursion.
#[derive(Default)]
struct Builder<'s> {
    /// The collections that are still open, outermost first.
    open: Vec<Open<'s>>,
    /// The finished nodes that have an anchor.
    anchors: HashMap<usize, Anchored<'s>>,
    root: Option<Node<'s>>,
    aliased_nodes: usize,
    diagnostics: Vec<Diagnostic>,
}

struct Open<'s> {
    node: Node<'s>,
    /// A map's key that still waits for its value.
    key: Option<Node<'s>>,
    anchor: usize,
    /// How many nodes it holds, itself included.
    size: usize,
    /// How many levels of collections its deepest child has.
    height: usize,
}

struct Anchored<'s> {
    node: Node<'s>,
    size: usize,
    height: usize,
}

impl<'s> Builder<'s> {
    fn open(&mut self, kind: Kind<'s>, anchor: usize, span: Span) -> Result<(), Diagnostic> {
        if self.open.len() >= MAX_DEPTH {
            return Err(too_deep(span));
        }
        self.open.push(Open { node: Node { kind, span }, key: None, anchor, size: 1, height: 0 });
        Ok(())
    }

    fn close(&mut self, end: Span) -> Result<(), Diagnostic> {
        let Some(Open { mut node, anchor, size, height, .. }) = self.open.pop() else { return Ok(()) };
        node.span.end = node.span.end.max(end.end);
        if let Kind::Map(entries) = &mut node.kind {
            self.merge(entries)?;
            self.reject_duplicates(entries);
        }
        self.keep(&node, anchor, size, height + 1);
        self.add(node, size, height + 1);
        Ok(())
    }

    fn finish(&mut self, node: Node<'s>, anchor: usize, size: usize) -> Result<(), Diagnostic> {
        self.keep(&node, anchor, size, 0);
        self.add(node, size, 0);
        Ok(())
    }

    /// Remembers an anchored node for its aliases.
    fn keep(&mut self, node: &Node<'s>, anchor: usize, size: usize, height: usize) {
        if anchor != 0 {
            self.anchors.insert(anchor, Anchored { node: node.clone(), size, height });
        }
    }

    fn alias(&mut self, anchor: usize, span: Span) -> Result<(), Diagnostic> {
        let Some(Anchored { node, size, height }) = self.anchors.get(&anchor) else {
            return Err(Diagnostic::new(Code::YamlSyntax, span, "the alias stands inside its own anchor"));
        };
        self.aliased_nodes += size;
        if self.aliased_nodes > MAX_ALIASED_NODES {
            let message = format!("aliases expand to more than {MAX_ALIASED_NODES} nodes");
            return Err(Diagnostic::new(Code::YamlLimit, span, message));
        }
        if self.open.len() + height > MAX_DEPTH {
            return Err(too_deep(span));
        }
        let (node, size, height) = (node.clone(), *size, *height);
        self.add(node, size, height);
        Ok(())
    }

    /// Puts a finished node into the innermost open collection.
    fn add(&mut self, node: Node<'s>, size: usize, height: usize) {
        let Some(parent) = self.open.last_mut() else {
            self.root = Some(node);
            return;
        };
        parent.size += size;
        parent.height = parent.height.max(height);
        match (&mut parent.node.kind, parent.key.take()) {
            (Kind::Seq(nodes), _) => nodes.push(node),
            (Kind::Map(entries), Some(key)) => entries.push((key, node)),
            (Kind::Map(_), None) => parent.key = Some(node),
            (Kind::Scalar(_), _) => {}
        }
        // A block collection's end event stands at the next token; its last child says where it really ends.
    }

    fn into_document(self) -> Option<Document<'s>> {
        self.root.map(|root| Document { root, diagnostics: self.diagnostics })
    }

    /// Replaces `<<` by the entries of the maps it names, as the YAML 1.1 merge key does: keys of the map itself
    /// win, then those of earlier maps.
    fn merge(&mut self, entries: &mut Vec<Entry<'s>>) -> Result<(), Diagnostic> {
        let Some(at) = entries.iter().position(|(key, _)| is_merge_key(key)) else { return Ok(()) };
        let (key, value) = entries.remove(at);
        let sources = match value.kind {
            Kind::Map(_) => vec![value],
            Kind::Seq(nodes) => nodes,
            Kind::Scalar(_) => vec![value],
        };
        let mut merged: Vec<Entry<'s>> = Vec::new();
        for source in sources {
            let Kind::Map(inherited) = source.kind else {
                let message =
                    format!("a merge key takes a map or a list of maps, not {}", source.type_name());
                return Err(Diagnostic::new(Code::InvalidType, key.span, message));
            };
            for entry in inherited {
                let is_set = |other: &Entry<'_>| same_key(&other.0, &entry.0);
                if !entries.iter().any(is_set) && !merged.iter().any(is_set) {
                    merged.push(entry);
                }
            }
        }
        entries.splice(at..at, merged);
        Ok(())
    }

    /// Reports keys that stand twice and keeps the first.
    fn reject_duplicates(&mut self, entries: &mut Vec<Entry<'s>>) {
        let mut seen: HashSet<&str> = HashSet::new();
        let is_repeated: Vec<bool> =
            entries.iter().map(|(key, _)| key.as_text().is_some_and(|text| !seen.insert(text))).collect();
        if !is_repeated.contains(&true) {
            return;
        }
        for ((key, _), _) in entries.iter().zip(&is_repeated).filter(|(_, repeated)| **repeated) {
            let text = key.as_text().map_or("", |text| text);
            let mut diagnostic = Diagnostic::new(
                Code::DuplicateKey,
                key.span,
                format!("the key `{text}` stands twice in one map"),
            )
            .help("rename one of them, or join their values in a list");
            if let Some((first, _)) = entries.iter().find(|(first, _)| same_key(first, key)) {
                diagnostic = diagnostic.related(first.span, "first here");
            }
            self.diagnostics.push(diagnostic);
        }
        let mut repeated = is_repeated.into_iter();
        entries.retain(|_| !repeated.next().unwrap_or(false));
    }
}

fn is_merge_key(key: &Node<'_>) -> bool {
    key.as_scalar().is_some_and(|scalar| scalar.style == Style::Plain && scalar.text == "<<")
}

fn same_key(a: &Node<'_>, b: &Node<'_>) -> bool {
    matches!((a.as_text(), b.as_text()), (Some(a), Some(b)) if a == b)
}

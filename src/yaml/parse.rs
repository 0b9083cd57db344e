//! Parser events to nodes, under limits.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet, hash_map};

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
    // As libyaml and PyYAML read it: the last line of a file need not end for its text to be the author's.
    options.block_scalar_eof_without_line_feed = true;
    let mut parser = Parser::new_from_str_with_options(text, options);
    let mut documents = Vec::new();
    loop {
        let result = parse_document(&mut parser, text);
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
    source: &str,
) -> Result<Option<Document<'s>>, Diagnostic> {
    let mut builder = Builder::default();
    for event in parser.by_ref() {
        let (event, span) = event.map_err(|error| syntax_error(&error, source.len()))?;
        let span = span.byte_range().map_or(Span::default(), |range| Span::new(range.start, range.end));
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                let span = trim_block(span, style, source);
                let kind = Kind::Scalar(scalar(text, style, tag.as_deref(), span)?);
                let size = 1 + weight(&kind);
                builder.finish(Finished { node: Node { kind, span }, size, height: 0 }, anchor)?;
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

/// A block scalar ends with its last text, not with the line breaks after it.
fn trim_block(span: Span, style: ScalarStyle, source: &str) -> Span {
    if !matches!(style, ScalarStyle::Literal | ScalarStyle::Folded) {
        return span;
    }
    let length = source.get(span.range()).map_or(0, |text| text.trim_end().len());
    Span::new(span.start as usize, span.start as usize + length)
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

/// How many nodes' worth of memory a scalar's text takes.
fn weight(kind: &Kind<'_>) -> usize {
    match kind {
        Kind::Scalar(scalar) => scalar.text.len() / 64,
        Kind::Seq(_) | Kind::Map(_) => 0,
    }
}

/// Builds the tree of one document without recursion.
#[derive(Default)]
struct Builder<'s> {
    /// The collections that are still open, outermost first.
    open: Vec<Open<'s>>,
    /// The finished nodes that have an anchor.
    anchors: HashMap<usize, Finished<'s>>,
    root: Option<Node<'s>>,
    copied_nodes: usize,
    diagnostics: Vec<Diagnostic>,
}

struct Open<'s> {
    node: Node<'s>,
    /// A map's key that still waits for its value.
    key: Option<Node<'s>>,
    anchor: usize,
    size: usize,
    height: usize,
}

#[derive(Clone)]
struct Finished<'s> {
    node: Node<'s>,
    /// How many nodes it holds, itself included; long scalars count as several.
    size: usize,
    /// How many levels of collections it has.
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
        // A flow collection ends with its bracket; a block collection with its last child, which `add` noted.
        if !end.range().is_empty() {
            node.span.end = node.span.end.max(end.end);
        }
        if let Kind::Map(entries) = &mut node.kind {
            merge(entries)?;
            self.reject_duplicates(entries);
        }
        self.finish(Finished { node, size, height: height + 1 }, anchor)
    }

    /// Takes a finished node; an anchored one is remembered for its aliases.
    fn finish(&mut self, finished: Finished<'s>, anchor: usize) -> Result<(), Diagnostic> {
        let span = finished.node.span;
        if anchor != 0 {
            self.copy(finished.size, span)?;
            self.anchors.insert(anchor, finished.clone());
        }
        self.add(finished, span);
        Ok(())
    }

    fn alias(&mut self, anchor: usize, span: Span) -> Result<(), Diagnostic> {
        let Some(Finished { size, height, .. }) = self.anchors.get(&anchor) else {
            return Err(Diagnostic::new(Code::YamlSyntax, span, "the alias stands inside its own anchor"));
        };
        if self.open.len() + height > MAX_DEPTH {
            return Err(too_deep(span));
        }
        self.copy(*size, span)?;
        if let Some(finished) = self.anchors.get(&anchor).cloned() {
            self.add(finished, span);
        }
        Ok(())
    }

    /// Takes a copy of so many nodes off the budget.
    fn copy(&mut self, nodes: usize, span: Span) -> Result<(), Diagnostic> {
        self.copied_nodes = self.copied_nodes.saturating_add(nodes);
        if self.copied_nodes > MAX_ALIASED_NODES {
            let message = format!("anchors and aliases copy more than {MAX_ALIASED_NODES} nodes");
            return Err(Diagnostic::new(Code::YamlLimit, span, message));
        }
        Ok(())
    }

    /// Puts a finished node, which stands at `place`, into the innermost open collection.
    fn add(&mut self, finished: Finished<'s>, place: Span) {
        let Finished { node, size, height } = finished;
        let Some(parent) = self.open.last_mut() else {
            self.root = Some(node);
            return;
        };
        parent.size += size;
        parent.height = parent.height.max(height);
        parent.node.span.end = parent.node.span.end.max(place.end);
        match (&mut parent.node.kind, parent.key.take()) {
            (Kind::Seq(nodes), _) => nodes.push(node),
            (Kind::Map(entries), Some(key)) => entries.push((key, node)),
            (Kind::Map(_), None) => parent.key = Some(node),
            (Kind::Scalar(_), _) => {}
        }
    }

    fn into_document(self) -> Option<Document<'s>> {
        self.root.map(|root| Document { root, diagnostics: self.diagnostics })
    }

    /// Reports keys that stand twice and keeps the first.
    fn reject_duplicates(&mut self, entries: &mut Vec<Entry<'s>>) {
        if !has_duplicates(entries) {
            return;
        }
        let mut first: HashMap<&str, Span> = HashMap::new();
        let mut is_repeated = Vec::with_capacity(entries.len());
        for (key, _) in entries.iter() {
            let before = key.as_text().and_then(|text| match first.entry(text) {
                hash_map::Entry::Occupied(before) => Some((text, *before.get())),
                hash_map::Entry::Vacant(free) => {
                    free.insert(key.span);
                    None
                }
            });
            is_repeated.push(before.is_some());
            if let Some((text, before)) = before {
                let message = format!("the key `{text}` stands twice in one map");
                self.diagnostics.push(
                    Diagnostic::new(Code::DuplicateKey, key.span, message)
                        .related(before, "first here")
                        .help("rename one of them, or join their values in a list"),
                );
            }
        }
        let mut is_repeated = is_repeated.into_iter();
        entries.retain(|_| !is_repeated.next().unwrap_or(false));
    }
}

fn has_duplicates(entries: &[Entry<'_>]) -> bool {
    const FEW: usize = 12;
    let keys = || entries.iter().filter_map(|(key, _)| key.as_text());
    if entries.len() <= FEW {
        return keys().enumerate().any(|(at, key)| keys().take(at).any(|other| other == key));
    }
    let mut seen = HashSet::with_capacity(entries.len());
    keys().any(|key| !seen.insert(key))
}

/// Replaces `<<` by the entries of the maps it names, as the YAML 1.1 merge key does: keys of the map itself win,
/// then those of earlier maps.
fn merge(entries: &mut Vec<Entry<'_>>) -> Result<(), Diagnostic> {
    let Some(at) = entries.iter().position(|(key, _)| is_merge_key(key)) else { return Ok(()) };
    let (key, value) = entries.remove(at);
    let sources = match value.kind {
        Kind::Seq(nodes) => nodes,
        Kind::Map(_) | Kind::Scalar(_) => vec![value],
    };
    let mut seen: HashSet<String> =
        entries.iter().filter_map(|(key, _)| key.as_text().map(ToString::to_string)).collect();
    let mut merged = Vec::new();
    for source in sources {
        let what = source.type_name();
        let Kind::Map(inherited) = source.kind else {
            let message = format!("a merge key takes a map or a list of maps, not {what}");
            return Err(Diagnostic::new(Code::InvalidType, key.span, message));
        };
        let is_new = |(key, _): &Entry<'_>| key.as_text().is_none_or(|text| seen.insert(text.to_string()));
        merged.extend(inherited.into_iter().filter(is_new));
    }
    entries.splice(at..at, merged);
    Ok(())
}

fn is_merge_key(key: &Node<'_>) -> bool {
    key.as_scalar().is_some_and(|scalar| scalar.style == Style::Plain && scalar.text == "<<")
}

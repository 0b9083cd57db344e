//! The project file's YAML, read key by key; every fault is told with its place.

use std::path::{Path, PathBuf};

use crate::{
    diag::{Code, Diagnostic, Source, Span, did_you_mean},
    yaml::{Entry, Node, Plain},
};

/// Text and where it stands.
pub(super) type Spanned = (String, Span);

/// Reads nodes of one file, and keeps what is wrong with them.
pub(super) struct Reader<'a> {
    source: &'a Source,
    /// The file's folder, which paths start at.
    root: &'a Path,
    pub(super) faults: Vec<Diagnostic>,
}

/// The keys of a map that are known.
pub(super) struct Keys<'n, 's>(&'n [Entry<'s>]);

impl<'n, 's> Keys<'n, 's> {
    /// The value of a key that has one.
    pub(super) fn get(&self, key: &str) -> Option<&'n Node<'s>> {
        let is_key = |(name, _): &&Entry<'_>| name.as_text().is_some_and(|text| text == key);
        self.0.iter().find(is_key).map(|(_, value)| value).filter(|value| !value.is_null())
    }
}

impl<'a> Reader<'a> {
    pub(super) fn new(source: &'a Source, root: &'a Path) -> Self {
        Self { source, root, faults: Vec::new() }
    }

    pub(super) fn fault(&mut self, span: Span, message: impl Into<String>, help: Option<String>) {
        let fault = Diagnostic::new(Code::InvalidProject, span, message);
        self.faults.push(Diagnostic { help, ..fault });
    }

    fn wrong_type(&mut self, node: &Node<'_>, key: &str, wanted: &str) {
        self.fault(node.span, format!("`{key}` has to be {wanted}, and is {}", node.type_name()), None);
    }

    /// The entries of a map with these keys and no others.
    pub(super) fn keys<'n, 's>(&mut self, node: &'n Node<'s>, what: &str, known: &[&str]) -> Keys<'n, 's> {
        let Some(entries) = node.as_map() else {
            if !node.is_null() {
                self.wrong_type(node, what, "a map");
            }
            return Keys(&[]);
        };
        for (key, _) in entries {
            let name = key.as_text().map(|text| &**text).unwrap_or_default();
            if !known.contains(&name) {
                let message = format!("`{}` is no key of `{what}`", self.source.slice(key.span));
                let help = match did_you_mean(name, known.iter().copied()) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => format!("the keys are `{}`", known.join("`, `")),
                };
                self.fault(key.span, message, Some(help));
            }
        }
        Keys(entries)
    }

    pub(super) fn flag(&mut self, node: &Node<'_>, key: &str) -> Option<bool> {
        if let Some(Plain::Boolean(value)) = node.as_scalar().map(crate::yaml::Scalar::resolve) {
            return Some(value);
        }
        self.wrong_type(node, key, "`true` or `false`");
        None
    }

    pub(super) fn text(&mut self, node: &Node<'_>, key: &str) -> Option<Spanned> {
        if let Some(text) = node.as_text().filter(|text| !text.is_empty()) {
            return Some((text.to_string(), node.span));
        }
        self.wrong_type(node, key, "text");
        None
    }

    /// One text, or a list of them.
    pub(super) fn texts(&mut self, node: &Node<'_>, key: &str) -> Vec<Spanned> {
        let nodes = node.as_seq().unwrap_or(std::slice::from_ref(node));
        nodes.iter().filter_map(|node| self.text(node, key)).collect()
    }

    /// A word of a vocabulary.
    pub(super) fn word<T>(
        &mut self,
        (text, span): &Spanned,
        what: &str,
        known: &[&str],
        find: impl Fn(&str) -> Option<T>,
    ) -> Option<T> {
        let found = find(text);
        if found.is_none() {
            let help = match did_you_mean(text, known.iter().copied()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("there are `{}`", known.join("`, `")),
            };
            self.fault(*span, format!("`{text}` is no {what}"), Some(help));
        }
        found
    }

    /// Codes of diagnostics.
    pub(super) fn codes(&mut self, node: &Node<'_>, key: &str) -> Vec<Code> {
        let known: Vec<&str> = Code::ALL.iter().map(|code| code.as_str()).collect();
        let texts = self.texts(node, key);
        texts.iter().filter_map(|text| self.word(text, "code", &known, Code::parse)).collect()
    }

    /// Where something is written: a path that need not be there.
    pub(super) fn output(&mut self, node: &Node<'_>, key: &str) -> Option<PathBuf> {
        self.text(node, key).map(|(text, _)| self.root.join(text))
    }

    /// Paths that are there.
    pub(super) fn paths(&mut self, node: &Node<'_>, key: &str) -> Vec<PathBuf> {
        let texts = self.texts(node, key);
        texts.iter().filter_map(|text| self.existing(text)).collect()
    }

    /// A path that is there.
    pub(super) fn existing(&mut self, (text, span): &Spanned) -> Option<PathBuf> {
        let path = self.root.join(text);
        if path.exists() {
            return Some(path);
        }
        let siblings: Vec<String> = path
            .parent()
            .map(|folder| if folder.as_os_str().is_empty() { Path::new(".") } else { folder })
            .and_then(|folder| folder.read_dir().ok())
            .into_iter()
            .flatten()
            .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
            .collect();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let near = did_you_mean(name, siblings.iter().map(String::as_str));
        let help = match near {
            Some(near) => format!("there is `{near}`"),
            None => "paths start at the folder of this file".to_owned(),
        };
        self.fault(*span, format!("there is no file or folder `{text}`"), Some(help));
        None
    }
}

//! Faults in mapping files: what is wrong, and where.

use std::fmt;

use super::Text;
use crate::{
    diag::{Code, Diagnostic, Source, Span},
    yaml::{self, Node},
};

/// Something wrong in a mapping file.
#[derive(Debug, Clone)]
pub struct Fault {
    place: Option<Place>,
    what: String,
}

#[derive(Debug, Clone)]
struct Place {
    file: Text,
    span: Option<Span>,
}

impl Fault {
    /// A fault whose place the caller's caller knows.
    pub(super) fn new(what: impl fmt::Display) -> Self {
        Self { place: None, what: what.to_string() }
    }

    /// A fault somewhere in a file, or about a file that is not there.
    pub(super) fn in_file(file: &Text, span: Option<Span>, what: impl fmt::Display) -> Self {
        Self { place: Some(Place { file: file.clone(), span }), what: what.to_string() }
    }

    /// The fault at the value of a path of keys, in the last of the files that has it; what the message quotes is
    /// pointed at, where it stands there. Without such a path, somewhere in the last file. A place that is known
    /// already stays.
    #[must_use]
    pub(super) fn at(self, files: &[Text], path: &[&str]) -> Self {
        let mut fault = self.at_if_there(files, path);
        if fault.place.is_none() {
            fault.place = files.last().map(|file| Place { file: file.clone(), span: None });
        }
        fault
    }

    /// As [`Self::at`], but of no place without such a path.
    #[must_use]
    pub(super) fn at_if_there(self, files: &[Text], path: &[&str]) -> Self {
        if self.place.is_some() {
            return self;
        }
        let quoted = self.what.split('`').nth(1);
        let found = files.iter().rev().find_map(|file| Some((file, span_of(file, path, quoted)?)));
        let place = found.map(|(file, span)| Place { file: file.clone(), span: Some(span) });
        Self { place, ..self }
    }

    /// The file, for a renderer that quotes its lines, and the fault as one of its findings.
    pub fn finding(&self) -> (Source, Diagnostic) {
        let code = Code::InvalidMapping;
        match &self.place {
            Some(Place { file, span }) => {
                let diagnostic = match span {
                    Some(span) => Diagnostic::new(code, *span, self.what.clone()),
                    None => Diagnostic::without_span(code, self.what.clone()),
                };
                (Source::new(file.file.clone(), file.text.clone()), diagnostic)
            }
            None => (Source::new("mapping table", ""), Diagnostic::without_span(code, self.what.clone())),
        }
    }
}

impl fmt::Display for Fault {
    /// `mapping table FILE:LINE:COLUMN: what`, as far as that is known.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("mapping table")?;
        if let Some(Place { file, span }) = &self.place {
            write!(f, " {}", file.file)?;
            if let Some(span) = span {
                let at = Source::new("", file.text.clone()).locate(*span);
                write!(f, ":{}:{}", at.line, at.column)?;
            }
        }
        write!(f, ": {}", self.what)
    }
}

impl From<Fault> for Diagnostic {
    fn from(fault: Fault) -> Self {
        Self::without_span(Code::InvalidMapping, fault.to_string())
    }
}

impl From<&Fault> for Diagnostic {
    fn from(fault: &Fault) -> Self {
        fault.clone().into()
    }
}

/// Where a path of keys leads in a file, or a quoted name inside of that.
fn span_of(file: &Text, path: &[&str], quoted: Option<&str>) -> Option<Span> {
    let source = Source::new("", file.text.clone());
    let documents = yaml::parse(&source);
    let mut node: &Node<'_> = &documents.first()?.as_ref().ok()?.root;
    for key in path {
        node = node.get(key)?;
    }
    let range = node.span.range();
    let inner = quoted.and_then(|quoted| Some((source.slice(node.span).find(quoted)?, quoted.len())));
    Some(match inner {
        Some((at, length)) => Span::new(range.start + at, range.start + at + length),
        None => node.span,
    })
}

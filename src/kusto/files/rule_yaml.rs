//! Analytic rules and hunting queries in YAML.

use super::{Dialect, QueryText, metadata::Collector};
use crate::{
    diag::{Code, Diagnostic, Source},
    yaml::{self, Node},
};

/// Takes the query out of every document.
pub(super) fn read(source: &Source, dialect: Dialect) -> Vec<QueryText> {
    let documents = yaml::parse(source).into_iter();
    let read = |document: Result<yaml::Document<'_>, Diagnostic>| match document {
        Ok(document) => {
            let collector = Collector::with(document.diagnostics);
            rule(&document.root, collector, source, dialect)
        }
        Err(diagnostic) => QueryText::failed(diagnostic),
    };
    documents.map(read).collect()
}

fn rule(root: &Node<'_>, mut collector: Collector, source: &Source, dialect: Dialect) -> QueryText {
    let Some(entries) = root.as_map() else {
        let message = format!("a rule is a map, not {}", root.type_name());
        return QueryText::failed(Diagnostic::new(Code::NotARule, root.span, message));
    };
    for (key, value) in entries {
        if let Some(key) = key.as_text() {
            collector.take(key, value);
        }
    }
    let query = collector.finish(root.get("query"), root, source);
    QueryText { dialect, ..query }
}

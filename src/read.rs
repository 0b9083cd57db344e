//! Reading the rules of a source, whatever they are written in.

use crate::{
    diag::{Code, Diagnostic, Source, Span},
    kusto::files::{self, Dialect, Kind, QueryText},
    sigma::{self, ReadOptions, Reading},
};

/// What rules are written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Sigma.
    Sigma,
    /// Kusto.
    Kusto {
        /// The form of the file.
        kind: Kind,
        /// Whose tables the queries name, where the file does not say.
        dialect: Dialect,
    },
}

impl Format {
    /// The format of a text, if it is recognisably one of Kusto's; Sigma's has no mark that a broken rule must have.
    pub fn of_kusto(name: &str, text: &str) -> Option<Self> {
        files::recognize(name, text).map(|kind| Self::Kusto { kind, dialect: Dialect::Unknown })
    }
}

/// Reads every rule of a source.
pub fn read(source: &Source, format: Format, options: &ReadOptions) -> Vec<Reading> {
    match format {
        Format::Sigma => sigma::read(source, options),
        Format::Kusto { kind, dialect } => read_kusto(source, kind, dialect),
    }
}

fn read_kusto(source: &Source, kind: Kind, dialect: Dialect) -> Vec<Reading> {
    let mut queries = files::read(source, kind);
    for query in queries.iter_mut().filter(|query| query.dialect == Dialect::Unknown) {
        query.dialect = dialect;
    }
    if queries.is_empty() {
        let nothing = Diagnostic::new(Code::NotARule, Span::default(), "the file holds no Kusto query")
            .help("it is read by its extension; `--from` names another format");
        return vec![failed(Span::default(), nothing)];
    }
    queries.into_iter().map(lower).collect()
}

/// A query as a rule.
fn lower(query: QueryText) -> Reading {
    let code = query.code_span();
    let QueryText { metadata, span, mut diagnostics, .. } = query;
    if !diagnostics.iter().any(Diagnostic::is_error) {
        let message = "Kusto rules are not converted yet";
        diagnostics.push(Diagnostic::new(Code::NotYetConverted, code, message));
    }
    Reading { span, metadata, rule: None, diagnostics }
}

fn failed(span: Span, diagnostic: Diagnostic) -> Reading {
    Reading { span, metadata: std::sync::Arc::default(), rule: None, diagnostics: vec![diagnostic] }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kusto_rule_ends_at_its_query_for_now() {
        let source = Source::new("a.md", "# Title\n```kql\n// why\nT\n| take 1\n```\n");
        let format = Format::of_kusto(source.name(), source.text()).unwrap();
        let readings = read(&source, format, &ReadOptions::default());
        assert_eq!(readings[0].metadata.title, "Title");
        let diagnostic = &readings[0].diagnostics[0];
        assert_eq!(diagnostic.code, Code::NotYetConverted);
        assert_eq!(source.slice(diagnostic.span.unwrap()), "T");
    }

    #[test]
    fn a_file_without_a_query_is_an_error() {
        let source = Source::new("README.md", "# Title\n");
        assert_eq!(Format::of_kusto(source.name(), source.text()), None);
        let format = Format::Kusto { kind: Kind::Markdown, dialect: Dialect::Unknown };
        assert!(read(&source, format, &ReadOptions::default())[0].diagnostics[0].is_error());
    }
}

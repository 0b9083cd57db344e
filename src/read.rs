//! Reading the rules of a source, whatever they are written in.

use std::sync::Arc;

use crate::{
    diag::{Code, Diagnostic, Source, Span},
    ir::{Metadata, Rule},
    kusto::{
        self, Context,
        files::{self, Dialect, Kind, QueryText},
    },
    mapping::Mapping,
    sigma::{self, Document, ReadOptions, Reading},
};

/// What [`Format::vendor`] may be, in order.
pub const VENDORS: [&str; 2] = ["kusto", "sigma"];

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

    /// The language's name, in lower case.
    pub fn vendor(self) -> &'static str {
        match self {
            Self::Sigma => "sigma",
            Self::Kusto { .. } => "kusto",
        }
    }
}

/// Reads every rule of a source.
pub fn read(source: &Source, format: Format, options: &ReadOptions) -> Vec<Reading> {
    match format {
        Format::Sigma => sigma::read(source, options),
        Format::Kusto { kind, dialect } => read_kusto(source, kind, dialect, options),
    }
}

fn read_kusto(source: &Source, kind: Kind, dialect: Dialect, options: &ReadOptions) -> Vec<Reading> {
    let mut queries = files::read(source, kind);
    for query in queries.iter_mut().filter(|query| query.dialect == Dialect::Unknown) {
        query.dialect = dialect;
    }
    if queries.is_empty() {
        let nothing = Diagnostic::new(Code::NotARule, Span::default(), "the file holds no Kusto query")
            .help("it is read by its extension; `--from` names another format");
        return vec![Reading::broken(nothing)];
    }
    queries.into_iter().flat_map(|query| lower(query, options)).collect()
}

/// The queries of a text, each as a rule.
fn lower(query: QueryText, options: &ReadOptions) -> Vec<Reading> {
    let code = query.code_span();
    let QueryText { metadata, span, mut diagnostics, text, positions, dialect, .. } = query;
    let parsed = kusto::parse(&text, &positions);
    diagnostics.extend(parsed.diagnostics);
    if diagnostics.iter().any(Diagnostic::is_error) {
        return vec![Reading::new(span, metadata, Document::Broken, diagnostics)];
    }
    let context = Context {
        dialect,
        mapping: Some(Mapping::builtin()),
        lists: Some(&options.lists),
        partial: options.partial,
    };
    let queries = kusto::read(&parsed.script, context);
    if queries.is_empty() {
        let message = "the text defines names and asks nothing";
        diagnostics
            .push(Diagnostic::new(Code::NotARule, code, message).help("a query ends with an expression"));
        return vec![Reading::new(span, metadata, Document::Broken, diagnostics)];
    }
    let several = queries.len() > 1;
    let mut readings = Vec::new();
    for (index, query) in queries.into_iter().enumerate() {
        let metadata = if several { Arc::new(numbered(&metadata, index + 1)) } else { Arc::clone(&metadata) };
        // What the file says is told once.
        let mut diagnostics = std::mem::take(&mut diagnostics);
        let rule = match query {
            Ok((pipeline, _)) => Some(Rule {
                metadata: Arc::clone(&metadata),
                origin: pipeline.origin,
                stages: pipeline.stages,
                look_back: pipeline.look_back,
                span: code,
                notes: Vec::new(),
            }),
            Err(error) => {
                diagnostics.push(error);
                None
            }
        };
        readings.push(Reading::new(span, metadata, rule.into(), diagnostics));
    }
    readings
}

/// The metadata of one of several queries.
fn numbered(metadata: &Metadata, number: usize) -> Metadata {
    Metadata { title: format!("{} ({number})", metadata.title), ..metadata.clone() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn readings(text: &str) -> (Source, Vec<Reading>) {
        let source = Source::new("a.md", text);
        let format = Format::of_kusto(source.name(), source.text()).unwrap();
        let readings = read(&source, format, &ReadOptions::default());
        (source, readings)
    }

    #[test]
    fn a_query_is_a_rule_with_what_its_file_says() {
        let (_, readings) = readings("# Title\n```kql\nT\n| where a == 1\n```\n");
        assert_eq!(readings[0].metadata.title, "Title");
        let rule = readings[0].rule().unwrap();
        assert_eq!(rule.stages.len(), 1);
    }

    #[test]
    fn queries_of_one_text_are_rules_of_their_own() {
        let (_, readings) =
            readings("# Title\n```kql\nlet x = 1;\nT\n| where a == x;\nU\n| where b == x\n```\n");
        let titles: Vec<&str> = readings.iter().map(|reading| reading.metadata.title.as_str()).collect();
        assert_eq!(titles, ["Title (1)", "Title (2)"]);
    }

    #[test]
    fn what_has_no_counterpart_is_told_with_its_place_in_the_file() {
        let (source, readings) = readings("# Title\n```kql\nT\n| reduce by a\n```\n");
        let diagnostic = &readings[0].diagnostics[0];
        assert_eq!(diagnostic.code, Code::Unsupported);
        assert_eq!(source.slice(diagnostic.span.unwrap()), "reduce by a");
    }

    #[test]
    fn a_file_without_a_query_is_an_error() {
        let source = Source::new("README.md", "# Title\n");
        assert_eq!(Format::of_kusto(source.name(), source.text()), None);
        let format = Format::Kusto { kind: Kind::Markdown, dialect: Dialect::Unknown };
        assert!(read(&source, format, &ReadOptions::default())[0].diagnostics[0].is_error());
    }
}

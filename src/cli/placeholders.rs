//! Placeholder values from arguments and files.

use std::fs;

use indexmap::IndexMap;
use serde_yaml::Value;

use super::{
    args::{PlaceholderArgs, PlaceholdersAs},
    lists,
    status::{Failure, say},
};
use crate::{
    diag::{Code, Diagnostic, Source, Span, render::terminal::Terminal},
    ir::Keeper,
    sigma::ReadOptions,
};

/// What the reader gets: the file's values, replaced by those of the arguments. Values of one name given several
/// times add up.
pub(super) fn read_options(args: &PlaceholderArgs, terminal: &Terminal) -> Result<ReadOptions, Failure> {
    let mut placeholders = IndexMap::new();
    if let Some(path) = &args.placeholders {
        let name = path.display().to_string();
        let text = fs::read_to_string(path)
            .map_err(|error| Failure::Message(format!("cannot read placeholders from `{name}`: {error}")))?;
        let source = Source::new(name, text);
        placeholders = parse(&source).map_err(|diagnostic| {
            say(&terminal.diagnostic(&diagnostic, &source, None));
            Failure::Reported
        })?;
    }
    let mut given: IndexMap<String, Vec<String>> = IndexMap::new();
    for (name, values) in &args.placeholder {
        given.entry(name.clone()).or_default().extend(values.iter().cloned());
    }
    placeholders.extend(given);
    let lists = lists::read(&args.list)?;
    for (name, list) in &lists {
        placeholders
            .entry(name.clone())
            .or_insert_with(|| list.values().iter().map(|it| literal(it)).collect());
    }
    let keeper = match args.placeholders_as {
        PlaceholdersAs::Values => None,
        PlaceholdersAs::Lookup => Some(Keeper::Watchlist),
        PlaceholdersAs::Macro => Some(Keeper::Macro),
    };
    Ok(ReadOptions { placeholders, keeper, lists, partial: false })
}

/// A text in Sigma's notation, where `*` and `?` are wildcards.
fn literal(text: &str) -> String {
    let mut literal = String::with_capacity(text.len());
    for c in text.chars() {
        if matches!(c, '*' | '?' | '\\') {
            literal.push('\\');
        }
        literal.push(c);
    }
    literal
}

/// A map of names, each with a value or a list of values. A value is text, or an integer, whose one spelling is
/// kept; of anything else (`1.0`, `yes`, a date) YAML readers do not agree on the text, so it has to be quoted.
fn parse(source: &Source) -> Result<IndexMap<String, Vec<String>>, Diagnostic> {
    let map: serde_yaml::Mapping =
        serde_yaml::from_str(source.text()).map_err(|error| malformed(source, &error))?;
    map.iter()
        .map(|(name, values)| {
            let name = name.as_str().ok_or_else(|| invalid("a name is not text"))?;
            let texts = match values {
                Value::Sequence(values) => values.iter().map(text).collect(),
                value => text(value).map(|text| vec![text]),
            };
            let texts: Option<Vec<String>> = texts;
            let texts =
                texts.ok_or_else(|| invalid(format!("placeholder `{name}` has a value that is not text")))?;
            Ok((name.trim_matches('%').to_owned(), texts))
        })
        .collect()
}

fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => number.as_i64().map(|number| number.to_string()),
        _ => None,
    }
}

fn invalid(message: impl Into<String>) -> Diagnostic {
    Diagnostic::without_span(Code::InvalidPlaceholders, message)
        .help("write a map of names, each with a value or a list of values, quoted where not plain text")
}

fn malformed(source: &Source, error: &serde_yaml::Error) -> Diagnostic {
    let offset = error.location().map(|place| place.index().min(source.text().len()));
    let span = offset.map(|offset| Span::new(offset, offset));
    Diagnostic { span, ..invalid("not a map of names to values") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<IndexMap<String, Vec<String>>, Diagnostic> {
        parse(&Source::new("placeholders.yml", text))
    }

    #[test]
    fn values_are_scalars_or_lists() {
        let placeholders = read("admins: [alice, 'bob']\nport: 3389\n'%site%': hq\n").unwrap();
        assert_eq!(placeholders["admins"], ["alice", "bob"]);
        assert_eq!(placeholders["port"], ["3389"]);
        assert_eq!(placeholders["site"], ["hq"]);
    }

    #[test]
    fn anything_else_is_refused() {
        for text in
            ["- a\n- b\n", "a: {b: c}\n", "a: [1.0]\n", "a: [[b]]\n", "a: true\n", "a: [\n", "a: x\na: y\n"]
        {
            assert_eq!(read(text).unwrap_err().code, Code::InvalidPlaceholders, "{text}");
        }
    }
}

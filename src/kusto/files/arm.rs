//! Rules in JSON: ARM templates, nested ones and lists included, exports of the management API, and Microsoft Graph's
//! custom detections.
//!
//! JSON is read as the YAML that it nearly is, which gives every string its place.

use std::{collections::HashMap, rc::Rc};

use super::{Dialect, QueryText, custom_detection, metadata::Collector};
use crate::{
    diag::{Code, Diagnostic, Source},
    yaml::{self, Node},
};

/// Takes every rule out of a text, wherever in it they stand.
pub(super) fn read(source: &Source) -> Vec<QueryText> {
    let mut queries = Vec::new();
    for document in yaml::parse(source) {
        match document {
            Ok(document) => search(&document.root, &Scope::default(), source, &mut queries),
            Err(diagnostic) => queries.push(QueryText::failed(diagnostic)),
        }
    }
    queries
}

/// The parameters and variables that expressions of a template can name, inner templates' before outer ones'.
#[derive(Clone, Default)]
struct Scope<'n, 's> {
    parameters: [Names<'n, 's>; 2],
    variables: [Names<'n, 's>; 2],
    is_template: bool,
}

/// Values by their names.
type Names<'n, 's> = Rc<HashMap<&'n str, &'n Node<'s>>>;

fn search<'n, 's>(node: &'n Node<'s>, scope: &Scope<'n, 's>, source: &Source, queries: &mut Vec<QueryText>) {
    let children: Vec<&Node<'s>> = match &node.kind {
        yaml::Kind::Scalar(_) => return,
        yaml::Kind::Seq(elements) => elements.iter().collect(),
        yaml::Kind::Map(entries) => entries.iter().map(|(_, value)| value).collect(),
    };
    if let Some(rule) = custom_detection::read(node, source) {
        queries.push(rule);
        return;
    }
    let scope = scope.enter(node);
    match properties(node) {
        Some(properties) => queries.push(rule(node, properties, &scope, source)),
        None => children.into_iter().for_each(|child| search(child, &scope, source, queries)),
    }
}

impl<'n, 's> Scope<'n, 's> {
    /// The scope within a node: a template's own parameters and variables come first.
    fn enter(&self, node: &'n Node<'s>) -> Self {
        if node.get("resources").is_none() || node.get("$schema").is_none() {
            return self.clone();
        }
        let nested = |own: &str, outer: &[Names<'n, 's>; 2]| {
            let entries = node.get(own).and_then(Node::as_map).unwrap_or(&[]);
            let names = entries.iter().filter_map(|(name, value)| Some((&**name.as_text()?, value)));
            [Rc::new(names.collect()), Rc::clone(&outer[0])]
        };
        Self {
            parameters: nested("parameters", &self.parameters),
            variables: nested("variables", &self.variables),
            is_template: true,
        }
    }

    /// What a value stands for: `[variables('x')]` for the variable, `[parameters('x')]` for its default.
    fn resolve(&self, node: &'n Node<'s>) -> &'n Node<'s> {
        let Some(expression) = self.expression(node) else { return node };
        let of = |function: &str| {
            let argument = expression.strip_prefix(function)?.strip_prefix("('")?;
            argument.strip_suffix("')").filter(|name| !name.contains('\''))
        };
        let lookup = |scopes: &[Names<'n, 's>; 2], name: &str| {
            scopes.iter().find_map(|scope| scope.get(name).copied())
        };
        let variable = of("variables").and_then(|name| lookup(&self.variables, name));
        let parameter = of("parameters").and_then(|name| lookup(&self.parameters, name)?.get("defaultValue"));
        variable.or(parameter).unwrap_or(node)
    }

    /// The expression of a template, if a value is one: in brackets, of which `[[` is a literal one.
    fn expression<'a>(&self, node: &'a Node<'s>) -> Option<&'a str> {
        let text = node.as_text().filter(|_| self.is_template)?;
        let inner = text.strip_prefix('[')?.strip_suffix(']')?;
        (!inner.starts_with('[')).then(|| inner.trim())
    }
}

/// The properties of a rule, if a node is one: a resource with a query, or a rule alone as an export may have it.
fn properties<'n, 's>(node: &'n Node<'s>) -> Option<&'n Node<'s>> {
    const TYPES: [&str; 3] = ["alertrules", "alertruletemplates", "savedsearches"];
    const OF_RULES: [&str; 4] = ["queryFrequency", "triggerOperator", "relevantTechniques", "tactics"];
    let is_rule = |map: &Node<'_>| OF_RULES.iter().any(|key| map.get(key).is_some());
    if let Some(inner) = node.get("properties").filter(|inner| inner.get("query").is_some()) {
        // Parsers are saved searches too.
        if inner
            .get("functionAlias")
            .is_some_and(|alias| alias.as_text().is_some_and(|text| !text.is_empty()))
        {
            return None;
        }
        let resource = node.get("type").and_then(Node::as_text).map(|text| text.to_ascii_lowercase());
        let is_resource =
            resource.is_some_and(|resource| TYPES.iter().any(|known| resource.ends_with(known)));
        return (is_resource || is_rule(inner)).then_some(inner);
    }
    (node.get("query").is_some() && is_rule(node)).then_some(node)
}

fn rule<'n, 's>(
    resource: &'n Node<'s>,
    properties: &'n Node<'s>,
    scope: &Scope<'n, 's>,
    source: &Source,
) -> QueryText {
    let mut collector = Collector::default();
    if let Some(kind) = resource.get("kind") {
        collector.take("kind", kind);
    }
    for (key, value) in properties.as_map().unwrap_or(&[]) {
        match key.as_text().map(|key| &**key) {
            Some("tags") => tags(value, scope, &mut collector),
            Some("kind") | None => {}
            Some(key) => collector.take(key, scope.resolve(value)),
        }
    }
    let name = |key: &str| resource.get(key).and_then(Node::as_text).and_then(|text| guid(text));
    if collector.metadata.id.as_deref().and_then(guid).is_none() {
        let id = name("name").or_else(|| name("id")).map(ToOwned::to_owned);
        collector.metadata.id = id.or(collector.metadata.id.take());
    }
    let node = properties.get("query").map(|node| scope.resolve(node));
    checked(collector.finish(node, resource, source), node, scope)
}

/// A query without the escape of its first bracket; one that an expression makes is not known.
fn checked(query: QueryText, node: Option<&Node<'_>>, scope: &Scope<'_, '_>) -> QueryText {
    let mut query = QueryText { dialect: Dialect::Sentinel, ..query };
    if let Some(node) = node.filter(|node| scope.expression(node).is_some()) {
        let message = "queries that a template's expressions build are not converted yet";
        query.text = String::new();
        query.diagnostics.push(Diagnostic::new(Code::NotYetConverted, node.span, message));
        return query;
    }
    if query.text.starts_with("[[") && scope.is_template {
        QueryText { span: query.span, ..query.part(1..query.text.len()) }
    } else {
        query
    }
}

/// The tags of a saved search: names and values, of which some are a rule's metadata.
fn tags<'n, 's>(node: &'n Node<'s>, scope: &Scope<'n, 's>, collector: &mut Collector) {
    let Some(elements) =
        node.as_seq().filter(|elements| elements.iter().all(|tag| tag.get("name").is_some()))
    else {
        return collector.keep("tags", node);
    };
    for element in elements {
        let name = element.get("name").and_then(Node::as_text);
        if let (Some(name), Some(value)) = (name, element.get("value")) {
            collector.take(name, scope.resolve(value));
        }
    }
}

/// The first GUID in a text.
fn guid(text: &str) -> Option<&str> {
    let is_guid = |text: &str| {
        text.bytes().enumerate().all(|(at, b)| match at {
            8 | 13 | 18 | 23 => b == b'-',
            _ => b.is_ascii_hexdigit(),
        })
    };
    let last = text.len().checked_sub(36)?;
    (0..=last).filter_map(|at| text.get(at..at + 36)).find(|part| is_guid(part))
}

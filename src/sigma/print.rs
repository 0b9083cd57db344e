//! Printing of rules: the keys of each document in the order that authors keep.

use super::write::{
    Correlation, CorrelationRule, Detection, DetectionRule, Header, Item, SigmaRule, Value,
    yaml::{Yaml, document},
};
use crate::ir::{Number, Related};

/// The rule as YAML, the correlated rules before the correlation.
pub fn print(rule: &SigmaRule) -> String {
    let detections = rule.rules.iter().map(detection_rule);
    let correlation = rule.correlation.as_ref().map(correlation_rule);
    let documents: Vec<String> = detections.chain(correlation).map(|entries| document(&entries)).collect();
    documents.join("---\n")
}

type Entries = Vec<(String, Yaml)>;

fn detection_rule(rule: &DetectionRule) -> Entries {
    let mut entries = head(&rule.header);
    let source = &rule.log_source;
    let parts = [("category", &source.category), ("product", &source.product), ("service", &source.service)];
    let mut log_source: Entries =
        parts.iter().filter_map(|(key, part)| Some(((*key).to_owned(), text(part.as_deref()?)))).collect();
    log_source
        .extend(rule.definition.as_deref().map(|prose| ("definition".into(), Yaml::Quoted(prose.into()))));
    entries.push(("logsource".into(), Yaml::Map(log_source)));
    let searches = rule.detection.searches.iter().map(|(name, search)| (name.clone(), detection(search)));
    let condition = ("condition".to_owned(), text(&rule.detection.condition.to_string()));
    entries.push(("detection".into(), Yaml::Map(searches.chain([condition]).collect())));
    entries.extend(tail(&rule.header));
    entries
}

fn correlation_rule(rule: &CorrelationRule) -> Entries {
    let mut entries = head(&rule.header);
    entries.push(("correlation".into(), Yaml::Map(correlation(&rule.correlation))));
    entries.extend(tail(&rule.header));
    entries
}

/// What stands before the log source.
fn head(header: &Header) -> Entries {
    let mut entries = vec![("title".to_owned(), text(&header.title))];
    let mut add = |key: &str, value: Option<Yaml>| entries.extend(value.map(|value| (key.to_owned(), value)));
    add("id", header.id.as_deref().map(verbatim));
    add("name", header.name.as_deref().map(text));
    add("related", related(&header.related));
    add("taxonomy", header.taxonomy.as_deref().map(text));
    add("status", header.status.map(|status| text(status.as_str())));
    add("description", header.description.as_deref().map(text));
    add("license", header.license.as_deref().map(text));
    add("references", texts(&header.references));
    add("author", header.author.as_deref().map(text));
    add("date", header.date.as_deref().map(verbatim));
    add("modified", header.modified.as_deref().map(verbatim));
    add("tags", texts(&header.tags));
    add("scope", texts(&header.scope));
    entries
}

/// What stands after the detection.
fn tail(header: &Header) -> Entries {
    let fields = texts(&header.fields).map(|fields| ("fields".to_owned(), fields));
    let causes = texts(&header.false_positives).map(|causes| ("falsepositives".to_owned(), causes));
    let level = header.level.map(|level| ("level".to_owned(), text(level.as_str())));
    [fields, causes, level].into_iter().flatten().collect()
}

fn detection(detection: &Detection) -> Yaml {
    match detection {
        Detection::Items(entries) => Yaml::Map(items(entries)),
        Detection::OneOf(maps) => Yaml::List(maps.iter().map(|map| Yaml::Map(items(map))).collect()),
        Detection::Keywords(values) => Yaml::List(values.iter().map(value).collect()),
    }
}

fn items(items: &[Item]) -> Entries {
    let entry = |item: &Item| {
        let value = match item.values.as_slice() {
            [only] => value(only),
            several => Yaml::List(several.iter().map(value).collect()),
        };
        (item.key(), value)
    };
    items.iter().map(entry).collect()
}

fn value(value: &Value) -> Yaml {
    match value {
        Value::Null => verbatim("null"),
        Value::Boolean(boolean) => verbatim(&boolean.to_string()),
        Value::Number(number) => Yaml::Verbatim(number_text(*number)),
        Value::Text(text) => Yaml::Quoted(text.clone()),
    }
}

/// A number that has no integer's spelling unless it is one.
fn number_text(number: Number) -> String {
    let text = number.to_string();
    if number.is_integer() || text.contains('.') { text } else { text + ".0" }
}

fn correlation(correlation: &Correlation) -> Entries {
    let mut entries = vec![("type".to_owned(), text(correlation.kind.as_str()))];
    let mut add = |key: &str, value: Option<Yaml>| entries.extend(value.map(|value| (key.to_owned(), value)));
    add("rules", texts(&correlation.rules));
    add("group-by", texts(&correlation.group_by));
    add("timespan", Some(verbatim(&correlation.timespan)));
    let fields = |fields: &[(String, String)]| {
        Yaml::Map(fields.iter().map(|(rule, field)| (rule.clone(), text(field))).collect())
    };
    let aliases: Entries = correlation.aliases.iter().map(|(name, of)| (name.clone(), fields(of))).collect();
    add("aliases", (!aliases.is_empty()).then_some(Yaml::Map(aliases)));
    let field = match correlation.fields.as_slice() {
        [only] => Some(text(only)),
        several => texts(several),
    };
    let number = |(key, number): (&str, Number)| (key.to_owned(), Yaml::Verbatim(number_text(number)));
    let percentile = correlation.percentile.map(|percentile| ("percentile", percentile));
    let numbers = percentile.into_iter().chain(correlation.criteria.iter().copied()).map(number);
    let criteria: Entries =
        field.map(|field| ("field".to_owned(), field)).into_iter().chain(numbers).collect();
    add("condition", (!criteria.is_empty()).then_some(Yaml::Map(criteria)));
    add("condition", correlation.formula.as_ref().map(|formula| text(&formula.to_string())));
    entries
}

fn text(text: &str) -> Yaml {
    Yaml::Text(text.to_owned())
}

fn verbatim(text: &str) -> Yaml {
    Yaml::Verbatim(text.to_owned())
}

fn texts(texts: &[String]) -> Option<Yaml> {
    (!texts.is_empty()).then(|| Yaml::List(texts.iter().map(|line| text(line)).collect()))
}

fn related(rules: &[Related]) -> Option<Yaml> {
    let rule = |rule: &Related| {
        Yaml::Map(vec![("id".into(), text(&rule.id)), ("type".into(), text(rule.relation.as_str()))])
    };
    (!rules.is_empty()).then(|| Yaml::List(rules.iter().map(rule).collect()))
}

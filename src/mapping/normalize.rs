//! From a source's names to canonical ones.

use std::sync::Arc;

use super::{
    Class, Mapping,
    class_file::{Asked, LogSourceSpec},
};
use super::{identify::identify, native::first_table};
use crate::{
    diag::{Code, Diagnostic, Note, did_you_mean},
    ir::{
        Condition, Field, LogSource, Origin, Pattern, Pipeline, Predicate, Rule, Shape, Stage, Subject, Test,
    },
};

/// Rewrites a rule from its source's names and values to canonical ones, and its log source to an event class.
/// Sigma's names are the canonical ones, so what changes is the end of a path (`Image|endswith: '\cmd.exe'`), which
/// becomes a test of the derived field (`process_name`). A rule of another origin than a log source stays as it is.
///
/// # Errors
/// `unknown-event-class` if no class covers the log source; `invalid-mapping` if a file of the table is malformed.
pub fn normalize(rule: &Rule, mapping: &Mapping, notes: &mut Vec<Note>) -> Result<Rule, Diagnostic> {
    let log_source = match &rule.origin {
        Origin::LogSource(log_source) => log_source,
        Origin::Table(table) => return identify(rule, table, mapping, notes),
        Origin::External(external) if first_table(&rule.stages).is_some() => {
            let message = format!("rows kept outside (`{}`) come before those of a table", external.name);
            return Err(Diagnostic::new(Code::NoTelemetry, external.span, message)
                .help("only the product that keeps them can put them together so"));
        }
        _ => return Ok(rule.clone()),
    };
    let rows = mapping.log_source_rows()?;
    let Some(row) = rows.iter().find(|row| row.covers(log_source)) else {
        return Err(unknown(log_source, rows));
    };
    let class = mapping.class(&row.class)?;
    let mut stages = Vec::with_capacity(rule.stages.len());
    for stage in &rule.stages {
        stages.push(match stage {
            Stage::Union(others, span) => Stage::Union(normalized(others, rule, mapping, notes)?, *span),
            other => split_paths_of(other, class, log_source),
        });
    }
    Ok(Rule {
        metadata: rule.metadata.clone(),
        look_back: rule.look_back,
        origin: Origin::Class { class: class.name.clone(), log_source: log_source.clone() },
        stages,
        span: rule.span,
        notes: rule.notes.clone(),
    })
}

/// Other pipelines of a rule, each with its own log source.
fn normalized(
    others: &[Pipeline],
    rule: &Rule,
    mapping: &Mapping,
    notes: &mut Vec<Note>,
) -> Result<Vec<Pipeline>, Diagnostic> {
    let each = |other: &Pipeline| {
        let alone = Rule {
            metadata: rule.metadata.clone(),
            origin: other.origin.clone(),
            stages: other.stages.clone(),
            look_back: other.look_back,
            notes: Vec::new(),
            span: rule.span,
        };
        let Rule { origin, stages, look_back, .. } = normalize(&alone, mapping, notes)?;
        Ok(Pipeline { origin, stages, look_back })
    };
    others.iter().map(each).collect()
}

/// The event class of a log source, if a mapping table covers it.
pub fn class_of<'m>(log_source: &LogSource, mapping: &'m Mapping) -> Option<&'m Class> {
    let row = mapping.log_source_rows().ok()?.iter().find(|row| row.covers(log_source))?;
    mapping.class(&row.class).ok()
}

impl LogSourceSpec {
    fn covers(&self, log_source: &LogSource) -> bool {
        self.category.fits(log_source.category.as_deref())
            && self.product.fits(log_source.product.as_deref())
            && self.service.fits(log_source.service.as_deref())
    }
}

/// What stands between path elements on the log source's systems.
pub(super) fn separator(log_source: &LogSource) -> char {
    if is_unix(log_source) { '/' } else { '\\' }
}

/// Whether the log source is of a Unix-like system.
pub(super) fn is_unix(log_source: &LogSource) -> bool {
    matches!(log_source.product.as_deref(), Some("linux" | "macos" | "unix"))
}

pub(super) fn split_paths_of(stage: &Stage, class: &Class, log_source: &LogSource) -> Stage {
    match stage {
        Stage::Filter(condition) => Stage::Filter(split_paths(condition, class, separator(log_source))),
        other => other.clone(),
    }
}

/// The condition with each test of a path's last element turned into a test of the field derived of it.
pub(super) fn split_paths(condition: &Condition, class: &Class, separator: char) -> Condition {
    match condition {
        Condition::Always => Condition::Always,
        Condition::Never => Condition::Never,
        Condition::Not(inner) => Condition::not(split_paths(inner, class, separator)),
        Condition::All(terms) => Condition::all(terms.iter().map(|term| split_paths(term, class, separator))),
        Condition::Any(terms) => Condition::any(terms.iter().map(|term| split_paths(term, class, separator))),
        Condition::Is(predicate) => {
            Condition::Is(last_element(predicate, class, separator).unwrap_or_else(|| predicate.clone()))
        }
    }
}

/// The test of the derived field, for a test that the path ends with a separator and one whole element.
fn last_element(predicate: &Predicate, class: &Class, separator: char) -> Option<Predicate> {
    let derived = class.file_names.get(&predicate.field()?.name)?;
    let Test::Text(pattern, case) = &predicate.test else { return None };
    let Shape::EndsWith(end) = pattern.shape() else { return None };
    let name = end.strip_prefix(separator).filter(|name| !name.is_empty() && !name.contains(['\\', '/']))?;
    Some(Predicate {
        subject: Subject::Field(Field::new(derived.clone())),
        test: Test::Text(Pattern::exact(name), *case),
        span: predicate.span,
    })
}

fn unknown(log_source: &LogSource, rows: &[LogSourceSpec]) -> Diagnostic {
    let message = format!("no mapping table covers the log source {log_source} (product/category/service)");
    let nearest = |part: &Option<Arc<str>>, of: fn(&LogSourceSpec) -> &Asked| {
        let known = || rows.iter().filter_map(move |row| of(row).name());
        let part = part.as_deref().filter(|part| known().all(|name| name != *part))?;
        did_you_mean(part, known()).map(str::to_owned)
    };
    let help = if let Some(category) = nearest(&log_source.category, |row| &row.category) {
        format!("there is a category `{category}`")
    } else if let Some(service) = nearest(&log_source.service, |row| &row.service) {
        format!("there is a service `{service}`")
    } else if let Some(product) = nearest(&log_source.product, |row| &row.product) {
        format!("there is a product `{product}`")
    } else {
        "`rulec fields` lists what is covered, `--mappings DIR` adds to it, `--no-mapping` converts the logic alone"
            .to_owned()
    };
    Diagnostic::new(Code::UnknownEventClass, log_source.span, message).help(help)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mapping::fixture::{is, mapping, rule, show_condition};

    fn normal(from: &str, condition: Condition) -> String {
        let rule = normalize(&rule(from, condition), &mapping(), &mut Vec::new()).unwrap();
        let Stage::Filter(condition) = &rule.stages[0] else { unreachable!() };
        show_condition(condition)
    }

    #[test]
    fn the_end_of_a_path_becomes_the_derived_field() {
        let windows = "windows/process_creation/-";
        assert_eq!(normal(windows, is("Image", Test::ends_with(r"\cmd.exe"))), "process_name=cmd.exe");
        assert_eq!(normal(windows, is("Image", Test::ends_with("cmd.exe"))), "Image=*cmd.exe");
        assert_eq!(normal(windows, is("Image", Test::ends_with(r"\a\cmd.exe"))), r"Image=*\a\cmd.exe");
        assert_eq!(normal(windows, is("Image", Test::ends_with("/sh"))), "Image=*/sh");
        assert_eq!(
            normal("linux/process_creation/-", is("Image", Test::ends_with("/sh"))),
            "process_name=sh"
        );
        let negated = Condition::not(is("Image", Test::ends_with(r"\cmd.exe")));
        assert_eq!(normal(windows, negated), "not process_name=cmd.exe");
    }

    #[test]
    fn an_unknown_log_source_is_named_with_the_nearest_known() {
        let error =
            normalize(&rule("windows/process_creatoin/-", Condition::Always), &mapping(), &mut Vec::new())
                .unwrap_err();
        assert_eq!(error.code, Code::UnknownEventClass);
        assert_eq!(
            error.message,
            "no mapping table covers the log source windows/process_creatoin/- (product/category/service)"
        );
        assert_eq!(error.help.as_deref(), Some("there is a category `process_creation`"));
        assert_eq!(error.span, Some(crate::diag::Span::new(1, 2)));
    }
}

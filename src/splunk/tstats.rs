//! `tstats` over data models: the events that a dataset holds, counted by the fields that the rule tests.
//!
//! Facts this rests on (Splunk's "tstats", "Accelerate data models", and the Common Information Model's fields):
//! * With `summariesonly=false` events that are not summarized yet are read as well, so that none is missed.
//! * A row whose `BY` field is null is left out, unless `fillnull_value` gives it a value. The models themselves
//!   write `unknown` into most fields that an event lacks; null fields get the same word.
//! * `WHERE` takes search terms with wildcards, `IN`, `AND`, `OR` and `NOT`, and no functions.

use super::{
    ast::{Command, Search, Tstats},
    split,
    write::filter,
};
use crate::{
    diag::{Code, Diagnostic, Note},
    ir::{Condition, Expression, Field, Origin, Predicate, Rule, Stage, Subject, Test},
};

/// What the data models write for a value that an event lacks.
pub(super) const UNKNOWN: &str = "unknown";

/// The field that every row of every index has.
pub(super) const TIME: &str = "_time";

/// The field of every dataset that says whom an event is about.
const WHOM: &str = "dest";

/// The data model and dataset of a rule that is about one: `Endpoint` and `Processes`.
pub(super) fn dataset_of(rule: &Rule) -> Option<(&str, &str)> {
    let Origin::Dataset(dataset) = &rule.origin else { return None };
    dataset.names.first()?.split_once('.')
}

/// Writes the first filter of a rule. What `tstats` cannot say goes to `commands`.
///
/// # Errors
/// A keyword: a data model holds fields, and not the events' text.
pub(super) fn write(
    rule: &Rule,
    (model, dataset): (&str, &str),
    condition: &Condition,
    commands: &mut Vec<Command>,
    notes: &mut Vec<Note>,
) -> Result<Tstats, Diagnostic> {
    if let Some(keyword) = condition.predicates().iter().find(|it| it.subject == Subject::Anywhere) {
        let message = format!("data model {model} holds no text to search for keywords");
        return Err(Diagnostic::new(Code::Unsupported, keyword.span, message));
    }
    commands.push(Command::Unprefix(dataset.to_owned()));
    let by = fields_of(rule);
    let filter = prefixed(filter(condition, says, notes, commands), dataset);
    Ok(Tstats {
        model: model.to_owned(),
        dataset: dataset.to_owned(),
        filter,
        by: by.iter().map(|field| prefixed_name(field, dataset)).collect(),
    })
}

/// As for a search, but networks and orders are left to `where`: the vendor documents them for raw events only.
fn says(predicate: &Predicate) -> bool {
    split::is_searchable(predicate) && !matches!(predicate.test, Test::Cidr(_) | Test::Boolean(_))
}

/// The fields that the rule's stages read, in their order, after the one that says whom an event is about.
fn fields_of(rule: &Rule) -> Vec<&str> {
    let mut fields = vec![WHOM];
    let mut computed: Vec<&Field> = Vec::new();
    for stage in &rule.stages {
        match stage {
            Stage::Filter(condition) => {
                let read = condition.predicates();
                for predicate in read {
                    fields.extend(predicate.field().filter(|it| !computed.contains(it)).map(|it| &*it.name));
                    if let Test::FieldRef(_, other, _) = &predicate.test {
                        fields.push(&other.name);
                    }
                }
            }
            Stage::Extend(field, expression) => {
                computed.push(field);
                if let Expression::Join { fields: parts, .. } = expression {
                    fields.extend(parts.iter().map(|part| &*part.name));
                }
            }
        }
    }
    let mut seen = std::collections::HashSet::new();
    fields.retain(|field| seen.insert(*field));
    fields
}

/// The search with the dataset's prefix before every field.
fn prefixed(search: Search, dataset: &str) -> Search {
    let name = |field: String| prefixed_name(&field, dataset);
    let each = |terms: Vec<Search>| terms.into_iter().map(|term| prefixed(term, dataset)).collect();
    match search {
        Search::And(terms) => Search::And(each(terms)),
        Search::Or(terms) => Search::Or(each(terms)),
        Search::Not(inner) => Search::Not(Box::new(prefixed(*inner, dataset))),
        Search::Present(field) => Search::Present(name(field)),
        Search::Equals(field, value) => Search::Equals(name(field), value),
        Search::In(field, values) => Search::In(name(field), values),
        Search::Compare(field, symbol, number) => Search::Compare(name(field), symbol, number),
        other @ (Search::Everything | Search::Keyword(_) | Search::Macro(_)) => other,
    }
}

/// Time is of no dataset.
fn prefixed_name(field: &str, dataset: &str) -> String {
    if field == TIME { field.to_owned() } else { format!("{dataset}.{field}") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        diag::Span,
        ir::{Case, Dataset, FieldRelation, LogSource, Metadata, Regex, RegexFlags},
        splunk::{print, write},
    };

    fn is(field: &str, test: Test) -> Condition {
        Condition::is(Predicate::new(Field::new(field), test, Span::default()))
    }

    fn written(stages: Vec<Stage>) -> Result<String, String> {
        let dataset = Dataset { names: vec!["Web.Web".into()], ..Dataset::default() };
        let rule = Rule {
            metadata: Metadata { log_source: LogSource::default(), ..Metadata::default() }.into(),
            origin: Origin::Dataset(dataset),
            stages,
            span: Span::default(),
        };
        write(&rule, &mut Vec::new()).map(|query| print(&query)).map_err(|error| error.message)
    }

    fn clauses(condition: Condition) -> String {
        let query = written(vec![Stage::Filter(condition)]).unwrap();
        let (_, clauses) = query.split_once("datamodel=Web.Web\n").unwrap();
        clauses.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn fields_have_the_datasets_prefix_until_they_lose_it() {
        assert_eq!(
            clauses(Condition::all([is("url", Test::contains("x")), is("status", Test::number(404))])),
            "WHERE Web.url=\"*x*\" Web.status=404 BY Web.dest Web.url Web.status | rename Web.* AS *"
        );
    }

    #[test]
    fn what_the_command_cannot_say_is_tested_on_the_rows() {
        let regex = Test::Regex(Regex::parse("a.c", RegexFlags::default()).unwrap());
        assert_eq!(
            clauses(is("url", regex)),
            "WHERE Web.url=* BY Web.dest Web.url | rename Web.* AS * | where match(url, \"a.c\")"
        );
        let network = Test::Cidr("10.0.0.0/8".parse().unwrap());
        assert_eq!(
            clauses(is("src", network)),
            "WHERE Web.src=* BY Web.dest Web.src | rename Web.* AS * | where cidrmatch(\"10.0.0.0/8\", src)"
        );
    }

    #[test]
    fn every_field_that_a_later_command_reads_is_grouped_by() {
        let same = Test::FieldRef(FieldRelation::Equals, Field::new("dest_ip"), Case::Insensitive);
        assert!(clauses(is("src_ip", same)).contains("BY Web.dest Web.src_ip Web.dest_ip |"));
        let parts = vec![Field::new("uri_path"), Field::new("uri_query")];
        let join = Expression::Join { fields: parts, separator: "?".into() };
        let uri = Field::new("uri");
        let query = written(vec![
            Stage::Filter(is("http_method", Test::text("GET"))),
            Stage::Extend(uri.clone(), join),
            Stage::Filter(is("uri", Test::contains("x"))),
        ]);
        assert!(query.unwrap().contains("BY Web.dest Web.http_method Web.uri_path Web.uri_query\n"));
    }

    #[test]
    fn keywords_need_the_raw_events() {
        let keyword = Condition::is(Predicate::anywhere(Test::contains("x"), Span::default()));
        let error = written(vec![Stage::Filter(keyword)]).unwrap_err();
        assert_eq!(error, "data model Web holds no text to search for keywords");
    }
}

//! `tstats` over data models: the events that a dataset holds, counted by the fields that the rule tests.
//!
//! What this rests on:
//! * `summariesonly=false`, the default, reads events that are not summarized yet, or whose summary is older than the
//!   model's definition, from the indices ("tstats", arguments `summariesonly` and `allow_old_summaries`). So a model
//!   that is not accelerated answers too, and none is missed.
//! * A row whose `BY` field is null is left out, unless `fillnull_value` gives it a value ("tstats", since Splunk 8.0).
//!   The models themselves write `unknown` into most fields that an event lacks ("Common Information Model add-on",
//!   calculated fields); null fields get the same word, which the rule's condition tells from values already.
//! * `BY` makes a row of each value of a field that holds several.
//! * `WHERE` takes a search expression with the quotes, wildcards, `IN` and `NOT` of `search` ("tstats", syntax), on
//!   the fields of whole events, also those of several values. As in every search, case does not count unless a
//!   directive asks for it (Search Manual, on matching phrases with `CASE()` and `TERM()`). Splunk's own detections
//!   write paths as `Processes.process_path="*\\Temp\\*"`.
//! * A field has the name of its root dataset before it, also in the datasets below, whose own fields have the whole
//!   path: `All_Changes.user`, `All_Changes.Account_Management.src_user`. Their events are those of a `nodename`.

use super::{
    ast::{Command, Search, Tstats},
    pipeline::{Source, looking_back, test_later},
    reads,
    scope::Scope,
    split::{self, Start},
    write::{after, after_macro, search},
};
use crate::{
    diag::{Code, Diagnostic, Effect, Note},
    ir::{Condition, ExtractPart, Field, Origin, Stage, Subject},
};

/// What the data models write for a value that an event lacks.
pub(super) const UNKNOWN: &str = "unknown";

/// The field that every row of every index has.
pub(super) const TIME: &str = "_time";

/// The fields of every index, which are of no dataset.
const OF_NO_DATASET: [&str; 5] = [TIME, "host", "index", "source", "sourcetype"];

/// A dataset of a data model, as a mapping names it: `Endpoint.Processes`,
/// `Change.All_Changes.Account_Management`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place<'a> {
    model: &'a str,
    /// The dataset with those above it, below the model.
    path: &'a str,
}

impl<'a> Place<'a> {
    /// Where a rule's events are, if that is a data model.
    pub(super) fn of(origin: &'a Origin) -> Option<Self> {
        let Origin::Dataset(dataset) = origin else { return None };
        let (model, path) = dataset.names.first()?.split_once('.')?;
        Some(Self { model, path })
    }

    fn root(self) -> &'a str {
        self.path.split('.').next().unwrap_or(self.path)
    }

    /// The search for the events of the dataset only, if it is not the root.
    fn within(self, search: Search) -> Search {
        if self.root() == self.path {
            return search;
        }
        after(Search::Compare("nodename".to_owned(), "=", self.path.to_owned()), search)
    }
}

/// Writes the first filter of a rule. What `tstats` cannot say goes to `commands`.
///
/// # Errors
/// A keyword: a data model holds fields, and not the events' text. A stage that counts or orders events: the rows are
/// counts of them.
pub(super) fn write(
    source: Source<'_>,
    place: Place<'_>,
    condition: &Condition,
    commands: &mut Vec<Command>,
    scope: &mut Scope<'_>,
) -> Result<Tstats, Diagnostic> {
    if let Some(stage) = source.stages.iter().find(|stage| !is_of_rows(stage)) {
        let message =
            format!("`{}` needs events, and data model {} gives counts of them", stage.name(), place.model);
        return Err(Diagnostic::new(Code::Unsupported, stage.span().unwrap_or(scope.span), message));
    }
    if let Some(keyword) = condition.predicates().iter().find(|it| it.subject == Subject::Anywhere) {
        let message = format!("data model {} holds no text to search for keywords", place.model);
        return Err(Diagnostic::new(Code::Unsupported, keyword.span, message));
    }
    let (base, rest) = split::split(condition, Start::Tstats);
    commands.push(Command::Unprefix(place.root().to_owned()));
    note_lists(&rest, scope.notes);
    test_later(&rest, scope, commands)?;
    let filter = looking_back(place.within(prefixed(search(&base), place.root())), source.look_back);
    Ok(Tstats {
        model: place.model.to_owned(),
        dataset: place.root().to_owned(),
        filter: after_macro(source.origin, filter),
        by: fields_of(source).iter().map(|field| prefixed_name(field, place.root())).collect(),
    })
}

/// A row has one value of a field of several. A negation is true of some row where it is false of the event, and two
/// tests may be true of different rows.
fn note_lists(rest: &Condition, notes: &mut Vec<Note>) {
    let mut seen: Vec<&Field> = Vec::new();
    for predicate in rest.predicates() {
        let Some(field) = predicate.field().filter(|field| field.multivalued && !seen.contains(field)) else {
            continue;
        };
        seen.push(field);
        let mut negated = false;
        rest.visit(true, &mut |other, positive| negated |= !positive && other.field() == Some(field));
        let effect = match (negated, is_conjoined(rest, field)) {
            (true, true) => Effect::Either,
            (true, false) => Effect::More,
            (false, true) => Effect::Less,
            (false, false) => continue,
        };
        let message = format!("values of `{field}` are tested one by one where an event has several");
        notes.push(Note::new(Code::ListValued, effect, predicate.span, message));
    }
}

/// Whether more than one term of a conjunction is about a field.
fn is_conjoined(condition: &Condition, field: &Field) -> bool {
    let is_about = |term: &&Condition| term.predicates().iter().any(|it| it.field() == Some(field));
    match condition {
        Condition::All(terms) => {
            terms.iter().filter(is_about).count() > 1 || terms.iter().any(|term| is_conjoined(term, field))
        }
        Condition::Any(terms) => terms.iter().any(|term| is_conjoined(term, field)),
        Condition::Not(inner) => is_conjoined(inner, field),
        Condition::Is(_) | Condition::Always | Condition::Never => false,
    }
}

/// Whether a stage does the same to the rows of a group as to each of its events.
fn is_of_rows(stage: &Stage) -> bool {
    match stage {
        Stage::Filter(_)
        | Stage::Extend(..)
        | Stage::Project(_)
        | Stage::Drop(..)
        | Stage::Rename(..)
        | Stage::Sort(..)
        | Stage::Expand(_)
        | Stage::Extract(_)
        | Stage::Unread(_) => true,
        Stage::Summarize(_)
        | Stage::Slide(_)
        | Stage::Chain(_)
        | Stage::Pick(_)
        | Stage::Limit(..)
        | Stage::Join(_)
        | Stage::Union(..) => false,
    }
}

/// The fields that every result shows, and those that the rule's stages read, in their order. There always is one:
/// without a group `tstats` returns a row even if no event matches.
fn fields_of(source: Source<'_>) -> Vec<&str> {
    let mut fields: Vec<&str> = match source.origin {
        Origin::Dataset(dataset) => dataset.shown.iter().map(|field| &**field).collect(),
        Origin::LogSource(_)
        | Origin::Class { .. }
        | Origin::Table(_)
        | Origin::External(_)
        | Origin::Unmapped => Vec::new(),
    };
    let mut computed: Vec<&Field> = Vec::new();
    for stage in source.stages {
        let read = reads::of_stage(stage);
        fields.extend(read.into_iter().filter(|field| !computed.contains(field)).map(|field| &*field.name));
        match stage {
            Stage::Extend(field, _) => computed.push(field),
            Stage::Project(project) => computed.extend(project.columns.iter().map(|(name, _)| name)),
            Stage::Rename(pairs, _) => computed.extend(pairs.iter().map(|(new, _)| new)),
            Stage::Expand(expand) => computed.extend(std::iter::once(&expand.output).chain(&expand.index)),
            Stage::Extract(extract) => computed.extend(extract.parts.iter().filter_map(|part| match part {
                ExtractPart::Column(field) => Some(field),
                ExtractPart::Skip | ExtractPart::Literal(_) => None,
            })),
            _ => {}
        }
    }
    let mut seen = std::collections::HashSet::new();
    fields.retain(|field| seen.insert(*field));
    if fields.is_empty() {
        fields.push(TIME);
    }
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
        Search::Call(name_of, field) => Search::Call(name_of, name(field)),
        other @ (Search::Everything | Search::Keyword(_) | Search::Macro(_) | Search::Subsearch(_)) => other,
    }
}

fn prefixed_name(field: &str, dataset: &str) -> String {
    if OF_NO_DATASET.contains(&field) { field.to_owned() } else { format!("{dataset}.{field}") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        diag::Span,
        ir::{
            Case, Comparison, Dataset, Expression, FieldRelation, Metadata, Predicate, Regex, RegexFlags,
            Rule, Test,
        },
        splunk::{print, write},
    };

    fn is(field: &str, test: Test) -> Condition {
        Condition::is(Predicate::new(Field::new(field), test, Span::default()))
    }

    fn list(field: &str, source: &str) -> Condition {
        let field = Field { multivalued: true, ..Field::new(field) };
        Condition::is(Predicate::new(field, regex(source), Span::default()))
    }

    fn regex(source: &str) -> Test {
        Test::Regex(Regex::parse(source, RegexFlags::default()).unwrap())
    }

    fn on(dataset: Dataset, stages: Vec<Stage>) -> Result<(String, Vec<Note>), String> {
        let rule = Rule {
            look_back: None,
            metadata: Metadata::default().into(),
            origin: Origin::Dataset(dataset),
            stages,
            span: Span::default(),
            notes: Vec::new(),
        };
        let mut notes = Vec::new();
        let query = write(&rule, &mut notes).map_err(|error| error.message)?;
        Ok((print(&query), notes))
    }

    fn web() -> Dataset {
        Dataset { names: vec!["Web.Web".into()], ..Dataset::default() }
    }

    /// What stands after the data model, on one line.
    fn clauses(condition: Condition) -> String {
        let (query, _) = on(web(), vec![Stage::Filter(condition)]).unwrap();
        let (_, clauses) = query.split_once("datamodel=Web.Web\n").unwrap();
        clauses.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    fn effects(condition: Condition) -> Vec<Effect> {
        let (_, notes) = on(web(), vec![Stage::Filter(condition)]).unwrap();
        let lists = notes.iter().filter(|note| note.code == Code::ListValued);
        lists.map(|note| note.effect).collect()
    }

    #[test]
    fn events_without_a_summary_or_a_field_are_counted_too() {
        let (query, _) = on(web(), vec![Stage::Filter(is("url", Test::contains("x")))]).unwrap();
        assert!(query.starts_with("| tstats summariesonly=false fillnull_value=\"unknown\"\n"), "{query}");
    }

    #[test]
    fn fields_have_the_datasets_prefix_until_they_lose_it() {
        assert_eq!(
            clauses(Condition::all([is("url", Test::contains("x")), is("status", Test::number(404))])),
            "WHERE Web.url=\"*x*\" Web.status=404 BY Web.url Web.status | rename Web.* AS *"
        );
    }

    #[test]
    fn fields_of_every_index_have_no_prefix() {
        assert_eq!(
            clauses(is("sourcetype", Test::text("x"))),
            "WHERE sourcetype=\"x\" BY sourcetype | rename Web.* AS *"
        );
    }

    #[test]
    fn alternatives_may_stand_alone_after_where() {
        assert_eq!(
            clauses(Condition::any([is("url", Test::contains("x")), is("user", Test::text("y"))])),
            "WHERE Web.url=\"*x*\" OR Web.user=\"y\" BY Web.url Web.user | rename Web.* AS *"
        );
    }

    #[test]
    fn what_the_command_cannot_say_is_tested_on_the_rows() {
        assert_eq!(
            clauses(is("url", regex("a.c"))),
            "WHERE Web.url=* BY Web.url | rename Web.* AS * | where match(url, \"a.c\")"
        );
        let network = Test::Cidr("10.0.0.0/8".parse().unwrap());
        assert_eq!(
            clauses(is("src", network)),
            "WHERE Web.src=* BY Web.src | rename Web.* AS * | where cidrmatch(\"10.0.0.0/8\", src)"
        );
    }

    #[test]
    fn an_order_is_tested_on_the_rows_alone() {
        assert_eq!(
            clauses(is("bytes", Test::Number(Comparison::Greater, 5.into()))),
            "WHERE Web.bytes=* BY Web.bytes | rename Web.* AS * | where tonumber(bytes)>5"
        );
    }

    #[test]
    fn every_field_that_a_later_command_reads_is_grouped_by() {
        let same = Test::FieldRef(FieldRelation::Equals, Field::new("dest_ip"), Case::Insensitive);
        assert!(clauses(is("src_ip", same)).contains("BY Web.src_ip Web.dest_ip |"));
        let parts = vec![Field::new("uri_path"), Field::new("uri_query")];
        let join = Expression::Join { fields: parts, separator: "?".into() };
        let uri = Field::new("uri");
        let stages = vec![
            Stage::Filter(is("http_method", Test::text("GET"))),
            Stage::Extend(uri.clone(), join),
            Stage::Filter(is("uri", Test::contains("x"))),
        ];
        let (query, _) = on(web(), stages).unwrap();
        assert!(query.contains("BY Web.http_method Web.uri_path Web.uri_query\n"), "{query}");
    }

    #[test]
    fn shown_fields_come_first_and_stand_once() {
        let dataset = Dataset { shown: vec!["dest".into(), "url".into()], ..web() };
        let (query, _) = on(dataset, vec![Stage::Filter(is("url", Test::contains("x")))]).unwrap();
        assert!(query.contains("BY Web.dest Web.url\n"), "{query}");
    }

    #[test]
    fn rows_are_always_grouped() {
        assert_eq!(clauses(Condition::Always), "BY _time span=1s | rename Web.* AS *");
    }

    #[test]
    fn a_span_of_time_stands_after_the_last_field() {
        let dataset = Dataset { shown: vec!["_time".into()], ..web() };
        let (query, _) = on(dataset, vec![Stage::Filter(is("url", Test::contains("x")))]).unwrap();
        assert!(query.contains("BY _time Web.url span=1s\n"), "{query}");
    }

    #[test]
    fn many_fields_take_several_lines() {
        let shown = (0..12).map(|index| format!("some_long_field_{index}").into()).collect();
        let (query, _) = on(Dataset { shown, ..web() }, vec![]).unwrap();
        assert!(query.lines().all(|line| line.len() <= 110), "{query}");
        assert!(query.contains("some_long_field_3\n        Web.some_long_field_4 "), "{query}");
    }

    #[test]
    fn a_dataset_below_the_root_is_a_node_of_it() {
        let dataset = Dataset { names: vec!["Change.All_Changes.Account_Management".into()], ..web() };
        let condition = is("Account_Management.src_user", Test::text("x"));
        let (query, _) = on(dataset, vec![Stage::Filter(condition)]).unwrap();
        let expected = "    FROM datamodel=Change.All_Changes\n    WHERE nodename=All_Changes.Account_Management\n        \
            All_Changes.Account_Management.src_user=\"x\"\n    BY All_Changes.Account_Management.src_user\n\
            | rename All_Changes.* AS *";
        assert!(query.ends_with(expected), "{query}");
    }

    #[test]
    fn a_users_macro_narrows_the_events() {
        let dataset = Dataset { search_macro: Some("mine".into()), ..web() };
        let (query, _) = on(dataset, vec![Stage::Filter(is("url", Test::contains("x")))]).unwrap();
        assert!(query.contains("WHERE `mine`\n        Web.url=\"*x*\"\n"), "{query}");
    }

    #[test]
    fn values_of_a_list_are_tested_one_by_one() {
        assert_eq!(effects(list("query", "a.c")), []);
        assert_eq!(effects(Condition::any([list("query", "a.c"), list("query", "b.d")])), []);
        assert_eq!(effects(Condition::not(list("query", "a.c"))), [Effect::More]);
        assert_eq!(effects(Condition::all([list("query", "a.c"), list("query", "b.d")])), [Effect::Less]);
        let both = Condition::all([list("query", "a.c"), Condition::not(list("query", "b.d"))]);
        assert_eq!(effects(both), [Effect::Either]);
    }

    #[test]
    fn keywords_need_the_raw_events() {
        let keyword = Condition::is(Predicate::anywhere(Test::contains("x"), Span::default()));
        let error = on(web(), vec![Stage::Filter(keyword)]).unwrap_err();
        assert_eq!(error, "data model Web holds no text to search for keywords");
    }
}

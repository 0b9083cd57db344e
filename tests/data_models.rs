//! Rules for a data model, and what becomes of those that it cannot answer.

mod support;

use rulec::{
    Conversion, Options,
    diag::{Fidelity, Policy},
    mapping::Mapping,
};

const LOG_SOURCES: &str = "[{category: process_creation, class: process_creation}]";

const CLASS: &str = r#"
title: Process creation
schemas:
  cim: [{table: Endpoint.Processes}]
  splunk_ta: [{product: windows, where: {EventCode: 1}}]
fields:
  Computer:    {cim: dest, splunk_ta: Computer}
  Image:       {cim: process_path, splunk_ta: Image}
  CommandLine: {cim: process, splunk_ta: CommandLine}
  Company:     {cim: {none: "the data model has no company"}, splunk_ta: Company}
  Nearly:      {cim: {column: process_name, approximate: "nearly the same", effect: more}, splunk_ta: Nearly}
  Less:        {cim: {column: process_name, approximate: "not all of them", effect: less}, splunk_ta: Less}
  Nowhere:     {cim: {none: "the data model has no such field"}, splunk_ta: {none: "nor has Sysmon"}}
"#;

const CIM: &str = "
title: CIM
missing: unknown
shown: [Computer]
tables:
  Endpoint.Processes: {dest: string, process: string, process_path: string, process_name: string}
";

fn table() -> Mapping {
    Mapping::from_parts([
        ("logsources.yml", LOG_SOURCES),
        ("process_creation.yml", CLASS),
        ("schemas/cim.yml", CIM),
        ("schemas/splunk_ta.yml", "{title: Add-ons, open: true, constants: insensitive}"),
    ])
}

/// The conversion of a rule of one selection for the data models.
fn convert(selection: &str, policy: Policy) -> Conversion {
    converted(selection, "", &Options { mapping: Some(&table()), policy, ..Options::default() })
}

fn converted(selection: &str, more: &str, options: &Options<'_>) -> Conversion {
    let text = format!(
        "title: T\n{more}logsource: {{category: process_creation, product: windows}}\n\
         detection:\n  selection:\n    {selection}\n  condition: selection\n"
    );
    let conversions = support::convert_text(&text, options);
    conversions.into_iter().rfind(|it| it.target.group == "spl").expect("a conversion")
}

fn codes(conversion: &Conversion) -> Vec<&str> {
    conversion.notes.iter().map(|note| note.code.as_str()).collect()
}

#[test]
fn a_rule_of_the_data_models_fields_is_a_tstats_search() {
    let conversion = convert(r"CommandLine|contains: ' /c '", Policy::Strict);
    let query = conversion.query.expect("a query");
    assert_eq!(conversion.fidelity, Fidelity::Exact);
    assert!(
        query.contains("FROM datamodel=Endpoint.Processes\n    WHERE Processes.process=\"* /c *\"\n"),
        "{query}"
    );
}

#[test]
fn the_fields_that_a_rule_wants_shown_are_counted_by() {
    let options = Options { mapping: Some(&table()), ..Options::default() };
    let fields = "fields: [Image, Company, Unheard]\n";
    let conversion = converted("CommandLine: x", fields, &options);
    let query = conversion.query.expect("a query");
    assert!(query.contains("BY Processes.dest Processes.process_path Processes.process\n"), "{query}");
}

#[test]
fn a_field_that_the_data_model_lacks_leads_to_a_raw_search_which_is_exact() {
    let conversion = convert("Company: x", Policy::Strict);
    assert_eq!(conversion.query.as_deref(), Some("EventCode=1\nCompany=\"x\""));
    assert_eq!(conversion.fidelity, Fidelity::Exact);
    assert_eq!(
        conversion.notes[0].message,
        "raw events are searched: field `Company` of event class process_creation has no place in schema cim"
    );
    assert_eq!(codes(&conversion), ["raw-search"]);
}

#[test]
fn a_keyword_leads_to_a_raw_search() {
    let text = "title: T\nlogsource: {category: process_creation, product: windows}\n\
                detection: {k: [foo], condition: k}\n";
    let table = table();
    let options = Options { mapping: Some(&table), ..Options::default() };
    let conversions = support::convert_text(text, &options);
    let conversion = conversions.iter().find(|it| it.target.name == "splunk-cim").expect("a conversion");
    assert_eq!(conversion.query.as_deref(), Some("EventCode=1\n\"*foo*\""));
    assert_eq!(codes(conversion), ["raw-search"]);
}

#[test]
fn a_data_model_that_holds_less_leads_to_a_raw_search() {
    let conversion = convert("Less: x", Policy::NoNarrowing);
    assert_eq!(conversion.query.as_deref(), Some("EventCode=1\nLess=\"x\""));
    assert_eq!(conversion.fidelity, Fidelity::Exact);
    let permitted = convert("Less: x", Policy::AllowNarrowing);
    assert!(permitted.query.expect("a query").starts_with("| tstats"));
}

#[test]
fn an_approximation_stands_unless_all_are_refused() {
    let conversion = convert("Nearly: x", Policy::NoNarrowing);
    assert!(conversion.query.expect("a query").starts_with("| tstats"));
    let strict = convert("Nearly: x", Policy::Strict);
    assert_eq!(strict.query.as_deref(), Some("EventCode=1\nNearly=\"x\""));
}

#[test]
fn what_neither_has_fails_with_both_reasons() {
    let error = convert("Nowhere: x", Policy::NoNarrowing).error.expect("an error");
    assert_eq!(
        error.message,
        "field `Nowhere` of event class process_creation has no place in schema splunk_ta"
    );
    assert_eq!(
        error.help.as_deref(),
        Some(
            "nor has Sysmon; schema cim was tried first: field `Nowhere` of event class process_creation has no place in schema cim"
        )
    );
}

#[test]
fn without_a_mapping_nothing_is_searched_instead() {
    let text = "title: T\nlogsource: {category: x}\ndetection: {s: {f: x}, condition: s}\n";
    let source = rulec::diag::Source::new("rule.yml", text);
    let readings = rulec::sigma::read(&source, &support::placeholders());
    let rule = readings[0].rule().expect("a rule");
    let target = rulec::target::find("splunk-cim").expect("a target");
    let options = Options { mapping: None, ..Options::default() };
    let conversion = rulec::convert(rule, &[target], &options).remove(0);
    assert_eq!(conversion.query.as_deref(), Some("f=\"x\""));
    assert!(conversion.notes.is_empty());
}

#[test]
fn a_missing_value_is_told_from_one() {
    let conversion = convert("Image: null", Policy::Strict);
    let query = conversion.query.expect("a query");
    assert!(
        query.contains("WHERE NOT Processes.process_path=*\n        OR Processes.process_path=\"unknown\"\n"),
        "{query}"
    );
}

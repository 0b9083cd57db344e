//! The arguments of `indicators`.

use clap::{Args, ValueEnum, builder::PossibleValuesParser};

use super::{InputArgs, JobArgs, MappingArgs, PlaceholderArgs};
use crate::catalog::{Kind, Query, Role};

/// Count what rules look for, across vendors.
///
/// Every rule is taken apart into what it tests: the field by its canonical name, how, and for which value. Each row says
/// how many rules test the same, each rule once, and of which vendors. A test counts for the event of its own branch and
/// join leg.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  rulec indicators rules                                       what is looked for most?
  rulec indicators rules --event DeviceNetworkEvents           in a table
  rulec indicators rules --event sysmon/1 --field CommandLine  in an event, one field
  rulec indicators rules --value rundll32 --min-rules 2        who looks for a value?
  rulec indicators rules --exclusions --event sysmon/3         what is left out?
  rulec indicators rules --format csv > indicators.csv")]
pub(in crate::cli) struct IndicatorsArgs {
    #[command(flatten)]
    pub(in crate::cli) input: InputArgs,

    /// Only tests about this event: a provider or table (`sysmon`, `DeviceEvents`), an event id or action type, or both
    /// with `/` between.
    #[arg(long, value_name = "EVENT")]
    event: Vec<String>,

    /// Only this field, by its canonical name.
    #[arg(long, value_name = "FIELD")]
    field: Vec<String>,

    /// Only values that hold this text, whatever its case.
    #[arg(long, value_name = "TEXT")]
    value: Vec<String>,

    /// Only this kind of test.
    #[arg(long, value_name = "KIND", value_delimiter = ',', value_parser = PossibleValuesParser::new(Kind::names()))]
    kind: Vec<String>,

    /// Only rules of this vendor count.
    #[arg(long, value_name = "VENDOR", value_delimiter = ',', value_parser = PossibleValuesParser::new(crate::read::VENDORS))]
    vendor: Vec<String>,

    /// Only what so many rules look for.
    #[arg(long, value_name = "N", default_value_t = 1)]
    min_rules: usize,

    /// So many rows at most.
    #[arg(long, value_name = "N")]
    limit: Option<usize>,

    /// What rules leave out, by a negation that every match has to pass, in place of what they look for.
    #[arg(long)]
    exclusions: bool,

    /// Tests of values that the rules compute, in place of those of events.
    #[arg(long, conflicts_with = "exclusions")]
    computed: bool,

    /// The form of the table.
    #[arg(long, value_enum, default_value_t = IndicatorFormat::Text, value_name = "FORMAT")]
    pub(in crate::cli) format: IndicatorFormat,

    #[command(flatten)]
    pub(in crate::cli) mapping: MappingArgs,

    #[command(flatten)]
    pub(in crate::cli) placeholders: PlaceholderArgs,

    #[command(flatten)]
    pub(in crate::cli) jobs: JobArgs,

    /// No errors of rules, progress or summary.
    #[arg(long, short)]
    pub(in crate::cli) quiet: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum IndicatorFormat {
    /// For people; as wide as the terminal.
    Text,
    /// For programs.
    Json,
    /// For spreadsheets.
    Csv,
    /// For documents.
    Markdown,
}

impl IndicatorsArgs {
    /// As the library takes it.
    pub(in crate::cli) fn query(&self) -> Query {
        let role = match (self.exclusions, self.computed) {
            (true, _) => Role::Exclusion,
            (_, true) => Role::Computed,
            _ => Role::Match,
        };
        Query {
            events: self.event.clone(),
            fields: self.field.clone(),
            values: self.value.clone(),
            kinds: self.kind.iter().filter_map(|name| Kind::parse(name)).collect(),
            vendors: self.vendor.clone(),
            roles: vec![role],
            min_rules: self.min_rules,
            limit: self.limit,
        }
    }
}

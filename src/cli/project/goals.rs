//! What rules are converted to: targets, with the options of each.

use super::{OptionSettings, TargetSettings};
use crate::{
    Conversion, Options, cli::args::Case, diag::Policy, elastic::lucene::CaseMode, ir::Rule,
    mapping::Mapping, target::Target,
};

/// Targets, those with the same options together.
pub(in crate::cli) struct Goals<'m> {
    groups: Vec<(OptionSettings, Options<'m>, Vec<&'static Target>)>,
    /// All of them, in the order asked for.
    pub(in crate::cli) targets: Vec<&'static Target>,
}

impl<'m> Goals<'m> {
    /// `table` is the mapping that conversions go through, if they do.
    pub(in crate::cli) fn new(wanted: &[TargetSettings], table: Option<&'m Mapping>) -> Self {
        let mut groups: Vec<(OptionSettings, Options<'m>, Vec<&'static Target>)> = Vec::new();
        for TargetSettings { target, options } in wanted {
            match groups.iter_mut().find(|(known, ..)| known == options) {
                Some((.., targets)) => targets.push(target),
                None => groups.push((*options, options.of_library(table), vec![target])),
            }
        }
        Self { groups, targets: wanted.iter().map(|wanted| wanted.target).collect() }
    }

    /// Converts a rule for each of the targets, in the order asked for.
    pub(in crate::cli) fn convert(&self, rule: &Rule) -> Vec<Conversion> {
        let mut conversions: Vec<Conversion> = self
            .groups
            .iter()
            .flat_map(|(_, options, targets)| crate::convert(rule, targets, options))
            .collect();
        if self.groups.len() > 1 {
            let place = |conversion: &Conversion| {
                self.targets.iter().position(|target| target.name == conversion.target.name)
            };
            conversions.sort_by_key(place);
        }
        conversions
    }

    /// Whether rules are to be read as far as they can be.
    pub(in crate::cli) fn has_partial(&self) -> bool {
        self.groups.iter().any(|(_, options, _)| options.partial)
    }
}

impl OptionSettings {
    /// As the library takes them.
    fn of_library(self, table: Option<&Mapping>) -> Options<'_> {
        let policy = match (self.strict, self.allow_narrowing) {
            (Some(true), _) => Policy::Strict,
            (_, Some(true)) => Policy::AllowNarrowing,
            _ => Policy::NoNarrowing,
        };
        let case = match self.case {
            Some(Case::AsIndexed) => CaseMode::AsIndexed,
            Some(Case::Exact) | None => CaseMode::Exact,
        };
        Options { mapping: table, policy, case, partial: self.partial.unwrap_or(false) }
    }
}

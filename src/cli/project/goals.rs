//! What rules are converted to: targets, with the options of each.

use std::collections::BTreeMap;

use super::{OptionSettings, TargetSettings};
use crate::{
    Conversion, Options, Window,
    cli::args::Case,
    diag::{Diagnostic, Fidelity, Policy},
    elastic::lucene::CaseMode,
    ir::Rule,
    mapping::Mapping,
    target::Target,
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

    /// A conversion for each target that failed for the same reason.
    pub(in crate::cli) fn failed(&self, error: &Diagnostic) -> Vec<Conversion> {
        let failed = |target: &&'static Target| Conversion {
            target,
            schema: None,
            local: None,
            fidelity: Fidelity::Failed,
            query: None,
            notes: Vec::new(),
            error: Some(error.clone()),
        };
        self.targets.iter().map(failed).collect()
    }

    /// The options of each target, by name.
    pub(in crate::cli) fn described(&self) -> BTreeMap<String, BTreeMap<String, String>> {
        let named = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
        let of_target = |(_, options, targets): &(_, Options<'_>, Vec<&'static Target>)| {
            let policy = match options.policy {
                Policy::Strict => "strict",
                Policy::NoNarrowing => "no narrowing",
                Policy::AllowNarrowing => "allow narrowing",
            };
            let case = if options.case == CaseMode::AsIndexed { "as-indexed" } else { "exact" };
            let described: BTreeMap<String, String> = [
                ("policy", policy),
                ("case", case),
                ("partial", if options.partial { "true" } else { "false" }),
                ("mapping", if options.mapping.is_some() { "true" } else { "false" }),
            ]
            .map(named)
            .into();
            targets.iter().map(|target| (target.name.to_owned(), described.clone())).collect::<Vec<_>>()
        };
        self.groups.iter().flat_map(of_target).collect()
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
        let window = self.window.map(Window::from).unwrap_or_default();
        Options { mapping: table, policy, case, partial: self.partial.unwrap_or(false), window }
    }
}

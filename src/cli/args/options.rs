//! How rules are converted.

use clap::ValueEnum;

use super::{Case, OptionArgs};
use crate::{Window, diag::Policy, elastic::lucene::CaseMode, mapping::Mapping};

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum WindowArg {
    Sliding,
    Tumbling,
}

impl From<WindowArg> for Window {
    fn from(arg: WindowArg) -> Self {
        match arg {
            WindowArg::Sliding => Self::Sliding,
            WindowArg::Tumbling => Self::Tumbling,
        }
    }
}

impl OptionArgs {
    /// As the library takes them.
    pub(in crate::cli) fn options<'m>(&self, table: &'m Mapping) -> crate::Options<'m> {
        let policy = match (self.strict, self.allow_narrowing) {
            (true, _) => Policy::Strict,
            (false, true) => Policy::AllowNarrowing,
            (false, false) => Policy::NoNarrowing,
        };
        let case = match self.case {
            Case::Exact => CaseMode::Exact,
            Case::AsIndexed => CaseMode::AsIndexed,
        };
        crate::Options {
            mapping: (!self.no_mapping).then_some(table),
            policy,
            case,
            partial: self.partial,
            window: self.window.into(),
        }
    }
}

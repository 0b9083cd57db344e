//! Lists that are kept outside of queries.

use crate::{diag::Diagnostic, ir::Test};

/// The refusal of a test, with what Elastic has for lists: value lists, which no query reads but exceptions of detection
/// rules do ("Create and manage value lists").
pub(super) fn refusal(refusal: Diagnostic, test: &Test) -> Diagnostic {
    let Test::Listed(list, _) = test else { return refusal };
    let hint = format!(
        "or, where the rule excludes what is listed, leave it out of the query and let an exception of the detection \
         rule read the value list `{}`",
        list.table.name
    );
    let help = refusal.help.as_ref().map_or_else(|| hint.clone(), |help| format!("{help}; {hint}"));
    refusal.help(help)
}

//! Arguments of envelopes.

use std::path::PathBuf;

use clap::Args;

#[derive(Debug, Args)]
pub(in crate::cli) struct WrapArgs {
    /// Place each query into a file that its product deploys: `analytic-rule`, `saved-search`, `detection-rule` and
    /// others, or a template of `--templates`. `list` shows which there are.
    #[arg(long = "as", value_name = "NAME")]
    pub(in crate::cli) envelope: Option<String>,

    /// A folder of handlebars templates, each an envelope by the file's name: `ticket.md.hbs` is `--as ticket`, and
    /// makes `.md` files. One that has the name of a built-in envelope takes its place.
    #[arg(long, value_name = "DIR", requires = "envelope")]
    pub(in crate::cli) templates: Option<PathBuf>,
}

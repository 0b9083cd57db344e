//! `rulec completions`: completion scripts for shells.

use std::io::{self, Write};

use clap::CommandFactory;

use super::{
    args::{Cli, CompletionsArgs},
    status::{Failure, Status},
};

pub(super) fn run(args: &CompletionsArgs) -> Result<Status, Failure> {
    // Into memory first: the generator panics where a write fails, as on a closed pipe.
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "rulec", &mut script);
    io::stdout().lock().write_all(&script)?;
    Ok(Status::Fine)
}

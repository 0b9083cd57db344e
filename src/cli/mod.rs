//! The command line: the only place that touches the world. One file per command; what they share stands in
//! `args` (what was asked), `input` (files to sources), `load` (a run's files, read and linked), `select` (which rules are asked for), `run` (many files, in parallel, in order), `report`
//! (results to text and JSON), `stream` (to standard output), `output` (to files) and `status` (how it went).

mod args;
mod catalog;
mod check;
mod completions;
mod convert;
mod corpus;
mod diff;
mod difference;
mod envelopes;
mod explain;
mod fields;
mod filtered;
mod fmt;
mod from;
mod indicators;
mod init;
mod input;
mod lists;
mod load;
mod man;
mod mappings;
mod output;
mod placeholders;
mod project;
mod report;
mod run;
mod select;
mod snapshot;
mod status;
mod stream;
mod taken;
mod targets;
mod test;
mod witness;

use std::process::ExitCode;

use clap::{CommandFactory, FromArgMatches};

use args::{Cli, Command};
use status::Status;

/// Runs the command that the process's arguments ask for.
///
/// Exit codes: 0 when all went well, 1 when a rule failed or had findings, 2 for wrong usage and for files that
/// cannot be read or written.
pub fn run() -> ExitCode {
    let parsed =
        Cli::command().try_get_matches().and_then(|matches| Ok((Cli::from_arg_matches(&matches)?, matches)));
    let (mut command, matches) = match parsed {
        Ok((cli, matches)) => (cli.command, matches),
        Err(error) => {
            // A closed pipe below `--help | head` is no failure.
            let _ = error.print();
            return Status::from_clap(&error).into();
        }
    };
    if let Command::Convert(args) = &command
        && args.wrap.envelope.as_deref() == Some(envelopes::LIST)
    {
        // It asks for nothing to convert.
        return status::conclude(envelopes::show()).into();
    }
    let result = project::complete(&mut command, &matches).and_then(|()| match command {
        Command::Convert(args) => convert::run(&args),
        Command::Check(args) => check::run(&args),
        Command::Explain(args) => explain::run(&args),
        Command::Targets(args) => targets::run(&args),
        Command::Fields(args) => fields::run(&args),
        Command::Catalog(args) => catalog::run(&args),
        Command::Indicators(args) => indicators::run(&args),
        Command::Fmt(args) => fmt::run(&args),
        Command::Test(args) => test::run(&args),
        Command::Witness(args) => witness::run(&args),
        Command::Init(args) => init::run(&args),
        Command::Snapshot(args) => snapshot::run(&args),
        Command::Diff(args) => diff::run(&args),
        Command::Completions(args) => completions::run(&args),
        Command::Man(args) => man::run(&args),
    });
    status::conclude(result).into()
}

//! How a run went: exit codes, and failures that end it.

use std::{
    io::{self, Write},
    process::ExitCode,
};

use crate::diag::render::terminal::Terminal;

/// How a run ended; the worst of its parts counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(super) enum Status {
    /// All went well.
    #[default]
    Fine,
    /// A rule failed, or had findings.
    Findings,
    /// Wrong usage, or something could not be read or written.
    Trouble,
}

impl Status {
    /// Of a run in which something could not be read or written, or only a rule failed or had findings.
    pub(super) fn of(trouble: bool, findings: bool) -> Self {
        match (trouble, findings) {
            (true, _) => Self::Trouble,
            (false, true) => Self::Findings,
            (false, false) => Self::Fine,
        }
    }

    /// Help and version are fine; the rest is wrong usage.
    pub(super) fn from_clap(error: &clap::Error) -> Self {
        if error.exit_code() == 0 { Self::Fine } else { Self::Trouble }
    }
}

impl From<Status> for ExitCode {
    fn from(status: Status) -> Self {
        ExitCode::from(match status {
            Status::Fine => 0,
            Status::Findings => 1,
            Status::Trouble => 2,
        })
    }
}

/// What ends a run early.
#[derive(Debug)]
pub(super) enum Failure {
    /// Said as `error: …`.
    Message(String),
    /// Said already.
    Reported,
    /// Writing to standard output failed.
    Output(io::Error),
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::Output(error)
    }
}

/// Says what ended the run, if anything did. A reader that closed the pipe (`| head`) has all it wanted.
pub(super) fn conclude(result: Result<Status, Failure>) -> Status {
    match result {
        Ok(status) => status,
        Err(Failure::Output(error)) if error.kind() == io::ErrorKind::BrokenPipe => Status::Fine,
        Err(Failure::Output(error)) => trouble(&format!("cannot write: {error}")),
        Err(Failure::Message(message)) => trouble(&message),
        Err(Failure::Reported) => Status::Trouble,
    }
}

fn trouble(message: &str) -> Status {
    say(&format!("error: {message}\n"));
    Status::Trouble
}

/// Writes to standard error. Where even that fails there is nobody left to tell.
pub(super) fn say(text: &str) {
    let _ = io::stderr().lock().write_all(text.as_bytes());
}

/// A renderer for standard error: in colour on a terminal, unless `NO_COLOR` or the like says otherwise.
pub(super) fn stderr_terminal() -> Terminal {
    Terminal::new(anstream::AutoStream::choice(&io::stderr()) != anstream::ColorChoice::Never)
}

/// The same for standard output.
pub(super) fn stdout_terminal() -> Terminal {
    Terminal::new(stdout_is_coloured())
}

/// Whether standard output shows colours.
pub(super) fn stdout_is_coloured() -> bool {
    anstream::AutoStream::choice(&io::stdout()) != anstream::ColorChoice::Never
}

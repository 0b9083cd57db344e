//! Standard output, written as results come: texts one after another, or a JSON array with a record a line.

use std::io::{self, BufWriter, ErrorKind, IsTerminal, Write};

use super::status::Failure;

/// What goes to standard output.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    Text,
    /// Records in an array.
    Json,
    /// The elements of an array, of an envelope.
    Array,
    /// Nothing: the results go to files.
    Silent,
}

/// Standard output in one form.
pub(super) struct Stream {
    form: Form,
    writer: BufWriter<io::StdoutLock<'static>>,
    empty: bool,
    /// Whether a person watches, to whom each result is shown at once and between its messages.
    watched: bool,
    /// Whether the run has other work to do when nobody reads any more.
    persistent: bool,
    closed: bool,
}

impl Stream {
    /// A `persistent` stream swallows what nobody reads; any other ends the run then.
    pub(super) fn new(form: Form, persistent: bool) -> Self {
        let watched = io::stdout().is_terminal();
        let writer = BufWriter::with_capacity(1 << 16, io::stdout().lock());
        Self { form, writer, empty: true, watched, persistent, closed: false }
    }

    /// Writes entries: texts with their line ends, or JSON objects without.
    pub(super) fn write(&mut self, entries: &[String]) -> Result<(), Failure> {
        if self.closed {
            return Ok(());
        }
        let result = self.try_write(entries);
        self.unless_closed(result)
    }

    /// Closes the array, and writes what is still held back.
    pub(super) fn finish(mut self) -> Result<(), Failure> {
        if self.closed {
            return Ok(());
        }
        let result = self.try_finish();
        self.unless_closed(result)
    }

    fn try_write(&mut self, entries: &[String]) -> io::Result<()> {
        for entry in entries {
            if self.is_array() {
                self.writer.write_all(if self.empty { b"[\n" } else { b",\n" })?;
                self.empty = false;
            }
            self.writer.write_all(entry.as_bytes())?;
        }
        if self.watched { self.writer.flush() } else { Ok(()) }
    }

    fn is_array(&self) -> bool {
        matches!(self.form, Form::Json | Form::Array)
    }

    fn try_finish(&mut self) -> io::Result<()> {
        if self.is_array() {
            self.writer.write_all(if self.empty { b"[]\n" } else { b"\n]\n" })?;
        }
        self.writer.flush()
    }

    fn unless_closed(&mut self, result: io::Result<()>) -> Result<(), Failure> {
        match result {
            Err(error) if self.persistent && error.kind() == ErrorKind::BrokenPipe => {
                self.closed = true;
                Ok(())
            }
            other => Ok(other?),
        }
    }
}

//! The events of `--events`: JSON in its forms, compressed or not, and Windows event logs.

use std::{
    collections::BTreeSet,
    fs,
    io::Read,
    path::{Path, PathBuf},
};

use evtx::EvtxParser;
use flate2::read::MultiGzDecoder;
use serde::Serialize;

use crate::{
    cli::status::{Failure, say},
    diag::{Source, render::terminal::Terminal},
    events::{self, Shape},
    ir::eval::Event,
};

/// Bytes of all files together, unpacked: what a machine can hold as events.
const MAX_BYTES: u64 = 4 << 30;

/// Events, each with whose names it has.
#[derive(Debug, Default)]
pub(super) struct Events {
    pub(super) all: Vec<(Event, Shape)>,
    /// The files, each with the number of its first event.
    files: Vec<(String, usize)>,
    /// Whether some could not be read.
    pub(super) faults: bool,
}

/// Where an event comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Place {
    pub(super) file: String,
    /// Its number in the file, from 0.
    pub(super) event: usize,
}

impl Events {
    pub(super) fn load(
        paths: &[PathBuf],
        schema: Option<&str>,
        terminal: &Terminal,
    ) -> Result<Self, Failure> {
        let shape = schema.and_then(Shape::named);
        let mut loaded = Self::default();
        for path in paths {
            let unreadable = |error: &dyn std::fmt::Display| {
                Failure::Message(format!("cannot read events of `{}`: {error}", path.display()))
            };
            let bytes = bytes_of(path).map_err(|error| unreadable(&error))?;
            let events = if bytes.starts_with(b"ElfFile\0") {
                loaded.of_log(bytes).map_err(|error| unreadable(&error))?
            } else {
                loaded.of_text(path, &bytes, terminal)
            };
            let shaped = events.into_iter().map(|event| {
                let shape = shape.unwrap_or_else(|| Shape::of(&event));
                (event, shape)
            });
            loaded.files.push((path.display().to_string(), loaded.all.len()));
            loaded.all.extend(shaped);
        }
        Ok(loaded)
    }

    /// Where an event comes from.
    pub(super) fn place(&self, number: usize) -> Place {
        let after = self.files.partition_point(|(_, first)| *first <= number);
        let (file, first) = &self.files[after.saturating_sub(1)];
        Place { file: file.clone(), event: number - first }
    }

    pub(super) fn shapes(&self) -> BTreeSet<Shape> {
        self.all.iter().map(|(_, shape)| *shape).collect()
    }

    fn of_text(&mut self, path: &Path, bytes: &[u8], terminal: &Terminal) -> Vec<Event> {
        let text = String::from_utf8_lossy(bytes).into_owned();
        let (events, faults) = events::read(&text);
        if !faults.is_empty() {
            self.faults = true;
            let source = Source::new(path.display().to_string(), text);
            for fault in &faults {
                say(&terminal.diagnostic(fault, &source, None));
            }
        }
        events
    }

    /// The records of a Windows event log that can be read.
    fn of_log(&mut self, bytes: Vec<u8>) -> Result<Vec<Event>, evtx::err::EvtxError> {
        let mut parser = EvtxParser::from_buffer(bytes)?;
        let mut found = Vec::new();
        for record in parser.records_json_value() {
            match record {
                Ok(record) => found.extend(events::event(record.data)),
                Err(_) => self.faults = true,
            }
        }
        Ok(found)
    }
}

/// A file's content, unpacked if it is compressed.
fn bytes_of(path: &Path) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    if path.as_os_str() == "-" {
        std::io::stdin().lock().take(MAX_BYTES).read_to_end(&mut bytes)?;
    } else {
        fs::File::open(path)?.take(MAX_BYTES).read_to_end(&mut bytes)?;
    }
    if bytes.starts_with(&[0x1f, 0x8b]) {
        let mut unpacked = Vec::new();
        MultiGzDecoder::new(bytes.as_slice()).take(MAX_BYTES).read_to_end(&mut unpacked)?;
        return Ok(unpacked);
    }
    Ok(bytes)
}

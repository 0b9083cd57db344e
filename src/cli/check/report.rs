//! Where findings go, in the form that was asked for, and what they come to.

use std::{env, path::Path};

use super::Settled;
use crate::{
    cli::{
        args::CheckFormat,
        status::{Failure, Status, stdout_terminal},
        stream::{Form, Stream},
    },
    diag::{
        Diagnostic, Severity,
        render::{Finding, github, json::JsonFinding, junit, sarif, terminal::Terminal},
    },
};

/// Where findings go, in the form that was asked for.
pub(super) enum Report<'f> {
    /// Written as they come.
    Streamed(Stream, Renderer),
    /// One document, written at the end.
    Collected(CheckFormat, Vec<Settled<'f>>),
}

/// How one finding looks.
pub(super) enum Renderer {
    Text(Terminal),
    Json,
    Github,
}

impl<'f> Report<'f> {
    pub(super) fn new(format: CheckFormat) -> Self {
        match format {
            CheckFormat::Text => {
                Self::Streamed(Stream::new(Form::Text, false), Renderer::Text(stdout_terminal()))
            }
            CheckFormat::Json => Self::Streamed(Stream::new(Form::Json, false), Renderer::Json),
            CheckFormat::Github => Self::Streamed(Stream::new(Form::Text, false), Renderer::Github),
            CheckFormat::Sarif | CheckFormat::Junit => Self::Collected(format, Vec::new()),
        }
    }

    pub(super) fn add(&mut self, checked: Settled<'f>) -> Result<(), Failure> {
        match self {
            Self::Streamed(stream, renderer) => {
                let path = relative(checked.source.name());
                let texts: Vec<String> =
                    findings(&checked, &path).map(|finding| renderer.render(&finding)).collect();
                stream.write(&texts)
            }
            Self::Collected(_, all) => {
                all.push(checked);
                Ok(())
            }
        }
    }

    pub(super) fn finish(self) -> Result<(), Failure> {
        let (format, all) = match self {
            Self::Streamed(stream, _) => return stream.finish(),
            Self::Collected(format, all) => (format, all),
        };
        let paths: Vec<String> = all.iter().map(|checked| relative(checked.source.name())).collect();
        let found = all.iter().zip(&paths).flat_map(|(checked, path)| findings(checked, path));
        let text = if format == CheckFormat::Junit {
            let sound = all.iter().zip(&paths).filter(|(checked, _)| checked.findings.is_empty());
            let sound = sound.map(|(_, path)| path.as_str());
            junit::document("rulec check", found, sound).map_err(Failure::Message)?
        } else {
            sarif::document(found)
        };
        let mut stream = Stream::new(Form::Text, false);
        stream.write(&[text])?;
        stream.finish()
    }
}

impl Renderer {
    fn render(&self, finding: &Finding<'_>) -> String {
        match self {
            Self::Text(terminal) => terminal.diagnostic(finding.diagnostic, finding.source, None),
            Self::Github => github::annotation(finding),
            Self::Json => {
                let finding = finding.at_path(finding.source.name());
                serde_json::to_string(&JsonFinding::new(&finding))
                    .expect("invariant: a finding has no maps and no failing serializer")
            }
        }
    }
}

fn findings<'a>(checked: &'a Settled<'_>, path: &'a str) -> impl Iterator<Item = Finding<'a>> {
    checked.findings.iter().map(move |(diagnostic, metadata)| {
        let finding = Finding::new(diagnostic, checked.source).at_path(path);
        match metadata {
            Some(metadata) => finding.of_rule(&metadata.title, metadata.id.as_deref()),
            None => finding,
        }
    })
}

/// A path as services want it: from the working folder, which is the repository's root in a pipeline.
fn relative(path: &str) -> String {
    let here = env::current_dir().ok();
    let below = here.as_deref().and_then(|here| Path::new(path).strip_prefix(here).ok());
    below.unwrap_or(Path::new(path)).to_string_lossy().replace('\\', "/")
}

#[derive(Debug, Default)]
pub(super) struct Tally {
    pub(super) rules: usize,
    /// Findings that are gone since their fixes were made.
    pub(super) fixed: usize,
    errors: usize,
    warnings: usize,
    hints: usize,
    /// Whether something could not be read.
    pub(super) trouble: bool,
}

impl Tally {
    pub(super) fn count(&mut self, diagnostic: &Diagnostic) {
        match diagnostic.severity {
            Severity::Error => self.errors += 1,
            Severity::Warning => self.warnings += 1,
            Severity::Info => self.hints += 1,
        }
    }

    pub(super) fn status(&self, strict: bool) -> Status {
        let findings = self.errors + if strict { self.warnings } else { 0 };
        Status::of(self.trouble, findings > 0)
    }

    pub(super) fn summary(&self, besides: &str, seconds: f64) -> String {
        let Self { rules, fixed, errors, warnings, hints, .. } = self;
        let count = |count: usize, what: &str| format!("{count} {what}{}", if count == 1 { "" } else { "s" });
        let hints = match hints {
            0 => String::new(),
            hints => format!(", {}", count(*hints, "hint")),
        };
        let fixed = if *fixed == 0 { String::new() } else { format!(", {fixed} fixed") };
        format!(
            "{}: {}, {}{hints}{fixed}{besides} ({seconds:.2} s)\n",
            count(*rules, "rule"),
            count(*errors, "error"),
            count(*warnings, "warning")
        )
    }
}

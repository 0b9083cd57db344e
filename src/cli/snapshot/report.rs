//! What changed, for people, programs and pull requests.

use std::{
    fmt::Write as _,
    io::{self, Write as _},
    path::Path,
};

use serde::Serialize;

use super::{
    Found,
    change::{Change, Kind, State},
};
use crate::{
    cli::{
        args::SnapshotFormat,
        difference::{MAX_COMMENT, Style, cell, fence, paint, shown, unified},
        status::{Failure, stdout_is_coloured},
    },
    diag::{
        Diagnostic, Source,
        render::{Finding, github, junit, sarif},
    },
};

/// What a run found.
pub(super) struct Report<'a> {
    pub(super) found: &'a Found<'a>,
    pub(super) folder: &'a Path,
    pub(super) is_check: bool,
}

impl Report<'_> {
    /// Whether everything is as in the snapshot.
    pub(super) fn is_same(&self) -> bool {
        self.found.changes.is_empty() && self.found.orphans.is_empty()
    }

    /// Whether nothing that is in the snapshot changes.
    pub(super) fn adds_only(&self) -> bool {
        self.found.orphans.is_empty() && self.found.changes.iter().all(|change| change.kind == Kind::New)
    }

    pub(super) fn write(&self, format: SnapshotFormat) -> Result<(), Failure> {
        let text = match format {
            SnapshotFormat::Text => self.text(stdout_is_coloured()),
            SnapshotFormat::Json => self.json(),
            SnapshotFormat::Markdown => self.markdown(),
            SnapshotFormat::Github => {
                self.findings(|findings| Ok(findings.iter().map(github::annotation).collect()))?
            }
            SnapshotFormat::Sarif => {
                self.findings(|findings| Ok(sarif::document(findings.iter().copied())))?
            }
            SnapshotFormat::Junit => self.findings(|findings| {
                let changed = |key: &&str| !self.found.changes.iter().any(|change| change.key == **key);
                let sound = self.found.rules.iter().map(String::as_str).filter(changed);
                junit::document("rulec snapshot", findings.iter().copied(), sound)
            })?,
        };
        Ok(io::stdout().lock().write_all(text.as_bytes())?)
    }

    /// One line on how it went; `besides` is what it says of rules without queries.
    pub(super) fn summary(&self, is_accepted: bool, besides: &str, seconds: f64) -> String {
        let (queries, rules) = (self.found.queries.len(), self.found.rules.len());
        let all = format!(
            "{} of {}{besides}",
            counted(queries, "query", "queries"),
            counted(rules, "rule", "rules")
        );
        if self.is_same() {
            return format!("{all}: as in `{}` ({seconds:.2} s)\n", self.folder.display());
        }
        let count = |kind: Kind| self.found.changes.iter().filter(|change| change.kind == kind).count();
        let kinds = [
            (count(Kind::Changed), "changed"),
            (count(Kind::FailsNow), "failing now"),
            (count(Kind::ConvertsNow), "converting now"),
            (count(Kind::New), "new"),
            (count(Kind::Gone), "gone"),
            (self.found.orphans.len(), "without a rule"),
        ];
        let kinds: Vec<String> =
            kinds.iter().filter(|(n, _)| *n > 0).map(|(n, what)| format!("{n} {what}")).collect();
        let kinds = kinds.join(", ");
        if is_accepted {
            let orphans = self.found.orphans.iter().fold(String::new(), |mut text, orphan| {
                let _ = writeln!(text, "removed {}", shown(&self.folder.join(orphan).display().to_string()));
                text
            });
            return format!("{orphans}{all} in `{}`: {kinds} ({seconds:.2} s)\n", self.folder.display());
        }
        let next = if self.is_check { "" } else { "; `rulec snapshot --update` accepts that" };
        format!("{all}: {kinds}{next} ({seconds:.2} s)\n")
    }

    fn text(&self, is_coloured: bool) -> String {
        let mut text = String::new();
        for change in &self.found.changes {
            let title = if change.title.is_empty() { String::new() } else { format!(": {}", change.title) };
            let head = format!("{} {} for {}{title}", change.what(), change.key, change.target);
            paint(&mut text, &head, Style::Head, is_coloured);
            for cause in &change.because {
                paint(&mut text, &format!("  {cause}"), Style::Plain, is_coloured);
            }
            for line in self.diff(change).lines() {
                paint(&mut text, line, Style::of(line), is_coloured);
            }
            text.push('\n');
        }
        for orphan in &self.found.orphans {
            let line = format!("without a rule: {}", self.folder.join(orphan).display());
            paint(&mut text, &line, Style::Head, is_coloured);
        }
        text
    }

    /// The difference between then and now: how the conversion ended, its notes, and the query.
    fn diff(&self, change: &Change<'_>) -> String {
        let mut text = String::new();
        for (sign, old, new) in [('-', &change.old, &change.new), ('+', &change.new, &change.old)] {
            for line in told(old, new) {
                let _ = writeln!(text, "{sign} {line}");
            }
        }
        let name = self.folder.join(&change.file).display().to_string().replace('\\', "/");
        text += &unified(
            (change.old.query.as_deref(), &name),
            (change.new.query.as_deref(), &format!("{} for {}", change.key, change.target)),
        );
        text
    }

    fn markdown(&self) -> String {
        if self.is_same() {
            return format!("All {} queries are as in the snapshot.\n", self.found.queries.len());
        }
        let changes = &self.found.changes;
        let mut text = format!(
            "### {} of generated queries\n\n",
            counted(changes.len() + self.found.orphans.len(), "change", "changes")
        );
        text += "| | rule | target | because |\n|---|---|---|---|\n";
        let mut left = 0;
        for change in changes {
            let row = format!(
                "| {} | {}<br>`{}` | {} | {} |\n",
                change.what(),
                cell(&change.title),
                cell(&change.key).replace('`', "'"),
                change.target,
                cell(&change.why())
            );
            if text.len() + row.len() < MAX_COMMENT / 2 { text += &row } else { left += 1 }
        }
        for orphan in &self.found.orphans {
            let _ = writeln!(
                text,
                "| without a rule | `{}` | | |",
                cell(&orphan.display().to_string()).replace('`', "'")
            );
        }
        if left > 0 {
            let _ = writeln!(text, "\n{left} more are not shown here.");
        }
        let mut hidden = 0;
        for change in changes {
            let diff = self.diff(change);
            let fence = fence(&diff);
            let part = format!(
                "\n<details><summary>{} for {}</summary>\n\n{fence}diff\n{diff}{fence}\n\n</details>\n",
                cell(&change.key),
                change.target
            );
            if text.len() + part.len() < MAX_COMMENT { text += &part } else { hidden += 1 }
        }
        if hidden > 0 {
            let _ = writeln!(
                text,
                "\n{hidden} more differences are not shown here: run `rulec snapshot --check`."
            );
        }
        text
    }

    fn json(&self) -> String {
        let state = |state: &State| JsonState {
            fidelity: Some(state.record.fidelity.clone()).filter(|it| !it.is_empty()),
            query: state.query.clone(),
            notes: state.record.notes.clone(),
            error: state.record.error.clone(),
        };
        let change = |change: &Change<'_>| JsonChange {
            change: change.what(),
            rule: change.key.clone(),
            path: change.place.map(|(source, _)| source.name().to_owned()),
            line: change.place.map(|(source, span)| source.locate(span).line),
            title: change.title.clone(),
            id: change.id.clone(),
            target: change.target.clone(),
            file: change.file.clone(),
            because: change.because.iter().map(ToString::to_string).collect(),
            old: state(&change.old),
            new: state(&change.new),
        };
        let document = JsonReport {
            rules: self.found.rules.len(),
            queries: self.found.queries.len(),
            changes: self.found.changes.iter().map(change).collect(),
            orphans: self.found.orphans.iter().map(|path| super::change::with_slashes(path)).collect(),
        };
        let text = serde_json::to_string_pretty(&document);
        text.expect("invariant: a report has no maps and no failing serializer") + "\n"
    }

    /// Every change as a finding at its rule.
    fn findings(
        &self,
        render: impl FnOnce(&[Finding<'_>]) -> Result<String, String>,
    ) -> Result<String, Failure> {
        let lost = Source::new("", "");
        let diagnostics: Vec<(Diagnostic, &Change<'_>)> =
            self.found.changes.iter().map(|change| (change.diagnostic(), change)).collect();
        let orphans: Vec<(Diagnostic, Source)> = self
            .found
            .orphans
            .iter()
            .map(|path| {
                let finding =
                    Diagnostic::without_span(crate::diag::Code::SnapshotDiffers, "no rule has this query");
                (finding, Source::new(self.folder.join(path).display().to_string(), ""))
            })
            .collect();
        let of_changes = diagnostics.iter().map(|(diagnostic, change)| {
            let source = change.place.map_or(&lost, |(source, _)| source);
            let finding = Finding::new(diagnostic, source).of_rule(&change.title, change.id.as_deref());
            if change.place.is_some() { finding } else { finding.at_path(&change.key) }
        });
        let of_orphans = orphans.iter().map(|(diagnostic, source)| Finding::new(diagnostic, source));
        let findings: Vec<Finding<'_>> = of_changes.chain(of_orphans).collect();
        render(&findings).map_err(Failure::Message)
    }
}

#[derive(Serialize)]
struct JsonReport {
    rules: usize,
    queries: usize,
    changes: Vec<JsonChange>,
    orphans: Vec<String>,
}

#[derive(Serialize)]
struct JsonChange {
    change: &'static str,
    rule: String,
    path: Option<String>,
    line: Option<usize>,
    title: String,
    id: Option<String>,
    target: String,
    file: String,
    because: Vec<String>,
    old: JsonState,
    new: JsonState,
}

#[derive(Serialize)]
struct JsonState {
    fidelity: Option<String>,
    query: Option<String>,
    notes: Vec<String>,
    error: Option<String>,
}

/// What is said of one state and not of the other: how it ended, its notes, its error.
fn told(state: &State, other: &State) -> Vec<String> {
    let (record, others) = (&state.record, &other.record);
    let mut lines = Vec::new();
    if !record.fidelity.is_empty() && record.fidelity != others.fidelity {
        lines.push(record.fidelity.clone());
    }
    lines.extend(record.notes.iter().filter(|note| !others.notes.contains(note)).cloned());
    lines.extend(record.error.iter().filter(|error| others.error.as_ref() != Some(error)).cloned());
    lines
}

fn counted(count: usize, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

//! Which rules changed, for people, programs and pull requests.

use std::{
    fmt::Write as _,
    io::{self, Write as _},
};

use serde::Serialize;

use super::compare::{Change, Query, QueryChange, Verdict};
use crate::{
    cli::{
        args::DiffFormat,
        difference::{MAX_COMMENT, Style, cell, fence, paint, unified},
        status::{Failure, stdout_is_coloured},
    },
    diag::Fidelity,
};

pub(super) struct Report<'a> {
    pub(super) changes: &'a [Change],
    pub(super) old: &'a str,
    pub(super) new: &'a str,
}

impl Report<'_> {
    /// Whether any rule or query finds other events than it did.
    pub(super) fn has_other_meanings(&self) -> bool {
        self.changes.iter().any(|change| change.verdict().is_of_meaning())
    }

    pub(super) fn write(&self, format: DiffFormat) -> Result<(), Failure> {
        let text = match format {
            DiffFormat::Text => self.text(stdout_is_coloured()),
            DiffFormat::Json => self.json(),
            DiffFormat::Markdown => self.markdown(),
        };
        Ok(io::stdout().lock().write_all(text.as_bytes())?)
    }

    pub(super) fn summary(&self, seconds: f64) -> String {
        let all = [
            Verdict::Meaning,
            Verdict::Added,
            Verdict::Removed,
            Verdict::FailsNow,
            Verdict::ConvertsNow,
            Verdict::Reworded,
            Verdict::Unchanged,
        ];
        let count =
            |verdict: Verdict| self.changes.iter().filter(|change| change.verdict() == verdict).count();
        let word = |verdict: Verdict| if verdict == Verdict::Unchanged { "moved" } else { verdict.as_str() };
        let parts = all.iter().filter(|it| count(**it) > 0).map(|it| format!("{} {}", count(*it), word(*it)));
        let parts: Vec<String> = parts.collect();
        if parts.is_empty() {
            format!("no rule changed ({seconds:.2} s)\n")
        } else {
            format!("rules: {} ({seconds:.2} s)\n", parts.join(", "))
        }
    }

    fn text(&self, is_coloured: bool) -> String {
        let mut text = String::new();
        for change in self.changes {
            let title = if change.title.is_empty() { String::new() } else { format!(": {}", change.title) };
            paint(
                &mut text,
                &format!("{} {}{title}", change.verdict().as_str(), change.key),
                Style::Head,
                is_coloured,
            );
            if let Some(old) = &change.old_key {
                paint(&mut text, &format!("  moved from {old}"), Style::Plain, is_coloured);
            }
            if !matches!(change.rule, Verdict::Added | Verdict::Removed) {
                paint(&mut text, &format!("  the rule: {}", change.rule.as_str()), Style::Plain, is_coloured);
            }
            for filter in &change.filters {
                paint(&mut text, &format!("  {filter}"), Style::Plain, is_coloured);
            }
            for query in &change.queries {
                paint(
                    &mut text,
                    &format!("  {}: {}", query.target, query.verdict.as_str()),
                    Style::Plain,
                    is_coloured,
                );
            }
            // Of what came and went the rule itself says more.
            if !matches!(change.rule, Verdict::Added | Verdict::Removed) {
                for query in &change.queries {
                    self.diff(change, query)
                        .lines()
                        .for_each(|line| paint(&mut text, line, Style::of(line), is_coloured));
                }
            }
            text.push('\n');
        }
        text
    }

    fn diff(&self, change: &Change, query: &QueryChange) -> String {
        let mut text = String::new();
        let told = |query: &Option<Query>| -> Vec<String> {
            let Some(query) = query else { return Vec::new() };
            let fidelity = match query.fidelity {
                Fidelity::Exact => "exact",
                Fidelity::Approximate => "approximate",
                Fidelity::Failed => "failed",
            };
            let notes = query.notes.iter().chain(&query.error).cloned();
            std::iter::once(fidelity.to_owned()).chain(notes).collect()
        };
        let (old, new) = (told(&query.old), told(&query.new));
        for line in old.iter().filter(|line| !new.contains(line)) {
            let _ = writeln!(text, "- {line}");
        }
        for line in new.iter().filter(|line| !old.contains(line)) {
            let _ = writeln!(text, "+ {line}");
        }
        let place = |side: &str, key: &str| format!("{side} {key} for {}", query.target);
        let before = change.old_key.as_deref().unwrap_or(&change.key);
        let of = |query: &Option<Query>| query.as_ref().and_then(|query| query.text.clone());
        text += &unified(
            (of(&query.old).as_deref(), &place(self.old, before)),
            (of(&query.new).as_deref(), &place(self.new, &change.key)),
        );
        text
    }

    fn markdown(&self) -> String {
        if self.changes.is_empty() {
            return "No rule changed.\n".to_owned();
        }
        let mut text = "| | rule | queries |\n|---|---|---|\n".to_owned();
        let mut hidden = 0;
        for change in self.changes {
            let queries =
                change.queries.iter().map(|query| format!("{}: {}", query.target, query.verdict.as_str()));
            let filters = change.filters.iter().map(|filter| format!("<br>{}", cell(filter)));
            let row = format!(
                "| {} | {}<br>`{}`{} | {} |\n",
                change.verdict().as_str(),
                cell(&change.title),
                cell(&change.key).replace('`', "'"),
                filters.collect::<String>(),
                queries.collect::<Vec<_>>().join("<br>")
            );
            if text.len() + row.len() < MAX_COMMENT / 2 { text += &row } else { hidden += 1 }
        }
        for change in self.changes.iter().filter(|change| change.rule < Verdict::Added) {
            for query in &change.queries {
                let diff = self.diff(change, query);
                let fence = fence(&diff);
                let (key, target) = (cell(&change.key), query.target);
                let part = format!(
                    "\n<details><summary>{key} for {target}</summary>\n\n{fence}diff\n{diff}{fence}\n\n</details>\n"
                );
                if text.len() + part.len() < MAX_COMMENT { text += &part } else { hidden += 1 }
            }
        }
        if hidden > 0 {
            let _ = writeln!(text, "\n{hidden} more are not shown here.");
        }
        text
    }

    fn json(&self) -> String {
        let query = |query: &QueryChange| JsonQuery {
            target: query.target,
            verdict: query.verdict.as_str(),
            old: query.old.as_ref().and_then(|query| query.text.clone()),
            new: query.new.as_ref().and_then(|query| query.text.clone()),
        };
        let changes: Vec<JsonChange<'_>> = self
            .changes
            .iter()
            .map(|change| JsonChange {
                rule: &change.key,
                old_rule: change.old_key.as_deref(),
                title: &change.title,
                id: change.id.as_deref(),
                verdict: change.verdict().as_str(),
                rule_verdict: change.rule.as_str(),
                filters: &change.filters,
                queries: change.queries.iter().map(query).collect(),
            })
            .collect();
        let text = serde_json::to_string_pretty(&changes);
        text.expect("invariant: a report has no maps and no failing serializer") + "\n"
    }
}

#[derive(Serialize)]
struct JsonChange<'a> {
    rule: &'a str,
    old_rule: Option<&'a str>,
    title: &'a str,
    id: Option<&'a str>,
    /// Of the rule and its queries together.
    verdict: &'static str,
    /// Of the rule alone.
    rule_verdict: &'static str,
    /// What became of the filters that took part in it.
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    filters: &'a [String],
    queries: Vec<JsonQuery>,
}

#[derive(Serialize)]
struct JsonQuery {
    target: &'static str,
    verdict: &'static str,
    old: Option<String>,
    new: Option<String>,
}

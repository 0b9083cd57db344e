//! How differences look: on a terminal, and in the markdown of a pull request.

use std::fmt::Write as _;

use similar::TextDiff;

/// How long a summary for a pull request gets, in bytes: a comment on GitHub holds 65,536 characters.
pub(super) const MAX_COMMENT: usize = 60_000;

/// The unified diff of two queries, each with a name; empty for equal ones.
pub(super) fn unified(
    (old, old_name): (Option<&str>, &str),
    (new, new_name): (Option<&str>, &str),
) -> String {
    if old == new {
        return String::new();
    }
    let lines = |query: Option<&str>| query.map(|query| format!("{query}\n")).unwrap_or_default();
    let (old, new) = (lines(old), lines(new));
    let diff = TextDiff::from_lines(&old, &new);
    diff.unified_diff().context_radius(3).header(old_name, new_name).to_string()
}

/// How a line looks in colour.
#[derive(Clone, Copy)]
pub(super) enum Style {
    Plain,
    Head,
    Old,
    New,
    Place,
}

impl Style {
    pub(super) fn of(line: &str) -> Self {
        match line.as_bytes().first() {
            Some(b'-') => Self::Old,
            Some(b'+') => Self::New,
            Some(b'@') => Self::Place,
            _ => Self::Plain,
        }
    }
}

/// Adds a line. What is in it cannot steer the terminal.
pub(super) fn paint(text: &mut String, line: &str, style: Style, is_coloured: bool) {
    let line = shown(line);
    let code = match style {
        Style::Plain => "",
        Style::Head => "\x1b[1m",
        Style::Old => "\x1b[31m",
        Style::New => "\x1b[32m",
        Style::Place => "\x1b[36m",
    };
    let (start, end) = if is_coloured && !code.is_empty() { (code, "\x1b[0m") } else { ("", "") };
    let _ = writeln!(text, "{start}{line}{end}");
}

/// A line that cannot steer a terminal.
pub(super) fn shown(line: &str) -> String {
    annotate_snippets::normalize_untrusted_str(line)
}

/// Text for a cell of a table in markdown, where nothing in it is markup.
pub(super) fn cell(text: &str) -> String {
    let mut cell = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '<' => cell.push_str("&lt;"),
            '>' => cell.push_str("&gt;"),
            '&' => cell.push_str("&amp;"),
            '|' | '*' | '_' | '[' | ']' | '~' | '\\' | '@' | '#' => {
                let _ = write!(cell, "&#{};", u32::from(c));
            }
            c if c.is_control() => cell.push(' '),
            c => cell.push(c),
        }
    }
    cell
}

/// A fence that nothing in the text ends.
pub(super) fn fence(text: &str) -> String {
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    "`".repeat(longest.max(2) + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_a_title_is_markup() {
        assert_eq!(cell("a|b\n<img> @me [x](y)"), "a&#124;b &lt;img&gt; &#64;me &#91;x&#93;(y)");
    }

    #[test]
    fn no_query_ends_its_fence() {
        assert_eq!(fence("a ``` b ```` c"), "`````");
        assert_eq!(fence("a"), "```");
    }

    #[test]
    fn a_terminal_is_not_steered() {
        let mut text = String::new();
        paint(&mut text, "+ \x1b[2J", Style::New, true);
        assert_eq!(text.matches('\x1b').count(), 2);
    }
}

//! Tables that fit the terminal, or Markdown.

use std::fmt::Write;

use super::super::args::TableFormat;

/// The form of a table.
#[derive(Debug, Clone, Copy)]
pub(super) enum Style {
    /// Aligned columns of at most this many characters a line.
    Text { width: usize },
    /// A table with bars.
    Markdown,
    /// For programs.
    Json,
}

/// Wide enough for anything that is not a terminal's.
const UNLIMITED: usize = 10_000;

impl Style {
    /// The style of a format: as wide as `COLUMNS` says, or the terminal.
    pub(super) fn of(format: TableFormat) -> Self {
        let said = || std::env::var("COLUMNS").ok()?.parse().ok();
        let terminal = || terminal_size::terminal_size().map(|(width, _)| usize::from(width.0));
        match format {
            TableFormat::Text => Self::Text { width: said().or_else(terminal).unwrap_or(UNLIMITED) },
            TableFormat::Markdown => Self::Markdown,
            TableFormat::Json => Self::Json,
        }
    }

    /// A heading.
    pub(super) fn heading(self, out: &mut String, level: usize, text: &str) {
        match self {
            Self::Markdown => {
                let _ = writeln!(out, "{} {text}\n", "#".repeat(level));
            }
            Self::Text { .. } | Self::Json => {
                let _ = writeln!(out, "{text}");
            }
        }
    }

    /// A paragraph, wrapped.
    pub(super) fn paragraph(self, out: &mut String, text: &str) {
        match self {
            Self::Text { width } => wrapped(out, text, width, ""),
            Self::Markdown | Self::Json => {
                let _ = writeln!(out, "{text}");
            }
        }
    }
}

/// Rows of cells below a header. The first `keys` columns say what a row is about.
#[derive(Debug)]
pub(super) struct Grid {
    header: Vec<String>,
    rows: Vec<Vec<String>>,
    keys: usize,
}

impl Grid {
    pub(super) fn new(header: impl IntoIterator<Item = impl Into<String>>, keys: usize) -> Self {
        Self { header: header.into_iter().map(Into::into).collect(), rows: Vec::new(), keys }
    }

    pub(super) fn push(&mut self, row: impl IntoIterator<Item = impl Into<String>>) {
        self.rows.push(row.into_iter().map(Into::into).collect());
    }

    /// The table. Text that is wider than the terminal becomes several tables, each with the key columns.
    pub(super) fn show(&self, out: &mut String, style: Style) {
        match style {
            Style::Markdown => self.markdown(out),
            Style::Text { width } => {
                for (index, columns) in self.blocks(width).iter().enumerate() {
                    if index > 0 {
                        out.push('\n');
                    }
                    self.aligned(out, columns, width);
                }
            }
            Style::Json => {}
        }
    }

    fn width(&self, column: usize) -> usize {
        let cells = self.rows.iter().map(|row| row[column].as_str());
        cells.chain([self.header[column].as_str()]).map(|cell| cell.chars().count()).max().unwrap_or(0)
    }

    /// Which columns stand beside one another.
    fn blocks(&self, width: usize) -> Vec<Vec<usize>> {
        let keys: Vec<usize> = (0..self.keys).collect();
        let taken: usize = keys.iter().map(|&key| self.width(key) + 2).sum();
        let (mut blocks, mut block, mut used) = (Vec::new(), keys.clone(), taken);
        for column in self.keys..self.header.len() {
            let needed = self.width(column) + 2;
            if block.len() > self.keys && used + needed > width + 2 {
                blocks.push(std::mem::replace(&mut block, keys.clone()));
                used = taken;
            }
            block.push(column);
            used += needed;
        }
        blocks.push(block);
        blocks
    }

    fn aligned(&self, out: &mut String, columns: &[usize], width: usize) {
        let widths: Vec<usize> = columns.iter().map(|&column| self.width(column)).collect();
        let last = columns.len() - 1;
        let before: usize = widths[..last].iter().map(|width| width + 2).sum();
        for row in std::iter::once(&self.header).chain(&self.rows) {
            let mut line = String::new();
            for (&column, width) in columns[..last].iter().zip(&widths) {
                let _ = write!(line, "{:width$}  ", row[column]);
            }
            // The last column wraps below itself where it is wider than what is left.
            let mut cell = String::new();
            wrapped(&mut cell, &row[columns[last]], width.saturating_sub(before).max(20), "");
            let mut lines = cell.lines();
            line.push_str(lines.next().unwrap_or_default());
            out.push_str(line.trim_end());
            out.push('\n');
            for more in lines {
                let _ = writeln!(out, "{:before$}{more}", "");
            }
        }
    }

    fn markdown(&self, out: &mut String) {
        let line = |out: &mut String, cells: &[String]| {
            out.push('|');
            for cell in cells {
                let _ = write!(out, " {} |", cell.replace('|', "\\|"));
            }
            out.push('\n');
        };
        line(out, &self.header);
        line(out, &self.header.iter().map(|_| "---".to_owned()).collect::<Vec<_>>());
        for row in &self.rows {
            line(out, row);
        }
    }
}

/// Appends text in lines of at most `width`, those after the first indented.
pub(super) fn wrapped(out: &mut String, text: &str, width: usize, indent: &str) {
    let mut used = 0;
    for word in text.split(' ') {
        let length = word.chars().count();
        if used > 0 && used + 1 + length > width {
            out.push('\n');
            out.push_str(indent);
            used = indent.len();
        } else if used > 0 {
            out.push(' ');
            used += 1;
        }
        out.push_str(word);
        used += length;
    }
    out.push('\n');
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grid() -> Grid {
        let mut grid = Grid::new(["FIELD", "one", "two"], 1);
        grid.push(["Image", "process.executable", "FolderPath"]);
        grid
    }

    fn shown(width: usize) -> String {
        let mut out = String::new();
        grid().show(&mut out, Style::Text { width });
        out
    }

    #[test]
    fn what_fits_stands_in_one_table() {
        assert_eq!(shown(80), "FIELD  one                 two\nImage  process.executable  FolderPath\n");
        assert_eq!(shown(37), shown(80));
    }

    #[test]
    fn wider_tables_are_split_and_keep_their_keys() {
        assert_eq!(shown(30), "FIELD  one\nImage  process.executable\n\nFIELD  two\nImage  FolderPath\n");
    }

    #[test]
    fn bars_in_markdown_cells_are_escaped() {
        let mut grid = Grid::new(["A"], 1);
        grid.push(["x|y"]);
        let mut out = String::new();
        grid.show(&mut out, Style::Markdown);
        assert_eq!(out, "| A |\n| --- |\n| x\\|y |\n");
    }

    #[test]
    fn long_text_wraps_between_words() {
        let mut out = String::new();
        wrapped(&mut out, "aa bb cc", 5, "  ");
        assert_eq!(out, "aa bb\n  cc\n");
    }
}

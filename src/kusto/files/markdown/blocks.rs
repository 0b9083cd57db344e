//! Markdown as far as queries need it: sections, and the blocks of code in them.

use std::ops::Range;

use crate::diag::Positions;

/// A markdown text.
#[derive(Debug)]
pub(super) struct Document<'t> {
    /// In order; the first is what stands above all headings.
    pub(super) sections: Vec<Section<'t>>,
    /// The code in fences; where there are none, what is indented, and what stands below a heading `Query`.
    pub(super) blocks: Vec<Block<'t>>,
}

/// What stands below a heading, up to the next one.
#[derive(Debug)]
pub(super) struct Section<'t> {
    /// 1 to 6; 0 above all headings.
    pub(super) level: usize,
    heading: &'t str,
    /// Whether it has code in a fence.
    pub(super) has_code: bool,
    /// The lines outside of fences.
    pub(super) lines: Vec<Line<'t>>,
}

/// A line without its end.
#[derive(Debug, Clone, Copy)]
pub(super) struct Line<'t> {
    pub(super) start: usize,
    pub(super) text: &'t str,
}

/// Lines of code.
#[derive(Debug)]
pub(super) struct Block<'t> {
    /// What follows the opening fence.
    pub(super) info: &'t str,
    /// The section it stands in.
    pub(super) section: usize,
    /// The first byte of the code, and one past the last.
    pub(super) start: usize,
    pub(super) end: usize,
    code: &'t str,
    /// How many columns of each line's indentation belong to the block.
    indentation: usize,
}

/// A fence that is not closed yet.
struct Fence<'t> {
    marker: char,
    length: usize,
    indentation: usize,
    info: &'t str,
    start: usize,
}

impl<'t> Document<'t> {
    pub(super) fn parse(text: &'t str) -> Self {
        let mut document = Self {
            sections: vec![Section { level: 0, heading: "", has_code: false, lines: Vec::new() }],
            blocks: Vec::new(),
        };
        let mut open: Option<Fence<'t>> = None;
        for line in lines(text) {
            match &open {
                Some(fence) if fence.is_closed_by(line.text) => {
                    document.add(text, fence, line.start);
                    open = None;
                }
                Some(_) => {}
                None => open = document.take(line),
            }
        }
        if let Some(fence) = &open {
            document.add(text, fence, text.len());
        }
        if document.blocks.is_empty() {
            document.add_unfenced(text);
        }
        document
    }

    /// Takes a line outside of fences, which may open one.
    fn take(&mut self, line: Line<'t>) -> Option<Fence<'t>> {
        let fence = Fence::opened_by(line);
        if fence.is_some() {
            return fence;
        }
        if let Some((level, heading)) = heading(line.text) {
            self.sections.push(Section { level, heading, has_code: false, lines: Vec::new() });
        } else if let Some(section) = self.sections.last_mut() {
            section.lines.push(line);
        }
        None
    }

    fn add(&mut self, text: &'t str, fence: &Fence<'t>, end: usize) {
        let block = Block::new(text, fence.start..end, fence.indentation);
        if let Some(section) = self.sections.last_mut() {
            section.has_code = true;
        }
        self.blocks.push(Block { info: fence.info, section: self.sections.len() - 1, ..block });
    }

    fn add_unfenced(&mut self, text: &'t str) {
        for (index, section) in self.sections.iter().enumerate() {
            let is_query = matches!(&*section.title().to_ascii_lowercase(), "query" | "kql" | "kql query");
            let runs = if is_query { section.whole() } else { section.indented() };
            let blocks = runs
                .into_iter()
                .map(|(range, indentation)| Block { section: index, ..Block::new(text, range, indentation) });
            self.blocks.extend(blocks);
        }
    }

    /// The sections of the same top-level heading as this one.
    pub(super) fn part(&self, section: usize) -> Range<usize> {
        let is_top = |section: &Section<'_>| section.level == 1;
        let start = self.sections[..=section].iter().rposition(is_top).unwrap_or(0);
        let rest = &self.sections[section + 1..];
        let end = rest.iter().position(is_top).map_or(self.sections.len(), |at| section + 1 + at);
        start..end
    }
}

impl<'t> Section<'t> {
    /// The heading without emphasis and closing marks.
    pub(super) fn title(&self) -> &'t str {
        let heading = self.heading.trim_end_matches('#').trim();
        let heading = heading.strip_suffix("<Optional>").unwrap_or(heading);
        heading.trim_matches(['*', '_', ' ', ':'])
    }

    /// The length of its text without the heading.
    pub(super) fn size(&self) -> usize {
        self.lines.iter().map(|line| line.text.len() + 1).sum()
    }

    /// Its prose, without tables and rules; empty lines part paragraphs.
    pub(super) fn prose(&self) -> String {
        let mut prose = String::new();
        for line in self.lines.iter().map(|line| line.text.trim()) {
            let is_rule = line.len() > 2 && line.chars().all(|c| matches!(c, '-' | '*' | '_' | '='));
            if !is_rule && !line.starts_with('|') {
                prose.push_str(line);
                prose.push('\n');
            }
        }
        prose.trim().to_owned()
    }

    /// The lines `**Key:** value`, in a list or not.
    pub(super) fn fields(&self) -> impl Iterator<Item = (&'t str, &'t str)> {
        self.lines.iter().filter_map(|line| {
            let text = line.text.trim_start().trim_start_matches(['-', '+']).trim_start();
            let text = text.strip_prefix("* ").map_or(text, str::trim_start).strip_prefix("**")?;
            let (key, value) = text.split_once("**")?;
            Some((key.trim().trim_end_matches(':'), value.trim_start_matches(':').trim()))
        })
    }

    /// The cells of the tables' rows.
    pub(super) fn rows(&self) -> impl Iterator<Item = Vec<&'t str>> {
        let rows = self.lines.iter().map(|line| line.text.trim()).filter(|line| line.starts_with('|'));
        rows.map(|row| row.trim_matches('|').split('|').map(str::trim).collect())
    }

    fn whole(&self) -> Vec<(Range<usize>, usize)> {
        let used = || self.lines.iter().filter(|line| !line.text.trim().is_empty());
        let range = used().next().zip(used().next_back());
        range.map(|(first, last)| (first.start..last.start + last.text.len(), 0)).into_iter().collect()
    }

    /// The runs of lines that are indented by four columns or a tab.
    fn indented(&self) -> Vec<(Range<usize>, usize)> {
        let mut runs: Vec<(Range<usize>, usize)> = Vec::new();
        let mut continues = false;
        for line in self.lines.iter().filter(|line| !line.text.trim().is_empty()) {
            let is_code = line.text.starts_with("    ") || line.text.starts_with('\t');
            let end = line.start + line.text.len();
            match runs.last_mut().filter(|_| is_code && continues) {
                Some((range, _)) => range.end = end,
                None if is_code => runs.push((line.start..end, 4)),
                None => {}
            }
            continues = is_code;
        }
        runs
    }
}

impl<'t> Block<'t> {
    fn new(text: &'t str, range: Range<usize>, indentation: usize) -> Self {
        let code = text.get(range.clone()).unwrap_or("");
        let code = code.strip_suffix('\n').unwrap_or(code);
        let code = code.strip_suffix('\r').unwrap_or(code);
        let start = range.start;
        Self { info: "", section: 0, start, end: start + code.len(), code, indentation }
    }

    /// As it stands in the file.
    pub(super) fn raw(&self) -> &'t str {
        self.code
    }

    /// The code without the block's own indentation, and where its bytes stand.
    pub(super) fn text(&self) -> (String, Positions) {
        let mut text = String::with_capacity(self.code.len());
        let mut positions = Positions::from(self.start);
        let mut offset = self.start;
        for line in self.code.split_inclusive('\n') {
            let removed = match line.strip_prefix('\t').filter(|_| self.indentation >= 4) {
                Some(_) => 1,
                None => line.bytes().take(self.indentation).take_while(|b| *b == b' ').count(),
            };
            positions.mark(text.len(), offset + removed);
            text.push_str(&line[removed..]);
            offset += line.len();
        }
        (text, positions)
    }
}

impl<'t> Fence<'t> {
    fn opened_by(line: Line<'t>) -> Option<Self> {
        let trimmed = line.text.trim_start();
        let marker = trimmed.chars().next().filter(|c| matches!(c, '`' | '~'))?;
        let info = trimmed.trim_start_matches(marker);
        let length = trimmed.len() - info.len();
        let is_fence = length >= 3 && !(marker == '`' && info.contains('`'));
        is_fence.then(|| Self {
            marker,
            length,
            indentation: line.text.len() - trimmed.len(),
            info: info.trim(),
            start: line.start + line.end_length(),
        })
    }

    fn is_closed_by(&self, line: &str) -> bool {
        let line = line.trim();
        line.len() >= self.length && line.chars().all(|c| c == self.marker)
    }
}

impl Line<'_> {
    /// The length with the line's end.
    fn end_length(&self) -> usize {
        self.text.len() + 1
    }
}

fn lines(text: &str) -> impl Iterator<Item = Line<'_>> {
    let mut start = 0;
    text.split_inclusive('\n').map(move |line| {
        let found = Line { start, text: line.strip_suffix('\n').unwrap_or(line) };
        start += line.len();
        found
    })
}

fn heading(line: &str) -> Option<(usize, &str)> {
    let line = line.trim_start_matches('\u{feff}');
    let rest = line.trim_start_matches('#');
    let level = line.len() - rest.len();
    ((1..=6).contains(&level) && (rest.is_empty() || rest.starts_with([' ', '\t'])))
        .then(|| (level, rest.trim()))
}

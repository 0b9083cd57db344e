//! Texts inside other texts, and where their bytes stand in the file.

use super::Span;

/// Where the bytes of a text stand in the source that it was taken from: a query in a YAML block scalar, in a JSON
/// string, in a fence of markdown. Escapes and indentation make the two differ; between two marks they run in step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Positions {
    /// Offsets in the text and in the source, in order of the text; never empty.
    marks: Vec<(u32, u32)>,
    /// Where the source ends: a text may end with a line break that the source lacks.
    end: u32,
}

impl Default for Positions {
    /// The text is the source.
    fn default() -> Self {
        Self::from(0)
    }
}

impl Positions {
    /// A text that stands in the source as it is, from this offset on.
    pub fn from(source: usize) -> Self {
        Self { marks: vec![(0, clip(source))], end: u32::MAX }
    }

    /// The same in a source that ends there: no place is beyond it.
    #[must_use]
    pub fn until(self, end: usize) -> Self {
        Self { end: clip(end), ..self }
    }

    /// From `text` on, the text's bytes stand at `source` and after. Marks are added in order of the text.
    pub fn mark(&mut self, text: usize, source: usize) {
        let (text, source) = (clip(text), clip(source));
        if let Some(last) = self.marks.last_mut() {
            if last.0 == text {
                last.1 = source;
                return;
            }
            if source.checked_sub(last.1) == text.checked_sub(last.0) {
                return;
            }
        }
        self.marks.push((text, source));
    }

    /// Where a byte of the text stands in the source.
    pub fn offset(&self, text: usize) -> usize {
        let text = clip(text);
        let index = self.marks.partition_point(|mark| mark.0 <= text).saturating_sub(1);
        let (from, to) = self.marks.get(index).copied().unwrap_or_default();
        to.saturating_add(text.saturating_sub(from)).min(self.end) as usize
    }

    /// The positions of what follows in the text from this byte on, as a text of its own.
    #[must_use]
    pub fn after(&self, start: usize) -> Self {
        let mut positions = Self { end: self.end, ..Self::from(self.offset(start)) };
        let from = clip(start);
        let later = self.marks.iter().filter(|mark| mark.0 > from);
        positions.marks.extend(later.map(|(text, source)| (text - from, *source)));
        positions
    }

    /// Where a range of the text stands in the source; it ends where its last byte does.
    pub fn span(&self, start: usize, end: usize) -> Span {
        let last = end.checked_sub(1).filter(|last| *last >= start);
        let end = last.map_or_else(|| self.offset(start), |last| self.offset(last) + 1);
        Span::new(self.offset(start), end.min(self.end as usize))
    }
}

fn clip(offset: usize) -> u32 {
    u32::try_from(offset).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_an_indented_block_stand_further_right() {
        // query: |
        //   ab
        //   cd
        let mut positions = Positions::from(11);
        positions.mark(3, 16);
        assert_eq!(positions.span(0, 2), Span::new(11, 13));
        assert_eq!(positions.span(3, 5), Span::new(16, 18));
        // What ends with a line ends there, not where the next one starts.
        assert_eq!(positions.span(1, 3), Span::new(12, 14));
    }

    #[test]
    fn a_part_keeps_its_places() {
        let mut positions = Positions::from(11);
        positions.mark(3, 16);
        positions.mark(6, 30);
        let part = positions.after(4);
        assert_eq!((part.offset(0), part.offset(1), part.offset(2)), (17, 18, 30));
    }

    #[test]
    fn marks_in_step_are_one() {
        let mut positions = Positions::from(5);
        positions.mark(4, 9);
        assert_eq!(positions, Positions::from(5));
    }
}

//! Documents: text with the places where a line may end, and how wide lines may get.

/// Groups that do not fit in a line of this width are broken.
const WIDTH: usize = 100;
const INDENT: usize = 4;

/// A text that is not yet laid out.
#[derive(Debug, Clone, Default)]
pub(super) enum Doc {
    #[default]
    Nothing,
    Text(String),
    /// This text where its group stands on one line, a line feed where it does not.
    Line(&'static str),
    /// Always a line feed.
    Break,
    /// An empty line, if there is none yet.
    Blank,
    /// Up to the end of its line, so that nothing follows it there. A trailing one stands on the line before.
    Comment {
        text: String,
        is_trailing: bool,
    },
    Several(Vec<Doc>),
    /// Lines that start in it are indented.
    Indented(Box<Doc>),
    Group(Box<Group>),
}

/// What stands on one line, or has all its lines ended.
#[derive(Debug, Clone)]
pub(super) struct Group {
    content: Doc,
    /// How wide it is on one line; none if it must be broken.
    width: Option<usize>,
    /// Whether the room it has is counted from the indentation of its line: what stands before it, such as `| where `
    /// or `and `, is short.
    from_indent: bool,
}

impl Doc {
    pub(super) fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    pub(super) fn group(content: impl Into<Self>) -> Self {
        Self::grouped(content.into(), false)
    }

    /// A group whose room is counted from the indentation.
    pub(super) fn group_from_indent(content: impl Into<Self>) -> Self {
        Self::grouped(content.into(), true)
    }

    fn grouped(content: Self, from_indent: bool) -> Self {
        let width = content.width();
        Self::Group(Box::new(Group { content, width, from_indent }))
    }

    pub(super) fn indented(content: impl Into<Self>) -> Self {
        Self::Indented(Box::new(content.into()))
    }

    /// `open content close` on one line, or the content on lines of its own.
    pub(super) fn enclosed(open: impl Into<Self>, content: impl Into<Self>, close: &str) -> Self {
        let inner = Self::indented([Self::Line(""), content.into()]);
        Self::group([open.into(), inner, Self::Line(""), Self::text(close)])
    }

    /// Items with this between.
    pub(super) fn joined(items: impl IntoIterator<Item = Self>, between: &Self) -> Self {
        let mut all = Vec::new();
        for item in items {
            if !all.is_empty() {
                all.push(between.clone());
            }
            all.push(item);
        }
        Self::Several(all)
    }

    /// Items with commas between, one a line where their group is broken.
    pub(super) fn listed(items: impl IntoIterator<Item = Self>) -> Self {
        Self::joined(items, &Self::from([Self::text(","), Self::Line(" ")]))
    }

    pub(super) fn is_nothing(&self) -> bool {
        match self {
            Self::Nothing => true,
            Self::Several(all) => all.iter().all(Self::is_nothing),
            _ => false,
        }
    }

    fn width(&self) -> Option<usize> {
        match self {
            Self::Nothing => Some(0),
            Self::Text(text) => Some(text.chars().count()),
            Self::Line(flat) => Some(flat.len()),
            Self::Break | Self::Blank | Self::Comment { .. } => None,
            Self::Several(all) => all.iter().map(Self::width).sum(),
            Self::Indented(content) => content.width(),
            Self::Group(group) => group.width,
        }
    }

    /// What has no breaks of its own on one line, however wide.
    pub(super) fn on_one_line(&self) -> Self {
        let mut layout = Layout::default();
        layout.add(self, 0, false);
        Self::Text(layout.out)
    }

    /// Lays it out, without a final line feed.
    pub(super) fn lay_out(&self) -> String {
        let mut layout = Layout::default();
        layout.add(self, 0, true);
        layout.flush(0);
        let length = layout.out.trim_end().len();
        layout.out.truncate(length);
        layout.out
    }
}

impl From<&str> for Doc {
    fn from(text: &str) -> Self {
        Self::text(text)
    }
}

impl From<String> for Doc {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<Vec<Doc>> for Doc {
    fn from(all: Vec<Doc>) -> Self {
        Self::Several(all)
    }
}

impl<const N: usize> From<[Doc; N]> for Doc {
    fn from(all: [Doc; N]) -> Self {
        Self::Several(all.into())
    }
}

#[derive(Default)]
struct Layout {
    out: String,
    column: usize,
    /// The indentation of a line on which nothing stands yet.
    indent: Option<usize>,
    /// Comments for the end of the line.
    pending: Vec<String>,
    /// Whether a comment ends this line, and the one before.
    commented: bool,
    before_commented: bool,
}

impl Layout {
    fn add(&mut self, doc: &Doc, indent: usize, is_broken: bool) {
        match doc {
            Doc::Nothing => {}
            Doc::Text(text) => self.text(text),
            Doc::Line(flat) if !is_broken => self.text(flat),
            Doc::Line(_) | Doc::Break => self.line(indent),
            Doc::Blank => self.blank(indent),
            Doc::Comment { text, is_trailing } => self.comment(text, *is_trailing, indent),
            Doc::Several(all) => all.iter().for_each(|doc| self.add(doc, indent, is_broken)),
            Doc::Indented(content) => self.add(content, indent + INDENT, is_broken),
            Doc::Group(group) if !is_broken => self.add(&group.content, indent, false),
            Doc::Group(group) => {
                let start = match self.indent {
                    Some(indent) => indent,
                    None if group.from_indent => indent,
                    None => self.column,
                };
                let fits = group.width.is_some_and(|width| start + width <= WIDTH);
                self.add(&group.content, indent, !fits);
            }
        }
    }

    fn is_at_start(&self) -> bool {
        self.indent.is_some() || self.out.is_empty()
    }

    fn text(&mut self, text: &str) {
        if text.is_empty() {
            return;
        }
        if let Some(indent) = self.indent.take() {
            self.out.extend(std::iter::repeat_n(' ', indent));
            self.column = indent;
        }
        self.out.push_str(text);
        self.column += text.chars().count();
    }

    /// Ends the line, unless nothing stands on it yet.
    fn line(&mut self, indent: usize) {
        if self.is_at_start() {
            self.indent = self.indent.map(|_| indent);
            return;
        }
        self.flush(indent);
        self.feed(indent);
    }

    fn feed(&mut self, indent: usize) {
        if self.indent.is_none() {
            self.out.truncate(self.out.trim_end_matches(' ').len());
        }
        self.out.push('\n');
        self.indent = Some(indent);
        self.before_commented = std::mem::take(&mut self.commented);
    }

    fn blank(&mut self, indent: usize) {
        if !self.is_at_start() {
            self.line(indent);
        }
        if !self.out.is_empty() && !self.out.ends_with("\n\n") {
            self.out.push('\n');
        }
    }

    fn comment(&mut self, text: &str, is_trailing: bool, indent: usize) {
        let is_after_line = self.indent.is_some() && !self.out.ends_with("\n\n") && !self.before_commented;
        if !self.is_at_start() {
            self.pending.push(text.to_owned());
        } else if is_trailing && is_after_line {
            self.out.truncate(self.out.trim_end_matches('\n').len());
            self.out.push(' ');
            self.out.push_str(text);
            self.out.push('\n');
            self.before_commented = true;
        } else {
            self.text(text);
            self.commented = true;
            self.feed(indent);
        }
    }

    /// Writes the comments that wait for the end of the line.
    fn flush(&mut self, indent: usize) {
        for text in std::mem::take(&mut self.pending) {
            if self.commented {
                self.feed(indent);
            } else if !self.is_at_start() {
                self.text(" ");
            }
            self.text(&text);
            self.commented = true;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(count: usize) -> Doc {
        Doc::enclosed("f(", Doc::listed((0..count).map(|_| Doc::text("abcdefgh"))), ")")
    }

    #[test]
    fn a_group_stands_on_one_line_or_has_all_its_lines_ended() {
        assert_eq!(list(2).lay_out(), "f(abcdefgh, abcdefgh)");
        let broken = list(11).lay_out();
        assert!(broken.starts_with("f(\n    abcdefgh,\n    abcdefgh,\n"), "{broken}");
        assert!(broken.ends_with("\n    abcdefgh\n)"), "{broken}");
    }

    #[test]
    fn a_comment_ends_its_line() {
        let comment = |text: &str, is_trailing| Doc::Comment { text: text.to_owned(), is_trailing };
        let items = Doc::from([
            Doc::text("a"),
            Doc::text(","),
            Doc::Line(" "),
            comment("// of a", true),
            comment("// of b", false),
            Doc::text("b"),
            comment("// also of b", true),
        ]);
        let expected = "(\n    a, // of a\n    // of b\n    b // also of b\n)";
        assert_eq!(Doc::enclosed("(", items, ")").lay_out(), expected);
    }

    #[test]
    fn a_line_holds_one_comment() {
        let comment = |text: &str| Doc::Comment { text: text.to_owned(), is_trailing: true };
        let doc = Doc::from([Doc::text("a"), comment("// 1"), comment("// 2"), Doc::Break, Doc::text("b")]);
        assert_eq!(doc.lay_out(), "a // 1\n// 2\nb");
    }

    #[test]
    fn empty_lines_are_neither_doubled_nor_at_the_start() {
        let doc = Doc::from([Doc::Blank, Doc::text("a"), Doc::Break, Doc::Blank, Doc::Blank, Doc::text("b")]);
        assert_eq!(doc.lay_out(), "a\n\nb");
    }
}

//! What was handed in: the bytes of a file, decoded, and where lines begin in them.
//!
//! Everything downstream speaks of a place as a [`Span`]: a file and a byte range of its decoded
//! text. [`SpanMap`] carries the plain text that rules read back to those bytes.

mod decode;
mod span_map;

pub use decode::{Decoded, decode};
pub use span_map::{PlainText, SpanMap, SpanPiece};

use std::ops::Range;

use serde::Serialize;

/// Which of a manuscript's sources a span lies in: 0 is the file itself, others are included
/// files or parts of a container.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct SourceId(pub u32);

/// A byte range (end exclusive) in the decoded text of one source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Span {
    /// The source that the range lies in.
    pub source: SourceId,
    /// First byte.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
}

/// A 1-based line and a 1-based column, counted in Unicode scalar values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Position {
    /// 1-based line.
    pub line: usize,
    /// 1-based column in Unicode scalar values.
    pub column: usize,
}

/// One text that spans can point into.
#[derive(Debug, Clone)]
pub struct SourceText {
    /// The path as the user gave it, or the name of the part inside a container.
    pub name: String,
    /// The path of the container, where the text is a part of one: the XML inside a Word document.
    /// Nobody reads such a text, so reports show paragraphs instead of its lines.
    pub container: Option<String>,
    /// The decoded text; byte offsets in spans are offsets in it.
    pub text: String,
    /// First byte and 1-based page, where the page changes; empty for a text without pages.
    pages: Vec<(usize, usize)>,
    line_starts: Vec<usize>,
    /// Characters before every [`STEP`]-th byte, so that a column on a line of a megabyte is found at once.
    characters: Vec<usize>,
}

/// How far apart the places are at which characters are counted beforehand.
const STEP: usize = 256;

/// The characters that begin in these bytes of UTF-8.
fn characters_in(bytes: &[u8]) -> usize {
    bytes.iter().filter(|byte| **byte & 0xc0 != 0x80).count()
}

/// The lines of a text with their line ends (`\n`, `\r\n` and lone `\r`), each with its first byte.
pub fn lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let bytes = text.as_bytes();
    let mut at = 0;
    std::iter::from_fn(move || {
        if at >= bytes.len() {
            return None;
        }
        let start = at;
        at = match memchr::memchr2(b'\n', b'\r', &bytes[start..]) {
            Some(length) if bytes[start + length..].starts_with(b"\r\n") => start + length + 2,
            Some(length) => start + length + 1,
            None => bytes.len(),
        };
        Some((start, &text[start..at]))
    })
}

impl SourceText {
    /// Takes a name and the decoded text; indexes its lines (`\n`, `\r\n` and lone `\r`).
    pub fn new(name: impl Into<String>, text: String) -> Self {
        let ends_in_line_end = text.ends_with(['\n', '\r']);
        let mut line_starts: Vec<usize> = lines(&text).map(|(start, _)| start).collect();
        if ends_in_line_end || text.is_empty() {
            line_starts.push(text.len());
        }
        let mut characters = vec![0];
        for chunk in text.as_bytes().chunks(STEP) {
            characters.push(characters.last().copied().unwrap_or_default() + characters_in(chunk));
        }
        Self { name: name.into(), container: None, text, pages: Vec::new(), line_starts, characters }
    }

    /// Takes the path of a container, the name of a part in it, and the part's decoded text.
    pub fn part(container: impl Into<String>, name: impl Into<String>, text: String) -> Self {
        Self { container: Some(container.into()), ..Self::new(name, text) }
    }

    /// Says where pages begin: the first byte and the 1-based page, in the order of the text. A page
    /// may come again, where a note stands after a paragraph that runs on.
    #[must_use]
    pub fn with_pages(self, pages: Vec<(usize, usize)>) -> Self {
        Self { pages, ..self }
    }

    /// The 1-based page that byte `at` stands on, where the text has pages.
    pub fn page_of(&self, at: usize) -> Option<usize> {
        let index = self.pages.partition_point(|(start, _)| *start <= at);
        index.checked_sub(1).map(|index| self.pages[index].1)
    }

    /// The last page, where the text has pages.
    pub fn last_page(&self) -> Option<usize> {
        self.pages.iter().map(|(_, page)| *page).max()
    }

    /// How many characters begin before byte `at`.
    fn characters_before(&self, at: usize) -> usize {
        let step = at / STEP;
        // A character that begins before the step was counted with it.
        let from = (step * STEP..at).find(|from| self.text.is_char_boundary(*from)).unwrap_or(at);
        self.characters[step] + self.text[from..at].chars().count()
    }

    /// The 0-based index of the line that holds byte `at`.
    pub fn line_index(&self, at: usize) -> usize {
        self.line_starts.partition_point(|start| *start <= at).saturating_sub(1)
    }

    /// The byte at which a 0-based line begins; the text's length past the last line.
    pub fn line_start(&self, line: usize) -> usize {
        self.line_starts.get(line).copied().unwrap_or(self.text.len())
    }

    /// How many lines there are (at least one).
    pub fn line_count(&self) -> usize {
        self.line_starts.len()
    }

    /// Line and column of a byte offset; an offset inside a character counts as that character.
    ///
    /// A byte order mark takes no column: no editor shows one.
    pub fn position(&self, at: usize) -> Position {
        let mut at = at.min(self.text.len());
        while !self.text.is_char_boundary(at) {
            at -= 1;
        }
        let line = self.line_index(at);
        let marked = line == 0 && at > 0 && self.text.starts_with('\u{feff}');
        let before = self.characters_before(at) - self.characters_before(self.line_start(line));
        let column = before - usize::from(marked) + 1;
        Position { line: line + 1, column }
    }
}

/// A place as the JSON contract (`realint-report/1`) gives it; fields that a format lacks are left out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Location {
    /// First byte in the source text: in the file, or in the part that `part` names.
    pub start_byte: usize,
    /// One past the last byte.
    pub end_byte: usize,
    /// 1-based line of the first byte; in a container, whose parts nobody reads as lines, the paragraph.
    pub line: usize,
    /// 1-based column of the first byte, in Unicode scalar values; in a container, in the paragraph's text.
    pub column: usize,
    /// 1-based line of the end.
    pub end_line: usize,
    /// 1-based column of the end (exclusive).
    pub end_column: usize,
    /// Headings above the place, outermost first.
    pub section: Vec<String>,
    /// 1-based number of the paragraph (every block counts).
    pub paragraph: usize,
    /// 1-based page, where the format has pages.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub page: Option<usize>,
    /// The included file, or the part of a container, where the bytes aren't those of the file itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub part: Option<String>,
    /// Byte range in the plain text of the paragraph, for renderers that show the text; `None` where the
    /// place lies in the source alone, as a field of a protocol does.
    #[serde(skip)]
    pub plain: Option<Range<usize>>,
    /// The other file of the project that the place lies in, where it isn't the document's own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
}

impl Default for Location {
    /// The start of the file: for a finding on a text that has no blocks.
    fn default() -> Self {
        Self {
            start_byte: 0,
            end_byte: 0,
            line: 1,
            column: 1,
            end_line: 1,
            end_column: 1,
            section: Vec::new(),
            paragraph: 1,
            page: None,
            part: None,
            plain: None,
            path: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_count_characters_and_every_kind_of_line_end() {
        let source = SourceText::new("a.md", "é1\r\nzwei\rdrei\nvier".into());
        assert_eq!(source.line_count(), 4);
        assert_eq!(source.position(2), Position { line: 1, column: 2 });
        assert_eq!(source.position(5), Position { line: 2, column: 1 });
        assert_eq!(source.position(source.text.len()), Position { line: 4, column: 5 });
        assert_eq!(source.position(1), Position { line: 1, column: 1 });
    }

    #[test]
    fn a_byte_order_mark_takes_no_column_and_a_last_line_end_begins_a_line() {
        let source = SourceText::new("a.md", "\u{feff}ab\r".into());
        assert_eq!(source.position(0), Position { line: 1, column: 1 });
        assert_eq!(source.position(3), Position { line: 1, column: 1 });
        assert_eq!(source.position(4), Position { line: 1, column: 2 });
        assert_eq!(source.position(6), Position { line: 2, column: 1 });
        assert_eq!(SourceText::new("a.md", String::new()).position(0), Position { line: 1, column: 1 });
    }

    #[test]
    fn columns_far_along_a_line_count_characters() {
        let text = "x\n".to_owned() + &"é".repeat(5000);
        let source = SourceText::new("a.md", text);
        for characters in [0, 1, 511, 512, 513, 4999, 5000] {
            assert_eq!(source.position(2 + 2 * characters), Position { line: 2, column: characters + 1 });
        }
    }

    #[test]
    fn pages_are_those_on_which_bytes_stand() {
        let source = SourceText::new("a.pdf", "one two three".into()).with_pages(vec![(0, 1), (4, 3), (8, 2)]);
        let pages: Vec<_> = [0, 3, 4, 7, 8, 12].iter().map(|at| source.page_of(*at)).collect();
        assert_eq!(pages, [1, 1, 3, 3, 2, 2].map(Some));
        assert_eq!(source.last_page(), Some(3));
        let late = SourceText::new("a.pdf", "one two".into()).with_pages(vec![(4, 7)]);
        assert_eq!((late.page_of(3), late.page_of(4)), (None, Some(7)));
        let without = SourceText::new("a.md", "one two".into());
        assert_eq!((without.page_of(3), without.last_page()), (None, None));
    }

    #[test]
    fn lines_begin_after_every_kind_of_line_end() {
        let parts: Vec<(usize, &str)> = lines("a\r\nb\rc\n\nd").collect();
        assert_eq!(parts, [(0, "a\r\n"), (3, "b\r"), (5, "c\n"), (7, "\n"), (8, "d")]);
        let source = SourceText::new("a.md", "a\r\nb\n".into());
        assert_eq!([0, 1, 2, 3].map(|line| source.line_start(line)), [0, 3, 5, 5]);
        assert_eq!([0, 2, 3, 4, 5].map(|at| source.line_index(at)), [0, 0, 1, 1, 2]);
        assert_eq!(source.line_count(), 3);
        assert_eq!(SourceText::new("a.md", "a".into()).line_count(), 1);
        assert_eq!(SourceText::new("a.md", String::new()).line_count(), 1);
    }

    #[test]
    fn a_byte_order_mark_counts_in_the_first_line_only() {
        let source = SourceText::new("a.md", "\u{feff}a\nb".into());
        assert_eq!(source.position(5), Position { line: 2, column: 1 });
        assert_eq!(source.position(6), Position { line: 2, column: 2 });
        assert_eq!(source.position(99), Position { line: 2, column: 2 });
        assert_eq!(SourceText::new("a.md", "ab".into()).position(1), Position { line: 1, column: 2 });
    }

    #[test]
    fn a_part_of_a_container_says_which() {
        let part = SourceText::part("a.docx", "word/document.xml", "<p/>".into());
        assert_eq!(
            (part.container.as_deref(), part.name.as_str(), part.text.as_str()),
            (Some("a.docx"), "word/document.xml", "<p/>")
        );
    }
}

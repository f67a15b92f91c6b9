//! The marks of Pandoc and Quarto that CommonMark doesn't know: found, taken down, and blanked out
//! to the same number of bytes, in one pass over the text.

use std::borrow::Cow;
use std::ops::Range;

use super::drawn::{self, Ruled};
use crate::source::lines;

/// What stands where a mark within a line was taken out. It is no white space, so that it neither
/// indents a line nor breaks one, and plain text leaves it out as it does all control characters.
pub(super) const HOLE: char = '\u{1}';

/// Ranges of code and formulas, in the order of the text.
#[derive(Debug, Default)]
pub(super) struct Verbatim {
    pub(super) blocks: Vec<Range<usize>>,
    pub(super) inline: Vec<Range<usize>>,
}

/// What the blanked marks said; each list is in the order of the text.
#[derive(Debug, Default)]
pub(super) struct Marks {
    /// HTML comments, marks included.
    pub(super) comments: Vec<Range<usize>>,
    /// Where an include stands and what it names.
    pub(super) includes: Vec<(usize, String)>,
    /// Where the text of an inline footnote begins, and that text with its own marks blanked.
    pub(super) notes: Vec<(usize, String)>,
    /// Grid tables.
    pub(super) grids: Vec<Range<usize>>,
    /// Fenced divs that are call-outs or boxes.
    pub(super) boxes: Vec<Range<usize>>,
    /// A comment that hides the rest of the file.
    pub(super) unclosed: Option<usize>,
}

/// A text with marks blanked out, byte for byte.
pub(super) struct Masked<'a> {
    source: &'a str,
    bytes: Vec<u8>,
}

struct Bracket {
    at: usize,
    /// It opens an inline footnote: `^[`.
    note: bool,
}

/// Brackets that are open in the present paragraph.
#[derive(Default)]
struct Brackets {
    open: Vec<Bracket>,
    notes: usize,
}

impl Brackets {
    fn push(&mut self, at: usize, note: bool) {
        // Notes don't nest.
        let note = note && self.notes == 0;
        self.notes += usize::from(note);
        self.open.push(Bracket { at, note });
    }

    fn pop(&mut self) -> Option<Bracket> {
        let bracket = self.open.pop()?;
        self.notes -= usize::from(bracket.note);
        Some(bracket)
    }

    fn clear(&mut self) {
        self.open.clear();
        self.notes = 0;
    }
}

/// What is open while lines go by.
#[derive(Default)]
struct Open {
    /// Everything before this byte belongs to a mark that is done with.
    done: usize,
    divs: Vec<(usize, bool)>,
    grid: Option<Range<usize>>,
    brackets: Brackets,
    /// No comment ends after here.
    no_comment_end: bool,
    blocks: usize,
    inline: usize,
}

impl<'a> Masked<'a> {
    pub(super) fn new(source: &'a str) -> Self {
        let mut masked = Self { source, bytes: source.as_bytes().to_vec() };
        // The parser knows no line that ends in a return alone.
        for at in memchr::memchr_iter(b'\r', source.as_bytes()) {
            if source.as_bytes().get(at + 1) != Some(&b'\n') {
                masked.bytes[at] = b'\n';
            }
        }
        if source.starts_with('\u{feff}') {
            masked.blank(0..3);
        }
        masked
    }

    /// The text as it now is.
    pub(super) fn text(&self) -> Cow<'_, str> {
        std::str::from_utf8(&self.bytes).map_or_else(|_| String::from_utf8_lossy(&self.bytes), Cow::Borrowed)
    }

    /// Whether nothing but white space is left of a line.
    fn is_blank(&self, line: Range<usize>) -> bool {
        match self.bytes[line].trim_ascii_start() {
            [] => true,
            [first, ..] if first.is_ascii() => false,
            rest => std::str::from_utf8(rest).unwrap_or_default().trim().is_empty(),
        }
    }

    /// Replaces a range by spaces, line ends kept.
    pub(super) fn blank(&mut self, range: Range<usize>) {
        self.fill(range, b' ');
    }

    fn fill(&mut self, range: Range<usize>, with: u8) {
        for byte in &mut self.bytes[range] {
            if !matches!(byte, b'\n' | b'\r') {
                *byte = with;
            }
        }
    }

    /// Blanks a mark in the line `line`. One that has its lines to itself leaves blank lines, any
    /// other leaves holes.
    fn take_out(&mut self, line: &Range<usize>, text_before: bool, mark: Range<usize>) {
        if text_before {
            self.fill(mark, HOLE as u8);
            return;
        }
        let end = if mark.end > line.end {
            lines(&self.source[mark.end..]).next().map_or(mark.end, |(_, rest)| mark.end + rest.len())
        } else {
            line.end
        };
        if self.source[mark.end..end].trim().is_empty() {
            self.blank(line.start..end);
            return;
        }
        let last = self.source[mark.clone()].rfind(['\n', '\r']).map_or(mark.start, |at| mark.start + at + 1);
        self.blank(mark.start..last);
        self.fill(last..mark.end, HOLE as u8);
    }

    /// Finds and blanks tables whose columns lie under runs of dashes, which the parser doesn't know.
    pub(super) fn ruled(&mut self, verbatim: &Verbatim) -> Vec<Ruled> {
        let source = self.source;
        let mut found = Vec::new();
        if !source.contains("-- ") {
            return found;
        }
        let lines = drawn::lines_of(source);
        let mut blocks = verbatim.blocks.iter().peekable();
        let mut at = 0;
        while at < lines.len() {
            let (start, line) = lines[at];
            while blocks.next_if(|block| block.end <= start).is_some() {}
            let code = blocks.peek().is_some_and(|block| block.start < start + line.len());
            let hidden = self.bytes.get(start..start + line.len()).is_none_or(|shown| shown != line.as_bytes());
            match (!code && !hidden).then(|| drawn::ruled(&lines, at)).flatten() {
                Some(table) => {
                    let end = lines.get(table.end).map_or(source.len(), |line| line.0);
                    self.blank(start..end);
                    at = table.end;
                    found.push(table);
                }
                None => at += 1,
            }
        }
        found
    }

    /// Finds all marks and blanks them.
    pub(super) fn marks(&mut self, verbatim: &Verbatim) -> Marks {
        let mut marks = Marks::default();
        let mut open = Open::default();
        let source = self.source;
        for (start, line) in lines(source) {
            let end = start + line.len();
            if end <= open.done {
                continue;
            }
            while verbatim.blocks.get(open.blocks).is_some_and(|block| block.end <= start) {
                open.blocks += 1;
            }
            if verbatim.blocks.get(open.blocks).is_some_and(|block| block.start < end) {
                open.brackets.clear();
                continue;
            }
            if self.is_blank(start..end) {
                open.brackets.clear();
                self.end_grid(&mut open, &mut marks);
                continue;
            }
            let whole = open.done <= start;
            if whole && self.block_mark(start..end, line.trim(), &mut open, &mut marks) {
                continue;
            }
            self.inline_marks(start..end, verbatim, &mut open, &mut marks);
            if marks.unclosed.is_some() {
                break;
            }
        }
        self.end_grid(&mut open, &mut marks);
        let divs = std::mem::take(&mut open.divs);
        marks.boxes.extend(divs.into_iter().filter(|(_, boxed)| *boxed).map(|(at, _)| at..source.len()));
        marks.boxes.sort_by_key(|range| range.start);
        marks
    }

    fn end_grid(&mut self, open: &mut Open, marks: &mut Marks) {
        if let Some(range) = open.grid.take() {
            self.blank(range.clone());
            marks.grids.push(range);
        }
    }

    /// Fences of divs and lines of grid tables. Says whether the line was one.
    fn block_mark(&mut self, range: Range<usize>, trimmed: &str, open: &mut Open, marks: &mut Marks) -> bool {
        if trimmed.starts_with(":::") {
            let name = trimmed.trim_matches(':').trim();
            if name.is_empty() {
                if let Some((at, true)) = open.divs.pop() {
                    marks.boxes.push(at..range.end);
                }
            } else {
                open.divs.push((range.start, is_box(name)));
            }
            self.blank(range);
            open.brackets.clear();
            return true;
        }
        let border = trimmed.len() > 4
            && trimmed.starts_with('+')
            && trimmed.ends_with('+')
            && trimmed.bytes().all(|b| matches!(b, b'+' | b'-' | b'=' | b':'));
        match &mut open.grid {
            Some(grid) if border || trimmed.starts_with('|') => {
                grid.end = range.end;
                return true;
            }
            Some(_) => self.end_grid(open, marks),
            None if border => {
                open.grid = Some(range);
                return true;
            }
            None => {}
        }
        false
    }

    /// Comments, shortcodes, inline footnotes and attributes of one line.
    fn inline_marks(&mut self, line: Range<usize>, verbatim: &Verbatim, open: &mut Open, marks: &mut Marks) {
        let source = self.source;
        let bytes = source.as_bytes();
        let label = label_at(&source[line.clone()]).map(|at| line.start + at);
        // A search that failed once on this line fails again: without this, a line of openings
        // would be searched to its end for each of them.
        let (mut shortcodes, mut braces) = (true, true);
        let mut text_before = false;
        let mut span = None;
        let mut at = line.start.max(open.done);
        while at < line.end {
            while verbatim.inline.get(open.inline).is_some_and(|code| code.end <= at) {
                open.inline += 1;
            }
            if let Some(code) = verbatim.inline.get(open.inline)
                && code.start <= at
            {
                text_before = true;
                at = code.end;
                continue;
            }
            let until = verbatim.inline.get(open.inline).map_or(line.end, |code| code.start.min(line.end));
            let plain = &bytes[at..until];
            let plain = &plain[..plain.iter().position(|byte| may_mark(*byte)).unwrap_or(plain.len())];
            if !plain.is_empty() {
                text_before = text_before || plain.iter().any(|byte| !byte.is_ascii_whitespace());
                at += plain.len();
                continue;
            }
            match bytes[at] {
                b'\\' => at += 1,
                b'<' if !open.no_comment_end && bytes[at..].starts_with(b"<!--") => {
                    if let Some(length) = source[at + 2..].find("-->") {
                        let close = at + 2 + length + 3;
                        marks.comments.push(at..close);
                        self.take_out(&line, text_before, at..close);
                        open.done = close;
                        at = close;
                        continue;
                    }
                    open.no_comment_end = true;
                    if !text_before {
                        marks.comments.push(at..source.len());
                        marks.unclosed = Some(at);
                        self.blank(at..source.len());
                        return;
                    }
                }
                b'{' if shortcodes && bytes[at..].starts_with(b"{{<") => {
                    if let Some(length) = source[at..line.end].find(">}}") {
                        let close = at + length + 3;
                        if let Some(name) = source[at + 3..at + length].trim().strip_prefix("include ") {
                            marks.includes.push((at, name.trim().trim_matches(['"', '\'']).to_owned()));
                        }
                        self.take_out(&line, text_before, at..close);
                        at = close;
                        continue;
                    }
                    shortcodes = false;
                }
                b'{' if label == Some(at) => {
                    self.fill(at..line.end, HOLE as u8);
                    return;
                }
                b'{' if braces && at > line.start && matches!(bytes[at - 1], b')' | b']') => {
                    match source[at..line.end].find('}') {
                        Some(length) => {
                            self.fill(at..at + length + 1, HOLE as u8);
                            if let Some((start, end)) = span
                                && end + 1 == at
                            {
                                self.fill(start..start + 1, HOLE as u8);
                                self.fill(end..end + 1, HOLE as u8);
                            }
                            at += length;
                        }
                        None => braces = false,
                    }
                }
                b'[' => {
                    let caret = at > 0 && bytes[at - 1] == b'^';
                    let plain_caret = at > 1 && matches!(bytes[at - 2], b'\\' | b'[');
                    open.brackets.push(at, caret && !plain_caret);
                }
                b']' => {
                    if let Some(bracket) = open.brackets.pop() {
                        if bracket.note {
                            self.take_note(bracket.at + 1..at, marks);
                        } else if bracket.at == 0 || bytes[bracket.at - 1] != b'!' {
                            span = Some((bracket.at, at));
                        }
                    }
                }
                _ => {}
            }
            text_before |= bytes.get(at).is_some_and(|b| !b.is_ascii_whitespace());
            at += 1;
        }
    }

    /// Takes out `^[a note]`, whose text has this range. `^[12]` is a citation.
    fn take_note(&mut self, inside: Range<usize>, marks: &mut Marks) {
        let citation = |c: char| c.is_ascii_digit() || matches!(c, ',' | '-' | '\u{2013}' | ' ');
        if !self.source[inside.clone()].chars().all(citation) {
            marks.notes.push((inside.start, String::from_utf8_lossy(&self.bytes[inside.clone()]).into_owned()));
            self.fill(inside.start - 2..inside.end + 1, HOLE as u8);
        }
    }
}

/// Whether a mark within a line may begin or end with a byte, or be undone by it.
fn may_mark(byte: u8) -> bool {
    matches!(byte, b'\\' | b'<' | b'{' | b'[' | b']')
}

/// Where the label of a table, a figure or a formula (`{#tbl-cmo}`) begins that ends a line.
fn label_at(line: &str) -> Option<usize> {
    let inside = line.trim_end().strip_suffix('}')?;
    let at = inside.rfind(['{', '}'])?;
    inside[at..].starts_with("{#").then_some(at)
}

/// Whether the classes of a fenced div make it a box.
fn is_box(name: &str) -> bool {
    name.split(|c: char| !(c.is_alphanumeric() || matches!(c, '-' | '_'))).any(|word| {
        let word = word.to_ascii_lowercase();
        word.starts_with("callout")
            || word.ends_with("box")
            || matches!(word.as_str(), "aside" | "note" | "tip" | "warning" | "important" | "caution" | "panel")
    })
}

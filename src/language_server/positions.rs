//! Places in a text as editors count them: a 0-based line and a column in code units. realint counts in
//! bytes; this is the only bridge between the two.

use lsp_types::{Position, PositionEncodingKind, Range};

/// In which units columns are counted; editor and server agree on one at the start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Units {
    /// Bytes of UTF-8.
    Utf8,
    /// Units of UTF-16: what every editor knows.
    #[default]
    Utf16,
}

impl Units {
    /// UTF-8 where the editor offers it, since nothing need be counted then; else UTF-16.
    pub fn agreed(offered: Option<&[PositionEncodingKind]>) -> Self {
        if offered.is_some_and(|all| all.contains(&PositionEncodingKind::UTF8)) { Self::Utf8 } else { Self::Utf16 }
    }

    /// The name in the protocol.
    pub fn kind(self) -> PositionEncodingKind {
        match self {
            Self::Utf8 => PositionEncodingKind::UTF8,
            Self::Utf16 => PositionEncodingKind::UTF16,
        }
    }

    fn of(self, character: char) -> usize {
        match self {
            Self::Utf8 => character.len_utf8(),
            Self::Utf16 => character.len_utf16(),
        }
    }
}

/// The bytes at which the lines of a text begin (after `\n`, `\r\n` and lone `\r`, as the protocol has it).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LineIndex {
    starts: Vec<usize>,
}

impl LineIndex {
    /// Indexes a text.
    pub fn new(text: &str) -> Self {
        let mut starts = vec![0];
        add_starts(text.as_bytes(), 0, text.len(), &mut starts);
        Self { starts }
    }

    /// The position of a byte. A byte within a character counts as that character's first, one past the end
    /// as the end; one within a line end as the end of the line.
    pub fn position(&self, text: &str, at: usize, units: Units) -> Position {
        let mut at = at.min(text.len());
        while !text.is_char_boundary(at) {
            at -= 1;
        }
        let line = self.starts.partition_point(|start| *start <= at).saturating_sub(1);
        let start = self.starts[line];
        let end = self.line_end(text, line);
        let before = &text[start..at.min(end)];
        let column = match units {
            Units::Utf8 => before.len(),
            Units::Utf16 if before.is_ascii() => before.len(),
            Units::Utf16 => before.chars().map(char::len_utf16).sum(),
        };
        Position { line: line as u32, character: column as u32 }
    }

    /// The byte of a position. A line past the last is the text's end, a column past the line's end the line's
    /// end, and one within a character that character's first byte.
    pub fn offset(&self, text: &str, position: Position, units: Units) -> usize {
        let line = position.line as usize;
        let Some(&start) = self.starts.get(line) else { return text.len() };
        let end = self.line_end(text, line);
        let wanted = position.character as usize;
        let mut column = 0;
        for (offset, character) in text[start..end].char_indices() {
            column += units.of(character);
            if column > wanted {
                return start + offset;
            }
        }
        end
    }

    /// A byte range as a range of positions.
    pub fn range(&self, text: &str, bytes: std::ops::Range<usize>, units: Units) -> Range {
        Range { start: self.position(text, bytes.start, units), end: self.position(text, bytes.end, units) }
    }

    /// The byte at which the line of a byte begins.
    pub fn line_start_of(&self, at: usize) -> usize {
        self.starts[self.starts.partition_point(|start| *start <= at).saturating_sub(1)]
    }

    /// The byte after the last of a line, its line end left out.
    fn line_end(&self, text: &str, line: usize) -> usize {
        let start = self.starts[line];
        let end = self.starts.get(line + 1).copied().unwrap_or(text.len());
        let content = &text.as_bytes()[start..end];
        let kept = content.strip_suffix(b"\r\n").or_else(|| content.strip_suffix(b"\n"));
        start + kept.or_else(|| content.strip_suffix(b"\r")).unwrap_or(content).len()
    }

    /// Replaces bytes of a text and keeps the index in step, without looking at lines that the edit leaves alone.
    pub fn replace(&mut self, text: &mut String, bytes: std::ops::Range<usize>, new: &str) {
        text.replace_range(bytes.clone(), new);
        // What stands right before the edit may join a line end with it: `\r` and `\n`.
        let from = self.line_start_of(bytes.start.saturating_sub(1));
        let kept = self.starts.partition_point(|start| *start <= from);
        let after = self.starts.partition_point(|start| *start <= bytes.end + 1);
        let tail = self.starts.split_off(after);
        self.starts.truncate(kept);
        let edited = bytes.start + new.len();
        add_starts(text.as_bytes(), from, (edited + 1).min(text.len()), &mut self.starts);
        let last = self.starts.last().copied().unwrap_or_default();
        let removed = bytes.end - bytes.start;
        self.starts.extend(tail.iter().map(|start| start + new.len() - removed).filter(|start| *start > last));
    }
}

/// Adds the lines that begin after `from` and up to `to`.
fn add_starts(text: &[u8], from: usize, to: usize, starts: &mut Vec<usize>) {
    let mut at = from;
    while let Some(length) = memchr::memchr2(b'\n', b'\r', &text[at..to]) {
        at += length + 1;
        if text[at - 1] == b'\r' && text.get(at) == Some(&b'\n') {
            at += 1;
        }
        starts.push(at);
        if at >= to {
            break;
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const PIECES: [&str; 12] =
        ["a", "word ", "\n", "\r\n", "\r", "é", "e\u{301}", "😀", "👩‍🔬", "语", "\u{feff}", "\u{2028}"];

    fn text() -> impl Strategy<Value = String> {
        prop::collection::vec(prop::sample::select(&PIECES[..]), 0..40).prop_map(|pieces| pieces.concat())
    }

    /// Line and column counted one by one.
    fn counted(text: &str, at: usize, units: Units) -> Position {
        let (mut line, mut column) = (0, 0);
        let mut rest = text.char_indices().peekable();
        while let Some((offset, character)) = rest.next() {
            if offset >= at {
                break;
            }
            let joined = character == '\r' && rest.peek().is_some_and(|(_, next)| *next == '\n');
            if character == '\n' || (character == '\r' && !joined) {
                (line, column) = (line + 1, 0);
            } else if !joined {
                column += units.of(character);
            }
        }
        Position { line, character: column as u32 }
    }

    proptest! {
        #[test]
        fn positions_are_what_counting_gives_and_lead_back(text in text()) {
            let index = LineIndex::new(&text);
            for units in [Units::Utf8, Units::Utf16] {
                for (at, _) in text.char_indices().chain([(text.len(), ' ')]) {
                    let position = index.position(&text, at, units);
                    prop_assert_eq!(position, counted(&text, at, units));
                    let within_line_end = at > 0 && text[..at].ends_with('\r') && text[at..].starts_with('\n');
                    if !within_line_end {
                        prop_assert_eq!(index.offset(&text, position, units), at);
                    }
                }
            }
        }

        #[test]
        fn edits_one_by_one_equal_the_full_text(
            start in text(),
            edits in prop::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>(), text()), 0..8),
        ) {
            let mut text = start;
            let mut index = LineIndex::new(&text);
            for (one, other, new) in edits {
                let places: Vec<usize> = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
                let (one, other) = (*one.get(&places), *other.get(&places));
                let bytes = one.min(other)..one.max(other);
                let mut whole = text.clone();
                whole.replace_range(bytes.clone(), &new);
                index.replace(&mut text, bytes, &new);
                prop_assert_eq!(&text, &whole);
                prop_assert_eq!(&index, &LineIndex::new(&text));
            }
        }

        #[test]
        fn positions_out_of_range_are_brought_in(text in text(), line in 0u32..60, character in 0u32..90) {
            let index = LineIndex::new(&text);
            for units in [Units::Utf8, Units::Utf16] {
                let at = index.offset(&text, Position { line, character }, units);
                prop_assert!(text.is_char_boundary(at));
                index.position(&text, at + 7, units);
            }
        }
    }

    #[test]
    fn a_column_within_a_pair_of_units_is_its_character() {
        let text = "a😀b";
        let index = LineIndex::new(text);
        for (column, at) in [(0, 0), (1, 1), (2, 1), (3, 5), (4, 6), (9, 6)] {
            assert_eq!(index.offset(text, Position { line: 0, character: column }, Units::Utf16), at);
        }
    }
}

//! A plain model of a text that an editor changes.

use lsp_types::{Position, Range, TextDocumentContentChangeEvent};
use realint::language_server::Units;

/// A change as the fuzzer makes it up.
#[derive(Debug, Clone, arbitrary::Arbitrary)]
pub struct Edit {
    /// The whole text is sent anew.
    pub whole: bool,
    /// Where it begins.
    pub start: (u8, u8),
    /// How many lines further it ends, and at which column.
    pub end: (u8, u8),
    /// Numbers of pieces that it puts there.
    pub pieces: Vec<u8>,
}

/// A session: the text that is opened, and its changes, several of them in one message.
#[derive(Debug, arbitrary::Arbitrary)]
pub struct Session {
    /// Columns count bytes of UTF-8, else units of UTF-16.
    pub utf8: bool,
    /// Numbers of the pieces of the text that is opened.
    pub start: Vec<u8>,
    /// The changes of each message.
    pub messages: Vec<Vec<Edit>>,
}

impl Session {
    /// What its columns count.
    pub fn units(&self) -> Units {
        if self.utf8 { Units::Utf8 } else { Units::Utf16 }
    }
}

/// What edits are made of: line ends of every kind, which may join with others, and characters of one to
/// four bytes.
pub const PIECES: [&str; 16] = [
    "a",
    "word ",
    "\n",
    "\r\n",
    "\r",
    "\u{e9}",
    "e\u{301}",
    "\u{1f600}",
    "\u{8bed}",
    "\u{feff}",
    "\u{2028}",
    "\0",
    "\u{85}",
    "# ",
    "\u{10ffff}",
    "",
];

/// The text that pieces make.
pub fn text(pieces: &[u8]) -> String {
    pieces.iter().map(|piece| PIECES[usize::from(*piece) % PIECES.len()]).collect()
}

impl Edit {
    /// The change as the protocol has it.
    pub fn change(&self) -> TextDocumentContentChangeEvent {
        let start = Position { line: u32::from(self.start.0), character: u32::from(self.start.1) };
        let end = Position { line: start.line + u32::from(self.end.0), character: u32::from(self.end.1) };
        let range = (!self.whole).then_some(Range { start, end });
        TextDocumentContentChangeEvent { range, range_length: None, text: text(&self.pieces) }
    }
}

/// The byte of a position, by the words of the protocol and nothing kept from before: lines end with `\n`,
/// `\r\n` or `\r`; a column past the end of a line is its end; a line past the last is the text's end; a
/// column within a character is the character's beginning.
pub fn offset(text: &str, position: Position, units: Units) -> usize {
    let (mut line, mut column) = (0, 0);
    let mut characters = text.char_indices().peekable();
    while let Some((at, character)) = characters.next() {
        let ends = character == '\n' || character == '\r';
        if line == position.line {
            let width = if units == Units::Utf8 { character.len_utf8() } else { character.len_utf16() } as u32;
            if ends || column + width > position.character {
                return at;
            }
            column += width;
        }
        if ends {
            if character == '\r' && characters.peek().is_some_and(|(_, next)| *next == '\n') {
                characters.next();
            }
            line += 1;
        }
    }
    text.len()
}

/// Applies a change to the model.
pub fn apply(model: &mut String, change: &TextDocumentContentChangeEvent, units: Units) {
    let Some(range) = change.range else {
        change.text.clone_into(model);
        return;
    };
    let start = offset(model, range.start, units);
    let end = offset(model, range.end, units).max(start);
    model.replace_range(start..end, &change.text);
}

//! A paragraph: the pieces that its runs are made of, and the plain text that they give.
//!
//! Word cuts a paragraph into runs wherever anything changes, often within a word, so nothing can
//! be told from one run: raised numbers and the results of citation fields are put together first.

use super::styles::SymbolFont;
use crate::read::markdown::is_power;
use crate::source::{PlainText, SourceId};

/// What a piece says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Words {
    /// The bytes of the part.
    Verbatim,
    /// Something else: a decoded entity, a symbol.
    Decoded(Box<str>),
    /// A hard line break.
    Break,
}

/// How a piece looks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Face {
    pub(super) bold: bool,
    pub(super) italic: bool,
    pub(super) underline: bool,
    pub(super) capitals: bool,
    pub(super) raised: bool,
    /// In half points.
    pub(super) size: u16,
    pub(super) symbols: Option<SymbolFont>,
}

/// One piece of a paragraph.
#[derive(Debug, Clone)]
pub(super) struct Piece {
    /// First byte in the part.
    pub(super) at: usize,
    /// Bytes in the part.
    pub(super) length: usize,
    pub(super) words: Words,
    pub(super) face: Face,
    /// Which citation of a reference manager it belongs to; 0 for none.
    pub(super) citation: u32,
}

impl Piece {
    fn text<'a>(&'a self, part: &'a str) -> &'a str {
        match &self.words {
            Words::Verbatim => part.get(self.at..self.at + self.length).unwrap_or_default(),
            Words::Decoded(text) => text,
            Words::Break => "\n",
        }
    }
}

/// How the letters of a paragraph look, taken together.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Appearance {
    letters: usize,
    bold: usize,
    italic: usize,
    underline: usize,
    capitals: usize,
    /// The size of most of the first letters, in half points.
    pub(super) size: u16,
    /// The plain bytes at the start that are bold, italic or underlined.
    pub(super) lead: usize,
    lead_ended: bool,
}

impl Appearance {
    pub(super) fn all_bold(&self) -> bool {
        self.letters > 0 && self.bold == self.letters
    }

    pub(super) fn all_italic(&self) -> bool {
        self.letters > 0 && self.italic == self.letters
    }

    pub(super) fn all_underlined(&self) -> bool {
        self.letters > 0 && self.underline == self.letters
    }

    pub(super) fn all_capitals(&self) -> bool {
        self.letters >= 4 && self.capitals * 10 >= self.letters * 9
    }

    fn add(&mut self, text: &str, face: Face) {
        let letters = text.chars().filter(|c| c.is_alphabetic());
        let (mut all, mut upper) = (0, 0);
        for letter in letters {
            all += 1;
            upper += usize::from(letter.is_uppercase());
        }
        let part = |on: bool| if on { all } else { 0 };
        self.bold += part(face.bold);
        self.italic += part(face.italic);
        self.underline += part(face.underline);
        self.capitals += if face.capitals { all } else { upper };
        if self.letters < 20 && all > 0 {
            self.size = self.size.max(face.size);
        }
        self.letters += all;
    }
}

/// Puts pieces together as plain text.
pub(super) struct Compiler<'a> {
    pub(super) part: &'a str,
    pub(super) source: SourceId,
    pub(super) plain: PlainText,
    pub(super) appearance: Appearance,
}

impl<'a> Compiler<'a> {
    pub(super) fn new(part: &'a str, source: SourceId) -> Self {
        Self { part, source, plain: PlainText::new(), appearance: Appearance::default() }
    }

    /// Appends the pieces of a paragraph.
    pub(super) fn paragraph(&mut self, pieces: &[Piece]) {
        let begins = self.plain.as_str().len();
        let mut index = 0;
        while index < pieces.len() {
            let piece = &pieces[index];
            let same = |p: &Piece| {
                if piece.citation == 0 {
                    p.citation == 0 && p.face.raised == piece.face.raised
                } else {
                    p.citation == piece.citation
                }
            };
            let end = index + pieces[index..].iter().take_while(|p| same(p)).count();
            let group = &pieces[index..end];
            let blank = self.plain.as_str()[begins..].trim().is_empty();
            if piece.citation != 0 {
                // The displayed result of a reference manager's field.
                self.numbers(group, false);
            } else if piece.face.raised && !blank {
                self.numbers(group, true);
            } else {
                group.iter().for_each(|p| self.piece(p));
            }
            index = end;
        }
    }

    fn piece(&mut self, piece: &Piece) {
        let text = piece.text(self.part);
        match &piece.words {
            Words::Verbatim => self.plain.push_source(self.source, piece.at, text),
            Words::Decoded(text) => {
                let begins = self.plain.as_str().is_empty() || self.plain.as_str().ends_with([' ', '\n']);
                if !(begins && text.trim().is_empty()) {
                    self.plain.push_decoded(self.source, piece.at, piece.length, text);
                }
            }
            Words::Break => {
                if !self.plain.is_blank() && !self.plain.as_str().ends_with('\n') {
                    self.plain.push_replacement(self.source, piece.at, piece.length, "\n");
                }
            }
        }
        let appearance = &mut self.appearance;
        appearance.add(text, piece.face);
        if !appearance.lead_ended && text.chars().any(char::is_alphanumeric) {
            if piece.face.bold || piece.face.italic || piece.face.underline {
                appearance.lead = self.plain.as_str().len();
            } else {
                appearance.lead_ended = true;
            }
        } else if !appearance.lead_ended && appearance.lead > 0 && (piece.face.bold || piece.face.italic) {
            // The colon or stop of a label.
            appearance.lead = self.plain.as_str().len();
        }
    }

    /// Pieces that may be nothing but numbers: if so, in square brackets.
    fn numbers(&mut self, group: &[Piece], raised: bool) {
        let shown: String = group.iter().map(|p| p.text(self.part)).take(64).collect();
        let inner = shown.trim();
        let bare = inner.strip_prefix(['(', '[']).and_then(|t| t.strip_suffix([')', ']'])).unwrap_or(inner);
        let power = || raised && is_power(self.plain.as_str(), bare);
        if !is_number_list(bare) || (raised && bare.len() > 40) || power() {
            group.iter().for_each(|p| self.piece(p));
            return;
        }
        let first = group.iter().position(|p| !p.text(self.part).trim().is_empty()).unwrap_or(0);
        let last = group.iter().rposition(|p| !p.text(self.part).trim().is_empty()).unwrap_or(0);
        for (index, piece) in group.iter().enumerate() {
            let text = piece.text(self.part);
            if index == first && !text.trim_start().starts_with(['(', '[']) {
                let lead = text.len() - text.trim_start().len();
                let (before, piece) = split(piece, lead, text);
                before.iter().for_each(|p| self.piece(p));
                self.plain.push_replacement(self.source, piece.at, 0, "[");
                self.numeric_piece(&piece, index == last);
            } else {
                self.numeric_piece(piece, index == last);
            }
        }
    }

    /// A piece of a list of numbers: brackets become square; the last piece closes the list.
    fn numeric_piece(&mut self, piece: &Piece, closes: bool) {
        let text = piece.text(self.part).to_owned();
        let body = text.trim_end();
        let verbatim = piece.words == Words::Verbatim;
        let mut closed = !closes || body.ends_with([')', ']']);
        for (offset, character) in text.char_indices() {
            if offset >= body.len() && !closed {
                self.plain.push_replacement(
                    self.source,
                    if verbatim { piece.at + offset } else { piece.at + piece.length },
                    0,
                    "]",
                );
                closed = true;
            }
            let (at, length) =
                if verbatim { (piece.at + offset, character.len_utf8()) } else { (piece.at, piece.length) };
            match character {
                '(' | '[' => self.plain.push_replacement(self.source, at, length, "["),
                ')' | ']' => self.plain.push_replacement(self.source, at, length, "]"),
                _ if verbatim => self.plain.push_source(self.source, at, &text[offset..offset + character.len_utf8()]),
                _ => self.plain.push_decoded(self.source, at, length, character.encode_utf8(&mut [0; 4])),
            }
        }
        if !closed {
            self.plain.push_replacement(self.source, piece.at + piece.length, 0, "]");
        }
    }
}

/// Cuts a piece after `lead` bytes of its text; nothing before where it isn't verbatim.
fn split(piece: &Piece, lead: usize, text: &str) -> (Option<Piece>, Piece) {
    if lead == 0 || piece.words != Words::Verbatim || lead >= text.len() {
        return (None, piece.clone());
    }
    let before = Piece { length: lead, ..piece.clone() };
    (Some(before), Piece { at: piece.at + lead, length: piece.length - lead, ..piece.clone() })
}

/// `3`, `3,7-9`, `12; 14`: numbers as reference lists count them, so no years.
fn is_number_list(text: &str) -> bool {
    let dash = |c: char| matches!(c, '-' | '\u{2010}'..='\u{2015}' | '\u{2212}');
    let mut digits = 0;
    for number in text.split(|c: char| !c.is_ascii_digit()).filter(|n| !n.is_empty()) {
        digits += 1;
        if number.len() > 4 || number.parse::<u32>().map_or(true, |n| n == 0 || n > 1500) {
            return false;
        }
    }
    digits > 0
        && text.starts_with(|c: char| c.is_ascii_digit())
        && text
            .chars()
            .all(|c| c.is_ascii_digit() || c.is_whitespace() || matches!(c, ',' | ';' | '\u{200b}') || dash(c))
}

/// A character of a symbol font as the sign that it shows. `code` may lie in the private use area.
/// `None` for a bullet or a sign without meaning.
pub(super) fn symbol(code: u32, font: SymbolFont) -> Option<char> {
    let code = if (0xf000..=0xf0ff).contains(&code) { code - 0xf000 } else { code };
    match font {
        SymbolFont::Letters => char::from_u32(code).filter(|c| !c.is_control() && !('\u{e000}'..='\u{f8ff}').contains(c)),
        SymbolFont::Wingdings => match code {
            0xdf | 0xe7 | 0xef => Some('\u{2190}'),
            0xe0 | 0xe8 | 0xf0 => Some('\u{2192}'),
            0xe1 | 0xe9 | 0xf1 => Some('\u{2191}'),
            0xe2 | 0xea | 0xf2 => Some('\u{2193}'),
            0xf3 => Some('\u{2194}'),
            0xfb | 0xfd => Some('\u{2717}'),
            0xfc | 0xfe => Some('\u{2713}'),
            _ => None,
        },
        SymbolFont::Symbol => match code {
            0x20..=0x21 | 0x23 | 0x25..=0x26 | 0x28..=0x29 | 0x2b..=0x3f | 0x5b | 0x5d | 0x7b..=0x7d => char::from_u32(code),
            0x41..=0x5a => "\u{391}\u{392}\u{3a7}\u{394}\u{395}\u{3a6}\u{393}\u{397}\u{399}\u{3d1}\u{39a}\u{39b}\u{39c}\u{39d}\u{39f}\u{3a0}\u{398}\u{3a1}\u{3a3}\u{3a4}\u{3a5}\u{3c2}\u{3a9}\u{39e}\u{3a8}\u{396}"
                .chars()
                .nth(code as usize - 0x41),
            0x61..=0x7a => "\u{3b1}\u{3b2}\u{3c7}\u{3b4}\u{3b5}\u{3c6}\u{3b3}\u{3b7}\u{3b9}\u{3d5}\u{3ba}\u{3bb}\u{3bc}\u{3bd}\u{3bf}\u{3c0}\u{3b8}\u{3c1}\u{3c3}\u{3c4}\u{3c5}\u{3d6}\u{3c9}\u{3be}\u{3c8}\u{3b6}"
                .chars()
                .nth(code as usize - 0x61),
            0xa3 => Some('\u{2264}'),
            0xab => Some('\u{2194}'),
            0xac => Some('\u{2190}'),
            0xad => Some('\u{2191}'),
            0xae => Some('\u{2192}'),
            0xaf => Some('\u{2193}'),
            0xb1 => Some('\u{b1}'),
            0xb3 => Some('\u{2265}'),
            0xb4 => Some('\u{d7}'),
            0xb9 => Some('\u{2260}'),
            0xbb => Some('\u{2248}'),
            0xdb => Some('\u{21d4}'),
            0xdc => Some('\u{21d0}'),
            0xde => Some('\u{21d2}'),
            _ => None,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn compile(pieces: &[(&str, bool, u32)]) -> String {
        let part: String = pieces.iter().map(|p| p.0).collect();
        let mut at = 0;
        let all: Vec<Piece> = pieces
            .iter()
            .map(|(text, raised, citation)| {
                at += text.len();
                let face = Face { raised: *raised, ..Face::default() };
                Piece { at: at - text.len(), length: text.len(), words: Words::Verbatim, face, citation: *citation }
            })
            .collect();
        let mut compiler = Compiler::new(&part, SourceId(0));
        compiler.paragraph(&all);
        let (text, map) = compiler.plain.finish();
        for (start, character) in text.char_indices() {
            let span = map.source_span(start, start + character.len_utf8()).expect("a span");
            assert!(part.is_char_boundary(span.start) && part.is_char_boundary(span.end), "{text:?} at {start}");
        }
        text
    }

    #[test]
    fn raised_numbers_are_citations_however_they_are_cut() {
        assert_eq!(
            compile(&[("As shown", false, 0), ("1", true, 0), ("2,14", true, 0), (" before.", false, 0)]),
            "As shown[12,14] before."
        );
        assert_eq!(compile(&[("Shown.", false, 0), ("3\u{2013}5", true, 0), (" Next", false, 0)]), "Shown.[3-5] Next");
    }

    #[test]
    fn powers_ordinals_and_marks_are_no_citations() {
        assert_eq!(compile(&[("40 m", false, 0), ("2", true, 0), (" of", false, 0)]), "40 m2 of");
        assert_eq!(compile(&[("the 3", false, 0), ("rd", true, 0), (" of", false, 0)]), "the 3rd of");
        assert_eq!(compile(&[("R", false, 0), ("2", true, 0), (" = 0.4", false, 0)]), "R2 = 0.4");
        assert_eq!(compile(&[("1", true, 0), (" Department", false, 0)]), "1 Department");
    }

    #[test]
    fn the_numbers_of_a_citation_field_come_out_in_square_brackets() {
        assert_eq!(
            compile(&[("so ", false, 0), ("(12,", false, 1), (" 14)", false, 1), (" it", false, 0)]),
            "so [12, 14] it"
        );
        assert_eq!(compile(&[("so ", false, 0), ("7", false, 1), ("8", false, 2), (".", false, 0)]), "so [7][8].");
        assert_eq!(compile(&[("so ", false, 0), ("[3]", false, 1), (".", false, 0)]), "so [3].");
        assert_eq!(compile(&[("so", false, 0), (" 4 ", false, 1), ("it", false, 0)]), "so [4] it");
        assert_eq!(
            compile(&[("Ames ", false, 0), ("(2019)", false, 1), (" and ", false, 0), ("(Cole, 2020)", false, 2)]),
            "Ames (2019) and (Cole, 2020)"
        );
    }

    #[test]
    fn symbols_are_the_signs_that_they_show() {
        assert_eq!(symbol(0xf0e0, SymbolFont::Wingdings), Some('\u{2192}'));
        assert_eq!(symbol(0xf0b3, SymbolFont::Symbol), Some('\u{2265}'));
        assert_eq!(symbol(0x61, SymbolFont::Symbol), Some('\u{3b1}'));
        assert_eq!(symbol(0xf0b7, SymbolFont::Symbol), None);
        assert_eq!(symbol(0x2192, SymbolFont::Letters), Some('\u{2192}'));
    }
}

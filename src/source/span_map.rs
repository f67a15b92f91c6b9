//! Plain text with a map back to the source: what rules read, and where each byte of it stood.
//!
//! # The documented folding
//! Plain text is the source's text with markup left out and a few characters folded, so that a
//! pattern need not know how a word processor writes them: curly quotes become straight ones;
//! every dash and the minus sign become `-`; no-break, thin and full-width spaces become a space;
//! soft hyphens, zero-width characters and the byte order mark disappear; the ligatures `ﬀ ﬁ ﬂ ﬃ ﬄ`
//! become letters; full-width ASCII letters, digits and brackets become ASCII; a run of white
//! space inside a paragraph becomes one space. Nothing else changes; [`SpanMap`] is exact
//! for all of it.

use super::{SourceId, Span};

/// One stretch of plain text and the source bytes that it came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SpanPiece {
    /// First byte in the plain text.
    pub plain: usize,
    /// Length in the plain text, in bytes.
    pub plain_len: usize,
    /// Where it came from.
    pub source: Span,
    /// The plain bytes are the source bytes, one for one.
    pub verbatim: bool,
}

/// The pieces of one block's plain text, in order and without gaps.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SpanMap {
    pieces: Vec<SpanPiece>,
}

impl SpanMap {
    /// The pieces, in the order of the plain text.
    pub fn pieces(&self) -> &[SpanPiece] {
        &self.pieces
    }

    /// The source span of a plain byte range. `None` for an empty map or a range beyond the text.
    ///
    /// A range that crosses markup covers it; a range that crosses sources ends with its first source.
    pub fn source_span(&self, start: usize, end: usize) -> Option<Span> {
        let first = self.piece_at(start)?;
        let last = self.piece_at(if end > start { end - 1 } else { end })?;
        let from = if first.verbatim { first.source.start + (start - first.plain) } else { first.source.start };
        let to = if last.source.source != first.source.source {
            first.source.end
        } else if last.verbatim {
            last.source.start + (end.max(start) - last.plain)
        } else if end > start {
            last.source.end
        } else {
            last.source.start
        };
        Some(Span { source: first.source.source, start: from, end: to.max(from) })
    }

    fn piece_at(&self, plain: usize) -> Option<&SpanPiece> {
        let index = self.pieces.partition_point(|p| p.plain <= plain).checked_sub(1)?;
        let piece = &self.pieces[index];
        (plain <= piece.plain + piece.plain_len).then_some(piece)
    }

    fn push(&mut self, piece: SpanPiece) {
        if let Some(last) = self.pieces.last_mut()
            && last.verbatim
            && piece.verbatim
            && last.source.source == piece.source.source
            && last.source.end == piece.source.start
            && last.plain + last.plain_len == piece.plain
        {
            last.plain_len += piece.plain_len;
            last.source.end = piece.source.end;
        } else {
            self.pieces.push(piece);
        }
    }
}

/// Plain text under construction, or done, with its map. Readers push source slices; folding and the map follow.
#[derive(Debug, Clone, Default)]
pub struct PlainText {
    text: String,
    map: SpanMap,
}

impl PlainText {
    /// An empty text.
    pub fn new() -> Self {
        Self::default()
    }

    /// The plain text so far.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether there is nothing but white space.
    pub fn is_blank(&self) -> bool {
        self.text.trim().is_empty()
    }

    /// Appends a slice of the source that begins at byte `at` of `source`, folded.
    pub fn push_source(&mut self, source: SourceId, at: usize, slice: &str) {
        let mut run_start = 0;
        let mut next = 0;
        // Most bytes are visible ASCII, which stays itself.
        let stays = |byte: &u8| byte.is_ascii_graphic();
        while let Some(offset) = slice.as_bytes()[next..].iter().position(|byte| !stays(byte)).map(|at| next + at) {
            let Some(character) = slice[offset..].chars().next() else { break };
            next = offset + character.len_utf8();
            let Some(folded) = fold(character) else {
                if character == ' ' && self.ends_in_space(&slice[run_start..offset]) {
                    self.push_verbatim(source, at + run_start, &slice[run_start..offset]);
                    run_start = next;
                }
                continue;
            };
            self.push_verbatim(source, at + run_start, &slice[run_start..offset]);
            run_start = next;
            if folded == " " && (self.text.is_empty() || self.text.ends_with([' ', '\n'])) {
                continue;
            }
            self.push_replacement(source, at + offset, character.len_utf8(), folded);
        }
        self.push_verbatim(source, at + run_start, &slice[run_start..]);
    }

    /// Appends `replacement` for the `source_len` source bytes at `at`: a decoded entity, an expanded macro.
    pub fn push_replacement(&mut self, source: SourceId, at: usize, source_len: usize, replacement: &str) {
        if replacement.is_empty() {
            return;
        }
        self.map.push(SpanPiece {
            plain: self.text.len(),
            plain_len: replacement.len(),
            source: Span { source, start: at, end: at + source_len },
            verbatim: false,
        });
        self.text.push_str(replacement);
    }

    /// Appends text decoded elsewhere (an entity, an attribute) with the documented folding applied.
    pub fn push_decoded(&mut self, source: SourceId, at: usize, source_len: usize, decoded: &str) {
        let mut folded = String::with_capacity(decoded.len());
        for character in decoded.chars() {
            let spaced = if folded.is_empty() {
                self.text.is_empty() || self.text.ends_with([' ', '\n'])
            } else {
                folded.ends_with(' ')
            };
            match fold(character) {
                Some(" ") if spaced => {}
                None if character == ' ' && spaced => {}
                Some(other) => folded.push_str(other),
                None => folded.push(character),
            }
        }
        self.push_replacement(source, at, source_len, &folded);
    }

    /// Appends a range of another plain text, which keeps its way back to the source.
    pub fn push_plain(&mut self, text: &str, map: &SpanMap, range: std::ops::Range<usize>) {
        let first = map.pieces.partition_point(|p| p.plain + p.plain_len <= range.start);
        for piece in &map.pieces[first..] {
            let (from, to) = (piece.plain.max(range.start), (piece.plain + piece.plain_len).min(range.end));
            if from >= to {
                break;
            }
            let Span { source, start, end } = piece.source;
            if piece.verbatim {
                self.push_verbatim(source, start + (from - piece.plain), &text[from..to]);
            } else {
                self.push_replacement(source, start, end - start, &text[from..to]);
            }
        }
    }

    /// Ends the text: white space at its end goes.
    pub fn finish(mut self) -> (String, SpanMap) {
        let length = self.text.trim_end().len();
        self.text.truncate(length);
        while let Some(last) = self.map.pieces.last_mut() {
            if last.plain >= length {
                self.map.pieces.pop();
                continue;
            }
            let over = (last.plain + last.plain_len).saturating_sub(length);
            if over > 0 {
                last.plain_len -= over;
                if last.verbatim {
                    last.source.end -= over;
                }
            }
            break;
        }
        (self.text, self.map)
    }

    fn ends_in_space(&self, pending: &str) -> bool {
        if pending.is_empty() {
            self.text.is_empty() || self.text.ends_with([' ', '\n'])
        } else {
            pending.ends_with(' ')
        }
    }

    fn push_verbatim(&mut self, source: SourceId, at: usize, slice: &str) {
        if slice.is_empty() {
            return;
        }
        self.map.push(SpanPiece {
            plain: self.text.len(),
            plain_len: slice.len(),
            source: Span { source, start: at, end: at + slice.len() },
            verbatim: true,
        });
        self.text.push_str(slice);
    }
}

/// What a character becomes in plain text; `None` where it stays itself.
fn fold(character: char) -> Option<&'static str> {
    if character.is_ascii() {
        return match character {
            '\t' | '\n' | '\r' | '\u{b}' | '\u{c}' => Some(" "),
            '\u{0}'..='\u{1f}' | '\u{7f}' => Some(""),
            _ => None,
        };
    }
    Some(match character {
        '\u{2018}' | '\u{2019}' | '\u{201a}' | '\u{201b}' | '\u{2032}' | '\u{2bc}' => "'",
        '\u{201c}' | '\u{201d}' | '\u{201e}' | '\u{201f}' | '\u{2033}' | '\u{ab}' | '\u{bb}' => "\"",
        '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{2e3a}' | '\u{2e3b}' | '\u{fe58}' | '\u{fe63}' | '\u{ff0d}' => "-",
        '\u{a0}'
        | '\u{1680}'
        | '\u{2000}'..='\u{200a}'
        | '\u{202f}'
        | '\u{205f}'
        | '\u{3000}'
        | '\u{2028}'
        | '\u{2029}'
        | '\u{85}' => " ",
        '\u{ad}'
        | '\u{200b}'..='\u{200f}'
        | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{2069}'
        | '\u{feff}'
        | '\u{80}'..='\u{84}'
        | '\u{86}'..='\u{9f}' => "",
        '\u{fb00}' => "ff",
        '\u{fb01}' => "fi",
        '\u{fb02}' => "fl",
        '\u{fb03}' => "ffi",
        '\u{fb04}' => "ffl",
        '\u{2026}' => "...",
        '\u{ff08}' => "(",
        '\u{ff09}' => ")",
        '\u{ff3b}' => "[",
        '\u{ff3d}' => "]",
        '\u{ff1a}' => ":",
        '\u{ff0f}' => "/",
        '\u{ff10}'..='\u{ff19}' | '\u{ff21}'..='\u{ff3a}' | '\u{ff41}'..='\u{ff5a}' => full_width(character),
        _ => return None,
    })
}

fn full_width(character: char) -> &'static str {
    const ASCII: &str = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    let index = match character {
        '\u{ff10}'..='\u{ff19}' => character as usize - 0xff10,
        '\u{ff21}'..='\u{ff3a}' => character as usize - 0xff21 + 10,
        _ => character as usize - 0xff41 + 36,
    };
    &ASCII[index..=index]
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const HERE: SourceId = SourceId(0);

    fn plain(slice: &str) -> (String, SpanMap) {
        let mut text = PlainText::new();
        text.push_source(HERE, 0, slice);
        text.finish()
    }

    #[test]
    fn a_word_after_curly_quotes_and_dashes_maps_to_its_own_bytes() {
        let source = "\u{201c}what works\u{201d} \u{2014} for \u{fb01}rst-year  pupils";
        let (text, map) = plain(source);
        assert_eq!(text, "\"what works\" - for first-year pupils");
        let at = text.find("first").expect("the word");
        let span = map.source_span(at, at + "first-year".len()).expect("a span");
        assert_eq!(&source[span.start..span.end], "\u{fb01}rst-year");
    }

    #[test]
    fn a_range_over_left_out_markup_covers_it() {
        let mut text = PlainText::new();
        text.push_source(HERE, 0, "a ");
        text.push_source(HERE, 4, "bold");
        text.push_source(HERE, 10, " word");
        let (plain, map) = text.finish();
        assert_eq!(plain, "a bold word");
        assert_eq!(map.source_span(0, 11), Some(Span { source: HERE, start: 0, end: 15 }));
        assert_eq!(map.source_span(2, 6), Some(Span { source: HERE, start: 4, end: 8 }));
    }

    #[test]
    fn every_documented_folding_is_done() {
        let folded = |text: &str| plain(&format!("a{text}b")).0;
        for character in "\u{2018}\u{2019}\u{201a}\u{201b}\u{2032}\u{2bc}".chars() {
            assert_eq!(folded(&character.to_string()), "a'b", "{character:?}");
        }
        for character in "\u{201c}\u{201d}\u{201e}\u{201f}\u{2033}\u{ab}\u{bb}".chars() {
            assert_eq!(folded(&character.to_string()), "a\"b", "{character:?}");
        }
        for character in
            "\u{2010}\u{2011}\u{2012}\u{2013}\u{2014}\u{2015}\u{2212}\u{2e3a}\u{2e3b}\u{fe58}\u{fe63}\u{ff0d}".chars()
        {
            assert_eq!(folded(&character.to_string()), "a-b", "{character:?}");
        }
        for character in
            "\t\n\r\u{b}\u{c}\u{85}\u{a0}\u{1680}\u{2000}\u{2009}\u{200a}\u{202f}\u{205f}\u{3000}\u{2028}\u{2029}"
                .chars()
        {
            assert_eq!(folded(&character.to_string()), "a b", "{character:?}");
            assert_eq!(folded(&format!(" {character} {character}")), "a b", "{character:?}");
        }
        for character in "\0\u{1}\u{8}\u{e}\u{1f}\u{7f}\u{80}\u{84}\u{86}\u{9f}\u{ad}\u{200b}\u{200d}\u{200f}\u{202a}\u{202e}\u{2060}\u{2069}\u{feff}".chars() {
            assert_eq!(folded(&character.to_string()), "ab", "{character:?}");
        }
        for (written, read) in [
            ("\u{fb00}\u{fb01}\u{fb02}\u{fb03}\u{fb04}", "fffiflffiffl"),
            ("\u{2026}", "..."),
            ("\u{ff08}\u{ff09}\u{ff3b}\u{ff3d}\u{ff1a}\u{ff0f}", "()[]:/"),
            ("\u{ff10}\u{ff11}\u{ff19}\u{ff21}\u{ff22}\u{ff3a}\u{ff41}\u{ff42}\u{ff5a}", "019ABZabz"),
            ("\u{e9}\u{df}\u{3b1}\u{4e00}\u{1f600}", "\u{e9}\u{df}\u{3b1}\u{4e00}\u{1f600}"),
        ] {
            assert_eq!(folded(written), format!("a{read}b"));
        }
    }

    /// The source span of some words of a plain text.
    fn place(text: &str, map: &SpanMap, words: &str) -> (usize, usize) {
        let at = text.find(words).expect("the words");
        let span = map.source_span(at, at + words.len()).expect("a span");
        (span.start, span.end)
    }

    #[test]
    fn runs_of_white_space_become_one_space_wherever_they_are_pushed() {
        let mut text = PlainText::new();
        assert!(text.is_blank());
        text.push_source(HERE, 0, "  a ");
        text.push_source(HERE, 4, "  b");
        text.push_decoded(HERE, 7, 6, "\u{a0} c\u{a0} ");
        text.push_source(HERE, 13, " \u{a0}d");
        text.push_decoded(HERE, 20, 5, "  ");
        text.push_decoded(HERE, 25, 5, "\u{a0}e");
        text.push_decoded(HERE, 30, 6, " ");
        assert!(!text.is_blank());
        assert_eq!(text.as_str(), "a b c d e ");
        let (text, map) = text.finish();
        assert_eq!(text, "a b c d e");
        for (words, span) in [("a", (2, 3)), ("b", (6, 7)), (" c ", (7, 13)), ("d", (16, 17)), ("e", (25, 30))] {
            assert_eq!(place(&text, &map, words), span, "{words:?}");
        }
        let (text, map) = plain("a  b\n \n c");
        assert_eq!(text, "a b c");
        assert_eq!([place(&text, &map, "b"), place(&text, &map, "c")], [(3, 4), (8, 9)]);
        let mut lines = PlainText::new();
        lines.push_replacement(HERE, 0, 4, "a\n");
        lines.push_source(HERE, 4, " b");
        assert_eq!(lines.as_str(), "a\nb");
    }

    #[test]
    fn places_are_exact_in_what_is_verbatim_and_whole_in_what_is_replaced() {
        let mut text = PlainText::new();
        text.push_source(HERE, 10, "one ");
        text.push_replacement(HERE, 14, 5, "R&D");
        text.push_replacement(HERE, 19, 3, "");
        text.push_source(HERE, 22, " two");
        text.push_source(SourceId(1), 3, " three");
        let (text, map) = text.finish();
        assert_eq!(text, "one R&D two three");
        let span = |start, end| map.source_span(start, end).map(|s| (s.source.0, s.start, s.end));
        assert_eq!(span(0, 3), Some((0, 10, 13)));
        assert_eq!(span(1, 2), Some((0, 11, 12)));
        assert_eq!(span(5, 6), Some((0, 14, 19)));
        assert_eq!(span(2, 9), Some((0, 12, 24)));
        assert_eq!(span(0, 5), Some((0, 10, 19)));
        // A place without length, in both kinds of stretch, and at the end.
        assert_eq!(span(2, 2), Some((0, 12, 12)));
        assert_eq!(span(5, 5), Some((0, 14, 14)));
        assert_eq!(span(17, 17), Some((1, 9, 9)));
        // What crosses sources ends with the first.
        assert_eq!(span(9, 15), Some((0, 24, 26)));
        assert_eq!(span(12, 15), Some((1, 4, 7)));
        assert_eq!(span(15, 17), Some((1, 7, 9)));
        assert_eq!(span(15, 19), None);
        assert_eq!(span(18, 18), None);
        assert_eq!(SpanMap::default().source_span(0, 0), None);
        // A range that is upside down is a place.
        assert_eq!(span(2, 1), Some((0, 12, 12)));
    }

    #[test]
    fn what_follows_on_in_the_source_is_one_piece() {
        let mut text = PlainText::new();
        text.push_source(HERE, 0, "ab");
        text.push_source(HERE, 2, "cd");
        text.push_source(HERE, 5, "ef");
        text.push_source(SourceId(1), 7, "gh");
        let (_, map) = text.finish();
        let pieces: Vec<(usize, usize)> = map.pieces().iter().map(|p| (p.plain, p.plain_len)).collect();
        assert_eq!(pieces, [(0, 4), (4, 2), (6, 2)]);
        assert_eq!(map.pieces()[0].source, Span { source: HERE, start: 0, end: 4 });
    }

    #[test]
    fn a_piece_of_another_text_keeps_its_way_to_the_source() {
        let mut whole = PlainText::new();
        whole.push_source(HERE, 10, "one ");
        whole.push_replacement(HERE, 14, 5, "R&D");
        whole.push_source(HERE, 19, " two");
        let (whole, map) = whole.finish();
        for (range, words, span) in [
            (1..11, "ne R&D two", (11, 23)),
            (0..4, "one ", (10, 14)),
            (4..7, "R&D", (14, 19)),
            (5..6, "&", (14, 19)),
            (6..9, "D t", (14, 21)),
            (8..9, "t", (20, 21)),
        ] {
            let mut piece = PlainText::new();
            piece.push_plain(&whole, &map, range.clone());
            assert_eq!(piece.as_str(), words);
            let span_of = piece.map.source_span(0, words.len()).expect("a span");
            assert_eq!((span_of.start, span_of.end), span, "{range:?}");
        }
        let mut nothing = PlainText::new();
        nothing.push_plain(&whole, &map, 4..4);
        assert!(nothing.as_str().is_empty() && nothing.map.pieces().is_empty());
    }

    #[test]
    fn white_space_at_the_end_takes_its_pieces_along() {
        let mut text = PlainText::new();
        text.push_source(HERE, 0, "one ");
        text.push_replacement(HERE, 4, 5, "\n");
        let (text, map) = text.finish();
        assert_eq!((text.as_str(), map.pieces().len()), ("one", 1));
        assert_eq!(
            map.pieces()[0],
            SpanPiece { plain: 0, plain_len: 3, source: Span { source: HERE, start: 0, end: 3 }, verbatim: true }
        );
        let mut text = PlainText::new();
        text.push_source(HERE, 0, "one");
        text.push_replacement(HERE, 3, 5, "\n");
        assert_eq!(text.finish().1.pieces().len(), 1);
        let mut text = PlainText::new();
        text.push_replacement(HERE, 2, 9, "one\n");
        let (text, map) = text.finish();
        assert_eq!((text.as_str(), map.pieces()[0].plain_len), ("one", 3));
        assert_eq!(map.pieces()[0].source, Span { source: HERE, start: 2, end: 11 });
        let (text, map) = plain("one two");
        assert_eq!((text.as_str(), map.pieces()[0].plain_len), ("one two", 7));
        assert!(plain(" \n ").1.pieces().is_empty());
    }

    proptest! {
        #[test]
        fn every_span_lies_on_character_boundaries_and_its_slice_folds_to_the_plain_text(source in "\\PC{0,80}") {
            let (text, map) = plain(&source);
            for (start, character) in text.char_indices() {
                let span = map.source_span(start, start + character.len_utf8()).expect("inside the text");
                prop_assert!(source.is_char_boundary(span.start) && source.is_char_boundary(span.end));
                let (again, _) = plain(&source[span.start..span.end]);
                prop_assert!(character == ' ' || again.contains(character));
            }
            let spanned: usize = map.pieces().iter().map(|p| p.plain_len).sum();
            prop_assert_eq!(spanned, text.len());
        }
    }
}

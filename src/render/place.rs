//! How places are said to programs and people that know files and lines only.

use std::borrow::Cow;

use crate::report::DocumentReport;
use crate::source::Location;

/// Whether a character would steer a terminal or turn the order of what is read around: a control
/// character, or a mark that overrides or isolates the direction of text. Line ends are among them.
pub(crate) fn steers(character: char) -> bool {
    character.is_control() || matches!(character, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Text without such characters, so that a manuscript can't steer the terminal.
pub(super) fn printable(text: &str) -> String {
    text.chars().map(|c| if steers(c) { ' ' } else { c }).collect()
}

/// A text without characters that steer, but for line ends, tabs and, where there is `colour`, the colours
/// that realint itself uses: manuscripts, names and rules must not steer the terminal, nor hide what is said
/// of them.
pub(crate) fn only_colours(text: &str, colour: bool) -> Cow<'_, str> {
    let colour_at = |at: usize| {
        let rest = text[at..].strip_prefix("\u{1b}[")?;
        let length = rest.bytes().take_while(|b| b.is_ascii_digit() || *b == b';').count();
        let plain = |code: &str| {
            matches!(code, "" | "0" | "1" | "2" | "3" | "4" | "22" | "23" | "24" | "39")
                || (code.len() == 2 && code.starts_with(['3', '9']) && ('1'..='7').any(|digit| code.ends_with(digit)))
        };
        let bright = |codes: &str| {
            codes.strip_prefix("38;5;").is_some_and(|n| n != "8" && n.parse().is_ok_and(|n: u8| (1..16).contains(&n)))
        };
        let codes = &rest[..length];
        (rest[length..].starts_with('m') && (bright(codes) || codes.split(';').all(plain))).then_some(())
    };
    let kept = |at: usize, character: char| match character {
        '\n' | '\t' => true,
        '\u{1b}' => colour && colour_at(at).is_some(),
        _ => !steers(character),
    };
    if text.char_indices().all(|(at, character)| kept(at, character)) {
        return Cow::Borrowed(text);
    }
    text.char_indices().map(|(at, character)| if kept(at, character) { character } else { ' ' }).collect()
}

/// Whether lines of a location are lines that an editor shows: those of Word documents and PDFs are
/// paragraphs.
pub(super) fn has_lines(document: &DocumentReport) -> bool {
    !document.lines_are_paragraphs
}

/// The file that a place of a finding lies in: an included one, or the document's.
pub(super) fn file<'a>(document: &'a DocumentReport, location: &'a Location) -> &'a str {
    file_of(document, location, has_lines(document))
}

/// The file that a place lies in: an included one, another one of the project, or the document's. `lines`:
/// the place is one of lines.
pub(super) fn file_of<'a>(document: &'a DocumentReport, location: &'a Location, lines: bool) -> &'a str {
    match &location.part {
        // The part of a container is no file.
        Some(part) if lines => part,
        _ => location.path.as_ref().unwrap_or(&document.path),
    }
}

/// The page, paragraph or line of a place, whichever the format has. `lines`: the place is one of lines.
pub(super) fn numbered(location: &Location, lines: bool) -> String {
    match (location.page, lines) {
        (Some(page), _) => format!("page {page}"),
        (None, false) => format!("paragraph {}", location.line),
        (None, true) => format!("line {}", location.line),
    }
}

/// Where a place is, for a format whose lines nobody sees: page or paragraph, and the headings above.
pub(super) fn in_words(location: &Location) -> String {
    let mut words = match location.page {
        Some(page) => format!("page {page}"),
        None => format!("paragraph {}", location.paragraph),
    };
    if !location.section.is_empty() {
        words.push_str(", under ");
        words.push_str(&printable(&location.section.join(" > ")));
    }
    words
}

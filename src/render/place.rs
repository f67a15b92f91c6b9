//! How places are said to programs and people that know files and lines only.

use crate::report::DocumentReport;
use crate::source::Location;

/// Text without control characters, so that a manuscript can't steer the terminal.
pub(super) fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
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

//! BibTeX files: the entries of a reference list.

use std::ops::Range;

/// A library has no more entries than this.
const MOST_ENTRIES: usize = 50_000;

/// One entry: where the fields that a reference list shows stand.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    pub(super) key: String,
    pub(super) file: usize,
    /// The fields in the order of a reference.
    pub(super) fields: Vec<Range<usize>>,
    /// The byte after the entry.
    pub(super) end: usize,
}

/// What a reference list shows, in order; the first that there is of each row.
const SHOWN: [&[&str]; 4] = [
    &["author", "editor", "institution"],
    &["title"],
    &["journal", "journaltitle", "booktitle", "publisher", "school", "howpublished"],
    &["year", "date"],
];

/// The entries of a file, as far as they can be read.
pub(super) fn entries(text: &str, file: usize) -> Vec<Entry> {
    let bytes = text.as_bytes();
    let mut entries = Vec::new();
    let mut at = 0;
    while let Some(start) = bytes[at..].iter().position(|b| *b == b'@').map(|length| at + length) {
        at = start + 1;
        let name = word(bytes, at);
        let kind = text[name.clone()].to_ascii_lowercase();
        let open = space(bytes, name.end);
        let is_entry = !matches!(kind.as_str(), "" | "comment" | "string" | "preamble");
        if !matches!(bytes.get(open), Some(b'{' | b'(')) || !is_entry || entries.len() >= MOST_ENTRIES {
            continue;
        }
        let from = space(bytes, open + 1);
        let length = bytes[from..].iter().take(300).position(|b| matches!(b, b',' | b'}' | b'\n' | b'@'));
        let Some(comma) = length.map(|length| from + length).filter(|comma| bytes[*comma] == b',') else { continue };
        let key = text[from..comma].trim().to_owned();
        let mut fields: Vec<(String, Range<usize>)> = Vec::new();
        at = comma + 1;
        loop {
            at = space(bytes, at);
            let name = word(bytes, at);
            let equals = space(bytes, name.end);
            if name.is_empty() || bytes.get(equals) != Some(&b'=') {
                break;
            }
            let (value, after) = value(bytes, space(bytes, equals + 1));
            fields.push((text[name].to_ascii_lowercase(), value));
            at = space(bytes, after);
            // `"a" # "b"` and macros: the first piece has to do.
            while at < bytes.len() && !matches!(bytes[at], b',' | b'}' | b')' | b'@' | b'\n') {
                at += 1;
            }
            if bytes.get(at) != Some(&b',') {
                break;
            }
            at += 1;
        }
        let shown = SHOWN.iter().filter_map(|names| {
            names.iter().find_map(|name| fields.iter().find(|(field, _)| field == name).map(|(_, range)| range.clone()))
        });
        let fields: Vec<_> =
            shown.filter(|range| text.get(range.clone()).is_some_and(|v| !v.trim().is_empty())).collect();
        if !fields.is_empty() {
            entries.push(Entry { key, file, fields, end: at.min(text.len()) });
        }
    }
    // A place to show must lie on a character.
    entries.retain(|entry| text.is_char_boundary(entry.end));
    entries
}

fn word(bytes: &[u8], from: usize) -> Range<usize> {
    let length = bytes[from..].iter().take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_')).count();
    from..from + length
}

fn space(bytes: &[u8], from: usize) -> usize {
    let from = from.min(bytes.len());
    from + bytes[from..].iter().take_while(|b| b.is_ascii_whitespace()).count()
}

/// The value at a place without its marks, and the byte after it. An unclosed one ends with its paragraph.
fn value(bytes: &[u8], from: usize) -> (Range<usize>, usize) {
    let quote = match bytes.get(from) {
        Some(b'{') => b'}',
        Some(b'"') => b'"',
        _ => {
            let word = word(bytes, from.min(bytes.len()));
            return (word.clone(), word.end);
        }
    };
    let mut depth = 0_usize;
    let mut at = from + 1;
    while at < bytes.len() {
        match bytes[at] {
            b'\\' => at += 1,
            mark if mark == quote && depth == 0 => return (from + 1..at, at + 1),
            b'{' => depth += 1,
            b'}' => depth = depth.saturating_sub(1),
            b'\n' if bytes.get(at + 1) == Some(&b'\n') => break,
            _ => {}
        }
        at += 1;
    }
    let at = at.min(bytes.len());
    (from + 1..at.max(from + 1).min(bytes.len()), at)
}

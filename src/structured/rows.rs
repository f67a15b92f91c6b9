//! Rows of cells (RFC 4180, and what spreadsheets make of it): a list of maps, one a row, with the
//! first row's cells as keys. Read here and not by a library, since each cell's place is wanted.

use std::ops::Range;

use rustc_hash::FxHashMap;

use super::{Entry, Kind, MOST_VALUES, Mistake, Value, insert};

/// Columns of a file; what lies beyond is no sheet.
const MOST_COLUMNS: usize = 1_000;

pub(super) fn parse(text: &str) -> (Option<Value>, Vec<Mistake>) {
    let start = if text.starts_with('\u{feff}') { 3 } else { 0 };
    let mut mistakes = Vec::new();
    let separator = separator(&text[start..]);
    let mut at = start;
    let mut header: Option<Vec<(String, Range<usize>)>> = None;
    let mut rows = Vec::new();
    let mut values = 0;
    while at < text.len() {
        let (cells, next) = row(text, at, separator, &mut mistakes);
        let span = at..next;
        at = next;
        if cells.iter().all(|(cell, _)| cell.trim().is_empty()) {
            continue;
        }
        values += cells.len();
        if cells.len() > MOST_COLUMNS || values > MOST_VALUES {
            let message = "more cells than any sheet has".into();
            mistakes.push(Mistake { message, span, related: None });
            break;
        }
        let Some(names) = &header else {
            header = Some(cells.into_iter().map(|(cell, at)| (cell.trim().to_owned(), at)).collect());
            continue;
        };
        if cells.len() > names.len() {
            mistakes.push(Mistake {
                message: format!("this row has {} cells, the header names {}", cells.len(), names.len()),
                span: cells.last().map_or(span.clone(), |cell| cell.1.clone()),
                related: names.last().map(|name| ("the last column that is named".into(), name.1.clone())),
            });
        }
        let mut entries = Vec::new();
        let mut seen = FxHashMap::default();
        for ((name, key_span), (cell, cell_span)) in names.iter().zip(cells) {
            if name.is_empty() {
                continue;
            }
            let bare = cell.trim();
            let kind = if bare.is_empty() { Kind::Null } else { Kind::Text(bare.to_owned()) };
            let entry = Entry { key: name.clone(), key_span: key_span.clone(), value: Value { kind, span: cell_span } };
            // A column that is named twice is said once, at the header.
            let mut said = Vec::new();
            insert(&mut entries, entry, &mut seen, &mut said);
            if rows.is_empty() {
                mistakes.append(&mut said);
            }
        }
        rows.push(Value { kind: Kind::Map(entries), span });
    }
    (Some(Value { kind: Kind::List(rows), span: 0..text.len() }), mistakes)
}

/// What parts the cells of the first line: the commonest of tab, semicolon and comma outside quotes.
fn separator(text: &str) -> u8 {
    let mut counts = [0_usize; 3];
    let mut quoted = false;
    for byte in text.bytes() {
        match byte {
            b'"' => quoted = !quoted,
            b'\n' if !quoted => break,
            b',' if !quoted => counts[0] += 1,
            b';' if !quoted => counts[1] += 1,
            b'\t' if !quoted => counts[2] += 1,
            _ => {}
        }
    }
    let most = (0..3).rev().max_by_key(|index| counts[*index]).unwrap_or(0);
    [b',', b';', b'\t'][most]
}

type Cells = Vec<(String, Range<usize>)>;

/// The cells of the row at `at`, and where the next row begins. A cell's place leaves its quotes out.
fn row(text: &str, at: usize, separator: u8, mistakes: &mut Vec<Mistake>) -> (Cells, usize) {
    let bytes = text.as_bytes();
    let mut cells = Vec::new();
    let mut at = at;
    loop {
        let (cell, span, next) = if bytes.get(at) == Some(&b'"') {
            quoted_cell(text, at, separator, mistakes)
        } else {
            let length = bytes[at..].iter().position(|b| *b == separator || matches!(b, b'\n' | b'\r'));
            let end = length.map_or(text.len(), |length| at + length);
            (text[at..end].to_owned(), at..end, end)
        };
        cells.push((cell, span));
        match bytes.get(next) {
            Some(byte) if *byte == separator => at = next + 1,
            Some(b'\r') if bytes.get(next + 1) == Some(&b'\n') => return (cells, next + 2),
            Some(_) => return (cells, next + 1),
            None => return (cells, text.len()),
        }
    }
}

fn quoted_cell(text: &str, open: usize, separator: u8, mistakes: &mut Vec<Mistake>) -> (String, Range<usize>, usize) {
    let bytes = text.as_bytes();
    let mut cell = String::new();
    let mut from = open + 1;
    loop {
        let Some(quote) = text[from..].find('"').map(|i| i + from) else {
            mistakes.push(Mistake {
                message: "the quotation mark is never closed".into(),
                span: open..open + 1,
                related: None,
            });
            cell.push_str(&text[from..]);
            return (cell, open + 1..text.len(), text.len());
        };
        cell.push_str(&text[from..quote]);
        if bytes.get(quote + 1) == Some(&b'"') {
            cell.push('"');
            from = quote + 2;
            continue;
        }
        // What stands between the closing mark and the next separator belongs to the cell as well.
        let rest = bytes[quote + 1..].iter().position(|b| *b == separator || matches!(b, b'\n' | b'\r'));
        let end = rest.map_or(text.len(), |length| quote + 1 + length);
        cell.push_str(text[quote + 1..end].trim());
        return (cell, open + 1..quote, end);
    }
}

//! RIS: lines with tags of two letters, as databases and reference managers export them.

use std::ops::Range;

use super::{Entry, Words};
use crate::structured::Mistake;

/// Entries, mistakes, and whether every entry was found.
pub(super) fn read(text: &str) -> (Vec<Entry>, Vec<Mistake>, bool) {
    let (mut entries, mut mistakes): (Vec<Entry>, Vec<Mistake>) = (Vec::new(), Vec::new());
    let mut open: Option<(Range<usize>, Entry)> = None;
    for (start, line) in crate::source::lines(text) {
        let Some((tag, value)) = tagged(line) else { continue };
        let at = start + line.trim_end_matches(['\n', '\r']).len() - value.len();
        let bare = value.trim();
        let at = at + (value.len() - value.trim_start().len());
        let words = || Words { text: bare.to_owned(), span: at..at + bare.len() };
        match (tag, &mut open) {
            ("TY", _) => {
                if let Some((begun, entry)) = open.take() {
                    mistakes.push(unclosed(begun));
                    entries.push(entry);
                }
                let head = Entry { marks: vec![("type", bare.to_owned())], ..Entry::default() };
                // An entry without a key is pointed at by how it begins.
                open = Some((start..start + line.trim_end().len(), head));
            }
            ("ER", Some(_)) => entries.extend(open.take().map(|(_, entry)| entry)),
            (_, None) => {}
            (_, Some(_)) if bare.is_empty() => {}
            ("ID", Some((_, entry))) => entry.key = words(),
            ("TI" | "T1" | "BT", Some((_, entry))) if entry.title.is_none() => entry.title = Some(words()),
            ("AU" | "A1" | "ED", Some((_, entry))) if entry.author.is_none() => entry.author = Some(bare.to_owned()),
            ("PY" | "Y1" | "DA", Some((_, entry))) if entry.year.is_none() => {
                entry.year = Some(bare.split('/').next().unwrap_or(bare).to_owned());
            }
            ("DO", Some((_, entry))) if entry.doi.is_none() => entry.doi = Some(words()),
            ("KW", Some((_, entry))) => entry.keywords.push(words()),
            ("VL", Some((_, entry))) => entry.marks.push(("volume", bare.to_owned())),
            ("IS", Some((_, entry))) => entry.marks.push(("number", bare.to_owned())),
            ("SP", Some((_, entry))) => entry.marks.push(("pages", bare.to_owned())),
            ("ET", Some((_, entry))) => entry.marks.push(("edition", bare.to_owned())),
            _ => {}
        }
    }
    if let Some((begun, entry)) = open {
        mistakes.push(unclosed(begun));
        entries.push(entry);
    }
    if entries.is_empty() && !text.trim().is_empty() {
        mistakes.push(Mistake { message: "no line `TY  - ` begins an entry".into(), span: 0..0, related: None });
    }
    let complete = !entries.is_empty();
    (entries, mistakes, complete)
}

fn unclosed(begun: Range<usize>) -> Mistake {
    Mistake { message: "this entry has no line `ER  - ` at its end".into(), span: begun, related: None }
}

/// Tag and value of a line such as `TI  - A title`; reference managers vary in the spaces.
fn tagged(line: &str) -> Option<(&str, &str)> {
    let line = line.trim_start_matches('\u{feff}').trim_end_matches(['\n', '\r']);
    let tag = line.get(..2).filter(|tag| tag.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit()))?;
    let value = line[2..].trim_start_matches(' ').strip_prefix('-')?;
    Some((tag, value))
}

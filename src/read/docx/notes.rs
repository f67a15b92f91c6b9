//! Footnotes and endnotes, and whether they are the reference list of a writer who has no other.

use std::collections::BTreeMap;
use std::mem;

use super::draught::{Draught, Shape};

/// Which notes a mark refers to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum NoteKind {
    Footnote,
    Endnote,
}

#[derive(Debug, Clone)]
struct Note {
    draughts: Vec<Draught>,
    /// The number that its mark shows, once referred to.
    number: Option<usize>,
}

/// The notes of a document.
#[derive(Debug, Clone, Default)]
pub(super) struct Notes {
    all: BTreeMap<(NoteKind, i64), Note>,
    /// Notes of this kind are a reference list.
    are_references: [bool; 2],
    referred_to: [usize; 2],
}

/// What a note's mark brings.
pub(super) struct Referred {
    /// The note, where it is referred to for the first time.
    pub(super) draughts: Vec<Draught>,
    /// The number of the reference, where the note is one.
    pub(super) citation: Option<usize>,
}

impl Notes {
    pub(super) fn insert(&mut self, kind: NoteKind, id: i64, mut draughts: Vec<Draught>) {
        for draught in &mut draughts {
            if matches!(draught.shape, Shape::Paragraph) {
                draught.shape = Shape::Note;
            }
        }
        self.all.insert((kind, id), Note { draughts, number: None });
    }

    /// Decides which kinds of notes are reference lists, once both are read.
    pub(super) fn judge(&mut self) {
        let mut count = [(0_usize, 0_usize); 2];
        for ((kind, _), note) in &self.all {
            let text: String = note.draughts.iter().map(|d| d.plain.as_str()).collect();
            count[*kind as usize].0 += 1;
            count[*kind as usize].1 += usize::from(looks_like_reference(&text));
        }
        self.are_references = count.map(|(all, references)| all >= 3 && references * 3 >= all * 2);
    }

    /// A mark refers to a note. `None` where there is no such note.
    pub(super) fn refer(&mut self, kind: NoteKind, id: i64) -> Option<Referred> {
        let are_references = self.are_references[kind as usize];
        let note = self.all.get_mut(&(kind, id))?;
        let number = *note.number.get_or_insert_with(|| {
            self.referred_to[kind as usize] += 1;
            self.referred_to[kind as usize]
        });
        let mut draughts = mem::take(&mut note.draughts);
        for draught in draughts.iter_mut().filter(|d| are_references && matches!(d.shape, Shape::Note)) {
            draught.shape = Shape::NotedReference;
        }
        Some(Referred { draughts, citation: are_references.then_some(number) })
    }
}

/// A note that is an entry of a reference list: names with initials, a year, and many stops.
fn looks_like_reference(text: &str) -> bool {
    let words: Vec<&str> = text.split_whitespace().collect();
    let year = text
        .as_bytes()
        .windows(4)
        .any(|w| (w.starts_with(b"19") || w.starts_with(b"20")) && w.iter().all(u8::is_ascii_digit));
    let stops = text.matches(['.', ',', ';', ':']).count();
    let initials = words.iter().take(12).any(|w| {
        let bare = w.trim_matches(['.', ',', ';', ':']);
        (1..=3).contains(&bare.len())
            && bare.chars().all(|c| c.is_ascii_uppercase() || c == '.')
            && w.ends_with(['.', ','])
    });
    year && initials && stops >= 4 && (5..=90).contains(&words.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_told_from_remarks() {
        assert!(looks_like_reference("Cole D, Osei T. Digging together. Town Stud 2020;1:1-7."));
        assert!(looks_like_reference("Petit, M. (2021) Sowing late. Grief Quarterly 8: 20-31."));
        assert!(!looks_like_reference(
            "The award was made in 2019, in a themed call, and covered staff time; see the text."
        ));
        assert!(!looks_like_reference("About 250 square metres each."));
    }
}

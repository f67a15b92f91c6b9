//! The words of a manuscript, each looked up once.

use indexmap::IndexMap;
use rustc_hash::FxBuildHasher;

use super::tables::{Anchor, AtomId, TermId, bit_of};

/// A word by its number in a [`Vocabulary`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WordId(pub u32);

/// Distinct words in lower case, numbered from 0 as they come, and what one matcher knows of each.
#[derive(Debug, Clone, Default)]
pub struct Vocabulary {
    words: IndexMap<Box<str>, Known, FxBuildHasher>,
}

/// What a matcher knows of a word.
#[derive(Debug, Clone)]
pub(super) struct Known {
    /// Sorted.
    pub(super) atoms: Vec<AtomId>,
    /// The bits of its atoms: most that are asked for aren't there.
    pub(super) some: u64,
    /// The terms that it is by itself.
    pub(super) terms: Vec<TermId>,
    /// The longer sequences that it may be the anchor of.
    pub(super) anchors: Vec<Anchor>,
    /// The sequences that begin with a number and then this word.
    pub(super) counted: Vec<u32>,
    pub(super) number: bool,
}

impl Known {
    pub(super) fn has(&self, atom: AtomId) -> bool {
        self.some & (1 << bit_of(atom)) != 0 && self.atoms.contains(&atom)
    }
}

impl Vocabulary {
    /// How many words there are.
    pub fn len(&self) -> usize {
        self.words.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    /// A word by its number; empty for a number that was never given.
    pub fn word(&self, word: WordId) -> &str {
        self.words.get_index(word.0 as usize).map_or("", |(word, _)| word)
    }

    /// Whether a word is a number, in digits or in words.
    pub fn is_number(&self, word: WordId) -> bool {
        self.known(word).number
    }

    /// The number of a word in lower case that it knows.
    pub fn get(&self, word: &str) -> Option<WordId> {
        self.words.get_index_of(word).map(|number| WordId(number as u32))
    }

    pub(super) fn known(&self, word: WordId) -> &Known {
        &self.words[word.0 as usize]
    }

    /// The number of a word; `look_up` tells of a new one.
    pub(super) fn number_of(&mut self, word: &str, look_up: impl FnOnce() -> Known) -> WordId {
        self.get(word).unwrap_or_else(|| WordId(self.words.insert_full(word.into(), look_up()).0 as u32))
    }
}

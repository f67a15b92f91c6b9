//! What a matcher looks things up in: tables of numbers, read as they lie. Those of the shipped rules are
//! made when realint is built (by `build.rs`, which shares this file), those of packs when they are loaded.

use std::borrow::Cow;

use crate::weights::{FNV_PRIME, fnv1a};

/// A term: a word class, or a pattern written in a cue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TermId(pub u32);

/// A word, a beginning of words, or a set of them, by its number.
pub(crate) type AtomId = u32;

/// Numbers of 32 bits, little-endian.
#[derive(Debug, Clone, Default)]
pub(crate) struct Numbers(Cow<'static, [u8]>);

impl Numbers {
    /// All of them, for [`number`] to read.
    pub(crate) fn all(&self) -> &[[u8; 4]] {
        self.0.as_chunks().0
    }

    /// They in order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = u32> {
        self.all().iter().copied().map(number)
    }
}

impl FromIterator<u32> for Numbers {
    fn from_iter<I: IntoIterator<Item = u32>>(numbers: I) -> Self {
        Self(Cow::Owned(numbers.into_iter().flat_map(u32::to_le_bytes).collect()))
    }
}

/// The number that four bytes of a table are.
pub(crate) fn number(bytes: [u8; 4]) -> u32 {
    u32::from_le_bytes(bytes)
}

/// What belongs to each of some things that are numbered from 0.
#[derive(Debug, Clone, Default)]
pub(crate) struct Grouped {
    /// For each thing where its entries begin; one more for the end.
    starts: Numbers,
    entries: Numbers,
}

impl Grouped {
    /// `pairs`: a thing and an entry of `N` numbers. The entries of a thing are sorted.
    pub(crate) fn new<const N: usize>(things: usize, mut pairs: Vec<(u32, [u32; N])>) -> Self {
        pairs.sort_unstable();
        let mut starts = vec![0_u32; things + 1];
        for (thing, _) in &pairs {
            starts[*thing as usize + 1] += N as u32;
        }
        for at in 1..starts.len() {
            starts[at] += starts[at - 1];
        }
        Self { starts: starts.into_iter().collect(), entries: pairs.into_iter().flat_map(|(_, entry)| entry).collect() }
    }

    /// The entries of a thing, of `N` numbers each.
    pub(crate) fn of<const N: usize>(&self, thing: u32) -> &[[[u8; 4]; N]] {
        let (starts, at) = (self.starts.all(), thing as usize);
        let (Some(from), Some(to)) = (starts.get(at).copied().map(number), starts.get(at + 1).copied().map(number))
        else {
            return &[];
        };
        self.entries.all().get(from as usize..to as usize).unwrap_or_default().as_chunks().0
    }
}

/// Any number.
pub(crate) const NUMBER: u32 = u32::MAX;
/// Any one word.
pub(crate) const ANY: u32 = u32::MAX - 1;
/// Up to four words.
pub(crate) const GAP: u32 = u32::MAX - 2;
/// With the number of a term: a hit of that class. Below it: one word of that atom.
pub(crate) const CLASS: u32 = 1 << 31;

/// Words in order.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sequence {
    pub(crate) term: TermId,
    /// Where its steps lie.
    pub(crate) from: u32,
    pub(crate) to: u32,
    /// How many of its first steps are of one word each: what stands there has a known distance from the first.
    pub(crate) fixed: u32,
    /// One of the steps is a class.
    pub(crate) by_class: bool,
}

impl Sequence {
    pub(crate) fn written(self) -> [u32; 4] {
        [self.term.0, self.from, self.to, self.fixed << 1 | u32::from(self.by_class)]
    }

    fn read(written: [u32; 4]) -> Self {
        let [term, from, to, fixed] = written;
        Self { term: TermId(term), from, to, fixed: fixed >> 1, by_class: fixed & 1 == 1 }
    }
}

/// A sequence by a word of it that few sequences have, with a second word to look at before it is tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Anchor {
    pub(crate) sequence: u32,
    /// So many words before it the sequence begins.
    pub(crate) before: u16,
    /// Where the second word stands, seen from here; 0 where the sequence has no other.
    pub(crate) other: i8,
    /// The atom that the second word must have.
    pub(crate) atom: AtomId,
}

impl Anchor {
    pub(crate) fn written(self) -> [u32; 3] {
        [self.sequence, u32::from(self.before) | u32::from(self.other.cast_unsigned()) << 16, self.atom]
    }

    pub(crate) fn read([sequence, [low, high, other, _], atom]: [[u8; 4]; 3]) -> Self {
        let (sequence, atom) = (number(sequence), number(atom));
        Self { sequence, before: u16::from_le_bytes([low, high]), other: other.cast_signed(), atom }
    }
}

/// The bit that stands for an atom; several atoms share one, so that a word without it has none of them.
#[allow(dead_code, reason = "the build script writes what this crate reads")]
pub(crate) fn bit_of(atom: AtomId) -> u8 {
    (atom % 64) as u8
}

/// Words and beginnings of words by their hashes; of 64 bits, so that no two words share one.
#[derive(Debug, Clone, Default)]
pub(crate) struct WordTable {
    /// As many slots as a power of two, each the hash (low, high) and one more than the atom; 0 for an empty one.
    slots: Numbers,
    /// In how many bytes beginnings of words are written, sorted.
    lengths: Numbers,
}

impl WordTable {
    pub(crate) fn new<'a>(
        exact: impl Iterator<Item = (&'a str, AtomId)>,
        beginnings: impl Iterator<Item = (&'a str, AtomId)>,
    ) -> Self {
        let mut lengths = Vec::new();
        let mut hashes: Vec<(u64, AtomId)> = exact.map(|(word, atom)| (fnv1a(word.as_bytes()), atom)).collect();
        for (beginning, atom) in beginnings {
            hashes.push((as_beginning(fnv1a(beginning.as_bytes())), atom));
            lengths.push(beginning.len() as u32);
        }
        lengths.sort_unstable();
        lengths.dedup();
        hashes.sort_unstable();
        let size = (hashes.len() * 2).next_power_of_two().max(8);
        let mut slots = vec![[0_u32; 3]; size];
        for (hash, atom) in hashes {
            let mut at = hash as usize & (size - 1);
            while slots[at][2] > 0 {
                at = (at + 1) & (size - 1);
            }
            slots[at] = [hash as u32, (hash >> 32) as u32, atom + 1];
        }
        Self { slots: slots.into_iter().flatten().collect(), lengths: lengths.into_iter().collect() }
    }

    fn atom(&self, hash: u64) -> Option<AtomId> {
        let slots: &[[[u8; 4]; 3]] = self.slots.all().as_chunks().0;
        let mut at = hash as usize & slots.len().checked_sub(1)?;
        loop {
            let [low, high, atom] = slots[at].map(number);
            if atom == 0 || u64::from(low) | u64::from(high) << 32 == hash {
                return atom.checked_sub(1);
            }
            at = (at + 1) & (slots.len() - 1);
        }
    }

    /// The atoms of a word and of its beginnings.
    pub(crate) fn atoms_of(&self, word: &str) -> Vec<AtomId> {
        let mut atoms: Vec<AtomId> = self.atom(fnv1a(word.as_bytes())).into_iter().collect();
        let (mut hash, mut from) = (fnv1a(b""), 0);
        for length in self.lengths.iter() {
            let Some(more) = word.as_bytes().get(from..length as usize) else { break };
            hash = more.iter().fold(hash, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(FNV_PRIME));
            from = length as usize;
            atoms.extend(self.atom(as_beginning(hash)));
        }
        atoms
    }
}

/// No word has a star, so that a beginning is no word.
fn as_beginning(hash: u64) -> u64 {
    (hash ^ u64::from(b'*')).wrapping_mul(FNV_PRIME)
}

/// All that a matcher looks up.
#[derive(Debug, Clone, Default)]
pub(crate) struct Tables {
    /// How many terms there are: one number.
    pub(crate) terms: Numbers,
    pub(crate) words: WordTable,
    /// The sets that an atom belongs to.
    pub(crate) sets: Grouped,
    /// The terms that a word of an atom is by itself.
    pub(crate) alone: Grouped,
    /// [`Sequence`]s of more than one word.
    pub(crate) sequences: Numbers,
    pub(crate) steps: Numbers,
    /// By the atom of theirs that the fewest sequences use, [`Anchor`]s: of the many that begin with `the`,
    /// few are ever tried.
    pub(crate) anchored: Grouped,
    /// The sequences that begin with a class, by its term.
    pub(crate) by_class: Grouped,
    /// The sequences that begin with a number and then this atom.
    pub(crate) counted: Grouped,
    /// The classes that sequences name, a bit each.
    pub(crate) inside: Numbers,
    /// Sequences that begin with a number and then something else.
    pub(crate) by_number: Numbers,
    /// Sequences that may begin with any word.
    pub(crate) anywhere: Numbers,
}

const TABLES: usize = 18;

impl Tables {
    /// The sequence of a number.
    pub(crate) fn sequence(&self, index: u32) -> Option<Sequence> {
        let all: &[[[u8; 4]; 4]] = self.sequences.all().as_chunks().0;
        all.get(index as usize).map(|written| Sequence::read(written.map(number)))
    }

    fn in_order(&mut self) -> [&mut Numbers; TABLES] {
        [
            &mut self.terms,
            &mut self.words.slots,
            &mut self.words.lengths,
            &mut self.sets.starts,
            &mut self.sets.entries,
            &mut self.alone.starts,
            &mut self.alone.entries,
            &mut self.sequences,
            &mut self.steps,
            &mut self.anchored.starts,
            &mut self.anchored.entries,
            &mut self.by_class.starts,
            &mut self.by_class.entries,
            &mut self.counted.starts,
            &mut self.counted.entries,
            &mut self.inside,
            &mut self.by_number,
            &mut self.anywhere,
        ]
    }

    /// One after the other, each with how many bytes it has before it.
    #[allow(dead_code, reason = "the build script writes what this crate reads")]
    pub(crate) fn written(mut self) -> Vec<u8> {
        let mut bytes = Vec::new();
        for numbers in self.in_order() {
            bytes.extend((numbers.0.len() as u32).to_le_bytes());
            bytes.extend_from_slice(&numbers.0);
        }
        bytes
    }

    /// What was written, to be read where it lies.
    #[allow(dead_code, reason = "the build script writes what this crate reads")]
    pub(crate) fn read(mut bytes: &'static [u8]) -> Self {
        let mut tables = Self::default();
        for numbers in tables.in_order() {
            let Some((length, rest)) = bytes.split_first_chunk() else { break };
            let Some((own, rest)) = rest.split_at_checked(number(*length) as usize) else { break };
            *numbers = Numbers(Cow::Borrowed(own));
            bytes = rest;
        }
        tables
    }
}

//! Patterns taken apart when realint is built, so that a start parses none of the shipped ones.
//! `build.rs` shares this file and writes what `shipped.rs` reads.
//!
//! Everything is `u16`, little-endian. A word or beginning of words is its number in the list of words;
//! [`NUMBER`], [`ANY`] and [`GAP`] stand for themselves; [`CLASS`] is followed by the number of a class
//! and [`SET`] by that of a set. A sequence is how many `u16` follow, and these.

use std::collections::BTreeMap;

use super::pattern::{Element, Pattern, Word, parse};

/// Any number.
pub(crate) const NUMBER: u16 = 0xFFFF;
/// Any one word.
pub(crate) const ANY: u16 = 0xFFFE;
/// Up to four words.
pub(crate) const GAP: u16 = 0xFFFD;
/// A hit of the class whose number follows.
pub(crate) const CLASS: u16 = 0xFFFC;
/// One of the words of the set whose number follows.
pub(crate) const SET: u16 = 0xFFFB;

/// Collects classes and patterns; its fields are what is written.
#[derive(Debug, Default)]
pub(crate) struct Preparation {
    /// A line a class: `everywhere` or `patterns`, how far it reaches, and its name after a tab.
    pub(crate) classes: String,
    class_numbers: BTreeMap<String, u16>,
    /// The words, a line each; beginnings of words with their star.
    pub(crate) words: String,
    word_numbers: BTreeMap<String, u16>,
    /// The sets in order, each as how many words it has, and these.
    pub(crate) sets: Vec<u8>,
    set_numbers: BTreeMap<Vec<u16>, u16>,
    /// For each pattern of a class, the class and a sequence.
    pub(crate) sequences: Vec<u8>,
    /// Patterns of cues as they are written, a line each.
    pub(crate) keys: String,
    known: BTreeMap<String, ()>,
    /// For each pattern of a cue how many sequences it stands for, and these.
    pub(crate) patterns: Vec<u8>,
    /// What is left to the start: for each such pattern of a class, the class's number and the pattern.
    pub(crate) left: String,
}

fn put(bytes: &mut Vec<u8>, number: u16) {
    bytes.extend(number.to_le_bytes());
}

impl Preparation {
    /// Names a class; all are named before the first pattern is added.
    pub(crate) fn declare(&mut self, reach: &str, name: &str) {
        let number = self.class_numbers.len() as u16;
        if self.class_numbers.insert(name.to_owned(), number).is_none() {
            self.classes.push_str(&format!("{reach}\t{name}\n"));
        }
    }

    /// Adds a pattern to a class.
    pub(crate) fn add_to_class(&mut self, name: &str, pattern: &str) {
        let Some(class) = self.class_numbers.get(name).copied() else { return };
        match self.sequences_of(pattern) {
            Some(sequences) => {
                for sequence in sequences {
                    put(&mut self.sequences, class);
                    self.sequences.extend(sequence);
                }
            }
            None => self.left.push_str(&format!("{class}\t{pattern}\n")),
        }
    }

    /// Adds a pattern of a cue. One that can't be prepared is left out, and parsed where it is used.
    pub(crate) fn add_pattern(&mut self, pattern: &str) {
        let as_looked_up = pattern.trim() == pattern && pattern.to_lowercase() == pattern && !pattern.contains('\n');
        if !as_looked_up || self.known.contains_key(pattern) {
            return;
        }
        let Some(sequences) = self.sequences_of(pattern) else { return };
        self.known.insert(pattern.to_owned(), ());
        self.keys.push_str(pattern);
        self.keys.push('\n');
        put(&mut self.patterns, sequences.len() as u16);
        sequences.into_iter().for_each(|sequence| self.patterns.extend(sequence));
    }

    fn sequences_of(&mut self, pattern: &str) -> Option<Vec<Vec<u8>>> {
        let parsed = parse(pattern).ok()?;
        parsed.into_iter().map(|one| self.sequence(one)).collect()
    }

    fn sequence(&mut self, pattern: Pattern) -> Option<Vec<u8>> {
        let Pattern::Sequence(elements) = pattern else { return None };
        let mut codes = Vec::new();
        for element in elements {
            match element {
                Element::Number => codes.push(NUMBER),
                Element::Any => codes.push(ANY),
                Element::Gap => codes.push(GAP),
                Element::Class(name) => codes.extend([CLASS, *self.class_numbers.get(&name)?]),
                Element::Words(words) => {
                    let mut numbers: Vec<u16> = words.iter().map(|word| self.word(word)).collect::<Option<_>>()?;
                    numbers.sort_unstable();
                    numbers.dedup();
                    match numbers[..] {
                        [number] => codes.push(number),
                        _ => codes.extend([SET, self.set(numbers)]),
                    }
                }
            }
        }
        let mut bytes = Vec::new();
        put(&mut bytes, codes.len() as u16);
        codes.into_iter().for_each(|code| put(&mut bytes, code));
        Some(bytes)
    }

    /// The number of a word; `None` where there are more words than numbers.
    fn word(&mut self, word: &Word) -> Option<u16> {
        let written = match word {
            Word::Exact(word) => word.clone(),
            Word::Prefix(word) => format!("{word}*"),
        };
        if let Some(number) = self.word_numbers.get(&written) {
            return Some(*number);
        }
        let number = u16::try_from(self.word_numbers.len()).ok().filter(|number| *number < SET)?;
        self.words.push_str(&written);
        self.words.push('\n');
        self.word_numbers.insert(written, number);
        Some(number)
    }

    fn set(&mut self, words: Vec<u16>) -> u16 {
        let next = self.set_numbers.len() as u16;
        if let Some(number) = self.set_numbers.get(&words) {
            return *number;
        }
        put(&mut self.sets, words.len() as u16);
        words.iter().for_each(|word| put(&mut self.sets, *word));
        self.set_numbers.insert(words, next);
        next
    }
}

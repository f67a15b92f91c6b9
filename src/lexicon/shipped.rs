//! The shipped lexicons and patterns as `build.rs` left them; `prepared.rs` says how they are laid out.

use std::borrow::Cow;

use super::matcher::{MatcherBuilder, Step, TermId};
use super::prepared::{ANY, CLASS, GAP, NUMBER, SET};

static CLASSES: &str = include_str!(concat!(env!("OUT_DIR"), "/lexicon-classes.txt"));
static WORDS: &str = include_str!(concat!(env!("OUT_DIR"), "/lexicon-words.txt"));
static SETS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/lexicon-sets.bin"));
static SEQUENCES: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/lexicon-sequences.bin"));
static LEFT: &str = include_str!(concat!(env!("OUT_DIR"), "/lexicon-left.txt"));
static KEYS: &str = include_str!(concat!(env!("OUT_DIR"), "/pattern-keys.txt"));
static PATTERNS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/patterns.bin"));

/// Takes `u16` from a table, one after the other.
#[derive(Debug, Clone)]
pub(super) struct Numbers(&'static [[u8; 2]]);

impl Numbers {
    fn of(bytes: &'static [u8]) -> Self {
        Self(bytes.as_chunks::<2>().0)
    }

    /// A count and as many numbers.
    fn list(&mut self) -> Option<Self> {
        let count = self.next()?;
        let (list, rest) = self.0.split_at_checked(count.into())?;
        self.0 = rest;
        Some(Self(list))
    }
}

impl Iterator for Numbers {
    type Item = u16;

    fn next(&mut self) -> Option<u16> {
        let (first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(u16::from_le_bytes(*first))
    }
}

/// What the numbers of the tables stand for in a builder, which had nothing else before.
#[derive(Debug, Default)]
pub(super) struct Prepared {
    classes: Vec<TermId>,
    /// The atom of the first set; words have their numbers.
    first_set: u32,
}

impl MatcherBuilder {
    /// A builder with the shipped lexicons, which knows the patterns of the shipped rules.
    pub fn shipped() -> Self {
        let mut builder = Self::new();
        let named = CLASSES.lines().filter_map(|line| line.split_once('\t'));
        let classes = named.map(|(reach, name)| match reach {
            "patterns" => builder.declare_local(name),
            _ => builder.declare_class(name),
        });
        let mut prepared = Prepared { classes: classes.collect(), first_set: 0 };
        for word in WORDS.lines() {
            match word.strip_suffix('*') {
                Some(prefix) => builder.prefixes.insert(Cow::Borrowed(prefix), builder.atoms),
                None => builder.exact.insert(Cow::Borrowed(word), builder.atoms),
            };
            builder.atoms += 1;
        }
        prepared.first_set = builder.atoms;
        let mut sets = Numbers::of(SETS);
        while let Some(words) = sets.list() {
            builder.members.extend(words.map(|word| (u32::from(word), builder.atoms)));
            builder.atoms += 1;
        }
        let mut sequences = Numbers::of(SEQUENCES);
        while let (Some(class), Some(codes)) = (sequences.next(), sequences.list()) {
            if let Some(class) = prepared.classes.get(usize::from(class)).copied() {
                builder.add_coded(class, codes, &prepared);
            }
        }
        for (class, pattern) in LEFT.lines().filter_map(|line| line.split_once('\t')) {
            let class = class.parse().ok().and_then(|number: usize| prepared.classes.get(number));
            let added = class.map(|class| builder.add_to_class(*class, pattern));
            debug_assert!(matches!(added, Some(Ok(()))), "{pattern}");
        }
        let mut patterns = Numbers::of(PATTERNS);
        for key in KEYS.lines() {
            builder.known.insert(key, patterns.clone());
            for _ in 0..patterns.next().unwrap_or(0) {
                patterns.list();
            }
        }
        builder.prepared = prepared;
        builder
    }

    /// Adds the sequences that a prepared pattern stands for.
    pub(super) fn add_prepared(&mut self, term: TermId, mut pattern: Numbers) {
        let prepared = std::mem::take(&mut self.prepared);
        for _ in 0..pattern.next().unwrap_or(0) {
            if let Some(codes) = pattern.list() {
                self.add_coded(term, codes, &prepared);
            }
        }
        self.prepared = prepared;
    }

    fn add_coded(&mut self, term: TermId, mut codes: Numbers, prepared: &Prepared) {
        let from = self.begin_sequence();
        while let Some(code) = codes.next() {
            let step = match code {
                NUMBER => Some(Step::Number),
                ANY => Some(Step::Any),
                GAP => Some(Step::Gap),
                CLASS => {
                    codes.next().and_then(|class| prepared.classes.get(usize::from(class)).copied()).map(Step::Class)
                }
                SET => codes.next().map(|set| Step::Atom(prepared.first_set + u32::from(set))),
                word => Some(Step::Atom(u32::from(word))),
            };
            self.push_step(step);
        }
        self.end_sequence(term, from);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lexicon::tokens;
    use crate::lexicon::{Matcher, WordCache};

    fn hits(matcher: &Matcher, term: TermId, text: &str) -> usize {
        let found = matcher.find(text, &tokens(text), &mut WordCache::default());
        found.into_iter().filter(|hit| hit.term == term).count()
    }

    #[test]
    fn a_prepared_pattern_finds_what_a_parsed_one_does() {
        let mut keys: Vec<&str> = KEYS.lines().filter(|key| key.contains(['(', '@', '#'])).collect();
        keys.truncate(400);
        assert!(keys.len() > 300);
        let texts = [
            "Of the 41 documents that two reviewers appraised, nine were excluded because they weren't relevant.",
            "We searched MEDLINE and the grey literature, and asked authors for further papers, in March 2021.",
            "If nurses feel trusted, they will try new ways of working, which leads to better care.",
        ];
        for key in keys {
            let mut quick = MatcherBuilder::shipped();
            let mut slow = MatcherBuilder::shipped();
            slow.known.clear();
            let (one, other) = (quick.pattern(key).expect("prepared"), slow.pattern(key).expect("parsed"));
            let (quick, slow) = (quick.build(), slow.build());
            for text in texts {
                assert_eq!(hits(&quick, one, text), hits(&slow, other, text), "`{key}` in: {text}");
            }
        }
    }
}

//! Finds every term of a rule set in a sentence, in one pass.
//!
//! Each distinct word of a manuscript is looked up once; a pattern is tried only where its rarest
//! word stands and a second word of it where it should. Time grows with the text, not with the number of rules.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::OnceLock;

use aho_corasick::AhoCorasick;
use rustc_hash::FxHashMap;

use super::builder::{Collected, MatcherBuilder, class_of};
use super::tables::{ANY, Anchor, CLASS, GAP, NUMBER, Numbers, Sequence, Tables, TermId, bit_of, number};
use super::token::{self, Token, tokens};
use super::vocabulary::{Known, Vocabulary, WordId};

/// A term found in a sentence, as a range of its words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Hit {
    /// Which term.
    pub term: TermId,
    /// First word.
    pub start: u16,
    /// One past the last word.
    pub end: u16,
}

impl Hit {
    /// One number to sort instead of three.
    fn packed(term: TermId, start: usize, end: usize) -> u64 {
        (u64::from(term.0) << 32) | (u64::from(start as u16) << 16) | u64::from(end as u16)
    }

    fn unpacked(packed: u64) -> Self {
        Self { term: TermId((packed >> 32) as u32), start: (packed >> 16) as u16, end: packed as u16 }
    }
}

/// Which terms a sentence has.
#[derive(Debug, Clone, Default)]
pub struct TermSet {
    bits: Vec<u64>,
}

impl TermSet {
    /// An empty set for a matcher's terms.
    pub fn new(terms: usize) -> Self {
        Self { bits: vec![0; terms.div_ceil(64)] }
    }

    /// Adds a term.
    pub fn insert(&mut self, term: TermId) {
        if let Some(word) = self.bits.get_mut(term.0 as usize / 64) {
            *word |= 1 << (term.0 % 64);
        }
    }

    /// Whether it has a term.
    pub fn contains(&self, term: TermId) -> bool {
        self.bits.get(term.0 as usize / 64).is_some_and(|word| word & (1 << (term.0 % 64)) != 0)
    }

    /// Adds all terms of another set.
    pub fn extend(&mut self, other: &Self) {
        if self.bits.len() < other.bits.len() {
            self.bits.resize(other.bits.len(), 0);
        }
        for (mine, theirs) in self.bits.iter_mut().zip(&other.bits) {
            *mine |= theirs;
        }
    }
}

/// A word of prose has some six hits.
const HITS: usize = 8;

/// Finds terms; see [`MatcherBuilder`].
#[derive(Debug)]
pub struct Matcher {
    tables: Tables,
    terms: usize,
    classes: FxHashMap<Cow<'static, str>, TermId>,
    literals: Vec<(Cow<'static, str>, TermId)>,
    /// Made for the first text that isn't ASCII.
    literal_finder: OnceLock<Option<AhoCorasick>>,
}

impl MatcherBuilder {
    /// Builds the matcher.
    pub fn build(self) -> Matcher {
        let Collected { tables, classes, literals } = self.finish();
        let terms = tables.terms.iter().next().unwrap_or(0) as usize;
        Matcher { terms, tables, classes, literals, literal_finder: OnceLock::new() }
    }
}

impl Matcher {
    /// How many terms there are.
    pub fn term_count(&self) -> usize {
        self.terms
    }

    /// The term of a class.
    pub fn class(&self, name: &str) -> Option<TermId> {
        self.classes.get(name).copied()
    }

    /// All classes but the local ones, and their terms.
    pub fn classes(&self) -> impl Iterator<Item = (&str, TermId)> {
        self.classes.iter().map(|(name, term)| (&**name, *term))
    }

    /// The number of a lower-case word in a vocabulary, which learns it where it is new.
    pub fn know(&self, word: &str, vocabulary: &mut Vocabulary) -> WordId {
        vocabulary.number_of(word, || self.look_up(word))
    }

    fn look_up(&self, word: &str) -> Known {
        let mut atoms = self.tables.words.atoms_of(word);
        for single in 0..atoms.len() {
            let sets = self.tables.sets.of(atoms[single]);
            atoms.extend(sets.iter().map(|[set]| number(*set)));
        }
        // A set that has the word and a beginning of it is there twice.
        atoms.sort_unstable();
        atoms.dedup();
        let (mut terms, mut anchors, mut counted) = (Vec::new(), Vec::new(), Vec::new());
        for atom in &atoms {
            terms.extend(self.tables.alone.of(*atom).iter().map(|[term]| TermId(number(*term))));
            anchors.extend(self.tables.anchored.of(*atom).iter().copied().map(Anchor::read));
            counted.extend(self.tables.counted.of(*atom).iter().map(|[index]| number(*index)));
        }
        terms.sort_unstable();
        terms.dedup();
        let some = atoms.iter().fold(0, |some, atom| some | 1 << bit_of(*atom));
        Known { atoms, some, terms, anchors, counted, number: token::is_number(word) }
    }

    /// All hits in a sentence, sorted by term and place. `text` is the sentence that `tokens` are of.
    pub fn find(&self, text: &str, tokens: &[Token<'_>], vocabulary: &mut Vocabulary) -> Vec<Hit> {
        let words: Vec<WordId> = tokens.iter().map(|token| self.know(&token.word, vocabulary)).collect();
        self.find_in(text, &words, vocabulary)
    }

    /// The same, if a vocabulary knows all the words.
    pub fn find_known(&self, text: &str, tokens: &[Token<'_>], vocabulary: &Vocabulary) -> Option<Vec<Hit>> {
        let words: Option<Vec<WordId>> = tokens.iter().map(|token| vocabulary.get(&token.word)).collect();
        words.map(|words| self.find_in(text, &words, vocabulary))
    }

    /// The same of a sentence all of whose words are known. `words` are those of `text`.
    pub fn find_in(&self, text: &str, words: &[WordId], vocabulary: &Vocabulary) -> Vec<Hit> {
        let words = &words[..words.len().min(u16::MAX as usize)];
        let words: Vec<&Known> = words.iter().map(|word| vocabulary.known(*word)).collect();
        let some: Vec<u64> = words.iter().map(|known| known.some).collect();
        let mut hits: Vec<u64> = Vec::with_capacity(words.len() * HITS);
        let mut sentence = Words { words: &words, steps: self.tables.steps.all(), classes: &[], begins: &[] };
        // First the sequences without classes, class by class hits among them; then those that begin with or hold
        // a class, or begin with a number.
        let mut waiting: Vec<u64> = Vec::new();
        let mut try_at = |index: u32, at: usize| {
            let Some(sequence) = self.tables.sequence(index) else { return };
            let rest = sequence.from + sequence.fixed;
            let Some(after) = sentence.after_fixed(sequence.from..rest, at) else { return };
            if sequence.by_class {
                waiting.push(Waiting { index, at }.packed());
            } else if let Some(end) = sentence.matches(rest..sequence.to, after) {
                hits.push(Hit::packed(sequence.term, at, end));
            }
        };
        for (at, known) in words.iter().enumerate() {
            for anchor in &known.anchors {
                let other = at.wrapping_add_signed(anchor.other.into());
                if some.get(other).is_some_and(|some| some & (1 << bit_of(anchor.atom)) != 0)
                    && (other == at || words[other].has(anchor.atom))
                    && let Some(start) = at.checked_sub(anchor.before.into())
                {
                    try_at(anchor.sequence, start);
                }
            }
            if !known.counted.is_empty() && at > 0 && words[at - 1].number {
                let numbers = words[..at].iter().rev().take_while(|known| known.number).count();
                known.counted.iter().for_each(|index| try_at(*index, at - numbers));
            }
            self.tables.anywhere.iter().for_each(|index| try_at(index, at));
        }
        for (at, known) in words.iter().enumerate() {
            hits.extend(known.terms.iter().map(|term| Hit::packed(*term, at, at + 1)));
        }
        if !text.is_ascii() && !self.literals.is_empty() {
            self.find_literals(text, &mut hits);
        }
        let mut classes: Vec<Hit> =
            hits.iter().map(|hit| Hit::unpacked(*hit)).filter(|hit| self.is_inside(hit.term)).collect();
        classes.sort_unstable();
        let mut begins = vec![0_u64; words.len()];
        for hit in &classes {
            if let Some(begins) = begins.get_mut(hit.start as usize) {
                *begins |= 1 << bit_of(hit.term.0);
            }
        }
        sentence.classes = &classes;
        sentence.begins = &begins;
        for hit in &classes {
            for [index] in self.tables.by_class.of(hit.term.0) {
                let index = number(*index);
                if self.tables.sequence(index).is_some_and(|sequence| sentence.may_go_on(sequence, hit.end as usize)) {
                    waiting.push(Waiting { index, at: hit.start as usize }.packed());
                }
            }
        }
        let mut at = 0;
        while let Some(start) = words[at..].iter().position(|known| known.number).map(|skipped| at + skipped) {
            at = start + words[start..].iter().take_while(|known| known.number).count();
            let may_follow =
                |index: &u32| self.tables.sequence(*index).is_some_and(|sequence| sentence.may_go_on(sequence, at));
            let of_number = self.tables.by_number.iter().filter(may_follow);
            waiting.extend(of_number.map(|index| Waiting { index, at: start }.packed()));
        }
        waiting.sort_unstable();
        waiting.dedup();
        for Waiting { index, at } in waiting.into_iter().map(Waiting::unpacked) {
            if let Some(sequence) = self.tables.sequence(index)
                && let Some(end) = sentence.matches(sequence.from..sequence.to, at)
            {
                hits.push(Hit::packed(sequence.term, at, end));
            }
        }
        hits.sort_unstable();
        hits.dedup();
        hits.into_iter().map(Hit::unpacked).collect()
    }

    /// Whether a sequence names a class.
    fn is_inside(&self, class: TermId) -> bool {
        let bits: &Numbers = &self.tables.inside;
        bits.all().get(class.0 as usize / 32).is_some_and(|bits| number(*bits) & (1 << (class.0 % 32)) != 0)
    }

    fn find_literals(&self, text: &str, hits: &mut Vec<u64>) {
        let texts = || self.literals.iter().map(|(text, _)| text.as_bytes());
        let Some(finder) = self.literal_finder.get_or_init(|| AhoCorasick::new(texts()).ok()) else { return };
        let mut places: Option<Vec<Token<'_>>> = None;
        for found in finder.find_overlapping_iter(text) {
            let places = places.get_or_insert_with(|| tokens(text));
            let start = places.partition_point(|t| t.end <= found.start());
            let end = places.partition_point(|t| t.start < found.end());
            let term = self.literals[found.pattern().as_usize()].1;
            hits.push(Hit::packed(term, start, end));
        }
    }
}

/// A sequence that is tried once all hits of classes are known, and the word at which it begins.
struct Waiting {
    index: u32,
    at: usize,
}

impl Waiting {
    /// One number to sort instead of two. A sentence has no more words than 16 bits count.
    fn packed(self) -> u64 {
        u64::from(self.index) << 32 | self.at as u64
    }

    fn unpacked(packed: u64) -> Self {
        Self { index: (packed >> 32) as u32, at: packed as u32 as usize }
    }
}

/// The words of a sentence, the hits of classes among them, and the steps that sequences are of.
struct Words<'a> {
    words: &'a [&'a Known],
    steps: &'a [[u8; 4]],
    /// Sorted.
    classes: &'a [Hit],
    /// For each word the bits of the classes that begin there: most that are asked for don't.
    begins: &'a [u64],
}

impl Words<'_> {
    /// The word after steps of one word each, where these hold.
    fn after_fixed(&self, steps: Range<u32>, at: usize) -> Option<usize> {
        let steps = self.steps.get(steps.start as usize..steps.end as usize)?;
        let words = self.words.get(at..at + steps.len())?;
        let holds = |(step, word): (&[u8; 4], &&Known)| {
            let step = number(*step);
            step >= CLASS || word.has(step)
        };
        steps.iter().zip(words).all(holds).then_some(at + steps.len())
    }

    /// Whether a sequence whose first step ends before a word may go on there.
    fn may_go_on(&self, sequence: Sequence, at: usize) -> bool {
        let next = (sequence.from + 1..sequence.to).next().and_then(|next| self.steps.get(next as usize));
        let Some(step) = next.copied().map(number) else { return true };
        match class_of(step) {
            Some(class) => self.begins.get(at).is_some_and(|begins| begins & (1 << bit_of(class)) != 0),
            None if step < CLASS => self.words.get(at).is_some_and(|word| word.has(step)),
            None => true,
        }
    }

    /// The word after the match of `steps` at `at`, the shortest one.
    fn matches(&self, steps: Range<u32>, at: usize) -> Option<usize> {
        if steps.is_empty() {
            return Some(at);
        }
        let step = number(*self.steps.get(steps.start as usize)?);
        let rest = steps.start + 1..steps.end;
        if step == GAP {
            return (0..=4).find_map(|skip| self.matches(rest.clone(), at + skip));
        }
        if let Some(class) = class_of(step) {
            if self.begins.get(at)? & (1 << bit_of(class)) == 0 {
                return None;
            }
            // Sorted by term and place: in a sentence of many thousand words a search is no walk.
            let class = TermId(class);
            let from = self.classes.partition_point(|hit| (hit.term, hit.start as usize) < (class, at));
            return self.classes[from..]
                .iter()
                .take_while(|hit| hit.term == class && hit.start as usize == at)
                .find_map(|hit| self.matches(rest.clone(), hit.end as usize));
        }
        let word = self.words.get(at)?;
        match step {
            ANY => self.matches(rest, at + 1),
            NUMBER => {
                let run = self.words[at..].iter().take_while(|known| known.number).count();
                (run > 0).then(|| self.matches(rest, at + run)).flatten()
            }
            atom => word.has(atom).then(|| self.matches(rest, at + 1)).flatten(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::token::tokens;
    use super::*;

    fn found(build: impl FnOnce(&mut MatcherBuilder) -> TermId, text: &str) -> Vec<String> {
        let mut builder = MatcherBuilder::new();
        let term = build(&mut builder);
        let matcher = builder.build();
        let tokens = tokens(text);
        matcher
            .find(text, &tokens, &mut Vocabulary::default())
            .into_iter()
            .filter(|hit| hit.term == term)
            .map(|hit| text[tokens[hit.start as usize].start..tokens[hit.end as usize - 1].end].to_owned())
            .collect()
    }

    #[test]
    fn sequences_prefixes_numbers_and_gaps() {
        let text = "Forty-seven documents were appraised by two reviewers for their relevance to the programme theory.";
        assert_eq!(found(|b| b.pattern("# document(s)").expect("ok"), text), ["Forty-seven documents"]);
        assert_eq!(found(|b| b.pattern("apprais* ... relevan(ce|t)").expect("ok"), text).len(), 0);
        assert_eq!(
            found(|b| b.pattern("reviewers ... relevan(ce|t)").expect("ok"), text),
            ["reviewers for their relevance"]
        );
        assert_eq!(found(|b| b.pattern("program(me) theor(y|ies)").expect("ok"), text), ["programme theory"]);
    }

    #[test]
    fn classes_stand_inside_patterns() {
        let text = "All the papers were weighed up for what they could tell us.";
        let hits = found(
            |b| {
                let paper = b.declare_class("document");
                b.add_to_class(paper, "paper(s)").expect("ok");
                let judge = b.declare_class("judge");
                b.add_to_class(judge, "weighed up").expect("ok");
                b.pattern("@document _ @judge").expect("ok")
            },
            text,
        );
        assert_eq!(hits, ["papers were weighed up"]);
    }

    #[test]
    fn overlapping_terms_are_all_found() {
        let mut builder = MatcherBuilder::new();
        builder.pattern("realist review").expect("ok");
        builder.pattern("realist").expect("ok");
        builder.pattern("review").expect("ok");
        let matcher = builder.build();
        let text = "a realist review";
        assert_eq!(matcher.find(text, &tokens(text), &mut Vocabulary::default()).len(), 3);
    }

    #[test]
    fn chinese_is_found_wherever_it_stands() {
        let text = "英格兰社会处方:现实主义评估。";
        assert_eq!(found(|b| b.pattern("现实主义评估").expect("ok"), text), ["现实主义评估"]);
    }

    #[test]
    fn a_gap_is_of_up_to_four_words() {
        let hits = |text: &str| found(|b| b.pattern("judged ... relevance").expect("ok"), text);
        assert_eq!(hits("they judged relevance"), ["judged relevance"]);
        assert_eq!(hits("they judged one by one relevance"), ["judged one by one relevance"]);
        assert_eq!(hits("they judged all one by one relevance"), ["judged all one by one relevance"]);
        assert_eq!(hits("they judged very one by one the relevance").len(), 0);
    }

    #[test]
    fn a_number_is_all_of_its_words() {
        let hits = |pattern: &str, text: &str| found(|b| b.pattern(pattern).expect("ok"), text);
        assert_eq!(hits("# document(s)", "Two hundred documents of forty seven"), ["Two hundred documents"]);
        assert_eq!(hits("in # way(s)", "in two hundred ways"), ["in two hundred ways"]);
        assert_eq!(hits("in # way(s)", "in hundreds of ways").len(), 0);
        let of_class = |text: &str| {
            found(
                |b| {
                    let paper = b.declare_class("document");
                    b.add_to_class(paper, "paper(s)").expect("ok");
                    b.pattern("# @document").expect("ok")
                },
                text,
            )
        };
        assert_eq!(of_class("one of forty seven papers"), ["forty seven papers"]);
        assert_eq!(of_class("one of the papers").len(), 0);
    }

    #[test]
    fn any_word_is_one_word() {
        let hits = |pattern: &str, text: &str| found(|b| b.pattern(pattern).expect("ok"), text);
        assert_eq!(hits("_ review", "a realist review"), ["realist review"]);
        assert_eq!(hits("_ review", "review").len(), 0);
        assert_eq!(hits("a _ review", "a review").len(), 0);
        assert_eq!(hits("a _ review", "a very realist review").len(), 0);
    }

    #[test]
    fn classes_follow_one_another() {
        let hits = |text: &str| {
            found(
                |b| {
                    let paper = b.declare_class("document");
                    b.add_to_class(paper, "(paper|working paper)").expect("ok");
                    let judge = b.declare_class("judge");
                    b.add_to_class(judge, "weighed (up)").expect("ok");
                    b.pattern("@document @judge there").expect("ok")
                },
                text,
            )
        };
        assert_eq!(hits("each paper weighed there"), ["paper weighed there"]);
        let mut both = hits("each working paper weighed up there");
        both.sort_unstable();
        assert_eq!(both, ["paper weighed up there", "working paper weighed up there"]);
        assert_eq!(hits("each paper was weighed there").len(), 0);
    }

    #[test]
    fn the_same_pattern_is_the_same_term_and_local_classes_are_not_listed() {
        let mut builder = MatcherBuilder::new();
        let shown = builder.declare_class("shown");
        let hidden = builder.declare_local("hidden");
        assert_eq!(builder.pattern(" A Realist review").expect("ok"), builder.pattern("a realist review").expect("ok"));
        assert_eq!(builder.pattern("@shown").expect("ok"), shown);
        assert_eq!(builder.pattern("@hidden").expect("ok"), hidden);
        assert_eq!(builder.class_names().collect::<Vec<_>>(), ["hidden", "shown"]);
        assert!(builder.pattern("the @unknown").is_err());
        let matcher = builder.build();
        assert_eq!(matcher.class("shown"), Some(shown));
        assert_eq!(matcher.class("hidden"), None);
        assert_eq!(matcher.classes().collect::<Vec<_>>(), [("shown", shown)]);
    }

    #[test]
    fn a_set_has_what_was_put_in_and_nothing_else() {
        let mut set = TermSet::new(130);
        let mut other = TermSet::new(130);
        [0, 63, 64, 129].into_iter().for_each(|term| set.insert(TermId(term)));
        [1, 64, 128].into_iter().for_each(|term| other.insert(TermId(term)));
        let has = |set: &TermSet| (0..140).filter(|term| set.contains(TermId(*term))).collect::<Vec<_>>();
        assert_eq!(has(&set), [0, 63, 64, 129]);
        set.extend(&other);
        assert_eq!(has(&set), [0, 1, 63, 64, 128, 129]);
    }
}
